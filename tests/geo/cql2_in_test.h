/* What the tests of filters' readers and writers share: one schema, and both notations of a filter. */
#ifndef HUTONG_TESTS_CQL2_IN_TEST_H
#define HUTONG_TESTS_CQL2_IN_TEST_H

#include "geo_test.h"

/* The properties of all layers of shared/cql2, and some more. */
static const struct geo_cql2_property test_properties[] = {
    {.name = "name", .type = GEO_CQL2_TEXT},
    {.name = "nameascii", .type = GEO_CQL2_TEXT},
    {.name = "NAME", .type = GEO_CQL2_TEXT},
    {.name = "POP_EST", .type = GEO_CQL2_INTEGER},
    {.name = "pop_other", .type = GEO_CQL2_INTEGER},
    {.name = "pop_min", .type = GEO_CQL2_INTEGER},
    {.name = "pop_max", .type = GEO_CQL2_INTEGER},
    {.name = "height_m", .type = GEO_CQL2_NUMBER},
    {.name = "date", .type = GEO_CQL2_DATE},
    {.name = "start", .type = GEO_CQL2_TIMESTAMP},
    {.name = "end", .type = GEO_CQL2_TIMESTAMP},
    {.name = "boolean", .type = GEO_CQL2_BOOLEAN},
    {.name = "geom", .type = GEO_CQL2_GEOMETRY},
    {.name = "tags", .type = GEO_CQL2_ARRAY, .element = GEO_CQL2_TEXT},
    {.name = "it's \"so\"", .type = GEO_CQL2_INTEGER},
    {.name = "楼高", .type = GEO_CQL2_NUMBER},
};

/* zone('lane') is a square; estate() the same. */
static inline enum base_err test_outline(void *of, const char *function, struct base_str name, struct base_diag *diag,
                                         struct geo_shape *shape)
{
    (void)of;
    if (strcmp(function, "zone") == 0 && !base_str_is(name, "lane")) {
        return base_diag_set(diag, BASE_NOT_FOUND, "there is no zone '%.*s'", (int)name.len, name.at);
    }
    geo_shape_reset(shape, GEO_SHAPE_AREA);
    test_square(shape, 121, 31, 0.5);
    return BASE_OK;
}

static const struct geo_cql2_schema test_schema = {.properties = test_properties, .count = BASE_COUNT(test_properties)};
static const struct geo_cql2_schema test_rules = {
    .properties = test_properties, .count = BASE_COUNT(test_properties), .rules = true, .outline = test_outline};

static inline struct geo_cql2 *test_from_text(const char *text, const struct geo_cql2_schema *schema)
{
    struct geo_cql2 *filter = NULL;
    if (geo_cql2_text_in(base_str_of(text), schema, &test_diag, &filter)) {
        fail_msg("%s: %s", text, test_diag.text);
    }
    return filter;
}

static inline struct geo_cql2 *test_from_json(const char *json, const struct geo_cql2_schema *schema)
{
    struct geo_cql2 *filter = NULL;
    if (geo_cql2_json_in(base_str_of(json), schema, &test_diag, &filter)) {
        fail_msg("%s: %s", json, test_diag.text);
    }
    return filter;
}

static inline void test_writes(const struct geo_cql2 *filter, const char *text)
{
    AUTO_VALUE(base_buf) buf;
    base_buf_init(&buf, 1 << 20);
    geo_cql2_text_out(filter, &buf);
    assert_string_equal(base_buf_cstr(&buf), text);
}

static inline void test_writes_json(const struct geo_cql2 *filter, const char *json)
{
    AUTO_VALUE(base_buf) buf;
    base_buf_init(&buf, 1 << 20);
    geo_cql2_json_out(filter, &buf);
    assert_string_equal(base_buf_cstr(&buf), json);
}

/* text -> tree -> JSON -> tree -> text -> tree -> text: always the same text. */
static inline void test_survives(struct base_str text, const struct geo_cql2_schema *schema)
{
    AUTO(geo_cql2) first = NULL;
    AUTO(geo_cql2) second = NULL;
    AUTO(geo_cql2) third = NULL;
    AUTO_VALUE(base_buf) written;
    AUTO_VALUE(base_buf) json;
    base_buf_init(&written, 1 << 20);
    base_buf_init(&json, 1 << 22);
    if (geo_cql2_text_in(text, schema, &test_diag, &first)) {
        fail_msg("%.*s: %s", (int)text.len, text.at, test_diag.text);
    }
    geo_cql2_text_out(first, &written);
    geo_cql2_json_out(first, &json);
    assert_int_equal(written.err, BASE_OK);
    assert_int_equal(json.err, BASE_OK);
    if (geo_cql2_json_in(base_buf_str(&json), schema, &test_diag, &second) ||
        geo_cql2_text_in(base_buf_str(&written), schema, &test_diag, &third)) {
        fail_msg("%.*s: %s", (int)text.len, text.at, test_diag.text);
    }
    test_writes(second, base_buf_cstr(&written));
    test_writes(third, base_buf_cstr(&written));
    test_writes_json(third, base_buf_cstr(&json));
}

/* An error, its place and its words. */
struct test_wrong {
    const char *input;
    enum base_err err;
    const char *sentence;
};

typedef enum base_err test_reader(struct base_str input, const struct geo_cql2_schema *schema, struct base_diag *diag,
                                  struct geo_cql2 **ret_filter);

static inline void test_refuses(test_reader *reader, const struct test_wrong *wrong, size_t count)
{
    int failed = 0;
    for (size_t i = 0; i < count; i++) {
        struct geo_cql2 *filter = NULL;
        enum base_err err = reader(base_str_of(wrong[i].input), &test_schema, &test_diag, &filter);
        if (err != wrong[i].err || strcmp(test_diag.text, wrong[i].sentence) != 0) {
            print_error("%s\n  %s: %s\n  not: %s\n", wrong[i].input, base_error_name(err), err ? test_diag.text : "",
                        wrong[i].sentence);
            failed++;
        }
        assert_null(filter);
    }
    assert_int_equal(failed, 0);
}

#endif
