/* ingest/batch.c: what becomes of a message that does not fit, and of one that says nothing new. */
#include "fixture/fixture.h"
#include "ingest/source.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#define HOUR INT64_C(3600000000)

static struct ingest_keys keys;
static struct base_arena arena;

static struct ingest_source source_of(const char *format)
{
    static char name[] = "test";
    struct ingest_source source = {.name = name,
                                   .format = sensors_format_find(base_str_of(format)),
                                   .keys = &keys,
                                   .decoding = &arena,
                                   .batch_max = 100,
                                   .keep_fix_us = HOUR,
                                   .keep_event_us = HOUR};
    ingest_batch_init(&source.batch);
    ingest_devices_init(&source.devices);
    ingest_registry_init(&source.registry);
    return source;
}

static void release(struct ingest_source *source)
{
    ingest_batch_release(&source->batch);
    ingest_devices_release(&source->devices);
    ingest_registry_release(&source->registry);
    ingest_redelivery_release(&source->redelivery);
    sensors_memory_free(source->memory);
}

/* Else it would be dropped and come again for ever. */
static void what_takes_all_the_room_is_a_dead_letter(void **state)
{
    (void)state;
    char text[200];
    int64_t now = base_clock_now_us();
    size_t whole = arena.max, stored = 0;
    snprintf(text, sizeof text, "{\"_type\":\"location\",\"lat\":31.2,\"lon\":121.4,\"tst\":%lld,\"tid\":\"g1\"}",
             (long long)(now / 1000000));
    for (size_t max = 1; max < 16384; max += 1 + max / 64) {
        struct ingest_source source = source_of("owntracks");
        arena.max = max;
        ingest_batch_take(&source, base_str_of("owntracks/u/d"), base_str_of(text), now, false, INGEST_NO_MID);
        assert_int_equal(source.batch.err, BASE_OK);
        assert_int_equal(source.batch.row_count + source.batch.dead_count, 1);
        stored += source.batch.row_count;
        release(&source);
    }
    arena.max = whole;
    assert_int_not_equal(stored, 0);
}

/* Of "on", "on", "off" the second one may come again when the lamp is off. */
static void what_was_repeated_is_known_when_it_comes_again(void **state)
{
    (void)state;
    struct ingest_source source = source_of("zigbee2mqtt");
    int64_t now = base_clock_now_us();
    source.memory = sensors_memory_new();
    for (int mid = 1; mid <= 2; mid++) {
        ingest_batch_take(&source, base_str_of("zigbee2mqtt/lamp"), base_str_of("{\"contact\":false}"), now, false,
                          mid);
    }
    assert_int_equal(source.batch.row_count, 1);
    assert_int_equal(source.batch.absorbed, 1);
    assert_int_equal(source.redelivery.count, 2);
    release(&source);
}

static void rows_and_texts_fill_a_batch_as_messages_do(void **state)
{
    (void)state;
    struct ingest_source source = source_of("owntracks");
    assert_false(ingest_batch_full(&source));
    source.batch.row_count = 1000000;
    assert_true(ingest_batch_full(&source));
    source.batch.row_count = 0;
    source.batch.received = source.batch_max;
    assert_true(ingest_batch_full(&source));
    source.batch.received = 0;
    assert_non_null(base_arena_alloc(&source.batch.texts, source.batch.texts.max / 2));
    assert_true(ingest_batch_full(&source));
    release(&source);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_takes_all_the_room_is_a_dead_letter),
        cmocka_unit_test(what_was_repeated_is_known_when_it_comes_again),
        cmocka_unit_test(rows_and_texts_fill_a_batch_as_messages_do),
    };
    struct base_diag diag = {.text = ""};
    base_arena_init(&arena, SENSORS_ARENA_MAX);
    if (ingest_keys_open(fixture_scratch(), &diag, &keys)) {
        fprintf(stderr, "%s\n", diag.text);
        return 1;
    }
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    base_arena_release(&arena);
    return failed;
}
