/* data/filter.c, geo/cql2_sql.c and the functions of 0016_cql2.sql on a real server: every operation over rows that
 * hold what rows may hold - nothing, NaN, infinity, numbers at the edge - and nothing of a filter's text ever becomes
 * SQL. */
#include "data_test.h"

#include "data/embedded.h"
#include "geo/geo.h"

#include <float.h>
#include <math.h>

static const struct geo_cql2_property properties[] = {
    {"id", GEO_CQL2_INTEGER, GEO_CQL2_ANY, "thing.id"},
    {"name", GEO_CQL2_TEXT, GEO_CQL2_ANY, "thing.name"},
    {"note", GEO_CQL2_TEXT, GEO_CQL2_ANY, "note"},
    {"flag", GEO_CQL2_BOOLEAN, GEO_CQL2_ANY, "flag"},
    {"small", GEO_CQL2_INTEGER, GEO_CQL2_ANY, "small"},
    {"big", GEO_CQL2_INTEGER, GEO_CQL2_ANY, "big"},
    {"r", GEO_CQL2_NUMBER, GEO_CQL2_ANY, "r"},
    {"x", GEO_CQL2_NUMBER, GEO_CQL2_ANY, "x"},
    {"day", GEO_CQL2_DATE, GEO_CQL2_ANY, "day"},
    {"begins", GEO_CQL2_TIMESTAMP, GEO_CQL2_ANY, "begins"},
    {"ends", GEO_CQL2_TIMESTAMP, GEO_CQL2_ANY, "ends"},
    {"tags", GEO_CQL2_ARRAY, GEO_CQL2_TEXT, "tags"},
    {"numbers", GEO_CQL2_ARRAY, GEO_CQL2_INTEGER, "numbers"},
    {"reals", GEO_CQL2_ARRAY, GEO_CQL2_NUMBER, "reals"},
    {"geom", GEO_CQL2_GEOMETRY, GEO_CQL2_ANY, "geom"},
    {"it's \"so\"; --", GEO_CQL2_TEXT, GEO_CQL2_ANY, "name"},
    {"span", GEO_CQL2_INTERVAL, GEO_CQL2_ANY, "span"},
};
static const struct geo_cql2_schema schema = {.properties = properties, .count = BASE_COUNT(properties), .rules = true};

static struct data_conn *conn;

/* 1 is ordinary, 2 has NaN, 3 the edges of numbers and times, 4 nothing at all, 5 an end that is missing. */
static void fill(void)
{
    test_sql(conn, "create table thing (id bigint primary key, name text, note text collate \"C\", flag boolean,"
                   " small smallint, big bigint, r real, x float8, day date, begins timestamptz, ends timestamptz,"
                   " tags text[], numbers smallint[], reals float8[], geom geometry(Geometry, 4326), span tstzrange)");
    test_sql(
        conn,
        "insert into thing values"
        " (1, 'alpha', 'alpha', true, 1, 9007199254740993, 1.5, 2.5, '2022-04-16', '2022-04-16 10:13:19Z',"
        "  '2022-04-16 10:15:10Z', '{a,b}', '{1,2}', '{1,2.5}', st_point(1, 1, 4326),"
        "  '[2022-04-16 10:13:19Z,2022-04-16 10:15:10Z]'),"
        " (2, 'Beta', 'x%y', false, 2, 9007199254740992, 'NaN', 'NaN', '2022-04-17', '2022-04-17 00:00:00Z',"
        "  'infinity', '{}', '{}', '{NaN,1}', st_makeenvelope(0, 0, 10, 10, 4326), '[2022-04-17 00:00:00Z,)'),"
        " (3, '𠮷straße', 'a_b\\c', true, -7, 9223372036854775807, 'Infinity', 1.7976931348623157e308,"
        "  '0001-01-01', '-infinity', '9999-12-31 23:59:59.999999Z', '{a,null}', '{3,null}', '{1e300}',"
        "  st_geomfromtext('linestring(-5 5, 15 5)', 4326), '(,9999-12-31 23:59:59.999999Z]'),"
        " (4, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null),"
        " (5, 'O''Brien\"; drop table thing; --', '', false, 0, -1, -0.0, -4, '2024-02-29', '2024-02-29 12:00:00Z',"
        "  null, '{c}', '{2}', '{2.5}', st_point(0, 5, 4326), null)");
}

