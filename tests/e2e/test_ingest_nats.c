/* Nothing that a replicated broker acknowledged is lost: three NATS servers (MQTT 3.1.1) under load while the worker's
 * node, then the node that leads the stream are killed and come back; and the database hangs longer than the broker
 * waits for acknowledgements, so that all that is held comes twice. Every message is there exactly once. */
#include "fixture/ingest_kit.h"
#include "fixture/nats.h"

#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

enum { DEVICES = 40, BURST = 20, PAUSE_MS = 25, MORE = 1500 };
#define PATIENCE INT64_C(60000000)

struct world {
    struct fixture_nats *nats;
    const char *database;
    char log[300];
    pid_t worker, publisher;
    int told; /* what the publisher has to say at its end */
    int64_t start_s;
};

static volatile sig_atomic_t enough;

static void on_enough(int number)
{
    (void)number;
    enough = 1;
}

static void publish(struct ingest_publisher *publisher, int64_t start_s, int64_t number)
{
    struct base_diag diag = {.text = ""};
    char topic[64], payload[160];
    snprintf(topic, sizeof topic, "owntracks/guard/%d", (int)(number % DEVICES));
    int len =
        snprintf(payload, sizeof payload, "{\"_type\":\"location\",\"lat\":%.6f,\"lon\":121.4,\"tst\":%lld,\"acc\":5}",
                 31.0 + (double)number * 1e-6, (long long)(start_s + number / DEVICES));
    if (ingest_publisher_send(publisher, topic, payload, (size_t)len, 1, false, &diag)) {
        kit_die("publish", diag.text);
    }
}

/* A process that publishes until it is told to stop, waits until all of it is acknowledged, and says how much. */
static void start_publisher(struct world *world, const char *broker)
{
    int told[2];
    assert_int_equal(pipe(told), 0);
    world->told = told[0];
    world->publisher = fork();
    if (world->publisher) {
        close(told[1]);
        return;
    }
    struct base_diag diag = {.text = ""};
    struct ingest_publisher *publisher = NULL;
    int64_t number = 0;
    struct sigaction action = {.sa_handler = on_enough};
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    sigaction(SIGTERM, &action, NULL);
    if (ingest_publisher_new(broker, "nats-publisher", &diag, &publisher)) {
        kit_die("publisher", diag.text);
    }
    for (; !enough; poll(NULL, 0, PAUSE_MS)) {
        for (int i = 0; i < BURST; i++) {
            publish(publisher, world->start_s, number++);
        }
    }
    if (ingest_publisher_wait(publisher, 60000, &diag)) {
        kit_die("publisher", diag.text);
    }
    ingest_publisher_free(publisher);
    ssize_t written = write(told[1], &number, sizeof number);
    _exit(written == sizeof number ? 0 : 1);
}

static int64_t stop_publisher(struct world *world)
{
    int64_t number = -1;
    assert_int_equal(kit_worker_end(world->publisher, SIGTERM), 0);
    assert_int_equal(read(world->told, &number, sizeof number), sizeof number);
    close(world->told);
    return number;
}

/* Lines of the worker's log with that text. */
static int logged(const struct world *world, const char *text)
{
    AUTO_VALUE(base_buf) log;
    int count = 0;
    base_buf_init(&log, 16 << 20);
    assert_int_equal(base_file_read(world->log, 8 << 20, NULL, &log), BASE_OK);
    for (const char *at = base_buf_cstr(&log); (at = strstr(at, text)); at++) {
        count++;
    }
    return count;
}

static int64_t stored(const struct world *world)
{
    PGconn *pg = kit_connect(world->database);
    int64_t count = kit_number(pg, "select stored from source_stat");
    PQfinish(pg);
    return count;
}

/* --- the test can go on when ... --- */
static bool more_stored(void *at)
{
    static int64_t from = -1;
    const struct world *world = at;
    int64_t now = stored(world);
    from = from < 0 ? now : from;
    bool more = now >= from + MORE;
    from = more ? -1 : from;
    return more;
}

static bool redelivered(void *at)
{
    const struct world *world = at;
    return fixture_nats_redelivered(world->nats) > 0;
}

static bool led(void *at)
{
    const struct world *world = at;
    return fixture_nats_leader(world->nats, "$MQTT_msgs") >= 0;
}

/* Patiently: the servers are busy enough. */
static void await(struct world *world, bool (*condition)(void *at), const char *what)
{
    int64_t end = base_clock_mono_us() + PATIENCE;
    while (!condition(world)) {
        if (base_clock_mono_us() > end) {
            fail_msg("%s: not within a minute (log: %s)", what, world->log);
        }
        poll(NULL, 0, 100);
    }
}

