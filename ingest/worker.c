/* The worker: one thread, one database connection, a session per source. It reads a batch, commits it, acknowledges it.
 *
 *   poll ──> read what is there ──> batch full, 5 ms dry or 20 ms old? ──> transaction ──> COMMIT ──> write acks ──┐
 *    ^───────────────────────────────────────────────────────────────────────────────────────────────────────────┘
 *
 * While the database is away a due batch is held and its source is not read: the broker is the queue. A hold over 40 s
 * drops connection and batch (keepalive is 60 s); the broker sends both again. The worker's files are those that log.
 */
#include "ingest/worker.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SECOND INT64_C(1000000)
enum {
    LIST_EVERY_US = 5 * 1000 * 1000,
    EXPIRE_EVERY_US = 10 * 1000 * 1000,
    DEVICES_EVERY_US = 10 * 1000 * 1000,
    PAUSE_FIRST_US = 100 * 1000,
    PAUSE_MOST_US = 5 * 1000 * 1000,
};

/* HUTONG_FAULT=after_commit:N ends the process between the N-th COMMIT and its acknowledgements. For tests only. */
static long fault_from_environment(void)
{
    const char *text = getenv("HUTONG_FAULT");
    int64_t at = 0;
    struct base_str rest = base_str_of(text);
    if (!base_str_starts(rest, "after_commit:") || !base_str_i64((struct base_str){rest.at + 13, rest.len - 13}, &at)) {
        return 0;
    }
    return (long)at;
}

int64_t ingest_worker_longer(int64_t pause_us)
{
    int64_t next = pause_us ? pause_us * 2 : PAUSE_FIRST_US;
    return next < PAUSE_MOST_US ? next : PAUSE_MOST_US;
}

static void failed(struct ingest_worker *worker, enum base_err err, const char *what, const struct base_diag *diag)
{
    if (err == BASE_DATABASE_AWAY) {
        ingest_worker_database_lose(worker, diag->text);
    } else if (err) {
        base_log(BASE_LOG_WARN, what, base_log_text("why", diag->text));
    }
}

static void upkeep(struct ingest_worker *worker)
{
    struct base_diag diag = {.text = ""};
    int64_t now = base_clock_mono_us();
    enum base_err err = ingest_worker_database_keep(worker, now - INGEST_LEASE_KEEP_US, &diag);
    if (!err) {
        err = ingest_share_count(worker, &diag);
    }
    if (!err && now - worker->listed_us > LIST_EVERY_US) {
        err = ingest_worker_database_list(worker, &diag);
    }
    if (!err) {
        err = ingest_worker_retention_step(worker, &diag);
    }
    if (!err && now - worker->expired_us > EXPIRE_EVERY_US) {
        worker->expired_us = now;
        err = ingest_store_expire(&worker->store, &diag);
    }
    if (!err && now - worker->devices_us > DEVICES_EVERY_US) {
        worker->devices_us = now;
        err = ingest_worker_source_note_devices(worker, &diag);
    }
    if (!err) {
        err = ingest_worker_lifecycle_close(worker, &diag);
    }
    if (!err && worker->conn) {
        err = ingest_worker_source_note_all(worker, &diag);
    }
    failed(worker, err, "upkeep failed", &diag);
}

/* Apart from upkeep: when that fails, it must show. */
static void show(struct ingest_worker *worker)
{
    struct base_diag diag = {.text = ""};
    enum base_err err = ingest_worker_gauge_note(worker, &diag);
    if (!err) {
        err = ingest_worker_watch_note(worker, &diag);
    }
    failed(worker, err, "gauges not written", &diag);
}

/* One that ships is right, so without the folder's nothing but the folder's formats is missing: their messages become
 * dead letters, which a replay reads. */
static enum base_err map_first(struct ingest_worker *worker, struct base_diag *diag)
{
    struct base_diag why = {.text = ""};
    worker->reloads = worker->options->reload ? *worker->options->reload : 0;
    if (ingest_sources_map(&worker->sources, worker->options->mappings, &why) == BASE_OK) {
        return BASE_OK;
    }
    base_log(BASE_LOG_ERROR, "mappings not loaded", base_log_text("why", why.text));
    return ingest_sources_map(&worker->sources, NULL, diag);
}

