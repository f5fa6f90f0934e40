/* geo/place_near.c against walking along every step: distances to walls by golden section, inside by geo_shape. */
#include "place_test.h"

enum { PLACES = 240, STEPS = 160, ROUNDS = 48 };
#define GOLDEN 0.6180339887498949

static struct geo_point along(struct geo_point a, struct geo_point b, double share)
{
    return (struct geo_point){a.lon + share * (b.lon - a.lon), a.lat + share * (b.lat - a.lat)};
}

/* The distance to a wall is convex along the step, so a golden section finds its least. */
static double walk_m(struct geo_point a, struct geo_point b, const double *wall, struct geo_local local)
{
    double low = 0, high = 1;
    double least = fmin(test_wall_m(a, wall, local), test_wall_m(b, wall, local));
    for (int i = 0; i < ROUNDS; i++) {
        double left = high - GOLDEN * (high - low), right = low + GOLDEN * (high - low);
        double left_m = test_wall_m(along(a, b, left), wall, local),
               right_m = test_wall_m(along(a, b, right), wall, local);
        least = fmin(least, fmin(left_m, right_m));
        *(left_m < right_m ? &high : &low) = left_m < right_m ? right : left;
    }
    return least;
}

static struct geo_place_hit plainly(const struct geo_shape *shape, struct geo_point a, struct geo_point b)
{
    struct geo_local local = geo_local_at((a.lat + b.lat) / 2);
    struct geo_place_hit hit = {.method = GEO_PLACE_NEAREST, .distance_m = INFINITY};
    if (geo_shape_contains(shape, b)) {
        return (struct geo_place_hit){.method = GEO_PLACE_INSIDE};
    }
    for (uint32_t i = 0; i < shape->vertices; i++) {
        double wall[4];
        if (test_wall(shape, i, wall)) {
            hit.distance_m = fmin(hit.distance_m, walk_m(a, b, wall, local));
        }
    }
    return hit;
}

struct seen {
    struct geo_place_hit hits[PLACES];
    struct geo_place_step steps[PLACES];
    int count, limit;
};

static bool collect(void *at, const struct geo_place_step *step)
{
    struct seen *seen = at;
    const struct geo_place_hit *hit = &step->hit;
    assert_in_range(hit->id, 1, PLACES);
    assert_int_equal(seen->hits[hit->id - 1].method, GEO_PLACE_NONE); /* each once */
    assert_int_equal(hit->estate_id, hit->id % 7);
    seen->hits[hit->id - 1] = *hit;
    seen->steps[hit->id - 1] = *step;
    return ++seen->count != seen->limit;
}

/* The end's distance; that the step is that near where it says; and that it does not touch the place before. */
static void as_far_along(const struct geo_shape *shape, struct geo_point a, struct geo_point b,
                         const struct geo_place_step *step)
{
    struct geo_point there = along(a, b, step->along);
    double length_m = test_distance_m(a, b);
    double tolerance = 0.001 + length_m * 5e-5; /* a degree of longitude is not the same all along */
    assert_true(step->along >= 0 && step->along <= 1);
    test_near(step->end_m, plainly(shape, b, b).distance_m * (step->hit.method != GEO_PLACE_INSIDE), tolerance);
    test_near(plainly(shape, there, there).distance_m, step->hit.distance_m, tolerance);
    if (step->hit.distance_m == 0 && step->along * length_m > 10) {
        assert_true(plainly(shape, a, along(a, b, step->along - 1 / length_m)).distance_m > 0);
    }
}

static struct geo_point random_end(uint64_t *seed, struct geo_point from, int step)
{
    static const double lengths[] = {0, 0.0001, 0.001, 0.01}; /* degrees: some 0, 10, 100 and 1000 m */
    double length = lengths[step % 4], angle = 2 * M_PI * test_uniform(seed);
    return (struct geo_point){from.lon + length * cos(angle), from.lat + length * sin(angle)};
}

static void as_walked(void **state)
{
    (void)state;
    static struct geo_shape shapes[PLACES];
    uint64_t seed = 20260101;
    int found[3] = {0}, crossed = 0;
    AUTO(geo_place) place = NULL;
    test_ok(geo_place_new(&test_diag, &place));
    for (int i = 0; i < PLACES; i++) {
        geo_shape_init(&shapes[i]);
        test_place(&shapes[i], &seed, i);
        test_ok(geo_place_add(place, i + 1, (i + 1) % 7, &shapes[i], &test_diag));
    }
    test_ok(geo_place_build(place, &test_diag));
    for (int step = 0; step < STEPS; step++) {
        struct geo_point a = {121.5 + 0.01 * test_uniform(&seed), 31.2 + 0.01 * test_uniform(&seed)};
        struct geo_point b = random_end(&seed, a, step);
        double radius_m = 120 * test_uniform(&seed);
        struct seen seen = {.limit = -1};
        geo_place_near(place, a, b, radius_m, collect, &seen);
        for (int i = 0; i < PLACES; i++) {
            struct geo_place_hit expected = plainly(&shapes[i], a, b);
            if (fabs(expected.distance_m - radius_m) < 0.001) {
                continue; /* either is right: the index keeps 0.1 mm */
            }
            expected.method = expected.distance_m > radius_m ? GEO_PLACE_NONE : expected.method;
            assert_int_equal(seen.hits[i].method, expected.method);
            found[expected.method]++;
            if (expected.method) {
                test_near(seen.hits[i].distance_m, expected.distance_m, 0.001);
                as_far_along(&shapes[i], a, b, &seen.steps[i]);
                crossed += expected.method == GEO_PLACE_NEAREST && seen.hits[i].distance_m == 0;
            }
        }
    }
    for (int i = 0; i < PLACES; i++) {
        geo_shape_release(&shapes[i]);
    }
    assert_true(found[GEO_PLACE_NONE] > 1000 && found[GEO_PLACE_NEAREST] > 1000 && found[GEO_PLACE_INSIDE] > 20);
    assert_true(crossed > 100);
}

