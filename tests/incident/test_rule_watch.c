/* rule_watch.c and rule_arrive.c: windows that become missed and are missed no longer, devices that go silent and speak
 * again, teams that arrive. */
#include "rule_kit.h"

/* --- windows --- */
/* The round of a team: buildings 1 and 2, every window of an hour ending now. */
static void duty(const char *types)
{
    char text[900];
    sql("truncate duty_window, verdict; delete from duty");
    snprintf(
        text, sizeof text,
        "insert into duty (estate_id, id, key, name, subject_kind, schedule, proof, subject_types) values (101, 5, "
        "'night', '夜巡', 'building', 'every 1h', 'pass', '{%s}')",
        types);
    sql(text);
    snprintf(
        text, sizeof text,
        "insert into duty_window (estate_id, t_from, duty_id, place_id, duty_version, place_kind, t_to, due_at) select "
        "101, to_timestamp(%lld) - w * interval '1 hour', 5, b, 1, 'building', to_timestamp(%lld) - (w - 1) * interval "
        "'1 hour', now() from generate_series(1, 3) w, generate_series(1, 2) b",
        (long long)(world.start_us / SECOND), (long long)(world.start_us / SECOND));
    sql(text);
}

/* As judge_verdict.sql leaves it. */
static void verdict(int window, int building, int version, const char *kind, const char *reason)
{
    char text[900];
    snprintf(
        text, sizeof text,
        "with v as (insert into verdict (estate_id, t_from, duty_id, place_id, version, verdict, reason, found, best, "
        "needed, formula, formula_version) values (101, to_timestamp(%lld) - %d * interval '1 hour', 5, %d, %d, '%s', "
        "'%s', 0, 0, 1, 'pass', 1) returning *) insert into rule_window (estate_id, t_from, duty_id, place_id, "
        "version, "
        "missed) select estate_id, t_from, duty_id, place_id, version, verdict = 'missed' from v",
        (long long)(world.start_us / SECOND), window, building, version, kind, reason);
    sql(text);
}

static void a_missed_round(void **state)
{
    (void)state;
    rules(NULL);
    duty("guard");
    verdict(1, 1, 1, "missed", "no_evidence");
    verdict(1, 2, 1, "missed", "no_evidence");
    verdict(2, 1, 1, "missed", "too_little");
    judge(10);
    are("missed_round reported 2, missed_round reported 1"); /* one for duty and building */
    assert_string_equal(
        kit_value(kit_pg, "select concat_ws('|', origin, title, building_id) from incident order by id limit 1"),
        "window|1号楼 夜巡 漏巡|1");
    assert_int_equal(kit_number(kit_pg, "select count(*) from rule_window"), 0);
    judge(20);
    are("missed_round reported 2, missed_round reported 1");
}

static void a_missed_round_is_its_companys(void **state)
{
    (void)state;
    rules(NULL);
    duty("guard");
    sql("update duty set organisation_id = 7");
    verdict(1, 1, 1, "missed", "no_evidence");
    judge(10);
    are("missed_round dispatched 1");
    assert_int_equal(kit_number(kit_pg, "select organisation_id from incident"), 7);
    verdict(1, 1, 2, "met", "late_fact");
    judge(20); /* nobody has touched it: the platform takes it back */
    are("missed_round closed 1");
}

static void only_duties_whose_rule_says_so(void **state)
{
    (void)state;
    rules(NULL);
    duty("cleaner");
    verdict(1, 1, 1, "missed", "no_evidence");
    judge(10);
    assert_string_equal(kit_value(kit_pg, "select r.key from rule_state s join rule r on r.id = s.rule_id"),
                        "missed_cleaning");
    sql("update rule set filter = 'duty = ''day''' where watches = 'window'");
    sql("truncate incident cascade; truncate rule_state, rule_hit");
    verdict(2, 1, 1, "missed", "no_evidence");
    judge(20);
    are("");
    assert_int_equal(kit_number(kit_pg, "select count(*) from rule_window"), 0);
}

