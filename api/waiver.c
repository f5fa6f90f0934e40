/* /api/waivers: windows that are let off, by whom and why. One is never changed: it is revoked, and another one made.
 */
#include "api/json.h"
#include "api/list.h"

#include <string.h>

#define DAY_US INT64_C(86400000000)
enum { REASON_MAX = 1000, DAYS_MAX = 366, NOTE_MAX = 48 };
static const char kinds[] = "building entrance checkpoint route zone facility camera bin";

/* Columns of waiver_page and waiver_find. */
enum {
    ESTATE_ID,
    ID,
    RECORDED_AT,
    T_FROM,
    T_TO,
    DUTY_ID,
    PLACE_KIND,
    PLACE_ID,
    REASON,
    APPROVER,
    REVOKED_AT,
    REVOKED_BY,
    ROW_TAG
};

static void waiver(struct base_json_out *out, const struct data_rows *rows, size_t row)
{
    struct api_json_row at = {out, rows, row};
    base_json_out_object(out);
    api_json_i64(&at, "estate_id", ESTATE_ID);
    api_json_i64(&at, "id", ID);
    api_json_i64(&at, "duty_id", DUTY_ID);
    api_json_text(&at, "place_kind", PLACE_KIND);
    api_json_i64(&at, "place_id", PLACE_ID);
    api_json_time(&at, "t_from", T_FROM);
    api_json_time(&at, "t_to", T_TO);
    api_json_text(&at, "reason", REASON);
    api_json_text(&at, "approver", APPROVER);
    api_json_time(&at, "recorded_at", RECORDED_AT);
    api_json_time(&at, "revoked_at", REVOKED_AT);
    api_json_text(&at, "revoked_by", REVOKED_BY);
    base_json_out_object_end(out);
}

/* --- reading --- */

static const struct api_list waivers = {"waivers", waiver, .timed = true, .columns = 2, .order = {RECORDED_AT, ID}};

static enum base_err list(struct api_call *call, struct api_worker *worker, struct base_diag *diag)
{
    struct data_conn *conn;
    struct data_arg estate, duty;
    struct api_page page;
    int64_t now_us = base_clock_now_us(), from_us = 0, to_us = 0;
    AUTO(data_rows) rows = NULL;
    enum base_err err = api_query_i64(call, "estate", diag, &estate);
    err = err ? err : api_query_i64(call, "duty", diag, &duty);
    err = err ? err : api_query_time(call, "from", now_us - 7 * DAY_US, diag, &from_us);
    err = err ? err : api_query_time(call, "to", now_us + DAYS_MAX * DAY_US, diag, &to_us);
    err = err ? err : api_list_page(call, &waivers, diag, &page);
    err = err ? err : api_worker_conn(worker, diag, &conn);
    err = err ? err
              : data_run(conn, DATA_WAIVER_PAGE,
                         DATA_ARGS(estate, duty, data_time(from_us), data_time(to_us), page.after[0], page.after[1],
                                   data_i64(page.limit)),
                         diag, &rows);
    if (!err) {
        api_list_out(call, &waivers, &page, rows);
    }
    return err;
}

static enum base_err find(struct data_conn *conn, const int64_t ids[2], struct base_diag *diag,
                          struct data_rows **ret_rows)
{
    return api_list_find(conn, DATA_WAIVER_FIND, ids, "waiver", diag, ret_rows);
}

/* --- writing --- */

struct waived {
    int64_t estate_id, from_us, to_us;
    struct data_arg duty, place;
    const char *kind, *reason;
};

static void waived_in(struct api_input *input, struct waived *waived)
{
    waived->estate_id = api_input_i64(input, "estate_id", API_REQUIRED, 0, INT64_MAX);
    waived->duty = api_input_arg_i64(input, "duty_id", 1, INT64_MAX);
    waived->kind = api_input_word(input, "place_kind", API_OPTIONAL, kinds);
    waived->place = api_input_arg_i64(input, "place_id", 1, INT64_MAX);
    waived->from_us = api_input_time(input, "t_from", API_REQUIRED);
    waived->to_us = api_input_time(input, "t_to", API_REQUIRED);
    waived->reason = api_input_text(input, "reason", API_REQUIRED, REASON_MAX);
    if (!input->bad && (waived->to_us <= waived->from_us || waived->to_us - waived->from_us > DAYS_MAX * DAY_US)) {
        api_input_wrong(input, "t_to", "must be after t_from, by %d days at most", DAYS_MAX);
    }
    if (!input->bad && (waived->kind == NULL) != (waived->place.type == DATA_ARG_NULL)) {
        api_input_wrong(input, waived->kind ? "place_id" : "place_kind", "a place is named by place_kind and place_id");
    }
}

