/* Devices that are things, between a real broker and a real database: they appear, wait, are believed, are somewhere;
 * and what is known of each. */
#include "cli/cli.h"
#include "fixture/ingest_kit.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#define PATIENCE INT64_C(60000000) /* ten thousand devices, each a row, on a machine that has other work */
#define UNKNOWN_MAX 10000          /* INGEST_REGISTRY_UNKNOWN_MAX, as docs/devices.md promises it */

/* A database, a topic root on the shared broker, a source "rooms" of ESPresense nodes, a worker. */
struct world {
    const char *database, *root, *var;
    char log[300];
    struct ingest_publisher *publisher;
    PGconn *pg;
    pid_t pid;
};

static struct base_diag diag;

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
        fail_msg("%s: %lld, not %lld (log: %s)", sql, (long long)seen, (long long)wanted, world->log);
    }
}

static void send_as(const struct world *world, const char *tail, const char *payload, int qos, bool retain)
{
    char topic[600];
    snprintf(topic, sizeof topic, "%s/%s", world->root, tail);
    ok(ingest_publisher_send(world->publisher, topic, payload, strlen(payload), qos, retain, &diag));
}

static void send_text(const struct world *world, const char *tail, const char *payload)
{
    send_as(world, tail, payload, 1, false);
    ok(ingest_publisher_wait(world->publisher, 10000, &diag));
}

/* hutong, as a user runs it */
static void command(const struct world *world, const char *const *words)
{
    const char *argv[24] = {fixture_binary()};
    AUTO_VALUE(base_buf) output;
    base_buf_init(&output, 1 << 20);
    for (size_t i = 0; words[i] && i < 22; i++) {
        argv[i + 1] = words[i];
    }
    setenv("HUTONG_DATABASE", world->database, 1);
    setenv("HUTONG_VAR", world->var, 1);
    ok(cli_process_run(&(struct cli_process){.argv = argv, .death_signal = SIGKILL}, &diag, &output));
}
#define DEVICE(...) command(&world, (const char *const[]){"device", __VA_ARGS__, NULL})

static void add_source(const struct world *world, const char *format, const char *subject, const char *admission)
{
    char topics[300];
    AUTO(data_conn) conn = NULL;
    snprintf(topics, sizeof topics, "{\"%s/#\"}", world->root);
    ok(data_conn_open(world->database, "test", &diag, &conn));
    ok(data_run(conn, DATA_SOURCE_UPSERT,
                DATA_ARGS(data_text("rooms"), data_text(topics), data_text(format), data_text(subject),
                          data_text("Asia/Shanghai"), data_text("wgs84"), data_i64(0), data_text("test"),
                          data_text("30 days")),
                &diag, NULL));
    ok(data_run(conn, DATA_SOURCE_ADMISSION, DATA_ARGS(data_text("rooms"), data_text(admission)), &diag, NULL));
}

static void open_shift(const struct world *world)
{
    AUTO(data_conn) conn = NULL;
    ok(data_conn_open(world->database, "test", &diag, &conn));
    ok(data_run(conn, DATA_SHIFT_OPEN,
                DATA_ARGS(data_text("rooms"), data_null(), data_text("tag"), data_text("巡逻#组"), data_text("Patrol"),
                          data_time(0), data_time(INT64_C(4102444800000000))),
                &diag, NULL));
}

static void start(struct world *world)
{
    const struct kit_worker worker = {
        .database = world->database, .broker = fixture_broker(), .var = world->var, .log = world->log};
    world->pid = kit_worker_start(&worker);
}

static void wait_subscribed(const struct world *world)
{
    char topic[200];
    snprintf(topic, sizeof topic, "%s/probe", world->root);
    kit_wait_subscribed(world->database, fixture_broker(), topic);
}

