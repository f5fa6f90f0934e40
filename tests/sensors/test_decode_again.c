/* sensors/decode_again.c: what is repeated, and what only looks so. */
#include "kit.h"
#include "sensors/decode_private.h"

static struct sensors_again said(struct sensors_memory *memory, const char *what, const char *text, int64_t t_recv,
                                 bool retained)
{
    static const struct base_key key = {.bytes = "test key"};
    const struct sensors_message message = {.key = &key, .memory = memory, .t_recv = t_recv, .retained = retained};
    struct sensors_decoding decoding = {.message = &message};
    return sensors_decode_again(&decoding, base_str_of(what), base_str_of(text), SENSORS_AGAIN_US);
}

static void the_same_within_two_seconds_is_repeated(void **state)
{
    (void)state;
    AUTO(sensors_memory) memory = sensors_memory_new();
    assert_false(said(memory, "lamp", "on", KIT_NOW, false).known);
    assert_true(said(memory, "lamp", "on", KIT_NOW + 2 * KIT_SECOND, false).repeated);
    assert_false(said(memory, "door", "on", KIT_NOW, false).known);
    assert_false(said(memory, "lamp", "off", KIT_NOW + KIT_SECOND, false).repeated);
    struct sensors_again again = said(memory, "lamp", "on", KIT_NOW + KIT_SECOND, false);
    assert_true(again.known);
    assert_false(again.same);
    again = said(memory, "lamp", "on", KIT_NOW + 4 * KIT_SECOND, false);
    assert_true(again.same);
    assert_false(again.repeated);
    assert_int_equal(again.t_recv, KIT_NOW + KIT_SECOND);
    assert_true(said(memory, "lamp", "on", KIT_NOW + 3 * KIT_SECOND, false).repeated); /* the clock went back */
}

static void nothing_is_known_without_a_memory_or_of_retained_values(void **state)
{
    (void)state;
    AUTO(sensors_memory) memory = sensors_memory_new();
    assert_false(said(NULL, "lamp", "on", KIT_NOW, false).known);
    assert_false(said(memory, "lamp", "on", KIT_NOW, true).known);
    assert_false(said(memory, "lamp", "on", KIT_NOW, false).known);
    assert_false(said(memory, "lamp", "on", KIT_NOW, true).known);
    sensors_memory_rollback(memory);
    assert_false(said(memory, "lamp", "on", KIT_NOW, false).known);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_same_within_two_seconds_is_repeated),
        cmocka_unit_test(nothing_is_known_without_a_memory_or_of_retained_values),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
