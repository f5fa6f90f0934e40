/* What earlier messages said, between a real broker and a real database: a worker that is killed leaves it to the next
 * one, and a dead letter is decoded by what the worker knows. */
#include "fixture/ingest_kit.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#define PATIENCE INT64_C(60000000)
#define DEVICES                                                                                           \
    "[{\"ieee_address\":\"0x00158d0000000001\",\"friendly_name\":\"hall/smoke\",\"type\":\"EndDevice\"}," \
    "{\"ieee_address\":\"0x00158d0000000002\",\"friendly_name\":\"hall/door\",\"type\":\"EndDevice\"}]"

struct world {
    const char *database, *root, *var;
    char log[300];
    struct ingest_publisher *publisher;
    PGconn *pg;
    pid_t pid;
};

static struct base_diag diag;

static void ok(enum base_err err)
{
    if (err) {
        fail_msg("%s: %s", base_error_name(err), diag.text);
    }
}

static void until(const struct world *world, const char *sql, int64_t wanted)
{
    int64_t seen = kit_until(world->database, sql, wanted, PATIENCE);
    if (seen != wanted) {
        fail_msg("%s: %lld, not %lld (log: %s)", sql, (long long)seen, (long long)wanted, world->log);
    }
}

static void start(struct world *world, const char *fault)
{
    const struct kit_worker worker = {
        .database = world->database, .broker = fixture_broker(), .var = world->var, .fault = fault, .log = world->log};
    world->pid = kit_worker_start(&worker);
}

static struct world world_new(const char *fault)
{
    struct world world = {.database = fixture_database(), .root = fixture_unique(), .var = fixture_scratch()};
    char topic[200];
    snprintf(topic, sizeof topic, "%s/#", world.root);
    snprintf(world.log, sizeof world.log, "%s/ingest.log", world.var);
    kit_source(world.database, "home", topic, false);
    world.pg = kit_connect(world.database);
    kit_value(world.pg, "update source set format = 'zigbee2mqtt', subject_type = null");
    ok(ingest_publisher_new(fixture_broker(), fixture_unique(), &diag, &world.publisher));
    start(&world, fault);
    kit_wait_read(world.database);
    return world;
}

static void world_end(struct world *world)
{
    assert_int_equal(kit_worker_end(world->pid, SIGTERM), 0);
    ingest_publisher_free(world->publisher);
    PQfinish(world->pg);
}

static void send_text(const struct world *world, const char *tail, const char *payload)
{
    char topic[200];
    snprintf(topic, sizeof topic, "%s/%s", world->root, tail);
    ok(ingest_publisher_send(world->publisher, topic, payload, strlen(payload), 1, false, &diag));
    ok(ingest_publisher_wait(world->publisher, 10000, &diag));
}

/* Names are the bridge's to tell, once; addresses are what a device is known by. */
static void a_killed_worker_leaves_what_it_learnt(void **state)
{
    (void)state;
    struct world world = world_new("after_commit:1");
    int status = 0;
    send_text(&world, "bridge/devices", DEVICES);
    assert_int_equal(waitpid(world.pid, &status, 0), world.pid); /* committed, not acknowledged */
    assert_true(WIFSIGNALED(status));
    assert_int_not_equal(kit_number(world.pg, "select count(*) from source_memory"), 0);
    start(&world, NULL);
    send_text(&world, "hall/smoke", "{\"smoke\":true,\"battery\":90}");
    until(&world, "select count(*) from hutong.event where kind = 'alarm' and phase = 'start'", 1);
    kit_worker_end(world.pid, SIGKILL);
    start(&world, NULL);
    send_text(&world, "hall/smoke", "{\"smoke\":false,\"battery\":90}");
    until(&world, "select count(*) from hutong.event where kind = 'alarm' and phase = 'end'", 1);
    assert_string_equal(kit_value(world.pg, "select string_agg(native_id, ' ') from device"), "0x00158d0000000001");
    assert_string_equal(kit_value(world.pg, "select ended_by from lifecycle where kind = 'alarm'"), "message");
    assert_int_equal(kit_number(world.pg, "select count(*) from source_memory where encode(content, 'escape') ~ 'hall' "
                                          "or encode(content, 'escape') ~ '0x0015'"),
                     0);
    world_end(&world);
}

static void a_source_that_is_forgotten_leaves_nothing(void **state)
{
    (void)state;
    struct world world = world_new(NULL);
    send_text(&world, "bridge/devices", DEVICES);
    until(&world, "select least(count(*), 1) from hutong.source_memory", 1);
    AUTO(data_conn) conn = NULL;
    ok(data_conn_open(world.database, "test", &diag, &conn));
    ok(data_run(conn, DATA_SOURCE_REMOVE, DATA_ARGS(data_text("home")), &diag, NULL));
    until(&world, "select count(*) from hutong.source_memory", 0);
    world_end(&world);
}

/* From now on the source is of that format. */
static void reads_as(struct world *world, const char *format)
{
    char sql[100];
    kit_worker_end(world->pid, SIGTERM);
    snprintf(sql, sizeof sql, "update source set format = '%s'", format);
    kit_value(world->pg, sql);
    start(world, NULL);
}

/* A letter of a door that nobody knew at the time. */
static void a_replay_knows_what_the_worker_knows(void **state)
{
    (void)state;
    struct world world = world_new(NULL);
    struct ingest_replay_summary summary;
    struct ingest_replay_options options = {.database = world.database,
                                            .var = world.var,
                                            .from_us = INT64_MIN,
                                            .to_us = INT64_MAX,
                                            .keeps = data_retention_standard()};
    reads_as(&world, "owntracks");
    send_text(&world, "hall/door", "{\"contact\":false}");
    until(&world, "select dead from hutong.source_stat", 1);
    reads_as(&world, "zigbee2mqtt");
    send_text(&world, "bridge/devices", DEVICES);
    until(&world, "select ignored from hutong.source_stat", 1);
    int64_t learnt = kit_number(world.pg, "select count(*) from source_memory");
    ok(ingest_replay_run(&options, &diag, &summary));
    assert_int_equal(summary.decoded, 1);
    assert_string_equal(kit_value(world.pg, "select string_agg(native_id, ' ') from device"), "0x00158d0000000002");
    assert_int_equal(kit_number(world.pg, "select count(*) from source_memory"), learnt); /* it keeps that to itself */
    world_end(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_killed_worker_leaves_what_it_learnt),
        cmocka_unit_test(a_source_that_is_forgotten_leaves_nothing),
        cmocka_unit_test(a_replay_knows_what_the_worker_knows),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
