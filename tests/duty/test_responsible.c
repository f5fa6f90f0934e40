/* Who answers for a building on a date: responsible_list.sql on a made-up year.
 *
 *   2026  Jan           Apr            Jul           Oct
 *   A1    old company ------------------ nobody; the community steps in -- new company (of a group) --->
 *   B1    steward 王家楼长 --------- 李家楼长 ------------------------------------------------------>
 *   grids: governance GW covers the west half (buildings 1 and 2), property WY the whole estate from June on, and a
 *   second governance grid overlaps the first at building 2. */
#include "duty/site.h"

static struct data_conn *conn;

static int set_up(void **state)
{
    (void)state;
    conn = site_open();
    site_value(
        "update estate set organisation_id = null;"
        "insert into organisation (id, parent_id, kind, code, name) values (1, null, 'group', 'group', '集团'), "
        "(2, 1, 'company', 'new', '新物业'), (3, null, 'company', 'old', '旧物业'), "
        "(4, null, 'community', 'sq', '社区'), (5, 2, 'site', 'office', '管理处');"
        "update estate set organisation_id = 3 where id = 101;"
        "insert into estate_profile (estate_id, valid_from, management_type, organisation_id, backstop_id, "
        "service_grade, fee_per_m2, contract, contract_to) values "
        "(101, '2026-01-01', 'market', 3, null, '三级', 1.20, 'HT-1', '2026-07-01'), "
        "(101, '2026-07-01', 'resident', null, 4, null, null, null, null), "
        "(101, '2026-10-01', 'market', 5, null, '一级', 2.50, 'HT-2', null), "
        "(102, '2026-01-01', 'state', 4, null, null, null, null, null);"
        "insert into responsibility (estate_id, building_id, kind, organisation_id, label, valid_from, valid_to) "
        "values (101, 1, 'steward', null, '王家楼长', '2026-01-01', '2026-04-01'), "
        "(101, 1, 'steward', null, '李家楼长', '2026-04-01', null), "
        "(101, 2, 'steward', null, '2号楼楼长', '2026-01-01', null), "
        "(101, null, 'committee', null, '业委会', '2026-01-01', null), "
        "(101, null, 'grid_head', 4, '网格长', '2026-01-01', null), "
        "(102, null, 'site', 4, '别处', '2026-01-01', null);"
        "insert into grid (id, dataset, key, kind, code, name, geom, valid_from) values "
        "(1, 't', '1', 'governance', 'GW', '西网格', st_multi(st_makeenvelope(120, 30, 120.005, 30.01, 4326)), "
        "'2026-01-01'), "
        "(2, 't', '2', 'property', 'WY', '物业网格', st_multi(st_makeenvelope(120, 30, 120.01, 30.01, 4326)), "
        "'2026-06-01'), "
        "(3, 't', '3', 'governance', 'GE', '东网格', st_multi(st_makeenvelope(120.003, 30, 120.01, 30.01, 4326)), "
        "'2026-01-01')");
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    site_close(conn);
    return 0;
}

/* One word an answer: part, what it is, and who. */
static void answers(int64_t estate, int64_t building, const char *day, const char *expected)
{
    AUTO(data_rows) rows = NULL;
    char found[2000] = "";
    int64_t at = 0;
    char text[40];
    snprintf(text, sizeof text, "%sT12:00:00Z", day);
    assert_true(base_time_in(base_str_of(text), &at));
    test_ok(data_run(conn, DATA_RESPONSIBLE_LIST, DATA_ARGS(data_i64(estate), data_i64(building), data_time(at)),
                     &test_diag, &rows));
    for (size_t row = 0; row < data_rows_count(rows); row++) {
        size_t len = strlen(found);
        const char *label = data_rows_null(rows, row, 6) ? "" : data_rows_text(rows, row, 6);
        const char *organisation = data_rows_null(rows, row, 9) ? "-" : data_rows_text(rows, row, 9);
        snprintf(found + len, sizeof found - len, "%s%s %s%s%s/%s", row ? ", " : "", data_rows_text(rows, row, 0),
                 data_rows_null(rows, row, 1) ? "-" : data_rows_text(rows, row, 1), *label ? " " : "", label,
                 organisation);
    }
    assert_string_equal(found, expected);
}

