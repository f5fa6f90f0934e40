/* GET /api/incidents/{estate}/{incident}/joint and .../cap: which departments were called to an incident and what
 * became of it, as JSON and in the Common Alerting Protocol. */
#include "api/joint.h"
#include "api/json.h"
#include "incident/incident.h"

/* --- reading --- */

struct joint {
    struct data_rows *joints, *calls, *fields;
};

static void joint_release(struct joint *joint)
{
    data_rows_free(joint->joints);
    data_rows_free(joint->calls);
    data_rows_free(joint->fields);
}

static void call_out(struct base_json_out *out, const struct data_rows *rows, size_t row)
{
    enum { ID, JOINT, FIELD, NAME, NAME_EN, ORGANISATION_ID, ORGANISATION, ORGANISATION_EN };
    enum { CALLED_AT = ORGANISATION_EN + 1, DUE, ACKED, ACKED_BY, OVERDUE, ARRIVED, LEFT, REPORTED, REPORT };
    struct api_json_row at = {out, rows, row};
    base_json_out_object(out);
    api_json_i64(&at, "id", ID);
    api_json_text(&at, "field", FIELD);
    api_json_text(&at, "field_name", NAME);
    api_json_text(&at, "field_name_en", NAME_EN);
    api_json_i64(&at, "organisation_id", ORGANISATION_ID);
    api_json_text(&at, "organisation", ORGANISATION);
    api_json_text(&at, "organisation_en", ORGANISATION_EN);
    api_json_time(&at, "called_at", CALLED_AT);
    api_json_time(&at, "ack_due_at", DUE);
    api_json_time(&at, "acked_at", ACKED);
    api_json_text(&at, "acked_by", ACKED_BY);
    api_json_time(&at, "overdue_at", OVERDUE);
    api_json_time(&at, "arrived_at", ARRIVED);
    api_json_time(&at, "left_at", LEFT);
    api_json_time(&at, "reported_at", REPORTED);
    api_json_text(&at, "report", REPORT);
    base_json_out_object_end(out);
}

/* Columns of joint_list. */
enum { ID, REASON, CALLED_BY, CALLED_AT, STOOD_DOWN_AT, STOOD_DOWN_BY, DRILL, TAG };

static void response_out(struct base_json_out *out, const struct joint *joint, size_t row)
{
    enum { CALL_JOINT = 1 };
    struct api_json_row at = {out, joint->joints, row};
    int64_t id = data_rows_i64(joint->joints, row, ID);
    base_json_out_object(out);
    api_json_i64(&at, "id", ID);
    api_json_text(&at, "reason", REASON);
    api_json_bool(&at, "drill", DRILL);
    api_json_text(&at, "called_by", CALLED_BY);
    api_json_time(&at, "called_at", CALLED_AT);
    api_json_time(&at, "stood_down_at", STOOD_DOWN_AT);
    api_json_text(&at, "stood_down_by", STOOD_DOWN_BY);
    base_json_out_key(out, "calls");
    base_json_out_array(out);
    for (size_t i = 0; i < data_rows_count(joint->calls); i++) {
        if (data_rows_i64(joint->calls, i, CALL_JOINT) == id) {
            call_out(out, joint->calls, i);
        }
    }
    base_json_out_array_end(out);
    base_json_out_object_end(out);
}

static void fields_out(struct base_json_out *out, const struct data_rows *rows)
{
    base_json_out_key(out, "fields");
    base_json_out_array(out);
    for (size_t i = 0; i < data_rows_count(rows); i++) {
        struct api_json_row at = {out, rows, i};
        base_json_out_object(out);
        api_json_text(&at, "field", 0);
        api_json_text(&at, "name", 1);
        api_json_text(&at, "name_en", 2);
        api_json_i64(&at, "ack_s", 3);
        base_json_out_object_end(out);
    }
    base_json_out_array_end(out);
}

static enum base_err gather(struct data_conn *conn, const int64_t ids[2], struct base_diag *diag, struct joint *joint)
{
    const struct data_arg args[] = {data_i64(ids[0]), data_i64(ids[1])};
    enum base_err err = data_run(conn, DATA_JOINT_LIST, args, BASE_COUNT(args), diag, &joint->joints);
    if (!err && data_rows_count(joint->joints) == 0) {
        err = base_diag_set(diag, BASE_NOT_FOUND, "there is no such incident");
    }
    err = err ? err : data_run(conn, DATA_JOINT_CALLS, args, BASE_COUNT(args), diag, &joint->calls);
    return err ? err : data_run(conn, DATA_JOINT_FIELDS, DATA_NO_ARGS, diag, &joint->fields);
}

enum base_err api_joint_out(struct api_call *call, struct data_conn *conn, const int64_t ids[2], struct base_diag *diag)
{
    struct joint joint = {NULL, NULL, NULL};
    enum base_err err = gather(conn, ids, diag, &joint);
    if (!err) {
        struct base_json_out out = api_answer_json(call);
        base_json_out_object(&out);
        base_json_out_key(&out, "responses");
        base_json_out_array(&out);
        for (size_t i = 0; i < data_rows_count(joint.joints) && !data_rows_null(joint.joints, i, ID); i++) {
            response_out(&out, &joint, i);
        }
        base_json_out_array_end(&out);
        fields_out(&out, joint.fields);
        base_json_out_object_end(&out);
        snprintf(call->answer.etag, sizeof call->answer.etag, "\"%s\"", data_rows_text(joint.joints, 0, TAG));
        api_answer_scoped(call);
    }
    joint_release(&joint);
    return err;
}

enum base_err api_joint_list(struct api_call *api, struct api_worker *worker, struct base_diag *diag)
{
    struct data_conn *conn;
    int64_t ids[API_CAPTURES_MAX];
    if (api->method != API_GET) {
        return api_joint_write_call(api, worker, diag);
    }
    enum base_err err = api_query_path(api, 2, diag, ids);
    err = err ? err : api_worker_conn(worker, diag, &conn);
    err = err ? err : api_joint_out(api, conn, ids, diag);
    if (!err) {
        api_answer_revalidate(api);
    }
    return err;
}

/* --- CAP --- */

enum base_err api_joint_cap(struct api_call *api, struct api_worker *worker, struct base_diag *diag)
{
    struct data_conn *conn;
    int64_t ids[API_CAPTURES_MAX];
    enum base_err err = api_query_path(api, 2, diag, ids);
    err = err ? err : api_worker_conn(worker, diag, &conn);
    if (err) {
        return err;
    }
    const struct incident_key key = {ids[0], ids[1]};
    api_answer_json(api);
    err = incident_cap_out(conn, &key, &api->answer.body, diag);
    if (!err) {
        api->answer.type = "application/cap+xml";
        api_answer_scoped(api);
        api_answer_revalidate(api);
    }
    return err;
}
