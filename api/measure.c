/* GET /api/measures/{measure}: who may ask it of which estates, its query, its rows. */
#include "api/measure.h"
#include "api/json.h"
#include "api/request.h"

#include <string.h>

#define DAY_US INT64_C(86400000000)
enum { ESTATES_BYTES = 64 << 20, ARGS = 3 + API_MEASURE_PARAMS, ESTATE_ID = 0 };

/* --- who may --- */

static bool has(const struct api_call *call, const struct api_measure *measure, int64_t estate_id)
{
    bool all = true;
    for (unsigned i = 0; i < DATA_LOOK_KINDS && all; i++) {
        all = !(measure->looks & 1U << i) || data_scope_holds(call->identity->scope, (enum data_look)i, estate_id);
    }
    return all;
}

/* False: the answer says what is missing. */
static bool may(struct api_call *call, const struct api_measure *measure)
{
    for (unsigned i = 0; i < DATA_LOOK_KINDS; i++) {
        if (measure->looks & 1U << i && !data_scope_any(call->identity->scope, (enum data_look)i)) {
            char detail[128];
            snprintf(detail, sizeof detail, "%s: your roles do not include the look \"%s\"", measure->name,
                     data_look_name((enum data_look)i));
            api_problem(call, MHD_HTTP_FORBIDDEN, detail);
            return false;
        }
    }
    if (measure->seen && !call->identity->purpose[0]) {
        api_problem_purpose(call);
        return false;
    }
    return true;
}

/* The estates of the scope at which the caller has every look. One that is named and in sight, but not so, is refused;
 * one that is out of sight has nothing, like one that is not there. */
static enum base_err estates_of(struct api_call *call, struct data_conn *conn, const struct api_measure_asked *asked,
                                struct base_diag *diag, struct base_buf *ret_ids)
{
    AUTO(data_rows) rows = NULL;
    enum base_err err = data_run(conn, DATA_MEASURE_ESTATES, DATA_ARGS(asked->estate), diag, &rows);
    for (size_t row = 0; !err && row < data_rows_count(rows); row++) {
        int64_t id = data_rows_i64(rows, row, ESTATE_ID);
        if (has(call, asked->measure, id)) {
            base_buf_append(ret_ids, &id, sizeof id);
        } else if (asked->estate.type != DATA_ARG_NULL) {
            api_problem(call, MHD_HTTP_FORBIDDEN,
                        "your roles do not include every look that this needs at that estate");
        }
    }
    return err || !ret_ids->err ? err : base_diag_set(diag, BASE_NOMEM, "out of memory");
}

/* --- asking --- */

static enum base_err find_campaign(struct api_call *call, struct data_conn *conn, const struct api_measure *measure,
                                   struct base_diag *diag, struct api_measure_given *given)
{
    AUTO(data_rows) rows = NULL;
    char id[24];
    int len = (int)given->text.len;
    enum base_err err = data_run(conn, DATA_CAMPAIGN_FIND, DATA_ARGS(data_text(given->text.at)), diag, &rows);
    if (!err && data_rows_count(rows) == 0) {
        return base_diag_set(diag, BASE_INVALID, "there is no campaign \"%.*s\"; /api/campaigns lists them", len,
                             given->text.at);
    }
    if (!err && measure->moment &&
        data_rows_time(rows, 0, 2) - data_rows_time(rows, 0, 1) > measure->days_max * DAY_US) {
        return base_diag_set(diag, BASE_INVALID, "the campaign lasts longer than %d days", measure->days_max);
    }
    if (!err) {
        snprintf(id, sizeof id, "%lld", (long long)data_rows_i64(rows, 0, 0));
        given->sql = base_arena_text(&call->arena, base_str_of(id));
    }
    return err;
}

static enum base_err find_campaigns(struct api_call *call, struct data_conn *conn, struct api_measure_asked *asked,
                                    struct base_diag *diag)
{
    enum base_err err = BASE_OK;
    for (size_t i = 0; i < API_MEASURE_PARAMS && !err; i++) {
        if (asked->measure->params[i].type == API_MEASURE_CAMPAIGN && asked->given[i].text.at) {
            err = find_campaign(call, conn, asked->measure, diag, &asked->given[i]);
        }
    }
    return err;
}

static enum base_err run(struct api_call *call, struct data_conn *conn, const struct api_measure_asked *asked,
                         const struct base_buf *ids, struct base_diag *diag, struct data_rows **ret_rows)
{
    struct data_arg args[ARGS];
    AUTO_VALUE(base_buf) estates;
    size_t count = 0, known = ids->len / sizeof(int64_t);
    base_buf_init(&estates, ESTATES_BYTES);
    data_array_begin(&estates, DATA_ARRAY_I64, known);
    for (size_t i = 0; i < known; i++) {
        data_array_i64(&estates, ((const int64_t *)(const void *)ids->data)[i]);
    }
    args[count++] = data_bytes(base_buf_str(&estates));
    if (!asked->measure->moment) {
        args[count++] = data_time(asked->from_us);
        args[count++] = data_time(asked->to_us);
    }
    for (size_t i = 0; i < API_MEASURE_PARAMS && asked->measure->params[i].name; i++) {
        args[count++] = data_text(asked->given[i].sql);
    }
    enum base_err err = estates.err ? base_diag_set(diag, estates.err, "out of memory")
                                    : data_run(conn, asked->measure->query, args, count, diag, ret_rows);
    if (err && data_conn_late(conn)) {
        api_problem(call, MHD_HTTP_GATEWAY_TIMEOUT,
                    "the database gave up after 5 s; ask for one estate, or for a shorter time");
        return BASE_OK;
    }
    return err;
}

