/* api/session.c, api/sign_in.c, api/access.c: signing in and out, what a cookie may do, and why somebody looks. */
#include "api/private.h"
#include "fixture/signing.h"

static const char *database;
static PGconn *pg;
static struct test_server on;

/* A server of its own: addresses are counted by each for itself. */
static int begin(void **state)
{
    (void)state;
    on = test_server_on(database, (struct api_config){.port = 0});
    return 0;
}

static int end(void **state)
{
    (void)state;
    api_server_free(on.server);
    return 0;
}

static struct test_session signed_in(const char *name)
{
    struct test_session session;
    assert_int_equal(test_sign_in(on.port, name, TEST_PASSWORD, &session), 200);
    return session;
}

/* Nobody has an account yet: everybody is let in, and who signs in by the code of a shift is that shift until they
 * leave. */
static void a_shift_where_everybody_is_let_in(void **state)
{
    (void)state;
    struct test_session session;
    test_sql(pg, "insert into shift_code (hash, estate_id, shift_id, expires_at) values (sha256('ABCDE-99999'), 1, 1,"
                 " now() + interval '1 h')");
    AUTO_VALUE(test_answer) answer;
    assert_int_equal(test_post(on.port, "application/json", "{\"shift_code\":\"ABCDE-99999\"}", NULL, &answer), 200);
    test_session_of(&answer, &session);
    assert_non_null(strstr(answer.body.at, "\"open\":false,\"signed_in\":true,\"name\":\"巡逻3组\""));
    for (int i = 0; i < 2; i++) { /* asked, and remembered */
        assert_int_equal(test_status(on.port, "/api/tasks", session.cookie), 200);
        assert_int_equal(test_status(on.port, "/api/shifts", session.cookie), 403);
        assert_int_equal(test_status(on.port, "/api/shifts", NULL), 200);
    }
    test_sql(pg, "update session set ended_at = now()");
    test_tell(pg);
    test_await_status(on.port, "/api/shifts", session.cookie, 200);
    assert_int_equal(test_status(on.port, "/task", NULL), 200);
}

static void open_until_somebody_has_an_account(void **state)
{
    (void)state;
    AUTO_VALUE(test_answer) answer;
    assert_int_equal(test_get(on.port, "/api/session", NULL, &answer), 200);
    AUTO(base_json) json = test_json(&answer);
    bool open = false, signed_in_too = false;
    assert_true(base_json_in_bool(base_json_in_get(json, "open"), &open) && open);
    assert_true(base_json_in_bool(base_json_in_get(json, "signed_in"), &signed_in_too) && signed_in_too);
    assert_int_equal(test_status(on.port, "/api/estates", NULL), 200);
    assert_int_equal(test_status(on.port, "/api/audit", NULL), 403);
    test_account(pg, "anna", TEST_PASSWORD, "administrator", NULL);
    test_await_status(on.port, "/api/estates", NULL, 401);
    AUTO_VALUE(test_answer) refused;
    assert_int_equal(test_get(on.port, "/api/estates", NULL, &refused), 401);
    assert_string_equal(test_header(&refused, "WWW-Authenticate"), "Bearer realm=\"hutong\"");
    assert_int_equal(test_status(on.port, "/", NULL), 200); /* the page itself shows no data */
    AUTO_VALUE(test_answer) nobody;
    assert_int_equal(test_get(on.port, "/api/session", NULL, &nobody), 200);
    assert_non_null(strstr(nobody.body.at, "\"signed_in\":false"));
    assert_null(strstr(nobody.body.at, "\"name\""));
    test_account(pg, "cora", TEST_PASSWORD, "company", "2");
    test_account(pg, "otto", TEST_PASSWORD, "auditor", NULL);
    test_account(pg, "nopass", NULL, "company", "1");
}

