/* facts/track*.c: which fixes are believed; check-ins; and that neither the cut into batches nor a rest as bytes
 * between them changes a pass. */
#include "facts_test.h"

enum { HOUSES = 60, FIXES = 1500 };

struct world {
    struct geo_place *houses, *zones;
    struct facts_places places;
    struct facts_track track;
    struct test_given given;
    const struct facts_rules *rules;
};

/* Two rows of houses along y = 0, 20 m apart; zones of 60 m over them. */
static int set_up(void **state)
{
    struct world *world = calloc(1, sizeof *world);
    test_ok(geo_place_new(&test_diag, &world->houses));
    test_ok(geo_place_new(&test_diag, &world->zones));
    for (int i = 0; i < HOUSES; i++) {
        double x = i / 2 * 20.0, y = i % 2 ? 10 : -20;
        test_box(world->houses, i + 1, x, y, x + 12, y + 10);
    }
    for (int i = 0; i < HOUSES / 6; i++) {
        test_box(world->zones, 500 + i, i * 60.0, -30, i * 60.0 + 50, 30);
    }
    test_ok(geo_place_build(world->houses, &test_diag));
    test_ok(geo_place_build(world->zones, &test_diag));
    world->places.of[FACTS_KIND_BUILDING] = world->houses;
    world->places.of[FACTS_KIND_ZONE] = world->zones;
    world->rules = facts_rules_of(SENSORS_SUBJECT_GUARD);
    facts_track_init(&world->track);
    *state = world;
    return 0;
}

static int tear_down(void **state)
{
    struct world *world = *state;
    geo_place_free(world->houses);
    geo_place_free(world->zones);
    free(world);
    return 0;
}

static enum facts_outcome take(struct world *world, struct facts_fix fix)
{
    const struct facts_sink sink = {test_take, &world->given};
    return facts_track_fix(&world->track, world->rules, &fix, &world->places, &sink);
}

static enum facts_outcome check_in(struct world *world, double seconds, int64_t building)
{
    const struct facts_sink sink = {test_take, &world->given};
    const struct facts_checkin checkin = {
        .t_event = TEST_START + (int64_t)llround(seconds * 1e6), .building_id = building, .estate_id = building + 1000};
    return facts_track_checkin(&world->track, world->rules, &checkin, &sink);
}

static const struct facts_pass *valid_of(struct world *world, enum facts_kind kind, int64_t id)
{
    static struct facts_pass valid[TEST_GIVEN_MAX];
    size_t count = test_valid(&world->given, valid);
    for (size_t i = count; i-- > 0;) {
        if (valid[i].kind == kind && valid[i].place_id == id) {
            return &valid[i];
        }
    }
    return NULL;
}

static void an_outlier_changes_nothing(void **state)
{
    struct world *world = *state;
    take(world, test_fix(0, 5, 0));
    take(world, test_fix(5, 400, 0)); /* 80 m/s, and back */
    take(world, test_fix(10, 6, 0));
    assert_null(valid_of(world, FACTS_KIND_BUILDING, 41));
    assert_null(valid_of(world, FACTS_KIND_BUILDING, 21)); /* nor what lies on the way */
    assert_int_equal(world->track.open_count, 3);
    take(world, test_fix(70, 6, 0));
    assert_true(test_seconds(valid_of(world, FACTS_KIND_BUILDING, 1)->t_from) == 0);
    assert_true(test_seconds(valid_of(world, FACTS_KIND_BUILDING, 1)->t_to) == 70);
    assert_int_equal(valid_of(world, FACTS_KIND_BUILDING, 1)->fixes, 3);
}

/* A tracker that was wrong for a while and is right again: no path between, and the new place counts from the jump. */
static void a_jump_that_is_confirmed_counts_without_a_path(void **state)
{
    struct world *world = *state;
    take(world, test_fix(0, 5, 0));
    take(world, test_fix(5, 400, 0));
    assert_null(valid_of(world, FACTS_KIND_BUILDING, 41)); /* not yet */
    take(world, test_fix(10, 402, 0));
    assert_true(test_seconds(valid_of(world, FACTS_KIND_BUILDING, 41)->t_from) == 5);
    assert_null(valid_of(world, FACTS_KIND_BUILDING, 21));
    assert_false(valid_of(world, FACTS_KIND_BUILDING, 1)->open);
    assert_true(test_seconds(valid_of(world, FACTS_KIND_BUILDING, 1)->t_to) == 0);
}

