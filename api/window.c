/* GET /api/windows and /api/windows/summary: what had to happen, and what became of it. */
#include "api/json.h"
#include "api/list.h"

#include <string.h>

#define DAY_US INT64_C(86400000000)
enum { SPAN_MAX_DAYS = 400 };
static const char states[] = "pending open met missed unknown waived";
static const char kinds[] = "building entrance checkpoint route zone facility camera bin";

/* Columns of window_list. */
enum {
    ESTATE_ID,
    DUTY_ID,
    PLACE_ID,
    DUTY_VERSION,
    PLACE_KIND,
    PLACE_NAME,
    PLACE_NAME_EN,
    T_FROM,
    T_TO,
    DUE_AT,
    STATE,
    DUTY_KEY,
    DUTY_NAME,
    DUTY_NAME_EN,
    ORGANISATION_ID,
    ORGANISATION,
    ORGANISATION_EN
};

struct span {
    int64_t from_us, to_us;
};

/* Without from and to: the last day and what is open now. Each day is a partition to plan. */
static enum base_err span_of(const struct api_call *call, struct base_diag *diag, struct span *span)
{
    enum base_err err = api_query_time(call, "to", base_clock_now_us() + 1, diag, &span->to_us);
    err = err ? err : api_query_time(call, "from", span->to_us - DAY_US, diag, &span->from_us);
    if (!err && (span->to_us <= span->from_us || span->to_us - span->from_us > SPAN_MAX_DAYS * DAY_US)) {
        err = base_diag_set(diag, BASE_INVALID, "to must be after from, by %d days at most", SPAN_MAX_DAYS);
    }
    return err;
}

/* --- the list --- */

static void window(struct base_json_out *out, const struct data_rows *rows, size_t row)
{
    struct api_json_row at = {out, rows, row};
    base_json_out_object(out);
    api_json_i64(&at, "estate_id", ESTATE_ID);
    api_json_i64(&at, "duty_id", DUTY_ID);
    api_json_i64(&at, "duty_version", DUTY_VERSION);
    api_json_text(&at, "duty_key", DUTY_KEY);
    api_json_text(&at, "duty_name", DUTY_NAME);
    api_json_text(&at, "duty_name_en", DUTY_NAME_EN);
    api_json_text(&at, "place_kind", PLACE_KIND);
    api_json_i64(&at, "place_id", PLACE_ID);
    api_json_text(&at, "place_name", PLACE_NAME);
    api_json_text(&at, "place_name_en", PLACE_NAME_EN);
    api_json_time(&at, "t_from", T_FROM);
    api_json_time(&at, "t_to", T_TO);
    api_json_time(&at, "due_at", DUE_AT);
    api_json_text(&at, "state", STATE);
    api_json_i64(&at, "organisation_id", ORGANISATION_ID);
    api_json_text(&at, "organisation", ORGANISATION);
    api_json_text(&at, "organisation_en", ORGANISATION_EN);
    base_json_out_object_end(out);
}

static const struct api_list windows = {"windows", window, .timed = true, .columns = 4,
                                        .order = {T_FROM, ESTATE_ID, DUTY_ID, PLACE_ID}};

struct list {
    struct data_arg estate, duty, place, organisation;
    const char *kind, *state;
    struct span span;
    struct api_page page;
};

static enum base_err list_in(const struct api_call *call, struct base_diag *diag, struct list *list)
{
    enum base_err err = api_query_i64(call, "estate", diag, &list->estate);
    err = err ? err : api_query_i64(call, "duty", diag, &list->duty);
    err = err ? err : api_query_i64(call, "place", diag, &list->place);
    err = err ? err : api_query_i64(call, "organisation", diag, &list->organisation);
    err = err ? err : api_query_word(call, "place_kind", kinds, NULL, diag, &list->kind);
    err = err ? err : api_query_word(call, "verdict", states, NULL, diag, &list->state);
    err = err ? err : span_of(call, diag, &list->span);
    return err ? err : api_list_page(call, &windows, diag, &list->page);
}

