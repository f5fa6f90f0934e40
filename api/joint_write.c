/* Joint responses over HTTP: departments are called to an incident and stood down, of the version that was seen; each
 * acknowledges, comes, reports and goes. */
#include "api/incident.h"
#include "api/joint.h"
#include "incident/incident.h"

#include <string.h>

enum { REASON_MAX = 1000, REPORT_MAX = 4000, NOTE_MAX = 96, ACK_MOST = 604800 };

struct doing {
    int64_t ids[API_CAPTURES_MAX]; /* estate, incident; call */
    struct incident_joint joint;   /* of calling */
    const char *act, *note;        /* of a call; of standing down */
};

static enum base_err matches(struct api_write *write, const int64_t ids[2], struct base_diag *diag, bool *ret_same)
{
    char tag[TILES_ETAG_TEXT];
    AUTO(data_rows) rows = NULL;
    enum base_err err = data_run(
        write->conn, DATA_INCIDENT_HOLD,
        DATA_ARGS(data_i64(ids[0]), data_i64(ids[1]), data_text("call_joint"), data_null(), data_null(), data_null()),
        diag, &rows);
    if (!err && data_rows_count(rows) == 0) {
        err = base_diag_set(diag, BASE_NOT_FOUND, "there is no such incident");
    }
    if (!err) {
        snprintf(tag, sizeof tag, "\"%s\"", data_rows_text(rows, 0, 0));
        *ret_same = api_write_matches(write->call, tag);
    }
    return err;
}

/* What the incident does not allow is told with the steps that it does. */
static enum base_err answered(struct api_write *write, enum base_err err, const int64_t ids[2], struct base_diag *diag)
{
    if (err == BASE_CONFLICT && strncmp(diag->text, "database:", 9) != 0) {
        char why[sizeof diag->text];
        snprintf(why, sizeof why, "%s", diag->text);
        return api_incident_one_refuse(write->call, write->conn, ids, why, diag);
    }
    return err ? err : api_joint_out(write->call, write->conn, ids, diag);
}

static enum base_err call(struct api_write *write, struct api_input *input, struct doing *doing, struct base_diag *diag)
{
    bool same = false;
    enum base_err err = matches(write, doing->ids, diag, &same);
    if (err || !same) {
        return err;
    }
    doing->joint.actor = write->call->identity->name;
    doing->joint.at_us = write->now_us;
    err = incident_joint_call(write->conn, &doing->joint, diag);
    if (err == BASE_INVALID) {
        api_input_wrong(input, "fields", "%s", diag->text);
        return BASE_OK;
    }
    err = answered(write, err, doing->ids, diag);
    if (!err && write->call->answer.status == MHD_HTTP_OK) {
        api_write_located(write->call, MHD_HTTP_CREATED, "/api/incidents/%lld/%lld/joint", (long long)doing->ids[0],
                          (long long)doing->ids[1]);
    }
    return err;
}

static enum base_err stand_down(struct api_write *write, struct api_input *input, struct doing *doing,
                                struct base_diag *diag)
{
    (void)input;
    bool same = false;
    enum base_err err = matches(write, doing->ids, diag, &same);
    if (err || !same) {
        return err;
    }
    const struct incident_key key = {doing->ids[0], doing->ids[1]};
    err = incident_joint_stand_down(write->conn, &key, write->call->identity->name, doing->note, write->now_us, diag);
    return answered(write, err, doing->ids, diag);
}

/* Each thing is done once, so several departments need not know one another's versions. */
static enum base_err act(struct api_write *write, struct api_input *input, struct doing *doing, struct base_diag *diag)
{
    (void)input;
    const struct incident_joint_act taken = {.incident = {doing->ids[0], doing->ids[1]},
                                             .call_id = doing->ids[2],
                                             .act = doing->act,
                                             .actor = write->call->identity->name,
                                             .note = doing->note,
                                             .at_us = write->now_us};
    return answered(write, incident_joint_act(write->conn, &taken, diag), doing->ids, diag);
}