static struct geo_cql2 *filter_of(const char *text)
{
    struct geo_cql2 *filter = NULL;
    enum base_err err = geo_cql2_text_in(base_str_of(text), &schema, &test_diag, &filter);
    if (err) {
        fail_msg("%s: %s", text, test_diag.text);
    }
    return filter;
}

/* The first column of the first row under the filter. */
static const char *ask(const char *sql, const char *text)
{
    static char answer[65536];
    const struct data_embedded query = {"test", sql};
    AUTO(geo_cql2) filter = filter_of(text);
    AUTO(data_rows) rows = NULL;
    enum base_err err = data_filter_run(conn, &query, filter, DATA_ARGS(data_i64(100)), &test_diag, &rows);
    if (err) {
        fail_msg("%s: %s", text, test_diag.text);
    }
    answer[0] = '\0';
    for (size_t i = 0, len = 0; i < data_rows_count(rows) && len < sizeof answer; i++) {
        len += (size_t)snprintf(answer + len, sizeof answer - len, "%s%s", i ? "\n" : "", data_rows_text(rows, i, 0));
    }
    return answer;
}

static const char *ids(const char *text)
{
    return ask("select coalesce(string_agg(id::text, '' order by id), '') from thing where id < $1::bigint and\n"
               "true -- filter\n",
               text);
}

struct expected {
    const char *filter, *is_true, *is_false; /* ids; for all others it is unknown */
};

static void check_all(const struct expected *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        char not_so[2000];
        snprintf(not_so, sizeof not_so, "NOT (%s)", rows[i].filter);
        if (strcmp(ids(rows[i].filter), rows[i].is_true) != 0) {
            fail_msg("%s: true for \"%s\", not \"%s\"", rows[i].filter, ids(rows[i].filter), rows[i].is_true);
        }
        if (strcmp(ids(not_so), rows[i].is_false) != 0) {
            fail_msg("%s: false for \"%s\", not \"%s\"", rows[i].filter, ids(not_so), rows[i].is_false);
        }
    }
}

static void comparisons(void **state)
{
    (void)state;
    static const struct expected rows[] = {
        {"small = 1", "1", "235"},
        {"small <> 1", "235", "1"},
        {"small > 0.5", "12", "35"},
        {"0 <= small", "125", "3"},
        {"big = 9007199254740993", "1", "235"},
        {"big = 9007199254740992", "2", "135"},
        {"big = 9007199254740992.0", "12", "35"},
        {"big >= 9223372036854775807", "3", "125"},
        {"x > 2", "13", "5"},
        {"x < 2", "5", "13"},
        {"x <> 2.5", "35", "1"},
        {"x = r", "", "135"},
        {"r > x", "35", "1"},
        {"r = 1.5", "1", "35"},
        {"r > 1e300", "3", "15"},
        {"name = 'alpha'", "1", "235"},
        {"name > 'Z'", "13", "25"},
        {"name = note", "1", "235"},
        {"name < note", "2", "135"},
        {"note >= 'alpha'", "12", "35"},
        {"note = ''", "5", "123"},
        {"flag", "13", "25"},
        {"flag = false", "25", "13"},
        {"NOT flag OR small = 0", "25", "13"},
        {"flag <> (true)", "25", "13"},
        {"day = DATE('2022-04-16')", "1", "235"},
        {"day < DATE('2022-04-17')", "13", "25"},
        {"day >= TIMESTAMP('2022-04-17T00:00:00Z')", "25", "13"},
        {"begins = DATE('2022-04-17')", "2", "135"},
        {"begins > TIMESTAMP('2022-04-16T12:13:19+02:00')", "25", "13"},
        {"begins < ends", "123", ""},
        {"day <= begins", "125", "3"},
        {"begins < NOW()", "1235", ""},
        {"x BETWEEN 2 AND 3", "1", "35"},
        {"small BETWEEN 0.5 AND 2", "12", "35"},
        {"5 BETWEEN 7 AND x", "", "12345"},
        {"5 BETWEEN 1 AND x", "3", "15"},
        {"name BETWEEN 'A' AND 'a'", "25", "13"},
        {"x NOT BETWEEN 2 AND 3", "35", "1"},
        {"small IN (1, 2)", "12", "35"},
        {"small IN (1.0, 2, -7.5)", "12", "35"},
        {"small IN (1, x)", "1", "35"},
        {"big IN (9007199254740992, 1.5)", "2", "135"},
        {"x IN (2.5, -4)", "15", "3"},
        {"x NOT IN (2.5)", "35", "1"},
        {"name IN ('alpha', 'Beta')", "12", "35"},
        {"name IN ('Beta', note)", "12", "35"},
        {"day IN (DATE('2022-04-16'), DATE('2024-02-29'))", "15", "23"},
        {"day IN (TIMESTAMP('2022-04-16T00:00:00Z'))", "1", "235"},
        {"flag IN (false)", "25", "13"},
        {"x IS NULL", "24", "135"},
        {"x IS NOT NULL", "135", "24"},
        {"name IS NULL", "4", "1235"},
        {"geom IS NULL", "4", "1235"},
        {"tags IS NULL", "4", "1235"},
        {"span IS NULL", "45", "123"},
        {"x > 2 AND small = 1", "1", "235"},
        {"x > 2 OR small = 2", "123", "5"},
        {"true", "12345", ""},
        {"false OR small = 1", "1", "235"},
    };
    check_all(rows, BASE_COUNT(rows));
}

