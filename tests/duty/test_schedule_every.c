/* duty/schedule_every.c: bands, rests, and days on which the clock is changed. */
#include "schedule_kit.h"

static void bands_cut_the_day(void **state)
{
    (void)state;
    static const struct kit_want wants[] = {
        {"every 6h", NULL, "2026-03-02T00:00", "2026-03-03T00:00",
         "2026-03-02T00:00 360m, 2026-03-02T06:00 360m, 2026-03-02T12:00 360m, 2026-03-02T18:00 360m"},
        /* a rest that is shorter than the interval belongs to the window before it */
        {"every 7h", NULL, "2026-03-02T00:00", "2026-03-03T00:00",
         "2026-03-02T00:00 420m, 2026-03-02T07:00 420m, 2026-03-02T14:00 600m"},
        {"every 1d", "Asia/Shanghai", "2026-03-02T00:00", "2026-03-04T00:00",
         "2026-03-02T00:00 1440m, 2026-03-03T00:00 1440m"},
        /* over midnight, and the base from where the band ends */
        {"every 8h, 22:00-06:00 4h", NULL, "2026-03-02T00:00", "2026-03-03T12:00",
         "2026-03-02T02:00 240m, 2026-03-02T06:00 480m, 2026-03-02T14:00 480m, 2026-03-02T22:00 240m, "
         "2026-03-03T02:00 240m, 2026-03-03T06:00 480m"},
        /* what lies outside goes over midnight, too: 17:00 to 09:00 is one stretch of 16 h */
        {"every 8h, 09:00-17:00 4h", NULL, "2026-03-02T09:00", "2026-03-03T09:00",
         "2026-03-02T09:00 240m, 2026-03-02T13:00 240m, 2026-03-02T17:00 480m, 2026-03-03T01:00 480m"},
        {"every 07:30-09:00 30min, 16:00-17:00 1h", NULL, "2026-03-02T00:00", "2026-03-03T00:00",
         "2026-03-02T07:30 30m, 2026-03-02T08:00 30m, 2026-03-02T08:30 30m, 2026-03-02T16:00 60m"},
        /* bands that touch */
        {"every 18:00-24:00 6h, 00:00-02:00 2h", NULL, "2026-03-02T00:00", "2026-03-03T00:00",
         "2026-03-02T00:00 120m, 2026-03-02T18:00 360m"},
        /* leap day */
        {"every 12h", NULL, "2028-02-29T00:00", "2028-03-01T12:00",
         "2028-02-29T00:00 720m, 2028-02-29T12:00 720m, 2028-03-01T00:00 720m"},
        /* by their beginning: [from, to) */
        {"every 6h", NULL, "2026-03-02T06:00", "2026-03-02T18:00", "2026-03-02T06:00 360m, 2026-03-02T12:00 360m"},
        {"every 6h", NULL, "2026-03-02T06:01", "2026-03-02T18:01", "2026-03-02T12:00 360m, 2026-03-02T18:00 360m"},
        {"every 6h", NULL, "2026-03-02T06:00", "2026-03-02T06:00", ""},
        {"every 6h", NULL, "2026-03-02T06:00", "2026-03-01T06:00", ""},
    };
    kit_check(wants, BASE_COUNT(wants));
}