static enum base_err run(struct api_input *input, struct api_worker *worker, struct doing *doing, const char *action,
                         enum base_err (*what)(struct api_write *, struct api_input *, struct doing *,
                                               struct base_diag *),
                         struct base_diag *diag)
{
    struct api_write begun;
    char note[NOTE_MAX];
    enum base_err err = api_incident_ready(worker, diag);
    err = err ? err : api_write_begin(input->call, worker, DATA_LOOK_HANDLE, doing->ids[0], NULL, diag, &begun);
    if (err || !begun.conn) {
        return err;
    }
    err = what(&begun, input, doing, diag);
    snprintf(note, sizeof note, "incident %lld%s%.20s", (long long)doing->ids[1], doing->act ? ": " : "",
             doing->act ? doing->act : "");
    return api_write_end(&begun, err, action, note, diag);
}

/* --- what bodies say --- */

static void fields_in(struct api_input *input, struct incident_joint *joint)
{
    const struct base_json *list = base_json_in_get(input->object, "fields");
    size_t count = list && base_json_in_is_array(list) ? base_json_in_size(list) : 0;
    bool good = count > 0 && count <= INCIDENT_JOINT_MAX;
    for (size_t i = 0; good && i < count; i++) {
        struct base_str code;
        good = base_json_in_text(base_json_in_at(list, i), &code) && code.len > 0;
        joint->fields[joint->field_count++] = good ? code.at : NULL;
        for (size_t k = 0; good && k < i; k++) {
            good = strcmp(joint->fields[k], code.at) != 0;
        }
    }
    if (!good) {
        api_input_wrong(input, "fields", "must be a list of one to %d departments, each once, like [\"fire\"]",
                        INCIDENT_JOINT_MAX);
    }
}

enum base_err api_joint_write_call(struct api_call *api, struct api_worker *worker, struct base_diag *diag)
{
    static const char *const members[] = {"fields", "reason", "ack_s", NULL};
    struct api_input input;
    struct doing doing = {.act = NULL};
    enum base_err err = api_query_path(api, 2, diag, doing.ids);
    if (err || !api_write_may(api, DATA_LOOK_HANDLE, doing.ids[0]) || !api_input_open(api, members, &input)) {
        return err;
    }
    doing.joint = (struct incident_joint){.estate_id = doing.ids[0], .id = doing.ids[1]};
    fields_in(&input, &doing.joint);
    doing.joint.reason = api_input_said(&input, "reason", API_REQUIRED, REASON_MAX);
    doing.joint.ack_s = api_input_arg_i64(&input, "ack_s", 1, ACK_MOST);
    if (!input.bad) {
        err = run(&input, worker, &doing, "call departments", call, diag);
    }
    api_input_release(&input);
    return err;
}

enum base_err api_joint_write_stand_down(struct api_call *api, struct api_worker *worker, struct base_diag *diag)
{
    static const char *const members[] = {"note", NULL};
    struct api_input input;
    struct doing doing = {.act = NULL};
    enum base_err err = api_query_path(api, 2, diag, doing.ids);
    if (err || !api_write_may(api, DATA_LOOK_HANDLE, doing.ids[0]) || !api_input_open(api, members, &input)) {
        return err;
    }
    doing.note = api_input_said(&input, "note", API_OPTIONAL, REASON_MAX);
    if (!input.bad) {
        err = run(&input, worker, &doing, "stand down departments", stand_down, diag);
    }
    api_input_release(&input);
    return err;
}

enum base_err api_joint_write_act(struct api_call *api, struct api_worker *worker, struct base_diag *diag)
{
    static const char *const members[] = {"act", "note", NULL};
    struct api_input input;
    struct doing doing = {.act = NULL};
    enum base_err err = api_query_path(api, 3, diag, doing.ids);
    if (err || !api_write_may(api, DATA_LOOK_HANDLE, doing.ids[0]) || !api_input_open(api, members, &input)) {
        return err;
    }
    doing.act = api_input_word(&input, "act", API_REQUIRED, "acknowledge arrive leave report");
    doing.note = api_input_said(&input, "note", API_OPTIONAL, REPORT_MAX);
    if (!input.bad && !doing.note && strcmp(doing.act, "report") == 0) {
        api_input_wrong(&input, "note", "is missing: what does the department report?");
    }
    if (!input.bad) {
        err = run(&input, worker, &doing, "department", act, diag);
    }
    api_input_release(&input);
    return err;
}
