/* hutong import rules: which events, missed windows and silent devices become incidents. Filters are read as judge and
 * ingest will read them, so that a wrong one is named here and not at night. */
#include "cli/import.h"
#include "facts/facts.h"

#include <string.h>

enum {
    KEY,
    NAME,
    WATCHES,
    FILTER,
    CATEGORY,
    NAME_EN,
    ESTATE,
    CLEAR,
    PLACE,
    HOLD,
    SEVERITY,
    MERGE_BY,
    MERGE,
    QUIET_FROM,
    QUIET_TO,
    QUIET,
    MAX_AGE,
    ENABLED,
    SEND
};
enum { KEY_MAX = 60, NAME_MAX = 120, MONTH_S = 2592000, WEEK_S = 604800 };

struct numbers {
    double hold_s, merge_s, max_age_s;
};

static const char *text_of(const struct cli_import_line *line, int column)
{
    return line->texts[column];
}

static bool key_ok(struct cli_import *import, const struct cli_import_line *line)
{
    const char *key = text_of(line, KEY);
    size_t len = strlen(key);
    if (len < 2 || len > KEY_MAX || strspn(key, "abcdefghijklmnopqrstuvwxyz0123456789_.-") != len) {
        cli_import_complain(import, line->number, "key \"%.80s\": 2 to %d of a-z 0-9 _ . -", key, KEY_MAX);
        return false;
    }
    return true;
}

static bool name_ok(struct cli_import *import, const struct cli_import_line *line, int column, size_t least)
{
    size_t len = strlen(text_of(line, column));
    if (len < least || len > NAME_MAX) {
        cli_import_complain(import, line->number, "%s: %zu bytes; %zu to %d go", import->kind->columns[column], len,
                            least, NAME_MAX);
        return false;
    }
    return true;
}

/* words: "a, b, c"; an empty text is fine unless it is needed. */
static bool word_ok(struct cli_import *import, const struct cli_import_line *line, int column, const char *words,
                    bool needed)
{
    struct base_str rest = base_str_of(words), word;
    const char *text = text_of(line, column);
    bool found = !*text && !needed;
    while (!found && base_str_next(&rest, ',', &word)) {
        while (word.len && *word.at == ' ') {
            word = (struct base_str){word.at + 1, word.len - 1};
        }
        found = base_str_is(word, text);
    }
    if (!found) {
        cli_import_complain(import, line->number, "%s \"%.40s\" is none of %s", import->kind->columns[column], text,
                            words);
    }
    return found;
}

static bool filter_ok(struct cli_import *import, const struct cli_import_line *line, int column,
                      enum facts_rule_about about, bool needed)
{
    struct base_diag why = {.text = ""};
    const char *text = text_of(line, column);
    if (!*text && !needed) {
        return true;
    }
    if (facts_rule_check(about, text, &why)) {
        cli_import_complain(import, line->number, "%s: %s", import->kind->columns[column], why.text);
        return false;
    }
    return true;
}

static enum facts_rule_about about_of(const struct cli_import_line *line)
{
    const char *watches = text_of(line, WATCHES);
    return strcmp(watches, "window") == 0    ? FACTS_RULE_WINDOW
           : strcmp(watches, "silence") == 0 ? FACTS_RULE_SILENCE
                                             : FACTS_RULE_EVENT;
}

static bool filters_ok(struct cli_import *import, const struct cli_import_line *line)
{
    enum facts_rule_about about = about_of(line);
    bool good = filter_ok(import, line, FILTER, about, true);
    good = filter_ok(import, line, PLACE, FACTS_RULE_PLACE, false) && good;
    if (about != FACTS_RULE_EVENT && *text_of(line, CLEAR)) {
        cli_import_complain(import, line->number, "clear: a %s ends by itself; only rules of events say what clears",
                            text_of(line, WATCHES));
        return false;
    }
    return filter_ok(import, line, CLEAR, FACTS_RULE_EVENT, false) && good;
}

/* HH:MM, as the estate's clock shows it. */
static bool hour_ok(struct cli_import *import, const struct cli_import_line *line, int column)
{
    const char *text = text_of(line, column);
    int64_t hour = -1, minute = -1;
    bool good = strlen(text) == 5 && text[2] == ':' && base_str_i64((struct base_str){text, 2}, &hour) &&
                base_str_i64((struct base_str){text + 3, 2}, &minute) && hour >= 0 && hour < 24 && minute >= 0 &&
                minute < 60;
    if (*text && !good) {
        cli_import_complain(import, line->number, "%s \"%.40s\": a time of day is written 22:00",
                            import->kind->columns[column], text);
    }
    return good || !*text;
}

static bool quiet_ok(struct cli_import *import, const struct cli_import_line *line)
{
    const char *from = text_of(line, QUIET_FROM), *to = text_of(line, QUIET_TO);
    bool good = hour_ok(import, line, QUIET_FROM);
    good = hour_ok(import, line, QUIET_TO) && good;
    if (good && ((!*from) != (!*to) || (*from && strcmp(from, to) == 0))) {
        cli_import_complain(import, line->number, "quiet_from and quiet_to: two different times of day, or neither");
        good = false;
    }
    return word_ok(import, line, QUIET, "wait, drop", false) && good;
}

