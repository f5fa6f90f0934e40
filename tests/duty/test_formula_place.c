/* Measures of places, worked by hand: steward_coverage, blind_spot. */
#include "fixture/formula_kit.h"

/* Four buildings and a fifth that is gone. Building 1 has two stewards, 2 one, 3's steward left yesterday, 4's comes
 * tomorrow; 4 has a liaison, and one steward is of the whole estate. Covered: 2 of 4 = 0.5, though there are three
 * posts. */
static void stewards_are_counted_by_building(void **state)
{
    (void)state;
    for (int id = 1; id <= 5; id++) {
        kit_building(1, id, id * 50, 0, 10);
    }
    kit_sql("update building set valid_to = '2026-02-01' where id = 5;"
            "insert into responsibility (estate_id, building_id, kind, label, valid_from, valid_to) values"
            " (1, 1, 'steward', 'a', '2025-01-01', null), (1, 1, 'steward', 'b', '2025-01-01', null),"
            " (1, 2, 'steward', 'c', '2026-03-01', null), (1, 3, 'steward', 'd', '2025-01-01', '2026-02-28'),"
            " (1, 4, 'steward', 'e', '2026-03-02', null), (1, 4, 'liaison', 'f', '2025-01-01', null),"
            " (1, 5, 'steward', 'g', '2025-01-01', null), (1, null, 'steward', 'h', '2025-01-01', null)");
    assert_string_equal(kit_ask("formula_steward_coverage",
                                "estate_id, value, numerator, denominator, unit, stewards, estate_wide", "{1,2}",
                                "2026-03-01", NULL),
                        "1 0.5 2 4 1 3 1; 2 - 0 0 1 0 0");
}

static void camera(int id, double x, const char *phase)
{
    char native[16];
    snprintf(native, sizeof native, "c%d", id);
    kit_device(2, id, native, "camera", "2020-01-01");
    kit_format("update device set lon = 121.4 + %.9f / metres_east(31), lat = 31.0 where id = %d", x, id);
    kit_event(2, id, "lifecycle", phase, "2026-02-28 12:00Z", "", "");
}

/* Houses of 10 m every 100 m to the east; r = 30 m. 1 was passed; 2's walls are 20 m from a camera that works; 3's are
 * 20 m from one that is offline; 4's 10 m from a zone that was swept; 5's 35 m from a camera that works; 6's pass was
 * at 20 m, not 15, and 7's zone was swept only yesterday. Blind: 3, 5, 6, 7 = 4 of 7. */
static void blind_is_what_all_three_miss(void **state)
{
    (void)state;
    for (int id = 1; id <= 7; id++) {
        kit_building(1, id, id * 100, 0, 10);
    }
    kit_pass(1, "building", 1, 1, "guard", "2026-03-01 02:00Z", "2026-03-01 02:10Z", 3);
    kit_pass(1, "building", 6, 1, "guard", "2026-03-01 02:20Z", "2026-03-01 02:30Z", 20);
    camera(21, 225, "start");
    camera(22, 325, "end");
    camera(23, 540, "start");
    kit_sql("insert into zone (estate_id, id, dataset, key, kind, geom, valid_from) select 1, n, 'test', n, 'green',"
            " st_multi(st_makeenvelope(121.4 + (n * 100 + 15) / metres_east(31), 31.0, 121.4 + (n * 100 + 18) / "
            "metres_east(31), 31.0001,"
            " 4326)), '2020-01-01' from unnest(array[4, 7]) n;"
            "insert into coverage (estate_id, t_event, subject, zone_id, t_to, subject_type, grid, cells) select 1,"
            " case n when 4 then timestamptz '2026-03-01 05:00Z' else '2026-02-28 05:00Z' end, md5('1')::uuid, n, "
            "'2026-03-01 05:10Z',"
            " 'cleaner', md5('g')::uuid, '1' from unnest(array[4, 7]) n");
#define BLIND "value, numerator, denominator, unit, passed, watched, swept, building_ids"
    assert_string_equal(
        kit_ask("formula_blind_spot",
                "round(value::numeric, 4), numerator, denominator, unit, passed, watched, swept, building_ids", "{1}",
                "2026-03-01 00:00Z", "2026-03-02 00:00Z", "30", "0.5", "1 hour", "{guard}", "15", "{camera}", NULL),
        "0.5714 4 7 1 1 1 1 {3,5,6,7}");
    /* With r = 36 m the fifth is watched; an estate without buildings has no share. */
    assert_string_equal(kit_ask("formula_blind_spot", "estate_id, numerator, watched, building_ids", "{1}",
                                "2026-03-01 00:00Z", "2026-03-02 00:00Z", "36", "0.5", "1 hour", "{guard}", "15",
                                "{camera}", NULL),
                        "1 3 2 {3,6,7}");
    assert_string_equal(kit_ask("formula_blind_spot", BLIND, "{2}", "2026-03-01 00:00Z", "2026-03-02 00:00Z", "30",
                                "0.5", "1 hour", "{guard}", "15", "{camera}", NULL),
                        "- 0 0 1 0 0 0 {}");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        kit_test(stewards_are_counted_by_building),
        kit_test(blind_is_what_all_three_miss),
    };
    return cmocka_run_group_tests(tests, kit_open, kit_close);
}
