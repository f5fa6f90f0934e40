/* One of the leader's lanes: estate after estate, what is due there in steps short enough that nobody waits. */
#include "duty/private.h"

#include <string.h>

static bool is_stopped(const struct duty_lane *lane)
{
    return lane->turn.stop && *lane->turn.stop;
}

/* --- a turn --- */
typedef enum base_err judge_step(struct duty_turn *turn, struct base_diag *diag, bool *ret_more);

static enum base_err step_all(struct duty_lane *lane, judge_step *step, struct base_diag *diag)
{
    bool more = true;
    enum base_err err = BASE_OK;
    for (int steps = 0; more && !err && !is_stopped(lane); steps++) {
        more = false;
        err = step(&lane->turn, diag, &more);
        lane->busy = lane->busy || more || steps > 0;
    }
    return err;
}

/* Windows before tracks: which zones are to be swept says what of a track is kept. Facts before verdicts, verdicts
 * before what they change on the map. */
static enum base_err take_turn(struct duty_lane *lane, struct base_diag *diag)
{
    static judge_step *const steps[] = {duty_open_step, duty_track_step, duty_decide_step};
    struct duty_turn *turn = &lane->turn;
    enum base_err err = BASE_OK;
    for (size_t i = 0; i < BASE_COUNT(steps) && !err && !is_stopped(lane); i++) {
        err = step_all(lane, steps[i], diag);
    }
    if (!err && !is_stopped(lane)) {
        err = duty_live_step(turn, diag);
    }
    return err;
}

/* Columns of judge_turns.sql. */
enum { ESTATE, ZONE, NOW, PLACES, CHANGED, UNMARKED };

static enum base_err make_mark(struct duty_turn *turn, struct base_diag *diag)
{
    enum base_err err = duty_turn_begin(turn, diag);
    if (err) {
        return err;
    }
    err = data_run(turn->conn, DATA_JUDGE_MARK_NEW, DATA_ARGS(data_i64(turn->estate_id)), diag, NULL);
    return duty_turn_end(turn, err, diag);
}

static enum base_err look_after(struct duty_lane *lane, const struct data_rows *rows, size_t row,
                                struct base_diag *diag)
{
    struct duty_turn *turn = &lane->turn;
    turn->estate_id = data_rows_i64(rows, row, ESTATE);
    turn->now_us = data_rows_time(rows, row, NOW);
    turn->place_version = data_rows_i64(rows, row, PLACES);
    turn->places_changed = data_rows_bool(rows, row, CHANGED);
    turn->decided = false;
    enum base_err err = sensors_zone_open(data_rows_text(rows, row, ZONE), diag, &turn->zone);
    if (!err && data_rows_bool(rows, row, UNMARKED)) {
        err = make_mark(turn, diag);
    }
    err = err ? err : take_turn(lane, diag);
    sensors_zone_free(turn->zone);
    turn->zone = NULL;
    return err;
}

/* What cannot be done at one estate is no reason to leave the others alone; without the database, the lease or memory
 * it is. */
static enum base_err go_on(struct duty_lane *lane, enum base_err err, const struct base_diag *diag)
{
    if (!err || err == BASE_DATABASE_AWAY || err == BASE_FENCED || err == BASE_NOMEM || err == BASE_INTERRUPTED) {
        return err;
    }
    base_log(BASE_LOG_WARN, "cannot judge an estate: the others go on", base_log_i64("estate", lane->turn.estate_id),
             base_log_text("why", diag->text));
    if (!lane->failed) {
        lane->failed = base_diag_set(&lane->why, err, "estate %lld: %s", (long long)lane->turn.estate_id, diag->text);
    }
    return BASE_OK;
}

enum base_err duty_lane_run(struct duty_lane *lane, const struct data_rows *rows, atomic_size_t *next, size_t end,
                            struct base_diag *diag)
{
    enum base_err err = BASE_OK;
    size_t row;
    while (!err && !is_stopped(lane) && (row = atomic_fetch_add(next, 1)) < end) {
        err = go_on(lane, look_after(lane, rows, row, diag), diag);
    }
    return err;
}

enum base_err duty_lane_connect(struct duty_lane *lane, struct base_diag *diag)
{
    static const enum data_query stages[] = {DATA_JUDGE_SESSION, DATA_JUDGE_STAGE, DATA_JUDGE_STAGE_FOUND,
                                             DATA_JUDGE_STAGE_VISIT};
    char name[32]; /* by which judge_evict.sql finds it */
    snprintf(name, sizeof name, "hutong judge %s", strrchr(lane->turn.owner, '/') + 1);
    enum base_err err = data_conn_open(lane->conninfo, name, diag, &lane->turn.conn);
    for (size_t i = 0; i < BASE_COUNT(stages) && !err; i++) {
        err = data_run(lane->turn.conn, stages[i], DATA_NO_ARGS, diag, NULL);
    }
    return err;
}

void duty_lane_disconnect(struct duty_lane *lane)
{
    data_conn_free(lane->turn.conn);
    duty_track_free(lane->turn.track); /* whoever leads next may have gone on meanwhile */
    lane->turn.track = NULL;
    lane->turn.conn = NULL;
    lane->turn.renewed_us = 0;
}
