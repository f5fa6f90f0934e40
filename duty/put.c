/* Duties are data: checked as a whole, and never changed in place. A changed one closes the version that is valid and
 * opens the next under the same id, so that each window keeps the version under which it began:
 *
 *   version 1  [valid_from ............ at)
 *   version 2                          [at ..... windows from here on
 *
 * at is now or later: what has begun is judged as it began. */
#include "duty/put.h"

#include <string.h>

enum { LATEST_ID, LATEST_VERSION, LATEST_FROM, LATEST_ENDS, LATEST_SAME };

struct putting {
    struct data_conn *conn;
    struct duty_put_wish wish;
    struct data_rows *latest; /* no row: a new key */
    struct data_rows *places;
    struct base_diag *diag;
};

static void putting_release(struct putting *putting)
{
    sensors_zone_free(putting->wish.zone);
    data_rows_free(putting->latest);
    data_rows_free(putting->places);
}

/* --- what it names --- */
static enum base_err moment(const struct putting *putting, const char *name, const char *text, int64_t *ret_us)
{
    if (text && !sensors_time_local(base_str_of(text), putting->wish.zone, ret_us)) {
        return base_diag_set(putting->diag, BASE_INVALID,
                             "%s \"%.40s\": a time is written 2027-01-31T18:00:00+08:00, or 2027-01-31 by the estate's "
                             "clock",
                             name, text);
    }
    return BASE_OK;
}

static enum base_err nowhere(const struct putting *putting, const char *name, const char *code, const char *make)
{
    return base_diag_set(putting->diag, BASE_NOT_FOUND, "%s \"%.80s\": there is none of that code%s", name, code, make);
}

static enum base_err look_up(struct putting *putting)
{
    AUTO(data_rows) rows = NULL;
    struct duty_put_wish *wish = &putting->wish;
    enum base_err err = data_run(putting->conn, DATA_DUTY_LOOKUP,
                                 DATA_ARGS(data_i64(wish->estate_id), data_text(wish->organisation),
                                           data_text(wish->campaign), data_text(wish->calendar)),
                                 putting->diag, &rows);
    if (err) {
        return err;
    }
    if (data_rows_null(rows, 0, 0)) {
        return base_diag_set(putting->diag, BASE_NOT_FOUND, "estate %lld: there is no such estate",
                             (long long)wish->estate_id);
    }
    if (wish->organisation && data_rows_null(rows, 0, 1)) {
        return nowhere(putting, "organisation", wish->organisation, "; hutong import organisations makes them");
    }
    if (wish->campaign && data_rows_null(rows, 0, 2)) {
        return nowhere(putting, "campaign", wish->campaign, "");
    }
    if (wish->calendar && data_rows_null(rows, 0, 3)) {
        return nowhere(putting, "calendar", wish->calendar, "; hutong import calendars makes them");
    }
    wish->organisation_id = wish->organisation ? data_rows_i64(rows, 0, 1) : 0;
    wish->campaign_id = wish->campaign ? data_rows_i64(rows, 0, 2) : 0;
    wish->calendar_id = wish->calendar ? data_rows_i64(rows, 0, 3) : 0;
    wish->now_us = data_rows_time(rows, 0, 4);
    wish->valid_from_us = INT64_MIN;
    wish->valid_to_us = INT64_MAX;
    err = sensors_zone_open(data_rows_text(rows, 0, 0), putting->diag, &wish->zone);
    err = err ? err : moment(putting, "valid_from", wish->valid_from_text, &wish->valid_from_us);
    return err ? err : moment(putting, "valid_to", wish->valid_to_text, &wish->valid_to_us);
}

static enum base_err find_places(struct putting *putting)
{
    const struct duty_put_wish *wish = &putting->wish;
    enum base_err err = duty_places(putting->conn, wish->estate_id, wish->subject_kind, wish->subject_id,
                                    wish->subject_filter, putting->diag, &putting->places);
    if (!err && wish->subject_id && data_rows_count(putting->places) == 0) {
        err = base_diag_set(putting->diag, BASE_NOT_FOUND, "subject_id %lld: estate %lld has no such %s",
                            (long long)wish->subject_id, (long long)wish->estate_id, wish->subject_kind);
    }
    return err;
}

