/* Measures of visits, worked by hand: checkpoint_completion, punctuality, time_since_pass. */
#include "fixture/formula_kit.h"

static void checkpoints(int count)
{
    kit_format("insert into checkpoint (estate_id, id, dataset, key, geom, tag, valid_from)"
               " select 1, n, 'test', n, st_setsrid(st_makepoint(121.4 + n * 0.01, 31), 4326), 'T' || n, '2020-01-01'"
               " from generate_series(1, %d) n",
               count);
}

static void checkin(int tag, int subject, const char *at, double off_degrees)
{
    char values[256];
    snprintf(values, sizeof values, ", 'T%d', md5('%d')::uuid, 'guard', %.6f, 31, 10", tag, subject,
             121.4 + tag * 0.01 + off_degrees);
    kit_event(1, 99, "checkpoint", "pulse", at, ", native_id, subject, subject_type, lon, lat, acc_m", values);
}

#define COMPLETION "value, numerator, denominator, unit, late, early, duplicates, waived"

/* Six points, one window each, 10:00-11:00; the sixth is waived, so five are due.
 *   1  read at 10:00:00 (the first second is inside), again the same message and once more after 40 s: visited, 2
 * duplicates 2  read at 11:00:00, which is the next window's: late          3  read at 09:55: early 4  nobody 5  read
 * 95 m away with 10 m accuracy: 95 > 30 + 10, far 1 of 5 = 0.2. */
static void points_are_visited_late_early_or_twice(void **state)
{
    (void)state;
    checkpoints(6);
    kit_duty(1, 1, "checkpoint", "checkin", NULL);
    for (int i = 1; i <= 6; i++) {
        kit_window(1, 1, "checkpoint", i, "2026-03-01 10:00Z", "2026-03-01 11:00Z", i == 6 ? "waived" : "");
    }
    checkin(1, 1, "2026-03-01 10:00:00Z", 0);
    checkin(1, 1, "2026-03-01 10:00:00Z", 0);
    checkin(1, 1, "2026-03-01 10:00:40Z", 0);
    checkin(2, 1, "2026-03-01 11:00:00Z", 0);
    checkin(3, 1, "2026-03-01 09:55:00Z", 0);
    checkin(5, 1, "2026-03-01 10:30:00Z", 0.001);
    checkin(6, 1, "2026-03-01 10:40:00Z", 0);
    assert_string_equal(kit_ask("formula_checkpoint_completion", COMPLETION, "{1}", "2026-03-01 00:00Z",
                                "2026-03-02 00:00Z", KIT_NULL, "900", "600", "60", NULL),
                        "0.2 1 5 1 1 1 2 1");
    /* With 4 min for early ones the third is nothing; as of 10:30 nothing is due yet; estate 2 has no duties. */
    assert_string_equal(kit_ask("formula_checkpoint_completion", "early", "{1}", "2026-03-01 00:00Z",
                                "2026-03-02 00:00Z", KIT_NULL, "900", "240", "60", NULL),
                        "0");
    assert_string_equal(kit_ask("formula_checkpoint_completion", "estate_id, " COMPLETION, "{1,2}", "2026-03-01 00:00Z",
                                "2026-03-02 00:00Z", "2026-03-01 10:30Z", "900", "600", "60", NULL),
                        "1 - 0 0 1 0 0 0 0; 2 - 0 0 1 0 0 0 0");
}

/* By passes, window 12:00-13:00, radius 15 m: 1 was passed 11:50-12:00:00, whose last evidence is the window's first
 * second: visited; 2 from 13:00:00 on: late; 3's pass was taken back (version 2, void); 4 was passed at 16 m; 5 by a
 * cleaner, who is not asked; 6's reader heard a tag. 6 has a duty of its own, by check-in. 1 + 1 of 6. */
