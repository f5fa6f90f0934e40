/* tiles/layer.c, tiles/etag.c: names of layers, each once; entity tags of content. */
#include "tiles/tiles.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static void every_layer_is_found(void **state)
{
    (void)state;
    struct base_diag diag;
    AUTO_VALUE(base_buf) all;
    base_buf_init(&all, 4096);
    size_t count = 0;
    for (const struct tiles_layer *layer = tiles_layers; layer->name; layer++, count++) {
        assert_ptr_equal(tiles_layer_find(base_str_of(layer->name)), layer);
        assert_string_equal(layer->fields[0].name, "id");
        base_buf_printf(&all, "%s%s", count ? "," : "", layer->name);
    }
    struct tiles_set set;
    assert_int_equal(tiles_set_in(base_buf_str(&all), &diag, &set), BASE_OK);
    assert_int_equal(set.count, count);
    assert_int_equal(count, 17);
}

static void sets_keep_their_order(void **state)
{
    (void)state;
    struct base_diag diag;
    struct tiles_set set;
    assert_int_equal(tiles_set_in(base_str_of("roads,estates"), &diag, &set), BASE_OK);
    assert_string_equal(set.layers[0]->name, "roads");
    assert_string_equal(set.layers[1]->name, "estates");
    assert_int_equal(set.count, 2);
}

static void wrong_sets(void **state)
{
    (void)state;
    struct base_diag diag;
    struct tiles_set set = {.count = 99};
    assert_int_equal(tiles_set_in(base_str_of(""), &diag, &set), BASE_NOT_FOUND);
    assert_int_equal(tiles_set_in(base_str_of("roads,"), &diag, &set), BASE_NOT_FOUND);
    assert_int_equal(tiles_set_in(base_str_of("Roads"), &diag, &set), BASE_NOT_FOUND);
    assert_int_equal(tiles_set_in(base_str_of("roads,nowhere"), &diag, &set), BASE_NOT_FOUND);
    assert_non_null(strstr(diag.text, "nowhere"));
    assert_int_equal(tiles_set_in(base_str_of("roads,estates,roads"), &diag, &set), BASE_INVALID);
    assert_int_equal(set.count, 99);
}

static void tags_follow_content(void **state)
{
    (void)state;
    char a[TILES_ETAG_TEXT], again[TILES_ETAG_TEXT], b[TILES_ETAG_TEXT], packed[TILES_ETAG_TEXT];
    tiles_etag_of(base_str_of("a"), 'i', a);
    tiles_etag_of(base_str_of("a"), 'i', again);
    tiles_etag_of(base_str_of("b"), 'i', b);
    tiles_etag_of(base_str_of("a"), 'g', packed);
    assert_string_equal(a, again);
    assert_string_not_equal(a, b);
    assert_string_not_equal(a, packed);
    assert_true(a[0] == '"' && a[strlen(a) - 1] == '"');
}

static void lists_of_tags(void **state)
{
    (void)state;
    assert_false(tiles_etag_listed(NULL, "\"x\""));
    assert_false(tiles_etag_listed("", "\"x\""));
    assert_true(tiles_etag_listed("\"x\"", "\"x\""));
    assert_true(tiles_etag_listed("W/\"x\"", "\"x\""));
    assert_true(tiles_etag_listed("\"y\" , W/\"z\",\"x\"", "\"x\""));
    assert_true(tiles_etag_listed("*", "\"x\""));
    assert_false(tiles_etag_listed("\"xx\", x, W/x", "\"x\""));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_layer_is_found), cmocka_unit_test(sets_keep_their_order), cmocka_unit_test(wrong_sets),
        cmocka_unit_test(tags_follow_content),  cmocka_unit_test(lists_of_tags),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
