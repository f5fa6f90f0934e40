/* tiles/source.c, tiles/about.c: every layer's tiles hold what PostGIS says is there, and no more. */
#include "site.h"

static size_t expected(const char *table, const char *geom, struct tiles_address at, const char *more)
{
    char sql[600];
    snprintf(sql, sizeof sql,
             "select count(*) from %s where st_intersects(st_transform(%s, 3857),"
             " st_expand(st_tileenvelope(%u, %u, %u), 40075016.6856 / 2 ^ %u * 64 / 4096)) %s",
             table, geom, at.z, at.x, at.y, at.z, more);
    int64_t count = -1;
    assert_true(base_str_i64(base_str_of(test_sql(site.pg, sql)), &count));
    return (size_t)count;
}

static void counts_equal_postgis(void **state)
{
    (void)state;
    static const struct {
        const char *layer, *table, *geom, *more;
        int type;
    } rows[] = {
        {"estates", "estate", "geom", "and valid_to is null", 3},
        {"buildings", "building", "geom", "and valid_to is null", 3},
        {"zones", "zone", "geom", "and valid_to is null", 3},
        {"roads", "road", "geom", "", 2},
        {"water", "water", "geom", "", 3},
        {"landuse", "landuse", "geom", "", 3},
        {"places", "place", "geom", "", 1},
        {"checkpoints", "checkpoint", "geom", "", 1},
        {"facilities", "facility", "geom", "", 1},
        {"routes", "route", "geom", "", 2},
        {"grids", "grid", "geom", "", 3},
        {"assets", "asset_state", "st_point(lon, lat, 4326)", "", 1},
        {"devices", "device", "st_point(lon, lat, 4326)", "and lon is not null and kind <> 'camera'", 1},
        {"building_states", "building join building_state on (building_id = id)", "geom", "and valid_to is null", 3},
        {"zone_states", "zone join zone_state on (zone_id = id)", "geom", "and valid_to is null", 3},
    };
    for (uint32_t z = 14; z <= 17; z++) {
        struct tiles_address at = around(z);
        for (size_t i = 0; i < BASE_COUNT(rows); i++) {
            AUTO_VALUE(tiles_tile) tile = tile_of(rows[i].layer, at);
            const struct mvt_layer *layer = layer_of(&tile, rows[i].layer);
            size_t count = expected(rows[i].table, rows[i].geom, at, rows[i].more);
            if ((layer ? layer->feature_count : 0) != count) {
                fail_msg("%s at zoom %u: %zu features, PostGIS has %zu", rows[i].layer, z,
                         layer ? layer->feature_count : 0, count);
            }
            assert_true(tile.empty == (count == 0));
            if (layer) {
                assert_int_equal(layer->types[rows[i].type], count);
            }
        }
    }
}

static void keys_are_the_fields(void **state)
{
    (void)state;
    struct tiles_address at = around(14);
    for (const struct tiles_layer *row = tiles_layers; row->name; row++) {
        AUTO_VALUE(tiles_tile) tile = tile_of(row->name, at);
        const struct mvt_layer *layer = layer_of(&tile, row->name);
        for (size_t k = 0; layer && k < layer->key_count; k++) {
            bool found = false;
            for (const struct tiles_field *field = row->fields; field->name; field++) {
                found = found || strcmp(field->name, layer->keys[k]) == 0;
            }
            if (!found) {
                fail_msg("%s: TileJSON does not tell of attribute %s", row->name, layer->keys[k]);
            }
        }
    }
}

static void ids_are_those_of_the_tables(void **state)
{
    (void)state;
    struct tiles_address at = around(13);
    AUTO_VALUE(tiles_tile) tile = tile_of("buildings", at);
    const struct mvt_layer *layer = layer_of(&tile, "buildings");
    assert_non_null(layer);
    uint64_t seen = 0;
    for (size_t i = 0; i < layer->feature_count; i++) {
        assert_true(layer->ids[i] >= 1 && layer->ids[i] <= 40);
        assert_false(seen >> layer->ids[i] & 1);
        seen |= UINT64_C(1) << layer->ids[i];
    }
}

/* Over all tiles of a zoom each estate has one label, and the estate that was closed has none. */
static void one_label_an_estate(void **state)
{
    (void)state;
    for (uint32_t z = 10; z <= 16; z += 3) {
        struct tiles_address at = around(z);
        size_t labels = 0;
        uint32_t reach = z > 13 ? 8 : 2;
        for (uint32_t x = at.x - reach; x <= at.x + reach; x++) {
            for (uint32_t y = at.y - reach; y <= at.y + reach; y++) {
                AUTO_VALUE(tiles_tile) tile = tile_of("estate_labels", (struct tiles_address){z, x, y});
                const struct mvt_layer *layer = layer_of(&tile, "estate_labels");
                labels += layer ? layer->feature_count : 0;
            }
        }
        assert_int_equal(labels, 2);
    }
}

