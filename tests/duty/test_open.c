/* Windows that judge opens: a day and a half ahead, once, by the duty's version and the place's times; and those that
 * go. */
#include "duty/judge_kit.h"

#define COUNT(where) value("select count(*) from duty_window where " where)

static void ahead_once(void **state)
{
    (void)state;
    duty(1, "every 2h", "", "");
    sql("update duty set valid_from = '2026-03-10 00:00'");
    judge("2026-03-10 11:20");
    /* until 23:00 the next day, in hours: 24 of each of the two buildings that stand, and of the one that stands till
     * June */
    assert_string_equal(COUNT("place_id = 1"), "24");
    assert_string_equal(value("select max(t_from) from duty_window"), "2026-03-11 22:00:00+08");
    assert_string_equal(COUNT("place_id = 3"), "24");
    char before[64];
    snprintf(
        before, sizeof before, "%s",
        value("select string_agg(xmin::text, ',' order by t_from, place_id) from duty_window where verdict is null"));
    judge("2026-03-10 11:20");
    judge("2026-03-10 11:59");
    assert_string_equal(COUNT("true"), "72");
    judge("2026-03-10 13:10");
    assert_string_equal(COUNT("true"), "75");
}

/* The contract changes in the middle of the quarter, at 13:00: the window of 12:00 stays the old one's, the next ones,
 * from 14:00 on, are the new one's. The new version is put when the old one's windows are open. */
static void a_version_changes(void **state)
{
    (void)state;
    sql("insert into organisation (id, code, name, kind) values (1, 'O1', '甲', 'property'), (2, 'O2', '乙', "
        "'property')");
    duty(1, "every 2h", ", organisation_id, valid_from, subject_id", ", 1, '2026-03-10 00:00', 1");
    judge("2026-03-10 11:20");
    sql("begin; update duty set valid_to = '2026-03-10 13:00' where id = 1; "
        "insert into duty (estate_id, id, version, key, name, schedule, subject_kind, proof, organisation_id, "
        "valid_from, subject_id) "
        "select estate_id, id, 2, key, name, schedule, subject_kind, proof, 2, '2026-03-10 13:00', 1 from duty; "
        "commit");
    judge("2026-03-10 13:30");
    assert_string_equal(value("select string_agg(distinct to_char(t_from, 'DD HH24') || ':' || duty_version || ':' || "
                              "organisation_id, ' ') "
                              "from duty_window where t_from between '2026-03-10 10:00' and '2026-03-10 17:00'"),
                        "10 10:1:1 10 12:1:1 10 14:2:2 10 16:2:2");
    assert_string_equal(COUNT("duty_version = 1 and t_from >= '2026-03-10 13:00'"), "0");
    /* and it is closed altogether */
    sql("update duty set valid_to = '2026-03-10 19:00' where version = 2");
    sql("insert into duty (estate_id, id, key, name, schedule, subject_kind, proof, valid_from) values (101, 9, 'x', "
        "'x', "
        "'every 1d', 'zone', 'pass', '2026-03-12')");
    judge("2026-03-10 14:30");
    assert_string_equal(value("select max(t_from) from duty_window where duty_id = 1"), "2026-03-10 18:00:00+08");
}

/* All but the name of judge's session is gone before it can write: windows of a version that is closed meanwhile. */
static void what_closed_meanwhile_gets_no_windows(void **state)
{
    (void)state;
    duty(1, "every 2h", ", subject_id", ", 1");
    sql("update duty set valid_from = '2026-03-10', valid_to = '2026-03-10 12:00'");
    judge("2026-03-10 11:20");
    assert_string_equal(value("select max(t_from) from duty_window"), "2026-03-10 10:00:00+08");
    sql("update duty set opened_to = '-infinity'");
    judge("2026-03-11 11:20");
    assert_string_equal(COUNT("true"), "6");
}

static void places_come_and_go(void **state)
{
    (void)state;
    duty(1, "every 2h", ", subject_filter, valid_from", ", 'use = ''residential''', '2026-03-10'");
    judge("2026-03-10 11:20");
    assert_string_equal(value("select string_agg(distinct place_id::text, ',') from duty_window"), "1,3");
    sql("insert into building (estate_id, id, dataset, key, codes, name, use, levels, levels_source, height_m, "
        "height_source, "
        "area_m2, lon, lat, geom, valid_from) select 101, 4, 't', '4', '{B4}', '楼4', 'residential', 6, 'given', 18, "
        "'levels', 400, "
        "120.008, 30.005, geom, '2026-03-10 12:30' from building where id = 1");
    sql("update building set valid_to = '2026-03-10 12:30' where id = 1");
    judge("2026-03-10 12:31"); /* nobody has told that places changed */
    assert_string_equal(COUNT("place_id = 4 and t_from < '2026-03-11'"), "0");
    sql("update place_version set version = version + 1");
    judge("2026-03-10 12:32");
    assert_string_equal(value("select min(t_from) from duty_window where place_id = 4"), "2026-03-10 14:00:00+08");
    assert_string_equal(value("select max(t_from) from duty_window where place_id = 1"), "2026-03-10 12:00:00+08");
    assert_string_equal(COUNT("place_id = 3"), "24");
}

