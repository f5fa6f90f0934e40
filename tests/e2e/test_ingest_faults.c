/* Nothing lost, nothing doubled: 20,000 QoS 1 messages flow while the worker is killed 20 times - at least five of them
 * between COMMIT and its acknowledgements -, PostgreSQL crashes, connections to the broker are cut and the broker
 * restarts. Every message's event is there exactly once. HUTONG_SEED repeats a run. */
#include "fixture/ingest_kit.h"

#include <arpa/inet.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <sys/socket.h>

#include <cmocka.h>

enum {
    MESSAGES = 20000,
    DEAD_EVERY = 200,                 /* every so many messages, one that cannot be decoded */
    DEAD = MESSAGES / DEAD_EVERY + 1, /* and the probe */
    DEVICES = 40,
    KILLS = 20,
    FAULTS = 7, /* kills at the fault point */
    POSTGRES_CRASHES = 4,
    CUTS = 6,
    BROKER_RESTARTS = 1,
    PROXY_MAX = 16
};

static uint64_t dice_state;

/* xorshift64*: the same seed gives the same moments. */
static int dice(int least, int most)
{
    dice_state ^= dice_state >> 12;
    dice_state ^= dice_state << 25;
    dice_state ^= dice_state >> 27;
    return least + (int)((dice_state * UINT64_C(2685821657736338717) >> 33) % (uint64_t)(most - least + 1));
}

static void pass_ms(int ms)
{
    poll(NULL, 0, ms);
}

/* --- a wire between worker and broker that can be cut: SIGUSR1 closes every connection --- */
static volatile sig_atomic_t cut;

static void on_cut(int number)
{
    (void)number;
    cut = 1;
}

static int dial(int port)
{
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (connect(fd, (struct sockaddr *)&to, sizeof to) != 0) {
        close(fd);
        return -1;
    }
    return fd;
}

static bool pump(int from, int to)
{
    char buf[16384];
    ssize_t len = read(from, buf, sizeof buf);
    for (ssize_t sent = 0; sent < len;) {
        ssize_t wrote = write(to, buf + sent, (size_t)(len - sent));
        if (wrote <= 0) {
            return false;
        }
        sent += wrote;
    }
    return len > 0;
}

/* Pairs stand side by side: fds[i] and fds[i ^ 1]. */
static void proxy_step(struct pollfd fds[PROXY_MAX + 1], int listener, int port)
{
    if (poll(fds, PROXY_MAX + 1, 1000) > 0 && fds[PROXY_MAX].revents) {
        int near = accept(listener, NULL, NULL);
        int far = dial(port);
        int at = 0;
        while (at < PROXY_MAX && fds[at].fd >= 0) {
            at += 2;
        }
        if (near < 0 || far < 0 || at == PROXY_MAX) {
            close(near);
            close(far);
        } else {
            fds[at] = (struct pollfd){.fd = near, .events = POLLIN};
            fds[at + 1] = (struct pollfd){.fd = far, .events = POLLIN};
        }
    }
    for (int i = 0; i < PROXY_MAX; i++) {
        bool broken = fds[i].fd >= 0 && fds[i].revents && !pump(fds[i].fd, fds[i ^ 1].fd);
        if (broken || (cut && fds[i].fd >= 0)) {
            close(fds[i].fd);
            close(fds[i ^ 1].fd);
            fds[i].fd = fds[i ^ 1].fd = -1;
        }
    }
    cut = 0;
}

static pid_t proxy_start(int broker_port, int *ret_port)
{
    int listener = socket(AF_INET, SOCK_STREAM, 0);
    struct sockaddr_in at = {.sin_family = AF_INET};
    socklen_t len = sizeof at;
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    assert_int_equal(bind(listener, (struct sockaddr *)&at, sizeof at), 0);
    assert_int_equal(listen(listener, 16), 0);
    assert_int_equal(getsockname(listener, (struct sockaddr *)&at, &len), 0);
    *ret_port = ntohs(at.sin_port);
    pid_t pid = fork();
    if (pid == 0) {
        struct pollfd fds[PROXY_MAX + 1];
        struct sigaction action = {.sa_handler = on_cut};
        sigaction(SIGUSR1, &action, NULL);
        signal(SIGPIPE, SIG_IGN);
        for (int i = 0; i < PROXY_MAX; i++) {
            fds[i] = (struct pollfd){.fd = -1};
        }
        fds[PROXY_MAX] = (struct pollfd){.fd = listener, .events = POLLIN};
        for (;;) {
            proxy_step(fds, listener, broker_port);
        }
    }
    close(listener);
    return pid;
}

/* The same address with the proxy's port. */
static const char *through_proxy(const char *broker, pid_t *ret_pid)
{
    static char url[256];
    const char *colon = strrchr(broker, ':');
    int64_t port = 0;
    int proxy_port = 0;
    base_str_i64(base_str_of(colon + 1), &port);
    *ret_pid = proxy_start((int)port, &proxy_port);
    snprintf(url, sizeof url, "%.*s:%d", (int)(colon - broker), broker, proxy_port);
    return url;
}

