/* Dossiers and indicators: what a building owes and what happened there, by numbers that are counted here by hand; as
 * it was known at a moment; before and after a date; of many buildings at once; and as far as each caller may see. */
#include "api/write_kit.h"

#include <math.h>

#define OWN "/api/buildings/38/dossier"
#define PERIOD "to=2026-04-30T00:00:00Z&from=2026-03-31T00:00:00Z"

/* Thirty days that ended on 30 April 2026, before anything else that the kit made. Passes, two of which overlap;
 * windows that were met (4), missed (1), unknown (1), waived (1) and never decided (1); four incidents, two of them of
 * one kind. */
static void fill_period(PGconn *pg)
{
    test_sql(pg, "create table duty_window_all partition of duty_window default");
    test_sql(pg, "create table verdict_all partition of verdict default");
    test_sql(pg, "create table incident_step_all partition of incident_step default");
    test_sql(pg, "update building set dwellings = 50, year_built = 1987, valid_from = '2020-01-01'");
    test_sql(pg, "update device set valid_from = '2020-01-01'");
    test_sql(
        pg, "insert into pass (estate_id, t_event, subject, place_kind, place_id, t_to, subject_type, nearest_m, fixes,"
            " version, void, recorded_at) select 1, t_from::timestamptz, md5(who)::uuid, 'building', 38,"
            " t_to::timestamptz, 'guard', 2, 3, version, void, t_to::timestamptz from (values"
            " ('2026-04-02T00:00Z', '2026-04-02T01:00Z', 'a', 1, false),"
            " ('2026-04-02T00:30Z', '2026-04-02T03:00Z', 'b', 1, false),"
            " ('2026-04-12T03:00Z', '2026-04-12T04:00Z', 'a', 1, false),"
            " ('2026-04-07T00:00Z', '2026-04-07T01:00Z', 'c', 1, false),"
            " ('2026-04-07T00:00Z', '2026-04-07T01:00Z', 'c', 2, true),"
            " ('2026-04-21T12:00Z', '2026-04-21T13:00Z', 'a', 1, false)) v (t_from, t_to, who, version, void)");
    test_sql(
        pg, "insert into duty (estate_id, id, key, name, subject_kind, schedule, proof, valid_from, recorded_at) values"
            " (1, 7, 'night', '夜巡', 'building', 'every 1h', 'pass', '2026-01-01', '2026-01-01')");
    test_sql(pg,
             "insert into duty_window (estate_id, t_from, duty_id, place_id, duty_version, place_kind, t_to, due_at, "
             "verdict)"
             " select 1, timestamptz '2026-04-10T00:00Z' + n * interval '1 day', 7, 38, 1, 'building',"
             " timestamptz '2026-04-10T01:00Z' + n * interval '1 day', '2026-05-01', v::verdict_kind from (values"
             " (0, 'met'), (1, 'met'), (2, 'met'), (3, 'missed'), (4, 'unknown'), (5, 'waived'), (6, null), (8, 'met'))"
             " w (n, v)");
    test_sql(pg,
             "insert into verdict (estate_id, t_from, duty_id, place_id, verdict, reason, found, best, needed, formula,"
             " formula_version, recorded_at) select estate_id, t_from, duty_id, place_id, verdict, 'proven', 1, 1, 1, "
             "'pass',"
             " 1, t_to + interval '1 h' from duty_window where verdict is not null");
}

static void fill_incidents(PGconn *pg)
{
    test_sql(
        pg,
        "insert into incident (estate_id, id, state, origin, category, severity, policy_id, policy_version, "
        "building_id,"
        " title, drill, t_event, reported_at, state_at, closed_at) select 1, id, state::incident_state, 'call', "
        "category,"
        " 'small', (select p.id from sla_policy p where key = 'small'), 1, 38, 'incident ' || id, drill,"
        " reported::timestamptz, reported::timestamptz, coalesce(closed, reported)::timestamptz, closed::timestamptz"
        " from (values (101, 'closed', 'smoke', false, '2026-04-01T00:00Z', '2026-04-02T00:00Z'),"
        " (102, 'closed', 'smoke', false, '2026-04-11T00:00Z', '2026-04-12T00:00Z'),"
        " (103, 'filed', 'other', false, '2026-04-16T00:00Z', null),"
        " (104, 'merged', 'other', false, '2026-04-17T00:00Z', '2026-04-17T00:00Z'),"
        " (105, 'filed', 'smoke', true, '2026-04-18T00:00Z', null)) v (id, state, category, drill, reported, closed)");
    test_sql(
        pg,
        "insert into incident_step (estate_id, incident_id, step, state, at, recorded_at) select estate_id, id, s.step,"
        " s.state::incident_state, s.at, s.at from incident i cross join lateral (values ('report', 'reported', "
        "i.reported_at),"
        " (i.state::text, i.state::text, i.state_at)) s (step, state, at) order by s.at");
}

