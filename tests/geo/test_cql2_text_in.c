/* geo/cql2_text_in.c, cql2_text_wkt.c, cql2_lex.c, cql2_check.c: what is read, and what is refused with which words. */
#include "cql2_in_test.h"

static void reads_all_forms(void **state)
{
    (void)state;
    static const char *const forms[][2] = {
        /* names and texts */
        {"name='it''s'", "name = 'it''s'"},
        {"name = ''", "name = ''"},
        {"\"name\" = '\xE6\xA5\xBC\n\"'", "name = '\xE6\xA5\xBC\n\"'"},
        {"\"it's \"\"so\"\"\" = 1", "\"it's \"\"so\"\"\" = 1"},
        {"楼高>1.5", "楼高 > 1.5"},
        {"start<end and \"start\"<\"end\"", "start < end AND start < end"},
        {"\"date\"=date('2022-04-16') or date IS NULL", "\"date\" = DATE('2022-04-16') OR \"date\" IS NULL"},
        {"boolean and \"boolean\"=TRUE or boolean=False", "boolean AND boolean = TRUE OR boolean = FALSE"},
        /* precedence */
        {"boolean or boolean and not boolean", "boolean OR boolean AND NOT boolean"},
        {"(boolean or boolean) and (not (boolean))", "(boolean OR boolean) AND NOT boolean"},
        {"((((name))))=(('a'))", "name = 'a'"},
        {"not not boolean", "NOT (NOT boolean)"},
        {"not pop_min=1 and boolean", "NOT (pop_min = 1) AND boolean"},
        {"(boolean and boolean) and boolean", "(boolean AND boolean) AND boolean"},
        {"pop_min+1-2=3*4/5%6 div 7", "pop_min + 1 - 2 = 3 * 4 / 5 % 6 DIV 7"},
        {"pop_min+(1-2)=3*(4/5)", "pop_min + (1 - 2) = 3 * (4 / 5)"},
        {"2^3^4=(2^3)^4", "2 ^ 3 ^ 4 = (2 ^ 3) ^ 4"},
        {"(2+3)*4>(2*3)+4", "(2 + 3) * 4 > 2 * 3 + 4"},
        /* signs */
        {"pop_min-1=pop_min -1", "pop_min - 1 = pop_min - 1"},
        {"pop_min=-1 or pop_min=- 1 or pop_min = +1", "pop_min = -1 OR pop_min = -1 OR pop_min = 1"},
        {"-pop_min=-(pop_min)", "-1 * pop_min = -1 * pop_min"},
        {"3--2=-2^2", "3 - -2 = -2 ^ 2"},
        {"-pop_min^2=1", "(-1 * pop_min) ^ 2 = 1"},
        /* numbers */
        {"height_m in (.5,5.,1e5,1.25E-3,1E+2)", "height_m IN (0.5, 5.0, 100000.0, 0.00125, 100.0)"},
        {"height_m=9223372036854775807 or height_m=-9223372036854775808",
         "height_m = 9223372036854775807 OR height_m = -9223372036854775808"},
        {"height_m=9223372036854775808", "height_m = 9.223372036854776e+18"},
        {"height_m=0.1 or height_m=2.0 or height_m=1e300", "height_m = 0.1 OR height_m = 2.0 OR height_m = 1e+300"},
        {"height_m=0.30000000000000004", "height_m = 0.30000000000000004"},
        /* predicates and their NOT */
        {"name not like 'a%' and name like '\\%'", "name NOT LIKE 'a%' AND name LIKE '\\%'"},
        {"not name like 'a'", "name NOT LIKE 'a'"},
        {"not (name not like 'a')", "NOT (name NOT LIKE 'a')"},
        {"name is null or not name is not null", "name IS NULL OR NOT (name IS NOT NULL)"},
        {"pop_min between 1 and 2 and boolean", "pop_min BETWEEN 1 AND 2 AND boolean"},
        {"pop_min not between 1+1 and (2)", "pop_min NOT BETWEEN 1 + 1 AND 2"},
        {"name not in('a')", "name NOT IN ('a')"},
        {"(pop_min=1) is null", "(pop_min = 1) IS NULL"},
        {"pop_min + 1 is not null", "pop_min + 1 IS NOT NULL"},
        {"casei(name) like accenti(casei('x%'))", "CASEI(name) LIKE ACCENTI(CASEI('x%'))"},
        /* geometries */
        {"s_intersects(geom,point(1 2))", "S_INTERSECTS(geom, POINT(1 2))"},
        {"S_WITHIN(geom,POINT Z (1 2 3))", "S_WITHIN(geom, POINT(1 2))"},
        {"s_equals(geom,multipoint(1 2,3 4))", "S_EQUALS(geom, MULTIPOINT((1 2), (3 4)))"},
        {"s_equals(geom,multipoint((1 2),(3 4 5)))", "S_EQUALS(geom, MULTIPOINT((1 2), (3 4)))"},
        {"s_crosses(geom,linestring(-1.5 +2,3 4))", "S_CROSSES(geom, LINESTRING(-1.5 2, 3 4))"},
        {"s_touches(geom,multilinestring((1 2,3 4),(5 6,7 8)))",
         "S_TOUCHES(geom, MULTILINESTRING((1 2, 3 4), (5 6, 7 8)))"},
        {"s_disjoint(polygon((0 0,9 0,9 9,0 9,0 0),(1 1,2 1,2 2,1 1)),geom)",
         "S_DISJOINT(POLYGON((0 0, 9 0, 9 9, 0 9, 0 0), (1 1, 2 1, 2 2, 1 1)), geom)"},
        {"s_overlaps(geom,multipolygon(((0 0,1 0,1 1,0 0)),((5 5,6 5,6 6,5 5))))",
         "S_OVERLAPS(geom, MULTIPOLYGON(((0 0, 1 0, 1 1, 0 0)), ((5 5, 6 5, 6 6, 5 5))))"},
        {"s_intersects(geom,geometrycollection(point(1 2),linestring(1 2,3 4)))",
         "S_INTERSECTS(geom, GEOMETRYCOLLECTION(POINT(1 2), LINESTRING(1 2, 3 4)))"},
        {"s_contains(geom,bbox(1,2,3,4))", "S_CONTAINS(geom, BBOX(1, 2, 3, 4))"},
        {"s_contains(geom,bbox(1,2,0,3,4,9.5))", "S_CONTAINS(geom, BBOX(1, 2, 3, 4))"},
        {"s_contains(geom,bbox(170,-1,-170,1))", "S_CONTAINS(geom, BBOX(170, -1, -170, 1))"},
        {"s_contains(geom,bbox(1,2,1,2))", "S_CONTAINS(geom, BBOX(1, 2, 1, 2))"},
        {"s_contains(geom,bbox(1,2,1,3))", "S_CONTAINS(geom, BBOX(1, 2, 1, 3))"},
        /* times */
        {"start>timestamp('2022-04-16t10:13:19.5+08:00')", "start > TIMESTAMP('2022-04-16T02:13:19.500Z')"},
        {"start>date('0001-01-01')", "start > DATE('0001-01-01')"},
        {"t_after(start,interval('..','2022-01-01'))", "T_AFTER(start, INTERVAL('..', '2022-01-01'))"},
        {"t_finishedby(interval(start,end),interval(date,'..'))",
         "T_FINISHEDBY(INTERVAL(start, end), INTERVAL(\"date\", '..'))"},
        {"t_during(interval('2022-01-01','2022-01-01'),date('2022-01-01'))",
         "T_DURING(INTERVAL('2022-01-01', '2022-01-01'), DATE('2022-01-01'))"},
        /* arrays */
        {"a_contains(tags,('a','b'))", "A_CONTAINS(tags, ('a', 'b'))"},
        {"a_equals((),tags)", "A_EQUALS((), tags)"},
        {"a_overlaps(tags,(casei(name),'x'))", "A_OVERLAPS(tags, (CASEI(name), 'x'))"},
    };
    for (size_t i = 0; i < BASE_COUNT(forms); i++) {
        AUTO(geo_cql2) filter = test_from_text(forms[i][0], &test_schema);
        test_writes(filter, forms[i][1]);
        test_survives(base_str_of(forms[i][0]), &test_schema);
    }
}

