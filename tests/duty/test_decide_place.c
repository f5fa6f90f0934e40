/* What becomes of windows that ask for check-ins, rounds and coverage. Windows are the hour from 10:00 to 11:00 on 10
 * March 2026, judge looks at 11:30. Checkpoint 41 (tag NFC-1) stands at 120.009 30.005, 42 at building 1,
 * 120.001 30.005. */
#include "duty/judge_kit.h"

#define TEN "2026-03-10 10:00"
#define LOOK "2026-03-10 11:30"
#define AN_HOUR ", subject_kind, proof, subject_id, valid_from, valid_to"
#define OF(kind, proof, id) ", '" kind "', '" proof "', " #id ", '2026-03-10 10:00', '2026-03-10 11:00'"
#define ASSERT_VERDICT(duty, place, text) assert_string_equal(verdict(duty, place, TEN), text)

/* Guard number `who` reads a tag at a position; a longitude of 0: without one. */
static void scan(int who, const char *tag, const char *at, double lon, double lat)
{
    sql("insert into event (estate_id, t_event, dedup, t_recv, t_source, source_id, subject, subject_type, kind, "
        "phase, place_method, "
        "native_id, pos_source, lon, lat, acc_m) values (101, '%s', gen_random_uuid(), '%s', 'device', 1, "
        "'00000000-0000-0000-0000-%012d', 'guard', 'checkpoint', 'pulse', 'none', '%s', 'gnss', nullif(%f, 0), "
        "nullif(%f, 0), 10)",
        at, at, who, tag, lon, lon == 0 ? 0 : lat);
}

static void tags(void **state)
{
    (void)state;
    duty(1, "every 1h", AN_HOUR, OF("checkpoint", "checkin", 41));
    duty(2, "every 1h", AN_HOUR, OF("checkpoint", "checkin", 42));
    duty(3, "every 1h", AN_HOUR ", count", OF("checkpoint", "checkin", 41) ", 2");
    duty(4, "every 1h", AN_HOUR ", units", OF("checkpoint", "checkin", 41) ", 2");
    duty(5, "every 1h", AN_HOUR ", subject_types", OF("checkpoint", "checkin", 41) ", '{cleaner}'");
    duty(6, "every 1h", AN_HOUR ", form", OF("checkpoint", "checkin", 41) ", 'pump'");
    scan(1, "NFC-1", "2026-03-10 10:05", 120.009, 30.0051); /* 11 m off */
    scan(1, "NFC-1", "2026-03-10 11:00", 120.009, 30.005);  /* the next window's */
    judge(LOOK);
    ASSERT_VERDICT(1, 41, "met proven 1/1/1 v1");
    ASSERT_VERDICT(2, 42, "missed no_evidence 0/0/1 v1");
    ASSERT_VERDICT(3, 41, "missed too_little 1/1/2 v1");
    ASSERT_VERDICT(4, 41, "missed too_little 1/1/2 v1");
    ASSERT_VERDICT(5, 41, "missed no_evidence 0/0/1 v1");
    ASSERT_VERDICT(6, 41, "missed no_evidence 0/0/1 v1");
}

static void doubts_one(const char *reason)
{
    char expected[80];
    snprintf(expected, sizeof expected, "unknown %s 0/1/1 v1", reason);
    judge(LOOK);
    assert_string_equal(verdict(1, 41, TEN), expected);
    /* a good one besides, of another's, forty minutes later */
    scan(9, "NFC-1", "2026-03-10 10:50", 120.009, 30.005);
    sql("insert into judge_again (estate_id, t_from, t_to, why) values (101, '2026-03-10 10:50', '2026-03-10 10:50', "
        "'event')");
    judge(LOOK);
    assert_string_equal(
        value("select format('%%s%%s', verdict, version) from verdict where duty_id = 1 order by version desc limit 1"),
        "met2");
}

static void far(void **state)
{
    (void)state;
    duty(1, "every 1h", AN_HOUR, OF("checkpoint", "checkin", 41));
    scan(1, "NFC-1", "2026-03-10 10:05", 120.0085, 30.005); /* 48 m: more than 30 and the accuracy of 10 */
    doubts_one("doubtful_far");
}

