/* Measures of ways and areas, worked by hand: area_swept, sanitation_on_schedule, route_adherence, truck_dwell. */
#include "fixture/formula_kit.h"

#define GRID "md5('g')::uuid"

/* Zone n with a grid of 4 x 2 cells of 2.5 m, of which six can be walked. */
static void zone(int id, const char *mask)
{
    kit_format("insert into zone (estate_id, id, dataset, key, kind, geom, valid_from) values (1, %d, 'test', '%d', "
               "'sanitation',"
               " st_multi(st_makeenvelope(121.4, 31.0, 121.4 + 40 / metres_east(31), 31.0 + 40 / metres_north(31), "
               "4326)), '2020-01-01');"
               "insert into zone_grid (estate_id, zone_id, grid, lon, lat, cell_m, width, height, passable, mask, "
               "made_at) values"
               " (1, %d, " GRID ", 121.4, 31, 2.5, 4, 2, bit_count('%s'::varbit), '%s', '2026-01-01')",
               id, id, id, mask, mask);
}

static void cover(int zone, int subject, const char *type, const char *at, const char *cells, const char *columns,
                  const char *values)
{
    kit_format("insert into coverage (estate_id, t_event, subject, zone_id, t_to, subject_type, grid, cells%s)"
               " values (1, '%s', md5('%d')::uuid, %d, '%s', '%s', " GRID ", '%s'%s)",
               columns, at, subject, zone, at, type, cells, values);
}

#define SWEPT "zone_id, value, numerator, denominator, unit, cells, passable, stretches, other_grid"

/* Passable 11111100. One subject covered 11000000, another 01100011: together 11100011, of it passable 11100000, 3 of 6
 * cells of 6.25 m2: 18.75 of 37.5. Not counted: a stretch of 00011100 that was taken back, one on a grid that is gone,
 * one of tomorrow. A zone whose cells are all built over has no share. */
static void cells_are_united(void **state)
{
    (void)state;
    zone(1, "11111100");
    zone(2, "00000000");
    cover(1, 1, "cleaner", "2026-03-01 01:00Z", "11000000", ", tool", ", true");
    cover(1, 2, "cleaner", "2026-03-01 02:00Z", "01100011", "", "");
    cover(1, 2, "cleaner", "2026-03-01 03:00Z", "00011100", "", "");
    cover(1, 2, "cleaner", "2026-03-01 03:00Z", "00011100", ", version, void", ", 2, true");
    cover(1, 2, "cleaner", "2026-03-02 00:00Z", "11111100", "", "");
    cover(1, 2, "vehicle", "2026-03-01 05:00Z", "11111100", "", "");
    kit_sql("update coverage set grid = md5('old')::uuid where t_event = '2026-03-01 05:00Z'");
    assert_string_equal(
        kit_ask("formula_area_swept", SWEPT, "{1}", "2026-03-01", "2026-03-02", "false", KIT_NULL, NULL),
        "1 0.5 18.75 37.5 m2/m2 3 6 2 1; 2 - 0 0 m2/m2 0 0 0 0");
    /* With the tool engaged: 11000000 alone, 2 of 6. By guards: nothing. */
    assert_string_equal(
        kit_ask("formula_area_swept", "numerator", "{1}", "2026-03-01", "2026-03-02", "true", "{cleaner}", NULL),
        "12.5; 0");
    assert_string_equal(
        kit_ask("formula_area_swept", "value", "{1}", "2026-03-01", "2026-03-02", "false", "{guard}", NULL), "0; -");
}

#define SCHEDULE "value, numerator, denominator, unit, zones_due, zones_serviced, unknown, waived"

/* Two zones, all eight cells passable, half of it asked, a cycle from 6:00 to 8:00 on three days; zone 2's third is
 * waived. day 1: zone 1 4 of 8 cells: serviced           zone 2 3 of 8: not day 2: zone 1 two subjects, 2 cells each:
 * serviced    zone 2 nothing, the verdict is unknown day 3: zone 1 8 cells, but at 8:00:00: not Due 5, of which 1 is
 * unknown: 2 of 4 = 0.5. Neither zone was serviced in each of its cycles. */
