/* Measures of verdicts, worked by hand: duty_rate, campaign_change. */
#include "fixture/formula_kit.h"

#define RATE                                                                                                    \
    "organisation_id, value, numerator, denominator, unit, value_waived, denominator_waived, missed, unknown, " \
    "waived, undecided"

/* One window each hour from midnight: 3 met, 1 missed, 2 unknown, 4 waived, 1 undecided. 3 / (3 + 1) = 0.75; with those
 * waived (3 + 4) / (3 + 1 + 4) = 0.875. The window at 24:00 is the next day's. Only unknown: no rate. */
static void a_rate_is_printed_with_and_without_waivers(void **state)
{
    static const char *const verdicts[] = {"met",    "met",    "met",    "missed", "unknown", "unknown",
                                           "waived", "waived", "waived", "waived", ""};
    char from[64], to[64];
    (void)state;
    kit_sql("insert into campaign (id, code, name, t_from, t_to) values (5, 'c', 'c', '2026-03-01', '2026-03-02')");
    kit_duty(1, 1, "building", "pass", NULL);
    kit_duty(1, 2, "building", "pass", "campaign_id = 5");
    for (size_t i = 0; i < BASE_COUNT(verdicts); i++) {
        snprintf(from, sizeof from, "2026-03-01 %02zu:00Z", i);
        snprintf(to, sizeof to, "2026-03-01 %02zu:00Z", i + 1);
        kit_window(1, 1, "building", 1, from, to, verdicts[i]);
    }
    kit_window(1, 1, "building", 1, "2026-03-02 00:00Z", "2026-03-02 01:00Z", "missed");
    kit_window(1, 2, "building", 1, "2026-03-02 00:00Z", "2026-03-02 01:00Z", "unknown");
    assert_string_equal(
        kit_ask("formula_duty_rate", "estate_id, " RATE, "{1,2}", "2026-03-01", "2026-03-02", KIT_NULL, NULL),
        "1 7 0.75 3 4 1 0.875 8 1 2 4 1; 2 - - 0 0 1 - 0 0 0 0 0");
    assert_string_equal(kit_ask("formula_duty_rate", RATE, "{1}", "2026-03-02", "2026-03-03", "5", NULL),
                        "7 - 0 0 1 - 0 0 1 0 0");
    assert_string_equal(kit_ask("formula_duty_rate", RATE, "{1}", "2026-03-02", "2026-03-03", KIT_NULL, NULL),
                        "7 0 0 1 1 0 1 1 1 0 0");
}

/* A campaign of two days, March 3 and 4, with a duty of its own at building 1. At its places, whatever the duty:
 *   before, March 1-2: 1 met, 3 missed = 0.25      during: 2 met, 2 missed = 0.5 (one of them by the campaign's own
 * duty) after, March 5-6: 3 met, 1 missed, 1 unknown = 0.75; change 0.5. Building 2 is none of its places. */
static void a_campaign_changes_a_rate(void **state)
{
    static const struct {
        const char *day, *verdict;
        int duty, place;
    } rows[] = {{"01", "met", 1, 1},     {"01", "missed", 3, 1}, {"02", "missed", 1, 1}, {"02", "missed", 3, 1},
                {"03", "met", 1, 1},     {"03", "missed", 3, 1}, {"04", "missed", 1, 1}, {"04", "met", 2, 1},
                {"05", "met", 1, 1},     {"05", "met", 3, 1},    {"06", "met", 1, 1},    {"06", "missed", 3, 1},
                {"06", "unknown", 4, 1}, {"06", "missed", 1, 2}, {"07", "missed", 1, 1}};
    char from[64], to[64];
    (void)state;
    kit_sql("insert into campaign (id, code, name, t_from, t_to) values (5, 'c', 'c', '2026-03-03', '2026-03-05'),"
            " (6, 'd', 'd', '2026-03-03', '2026-03-05')");
    for (int id = 1; id <= 4; id++) {
        kit_duty(1, id, "building", "pass", id == 2 ? "campaign_id = 5" : NULL);
    }
    for (size_t i = 0; i < BASE_COUNT(rows); i++) {
        snprintf(from, sizeof from, "2026-03-%s 10:00Z", rows[i].day);
        snprintf(to, sizeof to, "2026-03-%s 12:00Z", rows[i].day);
        kit_window(1, rows[i].duty, "building", rows[i].place, from, to, rows[i].verdict);
    }
    assert_string_equal(kit_ask("formula_campaign_change",
                                "phase, complete, places, value, numerator, denominator, unit, change, missed, unknown",
                                "{1}", "5", "2026-03-06 12:00Z", NULL),
                        "before t 1 0.25 1 4 1 0 3 0; during t 1 0.5 2 4 1 0.25 2 0; after f 1 0.75 3 4 1 0.5 1 1");
    /* A campaign without duties has no places: no rates, and no change. There is no campaign 9. */
    assert_string_equal(
        kit_ask("formula_campaign_change", "phase, places, value, denominator, change", "{1}", "6", KIT_NULL, NULL),
        "before 0 - 0 -; during 0 - 0 -; after 0 - 0 -");
    assert_string_equal(kit_ask("formula_campaign_change", "phase", "{1}", "9", KIT_NULL, NULL), "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        kit_test(a_rate_is_printed_with_and_without_waivers),
        kit_test(a_campaign_changes_a_rate),
    };
    return cmocka_run_group_tests(tests, kit_open, kit_close);
}
