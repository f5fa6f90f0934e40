/* hutong replay --dead: what could not be read becomes events once it can be, each once, whatever happens on the way.
 */
#include "cli/cli.h"
#include "fixture/ingest_kit.h"

#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#define PATIENCE INT64_C(30000000)

/* A source of a format that nobody knows, and a worker that makes dead letters of all it sends. */
struct world {
    const char *database, *root, *var;
    PGconn *pg;
    struct ingest_publisher *publisher;
    pid_t worker;
    int64_t now_s;
};

static struct base_diag diag;
static struct base_buf output;

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
        fail_msg("%s: %lld, not %lld", sql, (long long)seen, (long long)wanted);
    }
}

static int64_t number(const struct world *world, const char *sql)
{
    return kit_number(world->pg, sql);
}

static void publish(struct world *world, const char *tail, const char *payload)
{
    char topic[200];
    snprintf(topic, sizeof topic, "%s/%s", world->root, tail);
    ok(ingest_publisher_send(world->publisher, topic, payload, strlen(payload), 1, false, &diag));
}

static void publish_fix(struct world *world, const char *device, int64_t tst)
{
    char payload[200];
    snprintf(payload, sizeof payload, "{\"_type\":\"location\",\"lat\":31.02,\"lon\":121.4,\"tst\":%lld,\"acc\":10}",
             (long long)tst);
    publish(world, device, payload);
}

static void sent(struct world *world)
{
    ok(ingest_publisher_wait(world->publisher, 10000, &diag));
}

static void start_worker(struct world *world)
{
    world->worker = kit_worker_start(
        &(struct kit_worker){.database = world->database, .broker = fixture_broker(), .var = world->var});
}

static struct world world_new(void)
{
    struct world world = {.database = fixture_database(),
                          .root = fixture_unique(),
                          .var = fixture_scratch(),
                          .now_s = base_clock_now_us() / 1000000};
    char topic[200];
    snprintf(topic, sizeof topic, "%s/#", world.root);
    kit_source(world.database, "guards", topic, true);
    world.pg = kit_connect(world.database);
    kit_value(world.pg, "update source set format = 'teapot'");
    ok(ingest_publisher_new(fixture_broker(), fixture_unique(), &diag, &world.publisher));
    start_worker(&world);
    snprintf(topic, sizeof topic, "%s/probe/1", world.root);
    kit_wait_subscribed(world.database, fixture_broker(), topic);
    kit_value(world.pg, "delete from dead_letter");
    return world;
}

static void stop_worker(struct world *world)
{
    if (world->worker) {
        assert_int_equal(kit_worker_end(world->worker, SIGTERM), 0);
    }
    world->worker = 0;
}

static void world_end(struct world *world)
{
    stop_worker(world);
    ingest_publisher_free(world->publisher);
    PQfinish(world->pg);
}

/* So many letters have come, five minutes ago; the worker is gone, the source mended. */
static void mend(struct world *world, int letters)
{
    sent(world);
    until(world, "select count(*) from hutong.dead_letter", letters);
    kit_value(world->pg, "update dead_letter set recorded_at = date_trunc('second', now()) - interval '5 minutes'");
    stop_worker(world);
    kit_value(world->pg, "update source set format = 'owntracks'");
}

/* So many letters, each a position of a second of its own. */
static void make_letters(struct world *world, int count)
{
    for (int i = 0; i < count; i++) {
        publish_fix(world, i % 2 ? "amy/phone" : "bob/phone", world->now_s - 600 - i);
    }
    mend(world, count);
}

/* --- the program --- */
static struct cli_process program(const struct world *world, const char *const *argv)
{
    static char database[1200], var[400];
    static const char *const environment[] = {database, var, NULL};
    snprintf(database, sizeof database, "HUTONG_DATABASE=%s", world->database);
    snprintf(var, sizeof var, "HUTONG_VAR=%s", world->var);
    return (struct cli_process){
        .program = fixture_binary(), .argv = argv, .environment = environment, .output = -1, .death_signal = SIGKILL};
}

static enum base_err run(const struct world *world, const char *const *words)
{
    const char *argv[24] = {"hutong", "replay", "--dead"};
    for (size_t i = 0; words[i] && i < 20; i++) {
        argv[i + 3] = words[i];
    }
    struct cli_process process = program(world, argv);
    base_buf_reset(&output);
    return cli_process_run(&process, &diag, &output);
}
#define RUN(world, ...) run(world, (const char *const[]){__VA_ARGS__, NULL})

