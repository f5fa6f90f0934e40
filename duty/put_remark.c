/* What the author of a duty should know though it is right: another asks for the same thing, nothing is there yet to do
 * it at, nobody could prove it. */
#include "duty/put.h"

#include <stdlib.h>
#include <string.h>

#define AHEAD_US (INT64_C(31) * 86400 * 1000000) /* windows are compared so far */

enum { REMARK_MAX = 256 };

/* Columns of duty_overlap.sql. */
enum { KEY, SUBJECT_ID, SUBJECT_FILTER, SCHEDULE, DAYS, VALID_FROM, VALID_TO };

struct remark {
    struct data_conn *conn;
    const struct duty_put_wish *wish;
    const struct data_rows *places; /* of duty_places */
    struct base_diag *diag;
    char text[REMARK_MAX];
};

static void say(struct remark *remark, const char *format, ...) BASE_PRINTF(2, 3);
static void say(struct remark *remark, const char *format, ...)
{
    va_list args;
    size_t len = strlen(remark->text);
    if (len) {
        len += (size_t)snprintf(remark->text + len, REMARK_MAX - len, "; ");
    }
    if (len < REMARK_MAX) {
        va_start(args, format);
        vsnprintf(remark->text + len, REMARK_MAX - len, format, args);
        va_end(args);
    }
    /* A cut in the middle of a character would not be UTF-8. */
    for (len = strlen(remark->text); len && !base_str_utf8((struct base_str){remark->text, len}); len--) {
        remark->text[len - 1] = '\0';
    }
}

/* --- places: now, or to come --- */
static bool stands(const struct data_rows *places, size_t row, int64_t now_us)
{
    return data_rows_null(places, row, 2) || data_rows_time(places, row, 2) > now_us;
}

static size_t count_today(const struct data_rows *places, int64_t now_us)
{
    size_t count = 0;
    for (size_t row = 0; row < data_rows_count(places); row++) {
        count += stands(places, row, now_us) && data_rows_time(places, row, 1) <= now_us;
    }
    return count;
}

/* Both are ascending by id. */
static bool share(const struct data_rows *a, const struct data_rows *b, int64_t now_us)
{
    size_t i = 0, k = 0;
    while (i < data_rows_count(a) && k < data_rows_count(b)) {
        int64_t left = data_rows_i64(a, i, 0), right = data_rows_i64(b, k, 0);
        if (left == right && stands(a, i, now_us)) {
            return true;
        }
        i += left <= right;
        k += right <= left;
    }
    return false;
}

static enum base_err same_places(const struct remark *remark, const struct data_rows *others, size_t row,
                                 bool *ret_same)
{
    AUTO(data_rows) places = NULL;
    const struct duty_put_wish *wish = remark->wish;
    int64_t id = data_rows_null(others, row, SUBJECT_ID) ? 0 : data_rows_i64(others, row, SUBJECT_ID);
    enum base_err err = duty_places(remark->conn, wish->estate_id, wish->subject_kind, id ? id : wish->subject_id,
                                    data_rows_text(others, row, SUBJECT_FILTER), remark->diag, &places);
    if (!err) {
        *ret_same = share(remark->places, places, wish->now_us);
    }
    return err;
}

/* --- windows --- */
static enum base_err windows_of(const struct remark *remark, const char *text, const char *days, int64_t from_us,
                                int64_t to_us, struct duty_span **ret_spans, size_t *ret_count)
{
    AUTO(duty_schedule) schedule = NULL;
    const struct duty_calendar calendar = {.days = strcmp(days, "work") == 0   ? DUTY_DAYS_WORK
                                                   : strcmp(days, "rest") == 0 ? DUTY_DAYS_REST
                                                                               : DUTY_DAYS_ALL};
    enum base_err err = duty_schedule_in(text, remark->diag, &schedule);
    return err ? err
               : duty_schedule_windows(schedule, remark->wish->zone, &calendar, from_us, to_us, remark->diag, ret_spans,
                                       ret_count);
}

