/* ingest as a process between a real broker and a real database: what is stored, what is not, and who may read what. */
#include "fixture/ingest_kit.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#define PATIENCE INT64_C(20000000)

/* One test's world: a database of its own, a topic root of its own on the shared broker, a worker. */
struct world {
    const char *database, *root, *var;
    char log[300];
    struct ingest_publisher *publisher;
    pid_t pid;
    int64_t now_s;
    int64_t probes; /* dead letters that waiting for the subscription made */
};

static struct base_diag diag;

static void ok(enum base_err err)
{
    if (err) {
        fail_msg("%s: %s", base_error_name(err), diag.text);
    }
}

static void send_bytes(struct world *world, const char *tail, const void *payload, size_t len, bool retain)
{
    char topic[200];
    snprintf(topic, sizeof topic, "%s/%s", world->root, tail);
    ok(ingest_publisher_send(world->publisher, topic, payload, len, 1, retain, &diag));
    ok(ingest_publisher_wait(world->publisher, 10000, &diag));
}

static void send_text(struct world *world, const char *tail, const char *payload)
{
    send_bytes(world, tail, payload, strlen(payload), false);
}

static void send_fix(struct world *world, const char *device, double lon, double lat, int64_t tst)
{
    char payload[200];
    snprintf(payload, sizeof payload,
             "{\"_type\":\"location\",\"lat\":%.7f,\"lon\":%.7f,\"tst\":%lld,\"acc\":10,\"batt\":50}", lat, lon,
             (long long)tst);
    send_text(world, device, payload);
}

static int64_t until(const struct world *world, const char *sql, int64_t wanted)
{
    int64_t seen = kit_until(world->database, sql, wanted, PATIENCE);
    if (seen != wanted) {
        fail_msg("%s: %lld, not %lld (log: %s)", sql, (long long)seen, (long long)wanted, world->log);
    }
    return seen;
}

static void start(struct world *world)
{
    const struct kit_worker worker = {
        .database = world->database, .broker = fixture_broker(), .var = world->var, .log = world->log};
    world->pid = kit_worker_start(&worker);
}

static void wait_subscribed(struct world *world)
{
    char topic[200];
    snprintf(topic, sizeof topic, "%s/probe/1", world->root);
    world->probes = kit_wait_subscribed(world->database, fixture_broker(), topic);
}

static struct world world_new(bool with_shift, const char *datum)
{
    struct world world = {.database = fixture_database(),
                          .root = fixture_unique(),
                          .var = fixture_scratch(),
                          .now_s = base_clock_now_us() / 1000000};
    char topic[200];
    snprintf(topic, sizeof topic, "%s/#", world.root);
    snprintf(world.log, sizeof world.log, "%s/ingest.log", world.var);
    kit_source(world.database, "guards", topic, with_shift);
    PGconn *pg = kit_connect(world.database);
    char sql[200];
    snprintf(sql, sizeof sql, "update source set datum = '%s'", datum);
    kit_value(pg, sql);
    PQfinish(pg);
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
}

static void a_position_is_stored_placed_and_shown(void **state)
{
    (void)state;
    struct world world = world_new(true, "wgs84");
    PGconn *pg = kit_connect(world.database);
    kit_value(pg,
              "insert into building (estate_id, dataset, key, levels, levels_source, height_m, height_source, area_m2, "
              "lon, lat, geom) values (0, 't', '1', 6, 'given', 18, 'levels', 600, 121.4, 31.02, "
              "st_multi(st_makeenvelope(121.3998, 31.0199, 121.4002, 31.0201, 4326)))");
    kit_value(pg, "update place_version set version = version + 1");
    send_fix(&world, "amy/phone", 121.4, 31.02, world.now_s);
    send_fix(&world, "bob/phone", 121.40025, 31.02, world.now_s);
    send_fix(&world, "eve/phone", 121.41, 31.02, world.now_s);
    until(&world, "select count(*) from hutong.fix", 3);
    assert_string_equal(
        kit_value(pg, "select string_agg(place_method || '/' || coalesce(building_id, 0), ',' order by lon) "
                      "from fix"),
        "inside/1,nearest/1,none/0");
    assert_string_equal(
        kit_value(pg, "select string_agg(label || '|' || label_en, ',' order by label) from asset_state"),
        "巡逻1组|Patrol 1,巡逻2组|Patrol 2,巡逻3组|Patrol 3");
    assert_string_equal(kit_value(pg, "select building_id || '/' || at_estate_id from asset_state where lon = 121.4"),
                        "1/0");
    PQfinish(pg);
    world_end(&world);
}

