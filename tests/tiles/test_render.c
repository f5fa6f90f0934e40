/* tiles/render*.c, rule.c, lod.c: rows of a view become a tile - which of them, with which attributes, in which order.
 */
#include "mvt_kit.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

enum { ZOOM = 14 };
static const struct tiles_address home = {ZOOM, 13717, 6692}; /* somewhere in Shanghai */

static struct {
    struct tiles_store *stores[TILES_TABLES];
    struct tiles_view view;
    struct tiles_render render;
    struct data_scope *scope;
    struct kit kit;
    struct base_diag diag;
    struct base_buf tile, homes;
} site;

static void ok(enum base_err err)
{
    if (err) {
        fail_msg("%s: %s", base_error_name(err), site.diag.text);
    }
}

static int set_up(void **state)
{
    (void)state;
    memset(&site, 0, sizeof site);
    base_buf_init(&site.tile, 1 << 26);
    base_buf_init(&site.homes, 1 << 20);
    site.kit.seed = 42;
    for (int i = 0; i < TILES_TABLES; i++) {
        ok(tiles_store_new(&tiles_tables[i], &site.diag, &site.stores[i]));
    }
    ok(data_scope_everything(&site.diag, &site.scope));
    ok(tiles_mvt_new(&site.diag, &site.render.mvt));
    return 0;
}

static void unpublish(void)
{
    for (int i = 0; i < TILES_TABLES; i++) {
        tiles_directory_unref(site.view.tables[i]);
        site.view.tables[i] = NULL;
    }
}

static int tear_down(void **state)
{
    (void)state;
    unpublish();
    for (int i = 0; i < TILES_TABLES; i++) {
        tiles_store_free(site.stores[i]);
    }
    tiles_mvt_free(site.render.mvt);
    data_scope_free(site.scope);
    base_buf_release(&site.tile);
    base_buf_release(&site.homes);
    return 0;
}

static void publish(void)
{
    unpublish();
    for (int i = 0; i < TILES_TABLES; i++) {
        ok(tiles_store_publish(site.stores[i], &site.diag, &site.view.tables[i]));
    }
}

/* --- rows --- */
static struct tiles_cell cells[TILES_COLUMN_MAX];

static void cells_empty(void)
{
    for (int i = 0; i < TILES_COLUMN_MAX; i++) {
        cells[i] = (struct tiles_cell){.null = true};
    }
}

static struct tiles_cell *cell(enum tiles_table_id table, const char *name)
{
    int column = tiles_table_column(&tiles_tables[table], name);
    assert_true(column >= 0);
    cells[column].null = false;
    return &cells[column];
}

static void text(enum tiles_table_id table, const char *name, const char *value)
{
    cell(table, name)->text = base_str_of(value);
}

static void put(enum tiles_table_id table, int64_t estate_id, int64_t id)
{
    unsigned effect;
    struct tiles_row row = {estate_id, id, site.kit.shape, cells};
    ok(tiles_store_put(site.stores[table], &row, UINT32_MAX, 0, &site.diag, &effect));
}

/* A vertex in units of the home tile. */
static double world_x(double x)
{
    return ldexp(home.x * 4096.0 + x, 20 - ZOOM);
}

static double world_y(double y)
{
    return ldexp(home.y * 4096.0 + y, 20 - ZOOM);
}

static void box(double x, double y, double width, double height)
{
    kit_begin(&site.kit, GEO_SHAPE_AREA);
    kit_point(&site.kit, world_x(x), world_y(y));
    kit_point(&site.kit, world_x(x + width), world_y(y));
    kit_point(&site.kit, world_x(x + width), world_y(y + height));
    kit_point(&site.kit, world_x(x), world_y(y + height));
    kit_ring(&site.kit);
    kit_part(&site.kit);
}

static void dot(double x, double y)
{
    kit_begin(&site.kit, GEO_SHAPE_POINT);
    kit_point(&site.kit, world_x(x), world_y(y));
    kit_ring(&site.kit);
    kit_part(&site.kit);
}

