/* device_state: newer event time wins; what the broker only kept counts as nothing new, unless it is. */
#include "ingest/store_device.h"

#include <stdlib.h>
#include <string.h>

enum { TEXT_MAX = 64 * 1024 * 1024 };

static bool of_thing(const struct ingest_row *row)
{
    return !row->dropped && row->device_id && !ingest_batch_is_fix(row);
}

static bool retained(const struct ingest_row *row)
{
    const uint32_t both = SENSORS_FLAG_RETAINED | SENSORS_FLAG_REPLAY;
    return of_thing(row) && (row->flags & both) == both;
}

/* --- retained values --- */
static void value_out(struct base_json_out *out, const struct ingest_row *row, size_t number)
{
    base_json_out_object(out);
    base_json_out_key(out, "number");
    base_json_out_i64(out, (int64_t)number);
    base_json_out_key(out, "device_id");
    base_json_out_i64(out, row->device_id);
    base_json_out_key(out, "kind");
    base_json_out_text(out, sensors_kind_name(row->kind));
    base_json_out_key(out, "channel");
    base_json_out_str(out, row->channel);
    base_json_out_key(out, "phase");
    base_json_out_text(out, sensors_phase_name(row->phase));
    base_json_out_key(out, "t_event_us");
    base_json_out_i64(out, row->t_event);
    if (row->measures.len) {
        base_json_out_key(out, "measures");
        base_json_out_raw(out, row->measures);
    }
    base_json_out_object_end(out);
}

static size_t values_out(const struct ingest_batch *batch, struct base_buf *text)
{
    struct base_json_out out = base_json_out_of(text);
    size_t count = 0;
    base_json_out_array(&out);
    for (size_t i = 0; i < batch->row_count; i++) {
        if (retained(&batch->rows[i])) {
            value_out(&out, &batch->rows[i], i);
            count++;
        }
    }
    base_json_out_array_end(&out);
    return count;
}

enum base_err ingest_store_device_retained(const struct ingest_source *source, struct data_conn *conn,
                                           struct base_diag *diag)
{
    AUTO(data_rows) rows = NULL;
    AUTO_VALUE(base_buf) text;
    base_buf_init(&text, TEXT_MAX);
    if (values_out(&source->batch, &text) == 0) {
        return BASE_OK;
    }
    if (text.err) {
        return base_diag_set(diag, text.err, "too many retained values in one batch");
    }
    enum base_err err = data_run(conn, DATA_DEVICE_DIFFER,
                                 DATA_ARGS(data_i64(source->estate_id), data_text(base_buf_cstr(&text))), diag, &rows);
    for (size_t row = 0; !err && row < data_rows_count(rows); row++) {
        struct ingest_row *late = &source->batch.rows[data_rows_i64(rows, row, 0)];
        late->flags = (late->flags & ~(uint32_t)SENSORS_FLAG_REPLAY) | SENSORS_FLAG_LATE;
    }
    return err;
}

/* --- the newest --- */
/* The broker kept it, and nobody knows since when: it is no newer than anything. */
static bool undated(const struct ingest_row *row)
{
    return (row->flags & SENSORS_FLAG_REPLAY) && row->t_source == SENSORS_TIME_RECEIVED;
}

static int by_channel(const struct ingest_row *a, const struct ingest_row *b)
{
    if (a->device_id != b->device_id) {
        return a->device_id < b->device_id ? -1 : 1;
    }
    if (a->kind != b->kind) {
        return a->kind < b->kind ? -1 : 1;
    }
    return base_str_order(a->channel, b->channel);
}

/* By device and channel, the newest first; of one time the one that came last. */
static int by_time(const void *a, const void *b)
{
    const struct ingest_row *x = *(struct ingest_row *const *)a;
    const struct ingest_row *y = *(struct ingest_row *const *)b;
    int order = by_channel(x, y);
    if (order || undated(x) != undated(y)) {
        return order ? order : undated(x) - undated(y);
    }
    if (x->t_event != y->t_event) {
        return x->t_event < y->t_event ? 1 : -1;
    }
    return (x->t_recv < y->t_recv) - (x->t_recv > y->t_recv);
}

/* The numbers of the newest rows as an array's text: "{3,17}"; empty when there are none. */
static enum base_err latest_text(struct ingest_batch *batch, struct base_diag *diag, struct base_buf *text)
{
    struct ingest_row **rows = calloc(batch->row_count + 1, sizeof(struct ingest_row *));
    size_t count = 0;
    if (!rows) {
        return base_diag_set(diag, BASE_NOMEM, "out of memory");
    }
    for (size_t i = 0; i < batch->row_count; i++) {
        if (batch->rows[i].stored && of_thing(&batch->rows[i])) {
            rows[count++] = &batch->rows[i];
        }
    }
    qsort(rows, count, sizeof(struct ingest_row *), by_time);
    for (size_t i = 0; i < count; i++) {
        if (i == 0 || by_channel(rows[i], rows[i - 1]) != 0) {
            base_buf_printf(text, "%c%zu", text->len ? ',' : '{', (size_t)(rows[i] - batch->rows));
        }
    }
    free(rows);
    if (text->len) {
        base_buf_u8(text, '}');
    }
    return text->err ? base_diag_set(diag, text->err, "too many devices in one batch") : BASE_OK;
}

enum base_err ingest_store_device_state(struct ingest_source *source, struct data_conn *conn, struct base_diag *diag)
{
    AUTO_VALUE(base_buf) text;
    base_buf_init(&text, TEXT_MAX);
    enum base_err err = latest_text(&source->batch, diag, &text);
    if (err || !text.len) {
        return err;
    }
    return data_run(conn, DATA_DEVICE_STATE, DATA_ARGS(data_text(base_buf_cstr(&text))), diag, NULL);
}
