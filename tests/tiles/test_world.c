/* tiles/world.c: world coordinates, the curve, extents of tiles. */
#include "tiles/private.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

static void known_places(void **state)
{
    (void)state;
    assert_int_equal(tiles_world_x(-180), 0);
    assert_int_equal(tiles_world_x(0), UINT32_C(1) << 31);
    assert_int_equal(tiles_world_x(90), UINT32_C(3) << 30);
    assert_int_equal(tiles_world_y(0), UINT32_C(1) << 31);
    /* The quarter lines of the square lie at gd(pi/2) = 66.51326044 degrees. */
    assert_in_range(tiles_world_y(66.51326044311186), (UINT32_C(1) << 30) - 1, UINT32_C(1) << 30);
    assert_in_range(tiles_world_y(-66.51326044311186), (UINT32_C(3) << 30) - 1, UINT32_C(3) << 30);
}

static void cut_at_the_edges(void **state)
{
    (void)state;
    assert_int_equal(tiles_world_x(180), UINT32_MAX);
    assert_int_equal(tiles_world_x(INFINITY), UINT32_MAX);
    assert_int_equal(tiles_world_x(-181), 0);
    assert_int_equal(tiles_world_x(NAN), 0);
    assert_int_equal(tiles_world_y(90), 0);
    assert_int_equal(tiles_world_y(85.06), 0);
    assert_int_equal(tiles_world_y(-90), UINT32_MAX);
    assert_int_equal(tiles_world_y(-85.06), UINT32_MAX);
    assert_int_equal(tiles_world_y(NAN), 0);
}

static void there_and_back(void **state)
{
    (void)state;
    for (double lon = -179.9; lon < 180; lon += 0.3712) {
        assert_true(fabs(tiles_world_lon(tiles_world_x(lon)) - lon) < 1e-7); /* 1 cm */
    }
    for (double lat = -85; lat < 85; lat += 0.3712) {
        assert_true(fabs(tiles_world_lat(tiles_world_y(lat)) - lat) < 1e-7);
    }
    for (uint64_t at = 5; at < UINT32_MAX; at += 7654321) {
        assert_int_equal(tiles_world_x(tiles_world_lon((uint32_t)at)), at);
        assert_int_equal(tiles_world_y(tiles_world_lat((uint32_t)at)), at);
    }
}

/* A curve without gaps: cells that follow each other are neighbours, and each comes once. */
static void the_curve(void **state)
{
    (void)state;
    enum { SIDE = 64, CELL = 1 << 16 };
    static uint32_t at[SIDE * SIDE];
    static bool seen[SIDE * SIDE];
    uint32_t least = UINT32_MAX;
    for (uint32_t i = 0; i < SIDE * SIDE; i++) {
        at[i] = tiles_world_hilbert(i % SIDE * CELL + i, i / SIDE * CELL + 7 * i);
        least = at[i] < least ? at[i] : least;
    }
    assert_int_equal(least, 0); /* the corner of the world */
    uint32_t where[SIDE * SIDE];
    for (uint32_t i = 0; i < SIDE * SIDE; i++) {
        assert_true(at[i] < SIDE * SIDE && !seen[at[i]]);
        seen[at[i]] = true;
        where[at[i]] = i;
    }
    for (uint32_t i = 1; i < SIDE * SIDE; i++) {
        int dx = abs((int)(where[i] % SIDE) - (int)(where[i - 1] % SIDE));
        int dy = abs((int)(where[i] / SIDE) - (int)(where[i - 1] / SIDE));
        assert_int_equal(dx + dy, 1);
    }
    assert_int_equal(tiles_world_hilbert(UINT32_MAX, 0), UINT32_MAX);
}

static void extents(void **state)
{
    (void)state;
    struct tiles_extent all = tiles_world_extent((struct tiles_address){0, 0, 0});
    assert_true(all.min_x == 0 && all.min_y == 0 && all.max_x == UINT32_MAX && all.max_y == UINT32_MAX);
    struct tiles_extent corner = tiles_world_extent((struct tiles_address){1, 1, 0});
    assert_true(corner.min_x == (UINT32_C(1) << 31) - (UINT32_C(1) << 25) && corner.max_x == UINT32_MAX);
    assert_true(corner.min_y == 0 && corner.max_y == (UINT32_C(1) << 31) + (UINT32_C(1) << 25));
    struct tiles_extent deep = tiles_world_extent((struct tiles_address){22, 2000000, 1000000});
    assert_true(deep.min_x == 2000000u * 1024 - 16 && deep.max_x == 2000001u * 1024 + 16);
    assert_true(deep.min_y == 1000000u * 1024 - 16 && deep.max_y == 1000001u * 1024 + 16);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(known_places), cmocka_unit_test(cut_at_the_edges), cmocka_unit_test(there_and_back),
        cmocka_unit_test(the_curve),    cmocka_unit_test(extents),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