static bool cross(const struct duty_span *a, size_t a_count, const struct duty_span *b, size_t b_count)
{
    size_t i = 0, k = 0;
    while (i < a_count && k < b_count) {
        if (a[i].from_us < b[k].to_us && b[k].from_us < a[i].to_us) {
            return true;
        }
        if (a[i].to_us <= b[k].to_us) {
            i++;
        } else {
            k++;
        }
    }
    return false;
}

static int64_t most(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

static int64_t least(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static enum base_err same_time(const struct remark *remark, const struct data_rows *others, size_t row, bool *ret_same)
{
    const struct duty_put_wish *wish = remark->wish;
    struct duty_span *mine = NULL, *theirs = NULL;
    size_t mine_count = 0, theirs_count = 0;
    int64_t wished = wish->valid_from_us == INT64_MIN ? wish->now_us : wish->valid_from_us;
    int64_t from_us = most(most(wish->now_us, wished), data_rows_time(others, row, VALID_FROM));
    int64_t to_us = least(least(from_us + AHEAD_US, wish->valid_to_us), data_rows_time(others, row, VALID_TO));
    enum base_err err = BASE_OK;
    *ret_same = false;
    if (from_us < to_us) {
        err = windows_of(remark, wish->schedule, wish->days, from_us, to_us, &mine, &mine_count);
        err = err ? err
                  : windows_of(remark, data_rows_text(others, row, SCHEDULE), data_rows_text(others, row, DAYS),
                               from_us, to_us, &theirs, &theirs_count);
        *ret_same = !err && cross(mine, mine_count, theirs, theirs_count);
    }
    free(mine);
    free(theirs);
    return err;
}

static enum base_err overlaps(struct remark *remark, int64_t id)
{
    AUTO(data_rows) others = NULL;
    const struct duty_put_wish *wish = remark->wish;
    enum base_err err =
        data_run(remark->conn, DATA_DUTY_OVERLAP,
                 DATA_ARGS(data_i64(wish->estate_id), data_i64(id), data_text(wish->subject_kind),
                           wish->subject_id ? data_i64(wish->subject_id) : data_null(), data_text(wish->proof),
                           data_text(wish->subject_types),
                           data_time(wish->valid_from_us == INT64_MIN ? wish->now_us : wish->valid_from_us),
                           wish->valid_to_us == INT64_MAX ? data_null() : data_time(wish->valid_to_us)),
                 remark->diag, &others);
    for (size_t row = 0; !err && row < data_rows_count(others); row++) {
        bool places = false, time = false;
        err = same_places(remark, others, row, &places);
        err = err || !places ? err : same_time(remark, others, row, &time);
        if (err == BASE_INVALID || err == BASE_LIMIT) {
            err = BASE_OK; /* the other cannot be read any more: judge says so, this one is not to blame */
        }
        if (!err && time) {
            say(remark, "overlaps duty \"%.60s\": the same place, proof and time", data_rows_text(others, row, KEY));
            break;
        }
    }
    return err;
}

static enum base_err unproven(struct remark *remark)
{
    AUTO(data_rows) rows = NULL;
    const struct duty_put_wish *wish = remark->wish;
    if (strcmp(wish->proof, "fill") == 0 || strcmp(wish->proof, "online") == 0) {
        return BASE_OK; /* the device itself tells */
    }
    enum base_err err =
        data_run(remark->conn, DATA_DUTY_SOURCE, DATA_ARGS(data_i64(wish->estate_id), data_text(wish->subject_types)),
                 remark->diag, &rows);
    if (!err && !data_rows_bool(rows, 0, 0)) {
        say(remark, "no source or shift of the estate sends %.80s: nothing could prove it", wish->subject_types);
    }
    return err;
}

enum base_err duty_put_remark(struct data_conn *conn, const struct duty_put_wish *wish, int64_t id,
                              const struct data_rows *places, struct base_diag *diag, char ret_remark[256])
{
    struct remark remark = {.conn = conn, .wish = wish, .places = places, .diag = diag, .text = ""};
    if (count_today(places, wish->now_us) == 0) {
        say(&remark, "names no %s today", wish->subject_kind);
    }
    enum base_err err = overlaps(&remark, id);
    err = err ? err : unproven(&remark);
    if (!err) {
        memcpy(ret_remark, remark.text, REMARK_MAX);
    }
    return err;
}
