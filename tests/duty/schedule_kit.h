/* What the tests of schedules share: times as texts, and windows as lines. Private to tests/duty/. */
#ifndef HUTONG_TESTS_DUTY_SCHEDULE_KIT_H
#define HUTONG_TESTS_DUTY_SCHEDULE_KIT_H

#include "duty/duty.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* "2026-03-29T01:00": UTC, or local if the caller takes it for that */
static inline int64_t kit_time(const char *text)
{
    char full[32];
    int64_t time = 0;
    snprintf(full, sizeof full, "%s:00Z", text);
    if (!base_time_in(base_str_of(full), &time)) {
        fail_msg("\"%s\" is no time", text);
    }
    return time;
}

static inline struct sensors_zone *kit_zone(const char *name)
{
    struct base_diag diag = {.text = ""};
    struct sensors_zone *zone = NULL;
    if (name && sensors_zone_open(name, &diag, &zone)) {
        fail_msg("%s", diag.text);
    }
    return zone;
}

static inline struct duty_schedule *kit_schedule(const char *text)
{
    struct base_diag diag = {.text = ""};
    struct duty_schedule *schedule = NULL;
    if (duty_schedule_in(text, &diag, &schedule)) {
        fail_msg("%s", diag.text);
    }
    return schedule;
}

/* "2026-03-29T01:00 60m, ...": when windows begin in the zone's local time ("Z": in UTC), and how long they last. */
static inline const char *kit_windows(const char *text, const char *zone_name, const struct duty_calendar *calendar,
                                      const char *from, const char *to, struct base_buf *buf)
{
    AUTO(duty_schedule) schedule = kit_schedule(text);
    bool utc = zone_name && zone_name[0] == '=';
    AUTO(sensors_zone) zone = kit_zone(utc ? zone_name + 1 : zone_name);
    struct base_diag diag = {.text = ""};
    struct duty_span *spans = NULL;
    size_t count = 0;
    int64_t from_us = sensors_zone_to_utc(zone, kit_time(from), 0), to_us = sensors_zone_to_utc(zone, kit_time(to), 0);
    if (duty_schedule_windows(schedule, zone, calendar, from_us, to_us, &diag, &spans, &count)) {
        fail_msg("%s: %s", text, diag.text);
    }
    base_buf_reset(buf);
    for (size_t i = 0; i < count; i++) {
        char at[BASE_TIME_TEXT];
        base_time_out(utc ? spans[i].from_us : sensors_zone_to_local(zone, spans[i].from_us), at);
        base_buf_printf(buf, "%s%.16s %lldm", i ? ", " : "", at,
                        (long long)((spans[i].to_us - spans[i].from_us) / 60000000));
    }
    free(spans);
    return base_buf_cstr(buf);
}

struct kit_want {
    const char *schedule, *zone, *from, *to, *windows; /* from, to: local; a zone "=Europe/Berlin": windows in UTC */
};

static inline void kit_check(const struct kit_want *wants, size_t count)
{
    AUTO_VALUE(base_buf) buf;
    base_buf_init(&buf, 1 << 20);
    for (size_t i = 0; i < count; i++) {
        const struct kit_want *want = &wants[i];
        const char *got = kit_windows(want->schedule, want->zone, NULL, want->from, want->to, &buf);
        if (strcmp(got, want->windows) != 0) {
            fail_msg("%s (%s, from %s)\n  wanted %s\n  got    %s", want->schedule, want->zone ? want->zone : "UTC",
                     want->from, want->windows, got);
        }
    }
}

struct kit_wrong {
    const char *schedule, *says;
};

static inline void kit_refuse(const struct kit_wrong *wrong, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct base_diag diag = {.text = ""};
        struct duty_schedule *schedule = NULL;
        enum base_err err = duty_schedule_in(wrong[i].schedule, &diag, &schedule);
        if (err != BASE_INVALID || schedule || !strstr(diag.text, wrong[i].says)) {
            fail_msg("%s\n  wanted \"%s\"\n  got    %s: %s", wrong[i].schedule, wrong[i].says, base_error_name(err),
                     diag.text);
        }
    }
}

#endif
