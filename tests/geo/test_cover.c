/* geo/cover.c: the cells of a capsule are those, and only those, whose middle a plain distance says it reaches. */
#include "cover_test.h"

#define TIE_M 1e-9

static void grid_of(struct test_zone *zone, double cell_m, struct geo_cover_grid *grid)
{
    test_ok(geo_cover_grid_make(&zone->area, zone->obstacles, zone->count, cell_m, &test_diag, grid));
}

/* Metres from a cell's middle to the segment, in long double: exact enough to judge doubles. */
static long double away(const struct geo_cover_grid *grid, uint32_t cell, struct geo_point a, struct geo_point b)
{
    double ax, ay, bx, by, middle_x, middle_y;
    test_grid_metres(grid, a, &ax, &ay);
    test_grid_metres(grid, b, &bx, &by);
    test_middle(grid, cell, &middle_x, &middle_y);
    long double x = (long double)middle_x - ax, y = (long double)middle_y - ay;
    long double dx = (long double)bx - ax, dy = (long double)by - ay, square = dx * dx + dy * dy;
    long double t = square > 0 ? (x * dx + y * dy) / square : 0;
    t = t < 0 ? 0 : t > 1 ? 1 : t;
    return hypotl(x - t * dx, y - t * dy);
}

/* Sets the segment's bits and compares each cell; gives how many ties there were. */
static uint32_t one(const struct geo_cover_grid *grid, struct geo_point a, struct geo_point b, double r, uint8_t *bits,
                    uint32_t *ret_fresh)
{
    size_t bytes = geo_cover_bytes(grid);
    uint8_t *before = malloc(bytes);
    uint32_t ties = 0, fresh = 0;
    assert_non_null(before);
    memcpy(before, bits, bytes);
    uint32_t said = geo_cover_segment(grid, a, b, r, bits);
    for (uint32_t cell = 0; cell < grid->width * grid->height; cell++) {
        bool was = test_bit(before, cell), is = test_bit(bits, cell);
        long double off = away(grid, cell, a, b) - r;
        bool expected = was || (test_bit(grid->mask, cell) && off <= 0);
        fresh += is && !was;
        ties += fabsl(off) <= TIE_M;
        if (is != expected && fabsl(off) > TIE_M) {
            fail_msg("cell %u of %u x %u: %d, but %.12Lg m off; (%.9f %.9f) (%.9f %.9f) within %g", cell, grid->width,
                     grid->height, is, off, a.lon, a.lat, b.lon, b.lat, r);
        }
        assert_false(is && !test_bit(grid->mask, cell));
    }
    free(before);
    assert_int_equal(said, fresh);
    *ret_fresh += fresh;
    return ties;
}

static struct geo_point near(const struct geo_cover_grid *grid, uint64_t *seed, double spread)
{
    double width = grid->width * grid->cell_m / grid->east_m, height = grid->height * grid->cell_m / grid->north_m;
    return (struct geo_point){grid->origin.lon + width * (0.5 + spread * (test_uniform(seed) - 0.5)),
                              grid->origin.lat + height * (0.5 + spread * (test_uniform(seed) - 0.5))};
}

static struct geo_point moved(const struct geo_cover_grid *grid, struct geo_point a, double east_m, double north_m)
{
    return (struct geo_point){a.lon + east_m / grid->east_m, a.lat + north_m / grid->north_m};
}

/* Short steps, level and upright ones, positions, long ones from far outside, wide ones. */
static struct geo_point other_end(const struct geo_cover_grid *grid, struct geo_point a, uint64_t *seed, int i)
{
    double way = 20 * test_uniform(seed), angle = 2 * M_PI * test_uniform(seed);
    switch (i % 8) {
    case 0:
        return moved(grid, a, way, 0);
    case 1:
        return moved(grid, a, 0, way);
    case 2:
        return a;
    case 3:
        return near(grid, seed, 30);
    case 4:
        return moved(grid, a, way * 1e-9, -way * 1e-10);
    case 5:
        return (struct geo_point){a.lon + 0.3 * (test_uniform(seed) - 0.5), a.lat + 0.3 * (test_uniform(seed) - 0.5)};
    default:
        return moved(grid, a, way * cos(angle), way * sin(angle));
    }
}

