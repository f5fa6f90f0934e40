/* tiles/mirror*.c: what the mirror shows is what a real PostgreSQL holds, through every kind of change, and the news
 * alone are enough to know it. */
#include "mirror_kit.h"

#include <stdlib.h>
#include <string.h>

enum { FIRST = 101, SECOND = 102 };

static void assert_holds(const char *text, const char *part)
{
    if (!strstr(text, part)) {
        fail_msg("\"%s\" is not in: %s", part, text);
    }
}

static void started(struct kit *kit)
{
    kit_start_one(kit);
    kit_fill(kit, 0, FIRST);
    kit_wait(kit, 0);
    kit_check(kit);
    (void)kit_counts_take(kit);
}

static void change(struct kit *kit, const char *sql)
{
    kit_sql(kit, 0, sql);
    kit_wait(kit, 0);
    kit_check(kit);
}

/* --- a snapshot --- */
static void a_load_is_what_sql_says(void **state)
{
    struct kit kit;
    (void)state;
    started(&kit);
    struct tiles_mirror_health before = tiles_mirror_health(kit.mirror);
    assert_true(before.ready && before.live && before.rows > 30 && before.bytes > 0 && before.left_out == 0);
    assert_string_equal(before.upstreams[0].reason, "");
    kit_mirror_again(&kit);
    kit_check(&kit);
    struct tiles_mirror_health after = tiles_mirror_health(kit.mirror);
    assert_int_equal(after.rows, before.rows);
    assert_int_equal(after.upstreams[0].resyncs, 0);
    kit_stop(&kit);
}

static void sums_outlive_a_restart(void **state)
{
    struct kit kit;
    struct tiles_sum before[2 * TILES_TABLES], after[2 * TILES_TABLES];
    (void)state;
    started(&kit);
    kit_sql(&kit, 0, "update building set name = 'x' where id = 101");
    kit_sql(&kit, 0, "update building set name = 'building 101' where id = 101");
    kit_wait(&kit, 0);
    kit_sums(&kit, before);
    kit_mirror_again(&kit);
    kit_sums(&kit, after);
    assert_memory_equal(before, after, sizeof before);
    kit_sql(&kit, 0, "update building_state set last_pass_at = now() where building_id = 101");
    kit_wait(&kit, 0);
    kit_sums(&kit, after);
    assert_memory_equal(&before[2 * TILES_TABLE_BUILDING], &after[2 * TILES_TABLE_BUILDING], sizeof *before);
    assert_memory_not_equal(&before[2 * TILES_TABLE_BUILDING + 1], &after[2 * TILES_TABLE_BUILDING + 1],
                            sizeof *before);
    kit_stop(&kit);
}

/* --- changes --- */
static void every_kind_of_change_shows(void **state)
{
    static const char *const tables[] = {"estate", "grid",       "landuse",  "water", "road",    "place",
                                         "zone",   "checkpoint", "facility", "route", "building"};
    struct kit kit;
    char sql[256];
    (void)state;
    started(&kit);
    for (size_t i = 0; i < BASE_COUNT(tables); i++) {
        snprintf(sql, sizeof sql,
                 "update %s set name = 'other', geom = st_translate(geom, 0.001, 0.001) where id = 101", tables[i]);
        change(&kit, sql);
        snprintf(sql, sizeof sql, "update %s set valid_to = now() where id = 101", tables[i]);
        change(&kit, sql);
        snprintf(sql, sizeof sql, "update %s set valid_to = null where id = 101", tables[i]);
        change(&kit, sql);
        snprintf(sql, sizeof sql, "delete from %s where id = 102 and '%s' not in ('building', 'estate')", tables[i],
                 tables[i]);
        change(&kit, sql);
    }
    change(&kit, "update asset_state set lon = 121.2, lat = 31.2, battery = 0.5, flags = 0 where id = 101");
    change(&kit, "delete from asset_state where id = 101");
    change(&kit, "begin; delete from asset_state where id = 102; rollback");
    kit_stop(&kit);
}

static void equal_rows_are_no_news(void **state)
{
    struct kit kit;
    (void)state;
    started(&kit);
    kit_sql(&kit, 0, "update building set name = name, attributes = '{\"a\": 1}'");
    kit_sql(&kit, 0,
            "begin; insert into road (id, dataset, key, geom) values (900, 'x', 'x', "
            "'SRID=4326;MULTILINESTRING((1 1,2 2))'); delete from road where id = 900; commit");
    kit_wait(&kit, 0);
    struct kit_counts counts = kit_counts_take(&kit);
    assert_int_equal(counts.came, 1); /* what kit_wait waits for */
    assert_int_equal(counts.changed, 0);
    assert_int_equal(counts.went, 0);
    kit_stop(&kit);
}

