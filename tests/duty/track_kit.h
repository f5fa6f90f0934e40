/* What the tests of duty/track*.c share: a street with houses, a zone and a checkpoint, guards who send positions
 * through ingest's own store, and judge's turn at the estate - all in a real database. */
#ifndef HUTONG_TESTS_DUTY_TRACK_KIT_H
#define HUTONG_TESTS_DUTY_TRACK_KIT_H

#include "duty/track_private.h"
#include "fixture/ingest_kit.h"
#include "ingest/source.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

enum { KIT_ROWS_MAX = 8000, KIT_STEPS_MAX = 2000 };
#define KIT_LON 121.4
#define KIT_LAT 31.02
#define KIT_LON_M 95500.0 /* of a degree; near enough for a test */
#define KIT_LAT_M 110900.0
#define KIT_SECOND INT64_C(1000000)

struct kit {
    const char *database;
    PGconn *pg;
    struct data_conn *conn, *judge;
    struct ingest_store store;
    struct ingest_source source;
    char name[8]; /* the source's */
    struct ingest_device device;
    struct duty_turn turn;
    atomic_size_t opened;
    int64_t start_us;
};

static struct base_diag kit_diag;

static inline void kit_ok(enum base_err err)
{
    if (err) {
        fail_msg("%s: %s", base_error_name(err), kit_diag.text);
    }
}

static inline void kit_run(struct kit *kit, const char *format, ...) BASE_PRINTF(2, 3);
static inline void kit_run(struct kit *kit, const char *format, ...)
{
    char sql[4096];
    va_list args;
    va_start(args, format);
    vsnprintf(sql, sizeof sql, format, args);
    va_end(args);
    kit_value(kit->pg, sql);
}

static inline int64_t kit_count(struct kit *kit, const char *sql)
{
    return kit_number(kit->pg, sql);
}

/* A shift of guards from second to second of the kit's time. */
static inline void kit_shift(struct kit *kit, int64_t id, double from, double to)
{
    kit_run(kit,
            "insert into shift (estate_id, id, source_id, subject_type, label, label_en, starts_at, ends_at) select 0, "
            "%lld, id, 'guard', 'x#', 'x#', to_timestamp(%.6f), to_timestamp(%.6f) from source",
            (long long)id, (double)kit->start_us / 1e6 + from, (double)kit->start_us / 1e6 + to);
}

static inline void kit_places(struct kit *kit)
{
    kit_run(kit,
            "insert into building (estate_id, dataset, key, levels, levels_source, height_m, height_source, area_m2, "
            "lon, lat, geom) select 0, 't', n, 6, 'given', 18, 'levels', 120, x, y, st_multi(st_makeenvelope(x, y, x + "
            "12 / %f, y + 10 / %f, 4326)) from (select n, %f + n * 20 / %f as x, %f + 5 / %f as y from "
            "generate_series(0, 7) n) g",
            KIT_LON_M, KIT_LAT_M, KIT_LON, KIT_LON_M, KIT_LAT, KIT_LAT_M);
    kit_run(kit,
            "insert into zone (estate_id, dataset, key, kind, geom) values (0, 't', 'z', 'sanitation', "
            "st_multi(st_makeenvelope(%f, %f, %f, %f, 4326)))",
            KIT_LON, KIT_LAT - 1e-4, KIT_LON + 60 / KIT_LON_M, KIT_LAT + 1e-4);
    kit_run(kit, "insert into checkpoint (estate_id, dataset, key, geom) values (0, 't', 'c', st_point(%f, %f, 4326))",
            KIT_LON, KIT_LAT);
}

/* The time is three hours ago; shift 1 lasts from ten minutes before it to five hours after. */
static inline struct kit *kit_new_at(int64_t start_us)
{
    struct kit *kit = calloc(1, sizeof *kit);
    kit->database = fixture_database();
    kit->pg = kit_connect(kit->database);
    kit->device.native = base_str_of("device");
    kit->start_us = start_us;
    snprintf(kit->name, sizeof kit->name, "guards");
    kit_places(kit);
    kit_source(kit->database, "guards", "t/#", false);
    kit_shift(kit, 1, -600, 5 * 3600);
    kit_run(kit, "update lease set owner = 'test', epoch = 1, expires_at = now() + interval '1 day'");
    kit_run(kit, "insert into source_stat (estate_id, source_id, dry_at) select 0, id, now() + interval '1 day' from "
                 "source on conflict (estate_id, source_id) do update set dry_at = excluded.dry_at");
    kit_run(kit, "update judge_lease set owner = 'judge', epoch = 1, expires_at = now() + interval '1 day'");
    kit->source.id = kit_number(kit->pg, "select id from source");
    kit->source.epoch = 1;
    kit->source.name = kit->name;
    kit->source.retention_us = 30 * INGEST_DAY_US;
    ingest_batch_init(&kit->source.batch);
    kit->source.batch.rows = calloc(KIT_ROWS_MAX, sizeof *kit->source.batch.rows);
    kit_ok(data_conn_open(kit->database, "test", &kit_diag, &kit->conn));
    kit_ok(data_conn_open(kit->database, "judge", &kit_diag, &kit->judge));
    ingest_store_init(&kit->store, "test");
    kit_ok(ingest_store_connect(&kit->store, kit->conn, &kit_diag));
    kit_ok(data_partition_ahead(kit->judge, base_clock_now_us(), &kit_diag));
    for (int64_t day = -1; day <= 0; day++) {
        kit_ok(data_partition_ensure(kit->judge, "coverage", start_us + day * INGEST_DAY_US, &kit_diag));
        kit_ok(data_partition_ensure(kit->judge, "duty_window", start_us + day * INGEST_DAY_US, &kit_diag));
    }
    kit->turn = (struct duty_turn){
        .conn = kit->judge, .owner = "judge", .epoch = 1, .now_us = base_clock_now_us(), .opened = &kit->opened};
    return kit;
}

