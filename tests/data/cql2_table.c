/* One table for two judges: what it is, how its rows come into memory, how it is asked. */
#include "cql2_table.h"

#include <endian.h>
#include <math.h>

enum { ARENA_MAX = 256 << 20, ARGS_MAX = 60000, TYPE_BOOL = 16, TYPE_BYTEA = 17, TYPE_INT8 = 20, TYPE_TEXT = 25 };
enum { TYPE_FLOAT8 = 701, TYPE_DATE = 1082, TYPE_TIMESTAMPTZ = 1184 };

static void *room(struct base_arena *arena, size_t size)
{
    void *at = base_arena_alloc(arena, size ? size : 1);
    assert_non_null(at);
    return at;
}

static PGresult *ask(PGconn *pg, const char *sql)
{
    PGresult *result = PQexec(pg, sql);
    ExecStatusType status = PQresultStatus(result);
    if (status != PGRES_TUPLES_OK && status != PGRES_COMMAND_OK) {
        fail_msg("%.300s: %s", sql, PQerrorMessage(pg));
    }
    return result;
}

/* --- the schema --- */
struct type_row {
    const char *sql; /* as format_type says it, without [] */
    enum geo_cql2_type type;
    const char *as; /* how a value is read */
};

static const struct type_row types[] = {
    {"boolean", GEO_CQL2_BOOLEAN, "%s::int"},
    {"smallint", GEO_CQL2_INTEGER, "%s"},
    {"integer", GEO_CQL2_INTEGER, "%s"},
    {"bigint", GEO_CQL2_INTEGER, "%s"},
    {"real", GEO_CQL2_NUMBER, "%s::float8"},
    {"double precision", GEO_CQL2_NUMBER, "%s"},
    {"text", GEO_CQL2_TEXT, "%s"},
    {"date", GEO_CQL2_DATE, "%s - date '1970-01-01'"},
    {"timestamp with time zone", GEO_CQL2_TIMESTAMP, "(extract(epoch from %s) * 1000000)::bigint"},
};

static const struct type_row *type_of(struct base_str name)
{
    for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
        if (base_str_is(name, types[i].sql)) {
            return &types[i];
        }
    }
    fail_msg("a column of type %.*s", (int)name.len, name.at);
    return NULL;
}

/* Members of a collection and elements of an array are one text, each as x and its bytes in hexadecimal. */
static void select_list(struct base_buf *sql, const char *quoted, const char *as)
{
    char element[160];
    snprintf(element, sizeof element, as, "u.x");
    base_buf_printf(sql,
                    ", case when %s is not null then array_to_string(array(select 'x' || "
                    "encode(convert_to((%s)::text, 'UTF8'), 'hex') from unnest(%s) with ordinality u(x, o) order by "
                    "u.o), ' ') end",
                    quoted, element, quoted);
}

static void select_geometry(struct base_buf *sql, const char *quoted)
{
    base_buf_printf(sql,
                    ", case when geometrytype(%s) = 'GEOMETRYCOLLECTION' then (select string_agg('x' || "
                    "encode(st_asbinary(d.geom), 'hex'), ' ' order by d.path) from st_dump(st_force2d(%s)) d) else 'x' "
                    "|| encode(st_asbinary(st_force2d(%s)), 'hex') end",
                    quoted, quoted, quoted);
}

/* t."name", quotes doubled. */
static void quote(struct base_str name, char *quoted, size_t size)
{
    size_t used = (size_t)snprintf(quoted, size, "t.\"");
    for (size_t i = 0; i < name.len; i++) {
        used += (size_t)snprintf(quoted + used, size - used, "%s%c", name.at[i] == '"' ? "\"" : "", name.at[i]);
        assert_true(used + 3 < size);
    }
    snprintf(quoted + used, size - used, "\"");
}

static void column_read(struct cql2_table *table, struct base_str name, struct base_str type, struct base_buf *sql)
{
    struct geo_cql2_property *property = &table->properties[table->schema.count++];
    char quoted[160], plain[320];
    quote(name, quoted, sizeof quoted);
    property->name = base_arena_text(&table->arena, name);
    property->sql = base_arena_text(&table->arena, base_str_of(quoted));
    if (base_str_starts(type, "geometry")) {
        property->type = GEO_CQL2_GEOMETRY;
        select_geometry(sql, quoted);
        return;
    }
    if (type.len > 2 && type.at[type.len - 1] == ']') {
        const struct type_row *row = type_of((struct base_str){type.at, type.len - 2});
        property->type = GEO_CQL2_ARRAY;
        property->element = row->type;
        select_list(sql, quoted, row->as);
        return;
    }
    const struct type_row *row = type_of(type);
    property->type = row->type;
    snprintf(plain, sizeof plain, row->as, quoted);
    base_buf_printf(sql, ", %s", plain);
}

