/* geo/repair.c */
#include "geo_test.h"

static struct geo_repair *repair;

static int open_repair(void **state)
{
    (void)state;
    return geo_repair_new(&test_diag, &repair);
}

static int close_repair(void **state)
{
    (void)state;
    geo_repair_free(repair);
    return 0;
}

static struct geo_repair_report repaired(struct geo_shape *shape)
{
    struct geo_repair_report report;
    test_ok(geo_repair_shape(repair, shape, &test_diag, &report));
    return report;
}

static void leaves_valid_ones(void **state)
{
    (void)state;
    AUTO_VALUE(geo_shape) shape;
    geo_shape_init(&shape);
    geo_shape_reset(&shape, GEO_SHAPE_AREA);
    test_square(&shape, 121.5, 31.2, 0.001);
    double area = geo_shape_area_m2(&shape);
    assert_int_equal(repaired(&shape).outcome, GEO_REPAIR_AS_IS);
    test_near(geo_shape_area_m2(&shape), area, 1e-6);
    geo_shape_reset(&shape, GEO_SHAPE_AREA);
    test_square(&shape, 121.5, 31.2, 1e-7); /* a square centimetre, but somebody drew it */
    assert_int_equal(repaired(&shape).outcome, GEO_REPAIR_AS_IS);
    assert_int_equal(shape.parts, 1);
}

static void says_what_is_not_valid(void **state)
{
    (void)state;
    AUTO_VALUE(geo_shape) shape;
    geo_shape_init(&shape);
    geo_shape_reset(&shape, GEO_SHAPE_AREA);
    test_square(&shape, 121.5, 31.2, 0.001);
    test_ok(geo_repair_valid(repair, &shape, &test_diag));
    test_square(&shape, 121.5005, 31.2, 0.001); /* overlaps the first */
    assert_int_equal(geo_repair_valid(repair, &shape, &test_diag), BASE_INVALID);
    assert_non_null(strstr(test_diag.text, "Self-intersection at 121.50"));
    geo_shape_reset(&shape, GEO_SHAPE_AREA);
    test_square(&shape, 121.5, 31.2, 0.001);
    shape.parts = 0; /* a hole far away, in the same part */
    test_square(&shape, 122.5, 31.2, 0.001);
    assert_int_equal(shape.parts, 1);
    assert_int_equal(geo_repair_valid(repair, &shape, &test_diag), BASE_INVALID);
    assert_string_equal(test_diag.text, "a ring without area, or a hole outside");
}

static void unties_a_bow(void **state)
{
    (void)state;
    AUTO_VALUE(geo_shape) shape;
    geo_shape_init(&shape);
    geo_shape_reset(&shape, GEO_SHAPE_AREA);
    const double bow[] = {121.5, 31.2, 121.502, 31.202, 121.502, 31.2, 121.5, 31.202};
    test_ring(&shape, bow, 4);
    geo_shape_part_end(&shape);
    struct geo_repair_report report = repaired(&shape);
    assert_int_equal(report.outcome, GEO_REPAIR_CHANGED);
    assert_non_null(strstr(report.why, "Self-intersection at 121.501"));
    assert_int_equal(shape.parts, 2);
    struct geo_local local = geo_local_at(31.201);
    test_near(geo_shape_area_m2(&shape), 2e-6 * local.lon_m * local.lat_m, 1);
}

static void drops_a_hole_that_lies_outside(void **state)
{
    (void)state;
    AUTO_VALUE(geo_shape) shape;
    geo_shape_init(&shape);
    geo_shape_reset(&shape, GEO_SHAPE_AREA);
    const double outside[] = {121.5, 31.2, 121.501, 31.2, 121.501, 31.201, 121.5, 31.201};
    const double astray[] = {121.6, 31.3, 121.6, 31.301, 121.601, 31.301};
    test_ring(&shape, outside, 4);
    test_ring(&shape, astray, 3);
    geo_shape_part_end(&shape);
    assert_int_equal(repaired(&shape).outcome, GEO_REPAIR_CHANGED);
    assert_int_equal(shape.parts, 1);
    struct geo_bbox box = geo_shape_bbox(&shape);
    assert_true(box.max_lon < 121.51);
}