static void a_large_geometry_that_stays_is_kept(void **state)
{
    struct kit kit;
    (void)state;
    started(&kit);
    /* Over 2 kB even when it is packed, so that it lies outside of the row. */
    change(&kit,
           "update estate set geom = st_multi(st_buffer(st_setsrid(st_point(121.3, 31.2), 4326), 0.01, 400)) "
           "where id = 101; update building set geom = st_multi(st_buffer(st_setsrid(st_point(121.3, 31.2), 4326), "
           "0.01, 400)), name = repeat(md5(random()::text) || md5(random()::text), 60) where id = 101");
    change(&kit, "update estate set name = 'again' where id = 101");
    change(&kit, "update building set levels = 7 where id = 101");
    change(&kit, "update building set estate_id = 102 where id = 101");
    assert_holds(kit_row(&kit, TILES_TABLE_BUILDING, 102, 101, false), "\"levels\":7");
    change(&kit,
           "insert into estate (id, dataset, key, name, geom) select 150, 'kit', 150, 'x', geom from estate where "
           "id = 101");
    change(&kit, "update estate set id = 151 where id = 150");
    change(&kit, "update building set id = 999, levels = 8 where id = 101");
    kit_stop(&kit);
}

/* Its geometry is not told when a closed row is opened: only a new snapshot knows it. */
static void a_row_without_its_geometry_means_a_snapshot(void **state)
{
    struct kit kit;
    (void)state;
    started(&kit);
    change(&kit, "update building set geom = st_multi(st_buffer(st_setsrid(st_point(121.3, 31.2), 4326), 0.01, 400)), "
                 "valid_to = now() where id = 101");
    kit_sql(&kit, 0, "update building set valid_to = null where id = 101");
    kit_wait_live(&kit, 1);
    kit_check(&kit);
    kit_stop(&kit);
}

static void keys_may_change(void **state)
{
    struct kit kit;
    (void)state;
    started(&kit);
    change(&kit, "update road set id = 905 where id = 101");
    change(&kit, "update zone set id = 905 where id = 101");
    change(&kit, "update zone_state set zone_id = 905 where zone_id = 101");
    change(&kit, "update building_state set building_id = 103, last_event_at = now() where building_id = 101");
    change(&kit, "update asset_state set subject = md5('other')::uuid where id = 101");
    change(&kit, "update asset_state set id = 905 where id = 101");
    change(&kit, "update device set id = 905, name = name where id = 101");
    change(&kit, "update device_state set device_id = 905 where device_id = 101");
    assert_holds(kit_row(&kit, TILES_TABLE_DEVICE, 101, 905, false), "\"severity\":3");
    change(&kit, "update device_duty set device_id = 905 where device_id = 101");
    assert_holds(kit_row(&kit, TILES_TABLE_DEVICE, 101, 905, false), "\"uptime\":0.987");
    kit_stop(&kit);
}

static void truncate_empties(void **state)
{
    static const char *const tables[] = {"road",        "building_state", "zone_state",  "zone",
                                         "asset_state", "device_state",   "device_duty", "incident"};
    struct kit kit;
    char sql[64];
    (void)state;
    started(&kit);
    for (size_t i = 0; i < BASE_COUNT(tables); i++) {
        snprintf(sql, sizeof sql, "truncate %s cascade", tables[i]);
        change(&kit, sql);
    }
    change(&kit, "insert into zone_state (estate_id, zone_id, last_pass_at) values (101, 101, now())");
    change(&kit, "insert into building_state (estate_id, building_id, last_alarm_at) values (101, 101, now())");
    change(&kit, "truncate building cascade; truncate device");
    change(&kit,
           "insert into zone (estate_id, id, dataset, key, kind, geom) select id, id, dataset, key, 'green', geom "
           "from estate where id = 101");
    change(&kit, "truncate estate cascade");
    assert_int_equal(tiles_mirror_health(kit.mirror).upstreams[0].resyncs, 0);
    kit_stop(&kit);
}