static void sign_in_right(void **state)
{
    (void)state;
    AUTO_VALUE(test_answer) answer;
    assert_int_equal(
        test_post(on.port, "application/json", "{\"name\":\"Cora\",\"password\":\"" TEST_PASSWORD "\"}", NULL, &answer),
        200);
    const char *cookie = test_header(&answer, "Set-Cookie");
    assert_non_null(strstr(cookie, "; HttpOnly"));
    assert_non_null(strstr(cookie, "; SameSite=Strict"));
    assert_non_null(strstr(cookie, "; Path=/"));
    assert_null(strstr(cookie, "Secure")); /* this is not TLS */
    assert_null(strstr(cookie, "Domain"));
    assert_string_equal(test_header(&answer, "Cache-Control"), "no-store");
    struct test_session session;
    test_session_of(&answer, &session);
    AUTO_VALUE(test_answer) again;
    assert_int_equal(test_get(on.port, "/api/session", session.cookie, &again), 200);
    AUTO(base_json) json = test_json(&again);
    assert_string_equal(test_text(json, "name"), "cora");
    assert_string_equal(test_text(json, "label"), "cora 标签");
    assert_true(strlen(test_text(json, "csrf")) == 43);
    assert_int_equal(test_i64(json, "idle_s"), 1800);
    assert_non_null(strstr(again.body.at, "\"roles\":[\"company\"]"));
    assert_non_null(strstr(again.body.at, "\"place\":[2]"));
    assert_null(strstr(again.body.at, "\"operate\""));
    assert_non_null(strstr(again.body.at, "\"purpose_needed\":true"));
    assert_int_equal(test_status(on.port, "/api/estates", session.cookie), 200);
    assert_int_equal(test_status(on.port, "/metrics", session.cookie), 403);
    AUTO_VALUE(test_answer) estates;
    test_get(on.port, "/api/estates", session.cookie, &estates);
    assert_string_equal(test_header(&estates, "Vary"), "Accept-Encoding, Cookie, Authorization");
    assert_string_equal(test_header(&estates, "Cache-Control"), "private, no-cache");
    assert_string_not_equal(test_sql(pg, "select hash from session limit 1"), "");
    assert_string_equal(test_sql(pg, "select count(*) from audit where action = 'sign-in' and actor = 'cora'"), "1");
}

/* Who has no account costs what who has one costs: one hash. The words are the same. */
static void wrong_in_any_way(void **state)
{
    (void)state;
    test_account(pg, "rita", TEST_PASSWORD, "company", "1");
    test_sql(pg, "update account set revoked_at = now() where name = 'rita'");
    static const char *const tries[] = {"{\"name\":\"cora\",\"password\":\"wrong\"}",
                                        "{\"name\":\"nobody\",\"password\":\"wrong\"}",
                                        "{\"name\":\"nopass\",\"password\":\"\"}",
                                        "{\"name\":\"rita\",\"password\":\"" TEST_PASSWORD "\"}",
                                        "{\"name\":\"'; drop table account; --\",\"password\":\"x\"}",
                                        "{\"name\":\"\",\"password\":\"\"}"};
    char words[1024] = "";
    for (size_t i = 0; i < BASE_COUNT(tries); i++) {
        uint64_t before = on.server->hashing.count;
        AUTO_VALUE(test_answer) answer;
        assert_int_equal(test_post(on.port, "application/json", tries[i], NULL, &answer), 401);
        assert_int_equal(on.server->hashing.count - before, 1);
        assert_null(test_header(&answer, "Set-Cookie"));
        if (i) {
            assert_true(base_str_is(answer.body, words));
        }
        snprintf(words, sizeof words, "%.*s", (int)answer.body.len, answer.body.at);
    }
    test_sql(pg, "update account set failed = 0");
    assert_string_equal(test_sql(pg, "select count(*) from audit where actor in ('nobody', 'rita')"), "0");
}

