/* "rrule RULE lasts DURATION from DATE": one window an occurrence of the rule (RFC 5545, 3.3.10 and 3.8.5.3).
 *
 * Every BY... part that names days is a condition on the day, once the parts that RFC 5545 takes from DTSTART are
 * written out; so occurrences are the days of a period that meet all of them, times the times of day. Nothing here can
 * run away: there are no more days than until 2200. libical's iterator is the tests' second opinion and not used here:
 * version 3.0.16 walks to the year 2582 within one call when nothing matches (FREQ=MINUTELY;BYMONTHDAY=30;BYMONTH=2),
 * takes the wrong weeks for INTERVAL=2;BYDAY=SU;WKST=MO, has no BYSETPOS in weeks and days, no BYMONTHDAY=-1 in DAILY
 * and begins BYWEEKNO=1;BYDAY=MO of 2020 on a Wednesday. */
#include "duty/schedule.h"

#include <stdlib.h>

enum { PROBE_YEARS = 100, PROBE_COUNT = 1000, FIRST_YEAR = 1971, LAST_YEAR = 2099, YEAR_DAYS = 366 };
#define STANDARD_START_DAY INT64_C(18262) /* 2020-01-01 */
/* A change of offset moves an occurrence by a day at most (Samoa, 2011-12-30). */
#define NEAR_S (SCHEDULE_DAY_S + 2 * 3600)

struct day {
    int64_t day; /* since 1970 */
    int64_t year;
    int month, month_day, month_days, year_day, year_days;
    int weekday; /* 0: Monday */
};

static struct day day_at(int64_t day)
{
    struct day at = {.day = day};
    base_time_date(day, &at.year, &at.month, &at.month_day);
    at.month_days = base_time_month_days(at.year, at.month);
    at.year_day = (int)(day - base_time_days(at.year, 1, 1)) + 1;
    at.year_days = base_time_month_days(at.year, 2) == 29 ? 366 : 365;
    at.weekday = (int)((day + 3) % 7); /* 1970-01-01 was a Thursday, and no day is before it */
    return at;
}

/* The number counted from the front, or from the back of so many. */
static bool counted(const struct schedule_set *set, int number, int of)
{
    return schedule_set_has(set, number) || schedule_set_has(set, number - of - 1);
}

/* Week 1 has at least four days of the year, so a week is of the year of its fourth day; 28 December is in the last. */
static bool week_matches(const struct schedule_rule *rule, const struct day *at)
{
    int64_t middle = at->day - (at->weekday - rule->week_start + 7) % 7 + 3;
    int64_t year;
    int month, month_day;
    base_time_date(middle, &year, &month, &month_day);
    int week = (int)(middle - base_time_days(year, 1, 1)) / 7 + 1;
    int64_t end = base_time_days(year, 12, 28);
    int64_t end_middle = end - ((end + 3) % 7 - rule->week_start + 7) % 7 + 3;
    return counted(&rule->sets[PART_WEEKNO], week, (int)(end_middle - base_time_days(year, 1, 1)) / 7 + 1);
}

/* "2TU" counts within the month, in a YEARLY rule without BYMONTH within the year. */
static bool weekday_matches(const struct schedule_rule *rule, const struct day *at)
{
    const struct schedule_set *set = &rule->byday[at->weekday];
    bool in_year = rule->freq == FREQ_YEARLY && !rule->given[PART_MONTH];
    int number = in_year ? at->year_day : at->month_day;
    int of = in_year ? at->year_days : at->month_days;
    return schedule_set_has(set, 0) || schedule_set_has(set, (number - 1) / 7 + 1) ||
           schedule_set_has(set, -((of - number) / 7 + 1));
}

static bool day_matches(const struct schedule_rule *rule, int64_t day)
{
    struct day at = day_at(day);
    const bool *given = rule->given;
    const struct schedule_set *sets = rule->sets;
    return (!given[PART_MONTH] || schedule_set_has(&sets[PART_MONTH], at.month)) &&
           (!rule->given_days || weekday_matches(rule, &at)) &&
           (!given[PART_MONTHDAY] || counted(&sets[PART_MONTHDAY], at.month_day, at.month_days)) &&
           (!given[PART_YEARDAY] || counted(&sets[PART_YEARDAY], at.year_day, at.year_days)) &&
           (!given[PART_WEEKNO] || week_matches(rule, &at));
}

