/* Several workers: they share the sources, take over from each other, and no source starves another. */
#include "fixture/ingest_kit.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#define PATIENCE INT64_C(40000000)
#define HELD "select count(*) from hutong.lease where owner is not null and expires_at > clock_timestamp()"

/* One test's world: a database of its own, topics of its own on the shared broker, some sources. */
struct world {
    const char *database, *root, *var;
    char log[300];
    struct ingest_publisher *publisher;
    int64_t now_s;
};

static struct base_diag diag;

static void ok(enum base_err err)
{
    if (err) {
        fail_msg("%s: %s", base_error_name(err), diag.text);
    }
}

static struct world world_new(int sources)
{
    struct world world = {.database = fixture_database(),
                          .root = fixture_unique(),
                          .var = fixture_scratch(),
                          .now_s = base_clock_now_us() / 1000000};
    snprintf(world.log, sizeof world.log, "%s/ingest.log", world.var);
    for (int i = 0; i < sources; i++) {
        char name[32], topic[200];
        snprintf(name, sizeof name, "source-%d", i);
        snprintf(topic, sizeof topic, "%s-%d/#", world.root, i);
        kit_source(world.database, name, topic, true);
    }
    ok(ingest_publisher_new(fixture_broker(), fixture_unique(), &diag, &world.publisher));
    return world;
}

static pid_t start(const struct world *world, const char *workers)
{
    return kit_worker_start(&(struct kit_worker){.database = world->database,
                                                 .broker = fixture_broker(),
                                                 .var = world->var,
                                                 .log = world->log,
                                                 .workers = workers});
}

static void until(const struct world *world, const char *sql, int64_t wanted)
{
    int64_t seen = kit_until(world->database, sql, wanted, PATIENCE);
    if (seen != wanted) {
        fail_msg("%s: %lld, not %lld (log: %s)", sql, (long long)seen, (long long)wanted, world->log);
    }
}

/* The process id stands in the lease's owner: host:pid:start. */
static void until_held(const struct world *world, pid_t pid, int64_t wanted)
{
    char sql[200];
    snprintf(sql, sizeof sql, HELD " and split_part(owner, ':', 2) = '%d'", (int)pid);
    until(world, sql, wanted);
}

static void send_fix(struct world *world, int source, int device, int64_t tst)
{
    char topic[200], payload[160];
    snprintf(topic, sizeof topic, "%s-%d/guard/%d", world->root, source, device);
    snprintf(payload, sizeof payload, "{\"_type\":\"location\",\"lat\":31.02,\"lon\":121.4,\"tst\":%lld,\"acc\":5}",
             (long long)tst);
    ok(ingest_publisher_send(world->publisher, topic, payload, strlen(payload), 1, false, &diag));
}

/* A fix to each source; they are all stored when the sources are all read. */
static void check_all_read(struct world *world, int sources, int64_t stored_before)
{
    for (int i = 0; i < sources; i++) {
        send_fix(world, i, 1, world->now_s - 1000 + stored_before);
    }
    ok(ingest_publisher_wait(world->publisher, 10000, &diag));
    until(world, "select count(*) from hutong.fix", stored_before + sources);
}

static void wait_subscribed(const struct world *world, int sources)
{
    for (int i = 0; i < sources; i++) {
        char topic[200];
        snprintf(topic, sizeof topic, "%s-%d/probe/1", world->root, i);
        kit_wait_subscribed(world->database, fixture_broker(), topic);
    }
}

static void world_end(struct world *world)
{
    ingest_publisher_free(world->publisher);
}

static void sources_are_shared_evenly(void **state)
{
    (void)state;
    struct world world = world_new(6);
    pid_t first = start(&world, NULL);
    until_held(&world, first, 6);
    wait_subscribed(&world, 6);
    pid_t second = start(&world, NULL);
    until_held(&world, second, 3);
    until_held(&world, first, 3);
    pid_t third = start(&world, NULL);
    until_held(&world, third, 2);
    until_held(&world, second, 2);
    until_held(&world, first, 2);
    check_all_read(&world, 6, 0);
    assert_int_equal(kit_worker_end(second, SIGTERM), 0); /* leaves: the others share what it had at once */
    until_held(&world, first, 3);
    until_held(&world, third, 3);
    kit_worker_end(third, SIGKILL);
    until_held(&world, first, 6);
    check_all_read(&world, 6, 6);
    assert_int_equal(kit_worker_end(first, SIGTERM), 0);
    until(&world, "select count(*) from hutong.worker", 1); /* the killed one: forgotten after an hour */
    world_end(&world);
}

