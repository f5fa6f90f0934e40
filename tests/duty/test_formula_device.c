/* Measures of devices, worked by hand: camera_uptime, bin_overflow. Events as ingest writes them: `hutong decode` of
 * Frigate's PREFIX/CAMERA/status/ROLE gives kind lifecycle, phase start or end, channel ROLE (none for detect, which is
 * the camera), of its PREFIX/available the same of the device PREFIX; a fill is {"fill":{"value":85,"unit":"%"}} in
 * measures. */
#include "fixture/formula_kit.h"

enum { RECORDER = 1, GATE, YARD, LOBBY, NEVER, BERLIN };

static void fill(int device, const char *at, double value)
{
    char values[128];
    snprintf(values, sizeof values, ", '{\"fill\":{\"value\":%g,\"unit\":\"%%\"}}'", value);
    kit_event(2, device, "measurement", "pulse", at, ", measures", values);
}

static void outage(int estate, int source, int id, const char *from, const char *to, const char *more)
{
    kit_format("insert into outage (estate_id, id, scope, source_id, t_from, t_to, cause%s) values (%d, %d, 'source', "
               "%d, '%s', '%s',"
               " 'session'%s)",
               *more ? ", void" : "", estate, id, source, from, to, more);
}

#define UPTIME "device_id, value, numerator, denominator, unit, offline_s, unknown_s, hidden_s, value_known"
#define DAY "2026-02-28 16:00Z", "2026-03-01 16:00Z" /* March 1 in Shanghai: 86,400 s */

/* The gate's camera said online two days before, offline 6:00-8:00; its recorder 20:00-21:00. Its recording stopped at
 * 10:00, which is not the camera. Said twice is said once. Offline 2 h + 1 h = 10,800; online 75,600 of 86,400 s =
 * 0.875. The yard's said nothing of itself but was seen working at 1:00; 4 h are believed: online 14,400; offline with
 * its recorder, 3,600; unknown 68,400; of the known 0.8. Value 14,400 / 86,400 = 1/6. Of the camera that never told
 * anything all is unknown: no known share. */
static void a_camera_is_what_it_and_its_recorder_say(void **state)
{
    (void)state;
    kit_device(1, RECORDER, "frigate", "recorder", "2020-01-01");
    kit_device(1, GATE, "gate", "camera", "2020-01-01");
    kit_device(1, YARD, "yard", "camera", "2020-01-01");
    kit_device(2, NEVER, "n", "camera", "2020-01-01");
    kit_event(1, GATE, "lifecycle", "start", "2026-02-26 16:00Z", "", "");
    kit_event(1, RECORDER, "lifecycle", "start", "2026-02-26 16:00Z", "", "");
    kit_event(1, GATE, "lifecycle", "end", "2026-02-28 22:00Z", "", "");
    kit_event(1, GATE, "lifecycle", "end", "2026-02-28 22:00Z", "", "");
    kit_event(1, GATE, "lifecycle", "start", "2026-03-01 00:00Z", "", "");
    kit_event(1, GATE, "lifecycle", "end", "2026-03-01 02:00Z", ", channel", ", 'record'");
    kit_event(1, RECORDER, "lifecycle", "end", "2026-03-01 12:00Z", "", "");
    kit_event(1, RECORDER, "lifecycle", "start", "2026-03-01 13:00Z", "", "");
    kit_event(1, YARD, "detection", "start", "2026-02-28 17:00Z", ", channel", ", 'motion'");
    assert_string_equal(kit_ask("formula_camera_uptime", UPTIME, "{1}", DAY, "day", "4 hours", "{camera}", NULL),
                        "2 0.875 75600 86400 s/s 10800 0 0 0.875; "
                        "3 0.166666666666667 14400 86400 s/s 3600 68400 0 0.8; "
                        "5 0 0 86400 s/s 0 86400 0 -");
    assert_string_equal(kit_ask("formula_camera_uptime", UPTIME, "{2}", DAY, "day", "4 hours", "{camera}", NULL), "");
}

/* A camera that says something every 10 minutes at least (heartbeat_s 600), heard every 5 from 0:00 to 2:00: known
 * until 2:10, 7,800 s. An outage of its source 1:00-1:30 hides nothing: no two messages around it are farther apart
 * than the heartbeat. One from 2:05 to 2:10 hides 300 s. A third was taken back. Online 7,500; unknown 78,900, of them
 * 300 hidden. */