static void passes_and_readers_count(void **state)
{
    (void)state;
    checkpoints(6);
    kit_duty(1, 1, "checkpoint", "pass", NULL);
    kit_duty(1, 2, "checkpoint", "checkin", NULL);
    for (int i = 1; i <= 6; i++) {
        kit_window(1, i == 6 ? 2 : 1, "checkpoint", i, "2026-03-01 12:00Z", "2026-03-01 13:00Z", "");
    }
    kit_pass(1, "checkpoint", 1, 1, "guard", "2026-03-01 11:50Z", "2026-03-01 12:00:00Z", 3);
    kit_pass(1, "checkpoint", 2, 1, "guard", "2026-03-01 13:00:00Z", "2026-03-01 13:01Z", 3);
    kit_pass(1, "checkpoint", 3, 1, "guard", "2026-03-01 12:10Z", "2026-03-01 12:11Z", 3);
    kit_sql("insert into pass (estate_id, t_event, subject, place_kind, place_id, version, t_to, subject_type, "
            "nearest_m, fixes, void)"
            " select estate_id, t_event, subject, place_kind, place_id, 2, t_to, subject_type, nearest_m, fixes, true"
            " from pass where place_id = 3");
    kit_pass(1, "checkpoint", 4, 1, "guard", "2026-03-01 12:20Z", "2026-03-01 12:21Z", 16);
    kit_pass(1, "checkpoint", 5, 2, "cleaner", "2026-03-01 12:20Z", "2026-03-01 12:21Z", 2);
    kit_device(2, 9, "reader", "reader", "2020-01-01");
    kit_sql("update device set checkpoint_id = 6 where id = 9");
    kit_event(2, 9, "checkpoint", "pulse", "2026-03-01 12:59:59Z", ", native_id, subject, subject_type",
              ", 'x', md5('3')::uuid, 'tag'");
    assert_string_equal(kit_ask("formula_checkpoint_completion",
                                "round(value::numeric, 4), numerator, denominator, late, early", "{1}",
                                "2026-03-01 00:00Z", "2026-03-02 00:00Z", KIT_NULL, "900", "600", "60", NULL),
                        "0.3333 2 6 1 0");
}

/* Two visits are asked a window. 10:00-12:00: three are paid (the last ends in 12:00:00, where the next window begins):
 * 2 count. 12:00-14:00: that one again, by its last second, and none besides: 1. 14:00-16:00 is waived. 3 of 4 = 0.75.
 */
static void visits_are_punctual(void **state)
{
    (void)state;
    kit_building(1, 1, 0, 0, 10);
    kit_duty(1, 1, "building", "pass", "count = 2");
    kit_window(1, 1, "building", 1, "2026-03-01 10:00Z", "2026-03-01 12:00Z", "met");
    kit_window(1, 1, "building", 1, "2026-03-01 12:00Z", "2026-03-01 14:00Z", "missed");
    kit_window(1, 1, "building", 1, "2026-03-01 14:00Z", "2026-03-01 16:00Z", "waived");
    kit_pass(1, "building", 1, 1, "guard", "2026-03-01 10:00Z", "2026-03-01 10:01Z", 3);
    kit_pass(1, "building", 1, 2, "guard", "2026-03-01 11:00Z", "2026-03-01 11:01Z", 3);
    kit_pass(1, "building", 1, 1, "guard", "2026-03-01 11:59Z", "2026-03-01 12:00Z", 3);
    assert_string_equal(kit_ask("formula_punctuality",
                                "estate_id, place_kind, value, numerator, denominator, unit, windows, waived", "{1,2}",
                                "2026-03-01 00:00Z", "2026-03-02 00:00Z", KIT_NULL, "60", NULL),
                        "1 building 0.75 3 4 1 2 1; 2 - - 0 0 1 0 0");
}

#define SINCE "building_id, value, numerator, denominator, unit, max_s, at_least, passes, breaches, breach_s"

/* Four hours from midnight, 14,400 s. Building 1 was passed 23:00-23:10 before, 1:00-1:10, 1:05-1:20 by another, and at
 * 3:00. gap 23:10-1:00, of it 0:00-1:00: I grows from 3,000 to 6,600 s: (6600^2 - 3000^2) / 2 = 17,280,000 gap
 * 1:20-3:00: 6000^2 / 2 = 18,000,000                gap 3:00-4:00: 3600^2 / 2 = 6,480,000 sum 41,760,000; mean 2,900 s;
 * greatest 6,600 s. Two islands of passes in the period. Windows of 90 min from midnight: the first gap is 6,600 s at
 * 1:00, 1,200 s too long; the second 6,000 s, 600 s: 2 breaches. Building 2 was never passed; looked for a day back, I
 * goes from 86,400 to 100,800 at least: (100800^2 - 86400^2) / 2. */