/* The counts of what is gathered in a layer's tile, added up; what is not gathered counts one. */
static int64_t counted(const char *name, struct tiles_address at)
{
    AUTO_VALUE(tiles_tile) tile = tile_of(name, at);
    const struct mvt_layer *layer = layer_of(&tile, name);
    int64_t sum = 0;
    for (size_t i = 0; layer && i < layer->feature_count; i++) {
        const struct mvt_value *count = mvt_value_of(layer, &layer->features[i], "count");
        sum += count ? count->i64 : 1;
    }
    return sum;
}

static void low_zooms_are_thinner(void **state)
{
    (void)state;
    struct tiles_address at = around(12);
    AUTO_VALUE(tiles_tile) none = tile_of("zones,building_states", at);
    assert_true(none.empty);
    assert_int_equal(counted("buildings", at), 40);
    AUTO_VALUE(tiles_tile) melted = tile_of("buildings", at);
    assert_true(layer_of(&melted, "buildings")->feature_count <= 2);
    AUTO_VALUE(tiles_tile) gates = tile_of("facilities", around(13));
    assert_int_equal(layer_of(&gates, "facilities")->feature_count, 1);
    AUTO_VALUE(tiles_tile) world = tile_of("estates,roads,water,places", (struct tiles_address){0, 0, 0});
    assert_true(world.empty);
    assert_int_equal(counted("assets", around(8)), 2);
    AUTO_VALUE(tiles_tile) far = tile_of("buildings,assets", around(7));
    assert_true(far.empty);
}

static void layers_join_into_one_tile(void **state)
{
    (void)state;
    AUTO_VALUE(tiles_tile) tile = tile_of("assets,estates,buildings", around(14));
    const struct mvt_tile *read = mvt_read(tile.body->at, tile.body->len);
    assert_int_equal(read->layer_count, 3);
    assert_string_equal(read->layers[0].name, "assets");
}

static void filters_leave_what_was_asked(void **state)
{
    (void)state;
    struct tiles_address at = around(14);
    static const struct {
        const char *filter, *more;
    } rows[] = {
        {"levels > 10", "and valid_to is null and levels > 10"},
        {"height_m BETWEEN 6 AND 30 AND estate_id = 1", "and estate_id = 1 and height_m between 6 and 30"},
        {"name = '一号楼' OR code IN ('A3', 'A5')", "and id in (1, 3, 5)"},
        {"A_OVERLAPS(codes, ('Z2', 'A4', 'none'))", "and id in (2, 4)"},
        {"S_INTERSECTS(geom, BBOX(121.4, 31.2, 121.415, 31.202))",
         "and st_intersects(geom, st_makeenvelope(121.4, 31.2, 121.415, 31.202, 4326))"},
        {"name IS NULL AND NOT levels = 5", "and name is null and levels <> 5"},
        {"name = 'x'' or true) --'", "and false"},
    };
    for (size_t i = 0; i < BASE_COUNT(rows); i++) {
        size_t count = features(at, "buildings", rows[i].filter),
               wanted = expected("building", "geom", at, rows[i].more);
        if (count != wanted) {
            fail_msg("%s: %zu buildings, not %zu", rows[i].filter, count, wanted);
        }
    }
    assert_int_equal(features(at, "assets", "label_en = 'Patrol 2' AND t_event > TIMESTAMP('2020-01-01T00:00:00Z')"),
                     1);
    assert_int_equal(features(at, "assets", "S_INTERSECTS(geom, BBOX(0, 0, 1, 1))"), 0);
    assert_int_equal(features(at, "estates", "management_type = 'market'"), 2);
}

/* Every queryable can be asked of the mirror and of the database (its expression is good SQL at its query's marker),
 * and both find the same. */
static void every_queryable_is_there(void **state)
{
    (void)state;
    static const char *const asked[] = {
        [GEO_CQL2_BOOLEAN] = "\"%s\" IS NULL OR \"%s\" = true",
        [GEO_CQL2_INTEGER] = "\"%s\" IS NULL OR \"%s\" > -1",
        [GEO_CQL2_NUMBER] = "\"%s\" IS NULL OR \"%s\" > -1",
        [GEO_CQL2_TEXT] = "\"%s\" IS NULL OR CASEI(\"%s\") LIKE '%%'",
        [GEO_CQL2_TIMESTAMP] = "\"%s\" IS NULL OR \"%s\" > TIMESTAMP('2000-01-01T00:00:00Z')",
        [GEO_CQL2_GEOMETRY] = "\"%s\" IS NULL OR S_INTERSECTS(\"%s\", BBOX(121, 31, 122, 32))",
        [GEO_CQL2_ARRAY] = "\"%s\" IS NULL OR A_CONTAINS(\"%s\", ())",
    };
    struct tiles_address at = around(14);
    struct tiles_box box = tiles_address_box(at, 64.0 / 4096);
    const struct data_arg args[] = {data_i64(at.z),      data_i64(at.x),     data_i64(at.y),      data_f64(box.west),
                                    data_f64(box.south), data_f64(box.east), data_f64(box.north), data_null()};
    for (const struct tiles_layer *layer = tiles_layers; layer->name; layer++) {
        size_t all = features(at, layer->name, NULL);
        for (size_t i = 0; i < layer->queryables->count; i++) {
            const struct geo_cql2_property *property = &layer->queryables->properties[i];
            char text[300];
            AUTO(geo_cql2) filter = NULL;
            AUTO(data_rows) rows = NULL;
            snprintf(text, sizeof text, asked[property->type], property->name, property->name);
            if (features(at, layer->name, text) != all) {
                fail_msg("%s: %s", layer->name, text);
            }
            test_ok(geo_cql2_text_in(base_str_of(text), layer->queryables, &test_diag, &filter));
            test_ok(data_run_filtered(site.conn, layer->query, filter, args, BASE_COUNT(args), &test_diag, &rows));
            assert_true(data_rows_count(rows) == 1 && (data_rows_bytes(rows, 0, 0).len > 0) == (all > 0));
        }
    }
}

