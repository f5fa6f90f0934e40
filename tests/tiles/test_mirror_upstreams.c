/* tiles/mirror*.c: several databases in one mirror, one of them cut off; and a mirror that would need more memory than
 * it may have. */
#include "mirror_kit.h"

#include <string.h>

static struct base_diag diag;

static void assert_stale(struct kit *kit, const int64_t *expected, size_t count)
{
    AUTO_VALUE(base_buf) stale;
    base_buf_init(&stale, 65536);
    assert_int_equal(tiles_mirror_stale(kit->mirror, &stale), BASE_OK);
    assert_int_equal(stale.len, count * sizeof *expected);
    assert_true(count == 0 || memcmp(stale.data, expected, stale.len) == 0);
}

struct cut {
    struct kit *kit;
    size_t upstream;
};

static bool is_away(void *of)
{
    const struct cut *cut = of;
    struct tiles_mirror_health health = tiles_mirror_health(cut->kit->mirror);
    return !health.upstreams[cut->upstream].live;
}

/* The rows of the one that is away, from the view alone: its database cannot be asked. */
static void assert_shown(struct kit *kit, int64_t estate_id)
{
    assert_string_not_equal(kit_row(kit, TILES_TABLE_ESTATE, estate_id, estate_id, false), "");
    assert_string_not_equal(kit_row(kit, TILES_TABLE_BUILDING, estate_id, estate_id, true), "");
    assert_string_not_equal(kit_row(kit, TILES_TABLE_DEVICE, estate_id, estate_id, true), "");
}

static void reconnect(struct kit *kit, size_t upstream)
{
    PQfinish(kit->pg[upstream]);
    kit->pg[upstream] = PQconnectdb(kit->conninfos[upstream]);
    assert_int_equal(PQstatus(kit->pg[upstream]), CONNECTION_OK);
    kit_sql(kit, upstream, "set search_path = hutong, public");
}

static void of_two_clusters_one_is_cut(void **state)
{
    struct kit kit;
    (void)state;
    AUTO(fixture_server) other = fixture_server_new(FIXTURE_POSTGRES);
    const char *const conninfos[] = {fixture_database(), fixture_server_database(other)};
    kit_start(&kit, conninfos, 2, 0);
    kit_fill(&kit, 0, 101);
    kit_fill(&kit, 1, 201);
    kit_wait_live(&kit, 0);
    kit_wait(&kit, 0);
    kit_wait(&kit, 1);
    kit_check(&kit);
    assert_stale(&kit, NULL, 0);

    fixture_server_stop(other, FIXTURE_POSTGRES);
    struct cut cut = {&kit, 1};
    assert_true(fixture_poll(is_away, &cut, KIT_PATIENCE_US));
    struct tiles_mirror_health health = tiles_mirror_health(kit.mirror);
    assert_true(health.ready && !health.live && health.upstreams[0].live);
    assert_string_not_equal(health.upstreams[1].reason, "");
    assert_stale(&kit, (const int64_t[]){0, 201, 202}, 3); /* 0: what belongs to no estate, which both have */
    kit_sql(&kit, 0, "update building set name = 'while the other is away' where id = 101");
    kit_wait(&kit, 0);
    assert_non_null(strstr(kit_row(&kit, TILES_TABLE_BUILDING, 101, 101, false), "while the other is away"));
    assert_shown(&kit, 201);

    fixture_server_start(other, FIXTURE_POSTGRES);
    reconnect(&kit, 1);
    kit_sql(&kit, 1,
            "update building set name = 'back' where id = 201; delete from building_state where building_id = 202");
    kit_wait_live(&kit, 0);
    kit_wait(&kit, 1);
    assert_stale(&kit, NULL, 0);
    kit_check(&kit);
    kit_stop(&kit);
}

/* What is there is shown; the rest comes when it comes. */
static void a_mirror_starts_although_one_is_away(void **state)
{
    struct kit kit;
    (void)state;
    const char *const conninfos[] = {fixture_database(), fixture_database()};
    kit_start(&kit, conninfos, 2, 0);
    kit_wait_live(&kit, 0);
    tiles_mirror_free(kit.mirror);
    const char *const away[] = {conninfos[0], "host=127.0.0.1 port=1 dbname='hutong'"};
    const struct tiles_mirror_config config = {.upstreams = away, .count = 2};
    kit_fill(&kit, 0, 101);
    assert_int_equal(tiles_mirror_new(&config, &diag, &kit.mirror), BASE_OK);
    kit_wait(&kit, 0);
    struct tiles_mirror_health health = tiles_mirror_health(kit.mirror);
    assert_true(!health.ready && !health.live && health.upstreams[0].live && !health.upstreams[1].loaded);
    assert_shown(&kit, 101);
    kit_stop(&kit);
}

/* --- memory --- */
static bool is_refused(void *of)
{
    struct tiles_mirror_health health = tiles_mirror_health(((struct kit *)of)->mirror);
    return strstr(health.upstreams[0].reason, "raise --mirror-memory") != NULL;
}

