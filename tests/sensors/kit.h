/* What tests of decoders share: a message written with ' for ", and an event compared in all its fields. */
#ifndef HUTONG_TESTS_SENSORS_KIT_H
#define HUTONG_TESTS_SENSORS_KIT_H

#include "fixture/fixture.h"
#include "sensors/sensors.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define KIT_NOW INT64_C(1795248000000000) /* 2026-11-21T08:00:00Z */
#define KIT_SECOND INT64_C(1000000)

struct kit {
    const char *format;
    struct base_arena arena;
    struct base_diag diag;
    struct sensors_memory *memory;
    struct sensors_decoded decoded;
};

static struct kit kit;

static inline int kit_start(const char *format)
{
    kit.format = format;
    base_arena_init(&kit.arena, SENSORS_ARENA_MAX);
    return 0;
}

/* From now on earlier messages count. */
static inline int kit_remember(void **state)
{
    (void)state;
    kit.memory = sensors_memory_new();
    return kit.memory ? 0 : -1;
}

static inline int kit_forget(void **state)
{
    (void)state;
    sensors_memory_free(kit.memory);
    kit.memory = NULL;
    return 0;
}

static inline enum base_err kit_bytes(const char *topic, struct base_str payload, int64_t t_recv)
{
    static const struct base_key key = {.bytes = "test key"};
    const struct sensors_message message = {.topic = base_str_of(topic),
                                            .payload = payload,
                                            .t_recv = t_recv,
                                            .source = base_str_of("s"),
                                            .key = &key,
                                            .memory = kit.memory};
    base_arena_reset(&kit.arena);
    kit.diag.text[0] = '\0';
    return sensors_decode(sensors_format_find(base_str_of(kit.format)), &message, &kit.arena, &kit.diag, &kit.decoded);
}

static inline enum base_err kit_at(const char *topic, const char *payload, int64_t t_recv)
{
    char *text = strdup(payload);
    for (char *at = text; text && *at; at++) {
        *at = *at == '\'' ? '"' : *at;
    }
    enum base_err err = kit_bytes(topic, base_str_of(text), t_recv);
    free(text);
    return err;
}

/* Decodes what must give so many events, and gives the first. */
static inline const struct sensors_event *kit_decode(const char *topic, const char *payload, size_t count)
{
    if (kit_at(topic, payload, KIT_NOW)) {
        fail_msg("%s", kit.diag.text);
    }
    assert_int_equal(kit.decoded.count, count);
    assert_int_equal(kit.decoded.ignored, count == 0 && kit.decoded.repeated == 0);
    return kit.decoded.events;
}

static inline void kit_ignored(const char *topic, const char *payload, unsigned redacted)
{
    kit_decode(topic, payload, 0);
    assert_int_equal(kit.decoded.redacted, redacted);
}

static inline void kit_refused(const char *topic, const char *payload, enum sensors_reason reason)
{
    assert_int_not_equal(kit_at(topic, payload, KIT_NOW), BASE_OK);
    assert_int_equal(kit.decoded.reason, reason);
    assert_int_equal(kit.decoded.count, 0);
    assert_true(kit.diag.text[0] != '\0');
}

static inline struct base_id kit_dedup(const char *topic, const char *payload)
{
    kit_at(topic, payload, KIT_NOW);
    assert_true(kit.decoded.count > 0);
    return kit.decoded.events[0].dedup;
}

static inline void kit_near(const char *what, double a, double b)
{
    if (isnan(a) != isnan(b) || fabs(a - b) > 1e-6) {
        fail_msg("%s: %.9f is not %.9f", what, a, b);
    }
}

static inline void kit_text(const char *what, struct base_str a, struct base_str b)
{
    if (!base_str_equal(a, b)) {
        fail_msg("%s: \"%.*s\" is not \"%.*s\"", what, (int)a.len, a.len ? a.at : "", (int)b.len, b.len ? b.at : "");
    }
}

