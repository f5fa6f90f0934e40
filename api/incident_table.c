/* GET /api/incidents/categories and /api/policies: what incidents can be about, and how long each stage may take. */
#include "api/incident.h"
#include "api/json.h"
#include "api/list.h"

#include <string.h>

/* --- categories --- */

static void category(struct base_json_out *out, const struct data_rows *rows, size_t row)
{
    enum { CODE, GB_CLASS, NAME, NAME_EN, FILES, SEVERITY, PROCEDURE };
    struct api_json_row at = {out, rows, row};
    base_json_out_object(out);
    api_json_text(&at, "code", CODE);
    api_json_text(&at, "name", NAME);
    api_json_text(&at, "name_en", NAME_EN);
    api_json_text(&at, "gb_class", GB_CLASS);
    api_json_text(&at, "files", FILES);
    api_json_text(&at, "severity", SEVERITY);
    api_json_text(&at, "procedure", PROCEDURE);
    base_json_out_object_end(out);
}

static const struct api_list categories = {.name = "categories", .item = category};

/* All of them: a form is made of them. */
enum base_err api_incident_table_categories(struct api_call *call, struct api_worker *worker, struct base_diag *diag)
{
    static const struct api_page whole = {.limit = INT64_MAX};
    struct data_conn *conn;
    AUTO(data_rows) rows = NULL;
    enum base_err err = api_worker_conn(worker, diag, &conn);
    err = err ? err : data_run(conn, DATA_CATEGORY_LIST, DATA_NO_ARGS, diag, &rows);
    if (!err) {
        api_list_out(call, &categories, &whole, rows);
    }
    return err;
}

/* --- policies --- */

/* Columns of policy_page. */
enum {
    ID,
    VERSION,
    KEY,
    ESTATE_ID,
    CATEGORY,
    SEVERITY,
    RESPOND_S,
    RESOLVE_S,
    PLAN_S,
    LEVEL_S,
    WARN_SHARE,
    HOURS_FROM,
    HOURS_TO,
    CALENDAR,
    PAUSE_REASONS,
    VALID_FROM
};

/* "a,b" as a list, of numbers as they stand. */
static void list_of(struct base_json_out *out, const char *key, struct base_str rest, bool numbers)
{
    struct base_str part;
    base_json_out_key(out, key);
    base_json_out_array(out);
    while (rest.len && base_str_next(&rest, ',', &part)) {
        if (numbers) {
            base_json_out_raw(out, part);
        } else {
            base_json_out_str(out, part);
        }
    }
    base_json_out_array_end(out);
}

static void policy(struct base_json_out *out, const struct data_rows *rows, size_t row)
{
    struct api_json_row at = {out, rows, row};
    base_json_out_object(out);
    api_json_i64(&at, "id", ID);
    api_json_i64(&at, "version", VERSION);
    api_json_text(&at, "key", KEY);
    api_json_i64(&at, "estate_id", ESTATE_ID);
    api_json_text(&at, "category", CATEGORY);
    api_json_text(&at, "severity", SEVERITY);
    api_json_i64(&at, "respond_s", RESPOND_S);
    api_json_i64(&at, "resolve_s", RESOLVE_S);
    api_json_i64(&at, "plan_s", PLAN_S);
    list_of(out, "level_s", data_rows_bytes(rows, row, LEVEL_S), true);
    api_json_f64(&at, "warn_share", WARN_SHARE, 3);
    api_json_text(&at, "hours_from", HOURS_FROM);
    api_json_text(&at, "hours_to", HOURS_TO);
    api_json_text(&at, "calendar", CALENDAR);
    list_of(out, "pause_reasons", data_rows_bytes(rows, row, PAUSE_REASONS), false);
    api_json_time(&at, "valid_from", VALID_FROM);
    base_json_out_object_end(out);
}

static const struct api_list policies = {.name = "policies", .item = policy, .columns = 1, .order = {ID}};

enum base_err api_incident_table_policies(struct api_call *call, struct api_worker *worker, struct base_diag *diag)
{
    struct data_conn *conn;
    struct data_arg estate;
    struct api_page page;
    AUTO(data_rows) rows = NULL;
    enum base_err err = api_query_i64(call, "estate", diag, &estate);
    err = err ? err : api_list_page(call, &policies, diag, &page);
    err = err ? err : api_worker_conn(worker, diag, &conn);
    err = err ? err
              : data_run(conn, DATA_POLICY_PAGE, DATA_ARGS(estate, page.after[0], data_i64(page.limit)), diag, &rows);
    if (!err) {
        api_list_out(call, &policies, &page, rows);
    }
    return err;
}
