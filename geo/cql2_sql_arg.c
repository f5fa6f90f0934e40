/* The parameters of a condition: each value of the filter becomes one, copied, so that the SQL may outlive the filter.
 */
#include "geo/cql2_sql.h"

#include <string.h>

enum {
    ARGS_MAX = 65535, /* PostgreSQL counts parameters in 16 bits */
    WKB_MAX = 16 << 20,
    SRID = 4326
};

void cql2_sql_fail(struct cql2_sql_writer *w, enum base_err err, const char *text)
{
    if (!w->err) {
        w->err = base_diag_set(w->diag, err, "%s", text);
    }
}

const char *const cql2_sql_casts[GEO_CQL2_ARRAY + 1] = {
    [GEO_CQL2_BOOLEAN] = "boolean", [GEO_CQL2_INTEGER] = "bigint",    [GEO_CQL2_NUMBER] = "float8",
    [GEO_CQL2_TEXT] = "text",       [GEO_CQL2_DATE] = "date",         [GEO_CQL2_TIMESTAMP] = "timestamptz",
    [GEO_CQL2_INTERVAL] = NULL,     [GEO_CQL2_GEOMETRY] = "geometry", [GEO_CQL2_ARRAY] = NULL,
};

static struct geo_cql2_arg *arg_new(struct cql2_sql_writer *w)
{
    struct geo_cql2_sql *sql = w->sql;
    if (sql->count + (size_t)w->first > ARGS_MAX) {
        cql2_sql_fail(w, BASE_LIMIT, "the filter has too many values");
        return NULL;
    }
    if (sql->count == w->room) {
        size_t room = w->room ? 2 * w->room : 16;
        struct geo_cql2_arg *args = base_arena_alloc(&sql->arena, room * sizeof *args);
        if (!args) {
            cql2_sql_fail(w, BASE_LIMIT, "the filter has too many values");
            return NULL;
        }
        if (sql->count) {
            memcpy(args, sql->args, sql->count * sizeof *args);
        }
        sql->args = args;
        w->room = room;
    }
    return &sql->args[sql->count++];
}

static void arg_text(struct cql2_sql_writer *w, struct base_str *text)
{
    if (!base_str_utf8(*text)) {
        cql2_sql_fail(w, BASE_INVALID, "a text of the filter is not UTF-8, or has a NUL in it");
        return;
    }
    const char *copy = base_arena_text(&w->sql->arena, *text);
    if (!copy) {
        cql2_sql_fail(w, BASE_LIMIT, "the filter's texts are too long");
        return;
    }
    text->at = copy;
}

void cql2_sql_arg(struct cql2_sql_writer *w, struct geo_cql2_arg arg)
{
    struct geo_cql2_arg *at = arg_new(w);
    if (at) {
        if (arg.type == GEO_CQL2_TEXT && !arg.value.null) {
            arg_text(w, &arg.value.text);
        }
        *at = arg;
        base_buf_printf(&w->sql->text, "$%d::%s", w->first + (int)w->sql->count - 1, cql2_sql_casts[arg.type]);
    }
}

void cql2_sql_arg_time(struct cql2_sql_writer *w, int64_t time_us)
{
    cql2_sql_arg(w, (struct geo_cql2_arg){.type = GEO_CQL2_TIMESTAMP,
                                          .value = {.type = GEO_CQL2_TIMESTAMP, .integer = time_us}});
}

void cql2_sql_arg_shape(struct cql2_sql_writer *w, const struct geo_shape *shape)
{
    AUTO_VALUE(base_buf) wkb;
    base_buf_init(&wkb, WKB_MAX);
    geo_wkb_out(shape, SRID, false, &wkb);
    char *copy = wkb.err ? NULL : base_arena_room(&w->sql->arena, wkb.len);
    if (!copy) {
        cql2_sql_fail(w, BASE_LIMIT, "the filter's geometries are too large");
        return;
    }
    memcpy(copy, wkb.data, wkb.len);
    cql2_sql_arg(w, (struct geo_cql2_arg){
                        .type = GEO_CQL2_GEOMETRY, .value = {.type = GEO_CQL2_GEOMETRY}, .wkb = {copy, wkb.len}});
}

void cql2_sql_arg_literal(struct cql2_sql_writer *w, const struct cql2_node *node, enum geo_cql2_type as)
{
    struct geo_cql2_arg arg = {.type = as, .value = node->value};
    if (as == GEO_CQL2_NUMBER && node->value.type == GEO_CQL2_INTEGER) {
        arg.value.number = (double)node->value.integer;
    } else if (as == GEO_CQL2_TIMESTAMP && node->value.type == GEO_CQL2_DATE) {
        arg.value.integer = node->value.integer * CQL2_DAY_US;
    }
    arg.value.type = as;
    cql2_sql_arg(w, arg);
}
