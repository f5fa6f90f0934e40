/* Random zones and tracks for the tests of geo/cover*.c, and what GEOS says of them; the same in every run. */
#ifndef HUTONG_TESTS_COVER_TEST_H
#define HUTONG_TESTS_COVER_TEST_H

#include "place_test.h"

#include <geos_c.h>

enum { TEST_OBSTACLES_MAX = 12, TEST_QUADRANT = 16 };

struct test_zone {
    struct geo_shape area;
    struct geo_shape obstacles[TEST_OBSTACLES_MAX];
    size_t count;
};

static inline void test_zone_release(struct test_zone *zone)
{
    geo_shape_release(&zone->area);
    for (size_t i = 0; i < BASE_COUNT(zone->obstacles); i++) {
        geo_shape_release(&zone->obstacles[i]);
    }
}

/* A star of size degrees; one in two with a hole, one in four of two parts; obstacles that may overlap and stick out.
 */
static inline void test_zone(struct test_zone *zone, uint64_t *seed, double size)
{
    double lon = 121.5 + 0.01 * test_uniform(seed), lat = 31.2 + 0.01 * test_uniform(seed);
    geo_shape_reset(&zone->area, GEO_SHAPE_AREA);
    test_star(&zone->area, seed, lon, lat, size);
    if (test_uniform(seed) < 0.5) {
        test_star(&zone->area, seed, lon, lat, size * 0.15);
    }
    geo_shape_part_end(&zone->area);
    if (test_uniform(seed) < 0.25) {
        test_star(&zone->area, seed, lon + 2.2 * size, lat, size * 0.7);
        geo_shape_part_end(&zone->area);
    }
    zone->count = (size_t)(test_uniform(seed) * (TEST_OBSTACLES_MAX + 1));
    for (size_t i = 0; i < zone->count; i++) {
        double far_lon = lon + size * (2 * test_uniform(seed) - 1), far_lat = lat + size * (2 * test_uniform(seed) - 1);
        geo_shape_reset(&zone->obstacles[i], GEO_SHAPE_AREA);
        test_star(&zone->obstacles[i], seed, far_lon, far_lat, size * 0.2 * test_uniform(seed));
        geo_shape_part_end(&zone->obstacles[i]);
    }
}

static inline void test_grid_metres(const struct geo_cover_grid *grid, struct geo_point p, double *x, double *y)
{
    *x = (p.lon - grid->origin.lon) * grid->east_m;
    *y = (p.lat - grid->origin.lat) * grid->north_m;
}

/* The middle of a cell, in metres from the corner. */
static inline void test_middle(const struct geo_cover_grid *grid, uint32_t cell, double *x, double *y)
{
    uint32_t row = cell / grid->width, column = cell % grid->width;
    *x = (column + 0.5) * grid->cell_m;
    *y = (row + 0.5) * grid->cell_m;
}

static inline bool test_bit(const uint8_t *bits, size_t i)
{
    return bits[i / 8] >> (7 - i % 8) & 1;
}

/* --- GEOS: buffers of all segments, joined, within the zone; in the metres of the grid --- */
static inline GEOSGeometry *test_geos_must(GEOSGeometry *geometry)
{
    if (!geometry) {
        fail_msg("GEOS failed");
    }
    return geometry;
}

static inline GEOSGeometry *test_geos_ring(GEOSContextHandle_t geos, const struct geo_cover_grid *grid,
                                           const struct geo_shape *shape, uint32_t ring)
{
    uint32_t first = ring ? shape->ring_ends[ring - 1] : 0;
    uint32_t count = shape->ring_ends[ring] - first;
    GEOSCoordSequence *seq = GEOSCoordSeq_create_r(geos, count, 2);
    for (uint32_t i = 0; i < count; i++) {
        const double *xy = shape->xy + 2 * (size_t)(first + i);
        double x, y;
        test_grid_metres(grid, (struct geo_point){xy[0], xy[1]}, &x, &y);
        GEOSCoordSeq_setXY_r(geos, seq, i, x, y);
    }
    return test_geos_must(GEOSGeom_createLinearRing_r(geos, seq));
}

