/* /api/shifts: rosters. Who works when is personal: it is shown for a purpose, and the look is written down. */
#include "api/json.h"
#include "api/list.h"
#include "ingest/ingest.h"

#include <string.h>

#define DAY_US INT64_C(86400000000)
enum { LABEL_MAX = 64, CODE_MAX = 64, DEVICE_MAX = 256, NOTE_MAX = 48 };
static const int64_t length_most_us = 7 * DAY_US, ahead_most_us = 400 * DAY_US;
static const char types[] = "guard cleaner vehicle fleet unit";

/* Columns of shift_page and shift_find. */
enum { ESTATE_ID, ID, SOURCE, SUBJECT_TYPE, LABEL, LABEL_EN, STARTS_AT, ENDS_AT, ORGANISATION, DEVICE, ROW_TAG };

static void shift(struct base_json_out *out, const struct data_rows *rows, size_t row)
{
    struct api_json_row at = {out, rows, row};
    base_json_out_object(out);
    api_json_i64(&at, "estate_id", ESTATE_ID);
    api_json_i64(&at, "id", ID);
    api_json_text(&at, "source", SOURCE);
    api_json_text(&at, "subject_type", SUBJECT_TYPE);
    api_json_text(&at, "label", LABEL);
    api_json_text(&at, "label_en", LABEL_EN);
    api_json_time(&at, "starts_at", STARTS_AT);
    api_json_time(&at, "ends_at", ENDS_AT);
    api_json_text(&at, "organisation", ORGANISATION);
    base_json_out_key(out, "any_device");
    base_json_out_bool(out, !data_rows_bool(rows, row, DEVICE));
    base_json_out_object_end(out);
}

/* --- reading --- */

static const struct api_list shifts = {"shifts", shift, .timed = true, .columns = 3,
                                       .order = {STARTS_AT, ESTATE_ID, ID}};

static enum base_err list(struct api_call *call, struct api_worker *worker, struct base_diag *diag)
{
    struct data_conn *conn;
    struct data_arg estate;
    struct api_page page;
    int64_t from_us = 0, to_us = 0;
    AUTO(data_rows) rows = NULL;
    enum base_err err = api_query_i64(call, "estate", diag, &estate);
    err = err ? err : api_query_time(call, "from", base_clock_now_us(), diag, &from_us);
    err = err ? err : api_query_time(call, "to", from_us + DAY_US, diag, &to_us);
    err = err ? err : api_list_page(call, &shifts, diag, &page);
    err = err ? err : api_worker_conn(worker, diag, &conn);
    err = err ? err
              : data_run(conn, DATA_SHIFT_PAGE,
                         DATA_ARGS(estate, data_time(from_us), data_time(to_us), page.after[0], page.after[1],
                                   page.after[2], data_i64(page.limit)),
                         diag, &rows);
    err = err ? err : api_audit_rows(call, conn, "shifts", rows, ESTATE_ID, diag);
    if (!err) {
        api_list_out(call, &shifts, &page, rows);
    }
    return err;
}

static enum base_err find(struct data_conn *conn, const int64_t ids[2], struct base_diag *diag,
                          struct data_rows **ret_rows)
{
    return api_list_find(conn, DATA_SHIFT_FIND, ids, "shift", diag, ret_rows);
}

static enum base_err read_one(struct api_call *call, struct api_worker *worker, const int64_t ids[2],
                              struct base_diag *diag)
{
    struct data_conn *conn;
    AUTO(data_rows) rows = NULL;
    enum base_err err = api_worker_conn(worker, diag, &conn);
    err = err ? err : find(conn, ids, diag, &rows);
    err = err ? err : api_audit_rows(call, conn, "shifts", rows, ESTATE_ID, diag);
    if (!err) {
        api_list_one(call, &shifts, rows, ROW_TAG);
        api_answer_revalidate(call);
    }
    return err;
}

/* --- what a body says --- */

struct roster {
    int64_t estate_id, starts_us, ends_us;
    const char *source, *type, *label, *label_en, *organisation, *device;
    struct data_arg organisation_id, device_hash;
    int64_t source_id;
};

static void times_in(struct api_input *input, struct roster *roster)
{
    roster->starts_us = api_input_time(input, "starts_at", API_REQUIRED);
    roster->ends_us = api_input_time(input, "ends_at", API_REQUIRED);
    if (!input->bad && (roster->ends_us <= roster->starts_us || roster->ends_us - roster->starts_us > length_most_us)) {
        api_input_wrong(input, "ends_at", "must be after starts_at, by 7 days at most");
    }
    if (!input->bad && roster->starts_us > base_clock_now_us() + ahead_most_us) {
        api_input_wrong(input, "starts_at", "is more than 400 days ahead");
    }
}