/* Told to (SIGHUP); what is wrong now leaves all as it was. */
static void map_again(struct ingest_worker *worker)
{
    struct base_diag why = {.text = ""};
    if (!worker->options->reload || worker->reloads == *worker->options->reload) {
        return;
    }
    worker->reloads = *worker->options->reload;
    if (ingest_sources_map(&worker->sources, worker->options->mappings, &why)) {
        base_log(BASE_LOG_WARN, "mappings not reloaded", base_log_text("why", why.text));
        return;
    }
    worker->listed_us = 0; /* sources whose format is new are found at once */
    base_log(BASE_LOG_INFO, "mappings reloaded");
}

static void run(struct ingest_worker *worker)
{
    int64_t looked_us = 0;
    while (!*worker->options->stop) {
        int64_t now = base_clock_mono_us();
        if (!worker->conn && now >= worker->conn_retry_us) {
            ingest_worker_database_open(worker);
        }
        if (now - looked_us > SECOND / 5) {
            looked_us = now;
            map_again(worker);
            if (worker->conn) {
                ingest_worker_database_hear(worker); /* those that came with a query's answer do not wake poll */
            }
            if (worker->conn) {
                upkeep(worker);
            }
            if (worker->conn) {
                show(worker);
            }
            ingest_worker_source_keep_alive(worker);
            ingest_worker_watch_keep(worker);
            ingest_worker_reply_keep(worker);
            ingest_worker_source_remove_all(worker);
            if (worker->conn) {
                ingest_share_release(worker);
            }
            ingest_worker_source_start_all(worker);
        }
        ingest_worker_poll_turn(worker);
    }
}

/* Told to stop: what was read is stored and acknowledged, sessions say goodbye, leases are given back. */
static void finish(struct ingest_worker *worker)
{
    for (size_t i = 0; i < worker->sources.count; i++) {
        struct ingest_source *source = worker->sources.list[i];
        if (worker->conn && source->batch.received) {
            ingest_worker_batch_store(worker, source);
        }
        if (source->batch.received == 0) {
            ingest_session_close(&source->session);
        }
        if (worker->conn) {
            ingest_lease_release(source, worker->conn, worker->owner);
        }
    }
    if (worker->conn) {
        struct base_diag diag = {.text = ""};
        if (ingest_worker_source_note_devices(worker, &diag)) {
            base_log(BASE_LOG_WARN, "devices not noted", base_log_text("why", diag.text));
        }
        ingest_share_leave(worker);
    }
}

static enum base_err prepare(struct ingest_worker *worker, struct base_diag *diag)
{
    const char *var = worker->options->var && *worker->options->var ? worker->options->var : "./var";
    char host[64] = "";
    gethostname(host, sizeof host - 1);
    enum base_err err = ingest_broker_parse(worker->options->broker, diag, &worker->broker);
    if (!err) {
        err = ingest_keys_open(var, diag, &worker->keys);
    }
    if (!err && mosquitto_lib_init() != MOSQ_ERR_SUCCESS) {
        err = base_diag_set(diag, BASE_BROKER, "broker: libmosquitto cannot start");
    }
    /* Unlike a process id, the clock never comes back: nobody mistakes our lease for an earlier process's. */
    snprintf(worker->owner, sizeof worker->owner, "%s:%d:%lld", host, (int)getpid(), (long long)base_clock_now_us());
    return err;
}

enum base_err ingest_run(const struct ingest_options *options, struct base_diag *diag)
{
    struct ingest_worker worker = {.options = options, .fault_at = fault_from_environment()};
    enum base_err err = prepare(&worker, diag);
    if (!err) {
        err = map_first(&worker, diag);
    }
    if (err) {
        return err;
    }
    ingest_store_init(&worker.store, worker.owner);
    data_retention_init(&worker.retention, &options->keeps);
    base_arena_init(&worker.decoding, SENSORS_ARENA_MAX);
    base_log(BASE_LOG_INFO, "ingest started", base_log_text("owner", worker.owner),
             base_log_text("broker", worker.broker.addresses[0].host),
             base_log_i64("addresses", (int64_t)worker.broker.count));
    ingest_worker_watch_start(&worker);
    run(&worker);
    finish(&worker);
    ingest_watch_end(&worker.watch);
    ingest_worker_reply_end(&worker);
    base_log(BASE_LOG_INFO, "ingest stopped");
    ingest_sources_release(&worker.sources);
    ingest_store_release(&worker.store);
    base_arena_release(&worker.decoding);
    data_conn_free(worker.conn);
    free(worker.polls);
    mosquitto_lib_cleanup();
    return BASE_OK;
}
