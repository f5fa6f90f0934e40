/* GET /api/tasks: the open incidents that are the caller's to carry out. Nothing in it depends on "now", so that a
 * phone that asks every few seconds is told 304 until something is done. */
#include "api/json.h"
#include "api/request.h"

enum { TASKS_MAX = 200 };

/* Columns of task_list. */
enum {
    ESTATE_ID,
    ID,
    VERSION,
    STATE,
    BEFORE,
    CATEGORY,
    CATEGORY_NAME,
    CATEGORY_NAME_EN,
    SEVERITY,
    TITLE,
    DRILL,
    ESTATE,
    ESTATE_EN,
    BUILDING_ID,
    BUILDING,
    BUILDING_EN,
    STOREY,
    ZONE,
    ZONE_EN,
    LON,
    LAT,
    FREE,
    REPORTED_AT,
    STATE_AT,
    BREACH_AT,
    BREACH_STAGE,
    CLOCKS,
    NEXT,
    PAUSE_REASONS
};

static void what(const struct api_json_row *at)
{
    api_json_i64(at, "estate_id", ESTATE_ID);
    api_json_i64(at, "id", ID);
    api_json_i64(at, "version", VERSION);
    api_json_text(at, "state", STATE);
    api_json_text(at, "before", BEFORE);
    api_json_text(at, "category", CATEGORY);
    api_json_text(at, "category_name", CATEGORY_NAME);
    api_json_text(at, "category_name_en", CATEGORY_NAME_EN);
    api_json_text(at, "severity", SEVERITY);
    api_json_text(at, "title", TITLE);
    api_json_bool(at, "drill", DRILL);
    api_json_bool(at, "free", FREE);
}

static void where(const struct api_json_row *at)
{
    api_json_text(at, "estate", ESTATE);
    api_json_text(at, "estate_en", ESTATE_EN);
    api_json_i64(at, "building_id", BUILDING_ID);
    api_json_text(at, "building", BUILDING);
    api_json_text(at, "building_en", BUILDING_EN);
    api_json_i64(at, "storey", STOREY);
    api_json_text(at, "zone", ZONE);
    api_json_text(at, "zone_en", ZONE_EN);
    api_json_f64(at, "lon", LON, 7);
    api_json_f64(at, "lat", LAT, 7);
}

static void raw(const struct api_json_row *at, const char *key, int column)
{
    base_json_out_key(at->out, key);
    base_json_out_raw(at->out, data_rows_bytes(at->rows, at->row, column));
}

static void task(struct base_json_out *out, const struct data_rows *rows, size_t row)
{
    struct api_json_row at = {out, rows, row};
    base_json_out_object(out);
    what(&at);
    where(&at);
    api_json_time(&at, "reported_at", REPORTED_AT);
    api_json_time(&at, "state_at", STATE_AT);
    api_json_time(&at, "breach_at", BREACH_AT);
    api_json_text(&at, "breach_stage", BREACH_STAGE);
    raw(&at, "clocks", CLOCKS);
    raw(&at, "next", NEXT);
    raw(&at, "pause_reasons", PAUSE_REASONS);
    base_json_out_object_end(out);
}

enum base_err api_task_list(struct api_call *call, struct api_worker *worker, struct base_diag *diag)
{
    struct data_conn *conn;
    AUTO(data_rows) rows = NULL;
    enum base_err err = api_worker_conn(worker, diag, &conn);
    err = err ? err : data_run(conn, DATA_TASK_LIST, DATA_ARGS(data_i64(TASKS_MAX)), diag, &rows);
    if (err) {
        return err;
    }
    struct base_json_out out = api_answer_json(call);
    base_json_out_object(&out);
    base_json_out_key(&out, "tasks");
    base_json_out_array(&out);
    for (size_t row = 0; row < data_rows_count(rows); row++) {
        task(&out, rows, row);
    }
    base_json_out_array_end(&out);
    base_json_out_object_end(&out);
    api_answer_scoped(call);
    api_answer_revalidate(call);
    return BASE_OK;
}
