/* hutong import of tables: which there are, and the one transaction in which a file is stored or is not. */
#include "cli/account.h"
#include "cli/import.h"

#include <stdlib.h>
#include <string.h>

#define LINES_MOST 200000

static const char *const organisations[] = {"code", "name", "kind", "parent", "name_en", "estates"};
static const char *const roles[] = {"account", "role", "estates", "organisation", "valid_from", "valid_to"};
static const char *const posts[] = {"label", "estate", "kind", "building", "organisation", "label_en", "from", "to"};
static const char *const profiles[] = {"estate",      "valid_from",    "management_type", "organisation",
                                       "backstop",    "service_grade", "fee_per_m2",      "contract",
                                       "contract_to", "month",         "collected"};
static const char *const shifts[] = {"source", "label",        "from",     "to",
                                     "device", "subject_type", "label_en", "organisation"};
static const char *const calendars[] = {"calendar", "day", "kind", "name", "label"};
static const char *const categories[] = {"code", "name", "name_en", "files", "gb_class", "severity", "procedure"};
static const char *const policies[] = {"key",       "severity", "estate",       "category",   "respond_s",
                                       "resolve_s", "plan_s",   "levels_s",     "warn_share", "hours_from",
                                       "hours_to",  "calendar", "pause_reasons"};
static const char *const campaigns[] = {"code", "name", "from", "to", "name_en"};
static const char *const rules[] = {"key",      "name",  "watches",   "filter",   "category", "name_en", "estate",
                                    "clear",    "place", "hold_s",    "severity", "merge_by", "merge_s", "quiet_from",
                                    "quiet_to", "quiet", "max_age_s", "enabled",  "send"};
static const char *const contacts[] = {"organisation", "position", "label",    "channel",    "url",
                                       "secret",       "ack_s",    "to",       "level",      "estate",
                                       "community",    "field",    "district", "field_ack_s"};
static const char *const surveys[] = {"estate",   "key",    "inspected", "found_at",     "finding",  "severity",
                                      "building", "storey", "category",  "organisation", "incident", "settled_at"};
static const char *const rectifications[] = {"estate",  "key",         "problem",    "organisation", "deadline",
                                             "measure", "building",    "storey",     "survey",       "incident",
                                             "done_at", "verified_at", "dropped_at", "result",       "evidence"};
static const char *const duties[] = {
    "estate",        "key",      "name",         "subject_kind", "schedule",       "proof",      "name_en",
    "organisation",  "contract", "campaign",     "subject_id",   "subject_filter", "calendar",   "days",
    "subject_types", "count",    "units",        "radius_m",     "accuracy_m",     "dwell_s",    "fraction",
    "tool",          "form",     "fill_percent", "allow_s",      "grace_s",        "valid_from", "valid_to"};

#define KIND(name, columns, needed, lines, counts, run)                \
    {                                                                  \
        name, columns, BASE_COUNT(columns), needed, lines, counts, run \
    }
static const struct cli_import_kind kinds[] = {
    KIND("organisations", organisations, 3, 20000, false, cli_import_organisation),
    KIND("roles", roles, 2, 20000, false, cli_import_role),
    KIND("roles", posts, 3, LINES_MOST, true, cli_import_post),
    KIND("profiles", profiles, 1, LINES_MOST, true, cli_import_profile),
    KIND("shifts", shifts, 4, LINES_MOST, true, cli_import_shift),
    KIND("duties", duties, 6, LINES_MOST, true, cli_import_duty),
    KIND("campaigns", campaigns, 4, 20000, true, cli_import_campaign),
    KIND("contacts", contacts, 5, 20000, true, cli_import_contact),
    KIND("calendars", calendars, 3, LINES_MOST, true, cli_import_calendar),
    KIND("categories", categories, 4, 20000, true, cli_import_category),
    KIND("policies", policies, 2, 20000, true, cli_import_policy),
    KIND("surveys", surveys, 4, LINES_MOST, true, cli_import_ledger_surveys),
    KIND("rectifications", rectifications, 5, LINES_MOST, true, cli_import_ledger_rectifications),
    KIND("rules", rules, 5, 20000, true, cli_import_rule),
};

bool cli_import_table_knows(const char *kind)
{
    for (size_t i = 0; i < BASE_COUNT(kinds); i++) {
        if (strcmp(kinds[i].name, kind) == 0) {
            return true;
        }
    }
    return false;
}

void cli_import_outcome(struct cli_import *import, const char *done)
{
    import->added += strcmp(done, "made") == 0;
    import->changed += strcmp(done, "changed") == 0;
    import->unchanged += strcmp(done, "same") == 0;
}

enum base_err cli_import_step(struct cli_import *import, size_t done)
{
    enum { FIRST = 300, FACTOR = 8 };
    base_progress_at(&import->progress, (int64_t)done);
    for (size_t at = FIRST; at <= done; at *= FACTOR) {
        if (at == done) {
            return data_run(import->conn, DATA_IMPORT_TABLE_ANALYZE, DATA_NO_ARGS, import->diag, NULL);
        }
    }
    return BASE_OK;
}

static enum base_err store(struct cli_import *import, bool dry_run)
{
    enum base_err err = cli_account_begin("hutong import", import->diag, &import->conn);
    if (!err) {
        base_progress_begin(&import->progress, "import", (int64_t)import->count);
        err = import->kind->run(import);
        base_progress_end(&import->progress);
    }
    if (!err && import->wrong) {
        err = base_diag_set(import->diag, BASE_INVALID, "%s: %zu faults in %zu lines; nothing was stored", import->path,
                            import->wrong, import->count);
    }
    return err || dry_run ? err
                          : cli_account_commit(import->conn, "import", import->diag, "%s: %zu lines, %zu new",
                                               import->kind->name, import->count, import->added);
}

static void report(const struct cli_import *import, bool dry_run, bool json)
{
    bool counts = import->kind->counts;
    if (json) {
        printf("{\"lines\":%zu,\"added\":%zu,", import->count, import->added);
        if (counts) {
            printf("\"changed\":%zu,\"unchanged\":%zu,\"remarks\":%zu,", import->changed, import->unchanged,
                   import->remarks);
        }
        printf("\"dry_run\":%s}\n", dry_run ? "true" : "false");
        return;
    }
    printf("%zu %s, %zu of them new", import->count, import->kind->name, import->added);
    if (counts) {
        printf(", %zu changed, %zu unchanged, %zu remarks", import->changed, import->unchanged, import->remarks);
    }
    puts(dry_run ? " (dry run: nothing was stored)" : "");
}

enum base_err cli_import_table(const char *kind, const char *path, bool dry_run, bool json, struct base_diag *diag)
{
    struct cli_import import = {.path = path, .estate = {.id = -1}, .diag = diag};
    enum base_err err = cli_import_read(&import, kinds, BASE_COUNT(kinds), kind);
    err = err ? err : store(&import, dry_run);
    if (!err) {
        report(&import, dry_run, json);
    }
    sensors_zone_free(import.estate.zone);
    base_arena_release(&import.texts);
    base_buf_release(&import.file);
    free(import.lines);
    data_conn_free(import.conn);
    return err;
}
