/* sensors/zone.c and time.c: bare local times, hours that come twice and hours that never were. */
#include "sensors/sensors.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static int64_t utc(const char *text)
{
    int64_t time = 0;
    assert_true(base_time_in(base_str_of(text), &time));
    return time;
}

static struct sensors_zone *zone(const char *name)
{
    struct base_diag diag = {.text = ""};
    struct sensors_zone *opened = NULL;
    if (sensors_zone_open(name, &diag, &opened)) {
        fail_msg("%s", diag.text);
    }
    return opened;
}

static void shanghai_is_eight_hours_ahead(void **state)
{
    (void)state;
    AUTO(sensors_zone) shanghai = zone("Asia/Shanghai");
    assert_int_equal(sensors_zone_to_utc(shanghai, utc("2026-11-21T08:00:00Z"), 0), utc("2026-11-21T00:00:00Z"));
    /* summer time of 1988 */
    assert_int_equal(sensors_zone_to_utc(shanghai, utc("1988-07-01T08:00:00Z"), 0), utc("1988-06-30T23:00:00Z"));
}

static void an_hour_that_comes_twice_takes_the_reading_nearest_receipt(void **state)
{
    (void)state;
    AUTO(sensors_zone) berlin = zone("Europe/Berlin"); /* 2025-10-26 03:00 CEST -> 02:00 CET */
    int64_t local = utc("2025-10-26T02:30:00Z");
    assert_int_equal(sensors_zone_to_utc(berlin, local, utc("2025-10-26T00:31:00Z")), utc("2025-10-26T00:30:00Z"));
    assert_int_equal(sensors_zone_to_utc(berlin, local, utc("2025-10-26T01:31:00Z")), utc("2025-10-26T01:30:00Z"));
}

static void an_hour_that_never_was_takes_the_offset_before(void **state)
{
    (void)state;
    AUTO(sensors_zone) berlin = zone("Europe/Berlin"); /* 2025-03-30 02:00 CET -> 03:00 CEST */
    assert_int_equal(sensors_zone_to_utc(berlin, utc("2025-03-30T02:30:00Z"), 0), utc("2025-03-30T01:30:00Z"));
    assert_int_equal(sensors_zone_to_utc(berlin, utc("2025-03-30T01:59:00Z"), 0), utc("2025-03-30T00:59:00Z"));
    assert_int_equal(sensors_zone_to_utc(berlin, utc("2025-03-30T03:01:00Z"), 0), utc("2025-03-30T01:01:00Z"));
}

static void local_times_come_back(void **state)
{
    (void)state;
    AUTO(sensors_zone) lord_howe = zone("Australia/Lord_Howe"); /* 2026-10-03T15:30Z: +10:30 -> +11 */
    assert_int_equal(sensors_zone_to_local(lord_howe, utc("2026-10-03T15:29:59Z")), utc("2026-10-04T01:59:59Z"));
    assert_int_equal(sensors_zone_to_local(lord_howe, utc("2026-10-03T15:30:00Z")), utc("2026-10-04T02:30:00Z"));
    assert_int_equal(sensors_zone_to_local(NULL, 42), 42);
    for (int64_t time = utc("2025-01-01T00:10:00Z"); time < utc("2027-01-01T00:00:00Z"); time += INT64_C(600000000)) {
        int64_t local = sensors_zone_to_local(lord_howe, time);
        assert_int_equal(sensors_zone_to_utc(lord_howe, local, time), time);
    }
}

static void names_lead_nowhere_else(void **state)
{
    (void)state;
    static const char *const names[] = {"", "/etc/passwd", "../../etc/passwd", "Mars/Olympus", "a b", "Asia"};
    struct base_diag diag = {.text = ""};
    for (size_t i = 0; i < BASE_COUNT(names); i++) {
        struct sensors_zone *opened = NULL;
        assert_int_not_equal(sensors_zone_open(names[i], &diag, &opened), BASE_OK);
        assert_null(opened);
    }
}

static void bare_times_use_the_zone(void **state)
{
    (void)state;
    AUTO(sensors_zone) shanghai = zone("Asia/Shanghai");
    int64_t time = 0;
    assert_true(sensors_time_text(base_str_of("2026-11-21 08:00:00"), shanghai, 0, &time));
    assert_int_equal(time, utc("2026-11-21T00:00:00Z"));
    assert_true(sensors_time_text(base_str_of("2026-11-21T08:00:00.250Z"), shanghai, 0, &time));
    assert_int_equal(time, utc("2026-11-21T08:00:00.25Z"));
    assert_false(sensors_time_text(base_str_of("yesterday"), shanghai, 0, &time));
    assert_false(sensors_time_text(base_str_of(""), shanghai, 0, &time));
}

static void people_write_days_and_times_of_their_clock(void **state)
{
    (void)state;
    AUTO(sensors_zone) shanghai = zone("Asia/Shanghai");
    AUTO(sensors_zone) berlin = zone("Europe/Berlin");
    static const char *const same[] = {"2026-01-31 08:05",          "2026-1-31 8:05",
                                       "2026/1/31 8:5:00",          "2026-01-31T08:05:00",
                                       "2026-01-31T08:05:00+08:00", " 2026-01-31T00:05:00Z "};
    static const char *const wrong[] = {"",
                                        "2026",
                                        "2026-02-30",
                                        "2026-01-31 8",
                                        "31.01.2026",
                                        "2026-01-31 25:00",
                                        "2026-01-31 08:05x",
                                        "20260131",
                                        "yesterday",
                                        "2026-01-31 08:05:00:00",
                                        "1.5",
                                        "26-01-31"};
    int64_t time = 0;
    for (size_t i = 0; i < BASE_COUNT(same); i++) {
        assert_true(sensors_time_local(base_str_of(same[i]), shanghai, &time));
        assert_int_equal(time, utc("2026-01-31T00:05:00Z"));
    }
    assert_true(sensors_time_local(base_str_of("2026-01-31"), shanghai, &time));
    assert_int_equal(time, utc("2026-01-30T16:00:00Z"));
    assert_true(sensors_time_local(base_str_of("2025-10-26 02:30"), berlin, &time)); /* twice: the first */
    assert_int_equal(time, utc("2025-10-26T00:30:00Z"));
    for (size_t i = 0; i < BASE_COUNT(wrong); i++) {
        assert_false(sensors_time_local(base_str_of(wrong[i]), shanghai, &time));
    }
}

static void scales_are_told_apart_by_size(void **state)
{
    (void)state;
    int64_t want = utc("2026-11-21T08:00:00Z"), time = 0;
    const double values[] = {1795248000.0, 1795248000e3, 1795248000e6, 1795248000e9};
    for (size_t i = 0; i < BASE_COUNT(values); i++) {
        assert_true(sensors_time_number(values[i], &time));
        assert_int_equal(time, want);
    }
    assert_false(sensors_time_number(1e300, &time));
    assert_false(sensors_time_number(0.0 / 0.0, &time));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(shanghai_is_eight_hours_ahead),
        cmocka_unit_test(an_hour_that_comes_twice_takes_the_reading_nearest_receipt),
        cmocka_unit_test(an_hour_that_never_was_takes_the_offset_before),
        cmocka_unit_test(local_times_come_back),
        cmocka_unit_test(names_lead_nowhere_else),
        cmocka_unit_test(bare_times_use_the_zone),
        cmocka_unit_test(people_write_days_and_times_of_their_clock),
        cmocka_unit_test(scales_are_told_apart_by_size),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
