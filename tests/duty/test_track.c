/* duty/track.c, track_walk.c, track_slice.c, track_gap.c: where on a shift nothing was heard, however the time was cut
 * into slices. */
#include "duty/track_kit.h"

static double uniform(uint64_t *seed) /* xorshift64* */
{
    *seed ^= *seed >> 12;
    *seed ^= *seed << 25;
    *seed ^= *seed >> 27;
    return (double)(*seed * UINT64_C(2685821657736338717) >> 11) / 9007199254740992.0;
}

/* A position every ten seconds. */
static void walk(struct kit *kit, int walker, double from, double to)
{
    for (double at = from; at <= to; at += 10) {
        kit_put(kit, kit_row(kit, walker, at, 5 + 0.1 * at, 0));
    }
}

static void silence_on_a_shift_is_a_gap(void **state)
{
    (void)state;
    struct kit *kit = kit_new();
    walk(kit, 0, 0, 600);
    walk(kit, 0, 720, 900);   /* 120 s: none */
    walk(kit, 0, 1021, 1500); /* 121 s */
    kit_store(kit);
    kit_judge(kit, 1500);
    assert_string_equal(kit_gap_list(kit), "-600-0 silent, 900-1021 silent");
    assert_int_equal(kit_count(kit, "select count(*) from " KIT_GAPS " g where lon_from is null and lon_to is not null "
                                    "and shift_id = 1 and subject_type = 'guard' and source_id is null"),
                     1);
    kit_judge(kit, 1610);
    assert_string_equal(kit_gap_list(kit), "-600-0 silent, 900-1021 silent");
    kit_judge(kit, 1650);
    assert_string_equal(kit_gap_list(kit), "-600-0 silent, 900-1021 silent, 1491- silent");
    int64_t rows = kit_count(kit, "select count(*) from outage");
    kit_judge(kit, 2000); /* it lasts: no other row */
    assert_int_equal(kit_count(kit, "select count(*) from outage"), rows);
    kit_go(kit, 2100, 5, 0);
    kit_judge(kit, 2130);
    assert_string_equal(kit_gap_list(kit), "-600-0 silent, 900-1021 silent, 1491-2100 silent");
    assert_int_equal(kit_count(kit, "select count(*) from outage"), rows + 1);
    kit_run(kit, "update shift set ends_at = to_timestamp(%.6f)", (double)kit->start_us / 1e6 + 3000);
    kit_judge(kit, 3600);
    assert_string_equal(kit_gap_list(kit), "-600-0 silent, 900-1021 silent, 1491-2100 silent, 2100-3000 silent");
    assert_int_equal(kit_count(kit, "select count(*) from tracker_state"), 0); /* nothing of a shift that is over */
    kit_free(kit);
}

static void poor_positions_are_a_gap_of_another_cause(void **state)
{
    (void)state;
    struct kit *kit = kit_new();
    walk(kit, 0, -590, 0);
    struct ingest_row row = kit_row(kit, 0, 100, 5, 0);
    row.acc_m = 80;
    kit_put(kit, row);
    walk(kit, 0, 200, 300);
    row = kit_row(kit, 0, 400, 5, 0);
    row.t_source = SENSORS_TIME_RECEIVED; /* alive, but nobody knows where */
    kit_put(kit, row);
    walk(kit, 0, 500, 600);
    kit_put(kit, kit_row(kit, 0, 610, 2000, 0)); /* a jump that nothing confirms */
    kit_put(kit, kit_row(kit, 0, 670, 4000, 0));
    walk(kit, 0, 800, 900);
    kit_store(kit);
    kit_judge(kit, 900);
    assert_string_equal(kit_gap_list(kit), "0-200 accuracy, 300-500 accuracy, 600-800 accuracy");
    kit_free(kit);
}

static void a_shift_that_never_sent_has_no_gap_and_one_that_sent_rubbish_is_all_gap(void **state)
{
    (void)state;
    struct kit *kit = kit_new();
    kit_shift(kit, 2, 0, 1000);
    kit_shift(kit, 3, 0, 1000);
    struct ingest_row row = kit_row(kit, 1, 500, 5, 0);
    row.shift_id = 3;
    row.acc_m = 90;
    kit_put(kit, row);
    kit_store(kit);
    kit_judge(kit, 1200);
    assert_string_equal(kit_gap_list(kit), "0-1000 accuracy");
    assert_int_equal(kit_count(kit, "select count(*) from " KIT_GAPS " g where shift_id <> 3"), 0);
    kit_free(kit);
}

