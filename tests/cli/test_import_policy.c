/* hutong import policies and categories: a changed policy is a version of its own, what runs keeps its own, and what
 * could never be due is refused. */
#include "import_kit.h"
#include "incident/incident.h"

#define COLUMNS                                                                                                       \
    "key,severity,estate,category,respond_s,resolve_s,plan_s,levels_s,warn_share,hours_from,hours_to,calendar,pause_" \
    "reasons"

static const char *versions(const char *key)
{
    char sql[400];
    snprintf(
        sql, sizeof sql,
        "select string_agg(concat_ws(' ', version, respond_s, valid_to is null), ', ' order by version) from sla_policy"
        " where key = '%s'",
        key);
    return value(sql);
}

static void a_changed_policy_closes_the_old_version(void **state)
{
    (void)state;
    static const char text[] = COLUMNS "\nnight,serious,A1,smoke,120,3600,,60 120,0.5,08:00,24:00,,weather\n"
                                       "small,small,,,300,2400,,86400 604800 1209600,,,,,\n";
    works(import("policies", text, "--dry-run"));
    says("2 policies, 1 of them new, 0 changed, 1 unchanged, 0 remarks (dry run: nothing was stored)");
    assert_string_equal(versions("night"), "");
    works(import("policies", text, "--json"));
    says("{\"lines\":2,\"added\":1,\"changed\":0,\"unchanged\":1,\"remarks\":0,\"dry_run\":false}");
    assert_string_equal(
        value("select concat_ws(' ', version, estate_id, category, severity, respond_s, resolve_s, plan_s,"
              " level_s, warn_share, hours_from, hours_to, calendar_id, pause_reasons) from sla_policy where"
              " key = 'night'"),
        "1 1 smoke serious 120 3600 {60,120} 0.5 08:00:00 24:00:00 {weather}");
    works(import("policies", text, "--json"));
    says("\"added\":0,\"changed\":0,\"unchanged\":2");
    works(import("policies", "key,severity,estate,category,respond_s\nnight,serious,A1,smoke,60\n", "--json"));
    says("\"changed\":1");
    assert_string_equal(versions("night"), "1 120 f, 2 60 t");
    assert_string_equal(value("select count(distinct id) from sla_policy where key = 'night'"), "1");
    assert_string_equal(value("select pause_reasons from sla_policy where key = 'night' and version = 2"),
                        "{awaiting_part,weather,no_access,waiting_for_owner}");
    refuses(import("policies", "key,severity,respond_s\nnever,special,60\n", NULL),
            "policy \"special\" is for the same estate, category and severity");
    assert_string_equal(value("select note from audit order by id desc limit 1"), "policies: 1 lines, 0 new");
}

/* --- what runs --- */

static struct data_conn *conn;

static void ok(enum base_err err)
{
    if (err) {
        fail_msg("%s", diag.text);
    }
}

static int64_t report(int64_t at_us)
{
    const struct incident_report report = {.estate_id = 1,
                                           .origin = "call",
                                           .category = "other",
                                           .severity = "small",
                                           .title = "t",
                                           .actor = "desk",
                                           .t_event_us = at_us,
                                           .at_us = at_us};
    struct incident_reported reported = {.id = 0};
    ok(data_begin_write(conn, &diag));
    ok(incident_report(conn, &report, &diag, &reported));
    ok(data_commit(conn, &diag));
    return reported.id;
}

static void act(int64_t id, const char *step, int64_t at_us)
{
    const struct incident_act act = {
        .estate_id = 1, .id = id, .step = step, .actor = "desk", .note = "n", .at_us = at_us};
    struct incident_acted acted;
    ok(data_begin_write(conn, &diag));
    ok(incident_act(conn, &act, &diag, &acted));
    ok(data_commit(conn, &diag));
}

static const char *clocks(int64_t id)
{
    char sql[300];
    snprintf(
        sql, sizeof sql,
        "select string_agg(concat(stage, number, ' ', left_us / 1000000), ', ' order by number, stage) from clock where"
        " incident_id = %lld and stage <> 'level'",
        (long long)id);
    return value(sql);
}

static void what_runs_keeps_its_own_version(void **state)
{
    (void)state;
    int64_t now_us = base_clock_now_us();
    value("create table incident_step_all partition of incident_step default");
    ok(data_conn_open(getenv("HUTONG_DATABASE"), "test", &diag, &conn));
    int64_t before = report(now_us);
    works(import("policies", "key,severity,respond_s,resolve_s\nsmall,small,60,600\n", NULL));
    int64_t after = report(now_us);
    assert_string_equal(clocks(before), "resolve1 2400, respond1 300");
    assert_string_equal(clocks(after), "resolve1 600, respond1 60");
    act(before, "reject", now_us);
    act(before, "reopen", now_us); /* clocks of its own begin again, those that it was reported under */
    assert_string_equal(value("select string_agg(policy_version::text, ' ' order by id) from incident"), "1 2");
    assert_string_equal(
        value("select left_us / 1000000 from clock where stage = 'resolve' and number = 1 order by incident_id"
              " limit 1"),
        "2400");
    act(before, "file", now_us);
    assert_string_equal(versions("small"), "1 300 f, 2 60 t");
    data_conn_free(conn);
}

/* --- what is refused --- */

