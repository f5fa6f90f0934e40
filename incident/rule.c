/* What the rules found becomes incidents: a turn is one transaction, so a hit is settled with all that follows from it
 * or not at all. */
#include "incident/rule.h"

/* A turn writes steps, by the database's clock, and hits of its now. */
static enum base_err ensure(struct data_conn *conn, int64_t now_us, struct base_diag *diag)
{
    enum base_err err = incident_ensure(conn, diag);
    return err ? err : data_partition_ensure(conn, "rule_hit", now_us, diag);
}

/* *ret_ours false: another program is at it. */
static enum base_err begin(struct data_conn *conn, int64_t now_us, struct base_diag *diag, bool *ret_ours)
{
    AUTO(data_rows) rows = NULL;
    enum base_err err = ensure(conn, now_us, diag);
    err = err ? err : data_begin_write(conn, diag);
    err = err ? err : data_run(conn, DATA_RULE_LOCK, DATA_NO_ARGS, diag, &rows);
    *ret_ours = !err && data_rows_bool(rows, 0, 0);
    return err;
}

static enum base_err end(struct data_conn *conn, enum base_err err, struct base_diag *diag)
{
    err = err ? err : data_commit(conn, diag);
    if (err) {
        data_rollback(conn);
    }
    return err;
}

enum base_err incident_rule(struct data_conn *conn, int64_t now_us, struct base_diag *diag, bool *ret_more)
{
    AUTO(data_rows) rows = NULL;
    bool ours = false, more = false;
    *ret_more = false;
    enum base_err err = data_run(conn, DATA_RULE_LOOK, DATA_ARGS(data_time(now_us)), diag, &rows);
    if (err || !data_rows_bool(rows, 0, 0)) {
        return err;
    }
    err = begin(conn, now_us, diag, &ours);
    if (!err && ours) {
        err = incident_rule_windows(conn, now_us, diag);
        err = err ? err : incident_rule_hits(conn, now_us, diag, &more);
        err = err ? err : incident_rule_arrive(conn, now_us, diag);
    }
    err = end(conn, err, diag);
    *ret_more = !err && more;
    return err;
}

enum base_err incident_rule_silence(struct data_conn *conn, int64_t now_us, struct base_diag *diag)
{
    bool ours = false;
    enum base_err err = begin(conn, now_us, diag, &ours);
    if (!err && ours) {
        err = incident_rule_silent(conn, now_us, diag);
    }
    return end(conn, err, diag);
}
