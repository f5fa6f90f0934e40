/* Zones, routes and checkpoints over HTTP: made, read, changed, moved, closed; who may, and what is refused. */
#include "api/write_kit.h"

#define SQUARE                                                                                                     \
    "{\"type\":\"Polygon\",\"coordinates\":[[[121.411,31.201],[121.412,31.201],[121.412,31.202],[121.411,31.202]," \
    "[121.411,31.201]]]}"
#define ZONE(properties) "{\"type\":\"Feature\",\"geometry\":" SQUARE ",\"properties\":{" properties "}}"

static int64_t number(const char *sql)
{
    int64_t value = -1;
    assert_true(base_str_i64(base_str_of(test_sql(on.pg, sql)), &value));
    return value;
}

static void a_zone_s_life(void **state)
{
    (void)state;
    char path[64], tag[64], later[64];
    int64_t version = number("select version from place_version");
    WRITE_EXPECT(201, ask("POST", "/api/zones", company,
                          ZONE("\"estate_id\":1,\"kind\":\"green\",\"name\":\"<b>绿地</b>'; drop table zone\","
                               "\"attributes\":{\"note\":\"\\u0022x\\u0022\",\"trees\":12,\"wet\":false}")));
    noted(path, tag);
    assert_int_equal(number("select version from place_version"), version + 1);
    assert_string_equal(test_sql(on.pg, "select name from zone where dataset = 'api'"),
                        "<b>绿地</b>'; drop table zone");
    WRITE_EXPECT(200, ask("GET", path, committee, NULL));
    assert_string_equal(test_header(&answer, "ETag"), tag);
    AUTO(base_json) json = test_json(&answer);
    const struct base_json *properties = base_json_in_get(json, "properties");
    assert_string_equal(test_text(properties, "name"), "<b>绿地</b>'; drop table zone");
    assert_int_equal(test_i64(base_json_in_get(properties, "attributes"), "trees"), 12);
    /* Without saying which version, or an old one, nothing is changed. */
    WRITE_EXPECT(428, ask("PUT", path, company, ZONE("\"kind\":\"lawn\"")));
    WRITE_EXPECT(412, match("PUT", path, company, "\"0\"", ZONE("\"kind\":\"lawn\"")));
    WRITE_EXPECT(200, match("PUT", path, company, tag, ZONE("\"kind\":\"lawn\"")));
    snprintf(later, sizeof later, "%s", test_header(&answer, "ETag"));
    assert_string_not_equal(later, tag);
    WRITE_EXPECT(412, match("PUT", path, company, tag, ZONE("\"kind\":\"lawn\"")));
    WRITE_EXPECT(428, ask("DELETE", path, company, NULL));
    WRITE_EXPECT(412, match("DELETE", path, company, tag, NULL));
    WRITE_EXPECT(204, match("DELETE", path, company, later, NULL));
    WRITE_EXPECT(404, ask("GET", path, company, NULL));
    WRITE_EXPECT(404, match("DELETE", path, company, later, NULL));
    assert_int_equal(number("select version from place_version"), version + 3);
    assert_string_equal(test_sql(on.pg,
                                 "select string_agg(action || ' ' || actor || ' ' || estate_id, ', ' order by id)"
                                 " from audit where action like '% place'"),
                        "make place company 1, change place company 1, end place company 1");
}

static void a_place_that_comes_to_another_estate_is_opened_anew(void **state)
{
    (void)state;
    char path[64], tag[64];
    WRITE_EXPECT(201, ask("POST", "/api/routes", district,
                          "{\"type\":\"Feature\",\"geometry\":{\"type\":\"LineString\",\"coordinates\":[[121.411,31.2],"
                          "[121.412,31.2]]},\"properties\":{\"estate_id\":1,\"key\":\"r7\",\"name\":\"七\"}}"));
    noted(path, tag);
    /* A company of estate 1 cannot give it to estate 2: it does not know that there is one. */
    static const char moved[] = "{\"type\":\"Feature\",\"geometry\":{\"type\":\"LineString\",\"coordinates\":"
                                "[[121.421,31.2],[121.422,31.2]]},\"properties\":{\"estate_id\":2,\"name\":\"七\"}}";
    WRITE_EXPECT(404, match("PUT", path, company, tag, moved));
    WRITE_EXPECT(200, match("PUT", path, district, tag, moved));
    assert_non_null(strstr(test_header(&answer, "Location"), "/api/routes/2/"));
    assert_string_equal(test_sql(on.pg, "select string_agg(estate_id || case when valid_to is null then ' valid' else"
                                        " ' closed' end, ', ' order by estate_id) from route where key = 'r7'"),
                        "1 closed, 2 valid");
}