static void newer_event_time_wins_and_duplicates_vanish(void **state)
{
    (void)state;
    struct world world = world_new(true, "wgs84");
    send_fix(&world, "amy/phone", 121.4, 31.02, world.now_s);
    send_fix(&world, "amy/phone", 121.5, 31.02, world.now_s - 60);
    send_fix(&world, "amy/phone", 121.4, 31.02, world.now_s);
    until(&world, "select stored + duplicate from hutong.source_stat", 3);
    PGconn *pg = kit_connect(world.database);
    assert_string_equal(kit_value(pg, "select lon from asset_state"), "121.4");
    assert_int_equal(kit_number(pg, "select duplicate from source_stat"), 1);
    assert_int_equal(kit_number(pg, "select count(*) from fix"), 2);
    PQfinish(pg);
    world_end(&world);
}

static void an_asset_away_from_buildings_keeps_its_estate(void **state)
{
    (void)state;
    struct world world = world_new(true, "wgs84");
    PGconn *pg = kit_connect(world.database);
    kit_value(pg, "insert into estate (dataset, key, name, geom) values ('t', '1', 'Yunqi Gardens', "
                  "st_multi(st_makeenvelope(121.39, 31.01, 121.41, 31.03, 4326)))");
    kit_value(pg, "update place_version set version = version + 1");
    send_fix(&world, "amy/phone", 121.4, 31.02, world.now_s - 10);
    until(&world, "select count(*) from hutong.fix", 1);
    send_fix(&world, "amy/phone", 121.401, 31.02, world.now_s);
    until(&world, "select count(*) from hutong.fix", 2);
    assert_string_equal(kit_value(pg, "select a.lon || '/' || e.key || '/' || coalesce(a.building_id, 0) from "
                                      "asset_state a join estate e on e.id = a.at_estate_id"),
                        "121.401/1/0");
    PQfinish(pg);
    world_end(&world);
}

static void off_shift_nothing_is_kept(void **state)
{
    (void)state;
    struct world world = world_new(false, "wgs84");
    send_fix(&world, "amy/phone", 121.4, 31.02, world.now_s);
    send_text(&world, "amy/phone", "{\"_type\":\"lwt\",\"tst\":1}");
    until(&world, "select off_shift from hutong.source_stat", 2);
    PGconn *pg = kit_connect(world.database);
    assert_int_equal(kit_number(pg, "select (select count(*) from fix) + (select count(*) from event) + "
                                    "(select count(*) from asset_state)"),
                     0);
    PQfinish(pg);
    world_end(&world);
}

/* A shift of amy/phone's own. */
static void open_shift(struct world *world, const char *label, int64_t from_s, int64_t to_s)
{
    AUTO(data_conn) conn = NULL;
    struct base_id hash;
    ok(ingest_devices_hash(world->var, "guards", "amy/phone", from_s * 1000000, &diag, &hash));
    ok(data_conn_open(world->database, "test", &diag, &conn));
    ok(data_run(conn, DATA_SHIFT_OPEN,
                DATA_ARGS(data_text("guards"), data_id(hash), data_text("guard"), data_text(label),
                          data_text("Patrol 3"), data_time(from_s * 1000000), data_time(to_s * 1000000)),
                &diag, NULL));
}

static void a_shift_opened_a_moment_ago_counts(void **state)
{
    (void)state;
    struct world world = world_new(false, "wgs84");
    open_shift(&world, "巡逻3组", world.now_s - 3600, world.now_s + 3600);
    send_fix(&world, "amy/phone", 121.4, 31.02, world.now_s);
    send_fix(&world, "bob/phone", 121.4, 31.02, world.now_s);        /* not his shift */
    send_fix(&world, "amy/phone", 121.4, 31.02, world.now_s - 7200); /* not yet her shift */
    until(&world, "select stored + off_shift from hutong.source_stat", 3);
    PGconn *pg = kit_connect(world.database);
    assert_string_equal(kit_value(pg, "select label || '/' || label_en from asset_state"), "巡逻3组/Patrol 3");
    assert_int_equal(kit_number(pg, "select count(*) from fix"), 1);
    PQfinish(pg);
    world_end(&world);
}

static void send_region(struct world *world, const char *device, int64_t tst)
{
    char topic[100], payload[200];
    snprintf(topic, sizeof topic, "%s/event", device);
    snprintf(payload, sizeof payload,
             "{\"_type\":\"transition\",\"event\":\"enter\",\"rid\":\"amys-home\",\"tst\":%lld}", (long long)tst);
    send_text(world, topic, payload);
}

