/* duty/schedule.c: one way to write each schedule, days that count, ranges cut anywhere, the limit, and how fast. */
#include "schedule_kit.h"

#define DAY INT64_C(86400000000)

static const char *const schedules[] = {
    "every 2h, 22:00-06:00 1h",
    "every 7h",
    "every 1d",
    "every 22:00-06:00 25min",
    "every 3h, 02:30-04:30 45min, 12:00-13:00 1h",
    "rrule FREQ=DAILY;BYHOUR=2,3;BYMINUTE=0,15,30,45 lasts 15min from 2010-01-01",
    "rrule FREQ=HOURLY lasts 1h from 2010-01-01",
    "rrule FREQ=DAILY lasts 1d from 2010-01-01",
    "rrule FREQ=WEEKLY;INTERVAL=2;BYDAY=SA,SU;BYHOUR=23 lasts 20h from 2010-01-01",
    "rrule FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=1,-1 lasts 4h from 2010-01-01T06:00",
    "rrule FREQ=MINUTELY;INTERVAL=90;BYDAY=FR lasts 90min from 2010-01-01",
};
static const char *const zones[] = {"Asia/Shanghai",       "America/New_York",  "Europe/Berlin",
                                    "Australia/Lord_Howe", "America/Sao_Paulo", "Pacific/Apia"};

static size_t windows(const struct duty_schedule *schedule, const struct sensors_zone *zone,
                      const struct duty_calendar *calendar, int64_t from, int64_t to, struct duty_span **ret_spans)
{
    size_t count = 0;
    struct base_diag diag = {.text = ""};
    if (duty_schedule_windows(schedule, zone, calendar, from, to, &diag, ret_spans, &count)) {
        fail_msg("%s", diag.text);
    }
    return count;
}

/* Numerical Recipes' generator: the same on every run. */
static uint64_t next_random(uint64_t *seed)
{
    *seed = *seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return *seed >> 33;
}

/* In pieces of up to two days, many of them minutes. */
static void check_pieces(const struct duty_schedule *schedule, const struct sensors_zone *zone,
                         const struct duty_calendar *calendar, int64_t from, int64_t to, uint64_t *seed)
{
    struct duty_span *whole = NULL, *piece = NULL;
    size_t count = windows(schedule, zone, calendar, from, to, &whole), at = 0;
    for (int64_t begin = from; begin < to;) {
        int64_t length = (int64_t)(next_random(seed) % 172800) >> next_random(seed) % 8;
        int64_t end = begin + (length + 1) * 1000000;
        if (next_random(seed) % 4 == 0 && at < count && whole[at].from_us > begin) {
            end = whole[at].from_us; /* exactly at an edge */
        }
        end = end < to ? end : to;
        size_t got = windows(schedule, zone, calendar, begin, end, &piece);
        for (size_t i = 0; i < got; i++, at++) {
            assert_true(at < count);
            assert_int_equal(piece[i].from_us, whole[at].from_us);
            assert_int_equal(piece[i].to_us, whole[at].to_us);
            assert_true(piece[i].to_us - piece[i].from_us >= 60000000);
            assert_true(at == 0 || whole[at].from_us >= whole[at - 1].to_us);
        }
        free(piece);
        piece = NULL;
        begin = end;
    }
    assert_int_equal(at, count);
    free(whole);
}

static void any_cut_gives_the_same_windows(void **state)
{
    (void)state;
    static const struct duty_calendar_day list[] = {{15062, true}, {15063, false}, {20540, false}};
    const struct duty_calendar calendar = {DUTY_DAYS_WORK, list, BASE_COUNT(list)};
    static const char *const begins[] = {"2011-12-24T00:00", "2017-10-08T00:00", "2018-02-10T00:00", "2026-03-01T00:00",
                                         "2026-10-01T00:00"};
    uint64_t seed = 7;
    for (size_t i = 0; i < BASE_COUNT(schedules) * BASE_COUNT(zones); i++) {
        AUTO(duty_schedule) schedule = kit_schedule(schedules[i / BASE_COUNT(zones)]);
        AUTO(sensors_zone) zone = kit_zone(zones[i % BASE_COUNT(zones)]);
        for (size_t k = 0; k < BASE_COUNT(begins); k++) {
            int64_t from = kit_time(begins[k]) + (int64_t)(next_random(&seed) % 86400) * 1000000;
            check_pieces(schedule, zone, k % 2 ? &calendar : NULL, from, from + 36 * DAY, &seed);
        }
    }
}

