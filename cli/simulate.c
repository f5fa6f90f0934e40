/* hutong simulate: the guards of the demo district, walking the routes that are in the database, and the things of its
 * registry, over MQTT. */
#include "cli/cli.h"
#include "cli/demo.h"
#include "data/data.h"
#include "geo/geo.h"
#include "ingest/ingest.h"
#include "sensors/sensors.h"

#include <math.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define SECOND INT64_C(1000000)
enum {
    REPORT_S = 10,
    BEHIND_MAX_S = 5, /* further behind than this, the guards wait instead of catching up */
    BURST = 500,      /* messages between two looks at the acknowledgements */
    SLICE_MS = 100,   /* how long nobody looks whether it is time to stop */
    STOP_MAX_S = 5,
    TOPIC_MAX = 256,
    PAYLOAD_MAX = 4096,
};

static const struct base_option options[] = {
    {.name = "rate",
     .type = BASE_OPTION_TEXT,
     .value = "N/s",
     .help = "fixes a second of all guards together, at most 20000/s [12/s: 24 guards, each every 2 s]"},
    {.name = "seconds",
     .type = BASE_OPTION_INT,
     .value = "N",
     .standard = "0",
     .help = "stop after N seconds; 0: go on"},
    {.name = "past",
     .type = BASE_OPTION_FLAG,
     .help = "of the demo district: first play yesterday and today so far, then put its duties; once"},
    {.name = "seed", .type = BASE_OPTION_INT, .value = "N", .standard = "1", .help = "other guards, other paces"},
};

static const struct cli_command command = {
    .usage =
        "hutong simulate [--rate N/s] [--seconds N] [--seed N] [--past]\n"
        "Is the guards and the devices of the demo district: guards walk the routes of HUTONG_DATABASE and send\n"
        "OwnTracks messages over HUTONG_BROKER, topics owntracks/demo/guard-01 and so on; cameras, plate cameras,\n"
        "bins, smoke detectors, air stations, lifts, readers, trucks and sweepers of its registry (sources demo-...)\n"
        "speak in the formats of their families. Ends cleanly on SIGTERM and SIGINT.",
    .options = options,
    .count = BASE_COUNT(options),
};

static volatile sig_atomic_t stop;

static void on_signal(int number)
{
    (void)number;
    stop = 1;
    alarm(STOP_MAX_S); /* a broker that has gone must not hold us up */
}

/* --- what is walked, from the database --- */

struct lines { /* of routes, or of roads */
    struct data_rows *rows;
    struct sensors_simulate_route *list;
    struct geo_shape *shapes; /* own the vertices */
    size_t count;
};

struct ways {
    struct lines routes, roads, halts, sweeps;
    struct data_rows *stop_rows, *device_rows; /* own the texts */
    struct sensors_simulate_stop *stops;
    struct sensors_simulate_device *devices;
    size_t stop_count, device_count;
};

static void lines_release(struct lines *lines)
{
    for (size_t i = 0; i < lines->count; i++) {
        geo_shape_release(&lines->shapes[i]);
    }
    free(lines->shapes);
    free(lines->list);
    data_rows_free(lines->rows);
}

static void ways_release(struct ways *ways)
{
    lines_release(&ways->routes);
    lines_release(&ways->roads);
    lines_release(&ways->halts);
    lines_release(&ways->sweeps);
    free(ways->stops);
    free(ways->devices);
    data_rows_free(ways->stop_rows);
    data_rows_free(ways->device_rows);
}

static enum base_err lines_load(struct lines *lines, struct data_conn *conn, enum data_query query,
                                struct base_diag *diag)
{
    enum base_err err = data_run(conn, query, DATA_NO_ARGS, diag, &lines->rows);
    if (err) {
        return err;
    }
    size_t count = data_rows_count(lines->rows);
    lines->list = calloc(count + 1, sizeof *lines->list);
    lines->shapes = calloc(count + 1, sizeof *lines->shapes);
    if (!lines->list || !lines->shapes) {
        return base_diag_set(diag, BASE_NOMEM, "out of memory");
    }
    for (size_t i = 0; i < count && !err; i++) {
        struct geo_shape *shape = &lines->shapes[lines->count++];
        struct base_str wkb = data_rows_bytes(lines->rows, i, 2);
        geo_shape_init(shape);
        err = geo_wkb_in(wkb.at, wkb.len, diag, shape);
        lines->list[i] = (struct sensors_simulate_route){.estate_id = data_rows_i64(lines->rows, i, 0),
                                                         .lonlat = (const double(*)[2])shape->xy,
                                                         .count = shape->vertices};
    }
    return err;
}