static struct world world_new(const char *format, const char *subject, const char *admission)
{
    struct world world = {.database = fixture_database(), .root = fixture_unique(), .var = fixture_scratch()};
    snprintf(world.log, sizeof world.log, "%s/ingest.log", world.var);
    add_source(&world, format, subject, admission);
    world.pg = kit_connect(world.database);
    kit_value(world.pg, "insert into estate (id, dataset, key, name) values (1, 't', '1', 'Yunqi Gardens')");
    kit_value(world.pg, "insert into building (estate_id, id, dataset, key, codes, levels, levels_source, height_m, "
                        "height_source, area_m2, lon, lat, geom) select 1, i, 't', i::text, array[i || '号楼'], 6, "
                        "'given', 18, 'levels', 600, x, 31.02, st_multi(st_makeenvelope(x - 0.0002, 31.0199, x + "
                        "0.0002, 31.0201, 4326)) from (values (11, 121.4), (12, 121.41)) v (i, x)");
    ok(ingest_publisher_new(fixture_broker(), fixture_unique(), &diag, &world.publisher));
    start(&world);
    wait_subscribed(&world);
    return world;
}

static void world_end(struct world *world)
{
    if (world->pid) {
        assert_int_equal(kit_worker_end(world->pid, SIGTERM), 0);
    }
    ingest_publisher_free(world->publisher);
    PQfinish(world->pg);
}

static void things_appear_by_themselves(void **state)
{
    (void)state;
    struct world world = world_new("espresense", NULL, "accept");
    send_text(&world, "espresense/rooms/hall/status", "online");
    send_text(&world, "espresense/rooms/gate/status", "online");
    send_text(&world, "espresense/rooms/hall/telemetry", "{\"uptime\":15,\"rssi\":-60}");
    until(&world, "select count(*) from hutong.event", 3);
    assert_string_equal(kit_value(world.pg, "select string_agg(concat_ws('/', native_id, kind, state, appeared), ',' "
                                            "order by native_id) from device where first_seen is not null"),
                        "gate/reader/accepted/t,hall/reader/accepted/t");
    assert_int_equal(kit_number(world.pg, "select count(*) from event e join device d on d.estate_id = e.estate_id and "
                                          "d.id = e.device_id"),
                     3);
    assert_string_equal(kit_value(world.pg, "select string_agg(concat_ws('/', d.native_id, s.kind, s.channel, s.phase, "
                                            "s.measures -> 'uptime' -> 'value'), ',' order by 1, s.kind) from "
                                            "device_state s join device d on d.id = s.device_id where d.native_id = "
                                            "'hall'"),
                        "hall/state/telemetry/snapshot/15,hall/lifecycle//start");
    assert_int_equal(kit_worker_end(world.pid, SIGTERM), 0); /* it notes who was seen before it goes */
    world.pid = 0;
    assert_string_equal(kit_value(world.pg, "select string_agg(messages || '/' || (last_seen >= first_seen), ',' order "
                                            "by native_id) from device"),
                        "1/true,2/true");
    world_end(&world);
}

/* The reader has no clock: it tells at once, so the moment of receipt is when the guard was there. */
static void a_guard_checks_in_by_his_tag(void **state)
{
    (void)state;
    struct world world = world_new("espresense", "guard", "accept");
    open_shift(&world);
    DEVICE("add", "--source", "rooms", "--id", "hall", "--kind", "reader", "--building", "11", "--storey", "3");
    send_text(&world, "espresense/devices/itag:1/hall", "{\"id\":\"itag:1\",\"distance\":1.5}");
    until(&world, "select count(*) from hutong.pass", 1);
    assert_string_equal(kit_value(world.pg, "select concat_ws('/', p.place_kind, p.place_id, p.estate_id, p.method, "
                                            "p.nearest_m, p.subject_type) from pass p join event e on e.subject = "
                                            "p.subject and e.t_event = p.t_event"),
                        "building/11/1/checkin/0/guard");
    assert_int_equal(kit_number(world.pg, "select count(*) from building_state b join event e on e.t_event = "
                                          "b.last_pass_at where b.building_id = 11"),
                     1);
    world_end(&world);
}