static void days_count_by_the_calendar(void **state)
{
    (void)state;
    AUTO_VALUE(base_buf) buf;
    base_buf_init(&buf, 4096);
    /* 2026-10-01 (Thursday) is a holiday, Saturday 2026-10-03 is worked */
    const struct duty_calendar_day list[] = {{20727, false}, {20729, true}};
    struct duty_calendar calendar = {DUTY_DAYS_WORK, list, BASE_COUNT(list)};
    assert_int_equal(base_time_days(2026, 10, 1), 20727);
    assert_string_equal(
        kit_windows("every 1d", "Asia/Shanghai", &calendar, "2026-09-30T00:00", "2026-10-06T00:00", &buf),
        "2026-09-30T00:00 1440m, 2026-10-02T00:00 1440m, 2026-10-03T00:00 1440m, 2026-10-05T00:00 1440m");
    calendar.days = DUTY_DAYS_REST;
    assert_string_equal(
        kit_windows("every 1d", "Asia/Shanghai", &calendar, "2026-09-30T00:00", "2026-10-06T00:00", &buf),
        "2026-10-01T00:00 1440m, 2026-10-04T00:00 1440m");
    /* by the local day on which it begins: the night from Wednesday to the holiday is cut at midnight */
    calendar.days = DUTY_DAYS_WORK;
    assert_string_equal(
        kit_windows("every 22:00-02:00 2h", "Asia/Shanghai", &calendar, "2026-09-30T12:00", "2026-10-02T12:00", &buf),
        "2026-09-30T22:00 120m, 2026-10-02T00:00 120m");
    assert_string_equal(kit_windows("rrule FREQ=DAILY;BYHOUR=23 lasts 4h", "America/New_York", &calendar,
                                    "2026-09-30T00:00", "2026-10-04T12:00", &buf),
                        "2026-09-30T23:00 240m, 2026-10-02T23:00 240m, 2026-10-03T23:00 240m");
    calendar.days = DUTY_DAYS_ALL;
    assert_string_equal(kit_windows("every 1d", NULL, &calendar, "2026-10-01T00:00", "2026-10-02T00:00", &buf),
                        "2026-10-01T00:00 1440m");
    calendar = (struct duty_calendar){DUTY_DAYS_REST, NULL, 0};
    assert_string_equal(kit_windows("every 1d", NULL, &calendar, "2026-10-01T00:00", "2026-10-05T00:00", &buf),
                        "2026-10-03T00:00 1440m, 2026-10-04T00:00 1440m");
}

static void there_is_a_limit(void **state)
{
    (void)state;
    static const char *const texts[] = {"every 1min", "rrule FREQ=MINUTELY lasts 1min"};
    for (size_t i = 0; i < BASE_COUNT(texts); i++) {
        AUTO(duty_schedule) schedule = kit_schedule(texts[i]);
        struct duty_span *spans = NULL;
        size_t count = 0;
        struct base_diag diag = {.text = ""};
        int64_t from = kit_time("2026-01-01T00:00"), minute = 60000000;
        assert_int_equal(windows(schedule, NULL, NULL, from, from + DUTY_WINDOWS_MAX * minute, &spans),
                         DUTY_WINDOWS_MAX);
        free(spans);
        spans = NULL;
        assert_int_equal(duty_schedule_windows(schedule, NULL, NULL, from, from + DUTY_WINDOWS_MAX * minute + 1, &diag,
                                               &spans, &count),
                         BASE_LIMIT);
        assert_null(spans);
        assert_non_null(strstr(diag.text, "more than 100000 windows between 2026-01-01T00:00:00Z and"));
        assert_int_equal(duty_schedule_windows(schedule, NULL, NULL, INT64_MIN, INT64_MAX, &diag, &spans, &count),
                         BASE_LIMIT);
        assert_int_equal(windows(schedule, NULL, NULL, INT64_MAX, INT64_MIN, &spans), 0);
        assert_int_equal(windows(schedule, NULL, NULL, kit_time("2200-01-01T00:00"), INT64_MAX, &spans), 0);
    }
}