static void texts(void **state)
{
    (void)state;
    static const struct expected rows[] = {
        {"name LIKE 'al%'", "1", "235"},
        {"name LIKE '_eta'", "2", "135"},
        {"name LIKE '_stra_e'", "3", "125"},
        {"note LIKE 'x\\%y'", "2", "135"},
        {"note LIKE 'a\\_b\\\\c'", "3", "125"},
        {"note LIKE ''", "5", "123"},
        {"'x' LIKE 'x'", "12345", ""},
        {"CASEI(name) = CASEI('ALPHA')", "1", "235"},
        {"CASEI(name) LIKE CASEI('%STRASSE')", "3", "125"},
        {"CASEI(name) = CASEI(note)", "1", "235"},
        {"ACCENTI(name) LIKE ACCENTI('%strâsse')", "3", "125"},
        {"ACCENTI(CASEI(name)) IN (ACCENTI(CASEI('BÉTA')), 'alpha')", "12", "35"},
        {"\"it's \"\"so\"\"; --\" = 'alpha'", "1", "235"},
        {"name = 'O''Brien\"; drop table thing; --'", "5", "123"},
        {"name LIKE 'O''Brien\"; drop%'", "5", "123"},
        {"name = ''' or true; --'", "", "1235"},
        {"name IN ('''); delete from thing; --', '$2::text', '%s%n')", "", "1235"},
    };
    check_all(rows, BASE_COUNT(rows));
    assert_string_equal(test_value(conn, "select count(*) from thing"), "5");
}

static void arithmetic(void **state)
{
    (void)state;
    static const struct expected rows[] = {
        {"small + 1 = 2", "1", "235"},
        {"x * 2 = 5", "1", "5"},
        {"x + x > 0", "1", "5"},
        {"x - 1 > 0", "13", "5"},
        {"x * x > 0", "15", ""},
        {"r + 1 > 0", "15", ""},
        {"1 / small > 0", "12", "3"},
        {"small / 2 = 0.5", "1", "235"},
        {"small DIV 2 = -3", "3", "125"},
        {"small % 4 = -3", "3", "125"},
        {"small % 0 = 0", "", ""},
        {"small DIV 0 = 0 OR small = 1", "1", ""},
        {"x ^ 0.5 > 1", "13", ""},
        {"x ^ 2 > 0", "15", ""},
        {"small ^ -1 > 0", "12", "3"},
        {"2 ^ 1023 > small", "1235", ""},
        {"2 ^ 1024 > small", "", ""},
        {"2 ^ -1074 > 0", "12345", ""},
        {"2 ^ -1075 > 0", "", "12345"},
        {"-small = 7", "3", "125"},
        {"(small + 1) * 2 - 6 / 3 = 2", "1", "235"},
        {"x / 1e-300 > 0", "1", "5"},
        {"(x / x + 1) IS NULL", "24", "135"},
    };
    check_all(rows, BASE_COUNT(rows));
}

