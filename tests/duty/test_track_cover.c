/* duty/track_cover.c, track_cover_store.c, track_zone.c: what a subject covered of a zone, piece of time by piece. */
#include "duty/track_kit.h"

/* "0-900:12 ..." pieces in seconds of the kit's time, and how many cells. */
static const char *pieces(struct kit *kit)
{
    char sql[1024];
    snprintf(
        sql, sizeof sql,
        "select string_agg(round(extract(epoch from t_event) - %lld) || '-' || round(extract(epoch from t_to) - %lld) "
        "|| case when tool then '' else ' off' end, ', ' order by t_event, subject) from " KIT_COVERAGE " c",
        (long long)(kit->start_us / KIT_SECOND), (long long)(kit->start_us / KIT_SECOND));
    return kit_text(kit, sql);
}

static int64_t cells(struct kit *kit)
{
    return kit_count(kit, "select bit_count(bit_or(cells)) from " KIT_COVERAGE " c");
}

/* Square metres. */
static int64_t area(struct kit *kit)
{
    return kit_count(kit, "select round(bit_count(bit_or(cells)) * max(cell_m * cell_m)) from " KIT_COVERAGE
                          " c join zone_grid g using (grid)");
}

/* Along the middle of the zone, which is 60 m long and some 22 m wide, a metre a second. */
static void sweep(struct kit *kit, double from, double to, double x, double metres)
{
    for (double at = from; at <= to; at += 10) {
        kit_put(kit, kit_row(kit, 0, at, x + (at - from) / (to - from) * metres, 0));
    }
    kit_store(kit);
}

static void a_walk_covers_cells_of_its_window(void **state)
{
    (void)state;
    struct kit *kit = kit_new();
    kit_run(kit, "delete from building");
    kit_area(kit, "{guard}", 5, 0, 3600, 1);
    sweep(kit, 100, 160, 5, 50);
    kit_judge(kit, 200);
    assert_string_equal(pieces(kit), "0-900");
    int64_t count = cells(kit); /* 50 m long, 10 m wide, and two half discs: 578.5 m2 */
    assert_true(area(kit) > 567 && area(kit) < 590);
    assert_int_equal(kit_count(kit,
                               "select count(*) from zone_grid g join coverage c on c.grid = g.grid and c.zone_id = "
                               "g.zone_id and length(c.cells) = g.width * g.height and length(g.mask) = g.width * "
                               "g.height and bit_count(g.mask) = g.passable"),
                     1);
    kit_judge(kit, 300); /* nothing more, no other row */
    assert_int_equal(kit_count(kit, "select count(*) from coverage"), 1);
    sweep(kit, 310, 320, 30, -10); /* where he was before */
    kit_judge(kit, 400);
    assert_int_equal(kit_count(kit, "select count(*) from coverage"), 1);
    assert_int_equal(cells(kit), count);
    kit_free(kit);
}

static void what_stands_in_the_zone_is_no_cell_of_it(void **state)
{
    (void)state;
    struct kit *kit = kit_new();
    kit_area(kit, "{guard}", 5, 0, 3600, 1);
    sweep(kit, 100, 160, 5, 50);
    kit_judge(kit, 200);
    int64_t with = kit_count(kit, "select passable from zone_grid");
    kit_run(kit, "delete from building");
    kit_run(kit, "update place_version set version = version + 1");
    sweep(kit, 210, 230, 50, -20);
    kit_judge(kit, 300);
    assert_int_equal(kit_count(kit, "select count(*) from zone_grid"), 2); /* another grid beside the old one */
    assert_true(kit_count(kit, "select max(passable) from zone_grid") > with);
    kit_free(kit);
}

static void pieces_are_cut_at_windows_quarters_and_shifts(void **state)
{
    (void)state;
    struct kit *kit = kit_new();
    kit_area(kit, "{guard}", 5, 100, 1000, 2);
    kit_area(kit, "{guard,cleaner}", 3, 1500, 600, 1);
    for (double at = 0; at <= 2400; at += 10) {
        kit_put(kit, kit_row(kit, 0, at, 20 + 10 * sin(at), 0));
    }
    kit_store(kit);
    kit_judge(kit, 2500);
    assert_string_equal(pieces(kit), "100-1000, 1000-1100, 1100-1500, 1500-2100");
    kit_free(kit);
    kit = kit_new();
    kit_area(kit, "{guard}", 5, 0, 3600, 1);
    kit_run(kit, "update shift set ends_at = to_timestamp(%.6f)", (double)kit->start_us / 1e6 + 300);
    kit_shift(kit, 2, 300, 2000);
    for (double at = 0; at <= 600; at += 10) {
        struct ingest_row row = kit_row(kit, 0, at, 20, 0);
        row.shift_id = at < 300 ? 1 : 2;
        kit_put(kit, row);
    }
    kit_store(kit);
    kit_run(kit, "delete from stretch");
    kit_judge(kit, 700);
    assert_string_equal(pieces(kit), "0-900, 300-900");
    kit_free(kit);
}

