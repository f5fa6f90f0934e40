/* api/sign_in.c, api/worker.c: what somebody can do to others by signing in, or by trying to. */
#include "api/private.h"
#include "fixture/signing.h"

enum { PATIENCE_US = 20000000, TRIES = 20 };

static struct test_server on;

static int tried(const char *name, const char *password)
{
    static in_addr_t addresses = INADDR_LOOPBACK;
    test_from = ++addresses; /* nobody is stopped for the tries of another test */
    int status = test_sign_in(on.port, name, password, NULL);
    test_from = 0;
    return status;
}

static int64_t locked_for(const char *name)
{
    char body[256];
    int64_t seconds = 0;
    AUTO_VALUE(test_answer) answer;
    snprintf(body, sizeof body, "{\"name\":\"%s\",\"password\":\"" TEST_PASSWORD "\"}", name);
    assert_int_equal(test_post(on.port, "application/json", body, NULL, &answer), 429);
    assert_true(base_str_i64(base_str_of(test_header(&answer, "Retry-After")), &seconds));
    return seconds;
}

/* Both are rounded up: one that is rounded down says that there is such an account. */
static void a_lock_does_not_tell_whether_there_is_an_account(void **state)
{
    (void)state;
    test_account(on.pg, "luke", TEST_PASSWORD, "company", "1");
    for (int i = 0; i < 5; i++) {
        assert_int_equal(tried("luke", "wrong wrong"), 401);
        assert_int_equal(tried("not-luke", "wrong wrong"), 401);
    }
    int64_t luke = locked_for("luke"), stranger = locked_for("not-luke"), left;
    assert_true(luke <= 900 && stranger <= 900);
    assert_true(base_str_i64(base_str_of(test_sql(on.pg, "select floor(extract(epoch from locked_until - now()))::int"
                                                         " from account where name = 'luke'")),
                             &left));
    assert_true(luke > left); /* something was left of that second, too */
}

static int post_begun(const char *name)
{
    static in_addr_t addresses = 0x7F020000; /* 127.2.0.0 */
    char body[256], request[512];
    snprintf(body, sizeof body, "{\"name\":\"%s\",\"password\":\"" TEST_PASSWORD "\"}", name);
    snprintf(request, sizeof request,
             "POST /api/session HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
             "Content-Length: %zu\r\n\r\n%s",
             strlen(body), body);
    test_from = ++addresses;
    int fd = test_connect(on.port);
    test_from = 0;
    test_send(fd, request);
    return fd;
}

static bool hashing_begun(void *before)
{
    return on.server->hashing.count > *(const uint64_t *)before;
}

/* Many passwords at once, and each takes its time to check: a tile does not wait for them. */
static void a_flood_of_passwords_keeps_no_tile_waiting(void **state)
{
    (void)state;
    char token[128];
    int fds[TRIES];
    test_token(on.pg, "anna", NULL, token);
    assert_int_equal(test_status(on.port, "/api/estates", token), 200); /* known from here on */
    uint64_t before = on.server->hashing.count;
    for (int i = 0; i < TRIES; i++) {
        char name[32];
        snprintf(name, sizeof name, "nobody-%d", i);
        fds[i] = post_begun(name);
    }
    assert_true(fixture_poll(hashing_begun, &before, PATIENCE_US));
    assert_int_equal(test_status(on.port, "/tiles/buildings/14/13717/6696", token), 200);
    assert_true(on.server->hashing.count - before < TRIES); /* some still wait */
    for (int i = 0; i < TRIES; i++) {
        close(fds[i]);
    }
}

static bool somebody_waits(void *pg)
{
    return strcmp(test_sql(pg, "select count(*) > 0 from pg_stat_activity where wait_event_type = 'Lock'"
                               " and application_name = 'hutong serve'"),
                  "t") == 0;
}

/* The right password when it was checked, and no longer when the session begins. */
static void what_ends_while_a_password_is_checked(void **state)
{
    (void)state;
    static const char *const ends[] = {"update account set password_hash = 'another' where name = 'mary'",
                                       "update account set revoked_at = now(), password_hash = null"
                                       " where name = 'mary'"};
    test_account(on.pg, "mary", TEST_PASSWORD, "company", "1");
    PGconn *other = test_pg(on.database);
    for (size_t i = 0; i < BASE_COUNT(ends); i++) {
        char was[BASE_PASSWORD_TEXT];
        AUTO_VALUE(base_buf) answer;
        base_buf_init(&answer, 1 << 20);
        snprintf(was, sizeof was, "%s", test_sql(on.pg, "select password_hash from account where name = 'mary'"));
        test_sql(on.pg, "update account set failed = 1 where name = 'mary'");
        test_sql(other, "begin");
        test_sql(other, ends[i]);
        int fd = post_begun("mary"); /* finds the account as it was, and sets its failures back */
        assert_true(fixture_poll(somebody_waits, on.pg, PATIENCE_US));
        test_sql(other, "commit");
        test_await(fd, &answer, "HTTP/1.1 401", PATIENCE_US);
        close(fd);
        assert_string_equal(
            test_sql(on.pg, "select count(*) from session s join account a on a.id = account_id where name = 'mary'"),
            "0");
        test_sqlf(on.pg, "update account set password_hash = '%s' where name = 'mary'", was);
    }
    PQfinish(other);
}

