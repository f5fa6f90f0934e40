/* tiles/mvt_clip.c: what lies in the tile stays, nothing else does, and it is valid - compared with areas and lengths
 * that are calculated in another way. */
#include "mvt_kit.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

enum { ZOOM = 14 };
static const struct tiles_address address = {ZOOM, 9000, 6000};

static struct tiles_mvt *mvt;
static struct kit kit = {.seed = 0x7654321};
static struct base_diag diag;
static struct base_buf commands, clipped;

static int set_up(void **state)
{
    (void)state;
    base_buf_init(&commands, 1 << 26);
    base_buf_init(&clipped, 1 << 26);
    return tiles_mvt_new(&diag, &mvt) != BASE_OK;
}

static int tear_down(void **state)
{
    (void)state;
    tiles_mvt_free(mvt);
    base_buf_release(&commands);
    base_buf_release(&clipped);
    return 0;
}

/* A vertex by its place in the tile, in units. */
static void at(double x, double y)
{
    double unit = ldexp(1, 20 - ZOOM);
    kit_point(&kit, (address.x * 4096.0 + x) * unit, (address.y * 4096.0 + y) * unit);
}

static void ring_of(const double (*vertices)[2], size_t count)
{
    for (size_t i = 0; i < count; i++) {
        at(vertices[i][0], vertices[i][1]);
    }
    kit_ring(&kit);
}

/* The kit's shape in the tile, read again; NULL: nothing of it is there. */
static struct mvt_tile *cut(void)
{
    struct tiles_grid_point first;
    bool some = false;
    base_buf_reset(&commands);
    base_buf_reset(&clipped);
    assert_int_equal(tiles_mvt_shape(mvt, &kit.shape, ZOOM, &commands, &first, &some, &diag), BASE_OK);
    if (some) {
        assert_int_equal(tiles_mvt_clip(mvt, &(struct tiles_encoded){kit.shape.type, first, base_buf_str(&commands)},
                                        address, &clipped, &first, &some, &diag),
                         BASE_OK);
    }
    if (!some) {
        return NULL;
    }
    struct mvt_tile *tile = kit_tile(mvt, kit.shape.type, first, &clipped, MVT_OURS, &diag);
    if (!tile) {
        fail_msg("%s", diag.text);
    }
    return tile;
}

static const struct mvt_feature *only(const struct mvt_tile *tile)
{
    assert_non_null(tile);
    return &tile->layers[0].features[0];
}

static void a_polygon_around_the_tile_fills_it(void **state)
{
    (void)state;
    static const double around[][2] = {{-9000, -9000}, {9000, -9000}, {9000, 9000}, {-9000, 9000}};
    kit_begin(&kit, GEO_SHAPE_AREA);
    ring_of(around, BASE_COUNT(around));
    kit_part(&kit);
    AUTO(mvt_tile) tile = cut();
    assert_int_equal(only(tile)->paths[0].count, 4);
    assert_int_equal(only(tile)->paths[0].twice_area, 2 * 4224 * 4224);
}

static void a_tile_in_a_hole_is_empty(void **state)
{
    (void)state;
    static const double around[][2] = {{-9000, -9000}, {9000, -9000}, {9000, 9000}, {-9000, 9000}};
    static const double hole[][2] = {{-5000, -5000}, {5000, -5000}, {5000, 5000}, {-5000, 5000}};
    kit_begin(&kit, GEO_SHAPE_AREA);
    ring_of(around, BASE_COUNT(around));
    ring_of(hole, BASE_COUNT(hole));
    kit_part(&kit);
    assert_null(cut());
}

static void touching_the_border_is_not_being_inside(void **state)
{
    (void)state;
    static const double beside[][2] = {{4160, 100}, {5000, 100}, {5000, 200}, {4160, 200}};
    kit_begin(&kit, GEO_SHAPE_AREA);
    ring_of(beside, BASE_COUNT(beside));
    kit_part(&kit);
    assert_null(cut());
    kit_begin(&kit, GEO_SHAPE_LINE); /* through the very corner */
    at(4150, 4170);
    at(4170, 4150);
    kit_ring(&kit);
    kit_part(&kit);
    assert_null(cut());
}

