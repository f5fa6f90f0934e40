/* duty/track_derive.c, track_unit.c, track_pass.c: what comes late ends where it would have ended had it come in time.
 */
#include "duty/track_kit.h"

static double uniform(uint64_t *seed) /* xorshift64* */
{
    *seed ^= *seed >> 12;
    *seed ^= *seed << 25;
    *seed ^= *seed >> 27;
    return (double)(*seed * UINT64_C(2685821657736338717) >> 11) / 9007199254740992.0;
}

static void mark_all(struct kit *kit)
{
    kit_run(kit, "insert into stretch (estate_id, subject, t_from, t_to) select estate_id, subject, min(t_event), "
                 "max(t_event) from fix group by 1, 2 on conflict (estate_id, subject) do update set t_from = "
                 "excluded.t_from, t_to = excluded.t_to, marked_at = clock_timestamp()");
}

static const char *versions(struct kit *kit)
{
    return kit_text(
        kit, "select coalesce(string_agg(version || 'x' || n || case when void then 'v' else '' end, ' ' order by "
             "version, void), '') from (select version, void, count(*) n from pass group by 1, 2) v");
}

static void a_late_position_moves_its_pass(void **state)
{
    (void)state;
    struct kit *kit = kit_new();
    kit_go(kit, 0, -200, 0);
    kit_go(kit, 60, -100, 0);
    kit_go(kit, 100, 6, 0);    /* at house 1 */
    kit_go(kit, 200, -100, 0); /* left by then */
    kit_go(kit, 260, -200, 0);
    kit_judge(kit, 300);
    assert_string_equal(kit_gap_list(kit), "-600-0 silent");
    kit_go(kit, 160, 10, 0); /* but he was there for a minute */
    assert_int_equal(kit_count(kit, "select count(*) from stretch"), 1);
    int64_t before = kit_count(kit, "select count(*) from judge_again where why = 'derived'");
    kit_judge(kit, 300);
    assert_int_equal(kit_count(kit, "select count(*) from stretch"), 0);
    assert_string_equal(kit_text(kit,
                                 "select version || '/' || fixes from " KIT_PASSES " p where place_kind = 'building' "
                                 "and place_id = 1"),
                        "2/2");
    assert_int_equal(kit_count(kit, "select count(*) from judge_again where why = 'derived'"), before + 1);
    assert_int_equal(kit_count(kit, "select count(*) from judge_again j join pass p on p.version = 2 and p.estate_id = "
                                    "j.estate_id and p.t_event >= j.t_from and p.t_to <= j.t_to"),
                     kit_count(kit, "select count(*) from pass where version = 2"));
    kit_free(kit);
}

static void late_positions_close_and_part_gaps(void **state)
{
    (void)state;
    struct kit *kit = kit_new();
    for (double at = 0; at <= 100; at += 10) {
        kit_go(kit, at, -300, 0);
        kit_go(kit, at + 1000, -300, 0);
    }
    kit_judge(kit, 1200);
    assert_string_equal(kit_gap_list(kit), "-600-0 silent, 100-1000 silent");
    kit_go(kit, 500, -300, 0);
    kit_judge(kit, 1200);
    assert_string_equal(kit_gap_list(kit), "-600-0 silent, 100-500 silent, 500-1000 silent");
    for (double at = 110; at < 500; at += 60) {
        kit_go(kit, at, -300, 0);
    }
    kit_judge(kit, 1200);
    assert_string_equal(kit_gap_list(kit), "-600-0 silent, 500-1000 silent");
    kit_go(kit, -100, -300, 0); /* before the first */
    kit_judge(kit, 1200);
    assert_string_equal(kit_gap_list(kit), "-600--100 silent, 500-1000 silent");
    for (double at = 510; at < 1000; at += 60) {
        struct ingest_row row = kit_row(kit, 0, at, -300, 0);
        row.acc_m = at < 700 ? 90 : 5; /* the first of them no good */
        kit_put(kit, row);
    }
    kit_store(kit);
    kit_run(kit, "update stretch set t_from = least(t_from, to_timestamp(%.6f))", (double)kit->start_us / 1e6 + 510);
    kit_judge(kit, 1200);
    assert_string_equal(kit_gap_list(kit), "-600--100 silent, 500-750 accuracy");
    assert_int_equal(kit_count(kit, "select count(*) from stretch"), 0);
    kit_free(kit);
}

