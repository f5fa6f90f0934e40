/* The worker's connection to the database: opened, listened to, lost; and the lists that are read over it. */
#include "ingest/worker.h"

void ingest_worker_database_lose(struct ingest_worker *worker, const char *why)
{
    base_log(BASE_LOG_WARN, "database away", base_log_text("why", why));
    data_conn_free(worker->conn);
    worker->conn = NULL;
    worker->conn_pause_us = ingest_worker_longer(worker->conn_pause_us);
    worker->conn_retry_us = base_clock_mono_us() + worker->conn_pause_us;
}

enum base_err ingest_worker_database_list(struct ingest_worker *worker, struct base_diag *diag)
{
    enum base_err err = ingest_sources_load(&worker->sources, worker->conn, &worker->keys, &worker->decoding, diag);
    worker->listed_us = base_clock_mono_us();
    for (size_t i = 0; i < worker->sources.count && !err; i++) {
        struct ingest_source *source = worker->sources.list[i];
        ingest_retention_set(source, &worker->options->keeps);
        source->batch_max = worker->options->batch_max > 0 ? worker->options->batch_max : INGEST_BATCH_MAX;
        err = ingest_shifts_load(&source->shifts, worker->conn, source->estate_id,
                                 ingest_shifts_named(source) ? 0 : source->id, diag);
        if (!err && source->epoch) {
            err = ingest_registry_keep(source, worker->conn, diag);
        }
    }
    return err;
}

/* After a break our leases may still be ours: then the batches we hold can be stored over the new connection. */
enum base_err ingest_worker_database_keep(struct ingest_worker *worker, int64_t older_than_us, struct base_diag *diag)
{
    for (size_t i = 0; i < worker->sources.count; i++) {
        struct ingest_source *source = worker->sources.list[i];
        if (!source->epoch || source->kept_us > older_than_us) {
            continue;
        }
        enum base_err err = ingest_lease_keep(source, worker->conn, worker->owner, diag);
        if (err == BASE_FENCED) {
            source->epoch = 0;
            ingest_worker_source_drop(source, diag->text);
        } else if (err) {
            return err;
        }
    }
    return BASE_OK;
}

void ingest_worker_database_open(struct ingest_worker *worker)
{
    struct base_diag diag = {.text = ""};
    struct data_conn *conn = NULL;
    enum base_err err = data_conn_open(worker->options->database, "hutong ingest", &diag, &conn);
    worker->conn = conn;
    if (!err) {
        err = ingest_store_connect(&worker->store, conn, &diag);
    }
    if (!err) {
        err = ingest_worker_database_keep(worker, INT64_MAX, &diag);
    }
    if (!err) {
        err = ingest_worker_database_list(worker, &diag);
    }
    worker->shared_us = 0;
    if (err) {
        ingest_worker_database_lose(worker, diag.text);
        return;
    }
    worker->retention_us = 0;
    worker->retention_running = false;
    worker->conn_pause_us = 0;
    base_log(BASE_LOG_INFO, "database connected", base_log_i64("backend", data_conn_backend_pid(conn)),
             base_log_i64("sources", (int64_t)worker->sources.count));
}

void ingest_worker_database_hear(struct ingest_worker *worker)
{
    struct base_diag diag = {.text = ""};
    bool noticed = false;
    enum base_err err = data_listen_wait(worker->conn, 0, &diag, &noticed);
    if (!err && noticed) {
        err = ingest_worker_database_list(worker, &diag);
    }
    if (err == BASE_DATABASE_AWAY) {
        ingest_worker_database_lose(worker, diag.text);
    } else if (err) {
        base_log(BASE_LOG_WARN, "sources not read", base_log_text("why", diag.text));
    }
}