static void a_tag_is_where_the_room_is(void **state)
{
    (void)state;
    struct world world = world_new("espresense", NULL, "accept");
    open_shift(&world);
    DEVICE("add", "--source", "rooms", "--id", "hall", "--kind", "reader", "--building", "11", "--storey", "3");
    send_text(&world, "espresense/devices/itag:zhangsan/hall",
              "{\"id\":\"itag:zhangsan\",\"name\":\"Zhangsan\","
              "\"distance\":1.5,\"rssi\":-60}");
    send_text(&world, "espresense/devices/itag:zhangsan/cellar", "{\"id\":\"itag:zhangsan\",\"distance\":2}");
    until(&world, "select count(*) from hutong.event", 2);
    assert_string_equal(
        kit_value(world.pg,
                  "select string_agg(concat_ws('/', e.native_id, e.kind, e.subject_type, e.t_source, e.place_method, "
                  "e.building_id, e.building_estate_id, e.storey, d.native_id, e.device_id), ',' order by e.t_event) "
                  "from event e join device d on d.id = e.station_id"),
        "hall/checkpoint/tag/received/registered/11/1/3/hall,cellar/checkpoint/tag/received/none/cellar");
    assert_string_equal(kit_value(world.pg, "select measures -> 'distance' ->> 'value' from event where storey = 3"),
                        "1.5");
    assert_int_equal(kit_number(world.pg, "select count(*) from building_state b join event e on e.t_event = "
                                          "b.last_event_at where b.estate_id = 1 and b.building_id = 11"),
                     1);
    assert_string_equal(kit_value(world.pg, "select string_agg(native_id, ',' order by native_id) from device"),
                        "cellar,hall");
    assert_int_equal(kit_number(world.pg, "select count(*) from device_state"), 0); /* nothing of a person */
    assert_int_equal(kit_number(world.pg, "select count(*) from (select e::text as t from event e union all select "
                                          "d::text from device d union all select encode(payload_sealed, 'escape') "
                                          "from dead_letter) x where t ilike '%zhangsan%'"),
                     0);
    assert_int_equal(kit_number(world.pg, "select redacted from source_stat"), 1);
    world_end(&world);
}

static void coordinates_are_placed_through_the_index(void **state)
{
    (void)state;
    struct world world = world_new("espresense", NULL, "accept");
    DEVICE("add", "--source", "rooms", "--id", "in", "--kind", "lamp", "--lon", "121.41", "--lat", "31.02");
    DEVICE("add", "--source", "rooms", "--id", "out", "--kind", "lamp", "--lon", "121.43", "--lat", "31.02");
    send_text(&world, "espresense/rooms/in/motion", "ON");
    send_text(&world, "espresense/rooms/out/motion", "ON");
    until(&world, "select count(*) from hutong.event", 2);
    assert_string_equal(kit_value(world.pg, "select string_agg(concat_ws('/', place_method, building_id, pos_source, "
                                            "lon, lat), ',' order by t_event) from event"),
                        "registered/12/registered/121.41/31.02,none/registered/121.43/31.02");
    world_end(&world);
}

/* Bytes of a hex text. */
static size_t bytes_of(const char *hex, unsigned char *bytes)
{
    size_t len = 0;
    for (; hex[0] && hex[1]; hex += 2) {
        char two[3] = {hex[0], hex[1], '\0'};
        bytes[len++] = (unsigned char)strtol(two, NULL, 16);
    }
    return len;
}

/* The payload of a letter of that reason. */
static void letter_says(const struct world *world, const char *reason, const char *payload)
{
    char path[400], sql[300];
    unsigned char sealed[4096];
    struct base_key secret;
    AUTO_VALUE(base_buf) open;
    base_buf_init(&open, 4096);
    snprintf(path, sizeof path, "%s/keys/dead.key", world->var);
    snprintf(sql, sizeof sql, "select encode(payload_sealed, 'hex') from dead_letter where reason = '%s'", reason);
    ok(base_key_file(path, &diag, &secret));
    size_t len = bytes_of(kit_value(world->pg, sql), sealed);
    ok(base_key_unseal(&secret, sealed, len, &open));
    assert_string_equal(base_buf_cstr(&open), payload);
}

