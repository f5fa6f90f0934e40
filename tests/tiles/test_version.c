/* tiles/version.c, whole.c, history.c: tags move with what is shown and with nothing else, equal tiles are made once,
 * and the past is as it was. */
#include "site.h"

#include <pthread.h>

enum { THREADS = 200 };

/* --- tags --- */

static void tags_and_compression(void **state)
{
    (void)state;
    struct tiles_request request = {.address = around(14)};
    AUTO_VALUE(tiles_tile) plain = tile_by(&site, request, "buildings", NULL);
    request.gzip = true;
    AUTO_VALUE(tiles_tile) packed = tile_by(&site, request, "buildings", NULL);
    request.held = packed.etag;
    AUTO_VALUE(tiles_tile) held = tile_by(&site, request, "buildings", NULL);
    assert_true(packed.gzip && !plain.gzip && packed.body->len < plain.body->len);
    assert_int_equal(packed.body->at[0], 0x1f);
    assert_string_not_equal(plain.etag, packed.etag);
    assert_true(held.unchanged);
    assert_string_equal(held.etag, packed.etag);
}

/* Known from the rows alone, so on every server and after every restart the same; nothing is encoded to say 304. */
static void tags_are_the_same_everywhere(void **state)
{
    (void)state;
    static const char *const layers[] = {"buildings", "building_states", "assets,estates,roads", "devices", "zones"};
    caught_up(&twin);
    for (uint32_t z = 11; z <= 17; z += 2) {
        for (size_t i = 0; i < BASE_COUNT(layers); i++) {
            assert_string_equal(tag(&site, layers[i], around(z), NULL), tag(&twin, layers[i], around(z), NULL));
        }
    }
    const char *held = tag(&site, "buildings,roads", around(15), NULL);
    struct tiles_request request = {.address = around(15), .gzip = true, .held = held};
    uint64_t before = tiles_source_health(twin.source).misses;
    AUTO_VALUE(tiles_tile) tile = tile_by(&twin, request, "buildings,roads", NULL);
    assert_true(tile.unchanged);
    assert_int_equal(tiles_source_health(twin.source).misses, before);
}

static void same_after(const char *sql, const char *layers, struct tiles_address at)
{
    const char *before = tag(&site, layers, at, NULL);
    change(sql);
    if (strcmp(before, tag(&site, layers, at, NULL)) != 0) {
        fail_msg("%s: another tag of %s", sql, layers);
    }
}

static void other_after(const char *sql, const char *layers, struct tiles_address at)
{
    const char *before = tag(&site, layers, at, NULL);
    change(sql);
    if (strcmp(before, tag(&site, layers, at, NULL)) == 0) {
        fail_msg("%s: still the same tag of %s", sql, layers);
    }
}

static void tags_move_with_what_is_shown(void **state)
{
    (void)state;
    struct tiles_address at = around(14);
    const char *first = tag(&site, "buildings", at, NULL);
    other_after("update building set height_m = 99 where id = 6", "buildings", at);
    other_after("update building set name = 'new' where id = 6", "buildings", at);
    other_after("update building set geom = st_translate(geom, 1e-5, 0) where id = 6", "buildings", at);
    other_after("update building set geom = st_translate(geom, -1e-5, 0), name = null, height_m = 21 where id = 6",
                "buildings", at);
    assert_string_equal(tag(&site, "buildings", at, NULL), first); /* it is as it was */
    other_after("update building set valid_to = now() where id = 6", "buildings", at);
    other_after("update building set valid_to = null where id = 6", "buildings", at);
    assert_string_equal(tag(&site, "buildings", at, NULL), first);
    other_after("insert into facility (estate_id, id, dataset, key, kind, geom) values (1, 99, 't', 'new', 'gate',"
                " st_point(121.4137, 31.203, 4326))",
                "facilities", at);
    other_after("delete from facility where id = 99", "facilities", at);
    other_after("update building_state set last_pass_at = now() where building_id = 2", "building_states", at);
    other_after("delete from building_state where building_id = 4", "building_states", at);
    other_after("update zone_state set last_pass_subject_type = 'cleaner'", "zone_states", at);
    other_after("update asset_state set lon = lon + 1e-4 where id = 1", "assets", at);
    other_after("update device_state set severity = 5 where device_id = 1", "devices", at);
    other_after("update device set name = 'other' where id = 1", "devices", at);
    other_after("update estate set name = '别墅' where id = 1", "estates,estate_labels", at);
    other_after("update grid set code = 'G2'", "grids", at);
    other_after("update road set class = 'trunk'", "roads", at);
}

