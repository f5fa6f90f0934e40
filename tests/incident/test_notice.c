/* Notices: written with their step, each once; delivered to a real receiver by deliverers that are killed at any
 * moment, each effect exactly once; passed on to the next contact; holding up nobody. */
#include "kit.h"

#include "fixture/receiver.h"
#include "incident/deliver_private.h"

#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

enum { PATIENCE_US = 60 * 1000 * 1000 };

/* 7 is sent; 8 is the estate's and answers at its level, 9 at the next one. */
static void begin(void)
{
    kit_begin();
    receiver_start();
    kit_value(kit_pg, "insert into organisation (id, kind, code, name) values (8, 'site', 'estate', '小区'), "
                      "(9, 'site', 'community', '社区'); update estate set organisation_id = 8 where id = 101; "
                      "insert into level_organisation (rank, organisation_id) values (1, 9);"
                      "insert into building (estate_id, id, dataset, key, name, levels, levels_source, height_m, "
                      "height_source, area_m2, lon, lat, geom) values (101, 12, 't', '12', '3号楼', 18, 'given', 54, "
                      "'levels', 400, 121.005, 31.005, st_multi(st_makeenvelope(121.0049, 31.0049, 121.0051, 31.0051, "
                      "4326)))");
}

static void end(void)
{
    receiver_end();
    kit_end();
}

static void contact(int organisation, int position, const char *channel, const char *path, int ack_s)
{
    char sql[600];
    snprintf(sql, sizeof sql,
             "insert into contact (organisation_id, position, label, channel, url, secret, ack_s) values (%d, %d, "
             "'值班室', '%s', 'http://127.0.0.1:%d%s', '" RECEIVER_SECRET "', %d)",
             organisation, position, channel, receiver->port, path, ack_s);
    kit_value(kit_pg, sql);
}

static pid_t deliverer_with(struct incident_deliver_options options)
{
    pid_t pid = fork();
    if (pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        options.conninfo = kit_database;
        options.retry_first_ms = 20;
        incident_deliver_run(&options);
        _exit(0);
    }
    assert_true(pid > 0);
    return pid;
}

static pid_t deliverer(void)
{
    return deliverer_with((struct incident_deliver_options){
        .private_too = true, .total_ms = 1000, .link = "https://map.example.org/", .attempts_max = 100});
}

static void killed(pid_t pid)
{
    kill(pid, SIGKILL);
    waitpid(pid, NULL, 0);
}

static int64_t report_at(int64_t building)
{
    struct incident_report report = kit_report(101, "smoke", base_clock_now_us());
    report.title = "张三家冒烟 13800138000";
    report.note = "张三的电话是 13800138000";
    report.building_id = building ? data_i64(building) : data_null();
    report.storey = building ? data_i64(17) : data_null();
    return kit_open_incident(&report);
}

static enum base_err take(int64_t id, const char *step)
{
    struct incident_acted acted;
    struct incident_act act = kit_act(101, id, step, base_clock_now_us());
    act.note = "张三说不行 13800138000";
    return kit_take(&act, &acted);
}

static void expect(const char *sql, const char *wanted)
{
    assert_string_equal(kit_value(kit_pg, sql), wanted);
}

static void until(const char *sql, int64_t wanted)
{
    assert_int_equal(kit_until(kit_database, sql, wanted, PATIENCE_US), wanted);
}

#define TOLD                                                                                                      \
    "select string_agg(concat_ws(' ', n.step, n.organisation_id, c.position, n.state), ', ' order by n.id) from " \
    "notice n join contact c on c.id = n.contact_id"

