/* hutong import organisations: a tree, and the estates that each of them has. */
#include "cli/import.h"

#include <string.h>

enum { CODE, NAME, KIND, PARENT, NAME_EN, ESTATES };

static enum base_err organisations_make(struct cli_import *import)
{
    enum base_err err = BASE_OK;
    for (size_t i = 0; i < import->count && !err; i++) {
        AUTO(data_rows) rows = NULL;
        const struct cli_import_line *line = &import->lines[i];
        if (!*line->texts[CODE] || !*line->texts[NAME] || !*line->texts[KIND]) {
            cli_import_complain(import, line->number, "code, name and kind must all be there");
            continue;
        }
        err =
            data_run(import->conn, DATA_ORGANISATION_PUT,
                     DATA_ARGS(data_text(line->texts[CODE]), data_text(line->texts[NAME]), data_text(line->texts[KIND]),
                               data_text(*line->texts[NAME_EN] ? line->texts[NAME_EN] : NULL)),
                     import->diag, &rows);
        import->added += !err && data_rows_bool(rows, 0, 1);
    }
    return err;
}

/* All of the file stand on top first, so that a tree may be turned round. */
static enum base_err organisations_place(struct cli_import *import, bool on_top)
{
    enum base_err err = BASE_OK;
    for (size_t i = 0; i < import->count && !err; i++) {
        AUTO(data_rows) rows = NULL;
        const struct cli_import_line *line = &import->lines[i];
        const char *parent = on_top || !*line->texts[PARENT] ? NULL : line->texts[PARENT];
        err = data_run(import->conn, DATA_ORGANISATION_PLACE,
                       DATA_ARGS(data_text(line->texts[CODE]), data_text(parent)), import->diag, &rows);
        if (!err && parent && data_rows_count(rows) == 0) {
            cli_import_complain(import, line->number,
                                "parent \"%.80s\": there is no such organisation, here or in the database", parent);
        } else if (!err && data_rows_count(rows) && data_rows_bool(rows, 0, 1)) {
            cli_import_complain(import, line->number, "parent \"%.80s\": is itself below \"%.80s\"", parent,
                                line->texts[CODE]);
        }
    }
    return err;
}

static enum base_err organisation_estates(struct cli_import *import, const struct cli_import_line *line)
{
    static const char between[] = " ,;";
    enum base_err err = BASE_OK;
    char code[128];
    for (const char *at = line->texts[ESTATES] + strspn(line->texts[ESTATES], between); *at && !err;
         at += strspn(at, between)) {
        AUTO(data_rows) rows = NULL;
        size_t len = strcspn(at, between);
        snprintf(code, sizeof code, "%.*s", (int)(len < sizeof code ? len : sizeof code - 1), at);
        at += len;
        err = data_run(import->conn, DATA_ORGANISATION_ESTATE, DATA_ARGS(data_text(line->texts[CODE]), data_text(code)),
                       import->diag, &rows);
        if (!err && data_rows_count(rows) == 0) {
            cli_import_complain(import, line->number, "estate \"%s\": there is none of that id or code, or several",
                                code);
        }
    }
    return err;
}

static enum base_err organisations_once(struct cli_import *import)
{
    for (size_t i = 0; i < import->count; i++) {
        for (size_t k = 0; k < i; k++) {
            if (*import->lines[i].texts[CODE] &&
                strcmp(import->lines[i].texts[CODE], import->lines[k].texts[CODE]) == 0) {
                cli_import_complain(import, import->lines[i].number, "code \"%.80s\" stands on line %d, too",
                                    import->lines[i].texts[CODE], import->lines[k].number);
            }
        }
    }
    return BASE_OK;
}

enum base_err cli_import_organisation(struct cli_import *import)
{
    enum base_err err = organisations_once(import);
    if (!err) {
        err = organisations_make(import);
    }
    if (!err) {
        err = organisations_place(import, true);
    }
    if (!err) {
        err = organisations_place(import, false);
    }
    for (size_t i = 0; i < import->count && !err; i++) {
        err = organisation_estates(import, &import->lines[i]);
    }
    return err;
}
