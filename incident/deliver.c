/* Takes what is due out of the outbox and brings it to whom it is for; whoever does not answer is passed by. Of a
 * thread of its own in judge: neither clocks nor windows wait for anybody's server. */
#include "incident/deliver_private.h"

#include <poll.h>

/* A contact has OF_CONTACT under way at once, and the next ones when those have ended: one that hangs holds no more. */
enum { TICK_MS = 300, RETRY_MS = 3000, OF_CONTACT = 4, PASS_MAX = 500, LONGEST_S = 300, LINK_MAX = 2048 };

/* Columns of notice_claim. */
enum { ESTATE_ID, RECORDED_AT, ID, ATTEMPT, CONTACT_ID, KEY, CHANNEL, URL, SECRET, LINE, LINK, BODY };

struct deliverer {
    struct incident_deliver_options options; /* with what was not given */
    struct data_conn *conn;
    struct incident_sender *sender;
    int64_t look_us; /* when the outbox is looked into again, monotonic */
};

static bool is_stopped(const struct deliverer *deliverer)
{
    return deliverer->options.stop && *deliverer->options.stop;
}

static enum base_err start(struct deliverer *deliverer, const struct data_rows *rows, size_t row,
                           struct base_diag *diag)
{
    AUTO_VALUE(base_buf) link;
    base_buf_init(&link, LINK_MAX);
    if (deliverer->options.link) {
        base_buf_printf(&link, "%s%s", deliverer->options.link, data_rows_text(rows, row, LINK));
    }
    const struct incident_letter letter = {.attempt = {.estate_id = data_rows_i64(rows, row, ESTATE_ID),
                                                       .recorded_us = data_rows_time(rows, row, RECORDED_AT),
                                                       .id = data_rows_i64(rows, row, ID),
                                                       .number = data_rows_i64(rows, row, ATTEMPT),
                                                       .contact_id = data_rows_i64(rows, row, CONTACT_ID)},
                                           .key = data_rows_id(rows, row, KEY),
                                           .channel = data_rows_text(rows, row, CHANNEL),
                                           .url = data_rows_text(rows, row, URL),
                                           .secret = data_rows_text(rows, row, SECRET),
                                           .line = data_rows_text(rows, row, LINE),
                                           .link = link.len && !link.err ? base_buf_cstr(&link) : NULL,
                                           .body = data_rows_text(rows, row, BODY)};
    return incident_sender_start(deliverer->sender, &letter, diag);
}

static enum base_err claim(struct deliverer *deliverer, struct base_diag *diag)
{
    AUTO(data_rows) rows = NULL;
    AUTO_VALUE(base_buf) busy;
    const int64_t lease_us = deliverer->options.total_ms * INT64_C(2000); /* twice what a request may take */
    base_buf_init(&busy, 1 << 16);
    incident_sender_busy(deliverer->sender, &busy);
    enum base_err err =
        data_run(deliverer->conn, DATA_NOTICE_CLAIM,
                 DATA_ARGS(data_bytes(base_buf_str(&busy)), data_i64(OF_CONTACT),
                           data_i64((int64_t)incident_sender_room(deliverer->sender)), data_i64(lease_us)),
                 diag, &rows);
    for (size_t row = 0; !err && row < data_rows_count(rows); row++) {
        err = start(deliverer, rows, row, diag);
    }
    return err;
}

/* A transaction each, both of one statement. */
static enum base_err look(struct deliverer *deliverer, struct base_diag *diag)
{
    deliverer->look_us = base_clock_mono_us() + TICK_MS * INT64_C(1000);
    enum base_err err = data_partition_ensure(deliverer->conn, "notice", base_clock_now_us(), diag);
    err = err ? err : data_run(deliverer->conn, DATA_NOTICE_PASS, DATA_ARGS(data_i64(PASS_MAX)), diag, NULL);
    return err ? err : claim(deliverer, diag);
}

static enum base_err settle(struct deliverer *deliverer, const struct incident_reply *reply, struct base_diag *diag)
{
    AUTO(data_rows) rows = NULL;
    const struct incident_attempt *attempt = &reply->attempt;
    const struct incident_deliver_options *options = &deliverer->options;
    enum base_err err = data_run(
        deliverer->conn, DATA_NOTICE_SETTLE,
        DATA_ARGS(data_i64(attempt->estate_id), data_time(attempt->recorded_us), data_i64(attempt->id),
                  data_i64(attempt->number), data_text(reply->outcome), data_text(reply->why[0] ? reply->why : NULL),
                  data_i64(options->retry_first_ms * INT64_C(1000)), data_i64(LONGEST_S * INT64_C(1000000)),
                  data_i64(reply->wait_us), data_i64(options->attempts_max)),
        diag, &rows);
    if (!err && data_rows_count(rows) && data_rows_text(rows, 0, 0)[0] == 'f') {
        base_log(BASE_LOG_WARN, "a notice was not delivered", base_log_i64("contact", attempt->contact_id),
                 base_log_i64("notice", attempt->id), base_log_i64("attempts", attempt->number),
                 base_log_text("why", reply->why));
    }
    return err;
}

static enum base_err settle_all(struct deliverer *deliverer, struct base_diag *diag)
{
    struct incident_reply reply;
    enum base_err err = BASE_OK;
    while (!err && incident_sender_next(deliverer->sender, &reply)) {
        err = settle(deliverer, &reply, diag);
        deliverer->look_us = 0; /* its contact is free again */
    }
    return err;
}

static enum base_err step(struct deliverer *deliverer, struct base_diag *diag)
{
    enum base_err err = BASE_OK;
    if (!deliverer->conn) {
        err = data_conn_open(deliverer->options.conninfo, "hutong judge notices", diag, &deliverer->conn);
    }
    if (!err && base_clock_mono_us() >= deliverer->look_us) {
        err = look(deliverer, diag);
    }
    if (!err) {
        incident_sender_wait(deliverer->sender, TICK_MS);
        err = settle_all(deliverer, diag);
    }
    return err;
}

static struct incident_deliver_options filled(const struct incident_deliver_options *given)
{
    enum { CONNECT_MS = 3000, TOTAL_MS = 10000, FIRST_MS = 5000, ATTEMPTS = 8 };
    struct incident_deliver_options options = *given;
    options.connect_ms = given->connect_ms ? given->connect_ms : CONNECT_MS;
    options.total_ms = given->total_ms ? given->total_ms : TOTAL_MS;
    options.retry_first_ms = given->retry_first_ms ? given->retry_first_ms : FIRST_MS;
    options.attempts_max = given->attempts_max ? given->attempts_max : ATTEMPTS;
    return options;
}

/* What is under way at the end is given up: its lease ends, and it is sent again with its key. */
void incident_deliver_run(const struct incident_deliver_options *given)
{
    struct deliverer deliverer = {.options = filled(given)};
    struct base_diag diag = {.text = ""};
    if (incident_sender_new(&deliverer.options, &diag, &deliverer.sender)) {
        base_log(BASE_LOG_ERROR, "notices: are not sent", base_log_text("why", diag.text));
        return;
    }
    while (!is_stopped(&deliverer)) {
        if (step(&deliverer, &diag)) {
            base_log(BASE_LOG_WARN, "notices: tries again", base_log_text("why", diag.text));
            data_conn_free(deliverer.conn);
            deliverer.conn = NULL;
            poll(NULL, 0, RETRY_MS);
        }
    }
    incident_sender_free(deliverer.sender);
    data_conn_free(deliverer.conn);
}