static const struct base_json *indicator(const struct base_json *dossier, const char *name)
{
    const struct base_json *found = base_json_in_get(base_json_in_get(dossier, "indicators"), name);
    assert_non_null(found);
    return found;
}

static double number(const struct base_json *object, const char *name)
{
    double value = NAN;
    const struct base_json *member = base_json_in_get(object, name);
    assert_non_null(member);
    return base_json_in_is_null(member) || !base_json_in_f64(member, &value) ? NAN : value;
}

static void expect(const struct base_json *object, const char *name, double wanted)
{
    double got = number(object, name);
    if (!(isnan(wanted) ? isnan(got) : fabs(got - wanted) < 1e-4)) {
        fail_msg("%s is %f, not %f", name, got, wanted);
    }
}

static void the_numbers_are_those_that_were_written(void **state)
{
    (void)state;
    WRITE_EXPECT(200, get(OWN "?" PERIOD, company));
    AUTO(base_json) json = test_json(&answer);
    const double floor_m2 = 400 * 9; /* 1 + 38 % 30 storeys */
    expect(indicator(json, "since_pass"), "value", 8 * 86400 + 11 * 3600);
    expect(indicator(json, "longest_gap"), "value", 10 * 86400); /* the pass of the 7th was found to be none */
    expect(indicator(json, "duty_rate"), "value", 4 / 5.0);
    expect(indicator(json, "duty_rate"), "denominator", 5);
    expect(indicator(json, "duty_rate_with_waived"), "value", 5 / 6.0);
    expect(indicator(json, "incidents"), "value", 3);
    expect(indicator(json, "incidents_per_100_dwellings"), "value", 6);
    expect(indicator(json, "incidents_per_1000_m2"), "value", 3 / (floor_m2 / 1000 * 30 / (365.25 / 12)));
    expect(indicator(json, "recurrence"), "numerator", 1);
    expect(indicator(json, "recurrence"), "denominator", 1); /* the other's thirty days are not over */
    const struct base_json *duty = base_json_in_at(base_json_in_get(json, "duties"), 0);
    assert_int_equal(test_i64(duty, "unknown"), 1);
    assert_int_equal(test_i64(duty, "waived"), 1);
    assert_int_equal(test_i64(duty, "undecided"), 1);
    assert_string_equal(test_text(base_json_in_get(duty, "newest"), "verdict"), "met");
    const struct base_json *open = base_json_in_get(base_json_in_get(json, "incidents"), "open");
    assert_int_equal(base_json_in_size(open), 1);
    assert_int_equal(test_i64(base_json_in_at(open, 0), "id"), 103);
    assert_int_equal(base_json_in_size(base_json_in_get(base_json_in_get(json, "incidents"), "reported")), 3);
}

/* Every link leads to a list that this caller may read. */
static void follow(const char *text, size_t *count)
{
    for (const char *at = text; (at = strstr(at, "\"evidence\":\"")); (*count)++) {
        char href[400];
        at += strlen("\"evidence\":\"");
        snprintf(href, sizeof href, "%.*s", (int)strcspn(at, "\""), at);
        AUTO_VALUE(test_answer) shown;
        if (test_get(on.port, href, company, &shown) != 200) {
            fail_msg("%s: %d: %s", href, shown.status, shown.body.at);
        }
    }
}

static void every_number_leads_to_what_shows_it(void **state)
{
    (void)state;
    size_t count = 0;
    test_sql(on.pg, "create table outage_all partition of outage default");
    test_sql(on.pg, "create table waiver_all partition of waiver default");
    test_sql(on.pg, "create table coverage_all partition of coverage default");
    WRITE_EXPECT(200, get(OWN "?" PERIOD, company));
    char *text = strndup(answer.body.at, answer.body.len);
    assert_non_null(text);
    follow(text, &count);
    free(text);
    assert_true(count >= 12);
}

