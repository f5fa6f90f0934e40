/* What becomes of windows: each proof over facts made by hand, blind time, waivers, sources that are behind, facts that
 * come late. Most windows are the hour from 10:00 to 11:00 on 10 March 2026; judge looks at 11:30. */
#include "duty/judge_kit.h"

#define TEN "2026-03-10 10:00"
#define LOOK "2026-03-10 11:30"
#define AN_HOUR ", subject_id, valid_from, valid_to"
#define OF_1 ", 1, '2026-03-10 10:00', '2026-03-10 11:00'"
#define OF_2 ", 2, '2026-03-10 10:00', '2026-03-10 11:00'"

#define ASSERT_VERDICT(duty, place, text) assert_string_equal(verdict(duty, place, TEN), text)

/* --- pass --- */
static void a_pass_within_the_measure(void **state)
{
    (void)state;
    duty(1, "every 1h", AN_HOUR, OF_1);
    duty(2, "every 1h", AN_HOUR ", radius_m", OF_1 ", 7");
    duty(3, "every 1h", AN_HOUR ", accuracy_m", OF_1 ", 9");
    duty(4, "every 1h", AN_HOUR ", subject_types", OF_1 ", '{cleaner}'");
    duty(5, "every 1h", AN_HOUR ", count", OF_1 ", 2");
    duty(6, "every 1h", AN_HOUR ", units", OF_1 ", 2");
    duty(7, "every 1h", AN_HOUR ", dwell_s", OF_1 ", 121");
    pass(1, 1, "2026-03-10 10:05", "2026-03-10 10:07", ", nearest_m, acc_m", ", 8, 10");
    judge(LOOK);
    ASSERT_VERDICT(1, 1, "met proven 1/1/1 v1");
    ASSERT_VERDICT(2, 1, "missed no_evidence 0/0/1 v1");
    ASSERT_VERDICT(3, 1, "missed no_evidence 0/0/1 v1");
    ASSERT_VERDICT(4, 1, "missed no_evidence 0/0/1 v1");
    ASSERT_VERDICT(5, 1, "missed too_little 1/1/2 v1");
    ASSERT_VERDICT(6, 1, "missed too_little 1/1/2 v1");
    ASSERT_VERDICT(7, 1, "missed too_little 120/120/121 v1");
    assert_string_equal(value("select (evidence[1]).what || (evidence[1]).version from verdict where duty_id = 1"),
                        "pass1");
}

/* At 11:00:00 sharp it is the next window's; one that ends at 10:00:00 sharp is this one's; what lies before counts no
 * dwell. */
static void edges(void **state)
{
    (void)state;
    duty(1, "every 1h", ", valid_from, valid_to", ", '2026-03-10 10:00', '2026-03-10 12:00'");
    duty(2, "every 1h", AN_HOUR ", dwell_s", OF_1 ", 60");
    pass(1, 1, "2026-03-10 09:50", "2026-03-10 10:00", "", "");
    pass(2, 1, "2026-03-10 11:00", "2026-03-10 11:01", "", "");
    pass(3, 1, "2026-03-10 10:59", "2026-03-10 11:10", "", "");
    judge("2026-03-10 12:30");
    ASSERT_VERDICT(1, 1, "met proven 1/1/1 v1");
    ASSERT_VERDICT(1, 2, "missed no_evidence 0/0/1 v1");
    ASSERT_VERDICT(1, 3, "met proven 1/1/1 v1");
    assert_string_equal(verdict(1, 2, "2026-03-10 11:00"), "met proven 1/1/1 v1");
    assert_string_equal(verdict(1, 3, "2026-03-10 11:00"), "met proven 1/1/1 v1");
    assert_string_equal(verdict(1, 1, "2026-03-10 11:00"), "missed no_evidence 0/0/1 v1");
    ASSERT_VERDICT(2, 1, "missed no_evidence 0/0/60 v1");
}

/* The newest version of a pass counts, and void is none; one that is still open counts with what it has. */
static void versions_of_passes(void **state)
{
    (void)state;
    duty(1, "every 1h", ", valid_from, valid_to", ", '2026-03-10 10:00', '2026-03-10 11:00'");
    duty(2, "every 1h", AN_HOUR ", dwell_s", OF_2 ", 300");
    pass(1, 1, "2026-03-10 10:05", "2026-03-10 10:07", "", "");
    pass(1, 1, "2026-03-10 10:05", "2026-03-10 10:07", ", version, void", ", 2, true");
    pass(2, 1, "2026-03-10 10:05", "2026-03-10 10:07", "", "");
    pass(2, 1, "2026-03-10 10:05", "2026-03-10 10:10", ", version", ", 2");
    pass(3, 1, "2026-03-10 10:58", "2026-03-10 10:59", ", open", ", true");
    judge(LOOK);
    ASSERT_VERDICT(1, 1, "missed no_evidence 0/0/1 v1");
    ASSERT_VERDICT(1, 2, "met proven 1/1/1 v1");
    ASSERT_VERDICT(2, 2, "met proven 1/1/1 v1");
    ASSERT_VERDICT(1, 3, "met proven 1/1/1 v1");
}

