/* Durable ingest against the same broker's bare pass-through: publisher, Mosquitto, PostgreSQL (fsync on) and worker on
 * this machine's cores. Five runs of each, taking turns; the median counts.
 *
 *   ingest         time from the first publish to the commit of the last event
 *   pass-through   the same publisher and broker, a plain subscriber that acknowledges at once
 */
#include "fixture/ingest_kit.h"

#include <mosquitto.h>
#include <mqtt_protocol.h>
#include <sys/resource.h>

enum { RUNS_MAX = 9, DEVICES = 1000, PAYLOAD_MAX = 200, BUILDINGS = 400 };

struct message {
    char topic[40];
    char payload[PAYLOAD_MAX];
    size_t len;
};

static struct message *messages;
/* Or as the command line says: bench_ingest MESSAGES RUNS AGO. What is older than minutes costs a mark for judge. */
static int message_count = 100000, run_count = 5, ago_s = 200;
static int64_t opened_s;

/* A walk of 1,000 devices among the buildings: every message is another fix, a second later. */
static void make_messages(const char *root, int run)
{
    int64_t start = opened_s - ago_s;
    for (int i = 0; i < message_count; i++) {
        struct message *message = &messages[i];
        int device = i % DEVICES;
        int64_t time = start + run * (message_count / DEVICES) + i / DEVICES;
        snprintf(message->topic, sizeof message->topic, "%s/guard/%04d", root, device);
        int len = snprintf(message->payload, sizeof message->payload,
                           "{\"_type\":\"location\",\"acc\":8,\"alt\":12,\"batt\":%d,\"conn\":\"m\",\"lat\":%.7f,"
                           "\"lon\":%.7f,\"t\":\"p\",\"tid\":\"%02d\",\"tst\":%lld,\"vac\":3,\"vel\":4}",
                           50 + device % 50, 31.02 + device % 40 * 4e-4 + i / DEVICES * 1e-6,
                           121.4 + device / 40 * 6e-4, device % 100, (long long)time);
        message->len = (size_t)len;
    }
}

static void publish_all(const char *broker)
{
    struct base_diag diag = {.text = ""};
    AUTO(ingest_publisher) publisher = NULL;
    enum base_err err = ingest_publisher_new(broker, fixture_unique(), &diag, &publisher);
    for (int i = 0; i < message_count && !err; i++) {
        err =
            ingest_publisher_send(publisher, messages[i].topic, messages[i].payload, messages[i].len, 1, false, &diag);
    }
    if (!err) {
        err = ingest_publisher_wait(publisher, 60000, &diag);
    }
    if (err) {
        kit_die("publish", diag.text);
    }
}

static double per_second(int64_t since_us)
{
    return message_count * 1e6 / (double)(base_clock_mono_us() - since_us);
}

/* --- pass-through --- */
static int passed;

static void on_connect(struct mosquitto *client, void *at, int code)
{
    (void)at;
    if (code || mosquitto_subscribe(client, NULL, "pass/#", 1)) {
        _exit(2);
    }
}

static void on_message(struct mosquitto *client, void *at, const struct mosquitto_message *message)
{
    (void)client;
    (void)at;
    (void)message;
    passed++;
}

static void on_subscribe(struct mosquitto *client, void *at, int id, int count, const int *granted)
{
    (void)client;
    (void)id;
    (void)count;
    (void)granted;
    if (write(*(int *)at, "", 1) != 1) {
        _exit(3);
    }
}

/* mqtt://user:password@127.0.0.1:port, as the fixture writes it. */
static void subscriber(const char *broker, int ready)
{
    char user[64] = "", password[64] = "";
    struct base_str rest = base_str_of(broker + strlen("mqtt://")), part;
    int64_t port = 0;
    base_str_next(&rest, ':', &part);
    snprintf(user, sizeof user, "%.*s", (int)part.len, part.at);
    base_str_next(&rest, '@', &part);
    snprintf(password, sizeof password, "%.*s", (int)part.len, part.at);
    base_str_next(&rest, ':', &part);
    base_str_i64(rest, &port);
    struct mosquitto *client = mosquitto_new("pass", true, &ready);
    mosquitto_int_option(client, MOSQ_OPT_PROTOCOL_VERSION, MQTT_PROTOCOL_V5);
    mosquitto_int_option(client, MOSQ_OPT_RECEIVE_MAXIMUM, 65535);
    mosquitto_username_pw_set(client, user, password);
    mosquitto_connect_callback_set(client, on_connect);
    mosquitto_subscribe_callback_set(client, on_subscribe);
    mosquitto_message_callback_set(client, on_message);
    int code = mosquitto_connect(client, "127.0.0.1", (int)port, 60);
    while (!code && passed < message_count) {
        code = mosquitto_loop(client, 1000, 1);
    }
    mosquitto_disconnect(client);
    _exit(code ? 4 : 0);
}

static double pass_through(const char *broker, int run)
{
    int pipes[2], status = 0;
    char byte;
    make_messages("pass", run);
    if (pipe(pipes) != 0) {
        kit_die("pipe", strerror(errno));
    }
    pid_t pid = fork();
    if (pid == 0) {
        subscriber(broker, pipes[1]);
    }
    close(pipes[1]);
    if (read(pipes[0], &byte, 1) != 1) {
        kit_die("pass-through", "the subscriber did not come up");
    }
    close(pipes[0]);
    int64_t since = base_clock_mono_us();
    publish_all(broker);
    waitpid(pid, &status, 0);
    if (status != 0) {
        kit_die("pass-through", "the subscriber failed");
    }
    return per_second(since);
}

