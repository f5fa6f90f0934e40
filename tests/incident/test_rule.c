/* rule*.c, fed by ingest's own storing: holds, ends, merging, rests, quiet hours, ages, places - and what is no news.
 */
#include "rule_kit.h"

#include <pthread.h>

static void an_alarm_is_an_incident(void **state)
{
    (void)state;
    rules(NULL);
    say("a", "smoke", 1, 0);
    are("");
    judge(0.1);
    are("smoke reported 1");
    assert_string_equal(
        kit_value(kit_pg, "select concat_ws('|', origin, severity, building_id, storey, device_id, title, "
                          "lon is not null, rule_id = (select id from rule where key = 'smoke')) from incident"),
        "rule|serious|1|2|11|1号楼2层 a号 烟雾报警|t|t");
    assert_int_equal(kit_number(kit_pg, "select count(*) from clock"), 3);
    outcomes("raised");
    assert_int_equal(kit_number(kit_pg, "select count(*) from rule_hit h join incident i on i.id = h.incident_id"), 1);
    judge(10);
    are("smoke reported 1");
}

static void each_default_rule(void **state)
{
    (void)state;
    static const struct {
        const char *device, *measure, *category;
    } rows[] = {{"a", "fire", "smoke"},         {"a", "gas", "gas_leak"},
                {"a", "co_alarm", "gas_leak"},  {"a", "water_leak", "water_leak"},
                {"a", "trapped", "lift_stuck"}, {"a", "sos", "sos"}};
    for (size_t i = 0; i < BASE_COUNT(rows); i++) {
        char wanted[64];
        rules(NULL);
        say(rows[i].device, rows[i].measure, 1, 0);
        judge(1);
        snprintf(wanted, sizeof wanted, "%s reported 1", rows[i].category);
        are(wanted);
    }
    rules(NULL);
    say("a", "battery_low", 1, 0);
    say("a", "motion", 1, 1);
    judge(2);
    are("");
    outcomes("");
}

/* Filed and dispatched with the report: to the post nearest to the building, else to whose the estate is. */
static void sent_to_who_must_act(void **state)
{
    (void)state;
    rules(NULL);
    sql("insert into organisation (id, kind, code, name) values (8, 'site', 'south', '南区管理处'); update estate set "
        "organisation_id = 7; insert into responsibility (estate_id, building_id, kind, organisation_id, label) values "
        "(101, 2, 'site', 8, '南区')");
    say("a", "smoke", 1, 0);
    say("c", "gas", 1, 1);
    judge(2);
    are("smoke dispatched 1, gas_leak dispatched 1");
    assert_string_equal(kit_value(kit_pg, "select string_agg(organisation_id::text, ',' order by id) from incident"),
                        "7,8");
    assert_string_equal(
        kit_value(kit_pg, "select string_agg(concat_ws(' ', step, actor, organisation_id), ',' order by id) from "
                          "incident_step where incident_id = (select min(id) from incident)"),
        "report hutong,file hutong,dispatch hutong 7");
    assert_int_equal(kit_number(kit_pg, "select count(*) from incident where touched"), 0);
    say("a", "smoke", 0, 3);
    say("a", "smoke", 1, 4);
    judge(5); /* what is added to it sends nobody again */
    assert_int_equal(kit_number(kit_pg, "select count(*) from incident_step where step = 'dispatch'"), 2);
    sql("update rule set send = null");
    say("b", "water_leak", 1, 6);
    judge(7);
    are("smoke dispatched 1, gas_leak dispatched 1, water_leak reported 1");
    sql("delete from responsibility; update estate set organisation_id = null");
}

static void a_hold(void **state)
{
    (void)state;
    rules(SMOKE "null, 60, 'smoke', 'building', 0, null::time, null::time, 'wait', 3700)");
    say("a", "smoke", 1, 0);
    judge(59);
    are("");
    say("a", "smoke", 0, 59.5);
    judge(100);
    are("");
    outcomes("holds cleared");
    say("a", "smoke", 1, 200);
    judge(259.9);
    are("");
    judge(260);
    are("smoke reported 1");
    assert_string_equal(kit_value(kit_pg, "select (t_event = (select max(t_event) from rule_hit))::text from incident"),
                        "true");
    outcomes("holds cleared raised");
}

