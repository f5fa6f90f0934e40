/* The worker: one thread, one database connection, a session per source. It reads a batch, commits it, acknowledges it.
 *
 *   poll ──> read what is there ──> batch full, 5 ms dry or 20 ms old? ──> transaction ──> COMMIT ──> write acks ──┐
 *    ^───────────────────────────────────────────────────────────────────────────────────────────────────────────┘
 *
 * While the database is away a due batch is held and its source is not read: the broker is the queue. A hold over 40 s
 * drops connection and batch (keepalive is 60 s); the broker sends both again. This file is the one that logs.
 */
#include "ingest/source.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MS INT64_C(1000)
#define SECOND INT64_C(1000000)
enum {
    BATCH_AGE_US = 20 * 1000,
    BATCH_DRY_US = 5 * 1000,
    HOLD_MAX_US = 40 * 1000 * 1000,
    TURN_US = 20 * 1000, /* one source's share before the others are looked at */
    IDLE_MS = 500,
    LIST_EVERY_US = 5 * 1000 * 1000,
    SHIFTS_EVERY_US = 1000 * 1000, /* at most, while messages fall outside every known shift */
    AHEAD_EVERY_US = 600 * 1000 * 1000,
    EXPIRE_EVERY_US = 10 * 1000 * 1000,
    PAUSE_FIRST_US = 100 * 1000,
    PAUSE_MOST_US = 5 * 1000 * 1000,
    DEAD_LOG_US = 10 * 1000 * 1000
};

