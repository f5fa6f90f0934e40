/* What is measured of buildings: GET /api/indicators, and the member of the same name in dossiers. Each number goes
 * with what it was divided by and with a link to the list that shows it. */
#include "api/dossier.h"
#include "api/list.h"

#include <math.h>

#define DAY_US INT64_C(86400000000)
enum { STANDARD_DAYS = 30, SPAN_MAX_DAYS = 366, HREF_MAX = 400 };
static const double month_days = 365.25 / 12;

/* Columns of indicator_buildings. */
enum {
    ESTATE_ID,
    ID,
    NAME,
    NAME_EN,
    DWELLINGS,
    FLOOR_M2,
    PASSES,
    LAST_PASS_AT,
    LONGEST_GAP_S,
    MET,
    MISSED,
    UNKNOWN,
    WAIVED,
    UNDECIDED,
    INCIDENTS,
    OPEN,
    CLOSED,
    RECURRING
};

/* --- of which time --- */

static enum base_err spans(struct base_diag *diag, const struct api_dossier_when *when)
{
    if (when->to_us > when->at_us) {
        return base_diag_set(diag, BASE_INVALID, "to must not be after at (now, when it is not given)");
    }
    if (when->split_us &&
        (when->split_us >= when->to_us || when->to_us - when->split_us > SPAN_MAX_DAYS / 2 * DAY_US)) {
        return base_diag_set(diag, BASE_INVALID, "split must be before to, by %d days at most", SPAN_MAX_DAYS / 2);
    }
    if (when->from_us >= when->to_us || when->to_us - when->from_us > SPAN_MAX_DAYS * DAY_US) {
        return base_diag_set(diag, BASE_INVALID, "from must be before to, by %d days at most", SPAN_MAX_DAYS);
    }
    return BASE_OK;
}

enum base_err api_dossier_when(const struct api_call *call, struct base_diag *diag, struct api_dossier_when *ret_when)
{
    const struct api_target *target = &call->target;
    struct api_dossier_when when = {.past = api_target_param(target, "at").at != NULL};
    int64_t now_us = base_clock_now_us();
    bool split = api_target_param(target, "split").at != NULL;
    enum base_err err = api_query_time(call, "at", now_us, diag, &when.at_us);
    if (!err && when.at_us > now_us) {
        err = base_diag_set(diag, BASE_INVALID, "at must not be in the future: nothing is known of it");
    }
    err = err ? err : api_query_time(call, "to", when.at_us, diag, &when.to_us);
    err = err ? err : api_query_time(call, "from", when.to_us - STANDARD_DAYS * DAY_US, diag, &when.from_us);
    err = err ? err : api_query_time(call, "split", 0, diag, &when.split_us);
    if (!err && split && api_target_param(target, "from").at) {
        err = base_diag_set(diag, BASE_INVALID, "with split, from follows from it: leave it out");
    }
    if (!err && split) {
        when.from_us = when.split_us - (when.to_us - when.split_us);
    }
    err = err ? err : spans(diag, &when);
    if (!err) {
        *ret_when = when;
    }
    return err;
}

struct data_arg api_dossier_known(const struct api_dossier_when *when)
{
    return when->past ? data_time(when->at_us) : data_null();
}

static void time_out(struct base_json_out *out, const char *key, int64_t time_us)
{
    base_json_out_key(out, key);
    base_json_out_time(out, time_us);
}

enum base_err api_dossier_late(struct api_call *call, const struct data_conn *conn, enum base_err err)
{
    if (!data_conn_late(conn)) {
        return err;
    }
    api_problem(call, MHD_HTTP_GATEWAY_TIMEOUT,
                "the database gave up after 5 s; ask for fewer buildings, or for a shorter time");
    return BASE_OK;
}

void api_dossier_when_out(struct base_json_out *out, const struct api_dossier_when *when)
{
    base_json_out_key(out, "period");
    base_json_out_object(out);
    time_out(out, "from", when->from_us);
    if (when->split_us) {
        time_out(out, "split", when->split_us);
    }
    time_out(out, "to", when->to_us);
    base_json_out_object_end(out);
}

/* --- reading --- */