/* --- faults --- */
static void kill_node(struct world *world, int node)
{
    int64_t begun = base_clock_mono_us();
    await(world, more_stored, "messages flow");
    fixture_nats_kill(world->nats, node);
    await(world, more_stored, "messages flow with a node dead");
    int64_t flowed = base_clock_mono_us();
    fixture_nats_start(world->nats, node);
    await(world, more_stored, "messages flow with the node back");
    printf("  node %d killed: %d more messages stored after %.1f s; back and %d more after %.1f s\n", node, MORE,
           (double)(flowed - begun) / 1e6, MORE, (double)(base_clock_mono_us() - begun) / 1e6);
}

/* The lease's row is locked: no batch can be stored, while the broker's patience with what is held runs out. */
static void hang_database(struct world *world)
{
    PGconn *pg = kit_connect(world->database);
    kit_value(pg, "begin");
    kit_value(pg, "select epoch from lease for update");
    await(world, redelivered, "the broker sends what is held again");
    kit_value(pg, "rollback");
    PQfinish(pg);
    await(world, more_stored, "messages flow again");
}

/* What doctor says of such a broker. */
static void try_out(const struct world *world)
{
    struct base_diag diag = {.text = ""};
    struct ingest_preflight preflight;
    if (ingest_preflight(fixture_nats_broker(world->nats, 2), &diag, &preflight)) {
        fail_msg("%s", diag.text);
    }
    assert_string_equal(preflight.untested, "");
    assert_int_equal(preflight.granted.protocol, 4);
    assert_int_equal(preflight.kept, INGEST_PREFLIGHT_MESSAGES);
}

static void check(struct world *world, int64_t acknowledged)
{
    char sql[800];
    kit_until(world->database, "select count(*) from hutong.fix", acknowledged, PATIENCE);
    assert_int_equal(
        kit_until(world->database, "select count(*) from hutong.source_stat where dry_at > last_batch_at", 1, PATIENCE),
        1); /* it is known to have read all */
    assert_true(kit_until(world->database, "select least(count(*), 1) from hutong.broker_state where not sys", 1,
                          PATIENCE) == 1);
    assert_int_equal(kit_worker_end(world->worker, SIGTERM), 0);
    PGconn *pg = kit_connect(world->database);
    int64_t events = kit_number(pg, "select count(*) from fix");
    snprintf(
        sql, sizeof sql,
        "with sent as (select to_timestamp(%lld + n / %d) as t, (31000000 + n) / 1e6::float8 as lat from "
        "generate_series(0, %lld) n) select (select count(*) from (select t, lat from sent except select t_event, "
        "lat from fix) a) + (select count(*) from (select t_event, lat from fix except select t, lat from sent) b)",
        (long long)world->start_s, DEVICES, (long long)acknowledged - 1);
    int64_t difference = kit_number(pg, sql);
    int64_t duplicates = kit_number(pg, "select duplicate from source_stat");
    printf("acknowledged %lld events %lld missing_or_extra %lld received %lld duplicates %lld connections %d\n",
           (long long)acknowledged, (long long)events, (long long)difference,
           (long long)kit_number(pg, "select received from source_stat"), (long long)duplicates,
           logged(world, "\"source connected\""));
    PQfinish(pg);
    assert_int_equal(difference, 0);
    assert_int_equal(events, acknowledged);
    assert_true(duplicates > 0); /* else nothing came twice, and nothing was tested */
}

static void nothing_acknowledged_is_lost(void **state)
{
    (void)state;
    AUTO(fixture_nats) nats = fixture_nats_new();
    if (!nats) {
        skip();
    }
    const char *var = fixture_scratch();
    struct world world = {
        .nats = nats, .database = fixture_database(), .start_s = base_clock_now_us() / 1000000 - 3600 * 4};
    snprintf(world.log, sizeof world.log, "%s/ingest.log", var);
    printf("log %s\n", world.log);
    fflush(stdout);
    kit_source(world.database, "guards", "owntracks/#", true);
    world.worker = kit_worker_start(&(struct kit_worker){
        .database = world.database, .broker = fixture_nats_broker(nats, 0), .var = var, .log = world.log});
    kit_wait_subscribed(world.database, fixture_nats_broker(nats, 1), "owntracks/probe/1");
    try_out(&world);
    assert_true(logged(&world, "mqtt=4") >= 1); /* it fell back from MQTT 5 */
    start_publisher(&world, fixture_nats_broker(nats, 1));
    kill_node(&world, 0); /* the worker's: the first of its addresses */
    await(&world, led, "the stream has a leader");
    kill_node(&world, fixture_nats_leader(nats, "$MQTT_msgs"));
    hang_database(&world);
    check(&world, stop_publisher(&world));
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(nothing_acknowledged_is_lost)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
