/* GET /api/incidents/{estate}/{incident}/suggestions: who could be sent. From what is so now - who is on shift, where
 * they were last, what is with them - and from nothing that anybody did before (FIELD.md: no profile or score of a
 * person). Where units are is personal: for a purpose, and written down as a look at the map's units is. */
#include "api/json.h"
#include "api/request.h"

#include <string.h>

enum { SUGGESTIONS_MOST = 10, SILENT_S = 15 * 60 };

/* Columns of suggestion_list. */
enum {
    CLOSED,
    LON,
    LAT,
    AS_OF,
    ESTATE_ID,
    SHIFT_ID,
    LABEL,
    LABEL_EN,
    SUBJECT_TYPE,
    ORGANISATION_ID,
    ORGANISATION,
    ORGANISATION_EN,
    STATE,
    INCIDENTS,
    DISTANCE_M,
    POSITION_AT,
    POSITION_AGE_S,
    UNITS
};

static void team(struct base_json_out *out, const struct data_rows *rows, size_t row)
{
    struct api_json_row at = {out, rows, row};
    base_json_out_object(out);
    api_json_i64(&at, "estate_id", ESTATE_ID);
    api_json_i64(&at, "shift_id", SHIFT_ID);
    api_json_text(&at, "label", LABEL);
    api_json_text(&at, "label_en", LABEL_EN);
    api_json_text(&at, "subject_type", SUBJECT_TYPE);
    api_json_i64(&at, "organisation_id", ORGANISATION_ID);
    api_json_text(&at, "organisation", ORGANISATION);
    api_json_text(&at, "organisation_en", ORGANISATION_EN);
    api_json_text(&at, "state", STATE);
    api_json_i64(&at, "incidents", INCIDENTS);
    api_json_f64(&at, "distance_m", DISTANCE_M, 0);
    api_json_time(&at, "position_at", POSITION_AT);
    api_json_i64(&at, "position_age_s", POSITION_AGE_S);
    api_json_i64(&at, "units", UNITS);
    base_json_out_object_end(out);
}

static void out_all(struct api_call *call, const struct data_rows *rows)
{
    static const char *const based_on[] = {"shifts", "last_positions", "open_incidents"};
    struct base_json_out out = api_answer_json(call);
    struct api_json_row at = {&out, rows, 0};
    bool any = !data_rows_null(rows, 0, ESTATE_ID);
    base_json_out_object(&out);
    api_json_f64(&at, "lon", LON, 7);
    api_json_f64(&at, "lat", LAT, 7);
    base_json_out_key(&out, "based_on");
    base_json_out_array(&out);
    for (size_t i = 0; i < BASE_COUNT(based_on); i++) {
        base_json_out_text(&out, based_on[i]);
    }
    base_json_out_array_end(&out);
    base_json_out_key(&out, "silent_after_s");
    base_json_out_i64(&out, SILENT_S);
    api_json_time(&at, "as_of", AS_OF);
    base_json_out_key(&out, "suggestions");
    base_json_out_array(&out);
    for (size_t i = 0; any && i < data_rows_count(rows); i++) {
        team(&out, rows, i);
    }
    base_json_out_array_end(&out);
    base_json_out_object_end(&out);
    call->answer.cache = "no-store"; /* a minute later it is another answer */
}

static enum base_err check(const struct data_rows *rows, struct base_diag *diag)
{
    if (data_rows_count(rows) == 0) {
        return base_diag_set(diag, BASE_NOT_FOUND, "there is no such incident");
    }
    return data_rows_bool(rows, 0, CLOSED)
               ? base_diag_set(diag, BASE_CONFLICT, "the incident is closed: nobody is to be sent")
               : BASE_OK;
}

enum base_err api_suggestion_list(struct api_call *call, struct api_worker *worker, struct base_diag *diag)
{
    struct data_conn *conn;
    int64_t ids[API_CAPTURES_MAX];
    AUTO(data_rows) rows = NULL;
    enum base_err err = api_query_path(call, 2, diag, ids);
    if (err || !api_write_may(call, DATA_LOOK_HANDLE, ids[0]) || !api_write_may(call, DATA_LOOK_UNIT, ids[0])) {
        return err;
    }
    if (!call->identity->purpose[0]) {
        api_problem_purpose(call);
        return BASE_OK;
    }
    err = api_worker_conn(worker, diag, &conn);
    err = err ? err
              : data_run(conn, DATA_SUGGESTION_LIST,
                         DATA_ARGS(data_i64(ids[0]), data_i64(ids[1]), data_i64(SILENT_S), data_i64(SUGGESTIONS_MOST)),
                         diag, &rows);
    err = err ? err : check(rows, diag);
    if (!err && !data_rows_null(rows, 0, ESTATE_ID)) {
        err = api_audit_rows(call, conn, "assets", rows, ESTATE_ID, diag);
    }
    if (!err) {
        out_all(call, rows);
    }
    return err;
}