/* --- joins --- */
static void state_and_place_come_in_any_order(void **state)
{
    struct kit kit;
    (void)state;
    started(&kit);
    change(&kit, "insert into building_state (estate_id, building_id, last_pass_at, last_pass_subject_type) values "
                 "(101, 500, now(), 'cleaner')");
    change(&kit,
           "insert into building (estate_id, id, dataset, key, levels, levels_source, height_m, height_source, "
           "area_m2, lon, lat, geom) select 101, 500, 'kit', 500, 6, 'given', 18, 'levels', 9, 121, 31, geom from "
           "building where id = 101");
    assert_holds(kit_row(&kit, TILES_TABLE_BUILDING, 101, 500, true), "\"last_pass_subject_type\":\"cleaner\"");
    change(&kit, "update building set valid_to = now() where id = 500");
    change(&kit, "update building_state set last_event_at = now() where building_id = 500");
    change(&kit, "update building set valid_to = null where id = 500");
    change(&kit, "begin; update building_state set last_alarm_at = now() where building_id = 500; update building set "
                 "valid_to = now() where id = 500; commit");
    change(&kit, "update building set valid_to = null where id = 500");
    change(&kit, "delete from building_state where building_id = 500");
    assert_string_equal(kit_row(&kit, TILES_TABLE_BUILDING, 101, 500, true), "{\"id\":500,\"estate_id\":101}");
    kit_stop(&kit);
}

static void a_device_is_where_its_building_is(void **state)
{
    struct kit kit;
    (void)state;
    started(&kit);
    assert_holds(kit_row(&kit, TILES_TABLE_DEVICE, 101, 101, false), "\"lon\":122.0101,\"lat\":31.0001");
    change(&kit, "update building set lon = 121.9 where id = 101");
    assert_holds(kit_row(&kit, TILES_TABLE_DEVICE, 101, 101, false), "\"lon\":121.9,");
    change(&kit, "update building set valid_to = now() where id = 101");
    assert_string_equal(kit_row(&kit, TILES_TABLE_DEVICE, 101, 101, false), "");
    change(&kit, "update building set valid_to = null where id = 101");
    change(&kit, "update device set building_id = 102, building_estate_id = 102 where id = 101");
    change(&kit,
           "update device set building_id = null, building_estate_id = null, lon = 121.7, lat = 31.7 where id = 101");
    change(&kit,
           "update device set lon = null, lat = null, building_id = 700, building_estate_id = 101 where id = 101");
    change(&kit,
           "insert into building (estate_id, id, dataset, key, levels, levels_source, height_m, height_source, "
           "area_m2, lon, lat, geom) select 101, 700, 'kit', 700, 6, 'given', 18, 'levels', 9, 121, 31, geom from "
           "building where id = 101");
    assert_holds(kit_row(&kit, TILES_TABLE_DEVICE, 101, 101, false), "\"lon\":121,\"lat\":31");
    change(&kit, "update device set state = 'quarantined' where id = 101");
    change(&kit, "update device set state = 'accepted' where id = 101");
    kit_stop(&kit);
}

static void states_of_a_device_are_folded(void **state)
{
    struct kit kit;
    (void)state;
    started(&kit);
    kit_sql(&kit, 0, "delete from device_duty");
    change(&kit,
           "insert into device_state (estate_id, device_id, kind, channel, t_event, t_recv, phase, severity) values "
           "(101, 101, 'alarm', 'water', '2026-01-01Z', now(), 'update', 4), "
           "(101, 101, 'alarm', 'gas', '2025-01-01Z', now(), 'end', 4), "
           "(101, 101, 'measurement', '', '2026-03-01Z', now(), 'pulse', null), "
           "(101, 777, 'alarm', '', '2026-03-01Z', now(), 'start', 1)");
    assert_string_equal(
        kit_row(&kit, TILES_TABLE_DEVICE, 101, 101, true),
        "{\"id\":101,\"estate_id\":101,\"t_event\":\"2026-03-01T00:00:00Z\",\"severity\":4,\"alarm_at\":"
        "\"2026-01-01T00:00:00Z\",\"lon\":122.0101,\"lat\":31.0001}");
    change(&kit, "update device_state set phase = 'end' where channel = 'water'");
    change(&kit, "update device_state set phase = 'snapshot' where channel = 'smoke'");
    change(&kit, "delete from device_state where kind = 'measurement'");
    change(&kit, "insert into device (estate_id, id, source_id, native_id, kind, lon, lat) values (101, 777, 101, 'z', "
                 "'door', 121, 31)");
    assert_holds(kit_row(&kit, TILES_TABLE_DEVICE, 101, 777, true), "\"severity\":1");
    kit_stop(&kit);
}

/* --- incidents --- */
static void cut(struct kit *kit)
{
    assert_string_equal(kit_value(kit, 0,
                                  "select count(pg_terminate_backend(pid, 20000)) > 0 from pg_stat_activity "
                                  "where backend_type = 'walsender' and datname = current_database()"),
                        "t");
}

