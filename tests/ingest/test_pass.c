/* From stored rows to passes in the database: store.c, store_state.c, store_pass.c and store_place.c, given batches of
 * the test's own making. No broker: what comes when is up to the test. */
#include "fixture/ingest_kit.h"
#include "ingest/source.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

enum { WALKERS = 5, ROWS_MAX = 4000 };

struct world {
    const char *database;
    PGconn *pg;
    struct data_conn *conn;
    struct ingest_store store;
    struct ingest_source source;
    struct ingest_device device;
    int64_t start_us;
};

static struct base_diag diag;

static void ok(enum base_err err)
{
    if (err) {
        fail_msg("%s: %s", base_error_name(err), diag.text);
    }
}

/* --- the world: a street of eight houses 20 m apart, a zone over it, a checkpoint, a lease that is ours --- */
#define LON 121.4
#define LAT 31.02
#define LON_M 95500.0 /* of a degree; near enough for a test */
#define LAT_M 110900.0

static void make_places(struct world *world)
{
    char sql[1024];
    snprintf(
        sql, sizeof sql,
        "insert into building (estate_id, dataset, key, levels, levels_source, height_m, height_source, area_m2, "
        "lon, lat, geom) select 0, 't', n, 6, 'given', 18, 'levels', 120, x, y, st_multi(st_makeenvelope(x, y, x + "
        "12 / %f, y + 10 / %f, 4326)) from (select n, %f + n * 20 / %f as x, %f + 5 / %f as y from "
        "generate_series(0, 7) n) g",
        LON_M, LAT_M, LON, LON_M, LAT, LAT_M);
    kit_value(world->pg, sql);
    snprintf(sql, sizeof sql,
             "insert into zone (estate_id, dataset, key, kind, geom) values (0, 't', 'z', 'sanitation', "
             "st_multi(st_makeenvelope(%f, %f, %f, %f, 4326)))",
             LON, LAT - 1e-4, LON + 60 / LON_M, LAT + 1e-4);
    kit_value(world->pg, sql);
    snprintf(sql, sizeof sql,
             "insert into checkpoint (estate_id, dataset, key, geom) values (0, 't', 'c', st_point(%f, %f, 4326))", LON,
             LAT);
    kit_value(world->pg, sql);
}

static void take_lease(struct world *world)
{
    kit_source(world->database, "guards", "t/#", true);
    kit_value(world->pg, "update lease set owner = 'test', epoch = 1, expires_at = now() + interval '1 day'");
    world->source.id = kit_number(world->pg, "select id from source");
    world->source.epoch = 1;
    world->source.name = (char[]){"guards"};
    world->source.retention_us = 30 * INGEST_DAY_US;
    ingest_batch_init(&world->source.batch);
    world->source.batch.rows = calloc(ROWS_MAX, sizeof *world->source.batch.rows);
}

static struct world *world_new(void)
{
    struct world *world = calloc(1, sizeof *world);
    world->database = fixture_database();
    world->pg = kit_connect(world->database);
    world->device.native = base_str_of("device");
    /* Tomorrow's noon: nothing is old, which would mark its stretch (test_mark.c). */
    world->start_us = (base_clock_now_us() / INGEST_DAY_US + 1) * INGEST_DAY_US + INGEST_DAY_US / 2;
    make_places(world);
    take_lease(world);
    ok(data_conn_open(world->database, "test", &diag, &world->conn));
    ingest_store_init(&world->store, "test");
    ok(ingest_store_connect(&world->store, world->conn, &diag));
    return world;
}

static void world_free(struct world *world)
{
    free(world->source.batch.rows);
    world->source.batch.rows = NULL;
    ingest_batch_release(&world->source.batch);
    ingest_redelivery_release(&world->source.redelivery);
    ingest_store_release(&world->store);
    data_conn_free(world->conn);
    PQfinish(world->pg);
    free(world);
}

/* --- rows --- */
static struct base_id id_of(uint64_t a, uint64_t b)
{
    struct base_id id;
    memcpy(id.bytes, &a, sizeof a);
    memcpy(id.bytes + sizeof a, &b, sizeof b);
    return id;
}

/* Metres east and north of the street's west end. */
static struct ingest_row row_at(struct world *world, int walker, double seconds, double x, double y)
{
    struct ingest_row row = {.device = &world->device,
                             .t_event = world->start_us + (int64_t)llround(seconds * 1e6),
                             .t_gateway = SENSORS_NO_TIME,
                             .lon = LON + x / LON_M,
                             .lat = LAT + y / LAT_M,
                             .alt_m = NAN,
                             .acc_m = 5,
                             .speed_mps = NAN,
                             .course_deg = NAN,
                             .battery = NAN,
                             .confidence = NAN,
                             .kind = SENSORS_KIND_POSITION,
                             .t_source = SENSORS_TIME_DEVICE,
                             .pos_source = SENSORS_POSITION_GNSS,
                             .subject_type = SENSORS_SUBJECT_GUARD,
                             .severity = SENSORS_NO_SEVERITY,
                             .shift_id = 1,
                             .subject = id_of((uint64_t)walker + 1, 7)};
    row.t_recv = row.t_event + 1000000;
    row.dedup = id_of((uint64_t)row.t_event, (uint64_t)walker + 1000 * (uint64_t)lround(x + 5000));
    return row;
}

