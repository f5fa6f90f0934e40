/* The one kit of the decoders' tests: a message in, all its events out.
 *
 * An event is looked at as a line of text that has every field that is set, and nothing else:
 *
 *   KIND PHASE DEVICE SUBJECT_TYPE[:SUBJECT] [ns=N] [channel=C] TIME T_SOURCE [recv=TIME] [gateway=TIME] [lon=...
 * lat=... alt=... acc=... speed=... course=...] [pos=SOURCE] [NAME=VALUE UNIT; ...] [severity=S] [confidence=C]
 * [native=N] [lasts=SECONDS] [flags=F,F]
 *
 * Of the ways to compare events this one is the shortest, forgets no field (what an event says too much is as wrong as
 * what it lacks), and shows two lines below each other when they differ. kit_is and kit_says take lines; kit_same takes
 * an event, for tables and for steps that change a field or two, and compares the two lines. Of the key all of them
 * only want that there is one: keys are compared with each other.
 *
 * A payload may have ' for ": the first mark in it tells. */
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
    /* of the messages to come */
    struct sensors_memory *memory; /* NULL: none */
    const struct sensors_zone *zone;
    const char *secret;
    int64_t t_recv; /* 0: KIT_NOW */
    bool retained;
    /* of the last one */
    enum base_err err;
    struct sensors_decoded decoded;
    struct base_diag diag;
    int64_t received;
    struct base_arena arena;
    struct base_buf text, file;
};

static struct kit kit;

/* --- before and after --- */
/* Nothing is known of earlier tests. */
static inline int kit_forget(void **state)
{
    (void)state;
    sensors_memory_free(kit.memory);
    kit.memory = NULL;
    kit.zone = NULL;
    kit.secret = NULL;
    kit.t_recv = 0;
    kit.retained = false;
    return 0;
}

/* From now on earlier messages count. */
static inline int kit_remember(void **state)
{
    kit_forget(state);
    kit.memory = sensors_memory_new();
    return kit.memory ? 0 : -1;
}

static inline void kit_start(const char *format)
{
    kit.format = format;
    base_arena_init(&kit.arena, SENSORS_ARENA_MAX);
    base_buf_init(&kit.text, 1 << 20);
    base_buf_init(&kit.file, 1 << 20);
}

static inline void kit_end(void)
{
    kit_forget(NULL);
    base_buf_release(&kit.text);
    base_buf_release(&kit.file);
    base_arena_release(&kit.arena);
}

/* --- messages --- */
static inline enum base_err kit_bytes(const char *topic, struct base_str payload, int64_t t_recv)
{
    static const struct base_key key = {.bytes = "test key"};
    const struct sensors_message message = {.topic = base_str_of(topic),
                                            .payload = payload,
                                            .t_recv = t_recv,
                                            .retained = kit.retained,
                                            .source = base_str_of("s"),
                                            .key = &key,
                                            .zone = kit.zone,
                                            .secret = base_str_of(kit.secret),
                                            .memory = kit.memory};
    base_arena_reset(&kit.arena);
    kit.diag.text[0] = '\0';
    kit.received = t_recv;
    kit.err =
        sensors_decode(sensors_format_find(base_str_of(kit.format)), &message, &kit.arena, &kit.diag, &kit.decoded);
    return kit.err;
}

static inline enum base_err kit_at(const char *topic, const char *payload, int64_t t_recv)
{
    char *text = strdup(payload);
    char *mark = text ? strpbrk(text, "'\"") : NULL;
    for (char *at = mark && *mark == '\'' ? mark : NULL; at; at = strchr(at, '\'')) {
        *at = '"';
    }
    enum base_err err = kit_bytes(topic, base_str_of(text), t_recv);
    free(text);
    return err;
}

static inline int64_t kit_now(void)
{
    return kit.t_recv ? kit.t_recv : KIT_NOW;
}

/* A real message: a file of ../shared/payloads; skips the test aloud when there are none. */
static inline struct base_str kit_file(const char *name)
{
    char path[1024];
    const char *shared = fixture_shared();
    if (!shared) {
        skip();
    }
    snprintf(path, sizeof path, "%s/payloads/%s", shared, name);
    base_buf_release(&kit.file);
    base_buf_init(&kit.file, 1 << 20);
    if (base_file_read(path, 1 << 19, &kit.diag, &kit.file)) {
        fail_msg("%s", kit.diag.text);
    }
    return base_buf_str(&kit.file);
}

/* Decodes what must give so many events, and gives the first. */
static inline const struct sensors_event *kit_decode(const char *topic, const char *payload, size_t count)
{
    if (kit_at(topic, payload, kit_now())) {
        fail_msg("%s", kit.diag.text);
    }
    assert_int_equal(kit.decoded.count, count);
    assert_int_equal(kit.decoded.ignored, count == 0 && kit.decoded.repeated == 0);
    return kit.decoded.events;
}

static inline void kit_ignored(const char *topic, const char *payload, unsigned redacted)
{
    if (kit_at(topic, payload, kit_now()) || !kit.decoded.ignored || kit.decoded.count || kit.decoded.repeated ||
        kit.decoded.redacted != redacted) {
        fail_msg("%s %s: %s, %zu events, %u redacted", topic, payload, kit.diag.text, kit.decoded.count,
                 kit.decoded.redacted);
    }
}

