/* An embedded query with a filter, or an order, in it. The statement is another one each time, so it is not kept
 * prepared; what the filter said goes as parameters behind the query's own. */
#include "data/conn_private.h"
#include "data/embedded.h"
#include "geo/geo.h"

#include <string.h>

#define MARKER "true -- filter\n"
#define ORDER "q.id -- order\n"
#define UNORDERED "null::text"        /* counting needs no order, which may take longer than all the rest */
#define COUNTED "select 1 -- query\n" /* in count.sql */
#define DAY_US INT64_C(86400000000)

enum { STATEMENT_MAX = 16 << 20, MEMORY_MAX = 64 << 20 };

/* The query with the condition in the marker's place, and the order in its own; order.at NULL: as it is. */
static enum base_err statement(const struct data_embedded *query, struct base_str condition, struct base_str order,
                               struct base_diag *diag, struct base_buf *buf)
{
    const char *marker = strstr(query->sql, MARKER), *ordered = strstr(query->sql, ORDER);
    if (!marker || (order.at && (!ordered || ordered < marker))) {
        return base_diag_set(diag, BASE_UNSUPPORTED, "database: %s takes no %s", query->name,
                             marker ? "order" : "filter");
    }
    base_buf_append(buf, query->sql, (size_t)(marker - query->sql));
    base_buf_append(buf, condition.at, condition.len);
    marker += strlen("true");
    if (order.at) {
        base_buf_append(buf, marker, (size_t)(ordered - marker));
        base_buf_append(buf, order.at, order.len);
        marker = ordered + strlen("q.id");
    }
    base_buf_text(buf, marker);
    return buf->err ? base_diag_set(diag, buf->err, "the filter is too long") : BASE_OK;
}

/* Dates and booleans go as text, which PostgreSQL reads as the type of their cast. NULL: no memory. */
static struct data_arg date(struct base_arena *arena, int64_t days)
{
    char text[BASE_TIME_TEXT];
    return data_text(base_arena_text(arena, base_str_of(base_time_out(days * DAY_US, text))));
}

static struct data_arg arg_of(const struct geo_cql2_arg *arg, int64_t now_us, struct base_arena *arena)
{
    if (arg->now) {
        return data_time(now_us);
    }
    if (arg->value.null) {
        return data_null();
    }
    switch (arg->type) {
    case GEO_CQL2_BOOLEAN:
        return data_text(arg->value.boolean ? "true" : "false");
    case GEO_CQL2_INTEGER:
        return data_i64(arg->value.integer);
    case GEO_CQL2_NUMBER:
        return data_f64(arg->value.number);
    case GEO_CQL2_TEXT:
        return data_bytes(arg->value.text);
    case GEO_CQL2_DATE:
        return date(arena, arg->value.integer);
    case GEO_CQL2_TIMESTAMP:
        return data_time(arg->value.integer);
    case GEO_CQL2_GEOMETRY:
        return data_bytes(arg->wkb);
    default:
        return data_null();
    }
}

struct parameters {
    size_t count;
    const char **values;
    int *lengths, *formats;
    uint64_t *words;
};

static enum base_err parameters(const struct data_arg *args, size_t count, const struct geo_cql2_sql *sql,
                                struct base_arena *arena, struct base_diag *diag, struct parameters *ret_parameters)
{
    size_t all = count + sql->count;
    struct parameters made = {.count = all,
                              .values = base_arena_alloc(arena, all * sizeof *made.values),
                              .lengths = base_arena_alloc(arena, all * sizeof *made.lengths),
                              .formats = base_arena_alloc(arena, all * sizeof *made.formats),
                              .words = base_arena_alloc(arena, all * sizeof *made.words)};
    int64_t now_us = base_clock_now_us();
    for (size_t i = 0; i < all && !arena->full; i++) {
        struct data_arg arg = i < count ? args[i] : arg_of(&sql->args[i - count], now_us, arena);
        data_run_bind(&arg, &made.words[i], &made.values[i], &made.lengths[i], &made.formats[i]);
    }
    if (arena->full) {
        return base_diag_set(diag, BASE_LIMIT, "the filter has too many values");
    }
    *ret_parameters = made;
    return BASE_OK;
}

