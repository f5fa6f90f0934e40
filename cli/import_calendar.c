/* hutong import calendars: days that are not what their weekday says. */
#include "cli/import.h"

#include <string.h>

enum { CALENDAR, DAY, KIND, NAME, LABEL, CODE_MAX = 100 };

static bool line_ok(struct cli_import *import, const struct cli_import_line *line, char ret_day[16])
{
    int64_t day_us = 0;
    char text[BASE_TIME_TEXT];
    const char *kind = line->texts[KIND];
    bool good = true;
    if (!*line->texts[CALENDAR] || strlen(line->texts[CALENDAR]) > CODE_MAX) {
        cli_import_complain(import, line->number, "calendar: its code, of 1 to %d bytes", CODE_MAX);
        good = false;
    }
    if (strchr(line->texts[DAY], ':') || !sensors_time_local(base_str_of(line->texts[DAY]), NULL, &day_us)) {
        cli_import_complain(import, line->number, "day \"%.40s\": a day is written 2027-01-31", line->texts[DAY]);
        good = false;
    }
    if (strcmp(kind, "work") != 0 && strcmp(kind, "rest") != 0) {
        cli_import_complain(import, line->number, "kind \"%.40s\" is none of work, rest", kind);
        good = false;
    }
    snprintf(ret_day, 16, "%.10s", base_time_out(day_us, text));
    return good;
}

/* Windows that are open already follow. */
static enum base_err move_windows(struct cli_import *import, int64_t calendar)
{
    const struct data_arg args[] = {data_i64(calendar), data_time(base_clock_now_us())};
    enum base_err err = calendar ? data_run(import->conn, DATA_CALENDAR_REOPEN, args, 2, import->diag, NULL) : BASE_OK;
    return err || !calendar ? err : data_run(import->conn, DATA_CALENDAR_DROP, args, 2, import->diag, NULL);
}

/* *moved: the calendar whose windows are to follow; 0: none. */
static enum base_err put(struct cli_import *import, const struct cli_import_line *line, int64_t *moved)
{
    AUTO(data_rows) calendar = NULL;
    AUTO(data_rows) rows = NULL;
    char day[16];
    if (!line_ok(import, line, day)) {
        return BASE_OK;
    }
    enum base_err err =
        data_run(import->conn, DATA_CALENDAR_PUT,
                 DATA_ARGS(data_text(line->texts[CALENDAR]), data_text(cli_import_or_null(line->texts[NAME]))),
                 import->diag, &calendar);
    if (!err) {
        err = data_run(import->conn, DATA_CALENDAR_DAY_PUT,
                       DATA_ARGS(data_i64(data_rows_i64(calendar, 0, 0)), data_text(day), data_text(line->texts[KIND]),
                                 data_text(cli_import_or_null(line->texts[LABEL]))),
                       import->diag, &rows);
    }
    if (err) {
        return err;
    }
    cli_import_outcome(import, data_rows_text(rows, 0, 0));
    int64_t id = data_rows_i64(calendar, 0, 0);
    if (strcmp(data_rows_text(rows, 0, 0), "same") != 0 && *moved != id) {
        err = move_windows(import, *moved);
        *moved = id;
    }
    return err;
}

enum base_err cli_import_calendar(struct cli_import *import)
{
    int64_t moved = 0;
    enum base_err err = BASE_OK;
    for (size_t i = 0; i < import->count && !err; i++) {
        err = put(import, &import->lines[i], &moved);
        err = err ? err : cli_import_step(import, i + 1);
    }
    return err ? err : move_windows(import, moved);
}
