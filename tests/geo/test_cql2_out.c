/* geo/cql2_text_out.c, cql2_json_out.c: one way to write each filter, which reads back as the same. */
#include "cql2_in_test.h"

static void writes_json(void **state)
{
    (void)state;
    static const char *const forms[][2] = {
        {"name not like 'a\"\n'",
         "{\"op\":\"not\",\"args\":[{\"op\":\"like\",\"args\":[{\"property\":\"name\"},\"a\\\"\\n\"]}]}"},
        {"height_m in (1, 2.0, 1e300, -0.5)",
         "{\"op\":\"in\",\"args\":[{\"property\":\"height_m\"},[1,2.0,1e+300,-0.5]]}"},
        {"pop_min between 1 and 2 div 3",
         "{\"op\":\"between\",\"args\":[{\"property\":\"pop_min\"},1,{\"op\":\"div\",\"args\":[2,3]}]}"},
        {"name is not null or boolean = true",
         "{\"op\":\"or\",\"args\":[{\"op\":\"not\",\"args\":[{\"op\":\"isNull\",\"args\":[{\"property\":\"name\"}]}]},"
         "{\"op\":\"=\",\"args\":[{\"property\":\"boolean\"},true]}]}"},
        {"t_metby(interval(start,'..'),timestamp('2022-04-16T10:13:19.25Z'))",
         "{\"op\":\"t_metBy\",\"args\":[{\"interval\":[{\"property\":\"start\"},\"..\"]},"
         "{\"timestamp\":\"2022-04-16T10:13:19.250Z\"}]}"},
        {"t_equals(date('2022-04-16'),interval('2022-04-16','2022-04-17T00:00:00Z'))",
         "{\"op\":\"t_equals\",\"args\":[{\"date\":\"2022-04-16\"},"
         "{\"interval\":[\"2022-04-16\",\"2022-04-17T00:00:00Z\"]}]}"},
        {"a_overlaps(tags,('a'))", "{\"op\":\"a_overlaps\",\"args\":[{\"property\":\"tags\"},[\"a\"]]}"},
        {"s_intersects(geom,bbox(0,40,10,50))",
         "{\"op\":\"s_intersects\",\"args\":[{\"property\":\"geom\"},{\"bbox\":[0,40,10,50]}]}"},
        {"s_intersects(geom,multipolygon(((0 0,1 0,1 1,0 0)),((2 2,3 2,3 3,2 2))))",
         "{\"op\":\"s_intersects\",\"args\":[{\"property\":\"geom\"},{\"type\":\"MultiPolygon\",\"coordinates\":"
         "[[[[0,0],[1,0],[1,1],[0,0]]],[[[2,2],[3,2],[3,3],[2,2]]]]}]}"},
        {"s_intersects(geom,geometrycollection(point(7.02 49.92),multipoint(1 2,3 4)))",
         "{\"op\":\"s_intersects\",\"args\":[{\"property\":\"geom\"},{\"type\":\"GeometryCollection\",\"geometries\":["
         "{\"type\":\"Point\",\"coordinates\":[7.02,49.92]},{\"type\":\"MultiPoint\",\"coordinates\":[[1,2],[3,4]]}]}]"
         "}"},
        {"s_within(geom,zone('lane'))",
         "{\"op\":\"s_within\",\"args\":[{\"property\":\"geom\"},{\"op\":\"zone\",\"args\":[\"lane\"]}]}"},
    };
    for (size_t i = 0; i < BASE_COUNT(forms); i++) {
        AUTO(geo_cql2) filter = test_from_text(forms[i][0], &test_rules);
        test_writes_json(filter, forms[i][1]);
    }
}

/* A name that is a keyword, or no name at all, stands in quotes. */
static void quotes_names(void **state)
{
    (void)state;
    static const char *const names[][2] = {
        {"a", "a"},
        {"a.b:c_1", "a.b:c_1"},
        {"1a", "\"1a\""},
        {"and", "\"and\""},
        {"Null", "\"Null\""},
        {"bbox", "\"bbox\""},
        {"t_after", "\"t_after\""},
        {"a-b", "\"a-b\""},
        {"a b", "\"a b\""},
        {"a\"b", "\"a\"\"b\""},
        {"\xC3\x97", "\"\xC3\x97\""},
        {"\xC3\xA9t\xC3\xA9", "\xC3\xA9t\xC3\xA9"},
        {"x\xCC\x81", "x\xCC\x81"},
        {"\xCC\x81x", "\"\xCC\x81x\""},
        {"now", "\"now\""},
    };
    for (size_t i = 0; i < BASE_COUNT(names); i++) {
        struct geo_cql2_property property = {.name = names[i][0], .type = GEO_CQL2_BOOLEAN};
        struct geo_cql2_schema schema = {.properties = &property, .count = 1};
        AUTO(geo_cql2) filter = test_from_text(names[i][1], &schema);
        test_writes(filter, names[i][1]);
        test_survives(base_str_of(names[i][1]), &schema);
    }
}

static void numbers_read_back_as_the_same(void **state)
{
    (void)state;
    uint64_t bits = UINT64_C(88172645463325252); /* xorshift: any doubles, the same each time */
    for (int i = 0; i < 20000; i++) {
        bits ^= bits << 13;
        bits ^= bits >> 7;
        bits ^= bits << 17;
        double value;
        uint64_t finite = bits & ~(UINT64_C(1) << 62); /* no infinity, no NaN */
        memcpy(&value, &finite, sizeof value);
        char text[64];
        snprintf(text, sizeof text, "height_m = %.17g", value);
        AUTO(geo_cql2) filter = test_from_text(text, &test_schema);
        AUTO_VALUE(base_buf) written;
        base_buf_init(&written, 128);
        geo_cql2_text_out(filter, &written);
        assert_true(strtod(base_buf_cstr(&written) + strlen("height_m = "), NULL) == value);
        test_survives(base_buf_str(&written), &test_schema);
    }
}

static void the_vectors_survive(void **state)
{
    (void)state;
    const char *shared = fixture_shared();
    if (!shared) {
        skip();
    }
    char path[4096];
    snprintf(path, sizeof path, "%s/cql2/vectors.tsv", shared);
    AUTO_VALUE(base_buf) file;
    base_buf_init(&file, 1 << 20);
    test_ok(base_file_read(path, 1 << 20, &test_diag, &file));
    struct base_str rest = base_buf_str(&file), line, field;
    size_t count = 0;
    for (base_str_next(&rest, '\n', &line); base_str_next(&rest, '\n', &line) && line.len; count++) {
        for (int i = 0; i < 4; i++) {
            assert_true(base_str_next(&line, '\t', &field));
        }
        test_survives(field, &test_schema);
    }
    assert_int_equal(count, 176);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(writes_json),
        cmocka_unit_test(quotes_names),
        cmocka_unit_test(numbers_read_back_as_the_same),
        cmocka_unit_test(the_vectors_survive),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
