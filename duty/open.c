/* Opens windows: what a duty's schedule says, for each of its places, a day and a half ahead. */
#include "duty/private.h"

#include <stdlib.h>
#include <string.h>

#define HORIZON_US (INT64_C(1000000) * DUTY_HORIZON_S)
#define DAY_US (INT64_C(86400) * 1000000)
enum { ROWS_MAX = 20000 /* in one step */, ARRAY_MAX = 64 << 20 };

/* Columns of window_due.sql. */
enum { ID, VERSION, SCHEDULE, DAYS, CALENDAR, KIND, SUBJECT, FILTER, FROM, TO, GRACE, ORGANISATION, OPENED_TO, PROOF };

struct opening {
    struct duty_turn *turn;
    const struct data_rows *duties;
    size_t row;
    struct duty_span *spans;
    size_t span_count;
    struct data_rows *places;
};

static void opening_release(struct opening *opening)
{
    free(opening->spans);
    data_rows_free(opening->places);
}

/* --- what: the duty's spans --- */
static enum base_err read_calendar(const struct opening *opening, struct base_diag *diag,
                                   struct duty_calendar *calendar, struct duty_calendar_day **ret_days)
{
    const struct data_rows *duties = opening->duties;
    const char *days = data_rows_text(duties, opening->row, DAYS);
    calendar->days = strcmp(days, "work") == 0   ? DUTY_DAYS_WORK
                     : strcmp(days, "rest") == 0 ? DUTY_DAYS_REST
                                                 : DUTY_DAYS_ALL;
    if (data_rows_null(duties, opening->row, CALENDAR)) {
        return BASE_OK;
    }
    AUTO(data_rows) rows = NULL;
    enum base_err err = data_run(opening->turn->conn, DATA_WINDOW_CALENDAR,
                                 DATA_ARGS(data_i64(data_rows_i64(duties, opening->row, CALENDAR))), diag, &rows);
    if (err) {
        return err;
    }
    size_t count = data_rows_count(rows);
    *ret_days = calloc(count + 1, sizeof **ret_days);
    if (!*ret_days) {
        return base_diag_set(diag, BASE_NOMEM, "out of memory");
    }
    for (size_t i = 0; i < count; i++) {
        (*ret_days)[i] = (struct duty_calendar_day){(int32_t)data_rows_i64(rows, i, 0), data_rows_bool(rows, i, 1)};
    }
    calendar->list = *ret_days;
    calendar->count = count;
    return BASE_OK;
}

static enum base_err find_spans(struct opening *opening, struct base_diag *diag)
{
    AUTO(duty_schedule) schedule = NULL;
    struct duty_calendar calendar = {.days = DUTY_DAYS_ALL};
    struct duty_calendar_day *days = NULL;
    enum base_err err = duty_schedule_in(data_rows_text(opening->duties, opening->row, SCHEDULE), diag, &schedule);
    err = err ? err : read_calendar(opening, diag, &calendar, &days);
    if (!err) {
        err = duty_schedule_windows(
            schedule, opening->turn->zone, &calendar, data_rows_time(opening->duties, opening->row, FROM),
            data_rows_time(opening->duties, opening->row, TO), diag, &opening->spans, &opening->span_count);
    }
    free(days);
    return err;
}

static enum base_err find_places(struct opening *opening, struct base_diag *diag)
{
    const struct data_rows *duties = opening->duties;
    size_t row = opening->row;
    int64_t subject = data_rows_null(duties, row, SUBJECT) ? 0 : data_rows_i64(duties, row, SUBJECT);
    return duty_places(opening->turn->conn, opening->turn->estate_id, data_rows_text(duties, row, KIND), subject,
                       data_rows_text(duties, row, FILTER), diag, &opening->places);
}

/* --- where to: partitions, rows --- */
static enum base_err ensure_partitions(const struct opening *opening, struct base_diag *diag)
{
    static const char *const tables[] = {"duty_window", "verdict"};
    enum base_err err = BASE_OK;
    int64_t last_day = INT64_MIN;
    for (size_t i = 0; i < opening->span_count && !err; i++) {
        int64_t day = opening->spans[i].from_us / DAY_US;
        for (size_t table = 0; table < BASE_COUNT(tables) && day != last_day && !err; table++) {
            err = data_partition_ensure(opening->turn->conn, tables[table], opening->spans[i].from_us, diag);
        }
        last_day = day;
    }
    return err;
}

enum { BEGINS, ENDS, PLACES, SINCE, UNTIL, ARRAYS };

