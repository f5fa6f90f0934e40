/* Fires clocks at their time and settles what rules found, beside the judging of windows: over a connection of its own,
 * so that a long turn at an estate delays no warning. Leads nothing and holds no lease: a clock fires once whoever
 * fires it, and a hit is settled once. */
#include "incident/private.h"

#include <poll.h>

enum { WAIT_MS = 500, RETRY_MS = 3000, SILENCE_US = 30 * 1000 * 1000 };

static bool is_stopped(const struct incident_run_options *options)
{
    return options->stop && *options->stop;
}

/* options NULL: until nothing is due. */
static enum base_err fire_all(const struct incident_run_options *options, struct data_conn *conn, int64_t now_us,
                              struct base_diag *diag)
{
    bool more = true;
    enum base_err err = incident_ensure(conn, diag);
    while (more && !err && !(options && is_stopped(options))) {
        err = incident_fire(conn, now_us, diag, &more);
    }
    return err;
}

/* *ret_wait_ms: until the next clock fires, or somebody may have started one. */
static enum base_err tick(const struct incident_run_options *options, struct data_conn *conn, struct base_diag *diag,
                          int *ret_wait_ms)
{
    AUTO(data_rows) rows = NULL;
    enum base_err err = data_run(conn, DATA_INCIDENT_FIRES_AT, DATA_NO_ARGS, diag, &rows);
    *ret_wait_ms = WAIT_MS;
    if (err || data_rows_null(rows, 0, 0)) {
        return err;
    }
    int64_t now_us = data_rows_time(rows, 0, 1), left_us = data_rows_time(rows, 0, 0) - now_us;
    if (left_us <= 0) {
        *ret_wait_ms = 0;
        return fire_all(options, conn, now_us, diag);
    }
    *ret_wait_ms = left_us / 1000 < WAIT_MS ? (int)(left_us / 1000) + 1 : WAIT_MS;
    return BASE_OK;
}

/* One turn: clocks come between, so that a backlog of hits delays none of them. */
static enum base_err settle_rules(struct data_conn *conn, int64_t *silence_us, struct base_diag *diag, bool *ret_more)
{
    enum base_err err = BASE_OK;
    if (base_clock_mono_us() >= *silence_us) {
        *silence_us = base_clock_mono_us() + SILENCE_US;
        err = incident_rule_silence(conn, base_clock_now_us(), diag);
    }
    return err ? err : incident_rule(conn, base_clock_now_us(), diag, ret_more);
}

static enum base_err open_conn(const struct incident_run_options *options, struct base_diag *diag,
                               struct data_conn **conn)
{
    enum base_err err = data_conn_open(options->conninfo, "hutong judge clocks", diag, conn);
    return err ? err : data_listen(*conn, "hutong_rule", diag);
}

void incident_run(const struct incident_run_options *options)
{
    struct data_conn *conn = NULL;
    int64_t silence_us = 0;
    while (!is_stopped(options)) {
        struct base_diag diag = {.text = ""};
        bool noticed = false, more = false;
        int wait_ms = WAIT_MS;
        enum base_err err = conn ? BASE_OK : open_conn(options, &diag, &conn);
        err = err ? err : settle_rules(conn, &silence_us, &diag, &more);
        err = err ? err : tick(options, conn, &diag, &wait_ms);
        err = err ? err : data_listen_wait(conn, more ? 0 : wait_ms, &diag, &noticed);
        if (err) {
            base_log(BASE_LOG_WARN, "clocks and rules: tries again", base_log_text("why", diag.text));
            data_conn_free(conn);
            conn = NULL;
            poll(NULL, 0, RETRY_MS);
        }
    }
    data_conn_free(conn);
}

static enum base_err settle_all_rules(struct data_conn *conn, int64_t now_us, struct base_diag *diag)
{
    bool more = true;
    enum base_err err = BASE_OK;
    while (more && !err) {
        err = incident_rule(conn, now_us, diag, &more);
    }
    return err;
}

/* Clocks first, as they were without what the rules found; theirs, in case they are due at once, last. */
enum base_err incident_run_once(const char *conninfo, int64_t at_us, struct base_diag *diag)
{
    AUTO(data_conn) conn = NULL;
    AUTO(data_rows) rows = NULL;
    enum base_err err = data_conn_open(conninfo, "hutong judge clocks", diag, &conn);
    err = err ? err : data_run(conn, DATA_INCIDENT_FIRES_AT, DATA_NO_ARGS, diag, &rows);
    int64_t now_us = err || at_us ? at_us : data_rows_time(rows, 0, 1);
    err = err ? err : fire_all(NULL, conn, now_us, diag);
    err = err ? err : settle_all_rules(conn, now_us, diag);
    return err ? err : fire_all(NULL, conn, now_us, diag);
}
