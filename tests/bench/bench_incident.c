/* 200,000 open incidents with their clocks at 200 estates: how long the list of an estate takes over HTTP, what those
 * see to whom 200 of them were sent, and judge's tick with nothing due and with 100 clocks due. Beside each, in the
 * same run, what a plain count of the same rows takes. */
#include "http_client.h"
#include "incident_load.h"
#include "latency.h"

enum { LISTS = 4000, COUNTS = 1000, TICKS = 50, DUE = 100 };

static struct test_server on;
static struct data_conn *conn;

static double since_ms(int64_t begin_us)
{
    return (double)(base_clock_mono_us() - begin_us) / 1e3;
}

/* --- lists --- */
/* who: header lines. */
static void list(const char *name, const char *query, const char *who)
{
    static double took_ms[LISTS];
    static char heads[INCIDENT_ESTATES][400];
    static const char *requests[INCIDENT_ESTATES];
    for (int i = 0; i < INCIDENT_ESTATES; i++) {
        snprintf(heads[i], sizeof heads[i], "GET /api/incidents?estate=%d%s HTTP/1.1\r\nHost: localhost\r\n%s\r\n",
                 i + 1, query, who);
        requests[i] = heads[i];
    }
    struct load load = {.port = on.port,
                        .heads = requests,
                        .head_count = INCIDENT_ESTATES,
                        .requests = LISTS,
                        .status = 200,
                        .took_ms = took_ms};
    load_run(&load, 2);
    latency_print(name, took_ms, LISTS);
}

static void whole(const char *name, const char *path, size_t count, const char *who)
{
    static double took_ms[COUNTS];
    char head[400];
    const char *const request = head;
    snprintf(head, sizeof head, "GET %s HTTP/1.1\r\nHost: localhost\r\n%s\r\n", path, who);
    struct load load = {
        .port = on.port, .heads = &request, .head_count = 1, .requests = count, .status = 200, .took_ms = took_ms};
    load_run(&load, 2);
    latency_print(name, took_ms, count);
}

static bool asks_everybody(void *unused)
{
    (void)unused;
    AUTO_VALUE(test_answer) answer;
    return test_get(on.port, "/api/estates", NULL, &answer) == 401;
}

#define SECRET "0123456789abcdefghijklmnopqrstuvwxyzABCDEFG"
#define WHO(name) "Authorization: Bearer hut_" name "-" SECRET "\r\n"
static void account(const char *name, const char *role, const char *estates, const char *organisation)
{
    char sql[700];
    snprintf(sql, sizeof sql,
             "with a as (insert into account (name) values ('%s') returning id), g as (insert into role_grant"
             " (account_id, role, estate_ids, organisation_id) select id, '%s', %s, %s from a)"
             " insert into token (account_id, name, hash) select id, '%s', sha256('hut_%s-" SECRET "') from a",
             name, role, estates, organisation, name, name);
    test_sql(on.pg, sql);
}

/* By row security: a street of all these estates, the company of one, and a department that some were sent to. */
static void scoped(void)
{
    account("street", "street", "array(select e.id from estate e where e.id > 0)", "null");
    account("company", "company", "'{150}'", "null");
    account("urban", "department", "null", "8");
    test_sql(on.pg, "select pg_notify('hutong_access', '')");
    assert_true(fixture_poll(asks_everybody, NULL, 20000000));
    list("incident_list_by_row_security", "", WHO("street"));
    whole("incident_list_street", "/api/incidents", COUNTS, WHO("street"));
    whole("incident_list_company", "/api/incidents", COUNTS, WHO("company"));
    whole("task_list", "/api/tasks", COUNTS, WHO("urban"));
    whole("task_incident_list", "/api/incidents", DUE, WHO("urban"));
    whole("task_incident_one", "/api/incidents/100/1000007", COUNTS, WHO("urban"));
}

static void count_of_estate(void)
{
    static double took_ms[COUNTS];
    char sql[200];
    for (int i = 0; i < COUNTS; i++) {
        snprintf(sql, sizeof sql, "select count(*) from incident where estate_id = %d and closed_at is null",
                 1 + i % INCIDENT_ESTATES);
        int64_t begin_us = base_clock_mono_us();
        test_sql(on.pg, sql);
        took_ms[i] = since_ms(begin_us);
    }
    latency_print("incident_list_plain_count", took_ms, COUNTS);
}

/* --- ticks --- */
static void tick(const char *name, bool due)
{
    double took_ms[TICKS], plain_ms[TICKS];
    char sql[300], plain[100];
    for (int i = 0; i < TICKS; i++) {
        bool more = false;
        snprintf(sql, sizeof sql,
                 "update clock set due_at = now() - interval '1 s', warn_at = null where stage = 'respond' and "
                 "incident_id in"
                 " (select id from incident where id %% 10000 = %d order by id limit %d)",
                 i, due ? DUE : 0);
        test_sql(on.pg, sql);
        int64_t begin_us = base_clock_mono_us();
        test_sql(on.pg, "select count(*) from clock where fires_at <= now()");
        plain_ms[i] = since_ms(begin_us);
        begin_us = base_clock_mono_us();
        test_ok(incident_fire(conn, base_clock_now_us(), &test_diag, &more));
        took_ms[i] = since_ms(begin_us);
        assert_int_equal(more, due);
    }
    latency_print(name, took_ms, TICKS);
    snprintf(plain, sizeof plain, "%s_plain_count", name);
    latency_print(plain, plain_ms, TICKS);
}

static void all(void **state)
{
    (void)state;
    const char *database = fixture_database();
    on = test_server_on(database, (struct api_config){.port = 0});
    on.pg = test_pg(database);
    test_ok(data_conn_open(database, "bench", &test_diag, &conn));
    incident_load(conn, on.pg);
    list("incident_list", "", "");
    list("incident_list_limit_1000", "&limit=1000", "");
    list("incident_list_smoke", "&category=smoke", "");
    whole("incident_list_district", "/api/incidents", COUNTS, "");
    count_of_estate();
    tick("incident_tick", false);
    tick("incident_tick_100_due", true);
    scoped();
    data_conn_free(conn);
    test_server_end(&on);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(all)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
