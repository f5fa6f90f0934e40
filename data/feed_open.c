/* How a feed begins: looks whether the server lets us, makes a temporary slot, takes over the snapshot that comes with
 * it and starts the stream where the snapshot ends. Refusals come before anything is made, with what to do about them.
 */
#include "data/feed_private.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/random.h>

enum { WAL_LEVEL, ROLE, REPLICATION, SLOTS_MAX, SLOTS_USED, SENDERS_MAX, SENDERS_USED, BACKEND_PID, PUBLISHED };
enum { TRANSACTION_MAX = 256 << 20, PATIENCE_US = 20000000, NAME_MAX_BYTES = 64 };

/* --- may we? --- */
static enum base_err may_follow(const struct data_rows *row, struct base_diag *diag)
{
    const char *role = data_rows_text(row, 0, ROLE);
    const char *wal_level = data_rows_text(row, 0, WAL_LEVEL);
    if (strcmp(wal_level, "logical") != 0) {
        return base_diag_set(diag, BASE_DATABASE,
                             "feed: the server's wal_level is %s: set wal_level = logical there and restart it",
                             wal_level);
    }
    if (!data_rows_bool(row, 0, REPLICATION)) {
        return base_diag_set(diag, BASE_DATABASE,
                             "feed: the role %s may not replicate; as a superuser run: alter role \"%s\" replication",
                             role, role);
    }
    if (data_rows_null(row, 0, PUBLISHED)) {
        return base_diag_set(diag, BASE_DATABASE,
                             "feed: the publication " DATA_FEED_PUBLICATION " is missing; run `hutong migrate`");
    }
    if (!data_rows_bool(row, 0, PUBLISHED)) {
        return base_diag_set(diag, BASE_DATABASE,
                             "feed: the publication " DATA_FEED_PUBLICATION " leaves changes out; run: alter "
                             "publication " DATA_FEED_PUBLICATION
                             " set (publish = 'insert, update, delete, truncate')");
    }
    return BASE_OK;
}

static enum base_err has_room(const struct data_rows *row, struct base_diag *diag)
{
    int64_t slots = data_rows_i64(row, 0, SLOTS_MAX);
    int64_t senders = data_rows_i64(row, 0, SENDERS_MAX);
    if (data_rows_i64(row, 0, SLOTS_USED) >= slots) {
        return base_diag_set(diag, BASE_DATABASE,
                             "feed: all %" PRId64
                             " replication slots are used; raise max_replication_slots and restart "
                             "the server, or drop slots that nobody reads (pg_replication_slots)",
                             slots);
    }
    if (data_rows_i64(row, 0, SENDERS_USED) >= senders) {
        return base_diag_set(diag, BASE_DATABASE,
                             "feed: all %" PRId64 " senders are busy; raise max_wal_senders and restart the server, or "
                             "end some (pg_stat_replication)",
                             senders);
    }
    return BASE_OK;
}

static bool published(const struct data_rows *rows, const char *table, const char *column)
{
    for (size_t i = 0; i < data_rows_count(rows); i++) {
        if (strcmp(data_rows_text(rows, i, 0), table) == 0 && strcmp(data_rows_text(rows, i, 1), column) == 0) {
            return true;
        }
    }
    return false;
}

static enum base_err has_columns(const struct data_feed *feed, struct base_diag *diag)
{
    AUTO(data_rows) rows = NULL;
    enum base_err err =
        data_run(feed->rows, DATA_FEED_COLUMN, DATA_ARGS(data_text(DATA_FEED_PUBLICATION)), diag, &rows);
    for (size_t i = 0; i < feed->count && !err; i++) {
        const struct data_feed_table *table = &feed->tables[i];
        for (size_t c = 0; c < table->count && !err; c++) {
            if (!published(rows, table->name, table->columns[c])) {
                err = base_diag_set(diag, BASE_DATABASE,
                                    "feed: table %s: column %s is not in the publication " DATA_FEED_PUBLICATION
                                    "; run `hutong migrate`, or put it back",
                                    table->name, table->columns[c]);
            }
        }
    }
    return err;
}