static void as_plainly(void **state)
{
    (void)state;
    uint64_t seed = 20260701;
    uint32_t ties = 0, fresh = 0, segments = 0;
    for (int i = 0; i < 60; i++) {
        AUTO_VALUE(test_zone) zone = {.count = 0};
        AUTO_VALUE(geo_cover_grid) grid = {.mask = NULL};
        test_zone(&zone, &seed, 0.0001 + 0.001 * test_uniform(&seed));
        grid_of(&zone, i % 3 ? GEO_COVER_CELL_M : 0.5 + 4.5 * test_uniform(&seed), &grid);
        uint8_t *bits = calloc(1, geo_cover_bytes(&grid));
        assert_non_null(bits);
        for (int j = 0; j < 40; j++, segments++) {
            struct geo_point a = near(&grid, &seed, 1.3), b = other_end(&grid, a, &seed, j);
            double r = j % 5 ? 10 * test_uniform(&seed) : j % 2 ? 2.5 : 100 * test_uniform(&seed);
            if (j % 10 == 0) {
                memset(bits, 0, geo_cover_bytes(&grid));
            }
            ties += one(&grid, a, b, r, bits, &fresh);
        }
        free(bits);
    }
    printf("# %u segments, %u cells set, %u ties within %g m\n", segments, fresh, ties, TIE_M);
    assert_true(fresh > 100000 && ties < 100);
}

static void square_grid(double side_m, double cell_m, struct geo_cover_grid *grid)
{
    AUTO_VALUE(geo_shape) area;
    geo_shape_init(&area);
    geo_shape_reset(&area, GEO_SHAPE_AREA);
    test_square(&area, 121.5, 31.2, side_m / geo_local_at(31.2).lon_m);
    test_ok(geo_cover_grid_make(&area, NULL, 0, cell_m, &test_diag, grid));
}

/* By hand: 2.5 m cells, 50 m from the corner eastward, 2.5 m to each side: two rows of twenty, and 2 cells a cap. */
static void by_hand(void **state)
{
    (void)state;
    AUTO_VALUE(geo_cover_grid) grid = {.mask = NULL};
    square_grid(100, 2.5, &grid);
    assert_int_equal(grid.width, 40);
    uint8_t *bits = calloc(1, geo_cover_bytes(&grid));
    struct geo_point a = moved(&grid, grid.origin, 24.9, 50), b = moved(&grid, a, 50.2, 0);
    assert_int_equal(geo_cover_segment(&grid, a, b, 2.5, bits), 2 * 22);
    assert_int_equal(geo_cover_segment(&grid, b, a, 2.5, bits), 0);
    for (size_t x = 0; x < 40; x++) {
        bool in = x >= 9 && x < 31;
        assert_int_equal(test_bit(bits, 18 * 40 + x), 0);
        assert_int_equal(test_bit(bits, 19 * 40 + x), in);
        assert_int_equal(test_bit(bits, 20 * 40 + x), in);
        assert_int_equal(test_bit(bits, 21 * 40 + x), 0);
    }
    assert_int_equal(bits[19 * 5 + 1], 0x7f); /* cell 9 is the second of its byte, from the highest bit */
    assert_int_equal(geo_cover_count(&grid, bits), 44);
    free(bits);
}

static double worst_along_rows(double r, double cell_m)
{
    AUTO_VALUE(geo_cover_grid) grid = {.mask = NULL};
    uint64_t seed = 20260706;
    double worst = 0;
    square_grid(1000, cell_m, &grid);
    uint8_t *bits = calloc(1, geo_cover_bytes(&grid));
    for (int i = 0; i < 200; i++) {
        struct geo_point a = moved(&grid, grid.origin, 100, 100 + 10 * test_uniform(&seed));
        memset(bits, 0, geo_cover_bytes(&grid));
        double m2 = geo_cover_segment(&grid, a, moved(&grid, a, 800, 0), r, bits) * grid.cell_m * grid.cell_m;
        worst = fmax(worst, fabs(m2 / (2 * r * 800 + M_PI * r * r) - 1));
    }
    free(bits);
    return worst;
}

/* Straight along the rows, which no sampling averages out: up to half a cell to each side, and nothing with cells of
 * which the width is a whole number. */
