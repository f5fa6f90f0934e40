/* api/audit_list.c: auditors read who looked at what and why, a page at a time; nobody else does. */
#include "fixture/signing.h"

static struct test_server on;
static char auditor[128];

static void only_auditors(void **state)
{
    (void)state;
    char company[128], admin[128];
    test_token(on.pg, "cora", NULL, company);
    test_token(on.pg, "anna", NULL, admin);
    assert_int_equal(test_status(on.port, "/api/audit", NULL), 401);
    assert_int_equal(test_status(on.port, "/api/audit", company), 403);
    assert_int_equal(test_status(on.port, "/api/audit", admin), 403);
    assert_int_equal(test_status(on.port, "/api/audit", auditor), 200);
    assert_int_equal(test_status(on.port, "/api/estates", auditor), 403);
}

static void what_stands_there(void **state)
{
    (void)state;
    assert_int_equal(test_sign_in(on.port, "cora", TEST_PASSWORD, NULL), 200);
    AUTO_VALUE(test_answer) answer;
    assert_int_equal(test_get(on.port, "/api/audit", auditor, &answer), 200);
    assert_string_equal(test_header(&answer, "Cache-Control"), "no-store");
    AUTO(base_json) json = test_json(&answer);
    const struct base_json *newest = base_json_in_at(base_json_in_get(json, "entries"), 0);
    assert_string_equal(test_text(newest, "action"), "sign-in");
    assert_string_equal(test_text(newest, "actor"), "cora");
    assert_string_equal(test_text(newest, "note"), "127.0.0.1");
    assert_true(base_json_in_is_null(base_json_in_get(newest, "estate")));
    assert_int_equal(strlen(test_text(newest, "session")), 32);
}

static void pages(void **state)
{
    (void)state;
    enum { ROWS = 1234 };
    char path[256] = "/api/audit?from=2026-03-01T00:00:00Z&to=2026-03-02T00:00:00Z";
    int64_t march = 0;
    assert_true(base_time_in(base_str_of("2026-03-01T00:00:00Z"), &march));
    AUTO(data_conn) conn = NULL;
    test_ok(data_conn_open(on.database, "test", &test_diag, &conn));
    test_ok(data_partition_ensure(conn, "audit", march, &test_diag));
    test_sqlf(on.pg,
              "insert into audit (estate_id, recorded_at, first_at, actor, action, layer, session)"
              " select n, '2026-03-01 07:00Z', '2026-03-01 07:00Z'::timestamptz + (n / 7) * interval '1 s', 'cora',"
              " 'look', 'assets', md5(n::text)::uuid from generate_series(1, %d) n",
              ROWS);
    int64_t before = INT64_MAX;
    size_t seen = 0, requests = 0;
    bool more = true;
    while (more) {
        AUTO_VALUE(test_answer) answer;
        assert_int_equal(test_get(on.port, path, auditor, &answer), 200);
        AUTO(base_json) json = test_json(&answer);
        const struct base_json *entries = base_json_in_get(json, "entries");
        const struct base_json *next = base_json_in_at(base_json_in_get(json, "links"), 0);
        for (size_t i = 0; i < base_json_in_size(entries); i++) { /* newest first, none twice, none left out */
            int64_t estate = test_i64(base_json_in_at(entries, i), "estate");
            assert_true(estate < before);
            before = estate;
        }
        seen += base_json_in_size(entries);
        requests++;
        more = next != NULL;
        snprintf(path, sizeof path, "%s", more ? test_text(next, "href") : "");
    }
    assert_int_equal(seen, ROWS);
    assert_int_equal(requests, 3);
}

static void what_cannot_be_asked(void **state)
{
    (void)state;
    static const char *const queries[] = {"from=yesterday",
                                          "to=1",
                                          "after=1",
                                          "after=a-b",
                                          "after=-",
                                          "limit=1",
                                          "from=2026-03-01T00:00:00Z&from=2026-03-01T00:00:00Z"};
    for (size_t i = 0; i < BASE_COUNT(queries); i++) {
        char path[256];
        snprintf(path, sizeof path, "/api/audit?%s", queries[i]);
        assert_int_equal(test_status(on.port, path, auditor), 400);
    }
}

static int begin(void **state)
{
    (void)state;
    on = test_server_new((struct api_config){.port = 0});
    test_account(on.pg, "anna", NULL, "administrator", NULL);
    test_account(on.pg, "otto", NULL, "auditor", NULL);
    test_account(on.pg, "cora", TEST_PASSWORD, "company", "1");
    test_token(on.pg, "otto", NULL, auditor);
    test_await_status(on.port, "/api/estates", NULL, 401);
    return 0;
}

static int end(void **state)
{
    (void)state;
    test_server_end(&on);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_auditors),
        cmocka_unit_test(what_stands_there),
        cmocka_unit_test(pages),
        cmocka_unit_test(what_cannot_be_asked),
    };
    return cmocka_run_group_tests(tests, begin, end);
}
