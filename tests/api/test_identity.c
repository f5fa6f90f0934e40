/* api/identity.c: what is remembered of who asked - forgotten when the database says so, kept while it is away; and who
 * may reach a server without accounts. */
#include "api/private.h"
#include "fixture/signing.h"

enum { PATIENCE_US = 20000000 };

/* Asking writes down when a token was used: that shows whether somebody asked. */
static void remembered_costs_no_question(void **state)
{
    (void)state;
    struct test_server on = test_server_new((struct api_config){.port = 0});
    char token[128];
    test_account(on.pg, "anna", NULL, "administrator", NULL);
    test_token(on.pg, "anna", NULL, token);
    test_await_status(on.port, "/api/session", token, 200);
    test_await_status(on.port, "/api/estates", NULL, 401);
    test_sql(on.pg, "update token set last_used_at = now() - interval '1 h'");
    api_identities_forget(on.server->identities);
    assert_int_equal(test_status(on.port, "/api/estates", token), 200);
    const char *recent = "select last_used_at > now() - interval '1 minute' from token";
    assert_string_equal(test_sql(on.pg, recent), "t"); /* asked */
    test_sql(on.pg, "update token set last_used_at = now() - interval '1 h'");
    for (int i = 0; i < 20; i++) {
        assert_int_equal(test_status(on.port, "/api/estates", token), 200);
    }
    assert_string_equal(test_sql(on.pg, recent), "f"); /* not asked */
    test_server_end(&on);
}

static bool away(void *of)
{
    return test_status(*(int *)of, "/readyz", NULL) == 503;
}

static bool back(void *of)
{
    return test_status(*(int *)of, "/readyz", NULL) == 200;
}

static void the_database_away(void **state)
{
    (void)state;
    AUTO(fixture_server) servers = fixture_server_new(FIXTURE_POSTGRES);
    PGconn *pg = test_pg(fixture_server_database(servers));
    test_fill(pg);
    test_account(pg, "anna", TEST_PASSWORD, "administrator", NULL);
    struct test_server on = test_server_on(fixture_server_database(servers), (struct api_config){.port = 0});
    struct test_session session;
    assert_int_equal(test_sign_in(on.port, "anna", TEST_PASSWORD, &session), 200);
    assert_int_equal(test_status(on.port, "/metrics", session.cookie), 200);
    PQfinish(pg);
    fixture_server_kill(servers, FIXTURE_POSTGRES);
    assert_true(fixture_poll(away, &on.port, PATIENCE_US));
    api_identities_forget(on.server->identities); /* stale, but nobody can be asked */
    assert_int_equal(test_status(on.port, "/metrics", session.cookie), 200);
    assert_int_equal(test_status(on.port, "/metrics", NULL), 503);
    assert_int_equal(test_status(on.port, "/metrics", "Cookie: hutong_session=other\r\n"), 503);
    assert_int_equal(test_status(on.port, "/api/estates", session.cookie), 503);
    assert_int_equal(test_sign_in(on.port, "anna", TEST_PASSWORD, NULL), 503);
    fixture_server_start(servers, FIXTURE_POSTGRES);
    assert_true(fixture_poll(back, &on.port, PATIENCE_US));
    pg = test_pg(fixture_server_database(servers));
    test_sql(pg, "update session set ended_at = now()"); /* no notice: the one of coming back is enough */
    test_await_status(on.port, "/metrics", session.cookie, 401);
    PQfinish(pg);
    api_server_free(on.server);
}

static void beyond_this_machine(void **state)
{
    (void)state;
    struct api_server *server = NULL;
    const char *database = fixture_database();
    PGconn *pg = test_pg(database);
    struct api_config config = {.port = 0, .bind = "0.0.0.0", .database = database};
    assert_int_equal(api_server_new(&config, &test_diag, &server), BASE_USAGE);
    assert_non_null(strstr(test_diag.text, "hutong user add"));
    test_account(pg, "anna", NULL, "administrator", NULL);
    struct test_server on = test_server_on(database, config);
    char token[128];
    test_token(pg, "anna", NULL, token);
    AUTO_VALUE(test_answer) answer; /* the name of the machine is nobody's business now */
    test_raw(on.port, "GET /api/estates HTTP/1.1\r\nHost: map.example\r\n", &answer);
    assert_int_equal(answer.status, 401);
    assert_int_equal(test_status(on.port, "/api/estates", token), 200);
    test_sql(pg, "update account set revoked_at = now()"); /* the last one: closed, not open */
    test_tell(pg);
    test_await_status(on.port, "/api/estates", token, 401);
    assert_int_equal(test_status(on.port, "/api/estates", NULL), 401);
    PQfinish(pg);
    api_server_free(on.server);
}