void api_indicators_release(struct api_indicators *indicators)
{
    data_rows_free(indicators->whole);
    data_rows_free(indicators->before);
    data_rows_free(indicators->after);
}

static enum base_err read_span(struct data_conn *conn, const struct api_dossier_when *when, struct base_str ids,
                               int64_t from_us, int64_t to_us, struct base_diag *diag, struct data_rows **ret_rows)
{
    return data_run(conn, DATA_INDICATOR_BUILDINGS,
                    DATA_ARGS(data_bytes(ids), data_time(from_us), data_time(to_us), data_time(when->at_us),
                              api_dossier_known(when)),
                    diag, ret_rows);
}

enum base_err api_indicator_read(struct data_conn *conn, const struct api_dossier_when *when, struct base_str ids,
                                 struct base_diag *diag, struct api_indicators *indicators)
{
    enum base_err err = read_span(conn, when, ids, when->from_us, when->to_us, diag, &indicators->whole);
    if (!err && when->split_us) {
        err = read_span(conn, when, ids, when->from_us, when->split_us, diag, &indicators->before);
        err = err ? err : read_span(conn, when, ids, when->split_us, when->to_us, diag, &indicators->after);
    }
    return err;
}

int64_t api_indicator_last_pass(const struct api_indicators *indicators, size_t row)
{
    const struct data_rows *rows = indicators->whole;
    return data_rows_null(rows, row, LAST_PASS_AT) ? INT64_MIN : data_rows_time(rows, row, LAST_PASS_AT);
}

/* --- a number --- */

/* One building in one span. */
struct span {
    const struct data_rows *rows;
    size_t row;
    int64_t from_us, to_us;
};

struct share {
    double numerator, denominator; /* 0: there is nothing to divide by, so no value */
};

static double number(const struct span *span, int column)
{
    return data_rows_null(span->rows, span->row, column) ? 0 : (double)data_rows_i64(span->rows, span->row, column);
}

static struct share since_pass(const struct span *span)
{
    bool any = !data_rows_null(span->rows, span->row, LAST_PASS_AT);
    int64_t last_us = any ? data_rows_time(span->rows, span->row, LAST_PASS_AT) : 0;
    return (struct share){(double)(span->to_us - last_us) / 1e6, any};
}

static struct share longest_gap(const struct span *span)
{
    return (struct share){data_rows_f64(span->rows, span->row, LONGEST_GAP_S), 1};
}

static struct share duty_rate(const struct span *span)
{
    return (struct share){number(span, MET), number(span, MET) + number(span, MISSED)};
}

static struct share duty_rate_waived(const struct span *span)
{
    double met = number(span, MET) + number(span, WAIVED);
    return (struct share){met, met + number(span, MISSED)};
}

static struct share incidents(const struct span *span)
{
    return (struct share){number(span, INCIDENTS), 1};
}

static struct share density(const struct span *span)
{
    double months = (double)(span->to_us - span->from_us) / (double)DAY_US / month_days;
    return (struct share){number(span, INCIDENTS), data_rows_f64(span->rows, span->row, FLOOR_M2) / 1000 * months};
}

static struct share per_dwellings(const struct span *span)
{
    return (struct share){number(span, INCIDENTS), number(span, DWELLINGS) / 100};
}

static struct share recurrence(const struct span *span)
{
    return (struct share){number(span, RECURRING), number(span, CLOSED)};
}

static const struct indicator {
    const char *name, *unit;
    bool divided; /* numerator and denominator are told */
    enum data_look look;
    enum api_evidence evidence;
    struct share (*of)(const struct span *span);
} table[] = {
    {"since_pass", "s", false, DATA_LOOK_RECORD, API_EVIDENCE_PASSES, since_pass},
    {"longest_gap", "s", false, DATA_LOOK_RECORD, API_EVIDENCE_PASSES, longest_gap},
    {"duty_rate", "1", true, DATA_LOOK_RECORD, API_EVIDENCE_WINDOWS, duty_rate},
    {"duty_rate_with_waived", "1", true, DATA_LOOK_RECORD, API_EVIDENCE_WINDOWS, duty_rate_waived},
    {"incidents", "1", false, DATA_LOOK_INCIDENT, API_EVIDENCE_INCIDENTS, incidents},
    {"incidents_per_1000_m2", "1/(1000 m2.month)", true, DATA_LOOK_INCIDENT, API_EVIDENCE_INCIDENTS, density},
    {"incidents_per_100_dwellings", "1/100", true, DATA_LOOK_INCIDENT, API_EVIDENCE_INCIDENTS, per_dwellings},
    {"recurrence", "1", true, DATA_LOOK_INCIDENT, API_EVIDENCE_RECURRENCE, recurrence},
};

