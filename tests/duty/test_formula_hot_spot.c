/* Gi*: a 3 x 3 grid by hand, and scattered houses against sums in plain C that share no line with the SQL. */
#include "fixture/formula_kit.h"

#define PERIOD "2026-03-01", "2026-03-02"

static void alarms(int building, int count)
{
    if (count > 0) {
        kit_format("insert into event (estate_id, t_event, dedup, t_recv, t_source, source_id, device_id, kind, phase, "
                   "place_method,"
                   " building_id, building_estate_id) select 1, t, gen_random_uuid(), t, 'device', 2, 1, 'alarm', "
                   "'start', 'registered',"
                   " %d, 1 from generate_series(1, %d) n cross join lateral (select timestamptz '2026-03-01 01:00Z' + "
                   "n * interval '1 second' as t) t",
                   building, count);
    }
}

/* Nine houses 100 m apart, 50 dwellings each; alarms 0 1 0 / 1 4 1 / 0 1 0. Per 100 dwellings x = 0 2 0 / 2 8 2 / 0 2
 * 0: sum 16, mean 16/9; mean of squares 80/9; S^2 = 80/9 - 256/81 = 464/81, S = sqrt(464)/9. Band 110 m: a house, and
 * those beside it. middle: W = 5, sum 16; 16 - 5 x 16/9 = 64/9; sqrt((9 x 5 - 25) / 8) = sqrt(2.5); Gi* = 64 / sqrt(464
 * x 2.5) = 1.879105 edge:   W = 4, sum 10; 10 - 64/9 = 26/9; sqrt((36 - 16) / 8) = sqrt(2.5); Gi* = 26 / sqrt(1160) =
 * 0.763386 corner: W = 3, sum 4; 4 - 48/9 = -12/9; sqrt((27 - 9) / 8) = 1.5; Gi* = -12 / (1.5 sqrt(464)) = -0.371391
 * Counts in the bands: 8, 5 and 2.
 * Band 50 m: each alone, W = 1; middle: 8 - 16/9 = 56/9; sqrt((9 - 1) / 8) = 1; Gi* = 56 / sqrt(464) = 2.599735. With a
 * minimum of 3 the others are not told. */
static void a_grid_by_hand(void **state)
{
    static const int counts[] = {0, 1, 0, 1, 4, 1, 0, 1, 0};
    (void)state;
    for (int i = 0; i < 9; i++) {
        kit_building(1, i + 1, (i % 3) * 100, (i / 3) * 100, 50);
        alarms(i + 1, counts[i]);
    }
    kit_building(1, 10, 100, 100, 0); /* nobody knows how many dwellings: it is not in it */
    assert_string_equal(kit_ask("formula_hot_spot", "building_id, round(value::numeric, 6), band_count, neighbours, n",
                                "{1}", PERIOD, "alarm", "110", "0", NULL),
                        "1 -0.371391 2 3 9; 2 0.763386 5 4 9; 3 -0.371391 2 3 9; 4 0.763386 5 4 9; 5 1.879105 8 5 9; "
                        "6 0.763386 5 4 9; 7 -0.371391 2 3 9; 8 0.763386 5 4 9; 9 -0.371391 2 3 9");
    assert_string_equal(
        kit_ask("formula_hot_spot", "value, numerator, denominator, unit, band_count", "{1}", PERIOD, "alarm", "50",
                "3", NULL),
        "- - - z -; - - - z -; - - - z -; - - - z -; 2.59973473447873 6.22222222222222 2.39340658094867 z 4; "
        "- - - z -; - - - z -; - - - z -; - - - z -");
}

