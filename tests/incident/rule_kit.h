/* What the tests of rules share: an estate with two buildings, devices in them that say what the test wants through
 * ingest's own storing, rules of the test's making, and judge at times of its choosing. Seconds count from half an hour
 * ago. Ownership  texts are overwritten by the next call. Threads: one. */
#ifndef HUTONG_TESTS_INCIDENT_RULE_KIT_H
#define HUTONG_TESTS_INCIDENT_RULE_KIT_H

#include "ingest/source.h"
#include "kit.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#define SECOND INT64_C(1000000)
/* Columns of rules(): key, filter, clear, and those that follow. */
#define SMOKE                                                                                                      \
    "('smoke', 'kind = ''alarm'' AND phase = ''start'' AND smoke = 1', 'kind = ''alarm'' AND phase = ''end'' AND " \
    "smoke = 0', "
#define PLAIN SMOKE "null, 0, 'smoke', 'building', 0, null::time, null::time, 'wait', 3700)"

static struct {
    struct ingest_store store;
    struct ingest_source source;
    struct ingest_keys keys;
    int64_t start_us;
    int said;
} world;

static inline void ok(enum base_err err)
{
    if (err) {
        fail_msg("%s: %s", base_error_name(err), kit_diag.text);
    }
}

static inline void sql(const char *text)
{
    kit_value(kit_pg, text);
}

static inline void world_places(void)
{
    sql("insert into building (estate_id, id, dataset, key, name, use, levels, levels_source, height_m, height_source, "
        "area_m2, lon, lat, geom) select 101, n, 't', n::text, n || '号楼', case n when 1 then 'residential' else "
        "'school' end, 6 * n, 'given', 18, 'levels', 100, 121 + n / 1000.0, 31.005, "
        "st_multi(st_makeenvelope(121 + n / 1000.0 - 0.0001, 31.0049, 121 + n / 1000.0 + 0.0001, 31.0051, 4326)) "
        "from generate_series(1, 2) n");
    sql("insert into zone (estate_id, id, dataset, key, kind, geom) values (101, 9, 't', 'z', 'fire_lane', "
        "st_multi(st_makeenvelope(121.003, 31.001, 121.004, 31.002, 4326)))");
}

static inline void world_devices(void)
{
    char text[900];
    snprintf(
        text, sizeof text,
        "insert into device (estate_id, id, source_id, native_id, kind, name, building_estate_id, building_id, storey, "
        "lon, lat, messages, last_seen) select 101, id, %lld, native, kind, native || '号', b / b * 101, b, storey, "
        "lon, "
        "lat, 100, now() from (values (11, 'a', 'smoke_detector', 1, 2, null::float8, null::float8), (12, 'b', "
        "'smoke_detector', 1, "
        "3, null, null), (13, 'c', 'bin', 2, null, null, null), (14, 'lane', 'camera', null, null, 121.0035, "
        "31.0015)) v (id, native, kind, b, storey, lon, lat)",
        (long long)world.source.id);
    sql(text);
}

static inline void world_begin(void)
{
    static char name[] = "things";
    kit_begin();
    world_places();
    kit_source(kit_database, "things", "t/#", false);
    sql("delete from lease; delete from source_stat; update source set estate_id = 101");
    sql("insert into lease (estate_id, source_id, owner, epoch, expires_at) select 101, id, 'test', 1, now() + "
        "interval "
        "'1 day' from source; insert into source_stat (estate_id, source_id, dry_at) select 101, id, now() from "
        "source");
    ok(ingest_keys_open(fixture_scratch(), &kit_diag, &world.keys));
    struct ingest_source *source = &world.source;
    source->id = kit_number(kit_pg, "select id from source");
    source->estate_id = 101;
    source->epoch = 1;
    source->name = name;
    source->keys = &world.keys;
    source->retention_us = 30 * INGEST_DAY_US;
    world_devices();
    ingest_batch_init(&source->batch);
    ingest_devices_init(&source->devices);
    ingest_registry_init(&source->registry);
    ingest_store_init(&world.store, "test");
    ok(ingest_store_connect(&world.store, kit_conn, &kit_diag));
    ok(ingest_registry_take(source, kit_conn, &kit_diag));
    ok(ingest_memory_take(source, kit_conn, &kit_diag));
    ok(data_partition_ensure(kit_conn, "incident_step", base_clock_now_us(), &kit_diag));
    world.start_us = base_clock_now_us() / SECOND * SECOND - 1800 * SECOND;
}