static void who_answers_changes_over_the_year(void **state)
{
    (void)state;
    answers(101, 1, "2026-02-01",
            "post steward 王家楼长/-, post committee 业委会/-, post grid_head 网格长/sq, profile market/old, "
            "organisation company 旧物业/old, grid governance 西网格/-");
    answers(101, 1, "2026-05-01",
            "post steward 李家楼长/-, post committee 业委会/-, post grid_head 网格长/sq, profile market/old, "
            "organisation company 旧物业/old, grid governance 西网格/-");
    answers(101, 1, "2026-08-01",
            "post steward 李家楼长/-, post committee 业委会/-, post grid_head 网格长/sq, profile resident/-, "
            "backstop community 社区/sq, grid governance 西网格/-, grid property 物业网格/-");
    answers(101, 1, "2026-11-01",
            "post steward 李家楼长/-, post committee 业委会/-, post grid_head 网格长/sq, profile market/office, "
            "organisation site 管理处/office, organisation company 新物业/new, organisation group 集团/group, "
            "grid governance 西网格/-, grid property 物业网格/-");
}

static void grids_may_overlap(void **state)
{
    (void)state;
    answers(101, 2, "2026-11-01",
            "post steward 2号楼楼长/-, post committee 业委会/-, post grid_head 网格长/sq, profile market/office, "
            "organisation site 管理处/office, organisation company 新物业/new, organisation group 集团/group, "
            "grid governance 西网格/-, grid governance 东网格/-, grid property 物业网格/-");
}

static void where_little_is_known_little_is_said(void **state)
{
    (void)state;
    answers(101, 3, "2026-05-01",
            "post committee 业委会/-, post grid_head 网格长/sq, profile market/old, organisation company 旧物业/old, "
            "grid governance 东网格/-");
    answers(101, 3, "2026-06-02", ""); /* it is gone by then */
    answers(101, 9, "2026-05-01", ""); /* another estate's */
    answers(102, 9, "2026-05-01", "post site 别处/sq, profile state/sq, organisation community 社区/sq");
    site_value(
        "update estate set organisation_id = 3 where id = 102; delete from estate_profile where estate_id = 102");
    answers(102, 9, "2026-05-01", "post site 别处/sq, organisation company 旧物业/old"); /* the estate's own row */
}

static void the_profile_is_told_with_its_terms(void **state)
{
    (void)state;
    AUTO(data_rows) rows = NULL;
    int64_t at = 0, july = 0;
    assert_true(base_time_in(base_str_of("2026-02-01T00:00:00Z"), &at));
    assert_true(base_time_in(base_str_of("2026-07-01T00:00:00Z"), &july));
    test_ok(
        data_run(conn, DATA_RESPONSIBLE_LIST, DATA_ARGS(data_i64(101), data_i64(1), data_time(at)), &test_diag, &rows));
    assert_string_equal(data_rows_text(rows, 3, 0), "profile");
    assert_int_equal(data_rows_time(rows, 3, 13), july); /* until the next one */
    assert_string_equal(data_rows_text(rows, 3, 14), "三级");
    assert_float_equal(data_rows_f64(rows, 3, 15), 1.20, 1e-9);
    assert_string_equal(data_rows_text(rows, 3, 16), "HT-1");
    assert_int_equal(data_rows_time(rows, 3, 17), july);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(who_answers_changes_over_the_year),
        cmocka_unit_test(grids_may_overlap),
        cmocka_unit_test(where_little_is_known_little_is_said),
        cmocka_unit_test(the_profile_is_told_with_its_terms),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
