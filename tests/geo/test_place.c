/* geo/place.c and place_find.c: containing, nearest, none, against looking at every place. The same answers as PostGIS
 * are asked for in tests/data/test_place.c and tests/bench/bench_place.c. */
#include "place_test.h"

enum { PLACES = 1200, POSITIONS = 3000 };

static struct geo_place *index_of_squares(void)
{
    struct geo_place *place = NULL;
    AUTO_VALUE(geo_shape) shape;
    geo_shape_init(&shape);
    test_ok(geo_place_new(&test_diag, &place));
    geo_shape_reset(&shape, GEO_SHAPE_AREA);
    test_square(&shape, 121.500, 31.200, 0.001);
    test_ok(geo_place_add(place, 1, 10, &shape, &test_diag));
    geo_shape_reset(&shape, GEO_SHAPE_AREA);
    test_square(&shape, 121.5004, 31.2004, 0.0002); /* a tower on the podium of building 1 */
    test_ok(geo_place_add(place, 2, 10, &shape, &test_diag));
    geo_shape_reset(&shape, GEO_SHAPE_AREA);
    const double outside[] = {121.502, 31.2, 121.503, 31.2, 121.503, 31.201, 121.502, 31.201};
    const double court[] = {121.5022, 31.2002, 121.5022, 31.2008, 121.5028, 31.2008, 121.5028, 31.2002};
    test_ring(&shape, outside, 4);
    test_ring(&shape, court, 4);
    geo_shape_part_end(&shape);
    test_ok(geo_place_add(place, 3, 20, &shape, &test_diag));
    test_ok(geo_place_build(place, &test_diag));
    return place;
}

static void at(const struct geo_place *place, double lon, double lat, double acc_m, enum geo_place_method method,
               int64_t id, double distance_m)
{
    struct geo_place_hit hit;
    geo_place_find(place, (struct geo_point){lon, lat}, acc_m, &hit);
    assert_string_equal(geo_place_method_name(hit.method), geo_place_method_name(method));
    assert_int_equal(hit.id, id);
    test_near(hit.distance_m, distance_m, 0.01);
}

static void places(void **state)
{
    (void)state;
    AUTO(geo_place) place = index_of_squares();
    struct geo_local local = geo_local_at(31.2005);
    assert_int_equal(geo_place_count(place), 3);
    at(place, 121.5001, 31.2001, 10, GEO_PLACE_INSIDE, 1, 0);
    at(place, 121.5005, 31.2005, 10, GEO_PLACE_INSIDE, 2, 0);                      /* the smaller one */
    at(place, 121.5025, 31.2005, 100, GEO_PLACE_NEAREST, 3, 0.0003 * local.lon_m); /* in the courtyard */
    at(place, 121.5025, 31.2005, 5, GEO_PLACE_NONE, 0, 0);
    at(place, 121.5011, 31.2005, 20, GEO_PLACE_NEAREST, 1, 0.0001 * local.lon_m);
    at(place, 121.5011, 31.2005, 9, GEO_PLACE_NONE, 0, 0);
    at(place, 121.5016, 31.2005, 60, GEO_PLACE_NEAREST, 3, 0.0004 * local.lon_m);
    at(place, 121.5, 31.3, 1e9, GEO_PLACE_NONE, 0, 0); /* radii are capped */
}

static struct geo_place_hit plainly(const struct geo_shape *shapes, struct geo_point p, double acc_m)
{
    struct geo_local local = geo_local_at(p.lat);
    struct geo_place_hit hit = {.method = GEO_PLACE_NONE, .distance_m = acc_m};
    double area = INFINITY;
    for (int i = 0; i < PLACES; i++) {
        if (geo_shape_contains(&shapes[i], p) && geo_shape_area_m2(&shapes[i]) < area) {
            hit = (struct geo_place_hit){.method = GEO_PLACE_INSIDE, .id = i + 1};
            area = geo_shape_area_m2(&shapes[i]);
        }
        for (uint32_t v = 0; v < shapes[i].vertices && hit.method != GEO_PLACE_INSIDE; v++) {
            double wall[4], metres = test_wall(&shapes[i], v, wall) ? test_wall_m(p, wall, local) : INFINITY;
            if (metres < hit.distance_m) {
                hit = (struct geo_place_hit){.method = GEO_PLACE_NEAREST, .id = i + 1, .distance_m = metres};
            }
        }
    }
    return hit;
}

static void as_plainly(void **state)
{
    (void)state;
    static struct geo_shape shapes[PLACES];
    uint64_t seed = 20260101;
    int found[3] = {0};
    AUTO(geo_place) place = NULL;
    test_ok(geo_place_new(&test_diag, &place));
    for (int i = 0; i < PLACES; i++) {
        geo_shape_init(&shapes[i]);
        test_place(&shapes[i], &seed, i);
        test_ok(geo_place_add(place, i + 1, 1, &shapes[i], &test_diag));
    }
    test_ok(geo_place_build(place, &test_diag));
    for (int i = 0; i < POSITIONS; i++) {
        struct geo_point p = {121.495 + 0.02 * test_uniform(&seed), 31.195 + 0.02 * test_uniform(&seed)};
        double acc_m = GEO_PLACE_ACC_MAX * test_uniform(&seed);
        struct geo_place_hit expected = plainly(shapes, p, acc_m);
        at(place, p.lon, p.lat, acc_m, expected.method, expected.id,
           expected.method == GEO_PLACE_NONE ? 0 : expected.distance_m);
        found[expected.method]++;
    }
    for (int i = 0; i < PLACES; i++) {
        geo_shape_release(&shapes[i]);
    }
    assert_true(found[GEO_PLACE_NONE] > 200 && found[GEO_PLACE_NEAREST] > 200 && found[GEO_PLACE_INSIDE] > 200);
}