static void two_places(void **state)
{
    (void)state;
    duty(1, "every 1h", AN_HOUR, OF("checkpoint", "checkin", 41));
    duty(2, "every 1h", AN_HOUR, OF("checkpoint", "checkin", 42));
    scan(1, "NFC-1", "2026-03-10 10:05", 120.009, 30.005);
    scan(2, "NFC-1", "2026-03-10 10:10", 120.004, 30.005); /* 480 m away within five minutes: both are doubted */
    judge(LOOK);
    assert_string_equal(value("select verdict || ' ' || reason || ' ' || best from verdict where duty_id = 1"),
                        "unknown doubtful_far 2");
    sql("delete from event where lon = 120.004; insert into judge_again (estate_id, t_from, t_to, why) values (101, "
        "'2026-03-10 10:05', '2026-03-10 10:10', 'event')");
    judge(LOOK);
    ASSERT_VERDICT(1, 41, "met proven 1/1/1 v2");
}

static void rapid(void **state)
{
    (void)state;
    duty(1, "every 1h", AN_HOUR, OF("checkpoint", "checkin", 41));
    sql("update checkpoint set tag = 'NFC-2' where id = 42");
    scan(1, "NFC-1", "2026-03-10 10:05:00", 0, 0);
    scan(1, "NFC-2", "2026-03-10 10:05:59", 0, 0);
    doubts_one("doubtful_rapid");
}

/* 770 m in 100 s is faster than 7 m/s; in 120 s it is not. */
static void speed(void **state)
{
    (void)state;
    duty(1, "every 1h", AN_HOUR, OF("checkpoint", "checkin", 41));
    sql("update checkpoint set tag = 'NFC-2' where id = 42");
    scan(1, "NFC-1", "2026-03-10 10:05:00", 0, 0);
    scan(1, "NFC-2", "2026-03-10 10:06:40", 0, 0);
    doubts_one("doubtful_speed");
    sql("delete from event; delete from verdict; update judge_mark set due_at = '-infinity'; update duty_window set "
        "pending = true");
    scan(1, "NFC-1", "2026-03-10 10:05:00", 0, 0);
    scan(1, "NFC-2", "2026-03-10 10:07:00", 0, 0);
    judge(LOOK);
    ASSERT_VERDICT(1, 41, "met proven 1/1/1 v1");
}

/* A card at the reader of checkpoint 42 counts for any type, and for building 1, in which the checkpoint is. */
static void cards(void **state)
{
    (void)state;
    duty(1, "every 1h", AN_HOUR, OF("checkpoint", "checkin", 42));
    duty(2, "every 1h", AN_HOUR, OF("building", "checkin", 1));
    duty(3, "every 1h", AN_HOUR, OF("building", "checkin", 2));
    sql("insert into device (estate_id, id, source_id, native_id, kind, checkpoint_id, state, valid_from) values "
        "(0, 81, 3, 'reader', 'reader', 42, 'accepted', '2026-01-01')");
    sql("insert into event (estate_id, t_event, dedup, t_recv, t_source, source_id, device_id, subject, subject_type, "
        "kind, phase, "
        "place_method) values (0, '2026-03-10 10:05', gen_random_uuid(), now(), 'device', 3, 81, gen_random_uuid(), "
        "'card', "
        "'checkpoint', 'pulse', 'registered')");
    judge(LOOK);
    ASSERT_VERDICT(1, 42, "met proven 1/1/1 v1");
    ASSERT_VERDICT(2, 1, "met proven 1/1/1 v1");
    ASSERT_VERDICT(3, 2, "missed no_evidence 0/0/1 v1");
}

/* A source that brings check-ins is away for longer than two minutes: nobody knows; a source of cameras hides none. */
static void a_source_away(void **state)
{
    (void)state;
    duty(1, "every 1h", AN_HOUR, OF("checkpoint", "checkin", 41));
    sql("insert into shift (estate_id, source_id, subject_type, label, label_en, starts_at, ends_at) values (101, 1, "
        "'guard', 'P1', "
        "'P1', '2026-03-10 06:00', '2026-03-10 14:00')");
    sql("insert into outage (estate_id, scope, source_id, t_from, t_to, cause) values (0, 'source', 2, '2026-03-10 "
        "10:10', "
        "'2026-03-10 10:40', 'connection')");
    judge(LOOK);
    ASSERT_VERDICT(1, 41, "missed no_evidence 0/0/1 v1");
    sql("insert into outage (estate_id, scope, source_id, t_from, t_to, cause) values (101, 'source', 1, '2026-03-10 "
        "10:10', "
        "'2026-03-10 10:40', 'session'); insert into judge_again (estate_id, t_from, t_to, why) values (101, "
        "'2026-03-10 10:10', "
        "'2026-03-10 10:40', 'outage')");
    judge(LOOK);
    ASSERT_VERDICT(1, 41, "unknown source_away 0/1/1 v2");
}

