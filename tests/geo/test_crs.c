/* geo/crs.c: longitude and easting first, whatever the register says; errors in words. */
#include "geo_test.h"

static void to_wgs84(const char *name, double x, double y, double lon, double lat, double tolerance)
{
    AUTO(geo_crs) crs = NULL;
    double xy[] = {x, y};
    test_ok(geo_crs_new(name, &test_diag, &crs));
    test_ok(geo_crs_to_wgs84(crs, xy, 1, &test_diag));
    test_near(xy[0], lon, tolerance);
    test_near(xy[1], lat, tolerance);
    test_ok(geo_crs_from_wgs84(crs, xy, 1, &test_diag));
    test_near(xy[0], x, fabs(x) > 360 ? 0.01 : 1e-6);
    test_near(xy[1], y, fabs(y) > 360 ? 0.01 : 1e-6);
}

static void many_systems(void **state)
{
    (void)state;
    to_wgs84("EPSG:4326", 121.5, 31.2, 121.5, 31.2, 0);
    to_wgs84("EPSG:4490", 121.5, 31.2, 121.5, 31.2, 1e-6);               /* CGCS2000 */
    to_wgs84("EPSG:3857", 13525318.131, 3658750.280, 121.5, 31.2, 1e-7); /* metres, no axis surprise */
    to_wgs84("EPSG:32651", 357093.026, 3452736.485, 121.5, 31.2, 1e-4);  /* UTM 51N */
    to_wgs84("EPSG:3414", 36000, 42000, 103.905205, 1.3961065, 1e-4);    /* SVY21: register says northing first */
    to_wgs84("EPSG:6697", 139.7776, 35.5385, 139.7776, 35.5385, 1e-6);   /* JGD2011 + height: latitude first */
    to_wgs84("gcj02", 121.47822305927693, 31.22845773757727, 121.4737, 31.2304, 1e-9);
    to_wgs84("bd09", 121.484781468503, 31.23431059369, 121.4737, 31.2304, 1e-9);
}

static void unknown_systems(void **state)
{
    (void)state;
    static const char *const names[] = {"EPSG:999999", "", "nonsense", "+proj=", "GEOGCS[broken", "EPSG:7030"};
    for (size_t i = 0; i < BASE_COUNT(names); i++) {
        struct geo_crs *crs = NULL;
        assert_int_equal(geo_crs_new(names[i], &test_diag, &crs), BASE_INVALID);
        assert_non_null(strstr(test_diag.text, "gcj02"));
        assert_null(crs);
    }
}

/* A tenth of a millimetre beyond the edge of the world is rounding, and on the edge. */
static void a_hair_beyond(void **state)
{
    (void)state;
    AUTO(geo_crs) crs = NULL;
    double xy[] = {180.00000000000003, -90.00000000000001, -180.0000000009, 90};
    test_ok(geo_crs_new("EPSG:4326", &test_diag, &crs));
    test_ok(geo_crs_to_wgs84(crs, xy, 2, &test_diag));
    test_near(xy[0], 180, 0);
    test_near(xy[1], -90, 0);
    test_near(xy[2], -180, 0);
    xy[0] = 180.00001;
    assert_int_equal(geo_crs_to_wgs84(crs, xy, 2, &test_diag), BASE_INVALID);
}

static void refuses(const char *name, double x, double y, const char *word)
{
    AUTO(geo_crs) crs = NULL;
    double xy[] = {121, 31, x, y};
    test_ok(geo_crs_new(name, &test_diag, &crs));
    assert_int_equal(geo_crs_to_wgs84(crs, xy, 2, &test_diag), BASE_INVALID);
    if (!strstr(test_diag.text, word)) {
        fail_msg("\"%s\" does not say \"%s\"", test_diag.text, word);
    }
}

static void impossible_coordinates(void **state)
{
    (void)state;
    refuses("EPSG:4326", 31.2, 91, "latitude 91");
    refuses("EPSG:4326", 31.2, 121.5, "swapped");
    refuses("EPSG:4326", 181, 31.2, "longitude 181");
    refuses("gcj02", NAN, 31.2, "vertex 2");
    refuses("EPSG:32651", 1e30, 31.2, "vertex");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(many_systems),
        cmocka_unit_test(unknown_systems),
        cmocka_unit_test(a_hair_beyond),
        cmocka_unit_test(impossible_coordinates),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
