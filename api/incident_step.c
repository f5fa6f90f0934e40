/* POST /api/incidents/{estate}/{incident}/steps: one step, of whoever has seen what the incident is - and handles it,
 * or carries it out. */
#include "api/incident.h"
#include "incident/incident.h"

#include <string.h>

enum { STEP_MAX = 40, CODE_MAX = 64, TEXT_MAX = 4000, NOTE_MAX = 96, DETAIL_MAX = 256 };

struct step {
    const char *step, *note, *category, *severity;
    struct data_arg organisation, shift, into;
    int64_t said_us, planned_us; /* INT64_MIN: not given */
};

/* Columns of incident_hold. */
enum { TAG, KNOWN, NOTE, ORGANISATION, SHIFT, SENT, CARRIES, CARRIED, CARRY_STEPS };

static void step_in(struct api_input *input, struct step *step)
{
    step->step = api_input_text(input, "step", API_REQUIRED, STEP_MAX);
    step->note = api_input_text(input, "note", API_OPTIONAL, TEXT_MAX);
    step->organisation = api_input_arg_i64(input, "organisation_id", 1, INT64_MAX);
    step->shift = api_input_arg_i64(input, "shift_id", 1, INT64_MAX);
    step->category = api_input_text(input, "category", API_OPTIONAL, CODE_MAX);
    step->severity = api_input_word(input, "severity", API_OPTIONAL, "small serious complex special");
    step->into = api_input_arg_i64(input, "into", 1, INT64_MAX);
    if (!input->bad && (strcmp(step->step, "call_joint") == 0 || strcmp(step->step, "stand_down") == 0)) {
        api_input_wrong(input, "step", "has an address of its own: see docs/joint.md");
    }
    step->said_us = api_input_time(input, "said_at", API_OPTIONAL);
    step->planned_us = api_input_time(input, "planned_for", API_OPTIONAL);
    if (!input->bad && step->planned_us != INT64_MIN && strcmp(step->step, "plan") != 0) {
        api_input_wrong(input, "planned_for", "only a plan says until when");
    }
}

/* What goes with a step: until when it is planned, and when somebody without a network took it. Clocks go by ours. */
static const char *detail_of(const struct step *step, struct base_buf *text)
{
    struct base_json_out out = base_json_out_of(text);
    if (step->said_us == INT64_MIN && step->planned_us == INT64_MIN) {
        return NULL;
    }
    base_json_out_object(&out);
    if (step->said_us != INT64_MIN) {
        base_json_out_key(&out, "said_at");
        base_json_out_time(&out, step->said_us);
    }
    if (step->planned_us != INT64_MIN) {
        base_json_out_key(&out, "planned_for");
        base_json_out_time(&out, step->planned_us);
    }
    base_json_out_object_end(&out);
    return base_buf_cstr(text);
}

/* Whom the step names: of who carries out nobody but the own shift, which takes over what was sent to nobody else. */
static void whom(const struct api_call *call, struct step *step)
{
    step->shift = call->identity->shift_id ? data_i64(call->identity->shift_id) : data_null();
    step->organisation = step->into = data_null();
}

/* False: the answer says why not. */
static bool carries(struct api_call *call, const struct data_rows *rows, const struct step *step)
{
    char detail[256];
    if (!data_rows_bool(rows, 0, CARRIED)) {
        snprintf(detail, sizeof detail, "\"%.40s\" is for who handles incidents; who carries one out may: %s",
                 step->step, data_rows_text(rows, 0, CARRY_STEPS));
        api_problem(call, MHD_HTTP_FORBIDDEN, detail);
    } else if (!data_rows_bool(rows, 0, CARRIES)) {
        api_problem(call, MHD_HTTP_FORBIDDEN, "this incident was taken back, or sent to somebody else");
    }
    return data_rows_bool(rows, 0, CARRIED) && data_rows_bool(rows, 0, CARRIES);
}

static void names(struct api_input *input, const struct data_rows *rows)
{
    static const struct {
        int column;
        const char *field, *why;
    } named[] = {{KNOWN, "step", "there is no such step"},
                 {ORGANISATION, "organisation_id", "there is no such organisation"},
                 {SHIFT, "shift_id", "the estate has no such shift that has not ended"}};
    for (size_t i = 0; i < BASE_COUNT(named) && !input->bad; i++) {
        if (!data_rows_bool(rows, 0, named[i].column)) {
            api_input_wrong(input, named[i].field, "%s", named[i].why);
        }
    }
}