struct period {
    int64_t from_day, to_day; /* [from, to) */
    int64_t number;           /* the INTERVAL counts these */
};

static struct period period_at(const struct schedule_rule *rule, int64_t day)
{
    int64_t year, weeks;
    int month, month_day;
    base_time_date(day, &year, &month, &month_day);
    switch (rule->freq) {
    case FREQ_YEARLY:
        return (struct period){base_time_days(year, 1, 1), base_time_days(year + 1, 1, 1), year};
    case FREQ_MONTHLY:
        return (struct period){base_time_days(year, month, 1),
                               base_time_days(year, month, base_time_month_days(year, month)) + 1, year * 12 + month};
    case FREQ_WEEKLY:
        weeks = (day + 3 - rule->week_start + 7) / 7;
        return (struct period){weeks * 7 - 10 + rule->week_start, weeks * 7 - 3 + rule->week_start, weeks};
    default:
        return (struct period){day, day + 1, day};
    }
}

/* Goes through occurrences in [from_s, to_s), local and ascending, until take() says stop. */
struct walk {
    const struct schedule_rule *rule;
    int64_t from_s, to_s;
    bool (*take)(void *to, int64_t local_s);
    void *to;
    bool stop;
};

/* The at-th of so many in its period. */
static void give(struct walk *walk, int64_t local_s, int64_t at, int64_t of)
{
    const struct schedule_rule *rule = walk->rule;
    if (walk->stop || local_s < walk->from_s) {
        return;
    }
    if (local_s >= walk->to_s) {
        walk->stop = true;
        return;
    }
    if (rule->given[PART_SETPOS]) {
        const struct schedule_set *set = &rule->sets[PART_SETPOS];
        bool front = at <= YEAR_DAYS && schedule_set_has(set, (int)at);
        bool back = of + 1 - at <= YEAR_DAYS && schedule_set_has(set, (int)(at - of - 1));
        if (!front && !back) {
            return;
        }
    }
    walk->stop = !walk->take(walk->to, local_s);
}

static void walk_days(struct walk *walk, struct period period, int64_t first_day)
{
    const struct schedule_rule *rule = walk->rule;
    int64_t days[YEAR_DAYS];
    int64_t count = 0, at = 0;
    for (int64_t day = rule->given[PART_SETPOS] || first_day < period.from_day ? period.from_day : first_day;
         day < period.to_day; day++) {
        if (day >= 0 && day_matches(rule, day)) {
            days[count++] = day;
        }
    }
    for (int64_t i = 0; i < count; i++) {
        for (size_t k = 0; k < rule->time_count && !walk->stop; k++) {
            give(walk, days[i] * SCHEDULE_DAY_S + rule->times[k], ++at, count * (int64_t)rule->time_count);
        }
    }
}

/* HOURLY and MINUTELY: does the hour or minute that begins at that second of the day count? */
static bool unit_counts(const struct schedule_rule *rule, int64_t second)
{
    return (!rule->given[PART_HOUR] || schedule_set_has(&rule->sets[PART_HOUR], (int)second / 3600)) &&
           (rule->freq == FREQ_HOURLY || !rule->given[PART_MINUTE] ||
            schedule_set_has(&rule->sets[PART_MINUTE], (int)second / 60 % 60));
}

/* Whatever the day, units are a multiple of gcd(INTERVAL, units of a day) from the start: does one of those count? */
static bool any_unit(const struct schedule_rule *rule)
{
    const int64_t unit_s = rule->freq == FREQ_HOURLY ? 3600 : 60, units = SCHEDULE_DAY_S / unit_s;
    int64_t apart = units, rest = rule->interval;
    while (rest) {
        int64_t next = apart % rest;
        apart = rest;
        rest = next;
    }
    for (int64_t unit = rule->start_s / unit_s % apart; unit < units; unit += apart) {
        if (unit_counts(rule, unit * unit_s)) {
            return true;
        }
    }
    return false;
}

