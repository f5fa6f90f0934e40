/* hutong import roles, of accounts: what they may see, and for how long. */
#include "cli/account.h"
#include "cli/import.h"

#include <string.h>

enum { ACCOUNT, ROLE, ROLE_ESTATES, ORGANISATION, VALID_FROM, VALID_TO };

/* A time, or a day of the UTC calendar. */
static bool time_of(struct cli_import *import, const struct cli_import_line *line, int column, int64_t *ret_us)
{
    char day[40];
    const char *text = line->texts[column];
    snprintf(day, sizeof day, "%.10sT00:00:00Z", text);
    *ret_us = 0;
    if (*text && !base_time_in(base_str_of(strlen(text) == 10 ? day : text), ret_us)) {
        cli_import_complain(import, line->number,
                            "%s \"%.40s\": a time is written 2027-01-31 or 2027-01-31T18:00:00+08:00",
                            import->kind->columns[column], text);
        return false;
    }
    return true;
}

enum base_err cli_import_role(struct cli_import *import)
{
    enum base_err err = BASE_OK;
    for (size_t i = 0; i < import->count && !err; i++) {
        const struct cli_import_line *line = &import->lines[i];
        struct base_diag why = {.text = ""};
        bool added = false;
        struct cli_account_grant grant = {.account = line->texts[ACCOUNT],
                                          .role = line->texts[ROLE],
                                          .estates = line->texts[ROLE_ESTATES],
                                          .organisation = line->texts[ORGANISATION]};
        if (!time_of(import, line, VALID_FROM, &grant.from_us) || !time_of(import, line, VALID_TO, &grant.to_us)) {
            continue;
        }
        err = cli_account_grant_put(import->conn, &grant, &why, &added);
        if (err == BASE_INVALID || err == BASE_NOT_FOUND) {
            cli_import_complain(import, line->number, "%s", why.text);
            err = BASE_OK;
        } else if (err) {
            base_diag_set(import->diag, err, "%s", why.text);
        }
        import->added += added;
    }
    return err;
}
