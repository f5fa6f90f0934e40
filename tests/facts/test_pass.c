/* facts/pass.c: each rule at its edges. House 1 is 20 m wide and stands south of the line y = 0. */
#include "facts_test.h"

struct world {
    struct geo_place *houses, *spots, *zones;
    struct facts_places places;
    struct facts_track track;
    struct test_given given;
    const struct facts_rules *rules;
};

static struct geo_place *new_place(void)
{
    struct geo_place *place = NULL;
    test_ok(geo_place_new(&test_diag, &place));
    return place;
}

/* House 1: x 0..20, y -20..0. Checkpoint 2 at (200, 0). Zone 3: x 400..500, y -50..50. */
static int set_up(void **state)
{
    struct world *world = calloc(1, sizeof *world);
    world->houses = new_place();
    world->spots = new_place();
    world->zones = new_place();
    test_box(world->houses, 1, 0, -20, 20, 0);
    test_spot(world->spots, 2, 200, 0);
    test_box(world->zones, 3, 400, -50, 500, 50);
    test_ok(geo_place_build(world->houses, &test_diag));
    test_ok(geo_place_build(world->spots, &test_diag));
    test_ok(geo_place_build(world->zones, &test_diag));
    world->places.of[FACTS_KIND_BUILDING] = world->houses;
    world->places.of[FACTS_KIND_CHECKPOINT] = world->spots;
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
    geo_place_free(world->spots);
    geo_place_free(world->zones);
    free(world);
    return 0;
}

static void start_over(struct world *world)
{
    facts_track_init(&world->track);
    world->given.count = 0;
}

static void go_sure(struct world *world, double seconds, double x, double y, float acc_m)
{
    struct facts_fix fix = test_fix(seconds, x, y);
    const struct facts_sink sink = {test_take, &world->given};
    fix.acc_m = acc_m;
    assert_int_not_equal(facts_track_fix(&world->track, world->rules, &fix, &world->places, &sink), FACTS_LATE);
}

static void go(struct world *world, double seconds, double x, double y)
{
    go_sure(world, seconds, x, y, 5);
}

static struct facts_pass *last_given(struct world *world)
{
    assert_true(world->given.count > 0);
    return &world->given.list[world->given.count - 1];
}

static void expect(struct world *world, size_t given, bool open, double from, double to)
{
    assert_int_equal(world->given.count, given);
    assert_int_equal(last_given(world)->open, open);
    assert_true(fabs(test_seconds(last_given(world)->t_from) - from) < 0.001);
    assert_true(fabs(test_seconds(last_given(world)->t_to) - to) < 0.001);
}

static void enters_at_15_m_and_leaves_beyond_25(void **state)
{
    struct world *world = *state;
    go(world, 0, 10, 15.1);
    assert_int_equal(world->given.count, 0);
    go(world, 10, 10, 14.9);
    expect(world, 1, true, 10, 10);
    assert_int_equal(last_given(world)->place_id, 1);
    assert_int_equal(last_given(world)->estate_id, 1001);
    assert_true(fabs((double)last_given(world)->nearest_m - 14.9) < 0.01);
    go(world, 20, 10, 24.9); /* noise: still there */
    go(world, 30, 10, 25.1);
    expect(world, 2, false, 10, 20); /* its last evidence */
    assert_int_equal(last_given(world)->fixes, 2);
    go(world, 40, 10, 20);
    assert_int_equal(world->given.count, 2); /* back within 25 m is not within 15 */
}

static void nearest_is_kept_with_its_accuracy(void **state)
{
    struct world *world = *state;
    go_sure(world, 0, 10, 12, 9);
    go_sure(world, 10, 10, 4, 7);
    go_sure(world, 20, 10, 11, 3);
    go(world, 30, 10, 60);
    assert_true(fabs((double)last_given(world)->nearest_m - 4) < 0.01);
    assert_true((double)last_given(world)->acc_m == 7);
    start_over(world);
    go_sure(world, 0, -30, 8, NAN);
    go_sure(world, 10, 40, 8, 5);
    assert_true(isnan(last_given(world)->acc_m)); /* between a known and an unknown one */
    start_over(world);
    go_sure(world, 0, -30, 8, 10);
    go_sure(world, 10, 30, 8, 20);
    assert_true(fabs((double)last_given(world)->acc_m - 15) < 0.1); /* half-way, at x = 0 */
}

/* A step is straight: who was west of the house and then east of it has gone along it. */
static void a_step_past_a_house_is_a_pass_of_a_moment(void **state)
{
    struct world *world = *state;
    go(world, 0, -40, 10);
    go(world, 20, 60, 10);
    expect(world, 1, false, 8, 8); /* 40 of 100 m: the corner at x = 0 */
    assert_int_equal(last_given(world)->fixes, 0);
    assert_true(fabs((double)last_given(world)->nearest_m - 10) < 0.01);
    start_over(world);
    go(world, 0, -40, 15.1);
    go(world, 20, 60, 15.1);
    assert_int_equal(world->given.count, 0);
    start_over(world);
    go(world, 0, -40, -10);
    go(world, 20, 60, -10); /* right through */
    expect(world, 1, false, 8, 8);
    assert_true((double)last_given(world)->nearest_m == 0);
}

static void a_pass_ends_where_the_last_step_is_nearest(void **state)
{
    struct world *world = *state;
    go(world, 0, -10, 10);
    expect(world, 1, true, 0, 0);
    go(world, 20, 120, 10); /* comes nearest at x = 0, after 10 of 130 m */
    expect(world, 2, false, 0, 10.0 / 130 * 20);
    assert_int_equal(last_given(world)->fixes, 1);
}