static void an_incident_is_where_its_building_is(void **state)
{
    struct kit kit;
    (void)state;
    started(&kit);
    assert_string_equal(
        kit_row(&kit, TILES_TABLE_INCIDENT, 101, 101, false),
        "{\"id\":101,\"estate_id\":101,\"category\":\"smoke\",\"severity\":\"serious\",\"building_id\":101,"
        "\"building_name\":\"building 101\","
        "\"storey\":3,\"drill\":false,\"reported_at\":\"2026-01-02T03:04:05Z\",\"state\":\"reported\",\"level\":0,"
        "\"state_at\":\"2026-01-02T03:04:05Z\",\"breach_at\":\"2026-01-02T03:09:05Z\",\"version\":1,"
        "\"lon\":122.0101,\"lat\":31.0001}");
    change(&kit, "update building set lon = 121.9 where id = 101");
    assert_holds(kit_row(&kit, TILES_TABLE_INCIDENT, 101, 101, false), "\"lon\":121.9,");
    change(&kit, "update building set valid_to = now() where id = 101"); /* then where its estate's name is */
    assert_holds(kit_row(&kit, TILES_TABLE_INCIDENT, 101, 101, false), "\"lon\":122.0125,\"lat\":31.0025}");
    change(&kit, "update building set valid_to = null where id = 101");
    assert_holds(kit_row(&kit, TILES_TABLE_INCIDENT, 101, 101, false), "\"lon\":121.9,");
    change(&kit, "update incident set lon = 121.7, lat = 31.7 where id = 101");
    change(&kit, "update building set name = null, name_en = 'House' where id = 101");
    assert_holds(kit_row(&kit, TILES_TABLE_INCIDENT, 101, 101, false),
                 "\"building_id\":101,\"building_name_en\":\"House\"");
    change(&kit, "update incident set lon = null, building_id = 700 where id = 101");
    change(&kit,
           "insert into building (estate_id, id, dataset, key, levels, levels_source, height_m, height_source, "
           "area_m2, lon, lat, geom) select 101, 700, 'kit', 700, 6, 'given', 18, 'levels', 9, 121, 31, geom from "
           "building where id = 101");
    assert_holds(kit_row(&kit, TILES_TABLE_INCIDENT, 101, 101, false), "\"lon\":121,\"lat\":31}");
    kit_stop(&kit);
}

static void an_incident_of_an_estate_is_at_its_name(void **state)
{
    struct kit kit;
    (void)state;
    started(&kit);
    assert_holds(kit_row(&kit, TILES_TABLE_INCIDENT, 101, 2101, false), "\"lon\":122.0125,\"lat\":31.0025}");
    assert_null(strstr(kit_row(&kit, TILES_TABLE_INCIDENT, 101, 2101, false), "breach_at")); /* it never ends */
    change(&kit, "update estate set geom = st_translate(geom, 0.001, 0) where id = 101");
    assert_holds(kit_row(&kit, TILES_TABLE_INCIDENT, 101, 2101, false), "\"lon\":122.0135,");
    change(&kit, "update estate set geom = null where id = 101");
    assert_string_equal(kit_row(&kit, TILES_TABLE_INCIDENT, 101, 2101, false), "");
    change(&kit, "update estate set geom = (select geom from estate where id = 102) where id = 101");
    change(&kit, "update estate set valid_to = now() where id = 101");
    change(&kit, "update estate set valid_to = null where id = 101");
    assert_holds(kit_row(&kit, TILES_TABLE_INCIDENT, 101, 2101, false), "\"lon\":122.0225,");
    kit_stop(&kit);
}

static void only_open_incidents_show(void **state)
{
    struct kit kit;
    (void)state;
    started(&kit);
    assert_string_equal(kit_row(&kit, TILES_TABLE_INCIDENT, 101, 3101, false), "");
    change(&kit,
           "update incident set state = 'closed', closed_at = now(), breach_at = null, version = 2 where id = 101");
    assert_string_equal(kit_row(&kit, TILES_TABLE_INCIDENT, 101, 101, false), "");
    change(&kit, "update building set lon = 121.8 where id = 101"); /* nothing waits for it */
    change(&kit, "update incident set state = 'filed', closed_at = null, version = 3 where id = 101");
    assert_holds(kit_row(&kit, TILES_TABLE_INCIDENT, 101, 101, false), "\"state\":\"filed\"");
    change(&kit, "begin; update incident set closed_at = now() where id = 101; update incident set closed_at = null, "
                 "state = 'dispatched', organisation_id = null where id = 101; commit");
    change(&kit, "update incident set id = 905 where id = 101");
    change(&kit, "update incident set lon = 400, lat = 1 where id = 905");
    assert_int_equal(tiles_mirror_health(kit.mirror).left_out, 1);
    kit_mirror_again(&kit);
    kit_check(&kit);
    change(&kit, "update incident set lon = null where id = 905");
    assert_int_equal(tiles_mirror_health(kit.mirror).left_out, 0);
    cut(&kit); /* what happens meanwhile is in the next snapshot */
    kit_sql(&kit, 0, "delete from incident where id = 905; update incident set closed_at = now() where id = 1101");
    kit_wait_live(&kit, 1);
    kit_wait(&kit, 0);
    kit_check(&kit);
    change(&kit, "delete from incident where id = 1102");
    change(&kit, "truncate incident cascade");
    kit_stop(&kit);
}

