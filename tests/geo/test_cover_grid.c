/* geo/cover_grid.c: outlines become the cells that a plain point in polygon says, of every kind of area there is. */
#include "cover_test.h"

/* Does the middle lie on a wall, or so near that rounding decides? */
static bool on_wall(const struct geo_cover_grid *grid, const struct geo_shape *shape, struct geo_point p)
{
    struct geo_local local = {grid->east_m, grid->north_m};
    for (uint32_t i = 0; i < shape->vertices; i++) {
        double wall[4];
        if (test_wall(shape, i, wall) && test_wall_m(p, wall, local) < 1e-7) {
            return true;
        }
    }
    return false;
}

static uint32_t compare(const struct geo_cover_grid *grid, const struct test_zone *zone)
{
    uint32_t passable = 0;
    for (uint32_t cell = 0; cell < grid->width * grid->height; cell++) {
        double x, y;
        test_middle(grid, cell, &x, &y);
        struct geo_point p = {grid->origin.lon + x / grid->east_m, grid->origin.lat + y / grid->north_m};
        bool in = geo_shape_contains(&zone->area, p), tie = on_wall(grid, &zone->area, p);
        for (size_t i = 0; i < zone->count; i++) {
            in = in && !geo_shape_contains(&zone->obstacles[i], p);
            tie = tie || on_wall(grid, &zone->obstacles[i], p);
        }
        bool is = test_bit(grid->mask, cell);
        passable += is;
        if (is != in && !tie) {
            fail_msg("cell %u of %u x %u is %d", cell, grid->width, grid->height, is);
        }
    }
    return passable;
}

static void as_plainly(void **state)
{
    (void)state;
    uint64_t seed = 20260703;
    uint32_t passable = 0, refined = 0;
    for (int i = 0; i < 200; i++) {
        AUTO_VALUE(test_zone) zone = {.count = 0};
        AUTO_VALUE(geo_cover_grid) grid = {.mask = NULL};
        test_zone(&zone, &seed, 0.00002 + 0.0008 * test_uniform(&seed));
        test_ok(geo_cover_grid_make(&zone.area, zone.obstacles, zone.count, 2.5, &test_diag, &grid));
        uint32_t counted = compare(&grid, &zone);
        assert_int_equal(counted, grid.passable);
        passable += counted;
        refined += grid.cell_m < 2.5;
    }
    printf("# %u passable cells of 200 zones, %u with smaller cells\n", passable, refined);
    assert_true(passable > 100000 && refined > 5 && refined < 150);
}

static void area_of(struct geo_shape *area, const double *metres, size_t pairs)
{
    struct geo_local local = geo_local_at(31.2);
    double xy[64];
    for (size_t i = 0; i < pairs; i++) {
        xy[2 * i] = 121.5 + metres[2 * i] / local.lon_m;
        xy[2 * i + 1] = 31.2 + metres[2 * i + 1] / local.lat_m;
    }
    test_ring(area, xy, pairs);
}

static void rectangle(struct geo_shape *area, double x, double y, double width, double height)
{
    const double metres[] = {x, y, x + width, y, x + width, y + height, x, y + height};
    area_of(area, metres, 4);
}

/* 100 m x 50 m with a hole of 20 x 20, another part of 25 x 25, a house across the edge and a lake: 2.5 m cells. */
static void by_hand(void **state)
{
    (void)state;
    AUTO_VALUE(test_zone) zone = {.count = 2};
    AUTO_VALUE(geo_cover_grid) grid = {.mask = NULL};
    geo_shape_reset(&zone.area, GEO_SHAPE_AREA);
    rectangle(&zone.area, 0, 0, 100, 50);
    rectangle(&zone.area, 10, 10, 20, 20);
    geo_shape_part_end(&zone.area);
    rectangle(&zone.area, 120, 0, 25, 25);
    geo_shape_part_end(&zone.area);
    for (size_t i = 0; i < zone.count; i++) {
        geo_shape_reset(&zone.obstacles[i], GEO_SHAPE_AREA);
    }
    rectangle(&zone.obstacles[0], 90, 40, 30, 30); /* 10 x 10 of it inside */
    geo_shape_part_end(&zone.obstacles[0]);
    rectangle(&zone.obstacles[1], 95, 45, 5, 5); /* all of it inside the other */
    geo_shape_part_end(&zone.obstacles[1]);
    test_ok(geo_cover_grid_make(&zone.area, zone.obstacles, zone.count, 2.5, &test_diag, &grid));
    assert_int_equal(grid.passable, 40 * 20 - 8 * 8 + 10 * 10 - 4 * 4);
    assert_int_equal(compare(&grid, &zone), grid.passable);
}

