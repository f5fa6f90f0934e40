/* A query's rows as the server sends them, none of them kept: COPY (query) TO STDOUT BINARY. It takes no parameters, so
 * numbers, times and ids are written into the text, as literals that the query's own casts read. */
#include "data/embedded.h"
#include "data/feed_private.h"

#include <stdlib.h>
#include <string.h>

enum { SQL_MAX = 65536 };

static enum base_err time_literal(struct base_buf *sql, int64_t time_us, struct base_diag *diag)
{
    char text[BASE_TIME_TEXT];
    if (time_us == INT64_MIN || time_us == INT64_MAX) {
        base_buf_text(sql, time_us < 0 ? "'-infinity'" : "'infinity'");
        return BASE_OK;
    }
    if (!base_time_out(time_us, text)[0]) {
        return base_diag_set(diag, BASE_USAGE, "database: a time outside the years 0 to 9999");
    }
    base_buf_printf(sql, "'%s'", text);
    return BASE_OK;
}

static enum base_err literal(struct base_buf *sql, const struct data_arg *arg, struct base_diag *diag)
{
    switch (arg->type) {
    case DATA_ARG_NULL:
        base_buf_text(sql, "null");
        return BASE_OK;
    case DATA_ARG_I64:
        base_buf_printf(sql, "'%lld'", (long long)arg->i64);
        return BASE_OK;
    case DATA_ARG_TIME:
        return time_literal(sql, arg->i64, diag);
    case DATA_ARG_ID:
        base_buf_text(sql, "'");
        for (size_t i = 0; i < sizeof arg->id.bytes; i++) {
            base_buf_printf(sql, "%02x", arg->id.bytes[i]);
        }
        base_buf_text(sql, "'");
        return BASE_OK;
    default:
        return base_diag_set(diag, BASE_USAGE, "database: rows are read by numbers, times and ids only");
    }
}

/* Replaces $1 ... $n; our own query texts have no other $ (the first comment apart, where nothing matters). */
static enum base_err statement(const char *text, const struct data_arg *args, size_t count, struct base_diag *diag,
                               struct base_buf *sql)
{
    enum base_err err = BASE_OK;
    size_t len = strlen(text);
    while (len && strchr("; \n", text[len - 1])) {
        len--;
    }
    base_buf_text(sql, "copy (");
    for (size_t i = 0; i < len && !err; i++) {
        size_t number = 0;
        size_t digits = i + 1;
        for (; text[i] == '$' && digits < len && text[digits] >= '0' && text[digits] <= '9'; digits++) {
            number = number * 10 + (size_t)(text[digits] - '0');
        }
        if (number == 0 || number > count) {
            base_buf_append(sql, text + i, 1);
        } else {
            err = literal(sql, &args[number - 1], diag);
            i = digits - 1;
        }
    }
    base_buf_text(sql, "\n) to stdout (format binary)");
    base_buf_cstr(sql);
    return err ? err : sql->err;
}

/* All that is there, also after a failure: the connection must be free again. */
static enum base_err take_rows(struct data_conn *conn, const char *name, struct data_feed_copy *copy,
                               struct base_diag *diag)
{
    enum base_err err = BASE_OK;
    char *message = NULL;
    int len;
    while ((len = PQgetCopyData(conn->pg, &message, 0)) > 0) {
        if (!err) {
            err = data_feed_copy_in(copy, (struct base_str){message, (size_t)len}, diag);
        }
        PQfreemem(message);
        message = NULL;
    }
    if (len == -2 && !err) {
        err = data_conn_failed(conn, NULL, name, diag);
    }
    for (PGresult *result; (result = PQgetResult(conn->pg)); PQclear(result)) {
        if (!err && PQresultStatus(result) != PGRES_COMMAND_OK) {
            err = data_conn_failed(conn, result, name, diag);
        }
    }
    return err;
}

enum base_err data_read(struct data_conn *conn, enum data_query query, const struct data_arg *args, size_t count,
                        enum base_err (*visit)(void *of, const struct data_field *row), void *of,
                        struct base_diag *diag)
{
    const struct data_embedded *text = &data_embedded_queries[query];
    AUTO_VALUE(base_buf) sql;
    base_buf_init(&sql, SQL_MAX);
    enum base_err err = statement(text->sql, args, count, diag, &sql);
    if (err) {
        return base_diag_prefix(diag, err, "%s", text->name);
    }
    PGresult *result = PQexec(conn->pg, sql.data);
    struct data_feed_copy copy = {.count = (size_t)PQnfields(result), .visit = visit, .of = of};
    if (PQresultStatus(result) != PGRES_COPY_OUT) {
        err = data_conn_failed(conn, result, text->name, diag);
        PQclear(result);
        return err;
    }
    PQclear(result);
    copy.fields = calloc(copy.count + 1, sizeof *copy.fields);
    if (!copy.fields) {
        err = base_diag_set(diag, BASE_NOMEM, "%s: no memory for a row", text->name);
        copy.count = 0;
    }
    enum base_err read = take_rows(conn, text->name, &copy, err ? NULL : diag);
    free(copy.fields);
    return err ? err : read;
}
