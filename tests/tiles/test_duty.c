/* What became of duties, in the layers of states and devices: ours hold what ST_AsMVT makes of the same rows, filters
 * choose the same as SQL does, and the past is told as it was on record then. */
#include "asked.h"

static const struct asked asked[] = {
    /* of what is filled in below */
    {"building_states", "true", 9},
    {"building_states", "verdict = 'missed'", 3},
    {"building_states", "verdict IN ('missed', 'unknown') AND verdict_at > TIMESTAMP('2026-01-02T00:00:00Z')", 4},
    {"building_states", "breached_at IS NOT NULL", 3},
    {"building_states", "breach_at < TIMESTAMP('2026-01-02T08:00:00Z')", 3},
    {"building_states", "due_at >= TIMESTAMP('2026-01-02T06:00:00Z')", 9},
    {"building_states", "blind = true", 2},
    {"building_states", "blind", 2},
    {"building_states", "NOT blind = true", 0}, /* not blind is not known */
    {"building_states", "blind IS NULL AND verdict IS NULL", 3},
    {"building_states", "duty_every_s = 7200 AND breached_at IS NULL", 6},
    {"zone_states", "swept < 0.65 AND swept > 0.63", 1},
    {"zone_states", "swept_from < swept_at AND verdict = 'missed' AND due_at > verdict_at", 1},
    {"zone_states", "verdict = 'met'", 0},
    {"devices", "overflow_s >= 5400", 1},
    {"devices", "uptime < 0.99 AND uptime_from = TIMESTAMP('2026-01-02T00:00:00Z')", 2},
    {"devices", "verdict = 'met'", 1},
    {"devices", "verdict IS NULL", 0},
};

static void fill_duties(void)
{
    test_sql(site.pg, "delete from building_state"); /* 2, 4 .. 18 are in the tile */
    test_sql(site.pg,
             "insert into building_state (estate_id, building_id, due_at, verdict, verdict_at, breach_at, breached_at,"
             " blind, duty_every, duty_types) select estate_id, id, '2026-01-02 06:00:00Z', case when n <= 3 then"
             " 'missed' when n = 4 then 'unknown' when n <= 6 then 'met' end::verdict_kind, case when n <= 6 then"
             " timestamptz '2026-01-02 04:00:00Z' end, timestamptz '2026-01-02 04:00:00Z' + n * interval '1 h', case"
             " when n <= 3 then timestamptz '2026-01-02 04:00:00Z' + n * interval '1 h' end, n in (1, 5), '2 h',"
             " '{guard}' from building, lateral (select id / 2 as n) k where id in (2, 4, 6, 8, 10, 12, 14, 16, 18)");
    test_sql(site.pg, "insert into building_state (estate_id, building_id, duty_types) select estate_id, id, '{guard}'"
                      " from building where id = 20"); /* nothing that is shown */
    test_sql(site.pg, "update zone_state set due_at = '2026-01-02 06:00:00Z', verdict = 'missed', verdict_at ="
                      " '2026-01-02 04:00:00Z', swept = 0.64, swept_from = '2026-01-02 04:00:00Z', swept_at ="
                      " '2026-01-02 05:10:00Z'");
    change("insert into device_duty (estate_id, device_id, uptime, uptime_from, overflow_s, due_at, verdict,"
           " verdict_at) values (1, 1, null, '2026-01-02Z', 5400, '2026-01-03Z', 'missed', '2026-01-02Z'),"
           " (1, 2, 0.975, '2026-01-02Z', null, '2026-01-03Z', 'met', '2026-01-02Z'),"
           " (1, 3, 0.5, '2026-01-02Z', null, null, 'waived', '2026-01-02Z')");
}

static void mirror_and_sql_agree(void **state)
{
    (void)state;
    for (size_t i = 0; i < BASE_COUNT(asked); i++) {
        agrees(&asked[i]);
    }
}

static void what_is_asked_wrongly(void **state)
{
    (void)state;
    static const char *const wrong[] = {"blind = 1", "swept = 'a'", "verdict_at = 'yesterday'", "duty_types IS NULL"};
    for (size_t i = 0; i < BASE_COUNT(wrong); i++) {
        struct tiles_set set;
        AUTO_VALUE(tiles_filter) filter = {.filters = {NULL}};
        test_ok(tiles_set_in(base_str_of("building_states"), &test_diag, &set));
        assert_int_equal(tiles_filter_in(base_str_of(wrong[i]), TILES_FILTER_TEXT, &set, &test_diag, &filter),
                         BASE_INVALID);
    }
}

