/* GET /api/agenda: what the next meeting of a level has to talk about. /api/meetings: those that were held. */
#include "api/agenda.h"
#include "api/json.h"
#include "api/list.h"

static const char levels[] = "estate community alliance district";

/* --- the agenda --- */

/* Columns of agenda_page. */
enum {
    ORDERED,
    ESTATE_ID,
    KIND,
    ID,
    ESTATE,
    ESTATE_EN,
    LAST_MEETING_AT,
    CATEGORY,
    CATEGORY_NAME,
    CATEGORY_NAME_EN,
    SEVERITY,
    STATE,
    TITLE,
    DRILL,
    BUILDING,
    BUILDING_EN,
    STOREY,
    REPORTED_AT,
    SINCE,
    ESCALATED,
    BREACHED,
    DEFERRED,
    DUE_AT,
    ORGANISATION_ID,
    ORGANISATION,
    ORGANISATION_EN,
    MEETING_ID,
    INCIDENT_ID,
    TEXT,
    MADE_AT
};

/* An incident has its members, a resolution its own: what a row does not have is left out. */
static void agenda_item(struct base_json_out *out, const struct data_rows *rows, size_t row)
{
    static const struct {
        const char *key;
        int column;
    } texts[] = {{"estate", ESTATE},
                 {"estate_en", ESTATE_EN},
                 {"state", STATE},
                 {"category", CATEGORY},
                 {"category_name", CATEGORY_NAME},
                 {"category_name_en", CATEGORY_NAME_EN},
                 {"severity", SEVERITY},
                 {"title", TITLE},
                 {"building", BUILDING},
                 {"building_en", BUILDING_EN},
                 {"organisation", ORGANISATION},
                 {"organisation_en", ORGANISATION_EN},
                 {"text", TEXT}},
      times[] = {{"due_at", DUE_AT},
                 {"reported_at", REPORTED_AT},
                 {"since", SINCE},
                 {"made_at", MADE_AT},
                 {"last_meeting_at", LAST_MEETING_AT}},
      ids[] = {{"storey", STOREY},
               {"organisation_id", ORGANISATION_ID},
               {"meeting_id", MEETING_ID},
               {"incident_id", INCIDENT_ID}},
      facts[] = {{"drill", DRILL}, {"escalated", ESCALATED}, {"breached", BREACHED}, {"deferred", DEFERRED}};
    struct api_json_row at = {out, rows, row};
    base_json_out_object(out);
    base_json_out_key(out, "kind");
    base_json_out_text(out, data_rows_i64(rows, row, KIND) ? "resolution" : "incident");
    api_json_i64(&at, "estate_id", ESTATE_ID);
    api_json_i64(&at, "id", ID);
    for (size_t i = 0; i < BASE_COUNT(texts); i++) {
        api_json_text(&at, texts[i].key, texts[i].column);
    }
    for (size_t i = 0; i < BASE_COUNT(ids); i++) {
        api_json_i64(&at, ids[i].key, ids[i].column);
    }
    for (size_t i = 0; i < BASE_COUNT(facts); i++) {
        api_json_bool(&at, facts[i].key, facts[i].column);
    }
    for (size_t i = 0; i < BASE_COUNT(times); i++) {
        api_json_time(&at, times[i].key, times[i].column);
    }
    base_json_out_object_end(out);
}

static const struct api_list agenda = {"agenda", agenda_item, .timed = true, .columns = 4,
                                       .order = {ORDERED, ESTATE_ID, KIND, ID}};

