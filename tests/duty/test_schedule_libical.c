/* duty/schedule_rrule.c against libical's iterator, on random rules of the kinds that libical 3.0.16 has right: no WKST
 * beside an INTERVAL, no BYSETPOS but by day in months and years, no negative days in DAILY, week numbers not at all,
 * no BY... part of the frequency's own unit, and BYMONTHDAY of a year with its months. */
#include "schedule_kit.h"

#include <libical/ical.h>

enum { RULES = 4000, OCCURRENCES = 40 };

static uint64_t seed = 11;

static int pick(int most)
{
    seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (int)((seed >> 33) % (uint64_t)most);
}

/* ";BYMONTH=3,7": up to three numbers from least to most, ascending; negative ones if wanted. */
static void numbers(struct base_buf *buf, const char *name, int least, int most, bool negative)
{
    int step = (most - least) / 3 + 1, at = least + pick(step);
    const char *between = "=";
    base_buf_printf(buf, ";%s", name);
    for (int i = pick(3); i >= 0 && at <= most; i--, at += 1 + pick(step)) {
        base_buf_printf(buf, "%s%d", between, at);
        between = ",";
    }
    if (negative && pick(3) == 0) {
        base_buf_printf(buf, ",%d", -1 - pick(most < 5 ? most : 5));
    }
}

static void weekdays(struct base_buf *buf, int most_nth)
{
    static const char *const names[] = {"MO", "TU", "WE", "TH", "FR", "SA", "SU"};
    const char *between = ";BYDAY=";
    for (int i = pick(3); i < 7; i += 1 + pick(4)) {
        int nth = most_nth ? pick(2 * most_nth + 1) - most_nth : 0;
        if (nth) {
            base_buf_printf(buf, "%s%d%s", between, nth, names[i]);
        } else {
            base_buf_printf(buf, "%s%s", between, names[i]);
        }
        between = ",";
    }
}

static void times(struct base_buf *buf)
{
    if (pick(2)) {
        numbers(buf, "BYHOUR", 0, 23, false);
    }
    if (pick(3) == 0) {
        numbers(buf, "BYMINUTE", 0, 59, false);
    }
}

static void yearly(struct base_buf *buf)
{
    int kind = pick(4);
    if (kind == 0) {
        numbers(buf, "BYYEARDAY", 1, 366, true);
    } else if (kind == 1) {
        weekdays(buf, 10);
    } else if (kind == 2) {
        numbers(buf, "BYMONTH", 1, 12, false);
        weekdays(buf, 3);
    } else {
        numbers(buf, "BYMONTH", 1, 12, false);
        numbers(buf, "BYMONTHDAY", 1, 28, true);
    }
}

static void monthly(struct base_buf *buf)
{
    int kind = pick(3);
    if (kind == 0) {
        numbers(buf, "BYMONTHDAY", 1, 31, true);
    } else if (kind == 1) {
        weekdays(buf, 4);
    }
    if (kind == 2) {
        weekdays(buf, 0);
        numbers(buf, "BYSETPOS", 1, 4, true);
    } else if (pick(3) == 0) {
        numbers(buf, "BYMONTH", 1, 12, false);
    }
}

static void make_rule(struct base_buf *buf)
{
    static const char *const names[] = {"YEARLY", "MONTHLY", "WEEKLY", "DAILY", "HOURLY", "MINUTELY"};
    int freq = pick(6), interval = pick(2) ? 1 : 1 + pick(5);
    bool day_filter = freq >= 3 && pick(2);
    base_buf_printf(buf, "FREQ=%s", names[freq]);
    if (freq != 2) {
        base_buf_printf(buf, ";INTERVAL=%d", interval);
    }
    if (freq == 0) {
        yearly(buf);
    } else if (freq == 1) {
        monthly(buf);
    } else if (freq == 2) {
        weekdays(buf, 0);
    } else if (day_filter) {
        numbers(buf, "BYMONTH", 1, 12, false);
        weekdays(buf, 0);
    }
    if (freq == 0 || freq == 2 || freq == 3) {
        times(buf);
    } else if (freq == 5 && pick(2)) {
        numbers(buf, "BYHOUR", 0, 23, false);
    }
}

/* Compared up to where ours was asked: the first that libical gives is the first of ours. */
static void compare(const char *rule, int year, int month, int day)
{
    char text[400], start[32];
    snprintf(start, sizeof start, "%04d-%02d-%02dT05:25", year, month, day);
    snprintf(text, sizeof text, "rrule %s lasts 1min from %s", rule, start);
    AUTO(duty_schedule) schedule = NULL;
    struct base_diag diag = {.text = ""};
    if (duty_schedule_in(text, &diag, &schedule)) {
        assert_non_null(strstr(diag.text, "the rule never fires")); /* MINUTELY on days that INTERVAL passes over */
        return;
    }
    struct icalrecurrencetype recur = icalrecurrencetype_from_string(rule);
    snprintf(start, sizeof start, "%04d%02d%02dT052500", year, month, day);
    struct icalrecur_iterator_impl *iterator = icalrecur_iterator_new(recur, icaltime_from_string(start));
    assert_non_null(iterator);
    for (int i = 0; i < OCCURRENCES; i++) {
        struct icaltimetype at = icalrecur_iterator_next(iterator);
        int64_t second =
            base_time_days(at.year, at.month, at.day) * 86400 + at.hour * 3600 + at.minute * 60 + at.second;
        static int64_t before;
        int64_t from = i ? before + 1 : 0;
        struct duty_span *spans = NULL;
        size_t count = 0;
        before = second;
        if (at.year > 2150) {
            break;
        }
        assert_int_equal(
            duty_schedule_windows(schedule, NULL, NULL, from * 1000000, second * 1000000 + 1, NULL, &spans, &count),
            BASE_OK);
        if (count != 1 || spans[0].from_us != second * 1000000) {
            char ours[BASE_TIME_TEXT] = "none", theirs[BASE_TIME_TEXT];
            fail_msg("%s: %d. is %s, libical says %s", text, i + 1,
                     count ? base_time_out(spans[0].from_us, ours) : ours, base_time_out(second * 1000000, theirs));
        }
        free(spans);
    }
    icalrecur_iterator_free(iterator);
}

static void libical_says_the_same(void **state)
{
    (void)state;
    for (int i = 0; i < RULES; i++) {
        AUTO_VALUE(base_buf) buf;
        base_buf_init(&buf, 300);
        make_rule(&buf);
        compare(base_buf_cstr(&buf), 2015 + pick(20), 1 + pick(12), 1 + pick(28));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(libical_says_the_same),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
