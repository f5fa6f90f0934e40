/* store_lifecycle.c, given batches of the test's own making: what begins, goes on and ends, in any order. And
 * memory.c, which lies in the same transaction. */
#include "fixture/ingest_kit.h"
#include "ingest/source.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#define SECOND INT64_C(1000000)

struct world {
    const char *database;
    PGconn *pg;
    struct data_conn *conn;
    struct ingest_store store;
    struct ingest_source source;
    struct ingest_keys keys;
    int64_t start_us;
};

static struct base_diag diag;

static void ok(enum base_err err)
{
    if (err) {
        fail_msg("%s: %s", base_error_name(err), diag.text);
    }
}

static struct world *world_new(void)
{
    static char name[] = "cameras";
    struct world *world = calloc(1, sizeof *world);
    world->database = fixture_database();
    world->pg = kit_connect(world->database);
    world->start_us = base_clock_now_us() / SECOND * SECOND - 3600 * SECOND;
    kit_source(world->database, "cameras", "t/#", false);
    kit_value(world->pg, "update lease set owner = 'test', epoch = 1, expires_at = now() + interval '1 day'");
    ok(ingest_keys_open(fixture_scratch(), &diag, &world->keys));
    struct ingest_source *source = &world->source;
    source->id = kit_number(world->pg, "select id from source");
    source->epoch = 1;
    source->name = name;
    source->keys = &world->keys;
    source->retention_us = 30 * INGEST_DAY_US;
    ingest_batch_init(&source->batch);
    ingest_devices_init(&source->devices);
    ingest_registry_init(&source->registry);
    ok(data_conn_open(world->database, "test", &diag, &world->conn));
    ingest_store_init(&world->store, "test");
    ok(ingest_store_connect(&world->store, world->conn, &diag));
    ok(ingest_registry_take(source, world->conn, &diag));
    ok(ingest_memory_take(source, world->conn, &diag));
    return world;
}

static void world_free(struct world *world)
{
    struct ingest_source *source = &world->source;
    ingest_batch_release(&source->batch);
    ingest_devices_release(&source->devices);
    ingest_registry_release(&source->registry);
    ingest_redelivery_release(&source->redelivery);
    sensors_memory_free(source->memory);
    ingest_store_release(&world->store);
    data_conn_free(world->conn);
    PQfinish(world->pg);
    free(world);
}

/* Of camera gate: so many seconds after the start. */
static struct sensors_event event_at(const struct world *world, const char *native, enum sensors_phase phase,
                                     int second)
{
    struct sensors_event event = sensors_event_empty();
    event.device = base_str_of("gate");
    event.kind = SENSORS_KIND_DETECTION;
    event.phase = phase;
    event.native_id = base_str_of(native);
    event.t_event = world->start_us + second * SECOND;
    event.t_recv = base_clock_now_us();
    event.t_source = SENSORS_TIME_SERVER;
    event.subject_type = SENSORS_SUBJECT_OBJECT;
    return event;
}

static void put(struct world *world, struct sensors_event event)
{
    char number[64];
    snprintf(number, sizeof number, "%lld %d", (long long)event.t_event, (int)event.phase);
    const struct base_str parts[] = {event.device, event.channel, event.native_id, base_str_of(number)};
    event.dedup = base_key_id(&world->keys.dedup, parts, BASE_COUNT(parts));
    assert_int_equal(ingest_registry_admit(&world->source, &event), SENSORS_REASON_NONE);
    ingest_batch_event(&world->source, &event, 0);
}

static void say(struct world *world, const char *native, enum sensors_phase phase, int second)
{
    put(world, event_at(world, native, phase, second));
}

static void store(struct world *world)
{
    ok(ingest_batch_settle(&world->source, &diag));
    ok(ingest_store_batch(&world->store, &world->source, &diag));
    ingest_batch_reset(&world->source.batch);
}

