/* From a smoke detector's message to its incident on a screen, while 200,000 incidents are open and ingest stores 5,000
 * events a second: 4,500 positions, and 500 detectors' words of which 20 are alarms, each in a building of its own.
 * Timed from before the alarm is published to the moment a client of the stream has read the incident; beside it, in
 * the same run, how long the same client waits for a row of an open incident that was written to the database. Nothing
 * is stubbed: broker, worker, judge, PostgreSQL and server are the real ones, on this machine.
 *
 *   bench_alarm [SECONDS]     30 when not given */
#include "incident_load.h"
#include "latency.h"
#include "positions.h"

#include <pthread.h>

enum { POSITIONS_PER_S = 4500, WORDS_PER_S = 500, ALARMS_PER_S = 20, EVERY = WORDS_PER_S / ALARMS_PER_S };
enum { SECONDS_MAX = 600, ALARMS_MAX = ALARMS_PER_S * SECONDS_MAX, MARK = 1000000 /* above versions */ };

static int seconds = 30, alarms;
static const char *database, *broker;
static struct test_server on;
static _Atomic int64_t sent_us[ALARMS_MAX + 1], written_us[SECONDS_MAX + 1];

/* --- the world: detector n hangs in building n --- */
static void make_source(struct data_conn *conn)
{
    test_ok(data_run(conn, DATA_SOURCE_UPSERT,
                     DATA_ARGS(data_text("smoke"), data_text("{zigbee2mqtt/#}"), data_text("zigbee2mqtt"), data_null(),
                               data_text("Asia/Shanghai"), data_text("wgs84"), data_i64(0), data_text("test"),
                               data_text("30 days")),
                     &test_diag, NULL));
}

static void make_world(PGconn *pg)
{
    char sql[600];
    AUTO(data_conn) conn = NULL;
    test_ok(data_conn_open(database, "bench", &test_diag, &conn));
    make_source(conn);
    incident_load(conn, pg);
    positions_buildings(pg, alarms);
    snprintf(
        sql, sizeof sql,
        "insert into device (estate_id, id, source_id, native_id, kind, name, building_estate_id, building_id, storey)"
        " select 0, n, s.id, 'detector-' || n, 'smoke_detector', n || '号', 0, n, 17 from source s,"
        " generate_series(1, %d) n where s.name = 'smoke'",
        alarms);
    test_sql(pg, sql);
    kit_source(database, "fresh", "owntracks/#", true);
}

static pid_t judge_start(void)
{
    pid_t pid = fork();
    if (pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        setenv("HUTONG_DATABASE", database, 1);
        execl(fixture_binary(), "hutong", "judge", (char *)NULL);
        _exit(127);
    }
    return pid;
}

/* --- load --- */
static void say(struct ingest_publisher *publisher, int detector, bool smoke)
{
    char topic[64], payload[300], now[BASE_TIME_TEXT];
    base_time_out(base_clock_now_us(), now);
    snprintf(topic, sizeof topic, "zigbee2mqtt/detector-%d", detector);
    int len = snprintf(payload, sizeof payload,
                       "{\"smoke\":%s,\"battery\":97,\"battery_low\":false,\"tamper\":false,\"linkquality\":120,"
                       "\"last_seen\":\"%s\"}",
                       smoke ? "true" : "false", now);
    test_ok(ingest_publisher_send(publisher, topic, payload, (size_t)len, 1, false, &test_diag));
}

/* Each EVERY-th word is the first alarm of the next detector; the others are of detectors with nothing to say. */
static void *speak(void *unused)
{
    (void)unused;
    AUTO(ingest_publisher) publisher = NULL;
    test_ok(ingest_publisher_new(broker, "detectors", &test_diag, &publisher));
    int64_t begin_us = base_clock_mono_us();
    for (int word = 0; word < alarms * EVERY; word++) {
        int64_t due_us = begin_us + (int64_t)word * 1000000 / WORDS_PER_S, now_us = base_clock_mono_us();
        if (due_us > now_us) {
            poll(NULL, 0, (int)((due_us - now_us) / 1000));
        }
        int alarm = word / EVERY + 1;
        if (word % EVERY == 0) {
            atomic_store(&sent_us[alarm], base_clock_mono_us());
            say(publisher, alarm, true);
        } else {
            say(publisher, alarms - word % (alarms / 4), false);
        }
    }
    return NULL;
}

/* What the stream alone takes: an open incident's version, each second. */
static void *write_marks(void *unused)
{
    (void)unused;
    PGconn *pg = test_pg(database);
    for (int mark = 1; mark <= seconds; mark++) {
        char sql[100];
        snprintf(sql, sizeof sql, "update incident set version = %d where estate_id = 1 and id = 10000", MARK + mark);
        atomic_store(&written_us[mark], base_clock_mono_us());
        test_sql(pg, sql);
        poll(NULL, 0, 1000);
    }
    PQfinish(pg);
    return NULL;
}

/* --- the client --- */
struct seen {
    const char *member; /* what its number follows */
    int64_t from, max;
    _Atomic int64_t *begun_us;
    double *took_ms; /* by number; 0: not seen yet */
    int count;
};

