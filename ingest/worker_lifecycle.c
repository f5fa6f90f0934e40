/* Ends that never come: whoever holds a source's lease makes them up, as events like any other. */
#include "ingest/worker.h"

#include <string.h>

enum { LOOK_EVERY_US = 3 * 1000 * 1000, DUE_MOST = 500 };
enum { ID, DEVICE, KIND, CHANNEL, NATIVE, START, LAST }; /* columns of lifecycle_due.sql */

static enum sensors_kind kind_in(const char *name)
{
    enum sensors_kind kind = SENSORS_KIND_POSITION;
    while (kind < SENSORS_KIND_LIFECYCLE && strcmp(sensors_kind_name(kind), name) != 0) {
        kind++;
    }
    return kind;
}

/* The same silence gives the same key, whoever tells of it. */
static struct base_id dedup_of(const struct ingest_source *source, const struct data_rows *rows, size_t row)
{
    char times[64];
    snprintf(times, sizeof times, "%lld %lld", (long long)data_rows_time(rows, row, START),
             (long long)data_rows_time(rows, row, LAST));
    const struct base_str parts[] = {base_str_of("timeout"),
                                     base_str_of(source->name),
                                     data_rows_bytes(rows, row, DEVICE),
                                     base_str_of(data_rows_text(rows, row, KIND)),
                                     data_rows_bytes(rows, row, CHANNEL),
                                     data_rows_bytes(rows, row, NATIVE),
                                     base_str_of(times)};
    return base_key_id(&source->keys->dedup, parts, BASE_COUNT(parts));
}

/* It was over when the last word about it was said, as far as anybody knows. */
static void close_one(struct ingest_source *source, const struct data_rows *rows, size_t row)
{
    struct sensors_event event = sensors_event_empty();
    event.device = data_rows_bytes(rows, row, DEVICE);
    event.channel = data_rows_bytes(rows, row, CHANNEL);
    event.native_id = data_rows_bytes(rows, row, NATIVE);
    event.kind = kind_in(data_rows_text(rows, row, KIND));
    event.phase = SENSORS_PHASE_END;
    event.t_event = data_rows_time(rows, row, LAST);
    event.t_recv = base_clock_now_us();
    event.t_source = SENSORS_TIME_SERVER;
    event.subject_type = SENSORS_SUBJECT_UNIT;
    event.flags = SENSORS_FLAG_PARTIAL;
    event.dedup = dedup_of(source, rows, row);
    ingest_batch_event(source, &event, data_rows_i64(rows, row, ID));
}

/* They go along with a batch that is open. */
static enum base_err close_due(struct ingest_worker *worker, struct ingest_source *source, struct base_diag *diag)
{
    AUTO(data_rows) rows = NULL;
    enum base_err err =
        data_run(worker->conn, DATA_LIFECYCLE_DUE,
                 DATA_ARGS(data_i64(source->estate_id), data_i64(source->id), data_i64(DUE_MOST)), diag, &rows);
    for (size_t row = 0; !err && row < data_rows_count(rows); row++) {
        close_one(source, rows, row);
    }
    if (!err && source->batch.closes && source->batch.received == 0) {
        ingest_worker_batch_store_closes(worker, source);
    }
    return err;
}

enum base_err ingest_worker_lifecycle_close(struct ingest_worker *worker, struct base_diag *diag)
{
    int64_t now = base_clock_mono_us();
    enum base_err err = BASE_OK;
    if (now - worker->lifecycles_us < LOOK_EVERY_US) {
        return BASE_OK;
    }
    worker->lifecycles_us = now;
    for (size_t i = 0; i < worker->sources.count && worker->conn && !err; i++) {
        struct ingest_source *source = worker->sources.list[i];
        if (source->epoch && source->listed && !source->batch.held_us && !source->batch.closes &&
            now >= source->retry_us) {
            err = close_due(worker, source, diag);
        }
    }
    return err;
}
