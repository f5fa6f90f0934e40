/* geo/cql2_json_in.c: the standard's JSON, strictly. */
#include "cql2_in_test.h"

#define NAME "{\"property\":\"name\"}"
#define GEOM "{\"property\":\"geom\"}"

static void reads_all_forms(void **state)
{
    (void)state;
    static const char *const forms[][2] = {
        {"{\"op\":\"=\",\"args\":[" NAME ",\"it's\"]}", "name = 'it''s'"},
        {"{\"args\":[" NAME ",\"a\\n\\u00e9\"],\"op\":\"<>\"}", "name <> 'a\n\xC3\xA9'"},
        {"true", "TRUE"},
        {"{\"property\":\"boolean\"}", "boolean"},
        {"{\"op\":\"and\",\"args\":[{\"op\":\"or\",\"args\":[true,false]},{\"op\":\"not\",\"args\":[true]}]}",
         "(TRUE OR FALSE) AND NOT TRUE"},
        {"{\"op\":\"not\",\"args\":[{\"op\":\"like\",\"args\":[{\"op\":\"casei\",\"args\":[" NAME
         "]},{\"op\":\"accenti\",\"args\":[\"a%\"]}]}]}",
         "CASEI(name) NOT LIKE ACCENTI('a%')"},
        {"{\"op\":\"in\",\"args\":[" NAME ",[\"a\",\"b\"]]}", "name IN ('a', 'b')"},
        {"{\"op\":\"between\",\"args\":[{\"property\":\"pop_min\"},-1,2.5]}", "pop_min BETWEEN -1 AND 2.5"},
        {"{\"op\":\"isNull\",\"args\":[" GEOM "]}", "geom IS NULL"},
        {"{\"op\":\"=\",\"args\":[{\"op\":\"div\",\"args\":[{\"op\":\"^\",\"args\":[2,3]},{\"op\":\"%\",\"args\":[7,4]}"
         "]},"
         "2]}",
         "2 ^ 3 DIV (7 % 4) = 2"},
        {"{\"op\":\">\",\"args\":[{\"property\":\"height_m\"},99999999999999999999]}", "height_m > 1e+20"},
        {"{\"op\":\"=\",\"args\":[{\"property\":\"date\"},{\"date\":\"2022-04-16\"}]}",
         "\"date\" = DATE('2022-04-16')"},
        {"{\"op\":\"<\",\"args\":[{\"property\":\"start\"},{\"timestamp\":\"2022-04-16T10:13:19Z\"}]}",
         "start < TIMESTAMP('2022-04-16T10:13:19Z')"},
        {"{\"op\":\"t_finishedBy\",\"args\":[{\"interval\":[{\"property\":\"start\"},{\"property\":\"end\"}]},"
         "{\"interval\":[\"..\",\"2022-04-16\"]}]}",
         "T_FINISHEDBY(INTERVAL(start, end), INTERVAL('..', '2022-04-16'))"},
        {"{\"op\":\"a_containedBy\",\"args\":[{\"property\":\"tags\"},[\"a\",\"b\"]]}",
         "A_CONTAINEDBY(tags, ('a', 'b'))"},
        {"{\"op\":\"a_equals\",\"args\":[{\"property\":\"tags\"},[]]}", "A_EQUALS(tags, ())"},
        {"{\"op\":\"s_intersects\",\"args\":[" GEOM ",{\"bbox\":[170,-1,-170,1]}]}",
         "S_INTERSECTS(geom, BBOX(170, -1, -170, 1))"},
        {"{\"op\":\"s_intersects\",\"args\":[" GEOM ",{\"bbox\":[1,2,0,3,4,100]}]}",
         "S_INTERSECTS(geom, BBOX(1, 2, 3, 4))"},
        {"{\"op\":\"s_within\",\"args\":[{\"type\":\"Point\",\"coordinates\":[1,2.5,3]}," GEOM "]}",
         "S_WITHIN(POINT(1 2.5), geom)"},
        {"{\"op\":\"s_within\",\"args\":[{\"type\":\"MultiPoint\",\"bbox\":[1,2,3,4],\"coordinates\":[[1,2],[3,4]]}"
         "," GEOM "]}",
         "S_WITHIN(MULTIPOINT((1 2), (3 4)), geom)"},
        {"{\"op\":\"s_crosses\",\"args\":[" GEOM ",{\"type\":\"LineString\",\"coordinates\":[[1,2],[3,4]]}]}",
         "S_CROSSES(geom, LINESTRING(1 2, 3 4))"},
        {"{\"op\":\"s_touches\",\"args\":[" GEOM
         ",{\"type\":\"MultiLineString\",\"coordinates\":[[[1,2],[3,4]],[[5,6],[7,8]]]}]}",
         "S_TOUCHES(geom, MULTILINESTRING((1 2, 3 4), (5 6, 7 8)))"},
        {"{\"op\":\"s_overlaps\",\"args\":[" GEOM
         ",{\"type\":\"Polygon\",\"coordinates\":[[[0,0],[9,0],[9,9],[0,0]],[[3,1],[4,1],[4,2],[3,1]]]}]}",
         "S_OVERLAPS(geom, POLYGON((0 0, 9 0, 9 9, 0 0), (3 1, 4 1, 4 2, 3 1)))"},
        {"{\"op\":\"s_equals\",\"args\":[" GEOM
         ",{\"type\":\"MultiPolygon\",\"coordinates\":[[[[0,0],[1,0],[1,1],[0,0]]],[[[5,5],[6,5],[6,6],[5,5]]]]}]}",
         "S_EQUALS(geom, MULTIPOLYGON(((0 0, 1 0, 1 1, 0 0)), ((5 5, 6 5, 6 6, 5 5))))"},
        {"{\"op\":\"s_disjoint\",\"args\":[" GEOM
         ",{\"type\":\"GeometryCollection\",\"geometries\":[{\"type\":\"Point\",\"coordinates\":[1,2]},"
         "{\"type\":\"LineString\",\"coordinates\":[[1,2],[3,4]]}]}]}",
         "S_DISJOINT(geom, GEOMETRYCOLLECTION(POINT(1 2), LINESTRING(1 2, 3 4)))"},
        {"{\"op\":\"s_within\",\"args\":[" GEOM ",{\"op\":\"zone\",\"args\":[\"lane\"]}]}",
         "S_WITHIN(geom, ZONE('lane'))"},
        {"{\"op\":\"s_within\",\"args\":[" GEOM ",{\"op\":\"estate\",\"args\":[]}]}", "S_WITHIN(geom, ESTATE())"},
        {"{\"op\":\">\",\"args\":[{\"property\":\"start\"},{\"op\":\"now\",\"args\":[]}]}", "start > NOW()"},
    };
    for (size_t i = 0; i < BASE_COUNT(forms); i++) {
        AUTO(geo_cql2) filter = test_from_json(forms[i][0], &test_rules);
        test_writes(filter, forms[i][1]);
        test_survives(base_str_of(forms[i][1]), &test_rules);
    }
}