static void missed_no_longer(void **state)
{
    (void)state;
    rules(NULL);
    duty("guard");
    verdict(1, 1, 1, "missed", "no_evidence");
    verdict(2, 1, 1, "missed", "no_evidence");
    judge(10);
    are("missed_round reported 2");
    verdict(1, 1, 2, "met", "proven"); /* the other window is still missed */
    judge(20);
    are("missed_round reported 2");
    verdict(2, 1, 2, "waived", "waived");
    judge(30);
    are("missed_round closed 2");
    assert_string_equal(
        kit_value(kit_pg, "select concat_ws('|', step, actor, note) from incident_step order by id desc limit 1"),
        "revoke|hutong|waived: waived");
    verdict(2, 1, 3, "missed", "too_little"); /* and missed again */
    judge(40);
    are("missed_round closed 2, missed_round reported 1");
}

/* One incident for a duty and a night, which ends at noon, with as many reports as windows; it goes with the last of
 * them. */
static void a_night_is_one_incident(void **state)
{
    (void)state;
    char night[64];
    rules(NULL);
    sql("update rule set merge_by = 'duty_night' where key = 'missed_round'");
    duty("guard");
    /* the estate's clock is such that the windows begin at 23:00, 00:00 and 11:00, 12:00 of the same day */
    sql("truncate duty_window; update estate set tz = 'UTC' where id = 101");
    sql("insert into duty_window (estate_id, t_from, duty_id, place_id, duty_version, place_kind, t_to, due_at) select "
        "101,"
        " t, 5, b, 1, 'building', now(), now() from (values (1, 1, 23), (2, 1, 24), (1, 2, 35), (2, 2, 36)) v (b, n, "
        "h),"
        " lateral (select date_trunc('day', now()) - interval '2 days' + h * interval '1 hour' as t) w");
    sql("insert into verdict (estate_id, t_from, duty_id, place_id, version, verdict, reason, found, best, needed, "
        "formula,"
        " formula_version) select estate_id, t_from, duty_id, place_id, 1, 'missed', 'no_evidence', 0, 0, 1, 'pass', 1 "
        "from duty_window");
    sql("insert into rule_window (estate_id, t_from, duty_id, place_id, version, missed) select estate_id, t_from, "
        "duty_id,"
        " place_id, 1, true from duty_window");
    judge(10);
    are("missed_round reported 3, missed_round reported 1");
    assert_string_equal(kit_value(kit_pg, "select count(coalesce(building_id, lon::bigint, storey)) from incident"),
                        "0");
    snprintf(night, sizeof night, "%s", kit_value(kit_pg, "select to_char(now() - interval '2 days', 'MM-DD')"));
    assert_string_equal(kit_value(kit_pg, "select left(title, 5) from incident order by id limit 1"), night);
    assert_string_equal(kit_value(kit_pg, "select substr(title, 6) from incident order by id limit 1"), "夜 夜巡 漏巡");
    for (int building = 1; building <= 2; building++) { /* what the first night rests on, window by window */
        char text[700];
        snprintf(text, sizeof text,
                 "with v as (insert into verdict (estate_id, t_from, duty_id, place_id, version, verdict, reason, "
                 "found, best, needed,"
                 " formula, formula_version) select estate_id, t_from, duty_id, place_id, 2, 'met', 'proven', 1, 1, 1, "
                 "'pass', 1"
                 " from duty_window where place_id = %d and extract(hour from t_from) <> 12 returning *) insert into "
                 "rule_window"
                 " (estate_id, t_from, duty_id, place_id, version, missed) select estate_id, t_from, duty_id, "
                 "place_id, 2, false from v",
                 building);
        sql(text);
        judge(10 + building);
        assert_string_equal(kit_value(kit_pg, "select string_agg(state::text, ' ' order by id) from incident"),
                            building == 1 ? "reported reported" : "closed reported");
    }
    sql("update estate set tz = 'Asia/Shanghai' where id = 101");
}

static void a_touched_one_stays(void **state)
{
    (void)state;
    struct incident_acted acted;
    rules(NULL);
    duty("guard");
    verdict(1, 1, 1, "missed", "no_evidence");
    judge(10);
    struct incident_act act =
        kit_act(101, kit_number(kit_pg, "select id from incident"), "file", world.start_us + 11 * SECOND);
    ok(kit_take(&act, &acted));
    verdict(1, 1, 2, "met", "proven");
    judge(20);
    are("missed_round filed 1");
    assert_string_equal(
        kit_value(kit_pg, "select concat_ws('|', step, note) from incident_step order by id desc limit 1"),
        "clear|met: proven");
}

