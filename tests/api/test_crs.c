/* Items in other reference systems: each coordinate is what PostGIS makes of it, boxes and filters find what it finds.
 */
#include "api/write_kit.h"

#include "api/collection.h"

#include <math.h>

#define EPSG "http://www.opengis.net/def/crs/EPSG/0/"

static void fill(void)
{
    test_sql(on.pg,
             "insert into zone (estate_id, id, dataset, key, kind, name, geom) select 1, 5000 + n, 'test', 'k' || n,"
             " 'green', 'zone', st_multi(st_rotate(st_makeenvelope(x, y, x + 0.03, y + 0.02, 4326), 0.4,"
             " st_point(x, y, 4326))) from generate_series(1, 200) n,"
             " lateral (select 118.5 + (n % 20) * 0.1 as x, 25 + (n / 20) as y) p");
}

/* A vertex of every item that a request gives, against PostGIS; how far off, at most. Returns how many. */
static size_t compare(const char *query, int epsg, bool swap, double *ret_off)
{
    char path[600], sql[500];
    snprintf(path, sizeof path, "/api/collections/zones/items?limit=1000&%s", query);
    WRITE_EXPECT(200, get(path, district));
    AUTO(base_json) json = test_json(&answer);
    const struct base_json *list = base_json_in_get(json, "features");
    *ret_off = 0;
    for (size_t i = 0; i < base_json_in_size(list); i++) {
        const struct base_json *item = base_json_in_at(list, i);
        const struct base_json *at = base_json_in_get(base_json_in_get(item, "geometry"), "coordinates");
        double x = NAN, y = NAN, wanted_x, wanted_y;
        at = base_json_in_at(base_json_in_at(base_json_in_at(at, 0), 0), 1);
        assert_true(base_json_in_f64(base_json_in_at(at, swap ? 1 : 0), &x));
        assert_true(base_json_in_f64(base_json_in_at(at, swap ? 0 : 1), &y));
        /* the ring may go round the other way: the vertex is the nearest one */
        snprintf(sql, sizeof sql,
                 "select st_x(p) || ' ' || st_y(p) from (select (st_dumppoints(st_transform(geom, %d))).geom as p from"
                 " zone where id = %lld) d order by st_distance(p, st_setsrid(st_point(%.12g, %.12g), %d)) limit 1",
                 epsg, (long long)test_i64(item, "id"), x, y, epsg);
        char *rest;
        wanted_x = strtod(test_sql(on.pg, sql), &rest);
        wanted_y = strtod(rest, NULL);
        *ret_off = fmax(*ret_off, fmax(fabs(x - wanted_x), fabs(y - wanted_y)));
    }
    return base_json_in_size(list);
}

static void coordinates_are_those_of_postgis(void **state)
{
    static const struct {
        int epsg;
        bool swap;
        double most; /* that they may be off, in the system's unit */
    } rows[] = {{4326, true, 2e-9}, {4490, true, 2e-9}, {3857, false, 1e-3}, {4528, true, 1e-3},
                {4549, true, 1e-3}, {4513, true, 1e-3}, {4554, true, 1e-3}};
    (void)state;
    for (size_t i = 0; i < BASE_COUNT(rows); i++) {
        char query[200], header[100];
        double off;
        snprintf(query, sizeof query, "bbox=118,20,121,40&crs=" EPSG "%d", rows[i].epsg);
        snprintf(header, sizeof header, "<" EPSG "%d>", rows[i].epsg);
        assert_int_equal(compare(query, rows[i].epsg, rows[i].swap, &off), 200);
        assert_string_equal(test_header(&answer, "Content-Crs"), header);
        if (!(off < rows[i].most)) {
            fail_msg("EPSG:%d is off by %g", rows[i].epsg, off);
        }
    }
}

static void found(const char *query, const char *where)
{
    char path[900], sql[600];
    snprintf(path, sizeof path, "/api/collections/zones/items?limit=1000&%s", query);
    WRITE_EXPECT(200, get(path, district));
    AUTO(base_json) json = test_json(&answer);
    snprintf(sql, sizeof sql, "select count(*) from zone where valid_to is null and (%s)", where);
    int64_t wanted = strtoll(test_sql(on.pg, sql), NULL, 10);
    if (test_i64(json, "numberMatched") != wanted || wanted == 0) {
        fail_msg("%s: %lld, PostGIS finds %lld", query, (long long)test_i64(json, "numberMatched"), (long long)wanted);
    }
}

/* A box is straight in its own system: what touches it is asked of PostGIS there. */
static void boxes_and_filters(void **state)
{
    (void)state;
    static const char degrees[] = "st_intersects(geom, st_makeenvelope(118.9, 25.5, 119.7, 29.2, 4326))";
    static const char mercator[] =
        "st_intersects(st_transform(geom, 3857), st_makeenvelope(13245000, 2900000, 13290000, 3400000, 3857))";
    /* EPSG:4528 is zone 40, about 120 E: northing, then easting with the zone before it */
    static const char zone[] =
        "st_intersects(st_transform(geom, 4528), st_makeenvelope(40360000, 2800000, 40440000, 3600000, 4528))";
    found("bbox=25.5,118.9,29.2,119.7&bbox-crs=" EPSG "4326", degrees);
    found("bbox=25.5,118.9,29.2,119.7&bbox-crs=" EPSG "4490", degrees);
    found("bbox=13245000,2900000,13290000,3400000&bbox-crs=" EPSG "3857", mercator);
    found("bbox=2800000,40360000,3600000,40440000&bbox-crs=" EPSG "4528", zone);
    found("filter-crs=" EPSG "4326&filter=s_intersects(geom,POLYGON((25.5%20118.9,25.5%20119.7,29.2%20119.7,"
          "25.5%20118.9)))",
          "st_intersects(geom, 'SRID=4326;POLYGON((118.9 25.5,119.7 25.5,119.7 29.2,118.9 25.5))')");
    found("filter-crs=" EPSG "4490&filter=s_intersects(geom,BBOX(25.5,118.9,29.2,119.7))", degrees);
    found("filter-crs=" EPSG "4528&filter=s_intersects(geom,BBOX(2800000,40360000,3600000,40440000))", zone);
    found("filter-crs=" EPSG "3857&filter=s_intersects(geom,POINT(13245000%203000000))%20OR%20id=5007",
          "st_intersects(st_transform(geom, 3857), st_setsrid(st_point(13245000, 3000000), 3857)) or id = 5007");
    found("filter-lang=cql2-json&filter-crs=" EPSG "3857&filter=%7B%22op%22:%22s_intersects%22,%22args%22:"
          "%5B%7B%22property%22:%22geom%22%7D,%7B%22bbox%22:%5B13245000,2900000,13290000,3400000%5D%7D%5D%7D",
          mercator);
}

static int open_all(void **state)
{
    (void)state;
    write_proj();
    write_open((struct api_config){.bind = "127.0.0.1", .port = 0});
    fill();
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(coordinates_are_those_of_postgis),
                                       cmocka_unit_test(boxes_and_filters)};
    return cmocka_run_group_tests(tests, open_all, write_close);
}