static void time_since_a_pass_is_a_sawtooth(void **state)
{
    (void)state;
    kit_building(1, 1, 0, 0, 10);
    kit_building(1, 2, 100, 0, 10);
    kit_pass(1, "building", 1, 1, "guard", "2026-02-28 23:00Z", "2026-02-28 23:10Z", 3);
    kit_pass(1, "building", 1, 1, "guard", "2026-03-01 01:00Z", "2026-03-01 01:10Z", 3);
    kit_pass(1, "building", 1, 2, "guard", "2026-03-01 01:05Z", "2026-03-01 01:20Z", 3);
    kit_pass(1, "building", 1, 2, "guard", "2026-03-01 03:00Z", "2026-03-01 03:00Z", 3);
    kit_pass(1, "building", 1, 3, "guard", "2026-03-01 02:00Z", "2026-03-01 02:10Z", 20);  /* too far */
    kit_pass(1, "building", 1, 4, "cleaner", "2026-03-01 02:00Z", "2026-03-01 02:10Z", 3); /* not asked */
    kit_duty(1, 1, "building", "pass", NULL);
    kit_window(1, 1, "building", 1, "2026-03-01 00:00Z", "2026-03-01 01:30Z", "");
    kit_window(1, 1, "building", 1, "2026-03-01 01:30Z", "2026-03-01 03:00Z", "");
    kit_window(1, 1, "building", 1, "2026-03-01 03:00Z", "2026-03-01 04:30Z", "");
    assert_string_equal(kit_ask("formula_time_since_pass", SINCE, "{1}", "2026-03-01 00:00Z", "2026-03-01 04:00Z",
                                "{guard}", "15", "1 day", KIT_NULL, NULL),
                        "1 2900 41760000 14400 s 6600 f 2 2 1800; 2 93600 1347840000 14400 s 100800 t 0 0 0");
    /* A limit of 2 h in place of the windows: building 1 keeps it; building 2 breaks it all the time. */
    assert_string_equal(kit_ask("formula_time_since_pass", "building_id, breaches, breach_s", "{1}",
                                "2026-03-01 00:00Z", "2026-03-01 04:00Z", "{guard}", "15", "1 day", "7200", NULL),
                        "1 0 0; 2 1 14400");
}

/* A pass that goes on all the time: I is 0, and nothing is a gap. A building that stood for the last hour only: 3,600
 * s. */
static void no_gap_and_a_new_building(void **state)
{
    (void)state;
    kit_building(1, 1, 0, 0, 10);
    kit_building(1, 2, 100, 0, 10);
    kit_sql("update building set valid_from = '2026-03-01 03:00Z' where id = 2");
    kit_pass(1, "building", 1, 1, "guard", "2026-02-28 23:00Z", "2026-03-01 05:00Z", 3);
    kit_pass(1, "building", 2, 1, "guard", "2026-03-01 03:00Z", "2026-03-01 03:00Z", 3);
    assert_string_equal(kit_ask("formula_time_since_pass", SINCE, "{1}", "2026-03-01 00:00Z", "2026-03-01 04:00Z",
                                "{guard}", "15", "1 day", KIT_NULL, NULL),
                        "1 0 0 14400 s 0 f 1 0 0; 2 1800 6480000 3600 s 3600 f 1 0 0");
    assert_string_equal(kit_ask("formula_time_since_pass", SINCE, "{2}", "2026-03-01 00:00Z", "2026-03-01 04:00Z",
                                "{guard}", "15", "1 day", KIT_NULL, NULL),
                        "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        kit_test(points_are_visited_late_early_or_twice),
        kit_test(passes_and_readers_count),
        kit_test(visits_are_punctual),
        kit_test(time_since_a_pass_is_a_sawtooth),
        kit_test(no_gap_and_a_new_building),
    };
    return cmocka_run_group_tests(tests, kit_open, kit_close);
}