/* --- the stream --- */
static void publish_one(struct ingest_publisher *publisher, int64_t start_s, int number)
{
    struct base_diag diag = {.text = ""};
    char topic[64], payload[160];
    snprintf(topic, sizeof topic, "owntracks/guard/%d", number % DEVICES);
    int len = snprintf(payload, sizeof payload,
                       "{\"_type\":\"location\",\"lat\":%.6f,\"lon\":121.4,\"tst\":%lld,"
                       "\"acc\":5}",
                       31.0 + number * 1e-6, (long long)(start_s + number / DEVICES));
    enum base_err err = ingest_publisher_send(publisher, topic, payload, (size_t)len, 1, false, &diag);
    if (!err && number % DEAD_EVERY == 0) {
        len = snprintf(payload, sizeof payload, "not a message %d", number);
        err = ingest_publisher_send(publisher, topic, payload, (size_t)len, 1, false, &diag);
    }
    if (err) {
        kit_die("publish", diag.text);
    }
}

/* Bursts with pauses, about 400 a second, so that the stream outlasts all faults. */
static pid_t publisher_start(const char *broker, int64_t start_s)
{
    pid_t pid = fork();
    if (pid != 0) {
        return pid;
    }
    struct base_diag diag = {.text = ""};
    struct ingest_publisher *publisher = NULL;
    if (ingest_publisher_new(broker, "faults-publisher", &diag, &publisher)) {
        kit_die("publisher", diag.text);
    }
    for (int number = 0; number < MESSAGES;) {
        for (int burst = dice(1, 60); burst > 0 && number < MESSAGES; burst--) {
            publish_one(publisher, start_s, number++);
        }
        pass_ms(dice(0, 150));
    }
    if (ingest_publisher_wait(publisher, 60000, &diag)) {
        kit_die("publisher", diag.text);
    }
    ingest_publisher_free(publisher);
    _exit(0);
}

/* --- the faults, in an order that the seed decides --- */
struct faults {
    struct fixture_server *server;
    struct kit_worker worker;
    pid_t pid, proxy;
    int kills, hits, crashes, cuts, restarts;
};

static void start_worker(struct faults *faults, const char *fault)
{
    faults->worker.fault = fault;
    faults->pid = kit_worker_start(&faults->worker);
}

/* Waits until the worker has killed itself at the fault point; false when there was nothing to commit for 10 s. */
static bool fault_hit(struct faults *faults)
{
    int64_t end = base_clock_mono_us() + INT64_C(10000000);
    while (base_clock_mono_us() < end) {
        int status;
        if (waitpid(faults->pid, &status, WNOHANG) == faults->pid) {
            return WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
        }
        pass_ms(2);
    }
    kit_worker_end(faults->pid, SIGKILL);
    return false;
}

static void kill_at_fault_point(struct faults *faults)
{
    char fault[40];
    kit_worker_end(faults->pid, SIGKILL);
    snprintf(fault, sizeof fault, "after_commit:%d", dice(1, 25));
    start_worker(faults, fault);
    faults->hits += fault_hit(faults);
    faults->kills++;
    start_worker(faults, NULL);
}

static void one_fault(struct faults *faults, int which)
{
    if (which < FAULTS) {
        kill_at_fault_point(faults);
    } else if (which < KILLS) {
        kit_worker_end(faults->pid, SIGKILL);
        faults->kills++;
        start_worker(faults, NULL);
    } else if (which < KILLS + POSTGRES_CRASHES) {
        fixture_server_kill(faults->server, FIXTURE_POSTGRES);
        pass_ms(dice(0, 400));
        fixture_server_start(faults->server, FIXTURE_POSTGRES);
        faults->crashes++;
    } else if (which < KILLS + POSTGRES_CRASHES + CUTS) {
        kill(faults->proxy, SIGUSR1);
        faults->cuts++;
    } else {
        fixture_server_stop(faults->server, FIXTURE_BROKER);
        fixture_server_start(faults->server, FIXTURE_BROKER);
        faults->restarts++;
    }
}

static void all_faults(struct faults *faults)
{
    int order[KILLS + POSTGRES_CRASHES + CUTS + BROKER_RESTARTS];
    int count = (int)BASE_COUNT(order);
    for (int i = 0; i < count; i++) {
        int at = dice(0, i);
        order[i] = order[at];
        order[at] = i;
    }
    for (int i = 0; i < count; i++) {
        pass_ms(dice(50, 1600));
        one_fault(faults, order[i]);
    }
}

