/* Open incidents as a layer: ours hold what ST_AsMVT makes of the same rows, filters choose the same as SQL does, and
 * the past is told by the steps. */
#include "asked.h"

static const struct asked asked[] = {
    /* of what is filled in below */
    {"incidents", "true", 5},
    {"incidents", "severity = 'serious'", 2},
    {"incidents", "category IN ('smoke', 'gas_leak') AND state <> 'reported'", 1},
    {"incidents", "breach_at < TIMESTAMP('2026-01-02T04:00:00Z')", 3},
    {"incidents", "breach_at IS NULL", 2},
    {"incidents", "drill = true", 1},
    {"incidents", "drill", 1},
    {"incidents", "level >= 2 AND building_id = 4", 1},
    {"incidents", "storey IS NULL", 2},
    {"incidents", "organisation_id IS NOT NULL AND version > 3", 1},
    {"incidents", "reported_at > TIMESTAMP('2026-01-02T03:00:00Z') AND state_at >= reported_at", 5},
    {"incidents", "S_INTERSECTS(geom, BBOX(121.41395, 31.2029, 121.41405, 31.2031))", 2},
    {"incidents", "building_name LIKE '二%' OR building_name_en = 'Four'", 2},
    {"incidents", "state = 'closed'", 0},
};

/* In buildings of estate 1 (the even ones), where they say themselves, of the estate as a whole; closed; of estate 2.
 */
static void fill_incidents(void)
{
    test_sql(site.pg, "update building set name = '二号楼' where id = 2");
    test_sql(site.pg, "update building set name_en = 'Four' where id = 4");
    test_sql(site.pg, "insert into organisation (id, kind, code, name) values (7, 'site', 'site', '管理处')");
    change(
        "insert into incident (estate_id, id, version, origin, category, severity, policy_id, policy_version, "
        "building_id,"
        " storey, lon, lat, drill, title, t_event, reported_at, state, state_at, closed_at, breach_at, level,"
        " organisation_id) select estate, n, v, 'call', c, p.severity, p.id, p.version, b, s, lon, lat, d, "
        "'张三家冒烟', r,"
        " r, t::incident_state, r + interval '1 min', case when t = 'closed' then r end, due::timestamptz, l, o from"
        " (values (1, 1, 1, 'smoke', 'serious', 2, 3, null, null, false, 'reported', '2026-01-02 03:09Z', 0, null),"
        " (1, 2, 4, 'smoke', 'serious', 4, 12, null, null, false, 'dispatched', '2026-01-02 03:40Z', 2, 7),"
        " (1, 3, 1, 'dispute', 'complex', null, null, 121.414, 31.203, false, 'accepted', '2026-01-02 03:50Z', 0, "
        "null),"
        " (1, 4, 1, 'other', 'small', null, null, null, null, true, 'reported', 'infinity', 1, null),"
        " (1, 5, 2, 'gas_leak', 'special', 6, 1, null, null, false, 'closed', null, 0, null),"
        " (2, 6, 1, 'smoke', 'serious', 3, 1, null, null, false, 'reported', null, 0, null),"
        " (1, 7, 1, 'bin_overflow', 'small', 6, -1, null, null, false, 'paused', null, 0, null)) i (estate, n, v, c, "
        "k, b,"
        " s, lon, lat, d, t, due, l, o) join sla_policy p on p.key = k, (values (timestamptz '2026-01-02 03:04:05Z')) m"
        " (r)");
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
    static const char *const wrong[] = {"title LIKE '%冒烟%'", "severity = 2", "breach_at = 'soon'", "drill = 1",
                                        "closed_at IS NULL"};
    for (size_t i = 0; i < BASE_COUNT(wrong); i++) {
        struct tiles_set set;
        AUTO_VALUE(tiles_filter) filter = {.filters = {NULL}};
        test_ok(tiles_set_in(base_str_of("incidents"), &test_diag, &set));
        assert_int_equal(tiles_filter_in(base_str_of(wrong[i]), TILES_FILTER_TEXT, &set, &test_diag, &filter),
                         BASE_INVALID);
    }
}