static enum base_err ways_stops(struct ways *ways, struct base_diag *diag)
{
    ways->stop_count = data_rows_count(ways->stop_rows);
    ways->stops = calloc(ways->stop_count + 1, sizeof *ways->stops);
    if (!ways->stops) {
        return base_diag_set(diag, BASE_NOMEM, "out of memory");
    }
    for (size_t i = 0; i < ways->stop_count; i++) {
        ways->stops[i] = (struct sensors_simulate_stop){.estate_id = data_rows_i64(ways->stop_rows, i, 0),
                                                        .key = data_rows_text(ways->stop_rows, i, 1),
                                                        .name = data_rows_text(ways->stop_rows, i, 2),
                                                        .lon = data_rows_f64(ways->stop_rows, i, 3),
                                                        .lat = data_rows_f64(ways->stop_rows, i, 4),
                                                        .pause = data_rows_bool(ways->stop_rows, i, 5)};
    }
    return BASE_OK;
}

static enum base_err ways_devices(struct ways *ways, struct base_diag *diag)
{
    ways->device_count = data_rows_count(ways->device_rows);
    ways->devices = calloc(ways->device_count + 1, sizeof *ways->devices);
    if (!ways->devices) {
        return base_diag_set(diag, BASE_NOMEM, "out of memory");
    }
    for (size_t i = 0; i < ways->device_count; i++) {
        ways->devices[i] = (struct sensors_simulate_device){.format = data_rows_text(ways->device_rows, i, 0),
                                                            .native = data_rows_text(ways->device_rows, i, 1),
                                                            .levels = (int)data_rows_i64(ways->device_rows, i, 2),
                                                            .kind = data_rows_text(ways->device_rows, i, 3),
                                                            .estate_id = data_rows_i64(ways->device_rows, i, 4)};
    }
    return BASE_OK;
}

static enum base_err ways_load(struct ways *ways, struct base_diag *diag)
{
    AUTO(data_conn) conn = NULL;
    enum base_err err = data_conn_open(NULL, "hutong simulate", diag, &conn);
    if (!err) {
        err = lines_load(&ways->routes, conn, DATA_SIMULATE_ROUTES, diag);
    }
    if (!err) {
        err = lines_load(&ways->roads, conn, DATA_SIMULATE_ROADS, diag);
    }
    if (!err) {
        err = lines_load(&ways->halts, conn, DATA_SIMULATE_HALTS, diag);
    }
    if (!err) {
        err = lines_load(&ways->sweeps, conn, DATA_SIMULATE_SWEEPS, diag);
    }
    if (!err) {
        err = data_run(conn, DATA_SIMULATE_STOPS, DATA_NO_ARGS, diag, &ways->stop_rows);
    }
    if (!err) {
        err = data_run(conn, DATA_SIMULATE_DEVICES, DATA_NO_ARGS, diag, &ways->device_rows);
    }
    if (!err && ways->routes.count == 0) {
        err =
            base_diag_set(diag, BASE_NOT_FOUND,
                          "the database has no routes to walk: run `hutong up --demo`, or `hutong import routes FILE`");
    }
    if (!err) {
        err = ways_stops(ways, diag);
    }
    return err ? err : ways_devices(ways, diag);
}

/* --- sending --- */

struct sending {
    struct sensors_simulate *simulate;
    struct ingest_publisher *publisher;
    struct cli_past *past; /* NULL: none is played */
    double rate;
    struct base_buf topic, payload;
    int64_t end_us; /* real time */
    int64_t sent;
    int64_t reported_sent;
    int64_t reported_us; /* monotonic */
    bool away;
};

static void report(struct sending *sending, bool last)
{
    int64_t now = base_clock_mono_us();
    if (!last && now - sending->reported_us < REPORT_S * SECOND) {
        return;
    }
    double seconds = (double)(now - sending->reported_us) / (double)SECOND;
    base_log(BASE_LOG_INFO, last ? "simulated" : "simulating",
             base_log_i64("guards", (int64_t)sensors_simulate_guards(sending->simulate)),
             base_log_i64("messages", sending->sent),
             base_log_f64("messages_per_s", (double)(sending->sent - sending->reported_sent) / fmax(seconds, 0.001)));
    sending->reported_sent = sending->sent;
    sending->reported_us = now;
}