/* No alarm at all: S = 0. All within the band: W = n. One house: n < 2. None: no rows. None of these is 0/0. */
static void nothing_to_tell_apart(void **state)
{
    (void)state;
    assert_string_equal(kit_ask("formula_hot_spot", "value", "{1}", PERIOD, "alarm", "100", "0", NULL), "");
    kit_building(1, 1, 0, 0, 50);
    alarms(1, 3);
    assert_string_equal(kit_ask("formula_hot_spot", "value, denominator, n", "{1}", PERIOD, "alarm", "100", "0", NULL),
                        "- - 1");
    kit_building(1, 2, 50, 0, 50);
    assert_string_equal(kit_ask("formula_hot_spot", "value, denominator, n", "{1}", PERIOD, "alarm", "100", "0", NULL),
                        "- 0 2; - 0 2");
    assert_string_equal(
        kit_ask("formula_hot_spot", "value, denominator, band_count", "{1}", PERIOD, "missed", "10", "0", NULL),
        "- - 0; - - 0");
    kit_duty(1, 1, "building", "pass", NULL);
    kit_window(1, 1, "building", 2, "2026-03-01 10:00Z", "2026-03-01 11:00Z", "missed");
    kit_window(1, 1, "building", 1, "2026-03-01 10:00Z", "2026-03-01 11:00Z", "met");
    /* n = 2, x = 0 and 2, mean 1, S = 1; alone in their bands, W = 1: (2 - 1) / (1 sqrt((2 - 1) / 1)) = 1. */
    assert_string_equal(
        kit_ask("formula_hot_spot", "value, numerator, denominator", "{1}", PERIOD, "missed", "10", "0", NULL),
        "-1 -1 1; 1 1 1");
}

enum { HOUSES = 60, BAND = 180 };

struct house {
    double x, y, rate;
};

static double naive(const struct house *houses, int at)
{
    double sum = 0, squares = 0, weight = 0, near = 0;
    for (int i = 0; i < HOUSES; i++) {
        sum += houses[i].rate;
        squares += houses[i].rate * houses[i].rate;
        bool beside = hypot(houses[i].x - houses[at].x, houses[i].y - houses[at].y) <= BAND;
        weight += beside ? 1 : 0;
        near += beside ? houses[i].rate : 0;
    }
    double mean = sum / HOUSES, deviation = sqrt(squares / HOUSES - mean * mean);
    return (near - mean * weight) / (deviation * sqrt((HOUSES * weight - weight * weight) / (HOUSES - 1)));
}

/* Houses on a jittered lattice: no two distances lie within a metre of the band, so metres by either way agree who is
 * near. */
static void scattered_houses_agree(void **state)
{
    struct house houses[HOUSES];
    uint32_t seed = 7;
    (void)state;
    for (int i = 0; i < HOUSES; i++) {
        bool apart = false;
        while (!apart) {
            seed = seed * 1664525 + 1013904223;
            houses[i].x = (seed >> 8) % 1000;
            seed = seed * 1664525 + 1013904223;
            houses[i].y = (seed >> 8) % 800;
            apart = true;
            for (int j = 0; j < i; j++) {
                apart = apart && fabs(hypot(houses[i].x - houses[j].x, houses[i].y - houses[j].y) - BAND) > 1;
            }
        }
        int dwellings = 20 + (int)(seed >> 20) % 100, count = (int)(seed >> 11) % (houses[i].x < 300 ? 12 : 4);
        houses[i].rate = 100.0 * count / dwellings;
        kit_building(1, i + 1, houses[i].x, houses[i].y, dwellings);
        alarms(i + 1, count);
    }
    char *text = strdup(kit_ask("formula_hot_spot", "value", "{1}", PERIOD, "alarm", "180", "0", NULL));
    assert_non_null(text);
    const char *at = text;
    int hot = 0;
    for (int i = 0; i < HOUSES; i++) {
        double expected = naive(houses, i);
        char *end = NULL;
        assert_float_equal(strtod(at, &end), expected, 1e-6);
        hot += expected > 1.96;
        at = *end ? end + 2 : end;
    }
    assert_string_equal(at, "");
    assert_true(hot > 0); /* the west is: else the numbers said little */
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        kit_test(a_grid_by_hand),
        kit_test(nothing_to_tell_apart),
        kit_test(scattered_houses_agree),
    };
    return cmocka_run_group_tests(tests, kit_open, kit_close);
}
