/* From stored rows to passes in the database: store.c, store_state.c, store_pass.c and store_place.c. */
#include "ingest/store_kit.h"

enum { WALKERS = 5 };

/* --- tests --- */
static void a_walk_makes_passes_and_states(void **state)
{
    (void)state;
    struct street *street = street_new();
    street_go(street, 0, 5, 0);
    street_go(street, 10, 15, 0);
    street_go(street, 70, 16, 0);
    street_go(street, 80, 65, -2); /* along the next houses, 5 m out of the zone, away from the checkpoint */
    assert_string_equal(
        street_value(street, "select string_agg(place_kind || place_id || ':' || fixes || ':' || open, ' ' order "
                             "by place_kind, place_id, t_event) from pass"),
        "building1:3:false building2:2:false building3:1:true building4:1:true checkpoint1:3:false "
        "zone1:3:true"); /* the fourth in the zone is less than a minute after the third: not written */
    assert_true(street_seconds(street,
                               "select extract(epoch from t_event) from pass where place_id = 3 and place_kind = "
                               "'building'") > 70);
    assert_string_equal(
        street_value(street, "select round(nearest_m::numeric, 1) || '/' || acc_m || '/' || method || '/' || "
                             "subject_type || '/' || version from pass where place_kind = 'building' and place_id "
                             "= 1"),
        "5.0/5/track/guard/1");
    assert_int_equal(street_number(street, "select count(*) from building_state"), 4);
    assert_int_equal(street_number(street, "select count(*) from zone_state where last_pass_subject_type = 'guard'"),
                     1);
    assert_int_equal(street_number(street,
                                   "select count(*) from building_state b join pass p on p.place_kind = 'building' and "
                                   "p.place_id = b.building_id and b.last_pass_at = p.t_to"),
                     4);
    assert_int_equal(street_number(street, "select count(*) from stretch"), 0);
    street_free(street);
}

static void what_was_dated_by_its_receipt_is_no_evidence(void **state)
{
    (void)state;
    struct street *street = street_new();
    struct ingest_row row = street_row(street, 0, 0, 5, 0);
    row.t_source = SENSORS_TIME_RECEIVED;
    street_put(street, row);
    street_store(street);
    assert_int_equal(street_number(street, "select count(*) from asset_state where track is null"), 1);
    assert_int_equal(street_number(street, "select count(*) from pass"), 0);
    street_free(street);
}

static void late_fixes_mark_the_stretch_and_nothing_else(void **state)
{
    (void)state;
    struct street *street = street_new();
    static const char *const all = "select md5(string_agg(p::text, ',' order by p)) from (select t_event, place_kind, "
                                   "place_id, t_to, fixes, open from pass) p";
    char before[64];
    street_go(street, 100, 5, 0);
    street_go(street, 110, 15, 0);
    snprintf(before, sizeof before, "%s", street_value(street, all));
    street_go(street, 50, 100, 0);
    street_go(street, 20, 120, 0);
    street_go(street, 60, 100, 0);
    assert_string_equal(street_value(street, all), before);
    assert_int_equal(street_number(street, "select count(*) from fix"), 5);
    assert_true(street_seconds(street, "select extract(epoch from t_from) from stretch") == 20);
    assert_true(street_seconds(street, "select extract(epoch from t_to) from stretch") == 60);
    assert_true(street_seconds(street, "select extract(epoch from t_event) from asset_state") == 110);
    street_free(street);
}