/* HOURLY and MINUTELY: has an hour or minute, with its times, a place that BYSETPOS names? */
static bool any_place(const struct schedule_rule *rule)
{
    bool any = !rule->given[PART_SETPOS];
    for (int at = 1, of = (int)rule->time_count; at <= of && !any; at++) {
        any = counted(&rule->sets[PART_SETPOS], at, of);
    }
    return any;
}

/* HOURLY and MINUTELY: the hours or minutes of one day. */
static void walk_units(struct walk *walk, int64_t day)
{
    const struct schedule_rule *rule = walk->rule;
    const int64_t unit_s = rule->freq == FREQ_HOURLY ? 3600 : 60;
    const int64_t start = rule->start_s / unit_s;
    int64_t first = day * SCHEDULE_DAY_S / unit_s;
    if (first < start) {
        first = start;
    }
    first += (rule->interval - (first - start) % rule->interval) % rule->interval;
    for (int64_t unit = first; unit * unit_s < (day + 1) * SCHEDULE_DAY_S && !walk->stop; unit += rule->interval) {
        bool ok = unit_counts(rule, unit * unit_s - day * SCHEDULE_DAY_S);
        for (size_t k = 0; ok && k < rule->time_count; k++) {
            give(walk, unit * unit_s + rule->times[k], (int64_t)k + 1, (int64_t)rule->time_count);
        }
    }
}

static void walk_run(struct walk *walk)
{
    const struct schedule_rule *rule = walk->rule;
    walk->from_s = walk->from_s > rule->start_s ? walk->from_s : rule->start_s;
    if (rule->last_s < walk->to_s - 1) {
        walk->to_s = rule->last_s + 1;
    }
    int64_t start = period_at(rule, rule->start_s / SCHEDULE_DAY_S).number;
    int64_t day = walk->from_s / SCHEDULE_DAY_S;
    while (!walk->stop && day * SCHEDULE_DAY_S < walk->to_s && day < SCHEDULE_END_DAY) {
        struct period period = period_at(rule, day);
        if (rule->freq > FREQ_DAILY) {
            if (day_matches(rule, day)) {
                walk_units(walk, day);
            }
        } else if ((period.number - start) % rule->interval == 0) {
            walk_days(walk, period, day);
        }
        day = period.to_day;
    }
}

/* What a rule leaves open is as in DTSTART. */
static void complete_days(struct schedule_rule *rule)
{
    struct day start = day_at(rule->start_s / SCHEDULE_DAY_S);
    bool *given = rule->given;
    bool dated = given[PART_MONTHDAY] || given[PART_YEARDAY];
    bool bare = !dated && !given[PART_WEEKNO] && !rule->given_days;
    if (rule->freq == FREQ_YEARLY && bare && !given[PART_MONTH]) {
        schedule_set_add(&rule->sets[PART_MONTH], start.month);
        given[PART_MONTH] = true;
    }
    if ((rule->freq == FREQ_YEARLY || rule->freq == FREQ_MONTHLY) && bare) {
        schedule_set_add(&rule->sets[PART_MONTHDAY], start.month_day);
        given[PART_MONTHDAY] = true;
    }
    if (!rule->given_days && !dated &&
        (rule->freq == FREQ_WEEKLY || (rule->freq == FREQ_YEARLY && given[PART_WEEKNO]))) {
        schedule_set_add(&rule->byday[start.weekday], 0);
        rule->given_days = true;
    }
}

/* The part is what DTSTART says, given or not; given is false then, so that both are written the same. */
static void complete_time(struct schedule_rule *rule, enum schedule_part part, int value)
{
    struct schedule_set *set = &rule->sets[part];
    if (!rule->given[part]) {
        schedule_set_add(set, value);
    }
    rule->given[part] = set->bits[0][0] != UINT64_C(1) << value;
}

