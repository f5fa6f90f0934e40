/* One turn of the loop: wait for sockets and due batches, read what is there, store what is due. */
#include "ingest/worker.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#define MS INT64_C(1000)
enum {
    TURN_US = 20 * 1000, /* one source's share before the others are looked at */
    IDLE_MS = 500,
};

/* Its last reading was not the end; what TLS has decrypted already does not wake poll. */
static bool may_read_on(const struct ingest_source *source)
{
    return source->more && !source->batch.held_us && source->session.state != INGEST_SESSION_DOWN;
}

static int wait_ms(const struct ingest_worker *worker)
{
    int64_t now = base_clock_mono_us();
    int64_t until = now + IDLE_MS * MS;
    for (size_t i = 0; i < worker->sources.count; i++) {
        if (may_read_on(worker->sources.list[i])) {
            return 0;
        }
        int64_t due = ingest_worker_batch_due_us(worker, worker->sources.list[i]);
        until = due < until ? due : until;
    }
    if (!worker->conn && worker->conn_retry_us < until) {
        until = worker->conn_retry_us;
    }
    return until <= now ? 0 : (int)((until - now + MS - 1) / MS);
}

static bool make_polls(struct ingest_worker *worker)
{
    size_t need = worker->sources.count + 2; /* database, sources, watch */
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
    short watch = POLLIN;
    watch |= ingest_session_wants_write(&worker->watch.session) ? POLLOUT : 0;
    worker->polls[need - 1] = (struct pollfd){.fd = ingest_session_socket(&worker->watch.session), .events = watch};
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
    ingest_worker_source_notice(source, before);
}

void ingest_worker_poll_turn(struct ingest_worker *worker)
{
    if (!make_polls(worker)) {
        base_log(BASE_LOG_ERROR, "out of memory");
        return;
    }
    if (poll(worker->polls, (nfds_t)worker->sources.count + 2, wait_ms(worker)) < 0 && errno != EINTR) {
        base_log(BASE_LOG_ERROR, "poll failed", base_log_text("why", strerror(errno)));
    }
    for (size_t i = 0; i < worker->sources.count; i++) {
        serve_source(worker->sources.list[i], worker->polls[i + 1].revents);
    }
    ingest_watch_serve(&worker->watch, worker->polls[worker->sources.count + 1].revents);
    if (worker->conn && worker->polls[0].revents) {
        ingest_worker_database_hear(worker);
    }
    ingest_worker_batch_store_due(worker);
}
