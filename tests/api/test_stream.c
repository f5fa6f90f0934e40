/* api/stream.c, api/hub.c, api/asset.c: a snapshot, then what changes, to everybody, whoever is slow. */
#include "fixture/serving.h"

enum { PATIENCE_US = 5000000 };

static struct test_server on;

/* HTTP/1.0, so that no chunk sizes stand between the events. */
static int stream(struct base_buf *buf)
{
    base_buf_init(buf, 64 << 20);
    int fd = test_connect(on.port);
    test_send(fd, "GET /api/stream?topics=assets HTTP/1.0\r\nHost: localhost\r\nLast-Event-ID: 1-1\r\n\r\n");
    return fd;
}

static void move(const char *id, const char *lon)
{
    char sql[400];
    snprintf(sql, sizeof sql,
             "begin; update asset_state set lon = %s, t_event = clock_timestamp(), stored_at = clock_timestamp()"
             " where id in (%s); select pg_notify('hutong_asset', ''); commit",
             lon, id);
    test_sql(on.pg, sql);
}

/* The JSON of the last event of that name. */
static struct base_json *event(struct base_buf *buf, const char *name)
{
    char head[64];
    snprintf(head, sizeof head, "event: %s\n", name);
    const char *at = NULL;
    for (const char *next = base_buf_cstr(buf); (next = strstr(next, head)); next++) {
        at = next;
    }
    assert_non_null(at);
    const char *data = strstr(at, "data: ") + 6;
    struct base_json *json = NULL;
    test_ok(base_json_in_parse(data, strcspn(data, "\n"), &test_diag, &json));
    return json;
}

static void snapshot_then_diff(void **state)
{
    (void)state;
    AUTO_VALUE(base_buf) buf;
    int fd = stream(&buf);
    test_await(fd, &buf, "event: snapshot\n", PATIENCE_US);
    test_await(fd, &buf, "]}\n\n", PATIENCE_US);
    assert_non_null(strstr(base_buf_cstr(&buf), "Content-Type: text/event-stream\r\n"));
    assert_non_null(strstr(base_buf_cstr(&buf), "retry: 2000\n\n"));
    assert_non_null(strstr(base_buf_cstr(&buf), "\nid: "));
    AUTO(base_json) whole = event(&buf, "snapshot");
    assert_int_equal(base_json_in_size(base_json_in_get(whole, "assets")), 2);
    move("2", "121.4321");
    test_await(fd, &buf, "event: diff\n", PATIENCE_US);
    test_await(fd, &buf, "121.4321", PATIENCE_US);
    test_await(fd, &buf, "]}\n\n", PATIENCE_US);
    AUTO(base_json) diff = event(&buf, "diff");
    const struct base_json *assets = base_json_in_get(diff, "assets");
    const struct base_json *asset = base_json_in_at(assets, 0);
    assert_int_equal(base_json_in_size(assets), 1);
    assert_int_equal(test_i64(asset, "id"), 2);
    assert_string_equal(test_text(asset, "label"), "巡逻2组");
    assert_int_equal(test_i64(asset, "at_estate_id"), 1);
    assert_null(base_json_in_get(asset, "building_id")); /* unknown: absent */
    assert_null(base_json_in_get(asset, "speed_mps"));
    close(fd);
}

/* A row may become visible behind newer ones: its transaction began earlier and ended later. */
static void a_late_commit_is_not_lost(void **state)
{
    (void)state;
    AUTO_VALUE(base_buf) buf;
    int fd = stream(&buf);
    test_await(fd, &buf, "event: snapshot\n", PATIENCE_US);
    PGconn *slow = test_pg(on.database);
    test_sql(slow, "begin; update asset_state set lon = 121.4444, stored_at = clock_timestamp() - interval '2 s'"
                   " where id = 1");
    move("2", "121.4333");
    test_await(fd, &buf, "121.4333", PATIENCE_US);
    test_sql(slow, "commit"); /* and no notice at all */
    test_await(fd, &buf, "121.4444", PATIENCE_US);
    PQfinish(slow);
    close(fd);
}

static void nothing_is_told_twice(void **state)
{
    (void)state;
    AUTO_VALUE(base_buf) buf;
    int fd = stream(&buf);
    test_await(fd, &buf, "event: snapshot\n", PATIENCE_US);
    move("1", "121.4501");
    test_await(fd, &buf, "121.4501", PATIENCE_US);
    for (int i = 0; i < 5; i++) {
        test_sql(on.pg, "select pg_notify('hutong_asset', '')");
    }
    move("2", "121.4502");
    test_await(fd, &buf, "121.4502", PATIENCE_US);
    const char *first = strstr(base_buf_cstr(&buf), "121.4501");
    assert_null(strstr(first + 1, "121.4501"));
    close(fd);
}

static void heartbeats(void **state)
{
    (void)state;
    AUTO_VALUE(base_buf) buf;
    int fd = stream(&buf);
    test_await(fd, &buf, "event: heartbeat\ndata: {\"now\":\"", PATIENCE_US);
    close(fd);
}