static double ingest(const char *database, const char *broker, int run)
{
    make_messages("owntracks", run);
    int64_t since = base_clock_mono_us();
    publish_all(broker);
    int64_t wanted = (int64_t)message_count * (run + 1);
    int64_t stored = kit_until(database, "select stored from source_stat", wanted, INT64_C(120000000));
    double speed = per_second(since);
    if (stored != wanted) {
        kit_die("ingest", "not every event was stored");
    }
    return speed;
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double report(const char *name, double values[RUNS_MAX])
{
    qsort(values, (size_t)run_count, sizeof *values, by_value);
    printf("bench %s %.0f 1/s min %.0f max %.0f\n", name, values[run_count / 2], values[0], values[run_count - 1]);
    return values[run_count / 2];
}

/* Processor time of the worker, user and system, for each event: what the machine's other users cannot blur. */
static void worker_cost(pid_t pid)
{
    struct rusage usage;
    int status;
    kill(pid, SIGTERM);
    if (wait4(pid, &status, 0, &usage) != pid || status != 0) {
        kit_die("ingest", "did not end cleanly");
    }
    double user = (double)usage.ru_utime.tv_sec * 1e6 + (double)usage.ru_utime.tv_usec;
    double kernel = (double)usage.ru_stime.tv_sec * 1e6 + (double)usage.ru_stime.tv_usec;
    printf("bench ingest_worker_user_us %.2f us\n", user / message_count / run_count);
    printf("bench ingest_worker_kernel_us %.2f us\n", kernel / message_count / run_count);
}

/* The same of PostgreSQL's side, from proc(5): utime and stime are fields 14 and 15. */
static void backend_cost(const char *database)
{
    char path[64];
    PGconn *pg = kit_connect(database);
    snprintf(path, sizeof path, "/proc/%s/stat", kit_value(pg, "select backend_pid from lease"));
    PQfinish(pg);
    AUTO_VALUE(base_buf) text;
    base_buf_init(&text, 1 << 18);
    if (base_file_read(path, 4096, NULL, &text)) {
        return; /* another user's process on a machine that hides them */
    }
    struct base_str rest = base_buf_str(&text), field = {NULL, 0};
    int64_t ticks = 0, sum = 0;
    for (int i = 1; i <= 15 && base_str_next(&rest, ' ', &field); i++) {
        sum += i >= 14 && base_str_i64(field, &ticks) ? ticks : 0;
    }
    printf("bench ingest_backend_us %.2f us\n",
           (double)sum * 1e6 / (double)sysconf(_SC_CLK_TCK) / message_count / run_count);
}

static void prepare(const char *database)
{
    kit_source(database, "bench", "owntracks/#", true);
    PGconn *pg = kit_connect(database);
    char sql[512];
    snprintf(sql, sizeof sql,
             "insert into building (estate_id, dataset, key, levels, levels_source, height_m, height_source, area_m2, "
             "lon, lat, geom) select 0, 'bench', n, 6, 'given', 18, 'levels', 600, x, y, "
             "st_multi(st_makeenvelope(x - 2e-4, y - 1e-4, x + 2e-4, y + 1e-4, 4326)) from (select n, "
             "121.4 + n / 20 * 8e-4 as x, 31.02 + n %% 20 * 8e-4 as y from generate_series(0, %d - 1) n) g",
             BUILDINGS);
    kit_value(pg, sql);
    PQfinish(pg);
}

int main(int argc, char **argv)
{
    int64_t given = message_count;
    if (argc > 1 && base_str_i64(base_str_of(argv[1]), &given) && given >= DEVICES && given <= 1000000) {
        message_count = (int)given;
    }
    given = run_count;
    if (argc > 2 && base_str_i64(base_str_of(argv[2]), &given) && given >= 1 && given <= RUNS_MAX) {
        run_count = (int)given;
    }
    given = ago_s;
    if (argc > 3 && base_str_i64(base_str_of(argv[3]), &given) && given >= 0 && given <= 86400) {
        ago_s = (int)given;
    }
    double ingested[RUNS_MAX], passing[RUNS_MAX];
    messages = calloc((size_t)message_count, sizeof *messages);
    AUTO(fixture_server) server = fixture_server_new(FIXTURE_BOTH);
    const char *database = fixture_server_database(server);
    const char *broker = fixture_server_broker(server);
    prepare(database);
    const struct kit_worker worker = {.database = database, .broker = broker, .var = fixture_scratch()};
    pid_t pid = kit_worker_start(&worker);
    kit_wait_subscribed(database, broker, "owntracks/probe/1");
    opened_s = base_clock_now_us() / 1000000;
    for (int run = 0; run < run_count; run++) {
        ingested[run] = ingest(database, broker, run);
        passing[run] = pass_through(broker, run);
        fprintf(stderr, "run %d: ingest %.0f, pass-through %.0f\n", run + 1, ingested[run], passing[run]);
    }
    backend_cost(database);
    worker_cost(pid);
    double ratio = report("ingest_events_per_s", ingested) / report("broker_passthrough_per_s", passing);
    printf("bench ingest_of_passthrough %.2f ratio\n", ratio);
    free(messages);
    return 0;
}