static void the_end_of_the_shift_closes_what_is_open(void **state)
{
    (void)state;
    struct street *street = street_new();
    street_go(street, 0, 5, 0);
    street_go(street, 30, 6, 0); /* not written: within a minute */
    assert_true(street_seconds(street, "select extract(epoch from t_to) from pass where place_kind = 'zone'") == 0);
    street_value(street, "update shift set ends_at = now()");
    street_ok(ingest_store_expire(&street->store, &street_diag));
    assert_int_equal(street_number(street, "select count(*) from asset_state"), 0);
    assert_int_equal(street_number(street, "select count(*) from pass where open"), 0);
    assert_true(street_seconds(street, "select extract(epoch from t_to) from pass where place_kind = 'zone'") == 30);
    assert_true(street_seconds(street, "select extract(epoch from last_pass_at) from zone_state") == 30);
    int64_t passes = street_number(street, "select count(*) from pass");
    street_go(street, 40, 5, 0); /* came when nothing of the shift is kept any more: judge will derive it */
    assert_int_equal(street_number(street, "select count(*) from pass"), passes);
    assert_true(street_seconds(street, "select extract(epoch from t_from) from stretch") == 40);
    street_free(street);
}

static void check_ins_and_events_are_known_at_the_building(void **state)
{
    (void)state;
    struct street *street = street_new();
    struct ingest_row row = street_row(street, 0, 20, 46, 10); /* in house 3 */
    street_go(street, 0, 5, 0);
    row.kind = SENSORS_KIND_CHECKPOINT;
    street_put(street, row);
    street_store(street);
    assert_string_equal(street_value(street,
                                     "select place_id || '/' || nearest_m || '/' || open from pass where method = "
                                     "'checkin'"),
                        "3/0/true");
    row = street_row(street, 1, 30, 66, 10);
    row.kind = SENSORS_KIND_ALARM;
    row.subject_type = SENSORS_SUBJECT_OBJECT;
    street_put(street, row);
    row.kind = SENSORS_KIND_MEASUREMENT;
    row.t_event += 5000000;
    row.dedup = street_id(9, 9);
    street_put(street, row);
    row.kind = SENSORS_KIND_ALARM; /* all is well: as ever, and again */
    row.phase = SENSORS_PHASE_SNAPSHOT;
    row.dedup = street_id(9, 10);
    street_put(street, row);
    row.phase = SENSORS_PHASE_END;
    row.dedup = street_id(9, 11);
    street_put(street, row);
    street_store(street);
    assert_true(
        street_seconds(street, "select extract(epoch from last_alarm_at) from building_state where building_id = 4") ==
        30);
    assert_true(
        street_seconds(street, "select extract(epoch from last_event_at) from building_state where building_id = 4") ==
        30);
    assert_true(
        street_seconds(street, "select extract(epoch from last_event_at) from building_state where building_id = 3") ==
        20);
    street_free(street);
}

/* A thing that was silent until its pass's day was dropped, and a track that somebody edited. */
static void what_is_gone_stops_nothing(void **state)
{
    (void)state;
    struct street *street = street_new();
    struct ingest_row row = street_row(street, 0, -20 * 86400.0, 5, 0);
    row.subject_type = SENSORS_SUBJECT_FLEET;
    row.shift_id = 0;
    street_put(street, row);
    street_store(street);
    assert_int_equal(street_number(street, "select count(*) from pass"), 3);
    street_value(
        street,
        "do $$ declare t text; begin for t in select inhrelid::regclass::text from pg_inherits where inhparent = "
        "'pass'::regclass loop execute 'drop table ' || t; end loop; end $$");
    street->store.partition_count = 0;
    row.t_event = street->start_us;
    row.dedup = street_id(1, 2);
    street_put(street, row);
    street_store(street);
    assert_int_equal(street_number(street, "select count(*) from pass where open"), 3);
    street_value(street, "delete from stretch"); /* of the position that was twenty days old */
    street_value(street, "update asset_state set track = '\\x0102', track_stamp = 1");
    row.t_event += 10000000;
    row.dedup = street_id(1, 3);
    street_put(street, row);
    street_store(street);
    assert_int_equal(street_number(street, "select count(*) from stretch"), 1);
    assert_int_equal(street_number(street, "select count(*) from pass"), 6);
    street_free(street);
}

