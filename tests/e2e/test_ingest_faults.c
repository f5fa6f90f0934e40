/* Nothing lost, nothing doubled: two workers share four sources of 20,000 QoS 1 messages, one in ten without a time of
 * its own and each of those followed by genuine repeats of the very same bytes. Workers are killed 20 times - at least
 * five of them between COMMIT and its acknowledgements - and stopped 5 times, PostgreSQL crashes 5 times, connections
 * to the broker are cut 5 times, and the broker restarts. In the end facts, passes and states are those of a run in
 * which nothing happened. HUTONG_SEED repeats a run. */
#include "fixture/ingest_kit.h"
#include "fixture/wire.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

enum {
    SOURCES = 4,
    DEVICES = 40, /* ten a source */
    MESSAGES = 20000,
    WILL_EVERY = 10,  /* of the messages, one is a will, which has no time */
    DEAD_EVERY = 100, /* and so many times one is added that cannot be decoded */
    WILLS = MESSAGES / WILL_EVERY,
    FIXES = MESSAGES - WILLS,
    DEAD = MESSAGES / DEAD_EVERY,
    WORKERS = 2,
    KILLS = 20,
    FAULTS = 8, /* kills at the fault point */
    STOPS = 5,
    LONG_STOPS = 2, /* longer than the lease: the other worker takes over */
    POSTGRES_CRASHES = 5,
    CUTS = 5,
    LEASE_MS = 10000
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

/* --- the stream: 40 guards walk north past a row of buildings --- */
static void publish(struct ingest_publisher *publisher, const char *topic, const char *payload)
{
    struct base_diag diag = {.text = ""};
    if (ingest_publisher_send(publisher, topic, payload, strlen(payload), 1, false, &diag)) {
        kit_die("publish", diag.text);
    }
}

static void publish_one(struct ingest_publisher *publisher, int64_t start_s, int number)
{
    char topic[64], payload[160];
    int device = number % DEVICES, step = number / DEVICES;
    snprintf(topic, sizeof topic, "faults-%d/guard/%d", device % SOURCES, device);
    if ((device + step) % WILL_EVERY == 0) {
        publish(publisher, topic, "{\"_type\":\"lwt\"}");
    } else {
        snprintf(payload, sizeof payload, "{\"_type\":\"location\",\"lat\":%.6f,\"lon\":%.6f,\"tst\":%lld,\"acc\":5}",
                 31.0 + step * 15e-6, 121.4 + device * 2e-6, (long long)(start_s + step));
        publish(publisher, topic, payload);
    }
    if (number % DEAD_EVERY == 0) {
        publish(publisher, topic, "not a message");
    }
}

/* Half-way, when the broker has taken everything, it stops itself: then the broker may restart. (What it restarts amid
 * a publisher must send again, and of a will nobody could say whether it is the same.) */
static void rest(struct ingest_publisher *publisher)
{
    struct base_diag diag = {.text = ""};
    if (ingest_publisher_wait(publisher, 60000, &diag)) {
        kit_die("publisher", diag.text);
    }
    raise(SIGSTOP);
}

/* In bursts with pauses, about 200 a second, so that the stream outlasts all faults; or, undisturbed, at once. */
static pid_t publisher_start(const char *broker, int64_t start_s, bool slowly)
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
            if (number == MESSAGES / 2) {
                rest(publisher);
            }
        }
        pass_ms(slowly ? dice(0, 250) : 0);
    }
    if (ingest_publisher_wait(publisher, 120000, &diag)) {
        kit_die("publisher", diag.text);
    }
    ingest_publisher_free(publisher);
    _exit(0);
}

/* NULL: the broker stays as it is. */
static void wake_publisher(pid_t publisher, struct fixture_server *server)
{
    if (server) {
        fixture_server_stop(server, FIXTURE_BROKER);
        fixture_server_start(server, FIXTURE_BROKER);
    }
    kill(publisher, SIGCONT);
}

/* options: WNOHANG for a look. True: it has sent everything. */
static bool publisher_ended(pid_t publisher, struct fixture_server *server, int options)
{
    int status = 0;
    pid_t changed = waitpid(publisher, &status, WUNTRACED | options);
    assert_true(changed != -1);
    if (changed == 0) {
        return false;
    }
    if (WIFSTOPPED(status)) {
        wake_publisher(publisher, server);
        return false;
    }
    assert_int_equal(status, 0);
    return true;
}

