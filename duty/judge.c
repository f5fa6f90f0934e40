/* Judge: one leader goes from estate to estate and does what is due there, in steps short enough that nobody waits. Any
 * number of judges may run; those that do not lead try again every few seconds. */
#include "duty/private.h"

#include <poll.h>
#include <string.h>
#include <unistd.h>

enum { TICK_MS = 1000, RETRY_MS = 3000 };

struct judge {
    const struct duty_judge_options *options;
    struct data_conn *conn;
    struct duty_turn turn;
    enum base_err failed; /* at an estate, this round: the others went on */
    struct base_diag why;
};

static bool is_stopped(const struct judge *judge)
{
    return judge->options->stop && *judge->options->stop;
}

/* --- the lease --- */
static enum base_err lead(struct judge *judge, struct base_diag *diag, bool *ret_leads)
{
    struct duty_turn *turn = &judge->turn;
    AUTO(data_rows) rows = NULL;
    enum base_err err = data_run(judge->conn, DATA_JUDGE_ACQUIRE,
                                 DATA_ARGS(data_text(turn->owner), data_i64(DUTY_LEASE_S)), diag, &rows);
    if (err == BASE_DATABASE) { /* lock_timeout: the holder sits in a transaction; ended when its time is up */
        return data_run(judge->conn, DATA_JUDGE_EVICT, DATA_NO_ARGS, diag, NULL);
    }
    if (!err && data_rows_count(rows)) {
        turn->epoch = data_rows_i64(rows, 0, 0);
        *ret_leads = true;
    }
    return err;
}

static void resign(struct judge *judge)
{
    if (judge->turn.epoch && data_conn_good(judge->conn)) {
        /* A failure costs the next judge the rest of the lease's seconds, no more. */
        enum base_err err = data_run(judge->conn, DATA_JUDGE_RELEASE,
                                     DATA_ARGS(data_text(judge->turn.owner), data_i64(judge->turn.epoch)), NULL, NULL);
        (void)err;
    }
    judge->turn.epoch = 0;
}

/* --- a turn --- */
typedef enum base_err judge_step(struct duty_turn *turn, struct base_diag *diag, bool *ret_more);

static enum base_err step_all(struct judge *judge, judge_step *step, struct base_diag *diag, bool *ret_busy)
{
    bool more = true;
    enum base_err err = BASE_OK;
    for (int steps = 0; more && !err && !is_stopped(judge); steps++) {
        more = false;
        err = step(&judge->turn, diag, &more);
        *ret_busy = *ret_busy || more || steps > 0;
    }
    return err;
}

/* Windows before tracks: which zones are to be swept says what of a track is kept. Facts before verdicts, verdicts
 * before what they change on the map. */