static void refuses_syntax(void **state)
{
    (void)state;
    static const struct test_wrong wrong[] = {
        {"", BASE_INVALID, "at 1: the filter is empty"},
        {"  ", BASE_INVALID, "at 3: the filter is empty"},
        {"name =", BASE_INVALID, "at 7: expected a value, but the filter ends here"},
        {"(name = 'x'", BASE_INVALID, "at 12: expected \")\", but the filter ends here"},
        {"name = 'x')", BASE_INVALID, "at 11: expected an operator or the end, found \")\""},
        {"name = 'x' name", BASE_INVALID, "at 12: expected an operator or the end, found \"name\""},
        {"name = 'x' 'y'", BASE_INVALID, "at 12: expected an operator or the end, found a text in quotes"},
        {"name = 'x' AND", BASE_INVALID, "at 15: expected a value, but the filter ends here"},
        {"and boolean", BASE_INVALID, "at 1: expected a value, found \"and\""},
        {"pop_min = 1 = 2", BASE_INVALID, "at 13: expected an operator or the end, found \"=\""},
        {"name = 'x", BASE_INVALID, "at 8: a text in quotes is not closed (a quote within it is written '')"},
        {"\"name = 1", BASE_INVALID, "at 1: a name in double quotes is not closed"},
        {"\"\" = 1", BASE_INVALID, "at 1: a name in double quotes is empty"},
        {"pop_min = 1abc", BASE_INVALID, "at 11: a number runs into a word: \"1abc\""},
        {"pop_min = 1e999", BASE_INVALID, "at 11: a number that is too large or too long"},
        {"pop_min != 1", BASE_INVALID, "at 9: unexpected character \"!\"; \"not equal\" is written <>"},
        {"name = 'a'; drop table x", BASE_INVALID, "at 11: unexpected character \";\""},
        {"name = $1", BASE_INVALID, "at 8: unexpected character \"$\""},
        {"name\x01", BASE_INVALID, "at 5: a control character (U+0001)"},
        {"name \xC3\x97 1", BASE_INVALID, "at 6: unexpected character \"\xC3\x97\""},
        {"name in ()", BASE_INVALID, "at 10: expected a value: IN needs at least one, found \")\""},
        {"name in ('a',)", BASE_INVALID, "at 14: expected a value, found \")\""},
        {"name in 'a'", BASE_INVALID, "at 9: expected \"(\" of IN, found a text in quotes"},
        {"name not 5", BASE_INVALID, "at 10: expected LIKE, BETWEEN or IN, found \"5\""},
        {"name is 5", BASE_INVALID, "at 9: expected NULL or NOT NULL, found \"5\""},
        {"name is not 5", BASE_INVALID, "at 13: expected NULL, found \"5\""},
        {"pop_min between 1 or 2", BASE_INVALID, "at 19: expected AND of BETWEEN, found \"or\""},
        {"--pop_min = 1", BASE_INVALID, "at 2: expected a value, found \"-\""},
        {"+pop_min = 1", BASE_INVALID, "at 2: expected a number, found \"pop_min\""},
        {"foo(1) = 2", BASE_INVALID, "at 1: there is no function \"foo\""},
        {"s_dwithin(geom, POINT(1 2), 3)", BASE_INVALID, "at 1: there is no function \"s_dwithin\""},
        {"start > DATE(1)", BASE_INVALID, "at 14: expected a date in quotes, found \"1\""},
        {"s_intersects(geom, POINT 1 2)", BASE_INVALID, "at 26: expected \",\" or \")\", found \"1\""},
        {"s_intersects(geom, POINT(1,2))", BASE_INVALID, "at 27: expected a number, found \",\""},
        {"s_intersects(geom, POINT EMPTY)", BASE_INVALID, "at 26: an empty geometry has no place"},
        {"s_intersects(geom, GEOMETRYCOLLECTION(GEOMETRYCOLLECTION(POINT(1 2))))", BASE_INVALID,
         "at 39: expected a geometry that is no collection, found \"GEOMETRYCOLLECTION\""},
    };
    test_refuses(geo_cql2_text_in, wrong, BASE_COUNT(wrong));
}

