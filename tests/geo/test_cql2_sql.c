/* geo/cql2_sql.c: which SQL and which parameters a filter becomes; that its own text is in none of the SQL. */
#include "geo_test.h"

static const struct geo_cql2_property properties[] = {
    {"name", GEO_CQL2_TEXT, GEO_CQL2_ANY, "b.name"},        {"note", GEO_CQL2_TEXT, GEO_CQL2_ANY, "b.note"},
    {"levels", GEO_CQL2_INTEGER, GEO_CQL2_ANY, "b.levels"}, {"height", GEO_CQL2_NUMBER, GEO_CQL2_ANY, "b.height_m"},
    {"demo", GEO_CQL2_BOOLEAN, GEO_CQL2_ANY, "b.demo"},     {"built", GEO_CQL2_DATE, GEO_CQL2_ANY, "b.built"},
    {"begins", GEO_CQL2_TIMESTAMP, GEO_CQL2_ANY, "b.t0"},   {"ends", GEO_CQL2_TIMESTAMP, GEO_CQL2_ANY, "b.t1"},
    {"codes", GEO_CQL2_ARRAY, GEO_CQL2_TEXT, "b.codes"},    {"geom", GEO_CQL2_GEOMETRY, GEO_CQL2_ANY, "b.geom"},
    {"memory", GEO_CQL2_TEXT, GEO_CQL2_ANY, NULL},
};
static const struct geo_cql2_schema schema = {.properties = properties, .count = BASE_COUNT(properties), .rules = true};

static enum base_err sql_of(const char *text, int first, struct geo_cql2_sql *ret_sql)
{
    AUTO(geo_cql2) filter = NULL;
    enum base_err err = geo_cql2_text_in(base_str_of(text), &schema, &test_diag, &filter);
    if (err) {
        fail_msg("%s: %s", text, test_diag.text);
    }
    return geo_cql2_sql(filter, first, &test_diag, ret_sql); /* which outlives the filter */
}

static void becomes(void **state)
{
    (void)state;
    static const struct {
        const char *filter, *sql;
        size_t args;
    } rows[] = {
        {"demo", "((b.demo))", 0},
        {"name = 'a'", "(((b.name) = $1::text))", 1},
        {"name < 'a'", "(((b.name) collate \"C\" < $1::text))", 1},
        {"name = note", "(((b.name) collate \"C\" = (b.note)))", 0},
        {"levels >= 3", "(((b.levels) >= $1::bigint))", 1},
        {"levels >= 3.5", "(((b.levels)::float8 >= $1::float8))", 1},
        {"height > 3", "(((b.height_m) > $1::float8 and (b.height_m) <> 'NaN'::float8))", 1},
        {"NOT height > 3", "((not (case when (b.height_m) <> 'NaN'::float8 then (b.height_m) > $1::float8 end)))", 1},
        {"height + 1 = 2", "((cql2_add(nullif((b.height_m), 'NaN'::float8), $1::float8) = $2::float8))", 2},
        {"levels IN (1, 2.5)", "((((b.levels) in ($1::bigint) or (b.levels)::float8 in ($2::float8))))", 2},
        {"CASEI(name) LIKE CASEI('B_R%')", "((cql2_casei((b.name)) collate \"C\" like $1::text))", 1},
        {"built = DATE('2022-04-16')", "(((b.built) = $1::date))", 1},
        {"built < TIMESTAMP('2022-04-16T00:00:00Z')", "((cql2_midnight((b.built)) < $1::timestamptz))", 1},
        {"T_AFTER(begins, DATE('2022-04-16'))", "(((b.t0) > $1::timestamptz))", 1},
        {"T_MEETS(INTERVAL(begins, ends), INTERVAL('2022-04-16', '..'))",
         "(((b.t1) = $1::timestamptz and (b.t0) is not null and (b.t1) is not null))", 1},
        {"begins < NOW()", "(((b.t0) < $1::timestamptz))", 1},
        {"S_INTERSECTS(geom, POINT(1 2))", "(((st_intersects((b.geom), $1::geometry))))", 1},
        {"S_DISJOINT(geom, GEOMETRYCOLLECTION(POINT(1 2), LINESTRING(0 0, 1 1)))",
         "((not (st_intersects((b.geom), $1::geometry) or st_intersects((b.geom), $2::geometry))))", 2},
        {"A_CONTAINS(codes, ('a'))", "(((b.codes) @> array[$1::text]::text[]))", 1},
        {"name IS NULL AND height IS NULL",
         "((((b.name) is null) and ((b.height_m) is null or (b.height_m) = 'NaN'::float8)))", 0},
    };
    for (size_t i = 0; i < BASE_COUNT(rows); i++) {
        AUTO_VALUE(geo_cql2_sql) sql;
        test_ok(sql_of(rows[i].filter, 1, &sql));
        if (strcmp(base_buf_cstr(&sql.text), rows[i].sql) != 0) {
            fail_msg("%s:\n%s\nnot\n%s", rows[i].filter, base_buf_cstr(&sql.text), rows[i].sql);
        }
        assert_int_equal(sql.count, rows[i].args);
    }
}