/* Words that somebody typed stay in the database, and what no screen needs. */
static void no_titles_are_published(void **state)
{
    struct kit kit;
    (void)state;
    kit_start_one(&kit);
    assert_string_equal(kit_value(&kit, 0,
                                  "select string_agg(name, ' ' order by name) from pg_publication_tables, "
                                  "unnest(attnames) name where pubname = 'hutong_feed' and tablename = 'incident'"),
                        "breach_at building_id category closed_at drill estate_id id lat level lon organisation_id "
                        "reported_at severity state state_at storey version");
    kit_stop(&kit);
}

/* --- duties --- */
static void states_have_room(void **state)
{
    (void)state;
    for (size_t i = 0; i < TILES_TABLES; i++) {
        assert_in_range(__builtin_popcount(tiles_live_columns(&tiles_tables[i])), 0, TILES_STATE_MAX);
        assert_in_range(tiles_table_columns(&tiles_tables[i]), 1, TILES_COLUMN_MAX - 1);
    }
    assert_in_range(tiles_table_columns(&tiles_tables[TILES_TABLE_INCIDENT]), 1, TILES_STATE_MAX);
}

static bool names_duty(void *of)
{
    struct kit *kit = of;
    return strstr(tiles_mirror_health(kit->mirror).upstreams[0].reason, "device_duty") != NULL;
}

static void duties_wait_for_their_places(void **state)
{
    struct kit kit;
    (void)state;
    started(&kit);
    change(&kit, "update building_state set last_pass_at = null, last_pass_subject_type = 'vehicle', verdict = "
                 "'unknown', verdict_at = '2026-01-02 04:00:00Z', due_at = '2026-01-02 06:00:00Z', breach_at = "
                 "'2026-01-02 05:00:00Z', blind = true where building_id = 101");
    change(&kit, "update building set valid_to = now() where id = 101"); /* two texts wait */
    change(&kit, "update building set valid_to = null where id = 101");
    assert_holds(kit_row(&kit, TILES_TABLE_BUILDING, 101, 101, true),
                 "{\"id\":101,\"estate_id\":101,\"last_pass_subject_type\":\"vehicle\",\"due_at\":\"2026-01-02T06:00:"
                 "00Z\",\"verdict\":\"unknown\",\"verdict_at\":\"2026-01-02T04:00:00Z\",\"duty_every_s\":7200,\"breach_"
                 "at\":\"2026-01-02T05:"
                 "00:00Z\",\"blind\":true}");
    change(&kit, "update zone set valid_to = now() where id = 101");
    change(&kit, "update zone_state set swept = 0.64, swept_at = '2026-01-02 04:00:00.5Z', verdict = 'met' where "
                 "zone_id = 101");
    change(&kit, "update zone set valid_to = null where id = 101");
    assert_holds(kit_row(&kit, TILES_TABLE_ZONE, 101, 101, true), "\"swept\":0.64,\"swept_at\"");
    kit_stop(&kit);
}

/* One that nobody looks after, has passed or told anything of is as if it had no row: no state, nothing in the tile. */
static void what_is_not_blind_is_not_told(void **state)
{
    struct kit kit;
    (void)state;
    started(&kit);
    change(&kit, "delete from building_state");
    change(&kit, "insert into building_state (estate_id, building_id, blind, duty_types) values (101, 101, false, "
                 "'{guard}')");
    assert_string_equal(kit_row(&kit, TILES_TABLE_BUILDING, 101, 101, true), "{\"id\":101,\"estate_id\":101}");
    change(&kit, "update building_state set blind = true");
    assert_holds(kit_row(&kit, TILES_TABLE_BUILDING, 101, 101, true), "\"blind\":true}");
    change(&kit, "update building_state set blind = false");
    assert_string_equal(kit_row(&kit, TILES_TABLE_BUILDING, 101, 101, true), "{\"id\":101,\"estate_id\":101}");
    kit_stop(&kit);
}

