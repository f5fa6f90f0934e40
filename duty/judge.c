/* Judge: one leader, whose lanes go from estate to estate - a connection and a thread each - and do what is due there.
 * Any number of judges may run; those that do not lead try again every few seconds. */
#include "duty/private.h"

#include <poll.h>
#include <pthread.h>
#include <string.h>
#include <unistd.h>

enum { TICK_MS = 1000, RETRY_MS = 3000, LANES_STANDARD_MAX = 4 };

struct judge {
    const struct duty_judge_options *options;
    struct duty_lane lanes[DUTY_LANES_MAX]; /* the first: the leader's own connection, which holds the lease */
    size_t lane_count;
    atomic_size_t opened;
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
    struct duty_turn *turn = &judge->lanes[0].turn;
    AUTO(data_rows) rows = NULL;
    enum base_err err = data_run(turn->conn, DATA_JUDGE_ACQUIRE,
                                 DATA_ARGS(data_text(turn->owner), data_i64(DUTY_LEASE_S)), diag, &rows);
    if (err == BASE_DATABASE) { /* lock_timeout: the holder sits in a transaction; ended when its time is up */
        return data_run(turn->conn, DATA_JUDGE_EVICT, DATA_NO_ARGS, diag, NULL);
    }
    if (!err && data_rows_count(rows)) {
        turn->epoch = data_rows_i64(rows, 0, 0);
        turn->renewed_us = base_clock_mono_us();
        *ret_leads = true;
    }
    return err;
}

static void resign(struct judge *judge)
{
    struct duty_turn *turn = &judge->lanes[0].turn;
    if (turn->epoch && data_conn_good(turn->conn)) {
        /* A failure costs the next judge the rest of the lease's seconds, no more. */
        enum base_err err = data_run(turn->conn, DATA_JUDGE_RELEASE,
                                     DATA_ARGS(data_text(turn->owner), data_i64(turn->epoch)), NULL, NULL);
        (void)err;
    }
    turn->epoch = 0;
}

/* --- a round --- */
/* In one transaction that keeps the lease, however little there is to do: marks of the whole district become marks of
 * its estates, and which have something to do. */
static enum base_err list_turns(struct judge *judge, struct base_diag *diag, struct data_rows **ret_rows)
{
    struct duty_turn *turn = &judge->lanes[0].turn;
    struct data_arg now = judge->options->at_us ? data_time(judge->options->at_us) : data_null();
    enum base_err err = duty_turn_begin(turn, diag);
    if (err) {
        return err;
    }
    err = data_run(turn->conn, DATA_JUDGE_AGAIN_SPREAD, DATA_NO_ARGS, diag, NULL);
    err = err ? err : data_run(turn->conn, DATA_JUDGE_TURNS, DATA_ARGS(now, data_i64(DUTY_HORIZON_S)), diag, ret_rows);
    return duty_turn_end(turn, err, diag);
}

struct round {
    const struct data_rows *rows;
    atomic_size_t next;
    size_t end;
};

struct ride {
    struct duty_lane *lane;
    struct round *round;
    pthread_t thread;
    bool threaded;
    enum base_err err;
    struct base_diag diag;
};

static void *ride(void *at)
{
    struct ride *own = at;
    struct duty_lane *lane = own->lane;
    own->err = lane->turn.conn ? BASE_OK : duty_lane_connect(lane, &own->diag);
    if (!own->err) {
        own->err = duty_lane_run(lane, own->round->rows, &own->round->next, own->round->end, &own->diag);
    }
    return NULL;
}

/* This thread takes the first lane; without another thread the lanes that there are do the work. */
static enum base_err ride_all(struct judge *judge, struct round *round, size_t lanes, struct base_diag *diag)
{
    struct ride rides[DUTY_LANES_MAX];
    enum base_err err = BASE_OK;
    for (size_t i = lanes; i-- > 0;) {
        rides[i] = (struct ride){.lane = &judge->lanes[i], .round = round};
        judge->lanes[i].turn.epoch = judge->lanes[0].turn.epoch;
        rides[i].threaded = i > 0 && pthread_create(&rides[i].thread, NULL, ride, &rides[i]) == 0;
        if (i == 0) {
            ride(&rides[i]);
        }
    }
    for (size_t i = 0; i < lanes; i++) {
        if (rides[i].threaded) {
            pthread_join(rides[i].thread, NULL);
        }
        if (rides[i].err && !err) {
            err = base_diag_set(diag, rides[i].err, "%s", rides[i].diag.text);
        }
    }
    return err;
}