/* --- what is there --- */
static struct data_arg reference(int64_t id)
{
    return id ? data_i64(id) : data_null();
}

static struct data_arg whole(const struct duty_put_wish *wish, enum duty_put_number number)
{
    return data_i64((int64_t)wish->numbers[number]);
}

enum { WISH_ARGS = 27 };
/* The parameters that duty_latest.sql and duty_add.sql have in common. */
static void wish_args(const struct duty_put_wish *wish, struct data_arg args[WISH_ARGS])
{
    const struct data_arg all[WISH_ARGS] = {
        data_i64(wish->estate_id),
        data_text(wish->key),
        data_text(wish->name),
        data_text(wish->name_en),
        reference(wish->organisation_id),
        data_text(wish->contract),
        reference(wish->campaign_id),
        data_text(wish->subject_kind),
        reference(wish->subject_id),
        data_text(wish->subject_filter),
        data_text(wish->schedule),
        reference(wish->calendar_id),
        data_text(wish->days),
        data_text(wish->proof),
        data_text(wish->subject_types),
        whole(wish, DUTY_PUT_COUNT),
        whole(wish, DUTY_PUT_UNITS),
        data_f64(wish->numbers[DUTY_PUT_RADIUS]),
        data_f64(wish->numbers[DUTY_PUT_ACCURACY]),
        whole(wish, DUTY_PUT_DWELL),
        data_f64(wish->numbers[DUTY_PUT_FRACTION]),
        data_text(wish->tool ? "true" : "false"),
        data_text(wish->form),
        data_f64(wish->numbers[DUTY_PUT_FILL]),
        whole(wish, DUTY_PUT_ALLOW),
        whole(wish, DUTY_PUT_GRACE),
        wish->valid_to_us == INT64_MAX ? data_null() : data_time(wish->valid_to_us),
    };
    memcpy(args, all, sizeof all);
}

static enum base_err find_latest(struct putting *putting, int64_t if_version)
{
    struct data_arg args[WISH_ARGS];
    wish_args(&putting->wish, args);
    enum base_err err = data_run(putting->conn, DATA_DUTY_LATEST, args, WISH_ARGS, putting->diag, &putting->latest);
    int64_t version = !err && data_rows_count(putting->latest) ? data_rows_i64(putting->latest, 0, LATEST_VERSION) : 0;
    if (!err && if_version && if_version != version) {
        err = base_diag_set(putting->diag, BASE_CONFLICT, "duty \"%s\" has version %lld by now, not %lld",
                            putting->wish.key, (long long)version, (long long)if_version);
    }
    return err;
}

/* Since when; the very time at which the valid version began is no wish to go back there. */
static enum base_err settle_times(struct putting *putting)
{
    struct duty_put_wish *wish = &putting->wish;
    char said[BASE_TIME_TEXT];
    bool known = data_rows_count(putting->latest) > 0;
    bool stated = wish->valid_from_us != INT64_MIN;
    if (known && stated && wish->valid_from_us == data_rows_time(putting->latest, 0, LATEST_FROM) &&
        wish->valid_from_us < wish->now_us) {
        stated = false;
    }
    if (!stated) {
        wish->valid_from_us = wish->now_us;
    }
    if (known && stated && wish->valid_from_us < wish->now_us &&
        wish->valid_from_us < data_rows_time(putting->latest, 0, LATEST_ENDS)) {
        return base_diag_set(putting->diag, BASE_INVALID,
                             "valid_from %s has passed, and windows since then began under version %lld; leave it out, "
                             "and the change holds from now on",
                             base_time_out(wish->valid_from_us, said),
                             (long long)data_rows_i64(putting->latest, 0, LATEST_VERSION));
    }
    if (wish->valid_to_us <= wish->valid_from_us) {
        return base_diag_set(putting->diag, BASE_INVALID, "valid_to %s is not after valid_from %s",
                             base_time_out(wish->valid_to_us, said),
                             base_time_out(wish->valid_from_us, (char[BASE_TIME_TEXT]){""}));
    }
    return BASE_OK;
}

