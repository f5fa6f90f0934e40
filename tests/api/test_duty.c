/* Duties over HTTP: made, read, changed, ended; who may, and what is refused. */
#include "api/write_kit.h"

#define DUTY(more)                                                                                                   \
    "{\"subject_kind\":\"building\",\"schedule\":\"every 2h, 22:00-06:00 1h\",\"proof\":\"pass\",\"subject_types\":" \
    "[\"guard\"]" more "}"

static void a_duty_s_life(void **state)
{
    (void)state;
    char path[64], tag[64];
    static const char body[] = DUTY(",\"estate_id\":1,\"key\":\"night\",\"name\":\"夜巡 <i>'; drop table duty; --\"");
    WRITE_EXPECT(201, ask("POST", "/api/duties", street, body));
    noted(path, tag);
    assert_string_equal(tag, "\"1\"");
    AUTO(base_json) json = test_json(&answer);
    assert_string_equal(test_text(json, "name"), "夜巡 <i>'; drop table duty; --");
    assert_int_equal(test_i64(json, "grace_s"), 600);
    /* The same again is the same duty; another of its key is a mistake. */
    WRITE_EXPECT(200, ask("POST", "/api/duties", street, body));
    assert_string_equal(test_header(&answer, "ETag"), "\"1\"");
    WRITE_EXPECT(409, ask("POST", "/api/duties", street, DUTY(",\"estate_id\":1,\"key\":\"night\",\"name\":\"x\"")));
    assert_string_equal(test_sql(on.pg, "select count(*) from duty where key = 'night'"), "1");
    WRITE_EXPECT(428, ask("PUT", path, street, DUTY(",\"name\":\"n\"")));
    WRITE_EXPECT(412, match("PUT", path, street, "\"7\"", DUTY(",\"name\":\"n\"")));
    WRITE_EXPECT(200, match("PUT", path, street, tag, DUTY(",\"name\":\"n\",\"count\":2,\"radius_m\":12.5")));
    assert_string_equal(test_header(&answer, "ETag"), "\"2\"");
    assert_string_equal(test_sql(on.pg,
                                 "select string_agg(version || ' ' || (valid_to is null), ', ' order by version) from"
                                 " duty where key = 'night'"),
                        "1 false, 2 true");
    WRITE_EXPECT(412, match("PUT", path, street, tag, DUTY(",\"name\":\"m\"")));
    WRITE_EXPECT(200, ask("GET", path, committee, NULL));
    assert_non_null(strstr(answer.body.at, "\"radius_m\":12.5"));
    WRITE_EXPECT(200, ask("GET", "/api/duties?estate=1", committee, NULL));
    assert_non_null(strstr(answer.body.at, "\"key\":\"night\""));
    WRITE_EXPECT(200, ask("GET", "/api/duties?estate=2", committee, NULL));
    assert_non_null(strstr(answer.body.at, "\"duties\":[]"));
    WRITE_EXPECT(428, ask("DELETE", path, street, NULL));
    WRITE_EXPECT(412, match("DELETE", path, street, tag, NULL));
    WRITE_EXPECT(204, match("DELETE", path, street, "\"2\"", NULL));
    WRITE_EXPECT(412, match("DELETE", path, street, "\"2\"", NULL));
    WRITE_EXPECT(200, ask("GET", "/api/duties?estate=1", committee, NULL));
    assert_null(strstr(answer.body.at, "\"key\":\"night\""));
    assert_string_equal(test_sql(on.pg,
                                 "select string_agg(action || ' ' || actor || ' ' || (note ~ '^duty \\d+ version \\d'),"
                                 " ', ' order by id) from audit where action like '% duty' and estate_id = 1"),
                        "make duty street true, make duty street true, change duty street true, end duty street true");
}

static void a_company_does_not_set_its_own_duties(void **state)
{
    (void)state;
    static const char body[] = DUTY(",\"estate_id\":1,\"key\":\"k\",\"name\":\"n\"");
    WRITE_EXPECT(403, ask("POST", "/api/duties", company, body));
    WRITE_EXPECT(403, ask("POST", "/api/duties", committee, body));
    WRITE_EXPECT(403, ask("POST", "/api/duties", planner, body));
    WRITE_EXPECT(401, ask("POST", "/api/duties", "", body));
    WRITE_EXPECT(404, ask("POST", "/api/duties", street, DUTY(",\"estate_id\":2,\"key\":\"k\",\"name\":\"n\"")));
    WRITE_EXPECT(404, match("DELETE", "/api/duties/2/8", street, "*", NULL));
    WRITE_EXPECT(404, match("DELETE", "/api/duties/1/8", street, "*", NULL));
    WRITE_EXPECT(404, ask("GET", "/api/duties/2/8", committee, NULL));
    WRITE_EXPECT(403, match("DELETE", "/api/duties/1/7", company, "*", NULL));
}