static void a_checkpoint_s_tag_is_its_own(void **state)
{
    (void)state;
#define CHECKPOINT(properties)                                                                                \
    "{\"type\":\"Feature\",\"geometry\":{\"type\":\"Point\",\"coordinates\":[121.411,31.2]},\"properties\":{" \
    "\"estate_id\":1," properties "}}"
    WRITE_EXPECT(201, ask("POST", "/api/checkpoints", company, CHECKPOINT("\"tag\":\"04:A2\",\"building_id\":38")));
    WRITE_EXPECT(409, ask("POST", "/api/checkpoints", company, CHECKPOINT("\"tag\":\"04:A2\"")));
    assert_null(strstr(answer.body.at, "database"));
    WRITE_EXPECT(422, ask("POST", "/api/checkpoints", company, CHECKPOINT("\"building_id\":39")));
    write_field(&answer, "building_id");
}

static void what_cannot_be(void **state)
{
    (void)state;
    static const struct write_wrong wrong[] = {
        {ZONE("\"kind\":\"green\""), "estate_id"},
        {ZONE("\"estate_id\":1"), "kind"},
        {ZONE("\"estate_id\":\"1\",\"kind\":\"green\""), "estate_id"},
        {ZONE("\"estate_id\":1.5,\"kind\":\"green\""), "estate_id"},
        {ZONE("\"estate_id\":1,\"kind\":7"), "kind"},
        {ZONE("\"estate_id\":1,\"kind\":\"a\\u0007b\""), "kind"},
        {ZONE("\"estate_id\":1,\"kind\":\"green\",\"colour\":1"), "colour"},
        {ZONE("\"estate_id\":1,\"kind\":\"green\",\"attributes\":[1]"), "attributes"},
        {ZONE("\"estate_id\":1,\"kind\":\"green\",\"attributes\":{\"a\":{}}"), "attributes"},
        {"{\"type\":\"Feature\"}", "geometry"},
        {"{\"type\":\"Feature\",\"geometry\":{\"type\":\"Point\",\"coordinates\":[1,1]},\"properties\":{}}",
         "geometry"},
        {"{\"type\":\"Feature\",\"geometry\":{\"type\":\"Polygon\",\"coordinates\":[]},\"properties\":{}}", "geometry"},
        {"{\"type\":\"Feature\",\"geometry\":{\"type\":\"Polygon\",\"coordinates\":[[[0,0],[1,0],[1,1]]]},"
         "\"properties\":{}}",
         "geometry"},
        {"{\"type\":\"Feature\",\"geometry\":{\"type\":\"Polygon\",\"coordinates\":[[[0,0],[1,0],[1,1],[0,9]]]},"
         "\"properties\":{}}",
         "geometry"},
        {"{\"type\":\"Feature\",\"geometry\":{\"type\":\"Polygon\",\"coordinates\":[[[0,0],[1,0],[1,\"x\"],[0,0]]]},"
         "\"properties\":{}}",
         "geometry"},
        {"{\"type\":\"Feature\",\"geometry\":{\"type\":\"Polygon\",\"coordinates\":[[[31,121],[31,122],[32,122],"
         "[31,121]]]},\"properties\":{}}",
         "geometry"},
        /* A bow tie; a zone without area. */
        {"{\"type\":\"Feature\",\"geometry\":{\"type\":\"Polygon\",\"coordinates\":[[[121,31],[121.001,31.001],"
         "[121.001,31],[121,31.001],[121,31]]]},\"properties\":{\"estate_id\":1,\"kind\":\"green\"}}",
         "geometry"},
        {"{\"type\":\"Feature\",\"geometry\":{\"type\":\"Polygon\",\"coordinates\":[[[121,31],[121.001,31],"
         "[121,31],[121,31]]]},\"properties\":{\"estate_id\":1,\"kind\":\"green\"}}",
         "geometry"},
        {"{\"type\":\"Point\"}", "type"},
        {"{\"a\":1}", "a"},
    };
    write_refuse("/api/zones", company, wrong, BASE_COUNT(wrong));
    WRITE_EXPECT(400, ask("POST", "/api/zones", company, "{\"type\":\"Feature\",\"type\":\"Feature\"}"));
    WRITE_EXPECT(400, ask("POST", "/api/zones", company, "nothing"));
    test_answer_release(&answer);
    test_whole(on.port, "POST /api/zones HTTP/1.1\r\nHost: 127.0.0.1\r\n",
               "Connection: close\r\nContent-Length: 2\r\n\r\n{}", &answer);
    assert_int_equal(answer.status, 401);
}

