/* Joint responses: what calling departments writes and whom it tells, who answers, and that a call that nobody
 * acknowledges is said once by judges that are killed at any moment; resolutions' deadlines likewise. */
#include "kit.h"

#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

enum { PATIENCE_US = 120 * 1000 * 1000 };

/* 8 is the estate's and answers at its level; 21 and 22 are departments, 22 of the estate's district alone. */
static void begin(void)
{
    kit_begin();
    kit_value(
        kit_pg,
        "insert into organisation (id, kind, code, name) values (8, 'site', 'estate', '小区'), "
        "(21, 'department', 'FIRE', '消防支队'), (22, 'department', 'POLICE', '派出所'), "
        "(23, 'department', 'FIRE2', '微型消防站'); "
        "insert into district (id, code, name) values (1, '310104', '区'); "
        "insert into street (id, district_id, code, name) values (1, 1, 's', '街道'); "
        "insert into community (id, street_id, code, name) values (1, 1, 'c', '社区'); "
        "update estate set organisation_id = 8, community_id = 1 where id = 101; "
        "insert into field_organisation (field, organisation_id) values ('fire', 21); "
        "insert into field_organisation (field, district_id, organisation_id, ack_s) values ('police', 1, 22, 45)");
    kit_value(kit_pg, "insert into contact (organisation_id, position, label, channel, url) select o, p, '值班室', "
                      "'webhook', 'http://127.0.0.1:1/' from unnest('{8,21,22}'::bigint[]) o, generate_series(1, 2) p");
}

static struct incident_joint joint_of(int64_t id, const char *first, const char *second)
{
    struct incident_joint joint = {.estate_id = 101,
                                   .id = id,
                                   .actor = "desk",
                                   .reason = "张三说人手不够",
                                   .ack_s = data_null(),
                                   .at_us = base_clock_now_us()};
    joint.fields[joint.field_count++] = first;
    if (second) {
        joint.fields[joint.field_count++] = second;
    }
    return joint;
}

static enum base_err finish(enum base_err err)
{
    if (!err) {
        return data_commit(kit_conn, &kit_diag);
    }
    data_rollback(kit_conn);
    return err;
}

static enum base_err called(const struct incident_joint *joint)
{
    enum base_err err = data_begin_write(kit_conn, &kit_diag);
    return finish(err ? err : incident_joint_call(kit_conn, joint, &kit_diag));
}

static enum base_err acted(int64_t id, int64_t call, const char *act, const char *note)
{
    const struct incident_joint_act taken = {.incident = {101, id},
                                             .call_id = call,
                                             .act = act,
                                             .actor = "desk",
                                             .note = note,
                                             .at_us = base_clock_now_us()};
    enum base_err err = data_begin_write(kit_conn, &kit_diag);
    return finish(err ? err : incident_joint_act(kit_conn, &taken, &kit_diag));
}

static enum base_err stood_down(int64_t id)
{
    const struct incident_key key = {101, id};
    enum base_err err = data_begin_write(kit_conn, &kit_diag);
    return finish(err ? err : incident_joint_stand_down(kit_conn, &key, "desk", NULL, base_clock_now_us(), &kit_diag));
}

static int64_t opened(bool drill)
{
    struct incident_report report = kit_report(101, "smoke", base_clock_now_us());
    report.title = "张三家冒烟 13800138000";
    report.drill = drill;
    return kit_open_incident(&report);
}

static void took(int64_t id, const char *step)
{
    struct incident_acted done;
    struct incident_act act = kit_act(101, id, step, base_clock_now_us());
    if (kit_take(&act, &done)) {
        fail_msg("%s: %s", step, kit_diag.text);
    }
}

static void expect(const char *sql, const char *wanted)
{
    assert_string_equal(kit_value(kit_pg, sql), wanted);
}

static int64_t call_of(const char *field)
{
    char sql[200];
    snprintf(sql, sizeof sql, "select max(id) from joint_call where field = '%s'", field);
    return kit_number(kit_pg, sql);
}

