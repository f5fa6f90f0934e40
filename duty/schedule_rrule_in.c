/* RFC 5545, 3.3.10: the parts of a recurrence rule, read into sets of numbers and written in one order. Read here, not
 * by libical, so that a message names the part that is wrong (libical 3.0.16 says that there is no rule, reads
 * INTERVAL=65537 as 1 and takes lists that are longer than its arrays). */
#include "duty/schedule.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

enum { INTERVAL_MAX = 10000, COUNT_MAX = DUTY_WINDOWS_MAX, WEEKS_MAX = 53 };
#define ON(freq) (1u << FREQ_##freq)

static const char *const freqs[FREQ_COUNT] = {"YEARLY", "MONTHLY", "WEEKLY", "DAILY", "HOURLY", "MINUTELY"};
static const char *const weekdays[7] = {"MO", "TU", "WE", "TH", "FR", "SA", "SU"};

static const struct part {
    const char *name;
    int least, most;
    bool from_back; /* negative numbers too */
    unsigned not_with;
} parts[PART_COUNT] = {
    [PART_MONTH] = {"BYMONTH", 1, 12, false, 0},
    [PART_WEEKNO] = {"BYWEEKNO", 1, WEEKS_MAX, true, ~ON(YEARLY)},
    [PART_YEARDAY] = {"BYYEARDAY", 1, 366, true, ON(MONTHLY) | ON(WEEKLY) | ON(DAILY)},
    [PART_MONTHDAY] = {"BYMONTHDAY", 1, 31, true, ON(WEEKLY)},
    [PART_HOUR] = {"BYHOUR", 0, 23, false, 0},
    [PART_MINUTE] = {"BYMINUTE", 0, 59, false, 0},
    [PART_SECOND] = {"BYSECOND", 0, 59, false, 0},
    [PART_SETPOS] = {"BYSETPOS", 1, 366, true, 0},
};

bool schedule_set_has(const struct schedule_set *set, int value)
{
    unsigned at = (unsigned)abs(value);
    return set->bits[value < 0][at / 64] >> at % 64 & 1;
}

void schedule_set_add(struct schedule_set *set, int value)
{
    unsigned at = (unsigned)abs(value);
    set->bits[value < 0][at / 64] |= UINT64_C(1) << at % 64;
}

static bool is_word(struct base_str text, const char *word)
{
    return text.len == strlen(word) && strncasecmp(text.at, word, text.len) == 0;
}

static bool number_in(struct base_str text, bool sign, int64_t *ret_value)
{
    size_t digits = text.len && sign && (text.at[0] == '+' || text.at[0] == '-') ? 1 : 0;
    int value;
    if (!schedule_digits(text, digits, text.len - digits, &value)) {
        return false;
    }
    *ret_value = digits && text.at[0] == '-' ? -value : value;
    return true;
}

static enum base_err list_in(const struct part *part, struct base_str list, struct base_diag *diag,
                             struct schedule_set *set)
{
    struct base_str item = {NULL, 0};
    bool more = list.len == 0 || list.at[list.len - 1] == ','; /* an empty item */
    while (!more && base_str_next(&list, ',', &item)) {
        int64_t value;
        if (!number_in(item, true, &value) || llabs(value) < part->least || llabs(value) > part->most ||
            (value < 0 && !part->from_back)) {
            more = true;
        } else {
            schedule_set_add(set, (int)value);
        }
    }
    if (more) {
        return base_diag_set(diag, BASE_INVALID, "%s: \"%.*s\" is not a number from %d to %d%s", part->name,
                             (int)(item.len < 20 ? item.len : 20), item.at ? item.at : "", part->least, part->most,
                             part->from_back ? ", or negative to count from the end" : "");
    }
    return BASE_OK;
}

static bool weekday_in(struct base_str text, int *ret_weekday)
{
    for (int i = 0; i < 7; i++) {
        if (is_word(text, weekdays[i])) {
            *ret_weekday = i;
            return true;
        }
    }
    return false;
}

/* "MO", "2TU", "-1FR" */
static bool day_in(struct base_str item, struct schedule_rule *rule)
{
    int weekday;
    int64_t nth = 0;
    if (item.len < 2 || !weekday_in((struct base_str){item.at + item.len - 2, 2}, &weekday)) {
        return false;
    }
    if (item.len > 2 &&
        (!number_in((struct base_str){item.at, item.len - 2}, true, &nth) || nth == 0 || llabs(nth) > WEEKS_MAX)) {
        return false;
    }
    schedule_set_add(&rule->byday[weekday], (int)nth);
    return true;
}

static enum base_err days_in(struct base_str list, struct base_diag *diag, struct schedule_rule *rule)
{
    struct base_str item = {"", 0};
    bool wrong = list.len == 0 || list.at[list.len - 1] == ',';
    while (!wrong && base_str_next(&list, ',', &item)) {
        wrong = !day_in(item, rule);
    }
    if (wrong) {
        return base_diag_set(diag, BASE_INVALID,
                             "BYDAY: \"%.*s\" is no day; write MO, 2TU (the second) or -1FR (the "
                             "last)",
                             (int)(item.len < 20 ? item.len : 20), item.at);
    }
    rule->given_days = true;
    return BASE_OK;
}

