/* How each source stands, written down for whoever looks: how far it is read, what is held, what broke. */
#include "ingest/worker.h"

#include <string.h>

enum { GAUGE_EVERY_US = 2 * 1000 * 1000, SESSION_SHORT_S = 7 * 86400 };

void ingest_worker_gauge_connected(struct ingest_source *source)
{
    const struct ingest_granted *granted = &source->session.granted;
    ingest_watermark_connected(&source->watermark);
    source->gauge.connected = true;
    source->gauge.back = false;
    if (granted->session_expiry_s >= 0 && granted->session_expiry_s < SESSION_SHORT_S) {
        base_log(BASE_LOG_WARN, "the broker forgets the session when this worker is away for longer",
                 base_log_text("source", source->name), base_log_i64("seconds", granted->session_expiry_s));
    }
}

void ingest_worker_gauge_lost(struct ingest_source *source, const char *why)
{
    source->gauge.losses++;
    snprintf(source->gauge.loss, sizeof source->gauge.loss, "%s", why);
}

void ingest_worker_gauge_read(struct ingest_source *source)
{
    const struct ingest_batch *batch = &source->batch;
    int64_t now = base_clock_mono_us();
    bool empty = !source->more && !batch->held_us;
    ingest_watermark_look(&source->watermark, &source->session, batch->received,
                          !empty            ? 0
                          : batch->received ? batch->last_us
                                            : now);
}

/* A session that the broker had and has no more is a gap. */
static enum base_err note_session(struct ingest_worker *worker, struct ingest_source *source, struct base_diag *diag)
{
    AUTO(data_rows) rows = NULL;
    enum base_err err = data_run(worker->conn, DATA_BROKER_SESSION,
                                 DATA_ARGS(data_i64(source->estate_id), data_i64(source->id), data_text(worker->owner),
                                           data_i64(source->epoch), data_i64(source->session.was_present),
                                           data_i64(source->session.granted.protocol)),
                                 diag, &rows);
    if (err) {
        return err;
    }
    source->gauge.connected = false;
    if (data_rows_count(rows) && data_rows_bool(rows, 0, 0)) {
        ingest_worker_source_warn(source, "messages may be missing", "the broker had lost the source's session");
    }
    return BASE_OK;
}

static enum base_err note_loss(struct ingest_worker *worker, struct ingest_source *source, struct base_diag *diag)
{
    struct ingest_gauge *gauge = &source->gauge;
    enum base_err err = data_run(worker->conn, DATA_BROKER_LOSS,
                                 DATA_ARGS(data_i64(source->estate_id), data_i64(source->id), data_i64(gauge->losses),
                                           data_text(gauge->loss), data_text(worker->owner), data_i64(source->epoch),
                                           ingest_worker_outage_since(source)),
                                 diag, NULL);
    gauge->losses = err ? gauge->losses : 0;
    gauge->missed_us = err ? gauge->missed_us : 0;
    return err;
}

static enum base_err note_changes(struct ingest_worker *worker, struct base_diag *diag)
{
    enum base_err err = BASE_OK;
    for (size_t i = 0; i < worker->sources.count && !err; i++) {
        struct ingest_source *source = worker->sources.list[i];
        source->gauge.connected = source->gauge.connected && source->epoch; /* else it is another worker's now */
        if (source->gauge.connected) {
            err = note_session(worker, source, diag);
        }
        if (!err && source->gauge.losses) {
            err = note_loss(worker, source, diag);
        }
    }
    return err ? err : ingest_worker_outage_note(worker, diag);
}

/* --- gauges: a column of numbers each, as arrays' text --- */
enum { ESTATE, SOURCE, EPOCH, DRY, HELD_SINCE, HELD, GAUGES, GAUGES_MAX = 4 * 1024 * 1024 };

static void add(struct base_buf *column, int64_t number, bool known)
{
    base_buf_u8(column, column->len ? ',' : '{');
    if (known) {
        base_buf_printf(column, "%lld", (long long)number);
    } else {
        base_buf_text(column, "null");
    }
}

static void add_source(struct base_buf columns[GAUGES], const struct ingest_source *source, int64_t clock_us)
{
    int64_t held_us = source->batch.held_us, dry_us = source->watermark.dry_us;
    add(&columns[ESTATE], source->estate_id, true);
    add(&columns[SOURCE], source->id, true);
    add(&columns[EPOCH], source->epoch, true);
    add(&columns[DRY], clock_us + dry_us, clock_us && dry_us);
    add(&columns[HELD_SINCE], clock_us + held_us, clock_us && held_us);
    add(&columns[HELD], held_us ? source->batch.received : 0, true);
}

/* The database told its time a moment ago; so what is computed from it is a moment early. */
static void set_clock(struct ingest_worker *worker, const struct data_rows *rows)
{
    worker->store.clock_us = data_rows_time(rows, 0, 0) - base_clock_mono_us();
}

static enum base_err write_gauges(struct ingest_worker *worker, struct base_buf columns[GAUGES], struct base_diag *diag)
{
    AUTO(data_rows) rows = NULL;
    struct data_arg args[1 + GAUGES] = {data_text(worker->owner)};
    for (int i = 0; i < GAUGES; i++) {
        base_buf_text(&columns[i], columns[i].len ? "}" : "{}");
        if (columns[i].err) {
            return base_diag_set(diag, columns[i].err, "too many sources");
        }
        args[1 + i] = data_text(base_buf_cstr(&columns[i]));
    }
    enum base_err err = data_run(worker->conn, DATA_BROKER_GAUGE, args, BASE_COUNT(args), diag, &rows);
    if (!err) {
        set_clock(worker, rows);
    }
    return err;
}

/* Busy sources are written by their batches. */
static enum base_err note_gauges(struct ingest_worker *worker, struct base_diag *diag)
{
    struct base_buf columns[GAUGES];
    for (int i = 0; i < GAUGES; i++) {
        base_buf_init(&columns[i], GAUGES_MAX);
    }
    for (size_t i = 0; i < worker->sources.count; i++) {
        const struct ingest_source *source = worker->sources.list[i];
        if (source->epoch && (source->batch.received == 0 || source->batch.held_us)) {
            add_source(columns, source, worker->store.clock_us);
        }
    }
    enum base_err err = write_gauges(worker, columns, diag);
    for (int i = 0; i < GAUGES; i++) {
        base_buf_release(&columns[i]);
    }
    return err;
}

static void look_at_idle(struct ingest_worker *worker)
{
    for (size_t i = 0; i < worker->sources.count; i++) {
        struct ingest_source *source = worker->sources.list[i];
        const struct ingest_session *session = &source->session;
        if (source->batch.received == 0 && session->state == INGEST_SESSION_UP && !session->options.purge) {
            ingest_worker_gauge_read(source);
            ingest_watermark_mark(&source->watermark, &source->session);
        }
    }
}

/* A connection is noted at once: a gap that is not written down is forgotten with this process. */
enum base_err ingest_worker_gauge_note(struct ingest_worker *worker, struct base_diag *diag)
{
    int64_t now = base_clock_mono_us();
    look_at_idle(worker);
    enum base_err err = note_changes(worker, diag);
    if (!err && now - worker->gauged_us >= GAUGE_EVERY_US) {
        worker->gauged_us = now;
        err = note_gauges(worker, diag);
    }
    return err;
}