/* Who has the database and one month's key cannot go on to another month. */
static void two_months_of_one_device_share_nothing(void **state)
{
    (void)state;
    struct world world = world_new(false, "wgs84");
    PGconn *pg = kit_connect(world.database);
    int64_t first_s = kit_number(pg, "select extract(epoch from date_trunc('month', now(), 'UTC'))::bigint");
    assert_int_equal(kit_worker_end(world.pid, SIGTERM), 0);
    kit_value(pg, "update source set retention = '90 days'");
    setenv("HUTONG_KEEP_FIX", "90d", 1); /* a month may have 31 days */
    open_shift(&world, "巡逻3组", first_s - 7200, first_s - 3600);
    open_shift(&world, "巡逻3组", first_s, world.now_s + 3600);
    start(&world);
    unsetenv("HUTONG_KEEP_FIX");
    for (int i = 0; i < 2; i++) {
        int64_t at = i ? world.now_s : first_s - 5000;
        send_fix(&world, "amy/phone", 121.4, 31.02, at);
        send_region(&world, "amy/phone", at);
        send_region(&world, "amy/phone", at - 1);
    }
    until(&world, "select stored from hutong.source_stat", 6);
    assert_string_equal(kit_value(pg, "select count(distinct f.subject) || '/' || count(distinct h.device_hash) || '/' "
                                      "|| count(distinct h.id) from fix f join shift h on h.id = f.shift_id"),
                        "2/2/2");
    assert_string_equal(kit_value(pg, "select count(distinct native_id) || '/' || count(distinct subject) || '/' || "
                                      "count(*) || '/' || min(length(native_id)) from event"),
                        "2/2/4/32"); /* within a month the same region is the same */
    assert_int_equal(kit_number(pg, "with seen as (select subject::text as value, shift_id from fix union select "
                                    "subject::text, shift_id from event union select native_id, shift_id from event "
                                    "union select device_hash::text, id from shift) select count(*) from (select value "
                                    "from seen group by value having count(distinct shift_id) > 1) shared"),
                     0);
    PQfinish(pg);
    world_end(&world);
}

static void last_positions_do_not_outlive_the_shift(void **state)
{
    (void)state;
    struct world world = world_new(false, "wgs84");
    open_shift(&world, "巡逻3组", world.now_s - 3600, world.now_s + 3600);
    send_fix(&world, "amy/phone", 121.4, 31.02, world.now_s);
    until(&world, "select count(*) from hutong.asset_state", 1);
    PGconn *pg = kit_connect(world.database);
    kit_value(pg, "update shift set ends_at = now()");
    until(&world, "select count(*) from hutong.asset_state", 0);
    send_fix(&world, "amy/phone", 121.4, 31.02, world.now_s - 60); /* came late: a fact, no longer a last position */
    until(&world, "select stored from hutong.source_stat", 2);
    assert_int_equal(kit_number(pg, "select count(*) from asset_state"), 0);
    PQfinish(pg);
    world_end(&world);
}

static void nothing_names_a_person(void **state)
{
    (void)state;
    struct world world = world_new(true, "wgs84");
    char payload[200];
    send_fix(&world, "Zhangsan/Huawei", 121.4, 31.02, world.now_s);
    snprintf(
        payload, sizeof payload,
        "{\"_type\":\"transition\",\"event\":\"enter\",\"desc\":\"Zhangsan home\",\"rid\":\"zhangsan7f\",\"tst\":%lld}",
        (long long)world.now_s);
    send_text(&world, "Zhangsan/Huawei/event", payload);
    send_text(&world, "Zhangsan/Huawei/info", "{\"_type\":\"card\",\"name\":\"Zhangsan\"}");
    send_text(&world, "Zhangsan/Huawei", "{\"_type\":\"Zhangsan\"}");
    send_text(&world, "Zhangsan/Huawei/nonsense", "Zhangsan");
    until(&world, "select received from hutong.source_stat where ignored = 1", 5 + world.probes);
    PGconn *pg = kit_connect(world.database);
    assert_int_equal(kit_number(pg, "select dead from source_stat"), 2 + world.probes);
    assert_int_equal(kit_number(pg,
                                "select count(*) from (select f::text as t from fix f union all select e::text from "
                                "event e union all select a::text from asset_state a union all select d::text from "
                                "dead_letter d union all select s::text from source_stat s union all select "
                                "encode(d.payload_sealed, 'escape') from dead_letter d union all select "
                                "encode(d.topic_sealed, 'escape') from dead_letter d union all select l::text "
                                "from lease l) x where t ilike '%zhangsan%' or t ilike '%huawei%'"),
                     0);
    assert_int_equal(kit_number(pg, "select redacted from source_stat"), 2);
    PQfinish(pg);
    world_end(&world);
    AUTO_VALUE(base_buf) log;
    base_buf_init(&log, 1 << 20);
    ok(base_file_read(world.log, 1 << 19, &diag, &log));
    assert_null(strcasestr(base_buf_cstr(&log), "zhangsan"));
    assert_null(strcasestr(base_buf_cstr(&log), "huawei"));
}

