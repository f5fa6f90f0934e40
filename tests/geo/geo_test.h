/* What the tests of geo/ share. */
#ifndef HUTONG_TESTS_GEO_TEST_H
#define HUTONG_TESTS_GEO_TEST_H

#include "geo/geo.h"

#include "fixture/fixture.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct base_diag test_diag;

static inline void test_ok(enum base_err err)
{
    if (err) {
        fail_msg("%s: %s", base_error_name(err), test_diag.text);
    }
}

/* cmocka's float comparison has no double twin in 1.1.5. */
static inline void test_near(double value, double expected, double tolerance)
{
    if (!(fabs(value - expected) <= tolerance)) {
        fail_msg("%.12g is not %.12g (+- %g)", value, expected, tolerance);
    }
}

/* A ring from pairs; closes it. */
static inline void test_ring(struct geo_shape *shape, const double *xy, size_t pairs)
{
    for (size_t i = 0; i < pairs; i++) {
        geo_shape_vertex(shape, xy[2 * i], xy[2 * i + 1]);
    }
    geo_shape_ring_end(shape);
}

/* A square part of side degrees with its south-west corner at lon, lat. */
static inline void test_square(struct geo_shape *shape, double lon, double lat, double side)
{
    const double xy[] = {lon, lat, lon + side, lat, lon + side, lat + side, lon, lat + side};
    test_ring(shape, xy, 4);
    geo_shape_part_end(shape);
}

/* A file of tests/fixtures/geo. */
static inline const char *test_fixture(const char *name)
{
    static char path[4096];
    snprintf(path, sizeof path, "%s/tests/fixtures/geo/%s", fixture_source(), name);
    return path;
}

/* Metres between two points that are near. */
static inline double test_distance_m(struct geo_point a, struct geo_point b)
{
    struct geo_local local = geo_local_at((a.lat + b.lat) / 2);
    return hypot((a.lon - b.lon) * local.lon_m, (a.lat - b.lat) * local.lat_m);
}

#endif