static void a_device_has_its_duty(void **state)
{
    struct kit kit;
    (void)state;
    started(&kit);
    assert_holds(kit_row(&kit, TILES_TABLE_DEVICE, 101, 101, false),
                 "\"verdict\":\"missed\",\"verdict_at\":\"2026-01-02T00:00:00Z\",\"uptime\":0.987,");
    change(&kit, "insert into device_duty (estate_id, device_id, overflow_s, uptime) values (101, 777, 5400, 0)");
    change(&kit, "insert into device (estate_id, id, source_id, native_id, kind, lon, lat) values (101, 777, 101, 'z', "
                 "'bin', 121, 31)");
    assert_holds(kit_row(&kit, TILES_TABLE_DEVICE, 101, 777, true), "\"uptime\":0,\"overflow_s\":5400,");
    change(&kit, "update device_duty set overflow_s = 5460, verdict = 'waived' where device_id = 777");
    change(&kit, "delete from device where id = 777");
    change(&kit, "insert into device (estate_id, id, source_id, native_id, kind, lon, lat) values (101, 777, 101, 'z', "
                 "'bin', 121, 31)");
    assert_holds(kit_row(&kit, TILES_TABLE_DEVICE, 101, 777, true), "\"verdict\":\"waived\"");
    kit_mirror_again(&kit);
    kit_check(&kit);
    change(&kit, "delete from device_duty where device_id = 777");
    assert_string_equal(kit_row(&kit, TILES_TABLE_DEVICE, 101, 777, true),
                        "{\"id\":777,\"estate_id\":101,\"lon\":121,\"lat\":31}");
    kit_stop(&kit);
}

/* A publication with an older list, as a server has it between its program and its migration: refused, by name. */
static void what_is_not_published_is_named(void **state)
{
    struct kit kit;
    (void)state;
    started(&kit);
    kit_sql(&kit, 0, "alter publication hutong_feed drop table device_duty");
    cut(&kit);
    assert_true(fixture_poll(names_duty, &kit, KIT_PATIENCE_US));
    kit_sql(&kit, 0, "alter publication hutong_feed add table device_duty");
    kit_wait_live(&kit, 1);
    kit_check(&kit);
    kit_stop(&kit);
}

/* --- what cannot be drawn --- */
#define NAN_POLYGON                                                                                             \
    "st_setsrid(st_geomfromwkb(decode('010600000001000000010300000001000000040000000000000000405E4000000000000" \
    "03F40000000000000F87F0000000000003F400000000000405E400000000000804F400000000000405E400000000000003F40', "  \
    "'hex')), 4326)"

static void what_cannot_be_drawn_is_left_out(void **state)
{
    static const char *const shapes[] = {"'SRID=4326;MULTIPOLYGON EMPTY'", NAN_POLYGON,
                                         "'SRID=4326;MULTIPOLYGON(((181 1,182 1,182 2,181 1)))'"};
    struct kit kit;
    char sql[512];
    (void)state;
    started(&kit);
    for (size_t i = 0; i < BASE_COUNT(shapes); i++) {
        snprintf(sql, sizeof sql, "update building set geom = %s where id = 101", shapes[i]);
        change(&kit, sql);
        assert_string_equal(kit_row(&kit, TILES_TABLE_BUILDING, 101, 101, false), "");
        assert_int_equal(tiles_mirror_health(kit.mirror).left_out, 1);
        kit_mirror_again(&kit);
        kit_check(&kit);
        assert_int_equal(tiles_mirror_health(kit.mirror).left_out, 1);
        change(&kit, "update building set geom = (select geom from building where id = 102) where id = 101");
        assert_int_equal(tiles_mirror_health(kit.mirror).left_out, 0);
        assert_holds(kit_row(&kit, TILES_TABLE_BUILDING, 101, 101, true), "last_pass_at");
    }
    change(&kit, "update building set area_m2 = 'NaN' where id = 102");
    change(&kit, "update estate set geom = null where id = 101");
    assert_int_equal(tiles_mirror_health(kit.mirror).left_out, 0);
    kit_stop(&kit);
}

static void a_table_may_gain_a_column(void **state)
{
    struct kit kit;
    (void)state;
    started(&kit);
    change(&kit, "alter table building add column colour text default 'red'; update building set levels = 9");
    change(&kit, "alter table building drop column colour; update building set levels = 10");
    assert_int_equal(tiles_mirror_health(kit.mirror).upstreams[0].resyncs, 0);
    kit_stop(&kit);
}

