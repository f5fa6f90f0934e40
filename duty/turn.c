/* The leader at one estate: its lease, and the fence with which each of its transactions begins. */
#include "duty/private.h"

static enum base_err held(const struct data_rows *rows, struct base_diag *diag)
{
    return data_rows_count(rows) ? BASE_OK : base_diag_set(diag, BASE_FENCED, "judge: another process leads");
}

/* Apart from the fence, so that lanes do not wait for one another. */
static enum base_err renew(struct duty_turn *turn, struct base_diag *diag)
{
    AUTO(data_rows) rows = NULL;
    int64_t now_us = base_clock_mono_us();
    if (turn->renewed_us && now_us - turn->renewed_us < DUTY_LEASE_S * INT64_C(1000000) / 5) {
        return BASE_OK;
    }
    turn->renewed_us = now_us;
    enum base_err err =
        data_run(turn->conn, DATA_JUDGE_RENEW,
                 DATA_ARGS(data_text(turn->owner), data_i64(turn->epoch), data_i64(DUTY_LEASE_S)), diag, &rows);
    return err ? err : held(rows, diag);
}

static enum base_err fence(struct duty_turn *turn, struct base_diag *diag)
{
    AUTO(data_rows) rows = NULL;
    enum base_err err =
        data_run(turn->conn, DATA_JUDGE_FENCE, DATA_ARGS(data_text(turn->owner), data_i64(turn->epoch)), diag, &rows);
    return err ? err : held(rows, diag);
}

enum base_err duty_turn_begin(struct duty_turn *turn, struct base_diag *diag)
{
    enum base_err err = renew(turn, diag);
    err = err ? err : data_begin_write(turn->conn, diag);
    if (err) {
        return err;
    }
    err = fence(turn, diag);
    if (err) {
        data_rollback(turn->conn);
    }
    return err;
}

enum base_err duty_turn_end(struct duty_turn *turn, enum base_err err, struct base_diag *diag)
{
    if (!err) {
        err = data_commit(turn->conn, diag);
    }
    if (err) {
        data_rollback(turn->conn);
    }
    return err;
}