static void refuses_what_does_not_fit(void **state)
{
    (void)state;
    static const struct test_wrong wrong[] = {
        {"hight > 5", BASE_INVALID, "at 1: there is no property \"hight\"; did you mean \"height_m\"?"},
        {"boolean and Name = 'x'", BASE_INVALID, "at 13: there is no property \"Name\"; did you mean \"name\"?"},
        {"quite_another = 1", BASE_INVALID, "at 1: there is no property \"quite_another\""},
        {"name = 1", BASE_INVALID,
         "at 8: = takes values of one type, not a TEXT and an INTEGER; a number is written without quotes"},
        {"date > '2022-01-01'", BASE_INVALID,
         "at 8: > takes values of one type, not a DATE and a TEXT; a date is written DATE('2026-05-01')"},
        {"'2022' = start", BASE_INVALID,
         "at 10: = takes values of one type, not a TEXT and a TIMESTAMP; a time is written "
         "TIMESTAMP('2026-05-01T08:30:00Z')"},
        {"(name = 'x') = boolean", BASE_INVALID,
         "at 7: = takes texts, numbers, booleans, dates or times, not a condition"},
        {"geom = geom", BASE_INVALID, "at 1: = takes texts, numbers, booleans, dates or times, not a GEOMETRY"},
        {"name in ('a', 1)", BASE_INVALID,
         "at 15: IN takes values of one type, not a TEXT and an INTEGER; a number is written without quotes"},
        {"pop_min between 'a' and 1", BASE_INVALID,
         "at 17: BETWEEN takes values of one type, not an INTEGER and a TEXT; a number is written without quotes"},
        {"pop_min + name = 1", BASE_INVALID, "at 11: + takes numbers, not a TEXT"},
        {"casei(pop_min) = 'x'", BASE_INVALID, "at 7: CASEI takes a text, not an INTEGER"},
        {"name", BASE_INVALID, "at 1: a filter is a condition, not a TEXT"},
        {"1 + 1", BASE_INVALID, "at 3: a filter is a condition, not a NUMBER"},
        {"boolean and name", BASE_INVALID, "at 13: AND takes conditions, not a TEXT"},
        {"not name", BASE_INVALID, "at 5: NOT takes conditions, not a TEXT"},
        {"name like name", BASE_INVALID, "at 11: the pattern of LIKE is a text in quotes"},
        {"name like 'a\\'", BASE_INVALID,
         "at 11: the pattern of LIKE ends in a \\ that escapes nothing (write \\\\ for one)"},
        {"name like casei('a\\\\\\')", BASE_INVALID,
         "at 17: the pattern of LIKE ends in a \\ that escapes nothing (write \\\\ for one)"},
        {"s_intersects(geom)", BASE_INVALID, "at 1: S_INTERSECTS takes 2 arguments, not 1"},
        {"s_intersects(geom, name)", BASE_INVALID, "at 20: S_INTERSECTS takes geometries, not a TEXT"},
        {"casei() = 'x'", BASE_INVALID, "at 1: CASEI takes 1 argument, not 0"},
        {"t_after(start, 'x')", BASE_INVALID, "at 16: T_AFTER takes dates, times or intervals, not a TEXT"},
        {"a_contains(tags, 'x')", BASE_INVALID, "at 18: A_CONTAINS takes arrays, not a TEXT"},
        {"a_contains(tags, (1))", BASE_INVALID, "at 18: A_CONTAINS of an array of a TEXT and one of an INTEGER"},
        {"a_contains(tags, ('a', 1))", BASE_INVALID,
         "at 24: a list takes values of one type, not a TEXT and an INTEGER; a number is written without quotes"},
        {"start > now()", BASE_INVALID, "at 9: now() is for rules only"},
        {"s_within(geom, zone('lane'))", BASE_INVALID, "at 16: there is no function \"zone\" here"},
    };
    test_refuses(geo_cql2_text_in, wrong, BASE_COUNT(wrong));
}

