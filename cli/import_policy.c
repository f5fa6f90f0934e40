/* hutong import policies: how long each stage of an incident may take. A policy is never changed in place: its version
 * is closed and the next one opened, and incidents that run keep theirs. */
#include "cli/import.h"

#include <string.h>

enum {
    KEY,
    SEVERITY,
    ESTATE,
    CATEGORY,
    RESPOND_S,
    RESOLVE_S,
    PLAN_S,
    LEVELS_S,
    WARN_SHARE,
    HOURS_FROM,
    HOURS_TO,
    CALENDAR,
    PAUSE_REASONS,
    KEY_MAX = 100,
    LEVELS_MAX = 16,
    WORD_MAX = 40,
    ARRAY_MAX = 1000,
};
#define LONGEST_S (366.0 * 86400)
static const char code_letters[] = "abcdefghijklmnopqrstuvwxyz0123456789_";

struct policy {
    struct data_arg estate, times[3], warn_share, calendar; /* times: respond, resolve, plan */
    int64_t longest_s;
    char levels[ARRAY_MAX], reasons[ARRAY_MAX]; /* as arrays of PostgreSQL; reasons "": the usual ones */
};

/* --- one field --- */

static bool seconds(struct cli_import *import, const struct cli_import_line *line, int column, struct policy *policy,
                    struct data_arg *ret_time)
{
    double value = 0;
    bool good = cli_import_find_number(import, line, column, 1, LONGEST_S, 0, &value);
    *ret_time = good && value >= 1 ? data_i64((int64_t)value) : data_null();
    policy->longest_s = good && (int64_t)value > policy->longest_s ? (int64_t)value : policy->longest_s;
    return good;
}

/* "60 120" */
static bool levels(struct cli_import *import, const struct cli_import_line *line, struct policy *policy)
{
    struct base_str rest = base_str_of(line->texts[LEVELS_S]), part;
    size_t len = (size_t)snprintf(policy->levels, ARRAY_MAX, "{"), count = 0;
    while (rest.len && base_str_next(&rest, ' ', &part)) {
        int64_t value = 0;
        if (part.len == 0) {
            continue;
        }
        if (!base_str_i64(part, &value) || value < 1 || value > (int64_t)LONGEST_S || ++count > LEVELS_MAX) {
            cli_import_complain(import, line->number,
                                "levels_s \"%.80s\": seconds at each level, with blanks between, the lowest first",
                                line->texts[LEVELS_S]);
            return false;
        }
        len += (size_t)snprintf(policy->levels + len, ARRAY_MAX - len, "%s%lld", len > 1 ? "," : "", (long long)value);
        policy->longest_s = value > policy->longest_s ? value : policy->longest_s;
    }
    snprintf(policy->levels + len, ARRAY_MAX - len, "}");
    return true;
}

/* "weather no_access"; none: no pause stops a clock */
static bool reasons(struct cli_import *import, const struct cli_import_line *line, struct policy *policy)
{
    const char *text = line->texts[PAUSE_REASONS];
    struct base_str rest = base_str_of(strcmp(text, "none") == 0 ? "" : text), part;
    size_t len = (size_t)snprintf(policy->reasons, ARRAY_MAX, "%s", *text ? "{" : "");
    while (rest.len && base_str_next(&rest, ' ', &part)) {
        if (part.len == 0) {
            continue;
        }
        if (part.len > WORD_MAX || strspn(part.at, code_letters) < part.len || len + part.len + 2 >= ARRAY_MAX) {
            cli_import_complain(import, line->number,
                                "pause_reasons \"%.80s\": codes of a-z, 0-9 and _ with blanks between, or none", text);
            return false;
        }
        len += (size_t)snprintf(policy->reasons + len, ARRAY_MAX - len, "%s%.*s", len > 1 ? "," : "", (int)part.len,
                                part.at);
    }
    snprintf(policy->reasons + len, ARRAY_MAX - len, "%s", *text ? "}" : "");
    return true;
}

/* "08:30" up to "24:00". */
static bool clock_time(const char *text)
{
    int64_t hours = 0, minutes = 0;
    return strlen(text) == 5 && text[2] == ':' && base_str_i64((struct base_str){text, 2}, &hours) &&
           base_str_i64((struct base_str){text + 3, 2}, &minutes) && hours >= 0 && minutes >= 0 && minutes < 60 &&
           (hours < 24 || (hours == 24 && minutes == 0));
}

static bool hours(struct cli_import *import, const struct cli_import_line *line)
{
    const char *from = line->texts[HOURS_FROM], *to = line->texts[HOURS_TO];
    bool both = clock_time(from) && clock_time(to) && strcmp(from, to) < 0;
    if ((*from || *to) && !both) {
        cli_import_complain(import, line->number,
                            "hours_from \"%.20s\", hours_to \"%.20s\": both as 08:30, the second later, or neither",
                            from, to);
        return false;
    }
    return true;
}

static bool fields(struct cli_import *import, const struct cli_import_line *line, struct policy *policy)
{
    double share = 0;
    bool good = *line->texts[KEY] && strlen(line->texts[KEY]) <= KEY_MAX;
    if (!good) {
        cli_import_complain(import, line->number, "key: its name, of 1 to %d bytes", KEY_MAX);
    }
    good = cli_import_find_severity(import, line, SEVERITY) && good;
    if (!*line->texts[SEVERITY]) {
        cli_import_complain(import, line->number, "severity is missing");
        good = false;
    }
    for (int i = 0; i < 3; i++) {
        good = seconds(import, line, RESPOND_S + i, policy, &policy->times[i]) && good;
    }
    good = levels(import, line, policy) && good;
    good = cli_import_find_number(import, line, WARN_SHARE, 0, 0.9, 0, &share) && good;
    policy->warn_share = *line->texts[WARN_SHARE] ? data_f64(share) : data_null();
    good = hours(import, line) && good;
    good = reasons(import, line, policy) && good;
    if (good && policy->longest_s == 0) {
        cli_import_complain(import, line->number, "no time at all: give respond_s, resolve_s, plan_s or levels_s");
        good = false;
    }
    return good;
}