static void put(struct world *world, struct ingest_row row)
{
    assert_true(world->source.batch.row_count < ROWS_MAX);
    world->source.batch.rows[world->source.batch.row_count++] = row;
}

static void store_by(struct world *world, struct ingest_store *store)
{
    ok(ingest_store_batch(store, &world->source, &diag));
    world->source.batch.row_count = 0;
}

static void store(struct world *world)
{
    store_by(world, &world->store);
}

static void go(struct world *world, double seconds, double x, double y)
{
    put(world, row_at(world, 0, seconds, x, y));
    store(world);
}

static const char *value(struct world *world, const char *sql)
{
    return kit_value(world->pg, sql);
}

static int64_t number(struct world *world, const char *sql)
{
    return kit_number(world->pg, sql);
}

static double seconds(struct world *world, const char *sql)
{
    double at = -1;
    assert_true(base_str_f64(base_str_of(kit_value(world->pg, sql)), &at));
    return at - (double)world->start_us / 1e6;
}

/* --- tests --- */
static void a_walk_makes_passes_and_states(void **state)
{
    (void)state;
    struct world *world = world_new();
    go(world, 0, 5, 0);
    go(world, 10, 15, 0);
    go(world, 70, 16, 0);
    go(world, 80, 65, -2); /* along the next houses, 5 m out of the zone, away from the checkpoint */
    assert_string_equal(value(world,
                              "select string_agg(place_kind || place_id || ':' || fixes || ':' || open, ' ' order "
                              "by place_kind, place_id, t_event) from pass"),
                        "building1:3:false building2:2:false building3:1:true building4:1:true checkpoint1:3:false "
                        "zone1:3:true"); /* the fourth in the zone is less than a minute after the third: not written */
    assert_true(seconds(world, "select extract(epoch from t_event) from pass where place_id = 3 and place_kind = "
                               "'building'") > 70);
    assert_string_equal(value(world,
                              "select round(nearest_m::numeric, 1) || '/' || acc_m || '/' || method || '/' || "
                              "subject_type || '/' || version from pass where place_kind = 'building' and place_id "
                              "= 1"),
                        "5.0/5/track/guard/1");
    assert_int_equal(number(world, "select count(*) from building_state"), 4);
    assert_int_equal(number(world, "select count(*) from zone_state where last_pass_subject_type = 'guard'"), 1);
    assert_int_equal(number(world, "select count(*) from building_state b join pass p on p.place_kind = 'building' and "
                                   "p.place_id = b.building_id and b.last_pass_at = p.t_to"),
                     4);
    assert_int_equal(number(world, "select count(*) from stretch"), 0);
    world_free(world);
}

static void what_was_dated_by_its_receipt_is_no_evidence(void **state)
{
    (void)state;
    struct world *world = world_new();
    struct ingest_row row = row_at(world, 0, 0, 5, 0);
    row.t_source = SENSORS_TIME_RECEIVED;
    put(world, row);
    store(world);
    assert_int_equal(number(world, "select count(*) from asset_state where track is null"), 1);
    assert_int_equal(number(world, "select count(*) from pass"), 0);
    world_free(world);
}

static void late_fixes_mark_the_stretch_and_nothing_else(void **state)
{
    (void)state;
    struct world *world = world_new();
    static const char *const all = "select md5(string_agg(p::text, ',' order by p)) from (select t_event, place_kind, "
                                   "place_id, t_to, fixes, open from pass) p";
    char before[64];
    go(world, 100, 5, 0);
    go(world, 110, 15, 0);
    snprintf(before, sizeof before, "%s", value(world, all));
    go(world, 50, 100, 0);
    go(world, 20, 120, 0);
    go(world, 60, 100, 0);
    assert_string_equal(value(world, all), before);
    assert_int_equal(number(world, "select count(*) from fix"), 5);
    assert_true(seconds(world, "select extract(epoch from t_from) from stretch") == 20);
    assert_true(seconds(world, "select extract(epoch from t_to) from stretch") == 60);
    assert_true(seconds(world, "select extract(epoch from t_event) from asset_state") == 110);
    world_free(world);
}

