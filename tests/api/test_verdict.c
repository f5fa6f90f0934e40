/* Windows, their summary, and a verdict with what it rests on: as each role sees it. */
#include "api/write_kit.h"

/* Seven windows of one duty at estate 1, hour by hour, and one of estate 2. */
static void fill(PGconn *pg)
{
    test_sql(pg, "create table duty_window_all partition of duty_window default");
    test_sql(pg, "create table verdict_all partition of verdict default");
    test_sql(pg, "create table coverage_all partition of coverage default");
    test_sql(pg, "create table outage_all partition of outage default");
    test_sql(pg, "create table waiver_all partition of waiver default");
    test_sql(pg, "insert into organisation (id, kind, code, name) values (9, 'company', 'sy', '松源')");
    test_sql(
        pg,
        "insert into duty (estate_id, id, key, name, name_en, subject_kind, schedule, proof, organisation_id) values"
        " (1, 7, 'night', '夜巡<b>', 'Night rounds', 'building', 'every 1h', 'pass', 9),"
        " (2, 8, 'night', '别人的', 'Others', 'building', 'every 1h', 'pass', null)");
    test_sql(
        pg,
        "insert into duty_window (estate_id, t_from, duty_id, place_id, duty_version, place_kind, t_to, due_at,"
        " organisation_id, verdict) select 1, date_trunc('hour', now()) + n * interval '1 h', 7, 38, 1, 'building',"
        " date_trunc('hour', now()) + (n + 1) * interval '1 h', date_trunc('hour', now()) + (n + 1) * interval '1 h'"
        " + interval '10 min', 9, v::verdict_kind from (values (-6, 'met'), (-5, 'met'), (-4, 'missed'), (-3,"
        " 'unknown'), (-2, 'waived'), (0, null), (1, null)) w (n, v)");
    test_sql(pg,
             "insert into duty_window (estate_id, t_from, duty_id, place_id, duty_version, place_kind, t_to, due_at)"
             " select 2, date_trunc('hour', now()), 8, 39, 1, 'building', date_trunc('hour', now()) + interval '1 h',"
             " now() + interval '2 h'");
}

/* The window six hours ago was missed first, then met: by a pass of unit 1 while it was on shift, an event, a piece of
 * coverage; with an outage of its tracker and one of the source, and a waiver that was revoked. */