static void building(int64_t estate_id, int64_t id, double x, double y, double area_m2)
{
    cells_empty();
    text(TILES_TABLE_BUILDING, "code", "A1");
    cell(TILES_TABLE_BUILDING, "levels")->i64 = id % 30;
    cell(TILES_TABLE_BUILDING, "height_m")->f64 = 2.5 * (double)(id % 30);
    cell(TILES_TABLE_BUILDING, "area_m2")->f64 = area_m2;
    box(x, y, 20, 20);
    put(TILES_TABLE_BUILDING, estate_id, id);
}

/* --- tiles --- */
static struct mvt_tile *drawn(const char *layers, struct tiles_address address, const char *filter)
{
    struct tiles_request request = {.address = address, .scope = site.scope};
    AUTO_VALUE(tiles_filter) read = {.filters = {NULL}};
    ok(tiles_set_in(base_str_of(layers), &site.diag, &request.set));
    if (filter) {
        ok(tiles_filter_in(base_str_of(filter), TILES_FILTER_TEXT, &request.set, &site.diag, &read));
        request.filter = &read;
    }
    base_buf_reset(&site.tile);
    base_buf_reset(&site.homes);
    ok(tiles_render_layers(&site.render, &site.view, site.scope, &request, &site.diag, &site.tile, &site.homes));
    struct mvt_tile *tile = NULL;
    ok(mvt_tile_in(site.tile.data, site.tile.len, MVT_OURS, &site.diag, &tile));
    return tile;
}

static struct tiles_address parent(struct tiles_address address, uint32_t zoom)
{
    return (struct tiles_address){zoom, address.x >> (address.z - zoom), address.y >> (address.z - zoom)};
}

static size_t features(const char *layer, struct tiles_address address, const char *filter)
{
    AUTO(mvt_tile) tile = drawn(layer, address, filter);
    const struct mvt_layer *found = mvt_find(tile, layer);
    return found ? found->feature_count : 0;
}

static int64_t number(const struct mvt_layer *layer, const struct mvt_feature *feature, const char *key)
{
    const struct mvt_value *value = mvt_value_of(layer, feature, key);
    return value ? value->i64 : -1;
}

/* --- tests --- */
static void cells_become_attributes(void **state)
{
    (void)state;
    building(3, 77, 100, 100, 200);
    publish();
    AUTO(mvt_tile) tile = drawn("buildings", home, NULL);
    const struct mvt_layer *layer = mvt_find(tile, "buildings");
    assert_non_null(layer);
    const struct mvt_feature *feature = &layer->features[0];
    assert_int_equal(feature->id, 77);
    assert_int_equal(number(layer, feature, "id"), 77);
    assert_int_equal(number(layer, feature, "estate_id"), 3);
    assert_int_equal(number(layer, feature, "levels"), 17);
    assert_int_equal(mvt_value_of(layer, feature, "height_m")->type, MVT_FLOAT);
    assert_true(mvt_value_of(layer, feature, "height_m")->real == 42.5);
    assert_string_equal(mvt_value_of(layer, feature, "code")->text.at, "A1");
    assert_null(mvt_value_of(layer, feature, "name")); /* null */
    assert_int_equal(layer->key_count, 5);             /* none that nobody has */
    assert_int_equal(layer->west, 100);
    AUTO(mvt_tile) above = drawn("buildings", parent(home, 13), NULL);
    layer = mvt_find(above, "buildings");
    assert_null(mvt_value_of(layer, &layer->features[0], "code"));
    assert_int_equal(features("buildings", (struct tiles_address){ZOOM, home.x + 1, home.y}, NULL), 0);
}

/* Values are gathered a page at a time, and pages hold the rows of many. */
static void what_is_not_shown_leaves_no_value(void **state)
{
    (void)state;
    static const char *const codes[] = {"ours", "theirs", "ours"};
    for (int i = 0; i < 3; i++) {
        cells_empty();
        text(TILES_TABLE_BUILDING, "code", codes[i]);
        cell(TILES_TABLE_BUILDING, "area_m2")->f64 = 200;
        box(100.0 * (i + 1), 100, 20, 20);
        put(TILES_TABLE_BUILDING, 1 + i % 2, i + 1);
    }
    publish();
    AUTO(mvt_tile) all = drawn("buildings", home, NULL);
    assert_non_null(memmem(site.tile.data, site.tile.len, "theirs", strlen("theirs")));
    assert_int_equal(mvt_find(all, "buildings")->value_count,
                     3 + 2 + 2 - 2); /* ids, estates, codes; 1 and 2 are both */
    AUTO(mvt_tile) some = drawn("buildings", home, "estate_id = 1");
    assert_int_equal(mvt_find(some, "buildings")->feature_count, 2);
    assert_null(memmem(site.tile.data, site.tile.len, "theirs", strlen("theirs")));
    text(TILES_TABLE_BUILDING, "code", "changed");
    box(300, 100, 20, 20);
    put(TILES_TABLE_BUILDING, 1, 3);
    publish();
    AUTO(mvt_tile) after = drawn("buildings", home, "estate_id = 1");
    const struct mvt_layer *layer = mvt_find(after, "buildings");
    size_t changed = layer->features[0].id == 3 ? 0 : 1;
    assert_string_equal(mvt_value_of(layer, &layer->features[changed], "code")->text.at, "changed");
    assert_string_equal(mvt_value_of(layer, &layer->features[!changed], "code")->text.at, "ours");
}

