/* duty: obligations on the map - what must happen where and how often, by whom, proven how - and what became of them.
 *
 * Ownership  ret_x is yours; free it with the type's _free. const pointers are borrowed for the call.
 * Threads    a handle belongs to one thread at a time; nothing here has state of its own.
 * Units      times us since 1970-01-01 UTC; local times are wall-clock times counted as if they were UTC; metres,
 * seconds. CRS        lon/lat degrees WGS 84. Errors     INVALID: a text that is no schedule, a duty that cannot be;
 * NOT_FOUND, CONFLICT: what a row names; FENCED: another judge leads; else those of data/. Sources    RFC 5545
 * (schedules); docs/formulas.md, "Duties".
 *
 *   duty --schedule x places--> duty_window --end, grace, every source's watermark--> verdict (version 1, 2 ...)
 *                                   facts: pass, event, coverage, outage, waiver ──────┘ evidence
 */
#ifndef HUTONG_DUTY_H
#define HUTONG_DUTY_H

#include "data/data.h"
#include "sensors/sensors.h"

#include <signal.h>

/* --- schedule (schedule.c, schedule_every.c, schedule_rrule.c): when windows begin and end --- */
struct duty_schedule;
/* "every 2h", "every 2h, 22:00-06:00 1h", "rrule FREQ=WEEKLY;BYDAY=MO,TH;BYHOUR=6 lasts 4h from 2026-01-01".
 * INVALID names what is wrong and where; also a rule that never fires, and one with windows shorter than a minute. */
enum base_err duty_schedule_in(const char *text, struct base_diag *diag,
                               struct duty_schedule **ret_schedule) BASE_MUST_CHECK;
void duty_schedule_free(struct duty_schedule *schedule);
BASE_AUTO_FREE(duty_schedule)

enum duty_days { DUTY_DAYS_ALL, DUTY_DAYS_WORK, DUTY_DAYS_REST };
struct duty_calendar_day { /* a day that is not what its weekday says */
    int32_t day;           /* since 1970-01-01, local */
    bool work;
};
struct duty_calendar {
    enum duty_days days;                  /* a window counts by the local day on which it begins */
    const struct duty_calendar_day *list; /* ascending */
    size_t count;
};

#define DUTY_WINDOWS_MAX 100000 /* of one schedule in one call: LIMIT beyond */
struct duty_span {
    int64_t from_us, to_us; /* [from, to) */
};
/* Windows that begin in [from_us, to_us), ascending and apart. zone NULL: UTC. calendar NULL: all days. */
enum base_err duty_schedule_windows(const struct duty_schedule *schedule, const struct sensors_zone *zone,
                                    const struct duty_calendar *calendar, int64_t from_us, int64_t to_us,
                                    struct base_diag *diag, struct duty_span **ret_spans,
                                    size_t *ret_count) BASE_MUST_CHECK; /* *ret_spans: free() */
/* The one way to write that schedule; the same for two texts that say the same in other words. Reading it again gives
 * the same schedule. */
void duty_schedule_out(const struct duty_schedule *schedule, struct base_buf *buf);
/* How long the interval in force at that moment is, us; 0: an rrule, or no window. */
int64_t duty_schedule_every(const struct duty_schedule *schedule, const struct sensors_zone *zone, int64_t at_us);

/* --- put (put.c): a duty as people write it, checked and stored as a new version --- */
struct duty_spec { /* texts as in the columns of `duty`; NULL: the column's default */
    int64_t estate_id;
    const char *key, *name, *name_en;
    const char *organisation; /* code */
    const char *contract, *campaign;
    const char *subject_kind, *subject_id, *subject_filter;
    const char *schedule, *calendar, *days;
    const char *proof, *subject_types; /* "guard,cleaner" */
    const char *count, *units, *radius_m, *accuracy_m, *dwell_s, *fraction, *tool, *form, *fill_percent, *allow_s,
        *grace_s;
    const char *valid_from, *valid_to; /* RFC 3339 */
};
struct duty_put {
    int64_t id, version;
    enum { DUTY_PUT_MADE, DUTY_PUT_CHANGED, DUTY_PUT_SAME } outcome;
    char remark[256]; /* what its author should know: overlaps another duty, names no place ...; "": nothing */
};
/* Within the caller's transaction. if_version: the version that the author saw; 0: none needed. CONFLICT: another is
 * valid by now. The same duty again changes nothing. */
enum base_err duty_put(struct data_conn *conn, const struct duty_spec *spec, int64_t if_version, struct base_diag *diag,
                       struct duty_put *ret_put) BASE_MUST_CHECK;
/* Closes the duty from that moment on (windows that have begun stay). */
enum base_err duty_close(struct data_conn *conn, int64_t estate_id, int64_t id, int64_t if_version, int64_t at_us,
                         struct base_diag *diag) BASE_MUST_CHECK;

/* --- preview (preview.c): the windows to come of a duty's newest version, and how many places they are for --- */
struct duty_preview {
    struct duty_span *spans;
    size_t count;
    int64_t places; /* that stand at from_us */
};
/* Windows that begin in [from_us, to_us). As whoever the connection is in the scope of. */
enum base_err duty_preview(struct data_conn *conn, int64_t estate_id, int64_t id, int64_t from_us, int64_t to_us,
                           struct base_diag *diag, struct duty_preview *ret_preview) BASE_MUST_CHECK;
void duty_preview_release(struct duty_preview *preview);

/* --- judge (judge.c): one leader opens windows and decides them, estate by estate, several of them at once --- */
enum { DUTY_LANES_MAX = 16 };
struct duty_judge_options {
    const char *conninfo; /* NULL: HUTONG_DATABASE */
    bool once;            /* until nothing is left to do now */
    int64_t at_us;        /* as if it were then; 0: the database's clock */
    int64_t lanes;        /* estates at once, a thread and a connection each; 0: by the processors, four at most */
    volatile sig_atomic_t *stop;
};
/* Runs until *stop; with `once` until all that is due is decided. */
enum base_err duty_judge_run(const struct duty_judge_options *options, struct base_diag *diag) BASE_MUST_CHECK;

/* --- replay (replay.c): windows judged again from the facts --- */
struct duty_replay_options {
    const char *conninfo;   /* NULL: HUTONG_DATABASE */
    int64_t from_us, to_us; /* windows that begin in [from, to) */
    bool look;              /* only sum up what is there */
    volatile sig_atomic_t *stop;
    void (*progress)(void *at, int64_t done, int64_t total); /* may be NULL */
    void *progress_at;
};
struct duty_replay {
    int64_t windows; /* decided */
    int64_t changed; /* came out otherwise: a version was appended */
    char digest[65]; /* SHA-256, hex, of the newest verdicts in order (data/query/verdict_digest.sql) */
};
/* By itself, or by the judge that leads. INTERRUPTED: stopped. */
enum base_err duty_replay_run(const struct duty_replay_options *options, struct base_diag *diag,
                              struct duty_replay *ret_replay) BASE_MUST_CHECK;

#endif