/* The route runs past three checkpoints; one was read, one passed, one neither. */
static void rounds(void **state)
{
    (void)state;
    sql("insert into checkpoint (estate_id, id, dataset, key, name, tag, geom, valid_from) select 101, 90 + n, 't', "
        "'r' || n, 'r', "
        "'R' || n, st_point(120.001 + n * 0.002, 30.001 + n * 0.002, 4326), '2026-01-01' from generate_series(1, 3) n");
    duty(1, "every 1h", AN_HOUR ", fraction", OF("route", "round", 31) ", 0.6");
    duty(2, "every 1h", AN_HOUR, OF("route", "round", 31));
    scan(1, "R1", "2026-03-10 10:05", 120.003, 30.003);
    sql("insert into pass (estate_id, t_event, t_to, subject, place_kind, place_id, fixes, nearest_m, subject_type) "
        "values (101, "
        "'2026-03-10 10:15', '2026-03-10 10:16', gen_random_uuid(), 'checkpoint', 92, 3, 5, 'guard')");
    judge(LOOK);
    assert_string_equal(
        value(
            "select concat_ws(' ', verdict, reason, round(found::numeric, 2), needed) from verdict where duty_id = 1"),
        "met proven 0.67 0.6");
    assert_string_equal(
        value("select concat_ws(' ', verdict, reason, round(found::numeric, 2), round(best::numeric, 2)) from verdict "
              "where duty_id = 2"),
        "missed too_little 0.67 0.67");
    gap(1, "2026-03-10 10:20", "2026-03-10 10:40", "silent");
    sql("insert into judge_again (estate_id, t_from, t_to, why) values (101, '2026-03-10 10:20', '2026-03-10 10:40', "
        "'outage')");
    judge(LOOK);
    assert_string_equal(
        value("select concat_ws(' ', verdict, reason, best, version) from verdict where duty_id = 2 order by version "
              "desc limit 1"),
        "unknown tracker_off 1 2");
}

/* Ten cells, eight passable. One subject swept four, the other four of which two are the same: six. Cells of another
 * grid do not count; nor do those swept with the tool up, where the tool is asked. */
static void areas(void **state)
{
    (void)state;
    duty(1, "every 1h", AN_HOUR ", fraction, subject_types", OF("zone", "area", 21) ", 0.75, '{cleaner}'");
    duty(2, "every 1h", AN_HOUR ", fraction, subject_types, tool", OF("zone", "area", 21) ", 0.75, '{cleaner}', true");
    duty(3, "every 1h", AN_HOUR ", fraction, subject_types", OF("zone", "area", 22) ", 0.5, '{cleaner}'");
    sql("insert into zone_grid (estate_id, zone_id, grid, lon, lat, cell_m, width, height, passable, mask) values "
        "(101, 21, '00000000-0000-0000-0000-00000000000a', 120, 30, 2.5, 5, 2, 8, B'1111111100'), "
        "(101, 22, '00000000-0000-0000-0000-00000000000c', 120, 30, 2.5, 5, 2, 0, B'0000000000')");
    sql("insert into coverage (estate_id, t_event, t_to, subject, zone_id, subject_type, grid, cells, tool) select "
        "101, t::timestamptz, "
        "t::timestamptz + interval '5 minutes', gen_random_uuid(), 21, k::subject_type, "
        "('00000000-0000-0000-0000-00000000000' || g)::uuid, "
        "c::bit varying, tool from (values ('2026-03-10 10:05', 'cleaner', 'a', '1111000000', true), "
        "('2026-03-10 10:15', 'cleaner', 'a', '0011110000', false), ('2026-03-10 10:25', 'cleaner', 'b', '0000001100', "
        "true), "
        "('2026-03-10 10:35', 'guard', 'a', '0000001100', true), ('2026-03-10 11:00', 'cleaner', 'a', '0000001100', "
        "true)) "
        "v (t, k, g, c, tool)");
    judge(LOOK);
    ASSERT_VERDICT(1, 21, "met proven 0.75/0.75/0.75 v1");
    ASSERT_VERDICT(2, 21, "missed too_little 0.5/0.5/0.75 v1");
    ASSERT_VERDICT(3, 22, "missed nothing_passable 0/0/0.5 v1");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        kit_test(tags),  kit_test(far),           kit_test(two_places), kit_test(rapid), kit_test(speed),
        kit_test(cards), kit_test(a_source_away), kit_test(rounds),     kit_test(areas),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