static void every_wrong_policy_is_named(void **state)
{
    (void)state;
    static const struct kit_wrong wrong[] = {
        {",small,,,60,,,,,,,,", "key: its name"},
        {"k,,,,60,,,,,,,,", "severity is missing"},
        {"k,huge,,,60,,,,,,,,", "severity \"huge\" is none of small, serious, complex, special"},
        {"k,small,A9,,60,,,,,,,,", "estate \"A9\": there is none"},
        {"k,small,,fire,60,,,,,,,,", "category \"fire\": there is none of that code"},
        {"k,small,,,0,,,,,,,,", "respond_s \"0\": a number from 1 to"},
        {"k,small,,,1e9,,,,,,,,", "respond_s \"1e9\": a number from 1 to"},
        {"k,small,,,60,-5,,,,,,,", "resolve_s \"-5\": a number from 1 to"},
        {"k,small,,,60,,soon,,,,,,", "plan_s \"soon\": a number from 1 to"},
        {"k,small,,,60,,,60 x,,,,,", "levels_s \"60 x\": seconds at each level"},
        {"k,small,,,60,,,,1,,,,", "warn_share \"1\": a number from 0 to 0.9"},
        {"k,small,,,60,,,,,08:00,,,", "hours_from \"08:00\", hours_to \"\": both as 08:30"},
        {"k,small,,,60,,,,,18:00,08:00,,", "hours_from \"18:00\", hours_to \"08:00\": both as 08:30"},
        {"k,small,,,60,,,,,8:00,18:00,,", "hours_from \"8:00\""},
        {"k,small,,,60,,,,,08:00,24:01,,", "hours_from \"08:00\", hours_to \"24:01\""},
        {"k,small,,,60,,,,,,,cn,", "calendar \"cn\": there is none of that code"},
        {"k,small,,,60,,,,,,,,bad-one", "pause_reasons \"bad-one\": codes of a-z"},
        {"k,small,,,,,,,,,,,", "no time at all"},
    };
    refuses_each("policies", COLUMNS, wrong, BASE_COUNT(wrong));
    assert_string_equal(value("select count(*) from sla_policy"), "8");
    refuses(import("policies", "key,severity,estate,respond_s\nk,small,A1,60\nk,small,A1,61\n", NULL),
            "key \"k\" stands on a line before, too");
}

static void a_policy_that_is_never_due_is_refused(void **state)
{
    (void)state;
    value("insert into calendar (id, code, name) values (1, 'rest', 'r'), (2, 'week', 'w')");
    value("insert into calendar_day (calendar_id, day, kind) select 1, d::date, 'rest' from generate_series(now() - "
          "interval"
          " '2 days', now() + interval '11 years', interval '1 day') d");
    refuses(import("policies", "key,severity,estate,respond_s,calendar\nk,small,A1,60,rest\n", NULL),
            "calendar \"rest\" has no working day within ten years");
    refuses(import("policies", "key,severity,estate,resolve_s,hours_from,hours_to\nk,small,A1,20000000,08:00,08:30\n",
                   NULL),
            "20000000 s of working time do not fit into ten years");
    works(import("policies",
                 "key,severity,estate,respond_s,calendar,hours_from,hours_to\nk,small,A1,60,week,08:00,18:00\n", NULL));
}

static void categories_come_and_are_put_right(void **state)
{
    (void)state;
    static const char text[] = "code,name,name_en,files,gb_class,severity\nsmoke,烟雾报警,Smoke alarm,"
                               "\"探测器报警,或有人报告烟、火\",突发事件,serious\nnoise,噪声,Noise,有人报告,,\n";
    works(import("categories", text, "--json"));
    says("\"added\":1,\"changed\":0,\"unchanged\":1");
    works(import("categories", text, "--json"));
    says("\"added\":0,\"changed\":0,\"unchanged\":2");
    works(import("categories", "code,name,name_en,files\nsmoke,烟,Smoke,x\n", "--json"));
    says("\"changed\":1");
    assert_string_equal(
        value("select concat_ws(' ', name, severity, gb_class) from incident_category where code = 'smoke'"),
        "烟 serious");
    works(import("categories", "code,name,name_en,files,procedure\nnoise,噪声,Noise,有人报告,dispute\n", "--json"));
    works(import("categories", "code,name,name_en,files\nnoise,噪声,Noise,有人报告\n", "--json"));
    says("\"unchanged\":1");
    assert_string_equal(value("select procedure from incident_category where code = 'noise'"), "dispute");
    static const struct kit_wrong wrong[] = {
        {"Noise,n,n,n,,,", "code \"Noise\": 2 to 40 of a-z"},
        {"x,n,n,n,,,", "code \"x\": 2 to 40 of a-z"},
        {"noise,,n,n,,,", "name: 0 bytes"},
        {"noise,n,n,,,,", "files: 0 bytes"},
        {"noise,n,n,n,,bad,", "severity \"bad\" is none of"},
        {"noise,n,n,n,,,bad", "procedure \"bad\" is none of"},
    };
    refuses_each("categories", "code,name,name_en,files,gb_class,severity,procedure", wrong, BASE_COUNT(wrong));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_changed_policy_closes_the_old_version, kit_up, kit_down),
        cmocka_unit_test_setup_teardown(what_runs_keeps_its_own_version, kit_up, kit_down),
        cmocka_unit_test_setup_teardown(every_wrong_policy_is_named, kit_up, kit_down),
        cmocka_unit_test_setup_teardown(a_policy_that_is_never_due_is_refused, kit_up, kit_down),
        cmocka_unit_test_setup_teardown(categories_come_and_are_put_right, kit_up, kit_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
