/* hutong import surveys and rectifications: ledgers that were kept elsewhere. A line is an entry by its key; what has
 * become of an entry meanwhile stays where the file says nothing about it. */
#include "cli/import.h"

#include <string.h>

#define DAY_US (INT64_C(86400) * 1000000)
enum { KEY_MAX = 120, SHORT_MAX = 200, PROBLEM_MAX = 1000, LONG_MAX = 4000, STOREY_LEAST = -20, STOREY_MOST = 200 };
enum { ESTATE, KEY }; /* of both */

struct entry {
    struct cli_import *import;
    const struct cli_import_line *line;
    bool good;
};

static const char *text(const struct entry *entry, int column)
{
    return cli_import_or_null(entry->line->texts[column]);
}

static void wrong(struct entry *entry, int column, const char *why)
{
    cli_import_complain(entry->import, entry->line->number, "%s %s", entry->import->kind->columns[column], why);
    entry->good = false;
}

/* --- single columns --- */

/* least 1: it must be there. Characters, not bytes. */
static void check_text(struct entry *entry, int column, size_t least, size_t most)
{
    size_t count = 0;
    for (const char *at = entry->line->texts[column]; *at; at++) {
        count += (*at & 0xC0) != 0x80;
    }
    if (count < least || count > most) {
        cli_import_complain(entry->import, entry->line->number, "%s: %zu characters; %zu to %zu go",
                            entry->import->kind->columns[column], count, least, most);
        entry->good = false;
    }
}

/* A time that may be missing. */
static struct data_arg time_in(struct entry *entry, int column)
{
    int64_t time_us = INT64_MIN;
    if (!cli_import_find_time(entry->import, entry->line, column, entry->import->estate.zone, INT64_MIN, &time_us)) {
        entry->good = false;
    }
    return time_us == INT64_MIN ? data_null() : data_time(time_us);
}

static struct data_arg past_in(struct entry *entry, int column)
{
    struct data_arg when = time_in(entry, column);
    if (when.type == DATA_ARG_TIME && when.i64 > base_clock_now_us()) {
        wrong(entry, column, "is yet to come");
    }
    return when;
}

/* A day without a time is over when it ends. */
static struct data_arg deadline_in(struct entry *entry, int column)
{
    struct data_arg when = time_in(entry, column);
    const struct sensors_zone *zone = entry->import->estate.zone;
    if (when.type == DATA_ARG_TIME && !strchr(entry->line->texts[column], ':')) {
        int64_t next_us = sensors_zone_to_local(zone, when.i64) + DAY_US;
        when = data_time(sensors_zone_to_utc(zone, next_us, when.i64));
    }
    if (entry->good && when.type == DATA_ARG_NULL) {
        wrong(entry, column, "is missing");
    }
    return when;
}

static struct data_arg number_in(struct entry *entry, int column, double least, double most)
{
    double value = 0;
    if (!cli_import_find_number(entry->import, entry->line, column, least, most, 0, &value)) {
        entry->good = false;
    }
    return text(entry, column) ? data_i64((int64_t)value) : data_null();
}

/* later must not be before earlier, and not be there without it. */
static void in_order(struct entry *entry, int later_column, struct data_arg later, struct data_arg earlier)
{
    if (later.type == DATA_ARG_TIME && (earlier.type != DATA_ARG_TIME || later.i64 < earlier.i64)) {
        wrong(entry, later_column, earlier.type == DATA_ARG_TIME ? "is too early" : "needs the time before it, too");
    }
}

/* --- what they name --- */

static enum base_err building_in(struct entry *entry, int column, struct data_arg *ret_building)
{
    int64_t id = 0;
    bool found = false;
    enum base_err err = cli_import_find_building(entry->import, entry->line, column, &id, &found);
    entry->good = entry->good && found;
    *ret_building = id ? data_i64(id) : data_null();
    return err;
}

static enum base_err organisation_in(struct entry *entry, int column, struct data_arg *ret_organisation)
{
    int64_t id = 0;
    bool found = false;
    enum base_err err = cli_import_find_organisation(entry->import, entry->line, column, &id, &found);
    entry->good = entry->good && found;
    *ret_organisation = id ? data_i64(id) : data_null();
    return err;
}