static void cycles_are_serviced(void **state)
{
    char from[32], to[32];
    (void)state;
    zone(1, "11111111");
    zone(2, "11111111");
    kit_duty(1, 1, "zone", "area", "fraction = 0.5, subject_types = '{cleaner,vehicle}'");
    for (int day = 1; day <= 3; day++) {
        snprintf(from, sizeof from, "2026-03-%02d 06:00Z", day);
        snprintf(to, sizeof to, "2026-03-%02d 08:00Z", day);
        kit_window(1, 1, "zone", 1, from, to, "");
        kit_window(1, 1, "zone", 2, from, to, day == 2 ? "unknown" : day == 3 ? "waived" : "missed");
    }
    cover(1, 1, "cleaner", "2026-03-01 06:00Z", "11110000", "", "");
    cover(2, 1, "cleaner", "2026-03-01 07:00Z", "11100000", "", "");
    cover(1, 1, "cleaner", "2026-03-02 06:00Z", "11000000", "", "");
    cover(1, 2, "cleaner", "2026-03-02 06:00Z", "00110000", "", "");
    cover(1, 1, "cleaner", "2026-03-03 08:00Z", "11111111", "", "");
    assert_string_equal(kit_ask("formula_sanitation_on_schedule", "estate_id, " SCHEDULE, "{1,2}", "2026-03-01",
                                "2026-03-04", KIT_NULL, NULL),
                        "1 0.5 2 4 1 2 0 1 1; 2 - 0 0 1 0 0 0 0");
    /* A sweeper that says when its brush turns: without it, its 8 cells of day 3 are nothing; with it, they count. */
    cover(1, 3, "vehicle", "2026-03-03 06:00Z", "11111111", "", "");
    cover(1, 3, "vehicle", "2026-03-02 07:00Z", "00000001", ", tool", ", true");
    assert_string_equal(
        kit_ask("formula_sanitation_on_schedule", "numerator", "{1}", "2026-03-01", "2026-03-04", KIT_NULL, NULL), "2");
    kit_sql("update coverage set tool = true where subject = md5('3')::uuid");
    assert_string_equal(
        kit_ask("formula_sanitation_on_schedule", "numerator", "{1}", "2026-03-01", "2026-03-04", KIT_NULL, NULL), "3");
    assert_string_equal(kit_ask("formula_sanitation_on_schedule", SCHEDULE, "{1}", "2026-03-01", "2026-03-04",
                                "2026-03-01 07:00Z", NULL),
                        "- 0 0 1 0 0 0 0");
}

/* A position at (x, y) metres of the estate's corner. */
static void fix(int subject, const char *type, const char *day, double at_s, double x, double y, double acc)
{
    kit_format(
        "insert into fix (estate_id, t_event, dedup, t_recv, t_source, source_id, subject, subject_type, shift_id, "
        "pos_source, lon,"
        " lat, acc_m, place_method) select 1, t, gen_random_uuid(), t, 'device', 1, md5('%d')::uuid, '%s', 1, 'gnss',"
        " 121.4 + %.6f / metres_east(31), 31.0 + %.6f / metres_north(31), %.1f, 'none'"
        " from (select timestamptz '%s' + interval '1 second' * %.3f as t) t",
        subject, type, x, y, acc, day, at_s);
}

#define ADHERENCE \
    "round(value::numeric, 4), round(numerator::numeric, 1), round(denominator::numeric, 1), unit, positions"

/* A route of 1,000 m to the east, buffer 15 m. A guard walks 0-600 m along it, a position every 12 m and 10 s (51 of
 * them): the buffer reaches 15 m on: 615 m. Then nothing for 90 s, and from 800 to 896 m again (9 positions): no
 * bridge, but 785-911 m, 126 m: 741 m in all. Not used: a position of 50 m accuracy at 700 m; one 100 m off the line (a
 * jump of 10 m/s, then alone) has its own circle, which does not touch. The second route, 0.01 degree at 31.1 N, is
 * 954.0 m long; nobody walked it. */
