/* Outages that the platform writes down about itself: a broker that was away, a session that it forgot, nothing that
 * ran. The worker is a process of the test's own, with a minute cut to a second. */
#include "fixture/ingest_kit.h"
#include "fixture/mosquitto.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#define PATIENCE INT64_C(60000000)
#define OPEN                                                                                     \
    "allow_anonymous true\npersistence true\npersistence_location ./\nmax_inflight_messages 0\n" \
    "max_queued_messages 0\n"
enum { SECOND_US = 1000000, SILENT_US = 5 * SECOND_US /* a sign of life comes every two */ };

struct world {
    struct fixture_mosquitto *broker;
    const char *database, *var;
    char url[300], log[300];
    int64_t away_us;
};

static struct world world_of(const char *database, int64_t away_us)
{
    struct world world = {
        .broker = fixture_mosquitto_new(), .database = database, .var = fixture_scratch(), .away_us = away_us};
    snprintf(world.url, sizeof world.url, "mqtt://127.0.0.1:%d", fixture_mosquitto_port(world.broker));
    snprintf(world.log, sizeof world.log, "%s/ingest.log", world.var);
    kit_source(world.database, "guards", "owntracks/#", true);
    fixture_mosquitto_start(world.broker, OPEN);
    return world;
}

static volatile sig_atomic_t stop;

static void on_term(int signal)
{
    (void)signal;
    stop = 1;
}

static pid_t start(const struct world *world)
{
    struct base_diag diag = {.text = ""};
    pid_t pid = fork();
    if (pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        signal(SIGTERM, on_term);
        int log = open(world->log, O_WRONLY | O_CREAT | O_APPEND, 0600);
        dup2(log, STDERR_FILENO);
        const struct ingest_options options = {.database = world->database,
                                               .broker = world->url,
                                               .var = world->var,
                                               .stop = &stop,
                                               .keeps = data_retention_standard(),
                                               .away_us = world->away_us};
        _exit(ingest_run(&options, &diag) ? 1 : 0);
    }
    assert_true(pid > 0);
    return pid;
}

static void until(const struct world *world, const char *sql, int64_t wanted)
{
    int64_t seen = kit_until(world->database, sql, wanted, PATIENCE);
    if (seen != wanted) {
        fail_msg("%s: %lld, not %lld (log: %s)", sql, (long long)seen, (long long)wanted, world->log);
    }
}

static int64_t number(const struct world *world, const char *sql)
{
    PGconn *pg = kit_connect(world->database);
    int64_t seen = kit_number(pg, sql);
    PQfinish(pg);
    return seen;
}

static int64_t clock_of(const struct world *world)
{
    return number(world, "select (extract(epoch from clock_timestamp()) * 1000000)::bigint");
}

/* The source is read, as of a moment after this one. */
static void until_read(const struct world *world)
{
    char sql[200];
    snprintf(sql, sizeof sql,
             "select count(*) from hutong.source_stat where away_at is null and dry_at > 'epoch'::timestamptz + "
             "%lld * interval '1 microsecond'",
             (long long)clock_of(world));
    until(world, sql, 1);
}

static void until_away(const struct world *world)
{
    until(world, "select count(*) from hutong.source_stat where away_at < clock_timestamp() - interval '1.5 seconds'",
          1);
}

/* How many outages of that cause there are whose times lie where they must (us since 1970; 2.5 s before `lost` the
 * source was last known to be read), with a mark each. */
static int64_t outages(const struct world *world, const char *cause, int64_t lost_us, int64_t back_us)
{
    char sql[900];
    snprintf(
        sql, sizeof sql,
        "select count(*) from (select o.*, extract(epoch from o.t_from) * 1000000 as f, extract(epoch from o.t_to) "
        "* 1000000 as t from hutong.outage o) o where cause = '%s' and scope = '%s' and estate_id = 0 and "
        "(source_id is null) = (scope = 'platform') and f between %lld - 2500000 and %lld and t between %lld and "
        "extract(epoch from clock_timestamp()) * 1000000 and (select count(*) from hutong.judge_again j where "
        "(j.estate_id, j.t_from, j.t_to, j.why) = (o.estate_id, o.t_from, o.t_to, 'outage')) = 1",
        cause, strcmp(cause, "stopped") == 0 ? "platform" : "source", (long long)lost_us, (long long)lost_us,
        (long long)back_us);
    return number(world, sql);
}