static void the_map_as_a_whole(void **state)
{
    (void)state;
    struct tiles_database lent = {.of = site.conn, .take = take};
    struct tiles_about about;
    test_ok(tiles_source_about(site.source, &lent, &test_diag, &about));
    assert_true(about.demo);
    assert_string_equal(about.approval, "GS(2026)1");
    assert_string_equal(about.attribution, "© somebody");
    assert_string_equal(about.tz, "Asia/Shanghai");
    assert_true(about.bounds.west == 121.40 && about.bounds.east == 121.45 && about.bounds.north < 31.21);
}

static void credit(const char *text)
{
    struct tiles_database lent = {.of = site.conn, .take = take};
    struct tiles_about about;
    test_ok(tiles_source_about(site.source, &lent, &test_diag, &about));
    assert_string_equal(about.attribution, text);
}

/* By the data set's name or, under another name, by the ids; once, whoever names it; not for what is no longer shown.
 */
static void openstreetmap_is_credited(void **state)
{
    (void)state;
    test_sql(site.pg, "update road set dataset = 'osm'");
    credit("© OpenStreetMap contributors; © somebody");
    test_sql(site.pg, "update district set attribution = 'map © OpenStreetMap contributors'");
    credit("map © OpenStreetMap contributors");
    test_sql(site.pg, "update district set attribution = null");
    credit("© OpenStreetMap contributors");
    test_sql(site.pg, "update road set valid_to = now()");
    credit("");
    test_sql(site.pg, "update building set key = 'way/12' where id = 7");
    credit("© OpenStreetMap contributors");
}

/* Noise, which hardly compresses: 3,000 stars of up to a hundred corners within one tile. The largest stay. */
static void no_tile_is_too_large(void **state)
{
    (void)state;
    enum { STARS = 3000, MOST = 500000 };
    change("insert into landuse (dataset, key, class, geom) select 'stars', n::text, 'grass',"
           " st_multi(st_setsrid(st_makepolygon(st_addpoint(line, st_startpoint(line))), 4326)) from (select n,"
           " st_makeline(array(select st_point(121.412 + n % 60 * 5e-5 + size * cosd(3.6 * a),"
           " 31.2015 + n / 60 * 5e-5 + size * sind(3.6 * a)) from (select a, (1 + n % 5) * 1e-5 * (0.3 + 0.7 *"
           " ((n * 7919 + a * 104729) % 997) / 997.0) as size from generate_series(0, 99) a) corner))"
           " as line from generate_series(0, 2999) n) star");
    struct tiles_request request = {.address = around(16), .gzip = true};
    AUTO_VALUE(tiles_tile) tile = tile_by(&site, request, "landuse", NULL);
    assert_true(tile.body->len <= MOST);
    assert_true(tile.body->len > MOST / 4);
    AUTO_VALUE(tiles_tile) plain = tile_of("landuse", around(16));
    const struct mvt_layer *layer = layer_of(&plain, "landuse");
    assert_in_range(layer->feature_count, STARS / 16, STARS - 1);
    change("delete from landuse where dataset = 'stars'");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(counts_equal_postgis),         cmocka_unit_test(keys_are_the_fields),
        cmocka_unit_test(ids_are_those_of_the_tables),  cmocka_unit_test(one_label_an_estate),
        cmocka_unit_test(low_zooms_are_thinner),        cmocka_unit_test(layers_join_into_one_tile),
        cmocka_unit_test(filters_leave_what_was_asked), cmocka_unit_test(every_queryable_is_there),
        cmocka_unit_test(the_map_as_a_whole),           cmocka_unit_test(openstreetmap_is_credited),
        cmocka_unit_test(no_tile_is_too_large),
    };
    return cmocka_run_group_tests(tests, site_open_all, site_close_all);
}
