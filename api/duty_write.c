/* POST, PUT and DELETE of duties: what a body says goes to duty_put() as people write duties in files, so that both
 * ways check the same. */
#include "api/duty.h"
#include "duty/duty.h"

#include <string.h>

enum { TEXT_MAX = 200, FILTER_MAX = 2000, SCHEDULE_MAX = 500, NOTE_MAX = 160, NUMBER_MAX = 32 };

static const char *const members[] = {"estate_id",
                                      "id",
                                      "version",
                                      "key",
                                      "name",
                                      "name_en",
                                      "organisation",
                                      "contract",
                                      "campaign",
                                      "subject_kind",
                                      "subject_id",
                                      "subject_filter",
                                      "schedule",
                                      "calendar",
                                      "days",
                                      "proof",
                                      "subject_types",
                                      "count",
                                      "units",
                                      "radius_m",
                                      "accuracy_m",
                                      "dwell_s",
                                      "fraction",
                                      "tool",
                                      "form",
                                      "fill_percent",
                                      "allow_s",
                                      "grace_s",
                                      "valid_from",
                                      "valid_to",
                                      NULL};

/* --- what a body says --- */

static const char *text(struct api_input *input, const char *name, size_t max)
{
    return api_input_text(input, name, API_OPTIONAL, max);
}

/* A number as it would stand in a file. */
static const char *number(struct api_input *input, const char *name)
{
    char digits[NUMBER_MAX];
    double value = api_input_f64(input, name, API_OPTIONAL, -1e15, 1e15);
    if (!api_input_has(input, name) || input->bad) {
        return NULL;
    }
    snprintf(digits, sizeof digits, "%.15g", value);
    return base_arena_text(&input->call->arena, base_str_of(digits));
}

static const char *yes_no(struct api_input *input, const char *name)
{
    if (!api_input_has(input, name)) {
        return NULL;
    }
    return api_input_bool(input, name, false) ? "true" : "false";
}

static const char *list(struct api_input *input, const char *name)
{
    AUTO_VALUE(base_buf) buf;
    struct base_str item;
    base_buf_init(&buf, TEXT_MAX);
    const struct base_json *json = base_json_in_get(input->object, name);
    if (!api_input_has(input, name)) {
        return NULL;
    }
    bool good = base_json_in_is_array(json) && base_json_in_size(json) > 0;
    for (size_t i = 0; good && i < base_json_in_size(json); i++) {
        good = base_json_in_text(base_json_in_at(json, i), &item);
        base_buf_printf(&buf, "%s%.*s", i ? "," : "", good ? (int)item.len : 0, good ? item.at : "");
    }
    if (!good || buf.err) {
        api_input_wrong(input, name, "must be a list of texts, like [\"guard\"]");
        return NULL;
    }
    return base_arena_text(&input->call->arena, base_buf_str(&buf));
}

static void proof_in(struct api_input *input, struct duty_spec *spec)
{
    spec->proof = text(input, "proof", TEXT_MAX);
    spec->subject_types = list(input, "subject_types");
    spec->count = number(input, "count");
    spec->units = number(input, "units");
    spec->radius_m = number(input, "radius_m");
    spec->accuracy_m = number(input, "accuracy_m");
    spec->dwell_s = number(input, "dwell_s");
    spec->fraction = number(input, "fraction");
    spec->tool = yes_no(input, "tool");
    spec->form = text(input, "form", TEXT_MAX);
    spec->fill_percent = number(input, "fill_percent");
    spec->allow_s = number(input, "allow_s");
    spec->grace_s = number(input, "grace_s");
}

static void spec_in(struct api_input *input, struct duty_spec *spec)
{
    spec->key = text(input, "key", TEXT_MAX);
    spec->name = text(input, "name", TEXT_MAX);
    spec->name_en = text(input, "name_en", TEXT_MAX);
    spec->organisation = text(input, "organisation", TEXT_MAX);
    spec->contract = text(input, "contract", TEXT_MAX);
    spec->campaign = text(input, "campaign", TEXT_MAX);
    spec->subject_kind = text(input, "subject_kind", TEXT_MAX);
    spec->subject_id = number(input, "subject_id");
    spec->subject_filter = text(input, "subject_filter", FILTER_MAX);
    spec->schedule = text(input, "schedule", SCHEDULE_MAX);
    spec->calendar = text(input, "calendar", TEXT_MAX);
    spec->days = text(input, "days", TEXT_MAX);
    proof_in(input, spec);
    spec->valid_from = text(input, "valid_from", TEXT_MAX);
    spec->valid_to = text(input, "valid_to", TEXT_MAX);
}