/* In estate 1 are twenty buildings, all of the same kind and age. */
static void peers_are_many_or_none(void **state)
{
    (void)state;
    WRITE_EXPECT(200, get(OWN "?" PERIOD, company));
    AUTO(base_json) json = test_json(&answer);
    const struct base_json *peers = base_json_in_get(json, "peers");
    const struct base_json *rate = base_json_in_get(peers, "incidents_per_100_dwellings");
    assert_int_equal(test_i64(peers, "decade"), 1980);
    assert_int_equal(test_i64(rate, "rank"), 1);
    assert_int_equal(test_i64(rate, "peers"), 19);
    expect(rate, "median", 0);
    test_sql(on.pg, "update building set year_built = 1999 where id in (38, 36, 34, 32, 30)");
    WRITE_EXPECT(200, get(OWN "?" PERIOD, company));
    AUTO(base_json) few = test_json(&answer);
    assert_int_equal(base_json_in_size(base_json_in_get(few, "peers")), 0); /* four others */
    test_sql(on.pg, "update building set year_built = 1987");
}

static char *kept(void)
{
    char *text = strndup(answer.body.at, answer.body.len);
    assert_non_null(text);
    return text;
}

static void change_everything(void)
{
    test_sql(
        on.pg,
        "insert into pass (estate_id, t_event, subject, place_kind, place_id, t_to, subject_type, nearest_m, fixes)"
        " values (1, '2026-04-25T00:00Z', md5('late')::uuid, 'building', 38, '2026-04-25T01:00Z', 'guard', 2, 3),"
        " (1, now(), md5('new')::uuid, 'building', 38, now(), 'guard', 2, 3)");
    test_sql(on.pg,
             "insert into verdict (estate_id, t_from, duty_id, place_id, version, verdict, reason, found, best, needed,"
             " formula, formula_version) select estate_id, t_from, duty_id, place_id, 2, 'waived', 'waived', 1, 1, 1,"
             " 'pass', 1 from verdict where verdict = 'missed'");
    test_sql(on.pg, "update duty_window set verdict = 'waived' where verdict = 'missed'");
    test_sql(on.pg,
             "insert into incident_step (estate_id, incident_id, step, state) values (1, 103, 'reject', 'rejected')");
    test_sql(on.pg, "update incident set state = 'rejected', closed_at = now() where id = 103");
    test_sql(on.pg,
             "insert into incident (estate_id, id, state, origin, category, severity, policy_id, policy_version, "
             "building_id,"
             " title, t_event, reported_at, state_at) select 1, 106, 'reported', 'call', 'other', 'small', id, 1, 38,"
             " 'reported late', '2026-04-20', '2026-04-20', now() from sla_policy where key = 'small'");
    test_sql(on.pg,
             "insert into incident_step (estate_id, incident_id, step, state) values (1, 106, 'report', 'reported')");
    test_sql(
        on.pg,
        "insert into event (estate_id, t_event, dedup, t_recv, t_source, source_id, device_id, kind, phase, severity,"
        " place_method, building_id, building_estate_id) select 1, now() - interval '2 h', gen_random_uuid(), now(),"
        " 'device', 1, 12, 'alarm', 'start', 3, 'registered', 38, 1");
    test_sql(on.pg, "insert into facility (estate_id, dataset, key, kind, name, geom) select 1, 't', 'lamp', 'lamp', "
                    "'new', st_point(lon,"
                    " lat, 4326) from building where id = 38");
    test_sql(on.pg,
             "insert into responsibility (estate_id, building_id, kind, label) values (1, 38, 'steward', 'new')");
}

static void as_of_a_moment_it_is_as_it_was(void **state)
{
    (void)state;
    static const char *const queries[] = {"", PERIOD, "split=2026-04-15T00:00:00Z&to=2026-04-30T00:00:00Z"};
    char path[300], moment[40];
    char *before[BASE_COUNT(queries)];
    test_sql(on.pg, "update building_state s set last_pass_at = (select max(t_to) from pass where place_id = 38)"
                    " where building_id = 38"); /* as ingest would have left it */
    WRITE_EXPECT(200, get(OWN, company));
    char *now_is = kept();
    AUTO(base_json) json = test_json(&answer);
    snprintf(moment, sizeof moment, "%s", test_text(json, "as_of"));
    for (size_t i = 0; i < BASE_COUNT(queries); i++) {
        snprintf(path, sizeof path, OWN "?at=%s&%s", moment, queries[i]);
        WRITE_EXPECT(200, get(path, company));
        before[i] = kept();
    }
    assert_string_equal(before[0], now_is); /* asked without a moment, it names the moment that gives the same */
    free(now_is);
    change_everything();
    for (size_t i = 0; i < BASE_COUNT(queries); i++) {
        snprintf(path, sizeof path, OWN "?at=%s&%s", moment, queries[i]);
        WRITE_EXPECT(200, get(path, company));
        assert_string_equal(answer.body.at, before[i]);
        free(before[i]);
    }
    WRITE_EXPECT(200, get(OWN "?" PERIOD, company)); /* and now it is otherwise */
    AUTO(base_json) changed = test_json(&answer);
    expect(indicator(changed, "duty_rate"), "value", 1);
    expect(indicator(changed, "longest_gap"), "value", 10 * 86400);
    expect(indicator(changed, "since_pass"), "value", 4 * 86400 + 23 * 3600);
    assert_non_null(strstr(answer.body.at, "reported late"));
    assert_non_null(strstr(answer.body.at, "\"lamp\""));
}