/* The case that Sutherland and Hodgman alone leave with edges on top of each other. */
static void a_comb_whose_back_is_outside_falls_apart(void **state)
{
    (void)state;
    static const double comb[][2] = {{5000, 0},   {5000, 900}, {4000, 900}, {4000, 800}, {4900, 800}, {4900, 500},
                                     {4000, 500}, {4000, 400}, {4900, 400}, {4900, 100}, {4000, 100}, {4000, 0}};
    kit_begin(&kit, GEO_SHAPE_AREA);
    ring_of(comb, BASE_COUNT(comb));
    kit_part(&kit);
    AUTO(mvt_tile) tile = cut();
    assert_int_equal(only(tile)->path_count, 3);
    assert_int_equal((int)kit_area(only(tile)), 3 * 2 * 160 * 100);
}

static void a_hole_that_meets_the_border_becomes_a_bay(void **state)
{
    (void)state;
    static const double around[][2] = {{3000, 1000}, {6000, 1000}, {6000, 3000}, {3000, 3000}};
    static const double hole[][2] = {{4000, 1500}, {5000, 1500}, {5000, 2500}, {4000, 2500}};
    kit_begin(&kit, GEO_SHAPE_AREA);
    ring_of(around, BASE_COUNT(around));
    ring_of(hole, BASE_COUNT(hole));
    kit_part(&kit);
    AUTO(mvt_tile) tile = cut();
    assert_int_equal(only(tile)->path_count, 1);
    assert_int_equal((int)kit_area(only(tile)), 2 * (1160 * 2000 - 160 * 1000));
}

static void lines_come_and_go(void **state)
{
    (void)state;
    static const double line[][2] = {{-500, 100}, {5000, 100}, {5000, 300}, {-500, 300}, {-500, 500}, {2000, 500}};
    kit_begin(&kit, GEO_SHAPE_LINE);
    ring_of(line, BASE_COUNT(line));
    kit_part(&kit);
    AUTO(mvt_tile) tile = cut();
    assert_int_equal(only(tile)->path_count, 3);
    assert_int_equal(only(tile)->paths[0].at[0].x, -64);
    assert_int_equal(only(tile)->paths[0].at[1].x, 4160);
    assert_int_equal(only(tile)->paths[2].at[1].x, 2000);
}

static void points_are_in_or_out(void **state)
{
    (void)state;
    static const double points[][2] = {{-65, 0}, {-64, 0}, {5, 5}, {4160, 4160}, {4161, 0}};
    kit_begin(&kit, GEO_SHAPE_POINT);
    for (size_t i = 0; i < BASE_COUNT(points); i++) {
        at(points[i][0], points[i][1]);
        kit_ring(&kit);
        kit_part(&kit);
    }
    AUTO(mvt_tile) tile = cut();
    assert_int_equal(only(tile)->paths[0].count, 3);
    assert_int_equal(only(tile)->paths[0].at[0].x, -64);
    assert_int_equal(only(tile)->paths[0].at[2].x, 4160);
}

/* --- areas, calculated another way: cut the rings by each border in doubles, then the surveyor's formula --- */
struct corner {
    double x, y;
};
static struct corner one[KIT_POINTS * 4], other[KIT_POINTS * 4];

static size_t cut_at(struct corner *from, size_t count, struct corner *to, bool vertical, double border, double sense)
{
    size_t made = 0;
    for (size_t i = 0; i < count; i++) {
        struct corner a = from[i], b = from[(i + 1) % count];
        double da = ((vertical ? a.x : a.y) - border) * sense, db = ((vertical ? b.x : b.y) - border) * sense;
        if (da >= 0) {
            to[made++] = a;
        }
        if ((da >= 0) != (db >= 0)) {
            double t = da / (da - db);
            to[made++] = (struct corner){a.x + (b.x - a.x) * t, a.y + (b.y - a.y) * t};
        }
    }
    return made;
}

