/* What schedule.c, schedule_every.c, schedule_rrule.c and schedule_rrule_in.c share. Private to duty/.
 *
 * Local times are wall-clock times counted as if they were UTC; a schedule is written in them and meets a time zone
 * only when its windows are asked for. Windows begin in [SCHEDULE_FIRST, SCHEDULE_END) only: 1970 to 2199. */
#ifndef HUTONG_DUTY_SCHEDULE_H
#define HUTONG_DUTY_SCHEDULE_H

#include "duty/duty.h"

#define SCHEDULE_SECOND INT64_C(1000000)
#define SCHEDULE_DAY_S INT64_C(86400)
#define SCHEDULE_DAY (SCHEDULE_DAY_S * SCHEDULE_SECOND)
#define SCHEDULE_WINDOW_LEAST (60 * SCHEDULE_SECOND)
#define SCHEDULE_END_DAY 84006 /* 2200-01-01 */
#define SCHEDULE_END (SCHEDULE_END_DAY * SCHEDULE_DAY)
enum { SCHEDULE_BANDS_MAX = 48, SCHEDULE_DAY_MIN = 1440 };

struct schedule_band {
    int from_min, to_min; /* of the local day; to_min - from_min is 1 to 1440, so that to_min may be past midnight */
    int64_t every_us;
};

struct schedule_stretch { /* until the next one's start, the last until the first's on the next day */
    int start_min;
    int64_t every_us; /* 0: no window */
};

/* Numbers that a BY... part lists, as bits: [0] counted from the front (bit 0: see byday), [1] from the back. */
struct schedule_set {
    uint64_t bits[2][6];
};

/* Those of numbers, in the order in which they are written; BYDAY apart. */
enum schedule_part {
    PART_MONTH,
    PART_WEEKNO,
    PART_YEARDAY,
    PART_MONTHDAY,
    PART_HOUR,
    PART_MINUTE,
    PART_SECOND,
    PART_SETPOS,
    PART_COUNT
};
enum schedule_freq { FREQ_YEARLY, FREQ_MONTHLY, FREQ_WEEKLY, FREQ_DAILY, FREQ_HOURLY, FREQ_MINUTELY, FREQ_COUNT };

struct schedule_rule {
    enum schedule_freq freq;
    int interval;
    int week_start; /* 0: Monday */
    struct schedule_set sets[PART_COUNT];
    struct schedule_set byday[7];       /* Monday first; bit 0: all of them, n: the nth of the month or year */
    bool given[PART_COUNT], given_days; /* the set is not empty */
    int64_t count;                      /* 0: without end */
    size_t time_count;
    int32_t times[SCHEDULE_DAY_MIN]; /* ascending seconds of the day; HOURLY, MINUTELY: of the hour, of the minute */
    enum { UNTIL_NONE, UNTIL_DATE, UNTIL_LOCAL, UNTIL_UTC } until;
    int64_t until_s; /* its last second, local or UTC */
    int64_t start_s; /* DTSTART, local */
    int64_t last_s;  /* local: nothing later; from COUNT or a local UNTIL */
};

struct duty_schedule {
    bool by_rule;
    /* every */
    int64_t base_us; /* outside the bands; 0: none */
    size_t band_count, stretch_count;
    struct schedule_band bands[SCHEDULE_BANDS_MAX]; /* ascending, apart */
    struct schedule_stretch stretches[2 * SCHEDULE_BANDS_MAX];
    /* rrule */
    struct schedule_rule rule;
    int64_t lasts_us;
};

/* --- schedule.c --- */
/* Takes the next word or the part before a comma; false when nothing is left. */
bool schedule_word(struct base_str *rest, struct base_str *ret_word);
bool schedule_span_in(struct base_str text, int64_t *ret_span_us); /* "1h30min", "PT90M"; whole seconds, 1 s to 366 d */
void schedule_span_out(int64_t span_us, struct base_buf *buf);     /* in the largest unit that divides it */
bool schedule_digits(struct base_str text, size_t at, size_t count, int *ret_value);
/* A local time in a zone: the first of two, and with the offset before a gap. */
int64_t schedule_utc(const struct sensors_zone *zone, int64_t local_us);
int64_t schedule_day_of(int64_t local_us); /* days since 1970 */

/* Windows that are being gathered: those in range, on a day that counts. */
struct schedule_spans {
    const struct sensors_zone *zone;
    const struct duty_calendar *calendar;
    int64_t from_us, to_us;
    struct duty_span *list;
    size_t count, room;
    enum base_err err; /* the first; sticks */
};
bool schedule_day_counts(const struct schedule_spans *spans, int64_t from_us);
/* One that begins in range; LIMIT when there are too many. */
void schedule_add(struct schedule_spans *spans, int64_t from_us, int64_t to_us);

/* --- schedule_every.c --- */
enum base_err schedule_every_in(struct base_str text, struct base_diag *diag, struct duty_schedule *schedule);
void schedule_every_out(const struct duty_schedule *schedule, struct base_buf *buf);
void schedule_every_spans(const struct duty_schedule *schedule, struct schedule_spans *spans);
int64_t schedule_every_at(const struct duty_schedule *schedule, const struct sensors_zone *zone, int64_t at_us);

/* --- schedule_rrule_in.c: "FREQ=...;...", without what it means --- */
enum base_err schedule_rule_in(struct base_str text, struct base_diag *diag, struct schedule_rule *rule);
void schedule_rule_out(const struct schedule_rule *rule, struct base_buf *buf);
bool schedule_set_has(const struct schedule_set *set, int value); /* negative: from the back */
void schedule_set_add(struct schedule_set *set, int value);

/* --- schedule_rrule.c --- */
enum base_err schedule_rrule_in(struct base_str text, struct base_diag *diag, struct duty_schedule *schedule);
void schedule_rrule_out(const struct duty_schedule *schedule, struct base_buf *buf);
void schedule_rrule_spans(const struct duty_schedule *schedule, struct schedule_spans *spans);

#endif