static void parameters_have_types(void **state)
{
    (void)state;
    AUTO_VALUE(geo_cql2_sql) sql;
    test_ok(sql_of("name = 'it''s' AND levels = 3 AND height = 3 AND built = DATE('1970-01-02') AND demo = true AND"
                   " begins = TIMESTAMP('1970-01-01T00:00:01Z') AND ends < now() AND ACCENTI(name) LIKE ACCENTI('é%')"
                   " AND S_WITHIN(geom, BBOX(1,2,3,4))",
                   8, &sql));
    assert_int_equal(sql.count, 9);
    assert_non_null(strstr(base_buf_cstr(&sql.text), "$8::text"));
    assert_non_null(strstr(base_buf_cstr(&sql.text), "$16::geometry"));
    assert_true(base_str_is(sql.args[0].value.text, "it's"));
    assert_int_equal(sql.args[1].value.integer, 3);
    assert_true(sql.args[2].type == GEO_CQL2_NUMBER && sql.args[2].value.number == 3);
    assert_int_equal(sql.args[3].value.integer, 1);
    assert_true(sql.args[4].value.boolean);
    assert_int_equal(sql.args[5].value.integer, 1000000);
    assert_true(sql.args[6].now && !sql.args[5].now);
    assert_true(base_str_is(sql.args[7].value.text, "e%"));
    struct geo_shape shape;
    geo_shape_init(&shape);
    test_ok(geo_wkb_in(sql.args[8].wkb.at, sql.args[8].wkb.len, &test_diag, &shape));
    assert_int_equal(shape.type, GEO_SHAPE_AREA);
    assert_int_equal(shape.vertices, 5);
    geo_shape_release(&shape);
}

/* Filters that differ in their values only are one SQL, whatever the values say. */
static void nothing_of_the_text(void **state)
{
    (void)state;
    static const char *const hostile[] = {"'; drop table building; --", "$1",      "\\", "%s", "/*", "\" or 1=1",
                                          "\xF0\xA0\xAE\xB7",           "select 1"};
    for (size_t i = 0; i < BASE_COUNT(hostile); i++) {
        AUTO_VALUE(geo_cql2_sql) plain, sql;
        AUTO_VALUE(base_buf) text;
        char quoted[200] = "";
        for (size_t at = 0, len = 0; hostile[i][at]; at++) {
            len += (size_t)snprintf(quoted + len, sizeof quoted - len, hostile[i][at] == '\'' ? "''" : "%c",
                                    hostile[i][at]);
        }
        base_buf_init(&text, 4096);
        base_buf_printf(&text, "name = '%s' OR CASEI(note) IN ('%s', name) OR A_OVERLAPS(codes, ('%s'))", quoted,
                        quoted, quoted);
        test_ok(sql_of("name = 'x' OR CASEI(note) IN ('x', name) OR A_OVERLAPS(codes, ('x'))", 1, &plain));
        test_ok(sql_of(base_buf_cstr(&text), 1, &sql));
        assert_string_equal(base_buf_cstr(&plain.text), base_buf_cstr(&sql.text));
        for (size_t k = 0; k < 3; k++) {
            assert_true(base_str_is(sql.args[k].value.text, hostile[i]));
        }
    }
}

/* What a \ stands before may go with the accents: then it is one itself. */
static void pattern_ends_in_a_backslash(void **state)
{
    (void)state;
    AUTO_VALUE(geo_cql2_sql) sql = {.args = NULL};
    test_ok(sql_of("ACCENTI(name) LIKE ACCENTI('a\\\xCC\x81')", 1, &sql));
    assert_true(base_str_is(sql.args[0].value.text, "a\\\\"));
}

static void refusals(void **state)
{
    (void)state;
    struct geo_cql2_sql sql = {.count = 77};
    AUTO(geo_cql2) untyped = NULL;
    test_ok(geo_cql2_text_in(base_str_of("a = 1"), NULL, &test_diag, &untyped));
    assert_int_equal(geo_cql2_sql(untyped, 1, &test_diag, &sql), BASE_USAGE);
    assert_int_equal(sql_of("memory = 'a'", 1, &sql), BASE_UNSUPPORTED);
    assert_int_equal(sql_of("levels IN (1, 2, 3)", 65534, &sql), BASE_LIMIT);
    assert_int_equal(sql.count, 77);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(becomes),
        cmocka_unit_test(parameters_have_types),
        cmocka_unit_test(nothing_of_the_text),
        cmocka_unit_test(pattern_ends_in_a_backslash),
        cmocka_unit_test(refusals),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
