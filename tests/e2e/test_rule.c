/* From a message to an incident: a real detector's payload through a real broker, a real worker and a judge that is
 * killed at any moment - none lost, none doubled. */
#include "fixture/ingest_kit.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

enum { DETECTORS = 120, KILLS = 6 };
#define PATIENCE INT64_C(60000000)

static struct base_diag diag;

struct scene {
    struct fixture_server *server;
    const char *database, *broker;
    char real[4096]; /* what a detector sent */
    pid_t worker, judge;
    struct ingest_publisher *publisher;
};

static pid_t judge_start(const struct scene *scene)
{
    pid_t pid = fork();
    if (pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        setenv("HUTONG_DATABASE", scene->database, 1);
        execl(fixture_binary(), "hutong", "judge", (char *)NULL);
        _exit(127);
    }
    return pid;
}

static void source(const struct scene *scene)
{
    AUTO(data_conn) conn = NULL;
    enum base_err err = data_conn_open(scene->database, "kit", &diag, &conn);
    err = err ? err
              : data_run(conn, DATA_SOURCE_UPSERT,
                         DATA_ARGS(data_text("smoke"), data_text("{zigbee2mqtt/#}"), data_text("zigbee2mqtt"),
                                   data_null(), data_text("Asia/Shanghai"), data_text("wgs84"), data_i64(0),
                                   data_text("test"), data_text("30 days")),
                         &diag, NULL);
    if (err) {
        kit_die("source", diag.text);
    }
}

static void read_payload(struct scene *scene)
{
    char path[600];
    AUTO_VALUE(base_buf) text;
    base_buf_init(&text, sizeof scene->real);
    snprintf(path, sizeof path, "%s/payloads/zigbee2mqtt/smoke_alarm.json", fixture_shared());
    assert_int_equal(base_file_read(path, sizeof scene->real, &diag, &text), BASE_OK);
    snprintf(scene->real, sizeof scene->real, "%s", base_buf_cstr(&text));
}

static void scene_begin(struct scene *scene)
{
    read_payload(scene);
    scene->server = fixture_server_new(FIXTURE_BOTH);
    scene->database = fixture_server_database(scene->server);
    scene->broker = fixture_server_broker(scene->server);
    source(scene);
    scene->worker = kit_worker_start(
        &(struct kit_worker){.database = scene->database, .broker = scene->broker, .var = fixture_scratch()});
    kit_wait_read(scene->database);
    assert_int_equal(ingest_publisher_new(scene->broker, fixture_unique(), &diag, &scene->publisher), BASE_OK);
}

static void scene_end(struct scene *scene)
{
    ingest_publisher_free(scene->publisher);
    kit_worker_end(scene->worker, SIGTERM);
    kit_worker_end(scene->judge, SIGTERM);
    fixture_server_free(scene->server);
}

/* The detector's own words, of now. */
static void send_smoke(const struct scene *scene, int detector, bool smoke)
{
    char topic[64], payload[4200], now[BASE_TIME_TEXT];
    const char *said = strstr(scene->real, "\"last_seen\"");
    assert_non_null(strstr(scene->real, "\"smoke\":true"));
    assert_non_null(said);
    base_time_out(base_clock_now_us(), now);
    snprintf(topic, sizeof topic, "zigbee2mqtt/detector-%d", detector);
    snprintf(payload, sizeof payload, "{\"smoke\":%s%.*s\"last_seen\":\"%s\"}", smoke ? "true" : "false",
             (int)(said - scene->real - (ptrdiff_t)strlen("{\"smoke\":true")), scene->real + strlen("{\"smoke\":true"),
             now);
    assert_int_equal(ingest_publisher_send(scene->publisher, topic, payload, strlen(payload), 1, false, &diag),
                     BASE_OK);
}

static int64_t until(const struct scene *scene, const char *sql, int64_t wanted)
{
    return kit_until(scene->database, sql, wanted, PATIENCE);
}

static void from_a_message_to_an_incident(struct scene *scene)
{
    int64_t sent_us = base_clock_mono_us();
    send_smoke(scene, 0, true);
    assert_int_equal(
        until(scene, "select count(*) from hutong.incident where category = 'smoke' and origin = 'rule'", 1), 1);
    printf("message to incident: %lld ms\n", (long long)(base_clock_mono_us() - sent_us) / 1000);
    send_smoke(scene, 0, true); /* said again */
    send_smoke(scene, 0, false);
    assert_int_equal(until(scene, "select count(*) from hutong.incident_step where step = 'clear'", 1), 1);
}

/* Alarms keep coming while judge is killed, wherever it is just then. */
static void judge_is_killed(struct scene *scene)
{
    for (int kill_no = 0; kill_no < KILLS; kill_no++) {
        int first = 1 + kill_no * DETECTORS / KILLS;
        for (int i = first; i < first + DETECTORS / KILLS; i++) {
            send_smoke(scene, i, true);
        }
        char stored[120];
        snprintf(stored, sizeof stored, "select count(*) from hutong.rule_hit where begins and thing ~ 'smoke'");
        assert_int_equal(until(scene, stored, first + DETECTORS / KILLS), first + DETECTORS / KILLS);
        kit_worker_end(scene->judge, SIGKILL);
        scene->judge = judge_start(scene);
    }
    assert_int_equal(until(scene, "select count(*) from hutong.rule_hit where settled_at is null", 0), 0);
}

static void none_lost_none_doubled(void **state)
{
    (void)state;
    struct scene scene = {.server = NULL};
    if (!fixture_shared()) {
        skip();
    }
    scene_begin(&scene);
    scene.judge = judge_start(&scene);
    from_a_message_to_an_incident(&scene);
    judge_is_killed(&scene);
    PGconn *pg = kit_connect(scene.database);
    assert_int_equal(kit_number(pg, "select count(*) from incident"), DETECTORS + 1);
    assert_int_equal(kit_number(pg, "select count(distinct device_id) from incident where reports = 1"), DETECTORS + 1);
    assert_int_equal(kit_number(pg, "select count(*) from incident_step where step = 'report'"), DETECTORS + 1);
    assert_int_equal(kit_number(pg, "select count(*) from rule_hit where begins and outcome <> 'raised'"), 0);
    PQfinish(pg);
    scene_end(&scene);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(none_lost_none_doubled)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