static void every_depth_shows_it_where_it_is(void **state)
{
    (void)state;
    building(3, 77, 0, 0, 200); /* in the north-western corner */
    publish();
    for (uint32_t zoom = 13; zoom <= TILES_ZOOM_MAX; zoom++) {
        struct tiles_address address =
            zoom < ZOOM ? parent(home, zoom)
                        : (struct tiles_address){zoom, home.x << (zoom - ZOOM), home.y << (zoom - ZOOM)};
        AUTO(mvt_tile) tile = drawn("buildings", address, NULL);
        const struct mvt_layer *layer = mvt_find(tile, "buildings");
        assert_non_null(layer);
        if (zoom >= ZOOM) {
            int64_t side = (int64_t)20 << (zoom - ZOOM);
            assert_int_equal(layer->west, 0);
            assert_int_equal(layer->east, side < 4160 ? side : 4160);
        }
    }
}

static void what_crosses_the_edge_is_in_both(void **state)
{
    (void)state;
    box(4000, 2000, 400, 100);
    cells_empty();
    cell(TILES_TABLE_BUILDING, "area_m2")->f64 = 1000;
    put(TILES_TABLE_BUILDING, 1, 5);
    publish();
    AUTO(mvt_tile) here = drawn("buildings", home, NULL);
    AUTO(mvt_tile) there = drawn("buildings", (struct tiles_address){ZOOM, home.x + 1, home.y}, NULL);
    assert_int_equal(mvt_find(here, "buildings")->west, 4000);
    assert_int_equal(mvt_find(here, "buildings")->east, 4160);
    assert_int_equal(mvt_find(there, "buildings")->west, -64);
    assert_int_equal(mvt_find(there, "buildings")->east, 4400 - 4096);
}

static void the_largest_stay_when_there_are_too_many(void **state)
{
    (void)state;
    enum { ALL = 15000, MOST = 14000 };
    for (int i = 0; i < ALL; i++) {
        building(1, 1 + i, kit_random(&site.kit, 4000), kit_random(&site.kit, 4000), 50 + i / 100 * 10);
    }
    publish();
    AUTO(mvt_tile) tile = drawn("buildings", home, NULL);
    const struct mvt_layer *layer = mvt_find(tile, "buildings");
    assert_int_equal(layer->feature_count, MOST);
    for (size_t i = 0; i < layer->feature_count; i++) {
        assert_true(layer->ids[i] > ALL - MOST); /* the smallest have the lowest ids */
    }
    site.render.limit_shift = 3;
    AUTO(mvt_tile) fewer = drawn("buildings", home, NULL);
    assert_int_equal(mvt_find(fewer, "buildings")->feature_count, MOST >> 3);
}

/* Of as many as are equally large, those of the lowest ids. */
static void ties_go_by_id(void **state)
{
    (void)state;
    for (int i = 0; i < 3000; i++) {
        building(1, 3000 - i, kit_random(&site.kit, 4000), kit_random(&site.kit, 4000), 50);
    }
    publish();
    site.render.limit_shift = 4;
    AUTO(mvt_tile) tile = drawn("buildings", home, NULL);
    const struct mvt_layer *layer = mvt_find(tile, "buildings");
    assert_int_equal(layer->feature_count, 14000 >> 4);
    for (size_t i = 0; i < layer->feature_count; i++) {
        assert_true(layer->ids[i] <= 14000 >> 4);
    }
}

