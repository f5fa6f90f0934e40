/* Brokers that are set up badly, change, forget or lie: counted, named, and followed again without a restart. */
#include "fixture/ingest_kit.h"
#include "fixture/mosquitto.h"
#include "fixture/wire.h"

#include "cli/cli.h"

#include <arpa/inet.h>
#include <glob.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <sys/socket.h>

#include <cmocka.h>

#define PATIENCE INT64_C(30000000)
#define OPEN                                                                                     \
    "allow_anonymous true\npersistence true\npersistence_location ./\nmax_inflight_messages 0\n" \
    "max_queued_messages 0\nmessage_size_limit 4194304\n"

/* A broker of the test's own, a database, and a worker between them once it is started. */
struct world {
    struct fixture_mosquitto *broker;
    const char *database, *var;
    char url[300], log[300];
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

static struct world world_new(void)
{
    struct world world = {.broker = fixture_mosquitto_new(),
                          .database = fixture_database(),
                          .var = fixture_scratch(),
                          .now_s = base_clock_now_us() / 1000000};
    snprintf(world.url, sizeof world.url, "mqtt://127.0.0.1:%d", fixture_mosquitto_port(world.broker));
    snprintf(world.log, sizeof world.log, "%s/ingest.log", world.var);
    kit_source(world.database, "guards", "owntracks/#", true);
    return world;
}

static void start(struct world *world)
{
    world->pid = kit_worker_start(
        &(struct kit_worker){.database = world->database, .broker = world->url, .var = world->var, .log = world->log});
}

static void world_end(struct world *world)
{
    if (world->pid) {
        assert_int_equal(kit_worker_end(world->pid, SIGTERM), 0);
    }
    fixture_mosquitto_free(world->broker);
}

static void until(const struct world *world, const char *sql, int64_t wanted)
{
    int64_t seen = kit_until(world->database, sql, wanted, PATIENCE);
    if (seen != wanted) {
        fail_msg("%s: %lld, not %lld (log: %s)", sql, (long long)seen, (long long)wanted, world->log);
    }
}

static bool logged(const struct world *world, const char *text)
{
    AUTO_VALUE(base_buf) log;
    base_buf_init(&log, 4 << 20);
    ok(base_file_read(world->log, 2 << 20, &diag, &log));
    return strstr(base_buf_cstr(&log), text) != NULL;
}

static void expect_logged(const struct world *world, const char *text)
{
    int64_t end = base_clock_mono_us() + PATIENCE;
    while (!logged(world, text)) {
        if (base_clock_mono_us() > end) {
            fail_msg("\"%s\" is not in %s", text, world->log);
        }
        nanosleep(&(struct timespec){.tv_nsec = 50 * 1000 * 1000}, NULL);
    }
}

/* --- messages --- */
static struct ingest_publisher *publisher(const struct world *world)
{
    struct ingest_publisher *made = NULL;
    ok(ingest_publisher_new(world->url, fixture_unique(), &diag, &made));
    return made;
}

static void send_fixes(const struct world *world, struct ingest_publisher *to, int first, int count)
{
    for (int i = first; i < first + count; i++) {
        char payload[200];
        int len = snprintf(payload, sizeof payload, "{\"_type\":\"location\",\"lat\":31.02,\"lon\":121.4,\"tst\":%lld}",
                           (long long)(world->now_s - 100000 + i));
        ok(ingest_publisher_send(to, "owntracks/amy/phone", payload, (size_t)len, 1, false, &diag));
    }
    ok(ingest_publisher_wait(to, 30000, &diag));
}

static void send_one(const struct world *world, int number)
{
    AUTO(ingest_publisher) to = publisher(world);
    send_fixes(world, to, number, 1);
}

/* From its first subscription on the broker keeps everything: until a message arrives they are sent again and again. */
static int subscribed(const struct world *world, int number)
{
    PGconn *pg = kit_connect(world->database);
    int64_t before = kit_number(pg, "select count(*) from fix");
    AUTO(ingest_publisher) to = publisher(world);
    int64_t end = base_clock_mono_us() + PATIENCE;
    while (kit_number(pg, "select count(*) from fix") == before) {
        if (base_clock_mono_us() > end) {
            fail_msg("nothing is stored (log: %s)", world->log);
        }
        send_fixes(world, to, number++, 1);
        nanosleep(&(struct timespec){.tv_nsec = 100 * 1000 * 1000}, NULL);
    }
    PQfinish(pg);
    return number;
}

/* --- tests --- */
static void a_wrong_password_is_named_until_it_is_right(void **state)
{
    (void)state;
    struct world world = world_new();
    char address[200];
    snprintf(address, sizeof address, "%s", world.url + strlen("mqtt://"));
    snprintf(world.url, sizeof world.url, "mqtt://ingest:rightpass@%s", address);
    fixture_mosquitto_password(world.broker, "ingest", "wrongpass");
    fixture_mosquitto_start(world.broker, "allow_anonymous false\npassword_file passwords\n");
    start(&world);
    until(&world, "select count(*) from hutong.source_stat where losses > 1 and last_loss ilike '%authori%'", 1);
    fixture_mosquitto_password(world.broker, "ingest", "rightpass");
    subscribed(&world, 0);
    assert_false(logged(&world, "rightpass"));
    world_end(&world);
}

/* Mosquitto's own ACL file never refuses a subscription, it just delivers nothing; this plugin does. */
static const char *refusing_plugin(void)
{
    static char path[300];
    glob_t found;
    bool there = glob("/usr/lib/*/mosquitto_dynamic_security.so", 0, NULL, &found) == 0 && found.gl_pathc > 0;
    snprintf(path, sizeof path, "%s", there ? found.gl_pathv[0] : "");
    globfree(&found);
    return there ? path : NULL;
}

static void topics_that_are_refused_are_named_until_they_are_allowed(void **state)
{
    (void)state;
    const char *plugin = refusing_plugin();
    if (!plugin) {
        print_message("SKIPPED: mosquitto_dynamic_security.so is not installed\n");
        skip();
    }
    struct world world = world_new();
    char lines[600];
    snprintf(lines, sizeof lines, "allow_anonymous true\nplugin %s\nplugin_opt_config_file rights.json\n", plugin);
    fixture_mosquitto_write(world.broker, "rights.json",
                            "{\"defaultACLAccess\":{\"publishClientSend\":true,\"publishClientReceive\":true,"
                            "\"subscribe\":false,\"unsubscribe\":true}}");
    fixture_mosquitto_start(world.broker, lines);
    start(&world);
    until(&world, "select count(*) from hutong.source_stat where last_loss like '%refuses the topics to this user%'",
          1);
    fixture_mosquitto_stop(world.broker, SIGTERM);
    fixture_mosquitto_start(world.broker, OPEN);
    subscribed(&world, 0);
    world_end(&world);
}

static void a_forgotten_session_is_a_gap(void **state)
{
    (void)state;
    struct world world = world_new();
    char path[400];
    fixture_mosquitto_start(world.broker, OPEN);
    start(&world);
    int next = subscribed(&world, 0);
    until(&world, "select count(*) from hutong.source_stat where session_at is not null and gaps = 0", 1);
    fixture_mosquitto_stop(world.broker, SIGTERM); /* politely: it saves its sessions */
    fixture_mosquitto_start(world.broker, OPEN);
    next = subscribed(&world, next);
    until(&world, "select gaps from hutong.source_stat", 0);
    fixture_mosquitto_stop(world.broker, SIGKILL);
    snprintf(path, sizeof path, "%s/mosquitto.db", fixture_mosquitto_directory(world.broker));
    assert_int_equal(unlink(path), 0);
    fixture_mosquitto_start(world.broker, OPEN);
    until(&world, "select count(*) from hutong.source_stat where gaps = 1 and last_gap_at = session_at", 1);
    expect_logged(&world, "messages may be missing");
    subscribed(&world, next);
    world_end(&world);
}

static size_t times_logged(const struct world *world, const char *text)
{
    size_t times = 0;
    AUTO_VALUE(base_buf) log;
    base_buf_init(&log, 4 << 20);
    ok(base_file_read(world->log, 2 << 20, &diag, &log));
    for (const char *at = base_buf_cstr(&log); (at = strstr(at, text)); at++) {
        times++;
    }
    return times;
}

/* Some brokers hang up on a protocol that they do not know - and so does a proxy while its broker restarts. With 3.1.1
 * a repeat could not be told from a redelivery so well, so who had MQTT 5 goes on with it. */
static void a_proxy_without_its_broker_is_no_old_broker(void **state)
{
    (void)state;
    struct world world = world_new();
    char direct[300];
    snprintf(direct, sizeof direct, "%s", world.url);
    fixture_mosquitto_start(world.broker, OPEN);
    pid_t wire = wire_through(direct, world.url);
    start(&world);
    int next = subscribed(&world, 0);
    until(&world, "select count(*) from hutong.source_stat where protocol = 5", 1);
    assert_int_equal(kit_worker_end(world.pid, SIGTERM), 0); /* a new process knows what the database does */
    fixture_mosquitto_stop(world.broker, SIGTERM);
    size_t before = times_logged(&world, "msg=\"source disconnected\"");
    start(&world);
    int64_t end = base_clock_mono_us() + PATIENCE;
    while (times_logged(&world, "msg=\"source disconnected\"") < before + 3 && base_clock_mono_us() < end) {
        nanosleep(&(struct timespec){.tv_nsec = 20 * 1000 * 1000}, NULL);
    }
    fixture_mosquitto_start(world.broker, OPEN);
    subscribed(&world, next);
    assert_true(logged(&world, "mqtt=5"));
    assert_false(logged(&world, "mqtt=4"));
    kit_worker_end(wire, SIGKILL);
    world_end(&world);
}

static void a_message_over_1_mib_is_a_dead_letter(void **state)
{
    (void)state;
    struct world world = world_new();
    enum { SIZE = 3 << 19 }; /* 1.5 MiB */
    static char huge[SIZE];
    memset(huge, ' ', sizeof huge);
    fixture_mosquitto_start(world.broker, OPEN);
    start(&world);
    int next = subscribed(&world, 0);
    AUTO(ingest_publisher) to = publisher(&world);
    ok(ingest_publisher_send(to, "owntracks/amy/phone", huge, sizeof huge, 1, false, &diag));
    send_fixes(&world, to, next, 1);
    until(&world, "select dead from hutong.source_stat", 1);
    PGconn *pg = kit_connect(world.database);
    assert_string_equal(kit_value(pg, "select reason || '/' || size from dead_letter"),
                        "larger than 1048576 bytes/1572864");
    assert_true(kit_number(pg, "select length(payload_sealed) from dead_letter") <= (1 << 20) + 64); /* cut */
    PQfinish(pg);
    world_end(&world);
}

/* --- TLS --- */
static void openssl(const struct world *world, const char *const *argv)
{
    AUTO_VALUE(base_buf) output;
    base_buf_init(&output, 65536);
    ok(cli_process_run(&(struct cli_process){.program = "/usr/bin/openssl",
                                             .argv = argv,
                                             .directory = fixture_mosquitto_directory(world->broker),
                                             .death_signal = SIGKILL},
                       &diag, &output));
}
#define OPENSSL(world, ...) openssl(world, (const char *const[]){"openssl", __VA_ARGS__, NULL})

/* An authority, and a certificate for "localhost" that it signed. */
static void make_certificates(const struct world *world)
{
    fixture_mosquitto_write(world->broker, "names", "subjectAltName=DNS:localhost\n");
    OPENSSL(world, "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=Hutong test", "-days", "2", "-keyout",
            "ca.key", "-out", "ca.pem");
    OPENSSL(world, "req", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=localhost", "-keyout", "broker.key", "-out",
            "broker.csr");
    OPENSSL(world, "x509", "-req", "-in", "broker.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-days",
            "2", "-extfile", "names", "-out", "broker.pem");
}

/* What the source's row says after a worker has tried that address for a while. */
static void expect_loss(struct world *world, const char *host, const char *words)
{
    char sql[300];
    snprintf(world->url, sizeof world->url, "mqtts://%s:%d", host, fixture_mosquitto_port(world->broker));
    snprintf(sql, sizeof sql, "select count(*) from hutong.source_stat where last_loss like '%%%s%%'", words);
    PGconn *pg = kit_connect(world->database);
    kit_value(pg, "update source_stat set last_loss = null");
    PQfinish(pg);
    start(world);
    until(world, sql, 1);
    assert_int_equal(kit_worker_end(world->pid, SIGTERM), 0);
    world->pid = 0;
}

static void tls_is_used_and_its_failures_are_named(void **state)
{
    (void)state;
    struct world world = world_new();
    char ca[400];
    make_certificates(&world);
    fixture_mosquitto_start(world.broker, OPEN "cafile ca.pem\ncertfile broker.pem\nkeyfile broker.key\n");
    unsetenv("HUTONG_BROKER_CA");
    expect_loss(&world, "localhost", "HUTONG_BROKER_CA");
    snprintf(ca, sizeof ca, "%s/ca.pem", fixture_mosquitto_directory(world.broker));
    setenv("HUTONG_BROKER_CA", ca, 1);
    expect_loss(&world, "127.0.0.1", "made out to another host");
    snprintf(world.url, sizeof world.url, "mqtts://localhost:%d", fixture_mosquitto_port(world.broker));
    start(&world);
    int next = subscribed(&world, 0);
    AUTO(ingest_publisher) to = publisher(&world);
    send_fixes(&world, to, next, 5000); /* more than one reading of TLS */
    char sql[100];
    snprintf(sql, sizeof sql, "select count(*) from hutong.fix where t_event >= to_timestamp(%lld)",
             (long long)(world.now_s - 100000 + next));
    until(&world, sql, 5000);
    assert_int_equal(kit_worker_end(world.pid, SIGTERM), 0);
    fixture_mosquitto_stop(world.broker, SIGTERM);
    fixture_mosquitto_start(world.broker, OPEN); /* no TLS on this port any more */
    expect_loss(&world, "localhost", "TLS");
    unsetenv("HUTONG_BROKER_CA");
    world_end(&world);
}

/* --- several addresses --- */
/* Nobody accepts there, and its queue is full: connections are neither made nor refused, as by a host without power. */
static int dead_host(int *fds, size_t count)
{
    struct sockaddr_in at = {.sin_family = AF_INET};
    socklen_t len = sizeof at;
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    fds[0] = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(fds[0], (struct sockaddr *)&at, sizeof at), 0);
    assert_int_equal(listen(fds[0], 0), 0);
    assert_int_equal(getsockname(fds[0], (struct sockaddr *)&at, &len), 0);
    for (size_t i = 1; i < count; i++) {
        fds[i] = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        connect(fds[i], (struct sockaddr *)&at, sizeof at); /* on its way, for ever */
    }
    return ntohs(at.sin_port);
}