static void who_is_in_quarantine_waits_and_nothing_is_lost(void **state)
{
    (void)state;
    struct world world = world_new("espresense", NULL, "quarantine");
    open_shift(&world);
    send_text(&world, "espresense/rooms/hall/humidity", "40.25");
    until(&world, "select quarantined from hutong.source_stat", 1);
    send_text(&world, "espresense/rooms/hall/humidity", "40.25"); /* the same words, another message */
    until(&world, "select quarantined from hutong.source_stat", 2);
    assert_string_equal(kit_value(world.pg, "select concat_ws('/', native_id, state, appeared) from device"),
                        "hall/quarantined/t");
    assert_string_equal(kit_value(world.pg, "select count(*) || '/' || count(distinct recorded_at) from dead_letter "
                                            "where reason = 'quarantined'"),
                        "2/2");
    letter_says(&world, "quarantined", "40.25");
    assert_int_equal(kit_number(world.pg, "select (select count(*) from event) + (select count(*) from device_state)"),
                     0);
    DEVICE("accept", "--source", "rooms", "--id", "hall");
    for (int i = 0; i < 100 && kit_number(world.pg, "select count(*) from event") == 0; i++) {
        send_text(&world, "espresense/rooms/hall/humidity", "41"); /* the worker hears of it within a moment */
        nanosleep(&(struct timespec){.tv_nsec = 50 * 1000 * 1000}, NULL);
    }
    until(&world, "select least(count(*), 1) from hutong.event where device_id is not null", 1);
    until(&world, "select count(*) from hutong.event where measures -> 'humidity' ->> 'value' = '40.25'", 0);
    command(&world, (const char *const[]){"replay", "--dead", NULL});
    assert_int_equal(kit_number(world.pg, "select count(*) from dead_letter where reason = 'quarantined'"), 0);
    assert_string_equal(kit_value(world.pg, "select count(*) || '/' || count(distinct t_event) || '/' || "
                                            "count(device_id) from event where measures -> 'humidity' ->> 'value' = "
                                            "'40.25'"),
                        "2/2/2");
    assert_string_equal(kit_value(world.pg, "select measures -> 'humidity' ->> 'value' from device_state"), "41");
    world_end(&world);
}

/* What a reader says about persons is worth as much as the reader; and off shift nothing of them is kept, sealed or
 * not. */
static void a_reader_in_quarantine_says_nothing_about_persons(void **state)
{
    (void)state;
    struct world world = world_new("espresense", NULL, "quarantine");
    static const char seen[] = "{\"id\":\"itag:1\",\"distance\":1}";
    send_text(&world, "espresense/devices/itag:1/hall", seen);
    until(&world, "select off_shift from hutong.source_stat", 1);
    assert_int_equal(kit_number(world.pg, "select count(*) from dead_letter where reason = 'quarantined'"), 0);
    assert_int_equal(kit_number(world.pg, "select count(*) from device"), 1); /* the reader, waiting */
    open_shift(&world);
    send_text(&world, "espresense/devices/itag:1/hall", seen);
    until(&world, "select quarantined from hutong.source_stat", 1);
    letter_says(&world, "quarantined", seen);
    assert_int_equal(kit_number(world.pg, "select count(*) from event"), 0);
    world_end(&world);
}

static void transition(const struct world *world, int64_t at_s, const char *region)
{
    char payload[200];
    snprintf(payload, sizeof payload, "{\"_type\":\"transition\",\"event\":\"enter\",\"rid\":\"%s\",\"tst\":%lld}",
             region, (long long)at_s);
    send_text(world, "cart/1/event", payload);
}

