/* import: tables of what people agreed on - organisations, roles, shifts, duties, campaigns, calendars, policies,
 * rules -, stored as a whole or not at all; every wrong line is named. Private to cli/.
 *
 * A file is read into lines of texts first; a kind's function then checks and stores them in the one transaction that
 * is open, complaining of lines as it goes. Whatever was complained of, nothing is committed. */
#ifndef HUTONG_CLI_IMPORT_H
#define HUTONG_CLI_IMPORT_H

#include "cli/cli.h"
#include "data/data.h"
#include "sensors/sensors.h"

struct cli_import;
struct cli_import_kind {
    const char *name;           /* as the command line has it; the first column tells kinds of one name apart */
    const char *const *columns; /* the first `needed` must be there */
    size_t count, needed;
    size_t lines_max;
    bool counts; /* run tells changed and unchanged lines apart */
    enum base_err (*run)(struct cli_import *import);
};

struct cli_import_line {
    int number;         /* of the file; of the feature in GeoJSON */
    const char **texts; /* a column each, "" where the file says nothing; then the geometry, as GeoJSON */
};

struct cli_import_estate {
    int64_t id; /* -1: none */
    char named[128];
    struct sensors_zone *zone;
};

struct cli_import {
    const struct cli_import_kind *kind;
    const char *path;
    struct data_conn *conn;
    struct base_arena texts;
    struct base_buf file;
    struct cli_import_line *lines;
    size_t count, cap;
    size_t wrong, remarks;
    size_t added, changed, unchanged;
    struct cli_import_estate estate; /* the one asked for last */
    struct base_progress progress;
    struct base_diag *diag;
};

/* --- what tables there are (import_table.c) --- */
bool cli_import_table_knows(const char *kind);
enum base_err cli_import_table(const char *kind, const char *path, bool dry_run, bool json,
                               struct base_diag *diag) BASE_MUST_CHECK;

/* --- the file (import_read.c, import_feature.c) --- */
enum base_err cli_import_read(struct cli_import *import, const struct cli_import_kind *kinds, size_t count,
                              const char *name) BASE_MUST_CHECK;
bool cli_import_feature_is(const char *path); /* GeoJSON, by its name */
enum base_err cli_import_feature(struct cli_import *import) BASE_MUST_CHECK;
/* NULL: no memory. */
struct cli_import_line *cli_import_read_add(struct cli_import *import, int number);
/* Complains of lines with the estate and key (the first two columns) of another one. */
enum base_err cli_import_once(struct cli_import *import) BASE_MUST_CHECK;
/* What is wrong with a line; a remark does not keep it out. To standard error, the first twenty of each. */
void cli_import_complain(struct cli_import *import, int line, const char *format, ...) BASE_PRINTF(3, 4);
void cli_import_remark(struct cli_import *import, int line, const char *format, ...) BASE_PRINTF(3, 4);

/* Counts a line as what its query has done: "made", "changed" or "same". */
void cli_import_outcome(struct cli_import *import, const char *done);
/* So many lines are done: shows it, and now and then lets the database look at what they have become. */
enum base_err cli_import_step(struct cli_import *import, size_t done) BASE_MUST_CHECK;

/* --- what lines name (import_find.c): complain and give false, or 0, when there is no such thing --- */
/* By id or code; into import->estate, with its clock. */
enum base_err cli_import_find_estate(struct cli_import *import, const struct cli_import_line *line, int column,
                                     bool *ret_found) BASE_MUST_CHECK;
/* Of that estate, by id or code; an empty text gives 0 and true. */
enum base_err cli_import_find_building(struct cli_import *import, const struct cli_import_line *line, int column,
                                       int64_t *ret_id, bool *ret_found) BASE_MUST_CHECK;
enum base_err cli_import_find_organisation(struct cli_import *import, const struct cli_import_line *line, int column,
                                           int64_t *ret_id, bool *ret_found) BASE_MUST_CHECK;
/* By the zone's clock where the text does not say; an empty text gives `empty` and true. */
bool cli_import_find_time(struct cli_import *import, const struct cli_import_line *line, int column,
                          const struct sensors_zone *zone, int64_t empty, int64_t *ret_us);
/* What a label may be: a call sign or a team, with no number to call in it. */
bool cli_import_find_label(struct cli_import *import, const struct cli_import_line *line, int column);
/* A number of that range; an empty text gives `empty`. */
bool cli_import_find_number(struct cli_import *import, const struct cli_import_line *line, int column, double least,
                            double most, double empty, double *ret_value);
/* How bad an incident is; an empty text is true. */
bool cli_import_find_severity(struct cli_import *import, const struct cli_import_line *line, int column);

static inline const char *cli_import_or_null(const char *text)
{
    return *text ? text : NULL;
}

/* --- the kinds --- */
enum base_err cli_import_organisation(struct cli_import *import) BASE_MUST_CHECK;   /* import_organisation.c */
enum base_err cli_import_role(struct cli_import *import) BASE_MUST_CHECK;           /* import_role.c */
enum base_err cli_import_post(struct cli_import *import) BASE_MUST_CHECK;           /* import_post.c */
enum base_err cli_import_profile(struct cli_import *import) BASE_MUST_CHECK;        /* import_profile.c */
enum base_err cli_import_shift(struct cli_import *import) BASE_MUST_CHECK;          /* import_shift.c */
enum base_err cli_import_duty(struct cli_import *import) BASE_MUST_CHECK;           /* import_duty.c */
enum base_err cli_import_calendar(struct cli_import *import) BASE_MUST_CHECK;       /* import_calendar.c */
enum base_err cli_import_contact(struct cli_import *import) BASE_MUST_CHECK;        /* import_contact.c */
enum base_err cli_import_campaign(struct cli_import *import) BASE_MUST_CHECK;       /* import_campaign.c */
enum base_err cli_import_category(struct cli_import *import) BASE_MUST_CHECK;       /* import_category.c */
enum base_err cli_import_policy(struct cli_import *import) BASE_MUST_CHECK;         /* import_policy.c */
enum base_err cli_import_rule(struct cli_import *import) BASE_MUST_CHECK;           /* import_rule.c */
enum base_err cli_import_ledger_surveys(struct cli_import *import) BASE_MUST_CHECK; /* import_ledger.c */
enum base_err cli_import_ledger_rectifications(struct cli_import *import) BASE_MUST_CHECK;

#endif
