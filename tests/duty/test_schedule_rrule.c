/* duty/schedule_rrule.c and schedule_rrule_in.c: the examples of RFC 5545, rules that never or always fire, and days on
 * which the clock is changed. */
#include "schedule_kit.h"

/* RFC 5545, 3.8.5.3, in its order; DTSTART is 1997-09-02T09:00 in New York unless it says otherwise. */
static const struct example {
    const char *rule, *start, *first; /* local times; those that follow within the same month need the day only */
} examples[] = {
    {"FREQ=DAILY;COUNT=10", NULL, "1997-09-02T09:00 03 04 05 06 07 08 09 10 11 end"},
    {"FREQ=DAILY;UNTIL=19970910T000000Z", NULL, "1997-09-02T09:00 03 04 05 06 07 08 09 end"},
    {"FREQ=DAILY;INTERVAL=2", NULL, "1997-09-02T09:00 04 06 08 10 12 14 16"},
    {"FREQ=DAILY;INTERVAL=10;COUNT=5", NULL, "1997-09-02T09:00 12 22 1997-10-02T09:00 12 end"},
    {"FREQ=YEARLY;UNTIL=19990131T140000Z;BYMONTH=1;BYDAY=SU,MO,TU,WE,TH,FR,SA", "1998-01-01T09:00",
     "1998-01-01T09:00 02 03 04 05 06 07 08 09 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30 31 "
     "1999-01-01T09:00 02 03 04 05 06 07 08 09 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30 31 end"},
    {"FREQ=DAILY;UNTIL=19980105T140000Z;BYMONTH=1", "1998-01-01T09:00", "1998-01-01T09:00 02 03 04 05 end"},
    {"FREQ=WEEKLY;COUNT=10", NULL, "1997-09-02T09:00 09 16 23 30 1997-10-07T09:00 14 21 28 1997-11-04T09:00 end"},
    {"FREQ=WEEKLY;UNTIL=19971224T000000Z", NULL,
     "1997-09-02T09:00 09 16 23 30 1997-10-07T09:00 14 21 28 1997-11-04T09:00 11 18 25 1997-12-02T09:00 09 16 23 end"},
    {"FREQ=WEEKLY;INTERVAL=2;WKST=SU", NULL,
     "1997-09-02T09:00 16 30 1997-10-14T09:00 28 1997-11-11T09:00 25 1997-12-09T09:00 23 1998-01-06T09:00 20"},
    {"FREQ=WEEKLY;UNTIL=19971007T000000Z;WKST=SU;BYDAY=TU,TH", NULL,
     "1997-09-02T09:00 04 09 11 16 18 23 25 30 1997-10-02T09:00 end"},
    {"FREQ=WEEKLY;COUNT=10;WKST=SU;BYDAY=TU,TH", NULL, "1997-09-02T09:00 04 09 11 16 18 23 25 30 1997-10-02T09:00 end"},
    {"FREQ=WEEKLY;INTERVAL=2;UNTIL=19971224T000000Z;WKST=SU;BYDAY=MO,WE,FR", "1997-09-01T09:00",
     "1997-09-01T09:00 03 05 15 17 19 29 1997-10-01T09:00 03 13 15 17 27 29 31 1997-11-10T09:00 12 14 24 26 28 "
     "1997-12-08T09:00 10 12 22 end"},
    {"FREQ=WEEKLY;INTERVAL=2;COUNT=8;WKST=SU;BYDAY=TU,TH", NULL,
     "1997-09-02T09:00 04 16 18 30 1997-10-02T09:00 14 16 end"},
    {"FREQ=MONTHLY;COUNT=10;BYDAY=1FR", "1997-09-05T09:00",
     "1997-09-05T09:00 1997-10-03T09:00 1997-11-07T09:00 1997-12-05T09:00 1998-01-02T09:00 1998-02-06T09:00 "
     "1998-03-06T09:00 1998-04-03T09:00 1998-05-01T09:00 1998-06-05T09:00 end"},
    {"FREQ=MONTHLY;UNTIL=19971224T000000Z;BYDAY=1FR", "1997-09-05T09:00",
     "1997-09-05T09:00 1997-10-03T09:00 1997-11-07T09:00 1997-12-05T09:00 end"},
    {"FREQ=MONTHLY;INTERVAL=2;COUNT=10;BYDAY=1SU,-1SU", "1997-09-07T09:00",
     "1997-09-07T09:00 28 1997-11-02T09:00 30 1998-01-04T09:00 25 1998-03-01T09:00 29 1998-05-03T09:00 31 end"},
    {"FREQ=MONTHLY;COUNT=6;BYDAY=-2MO", "1997-09-22T09:00",
     "1997-09-22T09:00 1997-10-20T09:00 1997-11-17T09:00 1997-12-22T09:00 1998-01-19T09:00 1998-02-16T09:00 end"},
    {"FREQ=MONTHLY;BYMONTHDAY=-3", "1997-09-28T09:00",
     "1997-09-28T09:00 1997-10-29T09:00 1997-11-28T09:00 1997-12-29T09:00 1998-01-29T09:00 1998-02-26T09:00"},
    {"FREQ=MONTHLY;COUNT=10;BYMONTHDAY=2,15", NULL,
     "1997-09-02T09:00 15 1997-10-02T09:00 15 1997-11-02T09:00 15 1997-12-02T09:00 15 1998-01-02T09:00 15 end"},
    {"FREQ=MONTHLY;COUNT=10;BYMONTHDAY=1,-1", "1997-09-30T09:00",
     "1997-09-30T09:00 1997-10-01T09:00 31 1997-11-01T09:00 30 1997-12-01T09:00 31 1998-01-01T09:00 31 "
     "1998-02-01T09:00 end"},
    {"FREQ=MONTHLY;INTERVAL=18;COUNT=10;BYMONTHDAY=10,11,12,13,14,15", "1997-09-10T09:00",
     "1997-09-10T09:00 11 12 13 14 15 1999-03-10T09:00 11 12 13 end"},
    {"FREQ=MONTHLY;INTERVAL=2;BYDAY=TU", NULL,
     "1997-09-02T09:00 09 16 23 30 1997-11-04T09:00 11 18 25 1998-01-06T09:00 13 20 27 1998-03-03T09:00 10 17 24 31"},
    {"FREQ=YEARLY;COUNT=10;BYMONTH=6,7", "1997-06-10T09:00",
     "1997-06-10T09:00 1997-07-10T09:00 1998-06-10T09:00 1998-07-10T09:00 1999-06-10T09:00 1999-07-10T09:00 "
     "2000-06-10T09:00 2000-07-10T09:00 2001-06-10T09:00 2001-07-10T09:00 end"},
    {"FREQ=YEARLY;INTERVAL=2;COUNT=10;BYMONTH=1,2,3", "1997-03-10T09:00",
     "1997-03-10T09:00 1999-01-10T09:00 1999-02-10T09:00 1999-03-10T09:00 2001-01-10T09:00 2001-02-10T09:00 "
     "2001-03-10T09:00 2003-01-10T09:00 2003-02-10T09:00 2003-03-10T09:00 end"},
    {"FREQ=YEARLY;INTERVAL=3;COUNT=10;BYYEARDAY=1,100,200", "1997-01-01T09:00",
     "1997-01-01T09:00 1997-04-10T09:00 1997-07-19T09:00 2000-01-01T09:00 2000-04-09T09:00 2000-07-18T09:00 "
     "2003-01-01T09:00 2003-04-10T09:00 2003-07-19T09:00 2006-01-01T09:00 end"},
    {"FREQ=YEARLY;BYDAY=20MO", "1997-05-19T09:00", "1997-05-19T09:00 1998-05-18T09:00 1999-05-17T09:00"},
    {"FREQ=YEARLY;BYWEEKNO=20;BYDAY=MO", "1997-05-12T09:00", "1997-05-12T09:00 1998-05-11T09:00 1999-05-17T09:00"},
    {"FREQ=YEARLY;BYMONTH=3;BYDAY=TH", "1997-03-13T09:00",
     "1997-03-13T09:00 20 27 1998-03-05T09:00 12 19 26 1999-03-04T09:00 11 18 25"},
    {"FREQ=YEARLY;BYDAY=TH;BYMONTH=6,7,8", "1997-06-05T09:00",
     "1997-06-05T09:00 12 19 26 1997-07-03T09:00 10 17 24 31 1997-08-07T09:00 14 21 28 1998-06-04T09:00 11 18 25"},
    {"FREQ=MONTHLY;BYDAY=FR;BYMONTHDAY=13", NULL,
     "1998-02-13T09:00 1998-03-13T09:00 1998-11-13T09:00 1999-08-13T09:00 2000-10-13T09:00"},
    {"FREQ=MONTHLY;BYDAY=SA;BYMONTHDAY=7,8,9,10,11,12,13", "1997-09-13T09:00",
     "1997-09-13T09:00 1997-10-11T09:00 1997-11-08T09:00 1997-12-13T09:00 1998-01-10T09:00 1998-02-07T09:00 "
     "1998-03-07T09:00 1998-04-11T09:00 1998-05-09T09:00 1998-06-13T09:00"},
    {"FREQ=YEARLY;INTERVAL=4;BYMONTH=11;BYDAY=TU;BYMONTHDAY=2,3,4,5,6,7,8", "1996-11-05T09:00",
     "1996-11-05T09:00 2000-11-07T09:00 2004-11-02T09:00"},
    {"FREQ=MONTHLY;COUNT=3;BYDAY=TU,WE,TH;BYSETPOS=3", "1997-09-04T09:00",
     "1997-09-04T09:00 1997-10-07T09:00 1997-11-06T09:00 end"},
    {"FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-2", "1997-09-29T09:00",
     "1997-09-29T09:00 1997-10-30T09:00 1997-11-27T09:00 1997-12-30T09:00 1998-01-29T09:00 1998-02-26T09:00 "
     "1998-03-30T09:00"},
    {"FREQ=HOURLY;INTERVAL=3;UNTIL=19970902T210000Z", NULL, "1997-09-02T09:00 1997-09-02T12:00 1997-09-02T15:00 end"},
    {"FREQ=MINUTELY;INTERVAL=15;COUNT=6", NULL,
     "1997-09-02T09:00 1997-09-02T09:15 1997-09-02T09:30 1997-09-02T09:45 1997-09-02T10:00 1997-09-02T10:15 end"},
    {"FREQ=MINUTELY;INTERVAL=90;COUNT=4", NULL,
     "1997-09-02T09:00 1997-09-02T10:30 1997-09-02T12:00 1997-09-02T13:30 end"},
    {"FREQ=DAILY;BYHOUR=9,16;BYMINUTE=0,20,40", NULL,
     "1997-09-02T09:00 1997-09-02T09:20 1997-09-02T09:40 1997-09-02T16:00 1997-09-02T16:20 1997-09-02T16:40 "
     "1997-09-03T09:00"},
    {"FREQ=MINUTELY;INTERVAL=20;BYHOUR=9,16", NULL,
     "1997-09-02T09:00 1997-09-02T09:20 1997-09-02T09:40 1997-09-02T16:00 1997-09-02T16:20 1997-09-02T16:40 "
     "1997-09-03T09:00"},
    {"FREQ=WEEKLY;INTERVAL=2;COUNT=4;BYDAY=TU,SU;WKST=MO", "1997-08-05T09:00", "1997-08-05T09:00 10 19 24 end"},
    {"FREQ=WEEKLY;INTERVAL=2;COUNT=4;BYDAY=TU,SU;WKST=SU", "1997-08-05T09:00", "1997-08-05T09:00 17 19 31 end"},
    {"FREQ=MONTHLY;BYMONTHDAY=15,30;COUNT=5", "2007-01-15T09:00",
     "2007-01-15T09:00 30 2007-02-15T09:00 2007-03-15T09:00 30 end"},
};