static void times(void **state)
{
    (void)state;
    static const struct expected rows[] = {
        {"T_AFTER(day, DATE('2022-04-16'))", "25", "13"},
        {"T_BEFORE(begins, TIMESTAMP('2022-04-17T00:00:00Z'))", "13", "25"},
        {"T_EQUALS(day, INTERVAL('2022-04-16','2022-04-16'))", "1", "235"},
        {"T_DURING(begins, INTERVAL('2022-01-01','2022-12-31'))", "12", "35"},
        {"T_DURING(INTERVAL(begins, ends), INTERVAL('2022-01-01T00:00:00Z','2022-12-31T23:59:59Z'))", "1", "23"},
        {"T_AFTER(INTERVAL(begins, ends), INTERVAL('..','2022-04-16T10:13:19Z'))", "2", "13"},
        {"T_INTERSECTS(INTERVAL(begins, ends), INTERVAL('2022-04-16T10:15:10Z', '..'))", "123", ""},
        {"T_DISJOINT(INTERVAL(begins, ends), INTERVAL('2022-04-16T10:15:11Z', '2022-04-16T11:00:00Z'))", "12", "3"},
        {"T_CONTAINS(INTERVAL(begins, ends), DATE('2022-04-18'))", "23", "1"},
        {"T_MEETS(INTERVAL(begins, ends), TIMESTAMP('2022-04-16T10:15:10Z'))", "1", "23"},
        {"T_METBY(INTERVAL('2022-04-16T10:15:10Z', '..'), INTERVAL(begins, ends))", "1", "23"},
        {"T_FINISHES(INTERVAL(begins, ends), INTERVAL('2022-04-01T00:00:00Z', '..'))", "2", "13"},
        {"T_FINISHEDBY(INTERVAL('2022-04-01T00:00:00Z', '..'), INTERVAL(begins, ends))", "2", "13"},
        {"T_STARTS(INTERVAL(begins, ends), INTERVAL('..', '..'))", "3", "12"},
        {"T_STARTEDBY(INTERVAL('..', '..'), INTERVAL(begins, ends))", "3", "12"},
        {"T_OVERLAPS(INTERVAL(begins, ends), INTERVAL('2022-04-16T10:14:00Z', '2022-04-18T00:00:00Z'))", "1", "23"},
        {"T_OVERLAPPEDBY(INTERVAL('2022-04-16T10:14:00Z', '2022-04-18T00:00:00Z'), INTERVAL(begins, ends))", "1", "23"},
        {"T_EQUALS(span, INTERVAL(begins, ends))", "123", ""},
        {"T_BEFORE(span, DATE('2022-04-17'))", "1", "23"},
        {"INTERVAL(begins, ends) IS NULL", "45", "123"},
    };
    check_all(rows, BASE_COUNT(rows));
}

static void space(void **state)
{
    (void)state;
    static const struct expected rows[] = {
        {"S_INTERSECTS(geom, POINT(1 1))", "12", "35"},
        {"S_INTERSECTS(POINT(1 1), geom)", "12", "35"},
        {"S_INTERSECTS(geom, BBOX(0,4,20,6))", "235", "1"},
        {"S_INTERSECTS(geom, BBOX(170,0,0.5,10))", "235", "1"},
        {"S_DISJOINT(geom, POLYGON((0 0, 2 0, 2 2, 0 2, 0 0)))", "35", "12"},
        {"S_WITHIN(geom, BBOX(-1,-1,2,2))", "1", "235"},
        {"S_CONTAINS(geom, POINT(3 3))", "2", "135"},
        {"S_TOUCHES(geom, POINT(10 5))", "2", "135"},
        {"S_CROSSES(geom, BBOX(0,0,10,10))", "3", "125"},
        {"S_OVERLAPS(geom, BBOX(5,5,15,15))", "2", "135"},
        {"S_EQUALS(geom, BBOX(0,0,10,10))", "2", "135"},
        {"S_EQUALS(geom, geom)", "1235", ""},
        {"S_INTERSECTS(geom, GEOMETRYCOLLECTION(POINT(1 1), LINESTRING(-5 4, -5 6)))", "123", "5"},
        {"S_DISJOINT(geom, GEOMETRYCOLLECTION(POINT(1 1), LINESTRING(-5 4, -5 6)))", "5", "123"},
    };
    check_all(rows, BASE_COUNT(rows));
}