static void fill_verdict(PGconn *pg)
{
    test_sql(pg, "update shift set starts_at = now() - interval '9 h' where id = 1");
    test_sql(
        pg, "insert into pass (estate_id, t_event, subject, place_kind, place_id, t_to, subject_type, nearest_m, acc_m,"
            " fixes) select 1, date_trunc('hour', now()) - interval '5 h 50 min', md5('1')::uuid, 'building', 38,"
            " date_trunc('hour', now()) - interval '5 h 45 min', 'guard', 4.2, 8, 31");
    test_sql(
        pg,
        "insert into event (estate_id, t_event, dedup, t_recv, t_source, source_id, subject, subject_type, shift_id,"
        " kind, phase, place_method) select 1, date_trunc('hour', now()) - interval '5 h 40 min', md5('e')::uuid,"
        " now(), 'device', 1, md5('1')::uuid, 'guard', 1, 'checkpoint', 'pulse', 'inside'");
    test_sql(pg,
             "insert into zone_grid (estate_id, zone_id, grid, lon, lat, cell_m, width, height, passable, mask) values"
             " (1, 1, md5('g')::uuid, 121, 31, 2.5, 2, 2, 4, B'1111')");
    test_sql(
        pg, "insert into coverage (estate_id, t_event, subject, zone_id, t_to, subject_type, grid, cells, tool)"
            " select 1, date_trunc('hour', now()) - interval '5 h 30 min', md5('1')::uuid, 1, date_trunc('hour', now())"
            " - interval '5 h 20 min', 'cleaner', md5('g')::uuid, B'0111', true");
    test_sql(pg,
             "insert into outage (estate_id, recorded_at, id, scope, source_id, subject, subject_type, t_from, t_to,"
             " cause) overriding system value values (1, '2026-01-01', 41, 'tracker', null, md5('1')::uuid, 'guard',"
             " now() - interval '6 h', now() - interval '5 h', 'silent'),"
             " (1, '2026-01-01', 42, 'source', 1, null, null, now() - interval '6 h', now() - interval '5 h', "
             "'connection')");
    test_sql(
        pg,
        "insert into waiver (estate_id, recorded_at, id, t_from, t_to, reason, approver, revoked_at, revoked_by)"
        " overriding system value values (1, '2026-01-02', 43, now() - interval '6 h', now(), '雨', 'district', now(),"
        " 'district')");
    test_sql(
        pg,
        "insert into verdict (estate_id, t_from, duty_id, place_id, version, verdict, reason, found, best, needed,"
        " blind_s, formula, formula_version, evidence) select 1, date_trunc('hour', now()) - interval '6 h', 7, 38, 1,"
        " 'missed', 'no_evidence', 0, 0, 1, 0, 'pass', 1, '{}'");
    test_sql(pg,
             "insert into verdict (estate_id, t_from, duty_id, place_id, version, verdict, reason, found, best, needed,"
             " blind_s, formula, formula_version, evidence) select 1, h, 7, 38, 2, 'met', 'proven', 1, 1, 1, 3600,"
             " 'pass', 2, array[row('pass', 1, h + interval '10 min', md5('1')::uuid, null, 1),"
             " row('event', 1, h + interval '20 min', md5('e')::uuid, null, null),"
             " row('coverage', 1, h + interval '30 min', md5('1')::uuid, 1, 1),"
             " row('outage', 1, timestamptz '2026-01-01', null, 41, null),"
             " row('outage', 1, timestamptz '2026-01-01', null, 42, null),"
             " row('waiver', 1, timestamptz '2026-01-02', null, 43, null)]::evidence[]"
             " from (select date_trunc('hour', now()) - interval '6 h') n (h)");
}

static const char *verdict_path(const char *estate)
{
    static char path[160];
    char time[BASE_TIME_TEXT];
    int64_t hour = base_clock_now_us() / INT64_C(3600000000) * INT64_C(3600000000);
    snprintf(path, sizeof path, "/api/verdicts/%s/7/38/%s", estate,
             base_time_out(hour - 6 * INT64_C(3600000000), time));
    return path;
}

/* --- verdicts --- */

static const struct base_json *piece(const struct base_json *json, size_t at)
{
    const struct base_json *versions = base_json_in_get(json, "versions");
    return base_json_in_at(base_json_in_get(base_json_in_at(versions, 0), "evidence"), at);
}

static void a_verdict_shows_what_it_rests_on(void **state)
{
    (void)state;
    double number = 0;
    WRITE_EXPECT(200, get(verdict_path("1"), company));
    AUTO(base_json) json = test_json(&answer);
    const struct base_json *versions = base_json_in_get(json, "versions");
    assert_int_equal(base_json_in_size(versions), 2);
    assert_string_equal(test_text(base_json_in_at(versions, 1), "reason"), "no_evidence");
    const struct base_json *met = base_json_in_at(versions, 0);
    assert_int_equal(test_i64(met, "formula_version"), 2);
    assert_int_equal(test_i64(met, "blind_s"), 3600);
    assert_true(base_json_in_f64(base_json_in_get(met, "needed"), &number) && number == 1);
    assert_int_equal(base_json_in_size(base_json_in_get(met, "evidence")), 6);
    assert_string_equal(test_text(piece(json, 0), "what"), "pass");
    assert_string_equal(test_text(piece(json, 0), "label"), "巡逻1组");
    assert_int_equal(test_i64(piece(json, 0), "fixes"), 31);
    assert_true(base_json_in_f64(base_json_in_get(piece(json, 0), "nearest_m"), &number) && number == 4.2);
    assert_string_equal(test_text(piece(json, 1), "kind"), "checkpoint");
    assert_string_equal(test_text(piece(json, 1), "label"), "巡逻1组");
    assert_true(base_json_in_f64(base_json_in_get(piece(json, 2), "share"), &number) && number == 0.75);
    assert_string_equal(test_text(piece(json, 3), "cause"), "silent");
    assert_string_equal(test_text(piece(json, 4), "scope"), "source");
    assert_string_equal(test_text(piece(json, 5), "reason"), "雨");
    assert_null(strstr(answer.body.at, "c4ca4238")); /* no pseudonym */
    assert_string_equal(test_sql(on.pg, "select count(*) from audit where layer = 'passes' and actor = 'company'"),
                        "1");
}

