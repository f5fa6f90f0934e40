/* Yesterday, as the demo has it: its messages go to the broker at full speed, and when all of them are stored its
 * duties are put, so that each window is judged once, by what was proven. Duties that are there say that it was played.
 *
 *   PLAYS --sent--> READS --stored--> JUDGES --no window waits--> OVER
 *                      duties are put ┘         └ held messages are sent: what was unknown is judged again
 */
#include "cli/demo.h"
#include "ingest/ingest.h"

#include <stdlib.h>
#include <string.h>

#define SECOND INT64_C(1000000)
#define HOUR (INT64_C(3600) * SECOND)
enum { HELD_MAX_BYTES = 1 << 22, LOOK_US = 500000, GIVES_UP_S = 900 };
enum { BADLY = 7, SILENT = 4, HELD = 6 }; /* estates, by their place among the demo's */

struct cli_past {
    enum { PLAYS, READS, JUDGES, OVER } state;
    struct data_conn *conn;
    struct sensors_simulate_past plan;
    struct base_buf held;                                        /* topic NUL payload NUL ... */
    int64_t started_us, sent_us, duties_us, looked_us, messages; /* real time */
};

static enum base_err plan(struct cli_past *past, bool *ret_played, struct base_diag *diag)
{
    AUTO(data_rows) clock = NULL;
    AUTO(data_rows) estates = NULL;
    enum base_err err = data_run(past->conn, DATA_DEMO_CLOCK, DATA_NO_ARGS, diag, &clock);
    err = err ? err : data_run(past->conn, DATA_DEMO_ESTATE, DATA_NO_ARGS, diag, &estates);
    if (err) {
        return err;
    }
    *ret_played = data_rows_count(clock) == 0 || data_rows_bool(clock, 0, 2) || data_rows_count(estates) <= BADLY;
    if (!*ret_played) {
        int64_t midnight = data_rows_time(clock, 0, 0), night = data_rows_time(clock, 0, 1);
        night = night + 4 * HOUR < past->started_us ? night : midnight;
        past->plan = (struct sensors_simulate_past){.midnight_us = midnight,
                                                    .badly_estate = data_rows_i64(estates, BADLY, 0),
                                                    .silent_estate = data_rows_i64(estates, SILENT, 0),
                                                    .held_estate = data_rows_i64(estates, HELD, 0),
                                                    .silent_from_us = night + 2 * HOUR + 600 * SECOND,
                                                    .silent_to_us = night + 2 * HOUR + 3300 * SECOND,
                                                    .held_from_us = night + 3 * HOUR,
                                                    .held_to_us = night + 3 * HOUR + 2400 * SECOND};
    }
    return BASE_OK;
}

enum base_err cli_past_new(struct base_diag *diag, struct cli_past **ret_past)
{
    bool played = false;
    struct cli_past *past = calloc(1, sizeof *past);
    if (!past) {
        return base_diag_set(diag, BASE_NOMEM, "out of memory");
    }
    base_buf_init(&past->held, HELD_MAX_BYTES);
    past->started_us = base_clock_now_us();
    enum base_err err = data_conn_open(NULL, "hutong simulate", diag, &past->conn);
    err = err ? err : plan(past, &played, diag);
    if (!err && played) {
        base_log(BASE_LOG_INFO, "the past was played before");
    }
    if (err || played) {
        cli_past_free(past);
        past = NULL;
    }
    if (!err) {
        *ret_past = past;
    }
    return err;
}

void cli_past_free(struct cli_past *past)
{
    if (past) {
        data_conn_free(past->conn);
        base_buf_release(&past->held);
        free(past);
    }
}

const struct sensors_simulate_past *cli_past_plan(const struct cli_past *past)
{
    return past ? &past->plan : NULL;
}

int64_t cli_past_start_us(const struct cli_past *past)
{
    return past->plan.midnight_us - 2 * HOUR; /* the night's shift has begun */
}

bool cli_past_plays(const struct cli_past *past)
{
    return past && past->state == PLAYS;
}

