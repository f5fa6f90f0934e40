/* GET /api/estates/{estate}/plan: an estate's one plan (一小区一方案) - what is open in its three ledgers, with
 * deadlines; as JSON, or as a workbook with a tab of each. */
#include "api/json.h"
#include "api/ledger.h"

enum { MOST = 1000 };

static struct api_ledger_asked open_of(int64_t estate_id)
{
    struct api_ledger_asked asked = api_ledger_all();
    asked.estate = data_i64(estate_id);
    asked.state = "open";
    asked.page.limit = MOST;
    return asked;
}

static enum base_err workbook(struct api_call *call, struct data_conn *conn, int64_t estate_id,
                              const struct api_sheet_asked *form, struct base_diag *diag)
{
    AUTO(api_sheet_file) file = NULL;
    enum base_err err = api_sheet_open(call, form, diag, &file);
    if (err || !file) {
        return err;
    }
    for (size_t i = 0; i < API_LEDGERS && !err; i++) {
        struct api_ledger_asked asked = open_of(estate_id);
        err = api_ledger_file(conn, api_ledgers[i], &asked, file, form->lang, diag);
    }
    return err ? err : api_sheet_answer(file, "plan", diag);
}

/* Under its name; what is more is in the ledger itself. */
static enum base_err member(struct base_json_out *out, struct data_conn *conn, const struct api_ledger *ledger,
                            int64_t estate_id, struct base_diag *diag)
{
    AUTO(data_rows) rows = NULL;
    struct api_ledger_asked asked = open_of(estate_id);
    enum base_err err = api_ledger_page(conn, ledger, &asked, diag, &rows);
    if (err) {
        return err;
    }
    base_json_out_key(out, ledger->list->name);
    base_json_out_object(out);
    base_json_out_key(out, "items");
    base_json_out_array(out);
    for (size_t i = 0; i < data_rows_count(rows); i++) {
        ledger->list->item(out, rows, i);
    }
    base_json_out_array_end(out);
    base_json_out_key(out, "complete");
    base_json_out_bool(out, data_rows_count(rows) < MOST);
    base_json_out_object_end(out);
    return BASE_OK;
}

static enum base_err plan(struct api_call *call, struct data_conn *conn, const struct data_rows *estate,
                          int64_t estate_id, struct base_diag *diag)
{
    enum { NAME, NAME_EN, OPEN, OVERDUE = OPEN + API_LEDGERS, AS_OF = OVERDUE + API_LEDGERS };
    enum base_err err = BASE_OK;
    struct base_json_out out = api_answer_json(call);
    struct api_json_row at = {&out, estate, 0};
    base_json_out_object(&out);
    base_json_out_key(&out, "estate_id");
    base_json_out_i64(&out, estate_id);
    api_json_text(&at, "estate", NAME);
    api_json_text(&at, "estate_en", NAME_EN);
    base_json_out_key(&out, "counts");
    base_json_out_object(&out);
    for (int i = 0; i < API_LEDGERS; i++) {
        base_json_out_key(&out, api_ledgers[i]->list->name);
        base_json_out_object(&out);
        api_json_i64(&at, "open", OPEN + i);
        api_json_i64(&at, "overdue", OVERDUE + i);
        base_json_out_object_end(&out);
    }
    base_json_out_object_end(&out);
    for (size_t i = 0; i < API_LEDGERS && !err; i++) {
        err = member(&out, conn, api_ledgers[i], estate_id, diag);
    }
    api_json_time(&at, "as_of", AS_OF);
    base_json_out_object_end(&out);
    api_answer_scoped(call);
    return err;
}

enum base_err api_ledger_plan(struct api_call *call, struct api_worker *worker, struct base_diag *diag)
{
    struct data_conn *conn;
    struct api_sheet_asked form;
    int64_t ids[API_CAPTURES_MAX];
    AUTO(data_rows) estate = NULL;
    enum base_err err = api_query_path(call, 1, diag, ids);
    err = err ? err : api_sheet_asked(call, "json xlsx", diag, &form);
    err = err ? err : api_worker_conn(worker, diag, &conn);
    err = err ? err : data_begin_snapshot(conn, diag);
    if (err) {
        return err;
    }
    err = data_run(conn, DATA_LEDGER_PLAN, DATA_ARGS(data_i64(ids[0])), diag, &estate);
    if (!err &&
        (data_rows_count(estate) == 0 || !data_scope_holds(call->identity->scope, DATA_LOOK_INCIDENT, ids[0]))) {
        err = base_diag_set(diag, BASE_NOT_FOUND, "there is no estate %lld", (long long)ids[0]);
    }
    err = err                           ? err
          : form.form == API_SHEET_XLSX ? workbook(call, conn, ids[0], &form, diag)
                                        : plan(call, conn, estate, ids[0], diag);
    data_rollback(conn);
    return err;
}