static enum base_err run(struct data_conn *conn, const struct data_embedded *query, const struct geo_cql2 *filter,
                         struct base_str order, const struct data_arg *args, size_t count, struct base_diag *diag,
                         struct data_rows **ret_rows)
{
    AUTO_VALUE(geo_cql2_sql) sql = {.args = NULL};
    AUTO_VALUE(base_arena) arena;
    AUTO_VALUE(base_buf) text;
    struct parameters made = {.count = 0};
    base_arena_init(&arena, MEMORY_MAX);
    base_buf_init(&text, STATEMENT_MAX);
    enum base_err err = filter ? geo_cql2_sql(filter, (int)count + 1, diag, &sql) : BASE_OK;
    err = err ? err : statement(query, filter ? base_buf_str(&sql.text) : base_str_of("true"), order, diag, &text);
    err = err ? err : parameters(args, count, &sql, &arena, diag, &made);
    if (err) {
        return err;
    }
    PGresult *result =
        PQexecParams(conn->pg, base_buf_cstr(&text), (int)made.count, NULL, made.values, made.lengths, made.formats, 1);
    return data_run_result(conn, result, query->name, diag, ret_rows);
}

enum base_err data_filter_run(struct data_conn *conn, const struct data_embedded *query, const struct geo_cql2 *filter,
                              const struct data_arg *args, size_t count, struct base_diag *diag,
                              struct data_rows **ret_rows)
{
    return run(conn, query, filter, (struct base_str){NULL, 0}, args, count, diag, ret_rows);
}

enum base_err data_run_ordered(struct data_conn *conn, enum data_query query, const struct geo_cql2 *filter,
                               struct base_str order, const struct data_arg *args, size_t count, struct base_diag *diag,
                               struct data_rows **ret_rows)
{
    return run(conn, &data_embedded_queries[query], filter, order, args, count, diag, ret_rows);
}

/* count.sql with the query where it says so, without its own end. */
static enum base_err counting(const char *sql, struct base_diag *diag, struct base_buf *buf)
{
    const char *outer = data_embedded_queries[DATA_COUNT].sql, *place = strstr(outer, COUNTED);
    const char *end = strrchr(sql, ';');
    if (!place || !end) {
        return base_diag_set(diag, BASE_UNSUPPORTED, "database: nothing to count with");
    }
    base_buf_append(buf, outer, (size_t)(place - outer));
    base_buf_append(buf, sql, (size_t)(end - sql));
    base_buf_text(buf, "\n");
    base_buf_text(buf, place + strlen(COUNTED));
    return buf->err ? base_diag_set(diag, buf->err, "the query is too long") : BASE_OK;
}

enum base_err data_count_filtered(struct data_conn *conn, enum data_query query, const struct geo_cql2 *filter,
                                  const struct data_arg *args, size_t count, struct base_diag *diag, int64_t *ret_count)
{
    AUTO_VALUE(base_buf) text;
    AUTO(data_rows) rows = NULL;
    struct data_embedded outer = {.name = data_embedded_queries[query].name};
    base_buf_init(&text, STATEMENT_MAX);
    enum base_err err = counting(data_embedded_queries[query].sql, diag, &text);
    outer.sql = base_buf_cstr(&text);
    if (!err) {
        bool ordered = strstr(outer.sql, ORDER) != NULL;
        err = run(conn, &outer, filter, (struct base_str){ordered ? UNORDERED : NULL, ordered ? strlen(UNORDERED) : 0},
                  args, count, diag, &rows);
    }
    if (!err) {
        *ret_count = data_rows_i64(rows, 0, 0);
    }
    return err;
}

enum base_err data_run_filtered(struct data_conn *conn, enum data_query query, const struct geo_cql2 *filter,
                                const struct data_arg *args, size_t count, struct base_diag *diag,
                                struct data_rows **ret_rows)
{
    return data_filter_run(conn, &data_embedded_queries[query], filter, args, count, diag, ret_rows);
}