/* Two shifts one after the other, one of a day and more, and the same device in both. */
static void gaps_end_with_their_shift(void **state)
{
    (void)state;
    struct kit *kit = kit_new();
    kit_run(kit, "update shift set ends_at = to_timestamp(%.6f)", (double)kit->start_us / 1e6 + 1000);
    kit_shift(kit, 2, 1000, 2000);
    kit_shift(kit, 4, -50 * 3600, 50 * 3600);
    walk(kit, 0, -600, 700);
    for (double at = 1300; at < 1900; at += 10) {
        struct ingest_row row = kit_row(kit, 0, at, 5, 0);
        row.shift_id = 2;
        kit_put(kit, row);
    }
    struct ingest_row row = kit_row(kit, 3, 0, 5, 0);
    row.shift_id = 4; /* says only whose devices these are: nobody was awaited two days ago */
    kit_put(kit, row);
    row.t_event += 100 * KIT_SECOND;
    row.dedup = kit_id(4, 4);
    kit_put(kit, row);
    kit_store(kit);
    kit_judge(kit, 3000);
    assert_string_equal(kit_gap_list(kit), "100- silent, 700-1000 silent, 1000-1300 silent");
    kit_free(kit);
}

/* --- how the time is cut --- */
static void make_rows(struct kit *kit, uint64_t seed)
{
    for (int walker = 0; walker < 4; walker++) {
        double at = -300 + 200 * uniform(&seed);
        while (at < 3000) {
            struct ingest_row row =
                kit_row(kit, walker, at, 100 * sin(at / 100) + (uniform(&seed) < 0.03 ? 900 : 0), 0);
            row.acc_m = uniform(&seed) < 0.15 ? 70 : 6;
            row.t_source = uniform(&seed) < 0.05 ? SENSORS_TIME_RECEIVED : SENSORS_TIME_DEVICE;
            row.shift_id = at > 1500 ? 2 : 1;
            kit_put(kit, row);
            at += uniform(&seed) < 0.05 ? 400 * uniform(&seed) : 20 * uniform(&seed);
        }
    }
    kit_store(kit);
}

static void the_cut_into_slices_changes_nothing(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 3; seed++) {
        int64_t start_us = (base_clock_now_us() / KIT_SECOND - 3 * 3600) * KIT_SECOND;
        char expected[64] = "";
        for (int cut = 0; cut < 3; cut++) {
            struct kit *kit = kit_new_at(start_us);
            kit_run(kit, "update shift set ends_at = to_timestamp(%.6f)", (double)kit->start_us / 1e6 + 1500);
            kit_shift(kit, 2, 1500, 3000);
            make_rows(kit, seed);
            kit_run(kit, "delete from stretch"); /* the first shift is over: ingest leaves that to judge */
            for (double at = -300; cut && at < 3100; at += cut == 1 ? 31 : 250) {
                kit_judge(kit, at);
            }
            kit_judge(kit, 3200);
            if (cut == 0) {
                snprintf(expected, sizeof expected, "%s", kit_gaps(kit));
                printf("seed %d: %lld gaps\n", (int)seed,
                       (long long)kit_count(kit, "select count(*) from " KIT_GAPS " g"));
                assert_true(kit_count(kit, "select count(*) from " KIT_GAPS " g") > 10);
                /* Read once more, nothing is written. */
                int64_t rows = kit_count(kit, "select count(*) from outage");
                kit_run(kit, "update judge_mark set tracked_to = '-infinity'");
                kit_run(kit, "delete from tracker_state");
                kit_judge(kit, 3200);
                assert_int_equal(kit_count(kit, "select count(*) from outage"), rows);
            }
            assert_string_equal(kit_gaps(kit), expected);
            kit_free(kit);
        }
    }
}

