/* data/place.c and geo/place.c: the same answers as PostGIS, over a grid of points around real footprints. */
#include "data_test.h"

#include "geo/geo.h"

#include <math.h>

enum { GRID = 24 };
#define ACC_M 40.0

struct box {
    double west, south, east, north;
};

static struct box box_of(struct data_conn *conn)
{
    struct box box;
    char text[256];
    snprintf(text, sizeof text, "%s",
             test_value(conn, "select concat_ws(' ', min(st_xmin(geom)), min(st_ymin(geom)), max(st_xmax(geom)), "
                              "max(st_ymax(geom))) from building where valid_to is null"));
    struct base_str rest = base_str_of(text), part;
    double *edges[] = {&box.west, &box.south, &box.east, &box.north};
    for (size_t i = 0; i < BASE_COUNT(edges); i++) {
        assert_true(base_str_next(&rest, ' ', &part) && base_str_f64(part, edges[i]));
    }
    return box;
}

/* The rule of geo.h in SQL: smallest containing, else nearest within ACC_M, ties to the lower id. */
static void ask_postgis(struct data_conn *conn, struct geo_point p, char *answer, size_t size)
{
    char sql[1600];
    snprintf(sql, sizeof sql,
             "with p as (select st_setsrid(st_makepoint(%.12f, %.12f), 4326) as g), c as ("
             "select 'inside' as method, b.id, 0::float8 as m from building b, p where b.valid_to is null "
             "and st_contains(b.geom, p.g) order by b.area_m2, b.id limit 1), "
             "n as (select 'nearest', b.id, st_distance(b.geom::geography, p.g::geography) as m from building b, p "
             "where b.valid_to is null and b.geom && st_expand(p.g, 0.002) and st_dwithin(b.geom::geography, "
             "p.g::geography, %g) order by 3, 2 limit 1) "
             "select concat_ws(' ', method, id, round(m::numeric, 2)) from (select * from c union all "
             "select * from n where not exists (select 1 from c)) a",
             p.lon, p.lat, ACC_M);
    snprintf(answer, size, "%s", test_value(conn, sql));
}

static bool same_answer(const struct geo_place_hit *hit, const char *answer)
{
    struct base_str rest = base_str_of(answer), method, id_text, metres_text;
    int64_t id;
    double metres;
    if (rest.len == 0) {
        return hit->method == GEO_PLACE_NONE;
    }
    return base_str_next(&rest, ' ', &method) && base_str_next(&rest, ' ', &id_text) &&
           base_str_next(&rest, ' ', &metres_text) && base_str_i64(id_text, &id) &&
           base_str_f64(metres_text, &metres) && base_str_is(method, geo_place_method_name(hit->method)) &&
           id == hit->id && fabs(metres - hit->distance_m) < 0.02;
}

static void as_postgis(void **state)
{
    (void)state;
    const char *shared = fixture_shared();
    if (!shared) {
        skip();
    }
    AUTO(data_conn) conn = test_conn();
    AUTO(geo_place) place = NULL;
    static struct data_import_summary summary;
    int64_t version = 0;
    char path[4096];
    int methods[3] = {0};
    snprintf(path, sizeof path, "%s/data/a6_osm_pbf/monaco-latest.osm.pbf", shared);
    test_ok(data_import_run(conn, &(struct data_import_options){.path = path}, &test_diag, &summary));
    test_ok(data_place_load(conn, &test_diag, &place, &version));
    assert_int_equal(geo_place_count(place), 1207);
    struct box box = box_of(conn);
    for (int i = 0; i < GRID * GRID; i++) {
        struct geo_point p = {box.west + (box.east - box.west) * (i % GRID + 0.5) / GRID,
                              box.south + (box.north - box.south) * ((double)(i / GRID) + 0.5) / GRID};
        struct geo_place_hit hit;
        char answer[128];
        geo_place_find(place, p, ACC_M, &hit);
        ask_postgis(conn, p, answer, sizeof answer);
        methods[hit.method]++;
        if (!same_answer(&hit, answer)) {
            fail_msg("%.7f %.7f: %s %lld %.2f, PostGIS says \"%s\"", p.lon, p.lat, geo_place_method_name(hit.method),
                     (long long)hit.id, hit.distance_m, answer);
        }
    }
    assert_true(methods[GEO_PLACE_NONE] > 20 && methods[GEO_PLACE_NEAREST] > 20 && methods[GEO_PLACE_INSIDE] > 20);
}

static void closed_buildings_are_gone(void **state)
{
    (void)state;
    AUTO(data_conn) conn = test_conn();
    AUTO(geo_place) place = NULL;
    AUTO(geo_place) later = NULL;
    static struct data_import_summary summary;
    int64_t version = 0;
    char path[4096];
    snprintf(path, sizeof path, "%s/tests/fixtures/geo/buildings.geojson", fixture_source());
    test_ok(data_import_run(conn, &(struct data_import_options){.path = path}, &test_diag, &summary));
    test_ok(data_place_load(conn, &test_diag, &place, &version));
    assert_int_equal(geo_place_count(place), 9);
    test_sql(conn, "update building set valid_to = now() where key = '#0'");
    test_ok(data_place_load(conn, &test_diag, &later, &version));
    assert_int_equal(geo_place_count(later), 8);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(as_postgis),
        cmocka_unit_test(closed_buildings_are_gone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
