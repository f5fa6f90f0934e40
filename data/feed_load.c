/* The rows that the stream begins with: COPY BINARY of the snapshot, row by row, while the stream is kept alive but not
 * read - what is committed meanwhile waits on the server's disk, not in our memory. */
#include "data/feed_private.h"

#include <stdlib.h>
#include <string.h>

static const char signature[11] = {'P', 'G', 'C', 'O', 'P', 'Y', '\n', '\377', '\r', '\n', '\0'};
enum { SQL_MAX = 16384, TRAILER = UINT16_MAX };

static enum base_err wrong(struct base_diag *diag)
{
    return base_diag_set(diag, BASE_DATABASE, "feed: the server's rows are not as COPY BINARY has them");
}

static enum base_err header_in(struct base_reader *reader, struct base_diag *diag)
{
    struct base_str start = base_reader_bytes(reader, sizeof signature);
    uint32_t flags = base_reader_u32be(reader);
    base_reader_bytes(reader, base_reader_u32be(reader)); /* an extension, which may be passed over */
    if (reader->failed || memcmp(start.at, signature, sizeof signature) != 0 || flags != 0) {
        return wrong(diag);
    }
    return BASE_OK;
}

static bool field_in(struct base_reader *reader, struct data_field *ret_field)
{
    uint32_t len = base_reader_u32be(reader);
    if (len == UINT32_MAX) {
        *ret_field = (struct data_field){NULL, DATA_FIELD_NULL};
        return !reader->failed;
    }
    struct base_str bytes = base_reader_bytes(reader, len);
    *ret_field = (struct data_field){bytes.at, (int32_t)len};
    return !reader->failed && len <= INT32_MAX;
}

enum base_err data_feed_copy_in(struct data_feed_copy *copy, struct base_str message, struct base_diag *diag)
{
    struct base_reader reader = base_reader_of(message.at, message.len);
    enum base_err err = copy->begun ? BASE_OK : header_in(&reader, diag);
    copy->begun = true;
    while (!err && base_reader_left(&reader) > 0) {
        uint16_t count = base_reader_u16be(&reader);
        if (copy->ended || (count != TRAILER && count != copy->count)) {
            return wrong(diag);
        }
        if (count == TRAILER) {
            copy->ended = true;
            continue;
        }
        bool good = !reader.failed;
        for (size_t i = 0; i < copy->count && good; i++) {
            good = field_in(&reader, &copy->fields[i]);
        }
        err = good ? copy->visit(copy->of, copy->fields) : wrong(diag);
    }
    return err || !reader.failed ? err : wrong(diag);
}

static enum base_err statement(const struct data_feed_table *table, struct base_diag *diag, struct base_buf *sql)
{
    base_buf_text(sql, "copy (select ");
    for (size_t i = 0; i < table->count; i++) {
        base_buf_printf(sql, "%s\"%s\"", i ? ", " : "", table->columns[i]);
    }
    base_buf_printf(sql, " from " DATA_FEED_SCHEMA ".\"%s\"", table->name);
    if (table->where) {
        base_buf_printf(sql, " where %s", table->where);
    }
    base_buf_text(sql, ") to stdout (format binary)");
    base_buf_cstr(sql);
    return sql->err ? base_diag_set(diag, sql->err, "feed: table %s: too many columns", table->name) : BASE_OK;
}

/* *ret_len as PQgetCopyData has it, but never 0: waits. */
static enum base_err take(struct data_feed *feed, struct base_diag *diag, char **ret_message, int *ret_len)
{
    enum base_err err = data_feed_check(feed, diag);
    err = err ? err : data_feed_tell(feed, false, diag);
    while (!err && (*ret_len = PQgetCopyData(feed->rows->pg, ret_message, 1)) == 0) {
        bool ready = false;
        err = data_feed_wait(feed, feed->rows, INT64_MAX, diag, &ready);
        if (!err && !PQconsumeInput(feed->rows->pg)) {
            err = data_conn_failed(feed->rows, NULL, "feed", diag);
        }
    }
    return err;
}

/* After the last row: did the statement end well? */
static enum base_err finish(struct data_feed *feed, const struct data_feed_copy *copy, const char *name,
                            struct base_diag *diag)
{
    enum base_err err = copy->ended ? BASE_OK : wrong(diag);
    for (PGresult *result; (result = PQgetResult(feed->rows->pg)); PQclear(result)) {
        if (PQresultStatus(result) != PGRES_COMMAND_OK) {
            err = data_conn_failed(feed->rows, result, name, diag);
        }
    }
    return err;
}

static enum base_err rows_in(struct data_feed *feed, struct data_feed_copy *copy, const char *name,
                             struct base_diag *diag)
{
    for (;;) {
        char *message = NULL;
        int len = 0;
        enum base_err err = take(feed, diag, &message, &len);
        if (!err && len == -1) {
            return finish(feed, copy, name, diag);
        }
        if (!err && len < 0) {
            err = data_conn_failed(feed->rows, NULL, name, diag);
        }
        if (!err) {
            err = data_feed_copy_in(copy, (struct base_str){message, (size_t)len}, diag);
        }
        PQfreemem(message);
        if (err) {
            return err;
        }
    }
}

static enum base_err load(struct data_feed *feed, const struct data_feed_table *table, struct data_feed_copy *copy,
                          struct base_diag *diag)
{
    AUTO_VALUE(base_buf) sql;
    base_buf_init(&sql, SQL_MAX);
    PGresult *result = NULL;
    enum base_err err = statement(table, diag, &sql);
    if (!err) {
        err = data_feed_ask(feed, feed->rows, table->name, sql.data, INT64_MAX, diag, &result);
    }
    if (!err && PQresultStatus(result) != PGRES_COPY_OUT) {
        err = data_conn_failed(feed->rows, result, table->name, diag);
    }
    PQclear(result);
    return err ? err : rows_in(feed, copy, table->name, diag);
}

enum base_err data_feed_load(struct data_feed *feed, size_t table,
                             enum base_err (*visit)(void *of, const struct data_field *row), void *of,
                             struct base_diag *diag)
{
    if (feed->failed || !feed->rows || table >= feed->count) {
        return base_diag_set(diag, feed->failed ? feed->failed : BASE_USAGE, "feed: nothing can be loaded any more");
    }
    struct data_feed_copy copy = {.count = feed->tables[table].count, .visit = visit, .of = of};
    copy.fields = calloc(copy.count, sizeof *copy.fields);
    feed->failed = copy.fields ? load(feed, &feed->tables[table], &copy, diag)
                               : base_diag_set(diag, BASE_NOMEM, "feed: out of memory");
    free(copy.fields);
    return feed->failed;
}

enum base_err data_feed_loaded(struct data_feed *feed, struct base_diag *diag)
{
    enum base_err err = feed->failed;
    if (err) {
        return base_diag_set(diag, err, "feed: it has failed before; open another");
    }
    data_conn_free(feed->rows); /* the snapshot goes with its transaction, which has changed nothing */
    feed->rows = NULL;
    return BASE_OK;
}
