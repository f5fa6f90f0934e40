/* What the tests of the standard formats share: one message through one decoder, and looking at every field of what
 * comes out. */
#ifndef HUTONG_TESTS_SENSORS_STANDARD_H
#define HUTONG_TESTS_SENSORS_STANDARD_H

#include "fixture/fixture.h"
#include "sensors/sensors.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define NOW INT64_C(1795248000000000) /* 2026-11-21T08:00:00Z */

static struct base_arena arena;
static struct base_diag diag;
static struct sensors_memory *memory; /* NULL unless a test makes one */
static struct base_buf file;          /* of the shared payloads, the last that was read */

struct outcome {
    enum base_err err;
    struct sensors_decoded decoded;
};

static inline struct outcome decode_at(const char *format, const char *topic, struct base_str payload, int64_t t_recv)
{
    struct outcome outcome;
    const struct sensors_message message = {.topic = base_str_of(topic),
                                            .payload = payload,
                                            .t_recv = t_recv,
                                            .source = base_str_of("s"),
                                            .memory = memory,
                                            .key = &(const struct base_key){.bytes = "test key"}};
    base_arena_reset(&arena);
    diag.text[0] = '\0';
    outcome.err = sensors_decode(sensors_format_find(base_str_of(format)), &message, &arena, &diag, &outcome.decoded);
    return outcome;
}

static inline const struct sensors_event *event_at(const struct outcome *outcome, size_t index)
{
    if (outcome->err || index >= outcome->decoded.count) {
        fail_msg("no event %zu: %s", index, diag.text);
    }
    return &outcome->decoded.events[index];
}

/* A file of the directory shared; skips the test when it is not there. */
static inline struct base_str shared_file(const char *name)
{
    const char *shared = fixture_shared();
    char path[1024];
    if (!shared) {
        skip();
    }
    snprintf(path, sizeof path, "%s/payloads/%s", shared, name);
    base_buf_release(&file);
    base_buf_init(&file, 1 << 20);
    if (base_file_read(path, 1 << 15, &diag, &file)) {
        fail_msg("%s", diag.text);
    }
    return base_buf_str(&file);
}

static inline void refused(struct outcome outcome, enum sensors_reason reason)
{
    if (!outcome.err || outcome.decoded.reason != reason || outcome.decoded.count || !diag.text[0]) {
        fail_msg("%s: %s", sensors_reason_text(outcome.decoded.reason), diag.text);
    }
}

static inline void render_numbers(const struct sensors_event *event, struct base_buf *out)
{
    const struct {
        const char *name;
        double value;
    } numbers[] = {{"lon", event->lon},           {"lat", event->lat},         {"alt", event->alt_m},
                   {"acc", event->acc_m},         {"speed", event->speed_mps}, {"course", event->course_deg},
                   {"certain", event->confidence}};
    for (size_t i = 0; i < BASE_COUNT(numbers); i++) {
        if (!isnan(numbers[i].value)) {
            base_buf_printf(out, " %s=%.9g", numbers[i].name, numbers[i].value);
        }
    }
    for (size_t i = 0; i < event->measure_count; i++) {
        const struct sensors_measure *measure = &event->measures[i];
        base_buf_printf(out, " %s=", measure->name);
        if (measure->text.len) {
            base_buf_printf(out, "'%.*s'", (int)measure->text.len, measure->text.at);
        } else {
            base_buf_printf(out, "%.9g[%s]", measure->value, measure->unit);
        }
    }
}

static inline void render_text(struct base_buf *out, const char *name, struct base_str text)
{
    if (text.len) {
        base_buf_printf(out, " %s:%.*s", name, (int)text.len, text.at);
    }
}

/* All fields of an event but its key, those that are set:
 * "measurement pulse 2026-11-21T08:00:00Z received unit device:a channel:b lon=1 lat=2 temperature=20[Cel] +late"
 */
static inline void shows(const struct sensors_event *event, const char *wanted)
{
    static const char *const flags[] = {
#define STANDARD_FLAG(name, text) #text,
        SENSORS_FLAGS(STANDARD_FLAG)
#undef STANDARD_FLAG
    };
    char time[BASE_TIME_TEXT];
    AUTO_VALUE(base_buf) text;
    base_buf_init(&text, 1 << 16);
    const char *subject = sensors_subject_name(event->subject_type);
    base_buf_printf(&text, "%s %s %s %s %s", sensors_kind_name(event->kind), sensors_phase_name(event->phase),
                    base_time_out(event->t_event, time), sensors_time_name(event->t_source), subject ? subject : "-");
    render_text(&text, "ns", event->ns);
    render_text(&text, "device", event->device);
    render_text(&text, "subject", event->subject);
    render_text(&text, "channel", event->channel);
    render_text(&text, "native", event->native_id);
    render_text(&text, "at", base_str_of(sensors_position_name(event->pos_source)));
    if (event->t_gateway != SENSORS_NO_TIME) {
        render_text(&text, "gateway", base_str_of(base_time_out(event->t_gateway, time)));
    }
    render_numbers(event, &text);
    if (event->severity != SENSORS_NO_SEVERITY) {
        base_buf_printf(&text, " severity=%d", event->severity);
    }
    if (event->lasts_us) {
        base_buf_printf(&text, " lasts=%lld", (long long)event->lasts_us);
    }
    for (size_t i = 0; i < BASE_COUNT(flags); i++) {
        if (event->flags & 1u << i) {
            base_buf_printf(&text, " +%s", flags[i]);
        }
    }
    if (strcmp(base_buf_cstr(&text), wanted) != 0) {
        fail_msg("\n%s is not\n%s", base_buf_cstr(&text), wanted);
    }
}

static inline int run_standard(const struct CMUnitTest *tests, size_t count)
{
    base_arena_init(&arena, SENSORS_ARENA_MAX);
    base_buf_init(&file, 1 << 20);
    int failed = _cmocka_run_group_tests("tests", tests, count, NULL, NULL);
    base_buf_release(&file);
    base_arena_release(&arena);
    return failed;
}

#endif