static void history_does_not_show_in_the_bytes(void **state)
{
    (void)state;
    AUTO_VALUE(base_buf) first;
    base_buf_init(&first, 1 << 26);
    for (int i = 0; i < 2000; i++) {
        building(1 + i % 3, 1 + i, (i * 7919) % 4000, (i * 104729) % 4000, 50 + i % 77);
    }
    publish();
    AUTO(mvt_tile) one = drawn("buildings", home, NULL);
    base_buf_append(&first, site.tile.data, site.tile.len);
    unpublish();
    tiles_store_free(site.stores[TILES_TABLE_BUILDING]);
    ok(tiles_store_new(&tiles_tables[TILES_TABLE_BUILDING], &site.diag, &site.stores[TILES_TABLE_BUILDING]));
    for (int turn = 0; turn < 2; turn++) { /* another order, and every row wrong at first */
        for (int i = 1999; i >= 0; i--) {
            building(1 + i % 3, 1 + i, (i * 7919) % 4000 + (turn ? 0 : 50), (i * 104729) % 4000, 50 + i % 77);
        }
        publish();
    }
    AUTO(mvt_tile) again = drawn("buildings", home, NULL);
    assert_int_equal(site.tile.len, first.len);
    assert_memory_equal(site.tile.data, first.data, first.len);
}

static void small_ones_are_left_out_at_low_zooms(void **state)
{
    (void)state;
    building(1, 1, 100, 100, 39);
    building(1, 2, 200, 100, 40);
    publish();
    assert_int_equal(features("buildings", home, NULL), 2);
    assert_int_equal(features("buildings", parent(home, 13), NULL), 1);
    cells_empty();
    box(0, 0, 4096 / 256.0 * 0.99, 10); /* of 512 pixels, a little under two */
    put(TILES_TABLE_ESTATE, 5, 5);
    box(0, 0, 4096 / 256.0 * 1.01, 10);
    put(TILES_TABLE_ESTATE, 6, 6);
    publish();
    assert_int_equal(features("estates", home, NULL), 1);
    assert_int_equal(features("estates", (struct tiles_address){15, home.x * 2, home.y * 2}, NULL), 2);
}

static void road(int64_t id, const char *class)
{
    kit_begin(&site.kit, GEO_SHAPE_LINE);
    kit_point(&site.kit, world_x(10), world_y((double)id * 100));
    kit_point(&site.kit, world_x(3000), world_y((double)id * 100 + 50));
    kit_ring(&site.kit);
    kit_part(&site.kit);
    cells_empty();
    if (class) {
        text(TILES_TABLE_ROAD, "class", class);
    }
    put(TILES_TABLE_ROAD, 0, id);
}

static void roads_by_their_class(void **state)
{
    (void)state;
    static const char *const classes[] = {"motorway", "trunk",   "primary", "secondary",   "tertiary", "motorway_link",
                                          NULL,       "footway", "service", "residential", "track"};
    static const size_t shown[][2] = {{6, 2}, {9, 2}, {10, 4}, {11, 4}, {12, 6}, {13, 8}, {14, 11}};
    for (size_t i = 0; i < BASE_COUNT(classes); i++) {
        road((int64_t)i + 1, classes[i]);
    }
    publish();
    for (size_t i = 0; i < BASE_COUNT(shown); i++) {
        assert_int_equal(features("roads", parent(home, (uint32_t)shown[i][0]), NULL), shown[i][1]);
    }
    assert_int_equal(features("roads", parent(home, 5), NULL), 0);
}

static void labels_are_in_one_tile(void **state)
{
    (void)state;
    static const double edge[] = {0, 4095.9, 4096, -0.1};
    cells_empty();
    for (size_t i = 0; i < BASE_COUNT(edge); i++) {
        dot(edge[i], 1000);
        put(TILES_TABLE_ESTATE_LABEL, (int64_t)i + 1, (int64_t)i + 1);
    }
    publish();
    assert_int_equal(features("estate_labels", home, NULL), 2);
    assert_int_equal(features("estate_labels", (struct tiles_address){ZOOM, home.x + 1, home.y}, NULL), 1);
    assert_int_equal(features("estate_labels", (struct tiles_address){ZOOM, home.x - 1, home.y}, NULL), 1);
}