/* Whatever a proxy lets in comes from this machine. */
static void behind_a_proxy(void **state)
{
    (void)state;
    struct api_server *server = NULL;
    const char *database = fixture_database();
    PGconn *pg = test_pg(database);
    struct api_config config = {.port = 0, .proxies = "127.0.0.1", .database = database};
    assert_int_equal(api_server_new(&config, &test_diag, &server), BASE_USAGE);
    assert_non_null(strstr(test_diag.text, "--proxies 127.0.0.1: nobody has an account yet"));
    test_account(pg, "anna", NULL, "administrator", NULL);
    struct test_server on = test_server_on(database, config);
    char token[128];
    test_token(pg, "anna", NULL, token);
    assert_int_equal(test_status(on.port, "/api/estates", token), 200);
    test_sql(pg, "update account set revoked_at = now()"); /* the last one: closed, not open */
    test_tell(pg);
    test_await_status(on.port, "/api/estates", token, 401);
    assert_int_equal(test_status(on.port, "/api/estates", NULL), 401);
    PQfinish(pg);
    api_server_free(on.server);
}

/* Open to this machine until the first account, and to nobody that a proxy may have brought. */
static void open_once_and_never_again(void **state)
{
    (void)state;
    struct test_server on = test_server_new((struct api_config){.port = 0});
    assert_int_equal(test_status(on.port, "/api/estates", NULL), 200);
    AUTO_VALUE(test_answer) answer;
    test_raw(on.port, "GET / HTTP/1.1\r\nHost: evil.example\r\n", &answer);
    assert_int_equal(answer.status, 421);
    static const char *const proxied[] = {"X-Forwarded-For: 203.0.113.9\r\n", "Forwarded: for=203.0.113.9\r\n",
                                          "X-Real-IP: 203.0.113.9\r\n", "Via: 1.1 proxy\r\n"};
    for (size_t i = 0; i < BASE_COUNT(proxied); i++) { /* a proxy that nobody told us of */
        assert_int_equal(test_status(on.port, "/api/estates", proxied[i]), 421);
    }
    test_account(on.pg, "anna", NULL, "administrator", NULL);
    char token[128];
    test_token(on.pg, "anna", NULL, token);
    test_await_status(on.port, "/api/estates", NULL, 401);
    test_await_status(on.port, "/api/estates", token, 200);
    test_sql(on.pg, "update account set revoked_at = now()");
    test_tell(on.pg);
    test_await_status(on.port, "/api/estates", token, 401);
    assert_int_equal(test_status(on.port, "/api/estates", NULL), 401);
    test_server_end(&on);
}

/* More identities than are remembered: the oldest go, nobody is mistaken for another. */
static void many(void **state)
{
    (void)state;
    enum { MANY = 20000 };
    struct api_server server = {.config.session_idle_us = 1800000000, .bound.loopback = false};
    test_ok(api_identities_new(&server, &test_diag, &server.identities));
    size_t found = 0;
    for (int pass = 0; pass < 2; pass++) {
        for (int64_t i = 0; i < MANY; i++) {
            struct api_credential credential = {.kind = API_CREDENTIAL_TOKEN};
            struct base_key hash = base_secret_hash((struct base_str){(const char *)&i, sizeof i});
            memcpy(credential.hash, hash.bytes, API_HASH_BYTES);
            struct api_identity *identity = NULL;
            if (pass == 0) {
                identity = calloc(1, sizeof *identity);
                identity->refs = 1;
                identity->by = credential;
                identity->account_id = i;
                identity->expires_us = INT64_MAX;
                test_ok(data_scope_everything(&test_diag, &identity->scope));
                api_identities_keep(server.identities, &credential, identity, 1);
            } else if (api_identity_remembered(&server, &credential, &identity)) {
                assert_int_equal(identity->account_id, i);
                found++;
            }
            api_identity_unref(identity);
        }
    }
    assert_true(found > 3000 && found <= 4096);
    api_identities_free(server.identities);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(many),
        cmocka_unit_test(remembered_costs_no_question),
        cmocka_unit_test(the_database_away),
        cmocka_unit_test(beyond_this_machine),
        cmocka_unit_test(behind_a_proxy),
        cmocka_unit_test(open_once_and_never_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