/* All of them as "native start-end by updates[*]": seconds after the start, * when the start was never heard. */
static void are(struct world *world, const char *wanted)
{
    char sql[600];
    snprintf(sql, sizeof sql,
             "select coalesce(string_agg(native_id || ' ' || extract(epoch from t_start - o)::int || '-' || "
             "coalesce(extract(epoch from t_end - o)::int::text, '') || ' ' || coalesce(ended_by, 'open') || ' ' || "
             "updates || case when begun then '' else '*' end, ', ' order by native_id, t_start), '') from lifecycle, "
             "(select to_timestamp(%lld) as o) origin",
             (long long)(world->start_us / SECOND));
    assert_string_equal(kit_value(world->pg, sql), wanted);
}

static void a_lifecycle_is_one_row(void **state)
{
    (void)state;
    struct world *world = world_new();
    struct sensors_event start = event_at(world, "a", SENSORS_PHASE_START, 0);
    start.severity = 2;
    start.confidence = 0.5;
    put(world, start);
    say(world, "b", SENSORS_PHASE_START, 1);
    say(world, "a", SENSORS_PHASE_UPDATE, 2);
    store(world);
    are(world, "a 0- open 1, b 1- open 0");
    struct sensors_event worse = event_at(world, "a", SENSORS_PHASE_UPDATE, 3);
    worse.severity = 4;
    worse.confidence = 0.25;
    put(world, worse);
    say(world, "a", SENSORS_PHASE_END, 4);
    store(world);
    are(world, "a 0-4 message 2, b 1- open 0");
    assert_string_equal(kit_value(world->pg, "select severity || '/' || confidence from lifecycle where native_id = "
                                             "'a'"),
                        "4/0.5");
    world_free(world);
}

/* Both ways into `event`: all new, and one among them that is there already. No channel is null: the device as a whole.
 */
static void events_keep_their_channel(void **state)
{
    (void)state;
    struct world *world = world_new();
    struct sensors_event part = event_at(world, "a", SENSORS_PHASE_START, 0);
    part.channel = base_str_of("record");
    put(world, part);
    say(world, "b", SENSORS_PHASE_START, 1);
    store(world);
    put(world, part);
    part = event_at(world, "a", SENSORS_PHASE_END, 2);
    part.channel = base_str_of("record");
    put(world, part);
    say(world, "b", SENSORS_PHASE_END, 3);
    store(world);
    assert_string_equal(kit_value(world->pg,
                                  "select string_agg(native_id || ' ' || coalesce(channel, '-'), ', ' order by t_event)"
                                  " from event"),
                        "a record, b -, a record, b -");
    world_free(world);
}

static void the_order_of_coming_does_not_matter(void **state)
{
    (void)state;
    struct world *world = world_new();
    say(world, "a", SENSORS_PHASE_END, 9);
    store(world);
    are(world, "a 9-9 message 0*");
    say(world, "a", SENSORS_PHASE_START, 2);
    store(world);
    say(world, "a", SENSORS_PHASE_UPDATE, 5); /* over by then: nothing goes on */
    store(world);
    are(world, "a 2-9 message 0");
    say(world, "b", SENSORS_PHASE_UPDATE, 5);
    store(world);
    say(world, "b", SENSORS_PHASE_START, 3);
    say(world, "b", SENSORS_PHASE_END, 8);
    store(world);
    are(world, "a 2-9 message 0, b 3-8 message 0");
    world_free(world);
}

static void a_second_time_is_a_second_row(void **state)
{
    (void)state;
    struct world *world = world_new();
    say(world, "x", SENSORS_PHASE_START, 0);
    say(world, "x", SENSORS_PHASE_END, 1);
    say(world, "x", SENSORS_PHASE_START, 2);
    store(world);
    say(world, "x", SENSORS_PHASE_END, 1); /* a redelivery */
    store(world);
    are(world, "x 0-1 message 0, x 2- open 0");
    say(world, "x", SENSORS_PHASE_UPDATE, 3);
    say(world, "x", SENSORS_PHASE_END, 4);
    say(world, "x", SENSORS_PHASE_END, 5);
    store(world);
    are(world, "x 0-1 message 0, x 2-4 message 1");
    world_free(world);
}