/* Hex digits of the query's value -> bytes. */
static size_t bytes_of(const char *hex, unsigned char *bytes)
{
    size_t len = 0;
    for (; hex[0] && hex[1]; hex += 2) {
        char two[3] = {hex[0], hex[1], '\0'};
        bytes[len++] = (unsigned char)strtol(two, NULL, 16);
    }
    return len;
}

static void dead_letters_open_with_the_private_key_only(void **state)
{
    (void)state;
    struct world world = world_new(true, "wgs84");
    char path[400];
    unsigned char sealed[4096];
    struct base_key secret;
    send_text(&world, "amy/phone", "{\"_type\":\"location\",\"lat\":91,\"lon\":0}");
    send_text(&world, "amy/phone", "{\"_type\":\"location\",\"lat\":91,\"lon\":0}"); /* two letters */
    send_bytes(&world, "amy/phone", "\xff\xfe{", 3, false);
    send_text(&world, "amy", "{}");
    send_text(&world, "amy/phone", "{\"_type\":\"encrypted\",\"data\":\"x\"}");
    static char huge[1200 * 1024];
    memset(huge, 'x', sizeof huge);
    send_bytes(&world, "amy/phone", huge, sizeof huge, false);
    until(&world, "select received from hutong.source_stat", 6 + world.probes);
    PGconn *pg = kit_connect(world.database);
    assert_string_equal(
        kit_value(pg, "select string_agg(reason, '; ' order by reason collate \"C\") from dead_letter where "
                      "reason <> 'not JSON'"), /* without the probes */
        "encrypted message without a key; larger than 1048576 bytes; not UTF-8; position outside "
        "longitude -180..180 and latitude -90..90; position outside longitude -180..180 and latitude -90..90; "
        "unknown topic");
    snprintf(path, sizeof path, "%s/keys/dead.key", world.var);
    ok(base_key_file(path, &diag, &secret));
    size_t len = bytes_of(
        kit_value(pg, "select encode(payload_sealed, 'hex') from dead_letter where reason like 'pos%'"), sealed);
    AUTO_VALUE(base_buf) open;
    base_buf_init(&open, 4096);
    ok(base_key_unseal(&secret, sealed, len, &open));
    assert_string_equal(base_buf_cstr(&open), "{\"_type\":\"location\",\"lat\":91,\"lon\":0}");
    PQfinish(pg);
    world_end(&world);
}

static void the_datum_of_the_source_is_undone(void **state)
{
    (void)state;
    struct world world = world_new(true, "gcj02");
    send_fix(&world, "amy/phone", 121.4, 31.02, world.now_s);
    until(&world, "select count(*) from hutong.fix", 1);
    PGconn *pg = kit_connect(world.database);
    int64_t metres = kit_number(pg, "select st_distance(st_makepoint(lon, lat)::geography, st_makepoint(121.4, "
                                    "31.02)::geography)::integer from fix");
    assert_in_range(metres, 300, 700);
    PQfinish(pg);
    world_end(&world);
}

static void retained_messages_are_replays(void **state)
{
    (void)state;
    struct world world = world_new(true, "wgs84");
    struct world kept = world;
    char payload[160], topic[200];
    kept.root = fixture_unique();
    snprintf(topic, sizeof topic, "%s/#", kept.root);
    snprintf(payload, sizeof payload, "{\"_type\":\"location\",\"lat\":31.02,\"lon\":121.4,\"tst\":%lld}",
             (long long)world.now_s);
    send_bytes(&kept, "amy/phone", payload, strlen(payload), true);
    kit_source(world.database, "kept", topic, true);
    until(&world, "select count(*) from hutong.fix where flags & 3 = 3", 1);
    until(&world, "select replay from hutong.source_stat order by source_id desc limit 1", 1);
    send_bytes(&kept, "amy/phone", "", 0, true); /* leave the broker as we found it */
    until(&world, "select ignored from hutong.source_stat order by source_id desc limit 1", 1);
    world_end(&world);
}