static void who_may(void **state)
{
    (void)state;
    static const char body[] = ZONE("\"estate_id\":2,\"kind\":\"green\"");
    WRITE_EXPECT(401, ask("POST", "/api/zones", "", body));
    WRITE_EXPECT(403, ask("POST", "/api/zones", committee, body));
    WRITE_EXPECT(403, ask("POST", "/api/zones", planner, body));
    WRITE_EXPECT(404, ask("POST", "/api/zones", company, body));
    char *foreign = strdup(strstr(answer.body.at, "detail"));
    WRITE_EXPECT(404, ask("POST", "/api/zones", company, ZONE("\"estate_id\":9,\"kind\":\"green\"")));
    foreign[strcspn(foreign, "2")] = '9';
    assert_string_equal(strstr(answer.body.at, "detail"), foreign);
    free(foreign);
    WRITE_EXPECT(404, ask("POST", "/api/zones", district, ZONE("\"estate_id\":77,\"kind\":\"green\"")));
    WRITE_EXPECT(404, match("DELETE", "/api/zones/2/1001", company, "*", NULL));
    WRITE_EXPECT(404, match("DELETE", "/api/zones/1/1001", company, "*", NULL));
    WRITE_EXPECT(404, match("DELETE", "/api/zones/x/1", company, "*", NULL));
    assert_string_equal(test_sql(on.pg, "select count(*) from zone where id = 1001 and valid_to is null"), "1");
}

/* Ten megabytes are refused as they come; what is a little too large gets an answer. */
static void a_body_that_is_too_large(void **state)
{
    (void)state;
    size_t size = 10 << 20;
    char *large = malloc(size + 1);
    memset(large, 'x', size);
    large[size] = '\0';
    large[70000] = '\0';
    WRITE_EXPECT(413, ask("POST", "/api/zones", company, large));
    large[70000] = 'x';
    int fd = test_connect(on.port);
    char head[600];
    AUTO_VALUE(base_buf) got;
    base_buf_init(&got, 1 << 20);
    snprintf(head, sizeof head,
             "POST /api/zones HTTP/1.1\r\nHost: 127.0.0.1\r\n%sContent-Type: application/json\r\nContent-Length: "
             "%zu\r\n\r\n",
             company, size);
    test_send(fd, head);
    test_send(fd, large);
    while (test_receive(fd, &got, 5000)) {
    }
    assert_null(strstr(base_buf_cstr(&got), "HTTP/1.1 2"));
    close(fd);
    free(large);
    WRITE_EXPECT(200, ask("GET", "/api/zones/1/1", company, NULL));
}

static void of_several_at_once_one_wins(void **state)
{
    (void)state;
    char path[64], tag[64];
    const char *bodies[WRITE_RACERS];
    WRITE_EXPECT(201, ask("POST", "/api/zones", company, ZONE("\"estate_id\":1,\"kind\":\"green\"")));
    noted(path, tag);
    for (size_t i = 0; i < WRITE_RACERS; i++) {
        bodies[i] = ZONE("\"kind\":\"lawn\",\"name\":\"x\"");
    }
    write_race(path, company, tag, bodies);
}

/* A request with a key is done once, whatever becomes of its answer on the way. */
static void a_key_makes_it_once(void **state)
{
    (void)state;
    char headers[400], path[64], tag[64];
    snprintf(headers, sizeof headers, "%sIdempotency-Key: 7f1c\r\n", company);
    WRITE_EXPECT(201, ask("POST", "/api/zones", headers, ZONE("\"estate_id\":1,\"kind\":\"once\"")));
    noted(path, tag);
    WRITE_EXPECT(201, ask("POST", "/api/zones", headers, ZONE("\"estate_id\":1,\"kind\":\"once\"")));
    assert_string_equal(test_header(&answer, "Location"), path);
    assert_string_equal(test_sql(on.pg, "select count(*) from zone where kind = 'once'"), "1");
    WRITE_EXPECT(422, ask("POST", "/api/zones", headers, ZONE("\"estate_id\":1,\"kind\":\"other\"")));
    /* Somebody else's key is another. */
    snprintf(headers, sizeof headers, "%sIdempotency-Key: 7f1c\r\n", district);
    WRITE_EXPECT(201, ask("POST", "/api/zones", headers, ZONE("\"estate_id\":1,\"kind\":\"once\"")));
    assert_string_not_equal(test_header(&answer, "Location"), path);
}

