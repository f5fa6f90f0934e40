/* One step of one incident: allowed by the table, written down, and its clocks turned. */
#include "incident/private.h"

#include <string.h>

/* Columns of incident_lock. */
enum { VERSION, STATE, HIGHEST, TOUCHED, SENT, OTHER, MAY, NOTE, BY, OTHERS, PROCEDURE, CATEGORY, SEVERITY };
enum { LOCKED_MAX = 1 << 18, DETAIL_MAX = 1 << 10 };

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

static bool differs(const char *wanted, const struct data_rows *rows, int column)
{
    return wanted && strcmp(wanted, data_rows_text(rows, 0, column)) != 0;
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
        return base_diag_set(diag, BASE_INVALID,
                             "\"merge\" needs another incident of the estate and kind that is open");
    }
    if (strcmp(act->step, "reclassify") == 0 && !differs(act->category, rows, CATEGORY) &&
        !differs(act->severity, rows, SEVERITY)) {
        return base_diag_set(diag, BASE_INVALID, "\"reclassify\" needs another category or severity");
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

/* What a step was about beside its note: {"severity": ["small", "serious"]}, from and to. */
static const char *detail_of(const struct incident_act *act, const struct data_rows *rows, struct base_buf *text)
{
    const struct {
        const char *key, *to;
        int column;
    } changes[] = {{"category", act->category, CATEGORY}, {"severity", act->severity, SEVERITY}};
    if (strcmp(act->step, "reclassify") != 0) {
        return act->detail;
    }
    struct base_json_out out = base_json_out_of(text);
    base_json_out_object(&out);
    for (size_t i = 0; i < BASE_COUNT(changes); i++) {
        if (differs(changes[i].to, rows, changes[i].column)) {
            base_json_out_key(&out, changes[i].key);
            base_json_out_array(&out);
            base_json_out_text(&out, data_rows_text(rows, 0, changes[i].column));
            base_json_out_text(&out, changes[i].to);
            base_json_out_array_end(&out);
        }
    }
    base_json_out_object_end(&out);
    return base_buf_cstr(text);
}

static enum base_err take(struct data_conn *conn, const struct incident_act *act, const struct data_rows *was,
                          struct base_diag *diag, struct incident_acted *ret_acted)
{
    AUTO(data_rows) rows = NULL;
    AUTO_VALUE(base_buf) locked;
    AUTO_VALUE(base_buf) detail;
    base_buf_init(&locked, LOCKED_MAX);
    base_buf_init(&detail, DETAIL_MAX);
    bool sealed = act->note && incident_words_sealed(data_rows_text(was, 0, PROCEDURE));
    enum base_err err = sealed ? incident_words_note(act, act->note, diag, &locked) : BASE_OK;
    err = err ? err
              : data_run(conn, DATA_INCIDENT_STEP,
                         DATA_ARGS(data_i64(act->estate_id), data_i64(act->id), data_text(act->step),
                                   data_time(act->at_us), data_text(act->actor), data_text(sealed ? NULL : act->note),
                                   act->organisation_id, act->shift_id, act->other,
                                   data_text(detail_of(act, was, &detail)),
                                   sealed ? data_bytes(base_buf_str(&locked)) : data_null()),
                         diag, &rows);
    if (!err) {
        *ret_acted = (struct incident_acted){.version = data_rows_i64(rows, 0, 0)};
        snprintf(ret_acted->state, sizeof ret_acted->state, "%s", data_rows_text(rows, 0, 1));
    }
    return err;
}

/* Nobody is called to what is over. */
static bool is_over(const char *state)
{
    return strcmp(state, "closed") == 0 || strcmp(state, "rejected") == 0 || strcmp(state, "merged") == 0;
}

static enum base_err reclassify(struct data_conn *conn, const struct incident_act *act, struct base_diag *diag)
{
    AUTO(data_rows) rows = NULL;
    enum base_err err = data_run(conn, DATA_INCIDENT_RECLASSIFY,
                                 DATA_ARGS(data_i64(act->estate_id), data_i64(act->id), data_text(act->category),
                                           data_text(act->severity), data_time(act->at_us)),
                                 diag, &rows);
    return err || data_rows_count(rows)
               ? err
               : base_diag_set(diag, BASE_INVALID,
                               "there is no such category whose incidents go the same way, or no policy for it");
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
    err = err ? err : take(conn, act, rows, diag, ret_acted);
    err = err || strcmp(act->step, "reclassify") != 0 ? err : reclassify(conn, act, diag);
    err = err ? err
              : incident_clock_turn(conn, act->estate_id, act->id, act->step, act->at_us,
                                    strcmp(act->step, "pause") == 0 ? act->note : NULL, diag);
    const struct incident_key key = {act->estate_id, act->id};
    if (!err && is_over(ret_acted->state)) {
        err = incident_joint_end(conn, &key, act->actor, act->at_us, diag, NULL);
    }
    return err ? err : incident_notice_write(conn, &key, 1, act->step, act->actor, diag);
}

enum base_err incident_act(struct data_conn *conn, const struct incident_act *act, struct base_diag *diag,
                           struct incident_acted *ret_acted)
{
    AUTO_VALUE(incident_said) said;
    incident_said_init(&said);
    enum base_err err = incident_said_in(&said, NULL, act->note, diag);
    struct incident_act told = *act;
    told.note = act->note ? base_buf_cstr(&said.note) : NULL;
    err = err ? err : incident_fire_one(conn, act->estate_id, act->id, act->at_us, diag);
    err = err ? err : incident_act_take(conn, &told, diag, ret_acted);
    if (!err) {
        ret_acted->masked = said.masked;
        err = incident_contact_found(conn, act->seal, &told, &said, diag);
    }
    return err;
}