static void a_pass_that_is_open_is_ingests(void **state)
{
    (void)state;
    struct kit *kit = kit_new();
    kit_go(kit, 0, 6, 0);
    kit_go(kit, 60, 6, 0);
    kit_judge(kit, 60);
    kit_go(kit, 30, 6, 0); /* late, at the same house: its pass goes on */
    kit_judge(kit, 60);
    assert_string_equal(versions(kit), "1x4");
    assert_int_equal(kit_count(kit, "select count(*) from stretch where retry_at > now()"), 1);
    kit_go(kit, 70, -200, 0); /* jumps are not believed yet */
    kit_go(kit, 100, -200, 0);
    kit_run(kit, "update stretch set retry_at = now()");
    kit_judge(kit, 100);
    assert_int_equal(kit_count(kit, "select count(*) from stretch"), 0);
    assert_int_equal(kit_count(kit, "select count(*) from " KIT_PASSES " p where open or (place_kind = 'building' and "
                                    "place_id = 1 and (fixes <> 3 or version <> 2))"),
                     0);
    kit_free(kit);
}

static void a_stretch_marked_meanwhile_stays(void **state)
{
    (void)state;
    struct kit *kit = kit_new();
    kit_go(kit, 0, -300, 0);
    kit_go(kit, 60, -300, 0);
    kit_judge(kit, 60);
    kit_go(kit, 30, -300, 0);
    /* Somebody holds the subject: nothing is derived, and judge does not wait. */
    kit_run(kit, "begin");
    kit_run(kit, "select 1 from asset_state for update");
    int64_t begun_us = base_clock_mono_us();
    bool more = true;
    kit_ok(duty_track_derive(&kit->turn, &kit_diag, &more));
    assert_false(more);
    assert_true(base_clock_mono_us() - begun_us < 5 * KIT_SECOND);
    kit_run(kit, "rollback");
    assert_int_equal(kit_count(kit, "select count(*) from stretch"), 1);
    kit_ok(duty_track_derive(&kit->turn, &kit_diag, &more));
    assert_true(more);
    assert_int_equal(kit_count(kit, "select count(*) from stretch"), 0);
    kit_free(kit);
}

static void places_that_are_gone_keep_their_passes(void **state)
{
    (void)state;
    struct kit *kit = kit_new();
    kit_go(kit, 0, 6, 0);
    kit_go(kit, 60, -300, 0);
    kit_go(kit, 100, -300, 0);
    kit_run(kit, "update building set valid_to = now() where id = 1");
    kit_run(kit, "update place_version set version = version + 1");
    mark_all(kit);
    kit_judge(kit, 100);
    assert_int_equal(
        kit_count(kit, "select count(*) from " KIT_PASSES " p where place_kind = 'building' and place_id = 1"), 1);
    kit_free(kit);
}

/* --- all that can come late --- */
static size_t make_walk(struct kit *kit, uint64_t seed, struct ingest_row *rows)
{
    size_t count = 0;
    for (int walker = 0; walker < 4; walker++) {
        double at = 60 * uniform(&seed);
        while (at < 3600) {
            double where = fmod(at / 7 * (3.0 + walker), 400);
            double x = (where < 200 ? where : 400 - where) + 6 * uniform(&seed);
            struct ingest_row row = kit_row(kit, walker, at, x + (uniform(&seed) < 0.02 ? 700 : 0), 3 * uniform(&seed));
            row.acc_m = uniform(&seed) < 0.1 ? 60 : 6;
            row.t_source = uniform(&seed) < 0.02 ? SENSORS_TIME_RECEIVED : SENSORS_TIME_DEVICE;
            row.shift_id = walker == 3 ? 4 : 1; /* one on a standing shift */
            if (uniform(&seed) < 0.02) {
                row.kind = SENSORS_KIND_CHECKPOINT;
                row.lon = KIT_LON + (20 * (double)(count % 8) + 6) / KIT_LON_M;
                row.lat = KIT_LAT + 10 / KIT_LAT_M;
            }
            rows[count++] = row;
            at += uniform(&seed) < 0.02 ? 100 + 300 * uniform(&seed) : 3 + 9 * uniform(&seed);
        }
    }
    return count;
}

struct arrival {
    double at;
    struct ingest_row row;
};

static int by_arrival(const void *a, const void *b)
{
    double x = ((const struct arrival *)a)->at, y = ((const struct arrival *)b)->at;
    return (x > y) - (x < y);
}