/* The last message was, with this reason and a sentence. */
static inline void kit_was_refused(enum sensors_reason reason)
{
    if (!kit.err || kit.decoded.reason != reason || kit.decoded.count || !kit.diag.text[0]) {
        fail_msg("%s: %s", sensors_reason_text(kit.decoded.reason), kit.diag.text);
    }
}

static inline void kit_refused(const char *topic, const char *payload, enum sensors_reason reason)
{
    kit_at(topic, payload, kit_now());
    if (!kit.err || kit.decoded.reason != reason) {
        fail_msg("%s %s: %s: %s", topic, payload, sensors_reason_text(kit.decoded.reason), kit.diag.text);
    }
    kit_was_refused(reason);
}

/* Of the last message. */
static inline const struct sensors_event *kit_event(size_t index)
{
    if (kit.err || index >= kit.decoded.count) {
        fail_msg("no event %zu: %s", index, kit.diag.text);
    }
    return &kit.decoded.events[index];
}

/* What became of a message, to be held beside another's; the texts live until the next message. */
struct kit_outcome {
    enum base_err err;
    struct sensors_decoded decoded;
    struct sensors_event event; /* the first, or empty */
};

static inline struct kit_outcome kit_outcome(void)
{
    return (struct kit_outcome){.err = kit.err,
                                .decoded = kit.decoded,
                                .event = !kit.err && kit.decoded.count ? kit.decoded.events[0] : sensors_event_empty()};
}

static inline struct kit_outcome kit_try(const char *topic, const char *payload)
{
    kit_at(topic, payload, kit_now());
    return kit_outcome();
}

static inline struct kit_outcome kit_try_at(const char *topic, const char *payload, int64_t t_recv)
{
    kit_at(topic, payload, t_recv);
    return kit_outcome();
}

static inline struct kit_outcome kit_try_bytes(const char *topic, struct base_str payload, int64_t t_recv)
{
    kit_bytes(topic, payload, t_recv);
    return kit_outcome();
}

static inline struct kit_outcome kit_try_file(const char *topic, const char *name, int64_t t_recv)
{
    return kit_try_bytes(topic, kit_file(name), t_recv);
}

/* --- events as lines --- */
static inline void kit_number(struct base_buf *text, const char *name, double value)
{
    if (!isnan(value)) {
        base_buf_printf(text, " %s=%.9g", name, value);
    }
}

static inline void kit_word(struct base_buf *text, const char *name, struct base_str word)
{
    if (word.len) {
        base_buf_printf(text, " %s=%.*s", name, (int)word.len, word.at);
    }
}