/* However late begin and end are heard: what lasted has raised, what did not has not. */
static void a_hold_heard_late(void **state)
{
    (void)state;
    rules(SMOKE "null, 60, 'smoke', 'building', 0, null::time, null::time, 'wait', 3700)");
    put(event_at("a", "smoke", 1, 0));
    put(event_at("a", "smoke", 0, 61));
    put(event_at("b", "smoke", 1, 0));
    put(event_at("b", "smoke", 0, 59));
    store();
    judge(500);
    are("smoke reported 1");
    assert_int_equal(kit_number(kit_pg, "select device_id from incident"), 11);
    assert_string_equal(kit_value(kit_pg, "select string_agg(step, ' ' order by id) from incident_step"),
                        "report clear");
}

/* Fill of a bin: over 90 begins, under 70 ends, in between nothing changes. */
static void hysteresis(void **state)
{
    (void)state;
    static const double fills[] = {95, 85, 75, 92, 71, 89, 69, 85, 75};
    rules("('bin', 'fill >= 90', 'fill < 70', null, 300, 'bin_overflow', 'device', 0, null::time, null::time, 'wait', "
          "3700)");
    for (size_t i = 0; i < BASE_COUNT(fills); i++) {
        struct sensors_event event = event_at("c", "fill", fills[i], 100.0 * (double)i);
        event.kind = SENSORS_KIND_MEASUREMENT;
        event.phase = SENSORS_PHASE_SNAPSHOT;
        put(event);
        store();
        judge(100.0 * (double)i);
    }
    are("bin_overflow reported 1");
    outcomes("raised cleared"); /* what changes nothing leaves no row */
    assert_string_equal(kit_value(kit_pg, "select state from rule_state"), "clear");
}

static void flapping_is_one(void **state)
{
    (void)state;
    rules(PLAIN);
    for (int i = 0; i < 40; i++) {
        say("a", "smoke", (i + 1) % 2, i);
        if (i % 3 == 0) {
            judge(i);
        }
    }
    judge(50);
    are("smoke reported 1");
    assert_int_equal(kit_number(kit_pg, "select count(*) from rule_hit where settled_at is null"), 0);
    assert_int_equal(kit_number(kit_pg, "select count(*) from rule_hit where outcome = 'again'"), 19);
}

static void merging(void **state)
{
    (void)state;
    rules(PLAIN);
    say("a", "smoke", 1, 0);
    say("b", "smoke", 1, 5); /* another storey of the building */
    say("c", "smoke", 1, 6); /* another building */
    judge(10);
    are("smoke reported 2, smoke reported 1");
    rules(SMOKE "null, 0, 'smoke', 'storey', 0, null::time, null::time, 'wait', 3700)");
    say("a", "smoke", 1, 0);
    say("b", "smoke", 1, 5);
    judge(10);
    are("smoke reported 1, smoke reported 1");
    rules(SMOKE "null, 0, 'smoke', 'device', 0, null::time, null::time, 'wait', 3700)");
    say("a", "smoke", 1, 0);
    say("b", "smoke", 1, 5);
    judge(10);
    are("smoke reported 1, smoke reported 1");
}

/* After it was closed nothing follows for merge_s; what still holds then is a new one. */
static void a_rest_after_closing(void **state)
{
    (void)state;
    rules(SMOKE "null, 0, 'smoke', 'building', 600, null::time, null::time, 'wait', 3700)");
    say("a", "smoke", 1, 0);
    judge(1);
    say("a", "smoke", 0, 50);
    judge(51);
    close_all(100);
    say("a", "smoke", 1, 200);
    say("a", "smoke", 0, 300);
    judge(301);
    are("smoke closed 1");
    say("a", "smoke", 1, 400);
    judge(699);
    are("smoke closed 1");
    judge(700);
    are("smoke closed 1, smoke reported 1");
    rules(PLAIN); /* without a rest: at once */
    say("a", "smoke", 1, 0);
    say("a", "smoke", 0, 1);
    judge(2);
    close_all(3);
    say("a", "smoke", 1, 4);
    judge(5);
    are("smoke closed 1, smoke reported 1");
}

