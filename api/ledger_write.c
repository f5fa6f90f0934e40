/* /api/ledgers/{surveys|rectifications}/{estate}/{id}, and POST to the ledger: entries made and put right. None is
 * deleted: a finding is settled, a rectification dropped, and both stay in the ledger. */
#include "api/ledger.h"

#include <string.h>

enum { SHORT_MAX = 200, PROBLEM_MAX = 1000, LONG_MAX = 4000, CODE_MAX = 64, STOREY_LEAST = -20, STOREY_MOST = 200 };
static const int64_t ahead_us = INT64_C(300000000); /* a caller's clock may be so much fast */

struct entry {
    const struct api_ledger *ledger;
    int64_t estate_id;
    struct data_arg id, version; /* null: a new one */
    struct data_arg building, storey, organisation, incident, survey, evidence;
    const char *inspected, *category, *finding, *severity, *problem, *measure, *result;
    int64_t found_us, settled_us, deadline_us, done_us, verified_us, dropped_us;
};

static struct data_arg time_or_null(int64_t time_us)
{
    return time_us == INT64_MIN ? data_null() : data_time(time_us);
}

/* --- what a body says --- */

/* When something happened, which is not to come. */
static int64_t past_in(struct api_input *input, const char *name)
{
    int64_t time_us = api_input_time(input, name, API_OPTIONAL);
    if (!input->bad && time_us > base_clock_now_us() + ahead_us) {
        api_input_wrong(input, name, "is yet to come");
    }
    return time_us;
}

static void not_before(struct api_input *input, const char *name, int64_t time_us, const char *other, int64_t other_us)
{
    if (!input->bad && time_us != INT64_MIN && (other_us == INT64_MIN || time_us < other_us)) {
        api_input_wrong(input, name, "must be after %s, which %s", other,
                        other_us == INT64_MIN ? "is missing" : "is later");
    }
}

static void survey_in(struct api_input *input, struct entry *entry)
{
    entry->inspected = api_input_said(input, "inspected", API_REQUIRED, SHORT_MAX);
    entry->category = api_input_text(input, "category", API_OPTIONAL, CODE_MAX);
    entry->finding = api_input_said(input, "finding", API_OPTIONAL, LONG_MAX);
    entry->severity = api_input_word(input, "severity", API_OPTIONAL, "small serious complex special");
    entry->found_us = past_in(input, "found_at");
    entry->settled_us = past_in(input, "settled_at");
    if (!input->bad && !entry->finding != !entry->severity) {
        api_input_wrong(input, entry->finding ? "severity" : "finding",
                        "is missing: a finding has a severity, and where nothing was found there is neither");
    }
    if (entry->found_us == INT64_MIN && input->call->method == API_PUT) {
        api_input_wrong(input, "found_at", "is missing");
    }
    entry->found_us = entry->found_us == INT64_MIN ? base_clock_now_us() : entry->found_us;
    not_before(input, "settled_at", entry->settled_us, "found_at", entry->found_us);
}

static void rectification_in(struct api_input *input, struct entry *entry)
{
    entry->problem = api_input_said(input, "problem", API_OPTIONAL, PROBLEM_MAX);
    entry->measure = api_input_said(input, "measure", API_OPTIONAL, LONG_MAX);
    entry->result = api_input_said(input, "result", API_OPTIONAL, LONG_MAX);
    entry->survey = api_input_arg_i64(input, "survey_id", 1, INT64_MAX);
    entry->evidence = api_input_arg_i64(input, "evidence_id", 1, INT64_MAX);
    entry->deadline_us = api_input_time(input, "deadline", API_REQUIRED);
    entry->done_us = past_in(input, "done_at");
    entry->verified_us = past_in(input, "verified_at");
    entry->dropped_us = past_in(input, "dropped_at");
    not_before(input, "verified_at", entry->verified_us, "done_at", entry->done_us);
    if (!input->bad && entry->organisation.type == DATA_ARG_NULL) {
        api_input_wrong(input, "organisation_id", "is missing: who has to put it right?");
    }
    if (!input->bad && entry->dropped_us != INT64_MIN && (entry->verified_us != INT64_MIN || !entry->result)) {
        api_input_wrong(input, "dropped_at", "%s",
                        entry->result ? "was verified: it cannot be dropped" : "needs a result that says why");
    }
}

static void entry_in(struct api_input *input, struct entry *entry)
{
    entry->building = api_input_arg_i64(input, "building_id", 1, INT64_MAX);
    entry->storey = api_input_arg_i64(input, "storey", STOREY_LEAST, STOREY_MOST);
    entry->organisation = api_input_arg_i64(input, "organisation_id", 1, INT64_MAX);
    entry->incident = api_input_arg_i64(input, "incident_id", 1, INT64_MAX);
    if (entry->ledger == &api_ledger_survey) {
        survey_in(input, entry);
    } else {
        rectification_in(input, entry);
    }
}

/* --- what it names --- */

/* Columns of ledger_names after what is there: what a rectification takes over. */
enum { NAMES = 6, PROBLEM = NAMES, BUILDING, STOREY };