static void before_and_after_a_date(void **state)
{
    (void)state;
    WRITE_EXPECT(200, get(OWN "?split=2026-04-15T00:00:00Z&to=2026-04-30T00:00:00Z&at=2026-05-01T00:00:00Z", company));
    AUTO(base_json) json = test_json(&answer);
    assert_string_equal(test_text(base_json_in_get(json, "period"), "from"), "2026-03-31T00:00:00Z");
    const struct base_json *rate = indicator(json, "duty_rate"), *count = indicator(json, "incidents");
    expect(base_json_in_get(rate, "before"), "denominator", 4);
    expect(base_json_in_get(rate, "before"), "value", 0.75);
    expect(base_json_in_get(rate, "after"), "value", 1);
    expect(rate, "change", 0.25);
    expect(base_json_in_get(count, "before"), "value", 2);
    expect(base_json_in_get(count, "after"), "value", 1);
    expect(count, "change", -1);
    expect(base_json_in_get(indicator(json, "recurrence"), "after"), "value", NAN);
    expect(indicator(json, "recurrence"), "change", NAN);
}

static void a_thousand_at_once(void **state)
{
    (void)state;
    AUTO_VALUE(base_buf) body;
    base_buf_init(&body, 1 << 16);
    base_buf_text(&body, "{\"ids\":[38,36,38,39,99");
    for (int i = 5; i < 1000; i++) {
        base_buf_printf(&body, ",%d", 10000 + i);
    }
    base_buf_text(&body, "]}");
    WRITE_EXPECT(200, ask("POST", "/api/buildings/dossiers?" PERIOD, company, base_buf_cstr(&body)));
    AUTO(base_json) json = test_json(&answer);
    const struct base_json *list = base_json_in_get(json, "dossiers");
    assert_int_equal(base_json_in_size(list), 2); /* 39 is another estate's, 99 nobody's: no difference is told */
    assert_int_equal(base_json_in_size(base_json_in_get(json, "missing")), 997);
    assert_int_equal(test_i64(base_json_in_get(base_json_in_at(list, 0), "building"), "id"), 36);
    const struct base_json *own = base_json_in_at(list, 1);
    WRITE_EXPECT(200, get(OWN "?" PERIOD, company));
    AUTO(base_json) single = test_json(&answer);
    static const char *const same[] = {"since_pass", "longest_gap", "duty_rate", "incidents", "recurrence"};
    for (size_t i = 0; i < BASE_COUNT(same); i++) {
        expect(indicator(own, same[i]), "value", number(indicator(single, same[i]), "value"));
    }
    assert_int_equal(base_json_in_size(base_json_in_get(own, "duties")), 1);
    assert_int_equal(base_json_in_size(base_json_in_get(base_json_in_at(list, 0), "duties")), 0);
}

static void bad_batches_are_told_so(void **state)
{
    (void)state;
    static const struct write_wrong wrong[] = {{"{}", "ids"},          {"{\"ids\":[]}", "ids"},
                                               {"{\"ids\":7}", "ids"}, {"{\"ids\":[1,\"2\"]}", "ids"},
                                               {"{\"id\":[1]}", "id"}, {"{\"ids\":[1.5]}", "ids"}};
    AUTO_VALUE(base_buf) body;
    base_buf_init(&body, 1 << 16);
    write_refuse("/api/buildings/dossiers", company, wrong, BASE_COUNT(wrong));
    base_buf_text(&body, "{\"ids\":[1");
    for (int i = 1; i <= 1000; i++) {
        base_buf_printf(&body, ",%d", i);
    }
    base_buf_text(&body, "]}");
    WRITE_EXPECT(422, ask("POST", "/api/buildings/dossiers", company, base_buf_cstr(&body)));
    assert_non_null(strstr(answer.body.at, "1 to 1000"));
    WRITE_EXPECT(405, get("/api/buildings/dossiers", company));
}