/* --- the rows --- */
static struct base_str unhex(struct cql2_table *table, struct base_str hex)
{
    char *bytes = room(&table->arena, hex.len / 2 + 1);
    for (size_t i = 0; i + 1 < hex.len; i += 2) {
        char pair[3] = {hex.at[i], hex.at[i + 1], 0}, *end;
        bytes[i / 2] = (char)strtoul(pair, &end, 16);
        assert_ptr_equal(end, pair + 2);
    }
    return (struct base_str){bytes, hex.len / 2};
}

static void scalar_read(struct cql2_table *table, enum geo_cql2_type type, struct base_str text,
                        struct geo_cql2_value *value)
{
    *value = (struct geo_cql2_value){.type = type};
    switch (type) {
    case GEO_CQL2_BOOLEAN:
        value->boolean = base_str_is(text, "1");
        break;
    case GEO_CQL2_NUMBER:
        value->number = strtod(text.at, NULL); /* NaN and infinity too */
        break;
    case GEO_CQL2_TEXT:
        value->text = (struct base_str){base_arena_text(&table->arena, text), text.len};
        break;
    default:
        assert_true(base_str_i64(text, &value->integer));
    }
}

static void geometry_read(struct cql2_table *table, struct base_str text, struct geo_cql2_value *value)
{
    struct base_str part;
    value->geometry.shapes = &table->shapes[table->shape_count];
    while (base_str_next(&text, ' ', &part)) {
        struct geo_shape *shape = &table->shapes[table->shape_count++];
        struct base_str wkb = unhex(table, (struct base_str){part.at + 1, part.len - 1});
        test_ok(geo_wkb_in(wkb.at, wkb.len, &test_diag, shape));
        value->geometry.count++;
    }
}

static void array_read(struct cql2_table *table, enum geo_cql2_type element, struct base_str text,
                       struct geo_cql2_value *value)
{
    struct base_str part, rest = text;
    uint32_t count = 0;
    while (text.len && base_str_next(&rest, ' ', &part)) {
        count++;
    }
    struct geo_cql2_value *items = room(&table->arena, count * sizeof *items);
    for (uint32_t i = 0; i < count; i++) {
        assert_true(base_str_next(&text, ' ', &part));
        struct base_str bytes = unhex(table, (struct base_str){part.at + 1, part.len - 1});
        scalar_read(table, element, bytes, &items[i]);
    }
    value->array.items = items;
    value->array.count = count;
}

static void value_read(struct cql2_table *table, const struct geo_cql2_property *property, const PGresult *result,
                       size_t row, size_t column)
{
    struct geo_cql2_value *value = &table->values[row * table->schema.count + column];
    struct base_str text = {PQgetvalue(result, (int)row, (int)column + 1),
                            (size_t)PQgetlength(result, (int)row, (int)column + 1)};
    *value = (struct geo_cql2_value){.type = property->type};
    if (PQgetisnull(result, (int)row, (int)column + 1)) {
        value->null = true;
    } else if (property->type == GEO_CQL2_GEOMETRY) {
        geometry_read(table, text, value);
    } else if (property->type == GEO_CQL2_ARRAY) {
        array_read(table, property->element, text, value);
    } else {
        scalar_read(table, property->type, text, value);
    }
}

static size_t columns_read(struct cql2_table *table, struct base_buf *sql)
{
    char question[512];
    snprintf(question, sizeof question,
             "select a.attname, format_type(a.atttypid, null) from pg_attribute a where a.attrelid = '%s'::regclass "
             "and a.attnum > 0 and not a.attisdropped order by a.attnum",
             table->name);
    PGresult *columns = ask(table->pg, question);
    int count = PQntuples(columns);
    assert_in_range(count, 1, CQL2_TABLE_COLUMNS_MAX);
    for (int i = 0; i < count; i++) {
        column_read(table, base_str_of(PQgetvalue(columns, i, 0)), base_str_of(PQgetvalue(columns, i, 1)), sql);
    }
    PQclear(columns);
    return (size_t)count;
}

