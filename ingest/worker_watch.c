/* The broker's own counters: kept in the database for /metrics, and a rise of what it drops said aloud. */
#include "ingest/worker.h"

#include <string.h>

#define SECOND INT64_C(1000000)
enum { NOTE_EVERY_S = 10, WARN_EVERY_S = 60, KEEPALIVE_SHORT_S = 30 };

void ingest_worker_watch_start(struct ingest_worker *worker)
{
    char name[32];
    snprintf(name, sizeof name, "%llx", (unsigned long long)base_clock_now_us());
    ingest_watch_start(&worker->watch, name);
    worker->dropped = -1;
}

static void log_connected(const struct ingest_worker *worker)
{
    const struct ingest_session *session = &worker->watch.session;
    char at[INGEST_BROKER_TEXT];
    base_log(BASE_LOG_INFO, "broker", base_log_text("at", ingest_session_at(session, at)),
             base_log_i64("mqtt", session->granted.protocol),
             base_log_text("version", worker->watch.state.sys ? worker->watch.state.version : "no $SYS"),
             base_log_i64("packet_maximum", session->granted.packet_maximum));
    if (session->granted.keepalive_s && session->granted.keepalive_s < KEEPALIVE_SHORT_S) {
        base_log(BASE_LOG_WARN,
                 "the broker's Server Keep Alive is short: a batch that cannot be stored is dropped soon",
                 base_log_i64("seconds", session->granted.keepalive_s));
    }
}

/* At most once a minute. A broker that was restarted counts from 0. */
static void log_dropped(struct ingest_worker *worker)
{
    int64_t now = base_clock_mono_us(), dropped = worker->watch.state.dropped;
    if (dropped < 0) {
        return;
    }
    if (worker->dropped < 0 || dropped < worker->dropped) {
        worker->dropped = dropped;
    } else if (dropped > worker->dropped && now - worker->dropped_us > WARN_EVERY_S * SECOND) {
        base_log(BASE_LOG_WARN, "the broker throws messages away: a queue is full (max_queued_messages)",
                 base_log_i64("messages", dropped - worker->dropped), base_log_i64("since_its_start", dropped));
        worker->dropped = dropped;
        worker->dropped_us = now;
    }
}

void ingest_worker_watch_keep(struct ingest_worker *worker)
{
    const struct ingest_watch *watch = &worker->watch;
    ingest_watch_keep(&worker->watch, &worker->broker);
    if (watch->session.state != INGEST_SESSION_UP) {
        worker->watch_logged = false;
    } else if (watch->state.known) {
        if (!worker->watch_logged) {
            log_connected(worker);
        }
        worker->watch_logged = true;
        log_dropped(worker);
    }
}

static struct data_arg told(int64_t number)
{
    return number < 0 ? data_null() : data_i64(number);
}

enum base_err ingest_worker_watch_note(struct ingest_worker *worker, struct base_diag *diag)
{
    const struct ingest_watch_state *state = &worker->watch.state;
    const struct ingest_session *session = &worker->watch.session;
    int64_t now = base_clock_mono_us();
    char at[INGEST_BROKER_TEXT];
    if (session->state != INGEST_SESSION_UP || !state->known || now - worker->watch_noted_us < NOTE_EVERY_S * SECOND) {
        return BASE_OK;
    }
    worker->watch_noted_us = now;
    return data_run(worker->conn, DATA_BROKER_NOTE,
                    DATA_ARGS(data_text(ingest_session_at(session, at)), data_i64(session->granted.protocol),
                              data_i64(state->sys), data_text(state->version[0] ? state->version : NULL),
                              told(state->uptime_s), told(state->dropped), told(state->stored),
                              told(state->disconnected)),
                    diag, NULL);
}
