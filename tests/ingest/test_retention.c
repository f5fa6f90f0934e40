/* ingest keeps facts as long as it is told: what is too old goes while it runs, and what comes too old does not get in.
 */
#include "fixture/ingest_kit.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#define PATIENCE INT64_C(20000000)
#define DAY_S INT64_C(86400)

struct world {
    const char *database, *root;
    char log[300];
    PGconn *pg;
    struct ingest_publisher *publisher;
    pid_t pid;
    int64_t now_s;
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

static struct world world_new(const char *retention)
{
    struct world world = {
        .database = fixture_database(), .root = fixture_unique(), .now_s = base_clock_now_us() / 1000000};
    char text[300];
    snprintf(text, sizeof text, "%s/#", world.root);
    kit_source(world.database, "guards", text, true);
    world.pg = kit_connect(world.database);
    snprintf(text, sizeof text, "update source set retention = '%s'", retention);
    kit_value(world.pg, text);
    ok(ingest_publisher_new(fixture_broker(), fixture_unique(), &diag, &world.publisher));
    return world;
}

static void start(struct world *world)
{
    const char *var = fixture_scratch();
    snprintf(world->log, sizeof world->log, "%s/ingest.log", var);
    world->pid = kit_worker_start(
        &(struct kit_worker){.database = world->database, .broker = fixture_broker(), .var = var, .log = world->log});
}

static void end(struct world *world)
{
    assert_int_equal(kit_worker_end(world->pid, SIGTERM), 0);
    ingest_publisher_free(world->publisher);
    PQfinish(world->pg);
}

static void publish(struct world *world, const char *tail, const char *payload)
{
    char topic[200];
    snprintf(topic, sizeof topic, "%s/%s", world->root, tail);
    ok(ingest_publisher_send(world->publisher, topic, payload, strlen(payload), 1, false, &diag));
    ok(ingest_publisher_wait(world->publisher, 10000, &diag));
}

static void publish_fix(struct world *world, int64_t tst)
{
    char payload[200];
    snprintf(payload, sizeof payload, "{\"_type\":\"location\",\"lat\":31.02,\"lon\":121.4,\"tst\":%lld}",
             (long long)tst);
    publish(world, "amy/phone", payload);
}

static void publish_transition(struct world *world, int64_t tst)
{
    char payload[200];
    snprintf(payload, sizeof payload, "{\"_type\":\"transition\",\"event\":\"enter\",\"rid\":\"gate\",\"tst\":%lld}",
             (long long)tst);
    publish(world, "amy/phone/event", payload);
}

static void wait_subscribed(const struct world *world)
{
    char topic[200];
    snprintf(topic, sizeof topic, "%s/probe/1", world->root);
    kit_wait_subscribed(world->database, fixture_broker(), topic);
}

static void old_fact(struct world *world, int days)
{
    AUTO(data_conn) conn = NULL;
    char sql[400];
    ok(data_conn_open(world->database, "test", &diag, &conn));
    ok(data_partition_ensure(conn, "fix", (world->now_s - days * DAY_S) * 1000000, &diag));
    snprintf(sql, sizeof sql,
             "insert into fix (estate_id, t_event, dedup, source_id, t_recv, t_source, pos_source, lon, lat, "
             "place_method) select 0, to_timestamp(%lld), gen_random_uuid(), id, now(), 'device', 'gnss', 121, 31, "
             "'none' from source",
             (long long)(world->now_s - days * DAY_S));
    kit_value(world->pg, sql);
}

struct words {
    const char *path, *words;
};

static bool has_words(void *of)
{
    const struct words *looked_for = of;
    AUTO_VALUE(base_buf) log;
    base_buf_init(&log, 1 << 20);
    enum base_err err = base_file_read(looked_for->path, 1 << 19, NULL, &log); /* not there yet: no words */
    return !err && strstr(base_buf_cstr(&log), looked_for->words) != NULL;
}

static void until_logged(const struct world *world, const char *words)
{
    struct words looked_for = {world->log, words};
    if (!fixture_poll(has_words, &looked_for, PATIENCE)) {
        fail_msg("\"%s\" is not in %s", words, world->log);
    }
}

static void old_days_vanish_while_it_runs(void **state)
{
    (void)state;
    struct world world = world_new("10 days");
    old_fact(&world, 40);
    old_fact(&world, 35);
    old_fact(&world, 20); /* not too old for the table, but for its source */
    old_fact(&world, 5);
    start(&world);
    until(&world, "select count(*) from hutong.fix", 1);
    until(&world, "select count(*) from pg_inherits where inhparent = 'hutong.fix'::regclass", 2 + 3);
    assert_int_equal(kit_number(world.pg,
                                "select count(*) from pg_class where relname = 'fix_' || to_char(now() at time "
                                "zone 'utc' + interval '2 days', 'YYYYMMDD')"),
                     1);
    until_logged(&world, "facts expired\" partitions=2 first=fix_");
    until_logged(&world, "rows=1");
    end(&world);
}

/* Each table has its own limit; the source's is longer than both. */
static void what_comes_too_old_is_a_dead_letter(void **state)
{
    (void)state;
    struct world world = world_new("365 days");
    setenv("HUTONG_KEEP_FIX", "2d", 1);
    setenv("HUTONG_KEEP_EVENT", "10d", 1);
    start(&world);
    unsetenv("HUTONG_KEEP_FIX");
    unsetenv("HUTONG_KEEP_EVENT");
    wait_subscribed(&world);
    publish_fix(&world, world.now_s - 3 * DAY_S);
    publish_fix(&world, world.now_s - DAY_S);
    publish_transition(&world, world.now_s - 3 * DAY_S);
    publish_transition(&world, world.now_s - 11 * DAY_S);
    until(&world, "select count(*) from hutong.dead_letter where reason = 'too_old'", 2);
    until(&world, "select stored from hutong.source_stat", 2);
    assert_int_equal(kit_number(world.pg, "select count(*) from fix where t_event > now() - interval '2 days'"), 1);
    assert_int_equal(kit_number(world.pg, "select count(*) from event"), 1);
    end(&world);
}

/* Somebody's report reads for hours: messages flow on, and a day that must go waits. */
static void a_reader_holds_up_nobody(void **state)
{
    (void)state;
    struct world world = world_new("30 days");
    old_fact(&world, 40);
    kit_value(world.pg, "begin");
    assert_int_equal(kit_number(world.pg, "select count(*) from fix"), 1);
    start(&world);
    until_logged(&world, "facts in use");
    wait_subscribed(&world);
    for (int i = 0; i < 50; i++) {
        publish_fix(&world, world.now_s - 50 + i);
    }
    publish_fix(&world, world.now_s - 10 * DAY_S); /* its partition is made under the reader's eyes */
    until(&world, "select stored from hutong.source_stat", 51);
    assert_int_equal(kit_number(world.pg, "select count(*) from fix"), 52);
    kit_value(world.pg, "commit");
    end(&world);
}

static void spans_are_checked(void **state)
{
    (void)state;
    struct world world = world_new("30 days");
    setenv("HUTONG_KEEP_PASS", "5h", 1);
    start(&world);
    unsetenv("HUTONG_KEEP_PASS");
    int status = 0;
    assert_int_equal(waitpid(world.pid, &status, 0), world.pid);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 2);
    until_logged(&world, "HUTONG_KEEP_PASS");
    ingest_publisher_free(world.publisher);
    PQfinish(world.pg);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(old_days_vanish_while_it_runs),
        cmocka_unit_test(what_comes_too_old_is_a_dead_letter),
        cmocka_unit_test(a_reader_holds_up_nobody),
        cmocka_unit_test(spans_are_checked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