static void locked_after_five(void **state)
{
    (void)state;
    test_account(pg, "luke", TEST_PASSWORD, "company", "1");
    static const char *const names[] = {"luke", "not-luke"};
    for (size_t n = 0; n < BASE_COUNT(names); n++) {
        for (int i = 0; i < 5; i++) {
            assert_int_equal(test_sign_in(on.port, names[n], "wrong wrong", NULL), 401);
        }
        char body[256];
        AUTO_VALUE(test_answer) answer;
        snprintf(body, sizeof body, "{\"name\":\"%s\",\"password\":\"" TEST_PASSWORD "\"}", names[n]);
        uint64_t before = on.server->hashing.count;
        assert_int_equal(test_post(on.port, "application/json", body, NULL, &answer), 429);
        assert_int_equal(on.server->hashing.count, before);
        int64_t seconds = 0;
        assert_true(base_str_i64(base_str_of(test_header(&answer, "Retry-After")), &seconds));
        assert_true(seconds > 800 && seconds <= 900);
    }
    assert_string_equal(test_sql(pg, "select count(*) from audit where action = 'locked' and actor = 'luke'"), "1");
    test_sql(pg, "update account set locked_until = now() where name = 'luke'"); /* the time is up */
    signed_in("luke");
    assert_string_equal(test_sql(pg, "select failed from account where name = 'luke'"), "0");
}

static void too_many_from_one_address(void **state)
{
    (void)state;
    for (int i = 0; i < 20; i++) { /* no hash: the body is refused */
        AUTO_VALUE(test_answer) answer;
        assert_int_equal(test_post(on.port, "application/json", "{}", NULL, &answer), 400);
    }
    AUTO_VALUE(test_answer) answer;
    assert_int_equal(test_post(on.port, "application/json", "{}", NULL, &answer), 429);
    assert_string_equal(test_header(&answer, "Retry-After"), "3");
}

static void forms(void **state)
{
    (void)state;
    AUTO_VALUE(test_answer) url;
    assert_int_equal(test_post(on.port, "application/x-www-form-urlencoded; charset=utf-8",
                               "name=cora&password=plum+blossom%20lane+7", NULL, &url),
                     200);
    AUTO_VALUE(test_answer) multi;
    assert_int_equal(test_post(on.port, "multipart/form-data; boundary=xx",
                               "--xx\r\nContent-Disposition: form-data; name=\"name\"\r\n\r\ncora\r\n"
                               "--xx\r\nContent-Disposition: form-data; name=\"password\"\r\n\r\n" TEST_PASSWORD
                               "\r\n--xx--\r\n",
                               NULL, &multi),
                     200);
}

static void bodies_that_are_none(void **state)
{
    (void)state;
    static const struct {
        const char *type, *body;
        int status;
    } tries[] = {
        {"text/plain", "name=cora", 415},
        {"", "{}", 415},
        {"application/json", "", 400},
        {"application/json", "[]", 400},
        {"application/json", "{\"name\":1,\"password\":\"x\"}", 400},
        {"application/json", "{\"name\":\"a\",\"name\":\"b\",\"password\":\"x\"}", 400},
        {"application/json", "{\"name\":\"a\"}", 400},
        {"application/json", "{\"name\":\"a\",\"password\":\"b\",\"shift_code\":\"ABCDE-23456\"}", 400},
        {"application/x-www-form-urlencoded", "name=a&password=%zz", 400},
        {"multipart/form-data", "--xx--", 400},
        {"multipart/form-data; boundary=xx", "--xx\r\n", 400},
        {"multipart/form-data; boundary=xx",
         "--xx\r\nContent-Disposition: form-data; name=\"name\"; filename=\"a\"\r\n\r\ncora\r\n--xx--", 400},
    };
    for (size_t i = 0; i < BASE_COUNT(tries); i++) {
        AUTO_VALUE(test_answer) answer;
        if (test_post(on.port, tries[i].type, tries[i].body, NULL, &answer) != tries[i].status) {
            fail_msg("%s %s: %d", tries[i].type, tries[i].body, answer.status);
        }
    }
}

static void bodies_that_are_too_large(void **state)
{
    (void)state;
    static const size_t sizes[] = {16 * 1024 + 1, 64 * 1024, 64 * 1024 + 1, 512 * 1024};
    for (size_t i = 0; i < BASE_COUNT(sizes); i++) {
        char *body = malloc(sizes[i] + 1);
        memset(body, 'x', sizes[i]);
        body[sizes[i]] = '\0';
        AUTO_VALUE(test_answer) answer;
        assert_int_equal(test_post(on.port, "application/json", body, NULL, &answer), 413);
        free(body);
    }
}