static void missed_and_met_before_judge_looks(void **state)
{
    (void)state;
    rules(NULL);
    duty("guard");
    verdict(1, 1, 1, "missed", "no_evidence");
    verdict(1, 1, 2, "met", "proven");
    judge(10);
    are("");
    outcomes("");
}

static void an_old_window(void **state)
{
    (void)state;
    rules(NULL);
    duty("guard");
    verdict(1, 1, 1, "missed", "no_evidence");
    judge(86400 + 1);
    are("");
}

/* --- silence --- */
static void heard(const char *device, double second)
{
    char text[300];
    snprintf(text, sizeof text, "update device set last_seen = to_timestamp(%f) where native_id = '%s'",
             (double)world.start_us / 1e6 + second, device);
    sql(text);
}

static void read_to(double second)
{
    char text[300];
    snprintf(text, sizeof text, "update source_stat set dry_at = to_timestamp(%f)",
             (double)world.start_us / 1e6 + second);
    sql(text);
}

static void listen_at(double second)
{
    ok(incident_rule_silence(kit_conn, world.start_us + (int64_t)(second * 1e6), &kit_diag));
    judge(second);
}

static void silence(void)
{
    rules("('xx', 'kind = ''x''', null::text, null, 0, 'other', 'device', 0, null::time, null::time, 'wait', 3700)");
    sql("delete from rule; insert into rule (key, name, name_en, watches, filter, hold_s, category, merge_by, "
        "max_age_s) values "
        "('down', '离线', 'Down', 'silence', 'device_kind = ''smoke_detector'' AND messages >= 10', 600, "
        "'device_down', 'device', 7200)");
    sql("update device set last_seen = now() + interval '10 days'");
}

static void a_silent_device(void **state)
{
    (void)state;
    silence();
    heard("a", 0);
    heard("c", 0); /* a bin: the rule is not about it */
    read_to(599);
    listen_at(5000); /* nobody has read on: nobody knows */
    are("");
    read_to(5000);
    listen_at(599);
    are("");
    listen_at(600);
    are("device_down reported 1");
    assert_string_equal(kit_value(kit_pg, "select concat_ws('|', origin, device_id, building_id, title) from incident"),
                        "silence|11|1|1号楼2层 a号 离线");
    listen_at(700);
    are("device_down reported 1");
    heard("a", 800);
    listen_at(801);
    assert_string_equal(kit_value(kit_pg, "select step from incident_step order by id desc limit 1"), "clear");
    assert_string_equal(kit_value(kit_pg, "select state from rule_state"), "clear");
    listen_at(1500);
    are("device_down reported 1"); /* the incident is still open: it has it already */
    close_all(1501);
    heard("a", 1502);
    listen_at(1503);
    listen_at(2102);
    are("device_down closed 1, device_down reported 1");
}

static void silent_for_long(void **state)
{
    (void)state;
    silence();
    heard("a", 0);
    read_to(90000);
    listen_at(90000); /* it was so long before anybody asked */
    are("");
}

/* --- arrival --- */
static int64_t sent(const char *shift)
{
    struct incident_acted acted;
    rules(PLAIN);
    say("a", "smoke", 1, 0);
    judge(1);
    int64_t id = kit_number(kit_pg, "select id from incident"), shift_id = 0;
    assert_true(base_str_i64(base_str_of(shift), &shift_id));
    struct incident_act act = kit_act(101, id, "file", world.start_us + 10 * SECOND);
    ok(kit_take(&act, &acted));
    act = kit_act(101, id, "dispatch", world.start_us + 20 * SECOND);
    act.shift_id = data_i64(shift_id);
    ok(kit_take(&act, &acted));
    return id;
}