static void run_publisher_to_end(pid_t publisher, struct fixture_server *server)
{
    while (!publisher_ended(publisher, server, 0)) {
    }
}

/* --- the scene, the same in both databases --- */
static void make_scene(const char *database)
{
    PGconn *pg = kit_connect(database);
    for (int source = 0; source < SOURCES; source++) {
        char name[32], topic[64];
        snprintf(name, sizeof name, "guards-%d", source);
        snprintf(topic, sizeof topic, "faults-%d/#", source);
        kit_source(database, name, topic, true);
    }
    kit_value(pg, "insert into building (estate_id, dataset, key, levels, levels_source, height_m, height_source, "
                  "area_m2, lon, lat, geom) select 0, 't', n::text, 6, 'given', 18, 'levels', 400, 121.4002, "
                  "31 + n * 3e-4, st_multi(st_makeenvelope(121.4001, 31 + n * 3e-4, 121.4003, 31.0002 + n * 3e-4, "
                  "4326)) from generate_series(0, 30) n");
    kit_value(pg, "insert into zone (estate_id, dataset, key, kind, geom) select 0, 't', n::text, 'sanitation', "
                  "st_multi(st_makeenvelope(121.399, 31 + n * 2e-3, 121.401, 31.001 + n * 2e-3, 4326)) from "
                  "generate_series(0, 4) n");
    kit_value(pg, "insert into checkpoint (estate_id, dataset, key, geom) select 0, 't', n::text, "
                  "st_setsrid(st_makepoint(121.4, 31 + n * 1e-3), 4326) from generate_series(0, 9) n");
    kit_value(pg, "update place_version set version = version + 1");
    PQfinish(pg);
}

/* From its first subscription on, the broker keeps everything for a source. */
static void wait_for_subscriptions(const char *database, const char *broker)
{
    for (int source = 0; source < SOURCES; source++) {
        char topic[64];
        snprintf(topic, sizeof topic, "faults-%d/probe/1", source);
        kit_wait_subscribed(database, broker, topic);
    }
}

#define DEAD_SQL "select count(*) from hutong.dead_letter where size < 1000" /* without the probes */

static void wait_for_all(const char *database)
{
    kit_until(database, "select count(*) from hutong.fix", FIXES, INT64_C(90000000));
    kit_until(database, "select count(*) from hutong.event", WILLS, INT64_C(30000000));
    kit_until(database, DEAD_SQL, DEAD, INT64_C(30000000));
}

/* --- the faults, in an order that the seed decides --- */
struct faults {
    struct fixture_server *server;
    struct {
        struct kit_worker options;
        char broker[256]; /* through the wire */
        pid_t pid, wire;
    } workers[WORKERS];
    int kills, hits, stops, crashes, cuts;
};

static void start_worker(struct faults *faults, int which, const char *fault)
{
    faults->workers[which].options.fault = fault;
    faults->workers[which].pid = kit_worker_start(&faults->workers[which].options);
}

/* Waits until the worker has killed itself at the fault point; false when there was nothing to commit for 10 s. */
static bool fault_hit(struct faults *faults, int which)
{
    int64_t end = base_clock_mono_us() + INT64_C(10000000);
    while (base_clock_mono_us() < end) {
        int status;
        if (waitpid(faults->workers[which].pid, &status, WNOHANG) == faults->workers[which].pid) {
            return WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
        }
        pass_ms(2);
    }
    kit_worker_end(faults->workers[which].pid, SIGKILL);
    return false;
}

static void kill_worker(struct faults *faults, int which, bool at_fault_point)
{
    kit_worker_end(faults->workers[which].pid, SIGKILL);
    faults->kills++;
    if (at_fault_point) {
        char fault[40];
        snprintf(fault, sizeof fault, "after_commit:%d", dice(1, 15));
        start_worker(faults, which, fault);
        faults->hits += fault_hit(faults, which);
    }
    start_worker(faults, which, NULL);
}

static void stop_worker(struct faults *faults, int which)
{
    bool longer = faults->stops++ < LONG_STOPS;
    kill(faults->workers[which].pid, SIGSTOP);
    pass_ms(longer ? LEASE_MS + dice(500, 3000) : dice(100, 2000));
    kill(faults->workers[which].pid, SIGCONT);
}

