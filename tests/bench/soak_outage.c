/* A long absence of the database under steady load: PostgreSQL is away while a publisher sends 5,000 events a second on
 * and on; then it comes back, the load goes on, and the backlog that the broker kept is worked off.
 *
 *   soak_outage [SECONDS [EVENTS_A_SECOND]]     300 and 5,000 when not given
 */
#include "fixture/ingest_kit.h"

#include <poll.h>

enum { DEVICES = 1000, WARM_S = 10, PATIENCE_S = 600, TICK_MS = 20 };

static int outage_s = 300, rate = 5000;

static void send_one(struct ingest_publisher *publisher, int64_t start_s, int64_t number)
{
    struct base_diag diag = {.text = ""};
    char topic[64], payload[200];
    int64_t device = number % DEVICES;
    snprintf(topic, sizeof topic, "owntracks/guard/%lld", (long long)device);
    int len = snprintf(payload, sizeof payload,
                       "{\"_type\":\"location\",\"lat\":%.7f,\"lon\":%.7f,\"tst\":%lld,\"acc\":8,\"batt\":50}",
                       31.02 + (double)(device % 40) * 4e-4 + (double)(number / DEVICES) * 1e-6,
                       121.4 + (double)(device / 40) * 6e-4, (long long)(start_s + number / DEVICES));
    if (ingest_publisher_send(publisher, topic, payload, (size_t)len, 1, false, &diag)) {
        kit_die("publish", diag.text);
    }
}

/* Sends at the rate until its parent closes the pipe; then tells on it how many there were. */
static void publish(const char *broker, int quit, int told)
{
    struct base_diag diag = {.text = ""};
    struct ingest_publisher *publisher = NULL;
    int64_t number = 0, begin_us = base_clock_mono_us(), start_s = base_clock_now_us() / 1000000 - 3600;
    struct pollfd wait = {.fd = quit, .events = POLLIN};
    if (ingest_publisher_new(broker, "soak-publisher", &diag, &publisher)) {
        kit_die("publisher", diag.text);
    }
    while (poll(&wait, 1, TICK_MS) == 0) {
        int64_t due = (base_clock_mono_us() - begin_us) * rate / 1000000;
        while (number < due) {
            send_one(publisher, start_s, number++);
        }
    }
    if (ingest_publisher_wait(publisher, 60000, &diag) || write(told, &number, sizeof number) != sizeof number) {
        kit_die("publisher", diag.text);
    }
    ingest_publisher_free(publisher);
    _exit(0);
}

/* Kilobytes resident now, of the process. */
static int64_t resident_kb(pid_t pid)
{
    char path[64];
    AUTO_VALUE(base_buf) text;
    base_buf_init(&text, 1 << 18);
    snprintf(path, sizeof path, "/proc/%d/status", (int)pid);
    if (base_file_read(path, 1 << 16, NULL, &text)) {
        return -1;
    }
    const char *line = strstr(base_buf_cstr(&text), "VmRSS:");
    return line ? strtoll(line + 6, NULL, 10) : -1;
}

static int64_t watch_s(pid_t worker, int seconds, int64_t most_kb)
{
    for (int i = 0; i < seconds; i++) {
        poll(NULL, 0, 1000);
        int64_t now_kb = resident_kb(worker);
        most_kb = now_kb > most_kb ? now_kb : most_kb;
    }
    return most_kb;
}

/* Until no more than a second's load is not stored yet; seconds, or -1. */
static int64_t drain_s(const char *database, pid_t worker, int64_t begin_us, int64_t *most_kb)
{
    int64_t back_us = base_clock_mono_us();
    PGconn *pg = kit_connect(database);
    while (base_clock_mono_us() - back_us < PATIENCE_S * INT64_C(1000000)) {
        int64_t stored = kit_number(pg, "select stored from source_stat");
        int64_t sent = (base_clock_mono_us() - begin_us) * rate / 1000000;
        if (stored >= sent - rate) {
            PQfinish(pg);
            return (base_clock_mono_us() - back_us) / 1000000;
        }
        *most_kb = watch_s(worker, 1, *most_kb);
    }
    PQfinish(pg);
    return -1;
}

static void read_arguments(int argc, char **argv)
{
    int64_t given;
    if (argc > 1 && base_str_i64(base_str_of(argv[1]), &given) && given > 0 && given <= 86400) {
        outage_s = (int)given;
    }
    if (argc > 2 && base_str_i64(base_str_of(argv[2]), &given) && given > 0 && given <= 100000) {
        rate = (int)given;
    }
}

int main(int argc, char **argv)
{
    int quit[2], told[2];
    int64_t sent = 0;
    read_arguments(argc, argv);
    AUTO(fixture_server) server = fixture_server_new(FIXTURE_BOTH);
    const char *database = fixture_server_database(server), *broker = fixture_server_broker(server);
    const struct kit_worker options = {.database = database, .broker = broker, .var = fixture_scratch()};
    kit_source(database, "soak", "owntracks/#", true);
    pid_t worker = kit_worker_start(&options);
    kit_wait_subscribed(database, broker, "owntracks/probe/1");
    if (pipe2(quit, O_CLOEXEC) != 0 || pipe2(told, O_CLOEXEC) != 0) { /* the servers must not hold them open */
        kit_die("pipe", strerror(errno));
    }
    int64_t begin_us = base_clock_mono_us();
    pid_t publisher = fork();
    if (publisher == 0) {
        close(quit[1]);
        publish(broker, quit[0], told[1]);
    }
    int64_t before_kb = watch_s(worker, WARM_S, 0);
    fixture_server_kill(server, FIXTURE_POSTGRES);
    int64_t most_kb = watch_s(worker, outage_s, 0);
    fixture_server_start(server, FIXTURE_POSTGRES);
    int64_t drained_s = drain_s(database, worker, begin_us, &most_kb);
    close(quit[1]);
    if (read(told[0], &sent, sizeof sent) != sizeof sent) {
        kit_die("publisher", "said nothing");
    }
    waitpid(publisher, NULL, 0);
    int64_t stored = kit_until(database, "select count(*) from hutong.fix", sent, INT64_C(120000000));
    kit_worker_end(worker, SIGTERM);
    printf("bench outage_seconds %d s\nbench outage_rate %d 1/s\n", outage_s, rate);
    printf("bench outage_drained_s %lld s\n", (long long)drained_s);
    printf("bench outage_worker_before_kb %lld kB\nbench outage_worker_most_kb %lld kB\n", (long long)before_kb,
           (long long)most_kb);
    printf("bench outage_sent %lld events\nbench outage_stored %lld events\n", (long long)sent, (long long)stored);
    return drained_s >= 0 && stored == sent ? 0 : 1;
}