static void refuses_places_and_times(void **state)
{
    (void)state;
    static const struct test_wrong wrong[] = {
        {"S_INTERSECTS(geom,POINT(90 180))", BASE_INVALID,
         "at 28: latitude 180 is not between -90 and 90 (longitude comes first)"},
        {"S_INTERSECTS(geom,POINT(-180.5 0))", BASE_INVALID, "at 25: longitude -180.5 is not between -180 and 180"},
        {"S_INTERSECTS(geom,LINESTRING(1 2))", BASE_INVALID, "at 29: a line has at least 2 points that differ"},
        {"S_INTERSECTS(geom,LINESTRING(1 2,1 2))", BASE_INVALID, "at 29: a line has at least 2 points that differ"},
        {"S_INTERSECTS(geom,POLYGON((0 0,1 1,0 0)))", BASE_INVALID, "at 27: a ring has at least 4 points, not 3"},
        {"S_INTERSECTS(geom,POLYGON((0 0,1 1,1 0,0 1)))", BASE_INVALID,
         "at 27: a ring is not closed: its last point must be its first"},
        {"S_INTERSECTS(geom,POLYGON((0 0,1 1,1 0,0 1,0 0)))", BASE_INVALID,
         "at 19: a polygon that is not valid: Self-intersection at 0.500000 0.500000"},
        {"S_INTERSECTS(geom,POLYGON((0 0,1 0,2 0,0 0)))", BASE_INVALID,
         "at 19: a polygon that is not valid: Self-intersection at 1.000000 0.000000"},
        {"S_INTERSECTS(geom,POLYGON((0 0,1 0,1 1,0 0),(5 5,6 5,6 6,5 5)))", BASE_INVALID,
         "at 19: a polygon that is not valid: a ring without area, or a hole outside"},
        {"S_INTERSECTS(geom,MULTIPOLYGON(((0 0,4 0,4 4,0 0)),((1 0,5 0,5 4,1 0))))", BASE_INVALID,
         "at 19: a polygon that is not valid: Self-intersection at 4.000000 0.000000"},
        {"S_INTERSECTS(geom,BBOX(1,2,3))", BASE_INVALID, "at 19: BBOX takes 4 or 6 numbers, not 3"},
        {"S_INTERSECTS(geom,BBOX(1,2,3,4,5,6,7))", BASE_INVALID, "at 36: BBOX takes 4 or 6 numbers"},
        {"S_INTERSECTS(geom,BBOX(1,5,3,4))", BASE_INVALID, "at 19: the south of a BBOX, 5, lies north of its north, 4"},
        {"S_INTERSECTS(geom,BBOX(1,2,3,91))", BASE_INVALID,
         "at 19: latitude 91 is not between -90 and 90 (BBOX is west, south, east, north)"},
        {"S_INTERSECTS(geom,BBOX(1,2,181,9))", BASE_INVALID, "at 19: longitude 181 is not between -180 and 180"},
        {"S_WITHIN(geom,GEOMETRYCOLLECTION(POINT(1 2),LINESTRING(1 2,3 4)))", BASE_UNSUPPORTED,
         "at 15: S_WITHIN of a GEOMETRYCOLLECTION; S_INTERSECTS and S_DISJOINT take one"},
        {"date = DATE('2022-02-29')", BASE_INVALID, "at 13: '2022-02-29' is no date; write one as '2026-05-01'"},
        {"date = DATE('0000-12-31')", BASE_INVALID, "at 13: '0000-12-31' is no date; write one as '2026-05-01'"},
        {"start = TIMESTAMP('2022-04-16T10:13:19')", BASE_INVALID,
         "at 19: '2022-04-16T10:13:19' is no time with its zone; write one as '2026-05-01T08:30:00Z'"},
        {"start = TIMESTAMP('2022-04-16 10:13:19Z')", BASE_INVALID,
         "at 19: '2022-04-16 10:13:19Z' is no time with its zone; write one as '2026-05-01T08:30:00Z'"},
        {"start = TIMESTAMP('2022-04-16T24:00:00Z')", BASE_INVALID,
         "at 19: '2022-04-16T24:00:00Z' is no time with its zone; write one as '2026-05-01T08:30:00Z'"},
        {"start = TIMESTAMP('2022-04-16T10:13:60Z')", BASE_INVALID,
         "at 19: '2022-04-16T10:13:60Z' is no time with its zone; write one as '2026-05-01T08:30:00Z'"},
        {"start = TIMESTAMP('9999-12-31T23:00:00-02:00')", BASE_INVALID,
         "at 19: '9999-12-31T23:00:00-02:00' is no time with its zone; write one as '2026-05-01T08:30:00Z'"},
        {"t_after(start,interval('x','..'))", BASE_INVALID,
         "at 24: 'x' is no time with its zone; write one as '2026-05-01T08:30:00Z', a date as '2026-05-01', an open "
         "end "
         "as '..'"},
        {"t_after(start,interval('2022-01-02','2022-01-01T23:00:00Z'))", BASE_INVALID,
         "at 15: an interval ends before it begins"},
        {"t_after(start,interval(name,'..'))", BASE_INVALID, "at 24: INTERVAL takes dates, times or '..', not a TEXT"},
    };
    test_refuses(geo_cql2_text_in, wrong, BASE_COUNT(wrong));
}