static void arrays(void **state)
{
    (void)state;
    static const struct expected rows[] = {
        {"A_CONTAINS(tags, ('a'))", "13", "25"},
        {"A_CONTAINS(tags, ('b', 'a'))", "1", "235"},
        {"A_CONTAINEDBY(tags, ('c', 'd'))", "25", "13"},
        {"A_EQUALS(tags, ('b', 'a', 'a'))", "1", "235"},
        {"A_EQUALS(tags, tags)", "125", "3"},
        {"A_EQUALS(tags, ())", "2", "135"},
        {"A_OVERLAPS(tags, ('c', name, 'b'))", "15", "23"},
        {"A_CONTAINS(numbers, (2))", "15", "23"},
        {"A_CONTAINS(numbers, (2.0, 1))", "1", "235"},
        {"A_OVERLAPS(numbers, (small))", "1", "235"},
        {"A_CONTAINS(reals, (1))", "12", "35"},
        {"A_CONTAINEDBY(reals, reals)", "135", "2"},
        {"A_OVERLAPS(reals, numbers)", "1", "235"},
    };
    check_all(rows, BASE_COUNT(rows));
}

/* What the planner says of a filter, sequential scans being dear. */
static const char *plan(const char *text)
{
    return ask("explain (costs off) select id from thing where id < $1::bigint and\n"
               "true -- filter\n",
               text);
}

static void indexes_serve(void **state)
{
    (void)state;
    static const struct {
        const char *filter, *index;
    } rows[] = {
        {"S_INTERSECTS(geom, BBOX(0,4,20,6))", "thing_geom"},
        {"S_WITHIN(geom, BBOX(0,4,20,6))", "thing_geom"},
        {"name = 'alpha'", "thing_name"},
        {"name IN ('alpha', 'Beta')", "thing_name"},
        {"note > 'alpha'", "thing_note"},
        {"note LIKE 'alp%'", "thing_note"},
        {"small BETWEEN 1 AND 2", "thing_small"},
        {"x > 2", "thing_x"},
        {"day < DATE('2022-04-17')", "thing_day"},
        {"T_BEFORE(day, DATE('2022-04-17'))", "thing_day"},
        {"begins >= DATE('2022-04-17')", "thing_begins"},
        {"A_CONTAINS(tags, ('a', 'b'))", "thing_tags"},
        {"T_AFTER(begins, INTERVAL('..', '2022-04-17T00:00:00Z'))", "thing_begins"},
    };
    test_sql(conn, "alter table thing drop constraint thing_pkey");
    test_sql(conn, "create index thing_geom on thing using gist (geom); create index thing_name on thing (name);"
                   "create index thing_note on thing (note); create index thing_small on thing (small);"
                   "create index thing_x on thing (x); create index thing_day on thing (day);"
                   "create index thing_begins on thing (begins); create index thing_tags on thing using gin (tags);"
                   "set enable_seqscan = off");
    for (size_t i = 0; i < BASE_COUNT(rows); i++) {
        const char *said = plan(rows[i].filter);
        if (!strstr(said, rows[i].index) || !strstr(said, "Index Cond")) {
            fail_msg("%s does not use %s:\n%s", rows[i].filter, rows[i].index, said);
        }
    }
    test_sql(conn, "reset enable_seqscan");
}

/* --- the functions against C --- */