static void tags_stay_when_others_change(void **state)
{
    (void)state;
    struct tiles_address at = at_point(16, 121.4105, 31.2005), away = at_point(16, 121.4205, 31.2055);
    assert_true(at.x != away.x);
    same_after("update building set height_m = height_m + 1 where estate_id = 1 and lon > 121.418", "buildings", at);
    same_after("update building_state set last_pass_at = now() where building_id = 2", "buildings", at);
    same_after("update asset_state set lon = lon + 1e-4", "buildings,estates,roads", at);
    same_after("update road set name = name", "roads", at);
    same_after("update building set attributes = '{\"a\": 1}'", "buildings", at); /* nothing shows it */
    same_after("vacuum full building", "buildings", at);
}

/* Of what a scope may not see nothing moves its tags; of what two of them see alike they have one tile. */
static void tags_are_of_what_the_scope_sees(void **state)
{
    (void)state;
    AUTO(data_scope) scope = NULL;
    int64_t account = 0;
    assert_true(base_str_i64(
        base_str_of(test_sql(site.pg, "with a as (insert into account (name) values ('one') returning id) insert into"
                                      " role_grant (account_id, role, estate_ids) select id, 'company', '{1}' from a"
                                      " returning account_id")),
        &account));
    test_ok(data_scope_account(site.conn, account, &test_diag, &scope));
    struct tiles_request request = {.address = around(14), .gzip = true};
    AUTO_VALUE(tiles_tile) all = tile_by(&site, request, "buildings", NULL);
    AUTO_VALUE(tiles_tile) water = tile_by(&site, request, "water", NULL);
    request.scope = scope;
    AUTO_VALUE(tiles_tile) own = tile_by(&site, request, "buildings", NULL);
    AUTO_VALUE(tiles_tile) own_water = tile_by(&site, request, "water", NULL);
    assert_string_not_equal(all.etag, own.etag);
    assert_string_equal(water.etag, own_water.etag);
    assert_ptr_equal(water.body, own_water.body);
    change("update building set height_m = height_m + 1 where estate_id = 2");
    AUTO_VALUE(tiles_tile) again = tile_by(&site, request, "buildings", NULL);
    assert_string_equal(again.etag, own.etag);
    assert_ptr_equal(again.body, own.body);
}

static void tags_know_the_filter(void **state)
{
    (void)state;
    struct tiles_address at = around(14);
    const char *none = tag(&site, "buildings", at, NULL), *more = tag(&site, "buildings", at, "levels > 10");
    assert_string_not_equal(none, more);
    assert_string_not_equal(more, tag(&site, "buildings", at, "levels > 11"));
    assert_string_equal(more, tag(&site, "buildings", at, " ( levels>10 )"));
}

/* Not loaded: nobody may take that for an empty map. */
static void nothing_is_said_before_the_first_load(void **state)
{
    (void)state;
    AUTO(tiles_mirror) mirror = NULL;
    AUTO(tiles_source) source = NULL;
    const char *nowhere[] = {"host=127.0.0.1 port=1 dbname=none"};
    test_ok(tiles_mirror_new(&(struct tiles_mirror_config){.upstreams = nowhere, .count = 1}, &test_diag, &mirror));
    test_ok(tiles_source_new(&(struct tiles_source_config){.mirror = mirror}, &test_diag, &source));
    struct site away = {.source = source};
    struct tiles_tile tile;
    assert_false(tiles_source_loaded(source));
    assert_int_equal(try_tile(&away, (struct tiles_request){.address = around(14)}, "buildings", NULL, &tile),
                     BASE_DATABASE_AWAY);
}

/* --- the cache --- */