static void lists_the_properties_when_they_are_few(void **state)
{
    (void)state;
    const struct geo_cql2_schema schema = {.properties = test_properties, .count = 3};
    struct geo_cql2 *filter = NULL;
    assert_int_equal(geo_cql2_text_in(base_str_of("quite = 1"), &schema, &test_diag, &filter), BASE_INVALID);
    assert_string_equal(test_diag.text, "at 1: there is no property \"quite\"; there are: name, nameascii, NAME");
}

/* --- limits --- */
static void expect(struct base_str text, enum base_err expected)
{
    AUTO(geo_cql2) filter = NULL;
    enum base_err err = geo_cql2_text_in(text, &test_schema, &test_diag, &filter);
    if (err != expected) {
        fail_msg("%.40s...: %s: %s", text.at, base_error_name(err), err ? test_diag.text : "");
    }
}

/* open count times, middle, close count times */
static void expect_nested(const char *open, size_t count, const char *middle, const char *close, enum base_err expected)
{
    AUTO_VALUE(base_buf) text;
    base_buf_init(&text, 8 << 20);
    for (size_t i = 0; i < count; i++) {
        base_buf_text(&text, open);
    }
    base_buf_text(&text, middle);
    for (size_t i = 0; i < count; i++) {
        base_buf_text(&text, close);
    }
    expect(base_buf_str(&text), expected);
    if (!expected) {
        test_survives(base_buf_str(&text), &test_schema);
    }
}