static void common_in(struct api_input *input, struct roster *roster)
{
    roster->label = api_input_text(input, "label", API_REQUIRED, LABEL_MAX);
    roster->label_en = api_input_text(input, "label_en", API_OPTIONAL, LABEL_MAX);
    roster->label_en = roster->label_en ? roster->label_en : roster->label;
    roster->organisation = api_input_text(input, "organisation", API_OPTIONAL, CODE_MAX);
    times_in(input, roster);
}

/* Columns of shift_names. */
enum { SOURCE_ID, ORGANISATION_ID };

static enum base_err names(struct api_write *write, struct api_input *input, struct roster *roster,
                           struct base_diag *diag)
{
    AUTO(data_rows) rows = NULL;
    enum base_err err = data_run(
        write->conn, DATA_SHIFT_NAMES,
        DATA_ARGS(data_i64(write->estate_id), data_text(roster->source), data_text(roster->organisation)), diag, &rows);
    if (err) {
        return err;
    }
    if (roster->source && data_rows_null(rows, 0, SOURCE_ID)) {
        api_input_wrong(input, "source", "the estate has no source of that name");
    } else if (roster->organisation && data_rows_null(rows, 0, ORGANISATION_ID)) {
        api_input_wrong(input, "organisation", "there is no organisation of that code");
    }
    if (!input->bad) {
        roster->source_id = roster->source ? data_rows_i64(rows, 0, SOURCE_ID) : 0;
        roster->organisation_id =
            roster->organisation ? data_i64(data_rows_i64(rows, 0, ORGANISATION_ID)) : data_null();
    }
    return BASE_OK;
}

/* A device is named as ingest knows it by its keys, which lie in the same VAR. */
static enum base_err device(struct api_write *write, struct api_input *input, struct roster *roster,
                            struct base_diag *diag)
{
    struct base_id hash;
    const char *var = write->call->server->config.var;
    roster->device_hash = data_null();
    if (!roster->device || input->bad) {
        return BASE_OK;
    }
    if (!var) {
        api_input_wrong(
            input, "device",
            "this server has no keys to hide it by (HUTONG_VAR); leave it out, or use hutong import shifts");
        return BASE_OK;
    }
    enum base_err err = ingest_devices_hash(var, roster->source, roster->device, roster->starts_us, diag, &hash);
    roster->device_hash = err ? data_null() : data_id(hash);
    return err;
}

/* --- writing --- */

static enum base_err made(struct api_write *write, const int64_t ids[2], unsigned status, struct base_diag *diag)
{
    AUTO(data_rows) rows = NULL;
    enum base_err err = find(write->conn, ids, diag, &rows);
    if (!err) {
        api_list_one(write->call, &shifts, rows, ROW_TAG);
        api_write_located(write->call, status, "/api/shifts/%lld/%lld", (long long)ids[0], (long long)ids[1]);
    }
    return err;
}

static enum base_err make(struct api_write *write, struct api_input *input, struct roster *roster,
                          struct base_diag *diag, int64_t *ret_id)
{
    AUTO(data_rows) rows = NULL;
    enum base_err err = names(write, input, roster, diag);
    err = err ? err : device(write, input, roster, diag);
    if (err || input->bad) {
        return err;
    }
    err = data_run(write->conn, DATA_SHIFT_MAKE,
                   DATA_ARGS(data_i64(write->estate_id), data_i64(roster->source_id), roster->device_hash,
                             data_text(roster->type), data_text(roster->label), data_text(roster->label_en),
                             data_time(roster->starts_us), data_time(roster->ends_us), roster->organisation_id),
                   diag, &rows);
    if (err) {
        return err;
    }
    *ret_id = data_rows_i64(rows, 0, 0);
    const int64_t ids[2] = {write->estate_id, *ret_id};
    return made(write, ids, MHD_HTTP_CREATED, diag);
}

static const char *note_of(int64_t id, char note[NOTE_MAX])
{
    snprintf(note, NOTE_MAX, "shift %lld", (long long)id);
    return note;
}

static enum base_err post(struct api_call *call, struct api_worker *worker, struct base_diag *diag)
{
    static const char *const members[] = {"estate_id", "source",  "subject_type", "label",  "label_en",
                                          "starts_at", "ends_at", "organisation", "device", NULL};
    struct api_input input;
    struct api_write write;
    struct roster roster = {.estate_id = 0};
    char note[NOTE_MAX];
    int64_t id = 0;
    enum base_err err = BASE_OK;
    if (!api_input_open(call, members, &input)) {
        return BASE_OK;
    }
    roster.estate_id = api_input_i64(&input, "estate_id", API_REQUIRED, 0, INT64_MAX);
    roster.source = api_input_text(&input, "source", API_REQUIRED, CODE_MAX);
    roster.type = api_input_word(&input, "subject_type", API_REQUIRED, types);
    roster.device = api_input_text(&input, "device", API_OPTIONAL, DEVICE_MAX);
    common_in(&input, &roster);
    if (!input.bad) {
        err = api_write_begin(call, worker, DATA_LOOK_MANAGE, roster.estate_id, NULL, diag, &write);
        if (!err && write.conn) {
            err = make(&write, &input, &roster, diag, &id);
            err = api_write_end(&write, err, "make shift", note_of(id, note), diag);
        }
    }
    api_input_release(&input);
    return err;
}