#define STEPS                                                                                                       \
    "select string_agg(concat_ws(' ', step, actor, coalesce(detail ->> 'field', detail ->> 'fields')), ', ' order " \
    "by id) from incident_step where step like 'call%' or step = 'stand_down'"
#define TOLD                                                                                                      \
    "select string_agg(concat_ws(' ', n.step, n.organisation_id, c.position, n.state), ', ' order by n.id) from " \
    "notice n join contact c on c.id = n.contact_id where n.call_id is not null"

static void the_file_tells_all_of_it(void **state)
{
    (void)state;
    begin();
    int64_t id = opened(false);
    struct incident_joint joint = joint_of(id, "fire", NULL), more = joint_of(id, "police", NULL);
    assert_int_equal(called(&joint), BASE_OK);
    assert_int_equal(called(&more), BASE_OK); /* one more: the same joint response */
    expect("select count(*) || ' ' || max(cardinality(told_at)) from joint", "1 2");
    expect("select string_agg(concat_ws(' ', field, organisation_id, extract(epoch from ack_due_at - called_at)::int), "
           "', ' order by id) from joint_call",
           "fire 21 300, police 22 45");
    assert_int_equal(acted(id, call_of("fire"), "acknowledge", NULL), BASE_OK);
    assert_int_equal(acted(id, call_of("fire"), "acknowledge", NULL), BASE_CONFLICT);
    assert_int_equal(acted(id, call_of("fire"), "leave", NULL), BASE_CONFLICT);
    assert_int_equal(acted(id, call_of("police"), "arrive", NULL), BASE_OK); /* acknowledges, too */
    assert_int_equal(acted(id, call_of("police"), "report", "疏散完毕"), BASE_OK);
    assert_int_equal(acted(id, call_of("police"), "leave", NULL), BASE_OK);
    assert_int_equal(acted(id, 77777, "arrive", NULL), BASE_NOT_FOUND);
    took(id, "file");
    assert_int_equal(stood_down(id), BASE_OK);
    assert_int_equal(stood_down(id), BASE_CONFLICT);
    assert_int_equal(acted(id, call_of("fire"), "arrive", NULL), BASE_CONFLICT);
    expect(STEPS, "call_joint desk [\"fire\"], call_joint desk [\"police\"], call_acknowledge desk fire, call_arrive "
                  "desk police, call_report desk police, call_leave desk police, stand_down desk");
    expect("select version = 1 + (select count(*) from incident_step where step <> 'report') from incident", "t");
    expect("select concat_ws(' ', count(*) filter (where acked_at is not null), count(*) filter (where ended_at is not "
           "null), max(report)) from joint_call",
           "2 2 疏散完毕");
    expect(TOLD,
           "call_joint:fire 21 1 acknowledged, call_joint:police 22 1 acknowledged, stand_down:fire 21 1 pending, "
           "stand_down:police 22 1 pending");
    expect("select count(*) from notice where line || body like '%张三%'", "0");
    kit_end();
}

static void what_cannot_be_called(void **state)
{
    (void)state;
    begin();
    int64_t id = opened(false);
    struct incident_joint joint = joint_of(id, "fire", "wizards");
    assert_int_equal(called(&joint), BASE_INVALID);
    assert_non_null(strstr(kit_diag.text, "wizards"));
    joint = joint_of(id, "construction", NULL);
    assert_int_equal(called(&joint), BASE_INVALID);
    assert_non_null(strstr(kit_diag.text, "no department answers"));
    expect("select count(*) from joint", "0"); /* all or nothing */
    joint = joint_of(id, "fire", NULL);
    assert_int_equal(called(&joint), BASE_OK);
    assert_int_equal(called(&joint), BASE_INVALID);
    assert_non_null(strstr(kit_diag.text, "already"));
    joint.reason = NULL;
    assert_int_equal(called(&joint), BASE_INVALID);
    joint = joint_of(77777, "fire", NULL);
    assert_int_equal(called(&joint), BASE_NOT_FOUND);
    /* What is over calls nobody; who was called is stood down with it. */
    took(id, "reject");
    expect("select stood_down_by || ' ' || (select count(*) from joint_call where ended_at is null) from joint",
           "desk 0");
    expect("select string_agg(step || ' ' || state, ', ' order by id) from notice where call_id is not null",
           "call_joint:fire acknowledged, stand_down:fire pending");
    joint = joint_of(id, "fire", NULL);
    assert_int_equal(called(&joint), BASE_CONFLICT);
    kit_end();
}

