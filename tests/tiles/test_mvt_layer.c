/* tiles/mvt_layer.c: values once each whatever their type, keys and ids, and nothing where there is nothing. */
#include "mvt_kit.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static struct tiles_mvt *mvt;
static struct base_diag diag;

static int set_up(void **state)
{
    (void)state;
    return tiles_mvt_new(&diag, &mvt) != BASE_OK;
}

static int tear_down(void **state)
{
    (void)state;
    tiles_mvt_free(mvt);
    return 0;
}

static struct mvt_tile *read_tile(const struct base_buf *tile)
{
    struct mvt_tile *read = NULL;
    if (mvt_tile_in(tile->data, tile->len, MVT_OURS, &diag, &read)) {
        fail_msg("%s", diag.text);
    }
    return read;
}

static void point_end(int32_t x)
{
    tiles_mvt_feature_end(mvt, GEO_SHAPE_POINT, (struct tiles_grid_point){x, 5}, NULL, 0);
}

static void layers_without_features_are_not_there(void **state)
{
    (void)state;
    AUTO_VALUE(base_buf) tile;
    base_buf_init(&tile, 1 << 20);
    tiles_mvt_layer_begin(mvt, "nothing");
    (void)tiles_mvt_key(mvt, "name");
    assert_int_equal(tiles_mvt_layer_end(mvt, &tile, &diag), BASE_OK);
    assert_int_equal(tile.len, 0);
}

static void tag(uint32_t key, enum tiles_kind kind, struct tiles_cell cell)
{
    tiles_mvt_tag(mvt, key, tiles_mvt_cell(mvt, kind, cell));
}

static void values_are_written_once(void **state)
{
    (void)state;
    AUTO_VALUE(base_buf) tile;
    base_buf_init(&tile, 1 << 24);
    tiles_mvt_layer_begin(mvt, "values");
    const char *const names[] = {"int", "float", "double", "bool", "text"};
    uint32_t keys[BASE_COUNT(names)];
    for (size_t i = 0; i < BASE_COUNT(names); i++) {
        keys[i] = tiles_mvt_key(mvt, names[i]);
    }
    for (int i = 0; i < 3000; i++) {
        char text[64];
        snprintf(text, sizeof text, "%.*s", i % 50, "0123456789012345678901234567890123456789012345678901234567");
        tiles_mvt_feature_begin(mvt, true, (uint64_t)i);
        tag(keys[0], TILES_INT, (struct tiles_cell){.i64 = i % 20 - 10});                   /* -10 .. 9 */
        tag(keys[1], TILES_REAL, (struct tiles_cell){.f64 = i % 4 * (i % 2 ? 1.0 : -1.0)}); /* -0, 1, -2, 3 */
        tag(keys[2], TILES_DOUBLE, (struct tiles_cell){.f64 = (i % 3) / 3.0});
        tag(keys[3], TILES_BOOL, (struct tiles_cell){.i64 = i % 2});
        tag(keys[4], TILES_TEXT, (struct tiles_cell){.text = base_str_of(text)});
        point_end(i);
    }
    assert_int_equal(tiles_mvt_layer_end(mvt, &tile, &diag), BASE_OK);
    AUTO(mvt_tile) read = read_tile(&tile);
    const struct mvt_layer *layer = mvt_find(read, "values");
    assert_int_equal(layer->feature_count, 3000);
    assert_int_equal(layer->value_count, 20 + 4 + 3 + 2 + 50);
    for (size_t i = 0; i < 3000; i++) {
        const struct mvt_feature *feature = &layer->features[i];
        assert_int_equal(feature->id, i);
        assert_int_equal(mvt_value_of(layer, feature, "int")->i64, (int64_t)(i % 20) - 10);
        assert_int_equal(mvt_value_of(layer, feature, "int")->type, i % 20 < 10 ? MVT_SINT : MVT_UINT);
        assert_int_equal(mvt_value_of(layer, feature, "float")->type, MVT_FLOAT);
        assert_int_equal(mvt_value_of(layer, feature, "text")->text.len, i % 50);
        assert_int_equal(mvt_value_of(layer, feature, "bool")->i64, i % 2);
    }
}

