/* Who could be sent to an incident: by what is so now, never by what anybody did before. */
#include "api/write_kit.h"

static char suggestions[80];

/* An incident at building 38 of estate 1, which lies at 121.4135, 31.2045 or so. */
static void report(void)
{
    WRITE_EXPECT(201, ask("POST", "/api/incidents", street,
                          "{\"estate_id\":1,\"lon\":121.4140,\"lat\":31.2030,\"category\":\"smoke\",\"title\":\"t\"}"));
    snprintf(suggestions, sizeof suggestions, "%s/suggestions", test_header(&answer, "Location"));
}

/* "A free 95 m 3 s, B silent" in their order; ages in steps of a minute. */
static const char *listed(const char *who)
{
    static char text[1000];
    size_t len = 0;
    WRITE_EXPECT(200, get(suggestions, who));
    AUTO(base_json) json = test_json(&answer);
    const struct base_json *list = base_json_in_get(json, "suggestions");
    text[0] = '\0';
    for (size_t i = 0; i < base_json_in_size(list); i++) {
        const struct base_json *team = base_json_in_at(list, i);
        len += (size_t)snprintf(text + len, sizeof text - len, "%s%s %s", i ? ", " : "", test_text(team, "label_en"),
                                test_text(team, "state"));
        if (base_json_in_get(team, "distance_m")) {
            len += (size_t)snprintf(text + len, sizeof text - len, " %lld m %lld min",
                                    (long long)test_i64(team, "distance_m"),
                                    (long long)test_i64(team, "position_age_s") / 60);
        }
    }
    return text;
}

/* A team on shift and its unit, so many metres to the east of the incident and heard of so many minutes ago. */
static void team(int id, int estate, const char *label, int metres, int minutes)
{
    char sql[1500];
    snprintf(sql, sizeof sql,
             "insert into shift (estate_id, id, source_id, device_hash, subject_type, label, label_en, starts_at, "
             "ends_at, organisation_id)"
             " values (%d, %d, %d, gen_random_uuid(), 'guard', '组%s', '%s', now() - interval '1 h', now() + interval "
             "'8 h', 7)",
             estate, id, estate, label, label);
    test_sql(on.pg, sql);
    if (metres >= 0) {
        snprintf(sql, sizeof sql,
                 "insert into asset_state (estate_id, subject, id, subject_type, shift_id, source_id, label, label_en, "
                 "t_event, t_recv,"
                 " lon, lat, place_method) select %d, md5('team %d')::uuid, %d, 'guard', %d, %d, 'x', 'x', now() - "
                 "interval '%d min 5 s',"
                 " now(), st_x(p), st_y(p), 'none' from (select st_project(st_point(121.4140, 31.2030, "
                 "4326)::geography, %d, radians(90))"
                 "::geometry as p) g",
                 estate, id, id, id, estate, minutes, metres);
        test_sql(on.pg, sql);
    }
}

static void nearest_free_ones_first(void **state)
{
    (void)state;
    report();
    team(51, 1, "Near", 40, 1);
    team(52, 1, "Far", 700, 0);
    team(53, 1, "Busy", 10, 2);
    team(54, 1, "Silent", 20, 16);
    team(55, 1, "Unheard", -1, 0);
    test_sql(
        on.pg,
        "update shift set starts_at = now() - interval '2 d', ends_at = now() - interval '1 d' where id = 1"); /* over
                                                                                                                */
    test_sql(on.pg, "insert into incident (estate_id, id, state, origin, category, severity, policy_id, "
                    "policy_version, title, t_event,"
                    " reported_at, state_at, shift_id) select 1, 900 + n, s::incident_state, 'call', 'other', 'small', "
                    "p.id, p.version, 'x', now(),"
                    " now(), now(), shift from sla_policy p, (values (1, 'accepted', 53), (2, 'on_site', 53), (3, "
                    "'resolved', 51)) v (n, s, shift)"
                    " where p.key = 'small'");
    assert_string_equal(listed(company), "Near free 40 m 1 min, Far free 700 m 0 min, Busy busy 10 m 2 min,"
                                         " Silent silent 20 m 16 min, Unheard silent");
    AUTO(base_json) json = test_json(&answer);
    const struct base_json *list = base_json_in_get(json, "suggestions"), *busy = base_json_in_at(list, 2);
    assert_int_equal(test_i64(busy, "incidents"), 2);
    assert_int_equal(test_i64(busy, "shift_id"), 53);
    assert_int_equal(test_i64(json, "silent_after_s"), 900);
    assert_int_equal(base_json_in_size(base_json_in_get(json, "based_on")), 3);
    assert_string_equal(test_header(&answer, "Cache-Control"), "no-store");
}