/* Twice the area within the borders, and the way around it, of the kit's first ring. */
static double area_within(double *ret_way)
{
    double unit = ldexp(1, 20 - ZOOM);
    size_t count = kit.shape.vertices;
    for (size_t i = 0; i < count; i++) {
        one[i] =
            (struct corner){kit.points[i].x / unit - address.x * 4096.0, kit.points[i].y / unit - address.y * 4096.0};
    }
    count = cut_at(one, count, other, true, -64, 1);
    count = cut_at(other, count, one, true, 4160, -1);
    count = cut_at(one, count, other, false, -64, 1);
    count = cut_at(other, count, one, false, 4160, -1);
    double sum = 0;
    *ret_way = 0;
    for (size_t i = 0; i < count; i++) {
        struct corner a = one[i], b = one[(i + 1) % count];
        sum += a.x * b.y - a.y * b.x;
        *ret_way += hypot(b.x - a.x, b.y - a.y);
    }
    return fabs(sum);
}

static void areas_are_those_of_what_is_inside(void **state)
{
    (void)state;
    double unit = ldexp(1, 20 - ZOOM);
    size_t some = 0;
    for (int turn = 0; turn < 1200; turn++) {
        double x = (address.x * 4096.0 + kit_random(&kit, 6000) - 1000) * unit;
        double y = (address.y * 4096.0 + kit_random(&kit, 6000) - 1000) * unit;
        double size = (50 + kit_random(&kit, 1u << (6 + kit_random(&kit, 9)))) * unit;
        kit_begin(&kit, GEO_SHAPE_AREA);
        if (turn % 3) {
            kit_star(&kit, x, y, size / 5, size, 4 + kit_random(&kit, 40));
        } else {
            kit_comb(&kit, x, y, size / 20, size, 2 + kit_random(&kit, 8));
        }
        kit_part(&kit);
        double way, expected = area_within(&way);
        AUTO(mvt_tile) tile = cut();
        double area = tile ? kit_area(only(tile)) : 0;
        /* every vertex may move by the tolerance and the rounding */
        double slack = 2 * way * (tiles_mvt_tolerance(ZOOM) + 1) + 50;
        if (fabs(area - expected) > slack) {
            fail_msg("turn %d: %.0f where %.0f is (%.0f is allowed)", turn, area, expected, slack);
        }
        some += tile != NULL;
    }
    assert_true(some > 400);
}

static void anything_is_valid_in_every_tile(void **state)
{
    (void)state;
    for (int turn = 0; turn < 1200; turn++) {
        double unit = ldexp(1, 20 - ZOOM);
        double x = (address.x * 4096.0 + kit_random(&kit, 4096)) * unit, y = address.y * 4096.0 * unit;
        kit_begin(&kit, turn % 4 ? GEO_SHAPE_AREA : GEO_SHAPE_LINE);
        kit_scribble(&kit, x, y, (10 + kit_random(&kit, 9000)) * unit, 4 + kit_random(&kit, 30));
        if (turn % 2) {
            kit_scribble(&kit, x, y, (10 + kit_random(&kit, 9000)) * unit, 4 + kit_random(&kit, 10));
        }
        if (!(turn % 4)) { /* a part of a LINE is a line */
            kit.shape.rings = 1;
            kit.shape.vertices = kit.ring_ends[0];
        }
        kit_part(&kit);
        AUTO(mvt_tile) tile = cut();
        (void)tile;
    }
}