static void what_is_no_evidence_covers_nothing(void **state)
{
    (void)state;
    struct kit *kit = kit_new();
    kit_run(kit, "delete from building");
    kit_area(kit, "{guard}", 5, 0, 3600, 1);
    kit_go(kit, 100, 5, 0);
    kit_go(kit, 161, 45, 0); /* 61 s: not bridged; two discs of 78.5 m2 */
    struct ingest_row row = kit_row(kit, 0, 170, 25, 0);
    row.acc_m = 60;
    kit_put(kit, row);
    row = kit_row(kit, 0, 171, 25, 5);
    row.t_source = SENSORS_TIME_RECEIVED;
    kit_put(kit, row);
    row = kit_row(kit, 1, 100, 25, 0);
    row.subject_type = SENSORS_SUBJECT_CLEANER; /* not asked for */
    kit_put(kit, row);
    kit_store(kit);
    kit_judge(kit, 300);
    assert_string_equal(pieces(kit), "0-900");
    assert_true(area(kit) > 149 && area(kit) < 165);
    kit_free(kit);
}

static void only_what_the_tool_swept_counts_once_it_has_spoken(void **state)
{
    (void)state;
    struct kit *kit = kit_new();
    kit_area(kit, "{guard}", 5, 0, 3600, 1);
    sweep(kit, 0, 900, 5, 50);
    static const struct {
        double at;
        const char *on;
    } said[] = {{300, "0"}, {400, "0"}, {500, "1"}, {600, "1"}};
    for (size_t i = 0; i < BASE_COUNT(said); i++) {
        struct ingest_row row = kit_row(kit, 0, said[i].at + 5, 5, 0);
        row.kind = SENSORS_KIND_STATE;
        row.measures = base_str_of(said[i].on[0] == '1' ? "{\"tool\": {\"value\": 1, \"unit\": \"1\"}}"
                                                        : "{\"tool\": {\"value\": 0, \"unit\": \"1\"}}");
        kit_put(kit, row);
    }
    kit_store(kit);
    kit_judge(kit, 931);
    assert_string_equal(pieces(kit), "0-900, 305-900 off, 505-900, 900-1800");
    char whole[64];
    snprintf(whole, sizeof whole, "%s", kit_coverage(kit));
    kit_run(kit, "truncate coverage, tracker_state");
    kit_run(kit, "delete from judge_mark");
    for (double at = 31; at < 900; at += 47) {
        kit_judge(kit, at);
    }
    kit_judge(kit, 931);
    assert_string_equal(kit_coverage(kit), whole);
    int64_t rows = kit_count(kit, "select count(*) from coverage");
    kit_run(kit,
            "insert into stretch (estate_id, subject, t_from, t_to) select 0, subject, min(t_event), max(t_event) from "
            "fix group by subject");
    kit_judge(kit, 931);
    assert_int_equal(kit_count(kit, "select count(*) from coverage"), rows);
    kit_free(kit);
}

static void late_positions_change_what_was_covered(void **state)
{
    (void)state;
    struct kit *kit = kit_new();
    kit_run(kit, "delete from building");
    kit_area(kit, "{guard}", 2, 0, 3600, 1);
    kit_go(kit, 100, 5, 0);
    kit_go(kit, 150, 55, 0); /* straight along */
    kit_judge(kit, 200);
    int64_t straight = cells(kit), windows = kit_count(kit, "select count(*) from judge_again where why = 'derived'");
    kit_go(kit, 125, 30, -40); /* no: out of the zone and back */
    kit_judge(kit, 200);
    assert_int_equal(kit_count(kit, "select max(version) from coverage"), 2);
    assert_true(cells(kit) < straight);
    assert_int_equal(kit_count(kit, "select count(*) from judge_again where why = 'derived'"), windows + 1);
    kit_free(kit);
}

/* Of a track judge keeps what windows ask for. A duty that is said to have been valid since before finds tracks read.
 */
static void tracks_are_read_again_for_windows_that_come_later(void **state)
{
    (void)state;
    struct kit *kit = kit_new();
    bool more = false;
    kit_run(kit, "delete from building; update zone set valid_from = 'epoch'");
    sweep(kit, 100, 160, 5, 50);
    kit_judge(kit, 2000);
    assert_int_equal(kit_count(kit, "select count(*) from coverage"), 0);
    kit_run(
        kit,
        "insert into duty (estate_id, key, name, subject_kind, schedule, proof, subject_types, radius_m, valid_from) "
        "values (0, 'late', 'n', 'zone', 'every 1h', 'area', '{guard}', 5, to_timestamp(%.6f))",
        (double)kit->start_us / 1e6 - 7200);
    kit_ok(sensors_zone_open("UTC", &kit_diag, &kit->turn.zone));
    kit_ok(duty_open_step(&kit->turn, &kit_diag, &more));
    assert_true(kit_count(kit, "select count(*) from duty_window where t_to < now()") >= 2);
    assert_int_equal(kit_count(kit, "select count(*) from stretch"), 1);
    kit_judge(kit, 2000);
    assert_int_equal(kit_count(kit, "select count(*) from stretch"), 0);
    assert_true(area(kit) > 567 && area(kit) < 590);
    kit_run(kit, "update duty set opened_to = '-infinity'"); /* as replay does: nothing new is opened */
    kit_ok(duty_open_step(&kit->turn, &kit_diag, &more));
    assert_int_equal(kit_count(kit, "select count(*) from stretch"), 0);
    sensors_zone_free(kit->turn.zone);
    kit_free(kit);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_walk_covers_cells_of_its_window),
        cmocka_unit_test(what_stands_in_the_zone_is_no_cell_of_it),
        cmocka_unit_test(pieces_are_cut_at_windows_quarters_and_shifts),
        cmocka_unit_test(what_is_no_evidence_covers_nothing),
        cmocka_unit_test(only_what_the_tool_swept_counts_once_it_has_spoken),
        cmocka_unit_test(late_positions_change_what_was_covered),
        cmocka_unit_test(tracks_are_read_again_for_windows_that_come_later),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
