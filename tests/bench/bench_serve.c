/* hutong serve under many clients, and how long a committed change takes to a stream while 5,000 rows a second change.
 * Prints `bench <name> <value> <unit>`.
 *
 *   crowd    strangers' requests, alone and while 9,000 connections that ask nothing are open
 *   stream   a transaction of 50 rows each 10 ms; from its begin to the arrival of its diff */
#include "fixture/serving.h"

#include <pthread.h>
#include <stdatomic.h>
#include <sys/resource.h>
#include <time.h>

enum { CHANGES = 1000, ROWS = 50, PACE_US = 10000, NEWCOMERS = 2000, IDLE = 9000 };

static struct test_server on;

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static void print(const char *name, double value, const char *unit)
{
    printf("bench %s %.1f %s\n", name, value, unit);
    fflush(stdout);
}

/* --- stream --- */

static _Atomic int64_t begun_us[CHANGES];

static void *change(void *unused)
{
    (void)unused;
    PGconn *pg = test_pg(on.database);
    int64_t due = base_clock_mono_us();
    for (int i = 0; i < CHANGES; i++, due += PACE_US) {
        int64_t now = base_clock_mono_us();
        if (due > now) {
            nanosleep(&(struct timespec){.tv_nsec = (due - now) * 1000}, NULL);
        }
        char sql[400];
        snprintf(sql, sizeof sql,
                 "begin; update asset_state set label_en = 'mark %d.', t_event = clock_timestamp(),"
                 " stored_at = clock_timestamp() where id = 1 or id %% 20 = %d; commit",
                 i, i % 20);
        begun_us[i] = base_clock_mono_us();
        test_sql(pg, sql);
    }
    PQfinish(pg);
    return NULL;
}

/* The newest mark in what has come, or -1. Marks only grow: a later one stands for all before it. */
static int newest_mark(const char *text)
{
    int newest = -1;
    while ((text = strstr(text, "\"mark "))) {
        text += 6;
        int64_t mark = -1;
        if (base_str_i64((struct base_str){text, strcspn(text, ".")}, &mark) && mark > newest) {
            newest = (int)mark;
        }
    }
    return newest;
}

static void stream(void)
{
    char sql[500];
    snprintf(
        sql, sizeof sql,
        "insert into asset_state (estate_id, subject, id, subject_type, source_id, label, label_en, t_event, t_recv,"
        " lon, lat, place_method) select 0, md5(n::text)::uuid, n, 'guard', 1, '巡逻', 'x', now(), now(), 121.4, 31.2,"
        " 'none' from generate_series(1, %d) n",
        ROWS * 20);
    test_sql(on.pg, sql);
    static double latency_ms[CHANGES];
    struct base_buf buf;
    base_buf_init(&buf, 64 << 20);
    int fd = test_connect(on.port), seen = -1;
    test_send(fd, "GET /api/stream HTTP/1.0\r\nHost: localhost\r\n\r\n");
    test_await(fd, &buf, "event: snapshot", 20000000);
    pthread_t writer;
    assert_int_equal(pthread_create(&writer, NULL, change, NULL), 0);
    while (seen < CHANGES - 1) {
        base_buf_reset(&buf); /* a mark cut in two between two reads is made good by the next */
        assert_true(test_receive(fd, &buf, 20000));
        int64_t now = base_clock_mono_us();
        for (int newest = newest_mark(base_buf_cstr(&buf)); seen < newest;) {
            seen++;
            latency_ms[seen] = (double)(now - begun_us[seen]) / 1e3;
        }
    }
    pthread_join(writer, NULL);
    close(fd);
    base_buf_release(&buf);
    qsort(latency_ms, CHANGES, sizeof latency_ms[0], by_size);
    print("stream_5000_rows_per_s_p50", latency_ms[CHANGES / 2], "ms");
    print("stream_5000_rows_per_s_p99", latency_ms[CHANGES * 99 / 100], "ms");
}

/* --- a crowd --- */

/* GET /healthz on connections of their own, as strangers come. */
static double newcomers_p99_ms(void)
{
    static double took_ms[NEWCOMERS];
    for (int i = 0; i < NEWCOMERS; i++) {
        AUTO_VALUE(test_answer) answer;
        int64_t begun = base_clock_mono_us();
        assert_int_equal(test_get(on.port, "/healthz", NULL, &answer), 200);
        took_ms[i] = (double)(base_clock_mono_us() - begun) / 1e3;
    }
    qsort(took_ms, NEWCOMERS, sizeof took_ms[0], by_size);
    return took_ms[NEWCOMERS * 99 / 100];
}

/* Server and clients are one process: a connection costs it two descriptors. */
static void crowd(void)
{
    static int fds[IDLE];
    print("newcomers_p99_alone", newcomers_p99_ms(), "ms");
    for (int i = 0; i < IDLE; i++) {
        fds[i] = test_connect(on.port);
    }
    print("newcomers_p99_among_9000_idle", newcomers_p99_ms(), "ms");
    for (int i = 0; i < IDLE; i++) {
        close(fds[i]);
    }
}

static void all(void **state)
{
    (void)state;
    on.database = fixture_database();
    on = test_server_on(on.database, (struct api_config){.port = 0});
    on.pg = test_pg(on.database);
    crowd();
    stream();
    test_server_end(&on);
}

int main(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
        limit.rlim_cur = limit.rlim_max;
        setrlimit(RLIMIT_NOFILE, &limit);
    }
    const struct CMUnitTest tests[] = {cmocka_unit_test(all)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
