/* "every 2h, 22:00-06:00 1h": the local day is cut into stretches, and each of them into windows of its interval.
 * Edges of stretches are wall-clock times, windows within one follow in elapsed time. */
#include "duty/schedule.h"

#include <stdlib.h>

/* Before the moment asked for: a change of offset moves an edge by a day at most (Samoa, 2011-12-30). */
enum { DAYS_BEFORE = 3 };

static bool clock_in(struct base_str text, int *ret_min)
{
    int hour, minute;
    if (text.len != 5 || text.at[2] != ':' || !schedule_digits(text, 0, 2, &hour) ||
        !schedule_digits(text, 3, 2, &minute) || hour > 24 || minute > 59 || (hour == 24 && minute)) {
        return false;
    }
    *ret_min = hour * 60 + minute;
    return true;
}

static void clock_out(int min, struct base_buf *buf)
{
    base_buf_printf(buf, "%02d:%02d", min / 60, min % 60);
}

static enum base_err every_in(struct base_str text, struct base_diag *diag, int64_t *ret_every_us)
{
    if (!schedule_span_in(text, ret_every_us)) {
        return base_diag_set(diag, BASE_INVALID, "\"%.*s\" is no interval; write one such as 2h, 90min or PT2H",
                             (int)text.len, text.at);
    }
    if (*ret_every_us < SCHEDULE_WINDOW_LEAST) {
        return base_diag_set(diag, BASE_INVALID, "interval %.*s: no window is shorter than a minute", (int)text.len,
                             text.at);
    }
    if (*ret_every_us > SCHEDULE_DAY) {
        return base_diag_set(diag, BASE_INVALID,
                             "interval %.*s: longer than a day, whose beginning it would not know; write \"rrule "
                             "FREQ=DAILY;INTERVAL=2 lasts 2d from 2026-01-01\"",
                             (int)text.len, text.at);
    }
    return BASE_OK;
}

static enum base_err band_in(struct base_str clocks, struct base_str every, struct base_diag *diag,
                             struct schedule_band *ret_band)
{
    int from, to;
    if (clocks.len != 11 || clocks.at[5] != '-' || !clock_in((struct base_str){clocks.at, 5}, &from) ||
        !clock_in((struct base_str){clocks.at + 6, 5}, &to) || from == SCHEDULE_DAY_MIN) {
        return base_diag_set(diag, BASE_INVALID, "\"%.*s\" is no band of hours; write one such as 22:00-06:00",
                             (int)clocks.len, clocks.at);
    }
    if (from == to) {
        return base_diag_set(diag, BASE_INVALID, "band %.*s is empty; the whole day is 00:00-24:00", (int)clocks.len,
                             clocks.at);
    }
    *ret_band = (struct schedule_band){.from_min = from, .to_min = to > from ? to : to + SCHEDULE_DAY_MIN};
    enum base_err err = every_in(every, diag, &ret_band->every_us);
    return err ? base_diag_prefix(diag, err, "band %.*s", (int)clocks.len, clocks.at) : BASE_OK;
}

/* "2h" (the first part only) or "22:00-06:00 1h". */
static enum base_err part_in(struct base_str part, bool first, struct base_diag *diag, struct duty_schedule *schedule)
{
    struct base_str rest = part, word, every, more;
    if (!schedule_word(&rest, &word)) {
        return base_diag_set(diag, BASE_INVALID, "an interval is missing %s", first ? "after every" : "after a comma");
    }
    if (first && rest.len == 0) {
        return every_in(word, diag, &schedule->base_us);
    }
    if (!schedule_word(&rest, &every)) {
        return base_diag_set(diag, BASE_INVALID,
                             "\"%.*s\": after a comma comes a band and its interval, as in "
                             "22:00-06:00 1h",
                             (int)part.len, part.at);
    }
    if (schedule_word(&rest, &more)) {
        return base_diag_set(diag, BASE_INVALID, "\"%.*s\": after a band and its interval comes a comma, not \"%.*s\"",
                             (int)part.len, part.at, (int)more.len, more.at);
    }
    if (schedule->band_count == SCHEDULE_BANDS_MAX) {
        return base_diag_set(diag, BASE_INVALID, "more than %d bands", SCHEDULE_BANDS_MAX);
    }
    return band_in(word, every, diag, &schedule->bands[schedule->band_count++]);
}

