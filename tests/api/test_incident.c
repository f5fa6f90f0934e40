/* Reading incidents over HTTP: the list in the order of what breaks next, page by page; one with its steps, clocks and
 * what may be done; categories and policies; and what each caller sees of them. */
#include "api/write_kit.h"

/* Incidents of estate 1 by what breaks next: 12 (over time), 11, 13, then 14 and 15 that no clock runs for; 16 is
 * closed. One of estate 2. The policies are the migration's. */
static void fill(PGconn *pg)
{
    test_sql(pg, "create table incident_step_all partition of incident_step default");
    test_sql(pg,
             "insert into organisation (id, kind, code, name, name_en) values (7, 'site', 'site', '管理处', 'Site')");
    test_sql(pg,
             "insert into incident (estate_id, id, state, origin, category, severity, policy_id, policy_version, level,"
             " organisation_id, building_id, storey, lon, lat, title, drill, t_event, reported_at, state_at, closed_at,"
             " breach_at)"
             " select estate, n, state::incident_state, 'call', category, 'small', p.policy, 1, level, organisation,"
             " building, 3, lon, 31.2, title, n = 13, now(), now(), now(), case when state = 'closed' then now() end,"
             " now() + breach * interval '1 min' from (select id as policy from sla_policy where key ="
             " 'small') p, (values"
             " (1, 11, 'filed', 'smoke', 0, null::bigint, 38::bigint, null::float8, '烟 <b>\"x\"</b>', 5),"
             " (1, 12, 'dispatched', 'bin_overflow', 1, 7, 36, 121.4, 'bin', -2),"
             " (1, 13, 'reported', 'smoke', 0, null, null, null, 'drill', 60),"
             " (1, 14, 'on_site', 'other', 0, null, null, null, 'none runs', null),"
             " (1, 15, 'on_site', 'other', 0, null, null, null, 'none runs either', null),"
             " (1, 16, 'closed', 'other', 0, null, null, null, 'over', null),"
             " (2, 1001, 'filed', 'other', 0, null, 39, null, 'foreign', 1))"
             " v (estate, n, state, category, level, organisation, building, lon, title, breach)");
    test_sql(pg, "insert into clock (estate_id, incident_id, stage, started_at, left_us, warn_us, runs_from, due_at)"
                 " select estate_id, id, s, now(), 1, 0, now(), breach_at + d * interval '1 min' from incident,"
                 " (values ('respond', 7), ('resolve', 0)) v (s, d) where breach_at is not null");
    test_sql(
        pg,
        "insert into incident_step (estate_id, incident_id, step, state, actor, note, detail) values"
        " (1, 11, 'report', 'reported', 'desk', 'smoke at the stairs', null), (1, 11, 'file', 'filed', 'desk', null,"
        " '{\"by\": \"rule\"}')");
}

/* "11 12": the ids of the page. */
static const char *listed(const char *query, const char *who)
{
    static char text[200];
    char path[200];
    size_t len = 0;
    snprintf(path, sizeof path, "/api/incidents%s", query);
    WRITE_EXPECT(200, get(path, who));
    AUTO(base_json) json = test_json(&answer);
    const struct base_json *list = base_json_in_get(json, "incidents");
    text[0] = '\0';
    for (size_t i = 0; i < base_json_in_size(list); i++) {
        len += (size_t)snprintf(text + len, sizeof text - len, "%s%lld", i ? " " : "",
                                (long long)test_i64(base_json_in_at(list, i), "id"));
    }
    return text;
}

static void what_breaks_next_comes_first(void **state)
{
    (void)state;
    assert_string_equal(listed("", street), "12 11 13 14 15");
    assert_string_equal(listed("?estate=1", committee), "12 11 13 14 15");
    assert_string_equal(listed("", district), "12 1001 11 13 14 15");
    assert_string_equal(listed("?estate=2", district), "1001");
    assert_string_equal(listed("?estate=2", street), "");
    assert_string_equal(listed("?state=closed", street), "16");
    assert_string_equal(listed("?state=all", street), "12 11 13 14 15 16");
    assert_string_equal(listed("?state=dispatched", street), "12");
    assert_string_equal(listed("?severity=small&category=smoke", street), "11 13");
    assert_string_equal(listed("?severity=special", street), "");
    assert_string_equal(listed("?level=community", street), "12");
    assert_string_equal(listed("?level=nowhere", street), "");
    assert_string_equal(listed("?building=38", street), "11");
    assert_string_equal(listed("?organisation=7", street), "12");
    assert_string_equal(listed("?drill=true", street), "13");
    assert_string_equal(listed("?drill=false&category=smoke", street), "11");
}

/* Follows the links from page to page; also past rows that have no time to breach. */
static void pages_go_on_where_the_last_one_ended(void **state)
{
    (void)state;
    char query[200] = "?estate=1&limit=2", all[400] = "";
    int pages = 0;
    for (bool more = true; more; pages++) {
        snprintf(all + strlen(all), sizeof all - strlen(all), "%s/", listed(query, street));
        AUTO(base_json) json = test_json(&answer);
        const struct base_json *links = base_json_in_get(json, "links");
        more = base_json_in_size(links) > 0;
        if (more) {
            snprintf(query, sizeof query, "%s", strchr(test_text(base_json_in_at(links, 0), "href"), '?'));
        }
    }
    assert_string_equal(all, "12 11/13 14/15/");
    assert_int_equal(pages, 3);
}