static enum base_err send_one(struct sending *sending, struct base_diag *diag)
{
    if (cli_past_plays(sending->past) && sensors_simulate_held(sending->simulate)) {
        return cli_past_hold(sending->past, base_buf_cstr(&sending->topic), sending->payload.data, sending->payload.len,
                             diag);
    }
    enum base_err err = ingest_publisher_send(sending->publisher, base_buf_cstr(&sending->topic), sending->payload.data,
                                              sending->payload.len, 1, false, diag);
    sending->sent += !err;
    return err;
}

static enum base_err send_due(struct sending *sending, struct base_diag *diag)
{
    bool any = true;
    enum base_err err = BASE_OK;
    for (int i = 0; i < BURST && !err && !stop; i++) {
        err = sensors_simulate_next(sending->simulate, base_clock_now_us(), &sending->topic, &sending->payload, &any);
        if (err || !any) {
            break;
        }
        err = send_one(sending, diag);
    }
    return err;
}

/* Whoever plays the past goes on as fast as the broker takes it; then everybody is live. */
static void play(struct sending *sending)
{
    struct base_diag diag = {.text = ""};
    while (!stop && ingest_publisher_wait(sending->publisher, SLICE_MS, &diag) != BASE_OK) {
    }
    int64_t now = base_clock_now_us();
    if (sensors_simulate_due(sending->simulate) > now) {
        sensors_simulate_live(sending->simulate, sending->rate, now);
        cli_past_played(sending->past, sending->sent);
    }
}

/* Waits for the acknowledgements. The publisher reconnects by itself; until it has, the guards stand still. */
static void settle(struct sending *sending)
{
    struct base_diag diag = {.text = ""};
    while (!stop && ingest_publisher_wait(sending->publisher, SLICE_MS, &diag) != BASE_OK) {
        int64_t behind = base_clock_now_us() - sensors_simulate_due(sending->simulate);
        if (behind > BEHIND_MAX_S * SECOND && !sending->away) {
            sending->away = true;
            base_log(BASE_LOG_WARN, "the broker does not acknowledge, guards wait", base_log_text("why", diag.text));
        }
    }
    int64_t behind = base_clock_now_us() - sensors_simulate_due(sending->simulate);
    if (behind > BEHIND_MAX_S * SECOND) {
        sensors_simulate_pause(sending->simulate, behind);
        base_log(BASE_LOG_INFO, "going on", base_log_f64("behind_s", (double)behind / (double)SECOND));
    }
    sending->away = false;
}

static void doze(const struct sending *sending)
{
    int64_t left_us = sensors_simulate_due(sending->simulate) - base_clock_now_us();
    int64_t slice_us = SLICE_MS * INT64_C(1000);
    if (left_us > 0 && !stop) {
        struct timespec rest = {.tv_nsec = (left_us < slice_us ? left_us : slice_us) * 1000};
        nanosleep(&rest, NULL); /* a signal ends it */
    }
}

/* What is wrong with the database passes; guards walk on. */
static void past_step(struct sending *sending)
{
    struct base_diag diag = {.text = ""};
    if (cli_past_step(sending->past, sending->publisher, &diag)) {
        base_log(BASE_LOG_WARN, "the past waits, trying again", base_log_text("why", diag.text));
    }
}

static enum base_err send_all(struct sending *sending, struct base_diag *diag)
{
    enum base_err err = BASE_OK;
    sending->reported_us = base_clock_mono_us();
    while (!stop && (!err || base_error_retryable(err)) && base_clock_now_us() < sending->end_us) {
        err = send_due(sending, diag);
        if (err && base_error_retryable(err)) {
            base_log(BASE_LOG_WARN, "not sent, trying again", base_log_text("why", diag->text));
        }
        if (cli_past_plays(sending->past)) {
            play(sending);
            continue;
        }
        settle(sending);
        past_step(sending);
        report(sending, false);
        doze(sending);
    }
    if (!err || base_error_retryable(err)) {
        struct base_diag late = {.text = ""};
        err = ingest_publisher_wait(sending->publisher, STOP_MAX_S * 1000, &late);
        if (err) { /* what the broker has not got is the simulator's loss, not a fault of the caller */
            base_log(BASE_LOG_WARN, "ended without the last acknowledgements", base_log_text("why", late.text));
            err = BASE_OK;
        }
    }
    report(sending, true);
    return err;
}