static void refuses_with_a_place(void **state)
{
    (void)state;
    static const struct test_wrong wrong[] = {
        {"", BASE_INVALID, "not JSON: line 1 column 1: parse error: premature EOF"},
        {"null", BASE_INVALID, "at 1: null is no value; \"isNull\" asks for it"},
        {"5", BASE_INVALID, "at 1: a filter is a condition, not an INTEGER"},
        {" [true]", BASE_INVALID, "at 2: a filter is a condition, not an ARRAY"},
        {"{}", BASE_INVALID,
         "at 1: an object has \"op\", \"property\", \"type\", \"bbox\", \"interval\", \"date\" or \"timestamp\""},
        {"{\"op\":5,\"args\":[]}", BASE_INVALID, "at 7: \"op\" is a text"},
        {"{\"op\":\"AND\",\"args\":[true,true]}", BASE_INVALID, "at 7: there is no operation \"AND\""},
        {"{\"op\":\"interval\",\"args\":[1,2]}", BASE_INVALID, "at 7: there is no operation \"interval\""},
        {"{\"op\":\"\",\"args\":[1,2]}", BASE_INVALID, "at 7: there is no operation \"\""},
        {"{\"op\":\"not\"}", BASE_INVALID, "at 1: \"op\" without \"args\""},
        {"{\"op\":\"not\",\"args\":true}", BASE_INVALID, "at 20: \"args\" is an array"},
        {"{\"op\":\"not\",\"args\":[true],\"x\":1}", BASE_INVALID, "at 1: \"x\" does not belong beside \"op\""},
        {"{\"op\":\"and\",\"args\":[true]}", BASE_INVALID, "at 1: AND takes at least 2 arguments, not 1"},
        {"{\"op\":\"not\",\"args\":[true,true]}", BASE_INVALID, "at 1: NOT takes 1 argument, not 2"},
        {"{\"op\":\"=\",\"args\":[" NAME ",1]}", BASE_INVALID,
         "at 39: = takes values of one type, not a TEXT and an INTEGER; a number is written without quotes"},
        {"{\"op\":\"=\",\"args\":[{\"property\":\"nam\"},1]}", BASE_INVALID,
         "at 19: there is no property \"nam\"; did you mean \"name\"?"},
        {"{\"op\":\"=\",\"args\":[{\"property\":\"\"},1]}", BASE_INVALID, "at 19: \"property\" is a name"},
        {"{\"op\":\"in\",\"args\":[" NAME ",\"a\"]}", BASE_INVALID,
         "at 19: \"in\" takes a value and an array of values"},
        {"{\"op\":\"in\",\"args\":[" NAME ",[]]}", BASE_INVALID, "at 40: \"in\" needs at least one value"},
        {"{\"op\":\"isNull\",\"args\":[[1]]}", BASE_INVALID, "at 24: IS NULL takes a value, not an ARRAY"},
        {"{\"op\":\"s_within\",\"args\":[" GEOM ",{\"type\":\"Point\",\"coordinates\":[90,180]}]}", BASE_INVALID,
         "at 76: latitude 180 is not between -90 and 90 (longitude comes first)"},
        {"{\"op\":\"s_within\",\"args\":[" GEOM ",{\"type\":\"Point\",\"coordinates\":[]}]}", BASE_INVALID,
         "at 76: a position is 2 or 3 numbers in an array"},
        {"{\"op\":\"s_within\",\"args\":[" GEOM ",{\"type\":\"Point\"}]}", BASE_INVALID,
         "at 46: \"type\" without \"coordinates\""},
        {"{\"op\":\"s_within\",\"args\":[" GEOM ",{\"type\":\"Feature\",\"coordinates\":[]}]}", BASE_INVALID,
         "at 46: \"Feature\" is no geometry that may stand here"},
        {"{\"op\":\"s_within\",\"args\":[" GEOM ",{\"type\":\"Polygon\",\"coordinates\":[]}]}", BASE_INVALID,
         "at 78: coordinates are an array that is not empty"},
        {"{\"op\":\"s_within\",\"args\":[" GEOM ",{\"bbox\":[1,2,\"3\",4]}]}", BASE_INVALID,
         "at 59: \"bbox\" is an array of 4 or 6 numbers"},
        {"{\"op\":\"t_after\",\"args\":[{\"property\":\"start\"},{\"interval\":[\"..\"]}]}", BASE_INVALID,
         "at 58: \"interval\" is an array of 2 ends"},
        {"{\"op\":\"<\",\"args\":[{\"property\":\"start\"},{\"timestamp\":\"2022\"}]}", BASE_INVALID,
         "at 53: '2022' is no time with its zone; write one as '2026-05-01T08:30:00Z'"},
        {"{\"op\":\"<\",\"args\":[{\"property\":\"start\"},{\"date\":5}]}", BASE_INVALID,
         "at 48: a date or time is a text"},
        {"{\"op\":\"=\",\"args\":[" NAME ",\"\xFF\"]}", BASE_INVALID,
         "not JSON: line 1 column 41: lexical error: invalid bytes in UTF8 string."},
        {"{\"op\":\"not\",\"args\":[true],\"op\":\"not\"}", BASE_INVALID,
         "not JSON: line 1 column 37: a key comes twice in an object"},
    };
    test_refuses(geo_cql2_json_in, wrong, BASE_COUNT(wrong));
}