static void refuses(enum base_err err, const char *because)
{
    assert_int_not_equal(err, BASE_OK);
    if (!strstr(diag.text, because)) {
        fail_msg("\"%s\" is not in: %s", because, diag.text);
    }
}

/* A member of the summary that --json printed. */
static int64_t said(const char *member)
{
    AUTO(base_json) json = NULL;
    int64_t value = -1;
    ok(base_json_in_parse(output.data, output.len, &diag, &json));
    base_json_in_i64(base_json_in_get(json, member), &value);
    return value;
}

static pid_t start_replay(const struct world *world)
{
    pid_t pid = 0;
    struct cli_process process = program(world, (const char *const[]){"hutong", "replay", "--dead", NULL});
    int null = open("/dev/null", O_WRONLY);
    process.output = null;
    ok(cli_process_start(&process, &diag, &pid));
    close(null);
    return pid;
}

/* --- tests --- */
static void letters_become_events_once(void **state)
{
    (void)state;
    struct world world = world_new();
    publish(&world, "amy/phone", "not a message");
    publish_fix(&world, "amy/phone", world.now_s - 7200); /* too old to alarm anybody */
    for (int i = 0; i < 48; i++) {
        publish_fix(&world, "amy/phone", world.now_s - 600 - i);
    }
    mend(&world, 50);
    start_worker(&world);
    publish_fix(&world, "amy/phone", world.now_s);
    sent(&world);
    until(&world, "select count(*) from hutong.fix", 1);
    int64_t received = number(&world, "select received from source_stat");

    ok(RUN(&world, "--list", "--json"));
    assert_non_null(strstr(base_buf_cstr(&output), "\"source\":\"guards\",\"reason\":\"unknown format\",\"count\":50"));
    ok(RUN(&world, "--dry-run", "--json"));
    assert_int_equal(said("decoded"), 49);
    assert_int_equal(number(&world, "select count(*) from dead_letter"), 50);
    assert_int_equal(number(&world, "select count(*) from fix"), 1);
    ok(RUN(&world, "--json"));
    assert_int_equal(said("letters"), 50);
    assert_int_equal(said("decoded"), 49);
    assert_int_equal(said("stay"), 1);
    assert_int_equal(said("stored"), 49);
    assert_int_equal(number(&world, "select count(*) from fix"), 1 + 49);
    assert_string_equal(kit_value(world.pg, "select reason from dead_letter"), "not JSON");
    /* As it came, when it came; late, and over an hour old a replay. */
    assert_int_equal(
        number(&world, "select count(*) from fix where t_recv < now() - interval '4 minutes' and flags = 8"), 48);
    assert_int_equal(number(&world, "select count(*) from fix where flags = 8 + 2"), 1);
    assert_int_equal(number(&world, "select extract(epoch from t_event)::bigint from asset_state"), world.now_s);
    assert_int_equal(number(&world, "select received from source_stat"), received); /* that was counted long ago */
    assert_int_equal(number(&world, "select stored from source_stat"), 1 + 49);

    ok(RUN(&world, "--json"));
    assert_int_equal(said("stay"), 1);
    assert_int_equal(said("stored"), 0);
    assert_int_equal(number(&world, "select count(*) from fix"), 1 + 49);
    assert_int_equal(number(&world, "select count(*) from dead_letter"), 1);
    ok(RUN(&world, "--list"));
    assert_non_null(strstr(base_buf_cstr(&output), "not JSON"));
    world_end(&world);
}

static void what_was_stored_before_vanishes(void **state)
{
    (void)state;
    struct world world = world_new();
    make_letters(&world, 40);
    kit_value(world.pg, "create temp table copy as select * from dead_letter");
    ok(RUN(&world, "--json"));
    assert_int_equal(said("stored"), 40);
    kit_value(world.pg, "insert into dead_letter select * from copy");
    ok(RUN(&world, "--json"));
    assert_int_equal(said("stored"), 0);
    assert_int_equal(said("duplicate"), 40);
    assert_int_equal(number(&world, "select count(*) from fix"), 40);
    assert_int_equal(number(&world, "select count(*) from dead_letter"), 0);
    world_end(&world);
}

