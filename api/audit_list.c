/* GET /api/audit?from=&to=&after=: who looked at what and why, newest first, for auditors. */
#include "api/json.h"
#include "api/private.h"

#include <string.h>

enum { PAGE = 500 };
static const int64_t span_us = INT64_C(7) * 86400 * 1000000; /* when from is not given */

struct page {
    int64_t from_us, to_us;
    bool begun; /* a page went before; its last row: */
    int64_t time_us, id;
};

static enum base_err time_of(const struct api_call *call, const char *name, int64_t standard_us, struct base_diag *diag,
                             int64_t *ret_us)
{
    struct base_str text = api_target_param(&call->target, name);
    *ret_us = standard_us;
    return !text.at || base_time_in(text, ret_us)
               ? BASE_OK
               : base_diag_set(diag, BASE_INVALID, "%s must be a time like 2026-05-01T00:00:00Z", name);
}

/* "time-id", as the page before gave it. */
static bool after_in(struct base_str text, struct page *page)
{
    struct base_str time;
    page->begun = true;
    return base_str_next(&text, '-', &time) && text.at && base_str_i64(time, &page->time_us) &&
           base_str_i64(text, &page->id);
}

static enum base_err page_of(const struct api_call *call, struct base_diag *diag, struct page *page)
{
    int64_t now = base_clock_now_us();
    struct base_str after = api_target_param(&call->target, "after");
    enum base_err err = time_of(call, "to", now + 1000000, diag, &page->to_us);
    err = err ? err : time_of(call, "from", page->to_us - span_us, diag, &page->from_us);
    if (!err && after.at && !after_in(after, page)) {
        err = base_diag_set(diag, BASE_INVALID, "after must be what the page before gave");
    }
    return err;
}

/* Columns of audit_list. */
enum { ID, FIRST_AT, ESTATE, SESSION, ACTOR, ACTION, PURPOSE, LAYER, NOTE };

static void entry(struct base_json_out *out, const struct data_rows *rows, size_t row)
{
    char session[BASE_ID_TEXT];
    struct api_json_row at = {out, rows, row};
    base_json_out_object(out);
    base_json_out_key(out, "time");
    base_json_out_time(out, data_rows_time(rows, row, FIRST_AT));
    api_json_text(&at, "actor", ACTOR);
    api_json_text(&at, "action", ACTION);
    base_json_out_key(out, "estate");
    if (data_rows_i64(rows, row, ESTATE)) {
        base_json_out_i64(out, data_rows_i64(rows, row, ESTATE));
    } else {
        base_json_out_null(out); /* acts belong to none */
    }
    api_json_text(&at, "layer", LAYER);
    api_json_text(&at, "purpose", PURPOSE);
    api_json_text(&at, "note", NOTE);
    base_json_out_key(out, "session");
    base_json_out_text(
        out, data_rows_null(rows, row, SESSION) ? NULL : base_id_hex(data_rows_id(rows, row, SESSION), session));
    base_json_out_object_end(out);
}

static void next(struct base_json_out *out, const struct page *page, const struct data_rows *rows)
{
    char from[BASE_TIME_TEXT], to[BASE_TIME_TEXT], href[160];
    size_t last = data_rows_count(rows) - 1;
    snprintf(href, sizeof href, "/api/audit?from=%s&to=%s&after=%lld-%lld", base_time_out(page->from_us, from),
             base_time_out(page->to_us, to), (long long)data_rows_time(rows, last, FIRST_AT),
             (long long)data_rows_i64(rows, last, ID));
    base_json_out_object(out);
    base_json_out_key(out, "rel");
    base_json_out_text(out, "next");
    base_json_out_key(out, "href");
    base_json_out_text(out, href);
    base_json_out_object_end(out);
}

static void answer(struct api_call *call, const struct page *page, const struct data_rows *rows)
{
    struct base_json_out out = api_answer_json(call);
    call->answer.cache = "no-store";
    base_json_out_object(&out);
    base_json_out_key(&out, "from");
    base_json_out_time(&out, page->from_us);
    base_json_out_key(&out, "to");
    base_json_out_time(&out, page->to_us);
    base_json_out_key(&out, "entries");
    base_json_out_array(&out);
    for (size_t i = 0; i < data_rows_count(rows); i++) {
        entry(&out, rows, i);
    }
    base_json_out_array_end(&out);
    base_json_out_key(&out, "links");
    base_json_out_array(&out);
    if (data_rows_count(rows) == PAGE) {
        next(&out, page, rows);
    }
    base_json_out_array_end(&out);
    base_json_out_object_end(&out);
}

/* An auditor of some estates sees the looks at them; acts, which belong to no estate, are for those of all. */
static enum base_err estates_of(const struct data_scope *scope, struct base_buf *array, struct base_diag *diag,
                                struct data_arg *ret_arg)
{
    const int64_t *estates;
    *ret_arg = data_null();
    if (data_scope_all(scope, DATA_LOOK_AUDIT)) {
        return BASE_OK;
    }
    size_t count = data_scope_estates(scope, DATA_LOOK_AUDIT, &estates);
    data_array_begin(array, DATA_ARRAY_I64, count);
    for (size_t i = 0; i < count; i++) {
        data_array_i64(array, estates[i]);
    }
    *ret_arg = data_bytes(base_buf_str(array));
    return array->err ? base_diag_set(diag, array->err, "audit: %zu estates", count) : BASE_OK;
}

enum base_err api_audit_list(struct api_call *call, struct api_worker *worker, struct base_diag *diag)
{
    struct data_conn *conn;
    struct page page = {.begun = false};
    struct data_arg estates;
    AUTO_VALUE(base_buf) array;
    AUTO(data_rows) rows = NULL;
    base_buf_init(&array, API_BODY_MAX);
    enum base_err err = page_of(call, diag, &page);
    err = err ? err : estates_of(call->identity->scope, &array, diag, &estates);
    err = err ? err : api_worker_conn(worker, diag, &conn);
    err = err ? err
              : data_run(conn, DATA_AUDIT_LIST,
                         DATA_ARGS(data_time(page.from_us), data_time(page.to_us),
                                   page.begun ? data_time(page.time_us) : data_null(),
                                   page.begun ? data_i64(page.id) : data_null(), data_i64(PAGE), estates),
                         diag, &rows);
    if (!err) {
        answer(call, &page, rows);
    }
    return err;
}
