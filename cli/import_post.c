/* hutong import roles, of estates and buildings: who holds which post, and since when. */
#include "cli/import.h"

#include <string.h>

enum { LABEL, ESTATE, KIND, BUILDING, ORGANISATION, LABEL_EN, FROM, TO };

static bool kind_ok(struct cli_import *import, const struct cli_import_line *line)
{
    static const char *const kinds[] = {"steward", "grid_head", "liaison", "site", "committee", "volunteer"};
    for (size_t i = 0; i < BASE_COUNT(kinds); i++) {
        if (strcmp(line->texts[KIND], kinds[i]) == 0) {
            return true;
        }
    }
    cli_import_complain(import, line->number,
                        "kind \"%.40s\" is none of steward, grid_head, liaison, site, committee, volunteer",
                        line->texts[KIND]);
    return false;
}

static bool times_ok(struct cli_import *import, const struct cli_import_line *line, int64_t *ret_from, int64_t *ret_to)
{
    if (!cli_import_find_time(import, line, FROM, import->estate.zone, 0, ret_from) ||
        !cli_import_find_time(import, line, TO, import->estate.zone, 0, ret_to)) {
        return false;
    }
    if (*ret_to && *ret_from && *ret_to <= *ret_from) {
        cli_import_complain(import, line->number, "to %.40s is not after from %.40s", line->texts[TO],
                            line->texts[FROM]);
        return false;
    }
    if (*ret_to && !*ret_from && *ret_to <= base_clock_now_us()) {
        cli_import_complain(import, line->number, "to %.40s has passed: from when was it? (from is empty)",
                            line->texts[TO]);
        return false;
    }
    return true;
}

static enum base_err put(struct cli_import *import, const struct cli_import_line *line)
{
    AUTO(data_rows) rows = NULL;
    int64_t building = 0, organisation = 0, from = 0, to = 0;
    bool estate_there = false, building_there = false, organisation_there = false;
    enum base_err err = cli_import_find_estate(import, line, ESTATE, &estate_there);
    err = err ? err : cli_import_find_organisation(import, line, ORGANISATION, &organisation, &organisation_there);
    if (!err && estate_there) {
        err = cli_import_find_building(import, line, BUILDING, &building, &building_there);
    }
    bool good = kind_ok(import, line);
    if (!*line->texts[LABEL]) {
        cli_import_complain(import, line->number, "label is missing: a call sign or a team, such as 3号楼楼长");
        good = false;
    }
    good = cli_import_find_label(import, line, LABEL) && cli_import_find_label(import, line, LABEL_EN) && good;
    good = estate_there && times_ok(import, line, &from, &to) && good;
    if (err || !good || !building_there || !organisation_there) {
        return err;
    }
    err = data_run(import->conn, DATA_RESPONSIBILITY_PUT,
                   DATA_ARGS(data_i64(import->estate.id), building ? data_i64(building) : data_null(),
                             data_text(line->texts[KIND]), organisation ? data_i64(organisation) : data_null(),
                             data_text(line->texts[LABEL]), data_text(cli_import_or_null(line->texts[LABEL_EN])),
                             from ? data_time(from) : data_null(), to ? data_time(to) : data_null()),
                   import->diag, &rows);
    if (!err) {
        cli_import_outcome(import, data_rows_text(rows, 0, 0));
    }
    return err;
}

enum base_err cli_import_post(struct cli_import *import)
{
    enum base_err err = BASE_OK;
    for (size_t i = 0; i < import->count && !err; i++) {
        err = put(import, &import->lines[i]);
        err = err ? err : cli_import_step(import, i + 1);
    }
    return err;
}