void cql2_table_read(struct cql2_table *table, PGconn *pg, const char *name)
{
    struct base_buf sql;
    memset(table, 0, sizeof *table);
    base_arena_init(&table->arena, ARENA_MAX);
    base_buf_init(&sql, 1 << 20);
    table->pg = pg;
    snprintf(table->name, sizeof table->name, "%s", name);
    base_buf_text(&sql, "select t.fid");
    columns_read(table, &sql);
    table->schema.properties = table->properties;
    base_buf_printf(&sql, " from %s t order by t.fid", name);
    test_ok(sql.err);
    PGresult *result = ask(pg, base_buf_cstr(&sql));
    table->rows = (size_t)PQntuples(result);
    table->values = room(&table->arena, table->rows * table->schema.count * sizeof *table->values);
    size_t shapes = table->rows * table->schema.count * 4;
    table->shapes = room(&table->arena, shapes * sizeof *table->shapes);
    for (size_t i = 0; i < shapes; i++) {
        geo_shape_init(&table->shapes[i]);
    }
    for (size_t row = 0; row < table->rows; row++) {
        for (size_t column = 0; column < table->schema.count; column++) {
            value_read(table, &table->properties[column], result, row, column);
        }
    }
    assert_true(table->shape_count <= shapes);
    PQclear(result);
    base_buf_release(&sql);
}

void cql2_table_release(struct cql2_table *table)
{
    for (size_t i = 0; i < table->shape_count; i++) {
        geo_shape_release(&table->shapes[i]);
    }
    base_arena_release(&table->arena);
}

size_t cql2_table_property(const struct cql2_table *table, const char *name)
{
    for (size_t i = 0; i < table->schema.count; i++) {
        if (strcmp(table->properties[i].name, name) == 0) {
            return i;
        }
    }
    return SIZE_MAX;
}

int64_t cql2_table_fid(const struct cql2_table *table, size_t row)
{
    return table->values[row * table->schema.count].integer; /* the first column of each table */
}

/* --- memory --- */
struct cursor {
    const struct cql2_table *table;
    size_t row;
};

static void cursor_value(const void *of, uint32_t property, struct geo_cql2_value *ret_value)
{
    const struct cursor *cursor = of;
    *ret_value = cursor->table->values[cursor->row * cursor->table->schema.count + property];
}

enum base_err cql2_table_memory(const struct cql2_table *table, const struct geo_cql2 *filter, struct base_diag *diag,
                                cql2_truth *truth)
{
    AUTO(geo_cql2_run) run = NULL;
    enum base_err err = geo_cql2_run_new(filter, diag, &run);
    struct cursor cursor = {table, 0};
    struct geo_cql2_feature feature = {&cursor, cursor_value};
    for (size_t row = 0; !err && row < table->rows; row++) {
        cursor.row = row;
        truth[row] = (cql2_truth)geo_cql2_run_feature(run, &feature, 0);
    }
    return err;
}

/* --- SQL --- */
struct params { /* values in PostgreSQL's binary form */
    struct base_arena arena;
    int count;
    Oid types[ARGS_MAX];
    const char *values[ARGS_MAX];
    int lengths[ARGS_MAX];
    int formats[ARGS_MAX];
};

static void param_word(struct params *params, Oid type, uint64_t word, size_t bytes)
{
    char *at = room(&params->arena, sizeof word);
    uint64_t big = htobe64(word << (64 - 8 * bytes)); /* the low bytes of the word come first */
    memcpy(at, &big, sizeof big);
    params->types[params->count] = type;
    params->values[params->count] = at;
    params->lengths[params->count] = (int)bytes;
}

static void param_bytes(struct params *params, Oid type, struct base_str bytes)
{
    params->types[params->count] = type;
    params->values[params->count] = bytes.len ? bytes.at : "";
    params->lengths[params->count] = (int)bytes.len;
}

static void param_add(struct params *params, const struct geo_cql2_arg *arg)
{
    uint64_t bits;
    assert_true(params->count < ARGS_MAX);
    assert_false(arg->now);
    params->formats[params->count] = 1;
    switch (arg->type) {
    case GEO_CQL2_BOOLEAN:
        param_word(params, TYPE_BOOL, arg->value.boolean, 1);
        break;
    case GEO_CQL2_INTEGER:
        param_word(params, TYPE_INT8, (uint64_t)arg->value.integer, 8);
        break;
    case GEO_CQL2_NUMBER:
        memcpy(&bits, &arg->value.number, sizeof bits);
        param_word(params, TYPE_FLOAT8, bits, 8);
        break;
    case GEO_CQL2_TEXT:
        param_bytes(params, TYPE_TEXT, arg->value.text);
        break;
    case GEO_CQL2_DATE:
        param_word(params, TYPE_DATE, (uint32_t)(int32_t)(arg->value.integer - DATA_EPOCH_US / DATA_DAY_US), 4);
        break;
    case GEO_CQL2_TIMESTAMP:
        param_word(params, TYPE_TIMESTAMPTZ, (uint64_t)data_run_time_out(arg->value.integer), 8);
        break;
    case GEO_CQL2_GEOMETRY:
        param_bytes(params, TYPE_BYTEA, arg->wkb);
        break;
    default:
        fail_msg("a parameter of type %d", (int)arg->type);
    }
    params->count++;
}

