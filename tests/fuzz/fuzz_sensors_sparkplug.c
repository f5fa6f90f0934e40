/* Any topic and payload through the Sparkplug decoder; and the payload as a node's birth and then its data, with a
 * memory in between. */
#include "fuzz_sensors.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void remembered(struct sensors_memory *memory, const char *topic, const uint8_t *data, size_t size)
{
    static const struct base_key key = {.bytes = "fuzz"};
    const struct sensors_message message = {.topic = base_str_of(topic),
                                            .payload = {(const char *)data, size},
                                            .t_recv = FUZZ_SENSORS_NOW,
                                            .source = base_str_of("s"),
                                            .memory = memory,
                                            .key = &key};
    AUTO_VALUE(base_arena) arena;
    base_arena_init(&arena, SENSORS_ARENA_MAX);
    struct sensors_decoded decoded = {.count = 0};
    enum base_err err = sensors_decode(sensors_format_find(base_str_of("sparkplug")), &message, &arena, NULL, &decoded);
    fuzz_sensors_demand((err != BASE_OK) == (decoded.reason != SENSORS_REASON_NONE));
    for (size_t i = 0; i < decoded.count; i++) {
        fuzz_sensors_event(&decoded.events[i], FUZZ_SENSORS_NOW);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const uint8_t *line = size ? memchr(data, '\n', size) : NULL;
    const uint8_t *payload = line ? line + 1 : data;
    size_t len = size - (size_t)(payload - data);
    AUTO(sensors_memory) memory = sensors_memory_new();
    fuzz_sensors_message("sparkplug", data, size);
    remembered(memory, "spBv1.0/g/NBIRTH/n", payload, len);
    remembered(memory, "spBv1.0/g/DBIRTH/n/d", payload, len);
    remembered(memory, "spBv1.0/g/DDATA/n/d", payload, len);
    remembered(memory, "spBv1.0/g/NDEATH/n", payload, len);
    return 0;
}