static void what_a_cookie_writes_needs_its_token(void **state)
{
    (void)state;
    struct test_session session = signed_in("cora"), other = signed_in("cora");
    const char *path = "/api/session/purpose", *body = "{\"purpose\":\"incident\"}";
    assert_int_equal(test_write(on.port, "PUT", path, body, session.cookie, ""), 403);
    assert_int_equal(test_write(on.port, "PUT", path, body, session.cookie, other.csrf), 403);
    assert_int_equal(test_write(on.port, "PUT", path, body, session.cookie, "X-CSRF-Token: \r\n"), 403);
    assert_int_equal(test_write(on.port, "PUT", path, body, "", session.csrf), 401);
    assert_int_equal(test_write(on.port, "DELETE", "/api/session", "", session.cookie, ""), 403);
    char origin[256];
    snprintf(origin, sizeof origin, "%sOrigin: https://evil.example\r\n", session.csrf);
    assert_int_equal(test_write(on.port, "PUT", path, body, session.cookie, origin), 403);
    snprintf(origin, sizeof origin, "%sOrigin: null\r\n", session.csrf);
    assert_int_equal(test_write(on.port, "PUT", path, body, session.cookie, origin), 403);
    snprintf(origin, sizeof origin, "%sOrigin: http://127.0.0.1:%d\r\n", session.csrf, on.port);
    assert_int_equal(test_write(on.port, "PUT", path, body, session.cookie, origin), 204);
    assert_int_equal(test_write(on.port, "PUT", path, body, session.cookie, session.csrf), 204);
    AUTO_VALUE(test_answer) answer; /* signing somebody in from elsewhere is refused, too */
    assert_int_equal(test_post(on.port, "application/json", "{\"name\":\"cora\",\"password\":\"" TEST_PASSWORD "\"}",
                               "Origin: https://evil.example\r\n", &answer),
                     403);
}

static void purpose_opens_what_is_personal(void **state)
{
    (void)state;
    struct test_session session = signed_in("cora");
    AUTO_VALUE(test_answer) before;
    assert_int_equal(test_get(on.port, "/api/stream", session.cookie, &before), 403);
    AUTO(base_json) json = test_json(&before);
    assert_string_equal(test_text(json, "type"), "/problems/purpose");
    const char *path = "/api/session/purpose";
    static const char *const bad[] = {"{}", "{\"purpose\":\"ab\"}", "{\"purpose\":\"a\\nbc\"}",
                                      "{\"purpose\":\"  a  \"}"};
    for (size_t i = 0; i < BASE_COUNT(bad); i++) {
        assert_int_equal(test_write(on.port, "PUT", path, bad[i], session.cookie, session.csrf), 400);
    }
    AUTO_VALUE(base_buf) text;
    base_buf_init(&text, 4096);
    base_buf_text(&text, "{\"purpose\":\"");
    for (int i = 0; i < API_PURPOSE_MAX; i++) {
        base_buf_text(&text, "查");
    }
    size_t len = text.len;
    base_buf_text(&text, "\"}");
    assert_int_equal(test_write(on.port, "PUT", path, base_buf_cstr(&text), session.cookie, session.csrf), 204);
    text.len = len;
    base_buf_text(&text, "a\"}"); /* one character more */
    assert_int_equal(test_write(on.port, "PUT", path, base_buf_cstr(&text), session.cookie, session.csrf), 400);
    assert_int_equal(test_write(on.port, "PUT", path, "{\"purpose\":\"巡查投诉\"}", session.cookie, session.csrf), 204);
    AUTO_VALUE(test_answer) after; /* at once: no notice needs to be waited for */
    assert_int_equal(test_get(on.port, "/api/session", session.cookie, &after), 200);
    assert_non_null(strstr(after.body.at, "\"purpose\":\"巡查投诉\",\"purpose_needed\":false"));
    assert_string_equal(test_sql(pg, "select count(*) from audit where action = 'purpose' and note = '巡查投诉'"), "1");
}