void api_indicator_evidence(struct base_json_out *out, enum api_evidence evidence, int64_t estate_id,
                            int64_t building_id, int64_t from_us, int64_t to_us)
{
    char href[HREF_MAX], from[BASE_TIME_TEXT], to[BASE_TIME_TEXT];
    const long long estate = estate_id, building = building_id;
    base_time_out(from_us, from);
    base_time_out(to_us, to);
    switch (evidence) {
    case API_EVIDENCE_PASSES:
        snprintf(href, sizeof href, "/api/measures/time_since_pass?estate=%lld&from=%s&to=%s", estate, from, to);
        break;
    case API_EVIDENCE_WINDOWS:
        snprintf(href, sizeof href, "/api/windows?estate=%lld&place_kind=building&place=%lld&from=%s&to=%s", estate,
                 building, from, to);
        break;
    case API_EVIDENCE_INCIDENTS:
        snprintf(href, sizeof href, "/api/incidents?estate=%lld&building=%lld&state=all&drill=false", estate, building);
        break;
    case API_EVIDENCE_RECURRENCE:
        snprintf(href, sizeof href, "/api/incidents?estate=%lld&building=%lld&state=closed&drill=false", estate,
                 building);
        break;
    }
    base_json_out_key(out, "evidence");
    base_json_out_text(out, href);
}

/* The members of one number; *ret_value is NAN where there is none. */
static void share_out(struct base_json_out *out, const struct indicator *indicator, const struct span *span,
                      double *ret_value)
{
    struct share share = indicator->of(span);
    *ret_value = share.denominator > 0 ? share.numerator / share.denominator : NAN;
    base_json_out_key(out, "value");
    base_json_out_f64(out, *ret_value, 6);
    if (indicator->divided) {
        base_json_out_key(out, "numerator");
        base_json_out_f64(out, share.numerator, 6);
        base_json_out_key(out, "denominator");
        base_json_out_f64(out, share.denominator, 6);
    }
}

static double half_out(struct base_json_out *out, const char *key, const struct indicator *indicator,
                       const struct span *span)
{
    double value;
    base_json_out_key(out, key);
    base_json_out_object(out);
    share_out(out, indicator, span, &value);
    base_json_out_object_end(out);
    return value;
}

static void one_out(struct base_json_out *out, const struct indicator *indicator, const struct api_dossier_when *when,
                    const struct api_indicators *indicators, size_t row)
{
    const struct span whole = {indicators->whole, row, when->from_us, when->to_us};
    double value;
    base_json_out_key(out, indicator->name);
    base_json_out_object(out);
    share_out(out, indicator, &whole, &value);
    base_json_out_key(out, "unit");
    base_json_out_text(out, indicator->unit);
    if (when->split_us) {
        double before =
            half_out(out, "before", indicator, &(struct span){indicators->before, row, when->from_us, when->split_us});
        double after =
            half_out(out, "after", indicator, &(struct span){indicators->after, row, when->split_us, when->to_us});
        base_json_out_key(out, "change");
        base_json_out_f64(out, after - before, 6);
    }
    api_indicator_evidence(out, indicator->evidence, data_rows_i64(whole.rows, row, ESTATE_ID),
                           data_rows_i64(whole.rows, row, ID), when->from_us, when->to_us);
    base_json_out_object_end(out);
}

void api_indicator_out(struct base_json_out *out, const struct api_dossier_when *when, const struct data_scope *scope,
                       const struct api_indicators *indicators, size_t row)
{
    int64_t estate_id = data_rows_i64(indicators->whole, row, ESTATE_ID);
    if (!data_scope_holds(scope, DATA_LOOK_RECORD, estate_id) &&
        !data_scope_holds(scope, DATA_LOOK_INCIDENT, estate_id)) {
        return;
    }
    base_json_out_key(out, "indicators");
    base_json_out_object(out);
    for (size_t i = 0; i < BASE_COUNT(table); i++) {
        if (data_scope_holds(scope, table[i].look, estate_id)) {
            one_out(out, &table[i], when, indicators, row);
        }
    }
    base_json_out_object_end(out);
}

