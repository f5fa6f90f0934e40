/* Filters that must be refused (cql2_wrong.tsv): the error, where it is, and a part of the sentence. */
#include "data_test.h"

#include "geo/geo.h"

static const struct geo_cql2_property properties[] = {
    {"flag", GEO_CQL2_BOOLEAN, 0, "t.flag"},
    {"i4", GEO_CQL2_INTEGER, 0, "t.i4"},
    {"f8", GEO_CQL2_NUMBER, 0, "t.f8"},
    {"name", GEO_CQL2_TEXT, 0, "t.name"},
    {"other", GEO_CQL2_TEXT, 0, "t.other"},
    {"Long Name", GEO_CQL2_TEXT, 0, "t.\"Long Name\""},
    {"d", GEO_CQL2_DATE, 0, "t.d"},
    {"ts", GEO_CQL2_TIMESTAMP, 0, "t.ts"},
    {"pt", GEO_CQL2_GEOMETRY, 0, "t.pt"},
    {"mix", GEO_CQL2_GEOMETRY, 0, "t.mix"},
    {"tags", GEO_CQL2_ARRAY, GEO_CQL2_TEXT, "t.tags"},
    {"nums", GEO_CQL2_ARRAY, GEO_CQL2_INTEGER, "t.nums"},
    {"days", GEO_CQL2_ARRAY, GEO_CQL2_DATE, "t.days"},
};
static const struct geo_cql2_schema schema = {.properties = properties, .count = BASE_COUNT(properties)};

static enum base_err read_filter(bool json, struct base_str filter, struct base_diag *diag)
{
    AUTO(geo_cql2) read = NULL;
    diag->text[0] = '\0';
    return json ? geo_cql2_json_in(filter, &schema, diag, &read) : geo_cql2_text_in(filter, &schema, diag, &read);
}

/* true when the row came out as it says. */
static bool row_right(const struct base_str *column)
{
    struct base_diag diag;
    char part[256], where[32] = "";
    int64_t at = 0;
    assert_true(base_str_i64(column[1], &at));
    enum base_err err = read_filter(base_str_is(column[0], "json"), column[4], &diag);
    snprintf(part, sizeof part, "%.*s", (int)column[3].len, column[3].at);
    if (at) {
        snprintf(where, sizeof where, "at %lld: ", (long long)at);
    }
    bool right = base_str_is(column[2], base_error_name(err)) && *diag.text && strstr(diag.text, part) &&
                 strncmp(diag.text, where, strlen(where)) == 0;
    if (!right) {
        print_message("%.*s\n  expected %.*s %s...%s\n  got %s %s\n", (int)column[4].len, column[4].at,
                      (int)column[2].len, column[2].at, where, part, base_error_name(err), diag.text);
    }
    return right;
}

static void refused(void **state)
{
    struct base_buf buf;
    struct base_str line, column[5] = {{NULL, 0}};
    char path[4096];
    int rows = 0, right = 0;
    (void)state;
    snprintf(path, sizeof path, "%s/tests/data/cql2_wrong.tsv", fixture_source());
    base_buf_init(&buf, 1 << 20);
    test_ok(base_file_read(path, 1 << 20, &test_diag, &buf));
    struct base_str rest = base_buf_str(&buf);
    while (base_str_next(&rest, '\n', &line)) {
        if (!line.len || *line.at == '#') {
            continue;
        }
        for (int i = 0; i < 4; i++) {
            assert_true(base_str_next(&line, '\t', &column[i]));
        }
        column[4] = line;
        rows++;
        right += row_right(column);
    }
    base_buf_release(&buf);
    print_message("%d of %d refused as they must be\n", right, rows);
    assert_true(rows >= 120);
    assert_int_equal(right, rows);
}

/* head, count times piece, middle, count times closing piece. */
static enum base_err nested(bool json, const char *piece, size_t count, const char *middle, const char *closing)
{
    struct base_buf buf;
    base_buf_init(&buf, 64 << 20);
    for (size_t i = 0; i < count; i++) {
        base_buf_text(&buf, piece);
    }
    base_buf_text(&buf, middle);
    for (size_t i = 0; i < count; i++) {
        base_buf_text(&buf, closing);
    }
    test_ok(buf.err);
    enum base_err err = read_filter(json, base_buf_str(&buf), &test_diag);
    base_buf_release(&buf);
    return err;
}

static void too_deep(void **state)
{
    (void)state;
    static const struct {
        bool json;
        const char *piece, *middle, *closing;
    } rows[] = {
        {false, "(", "flag", ")"},
        {false, "NOT ", "flag", ""},
        {false, "(NOT ", "flag", ")"},
        {false, "flag AND (", "flag", ")"},
        {false, "flag OR flag AND (", "flag", ")"},
        {false, "CASEI(", "name", ")"},
        {false, "-", "i4 = 1", ""},
        {false, "2 ^ (", "2", ")"},
        {false, "GEOMETRYCOLLECTION(", "POINT(0 0)", ")"},
        {false, "S_INTERSECTS(", "pt", ")"},
        {false, "A_EQUALS(tags, (", "", "))"},
        {true, "{\"op\":\"not\",\"args\":[", "true", "]}"},
        {true, "{\"op\":\"and\",\"args\":[true,", "true", "]}"},
        {true, "[", "", "]"},
        {true, "{\"op\":", "", "}"},
    };
    for (size_t i = 0; i < BASE_COUNT(rows); i++) {
        static const size_t counts[] = {100, 4000, 10000, 200000};
        for (size_t j = 0; j < BASE_COUNT(counts); j++) {
            enum base_err err = nested(rows[i].json, rows[i].piece, counts[j], rows[i].middle, rows[i].closing);
            if (err != BASE_LIMIT && err != BASE_INVALID) {
                fail_msg("%s... %zu times: %s", rows[i].piece, counts[j], base_error_name(err));
            }
        }
    }
    assert_int_equal(nested(false, "(NOT ", 10000, "flag", ")"), BASE_LIMIT);
    assert_int_equal(nested(false, "NOT ", 100, "flag", ""), BASE_LIMIT);
    assert_int_equal(nested(true, "{\"op\":\"not\",\"args\":[", 100, "true", "]}"), BASE_LIMIT);
}

