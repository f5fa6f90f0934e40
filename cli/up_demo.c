/* --demo: writes the generated district, imports it like any other file, makes its organisations, opens the sources and
 * shifts of its simulated guards, and registers its simulated devices. */
#include "cli/demo.h"
#include "cli/up.h"
#include "data/data.h"
#include "ingest/ingest.h"
#include "sensors/sensors.h"

#include <inttypes.h>
#include <string.h>
#include <time.h>

enum { SEED = 20261121, GUARDS = 24 };

/* A source a family, run by the district; data/query/demo_devices.sql says which things it has. subject NULL: the
 * format's own. Guards and sweepers have a source an estate beside these, so that each company sees its own. */
static const struct {
    const char *name, *topics, *format, *subject, *purpose;
} sources[] = {
    {"demo-cameras", "{frigate/#}", "frigate", NULL, "simulated cameras at gates"},
    {"demo-gates", "{+/device/message/up/#}", "anpr", NULL, "simulated plate cameras at gates"},
    {"demo-bins", "{v3/demo@estate/#}", "ttn", NULL, "simulated bins at sorting stations"},
    {"demo-smoke", "{zigbee2mqtt/#}", "zigbee2mqtt", NULL, "simulated smoke detectors"},
    {"demo-air", "{application/#}", "chirpstack", NULL, "simulated air stations"},
    {"demo-lifts", "{building/status/elevator/#}", "elevator", NULL, "simulated lifts"},
    {"demo-readers", "{tele/#}", "tasmota", NULL, "simulated readers at checkpoints"},
    {"demo-vehicles", "{traccar/#}", "traccar", "fleet", "simulated refuse trucks"},
    {"demo-recorder", "{senml/cameras/#}", "senml", NULL, "simulated recorder of the cameras at fire lanes"},
};
/* A wall that shows the demo district for weeks keeps its guards. */
static const int64_t SHIFTS_US = INT64_C(30) * 24 * 3600 * 1000000;

/* Estates before what lies in them. */
static const enum data_import_kind kinds[] = {
    DATA_IMPORT_ESTATES, DATA_IMPORT_BUILDINGS, DATA_IMPORT_ZONES,       DATA_IMPORT_ROADS,      DATA_IMPORT_WATER,
    DATA_IMPORT_LANDUSE, DATA_IMPORT_PLACES,    DATA_IMPORT_CHECKPOINTS, DATA_IMPORT_FACILITIES, DATA_IMPORT_ROUTES,
};

static enum base_err import_file(struct data_conn *conn, const char *dir, enum data_import_kind kind,
                                 struct base_diag *diag)
{
    AUTO_VALUE(base_buf) path;
    AUTO_VALUE(base_buf) dataset;
    base_buf_init(&path, 4096);
    base_buf_init(&dataset, 64);
    base_buf_printf(&path, "%s/%s.geojson", dir, data_import_kind_name(kind));
    base_buf_printf(&dataset, "demo-%s", data_import_kind_name(kind));
    const struct data_import_options options = {
        .kind = kind, .path = base_buf_cstr(&path), .dataset = base_buf_cstr(&dataset)};
    struct data_import_summary summary;
    enum base_err err = path.err ? path.err : data_import_run(conn, &options, diag, &summary);
    if (!err) {
        base_log(BASE_LOG_INFO, "demo district imported", base_log_text("kind", data_import_kind_name(kind)),
                 base_log_i64("rows", summary.read), base_log_i64("changed", summary.created + summary.updated));
    }
    return err;
}

static enum base_err import_district(const struct cli_up *up, struct data_conn *conn, struct base_diag *diag)
{
    AUTO_VALUE(base_buf) dir;
    base_buf_init(&dir, 4096);
    base_buf_printf(&dir, "%s/demo", up->var);
    enum base_err err = sensors_district_write(base_buf_cstr(&dir), SEED, diag, NULL);
    if (!err) {
        err = data_run(conn, DATA_DISTRICT_UPSERT,
                       DATA_ARGS(data_text("demo"), data_text("云栖区"), data_text("Yunqi District"), data_text("true"),
                                 data_null(), data_null()),
                       diag, NULL);
    }
    for (size_t i = 0; i < BASE_COUNT(kinds) && !err; i++) {
        err = import_file(conn, base_buf_cstr(&dir), kinds[i], diag);
    }
    return err ? err : data_run(conn, DATA_DEMO_COLLECTION, DATA_NO_ARGS, diag, NULL);
}

struct patrol { /* guards walk the routes in turn, and belong to the estate of theirs */
    int guard;
    int64_t estate_id;
    char source[48];
};

/* Shifts that begin in [from, to): a phone's pseudonym is another each month (UTC). */
static enum base_err open_month(const struct cli_up *up, struct data_conn *conn, const struct patrol *patrol,
                                int64_t from, int64_t to, struct base_diag *diag)
{
    char native[32], label[32], label_en[32];
    snprintf(native, sizeof native, "demo/guard-%02d", patrol->guard);
    snprintf(label, sizeof label, "巡逻%d组", patrol->guard);
    snprintf(label_en, sizeof label_en, "Patrol %d", patrol->guard);
    struct base_id hash;
    enum base_err err = ingest_devices_hash(up->var, patrol->source, native, from, diag, &hash);
    return err ? err
               : data_run(conn, DATA_DEMO_SHIFT,
                          DATA_ARGS(data_text(patrol->source), data_id(hash), data_text(label), data_text(label_en),
                                    data_time(from), data_time(to)),
                          diag, NULL);
}