/* A team of several units is as near as the nearest that was heard of lately; a shift for any device is called by its
 * sign. */
static void units_of_a_team(void **state)
{
    (void)state;
    team(56, 1, "Patrol 8 #", 300, 1);
    test_sql(on.pg, "update shift set device_hash = null where id = 56");
    test_sql(on.pg, "insert into asset_state (estate_id, subject, subject_type, shift_id, source_id, label, label_en, "
                    "t_event, t_recv, lon,"
                    " lat, place_method) select 1, md5(n::text || 'more')::uuid, 'guard', 56, 1, 'x', 'x', now() - n * "
                    "interval '20 min',"
                    " now(), 121.4140 + 0.002 * (1 - n), 31.2030, 'none' from generate_series(0, 1) n");
    const char *text = listed(company);
    assert_non_null(strstr(text, "Patrol 8 free 191 m 0 min")); /* not the one at the incident, silent for 20 minutes */
    assert_non_null(strstr(answer.body.at, "\"units\":3"));
    test_sql(on.pg, "delete from asset_state where shift_id = 56");
    test_sql(on.pg, "delete from shift where id = 56");
}

/* What anybody did before changes nothing: neither what they were sent to, nor how it ended, nor where they were. */
static void history_changes_nothing(void **state)
{
    (void)state;
    char before[1000];
    snprintf(before, sizeof before, "%s", listed(company));
    test_sql(on.pg, "create table duty_window_all partition of duty_window default");
    test_sql(on.pg, "create table verdict_all partition of verdict default");
    test_sql(on.pg, "create table fix_all partition of fix default");
    test_sql(on.pg, "insert into pass (estate_id, t_event, subject, place_kind, place_id, t_to, subject_type, "
                    "nearest_m, acc_m, fixes)"
                    " select 1, now() - n * interval '1 h', md5('team 52')::uuid, 'building', 38, now() - n * interval "
                    "'1 h', 'guard', 1, 5, 9"
                    " from generate_series(1, 200) n");
    test_sql(on.pg, "insert into fix (estate_id, t_event, dedup, t_recv, t_source, source_id, subject, pos_source, "
                    "lon, lat, place_method)"
                    " select 1, now() - n * interval '1 min', gen_random_uuid(), now(), 'device', 1, md5('team "
                    "52')::uuid, 'gnss', 121.4140,"
                    " 31.2030, 'none' from generate_series(1, 200) n");
    test_sql(on.pg, "insert into duty (estate_id, id, key, name, subject_kind, schedule, proof) values (1, 1, 'd', "
                    "'rounds', 'building',"
                    " 'every 2h', 'pass')");
    test_sql(on.pg,
             "insert into verdict (estate_id, t_from, duty_id, place_id, verdict, reason, found, best, needed, formula,"
             " formula_version, evidence) select 1, now() - n * interval '2 h', 1, 38, case n % 2 when 0 then 'met' "
             "else 'missed' end::verdict_kind,"
             " 'proven', 1, 1, 1, 'pass', 1, array[row('pass', 1, now() - n * interval '1 h', md5('team 52')::uuid, "
             "null, 1)::evidence]"
             " from generate_series(1, 50) n");
    test_sql(
        on.pg,
        "insert into incident (estate_id, id, state, origin, category, severity, policy_id, policy_version, title, "
        "t_event,"
        " reported_at, state_at, closed_at, shift_id) select 1, 2000 + n, case n % 2 when 0 then 'closed' else "
        "'rejected' end::incident_state,"
        " 'call', 'other', 'small', p.id, p.version, 'x', now(), now(), now(), now(), 51 + n % 2 from sla_policy p,"
        " generate_series(1, 300) n where p.key = 'small'");
    test_sql(on.pg, "insert into incident_step (estate_id, incident_id, step, state, actor) select 1, 2000 + n, s, "
                    "'closed', 'x' from"
                    " generate_series(1, 300) n, unnest(array['dispatch', 'breach', 'rework', 'refuse']) s");
    test_sql(on.pg, "insert into shift (estate_id, source_id, subject_type, label, label_en, starts_at, ends_at) "
                    "select 1, 1, 'guard',"
                    " '组Near', 'Near', now() - n * interval '1 d' - interval '8 h', now() - n * interval '1 d' from "
                    "generate_series(1, 300) n");
    assert_string_equal(listed(company), before);
}

