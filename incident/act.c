/* One step of one incident: allowed by the table, written down, and its clocks turned. */
#include "incident/private.h"

#include <string.h>

/* Columns of incident_lock. */
enum { VERSION, STATE, HIGHEST, TOUCHED, SENT, OTHER, MAY, NOTE, BY, OTHERS };

static bool is_platforms(const char *by)
{
    return strcmp(by, "people") != 0;
}

static enum base_err refuse(const struct incident_act *act, const struct data_rows *rows, struct base_diag *diag)
{
    return base_diag_set(diag, BASE_CONFLICT, "\"%s\" cannot be done to an incident that is %s; what can be: %s",
                         act->step, data_rows_text(rows, 0, STATE),
                         data_rows_null(rows, 0, OTHERS) ? "nothing" : data_rows_text(rows, 0, OTHERS));
}

/* What the table of steps cannot say. */
static enum base_err check_more(const struct incident_act *act, const struct data_rows *rows, struct base_diag *diag)
{
    if (strcmp(act->step, "escalate") == 0 && data_rows_bool(rows, 0, HIGHEST)) {
        return base_diag_set(diag, BASE_CONFLICT, "the incident is at the highest level already");
    }
    if (strcmp(act->step, "revoke") == 0 && data_rows_bool(rows, 0, TOUCHED)) {
        return base_diag_set(diag, BASE_CONFLICT, "somebody has begun with the incident");
    }
    if (strcmp(act->step, "merge") == 0 && !data_rows_bool(rows, 0, OTHER)) {
        return base_diag_set(diag, BASE_INVALID, "\"merge\" needs another incident of the estate that is open");
    }
    if (strcmp(act->step, "dispatch") == 0 && !data_rows_bool(rows, 0, SENT) &&
        act->organisation_id.type == DATA_ARG_NULL && act->shift_id.type == DATA_ARG_NULL) {
        return base_diag_set(diag, BASE_INVALID, "\"dispatch\" needs an organisation or a shift: who is to go?");
    }
    return BASE_OK;
}

static enum base_err check(const struct incident_act *act, const struct data_rows *rows, struct base_diag *diag)
{
    if (!data_rows_bool(rows, 0, MAY)) {
        return refuse(act, rows, diag);
    }
    const char *by = data_rows_text(rows, 0, BY);
    if (act->actor ? strcmp(by, "platform") == 0 : !is_platforms(by)) {
        return refuse(act, rows, diag);
    }
    if (data_rows_bool(rows, 0, NOTE) && (!act->note || !act->note[0])) {
        return base_diag_set(diag, BASE_INVALID, "\"%s\" needs a note: why?", act->step);
    }
    return check_more(act, rows, diag);
}

static enum base_err take(struct data_conn *conn, const struct incident_act *act, struct base_diag *diag,
                          struct incident_acted *ret_acted)
{
    AUTO(data_rows) rows = NULL;
    enum base_err err = data_run(conn, DATA_INCIDENT_STEP,
                                 DATA_ARGS(data_i64(act->estate_id), data_i64(act->id), data_text(act->step),
                                           data_time(act->at_us), data_text(act->actor), data_text(act->note),
                                           act->organisation_id, act->shift_id, act->other, data_text(act->detail)),
                                 diag, &rows);
    if (!err) {
        ret_acted->version = data_rows_i64(rows, 0, 0);
        snprintf(ret_acted->state, sizeof ret_acted->state, "%s", data_rows_text(rows, 0, 1));
    }
    return err;
}

enum base_err incident_act_take(struct data_conn *conn, const struct incident_act *act, struct base_diag *diag,
                                struct incident_acted *ret_acted)
{
    AUTO(data_rows) rows = NULL;
    enum base_err err =
        data_run(conn, DATA_INCIDENT_LOCK,
                 DATA_ARGS(data_i64(act->estate_id), data_i64(act->id), data_text(act->step), act->other), diag, &rows);
    if (!err && data_rows_count(rows) == 0) {
        err = base_diag_set(diag, BASE_NOT_FOUND, "there is no such incident");
    }
    err = err ? err : check(act, rows, diag);
    err = err ? err : take(conn, act, diag, ret_acted);
    err = err ? err
              : incident_clock_turn(conn, act->estate_id, act->id, act->step, act->at_us,
                                    strcmp(act->step, "pause") == 0 ? act->note : NULL, diag);
    const struct incident_key key = {act->estate_id, act->id};
    return err ? err : incident_notice_write(conn, &key, 1, act->step, act->actor, diag);
}

enum base_err incident_act(struct data_conn *conn, const struct incident_act *act, struct base_diag *diag,
                           struct incident_acted *ret_acted)
{
    enum base_err err = incident_fire_one(conn, act->estate_id, act->id, act->at_us, diag);
    return err ? err : incident_act_take(conn, act, diag, ret_acted);
}
