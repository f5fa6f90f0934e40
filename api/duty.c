/* GET /api/duties and /api/duties/{estate}/{duty}: what has to happen where and how often. */
#include "api/duty.h"
#include "api/json.h"
#include "api/list.h"

/* Columns of duty_page and duty_find. */
enum {
    ESTATE_ID,
    ID,
    VERSION,
    KEY,
    NAME,
    NAME_EN,
    ORGANISATION,
    CONTRACT,
    CAMPAIGN,
    SUBJECT_KIND,
    SUBJECT_ID,
    SUBJECT_FILTER,
    SCHEDULE,
    CALENDAR,
    DAYS,
    PROOF,
    SUBJECT_TYPES,
    COUNT,
    UNITS,
    RADIUS_M,
    ACCURACY_M,
    DWELL_S,
    FRACTION,
    TOOL,
    FORM,
    FILL_PERCENT,
    ALLOW_S,
    GRACE_S,
    VALID_FROM,
    VALID_TO
};

static void types(struct base_json_out *out, struct base_str list)
{
    struct base_str type;
    base_json_out_key(out, "subject_types");
    base_json_out_array(out);
    while (list.len && base_str_next(&list, ',', &type)) {
        base_json_out_str(out, type);
    }
    base_json_out_array_end(out);
}

static void proof(const struct api_json_row *at)
{
    api_json_text(at, "proof", PROOF);
    types(at->out, data_rows_bytes(at->rows, at->row, SUBJECT_TYPES));
    api_json_i64(at, "count", COUNT);
    api_json_i64(at, "units", UNITS);
    api_json_f64(at, "radius_m", RADIUS_M, 2);
    api_json_f64(at, "accuracy_m", ACCURACY_M, 2);
    api_json_i64(at, "dwell_s", DWELL_S);
    api_json_f64(at, "fraction", FRACTION, 4);
    api_json_bool(at, "tool", TOOL);
    api_json_text(at, "form", FORM);
    api_json_f64(at, "fill_percent", FILL_PERCENT, 2);
    api_json_i64(at, "allow_s", ALLOW_S);
    api_json_i64(at, "grace_s", GRACE_S);
}

static void duty(struct base_json_out *out, const struct data_rows *rows, size_t row, const char *remark)
{
    struct api_json_row at = {out, rows, row};
    base_json_out_object(out);
    api_json_i64(&at, "estate_id", ESTATE_ID);
    api_json_i64(&at, "id", ID);
    api_json_i64(&at, "version", VERSION);
    api_json_text(&at, "key", KEY);
    api_json_text(&at, "name", NAME);
    api_json_text(&at, "name_en", NAME_EN);
    api_json_text(&at, "organisation", ORGANISATION);
    api_json_text(&at, "contract", CONTRACT);
    api_json_text(&at, "campaign", CAMPAIGN);
    api_json_text(&at, "subject_kind", SUBJECT_KIND);
    api_json_i64(&at, "subject_id", SUBJECT_ID);
    api_json_text(&at, "subject_filter", SUBJECT_FILTER);
    api_json_text(&at, "schedule", SCHEDULE);
    api_json_text(&at, "calendar", CALENDAR);
    api_json_text(&at, "days", DAYS);
    proof(&at);
    api_json_time(&at, "valid_from", VALID_FROM);
    api_json_time(&at, "valid_to", VALID_TO);
    if (*remark) {
        base_json_out_key(out, "remark");
        base_json_out_text(out, remark);
    }
    base_json_out_object_end(out);
}

int64_t api_duty_version(const struct data_rows *rows, char tag[TILES_ETAG_TEXT])
{
    int64_t version = data_rows_i64(rows, 0, VERSION);
    snprintf(tag, TILES_ETAG_TEXT, "\"%lld%s\"", (long long)version,
             data_rows_null(rows, 0, VALID_TO) ? "" : "-ends"); /* closing makes no new version */
    return version;
}

const char *api_duty_key(const struct data_rows *rows)
{
    return data_rows_text(rows, 0, KEY);
}

void api_duty_out(struct api_call *call, const struct data_rows *rows, const char *remark)
{
    struct base_json_out out = api_answer_json(call);
    duty(&out, rows, 0, remark);
    api_duty_version(rows, call->answer.etag);
    api_answer_scoped(call);
}

static void unremarked(struct base_json_out *out, const struct data_rows *rows, size_t row)
{
    duty(out, rows, row, "");
}

static const struct api_list duties = {"duties", unremarked, .columns = 2, .order = {ESTATE_ID, ID}};

enum base_err api_duty_list(struct api_call *call, struct api_worker *worker, struct base_diag *diag)
{
    struct data_conn *conn;
    struct data_arg estate;
    struct api_page page;
    AUTO(data_rows) rows = NULL;
    if (call->method == API_POST) {
        return api_duty_write_new(call, worker, diag);
    }
    enum base_err err = api_query_i64(call, "estate", diag, &estate);
    err = err ? err : api_list_page(call, &duties, diag, &page);
    err = err ? err : api_worker_conn(worker, diag, &conn);
    err = err ? err
              : data_run(conn, DATA_DUTY_PAGE, DATA_ARGS(estate, page.after[0], page.after[1], data_i64(page.limit)),
                         diag, &rows);
    if (!err) {
        api_list_out(call, &duties, &page, rows);
    }
    return err;
}

enum base_err api_duty_find(struct data_conn *conn, const int64_t ids[2], struct base_diag *diag,
                            struct data_rows **ret_rows)
{
    return api_list_find(conn, DATA_DUTY_FIND, ids, "duty", diag, ret_rows);
}

enum base_err api_duty_one(struct api_call *call, struct api_worker *worker, struct base_diag *diag)
{
    struct data_conn *conn;
    int64_t ids[API_CAPTURES_MAX];
    AUTO(data_rows) rows = NULL;
    enum base_err err = api_query_path(call, 2, diag, ids);
    if (err || call->method != API_GET) {
        return err ? err : api_duty_write_one(call, worker, ids, diag);
    }
    err = api_worker_conn(worker, diag, &conn);
    err = err ? err : api_duty_find(conn, ids, diag, &rows);
    if (!err) {
        api_duty_out(call, rows, "");
        api_answer_revalidate(call);
    }
    return err;
}