static void a_heartbeat_bounds_silence_and_outages(void **state)
{
    (void)state;
    kit_device(2, LOBBY, "l", "camera", "2020-01-01");
    kit_sql("update device set heartbeat_s = 600 where id = 4");
    kit_sql("insert into event (estate_id, t_event, dedup, t_recv, t_source, source_id, device_id, kind, phase, "
            "place_method)"
            " select 1, t, gen_random_uuid(), t, 'device', 2, 4, 'lifecycle', 'update', 'registered'"
            " from generate_series(timestamptz '2026-02-28 16:00Z', '2026-02-28 18:00Z', '5 minutes') t");
    outage(1, 2, 1, "2026-02-28 17:00Z", "2026-02-28 17:30Z", "");
    outage(1, 2, 2, "2026-02-28 18:05Z", "2026-02-28 18:10Z", "");
    outage(1, 2, 3, "2026-02-28 18:00Z", "2026-02-28 18:05Z", "");
    outage(1, 2, 4, "2026-02-28 18:00Z", "2026-02-28 18:05Z", ", true");
    assert_string_equal(kit_ask("formula_camera_uptime", "numerator, offline_s, unknown_s, hidden_s", "{1}", DAY, "day",
                                "4 hours", "{camera}", NULL),
                        "7500 0 78900 300");
    /* Without one on record, a camera that began but cannot say that it ends is believed for the 24 h after its last
     * update. */
    kit_sql("update device set heartbeat_s = null where id = 4; delete from outage");
    assert_string_equal(
        kit_ask("formula_camera_uptime", "numerator, unknown_s", "{1}", DAY, "day", "1 day", "{camera}", NULL),
        "86400 0");
    assert_string_equal(
        kit_ask("formula_camera_uptime", "numerator, unknown_s", "{1}", DAY, "day", "1 hour", "{camera}", NULL),
        "10800 75600");
    /* A start that updates follow is no will of a broker's: when they stay away, nobody knows. */
    kit_event(2, LOBBY, "lifecycle", "start", "2026-02-28 15:59Z", "", "");
    assert_string_equal(
        kit_ask("formula_camera_uptime", "numerator, unknown_s", "{1}", DAY, "day", "1 hour", "{camera}", NULL),
        "10800 75600");
    kit_sql("delete from event where phase = 'update'");
    assert_string_equal(
        kit_ask("formula_camera_uptime", "numerator, unknown_s", "{1}", DAY, "day", "1 hour", "{camera}", NULL),
        "86400 0");
}

/* Berlin: the day on which the clocks go forward has 23 hours, the one on which they go back 25, March 31 days less an
 * hour. Registered on March 30 at noon (10:00Z), a camera has 12 h of that day and none before. A state `online` says
 * it too. */
static void days_are_as_long_as_they_are(void **state)
{
    (void)state;
    kit_device(3, BERLIN, "b", "camera", "2020-01-01");
    kit_event(3, BERLIN, "state", "start", "2026-03-01 12:00Z", ", channel, measures",
              ", 'online', '{\"online\":{\"value\":1,\"unit\":\"1\"}}'");
    assert_string_equal(kit_ask("formula_camera_uptime", "bucket, value, numerator, denominator", "{3}",
                                "2026-03-27 23:00Z", "2026-03-30 22:00Z", "day", "1 hour", "{camera}", NULL),
                        "2026-03-27 23:00:00+00 1 86400 86400; 2026-03-28 23:00:00+00 1 82800 82800; "
                        "2026-03-29 22:00:00+00 1 86400 86400");
    /* 744 h - 1 h; online since March 1 12:00Z, 13 h after the month began: 730 h. */
    assert_string_equal(kit_ask("formula_camera_uptime", "bucket, numerator, denominator", "{3}", "2026-02-28 23:00Z",
                                "2026-03-31 22:00Z", "month", "1 hour", "{camera}", NULL),
                        "2026-02-28 23:00:00+00 2628000 2674800");
    kit_event(3, BERLIN, "state", "end", "2026-03-29 00:00Z", ", channel, measures",
              ", 'online', '{\"online\":{\"value\":0,\"unit\":\"1\"}}'");
    assert_string_equal(kit_ask("formula_camera_uptime", "value, numerator, offline_s", "{3}", "2026-03-28 23:00Z",
                                "2026-03-29 22:00Z", "period", "1 hour", "{camera}", NULL),
                        "0.0434782608695652 3600 79200");
    kit_sql("update device set valid_from = '2026-03-30 10:00Z' where id = 6");
    assert_string_equal(kit_ask("formula_camera_uptime", "denominator", "{3}", "2026-03-28 23:00Z", "2026-03-30 22:00Z",
                                "day", "1 hour", "{camera}", NULL),
                        "43200");
}

