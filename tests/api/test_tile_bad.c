/* Tiles and what may go wrong with them: addresses and layers that do not exist, a crowd that asks for the same cold
 * tile at once, outlines of millions of vertices, coordinates that are no numbers. A 4xx or a right tile, and the
 * server goes on. */
#include "fixture/mvt_check.h"
#include "fixture/serving.h"

enum { CROWD = 200, BUILDINGS = 12000, PATIENCE_US = 60000000 };

static struct test_server on;

static struct base_json *ready(void)
{
    AUTO_VALUE(test_answer) answer;
    test_get(on.port, "/readyz", NULL, &answer);
    return test_json(&answer);
}

static int64_t left_out(void)
{
    AUTO(base_json) json = ready();
    return test_i64(base_json_in_get(json, "mirror"), "rows_left_out");
}

/* How many tiles had that fate since the start. */
static int64_t results(const char *result)
{
    AUTO_VALUE(test_answer) answer;
    char name[100];
    int64_t count = -1;
    snprintf(name, sizeof name, "hutong_tile_results_total{result=\"%s\"} ", result);
    assert_int_equal(test_get(on.port, "/metrics", NULL, &answer), 200);
    const char *at = strstr(base_buf_cstr(&answer.all), name);
    assert_non_null(at);
    at += strlen(name);
    assert_true(base_str_i64((struct base_str){at, strcspn(at, "\r\n")}, &count));
    return count;
}

/* The tile, read strictly; NULL when it is empty. */
static struct mvt_tile *tile_of(const char *path)
{
    AUTO_VALUE(test_answer) answer;
    struct mvt_tile *tile = NULL;
    int status = test_get(on.port, path, NULL, &answer);
    if (status == 204) {
        return NULL;
    }
    assert_int_equal(status, 200);
    if (mvt_tile_in(answer.body.at, answer.body.len, MVT_OURS, &test_diag, &tile)) {
        fail_msg("%s: %s", path, test_diag.text);
    }
    return tile;
}

static size_t features(const char *path, const char *layer)
{
    AUTO(mvt_tile) tile = tile_of(path);
    const struct mvt_layer *found = tile ? mvt_find(tile, layer) : NULL;
    return found ? found->feature_count : 0;
}

static void addresses_that_are_none(void **state)
{
    (void)state;
    static const char *const paths[] = {
        "/tiles/buildings/23/0/0",
        "/tiles/buildings/14/16384/0",
        "/tiles/buildings/14/0/16384",
        "/tiles/buildings/-1/0/0",
        "/tiles/buildings/14/-1/0",
        "/tiles/buildings/14/1.5/0",
        "/tiles/buildings/14/1e3/0",
        "/tiles/buildings/14/0x10/0",
        "/tiles/buildings/014/1/1",
        "/tiles/buildings/14//1",
        "/tiles/buildings/14/1",
        "/tiles/buildings/14/1/1/1",
        "/tiles/buildings/4294967296/0/0",
        "/tiles/buildings/18446744073709551616/0/0",
        "/tiles/buildings/14/99999999999999999999999999/0",
        "/tiles/buildings/z/x/y",
        "/tiles/buildings/14/%00/1",
        "/tiles/buildings/14/1/.mvt",
        "/tiles/buildings/14/1/1.pbf",
        "/tiles/buildings/14/1.mvt/1",
        "/tiles/buildings/14/1/1.mvt.mvt",
        "/tiles/nothing/14/1/1",
        "/tiles/buildings,nothing/14/1/1",
        "/tiles/buildings,buildings/14/1/1",
        "/tiles/,/14/1/1",
        "/tiles//14/1/1",
        "/tiles/Buildings/14/1/1",
        "/tiles/buildings/14/1/1?nothing=1",
        "/tiles/buildings/14/1/1?filter=levels",
        "/tiles/buildings/14/1/1?at=yesterday",
        "/tiles/buildings/14/1/1?at=",
    };
    for (size_t i = 0; i < BASE_COUNT(paths); i++) {
        AUTO_VALUE(test_answer) answer;
        int status = test_get(on.port, paths[i], NULL, &answer);
        if (status != 400 && status != 404) {
            fail_msg("%s: %d", paths[i], status);
        }
        AUTO(base_json) problem = test_json(&answer);
        assert_int_equal(test_i64(problem, "status"), status);
    }
    assert_true(features("/tiles/buildings/22/3511733/1714181", "buildings") <= 1); /* the deepest one is answered */
}