/* What an event of these tests has unless it is said: of now, by the device's clock. */
static inline struct sensors_event kit_wanted(const char *device, enum sensors_kind kind, enum sensors_phase phase,
                                              enum sensors_subject subject)
{
    struct sensors_event event = sensors_event_empty();
    event.device = base_str_of(device);
    event.kind = kind;
    event.phase = phase;
    event.t_event = event.t_recv = KIT_NOW;
    event.t_source = SENSORS_TIME_RECEIVED;
    event.subject_type = subject;
    return event;
}

static inline void kit_measures(const struct sensors_event *event, const struct sensors_event *wanted)
{
    assert_int_equal(event->measure_count, wanted->measure_count);
    for (size_t i = 0; i < wanted->measure_count; i++) {
        assert_string_equal(event->measures[i].name, wanted->measures[i].name);
        assert_string_equal(event->measures[i].unit, wanted->measures[i].unit);
        kit_near(wanted->measures[i].name, event->measures[i].value, wanted->measures[i].value);
    }
}

/* Every field; but of dedup only that there is one. */
static inline void kit_same(const struct sensors_event *event, const struct sensors_event *wanted)
{
    kit_text("ns", event->ns, wanted->ns);
    kit_text("device", event->device, wanted->device);
    kit_text("subject", event->subject, wanted->subject);
    kit_text("channel", event->channel, wanted->channel);
    kit_text("native_id", event->native_id, wanted->native_id);
    assert_string_equal(sensors_kind_name(event->kind), sensors_kind_name(wanted->kind));
    assert_string_equal(sensors_phase_name(event->phase), sensors_phase_name(wanted->phase));
    assert_int_equal(event->t_event, wanted->t_event);
    assert_int_equal(event->t_gateway, wanted->t_gateway);
    assert_int_equal(event->t_recv, wanted->t_recv);
    assert_string_equal(sensors_time_name(event->t_source), sensors_time_name(wanted->t_source));
    assert_int_equal(event->pos_source, wanted->pos_source);
    assert_string_equal(sensors_subject_name(event->subject_type), sensors_subject_name(wanted->subject_type));
    kit_near("lon", event->lon, wanted->lon);
    kit_near("lat", event->lat, wanted->lat);
    kit_near("alt_m", event->alt_m, wanted->alt_m);
    kit_near("acc_m", event->acc_m, wanted->acc_m);
    kit_near("speed_mps", event->speed_mps, wanted->speed_mps);
    kit_near("course_deg", event->course_deg, wanted->course_deg);
    kit_near("confidence", event->confidence, wanted->confidence);
    kit_measures(event, wanted);
    assert_int_equal(event->severity, wanted->severity);
    assert_int_equal(event->flags, wanted->flags);
    assert_int_equal(event->lasts_us, wanted->lasts_us);
    assert_false(base_id_equal(event->dedup, (struct base_id){{0}}));
}

/* Nothing of what is private may come out of events, but a subject, which is stored as a hash; nor into memory. */
static inline void kit_never_says(const char *word)
{
    AUTO_VALUE(base_buf) text;
    base_buf_init(&text, 1 << 20);
    struct base_json_out json = base_json_out_of(&text);
    base_json_out_array(&json);
    for (size_t i = 0; i < kit.decoded.count; i++) {
        sensors_event_out(&kit.decoded.events[i], &(struct sensors_event_label){.device = kit.decoded.events[i].device},
                          &json);
    }
    base_json_out_array_end(&json);
    assert_null(strstr(base_buf_cstr(&text), word));
    struct base_str key, value;
    for (size_t at = 0; sensors_memory_changed(kit.memory, &at, &key, &value);) {
        assert_null(memmem(key.at, key.len, word, strlen(word)));
        assert_true(value.len == 0 || !memmem(value.at, value.len, word, strlen(word)));
    }
}

#endif
