/* docs/cql2.md is true: what it shows is read, written and answered as it says. A fence `cql2-true` or `cql2-unknown`
 * holds a filter a line, `cql2-pair` a text and then its JSON, `cql2-wrong` a filter and then the message. */
#include "geo/geo.h"

#include "fixture/fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

enum { NAME, LEVELS, HEIGHT, USE, OPEN, BUILT, RAZED, SEEN, CODES, GEOM, PROPERTIES };

static const struct geo_cql2_property properties[PROPERTIES] = {
    [NAME] = {"name", GEO_CQL2_TEXT, 0, NULL},
    [LEVELS] = {"levels", GEO_CQL2_INTEGER, 0, NULL},
    [HEIGHT] = {"height_m", GEO_CQL2_NUMBER, 0, NULL},
    [USE] = {"use", GEO_CQL2_TEXT, 0, NULL},
    [OPEN] = {"open", GEO_CQL2_BOOLEAN, 0, NULL},
    [BUILT] = {"built", GEO_CQL2_DATE, 0, NULL},
    [RAZED] = {"razed", GEO_CQL2_DATE, 0, NULL},
    [SEEN] = {"seen", GEO_CQL2_TIMESTAMP, 0, NULL},
    [CODES] = {"codes", GEO_CQL2_ARRAY, GEO_CQL2_TEXT, NULL},
    [GEOM] = {"geom", GEO_CQL2_GEOMETRY, 0, NULL},
};
static const struct geo_cql2_schema schema = {.properties = properties, .count = PROPERTIES};

static struct geo_cql2_value text_of(const char *text)
{
    return (struct geo_cql2_value){.type = GEO_CQL2_TEXT, .text = base_str_of(text)};
}

/* The feature that the page describes; of: its outline. */
static void value_of(const void *of, uint32_t property, struct geo_cql2_value *ret_value)
{
    static struct geo_cql2_value codes[2];
    int64_t seen_us = 0;
    codes[0] = text_of("A");
    codes[1] = text_of("B");
    assert_true(base_time_in(base_str_of("2026-05-01T08:30:00Z"), &seen_us));
    const struct geo_cql2_value values[PROPERTIES] = {
        [NAME] = text_of("Łódź Tower"),
        [LEVELS] = {.type = GEO_CQL2_INTEGER, .integer = 12},
        [HEIGHT] = {.type = GEO_CQL2_NUMBER, .number = 35.5},
        [USE] = {.type = GEO_CQL2_TEXT, .null = true},
        [OPEN] = {.type = GEO_CQL2_BOOLEAN, .boolean = true},
        [BUILT] = {.type = GEO_CQL2_DATE, .integer = 10773},
        [RAZED] = {.type = GEO_CQL2_DATE, .null = true},
        [SEEN] = {.type = GEO_CQL2_TIMESTAMP, .integer = seen_us},
        [CODES] = {.type = GEO_CQL2_ARRAY, .array = {.items = codes, .count = 2}},
        [GEOM] = {.type = GEO_CQL2_GEOMETRY, .geometry = {.shapes = of, .count = 1}},
    };
    *ret_value = values[property];
}

static struct geo_shape square(void)
{
    static const double corners[][2] = {{121, 31}, {122, 31}, {122, 32}, {121, 32}, {121, 31}};
    struct geo_shape shape;
    geo_shape_init(&shape);
    geo_shape_reset(&shape, GEO_SHAPE_AREA);
    for (size_t i = 0; i < BASE_COUNT(corners); i++) {
        geo_shape_vertex(&shape, corners[i][0], corners[i][1]);
    }
    geo_shape_ring_end(&shape);
    geo_shape_part_end(&shape);
    return shape;
}

static void assert_truth(struct base_str text, enum geo_cql2_truth truth)
{
    AUTO(geo_cql2) filter = NULL;
    AUTO(geo_cql2_run) run = NULL;
    struct base_diag diag = {.text = ""};
    struct geo_shape shape = square();
    if (geo_cql2_text_in(text, &schema, &diag, &filter) || geo_cql2_run_new(filter, &diag, &run)) {
        fail_msg("%.*s: %s", (int)text.len, text.at, diag.text);
    }
    enum geo_cql2_truth found = geo_cql2_run_feature(run, &(struct geo_cql2_feature){&shape, value_of}, 0);
    geo_shape_release(&shape);
    if (found != truth) {
        fail_msg("%.*s is %d, not %d", (int)text.len, text.at, (int)found, (int)truth);
    }
}

static void assert_pair(struct base_str text, struct base_str json)
{
    AUTO(geo_cql2) from_text = NULL;
    AUTO(geo_cql2) from_json = NULL;
    AUTO_VALUE(base_buf) out;
    struct base_diag diag = {.text = ""};
    base_buf_init(&out, 1 << 16);
    if (geo_cql2_text_in(text, &schema, &diag, &from_text) || geo_cql2_json_in(json, &schema, &diag, &from_json)) {
        fail_msg("%.*s: %s", (int)text.len, text.at, diag.text);
    }
    geo_cql2_json_out(from_text, &out);
    if (!base_str_equal(base_buf_str(&out), json)) {
        fail_msg("%.*s is %s", (int)text.len, text.at, base_buf_cstr(&out));
    }
    base_buf_reset(&out);
    geo_cql2_text_out(from_json, &out);
    if (!base_str_equal(base_buf_str(&out), text)) {
        fail_msg("%.*s is %s", (int)json.len, json.at, base_buf_cstr(&out));
    }
}

static void assert_refused(struct base_str text, struct base_str sentence)
{
    AUTO(geo_cql2) filter = NULL;
    struct base_diag diag = {.text = ""};
    enum base_err err = geo_cql2_text_in(text, &schema, &diag, &filter);
    if (!err || !base_str_is(sentence, diag.text)) {
        fail_msg("%.*s: %s", (int)text.len, text.at, err ? diag.text : "not refused");
    }
}

/* One line of a fence, or two. */
static void try_example(struct base_str fence, struct base_str line, struct base_str *rest)
{
    struct base_str second = {NULL, 0};
    if (base_str_is(fence, "```cql2-true")) {
        assert_truth(line, GEO_CQL2_TRUE);
    } else if (base_str_is(fence, "```cql2-unknown")) {
        assert_truth(line, GEO_CQL2_UNKNOWN);
    } else {
        assert_true(base_str_next(rest, '\n', &second));
        (base_str_is(fence, "```cql2-pair") ? assert_pair : assert_refused)(line, second);
    }
}

static void examples(void **state)
{
    (void)state;
    AUTO_VALUE(base_buf) page;
    struct base_diag diag = {.text = ""};
    struct base_str line, fence = {"", 0};
    char path[4096];
    int tried = 0;
    base_buf_init(&page, 1 << 20);
    snprintf(path, sizeof path, "%s/docs/cql2.md", fixture_source());
    assert_int_equal(base_file_read(path, 1 << 19, &diag, &page), BASE_OK);
    for (struct base_str rest = base_buf_str(&page); base_str_next(&rest, '\n', &line);) {
        if (line.len >= 3 && memcmp(line.at, "```", 3) == 0) {
            fence = line.len > 3 ? line : (struct base_str){"", 0};
        } else if (fence.len) {
            try_example(fence, line, &rest);
            tried++;
        }
    }
    assert_true(tried >= 50);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(examples)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
