/* geo/shape.c */
#include "geo_test.h"

static void closes_rings(void **state)
{
    (void)state;
    AUTO_VALUE(geo_shape) shape;
    geo_shape_init(&shape);
    geo_shape_reset(&shape, GEO_SHAPE_AREA);
    test_square(&shape, 10, 20, 1);
    assert_int_equal(shape.vertices, 5);
    assert_int_equal(shape.rings, 1);
    assert_int_equal(shape.parts, 1);
    geo_shape_ring_end(&shape); /* nothing new: no empty ring */
    geo_shape_part_end(&shape);
    assert_int_equal(shape.parts, 1);
}

static void measures_with_holes(void **state)
{
    (void)state;
    AUTO_VALUE(geo_shape) shape;
    geo_shape_init(&shape);
    geo_shape_reset(&shape, GEO_SHAPE_AREA);
    const double outside[] = {121.5, 31.2, 121.501, 31.2, 121.501, 31.201, 121.5, 31.201};
    const double hole[] = {121.5002, 31.2002, 121.5002, 31.2006, 121.5006, 31.2006, 121.5006, 31.2002};
    test_ring(&shape, outside, 4);
    test_ring(&shape, hole, 4);
    geo_shape_part_end(&shape);
    struct geo_local local = geo_local_at(31.2005);
    test_near(geo_shape_area_m2(&shape), (1e-6 - 0.16e-6) * local.lon_m * local.lat_m, 0.01);
    assert_true(geo_shape_contains(&shape, (struct geo_point){121.5001, 31.2001}));
    assert_false(geo_shape_contains(&shape, (struct geo_point){121.5004, 31.2004}));
    assert_false(geo_shape_contains(&shape, (struct geo_point){121.4, 31.2004}));
    struct geo_bbox box = geo_shape_bbox(&shape);
    test_near(box.max_lon, 121.501, 0);
}

static void agrees_with_the_ellipsoid(void **state)
{
    (void)state;
    AUTO_VALUE(geo_shape) shape;
    geo_shape_init(&shape);
    geo_shape_reset(&shape, GEO_SHAPE_AREA);
    test_square(&shape, 121.5, 31.2, 0.01);
    test_near(geo_shape_area_m2(&shape) / 1056612.4, 1, 1e-4); /* ST_Area(geography): 1056612.4 m2 */
}

static void refuses_too_many(void **state)
{
    (void)state;
    AUTO_VALUE(geo_shape) shape;
    geo_shape_init(&shape);
    geo_shape_reset(&shape, GEO_SHAPE_LINE);
    assert_null(geo_shape_vertices(&shape, GEO_SHAPE_VERTEX_MAX + 1));
    assert_int_equal(shape.err, BASE_LIMIT);
    geo_shape_reset(&shape, GEO_SHAPE_LINE);
    assert_int_equal(shape.err, BASE_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(closes_rings),
        cmocka_unit_test(measures_with_holes),
        cmocka_unit_test(agrees_with_the_ellipsoid),
        cmocka_unit_test(refuses_too_many),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
