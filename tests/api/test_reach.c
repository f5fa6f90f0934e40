/* api/server.c: beyond loopback only with an account; who is no account's stays outside. */
#include "fixture/serving.h"

static void no_account_no_network(void **state)
{
    (void)state;
    struct api_config config = {.database = fixture_database(), .bind = "0.0.0.0"};
    struct api_server *server = NULL;
    assert_int_equal(api_server_new(&config, &test_diag, &server), BASE_USAGE);
    assert_non_null(strstr(test_diag.text, "hutong user add"));
    PGconn *pg = test_pg(config.database);
    test_sql(pg, "insert into account (name) values ('anna')");
    struct test_server on = test_server_on(config.database, config);
    AUTO_VALUE(test_answer) open, closed;
    assert_int_equal(test_get(on.port, "/healthz", NULL, &open), 200);
    assert_int_equal(test_get(on.port, "/api/estates", NULL, &closed), 401);
    test_sql(pg, "update account set revoked_at = now()");
    test_sql(pg, "select pg_notify('hutong_access', '')");
    AUTO_VALUE(test_answer) still;
    assert_int_equal(test_get(on.port, "/api/estates", NULL, &still), 401);
    api_server_free(on.server);
    PQfinish(pg);
}

/* A name that points here from elsewhere (DNS rebinding) reaches an open server's port, but not the server. */
static void an_open_server_answers_to_its_own_name(void **state)
{
    (void)state;
    struct test_server on = test_server_on(fixture_database(), (struct api_config){.port = 0});
    AUTO_VALUE(test_answer) foreign, own;
    test_raw(on.port, "GET /api/estates HTTP/1.1\r\nHost: evil.example\r\n", &foreign);
    assert_int_equal(foreign.status, 421);
    assert_int_equal(test_get(on.port, "/api/estates", NULL, &own), 200);
    api_server_free(on.server);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_account_no_network),
        cmocka_unit_test(an_open_server_answers_to_its_own_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