/* --- writing --- */

/* The member that a sentence of duty_put() begins with; NULL: none. */
static const char *field_of(const char *sentence)
{
    size_t len = strcspn(sentence, ": ");
    for (size_t i = 0; members[i]; i++) {
        if (strlen(members[i]) == len && memcmp(sentence, members[i], len) == 0) {
            return members[i];
        }
    }
    return NULL;
}

static enum base_err refused(struct api_call *call, enum base_err err, struct base_diag *diag)
{
    if (err != BASE_INVALID && err != BASE_UNSUPPORTED && err != BASE_NOT_FOUND && err != BASE_LIMIT) {
        return err;
    }
    const char *field = field_of(diag->text);
    struct base_json_out out = api_problem_begin(call, MHD_HTTP_UNPROCESSABLE_CONTENT, "/problems/field", diag->text);
    if (field) {
        base_json_out_key(&out, "field");
        base_json_out_text(&out, field);
    }
    api_problem_end(call, &out);
    return BASE_OK;
}

static enum base_err put(struct api_write *write, const struct duty_spec *spec, int64_t if_version, unsigned status,
                         struct base_diag *diag, struct duty_put *ret_put)
{
    AUTO(data_rows) rows = NULL;
    enum base_err err = duty_put(write->conn, spec, if_version, diag, ret_put);
    if (err == BASE_CONFLICT && if_version) {
        api_problem(write->call, MHD_HTTP_PRECONDITION_FAILED, "it has changed since; GET it again");
        return BASE_OK;
    }
    if (err) {
        return refused(write->call, err, diag);
    }
    const int64_t ids[2] = {spec->estate_id, ret_put->id};
    err = api_duty_find(write->conn, ids, diag, &rows);
    if (!err) {
        api_duty_out(write->call, rows, ret_put->remark);
        api_write_located(write->call, ret_put->outcome == DUTY_PUT_MADE ? status : MHD_HTTP_OK,
                          "/api/duties/%lld/%lld", (long long)ids[0], (long long)ids[1]);
    }
    return err;
}

static const char *note_of(const struct duty_put *put, char note[NOTE_MAX])
{
    snprintf(note, NOTE_MAX, "duty %lld version %lld%s", (long long)put->id, (long long)put->version,
             put->outcome == DUTY_PUT_SAME ? " unchanged" : "");
    return note;
}

/* A key that is there already is another duty, not this one anew - unless it says the same. */
static enum base_err post(struct api_write *write, const struct duty_spec *spec, struct base_diag *diag,
                          struct duty_put *ret_put)
{
    enum base_err err = put(write, spec, 0, MHD_HTTP_CREATED, diag, ret_put);
    if (!err && write->call->answer.status == MHD_HTTP_OK && ret_put->outcome == DUTY_PUT_CHANGED) {
        api_problem(write->call, MHD_HTTP_CONFLICT, "the estate has a duty of this key; change that by PUT");
    }
    return err;
}

enum base_err api_duty_write_new(struct api_call *call, struct api_worker *worker, struct base_diag *diag)
{
    struct api_input input;
    struct api_write write;
    struct duty_spec spec = {.estate_id = 0};
    struct duty_put made = {.id = 0};
    char note[NOTE_MAX];
    enum base_err err = BASE_OK;
    if (!api_input_open(call, members, &input)) {
        return BASE_OK;
    }
    spec.estate_id = api_input_i64(&input, "estate_id", API_REQUIRED, 0, INT64_MAX);
    spec_in(&input, &spec);
    if (!input.bad && !spec.key) {
        api_input_wrong(&input, "key", "is missing: the name by which programs know this duty of the estate");
    }
    if (!input.bad) {
        err = api_write_begin(call, worker, DATA_LOOK_JUDGE, spec.estate_id, NULL, diag, &write);
        if (!err && write.conn) {
            err = post(&write, &spec, diag, &made);
            err = api_write_end(&write, err, "make duty", note_of(&made, note), diag);
        }
    }
    api_input_release(&input);
    return err;
}