static void clocks_make_stretches_shorter_and_longer(void **state)
{
    (void)state;
    static const struct kit_want wants[] = {
        /* New York 2026-03-08: 02:00 EST -> 03:00 EDT; a night of 7 h */
        {"every 22:00-06:00 2h", "=America/New_York", "2026-03-07T12:00", "2026-03-08T12:00",
         "2026-03-08T03:00 120m, 2026-03-08T05:00 120m, 2026-03-08T07:00 180m"},
        /* 2026-11-01: 02:00 EDT -> 01:00 EST; 9 h: the rest of 1 h is joined */
        {"every 22:00-06:00 2h", "=America/New_York", "2026-10-31T12:00", "2026-11-01T12:00",
         "2026-11-01T02:00 120m, 2026-11-01T04:00 120m, 2026-11-01T06:00 120m, 2026-11-01T08:00 180m"},
        /* Berlin 2026-03-29 and 2026-10-25: days of 23 and 25 h */
        {"every 1d", "=Europe/Berlin", "2026-03-29T00:00", "2026-03-30T00:00", "2026-03-28T23:00 1380m"},
        {"every 1d", "=Europe/Berlin", "2026-10-25T00:00", "2026-10-26T00:00", "2026-10-24T22:00 1500m"},
        /* an edge in the hour that is missing: 02:30 is read with the offset before, which is 03:30 */
        {"every 2h, 02:30-04:30 1h", "Europe/Berlin", "2026-03-29T00:30", "2026-03-29T06:00",
         "2026-03-29T00:30 120m, 2026-03-29T03:30 60m, 2026-03-29T04:30 120m"},
        /* 02:45 is 03:45 and so after 03:15: nothing is left of the band, and what follows begins at 03:45; the
         * stretch before is 23.5 h long, and its rest joined */
        {"every 2h, 02:45-03:15 30min", "Europe/Berlin", "2026-03-28T23:15", "2026-03-29T06:00",
         "2026-03-28T23:15 210m, 2026-03-29T03:45 120m, 2026-03-29T05:45 120m"},
        /* a band within the missing hour is empty on that day */
        {"every 02:00-03:00 1h", "Europe/Berlin", "2026-03-28T00:00", "2026-03-31T00:00",
         "2026-03-28T02:00 60m, 2026-03-30T02:00 60m"},
        /* an edge that comes twice is the first: the band holds the second hour as well */
        {"every 02:00-03:00 1h", "=Europe/Berlin", "2026-10-25T00:00", "2026-10-26T00:00",
         "2026-10-25T00:00 60m, 2026-10-25T01:00 60m"},
        /* Lord Howe 2026-04-05: 02:00 -> 01:30; 2026-10-04: 02:00 -> 02:30 */
        {"every 00:00-04:00 1h", "=Australia/Lord_Howe", "2026-04-05T00:00", "2026-04-06T00:00",
         "2026-04-04T13:00 60m, 2026-04-04T14:00 60m, 2026-04-04T15:00 60m, 2026-04-04T16:00 90m"},
        {"every 00:00-04:00 1h", "=Australia/Lord_Howe", "2026-10-04T00:00", "2026-10-05T00:00",
         "2026-10-03T13:30 60m, 2026-10-03T14:30 60m, 2026-10-03T15:30 90m"},
        /* Sao Paulo 2017-10-15 has no midnight: 00:00 -> 01:00. The day before ends there, 24 h after it began. */
        {"every 12h", "=America/Sao_Paulo", "2017-10-14T00:00", "2017-10-16T00:00",
         "2017-10-14T03:00 720m, 2017-10-14T15:00 720m, 2017-10-15T03:00 1380m"},
        /* 2018-02-18 00:00 -> 2018-02-17 23:00: midnight comes once, 23:00 twice */
        {"every 12h", "=America/Sao_Paulo", "2018-02-17T00:00", "2018-02-18T12:00",
         "2018-02-17T02:00 720m, 2018-02-17T14:00 780m, 2018-02-18T03:00 720m"},
        /* Samoa left out 2011-12-30: no window begins on it */
        {"every 12h", "=Pacific/Apia", "2011-12-29T00:00", "2011-12-31T12:00",
         "2011-12-29T10:00 720m, 2011-12-29T22:00 720m, 2011-12-30T10:00 720m"},
    };
    kit_check(wants, BASE_COUNT(wants));
}

static void without_changes_of_the_clock_every_day_is_the_same(void **state)
{
    (void)state;
    AUTO(sensors_zone) zone = kit_zone("Asia/Shanghai");
    AUTO(duty_schedule) schedule = kit_schedule("every 2h, 22:00-06:00 1h");
    struct duty_span *spans = NULL;
    size_t count = 0;
    int64_t from = kit_time("2026-01-01T00:00"), day = INT64_C(86400000000);
    assert_int_equal(duty_schedule_windows(schedule, zone, NULL, from, from + 365 * day, NULL, &spans, &count),
                     BASE_OK);
    assert_int_equal(count, 365 * 16);
    for (size_t i = 16; i < count; i++) {
        assert_int_equal(spans[i].from_us, spans[i - 16].from_us + day);
        assert_int_equal(spans[i].to_us, spans[i - 16].to_us + day);
        assert_int_equal(spans[i].from_us, spans[i - 1].to_us);
    }
    free(spans);
}

