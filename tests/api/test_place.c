/* GET /api/zones, routes and checkpoints: a FeatureCollection of the scope, page by page. */
#include "api/write_kit.h"

/* Beside what the kit has: 24 more zones in each estate, every sixth of them closed; estate 2's have the smaller ids.
 */
static void fill(void)
{
    test_sql(on.pg,
             "insert into zone (estate_id, id, dataset, key, kind, name, geom, valid_to, attributes)"
             " select e, 9000 - e * 1000 + n, 'test', 'k' || n, 'green', 'zone ' || n,"
             " st_multi(st_makeenvelope(121.41, 31.2, 121.4101, 31.2001, 4326)), case when n % 6 = 0 then now() end,"
             " '{\"trees\":3}' from generate_series(1, 24) n, generate_series(1, 2) e");
}

static const struct base_json *member(const struct base_json *json, size_t at, const char *of)
{
    return base_json_in_get(base_json_in_at(base_json_in_get(json, "features"), at), of);
}

static size_t features(const struct base_json *json)
{
    assert_string_equal(test_text(json, "type"), "FeatureCollection");
    return base_json_in_size(base_json_in_get(json, "features"));
}

static void a_list_has_what_one_has(void **state)
{
    static const char *const kinds[] = {"zones", "routes", "checkpoints"};
    (void)state;
    for (size_t i = 0; i < BASE_COUNT(kinds); i++) {
        char path[100], one[4000];
        snprintf(path, sizeof path, "/api/%s/1/1", kinds[i]);
        WRITE_EXPECT(200, get(path, company));
        snprintf(one, sizeof one, "%.*s", (int)answer.body.len, answer.body.at);
        snprintf(path, sizeof path, "/api/%s?limit=1&estate=1", kinds[i]);
        WRITE_EXPECT(200, get(path, company));
        assert_string_equal(test_header(&answer, "Content-Type"), "application/geo+json");
        if (!strstr(answer.body.at, one)) {
            fail_msg("%s is not in %s", one, answer.body.at);
        }
    }
}

static void page_by_page_none_is_missed(void **state)
{
    char path[200] = "/api/zones?limit=7";
    int64_t last[2] = {-1, -1};
    size_t count = 0, pages = 0;
    (void)state;
    for (bool more = true; more; pages++) {
        WRITE_EXPECT(200, get(path, district));
        AUTO(base_json) json = test_json(&answer);
        for (size_t i = 0; i < features(json); i++, count++) {
            int64_t estate = test_i64(member(json, i, "properties"), "estate_id");
            int64_t id = test_i64(base_json_in_at(base_json_in_get(json, "features"), i), "id");
            assert_true(estate > last[0] || (estate == last[0] && id > last[1]));
            last[0] = estate;
            last[1] = id;
        }
        const struct base_json *links = base_json_in_get(json, "links");
        more = base_json_in_size(links) > 0;
        if (more) {
            snprintf(path, sizeof path, "%s", test_text(base_json_in_at(links, 0), "href"));
        }
    }
    assert_int_equal(count, 2 * (1 + 20));
    assert_int_equal(pages, 7); /* the sixth is full, and nothing comes after it */
}

static void only_what_is_in_sight(void **state)
{
    (void)state;
    WRITE_EXPECT(200, get("/api/zones?limit=1000", company));
    assert_non_null(strstr(answer.body.at, "\"estate_id\":1,"));
    assert_null(strstr(answer.body.at, "\"estate_id\":2,"));
    WRITE_EXPECT(200, get("/api/zones?estate=2", company));
    assert_non_null(strstr(answer.body.at, "{\"type\":\"FeatureCollection\",\"features\":[],\"links\":[]}"));
    /* Another's key does not open the door. */
    WRITE_EXPECT(200, get("/api/zones?after=1-99999999", company));
    assert_non_null(strstr(answer.body.at, "\"features\":[]"));
    WRITE_EXPECT(200, get("/api/zones?estate=2", planner));
    AUTO(base_json) json = test_json(&answer);
    assert_int_equal(features(json), 21);
    assert_int_equal(test_i64(base_json_in_get(member(json, 1, "properties"), "attributes"), "trees"), 3);
    WRITE_EXPECT(401, get("/api/zones", NULL));
}

static void unchanged_is_not_sent_again(void **state)
{
    char headers[400], tag[64];
    (void)state;
    WRITE_EXPECT(200, get("/api/zones?estate=1", company));
    snprintf(tag, sizeof tag, "%s", test_header(&answer, "ETag"));
    snprintf(headers, sizeof headers, "%sIf-None-Match: %s\r\n", company, tag);
    assert_int_equal(get("/api/zones?estate=1", headers), 304);
    test_sql(on.pg, "update zone set name = 'another' where estate_id = 1 and id = 8001");
    assert_int_equal(get("/api/zones?estate=1", headers), 200);
}

static void what_cannot_be_asked(void **state)
{
    static const char *const wrong[] = {"limit=0",     "limit=1001", "limit=ten",  "after=7",
                                        "after=1-2-3", "after=-",    "estate=one", "kind=green"};
    static const char *const kinds[] = {"zones", "routes", "checkpoints"};
    char path[100];
    (void)state;
    for (size_t i = 0; i < BASE_COUNT(wrong); i++) {
        snprintf(path, sizeof path, "/api/%s?%s", kinds[i % 3], wrong[i]);
        WRITE_EXPECT(400, get(path, company));
    }
    test_answer_release(&answer);
    assert_int_equal(write_ask(on.port, "DELETE", "/api/zones", company, NULL, &answer), 405);
    assert_string_equal(test_header(&answer, "Allow"), "GET, HEAD, POST");
}

static int open_all(void **state)
{
    (void)state;
    write_open((struct api_config){.bind = "127.0.0.1", .port = 0});
    fill();
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_list_has_what_one_has), cmocka_unit_test(page_by_page_none_is_missed),
        cmocka_unit_test(only_what_is_in_sight),   cmocka_unit_test(unchanged_is_not_sent_again),
        cmocka_unit_test(what_cannot_be_asked),
    };
    return cmocka_run_group_tests(tests, open_all, write_close);
}
