/* hutong import profiles: what estates are like - who manages them, under which contract -, and what of a month's fees
 * came in. */
#include "cli/import.h"

#include <string.h>

enum { ESTATE, VALID_FROM, MANAGEMENT, ORGANISATION, BACKSTOP, GRADE, FEE, CONTRACT, CONTRACT_TO, MONTH, COLLECTED };

#define FEE_MOST 999999.0

static bool management_ok(struct cli_import *import, const struct cli_import_line *line)
{
    const char *text = line->texts[MANAGEMENT];
    if (*text && strcmp(text, "market") != 0 && strcmp(text, "state") != 0 && strcmp(text, "resident") != 0) {
        cli_import_complain(import, line->number, "management_type \"%.40s\" is none of market, state, resident", text);
        return false;
    }
    return true;
}

static enum base_err put_profile(struct cli_import *import, const struct cli_import_line *line)
{
    AUTO(data_rows) rows = NULL;
    int64_t organisation = 0, backstop = 0, from = 0, contract_to = 0;
    double fee = 0;
    bool organisation_there = false, backstop_there = false;
    enum base_err err = cli_import_find_organisation(import, line, ORGANISATION, &organisation, &organisation_there);
    err = err ? err : cli_import_find_organisation(import, line, BACKSTOP, &backstop, &backstop_there);
    bool good = management_ok(import, line);
    good = cli_import_find_time(import, line, VALID_FROM, import->estate.zone, 0, &from) && good;
    good = cli_import_find_time(import, line, CONTRACT_TO, import->estate.zone, 0, &contract_to) && good;
    good = cli_import_find_number(import, line, FEE, 0, FEE_MOST, 0, &fee) && good;
    if (err || !good || !organisation_there || !backstop_there) {
        return err;
    }
    err = data_run(
        import->conn, DATA_ESTATE_PROFILE_PUT,
        DATA_ARGS(data_i64(import->estate.id), data_time(from), data_text(cli_import_or_null(line->texts[MANAGEMENT])),
                  organisation ? data_i64(organisation) : data_null(), backstop ? data_i64(backstop) : data_null(),
                  data_text(cli_import_or_null(line->texts[GRADE])), data_text(cli_import_or_null(line->texts[FEE])),
                  data_text(cli_import_or_null(line->texts[CONTRACT])),
                  contract_to ? data_time(contract_to) : data_null()),
        import->diag, &rows);
    if (!err && strcmp(data_rows_text(rows, 0, 0), "differs") == 0) {
        cli_import_complain(import, line->number,
                            "valid_from %.40s: there is another profile since that day, and none is changed in place; "
                            "give the day of the change",
                            line->texts[VALID_FROM]);
    } else if (!err) {
        cli_import_outcome(import, data_rows_text(rows, 0, 0));
    }
    return err;
}

/* "2026-09", or a day of it. */
static bool month_in(struct cli_import *import, const struct cli_import_line *line, char ret_day[16])
{
    int64_t ignored = 0;
    char day[64];
    snprintf(day, sizeof day, "%.40s%s", line->texts[MONTH], strlen(line->texts[MONTH]) <= 7 ? "-01" : "");
    if (!sensors_time_local(base_str_of(day), NULL, &ignored)) {
        cli_import_complain(import, line->number, "month \"%.40s\": a month is written 2027-01", line->texts[MONTH]);
        return false;
    }
    char text[BASE_TIME_TEXT];
    snprintf(ret_day, 16, "%.7s-01", base_time_out(ignored, text));
    return true;
}

/* A share: 0.93, or 93 %. */
static bool share_in(struct cli_import *import, const struct cli_import_line *line, double *ret_share)
{
    struct base_str text = base_str_of(line->texts[COLLECTED]);
    bool percent = text.len && text.at[text.len - 1] == '%';
    struct base_str number = base_str_trim((struct base_str){text.at, text.len - percent});
    bool good = base_str_f64(number, ret_share);
    *ret_share = percent ? *ret_share / 100 : *ret_share;
    if (!good || *ret_share < 0 || *ret_share > 1) {
        cli_import_complain(import, line->number, "collected \"%.40s\": a share from 0 to 1, or 93.5%%", text.at);
        return false;
    }
    return true;
}

static enum base_err put_fee(struct cli_import *import, const struct cli_import_line *line)
{
    AUTO(data_rows) rows = NULL;
    char day[16];
    double share = 0;
    bool good = month_in(import, line, day);
    good = share_in(import, line, &share) && good;
    if (!good) {
        return BASE_OK;
    }
    enum base_err err =
        data_run(import->conn, DATA_ESTATE_FEE_PUT,
                 DATA_ARGS(data_i64(import->estate.id), data_text(day), data_f64(share)), import->diag, &rows);
    if (!err) {
        cli_import_outcome(import, data_rows_text(rows, 0, 0));
    }
    return err;
}

static enum base_err put(struct cli_import *import, const struct cli_import_line *line)
{
    bool there = false, profile = *line->texts[VALID_FROM], fee = *line->texts[MONTH] || *line->texts[COLLECTED];
    enum base_err err = cli_import_find_estate(import, line, ESTATE, &there);
    if (err || !there) {
        return err;
    }
    for (int column = MANAGEMENT; column < MONTH && !profile; column++) {
        if (*line->texts[column]) {
            cli_import_complain(import, line->number, "valid_from is missing: since when is %s so?",
                                import->kind->columns[column]);
            return BASE_OK;
        }
    }
    if (profile == fee) {
        cli_import_complain(import, line->number,
                            profile ? "valid_from and month: what an estate is like and what came in go on lines of "
                                      "their own"
                                    : "valid_from or month is missing");
        return BASE_OK;
    }
    return profile ? put_profile(import, line) : put_fee(import, line);
}

enum base_err cli_import_profile(struct cli_import *import)
{
    enum base_err err = BASE_OK;
    for (size_t i = 0; i < import->count && !err; i++) {
        err = put(import, &import->lines[i]);
        err = err ? err : cli_import_step(import, i + 1);
    }
    return err;
}
