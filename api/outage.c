/* GET /api/outages: when evidence may have been lost, as the platform wrote it down about itself and its trackers. */
#include "api/json.h"
#include "api/request.h"

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

static void answer(struct api_call *call, int64_t limit, const struct data_rows *rows)
{
    struct base_json_out out = api_answer_json(call);
    size_t count = data_rows_count(rows);
    base_json_out_object(&out);
    base_json_out_key(&out, "outages");
    base_json_out_array(&out);
    for (size_t i = 0; i < count; i++) {
        outage(&out, rows, i);
    }
    base_json_out_array_end(&out);
    base_json_out_key(&out, "links");
    base_json_out_array(&out);
    if (count && (int64_t)count == limit) {
        char after[80];
        snprintf(after, sizeof after, "%lld-%lld-%lld", (long long)data_rows_time(rows, count - 1, T_FROM),
                 (long long)data_rows_i64(rows, count - 1, ESTATE_ID), (long long)data_rows_i64(rows, count - 1, ID));
        api_query_next(call, &out, after);
    }
    base_json_out_array_end(&out);
    base_json_out_object_end(&out);
    api_answer_scoped(call);
    api_answer_revalidate(call);
}

enum base_err api_outage_list(struct api_call *call, struct api_worker *worker, struct base_diag *diag)
{
    struct data_conn *conn;
    struct data_arg estate;
    int64_t from_us = 0, to_us = 0, limit = 0, after[API_QUERY_AFTER_MAX] = {0};
    bool begun = false;
    AUTO(data_rows) rows = NULL;
    enum base_err err = api_query_i64(call, "estate", diag, &estate);
    err = err ? err : api_query_time(call, "to", base_clock_now_us(), diag, &to_us);
    err = err ? err : api_query_time(call, "from", to_us - 7 * DAY_US, diag, &from_us);
    err = err ? err : api_query_limit(call, diag, &limit);
    err = err ? err : api_query_after(call, 3, diag, after, &begun);
    err = err ? err : api_worker_conn(worker, diag, &conn);
    err = err ? err
              : data_run(conn, DATA_OUTAGE_PAGE,
                         DATA_ARGS(estate, data_time(from_us), data_time(to_us),
                                   begun ? data_time(after[0]) : data_null(), data_i64(after[1]), data_i64(after[2]),
                                   data_i64(limit)),
                         diag, &rows);
    if (!err) {
        answer(call, limit, rows);
    }
    return err;
}