static enum base_err truths_read(const struct cql2_table *table, PGresult *result, size_t count, struct base_diag *diag,
                                 cql2_truth *truth)
{
    if (PQresultStatus(result) != PGRES_TUPLES_OK) {
        return base_diag_set(diag, BASE_INVALID, "server: %s", PQresultErrorMessage(result));
    }
    assert_int_equal(PQntuples(result), table->rows);
    for (size_t row = 0; row < table->rows; row++) {
        for (size_t i = 0; i < count; i++) {
            bool null = PQgetisnull(result, (int)row, (int)i);
            bool yes = !null && *PQgetvalue(result, (int)row, (int)i) == 't';
            truth[i * table->rows + row] = null ? GEO_CQL2_UNKNOWN : yes ? GEO_CQL2_TRUE : GEO_CQL2_FALSE;
        }
    }
    return BASE_OK;
}

static enum base_err condition_add(const struct geo_cql2 *filter, struct params *params, struct base_diag *diag,
                                   struct base_buf *sql)
{
    struct geo_cql2_sql condition;
    enum base_err err = geo_cql2_sql(filter, params->count + 1, diag, &condition);
    if (err) {
        return err;
    }
    base_buf_append(sql, condition.text.data, condition.text.len);
    for (size_t i = 0; i < condition.count; i++) { /* what an argument points at ends with the condition */
        struct geo_cql2_arg arg = condition.args[i];
        struct base_str *bytes = arg.type == GEO_CQL2_TEXT ? &arg.value.text : &arg.wkb;
        if (arg.type == GEO_CQL2_TEXT || arg.type == GEO_CQL2_GEOMETRY) {
            char *copy = room(&params->arena, bytes->len);
            memcpy(copy, bytes->len ? bytes->at : "", bytes->len);
            bytes->at = copy;
        }
        param_add(params, &arg);
    }
    geo_cql2_sql_release(&condition);
    return BASE_OK;
}

enum base_err cql2_table_send(const struct cql2_table *table, PGconn *pg, struct geo_cql2 *const *filters, size_t count,
                              struct base_diag *diag)
{
    static struct params params;
    struct base_buf sql;
    enum base_err err = BASE_OK;
    base_buf_init(&sql, 64 << 20);
    base_arena_init(&params.arena, ARENA_MAX);
    params.count = 0;
    base_buf_text(&sql, "select ");
    for (size_t i = 0; !err && i < count; i++) {
        base_buf_text(&sql, i ? ", " : "");
        err = condition_add(filters[i], &params, diag, &sql);
    }
    base_buf_printf(&sql, " from %s t order by t.fid", table->name);
    test_ok(sql.err);
    if (!err && !PQsendQueryParams(pg, base_buf_cstr(&sql), params.count, params.types, params.values, params.lengths,
                                   params.formats, 0)) {
        err = base_diag_set(diag, BASE_DATABASE, "server: %s", PQerrorMessage(pg));
    }
    base_arena_release(&params.arena);
    base_buf_release(&sql);
    return err;
}

enum base_err cql2_table_receive(const struct cql2_table *table, PGconn *pg, size_t count, struct base_diag *diag,
                                 cql2_truth *truth)
{
    PGresult *result = PQgetResult(pg), *after;
    enum base_err err = truths_read(table, result, count, diag, truth);
    PQclear(result);
    while ((after = PQgetResult(pg))) {
        PQclear(after);
    }
    return err;
}

enum base_err cql2_table_sql(const struct cql2_table *table, struct geo_cql2 *const *filters, size_t count,
                             struct base_diag *diag, cql2_truth *truth)
{
    enum base_err err = cql2_table_send(table, table->pg, filters, count, diag);
    return err ? err : cql2_table_receive(table, table->pg, count, diag, truth);
}

enum base_err cql2_table_hand(const struct cql2_table *table, const char *condition, struct base_diag *diag,
                              cql2_truth *truth)
{
    struct base_buf sql;
    base_buf_init(&sql, 1 << 20);
    base_buf_printf(&sql, "select (%s) from %s t order by t.fid", condition, table->name);
    test_ok(sql.err);
    PGresult *result = PQexec(table->pg, base_buf_cstr(&sql));
    enum base_err err = truths_read(table, result, 1, diag, truth);
    PQclear(result);
    base_buf_release(&sql);
    return err;
}