/* --- blind time --- */
static void a_gap_hides_what_could_be_reached(void **state)
{
    (void)state;
    duty(1, "every 1h", ", valid_from, valid_to", ", '2026-03-10 10:00', '2026-03-10 11:00'");
    duty(2, "every 1h", AN_HOUR ", subject_types", OF_1 ", '{cleaner}'");
    /* three minutes, seen before and after at building 1: there; 193 m to building 2 and back take 40 s; to a mast 20
     * km away they do not suffice */
    sql("update building set lon = 120.2, lat = 30.005, geom = st_multi(st_makeenvelope(120.1999, 30.0049, 120.2001, "
        "30.0051, 4326)) "
        "where id = 3");
    gap(1, "2026-03-10 10:20", "2026-03-10 10:23", "silent");
    judge(LOOK);
    ASSERT_VERDICT(1, 1, "unknown tracker_off 0/1/1 v1");
    ASSERT_VERDICT(1, 2, "unknown tracker_off 0/1/1 v1");
    ASSERT_VERDICT(1, 3, "missed no_evidence 0/0/1 v1");
    ASSERT_VERDICT(2, 1, "missed no_evidence 0/0/1 v1");
}

/* Not longer than two minutes of the window: none; a successor that is void or shorter replaces the first; a source's
 * outage is no blind time of tracks; poor accuracy is its own reason. */
static void what_is_no_blind_time(void **state)
{
    (void)state;
    duty(1, "every 1h", AN_HOUR, OF_1);
    gap(1, "2026-03-10 10:20", "2026-03-10 10:22", "silent");
    gap(2, "2026-03-10 09:30", "2026-03-10 10:02", "silent");
    gap(3, "2026-03-10 10:30", "2026-03-10 10:40", "silent");
    sql("insert into outage (estate_id, scope, source_id, t_from, t_to, subject, subject_type, void) select estate_id, "
        "scope, "
        "source_id, t_from, t_to, subject, subject_type, true from outage where t_from = '2026-03-10 10:30'");
    sql("insert into outage (estate_id, scope, source_id, t_from, t_to, cause) values (101, 'source', 1, '2026-03-10 "
        "09:00', "
        "'2026-03-10 12:00', 'connection'), (0, 'platform', null, '2026-03-10 09:00', '2026-03-10 12:00', 'stopped')");
    judge(LOOK);
    ASSERT_VERDICT(1, 1, "missed no_evidence 0/0/1 v1");
    gap(4, "2026-03-10 10:30", "2026-03-10 10:40", "accuracy");
    sql("insert into judge_again (estate_id, t_from, t_to, why) values (101, '2026-03-10 10:30', '2026-03-10 10:40', "
        "'outage')");
    judge(LOOK);
    ASSERT_VERDICT(1, 1, "unknown poor_accuracy 0/1/1 v2");
}

/* Two units are asked and one was there. Another's blind time could have been the second - not that of the one that
 * was. */
static void a_blind_unit_counts_once(void **state)
{
    (void)state;
    duty(1, "every 1h", AN_HOUR ", units", OF_1 ", 2");
    duty(2, "every 1h", AN_HOUR ", units", OF_2 ", 2");
    pass(1, 1, "2026-03-10 10:05", "2026-03-10 10:07", "", "");
    pass(2, 2, "2026-03-10 10:05", "2026-03-10 10:07", "", "");
    gap(1, "2026-03-10 10:20", "2026-03-10 10:40", "silent");
    judge(LOOK);
    ASSERT_VERDICT(1, 1, "missed too_little 1/1/2 v1");
    ASSERT_VERDICT(2, 2, "unknown tracker_off 1/2/2 v1");
}

/* Unknown only where it could have sufficed: ten minutes of blindness are no hour of presence. */
static void blindness_that_could_not_suffice(void **state)
{
    (void)state;
    duty(1, "every 1h", AN_HOUR ", dwell_s", OF_1 ", 900");
    duty(2, "every 1h", AN_HOUR ", dwell_s", OF_1 ", 500");
    gap(1, "2026-03-10 10:20", "2026-03-10 10:30", "silent");
    judge(LOOK);
    ASSERT_VERDICT(1, 1, "missed no_evidence 0/600/900 v1");
    ASSERT_VERDICT(2, 1, "unknown tracker_off 0/1/1 v1");
}