/* --- the list --- */

static const struct api_list list = {.name = "buildings", .columns = 1, .order = {0}};

static void building_out(struct base_json_out *out, const struct api_call *call, const struct api_dossier_when *when,
                         const struct api_indicators *indicators, size_t row)
{
    struct api_json_row at = {out, indicators->whole, row};
    base_json_out_object(out);
    api_json_i64(&at, "estate_id", ESTATE_ID);
    api_json_i64(&at, "building_id", ID);
    api_json_text(&at, "name", NAME);
    api_json_text(&at, "name_en", NAME_EN);
    api_json_i64(&at, "dwellings", DWELLINGS);
    api_json_f64(&at, "floor_m2", FLOOR_M2, 1);
    api_indicator_out(out, when, call->identity->scope, indicators, row);
    base_json_out_object_end(out);
}

static void list_out(struct api_call *call, const struct api_dossier_when *when, const struct api_page *page,
                     const struct api_indicators *indicators)
{
    struct base_json_out out = api_answer_json(call);
    size_t count = data_rows_count(indicators->whole);
    base_json_out_object(&out);
    time_out(&out, "at", when->at_us);
    api_dossier_when_out(&out, when);
    base_json_out_key(&out, list.name);
    base_json_out_array(&out);
    for (size_t row = 0; row < count; row++) {
        building_out(&out, call, when, indicators, row);
    }
    base_json_out_array_end(&out);
    base_json_out_key(&out, "links");
    base_json_out_array(&out);
    if (count && (int64_t)count == page->limit) {
        char after[32];
        snprintf(after, sizeof after, "%lld", (long long)data_rows_i64(indicators->whole, count - 1, ID));
        api_query_next(call, &out, after);
    }
    base_json_out_array_end(&out);
    base_json_out_object_end(&out);
    api_answer_scoped(call);
    api_answer_revalidate(call);
}

static enum base_err read_page(struct data_conn *conn, const struct api_dossier_when *when, struct data_arg estate,
                               const struct api_page *page, struct base_diag *diag, struct api_indicators *indicators)
{
    AUTO(data_rows) rows = NULL;
    AUTO_VALUE(base_buf) ids;
    base_buf_init(&ids, 1 << 16);
    enum base_err err =
        data_run(conn, DATA_INDICATOR_PAGE,
                 DATA_ARGS(estate, data_time(when->at_us), page->after[0], data_i64(page->limit)), diag, &rows);
    if (err) {
        return err;
    }
    data_array_begin(&ids, DATA_ARRAY_I64, data_rows_count(rows));
    for (size_t row = 0; row < data_rows_count(rows); row++) {
        data_array_i64(&ids, data_rows_i64(rows, row, 0));
    }
    return ids.err ? base_diag_set(diag, BASE_NOMEM, "out of memory")
                   : api_indicator_read(conn, when, base_buf_str(&ids), diag, indicators);
}

enum base_err api_indicator_list(struct api_call *call, struct api_worker *worker, struct base_diag *diag)
{
    struct data_conn *conn;
    struct api_dossier_when when;
    struct api_page page;
    struct data_arg estate;
    struct api_indicators indicators = {.whole = NULL};
    enum base_err err = api_query_i64(call, "estate", diag, &estate);
    err = err ? err : api_dossier_when(call, diag, &when);
    err = err ? err : api_list_page(call, &list, diag, &page);
    err = err ? err : api_worker_conn(worker, diag, &conn);
    err = err ? err : data_begin_snapshot(conn, diag);
    if (err) {
        return err;
    }
    err = read_page(conn, &when, estate, &page, diag, &indicators);
    data_rollback(conn);
    if (err) {
        err = api_dossier_late(call, conn, err);
    } else {
        list_out(call, &when, &page, &indicators);
    }
    api_indicators_release(&indicators);
    return err;
}
