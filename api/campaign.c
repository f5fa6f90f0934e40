/* GET /api/campaigns: what is done with joined forces for a while. What became of it: /api/measures/campaign_change. */
#include "api/json.h"
#include "api/list.h"

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

static const struct api_list list = {
    .name = "campaigns", .item = campaign, .timed = true, .columns = 2, .order = {T_FROM, ID}};

enum base_err api_campaign_list(struct api_call *call, struct api_worker *worker, struct base_diag *diag)
{
    struct data_conn *conn;
    struct api_page page;
    AUTO(data_rows) rows = NULL;
    enum base_err err = api_list_page(call, &list, diag, &page);
    err = err ? err : api_worker_conn(worker, diag, &conn);
    err = err ? err
              : data_run(conn, DATA_CAMPAIGN_PAGE, DATA_ARGS(page.after[0], page.after[1], data_i64(page.limit)), diag,
                         &rows);
    if (!err) {
        api_list_out(call, &list, &page, rows);
    }
    return err;
}