static void limits_depth(void **state)
{
    (void)state;
    expect_nested("(", 64, "boolean", ")", BASE_OK);
    expect_nested("(", 65, "boolean", ")", BASE_LIMIT);
    assert_string_equal(test_diag.text, "at 65: nested deeper than 64 levels");
    expect_nested("(", 10000, "boolean", ")", BASE_LIMIT);
    expect_nested("(", 10000, "", "", BASE_LIMIT);
    expect_nested("not ", 64, "boolean", "", BASE_OK);
    expect_nested("not ", 65, "boolean", "", BASE_LIMIT);
    expect_nested("not ", 10000, "boolean", "", BASE_LIMIT);
    expect_nested("not (", 63, "name like 'a'", ")", BASE_OK);
    expect_nested("not (", 10000, "boolean", ")", BASE_LIMIT);
    expect_nested("casei(", 10000, "name", ")", BASE_LIMIT);
    expect_nested("1^", 10000, "1 = 1", "", BASE_LIMIT);
    expect_nested("1+", 62, "1 = 1", "", BASE_OK);
    expect_nested("1+", 10000, "1 = 1", "", BASE_LIMIT);
    expect_nested("-(", 61, "pop_min", ")", BASE_INVALID); /* a number, deep enough to be read */
    expect_nested("-(", 10000, "pop_min", ")", BASE_LIMIT);
    expect_nested("boolean or (boolean and (", 32, "boolean", "))", BASE_OK);
    expect_nested("a_equals((", 10000, "1", "))", BASE_LIMIT);
    expect_nested("boolean and ", 5000, "boolean", "", BASE_OK); /* one level, however long */
}

