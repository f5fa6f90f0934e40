/* Joint responses: departments are called to an incident, each answers for itself, and at the end all are stood down.
 * The incident's own list of steps tells it. */
#include "incident/private.h"

#include <string.h>

enum { DETAIL_MAX = 1024 };

/* --- calling --- */

/* Columns of joint_call. */
enum { CALL_ID, FIELD, DEPARTMENT };

static enum base_err tell(struct data_conn *conn, int64_t estate_id, int64_t call_id, const char *step,
                          struct base_diag *diag)
{
    return data_run(conn, DATA_JOINT_NOTICE, DATA_ARGS(data_i64(estate_id), data_i64(call_id), data_text(step)), diag,
                    NULL);
}

static enum base_err not_called(const char *field, const struct data_rows *rows, struct base_diag *diag)
{
    if (!data_rows_bool(rows, 0, FIELD)) {
        return base_diag_set(diag, BASE_INVALID, "\"%.40s\" is no department that can be called", field);
    }
    if (!data_rows_bool(rows, 0, DEPARTMENT)) {
        return base_diag_set(diag, BASE_INVALID,
                             "no department answers for \"%s\" at this estate: say which by hutong import contacts",
                             field);
    }
    return base_diag_set(diag, BASE_INVALID, "\"%s\" is called already", field);
}

static enum base_err call(struct data_conn *conn, const struct incident_joint *joint, int64_t joint_id,
                          const char *field, struct base_diag *diag)
{
    AUTO(data_rows) rows = NULL;
    enum base_err err = data_run(conn, DATA_JOINT_CALL,
                                 DATA_ARGS(data_i64(joint->estate_id), data_i64(joint_id), data_i64(joint->id),
                                           data_text(field), data_time(joint->at_us), joint->ack_s),
                                 diag, &rows);
    if (!err && data_rows_null(rows, 0, CALL_ID)) {
        err = not_called(field, rows, diag);
    }
    return err ? err : tell(conn, joint->estate_id, data_rows_i64(rows, 0, CALL_ID), "call_joint", diag);
}

static enum base_err step(struct data_conn *conn, const struct incident_joint *joint, struct base_diag *diag)
{
    AUTO_VALUE(base_buf) detail;
    base_buf_init(&detail, DETAIL_MAX);
    struct base_json_out out = base_json_out_of(&detail);
    base_json_out_object(&out);
    base_json_out_key(&out, "fields");
    base_json_out_array(&out);
    for (size_t i = 0; i < joint->field_count; i++) {
        base_json_out_text(&out, joint->fields[i]);
    }
    base_json_out_array_end(&out);
    base_json_out_object_end(&out);
    if (detail.err) {
        return base_diag_set(diag, BASE_INVALID, "a department's code is not that long");
    }
    const struct incident_act act = {.estate_id = joint->estate_id,
                                     .id = joint->id,
                                     .step = "call_joint",
                                     .actor = joint->actor,
                                     .note = joint->reason,
                                     .detail = base_buf_cstr(&detail),
                                     .organisation_id = data_null(),
                                     .shift_id = data_null(),
                                     .other = data_null(),
                                     .at_us = joint->at_us};
    struct incident_acted acted;
    return incident_act(conn, &act, diag, &acted);
}

enum base_err incident_joint_call(struct data_conn *conn, const struct incident_joint *joint, struct base_diag *diag)
{
    AUTO(data_rows) rows = NULL;
    enum base_err err = step(conn, joint, diag);
    err = err ? err
              : data_run(conn, DATA_JOINT_OPEN,
                         DATA_ARGS(data_i64(joint->estate_id), data_i64(joint->id), data_text(joint->reason),
                                   data_text(joint->actor), data_time(joint->at_us)),
                         diag, &rows);
    for (size_t i = 0; i < joint->field_count && !err; i++) {
        err = call(conn, joint, data_rows_i64(rows, 0, 0), joint->fields[i], diag);
    }
    return err;
}

/* --- the end --- */