static void check_example(const struct example *example, const struct sensors_zone *zone)
{
    char text[300], at[BASE_TIME_TEXT], month[9] = ""; /* 1997-09- */
    const char *start = example->start ? example->start : "1997-09-02T09:00";
    snprintf(text, sizeof text, "rrule %s lasts 15min from %s", example->rule, start);
    AUTO(duty_schedule) schedule = kit_schedule(text);
    struct duty_span *spans = NULL;
    size_t count = 0, i = 0;
    int64_t from = kit_time("1996-01-01T00:00"), to = kit_time("2010-01-01T00:00");
    if (strncmp(example->rule, "FREQ=MINUTELY", 13) == 0) {
        to = kit_time("1998-01-01T00:00");
    }
    assert_int_equal(duty_schedule_windows(schedule, zone, NULL, from, to, NULL, &spans, &count), BASE_OK);
    struct base_str rest = base_str_of(example->first), word;
    while (base_str_next(&rest, ' ', &word) && !base_str_is(word, "end")) {
        char want[32];
        if (word.len == 2) {
            snprintf(want, sizeof want, "%.8s%.2sT09:00", month, word.at);
        } else {
            snprintf(want, sizeof want, "%.*s", (int)word.len, word.at);
            snprintf(month, sizeof month, "%.8s", want);
        }
        if (i == count) {
            fail_msg("%s: ended before %s", example->rule, want);
        }
        base_time_out(sensors_zone_to_local(zone, spans[i].from_us), at);
        at[16] = '\0';
        if (strcmp(at, want) != 0) {
            fail_msg("%s: %zu. is %s, not %s", example->rule, i + 1, at, want);
        }
        i++;
    }
    if (base_str_is(word, "end") && i != count) {
        fail_msg("%s: %zu occurrences, not %zu", example->rule, count, i);
    }
    free(spans);
}