static void limits_length(void **state)
{
    (void)state;
    size_t len = 1 << 20;
    char *text = malloc(len);
    assert_non_null(text);
    memset(text, ' ', len);
    memcpy(text, "boolean", 7);
    expect((struct base_str){text, GEO_CQL2_TEXT_MAX}, BASE_OK);
    expect((struct base_str){text, GEO_CQL2_TEXT_MAX + 1}, BASE_LIMIT);
    assert_string_equal(test_diag.text, "the filter is longer than 65536 bytes");
    expect((struct base_str){text, len}, BASE_LIMIT);
    free(text);
    expect_nested("pop_min=1 or ", 4000, "boolean", "", BASE_OK);
    expect_nested("1,", 30000, "", "", BASE_INVALID);
    AUTO_VALUE(base_buf) list;
    base_buf_init(&list, 1 << 20);
    base_buf_text(&list, "pop_min in (1");
    while (list.len < GEO_CQL2_TEXT_MAX - 4) {
        base_buf_text(&list, ",1");
    }
    base_buf_text(&list, ")");
    expect(base_buf_str(&list), BASE_OK);
}

static void refuses_bytes_that_are_no_text(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        size_t len;
        const char *sentence;
    } cases[] = {
        {"name = '\xFF'", 10, "at 9: a byte that is not UTF-8"},
        {"name = 'a\xC3'", 11, "at 10: a byte that is not UTF-8"},
        {"name = '\xED\xA0\x80'", 12, "at 9: a byte that is not UTF-8"},
        {"name = '\0'", 10, "at 9: a NUL byte"},
        {"\0", 1, "at 1: a NUL byte"},
    };
    for (size_t i = 0; i < BASE_COUNT(cases); i++) {
        expect((struct base_str){cases[i].text, cases[i].len}, BASE_INVALID);
        assert_string_equal(test_diag.text, cases[i].sentence);
    }
    expect((struct base_str){NULL, 0}, BASE_INVALID);
}