enum { HOUSES = 40 };

/* House i of a terrace whose front runs in and out: every other corner that two houses share sticks out. */
static void house(struct geo_shape *shape, int i)
{
    double west = 121.5 + 0.000083 * i, east = 121.5 + 0.000083 * (i + 1);
    double in = 31.20003, out = 31.2;
    const double xy[] = {west, i % 2 ? in : out, east, i % 2 ? out : in, east, 31.2001, west, 31.2001};
    geo_shape_reset(shape, GEO_SHAPE_AREA);
    test_ring(shape, xy, 4);
    geo_shape_part_end(shape);
}

/* Two houses share the nearest corner, each with a rounding of its own. */
static void ties(void **state)
{
    (void)state;
    for (int falling = 0; falling < 2; falling++) {
        AUTO(geo_place) place = NULL;
        AUTO_VALUE(geo_shape) shape;
        geo_shape_init(&shape);
        test_ok(geo_place_new(&test_diag, &place));
        for (int i = 0; i < HOUSES; i++) {
            house(&shape, i);
            test_ok(geo_place_add(place, falling ? HOUSES - i : i + 1, 1, &shape, &test_diag));
        }
        test_ok(geo_place_build(place, &test_diag));
        struct geo_local local = geo_local_at(31.19997);
        for (int i = 2; i < HOUSES; i += 2) { /* south by south-east of the corner between houses i - 1 and i */
            double metres = hypot(0.000007 * local.lon_m, 0.00003 * local.lat_m);
            at(place, 121.500007 + 0.000083 * i, 31.19997, 20, GEO_PLACE_NEAREST, falling ? HOUSES - i : i, metres);
        }
    }
}

static void odd_input(void **state)
{
    (void)state;
    AUTO(geo_place) place = index_of_squares();
    at(place, NAN, 31.2, 20, GEO_PLACE_NONE, 0, 0);
    at(place, 121.5011, 31.2005, NAN, GEO_PLACE_NONE, 0, 0);
    at(place, 121.5011, 31.2005, -3, GEO_PLACE_NONE, 0, 0);
    at(place, 121.5001, 31.2001, 0, GEO_PLACE_INSIDE, 1, 0);
    at(place, 1e300, -1e300, 20, GEO_PLACE_NONE, 0, 0);
    AUTO(geo_place) empty = NULL;
    test_ok(geo_place_new(&test_diag, &empty));
    at(empty, 121.5, 31.2, 20, GEO_PLACE_NONE, 0, 0); /* not built */
    test_ok(geo_place_build(empty, &test_diag));
    at(empty, 121.5, 31.2, 20, GEO_PLACE_NONE, 0, 0);
}

/* Checkpoints: never inside, the nearest within the accuracy. */
static void points(void **state)
{
    (void)state;
    AUTO(geo_place) place = NULL;
    AUTO_VALUE(geo_shape) shape;
    geo_shape_init(&shape);
    test_ok(geo_place_new(&test_diag, &place));
    for (int i = 0; i < 3; i++) {
        geo_shape_reset(&shape, GEO_SHAPE_POINT);
        geo_shape_vertex(&shape, 121.5 + 0.0001 * i, 31.2);
        geo_shape_ring_end(&shape);
        geo_shape_part_end(&shape);
        test_ok(geo_place_add(place, 7 + i, 1, &shape, &test_diag));
    }
    test_ok(geo_place_build(place, &test_diag));
    double lon_m = geo_local_at(31.2).lon_m;
    at(place, 121.5001, 31.2, 5, GEO_PLACE_NEAREST, 8, 0);
    at(place, 121.5001, 31.2, 0, GEO_PLACE_NONE, 0, 0);
    at(place, 121.50003, 31.2, 5, GEO_PLACE_NEAREST, 7, 0.00003 * lon_m);
    at(place, 121.5003, 31.2, 5, GEO_PLACE_NONE, 0, 0);
}

static void refuses(void **state)
{
    (void)state;
    AUTO(geo_place) place = index_of_squares();
    AUTO_VALUE(geo_shape) shape;
    geo_shape_init(&shape);
    geo_shape_reset(&shape, GEO_SHAPE_AREA);
    test_square(&shape, 1, 1, 1);
    assert_int_equal(geo_place_add(place, 9, 9, &shape, &test_diag), BASE_INVALID); /* built already */
    AUTO(geo_place) fresh = NULL;
    test_ok(geo_place_new(&test_diag, &fresh));
    AUTO_VALUE(geo_shape) line;
    geo_shape_init(&line);
    geo_shape_reset(&line, GEO_SHAPE_LINE);
    geo_shape_vertex(&line, 1, 1);
    geo_shape_vertex(&line, 2, 2);
    geo_shape_ring_end(&line);
    geo_shape_part_end(&line);
    assert_int_equal(geo_place_add(fresh, 9, 9, &line, &test_diag), BASE_INVALID);
    geo_shape_reset(&shape, GEO_SHAPE_POINT);
    assert_int_equal(geo_place_add(fresh, 9, 9, &shape, &test_diag), BASE_INVALID); /* of nothing */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(places),    cmocka_unit_test(as_plainly), cmocka_unit_test(ties),
        cmocka_unit_test(odd_input), cmocka_unit_test(points),     cmocka_unit_test(refuses),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
