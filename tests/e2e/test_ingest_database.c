/* A database that hangs, and one whose disk is full: the worker waits, the broker keeps, and in the end every message's
 * event is there exactly once - without anybody restarting the worker. */
#include "fixture/ingest_kit.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include <cmocka.h>

enum { MESSAGES = 3000, DEVICES = 50, DISK_MB = 320 };
#define PATIENCE INT64_C(60000000)

static struct base_diag diag;

static void ok(enum base_err err)
{
    if (err) {
        fail_msg("%s: %s", base_error_name(err), diag.text);
    }
}

static void publish(const char *broker, int from, int count, int64_t start_s)
{
    AUTO(ingest_publisher) publisher = NULL;
    ok(ingest_publisher_new(broker, fixture_unique(), &diag, &publisher));
    for (int number = from; number < from + count; number++) {
        char topic[64], payload[160];
        snprintf(topic, sizeof topic, "owntracks/guard/%d", number % DEVICES);
        snprintf(payload, sizeof payload, "{\"_type\":\"location\",\"lat\":%.6f,\"lon\":121.4,\"tst\":%lld,\"acc\":5}",
                 31 + number * 1e-6, (long long)(start_s + number / DEVICES));
        ok(ingest_publisher_send(publisher, topic, payload, strlen(payload), 1, false, &diag));
    }
    ok(ingest_publisher_wait(publisher, 30000, &diag));
}

static pid_t start(struct fixture_server *server, char log[300])
{
    const char *database = fixture_server_database(server), *broker = fixture_server_broker(server);
    const char *var = fixture_scratch();
    snprintf(log, 300, "%s/ingest.log", var);
    kit_source(database, "guards", "owntracks/#", true);
    pid_t pid = kit_worker_start(&(struct kit_worker){.database = database, .broker = broker, .var = var, .log = log});
    kit_wait_subscribed(database, broker, "owntracks/probe/1");
    return pid;
}

static void check_all(const char *database, const char *log)
{
    int64_t stored = kit_until(database, "select count(*) from hutong.fix", MESSAGES, PATIENCE);
    if (stored != MESSAGES) {
        fail_msg("%lld of %d events are stored (log: %s)", (long long)stored, MESSAGES, log);
    }
    PGconn *pg = kit_connect(database);
    assert_int_equal(kit_number(pg, "select count(distinct lat) from fix"), MESSAGES);
    assert_int_equal(kit_number(pg, "select stored from source_stat"), MESSAGES);
    PQfinish(pg);
}

/* The server process that stores our batches stops in its tracks, as one does whose disk hangs, and goes on later. */
static void a_database_that_hangs(void **state)
{
    (void)state;
    char log[300];
    AUTO(fixture_server) server = fixture_server_new(FIXTURE_BOTH);
    const char *database = fixture_server_database(server), *broker = fixture_server_broker(server);
    int64_t start_s = base_clock_now_us() / 1000000 - 3600;
    pid_t worker = start(server, log);
    PGconn *pg = kit_connect(database);
    pid_t backend = (pid_t)kit_number(pg, "select backend_pid from lease");
    publish(broker, 0, MESSAGES / 3, start_s);
    assert_int_equal(kill(backend, SIGSTOP), 0);
    publish(broker, MESSAGES / 3, MESSAGES / 3, start_s);
    int64_t before = kit_number(pg, "select count(*) from fix");
    assert_true(before < MESSAGES * 2 / 3);
    kit_value(pg, "select pg_sleep(3)"); /* longer than a batch's patience */
    assert_int_equal(kit_number(pg, "select count(*) from fix"), before);
    assert_int_equal(kill(backend, SIGCONT), 0);
    publish(broker, MESSAGES * 2 / 3, MESSAGES / 3, start_s);
    check_all(database, log);
    PQfinish(pg);
    assert_int_equal(kit_worker_end(worker, SIGTERM), 0);
}

/* --- a small disk of our own --- */
static bool log_says(const char *log, const char *words)
{
    AUTO_VALUE(base_buf) text;
    base_buf_init(&text, 1 << 24);
    return base_file_read(log, 1 << 23, NULL, &text) == BASE_OK && strstr(base_buf_cstr(&text), words);
}

struct waited {
    const char *log;
};

static bool refused(void *at)
{
    const struct waited *waited = at;
    return log_says(waited->log, "No space left") || log_says(waited->log, "database away");
}

static void fill(const char *path)
{
    static char block[1 << 16];
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    assert_true(fd >= 0);
    while (write(fd, block, sizeof block) > 0) {
    }
    while (write(fd, block, 512) > 0) {
    }
    close(fd);
}

static void a_disk_that_is_full(void **state)
{
    (void)state;
    char log[300], ballast[300], size[32];
    const char *disk = fixture_scratch();
    snprintf(size, sizeof size, "size=%dm", DISK_MB);
    if (geteuid() != 0 || mount("hutong-test", disk, "tmpfs", 0, size) != 0) {
        printf("SKIPPED: only root can mount a small disk\n");
        skip();
    }
    assert_int_equal(chmod(disk, 0711), 0);
    struct fixture_server *server = fixture_server_new_in(FIXTURE_BOTH, disk);
    const char *database = fixture_server_database(server), *broker = fixture_server_broker(server);
    int64_t start_s = base_clock_now_us() / 1000000 - 3600;
    pid_t worker = start(server, log);
    publish(broker, 0, MESSAGES / 3, start_s);
    kit_until(database, "select count(*) from hutong.fix", MESSAGES / 3, PATIENCE);
    snprintf(ballast, sizeof ballast, "%s/ballast", disk);
    fill(ballast);
    publish(broker, MESSAGES / 3, MESSAGES * 2 / 3, start_s);
    bool said = fixture_poll(refused, &(struct waited){log}, PATIENCE);
    unlink(ballast);
    fixture_server_kill(server, FIXTURE_POSTGRES); /* it may have given up by itself */
    fixture_server_start(server, FIXTURE_POSTGRES);
    check_all(database, log);
    assert_int_equal(kit_worker_end(worker, SIGTERM), 0);
    fixture_server_free(server);
    assert_int_equal(umount(disk), 0);
    assert_true(said);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_database_that_hangs),
        cmocka_unit_test(a_disk_that_is_full),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