static void along_the_rows(void **state)
{
    (void)state;
    const double widths[] = {0.3, 1, 2.5, 3, 3.75, 4, 5, 7.2, 10, 33};
    for (size_t i = 0; i < BASE_COUNT(widths); i++) {
        double r = widths[i], cell_m = geo_cover_cell_m(r);
        double plain = worst_along_rows(r, GEO_COVER_CELL_M), suited = worst_along_rows(r, cell_m);
        printf("# along the rows, half width %5.2f m: worst %.1f %% in cells of 2.5 m, %.1f %% of %.2f m\n", r,
               plain * 100, suited * 100, cell_m);
        assert_true(cell_m <= 2.5 && (cell_m > 1.25 || r < 1.25));
        assert_true(plain < 2.5 / (2 * r) + 0.01 && suited <= 0.01);
    }
    const double odd[] = {NAN, -1, 0, INFINITY, 0.1};
    for (size_t i = 0; i < BASE_COUNT(odd); i++) {
        test_near(geo_cover_cell_m(odd[i]), GEO_COVER_CELL_M, 0);
    }
}

static void none(const struct geo_cover_grid *grid, struct geo_point a, struct geo_point b, double r)
{
    uint8_t *bits = calloc(1, geo_cover_bytes(grid));
    assert_int_equal(geo_cover_segment(grid, a, b, r, bits), 0);
    assert_int_equal(geo_cover_segment(grid, b, a, r, bits), 0);
    assert_int_equal(geo_cover_count(grid, bits), 0);
    free(bits);
}

static void odd_input(void **state)
{
    (void)state;
    AUTO_VALUE(geo_cover_grid) grid = {.mask = NULL};
    square_grid(100, 2.5, &grid);
    struct geo_point in = moved(&grid, grid.origin, 50, 50);
    const double odd[] = {NAN, INFINITY, -INFINITY, 1e300, -1e300, 361};
    for (size_t i = 0; i < BASE_COUNT(odd); i++) {
        none(&grid, in, (struct geo_point){odd[i], 31.2}, 2.5);
        none(&grid, in, (struct geo_point){121.5, odd[i]}, 2.5);
    }
    none(&grid, in, in, NAN);
    none(&grid, in, in, -1);
    none(&grid, in, in, 0); /* no middle lies there */
    none(&grid, (struct geo_point){-60, -31}, (struct geo_point){-60, -31}, 1000);
    none(&grid, (struct geo_point){-60, 80}, (struct geo_point){170, 80}, 1000);
    uint8_t *bits = calloc(1, geo_cover_bytes(&grid));
    assert_int_equal(geo_cover_segment(&grid, in, in, INFINITY, bits), grid.passable);
    assert_int_equal(geo_cover_segment(&grid, in, in, 1e300, bits), 0);
    memset(bits, 0, geo_cover_bytes(&grid));
    /* Once around half the earth along the middle of the grid: each column, two rows. */
    struct geo_point west = {-170, in.lat}, east = {179, in.lat};
    assert_int_equal(geo_cover_segment(&grid, west, east, 2.5, bits), 2 * 40);
    free(bits);
}

static void joins_and_counts(void **state)
{
    (void)state;
    uint64_t seed = 20260702;
    for (int i = 0; i < 40; i++) { /* also bitmaps whose last word is not full */
        AUTO_VALUE(test_zone) zone = {.count = 0};
        AUTO_VALUE(geo_cover_grid) grid = {.mask = NULL};
        test_zone(&zone, &seed, 0.00005 + 0.0003 * test_uniform(&seed));
        grid_of(&zone, 2.5, &grid);
        size_t bytes = geo_cover_bytes(&grid);
        uint8_t *bits = calloc(3, bytes), *more = bits + bytes, *both = more + bytes;
        uint32_t apart = 0, together = 0;
        for (int j = 0; j < 10; j++) {
            struct geo_point a = near(&grid, &seed, 1), b = near(&grid, &seed, 1);
            apart += geo_cover_segment(&grid, a, b, 5, j % 2 ? bits : more);
            together += geo_cover_segment(&grid, a, b, 5, both);
        }
        assert_int_equal(geo_cover_count(&grid, bits) + geo_cover_count(&grid, more), apart);
        assert_int_equal(geo_cover_count(&grid, both), together);
        geo_cover_join(&grid, bits, more);
        assert_memory_equal(bits, both, bytes);
        memset(both, 0xff, bytes);
        assert_int_equal(geo_cover_count(&grid, both), grid.passable); /* what cannot be passed does not count */
        free(bits);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(as_plainly), cmocka_unit_test(by_hand),          cmocka_unit_test(along_the_rows),
        cmocka_unit_test(odd_input),  cmocka_unit_test(joins_and_counts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
