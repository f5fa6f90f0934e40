/* What every decoder promises, for any topic and payload: the first line is the topic, the rest the payload. What comes
 * out must be a record that the database takes, and must be the same when it comes again later. */
#ifndef HUTONG_TESTS_FUZZ_SENSORS_H
#define HUTONG_TESTS_FUZZ_SENSORS_H

#include "sensors/sensors.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define FUZZ_SENSORS_NOW INT64_C(1795248000000000)

static inline void fuzz_sensors_demand(bool holds)
{
    if (!holds) {
        abort();
    }
}

static inline void fuzz_sensors_event(const struct sensors_event *event, int64_t now)
{
    fuzz_sensors_demand(isnan(event->lon) == isnan(event->lat));
    fuzz_sensors_demand(isnan(event->lon) || (fabs(event->lon) <= 180 && fabs(event->lat) <= 90));
    fuzz_sensors_demand(event->t_event != SENSORS_NO_TIME && event->t_event <= now + SENSORS_TIME_AHEAD_US);
    fuzz_sensors_demand(event->measure_count <= SENSORS_MEASURE_MAX);
    fuzz_sensors_demand(base_str_utf8(event->native_id) && base_str_utf8(event->device) &&
                        base_str_utf8(event->subject));
    AUTO_VALUE(base_buf) text;
    base_buf_init(&text, 1 << 20);
    struct base_json_out out = base_json_out_of(&text);
    sensors_event_out(event, &(struct sensors_event_label){.device = event->device}, &out);
    AUTO(base_json) json = NULL;
    fuzz_sensors_demand(base_json_in_parse(text.data, text.len, NULL, &json) == BASE_OK);
}

/* Those that ship: what LoRaWAN devices of known models say is read by them. */
static inline const struct sensors_mappings *fuzz_sensors_shipped(void)
{
    static struct sensors_mappings *mappings;
    if (!mappings) {
        fuzz_sensors_demand(sensors_mappings_load(NULL, NULL, &mappings) == BASE_OK);
    }
    return mappings;
}

static inline void fuzz_sensors_format(const struct sensors_format *format, const uint8_t *data, size_t size)
{
    static const struct base_key key = {.bytes = "fuzz"};
    const uint8_t *line = size ? memchr(data, '\n', size) : NULL;
    size_t topic = line ? (size_t)(line - data) : 0;
    struct sensors_message message = {
        .topic = {(const char *)data, topic},
        .payload = {(const char *)data + topic + (line != NULL), size - topic - (line != NULL)},
        .t_recv = FUZZ_SENSORS_NOW,
        .source = base_str_of("s"),
        .key = &key,
        .mappings = fuzz_sensors_shipped()};
    AUTO_VALUE(base_arena) arena, again;
    base_arena_init(&arena, SENSORS_ARENA_MAX);
    base_arena_init(&again, SENSORS_ARENA_MAX);
    struct base_diag diag = {.text = ""};
    struct sensors_decoded first = {.count = 0}, second = {.count = 0};
    enum base_err err = sensors_decode(format, &message, &arena, &diag, &first);
    fuzz_sensors_demand((err != BASE_OK) == (first.reason != SENSORS_REASON_NONE));
    fuzz_sensors_demand(!err || first.count == 0);
    for (size_t i = 0; i < first.count; i++) {
        fuzz_sensors_event(&first.events[i], FUZZ_SENSORS_NOW);
    }
    message.t_recv += INT64_C(3600000000);
    enum base_err later = sensors_decode(format, &message, &again, NULL, &second);
    fuzz_sensors_demand(later == err && second.count == first.count);
    for (size_t i = 0; i < first.count; i++) {
        fuzz_sensors_demand(base_id_equal(first.events[i].dedup, second.events[i].dedup));
    }
}

static inline void fuzz_sensors_message(const char *name, const uint8_t *data, size_t size)
{
    fuzz_sensors_format(sensors_format_find(base_str_of(name)), data, size);
}

#endif