/* Estate 0 alone and first: what its vehicles' tracks say may concern all others. */
static enum base_err go_round(struct judge *judge, struct base_diag *diag, bool *ret_busy)
{
    AUTO(data_rows) rows = NULL;
    enum base_err err = list_turns(judge, diag, &rows);
    size_t count = err ? 0 : data_rows_count(rows), district = count && data_rows_i64(rows, 0, 0) == 0;
    struct round round = {.rows = rows, .end = district};
    for (size_t i = 0; i < judge->lane_count; i++) {
        judge->lanes[i].failed = BASE_OK;
        judge->lanes[i].busy = false;
    }
    if (!err && district) {
        err = ride_all(judge, &round, 1, diag);
    }
    if (!err && count > district) {
        size_t lanes = count - district < judge->lane_count ? count - district : judge->lane_count;
        round = (struct round){.rows = rows, .next = district, .end = count};
        err = ride_all(judge, &round, lanes, diag);
    }
    judge->failed = BASE_OK;
    for (size_t i = 0; i < judge->lane_count; i++) {
        struct duty_lane *lane = &judge->lanes[i];
        *ret_busy = *ret_busy || lane->busy;
        if (lane->failed && !judge->failed) {
            judge->failed = lane->failed;
            judge->why = lane->why;
        }
    }
    return err;
}

/* --- the loop --- */
static enum base_err connect(struct judge *judge, struct base_diag *diag)
{
    enum base_err err = duty_lane_connect(&judge->lanes[0], diag);
    return err ? err : data_listen(judge->lanes[0].turn.conn, "hutong_judge", diag);
}

static void disconnect(struct judge *judge)
{
    resign(judge);
    for (size_t i = 0; i < judge->lane_count; i++) {
        duty_lane_disconnect(&judge->lanes[i]);
    }
}

/* One round as the leader, or a try to become it. *ret_wait_ms: how long nothing is to be done. */
static enum base_err work(struct judge *judge, struct base_diag *diag, int *ret_wait_ms)
{
    struct duty_turn *turn = &judge->lanes[0].turn;
    bool leads = turn->epoch != 0, busy = false;
    enum base_err err = turn->conn ? BASE_OK : connect(judge, diag);
    if (!err && !leads) {
        err = lead(judge, diag, &leads);
        if (!err && leads) {
            base_log(BASE_LOG_INFO, "leads", base_log_i64("epoch", turn->epoch),
                     base_log_i64("lanes", (int64_t)judge->lane_count));
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
        if (!err && judge->lanes[0].turn.epoch && wait_ms) {
            return judge->failed ? base_diag_set(diag, judge->failed, "%s", judge->why.text) : BASE_OK;
        }
        if (!err && !judge->lanes[0].turn.epoch) {
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
        } else if (wait_ms && data_listen_wait(judge->lanes[0].turn.conn, wait_ms, diag, &noticed)) {
            disconnect(judge);
        }
    }
    return BASE_OK;
}

/* As many as there are processors, on which the database mostly is as well. */
static size_t lanes_of(const struct duty_judge_options *options)
{
    long processors = sysconf(_SC_NPROCESSORS_ONLN);
    int64_t lanes = options->lanes ? options->lanes : processors < LANES_STANDARD_MAX ? processors : LANES_STANDARD_MAX;
    return lanes < 1 ? 1 : lanes > DUTY_LANES_MAX ? DUTY_LANES_MAX : (size_t)lanes;
}

enum base_err duty_judge_run(const struct duty_judge_options *options, struct base_diag *diag)
{
    struct judge judge = {.options = options, .lane_count = lanes_of(options)};
    char host[64] = "", word[25]; /* containers may share a host's name, and all have the same few process numbers */
    gethostname(host, sizeof host - 1);
    base_key_password(word);
    for (size_t i = 0; i < judge.lane_count; i++) {
        struct duty_turn *turn = &judge.lanes[i].turn;
        judge.lanes[i].conninfo = options->conninfo;
        snprintf(turn->owner, sizeof turn->owner, "%s/%ld/%.8s", host, (long)getpid(), word);
        turn->stop = options->stop;
        turn->opened = &judge.opened;
    }
    enum base_err err = options->once ? run_once(&judge, diag) : run_on(&judge, diag);
    disconnect(&judge);
    return err;
}