struct worker {
    const struct ingest_options *options;
    struct ingest_broker broker;
    struct ingest_keys keys;
    struct ingest_store store;
    struct ingest_sources sources;
    struct base_arena decoding;
    char owner[128];
    struct data_conn *conn; /* NULL: away */
    int64_t conn_retry_us, conn_pause_us;
    int64_t listed_us, ahead_us, expired_us, dead_logged_us;
    struct pollfd *polls;
    size_t poll_cap;
    long fault_at, commits; /* HUTONG_FAULT, for tests */
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

static void fault(struct worker *worker)
{
    if (++worker->commits == worker->fault_at) {
        kill(getpid(), SIGKILL);
    }
}

static int64_t longer(int64_t pause_us)
{
    int64_t next = pause_us ? pause_us * 2 : PAUSE_FIRST_US;
    return next < PAUSE_MOST_US ? next : PAUSE_MOST_US;
}

static void pause_source(struct ingest_source *source)
{
    source->pause_us = longer(source->pause_us);
    source->retry_us = base_clock_mono_us() + source->pause_us;
}

static void warn(const struct ingest_source *source, const char *message, const char *why)
{
    base_log(BASE_LOG_WARN, message, base_log_text("source", source->name), base_log_i64("epoch", source->epoch),
             base_log_text("why", why));
}

/* Back to nothing: the broker has all that was not acknowledged. */
static void drop_source(struct ingest_source *source, const char *why)
{
    if (source->session.state != INGEST_SESSION_DOWN || source->batch.received) {
        warn(source, "source dropped", why);
    }
    ingest_session_drop(&source->session, why);
    ingest_batch_reset(&source->batch);
    pause_source(source);
}

/* --- database --- */
static void lose_database(struct worker *worker, const char *why)
{
    base_log(BASE_LOG_WARN, "database away", base_log_text("why", why));
    data_conn_free(worker->conn);
    worker->conn = NULL;
    worker->conn_pause_us = longer(worker->conn_pause_us);
    worker->conn_retry_us = base_clock_mono_us() + worker->conn_pause_us;
}

static enum base_err list_sources(struct worker *worker, struct base_diag *diag)
{
    enum base_err err = ingest_sources_load(&worker->sources, worker->conn, &worker->keys, &worker->decoding, diag);
    worker->listed_us = base_clock_mono_us();
    for (size_t i = 0; i < worker->sources.count && !err; i++) {
        struct ingest_source *source = worker->sources.list[i];
        source->batch_max = worker->options->batch_max > 0 ? worker->options->batch_max : INGEST_BATCH_MAX;
        err = ingest_shifts_load(&source->shifts, worker->conn, source->estate_id, source->id, diag);
    }
    return err;
}

/* After a break our leases may still be ours: then the batches we hold can be stored over the new connection. */
static enum base_err keep_leases(struct worker *worker, int64_t older_than_us, struct base_diag *diag)
{
    for (size_t i = 0; i < worker->sources.count; i++) {
        struct ingest_source *source = worker->sources.list[i];
        if (!source->epoch || source->kept_us > older_than_us) {
            continue;
        }
        enum base_err err = ingest_lease_keep(source, worker->conn, worker->owner, diag);
        if (err == BASE_FENCED) {
            source->epoch = 0;
            drop_source(source, diag->text);
        } else if (err) {
            return err;
        }
    }
    return BASE_OK;
}

static void open_database(struct worker *worker)
{
    struct base_diag diag = {.text = ""};
    struct data_conn *conn = NULL;
    enum base_err err = data_conn_open(worker->options->database, "hutong ingest", &diag, &conn);
    worker->conn = conn;
    if (!err) {
        err = ingest_store_connect(&worker->store, conn, &diag);
    }
    if (!err) {
        err = keep_leases(worker, INT64_MAX, &diag);
    }
    if (!err) {
        err = list_sources(worker, &diag);
    }
    if (err) {
        lose_database(worker, diag.text);
        return;
    }
    worker->ahead_us = 0;
    worker->conn_pause_us = 0;
    base_log(BASE_LOG_INFO, "database connected", base_log_i64("backend", data_conn_backend_pid(conn)),
             base_log_i64("sources", (int64_t)worker->sources.count));
}

/* --- sources come and go --- */
static bool take_message(void *at, const struct mosquitto_message *message)
{
    return ingest_batch_add(at, message);
}

/* The client id moves with the lease, and is no other installation's: it hangs on the permanent key. */
static void client_id(const struct worker *worker, const struct ingest_source *source, char text[64])
{
    char number[24], hex[BASE_ID_TEXT];
    snprintf(number, sizeof number, "%lld", (long long)source->id);
    const struct base_str parts[] = {base_str_of("client"), base_str_of(number)};
    base_id_hex(base_key_id(&worker->keys.dedup, parts, BASE_COUNT(parts)), hex);
    snprintf(text, 64, "hutong-%s-%.12s", number, hex);
}

static enum base_err start_source(struct worker *worker, struct ingest_source *source, struct base_diag *diag)
{
    char id[64];
    enum base_err err = ingest_lease_acquire(source, worker->conn, worker->owner, diag);
    if (!err) {
        err = ingest_shifts_load(&source->shifts, worker->conn, source->estate_id, source->id, diag);
    }
    if (!err) {
        client_id(worker, source, id);
        err = ingest_session_open(&source->session,
                                  &(struct ingest_session_options){.broker = &worker->broker,
                                                                   .client_id = id,
                                                                   .topics = source->topics,
                                                                   .held = source->held_topics,
                                                                   .purge = source->forget,
                                                                   .message = take_message,
                                                                   .at = source},
                                  diag);
    }
    return err;
}

static void start_sources(struct worker *worker)
{
    for (size_t i = 0; i < worker->sources.count && worker->conn; i++) {
        struct ingest_source *source = worker->sources.list[i];
        struct base_diag diag = {.text = ""};
        if (source->session.state != INGEST_SESSION_DOWN || (!source->listed && !source->forget) ||
            base_clock_mono_us() < source->retry_us) {
            continue;
        }
        enum base_err err = start_source(worker, source, &diag);
        if (err == BASE_DATABASE_AWAY) {
            lose_database(worker, diag.text);
        } else if (err) {
            base_log(err == BASE_FENCED ? BASE_LOG_DEBUG : BASE_LOG_WARN, "source cannot start",
                     base_log_text("source", source->name), base_log_text("why", diag.text));
            pause_source(source);
        }
    }
}

static void notice_changes(struct ingest_source *source, enum ingest_session_state before)
{
    if (before == INGEST_SESSION_CONNECTING && source->session.state == INGEST_SESSION_UP) {
        source->pause_us = 0;
        if (source->session.options.purge) {
            return;
        }
        base_log(BASE_LOG_INFO, "source connected", base_log_text("source", source->name),
                 base_log_i64("epoch", source->epoch), base_log_i64("mqtt", source->session.protocol),
                 base_log_text("session", source->session.was_present ? "present" : "new"));
    } else if (before != INGEST_SESSION_DOWN && source->session.state == INGEST_SESSION_DOWN) {
        warn(source, "source disconnected", source->session.why.text);
        ingest_session_drop(&source->session, "");
        ingest_batch_reset(&source->batch);
        pause_source(source);
    }
}

/* --- batches --- */
static bool due(const struct ingest_batch *batch, int64_t max, int64_t now)
{
    return batch->received &&
           (batch->held_us || batch->err || batch->received >= max || batch->bytes >= INGEST_BATCH_BYTES_MAX ||
            now - batch->opened_us >= BATCH_AGE_US || now - batch->last_us >= BATCH_DRY_US);
}

/* Whoever is off shift by what we know may be on one that was opened a moment ago: before anything is dropped, what
 * the database has told since is heard. */
static enum base_err settle(struct worker *worker, struct ingest_source *source, struct base_diag *diag)
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
    err = ingest_shifts_load(&source->shifts, worker->conn, source->estate_id, source->id, diag);
    return err ? err : ingest_batch_settle(source, diag);
}