/* Even-odd over all rings: symmetric differences. */
static inline GEOSGeometry *test_geos_area(GEOSContextHandle_t geos, const struct geo_cover_grid *grid,
                                           const struct geo_shape *shape)
{
    GEOSGeometry *all = GEOSGeom_createEmptyPolygon_r(geos);
    for (uint32_t ring = 0; ring < shape->rings; ring++) {
        GEOSGeometry *one = GEOSGeom_createPolygon_r(geos, test_geos_ring(geos, grid, shape, ring), NULL, 0);
        GEOSGeometry *valid = test_geos_must(GEOSMakeValid_r(geos, one));
        GEOSGeometry *both = test_geos_must(GEOSSymDifference_r(geos, all, valid));
        GEOSGeom_destroy_r(geos, one);
        GEOSGeom_destroy_r(geos, valid);
        GEOSGeom_destroy_r(geos, all);
        all = both;
    }
    return all;
}

static inline GEOSGeometry *test_geos_passable(GEOSContextHandle_t geos, const struct geo_cover_grid *grid,
                                               const struct geo_shape *area, const struct geo_shape *obstacles,
                                               size_t count)
{
    GEOSGeometry *left = test_geos_area(geos, grid, area);
    for (size_t i = 0; i < count; i++) {
        GEOSGeometry *obstacle = test_geos_area(geos, grid, &obstacles[i]);
        GEOSGeometry *less = test_geos_must(GEOSDifference_r(geos, left, obstacle));
        GEOSGeom_destroy_r(geos, obstacle);
        GEOSGeom_destroy_r(geos, left);
        left = less;
    }
    return left;
}

static inline GEOSGeometry *test_geos_capsule(GEOSContextHandle_t geos, const struct geo_cover_grid *grid,
                                              struct geo_point a, struct geo_point b, double half_width_m)
{
    GEOSCoordSequence *seq = GEOSCoordSeq_create_r(geos, 2, 2);
    double x, y;
    test_grid_metres(grid, a, &x, &y);
    GEOSCoordSeq_setXY_r(geos, seq, 0, x, y);
    test_grid_metres(grid, b, &x, &y);
    GEOSCoordSeq_setXY_r(geos, seq, 1, x, y);
    GEOSGeometry *line = test_geos_must(GEOSGeom_createLineString_r(geos, seq));
    GEOSGeometry *capsule = test_geos_must(
        GEOSBufferWithStyle_r(geos, line, half_width_m, TEST_QUADRANT, GEOSBUF_CAP_ROUND, GEOSBUF_JOIN_ROUND, 5));
    GEOSGeom_destroy_r(geos, line);
    return capsule;
}

/* Square metres, and metres of its outline; a step of which break_before says so is none. */
static inline double test_geos_covered(GEOSContextHandle_t geos, const struct geo_cover_grid *grid,
                                       const GEOSGeometry *passable, const struct geo_point *points, size_t count,
                                       const bool *break_before, double half_width_m, double *ret_outline_m)
{
    GEOSGeometry **capsules = calloc(count, sizeof *capsules);
    unsigned made = 0;
    assert_non_null(capsules);
    for (size_t i = 1; i < count; i++) {
        if (!break_before || !break_before[i]) {
            capsules[made++] = test_geos_capsule(geos, grid, points[i - 1], points[i], half_width_m);
        }
    }
    GEOSGeometry *many = test_geos_must(GEOSGeom_createCollection_r(geos, GEOS_MULTIPOLYGON, capsules, made));
    GEOSGeometry *joined = test_geos_must(GEOSUnaryUnion_r(geos, many));
    GEOSGeometry *within = test_geos_must(GEOSIntersection_r(geos, joined, passable));
    double area_m2 = 0;
    assert_int_equal(GEOSArea_r(geos, within, &area_m2), 1);
    assert_int_equal(GEOSLength_r(geos, within, ret_outline_m), 1);
    GEOSGeom_destroy_r(geos, within);
    GEOSGeom_destroy_r(geos, joined);
    GEOSGeom_destroy_r(geos, many);
    free(capsules);
    return area_m2;
}

static inline int test_by_value(const void *a, const void *b)
{
    double left = *(const double *)a, right = *(const double *)b;
    return left < right ? -1 : left > right;
}

#endif