static void note(const char *text, struct seen *seen)
{
    int64_t now = base_clock_mono_us();
    while ((text = strstr(text, seen->member))) {
        int64_t number = 0;
        text += strlen(seen->member);
        if (!base_str_i64((struct base_str){text, strspn(text, "0123456789")}, &number)) {
            continue;
        }
        number -= seen->from;
        int64_t begun = number > 0 && number <= seen->max ? atomic_load(&seen->begun_us[number]) : 0;
        if (begun && seen->took_ms[number] == 0) {
            seen->took_ms[number] = (double)(now - begun) / 1e3;
            seen->count++;
        }
    }
}

/* Whole messages only: a number that is cut in two between two reads is read when the rest has come. Only what is new
 * is searched: who reads slowly is sent all anew. */
static void read_messages(int fd, struct base_buf *buf, size_t *searched, void (*each)(const char *text, void *at),
                          void *at)
{
    assert_true(test_receive(fd, buf, 60000));
    const char *text = base_buf_cstr(buf), *from = text + *searched, *end;
    while ((end = strstr(from, "\n\n"))) {
        char *message = strndup(text, (size_t)(end - text));
        each(message, at);
        free(message);
        text = from = end + 2;
    }
    size_t left = strlen(text);
    memmove(buf->data, text, left);
    buf->len = left;
    *searched = left ? left - 1 : 0;
}

static void note_both(const char *text, void *at)
{
    struct seen *seen = at;
    note(text, &seen[0]);
    note(text, &seen[1]);
}

static void is_snapshot(const char *text, void *at)
{
    bool *found = at;
    *found = *found || strstr(text, "event: snapshot");
}

/* INCIDENTS and ROWS, until all of both were seen; started behind the snapshot. */
static void watch(struct seen seen[2], void (*start)(void))
{
    AUTO_VALUE(base_buf) buf;
    base_buf_init(&buf, 512 << 20);
    size_t searched = 0;
    bool live = false;
    int fd = test_connect(on.port);
    test_send(fd, "GET /api/stream?topics=incidents HTTP/1.0\r\nHost: localhost\r\n\r\n");
    while (!live) {
        read_messages(fd, &buf, &searched, is_snapshot, &live);
    }
    start();
    while (seen[0].count < alarms || seen[1].count < seconds) {
        read_messages(fd, &buf, &searched, note_both, seen);
    }
    close(fd);
}

static pthread_t detectors, marks;
static int64_t stored_before, begun_us;

static void start(void)
{
    poll(NULL, 0, 5000); /* the load is steady */
    stored_before = kit_number(on.pg, "select sum(stored) from source_stat");
    begun_us = base_clock_mono_us();
    assert_int_equal(pthread_create(&detectors, NULL, speak, NULL), 0);
    assert_int_equal(pthread_create(&marks, NULL, write_marks, NULL), 0);
}

static void measure(void)
{
    static double incident_ms[ALARMS_MAX + 1], row_ms[SECONDS_MAX + 1];
    struct seen seen[] = {{"\"estate_id\":0,\"category\":\"smoke\",\"severity\":\"serious\",\"building_id\":", 0,
                           alarms, sent_us, incident_ms, 0},
                          {"\"version\":", MARK, seconds, written_us, row_ms, 0}};
    watch(seen, start);
    double stored = (double)(kit_number(on.pg, "select sum(stored) from source_stat") - stored_before);
    printf("bench alarm_ingest_meanwhile %.0f events/s\n", stored * 1e6 / (double)(base_clock_mono_us() - begun_us));
    pthread_join(detectors, NULL);
    pthread_join(marks, NULL);
    latency_print("alarm_on_screen", incident_ms + 1, (size_t)alarms);
    latency_print("alarm_row_on_screen", row_ms + 1, (size_t)seconds);
}

static void all(void **state)
{
    (void)state;
    pthread_t walkers;
    AUTO(fixture_server) server = fixture_server_new(FIXTURE_BOTH);
    database = fixture_server_database(server);
    broker = fixture_server_broker(server);
    struct positions positions = {.broker = broker, .per_s = POSITIONS_PER_S};
    on = test_server_on(database, (struct api_config){.port = 0});
    on.pg = test_pg(database);
    make_world(on.pg);
    pid_t worker =
        kit_worker_start(&(struct kit_worker){.database = database, .broker = broker, .var = fixture_scratch()});
    kit_wait_read(database);
    pid_t judge = judge_start();
    test_caught_up(&on);
    assert_int_equal(pthread_create(&walkers, NULL, positions_send, &positions), 0);
    measure();
    atomic_store(&positions.done, true);
    pthread_join(walkers, NULL);
    kit_worker_end(judge, SIGTERM);
    kit_worker_end(worker, SIGTERM);
    test_server_end(&on);
}

int main(int argc, char **argv)
{
    int64_t given;
    if (argc > 1 && base_str_i64(base_str_of(argv[1]), &given) && given > 0 && given <= SECONDS_MAX) {
        seconds = (int)given;
    }
    alarms = seconds * ALARMS_PER_S;
    const struct CMUnitTest tests[] = {cmocka_unit_test(all)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
