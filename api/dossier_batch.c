/* POST /api/buildings/dossiers {"ids":[...]}: what all dossiers have, of up to a thousand buildings in the same queries
 * as for one. What is not there, or not in sight, is listed as missing: nobody can tell the two apart. */
#include "api/dossier.h"

#include <stdlib.h>

enum { IDS_MAX = 1000 };

struct batch {
    int64_t ids[IDS_MAX]; /* ascending, each once */
    size_t count;
    struct api_dossier_when when;
    struct api_dossier_parts parts;
};

static int by_number(const void *a, const void *b)
{
    const int64_t *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

static void once(struct batch *batch)
{
    size_t kept = 0;
    qsort(batch->ids, batch->count, sizeof batch->ids[0], by_number);
    for (size_t i = 0; i < batch->count; i++) {
        if (kept == 0 || batch->ids[kept - 1] != batch->ids[i]) {
            batch->ids[kept++] = batch->ids[i];
        }
    }
    batch->count = kept;
}

/* False: the answer says what is wrong. */
static bool ids_in(struct api_call *call, struct batch *batch)
{
    static const char *const names[] = {"ids", NULL};
    struct api_input input;
    if (!api_input_open(call, names, &input)) {
        return false;
    }
    const struct base_json *ids = base_json_in_get(input.object, "ids");
    batch->count = base_json_in_size(ids);
    if (!base_json_in_is_array(ids) || batch->count < 1 || batch->count > IDS_MAX) {
        api_input_wrong(&input, "ids", "must be an array of 1 to %d ids of buildings", IDS_MAX);
    }
    for (size_t i = 0; !input.bad && i < batch->count; i++) {
        if (!base_json_in_i64(base_json_in_at(ids, i), &batch->ids[i])) {
            api_input_wrong(&input, "ids", "item %zu is not a whole number", i);
        }
    }
    api_input_release(&input);
    if (!input.bad) {
        once(batch);
    }
    return !input.bad;
}

static void missing(struct base_json_out *out, const struct batch *batch)
{
    const struct data_rows *rows = batch->parts.what;
    size_t row = 0;
    base_json_out_key(out, "missing");
    base_json_out_array(out);
    for (size_t i = 0; i < batch->count; i++) {
        if (row < data_rows_count(rows) && data_rows_i64(rows, row, API_DOSSIER_ID) == batch->ids[i]) {
            row++;
        } else {
            base_json_out_i64(out, batch->ids[i]);
        }
    }
    base_json_out_array_end(out);
}

static void answer(struct api_call *call, struct batch *batch)
{
    struct base_json_out out = api_answer_json(call);
    base_json_out_object(&out);
    base_json_out_key(&out, "as_of");
    base_json_out_time(&out, batch->when.at_us);
    api_dossier_when_out(&out, &batch->when);
    base_json_out_key(&out, "dossiers");
    base_json_out_array(&out);
    for (size_t row = 0; row < data_rows_count(batch->parts.what); row++) {
        base_json_out_object(&out);
        api_dossier_parts_out(&out, &batch->when, call->identity->scope, &batch->parts, row);
        base_json_out_object_end(&out);
    }
    base_json_out_array_end(&out);
    missing(&out, batch);
    base_json_out_object_end(&out);
    api_answer_scoped(call);
}

static enum base_err ask(struct api_call *call, struct api_worker *worker, struct batch *batch, struct base_diag *diag)
{
    struct data_conn *conn;
    enum base_err err = api_worker_conn(worker, diag, &conn);
    err = err ? err : data_begin_snapshot(conn, diag);
    if (err) {
        return err;
    }
    err = api_dossier_parts_read(conn, &batch->when, batch->ids, batch->count, diag, &batch->parts);
    data_rollback(conn);
    if (err) {
        return api_dossier_late(call, conn, err);
    }
    answer(call, batch);
    return BASE_OK;
}

enum base_err api_dossier_batch(struct api_call *call, struct api_worker *worker, struct base_diag *diag)
{
    struct batch *batch = calloc(1, sizeof *batch);
    if (!batch) {
        return base_diag_set(diag, BASE_NOMEM, "out of memory");
    }
    enum base_err err = api_dossier_when(call, diag, &batch->when);
    if (!err && ids_in(call, batch)) {
        err = ask(call, worker, batch, diag);
    }
    api_dossier_parts_release(&batch->parts);
    free(batch);
    return err;
}