/* As worker_lifecycle.c does it. */
static void silence(struct world *world, const char *native, int second)
{
    struct sensors_event end = event_at(world, native, SENSORS_PHASE_END, second);
    char sql[200];
    snprintf(sql, sizeof sql, "select id from lifecycle where native_id = '%s' and t_end is null", native);
    end.flags = SENSORS_FLAG_PARTIAL;
    end.dedup.bytes[0] = (uint8_t)second;
    ingest_batch_event(&world->source, &end, kit_number(world->pg, sql));
    assert_int_equal(world->source.batch.closes, 1);
}

static void what_silence_ended_goes_on(void **state)
{
    (void)state;
    struct world *world = world_new();
    struct sensors_event start = event_at(world, "a", SENSORS_PHASE_START, 0);
    start.lasts_us = 600 * SECOND;
    put(world, start);
    store(world);
    assert_int_equal(kit_number(world->pg, "select count(*) from lifecycle where expires_at between now() + interval "
                                           "'9 min' and now() + interval '11 min'"),
                     1);
    silence(world, "a", 0);
    store(world);
    are(world, "a 0-0 timeout 0");
    say(world, "a", SENSORS_PHASE_UPDATE, 700);
    store(world);
    are(world, "a 0- open 1");
    silence(world, "a", 700);
    say(world, "a", SENSORS_PHASE_UPDATE, 701); /* in the same batch */
    store(world);
    are(world, "a 0- open 2");
    silence(world, "a", 701);
    store(world);
    say(world, "a", SENSORS_PHASE_END, 705); /* the true one */
    store(world);
    are(world, "a 0-705 message 2");
    assert_int_equal(kit_number(world->pg, "select count(*) from event where phase = 'end' and flags = 128"), 3);
    world_free(world);
}

static void what_was_only_kept_begins_nothing(void **state)
{
    (void)state;
    struct world *world = world_new();
    struct sensors_event kept = event_at(world, "a", SENSORS_PHASE_START, 0);
    kept.flags = SENSORS_FLAG_REPLAY;
    put(world, kept);
    struct sensors_event bare = event_at(world, "", SENSORS_PHASE_START, 0); /* neither channel nor id */
    put(world, bare);
    say(world, "b", SENSORS_PHASE_PULSE, 0);
    say(world, "b", SENSORS_PHASE_SNAPSHOT, 0);
    store(world);
    are(world, "");
    assert_int_equal(kit_number(world->pg, "select count(*) from event"), 4);
    world_free(world);
}

static void a_plate_seen_stays_the_cameras(void **state)
{
    (void)state;
    struct world *world = world_new();
    say(world, "a", SENSORS_PHASE_START, 0);
    struct sensors_event plate = event_at(world, "a", SENSORS_PHASE_UPDATE, 1);
    plate.subject = base_str_of("HU-TEST-1");
    plate.subject_type = SENSORS_SUBJECT_PLATE;
    put(world, plate);
    struct sensors_event careless = event_at(world, "HU-TEST-1@a", SENSORS_PHASE_START, 1);
    careless.subject = plate.subject;
    careless.subject_type = SENSORS_SUBJECT_PLATE;
    put(world, careless);
    say(world, "a", SENSORS_PHASE_END, 2);
    store(world);
    are(world, "a 0-2 message 1");
    assert_string_equal(kit_value(world->pg,
                                  "select subject_type || ' ' || (subject = (select subject from event where "
                                  "subject_type = 'plate' limit 1)) from lifecycle"),
                        "plate true");
    assert_int_equal(kit_number(world->pg, "select count(*) from device"), 1);
    assert_int_equal(kit_number(world->pg, "select count(*) from event where native_id ~ 'TEST'"), 0);
    assert_int_equal(kit_number(world->pg, "select count(*) from event where native_id = 'a'"), 3);
    world_free(world);
}

