/* Schedules as people write them: what kind one is, the days that count, and windows gathered up to the limit. */
#include "duty/schedule.h"

#include <stdlib.h>
#include <string.h>

enum { TEXT_MAX = 1000 };
#define SPAN_MAX (366 * SCHEDULE_DAY)

static bool blank(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

bool schedule_word(struct base_str *rest, struct base_str *ret_word)
{
    *rest = base_str_trim(*rest);
    size_t len = 0;
    while (len < rest->len && !blank(rest->at[len])) {
        len++;
    }
    *ret_word = (struct base_str){rest->at, len};
    *rest = base_str_trim((struct base_str){rest->at + len, rest->len - len});
    return len > 0;
}

bool schedule_digits(struct base_str text, size_t at, size_t count, int *ret_value)
{
    int value = 0;
    if (at > text.len || count > text.len - at || count > 9) {
        return false;
    }
    for (size_t i = at; i < at + count; i++) {
        if (text.at[i] < '0' || text.at[i] > '9') {
            return false;
        }
        value = value * 10 + (text.at[i] - '0');
    }
    *ret_value = value;
    return count > 0;
}

/* Units from the largest down, so that each comes once. ISO 8601 writes days before the T and minutes as M. */
static const struct unit {
    const char *name, *other, *iso;
    bool after_t;
    int64_t seconds;
} units[] = {{"w", "w", "W", false, 7 * SCHEDULE_DAY_S},
             {"d", "d", "D", false, SCHEDULE_DAY_S},
             {"h", "h", "H", true, 3600},
             {"min", "m", "M", true, 60},
             {"s", "s", "S", true, 1}};

static bool is_unit(const struct unit *unit, struct base_str name, bool iso, bool after_t)
{
    if (iso) {
        return base_str_is(name, unit->iso) && unit->after_t == after_t;
    }
    return base_str_is(name, unit->name) || base_str_is(name, unit->other);
}

/* One number with its unit off the front; *next: the units that may still come. */
static bool take_amount(struct base_str *text, bool iso, bool after_t, size_t *next, int64_t *seconds)
{
    size_t digits = 0, letters = 0;
    int number;
    while (digits < text->len && text->at[digits] >= '0' && text->at[digits] <= '9') {
        digits++;
    }
    while (digits + letters < text->len && (text->at[digits + letters] < '0' || text->at[digits + letters] > '9') &&
           !(iso && letters)) {
        letters++;
    }
    if (!schedule_digits(*text, 0, digits, &number)) {
        return false;
    }
    struct base_str name = {text->at + digits, letters};
    for (size_t i = *next; i < BASE_COUNT(units); i++) {
        if (is_unit(&units[i], name, iso, after_t)) {
            *seconds += number * units[i].seconds;
            *next = i + 1;
            *text = (struct base_str){text->at + digits + letters, text->len - digits - letters};
            return true;
        }
    }
    return false;
}

bool schedule_span_in(struct base_str text, int64_t *ret_span_us)
{
    bool iso = text.len > 1 && text.at[0] == 'P';
    bool after_t = false;
    size_t next = 0;
    int64_t seconds = 0;
    if (iso) {
        text = (struct base_str){text.at + 1, text.len - 1};
    }
    while (text.len) {
        if (iso && !after_t && text.len > 1 && text.at[0] == 'T') {
            after_t = true;
            text = (struct base_str){text.at + 1, text.len - 1};
        }
        if (!take_amount(&text, iso, after_t, &next, &seconds)) {
            return false;
        }
    }
    if (seconds < 1 || seconds > SPAN_MAX / SCHEDULE_SECOND) {
        return false;
    }
    *ret_span_us = seconds * SCHEDULE_SECOND;
    return true;
}

void schedule_span_out(int64_t span_us, struct base_buf *buf)
{
    int64_t seconds = span_us / SCHEDULE_SECOND;
    size_t i = 1; /* weeks are read only */
    while (seconds % units[i].seconds) {
        i++;
    }
    base_buf_printf(buf, "%lld%s", (long long)(seconds / units[i].seconds), units[i].name);
}

int64_t schedule_utc(const struct sensors_zone *zone, int64_t local_us)
{
    return sensors_zone_to_utc(zone, local_us, local_us - 7 * SCHEDULE_DAY); /* the nearest to long before: the first */
}

int64_t schedule_day_of(int64_t local_us)
{
    return local_us / SCHEDULE_DAY - (local_us % SCHEDULE_DAY < 0);
}

enum base_err duty_schedule_in(const char *text, struct base_diag *diag, struct duty_schedule **ret_schedule)
{
    struct base_str rest = base_str_of(text), word;
    if (rest.len > TEXT_MAX) {
        return base_diag_set(diag, BASE_INVALID, "schedule: %zu characters; at most %d are read", rest.len, TEXT_MAX);
    }
    schedule_word(&rest, &word);
    bool by_rule = base_str_is(word, "rrule");
    if (!by_rule && !base_str_is(word, "every")) {
        return base_diag_set(diag, BASE_INVALID,
                             "schedule \"%.80s\": begins with neither every nor rrule; write one such as \"every 2h, "
                             "22:00-06:00 1h\" or \"rrule FREQ=WEEKLY;BYDAY=MO lasts 4h\"",
                             text ? text : "");
    }
    AUTO(duty_schedule) schedule = calloc(1, sizeof *schedule);
    if (!schedule) {
        return base_diag_set(diag, BASE_NOMEM, "schedule: out of memory");
    }
    schedule->by_rule = by_rule;
    enum base_err err = by_rule ? schedule_rrule_in(rest, diag, schedule) : schedule_every_in(rest, diag, schedule);
    if (err) {
        return base_diag_prefix(diag, err, "schedule \"%.80s\"", text);
    }
    *ret_schedule = schedule;
    schedule = NULL;
    return BASE_OK;
}

void duty_schedule_free(struct duty_schedule *schedule)
{
    free(schedule);
}

void duty_schedule_out(const struct duty_schedule *schedule, struct base_buf *buf)
{
    if (schedule->by_rule) {
        schedule_rrule_out(schedule, buf);
    } else {
        schedule_every_out(schedule, buf);
    }
}

/* Listed days as they are listed, all others by their weekday. */
static bool works(const struct duty_calendar *calendar, int64_t day)
{
    size_t low = 0, high = calendar->count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (calendar->list[middle].day < day) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    if (low < calendar->count && calendar->list[low].day == day) {
        return calendar->list[low].work;
    }
    return (day + 3) % 7 < 5; /* 1970-01-01 was a Thursday; days are not negative here */
}

bool schedule_day_counts(const struct schedule_spans *spans, int64_t from_us)
{
    if (!spans->calendar || spans->calendar->days == DUTY_DAYS_ALL) {
        return true;
    }
    int64_t day = schedule_day_of(sensors_zone_to_local(spans->zone, from_us));
    return works(spans->calendar, day < 0 ? 0 : day) == (spans->calendar->days == DUTY_DAYS_WORK);
}

void schedule_add(struct schedule_spans *spans, int64_t from_us, int64_t to_us)
{
    if (spans->err) {
        return;
    }
    if (spans->count == DUTY_WINDOWS_MAX) {
        spans->err = BASE_LIMIT;
        return;
    }
    if (spans->count == spans->room) {
        size_t room = spans->room ? 2 * spans->room : 64;
        struct duty_span *list = realloc(spans->list, room * sizeof *list);
        if (!list) {
            spans->err = BASE_NOMEM;
            return;
        }
        spans->list = list;
        spans->room = room;
    }
    spans->list[spans->count++] = (struct duty_span){from_us, to_us};
}

enum base_err duty_schedule_windows(const struct duty_schedule *schedule, const struct sensors_zone *zone,
                                    const struct duty_calendar *calendar, int64_t from_us, int64_t to_us,
                                    struct base_diag *diag, struct duty_span **ret_spans, size_t *ret_count)
{
    struct schedule_spans spans = {.zone = zone,
                                   .calendar = calendar,
                                   .from_us = from_us > 0 ? from_us : 0,
                                   .to_us = to_us < SCHEDULE_END ? to_us : SCHEDULE_END};
    if (spans.from_us < spans.to_us) {
        if (schedule->by_rule) {
            schedule_rrule_spans(schedule, &spans);
        } else {
            schedule_every_spans(schedule, &spans);
        }
    }
    if (spans.err) {
        free(spans.list);
        char from[BASE_TIME_TEXT], to[BASE_TIME_TEXT];
        return spans.err == BASE_NOMEM
                   ? base_diag_set(diag, BASE_NOMEM, "schedule: out of memory")
                   : base_diag_set(
                         diag, spans.err, "schedule: more than %d windows between %s and %s; ask for a shorter time",
                         DUTY_WINDOWS_MAX, base_time_out(spans.from_us, from), base_time_out(spans.to_us, to));
    }
    *ret_spans = spans.list;
    *ret_count = spans.count;
    return BASE_OK;
}

int64_t duty_schedule_every(const struct duty_schedule *schedule, const struct sensors_zone *zone, int64_t at_us)
{
    if (schedule->by_rule || at_us < 0 || at_us >= SCHEDULE_END) {
        return 0;
    }
    return schedule_every_at(schedule, zone, at_us);
}
