/* Upkeep of the tables of facts, between batches: a step takes its 100 ms, then messages have their turn again. */
#include "ingest/worker.h"

enum {
    ROUND_EVERY_US = 600 * 1000 * 1000,
    ROUND_RETRY_US = 10 * 1000 * 1000,
    LIFECYCLES_MOST = 20000,
    CONTACTS_MOST = 20000
};

static void log_round(const struct data_retention *retention)
{
    if (retention->partitions || retention->rows) {
        base_log(BASE_LOG_INFO, "facts expired", base_log_i64("partitions", retention->partitions),
                 base_log_text("first", retention->first), base_log_i64("rows", retention->rows));
    }
    if (retention->put_off) {
        base_log(BASE_LOG_INFO, "facts in use, they expire later",
                 base_log_i64("tables", __builtin_popcount(retention->put_off)));
    }
}

static enum base_err begin_round(struct ingest_worker *worker, struct base_diag *diag)
{
    enum base_err err = data_partition_ahead(worker->conn, base_clock_now_us(), diag);
    err = err ? err
              : data_run(worker->conn, DATA_LIFECYCLE_PURGE,
                         DATA_ARGS(data_i64(worker->options->keeps.us[DATA_KEEP_EVENT] / INT64_C(1000000)),
                                   data_i64(LIFECYCLES_MOST)),
                         diag, NULL);
    err = err ? err
              : data_run(worker->conn, DATA_INCIDENT_CONTACT_PURGE,
                         DATA_ARGS(data_i64(worker->options->keeps.us[DATA_KEEP_CONTACT] / INT64_C(1000000)),
                                   data_i64(CONTACTS_MOST)),
                         diag, NULL);
    err = err ? err : data_retention_begin(&worker->retention, worker->conn, diag);
    worker->retention_running = !err;
    worker->retention_us = base_clock_mono_us() + (err ? ROUND_RETRY_US : ROUND_EVERY_US);
    return err;
}

enum base_err ingest_worker_retention_step(struct ingest_worker *worker, struct base_diag *diag)
{
    if (!worker->retention_running) {
        return base_clock_mono_us() < worker->retention_us ? BASE_OK : begin_round(worker, diag);
    }
    enum base_err err = data_retention_step(&worker->retention, worker->conn, diag, &worker->retention_running);
    if (err) {
        worker->retention_running = false;
        worker->retention_us = base_clock_mono_us() + ROUND_RETRY_US;
    }
    if (!worker->retention_running) {
        log_round(&worker->retention);
    }
    return err;
}