/* The most particular one counts. */
static void the_department_of_the_place_is_called(void **state)
{
    (void)state;
    begin();
    int64_t id = opened(false);
    kit_value(kit_pg, "insert into field_organisation (field, estate_id, organisation_id) values ('fire', 101, 23)");
    struct incident_joint joint = joint_of(id, "fire", "police");
    joint.ack_s = data_i64(7);
    assert_int_equal(called(&joint), BASE_OK);
    expect("select string_agg(concat_ws(' ', field, organisation_id, extract(epoch from ack_due_at - called_at)::int), "
           "', ' order by id) from joint_call",
           "fire 23 7, police 22 7");
    /* It has no contacts: the level's hears that it is to be found. */
    expect(TOLD, "call_joint:fire 8 1 pending, call_joint:police 22 1 pending");
    kit_end();
}

/* Steps of others answer nothing for a department; it answers by the key of its own notice; another's key does not. */
static void a_department_answers_for_itself(void **state)
{
    (void)state;
    char key[64];
    begin();
    int64_t id = opened(true);
    struct incident_joint joint = joint_of(id, "fire", "police");
    assert_int_equal(called(&joint), BASE_OK);
    took(id, "file");
    took(id, "dispatch");
    took(id, "accept");
    expect(TOLD, "call_joint:fire 21 1 pending, call_joint:police 22 1 pending");
    expect(
        "select count(*) from notice where call_id is not null and line like '【演练·联合响应·%' and (body::json ->> "
        "'drill')::boolean",
        "2");
    snprintf(key, sizeof key, "%s", kit_value(kit_pg, "select key from notice where step = 'call_joint:fire'"));
    assert_int_equal(incident_notice_ack(kit_conn, key, &kit_diag), BASE_OK);
    assert_int_equal(incident_notice_ack(kit_conn, key, &kit_diag), BASE_OK);
    expect("select string_agg(concat_ws(' ', field, acked_at is not null), ', ' order by id) from joint_call",
           "fire t, police f");
    expect("select count(*) from incident_step where step = 'call_acknowledge' and actor like 'contact %'", "1");
    /* Nobody answers in time: the department's next contact, then the level's. */
    for (int i = 0; i < 2; i++) {
        kit_value(kit_pg, "update notice set ack_by = now() where step = 'call_joint:police' and passed_at is null");
        assert_int_equal(data_run(kit_conn, DATA_NOTICE_PASS, DATA_ARGS(data_i64(100)), &kit_diag, NULL), BASE_OK);
    }
    expect(TOLD, "call_joint:fire 21 1 acknowledged, call_joint:police 22 1 pending, call_joint:police 22 2 pending, "
                 "call_joint:police 8 1 pending");
    expect("select count(*) from notice where call_id is null and step like 'call_joint%'", "0");
    kit_end();
}