/* What is closed, rejected or merged: the last first; of those closed at once by estate and id, also the last first. */
static void what_was_closed_last_comes_first(void **state)
{
    (void)state;
    static const char *const pages[] = {"1031 33", "32 31", "30 16"};
    char query[200] = "?state=closed&limit=2";
    test_sql(
        on.pg,
        "insert into incident (estate_id, id, state, origin, category, severity, policy_id, policy_version, title,"
        " t_event, reported_at, state_at, closed_at) select e, n, s::incident_state, 'call', 'other', 'small', id, 1,"
        " 'x', now(), now(), now(), now() + m * interval '1 min' from sla_policy, (values (1, 30, 'closed', 1),"
        " (1, 31, 'rejected', 2), (1, 32, 'merged', 2), (1, 33, 'closed', 3), (2, 1031, 'closed', 3)) v (e, n, s, m)"
        " where key = 'small'");
    for (size_t i = 0; i < BASE_COUNT(pages); i++) {
        assert_string_equal(listed(query, district), pages[i]);
        AUTO(base_json) json = test_json(&answer);
        const struct base_json *links = base_json_in_get(json, "links");
        snprintf(query, sizeof query, "%s", strchr(test_text(base_json_in_at(links, 0), "href"), '?'));
    }
    assert_string_equal(listed(query, district), "");
    assert_string_equal(listed("?state=closed", street), "33 32 31 30 16");
    assert_string_equal(listed("?state=closed&estate=2", district), "1031");
    assert_string_equal(listed("?state=rejected", street), "31");
    assert_string_equal(listed("?state=merged", street), "32");
    test_sql(on.pg, "delete from incident where closed_at > now()");
}

static void an_item_says_what_a_screen_needs(void **state)
{
    (void)state;
    listed("?estate=1", street);
    AUTO(base_json) json = test_json(&answer);
    const struct base_json *list = base_json_in_get(json, "incidents");
    const struct base_json *bin = base_json_in_at(list, 0), *smoke = base_json_in_at(list, 1),
                           *none = base_json_in_at(list, 3);
    double lon = 0;
    assert_string_equal(test_text(bin, "category_name"), "垃圾满溢");
    assert_string_equal(test_text(bin, "category_name_en"), "Overflowing bin");
    assert_string_equal(test_text(bin, "level"), "community");
    assert_string_equal(test_text(bin, "organisation"), "管理处");
    assert_string_equal(test_text(bin, "building"), "A36");
    assert_string_equal(test_text(bin, "breach_stage"), "resolve");
    assert_in_range(test_i64(bin, "to_breach_s") + 200, 40, 80); /* two minutes ago */
    assert_in_range(test_i64(smoke, "to_breach_s"), 200, 300);
    assert_int_equal(test_i64(smoke, "storey"), 3);
    assert_true(base_json_in_f64(base_json_in_get(smoke, "lon"), &lon) && lon > 121.41); /* its building's */
    assert_string_equal(test_text(smoke, "title"), "烟 <b>\"x\"</b>");
    assert_true(base_json_in_is_null(base_json_in_get(none, "to_breach_s")));
    assert_null(base_json_in_get(none, "breach_at"));
    assert_string_equal(test_header(&answer, "Content-Type"), "application/json");
    assert_string_equal(test_header(&answer, "X-Content-Type-Options"), "nosniff");
}

static void one_has_its_steps_clocks_and_what_may_be_done(void **state)
{
    (void)state;
    char tag[200];
    WRITE_EXPECT(200, get("/api/incidents/1/11", committee));
    assert_non_null(strstr(answer.body.at, "\"allowed\":[]")); /* it sees, and handles nothing */
    WRITE_EXPECT(200, get("/api/incidents/1/11", company));
    assert_string_equal(test_header(&answer, "ETag"), "\"1\"");
    AUTO(base_json) json = test_json(&answer);
    const struct base_json *steps = base_json_in_get(json, "steps"), *clocks = base_json_in_get(json, "clocks");
    const struct base_json *allowed = base_json_in_get(json, "allowed"), *first = base_json_in_at(allowed, 1);
    bool note = false, runs = false;
    assert_int_equal(base_json_in_size(steps), 2);
    assert_string_equal(test_text(base_json_in_at(steps, 0), "note"), "smoke at the stairs");
    assert_string_equal(test_text(base_json_in_get(base_json_in_at(steps, 1), "detail"), "by"), "rule");
    assert_int_equal(base_json_in_size(clocks), 2);
    assert_string_equal(test_text(base_json_in_at(clocks, 0), "stage"), "resolve");
    assert_true(base_json_in_bool(base_json_in_get(base_json_in_at(clocks, 0), "runs"), &runs) && runs);
    assert_string_equal(test_text(json, "policy"), "small");
    assert_int_equal(base_json_in_size(base_json_in_get(json, "pause_reasons")), 4);
    assert_string_equal(test_text(first, "step"), "comment");
    assert_true(base_json_in_bool(base_json_in_get(first, "note"), &note) && note);
    AUTO_VALUE(base_buf) text;
    base_buf_init(&text, 1000);
    for (size_t i = 0; i < base_json_in_size(allowed); i++) {
        base_buf_printf(&text, "%s ", test_text(base_json_in_at(allowed, i), "step"));
    }
    assert_string_equal(base_buf_cstr(&text),
                        "call_joint comment dispatch escalate merge pause reclassify reject supervise urge ");
    snprintf(tag, sizeof tag, "%sIf-None-Match: \"1\"\r\n", committee);
    WRITE_EXPECT(304, get("/api/incidents/1/11", tag));
    test_sql(on.pg, "update incident set version = 2, level = 3 where id = 11");
    WRITE_EXPECT(200, get("/api/incidents/1/11", tag));
    assert_null(strstr(answer.body.at, "\"escalate\"")); /* nobody is above the district */
    test_sql(on.pg, "update incident set version = 1, level = 0 where id = 11");
}