static void a_dead_host_is_passed_over(void **state)
{
    (void)state;
    struct world world = world_new();
    int fds[8];
    int port = fixture_mosquitto_port(world.broker);
    fixture_mosquitto_start(world.broker, OPEN);
    snprintf(world.url, sizeof world.url, "mqtt://127.0.0.1:%d,127.0.0.1:1,127.0.0.1:%d",
             dead_host(fds, BASE_COUNT(fds)), port);
    start(&world);
    until(&world, "select count(*) from hutong.source_stat where session_at is not null", 1);
    until(&world, "select losses from hutong.source_stat", 2);
    for (size_t i = 0; i < BASE_COUNT(fds); i++) {
        close(fds[i]);
    }
    subscribed(&world, 0);
    world_end(&world);
}

/* --- gauges --- */
/* While the worker is away a backlog gathers: the watermark must not pass that time before all of it is stored. */
static void watermark_waits_for_a_backlog(const char *lines)
{
    enum { BACKLOG = 12000 };
    struct world world = world_new();
    char early[300], late[300];
    fixture_mosquitto_start(world.broker, lines);
    start(&world);
    int next = subscribed(&world, 0);
    until(&world, "select count(*) from hutong.source_stat where dry_at > now() - interval '3 s'", 1);
    assert_int_equal(kit_worker_end(world.pid, SIGTERM), 0);
    PGconn *pg = kit_connect(world.database);
    int64_t before = kit_number(pg, "select count(*) from fix");
    AUTO(ingest_publisher) to = publisher(&world);
    send_fixes(&world, to, next, BACKLOG);
    int64_t sent_us = kit_number(pg, "select (extract(epoch from clock_timestamp()) * 1e6)::bigint");
    snprintf(
        early, sizeof early,
        "select (dry_at > 'epoch'::timestamptz + %lld * interval '1 us' and stored < %lld)::integer from source_stat",
        (long long)sent_us, (long long)before + BACKLOG);
    snprintf(late, sizeof late,
             "select (dry_at > 'epoch'::timestamptz + %lld * interval '1 us' and stored >= %lld)::integer from "
             "source_stat",
             (long long)sent_us, (long long)before + BACKLOG);
    start(&world);
    int64_t end = base_clock_mono_us() + PATIENCE;
    while (!kit_number(pg, late)) {
        assert_int_equal(kit_number(pg, early), 0);
        assert_true(base_clock_mono_us() < end);
    }
    PQfinish(pg);
    world_end(&world);
}