static void the_end_of_the_shift_closes_what_is_open(void **state)
{
    (void)state;
    struct world *world = world_new();
    go(world, 0, 5, 0);
    go(world, 30, 6, 0); /* not written: within a minute */
    assert_true(seconds(world, "select extract(epoch from t_to) from pass where place_kind = 'zone'") == 0);
    value(world, "update shift set ends_at = now()");
    ok(ingest_store_expire(&world->store, &diag));
    assert_int_equal(number(world, "select count(*) from asset_state"), 0);
    assert_int_equal(number(world, "select count(*) from pass where open"), 0);
    assert_true(seconds(world, "select extract(epoch from t_to) from pass where place_kind = 'zone'") == 30);
    assert_true(seconds(world, "select extract(epoch from last_pass_at) from zone_state") == 30);
    int64_t passes = number(world, "select count(*) from pass");
    go(world, 40, 5, 0); /* came when nothing of the shift is kept any more: judge will derive it */
    assert_int_equal(number(world, "select count(*) from pass"), passes);
    assert_true(seconds(world, "select extract(epoch from t_from) from stretch") == 40);
    world_free(world);
}

static void check_ins_and_events_are_known_at_the_building(void **state)
{
    (void)state;
    struct world *world = world_new();
    struct ingest_row row = row_at(world, 0, 20, 46, 10); /* in house 3 */
    go(world, 0, 5, 0);
    row.kind = SENSORS_KIND_CHECKPOINT;
    put(world, row);
    store(world);
    assert_string_equal(value(world, "select place_id || '/' || nearest_m || '/' || open from pass where method = "
                                     "'checkin'"),
                        "3/0/true");
    row = row_at(world, 1, 30, 66, 10);
    row.kind = SENSORS_KIND_ALARM;
    row.subject_type = SENSORS_SUBJECT_OBJECT;
    put(world, row);
    row.kind = SENSORS_KIND_MEASUREMENT;
    row.t_event += 5000000;
    row.dedup = id_of(9, 9);
    put(world, row);
    store(world);
    assert_true(seconds(world, "select extract(epoch from last_alarm_at) from building_state where building_id = 4") ==
                30);
    assert_true(seconds(world, "select extract(epoch from last_event_at) from building_state where building_id = 4") ==
                30);
    assert_true(seconds(world, "select extract(epoch from last_event_at) from building_state where building_id = 3") ==
                20);
    world_free(world);
}

/* A thing that was silent until its pass's day was dropped, and a track that somebody edited. */
static void what_is_gone_stops_nothing(void **state)
{
    (void)state;
    struct world *world = world_new();
    struct ingest_row row = row_at(world, 0, -20 * 86400.0, 5, 0);
    row.subject_type = SENSORS_SUBJECT_FLEET;
    row.shift_id = 0;
    put(world, row);
    store(world);
    assert_int_equal(number(world, "select count(*) from pass"), 3);
    value(world,
          "do $$ declare t text; begin for t in select inhrelid::regclass::text from pg_inherits where inhparent = "
          "'pass'::regclass loop execute 'drop table ' || t; end loop; end $$");
    world->store.partition_count = 0;
    row.t_event = world->start_us;
    row.dedup = id_of(1, 2);
    put(world, row);
    store(world);
    assert_int_equal(number(world, "select count(*) from pass where open"), 3);
    value(world, "delete from stretch"); /* of the position that was twenty days old */
    value(world, "update asset_state set track = '\\x0102', track_stamp = 1");
    row.t_event += 10000000;
    row.dedup = id_of(1, 3);
    put(world, row);
    store(world);
    assert_int_equal(number(world, "select count(*) from stretch"), 1);
    assert_int_equal(number(world, "select count(*) from pass"), 6);
    world_free(world);
}

/* --- cuts and redelivery --- */
static double uniform(uint64_t *seed) /* xorshift64* */
{
    *seed ^= *seed >> 12;
    *seed ^= *seed << 25;
    *seed ^= *seed >> 27;
    return (double)(*seed * UINT64_C(2685821657736338717) >> 11) / 9007199254740992.0;
}

/* Five guards up and down the street, with noise, outliers, late and bad fixes, and check-ins. */
static size_t make_walk(struct world *world, struct ingest_row *rows)
{
    uint64_t seed = 20260103;
    size_t count = 0;
    for (int i = 0; i < 300; i++) {
        for (int walker = 0; walker < WALKERS; walker++) {
            double where = fmod(i * (3.0 + walker), 400);
            double x = (where < 200 ? where : 400 - where) + 6 * uniform(&seed);
            double at = i * 7 + 3 * uniform(&seed) - (uniform(&seed) < 0.03 ? 40 : 0);
            struct ingest_row row =
                row_at(world, walker, at, x + (uniform(&seed) < 0.02 ? 700 : 0), 3 * uniform(&seed));
            row.acc_m = uniform(&seed) < 0.1 ? 60 : 6;
            if (uniform(&seed) < 0.01) {
                row.kind = SENSORS_KIND_CHECKPOINT;
                row.lon = LON + (20 * (i % 8) + 6) / LON_M;
                row.lat = LAT + 10 / LAT_M;
            }
            rows[count++] = row;
        }
    }
    return count;
}