/* Seen from far they are counted; from farther still they are none. */
static void far_away(void **state)
{
    (void)state;
    assert_int_equal(features(around(10), "incidents", NULL), 6);
    AUTO_VALUE(tiles_tile) tile = tile_of("incidents", around(9));
    const struct mvt_layer *layer = layer_of(&tile, "incidents");
    assert_non_null(layer);
    int64_t counted = 0;
    for (size_t i = 0; i < layer->feature_count; i++) {
        const struct mvt_value *count = mvt_value_of(layer, &layer->features[i], "count");
        counted += count ? (int64_t)count->real : 1;
    }
    assert_int_equal(counted, 6);
    assert_int_equal(features(around(7), "incidents", NULL), 0);
}

/* --- how it was --- */
static const char *state_then(uint64_t id, const char *then)
{
    static char kept[200];
    AUTO(mvt_tile) tile = by_sql("incidents", around(14), "true", moment_of(then));
    const struct mvt_layer *layer = mvt_find(tile, "incidents");
    snprintf(kept, sizeof kept, "none");
    for (size_t i = 0; layer && i < layer->feature_count; i++) {
        const struct mvt_feature *feature = &layer->features[i];
        if (feature->id == id) {
            snprintf(kept, sizeof kept, "%s %.0f %s", mvt_value_of(layer, feature, "state")->text.at,
                     mvt_value_of(layer, feature, "level")->real, mvt_value_of(layer, feature, "state_at")->text.at);
            assert_null(mvt_value_of(layer, feature, "breach_at"));
            assert_null(mvt_value_of(layer, feature, "version"));
        }
    }
    return kept;
}

static void states_as_they_were(void **state)
{
    (void)state;
    static const struct {
        const char *then, *known;
    } rows[] = {
        {"2026-01-02 03:00:00Z", "none"},
        {"2026-01-02 03:10:00Z", "reported 0 2026-01-02T03:04:05Z"},
        {"2026-01-02 03:20:00Z", "filed 0 2026-01-02T03:15:00Z"},
        {"2026-01-02 03:26:00Z", "filed 0 2026-01-02T03:15:00Z"}, /* a warning moves nothing */
        {"2026-01-02 03:31:00Z", "filed 1 2026-01-02T03:30:00Z"},
        {"2026-01-02 03:41:00Z", "none"},                            /* rejected */
        {"2026-01-02 03:51:00Z", "reported 1 2026-01-02T03:50:00Z"}, /* reopened, and closed again */
        {"2026-01-02 04:00:01Z", "none"},
    };
    test_sql(site.pg, "create table if not exists incident_step_default partition of incident_step default");
    test_sql(site.pg, "update estate set valid_from = '2026-01-01'; update building set valid_from = '2026-01-01'");
    test_sql(site.pg,
             "insert into incident (estate_id, id, origin, category, severity, policy_id, policy_version, building_id,"
             " title, t_event, reported_at, state, state_at, closed_at, level) select 1, 70, 'call', 'smoke',"
             " 'serious', id, version, 8, 't', t, t, 'rejected', '2026-01-02 04:00Z', '2026-01-02 04:00Z', 1 from"
             " sla_policy, (values (timestamptz '2026-01-02 03:04:05Z')) m (t) where key = 'serious'");
    test_sql(site.pg,
             "insert into incident_step (estate_id, incident_id, step, at, state) select 1, 70, s, ('2026-01-02 ' ||"
             " t || 'Z')::timestamptz, k::incident_state from (values ('report', '03:04:05', 'reported'),"
             " ('file', '03:15', 'filed'), ('warn', '03:25', 'filed'), ('escalate', '03:30', 'filed'),"
             " ('reject', '03:40', 'rejected'), ('reopen', '03:50', 'reported'), ('comment', '03:51', 'reported'),"
             " ('reject', '04:00', 'rejected')) x (s, t, k)");
    for (size_t i = 0; i < BASE_COUNT(rows); i++) {
        const char *known = state_then(70, rows[i].then);
        if (strcmp(known, rows[i].known) != 0) {
            fail_msg("at %s: %s, not %s", rows[i].then, known, rows[i].known);
        }
    }
}

static int open_all(void **state)
{
    site_open_all(state);
    fill_incidents();
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(mirror_and_sql_agree),
        cmocka_unit_test(what_is_asked_wrongly),
        cmocka_unit_test(far_away),
        cmocka_unit_test(states_as_they_were),
    };
    return cmocka_run_group_tests(tests, open_all, site_close_all);
}