static void make(const struct geo_shape *area, const struct geo_shape *obstacles, size_t count, double cell_m,
                 uint32_t passable)
{
    AUTO_VALUE(geo_cover_grid) grid = {.mask = NULL};
    test_ok(geo_cover_grid_make(area, obstacles, count, 2.5, &test_diag, &grid));
    test_near(grid.cell_m, cell_m, 0);
    assert_int_equal(grid.passable, passable);
}

static void small_ones(void **state)
{
    (void)state;
    AUTO_VALUE(geo_shape) area;
    AUTO_VALUE(geo_shape) house;
    geo_shape_init(&area);
    geo_shape_init(&house);
    geo_shape_reset(&area, GEO_SHAPE_AREA);
    rectangle(&area, 0, 0, 40.1, 40.1);
    geo_shape_part_end(&area);
    make(&area, NULL, 0, 2.5, 256);
    geo_shape_reset(&area, GEO_SHAPE_AREA); /* 15 x 15 at 2.5 m */
    rectangle(&area, 0, 0, 37.6, 37.6);
    geo_shape_part_end(&area);
    make(&area, NULL, 0, 1.25, 30 * 30);
    geo_shape_reset(&house, GEO_SHAPE_AREA); /* covering everything does not make them smaller still */
    rectangle(&house, -10, -10, 100, 100);
    geo_shape_part_end(&house);
    make(&area, &house, 1, 1.25, 0);
    geo_shape_reset(&area, GEO_SHAPE_AREA); /* no middle of 2.5 m or 1.25 m inside */
    rectangle(&area, 0, 0, 0.5, 0.5);
    geo_shape_part_end(&area);
    make(&area, NULL, 0, 0.3125, 4);
    geo_shape_reset(&area, GEO_SHAPE_AREA); /* not even of those: 0 of the size asked for */
    rectangle(&area, 0, 0, 0.1, 0.1);
    geo_shape_part_end(&area);
    make(&area, NULL, 0, 2.5, 0);
    geo_shape_reset(&area, GEO_SHAPE_AREA); /* no area at all: a point, a line */
    rectangle(&area, 5, 5, 0, 0);
    geo_shape_part_end(&area);
    make(&area, NULL, 0, 2.5, 0);
    geo_shape_reset(&area, GEO_SHAPE_AREA);
    rectangle(&area, 0, 0, 9000, 0);
    geo_shape_part_end(&area);
    make(&area, NULL, 0, 2.5, 0);
    const double diagonal[] = {0, 0, 9000, 9000, 0, 0}; /* smaller cells would be too many */
    geo_shape_reset(&area, GEO_SHAPE_AREA);
    area_of(&area, diagonal, 3);
    geo_shape_part_end(&area);
    make(&area, NULL, 0, 2.5, 0);
}