static enum base_err make(struct api_write *write, struct api_input *input, const struct waived *waived,
                          struct base_diag *diag, int64_t *ret_id)
{
    AUTO(data_rows) rows = NULL;
    AUTO(data_rows) made = NULL;
    enum base_err err = data_run(write->conn, DATA_WAIVER_MAKE,
                                 DATA_ARGS(data_i64(waived->estate_id), waived->duty, data_text(waived->kind),
                                           waived->place, data_time(waived->from_us), data_time(waived->to_us),
                                           data_text(waived->reason), data_text(write->call->identity->name)),
                                 diag, &rows);
    if (!err && data_rows_count(rows) == 0) {
        api_input_wrong(input, "duty_id", "the estate has no such duty or place");
        return BASE_OK;
    }
    const int64_t ids[2] = {waived->estate_id, err ? 0 : data_rows_i64(rows, 0, 0)};
    err = err ? err : find(write->conn, ids, diag, &made);
    if (!err) {
        *ret_id = ids[1];
        api_list_one(write->call, &waivers, made, ROW_TAG);
        api_write_located(write->call, MHD_HTTP_CREATED, "/api/waivers/%lld/%lld", (long long)ids[0],
                          (long long)ids[1]);
    }
    return err;
}

static const char *note_of(int64_t id, char note[NOTE_MAX])
{
    snprintf(note, NOTE_MAX, "waiver %lld", (long long)id);
    return note;
}

/* A month's partition is made before the transaction: that has one of its own. */
static enum base_err ready(struct api_worker *worker, struct base_diag *diag)
{
    struct data_conn *conn;
    enum base_err err = api_worker_owner(worker, diag, &conn);
    return err ? err : data_partition_ensure(conn, "waiver", base_clock_now_us(), diag);
}

static enum base_err waive(struct api_call *call, struct api_worker *worker, struct base_diag *diag)
{
    static const char *const members[] = {"estate_id", "duty_id", "place_kind", "place_id",
                                          "t_from",    "t_to",    "reason",     NULL};
    struct api_input input;
    struct api_write write;
    struct waived waived;
    char note[NOTE_MAX];
    int64_t id = 0;
    enum base_err err = BASE_OK;
    if (!api_input_open(call, members, &input)) {
        return BASE_OK;
    }
    waived_in(&input, &waived);
    if (!input.bad && api_write_may(call, DATA_LOOK_JUDGE, waived.estate_id)) {
        err = ready(worker, diag);
        err = err ? err : api_write_begin(call, worker, DATA_LOOK_JUDGE, waived.estate_id, NULL, diag, &write);
        if (!err && write.conn) {
            err = make(&write, &input, &waived, diag, &id);
            err = api_write_end(&write, err, "waive", note_of(id, note), diag);
        }
    }
    api_input_release(&input);
    return err;
}

enum base_err api_waiver_list(struct api_call *call, struct api_worker *worker, struct base_diag *diag)
{
    return call->method == API_GET ? list(call, worker, diag) : waive(call, worker, diag);
}

static enum base_err take_back(struct api_write *write, const int64_t ids[2], struct base_diag *diag)
{
    char tag[TILES_ETAG_TEXT];
    AUTO(data_rows) rows = NULL;
    AUTO(data_rows) revoked = NULL;
    enum base_err err = find(write->conn, ids, diag, &rows);
    if (err) {
        return err;
    }
    api_list_tag(rows, ROW_TAG, tag);
    if (!api_write_matches(write->call, tag)) {
        return BASE_OK;
    }
    err =
        data_run(write->conn, DATA_WAIVER_REVOKE,
                 DATA_ARGS(data_i64(ids[0]), data_i64(ids[1]), data_text(write->call->identity->name)), diag, &revoked);
    if (!err && data_rows_count(revoked) == 0) {
        api_problem(write->call, MHD_HTTP_CONFLICT, "it is revoked already");
    } else if (!err) {
        api_write_gone(write->call);
    }
    return err;
}

enum base_err api_waiver_one(struct api_call *call, struct api_worker *worker, struct base_diag *diag)
{
    struct data_conn *conn;
    struct api_write write;
    char note[NOTE_MAX];
    int64_t ids[API_CAPTURES_MAX];
    AUTO(data_rows) rows = NULL;
    enum base_err err = api_query_path(call, 2, diag, ids);
    if (!err && call->method == API_DELETE) {
        err = api_write_begin(call, worker, DATA_LOOK_JUDGE, ids[0], NULL, diag, &write);
        if (!err && write.conn) {
            err = take_back(&write, ids, diag);
            err = api_write_end(&write, err, "revoke waiver", note_of(ids[1], note), diag);
        }
        return err;
    }
    err = err ? err : api_worker_conn(worker, diag, &conn);
    err = err ? err : find(conn, ids, diag, &rows);
    if (!err) {
        api_list_one(call, &waivers, rows, ROW_TAG);
        api_answer_revalidate(call);
    }
    return err;
}