static void examples_of_rfc_5545(void **state)
{
    (void)state;
    AUTO(sensors_zone) zone = kit_zone("America/New_York");
    for (size_t i = 0; i < BASE_COUNT(examples); i++) {
        check_example(&examples[i], zone);
    }
}

static void what_libical_gets_wrong(void **state)
{
    (void)state;
    static const struct kit_want wants[] = {
        {"rrule FREQ=WEEKLY;INTERVAL=2;BYDAY=SU lasts 1h from 2026-01-05", NULL, "2026-01-01T00:00", "2026-02-01T00:00",
         "2026-01-11T00:00 60m, 2026-01-25T00:00 60m"},
        {"rrule FREQ=DAILY;BYMONTHDAY=-1 lasts 1h", NULL, "2026-01-01T00:00", "2026-04-01T00:00",
         "2026-01-31T00:00 60m, 2026-02-28T00:00 60m, 2026-03-31T00:00 60m"},
        {"rrule FREQ=MONTHLY;BYMONTHDAY=1;BYHOUR=9,17;BYSETPOS=-1 lasts 1h", NULL, "2026-01-01T00:00",
         "2026-03-01T00:00", "2026-01-01T17:00 60m, 2026-02-01T17:00 60m"},
        {"rrule FREQ=WEEKLY;BYDAY=MO,TU,WE;BYSETPOS=-1 lasts 1h", NULL, "2026-01-05T00:00", "2026-01-19T00:00",
         "2026-01-07T00:00 60m, 2026-01-14T00:00 60m"},
        {"rrule FREQ=HOURLY;INTERVAL=2;BYHOUR=1,2,3,4 lasts 1h", NULL, "2026-01-05T00:00", "2026-01-06T00:00",
         "2026-01-05T02:00 60m, 2026-01-05T04:00 60m"},
        {"rrule FREQ=HOURLY;INTERVAL=5 lasts 1h from 2026-01-05", NULL, "2026-01-06T00:00", "2026-01-06T13:00",
         "2026-01-06T01:00 60m, 2026-01-06T06:00 60m, 2026-01-06T11:00 60m"},
        {"rrule FREQ=YEARLY;BYWEEKNO=1;BYDAY=MO lasts 1h", NULL, "2020-01-01T00:00", "2023-01-01T00:00",
         "2021-01-04T00:00 60m, 2022-01-03T00:00 60m"},
        {"rrule FREQ=YEARLY;BYMONTHDAY=15 lasts 1h", NULL, "2026-01-01T00:00", "2026-03-01T00:00",
         "2026-01-15T00:00 60m, 2026-02-15T00:00 60m"},
    };
    kit_check(wants, BASE_COUNT(wants));
}