static enum base_err freq_in(struct base_str value, struct base_diag *diag, struct schedule_rule *rule)
{
    if (is_word(value, "SECONDLY")) {
        return base_diag_set(diag, BASE_INVALID,
                             "FREQ=SECONDLY: no window is shorter than a minute; MINUTELY is the "
                             "finest");
    }
    for (int i = 0; i < FREQ_COUNT; i++) {
        if (is_word(value, freqs[i])) {
            rule->freq = (enum schedule_freq)i;
            return BASE_OK;
        }
    }
    return base_diag_set(diag, BASE_INVALID, "FREQ=%.*s: is none of YEARLY, MONTHLY, WEEKLY, DAILY, HOURLY, MINUTELY",
                         (int)(value.len < 20 ? value.len : 20), value.at);
}

/* 20261231, 20261231T235959 or 20261231T235959Z */
static enum base_err until_in(struct base_str value, struct base_diag *diag, struct schedule_rule *rule)
{
    int year, month, day, hour = 23, minute = 59, second = 59;
    bool utc = value.len == 16 && toupper((unsigned char)value.at[15]) == 'Z';
    bool ok = schedule_digits(value, 0, 4, &year) && schedule_digits(value, 4, 2, &month) &&
              schedule_digits(value, 6, 2, &day) && month >= 1 && month <= 12 && day >= 1 &&
              day <= base_time_month_days(year, month);
    if (ok && value.len > 8) {
        ok = (value.len == 15 || utc) && toupper((unsigned char)value.at[8]) == 'T' &&
             schedule_digits(value, 9, 2, &hour) && schedule_digits(value, 11, 2, &minute) &&
             schedule_digits(value, 13, 2, &second) && hour < 24 && minute < 60 && second < 60;
    }
    if (!ok) {
        return base_diag_set(diag, BASE_INVALID,
                             "UNTIL=%.*s: write a date, 20261231, or a time, 20261231T235959 "
                             "(with a Z at its end in UTC)",
                             (int)(value.len < 20 ? value.len : 20), value.at);
    }
    rule->until = value.len == 8 ? UNTIL_DATE : utc ? UNTIL_UTC : UNTIL_LOCAL;
    rule->until_s = base_time_days(year, month, day) * SCHEDULE_DAY_S + hour * 3600 + minute * 60 + second;
    return BASE_OK;
}

static enum base_err number_part(const char *name, struct base_str value, int most, struct base_diag *diag,
                                 int64_t *ret_value)
{
    if (!number_in(value, false, ret_value) || *ret_value < 1 || *ret_value > most) {
        return base_diag_set(diag, BASE_INVALID, "%s=%.*s: is not a number from 1 to %d", name,
                             (int)(value.len < 20 ? value.len : 20), value.at, most);
    }
    return BASE_OK;
}

static enum base_err interval_in(struct base_str value, struct base_diag *diag, struct schedule_rule *rule)
{
    int64_t number;
    enum base_err err = number_part("INTERVAL", value, INTERVAL_MAX, diag, &number);
    rule->interval = err ? 1 : (int)number;
    return err;
}

static enum base_err count_in(struct base_str value, struct base_diag *diag, struct schedule_rule *rule)
{
    return number_part("COUNT", value, COUNT_MAX, diag, &rule->count);
}

static enum base_err week_start_in(struct base_str value, struct base_diag *diag, struct schedule_rule *rule)
{
    if (!weekday_in(value, &rule->week_start)) {
        return base_diag_set(diag, BASE_INVALID, "WKST=%.*s: is none of MO, TU, WE, TH, FR, SA, SU",
                             (int)(value.len < 20 ? value.len : 20), value.at);
    }
    return BASE_OK;
}

static const struct {
    const char *name;
    enum base_err (*in)(struct base_str value, struct base_diag *diag, struct schedule_rule *rule);
} others[] = {{"FREQ", freq_in},   {"INTERVAL", interval_in}, {"COUNT", count_in},
              {"UNTIL", until_in}, {"WKST", week_start_in},   {"BYDAY", days_in}};

/* *seen: a bit for each name. */
static enum base_err one_in(struct base_str name, struct base_str value, struct base_diag *diag, unsigned *seen,
                            struct schedule_rule *rule)
{
    size_t i = 0;
    while (i < PART_COUNT + BASE_COUNT(others) &&
           !is_word(name, i < PART_COUNT ? parts[i].name : others[i - PART_COUNT].name)) {
        i++;
    }
    if (i == PART_COUNT + BASE_COUNT(others)) {
        return base_diag_set(diag, BASE_INVALID, "\"%.*s\" is no part of a rule (RFC 5545, 3.3.10)",
                             (int)(name.len < 20 ? name.len : 20), name.at);
    }
    if (*seen & 1u << i) {
        return base_diag_set(diag, BASE_INVALID, "%.*s comes twice", (int)name.len, name.at);
    }
    *seen |= 1u << i;
    if (i < PART_COUNT) {
        rule->given[i] = true;
        return list_in(&parts[i], value, diag, &rule->sets[i]);
    }
    return others[i - PART_COUNT].in(value, diag, rule);
}