#define OVERFLOW "value, numerator, denominator, unit, unknown_min, hidden_min, overflows, late, full_at_end"

/* A day from midnight, threshold 80 %, deadline 4 h, a reading tells for 6 h at most.
 *   23:00 before: 50 | 2:00: 85 | 4:00: 90, twice | 9:00: 30 | 18:00: 95
 * full 2:00-9:00 (420 min, late) and 18:00-24:00 (360 min, late, goes on): 780; below 0:00-2:00 and 9:00-15:00: 480;
 * nobody knows 15:00-18:00: 180. Known 1,260; 780 / 1,260 = 0.619. A reading of exactly 80 is full.
 * An outage 18:30-19:00 hides 30 min: full 750 and one overflow more, of 30 min, which is not late. */
static void a_bin_overflows(void **state)
{
    (void)state;
    kit_device(2, 10, "bin", "bin", "2020-01-01");
    fill(10, "2026-02-28 23:00Z", 50);
    fill(10, "2026-03-01 02:00Z", 85);
    fill(10, "2026-03-01 04:00Z", 90);
    fill(10, "2026-03-01 04:00Z", 90);
    fill(10, "2026-03-01 09:00Z", 30);
    fill(10, "2026-03-01 18:00Z", 80);
    assert_string_equal(kit_ask("formula_bin_overflow", OVERFLOW, "{1}", "2026-03-01 00:00Z", "2026-03-02 00:00Z", "80",
                                "4 hours", "6 hours", NULL),
                        "0.619047619047619 780 1260 min/min 180 0 2 2 t");
    outage(1, 2, 1, "2026-03-01 18:30Z", "2026-03-01 19:00Z", "");
    assert_string_equal(kit_ask("formula_bin_overflow", OVERFLOW, "{1}", "2026-03-01 00:00Z", "2026-03-02 00:00Z", "80",
                                "4 hours", "6 hours", NULL),
                        "0.609756097560976 750 1230 min/min 210 30 3 2 t");
    /* From 6:00 on it is late already: it has been full since 2:00. */
    assert_string_equal(kit_ask("formula_bin_overflow", "numerator, overflows, late", "{1}", "2026-03-01 06:30Z",
                                "2026-03-01 12:00Z", "80", "4 hours", "6 hours", NULL),
                        "150 1 1");
    assert_string_equal(kit_ask("formula_bin_overflow", OVERFLOW, "{2}", "2026-03-01 00:00Z", "2026-03-02 00:00Z", "80",
                                "4 hours", "6 hours", NULL),
                        "");
}

/* Retained by the broker and dated by its receipt (flag replay, 2): how old that fill is, nobody knows. */
static void an_undated_reading_tells_nothing(void **state)
{
    (void)state;
    kit_device(2, 10, "bin", "bin", "2020-01-01");
    fill(10, "2026-03-01 02:00Z", 85);
    kit_sql("update event set flags = 3, t_source = 'received'");
    assert_string_equal(kit_ask("formula_bin_overflow", OVERFLOW, "{1}", "2026-03-01 00:00Z", "2026-03-02 00:00Z", "80",
                                "4 hours", "6 hours", NULL),
                        "- 0 0 min/min 1440 0 0 0 f");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        kit_test(a_camera_is_what_it_and_its_recorder_say),
        kit_test(a_heartbeat_bounds_silence_and_outages),
        kit_test(days_are_as_long_as_they_are),
        kit_test(a_bin_overflows),
        kit_test(an_undated_reading_tells_nothing),
    };
    return cmocka_run_group_tests(tests, kit_open, kit_close);
}