static void one_fault(struct faults *faults, int number)
{
    int which = dice(0, WORKERS - 1);
    if ((number -= KILLS) < 0) {
        kill_worker(faults, which, number < FAULTS - KILLS);
    } else if ((number -= STOPS) < 0) {
        stop_worker(faults, which);
    } else if ((number -= POSTGRES_CRASHES) < 0) {
        fixture_server_kill(faults->server, FIXTURE_POSTGRES);
        pass_ms(dice(0, 400));
        fixture_server_start(faults->server, FIXTURE_POSTGRES);
        faults->crashes++;
    } else {
        kill(faults->workers[which].wire, SIGUSR1);
        faults->cuts++;
    }
}

/* True: the publisher has ended meanwhile, as it may on a slow machine. */
static bool all_faults(struct faults *faults, pid_t publisher)
{
    bool ended = false;
    int order[KILLS + STOPS + POSTGRES_CRASHES + CUTS];
    int count = (int)BASE_COUNT(order);
    for (int i = 0; i < count; i++) {
        int at = dice(0, i);
        order[i] = order[at];
        order[at] = i;
    }
    for (int i = 0; i < count; i++) {
        pass_ms(dice(50, 1600));
        one_fault(faults, order[i]);
        ended = ended || publisher_ended(publisher, faults->server, WNOHANG);
    }
    return ended;
}

/* --- what must be true afterwards: everything that follows from the messages alone is the same --- */
#define DIGEST(columns, from)                                                                                          \
    "select count(*) || ' rows ' || md5(string_agg(t::text, ';' order by t)) from (select " columns " from " from ") " \
    "t"

static const struct {
    const char *name, *sql;
} digests[] = {
    {"fixes", DIGEST("t_event, dedup, subject, shift_id, lon, lat, place_method, building_id", "fix")},
    {"wills", DIGEST("dedup, subject, kind, t_source", "event")},
    {"assets",
     DIGEST("subject, subject_type, shift_id, t_event, lon, lat, building_id, at_estate_id, track", "asset_state")},
    {"passes", DIGEST("distinct on (estate_id, t_event, subject, place_kind, place_id) estate_id, t_event, subject, "
                      "place_kind, place_id, t_to, nearest_m, acc_m, fixes, open, method",
                      "pass order by estate_id, t_event, subject, place_kind, place_id, version desc")},
    {"buildings", DIGEST("building_id, last_pass_at, last_pass_subject_type, last_event_at", "building_state")},
    {"zones", DIGEST("zone_id, last_pass_at, last_pass_subject_type", "zone_state")},
    {"stretches", DIGEST("subject, t_from, t_to", "stretch")},
};

static void check_same(PGconn *quiet, PGconn *disturbed)
{
    int different = 0;
    for (size_t i = 0; i < BASE_COUNT(digests); i++) {
        char *wanted = strdup(kit_value(quiet, digests[i].sql));
        const char *found = kit_value(disturbed, digests[i].sql);
        bool same = strcmp(wanted, found) == 0;
        printf("%s undisturbed %s disturbed %s %s\n", digests[i].name, wanted, found, same ? "same" : "DIFFERENT");
        different += !same;
        free(wanted);
    }
    fflush(stdout);
    assert_int_equal(different, 0);
}

static void check(PGconn *pg, const struct faults *faults)
{
    int64_t fixes = kit_number(pg, "select count(*) from fix"), wills = kit_number(pg, "select count(*) from event");
    int64_t dead = kit_number(pg, DEAD_SQL), stored = kit_number(pg, "select sum(stored) from source_stat");
    int64_t duplicates = kit_number(pg, "select sum(duplicate) from source_stat");
    printf("messages %d events %lld (%lld fixes of %d, %lld wills of %d) dead_letters %lld of %d stored_counter %lld\n",
           MESSAGES + DEAD, (long long)(fixes + wills), (long long)fixes, FIXES, (long long)wills, WILLS,
           (long long)dead, DEAD, (long long)stored);
    printf("kills %d fault_point_hits %d stops %d postgres_crashes %d cuts %d broker_restarts 1 received %lld "
           "duplicates %lld epochs %lld\n",
           faults->kills, faults->hits, faults->stops, faults->crashes, faults->cuts,
           (long long)kit_number(pg, "select sum(received) from source_stat"), (long long)duplicates,
           (long long)kit_number(pg, "select sum(epoch) from lease"));
    fflush(stdout);
    assert_int_equal(fixes, FIXES);
    assert_int_equal(wills, WILLS);
    assert_int_equal(dead, DEAD);
    assert_int_equal(stored, FIXES + WILLS);
    assert_int_equal(faults->kills, KILLS);
    assert_true(faults->hits >= 5);
    assert_true(duplicates > 0); /* else nothing was ever redelivered, and nothing was tested */
    assert_int_equal(kit_number(pg, "select count(*) from lease where owner is not null"), 0);
    assert_int_equal(kit_number(pg, "select coalesce(sum(cardinality(unsettled)), 0) from lease"), 0);
}