/* Late by little, by minutes, and all that is sent while there is no network. */
static double lateness(struct kit *kit, const struct ingest_row *row, uint64_t *seed)
{
    double at = (double)(row->t_event - kit->start_us) / 1e6;
    double late = uniform(seed) < 0.1 ? 900 * uniform(seed) : uniform(seed) < 0.3 ? 30 * uniform(seed) : 0;
    bool cut = row->subject.bytes[0] == 2 && at > 1000 && at < 2200;
    return cut ? 2200 - at + 300 * uniform(seed) : late;
}

static void send_all(struct kit *kit, struct arrival *list, size_t count, uint64_t *seed, bool in_order)
{
    for (size_t i = 0; i < count; i++) {
        list[i].at =
            (double)(list[i].row.t_event - kit->start_us) / 1e6 + (in_order ? 0 : lateness(kit, &list[i].row, seed));
    }
    qsort(list, count, sizeof *list, by_arrival);
    for (size_t i = 0; i < count;) {
        size_t end = i + 1 + (size_t)(uniform(seed) * 60);
        for (; i < end && i < count; i++) {
            kit_put(kit, list[i].row);
        }
        kit_store(kit);
        if (uniform(seed) < 0.3) {
            kit_judge(kit, fmin(list[i - 1].at - 200 * uniform(seed), 3600));
        }
    }
}

static struct kit *world(int64_t start_us)
{
    struct kit *kit = kit_new_at(start_us);
    kit_shift(kit, 4, -40 * 3600, 40 * 3600);
    kit_area(kit, "{guard}", 3, 100, 1000, 3); /* cut every 1,000 s, and in pieces of 15 minutes */
    return kit;
}

static void end(struct kit *kit)
{
    kit_run(kit, "update shift set ends_at = to_timestamp(%.6f) where id = 4", (double)kit->start_us / 1e6 + 3700);
    kit_finish(kit, 3700);
}

static void whatever_the_order_the_same_is_valid_in_the_end(void **state)
{
    (void)state;
    static struct ingest_row rows[KIT_ROWS_MAX];
    static struct arrival list[KIT_ROWS_MAX];
    int64_t start_us = (base_clock_now_us() / KIT_SECOND - 3 * 3600) * KIT_SECOND;
    for (uint64_t round = 1; round <= 3; round++) {
        char passes[64] = "", gaps[64] = "", coverage[64] = "";
        uint64_t seed = round * 77;
        for (int order = 0; order < 3; order++) {
            struct kit *kit = world(start_us);
            size_t count = make_walk(kit, round, rows);
            for (size_t i = 0; i < count; i++) {
                list[i].row = rows[i];
            }
            send_all(kit, list, count, &seed, order == 0);
            end(kit);
            if (order == 0) {
                char before[200];
                snprintf(before, sizeof before, "%s", versions(kit));
                snprintf(passes, sizeof passes, "%s", kit_passes(kit));
                snprintf(gaps, sizeof gaps, "%s", kit_gaps(kit));
                snprintf(coverage, sizeof coverage, "%s", kit_coverage(kit));
                int64_t outages = kit_count(kit, "select count(*) from outage");
                int64_t covered = kit_count(kit, "select count(*) from coverage");
                mark_all(kit); /* nothing was late: derived again, nothing changes */
                kit_finish(kit, 3700);
                assert_string_equal(versions(kit), before);
                assert_int_equal(kit_count(kit, "select count(*) from outage"), outages);
                assert_true(kit_count(kit, "select count(*) from " KIT_PASSES " p") > 100);
                assert_true(kit_count(kit, "select count(*) from " KIT_GAPS " g") > 3);
                assert_true(kit_count(kit, "select count(*) from " KIT_COVERAGE " c") > 10);
                assert_int_equal(kit_count(kit, "select count(*) from coverage"), covered);
            }
            printf("round %d, order %d: %s versions of passes, %lld outages of %lld gaps\n", (int)round, order,
                   versions(kit), (long long)kit_count(kit, "select count(*) from outage"),
                   (long long)kit_count(kit, "select count(*) from " KIT_GAPS " g"));
            assert_string_equal(kit_passes(kit), passes);
            assert_string_equal(kit_gaps(kit), gaps);
            assert_string_equal(kit_coverage(kit), coverage);
            kit_free(kit);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_late_position_moves_its_pass),
        cmocka_unit_test(late_positions_close_and_part_gaps),
        cmocka_unit_test(a_pass_that_is_open_is_ingests),
        cmocka_unit_test(a_stretch_marked_meanwhile_stays),
        cmocka_unit_test(places_that_are_gone_keep_their_passes),
        cmocka_unit_test(whatever_the_order_the_same_is_valid_in_the_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