static void nothing_is_left_of_a_line(void **state)
{
    (void)state;
    AUTO_VALUE(geo_shape) shape;
    geo_shape_init(&shape);
    geo_shape_reset(&shape, GEO_SHAPE_AREA);
    const double flat[] = {121.5, 31.2, 121.501, 31.2, 121.5005, 31.2};
    test_ring(&shape, flat, 3);
    geo_shape_part_end(&shape);
    assert_int_equal(repaired(&shape).outcome, GEO_REPAIR_NOTHING);
    geo_shape_reset(&shape, GEO_SHAPE_AREA);
    const double two[] = {121.5, 31.2, 121.501, 31.2};
    test_ring(&shape, two, 2);
    geo_shape_part_end(&shape);
    assert_int_equal(repaired(&shape).outcome, GEO_REPAIR_NOTHING);
    geo_shape_reset(&shape, GEO_SHAPE_NONE);
    assert_int_equal(repaired(&shape).outcome, GEO_REPAIR_NOTHING);
}

/* A box of six faces: floor and roof cover each other, walls vanish. */
static void sees_a_solid_from_above(void **state)
{
    (void)state;
    AUTO_VALUE(geo_shape) shape;
    geo_shape_init(&shape);
    geo_shape_reset(&shape, GEO_SHAPE_AREA);
    test_square(&shape, 139.7, 35.5, 0.001);
    const double wall[] = {139.7, 35.5, 139.701, 35.5, 139.701, 35.5, 139.7, 35.5};
    test_ring(&shape, wall, 4);
    geo_shape_part_end(&shape);
    test_square(&shape, 139.7, 35.5, 0.001);
    test_square(&shape, 139.7005, 35.5, 0.001); /* a roof that stands over */
    struct geo_repair_report report;
    test_ok(geo_repair_footprint(repair, &shape, &test_diag, &report));
    assert_int_equal(report.outcome, GEO_REPAIR_AS_IS);
    assert_int_equal(shape.parts, 1);
    struct geo_local local = geo_local_at(35.5005);
    test_near(geo_shape_area_m2(&shape), 1.5e-6 * local.lon_m * local.lat_m, 1);
}

static void finds_a_point_inside(void **state)
{
    (void)state;
    AUTO_VALUE(geo_shape) shape;
    geo_shape_init(&shape);
    geo_shape_reset(&shape, GEO_SHAPE_AREA);
    const double u[] = {0, 0, 3, 0, 3, 3, 2, 3, 2, 1, 1, 1, 1, 3, 0, 3}; /* its centroid lies in the courtyard */
    test_ring(&shape, u, 8);
    geo_shape_part_end(&shape);
    struct geo_point point;
    test_ok(geo_repair_inner_point(repair, &shape, &test_diag, &point));
    assert_true(geo_shape_contains(&shape, point));
    geo_shape_reset(&shape, GEO_SHAPE_AREA);
    test_square(&shape, 10, 20, 2);
    test_ok(geo_repair_inner_point(repair, &shape, &test_diag, &point));
    test_near(point.lon, 11, 1e-9);
    test_near(point.lat, 21, 1e-9);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(leaves_valid_ones),
        cmocka_unit_test(says_what_is_not_valid),
        cmocka_unit_test(unties_a_bow),
        cmocka_unit_test(drops_a_hole_that_lies_outside),
        cmocka_unit_test(nothing_is_left_of_a_line),
        cmocka_unit_test(sees_a_solid_from_above),
        cmocka_unit_test(finds_a_point_inside),
    };
    return cmocka_run_group_tests(tests, open_repair, close_repair);
}
