/* /api/campaigns: the latest first, page by page, with the duties that the caller sees. */
#include "api/write_kit.h"

/* Two begin at once. A duty of each estate names the first, one of them in two versions; one did, and does no more. */
static void fill(void)
{
    test_sql(on.pg, "insert into campaign (id, code, name, name_en, t_from, t_to) values"
                    " (1, 'a\"b', '清洁家园', 'Clean home', '2026-03-01', '2026-03-08'),"
                    " (2, 'fire', '消防专项', null, '2026-03-01', '2026-04-01'),"
                    " (3, 'later', '迎检', null, '2999-05-01', '2999-06-01')");
    test_sql(
        on.pg,
        "insert into duty (estate_id, id, version, key, name, campaign_id, subject_kind, schedule, proof, valid_to)"
        " values (1, 1, 1, 'k', 'd', 1, 'building', 'every 2h', 'pass', now()),"
        " (1, 1, 2, 'k', 'd', 1, 'building', 'every 2h', 'pass', null),"
        " (1, 2, 1, 'l', 'd', 1, 'building', 'every 2h', 'pass', now()),"
        " (1, 2, 2, 'l', 'd', null, 'building', 'every 2h', 'pass', null),"
        " (2, 3, 1, 'm', 'd', 1, 'building', 'every 2h', 'pass', null)");
}

static void the_latest_come_first(void **state)
{
    (void)state;
    WRITE_EXPECT(200, get("/api/campaigns", district));
    assert_non_null(strstr(
        answer.body.at,
        "{\"campaigns\":[{\"code\":\"later\",\"name\":\"迎检\",\"t_from\":\"2999-05-01T00:00:00Z\","
        "\"t_to\":\"2999-06-01T00:00:00Z\",\"duties\":0},"
        "{\"code\":\"fire\",\"name\":\"消防专项\",\"t_from\":\"2026-03-01T00:00:00Z\",\"t_to\":\"2026-04-01T00:00:"
        "00Z\","
        "\"duties\":0},"
        "{\"code\":\"a\\\"b\",\"name\":\"清洁家园\",\"name_en\":\"Clean home\",\"t_from\":\"2026-03-01T00:00:00Z\","
        "\"t_to\":\"2026-03-08T00:00:00Z\",\"duties\":3}],\"links\":[]}"));
}

static void duties_are_those_in_sight(void **state)
{
    (void)state;
    WRITE_EXPECT(200, get("/api/campaigns", company));
    assert_non_null(strstr(answer.body.at, "\"t_to\":\"2026-03-08T00:00:00Z\",\"duties\":2}"));
    WRITE_EXPECT(200, get("/api/campaigns", planner)); /* who sees all outlines sees all duties */
    assert_non_null(strstr(answer.body.at, "\"t_to\":\"2026-03-08T00:00:00Z\",\"duties\":3}"));
    WRITE_EXPECT(401, get("/api/campaigns", NULL));
}

static void page_by_page_none_is_missed(void **state)
{
    static const char *const codes[] = {"later", "fire", "a\"b"};
    char path[200] = "/api/campaigns?limit=1";
    (void)state;
    for (size_t i = 0; i < BASE_COUNT(codes); i++) {
        WRITE_EXPECT(200, get(path, company));
        AUTO(base_json) json = test_json(&answer);
        const struct base_json *list = base_json_in_get(json, "campaigns");
        assert_int_equal(base_json_in_size(list), 1);
        assert_string_equal(test_text(base_json_in_at(list, 0), "code"), codes[i]);
        snprintf(path, sizeof path, "%s", test_text(base_json_in_at(base_json_in_get(json, "links"), 0), "href"));
    }
    WRITE_EXPECT(200, get(path, company));
    assert_non_null(strstr(answer.body.at, "{\"campaigns\":[],\"links\":[]}"));
}

static void what_cannot_be_asked(void **state)
{
    static const char *const wrong[] = {"limit=0",     "limit=1001", "limit=x",  "after=1",
                                        "after=1-2-3", "after=x-y",  "code=fire"};
    char path[100];
    (void)state;
    for (size_t i = 0; i < BASE_COUNT(wrong); i++) {
        snprintf(path, sizeof path, "/api/campaigns?%s", wrong[i]);
        WRITE_EXPECT(400, get(path, company));
    }
    WRITE_EXPECT(404, get("/api/campaigns/fire", company));
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
        cmocka_unit_test(the_latest_come_first),
        cmocka_unit_test(duties_are_those_in_sight),
        cmocka_unit_test(page_by_page_none_is_missed),
        cmocka_unit_test(what_cannot_be_asked),
    };
    return cmocka_run_group_tests(tests, open_all, write_close);
}
