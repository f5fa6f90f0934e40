/* What the tests of facts/ share: a plane in metres around one point, places on it, fixes across it. */
#ifndef HUTONG_TESTS_FACTS_TEST_H
#define HUTONG_TESTS_FACTS_TEST_H

#include "facts/facts.h"

#include "fixture/fixture.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define TEST_LON 121.5
#define TEST_LAT 31.2
#define TEST_START INT64_C(1790000000000000)

static struct base_diag test_diag;

static inline void test_ok(enum base_err err)
{
    if (err) {
        fail_msg("%s: %s", base_error_name(err), test_diag.text);
    }
}

static inline struct geo_point test_point(double x, double y)
{
    struct geo_local local = geo_local_at(TEST_LAT);
    return (struct geo_point){TEST_LON + x / local.lon_m, TEST_LAT + y / local.lat_m};
}

static inline struct facts_fix test_fix(double seconds, double x, double y)
{
    return (struct facts_fix){
        .t_event = TEST_START + (int64_t)llround(seconds * 1e6), .at = test_point(x, y), .acc_m = 5};
}

static inline void test_box(struct geo_place *place, int64_t id, double west, double south, double east, double north)
{
    AUTO_VALUE(geo_shape) shape;
    geo_shape_init(&shape);
    geo_shape_reset(&shape, GEO_SHAPE_AREA);
    const double corners[][2] = {{west, south}, {east, south}, {east, north}, {west, north}};
    for (size_t i = 0; i < BASE_COUNT(corners); i++) {
        struct geo_point at = test_point(corners[i][0], corners[i][1]);
        geo_shape_vertex(&shape, at.lon, at.lat);
    }
    geo_shape_ring_end(&shape);
    geo_shape_part_end(&shape);
    test_ok(geo_place_add(place, id, id + 1000, &shape, &test_diag));
}

static inline void test_spot(struct geo_place *place, int64_t id, double x, double y)
{
    AUTO_VALUE(geo_shape) shape;
    geo_shape_init(&shape);
    geo_shape_reset(&shape, GEO_SHAPE_POINT);
    struct geo_point at = test_point(x, y);
    geo_shape_vertex(&shape, at.lon, at.lat);
    geo_shape_ring_end(&shape);
    geo_shape_part_end(&shape);
    test_ok(geo_place_add(place, id, id + 1000, &shape, &test_diag));
}

/* --- what a sink was given --- */
enum { TEST_GIVEN_MAX = 8192 };
struct test_given {
    struct facts_pass list[TEST_GIVEN_MAX];
    size_t count;
};

static inline void test_take(void *at, const struct facts_pass *pass)
{
    struct test_given *given = at;
    assert_true(given->count < TEST_GIVEN_MAX);
    given->list[given->count++] = *pass;
}

static inline bool test_same_key(const struct facts_pass *a, const struct facts_pass *b)
{
    return a->kind == b->kind && a->place_id == b->place_id && a->t_from == b->t_from;
}

/* The valid ones: of equal keys the newest. Returns how many; the order is that of their first giving. */
static inline size_t test_valid(const struct test_given *given, struct facts_pass *ret_list)
{
    size_t count = 0;
    for (size_t i = 0; i < given->count; i++) {
        size_t at = 0;
        while (at < count && !test_same_key(&ret_list[at], &given->list[i])) {
            at++;
        }
        ret_list[at] = given->list[i];
        count += at == count;
    }
    return count;
}

static inline double test_seconds(int64_t time_us)
{
    return (double)(time_us - TEST_START) / 1e6;
}

#endif