static inline void world_end(void)
{
    struct ingest_source *source = &world.source;
    ingest_batch_release(&source->batch);
    ingest_devices_release(&source->devices);
    ingest_registry_release(&source->registry);
    ingest_redelivery_release(&source->redelivery);
    sensors_memory_free(source->memory);
    ingest_store_release(&world.store);
    kit_end();
}

/* Nothing has happened, and there are these rules only. NULL: those that ship. */
static inline void rules(const char *values)
{
    char text[3000];
    static PGconn *shipped;
    sql("truncate rule_hit, rule_state, rule_window, incident_step; truncate incident cascade; delete from lifecycle; "
        "delete from "
        "event");
    if (!shipped) {
        sql("create table shipped as select * from rule");
        shipped = kit_pg;
    }
    sql("delete from rule");
    if (values) {
        snprintf(
            text, sizeof text,
            "insert into rule (name, name_en, watches, key, filter, clear, place, hold_s, category, merge_by, merge_s, "
            "quiet_from, quiet_to, quiet, max_age_s) select '规则', 'Rule', 'event', v.* from (values %s) v",
            values);
        sql(text);
    } else {
        sql("insert into rule select * from shipped");
    }
    sql("update rule_version set version = version + 1");
}

static inline struct sensors_event event_at(const char *device, const char *measure, double value, double second)
{
    struct sensors_event event = sensors_event_empty();
    event.device = base_str_of(device);
    event.kind = SENSORS_KIND_ALARM;
    event.phase = value != 0 ? SENSORS_PHASE_START : SENSORS_PHASE_END;
    event.channel = base_str_of(measure);
    event.t_event = world.start_us + (int64_t)(second * 1e6);
    event.t_recv = base_clock_now_us();
    event.t_source = SENSORS_TIME_SERVER;
    event.subject_type = SENSORS_SUBJECT_UNIT;
    sensors_event_measure(&event, measure, value, "1");
    return event;
}

static inline void put(struct sensors_event event)
{
    char number[24];
    snprintf(number, sizeof number, "%d", world.said++);
    const struct base_str parts[] = {base_str_of(number)};
    event.dedup = base_key_id(&world.keys.dedup, parts, 1);
    assert_int_equal(ingest_registry_admit(&world.source, &event), SENSORS_REASON_NONE);
    ingest_batch_event(&world.source, &event, 0);
}

static inline void store(void)
{
    ok(ingest_batch_settle(&world.source, &kit_diag));
    ok(ingest_store_batch(&world.store, &world.source, &kit_diag));
    ingest_batch_reset(&world.source.batch);
}

/* An alarm of the device: 1 begins, 0 ends. */
static inline void say(const char *device, const char *measure, double value, double second)
{
    put(event_at(device, measure, value, second));
    store();
}

static inline void judge(double second)
{
    bool more = true;
    while (more) {
        ok(incident_rule(kit_conn, world.start_us + (int64_t)(second * 1e6), &kit_diag, &more));
    }
}

/* All incidents, "category state reports", by id. */
static inline void are(const char *wanted)
{
    assert_string_equal(kit_value(kit_pg,
                                  "select coalesce(string_agg(concat_ws(' ', category, state, reports), ', ' order "
                                  "by id), '') from incident"),
                        wanted);
}

/* What became of the hits, in the order of their times. */
static inline void outcomes(const char *wanted)
{
    assert_string_equal(kit_value(kit_pg, "select coalesce(string_agg(coalesce(outcome, '?'), ' ' order by t_event, "
                                          "number), '') from rule_hit"),
                        wanted);
}

static inline void close_all(double second)
{
    char text[300];
    snprintf(text, sizeof text,
             "update incident set state = 'closed', closed_at = to_timestamp(%f) where closed_at is null",
             (double)world.start_us / 1e6 + second);
    sql(text);
}

#endif