/* --- a cut --- */
static void a_cut_ends_in_the_same_picture(void **state)
{
    struct kit kit;
    (void)state;
    started(&kit);
    kit_sql(&kit, 0,
            "insert into road (id, dataset, key, geom) select n, 'many', n, "
            "'SRID=4326;MULTILINESTRING((121 31,121.001 31))' from generate_series(10000, 14999) n");
    cut(&kit);
    kit_sql(&kit, 0, "update road set class = 'primary' where id = 10500; delete from road where id = 10600");
    kit_sql(&kit, 0,
            "delete from building_state where building_id = 101; update zone_state set last_pass_at = now(); "
            "delete from device_state; delete from asset_state where id = 102");
    kit_wait_live(&kit, 1);
    kit_wait(&kit, 0);
    kit_check(&kit);
    (void)kit_counts_take(&kit);
    cut(&kit);
    kit_wait_live(&kit, 2);
    kit_check(&kit);
    struct kit_counts counts = kit_counts_take(&kit);
    assert_int_equal(counts.came + counts.changed + counts.went, 0);
    assert_int_equal(counts.snapshots, 1);
    kit_stop(&kit);
}

/* --- many --- */
static uint32_t below(uint64_t *seed, uint32_t limit)
{
    *seed ^= *seed << 13;
    *seed ^= *seed >> 7;
    *seed ^= *seed << 17;
    return (uint32_t)(*seed >> 33) % limit;
}

static const char *const random_changes[] = {
    "update building set valid_to = case when valid_to is null then now() end where id = %u",
    "update building set name = md5(random()::text), levels = 1 + random() * 9 where id = %u",
    "update building set geom = st_translate(geom, random() * 0.001, 0), lon = lon + 0.0001 where id = %u",
    "insert into building_state (estate_id, building_id, last_pass_at) select estate_id, id, now() from building where "
    "id = %u on conflict (estate_id, building_id) do update set last_pass_at = clock_timestamp()",
    "delete from building_state where building_id = %u",
    "update zone set kind = md5(random()::text) where id = %u",
    "update zone set valid_to = case when valid_to is null then now() end where id = %u",
    "insert into zone_state (estate_id, zone_id, last_pass_at) select 101, %u, now() on conflict (estate_id, zone_id) "
    "do "
    "update set last_pass_at = clock_timestamp()",
    "update device set building_id = 1 + random() * 200, building_estate_id = 101, lon = null, lat = null where id = "
    "%u",
    "update device set building_id = null, building_estate_id = null, lon = 121 + random(), lat = 31 where id = %u",
    "update device set state = case when state = 'accepted' then 'quarantined' else 'accepted' end where id = %u",
    "insert into device_state (estate_id, device_id, kind, channel, t_event, t_recv, phase, severity) select 101, %u, "
    "'alarm', 1 + round(random() * 3), now(), now(), (array['start', 'update', 'end', 'pulse'])[1 + floor(random() * "
    "4)]::event_phase, floor(random() * 5) on conflict (estate_id, device_id, kind, channel) do update set t_event = "
    "clock_timestamp(), phase = excluded.phase, severity = excluded.severity",
    "delete from device_state where device_id = %u",
    "insert into device_duty (estate_id, device_id, uptime, verdict) select 101, %u, random(), 'met' on conflict "
    "(estate_id, device_id) do update set uptime = excluded.uptime, verdict = (enum_range(null::verdict_kind))[1 + "
    "floor(random() * 4)], due_at = clock_timestamp()",
    "delete from device_duty where device_id = %u",
    "update building_state set breach_at = clock_timestamp(), duty_every = make_interval(mins => 30 * floor(random() * "
    "90)::int, days => floor(random() * 3)::int, months => floor(random() * 15)::int), blind = random() < 0.5, verdict "
    "= "
    "(enum_range(null::verdict_kind))[1 + floor(random() * 4)], breached_at = case when random() < 0.3 then now() end "
    "where building_id = %u",
    "update zone_state set swept = random(), swept_at = clock_timestamp(), verdict = 'missed' where zone_id = %u",
    "insert into asset_state (estate_id, subject, subject_type, source_id, label, label_en, t_event, t_recv, lon, lat, "
    "place_method) select 101, md5(%u::text)::uuid, 'guard', 101, 'a', 'b', now(), now(), 121 + random(), 31, 'none' "
    "on "
    "conflict (estate_id, subject) do update set lon = excluded.lon, t_event = clock_timestamp()",
    "delete from asset_state where subject = md5(%u::text)::uuid",
    "update road r set id = 5000 - id where id = %u and not exists (select from road where id = 5000 - r.id)",
    "delete from road where id = %u",
    "insert into road (id, dataset, key, geom) values (%u, 'r', random()::text, "
    "'SRID=4326;MULTILINESTRING((121 31,121.001 31))') on conflict (id) do nothing",
    "update estate set geom = st_translate(geom, 0, 0.0001) where id = 101 and %u < 20",
    "insert into incident (estate_id, id, origin, category, severity, policy_id, policy_version, building_id, title, "
    "t_event, reported_at, state_at) select 101, %u, 'call', 'smoke', 'serious', id, version, nullif(floor(random() * "
    "100), 7), 't', now(), now(), now() from sla_policy where key = 'serious' on conflict (estate_id, id) do update "
    "set "
    "version = incident.version + 1, building_id = excluded.building_id, closed_at = null, state = 'filed'",
    "update incident set closed_at = case when closed_at is null then now() end, state_at = clock_timestamp(), lon = "
    "case when random() < 0.3 then 121 + random() end, lat = 31, breach_at = case when random() < 0.1 then 'infinity' "
    "else now() end::timestamptz, organisation_id = null where id = %u",
    "delete from incident where id = %u",
};

