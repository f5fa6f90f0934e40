/* --demo: a code for the team that is on now, so that /task can be tried on the spot; one of the demo's incidents is
 * sent to that team (demo_incident.c). */
#include "cli/account.h"
#include "cli/up.h"

enum { ESTATE, SHIFT, LABEL }; /* columns of demo_watch.sql */

/* *ret_rows: the team; no row: none is on. */
static enum base_err code_of_watch(char code[BASE_SECRET_CODE], struct base_diag *diag, struct data_rows **ret_rows)
{
    AUTO(data_conn) conn = NULL;
    AUTO(data_rows) watch = NULL;
    enum base_err err = base_secret_code(diag, code);
    err = err ? err : cli_account_begin("hutong up", diag, &conn);
    err = err ? err : data_run(conn, DATA_DEMO_WATCH, DATA_NO_ARGS, diag, &watch);
    if (!err && data_rows_count(watch)) {
        int64_t shift = data_rows_i64(watch, 0, SHIFT);
        struct base_key hash = base_secret_hash(base_str_of(code));
        struct base_str bytes = {(const char *)hash.bytes, sizeof hash.bytes};
        err = data_run(conn, DATA_SHIFT_CODE_ADD, DATA_ARGS(data_bytes(bytes), data_i64(shift)), diag, NULL);
        err = err ? err : cli_account_commit(conn, "shift-code-add", diag, "shift %lld", (long long)shift);
    }
    if (!err) {
        *ret_rows = watch;
        watch = NULL;
    }
    return err;
}

void cli_up_task_print(const struct cli_up *up)
{
    char code[BASE_SECRET_CODE];
    struct base_diag diag = {.text = ""};
    AUTO(data_rows) watch = NULL;
    if (code_of_watch(code, &diag, &watch)) {
        base_log(BASE_LOG_WARN, "no shift code for the demo", base_log_text("reason", diag.text));
    } else if (data_rows_count(watch)) {
        fprintf(stderr, "\n  The tasks of %s, as on a phone: %s/task\n    shift code %s\n",
                data_rows_text(watch, 0, LABEL), up->url, code);
    }
}