static bool any_nth(const struct schedule_rule *rule)
{
    uint64_t any = 0;
    for (int i = 0; i < 7; i++) {
        any |= (rule->byday[i].bits[0][0] & ~UINT64_C(1)) | rule->byday[i].bits[1][0];
    }
    return any != 0;
}

/* What the table of 3.3.10 does not allow. */
static enum base_err check_pairs(const struct schedule_rule *rule, struct base_diag *diag)
{
    for (int i = 0; i < PART_COUNT; i++) {
        if (rule->given[i] && parts[i].not_with & 1u << rule->freq) {
            return base_diag_set(diag, BASE_INVALID, "%s does not go with FREQ=%s", parts[i].name, freqs[rule->freq]);
        }
    }
    if (any_nth(rule) && (rule->freq > FREQ_MONTHLY || rule->given[PART_WEEKNO])) {
        return base_diag_set(diag, BASE_INVALID,
                             "BYDAY: a number such as 2TU goes with FREQ=MONTHLY, or YEARLY without BYWEEKNO, only");
    }
    if (rule->count && rule->until != UNTIL_NONE) {
        return base_diag_set(diag, BASE_INVALID, "COUNT and UNTIL exclude one another");
    }
    return BASE_OK;
}

enum base_err schedule_rule_in(struct base_str text, struct base_diag *diag, struct schedule_rule *rule)
{
    struct base_str value, name;
    enum base_err err = BASE_OK;
    unsigned seen = 0;
    *rule = (struct schedule_rule){.interval = 1};
    if (text.len > 6 && is_word((struct base_str){text.at, 6}, "RRULE:")) {
        text = (struct base_str){text.at + 6, text.len - 6};
    }
    while (!err && base_str_next(&text, ';', &value)) {
        if (value.len == 0 && text.at == NULL && seen) {
            break; /* a semicolon at the end */
        }
        (void)base_str_next(&value, '=', &name);
        if (value.at == NULL) {
            return base_diag_set(diag, BASE_INVALID, "\"%.*s\" is no part of a rule; write NAME=VALUE",
                                 (int)(name.len < 20 ? name.len : 20), name.at);
        }
        err = one_in(name, value, diag, &seen, rule);
    }
    if (!err && !(seen & 1u << PART_COUNT)) {
        return base_diag_set(diag, BASE_INVALID, "FREQ is missing; a rule begins FREQ=DAILY or the like");
    }
    return err ? err : check_pairs(rule, diag);
}

static void set_out(const struct schedule_set *set, const char *after, int least, const char **between,
                    struct base_buf *buf)
{
    for (int i = least; i < 6 * 64; i++) {
        if (schedule_set_has(set, i)) {
            base_buf_printf(buf, "%s%d%s", *between, i, after);
            *between = ",";
        }
    }
    for (int i = 1; i < 6 * 64; i++) {
        if (schedule_set_has(set, -i)) {
            base_buf_printf(buf, "%s%d%s", *between, -i, after);
            *between = ",";
        }
    }
}

static void days_out(const struct schedule_rule *rule, struct base_buf *buf)
{
    const char *between = ";BYDAY=";
    for (int i = 0; i < 7; i++) {
        if (schedule_set_has(&rule->byday[i], 0)) {
            base_buf_printf(buf, "%s%s", between, weekdays[i]);
            between = ",";
        }
        set_out(&rule->byday[i], weekdays[i], 1, &between, buf);
    }
}

static void until_out(const struct schedule_rule *rule, struct base_buf *buf)
{
    char text[BASE_TIME_TEXT];
    base_time_out(rule->until_s * SCHEDULE_SECOND, text); /* 2026-12-31T23:59:59Z */
    base_buf_printf(buf, ";UNTIL=%.4s%.2s%.2s", text, text + 5, text + 8);
    if (rule->until != UNTIL_DATE) {
        base_buf_printf(buf, "T%.2s%.2s%.2s%s", text + 11, text + 14, text + 17, rule->until == UNTIL_UTC ? "Z" : "");
    }
}

void schedule_rule_out(const struct schedule_rule *rule, struct base_buf *buf)
{
    base_buf_printf(buf, "FREQ=%s", freqs[rule->freq]);
    if (rule->interval > 1) {
        base_buf_printf(buf, ";INTERVAL=%d", rule->interval);
    }
    for (int i = 0; i < PART_COUNT; i++) {
        if (i == PART_HOUR && rule->given_days) { /* where it stands in the order of evaluation */
            days_out(rule, buf);
        }
        if (rule->given[i]) {
            char begin[16];
            const char *between = begin;
            snprintf(begin, sizeof begin, ";%s=", parts[i].name);
            set_out(&rule->sets[i], "", 0, &between, buf);
        }
    }
    if (rule->week_start) {
        base_buf_printf(buf, ";WKST=%s", weekdays[rule->week_start]);
    }
    if (rule->count) {
        base_buf_printf(buf, ";COUNT=%lld", (long long)rule->count);
    }
    if (rule->until != UNTIL_NONE) {
        until_out(rule, buf);
    }
}
