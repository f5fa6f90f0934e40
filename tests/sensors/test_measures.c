/* measures.c: what was written is found again, whatever devices call their measures and say in them. */
#include "sensors/sensors.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static double value_in(const struct sensors_event *event, const char *name)
{
    AUTO_VALUE(base_buf) text;
    base_buf_init(&text, 1 << 16);
    struct base_json_out out = base_json_out_of(&text);
    sensors_event_measures_out(event, &out);
    return sensors_measures_value(base_buf_str(&text), name);
}

static void what_was_written_is_found(void **state)
{
    (void)state;
    struct sensors_event event = sensors_event_empty();
    assert_true(isnan(value_in(&event, "fill")));
    sensors_event_measure(&event, "fill", 63.5, "%");
    sensors_event_measure(&event, "temperature", -12.25, "Cel");
    sensors_event_measure(&event, "pm2_5", 0, "ug/m3");
    assert_true(value_in(&event, "fill") == 63.5);
    assert_true(value_in(&event, "temperature") == -12.25);
    assert_true(value_in(&event, "pm2_5") == 0);
    assert_true(isnan(value_in(&event, "pm2")));
    assert_true(isnan(value_in(&event, "value")));
}

/* Names and words come from outside on some platforms. */
static void nothing_said_looks_like_a_measure(void **state)
{
    (void)state;
    struct sensors_event event = sensors_event_empty();
    sensors_event_measure_text(&event, "action", base_str_of("\"smoke\":{\"value\":1,\"unit\":\"1\"}"));
    sensors_event_measure(&event, "x\":{\"value\":1},\"smoke", 1, "\"smoke\":{\"value\":1,");
    assert_true(isnan(value_in(&event, "smoke")));
    assert_true(isnan(value_in(&event, "action")));
    sensors_event_measure(&event, "smoke", 0, "1");
    assert_true(value_in(&event, "smoke") == 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(what_was_written_is_found),
                                       cmocka_unit_test(nothing_said_looks_like_a_measure)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