static void too_long(void **state)
{
    (void)state;
    static char text[1 << 20];
    memset(text, ' ', sizeof text);
    memcpy(text, "flag", 4);
    assert_int_equal(read_filter(false, (struct base_str){text, sizeof text}, &test_diag), BASE_LIMIT);
    assert_int_equal(read_filter(false, (struct base_str){text, GEO_CQL2_TEXT_MAX + 1}, &test_diag), BASE_LIMIT);
    assert_int_equal(read_filter(false, (struct base_str){text, GEO_CQL2_TEXT_MAX}, &test_diag), BASE_OK);
    memset(text, 'a', sizeof text);
    assert_int_equal(read_filter(false, (struct base_str){text, sizeof text}, &test_diag), BASE_LIMIT);
    memset(text, ' ', sizeof text);
    memcpy(text, "true", 4);
    assert_int_equal(read_filter(true, (struct base_str){text, sizeof text}, &test_diag), BASE_LIMIT);
}

/* Lines of a filter that meet themselves more often than any engine should have to work out. */
static void tangled(void **state)
{
    (void)state;
    static const struct {
        const char *head, *piece, *tail;
        size_t count;
        enum base_err err;
    } rows[] = {
        {"S_CROSSES(mix, LINESTRING(0 0", ",9 9,0 9,9 0,0 0", "))", 4000, BASE_LIMIT},
        {"S_CROSSES(mix, LINESTRING(0 0", ",9 9,0 9,9 0,0 0", "))", 20, BASE_OK},
        {"S_CROSSES(mix, MULTILINESTRING((0 0,0 1)", ",(0 0,9 9)", "))", 5000, BASE_LIMIT},
        {"S_CROSSES(mix, MULTILINESTRING((0 0,0 1)", ",(0 0,0 9)", "))", 60, BASE_OK},
        {"flag", " OR S_EQUALS(mix, LINESTRING(0 0,9 9,0 9,9 0,0 5,9 5,5 0,5 9,1 1,4 5,7 3,3 1))", "", 700, BASE_LIMIT},
        {"flag", " OR S_EQUALS(mix, LINESTRING(0 0,1 0,2 1,3 0,4 1))", "", 1200, BASE_OK},
    };
    for (size_t i = 0; i < BASE_COUNT(rows); i++) {
        AUTO_VALUE(base_buf) buf;
        base_buf_init(&buf, 1 << 20);
        base_buf_text(&buf, rows[i].head);
        for (size_t k = 0; k < rows[i].count; k++) {
            base_buf_text(&buf, rows[i].piece);
        }
        base_buf_text(&buf, rows[i].tail);
        enum base_err err = read_filter(false, base_buf_str(&buf), &test_diag);
        if (err != rows[i].err || (err && !strstr(test_diag.text, "cross themselves"))) {
            fail_msg("row %zu: %s: %s", i, base_error_name(err), test_diag.text);
        }
    }
}

/* Bytes that are no text: refused, whatever they are. */
static void no_text(void **state)
{
    (void)state;
    static const struct base_str rows[] = {{"name = '\xff'", 10},
                                           {"name = '\xc3'", 10},
                                           {"name = 'a\0b'", 12},
                                           {"\xef\xbb\xbf\xff", 4},
                                           {"name = '\xed\xa0\x80'", 12},
                                           {"name = '\xf4\x90\x80\x80'", 13},
                                           {"\0", 1},
                                           {"name\0 = 'a'", 11},
                                           {"name = 'a' \x01", 12},
                                           {"name = '\xc0\x80'", 11},
                                           {"\xe2\x80\x9cname\xe2\x80\x9d = 'a'", 16}};
    for (size_t i = 0; i < BASE_COUNT(rows); i++) {
        assert_int_equal(read_filter(false, rows[i], &test_diag), BASE_INVALID);
    }
    static const char lone[] = "{\"op\":\"=\",\"args\":[{\"property\":\"name\"},\"\xff\"]}";
    assert_int_equal(read_filter(true, (struct base_str){lone, sizeof lone - 1}, &test_diag), BASE_INVALID);
    static const char nul[] = "{\"op\":\"=\",\"args\":[{\"property\":\"name\"},\"a\\u0000b\"]}";
    assert_int_equal(read_filter(true, (struct base_str){nul, sizeof nul - 1}, &test_diag), BASE_INVALID);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(refused), cmocka_unit_test(too_deep),
                                       cmocka_unit_test(too_long), cmocka_unit_test(tangled),
                                       cmocka_unit_test(no_text)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