static void nobody_answers_in_time(void **state)
{
    (void)state;
    bool more = true;
    begin();
    int64_t id = opened(false);
    struct incident_joint joint = joint_of(id, "fire", "police");
    joint.at_us -= 60 * INT64_C(1000000);
    assert_int_equal(called(&joint), BASE_OK);
    while (more) {
        assert_int_equal(incident_fire(kit_conn, base_clock_now_us(), &kit_diag, &more), BASE_OK);
    }
    expect(STEPS, "call_joint desk [\"fire\", \"police\"], call_overdue hutong police");
    expect(
        "select concat_ws(' ', c.overdue_at = c.ack_due_at, s.at = c.ack_due_at, s.organisation_id) from joint_call c "
        "join incident_step s on s.step = 'call_overdue' where field = 'police'",
        "t t 22");
    expect(TOLD, "call_joint:fire 21 1 pending, call_joint:police 22 1 pending, call_overdue:police 8 1 pending");
    /* Late is better than never. */
    assert_int_equal(acted(id, call_of("police"), "acknowledge", NULL), BASE_OK);
    /* What is acknowledged late, too, stands behind what was said of it: the fire brigade's five minutes. */
    const struct incident_joint_act late = {.incident = {101, id},
                                            .call_id = call_of("fire"),
                                            .act = "acknowledge",
                                            .actor = "desk",
                                            .at_us = joint.at_us + 301 * INT64_C(1000000)};
    assert_int_equal(data_begin_write(kit_conn, &kit_diag), BASE_OK);
    assert_int_equal(finish(incident_joint_act(kit_conn, &late, &kit_diag)), BASE_OK);
    expect(STEPS, "call_joint desk [\"fire\", \"police\"], call_overdue hutong police, call_acknowledge desk police, "
                  "call_overdue hutong fire, call_acknowledge desk fire");
    kit_end();
}

/* --- once --- */

static pid_t judge(void)
{
    pid_t pid = fork();
    if (pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        incident_run(&(struct incident_run_options){.conninfo = kit_database});
        _exit(0);
    }
    assert_true(pid > 0);
    return pid;
}

static void killed(pid_t pid)
{
    kill(pid, SIGKILL);
    waitpid(pid, NULL, 0);
}

/* Three judges, killed all the time, while `meanwhile` goes on; then until nothing is due. */
static void judged(int kills, void (*meanwhile)(int round))
{
    enum { JUDGES = 3 };
    pid_t judges[JUDGES];
    for (int i = 0; i < JUDGES; i++) {
        judges[i] = judge();
    }
    for (int i = 0; i < kills; i++) {
        poll(NULL, 0, 30 + 29 * (i % 11)); /* anywhere in a tick */
        meanwhile(i);
        killed(judges[i % JUDGES]);
        judges[i % JUDGES] = judge();
    }
    kit_until(kit_database,
              "select (select count(*) from hutong.joint_call where fires_at is not null) + (select count(*) from "
              "hutong.resolution where fires_at is not null)",
              0, PATIENCE_US);
    for (int i = 0; i < JUDGES; i++) {
        killed(judges[i]);
    }
}

/* Somebody answers by the key of a notice, at the moment when its time is over. */
static void answer_one(int round)
{
    char key[64], sql[300];
    snprintf(
        sql, sizeof sql,
        "select coalesce((select n.key::text from notice n join joint_call c on c.estate_id = n.estate_id and c.id = "
        "n.call_id where n.asks and c.acked_at is null order by abs(extract(epoch from c.ack_due_at - now())) + %d "
        "limit 1), '')",
        round);
    snprintf(key, sizeof key, "%s", kit_value(kit_pg, sql));
    if (key[0]) {
        assert_int_equal(incident_notice_ack(kit_conn, key, &kit_diag), BASE_OK);
    }
}