static void there_is_one_way_to_write_each(void **state)
{
    (void)state;
    static const struct {
        const char *text, *one;
    } wants[] = {
        {"every 120min", "every 2h"},
        {"  every\tPT2H ", "every 2h"},
        {"every 24h", "every 1d"},
        {"every P1D", "every 1d"},
        {"every 1h30m", "every 90min"},
        {"every PT1H30M30S", "every 5430s"},
        {"every 00:00-24:00 60m", "every 1h"},
        {"every 2h, 00:00-24:00 1h", "every 1h"},
        {"every 2h,22:00-06:00  3600s", "every 2h, 22:00-06:00 1h"},
        {"every 2h, 22:00-23:00 1h, 06:00-08:00 30m", "every 2h, 06:00-08:00 30min, 22:00-23:00 1h"},
        {"every 2h, 06:00-22:00 2h, 22:00-06:00 1h", "every 06:00-22:00 2h, 22:00-06:00 1h"},
        {"every 18:00-00:00 1h", "every 18:00-24:00 1h"},
        {"rrule FREQ=DAILY lasts 4h", "rrule FREQ=DAILY lasts 4h from 2020-01-01"},
        {"rrule RRULE:freq=daily;byhour=0;byminute=0; lasts PT240M from 2020-01-01T00:00",
         "rrule FREQ=DAILY lasts 4h from 2020-01-01"},
        {"rrule INTERVAL=1;BYDAY=TH,MO;BYHOUR=06;FREQ=WEEKLY;WKST=MO lasts 4h from 2026-01-01",
         "rrule FREQ=WEEKLY;BYDAY=MO,TH;BYHOUR=6 lasts 4h from 2026-01-01"},
        {"rrule FREQ=WEEKLY lasts 1w", "rrule FREQ=WEEKLY;BYDAY=WE lasts 7d from 2020-01-01"},
        {"rrule FREQ=YEARLY lasts 1d from 2024-02-29T06:30",
         "rrule FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29 lasts 1d from 2024-02-29T06:30"},
        {"rrule FREQ=MONTHLY;BYDAY=-1FR,+2TU,MO;BYSETPOS=-1,1;INTERVAL=2;WKST=SU;COUNT=5 lasts 1d",
         "rrule FREQ=MONTHLY;INTERVAL=2;BYDAY=MO,2TU,-1FR;BYSETPOS=1,-1;WKST=SU;COUNT=5 lasts 1d from 2020-01-01"},
        {"rrule FREQ=YEARLY;BYWEEKNO=-1,20;UNTIL=20301231 lasts 1d",
         "rrule FREQ=YEARLY;BYWEEKNO=20,-1;BYDAY=WE;UNTIL=20301231 lasts 1d from 2020-01-01"},
        {"rrule FREQ=DAILY;UNTIL=20301231T235959Z lasts 1d",
         "rrule FREQ=DAILY;UNTIL=20301231T235959Z lasts 1d from 2020-01-01"},
        {"rrule FREQ=DAILY;UNTIL=20301231T060000 lasts 1d",
         "rrule FREQ=DAILY;UNTIL=20301231T060000 lasts 1d from 2020-01-01"},
    };
    for (size_t i = 0; i < BASE_COUNT(wants); i++) {
        AUTO_VALUE(base_buf) buf;
        base_buf_init(&buf, 4096);
        AUTO(duty_schedule) schedule = kit_schedule(wants[i].text);
        duty_schedule_out(schedule, &buf);
        assert_string_equal(base_buf_cstr(&buf), wants[i].one);
        AUTO(duty_schedule) again = kit_schedule(wants[i].one);
        base_buf_reset(&buf);
        duty_schedule_out(again, &buf);
        assert_string_equal(base_buf_cstr(&buf), wants[i].one);
        struct duty_span *a = NULL, *b = NULL;
        int64_t from = kit_time("2026-01-01T00:00");
        size_t count = windows(schedule, NULL, NULL, from, from + 400 * DAY, &a);
        assert_int_equal(windows(again, NULL, NULL, from, from + 400 * DAY, &b), count);
        assert_true(count == 0 || memcmp(a, b, count * sizeof *a) == 0);
        free(a);
        free(b);
    }
}