static void clocks_are_changed(void **state)
{
    (void)state;
    static const struct kit_want wants[] = {
        /* 02:30 is missing: read as 03:30 EDT; twice: the first, EDT */
        {"rrule FREQ=DAILY;BYHOUR=2;BYMINUTE=30 lasts 1h", "=America/New_York", "2026-03-07T00:00", "2026-03-10T00:00",
         "2026-03-07T07:30 60m, 2026-03-08T07:30 60m, 2026-03-09T06:30 60m"},
        {"rrule FREQ=DAILY;BYHOUR=1;BYMINUTE=30 lasts 1h", "=America/New_York", "2026-10-31T00:00", "2026-11-03T00:00",
         "2026-10-31T05:30 60m, 2026-11-01T05:30 60m, 2026-11-02T06:30 60m"},
        {"rrule FREQ=DAILY;BYHOUR=6 lasts 4h", "=Europe/Berlin", "2026-03-28T00:00", "2026-03-31T00:00",
         "2026-03-28T05:00 240m, 2026-03-29T04:00 240m, 2026-03-30T04:00 240m"},
        {"rrule FREQ=DAILY;BYHOUR=6 lasts 4h", "=Asia/Shanghai", "2026-03-28T00:00", "2026-03-30T00:00",
         "2026-03-27T22:00 240m, 2026-03-28T22:00 240m"},
        /* a day of 23 h: the window ends where the next begins; one of 25 h leaves an hour */
        {"rrule FREQ=DAILY lasts 1d", "=Europe/Berlin", "2026-03-28T00:00", "2026-03-31T00:00",
         "2026-03-27T23:00 1440m, 2026-03-28T23:00 1380m, 2026-03-29T22:00 1440m"},
        {"rrule FREQ=DAILY lasts 1d", "=Europe/Berlin", "2026-10-24T00:00", "2026-10-26T12:00",
         "2026-10-23T22:00 1440m, 2026-10-24T22:00 1440m, 2026-10-25T23:00 1440m"},
        /* 02:30 and 03:30 are the same moment: one window; and 02:45 (03:45) comes after 03:30 */
        {"rrule FREQ=DAILY;BYHOUR=2,3;BYMINUTE=30,45 lasts 15min", "Europe/Berlin", "2026-03-29T00:00",
         "2026-03-30T00:00", "2026-03-29T03:30 15m, 2026-03-29T03:45 15m"},
        /* an hourly rule in wall time: 02:00 is missing, and twice the first */
        {"rrule FREQ=HOURLY lasts 1h", "=Europe/Berlin", "2026-03-29T00:00", "2026-03-29T05:00",
         "2026-03-28T23:00 60m, 2026-03-29T00:00 60m, 2026-03-29T01:00 60m, 2026-03-29T02:00 60m"},
        {"rrule FREQ=HOURLY lasts 1h", "=Europe/Berlin", "2026-10-25T01:00", "2026-10-25T05:00",
         "2026-10-24T23:00 60m, 2026-10-25T00:00 60m, 2026-10-25T02:00 60m, 2026-10-25T03:00 60m"},
        {"rrule FREQ=DAILY;BYHOUR=2;BYMINUTE=10 lasts 1h", "=Australia/Lord_Howe", "2026-10-03T00:00",
         "2026-10-06T00:00", "2026-10-02T15:40 60m, 2026-10-03T15:40 60m, 2026-10-04T15:10 60m"},
        {"rrule FREQ=DAILY;BYHOUR=1;BYMINUTE=45 lasts 10min", "=Australia/Lord_Howe", "2026-04-04T00:00",
         "2026-04-07T00:00", "2026-04-03T14:45 10m, 2026-04-04T14:45 10m, 2026-04-05T15:15 10m"},
        /* midnight is missing: 00:00 is 01:00 of the same day */
        {"rrule FREQ=DAILY lasts 2h", "America/Sao_Paulo", "2017-10-14T00:00", "2017-10-16T12:00", ""},
        {"rrule FREQ=DAILY lasts 2h from 2017-01-01", "America/Sao_Paulo", "2017-10-14T00:00", "2017-10-16T12:00",
         "2017-10-14T00:00 120m, 2017-10-15T01:00 120m, 2017-10-16T00:00 120m"},
        /* a day that never was: its window coincides with the next day's */
        {"rrule FREQ=DAILY lasts 2h from 2011-01-01", "Pacific/Apia", "2011-12-29T00:00", "2012-01-01T12:00",
         "2011-12-29T00:00 120m, 2011-12-31T00:00 120m, 2012-01-01T00:00 120m"},
        /* UNTIL in UTC is that moment, wherever the estate is; a date is its whole local day */
        {"rrule FREQ=DAILY;BYHOUR=6;UNTIL=20260302T215959Z lasts 1h", "Asia/Shanghai", "2026-03-01T00:00",
         "2026-03-09T00:00", "2026-03-01T06:00 60m, 2026-03-02T06:00 60m"},
        {"rrule FREQ=DAILY;BYHOUR=6;UNTIL=20260302T220000Z lasts 1h", "Asia/Shanghai", "2026-03-01T00:00",
         "2026-03-09T00:00", "2026-03-01T06:00 60m, 2026-03-02T06:00 60m, 2026-03-03T06:00 60m"},
        {"rrule FREQ=DAILY;BYHOUR=6;UNTIL=20260302 lasts 1h", "Asia/Shanghai", "2026-03-01T00:00", "2026-03-09T00:00",
         "2026-03-01T06:00 60m, 2026-03-02T06:00 60m"},
    };
    kit_check(wants, BASE_COUNT(wants));
}