static void device(int64_t id, const char *kind, double x)
{
    cells_empty();
    text(TILES_TABLE_DEVICE, "kind", kind);
    dot(x, 500);
    put(TILES_TABLE_DEVICE, 1, id);
}

static void cameras_need_a_purpose(void **state)
{
    (void)state;
    device(1, "camera", 100);
    device(2, "lift", 200);
    device(3, "nvr", 300);
    publish();
    AUTO(mvt_tile) tile = drawn("devices", home, NULL);
    assert_int_equal(mvt_find(tile, "devices")->feature_count, 1);
    assert_int_equal(mvt_find(tile, "devices")->ids[0], 2);
    struct tiles_request request = {.address = home, .scope = site.scope, .cameras = true};
    ok(tiles_set_in(base_str_of("devices"), &site.diag, &request.set));
    base_buf_reset(&site.tile);
    ok(tiles_render_layers(&site.render, &site.view, site.scope, &request, &site.diag, &site.tile, &site.homes));
    AUTO(mvt_tile) with = NULL;
    ok(mvt_tile_in(site.tile.data, site.tile.len, MVT_OURS, &site.diag, &with));
    assert_int_equal(mvt_find(with, "devices")->feature_count, 3);
}

static void states_only_of_those_that_have_any(void **state)
{
    (void)state;
    building(1, 1, 100, 100, 100);
    building(1, 2, 200, 100, 100);
    cells_empty();
    cell(TILES_TABLE_BUILDING, "last_pass_at")->i64 = 1750000000987654;
    struct tiles_row row = {.estate_id = 1, .id = 2, .cells = cells};
    unsigned effect;
    ok(tiles_store_put(site.stores[TILES_TABLE_BUILDING], &row,
                       1u << tiles_table_column(&tiles_tables[TILES_TABLE_BUILDING], "last_pass_at"), 0, &site.diag,
                       &effect));
    publish();
    AUTO(mvt_tile) tile = drawn("building_states", home, NULL);
    const struct mvt_layer *layer = mvt_find(tile, "building_states");
    assert_int_equal(layer->feature_count, 1);
    assert_string_equal(mvt_value_of(layer, &layer->features[0], "last_pass_at")->text.at, "2025-06-15T15:06:40Z");
    assert_int_equal(features("buildings", home, NULL), 2);
}

static void units_tell_their_homes(void **state)
{
    (void)state;
    static const int64_t estates[] = {7, 3, 7, 9};
    cells_empty();
    cell(TILES_TABLE_ASSET, "t_event")->i64 = -1;
    for (size_t i = 0; i < BASE_COUNT(estates); i++) {
        dot(i == 3 ? 9000 : 100.0 * (double)i, 100);
        put(TILES_TABLE_ASSET, estates[i], (int64_t)i + 1);
    }
    publish();
    AUTO(mvt_tile) tile = drawn("assets", home, NULL);
    const struct mvt_layer *layer = mvt_find(tile, "assets");
    assert_int_equal(layer->feature_count, 3);
    assert_int_equal(site.homes.len, 2 * sizeof(int64_t));
    assert_int_equal(((const int64_t *)(const void *)site.homes.data)[0], 3);
    assert_int_equal(((const int64_t *)(const void *)site.homes.data)[1], 7);
    assert_string_equal(mvt_value_of(layer, &layer->features[0], "t_event")->text.at, "1969-12-31T23:59:59Z");
    assert_int_equal(features("assets", home, "id = 2"), 1);
    assert_int_equal(site.homes.len, sizeof(int64_t));
}

static void filters_see_rows(void **state)
{
    (void)state;
    for (int i = 0; i < 60; i++) {
        building(1 + i % 2, 1 + i, 50.0 * i, 100, 100 + i);
    }
    cells_empty();
    cell(TILES_TABLE_BUILDING, "codes")->text = (struct base_str){"x\0y", 4};
    cell(TILES_TABLE_BUILDING, "area_m2")->f64 = 99;
    box(100, 3000, 20, 20);
    put(TILES_TABLE_BUILDING, 5, 100);
    publish();
    assert_int_equal(features("buildings", home, "levels >= 20"), 20);
    assert_int_equal(features("buildings", home, "id = 7 or id = 8"), 2);
    assert_int_equal(features("buildings", home, "estate_id = 2"), 30);
    assert_int_equal(features("buildings", home, "code = 'A1'"), 60);
    assert_int_equal(features("buildings", home, "height_m > 10.0 and area_m2 < 130"), 25);
    assert_int_equal(features("buildings", home, "name is null"), 61);
    assert_int_equal(features("buildings", home, "a_contains(codes, ('y'))"), 1);
    char near[200];
    snprintf(near, sizeof near, "s_intersects(geom, bbox(%.6f, %.6f, %.6f, %.6f))",
             tiles_world_lon((uint32_t)world_x(90)), tiles_world_lat((uint32_t)world_y(4000)),
             tiles_world_lon((uint32_t)world_x(200)), tiles_world_lat((uint32_t)world_y(2900)));
    assert_int_equal(features("buildings", home, near), 1);
}

