/* geo/geojson_out.c: known texts, and random numbers against the C library's. */
#include "geo_test.h"

static const struct geo_geojson degrees = {.decimals = GEO_GEOJSON_DECIMALS_DEGREES};

static void gives(const struct geo_shape *shape, const struct geo_geojson *as, const char *wanted)
{
    AUTO_VALUE(base_buf) buf;
    base_buf_init(&buf, 1 << 20);
    geo_geojson_out(shape, as, &buf);
    assert_string_equal(base_buf_cstr(&buf), wanted);
}

static void points_gives(const double *xy, uint32_t count, const struct geo_geojson *as, const char *wanted)
{
    AUTO_VALUE(geo_shape) shape;
    geo_shape_init(&shape);
    geo_shape_reset(&shape, GEO_SHAPE_POINT);
    for (uint32_t i = 0; i < count; i++) {
        geo_shape_vertex(&shape, xy[2 * i], xy[2 * i + 1]);
        geo_shape_ring_end(&shape);
        geo_shape_part_end(&shape);
    }
    gives(&shape, as, wanted);
}

static void points_and_numbers(void **state)
{
    (void)state;
    const struct geo_geojson metres = {.decimals = GEO_GEOJSON_DECIMALS_METRES}, multi = {.decimals = 9, .multi = true},
                             whole = {.decimals = 0}, swapped = {.decimals = 9, .swap = true};
    points_gives((double[]){121.5, -31}, 1, &degrees, "{\"type\":\"Point\",\"coordinates\":[121.5,-31]}");
    points_gives((double[]){121.5, -31}, 1, &swapped, "{\"type\":\"Point\",\"coordinates\":[-31,121.5]}");
    points_gives((double[]){0.000000001, -0.0000000004}, 1, &degrees,
                 "{\"type\":\"Point\",\"coordinates\":[0.000000001,0]}");
    points_gives((double[]){-179.9999999999, 89.1234567894}, 1, &degrees,
                 "{\"type\":\"Point\",\"coordinates\":[-180,89.123456789]}");
    points_gives((double[]){13524320.12345, 4e6}, 1, &metres,
                 "{\"type\":\"Point\",\"coordinates\":[13524320.1235,4000000]}");
    points_gives((double[]){1.5, 2.4}, 1, &whole, "{\"type\":\"Point\",\"coordinates\":[2,2]}");
    points_gives((double[]){1, 2, 3, 4}, 2, &degrees, "{\"type\":\"MultiPoint\",\"coordinates\":[[1,2],[3,4]]}");
    points_gives((double[]){1, 2}, 1, &multi, "{\"type\":\"MultiPoint\",\"coordinates\":[[1,2]]}");
    points_gives(NULL, 0, &degrees, "null");
}

static void ring(struct geo_shape *shape, const double *xy, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        geo_shape_vertex(shape, xy[2 * i], xy[2 * i + 1]);
    }
    geo_shape_ring_end(shape);
}

static void lines_and_areas(void **state)
{
    (void)state;
    const double against[] = {0, 0, 4, 0, 4, 4, 0, 4, 0, 0}, with[] = {0, 0, 0, 4, 4, 4, 4, 0, 0, 0},
                 hole[] = {1, 1, 2, 1, 2, 2, 1, 1};
    AUTO_VALUE(geo_shape) shape;
    geo_shape_init(&shape);
    geo_shape_reset(&shape, GEO_SHAPE_LINE);
    ring(&shape, hole, 3);
    geo_shape_part_end(&shape);
    gives(&shape, &degrees, "{\"type\":\"LineString\",\"coordinates\":[[1,1],[2,1],[2,2]]}");
    geo_shape_reset(&shape, GEO_SHAPE_AREA);
    ring(&shape, with, 5);
    ring(&shape, hole, 4);
    geo_shape_part_end(&shape);
    gives(&shape, &degrees,
          "{\"type\":\"Polygon\",\"coordinates\":[[[0,0],[4,0],[4,4],[0,4],[0,0]],[[1,1],[2,2],[2,1],[1,1]]]}");
    ring(&shape, against, 5);
    geo_shape_part_end(&shape);
    gives(&shape, &degrees,
          "{\"type\":\"MultiPolygon\",\"coordinates\":[[[[0,0],[4,0],[4,4],[0,4],[0,0]],[[1,1],[2,2],[2,1],[1,1]]],"
          "[[[0,0],[4,0],[4,4],[0,4],[0,0]]]]}");
}

/* As many digits as printf gives, but for ties, whose last digit may differ. */
static void random_numbers(void **state)
{
    (void)state;
    uint64_t seed = 42;
    for (int i = 0; i < 200000; i++) {
        char text[128];
        double xy[2], back[2];
        AUTO_VALUE(base_buf) buf;
        base_buf_init(&buf, 4096);
        for (int k = 0; k < 2; k++) {
            seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
            xy[k] = ((double)(seed >> 11) / 9007199254740992.0 - 0.5) * 360;
        }
        AUTO_VALUE(geo_shape) shape;
        geo_shape_init(&shape);
        geo_shape_reset(&shape, GEO_SHAPE_POINT);
        ring(&shape, xy, 1);
        geo_shape_part_end(&shape);
        geo_geojson_out(&shape, &degrees, &buf);
        snprintf(text, sizeof text, "%s", base_buf_cstr(&buf) + strlen("{\"type\":\"Point\",\"coordinates\":["));
        char *comma = strchr(text, ',');
        assert_non_null(comma);
        back[0] = strtod(text, NULL);
        back[1] = strtod(comma + 1, NULL);
        test_near(back[0], xy[0], 5.01e-10);
        test_near(back[1], xy[1], 5.01e-10);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(points_and_numbers), cmocka_unit_test(lines_and_areas),
                                       cmocka_unit_test(random_numbers)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
