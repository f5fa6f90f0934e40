/* GET /api/outages: when evidence may have been lost, as the platform wrote it down about itself and its trackers. */
#include "api/json.h"
#include "api/list.h"

#define DAY_US INT64_C(86400000000)

/* Columns of outage_page. */
enum { ESTATE_ID, ID, SCOPE, CAUSE, SOURCE, SUBJECT_TYPE, T_FROM, T_TO };

static void outage(struct base_json_out *out, const struct data_rows *rows, size_t row)
{
    struct api_json_row at = {out, rows, row};
    base_json_out_object(out);
    api_json_i64(&at, "estate_id", ESTATE_ID);
    api_json_i64(&at, "id", ID);
    api_json_text(&at, "scope", SCOPE);
    api_json_text(&at, "cause", CAUSE);
    api_json_text(&at, "source", SOURCE);
    api_json_text(&at, "subject_type", SUBJECT_TYPE);
    api_json_time(&at, "t_from", T_FROM);
    api_json_time(&at, "t_to", T_TO);
    base_json_out_object_end(out);
}

static const struct api_list outages = {"outages", outage, .timed = true, .columns = 3,
                                        .order = {T_FROM, ESTATE_ID, ID}};

enum base_err api_outage_list(struct api_call *call, struct api_worker *worker, struct base_diag *diag)
{
    struct data_conn *conn;
    struct data_arg estate;
    struct api_page page;
    int64_t from_us = 0, to_us = 0;
    AUTO(data_rows) rows = NULL;
    enum base_err err = api_query_i64(call, "estate", diag, &estate);
    err = err ? err : api_query_time(call, "to", base_clock_now_us(), diag, &to_us);
    err = err ? err : api_query_time(call, "from", to_us - 7 * DAY_US, diag, &from_us);
    err = err ? err : api_list_page(call, &outages, diag, &page);
    err = err ? err : api_worker_conn(worker, diag, &conn);
    err = err ? err
              : data_run(conn, DATA_OUTAGE_PAGE,
                         DATA_ARGS(estate, data_time(from_us), data_time(to_us), page.after[0], page.after[1],
                                   page.after[2], data_i64(page.limit)),
                         diag, &rows);
    if (!err) {
        api_list_out(call, &outages, &page, rows);
    }
    return err;
}
