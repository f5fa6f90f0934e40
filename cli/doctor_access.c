/* Is row security as it was made? And whether anybody has to sign in, and what retention last threw away. */
#include "cli/doctor.h"
#include "data/data.h"

#include <inttypes.h>

enum { TABLE, PARTITION, FROM, TO, ROWS, EXACT, DROPPED_AT };

static const char *const todo = "take away what was granted beside the migrations, or make anew what is missing "
                                "(data/schema/0018_row_security.sql): people would see other estates' rows, or none";

static void look_at_grants(struct cli_doctor_report *report, struct data_conn *conn)
{
    AUTO(data_rows) rows = NULL;
    struct base_diag diag = {.text = ""};
    if (data_run(conn, DATA_DOCTOR_ACCESS, DATA_NO_ARGS, &diag, &rows)) {
        cli_doctor_add(report, "access", CLI_DOCTOR_FAIL, "run `hutong migrate`", "%s", diag.text);
        return;
    }
    if (data_rows_count(rows) == 0) {
        cli_doctor_add(report, "access", CLI_DOCTOR_OK, NULL, "roles, grants and policies are as they were made");
    }
    for (size_t row = 0; row < data_rows_count(rows); row++) {
        cli_doctor_add(report, "access", CLI_DOCTOR_FAIL, todo, "%s", data_rows_text(rows, row, 0));
    }
}

static void look_at_accounts(struct cli_doctor_report *report, struct data_conn *conn)
{
    AUTO(data_rows) rows = NULL;
    if (data_run(conn, DATA_ACCESS_OPEN, DATA_NO_ARGS, NULL, &rows) == BASE_OK) {
        cli_doctor_add(report, "accounts", CLI_DOCTOR_OK, NULL, "%s",
                       data_rows_bool(rows, 0, 0)
                           ? "none: open to everybody on this machine, and to nobody else; hutong user add closes it"
                           : "everybody signs in");
    }
}

static void look_at_proof(struct cli_doctor_report *report, struct data_conn *conn)
{
    AUTO(data_rows) rows = NULL;
    char from[BASE_TIME_TEXT], to[BASE_TIME_TEXT], at[BASE_TIME_TEXT];
    if (data_run(conn, DATA_RETENTION_LAST, DATA_NO_ARGS, NULL, &rows)) {
        return;
    }
    for (size_t row = 0; row < data_rows_count(rows); row++) {
        const char *partition = data_rows_text(rows, row, PARTITION);
        cli_doctor_add(report, "dropped", CLI_DOCTOR_OK, NULL, "%s: %s%s, %.16s to %.16s, %s%" PRId64 " rows, at %.19s",
                       data_rows_text(rows, row, TABLE), partition ? "partition " : "single rows",
                       partition ? partition : "", base_time_out(data_rows_time(rows, row, FROM), from),
                       base_time_out(data_rows_time(rows, row, TO), to),
                       data_rows_bool(rows, row, EXACT) ? "" : "about ", data_rows_i64(rows, row, ROWS),
                       base_time_out(data_rows_time(rows, row, DROPPED_AT), at));
    }
}

void cli_doctor_access(struct cli_doctor_report *report, const char *conninfo)
{
    AUTO(data_conn) conn = NULL;
    if (data_conn_open(conninfo, "hutong doctor", NULL, &conn) == BASE_OK) {
        look_at_grants(report, conn);
        look_at_accounts(report, conn);
        look_at_proof(report, conn);
    }
}