/* Whatever is cut off, nothing is read past the end (AddressSanitizer sees it) and an error has a place. */
static void bears_every_prefix(void **state)
{
    (void)state;
    static const char whole[] =
        "not (name like 'a''b%' or \"date\" not in (DATE('2022-01-01'), date)) and S_INTERSECTS(geom, "
        "MULTIPOLYGON(((0 0, 1e1 0, 9 9.5, 0 0)))) and T_AFTER(INTERVAL(start, '..'), "
        "TIMESTAMP('2022-04-16T10:13:19Z')) "
        "and pop_min between -1 and 5 div 2 and A_OVERLAPS(tags, ('x', casei(name))) and boolean is not null";
    AUTO(geo_cql2) filter = test_from_text(whole, &test_schema);
    for (size_t len = 0; len < sizeof whole - 1; len++) {
        char *exact = malloc(len ? len : 1);
        assert_non_null(exact);
        memcpy(exact, whole, len);
        struct geo_cql2 *part = NULL;
        enum base_err err = geo_cql2_text_in((struct base_str){exact, len}, &test_schema, &test_diag, &part);
        free(exact);
        assert_true(!err || (err == BASE_INVALID && strncmp(test_diag.text, "at ", 3) == 0));
        geo_cql2_free(part);
    }
}

/* --- schemas --- */
static void reads_without_a_schema(void **state)
{
    (void)state;
    AUTO(geo_cql2)
    filter = test_from_text("a.b = 1 and zone('x') is null and s_within(g, estate()) and c > now()", NULL);
    test_writes(filter, "a.b = 1 AND ZONE('x') IS NULL AND S_WITHIN(g, ESTATE()) AND c > NOW()");
    struct geo_cql2 *wrong = NULL;
    assert_int_equal(geo_cql2_text_in(base_str_of("1 = 'a'"), NULL, NULL, &wrong), BASE_INVALID);
}

static void asks_for_outlines(void **state)
{
    (void)state;
    AUTO(geo_cql2) filter = test_from_text("s_within(geom, zone('lane')) or s_disjoint(estate(), geom)", &test_rules);
    test_writes(filter, "S_WITHIN(geom, ZONE('lane')) OR S_DISJOINT(ESTATE(), geom)");
    AUTO(geo_cql2) rule = test_from_text("t_after(start, interval('2022-01-01', now()))", &test_rules);
    test_writes(rule, "T_AFTER(start, INTERVAL('2022-01-01', NOW()))");
    static const char *const wrong[][2] = {
        {"s_within(geom, zone('no'))", "at 16: there is no zone 'no'"},
        {"s_within(geom, zone(name))", "at 21: ZONE takes the name of a zone in quotes, not a TEXT"},
        {"s_within(geom, zone())", "at 16: ZONE takes 1 argument, not 0"},
        {"s_within(geom, estate('x'))", "at 16: ESTATE takes 0 arguments, not 1"},
    };
    for (size_t i = 0; i < BASE_COUNT(wrong); i++) {
        struct geo_cql2 *none = NULL;
        assert_int_equal(geo_cql2_text_in(base_str_of(wrong[i][0]), &test_rules, &test_diag, &none), BASE_INVALID);
        assert_string_equal(test_diag.text, wrong[i][1]);
    }
}

static void knows_what_it_uses(void **state)
{
    (void)state;
    AUTO(geo_cql2)
    filter = test_from_text("name in ('a', nameascii) or t_after(interval(start, '..'), date)", &test_schema);
    static const bool used[] = {true, true, false, false, false, false, false, false, true, true, false, false, false};
    for (uint32_t i = 0; i < BASE_COUNT(used); i++) {
        assert_int_equal(geo_cql2_uses(filter, i), used[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_all_forms),
        cmocka_unit_test(refuses_syntax),
        cmocka_unit_test(refuses_what_does_not_fit),
        cmocka_unit_test(refuses_places_and_times),
        cmocka_unit_test(lists_the_properties_when_they_are_few),
        cmocka_unit_test(limits_depth),
        cmocka_unit_test(limits_length),
        cmocka_unit_test(refuses_bytes_that_are_no_text),
        cmocka_unit_test(bears_every_prefix),
        cmocka_unit_test(reads_without_a_schema),
        cmocka_unit_test(asks_for_outlines),
        cmocka_unit_test(knows_what_it_uses),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