/* Place 1: a square of 0.001 degrees with a court of 0.0006 in it. Place 2: a point east of it. */
static struct geo_place *court_and_point(void)
{
    struct geo_place *place = NULL;
    AUTO_VALUE(geo_shape) shape;
    geo_shape_init(&shape);
    test_ok(geo_place_new(&test_diag, &place));
    geo_shape_reset(&shape, GEO_SHAPE_AREA);
    const double outside[] = {121.5, 31.2, 121.501, 31.2, 121.501, 31.201, 121.5, 31.201};
    const double court[] = {121.5002, 31.2002, 121.5002, 31.2008, 121.5008, 31.2008, 121.5008, 31.2002};
    test_ring(&shape, outside, 4);
    test_ring(&shape, court, 4);
    geo_shape_part_end(&shape);
    test_ok(geo_place_add(place, 1, 1, &shape, &test_diag));
    geo_shape_reset(&shape, GEO_SHAPE_POINT);
    geo_shape_vertex(&shape, 121.502, 31.2005);
    geo_shape_ring_end(&shape);
    geo_shape_part_end(&shape);
    test_ok(geo_place_add(place, 2, 2, &shape, &test_diag));
    test_ok(geo_place_build(place, &test_diag));
    return place;
}

static void step(const struct geo_place *place, const double ends[4], double radius_m, enum geo_place_method method,
                 double distance_m)
{
    struct seen seen = {.limit = -1};
    geo_place_near(place, (struct geo_point){ends[0], ends[1]}, (struct geo_point){ends[2], ends[3]}, radius_m, collect,
                   &seen);
    assert_int_equal(seen.hits[0].method, method);
    test_near(seen.hits[0].distance_m, distance_m, 0.001);
    assert_int_equal(seen.hits[1].method, GEO_PLACE_NONE);
}

static void courts(void **state)
{
    (void)state;
    AUTO(geo_place) place = court_and_point();
    double lon_m = geo_local_at(31.2005).lon_m;
    step(place, (double[]){121.4, 31.2005, 121.5015, 31.2005}, 0, GEO_PLACE_NEAREST, 0); /* right through */
    step(place, (double[]){121.5005, 31.2005, 121.5006, 31.2005}, 30, GEO_PLACE_NEAREST,
         0.0002 * lon_m); /* in the court */
    step(place, (double[]){121.5005, 31.2005, 121.5006, 31.2005}, 10, GEO_PLACE_NONE, 0);
    step(place, (double[]){121.5005, 31.2005, 121.5009, 31.2005}, 0, GEO_PLACE_INSIDE, 0);  /* out of the court */
    step(place, (double[]){121.5009, 31.2005, 121.5005, 31.2005}, 0, GEO_PLACE_NEAREST, 0); /* and back into it */
    step(place, (double[]){121.5001, 31.2001, 121.5001, 31.2001}, 0, GEO_PLACE_INSIDE, 0);
    step(place, (double[]){121.5012, 31.19, 121.5012, 31.21}, 20, GEO_PLACE_NEAREST, 0.0002 * lon_m); /* past it */
    step(place, (double[]){121.501, 31.19, 121.501, 31.21}, 0, GEO_PLACE_NEAREST, 0); /* along the wall */
}

static void points_and_odd_input(void **state)
{
    (void)state;
    AUTO(geo_place) place = court_and_point();
    struct geo_point a = {121.502, 31.2}, b = {121.502, 31.2005};
    struct seen seen = {.limit = -1};
    geo_place_near(place, a, b, 1, collect, &seen); /* ends on the point: at it, not in it */
    assert_int_equal(seen.count, 1);
    assert_int_equal(seen.hits[1].method, GEO_PLACE_NEAREST);
    test_near(seen.hits[1].distance_m, 0, 0);
    seen = (struct seen){.limit = 1};
    geo_place_near(place, a, b, 5000, collect, &seen); /* stops when told to */
    assert_int_equal(seen.count, 1);
    seen = (struct seen){.limit = -1};
    geo_place_near(place, (struct geo_point){NAN, 31.2}, b, 5000, collect, &seen);
    geo_place_near(place, a, (struct geo_point){INFINITY, 31.2}, 5000, collect, &seen);
    geo_place_near(place, a, a, NAN, collect, &seen);
    geo_place_near(place, a, a, -1, collect, &seen);
    AUTO(geo_place) empty = NULL;
    test_ok(geo_place_new(&test_diag, &empty));
    geo_place_near(empty, a, b, 5000, collect, &seen); /* not built */
    test_ok(geo_place_build(empty, &test_diag));
    geo_place_near(empty, a, b, 5000, collect, &seen);
    assert_int_equal(seen.count, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(as_walked),
        cmocka_unit_test(courts),
        cmocka_unit_test(points_and_odd_input),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
