/* Does upkeep keep up? How far each table of facts reaches, and what should have been made or dropped by now. */
#include "cli/doctor.h"
#include "cli/keep.h"

#include <inttypes.h>

enum { TABLE, KEEP_S, OLDEST, NEWEST, PARTITIONS, BYTES, EXPIRED, LATE };

static const char *const todo = "start `hutong ingest`, or look at its log: it makes and drops partitions every 10 "
                                "minutes (a reader that holds one "
                                "for hours delays that)";

static void look_at_table(struct cli_doctor_report *report, const struct data_rows *rows, size_t row)
{
    char oldest[BASE_TIME_TEXT], newest[BASE_TIME_TEXT];
    int64_t expired = data_rows_i64(rows, row, EXPIRED);
    bool late = data_rows_bool(rows, row, LATE);
    if (data_rows_i64(rows, row, PARTITIONS) == 0) {
        if (late) {
            cli_doctor_add(report, "facts", CLI_DOCTOR_WARN, todo, "%s: no partition",
                           data_rows_text(rows, row, TABLE));
        }
        return;
    }
    cli_doctor_add(report, "facts", late || expired ? CLI_DOCTOR_WARN : CLI_DOCTOR_OK, todo,
                   "%s: %.10s to %.10s, %" PRId64 " partitions, %.1f MB, kept %" PRId64 " days%s%s",
                   data_rows_text(rows, row, TABLE), base_time_out(data_rows_time(rows, row, OLDEST), oldest),
                   base_time_out(data_rows_time(rows, row, NEWEST) - 1, newest), data_rows_i64(rows, row, PARTITIONS),
                   (double)data_rows_i64(rows, row, BYTES) / 1e6, data_rows_i64(rows, row, KEEP_S) / 86400,
                   late ? "; none for tomorrow" : "", expired ? "; some are past that" : "");
}

void cli_doctor_retention(struct cli_doctor_report *report, const char *conninfo, const struct data_keeps *keeps)
{
    AUTO(data_conn) conn = NULL;
    AUTO(data_rows) rows = NULL;
    if (data_conn_open(conninfo, "hutong doctor", NULL, &conn) || data_retention_list(conn, keeps, true, NULL, &rows)) {
        return; /* said elsewhere; or before the first migration */
    }
    for (size_t row = 0; row < data_rows_count(rows); row++) {
        look_at_table(report, rows, row);
    }
}