/* --- what a line names --- */

static enum base_err named(struct cli_import *import, const struct cli_import_line *line, int column,
                           enum data_query query, struct data_rows **ret_rows, bool *ret_found)
{
    const char *text = line->texts[column];
    *ret_found = !*text;
    if (!*text) {
        return BASE_OK;
    }
    enum base_err err = data_run(import->conn, query, DATA_ARGS(data_text(text)), import->diag, ret_rows);
    *ret_found = !err && data_rows_count(*ret_rows) > 0;
    if (!err && !*ret_found) {
        cli_import_complain(import, line->number, "%s \"%.80s\": there is none of that code",
                            import->kind->columns[column], text);
    }
    return err;
}

static enum base_err names(struct cli_import *import, const struct cli_import_line *line, struct policy *policy,
                           bool *ret_good)
{
    AUTO(data_rows) calendar = NULL;
    AUTO(data_rows) category = NULL;
    bool found = true, estate = true;
    policy->estate = policy->calendar = data_null();
    enum base_err err = named(import, line, CATEGORY, DATA_CATEGORY_NAMED, &category, ret_good);
    err = err ? err : named(import, line, CALENDAR, DATA_CALENDAR_NAMED, &calendar, &found);
    if (!err && found && *line->texts[CALENDAR]) {
        policy->calendar = data_i64(data_rows_i64(calendar, 0, 0));
    }
    if (!err && *line->texts[ESTATE]) {
        err = cli_import_find_estate(import, line, ESTATE, &estate);
        policy->estate = data_i64(import->estate.id);
    }
    *ret_good = *ret_good && found && estate;
    return err;
}

/* --- storing --- */

/* A clock on a calendar without working days would never be due. */
static enum base_err check_end(struct cli_import *import, const struct cli_import_line *line,
                               const struct policy *policy, bool *ret_good)
{
    enum { WORKS, ENOUGH };
    AUTO(data_rows) rows = NULL;
    enum base_err err =
        data_run(import->conn, DATA_POLICY_ENDS,
                 DATA_ARGS(policy->estate, policy->calendar, data_text(cli_import_or_null(line->texts[HOURS_FROM])),
                           data_text(cli_import_or_null(line->texts[HOURS_TO])), data_i64(policy->longest_s)),
                 import->diag, &rows);
    *ret_good = !err && data_rows_bool(rows, 0, ENOUGH);
    if (!err && !data_rows_bool(rows, 0, WORKS)) {
        cli_import_complain(import, line->number,
                            "calendar \"%.80s\" has no working day within ten years: no clock would ever be due",
                            line->texts[CALENDAR]);
    } else if (!err && !*ret_good) {
        cli_import_complain(import, line->number,
                            "%lld s of working time do not fit into ten years of these hours and days",
                            (long long)policy->longest_s);
    }
    return err;
}

static enum base_err store(struct cli_import *import, const struct cli_import_line *line, const struct policy *policy)
{
    enum { DONE, OTHER, TWICE };
    AUTO(data_rows) rows = NULL;
    enum base_err err = data_run(
        import->conn, DATA_POLICY_PUT,
        DATA_ARGS(data_text(line->texts[KEY]), policy->estate, data_text(cli_import_or_null(line->texts[CATEGORY])),
                  data_text(line->texts[SEVERITY]), policy->times[0], policy->times[1], policy->times[2],
                  data_text(policy->levels), policy->warn_share, data_text(cli_import_or_null(line->texts[HOURS_FROM])),
                  data_text(cli_import_or_null(line->texts[HOURS_TO])), policy->calendar,
                  data_text(cli_import_or_null(policy->reasons))),
        import->diag, &rows);
    if (err) {
        return err;
    }
    if (data_rows_bool(rows, 0, TWICE)) {
        cli_import_complain(import, line->number, "key \"%.80s\" stands on a line before, too", line->texts[KEY]);
    } else if (!data_rows_null(rows, 0, OTHER)) {
        cli_import_complain(import, line->number,
                            "policy \"%.80s\" is for the same estate, category and severity: which one would count?",
                            data_rows_text(rows, 0, OTHER));
    } else {
        cli_import_outcome(import, data_rows_text(rows, 0, DONE));
    }
    return BASE_OK;
}

static enum base_err put(struct cli_import *import, const struct cli_import_line *line)
{
    struct policy policy = {.longest_s = 0};
    bool good = false, read = fields(import, line, &policy);
    enum base_err err = names(import, line, &policy, &good);
    if (err || !good || !read) {
        return err;
    }
    err = check_end(import, line, &policy, &good);
    return err || !good ? err : store(import, line, &policy);
}

enum base_err cli_import_policy(struct cli_import *import)
{
    enum base_err err = BASE_OK;
    for (size_t i = 0; i < import->count && !err; i++) {
        err = put(import, &import->lines[i]);
        err = err ? err : cli_import_step(import, i + 1);
    }
    return err;
}