static void more_than_memory_may_be_is_refused(void **state)
{
    struct kit kit;
    (void)state;
    const char *conninfo = fixture_database();
    const struct tiles_mirror_config config = {.upstreams = &conninfo, .count = 1, .memory_max = 2 << 20};
    kit_start(&kit, &conninfo, 1, 0);
    tiles_mirror_free(kit.mirror);
    assert_int_equal(tiles_mirror_new(&config, &diag, &kit.mirror), BASE_OK);
    kit_fill(&kit, 0, 101);
    kit_wait(&kit, 0); /* a little is well within it */
    kit_sql(&kit, 0,
            "insert into road (id, dataset, key, name, geom) select n, 'many', n, md5(n::text), "
            "'SRID=4326;MULTILINESTRING((121 31,121.001 31))' from generate_series(10000, 60000) n");
    assert_true(fixture_poll(is_refused, &kit, KIT_PATIENCE_US));
    assert_shown(&kit, 101); /* the old view stays */
    assert_string_equal(kit_row(&kit, TILES_TABLE_ROAD, 0, 10000, false), "");
    tiles_mirror_free(kit.mirror);

    assert_int_equal(tiles_mirror_new(&config, &diag, &kit.mirror), BASE_OK);
    assert_true(fixture_poll(is_refused, &kit, KIT_PATIENCE_US));
    struct tiles_view *view = tiles_mirror_view(kit.mirror);
    assert_null(view);
    kit_sql(&kit, 0, "truncate road"); /* of its own accord it comes back once there is less */
    kit_wait_live(&kit, 0);
    assert_shown(&kit, 101);

    kit_sql(&kit, 0,
            "insert into road (id, dataset, key, name, geom) select n, 'many', n, md5(n::text), "
            "'SRID=4326;MULTILINESTRING((121 31,121.001 31))' from generate_series(10000, 60000) n");
    assert_true(fixture_poll(is_refused, &kit, KIT_PATIENCE_US));
    kit_sql(&kit, 0, "truncate road");
    kit_wait_live(&kit, 1);
    kit_wait(&kit, 0);
    assert_string_equal(kit_row(&kit, TILES_TABLE_ROAD, 0, 10000, false), "");
    kit_stop(&kit);
}

/* --- the end --- */
static void it_ends_at_once(void **state)
{
    struct kit kit;
    (void)state;
    kit_start_one(&kit);
    int64_t began = base_clock_mono_us();
    kit_stop(&kit);
    fprintf(stderr, "a mirror ended in %.1f ms\n", (double)(base_clock_mono_us() - began) / 1e3);
    const char *nobody = "host=127.0.0.1 port=1 dbname='hutong'";
    struct tiles_mirror *mirror;
    assert_int_equal(tiles_mirror_new(&(struct tiles_mirror_config){.upstreams = &nobody, .count = 1}, &diag, &mirror),
                     BASE_OK);
    tiles_mirror_free(mirror);
}

static void no_databases_are_no_mirror(void **state)
{
    struct tiles_mirror *mirror = NULL;
    (void)state;
    assert_int_equal(tiles_mirror_new(&(struct tiles_mirror_config){.count = 0}, &diag, &mirror), BASE_USAGE);
    assert_null(mirror);
}

/* --- rows for the stream --- */
static void features_are_those_of_the_scope(void **state)
{
    struct kit kit;
    const struct tiles_page *page;
    uint32_t row;
    size_t all = 0, live = 0;
    (void)state;
    AUTO(data_scope) scope = NULL;
    kit_start_one(&kit);
    kit_fill(&kit, 0, 101);
    kit_sql(&kit, 0, "delete from building_state where building_id = 101");
    kit_wait(&kit, 0);
    assert_int_equal(data_scope_everything(&diag, &scope), BASE_OK);
    struct tiles_view *view = tiles_mirror_view(kit.mirror);
    for (int i = 0; i < 2; i++) {
        AUTO(tiles_features) features = NULL;
        assert_int_equal(tiles_features_new(view, TILES_TABLE_BUILDING, i, scope, DATA_LOOK_RECORD, &diag, &features),
                         BASE_OK);
        while (tiles_features_next(features, &page, &row)) {
            *(i ? &live : &all) += 1;
        }
    }
    assert_int_equal(all, 2);
    assert_int_equal(live, 1);
    tiles_view_unref(view);
    assert_string_equal(kit_row(&kit, TILES_TABLE_BUILDING, 101, 101, false),
                        "{\"id\":101,\"estate_id\":101,\"name\":\"building 101\",\"code\":\"A101\",\"codes\":[\"A101\","
                        "\"B\"],\"levels\":6,\"height_m\":18.5,\"min_height_m\":0,\"dwellings\":24,\"area_m2\":900,"
                        "\"lon\":122.0101,\"lat\":31.0001}");
    kit_stop(&kit);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(of_two_clusters_one_is_cut),         cmocka_unit_test(a_mirror_starts_although_one_is_away),
        cmocka_unit_test(more_than_memory_may_be_is_refused), cmocka_unit_test(it_ends_at_once),
        cmocka_unit_test(no_databases_are_no_mirror),         cmocka_unit_test(features_are_those_of_the_scope),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