static inline struct kit *kit_new(void)
{
    return kit_new_at((base_clock_now_us() / KIT_SECOND - 3 * 3600) * KIT_SECOND);
}

static inline void kit_free(struct kit *kit)
{
    duty_track_free(kit->turn.track);
    free(kit->source.batch.rows);
    kit->source.batch.rows = NULL;
    ingest_batch_release(&kit->source.batch);
    ingest_redelivery_release(&kit->source.redelivery);
    ingest_store_release(&kit->store);
    data_conn_free(kit->conn);
    data_conn_free(kit->judge);
    PQfinish(kit->pg);
    free(kit);
}

/* --- rows --- */
static inline struct base_id kit_id(uint64_t a, uint64_t b)
{
    struct base_id id;
    memcpy(id.bytes, &a, sizeof a);
    memcpy(id.bytes + sizeof a, &b, sizeof b);
    return id;
}

/* Metres east and north of the street's west end. */
static inline struct ingest_row kit_row(struct kit *kit, int walker, double seconds, double x, double y)
{
    struct ingest_row row = {.device = &kit->device,
                             .t_event = kit->start_us + (int64_t)llround(seconds * 1e6),
                             .t_gateway = SENSORS_NO_TIME,
                             .lon = KIT_LON + x / KIT_LON_M,
                             .lat = KIT_LAT + y / KIT_LAT_M,
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
                             .subject = kit_id((uint64_t)walker + 1, 7)};
    row.t_recv = row.t_event + KIT_SECOND;
    row.dedup = kit_id((uint64_t)row.t_event, (uint64_t)walker + 1000 * (uint64_t)lround(x + 5000));
    return row;
}

static inline void kit_put(struct kit *kit, struct ingest_row row)
{
    assert_true(kit->source.batch.row_count < KIT_ROWS_MAX);
    kit->source.batch.rows[kit->source.batch.row_count++] = row;
}

/* Stores what was put; positions older than judge has read mark their stretch, as workers do with old ones. */
static inline void kit_store(struct kit *kit)
{
    size_t count = kit->source.batch.row_count;
    struct ingest_row *rows = kit->source.batch.rows;
    int64_t tracked_us = INT64_MIN;
    base_str_i64(base_str_of(kit_value(kit->pg, "select case when isfinite(tracked_to) then (extract(epoch from "
                                                "tracked_to) * 1000000)::bigint end from judge_mark")),
                 &tracked_us);
    struct ingest_row *old = calloc(count + 1, sizeof *old);
    memcpy(old, rows, count * sizeof *old);
    kit_ok(ingest_store_batch(&kit->store, &kit->source, &kit_diag));
    kit->source.batch.row_count = 0;
    for (size_t i = 0; i < count; i++) {
        if (old[i].t_event < tracked_us) {
            struct base_buf arrays[3];
            for (size_t j = 0; j < 3; j++) {
                base_buf_init(&arrays[j], 4096);
            }
            data_array_begin(&arrays[0], DATA_ARRAY_ID, 1);
            data_array_id(&arrays[0], old[i].subject);
            for (size_t j = 1; j < 3; j++) {
                data_array_begin(&arrays[j], DATA_ARRAY_TIME, 1);
                data_array_time(&arrays[j], old[i].t_event);
            }
            kit_ok(data_run(kit->conn, DATA_STRETCH_MARK,
                            DATA_ARGS(data_i64(0), data_bytes(base_buf_str(&arrays[0])),
                                      data_bytes(base_buf_str(&arrays[1])), data_bytes(base_buf_str(&arrays[2]))),
                            &kit_diag, NULL));
            for (size_t j = 0; j < 3; j++) {
                base_buf_release(&arrays[j]);
            }
        }
    }
    free(old);
}

static inline void kit_go(struct kit *kit, double seconds, double x, double y)
{
    kit_put(kit, kit_row(kit, 0, seconds, x, y));
    kit_store(kit);
}