static void each_step_tells_who_is_to_be_told_once(void **state)
{
    (void)state;
    begin();
    contact(7, 1, "webhook", "/ok", 300);
    contact(7, 2, "webhook", "/ok", 300);
    contact(8, 1, "webhook", "/ok", 300);
    contact(9, 1, "webhook", "/ok", 300);
    int64_t id = report_at(0);
    expect(TOLD, "report 8 1 pending");
    assert_int_equal(take(id, "file"), BASE_OK); /* an answer */
    assert_int_equal(take(id, "dispatch"), BASE_OK);
    assert_int_equal(take(id, "close"), BASE_CONFLICT); /* nobody is told of what did not happen */
    assert_int_equal(take(id, "urge"), BASE_OK);
    assert_int_equal(take(id, "accept"), BASE_OK);
    assert_int_equal(take(id, "escalate"), BASE_OK);
    expect(TOLD, "report 8 1 acknowledged, dispatch 7 1 acknowledged, urge 7 1 pending, escalate 8 1 pending, "
                 "escalate 9 1 pending");
    expect("select string_agg(acked_by, ',') from notice", "desk,desk");
    expect("select count(distinct key) = count(*) from notice", "t");
    /* a report that is added to an open one tells nobody again; an organisation without contacts: the level's */
    kit_value(kit_pg, "delete from notice; update contact set valid_to = now() where organisation_id = 7");
    struct incident_report again = kit_report(101, "smoke", base_clock_now_us());
    again.merge_key = "same";
    id = kit_open_incident(&again);
    assert_int_equal(kit_open_incident(&again), id);
    assert_int_equal(take(id, "file"), BASE_OK);
    assert_int_equal(take(id, "dispatch"), BASE_OK);
    expect(TOLD, "report 8 1 acknowledged, dispatch 8 1 pending");
    end();
}

/* Many at once by one statement: of each incident a warning and a breach, to whom each of them goes. */
static void clocks_tell_too(void **state)
{
    (void)state;
    enum { INCIDENTS = 50 };
    begin();
    contact(8, 1, "webhook", "/ok", 300);
    kit_value(kit_pg, "update sla_policy set respond_s = 1, resolve_s = 1000, level_s = '{2000}'");
    for (int i = 0; i < INCIDENTS; i++) {
        report_at(12);
    }
    bool more = true;
    while (more) {
        assert_int_equal(incident_fire(kit_conn, base_clock_now_us() + 10 * KIT_MINUTE, &kit_diag, &more), BASE_OK);
    }
    expect("select string_agg(step || ' ' || n, ', ' order by step) from (select step, count(*) as n from notice group "
           "by step) s",
           "breach 50, report 50, warn 50");
    expect("select count(*) from (select from notice group by incident_id, step having count(*) > 1) twice", "0");
    end();
}

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

/* Judges that are killed while they fire: every warning, breach and escalation has one notice, none has two. */
static void none_is_lost_or_doubled_when_judges_are_killed(void **state)
{
    (void)state;
    enum { INCIDENTS = 100, JUDGES = 2, KILLS = 40 };
    begin();
    contact(8, 1, "webhook", "/ok", 300);
    contact(9, 1, "webhook", "/ok", 300);
    kit_value(kit_pg, "update sla_policy set respond_s = 2, resolve_s = 3, plan_s = null, level_s = '{1}'; "
                      "delete from notice_rule where step = 'escalate' and whom = 'estate'");
    for (int i = 0; i < INCIDENTS; i++) {
        report_at(0);
    }
    pid_t running[JUDGES] = {judge(), judge()};
    for (int i = 0; i < KILLS; i++) {
        poll(NULL, 0, 20 + 17 * (i % 9)); /* anywhere in a tick */
        killed(running[i % JUDGES]);
        running[i % JUDGES] = judge();
    }
    until("select count(*) from hutong.clock where fires_at is not null", 0);
    for (int i = 0; i < JUDGES; i++) {
        killed(running[i]);
    }
    expect("select string_agg(step || ' ' || n, ', ' order by step) from (select step, count(*) as n from notice group "
           "by step) s",
           "breach 300, escalate 100, report 100, warn 300");
    expect("select count(*) from (select incident_id, step, count(distinct at) as n from incident_step group by 1, 2) "
           "s full join (select incident_id, step, count(*) as m from notice group by 1, 2) t using (incident_id, "
           "step) where n is distinct from m",
           "0");
    end();
}