/* --- the command --- */

/* "200/s" or "200". */
static enum base_err rate_in(const char *text, struct base_diag *diag, double *ret_rate)
{
    struct base_str rate = base_str_trim(base_str_of(text));
    if (rate.len > 2 && rate.at[rate.len - 2] == '/' && rate.at[rate.len - 1] == 's') {
        rate.len -= 2;
    }
    double value = 0;
    if (text && (!base_str_f64(rate, &value) || !(value > 0) || value > SENSORS_SIMULATE_RATE_MAX)) {
        return base_diag_set(diag, BASE_USAGE, "--rate %s: a number of fixes a second such as 200/s, up to %.0f/s",
                             text, SENSORS_SIMULATE_RATE_MAX);
    }
    *ret_rate = value;
    return BASE_OK;
}

static enum base_err begin(const struct base_options *given, struct sending *sending, struct base_diag *diag)
{
    struct ways ways = {0};
    struct sensors_simulate_plan plan = {.seed = (uint64_t)base_option_int(given, "seed")};
    enum base_err err = rate_in(base_option_text(given, "rate"), diag, &plan.rate);
    if (!err) {
        err = ways_load(&ways, diag);
    }
    if (!err && base_option_flag(given, "past")) {
        err = cli_past_new(diag, &sending->past);
    }
    if (!err) {
        char client[64];
        snprintf(client, sizeof client, "hutong-simulate-%d", (int)getpid());
        err = ingest_publisher_new(NULL, client, diag, &sending->publisher);
    }
    if (!err) { /* the clock starts when there is somebody to tell */
        plan.start_us = sending->past ? cli_past_start_us(sending->past) : base_clock_now_us();
        plan.past = cli_past_plan(sending->past);
        sending->rate = plan.rate;
        plan.routes = ways.routes.list;
        plan.route_count = ways.routes.count;
        plan.roads = ways.roads.list;
        plan.road_count = ways.roads.count;
        plan.halts = ways.halts.list;
        plan.halt_count = ways.halts.count;
        plan.sweeps = ways.sweeps.list;
        plan.sweep_count = ways.sweeps.count;
        plan.devices = ways.devices;
        plan.device_count = ways.device_count;
        plan.stops = ways.stops;
        plan.stop_count = ways.stop_count;
        err = sensors_simulate_new(&plan, diag, &sending->simulate);
    }
    if (!err) {
        base_log(BASE_LOG_INFO, "guards set out", base_log_i64("routes", (int64_t)ways.routes.count),
                 base_log_i64("guards", (int64_t)sensors_simulate_guards(sending->simulate)),
                 base_log_i64("devices", (int64_t)sensors_simulate_devices(sending->simulate)));
    }
    ways_release(&ways);
    return err;
}

static enum base_err run(const struct base_options *given, struct base_diag *diag)
{
    int64_t seconds = base_option_int(given, "seconds");
    if (given->operand_count) {
        return base_diag_set(diag, BASE_USAGE, "takes no operands");
    }
    if (seconds < 0 || seconds > INT32_MAX) {
        return base_diag_set(diag, BASE_USAGE, "--seconds: 0 or more");
    }
    struct sigaction action = {.sa_handler = on_signal};
    sigemptyset(&action.sa_mask);
    sigaction(SIGTERM, &action, NULL);
    sigaction(SIGINT, &action, NULL);
    base_log_name_set("simulate");
    struct sending sending = {0};
    base_buf_init(&sending.topic, TOPIC_MAX);
    base_buf_init(&sending.payload, PAYLOAD_MAX);
    enum base_err err = begin(given, &sending, diag);
    if (!err) {
        sending.end_us = seconds ? base_clock_now_us() + seconds * SECOND : INT64_MAX;
        err = send_all(&sending, diag);
    }
    ingest_publisher_free(sending.publisher);
    sensors_simulate_free(sending.simulate);
    cli_past_free(sending.past);
    base_buf_release(&sending.topic);
    base_buf_release(&sending.payload);
    return err;
}

int cli_simulate_main(int argc, char **argv)
{
    return cli_command_run(&command, run, argc, argv);
}