/* Which member a step lacks. */
static const char *lacks(const struct step *step, bool needs_note)
{
    static const struct {
        const char *step, *member;
    } members[] = {{"merge", "into"}, {"dispatch", "organisation_id"}, {"reclassify", "category"}};
    for (size_t i = 0; i < BASE_COUNT(members) && (step->note || !needs_note); i++) {
        if (strcmp(members[i].step, step->step) == 0) {
            return members[i].member;
        }
    }
    return "note"; /* none, or there is nothing to lock it by */
}

static enum base_err act(struct api_write *write, struct api_input *input, const struct step *step,
                         const int64_t ids[2], bool needs_note, struct base_diag *diag)
{
    struct base_key key;
    const struct base_key *seal;
    enum base_err err = api_incident_seal(write->call, diag, &key, &seal);
    AUTO_VALUE(base_buf) detail;
    base_buf_init(&detail, DETAIL_MAX);
    const struct incident_act taken = {.estate_id = ids[0],
                                       .id = ids[1],
                                       .step = step->step,
                                       .actor = write->call->identity->name,
                                       .note = step->note,
                                       .category = step->category,
                                       .severity = step->severity,
                                       .seal = seal,
                                       .detail = detail_of(step, &detail),
                                       .organisation_id = step->organisation,
                                       .shift_id = step->shift,
                                       .other = step->into,
                                       .at_us = write->now_us};
    struct incident_acted acted;
    err = err ? err : incident_act(write->conn, &taken, diag, &acted);
    if (err == BASE_INVALID) {
        api_input_wrong(input, lacks(step, needs_note), "%s", diag->text);
        return BASE_OK;
    }
    /* What the database itself found in conflict has ended the transaction: there is nothing to ask it. */
    if (err == BASE_CONFLICT && strncmp(diag->text, "database:", 9) != 0) {
        char why[sizeof diag->text];
        snprintf(why, sizeof why, "%s", diag->text);
        return api_incident_one_refuse(write->call, write->conn, ids, why, diag);
    }
    return err ? err : api_incident_one_taken(write->call, write->conn, ids, acted.masked, diag);
}

static enum base_err take(struct api_write *write, struct api_input *input, const struct step *step,
                          const int64_t ids[2], bool handles, struct base_diag *diag)
{
    char tag[TILES_ETAG_TEXT];
    AUTO(data_rows) rows = NULL;
    enum base_err err =
        data_run(write->conn, DATA_INCIDENT_HOLD,
                 DATA_ARGS(data_i64(ids[0]), data_i64(ids[1]), data_text(step->step), step->organisation, step->shift,
                           data_text(data_scope_sent(write->call->identity->scope))),
                 diag, &rows);
    if (!err && (data_rows_count(rows) == 0 || !(handles || data_rows_bool(rows, 0, SENT)))) {
        err = base_diag_set(diag, BASE_NOT_FOUND, "there is no such incident");
    }
    if (err) {
        return err;
    }
    snprintf(tag, sizeof tag, "\"%s\"", data_rows_text(rows, 0, TAG));
    if (!api_write_matches(write->call, tag)) {
        return BASE_OK;
    }
    names(input, rows);
    bool may = !input->bad && (handles || carries(write->call, rows, step));
    return may ? act(write, input, step, ids, data_rows_bool(rows, 0, NOTE), diag) : BASE_OK;
}

static enum base_err post(struct api_input *input, struct api_worker *worker, enum data_look look, struct step *step,
                          const int64_t ids[2], struct base_diag *diag)
{
    struct api_write write;
    char note[NOTE_MAX];
    enum base_err err = api_incident_ready(worker, diag);
    err = err ? err : api_write_begin(input->call, worker, look, ids[0], NULL, diag, &write);
    if (err || !write.conn) {
        return err;
    }
    if (look == DATA_LOOK_CARRY) {
        whom(input->call, step);
    }
    err = take(&write, input, step, ids, look == DATA_LOOK_HANDLE, diag);
    snprintf(note, sizeof note, "incident %lld: %.40s", (long long)ids[1], step->step);
    return api_write_end(&write, err, "step incident", note, diag);
}

enum base_err api_incident_step(struct api_call *call, struct api_worker *worker, struct base_diag *diag)
{
    static const char *const members[] = {"step",     "note",     "organisation_id", "shift_id",    "into",
                                          "category", "severity", "said_at",         "planned_for", NULL};
    struct api_input input;
    struct step step = {.step = NULL};
    int64_t ids[API_CAPTURES_MAX];
    enum base_err err = api_query_path(call, 2, diag, ids);
    enum data_look look = err ? DATA_LOOK_HANDLE : api_incident_one_look(call, ids[0]);
    if (err || !api_write_may(call, look, ids[0]) || !api_input_open(call, members, &input)) {
        return err;
    }
    step_in(&input, &step);
    if (!input.bad) {
        err = post(&input, worker, look, &step, ids, diag);
    }
    api_input_release(&input);
    return err;
}