/* --- the answer --- */

static void ids_out(struct base_json_out *out, const struct data_rows *rows, size_t row, int column)
{
    int64_t id;
    base_json_out_array(out);
    for (size_t i = 0; data_rows_item(rows, row, column, i, &id); i++) {
        base_json_out_i64(out, id);
    }
    base_json_out_array_end(out);
}

static void value_out(const struct api_json_row *at, const struct api_measure_column *column, int number)
{
    switch (column->type) {
    case API_MEASURE_I64:
        api_json_i64(at, column->name, number);
        break;
    case API_MEASURE_F64:
        api_json_f64(at, column->name, number, 6);
        break;
    case API_MEASURE_TEXT:
        api_json_text(at, column->name, number);
        break;
    case API_MEASURE_BOOL:
        api_json_bool(at, column->name, number);
        break;
    case API_MEASURE_TIME:
        api_json_time(at, column->name, number);
        break;
    case API_MEASURE_IDS:
        base_json_out_key(at->out, column->name);
        ids_out(at->out, at->rows, at->row, number);
        break;
    case API_MEASURE_UNIT:
        break;
    }
}

/* What is divided, and by what, is always told: null where there is nothing. */
static bool fraction(const char *name)
{
    const struct base_str text = base_str_of(name);
    return base_str_is(text, "value") || base_str_is(text, "numerator") || base_str_is(text, "denominator");
}

static void row_out(const struct api_json_row *at, const struct api_measure *measure)
{
    base_json_out_object(at->out);
    for (int i = 0; i < API_MEASURE_COLUMNS && measure->columns[i].name; i++) {
        if (data_rows_null(at->rows, at->row, i) && fraction(measure->columns[i].name)) {
            base_json_out_key(at->out, measure->columns[i].name);
            base_json_out_null(at->out);
        } else {
            value_out(at, &measure->columns[i], i);
        }
    }
    base_json_out_object_end(at->out);
}

static void answer(struct api_call *call, const struct api_measure_asked *asked, const struct data_rows *rows)
{
    struct base_json_out out = api_answer_json(call);
    const struct api_measure *measure = asked->measure;
    base_json_out_object(&out);
    base_json_out_key(&out, "measure");
    base_json_out_text(&out, measure->name);
    base_json_out_key(&out, "version");
    base_json_out_i64(&out, measure->version);
    if (!measure->moment) {
        base_json_out_key(&out, "from");
        base_json_out_time(&out, asked->from_us);
        base_json_out_key(&out, "to");
        base_json_out_time(&out, asked->to_us);
    }
    base_json_out_key(&out, "unit");
    base_json_out_text(&out, measure->unit);
    api_measure_told(asked, &out);
    base_json_out_key(&out, "rows");
    base_json_out_array(&out);
    for (size_t row = 0; row < data_rows_count(rows); row++) {
        /* Asked as the owner, a query that gave another estate's row would be told to nobody. */
        if (has(call, measure, data_rows_i64(rows, row, ESTATE_ID))) {
            row_out(&(struct api_json_row){&out, rows, row}, measure);
        }
    }
    base_json_out_array_end(&out);
    base_json_out_object_end(&out);
    api_answer_scoped(call);
    api_answer_revalidate(call);
}

static enum base_err ask(struct api_call *call, struct api_worker *worker, struct api_measure_asked *asked,
                         struct base_diag *diag)
{
    struct data_conn *conn;
    AUTO(data_rows) rows = NULL;
    AUTO_VALUE(base_buf) ids;
    base_buf_init(&ids, ESTATES_BYTES);
    enum base_err err = api_worker_conn(worker, diag, &conn);
    err = err ? err : find_campaigns(call, conn, asked, diag);
    err = err ? err : estates_of(call, conn, asked, diag, &ids);
    if (err || call->answer.status) {
        return err;
    }
    err = asked->measure->whole ? api_worker_owner(worker, diag, &conn) : BASE_OK;
    err = err || ids.len == 0 ? err : run(call, conn, asked, &ids, diag, &rows);
    if (!err && !call->answer.status && asked->measure->seen) {
        err = api_audit_rows(call, conn, asked->measure->seen, rows, ESTATE_ID, diag);
    }
    if (!err && !call->answer.status) {
        answer(call, asked, rows);
    }
    return err;
}

static void unknown(struct api_call *call)
{
    char detail[512] = "there is no such measure; /api/measures lists them:";
    for (size_t i = 0, len = 0; i < API_MEASURES && (len = strlen(detail)) < sizeof detail; i++) {
        snprintf(detail + len, sizeof detail - len, "%s %s", i ? "," : "", api_measures[i].name);
    }
    api_problem(call, MHD_HTTP_NOT_FOUND, detail);
}

enum base_err api_measure_get(struct api_call *call, struct api_worker *worker, struct base_diag *diag)
{
    const struct api_measure *measure = api_measure_find(call->captured[0]);
    struct api_measure_asked asked;
    if (!measure) {
        unknown(call);
        return BASE_OK;
    }
    enum base_err err = api_measure_read(call, measure, diag, &asked);
    return err || !may(call, measure) ? err : ask(call, worker, &asked, diag);
}
