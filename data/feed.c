/* A feed at work: the connection that streams is read when somebody asks for the next transaction, and told now and
 * then what may be forgotten. All waiting is done here, so that another thread can end it. */
#include "data/feed_private.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

enum { STOP_LOOK_US = 100000, BURST = 1024 };

enum base_err data_feed_check(const struct data_feed *feed, struct base_diag *diag)
{
    if (atomic_load(&feed->interrupted) || (feed->stop && atomic_load(feed->stop))) {
        return base_diag_set(diag, BASE_INTERRUPTED, "feed: interrupted");
    }
    return BASE_OK;
}

static int64_t least(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

/* How long to wait at once: others may want to stop us, and the server to hear from us. */
static int slice_ms(const struct data_feed *feed, int64_t deadline_us)
{
    int64_t now = base_clock_mono_us();
    int64_t until = least(deadline_us, now + (feed->stop ? STOP_LOOK_US : DATA_FEED_TELL_US));
    until = feed->streaming ? least(until, feed->told_us + DATA_FEED_TELL_US) : until;
    return until > now ? (int)((until - now + 999) / 1000) : 0;
}

enum base_err data_feed_wait(struct data_feed *feed, struct data_conn *conn, int64_t deadline_us,
                             struct base_diag *diag, bool *ret_ready)
{
    struct pollfd wait[] = {{.fd = PQsocket(conn->pg), .events = POLLIN}, {.fd = feed->wake, .events = POLLIN}};
    for (;;) {
        int got = poll(wait, BASE_COUNT(wait), slice_ms(feed, deadline_us));
        if (got < 0 && errno != EINTR) {
            return base_diag_set(diag, BASE_IO, "feed: poll: %s", strerror(errno));
        }
        enum base_err err = data_feed_check(feed, diag);
        if (!err && feed->streaming) {
            err = data_feed_tell(feed, false, diag);
        }
        if (err || got > 0 || base_clock_mono_us() >= deadline_us) {
            *ret_ready = got > 0;
            return err;
        }
    }
}

enum base_err data_feed_ask(struct data_feed *feed, struct data_conn *conn, const char *doing, const char *sql,
                            int64_t deadline_us, struct base_diag *diag, PGresult **ret_result)
{
    if (!PQsendQuery(conn->pg, sql)) {
        return data_conn_failed(conn, NULL, doing, diag);
    }
    while (PQisBusy(conn->pg)) {
        bool ready = false;
        enum base_err err = data_feed_wait(feed, conn, deadline_us, diag, &ready);
        if (!err && !ready) {
            err = base_diag_set(diag, BASE_TIMEOUT, "feed: %s: no answer in time", doing);
        }
        if (!err && !PQconsumeInput(conn->pg)) {
            err = data_conn_failed(conn, NULL, doing, diag);
        }
        if (err) {
            return err;
        }
    }
    *ret_result = PQgetResult(conn->pg);
    return BASE_OK;
}

/* Standby status update: written, flushed, applied, our clock, and whether we want an answer: then heard_us tells how
 * long the server has really been silent. */
enum base_err data_feed_tell(struct data_feed *feed, bool at_once, struct base_diag *diag)
{
    int64_t now = base_clock_mono_us();
    if (!at_once && now - feed->told_us < DATA_FEED_TELL_US) {
        return BASE_OK;
    }
    AUTO_VALUE(base_buf) message;
    base_buf_init(&message, 64);
    base_buf_u8(&message, 'r');
    for (int i = 0; i < 3; i++) {
        base_buf_u64be(&message, feed->confirmed);
    }
    base_buf_u64be(&message, (uint64_t)data_run_time_out(base_clock_now_us()));
    base_buf_u8(&message, !at_once);
    if (message.err) {
        return base_diag_set(diag, message.err, "feed: out of memory");
    }
    if (PQputCopyData(feed->stream->pg, message.data, (int)message.len) != 1 || PQflush(feed->stream->pg) != 0) {
        return data_conn_failed(feed->stream, NULL, "feed", diag);
    }
    feed->told_us = now;
    return BASE_OK;
}

/* The server ended the stream: it says why, or just stops. */
static enum base_err stream_ended(struct data_feed *feed, struct base_diag *diag)
{
    PGresult *result = PQgetResult(feed->stream->pg);
    enum base_err err;
    if (result && PQresultStatus(result) == PGRES_FATAL_ERROR) {
        err = data_conn_failed(feed->stream, result, "feed", diag);
    } else {
        err = base_diag_set(diag, BASE_DATABASE_AWAY, "feed: the server ended the stream: is it being stopped?");
    }
    PQclear(result);
    return err;
}

/* *ret_got false: there is none just now. */
static enum base_err take_message(struct data_feed *feed, struct base_diag *diag, bool *ret_got)
{
    char *message = NULL;
    int len = PQgetCopyData(feed->stream->pg, &message, 1);
    if (len == 0 && !PQconsumeInput(feed->stream->pg)) {
        return data_conn_failed(feed->stream, NULL, "feed", diag);
    }
    len = len == 0 ? PQgetCopyData(feed->stream->pg, &message, 1) : len;
    if (len < 0) {
        return len == -1 ? stream_ended(feed, diag) : data_conn_failed(feed->stream, NULL, "feed", diag);
    }
    *ret_got = len > 0;
    if (len == 0) {
        return BASE_OK;
    }
    enum base_err err = data_feed_decode(&feed->decoder, (struct base_str){message, (size_t)len}, diag);
    PQfreemem(message);
    return err;
}

static void confirm(struct data_feed *feed, uint64_t lsn)
{
    feed->lsn = lsn > feed->lsn ? lsn : feed->lsn;
    feed->confirmed = feed->lsn;
}

/* One message and what follows from it. A transaction that touches nothing of ours is confirmed at once. */
static enum base_err step(struct data_feed *feed, struct base_diag *diag, bool *ret_got,
                          const struct data_feed_transaction **ret_transaction)
{
    struct data_feed_decoder *decoder = &feed->decoder;
    enum base_err err = take_message(feed, diag, ret_got);
    if (err || !*ret_got) {
        return err;
    }
    feed->heard_us = base_clock_mono_us();
    if (decoder->ended && decoder->transaction.count > 0) {
        feed->lsn = decoder->transaction.lsn;
        *ret_transaction = &decoder->transaction;
    } else if (decoder->ended) {
        confirm(feed, decoder->transaction.lsn);
    } else if (decoder->idle) {
        confirm(feed, decoder->idle_lsn);
    }
    return data_feed_tell(feed, decoder->wants_reply, diag);
}

static enum base_err next(struct data_feed *feed, int64_t deadline_us, struct base_diag *diag,
                          const struct data_feed_transaction **ret_transaction)
{
    for (unsigned steps = 1;; steps++) {
        bool got = false, ready = false;
        enum base_err err = data_feed_check(feed, diag);
        err = err ? err : step(feed, diag, &got, ret_transaction);
        bool late = (!got || steps % BURST == 0) && base_clock_mono_us() >= deadline_us;
        if (err || *ret_transaction || late) {
            return err;
        }
        if (!got && (err = data_feed_wait(feed, feed->stream, deadline_us, diag, &ready))) {
            return err;
        }
    }
}

static enum base_err gone(const struct data_feed *feed, struct base_diag *diag)
{
    return base_diag_set(diag, feed->failed, "feed: it has failed before; open another");
}

enum base_err data_feed_next(struct data_feed *feed, int timeout_ms, struct base_diag *diag,
                             const struct data_feed_transaction **ret_transaction)
{
    if (feed->failed) {
        return gone(feed, diag);
    }
    int64_t deadline_us = base_clock_mono_us() + (int64_t)timeout_ms * 1000;
    const struct data_feed_transaction *transaction = NULL;
    feed->confirmed = feed->lsn;
    feed->failed = next(feed, deadline_us, diag, &transaction);
    if (!feed->failed) {
        *ret_transaction = transaction;
    }
    return feed->failed;
}

struct data_feed_status data_feed_status(const struct data_feed *feed)
{
    uint64_t server_lsn = feed->decoder.server_lsn > feed->lsn ? feed->decoder.server_lsn : feed->lsn;
    return (struct data_feed_status){.lsn = feed->lsn, .server_lsn = server_lsn, .heard_us = feed->heard_us};
}

uint64_t data_feed_snapshot_lsn(const struct data_feed *feed)
{
    return feed->snapshot_lsn;
}

void data_feed_interrupt(struct data_feed *feed)
{
    if (feed) {
        atomic_store(&feed->interrupted, true);
        (void)!eventfd_write(feed->wake, 1); /* fails only when it is readable already */
    }
}

void data_feed_free(struct data_feed *feed)
{
    if (feed) {
        data_conn_free(feed->rows);
        data_conn_free(feed->stream);
        data_feed_decoder_release(&feed->decoder);
        if (feed->wake >= 0) {
            close(feed->wake);
        }
        free(feed);
    }
}
