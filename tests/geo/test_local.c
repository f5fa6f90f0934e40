/* geo/local.c, against the geodesic of PostGIS's st_distance(geography) (Karney 2013). */
#include "geo_test.h"

static void agrees_with_the_geodesic(void **state)
{
    (void)state;
    static const struct {
        struct geo_point a, b;
        double metres;
    } known[] = {
        {{121.5, 31.2}, {121.505, 31.2}, 476.5218},   {{121.5, 31.2}, {121.5, 31.205}, 554.3648},
        {{121.5, 31.2}, {121.507, 31.206}, 942.1127}, {{9.5, 47.1}, {9.501, 47.101}, 134.6188},
        {{-74, 40.7}, {-74.0005, 40.7003}, 53.8104},  {{103.9, 1.4}, {103.905, 1.395}, 784.4030},
    };
    for (size_t i = 0; i < BASE_COUNT(known); i++) {
        test_near(test_distance_m(known[i].a, known[i].b), known[i].metres, 0.005);
    }
}

static void stays_finite_at_the_poles(void **state)
{
    (void)state;
    struct geo_local pole = geo_local_at(90);
    test_near(pole.lon_m, 0, 1e-6);
    test_near(pole.lat_m, 111693.98, 0.1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(agrees_with_the_geodesic),
        cmocka_unit_test(stays_finite_at_the_poles),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