/* Zero, the ends of what a double can hold, and the scales at which the functions change their way. */
static const double some[] = {0,          -0.0,      1,        -1,        2,       0.5,       0x1p1023,
                              0x1p-1074,  0x1p-1022, 0x1p512,  0x1p-512,  0x1p970, 0x1p-537,  0x1p-538,
                              0x1.8p1023, DBL_MAX,   -DBL_MAX, DBL_MIN,   0x1p971, 0x1p-51,   0x1p-60,
                              1e291,      -1e291,    3,        1.0 / 3,   1e-18,   1e150,     1e-150,
                              -7,         1e308,     INFINITY, -INFINITY, NAN,     0x1.fp969, 0x1p540,
                              0x1p-540,   1e154,     -2.5,     1024,      -1074,   -1075,     0x1.fffffffffffffp511};

static double next_number(uint64_t *seed)
{
    *seed = *seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    uint64_t bits = *seed >> 11;
    if (bits % 2) {
        return some[bits / 2 % BASE_COUNT(some)];
    }
    double mantissa = 1 + (double)(bits >> 12 & 0xffffff) / 0x1p24;
    return ldexp(bits & 2 ? mantissa : -mantissa, (int)(bits >> 2 & 0x7ff) - 1074);
}

static double calculated(const char *function, double a, double b)
{
    switch (function[0]) {
    case 'a':
        return a + b;
    case 's':
        return a - b;
    case 'm':
        return function[1] == 'u' ? a * b : a - b * trunc(a / b);
    case 'd':
        return function[3] == '\0' ? trunc(a / b) : a / b;
    default:
        return isnan(a) || isnan(b) ? NAN : pow(a, b);
    }
}

enum { PAIRS = 20000 };

/* Numbers as an array's text, so that one statement computes them all. */
static void numbers_out(struct base_buf *buf, const double *numbers, size_t count)
{
    base_buf_text(buf, "{");
    for (size_t i = 0; i < count; i++) {
        base_buf_printf(buf, isnan(numbers[i]) ? "%sNaN" : "%s%.17g", i ? "," : "", numbers[i]);
    }
    base_buf_text(buf, "}");
}

static PGresult *computed(const char *sql, const double *a, const double *b, size_t count)
{
    AUTO_VALUE(base_buf) left, right;
    base_buf_init(&left, 4 << 20);
    base_buf_init(&right, 4 << 20);
    numbers_out(&left, a, count);
    numbers_out(&right, b, count);
    const char *values[] = {base_buf_cstr(&left), base_buf_cstr(&right)};
    PGresult *result = PQexecParams(conn->pg, sql, 2, NULL, values, NULL, NULL, 1);
    if (PQresultStatus(result) != PGRES_TUPLES_OK) {
        fail_msg("%s: %s", sql, PQerrorMessage(conn->pg));
    }
    return result;
}

static void same(const PGresult *result, int row, int column, const char *function, double a, double b)
{
    double wanted = calculated(function, a, b);
    bool null = PQgetisnull(result, row, column);
    double found = null ? NAN : data_rows_f64((const struct data_rows *)result, (size_t)row, column);
    if (isfinite(wanted) ? found != wanted : !null) {
        fail_msg("cql2_%s(%a, %a) is %a, in C %a", function, a, b, found, wanted);
    }
}

static const char *const functions[] = {"add", "subtract", "multiply", "divide", "div", "modulo", "power"};

static void numbers_as_in_c(void **state)
{
    (void)state;
    static double a[PAIRS], b[PAIRS];
    uint64_t seed = 20261122;
    for (size_t i = 0; i < PAIRS; i++) {
        a[i] = next_number(&seed);
        b[i] = next_number(&seed);
    }
    for (size_t i = 0; i < BASE_COUNT(functions); i++) {
        char sql[200];
        snprintf(sql, sizeof sql,
                 "select cql2_%s(a, b) from unnest($1::float8[], $2::float8[]) with ordinality t(a, b, i) order by i",
                 functions[i]);
        PGresult *result = computed(sql, a, b, PAIRS);
        for (int row = 0; row < PAIRS; row++) {
            same(result, row, 0, functions[i], a[row], b[row]);
        }
        PQclear(result);
    }
}

