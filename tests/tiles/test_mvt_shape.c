/* tiles/mvt_shape.c, mvt_simplify.c, mvt_valid.c, mvt_sweep.c: whatever is drawn comes out as valid geometry of the
 * grid, near where it was. */
#include "mvt_kit.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

struct bench { /* of the tests: a maker, a shape, what became of it */
    struct tiles_mvt *mvt;
    struct kit kit;
    struct base_buf commands;
    struct tiles_grid_point first;
    bool some;
};
static struct bench bench;

static int set_up(void **state)
{
    (void)state;
    struct base_diag diag;
    base_buf_init(&bench.commands, 1 << 28);
    bench.kit.seed = 0x1234567;
    return tiles_mvt_new(&diag, &bench.mvt) != BASE_OK;
}

static int tear_down(void **state)
{
    (void)state;
    tiles_mvt_free(bench.mvt);
    base_buf_release(&bench.commands);
    return 0;
}

/* The kit's shape, read again; NULL: nothing is left of it. Its coordinates are those of the whole world's grid less
 * the first vertex. */
static struct mvt_tile *made(uint32_t zoom)
{
    struct base_diag diag = {""};
    base_buf_reset(&bench.commands);
    bench.some = false;
    if (tiles_mvt_shape(bench.mvt, &bench.kit.shape, zoom, &bench.commands, &bench.first, &bench.some, &diag)) {
        fail_msg("zoom %u: %s", zoom, diag.text);
    }
    if (!bench.some) {
        return NULL;
    }
    struct mvt_tile *tile =
        kit_tile(bench.mvt, bench.kit.shape.type, (struct tiles_grid_point){0, 0}, &bench.commands, MVT_SPEC, &diag);
    if (!tile) {
        fail_msg("zoom %u: %s", zoom, diag.text);
    }
    return tile;
}

static const struct mvt_feature *only(const struct mvt_tile *tile)
{
    assert_non_null(tile);
    assert_int_equal(tile->layers[0].feature_count, 1);
    return &tile->layers[0].features[0];
}

static double world_unit(uint32_t zoom)
{
    return ldexp(1, 20 - (int)zoom);
}

static void a_square_is_a_square(void **state)
{
    (void)state;
    double unit = world_unit(16), x = 1000 * unit, y = 2000 * unit;
    kit_begin(&bench.kit, GEO_SHAPE_AREA);
    const double corners[][2] = {{0, 0}, {0, 5}, {0, 10}, {10, 10}, {10, 0}, {3, 0}}; /* the other way round */
    for (size_t i = 0; i < BASE_COUNT(corners); i++) {
        kit_point(&bench.kit, x + corners[i][0] * unit, y + corners[i][1] * unit);
    }
    kit_ring(&bench.kit);
    kit_part(&bench.kit);
    AUTO(mvt_tile) tile = made(16);
    const struct mvt_feature *feature = only(tile);
    assert_int_equal(bench.first.x, 1000);
    assert_int_equal(bench.first.y, 2000);
    assert_int_equal(feature->path_count, 1);
    assert_int_equal(feature->paths[0].count, 4); /* without those within its sides */
    assert_int_equal(feature->paths[0].twice_area, 200);
    assert_null(made(0)); /* nothing of it is left */
}

static void corners_snap_to_the_nearest(void **state)
{
    (void)state;
    kit_begin(&bench.kit, GEO_SHAPE_POINT);
    kit_point(&bench.kit, 16 * 100 + 7, 16 * 100 + 8); /* half a unit goes up */
    kit_ring(&bench.kit);
    kit_part(&bench.kit);
    AUTO(mvt_tile) tile = made(16);
    assert_int_equal(bench.first.x, 100);
    assert_int_equal(bench.first.y, 101);
    assert_int_equal(bench.commands.len, 0);
    assert_int_equal(only(tile)->type, MVT_POINT);
}

static void several_points_are_one_move(void **state)
{
    (void)state;
    kit_begin(&bench.kit, GEO_SHAPE_POINT);
    for (int i = 0; i < 300; i++) {
        kit_point(&bench.kit, 1600 + 16.0 * i * i, 1600);
        kit_ring(&bench.kit);
        kit_part(&bench.kit);
    }
    AUTO(mvt_tile) tile = made(16);
    assert_int_equal(only(tile)->path_count, 1);
    assert_int_equal(only(tile)->paths[0].count, 300);
}

static void small_houses_keep_something(void **state)
{
    (void)state;
    double unit = world_unit(13);
    kit_begin(&bench.kit, GEO_SHAPE_AREA);
    const double corners[][2] = {{0, 0}, {7, 0}, {7, 3}, {0, 3}}; /* narrower than the tolerance of 4 */
    for (size_t i = 0; i < BASE_COUNT(corners); i++) {
        kit_point(&bench.kit, (5000 + corners[i][0]) * unit, (5000 + corners[i][1]) * unit);
    }
    kit_ring(&bench.kit);
    kit_part(&bench.kit);
    AUTO(mvt_tile) tile = made(13);
    assert_int_equal(only(tile)->paths[0].twice_area, 42);
}