/* --- cuts and redelivery --- */
/* Five guards up and down the street, with noise, outliers, late and bad fixes, and check-ins. */
static size_t make_walk(struct street *street, struct ingest_row *rows)
{
    uint64_t seed = 20260103;
    size_t count = 0;
    for (int i = 0; i < 300; i++) {
        for (int walker = 0; walker < WALKERS; walker++) {
            double where = fmod(i * (3.0 + walker), 400);
            double x = (where < 200 ? where : 400 - where) + 6 * street_uniform(&seed);
            double at = i * 7 + 3 * street_uniform(&seed) - (street_uniform(&seed) < 0.03 ? 40 : 0);
            struct ingest_row row =
                street_row(street, walker, at, x + (street_uniform(&seed) < 0.02 ? 700 : 0), 3 * street_uniform(&seed));
            row.acc_m = street_uniform(&seed) < 0.1 ? 60 : 6;
            if (street_uniform(&seed) < 0.01) {
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
static const char *dump(struct street *street)
{
    return street_value(
        street, "select md5(p) || md5(b) || md5(z) || md5(a) || coalesce(md5(s), '') from (select "
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
    static struct ingest_row rows[STREET_ROWS_MAX];
    char expected[200];
    struct street *whole = street_new();
    int64_t start_us = whole->start_us;
    size_t count = make_walk(whole, rows);
    for (size_t i = 0; i < count; i++) {
        street_put(whole, rows[i]);
    }
    street_store(whole);
    snprintf(expected, sizeof expected, "%s", dump(whole));
    printf("%lld passes, %lld by check-in, %lld stretches\n",
           (long long)street_number(whole, "select count(*) from pass"),
           (long long)street_number(whole, "select count(*) from pass where method = 'checkin'"),
           (long long)street_number(whole, "select count(*) from stretch"));
    assert_true(street_number(whole, "select count(*) from pass") > 200);
    assert_int_equal(street_number(whole, "select count(*) from stretch"), WALKERS);
    for (uint64_t round = 1; round <= 4; round++) {
        struct street *street = street_new();
        AUTO(data_conn) conn = NULL;
        struct ingest_store other; /* a second worker: what the first remembers gets out of date, and the other way */
        street_ok(data_conn_open(street->database, "other", &street_diag, &conn));
        ingest_store_init(&other, "test");
        street_ok(ingest_store_connect(&other, conn, &street_diag));
        uint64_t seed = round;
        size_t done = 0;
        street->start_us = start_us;
        while (done < count) {
            size_t again = round % 2 ? 0 : (size_t)(street_uniform(&seed) * 30);
            size_t end = done + 1 + (size_t)(street_uniform(&seed) * (round == 1 ? 3 : 200));
            for (size_t i = done > again ? done - again : 0; i < end && i < count; i++) {
                street_put(street, rows[i]);
            }
            street_store_by(street, round > 2 && street_uniform(&seed) < 0.3 ? &other : &street->store);
            done = end;
        }
        ingest_store_release(&other);
        assert_string_equal(dump(street), expected);
        assert_int_equal(street_number(street, "select count(*) from fix") +
                             street_number(street, "select count(*) from event"),
                         count);
        street_free(street);
    }
    street_free(whole);
}

/* How many do so depends on who else looks at the table; what must hold is that nothing forbids it: no index on a
 * column that a move changes, and room in each page. */
static void moves_can_stay_within_their_page(void **state)
{
    (void)state;
    struct street *street = street_new();
    for (int i = 0; i < 3; i++) {
        street_put(street, street_row(street, 1, i * 5, 5 + i, 0));
        street_store(street);
    }
    assert_int_equal(street_number(street,
                                   "select count(*) from pg_index i join pg_attribute a on a.attrelid = i.indrelid and "
                                   "a.attnum = any (i.indkey) where i.indrelid = 'asset_state'::regclass and a.attname "
                                   "not in ('estate_id', 'subject')"),
                     0);
    assert_string_equal(
        street_value(street, "select reloptions::text from pg_class where oid = 'asset_state'::regclass"),
        "{fillfactor=50}");
    /* Alone in its page and with nobody looking, the row has moved without leaving it. */
    assert_string_equal(street_value(street, "select (ctid::text::point)[0]::integer from asset_state"), "0");
    street_free(street);
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