static void only_what_is_asked_for(void **state)
{
    (void)state;
    struct world world = world_new();
    make_letters(&world, 20);
    kit_value(world.pg,
              "update dead_letter set reason = 'not JSON' where dedup in (select dedup from dead_letter order "
              "by dedup limit 5)");
    kit_value(world.pg, "update dead_letter set recorded_at = recorded_at - interval '1 hour' where dedup in (select "
                        "dedup from dead_letter where reason <> 'not JSON' order by dedup limit 3)");
    char since[BASE_TIME_TEXT];
    base_time_out((world.now_s - 1800) * 1000000, since);
    ok(RUN(&world, "--json", "--reason", "not JSON"));
    assert_int_equal(said("letters"), 5);
    ok(RUN(&world, "--json", "--from", since));
    assert_int_equal(said("letters"), 12);
    refuses(RUN(&world, "--source", "nobody"), "there is no source \"nobody\"");
    ok(RUN(&world, "--json", "--source", "guards", "--to", since));
    assert_int_equal(said("letters"), 3);
    assert_int_equal(number(&world, "select count(*) from dead_letter"), 0);
    world_end(&world);
}

static void letters_may_be_too_old(void **state)
{
    (void)state;
    struct world world = world_new();
    publish_fix(&world, "amy/phone", world.now_s - 3 * 86400);
    mend(&world, 1);
    kit_value(world.pg, "update source set retention = '2 days'");
    ok(RUN(&world, "--json"));
    assert_int_equal(said("stay"), 1);
    assert_string_equal(kit_value(world.pg, "select reason from dead_letter"), "too_old");
    kit_value(world.pg, "update source set retention = '10 days'");
    ok(RUN(&world, "--json"));
    assert_int_equal(said("stored"), 1);
    assert_int_equal(number(&world, "select count(*) from dead_letter"), 0);
    world_end(&world);
}

static void a_wrong_key_touches_nothing(void **state)
{
    (void)state;
    static const char content[] = "select md5(string_agg(d::text, ',' order by dedup)) from dead_letter d";
    struct world world = world_new();
    make_letters(&world, 20);
    char before[64], key[400], gone[400];
    struct base_key made;
    snprintf(before, sizeof before, "%s", kit_value(world.pg, content));
    snprintf(key, sizeof key, "%s/other.key", world.var);
    ok(base_key_file(key, &diag, &made));
    refuses(RUN(&world, "--key", key), "opens none of the letters");
    refuses(RUN(&world, "--key", "/nowhere/dead.key"), "no such file");
    assert_string_equal(kit_value(world.pg, content), before);
    assert_int_equal(number(&world, "select count(*) from fix"), 0);

    /* Without the workers' keys, rather nothing: new ones would store everything twice. */
    struct world elsewhere = world;
    elsewhere.var = fixture_scratch();
    snprintf(key, sizeof key, "%s/keys/dead.key", world.var);
    refuses(RUN(&elsewhere, "--key", key), "dedup.key");
    snprintf(gone, sizeof gone, "%s/keys", elsewhere.var);
    assert_int_not_equal(access(gone, F_OK), 0);

    ok(RUN(&world, "--json", "--key", key));
    assert_int_equal(said("stored"), 20);
    world_end(&world);
}

/* One letter of another key among others: it stays, they go, and the exit code tells. */
static void a_letter_of_another_key_stays(void **state)
{
    (void)state;
    struct world world = world_new();
    make_letters(&world, 20);
    kit_value(world.pg, "update dead_letter set payload_sealed = '\\x00ff', reason = 'mine' where dedup = (select "
                        "min(dedup::text)::uuid from dead_letter)");
    refuses(RUN(&world, "--json"), "1 letters are sealed to another key");
    assert_string_equal(kit_value(world.pg, "select string_agg(reason, ',') from dead_letter"), "mine");
    assert_int_equal(number(&world, "select count(*) from fix"), 19);
    world_end(&world);
}

static void wait_for_lock(const struct world *world)
{
    until(world,
          "select count(*) from pg_stat_activity where application_name = 'hutong replay' and datname = "
          "current_database() and wait_event_type = 'Lock'",
          1);
}

static void wait_gone(const struct world *world)
{
    until(world,
          "select count(*) from pg_stat_activity where application_name = 'hutong replay' and datname = "
          "current_database()",
          0);
}

/* It hangs in its last statement, all else of its transaction done, and is killed there. */
static void killed_before_its_commit(void **state)
{
    (void)state;
    struct world world = world_new();
    make_letters(&world, 30);
    kit_value(world.pg, "begin");
    kit_value(world.pg, "select from source_stat for update");
    pid_t pid = start_replay(&world);
    wait_for_lock(&world);
    kit_worker_end(pid, SIGKILL);
    kit_value(world.pg, "rollback");
    wait_gone(&world);
    assert_int_equal(number(&world, "select count(*) from dead_letter"), 30);
    assert_int_equal(number(&world, "select count(*) from fix"), 0);
    ok(RUN(&world, "--json"));
    assert_int_equal(said("stored"), 30);
    assert_int_equal(number(&world, "select count(*) from dead_letter"), 0);
    world_end(&world);
}