static void jumps_in_a_row_are_forgotten(void **state)
{
    struct world *world = *state;
    take(world, test_fix(0, 5, 0));
    take(world, test_fix(5, 400, 0));
    take(world, test_fix(10, 200, 0));
    take(world, test_fix(15, 6, 0));
    assert_null(valid_of(world, FACTS_KIND_BUILDING, 41));
    assert_null(valid_of(world, FACTS_KIND_BUILDING, 21));
    assert_int_equal(world->track.open_count, 3);
    take(world, test_fix(20, 400, 0));
    take(world, test_fix(145, 410, 0)); /* nothing can be told after a gap */
    assert_true(test_seconds(valid_of(world, FACTS_KIND_BUILDING, 41)->t_from) == 145);
    assert_false(valid_of(world, FACTS_KIND_BUILDING, 1)->open);
}

/* 7 m/s and both circles: 70 + 10 m in 10 s. */
static void the_speed_gate_at_its_edge(void **state)
{
    struct world *world = *state;
    take(world, test_fix(0, 0, 0));
    take(world, test_fix(10, 79.9, 0));
    assert_false(world->track.doubted);
    take(world, test_fix(20, 160, 0));
    assert_true(world->track.doubted);
    facts_track_init(&world->track);
    world->rules = facts_rules_of(SENSORS_SUBJECT_FLEET);
    take(world, test_fix(0, 0, 0));
    take(world, test_fix(10, 429.9, 0));
    assert_false(world->track.doubted);
    take(world, test_fix(20, 860.1, 0));
    assert_true(world->track.doubted);
}

static void late_ones_are_told_and_do_nothing(void **state)
{
    struct world *world = *state;
    take(world, test_fix(100, 5, 0));
    struct facts_track before = world->track;
    size_t given = world->given.count;
    assert_int_equal(take(world, test_fix(99.999, 300, 0)), FACTS_LATE);
    assert_int_equal(check_in(world, 99, 2), FACTS_LATE);
    struct facts_fix bad = test_fix(50, 5, 0);
    bad.acc_m = 500;
    assert_int_equal(take(world, bad), FACTS_IGNORED); /* would have changed nothing */
    assert_memory_equal(&world->track, &before, sizeof before);
    assert_int_equal(world->given.count, given);
    assert_int_equal(take(world, test_fix(100, 6, 0)), FACTS_TAKEN); /* as late as the last is not late */
    take(world, test_fix(105, 900, 0));
    assert_int_equal(take(world, test_fix(104, 6, 0)), FACTS_LATE);
}

static void another_shift_begins_anew(void **state)
{
    struct world *world = *state;
    struct facts_fix next = test_fix(10, 6, 0);
    next.shift_id = 7;
    take(world, test_fix(0, 5, 0));
    take(world, next);
    const struct facts_pass *second = valid_of(world, FACTS_KIND_BUILDING, 1);
    assert_true(second->open && test_seconds(second->t_from) == 10);
    assert_false(world->given.list[3].open); /* three opened, then the first of them closed */
    assert_true(test_seconds(world->given.list[3].t_to) == 0);
}