/* 0 rows: somebody was faster. */
static void faster(struct api_call *call)
{
    api_problem(call, MHD_HTTP_PRECONDITION_FAILED, "it has changed since; GET it again");
}

/* Pseudonyms are made by the month in which a shift begins, so the beginning stays once it is past. */
static enum base_err change(struct api_write *write, struct api_input *input, struct roster *roster,
                            const int64_t ids[2], const struct data_rows *before, struct base_diag *diag)
{
    AUTO(data_rows) rows = NULL;
    int64_t began_us = data_rows_time(before, 0, STARTS_AT);
    if (roster->starts_us != began_us && (began_us <= write->now_us || roster->starts_us < write->now_us)) {
        api_input_wrong(input, "starts_at", "a shift that has begun keeps its beginning");
        return BASE_OK;
    }
    if (roster->starts_us != began_us && data_rows_bool(before, 0, DEVICE)) {
        api_input_wrong(input, "starts_at", "of a shift that names a device stays; make another one");
        return BASE_OK;
    }
    enum base_err err = names(write, input, roster, diag);
    if (err || input->bad) {
        return err;
    }
    err = data_run(write->conn, DATA_SHIFT_CHANGE,
                   DATA_ARGS(data_i64(ids[0]), data_i64(ids[1]), data_text(data_rows_text(before, 0, ROW_TAG)),
                             data_text(roster->label), data_text(roster->label_en), data_time(roster->starts_us),
                             data_time(roster->ends_us), roster->organisation_id),
                   diag, &rows);
    if (!err && data_rows_count(rows) == 0) {
        faster(write->call);
        return BASE_OK;
    }
    return err ? err : made(write, ids, MHD_HTTP_OK, diag);
}

static enum base_err put(struct api_write *write, const int64_t ids[2], const struct data_rows *before,
                         struct base_diag *diag)
{
    static const char *const members[] = {"estate_id", "id",      "source",       "subject_type", "label", "label_en",
                                          "starts_at", "ends_at", "organisation", "any_device",   NULL};
    struct api_input input;
    struct roster roster = {.estate_id = ids[0]};
    enum base_err err = BASE_OK;
    if (!api_input_open(write->call, members, &input)) {
        return BASE_OK;
    }
    common_in(&input, &roster);
    if (!input.bad) {
        err = change(write, &input, &roster, ids, before, diag);
    }
    api_input_release(&input);
    return err;
}

static enum base_err end(struct api_write *write, const int64_t ids[2], const struct data_rows *before,
                         struct base_diag *diag)
{
    AUTO(data_rows) rows = NULL;
    enum base_err err = data_run(
        write->conn, DATA_SHIFT_END,
        DATA_ARGS(data_i64(ids[0]), data_i64(ids[1]), data_text(data_rows_text(before, 0, ROW_TAG))), diag, &rows);
    if (!err && data_rows_count(rows) == 0) {
        faster(write->call);
    } else if (!err) {
        api_write_gone(write->call);
    }
    return err;
}

static enum base_err write_one(struct api_call *call, struct api_worker *worker, const int64_t ids[2],
                               struct base_diag *diag)
{
    struct api_write write;
    char tag[TILES_ETAG_TEXT], note[NOTE_MAX];
    AUTO(data_rows) before = NULL;
    enum base_err err = api_write_begin(call, worker, DATA_LOOK_MANAGE, ids[0], NULL, diag, &write);
    if (err || !write.conn) {
        return err;
    }
    err = find(write.conn, ids, diag, &before);
    snprintf(tag, sizeof tag, "\"%s\"", err ? "" : data_rows_text(before, 0, ROW_TAG));
    if (!err && api_write_matches(call, tag)) {
        err = call->method == API_PUT ? put(&write, ids, before, diag) : end(&write, ids, before, diag);
    }
    return api_write_end(&write, err, call->method == API_PUT ? "change shift" : "end shift", note_of(ids[1], note),
                         diag);
}

/* --- who may read --- */

static bool purposeless(struct api_call *call)
{
    if (call->method == API_GET && !call->identity->purpose[0]) {
        api_problem_purpose(call);
        return true;
    }
    return false;
}

enum base_err api_shift_list(struct api_call *call, struct api_worker *worker, struct base_diag *diag)
{
    if (purposeless(call)) {
        return BASE_OK;
    }
    return call->method == API_GET ? list(call, worker, diag) : post(call, worker, diag);
}

enum base_err api_shift_one(struct api_call *call, struct api_worker *worker, struct base_diag *diag)
{
    int64_t ids[API_CAPTURES_MAX];
    enum base_err err = api_query_path(call, 2, diag, ids);
    if (err || purposeless(call)) {
        return err;
    }
    return call->method == API_GET ? read_one(call, worker, ids, diag) : write_one(call, worker, ids, diag);
}
