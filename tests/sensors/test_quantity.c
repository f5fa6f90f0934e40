/* sensors/quantity.c: the names devices use, one unit a quantity, conversions by hand-computed pairs. */
#include "fixture/fixture.h"
#include "sensors/sensors.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
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

static void a_unit_tells_what_is_usual(void **state)
{
    (void)state;
    static const struct {
        const char *unit, *name;
    } cases[] = {
        {"Cel", "temperature"},
        {"°F", "temperature"},
        {"%RH", "humidity"},
        {"%EL", "battery"},
        {"mV", "voltage"},
        {"hPa", "pressure"},
        {"ppb", "co2"},
        {"%", ""},
        {"/", ""},
        {"1", ""},
        {"s", ""},
        {"", ""},
        {"furlong", ""},
        {"count", "count"},
        {"kWh", "energy"},
    };
    for (size_t i = 0; i < BASE_COUNT(cases); i++) {
        const struct sensors_quantity *quantity = sensors_quantity_of_unit(base_str_of(cases[i].unit));
        assert_string_equal(quantity ? quantity->name : "", cases[i].name);
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

/* docs/events.md: rows of "| `temperature` | Cel | -90 to 1000 |". */
static void the_documentation_has_the_same_units(void **state)
{
    (void)state;
    char path[1024];
    struct base_diag diag = {.text = ""};
    AUTO_VALUE(base_buf) file;
    base_buf_init(&file, 1 << 20);
    snprintf(path, sizeof path, "%s/docs/events.md", getenv("HUTONG_SOURCE_DIR"));
    if (base_file_read(path, 1 << 20, &diag, &file)) {
        fail_msg("%s", diag.text);
    }
    struct base_str rest = base_buf_str(&file), line;
    size_t found = 0;
    while (base_str_next(&rest, '\n', &line)) {
        struct base_str cell[5] = {{NULL, 0}}, cells = line, range;
        for (size_t i = 0; i < BASE_COUNT(cell) && base_str_next(&cells, '|', &cell[i]); i++) {
            cell[i] = base_str_trim(cell[i]);
        }
        double least = NAN, most = NAN;
        struct base_str name = cell[1], words = cell[3];
        if (name.len < 3 || name.at[0] != '`' || !base_str_next(&words, ' ', &range) || !base_str_f64(range, &least)) {
            continue; /* another table's */
        }
        name = (struct base_str){name.at + 1, name.len - 2};
        const struct sensors_quantity *quantity = sensors_quantity_find(name);
        base_str_next(&words, ' ', &range); /* "to" */
        base_str_f64(words, &most);
        found++;
        if (!quantity || !base_str_is(cell[2], quantity->unit) || quantity->least != least || quantity->most != most) {
            fail_msg("docs/events.md: %.*s", (int)line.len, line.at);
        }
    }
    assert_true(found > 30);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(other_names_and_spellings_are_known),
        cmocka_unit_test(a_unit_tells_what_is_usual),
        cmocka_unit_test(every_quantity_is_found_by_its_own_name_and_converts_to_itself),
        cmocka_unit_test(units_become_those_of_the_quantity),
        cmocka_unit_test(units_of_another_dimension_are_refused),
        cmocka_unit_test(alarms_have_a_severity_and_nothing_else_has),
        cmocka_unit_test(the_documentation_has_the_same_units),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