static void a_worker_that_hangs_is_replaced(void **state)
{
    (void)state;
    struct world world = world_new(2);
    pid_t first = start(&world, NULL);
    until_held(&world, first, 2);
    wait_subscribed(&world, 2);
    pid_t second = start(&world, NULL);
    until_held(&world, second, 1);
    kill(first, SIGSTOP);
    until_held(&world, second, 2);
    check_all_read(&world, 2, 0);
    kill(first, SIGCONT);
    until_held(&world, first, 1);
    until_held(&world, second, 1);
    check_all_read(&world, 2, 2);
    assert_int_equal(kit_worker_end(first, SIGTERM), 0);
    assert_int_equal(kit_worker_end(second, SIGTERM), 0);
    world_end(&world);
}

static void workers_of_one_command_are_started_again(void **state)
{
    (void)state;
    struct world world = world_new(4);
    pid_t parent = start(&world, "2");
    until(&world, "select count(distinct owner) from hutong.lease where owner is not null", 2);
    PGconn *pg = kit_connect(world.database);
    int64_t worker = kit_number(pg, "select split_part(min(owner), ':', 2) from lease");
    char others[240];
    snprintf(
        others, sizeof others,
        "select case when bool_or(owner like '%%:%lld:%%') then 0 else count(distinct owner) end from hutong.lease",
        (long long)worker);
    assert_int_equal(kill((pid_t)worker, SIGKILL), 0);
    until(&world, "select count(*) from hutong.worker", 3);
    until(&world, others, 2); /* what the killed one had is the others' */
    assert_int_equal(kit_worker_end(parent, SIGTERM), 0);
    assert_int_equal(kit_number(pg, HELD), 0);
    PQfinish(pg);
    world_end(&world);
}

static void a_flood_on_one_source_starves_no_other(void **state)
{
    (void)state;
    enum { FLOOD = 20000 };
    struct world world = world_new(2);
    pid_t pid = start(&world, NULL);
    wait_subscribed(&world, 2);
    assert_int_equal(kit_worker_end(pid, SIGTERM), 0);
    for (int i = 0; i < FLOOD; i++) { /* a backlog waits at the broker, and behind it one message of the other source */
        send_fix(&world, 0, i % 100, world.now_s - 1000 + i / 100);
    }
    send_fix(&world, 1, 1, world.now_s);
    ok(ingest_publisher_wait(world.publisher, 30000, &diag));
    pid = start(&world, NULL);
    until(&world,
          "select count(*) from hutong.fix f join hutong.source s on s.id = f.source_id where s.name = 'source-1'", 1);
    PGconn *pg = kit_connect(world.database);
    int64_t others = kit_number(pg, "select count(*) from fix f join source s on s.id = f.source_id where s.name = "
                                    "'source-0' and f.t_recv <= (select t_recv from fix f join source s on s.id = "
                                    "f.source_id where s.name = 'source-1')");
    assert_in_range(others, 0, FLOOD / 2);
    until(&world, "select count(*) from hutong.fix", FLOOD + 1);
    assert_int_equal(kit_worker_end(pid, SIGTERM), 0);
    PQfinish(pg);
    world_end(&world);
}

static void a_lease_edited_by_hand_is_recovered(void **state)
{
    (void)state;
    static const char *const edits[] = {
        "update lease set epoch = epoch + 5",
        "update lease set owner = 'somebody', expires_at = now() + interval '1 second'",
        "update lease set owner = null, expires_at = '-infinity'",
        "delete from lease",
        "delete from source_stat",
        "update lease set unsettled = array_fill(gen_random_uuid(), array[1000])",
    };
    struct world world = world_new(1);
    pid_t pid = start(&world, NULL);
    wait_subscribed(&world, 1);
    PGconn *pg = kit_connect(world.database);
    for (size_t i = 0; i < BASE_COUNT(edits); i++) {
        kit_value(pg, edits[i]);
        check_all_read(&world, 1, (int64_t)i);
    }
    assert_int_equal(kit_worker_end(pid, SIGTERM), 0);
    PQfinish(pg);
    world_end(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sources_are_shared_evenly),
        cmocka_unit_test(a_worker_that_hangs_is_replaced),
        cmocka_unit_test(workers_of_one_command_are_started_again),
        cmocka_unit_test(a_flood_on_one_source_starves_no_other),
        cmocka_unit_test(a_lease_edited_by_hand_is_recovered),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