static void whose_sign_it_was_is_not_everybody_s(void **state)
{
    (void)state;
    WRITE_EXPECT(200, get(verdict_path("1"), committee));
    AUTO(base_json) json = test_json(&answer);
    assert_null(base_json_in_get(piece(json, 0), "label"));
    assert_string_equal(test_text(piece(json, 0), "subject_type"), "guard");
    assert_null(base_json_in_get(piece(json, 3), "cause")); /* a tracker is a unit's */
    assert_string_equal(test_text(piece(json, 4), "cause"), "connection");
    assert_null(strstr(answer.body.at, "巡逻1组"));
    test_sql(on.pg, "update token set purpose = null where name = 'district'; select pg_notify('hutong_access', '')");
    int64_t end = base_clock_mono_us() + 15000000;
    do {
        WRITE_EXPECT(200, get(verdict_path("1"), district));
    } while (!strstr(answer.body.at, "purpose_needed") && base_clock_mono_us() < end);
    assert_null(strstr(answer.body.at, "巡逻1组"));
    assert_non_null(strstr(answer.body.at, "\"purpose_needed\":true"));
    WRITE_EXPECT(403, get(verdict_path("1"), planner));
    WRITE_EXPECT(401, get(verdict_path("1"), ""));
    WRITE_EXPECT(404, get(verdict_path("2"), company));
    WRITE_EXPECT(404, get(verdict_path("x"), company));
    WRITE_EXPECT(404, get("/api/verdicts/1/7/38/yesterday", company));
}

/* --- windows --- */

static void windows_page_by_page(void **state)
{
    (void)state;
    char path[600] = "/api/windows?limit=3&to=2099-01-01T00:00:00Z&from=2098-12-01T00:00:00Z";
    WRITE_EXPECT(200, get(path, company));
    assert_non_null(strstr(answer.body.at, "\"windows\":[]"));
    char from[BASE_TIME_TEXT], to[BASE_TIME_TEXT], states[200] = "";
    int64_t now = base_clock_now_us(), day = INT64_C(86400000000);
    snprintf(path, sizeof path, "/api/windows?limit=3&from=%s&to=%s", base_time_out(now - day, from),
             base_time_out(now + day, to));
    size_t pages = 0, rows = 0;
    while (*path) {
        WRITE_EXPECT(200, get(path, company));
        AUTO(base_json) json = test_json(&answer);
        const struct base_json *list = base_json_in_get(json, "windows");
        for (size_t i = 0; i < base_json_in_size(list); i++, rows++) {
            const struct base_json *window = base_json_in_at(list, i);
            snprintf(states + strlen(states), sizeof states - strlen(states), "%s ", test_text(window, "state"));
            assert_int_equal(test_i64(window, "estate_id"), 1);
            assert_string_equal(test_text(window, "duty_name"), "夜巡<b>");
            assert_string_equal(test_text(window, "place_name"), "A38");
        }
        const struct base_json *next = base_json_in_at(base_json_in_get(json, "links"), 0);
        snprintf(path, sizeof path, "%s", next ? test_text(next, "href") : "");
        pages++;
    }
    assert_int_equal(rows, 7);
    assert_int_equal(pages, 3);
    assert_string_equal(states, "pending open waived unknown missed met met ");
}