static void each_call_is_said_to_be_overdue_once(void **state)
{
    (void)state;
    enum { INCIDENTS = 150, KILLS = 40 };
    begin();
    for (int i = 0; i < INCIDENTS; i++) {
        struct incident_joint joint = joint_of(opened(false), "fire", "police");
        joint.ack_s = data_i64(1 + i % 7);
        assert_int_equal(called(&joint), BASE_OK);
    }
    judged(KILLS, answer_one);
    assert_int_equal(
        kit_number(kit_pg, "select count(*) from joint_call where acked_at is null and overdue_at is null"), 0);
    assert_true(kit_number(kit_pg, "select count(*) from joint_call where overdue_at is not null") > INCIDENTS);
    /* A step and the level's notice for each that was overdue, and for no other. */
    assert_int_equal(
        kit_number(kit_pg, "select count(*) from joint_call c full join (select (detail ->> 'call')::bigint as id, "
                           "count(*) as n, min(at) as at from incident_step where step = 'call_overdue' group by 1) s "
                           "using (id) where c.overdue_at is distinct from s.at or (s.n is not null and s.n <> 1)"),
        0);
    assert_int_equal(kit_number(kit_pg, "select count(*) from joint_call c where (overdue_at is not null)::int <> "
                                        "(select count(*) from notice n where n.call_id = c.id and n.step like "
                                        "'call_overdue:%' and n.organisation_id = 8)"),
                     0);
    assert_int_equal(kit_number(kit_pg, "select count(*) from joint_call where overdue_at is not null and acked_at < "
                                        "overdue_at"),
                     0);
    assert_int_equal(
        kit_number(kit_pg,
                   "select count(*) from incident i where version <> (select count(*) from incident_step s where "
                   "s.incident_id = i.id)"),
        0);
    kit_end();
}

static void nothing(int round)
{
    (void)round;
}

/* A fifth of its time before the deadline, and at it; of those that are done in time nothing. */
static void each_resolution_is_warned_of_and_overdue_once(void **state)
{
    (void)state;
    enum { KILLS = 25 };
    begin();
    int64_t id = opened(false);
    char sql[700];
    kit_value(kit_pg, "insert into meeting (estate_id, id, level, organisation_id, held_at, made_at, made_by) values "
                      "(101, 1, 0, 8, now(), now(), 'desk')");
    snprintf(
        sql, sizeof sql,
        "insert into resolution (estate_id, meeting_id, level, incident_id, organisation_id, text, made_at, made_by, "
        "deadline, warn_at) select 101, 1, 0, case n %% 2 when 0 then %lld end, 21, '张三要搬走', now(), 'desk', now() "
        "+ (2 + n %% 5) * interval '1 s', now() + (2 + n %% 5) * interval '0.8 s' from generate_series(1, 300) n",
        (long long)id);
    kit_value(kit_pg, sql);
    kit_value(kit_pg, "update resolution set state = 'done', outcome = 'x', ended_at = now() where id % 10 = 0");
    judged(KILLS, nothing);
    expect("select concat_ws(' ', count(*) filter (where warned_at = warn_at), count(*) filter (where overdue_at = "
           "deadline), count(*) filter (where state = 'done' and warned_at is null and overdue_at is null)) from "
           "resolution",
           "270 270 30");
    expect("select string_agg(concat_ws(' ', step, organisation_id, n), ', ' order by step, organisation_id) from "
           "(select step, organisation_id, count(distinct resolution_id) as n, count(*) as all_of from notice where "
           "resolution_id is "
           "not null group by 1, 2) s where n = all_of",
           "resolution_overdue 8 270, resolution_overdue 21 270, resolution_warn 21 270");
    expect("select count(*) from notice where line || body like '%张三%'", "0");
    expect("select count(*) from notice where resolution_id is not null and incident_id is null", "450");
    /* One that is answered all the same is answered, also of no incident. */
    char key[64];
    snprintf(
        key, sizeof key, "%s",
        kit_value(kit_pg, "select key from notice where resolution_id is not null and incident_id is null limit 1"));
    assert_int_equal(incident_notice_ack(kit_conn, key, &kit_diag), BASE_OK);
    expect("select count(*) from notice where state = 'acknowledged'", "1");
    kit_end();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_file_tells_all_of_it),
        cmocka_unit_test(what_cannot_be_called),
        cmocka_unit_test(the_department_of_the_place_is_called),
        cmocka_unit_test(a_department_answers_for_itself),
        cmocka_unit_test(nobody_answers_in_time),
        cmocka_unit_test(each_call_is_said_to_be_overdue_once),
        cmocka_unit_test(each_resolution_is_warned_of_and_overdue_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