static bool clients_are(void *wanted)
{
    AUTO_VALUE(test_answer) answer;
    test_get(on.port, "/readyz", NULL, &answer);
    AUTO(base_json) json = test_json(&answer);
    return test_i64(base_json_in_get(json, "stream"), "clients") == *(int64_t *)wanted;
}

static void gone_clients_are_noticed(void **state)
{
    (void)state;
    int64_t none = 0, one = 1;
    assert_true(fixture_poll(clients_are, &none, PATIENCE_US));
    AUTO_VALUE(base_buf) buf;
    int fd = stream(&buf);
    assert_true(fixture_poll(clients_are, &one, PATIENCE_US));
    close(fd);
    assert_true(fixture_poll(clients_are, &none, PATIENCE_US));
}

enum { MANY = 100, SLEEPERS = 3 };

static void a_hundred_clients(void **state)
{
    (void)state;
    static struct base_buf bufs[MANY];
    static int fds[MANY];
    for (int i = 0; i < MANY; i++) {
        fds[i] = stream(&bufs[i]);
    }
    for (int i = 0; i < MANY; i++) {
        test_await(fds[i], &bufs[i], "event: snapshot\n", PATIENCE_US);
    }
    move("1", "121.4700");
    for (int i = 0; i < MANY; i++) {
        test_await(fds[i], &bufs[i], "121.47,", PATIENCE_US);
        close(fds[i]);
        base_buf_release(&bufs[i]);
    }
}

static bool overflowed(void *unused)
{
    (void)unused;
    AUTO_VALUE(test_answer) answer;
    test_get(on.port, "/metrics", NULL, &answer);
    return !strstr(answer.body.at, "\nhutong_sse_overflows_total 0\n");
}

/* Three never read. One that follows does not feel it; they get a fresh snapshot when they wake. */
static void a_slow_client_delays_nobody(void **state)
{
    (void)state;
    test_sql(on.pg,
             "insert into asset_state (estate_id, subject, id, subject_type, source_id, label, label_en, t_event,"
             " t_recv, lon, lat, place_method) select 1, md5(n::text)::uuid, n, 'guard', 1, repeat('长', 1000),"
             " 'x', now(), now(), 121.4, 31.2, 'none' from generate_series(100, 199) n");
    struct base_buf bufs[SLEEPERS], follower;
    int fds[SLEEPERS], following = stream(&follower);
    test_await(following, &follower, "event: snapshot\n", PATIENCE_US);
    for (int i = 0; i < SLEEPERS; i++) {
        fds[i] = stream(&bufs[i]);
    }
    char lon[32];
    int round = 0;
    do {
        snprintf(lon, sizeof lon, "121.6%03d1", round);
        move("select generate_series(1, 199)", lon);
        base_buf_reset(&follower);
        test_await(following, &follower, lon, PATIENCE_US);
    } while (++round < 900 && (round % 20 || !overflowed(NULL)));
    assert_true(overflowed(NULL));
    for (int i = 0; i < SLEEPERS; i++) {
        int64_t until = base_clock_mono_us() + PATIENCE_US * 4;
        do { /* nothing is kept but the last bytes: the state at the end is what counts */
            base_buf_reset(&bufs[i]);
            test_receive(fds[i], &bufs[i], 100);
        } while (!strstr(base_buf_cstr(&bufs[i]), lon) && base_clock_mono_us() < until);
        assert_non_null(strstr(base_buf_cstr(&bufs[i]), lon));
        close(fds[i]);
        base_buf_release(&bufs[i]);
    }
    close(following);
    base_buf_release(&follower);
}

/* The server ends while streams are open: at once, and they see their end. */
static void open_streams_end_with_the_server(void **state)
{
    (void)state;
    AUTO_VALUE(base_buf) buf;
    int fd = stream(&buf);
    test_await(fd, &buf, "event: snapshot\n", PATIENCE_US);
    int64_t begun = base_clock_mono_us();
    api_server_free(on.server);
    on.server = NULL;
    assert_true(base_clock_mono_us() - begun < 1000000);
    while (test_receive(fd, &buf, 2000)) {
    }
    struct pollfd wait = {.fd = fd, .events = POLLIN};
    assert_int_equal(poll(&wait, 1, 0), 1); /* the end, not a time-out */
    close(fd);
}

static int open_all(void **state)
{
    (void)state;
    on = test_server_new((struct api_config){.port = 0, .heartbeat_us = 300000});
    return 0;
}

static int close_all(void **state)
{
    (void)state;
    test_server_end(&on);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(snapshot_then_diff),          cmocka_unit_test(a_late_commit_is_not_lost),
        cmocka_unit_test(nothing_is_told_twice),       cmocka_unit_test(heartbeats),
        cmocka_unit_test(gone_clients_are_noticed),    cmocka_unit_test(a_hundred_clients),
        cmocka_unit_test(a_slow_client_delays_nobody), cmocka_unit_test(open_streams_end_with_the_server),
    };
    return cmocka_run_group_tests(tests, open_all, close_all);
}