static int64_t count(const struct world *world, const char *cause)
{
    char sql[200];
    snprintf(sql, sizeof sql, "select count(*) from hutong.outage where cause = '%s'", cause);
    return number(world, sql);
}

/* As `hutong doctor` and `hutong source list` ask. */
static void expect_said(const struct world *world, bool away, int64_t told)
{
    enum { AWAY = 34 };
    struct base_diag diag = {.text = ""};
    AUTO(data_conn) conn = NULL;
    AUTO(data_rows) sources = NULL;
    AUTO(data_rows) doctor = NULL;
    assert_int_equal(data_conn_open(world->database, "test", &diag, &conn), BASE_OK);
    assert_int_equal(data_run(conn, DATA_SOURCE_LIST, DATA_NO_ARGS, &diag, &sources), BASE_OK);
    assert_int_equal(data_rows_null(sources, 0, AWAY), !away);
    assert_true(!away || data_rows_f64(sources, 0, AWAY) > 1);
    assert_int_equal(data_run(conn, DATA_DOCTOR_OUTAGES, DATA_NO_ARGS, &diag, &doctor), BASE_OK);
    assert_true(data_rows_i64(doctor, 0, 0) >= told); /* with so short a limit the next sign of life is an outage */
    assert_int_equal(data_rows_null(doctor, 0, 1), data_rows_i64(doctor, 0, 0) == 0);
}

/* --- tests --- */
static void a_broker_away_for_long_is_an_outage(void **state)
{
    (void)state;
    struct world world = world_of(fixture_database(), SECOND_US);
    pid_t pid = start(&world);
    until_read(&world);
    fixture_mosquitto_stop(world.broker, SIGTERM); /* politely: it saves its sessions */
    int64_t lost_us = clock_of(&world);
    until_away(&world);
    int64_t back_us = clock_of(&world);
    fixture_mosquitto_start(world.broker, OPEN);
    until_read(&world);
    assert_int_equal(outages(&world, "connection", lost_us, back_us), 1);
    assert_int_equal(kit_worker_end(pid, SIGTERM), 0);
    pid = start(&world); /* it is told once */
    until_read(&world);
    assert_int_equal(count(&world, "connection"), 1);
    assert_int_equal(count(&world, "session"), 0);
    assert_int_equal(kit_worker_end(pid, SIGTERM), 0);
    fixture_mosquitto_free(world.broker);
}

static void a_broker_that_only_restarts_is_none(void **state)
{
    (void)state;
    struct world world = world_of(fixture_database(), 0);
    pid_t pid = start(&world);
    until_read(&world);
    fixture_mosquitto_stop(world.broker, SIGTERM);
    until(&world, "select count(*) from hutong.source_stat where away_at is not null", 1);
    fixture_mosquitto_start(world.broker, OPEN);
    until_read(&world);
    assert_int_equal(number(&world, "select count(*) from hutong.outage"), 0);
    assert_int_equal(number(&world, "select count(*) from hutong.judge_again"), 0);
    assert_int_equal(kit_worker_end(pid, SIGTERM), 0);
    fixture_mosquitto_free(world.broker);
}

/* noticed: the worker that is killed had seen that its broker is gone. The next one has another name and takes over
 * the lease. */
static void killed_meanwhile(bool noticed)
{
    struct world world = world_of(fixture_database(), SECOND_US);
    pid_t pid = start(&world);
    until_read(&world);
    if (!noticed) {
        kit_worker_end(pid, SIGKILL);
    }
    fixture_mosquitto_stop(world.broker, SIGTERM);
    int64_t lost_us = clock_of(&world);
    if (noticed) {
        until(&world, "select count(*) from hutong.source_stat where away_at is not null", 1);
        kit_worker_end(pid, SIGKILL);
    }
    pid = start(&world);
    until_away(&world);
    until(&world, "select count(*) from hutong.lease where owner is not null and epoch > 1", 1);
    int64_t back_us = clock_of(&world);
    expect_said(&world, true, 0);
    fixture_mosquitto_start(world.broker, OPEN);
    until_read(&world);
    assert_int_equal(outages(&world, "connection", lost_us, back_us), 1);
    assert_int_equal(count(&world, "connection"), 1);
    expect_said(&world, false, number(&world, "select count(*) from hutong.outage"));
    assert_int_equal(kit_worker_end(pid, SIGTERM), 0);
    fixture_mosquitto_free(world.broker);
}