static enum base_err complete(struct schedule_rule *rule, struct base_diag *diag)
{
    const struct schedule_set *sets = rule->sets;
    int second = (int)(rule->start_s % SCHEDULE_DAY_S);
    size_t most = rule->freq <= FREQ_DAILY ? SCHEDULE_DAY_MIN : rule->freq == FREQ_HOURLY ? 60 : 1;
    complete_days(rule);
    if (rule->freq <= FREQ_DAILY) {
        complete_time(rule, PART_HOUR, second / 3600);
    }
    if (rule->freq <= FREQ_HOURLY) {
        complete_time(rule, PART_MINUTE, second / 60 % 60);
    }
    complete_time(rule, PART_SECOND, 0);
    for (int i = 0; i < (int)SCHEDULE_DAY_S; i++) {
        if ((rule->freq <= FREQ_DAILY ? schedule_set_has(&sets[PART_HOUR], i / 3600) : i < 3600) &&
            (rule->freq <= FREQ_HOURLY ? schedule_set_has(&sets[PART_MINUTE], i / 60 % 60) : i < 60) &&
            schedule_set_has(&sets[PART_SECOND], i % 60)) {
            if (rule->time_count == most) {
                return base_diag_set(diag, BASE_INVALID,
                                     "BYHOUR, BYMINUTE and BYSECOND name more than one time a minute; no window is "
                                     "shorter");
            }
            rule->times[rule->time_count++] = i;
        }
    }
    return BASE_OK;
}

struct probe {
    int64_t lasts_s;
    int64_t count, most;
    int64_t first_s, last_s; /* local */
    bool overlap;            /* the one at last_s and the next */
    int64_t next_s;
};

static bool probe_take(void *to, int64_t local_s)
{
    struct probe *probe = to;
    if (probe->count == 0) {
        probe->first_s = local_s;
    } else if (probe->lasts_s > local_s - probe->last_s) {
        probe->overlap = true;
        probe->next_s = local_s;
        return false;
    }
    probe->last_s = local_s;
    return ++probe->count < probe->most;
}

static void local_text(int64_t local_s, char text[BASE_TIME_TEXT])
{
    base_time_out(local_s * SCHEDULE_SECOND, text);
    text[local_s % 60 ? 19 : 16] = '\0'; /* 2026-11-21T08:00 */
}

static enum base_err check_fires(struct schedule_rule *rule, struct base_diag *diag)
{
    char from[BASE_TIME_TEXT], first[BASE_TIME_TEXT];
    struct probe probe = {.most = 1};
    const int64_t years_s = INT64_C(36525) * SCHEDULE_DAY_S; /* PROBE_YEARS */
    struct walk walk = {
        .rule = rule, .from_s = rule->start_s, .to_s = rule->start_s + years_s, .take = probe_take, .to = &probe};
    if (rule->freq <= FREQ_DAILY || (any_unit(rule) && any_place(rule))) {
        walk_run(&walk);
    }
    local_text(rule->start_s, from);
    if (probe.count == 0) {
        return base_diag_set(diag, BASE_INVALID,
                             "the rule never fires: no day and time within %d years from %s meets "
                             "all its parts",
                             PROBE_YEARS, from);
    }
    local_text(probe.first_s, first);
    int64_t slack_s = rule->until == UNTIL_UTC ? NEAR_S : 0; /* the zone is not known yet */
    if (rule->until != UNTIL_NONE && rule->until_s + slack_s < probe.first_s) {
        return base_diag_set(diag, BASE_INVALID, "the rule never fires: UNTIL is before %s, where it would fire first",
                             first);
    }
    if (rule->until == UNTIL_DATE || rule->until == UNTIL_LOCAL) {
        rule->last_s = rule->until_s;
    }
    return BASE_OK;
}

