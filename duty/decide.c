/* Decides windows: those that are due, and those whose facts came late, a few thousand in a transaction. */
#include "duty/private.h"

#include <string.h>

enum { WINDOWS_MAX = 20000 };

/* A proof is one query that reads the windows before judge and says what was found of each. */
static const struct {
    const char *proof;
    enum data_query query;
    size_t args; /* 1: the estate's id */
} proofs[] = {
    {"pass", DATA_JUDGE_PASS, 1}, {"checkin", DATA_JUDGE_CHECKIN, 1}, {"round", DATA_JUDGE_ROUND, 1},
    {"area", DATA_JUDGE_AREA, 1}, {"fill", DATA_JUDGE_FILL, 0},       {"online", DATA_JUDGE_ONLINE, 0},
};

static bool has(const struct data_rows *taken, const char *proof)
{
    for (size_t row = 0; row < data_rows_count(taken); row++) {
        if (strcmp(data_rows_text(taken, row, 0), proof) == 0) {
            return true;
        }
    }
    return false;
}

static enum base_err find(struct duty_turn *turn, const struct data_rows *taken, struct base_diag *diag)
{
    const struct data_arg estate = data_i64(turn->estate_id);
    enum base_err err = data_run(turn->conn, DATA_JUDGE_ANALYZE, DATA_NO_ARGS, diag, NULL);
    err = err ? err : data_run(turn->conn, DATA_JUDGE_LAG, DATA_ARGS(estate, data_time(turn->now_us)), diag, NULL);
    if (!err && (has(taken, "checkin") || has(taken, "round"))) {
        err = data_run(turn->conn, DATA_JUDGE_VISIT, &estate, 1, diag, NULL);
    }
    for (size_t i = 0; i < BASE_COUNT(proofs) && !err; i++) {
        if (has(taken, proofs[i].proof)) {
            err = data_run(turn->conn, proofs[i].query, &estate, proofs[i].args, diag, NULL);
        }
    }
    return err;
}

static enum base_err decide(struct duty_turn *turn, struct base_diag *diag, bool *ret_more)
{
    AUTO(data_rows) taken = NULL;
    AUTO(data_rows) verdicts = NULL;
    const struct data_arg estate = data_i64(turn->estate_id);
    enum base_err err = data_run(turn->conn, DATA_JUDGE_LOOK, DATA_ARGS(estate, data_time(turn->now_us)), diag, NULL);
    err = err ? err : data_run(turn->conn, DATA_JUDGE_LAG_OVER, DATA_ARGS(estate, data_time(turn->now_us)), diag, NULL);
    err = err ? err : data_run(turn->conn, DATA_JUDGE_AGAIN, DATA_ARGS(estate, data_time(turn->now_us)), diag, NULL);
    err = err ? err
              : data_run(turn->conn, DATA_JUDGE_TAKE, DATA_ARGS(estate, data_time(turn->now_us), data_i64(WINDOWS_MAX)),
                         diag, &taken);
    if (err || data_rows_count(taken) == 0) {
        return err ? err : data_run(turn->conn, DATA_JUDGE_DUE, &estate, 1, diag, NULL);
    }
    err = find(turn, taken, diag);
    err = err ? err : data_run(turn->conn, DATA_JUDGE_VERDICT, &estate, 1, diag, &verdicts);
    if (!err) {
        *ret_more = turn->decided = true;
        base_log(BASE_LOG_DEBUG, "decided", base_log_i64("estate", turn->estate_id),
                 base_log_i64("windows", data_rows_i64(verdicts, 0, 0)),
                 base_log_i64("new", data_rows_i64(verdicts, 0, 1)),
                 base_log_i64("changed", data_rows_i64(verdicts, 0, 2)));
    }
    return err;
}

enum base_err duty_decide_step(struct duty_turn *turn, struct base_diag *diag, bool *ret_more)
{
    /* Of the database's month: outages of sources that are behind are kept by when they were told. */
    enum base_err err = data_partition_ensure(turn->conn, "outage", base_clock_now_us(), diag);
    err = err ? err : duty_turn_begin(turn, diag);
    if (err) {
        return err;
    }
    err = decide(turn, diag, ret_more);
    return duty_turn_end(turn, err, diag);
}