static void a_route_is_walked_in_part(void **state)
{
    (void)state;
    kit_sql("insert into route (estate_id, id, dataset, key, geom, valid_from) values (1, 1, 'test', 'r', "
            "st_setsrid(st_multi(st_makeline("
            "st_makepoint(121.4, 31), st_makepoint(121.4 + 1000 / metres_east(31), 31))), 4326), '2020-01-01'), (1, 2, "
            "'test', 'p',"
            " st_setsrid(st_multi(st_makeline(st_makepoint(121.4, 31.1), st_makepoint(121.41, 31.1))), 4326), "
            "'2020-01-01')");
    for (int i = 0; i <= 50; i++) {
        fix(1, "guard", "2026-03-01 01:00Z", i * 10, i * 12, 0, 5);
    }
    fix(1, "guard", "2026-03-01 01:00Z", 510, 600, 100, 5);
    fix(1, "guard", "2026-03-01 01:00Z", 520, 700, 0, 50);
    for (int i = 0; i <= 8; i++) {
        fix(1, "guard", "2026-03-01 01:00Z", 590 + i * 10, 800 + i * 12, 0, 5);
    }
    assert_string_equal(kit_ask("formula_route_adherence", "route_id, " ADHERENCE, "{1}", "2026-03-01", "2026-03-02",
                                "15", "30", "60", "{guard}", NULL),
                        "1 0.7410 741.0 1000.0 m/m 61; 2 0.0000 0.0 954.0 m/m 0");
    assert_string_equal(kit_ask("formula_route_adherence", ADHERENCE, "{2}", "2026-03-01", "2026-03-02", "15", "30",
                                "60", "{guard}", NULL),
                        "");
}

static void stop(const char *day, int subject, double from_s, double to_s)
{
    fix(subject, "fleet", day, from_s - 10, -60, 20, 5); /* it comes from outside, and goes there */
    for (double s = from_s; s <= to_s; s += 10) {
        fix(subject, "fleet", day, s, 20, 20, 5);
    }
    fix(subject, "fleet", day, to_s + 10, 100, 20, 5);
}

/* 60 s are asked at a square of 40 m, windows 6:00-7:00 on four days.
 *   day 1: stood 6:10:00-6:01:00 later, 60 s: serviced           day 2: 50 s: under the minimum
 *   day 3: two trucks, 6:10:00-6:10:40 and 6:10:20-6:11:00: together 60 s: serviced
 *   day 4: passed at 4 m/s, and nobody can tell: unknown
 * 2 of 3 known; 60 + 50 + 60 + 0 = 170 s, the least 0. */
static void a_truck_stands_long_enough(void **state)
{
    static const char *const verdicts[] = {"met", "missed", "met", "unknown"};
    char from[32], to[32];
    (void)state;
    zone(1, "1");
    kit_duty(1, 1, "zone", "pass", "dwell_s = 60, subject_types = '{fleet}'");
    for (int day = 1; day <= 4; day++) {
        snprintf(from, sizeof from, "2026-03-%02d 06:00Z", day);
        snprintf(to, sizeof to, "2026-03-%02d 07:00Z", day);
        kit_window(1, 1, "zone", 1, from, to, verdicts[day - 1]);
        for (int truck = 1; truck <= 2; truck++) {
            kit_pass(1, "zone", 1, truck, "fleet", from, to, 0);
        }
    }
    stop("2026-03-01 06:00Z", 1, 600, 660);
    stop("2026-03-02 06:00Z", 1, 600, 650);
    stop("2026-03-03 06:00Z", 1, 600, 640);
    stop("2026-03-03 06:00Z", 2, 620, 660);
    for (int i = 0; i <= 10; i++) {
        fix(1, "fleet", "2026-03-04 06:00Z", 600 + i, i * 4, 20, 5);
    }
    assert_string_equal(
        kit_ask(
            "formula_truck_dwell",
            "zone_id, round(value::numeric, 4), numerator, denominator, unit, dwell_s, least_s, under, unknown, waived",
            "{1}", "2026-03-01", "2026-03-05", KIT_NULL, "1", "120", "30", NULL),
        "1 0.6667 2 3 1 170 0 1 1 0");
    assert_string_equal(
        kit_ask("formula_truck_dwell", "zone_id", "{2}", "2026-03-01", "2026-03-05", KIT_NULL, "1", "120", "30", NULL),
        "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        kit_test(cells_are_united),
        kit_test(cycles_are_serviced),
        kit_test(a_route_is_walked_in_part),
        kit_test(a_truck_stands_long_enough),
    };
    return cmocka_run_group_tests(tests, kit_open, kit_close);
}