static enum base_err check_apart(struct schedule_rule *rule, int64_t lasts_us, struct base_diag *diag)
{
    struct probe probe = {.most = PROBE_COUNT, .lasts_s = lasts_us / SCHEDULE_SECOND};
    struct walk walk = {.rule = rule,
                        .from_s = rule->start_s,
                        .to_s = SCHEDULE_END / SCHEDULE_SECOND,
                        .take = probe_take,
                        .to = &probe};
    walk_run(&walk);
    if (probe.overlap) {
        char last[BASE_TIME_TEXT], next[BASE_TIME_TEXT];
        AUTO_VALUE(base_buf) span;
        base_buf_init(&span, 32);
        schedule_span_out(lasts_us, &span);
        local_text(probe.last_s, last);
        local_text(probe.next_s, next);
        return base_diag_set(diag, BASE_INVALID,
                             "windows overlap: the one from %s lasts %s, but at %s the next begins; shorten lasts or "
                             "let the rule fire less often",
                             last, base_buf_cstr(&span), next);
    }
    return BASE_OK;
}

/* COUNT is counted once: no later call begins at DTSTART. */
static void count_out(struct schedule_rule *rule)
{
    if (rule->count) {
        struct probe probe = {.most = rule->count};
        struct walk walk = {.rule = rule,
                            .from_s = rule->start_s,
                            .to_s = SCHEDULE_END / SCHEDULE_SECOND,
                            .take = probe_take,
                            .to = &probe};
        walk_run(&walk);
        rule->last_s = probe.last_s;
    }
}

/* 2026-01-01 or 2026-01-01T06:30 */
static enum base_err start_in(struct base_str text, struct base_diag *diag, int64_t *ret_start_s)
{
    int year, month, day, hour = 0, minute = 0;
    bool ok = text.len >= 10 && text.at[4] == '-' && text.at[7] == '-' && schedule_digits(text, 0, 4, &year) &&
              schedule_digits(text, 5, 2, &month) && schedule_digits(text, 8, 2, &day) && year >= FIRST_YEAR &&
              year <= LAST_YEAR && month >= 1 && month <= 12 && day >= 1 && day <= base_time_month_days(year, month);
    if (ok && text.len > 10) {
        ok = text.len == 16 && text.at[10] == 'T' && text.at[13] == ':' && schedule_digits(text, 11, 2, &hour) &&
             schedule_digits(text, 14, 2, &minute) && hour < 24 && minute < 60;
    }
    if (!ok) {
        return base_diag_set(diag, BASE_INVALID,
                             "from \"%.*s\": is no date from %d to %d; write 2026-01-01 or "
                             "2026-01-01T06:30, local time",
                             (int)(text.len < 40 ? text.len : 40), text.at, FIRST_YEAR, LAST_YEAR);
    }
    *ret_start_s = base_time_days(year, month, day) * SCHEDULE_DAY_S + hour * 3600 + minute * 60;
    return BASE_OK;
}

static enum base_err lasts_in(struct base_str text, struct base_diag *diag, int64_t *ret_lasts_us)
{
    if (!schedule_span_in(text, ret_lasts_us)) {
        return base_diag_set(diag, BASE_INVALID,
                             "lasts \"%.*s\": is no time up to 366d; write one such as 4h, 90min "
                             "or PT4H",
                             (int)(text.len < 40 ? text.len : 40), text.at);
    }
    if (*ret_lasts_us < SCHEDULE_WINDOW_LEAST) {
        return base_diag_set(diag, BASE_INVALID, "lasts %.*s: no window is shorter than a minute", (int)text.len,
                             text.at);
    }
    return BASE_OK;
}

enum base_err schedule_rrule_in(struct base_str text, struct base_diag *diag, struct duty_schedule *schedule)
{
    struct base_str rule_text, lasts, span, from, start = {NULL, 0}, more;
    struct schedule_rule *rule = &schedule->rule;
    if (!schedule_word(&text, &rule_text) || !schedule_word(&text, &lasts) || !base_str_is(lasts, "lasts") ||
        !schedule_word(&text, &span)) {
        return base_diag_set(diag, BASE_INVALID,
                             "after rrule comes a rule without blanks, \"lasts\" and for how long, "
                             "as in rrule FREQ=DAILY;BYHOUR=6 lasts 4h");
    }
    if (schedule_word(&text, &from) &&
        (!base_str_is(from, "from") || !schedule_word(&text, &start) || schedule_word(&text, &more))) {
        return base_diag_set(diag, BASE_INVALID,
                             "after the duration comes nothing, or \"from\" and a date, as in from "
                             "2026-01-01");
    }
    enum base_err err = schedule_rule_in(rule_text, diag, rule);
    rule->start_s = STANDARD_START_DAY * SCHEDULE_DAY_S;
    rule->last_s = INT64_MAX;
    err = err ? err : lasts_in(span, diag, &schedule->lasts_us);
    err = err || !start.at ? err : start_in(start, diag, &rule->start_s);
    err = err ? err : complete(rule, diag);
    err = err ? err : check_fires(rule, diag);
    err = err ? err : check_apart(rule, schedule->lasts_us, diag);
    if (!err) {
        count_out(rule);
    }
    return err;
}

