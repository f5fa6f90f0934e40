/* A device's clock is repaired, never trusted: scales, bare local times, week rollover, clocks ahead. */
#include "sensors/sensors.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define SECOND INT64_C(1000000)
#define DAY (INT64_C(86400) * SECOND)
/* Clocks start in 1970 without a network and in 2000 after their battery was empty; no device of ours is that old. */
#define FIRST_BELIEVED (INT64_C(978307200) * SECOND) /* 2001-01-01 */
/* GPS counts weeks modulo 1,024 (IS-GPS-200, 20.3.3.3.1.1): a receiver that missed a rollover is exactly this wrong. */
#define ROLLOVER (INT64_C(1024) * 7 * DAY)
#define ROLLOVER_SLACK (INT64_C(7) * DAY) /* such a fix may have been buffered, too */

bool sensors_time_number(double value, int64_t *ret_time_us)
{
    static const struct {
        double below, us;
    } scales[] = {{1e11, 1e6}, {1e14, 1e3}, {1e17, 1}, {1e20, 1e-3}};
    for (size_t i = 0; i < BASE_COUNT(scales) && isfinite(value); i++) {
        if (fabs(value) < scales[i].below) {
            *ret_time_us = llround(value * scales[i].us);
            return true;
        }
    }
    return false;
}

/* "+0800" is common and not RFC 3339: "+08:00". */
static size_t mend_offset(char *text, size_t len)
{
    char *sign = len > 5 ? text + len - 5 : text;
    if (len <= 19 || (*sign != '+' && *sign != '-')) {
        return len;
    }
    memmove(sign + 4, sign + 3, 2);
    sign[3] = ':';
    return len + 1;
}

bool sensors_time_text(struct base_str text, const struct sensors_zone *zone, int64_t near_us, int64_t *ret_time_us)
{
    double number;
    char copy[48];
    text = base_str_trim(text);
    if (base_str_f64(text, &number)) {
        return sensors_time_number(number, ret_time_us);
    }
    if (base_time_in(text, ret_time_us)) {
        return true;
    }
    if (text.len == 0 || text.len > sizeof copy - 2) {
        return false;
    }
    memcpy(copy, text.at, text.len);
    if (base_time_in((struct base_str){copy, mend_offset(copy, text.len)}, ret_time_us)) {
        return true;
    }
    int64_t local;
    memcpy(copy, text.at, text.len);
    copy[text.len] = 'Z';
    if (!base_time_in((struct base_str){copy, text.len + 1}, &local)) {
        return false;
    }
    *ret_time_us = sensors_zone_to_utc(zone, local, near_us);
    return true;
}

static bool rolled_over(int64_t device_us, int64_t reference_us, int64_t *ret_time_us)
{
    for (int times = 1; times <= 2; times++) {
        int64_t repaired = device_us + times * ROLLOVER;
        if (repaired > reference_us - ROLLOVER_SLACK && repaired <= reference_us + SENSORS_TIME_AHEAD_US) {
            *ret_time_us = repaired;
            return true;
        }
    }
    return false;
}

static void set(struct sensors_event *event, int64_t time_us, enum sensors_time source, uint32_t flags)
{
    event->t_event = time_us;
    event->t_source = source;
    event->flags |= flags;
    if (event->t_recv - time_us > SENSORS_TIME_LATE_US) {
        event->flags |= SENSORS_FLAG_LATE;
    }
}

void sensors_time_repair(struct sensors_event *event, int64_t device_us, int64_t created_us)
{
    int64_t repaired;
    if (device_us == SENSORS_NO_TIME) {
        set(event, event->t_recv, SENSORS_TIME_RECEIVED, 0);
        return;
    }
    bool created = created_us != SENSORS_NO_TIME && created_us <= event->t_recv + SENSORS_TIME_AHEAD_US;
    if (device_us > event->t_recv + SENSORS_TIME_AHEAD_US) {
        set(event, event->t_recv, SENSORS_TIME_RECEIVED, SENSORS_FLAG_TIME_REPAIRED | SENSORS_FLAG_CLOCK_AHEAD);
    } else if ((created && rolled_over(device_us, created_us, &repaired)) ||
               rolled_over(device_us, event->t_recv, &repaired)) {
        set(event, repaired, SENSORS_TIME_REPAIRED, SENSORS_FLAG_TIME_REPAIRED);
    } else if (device_us < FIRST_BELIEVED) {
        set(event, event->t_recv, SENSORS_TIME_RECEIVED, SENSORS_FLAG_TIME_REPAIRED);
    } else {
        set(event, device_us, SENSORS_TIME_DEVICE, 0);
    }
}

void sensors_time_rescue(struct sensors_event *event, int64_t other_us, enum sensors_time source)
{
    bool usable =
        other_us != SENSORS_NO_TIME && other_us >= FIRST_BELIEVED && other_us <= event->t_recv + SENSORS_TIME_AHEAD_US;
    if (event->t_source == SENSORS_TIME_RECEIVED && usable) {
        set(event, other_us, source, 0);
    }
}

/* A number of 1 to `most` digits off the front; -1 when none stands there. */
static int digits_off(struct base_str *rest, int most)
{
    int value = -1;
    for (int i = 0; i < most && rest->len && rest->at[0] >= '0' && rest->at[0] <= '9'; i++) {
        value = (value < 0 ? 0 : value * 10) + (rest->at[0] - '0');
        *rest = (struct base_str){rest->at + 1, rest->len - 1};
    }
    return value;
}

static bool mark_off(struct base_str *rest, const char *marks)
{
    if (rest->len == 0 || !strchr(marks, rest->at[0])) {
        return false;
    }
    *rest = (struct base_str){rest->at + 1, rest->len - 1};
    return true;
}

bool sensors_time_local(struct base_str text, const struct sensors_zone *zone, int64_t *ret_time_us)
{
    char plain[64];
    int64_t local;
    struct base_str rest = base_str_trim(text);
    if (memchr(rest.at, 0, rest.len)) {
        return false;
    }
    if (base_time_in(rest, ret_time_us)) {
        return true;
    }
    int parts[6] = {digits_off(&rest, 4), -1, -1, 0, 0, 0};
    for (int i = 1; i < 6; i++) {
        if ((i == 3 || i == 5) && rest.len == 0) {
            break; /* a day alone, or no seconds */
        }
        if (!mark_off(&rest, i < 3 ? "-/" : i == 3 ? "T " : ":")) {
            return false;
        }
        parts[i] = digits_off(&rest, 2);
    }
    for (int i = 0; i < 6; i++) {
        if (parts[i] < (i ? 0 : 1000)) {
            return false;
        }
    }
    snprintf(plain, sizeof plain, "%04d-%02d-%02dT%02d:%02d:%02dZ", parts[0], parts[1], parts[2], parts[3], parts[4],
             parts[5]);
    if (rest.len || !base_time_in(base_str_of(plain), &local)) {
        return false;
    }
    *ret_time_us = sensors_zone_to_utc(zone, local, local - INT64_C(86400) * 1000000);
    return true;
}