static void ten_at_most_also_of_the_organisation(void **state)
{
    (void)state;
    test_sql(on.pg, "update estate set organisation_id = 7 where id in (1, 2)");
    team(1051, 2, "Neighbour", 100, 0);
    assert_non_null(strstr(listed(district), "Near free 40 m 1 min, Neighbour free 100 m 0 min, Far free"));
    assert_null(strstr(listed(company), "Neighbour")); /* of an estate that it does not see */
    for (int i = 0; i < 12; i++) {
        team(60 + i, 1, "More", 800 + i, 0);
    }
    get(suggestions, district);
    AUTO(base_json) json = test_json(&answer);
    assert_int_equal(base_json_in_size(base_json_in_get(json, "suggestions")), 10);
    test_sql(on.pg, "delete from asset_state where id >= 60 and id < 72");
    test_sql(on.pg, "delete from shift where id >= 60 and id < 72");
}

static void for_a_purpose_and_written_down(void **state)
{
    (void)state;
    char silent[160];
    static const struct access_user mute = {"mute", "company", "{1}", NULL, NULL};
    access_add(on.pg, &mute);
    access_header("mute", silent);
    WRITE_EXPECT(403, get(suggestions, silent));
    assert_non_null(strstr(answer.body.at, "/problems/purpose"));
    WRITE_EXPECT(403, get(suggestions, committee));
    WRITE_EXPECT(403, get(suggestions, planner));
    WRITE_EXPECT(404, get("/api/incidents/1/99999/suggestions", company));
    WRITE_EXPECT(404, get("/api/incidents/2/1/suggestions", company));
    assert_string_equal(
        test_sql(on.pg, "select count(*) || purpose from audit where actor = 'company' and layer = 'assets' and"
                        " estate_id = 1 and action = 'look' group by purpose"),
        "1inspection");
    char closed[80];
    snprintf(closed, sizeof closed, "/api/incidents/1/2001/suggestions");
    WRITE_EXPECT(409, get(closed, company));
}

static void nobody_on_shift(void **state)
{
    (void)state;
    test_sql(on.pg, "update shift set starts_at = now() - interval '2 d', ends_at = now() - interval '1 d'");
    assert_string_equal(listed(company), "");
}

static int start(void **state)
{
    (void)state;
    write_open((struct api_config){.port = 0});
    test_sql(on.pg, "create table incident_step_all partition of incident_step default");
    test_sql(on.pg, "insert into organisation (id, kind, code, name) values (7, 'site', 'site', '管理处')");
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nearest_free_ones_first),        cmocka_unit_test(units_of_a_team),
        cmocka_unit_test(history_changes_nothing),        cmocka_unit_test(ten_at_most_also_of_the_organisation),
        cmocka_unit_test(for_a_purpose_and_written_down), cmocka_unit_test(nobody_on_shift),
    };
    return cmocka_run_group_tests(tests, start, write_close);
}