static void tells_the_interval_in_force(void **state)
{
    (void)state;
    static const struct {
        const char *schedule, *zone, *at; /* UTC */
        int64_t minutes;
    } wants[] = {
        {"every 2h", NULL, "2026-03-02T11:00", 120},
        {"every 2h, 22:00-06:00 1h", "Asia/Shanghai", "2026-03-02T13:59", 120},
        {"every 2h, 22:00-06:00 1h", "Asia/Shanghai", "2026-03-02T14:00", 60},
        {"every 2h, 22:00-06:00 1h", "Asia/Shanghai", "2026-03-02T21:59", 60},
        {"every 2h, 22:00-06:00 1h", "Asia/Shanghai", "2026-03-02T22:00", 120},
        {"every 22:00-06:00 1h", "Asia/Shanghai", "2026-03-02T13:59", 0},
        {"every 02:00-03:00 1h", "Europe/Berlin", "2026-03-29T01:30", 0},
        {"rrule FREQ=DAILY lasts 1h", NULL, "2026-03-02T00:00", 0},
    };
    for (size_t i = 0; i < BASE_COUNT(wants); i++) {
        AUTO(duty_schedule) schedule = kit_schedule(wants[i].schedule);
        AUTO(sensors_zone) zone = kit_zone(wants[i].zone);
        assert_int_equal(duty_schedule_every(schedule, zone, kit_time(wants[i].at)), wants[i].minutes * 60000000);
    }
    AUTO(duty_schedule) schedule = kit_schedule("every 2h");
    assert_int_equal(duty_schedule_every(schedule, NULL, INT64_MIN), 0);
    assert_int_equal(duty_schedule_every(schedule, NULL, INT64_MAX), 0);
}

static void refuses_what_cannot_be(void **state)
{
    (void)state;
    static const struct kit_wrong wrong[] = {
        {"every", "an interval is missing after every"},
        {"every 2", "\"2\" is no interval"},
        {"every 2h,", "nothing comes after the last comma"},
        {"every 2h, , 22:00-06:00 1h", "an interval is missing after a comma"},
        {"every 0h", "no interval"},
        {"every 59s", "no window is shorter than a minute"},
        {"every 2d", "longer than a day"},
        {"every 2h, 1h", "after a comma comes a band and its interval"},
        {"every 2h 22:00-06:00 1h", "comes a comma, not \"1h\""},
        {"every 2h 22:00-06:00", "\"2h\" is no band of hours"},
        {"every 2h, 22:00-06:00 1h 3h", "comes a comma, not \"3h\""},
        {"every 2h, 22:00-25:00 1h", "\"22:00-25:00\" is no band of hours"},
        {"every 2h, 24:00-06:00 1h", "\"24:00-06:00\" is no band of hours"},
        {"every 2h, 22:00-22:00 1h", "is empty; the whole day is 00:00-24:00"},
        {"every 2h, 22:00-06:00 1h, 05:00-07:00 1h", "the bands from 22:00 and from 05:00 overlap"},
        {"every 2h, 08:00-12:00 1h, 11:00-13:00 1h", "the bands from 08:00 and from 11:00 overlap"},
        {"every 2h, 08:00-12:00 1h, 08:00-12:00 1h", "overlap"},
        {"every 2h, 22:00-23:00 2h", "the band 22:00-23:00 is shorter than its interval 2h"},
        {"every 4h, 08:00-10:00 1h, 12:00-14:00 1h", "outside the bands 10:00-12:00 is shorter than its interval 4h"},
    };
    kit_refuse(wrong, BASE_COUNT(wrong));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bands_cut_the_day),
        cmocka_unit_test(clocks_make_stretches_shorter_and_longer),
        cmocka_unit_test(without_changes_of_the_clock_every_day_is_the_same),
        cmocka_unit_test(tells_the_interval_in_force),
        cmocka_unit_test(refuses_what_cannot_be),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