static void what_cannot_be(void **state)
{
    (void)state;
    static const struct write_wrong wrong[] = {
        {DUTY(",\"key\":\"k\",\"name\":\"n\""), "estate_id"},
        {DUTY(",\"estate_id\":1,\"name\":\"n\""), "key"},
        {DUTY(",\"estate_id\":1,\"key\":\"k\""), "name"},
        {DUTY(",\"estate_id\":1,\"key\":\"k\",\"name\":7"), "name"},
        {DUTY(",\"estate_id\":1,\"key\":\"k\",\"name\":\"n\",\"count\":\"2\""), "count"},
        {DUTY(",\"estate_id\":1,\"key\":\"k\",\"name\":\"n\",\"count\":0"), "count"},
        {DUTY(",\"estate_id\":1,\"key\":\"k\",\"name\":\"n\",\"count\":1.5"), "count"},
        {DUTY(",\"estate_id\":1,\"key\":\"k\",\"name\":\"n\",\"tool\":\"yes\""), "tool"},
        {DUTY(",\"estate_id\":1,\"key\":\"k\",\"name\":\"n\",\"grace_s\":60"), "grace_s"},
        {DUTY(",\"estate_id\":1,\"key\":\"k\",\"name\":\"n\",\"organisation\":\"nobody\""), "organisation"},
        {DUTY(",\"estate_id\":1,\"key\":\"k\",\"name\":\"n\",\"subject_id\":39"), "subject_id"},
        {DUTY(",\"estate_id\":1,\"key\":\"k\",\"name\":\"n\",\"subject_filter\":\"colour = 'red'\""), "subject_filter"},
        {DUTY(",\"estate_id\":1,\"key\":\"k\",\"name\":\"n\",\"price\":1"), "price"},
        {"{\"estate_id\":1,\"key\":\"k\",\"name\":\"n\",\"subject_kind\":\"building\",\"schedule\":\"now and then\","
         "\"proof\":\"pass\"}",
         "schedule"},
        {"{\"estate_id\":1,\"key\":\"k\",\"name\":\"n\",\"subject_kind\":\"building\",\"schedule\":\"every 2h\","
         "\"proof\":\"fill\"}",
         "proof"},
    };
    write_refuse("/api/duties", street, wrong, BASE_COUNT(wrong));
    assert_string_equal(test_sql(on.pg, "select count(*) from duty where key = 'k'"), "0");
}

/* A week of 12 hourly windows a day and 8 of two hours, at estate 1's twenty buildings; nothing of it stays. */
static void a_preview_stores_nothing(void **state)
{
    (void)state;
    WRITE_EXPECT(200, ask("POST", "/api/duties/preview?days=2", street, DUTY(",\"estate_id\":1,\"name\":\"n\"")));
    AUTO(base_json) json = test_json(&answer);
    assert_int_equal(test_i64(json, "places"), 20);
    assert_in_range(test_i64(json, "count"), 31, 33); /* two days of 8 + 8, cut at this moment */
    assert_int_equal(base_json_in_size(base_json_in_get(json, "windows")), test_i64(json, "count"));
    assert_string_equal(test_sql(on.pg, "select count(*) from duty where key like 'preview%'"), "0");
    WRITE_EXPECT(200, ask("GET", "/api/duties/1/7/preview", committee, NULL));
    AUTO(base_json) week = test_json(&answer);
    assert_in_range(test_i64(week, "count"), 83, 85); /* every 2 h */
    WRITE_EXPECT(400, ask("GET", "/api/duties/1/7/preview?days=99", committee, NULL));
    WRITE_EXPECT(404, ask("GET", "/api/duties/2/8/preview", committee, NULL));
    WRITE_EXPECT(403, ask("POST", "/api/duties/preview", company, DUTY(",\"estate_id\":1,\"name\":\"n\"")));
    WRITE_EXPECT(422, ask("POST", "/api/duties/preview", street, DUTY(",\"estate_id\":1,\"name\":\"n\",\"count\":0")));
    write_field(&answer, "count");
}

static void who_answers_for_a_building(void **state)
{
    (void)state;
    test_sql(on.pg, "insert into responsibility (estate_id, building_id, kind, label, valid_from) values"
                    " (1, 38, 'steward', '楼长 <b>', '2026-01-01'), (2, 39, 'steward', '别人', '2026-01-01')");
    test_sql(on.pg, "update building set valid_from = '2025-01-01'");
    WRITE_EXPECT(200, ask("GET", "/api/buildings/38/responsible", committee, NULL));
    assert_non_null(strstr(answer.body.at, "楼长 <b>"));
    WRITE_EXPECT(200, ask("GET", "/api/buildings/38/responsible?at=2025-12-31T00:00:00Z", committee, NULL));
    assert_null(strstr(answer.body.at, "楼长"));
    WRITE_EXPECT(404, ask("GET", "/api/buildings/39/responsible", committee, NULL));
    WRITE_EXPECT(400, ask("GET", "/api/buildings/38/responsible?at=then", committee, NULL));
}

static void of_several_at_once_one_wins(void **state)
{
    (void)state;
    char path[64], tag[64];
    static const char *const bodies[WRITE_RACERS] = {DUTY(",\"name\":\"1\""), DUTY(",\"name\":\"2\""),
                                                     DUTY(",\"name\":\"3\""), DUTY(",\"name\":\"4\""),
                                                     DUTY(",\"name\":\"5\""), DUTY(",\"name\":\"6\"")};
    WRITE_EXPECT(201, ask("POST", "/api/duties", street, DUTY(",\"estate_id\":1,\"key\":\"race\",\"name\":\"n\"")));
    noted(path, tag);
    write_race(path, street, tag, bodies);
    assert_string_equal(test_sql(on.pg, "select max(version) from duty where key = 'race'"), "2");
}

static int open_all(void **state)
{
    (void)state;
    write_open((struct api_config){.port = 0});
    test_sql(on.pg, "insert into duty (estate_id, id, key, name, subject_kind, schedule, proof) values"
                    " (1, 7, 'other', '夜巡', 'building', 'every 2h', 'pass'), (2, 8, 'o', '夜巡', 'building', 'every "
                    "2h', 'pass')");
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_duty_s_life),
        cmocka_unit_test(a_company_does_not_set_its_own_duties),
        cmocka_unit_test(what_cannot_be),
        cmocka_unit_test(a_preview_stores_nothing),
        cmocka_unit_test(who_answers_for_a_building),
        cmocka_unit_test(of_several_at_once_one_wins),
    };
    return cmocka_run_group_tests(tests, open_all, write_close);
}