/* The places of all windows between two years, each as "kind:name/English name ". */
static void names_between(const char *from, const char *to, size_t size, char *ret_names)
{
    char path[200];
    snprintf(path, sizeof path, "/api/windows?from=%s-01-01T00:00:00Z&to=%s-01-01T00:00:00Z", from, to);
    WRITE_EXPECT(200, get(path, company));
    AUTO(base_json) json = test_json(&answer);
    const struct base_json *list = base_json_in_get(json, "windows");
    *ret_names = 0;
    for (size_t i = 0; i < base_json_in_size(list); i++) {
        const struct base_json *window = base_json_in_at(list, i);
        snprintf(ret_names + strlen(ret_names), size - strlen(ret_names), "%s:%s/%s ", test_text(window, "place_kind"),
                 test_text(window, "place_name"), test_text(window, "place_name_en"));
    }
}

/* Each kind of place has the name of its own table, also where another kind has the same number; devices have none. */
static void places_in_both_languages(void **state)
{
    (void)state;
    char names[400];
    test_sql(on.pg, "insert into duty_window (estate_id, t_from, duty_id, place_id, duty_version, place_kind, t_to,"
                    " due_at) select 1, timestamptz '2031-01-01' - n * interval '1 day', 7, 990001, 1,"
                    " k::duty_subject, '2031-01-02', '2031-01-02' from unnest('{building,entrance,checkpoint,route,"
                    "zone,facility,camera,bin}'::text[]) with ordinality u (k, n)");
    names_between("2030", "2031", sizeof names, names);
    assert_string_equal(names, "building:(none)/(none) entrance:(none)/(none) checkpoint:(none)/(none)"
                               " route:(none)/(none) zone:(none)/(none) facility:(none)/(none)"
                               " camera:(none)/(none) bin:(none)/(none) ");
    test_sql(on.pg,
             "insert into building (estate_id, id, dataset, key, codes, name_en, levels, levels_source, height_m,"
             " height_source, area_m2, lon, lat, geom) overriding system value select 1, 990001, 'n', 'n', '{B7}',"
             " 'Tower 7', 1, levels_source, 3, height_source, area_m2, lon, lat, geom from building where id = 38");
    test_sql(on.pg,
             "insert into zone (estate_id, id, dataset, key, kind, name, name_en, geom) overriding system value"
             " select 1, 990001, 'n', 'n', 'sanitation', '东园', 'East garden', geom from building where id = 38");
    names_between("2030", "2031", sizeof names, names);
    assert_string_equal(names, "building:B7/Tower 7 entrance:(none)/(none) checkpoint:(none)/(none)"
                               " route:(none)/(none) zone:东园/East garden facility:(none)/(none)"
                               " camera:(none)/(none) bin:(none)/(none) ");
}

static void windows_by_what_is_asked(void **state)
{
    (void)state;
    static const struct {
        const char *query;
        int rows;
    } asked[] = {{"verdict=met", 2},
                 {"verdict=open", 1},
                 {"verdict=pending", 0},
                 {"estate=1", 6},
                 {"estate=2", 0},
                 {"duty=7", 6},
                 {"duty=8", 0},
                 {"place_kind=building", 6},
                 {"place_kind=zone", 0},
                 {"place=38", 6},
                 {"organisation=9", 6},
                 {"organisation=10", 0},
                 {"estate=1&verdict=missed", 1}};
    for (size_t i = 0; i < BASE_COUNT(asked); i++) {
        char path[200];
        snprintf(path, sizeof path, "/api/windows?%s", asked[i].query);
        WRITE_EXPECT(200, get(path, company));
        AUTO(base_json) json = test_json(&answer);
        if (base_json_in_size(base_json_in_get(json, "windows")) != (size_t)asked[i].rows) {
            fail_msg("%s: %s", asked[i].query, answer.body.at);
        }
    }
    static const char *const wrong[] = {"verdict=good",     "estate=a",
                                        "place_kind=house", "limit=1001",
                                        "after=1-2",        "from=2026-01-01T00:00:00Z&to=2025-01-01T00:00:00Z",
                                        "who=me",           "from=soon"};
    for (size_t i = 0; i < BASE_COUNT(wrong); i++) {
        char path[200];
        snprintf(path, sizeof path, "/api/windows?%s", wrong[i]);
        WRITE_EXPECT(400, get(path, company));
    }
    WRITE_EXPECT(403, get("/api/windows", planner));
    WRITE_EXPECT(401, get("/api/windows", ""));
}