static void fill_places(const struct opening *opening, size_t from, size_t count, struct base_buf arrays[ARRAYS])
{
    data_array_begin(&arrays[PLACES], DATA_ARRAY_I64, count);
    data_array_begin(&arrays[SINCE], DATA_ARRAY_TIME, count);
    data_array_begin(&arrays[UNTIL], DATA_ARRAY_TIME, count);
    for (size_t i = from; i < from + count; i++) {
        data_array_i64(&arrays[PLACES], data_rows_i64(opening->places, i, 0));
        data_array_time(&arrays[SINCE], data_rows_time(opening->places, i, 1));
        data_array_time(&arrays[UNTIL],
                        data_rows_null(opening->places, i, 2) ? INT64_MAX : data_rows_time(opening->places, i, 2));
    }
}

static void fill_spans(const struct opening *opening, size_t from, size_t count, struct base_buf arrays[ARRAYS])
{
    data_array_begin(&arrays[BEGINS], DATA_ARRAY_TIME, count);
    data_array_begin(&arrays[ENDS], DATA_ARRAY_TIME, count);
    for (size_t i = from; i < from + count; i++) {
        data_array_time(&arrays[BEGINS], opening->spans[i].from_us);
        data_array_time(&arrays[ENDS], opening->spans[i].to_us);
    }
}

static struct data_arg column(const struct opening *opening, int at)
{
    return data_rows_null(opening->duties, opening->row, at)
               ? data_null()
               : data_i64(data_rows_i64(opening->duties, opening->row, at));
}

/* Of a track judge keeps what windows ask for: windows that come later than their tracks have these read again. */
static enum base_err read_again(const struct opening *opening, const struct data_rows *opened, struct base_diag *diag)
{
    if (strcmp(data_rows_text(opening->duties, opening->row, PROOF), "area") != 0 || data_rows_null(opened, 0, 0)) {
        return BASE_OK;
    }
    duty_track_opened(opening->turn);
    if (data_rows_time(opened, 0, 0) >= opening->turn->now_us) {
        return BASE_OK;
    }
    return data_run(opening->turn->conn, DATA_TRACK_UNCOVERED,
                    DATA_ARGS(data_i64(opening->turn->estate_id), column(opening, ID), column(opening, VERSION),
                              data_time(data_rows_time(opened, 0, 0)), data_time(data_rows_time(opened, 0, 1))),
                    diag, NULL);
}

static struct data_arg opened_to(const struct opening *opening)
{
    return data_time(data_rows_time(opening->duties, opening->row, OPENED_TO));
}

static enum base_err write_windows(const struct opening *opening, struct base_buf arrays[ARRAYS],
                                   struct base_diag *diag)
{
    struct duty_turn *turn = opening->turn;
    AUTO(data_rows) opened = NULL;
    enum base_err err = duty_turn_begin(turn, diag);
    if (err) {
        return err;
    }
    err = data_run(turn->conn, DATA_WINDOW_OPEN,
                   DATA_ARGS(data_i64(turn->estate_id), column(opening, ID), column(opening, VERSION),
                             data_text(data_rows_text(opening->duties, opening->row, KIND)), column(opening, GRACE),
                             column(opening, ORGANISATION), data_bytes(base_buf_str(&arrays[BEGINS])),
                             data_bytes(base_buf_str(&arrays[ENDS])), data_bytes(base_buf_str(&arrays[PLACES])),
                             data_bytes(base_buf_str(&arrays[SINCE])), data_bytes(base_buf_str(&arrays[UNTIL])),
                             opened_to(opening)),
                   diag, &opened);
    err = err ? err : read_again(opening, opened, diag);
    return duty_turn_end(turn, err, diag);
}

/* Pieces of at most ROWS_MAX rows: as many places as go with all spans, or one place with some of them. */
static enum base_err open_all(const struct opening *opening, struct base_buf arrays[ARRAYS], struct base_diag *diag)
{
    size_t places = data_rows_count(opening->places), spans = opening->span_count;
    size_t span_step = spans < ROWS_MAX ? spans : ROWS_MAX;
    size_t place_step = spans && spans < ROWS_MAX ? ROWS_MAX / spans : 1;
    enum base_err err = BASE_OK;
    for (size_t place = 0; place < places && !err; place += place_step) {
        size_t count = places - place < place_step ? places - place : place_step;
        fill_places(opening, place, count, arrays);
        for (size_t span = 0; span < spans && !err; span += span_step) {
            fill_spans(opening, span, spans - span < span_step ? spans - span : span_step, arrays);
            err = write_windows(opening, arrays, diag);
        }
    }
    return err;
}

