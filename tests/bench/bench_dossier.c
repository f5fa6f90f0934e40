/* Dossiers of 2,000 buildings over 10 million events: 50 a second over HTTP for 30 seconds, each sent when it is due
 * whether or not the one before was answered, and timed from then. The same as of a moment, and by row security. Beside
 * it, in the same run, what one plain query of the last day's events at a building takes. */
#include "http_client.h"
#include "latency.h"

#include <time.h>

#define DAY_US INT64_C(86400000000)
#define STREET "Authorization: Bearer hut_street-0123456789abcdefghijklmnopqrstuvwxyzABCDEFG\r\n"
enum {
    DAYS = 31,
    RATE = 50,
    SECONDS = 30,
    REQUESTS = RATE * SECONDS,
    CLIENTS = 4,
    PLAIN = 1000,
    WARM = 400,
    FILE_MAX = 1 << 20
};

static struct test_server on;

/* --- the world --- */
static void load_world(const char *database)
{
    static const char *const tables[] = {"event", "pass", "duty_window", "verdict"};
    AUTO_VALUE(base_buf) sql;
    AUTO(data_conn) conn = NULL;
    char path[600];
    int64_t now_us = base_clock_now_us();
    test_ok(data_conn_open(database, "bench", &test_diag, &conn));
    for (int day = -1; day <= DAYS; day++) {
        for (size_t i = 0; i < BASE_COUNT(tables); i++) {
            test_ok(data_partition_ensure(conn, tables[i], now_us - day * DAY_US, &test_diag));
        }
    }
    base_buf_init(&sql, FILE_MAX);
    snprintf(path, sizeof path, "%s/tests/bench/dossier_load.sql", fixture_source());
    test_ok(base_file_read(path, FILE_MAX, &test_diag, &sql));
    test_sql(on.pg, base_buf_cstr(&sql));
    test_sql(on.pg,
             "vacuum (analyze) building, estate, device, device_state, checkpoint, facility, incident, event, pass,"
             " duty_window, verdict");
}

/* --- asking --- */
struct pace {
    const char *query, *who;
    int64_t begin_us;
    size_t requests;
    atomic_size_t next;
    double *took_ms;
};

static void head_of(const struct pace *pace, size_t at, char head[600])
{
    size_t dice = at * 7919 % 2000; /* prime to 2000: each building before one comes again */
    snprintf(head, 600, "GET /api/buildings/%zu/dossier%s HTTP/1.1\r\nHost: localhost\r\n%s\r\n",
             (dice / 20 + 1) * 100 + dice % 20, pace->query, pace->who);
}

static void *pacer(void *of)
{
    struct pace *pace = of;
    int fd = test_connect(on.port);
    char head[600];
    size_t at;
    while ((at = atomic_fetch_add(&pace->next, 1)) < pace->requests) {
        int64_t due_us = pace->begin_us + (int64_t)at * 1000000 / RATE, now_us;
        while ((now_us = base_clock_mono_us()) < due_us) {
            const struct timespec rest = {0, (due_us - now_us) * 1000 % 1000000000};
            nanosleep(&rest, NULL); /* until it is due: that is the load, not a wait for something */
        }
        head_of(pace, at, head);
        load_send(fd, head);
        load_answer(fd, 200);
        pace->took_ms[at] = (double)(base_clock_mono_us() - due_us) / 1e3;
    }
    close(fd);
    return NULL;
}

static void run(const char *name, const char *query, const char *who, size_t requests)
{
    static double took_ms[REQUESTS];
    pthread_t threads[CLIENTS];
    struct pace pace = {
        .query = query, .who = who, .begin_us = base_clock_mono_us(), .requests = requests, .took_ms = took_ms};
    for (int i = 0; i < CLIENTS; i++) {
        assert_int_equal(pthread_create(&threads[i], NULL, pacer, &pace), 0);
    }
    for (int i = 0; i < CLIENTS; i++) {
        pthread_join(threads[i], NULL);
    }
    if (name) {
        latency_print(name, took_ms, requests);
    }
}

static void measured(const char *name, const char *query, const char *who)
{
    run(NULL, query, who, WARM); /* each worker has its plans */
    run(name, query, who, REQUESTS);
}

static void plain(void)
{
    static double took_ms[PLAIN];
    for (size_t i = 0; i < PLAIN; i++) {
        char sql[200];
        size_t dice = i * 7919 % 2000;
        snprintf(sql, sizeof sql,
                 "select count(*) from event where building_id = %zu and t_event > now() - interval '1 day'",
                 (dice / 20 + 1) * 100 + dice % 20);
        int64_t begin_us = base_clock_mono_us();
        test_sql(on.pg, sql);
        took_ms[i] = (double)(base_clock_mono_us() - begin_us) / 1e3;
    }
    latency_print("dossier_plain_count_of_a_day", took_ms, PLAIN);
}

/* --- by row security --- */
static bool asks_everybody(void *unused)
{
    (void)unused;
    AUTO_VALUE(test_answer) answer;
    return test_get(on.port, "/api/estates", NULL, &answer) == 401;
}

static void account(void)
{
    test_sql(
        on.pg,
        "with a as (insert into account (name) values ('street') returning id), g as (insert into role_grant"
        " (account_id, role, estate_ids) select id, 'street', array(select e.id from estate e where e.id > 0) from a)"
        " insert into token (account_id, name, hash) select id, 'street',"
        " sha256('hut_street-0123456789abcdefghijklmnopqrstuvwxyzABCDEFG') from a");
    test_sql(on.pg, "select pg_notify('hutong_access', '')");
    assert_true(fixture_poll(asks_everybody, NULL, 20000000));
}

static void all(void **state)
{
    (void)state;
    char query[60], moment[BASE_TIME_TEXT];
    const char *database = fixture_database();
    on = test_server_on(database, (struct api_config){.port = 0});
    on.pg = test_pg(database);
    load_world(database);
    plain();
    measured("dossier", "", "");
    snprintf(query, sizeof query, "?at=%s", base_time_out(base_clock_now_us(), moment));
    measured("dossier_at", query, "");
    account();
    measured("dossier_by_row_security", "", STREET);
    test_server_end(&on);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(all)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