static void leap_days_and_long_months(void **state)
{
    (void)state;
    static const struct kit_want wants[] = {
        {"rrule FREQ=YEARLY lasts 1d from 2024-02-29", NULL, "2024-01-01T00:00", "2037-01-01T00:00",
         "2024-02-29T00:00 1440m, 2028-02-29T00:00 1440m, 2032-02-29T00:00 1440m, 2036-02-29T00:00 1440m"},
        {"rrule FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=-1 lasts 1d", NULL, "2027-01-01T00:00", "2029-01-01T00:00",
         "2027-02-28T00:00 1440m, 2028-02-29T00:00 1440m"},
        {"rrule FREQ=YEARLY;BYYEARDAY=366 lasts 1d", NULL, "2027-01-01T00:00", "2033-01-01T00:00",
         "2028-12-31T00:00 1440m, 2032-12-31T00:00 1440m"},
        {"rrule FREQ=YEARLY;BYYEARDAY=-366 lasts 1d", NULL, "2027-01-01T00:00", "2033-01-01T00:00",
         "2028-01-01T00:00 1440m, 2032-01-01T00:00 1440m"},
        {"rrule FREQ=MONTHLY lasts 1d from 2026-01-31", NULL, "2026-01-01T00:00", "2026-06-01T00:00",
         "2026-01-31T00:00 1440m, 2026-03-31T00:00 1440m, 2026-05-31T00:00 1440m"},
        {"rrule FREQ=MONTHLY;BYMONTHDAY=28,29,30,31;BYSETPOS=-1 lasts 1d", NULL, "2028-01-01T00:00", "2028-04-01T00:00",
         "2028-01-31T00:00 1440m, 2028-02-29T00:00 1440m, 2028-03-31T00:00 1440m"},
        /* week 53 of 2026 begins in it; of 2027 there is none */
        {"rrule FREQ=YEARLY;BYWEEKNO=53;BYDAY=MO lasts 1d", NULL, "2026-01-01T00:00", "2033-01-01T00:00",
         "2026-12-28T00:00 1440m, 2032-12-27T00:00 1440m"},
        {"rrule FREQ=YEARLY;BYWEEKNO=-1;BYDAY=SU lasts 1d", NULL, "2026-06-01T00:00", "2028-01-03T00:00",
         "2027-01-03T00:00 1440m, 2028-01-02T00:00 1440m"},
    };
    kit_check(wants, BASE_COUNT(wants));
}