static inline void kit_instant(struct base_buf *text, const char *name, int64_t time_us)
{
    char time[BASE_TIME_TEXT];
    base_buf_printf(text, "%s%s", name, time_us == SENSORS_NO_TIME ? "-" : base_time_out(time_us, time));
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

static inline void kit_flags(struct base_buf *text, uint32_t flags)
{
#define KIT_WORD(name, text) #text,
    static const char *const words[] = {SENSORS_FLAGS(KIT_WORD)};
#undef KIT_WORD
    const char *before = " flags=";
    for (size_t i = 0; i < SENSORS_FLAG_COUNT; i++) {
        if (flags & 1u << i) {
            base_buf_printf(text, "%s%s", before, words[i]);
            before = ",";
        }
    }
    assert_int_equal(flags >> SENSORS_FLAG_COUNT, 0);
}

static inline void kit_who_and_when(struct base_buf *text, const struct sensors_event *event)
{
    const char *subject = sensors_subject_name(event->subject_type);
    base_buf_printf(text, "%s %s %.*s %s", sensors_kind_name(event->kind), sensors_phase_name(event->phase),
                    (int)event->device.len, event->device.len ? event->device.at : "", subject ? subject : "-");
    if (event->subject.len) {
        base_buf_printf(text, ":%.*s", (int)event->subject.len, event->subject.at);
    }
    kit_word(text, "ns", event->ns);
    kit_word(text, "channel", event->channel);
    kit_instant(text, " ", event->t_event);
    base_buf_printf(text, " %s", sensors_time_name(event->t_source));
    if (event->t_recv != kit.received) {
        kit_instant(text, " recv=", event->t_recv);
    }
    if (event->t_gateway != SENSORS_NO_TIME) {
        kit_instant(text, " gateway=", event->t_gateway);
    }
}

static inline void kit_line(struct base_buf *text, const struct sensors_event *event)
{
    kit_who_and_when(text, event);
    kit_position(text, event);
    for (size_t i = 0; i < event->measure_count; i++) {
        const struct sensors_measure *measure = &event->measures[i];
        if (measure->text.len) {
            kit_word(text, measure->name, measure->text);
        } else {
            base_buf_printf(text, " %s=%.9g %s;", measure->name, measure->value, measure->unit);
        }
    }
    if (event->severity != SENSORS_NO_SEVERITY) {
        base_buf_printf(text, " severity=%d", event->severity);
    }
    kit_number(text, "confidence", event->confidence);
    kit_word(text, "native", event->native_id);
    if (event->lasts_us) {
        base_buf_printf(text, " lasts=%.9g", (double)event->lasts_us / (double)KIT_SECOND);
    }
    kit_flags(text, event->flags);
}

static inline bool kit_keyed(const struct sensors_event *event)
{
    return !base_id_equal(event->dedup, (struct base_id){{0}});
}

/* The event is all of this. */
static inline void kit_is(const struct sensors_event *event, const char *wanted)
{
    AUTO_VALUE(base_buf) text;
    base_buf_init(&text, 1 << 16);
    kit_line(&text, event);
    if (strcmp(base_buf_cstr(&text), wanted) != 0) {
        fail_msg("\n%s is not\n%s", base_buf_cstr(&text), wanted);
    }
    assert_true(kit_keyed(event));
}

static inline void kit_same(const struct sensors_event *event, const struct sensors_event *wanted)
{
    AUTO_VALUE(base_buf) text;
    base_buf_init(&text, 1 << 16);
    kit_line(&text, wanted);
    kit_is(event, base_buf_cstr(&text));
}

/* What an event of these tests has unless it is said: of now, by receipt. */
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

/* What became of the last message: its events, a line each, and after them "refused: REASON", "ignored", "redacted=N",
 * "repeated=N". */
static inline const char *kit_told(void)
{
    base_buf_reset(&kit.text);
    for (size_t i = 0; i < kit.decoded.count; i++) {
        kit_line(&kit.text, &kit.decoded.events[i]);
        base_buf_text(&kit.text, "\n");
        assert_true(kit_keyed(&kit.decoded.events[i]));
    }
    if (kit.err) {
        assert_true(kit.diag.text[0] != '\0');
        base_buf_printf(&kit.text, "refused: %s\n", sensors_reason_text(kit.decoded.reason));
    }
    if (kit.decoded.ignored) {
        base_buf_printf(&kit.text, "ignored\n");
    }
    if (kit.decoded.redacted) {
        base_buf_printf(&kit.text, "redacted=%u\n", kit.decoded.redacted);
    }
    if (kit.decoded.repeated) {
        base_buf_printf(&kit.text, "repeated=%u\n", kit.decoded.repeated);
    }
    return base_buf_cstr(&kit.text);
}

static inline const char *kit_tell(const char *topic, const char *payload)
{
    kit_at(topic, payload, kit_now());
    return kit_told();
}

static inline const char *kit_tell_file(const char *topic, const char *name)
{
    kit_bytes(topic, kit_file(name), kit_now());
    return kit_told();
}

/* --- the rest --- */
/* The key of event number i of the message decoded last. */
static inline struct base_id kit_key(size_t i)
{
    assert_true(i < kit.decoded.count);
    return kit.decoded.events[i].dedup;
}

static inline struct base_id kit_dedup(const char *topic, const char *payload)
{
    kit_at(topic, payload, kit_now());
    return kit_key(0);
}

static inline void kit_near(double a, double b)
{
    if (!(fabs(a - b) < 1e-6)) {
        fail_msg("%.9f is not %.9f", a, b);
    }
}

static inline void kit_text(struct base_str text, const char *wanted)
{
    if (!base_str_is(text, wanted)) {
        fail_msg("\"%.*s\" is not \"%s\"", (int)text.len, text.len ? text.at : "", wanted);
    }
}

static inline int64_t kit_time(const char *text)
{
    int64_t time_us = 0;
    assert_true(base_time_in(base_str_of(text), &time_us));
    return time_us;
}

/* Nothing of what is private may come out of events, but a subject, which is stored as a hash; nor into memory. */
static inline void kit_never_says(const char *word)
{
    AUTO_VALUE(base_buf) text;
    base_buf_init(&text, 1 << 20);
    struct base_json_out json = base_json_out_of(&text);
    base_json_out_array(&json);
    for (size_t i = 0; i < kit.decoded.count; i++) {
        const struct sensors_event *event = &kit.decoded.events[i];
        sensors_event_out(event, &(struct sensors_event_label){.source = base_str_of("s"), .device = event->device},
                          &json);
        assert_null(event->channel.len ? memmem(event->channel.at, event->channel.len, word, strlen(word)) : NULL);
    }
    base_json_out_array_end(&json);
    if (strstr(base_buf_cstr(&text), word)) {
        fail_msg("%s is in %s", word, base_buf_cstr(&text));
    }
    struct base_str key, value;
    for (size_t at = 0; sensors_memory_changed(kit.memory, &at, &key, &value);) {
        assert_null(memmem(key.at, key.len, word, strlen(word)));
        assert_true(value.len == 0 || !memmem(value.at, value.len, word, strlen(word)));
    }
}

static inline int kit_run_tests(const char *format, const struct CMUnitTest *tests, size_t count)
{
    kit_start(format);
    int failed = _cmocka_run_group_tests(format, tests, count, NULL, NULL);
    kit_end();
    return failed;
}
#define kit_run(format, tests) kit_run_tests(format, tests, BASE_COUNT(tests))

#endif
