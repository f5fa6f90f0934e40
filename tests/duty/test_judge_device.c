/* Judge's proofs by what devices told, worked by hand: judge_fill.sql, judge_online.sql. */
#include "fixture/formula_kit.h"

#define JUDGED "found, best, needed, blind_s, coalesce(doubt, '-')"
#define EVIDENCE                                                                                              \
    "(select string_agg(concat_ws(' ', e.what, e.estate_id, case e.what when 'event' then to_char(e.at, 'DD " \
    "HH24:MI') end, e.id),"                                                                                   \
    " ', ' order by o) from unnest(evidence) with ordinality e (what, estate_id, at, key, id, version, o))"

static const char *proof; /* of the windows that follow */

static void stage(void)
{
    proof = "fill";
    kit_sql(kit_query("judge_stage"));
    kit_sql(kit_query("judge_stage_found"));
}

static void window(int duty, int device, const char *from, const char *to)
{
    kit_format("insert into judging (estate_id, t_from, t_to, duty_id, place_id, proof, device_estate_id, source_id, "
               "fill_percent, "
               "allow_s, fraction) values (1, '%s', '%s', %d, %d, '%s', 1, 2, 80, 3600, 0.95)",
               from, to, duty, device, proof);
}

/* Windows of other proofs lie in the same table: they are others' business. */
static void window_of_another(void)
{
    kit_sql("insert into judging (estate_id, t_from, t_to, duty_id, place_id, proof) values (1, '2026-03-01 00:00Z', "
            "'2026-03-01 08:00Z', 99, 10, 'pass')");
}

static void fill(const char *at, double value)
{
    char values[128];
    snprintf(values, sizeof values, ", '{\"fill\":{\"value\":%g,\"unit\":\"%%\"}}'", value);
    kit_event(2, 10, "measurement", "pulse", at, ", measures", values);
}

/* Threshold 80 %, an hour is allowed. Readings 23:00 before: 50; 2:00: 85; 8:00: 20 - and then nothing for 24 h.
 *   window  0:00- 8:00 (1): below 0:00-2:00 = 7,200 s; full 21,600; best = found; needed 28,800 - 3,600
 *   window  8:00-16:00 (2): below all the time
 *   window  6:00-12:00 next day (3): below until 8:00 = 7,200; then silence: best 21,600, blind 14,400
 *   window  0:00- 8:00 of a bin that is gone (4): nothing is known of it */
static void fill_is_found_and_best(void **state)
{
    (void)state;
    stage();
    window_of_another();
    kit_device(2, 10, "bin", "bin", "2020-01-01");
    fill("2026-02-28 23:00Z", 50);
    fill("2026-03-01 02:00Z", 85);
    fill("2026-03-01 02:30Z", 86);
    fill("2026-03-01 08:00Z", 20);
    window(1, 10, "2026-03-01 00:00Z", "2026-03-01 08:00Z");
    window(2, 10, "2026-03-01 08:00Z", "2026-03-01 16:00Z");
    window(3, 10, "2026-03-02 06:00Z", "2026-03-02 12:00Z");
    window(4, 11, "2026-03-01 00:00Z", "2026-03-01 08:00Z");
    kit_sql(kit_query("judge_fill"));
    assert_string_equal(kit_value("select duty_id, " JUDGED " from judged order by duty_id"),
                        "1 7200 7200 25200 0 -; 2 28800 28800 25200 0 -; 3 7200 21600 18000 14400 silent; 4 0 28800 "
                        "25200 28800 silent");
    assert_string_equal(kit_value("select duty_id, " EVIDENCE " from judged order by duty_id"),
                        "1 event 1 28 23:00, event 1 01 02:00, event 1 01 02:30; 2 event 1 01 02:30, event 1 01 08:00; "
                        "3 event 1 01 08:00; 4 -");
    assert_string_equal(
        kit_value("select bool_and(exists (select 1 from event v where v.estate_id = e.estate_id and v.t_event = e.at"
                  " and v.dedup = e.key)) from judged, unnest(evidence) e"),
        "t");
}

/* The same first window with the source away 1:00-1:30 and, a row that was superseded, 3:00-4:00: found 5,400, best
 * 5,400 + 1,800; it hangs on the outage, which is evidence too. Without a reading of any time: all unknown. */
static void an_outage_is_blind(void **state)
{
    (void)state;
    stage();
    kit_device(2, 10, "bin", "bin", "2020-01-01");
    fill("2026-02-28 23:00Z", 50);
    fill("2026-03-01 02:00Z", 85);
    kit_sql("insert into outage (estate_id, id, scope, source_id, t_from, t_to, cause, void) values"
            " (1, 1, 'source', 2, '2026-03-01 01:00Z', null, 'connection', false),"
            " (1, 2, 'source', 2, '2026-03-01 01:00Z', '2026-03-01 01:30Z', 'connection', false),"
            " (1, 3, 'source', 2, '2026-03-01 03:00Z', '2026-03-01 04:00Z', 'connection', false),"
            " (1, 4, 'source', 2, '2026-03-01 03:00Z', '2026-03-01 04:00Z', 'connection', true),"
            " (1, 5, 'source', 1, '2026-03-01 00:00Z', '2026-03-01 08:00Z', 'connection', false)");
    window(1, 10, "2026-03-01 00:00Z", "2026-03-01 08:00Z");
    kit_sql(kit_query("judge_fill"));
    assert_string_equal(
        kit_value("select " JUDGED ", " EVIDENCE ", (select count(*) from unnest(evidence) e join outage o"
                  " on o.estate_id = e.estate_id and o.recorded_at = e.at and o.id = e.id) from judged"),
        "5400 7200 25200 1800 source_away event 1 28 23:00, outage 1 2, event 1 01 02:00 1");
}