/* --- how it was --- */
static const char *verdict_then(const char *layer_name, uint64_t id, const char *then, const char **ret_at)
{
    static char kept[2][100];
    AUTO(mvt_tile) tile = by_sql(layer_name, around(14), "true", moment_of(then));
    const struct mvt_layer *layer = mvt_find(tile, layer_name);
    snprintf(kept[0], sizeof kept[0], "none");
    for (size_t i = 0; layer && i < layer->feature_count; i++) {
        const struct mvt_value *verdict = mvt_value_of(layer, &layer->features[i], "verdict");
        const struct mvt_value *about = mvt_value_of(layer, &layer->features[i], "verdict_at");
        assert_null(mvt_value_of(layer, &layer->features[i], "breach_at"));
        if (layer->features[i].id == id && verdict) {
            snprintf(kept[0], sizeof kept[0], "%s", verdict->text.at);
            snprintf(kept[1], sizeof kept[1], "%s", about->text.at);
        }
    }
    *ret_at = kept[1];
    return kept[0];
}

/* Two windows of a building and one of a zone: the first was missed, and met as it turned out at nine. */
static void verdicts_as_known_then(void **state)
{
    (void)state;
    static const struct {
        const char *layer;
        uint64_t id;
        const char *then, *verdict, *about;
    } rows[] = {
        {"building_states", 2, "2026-03-01 02:05:00Z", "none", NULL}, /* over, and not decided yet */
        {"building_states", 2, "2026-03-01 02:30:00Z", "missed", "2026-03-01T02:00:00Z"},
        {"building_states", 2, "2026-03-01 05:00:00Z", "unknown", "2026-03-01T04:00:00Z"}, /* of two, the worse */
        {"building_states", 4, "2026-03-01 08:59:00Z", "missed", "2026-03-01T02:00:00Z"},
        {"building_states", 4, "2026-03-01 09:01:00Z", "met", "2026-03-01T02:00:00Z"},
        {"building_states", 4, "2026-03-02 02:01:00Z", "none", NULL}, /* a day ago */
        {"zone_states", 1, "2026-03-01 07:00:00Z", "waived", "2026-03-01T06:00:00Z"},
    };
    test_ok(data_partition_ensure(site.conn, "duty_window", INT64_C(1772323200000000), &test_diag));
    test_ok(data_partition_ensure(site.conn, "verdict", INT64_C(1772323200000000), &test_diag));
    test_sql(site.pg, "update building set valid_from = '2026-01-01'; update zone set valid_from = '2026-01-01'");
    test_sql(site.pg,
             "insert into duty_window (estate_id, t_from, t_to, duty_id, duty_version, place_kind, place_id, due_at,"
             " verdict) select b.estate_id, f::timestamptz, f::timestamptz + interval '2 h', d, 1, k::duty_subject,"
             " p, f::timestamptz + interval '2 h 10 min', null from (values"
             " ('2026-03-01 00:00Z', 7, 'building', 2), ('2026-03-01 02:00Z', 7, 'building', 2),"
             " ('2026-03-01 02:00Z', 8, 'building', 2), ('2026-03-01 00:00Z', 7, 'building', 4),"
             " ('2026-03-01 04:00Z', 9, 'zone', 1)) w (f, d, k, p) join building b on b.id = 2"); /* of estate 1 all */
    test_sql(site.pg,
             "insert into verdict (estate_id, t_from, duty_id, place_id, version, verdict, reason, found, best,"
             " needed, formula, formula_version, recorded_at) select w.estate_id, f::timestamptz, d, p, v,"
             " k::verdict_kind, 'r', 0, 0, 1, 'pass', 1, r::timestamptz from (values"
             " ('2026-03-01 00:00Z', 7, 2, 1, 'missed', '2026-03-01 02:11Z'),"
             " ('2026-03-01 02:00Z', 7, 2, 1, 'met', '2026-03-01 04:11Z'),"
             " ('2026-03-01 02:00Z', 8, 2, 1, 'unknown', '2026-03-01 04:11Z'),"
             " ('2026-03-01 00:00Z', 7, 4, 1, 'missed', '2026-03-01 02:11Z'),"
             " ('2026-03-01 00:00Z', 7, 4, 2, 'met', '2026-03-01 09:00Z'),"
             " ('2026-03-01 04:00Z', 9, 1, 1, 'waived', '2026-03-01 06:11Z')) v (f, d, p, v, k, r)"
             " join duty_window w on w.t_from = f::timestamptz and w.duty_id = d and w.place_id = p");
    for (size_t i = 0; i < BASE_COUNT(rows); i++) {
        const char *about, *verdict = verdict_then(rows[i].layer, rows[i].id, rows[i].then, &about);
        if (strcmp(verdict, rows[i].verdict) != 0 || (rows[i].about && strcmp(about, rows[i].about) != 0)) {
            fail_msg("%s %llu at %s: %s of %s", rows[i].layer, (unsigned long long)rows[i].id, rows[i].then, verdict,
                     about);
        }
    }
}

static int open_all(void **state)
{
    site_open_all(state);
    fill_duties();
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(mirror_and_sql_agree),
        cmocka_unit_test(what_is_asked_wrongly),
        cmocka_unit_test(verdicts_as_known_then),
    };
    return cmocka_run_group_tests(tests, open_all, site_close_all);
}
