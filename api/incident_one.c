/* GET /api/incidents/{estate}/{incident}: an incident with its steps, its clocks, and what may be done now. */
#include "api/incident.h"
#include "api/json.h"
#include "api/photo.h"

#include <stdlib.h>
#include <string.h>

/* Columns of incident_find after the members. */
enum { POLICY = API_INCIDENT_MEMBERS, POLICY_VERSION, PAUSE_REASONS, TAG, AS_OF };

struct one {
    struct data_rows *incident, *steps, *clocks, *allowed, *photos, *merged;
};

static void one_release(struct one *one)
{
    data_rows_free(one->incident);
    data_rows_free(one->steps);
    data_rows_free(one->clocks);
    data_rows_free(one->allowed);
    data_rows_free(one->photos);
    data_rows_free(one->merged);
}

/* --- parts --- */

static void step(struct base_json_out *out, const struct data_rows *rows, size_t row)
{
    enum { ID, STEP, AT, RECORDED_AT, STATE, ACTOR, NOTE, ORGANISATION_ID, ORGANISATION, ORGANISATION_EN, DETAIL };
    struct api_json_row at = {out, rows, row};
    api_json_i64(&at, "id", ID);
    api_json_text(&at, "step", STEP);
    api_json_time(&at, "at", AT);
    api_json_time(&at, "recorded_at", RECORDED_AT);
    api_json_text(&at, "state", STATE);
    api_json_text(&at, "actor", ACTOR);
    api_json_text(&at, "note", NOTE);
    api_json_i64(&at, "organisation_id", ORGANISATION_ID);
    api_json_text(&at, "organisation", ORGANISATION);
    api_json_text(&at, "organisation_en", ORGANISATION_EN);
    if (!data_rows_null(rows, row, DETAIL)) {
        base_json_out_key(out, "detail");
        base_json_out_raw(out, data_rows_bytes(rows, row, DETAIL));
    }
}

static void stage(struct base_json_out *out, const struct data_rows *rows, size_t row)
{
    enum { STAGE, NUMBER, STARTED_AT, DUE_AT, LEFT_S, RUNS, WARNED_AT, BREACHED_AT, STOPPED_AT };
    struct api_json_row at = {out, rows, row};
    api_json_text(&at, "stage", STAGE);
    api_json_i64(&at, "number", NUMBER);
    api_json_time(&at, "started_at", STARTED_AT);
    api_json_time(&at, "due_at", DUE_AT);
    api_json_i64(&at, "left_s", LEFT_S);
    api_json_bool(&at, "runs", RUNS);
    api_json_time(&at, "warned_at", WARNED_AT);
    api_json_time(&at, "breached_at", BREACHED_AT);
    api_json_time(&at, "stopped_at", STOPPED_AT);
}

static void allowed_step(struct base_json_out *out, const struct data_rows *rows, size_t row)
{
    enum { STEP, NOTE, NEXT };
    struct api_json_row at = {out, rows, row};
    api_json_text(&at, "step", STEP);
    api_json_bool(&at, "note", NOTE);
    api_json_text(&at, "next", NEXT);
}

static void merged_one(struct base_json_out *out, const struct data_rows *rows, size_t row)
{
    enum { ID, CATEGORY, TITLE, REPORTS, REPORTED_AT, MERGED_AT };
    struct api_json_row at = {out, rows, row};
    api_json_i64(&at, "id", ID);
    api_json_text(&at, "category", CATEGORY);
    api_json_text(&at, "title", TITLE);
    api_json_i64(&at, "reports", REPORTS);
    api_json_time(&at, "reported_at", REPORTED_AT);
    api_json_time(&at, "merged_at", MERGED_AT);
}

static void each(struct base_json_out *out, const char *name, const struct data_rows *rows,
                 void (*members)(struct base_json_out *, const struct data_rows *, size_t))
{
    base_json_out_key(out, name);
    base_json_out_array(out);
    for (size_t i = 0; i < data_rows_count(rows); i++) {
        base_json_out_object(out);
        members(out, rows, i);
        base_json_out_object_end(out);
    }
    base_json_out_array_end(out);
}

static void policy(struct base_json_out *out, const struct data_rows *rows)
{
    struct api_json_row at = {out, rows, 0};
    struct base_str rest = data_rows_bytes(rows, 0, PAUSE_REASONS), reason;
    api_json_text(&at, "policy", POLICY);
    api_json_i64(&at, "policy_version", POLICY_VERSION);
    base_json_out_key(out, "pause_reasons");
    base_json_out_array(out);
    while (rest.len && base_str_next(&rest, ',', &reason)) {
        base_json_out_str(out, reason);
    }
    base_json_out_array_end(out);
}

/* --- the whole --- */

enum data_look api_incident_one_look(const struct api_call *call, int64_t estate_id)
{
    const struct data_scope *scope = call->identity->scope;
    bool carries =
        !data_scope_holds(scope, DATA_LOOK_HANDLE, estate_id) && data_scope_holds(scope, DATA_LOOK_CARRY, estate_id);
    return carries ? DATA_LOOK_CARRY : DATA_LOOK_HANDLE;
}

