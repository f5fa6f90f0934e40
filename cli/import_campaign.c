/* hutong import campaigns: what is done with joined forces for a while, by a name that duties can give. */
#include "cli/import.h"

#include <string.h>

#define DAY_US (INT64_C(86400) * 1000000)
enum { CODE, NAME, FROM, TO, NAME_EN, CODE_MAX = 100, TEXT_MAX = 200, DAYS_MAX = 400 };

static bool text_ok(struct cli_import *import, const struct cli_import_line *line, int column, size_t least,
                    size_t most)
{
    size_t len = strlen(line->texts[column]);
    if (len < least || len > most) {
        cli_import_complain(import, line->number, "%s: %zu bytes; %zu to %zu go", import->kind->columns[column], len,
                            least, most);
        return false;
    }
    return true;
}

static bool line_ok(struct cli_import *import, const struct cli_import_line *line, const struct sensors_zone *zone,
                    int64_t *ret_from_us, int64_t *ret_to_us)
{
    bool good = text_ok(import, line, CODE, 1, CODE_MAX);
    good = text_ok(import, line, NAME, 1, TEXT_MAX) && good;
    good = text_ok(import, line, NAME_EN, 0, TEXT_MAX) && good;
    bool timed = cli_import_find_time(import, line, FROM, zone, INT64_MIN, ret_from_us);
    timed = cli_import_find_time(import, line, TO, zone, INT64_MIN, ret_to_us) && timed;
    if (timed && (*ret_from_us == INT64_MIN || *ret_to_us == INT64_MIN)) {
        cli_import_complain(import, line->number, "%s is missing", *ret_from_us == INT64_MIN ? "from" : "to");
        timed = false;
    }
    if (timed && (*ret_to_us <= *ret_from_us || *ret_to_us - *ret_from_us > DAYS_MAX * DAY_US)) {
        cli_import_complain(import, line->number, "to \"%.40s\" must be after from, by %d days at most",
                            line->texts[TO], DAYS_MAX);
        timed = false;
    }
    return good && timed;
}

static enum base_err put(struct cli_import *import, const struct cli_import_line *line, const struct sensors_zone *zone)
{
    AUTO(data_rows) rows = NULL;
    int64_t from_us = 0, to_us = 0;
    if (!line_ok(import, line, zone, &from_us, &to_us)) {
        return BASE_OK;
    }
    enum base_err err =
        data_run(import->conn, DATA_CAMPAIGN_PUT,
                 DATA_ARGS(data_text(line->texts[CODE]), data_text(line->texts[NAME]),
                           data_text(cli_import_or_null(line->texts[NAME_EN])), data_time(from_us), data_time(to_us)),
                 import->diag, &rows);
    if (!err) {
        cli_import_outcome(import, data_rows_text(rows, 0, 0));
    }
    return err;
}

enum base_err cli_import_campaign(struct cli_import *import)
{
    AUTO(data_rows) rows = NULL;
    AUTO(sensors_zone) zone = NULL;
    enum base_err err = data_run(import->conn, DATA_CAMPAIGN_ZONE, DATA_NO_ARGS, import->diag, &rows);
    err = err ? err : sensors_zone_open(data_rows_text(rows, 0, 0), import->diag, &zone);
    for (size_t i = 0; i < import->count && !err; i++) {
        err = put(import, &import->lines[i], zone);
        err = err ? err : cli_import_step(import, i + 1);
    }
    return err;
}
