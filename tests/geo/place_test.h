/* Random places for the tests of geo/place*.c, the same in every run. */
#ifndef HUTONG_TESTS_PLACE_TEST_H
#define HUTONG_TESTS_PLACE_TEST_H

#include "geo_test.h"

enum { TEST_STAR_MAX = 9 };

static inline double test_uniform(uint64_t *seed) /* xorshift64* */
{
    *seed ^= *seed >> 12;
    *seed ^= *seed << 25;
    *seed ^= *seed >> 27;
    return (double)(*seed * UINT64_C(2685821657736338717) >> 11) / 9007199254740992.0;
}

/* A ring around lon, lat with radii of 30-100 % of size degrees. */
static inline void test_star(struct geo_shape *shape, uint64_t *seed, double lon, double lat, double size)
{
    double xy[2 * TEST_STAR_MAX];
    size_t count = 3 + (size_t)(test_uniform(seed) * (TEST_STAR_MAX - 3));
    for (size_t i = 0; i < count; i++) {
        double radius = size * (0.3 + 0.7 * test_uniform(seed));
        double angle = 2 * M_PI * ((double)i + 0.5 * test_uniform(seed)) / (double)count;
        xy[2 * i] = lon + radius * cos(angle);
        xy[2 * i + 1] = lat + radius * sin(angle);
    }
    test_ring(shape, xy, count);
}

/* One in four a point, one in four with a hole, one in eight of two parts; within 0.01 degree of 121.5, 31.2. */
static inline void test_place(struct geo_shape *shape, uint64_t *seed, int number)
{
    double lon = 121.5 + 0.01 * test_uniform(seed), lat = 31.2 + 0.01 * test_uniform(seed);
    double size = 0.0001 + 0.0006 * test_uniform(seed);
    geo_shape_reset(shape, number % 4 == 0 ? GEO_SHAPE_POINT : GEO_SHAPE_AREA);
    if (shape->type == GEO_SHAPE_POINT) {
        geo_shape_vertex(shape, lon, lat);
        geo_shape_ring_end(shape);
        geo_shape_part_end(shape);
        return;
    }
    test_star(shape, seed, lon, lat, size);
    if (number % 4 == 1) {
        test_star(shape, seed, lon, lat, size * 0.2);
    }
    geo_shape_part_end(shape);
    if (number % 8 == 2) {
        test_star(shape, seed, lon + 2.5 * size, lat, size);
        geo_shape_part_end(shape);
    }
}

/* Metres from p to the wall from wall[0], wall[1] to wall[2], wall[3]. */
static inline double test_wall_m(struct geo_point p, const double *wall, struct geo_local local)
{
    double x = (wall[0] - p.lon) * local.lon_m, y = (wall[1] - p.lat) * local.lat_m;
    double dx = (wall[2] - wall[0]) * local.lon_m, dy = (wall[3] - wall[1]) * local.lat_m;
    double t = dx * dx + dy * dy > 0 ? fmin(1, fmax(0, -(x * dx + y * dy) / (dx * dx + dy * dy))) : 0;
    return hypot(x + t * dx, y + t * dy);
}

/* Wall number i of a shape (the walls of a point have no length); false when vertex i ends its ring. */
static inline bool test_wall(const struct geo_shape *shape, uint32_t i, double wall[4])
{
    const double *v = shape->xy + 2 * (size_t)i;
    bool last = false;
    for (uint32_t ring = 0; ring < shape->rings; ring++) {
        last = last || shape->ring_ends[ring] == i + 1;
    }
    bool point = shape->type == GEO_SHAPE_POINT;
    memcpy(wall, v, 2 * sizeof *wall);
    memcpy(wall + 2, point || last ? v : v + 2, 2 * sizeof *wall);
    return point || !last;
}

#endif