static void old_ones_go_with_their_events(void **state)
{
    (void)state;
    struct world *world = world_new();
    say(world, "a", SENSORS_PHASE_START, 0);
    say(world, "b", SENSORS_PHASE_START, 0);
    store(world);
    kit_value(world->pg,
              "update lifecycle set t_start = now() - interval '31 days', t_last = now() - interval '31 days' "
              "where native_id = 'a'");
    ok(data_run(world->conn, DATA_LIFECYCLE_PURGE, DATA_ARGS(data_i64(180 * 86400), data_i64(10)), &diag, NULL));
    are(world, "b 0- open 0"); /* the source keeps its facts for 30 days */
    ok(data_run(world->conn, DATA_LIFECYCLE_PURGE, DATA_ARGS(data_i64(60), data_i64(10)), &diag, NULL));
    are(world, "");
    world_free(world);
}

/* --- memory.c --- */
static void learn(struct world *world, const char *key, const char *value)
{
    ok(sensors_memory_set(world->source.memory, base_str_of(key), base_str_of(value)));
}

static void knows(struct world *world, const char *key, const char *wanted)
{
    struct base_str value = {NULL, 0};
    assert_int_equal(sensors_memory_get(world->source.memory, base_str_of(key), &value), wanted != NULL);
    assert_true(base_str_is(value, wanted ? wanted : ""));
}

/* As if another worker took the lease. */
static void hand_over(struct world *world)
{
    world->source.epoch += 2;
    ok(ingest_memory_take(&world->source, world->conn, &diag));
    world->source.epoch -= 2;
}

static void what_was_learnt_is_handed_over(void **state)
{
    (void)state;
    struct world *world = world_new();
    learn(world, "alias/4711", "temperature");
    learn(world, "on/door/gate", "1");
    say(world, "a", SENSORS_PHASE_START, 0);
    store(world);
    learn(world, "alias/4711", "humidity"); /* of a batch that is dropped */
    ingest_batch_drop(&world->source);
    knows(world, "alias/4711", "temperature");
    hand_over(world);
    knows(world, "alias/4711", "temperature");
    knows(world, "on/door/gate", "1");
    learn(world, "on/door/gate", "");
    store(world);
    hand_over(world);
    knows(world, "on/door/gate", NULL);
    assert_int_equal(kit_number(world->pg, "select count(*) from source_memory"), 1);
    world_free(world);
}

static void what_is_not_stored_is_not_learnt(void **state)
{
    (void)state;
    struct world *world = world_new();
    learn(world, "alias/1", "temperature");
    kit_value(world->pg, "update lease set owner = 'another'");
    ok(ingest_batch_settle(&world->source, &diag));
    assert_int_equal(ingest_store_batch(&world->store, &world->source, &diag), BASE_FENCED);
    ingest_batch_drop(&world->source);
    knows(world, "alias/1", NULL);
    assert_int_equal(kit_number(world->pg, "select count(*) from source_memory"), 0);
    world_free(world);
}

static void the_database_cannot_read_it(void **state)
{
    (void)state;
    struct world *world = world_new();
    learn(world, "on/sos/HU-TEST-PHONE", "HU-TEST-VALUE");
    store(world);
    assert_string_equal(kit_value(world->pg, "select count(*) || ' ' || count(*) filter (where encode(content, "
                                             "'escape') ~ 'HU-TEST') from source_memory"),
                        "1 0");
    world->keys.dedup.bytes[0] ^= 1; /* other keys: it is as if nothing had been said */
    hand_over(world);
    knows(world, "on/sos/HU-TEST-PHONE", NULL);
    world_free(world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(events_keep_their_channel),           cmocka_unit_test(a_lifecycle_is_one_row),
        cmocka_unit_test(the_order_of_coming_does_not_matter), cmocka_unit_test(a_second_time_is_a_second_row),
        cmocka_unit_test(what_silence_ended_goes_on),          cmocka_unit_test(what_was_only_kept_begins_nothing),
        cmocka_unit_test(a_plate_seen_stays_the_cameras),      cmocka_unit_test(old_ones_go_with_their_events),
        cmocka_unit_test(what_was_learnt_is_handed_over),      cmocka_unit_test(what_is_not_stored_is_not_learnt),
        cmocka_unit_test(the_database_cannot_read_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
