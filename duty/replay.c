/* Judges windows once more from the facts that there are: what was decided rightly comes out the same. */
#include "duty/private.h"

#include <string.h>
#include <unistd.h>

enum { LOOK_MS = 500 };

static enum base_err mark(struct data_conn *conn, const struct duty_replay_options *options, struct base_diag *diag)
{
    AUTO(data_rows) estates = NULL;
    enum base_err err = data_run(conn, DATA_REPLAY_ESTATES, DATA_NO_ARGS, diag, &estates);
    for (size_t i = 0; !err && i < data_rows_count(estates); i++) {
        err = data_run(
            conn, DATA_REPLAY_MARK,
            DATA_ARGS(data_i64(data_rows_i64(estates, i, 0)), data_time(options->from_us), data_time(options->to_us)),
            diag, NULL);
    }
    return err;
}

static enum base_err count(struct data_conn *conn, const struct duty_replay_options *options, struct base_diag *diag,
                           int64_t *ret_left, int64_t *ret_all)
{
    AUTO(data_rows) rows = NULL;
    enum base_err err = data_run(conn, DATA_REPLAY_LEFT,
                                 DATA_ARGS(data_time(options->from_us), data_time(options->to_us)), diag, &rows);
    if (!err) {
        *ret_left = data_rows_i64(rows, 0, 0);
        *ret_all = data_rows_i64(rows, 0, 1);
    }
    return err;
}

/* Another judge leads: it has seen the marks and does the work. */
static enum base_err wait_for_it(struct data_conn *conn, const struct duty_replay_options *options,
                                 struct base_diag *diag)
{
    int64_t left = 1, all = 0;
    enum base_err err = BASE_OK;
    while (!err && left && !(options->stop && *options->stop)) {
        err = count(conn, options, diag, &left, &all);
        if (!err && options->progress) {
            options->progress(options->progress_at, all - left, all);
        }
        if (!err && left) {
            usleep(LOOK_MS * 1000);
        }
    }
    return err;
}

static enum base_err sum_up(struct data_conn *conn, const struct duty_replay_options *options, int64_t began_us,
                            struct base_diag *diag, struct duty_replay *replay)
{
    AUTO(data_rows) rows = NULL;
    enum base_err err =
        data_run(conn, DATA_VERDICT_DIGEST,
                 DATA_ARGS(data_time(options->from_us), data_time(options->to_us), data_time(began_us)), diag, &rows);
    if (!err) {
        replay->windows = data_rows_i64(rows, 0, 0);
        replay->changed = data_rows_i64(rows, 0, 1);
        snprintf(replay->digest, sizeof replay->digest, "%s", data_rows_text(rows, 0, 2));
    }
    return err;
}

enum base_err duty_replay_run(const struct duty_replay_options *options, struct base_diag *diag,
                              struct duty_replay *ret_replay)
{
    AUTO(data_conn) conn = NULL;
    AUTO(data_rows) clock = NULL;
    const struct duty_judge_options judge = {.conninfo = options->conninfo, .once = true, .stop = options->stop};
    enum base_err err = data_conn_open(options->conninfo, "hutong replay", diag, &conn);
    err = err ? err : data_run(conn, DATA_REPLAY_CLOCK, DATA_NO_ARGS, diag, &clock);
    if (!err && !options->look) {
        err = mark(conn, options, diag);
        err = err ? err : duty_judge_run(&judge, diag);
        err = err == BASE_CONFLICT ? wait_for_it(conn, options, diag) : err;
    }
    if (!err && options->stop && *options->stop) {
        err = base_diag_set(diag, BASE_INTERRUPTED, "stopped: judge goes on with what is marked, or run it again");
    }
    return err ? err : sum_up(conn, options, data_rows_time(clock, 0, 0), diag, ret_replay);
}
