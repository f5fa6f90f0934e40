/* GET /api/notices: to which organisation and contact something was sent about which incident, and what became of it.
 * Where it went and by whom it was answered is nobody's business but the sender's. */
#include "api/json.h"
#include "api/list.h"

#define DAY_US INT64_C(86400000000)
enum { DAYS = 31, ESTATES_MAX = 64 << 20 };

/* Columns of notice_page. */
enum {
    ESTATE_ID,
    ID,
    ESTATE,
    ESTATE_EN,
    INCIDENT_ID,
    STEP,
    ORGANISATION_ID,
    ORGANISATION,
    ORGANISATION_EN,
    POSITION,
    CONTACT,
    CHANNEL,
    LEVEL,
    ASKS,
    STATE,
    ATTEMPTS,
    WHY,
    RECORDED_AT,
    NEXT_AT,
    SENT_AT,
    ACKED_AT,
    ACK_BY,
    PASSED_AT
};

static void notice(struct base_json_out *out, const struct data_rows *rows, size_t row)
{
    struct api_json_row at = {out, rows, row};
    base_json_out_object(out);
    api_json_i64(&at, "estate_id", ESTATE_ID);
    api_json_i64(&at, "id", ID);
    api_json_text(&at, "estate", ESTATE);
    api_json_text(&at, "estate_en", ESTATE_EN);
    api_json_i64(&at, "incident_id", INCIDENT_ID);
    api_json_text(&at, "step", STEP);
    api_json_i64(&at, "organisation_id", ORGANISATION_ID);
    api_json_text(&at, "organisation", ORGANISATION);
    api_json_text(&at, "organisation_en", ORGANISATION_EN);
    api_json_i64(&at, "position", POSITION);
    api_json_text(&at, "contact", CONTACT);
    api_json_text(&at, "channel", CHANNEL);
    api_json_text(&at, "level", LEVEL);
    api_json_bool(&at, "asks", ASKS);
    api_json_text(&at, "state", STATE);
    api_json_i64(&at, "attempts", ATTEMPTS);
    api_json_text(&at, "why", WHY);
    api_json_time(&at, "recorded_at", RECORDED_AT);
    api_json_time(&at, "next_at", NEXT_AT);
    api_json_time(&at, "sent_at", SENT_AT);
    api_json_time(&at, "acked_at", ACKED_AT);
    api_json_time(&at, "ack_by", ACK_BY);
    api_json_time(&at, "passed_at", PASSED_AT);
    base_json_out_object_end(out);
}

static const struct api_list notices = {"notices", notice, .timed = true, .columns = 3,
                                        .order = {RECORDED_AT, ESTATE_ID, ID}};

/* Row security lets incidents' estates pass; notices are for who handles them, which may be fewer. */
static struct data_arg handled(const struct data_scope *scope, struct base_buf *buf)
{
    const int64_t *ids;
    if (data_scope_all(scope, DATA_LOOK_HANDLE)) {
        return data_null();
    }
    size_t count = data_scope_estates(scope, DATA_LOOK_HANDLE, &ids);
    data_array_begin(buf, DATA_ARRAY_I64, count);
    for (size_t i = 0; i < count; i++) {
        data_array_i64(buf, ids[i]);
    }
    return data_bytes(base_buf_str(buf));
}

struct asked {
    struct data_arg estate, incident, organisation;
    const char *state;
    int64_t from_us, to_us;
    struct api_page page;
};

static enum base_err asked_in(const struct api_call *call, struct base_diag *diag, struct asked *asked)
{
    int64_t now_us = base_clock_now_us();
    enum base_err err = api_query_i64(call, "estate", diag, &asked->estate);
    err = err ? err : api_query_i64(call, "incident", diag, &asked->incident);
    err = err ? err : api_query_i64(call, "organisation", diag, &asked->organisation);
    err = err ? err : api_query_word(call, "state", "pending sent acknowledged failed", NULL, diag, &asked->state);
    err = err ? err : api_query_time(call, "to", now_us + DAY_US, diag, &asked->to_us);
    err = err ? err : api_query_time(call, "from", now_us - DAYS * DAY_US, diag, &asked->from_us);
    return err ? err : api_list_page(call, &notices, diag, &asked->page);
}

enum base_err api_notice_list(struct api_call *call, struct api_worker *worker, struct base_diag *diag)
{
    struct data_conn *conn;
    struct asked asked;
    AUTO(data_rows) rows = NULL;
    AUTO_VALUE(base_buf) estates;
    base_buf_init(&estates, ESTATES_MAX);
    struct data_arg whose = handled(call->identity->scope, &estates);
    enum base_err err = asked_in(call, diag, &asked);
    err = err ? err : estates.err;
    err = err ? err : api_worker_conn(worker, diag, &conn);
    err = err ? err
              : data_run(conn, DATA_NOTICE_PAGE,
                         DATA_ARGS(whose, asked.estate, asked.incident, asked.organisation, data_text(asked.state),
                                   data_time(asked.from_us), data_time(asked.to_us), asked.page.after[0],
                                   asked.page.after[1], asked.page.after[2], data_i64(asked.page.limit)),
                         diag, &rows);
    if (!err) {
        api_list_out(call, &notices, &asked.page, rows);
    }
    return err;
}