static void expect_nested(const char *open, size_t count, const char *middle, const char *close, enum base_err expected)
{
    AUTO(geo_cql2) filter = NULL;
    AUTO_VALUE(base_buf) json;
    base_buf_init(&json, 8 << 20);
    for (size_t i = 0; i < count; i++) {
        base_buf_text(&json, open);
    }
    base_buf_text(&json, middle);
    for (size_t i = 0; i < count; i++) {
        base_buf_text(&json, close);
    }
    enum base_err err = geo_cql2_json_in(base_buf_str(&json), &test_schema, &test_diag, &filter);
    if (err != expected) {
        fail_msg("%s x %zu: %s: %s", open, count, base_error_name(err), err ? test_diag.text : "");
    }
}

static void has_limits(void **state)
{
    (void)state;
    static const char not [] = "{\"op\":\"not\",\"args\":[";
    expect_nested(not, 64, "true", "]}", BASE_OK);
    expect_nested(not, 65, "true", "]}", BASE_LIMIT);
    assert_string_equal(test_diag.text, "at 1281: nested deeper than 64 levels");
    expect_nested(not, 10000, "true", "]}", BASE_LIMIT);
    expect_nested("[", 10000, "", "]", BASE_LIMIT);
    expect_nested("[", 10000, "", "", BASE_LIMIT);
    expect_nested("{\"op\":", 10000, "1", "}", BASE_LIMIT);
    expect_nested("{\"interval\":[", 10000, "1", "]}", BASE_LIMIT);
    expect_nested(" ", 1 << 20, "true", "", BASE_LIMIT);
    assert_string_equal(test_diag.text, "the filter is longer than 262144 bytes");
    expect_nested(" ", GEO_CQL2_JSON_MAX - 4, "true", "", BASE_OK);
}

/* A tree as deep as may be, with the deepest literal at its end. */
static void the_deepest_filter_survives(void **state)
{
    (void)state;
    AUTO_VALUE(base_buf) text;
    base_buf_init(&text, 1 << 16);
    for (int i = 0; i < GEO_CQL2_DEPTH_MAX - 1; i++) {
        base_buf_text(&text, "not (");
    }
    base_buf_text(&text, "s_intersects(geom, geometrycollection(multipolygon(((0 0,1 0,1 1,0 0)),((2 2,3 2,3 3,2 2))), "
                         "point(0 0)))");
    for (int i = 0; i < GEO_CQL2_DEPTH_MAX - 1; i++) {
        base_buf_text(&text, ")");
    }
    test_survives(base_buf_str(&text), &test_schema);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_all_forms),
        cmocka_unit_test(refuses_with_a_place),
        cmocka_unit_test(has_limits),
        cmocka_unit_test(the_deepest_filter_survives),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
