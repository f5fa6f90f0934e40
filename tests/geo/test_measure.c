/* geo/measure.c */
#include "geo_test.h"

static void height(const char *text, enum geo_measure expected, double metres)
{
    double value = -1;
    enum geo_measure got = geo_measure_height(base_str_of(text), &value);
    if (got != expected || (got == GEO_MEASURE_OK && fabs(value - metres) > 1e-9)) {
        fail_msg("height \"%s\": %d, %g instead of %d, %g", text, got, value, expected, metres);
    }
}

static void heights(void **state)
{
    (void)state;
    height("12", GEO_MEASURE_OK, 12);
    height("12 m", GEO_MEASURE_OK, 12);
    height(" 12.5m ", GEO_MEASURE_OK, 12.5);
    height("12,5 m", GEO_MEASURE_OK, 12.5);
    height("~12", GEO_MEASURE_OK, 12);
    height("ca. 12 metres", GEO_MEASURE_OK, 12);
    height("约30米", GEO_MEASURE_OK, 30);
    height("1200 cm", GEO_MEASURE_OK, 12);
    height("40'", GEO_MEASURE_OK, 12.192);
    height("40 ft", GEO_MEASURE_OK, 12.192);
    height("39'6\"", GEO_MEASURE_OK, 12.0396);
    height("12;15;9", GEO_MEASURE_OK, 15);
    height("12;", GEO_MEASURE_OK, 12);
    height("3e2", GEO_MEASURE_UNREADABLE, 0);
    height("", GEO_MEASURE_NONE, 0);
    height("  ", GEO_MEASURE_NONE, 0);
    height(";", GEO_MEASURE_UNREADABLE, 0);
    height("tall", GEO_MEASURE_UNREADABLE, 0);
    height("12 storeys", GEO_MEASURE_UNREADABLE, 0);
    height("12 m 3", GEO_MEASURE_UNREADABLE, 0);
    height("0", GEO_MEASURE_IMPOSSIBLE, 0);
    height("-5", GEO_MEASURE_IMPOSSIBLE, 0);
    height("1000", GEO_MEASURE_OK, 1000);
    height("1000.1", GEO_MEASURE_IMPOSSIBLE, 0);
    height("9999999999999999999999999999999999999999", GEO_MEASURE_UNREADABLE, 0);
    height("12;tall", GEO_MEASURE_UNREADABLE, 0);
}

static void levels(const char *text, enum geo_measure expected, int count)
{
    int value = -1;
    enum geo_measure got = geo_measure_levels(base_str_of(text), &value);
    if (got != expected || (got == GEO_MEASURE_OK && value != count)) {
        fail_msg("levels \"%s\": %d, %d instead of %d, %d", text, got, value, expected, count);
    }
}

static void storeys(void **state)
{
    (void)state;
    levels("14", GEO_MEASURE_OK, 14);
    levels("3;4", GEO_MEASURE_OK, 4);
    levels("3-4", GEO_MEASURE_OK, 4);
    levels("2.5", GEO_MEASURE_OK, 3);
    levels("2,5", GEO_MEASURE_OK, 3);
    levels("~5", GEO_MEASURE_OK, 5);
    levels("5F", GEO_MEASURE_OK, 5);
    levels("18层", GEO_MEASURE_OK, 18);
    levels("12 storeys", GEO_MEASURE_OK, 12);
    levels("0.4", GEO_MEASURE_OK, 1);
    levels("0", GEO_MEASURE_IMPOSSIBLE, 0);
    levels("-1", GEO_MEASURE_IMPOSSIBLE, 0);
    levels("200", GEO_MEASURE_OK, 200);
    levels("201", GEO_MEASURE_IMPOSSIBLE, 0);
    levels("G+5", GEO_MEASURE_UNREADABLE, 0);
    levels("", GEO_MEASURE_NONE, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(heights),
        cmocka_unit_test(storeys),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