static void killed_at_any_moment_each_effect_is_there_once(void **state)
{
    (void)state;
    enum { INCIDENTS = 200, KILLS = 40, DELIVERERS = 2 };
    static const char *const paths[] = {"/ok", "/flaky", "/lost"};
    int effects = 0;
    begin();
    kit_value(kit_pg, "insert into notice_rule (step, whom, asks, name, name_en) values "
                      "('report', 'organisation', true, '新', 'New'), ('report', 'estate', true, '新', 'New')");
    for (int i = 0; i < 3; i++) { /* all three are told of each: level, estate and organisation are made three */
        contact(7 + i, 1, "webhook", paths[i], 100000);
    }
    kit_value(kit_pg, "update estate set organisation_id = 8; "
                      "insert into level_organisation (rank, organisation_id) values (0, 9)");
    struct incident_report report = kit_report(101, "smoke", base_clock_now_us());
    report.organisation_id = data_i64(7);
    pid_t running[DELIVERERS] = {deliverer(), deliverer()};
    for (int i = 0; i < INCIDENTS; i++) {
        kit_open_incident(&report);
        if (i % (INCIDENTS / KILLS) == 0) {
            poll(NULL, 0, 5 + 13 * (i / 5 % 7)); /* anywhere in a request */
            killed(running[i / 5 % DELIVERERS]);
            running[i / 5 % DELIVERERS] = deliverer();
        }
    }
    until("select count(*) from hutong.notice where state <> 'sent'", 0);
    for (int i = 0; i < DELIVERERS; i++) {
        killed(running[i]);
    }
    assert_int_equal(kit_number(kit_pg, "select count(*) from notice"), 3 * INCIDENTS);
    assert_int_equal(receiver_count(NULL, &effects), 3 * INCIDENTS);
    assert_int_equal(effects, 3 * INCIDENTS);
    for (int i = 0; i < receiver->count; i++) {
        char sql[200];
        const struct receiver_letter *letter = &receiver->letters[i];
        snprintf(sql, sizeof sql, "select count(*) from notice where key = '%s'", letter->key);
        assert_int_equal(kit_number(kit_pg, sql), 1);
        assert_true(letter->signature_ok);
    }
    end();
}

static void one_that_hangs_delays_no_other(void **state)
{
    (void)state;
    enum { INCIDENTS = 40 };
    int effects = 0;
    begin();
    contact(8, 1, "webhook", "/hang", 100000);
    contact(7, 1, "webhook", "/ok", 100000);
    for (int i = 0; i < INCIDENTS; i++) {
        report_at(0);
    }
    pid_t pid = deliverer_with((struct incident_deliver_options){.private_too = true, .total_ms = 600000});
    until("select count(*) from hutong.notice where attempts > 0", 4); /* so many of one contact at once */
    struct incident_report report = kit_report(101, "smoke", base_clock_now_us());
    kit_value(kit_pg, "update notice_rule set whom = 'organisation' where step = 'report'");
    report.organisation_id = data_i64(7);
    for (int i = 0; i < INCIDENTS; i++) {
        kit_open_incident(&report);
    }
    until("select count(*) from hutong.notice where state = 'sent'", INCIDENTS);
    killed(pid);
    receiver_count("/ok", &effects);
    assert_int_equal(effects, INCIDENTS);
    assert_int_equal(kit_number(kit_pg, "select count(*) from notice where state = 'pending' and attempts <= 1"),
                     INCIDENTS);
    end();
}

static void what_fails_goes_to_the_next(void **state)
{
    (void)state;
    begin();
    contact(7, 1, "webhook", "/404", 100000); /* no use: at once */
    contact(7, 2, "webhook", "/500", 100000); /* tried again first */
    contact(7, 3, "webhook", "/302", 100000); /* nobody goes where it points */
    contact(8, 1, "webhook", "/hang", 100000);
    contact(9, 1, "webhook", "/ok", 100000);
    int64_t id = report_at(12);
    assert_int_equal(take(id, "file"), BASE_OK);
    assert_int_equal(take(id, "dispatch"), BASE_OK);
    pid_t pid =
        deliverer_with((struct incident_deliver_options){.private_too = true, .total_ms = 200, .attempts_max = 3});
    until("select count(*) from hutong.notice where state = 'sent'", 1);
    killed(pid);
    expect(TOLD, "report 8 1 acknowledged, dispatch 7 1 failed, dispatch 7 2 failed, dispatch 7 3 failed, dispatch 8 1 "
                 "failed, dispatch 9 1 sent");
    expect("select string_agg(attempts || ' ' || coalesce(why, 'sent'), ', ' order by id) from notice where step = "
           "'dispatch'",
           "1 HTTP 404, 3 HTTP 500, 1 HTTP 302, 3 Timeout was reached, 1 sent");
    assert_int_equal(receiver_count("/ok", NULL), 1);
    end();
}

