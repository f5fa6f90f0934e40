/* GET /api/campaigns: what is done with joined forces for a while. What became of it: /api/measures/campaign_change. */
#include "api/json.h"
#include "api/request.h"

/* Columns of campaign_page. */
enum { ID, CODE, NAME, NAME_EN, T_FROM, T_TO, DUTIES };

static void campaign(struct base_json_out *out, const struct data_rows *rows, size_t row)
{
    struct api_json_row at = {out, rows, row};
    base_json_out_object(out);
    api_json_text(&at, "code", CODE);
    api_json_text(&at, "name", NAME);
    api_json_text(&at, "name_en", NAME_EN);
    api_json_time(&at, "t_from", T_FROM);
    api_json_time(&at, "t_to", T_TO);
    api_json_i64(&at, "duties", DUTIES);
    base_json_out_object_end(out);
}

static void answer(struct api_call *call, int64_t limit, const struct data_rows *rows)
{
    struct base_json_out out = api_answer_json(call);
    size_t count = data_rows_count(rows);
    base_json_out_object(&out);
    base_json_out_key(&out, "campaigns");
    base_json_out_array(&out);
    for (size_t i = 0; i < count; i++) {
        campaign(&out, rows, i);
    }
    base_json_out_array_end(&out);
    base_json_out_key(&out, "links");
    base_json_out_array(&out);
    if (count && (int64_t)count == limit) {
        char after[64];
        snprintf(after, sizeof after, "%lld-%lld", (long long)data_rows_time(rows, count - 1, T_FROM),
                 (long long)data_rows_i64(rows, count - 1, ID));
        api_query_next(call, &out, after);
    }
    base_json_out_array_end(&out);
    base_json_out_object_end(&out);
    api_answer_scoped(call);
    api_answer_revalidate(call);
}

enum base_err api_campaign_list(struct api_call *call, struct api_worker *worker, struct base_diag *diag)
{
    struct data_conn *conn;
    int64_t limit = 0, after[API_QUERY_AFTER_MAX] = {0};
    bool begun = false;
    AUTO(data_rows) rows = NULL;
    enum base_err err = api_query_limit(call, diag, &limit);
    err = err ? err : api_query_after(call, 2, diag, after, &begun);
    err = err ? err : api_worker_conn(worker, diag, &conn);
    err = err ? err
              : data_run(conn, DATA_CAMPAIGN_PAGE,
                         DATA_ARGS(begun ? data_time(after[0]) : data_null(), data_i64(after[1]), data_i64(limit)),
                         diag, &rows);
    if (!err) {
        answer(call, limit, rows);
    }
    return err;
}
