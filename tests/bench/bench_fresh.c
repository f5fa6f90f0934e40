/* How fresh screens are: 1,000 rows change a second while ingest stores 5,000 events a second; from the moment that a
 * change was committed to its diff at a client of the stream, and to the changed tile at a client that asks again and
 * again. Nothing is stubbed: broker, worker, PostgreSQL and server are the real ones, on this machine.
 *
 *   bench_fresh [SECONDS]     20 when not given */
#include "latency.h"
#include "positions.h"

#include <pthread.h>

enum { BUILDINGS = 20000, ROWS = 10, PACE_US = 10000, EVENTS_PER_S = 5000, MARKS_MAX = 100 * 600 };

static int seconds = 20, marks;
static const char *database;
static struct test_server on;
static _Atomic int64_t committed_us[MARKS_MAX];

/* --- load --- */

/* A transaction of ten rows each 10 ms. Building 1, which the tile's client watches, its state and the incident there
 * carry the mark. */
static void *change(void *unused)
{
    (void)unused;
    PGconn *pg = test_pg(database);
    int64_t due = base_clock_mono_us();
    for (int i = 0; i < marks; i++, due += PACE_US) {
        int64_t now = base_clock_mono_us();
        if (due > now) {
            nanosleep(&(struct timespec){.tv_nsec = (due - now) % 1000000000 * 1000}, NULL);
        }
        char sql[600];
        snprintf(
            sql, sizeof sql,
            "begin; update building set dwellings = %d where id between %d and %d; update building set name = 'mark "
            "%d.'"
            " where id = 1; update building_state set last_event_at = to_timestamp(%d) where building_id = 1;"
            " update incident set state_at = to_timestamp(%d), version = version + 1 where id = 1; commit",
            i, 2 + i * ROWS % (BUILDINGS - ROWS - 2), 2 + i * ROWS % (BUILDINGS - ROWS - 2) + ROWS - 3, i,
            1000000000 + i, 1000000000 + i);
        test_sql(pg, sql);
        committed_us[i] = base_clock_mono_us();
    }
    PQfinish(pg);
    return NULL;
}

/* --- clients --- */

/* All marks up to this one have been seen now. A mark may be seen before its writer has noted the commit: 0 ms. */
static void note(int newest, int *seen, double *latency_ms)
{
    int64_t now = base_clock_mono_us();
    for (; *seen < newest; latency_ms[*seen] = committed_us[*seen] ? (double)(now - committed_us[*seen]) / 1e3 : 0) {
        ++*seen;
    }
}

static void *watch_tile(void *of)
{
    double *latency_ms = of;
    int seen = -1;
    char path[100], held[200] = "";
    PGconn *pg = test_pg(database);
    snprintf(path, sizeof path, "/tiles/buildings/16/%s",
             test_sql(pg,
                      "select format('%s/%s', floor((lon + 180) / 360 * 65536), floor((1 - asinh(tan(radians(lat))) /"
                      " pi()) / 2 * 65536)) from building where id = 1"));
    PQfinish(pg);
    while (seen < marks - 1) {
        AUTO_VALUE(test_answer) answer;
        if (test_get(on.port, path, held, &answer) == 200) {
            const char *at = memmem(answer.body.at, answer.body.len, "mark ", 5);
            int64_t mark = -1; /* before the first change there is none */
            if (at && base_str_i64((struct base_str){at + 5, strcspn(at + 5, ".")}, &mark)) {
                note((int)mark, &seen, latency_ms);
            }
            snprintf(held, sizeof held, "If-None-Match: %s\r\n", test_header(&answer, "ETag"));
        }
        poll(NULL, 0, 2);
    }
    return NULL;
}

/* "last_event_at":"2001-09-09T01:46:40Z" is mark 0 */
static int newest_mark(const char *text, const char *member)
{
    int newest = -1;
    while ((text = strstr(text, member))) {
        int64_t at = 0;
        text += strlen(member);
        if (base_time_in((struct base_str){text, strcspn(text, "\"")}, &at)) {
            int mark = (int)(at / 1000000 - 1000000000);
            newest = mark > newest && mark < marks ? mark : newest;
        }
    }
    return newest;
}

