/* What a duty is about: each kind, one or a class of them, as the registry of places and devices says. */
#include "duty/private.h"
#include "duty/site.h"

static struct data_conn *conn;

static int set_up(void **state)
{
    (void)state;
    conn = site_open();
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    site_close(conn);
    return 0;
}

static void expect(int64_t estate, const char *kind, int64_t id, const char *filter, const char *ids)
{
    AUTO(data_rows) rows = NULL;
    char found[256] = "";
    test_ok(duty_places(conn, estate, kind, id, filter, &test_diag, &rows));
    for (size_t row = 0; row < data_rows_count(rows); row++) {
        size_t len = strlen(found);
        snprintf(found + len, sizeof found - len, "%s%lld%s", row ? " " : "", (long long)data_rows_i64(rows, row, 0),
                 data_rows_null(rows, row, 2) ? "" : "-");
    }
    assert_string_equal(found, ids);
}

static void each_kind_has_its_places(void **state)
{
    (void)state;
    expect(101, "building", 0, NULL, "1 2 3-"); /* 3- is gone: its windows of before stay */
    expect(101, "building", 2, NULL, "2");
    expect(102, "building", 0, NULL, "9");
    expect(102, "building", 2, NULL, ""); /* another estate's */
    expect(101, "entrance", 0, NULL, "11 12");
    expect(101, "zone", 0, NULL, "21 22");
    expect(101, "route", 0, NULL, "31");
    expect(101, "checkpoint", 0, NULL, "41 42");
    expect(101, "facility", 0, NULL, "51");
    expect(101, "bin", 0, NULL, "71");
    expect(7, "building", 0, NULL, "");
}

static void validity_is_told(void **state)
{
    (void)state;
    AUTO(data_rows) rows = NULL;
    int64_t june = 0;
    assert_true(base_time_in(base_str_of("2026-06-01T00:00:00Z"), &june));
    test_ok(duty_places(conn, 101, "building", 3, NULL, &test_diag, &rows));
    assert_int_equal(data_rows_time(rows, 0, 2), june);
    assert_true(data_rows_time(rows, 0, 1) < june);
}

/* By its building, else by its position, else by its source; never before somebody has accepted it. */
static void devices_are_where_they_hang(void **state)
{
    (void)state;
    expect(101, "camera", 0, NULL, "61 62- 63");
    expect(102, "camera", 0, NULL, "64");
    expect(0, "camera", 0, NULL, "66");
    expect(101, "camera", 62, NULL, "62- 63"); /* bound anew: the same camera */
    expect(101, "camera", 63, NULL, "62- 63");
    expect(101, "camera", 71, NULL, ""); /* a bin */
}

static void filters_ask_of_each_kind(void **state)
{
    (void)state;
    expect(101, "building", 0, "use = 'residential'", "1 3-");
    expect(101, "building", 0, "code = 'B2' OR levels > 10", "2");
    expect(101, "building", 0, "S_INTERSECTS(geom, BBOX(120.0015,30,120.0025,30.01))", "1");
    expect(101, "building", 0, "A_CONTAINS(codes, ('B1')) AND height_m = 18 AND min_height_m = 0 AND area_m2 > 1", "1");
    expect(101, "building", 0, "dwellings IS NULL AND year_built IS NULL AND name LIKE '楼%' AND name_en IS NULL",
           "1 2 3-");
    expect(101, "building", 0, "id IN (2, 9) AND key = '2'", "2");
    expect(101, "entrance", 0, "building_id = 1 AND name = '1单元'", "11");
    expect(101, "entrance", 0, "S_INTERSECTS(geom, BBOX(120.003,30,120.005,30.01))", "12");
    expect(101, "zone", 0, "kind = 'sanitation'", "21");
    expect(101, "zone", 0, "area_m2 < 10000", "22");
    expect(101, "route", 0, "length_m > 1000", "31");
    expect(101, "checkpoint", 0, "tag IS NOT NULL", "41");
    expect(101, "checkpoint", 0, "building_id = 1", "42");
    expect(101, "facility", 0, "kind = 'pump'", "51");
    expect(101, "camera", 0, "source = 'cams' AND native_id = 'gate'", "61");
    expect(101, "camera", 0, "building_id = 2 AND storey IS NULL AND name IS NULL", "63");
    expect(101, "camera", 0, "S_INTERSECTS(geom, BBOX(120.0035,30,120.0045,30.01))", "63"); /* where its building is */
    expect(101, "building", 2, "use = 'residential'", "");
}

static void refuse(const char *kind, const char *filter, const char *because)
{
    struct data_rows *rows = NULL;
    assert_int_equal(duty_places(conn, 101, kind, 0, filter, &test_diag, &rows), BASE_INVALID);
    assert_null(rows);
    if (!strstr(test_diag.text, because)) {
        fail_msg("\"%s\" is not in: %s", because, test_diag.text);
    }
}

static void what_cannot_be_asked_is_named(void **state)
{
    (void)state;
    refuse("house", NULL, "\"house\" is none of building");
    refuse("building", "usage = 'residential'", "subject_filter: ");
    refuse("building", "usage = 'residential'", "usage");
    refuse("zone", "levels > 3", "levels");
    refuse("building", "levels > 'x'", "subject_filter: ");
    refuse("building", "levels >", "subject_filter: ");
    refuse("building", "", "subject_filter: ");
    expect(101, "building", 0, "name = '''; drop table building; --'", "");
    expect(101, "building", 0, NULL, "1 2 3-");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_kind_has_its_places),      cmocka_unit_test(validity_is_told),
        cmocka_unit_test(devices_are_where_they_hang),   cmocka_unit_test(filters_ask_of_each_kind),
        cmocka_unit_test(what_cannot_be_asked_is_named),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
