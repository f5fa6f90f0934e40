/* api/database.c, api/worker.c, api/hub.c: the database goes and comes back; nobody hangs, everything recovers. */
#include "fixture/serving.h"

enum { PATIENCE_US = 20000000 };

static struct test_server on;

static int get(const char *path, const char **ret_retry)
{
    AUTO_VALUE(test_answer) answer;
    int64_t begun = base_clock_mono_us();
    int status = test_get(on.port, path, NULL, &answer);
    assert_true(base_clock_mono_us() - begun < 3000000);
    if (ret_retry) {
        *ret_retry = test_header(&answer, "Retry-After");
    }
    return status;
}

static bool ready(void *unused)
{
    (void)unused;
    return get("/readyz", NULL) == 200;
}

static bool not_ready(void *unused)
{
    return !ready(unused);
}

static const char *const paths[] = {"/api/estates", "/tiles/buildings/14/13717/6696?at=2026-01-01T00:00:00Z",
                                    "/tiles/roads.json", "/api/buildings/1/dossier", "/readyz"};

/* Backends outlive their killed postmaster by a moment, each by its own: all workers must have lost theirs. */
static bool all_away(void *context)
{
    bool away = not_ready(context);
    for (size_t i = 0; i < BASE_COUNT(paths) * 4 && away; i++) {
        away = get(paths[i % BASE_COUNT(paths)], NULL) == 503;
    }
    return away;
}

static void gone_and_back(void **state)
{
    (void)state;
    AUTO(fixture_server) servers = fixture_server_new(FIXTURE_POSTGRES);
    PGconn *pg = test_pg(fixture_server_database(servers));
    test_fill(pg);
    PQfinish(pg);
    on = test_server_on(fixture_server_database(servers), (struct api_config){.port = 0, .heartbeat_us = 200000});
    assert_true(fixture_poll(ready, NULL, PATIENCE_US));
    assert_int_equal(get("/tiles/buildings/14/13717/6696", NULL), 200);
    AUTO_VALUE(base_buf) buf;
    base_buf_init(&buf, 1 << 22);
    int fd = test_connect(on.port);
    test_send(fd, "GET /api/stream HTTP/1.0\r\nHost: localhost\r\n\r\n");
    test_await(fd, &buf, "event: snapshot", PATIENCE_US);

    fixture_server_kill(servers, FIXTURE_POSTGRES);
    assert_true(fixture_poll(all_away, NULL, PATIENCE_US));
    for (size_t i = 0; i < BASE_COUNT(paths) * 4; i++) {
        const char *retry = NULL;
        assert_int_equal(get(paths[i % BASE_COUNT(paths)], &retry), 503);
        assert_non_null(retry);
    }
    assert_int_equal(get("/tiles/buildings/14/13717/6696", NULL), 200); /* as it was when the feed went away */
    assert_int_equal(get("/tiles/roads/14/13717/6696", NULL), 200);     /* also what nobody has asked for so far */
    assert_int_equal(get("/healthz", NULL), 200);
    assert_int_equal(get("/", NULL), 200);
    assert_int_equal(get("/metrics", NULL), 200); /* the process's own numbers */
    test_await(fd, &buf, "\"live\":false", PATIENCE_US);

    fixture_server_start(servers, FIXTURE_POSTGRES);
    assert_true(fixture_poll(ready, NULL, PATIENCE_US));
    assert_int_equal(get("/api/estates", NULL), 200);
    pg = test_pg(fixture_server_database(servers));
    test_sql(pg, "update asset_state set lon = 121.4999, stored_at = clock_timestamp() where id = 1");
    test_await(fd, &buf, "121.4999", PATIENCE_US);
    PQfinish(pg);
    close(fd);

    fixture_server_stop(servers, FIXTURE_POSTGRES); /* a polite restart: idle connections die under us */
    fixture_server_start(servers, FIXTURE_POSTGRES);
    assert_true(fixture_poll(ready, NULL, PATIENCE_US));
    assert_int_equal(get("/tiles/buildings/14/13717/6696", NULL), 200);
    on.pg = NULL;
    test_server_end(&on);
}

static void no_database_named(void **state)
{
    (void)state;
    struct api_server *server = NULL;
    unsetenv("HUTONG_DATABASE");
    assert_int_equal(api_server_new(&(struct api_config){.port = 0}, &test_diag, &server), BASE_NOT_FOUND);
    assert_non_null(strstr(test_diag.text, "HUTONG_DATABASE"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gone_and_back),
        cmocka_unit_test(no_database_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
