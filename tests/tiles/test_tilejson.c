/* tiles/tilejson.c: TileJSON 3.0.0 that a strict reader takes. */
#include "tiles/tiles.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static const struct tiles_about about = {.bounds = {121.4, 31.1, 121.5, 31.2},
                                         .demo = true,
                                         .attribution = "© \"somebody\"",
                                         .approval = "GS(2026)1",
                                         .tz = "Asia/Shanghai"};

static struct base_json *written(const char *layers, const struct tiles_about *of)
{
    struct base_diag diag = {""};
    struct tiles_set set;
    assert_int_equal(tiles_set_in(base_str_of(layers), &diag, &set), BASE_OK);
    AUTO_VALUE(base_buf) buf;
    base_buf_init(&buf, 65536);
    tiles_tilejson(&set, of, "http://host:1", "", &buf);
    struct base_json *json = NULL;
    if (base_json_in_parse(buf.data, buf.len, &diag, &json)) {
        fail_msg("%s: %s", diag.text, base_buf_cstr(&buf));
    }
    return json;
}

static const char *text(const struct base_json *json)
{
    struct base_str value = {"(none)", 6};
    base_json_in_text(json, &value);
    return value.at;
}

static double number(const struct base_json *array, size_t at)
{
    double value = -999;
    base_json_in_f64(base_json_in_at(array, at), &value);
    return value;
}

static void what_it_says(void **state)
{
    (void)state;
    AUTO(base_json) json = written("buildings,estates", &about);
    assert_string_equal(text(base_json_in_get(json, "tilejson")), "3.0.0");
    assert_string_equal(text(base_json_in_at(base_json_in_get(json, "tiles"), 0)),
                        "http://host:1/tiles/buildings,estates/{z}/{x}/{y}");
    const struct base_json *layer = base_json_in_at(base_json_in_get(json, "vector_layers"), 0);
    assert_string_equal(text(base_json_in_get(layer, "id")), "buildings");
    assert_string_equal(text(base_json_in_get(base_json_in_get(layer, "fields"), "height_m")), "Number");
    const struct base_json *queryables = base_json_in_get(layer, "queryables");
    assert_string_equal(text(base_json_in_get(queryables, "height_m")), "number");
    assert_string_equal(text(base_json_in_get(queryables, "geom")), "geometry");
    assert_string_equal(text(base_json_in_get(queryables, "codes")), "array");
    assert_int_equal(base_json_in_size(base_json_in_get(json, "vector_layers")), 2);
    assert_true(number(base_json_in_get(json, "bounds"), 0) == 121.4);
    assert_true(number(base_json_in_get(json, "bounds"), 3) == 31.2);
    assert_true(number(base_json_in_get(json, "center"), 2) == 12);
    assert_string_equal(text(base_json_in_get(json, "attribution")), "© \"somebody\"");
    assert_string_equal(text(base_json_in_get(json, "approval")), "GS(2026)1");
    assert_string_equal(text(base_json_in_get(json, "tz")), "Asia/Shanghai");
    bool demo = false;
    assert_true(base_json_in_bool(base_json_in_get(json, "demo"), &demo) && demo);
}

static void nothing_known(void **state)
{
    (void)state;
    struct tiles_about empty = {.bounds = tiles_address_box((struct tiles_address){0, 0, 0}, 0), .tz = "UTC"};
    AUTO(base_json) json = written("roads", &empty);
    assert_null(base_json_in_get(json, "approval"));
    assert_null(base_json_in_get(json, "attribution"));
    assert_true(number(base_json_in_get(json, "center"), 2) == 0);
}

static void a_single_point_is_not_too_deep(void **state)
{
    (void)state;
    struct tiles_about point = {.bounds = {121.4, 31.1, 121.4, 31.1}, .tz = "UTC"};
    AUTO(base_json) json = written("roads", &point);
    assert_true(number(base_json_in_get(json, "center"), 2) == TILES_ZOOM_FULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_it_says),
        cmocka_unit_test(nothing_known),
        cmocka_unit_test(a_single_point_is_not_too_deep),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
