/* What lines of a table name - estates, buildings, organisations, times - to what the database has. */
#include "cli/import.h"

#include <string.h>

static const char *text_of(const struct cli_import_line *line, int column)
{
    return line->texts[column];
}

static const char *name_of(const struct cli_import *import, int column)
{
    return import->kind->columns[column];
}

static enum base_err open_estate(struct cli_import *import, const struct data_rows *rows, const char *text)
{
    struct cli_import_estate *estate = &import->estate;
    sensors_zone_free(estate->zone);
    *estate = (struct cli_import_estate){.id = -1};
    enum base_err err = sensors_zone_open(data_rows_text(rows, 0, 1), import->diag, &estate->zone);
    if (!err) {
        estate->id = data_rows_i64(rows, 0, 0);
        snprintf(estate->named, sizeof estate->named, "%s", text);
    }
    return err;
}

enum base_err cli_import_find_estate(struct cli_import *import, const struct cli_import_line *line, int column,
                                     bool *ret_found)
{
    AUTO(data_rows) rows = NULL;
    const char *text = text_of(line, column);
    *ret_found = import->estate.id >= 0 && strcmp(import->estate.named, text) == 0;
    if (*ret_found) {
        return BASE_OK;
    }
    if (!*text || strlen(text) >= sizeof import->estate.named) {
        cli_import_complain(import, line->number, "%s %s: the estate's id or code", name_of(import, column),
                            *text ? "is too long" : "is missing");
        return BASE_OK;
    }
    enum base_err err = data_run(import->conn, DATA_ESTATE_NAMED, DATA_ARGS(data_text(text)), import->diag, &rows);
    if (err) {
        return err;
    }
    if (data_rows_count(rows) == 0 || data_rows_i64(rows, 0, 2) > 1) {
        cli_import_complain(import, line->number, "%s \"%.80s\": %s", name_of(import, column), text,
                            data_rows_count(rows) ? "several have that code; give the id"
                                                  : "there is none of that id or code");
        return BASE_OK;
    }
    *ret_found = true;
    return open_estate(import, rows, text);
}

enum base_err cli_import_find_building(struct cli_import *import, const struct cli_import_line *line, int column,
                                       int64_t *ret_id, bool *ret_found)
{
    AUTO(data_rows) rows = NULL;
    const char *text = text_of(line, column);
    *ret_id = 0;
    *ret_found = !*text;
    if (!*text) {
        return BASE_OK;
    }
    enum base_err err = data_run(import->conn, DATA_BUILDING_NAMED,
                                 DATA_ARGS(data_i64(import->estate.id), data_text(text)), import->diag, &rows);
    if (err) {
        return err;
    }
    if (data_rows_count(rows) == 0 || data_rows_i64(rows, 0, 1) > 1) {
        cli_import_complain(import, line->number, "%s \"%.80s\": %s in estate %lld", name_of(import, column), text,
                            data_rows_count(rows) ? "several buildings have that code; give the id"
                                                  : "there is no building of that id or code",
                            (long long)import->estate.id);
        return BASE_OK;
    }
    *ret_id = data_rows_i64(rows, 0, 0);
    *ret_found = true;
    return BASE_OK;
}

enum base_err cli_import_find_organisation(struct cli_import *import, const struct cli_import_line *line, int column,
                                           int64_t *ret_id, bool *ret_found)
{
    AUTO(data_rows) rows = NULL;
    const char *text = text_of(line, column);
    *ret_id = 0;
    *ret_found = !*text;
    if (!*text) {
        return BASE_OK;
    }
    enum base_err err =
        data_run(import->conn, DATA_ORGANISATION_NAMED, DATA_ARGS(data_text(text)), import->diag, &rows);
    if (!err && data_rows_count(rows) == 0) {
        cli_import_complain(import, line->number,
                            "%s \"%.80s\": there is none of that code; hutong import organisations makes them",
                            name_of(import, column), text);
    } else if (!err) {
        *ret_id = data_rows_i64(rows, 0, 0);
        *ret_found = true;
    }
    return err;
}

bool cli_import_find_time(struct cli_import *import, const struct cli_import_line *line, int column,
                          const struct sensors_zone *zone, int64_t empty, int64_t *ret_us)
{
    const char *text = text_of(line, column);
    *ret_us = empty;
    if (*text && !sensors_time_local(base_str_of(text), zone, ret_us)) {
        cli_import_complain(import, line->number,
                            "%s \"%.40s\": a time is written 2027-01-31, 2027-01-31 18:00 or 2027-01-31T18:00:00+08:00",
                            name_of(import, column), text);
        return false;
    }
    return true;
}

bool cli_import_find_label(struct cli_import *import, const struct cli_import_line *line, int column)
{
    enum { LABEL_MAX = 120, DIGITS_MAX = 6 };
    const char *text = text_of(line, column);
    int digits = 0, most = 0;
    for (const char *at = text; *at; at++) {
        bool digit = *at >= '0' && *at <= '9';
        digits = digit ? digits + 1 : *at == '-' || *at == ' ' ? digits : 0; /* 138-0000-0000 is a number, too */
        most = digits > most ? digits : most;
    }
    if (strlen(text) > LABEL_MAX) {
        cli_import_complain(import, line->number, "%s: %zu bytes; up to %d go", name_of(import, column), strlen(text),
                            LABEL_MAX);
    } else if (most > DIGITS_MAX) {
        cli_import_complain(import, line->number,
                            "%s: %d digits in a row look like somebody's number; a call sign or a team is wanted",
                            name_of(import, column), most);
    } else {
        return true;
    }
    return false;
}

bool cli_import_find_number(struct cli_import *import, const struct cli_import_line *line, int column, double least,
                            double most, double empty, double *ret_value)
{
    const char *text = text_of(line, column);
    *ret_value = empty;
    if (*text && (!base_str_f64(base_str_of(text), ret_value) || *ret_value < least || *ret_value > most)) {
        cli_import_complain(import, line->number, "%s \"%.40s\": a number from %g to %g", name_of(import, column), text,
                            least, most);
        return false;
    }
    return true;
}

bool cli_import_find_severity(struct cli_import *import, const struct cli_import_line *line, int column)
{
    static const char *const severities[] = {"", "small", "serious", "complex", "special"};
    for (size_t i = 0; i < BASE_COUNT(severities); i++) {
        if (strcmp(text_of(line, column), severities[i]) == 0) {
            return true;
        }
    }
    cli_import_complain(import, line->number, "%s \"%.40s\" is none of small, serious, complex, special",
                        name_of(import, column), text_of(line, column));
    return false;
}