/* "2 of 3 met": what is unknown or waived is in neither part of the rate, and nothing is divided by nothing. */
static void a_summary_has_its_denominator(void **state)
{
    (void)state;
    char path[300], from[BASE_TIME_TEXT], to[BASE_TIME_TEXT];
    int64_t now = base_clock_now_us(), day = INT64_C(86400000000);
    snprintf(path, sizeof path, "/api/windows/summary?estate=1&from=%s&to=%s", base_time_out(now - day, from),
             base_time_out(now + day, to));
    WRITE_EXPECT(200, get(path, company));
    assert_non_null(strstr(answer.body.at, "\"total\":{\"due\":5,\"met\":2,\"missed\":1,\"unknown\":1,\"waived\":1,"
                                           "\"pending\":1,\"open\":1,\"rate\":{\"value\":0.6667,\"of\":3},"
                                           "\"rate_with_waived\":{\"value\":0.75,\"of\":4}}"));
    assert_non_null(strstr(answer.body.at, "\"id\":7,\"name\":\"夜巡<b>\""));
    snprintf(path, sizeof path, "/api/windows/summary?by=organisation");
    WRITE_EXPECT(200, get(path, company));
    assert_non_null(strstr(answer.body.at, "\"name\":\"松源\",\"due\":5"));
    WRITE_EXPECT(200, get("/api/windows/summary?by=place_kind", company));
    assert_non_null(strstr(answer.body.at, "\"place_kind\":\"building\",\"due\":5"));
    WRITE_EXPECT(200, get("/api/windows/summary?estate=2", company)); /* foreign: as if nothing were there */
    assert_non_null(strstr(answer.body.at, "\"due\":0"));
    assert_non_null(strstr(answer.body.at, "\"rate\":{\"value\":null,\"of\":0}"));
    assert_non_null(strstr(answer.body.at, "\"groups\":[]"));
    WRITE_EXPECT(400, get("/api/windows/summary?by=colour", company));
}

static void outages_as_each_may_see_them(void **state)
{
    (void)state;
    WRITE_EXPECT(200, get("/api/outages", company));
    assert_non_null(strstr(answer.body.at, "\"scope\":\"tracker\""));
    assert_non_null(strstr(answer.body.at, "\"scope\":\"source\""));
    WRITE_EXPECT(200, get("/api/outages", committee));
    assert_null(strstr(answer.body.at, "\"scope\":\"tracker\""));
    assert_non_null(strstr(answer.body.at, "\"scope\":\"source\""));
    /* It turned out otherwise. */
    test_sql(on.pg,
             "insert into outage (estate_id, recorded_at, id, scope, source_id, t_from, t_to, cause, void)"
             " overriding system value select estate_id, '2026-01-03', 50, scope, source_id, t_from, t_to, cause,"
             " true from outage where id = 42");
    WRITE_EXPECT(200, get("/api/outages", committee));
    assert_null(strstr(answer.body.at, "\"scope\":\"source\""));
    WRITE_EXPECT(403, get("/api/outages", planner));
}

static int open_all(void **state)
{
    (void)state;
    write_open((struct api_config){.port = 0});
    fill(on.pg);
    fill_verdict(on.pg);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_verdict_shows_what_it_rests_on),
        cmocka_unit_test(whose_sign_it_was_is_not_everybody_s),
        cmocka_unit_test(windows_page_by_page),
        cmocka_unit_test(windows_by_what_is_asked),
        cmocka_unit_test(places_in_both_languages),
        cmocka_unit_test(a_summary_has_its_denominator),
        cmocka_unit_test(outages_as_each_may_see_them),
    };
    return cmocka_run_group_tests(tests, open_all, write_close);
}