/* Streams are as many as there are places; nobody has more than a hundred of them. */
static void one_account_does_not_take_all_streams(void **state)
{
    (void)state;
    enum { MOST = 100 };
    int fds[MOST];
    char token[128], other[128], request[400];
    test_token(on.pg, "anna", "inspection", token);
    test_account(on.pg, "dora", NULL, "district", NULL);
    test_token(on.pg, "dora", "inspection", other);
    snprintf(request, sizeof request, "GET /api/stream HTTP/1.1\r\nHost: localhost\r\n%s\r\n", token);
    for (int i = 0; i < MOST; i++) {
        AUTO_VALUE(base_buf) answer;
        base_buf_init(&answer, 1 << 20);
        fds[i] = test_connect(on.port);
        test_send(fds[i], request);
        test_await(fds[i], &answer, "HTTP/1.1 200", PATIENCE_US);
    }
    AUTO_VALUE(test_answer) refused;
    assert_int_equal(test_get(on.port, "/api/stream", token, &refused), 503);
    assert_non_null(test_header(&refused, "Retry-After"));
    AUTO_VALUE(base_buf) answer;
    base_buf_init(&answer, 1 << 20);
    snprintf(request, sizeof request, "GET /api/stream HTTP/1.1\r\nHost: localhost\r\n%s\r\n", other);
    int fd = test_connect(on.port);
    test_send(fd, request);
    test_await(fd, &answer, "HTTP/1.1 200", PATIENCE_US);
    close(fd);
    for (int i = 0; i < MOST; i++) {
        close(fds[i]);
    }
}

/* HEAD has no body, so its stream is at its end: what follows on the connection is the next answer. */
static void head_opens_no_stream(void **state)
{
    (void)state;
    char token[128], request[600];
    AUTO_VALUE(base_buf) answer;
    base_buf_init(&answer, 1 << 20);
    test_token(on.pg, "anna", "inspection", token);
    snprintf(request, sizeof request,
             "HEAD /api/stream HTTP/1.1\r\nHost: localhost\r\n%s\r\nGET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n",
             token);
    int fd = test_connect(on.port);
    test_send(fd, request);
    test_await(fd, &answer, "\r\n\r\nok\n", PATIENCE_US);
    const char *end = strstr(base_buf_cstr(&answer), "\r\n\r\n");
    assert_memory_equal(end + 4, "HTTP/1.1 200", 12);
    assert_non_null(strstr(base_buf_cstr(&answer), "text/event-stream"));
    close(fd);
}

/* Whoever works where no estate is drawn yet works at estate 0. */
static void a_shift_of_no_estate(void **state)
{
    (void)state;
    test_sql(on.pg, "insert into source (id, estate_id, name, topics, format, purpose) values"
                    " (90, 0, 'phones of none', array['none/#'], 'owntracks', 'patrol')");
    test_sql(on.pg,
             "insert into shift (estate_id, id, source_id, subject_type, label, label_en, starts_at, ends_at) values"
             " (0, 90, 90, 'guard', '巡逻90组', 'Patrol 90', now() - interval '1 h', now() + interval '1 h')");
    test_sql(on.pg, "insert into shift_code (hash, estate_id, shift_id, expires_at) values"
                    " (sha256('ABCDE-23456'), 0, 90, now() + interval '1 h')");
    AUTO_VALUE(test_answer) answer;
    assert_int_equal(test_post(on.port, "application/json", "{\"shift_code\":\"ABCDE-23456\"}", NULL, &answer), 200);
    assert_non_null(strstr(answer.body.at, "\"looks\":{\"place\":[0],\"carry\":[0],\"report\":[0]}"));
}

static int begin(void **state)
{
    (void)state;
    on = test_server_new((struct api_config){.port = 0});
    test_account(on.pg, "anna", NULL, "administrator", NULL);
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
        cmocka_unit_test(a_lock_does_not_tell_whether_there_is_an_account),
        cmocka_unit_test(a_flood_of_passwords_keeps_no_tile_waiting),
        cmocka_unit_test(what_ends_while_a_password_is_checked),
        cmocka_unit_test(a_shift_of_no_estate),
        cmocka_unit_test(one_account_does_not_take_all_streams),
        cmocka_unit_test(head_opens_no_stream),
    };
    return cmocka_run_group_tests(tests, begin, end);
}
