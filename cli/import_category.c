/* hutong import categories: what incidents can be about. */
#include "cli/import.h"

#include <string.h>

enum { CODE, NAME, NAME_EN, FILES, GB_CLASS, SEVERITY, PROCEDURE, CODE_MAX = 40, TEXT_MAX = 400 };

static bool code_ok(const char *code)
{
    size_t len = strlen(code);
    return len >= 2 && len <= CODE_MAX && strspn(code, "abcdefghijklmnopqrstuvwxyz0123456789_") == len;
}

static bool procedure_ok(const char *procedure)
{
    return !*procedure || strcmp(procedure, "loop") == 0 || strcmp(procedure, "dispute") == 0;
}

static bool line_ok(struct cli_import *import, const struct cli_import_line *line)
{
    bool good = code_ok(line->texts[CODE]);
    if (!good) {
        cli_import_complain(import, line->number, "code \"%.80s\": 2 to %d of a-z, 0-9 and _", line->texts[CODE],
                            CODE_MAX);
    }
    for (int column = NAME; column <= GB_CLASS; column++) {
        size_t len = strlen(line->texts[column]), least = column == GB_CLASS ? 0 : 1;
        if (len < least || len > TEXT_MAX) {
            cli_import_complain(import, line->number, "%s: %zu bytes; %zu to %d go", import->kind->columns[column], len,
                                least, TEXT_MAX);
            good = false;
        }
    }
    if (!procedure_ok(line->texts[PROCEDURE])) {
        cli_import_complain(import, line->number, "procedure \"%.40s\" is none of loop, dispute",
                            line->texts[PROCEDURE]);
        good = false;
    }
    return cli_import_find_severity(import, line, SEVERITY) && good;
}

static enum base_err put(struct cli_import *import, const struct cli_import_line *line)
{
    AUTO(data_rows) rows = NULL;
    if (!line_ok(import, line)) {
        return BASE_OK;
    }
    enum base_err err =
        data_run(import->conn, DATA_CATEGORY_PUT,
                 DATA_ARGS(data_text(line->texts[CODE]), data_text(line->texts[NAME]), data_text(line->texts[NAME_EN]),
                           data_text(line->texts[FILES]), data_text(cli_import_or_null(line->texts[GB_CLASS])),
                           data_text(cli_import_or_null(line->texts[SEVERITY])),
                           data_text(cli_import_or_null(line->texts[PROCEDURE]))),
                 import->diag, &rows);
    if (!err) {
        cli_import_outcome(import, data_rows_text(rows, 0, 0));
    }
    return err;
}

enum base_err cli_import_category(struct cli_import *import)
{
    enum base_err err = BASE_OK;
    for (size_t i = 0; i < import->count && !err; i++) {
        err = put(import, &import->lines[i]);
        err = err ? err : cli_import_step(import, i + 1);
    }
    return err;
}
