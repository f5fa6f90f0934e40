/* Outages that the platform writes down about itself: its broker was away, or nothing ran.
 *
 *   session lost, or not to be had ──> source_stat.away_at ──settled again──> outage 'connection', if it was long
 *   every two seconds ──> ingest_alive.seen_at ──found old──> outage 'stopped'
 *
 * Both moments lie in the database, so that neither a restart nor another worker loses or doubles one. A session that
 * the broker has forgotten is an outage, too (worker_gauge.c).
 */
#include "ingest/worker.h"

static int64_t long_us(const struct ingest_worker *worker)
{
    return worker->options->away_us > 0 ? worker->options->away_us : INGEST_AWAY_US;
}

void ingest_worker_outage_missed(struct ingest_source *source)
{
    struct ingest_gauge *gauge = &source->gauge;
    gauge->back = false;
    if (!gauge->missed_us && !source->session.options.purge) {
        gauge->missed_us = base_clock_mono_us();
    }
}

struct data_arg ingest_worker_outage_since(const struct ingest_source *source)
{
    int64_t missed_us = source->gauge.missed_us;
    return missed_us ? data_i64(base_clock_mono_us() - missed_us) : data_null();
}

static enum base_err note_back(struct ingest_worker *worker, struct ingest_source *source, struct base_diag *diag)
{
    AUTO(data_rows) rows = NULL;
    enum base_err err = data_run(
        worker->conn, DATA_BROKER_BACK,
        DATA_ARGS(data_i64(source->estate_id), data_i64(source->id), data_text(worker->owner), data_i64(source->epoch),
                  data_i64(base_clock_mono_us() - source->session.up_us), data_i64(long_us(worker))),
        diag, &rows);
    source->gauge.back = !err;
    if (!err && data_rows_count(rows) && data_rows_bool(rows, 0, 1)) {
        char from[BASE_TIME_TEXT];
        base_time_out(data_rows_time(rows, 0, 0), from);
        base_log(BASE_LOG_WARN, "the broker was away: what was sent meanwhile may be missing",
                 base_log_text("source", source->name), base_log_text("since", from));
    }
    return err;
}

enum base_err ingest_worker_outage_note(struct ingest_worker *worker, struct base_diag *diag)
{
    enum base_err err = BASE_OK;
    for (size_t i = 0; i < worker->sources.count && !err; i++) {
        struct ingest_source *source = worker->sources.list[i];
        if (source->epoch && !source->gauge.back && !source->gauge.missed_us && !source->session.options.purge &&
            ingest_session_settled(&source->session)) {
            err = note_back(worker, source, diag);
        }
    }
    return err;
}

/* The month's partition must be there first: upkeep of partitions may not have come so far. */
static enum base_err ensure_partition(struct ingest_worker *worker, struct base_diag *diag)
{
    int64_t now = base_clock_now_us();
    if (worker->outage_day == now / INGEST_DAY_US) {
        return BASE_OK;
    }
    enum base_err err = data_partition_ensure(worker->conn, "outage", now, diag);
    worker->outage_day = err ? worker->outage_day : now / INGEST_DAY_US;
    return err;
}

enum base_err ingest_worker_outage_alive(struct ingest_worker *worker, struct base_diag *diag)
{
    AUTO(data_rows) rows = NULL;
    enum base_err err = ensure_partition(worker, diag);
    if (!err) {
        err = data_run(worker->conn, DATA_INGEST_ALIVE, DATA_ARGS(data_i64(long_us(worker))), diag, &rows);
    }
    if (!err && data_rows_count(rows) && !data_rows_null(rows, 0, 0)) {
        base_log(BASE_LOG_WARN, "nothing ran, or the database was away; the broker kept what came",
                 base_log_i64("seconds", (int64_t)data_rows_f64(rows, 0, 0)));
    }
    return err;
}