/* The estate's local time: an hour from now on is quiet, as is the hour ago when all begins. */
static void quiet(const char *how)
{
    char text[600];
    snprintf(text, sizeof text,
             SMOKE "null, 0, 'smoke', 'building', 0, (to_timestamp(%lld) at time zone 'Asia/Shanghai')::time, "
                   "(to_timestamp(%lld) at time zone 'Asia/Shanghai')::time, '%s', 3700)",
             (long long)(world.start_us / SECOND - 600), (long long)(world.start_us / SECOND + 600), how);
    rules(text);
}

static void quiet_hours(void **state)
{
    (void)state;
    quiet("wait");
    say("a", "smoke", 1, 0);
    say("b", "smoke", 1, 1);
    judge(2);
    say("b", "smoke", 0, 100);
    judge(599);
    are("");
    judge(600);
    are("smoke reported 1");
    assert_int_equal(kit_number(kit_pg, "select device_id from incident"), 11);
    quiet("drop");
    say("a", "smoke", 1, 0);
    judge(2);
    judge(1000);
    are("");
    outcomes("quiet");
    say("a", "smoke", 0, 700);
    say("a", "smoke", 1, 800);
    judge(1000);
    are("smoke reported 1");
}

static void quiet_hours_end_when(void **state)
{
    (void)state;
    static const struct {
        const char *moment, *from, *to, *end;
    } rows[] = {
        {"2026-11-22 03:00+08", "22:00", "06:00", "2026-11-21 22:00:00"},
        {"2026-11-22 22:00+08", "22:00", "06:00", "2026-11-22 22:00:00"},
        {"2026-11-22 06:00+08", "22:00", "06:00", ""},
        {"2026-11-22 12:59+08", "12:00", "13:00", "2026-11-22 05:00:00"},
        {"2026-11-22 13:00+08", "12:00", "13:00", ""},
    };
    for (size_t i = 0; i < BASE_COUNT(rows); i++) {
        char text[300];
        snprintf(text, sizeof text, "select quiet_end('%s', 'Asia/Shanghai', '%s', '%s') at time zone 'UTC'",
                 rows[i].moment, rows[i].from, rows[i].to);
        assert_string_equal(kit_value(kit_pg, text), rows[i].end);
    }
    assert_string_equal(kit_value(kit_pg, "select quiet_end(now(), 'Asia/Shanghai', null, null)"), "");
}

/* A backlog is kept and raises nothing; judge's own delay is no age. */
static void the_greatest_age(void **state)
{
    (void)state;
    rules(SMOKE "null, 0, 'smoke', 'building', 0, null::time, null::time, 'wait', 600)");
    say("a", "smoke", 1, 0); /* half an hour ago */
    judge(3600);
    are("");
    outcomes("old");
    say("a", "smoke", 1, 1790); /* ten seconds ago; judge was away for two hours since */
    ok(data_partition_ensure(kit_conn, "rule_hit", base_clock_now_us() - 7200 * SECOND, &kit_diag));
    sql("update rule_hit set t_event = t_event - interval '2 hours', recorded_at = recorded_at - interval '2 hours' "
        "where "
        "settled_at is null");
    judge(1800);
    are("smoke reported 1");
}

static void what_is_no_news(void **state)
{
    (void)state;
    rules(PLAIN);
    struct sensors_event event = event_at("a", "smoke", 1, 0);
    event.flags = SENSORS_FLAG_REPLAY | SENSORS_FLAG_HISTORICAL;
    put(event);
    event = event_at("b", "smoke", 1, 1);
    event.flags = SENSORS_FLAG_HISTORICAL;
    put(event);
    event = event_at("c", "smoke", 1, 2);
    event.phase = SENSORS_PHASE_SNAPSHOT;
    put(event);
    store();
    judge(10);
    are("");
    outcomes("");
    say("a", "smoke", 1, 20);
    say("a", "smoke", 1, 30); /* said again: the state is the same */
    judge(31);
    say("a", "smoke", 1, 40);
    judge(41);
    are("smoke reported 1");
    say("a", "smoke", 0, 60);
    judge(61);
    say("a", "smoke", 1, 50); /* from before the end */
    judge(62);
    assert_string_equal(kit_value(kit_pg, "select state from rule_state"), "clear");
    assert_int_equal(kit_number(kit_pg, "select count(*) from rule_hit where outcome = 'late'"), 1);
}

