/* Decodes and writes all fields of all events as a text, a line each, so that a test names everything an event is:
 *
 *   KIND PHASE DEVICE SUBJECT_TYPE[:SUBJECT] [channel=C] TIME T_SOURCE [pos=...] [NAME=VALUE UNIT;] [severity=S]
 *   [native=N] [lasts=S] [flags=F,F]
 *
 * and after them "redacted=N" "repeated=N" "ignored", or "refused: REASON". */
#ifndef HUTONG_TESTS_DECODE_KIT_H
#define HUTONG_TESTS_DECODE_KIT_H

#include "fixture/fixture.h"
#include "sensors/sensors.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#define KIT_NOW INT64_C(1795248000000000) /* 2026-11-21T08:00:00Z */
#define KIT_SECOND INT64_C(1000000)

struct kit {
    const char *format;
    struct sensors_memory *memory;
    const struct sensors_zone *zone;
    const char *secret;
    int64_t t_recv;
    bool retained;
    struct base_arena arena;
    struct base_diag diag;
    struct sensors_decoded decoded;
    enum base_err err;
    struct base_buf text, file;
};

#define KIT_WORD(name, text) #text,

static inline void kit_flags(struct base_buf *text, uint32_t flags)
{
    static const char *const words[] = {SENSORS_FLAGS(KIT_WORD)};
    const char *before = " flags=";
    for (size_t i = 0; i < SENSORS_FLAG_COUNT; i++) {
        if (flags & 1u << i) {
            base_buf_printf(text, "%s%s", before, words[i]);
            before = ",";
        }
    }
}

static inline void kit_number(struct base_buf *text, const char *name, double value)
{
    if (!isnan(value)) {
        base_buf_printf(text, " %s=%.7g", name, value);
    }
}

static inline void kit_position(struct base_buf *text, const struct sensors_event *event)
{
    kit_number(text, "lon", event->lon);
    kit_number(text, "lat", event->lat);
    kit_number(text, "alt", event->alt_m);
    kit_number(text, "acc", event->acc_m);
    kit_number(text, "speed", event->speed_mps);
    kit_number(text, "course", event->course_deg);
    if (event->pos_source != SENSORS_POSITION_NONE) {
        base_buf_printf(text, " pos=%s", sensors_position_name(event->pos_source));
    }
}

static inline void kit_word(struct base_buf *text, const char *name, struct base_str word)
{
    if (word.len) {
        base_buf_printf(text, " %s=%.*s", name, (int)word.len, word.at);
    }
}

static inline void kit_event(struct base_buf *text, const struct sensors_event *event)
{
    char time[BASE_TIME_TEXT];
    base_buf_printf(text, "%s %s %.*s %s", sensors_kind_name(event->kind), sensors_phase_name(event->phase),
                    (int)event->device.len, event->device.at ? event->device.at : "",
                    sensors_subject_name(event->subject_type));
    if (event->subject.len) {
        base_buf_printf(text, ":%.*s", (int)event->subject.len, event->subject.at);
    }
    kit_word(text, "channel", event->channel);
    base_buf_printf(text, " %s %s", base_time_out(event->t_event, time), sensors_time_name(event->t_source));
    if (event->t_gateway != SENSORS_NO_TIME) {
        base_buf_printf(text, " gateway=%s", base_time_out(event->t_gateway, time));
    }
    kit_position(text, event);
    for (size_t i = 0; i < event->measure_count; i++) {
        const struct sensors_measure *measure = &event->measures[i];
        if (measure->text.len) {
            kit_word(text, measure->name, measure->text);
        } else {
            base_buf_printf(text, " %s=%.7g %s;", measure->name, measure->value, measure->unit);
        }
    }
    if (event->severity != SENSORS_NO_SEVERITY) {
        base_buf_printf(text, " severity=%d", event->severity);
    }
    kit_number(text, "confidence", event->confidence);
    kit_word(text, "native", event->native_id);
    if (event->lasts_us) {
        base_buf_printf(text, " lasts=%lld", (long long)(event->lasts_us / KIT_SECOND));
    }
    kit_flags(text, event->flags);
    base_buf_printf(text, "\n");
}

static inline const char *kit_decode_bytes(struct kit *kit, const char *topic, struct base_str payload)
{
    static const struct base_key key = {.bytes = "test key"};
    const struct sensors_message message = {.topic = base_str_of(topic),
                                            .payload = payload,
                                            .t_recv = kit->t_recv ? kit->t_recv : KIT_NOW,
                                            .retained = kit->retained,
                                            .source = base_str_of("s"),
                                            .key = &key,
                                            .zone = kit->zone,
                                            .secret = base_str_of(kit->secret),
                                            .memory = kit->memory};
    if (!kit->text.max) {
        base_buf_init(&kit->text, 1 << 20);
        base_arena_init(&kit->arena, SENSORS_ARENA_MAX);
    }
    base_arena_reset(&kit->arena);
    base_buf_reset(&kit->text);
    kit->diag.text[0] = '\0';
    kit->err =
        sensors_decode(sensors_format_find(base_str_of(kit->format)), &message, &kit->arena, &kit->diag, &kit->decoded);
    for (size_t i = 0; i < kit->decoded.count; i++) {
        kit_event(&kit->text, &kit->decoded.events[i]);
    }
    if (kit->err) {
        assert_true(kit->diag.text[0] != '\0');
        base_buf_printf(&kit->text, "refused: %s\n", sensors_reason_text(kit->decoded.reason));
    }
    if (kit->decoded.ignored) {
        base_buf_printf(&kit->text, "ignored\n");
    }
    if (kit->decoded.redacted) {
        base_buf_printf(&kit->text, "redacted=%u\n", kit->decoded.redacted);
    }
    if (kit->decoded.repeated) {
        base_buf_printf(&kit->text, "repeated=%u\n", kit->decoded.repeated);
    }
    return base_buf_cstr(&kit->text);
}

static inline const char *kit_decode(struct kit *kit, const char *topic, const char *payload)
{
    return kit_decode_bytes(kit, topic, base_str_of(payload));
}

/* A real message; skips aloud when there are none. */
static inline const char *kit_decode_file(struct kit *kit, const char *topic, const char *name)
{
    char path[1024];
    const char *shared = fixture_shared();
    if (!shared) {
        skip();
    }
    snprintf(path, sizeof path, "%s/payloads/%s", shared, name);
    base_buf_release(&kit->file);
    base_buf_init(&kit->file, 1 << 20);
    if (base_file_read(path, 1 << 19, &kit->diag, &kit->file)) {
        fail_msg("%s", kit->diag.text);
    }
    return kit_decode_bytes(kit, topic, base_buf_str(&kit->file));
}

/* The key of event number i of the message decoded last. */
static inline struct base_id kit_key(const struct kit *kit, size_t i)
{
    assert_true(i < kit->decoded.count);
    return kit->decoded.events[i].dedup;
}

static inline void kit_release(struct kit *kit)
{
    base_buf_release(&kit->text);
    base_buf_release(&kit->file);
    if (kit->arena.max) {
        base_arena_release(&kit->arena);
    }
    sensors_memory_free(kit->memory);
    kit->memory = NULL;
}

#endif