static void times_that_cannot_be(void **state)
{
    (void)state;
    static const struct {
        const char *query;
        int status;
    } asked[] = {{"at=0000-01-01T00:00:00Z", 404},
                 {"at=0001-01-01T00:00:00Z", 404},
                 {"at=9999-12-31T23:59:59Z", 400},
                 {"at=yesterday", 400},
                 {"from=9999-12-31T00:00:00Z", 400},
                 {"from=0001-01-01T00:00:00Z", 400},
                 {"to=9999-12-31T00:00:00Z", 400},
                 {"split=9999-12-31T00:00:00Z", 400},
                 {"split=0001-01-01T00:00:00Z", 400},
                 {"split=2026-04-15T00:00:00Z&from=2026-04-01T00:00:00Z", 400},
                 {"to=2026-04-01T00:00:00Z&from=2026-04-01T00:00:00Z", 400},
                 {"at=2026-04-01T00:00:00Z&to=2026-04-02T00:00:00Z", 400},
                 {"when=now", 400}};
    for (size_t i = 0; i < BASE_COUNT(asked); i++) {
        char path[200];
        snprintf(path, sizeof path, OWN "?%s", asked[i].query);
        int status = get(path, company);
        if (status != asked[i].status) {
            fail_msg("%s: %d, not %d: %s", asked[i].query, status, asked[i].status, answer.body.at);
        }
    }
}

static void indicators_page_by_page(void **state)
{
    (void)state;
    char path[300] = "/api/indicators?estate=1&limit=7&" PERIOD;
    size_t buildings = 0, pages = 0;
    for (bool more = true; more; pages++) {
        WRITE_EXPECT(200, get(path, company));
        AUTO(base_json) json = test_json(&answer);
        const struct base_json *links = base_json_in_get(json, "links");
        buildings += base_json_in_size(base_json_in_get(json, "buildings"));
        more = base_json_in_size(links) > 0;
        if (more) {
            snprintf(path, sizeof path, "%s", test_text(base_json_in_at(links, 0), "href"));
        }
    }
    assert_int_equal(buildings, 20);
    assert_int_equal(pages, 3);
    WRITE_EXPECT(200, get("/api/indicators?estate=2", company));
    assert_non_null(strstr(answer.body.at, "\"buildings\":[]"));
    WRITE_EXPECT(200, get("/api/indicators?estate=2", district));
    assert_null(strstr(answer.body.at, "\"buildings\":[]"));
    WRITE_EXPECT(400, get("/api/indicators?limit=1001", company));
}

static void who_may_not_is_not_told(void **state)
{
    (void)state;
    WRITE_EXPECT(200, get(OWN "?" PERIOD, planner)); /* outlines, and counts of now; of the past nothing */
    assert_null(strstr(answer.body.at, "\"indicators\""));
    assert_null(strstr(answer.body.at, "\"duties\""));
    assert_null(strstr(answer.body.at, "\"incidents\""));
    assert_null(strstr(answer.body.at, "\"peers\""));
    WRITE_EXPECT(200, get(OWN "?at=2026-05-01T00:00:00Z", planner));
    assert_null(strstr(answer.body.at, "\"counts\""));
    WRITE_EXPECT(200, get(OWN "?" PERIOD, committee)); /* when, but not who; no devices */
    AUTO(base_json) json = test_json(&answer);
    expect(indicator(json, "incidents"), "value", 3);
    assert_null(base_json_in_get(json, "devices"));
    WRITE_EXPECT(404, get("/api/buildings/39/dossier?" PERIOD, company));
    WRITE_EXPECT(200, get("/api/buildings/39/dossier?" PERIOD, district));
}

static int open_all(void **state)
{
    (void)state;
    write_open((struct api_config){.port = 0});
    fill_period(on.pg);
    fill_incidents(on.pg);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_numbers_are_those_that_were_written),
        cmocka_unit_test(every_number_leads_to_what_shows_it),
        cmocka_unit_test(peers_are_many_or_none),
        cmocka_unit_test(before_and_after_a_date),
        cmocka_unit_test(as_of_a_moment_it_is_as_it_was),
        cmocka_unit_test(a_thousand_at_once),
        cmocka_unit_test(bad_batches_are_told_so),
        cmocka_unit_test(times_that_cannot_be),
        cmocka_unit_test(indicators_page_by_page),
        cmocka_unit_test(who_may_not_is_not_told),
    };
    return cmocka_run_group_tests(tests, open_all, write_close);
}