static void log_dead(struct worker *worker, const struct ingest_source *source)
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

static void acknowledge(struct worker *worker, struct ingest_source *source)
{
    struct base_diag diag = {.text = ""};
    fault(worker);
    log_dead(worker, source);
    ingest_batch_reset(&source->batch);
    ingest_devices_trim(&source->devices);
    if (ingest_session_flush(&source->session, &diag) != BASE_OK) {
        notice_changes(source, INGEST_SESSION_UP);
    }
}

static void hold(struct worker *worker, struct ingest_source *source, enum base_err err, const char *why)
{
    int64_t now = base_clock_mono_us();
    source->batch.held_us = source->batch.held_us ? source->batch.held_us : now;
    if (err == BASE_FENCED) {
        source->epoch = 0;
        drop_source(source, why);
        return;
    }
    if (err == BASE_DATABASE_AWAY) {
        lose_database(worker, why);
        return;
    }
    warn(source, "batch not stored", why); /* no partition, a lock time-out ...: the connection may carry on */
    pause_source(source);
}

static void store(struct worker *worker, struct ingest_source *source)
{
    struct base_diag diag = {.text = ""};
    if (source->batch.err) {
        drop_source(source, base_error_text(source->batch.err));
        return;
    }
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

static void store_due(struct worker *worker)
{
    int64_t now = base_clock_mono_us();
    for (size_t i = 0; i < worker->sources.count; i++) {
        struct ingest_source *source = worker->sources.list[i];
        if (source->batch.held_us && now - source->batch.held_us > HOLD_MAX_US) {
            drop_source(source, "held longer than the broker's patience");
        } else if (worker->conn && due(&source->batch, source->batch_max, now) && now >= source->retry_us) {
            store(worker, source);
        } else if (!worker->conn && due(&source->batch, source->batch_max, now) && !source->batch.held_us) {
            source->batch.held_us = now;
        }
    }
}

/* --- the loop --- */
/* Its last reading was not the end; what TLS has decrypted already does not wake poll. */
static bool may_read_on(const struct ingest_source *source)
{
    return source->more && !source->batch.held_us && source->session.state != INGEST_SESSION_DOWN;
}

static int wait_ms(const struct worker *worker)
{
    int64_t now = base_clock_mono_us();
    int64_t until = now + IDLE_MS * MS;
    for (size_t i = 0; i < worker->sources.count; i++) {
        const struct ingest_batch *batch = &worker->sources.list[i]->batch;
        if (may_read_on(worker->sources.list[i])) {
            return 0;
        }
        if (batch->received && !batch->held_us) {
            int64_t dry = batch->last_us + BATCH_DRY_US;
            int64_t old = batch->opened_us + BATCH_AGE_US;
            until = dry < until ? dry : until;
            until = old < until ? old : until;
        } else if (batch->held_us && worker->conn && worker->sources.list[i]->retry_us < until) {
            until = worker->sources.list[i]->retry_us;
        }
    }
    if (!worker->conn && worker->conn_retry_us < until) {
        until = worker->conn_retry_us;
    }
    return until <= now ? 0 : (int)((until - now + MS - 1) / MS);
}

static bool make_polls(struct worker *worker)
{
    size_t need = worker->sources.count + 1;
    if (need > worker->poll_cap) {
        struct pollfd *polls = realloc(worker->polls, need * 2 * sizeof *polls);
        if (!polls) {
            return false;
        }
        worker->polls = polls;
        worker->poll_cap = need * 2;
    }
    worker->polls[0] = (struct pollfd){.fd = worker->conn ? data_conn_socket(worker->conn) : -1, .events = POLLIN};
    for (size_t i = 0; i < worker->sources.count; i++) {
        const struct ingest_source *source = worker->sources.list[i];
        bool holds = source->batch.received > 0;
        short events = POLLIN;
        if (!holds && ingest_session_wants_write(&source->session)) {
            events |= POLLOUT;
        }
        worker->polls[i + 1] = (struct pollfd){
            .fd = source->batch.held_us ? -1 : ingest_session_socket(&source->session), .events = events};
    }
    return true;
}

static void serve_source(struct ingest_source *source, short events)
{
    enum ingest_session_state before = source->session.state;
    if (may_read_on(source)) {
        events |= POLLIN;
    }
    if (events & (POLLIN | POLLERR | POLLHUP)) {
        int64_t now = base_clock_mono_us();
        int64_t had = source->batch.received;
        source->more = ingest_session_read(&source->session, now + TURN_US);
        if (source->batch.received > had) {
            source->batch.last_us = base_clock_mono_us();
        }
    }
    if ((events & POLLOUT) && source->batch.received == 0) {
        ingest_session_write(&source->session);
    }
    notice_changes(source, before);
}

static void serve_notices(struct worker *worker)
{
    struct base_diag diag = {.text = ""};
    bool noticed = false;
    enum base_err err = data_listen_wait(worker->conn, 0, &diag, &noticed);
    if (!err && noticed) {
        err = list_sources(worker, &diag);
    }
    if (err == BASE_DATABASE_AWAY) {
        lose_database(worker, diag.text);
    } else if (err) {
        base_log(BASE_LOG_WARN, "sources not read", base_log_text("why", diag.text));
    }
}

static void turn(struct worker *worker)
{
    if (poll(worker->polls, (nfds_t)worker->sources.count + 1, wait_ms(worker)) < 0 && errno != EINTR) {
        base_log(BASE_LOG_ERROR, "poll failed", base_log_text("why", strerror(errno)));
    }
    for (size_t i = 0; i < worker->sources.count; i++) {
        serve_source(worker->sources.list[i], worker->polls[i + 1].revents);
    }
    if (worker->conn && worker->polls[0].revents) {
        serve_notices(worker);
    }
    store_due(worker);
}

/* --- what has no hurry --- */
/* The broker keeps subscriptions of its own; the lease notes which, so that whoever comes next can end old ones. */
static enum base_err note_topics(struct worker *worker, struct base_diag *diag)
{
    enum base_err err = BASE_OK;
    for (size_t i = 0; i < worker->sources.count && !err; i++) {
        struct ingest_source *source = worker->sources.list[i];
        if (!source->session.options.purge && !source->topics_noted && ingest_session_settled(&source->session)) {
            err = ingest_lease_topics(source, worker->conn, worker->owner, diag);
        }
        if (err == BASE_FENCED) {
            source->epoch = 0;
            drop_source(source, diag->text);
            err = BASE_OK;
        }
    }
    return err;
}

/* Sessions that were opened to be thrown away, and are. */
static enum base_err note_forgotten(struct worker *worker, struct base_diag *diag)
{
    enum base_err err = BASE_OK;
    for (size_t i = 0; i < worker->sources.count && !err; i++) {
        struct ingest_source *source = worker->sources.list[i];
        if (source->session.state != INGEST_SESSION_UP || !source->session.options.purge) {
            continue;
        }
        err = ingest_sources_forgotten(source, worker->conn, worker->owner, diag);
        err = err == BASE_FENCED ? BASE_OK : err;
        if (!err && !source->forget) {
            base_log(BASE_LOG_INFO, "source forgotten", base_log_text("source", source->name));
        }
        ingest_session_close(&source->session);
    }
    return err;
}

/* An open session is no longer the one that the source's row asks for. */
static bool outdated(const struct ingest_source *source)
{
    const struct ingest_session *session = &source->session;
    return session->state != INGEST_SESSION_DOWN && !session->options.purge &&
           (!source->listed || source->forget || strcmp(session->topics, source->topics) != 0);
}

/* Other topics mean a new connection: the broker keeps the session, and connecting reconciles it. */
static void remove_sources(struct worker *worker)
{
    for (size_t i = worker->sources.count; i-- > 0;) {
        struct ingest_source *source = worker->sources.list[i];
        if (source->batch.received > 0) {
            continue;
        }
        if (outdated(source)) {
            ingest_session_close(&source->session);
        }
        if (!source->listed && !source->forget) {
            base_log(BASE_LOG_INFO, "source removed", base_log_text("source", source->name));
            ingest_session_close(&source->session);
            ingest_lease_release(source, worker->conn, worker->owner);
            ingest_sources_remove(&worker->sources, i);
        }
    }
}

static void upkeep(struct worker *worker)
{
    struct base_diag diag = {.text = ""};
    int64_t now = base_clock_mono_us();
    enum base_err err = keep_leases(worker, now - INGEST_LEASE_KEEP_US, &diag);
    if (!err && now - worker->listed_us > LIST_EVERY_US) {
        err = list_sources(worker, &diag);
    }
    if (!err && (worker->ahead_us == 0 || now - worker->ahead_us > AHEAD_EVERY_US)) {
        worker->ahead_us = now;
        err = ingest_store_ahead(&worker->store, base_clock_now_us(), &diag);
    }
    if (!err && now - worker->expired_us > EXPIRE_EVERY_US) {
        worker->expired_us = now;
        err = ingest_store_expire(&worker->store, &diag);
    }
    if (!err) {
        err = note_topics(worker, &diag);
    }
    if (!err) {
        err = note_forgotten(worker, &diag);
    }
    if (err == BASE_DATABASE_AWAY) {
        lose_database(worker, diag.text);
    } else if (err) {
        base_log(BASE_LOG_WARN, "upkeep failed", base_log_text("why", diag.text));
    }
}

static void keep_alive(struct worker *worker)
{
    for (size_t i = 0; i < worker->sources.count; i++) {
        struct ingest_source *source = worker->sources.list[i];
        enum ingest_session_state before = source->session.state;
        if (source->batch.received == 0 && before != INGEST_SESSION_DOWN) {
            ingest_session_misc(&source->session);
            notice_changes(source, before);
        }
    }
}

static void run(struct worker *worker)
{
    int64_t looked_us = 0;
    while (!*worker->options->stop) {
        int64_t now = base_clock_mono_us();
        if (!worker->conn && now >= worker->conn_retry_us) {
            open_database(worker);
        }
        if (now - looked_us > SECOND / 5) {
            looked_us = now;
            if (worker->conn) {
                serve_notices(worker); /* those that came with a query's answer do not wake poll */
            }
            if (worker->conn) {
                upkeep(worker);
            }
            keep_alive(worker);
            remove_sources(worker);
            start_sources(worker);
        }
        if (!make_polls(worker)) {
            base_log(BASE_LOG_ERROR, "out of memory");
        } else {
            turn(worker);
        }
    }
}

/* Told to stop: what was read is stored and acknowledged, sessions say goodbye, leases are given back. */
static void finish(struct worker *worker)
{
    for (size_t i = 0; i < worker->sources.count; i++) {
        struct ingest_source *source = worker->sources.list[i];
        if (worker->conn && source->batch.received) {
            store(worker, source);
        }
        if (source->batch.received == 0) {
            ingest_session_close(&source->session);
        }
        if (worker->conn) {
            ingest_lease_release(source, worker->conn, worker->owner);
        }
    }
}

static enum base_err prepare(struct worker *worker, struct base_diag *diag)
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
    struct worker worker = {.options = options, .fault_at = fault_from_environment()};
    enum base_err err = prepare(&worker, diag);
    if (err) {
        return err;
    }
    ingest_store_init(&worker.store, worker.owner);
    base_arena_init(&worker.decoding, SENSORS_ARENA_MAX);
    base_log(BASE_LOG_INFO, "ingest started", base_log_text("owner", worker.owner),
             base_log_text("broker", worker.broker.host), base_log_i64("port", worker.broker.port));
    run(&worker);
    finish(&worker);
    base_log(BASE_LOG_INFO, "ingest stopped");
    ingest_sources_release(&worker.sources);
    ingest_store_release(&worker.store);
    base_arena_release(&worker.decoding);
    data_conn_free(worker.conn);
    free(worker.polls);
    mosquitto_lib_cleanup();
    return BASE_OK;
}
