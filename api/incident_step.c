/* POST /api/incidents/{estate}/{incident}/steps: one step, of whoever has seen what the incident is. */
#include "api/incident.h"
#include "incident/incident.h"

#include <string.h>

enum { STEP_MAX = 40, TEXT_MAX = 4000, NOTE_MAX = 96 };

struct step {
    const char *step, *note;
    struct data_arg organisation, shift, into;
};

/* Columns of incident_hold. */
enum { TAG, KNOWN, NOTE, ORGANISATION, SHIFT };

static void step_in(struct api_input *input, struct step *step)
{
    step->step = api_input_text(input, "step", API_REQUIRED, STEP_MAX);
    step->note = api_input_text(input, "note", API_OPTIONAL, TEXT_MAX);
    step->organisation = api_input_arg_i64(input, "organisation_id", 1, INT64_MAX);
    step->shift = api_input_arg_i64(input, "shift_id", 1, INT64_MAX);
    step->into = api_input_arg_i64(input, "into", 1, INT64_MAX);
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
    if (needs_note && !step->note) {
        return "note";
    }
    return strcmp(step->step, "merge") == 0 ? "into" : "organisation_id";
}

static enum base_err act(struct api_write *write, struct api_input *input, const struct step *step,
                         const int64_t ids[2], bool needs_note, struct base_diag *diag)
{
    const struct incident_act taken = {.estate_id = ids[0],
                                       .id = ids[1],
                                       .step = step->step,
                                       .actor = write->call->identity->name,
                                       .note = step->note,
                                       .organisation_id = step->organisation,
                                       .shift_id = step->shift,
                                       .other = step->into,
                                       .at_us = write->now_us};
    struct incident_acted acted;
    enum base_err err = incident_act(write->conn, &taken, diag, &acted);
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
    return err ? err : api_incident_one_out(write->call, write->conn, ids, diag);
}

static enum base_err take(struct api_write *write, struct api_input *input, const struct step *step,
                          const int64_t ids[2], struct base_diag *diag)
{
    char tag[TILES_ETAG_TEXT];
    AUTO(data_rows) rows = NULL;
    enum base_err err =
        data_run(write->conn, DATA_INCIDENT_HOLD,
                 DATA_ARGS(data_i64(ids[0]), data_i64(ids[1]), data_text(step->step), step->organisation, step->shift),
                 diag, &rows);
    if (!err && data_rows_count(rows) == 0) {
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
    return input->bad ? BASE_OK : act(write, input, step, ids, data_rows_bool(rows, 0, NOTE), diag);
}

static enum base_err post(struct api_input *input, struct api_worker *worker, const struct step *step,
                          const int64_t ids[2], struct base_diag *diag)
{
    struct api_write write;
    char note[NOTE_MAX];
    enum base_err err = api_incident_ready(worker, diag);
    err = err ? err : api_write_begin(input->call, worker, DATA_LOOK_HANDLE, ids[0], NULL, diag, &write);
    if (err || !write.conn) {
        return err;
    }
    err = take(&write, input, step, ids, diag);
    snprintf(note, sizeof note, "incident %lld: %.40s", (long long)ids[1], step->step);
    return api_write_end(&write, err, "step incident", note, diag);
}

enum base_err api_incident_step(struct api_call *call, struct api_worker *worker, struct base_diag *diag)
{
    static const char *const members[] = {"step", "note", "organisation_id", "shift_id", "into", NULL};
    struct api_input input;
    struct step step = {.step = NULL};
    int64_t ids[API_CAPTURES_MAX];
    enum base_err err = api_query_path(call, 2, diag, ids);
    if (err || !api_write_may(call, DATA_LOOK_HANDLE, ids[0]) || !api_input_open(call, members, &input)) {
        return err;
    }
    step_in(&input, &step);
    if (!input.bad) {
        err = post(&input, worker, &step, ids, diag);
    }
    api_input_release(&input);
    return err;
}