static enum base_err look(const struct data_feed *feed, struct base_diag *diag)
{
    AUTO(data_rows) row = NULL;
    enum base_err err = data_run(feed->rows, DATA_FEED_SERVER, DATA_ARGS(data_text(DATA_FEED_PUBLICATION)), diag, &row);
    if (err) {
        return err;
    }
    if (data_rows_count(row) != 1) {
        return base_diag_set(diag, BASE_DATABASE, "feed: the role has no row in pg_roles");
    }
    if (data_conn_backend_pid(feed->rows) != (int)data_rows_i64(row, 0, BACKEND_PID)) {
        return base_diag_set(diag, BASE_DATABASE,
                             "feed: a transaction pooler sits between, and nothing can be followed through it; connect "
                             "to PostgreSQL itself");
    }
    err = may_follow(row, diag);
    err = err ? err : has_room(row, diag);
    return err ? err : has_columns(feed, diag);
}

/* --- slot and snapshot --- */
static enum base_err slot_name(char name[NAME_MAX_BYTES], struct base_diag *diag)
{
    uint64_t random;
    if (getrandom(&random, sizeof random, 0) != (ssize_t)sizeof random) {
        return base_diag_set(diag, BASE_IO, "feed: no random bytes: %s", strerror(errno));
    }
    snprintf(name, NAME_MAX_BYTES, DATA_FEED_PUBLICATION "_%016" PRIx64, random);
    return BASE_OK;
}

/* The server does not notice that we hung up while it waits for others' transactions. */
static void cancel(struct data_conn *conn)
{
    char unused[256];
    PGcancel *request = PQgetCancel(conn->pg);
    if (request) {
        (void)!PQcancel(request, unused, sizeof unused);
        PQfreeCancel(request);
    }
}

/* Whom does the server wait for? */
static enum base_err blocked(const struct data_feed *feed, int64_t patience_us, struct base_diag *diag)
{
    AUTO(data_rows) row = NULL;
    char since[BASE_TIME_TEXT] = "";
    double seconds = (double)patience_us / 1e6;
    if (data_run(feed->rows, DATA_FEED_BLOCKER, DATA_NO_ARGS, NULL, &row) || data_rows_count(row) == 0) {
        return base_diag_set(diag, BASE_TIMEOUT, "feed: the server has made no slot in %.0f s", seconds);
    }
    if (!data_rows_null(row, 0, 0)) {
        base_time_out(data_rows_time(row, 0, 0), since);
    }
    return base_diag_set(diag, BASE_TIMEOUT,
                         "feed: the server has made no slot in %.0f s: it waits for open transactions%s%s, the oldest "
                         "of %s; end it: %s; all of them: pg_stat_activity where backend_xid is not null, "
                         "pg_prepared_xacts",
                         seconds, *since ? " since " : "", since, data_rows_text(row, 0, 1), data_rows_text(row, 0, 2));
}

static bool lsn_in(const char *text, uint64_t *ret_lsn)
{
    char *rest = NULL;
    uint64_t high = strtoull(text, &rest, 16);
    if (*rest != '/' || high > UINT32_MAX) {
        return false;
    }
    const char *low_text = rest + 1;
    uint64_t low = strtoull(low_text, &rest, 16);
    if (rest == low_text || *rest || low > UINT32_MAX) {
        return false;
    }
    *ret_lsn = high << 32 | low;
    return true;
}

/* The slot and, held by a transaction of the other connection, its snapshot: it is gone with our next command here. */
static enum base_err take_snapshot(struct data_feed *feed, const PGresult *slot, struct base_diag *diag)
{
    char sql[256];
    const char *name = PQgetvalue(slot, 0, 2);
    if (!lsn_in(PQgetvalue(slot, 0, 1), &feed->snapshot_lsn) || strspn(name, "0123456789ABCDEF-") != strlen(name)) {
        return base_diag_set(diag, BASE_DATABASE, "feed: the server's answer about the slot cannot be read");
    }
    /* Rows that policies would hide are missed aloud; nothing ends the transaction while rows are worked on. */
    enum base_err err = data_conn_command(feed->rows, "feed",
                                          "set row_security = off; set statement_timeout = 0; "
                                          "set idle_in_transaction_session_timeout = 0",
                                          diag);
    err = err ? err : data_conn_command(feed->rows, "feed", "begin isolation level repeatable read read only", diag);
    snprintf(sql, sizeof sql, "set transaction snapshot '%s'", name);
    return err ? err : data_conn_command(feed->rows, "feed: snapshot", sql, diag);
}

