/* What the tests of cameras' formats share: one message in, its events out, and every field of an event compared. */
#ifndef HUTONG_TESTS_SENSORS_CAMERAS_H
#define HUTONG_TESTS_SENSORS_CAMERAS_H

#include "fixture/fixture.h"
#include "sensors/sensors.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#define NOW INT64_C(1795248000000000) /* 2026-11-21T08:00:00Z */
#define SECOND INT64_C(1000000)

static const char *cameras_format;
static struct base_arena arena;
static struct base_diag diag;
static const struct base_key key = {.bytes = "test key"};

struct outcome {
    enum base_err err;
    struct sensors_decoded decoded;
    struct sensors_event event; /* the first, or empty */
};

static inline struct outcome decode_message(struct sensors_message message)
{
    struct outcome outcome = {.event = sensors_event_empty()};
    message.source = base_str_of("s");
    message.key = &key;
    base_arena_reset(&arena);
    diag.text[0] = '\0';
    outcome.err =
        sensors_decode(sensors_format_find(base_str_of(cameras_format)), &message, &arena, &diag, &outcome.decoded);
    if (!outcome.err && outcome.decoded.count) {
        outcome.event = outcome.decoded.events[0];
    }
    return outcome;
}

static inline struct outcome decode_at(const char *topic, const char *payload, int64_t t_recv)
{
    return decode_message(
        (struct sensors_message){.topic = base_str_of(topic), .payload = base_str_of(payload), .t_recv = t_recv});
}

static inline struct outcome decode(const char *topic, const char *payload)
{
    return decode_at(topic, payload, NOW);
}

/* A file of ../shared/payloads; skips the test when it is not there. */
static inline struct outcome decode_shared(const char *topic, const char *file, int64_t t_recv)
{
    const char *shared = fixture_shared();
    char path[1024];
    AUTO_VALUE(base_buf) text;
    base_buf_init(&text, 1 << 20);
    if (!shared) {
        skip();
    }
    snprintf(path, sizeof path, "%s/payloads/%s", shared, file);
    if (base_file_read(path, 1 << 20, &diag, &text)) {
        fail_msg("%s", diag.text);
    }
    struct outcome out = decode_message(
        (struct sensors_message){.topic = base_str_of(topic), .payload = base_buf_str(&text), .t_recv = t_recv});
    assert_int_equal(out.err, BASE_OK);
    return out;
}

static inline int64_t time_at(const char *text)
{
    int64_t time_us = 0;
    assert_true(base_time_in(base_str_of(text), &time_us));
    return time_us;
}

/* Everything an event says; what is left out of `wanted` it must not say. subject: in clear, "" none. */
struct wanted {
    const char *device, *subject, *channel, *native_id;
    enum sensors_kind kind;
    enum sensors_phase phase;
    int64_t t_event, t_recv;
    enum sensors_time t_source;
    enum sensors_subject subject_type;
    const char *measure, *unit; /* NULL: none */
    double value;
    int severity;
    double confidence; /* below 0: none */
    uint32_t flags;
    int64_t lasts_us;
};

static inline void is_text(struct base_str text, const char *wanted)
{
    if (!base_str_is(text, wanted ? wanted : "")) {
        fail_msg("\"%.*s\" is not \"%s\"", (int)text.len, text.at ? text.at : "", wanted ? wanted : "");
    }
}

static inline void is_near(double a, double b)
{
    if (!(fabs(a - b) < 1e-6)) {
        fail_msg("%.9f is not %.9f", a, b);
    }
}

static inline void check(const struct sensors_event *event, const struct wanted *wanted)
{
    is_text(event->ns, "");
    is_text(event->device, wanted->device);
    is_text(event->subject, wanted->subject);
    is_text(event->channel, wanted->channel);
    is_text(event->native_id, wanted->native_id);
    assert_string_equal(sensors_kind_name(event->kind), sensors_kind_name(wanted->kind));
    assert_string_equal(sensors_phase_name(event->phase), sensors_phase_name(wanted->phase));
    assert_int_equal(event->t_event, wanted->t_event);
    assert_int_equal(event->t_recv, wanted->t_recv);
    assert_true(event->t_gateway == SENSORS_NO_TIME);
    assert_string_equal(sensors_time_name(event->t_source), sensors_time_name(wanted->t_source));
    assert_string_equal(sensors_subject_name(event->subject_type), sensors_subject_name(wanted->subject_type));
    assert_true(isnan(event->lon) && isnan(event->lat) && isnan(event->alt_m) && isnan(event->acc_m));
    assert_true(isnan(event->speed_mps) && isnan(event->course_deg));
    assert_int_equal(event->pos_source, SENSORS_POSITION_NONE);
    assert_int_equal(event->measure_count, wanted->measure != NULL);
    if (wanted->measure) {
        assert_string_equal(event->measures[0].name, wanted->measure);
        assert_string_equal(event->measures[0].unit, wanted->unit);
        is_near(event->measures[0].value, wanted->value);
        assert_int_equal(event->measures[0].text.len, 0);
    }
    assert_int_equal(event->severity, wanted->severity);
    if (wanted->confidence < 0) {
        assert_true(isnan(event->confidence));
    } else {
        is_near(event->confidence, wanted->confidence);
    }
    assert_int_equal(event->flags, wanted->flags);
    assert_int_equal(event->lasts_us, wanted->lasts_us);
    assert_false(base_id_equal(event->dedup, (struct base_id){{0}}));
}

/* None of the events' JSON, with the device in clear, has the word. */
static inline void says_not(const struct outcome *out, const char *word)
{
    for (size_t i = 0; i < out->decoded.count; i++) {
        const struct sensors_event *event = &out->decoded.events[i];
        AUTO_VALUE(base_buf) text;
        base_buf_init(&text, 1 << 16);
        struct base_json_out json = base_json_out_of(&text);
        sensors_event_out(event, &(struct sensors_event_label){.source = base_str_of("s"), .device = event->device},
                          &json);
        base_buf_printf(&text, "%.*s", (int)event->channel.len, event->channel.at ? event->channel.at : "");
        if (strstr(base_buf_cstr(&text), word)) {
            fail_msg("%s is in %s", word, base_buf_cstr(&text));
        }
    }
}

static inline void refused(const char *topic, const char *payload, enum sensors_reason reason)
{
    struct outcome out = decode(topic, payload);
    if (!out.err || out.decoded.reason != reason || out.decoded.count || !diag.text[0]) {
        fail_msg("%s %s: %s", topic, payload, sensors_reason_text(out.decoded.reason));
    }
}

static inline void ignored(const char *topic, const char *payload, unsigned redacted)
{
    struct outcome out = decode(topic, payload);
    if (out.err || !out.decoded.ignored || out.decoded.count || out.decoded.redacted != redacted) {
        fail_msg("%s %s: %s, %zu events, %u redacted", topic, payload, diag.text, out.decoded.count,
                 out.decoded.redacted);
    }
}

#endif