/* --- judge --- */
/* As if it were that many seconds after the kit's time, and all of five and a half minutes later. */
static inline void kit_judge(struct kit *kit, double seconds)
{
    bool more = true;
    kit->turn.now_us = kit->start_us + (int64_t)((seconds + 330) * 1e6);
    for (int i = 0; more; i++) {
        assert_true(i < KIT_STEPS_MAX);
        kit_ok(duty_track_step(&kit->turn, &kit_diag, &more));
    }
}

/* The shift ends, and all that was left waiting is derived. */
static inline void kit_finish(struct kit *kit, double seconds)
{
    kit_run(kit, "update shift set ends_at = to_timestamp(%.6f) where id = 1", (double)kit->start_us / 1e6 + seconds);
    kit_ok(ingest_store_expire(&kit->store, &kit_diag));
    kit_judge(kit, seconds + 60);
    for (int i = 0; i < 5 && kit_count(kit, "select count(*) from stretch"); i++) {
        kit_run(kit, "update stretch set retry_at = null");
        kit_judge(kit, seconds + 60);
    }
    assert_int_equal(kit_count(kit, "select count(*) from stretch"), 0);
}

/* An area duty of zone 1 whose windows last so many seconds, from the kit's time on, count of them. */
static inline void kit_area(struct kit *kit, const char *types, double radius_m, int64_t from, int64_t seconds,
                            int count)
{
    kit_run(
        kit,
        "insert into duty (estate_id, id, key, name, subject_kind, schedule, proof, subject_types, radius_m, "
        "valid_from) "
        "select 0, coalesce(max(id), 0) + 1, 'k' || count(*), 'n', 'zone', 'every 1h', 'area', '%s', %f, 'epoch' from "
        "duty",
        types, radius_m);
    kit_run(
        kit,
        "insert into duty_window (estate_id, t_from, duty_id, place_id, duty_version, place_kind, t_to, due_at) select "
        "0, "
        "t, (select max(id) from duty), 1, 1, 'zone', t + interval '%lld seconds', t + interval '2 hours' from (select "
        "to_timestamp(%.6f + %lld + n * %lld) t from generate_series(0, %d) n) x",
        (long long)seconds, (double)kit->start_us / 1e6, (long long)from, (long long)seconds, count - 1);
}

/* --- what is valid --- */
#define KIT_PASSES                                                                                                 \
    "(select * from (select distinct on (estate_id, t_event, subject, place_kind, place_id) * from pass order by " \
    "estate_id, t_event, subject, place_kind, place_id, version desc) v where not void)"
#define KIT_GAPS                                                                                                      \
    "(select * from (select distinct on (estate_id, subject, t_from) * from outage where scope = 'tracker' order by " \
    "estate_id, subject, t_from, id desc) v where not void)"
#define KIT_COVERAGE                                                                                                 \
    "(select * from (select distinct on (estate_id, t_event, subject, zone_id) * from coverage order by estate_id, " \
    "t_event, subject, zone_id, version desc) v where not void)"

static inline const char *kit_text(struct kit *kit, const char *sql)
{
    static char text[4][65536];
    static int next;
    next = (next + 1) % 4;
    snprintf(text[next], sizeof text[next], "%s", kit_value(kit->pg, sql));
    return text[next];
}

static inline const char *kit_passes(struct kit *kit)
{
    return kit_text(kit,
                    "select md5(string_agg(x::text, E'\\n' order by x)) from (select estate_id, t_event, subject, "
                    "place_kind, place_id, t_to, subject_type, nearest_m, acc_m, fixes, method, open from " KIT_PASSES
                    " p) x");
}

static inline const char *kit_gaps(struct kit *kit)
{
    return kit_text(kit,
                    "select md5(string_agg(x::text, E'\\n' order by x)) from (select estate_id, subject, t_from, "
                    "t_to, subject_type, shift_id, cause, lon_from, lat_from, lon_to, lat_to from " KIT_GAPS " g) x");
}

static inline const char *kit_coverage(struct kit *kit)
{
    return kit_text(kit, "select md5(string_agg(x::text, E'\\n' order by x)) from (select estate_id, t_event, t_to, "
                         "subject, zone_id, subject_type, grid, cells, tool from " KIT_COVERAGE " c) x");
}

/* Gaps as seconds of the kit's time: "10-200 silent, 300- accuracy". */
static inline const char *kit_gap_list(struct kit *kit)
{
    char sql[1024];
    snprintf(sql, sizeof sql,
             "select string_agg(round(extract(epoch from t_from) - %lld) || '-' || coalesce(round(extract(epoch from "
             "t_to) - %lld)::text, '') || ' ' || cause, ', ' order by t_from, subject) from " KIT_GAPS " g",
             (long long)(kit->start_us / KIT_SECOND), (long long)(kit->start_us / KIT_SECOND));
    return kit_text(kit, sql);
}

#endif