enum base_err cli_past_hold(struct cli_past *past, const char *topic, const void *payload, size_t len,
                            struct base_diag *diag)
{
    base_buf_append(&past->held, topic, strlen(topic) + 1);
    base_buf_append(&past->held, payload, len);
    base_buf_append(&past->held, "", 1);
    return past->held.err ? base_diag_set(diag, past->held.err, "the messages that are held do not fit") : BASE_OK;
}

void cli_past_played(struct cli_past *past, int64_t messages)
{
    past->state = READS;
    past->sent_us = base_clock_now_us();
    past->messages = messages;
    base_log(BASE_LOG_INFO, "the past is sent", base_log_i64("messages", messages),
             base_log_f64("seconds", (double)(past->sent_us - past->started_us) / 1e6));
}

static enum base_err read_all(struct cli_past *past, struct base_diag *diag)
{
    AUTO(data_rows) rows = NULL;
    enum base_err err = data_run(past->conn, DATA_DEMO_DRY, DATA_NO_ARGS, diag, &rows);
    if (err || data_rows_null(rows, 0, 0) || data_rows_time(rows, 0, 0) <= past->sent_us) {
        return err;
    }
    err = cli_demo_duties(past->conn, past->plan.midnight_us, diag);
    err = err ? err : cli_demo_incidents(past->conn, base_clock_now_us(), diag);
    err = err ? err : cli_demo_ledgers(past->conn, base_clock_now_us(), diag);
    if (!err) {
        past->state = JUDGES;
        past->duties_us = base_clock_now_us();
        base_log(BASE_LOG_INFO, "the past is stored, its duties are put",
                 base_log_f64("seconds", (double)(past->duties_us - past->started_us) / 1e6));
    }
    return err;
}

static enum base_err send_held(struct cli_past *past, struct ingest_publisher *publisher, struct base_diag *diag)
{
    enum base_err err = BASE_OK;
    const char *at = past->held.data, *end = at ? at + past->held.len : at;
    while (at < end && !err) {
        const char *payload = at + strlen(at) + 1;
        err = ingest_publisher_send(publisher, at, payload, strlen(payload), 1, false, diag);
        at = payload + strlen(payload) + 1;
    }
    if (!err) {
        past->state = OVER;
        base_buf_reset(&past->held);
    }
    return err;
}

/* What the demo shows, in one line; then whoever had no network has one. */
static enum base_err sum_up(struct cli_past *past, struct ingest_publisher *publisher, struct base_diag *diag)
{
    AUTO(data_rows) rows = NULL;
    int64_t now = base_clock_now_us();
    enum base_err err =
        data_run(past->conn, DATA_DEMO_VERDICT, DATA_ARGS(data_time(past->plan.midnight_us)), diag, &rows);
    int64_t met = err ? 0 : data_rows_i64(rows, 0, 0), waiting = err ? 0 : data_rows_i64(rows, 0, 4);
    if (err || ((waiting || !met) && now - past->duties_us < GIVES_UP_S * SECOND)) {
        return err;
    }
    base_log(BASE_LOG_INFO, "the past is judged", base_log_i64("met", met),
             base_log_i64("missed", data_rows_i64(rows, 0, 1)), base_log_i64("unknown", data_rows_i64(rows, 0, 2)),
             base_log_i64("waived", data_rows_i64(rows, 0, 3)), base_log_i64("waiting", waiting),
             base_log_f64("seconds", (double)(now - past->started_us) / 1e6));
    return send_held(past, publisher, diag);
}

enum base_err cli_past_step(struct cli_past *past, struct ingest_publisher *publisher, struct base_diag *diag)
{
    int64_t now = base_clock_now_us();
    if (!past || past->state == PLAYS || past->state == OVER || now - past->looked_us < LOOK_US) {
        return BASE_OK;
    }
    past->looked_us = now;
    switch (past->state) {
    case READS:
        return read_all(past, diag);
    case JUDGES:
        return sum_up(past, publisher, diag);
    case PLAYS:
    case OVER:
        break;
    }
    return BASE_OK;
}