/* Places are never moved in place: what came late stays where the device was at that time. */
static void a_device_that_was_moved_was_elsewhere_before(void **state)
{
    (void)state;
    struct world world = world_new("owntracks", "fleet", "accept");
    int64_t now_s = base_clock_now_us() / 1000000;
    DEVICE("add", "--source", "rooms", "--id", "cart/1", "--kind", "cart", "--building", "11", "--storey", "1");
    kit_value(world.pg, "update device set valid_from = now() - interval '2 hours'");
    DEVICE("add", "--source", "rooms", "--id", "cart/1", "--kind", "cart", "--building", "12");
    kit_value(world.pg, "update device set valid_from = now() - interval '1 hour' where valid_to is null");
    kit_value(world.pg, "update device set valid_to = now() - interval '1 hour' where valid_to is not null");
    kit_value(world.pg, "update source set registry_version = registry_version + 1");
    transition(&world, now_s, "now");
    transition(&world, now_s - 5400, "then");
    transition(&world, now_s - 86400, "long ago");
    until(&world, "select count(*) from hutong.event", 3);
    assert_string_equal(kit_value(world.pg, "select string_agg(concat_ws('/', native_id, building_id, storey), ',' "
                                            "order by t_event desc) from event"),
                        "now/12,then/11/1,long ago/11/1");
    world_end(&world);
}

/* A fleet's positions are their own; its other events are where somebody has put it. */
static void a_registered_place_goes_before_what_an_event_says_but_not_a_position(void **state)
{
    (void)state;
    struct world world = world_new("owntracks", "fleet", "accept");
    char payload[200];
    long long now_s = base_clock_now_us() / 1000000;
    DEVICE("add", "--source", "rooms", "--id", "cart/1", "--kind", "cart", "--building", "11");
    snprintf(payload, sizeof payload, "{\"_type\":\"location\",\"lat\":31.02,\"lon\":121.41,\"tst\":%lld}", now_s);
    send_text(&world, "cart/1", payload);
    snprintf(payload, sizeof payload,
             "{\"_type\":\"transition\",\"event\":\"enter\",\"rid\":\"r\",\"lat\":31.02,\"lon\":121.41,\"tst\":%lld}",
             now_s);
    send_text(&world, "cart/1/event", payload);
    until(&world, "select (select count(*) from hutong.fix) + (select count(*) from hutong.event)", 2);
    assert_string_equal(kit_value(world.pg, "select place_method || '/' || building_id || '/' || (device_id is not "
                                            "null) from fix"),
                        "inside/12/true");
    assert_string_equal(kit_value(world.pg, "select place_method || '/' || building_id || '/' || lon from event"),
                        "registered/11/121.41");
    world_end(&world);
}

/* An import closes a building that changed its estate and opens it anew: who is bound to it comes along. */
static void a_binding_follows_its_building(void **state)
{
    (void)state;
    struct world world = world_new("espresense", NULL, "accept");
    DEVICE("add", "--source", "rooms", "--id", "hall", "--kind", "reader", "--building", "11");
    send_text(&world, "espresense/rooms/hall/status", "online");
    until(&world, "select count(*) from hutong.event where building_id = 11", 1);
    kit_value(world.pg,
              "begin; update building set valid_to = now() where id = 11; insert into building (estate_id, id, "
              "dataset, key, levels, levels_source, height_m, height_source, area_m2, lon, lat, geom) select "
              "0, 111, dataset, key, levels, levels_source, height_m, height_source, area_m2, lon, lat, geom "
              "from building where id = 11; update place_version set version = version + 1; commit");
    send_text(&world, "espresense/rooms/hall/status", "offline");
    until(&world, "select count(*) from hutong.event where building_id = 111 and building_estate_id = 0", 1);
    world_end(&world);
}