static void what_is_out_of_sight_is_not_there(void **state)
{
    (void)state;
    static const char *const paths[] = {"/api/incidents/2/1001", "/api/incidents/1/1001", "/api/incidents/1/99999",
                                        "/api/incidents/1/x", "/api/incidents/9/1"};
    for (size_t i = 0; i < BASE_COUNT(paths); i++) {
        WRITE_EXPECT(404, get(paths[i], company));
    }
    WRITE_EXPECT(200, get("/api/incidents/2/1001", district));
    WRITE_EXPECT(403, get("/api/incidents", planner));
    WRITE_EXPECT(403, get("/api/policies", planner));
    WRITE_EXPECT(401, get("/api/incidents/1/11", ""));
}

static void bad_questions_are_told_so(void **state)
{
    (void)state;
    static const char *const queries[] = {"?estates=1", "?state=opened", "?severity=huge", "?estate=x",
                                          "?limit=0",   "?limit=1001",   "?after=1-2",     "?after=a-b-c",
                                          "?drill=1",   "?building=-1"};
    char path[100];
    for (size_t i = 0; i < BASE_COUNT(queries); i++) {
        snprintf(path, sizeof path, "/api/incidents%s", queries[i]);
        WRITE_EXPECT(400, get(path, street));
        assert_string_equal(test_header(&answer, "Content-Type"), "application/problem+json");
    }
    WRITE_EXPECT(400, get("/api/incidents/categories?x=1", street));
    WRITE_EXPECT(400, get("/api/incidents/1/11?x=1", street));
    WRITE_EXPECT(405, ask("DELETE", "/api/incidents/1/11", street, NULL));
}

static void categories_and_policies(void **state)
{
    (void)state;
    WRITE_EXPECT(200, get("/api/incidents/categories", committee));
    assert_non_null(strstr(answer.body.at, "{\"code\":\"smoke\",\"name\":\"烟雾报警\",\"name_en\":\"Smoke alarm\","));
    test_sql(on.pg,
             "insert into sla_policy (key, version, estate_id, category, severity, respond_s, level_s, hours_from,"
             " hours_to, valid_to) values ('own', 1, 1, 'smoke', 'small', 60, '{60,120}', '08:00', '18:30', null),"
             " ('foreign', 1, 2, 'smoke', 'small', 61, '{}', null, null, null),"
             " ('old', 1, null, 'smoke', 'small', 62, '{}', null, null, now())");
    WRITE_EXPECT(200, get("/api/policies", committee));
    assert_non_null(strstr(answer.body.at, "\"level_s\":[60,120]"));
    assert_non_null(strstr(answer.body.at, "\"hours_from\":\"08:00\",\"hours_to\":\"18:30\""));
    assert_non_null(strstr(answer.body.at, "\"pause_reasons\":[\"awaiting_part\",\"weather\""));
    assert_null(strstr(answer.body.at, "\"foreign\""));
    assert_null(strstr(answer.body.at, "\"old\""));
    WRITE_EXPECT(200, get("/api/policies?estate=2", district));
    assert_non_null(strstr(answer.body.at, "\"foreign\""));
    assert_null(strstr(answer.body.at, "\"own\""));
    WRITE_EXPECT(200, get("/api/policies?limit=2", committee));
    assert_non_null(strstr(answer.body.at, "\"rel\":\"next\""));
}

static int open_all(void **state)
{
    (void)state;
    write_open((struct api_config){.port = 0});
    fill(on.pg);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_breaks_next_comes_first),
        cmocka_unit_test(pages_go_on_where_the_last_one_ended),
        cmocka_unit_test(what_was_closed_last_comes_first),
        cmocka_unit_test(an_item_says_what_a_screen_needs),
        cmocka_unit_test(one_has_its_steps_clocks_and_what_may_be_done),
        cmocka_unit_test(what_is_out_of_sight_is_not_there),
        cmocka_unit_test(bad_questions_are_told_so),
        cmocka_unit_test(categories_and_policies),
    };
    return cmocka_run_group_tests(tests, open_all, write_close);
}