static void a_ring_that_crosses_itself_becomes_two(void **state)
{
    (void)state;
    kit_begin(&bench.kit, GEO_SHAPE_AREA);
    const double corners[][2] = {{0, 0}, {10, 10}, {10, 0}, {0, 10}}; /* an hourglass */
    for (size_t i = 0; i < BASE_COUNT(corners); i++) {
        kit_point(&bench.kit, 16 * (5000 + corners[i][0]), 16 * (5000 + corners[i][1]));
    }
    kit_ring(&bench.kit);
    kit_part(&bench.kit);
    AUTO(mvt_tile) tile = made(16);
    assert_int_equal(only(tile)->path_count, 2);
    assert_int_equal((int)kit_area(only(tile)), 100);
}

static double apart(double x, double y, struct mvt_vertex a, struct mvt_vertex b)
{
    double dx = (double)(b.x - a.x), dy = (double)(b.y - a.y);
    double length2 = dx * dx + dy * dy;
    double along = length2 > 0 ? ((x - (double)a.x) * dx + (y - (double)a.y) * dy) / length2 : 0;
    along = along < 0 ? 0 : along > 1 ? 1 : along;
    return hypot(x - (double)a.x - along * dx, y - (double)a.y - along * dy);
}

/* How far the farthest original vertex lies from what came out, in units. */
static double farthest(const struct mvt_feature *feature, uint32_t zoom)
{
    double most = 0;
    for (uint32_t i = 0; i < bench.kit.shape.vertices; i++) {
        double x = bench.kit.points[i].x / world_unit(zoom) - bench.first.x;
        double y = bench.kit.points[i].y / world_unit(zoom) - bench.first.y;
        double least = INFINITY;
        for (size_t p = 0; p < feature->path_count; p++) {
            const struct mvt_path *path = &feature->paths[p];
            for (size_t v = 0; v < path->count; v++) {
                size_t next = v + 1 < path->count ? v + 1 : feature->type == MVT_LINE ? v : 0;
                least = fmin(least, apart(x, y, path->at[v], path->at[next]));
            }
        }
        most = fmax(most, least);
    }
    return most;
}

/* tolerance and the rounding of a vertex to the middle of its cell, half a unit each way */
static double allowed(uint32_t zoom)
{
    return tiles_mvt_tolerance(zoom) + 0.7072;
}

static void simplified_within_tolerance(void **state)
{
    (void)state;
    size_t vertices[TILES_ZOOM_FULL + 1] = {0};
    for (uint32_t zoom = 8; zoom <= TILES_ZOOM_FULL; zoom++) {
        double size = 500 * world_unit(zoom);
        for (int turn = 0; turn < 20; turn++) {
            kit_begin(&bench.kit, turn % 2 ? GEO_SHAPE_AREA : GEO_SHAPE_LINE);
            kit_star(&bench.kit, 2e9, 2e9, size * 0.98, size, 400);
            kit_part(&bench.kit);
            AUTO(mvt_tile) tile = made(zoom);
            assert_true(farthest(only(tile), zoom) <= allowed(zoom));
            vertices[zoom] += only(tile)->paths[0].count;
        }
    }
    assert_true(vertices[13] < vertices[14] && vertices[14] < vertices[15] && vertices[15] < vertices[16]);
}

static void random_area(struct kit *kit, double size)
{
    double x = kit_random(kit, 1u << 31), y = kit_random(kit, 1u << 31);
    uint32_t parts = 1 + kit_random(kit, 3);
    kit_begin(kit, GEO_SHAPE_AREA);
    for (uint32_t part = 0; part < parts;
         part++, x += size * (1 + kit_random(kit, 2)), y += kit_random(kit, 3) * size / 4) {
        switch (kit_random(kit, 5)) {
        case 0:
            kit_comb(kit, x, y, size / 50, size, 2 + kit_random(kit, 30));
            break;
        case 1:
            kit_scribble(kit, x, y, size, 3 + kit_random(kit, 60));
            break;
        case 2:
            kit_star(kit, x, y, size / 20, size, 3 + kit_random(kit, 200));
            break;
        case 3: /* with holes, some of which stick out, touch or meet */
            kit_star(kit, x, y, size * 0.9, size, 8 + kit_random(kit, 100));
            for (uint32_t hole = kit_random(kit, 5); hole--;) {
                kit_star(kit, x + size / 2 * (kit_random(kit, 3) - 1.0), y + size / 2 * (kit_random(kit, 3) - 1.0),
                         size / 6, size / 3, 3 + kit_random(kit, 20));
            }
            break;
        default: /* spikes */
            kit_star(kit, x, y, 0, size, 3 + kit_random(kit, 30));
        }
        kit_part(kit);
    }
}

