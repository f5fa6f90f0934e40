/* /api/resolutions: what meetings resolved, by its deadline; done or dropped with what came of it. */
#include "api/json.h"
#include "api/list.h"

#include <string.h>

enum { OUTCOME_MAX = 2000, NOTE_MAX = 64 };

/* Columns of resolution_page and resolution_find. */
enum {
    ESTATE_ID,
    ID,
    VERSION,
    MEETING_ID,
    LEVEL,
    INCIDENT_ID,
    ORGANISATION_ID,
    ORGANISATION,
    ORGANISATION_EN,
    TEXT,
    STATE,
    OUTCOME,
    MADE_AT,
    MADE_BY,
    DEADLINE,
    WARNED_AT,
    OVERDUE_AT,
    ENDED_AT,
    ENDED_BY,
    DRILL,
    TAG
};

static void resolution(struct base_json_out *out, const struct data_rows *rows, size_t row)
{
    struct api_json_row at = {out, rows, row};
    base_json_out_object(out);
    api_json_i64(&at, "estate_id", ESTATE_ID);
    api_json_i64(&at, "id", ID);
    api_json_i64(&at, "version", VERSION);
    api_json_i64(&at, "meeting_id", MEETING_ID);
    api_json_text(&at, "level", LEVEL);
    api_json_i64(&at, "incident_id", INCIDENT_ID);
    api_json_bool(&at, "drill", DRILL);
    api_json_i64(&at, "organisation_id", ORGANISATION_ID);
    api_json_text(&at, "organisation", ORGANISATION);
    api_json_text(&at, "organisation_en", ORGANISATION_EN);
    api_json_text(&at, "text", TEXT);
    api_json_text(&at, "state", STATE);
    api_json_text(&at, "outcome", OUTCOME);
    api_json_time(&at, "made_at", MADE_AT);
    api_json_text(&at, "made_by", MADE_BY);
    api_json_time(&at, "deadline", DEADLINE);
    api_json_time(&at, "warned_at", WARNED_AT);
    api_json_time(&at, "overdue_at", OVERDUE_AT);
    api_json_time(&at, "ended_at", ENDED_AT);
    api_json_text(&at, "ended_by", ENDED_BY);
    base_json_out_object_end(out);
}

static const struct api_list resolutions = {"resolutions", resolution, .timed = true, .columns = 3,
                                            .order = {DEADLINE, ESTATE_ID, ID}};

enum base_err api_resolution_list(struct api_call *call, struct api_worker *worker, struct base_diag *diag)
{
    static const char *const names[] = {"estate", "meeting", "organisation", "incident"};
    struct data_conn *conn;
    struct data_arg asked[BASE_COUNT(names)];
    const char *state = NULL;
    struct api_page page;
    AUTO(data_rows) rows = NULL;
    enum base_err err = api_query_word(call, "state", "open done dropped all", "open", diag, &state);
    for (size_t i = 0; i < BASE_COUNT(names) && !err; i++) {
        err = api_query_i64(call, names[i], diag, &asked[i]);
    }
    err = err ? err : api_list_page(call, &resolutions, diag, &page);
    err = err ? err : api_worker_conn(worker, diag, &conn);
    err = err ? err
              : data_run(conn, DATA_RESOLUTION_PAGE,
                         DATA_ARGS(asked[0], asked[1], asked[2], asked[3], data_text(state), page.after[0],
                                   page.after[1], page.after[2], data_i64(page.limit)),
                         diag, &rows);
    if (!err) {
        api_list_out(call, &resolutions, &page, rows);
    }
    return err;
}

/* --- changing one --- */

struct changed {
    const char *state, *outcome;
    struct data_arg deadline;
};