static void take_over(struct api_input *input, struct entry *entry, const struct data_rows *rows)
{
    if (!entry->problem && data_rows_text(rows, 0, PROBLEM)) {
        entry->problem = base_arena_text(&input->call->arena, data_rows_bytes(rows, 0, PROBLEM));
    }
    if (!entry->problem) {
        api_input_wrong(input, "problem", "is missing: say it, or which survey_id or incident_id it is for");
    }
    if (entry->building.type == DATA_ARG_NULL && !data_rows_null(rows, 0, BUILDING)) {
        entry->building = data_i64(data_rows_i64(rows, 0, BUILDING));
        entry->storey = data_rows_null(rows, 0, STOREY) || entry->storey.type != DATA_ARG_NULL
                            ? entry->storey
                            : data_i64(data_rows_i64(rows, 0, STOREY));
    }
}

static enum base_err names(struct api_write *write, struct api_input *input, struct entry *entry,
                           struct base_diag *diag)
{
    static const char *const fields[NAMES] = {"building_id", "category",  "organisation_id",
                                              "incident_id", "survey_id", "evidence_id"};
    static const char *const what[NAMES] = {
        "building in this estate", "category", "organisation", "incident in this estate", "survey in this estate",
        "incident in this estate"};
    AUTO(data_rows) rows = NULL;
    enum base_err err = data_run(write->conn, DATA_LEDGER_NAMES,
                                 DATA_ARGS(data_i64(entry->estate_id), entry->building, data_text(entry->category),
                                           entry->organisation, entry->incident, entry->survey, entry->evidence),
                                 diag, &rows);
    for (int i = 0; i < NAMES && !err && !input->bad; i++) {
        if (!data_rows_bool(rows, 0, i)) {
            api_input_wrong(input, fields[i], "there is no such %s", what[i]);
        }
    }
    if (!err && !input->bad && entry->ledger == &api_ledger_rectification) {
        take_over(input, entry, rows);
    }
    return err;
}

/* --- writing --- */

static enum base_err put(struct api_write *write, const struct entry *entry, struct base_diag *diag,
                         struct data_rows **ret_rows)
{
    if (entry->ledger == &api_ledger_survey) {
        return data_run(write->conn, DATA_SURVEY_PUT,
                        DATA_ARGS(data_i64(entry->estate_id), entry->id, entry->version, data_null(), entry->building,
                                  entry->storey, data_text(entry->inspected), data_text(entry->category),
                                  data_text(entry->finding), data_text(entry->severity), data_time(entry->found_us),
                                  entry->organisation, entry->incident, time_or_null(entry->settled_us)),
                        diag, ret_rows);
    }
    return data_run(write->conn, DATA_RECTIFICATION_PUT,
                    DATA_ARGS(data_i64(entry->estate_id), entry->id, entry->version, data_null(), entry->survey,
                              entry->incident, entry->building, entry->storey, data_text(entry->problem),
                              data_text(entry->measure), entry->organisation, data_time(entry->deadline_us),
                              time_or_null(entry->done_us), time_or_null(entry->verified_us),
                              time_or_null(entry->dropped_us), data_text(entry->result), entry->evidence),
                    diag, ret_rows);
}

static enum base_err find(struct data_conn *conn, const struct api_ledger *ledger, const int64_t ids[2],
                          struct base_diag *diag, struct data_rows **ret_rows)
{
    struct api_ledger_asked asked = api_ledger_all();
    asked.estate = data_i64(ids[0]);
    asked.id = data_i64(ids[1]);
    enum base_err err = api_ledger_page(conn, ledger, &asked, diag, ret_rows);
    return err || data_rows_count(*ret_rows)
               ? err
               : base_diag_set(diag, BASE_NOT_FOUND, "there is no such entry in the ledger of %s", ledger->list->name);
}

static const char *tag_of(const struct api_ledger *ledger, const struct data_rows *rows, char tag[TILES_ETAG_TEXT])
{
    snprintf(tag, TILES_ETAG_TEXT, "\"%lld\"", (long long)data_rows_i64(rows, 0, ledger->version));
    return tag;
}

/* The tag is for If-Match. Never 304: what is told of an entry also comes from others, and from the time. */
static void one_out(struct api_call *call, const struct api_ledger *ledger, const struct data_rows *rows)
{
    struct base_json_out out = api_answer_json(call);
    ledger->list->item(&out, rows, 0);
    tag_of(ledger, rows, call->answer.etag);
    api_answer_scoped(call);
}

static enum base_err store(struct api_write *write, struct api_input *input, struct entry *entry,
                           struct base_diag *diag, int64_t *ret_id)
{
    AUTO(data_rows) done = NULL;
    AUTO(data_rows) rows = NULL;
    enum base_err err = names(write, input, entry, diag);
    if (err || input->bad) {
        return err;
    }
    err = put(write, entry, diag, &done);
    if (!err && data_rows_count(done) == 0) {
        api_problem(write->call, MHD_HTTP_PRECONDITION_FAILED, "it has changed since; GET it again");
        return BASE_OK;
    }
    *ret_id = err ? 0 : data_rows_i64(done, 0, 0);
    err = err ? err : find(write->conn, entry->ledger, (const int64_t[2]){entry->estate_id, *ret_id}, diag, &rows);
    if (!err) {
        one_out(write->call, entry->ledger, rows);
    }
    return err;
}