/* However much was told, 32 entries: the last before the window, the turns, then the rest from the beginning. Every 10
 * minutes from 23:50 on 10 % but for 7:00 (90): it is full 7:00-7:10. */
static void evidence_is_bounded(void **state)
{
    (void)state;
    char at[64];
    stage();
    kit_device(2, 10, "bin", "bin", "2020-01-01");
    for (int i = -1; i < 48; i++) {
        snprintf(at, sizeof at, "2026-03-01 00:00Z'::timestamptz + interval '%d minutes", i * 10);
        fill(at, i == 42 ? 90 : 10);
    }
    window(1, 10, "2026-03-01 00:00Z", "2026-03-01 08:00Z");
    kit_sql(kit_query("judge_fill"));
    assert_string_equal(kit_value("select " JUDGED ", cardinality(evidence), to_char(evidence[1].at, 'HH24:MI'),"
                                  " to_char(evidence[30].at, 'HH24:MI'), to_char(evidence[31].at, 'HH24:MI'),"
                                  " to_char(evidence[32].at, 'HH24:MI') from judged"),
                        "28200 28200 25200 0 - 32 23:50 04:40 07:00 07:10");
}

/* 0.95 of 8 h is 27,360 s.
 *   camera 4 (1): said online the day before, offline 1:00-1:20: found 27,600, best the same: enough, and known
 *   the same (2), 8:00-16:00: from 15:00 on its source is away: found 25,200, best 28,800: unknown, as the source was
 * away camera 5 (3): every 5 min until 6:00, heartbeat 10 min; then silent: found 21,600 + 600, best 28,800 camera 6
 * (4): offline from 3:00: found 10,800, best the same; its silence is no doubt, for it said so camera 7 (5): never told
 * anything */
static void online_is_found_and_best(void **state)
{
    (void)state;
    stage();
    proof = "online";
    window_of_another();
    for (int id = 4; id <= 7; id++) {
        char native[16];
        snprintf(native, sizeof native, "c%d", id);
        kit_device(2, id, native, "camera", "2020-01-01");
        window(id == 4 ? 1 : id - 2, id, "2026-03-01 00:00Z", "2026-03-01 08:00Z");
    }
    window(2, 4, "2026-03-01 08:00Z", "2026-03-01 16:00Z");
    kit_event(2, 4, "lifecycle", "start", "2026-02-27 09:00Z", "", "");
    kit_event(2, 4, "lifecycle", "end", "2026-03-01 01:00Z", "", "");
    kit_event(2, 4, "lifecycle", "start", "2026-03-01 01:20Z", "", "");
    kit_event(2, 6, "lifecycle", "start", "2026-02-20 09:00Z", "", "");
    kit_event(2, 6, "lifecycle", "end", "2026-03-01 03:00Z", "", "");
    kit_sql("update device set heartbeat_s = 600 where id = 5;"
            "insert into event (estate_id, t_event, dedup, t_recv, t_source, source_id, device_id, kind, phase, "
            "place_method)"
            " select 1, t, gen_random_uuid(), t, 'device', 2, 5, 'measurement', 'pulse', 'registered'"
            " from generate_series(timestamptz '2026-02-28 23:00Z', '2026-03-01 06:00Z', '5 minutes') t;"
            "insert into outage (estate_id, id, scope, source_id, t_from, t_to, cause) values"
            " (1, 1, 'source', 2, '2026-03-01 15:00Z', '2026-03-01 17:00Z', 'connection')");
    kit_sql(kit_query("judge_online"));
    assert_string_equal(
        kit_value("select duty_id, " JUDGED " from judged order by duty_id"),
        "1 27600 27600 27360 0 -; 2 25200 28800 27360 3600 source_away; 3 22200 28800 27360 6600 silent; "
        "4 10800 10800 27360 0 -; 5 0 28800 27360 28800 silent");
    assert_string_equal(kit_value("select duty_id, " EVIDENCE " from judged where duty_id <> 2 order by duty_id"),
                        "1 event 1 27 09:00, event 1 01 01:00, event 1 01 01:20; 3 event 1 01 06:00; "
                        "4 event 1 20 09:00, event 1 01 03:00; 5 -");
    assert_string_equal(
        kit_value("select cardinality(evidence), (select count(*) from unnest(evidence) e where e.what = 'outage')"
                  " from judged where duty_id = 2"),
        "2 1");
}

/* No window is asked: none is judged, and nothing fails. */
static void nothing_is_asked(void **state)
{
    (void)state;
    stage();
    kit_sql(kit_query("judge_fill"));
    kit_sql(kit_query("judge_online"));
    assert_string_equal(kit_value("select count(*) from judged"), "0");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        kit_test(fill_is_found_and_best),   kit_test(an_outage_is_blind), kit_test(evidence_is_bounded),
        kit_test(online_is_found_and_best), kit_test(nothing_is_asked),
    };
    return cmocka_run_group_tests(tests, kit_open, kit_close);
}