static void seen(int shift, int building, double from, double to)
{
    char text[1200];
    snprintf(
        text, sizeof text,
        "delete from asset_state; insert into asset_state (estate_id, subject, subject_type, shift_id, source_id, "
        "label, "
        "label_en, t_event, t_recv, lon, lat, place_method) values (101, '00000000-0000-0000-0000-00000000000%d', "
        "'guard', "
        "%d, 1, 'x', 'x', now(), now(), 121, 31, 'none'); insert into pass (estate_id, t_event, subject, place_kind, "
        "place_id, t_to, subject_type, nearest_m, fixes) values (101, to_timestamp(%f), "
        "'00000000-0000-0000-0000-00000000000%d', 'building', %d, to_timestamp(%f), 'guard', 3, 5)",
        shift, shift, (double)world.start_us / 1e6 + from, shift, building, (double)world.start_us / 1e6 + to);
    sql(text);
}

static void a_pass_proves_arrival(void **state)
{
    (void)state;
    ok(data_partition_ensure(kit_conn, "pass", world.start_us, &kit_diag));
    sent("8");
    seen(8, 2, 30, 40); /* another building */
    seen(9, 1, 30, 40); /* another team */
    judge(50);
    are("smoke dispatched 1");
    seen(8, 1, 5, 15); /* before it was sent */
    judge(55);
    are("smoke dispatched 1");
    seen(8, 1, 60, 70);
    judge(80);
    are("smoke on_site 1");
    assert_string_equal(
        kit_value(kit_pg, "select concat_ws('|', actor, detail->>'by', detail->>'shift_id', detail->>'building_id', "
                          "at = (select max(t_event) from pass)) from incident_step where step = 'arrive'"),
        "hutong|pass|8|1|t");
    assert_int_equal(
        kit_number(kit_pg, "select count(*) from clock where stage = 'respond' and stopped_at is not null"), 1);
    judge(90);
    assert_int_equal(kit_number(kit_pg, "select count(*) from incident_step where step = 'arrive'"), 1);
}

/* There already: the pass began before and goes on. */
static void who_is_there_has_arrived(void **state)
{
    (void)state;
    sql("truncate pass");
    sent("8");
    seen(8, 1, 5, 25);
    judge(30);
    are("smoke on_site 1");
    assert_string_equal(kit_value(kit_pg,
                                  "select (s.at = i.state_at and s.at = d.at)::text from incident i, incident_step s, "
                                  "incident_step d where s.step = 'arrive' and d.step = 'dispatch'"),
                        "true");
}

static void a_check_in_proves_arrival(void **state)
{
    (void)state;
    char text[800];
    sql("truncate pass");
    sent("8");
    for (int shift = 7; shift <= 8; shift++) {
        snprintf(
            text, sizeof text,
            "insert into event (estate_id, t_event, dedup, t_recv, t_source, source_id, shift_id, kind, phase, "
            "place_method, building_id, building_estate_id) values (101, to_timestamp(%f), gen_random_uuid(), now(), "
            "'device', 1, %d, 'checkpoint', 'pulse', 'registered', 1, 101)",
            (double)world.start_us / 1e6 + 40, shift);
        are("smoke dispatched 1");
        sql(text);
        judge(50 + shift);
    }
    are("smoke on_site 1");
    assert_string_equal(kit_value(kit_pg, "select detail->>'by' from incident_step where step = 'arrive'"), "checkin");
}

static int up(void **state)
{
    (void)state;
    world_begin();
    sql("create table duty_window_all partition of duty_window default; create table verdict_all partition of verdict "
        "default");
    return 0;
}

static int down(void **state)
{
    (void)state;
    world_end();
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(a_missed_round),
                                       cmocka_unit_test(a_missed_round_is_its_companys),
                                       cmocka_unit_test(only_duties_whose_rule_says_so),
                                       cmocka_unit_test(missed_no_longer),
                                       cmocka_unit_test(a_night_is_one_incident),
                                       cmocka_unit_test(a_touched_one_stays),
                                       cmocka_unit_test(missed_and_met_before_judge_looks),
                                       cmocka_unit_test(an_old_window),
                                       cmocka_unit_test(a_silent_device),
                                       cmocka_unit_test(silent_for_long),
                                       cmocka_unit_test(a_pass_proves_arrival),
                                       cmocka_unit_test(who_is_there_has_arrived),
                                       cmocka_unit_test(a_check_in_proves_arrival)};
    return cmocka_run_group_tests(tests, up, down);
}