/* The planner computes beforehand what depends on a constant alone, also where it would not be reached. */
static void constants_as_in_c(void **state)
{
    (void)state;
    for (size_t i = 0; i < BASE_COUNT(functions) * BASE_COUNT(some); i++) {
        const char *function = functions[i / BASE_COUNT(some)];
        double constant = some[i % BASE_COUNT(some)];
        char number[40], sql[300];
        snprintf(number, sizeof number, isnan(constant) ? "NaN" : "%.17g", constant);
        snprintf(sql, sizeof sql,
                 "select cql2_%s(a, '%s'), cql2_%s('%s', b), cql2_%s(a, null), cql2_%s(null, b)"
                 " from unnest($1::float8[], $2::float8[]) with ordinality t(a, b, i) order by i",
                 function, number, function, number, function, function);
        PGresult *result = computed(sql, some, some, BASE_COUNT(some));
        for (int row = 0; row < (int)BASE_COUNT(some); row++) {
            same(result, row, 0, function, some[row], constant);
            same(result, row, 1, function, constant, some[row]);
            assert_true(PQgetisnull(result, row, 2) && PQgetisnull(result, row, 3));
        }
        PQclear(result);
    }
}

/* Planners may work them out beforehand and in parallel, and no search_path changes what they mean. */
static void functions_stand_alone(void **state)
{
    (void)state;
    assert_string_equal(test_value(conn, "select count(*) from pg_proc where proname like 'cql2\\_%'"
                                         " and (provolatile <> 'i' or proparallel <> 's')"),
                        "0");
    test_sql(conn, "set search_path = pg_temp");
    assert_string_equal(test_value(conn, "select concat_ws(' ', hutong.cql2_modulo(-7, 4), hutong.cql2_power(-2, 3),"
                                         " hutong.cql2_power(1, 'Infinity'), hutong.cql2_subtract(1, 3),"
                                         " hutong.cql2_casei('ÄΣ'), hutong.cql2_accenti('ÄŁ'),"
                                         " hutong.cql2_midnight('2022-04-16') at time zone 'UTC')"),
                        "-3 -8 1 -2 äσ AL 2022-04-16 00:00:00");
    test_sql(conn, "set search_path = hutong, public");
}

/* --- folding against memory --- */

static const struct geo_cql2_property fold_properties[] = {
    {"x", GEO_CQL2_TEXT, GEO_CQL2_ANY, NULL},
    {"c", GEO_CQL2_TEXT, GEO_CQL2_ANY, NULL},
    {"a", GEO_CQL2_TEXT, GEO_CQL2_ANY, NULL},
};
static const struct geo_cql2_schema fold_schema = {.properties = fold_properties, .count = BASE_COUNT(fold_properties)};

struct fold_row {
    const struct data_rows *rows;
    size_t row;
};

static void fold_value(const void *of, uint32_t property, struct geo_cql2_value *ret_value)
{
    const struct fold_row *at = of;
    *ret_value =
        (struct geo_cql2_value){.type = GEO_CQL2_TEXT, .text = data_rows_bytes(at->rows, at->row, (int)property)};
}

/* Columns of sql: a text, its CASEI and its ACCENTI. */
static size_t folds_agree(struct geo_cql2_run *run, const char *sql)
{
    PGresult *result = PQexecParams(conn->pg, sql, 0, NULL, NULL, NULL, NULL, 1);
    if (PQresultStatus(result) != PGRES_TUPLES_OK) {
        fail_msg("%s: %s", sql, PQerrorMessage(conn->pg));
    }
    struct fold_row at = {.rows = (const struct data_rows *)result};
    size_t count = data_rows_count(at.rows);
    for (; at.row < count; at.row++) {
        const struct geo_cql2_feature feature = {&at, fold_value};
        if (geo_cql2_run_feature(run, &feature, 0) != GEO_CQL2_TRUE) {
            fail_msg("\"%s\": memory folds it to something else than CASEI \"%s\" and ACCENTI \"%s\"",
                     data_rows_text(at.rows, at.row, 0), data_rows_text(at.rows, at.row, 1),
                     data_rows_text(at.rows, at.row, 2));
        }
    }
    PQclear(result);
    return count;
}