/* A message that comes twice is stored once, and hits once. */
static void a_duplicate(void **state)
{
    (void)state;
    rules(PLAIN);
    say("a", "smoke", 1, 0);
    world.said--;
    say("a", "smoke", 1, 0);
    judge(1);
    are("smoke reported 1");
    outcomes("raised");
}

static void only_some_places(void **state)
{
    (void)state;
    rules(SMOKE
          "'use = ''school'' AND levels > 6 AND storey IS NULL', 0, 'smoke', 'building', 0, null::time, null::time, "
          "'wait', 3700)");
    say("a", "smoke", 1, 0);
    say("c", "smoke", 1, 1);
    judge(2);
    are("smoke reported 1");
    assert_int_equal(kit_number(kit_pg, "select building_id from incident"), 2);
    outcomes("elsewhere raised");
    rules(NULL); /* a car that stays on the fire lane, one elsewhere, one that only passes */
    struct sensors_event event = event_at("lane", "car", 1, 0);
    event.kind = SENSORS_KIND_DETECTION;
    event.native_id = base_str_of("1");
    put(event);
    event.native_id = base_str_of("2");
    put(event);
    event.t_event += 20 * SECOND;
    event.phase = SENSORS_PHASE_END;
    put(event);
    event = event_at("c", "car", 1, 0);
    event.kind = SENSORS_KIND_DETECTION;
    event.native_id = base_str_of("3");
    put(event);
    store();
    judge(299);
    are("");
    judge(301);
    are("fire_lane reported 1");
}

/* Without an end each match is one: a second press is another cry, for the incident that is open. */
static void a_rule_without_an_end(void **state)
{
    (void)state;
    rules("('sos', 'sos = 1', null::text, null, 0, 'sos', 'device', 0, null::time, null::time, 'wait', 3700)");
    say("a", "sos", 1, 0);
    say("a", "sos", 1, 10);
    judge(11);
    are("sos reported 2");
    close_all(12);
    say("a", "sos", 1, 20);
    judge(21);
    are("sos closed 2, sos reported 1");
}

/* Rules are read again when they change, in the very next batch; a rule that is switched off takes back what it held.
 */
static void rules_change(void **state)
{
    (void)state;
    rules(SMOKE "null, 60, 'smoke', 'building', 0, null::time, null::time, 'wait', 3700)");
    say("a", "smoke", 1, 0);
    judge(1);
    sql("update rule set valid_to = now() where key = 'smoke'; insert into rule (id, version, key, name, name_en, "
        "watches, "
        "filter, clear, category, enabled, hold_s) select id, 2, key, name, name_en, watches, filter, clear, category, "
        "false, "
        "hold_s from rule; update rule_version set version = version + 1");
    say("b", "smoke", 1, 2);
    judge(100);
    are("");
    outcomes("off");
    rules(PLAIN);
    sql("insert into rule (key, estate_id, name, name_en, watches, filter, category, enabled) values ('smoke', 101, "
        "'x', 'x', "
        "'event', 'smoke = 1', 'smoke', false)"); /* the estate wants none */
    say("a", "smoke", 1, 0);
    judge(1);
    are("");
}

/* Stored as a real, asked as it was sent. */
static void a_confidence_is_what_was_sent(void **state)
{
    (void)state;
    rules("('seen', 'confidence >= 0.9', null::text, null, 0, 'other', 'device', 0, null::time, null::time, 'wait', "
          "3700)");
    struct sensors_event event = event_at("lane", "car", 1, 0);
    event.confidence = 0.9;
    put(event);
    store();
    judge(1);
    are("other reported 1");
}