static int64_t next_month(int64_t time_us)
{
    time_t seconds = (time_t)(time_us / 1000000);
    struct tm tm = {0};
    gmtime_r(&seconds, &tm);
    struct tm first = {.tm_year = tm.tm_year, .tm_mon = tm.tm_mon + 1, .tm_mday = 1};
    return (int64_t)timegm(&first) * 1000000;
}

/* Since the night before the day that is played. */
static enum base_err open_shifts(const struct cli_up *up, struct data_conn *conn, const struct patrol *patrol,
                                 int64_t midnight_us, struct base_diag *diag)
{
    int64_t from = midnight_us - INT64_C(2) * 3600 * 1000000, end = base_clock_now_us() + SHIFTS_US;
    enum base_err err = BASE_OK;
    while (from < end && !err) {
        int64_t to = next_month(from) < end ? next_month(from) : end;
        err = open_month(up, conn, patrol, from, to, diag);
        from = to;
    }
    return err;
}

static enum base_err add_source(struct data_conn *conn, const char *name, const char *topics, const char *format,
                                const char *subject, int64_t estate_id, const char *purpose, struct base_diag *diag)
{
    return data_run(conn, DATA_SOURCE_UPSERT,
                    DATA_ARGS(data_text(name), data_text(topics), data_text(format), data_text(subject),
                              data_text("Asia/Shanghai"), data_text("wgs84"), data_i64(estate_id), data_text(purpose),
                              data_text("7 days")),
                    diag, NULL);
}

/* The topics of all guards of the estate: an array as PostgreSQL writes it. */
static void patrol_topics(const struct patrol patrols[GUARDS], int64_t estate_id, struct base_buf *topics)
{
    for (int i = 0; i < GUARDS; i++) {
        if (patrols[i].estate_id == estate_id) {
            base_buf_printf(topics, "%sowntracks/demo/guard-%02d/#", topics->len ? "," : "{", patrols[i].guard);
        }
    }
    base_buf_text(topics, "}");
}

static enum base_err add_patrols(const struct cli_up *up, struct data_conn *conn, struct base_diag *diag)
{
    struct patrol patrols[GUARDS];
    AUTO(data_rows) routes = NULL;
    AUTO(data_rows) clock = NULL;
    enum base_err err = data_run(conn, DATA_SIMULATE_ROUTES, DATA_NO_ARGS, diag, &routes);
    err = err ? err : data_run(conn, DATA_DEMO_CLOCK, DATA_NO_ARGS, diag, &clock);
    if (!err && (data_rows_count(routes) == 0 || data_rows_count(clock) == 0)) {
        err = base_diag_set(diag, BASE_NOT_FOUND, "the district has no patrol routes");
    }
    for (int i = 0; i < GUARDS && !err; i++) {
        patrols[i].guard = i + 1;
        patrols[i].estate_id = data_rows_i64(routes, (size_t)i % data_rows_count(routes), 0);
        snprintf(patrols[i].source, sizeof patrols[i].source, "demo-patrol-%" PRId64, patrols[i].estate_id);
    }
    for (int i = 0; i < GUARDS && !err; i++) {
        AUTO_VALUE(base_buf) topics;
        base_buf_init(&topics, 4096);
        patrol_topics(patrols, patrols[i].estate_id, &topics);
        err = add_source(conn, patrols[i].source, base_buf_cstr(&topics), "owntracks", "guard", patrols[i].estate_id,
                         "simulated guards of the demo district", diag);
        err = err ? err : open_shifts(up, conn, &patrols[i], data_rows_time(clock, 0, 0), diag);
    }
    return err;
}

static enum base_err add_sweepers(struct data_conn *conn, struct base_diag *diag)
{
    AUTO(data_rows) estates = NULL;
    enum base_err err = data_run(conn, DATA_DEMO_ESTATE, DATA_NO_ARGS, diag, &estates);
    for (size_t i = 0; !err && i < data_rows_count(estates); i++) {
        int64_t id = data_rows_i64(estates, i, 0);
        char name[48], topics[64];
        snprintf(name, sizeof name, "demo-sweeper-%" PRId64, id);
        snprintf(topics, sizeof topics, "{senml/sweepers/sweeper-%" PRId64 "}", id);
        err = add_source(conn, name, topics, "senml", "fleet", id, "a simulated sweeper", diag);
    }
    return err;
}

static enum base_err add_things(struct data_conn *conn, struct base_diag *diag)
{
    enum base_err err = BASE_OK;
    for (size_t i = 0; i < BASE_COUNT(sources) && !err; i++) {
        err = add_source(conn, sources[i].name, sources[i].topics, sources[i].format, sources[i].subject, 0,
                         sources[i].purpose, diag);
    }
    err = err ? err : add_sweepers(conn, diag);
    return err ? err : data_run(conn, DATA_DEMO_DEVICES, DATA_NO_ARGS, diag, NULL);
}

enum base_err cli_up_demo_prepare(const struct cli_up *up, struct base_diag *diag)
{
    AUTO(data_conn) conn = NULL;
    enum base_err err = data_conn_open(up->database, "hutong up", diag, &conn);
    if (!err) {
        err = import_district(up, conn, diag);
    }
    if (!err) {
        err = cli_demo_people(conn, diag);
    }
    if (!err) {
        err = add_patrols(up, conn, diag);
    }
    if (!err) {
        err = add_things(conn, diag);
    }
    if (!err) {
        err = data_run(conn, DATA_DEMO_PAST, DATA_NO_ARGS, diag, NULL);
    }
    return err ? base_diag_prefix(diag, err, "--demo") : BASE_OK;
}
