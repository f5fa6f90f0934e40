/* The leader at one estate: its lease, and the fence with which each of its transactions begins. */
#include "duty/private.h"

enum base_err duty_turn_begin(struct duty_turn *turn, struct base_diag *diag)
{
    AUTO(data_rows) rows = NULL;
    enum base_err err = data_begin_write(turn->conn, diag);
    if (err) {
        return err;
    }
    err = data_run(turn->conn, DATA_JUDGE_FENCE,
                   DATA_ARGS(data_text(turn->owner), data_i64(turn->epoch), data_i64(DUTY_LEASE_S)), diag, &rows);
    if (!err && data_rows_count(rows) == 0) {
        err = base_diag_set(diag, BASE_FENCED, "judge: another process leads");
    }
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
