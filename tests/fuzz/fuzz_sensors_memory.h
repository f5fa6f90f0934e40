/* A decoder with a memory, for any topics and payloads: each line is a topic, a blank and a payload, a second later
 * than the one before. Whatever earlier messages said, what comes out are records that the database takes. */
#ifndef HUTONG_TESTS_FUZZ_SENSORS_MEMORY_H
#define HUTONG_TESTS_FUZZ_SENSORS_MEMORY_H

#include "fuzz_sensors.h"

static inline void fuzz_sensors_sequence(const char *name, const uint8_t *data, size_t size)
{
    static const struct base_key key = {.bytes = "fuzz"};
    const struct sensors_format *format = sensors_format_find(base_str_of(name));
    struct base_str rest = {(const char *)data, size}, line;
    AUTO(sensors_memory) memory = sensors_memory_new();
    AUTO_VALUE(base_arena) arena;
    base_arena_init(&arena, SENSORS_ARENA_MAX);
    struct sensors_message message = {
        .t_recv = FUZZ_SENSORS_NOW, .source = base_str_of("s"), .key = &key, .memory = memory};
    for (int i = 0; i < 16 && base_str_next(&rest, '\n', &line); i++) {
        struct sensors_decoded decoded = {.count = 0};
        message.payload = line;
        message.t_recv += 1000000;
        if (!base_str_next(&message.payload, ' ', &message.topic)) {
            continue;
        }
        base_arena_reset(&arena);
        enum base_err err = sensors_decode(format, &message, &arena, NULL, &decoded);
        fuzz_sensors_demand((err != BASE_OK) == (decoded.reason != SENSORS_REASON_NONE));
        for (size_t j = 0; j < decoded.count; j++) {
            fuzz_sensors_event(&decoded.events[j], message.t_recv);
        }
        if (i % 4 == 3) {
            sensors_memory_rollback(memory);
        }
    }
}

#endif