static enum base_err take_turn(struct judge *judge, struct base_diag *diag, bool *ret_busy)
{
    static judge_step *const steps[] = {duty_open_step, duty_track_step, duty_decide_step};
    struct duty_turn *turn = &judge->turn;
    enum base_err err = BASE_OK;
    for (size_t i = 0; i < BASE_COUNT(steps) && !err && !is_stopped(judge); i++) {
        err = step_all(judge, steps[i], diag, ret_busy);
    }
    if (!err && !is_stopped(judge)) {
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

static enum base_err look_after(struct judge *judge, const struct data_rows *rows, size_t row, struct base_diag *diag,
                                bool *ret_busy)
{
    struct duty_turn *turn = &judge->turn;
    turn->estate_id = data_rows_i64(rows, row, ESTATE);
    turn->now_us = data_rows_time(rows, row, NOW);
    turn->place_version = data_rows_i64(rows, row, PLACES);
    turn->places_changed = data_rows_bool(rows, row, CHANGED);
    turn->decided = false;
    enum base_err err = sensors_zone_open(data_rows_text(rows, row, ZONE), diag, &turn->zone);
    if (!err && data_rows_bool(rows, row, UNMARKED)) {
        err = make_mark(turn, diag);
    }
    err = err ? err : take_turn(judge, diag, ret_busy);
    sensors_zone_free(turn->zone);
    turn->zone = NULL;
    return err;
}

/* What cannot be done at one estate is no reason to leave the others alone; without the database, the lease or memory
 * it is. */
static enum base_err go_on(struct judge *judge, enum base_err err, const struct base_diag *diag)
{
    if (!err || err == BASE_DATABASE_AWAY || err == BASE_FENCED || err == BASE_NOMEM || err == BASE_INTERRUPTED) {
        return err;
    }
    base_log(BASE_LOG_WARN, "cannot judge an estate: the others go on", base_log_i64("estate", judge->turn.estate_id),
             base_log_text("why", diag->text));
    if (!judge->failed) {
        judge->failed =
            base_diag_set(&judge->why, err, "estate %lld: %s", (long long)judge->turn.estate_id, diag->text);
    }
    return BASE_OK;
}

/* In one transaction that keeps the lease, however little there is to do: marks of the whole district become marks of
 * its estates, and which have something to do. */
static enum base_err list_turns(struct judge *judge, struct base_diag *diag, struct data_rows **ret_rows)
{
    struct duty_turn *turn = &judge->turn;
    struct data_arg now = judge->options->at_us ? data_time(judge->options->at_us) : data_null();
    enum base_err err = duty_turn_begin(turn, diag);
    if (err) {
        return err;
    }
    err = data_run(turn->conn, DATA_JUDGE_AGAIN_SPREAD, DATA_NO_ARGS, diag, NULL);
    err = err ? err : data_run(turn->conn, DATA_JUDGE_TURNS, DATA_ARGS(now, data_i64(DUTY_HORIZON_S)), diag, ret_rows);
    return duty_turn_end(turn, err, diag);
}

static enum base_err go_round(struct judge *judge, struct base_diag *diag, bool *ret_busy)
{
    AUTO(data_rows) rows = NULL;
    enum base_err err = list_turns(judge, diag, &rows);
    size_t count = err ? 0 : data_rows_count(rows);
    judge->failed = BASE_OK;
    for (size_t i = 0; i < count && !err && !is_stopped(judge); i++) {
        err = go_on(judge, look_after(judge, rows, i, diag, ret_busy), diag);
    }
    return err;
}

/* --- the loop --- */
static enum base_err connect(struct judge *judge, struct base_diag *diag)
{
    static const enum data_query stages[] = {DATA_JUDGE_SESSION, DATA_JUDGE_STAGE, DATA_JUDGE_STAGE_FOUND,
                                             DATA_JUDGE_STAGE_VISIT};
    enum base_err err = data_conn_open(judge->options->conninfo, "hutong judge", diag, &judge->conn);
    for (size_t i = 0; i < BASE_COUNT(stages) && !err; i++) {
        err = data_run(judge->conn, stages[i], DATA_NO_ARGS, diag, NULL);
    }
    judge->turn.conn = judge->conn;
    return err ? err : data_listen(judge->conn, "hutong_judge", diag);
}

static void disconnect(struct judge *judge)
{
    resign(judge);
    data_conn_free(judge->conn);
    duty_track_free(judge->turn.track); /* whoever leads next may have gone on meanwhile */
    judge->turn.track = NULL;
    judge->conn = judge->turn.conn = NULL;
}

/* One round as the leader, or a try to become it. *ret_wait_ms: how long nothing is to be done. */
static enum base_err work(struct judge *judge, struct base_diag *diag, int *ret_wait_ms)
{
    bool leads = judge->turn.epoch != 0, busy = false;
    enum base_err err = judge->conn ? BASE_OK : connect(judge, diag);
    if (!err && !leads) {
        err = lead(judge, diag, &leads);
        if (!err && leads) {
            base_log(BASE_LOG_INFO, "leads", base_log_i64("epoch", judge->turn.epoch));
        }
    }
    if (!err && leads) {
        err = go_round(judge, diag, &busy);
    }
    *ret_wait_ms = !leads || judge->failed ? RETRY_MS : busy ? 0 : TICK_MS;
    return err;
}

static bool is_passing(enum base_err err)
{
    return err == BASE_DATABASE_AWAY || err == BASE_FENCED || err == BASE_DATABASE;
}

static enum base_err run_once(struct judge *judge, struct base_diag *diag)
{
    int wait_ms = 0;
    enum base_err err = BASE_OK;
    while (!err && !is_stopped(judge)) {
        err = work(judge, diag, &wait_ms);
        if (!err && judge->turn.epoch && wait_ms) {
            return judge->failed ? base_diag_set(diag, judge->failed, "%s", judge->why.text) : BASE_OK;
        }
        if (!err && !judge->turn.epoch) {
            return base_diag_set(diag, BASE_CONFLICT, "another judge leads: stop it first, or let it do the work");
        }
    }
    return err;
}

static enum base_err run_on(struct judge *judge, struct base_diag *diag)
{
    while (!is_stopped(judge)) {
        int wait_ms = 0;
        bool noticed;
        enum base_err err = work(judge, diag, &wait_ms);
        if (err && !is_passing(err)) {
            return err;
        }
        if (err) {
            base_log(BASE_LOG_WARN, "tries again", base_log_text("why", diag->text));
            disconnect(judge);
            poll(NULL, 0, RETRY_MS);
        } else if (wait_ms && data_listen_wait(judge->conn, wait_ms, diag, &noticed)) {
            disconnect(judge);
        }
    }
    return BASE_OK;
}

enum base_err duty_judge_run(const struct duty_judge_options *options, struct base_diag *diag)
{
    struct judge judge = {.options = options};
    char host[64] = "", word[25]; /* containers may share a host's name, and all have the same few process numbers */
    gethostname(host, sizeof host - 1);
    base_key_password(word);
    snprintf(judge.turn.owner, sizeof judge.turn.owner, "%s/%ld/%.8s", host, (long)getpid(), word);
    judge.turn.stop = options->stop;
    enum base_err err = options->once ? run_once(&judge, diag) : run_on(&judge, diag);
    disconnect(&judge);
    return err;
}