/* Written past the import: it is left out, and the others go on. */
static void a_rule_that_cannot_be_read(void **state)
{
    (void)state;
    rules(PLAIN ", ('wrong', 'smok = 1', null, null, 0, 'smoke', 'building', 0, null, null, 'wait', 3700), ('nowhere', "
                "'smoke = "
                "1', null, 'flat = 1', 0, 'sos', 'device', 0, null, null, 'wait', 3700)");
    sql("insert into rule (key, name, name_en, watches, filter, category) values ('window', 'x', 'x', 'window', 'smoke "
        "= 1', "
        "'missed_round')");
    say("a", "smoke", 1, 0);
    judge(1);
    are("smoke reported 1");
}

/* A guard's phone calls: where he is, and no device by name. */
static void a_guard_calls_for_help(void **state)
{
    (void)state;
    rules(NULL);
    sql("insert into shift (estate_id, source_id, subject_type, label, label_en, starts_at, ends_at) select 101, id, "
        "'guard', "
        "'巡逻1组', 'Patrol 1', now() - interval '1 day', now() + interval '1 day' from source");
    ok(ingest_shifts_load(&world.source.shifts, kit_conn, 101, world.source.id, &kit_diag));
    struct sensors_event event = event_at("phone", "sos", 1, 0);
    event.subject_type = SENSORS_SUBJECT_GUARD;
    event.lon = 121.001;
    event.lat = 31.005;
    event.pos_source = SENSORS_POSITION_GNSS;
    put(event);
    store();
    judge(1);
    are("sos reported 1");
    assert_string_equal(
        kit_value(kit_pg, "select concat_ws('|', building_id, device_id is null, round(lon::numeric, 3), title) from "
                          "incident"),
        "1|t|121.001|1号楼 求助");
    assert_int_equal(
        kit_number(kit_pg, "select count(*) from incident where concat_ws(' ', incident.*) like '%phone%'"), 0);
    ingest_shifts_release(&world.source.shifts);
}

/* One that cannot become an incident is in nobody's way. */
static void a_category_without_a_policy(void **state)
{
    (void)state;
    rules(PLAIN ", ('gas', 'gas = 1', null, null, 0, 'gas_leak', 'building', 0, null, null, 'wait', 3700)");
    sql("create table policies as select * from sla_policy; delete from sla_policy where severity = 'special'");
    say("a", "gas", 1, 0);
    say("a", "smoke", 1, 1);
    judge(2);
    are("smoke reported 1");
    outcomes("no_policy raised");
    sql("insert into sla_policy select * from policies where severity = 'special'");
}

/* People report disputes: whose words would be locked, and by what? */
static void a_category_that_became_a_dispute(void **state)
{
    (void)state;
    rules(PLAIN);
    sql("update incident_category set procedure = 'dispute' where code = 'smoke'");
    say("a", "smoke", 1, 0);
    judge(1);
    are("");
    outcomes("no_policy");
    sql("update incident_category set procedure = 'loop' where code = 'smoke'");
}

/* --- judge dies, and several are at it --- */
static void a_turn_that_dies_changes_nothing(void **state)
{
    (void)state;
    rules(PLAIN);
    say("a", "smoke", 1, 0);
    say("b", "smoke", 1, 0);
    char end[200];
    sql("create function refuse() returns trigger language plpgsql as $$ begin raise exception 'dies'; end $$; create "
        "constraint "
        "trigger dies after insert on incident deferrable initially deferred for each row execute function refuse()");
    bool more;
    for (int i = 0; i < 3; i++) { /* all is done but the COMMIT */
        assert_int_not_equal(incident_rule(kit_conn, world.start_us, &kit_diag, &more), BASE_OK);
    }
    are("");
    outcomes("? ?");
    snprintf(end, sizeof end, "drop trigger dies on incident; drop function refuse()");
    sql(end);
    judge(1);
    judge(2);
    are("smoke reported 2");
}

enum { JUDGES = 4, ALARMS = 200 };