/* columns: of category, incident, evidence; -1: it has none. */
static enum base_err names(struct entry *entry, const int columns[3], struct data_arg incident,
                           struct data_arg evidence)
{
    static const int there[3] = {1, 3, 5}; /* columns of ledger_names */
    AUTO(data_rows) rows = NULL;
    const char *category = columns[0] < 0 ? NULL : text(entry, columns[0]);
    enum base_err err = data_run(entry->import->conn, DATA_LEDGER_NAMES,
                                 DATA_ARGS(data_i64(entry->import->estate.id), data_null(), data_text(category),
                                           data_null(), incident, data_null(), evidence),
                                 entry->import->diag, &rows);
    for (int i = 0; i < 3 && !err; i++) {
        if (columns[i] >= 0 && !data_rows_bool(rows, 0, there[i])) {
            cli_import_complain(entry->import, entry->line->number, "%s \"%.40s\": there is none%s",
                                entry->import->kind->columns[columns[i]], entry->line->texts[columns[i]],
                                i ? " in this estate" : "");
            entry->good = false;
        }
    }
    return err;
}

static enum base_err outcome(struct cli_import *import, enum base_err err, const struct data_rows *rows)
{
    if (!err) {
        cli_import_outcome(import, data_rows_text(rows, 0, 1));
    }
    return err;
}

/* --- surveys --- */

enum {
    INSPECTED = KEY + 1,
    FOUND_AT,
    FINDING,
    SEVERITY,
    S_BUILDING,
    S_STOREY,
    CATEGORY,
    S_ORGANISATION,
    S_INCIDENT,
    SETTLED_AT
};

static void survey_texts(struct entry *entry)
{
    check_text(entry, KEY, 1, KEY_MAX);
    check_text(entry, INSPECTED, 1, SHORT_MAX);
    check_text(entry, FINDING, 0, LONG_MAX);
    entry->good = cli_import_find_severity(entry->import, entry->line, SEVERITY) && entry->good;
    if (!text(entry, FINDING) != !text(entry, SEVERITY)) {
        wrong(entry, text(entry, FINDING) ? SEVERITY : FINDING,
              "is missing: a finding has a severity, and where nothing was found there is neither");
    }
}

static enum base_err survey(struct entry *entry)
{
    static const int columns[3] = {CATEGORY, S_INCIDENT, -1};
    AUTO(data_rows) rows = NULL;
    struct data_arg building = data_null(), organisation = data_null();
    survey_texts(entry);
    struct data_arg found = past_in(entry, FOUND_AT), settled = past_in(entry, SETTLED_AT);
    struct data_arg storey = number_in(entry, S_STOREY, STOREY_LEAST, STOREY_MOST);
    struct data_arg incident = number_in(entry, S_INCIDENT, 1, 9e15);
    if (entry->good && found.type == DATA_ARG_NULL) {
        wrong(entry, FOUND_AT, "is missing");
    }
    in_order(entry, SETTLED_AT, settled, found);
    enum base_err err = building_in(entry, S_BUILDING, &building);
    err = err ? err : organisation_in(entry, S_ORGANISATION, &organisation);
    err = err ? err : names(entry, columns, incident, data_null());
    if (err || !entry->good) {
        return err;
    }
    err = data_run(entry->import->conn, DATA_SURVEY_PUT,
                   DATA_ARGS(data_i64(entry->import->estate.id), data_null(), data_null(), data_text(text(entry, KEY)),
                             building, storey, data_text(text(entry, INSPECTED)), data_text(text(entry, CATEGORY)),
                             data_text(text(entry, FINDING)), data_text(text(entry, SEVERITY)), found, organisation,
                             incident, settled),
                   entry->import->diag, &rows);
    return outcome(entry->import, err, rows);
}

/* --- rectifications --- */

enum {
    PROBLEM = KEY + 1,
    ORGANISATION,
    DEADLINE,
    MEASURE,
    BUILDING,
    STOREY,
    SURVEY,
    INCIDENT,
    DONE_AT,
    VERIFIED_AT,
    DROPPED_AT,
    RESULT,
    EVIDENCE
};