static void refuses_what_is_no_schedule(void **state)
{
    (void)state;
    char longer[1200];
    memset(longer, ' ', sizeof longer - 1);
    longer[sizeof longer - 1] = '\0';
    memcpy(longer, "every 2h", 8);
    const struct kit_wrong wrong[] = {
        {NULL, "begins with neither every nor rrule"},
        {"", "begins with neither every nor rrule"},
        {"2h", "schedule \"2h\": begins with neither"},
        {"Every 2h", "begins with neither every nor rrule"},
        {longer, "1199 characters; at most 1000 are read"},
        {"every 1h1h", "no interval"},
        {"every 1min1h", "no interval"},
        {"every P", "no interval"},
        {"every PT", "no interval"},
        {"every P2H", "no interval"},
        {"every PT2D", "no interval"},
        {"every -2h", "no interval"},
        {"every 1.5h", "no interval"},
        {"every 99999999999h", "no interval"},
    };
    kit_refuse(wrong, BASE_COUNT(wrong));
}

/* The best of some runs, so that a busy machine does not matter. */
static int64_t best_us(const char *text, const char *zone_name, const char *begin, int days)
{
    AUTO(duty_schedule) schedule = kit_schedule(text);
    AUTO(sensors_zone) zone = kit_zone(zone_name);
    int64_t from = kit_time(begin), best = INT64_MAX;
    for (int i = 0; i < 50; i++) {
        struct duty_span *spans = NULL;
        int64_t before = base_clock_mono_us();
        size_t count = windows(schedule, zone, NULL, from, from + days * DAY, &spans);
        int64_t took = base_clock_mono_us() - before;
        assert_true(count > 0);
        free(spans);
        best = took < best ? took : best;
    }
    print_message("%s, %d days: %lld us\n", text, days, (long long)best);
    return best;
}

static void it_takes_microseconds(void **state)
{
    (void)state;
    assert_in_range(best_us("every 2h, 22:00-06:00 1h", "Europe/Berlin", "2026-03-01T00:00", 31), 0, 999);
    assert_in_range(
        best_us("rrule FREQ=DAILY;BYHOUR=6 lasts 4h from 1971-01-01", "Europe/Berlin", "2026-03-01T00:00", 1), 0, 99);
    assert_in_range(best_us("rrule FREQ=DAILY;BYHOUR=6;COUNT=50000 lasts 4h from 1971-01-01", "Europe/Berlin",
                            "2026-03-01T00:00", 1),
                    0, 99);
    assert_in_range(
        best_us("rrule FREQ=MONTHLY;BYDAY=1MO;BYSETPOS=1 lasts 4h", "Europe/Berlin", "2026-03-01T00:00", 31), 0, 199);
    assert_in_range(best_us("rrule FREQ=YEARLY;BYWEEKNO=10;BYDAY=MO lasts 4h", "Europe/Berlin", "2026-03-01T00:00", 31),
                    0, 999);
    assert_in_range(best_us("rrule FREQ=MINUTELY;INTERVAL=5 lasts 5min", "Europe/Berlin", "2026-03-01T00:00", 1), 0,
                    999);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(any_cut_gives_the_same_windows),
        cmocka_unit_test(days_count_by_the_calendar),
        cmocka_unit_test(there_is_a_limit),
        cmocka_unit_test(there_is_one_way_to_write_each),
        cmocka_unit_test(refuses_what_is_no_schedule),
        cmocka_unit_test(it_takes_microseconds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