static bool numbers_ok(struct cli_import *import, const struct cli_import_line *line, struct numbers *numbers)
{
    enum facts_rule_about about = about_of(line);
    bool good = cli_import_find_number(import, line, HOLD, 0, MONTH_S, 0, &numbers->hold_s);
    good = cli_import_find_number(import, line, MERGE, 0, MONTH_S, 0, &numbers->merge_s) && good;
    good = cli_import_find_number(import, line, MAX_AGE, 1, WEEK_S, about == FACTS_RULE_EVENT ? 3600 : 86400,
                                  &numbers->max_age_s) &&
           good;
    if (!good) {
        return false;
    }
    const char *wrong = NULL;
    if (about == FACTS_RULE_EVENT && numbers->hold_s > 0 && !*text_of(line, CLEAR)) {
        wrong = "hold_s: what must last needs clear, that says what ends it";
    } else if (about == FACTS_RULE_WINDOW && numbers->hold_s > 0) {
        wrong = "hold_s: a window that was missed does not last";
    } else if (about != FACTS_RULE_WINDOW && strcmp(text_of(line, MERGE_BY), "duty_night") == 0) {
        wrong = "merge_by: duty_night is for windows";
    } else if (about == FACTS_RULE_SILENCE && numbers->hold_s < 1) {
        wrong = "hold_s: after how many seconds of silence?";
    }
    if (wrong) {
        cli_import_complain(import, line->number, "%s", wrong);
    }
    return !wrong;
}

static bool send_ok(struct cli_import *import, const struct cli_import_line *line)
{
    bool duty = strcmp(text_of(line, SEND), "duty") == 0 && about_of(line) != FACTS_RULE_WINDOW;
    if (duty) {
        cli_import_complain(import, line->number, "send: only a window has a duty; \"site\" is who manages the place");
    }
    return word_ok(import, line, SEND, "site, duty", false) && !duty;
}

static bool line_ok(struct cli_import *import, const struct cli_import_line *line, struct numbers *numbers)
{
    bool good = key_ok(import, line);
    good = name_ok(import, line, NAME, 1) && good;
    good = name_ok(import, line, NAME_EN, 0) && good;
    good = word_ok(import, line, SEVERITY, "small, serious, complex, special", false) && good;
    good = word_ok(import, line, MERGE_BY, "building, storey, place, device, duty_night", false) && good;
    good = word_ok(import, line, ENABLED, "yes, no", false) && good;
    good = send_ok(import, line) && good;
    good = quiet_ok(import, line) && good;
    if (!word_ok(import, line, WATCHES, "event, window, silence", true)) {
        return false; /* what its filters may ask hangs on it */
    }
    good = filters_ok(import, line) && good;
    return numbers_ok(import, line, numbers) && good;
}

static struct data_arg text_arg(const struct cli_import_line *line, int column)
{
    return data_text(cli_import_or_null(text_of(line, column)));
}

static enum base_err store(struct cli_import *import, const struct cli_import_line *line, const struct numbers *numbers)
{
    AUTO(data_rows) rows = NULL;
    struct data_arg estate = *text_of(line, ESTATE) ? data_i64(import->estate.id) : data_null();
    bool off = strcmp(text_of(line, ENABLED), "no") == 0;
    enum base_err err = data_run(
        import->conn, DATA_RULE_PUT,
        DATA_ARGS(text_arg(line, KEY), estate, text_arg(line, NAME), text_arg(line, NAME_EN), text_arg(line, WATCHES),
                  text_arg(line, FILTER), text_arg(line, CLEAR), text_arg(line, PLACE),
                  data_i64((int64_t)numbers->hold_s), text_arg(line, CATEGORY), text_arg(line, SEVERITY),
                  text_arg(line, MERGE_BY), data_i64((int64_t)numbers->merge_s), text_arg(line, QUIET_FROM),
                  text_arg(line, QUIET_TO), text_arg(line, QUIET), data_i64((int64_t)numbers->max_age_s),
                  data_text(off ? "false" : "true"), text_arg(line, SEND)),
        import->diag, &rows);
    if (err) {
        return err;
    }
    if (data_rows_count(rows) == 0) {
        cli_import_complain(import, line->number, "category \"%.40s\": there is none of that code",
                            text_of(line, CATEGORY));
    } else if (strcmp(data_rows_text(rows, 0, 0), "twice") == 0) {
        cli_import_complain(import, line->number, "key \"%.80s\" stands in the file twice for the same estate",
                            text_of(line, KEY));
    } else {
        cli_import_outcome(import, data_rows_text(rows, 0, 0));
    }
    return BASE_OK;
}

static enum base_err put(struct cli_import *import, const struct cli_import_line *line)
{
    struct numbers numbers = {.hold_s = 0};
    bool found = true, good = line_ok(import, line, &numbers);
    enum base_err err = *text_of(line, ESTATE) ? cli_import_find_estate(import, line, ESTATE, &found) : BASE_OK;
    return err || !found || !good ? err : store(import, line, &numbers);
}

enum base_err cli_import_rule(struct cli_import *import)
{
    enum base_err err = BASE_OK;
    for (size_t i = 0; i < import->count && !err; i++) {
        err = put(import, &import->lines[i]);
        err = err ? err : cli_import_step(import, i + 1);
    }
    return err;
}
