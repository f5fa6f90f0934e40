/* What changes at places without a fact: a window begins or ends, an interval changes with the hour, a building has not
 * been passed for too long. Written as rows, so that nothing on a screen depends on its own clock. */
#include "duty/private.h"

enum { ARRAY_MAX = 16 << 20 };

/* How long the interval of each duty is now: schedules are read here, not in SQL. */
enum { IDS, EVERY, ARRAYS };

static enum base_err fill_intervals(const struct duty_turn *turn, const struct data_rows *duties,
                                    struct base_buf arrays[ARRAYS], struct base_diag *diag)
{
    size_t count = data_rows_count(duties);
    data_array_begin(&arrays[IDS], DATA_ARRAY_I64, count);
    data_array_begin(&arrays[EVERY], DATA_ARRAY_I64, count);
    for (size_t i = 0; i < count; i++) {
        AUTO(duty_schedule) schedule = NULL;
        bool read = duty_schedule_in(data_rows_text(duties, i, 1), NULL, &schedule) == BASE_OK;
        data_array_i64(&arrays[IDS], data_rows_i64(duties, i, 0));
        data_array_i64(&arrays[EVERY], read ? duty_schedule_every(schedule, turn->zone, turn->now_us) / 1000000 : 0);
    }
    return arrays[IDS].err ? base_diag_set(diag, arrays[IDS].err, "too many duties") : BASE_OK;
}

static enum base_err refresh(struct duty_turn *turn, struct base_diag *diag)
{
    AUTO(data_rows) duties = NULL;
    struct base_buf arrays[ARRAYS];
    const struct data_arg estate = data_i64(turn->estate_id), now = data_time(turn->now_us);
    for (int i = 0; i < ARRAYS; i++) {
        base_buf_init(&arrays[i], ARRAY_MAX);
    }
    enum base_err err = data_run(turn->conn, DATA_LIVE_DUTIES, DATA_ARGS(estate, now), diag, &duties);
    err = err ? err : fill_intervals(turn, duties, arrays, diag);
    if (!err) {
        err = data_run(
            turn->conn, DATA_LIVE_PLACES,
            DATA_ARGS(estate, now, data_bytes(base_buf_str(&arrays[IDS])), data_bytes(base_buf_str(&arrays[EVERY]))),
            diag, NULL);
    }
    err = err ? err : data_run(turn->conn, DATA_LIVE_ZONES, DATA_ARGS(estate, now), diag, NULL);
    err = err ? err : data_run(turn->conn, DATA_LIVE_DEVICES, DATA_ARGS(estate, now), diag, NULL);
    err = err ? err : data_run(turn->conn, DATA_LIVE_NEXT, DATA_ARGS(estate, now), diag, NULL);
    for (int i = 0; i < ARRAYS; i++) {
        base_buf_release(&arrays[i]);
    }
    return err;
}

/* Passes, cameras and sweeping of the last 24 hours; numbers as docs/formulas.md has them for blind_spot. */
#define BLIND_US (INT64_C(86400) * 1000000)
enum { BLIND_IDS = 8 /* column of formula_blind_spot.sql */ };

static enum base_err seek_blind(struct duty_turn *turn, struct base_diag *diag)
{
    AUTO(data_rows) rows = NULL;
    AUTO_VALUE(base_buf) estates;
    base_buf_init(&estates, 256);
    data_array_begin(&estates, DATA_ARRAY_I64, 1);
    data_array_i64(&estates, turn->estate_id);
    enum base_err err = data_run(turn->conn, DATA_FORMULA_BLIND_SPOT,
                                 DATA_ARGS(data_bytes(base_buf_str(&estates)), data_time(turn->now_us - BLIND_US),
                                           data_time(turn->now_us), data_f64(50), data_f64(0.5), data_text("1 day"),
                                           data_text("{guard,cleaner}"), data_f64(15), data_text("{camera}")),
                                 diag, &rows);
    if (err || data_rows_count(rows) == 0) {
        return err;
    }
    return data_run(
        turn->conn, DATA_LIVE_BLIND,
        DATA_ARGS(data_i64(turn->estate_id), data_time(turn->now_us), data_bytes(data_rows_bytes(rows, 0, BLIND_IDS))),
        diag, NULL);
}

enum base_err duty_live_step(struct duty_turn *turn, struct base_diag *diag)
{
    AUTO(data_rows) rows = NULL;
    const struct data_arg estate = data_i64(turn->estate_id), now = data_time(turn->now_us);
    enum base_err err = data_run(turn->conn, DATA_LIVE_LOOK, DATA_ARGS(estate, now), diag, &rows);
    bool due = !err && (turn->decided || turn->places_changed || (data_rows_count(rows) && data_rows_bool(rows, 0, 0)));
    bool breaches = !err && data_rows_count(rows) && data_rows_bool(rows, 0, 1);
    bool blind = !err && data_rows_count(rows) && data_rows_bool(rows, 0, 2);
    if (err || (!due && !breaches && !blind)) {
        return err;
    }
    err = duty_turn_begin(turn, diag);
    if (err) {
        return err;
    }
    err = due ? refresh(turn, diag) : BASE_OK;
    err = err ? err : data_run(turn->conn, DATA_LIVE_BREACH, DATA_ARGS(estate, now), diag, NULL);
    if (!err && blind) {
        err = seek_blind(turn, diag);
    }
    return duty_turn_end(turn, err, diag);
}