static void folding_as_in_memory(void **state)
{
    (void)state;
    AUTO(geo_cql2) filter = NULL;
    AUTO(geo_cql2_run) run = NULL;
    test_ok(geo_cql2_text_in(base_str_of("CASEI(x) = c AND ACCENTI(x) = a"), &fold_schema, &test_diag, &filter));
    test_ok(geo_cql2_run_new(filter, &test_diag, &run));
    size_t points = 0;
    for (int plane = 0; plane <= 16; plane++) {
        char sql[400];
        snprintf(sql, sizeof sql,
                 "select x, cql2_casei(x), cql2_accenti(x) from (select chr(n) as x from generate_series(%d, %d) n"
                 " where n not between 55296 and 57343) t",
                 plane == 0 ? 1 : plane * 65536, plane * 65536 + 65535);
        points += folds_agree(run, sql);
    }
    assert_int_equal(points, 0x110000 - 2048 - 1);
    /* In company: letters before and after, marks in any order, two that compose. */
    points = folds_agree(run, "select x, cql2_casei(x), cql2_accenti(x) from (select 'aΣ' || chr(n) || 'ß' as x from"
                              " generate_series(160, 65000) n where n not between 55296 and 57343) t");
    assert_true(points > 60000);
    points = folds_agree(run, "select x, cql2_casei(x), cql2_accenti(x) from (select b || chr(m) || chr(n) as x from"
                              " unnest(array['a', 'E', 'か', '각', 'Ӂ', 'ι', 'ſ', 'İ']) b, generate_series(768, 900) m,"
                              " generate_series(790, 850) n) t");
    assert_true(points > 60000);
}

/* --- the marker --- */

static void only_marked_queries(void **state)
{
    (void)state;
    AUTO(geo_cql2) filter = filter_of("small = 1");
    assert_int_equal(data_run_filtered(conn, DATA_PLACE_VERSION, filter, DATA_NO_ARGS, &test_diag, NULL),
                     BASE_UNSUPPORTED);
    assert_non_null(strstr(test_diag.text, "place_version"));
    for (const struct data_embedded *query = data_embedded_queries; query->name; query++) {
        const char *marker = strstr(query->sql, "-- filter");
        if (marker && (strncmp(marker - 5, "true ", 5) != 0 || marker[9] != '\n' || strstr(marker + 1, "-- filter"))) {
            fail_msg("%s: `true -- filter` stands once, at the end of a line", query->name);
        }
    }
}

static void many_values(void **state)
{
    (void)state;
    AUTO_VALUE(base_buf) text;
    base_buf_init(&text, 1 << 20);
    base_buf_text(&text, "small IN (");
    for (int i = 0; i < 20000; i++) {
        base_buf_printf(&text, "%s%d", i ? "," : "", i % 9 + 1);
    }
    base_buf_text(&text, ")");
    assert_string_equal(ids(base_buf_cstr(&text)), "12");
    base_buf_reset(&text);
    for (int i = 0; i < 5000; i++) {
        base_buf_printf(&text, "%ssmall=%d", i ? " or " : "", i % 9 + 1);
    }
    assert_string_equal(ids(base_buf_cstr(&text)), "12");
}

static int open_all(void **state)
{
    (void)state;
    conn = test_conn();
    fill();
    return 0;
}

static int close_all(void **state)
{
    (void)state;
    data_conn_free(conn);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(comparisons),
        cmocka_unit_test(texts),
        cmocka_unit_test(arithmetic),
        cmocka_unit_test(times),
        cmocka_unit_test(space),
        cmocka_unit_test(arrays),
        cmocka_unit_test(numbers_as_in_c),
        cmocka_unit_test(constants_as_in_c),
        cmocka_unit_test(folding_as_in_memory),
        cmocka_unit_test(many_values),
        cmocka_unit_test(only_marked_queries),
        cmocka_unit_test(indexes_serve),
        cmocka_unit_test(functions_stand_alone),
    };
    return cmocka_run_group_tests(tests, open_all, close_all);
}