/* A cookie is sent by the browser whoever made the page: its requests need the session's token. */
static void a_cookie_needs_its_token(void **state)
{
    (void)state;
    test_sql(on.pg,
             "insert into session (hash, csrf, account_id, expires_at) select sha256('c-" ACCESS_SECRET "'), 'tok',"
             " id, now() + interval '1 h' from account where name = 'company'");
    static const char body[] = ZONE("\"estate_id\":1,\"kind\":\"csrf\"");
    static const char cookie[] = "Cookie: hutong_session=c-" ACCESS_SECRET "\r\n";
    WRITE_EXPECT(403, ask("POST", "/api/zones", cookie, body));
    WRITE_EXPECT(403,
                 ask("POST", "/api/zones", "Cookie: hutong_session=c-" ACCESS_SECRET "\r\nX-CSRF-Token: no\r\n", body));
    WRITE_EXPECT(403, ask("POST", "/api/zones",
                          "Cookie: hutong_session=c-" ACCESS_SECRET "\r\nX-CSRF-Token: tok\r\nOrigin: http://evil\r\n",
                          body));
    WRITE_EXPECT(
        201, ask("POST", "/api/zones", "Cookie: hutong_session=c-" ACCESS_SECRET "\r\nX-CSRF-Token: tok\r\n", body));
}

/* --- rosters --- */

/* In a month's time. */
static const char *shift_of(const char *more)
{
    static char body[600];
    char from[BASE_TIME_TEXT], to[BASE_TIME_TEXT];
    int64_t start = (base_clock_now_us() / 86400000000 + 30) * 86400000000;
    snprintf(body, sizeof body, "{\"label\":\"夜班\",\"starts_at\":\"%s\",\"ends_at\":\"%s\"%s}",
             base_time_out(start, from), base_time_out(start + INT64_C(28800000000), to), more);
    return body;
}

static void a_shift_s_life(void **state)
{
    (void)state;
    char path[64], tag[64];
    test_sql(on.pg, "insert into organisation (kind, code, name) values ('company', 'sy', '松源')");
    test_sql(on.pg, "update source set name = 'phones' where id = 1");
    WRITE_EXPECT(422, ask("POST", "/api/shifts", company,
                          shift_of(",\"estate_id\":1,\"source\":\"phones of estate 2\",\"subject_type\":\"guard\"")));
    write_field(&answer, "source");
    WRITE_EXPECT(422, ask("POST", "/api/shifts", company,
                          shift_of(",\"estate_id\":1,\"source\":\"phones\",\"subject_type\":\"plate\"")));
    write_field(&answer, "subject_type");
    WRITE_EXPECT(422,
                 ask("POST", "/api/shifts", company,
                     shift_of(",\"estate_id\":1,\"source\":\"phones\",\"subject_type\":\"guard\",\"device\":\"g1\"")));
    write_field(&answer, "device");
    WRITE_EXPECT(
        201,
        ask("POST", "/api/shifts", company,
            shift_of(",\"estate_id\":1,\"source\":\"phones\",\"subject_type\":\"guard\",\"organisation\":\"sy\"")));
    noted(path, tag);
    WRITE_EXPECT(403, ask("GET", path, committee, NULL));
    WRITE_EXPECT(200, ask("GET", path, company, NULL));
    WRITE_EXPECT(200, ask("GET", "/api/shifts?to=2099-01-01T00:00:00Z", company, NULL));
    assert_non_null(strstr(answer.body.at, "夜班"));
    assert_string_equal(test_sql(on.pg, "select count(*) > 0 from audit where layer = 'shifts' and actor = 'company'"),
                        "t");
    WRITE_EXPECT(200, match("PUT", path, company, tag, shift_of(",\"label_en\":\"Night\"")));
    WRITE_EXPECT(412, match("DELETE", path, company, tag, NULL));
    WRITE_EXPECT(204, match("DELETE", path, company, "*", NULL));
    WRITE_EXPECT(404, ask("GET", path, company, NULL));
    /* One that goes on is ended, and keeps its beginning. */
    WRITE_EXPECT(422, match("PUT", "/api/shifts/1/1", company, "*", shift_of("")));
    write_field(&answer, "starts_at");
    WRITE_EXPECT(204, match("DELETE", "/api/shifts/1/1", company, "*", NULL));
    assert_string_equal(test_sql(on.pg, "select ends_at <= now() from shift where estate_id = 1 and id = 1"), "t");
}

static int open_all(void **state)
{
    (void)state;
    write_open((struct api_config){.port = 0});
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_zone_s_life),
        cmocka_unit_test(a_place_that_comes_to_another_estate_is_opened_anew),
        cmocka_unit_test(a_checkpoint_s_tag_is_its_own),
        cmocka_unit_test(what_cannot_be),
        cmocka_unit_test(who_may),
        cmocka_unit_test(a_body_that_is_too_large),
        cmocka_unit_test(of_several_at_once_one_wins),
        cmocka_unit_test(a_key_makes_it_once),
        cmocka_unit_test(a_cookie_needs_its_token),
        cmocka_unit_test(a_shift_s_life),
    };
    return cmocka_run_group_tests(tests, open_all, write_close);
}