static enum base_err make_slot(struct data_feed *feed, const char *name, int64_t patience_us, struct base_diag *diag)
{
    char sql[256];
    PGresult *slot = NULL;
    snprintf(sql, sizeof sql, "CREATE_REPLICATION_SLOT \"%s\" TEMPORARY LOGICAL pgoutput (SNAPSHOT 'export')", name);
    enum base_err err =
        data_feed_ask(feed, feed->stream, "feed: slot", sql, base_clock_mono_us() + patience_us, diag, &slot);
    if (err == BASE_TIMEOUT) {
        err = blocked(feed, patience_us, diag);
    }
    if (err == BASE_TIMEOUT || err == BASE_INTERRUPTED) {
        cancel(feed->stream);
    } else if (!err && PQresultStatus(slot) != PGRES_TUPLES_OK) {
        err = data_conn_failed(feed->stream, slot, "feed: slot", diag);
    } else if (!err && (PQntuples(slot) != 1 || PQnfields(slot) < 3)) {
        err = base_diag_set(diag, BASE_DATABASE, "feed: the server's answer about the slot cannot be read");
    }
    err = err ? err : take_snapshot(feed, slot, diag);
    PQclear(slot);
    for (PGresult *rest; !err && (rest = PQgetResult(feed->stream->pg));) {
        PQclear(rest);
    }
    return err;
}

static enum base_err start(struct data_feed *feed, const char *name, struct base_diag *diag)
{
    char sql[256];
    PGresult *started = NULL;
    snprintf(sql, sizeof sql,
             "START_REPLICATION SLOT \"%s\" LOGICAL %" PRIX64 "/%" PRIX64
             " (proto_version '1', publication_names '" DATA_FEED_PUBLICATION "', binary 'true')",
             name, feed->snapshot_lsn >> 32, feed->snapshot_lsn & UINT32_MAX);
    enum base_err err = data_feed_ask(feed, feed->stream, "feed: stream", sql, INT64_MAX, diag, &started);
    if (!err && PQresultStatus(started) != PGRES_COPY_BOTH) {
        err = data_conn_failed(feed->stream, started, "feed: stream", diag);
    }
    PQclear(started);
    return err;
}

/* PgBouncer refuses our session settings, and mostly replication too, in its own words. */
static enum base_err pooled(enum base_err err, struct base_diag *diag)
{
    bool pooler = diag && strstr(diag->text, "unsupported startup parameter") != NULL;
    return pooler ? base_diag_prefix(diag, BASE_DATABASE,
                                     "feed: a transaction pooler sits between; connect to PostgreSQL itself")
                  : err;
}

static enum base_err begin(struct data_feed *feed, const struct data_feed_config *config, int64_t patience_us,
                           struct base_diag *diag)
{
    char name[NAME_MAX_BYTES];
    enum base_err err = slot_name(name, diag);
    if (!err) {
        err = pooled(data_conn_open(config->conninfo, config->name, diag, &feed->rows), diag);
    }
    err = err ? err : look(feed, diag);
    err = err ? err : data_feed_check(feed, diag);
    if (!err) {
        err = pooled(data_conn_open_streaming(config->conninfo, config->name, diag, &feed->stream), diag);
    }
    err = err ? err : make_slot(feed, name, patience_us, diag);
    err = err ? err : start(feed, name, diag);
    if (!err) {
        feed->lsn = feed->confirmed = feed->decoder.transaction.lsn = feed->snapshot_lsn;
        feed->heard_us = feed->told_us = base_clock_mono_us();
        feed->streaming = true;
        feed->stop = NULL;
    }
    return err;
}

enum base_err data_feed_open_within(const struct data_feed_config *config, int64_t patience_us, struct base_diag *diag,
                                    struct data_feed **ret_feed)
{
    AUTO(data_feed) feed = calloc(1, sizeof *feed);
    if (!feed) {
        return base_diag_set(diag, BASE_NOMEM, "feed: out of memory");
    }
    feed->tables = config->tables;
    feed->count = config->count;
    feed->stop = config->stop;
    feed->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    size_t max = config->transaction_max ? config->transaction_max : TRANSACTION_MAX;
    enum base_err err = feed->wake < 0 ? base_diag_set(diag, BASE_IO, "feed: eventfd: %s", strerror(errno)) : BASE_OK;
    err = err ? err : data_feed_decoder_init(&feed->decoder, config->tables, config->count, max, diag);
    err = err ? err : begin(feed, config, patience_us, diag);
    if (!err) {
        *ret_feed = feed;
        feed = NULL;
    }
    return err;
}

enum base_err data_feed_open(const struct data_feed_config *config, struct base_diag *diag, struct data_feed **ret_feed)
{
    return data_feed_open_within(config, PATIENCE_US, diag, ret_feed);
}