static void large_ones(void **state)
{
    (void)state;
    const struct {
        double side_m, cell_m; /* 0: too large */
    } cases[] = {{10000, 2.5}, {11000, 3}, {20000, 5}, {20600, 0}, {1e6, 0}, {5e6, 0}};
    for (size_t i = 0; i < BASE_COUNT(cases); i++) {
        AUTO_VALUE(geo_cover_grid) grid = {.mask = NULL};
        AUTO_VALUE(geo_shape) area;
        geo_shape_init(&area);
        geo_shape_reset(&area, GEO_SHAPE_AREA);
        rectangle(&area, 0, 0, cases[i].side_m, cases[i].side_m);
        geo_shape_part_end(&area);
        enum base_err err = geo_cover_grid_make(&area, NULL, 0, 2.5, &test_diag, &grid);
        if (cases[i].cell_m == 0) {
            assert_int_equal(err, BASE_LIMIT);
            assert_null(grid.mask);
            continue;
        }
        test_ok(err);
        test_near(grid.cell_m, cases[i].cell_m, 0);
        double covered = grid.passable * grid.cell_m * grid.cell_m;
        test_near(covered / geo_shape_area_m2(&area), 1, 0.001);
    }
}

static void refuses_vertex(double lon, double lat)
{
    AUTO_VALUE(geo_shape) area;
    AUTO_VALUE(geo_shape) fine;
    struct geo_cover_grid grid = {.mask = NULL};
    geo_shape_init(&area);
    geo_shape_init(&fine);
    geo_shape_reset(&area, GEO_SHAPE_AREA);
    const double xy[] = {121.5, 31.2, 121.501, 31.2, lon, lat};
    test_ring(&area, xy, 3);
    geo_shape_part_end(&area);
    geo_shape_reset(&fine, GEO_SHAPE_AREA);
    test_square(&fine, 121.5, 31.2, 0.001);
    assert_int_equal(geo_cover_grid_make(&area, NULL, 0, 2.5, &test_diag, &grid), BASE_INVALID);
    assert_non_null(strstr(test_diag.text, "area 1: vertex 3"));
    assert_int_equal(geo_cover_grid_make(&fine, &area, 1, 2.5, &test_diag, &grid), BASE_INVALID);
    assert_non_null(strstr(test_diag.text, "obstacle 1: vertex 3"));
    assert_null(grid.mask);
}

static void refuses(void **state)
{
    (void)state;
    refuses_vertex(NAN, 31.2);
    refuses_vertex(121.5, INFINITY);
    refuses_vertex(121.5, 91);
    AUTO_VALUE(geo_shape) line;
    struct geo_cover_grid grid = {.mask = NULL};
    geo_shape_init(&line);
    assert_int_equal(geo_cover_grid_make(&line, NULL, 0, 2.5, &test_diag, &grid), BASE_INVALID);
    geo_shape_reset(&line, GEO_SHAPE_LINE);
    geo_shape_vertex(&line, 1, 1);
    geo_shape_vertex(&line, 2, 2);
    geo_shape_ring_end(&line);
    geo_shape_part_end(&line);
    assert_int_equal(geo_cover_grid_make(&line, NULL, 0, 2.5, &test_diag, &grid), BASE_INVALID);
    AUTO_VALUE(geo_shape) area;
    geo_shape_init(&area);
    geo_shape_reset(&area, GEO_SHAPE_AREA);
    test_square(&area, 121.5, 31.2, 0.001);
    assert_int_equal(geo_cover_grid_make(&area, &line, 1, 2.5, &test_diag, &grid), BASE_INVALID);
    const double sizes[] = {0, -1, NAN, INFINITY, 0.2, 5.1};
    for (size_t i = 0; i < BASE_COUNT(sizes); i++) {
        assert_int_equal(geo_cover_grid_make(&area, NULL, 0, sizes[i], &test_diag, &grid), BASE_INVALID);
    }
    assert_null(grid.mask);
}

static struct base_str mask_of(const struct geo_cover_grid *grid)
{
    return (struct base_str){(const char *)grid->mask, geo_cover_bytes(grid)};
}

