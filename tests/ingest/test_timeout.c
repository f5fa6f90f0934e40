/* Ends that never come are made up by whoever holds the source's lease, once, whoever is killed in between. */
#include "fixture/ingest_kit.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#define PATIENCE INT64_C(60000000)
#define ROOMS 20

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

static struct world world_new(void)
{
    struct world world = {.database = fixture_database(), .root = fixture_unique(), .var = fixture_scratch()};
    char topic[200];
    snprintf(topic, sizeof topic, "%s/#", world.root);
    snprintf(world.log, sizeof world.log, "%s/ingest.log", world.var);
    kit_source(world.database, "rooms", topic, false);
    world.pg = kit_connect(world.database);
    kit_value(world.pg, "update source set format = 'espresense', subject_type = null");
    ok(ingest_publisher_new(fixture_broker(), fixture_unique(), &diag, &world.publisher));
    start(&world, NULL);
    kit_wait_read(world.database);
    return world;
}

static void world_end(struct world *world)
{
    assert_int_equal(kit_worker_end(world->pid, SIGTERM), 0);
    ingest_publisher_free(world->publisher);
    PQfinish(world->pg);
}

static void motion(const struct world *world, int room, const char *word)
{
    char topic[200];
    snprintf(topic, sizeof topic, "%s/espresense/rooms/room%d/motion", world->root, room);
    ok(ingest_publisher_send(world->publisher, topic, word, strlen(word), 1, false, &diag));
    ok(ingest_publisher_wait(world->publisher, 10000, &diag));
}

static void an_end_that_never_comes_is_made_up(void **state)
{
    (void)state;
    struct world world = world_new();
    motion(&world, 1, "ON");
    until(&world, "select count(*) from hutong.lifecycle where t_end is null", 1);
    kit_value(world.pg, "update lifecycle set expires_at = now()");
    until(&world, "select count(*) from hutong.lifecycle where ended_by = 'timeout' and t_end = t_last", 1);
    assert_string_equal(kit_value(world.pg, "select phase || ' ' || t_source || ' ' || flags || ' ' || native_id from "
                                            "event where phase = 'end'"),
                        "end server 128 motion");
    assert_string_equal(kit_value(world.pg, "select phase || ' ' || channel from device_state"), "end motion");
    motion(&world, 1, "ON"); /* it had not ended: the same goes on */
    motion(&world, 1, "OFF");
    until(&world, "select count(*) from hutong.lifecycle where ended_by = 'message'", 1);
    assert_string_equal(kit_value(world.pg, "select string_agg(updates::text, ' ') from lifecycle"), "1");
    world_end(&world);
}

static void it_is_made_up_once_whoever_is_killed(void **state)
{
    (void)state;
    struct world world = world_new();
    for (int room = 0; room < ROOMS; room++) {
        motion(&world, room, "ON");
        if (room % 7 == 6) {
            kit_worker_end(world.pid, SIGKILL);
            start(&world, NULL);
        }
    }
    until(&world, "select count(*) from hutong.lifecycle", ROOMS);
    /* Acknowledged, too: what came again would be the next worker's first batch. */
    until(&world, "select coalesce(sum(cardinality(unsettled)), 0) from hutong.lease", 0);
    kit_worker_end(world.pid, SIGKILL);
    kit_value(world.pg, "update lifecycle set expires_at = now()");
    start(&world, "after_commit:1"); /* its first batch is that of the ends */
    int status = 0;
    assert_int_equal(waitpid(world.pid, &status, 0), world.pid);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
    assert_int_equal(kit_number(world.pg, "select count(*) from lifecycle where ended_by = 'timeout'"), ROOMS);
    start(&world, NULL);
    motion(&world, 0, "OFF"); /* the true end of one */
    until(&world, "select count(*) from hutong.lifecycle where ended_by = 'message'", 1);
    assert_int_equal(kit_number(world.pg, "select count(*) from lifecycle"), ROOMS);
    assert_int_equal(kit_number(world.pg, "select count(*) from event where phase = 'end' and flags = 128"), ROOMS);
    assert_int_equal(kit_number(world.pg, "select count(*) from event"), 2 * ROOMS + 1);
    world_end(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_end_that_never_comes_is_made_up),
        cmocka_unit_test(it_is_made_up_once_whoever_is_killed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