static void a_removed_device_appears_again(void **state)
{
    (void)state;
    struct world world = world_new("espresense", NULL, "accept");
    DEVICE("add", "--source", "rooms", "--id", "hall", "--kind", "reader", "--building", "11");
    send_text(&world, "espresense/rooms/hall/status", "online");
    until(&world, "select count(*) from hutong.event where building_id = 11", 1);
    DEVICE("remove", "--source", "rooms", "--id", "hall");
    until(&world, "select count(*) from hutong.device where valid_to is null", 0);
    for (int i = 0; i < 1000 && kit_number(world.pg, "select count(*) from device where valid_to is null") == 0; i++) {
        send_text(&world, "espresense/rooms/hall/status", "online");
        nanosleep(&(struct timespec){.tv_nsec = 50 * 1000 * 1000}, NULL);
    }
    assert_string_equal(kit_value(world.pg, "select concat_ws('/', state, appeared, building_id) from device where "
                                            "valid_to is null"),
                        "accepted/t");
    world_end(&world);
}

static void unknown_devices_by_the_thousand_are_bounded(void **state)
{
    (void)state;
    enum { OVER = 250 };
    struct world world = world_new("espresense", NULL, "accept");
    char tail[400];
    for (int i = 0; i < UNKNOWN_MAX + OVER; i++) {
        snprintf(tail, sizeof tail, "espresense/rooms/room-%05d/status", i);
        send_as(&world, tail, "online", 1, false);
    }
    ok(ingest_publisher_wait(world.publisher, 30000, &diag));
    until(&world, "select unknown_overflow from hutong.source_stat", OVER);
    until(&world, "select count(*) from hutong.event", UNKNOWN_MAX);
    assert_int_equal(kit_number(world.pg, "select count(*) from device"), UNKNOWN_MAX);
    assert_int_equal(kit_number(world.pg, "select count(*) from device_state"), UNKNOWN_MAX);
    assert_int_equal(kit_number(world.pg, "select count(*) from dead_letter where reason = 'unknown_overflow'"), OVER);
    send_text(&world, "espresense/rooms/room-00007/status", "offline"); /* who is in goes on */
    until(&world, "select count(*) from hutong.event where phase = 'end'", 1);
    DEVICE("accept", "--source", "rooms", "--all");
    for (int i = 0; i < 1000 && kit_number(world.pg, "select count(*) from device") == UNKNOWN_MAX; i++) {
        send_text(&world, "espresense/rooms/one-more/status", "online");
        nanosleep(&(struct timespec){.tv_nsec = 50 * 1000 * 1000}, NULL);
    }
    assert_int_equal(kit_number(world.pg, "select count(*) from device"), UNKNOWN_MAX + 1);
    memset(tail, 'x', sizeof tail - 1);
    memcpy(tail, "espresense/rooms/", 17);
    memcpy(tail + 290, "/status", 8);
    send_text(&world, tail, "online");
    until(&world, "select count(*) from hutong.dead_letter where reason like 'a device id%'", 1);
    world_end(&world);
}

/* Retained values come with a subscription that is new to the broker. */
static void start_with_filter(struct world *world, const char *filter)
{
    char sql[400];
    snprintf(sql, sizeof sql, "update source set topics = '{\"%s/%s\"}'", world->root, filter);
    kit_value(world->pg, sql);
    start(world);
}

