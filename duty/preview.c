/* What a duty will ask for: its windows in the days to come, and at how many places. Nothing is stored. */
#include "duty/private.h"

#include <stdlib.h>
#include <string.h>

/* Columns of duty_preview.sql. */
enum { SCHEDULE, DAYS, CALENDAR, KIND, SUBJECT, FILTER, VALID_FROM, VALID_TO, TZ };

static enum base_err read_days(struct data_conn *conn, const struct data_rows *duty, struct base_diag *diag,
                               struct duty_calendar *calendar, struct duty_calendar_day **ret_days)
{
    AUTO(data_rows) rows = NULL;
    const char *days = data_rows_text(duty, 0, DAYS);
    calendar->days = strcmp(days, "work") == 0   ? DUTY_DAYS_WORK
                     : strcmp(days, "rest") == 0 ? DUTY_DAYS_REST
                                                 : DUTY_DAYS_ALL;
    if (data_rows_null(duty, 0, CALENDAR)) {
        return BASE_OK;
    }
    enum base_err err =
        data_run(conn, DATA_WINDOW_CALENDAR, DATA_ARGS(data_i64(data_rows_i64(duty, 0, CALENDAR))), diag, &rows);
    if (err) {
        return err;
    }
    calendar->count = data_rows_count(rows);
    *ret_days = calloc(calendar->count + 1, sizeof **ret_days);
    if (!*ret_days) {
        return base_diag_set(diag, BASE_NOMEM, "out of memory");
    }
    for (size_t i = 0; i < calendar->count; i++) {
        (*ret_days)[i] = (struct duty_calendar_day){(int32_t)data_rows_i64(rows, i, 0), data_rows_bool(rows, i, 1)};
    }
    calendar->list = *ret_days;
    return BASE_OK;
}

static enum base_err find_spans(struct data_conn *conn, const struct data_rows *duty, int64_t from_us, int64_t to_us,
                                struct base_diag *diag, struct duty_preview *preview)
{
    AUTO(duty_schedule) schedule = NULL;
    AUTO(sensors_zone) zone = NULL;
    struct duty_calendar calendar = {.days = DUTY_DAYS_ALL};
    struct duty_calendar_day *days = NULL;
    int64_t begins_us = data_rows_time(duty, 0, VALID_FROM);
    int64_t ends_us = data_rows_null(duty, 0, VALID_TO) ? INT64_MAX : data_rows_time(duty, 0, VALID_TO);
    from_us = from_us > begins_us ? from_us : begins_us;
    to_us = to_us < ends_us ? to_us : ends_us;
    enum base_err err = sensors_zone_open(data_rows_text(duty, 0, TZ), diag, &zone);
    err = err ? err : duty_schedule_in(data_rows_text(duty, 0, SCHEDULE), diag, &schedule);
    err = err ? err : read_days(conn, duty, diag, &calendar, &days);
    if (!err && from_us < to_us) {
        err = duty_schedule_windows(schedule, zone, &calendar, from_us, to_us, diag, &preview->spans, &preview->count);
    }
    free(days);
    return err;
}

/* Those that stand at that moment. */
static enum base_err count_places(struct data_conn *conn, int64_t estate_id, const struct data_rows *duty,
                                  int64_t at_us, struct base_diag *diag, int64_t *ret_count)
{
    AUTO(data_rows) places = NULL;
    int64_t subject = data_rows_null(duty, 0, SUBJECT) ? 0 : data_rows_i64(duty, 0, SUBJECT), count = 0;
    enum base_err err = duty_places(conn, estate_id, data_rows_text(duty, 0, KIND), subject,
                                    data_rows_text(duty, 0, FILTER), diag, &places);
    for (size_t row = 0; !err && row < data_rows_count(places); row++) {
        count += data_rows_time(places, row, 1) <= at_us &&
                 (data_rows_null(places, row, 2) || data_rows_time(places, row, 2) > at_us);
    }
    if (!err) {
        *ret_count = count;
    }
    return err;
}

void duty_preview_release(struct duty_preview *preview)
{
    free(preview->spans);
    *preview = (struct duty_preview){.count = 0};
}

enum base_err duty_preview(struct data_conn *conn, int64_t estate_id, int64_t id, int64_t from_us, int64_t to_us,
                           struct base_diag *diag, struct duty_preview *ret_preview)
{
    AUTO(data_rows) duty = NULL;
    struct duty_preview preview = {.count = 0};
    enum base_err err = data_run(conn, DATA_DUTY_PREVIEW, DATA_ARGS(data_i64(estate_id), data_i64(id)), diag, &duty);
    if (!err && data_rows_count(duty) == 0) {
        err = base_diag_set(diag, BASE_NOT_FOUND, "there is no such duty");
    }
    err = err ? err : find_spans(conn, duty, from_us, to_us, diag, &preview);
    err = err ? err : count_places(conn, estate_id, duty, from_us, diag, &preview.places);
    if (err) {
        duty_preview_release(&preview);
        return err;
    }
    *ret_preview = preview;
    return BASE_OK;
}