static void *judge_often(void *failed)
{
    struct data_conn *conn = NULL;
    struct base_diag diag;
    enum base_err err = data_conn_open(kit_database, "judge", &diag, &conn);
    for (int i = 0; i < 60 && !err; i++) {
        bool more;
        err = incident_rule(conn, base_clock_now_us(), &diag, &more);
    }
    *(enum base_err *)failed = err;
    data_conn_free(conn);
    return NULL;
}

static void several_judges_settle_each_hit_once(void **state)
{
    (void)state;
    pthread_t threads[JUDGES];
    enum base_err failed[JUDGES] = {BASE_OK};
    rules("('sos', 'sos = 1', null::text, null, 0, 'sos', 'device', 0, null::time, null::time, 'wait', 3700)");
    for (size_t i = 0; i < JUDGES; i++) {
        assert_int_equal(pthread_create(&threads[i], NULL, judge_often, &failed[i]), 0);
    }
    for (int i = 0; i < ALARMS; i++) {
        say(i % 2 ? "a" : "b", "sos", 1, i);
    }
    for (size_t i = 0; i < JUDGES; i++) {
        pthread_join(threads[i], NULL);
        assert_int_equal(failed[i], BASE_OK);
    }
    judge(3600);
    are("sos reported 100, sos reported 100");
}

static int up(void **state)
{
    (void)state;
    world_begin();
    return 0;
}

/* More hits than a turn takes, and an incident whose clocks are due meanwhile. */
static void judge_once_settles_all(void **state)
{
    (void)state;
    rules(PLAIN);
    for (int i = 0; i <= INCIDENT_RULE_MAX; i++) {
        put(event_at("a", "smoke", i % 2 == 0, i / 100.0));
    }
    store();
    assert_true(kit_number(kit_pg, "select count(*) from rule_hit where settled_at is null") > INCIDENT_RULE_MAX);
    ok(incident_run_once(kit_database, world.start_us + 60 * SECOND, &kit_diag));
    assert_int_equal(kit_number(kit_pg, "select count(*) from rule_hit where settled_at is null"), 0);
    are("smoke reported 1");
    ok(incident_run_once(kit_database, world.start_us + 600 * SECOND, &kit_diag));
    assert_string_equal(kit_value(kit_pg,
                                  "select string_agg(step || ' ' || (detail ->> 'stage'), ', ' order by id) from "
                                  "incident_step where step in ('warn', 'breach')"),
                        "warn respond, breach respond");
}

static int down(void **state)
{
    (void)state;
    world_end();
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(an_alarm_is_an_incident),
                                       cmocka_unit_test(each_default_rule),
                                       cmocka_unit_test(sent_to_who_must_act),
                                       cmocka_unit_test(a_hold),
                                       cmocka_unit_test(a_hold_heard_late),
                                       cmocka_unit_test(hysteresis),
                                       cmocka_unit_test(flapping_is_one),
                                       cmocka_unit_test(merging),
                                       cmocka_unit_test(a_rest_after_closing),
                                       cmocka_unit_test(quiet_hours),
                                       cmocka_unit_test(quiet_hours_end_when),
                                       cmocka_unit_test(the_greatest_age),
                                       cmocka_unit_test(what_is_no_news),
                                       cmocka_unit_test(a_duplicate),
                                       cmocka_unit_test(only_some_places),
                                       cmocka_unit_test(a_rule_without_an_end),
                                       cmocka_unit_test(rules_change),
                                       cmocka_unit_test(a_category_without_a_policy),
                                       cmocka_unit_test(a_category_that_became_a_dispute),
                                       cmocka_unit_test(a_rule_that_cannot_be_read),
                                       cmocka_unit_test(a_confidence_is_what_was_sent),
                                       cmocka_unit_test(a_guard_calls_for_help),
                                       cmocka_unit_test(a_turn_that_dies_changes_nothing),
                                       cmocka_unit_test(several_judges_settle_each_hit_once),
                                       cmocka_unit_test(judge_once_settles_all)};
    return cmocka_run_group_tests(tests, up, down);
}