static void extreme_integers(void **state)
{
    (void)state;
    static const int64_t values[] = {INT64_MIN, INT64_MIN + 1, -1, 0, 1, INT64_MAX};
    AUTO_VALUE(base_buf) tile;
    base_buf_init(&tile, 1 << 20);
    tiles_mvt_layer_begin(mvt, "extremes");
    uint32_t key = tiles_mvt_key(mvt, "value");
    for (size_t i = 0; i < BASE_COUNT(values); i++) {
        tiles_mvt_feature_begin(mvt, false, 0);
        tag(key, TILES_INT, (struct tiles_cell){.i64 = values[i]});
        point_end((int32_t)i);
    }
    assert_int_equal(tiles_mvt_layer_end(mvt, &tile, &diag), BASE_OK);
    AUTO(mvt_tile) read = read_tile(&tile);
    for (size_t i = 0; i < BASE_COUNT(values); i++) {
        const struct mvt_feature *feature = &read->layers[0].features[i];
        assert_false(feature->has_id);
        assert_int_equal(mvt_value_of(&read->layers[0], feature, "value")->i64, values[i]);
    }
}

/* Ids of two upstreams may be equal, and the specification wants them unique. */
static void an_id_is_given_once(void **state)
{
    (void)state;
    AUTO_VALUE(base_buf) tile;
    base_buf_init(&tile, 1 << 20);
    tiles_mvt_layer_begin(mvt, "ids");
    uint32_t levels = tiles_mvt_key(mvt, "levels"), id = tiles_mvt_key(mvt, "id");
    for (int i = 0; i < 3; i++) {
        tiles_mvt_feature_begin(mvt, true, 7);
        tag(levels, TILES_INT, (struct tiles_cell){.i64 = 7}); /* the same number as another attribute is no id */
        tiles_mvt_tag_id(mvt, id, 7);
        point_end(i);
    }
    assert_int_equal(tiles_mvt_layer_end(mvt, &tile, &diag), BASE_OK);
    AUTO(mvt_tile) read = read_tile(&tile);
    assert_true(read->layers[0].features[0].has_id);
    assert_false(read->layers[0].features[1].has_id);
    assert_false(read->layers[0].features[2].has_id);
    assert_int_equal(read->layers[0].value_count, 1);
}

static void layers_follow_one_another(void **state)
{
    (void)state;
    AUTO_VALUE(base_buf) tile;
    base_buf_init(&tile, 1 << 20);
    for (int i = 0; i < 3; i++) {
        char name[8];
        snprintf(name, sizeof name, "layer%d", i);
        tiles_mvt_layer_begin(mvt, name);
        tiles_mvt_feature_begin(mvt, true, 1);
        /* nothing is kept of the last layer */
        tag(tiles_mvt_key(mvt, "name"), TILES_TEXT, (struct tiles_cell){.text = base_str_of(name)});
        point_end(1);
        assert_int_equal(tiles_mvt_layer_end(mvt, &tile, &diag), BASE_OK);
    }
    AUTO(mvt_tile) read = read_tile(&tile);
    assert_int_equal(read->layer_count, 3);
    assert_int_equal(read->layers[2].value_count, 1);
}

static void a_tile_that_is_full_says_so(void **state)
{
    (void)state;
    AUTO_VALUE(base_buf) tile;
    base_buf_init(&tile, 16);
    tiles_mvt_layer_begin(mvt, "full");
    for (int i = 0; i < 100; i++) {
        tiles_mvt_feature_begin(mvt, true, (uint64_t)i);
        point_end(i);
    }
    assert_int_equal(tiles_mvt_layer_end(mvt, &tile, &diag), BASE_LIMIT);
    assert_non_null(strstr(diag.text, "full"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(layers_without_features_are_not_there),
        cmocka_unit_test(values_are_written_once),
        cmocka_unit_test(extreme_integers),
        cmocka_unit_test(an_id_is_given_once),
        cmocka_unit_test(layers_follow_one_another),
        cmocka_unit_test(a_tile_that_is_full_says_so),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