enum base_err incident_joint_end(struct data_conn *conn, const struct incident_key *key, const char *actor,
                                 int64_t at_us, struct base_diag *diag, bool *ret_open)
{
    AUTO(data_rows) rows = NULL;
    enum base_err err = data_run(
        conn, DATA_JOINT_END,
        DATA_ARGS(data_i64(key->estate_id), data_i64(key->id), data_time(at_us), data_text(actor)), diag, &rows);
    size_t count = err ? 0 : data_rows_count(rows);
    for (size_t i = 0; i < count && !err; i++) {
        err = tell(conn, key->estate_id, data_rows_i64(rows, i, 0), "stand_down", diag);
    }
    if (ret_open) {
        *ret_open = count > 0;
    }
    return err;
}

enum base_err incident_joint_stand_down(struct data_conn *conn, const struct incident_key *key, const char *actor,
                                        const char *note, int64_t at_us, struct base_diag *diag)
{
    bool open = false;
    struct incident_acted acted;
    const struct incident_act act = {.estate_id = key->estate_id,
                                     .id = key->id,
                                     .step = "stand_down",
                                     .actor = actor,
                                     .note = note,
                                     .organisation_id = data_null(),
                                     .shift_id = data_null(),
                                     .other = data_null(),
                                     .at_us = at_us};
    enum base_err err = incident_act(conn, &act, diag, &acted);
    err = err ? err : incident_joint_end(conn, key, actor, at_us, diag, &open);
    return err || open ? err : base_diag_set(diag, BASE_CONFLICT, "no joint response to this incident is open");
}

/* --- what a department does --- */

/* Columns of joint_hold. */
enum { THERE, OPEN, ACKED, ARRIVED, LEFT };

static enum base_err check(const struct incident_joint_act *act, const struct data_rows *rows, struct base_diag *diag)
{
    bool acked = data_rows_bool(rows, 0, ACKED), arrived = data_rows_bool(rows, 0, ARRIVED),
         left = data_rows_bool(rows, 0, LEFT);
    const char *why = NULL;
    if (!data_rows_bool(rows, 0, OPEN)) {
        why = "the joint response is over";
    } else if (strcmp(act->act, "acknowledge") == 0) {
        why = acked ? "the call is acknowledged already" : NULL;
    } else if (strcmp(act->act, "arrive") == 0) {
        why = arrived && !left ? "the department is there already" : NULL;
    } else if (strcmp(act->act, "leave") == 0) {
        why = !arrived ? "the department has not arrived" : left ? "the department has left already" : NULL;
    }
    return why ? base_diag_set(diag, BASE_CONFLICT, "%s", why) : BASE_OK;
}

enum base_err incident_joint_act(struct data_conn *conn, const struct incident_joint_act *act, struct base_diag *diag)
{
    AUTO(data_rows) rows = NULL;
    const struct data_arg estate = data_i64(act->incident.estate_id), incident = data_i64(act->incident.id);
    enum base_err err =
        data_run(conn, DATA_JOINT_HOLD, DATA_ARGS(estate, incident, data_i64(act->call_id)), diag, &rows);
    err = err ? err : incident_fire_one(conn, act->incident.estate_id, act->incident.id, act->at_us, diag);
    if (!err && (data_rows_count(rows) == 0 || !data_rows_bool(rows, 0, THERE))) {
        err = base_diag_set(diag, BASE_NOT_FOUND, "there is no such call");
    }
    err = err ? err : check(act, rows, diag);
    return err ? err
               : data_run(conn, DATA_JOINT_ACT,
                          DATA_ARGS(estate, incident, data_i64(act->call_id), data_text(act->act),
                                    data_time(act->at_us), data_text(act->actor), data_text(act->note)),
                          diag, NULL);
}

/* --- overdue --- */

/* Columns of joint_fire. */
enum { ESTATE_ID, ID };

enum base_err incident_joint_fire(struct data_conn *conn, int64_t at_us, struct data_arg estate, struct data_arg id,
                                  struct base_diag *diag, size_t *ret_count)
{
    AUTO(data_rows) rows = NULL;
    enum base_err err = data_run(conn, DATA_JOINT_FIRE,
                                 DATA_ARGS(data_time(at_us), data_i64(INCIDENT_FIRE_MAX), estate, id), diag, &rows);
    *ret_count = err ? 0 : data_rows_count(rows);
    for (size_t i = 0; i < *ret_count && !err; i++) {
        err = tell(conn, data_rows_i64(rows, i, ESTATE_ID), data_rows_i64(rows, i, ID), "call_overdue", diag);
    }
    return err;
}