static const char *run_undisturbed(const char *var, int64_t start_s)
{
    const char *database = fixture_database();
    make_scene(database);
    pid_t worker = kit_worker_start(&(struct kit_worker){.database = database, .broker = fixture_broker(), .var = var});
    wait_for_subscriptions(database, fixture_broker());
    run_publisher_to_end(publisher_start(fixture_broker(), start_s, false), NULL);
    wait_for_all(database);
    assert_int_equal(kit_worker_end(worker, SIGTERM), 0);
    return database;
}

static const char *run_disturbed(struct faults *faults, const char *var, const char *log, int64_t start_s)
{
    const char *database = fixture_server_database(faults->server);
    make_scene(database);
    for (int i = 0; i < WORKERS; i++) {
        faults->workers[i].options = (struct kit_worker){.database = database, .var = var, .log = log};
        faults->workers[i].wire = wire_through(fixture_server_broker(faults->server), faults->workers[i].broker);
        faults->workers[i].options.broker = faults->workers[i].broker;
        start_worker(faults, i, NULL);
    }
    wait_for_subscriptions(database, fixture_server_broker(faults->server));
    pid_t publisher = publisher_start(fixture_server_broker(faults->server), start_s, true);
    if (!all_faults(faults, publisher)) {
        run_publisher_to_end(publisher, faults->server);
    }
    wait_for_all(database);
    kit_until(database, "select coalesce(sum(cardinality(unsettled)), 0) from hutong.lease", 0, INT64_C(10000000));
    for (int i = 0; i < WORKERS; i++) {
        assert_int_equal(kit_worker_end(faults->workers[i].pid, SIGTERM), 0);
        kit_worker_end(faults->workers[i].wire, SIGKILL);
    }
    return database;
}

/* None of the faults may look like a broker that knows no MQTT 5: with 3.1.1 repeats are told less well. */
static void check_protocol(const char *path)
{
    struct base_diag diag = {.text = ""};
    AUTO_VALUE(base_buf) log;
    base_buf_init(&log, 64 << 20);
    if (base_file_read(path, 32 << 20, &diag, &log)) {
        kit_die("log", diag.text);
    }
    assert_non_null(strstr(base_buf_cstr(&log), "mqtt=5"));
    assert_null(strstr(base_buf_cstr(&log), "mqtt=4"));
}

static void every_event_is_there_exactly_once(void **state)
{
    (void)state;
    int64_t seed = base_clock_now_us() % 1000000007, start_s = base_clock_now_us() / 1000000 - 3600;
    char log[256];
    base_str_i64(base_str_of(getenv("HUTONG_SEED")), &seed);
    dice_state = (uint64_t)seed * 2 + 1;
    AUTO(fixture_server) server = fixture_server_new(FIXTURE_BOTH);
    const char *var = fixture_scratch();
    snprintf(log, sizeof log, "%s/ingest.log", var);
    printf("seed %lld (HUTONG_SEED=%lld repeats it) log %s\n", (long long)seed, (long long)seed, log);
    fflush(stdout);
    struct faults faults = {.server = server};
    PGconn *quiet = kit_connect(run_undisturbed(var, start_s));
    PGconn *disturbed = kit_connect(run_disturbed(&faults, var, log, start_s));
    check_protocol(log);
    check(disturbed, &faults);
    check_same(quiet, disturbed);
    PQfinish(quiet);
    PQfinish(disturbed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(every_event_is_there_exactly_once)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