static void check_ins(void **state)
{
    struct world *world = *state;
    check_in(world, 0, 9); /* no track yet: a moment */
    assert_false(valid_of(world, FACTS_KIND_BUILDING, 9)->open || world->track.begun);
    assert_int_equal(valid_of(world, FACTS_KIND_BUILDING, 9)->method, FACTS_METHOD_CHECKIN);
    take(world, test_fix(10, 5, 0));
    assert_int_equal(valid_of(world, FACTS_KIND_BUILDING, 1)->method, FACTS_METHOD_TRACK);
    check_in(world, 40, 1);
    const struct facts_pass *pass = valid_of(world, FACTS_KIND_BUILDING, 1);
    assert_int_equal(pass->method, FACTS_METHOD_CHECKIN);
    assert_true((double)pass->nearest_m == 0 && test_seconds(pass->t_from) == 10 && test_seconds(pass->t_to) == 40);
    check_in(world, 50, 30); /* elsewhere, no position near: opens one */
    assert_true(valid_of(world, FACTS_KIND_BUILDING, 30)->open);
    assert_int_equal(take(world, test_fix(45, 80, 0)), FACTS_TAKEN); /* older than the check-in: does not end it */
    assert_true(valid_of(world, FACTS_KIND_BUILDING, 30)->open);
    take(world, test_fix(60, 80, 0));
    pass = valid_of(world, FACTS_KIND_BUILDING, 30);
    assert_true(!pass->open && test_seconds(pass->t_to) == 50 && pass->fixes == 0);
}

static void without_a_position_check_ins_two_minutes_apart_are_two_passes(void **state)
{
    struct world *world = *state;
    take(world, test_fix(0, 5, 300));
    check_in(world, 10, 30);
    check_in(world, 130, 30);
    assert_true(test_seconds(valid_of(world, FACTS_KIND_BUILDING, 30)->t_from) == 10);
    check_in(world, 250.1, 30);
    assert_true(test_seconds(valid_of(world, FACTS_KIND_BUILDING, 30)->t_from) == 250.1);
    const struct facts_sink sink = {test_take, &world->given};
    facts_track_end(&world->track, &sink);
    assert_false(valid_of(world, FACTS_KIND_BUILDING, 30)->open);
    assert_false(world->track.begun);
}

static void who_makes_passes(void **state)
{
    (void)state;
    assert_true(facts_rules_of(SENSORS_SUBJECT_GUARD)->speed_mps == 7);
    assert_ptr_equal(facts_rules_of(SENSORS_SUBJECT_CLEANER), facts_rules_of(SENSORS_SUBJECT_GUARD));
    assert_true(facts_rules_of(SENSORS_SUBJECT_VEHICLE)->speed_mps == 42);
    assert_null(facts_rules_of(SENSORS_SUBJECT_PLATE));
    assert_null(facts_rules_of(SENSORS_SUBJECT_TAG));
    assert_null(facts_rules_of(SENSORS_SUBJECT_NONE));
}

/* --- batches --- */
static double uniform(uint64_t *seed) /* xorshift64* */
{
    *seed ^= *seed >> 12;
    *seed ^= *seed << 25;
    *seed ^= *seed >> 27;
    return (double)(*seed * UINT64_C(2685821657736338717) >> 11) / 9007199254740992.0;
}

/* A walk up and down the street with noise, outliers, bad and late fixes, gaps, a second shift. */
static void make_walk(struct facts_fix *fixes, uint64_t seed)
{
    double seconds = 0;
    for (int i = 0; i < FIXES; i++) {
        double where = fmod(i * 5.5, 1200);
        seconds += 1 + 9 * uniform(&seed) + (uniform(&seed) < 0.01 ? 150 : 0);
        double x = (where < 600 ? where : 1200 - where) + 8 * (uniform(&seed) - 0.5);
        fixes[i] = test_fix(seconds - (uniform(&seed) < 0.03 ? 30 : 0), x, 12 * (uniform(&seed) - 0.5));
        fixes[i].at = uniform(&seed) < 0.03 ? test_point(x + 500, 40) : fixes[i].at;
        fixes[i].acc_m = uniform(&seed) < 0.1 ? 50 : uniform(&seed) < 0.1 ? NAN : 8;
        fixes[i].shift_id = i > FIXES / 2;
    }
}

static void walk(struct world *world, const struct facts_fix *fixes, int index)
{
    if (index % 97 == 3) {
        check_in(world, test_seconds(fixes[index].t_event), 1 + index % HOUSES);
    }
    take(world, fixes[index]);
}