static void sources_come_and_go_while_it_runs(void **state)
{
    (void)state;
    struct world world = world_new(true, "wgs84");
    char topic[200];
    const char *root = fixture_unique();
    snprintf(topic, sizeof topic, "%s/#", root);
    kit_source(world.database, "more", topic, true);
    struct world more = world;
    more.root = root;
    int64_t stored = 0;
    for (int i = 0; i < 100 && stored == 0; i++) {
        send_fix(&more, "amy/phone", 121.4, 31.02, world.now_s + i);
        stored =
            kit_until(world.database, "select least(stored, 1) from hutong.source_stat order by source_id desc limit 1",
                      1, INT64_C(200000)) == 1;
    }
    assert_int_equal(stored, 1);
    AUTO(data_conn) conn = NULL;
    ok(data_conn_open(world.database, "test", &diag, &conn));
    ok(data_run(conn, DATA_SOURCE_REMOVE, DATA_ARGS(data_text("more")), &diag, NULL));
    until(&world, "select count(*) from hutong.source where forgotten_at is null", 0);
    until(&world, "select count(*) from hutong.lease where owner is null", 1);
    send_fix(&world, "amy/phone", 121.4, 31.02, world.now_s);
    until(&world, "select stored from hutong.source_stat order by source_id limit 1", 1);
    world_end(&world);
}

/* Sends until one more is stored: the subscription to the root stands. */
static void until_subscribed(struct world *world, const char *root)
{
    struct world other = *world;
    other.root = root;
    PGconn *pg = kit_connect(world->database);
    int64_t before = kit_number(pg, "select sum(stored) from source_stat");
    bool more = false;
    for (int i = 0; i < 100 && !more; i++) {
        send_fix(&other, "probe/phone", 121.4, 31.02, world->now_s - 1000 - i);
        nanosleep(&(struct timespec){.tv_nsec = 100 * 1000 * 1000}, NULL);
        more = kit_number(pg, "select sum(stored) from source_stat") > before;
    }
    PQfinish(pg);
    assert_true(more);
}

static void topics_that_changed_while_it_was_away_are_reconciled(void **state)
{
    (void)state;
    struct world world = world_new(true, "wgs84");
    struct world moved = world;
    char topic[200];
    moved.root = fixture_unique();
    snprintf(topic, sizeof topic, "%s/#", moved.root);
    until(&world, "select count(*) from hutong.lease l join hutong.source s on s.topics = l.topics", 1);
    assert_int_equal(kit_worker_end(world.pid, SIGTERM), 0);
    kit_source(world.database, "guards", topic, false);
    start(&world);
    until_subscribed(&moved, moved.root);
    until(&world, "select count(*) from hutong.lease l join hutong.source s on s.topics = l.topics", 1);
    send_fix(&world, "old/phone", 121.7, 31.02, world.now_s);
    send_fix(&moved, "new/phone", 121.8, 31.02, world.now_s); /* the broker serves in order: after the old one */
    until(&world, "select count(*) from hutong.fix where lon = 121.8", 1);
    PGconn *pg = kit_connect(world.database);
    assert_int_equal(kit_number(pg, "select count(*) from fix where lon = 121.7"), 0);
    PQfinish(pg);
    world_end(&world);
}

static void topics_that_change_while_it_runs_are_followed(void **state)
{
    (void)state;
    struct world world = world_new(true, "wgs84");
    struct world moved = world;
    char topic[200];
    moved.root = fixture_unique();
    snprintf(topic, sizeof topic, "%s/#", moved.root);
    kit_source(world.database, "guards", topic, false);
    until_subscribed(&moved, moved.root);
    until(&world, "select count(*) from hutong.lease l join hutong.source s on s.topics = l.topics", 1);
    send_fix(&world, "old/phone", 121.7, 31.02, world.now_s);
    send_fix(&moved, "new/phone", 121.8, 31.02, world.now_s);
    until(&world, "select count(*) from hutong.fix where lon = 121.8", 1);
    PGconn *pg = kit_connect(world.database);
    assert_int_equal(kit_number(pg, "select count(*) from fix where lon = 121.7"), 0);
    PQfinish(pg);
    world_end(&world);
}