static void who_does_not_answer_is_passed_by_once(void **state)
{
    (void)state;
    begin();
    contact(7, 1, "webhook", "/ok", 1);
    contact(7, 2, "webhook", "/ok", 1);
    contact(8, 1, "webhook", "/ok", 1);
    contact(9, 1, "webhook", "/ok", 1);
    kit_value(kit_pg, "update notice_rule set asks = false where step = 'report'");
    int64_t quick = report_at(12), slow = report_at(12);
    assert_int_equal(take(slow, "file"), BASE_OK);
    assert_int_equal(take(quick, "file"), BASE_OK);
    assert_int_equal(take(quick, "dispatch"), BASE_OK);
    assert_int_equal(take(quick, "accept"), BASE_OK); /* before anything was sent */
    assert_int_equal(take(slow, "dispatch"), BASE_OK);
    pid_t pid = deliverer(), other = deliverer();
    until("select count(*) from hutong.notice where passed_at is not null and step = 'dispatch'", 4);
    killed(pid);
    killed(other);
    expect(TOLD " where n.step = 'dispatch'", "dispatch 7 1 acknowledged, dispatch 7 1 sent, dispatch 7 2 sent, "
                                              "dispatch 8 1 sent, dispatch 9 1 sent");
    /* whoever accepts now answers for all of them */
    assert_int_equal(take(slow, "accept"), BASE_OK);
    expect("select count(*) from notice where step = 'dispatch' and state <> 'acknowledged'", "0");
    end();
}

/* By the key that came with it: for all of its chain, again without harm, and for no other. */
static void the_key_answers(void **state)
{
    (void)state;
    char key[64];
    begin();
    contact(8, 1, "webhook", "/ok", 1);
    contact(8, 2, "webhook", "/404", 1);
    contact(8, 3, "webhook", "/ok", 100000);
    report_at(0);
    int64_t other = report_at(0);
    assert_int_equal(take(other, "file"), BASE_OK);
    pid_t pid = deliverer();
    until("select count(*) from hutong.notice where state = 'sent'", 2);
    killed(pid);
    snprintf(key, sizeof key, "%s", kit_value(kit_pg, "select key from notice where state = 'sent' order by id"));
    assert_non_null(receiver_letter("/ok"));
    assert_int_equal(incident_notice_ack(kit_conn, key, &kit_diag), BASE_OK);
    assert_int_equal(incident_notice_ack(kit_conn, key, &kit_diag), BASE_OK);
    expect("select string_agg(concat_ws(' ', state, acked_by), ', ' order by id) from notice where incident_id <> "
           "(select max(incident_id) from notice)",
           "acknowledged contact 1, failed, acknowledged contact 1");
    expect("select acked_by from notice where incident_id = (select max(incident_id) from notice)", "desk");
    expect("select count(*) from notice where ack_by is not null or next_at is not null", "0");
    assert_int_equal(incident_notice_ack(kit_conn, "00000000-0000-4000-8000-000000000000", &kit_diag), BASE_NOT_FOUND);
    assert_int_equal(incident_notice_ack(kit_conn, "1' or true", &kit_diag), BASE_NOT_FOUND);
    end();
}

static bool holds(const struct receiver_letter *letter, const char *what)
{
    return letter && strstr(letter->body, what);
}

static void each_channel_reads_what_it_can_and_no_personal_word(void **state)
{
    (void)state;
    begin();
    contact(7, 1, "webhook", "/long", 100000);
    contact(8, 1, "wecom", "/busy", 100000);
    contact(9, 1, "dingtalk", "/robot?access_token=x", 100000);
    contact(7, 2, "sms", "/sms?to=13900139000", 1);
    kit_value(kit_pg, "update contact set ack_s = 1 where organisation_id = 7");
    int64_t id = report_at(12);
    assert_int_equal(take(id, "file"), BASE_OK);
    assert_int_equal(take(id, "dispatch"), BASE_OK);
    int64_t other = report_at(12);
    assert_int_equal(take(other, "escalate"), BASE_OK);
    pid_t pid = deliverer();
    until("select count(*) from hutong.notice n join hutong.contact c on c.id = n.contact_id where channel in ('sms', "
          "'dingtalk', 'webhook') and state = 'sent'",
          3);
    until("select count(*) from hutong.notice n join hutong.contact c on c.id = n.contact_id where channel = 'wecom' "
          "and state = 'sent' and attempts > 1 and step = 'escalate'",
          1);
    killed(pid);
    const struct receiver_letter *webhook = receiver_letter("/long"), *ding = receiver_letter("/robot");
    assert_true(holds(webhook, "\"building\" : \"3号楼\"") && holds(webhook, "\"storey\" : 17"));
    assert_true(holds(webhook, "\"deadline\" : \"20"));
    assert_true(holds(webhook, "\"link\":\"https://map.example.org/#&building=12&incident="));
    assert_true(holds(webhook, "【请处置】烟雾报警(严重)和平里 3号楼 17层,已派遣,时限 "));
    assert_true(holds(ding, "{\"msgtype\":\"text\",\"text\":{\"content\":\"【已提级,请派遣】烟雾报警"));
    assert_true(ding && strstr(ding->query, "access_token=x;timestamp=") && strstr(ding->query, "sign="));
    assert_true(holds(receiver_letter("/sms"), "{\"key\":\""));
    assert_true(holds(receiver_letter("/busy"), "{\"msgtype\":\"text\""));
    for (int i = 0; i < receiver->count; i++) {
        AUTO(base_json) json = NULL;
        const struct receiver_letter *letter = &receiver->letters[i];
        assert_int_equal(base_json_in_parse(letter->body, strlen(letter->body), NULL, &json), BASE_OK);
        assert_true(letter->signature_ok);
        assert_false(holds(letter, "张三") || holds(letter, "138") || holds(letter, "desk") || holds(letter, "139"));
    }
    end();
}