static void assert_same_pass(const struct facts_pass *a, const struct facts_pass *b)
{
    assert_true(a->kind == b->kind && a->method == b->method && a->open == b->open && a->place_id == b->place_id &&
                a->estate_id == b->estate_id && a->t_from == b->t_from && a->t_to == b->t_to &&
                a->t_written == b->t_written && a->fixes == b->fixes);
    assert_true((double)a->nearest_m == (double)b->nearest_m);
    assert_true((isnan(a->acc_m) && isnan(b->acc_m)) || (double)a->acc_m == (double)b->acc_m);
}

static void batches_do_not_matter(void **state)
{
    struct world *world = *state;
    static struct facts_fix fixes[FIXES];
    static struct test_given whole;
    AUTO_VALUE(base_buf) bytes;
    base_buf_init(&bytes, FACTS_TRACK_BYTES);
    make_walk(fixes, 20260102);
    for (int i = 0; i < FIXES; i++) {
        walk(world, fixes, i);
    }
    whole = world->given;
    assert_true(whole.count > 1000);
    for (uint64_t round = 1; round <= 20; round++) {
        uint64_t seed = round * 7919;
        world->given.count = 0;
        facts_track_init(&world->track);
        for (int i = 0; i < FIXES; i++) {
            if (uniform(&seed) < 0.3) { /* a batch ends here */
                base_buf_reset(&bytes);
                facts_track_out(&world->track, &bytes);
                assert_int_equal(bytes.err, BASE_OK);
                memset(&world->track, 0x5a, sizeof world->track);
                test_ok(facts_track_in(base_buf_str(&bytes), &test_diag, &world->track));
            }
            walk(world, fixes, i);
        }
        assert_int_equal(world->given.count, whole.count);
        for (size_t i = 0; i < whole.count; i++) {
            assert_same_pass(&world->given.list[i], &whole.list[i]);
        }
    }
}

static void wrong_bytes_are_refused(void **state)
{
    struct world *world = *state;
    struct facts_track track;
    AUTO_VALUE(base_buf) bytes;
    base_buf_init(&bytes, FACTS_TRACK_BYTES);
    take(world, test_fix(0, 5, 0));
    take(world, test_fix(5, 400, 0));
    facts_track_out(&world->track, &bytes);
    test_ok(facts_track_in(base_buf_str(&bytes), &test_diag, &track));
    assert_true(track.doubted && track.open_count == 3);
    for (size_t len = 1; len < bytes.len; len++) {
        assert_int_equal(facts_track_in((struct base_str){bytes.data, len}, &test_diag, &track), BASE_INVALID);
    }
    const size_t wrong[] = {0, 1, 66, 67, 68}; /* version, flags, count, kind, method */
    for (size_t i = 0; i < BASE_COUNT(wrong); i++) {
        char kept = bytes.data[wrong[i]];
        bytes.data[wrong[i]] = 99;
        if (facts_track_in(base_buf_str(&bytes), &test_diag, &track) != BASE_INVALID) {
            fail_msg("byte %zu", wrong[i]);
        }
        bytes.data[wrong[i]] = kept;
    }
    facts_track_init(&world->track);
    base_buf_reset(&bytes);
    facts_track_out(&world->track, &bytes);
    assert_int_equal(bytes.len, 0);
    test_ok(facts_track_in(base_buf_str(&bytes), &test_diag, &track));
    assert_false(track.begun);
}

static void the_largest_track_fits(void **state)
{
    (void)state;
    struct facts_track track = {.begun = true, .doubted = true, .open_count = FACTS_OPEN_MAX};
    AUTO_VALUE(base_buf) bytes;
    base_buf_init(&bytes, FACTS_TRACK_BYTES);
    facts_track_out(&track, &bytes);
    assert_int_equal(bytes.err, BASE_OK);
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        CASE(an_outlier_changes_nothing),
        CASE(a_jump_that_is_confirmed_counts_without_a_path),
        CASE(jumps_in_a_row_are_forgotten),
        CASE(the_speed_gate_at_its_edge),
        CASE(late_ones_are_told_and_do_nothing),
        CASE(another_shift_begins_anew),
        CASE(check_ins),
        CASE(without_a_position_check_ins_two_minutes_apart_are_two_passes),
        CASE(who_makes_passes),
        CASE(batches_do_not_matter),
        CASE(wrong_bytes_are_refused),
        CASE(the_largest_track_fits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