static int by_start(const void *a, const void *b)
{
    return ((const struct schedule_band *)a)->from_min - ((const struct schedule_band *)b)->from_min;
}

/* A stretch that is shorter than its interval has no window before it that it could be joined to. */
static enum base_err check_length(const char *what, int from_min, int to_min, int64_t every_us, struct base_diag *diag)
{
    if ((to_min - from_min) * 60 * SCHEDULE_SECOND >= every_us) {
        return BASE_OK;
    }
    AUTO_VALUE(base_buf) text;
    base_buf_init(&text, 64);
    clock_out(from_min, &text);
    base_buf_text(&text, "-");
    clock_out(to_min > SCHEDULE_DAY_MIN ? to_min - SCHEDULE_DAY_MIN : to_min, &text);
    base_buf_text(&text, " is shorter than its interval ");
    schedule_span_out(every_us, &text);
    return base_diag_set(diag, BASE_INVALID, "%s %s; give these hours a shorter one, or join them to others", what,
                         base_buf_cstr(&text));
}

static enum base_err cut_day(struct duty_schedule *schedule, struct base_diag *diag)
{
    struct schedule_band *bands = schedule->bands;
    size_t count = schedule->band_count;
    enum base_err err = BASE_OK;
    bool full = count > 0;
    qsort(bands, count, sizeof *bands, by_start);
    if (count == 0) {
        schedule->stretches[schedule->stretch_count++] = (struct schedule_stretch){0, schedule->base_us};
    }
    for (size_t i = 0; i < count && !err; i++) {
        int next = i + 1 < count ? bands[i + 1].from_min : bands[0].from_min + SCHEDULE_DAY_MIN;
        if (bands[i].to_min > next) {
            return base_diag_set(diag, BASE_INVALID,
                                 "the bands from %02d:%02d and from %02d:%02d overlap; end one where the other begins",
                                 bands[i].from_min / 60, bands[i].from_min % 60, next / 60 % 24, next % 60);
        }
        schedule->stretches[schedule->stretch_count++] =
            (struct schedule_stretch){bands[i].from_min, bands[i].every_us};
        err = check_length("the band", bands[i].from_min, bands[i].to_min, bands[i].every_us, diag);
        if (!err && bands[i].to_min < next) {
            full = false;
            schedule->stretches[schedule->stretch_count++] =
                (struct schedule_stretch){bands[i].to_min, schedule->base_us};
            int from = bands[i].to_min % SCHEDULE_DAY_MIN;
            err = check_length("outside the bands", from, from + next - bands[i].to_min, schedule->base_us, diag);
        }
    }
    if (full) {
        schedule->base_us = 0; /* nothing lies outside the bands */
    }
    return err;
}

static int by_stretch(const void *a, const void *b)
{
    return ((const struct schedule_stretch *)a)->start_min - ((const struct schedule_stretch *)b)->start_min;
}

enum base_err schedule_every_in(struct base_str text, struct base_diag *diag, struct duty_schedule *schedule)
{
    struct base_str part;
    enum base_err err = BASE_OK;
    bool first = true;
    if (text.len == 0) {
        return base_diag_set(diag, BASE_INVALID, "an interval is missing after every");
    }
    if (text.at[text.len - 1] == ',') {
        return base_diag_set(diag, BASE_INVALID, "nothing comes after the last comma");
    }
    while (!err && base_str_next(&text, ',', &part)) {
        err = part_in(base_str_trim(part), first, diag, schedule);
        first = false;
    }
    err = err ? err : cut_day(schedule, diag);
    if (err) {
        return err;
    }
    /* Bands that fill the day without a base are the day: one that is whole is written without its hours. */
    if (schedule->band_count == 1 && schedule->bands[0].from_min == 0 &&
        schedule->bands[0].to_min == SCHEDULE_DAY_MIN) {
        schedule->base_us = schedule->bands[0].every_us;
        schedule->band_count = 0;
    }
    for (size_t i = 0; i < schedule->stretch_count; i++) {
        schedule->stretches[i].start_min %= SCHEDULE_DAY_MIN;
    }
    qsort(schedule->stretches, schedule->stretch_count, sizeof schedule->stretches[0], by_stretch);
    return BASE_OK;
}