/* --- what must be true afterwards --- */
static void check(PGconn *pg, const struct faults *faults, int64_t start_s)
{
    char sql[1024];
    int dead = DEAD;
    int64_t events = kit_number(pg, "select count(*) from fix");
    int64_t distinct = kit_number(pg, "select count(distinct dedup) from fix");
    int64_t letters = kit_number(pg, "select count(*) from dead_letter");
    int64_t received = kit_number(pg, "select received from source_stat");
    int64_t duplicates = kit_number(pg, "select duplicate from source_stat");
    int64_t stored = kit_number(pg, "select stored from source_stat");
    int64_t epoch = kit_number(pg, "select epoch from lease");
    snprintf(
        sql, sizeof sql,
        "with sent as (select to_timestamp(%lld + n / %d) as t, (31000000 + n) / 1e6::float8 as lat, n from "
        "generate_series(0, %d) n) select (select count(*) from (select t, lat from sent except select t_event, lat "
        "from fix) a) + (select count(*) from (select t_event, lat from fix except select t, lat from sent) b)",
        (long long)start_s, DEVICES, MESSAGES - 1);
    int64_t difference = kit_number(pg, sql);
    int64_t assets =
        kit_number(pg, "select count(*) from asset_state a where (t_event, lat) = (select t_event, lat from "
                       "fix f where f.subject = a.subject order by t_event desc limit 1)");
    printf("messages %d events %lld distinct %lld missing_or_extra %lld dead_letters %lld/%d stored_counter %lld "
           "assets %lld/%d\n",
           MESSAGES, (long long)events, (long long)distinct, (long long)difference, (long long)letters, dead,
           (long long)stored, (long long)assets, DEVICES);
    printf("kills %d fault_point_hits %d postgres_crashes %d cuts %d broker_restarts %d received %lld duplicates "
           "%lld epoch %lld\n",
           faults->kills, faults->hits, faults->crashes, faults->cuts, faults->restarts, (long long)received,
           (long long)duplicates, (long long)epoch);
    assert_int_equal(events, MESSAGES);
    assert_int_equal(distinct, MESSAGES);
    assert_int_equal(difference, 0);
    assert_int_equal(stored, MESSAGES);
    assert_int_equal(letters, dead);
    assert_int_equal(assets, DEVICES);
    assert_int_equal(faults->kills, KILLS);
    assert_true(faults->hits >= 5);
    assert_true(duplicates > 0); /* else nothing was ever redelivered, and nothing was tested */
}

/* From its first subscription on, the broker keeps everything for the worker: a probe that arrives proves it. */
static void wait_for_subscription(const char *database, const char *broker)
{
    struct base_diag diag = {.text = ""};
    AUTO(ingest_publisher) publisher = NULL;
    int64_t arrived = 0;
    assert_int_equal(ingest_publisher_new(broker, "faults-probe", &diag, &publisher), BASE_OK);
    for (int i = 0; i < 100 && arrived != 1; i++) {
        assert_int_equal(ingest_publisher_send(publisher, "owntracks/probe/1", "probe", 5, 1, false, &diag), BASE_OK);
        arrived = kit_until(database, "select count(*) from hutong.dead_letter", 1, INT64_C(200000));
    }
    assert_int_equal(arrived, 1);
}

static void every_event_is_there_exactly_once(void **state)
{
    (void)state;
    const char *given = getenv("HUTONG_SEED");
    int64_t seed = base_clock_now_us() % 1000000007, start_s = base_clock_now_us() / 1000000 - 3600;
    char log[256];
    int status = 0;
    base_str_i64(base_str_of(given), &seed);
    dice_state = (uint64_t)seed * 2 + 1;
    AUTO(fixture_server) server = fixture_server_new(FIXTURE_BOTH);
    const char *var = fixture_scratch();
    snprintf(log, sizeof log, "%s/ingest.log", var);
    printf("seed %lld (HUTONG_SEED=%lld repeats it) log %s\n", (long long)seed, (long long)seed, log);
    fflush(stdout);
    const char *database = fixture_server_database(server);
    kit_source(database, "guards", "owntracks/#", true);
    struct faults faults = {.server = server, .worker = {.database = database, .var = var, .log = log}};
    faults.worker.broker = through_proxy(fixture_server_broker(server), &faults.proxy);
    start_worker(&faults, NULL);
    wait_for_subscription(database, fixture_server_broker(server));
    pid_t publisher = publisher_start(fixture_server_broker(server), start_s);
    all_faults(&faults);
    assert_int_equal(waitpid(publisher, &status, 0), publisher);
    assert_int_equal(status, 0);
    kit_until(database, "select count(*) from hutong.fix", MESSAGES, INT64_C(60000000));
    kit_until(database, "select count(*) from hutong.dead_letter", DEAD, INT64_C(20000000));
    assert_int_equal(kit_worker_end(faults.pid, SIGTERM), 0);
    kit_worker_end(faults.proxy, SIGKILL);
    PGconn *pg = kit_connect(database);
    check(pg, &faults, start_s);
    assert_int_equal(kit_number(pg, "select count(*) from lease where owner is not null"), 0);
    PQfinish(pg);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(every_event_is_there_exactly_once)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