/* Every queryable of every layer is something that rows have. */
static void every_queryable_can_be_asked(void **state)
{
    (void)state;
    cells_empty();
    for (const struct tiles_layer *layer = tiles_layers; layer->name; layer++) {
        const struct tiles_table *table = &tiles_tables[layer->table];
        for (size_t i = 0; i < layer->queryables->count; i++) {
            const char *name = layer->queryables->properties[i].name;
            bool known = strcmp(name, "id") == 0 || strcmp(name, "estate_id") == 0 || strcmp(name, "geom") == 0 ||
                         tiles_table_column(table, name) >= 0;
            if (!known) {
                fail_msg("layer %s: no row has %s", layer->name, name);
            }
        }
    }
}

/* --- low zooms --- */
static void points_are_counted_in_cells(void **state)
{
    (void)state;
    cells_empty();
    size_t all = 0;
    for (int i = 0; i < 500; i++, all++) { /* a crowd */
        dot(1000 + kit_random(&site.kit, 100), 1000 + kit_random(&site.kit, 100));
        put(TILES_TABLE_CHECKPOINT, 1, i + 1);
    }
    dot(3000, 3000); /* and one alone */
    put(TILES_TABLE_CHECKPOINT, 1, 999);
    all++;
    publish();
    AUTO(mvt_tile) tile = drawn("checkpoints", parent(home, 11), NULL);
    const struct mvt_layer *layer = mvt_find(tile, "checkpoints");
    int64_t counted = 0;
    size_t alone = 0;
    for (size_t i = 0; i < layer->feature_count; i++) {
        const struct mvt_feature *feature = &layer->features[i];
        counted += feature->has_id ? 1 : number(layer, feature, "count");
        alone += feature->has_id;
    }
    assert_true(layer->feature_count < 10);
    assert_int_equal(counted, all);
    assert_int_equal(alone, 1);
}

/* A cell in two tiles' buffers is the same in both. */
static void cells_are_alike_in_neighbours(void **state)
{
    (void)state;
    cells_empty();
    struct tiles_address west = parent(home, 11), east = {11, west.x + 1, west.y};
    double edge = (double)east.x * 4096 * 8 - (double)home.x * 4096; /* in units of the home tile */
    double top = (double)east.y * 4096 * 8 - (double)home.y * 4096;
    for (int i = 0; i < 3000; i++) {
        dot(edge - 800 + kit_random(&site.kit, 1600), top + 1000 + kit_random(&site.kit, 3000));
        put(TILES_TABLE_CHECKPOINT, 1, i + 1);
    }
    publish();
    AUTO(mvt_tile) left = drawn("checkpoints", west, NULL);
    AUTO(mvt_tile) right = drawn("checkpoints", east, NULL);
    const struct mvt_layer *one = mvt_find(left, "checkpoints"), *other = mvt_find(right, "checkpoints");
    size_t common = 0;
    for (size_t i = 0; i < one->feature_count; i++) {
        struct mvt_vertex at = one->features[i].paths[0].at[0];
        for (size_t j = 0; at.x >= 4096 - 63 && j < other->feature_count; j++) {
            struct mvt_vertex same = other->features[j].paths[0].at[0];
            if (same.x == at.x - 4096 && same.y == at.y) {
                assert_int_equal(number(one, &one->features[i], "count"), number(other, &other->features[j], "count"));
                common++;
            }
        }
    }
    assert_true(common > 5);
}