static void changed_in(struct api_input *input, struct changed *changed)
{
    int64_t deadline_us = api_input_time(input, "deadline", API_OPTIONAL);
    changed->state = api_input_word(input, "state", API_REQUIRED, "open done dropped");
    changed->outcome = api_input_said(input, "outcome", API_OPTIONAL, OUTCOME_MAX);
    changed->deadline = deadline_us == INT64_MIN ? data_null() : data_time(deadline_us);
    if (!input->bad && strcmp(changed->state, "open") != 0 && !changed->outcome) {
        api_input_wrong(input, "outcome", "is missing: what was done, or why is it dropped?");
    }
    if (!input->bad && deadline_us != INT64_MIN && deadline_us <= base_clock_now_us()) {
        api_input_wrong(input, "deadline", "is over already");
    }
}

static enum base_err change(struct api_write *write, const struct changed *changed, const int64_t ids[2],
                            struct base_diag *diag)
{
    char tag[TILES_ETAG_TEXT];
    AUTO(data_rows) held = NULL;
    AUTO(data_rows) rows = NULL;
    enum base_err err = api_list_find(write->conn, DATA_RESOLUTION_HOLD, ids, "resolution", diag, &held);
    if (err) {
        return err;
    }
    api_list_tag(held, 0, tag);
    if (!api_write_matches(write->call, tag)) {
        return BASE_OK;
    }
    if (strcmp(data_rows_text(held, 0, 1), "open") != 0 && strcmp(changed->state, "open") != 0) {
        return base_diag_set(diag, BASE_CONFLICT, "the resolution is %s: open it again first",
                             data_rows_text(held, 0, 1));
    }
    err = data_run(write->conn, DATA_RESOLUTION_CHANGE,
                   DATA_ARGS(data_i64(ids[0]), data_i64(ids[1]), data_text(changed->state), data_text(changed->outcome),
                             changed->deadline, data_time(write->now_us), data_text(write->call->identity->name)),
                   diag, NULL);
    err = err ? err : api_list_find(write->conn, DATA_RESOLUTION_FIND, ids, "resolution", diag, &rows);
    if (!err) {
        api_list_one(write->call, &resolutions, rows, TAG);
    }
    return err;
}

/* Whoever handles what happens at the estate says that it is done; all else is for who judges. */
static enum base_err put(struct api_input *input, struct api_worker *worker, const struct changed *changed,
                         const int64_t ids[2], struct base_diag *diag)
{
    struct api_write write;
    char note[NOTE_MAX];
    bool done = strcmp(changed->state, "done") == 0 && changed->deadline.type == DATA_ARG_NULL;
    enum base_err err =
        api_write_begin(input->call, worker, done ? DATA_LOOK_HANDLE : DATA_LOOK_JUDGE, ids[0], NULL, diag, &write);
    if (err || !write.conn) {
        return err;
    }
    err = change(&write, changed, ids, diag);
    snprintf(note, sizeof note, "resolution %lld: %s", (long long)ids[1], changed->state);
    return api_write_end(&write, err, "change resolution", note, diag);
}

enum base_err api_resolution_one(struct api_call *call, struct api_worker *worker, struct base_diag *diag)
{
    static const char *const members[] = {"state", "outcome", "deadline", NULL};
    struct data_conn *conn;
    struct api_input input;
    struct changed changed = {.state = NULL};
    int64_t ids[API_CAPTURES_MAX];
    AUTO(data_rows) rows = NULL;
    enum base_err err = api_query_path(call, 2, diag, ids);
    if (!err && call->method == API_PUT) {
        if (api_write_may(call, DATA_LOOK_HANDLE, ids[0]) && api_input_open(call, members, &input)) {
            changed_in(&input, &changed);
            err = input.bad ? BASE_OK : put(&input, worker, &changed, ids, diag);
            api_input_release(&input);
        }
        return err;
    }
    err = err ? err : api_worker_conn(worker, diag, &conn);
    err = err ? err : api_list_find(conn, DATA_RESOLUTION_FIND, ids, "resolution", diag, &rows);
    if (!err) {
        api_list_one(call, &resolutions, rows, TAG);
        api_answer_revalidate(call);
    }
    return err;
}