static bool peek(struct tiles_request request, const char *layers)
{
    struct tiles_tile tile;
    request.scope = everything;
    test_ok(tiles_set_in(base_str_of(layers), &test_diag, &request.set));
    bool there = tiles_source_peek(site.source, &request, &tile);
    if (there) {
        tiles_tile_release(&tile);
    }
    return there;
}

static void a_look_does_not_wait(void **state)
{
    (void)state;
    struct tiles_request request = {.address = around(16)};
    change("update building set height_m = height_m + 1"); /* whatever was cached */
    assert_false(peek(request, "buildings,roads"));
    AUTO_VALUE(tiles_tile) tile = tile_by(&site, request, "buildings,roads", NULL);
    assert_true(peek(request, "buildings,roads"));
    change("update asset_state set lon = lon + 1e-4");
    assert_true(peek(request, "buildings,roads"));
    change("update building set height_m = height_m + 1 where lon > 121.42"); /* in the same page, not in the tile */
    assert_true(peek(request, "buildings,roads"));
    request.address = (struct tiles_address){16, 1, 1};
    assert_true(peek(request, "buildings")); /* the sea */
    request.address = around(16);
    change("update building set height_m = height_m + 1");
    assert_false(peek(request, "buildings,roads"));
    request.held = tag(&twin, "zones", request.address, NULL);
    request.gzip = true;
    assert_true(peek(request, "zones")); /* the client holds it: no need to encode it here */
}

static struct tiles_address around_cold; /* what the threads ask for */
static struct tiles_set cold_set;

static void *ask(void *of)
{
    struct base_diag diag = {""};
    struct tiles_tile tile;
    struct tiles_request request = {.address = around_cold, .scope = everything, .set = cold_set};
    struct tiles_database lent = {.of = NULL, .take = take};
    if (tiles_source_tile(site.source, &lent, &request, &diag, &tile) == BASE_OK) {
        atomic_fetch_add((atomic_int *)of, tile.body != NULL);
        tiles_tile_release(&tile);
    }
    return NULL;
}

static void many_ask_for_one_tile(void **state)
{
    (void)state;
    atomic_int got = 0;
    pthread_t threads[THREADS];
    around_cold = around(14);
    test_ok(tiles_set_in(base_str_of("buildings,estates,roads,water"), &test_diag, &cold_set));
    change("update building set height_m = height_m + 1");
    uint64_t before = tiles_source_health(site.source).misses;
    for (int i = 0; i < THREADS; i++) {
        assert_int_equal(pthread_create(&threads[i], NULL, ask, &got), 0);
    }
    for (int i = 0; i < THREADS; i++) {
        pthread_join(threads[i], NULL);
    }
    assert_int_equal(got, THREADS);
    assert_int_equal(tiles_source_health(site.source).misses, before + 1);
}

static void versions_of_whole_tables(void **state)
{
    (void)state;
    struct tiles_set set;
    char first[BASE_ID_TEXT], other[BASE_ID_TEXT];
    test_ok(tiles_set_in(base_str_of("buildings,estates"), &test_diag, &set));
    assert_true(tiles_source_version(site.source, &set, everything, false, first));
    caught_up(&twin);
    assert_true(tiles_source_version(twin.source, &set, everything, false, other));
    assert_string_equal(first, other);
    change("update building_state set last_pass_at = now()");
    assert_true(tiles_source_version(site.source, &set, everything, true, other));
    assert_string_equal(first, other);
    change("update building set height_m = height_m + 1 where id = 1");
    assert_false(tiles_source_version(site.source, &set, everything, true, other)); /* it would have to be summed up */
    assert_true(tiles_source_version(site.source, &set, everything, false, other));
    assert_string_not_equal(first, other);
    test_ok(tiles_set_in(base_str_of("buildings,building_states"), &test_diag, &set));
    assert_false(tiles_source_version(site.source, &set, everything, false, other));
}

/* --- how it was --- */