enum base_err api_incident_one_mine(const struct api_call *call, struct data_conn *conn, const int64_t ids[2],
                                    struct base_diag *diag)
{
    AUTO(data_rows) rows = NULL;
    const struct data_scope *scope = call->identity->scope;
    if (data_scope_holds(scope, DATA_LOOK_HANDLE, ids[0])) {
        return BASE_OK;
    }
    enum base_err err =
        data_run(conn, DATA_TASK_MINE, DATA_ARGS(data_i64(ids[0]), data_i64(ids[1]), data_text(data_scope_sent(scope))),
                 diag, &rows);
    return err || data_rows_bool(rows, 0, 0) ? err : base_diag_set(diag, BASE_NOT_FOUND, "there is no such incident");
}

static enum base_err allowed(const struct api_call *call, struct data_conn *conn, const int64_t ids[2],
                             struct base_diag *diag, struct data_rows **ret_rows)
{
    const struct data_scope *scope = call->identity->scope;
    bool handles = data_scope_holds(scope, DATA_LOOK_HANDLE, ids[0]);
    return data_run(conn, DATA_INCIDENT_ALLOWED,
                    DATA_ARGS(data_i64(ids[0]), data_i64(ids[1]), data_i64(handles), data_text(data_scope_sent(scope))),
                    diag, ret_rows);
}

static enum base_err gather(const struct api_call *call, struct data_conn *conn, const int64_t ids[2],
                            struct base_diag *diag, struct one *one)
{
    const struct {
        enum data_query query;
        struct data_rows **rows;
    } parts[] = {{DATA_INCIDENT_FIND, &one->incident},
                 {DATA_INCIDENT_STEPS, &one->steps},
                 {DATA_INCIDENT_CLOCKS, &one->clocks},
                 {DATA_INCIDENT_MERGED, &one->merged}};
    enum base_err err = BASE_OK;
    for (size_t i = 0; i < BASE_COUNT(parts) && !err; i++) {
        err = data_run(conn, parts[i].query, DATA_ARGS(data_i64(ids[0]), data_i64(ids[1])), diag, parts[i].rows);
    }
    err = err ? err : allowed(call, conn, ids, diag, &one->allowed);
    return err || data_rows_count(one->incident) ? err
                                                 : base_diag_set(diag, BASE_NOT_FOUND, "there is no such incident");
}

enum base_err api_incident_one_taken(struct api_call *call, struct data_conn *conn, const int64_t ids[2], size_t masked,
                                     struct base_diag *diag)
{
    struct one one = {.incident = NULL};
    enum base_err err = gather(call, conn, ids, diag, &one);
    err = err ? err : api_photo_rows(call->server, conn, ids, diag, &one.photos);
    if (!err) {
        struct base_json_out out = api_answer_json(call);
        struct api_json_row at = {&out, one.incident, 0};
        base_json_out_object(&out);
        api_incident_members(&out, one.incident, 0);
        policy(&out, one.incident);
        each(&out, "steps", one.steps, step);
        each(&out, "clocks", one.clocks, stage);
        each(&out, "allowed", one.allowed, allowed_step);
        each(&out, "photos", one.photos, api_photo_members);
        each(&out, "merged", one.merged, merged_one);
        if (masked) {
            base_json_out_key(&out, "masked");
            base_json_out_i64(&out, (int64_t)masked);
        }
        api_json_time(&at, "as_of", AS_OF);
        base_json_out_object_end(&out);
        snprintf(call->answer.etag, sizeof call->answer.etag, "\"%s\"", data_rows_text(one.incident, 0, TAG));
        api_answer_scoped(call);
    }
    one_release(&one);
    return err;
}

enum base_err api_incident_one_out(struct api_call *call, struct data_conn *conn, const int64_t ids[2],
                                   struct base_diag *diag)
{
    return api_incident_one_taken(call, conn, ids, 0, diag);
}

enum base_err api_incident_one_refuse(struct api_call *call, struct data_conn *conn, const int64_t ids[2],
                                      const char *detail, struct base_diag *diag)
{
    enum { STATE = 3 };
    AUTO(data_rows) rows = NULL;
    enum base_err err = allowed(call, conn, ids, diag, &rows);
    if (err) {
        return err;
    }
    struct base_json_out out = api_problem_begin(call, MHD_HTTP_CONFLICT, "/problems/step", detail);
    struct api_json_row at = {&out, rows, 0};
    if (data_rows_count(rows)) {
        api_json_text(&at, "state", STATE);
    }
    each(&out, "allowed", rows, allowed_step);
    api_problem_end(call, &out);
    return BASE_OK;
}

enum base_err api_incident_one(struct api_call *call, struct api_worker *worker, struct base_diag *diag)
{
    struct data_conn *conn;
    int64_t ids[API_CAPTURES_MAX];
    enum base_err err = api_query_path(call, 2, diag, ids);
    err = err ? err : api_worker_conn(worker, diag, &conn);
    err = err ? err : api_incident_one_out(call, conn, ids, diag);
    if (!err) {
        api_answer_revalidate(call);
    }
    return err;
}