static void watch_stream(double *latency_ms, double *incident_ms)
{
    struct base_buf buf;
    base_buf_init(&buf, 64 << 20);
    int fd = test_connect(on.port), seen = -1, seen_incident = -1;
    test_send(fd, "GET /api/stream?topics=buildings,assets,incidents HTTP/1.0\r\nHost: localhost\r\n\r\n");
    test_await(fd, &buf, "event: snapshot", 20000000);
    pthread_t writer;
    assert_int_equal(pthread_create(&writer, NULL, change, NULL), 0);
    while (seen < marks - 1 || seen_incident < marks - 1) {
        base_buf_reset(&buf); /* a mark cut in two between two reads is made good by the next */
        assert_true(test_receive(fd, &buf, 20000));
        note(newest_mark(base_buf_cstr(&buf), "\"last_event_at\":\""), &seen, latency_ms);
        note(newest_mark(base_buf_cstr(&buf), "\"state_at\":\""), &seen_incident, incident_ms);
    }
    pthread_join(writer, NULL);
    close(fd);
    base_buf_release(&buf);
}

static void fill(PGconn *pg)
{
    positions_buildings(pg, BUILDINGS);
    test_sql(pg, "insert into building_state (estate_id, building_id) values (0, 1)");
    test_sql(pg,
             "insert into incident (estate_id, id, origin, category, severity, policy_id, policy_version, building_id,"
             " title, t_event, reported_at, state_at) select 0, 1, 'call', 'smoke', 'serious', id, version, 1, 'smoke',"
             " now(), now(), now() from sla_policy where key = 'serious'");
}

static void all(void **state)
{
    (void)state;
    static double stream_ms[MARKS_MAX], incident_ms[MARKS_MAX], tile_ms[MARKS_MAX];
    pthread_t publisher, watcher;
    AUTO(fixture_server) server = fixture_server_new(FIXTURE_BOTH);
    struct positions positions = {.broker = fixture_server_broker(server), .per_s = EVENTS_PER_S};
    database = fixture_server_database(server);
    PGconn *pg = test_pg(database);
    fill(pg);
    kit_source(database, "fresh", "owntracks/#", true);
    pid_t worker = kit_worker_start(
        &(struct kit_worker){.database = database, .broker = positions.broker, .var = fixture_scratch()});
    kit_wait_subscribed(database, positions.broker, "owntracks/probe/1");
    on = test_server_on(database, (struct api_config){.port = 0});
    on.pg = pg;
    test_caught_up(&on);
    assert_int_equal(pthread_create(&publisher, NULL, positions_send, &positions), 0);
    assert_int_equal(pthread_create(&watcher, NULL, watch_tile, tile_ms), 0);
    poll(NULL, 0, 3000); /* the load is steady */
    int64_t before = kit_number(pg, "select stored from source_stat"), begun = base_clock_mono_us();
    watch_stream(stream_ms, incident_ms);
    double stored = (double)(kit_number(pg, "select stored from source_stat") - before);
    printf("bench fresh_ingest_meanwhile %.0f events/s\n", stored * 1e6 / (double)(base_clock_mono_us() - begun));
    pthread_join(watcher, NULL);
    atomic_store(&positions.done, true);
    pthread_join(publisher, NULL);
    latency_print("fresh_stream", stream_ms, (size_t)marks);
    latency_print("fresh_incident", incident_ms, (size_t)marks);
    latency_print("fresh_tile", tile_ms, (size_t)marks);
    kit_worker_end(worker, SIGTERM);
    test_server_end(&on);
}

int main(int argc, char **argv)
{
    int64_t given;
    if (argc > 1 && base_str_i64(base_str_of(argv[1]), &given) && given > 0 && given <= 600) {
        seconds = (int)given;
    }
    marks = seconds * 100;
    const struct CMUnitTest tests[] = {cmocka_unit_test(all)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