static size_t features_then(const char *layer, struct tiles_address at, int64_t at_us)
{
    AUTO(mvt_tile) read = NULL;
    AUTO_VALUE(tiles_tile) tile = tile_by(&site, (struct tiles_request){.address = at, .at_us = at_us}, layer, NULL);
    if (tile.empty) {
        return 0;
    }
    test_ok(mvt_tile_in(tile.body->at, tile.body->len, MVT_SPEC, &test_diag, &read));
    const struct mvt_layer *found = mvt_find(read, layer);
    return found ? found->feature_count : 0;
}

static void the_past_is_as_it_was(void **state)
{
    (void)state;
    const int64_t hour_us = INT64_C(3600000000), now_us = base_clock_now_us();
    struct tiles_address at = around(14);
    change("update estate set valid_from = now() - interval '3 h' where id in (1, 2)");
    size_t now = features(at, "estates", NULL);
    change("update estate set valid_to = now() - interval '1 h' where id = 2");
    assert_int_equal(features(at, "estates", NULL), now - 1);
    assert_int_equal(features_then("estates", at, now_us - 2 * hour_us), now);
    assert_int_equal(features_then("estates", at, now_us - hour_us / 2), now - 1);
    assert_int_equal(features_then("estates", at, now_us - 4 * hour_us), 0);
    change("update estate set valid_to = null where id = 2");
}

static void the_past_of_what_moves(void **state)
{
    (void)state;
    const int64_t minute_us = 60000000, now_us = base_clock_now_us();
    struct tiles_address at = around(14);
    test_ok(data_partition_ensure(site.conn, "fix", now_us, &test_diag));
    test_ok(data_partition_ensure(site.conn, "fix", now_us - 90 * minute_us, &test_diag));
    test_ok(data_partition_ensure(site.conn, "pass", now_us, &test_diag));
    test_ok(data_partition_ensure(site.conn, "pass", now_us - 90 * minute_us, &test_diag));
    test_sql(site.pg, "insert into fix (estate_id, t_event, dedup, t_recv, t_source, source_id, subject, subject_type,"
                      " shift_id, pos_source, lon, lat, place_method) select 1, now() - n * interval '1 min',"
                      " gen_random_uuid(), now(), 'device', 1, md5('1')::uuid, 'guard', 1, 'gnss', 121.4145, 31.203,"
                      " 'none' from generate_series(60, 65) n");
    assert_int_equal(features_then("assets", at, now_us - 59 * minute_us), 1);
    assert_int_equal(features_then("assets", at, now_us - 40 * minute_us), 0); /* heard of too long before */
    AUTO_VALUE(tiles_tile)
    tile = tile_by(&site, (struct tiles_request){.address = at, .at_us = now_us - 59 * minute_us}, "assets", NULL);
    assert_int_equal(tile.homes.len, sizeof(int64_t));
    test_sql(site.pg, "update building set valid_from = now() - interval '1 d'");
    test_sql(site.pg,
             "insert into pass (estate_id, t_event, subject, place_kind, place_id, t_to, subject_type, nearest_m,"
             " fixes) values (1, now() - interval '1 h', gen_random_uuid(), 'building', 2,"
             " now() - interval '50 min', 'guard', 3, 2)");
    assert_int_equal(features_then("building_states", at, now_us - 40 * minute_us), 1);
    assert_int_equal(features_then("building_states", at, now_us - 70 * minute_us), 0);
    struct tiles_tile none;
    assert_int_equal(
        try_tile(&site, (struct tiles_request){.address = at, .at_us = now_us - minute_us}, "devices", NULL, &none),
        BASE_INVALID);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tags_and_compression),
        cmocka_unit_test(tags_are_the_same_everywhere),
        cmocka_unit_test(tags_move_with_what_is_shown),
        cmocka_unit_test(tags_stay_when_others_change),
        cmocka_unit_test(tags_are_of_what_the_scope_sees),
        cmocka_unit_test(tags_know_the_filter),
        cmocka_unit_test(nothing_is_said_before_the_first_load),
        cmocka_unit_test(a_look_does_not_wait),
        cmocka_unit_test(many_ask_for_one_tile),
        cmocka_unit_test(versions_of_whole_tables),
        cmocka_unit_test(the_past_is_as_it_was),
        cmocka_unit_test(the_past_of_what_moves),
    };
    return cmocka_run_group_tests(tests, site_open_all, site_close_all);
}