static void it_outlives_the_worker_that_noticed_it(void **state)
{
    (void)state;
    killed_meanwhile(true);
}

static void it_is_found_when_both_ended_at_once(void **state)
{
    (void)state;
    killed_meanwhile(false);
}

static void a_forgotten_session_is_an_outage_since_it_was_dry(void **state)
{
    (void)state;
    struct world world = world_of(fixture_database(), 0);
    char path[400];
    pid_t pid = start(&world);
    until_read(&world);
    fixture_mosquitto_stop(world.broker, SIGTERM);
    int64_t lost_us = clock_of(&world);
    snprintf(path, sizeof path, "%s/mosquitto.db", fixture_mosquitto_directory(world.broker));
    assert_int_equal(unlink(path), 0);
    int64_t back_us = clock_of(&world);
    fixture_mosquitto_start(world.broker, OPEN);
    until_read(&world);
    assert_int_equal(outages(&world, "session", lost_us, back_us), 1);
    assert_int_equal(number(&world, "select count(*) from hutong.outage"), 1);
    assert_int_equal(number(&world, "select gaps from hutong.source_stat"), 1);
    assert_int_equal(kit_worker_end(pid, SIGTERM), 0);
    fixture_mosquitto_free(world.broker);
}

static void nothing_that_ran_is_told_once(void **state)
{
    (void)state;
    struct world world = world_of(fixture_database(), SILENT_US);
    pid_t pid = start(&world);
    until_read(&world);
    kit_worker_end(pid, SIGKILL);
    int64_t lost_us = clock_of(&world);
    until(&world, "select count(*) from hutong.ingest_alive where seen_at < clock_timestamp() - interval '5.5 seconds'",
          1);
    int64_t back_us = clock_of(&world);
    const pid_t pids[] = {start(&world), start(&world), start(&world)};
    until(&world,
          "select count(*) from hutong.worker w, hutong.ingest_alive where w.seen_at > clock_timestamp() - interval "
          "'5 seconds' and started_at < ingest_alive.seen_at",
          BASE_COUNT(pids));
    until_read(&world);
    assert_int_equal(outages(&world, "stopped", lost_us, back_us), 1);
    assert_int_equal(count(&world, "stopped"), 1);
    assert_int_equal(count(&world, "connection") + count(&world, "session"), 0); /* the broker was there all the time */
    for (size_t i = 0; i < BASE_COUNT(pids); i++) {
        assert_int_equal(kit_worker_end(pids[i], SIGTERM), 0);
    }
    fixture_mosquitto_free(world.broker);
}

static void a_database_that_was_away_is_told_too(void **state)
{
    (void)state;
    AUTO(fixture_server) server = fixture_server_new(FIXTURE_POSTGRES);
    struct world world = world_of(fixture_server_database(server), SILENT_US);
    pid_t pid = start(&world);
    until_read(&world);
    int64_t lost_us = clock_of(&world);
    fixture_server_stop(server, FIXTURE_POSTGRES);
    nanosleep(&(struct timespec){.tv_sec = 5, .tv_nsec = 500 * 1000 * 1000}, NULL); /* what is to be noticed */
    fixture_server_start(server, FIXTURE_POSTGRES);
    int64_t back_us = clock_of(&world) - SECOND_US; /* it may have been noticed before we could ask */
    until_read(&world);
    assert_int_equal(outages(&world, "stopped", lost_us, back_us), 1);
    assert_int_equal(number(&world, "select count(*) from hutong.outage"), 1);
    assert_int_equal(kit_worker_end(pid, SIGTERM), 0);
    fixture_mosquitto_free(world.broker);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_broker_away_for_long_is_an_outage),
        cmocka_unit_test(a_broker_that_only_restarts_is_none),
        cmocka_unit_test(it_outlives_the_worker_that_noticed_it),
        cmocka_unit_test(it_is_found_when_both_ended_at_once),
        cmocka_unit_test(a_forgotten_session_is_an_outage_since_it_was_dry),
        cmocka_unit_test(nothing_that_ran_is_told_once),
        cmocka_unit_test(a_database_that_was_away_is_told_too),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