/* Through a real (float) of the database and back. */
static void stored(void **state)
{
    (void)state;
    uint64_t seed = 20260704;
    struct base_id last = {{0}};
    for (int i = 0; i < 100; i++) {
        AUTO_VALUE(test_zone) zone = {.count = 0};
        AUTO_VALUE(geo_cover_grid) made = {.mask = NULL};
        AUTO_VALUE(geo_cover_grid) again = {.mask = NULL};
        AUTO_VALUE(geo_cover_grid) read = {.mask = NULL};
        test_zone(&zone, &seed, 0.00005 + 0.0008 * test_uniform(&seed));
        double cell_m = i % 2 ? 2.5 : 0.3 + 4.6 * test_uniform(&seed);
        test_ok(geo_cover_grid_make(&zone.area, zone.obstacles, zone.count, cell_m, &test_diag, &made));
        test_ok(geo_cover_grid_make(&zone.area, zone.obstacles, zone.count, cell_m, &test_diag, &again));
        test_ok(geo_cover_grid_in(made.origin, (float)made.cell_m, made.width, made.height, mask_of(&made), &test_diag,
                                  &read));
        assert_true(base_id_equal(made.id, again.id) && base_id_equal(made.id, read.id));
        assert_false(base_id_equal(made.id, last));
        assert_memory_equal(made.mask, read.mask, geo_cover_bytes(&made));
        assert_int_equal(made.passable, read.passable);
        test_near(read.east_m, made.east_m, 0);
        test_near(read.north_m, made.north_m, 0);
        last = made.id;
        uint8_t *bits = calloc(2, geo_cover_bytes(&made));
        struct geo_point a = {zone.area.xy[0], zone.area.xy[1]}, b = {zone.area.xy[2], zone.area.xy[3]};
        assert_int_equal(geo_cover_segment(&made, a, b, 5, bits),
                         geo_cover_segment(&read, a, b, 5, bits + geo_cover_bytes(&made)));
        assert_memory_equal(bits, bits + geo_cover_bytes(&made), geo_cover_bytes(&made));
        free(bits);
    }
}

static void refuses_stored(void **state)
{
    (void)state;
    AUTO_VALUE(geo_cover_grid) grid = {.mask = NULL};
    AUTO_VALUE(geo_cover_grid) other = {.mask = NULL};
    char mask[3] = {0, 0, 0};
    struct geo_point p = {121.5, 31.2};
    const struct {
        struct geo_point origin;
        double cell_m;
        int64_t width, height;
        size_t len;
    } wrong[] = {{p, 2.5, 5, 4, 2},
                 {p, 2.5, 5, 4, 4},
                 {p, 2.5, 0, 4, 0},
                 {p, 2.5, -5, -4, 3},
                 {p, 0, 5, 4, 3},
                 {p, NAN, 5, 4, 3},
                 {{NAN, 31.2}, 2.5, 5, 4, 3},
                 {p, 10, 5, 4, 3},
                 {p, 2.5, INT64_MAX, INT64_MAX, 3},
                 {p, 2.5, 1 << 13, 1 << 12, 1 << 22}};
    for (size_t i = 0; i < BASE_COUNT(wrong); i++) {
        struct base_str bytes = {mask, wrong[i].len};
        assert_int_equal(geo_cover_grid_in(wrong[i].origin, wrong[i].cell_m, wrong[i].width, wrong[i].height, bytes,
                                           &test_diag, &grid),
                         BASE_INVALID);
        assert_null(grid.mask);
    }
    mask[2] = 8; /* behind the last of 20 cells */
    assert_int_equal(geo_cover_grid_in(p, 2.5, 5, 4, (struct base_str){mask, 3}, &test_diag, &grid), BASE_INVALID);
    mask[2] = 16;
    test_ok(geo_cover_grid_in(p, 2.5, 5, 4, (struct base_str){mask, 3}, &test_diag, &grid));
    assert_int_equal(grid.passable, 1);
    test_ok(geo_cover_grid_in(p, 2.5, 4, 5, (struct base_str){mask, 3}, &test_diag, &other));
    assert_false(base_id_equal(grid.id, other.id));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(as_plainly),     cmocka_unit_test(by_hand), cmocka_unit_test(small_ones),
        cmocka_unit_test(large_ones),     cmocka_unit_test(refuses), cmocka_unit_test(stored),
        cmocka_unit_test(refuses_stored),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