/* --- what becomes of it --- */
/* A version that has begun, or that begins no later than wished, need not be opened again to say the same. */
static bool is_same(const struct putting *putting)
{
    const struct duty_put_wish *wish = &putting->wish;
    if (data_rows_count(putting->latest) == 0 || !data_rows_bool(putting->latest, 0, LATEST_SAME)) {
        return false;
    }
    int64_t from = data_rows_time(putting->latest, 0, LATEST_FROM);
    return wish->valid_from_us == INT64_MIN || from <= wish->valid_from_us || from <= wish->now_us;
}

static enum base_err close_before(const struct putting *putting, int64_t id)
{
    const struct duty_put_wish *wish = &putting->wish;
    const struct data_arg args[] = {data_i64(wish->estate_id), data_i64(id), data_time(wish->valid_from_us)};
    enum base_err err = data_run(putting->conn, DATA_DUTY_CUT, args, 3, putting->diag, NULL);
    return err ? err : data_run(putting->conn, DATA_DUTY_WINDOW_DROP, args, 3, putting->diag, NULL);
}

static enum base_err add(const struct putting *putting, int64_t id, int64_t version, struct duty_put *put)
{
    AUTO(data_rows) rows = NULL;
    struct data_arg args[WISH_ARGS + 3];
    wish_args(&putting->wish, args);
    args[WISH_ARGS] = data_time(putting->wish.valid_from_us);
    args[WISH_ARGS + 1] = reference(id);
    args[WISH_ARGS + 2] = data_i64(version);
    enum base_err err = data_run(putting->conn, DATA_DUTY_ADD, args, WISH_ARGS + 3, putting->diag, &rows);
    if (!err) {
        put->id = data_rows_i64(rows, 0, 0);
        put->version = data_rows_i64(rows, 0, 1);
    }
    return err;
}

static enum base_err store(struct putting *putting, struct duty_put *put)
{
    bool known = data_rows_count(putting->latest) > 0;
    if (is_same(putting)) {
        put->id = data_rows_i64(putting->latest, 0, LATEST_ID);
        put->version = data_rows_i64(putting->latest, 0, LATEST_VERSION);
        put->outcome = DUTY_PUT_SAME;
        return BASE_OK;
    }
    enum base_err err = settle_times(putting);
    if (!err && !known) {
        put->outcome = DUTY_PUT_MADE;
        return add(putting, 0, 1, put);
    }
    int64_t id = err ? 0 : data_rows_i64(putting->latest, 0, LATEST_ID);
    put->outcome = DUTY_PUT_CHANGED;
    err = err ? err : close_before(putting, id);
    return err ? err : add(putting, id, data_rows_i64(putting->latest, 0, LATEST_VERSION) + 1, put);
}

enum base_err duty_put(struct data_conn *conn, const struct duty_spec *spec, int64_t if_version, struct base_diag *diag,
                       struct duty_put *ret_put)
{
    struct putting putting = {.conn = conn, .diag = diag};
    struct duty_put put = {.id = 0};
    enum base_err err = duty_put_check(spec, diag, &putting.wish);
    err = err ? err : data_run(conn, DATA_DUTY_LOCK, DATA_ARGS(data_i64(spec->estate_id)), diag, NULL);
    err = err ? err : look_up(&putting);
    err = err ? err : find_places(&putting);
    err = err ? err : find_latest(&putting, if_version);
    err = err ? err : store(&putting, &put);
    if (!err) {
        err = duty_put_remark(conn, &putting.wish, put.id, putting.places, diag, put.remark);
    }
    if (!err) {
        *ret_put = put;
    }
    putting_release(&putting);
    return err;
}