/* --- waivers --- */
static void waivers(void **state)
{
    (void)state;
    duty(1, "every 1h", ", valid_from, valid_to", ", '2026-03-10 09:00', '2026-03-10 12:00'");
    duty(2, "every 1h", AN_HOUR, OF_1);
    pass(1, 1, "2026-03-10 10:05", "2026-03-10 10:07", "", "");
    sql("insert into waiver (estate_id, t_from, t_to, reason, approver, duty_id, place_kind, place_id) values "
        "(101, '2026-03-10 10:59', '2026-03-10 11:00', 'r', 'a', 1, null, null), "
        "(101, '2026-03-10 11:00', '2026-03-10 12:00', 'r', 'a', null, 'building', 2)");
    judge("2026-03-10 12:30");
    ASSERT_VERDICT(1, 1, "waived waived 1/1/1 v1");
    ASSERT_VERDICT(2, 1, "met proven 1/1/1 v1");
    assert_string_equal(
        value("select string_agg(place_id || to_char(t_from, ' HH24 ') || verdict, ',' order by place_id, t_from) "
              "from verdict where duty_id = 1"),
        "1 09 missed,1 10 waived,1 11 missed,2 09 missed,2 10 waived,2 11 waived,3 09 missed,3 10 waived,"
        "3 11 missed");
    sql("update waiver set revoked_at = now(), revoked_by = 'b' where duty_id = 1; insert into judge_again (estate_id, "
        "t_from, "
        "t_to, why) values (101, '2026-03-10 10:59', '2026-03-10 11:00', 'waiver')");
    judge("2026-03-10 12:31");
    ASSERT_VERDICT(1, 1, "met proven 1/1/1 v2");
    ASSERT_VERDICT(1, 2, "missed no_evidence 0/0/1 v2");
    assert_string_equal(value("select count(*) from verdict where version > 1"), "3");
    assert_string_equal(
        value("select verdict from duty_window where duty_id = 1 and place_id = 1 and t_from = '%s'", TEN), "met");
}

/* --- sources that are behind --- */
static void a_source_behind_is_waited_for_a_day(void **state)
{
    (void)state;
    duty(1, "every 1h", AN_HOUR, OF_1);
    sql("insert into judge_mark (estate_id) values (101), (0)");
    sql("update source_stat set dry_at = '2026-03-10 10:30' where source_id = 1");
    judge(LOOK);
    assert_string_equal(value("select count(*) from verdict"), "0");
    assert_string_equal(value("select count(*) from outage"), "0");
    sql("update source_stat set dry_at = '2026-03-10 11:10' where source_id = 1"); /* its end and the grace */
    judge(LOOK);
    ASSERT_VERDICT(1, 1, "missed no_evidence 0/0/1 v1");
    sql("delete from verdict; update duty_window set pending = true, verdict = null; update judge_mark set due_at = "
        "'-infinity'; "
        "update source_stat set dry_at = '2026-03-10 10:30' where source_id = 1");
    judge("2026-03-11 11:09");
    assert_string_equal(value("select count(*) from verdict"), "0");
    judge("2026-03-11 11:11");
    ASSERT_VERDICT(1, 1, "missed no_evidence 0/0/1 v1");
    assert_string_equal(
        value("select string_agg(concat_ws(' ', estate_id, scope, source_id, cause, t_from), ',') from outage"),
        "101 source 1 lag 2026-03-10 10:30:00+08");
    judge("2026-03-11 11:12");
    assert_string_equal(value("select count(*) from outage"), "1");
}

/* Source 2 is the district's cameras', source 1 the guards': a duty for a fleet waits for neither. */
static void only_sources_that_could_prove_it(void **state)
{
    (void)state;
    duty(1, "every 1h", AN_HOUR ", subject_types", OF_1 ", '{fleet}'");
    duty(2, "every 1h", AN_HOUR ", subject_types, subject_kind, proof",
         ", 61, '2026-03-10 10:00', '2026-03-10 11:00', '{guard}', "
         "'camera', 'online'");
    sql("update source_stat set dry_at = '2026-03-10 10:30'");
    judge(LOOK);
    ASSERT_VERDICT(1, 1, "missed no_evidence 0/0/1 v1");
    assert_string_equal(value("select count(*) from verdict where duty_id = 2"), "0");
    sql("update source_stat set dry_at = '2026-03-10 11:10' where source_id = 2");
    judge(LOOK);
    assert_string_equal(
        value("select verdict || ' ' || reason || ' ' || found || ' ' || best from verdict where duty_id = 2"),
        "unknown silent 0 3600");
}

