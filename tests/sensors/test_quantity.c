/* sensors/quantity.c: the names devices use, one unit a quantity, conversions by hand-computed pairs. */
#include "sensors/sensors.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static const char *name_of(const char *said)
{
    const struct sensors_quantity *quantity = sensors_quantity_find(base_str_of(said));
    return quantity ? quantity->name : "";
}

static void other_names_and_spellings_are_known(void **state)
{
    (void)state;
    static const struct {
        const char *said, *name;
    } cases[] = {
        {"temperature", "temperature"},
        {"Temperature", "temperature"},
        {"temp", "temperature"},
        {"pm2.5", "pm2_5"},
        {"PM2_5", "pm2_5"},
        {"pm25", "pm2_5"},
        {"pm10", "pm10"},
        {"pm1", "pm1"},
        {"Battery-Level", "battery"},
        {"water leak", "water_leak"},
        {"waterLeak", "water_leak"},
        {"water_level", "level"},
        {"linkquality", "link_quality"},
        {"pir", "motion"},
        {"smoke", "smoke"},
        {"", ""},
        {"nonsense", ""},
        {"temperaturetemperaturetemperaturetemp", ""},
    };
    for (size_t i = 0; i < BASE_COUNT(cases); i++) {
        assert_string_equal(name_of(cases[i].said), cases[i].name);
    }
}

static void every_quantity_is_found_by_its_own_name_and_converts_to_itself(void **state)
{
    (void)state;
    static const char *const units[][2] = {
        /* INTERFACE: one unit a measure */
        {"temperature", "Cel"}, {"humidity", "%"}, {"distance", "m"}, {"fill", "%"},         {"battery", "%"},
        {"voltage", "V"},       {"current", "A"},  {"power", "W"},    {"energy", "kW.h"},    {"pressure", "Pa"},
        {"pm2_5", "ug/m3"},     {"pm10", "ug/m3"}, {"co2", "ppm"},    {"illuminance", "lx"}, {"sound", "dB"},
        {"weight", "kg"},       {"speed", "m/s"},  {"rssi", "dBm"}};
    for (size_t i = 0; i < BASE_COUNT(units); i++) {
        const struct sensors_quantity *quantity = sensors_quantity_find(base_str_of(units[i][0]));
        assert_non_null(quantity);
        assert_string_equal(quantity->unit, units[i][1]);
        assert_int_equal(quantity->kind, SENSORS_KIND_MEASUREMENT);
        assert_true(sensors_unit_convert(1.5, base_str_of(units[i][1]), units[i][1]) == 1.5);
        assert_true(sensors_unit_convert(1.5, base_str_of(""), units[i][1]) == 1.5);
    }
}

static void units_become_those_of_the_quantity(void **state)
{
    (void)state;
    static const struct {
        double value;
        const char *from, *to;
        double expected;
    } cases[] = {
        {298.65, "K", "Cel", 25.5},
        {77, "°F", "Cel", 25},
        {-40, "[degF]", "Cel", -40},
        {23, "℃", "Cel", 23},
        {2116, "mm", "m", 2.116},
        {16.754, "cm", "m", 0.16754},
        {3, "ft", "m", 0.9144},
        {1013.2, "hPa", "Pa", 101320},
        {36, "km/h", "m/s", 10},
        {10, "kn", "m/s", 5.144444},
        {25, "mph", "m/s", 11.176},
        {3100, "mV", "V", 3.1},
        {152669.987, "W.h", "kW.h", 152.669987},
        {0.5, "/", "%", 50},
        {1500, "g", "kg", 1.5},
        {2, "mg/m3", "ug/m3", 2000},
        {440, "ppb", "ppm", 0.44},
        {1, "h", "s", 3600},
        {3.6e6, "J", "kW.h", 1},
        {100, "lbs", "kg", 45.359237},
    };
    for (size_t i = 0; i < BASE_COUNT(cases); i++) {
        double value = sensors_unit_convert(cases[i].value, base_str_of(cases[i].from), cases[i].to);
        if (!(fabs(value - cases[i].expected) < 1e-5)) {
            fail_msg("%g %s is %.9g %s, not %.9g", cases[i].value, cases[i].from, value, cases[i].to,
                     cases[i].expected);
        }
    }
}

static void units_of_another_dimension_are_refused(void **state)
{
    (void)state;
    assert_true(isnan(sensors_unit_convert(1, base_str_of("V"), "Cel")));
    assert_true(isnan(sensors_unit_convert(1, base_str_of("furlong"), "m")));
    assert_true(isnan(sensors_unit_convert(1, base_str_of("m"), "unheard of")));
    assert_true(isnan(sensors_unit_convert(1, base_str_of("/"), "m")));
}

static void alarms_have_a_severity_and_nothing_else_has(void **state)
{
    (void)state;
    assert_int_equal(sensors_quantity_find(base_str_of("smoke"))->severity, 4);
    assert_int_equal(sensors_quantity_find(base_str_of("water_leak"))->severity, 3);
    assert_int_equal(sensors_quantity_find(base_str_of("battery_low"))->severity, 1);
    assert_int_equal(sensors_quantity_find(base_str_of("open"))->severity, SENSORS_NO_SEVERITY);
    assert_int_equal(sensors_quantity_find(base_str_of("motion"))->kind, SENSORS_KIND_DETECTION);
    assert_true(sensors_quantity_find(base_str_of("battery"))->diagnostic);
    assert_false(sensors_quantity_find(base_str_of("temperature"))->diagnostic);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(other_names_and_spellings_are_known),
        cmocka_unit_test(every_quantity_is_found_by_its_own_name_and_converts_to_itself),
        cmocka_unit_test(units_become_those_of_the_quantity),
        cmocka_unit_test(units_of_another_dimension_are_refused),
        cmocka_unit_test(alarms_have_a_severity_and_nothing_else_has),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