static void the_watermark_waits_for_a_backlog(void **state)
{
    (void)state;
    watermark_waits_for_a_backlog(OPEN);
}

/* The broker hands out few messages at a time: an empty socket says nothing. */
static void a_narrow_window_does_not_deceive_the_watermark(void **state)
{
    (void)state;
    watermark_waits_for_a_backlog("allow_anonymous true\nmax_inflight_messages 20\nmax_queued_messages 0\n");
}

static void what_is_held_shows(void **state)
{
    (void)state;
    struct world world = world_new();
    fixture_mosquitto_start(world.broker, OPEN);
    start(&world);
    int next = subscribed(&world, 0);
    PGconn *pg = kit_connect(world.database);
    kit_value(pg, "begin");
    kit_value(pg, "select epoch from lease for update"); /* the fence cannot pass */
    send_one(&world, next);
    until(&world, "select held_messages from hutong.source_stat where held_since < now()", 1);
    kit_value(pg, "rollback");
    PQfinish(pg);
    until(&world, "select count(*) from hutong.source_stat where held_since is null and held_messages = 0", 1);
    world_end(&world);
}

/* A subscriber that is away has room for 10 messages: the others are thrown away. */
static void what_the_broker_drops_is_counted_and_said(void **state)
{
    (void)state;
    struct world world = world_new();
    struct ingest_preflight preflight;
    const char *lines = "allow_anonymous true\nsys_interval 1\nmax_inflight_messages 10\nmax_queued_messages 10\n";
    fixture_mosquitto_start(world.broker, lines);
    start(&world);
    until(&world, "select dropped from hutong.broker_state where sys and version like 'mosquitto version%'", 0);
    ok(ingest_preflight(world.url, &diag, &preflight));
    assert_int_equal(preflight.kept, 10);
    until(&world, "select count(*) from hutong.broker_state where dropped > 0 and uptime_s > 0", 1);
    expect_logged(&world, "the broker throws messages away");
    world_end(&world);
}