static void a_retained_value_is_news_only_when_it_differs(void **state)
{
    (void)state;
    struct world world = world_new("espresense", NULL, "accept");
    send_as(&world, "espresense/rooms/hall/motion", "ON", 1, true);
    until(&world, "select count(*) from hutong.event where flags = 0", 1);
    char first[64];
    snprintf(first, sizeof first, "%s", kit_value(world.pg, "select t_event from device_state"));
    assert_int_equal(kit_worker_end(world.pid, SIGTERM), 0);
    start_with_filter(&world, "espresense/#");
    until(&world, "select count(*) from hutong.event where flags & 11 = 3", 1);          /* the same: a replay */
    assert_string_equal(kit_value(world.pg, "select t_event from device_state"), first); /* old is not shown as new */
    assert_int_equal(kit_number(world.pg, "select replay from source_stat"), 1);
    assert_int_equal(kit_worker_end(world.pid, SIGTERM), 0);
    send_as(&world, "espresense/rooms/hall/motion", "OFF", 0, true); /* no QoS: the broker queues it for nobody */
    ok(ingest_publisher_wait(world.publisher, 10000, &diag));
    start_with_filter(&world, "+/rooms/#");
    until(&world, "select count(*) from hutong.event where flags & 11 = 9 and phase = 'end'", 1); /* missed: late */
    assert_string_equal(kit_value(world.pg, "select phase from device_state"), "end");
    assert_string_not_equal(kit_value(world.pg, "select t_event from device_state"), first);
    assert_int_equal(kit_number(world.pg, "select late from source_stat"), 1);
    send_as(&world, "espresense/rooms/hall/motion", "", 1, true); /* leave the broker as we found it */
    ok(ingest_publisher_wait(world.publisher, 10000, &diag));
    world_end(&world);
}

/* The first value ever of a device is retained: it stands, flagged, until anything newer comes. */
static void a_retained_value_stands_when_nothing_else_is_known(void **state)
{
    (void)state;
    struct world world = world_new("espresense", NULL, "accept");
    assert_int_equal(kit_worker_end(world.pid, SIGTERM), 0);
    send_as(&world, "espresense/rooms/hall/status", "offline", 0, true);
    ok(ingest_publisher_wait(world.publisher, 10000, &diag));
    start_with_filter(&world, "+/rooms/#");
    until(&world, "select count(*) from hutong.device_state where phase = 'end' and flags & 3 = 3", 1);
    send_text(&world, "espresense/rooms/hall/status", "online");
    until(&world, "select count(*) from hutong.device_state where phase = 'start' and flags = 0", 1);
    send_as(&world, "espresense/rooms/hall/status", "", 1, true);
    ok(ingest_publisher_wait(world.publisher, 10000, &diag));
    world_end(&world);
}

static void newer_event_time_wins(void **state)
{
    (void)state;
    struct world world = world_new("owntracks", "fleet", "accept");
    int64_t now_s = base_clock_now_us() / 1000000;
    transition(&world, now_s - 10, "b");
    until(&world, "select count(*) from hutong.event", 1);
    transition(&world, now_s - 60, "a"); /* late */
    until(&world, "select count(*) from hutong.event", 2);
    char sql[200];
    snprintf(sql, sizeof sql, "select extract(epoch from t_event)::bigint - %lld from device_state", (long long)now_s);
    assert_int_equal(kit_number(world.pg, sql), -10);
    transition(&world, now_s - 10, "b"); /* again: a duplicate moves nothing */
    transition(&world, now_s, "c");
    until(&world, "select stored + duplicate from hutong.source_stat", 4);
    assert_int_equal(kit_number(world.pg, sql), 0);
    assert_int_equal(kit_number(world.pg, "select count(*) from device_state"), 1);
    world_end(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(things_appear_by_themselves),
        cmocka_unit_test(a_tag_is_where_the_room_is),
        cmocka_unit_test(a_guard_checks_in_by_his_tag),
        cmocka_unit_test(coordinates_are_placed_through_the_index),
        cmocka_unit_test(who_is_in_quarantine_waits_and_nothing_is_lost),
        cmocka_unit_test(a_reader_in_quarantine_says_nothing_about_persons),
        cmocka_unit_test(a_device_that_was_moved_was_elsewhere_before),
        cmocka_unit_test(a_registered_place_goes_before_what_an_event_says_but_not_a_position),
        cmocka_unit_test(a_binding_follows_its_building),
        cmocka_unit_test(a_removed_device_appears_again),
        cmocka_unit_test(unknown_devices_by_the_thousand_are_bounded),
        cmocka_unit_test(a_retained_value_is_news_only_when_it_differs),
        cmocka_unit_test(a_retained_value_stands_when_nothing_else_is_known),
        cmocka_unit_test(newer_event_time_wins),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