static void sign_out(void **state)
{
    (void)state;
    struct test_session session = signed_in("cora"), other = signed_in("cora");
    char headers[256];
    AUTO_VALUE(test_answer) answer;
    snprintf(headers, sizeof headers, "%s%s", session.cookie, session.csrf);
    assert_int_equal(test_request(on.port, "DELETE", "/api/session", headers, "", &answer), 204);
    assert_non_null(strstr(test_header(&answer, "Set-Cookie"), "hutong_session=; "));
    assert_non_null(strstr(test_header(&answer, "Set-Cookie"), "Max-Age=0"));
    assert_int_equal(test_status(on.port, "/api/estates", session.cookie), 401);
    assert_int_equal(test_status(on.port, "/api/estates", other.cookie), 200);
    AUTO_VALUE(test_answer) again;
    assert_int_equal(test_request(on.port, "DELETE", "/api/session", headers, "", &again), 204);
}

static void a_new_session_each_time(void **state)
{
    (void)state;
    const char *planted = "Cookie: hutong_session=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\r\n";
    const char *body = "{\"name\":\"cora\",\"password\":\"" TEST_PASSWORD "\"}";
    struct test_session first, second;
    AUTO_VALUE(test_answer) answer;
    assert_int_equal(test_post(on.port, "application/json", body, planted, &answer), 200);
    test_session_of(&answer, &first);
    assert_string_not_equal(first.cookie, planted);
    assert_int_equal(test_status(on.port, "/api/estates", planted), 401);
    AUTO_VALUE(test_answer) again;
    assert_int_equal(test_post(on.port, "application/json", body, first.cookie, &again), 200);
    test_session_of(&again, &second);
    assert_string_not_equal(first.cookie, second.cookie);
    assert_string_not_equal(first.csrf, second.csrf);
    assert_int_equal(test_status(on.port, "/api/estates", first.cookie), 401);
    assert_int_equal(test_status(on.port, "/api/estates", second.cookie), 200);
}

static void who_asks_is_said_once(void **state)
{
    (void)state;
    struct test_session one = signed_in("cora"), two = signed_in("anna");
    char headers[512], token[128];
    test_token(pg, "cora", NULL, token);
    snprintf(headers, sizeof headers, "%s%s", one.cookie, two.cookie);
    assert_int_equal(test_status(on.port, "/api/estates", headers), 400);
    snprintf(headers, sizeof headers, "%.*s; %s", (int)strcspn(one.cookie, "\r"), one.cookie,
             two.cookie + strlen("Cookie: "));
    assert_int_equal(test_status(on.port, "/api/estates", headers), 400);
    snprintf(headers, sizeof headers, "%s%s", one.cookie, one.cookie);
    assert_int_equal(test_status(on.port, "/api/estates", headers), 200);
    snprintf(headers, sizeof headers, "%s%s", one.cookie, token);
    assert_int_equal(test_status(on.port, "/api/estates", headers), 400);
    snprintf(headers, sizeof headers, "%s%s", token, token);
    assert_int_equal(test_status(on.port, "/api/estates", headers), 400);
    assert_int_equal(test_status(on.port, "/api/estates", "Cookie: theme=dark; hutong_session=\r\n"), 401);
}

static void sessions_end(void **state)
{
    (void)state;
    static const char *const ends[] = {
        "update session set expires_at = now()", "update session set seen_at = now() - interval '31 minutes'",
        "update session set ended_at = now()", "update account set revoked_at = now() where name = 'cora'"};
    for (size_t i = 0; i < BASE_COUNT(ends); i++) {
        struct test_session session = signed_in("cora");
        assert_int_equal(test_status(on.port, "/api/estates", session.cookie), 200);
        test_sql(pg, ends[i]);
        test_tell(pg);
        test_await_status(on.port, "/api/estates", session.cookie, 401);
        test_sql(pg, "update account set revoked_at = null where name = 'cora'");
        test_tell(pg);
    }
}