static enum base_err survey_named(struct entry *entry, struct data_arg *ret_survey)
{
    AUTO(data_rows) rows = NULL;
    *ret_survey = data_null();
    if (!text(entry, SURVEY)) {
        return BASE_OK;
    }
    enum base_err err = data_run(entry->import->conn, DATA_SURVEY_NAMED,
                                 DATA_ARGS(data_i64(entry->import->estate.id), data_text(text(entry, SURVEY))),
                                 entry->import->diag, &rows);
    if (!err && data_rows_count(rows) == 0) {
        wrong(entry, SURVEY, "is the key of no survey of this estate; hutong import surveys makes them");
    } else if (!err) {
        *ret_survey = data_i64(data_rows_i64(rows, 0, 0));
    }
    return err;
}

struct progress {
    struct data_arg deadline, done, verified, dropped;
};

static struct progress progress_in(struct entry *entry)
{
    struct progress progress = {deadline_in(entry, DEADLINE), past_in(entry, DONE_AT), past_in(entry, VERIFIED_AT),
                                past_in(entry, DROPPED_AT)};
    in_order(entry, VERIFIED_AT, progress.verified, progress.done);
    if (progress.dropped.type == DATA_ARG_TIME && (progress.verified.type == DATA_ARG_TIME || !text(entry, RESULT))) {
        wrong(entry, DROPPED_AT,
              text(entry, RESULT) ? "was verified: it cannot be dropped" : "needs a result that says why");
    }
    return progress;
}

static void rectification_texts(struct entry *entry)
{
    check_text(entry, KEY, 1, KEY_MAX);
    check_text(entry, PROBLEM, 1, PROBLEM_MAX);
    check_text(entry, MEASURE, 0, LONG_MAX);
    check_text(entry, RESULT, 0, LONG_MAX);
    if (!text(entry, ORGANISATION)) {
        wrong(entry, ORGANISATION, "is missing: who has to put it right?");
    }
}

static enum base_err rectification(struct entry *entry)
{
    static const int columns[3] = {-1, INCIDENT, EVIDENCE};
    AUTO(data_rows) rows = NULL;
    struct data_arg building = data_null(), organisation = data_null(), from_survey = data_null();
    rectification_texts(entry);
    struct progress progress = progress_in(entry);
    struct data_arg storey = number_in(entry, STOREY, STOREY_LEAST, STOREY_MOST);
    struct data_arg incident = number_in(entry, INCIDENT, 1, 9e15), evidence = number_in(entry, EVIDENCE, 1, 9e15);
    enum base_err err = building_in(entry, BUILDING, &building);
    err = err ? err : organisation_in(entry, ORGANISATION, &organisation);
    err = err ? err : survey_named(entry, &from_survey);
    err = err ? err : names(entry, columns, incident, evidence);
    if (err || !entry->good) {
        return err;
    }
    err = data_run(entry->import->conn, DATA_RECTIFICATION_PUT,
                   DATA_ARGS(data_i64(entry->import->estate.id), data_null(), data_null(), data_text(text(entry, KEY)),
                             from_survey, incident, building, storey, data_text(text(entry, PROBLEM)),
                             data_text(text(entry, MEASURE)), organisation, progress.deadline, progress.done,
                             progress.verified, progress.dropped, data_text(text(entry, RESULT)), evidence),
                   entry->import->diag, &rows);
    return outcome(entry->import, err, rows);
}

/* --- all lines --- */

static enum base_err each(struct cli_import *import, enum base_err (*put)(struct entry *entry))
{
    enum base_err err = cli_import_once(import);
    for (size_t i = 0; i < import->count && !err; i++) {
        struct entry entry = {.import = import, .line = &import->lines[i], .good = true};
        bool found = false;
        err = cli_import_find_estate(import, entry.line, ESTATE, &found);
        err = err || !found ? err : put(&entry);
        err = err ? err : cli_import_step(import, i + 1);
    }
    return err;
}

enum base_err cli_import_ledger_surveys(struct cli_import *import)
{
    return each(import, survey);
}

enum base_err cli_import_ledger_rectifications(struct cli_import *import)
{
    return each(import, rectification);
}