enum base_err api_window_list(struct api_call *call, struct api_worker *worker, struct base_diag *diag)
{
    struct data_conn *conn;
    struct list list;
    AUTO(data_rows) rows = NULL;
    enum base_err err = list_in(call, diag, &list);
    err = err ? err : api_worker_conn(worker, diag, &conn);
    err = err ? err
              : data_run(conn, DATA_WINDOW_LIST,
                         DATA_ARGS(list.estate, list.duty, data_text(list.kind), list.place,
                                   data_time(list.span.from_us), data_time(list.span.to_us), data_text(list.state),
                                   list.organisation, list.page.after[0], list.page.after[1], list.page.after[2],
                                   list.page.after[3], data_i64(list.page.limit)),
                         diag, &rows);
    if (!err) {
        api_list_out(call, &windows, &list.page, rows);
    }
    return err;
}

/* --- the summary --- */

/* Columns of window_summary. */
enum { TOTAL, GROUP_ESTATE, GROUP_ID, LABEL, LABEL_EN, DUE, MET, MISSED, UNKNOWN, WAIVED, PENDING, OPEN };

/* A share without a denominator is none: null, and of how many. */
static void rate(struct base_json_out *out, const char *key, int64_t part, int64_t of)
{
    base_json_out_key(out, key);
    base_json_out_object(out);
    base_json_out_key(out, "value");
    if (of) {
        base_json_out_f64(out, (double)part / (double)of, 4);
    } else {
        base_json_out_null(out);
    }
    base_json_out_key(out, "of");
    base_json_out_i64(out, of);
    base_json_out_object_end(out);
}

static void numbers(const struct api_json_row *at)
{
    int64_t met = data_rows_i64(at->rows, at->row, MET), missed = data_rows_i64(at->rows, at->row, MISSED);
    int64_t waived = data_rows_i64(at->rows, at->row, WAIVED);
    api_json_i64(at, "due", DUE);
    api_json_i64(at, "met", MET);
    api_json_i64(at, "missed", MISSED);
    api_json_i64(at, "unknown", UNKNOWN);
    api_json_i64(at, "waived", WAIVED);
    api_json_i64(at, "pending", PENDING);
    api_json_i64(at, "open", OPEN);
    rate(at->out, "rate", met, met + missed);
    rate(at->out, "rate_with_waived", met + waived, met + missed + waived);
}

static void group(struct base_json_out *out, const struct data_rows *rows, size_t row, const char *by)
{
    struct api_json_row at = {out, rows, row};
    base_json_out_object(out);
    if (strcmp(by, "place_kind") == 0) {
        api_json_text(&at, "place_kind", LABEL);
    } else {
        api_json_i64(&at, "estate_id", GROUP_ESTATE);
        api_json_i64(&at, "id", GROUP_ID);
        api_json_text(&at, "name", LABEL);
        api_json_text(&at, "name_en", LABEL_EN);
    }
    numbers(&at);
    base_json_out_object_end(out);
}

static void summary_out(struct api_call *call, const struct span *span, const char *by, const struct data_rows *rows)
{
    struct base_json_out out = api_answer_json(call);
    size_t groups = data_rows_count(rows) - 1; /* the last row is of all */
    struct api_json_row total = {&out, rows, groups};
    base_json_out_object(&out);
    base_json_out_key(&out, "from");
    base_json_out_time(&out, span->from_us);
    base_json_out_key(&out, "to");
    base_json_out_time(&out, span->to_us);
    base_json_out_key(&out, "by");
    base_json_out_text(&out, by);
    base_json_out_key(&out, "total");
    base_json_out_object(&out);
    numbers(&total);
    base_json_out_object_end(&out);
    base_json_out_key(&out, "groups");
    base_json_out_array(&out);
    for (size_t i = 0; i < groups; i++) {
        group(&out, rows, i, by);
    }
    base_json_out_array_end(&out);
    base_json_out_object_end(&out);
    api_answer_scoped(call);
    api_answer_revalidate(call);
}

enum base_err api_window_summary(struct api_call *call, struct api_worker *worker, struct base_diag *diag)
{
    struct data_conn *conn;
    struct data_arg estate;
    struct span span;
    const char *by;
    AUTO(data_rows) rows = NULL;
    enum base_err err = api_query_i64(call, "estate", diag, &estate);
    err = err ? err : span_of(call, diag, &span);
    err = err ? err : api_query_word(call, "by", "duty place_kind organisation", "duty", diag, &by);
    err = err ? err : api_worker_conn(worker, diag, &conn);
    err = err ? err
              : data_run(conn, DATA_WINDOW_SUMMARY,
                         DATA_ARGS(estate, data_time(span.from_us), data_time(span.to_us), data_text(by)), diag, &rows);
    if (!err) {
        summary_out(call, &span, by, rows);
    }
    return err;
}