enum base_err api_agenda_get(struct api_call *call, struct api_worker *worker, struct base_diag *diag)
{
    struct data_conn *conn;
    struct data_arg estate;
    const char *level = NULL;
    struct api_page page;
    AUTO(data_rows) rows = NULL;
    enum base_err err = api_query_word(call, "level", levels, "estate", diag, &level);
    err = err ? err : api_query_i64(call, "estate", diag, &estate);
    err = err ? err : api_list_page(call, &agenda, diag, &page);
    err = err ? err : api_worker_conn(worker, diag, &conn);
    err = err ? err
              : data_run(conn, DATA_AGENDA_PAGE,
                         DATA_ARGS(data_text(level), estate, page.after[0], page.after[1], page.after[2], page.after[3],
                                   data_i64(page.limit)),
                         diag, &rows);
    if (!err) {
        api_list_out(call, &agenda, &page, rows);
    }
    return err;
}

/* --- meetings --- */

/* Columns of meeting_page. */
enum { MEETING, HELD_AT, LEVEL, HELD_BY_ID, HELD_BY, HELD_BY_EN, WRITTEN_AT, WRITTEN_BY, ESTATES, RESOLUTIONS, OPEN };

static void meeting_item(struct base_json_out *out, const struct data_rows *rows, size_t row)
{
    struct api_json_row at = {out, rows, row};
    struct base_str rest = data_rows_bytes(rows, row, ESTATES), id;
    base_json_out_object(out);
    api_json_i64(&at, "id", MEETING);
    api_json_text(&at, "level", LEVEL);
    api_json_time(&at, "held_at", HELD_AT);
    api_json_i64(&at, "organisation_id", HELD_BY_ID);
    api_json_text(&at, "organisation", HELD_BY);
    api_json_text(&at, "organisation_en", HELD_BY_EN);
    api_json_time(&at, "made_at", WRITTEN_AT);
    api_json_text(&at, "made_by", WRITTEN_BY);
    base_json_out_key(out, "estates");
    base_json_out_array(out);
    while (rest.len && base_str_next(&rest, ',', &id)) {
        base_json_out_raw(out, id);
    }
    base_json_out_array_end(out);
    api_json_i64(&at, "resolutions", RESOLUTIONS);
    api_json_i64(&at, "open", OPEN);
    base_json_out_object_end(out);
}

static const struct api_list meetings = {"meetings", meeting_item, .timed = true, .columns = 2,
                                         .order = {HELD_AT, MEETING}};

static enum base_err list(struct api_call *call, struct api_worker *worker, struct base_diag *diag)
{
    struct data_conn *conn;
    struct data_arg estate;
    const char *level = NULL;
    struct api_page page;
    AUTO(data_rows) rows = NULL;
    enum base_err err = api_query_word(call, "level", levels, NULL, diag, &level);
    err = err ? err : api_query_i64(call, "estate", diag, &estate);
    err = err ? err : api_list_page(call, &meetings, diag, &page);
    err = err ? err : api_worker_conn(worker, diag, &conn);
    err = err ? err
              : data_run(conn, DATA_MEETING_PAGE,
                         DATA_ARGS(estate, data_text(level), data_null(), page.after[0], page.after[1],
                                   data_i64(page.limit)),
                         diag, &rows);
    if (!err) {
        api_list_out(call, &meetings, &page, rows);
    }
    return err;
}

enum base_err api_agenda_meeting_out(struct api_call *call, struct data_conn *conn, int64_t id, struct base_diag *diag)
{
    AUTO(data_rows) rows = NULL;
    enum base_err err =
        data_run(conn, DATA_MEETING_PAGE,
                 DATA_ARGS(data_null(), data_null(), data_i64(id), data_null(), data_null(), data_i64(1)), diag, &rows);
    if (!err && data_rows_count(rows) == 0) {
        err = base_diag_set(diag, BASE_NOT_FOUND, "there is no such meeting");
    }
    if (!err) {
        struct base_json_out out = api_answer_json(call);
        meeting_item(&out, rows, 0);
        api_answer_scoped(call);
    }
    return err;
}

enum base_err api_agenda_meetings(struct api_call *call, struct api_worker *worker, struct base_diag *diag)
{
    return call->method == API_GET ? list(call, worker, diag) : api_agenda_write_meeting(call, worker, diag);
}