static void remove_guards(struct world *world)
{
    AUTO(data_conn) conn = NULL;
    ok(data_conn_open(world->database, "test", &diag, &conn));
    ok(data_run(conn, DATA_SOURCE_REMOVE, DATA_ARGS(data_text("guards")), &diag, NULL));
}

/* again_first: the name is added again before a worker could see that it was gone. */
static void old_messages_do_not_come_back(bool again_first)
{
    struct world world = world_new(true, "wgs84");
    char topic[200];
    snprintf(topic, sizeof topic, "%s/#", world.root);
    assert_int_equal(kit_worker_end(world.pid, SIGTERM), 0);
    send_fix(&world, "amy/phone", 121.6, 31.02, world.now_s);
    remove_guards(&world);
    send_fix(&world, "amy/phone", 121.7, 31.02, world.now_s);
    if (again_first) {
        kit_source(world.database, "guards", topic, false);
    }
    start(&world);
    until(&world, "select count(*) from hutong.source where forgotten_at is null", 0);
    kit_source(world.database, "guards", topic, false);
    until_subscribed(&world, world.root);
    PGconn *pg = kit_connect(world.database);
    assert_int_equal(kit_number(pg, "select count(*) from fix where lon in (121.6, 121.7)"), 0);
    PQfinish(pg);
    world_end(&world);
}

static void a_source_removed_while_it_was_away_is_forgotten(void **state)
{
    (void)state;
    old_messages_do_not_come_back(false);
}

static void a_source_removed_and_added_again_starts_anew(void **state)
{
    (void)state;
    old_messages_do_not_come_back(true);
}

static void what_comes_while_it_is_away_waits_at_the_broker(void **state)
{
    (void)state;
    struct world world = world_new(true, "wgs84");
    assert_int_equal(kit_worker_end(world.pid, SIGTERM), 0);
    PGconn *pg = kit_connect(world.database);
    assert_int_equal(kit_number(pg, "select count(*) from lease where owner is null and epoch = 1"), 1);
    for (int i = 0; i < 50; i++) {
        send_fix(&world, "amy/phone", 121.4, 31.02, world.now_s - i);
    }
    start(&world);
    until(&world, "select count(*) from hutong.fix", 50);
    PQfinish(pg);
    world_end(&world);
}

static void a_hung_holder_is_fenced(void **state)
{
    (void)state;
    struct world world = world_new(true, "wgs84");
    pid_t hung = world.pid;
    kill(hung, SIGSTOP);
    start(&world); /* waits for the lease to run out */
    for (int i = 0; i < 20; i++) {
        send_fix(&world, "amy/phone", 121.4, 31.02, world.now_s - i);
    }
    until(&world, "select count(*) from hutong.fix", 20);
    kill(hung, SIGCONT);
    for (int i = 20; i < 40; i++) {
        send_fix(&world, "amy/phone", 121.4, 31.02, world.now_s - i);
    }
    until(&world, "select count(*) from hutong.fix", 40);
    PGconn *pg = kit_connect(world.database);
    assert_int_equal(kit_number(pg, "select stored from source_stat"), 40);
    assert_int_equal(kit_number(pg, "select epoch from lease"), 2);
    PQfinish(pg);
    assert_int_equal(kit_worker_end(hung, SIGTERM), 0);
    world_end(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_position_is_stored_placed_and_shown),
        cmocka_unit_test(newer_event_time_wins_and_duplicates_vanish),
        cmocka_unit_test(an_asset_away_from_buildings_keeps_its_estate),
        cmocka_unit_test(off_shift_nothing_is_kept),
        cmocka_unit_test(a_shift_opened_a_moment_ago_counts),
        cmocka_unit_test(two_months_of_one_device_share_nothing),
        cmocka_unit_test(last_positions_do_not_outlive_the_shift),
        cmocka_unit_test(nothing_names_a_person),
        cmocka_unit_test(dead_letters_open_with_the_private_key_only),
        cmocka_unit_test(the_datum_of_the_source_is_undone),
        cmocka_unit_test(retained_messages_are_replays),
        cmocka_unit_test(sources_come_and_go_while_it_runs),
        cmocka_unit_test(topics_that_changed_while_it_was_away_are_reconciled),
        cmocka_unit_test(topics_that_change_while_it_runs_are_followed),
        cmocka_unit_test(a_source_removed_while_it_was_away_is_forgotten),
        cmocka_unit_test(a_source_removed_and_added_again_starts_anew),
        cmocka_unit_test(what_comes_while_it_is_away_waits_at_the_broker),
        cmocka_unit_test(a_hung_holder_is_fenced),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