static void buildings_melt_into_their_estates(void **state)
{
    (void)state;
    cells_empty();
    text(TILES_TABLE_ESTATE, "name", "和平里");
    box(0, 0, 2000, 2000);
    put(TILES_TABLE_ESTATE, 4, 4);
    for (int i = 0; i < 50; i++) {
        building(4, 1 + i, kit_random(&site.kit, 1900), kit_random(&site.kit, 1900), 100);
        building(0, 101 + i, 3000 + kit_random(&site.kit, 900), kit_random(&site.kit, 900), 100);
        building(8, 201 + i, 3000 + kit_random(&site.kit, 900), 3000 + kit_random(&site.kit, 900),
                 100); /* no outline */
    }
    publish();
    AUTO(mvt_tile) tile = drawn("buildings", parent(home, 11), NULL);
    const struct mvt_layer *layer = mvt_find(tile, "buildings");
    int64_t counted = 0;
    assert_int_equal(layer->types[MVT_POLYGON], 1);
    for (size_t i = 0; i < layer->feature_count; i++) {
        const struct mvt_feature *feature = &layer->features[i];
        assert_false(feature->has_id);
        counted += number(layer, feature, "count");
        if (feature->type == MVT_POLYGON) {
            assert_int_equal(number(layer, feature, "count"), 50);
            assert_int_equal(number(layer, feature, "estate_id"), 4);
            assert_string_equal(mvt_value_of(layer, feature, "name")->text.at, "和平里");
        }
    }
    assert_int_equal(counted, 150);
    assert_int_equal(features("buildings", parent(home, 11), "estate_id = 4"), 1);
    assert_int_equal(features("buildings", parent(home, 9), NULL), 0);
}

/* An estate on the edge of two tiles has the same number in both. */
static void estates_are_counted_whole(void **state)
{
    (void)state;
    struct tiles_address west = parent(home, 12), east = {12, west.x + 1, west.y};
    double edge = (double)east.x * 4096 * 4 - (double)home.x * 4096;
    cells_empty();
    box(edge - 3000, 1000, 6000, 1000);
    put(TILES_TABLE_ESTATE, 4, 4);
    for (int i = 0; i < 100; i++) {
        building(4, 1 + i, edge - 2900 + 58 * i, 1500, 100);
    }
    publish();
    AUTO(mvt_tile) left = drawn("buildings", west, NULL);
    AUTO(mvt_tile) right = drawn("buildings", east, NULL);
    const struct mvt_layer *one = mvt_find(left, "buildings"), *other = mvt_find(right, "buildings");
    assert_int_equal(number(one, &one->features[0], "count"), 100);
    assert_int_equal(number(other, &other->features[0], "count"), 100);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(cells_become_attributes, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_is_not_shown_leaves_no_value, set_up, tear_down),
        cmocka_unit_test_setup_teardown(every_depth_shows_it_where_it_is, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_crosses_the_edge_is_in_both, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_largest_stay_when_there_are_too_many, set_up, tear_down),
        cmocka_unit_test_setup_teardown(ties_go_by_id, set_up, tear_down),
        cmocka_unit_test_setup_teardown(history_does_not_show_in_the_bytes, set_up, tear_down),
        cmocka_unit_test_setup_teardown(small_ones_are_left_out_at_low_zooms, set_up, tear_down),
        cmocka_unit_test_setup_teardown(roads_by_their_class, set_up, tear_down),
        cmocka_unit_test_setup_teardown(labels_are_in_one_tile, set_up, tear_down),
        cmocka_unit_test_setup_teardown(cameras_need_a_purpose, set_up, tear_down),
        cmocka_unit_test_setup_teardown(states_only_of_those_that_have_any, set_up, tear_down),
        cmocka_unit_test_setup_teardown(units_tell_their_homes, set_up, tear_down),
        cmocka_unit_test_setup_teardown(filters_see_rows, set_up, tear_down),
        cmocka_unit_test_setup_teardown(every_queryable_can_be_asked, set_up, tear_down),
        cmocka_unit_test_setup_teardown(points_are_counted_in_cells, set_up, tear_down),
        cmocka_unit_test_setup_teardown(cells_are_alike_in_neighbours, set_up, tear_down),
        cmocka_unit_test_setup_teardown(buildings_melt_into_their_estates, set_up, tear_down),
        cmocka_unit_test_setup_teardown(estates_are_counted_whole, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