/* --- doctor --- */
static struct base_buf report;

static int doctor(const struct world *world)
{
    const char *const argv[] = {fixture_binary(), "doctor", "--json", NULL};
    setenv("HUTONG_DATABASE", world->database, 1);
    setenv("HUTONG_BROKER", world->url, 1);
    base_buf_reset(&report);
    enum base_err err = cli_process_run(&(struct cli_process){.argv = argv, .death_signal = SIGKILL}, &diag, &report);
    unsetenv("HUTONG_BROKER");
    unsetenv("HUTONG_DATABASE");
    return err;
}

/* The check of that name has that level and these words. */
static void check_says(const char *name, const char *level, const char *words)
{
    char start_text[100];
    snprintf(start_text, sizeof start_text, "{\"name\":\"%s\",\"level\":\"%s\"", name, level);
    const char *at = strstr(base_buf_cstr(&report), start_text);
    const char *end = at ? strchr(at, '}') : NULL;
    const char *found = at ? strstr(at, words) : NULL;
    if (!found || found > end) {
        fail_msg("%s %s \"%s\": %s", name, level, words, base_buf_cstr(&report));
    }
}

static void doctor_tries_out_what_the_broker_keeps(void **state)
{
    (void)state;
    struct world world = world_new();
    AUTO(fixture_server) server = fixture_server_new(FIXTURE_POSTGRES); /* one that syncs, else doctor has to say so */
    world.database = fixture_server_database(server);
    base_buf_init(&report, 1 << 20);
    fixture_mosquitto_start(world.broker, OPEN);
    assert_int_equal(doctor(&world), BASE_OK);
    check_says("broker", "ok", "lets us in");
    check_says("broker_protocol", "ok", "MQTT 5");
    check_says("broker_queue", "ok", "keeps at least 2,000");
    check_says("broker_window", "ok", "2,000 messages and more");
    fixture_mosquitto_stop(world.broker, SIGTERM);
    fixture_mosquitto_start(world.broker, "allow_anonymous true\nmax_keepalive 20\nmax_packet_size 100000\n"
                                          "retain_available false\n");
    assert_int_not_equal(doctor(&world), BASE_OK);
    check_says("broker_queue", "fail", "kept only 1,000 of 2,000");
    check_says("broker_queue", "fail", "max_queued_messages");
    check_says("broker_keepalive", "warn", "20 s");
    check_says("broker_packets", "warn", "up to 100000 bytes");
    check_says("broker_retain", "warn", "retain_available");
    fixture_mosquitto_stop(world.broker, SIGTERM);
    fixture_mosquitto_write(world.broker, "rights", "topic read owntracks/#\n");
    fixture_mosquitto_start(world.broker, "allow_anonymous true\nacl_file rights\n");
    assert_int_equal(doctor(&world), BASE_OK);
    check_says("broker_queue", "warn", "not tested: this user may not");
    fixture_mosquitto_stop(world.broker, SIGTERM);
    fixture_mosquitto_password(world.broker, "ingest", "secret");
    fixture_mosquitto_start(world.broker, "password_file passwords\n");
    assert_int_not_equal(doctor(&world), BASE_OK);
    check_says("broker", "fail", "ot authori");
    fixture_mosquitto_stop(world.broker, SIGTERM);
    assert_int_not_equal(doctor(&world), BASE_OK);
    check_says("broker", "fail", "Connection refused");
    base_buf_release(&report);
    world_end(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_wrong_password_is_named_until_it_is_right),
        cmocka_unit_test(topics_that_are_refused_are_named_until_they_are_allowed),
        cmocka_unit_test(a_forgotten_session_is_a_gap),
        cmocka_unit_test(a_proxy_without_its_broker_is_no_old_broker),
        cmocka_unit_test(a_message_over_1_mib_is_a_dead_letter),
        cmocka_unit_test(tls_is_used_and_its_failures_are_named),
        cmocka_unit_test(a_dead_host_is_passed_over),
        cmocka_unit_test(the_watermark_waits_for_a_backlog),
        cmocka_unit_test(a_narrow_window_does_not_deceive_the_watermark),
        cmocka_unit_test(what_is_held_shows),
        cmocka_unit_test(what_the_broker_drops_is_counted_and_said),
        cmocka_unit_test(doctor_tries_out_what_the_broker_keeps),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