/* POST /api/duties/preview: made as it would be, looked at, and taken back. */
static enum base_err try_out(struct api_write *write, const struct duty_spec *spec, int64_t days,
                             struct base_diag *diag)
{
    struct duty_put made = {.id = 0};
    enum base_err err = duty_put(write->conn, spec, 0, diag, &made);
    if (err) {
        err = refused(write->call, err, diag);
    } else {
        const int64_t ids[2] = {spec->estate_id, made.id};
        err = api_duty_preview_out(write->call, write->conn, ids, days, made.remark, diag);
    }
    data_rollback(write->conn);
    return err;
}

enum base_err api_duty_write_preview(struct api_call *call, struct api_worker *worker, struct base_diag *diag)
{
    struct api_input input;
    struct api_write write;
    struct duty_spec spec = {.estate_id = 0};
    int64_t days = 0;
    enum base_err err = BASE_OK;
    if (!api_duty_preview_days(call, &days) || !api_input_open(call, members, &input)) {
        return BASE_OK;
    }
    spec.estate_id = api_input_i64(&input, "estate_id", API_REQUIRED, 0, INT64_MAX);
    spec_in(&input, &spec);
    spec.key = spec.key ? spec.key : "preview of a new duty";
    if (!input.bad) {
        call->idempotency = NULL; /* nothing is done that could be done twice */
        err = api_write_begin(call, worker, DATA_LOOK_JUDGE, spec.estate_id, NULL, diag, &write);
        err = !err && write.conn ? try_out(&write, &spec, days, diag) : err;
    }
    api_input_release(&input);
    return err;
}

static enum base_err change(struct api_write *write, const int64_t ids[2], const struct data_rows *before,
                            int64_t version, struct base_diag *diag, struct duty_put *ret_put)
{
    struct api_input input;
    struct duty_spec spec = {.estate_id = ids[0]};
    enum base_err err = BASE_OK;
    if (!api_input_open(write->call, members, &input)) {
        return BASE_OK;
    }
    spec_in(&input, &spec);
    spec.valid_from = NULL; /* GET says when the version began that is changed here: the next one begins now */
    if (!input.bad && spec.key && strcmp(spec.key, api_duty_key(before)) != 0) {
        api_input_wrong(&input, "key", "is for life; it is \"%s\"", api_duty_key(before));
    }
    if (!input.bad) {
        spec.key = api_duty_key(before);
        err = put(write, &spec, version, MHD_HTTP_OK, diag, ret_put);
    }
    api_input_release(&input);
    return err;
}

static enum base_err end(struct api_write *write, const int64_t ids[2], int64_t version, struct base_diag *diag)
{
    enum base_err err = duty_close(write->conn, ids[0], ids[1], version, write->now_us, diag);
    if (err == BASE_CONFLICT) {
        api_problem(write->call, MHD_HTTP_PRECONDITION_FAILED, "it has changed since, or has ended; GET it again");
        return BASE_OK;
    }
    if (!err) {
        api_write_gone(write->call);
    }
    return err;
}

enum base_err api_duty_write_one(struct api_call *call, struct api_worker *worker, const int64_t ids[2],
                                 struct base_diag *diag)
{
    struct api_write write;
    char tag[TILES_ETAG_TEXT], note[NOTE_MAX];
    AUTO(data_rows) before = NULL;
    enum base_err err = api_write_begin(call, worker, DATA_LOOK_JUDGE, ids[0], NULL, diag, &write);
    if (err || !write.conn) {
        return err;
    }
    struct duty_put put = {.id = ids[1]};
    err = api_duty_find(write.conn, ids, diag, &before);
    put.version = err ? 0 : api_duty_version(before, tag);
    if (!err && api_write_matches(call, tag)) {
        err = call->method == API_PUT ? change(&write, ids, before, put.version, diag, &put)
                                      : end(&write, ids, put.version, diag);
    }
    return api_write_end(&write, err, call->method == API_PUT ? "change duty" : "end duty", note_of(&put, note), diag);
}