/* Everything that must not depend on how it came. */
static const char *dump(struct world *world)
{
    return value(world,
                 "select md5(p) || md5(b) || md5(z) || md5(a) || coalesce(md5(s), '') from (select "
                 "(select string_agg(x::text, ',' order by x) from (select estate_id, t_event, subject, place_kind, "
                 "place_id, version, t_to, subject_type, nearest_m, acc_m, fixes, method, open from pass) x) p, "
                 "(select string_agg(x::text, ',' order by x) from building_state x) b, "
                 "(select string_agg(x::text, ',' order by x) from zone_state x) z, "
                 "(select string_agg(x::text, ',' order by x) from (select subject, t_event, lon, lat, building_id, "
                 "track from asset_state) x) a, "
                 "(select string_agg(x::text, ',' order by x) from (select subject, t_from, t_to from stretch) x) s"
                 ") all_of");
}

static void the_cut_into_batches_and_redelivery_change_nothing(void **state)
{
    (void)state;
    static struct ingest_row rows[ROWS_MAX];
    char expected[200];
    struct world *whole = world_new();
    int64_t start_us = whole->start_us;
    size_t count = make_walk(whole, rows);
    for (size_t i = 0; i < count; i++) {
        put(whole, rows[i]);
    }
    store(whole);
    snprintf(expected, sizeof expected, "%s", dump(whole));
    printf("%lld passes, %lld by check-in, %lld stretches\n", (long long)number(whole, "select count(*) from pass"),
           (long long)number(whole, "select count(*) from pass where method = 'checkin'"),
           (long long)number(whole, "select count(*) from stretch"));
    assert_true(number(whole, "select count(*) from pass") > 200);
    assert_int_equal(number(whole, "select count(*) from stretch"), WALKERS);
    for (uint64_t round = 1; round <= 4; round++) {
        struct world *world = world_new();
        AUTO(data_conn) conn = NULL;
        struct ingest_store other; /* a second worker: what the first remembers gets out of date, and the other way */
        ok(data_conn_open(world->database, "other", &diag, &conn));
        ingest_store_init(&other, "test");
        ok(ingest_store_connect(&other, conn, &diag));
        uint64_t seed = round;
        size_t done = 0;
        world->start_us = start_us;
        while (done < count) {
            size_t again = round % 2 ? 0 : (size_t)(uniform(&seed) * 30);
            size_t end = done + 1 + (size_t)(uniform(&seed) * (round == 1 ? 3 : 200));
            for (size_t i = done > again ? done - again : 0; i < end && i < count; i++) {
                put(world, rows[i]);
            }
            store_by(world, round > 2 && uniform(&seed) < 0.3 ? &other : &world->store);
            done = end;
        }
        ingest_store_release(&other);
        assert_string_equal(dump(world), expected);
        assert_int_equal(number(world, "select count(*) from fix") + number(world, "select count(*) from event"),
                         count);
        world_free(world);
    }
    world_free(whole);
}

/* How many do so depends on who else looks at the table; what must hold is that nothing forbids it: no index on a
 * column that a move changes, and room in each page. */
static void moves_can_stay_within_their_page(void **state)
{
    (void)state;
    struct world *world = world_new();
    for (int i = 0; i < 3; i++) {
        put(world, row_at(world, 1, i * 5, 5 + i, 0));
        store(world);
    }
    assert_int_equal(number(world, "select count(*) from pg_index i join pg_attribute a on a.attrelid = i.indrelid and "
                                   "a.attnum = any (i.indkey) where i.indrelid = 'asset_state'::regclass and a.attname "
                                   "not in ('estate_id', 'subject')"),
                     0);
    assert_string_equal(value(world, "select reloptions::text from pg_class where oid = 'asset_state'::regclass"),
                        "{fillfactor=50}");
    /* Alone in its page and with nobody looking, the row has moved without leaving it. */
    assert_string_equal(value(world, "select (ctid::text::point)[0]::integer from asset_state"), "0");
    world_free(world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_walk_makes_passes_and_states),
        cmocka_unit_test(what_was_dated_by_its_receipt_is_no_evidence),
        cmocka_unit_test(late_fixes_mark_the_stretch_and_nothing_else),
        cmocka_unit_test(the_end_of_the_shift_closes_what_is_open),
        cmocka_unit_test(check_ins_and_events_are_known_at_the_building),
        cmocka_unit_test(what_is_gone_stops_nothing),
        cmocka_unit_test(the_cut_into_batches_and_redelivery_change_nothing),
        cmocka_unit_test(moves_can_stay_within_their_page),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