/* Killed on the way, at some moment of some transaction: letters and events together are always all there were. */
static void killed_on_the_way(void **state)
{
    (void)state;
    enum { LETTERS = 3000, KILLS = 6 };
    struct world world = world_new();
    int on_the_way = 0;
    make_letters(&world, LETTERS);
    for (int i = 0; i < KILLS; i++) {
        char sql[100];
        pid_t pid = start_replay(&world);
        snprintf(sql, sizeof sql, "select (count(*) > %d)::integer from hutong.fix", i * LETTERS / KILLS / 2);
        until(&world, sql, 1);
        poll(NULL, 0, i * 7);
        kit_worker_end(pid, SIGKILL);
        wait_gone(&world);
        int64_t letters = number(&world, "select count(*) from dead_letter");
        int64_t events = number(&world, "select count(*) from fix");
        on_the_way += letters > 0 && events > 0;
        assert_int_equal(letters + events, LETTERS);
        assert_int_equal(number(&world, "select stored from source_stat"), events);
    }
    assert_true(on_the_way > 0);
    ok(RUN(&world, "--json"));
    assert_int_equal(number(&world, "select count(*) from dead_letter"), 0);
    assert_int_equal(number(&world, "select count(*) from fix"), LETTERS);
    world_end(&world);
}

/* Beside the source's worker and another replay: each letter is somebody's, and nobody's messages are lost. */
static void others_at_work(void **state)
{
    (void)state;
    enum { LETTERS = 1500, MESSAGES = 500 };
    struct world world = world_new();
    make_letters(&world, LETTERS);
    start_worker(&world);
    pid_t pids[2] = {start_replay(&world), start_replay(&world)};
    for (int i = 0; i < MESSAGES; i++) {
        publish_fix(&world, "amy/phone", world.now_s - i);
    }
    sent(&world);
    for (size_t i = 0; i < BASE_COUNT(pids); i++) {
        int status = 0;
        assert_int_equal(waitpid(pids[i], &status, 0), pids[i]);
        assert_int_equal(status, 0);
    }
    until(&world, "select count(*) from hutong.fix", LETTERS + MESSAGES);
    assert_int_equal(number(&world, "select count(*) from dead_letter"), 0);
    assert_int_equal(number(&world, "select stored from source_stat"), LETTERS + MESSAGES);
    assert_int_equal(number(&world, "select duplicate from source_stat"), 0);
    world_end(&world);
}

/* A worker that is stopped in the middle of a transaction holds its source; the replay waits until it is let go. */
static void a_source_that_is_held_is_waited_for(void **state)
{
    (void)state;
    struct world world = world_new();
    make_letters(&world, 10);
    kit_value(world.pg, "begin");
    kit_value(world.pg, "select from lease for update");
    pid_t pid = start_replay(&world);
    wait_for_lock(&world);
    kit_value(world.pg, "rollback");
    int status = 0;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
    assert_int_equal(number(&world, "select count(*) from fix"), 10);
    world_end(&world);
}

static void off_shift_and_removed(void **state)
{
    (void)state;
    struct world world = world_new();
    make_letters(&world, 10);
    kit_value(world.pg, "update source set removed_at = now()");
    ok(RUN(&world, "--json"));
    assert_int_equal(said("letters"), 0);
    assert_int_equal(said("removed"), 10);
    ok(RUN(&world, "--list"));
    assert_non_null(strstr(base_buf_cstr(&output), "source removed"));
    kit_value(world.pg, "update source set removed_at = null");
    kit_value(world.pg, "delete from shift");
    ok(RUN(&world, "--json"));
    assert_int_equal(said("off_shift"), 10);
    assert_int_equal(number(&world, "select count(*) from fix"), 0);
    assert_int_equal(number(&world, "select count(*) from dead_letter"), 0);
    world_end(&world);
}

int main(void)
{
    base_buf_init(&output, 1 << 20);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(letters_become_events_once),
        cmocka_unit_test(what_was_stored_before_vanishes),
        cmocka_unit_test(only_what_is_asked_for),
        cmocka_unit_test(letters_may_be_too_old),
        cmocka_unit_test(a_wrong_key_touches_nothing),
        cmocka_unit_test(a_letter_of_another_key_stays),
        cmocka_unit_test(killed_before_its_commit),
        cmocka_unit_test(killed_on_the_way),
        cmocka_unit_test(others_at_work),
        cmocka_unit_test(a_source_that_is_held_is_waited_for),
        cmocka_unit_test(off_shift_and_removed),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    base_buf_release(&output);
    return failed;
}
