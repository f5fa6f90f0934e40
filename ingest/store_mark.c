/* What a batch stores about a time long enough ago that windows of it may have been decided: a mark an estate, so that
 * judge looks at them once more. Found here, so that a batch of the present asks nothing of the database. */
#include "ingest/source.h"

#include <stdlib.h>

enum { ARRAY_MAX = 16 * 1024 * 1024 };

struct mark {
    int64_t estate_id, from_us, to_us;
    bool pass;
};

struct marks {
    struct mark *list;
    size_t count;
};

static bool is_old(const struct ingest_state *state, int64_t time_us)
{
    return state->now_us - time_us > INGEST_MARK_OLD_US;
}

static bool is_old_event(const struct ingest_state *state, const struct ingest_row *row)
{
    return row->stored && !ingest_batch_is_fix(row) && is_old(state, row->t_event);
}

/* Marks there may be: one of a pass, two of an event. */
static size_t count_old(const struct ingest_state *state, const struct ingest_batch *batch)
{
    size_t count = 0;
    for (size_t i = 0; i < state->pass_count; i++) {
        count += is_old(state, state->passes[i].pass.t_to);
    }
    for (size_t i = 0; batch && i < batch->row_count; i++) {
        count += is_old_event(state, &batch->rows[i]) ? 2 : 0;
    }
    return count;
}

static void widen(struct mark *mark, const struct mark *by)
{
    mark->from_us = by->from_us < mark->from_us ? by->from_us : mark->from_us;
    mark->to_us = by->to_us > mark->to_us ? by->to_us : mark->to_us;
    mark->pass = mark->pass || by->pass;
}

static void add_passes(struct marks *marks, const struct ingest_state *state)
{
    for (size_t i = 0; i < state->pass_count; i++) {
        const struct facts_pass *pass = &state->passes[i].pass;
        if (is_old(state, pass->t_to)) {
            marks->list[marks->count++] = (struct mark){pass->estate_id, pass->t_from, pass->t_to, true};
        }
    }
}

/* At home, because a duty may be about the device; and where it happened, when that is another estate. */
static void add_events(struct marks *marks, const struct ingest_state *state, const struct ingest_source *source)
{
    for (size_t i = 0; i < source->batch.row_count; i++) {
        const struct ingest_row *row = &source->batch.rows[i];
        if (!is_old_event(state, row)) {
            continue;
        }
        marks->list[marks->count++] = (struct mark){source->estate_id, row->t_event, row->t_event, false};
        if (row->at_estate_id >= 0 && row->at_estate_id != source->estate_id) {
            marks->list[marks->count++] = (struct mark){row->at_estate_id, row->t_event, row->t_event, false};
        }
    }
}

static int by_estate(const void *a, const void *b)
{
    const struct mark *x = a, *y = b;
    return (x->estate_id > y->estate_id) - (x->estate_id < y->estate_id);
}

static void merge_all(struct marks *marks)
{
    size_t kept = 0;
    qsort(marks->list, marks->count, sizeof *marks->list, by_estate);
    for (size_t i = 1; i < marks->count; i++) {
        if (by_estate(&marks->list[kept], &marks->list[i]) == 0) {
            widen(&marks->list[kept], &marks->list[i]);
        } else {
            marks->list[++kept] = marks->list[i];
        }
    }
    marks->count = kept + 1;
}

enum { ESTATES, FROM, TO, PASSES, ARRAYS };

static enum base_err store_marks(struct data_conn *conn, const struct marks *marks, struct base_diag *diag)
{
    struct base_buf arrays[ARRAYS];
    struct data_arg args[ARRAYS];
    enum base_err err = BASE_OK;
    for (size_t i = 0; i < ARRAYS; i++) {
        base_buf_init(&arrays[i], ARRAY_MAX);
        data_array_begin(&arrays[i], i == FROM || i == TO ? DATA_ARRAY_TIME : DATA_ARRAY_I64, marks->count);
    }
    for (size_t i = 0; i < marks->count; i++) {
        data_array_i64(&arrays[ESTATES], marks->list[i].estate_id);
        data_array_time(&arrays[FROM], marks->list[i].from_us);
        data_array_time(&arrays[TO], marks->list[i].to_us);
        data_array_i64(&arrays[PASSES], marks->list[i].pass);
    }
    for (size_t i = 0; i < ARRAYS; i++) {
        err = err ? err : arrays[i].err;
        args[i] = data_bytes(base_buf_str(&arrays[i]));
    }
    err = err ? base_diag_set(diag, err, "no memory for the old facts of one batch")
              : data_run(conn, DATA_AGAIN_MARK, args, ARRAYS, diag, NULL);
    for (size_t i = 0; i < ARRAYS; i++) {
        base_buf_release(&arrays[i]);
    }
    return err;
}

enum base_err ingest_store_mark_batch(struct ingest_store *store, const struct ingest_source *source,
                                      struct base_diag *diag)
{
    const struct ingest_state *state = &store->state;
    size_t most = count_old(state, source ? &source->batch : NULL);
    if (most == 0) {
        return BASE_OK;
    }
    struct marks marks = {.list = calloc(most, sizeof *marks.list)};
    if (!marks.list) {
        return base_diag_set(diag, BASE_NOMEM, "no memory for the old facts of one batch");
    }
    add_passes(&marks, state);
    if (source) {
        add_events(&marks, state, source);
    }
    merge_all(&marks);
    enum base_err err = store_marks(store->conn, &marks, diag);
    free(marks.list);
    return err;
}