static void one_encoding_for_a_crowd(void **state)
{
    (void)state;
    static int fds[CROWD];
    static struct base_buf answers[CROWD];
    static const char request[] =
        "GET /tiles/buildings/13/6859/3348 HTTP/1.1\r\nHost: localhost\r\nAccept-Encoding: gzip\r\nConnection: "
        "close\r\n\r\n";
    test_sql(on.pg, "insert into building (estate_id, id, dataset, key, levels, levels_source, height_m, height_source,"
                    " area_m2, lon, lat, geom) select 1, 1000 + n, 't', 'c' || n, 3, 'given', 9, 'levels', 400,"
                    " st_x(c), st_y(c), st_multi(st_buffer(c, 1e-4, 16)) from generate_series(1, 12000) n,"
                    " lateral (select st_point(121.42 + n % 100 * 1e-4, 31.19 + n / 100 * 1e-4, 4326) c) p");
    test_caught_up(&on);
    int64_t misses = results("miss"), hits = results("hit"), waits = results("wait");
    for (size_t i = 0; i < CROWD; i++) {
        base_buf_init(&answers[i], 8 << 20);
        fds[i] = test_connect(on.port);
    }
    for (size_t i = 0; i < CROWD; i++) {
        test_send(fds[i], request);
    }
    for (size_t i = 0; i < CROWD; i++) {
        while (test_receive(fds[i], &answers[i], 20000)) {
        }
        close(fds[i]);
        const char *body = strstr(base_buf_cstr(&answers[i]), "\r\n\r\n"), *first = strstr(answers[0].data, "\r\n\r\n");
        assert_true(body && strncmp(answers[i].data, "HTTP/1.1 200 ", 13) == 0);
        size_t len = answers[i].len - (size_t)(body - answers[i].data);
        assert_true(len > 100000 && len == answers[0].len - (size_t)(first - answers[0].data));
        assert_memory_equal(body, first, len);
    }
    for (size_t i = 0; i < CROWD; i++) {
        base_buf_release(&answers[i]);
    }
    print_message("%lld encoded, %lld waited, %lld from the cache\n", (long long)(results("miss") - misses),
                  (long long)(results("wait") - waits), (long long)(results("hit") - hits));
    assert_int_equal(results("miss") - misses, 1);
    assert_int_equal(results("wait") - waits + results("hit") - hits, CROWD - 1);
}

/* A star of so many corners over the district, none of them on a straight line. */
static void insert_star(const char *table, const char *key, int64_t corners)
{
    char sql[1000];
    snprintf(
        sql, sizeof sql,
        "insert into %s (dataset, key, class, geom) select 't', '%s', 'park', st_multi(st_makepolygon(st_addpoint("
        " line, st_startpoint(line)))) from (select st_setsrid(st_makeline(array_agg(st_makepoint("
        " 121.415 + 0.02 * r * cos(2 * pi() * n / %lld), 31.203 + 0.02 * r * sin(2 * pi() * n / %lld)) order by n)),"
        " 4326) as line from (select n, 0.8 + 0.2 * (n %% 2) as r from generate_series(0, %lld) n) p) star",
        table, key, (long long)corners, (long long)corners, (long long)corners - 1);
    test_sql(on.pg, sql);
}

/* HUTONG_TILE_CORNERS: fewer, where sanitizers make each of them ten times as slow. */
static int64_t corners(void)
{
    const char *text = getenv("HUTONG_TILE_CORNERS");
    int64_t count = 3000000;
    assert_true(!text || base_str_i64(base_str_of(text), &count));
    return count;
}