static void random_change(struct kit *kit, uint64_t *seed)
{
    char sql[1024];
    snprintf(sql, sizeof sql, random_changes[below(seed, BASE_COUNT(random_changes))], 1 + below(seed, 200));
    kit_sql(kit, 0, sql);
}

static void ten_thousand_random_changes(void **state)
{
    uint64_t seed = 4711;
    struct kit kit;
    (void)state;
    started(&kit);
    atomic_store(&kit.amid, true);
    kit_sql(&kit, 0,
            "insert into building (estate_id, id, dataset, key, levels, levels_source, height_m, height_source, "
            "area_m2, lon, lat, geom) select 101, n, 'many', n, 6, 'given', 18, 'levels', 9, 121 + n * 0.001, 31, "
            "st_translate(geom, n * 0.001, 0) from building, generate_series(1, 100) n where id = 101; "
            "insert into zone (estate_id, id, dataset, key, kind, geom) select 101, n, 'many', n, 'green', geom "
            "from zone, generate_series(1, 100) n where id = 101; "
            "insert into device (estate_id, id, source_id, native_id, kind, lon, lat) select 101, n, 101, n, "
            "'door', 121, 31 from generate_series(1, 100) n");
    for (int i = 0; i < 10000; i++) {
        bool together = i % 50 < 20; /* transactions of one change and of twenty */
        if (together && i % 50 == 0) {
            kit_sql(&kit, 0, "begin");
        }
        random_change(&kit, &seed);
        if (together && i % 50 == 19) {
            kit_sql(&kit, 0, i % 250 == 19 ? "rollback" : "commit");
        }
        if (i % 4000 == 3999) {
            cut(&kit);
        }
    }
    kit_wait_live(&kit, 2);
    kit_wait(&kit, 0);
    kit_check(&kit);
    kit_stop(&kit);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_load_is_what_sql_says),
        cmocka_unit_test(sums_outlive_a_restart),
        cmocka_unit_test(every_kind_of_change_shows),
        cmocka_unit_test(equal_rows_are_no_news),
        cmocka_unit_test(a_large_geometry_that_stays_is_kept),
        cmocka_unit_test(a_row_without_its_geometry_means_a_snapshot),
        cmocka_unit_test(keys_may_change),
        cmocka_unit_test(truncate_empties),
        cmocka_unit_test(state_and_place_come_in_any_order),
        cmocka_unit_test(a_device_is_where_its_building_is),
        cmocka_unit_test(states_of_a_device_are_folded),
        cmocka_unit_test(an_incident_is_where_its_building_is),
        cmocka_unit_test(an_incident_of_an_estate_is_at_its_name),
        cmocka_unit_test(only_open_incidents_show),
        cmocka_unit_test(no_titles_are_published),
        cmocka_unit_test(states_have_room),
        cmocka_unit_test(duties_wait_for_their_places),
        cmocka_unit_test(what_is_not_blind_is_not_told),
        cmocka_unit_test(a_device_has_its_duty),
        cmocka_unit_test(what_is_not_published_is_named),
        cmocka_unit_test(what_cannot_be_drawn_is_left_out),
        cmocka_unit_test(a_table_may_gain_a_column),
        cmocka_unit_test(a_cut_ends_in_the_same_picture),
        cmocka_unit_test(ten_thousand_random_changes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
