/* GET /api/incidents: what is to be done, by what breaks next; what is closed, the last first. */
#include "api/incident.h"
#include "api/json.h"
#include "api/list.h"
#include "incident/incident.h"

static const char states[] = "open closed all reported filed dispatched accepted on_site resolved fed_back verified "
                             "admitted mediating agreed failed referred followed_up rejected merged paused";
static const char severities[] = "small serious complex special";

/* Columns of incident_page; incident_find has the same up to PROCEDURE. */
enum {
    ESTATE_ID,
    ID,
    VERSION,
    STATE,
    BEFORE,
    ORIGIN,
    CATEGORY,
    CATEGORY_NAME,
    CATEGORY_NAME_EN,
    SEVERITY,
    LEVEL,
    LEVEL_RANK,
    LEVEL_NAME,
    LEVEL_NAME_EN,
    ORGANISATION_ID,
    ORGANISATION,
    ORGANISATION_EN,
    SHIFT_ID,
    BUILDING_ID,
    BUILDING,
    BUILDING_EN,
    STOREY,
    DEVICE_ID,
    LON,
    LAT,
    TITLE,
    DRILL,
    DEFERRED,
    REPORTS,
    T_EVENT,
    REPORTED_AT,
    STATE_AT,
    CLOSED_AT,
    MERGED_INTO,
    BREACH_AT,
    BREACH_STAGE,
    TO_BREACH_S,
    PROCEDURE,
    ORDERED
};
_Static_assert((int)ORDERED == (int)API_INCIDENT_MEMBERS, "what follows them is each query's own");

static void what(const struct api_json_row *at)
{
    api_json_i64(at, "estate_id", ESTATE_ID);
    api_json_i64(at, "id", ID);
    api_json_i64(at, "version", VERSION);
    api_json_text(at, "state", STATE);
    api_json_text(at, "before", BEFORE);
    api_json_text(at, "origin", ORIGIN);
    api_json_text(at, "procedure", PROCEDURE);
    api_json_text(at, "category", CATEGORY);
    api_json_text(at, "category_name", CATEGORY_NAME);
    api_json_text(at, "category_name_en", CATEGORY_NAME_EN);
    api_json_text(at, "severity", SEVERITY);
    api_json_text(at, "level", LEVEL);
    api_json_i64(at, "level_rank", LEVEL_RANK);
    api_json_text(at, "level_name", LEVEL_NAME);
    api_json_text(at, "level_name_en", LEVEL_NAME_EN);
    api_json_text(at, "title", TITLE);
    api_json_bool(at, "drill", DRILL);
    api_json_bool(at, "deferred", DEFERRED);
    api_json_i64(at, "reports", REPORTS);
    api_json_i64(at, "merged_into", MERGED_INTO);
}

static void who_and_where(const struct api_json_row *at)
{
    api_json_i64(at, "organisation_id", ORGANISATION_ID);
    api_json_text(at, "organisation", ORGANISATION);
    api_json_text(at, "organisation_en", ORGANISATION_EN);
    api_json_i64(at, "shift_id", SHIFT_ID);
    api_json_i64(at, "building_id", BUILDING_ID);
    api_json_text(at, "building", BUILDING);
    api_json_text(at, "building_en", BUILDING_EN);
    api_json_i64(at, "storey", STOREY);
    api_json_i64(at, "device_id", DEVICE_ID);
    api_json_f64(at, "lon", LON, 7);
    api_json_f64(at, "lat", LAT, 7);
}

static void when(const struct api_json_row *at)
{
    api_json_time(at, "t_event", T_EVENT);
    api_json_time(at, "reported_at", REPORTED_AT);
    api_json_time(at, "state_at", STATE_AT);
    api_json_time(at, "closed_at", CLOSED_AT);
    api_json_time(at, "breach_at", BREACH_AT);
    api_json_text(at, "breach_stage", BREACH_STAGE);
    if (data_rows_null(at->rows, at->row, TO_BREACH_S)) { /* said, for it means something: no clock runs */
        base_json_out_key(at->out, "to_breach_s");
        base_json_out_null(at->out);
    }
    api_json_i64(at, "to_breach_s", TO_BREACH_S);
}

void api_incident_members(struct base_json_out *out, const struct data_rows *rows, size_t row)
{
    struct api_json_row at = {out, rows, row};
    what(&at);
    who_and_where(&at);
    when(&at);
}

static void incident(struct base_json_out *out, const struct data_rows *rows, size_t row)
{
    base_json_out_object(out);
    api_incident_members(out, rows, row);
    base_json_out_object_end(out);
}

static const struct api_list incidents = {"incidents", incident, .timed = true, .columns = 3,
                                          .order = {ORDERED, ESTATE_ID, ID}};

/* What is asked for in codes that are data: one that is not there has no incidents. */
static struct data_arg text_of(const struct api_call *call, const char *name)
{
    return data_text(api_target_param(&call->target, name).at);
}

struct asked {
    struct data_arg estate, building, organisation;
    const char *state, *severity, *drill;
    struct api_page page;
};

static enum base_err asked_in(const struct api_call *call, struct base_diag *diag, struct asked *asked)
{
    enum base_err err = api_query_i64(call, "estate", diag, &asked->estate);
    err = err ? err : api_query_i64(call, "building", diag, &asked->building);
    err = err ? err : api_query_i64(call, "organisation", diag, &asked->organisation);
    err = err ? err : api_query_word(call, "state", states, "open", diag, &asked->state);
    err = err ? err : api_query_word(call, "severity", severities, NULL, diag, &asked->severity);
    err = err ? err : api_query_word(call, "drill", "true false", NULL, diag, &asked->drill);
    return err ? err : api_list_page(call, &incidents, diag, &asked->page);
}

static enum base_err list(struct api_call *call, struct api_worker *worker, struct base_diag *diag)
{
    struct data_conn *conn;
    struct asked asked;
    AUTO(data_rows) rows = NULL;
    enum base_err err = asked_in(call, diag, &asked);
    err = err ? err : api_worker_conn(worker, diag, &conn);
    bool ended = !err && api_query_listed("closed rejected merged", base_str_of(asked.state));
    err = err ? err
              : data_run(conn, ended ? DATA_INCIDENT_PAGE_CLOSED : DATA_INCIDENT_PAGE,
                         DATA_ARGS(asked.estate, data_text(asked.state), data_text(asked.severity),
                                   text_of(call, "category"), text_of(call, "level"), asked.building,
                                   asked.organisation, data_text(asked.drill), asked.page.after[0], asked.page.after[1],
                                   asked.page.after[2], data_i64(asked.page.limit)),
                         diag, &rows);
    if (!err) {
        api_list_out(call, &incidents, &asked.page, rows);
    }
    return err;
}

enum base_err api_incident_ready(struct api_worker *worker, struct base_diag *diag)
{
    struct data_conn *conn;
    enum base_err err = api_worker_owner(worker, diag, &conn);
    return err ? err : incident_ensure(conn, diag);
}

enum base_err api_incident_list(struct api_call *call, struct api_worker *worker, struct base_diag *diag)
{
    return call->method == API_GET ? list(call, worker, diag) : api_incident_report(call, worker, diag);
}
