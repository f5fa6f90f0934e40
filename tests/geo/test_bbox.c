/* geo/bbox.c */
#include "geo_test.h"

static void grows(void **state)
{
    (void)state;
    struct geo_bbox box = geo_bbox_empty();
    assert_false(geo_bbox_contains(&box, (struct geo_point){0, 0}));
    geo_bbox_add(&box, (struct geo_point){121.5, 31.2});
    assert_true(geo_bbox_contains(&box, (struct geo_point){121.5, 31.2}));
    struct geo_bbox other = {100, 10, 101, 11};
    assert_false(geo_bbox_intersects(&box, &other));
    geo_bbox_join(&box, &other);
    assert_true(geo_bbox_contains(&box, (struct geo_point){110, 20}));
    assert_true(geo_bbox_intersects(&box, &other));
}

static void joins_empty(void **state)
{
    (void)state;
    struct geo_bbox box = geo_bbox_empty();
    struct geo_bbox none = geo_bbox_empty();
    geo_bbox_join(&box, &none);
    assert_false(geo_bbox_intersects(&box, &box));
    geo_bbox_add(&box, (struct geo_point){121.5, 31.2});
    geo_bbox_join(&box, &none);
    assert_true(box.min_lon == 121.5 && box.max_lat == 31.2);
}

static void surrounds(void **state)
{
    (void)state;
    for (double lat = -84; lat <= 84; lat += 12) {
        struct geo_point centre = {121, lat};
        struct geo_bbox box = geo_bbox_around(centre, 100);
        struct geo_local local = geo_local_at(lat);
        for (int degrees = 0; degrees < 360; degrees += 15) {
            double angle = degrees * M_PI / 180;
            struct geo_point rim = {centre.lon + 99.9 * cos(angle) / local.lon_m,
                                    centre.lat + 99.9 * sin(angle) / local.lat_m};
            assert_true(geo_bbox_contains(&box, rim));
        }
        test_near((box.max_lat - box.min_lat) * local.lat_m, 200, 1);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(grows),
        cmocka_unit_test(joins_empty),
        cmocka_unit_test(surrounds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