/* The entry as it is must be the one that was seen. */
static enum base_err seen(struct api_write *write, struct entry *entry, struct base_diag *diag, bool *ret_same)
{
    char tag[TILES_ETAG_TEXT];
    AUTO(data_rows) rows = NULL;
    enum base_err err =
        find(write->conn, entry->ledger, (const int64_t[2]){entry->estate_id, entry->id.i64}, diag, &rows);
    *ret_same = false;
    if (!err) {
        entry->version = data_i64(data_rows_i64(rows, 0, entry->ledger->version));
        *ret_same = api_write_matches(write->call, tag_of(entry->ledger, rows, tag));
    }
    return err;
}

static enum base_err enter(struct api_input *input, struct api_worker *worker, struct entry *entry,
                           struct base_diag *diag)
{
    struct api_write write;
    char action[48], note[64];
    const char *name = entry->ledger == &api_ledger_survey ? "survey" : "rectification";
    bool anew = entry->id.type == DATA_ARG_NULL, go = true;
    int64_t id = 0;
    enum base_err err = api_write_begin(input->call, worker, DATA_LOOK_HANDLE, entry->estate_id, NULL, diag, &write);
    if (err || !write.conn) {
        return err;
    }
    err = anew ? BASE_OK : seen(&write, entry, diag, &go);
    err = err || !go ? err : store(&write, input, entry, diag, &id);
    if (!err && id && anew) {
        api_write_located(write.call, MHD_HTTP_CREATED, "/api/ledgers/%s/%lld/%lld", entry->ledger->list->name,
                          (long long)entry->estate_id, (long long)id);
    }
    snprintf(action, sizeof action, "%s %s", anew ? "enter" : "change", name);
    snprintf(note, sizeof note, "%s %lld", name, (long long)id);
    return api_write_end(&write, err, action, note, diag);
}

/* PUT says all of an entry anew, so it has the members of POST but for the estate, which the path names. */
static bool open_input(struct api_call *call, const struct api_ledger *ledger, struct api_input *ret_input)
{
    static const char *const survey[] = {"estate_id",   "building_id", "storey",     "organisation_id",
                                         "incident_id", "inspected",   "category",   "finding",
                                         "severity",    "found_at",    "settled_at", NULL};
    static const char *const rectification[] = {
        "estate_id", "building_id", "storey",   "organisation_id", "incident_id", "problem",    "measure", "result",
        "survey_id", "evidence_id", "deadline", "done_at",         "verified_at", "dropped_at", NULL};
    const char *const *members = ledger == &api_ledger_survey ? survey : rectification;
    return api_input_open(call, call->method == API_PUT ? members + 1 : members, ret_input);
}

enum base_err api_ledger_write_new(struct api_call *call, struct api_worker *worker, struct base_diag *diag)
{
    struct api_input input;
    struct entry entry = {.ledger = api_ledger_of(call),
                          .id = data_null(),
                          .version = data_null(),
                          .survey = data_null(),
                          .evidence = data_null()};
    enum base_err err = BASE_OK;
    if (!open_input(call, entry.ledger, &input)) {
        return BASE_OK;
    }
    entry.estate_id = api_input_i64(&input, "estate_id", API_REQUIRED, 0, INT64_MAX);
    entry_in(&input, &entry);
    if (!input.bad) {
        err = enter(&input, worker, &entry, diag);
    }
    api_input_release(&input);
    return err;
}

static enum base_err change(struct api_call *call, struct api_worker *worker, const int64_t ids[2],
                            struct base_diag *diag)
{
    struct api_input input;
    struct entry entry = {.ledger = api_ledger_of(call),
                          .estate_id = ids[0],
                          .id = data_i64(ids[1]),
                          .survey = data_null(),
                          .evidence = data_null()};
    enum base_err err = BASE_OK;
    if (!api_write_may(call, DATA_LOOK_HANDLE, ids[0]) || !open_input(call, entry.ledger, &input)) {
        return BASE_OK;
    }
    entry_in(&input, &entry);
    if (!input.bad) {
        err = enter(&input, worker, &entry, diag);
    }
    api_input_release(&input);
    return err;
}

enum base_err api_ledger_write_one(struct api_call *call, struct api_worker *worker, struct base_diag *diag)
{
    struct data_conn *conn;
    int64_t ids[API_CAPTURES_MAX];
    AUTO(data_rows) rows = NULL;
    enum base_err err = api_query_path(call, 2, diag, ids);
    if (err || call->method == API_PUT) {
        return err ? err : change(call, worker, ids, diag);
    }
    err = api_worker_conn(worker, diag, &conn);
    err = err ? err : find(conn, api_ledger_of(call), ids, diag, &rows);
    if (!err) {
        one_out(call, api_ledger_of(call), rows);
    }
    return err;
}