static void a_bad_position_is_no_evidence(void **state)
{
    struct world *world = *state;
    go_sure(world, 0, 10, 5, 30.1F);
    assert_int_equal(world->given.count, 0);
    go_sure(world, 1, 10, 5, 30);
    expect(world, 1, true, 1, 1);
    go_sure(world, 11, 10, 80, 31); /* and does not end a pass */
    go_sure(world, 21, 10, 6, NAN); /* who does not say is believed */
    go_sure(world, 31, 10, 80, 5);
    expect(world, 2, false, 1, 21);
}

static void a_gap_over_two_minutes_ends_a_pass(void **state)
{
    struct world *world = *state;
    go(world, 0, 10, 5);
    go(world, 120, 10, 5);
    go(world, 240.1, 10, 5);
    assert_int_equal(world->given.count, 4); /* opened, written again after 60 s, closed, opened */
    assert_false(world->given.list[2].open);
    assert_true(test_seconds(world->given.list[2].t_to) == 120);
    assert_true(test_seconds(world->given.list[3].t_from) == 240.1);
    start_over(world);
    go(world, 0, -40, 10);
    go(world, 120.1, 60, 10); /* nobody knows which way */
    assert_int_equal(world->given.count, 0);
}

static void a_step_over_200_m_is_no_path(void **state)
{
    struct world *world = *state;
    go(world, 0, -90, 10);
    go(world, 60, 109, 10);
    expect(world, 1, false, 90.0 / 199 * 60, 90.0 / 199 * 60);
    start_over(world);
    go(world, 0, -91, 10);
    go(world, 60, 110, 10);
    assert_int_equal(world->given.count, 0);
    world->rules = facts_rules_of(SENSORS_SUBJECT_VEHICLE);
    start_over(world);
    go(world, 0, -91, 10);
    go(world, 60, 110, 10);
    assert_int_equal(world->given.count, 1);
}

static void checkpoints_have_a_radius(void **state)
{
    struct world *world = *state;
    go(world, 0, 200, 15.1);
    assert_int_equal(world->given.count, 0);
    go(world, 10, 200, 14.9);
    expect(world, 1, true, 10, 10);
    assert_int_equal(last_given(world)->kind, FACTS_KIND_CHECKPOINT);
    assert_int_equal(last_given(world)->place_id, 2);
    go(world, 20, 200, 25.1);
    expect(world, 2, false, 10, 10);
}

static void zones_are_entered_and_left_with_a_margin(void **state)
{
    struct world *world = *state;
    go(world, 0, 399.9, 0);
    assert_int_equal(world->given.count, 0);
    go(world, 10, 401, 0);
    expect(world, 1, true, 10.0 / 11, 10);
    assert_int_equal(last_given(world)->kind, FACTS_KIND_ZONE);
    go(world, 20, 390.1, 0);
    go(world, 30, 389.9, 0);
    expect(world, 2, false, 10.0 / 11, 20);
    assert_int_equal(last_given(world)->fixes, 2);
}

/* Given when it opens, every minute of event time, and when it closes. */
static void a_pass_is_written_once_a_minute(void **state)
{
    struct world *world = *state;
    go(world, 0, 10, 5);
    for (int second = 10; second < 60; second += 10) {
        go(world, second, 10, 5);
    }
    assert_int_equal(world->given.count, 1);
    go(world, 60, 10, 5);
    expect(world, 2, true, 0, 60);
    go(world, 119, 10, 5);
    assert_int_equal(world->given.count, 2);
    go(world, 121, 10, 5);
    expect(world, 3, true, 0, 121);
    go(world, 125, 10, 30);
    expect(world, 4, false, 0, 121);
}

static void a_pass_lasts_a_day_at_most(void **state)
{
    struct world *world = *state;
    struct facts_pass valid[4];
    for (int minute = 0; minute <= 24 * 60 + 2; minute++) {
        go(world, minute * 60.0, 10, 5);
    }
    assert_int_equal(test_valid(&world->given, valid), 2);
    assert_true(test_seconds(valid[0].t_to) == 24 * 3600 && !valid[0].open);
    assert_true(test_seconds(valid[1].t_from) == 24 * 3600 && valid[1].open);
}

static void no_more_than_32_are_open(void **state)
{
    struct world *world = *state;
    AUTO(geo_place) crowd = new_place();
    for (int i = 0; i < 40; i++) {
        test_spot(crowd, 100 + i, 0.1 * (39 - i), 60);
    }
    test_ok(geo_place_build(crowd, &test_diag));
    world->places.of[FACTS_KIND_CHECKPOINT] = crowd;
    go(world, 0, 0, 60);
    assert_int_equal(world->given.count, FACTS_OPEN_MAX);
    for (int i = 0; i < FACTS_OPEN_MAX; i++) {
        assert_int_equal(world->given.list[i].place_id, 139 - i); /* the nearest ones */
    }
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        CASE(enters_at_15_m_and_leaves_beyond_25),
        CASE(nearest_is_kept_with_its_accuracy),
        CASE(a_step_past_a_house_is_a_pass_of_a_moment),
        CASE(a_pass_ends_where_the_last_step_is_nearest),
        CASE(a_bad_position_is_no_evidence),
        CASE(a_gap_over_two_minutes_ends_a_pass),
        CASE(a_step_over_200_m_is_no_path),
        CASE(checkpoints_have_a_radius),
        CASE(zones_are_entered_and_left_with_a_margin),
        CASE(a_pass_is_written_once_a_minute),
        CASE(a_pass_lasts_a_day_at_most),
        CASE(no_more_than_32_are_open),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