static void millions_of_vertices(void **state)
{
    (void)state;
    static const char *const paths[] = {"/tiles/landuse/12/3429/1674", "/tiles/landuse/14/13717/6696",
                                        "/tiles/landuse/16/54870/26784", "/tiles/landuse/18/219483/107136"};
    size_t before = features(paths[1], "landuse");
    insert_star("landuse", "star", corners());
    test_caught_up(&on);
    for (size_t i = 0; i < BASE_COUNT(paths); i++) {
        int64_t begun = base_clock_mono_us();
        size_t count = features(paths[i], "landuse");
        print_message("%s: %zu features, %.2f s\n", paths[i], count, (double)(base_clock_mono_us() - begun) / 1e6);
    }
    size_t shown = features(paths[1], "landuse");
    assert_true(shown == before + 1 || (shown == before && left_out() > 0)); /* drawn, or said to be left out */
    test_sql(on.pg, "delete from landuse where key = 'star'");
    test_caught_up(&on);
    assert_int_equal(features(paths[1], "landuse"), before);
}

static void no_numbers(void **state)
{
    (void)state;
    static const char *const path = "/tiles/assets,landuse,places,roads/14/13717/6696";
    AUTO(mvt_tile) before = tile_of(path);
    int64_t out = left_out();
    assert_non_null(before);
    test_sql(on.pg, "insert into place (dataset, key, class, name, geom) values ('t', 'n1', 'suburb', 'NaN',"
                    " st_setsrid(st_makepoint('NaN', 31.2), 4326)), ('t', 'n2', 'suburb', 'far',"
                    " st_setsrid(st_makepoint('infinity', '-infinity'), 4326))");
    test_sql(on.pg, "insert into road (dataset, key, class, geom) select 't', 'n3', 'primary', st_setsrid(st_multi("
                    "st_makeline(array[st_makepoint(121.41, 31.2), st_makepoint('NaN', 'NaN'),"
                    " st_makepoint(121.42, 31.2)])), 4326)");
    test_sql(on.pg, "insert into landuse (dataset, key, class, geom) select 't', 'n4', 'park', st_setsrid(st_multi("
                    "st_makepolygon(st_makeline(array[st_makepoint(121.41, 31.2), st_makepoint(121.42, 31.2),"
                    " st_makepoint('NaN', 31.21), st_makepoint(121.41, 31.2)]))), 4326)");
    test_sql(on.pg, "update asset_state set lon = 'NaN', speed_mps = 'NaN', course_deg = 'infinity' where id = 1");
    test_sql(on.pg, "update asset_state set course_deg = 'NaN', speed_mps = '-infinity' where id = 2");
    test_caught_up(&on);
    AUTO(mvt_tile) after = tile_of(path);
    assert_non_null(after);
    static const char *const layers[] = {"places", "roads", "landuse"};
    for (size_t i = 0; i < BASE_COUNT(layers); i++) {
        const struct mvt_layer *a = mvt_find(before, layers[i]), *b = mvt_find(after, layers[i]);
        assert_int_equal(a ? a->feature_count : 0, b ? b->feature_count : 0);
    }
    assert_int_equal(mvt_find(before, "assets")->feature_count, 2);
    assert_int_equal(mvt_find(after, "assets")->feature_count, 1);
    assert_int_equal(left_out() - out, 5); /* and said so */
    test_sql(on.pg, "update asset_state set lon = 121.4141 where id = 1");
    test_caught_up(&on);
    AUTO(mvt_tile) healed = tile_of(path);
    assert_int_equal(mvt_find(healed, "assets")->feature_count, 2);
    assert_int_equal(left_out() - out, 4);
}

static int start(void **state)
{
    (void)state;
    on = test_server_new((struct api_config){.patience_us = PATIENCE_US});
    return 0;
}

static int end(void **state)
{
    (void)state;
    test_server_end(&on);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(addresses_that_are_none),
        cmocka_unit_test(one_encoding_for_a_crowd),
        cmocka_unit_test(millions_of_vertices),
        cmocka_unit_test(no_numbers),
    };
    return cmocka_run_group_tests(tests, start, end);
}