/* With a grace of two minutes: the guards' positions are read up to five and a half minutes ago, so a gap that would
 * excuse the window is not known before. */
static void gaps_before_verdicts(void **state)
{
    (void)state;
    duty(1, "every 1h", AN_HOUR ", grace_s", OF_1 ", 120");
    judge("2026-03-10 11:03");
    assert_string_equal(value("select count(*) from verdict"), "0");
    judge("2026-03-10 11:06");
    ASSERT_VERDICT(1, 1, "missed no_evidence 0/0/1 v1");
}

/* --- facts that come late --- */
static void late_facts(void **state)
{
    (void)state;
    duty(1, "every 1h", ", valid_from, valid_to", ", '2026-03-10 09:00', '2026-03-10 12:00'");
    pass(1, 1, "2026-03-10 10:05", "2026-03-10 10:07", "", "");
    judge("2026-03-10 12:30");
    sql("create table was as select ctid as at, xmin::text as x, * from duty_window");
    sql("insert into judge_again (estate_id, t_from, t_to, why) values (101, '2026-03-10 10:05', '2026-03-10 10:07', "
        "'pass')");
    judge("2026-03-10 12:31");
    assert_string_equal(value("select count(*) from verdict where version > 1"), "0"); /* nothing has changed */
    assert_string_equal(
        value("select count(*) from duty_window w join was using (estate_id, t_from, duty_id, place_id) "
              "where w.xmin::text <> was.x and w.t_from <> '%s'",
              TEN),
        "0");
    pass(1, 2, "2026-03-10 10:15", "2026-03-10 10:17", "", "");
    pass(2, 2, "2026-03-10 10:19", "2026-03-10 10:20", "", "");
    sql("insert into judge_again (estate_id, t_from, t_to, why) values (101, '2026-03-10 10:15', '2026-03-10 10:20', "
        "'pass')");
    judge("2026-03-10 12:32");
    ASSERT_VERDICT(1, 1, "met proven 2/2/1 v2"); /* rests on more */
    ASSERT_VERDICT(1, 2, "met proven 1/1/1 v2");
    ASSERT_VERDICT(1, 3, "missed no_evidence 0/0/1 v1");
    assert_string_equal(value("select count(*) from verdict where version > 1"), "2");
    assert_string_equal(value("select verdict from verdict where place_id = 2 and version = 1 and t_from = '%s'", TEN),
                        "missed");
    assert_string_equal(value("select count(*) from judge_again"), "0");
}

/* Of the whole district's sources: for every estate that has duties. Before windows are decided it does no harm. */
static void marks_of_the_district(void **state)
{
    (void)state;
    duty(1, "every 1h", ", valid_from, valid_to", ", '2026-03-10 10:00', '2026-03-10 12:00'");
    sql("insert into duty (estate_id, id, key, name, subject_kind, proof, schedule, valid_from, valid_to) values (102, "
        "2, 'other', "
        "'义务', 'building', 'pass', 'every 1h', '2026-03-10 10:00', '2026-03-10 12:00')");
    judge("2026-03-10 11:30");
    sql("insert into outage (estate_id, scope, source_id, t_from, t_to, subject, subject_type, cause) values (0, "
        "'tracker', 3, "
        "'2026-03-10 10:10', '2026-03-10 10:20', gen_random_uuid(), 'guard', 'silent')");
    sql("insert into judge_again (estate_id, t_from, t_to, why) values (0, '2026-03-10 10:10', '2026-03-10 11:20', "
        "'outage')");
    judge("2026-03-10 11:31");
    ASSERT_VERDICT(1, 2, "unknown tracker_off 0/1/1 v2");
    assert_string_equal(value("select format('%%s%%s', verdict, version) from verdict where estate_id = 102 order by "
                              "version desc limit 1"),
                        "unknown2");
    assert_string_equal(value("select count(*) from judge_again"), "0");
    assert_string_equal(value("select count(*) from duty_window where verdict is not null and pending"), "0");
    judge("2026-03-10 12:30");
    assert_string_equal(verdict(1, 2, "2026-03-10 11:00"), "missed no_evidence 0/0/1 v1");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        kit_test(a_pass_within_the_measure),
        kit_test(edges),
        kit_test(versions_of_passes),
        kit_test(a_gap_hides_what_could_be_reached),
        kit_test(what_is_no_blind_time),
        kit_test(a_blind_unit_counts_once),
        kit_test(blindness_that_could_not_suffice),
        kit_test(waivers),
        kit_test(a_source_behind_is_waited_for_a_day),
        kit_test(only_sources_that_could_prove_it),
        kit_test(gaps_before_verdicts),
        kit_test(late_facts),
        kit_test(marks_of_the_district),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