void schedule_rrule_out(const struct duty_schedule *schedule, struct base_buf *buf)
{
    char start[BASE_TIME_TEXT];
    local_text(schedule->rule.start_s, start);
    if (schedule->rule.start_s % SCHEDULE_DAY_S == 0) {
        start[10] = '\0';
    }
    base_buf_text(buf, "rrule ");
    schedule_rule_out(&schedule->rule, buf);
    base_buf_text(buf, " lasts ");
    schedule_span_out(schedule->lasts_us, buf);
    base_buf_printf(buf, " from %s", start);
}

struct gather {
    const struct duty_schedule *schedule;
    struct schedule_spans *spans;
    int64_t next_us; /* the first that begins after the range */
};

static bool gather_take(void *to, int64_t local_s)
{
    struct gather *gather = to;
    struct schedule_spans *spans = gather->spans;
    const struct schedule_rule *rule = &gather->schedule->rule;
    int64_t from_us = schedule_utc(spans->zone, local_s * SCHEDULE_SECOND);
    if (from_us < spans->from_us || (rule->until == UNTIL_UTC && from_us > rule->until_s * SCHEDULE_SECOND) ||
        !schedule_day_counts(spans, from_us)) {
        return true;
    }
    if (from_us >= spans->to_us) {
        gather->next_us = from_us < gather->next_us ? from_us : gather->next_us;
    } else {
        schedule_add(spans, from_us, from_us + gather->schedule->lasts_us);
    }
    return !spans->err;
}

/* In a gap of the clock a later wall time can be the earlier moment: few, and near one another. */
static void sort_spans(struct duty_span *list, size_t count)
{
    for (size_t i = 1; i < count; i++) {
        struct duty_span span = list[i];
        size_t k = i;
        for (; k > 0 && list[k - 1].from_us > span.from_us; k--) {
            list[k] = list[k - 1];
        }
        list[k] = span;
    }
}

/* Where the clock was put forward windows come nearer: one ends where the next begins, and is none when less than a
 * minute is left of it. Depends on the next alone, so that any cut of the range gives the same. */
static void keep_apart(struct schedule_spans *spans, int64_t next_us)
{
    size_t kept = 0;
    for (size_t i = 0; i < spans->count; i++) {
        struct duty_span span = spans->list[i];
        int64_t next = i + 1 < spans->count ? spans->list[i + 1].from_us : next_us;
        span.to_us = next < span.to_us ? next : span.to_us;
        if (span.to_us - span.from_us >= SCHEDULE_WINDOW_LEAST) {
            spans->list[kept++] = span;
        }
    }
    spans->count = kept;
}

void schedule_rrule_spans(const struct duty_schedule *schedule, struct schedule_spans *spans)
{
    struct gather gather = {.schedule = schedule, .spans = spans, .next_us = INT64_MAX};
    struct walk walk = {
        .rule = &schedule->rule,
        .from_s = sensors_zone_to_local(spans->zone, spans->from_us) / SCHEDULE_SECOND - NEAR_S,
        .to_s = sensors_zone_to_local(spans->zone, spans->to_us + schedule->lasts_us) / SCHEDULE_SECOND + NEAR_S,
        .take = gather_take,
        .to = &gather};
    walk_run(&walk);
    sort_spans(spans->list, spans->count);
    keep_apart(spans, gather.next_us);
}