static void positions_are_read_no_further_than_every_source_was(void **state)
{
    (void)state;
    struct kit *kit = kit_new();
    walk(kit, 0, 0, 600);
    kit_store(kit);
    kit_run(kit, "update source_stat set dry_at = to_timestamp(%.6f)", (double)kit->start_us / 1e6 + 300);
    kit_judge(kit, 2000);
    assert_int_equal(kit_count(kit, "select extract(epoch from tracked_to)::bigint from judge_mark") -
                         kit->start_us / KIT_SECOND,
                     300);
    kit_run(kit, "update source_stat set dry_at = null"); /* never: waited for no longer than a day */
    kit->turn.now_us = kit->start_us + DUTY_TRACK_DAY + 700 * KIT_SECOND;
    bool more = true;
    while (more) {
        kit_ok(duty_track_step(&kit->turn, &kit_diag, &more));
    }
    assert_int_equal(kit_count(kit, "select extract(epoch from tracked_to)::bigint from judge_mark") -
                         kit->start_us / KIT_SECOND,
                     700);
    kit_free(kit);
}

static void who_does_not_lead_writes_nothing(void **state)
{
    (void)state;
    struct kit *kit = kit_new();
    bool more = true;
    walk(kit, 0, 0, 600);
    kit_store(kit);
    kit_run(kit, "update judge_lease set epoch = 2");
    kit->turn.now_us = base_clock_now_us();
    assert_int_equal(duty_track_step(&kit->turn, &kit_diag, &more), BASE_FENCED);
    assert_int_equal(kit_count(kit, "select count(*) from outage"), 0);
    kit_free(kit);
}

static void a_walker_goes_to_bytes_and_back(void **state)
{
    (void)state;
    struct duty_walker walker, back;
    AUTO_VALUE(base_buf) bytes, again;
    base_buf_init(&bytes, 4096);
    base_buf_init(&again, 4096);
    duty_track_walk_init(&walker, kit_id(1, 2), SENSORS_SUBJECT_FLEET);
    struct duty_gaps gaps = {.list = NULL};
    struct facts_step steps[FACTS_STEPS_MAX];
    size_t count;
    const struct duty_shift shift = {7, 0, INT64_C(4000000000)};
    const struct duty_row row = {.t_event = 1000, .lon = 121.1, .lat = 31.2, .acc_m = NAN, .shift_id = 7};
    duty_track_walk_row(&walker, &row, &shift, &gaps, steps, &count);
    assert_int_equal(count, 1);
    walker.tool = DUTY_TOOL_ON;
    duty_track_walk_out(&walker, &bytes);
    duty_track_walk_init(&back, kit_id(1, 2), SENSORS_SUBJECT_NONE);
    kit_ok(duty_track_walk_in(base_buf_str(&bytes), &kit_diag, &back));
    assert_int_equal(back.type, SENSORS_SUBJECT_FLEET);
    assert_int_equal(back.tool, DUTY_TOOL_ON);
    assert_int_equal(back.shifts[0].id, 7);
    assert_true(back.last.at.lat == 31.2);
    duty_track_walk_out(&back, &again);
    assert_true(base_str_equal(base_buf_str(&bytes), base_buf_str(&again)));
    for (size_t len = 0; len < bytes.len; len++) { /* the track may be missing, but nothing may be cut */
        enum base_err err = duty_track_walk_in((struct base_str){bytes.data, len}, &kit_diag, &back);
        assert_true(err == BASE_INVALID || err == BASE_OK);
    }
    bytes.data[0] = 9;
    assert_int_equal(duty_track_walk_in(base_buf_str(&bytes), &kit_diag, &back), BASE_INVALID);
    free(gaps.list);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(silence_on_a_shift_is_a_gap),
        cmocka_unit_test(poor_positions_are_a_gap_of_another_cause),
        cmocka_unit_test(a_shift_that_never_sent_has_no_gap_and_one_that_sent_rubbish_is_all_gap),
        cmocka_unit_test(gaps_end_with_their_shift),
        cmocka_unit_test(the_cut_into_slices_changes_nothing),
        cmocka_unit_test(positions_are_read_no_further_than_every_source_was),
        cmocka_unit_test(who_does_not_lead_writes_nothing),
        cmocka_unit_test(a_walker_goes_to_bytes_and_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
