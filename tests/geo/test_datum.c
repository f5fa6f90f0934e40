/* geo/datum.c: both ways over all of China, across the edges of its box, and outside. */
#include "geo_test.h"

/* Worked out with an independent implementation of the published formulas. */
static void known_positions(void **state)
{
    (void)state;
    static const struct {
        struct geo_point wgs, gcj, bd;
    } known[] = {
        {{121.4737, 31.2304}, {121.47822305927693, 31.22845773757727}, {121.484781468503, 31.234310593689997}},
        {{116.404, 39.915}, {116.41024449916938, 39.91640428150164}, {116.41662724378733, 39.922699552216216}},
        {{113.2644, 23.1291}, {113.26972959210308, 23.126423339922844}, {113.27615075157122, 23.13271125723948}},
    };
    for (size_t i = 0; i < BASE_COUNT(known); i++) {
        struct geo_point gcj = geo_datum_from_wgs84(GEO_DATUM_GCJ02, known[i].wgs);
        struct geo_point bd = geo_datum_from_wgs84(GEO_DATUM_BD09, known[i].wgs);
        test_near(gcj.lon, known[i].gcj.lon, 1e-10);
        test_near(gcj.lat, known[i].gcj.lat, 1e-10);
        test_near(bd.lon, known[i].bd.lon, 1e-10);
        test_near(bd.lat, known[i].bd.lat, 1e-10);
        double shift_m = test_distance_m(known[i].wgs, gcj);
        assert_true(shift_m > 465 && shift_m < 640);
    }
}

static void there_and_back(enum geo_datum datum, struct geo_point p)
{
    struct geo_point there = geo_datum_from_wgs84(datum, p);
    struct geo_point back = geo_datum_to_wgs84(datum, there);
    if (!(fabs(back.lon - p.lon) < 1e-6 && fabs(back.lat - p.lat) < 1e-6)) {
        fail_msg("%s: %.9f %.9f comes back as %.9f %.9f", geo_datum_name(datum), p.lon, p.lat, back.lon, back.lat);
    }
    struct geo_point home = geo_datum_to_wgs84(datum, p);
    struct geo_point again = geo_datum_from_wgs84(datum, home);
    if (!(fabs(again.lon - p.lon) < 1e-6 && fabs(again.lat - p.lat) < 1e-6)) {
        fail_msg("%s: position %.9f %.9f is met again at %.9f %.9f", geo_datum_name(datum), p.lon, p.lat, again.lon,
                 again.lat);
    }
}

static void inverse_over_china(void **state)
{
    (void)state;
    for (double lon = 71.5; lon < 138.5; lon += 0.1931) {
        for (double lat = 0.5; lat < 56.2; lat += 0.1877) {
            there_and_back(GEO_DATUM_GCJ02, (struct geo_point){lon, lat});
            there_and_back(GEO_DATUM_BD09, (struct geo_point){lon, lat});
        }
    }
}

static void inverse_across_the_edges(void **state)
{
    (void)state;
    const double lons[] = {72.004, 137.8347};
    const double lats[] = {0.8293, 55.8271};
    for (size_t edge = 0; edge < 2; edge++) {
        for (double off = -0.08; off < 0.08; off += 0.00037) {
            for (double lat = 0.5; lat < 56; lat += 0.731) {
                there_and_back(GEO_DATUM_GCJ02, (struct geo_point){lons[edge] + off, lat});
            }
            for (double lon = 72; lon < 138; lon += 0.731) {
                there_and_back(GEO_DATUM_GCJ02, (struct geo_point){lon, lats[edge] + off});
            }
        }
    }
}

static void identity_outside(void **state)
{
    (void)state;
    for (double lon = -180; lon <= 180; lon += 7.3) {
        for (double lat = -90; lat <= 90; lat += 3.1) {
            struct geo_point p = {lon, lat};
            if (lon >= 72.004 && lon <= 137.8347 && lat >= 0.8293 && lat <= 55.8271) {
                continue;
            }
            struct geo_point gcj = geo_datum_from_wgs84(GEO_DATUM_GCJ02, p);
            assert_true(gcj.lon == p.lon && gcj.lat == p.lat);
            struct geo_point back = geo_datum_to_wgs84(GEO_DATUM_GCJ02, p);
            test_near(back.lon, p.lon, 1e-9);
            test_near(back.lat, p.lat, 1e-9);
            there_and_back(GEO_DATUM_BD09, p);
        }
    }
}

static void names(void **state)
{
    (void)state;
    enum geo_datum datum = GEO_DATUM_WGS84;
    assert_true(geo_datum_in(base_str_of("GCJ-02"), &datum) && datum == GEO_DATUM_GCJ02);
    assert_true(geo_datum_in(base_str_of("bd09"), &datum) && datum == GEO_DATUM_BD09);
    assert_true(geo_datum_in(base_str_of("EPSG:4326"), &datum) && datum == GEO_DATUM_WGS84);
    assert_false(geo_datum_in(base_str_of("gcj"), &datum));
    assert_string_equal(geo_datum_name(GEO_DATUM_GCJ02), "gcj02");
}

static void odd_numbers_end(void **state)
{
    (void)state;
    struct geo_point p = geo_datum_to_wgs84(GEO_DATUM_BD09, (struct geo_point){NAN, 3});
    assert_true(isnan(p.lon));
    (void)geo_datum_to_wgs84(GEO_DATUM_GCJ02, (struct geo_point){INFINITY, -INFINITY});
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(known_positions),
        cmocka_unit_test(inverse_over_china),
        cmocka_unit_test(inverse_across_the_edges),
        cmocka_unit_test(identity_outside),
        cmocka_unit_test(names),
        cmocka_unit_test(odd_numbers_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
