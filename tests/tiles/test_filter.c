/* tiles/filter.c, tiles/layer.c: what may be asked of which layer. */
#include "tiles/tiles.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static struct base_diag diag;

static enum base_err read_as(const char *layers, const char *text, enum tiles_filter_lang lang)
{
    struct tiles_set set;
    struct tiles_filter filter = {.filters = {NULL}};
    assert_int_equal(tiles_set_in(base_str_of(layers), &diag, &set), BASE_OK);
    enum base_err err = tiles_filter_in(base_str_of(text), lang, &set, &diag, &filter);
    for (size_t i = 0; i < TILES_LAYER_MAX; i++) {
        assert_true((filter.filters[i] != NULL) == (!err && i < set.count));
    }
    tiles_filter_release(&filter);
    return err;
}

static enum base_err read_text(const char *layers, const char *text)
{
    return read_as(layers, text, TILES_FILTER_TEXT);
}

static void every_layer_can_be_asked(void **state)
{
    (void)state;
    for (const struct tiles_layer *layer = tiles_layers; layer->name; layer++) {
        assert_int_equal(read_text(layer->name, "id = 1 AND S_INTERSECTS(geom, POINT(121 31))"), BASE_OK);
        for (const struct tiles_field *field = layer->fields; field->name; field++) {
            char text[100];
            snprintf(text, sizeof text, "\"%s\" IS NULL", field->name);
            bool gathered = strcmp(field->name, "count") == 0; /* what it counts was chosen by then */
            if (!gathered && read_text(layer->name, text)) {
                fail_msg("%s: %s", layer->name, diag.text);
            }
        }
    }
}

static void each_layer_reads_for_itself(void **state)
{
    (void)state;
    assert_int_equal(read_text("buildings,roads", "name = 'a'"), BASE_OK);
    assert_int_equal(read_text("roads,buildings", "class = 'a'"), BASE_INVALID);
    assert_non_null(strstr(diag.text, "\"buildings\""));
    assert_non_null(strstr(diag.text, "there is no property \"class\""));
    assert_int_equal(read_text("buildings", "hight_m > 3"), BASE_INVALID);
    assert_non_null(strstr(diag.text, "did you mean \"height_m\""));
}

static void wrong_filters(void **state)
{
    (void)state;
    static const char *const wrong[] = {"",
                                        "levels",
                                        "levels = 'a'",
                                        "levels >",
                                        "S_INTERSECTS(geom,POINT(90 180))",
                                        "S_INTERSECTS(geom,zone('a'))",
                                        "S_WITHIN(geom,estate())",
                                        "t_event > now()",
                                        "name = 'a"};
    for (size_t i = 0; i < BASE_COUNT(wrong); i++) {
        if (read_text("buildings", wrong[i]) != BASE_INVALID) {
            fail_msg("%s", wrong[i]);
        }
    }
    assert_int_equal(read_text("assets", "t_event > now()"), BASE_INVALID);
}

static void languages(void **state)
{
    (void)state;
    enum tiles_filter_lang lang = TILES_FILTER_TEXT;
    const char *json = "{\"op\":\">\",\"args\":[{\"property\":\"levels\"},3]}";
    assert_true(tiles_filter_lang_in(base_str_of("cql2-json"), &lang) && lang == TILES_FILTER_JSON);
    assert_int_equal(read_as("buildings", json, lang), BASE_OK);
    assert_int_equal(read_as("buildings", "levels > 3", lang), BASE_INVALID);
    assert_true(tiles_filter_lang_in(base_str_of("cql2-text"), &lang) && lang == TILES_FILTER_TEXT);
    assert_int_equal(read_as("buildings", json, lang), BASE_INVALID);
    assert_false(tiles_filter_lang_in(base_str_of("CQL2-TEXT"), &lang));
    assert_false(tiles_filter_lang_in(base_str_of(""), &lang));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_layer_can_be_asked),
        cmocka_unit_test(each_layer_reads_for_itself),
        cmocka_unit_test(wrong_filters),
        cmocka_unit_test(languages),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