static void nobody_is_reached_within_the_network(void **state)
{
    (void)state;
    begin();
    contact(8, 1, "webhook", "/ok", 100000);
    contact(9, 1, "webhook", "/ok", 100000);
    kit_value(kit_pg, "update contact set url = replace(url, '127.0.0.1', 'localhost') where organisation_id = 9");
    report_at(0);
    pid_t pid = deliverer_with((struct incident_deliver_options){.attempts_max = 3});
    until("select count(*) from hutong.notice where state = 'failed' and why like '%private network%' and attempts = 1",
          2);
    killed(pid);
    assert_int_equal(receiver_count(NULL, NULL), 0);
    end();
}

static void addresses_are_told_apart(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        bool is_public;
    } cases[] = {
        {"8.8.8.8", true},
        {"127.0.0.1", false},
        {"10.1.2.3", false},
        {"172.15.0.1", true},
        {"172.16.0.1", false},
        {"172.31.255.255", false},
        {"172.32.0.1", true},
        {"192.168.1.1", false},
        {"169.254.169.254", false},
        {"100.64.0.1", false},
        {"100.128.0.1", true},
        {"0.0.0.0", false},
        {"224.0.0.1", false},
        {"255.255.255.255", false},
        {"198.18.0.1", false},
        {"192.0.2.1", false},
        {"::1", false},
        {"::", false},
        {"fe80::1", false},
        {"fd00::1", false},
        {"::ffff:10.0.0.1", false},
        {"::ffff:8.8.8.8", true},
        {"64:ff9b::a00:1", false},
        {"64:ff9b::808:808", true},
        {"2002:a00:1::", false},
        {"2001:db8::1", false},
        {"2001:0:1::", false},
        {"ff02::1", false},
        {"2400:3200::1", true},
        {"2001:4860::8888", true},
        {"::127.0.0.1", false},
        {"fec0::1", false},
    };
    for (size_t i = 0; i < BASE_COUNT(cases); i++) {
        struct sockaddr_in v4 = {.sin_family = AF_INET};
        struct sockaddr_in6 v6 = {.sin6_family = AF_INET6};
        bool six = strchr(cases[i].text, ':') != NULL;
        assert_int_equal(six ? inet_pton(AF_INET6, cases[i].text, &v6.sin6_addr)
                             : inet_pton(AF_INET, cases[i].text, &v4.sin_addr),
                         1);
        if (incident_address_public(six ? (struct sockaddr *)&v6 : (struct sockaddr *)&v4) != cases[i].is_public) {
            fail_msg("%s", cases[i].text);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_step_tells_who_is_to_be_told_once),
        cmocka_unit_test(clocks_tell_too),
        cmocka_unit_test(none_is_lost_or_doubled_when_judges_are_killed),
        cmocka_unit_test(killed_at_any_moment_each_effect_is_there_once),
        cmocka_unit_test(one_that_hangs_delays_no_other),
        cmocka_unit_test(what_fails_goes_to_the_next),
        cmocka_unit_test(who_does_not_answer_is_passed_by_once),
        cmocka_unit_test(the_key_answers),
        cmocka_unit_test(each_channel_reads_what_it_can_and_no_personal_word),
        cmocka_unit_test(nobody_is_reached_within_the_network),
        cmocka_unit_test(addresses_are_told_apart),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