static enum base_err drop_others(const struct opening *opening, struct base_buf arrays[ARRAYS], struct base_diag *diag)
{
    struct duty_turn *turn = opening->turn;
    fill_places(opening, 0, data_rows_count(opening->places), arrays);
    enum base_err err = duty_turn_begin(turn, diag);
    if (err) {
        return err;
    }
    err = data_run(turn->conn, DATA_WINDOW_DROP_PLACE,
                   DATA_ARGS(data_i64(turn->estate_id), column(opening, ID), column(opening, VERSION),
                             data_time(turn->now_us), data_bytes(base_buf_str(&arrays[PLACES])),
                             data_bytes(base_buf_str(&arrays[SINCE])), data_bytes(base_buf_str(&arrays[UNTIL]))),
                   diag, NULL);
    return duty_turn_end(turn, err, diag);
}

static enum base_err note_opened(const struct opening *opening, struct base_diag *diag)
{
    struct duty_turn *turn = opening->turn;
    enum base_err err = duty_turn_begin(turn, diag);
    if (err) {
        return err;
    }
    err = data_run(turn->conn, DATA_WINDOW_OPENED,
                   DATA_ARGS(data_i64(turn->estate_id), column(opening, ID), column(opening, VERSION),
                             data_time(data_rows_time(opening->duties, opening->row, TO)), opened_to(opening)),
                   diag, NULL);
    return duty_turn_end(turn, err, diag);
}

/* A schedule or filter that cannot be read any more must not stop the others: it is said, and the duty is passed over.
 */
static enum base_err pass_over(const struct opening *opening, enum base_err err, struct base_diag *diag)
{
    if (err != BASE_INVALID && err != BASE_LIMIT && err != BASE_NOT_FOUND && err != BASE_UNSUPPORTED) {
        return err;
    }
    base_log(BASE_LOG_WARN, "a duty has no windows", base_log_i64("estate", opening->turn->estate_id),
             base_log_i64("duty", data_rows_i64(opening->duties, opening->row, ID)), base_log_text("why", diag->text));
    return note_opened(opening, diag);
}

static enum base_err open_duty(struct duty_turn *turn, const struct data_rows *duties, size_t row,
                               struct base_diag *diag)
{
    struct opening opening = {.turn = turn, .duties = duties, .row = row};
    struct base_buf arrays[ARRAYS];
    for (int i = 0; i < ARRAYS; i++) {
        base_buf_init(&arrays[i], ARRAY_MAX);
    }
    enum base_err err = find_spans(&opening, diag);
    err = err ? err : find_places(&opening, diag);
    if (err) {
        err = pass_over(&opening, err, diag);
    } else {
        err = ensure_partitions(&opening, diag);
        err = err ? err : open_all(&opening, arrays, diag);
        if (!err && turn->places_changed) {
            err = drop_others(&opening, arrays, diag);
        }
        err = err ? err : note_opened(&opening, diag);
    }
    for (int i = 0; i < ARRAYS; i++) {
        base_buf_release(&arrays[i]);
    }
    opening_release(&opening);
    return err;
}

/* First: a window of a version that is closed must not stand where the next version's is to be. */
static enum base_err drop_closed(struct duty_turn *turn, struct base_diag *diag)
{
    enum base_err err = duty_turn_begin(turn, diag);
    if (err) {
        return err;
    }
    err = data_run(turn->conn, DATA_WINDOW_DROP, DATA_ARGS(data_i64(turn->estate_id)), diag, NULL);
    return duty_turn_end(turn, err, diag);
}

static enum base_err note_places(struct duty_turn *turn, struct base_diag *diag)
{
    enum base_err err = duty_turn_begin(turn, diag);
    if (err) {
        return err;
    }
    err = data_run(turn->conn, DATA_JUDGE_PLACED, DATA_ARGS(data_i64(turn->estate_id), data_i64(turn->place_version)),
                   diag, NULL);
    return duty_turn_end(turn, err, diag);
}

enum base_err duty_open_step(struct duty_turn *turn, struct base_diag *diag, bool *ret_more)
{
    AUTO(data_rows) duties = NULL;
    /* An hour's worth at a time, so that a quiet judge does not open a window or two each second. */
    int64_t horizon = (turn->now_us + HORIZON_US) / (INT64_C(3600) * 1000000) * (INT64_C(3600) * 1000000);
    enum base_err err = data_run(turn->conn, DATA_WINDOW_DUE,
                                 DATA_ARGS(data_i64(turn->estate_id), data_time(horizon),
                                           data_i64(turn->places_changed), data_time(turn->now_us)),
                                 diag, &duties);
    size_t count = err ? 0 : data_rows_count(duties);
    if (!err && count) { /* first: what a closed version still holds would be in the next one's way */
        err = drop_closed(turn, diag);
    }
    for (size_t i = 0; i < count && !err; i++) {
        err = open_duty(turn, duties, i, diag);
    }
    if (!err && turn->places_changed) {
        err = note_places(turn, diag);
    }
    turn->decided = turn->decided || (!err && count > 0);
    *ret_more = false;
    return err;
}
