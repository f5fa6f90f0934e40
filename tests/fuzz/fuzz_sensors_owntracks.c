/* Any topic and payload through the OwnTracks decoder: the first line is the topic, the rest the payload. What comes
 * out must be a record that the database takes, and must be the same when it comes again later. */
#include "sensors/sensors.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define NOW INT64_C(1795248000000000)

static void demand(bool holds)
{
    if (!holds) {
        abort();
    }
}

static void check_event(const struct sensors_event *event, int64_t now)
{
    demand(isnan(event->lon) == isnan(event->lat));
    demand(isnan(event->lon) || (fabs(event->lon) <= 180 && fabs(event->lat) <= 90));
    demand(event->t_event != SENSORS_NO_TIME && event->t_event <= now + SENSORS_TIME_AHEAD_US);
    demand(event->measure_count <= SENSORS_MEASURE_MAX);
    demand(base_str_utf8(event->native_id) && base_str_utf8(event->device));
    AUTO_VALUE(base_buf) text;
    base_buf_init(&text, 1 << 20);
    struct base_json_out out = base_json_out_of(&text);
    sensors_event_out(event, &(struct sensors_event_label){.device = event->device}, &out);
    AUTO(base_json) json = NULL;
    demand(base_json_in_parse(text.data, text.len, NULL, &json) == BASE_OK);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct base_key key = {.bytes = "fuzz"};
    const uint8_t *line = size ? memchr(data, '\n', size) : NULL;
    size_t topic = line ? (size_t)(line - data) : 0;
    struct sensors_message message = {
        .topic = {(const char *)data, topic},
        .payload = {(const char *)data + topic + (line != NULL), size - topic - (line != NULL)},
        .t_recv = NOW,
        .source = base_str_of("s"),
        .key = &key};
    const struct sensors_format *format = sensors_format_find(base_str_of("owntracks"));
    AUTO_VALUE(base_arena) arena, again;
    base_arena_init(&arena, SENSORS_ARENA_MAX);
    base_arena_init(&again, SENSORS_ARENA_MAX);
    struct base_diag diag = {.text = ""};
    struct sensors_decoded first = {.count = 0}, second = {.count = 0};
    enum base_err err = sensors_decode(format, &message, &arena, &diag, &first);
    demand((err != BASE_OK) == (first.reason != SENSORS_REASON_NONE));
    demand(!err || first.count == 0);
    for (size_t i = 0; i < first.count; i++) {
        check_event(&first.events[i], NOW);
    }
    message.t_recv += INT64_C(3600000000);
    enum base_err later = sensors_decode(format, &message, &again, NULL, &second);
    demand(later == err && second.count == first.count);
    for (size_t i = 0; i < first.count; i++) {
        demand(base_id_equal(first.events[i].dedup, second.events[i].dedup));
    }
    return 0;
}