static void whatever_is_drawn_is_valid(void **state)
{
    (void)state;
    enum { TURNS = 2000 };
    size_t left = 0;
    for (int turn = 0; turn < TURNS; turn++) {
        uint32_t zoom = kit_random(&bench.kit, TILES_ZOOM_FULL + 1);
        random_area(&bench.kit, world_unit(zoom) * (1 + kit_random(&bench.kit, 1u << kit_random(&bench.kit, 12))));
        AUTO(mvt_tile) tile = made(zoom);
        left += tile != NULL;
    }
    assert_true(left > TURNS / 2); /* the others are smaller than the grid */
}

static void every_zoom_of_one_shape_is_valid(void **state)
{
    (void)state;
    kit_begin(&bench.kit, GEO_SHAPE_AREA);
    kit_star(&bench.kit, 2.2e9, 1.1e9, 1e6, 1e9, 4000);
    kit_part(&bench.kit);
    for (uint32_t zoom = 0; zoom <= TILES_ZOOM_FULL; zoom++) {
        struct base_diag diag;
        base_buf_reset(&bench.commands);
        assert_int_equal(
            tiles_mvt_shape(bench.mvt, &bench.kit.shape, zoom, &bench.commands, &bench.first, &bench.some, &diag),
            BASE_OK);
        assert_true(bench.some);
        if (zoom <= 10) { /* the reader takes coordinates below 2^24 */
            AUTO(mvt_tile) tile = made(zoom);
            assert_non_null(tile);
        }
    }
}

static void equal_shapes_give_equal_bytes(void **state)
{
    (void)state;
    struct base_diag diag;
    AUTO_VALUE(base_buf) again;
    AUTO(tiles_mvt) other = NULL;
    base_buf_init(&again, 1 << 24);
    assert_int_equal(tiles_mvt_new(&diag, &other), BASE_OK);
    for (int turn = 0; turn < 300; turn++) {
        struct tiles_grid_point first;
        bool some;
        uint32_t zoom = kit_random(&bench.kit, TILES_ZOOM_FULL + 1);
        random_area(&bench.kit, world_unit(zoom) * 300);
        AUTO(mvt_tile) tile = made(zoom);
        base_buf_reset(&again);
        assert_int_equal(tiles_mvt_shape(other, &bench.kit.shape, zoom, &again, &first, &some, &diag), BASE_OK);
        assert_int_equal(some, tile != NULL);
        assert_int_equal(again.len, bench.commands.len);
        assert_true(!some || again.len == 0 || memcmp(again.data, bench.commands.data, again.len) == 0);
    }
}

/* --- millions of vertices --- */
enum { MILLIONS = 3000000 };

static void huge(double (*radius)(struct kit *kit, uint32_t at), uint32_t zoom, double size)
{
    struct base_diag diag;
    struct tiles_point *points = calloc(MILLIONS, sizeof *points);
    assert_non_null(points);
    for (uint32_t i = 0; i < MILLIONS; i++) {
        double angle = 6.283185307179586 * i / MILLIONS, reach = size * radius(&bench.kit, i);
        points[i] = (struct tiles_point){kit_coordinate(2147483648 + reach * cos(angle)),
                                         kit_coordinate(2147483648 + reach * sin(angle))};
    }
    const uint32_t ring_end = MILLIONS, part_end = 1;
    struct tiles_shape shape = {.type = GEO_SHAPE_AREA,
                                .vertices = MILLIONS,
                                .rings = 1,
                                .parts = 1,
                                .points = points,
                                .ring_ends = &ring_end,
                                .part_ends = &part_end};
    base_buf_reset(&bench.commands);
    int64_t began = base_clock_mono_us();
    assert_int_equal(tiles_mvt_shape(bench.mvt, &shape, zoom, &bench.commands, &bench.first, &bench.some, &diag),
                     BASE_OK);
    print_message("3 million vertices at zoom %u: %.2f s, %zu bytes\n", zoom,
                  (double)(base_clock_mono_us() - began) / 1e6, bench.commands.len);
    assert_true(bench.some);
    free(points);
}

static double round_about(struct kit *kit, uint32_t at)
{
    (void)at;
    return 0.99 + 0.01 * kit_random(kit, 1000) / 1000;
}

static double zigzag(struct kit *kit, uint32_t at)
{
    (void)kit;
    return at % 2 ? 1 : 0.5;
}

static void millions_of_vertices_end_in_time(void **state)
{
    (void)state;
    huge(round_about, 10, 1u << 22);  /* within a tile */
    huge(round_about, 16, 2147483e3); /* all over the world */
    huge(zigzag, 12, 1u << 19);       /* within a tile, and nothing but crossings */
    huge(zigzag, 16, 2147483e3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_square_is_a_square),
        cmocka_unit_test(corners_snap_to_the_nearest),
        cmocka_unit_test(several_points_are_one_move),
        cmocka_unit_test(small_houses_keep_something),
        cmocka_unit_test(a_ring_that_crosses_itself_becomes_two),
        cmocka_unit_test(simplified_within_tolerance),
        cmocka_unit_test(whatever_is_drawn_is_valid),
        cmocka_unit_test(every_zoom_of_one_shape_is_valid),
        cmocka_unit_test(equal_shapes_give_equal_bytes),
        cmocka_unit_test(millions_of_vertices_end_in_time),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
