/* sensors/memory.c: what is set is got, what was not committed is taken back, and it has an end. */
#include "sensors/sensors.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct base_str text(const char *of)
{
    return base_str_of(of);
}

static void says(const struct sensors_memory *memory, const char *key, const char *wanted)
{
    struct base_str value;
    bool known = sensors_memory_get(memory, text(key), &value);
    if (!wanted) {
        assert_false(known);
        return;
    }
    assert_true(known);
    assert_int_equal(value.len, strlen(wanted));
    assert_memory_equal(value.at, wanted, value.len);
}

static void set(struct sensors_memory *memory, const char *key, const char *value)
{
    assert_int_equal(sensors_memory_set(memory, text(key), text(value)), BASE_OK);
}

static size_t count_changes(const struct sensors_memory *memory)
{
    size_t at = 0, count = 0;
    struct base_str key, value;
    while (sensors_memory_changed(memory, &at, &key, &value)) {
        count++;
    }
    return count;
}

static void what_is_set_is_got(void **state)
{
    (void)state;
    AUTO(sensors_memory) memory = sensors_memory_new();
    says(memory, "a", NULL);
    set(memory, "a", "1");
    set(memory, "b", "2");
    set(memory, "a", "3");
    says(memory, "a", "3");
    says(memory, "b", "2");
    says(memory, "", NULL);
    set(memory, "a", "");
    says(memory, "a", NULL);
    set(memory, "never", "");
    says(memory, "never", NULL);
}

static void nobody_knows_nothing(void **state)
{
    (void)state;
    size_t at = 0;
    struct base_str key, value;
    set(NULL, "a", "1");
    says(NULL, "a", NULL);
    assert_false(sensors_memory_changed(NULL, &at, &key, &value));
    sensors_memory_commit(NULL);
    sensors_memory_rollback(NULL);
    sensors_memory_free(NULL);
}

static void changes_are_told_once(void **state)
{
    (void)state;
    AUTO(sensors_memory) memory = sensors_memory_new();
    set(memory, "a", "1");
    set(memory, "a", "2");
    set(memory, "b", "1");
    assert_int_equal(count_changes(memory), 2);
    sensors_memory_commit(memory);
    assert_int_equal(count_changes(memory), 0);
    set(memory, "a", "2"); /* as it is */
    assert_int_equal(count_changes(memory), 0);
    set(memory, "a", "");
    size_t at = 0;
    struct base_str key, value;
    assert_true(sensors_memory_changed(memory, &at, &key, &value));
    assert_true(base_str_is(key, "a"));
    assert_int_equal(value.len, 0);
}

static void what_is_not_committed_is_taken_back(void **state)
{
    (void)state;
    AUTO(sensors_memory) memory = sensors_memory_new();
    set(memory, "kept", "1");
    set(memory, "gone", "1");
    sensors_memory_commit(memory);
    set(memory, "kept", "2");
    set(memory, "kept", "3");
    set(memory, "gone", "");
    set(memory, "new", "1");
    sensors_memory_rollback(memory);
    says(memory, "kept", "1");
    says(memory, "gone", "1");
    says(memory, "new", NULL);
    assert_int_equal(count_changes(memory), 0);
    set(memory, "new", "2"); /* as if it had never been there */
    sensors_memory_commit(memory);
    says(memory, "new", "2");
}

static void it_grows_and_has_an_end(void **state)
{
    (void)state;
    static char large[SENSORS_MEMORY_VALUE_MAX + 1], key[SENSORS_MEMORY_KEY_MAX + 1];
    AUTO(sensors_memory) memory = sensors_memory_new();
    memset(large, 'x', sizeof large);
    memset(key, 'k', sizeof key);
    assert_int_equal(sensors_memory_set(memory, (struct base_str){key, sizeof key}, text("1")), BASE_LIMIT);
    assert_int_equal(sensors_memory_set(memory, text("a"), (struct base_str){large, sizeof large}), BASE_LIMIT);
    size_t count = 0;
    enum base_err err = BASE_OK;
    while (!err) {
        char name[24];
        snprintf(name, sizeof name, "%zu", count++);
        err = sensors_memory_set(memory, text(name), (struct base_str){large, SENSORS_MEMORY_VALUE_MAX});
    }
    assert_int_equal(err, BASE_LIMIT);
    assert_int_equal(count, SENSORS_MEMORY_MAX / SENSORS_MEMORY_VALUE_MAX);
    large[0] = 'y'; /* what is there already may say something else */
    assert_int_equal(sensors_memory_set(memory, text("2"), (struct base_str){large, SENSORS_MEMORY_VALUE_MAX}),
                     BASE_OK);
    set(memory, "0", "small"); /* what is forgotten makes room */
    set(memory, "1", "");
    sensors_memory_commit(memory);
    assert_int_equal(sensors_memory_set(memory, text("again"), (struct base_str){large, SENSORS_MEMORY_VALUE_MAX}),
                     BASE_OK);
    says(memory, "0", "small");
}

/* Against a plain list, with commits and rollbacks in between. */
static void random_changes_agree_with_a_list(void **state)
{
    (void)state;
    enum { KEYS = 300, TURNS = 20000 };
    static int now[KEYS], before[KEYS];
    AUTO(sensors_memory) memory = sensors_memory_new();
    unsigned seed = 4711;
    for (int turn = 0; turn < TURNS; turn++) {
        seed = seed * 1103515245u + 12345u;
        size_t at = seed / 65536 % KEYS;
        int value = (int)(seed / 7 % 4);
        char key[24], text_of[24];
        snprintf(key, sizeof key, "key %zu", at);
        snprintf(text_of, sizeof text_of, "%d", value);
        set(memory, key, value ? text_of : "");
        now[at] = value;
        if (turn % 97 == 0) {
            sensors_memory_commit(memory);
            memcpy(before, now, sizeof before);
        } else if (turn % 61 == 0) {
            sensors_memory_rollback(memory);
            memcpy(now, before, sizeof now);
        }
    }
    for (size_t i = 0; i < KEYS; i++) {
        char key[24], value[24];
        snprintf(key, sizeof key, "key %zu", i);
        snprintf(value, sizeof value, "%d", now[i]);
        says(memory, key, now[i] ? value : NULL);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_set_is_got),      cmocka_unit_test(nobody_knows_nothing),
        cmocka_unit_test(changes_are_told_once),   cmocka_unit_test(what_is_not_committed_is_taken_back),
        cmocka_unit_test(it_grows_and_has_an_end), cmocka_unit_test(random_changes_agree_with_a_list),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