static void being_there_keeps_a_session(void **state)
{
    (void)state;
    struct test_session session = signed_in("cora");
    test_sql(pg, "update session set seen_at = now() - interval '29 minutes'");
    api_identities_forget(on.server->identities);
    assert_int_equal(test_status(on.port, "/api/estates", session.cookie), 200);
    assert_string_equal(test_sql(pg, "select max(seen_at) > now() - interval '1 minute' from session"), "t");
}

static void a_role_that_ends_takes_its_looks(void **state)
{
    (void)state;
    struct test_session session = signed_in("cora");
    assert_int_equal(test_status(on.port, "/api/estates", session.cookie), 200);
    test_sql(pg, "update role_grant set valid_to = now() + interval '1 microsecond' where account_id = "
                 "(select id from account where name = 'cora')");
    test_tell(pg);
    test_await_status(on.port, "/api/estates", session.cookie, 403);
    test_sql(pg, "update role_grant set valid_to = null");
    test_tell(pg);
    test_await_status(on.port, "/api/estates", session.cookie, 200);
}

static void by_the_code_of_a_shift(void **state)
{
    (void)state;
    struct test_session session;
    test_sql(pg, "insert into shift_code (hash, estate_id, shift_id, expires_at) values (sha256('ABCDE-23456'), 1, 1,"
                 " now() + interval '1 h')");
    AUTO_VALUE(test_answer) wrong;
    assert_int_equal(test_post(on.port, "application/json", "{\"shift_code\":\"ABCDE-23457\"}", NULL, &wrong), 401);
    AUTO_VALUE(test_answer) answer;
    assert_int_equal(test_post(on.port, "application/json", "{\"shift_code\":\"abcde 23456\"}", NULL, &answer), 200);
    test_session_of(&answer, &session);
    assert_non_null(strstr(answer.body.at, "\"name\":\"巡逻3组\""));
    assert_non_null(strstr(answer.body.at, "\"roles\":[\"field_worker\"]"));
    assert_non_null(strstr(answer.body.at, "\"looks\":{\"place\":[1],\"carry\":[1],\"report\":[1]}"));
    assert_int_equal(test_status(on.port, "/api/estates", session.cookie), 200);
    test_sql(pg, "update shift set ends_at = now()");
    test_tell(pg);
    test_await_status(on.port, "/api/estates", session.cookie, 401);
    test_sql(pg, "update shift set ends_at = now() + interval '8 h'");
}

static int begin_all(void **state)
{
    (void)state;
    database = fixture_database();
    pg = test_pg(database);
    test_fill(pg);
    return 0;
}

static int end_all(void **state)
{
    (void)state;
    PQfinish(pg);
    return 0;
}

int main(void)
{
#define WITH_SERVER(name) cmocka_unit_test_setup_teardown(name, begin, end)
    const struct CMUnitTest tests[] = {
        WITH_SERVER(a_shift_where_everybody_is_let_in),
        WITH_SERVER(open_until_somebody_has_an_account),
        WITH_SERVER(sign_in_right),
        WITH_SERVER(wrong_in_any_way),
        WITH_SERVER(locked_after_five),
        WITH_SERVER(too_many_from_one_address),
        WITH_SERVER(forms),
        WITH_SERVER(bodies_that_are_none),
        WITH_SERVER(bodies_that_are_too_large),
        WITH_SERVER(what_a_cookie_writes_needs_its_token),
        WITH_SERVER(purpose_opens_what_is_personal),
        WITH_SERVER(sign_out),
        WITH_SERVER(a_new_session_each_time),
        WITH_SERVER(who_asks_is_said_once),
        WITH_SERVER(sessions_end),
        WITH_SERVER(being_there_keeps_a_session),
        WITH_SERVER(a_role_that_ends_takes_its_looks),
        WITH_SERVER(by_the_code_of_a_shift),
    };
    return cmocka_run_group_tests(tests, begin_all, end_all);
}
