/* When a batch is due, how it is stored, and what becomes of one that cannot be. */
#include "ingest/worker.h"

#include <signal.h>
#include <unistd.h>

enum {
    BATCH_AGE_US = 20 * 1000,
    BATCH_DRY_US = 5 * 1000,
    HOLD_MAX_US = 40 * 1000 * 1000,
    SHIFTS_EVERY_US = 1000 * 1000, /* at most, while messages fall outside every known shift */
    DEAD_LOG_US = 10 * 1000 * 1000,
};

static void fault(struct ingest_worker *worker)
{
    if (++worker->commits == worker->fault_at) {
        kill(getpid(), SIGKILL);
    }
}

static bool due(const struct ingest_source *source, int64_t now)
{
    const struct ingest_batch *batch = &source->batch;
    return batch->received && (batch->held_us || batch->err || ingest_batch_full(source) ||
                               now - batch->opened_us >= BATCH_AGE_US || now - batch->last_us >= BATCH_DRY_US);
}

/* Whoever is off shift by what we know may be on one that was opened a moment ago: before anything is dropped, what
 * the database has told since is heard. */
static enum base_err settle(struct ingest_worker *worker, struct ingest_source *source, struct base_diag *diag)
{
    bool noticed = false;
    enum base_err err = ingest_batch_settle(source, diag);
    if (err || !ingest_batch_off_shift(source)) {
        return err;
    }
    err = data_listen_wait(worker->conn, 0, diag, &noticed);
    if (err || (!noticed && base_clock_mono_us() - source->shifts.loaded_us < SHIFTS_EVERY_US)) {
        return err;
    }
    worker->listed_us = noticed ? 0 : worker->listed_us; /* the notice may have been about something else, too */
    err = ingest_shifts_load(&source->shifts, worker->conn, source->estate_id,
                             ingest_shifts_named(source) ? 0 : source->id, diag);
    return err ? err : ingest_batch_settle(source, diag);
}

static void log_dead(struct ingest_worker *worker, const struct ingest_source *source)
{
    const struct ingest_batch *batch = &source->batch;
    int64_t now = base_clock_mono_us();
    if (batch->dead_count && now - worker->dead_logged_us > DEAD_LOG_US) {
        worker->dead_logged_us = now;
        base_log(BASE_LOG_WARN, "dead letters", base_log_text("source", source->name),
                 base_log_i64("in_batch", (int64_t)batch->dead_count),
                 base_log_text("reason", sensors_reason_text(batch->dead[0].reason)));
    }
}

/* Committed: what was read is not needed any more. */
static void done(struct ingest_worker *worker, struct ingest_source *source)
{
    fault(worker);
    log_dead(worker, source);
    ingest_worker_reply_take(worker, source);
    ingest_batch_reset(&source->batch);
    ingest_devices_trim(&source->devices);
}

static void acknowledge(struct ingest_worker *worker, struct ingest_source *source)
{
    struct base_diag diag = {.text = ""};
    done(worker, source);
    ingest_redelivery_stored(&source->redelivery, source->session.barriers_sent + 1);
    if (ingest_session_flush(&source->session, &diag) != BASE_OK) {
        ingest_worker_source_notice(source, INGEST_SESSION_UP);
    } else {
        ingest_watermark_mark(&source->watermark, &source->session);
        ingest_worker_source_settle(source);
    }
}

static void hold(struct ingest_worker *worker, struct ingest_source *source, enum base_err err, const char *why)
{
    int64_t now = base_clock_mono_us();
    source->batch.held_us = source->batch.held_us ? source->batch.held_us : now;
    if (err == BASE_FENCED) {
        source->epoch = 0;
        ingest_worker_source_drop(source, why);
        return;
    }
    if (err == BASE_DATABASE_AWAY) {
        ingest_worker_database_lose(worker, why);
        return;
    }
    /* No partition, a lock time-out ...: the connection may carry on. */
    ingest_worker_source_warn(source, "batch not stored", why);
    ingest_worker_source_pause(source);
}

void ingest_worker_batch_store(struct ingest_worker *worker, struct ingest_source *source)
{
    struct base_diag diag = {.text = ""};
    if (source->batch.err) {
        ingest_worker_source_drop(source, base_error_text(source->batch.err));
        return;
    }
    ingest_worker_gauge_read(source);
    enum base_err err = settle(worker, source, &diag);
    if (!err) {
        err = ingest_store_batch(&worker->store, source, &diag);
    }
    if (err) {
        hold(worker, source, err, diag.text);
        return;
    }
    source->pause_us = source->retry_us = 0;
    acknowledge(worker, source);
}

/* Nobody sends them again, and nobody need: as long as they are not stored, the next look finds them. */
bool ingest_worker_batch_store_closes(struct ingest_worker *worker, struct ingest_source *source)
{
    struct base_diag diag = {.text = ""};
    enum base_err err = source->batch.err;
    err = err ? err : settle(worker, source, &diag);
    err = err ? err : ingest_store_batch(&worker->store, source, &diag);
    if (!err) {
        done(worker, source);
        return true;
    }
    hold(worker, source, err, diag.text);
    ingest_batch_drop(source);
    return false;
}

void ingest_worker_batch_store_due(struct ingest_worker *worker)
{
    int64_t now = base_clock_mono_us();
    for (size_t i = 0; i < worker->sources.count; i++) {
        struct ingest_source *source = worker->sources.list[i];
        if (source->batch.held_us && now - source->batch.held_us > HOLD_MAX_US) {
            ingest_worker_source_drop(source, "held longer than the broker's patience");
        } else if (worker->conn && due(source, now) && now >= source->retry_us) {
            ingest_worker_batch_store(worker, source);
        } else if (!worker->conn && due(source, now) && !source->batch.held_us) {
            source->batch.held_us = now;
        }
    }
}

int64_t ingest_worker_batch_due_us(const struct ingest_worker *worker, const struct ingest_source *source)
{
    const struct ingest_batch *batch = &source->batch;
    if (batch->held_us) {
        return worker->conn ? source->retry_us : INT64_MAX;
    }
    int64_t dry = batch->last_us + BATCH_DRY_US;
    int64_t old = batch->opened_us + BATCH_AGE_US;
    return !batch->received ? INT64_MAX : dry < old ? dry : old;
}
