/* api/credential.c, api/identity_ask.c: bearer tokens - what they may, what they say of a purpose, and how they end. */
#include "fixture/signing.h"

static struct test_server on;
static char company[128], planner[128], admin[128];

static void looks_of_its_account(void **state)
{
    (void)state;
    static const struct {
        const char *path;
        int admin, company, planner;
    } paths[] = {{"/api/estates", 200, 200, 200},
                 {"/metrics", 200, 403, 403},
                 {"/api/audit", 403, 403, 403},
                 {"/tiles/estates.json", 200, 200, 200},
                 {"/api/stream?topics=cases", 400, 400, 400}};
    for (size_t i = 0; i < BASE_COUNT(paths); i++) {
        assert_int_equal(test_status(on.port, paths[i].path, admin), paths[i].admin);
        assert_int_equal(test_status(on.port, paths[i].path, company), paths[i].company);
        assert_int_equal(test_status(on.port, paths[i].path, planner), paths[i].planner);
    }
    AUTO_VALUE(test_answer) answer;
    test_get(on.port, "/metrics", company, &answer);
    assert_int_equal(answer.status, 403);
    assert_non_null(strstr(answer.body.at, "\\\"operate\\\""));
}

static void purpose_by_token_or_header(void **state)
{
    (void)state;
    char token[128], headers[1024];
    test_token(on.pg, "cora", "巡查", token);
    AUTO_VALUE(test_answer) answer;
    assert_int_equal(test_get(on.port, "/api/session", company, &answer), 200);
    assert_non_null(
        strstr(answer.body.at, "\"purpose\":null,\"purpose_needed\":true,\"csrf\":null,\"expires_at\":null"));
    AUTO_VALUE(test_answer) made_with;
    assert_int_equal(test_get(on.port, "/api/session", token, &made_with), 200);
    assert_non_null(strstr(made_with.body.at, "\"purpose\":\"巡查\",\"purpose_needed\":false"));
    assert_int_equal(test_status(on.port, "/api/stream", company), 403);
    static const struct {
        const char *purpose;
        int status;
    } given[] = {{"complaint 7", 200}, {"投诉处理", 200}, {"ab", 400}, {"\xff\xfe\xfd", 400}};
    for (size_t i = 0; i < BASE_COUNT(given); i++) {
        snprintf(headers, sizeof headers, "%sX-Purpose: %s\r\n", company, given[i].purpose);
        assert_int_equal(test_status(on.port, "/api/estates", headers), given[i].status);
    }
    assert_int_equal(test_write(on.port, "PUT", "/api/session/purpose", "{\"purpose\":\"incident\"}", company, ""),
                     400);
    assert_int_equal(test_write(on.port, "DELETE", "/api/session", "", company, ""), 400);
}

static void what_is_no_token(void **state)
{
    (void)state;
    static const struct {
        const char *header;
        int status;
    } tries[] = {{"Authorization: Bearer hut_\r\n", 401},
                 {"Authorization: Bearer hut_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\r\n", 401},
                 {"Authorization: Bearer x\r\n", 401},
                 {"Authorization: Bearer a.b.c\r\n", 401},
                 {"Authorization: Bearer\r\n", 400},
                 {"Authorization: Basic YTpi\r\n", 400},
                 {"Authorization: \r\n", 400},
                 {"Cookie: hutong_session=hut_AAAA\r\n", 401}};
    for (size_t i = 0; i < BASE_COUNT(tries); i++) {
        AUTO_VALUE(test_answer) answer;
        if (test_get(on.port, "/api/estates", tries[i].header, &answer) != tries[i].status) {
            fail_msg("%s: %d", tries[i].header, answer.status);
        }
    }
    char other[256]; /* a token is no session, whichever way it comes */
    snprintf(other, sizeof other, "Cookie: hutong_session=%s", company + strlen("Authorization: Bearer "));
    assert_int_equal(test_status(on.port, "/api/estates", other), 401);
    snprintf(other, sizeof other, "authorization: bearer %s", company + strlen("Authorization: Bearer "));
    assert_int_equal(test_status(on.port, "/api/estates", other), 200);
}

static void tokens_end(void **state)
{
    (void)state;
    static const char *const ends[][2] = {
        {"update token set revoked_at = now()", "update token set revoked_at = null"},
        {"update token set expires_at = now() + interval '1 us'", "update token set expires_at = null"},
        {"update account set revoked_at = now() where name = 'cora'", "update account set revoked_at = null"}};
    for (size_t i = 0; i < BASE_COUNT(ends); i++) {
        assert_int_equal(test_status(on.port, "/api/estates", company), 200);
        test_sql(on.pg, ends[i][0]);
        test_tell(on.pg);
        test_await_status(on.port, "/api/estates", company, 401);
        test_sql(on.pg, ends[i][1]);
        test_tell(on.pg);
        test_await_status(on.port, "/api/estates", company, 200);
    }
}

/* Its end needs no notice: it stands in what is remembered. */
static void an_end_that_was_known(void **state)
{
    (void)state;
    char token[128];
    test_token(on.pg, "cora", NULL, token);
    test_sql(on.pg, "update token set expires_at = now() + interval '700 ms' where created_at = (select max(created_at)"
                    " from token)");
    assert_int_equal(test_status(on.port, "/api/estates", token), 200);
    test_await_status(on.port, "/api/estates", token, 401);
}

static void its_use_is_written_down(void **state)
{
    (void)state;
    assert_int_equal(test_status(on.port, "/api/estates", planner), 200);
    assert_string_equal(test_sql(on.pg, "select count(*) from token t join account a on a.id = t.account_id where"
                                        " a.name = 'petra' and last_used_at is not null"),
                        "1");
}

static int begin(void **state)
{
    (void)state;
    on = test_server_new((struct api_config){.port = 0});
    test_account(on.pg, "anna", NULL, "administrator", NULL);
    test_account(on.pg, "cora", NULL, "company", "2");
    test_account(on.pg, "petra", NULL, "planner", NULL);
    test_token(on.pg, "anna", NULL, admin);
    test_token(on.pg, "cora", NULL, company);
    test_token(on.pg, "petra", NULL, planner);
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
        cmocka_unit_test(looks_of_its_account),  cmocka_unit_test(purpose_by_token_or_header),
        cmocka_unit_test(what_is_no_token),      cmocka_unit_test(tokens_end),
        cmocka_unit_test(an_end_that_was_known), cmocka_unit_test(its_use_is_written_down),
    };
    return cmocka_run_group_tests(tests, begin, end);
}