static void what_has_ended_has_no_windows(void **state)
{
    (void)state;
    static const struct kit_want wants[] = {
        {"rrule FREQ=DAILY;COUNT=3 lasts 1h", NULL, "2026-01-01T00:00", "2027-01-01T00:00", ""},
        {"rrule FREQ=DAILY;UNTIL=20200103 lasts 1h", NULL, "2026-01-01T00:00", "2027-01-01T00:00", ""},
        {"rrule FREQ=DAILY;COUNT=3 lasts 1h", NULL, "2019-01-01T00:00", "2027-01-01T00:00",
         "2020-01-01T00:00 60m, 2020-01-02T00:00 60m, 2020-01-03T00:00 60m"},
        {"rrule FREQ=DAILY;COUNT=3 lasts 1h", NULL, "2020-01-02T00:00", "2020-01-03T00:00", "2020-01-02T00:00 60m"},
        {"rrule FREQ=DAILY lasts 1h from 2030-01-01", NULL, "2026-01-01T00:00", "2027-01-01T00:00", ""},
    };
    kit_check(wants, BASE_COUNT(wants));
}

static void refuses_what_cannot_be(void **state)
{
    (void)state;
    static const struct kit_wrong wrong[] = {
        {"rrule", "after rrule comes a rule"},
        {"rrule FREQ=DAILY", "after rrule comes a rule"},
        {"rrule FREQ=DAILY lasts", "after rrule comes a rule"},
        {"rrule FREQ=DAILY 4h", "after rrule comes a rule"},
        {"rrule FREQ=DAILY lasts 4h since 2026-01-01", "\"from\" and a date"},
        {"rrule FREQ=DAILY lasts 4h from 2026-01-01 now", "\"from\" and a date"},
        {"rrule FREQ=DAILY lasts 4h from 2026-02-29", "from \"2026-02-29\": is no date"},
        {"rrule FREQ=DAILY lasts 4h from 2026-01-01T24:00", "is no date"},
        {"rrule FREQ=DAILY lasts 4h from 1900-01-01", "is no date from 1971 to 2099"},
        {"rrule FREQ=DAILY lasts 59s", "no window is shorter than a minute"},
        {"rrule FREQ=DAILY lasts 400d", "is no time up to 366d"},
        {"rrule BYHOUR=6 lasts 4h", "FREQ is missing"},
        {"rrule FREQ=SOMETIMES lasts 4h", "FREQ=SOMETIMES: is none of"},
        {"rrule FREQ=DAILY;;BYHOUR=6 lasts 4h", "\"\" is no part of a rule"},
        {"rrule FREQ=DAILY;BYHOUR lasts 4h", "\"BYHOUR\" is no part of a rule"},
        {"rrule FREQ=DAILY;BYEASTER=0 lasts 4h", "\"BYEASTER\" is no part of a rule"},
        {"rrule RSCALE=CHINESE;FREQ=YEARLY lasts 4h", "\"RSCALE\" is no part of a rule"},
        {"rrule FREQ=DAILY;FREQ=DAILY lasts 4h", "FREQ comes twice"},
        {"rrule FREQ=DAILY;BYHOUR=24 lasts 4h", "BYHOUR: \"24\" is not a number from 0 to 23"},
        {"rrule FREQ=DAILY;BYHOUR=-1 lasts 4h", "BYHOUR: \"-1\" is not a number from 0 to 23"},
        {"rrule FREQ=DAILY;BYHOUR=6, lasts 4h", "BYHOUR: \"\" is not a number"},
        {"rrule FREQ=DAILY;BYMONTHDAY=0 lasts 4h", "BYMONTHDAY: \"0\" is not a number from 1 to 31, or negative"},
        {"rrule FREQ=DAILY;BYMONTHDAY=99999999999 lasts 4h", "is not a number from 1 to 31"},
        {"rrule FREQ=DAILY;BYSECOND=60 lasts 4h", "BYSECOND: \"60\" is not a number from 0 to 59"},
        {"rrule FREQ=WEEKLY;BYDAY=MON lasts 4h", "BYDAY: \"MON\" is no day"},
        {"rrule FREQ=MONTHLY;BYDAY=54MO lasts 4h", "BYDAY: \"54MO\" is no day"},
        {"rrule FREQ=MONTHLY;BYDAY=0MO lasts 4h", "BYDAY: \"0MO\" is no day"},
        {"rrule FREQ=WEEKLY;BYDAY=2MO lasts 4h", "BYDAY: a number such as 2TU goes with"},
        {"rrule FREQ=WEEKLY;BYMONTHDAY=1 lasts 4h", "BYMONTHDAY does not go with FREQ=WEEKLY"},
        {"rrule FREQ=MONTHLY;BYWEEKNO=1 lasts 4h", "BYWEEKNO does not go with FREQ=MONTHLY"},
        {"rrule FREQ=DAILY;INTERVAL=0 lasts 4h", "INTERVAL=0: is not a number from 1 to 10000"},
        {"rrule FREQ=DAILY;INTERVAL=65537 lasts 4h", "INTERVAL=65537: is not a number"},
        {"rrule FREQ=DAILY;COUNT=0 lasts 4h", "COUNT=0: is not a number"},
        {"rrule FREQ=DAILY;COUNT=100001 lasts 4h", "COUNT=100001: is not a number from 1 to 100000"},
        {"rrule FREQ=DAILY;COUNT=3;UNTIL=20260101 lasts 4h", "COUNT and UNTIL exclude one another"},
        {"rrule FREQ=DAILY;UNTIL=20260230 lasts 4h", "UNTIL=20260230: write a date"},
        {"rrule FREQ=DAILY;UNTIL=2026-02-03 lasts 4h", "UNTIL=2026-02-03: write a date"},
        {"rrule FREQ=DAILY;WKST=XX lasts 4h", "WKST=XX: is none of"},
        /* never */
        {"rrule FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30 lasts 4h", "the rule never fires"},
        {"rrule FREQ=MINUTELY;BYMONTH=2;BYMONTHDAY=30 lasts 1min", "the rule never fires"},
        {"rrule FREQ=HOURLY;INTERVAL=24;BYHOUR=5 lasts 1h", "the rule never fires"},
        {"rrule FREQ=MINUTELY;INTERVAL=2;BYMINUTE=1 lasts 1min", "the rule never fires"},
        {"rrule FREQ=WEEKLY;BYDAY=MO;BYSETPOS=5 lasts 1h", "the rule never fires"},
        {"rrule FREQ=MINUTELY;BYSETPOS=2;BYMINUTE=2 lasts 1min", "the rule never fires"},
        {"rrule FREQ=YEARLY;BYWEEKNO=53;BYMONTH=6;BYDAY=MO lasts 1h", "the rule never fires"},
        {"rrule FREQ=DAILY;UNTIL=20191231 lasts 1h", "the rule never fires: UNTIL is before 2020-01-01T00:00"},
        /* too often */
        {"rrule FREQ=SECONDLY lasts 1min", "FREQ=SECONDLY: no window is shorter than a minute"},
        {"rrule FREQ=MINUTELY;BYSECOND=0,1,2 lasts 1min", "more than one time a minute"},
        {"rrule FREQ=HOURLY;BYMINUTE=0,1;BYSECOND=0,30 lasts 1min",
         "windows overlap: the one from 2020-01-01T00:00 lasts 1min, but at 2020-01-01T00:00:30 the next begins"},
        {"rrule FREQ=DAILY;BYHOUR=6,8 lasts 4h",
         "windows overlap: the one from 2020-01-01T06:00 lasts 4h, but at 2020-01-01T08:00 the next begins"},
        {"rrule FREQ=YEARLY lasts 366d", "windows overlap: the one from 2021-01-01T00:00 lasts 366d"},
        {"rrule FREQ=MONTHLY;BYMONTHDAY=-1,1 lasts 2d", "windows overlap: the one from 2020-01-31T00:00 lasts 2d"},
    };
    kit_refuse(wrong, BASE_COUNT(wrong));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(examples_of_rfc_5545),
        cmocka_unit_test(what_libical_gets_wrong),
        cmocka_unit_test(clocks_are_changed),
        cmocka_unit_test(leap_days_and_long_months),
        cmocka_unit_test(what_has_ended_has_no_windows),
        cmocka_unit_test(refuses_what_cannot_be),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