void schedule_every_out(const struct duty_schedule *schedule, struct base_buf *buf)
{
    const char *between = "every ";
    if (schedule->base_us) {
        base_buf_text(buf, between);
        schedule_span_out(schedule->base_us, buf);
        between = ", ";
    }
    for (size_t i = 0; i < schedule->band_count; i++) {
        const struct schedule_band *band = &schedule->bands[i];
        base_buf_text(buf, between);
        clock_out(band->from_min, buf);
        base_buf_text(buf, "-");
        clock_out(band->to_min > SCHEDULE_DAY_MIN ? band->to_min - SCHEDULE_DAY_MIN : band->to_min, buf);
        base_buf_text(buf, " ");
        schedule_span_out(band->every_us, buf);
        between = ", ";
    }
}

/* Goes through the stretches of one day after another. */
struct cursor {
    const struct duty_schedule *schedule;
    const struct sensors_zone *zone;
    int64_t day;
    size_t next;
    int64_t edge_us; /* where the stretch begins that the next step gives */
    int64_t every_us;
};

/* Edges never go back: in a gap of the clock a later wall time can be the earlier moment, and what lies between is
 * empty then. */
static void to_next_edge(struct cursor *cursor)
{
    const struct schedule_stretch *stretch = &cursor->schedule->stretches[cursor->next];
    int64_t local = cursor->day * SCHEDULE_DAY + stretch->start_min * 60 * SCHEDULE_SECOND;
    int64_t utc = schedule_utc(cursor->zone, local);
    cursor->edge_us = utc > cursor->edge_us ? utc : cursor->edge_us;
    cursor->every_us = stretch->every_us;
    if (++cursor->next == cursor->schedule->stretch_count) {
        cursor->next = 0;
        cursor->day++;
    }
}

static struct cursor cursor_at(const struct duty_schedule *schedule, const struct sensors_zone *zone, int64_t at_us)
{
    struct cursor cursor = {.schedule = schedule,
                            .zone = zone,
                            .day = schedule_day_of(sensors_zone_to_local(zone, at_us)) - DAYS_BEFORE,
                            .edge_us = INT64_MIN};
    to_next_edge(&cursor);
    return cursor;
}

/* The stretch as a span, and its interval; one of less than a minute has none. */
static int64_t step(struct cursor *cursor, struct duty_span *ret_stretch)
{
    int64_t from = cursor->edge_us;
    int64_t every = cursor->every_us;
    to_next_edge(cursor);
    *ret_stretch = (struct duty_span){from, cursor->edge_us};
    return cursor->edge_us - from < SCHEDULE_WINDOW_LEAST ? 0 : every;
}

static void cut_stretch(struct duty_span stretch, int64_t every_us, struct schedule_spans *spans)
{
    int64_t count = (stretch.to_us - stretch.from_us) / every_us;
    count = count > 0 ? count : 1;
    for (int64_t i = 0; i < count && !spans->err; i++) {
        int64_t from = stretch.from_us + i * every_us;
        if (from >= spans->from_us && from < spans->to_us && schedule_day_counts(spans, from)) {
            schedule_add(spans, from, i + 1 < count ? from + every_us : stretch.to_us);
        }
    }
}

void schedule_every_spans(const struct duty_schedule *schedule, struct schedule_spans *spans)
{
    struct cursor cursor = cursor_at(schedule, spans->zone, spans->from_us);
    struct duty_span stretch;
    do {
        int64_t every = step(&cursor, &stretch);
        if (every && stretch.to_us > spans->from_us) {
            cut_stretch(stretch, every, spans);
        }
    } while (stretch.to_us < spans->to_us && !spans->err);
}

int64_t schedule_every_at(const struct duty_schedule *schedule, const struct sensors_zone *zone, int64_t at_us)
{
    struct cursor cursor = cursor_at(schedule, zone, at_us);
    struct duty_span stretch;
    int64_t every;
    do {
        every = step(&cursor, &stretch);
    } while (stretch.to_us <= at_us);
    return every;
}