/* --- deeper than geometry is kept --- */
static void deep_tiles_are_parts_of_what_lies_above(void **state)
{
    (void)state;
    for (int turn = 0; turn < 2000; turn++) {
        uint32_t zoom = 17 + kit_random(&kit, 6);
        struct tiles_address deep = {zoom, (1u << zoom) / 3 + kit_random(&kit, 50), (1u << zoom) / 5};
        double side = ldexp(1, 32 - (int)zoom), x = deep.x * side + side / 2, y = deep.y * side + side / 2;
        struct tiles_grid_point first;
        bool some = false;
        kit_begin(&kit, GEO_SHAPE_AREA);
        kit_star(&kit, x, y, side / 10, side * (1 + kit_random(&kit, 100000)), 3 + kit_random(&kit, 50));
        kit_star(&kit, x, y, side / 100, side / 11, 3 + kit_random(&kit, 5));
        kit_part(&kit);
        base_buf_reset(&clipped);
        assert_int_equal(tiles_mvt_deep(mvt, &kit.shape, deep, &clipped, &first, &some, &diag), BASE_OK);
        assert_true(some);
        AUTO(mvt_tile) tile = kit_tile(mvt, GEO_SHAPE_AREA, first, &clipped, MVT_OURS, &diag);
        if (!tile) {
            fail_msg("zoom %u: %s", zoom, diag.text);
        }
    }
}

static void deep_tiles_agree_with_clipped_ones(void **state)
{
    (void)state;
    double unit = ldexp(1, 4); /* of zoom 16 */
    struct tiles_address full = {16, 40000, 30000};
    for (int turn = 0; turn < 500; turn++) {
        struct tiles_grid_point first, deep_first;
        bool some = false, deep_some = false;
        kit_begin(&kit, GEO_SHAPE_AREA);
        kit_star(&kit, (full.x * 4096.0 + kit_random(&kit, 5000)) * unit,
                 (full.y * 4096.0 + kit_random(&kit, 5000)) * unit, 100 * unit, 900 * unit, 3 + kit_random(&kit, 30));
        kit_part(&kit);
        base_buf_reset(&commands);
        base_buf_reset(&clipped);
        assert_int_equal(tiles_mvt_shape(mvt, &kit.shape, 16, &commands, &first, &some, &diag), BASE_OK);
        assert_int_equal(tiles_mvt_clip(mvt, &(struct tiles_encoded){GEO_SHAPE_AREA, first, base_buf_str(&commands)},
                                        full, &clipped, &first, &some, &diag),
                         BASE_OK);
        AUTO(mvt_tile) tile = some ? kit_tile(mvt, GEO_SHAPE_AREA, first, &clipped, MVT_OURS, &diag) : NULL;
        base_buf_reset(&clipped);
        assert_int_equal(tiles_mvt_deep(mvt, &kit.shape, full, &clipped, &deep_first, &deep_some, &diag), BASE_OK);
        AUTO(mvt_tile) deep = deep_some ? kit_tile(mvt, GEO_SHAPE_AREA, deep_first, &clipped, MVT_OURS, &diag) : NULL;
        assert_int_equal(some, deep_some);
        assert_true(!some || (tile && deep && fabs(kit_area(only(tile)) - kit_area(only(deep))) < 1));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_polygon_around_the_tile_fills_it),
        cmocka_unit_test(a_tile_in_a_hole_is_empty),
        cmocka_unit_test(touching_the_border_is_not_being_inside),
        cmocka_unit_test(a_comb_whose_back_is_outside_falls_apart),
        cmocka_unit_test(a_hole_that_meets_the_border_becomes_a_bay),
        cmocka_unit_test(lines_come_and_go),
        cmocka_unit_test(points_are_in_or_out),
        cmocka_unit_test(areas_are_those_of_what_is_inside),
        cmocka_unit_test(anything_is_valid_in_every_tile),
        cmocka_unit_test(deep_tiles_are_parts_of_what_lies_above),
        cmocka_unit_test(deep_tiles_agree_with_clipped_ones),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