static void calendar_moves(const char *now)
{
    const struct data_arg args[] = {data_i64(1), data_time(kit_time(now))};
    test_ok(data_run(kit_conn, DATA_CALENDAR_REOPEN, args, 2, &test_diag, NULL));
    test_ok(data_run(kit_conn, DATA_CALENDAR_DROP, args, 2, &test_diag, NULL));
}

/* Tuesday and Wednesday; the calendar learns on Tuesday at half past twelve that Wednesday is a holiday, and then that
 * it is worked after all. */
static void a_calendar_changes(void **state)
{
    (void)state;
    sql("insert into calendar (id, code, name) values (1, 'cn', 'cn')");
    duty(1, "every 2h", ", subject_id, valid_from, days, calendar_id", ", 1, '2026-03-10', 'work', 1");
    judge("2026-03-10 11:20");
    assert_string_equal(COUNT("true"), "24");
    sql("insert into calendar_day (calendar_id, day, kind) values (1, '2026-03-11', 'rest')");
    calendar_moves("2026-03-10 12:30");
    judge("2026-03-10 12:31");
    assert_string_equal(COUNT("t_from < '2026-03-11'"), "12");
    assert_string_equal(COUNT("t_from >= '2026-03-11'"), "0");
    sql("update calendar_day set kind = 'work'");
    calendar_moves("2026-03-10 12:40");
    judge("2026-03-10 12:41");
    assert_string_equal(COUNT("t_from >= '2026-03-11'"), "12"); /* until midnight */
    /* a judge who had looked before the calendar changed: what it found is not written */
    test_ok(data_run(kit_conn, DATA_WINDOW_OPENED,
                     DATA_ARGS(data_i64(101), data_i64(1), data_i64(1), data_time(kit_time("2027-01-01")),
                               data_time(kit_time("2026-03-10 12:40"))),
                     &test_diag, NULL));
    assert_string_equal(value("select count(*) from duty where opened_to > '2026-12-31'"), "0");
}

/* A camera that is bound to another building is another device: its windows come when its source's registry says so. */
static void devices_come(void **state)
{
    (void)state;
    duty(1, "every 12h", ", subject_kind, proof, valid_from", ", 'camera', 'online', '2026-03-10'");
    judge("2026-03-10 11:20");
    assert_string_equal(value("select string_agg(distinct place_id::text, ',') from duty_window"), "61,62");
    sql("update device set state = 'accepted', valid_from = '2026-03-10' where id = 65");
    sql("update source set registry_version = registry_version + 1 where id = 2");
    judge("2026-03-10 11:21");
    assert_string_equal(value("select min(t_from) from duty_window where place_id = 65"), "2026-03-10 12:00:00+08");
}

/* Berlin's 29 March has 23 hours, its 25 October 25, and 2028 has a 29 February: each day one row of windows, none
 * lost. */
static void odd_days(void **state)
{
    (void)state;
    sql("update estate set tz = 'Europe/Berlin' where id = 101; set timezone = 'Europe/Berlin'");
    duty(1, "every 1h", ", subject_id, valid_from", ", 1, '2026-03-29'");
    duty(2, "rrule FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29;BYHOUR=8 lasts 2h", ", subject_id, valid_from",
         ", 1, '2028-02-28'");
    judge("2026-03-29 12:00");
    assert_string_equal(COUNT("t_from >= '2026-03-29' and t_from < '2026-03-30'"), "23");
    sql("delete from verdict; delete from duty_window; update duty set valid_from = '2026-10-25', opened_to = "
        "'-infinity' where id = 1");
    judge("2026-10-25 12:00");
    assert_string_equal(COUNT("t_from >= '2026-10-25' and t_from < '2026-10-26'"), "25");
    sql("update duty set valid_to = '2026-10-26' where id = 1");
    judge("2028-02-28 12:00");
    assert_string_equal(value("select string_agg(t_from || ' ' || t_to, ',') from duty_window where duty_id = 2"),
                        "2028-02-29 08:00:00+01 2028-02-29 10:00:00+01");
}

/* A rule that never fires, a filter that cannot be read, a schedule that is none: no windows - and the others have
 * theirs. */
static void a_bad_duty_does_not_stop_the_others(void **state)
{
    (void)state;
    duty(1, "rrule FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30 lasts 2h", ", valid_from", ", '2026-03-10'");
    duty(2, "every 2h", ", subject_filter, valid_from", ", 'colour = ''red''', '2026-03-10'");
    duty(3, "now and then", ", valid_from", ", '2026-03-10'");
    duty(4, "every 2h", ", valid_from", ", '2026-03-10'");
    duty(5, "every 2h", ", valid_from", ", '2026-03-10'"); /* the same once more: both are judged */
    judge("2026-03-10 11:20");
    assert_string_equal(value("select string_agg(distinct duty_id::text, ',') from duty_window"), "4,5");
    assert_string_equal(value("select count(*) from duty where opened_to < '2026-03-11'"),
                        "0"); /* asked once, not each second */
    assert_string_equal(value("select string_agg(distinct duty_id::text, ',') from verdict"), "4,5");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        kit_test(ahead_once),
        kit_test(a_version_changes),
        kit_test(what_closed_meanwhile_gets_no_windows),
        kit_test(places_come_and_go),
        kit_test(a_calendar_changes),
        kit_test(devices_come),
        kit_test(odd_days),
        kit_test(a_bad_duty_does_not_stop_the_others),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
