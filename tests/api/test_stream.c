/* api/hub.c, teller.c, client.c, message.c: a snapshot, then what changes, to everybody, whoever is slow or comes back.
 */
#include "fixture/serving.h"

enum { PATIENCE_US = 5000000 };

static struct test_server on;

/* HTTP/1.0, so that no chunk sizes stand between the events. last: the id that the client was told last, or NULL. */
static int stream_of(int port, const char *topics, const char *last, struct base_buf *buf)
{
    char head[400];
    base_buf_init(buf, 64 << 20);
    int fd = test_connect(port);
    snprintf(head, sizeof head, "GET /api/stream?topics=%s HTTP/1.0\r\nHost: localhost\r\n%s%s%s\r\n", topics,
             last ? "Last-Event-ID: " : "", last ? last : "", last ? "\r\n" : "");
    test_send(fd, head);
    return fd;
}

static int stream(struct base_buf *buf)
{
    return stream_of(on.port, "assets", "1-1", buf);
}

static void move(const char *id, const char *lon)
{
    char sql[400];
    snprintf(sql, sizeof sql, "update asset_state set lon = %s, t_event = clock_timestamp() where id in (%s)", lon, id);
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
    test_sql(slow, "commit");
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
    test_sql(on.pg, "update asset_state set stored_at = clock_timestamp() where id = 1"); /* nothing that is shown */
    move("2", "121.4502");
    test_await(fd, &buf, "121.4502", PATIENCE_US);
    const char *first = strstr(base_buf_cstr(&buf), "121.4501");
    assert_null(strstr(first + 1, "121.4501"));
    close(fd);
}

/* They say how true the picture is, and carry the id of what was told before. */
static void heartbeats(void **state)
{
    (void)state;
    AUTO_VALUE(base_buf) buf;
    int fd = stream(&buf);
    test_await(fd, &buf, "event: snapshot\n", PATIENCE_US);
    test_await(fd, &buf, "]}\n\n", PATIENCE_US);
    test_await(fd, &buf, "event: heartbeat\nid: ", PATIENCE_US);
    test_await(fd, &buf, "\"stale\":[]}\n\n", PATIENCE_US);
    AUTO(base_json) beat = event(&buf, "heartbeat");
    double age = -1;
    bool live = false;
    assert_true(base_json_in_bool(base_json_in_get(beat, "live"), &live) && live);
    assert_true(base_json_in_f64(base_json_in_get(beat, "feed_age_s"), &age) && age >= 0);
    close(fd);
}

/* --- topics --- */

static void await_line(int fd, struct base_buf *buf, const char *name)
{
    char head[64];
    snprintf(head, sizeof head, "event: %s\n", name);
    test_await(fd, buf, head, PATIENCE_US);
    int64_t until = base_clock_mono_us() + PATIENCE_US;
    while (!strstr(strstr(base_buf_cstr(buf), head), "\n\n")) {
        assert_true(base_clock_mono_us() < until);
        test_receive(fd, buf, 50);
    }
}

static const struct base_json *first(const struct base_json *message, const char *topic)
{
    return base_json_in_at(base_json_in_get(message, topic), 0);
}

static void topics(void **state)
{
    (void)state;
    AUTO_VALUE(base_buf) buf;
    test_sql(on.pg, "insert into building_state (estate_id, building_id, last_pass_at) values (1, 38, now())");
    test_sql(on.pg, "insert into zone_state (estate_id, zone_id, last_pass_at) values (1, 1, now())");
    test_sql(on.pg, "insert into device (estate_id, id, source_id, native_id, name, kind, building_estate_id,"
                    " building_id, state) values (1, 11, 1, 'lamp-11', 'Lamp', 'lamp', 1, 38, 'accepted')");
    test_caught_up(&on);
    int fd = stream_of(on.port, "buildings,zones,devices", NULL, &buf);
    await_line(fd, &buf, "snapshot");
    AUTO(base_json) whole = event(&buf, "snapshot");
    assert_null(base_json_in_get(whole, "assets"));
    assert_int_equal(base_json_in_size(base_json_in_get(whole, "buildings")), 1); /* of 40: those with state */
    assert_int_equal(test_i64(first(whole, "buildings"), "id"), 38);
    assert_int_equal(test_i64(first(whole, "buildings"), "estate_id"), 1);
    assert_null(base_json_in_get(first(whole, "buildings"), "levels")); /* tiles have it */
    assert_int_equal(test_i64(first(whole, "zones"), "id"), 1);
    assert_string_equal(test_text(first(whole, "devices"), "name"), "Lamp");
    move("1", "121.4911"); /* nobody asked for it */
    test_sql(on.pg, "update building_state set last_alarm_at = '2026-01-02 03:04:05Z' where building_id = 38");
    await_line(fd, &buf, "diff");
    AUTO(base_json) diff = event(&buf, "diff");
    assert_string_equal(test_text(first(diff, "buildings"), "last_alarm_at"), "2026-01-02T03:04:05Z");
    assert_non_null(base_json_in_get(first(diff, "buildings"), "last_pass_at")); /* whole objects */
    assert_null(strstr(base_buf_cstr(&buf), "121.4911"));
    close(fd);
}

/* One row of a live state: one object of one topic, with absolute times alone, and no tile is to be asked for again. */
static void one_change(int fd, struct base_buf *buf, const char *sql, const char *topic, const char *object)
{
    char wanted[600];
    test_sql(on.pg, sql);
    snprintf(wanted, sizeof wanted, "\"%s\":[%s]", topic, object);
    test_await(fd, buf, wanted, PATIENCE_US);
}

static void duties(void **state)
{
    (void)state;
    AUTO_VALUE(base_buf) buf;
    test_sql(on.pg,
             "delete from building_state where building_id = 38; delete from zone_state; delete from device_duty");
    test_caught_up(&on);
    int fd = stream_of(on.port, "buildings,zones,devices", NULL, &buf);
    await_line(fd, &buf, "snapshot");
    one_change(fd, &buf,
               "insert into building_state (estate_id, building_id, duty_every, duty_types, due_at, breach_at) values"
               " (1, 38, '2 h', '{guard}', '2026-01-02 04:00:00Z', '2026-01-02 03:41:00Z')",
               "buildings",
               "{\"id\":38,\"estate_id\":1,\"due_at\":\"2026-01-02T04:00:00Z\",\"duty_every_s\":7200,\"breach_at\":"
               "\"2026-01-02T03:41:00Z\"}");
    one_change(fd, &buf,
               "update building_state set breached_at = breach_at, verdict = 'missed', verdict_at = due_at, blind ="
               " true where building_id = 38",
               "buildings",
               "{\"id\":38,\"estate_id\":1,\"due_at\":\"2026-01-02T04:00:00Z\",\"verdict\":\"missed\",\"verdict_at\":"
               "\"2026-01-02T04:00:00Z\",\"duty_every_s\":7200,\"breach_at\":\"2026-01-02T03:41:00Z\",\"breached_at\":"
               "\"2026-01-02T03:41:00Z\",\"blind\":true}");
    one_change(fd, &buf,
               "insert into zone_state (estate_id, zone_id, swept, swept_from, swept_at) values (1, 1, 0.6449,"
               " '2026-01-02 04:00:00Z', '2026-01-02 04:30:00Z')",
               "zones",
               "{\"id\":1,\"estate_id\":1,\"swept\":0.645,\"swept_from\":\"2026-01-02T04:00:00Z\",\"swept_at\":"
               "\"2026-01-02T04:30:00Z\"}");
    test_sql(on.pg, "insert into device_duty (estate_id, device_id, uptime, uptime_from) values (1, 11, 0.97,"
                    " '2026-01-02Z')"); /* the lamp of the topics */
    test_await(fd, &buf, "\"uptime\":0.97,\"uptime_from\":\"2026-01-02T00:00:00Z\"", PATIENCE_US);
    test_sql(on.pg, "update building_state set duty_types = '{guard,cleaner}'"); /* ingest's own */
    one_change(fd, &buf, "update zone_state set swept = 1", "zones",
               "{\"id\":1,\"estate_id\":1,\"swept\":1,\"swept_from\":\"2026-01-02T04:00:00Z\",\"swept_at\":"
               "\"2026-01-02T04:30:00Z\"}");
    assert_null(strstr(strstr(base_buf_cstr(&buf), "\"uptime\""), "\"buildings\""));
    assert_null(strstr(base_buf_cstr(&buf), "\"tiles\""));
    close(fd);
}

/* From the report to the end: what is over is gone, and no words of whoever reported it were told. */
static void incidents(void **state)
{
    (void)state;
    AUTO_VALUE(base_buf) buf;
    int fd = stream_of(on.port, "incidents", NULL, &buf);
    await_line(fd, &buf, "snapshot");
    one_change(
        fd, &buf,
        "insert into incident (estate_id, id, origin, category, severity, policy_id, policy_version, building_id, "
        "storey,"
        " title, t_event, reported_at, state_at, breach_at) select 1, 71, 'call', 'smoke', 'serious', id, version, 38, "
        "3,"
        " '张三家冒烟', t, t, t, t + interval '5 min' from sla_policy, (values (timestamptz '2026-01-02 03:04:05Z')) m "
        "(t)"
        " where key = 'serious'",
        "incidents",
        "{\"id\":71,\"estate_id\":1,\"category\":\"smoke\",\"severity\":\"serious\",\"building_id\":38,\"storey\":3,"
        "\"drill\":false,\"reported_at\":\"2026-01-02T03:04:05Z\",\"state\":\"reported\",\"level\":0,\"state_at\":"
        "\"2026-01-02T03:04:05Z\",\"breach_at\":\"2026-01-02T03:09:05Z\",\"version\":1,\"lon\":121.4153,\"lat\":"
        "31.2045}");
    test_sql(on.pg, "update incident set state = 'filed', version = 2 where id = 71");
    test_await(fd, &buf, "\"state\":\"filed\"", PATIENCE_US);
    test_sql(on.pg, "update incident set state = 'rejected', closed_at = now(), version = 3 where id = 71");
    test_await(fd, &buf, "\"gone\":{\"incidents\":[71]}}\n\n", PATIENCE_US);
    assert_null(strstr(base_buf_cstr(&buf), "\"tiles\""));
    assert_null(strstr(base_buf_cstr(&buf), "张三"));
    close(fd);
}

static void unknown_topics(void **state)
{
    (void)state;
    static const char *const paths[] = {"/api/stream?topics=cases", "/api/stream?topics=", "/api/stream?topics=assets,",
                                        "/api/stream?topics=assets,assets", "/api/stream?topics=Assets"};
    for (size_t i = 0; i < BASE_COUNT(paths); i++) {
        AUTO_VALUE(test_answer) answer;
        assert_int_equal(test_get(on.port, paths[i], NULL, &answer), 400);
    }
}

static void what_goes_is_told(void **state)
{
    (void)state;
    AUTO_VALUE(base_buf) buf;
    int fd = stream_of(on.port, "assets,buildings,zones", NULL, &buf);
    await_line(fd, &buf, "snapshot");
    test_sql(on.pg,
             "insert into asset_state (estate_id, subject, id, subject_type, source_id, label, label_en, t_event,"
             " t_recv, lon, lat, place_method) select 1, md5('77')::uuid, 77, 'guard', 1, '短', 'x', now(), now(),"
             " 121.4, 31.2, 'none'");
    test_await(fd, &buf, "\"id\":77,", PATIENCE_US);
    test_sql(on.pg, "begin; delete from asset_state where id = 77; delete from zone_state where zone_id = 1; commit");
    test_await(fd, &buf, "\"gone\":{\"assets\":[77],\"zones\":[1]}}\n\n", PATIENCE_US);
    close(fd);
}

/* Who shows tiles is told which layers to ask for again. */
static void tiles_that_changed(void **state)
{
    (void)state;
    AUTO_VALUE(base_buf) buf;
    int fd = stream(&buf);
    await_line(fd, &buf, "snapshot");
    test_sql(on.pg, "update building set name = '三号楼' where id = 3");
    test_await(fd, &buf, "\"tiles\":[\"buildings\"]}\n\n", PATIENCE_US);
    test_sql(on.pg, "update building_state set last_event_at = now() where building_id = 38");
    test_sql(on.pg, "update road set name = '新民路'");
    test_await(fd, &buf, "\"tiles\":[\"roads\"]}\n\n", PATIENCE_US);
    close(fd);
}

/* --- coming back --- */

/* The id of the last event that has one. */
static void last_id(struct base_buf *buf, char id[64])
{
    const char *at = NULL;
    for (const char *next = base_buf_cstr(buf); (next = strstr(next, "\nid: ")); next++) {
        at = next + 5;
    }
    assert_non_null(at);
    snprintf(id, 64, "%.*s", (int)strcspn(at, "\n"), at);
}

/* Follows until the asset is there, and leaves. */
static void follow_until(const char *lon, char id[64])
{
    AUTO_VALUE(base_buf) buf;
    int fd = stream(&buf);
    await_line(fd, &buf, "snapshot");
    move("1", lon);
    test_await(fd, &buf, lon, PATIENCE_US);
    test_await(fd, &buf, "]}\n\n", PATIENCE_US);
    last_id(&buf, id);
    close(fd);
}

static void who_comes_back_is_told_the_difference(void **state)
{
    (void)state;
    char id[64];
    AUTO_VALUE(base_buf) buf;
    follow_until("121.4801", id);
    move("2", "121.4802");
    move("2", "121.4803");
    test_caught_up(&on);
    int fd = stream_of(on.port, "assets", id, &buf);
    await_line(fd, &buf, "diff");
    AUTO(base_json) diff = event(&buf, "diff");
    assert_true(base_json_in_size(base_json_in_get(diff, "assets")) <= 2); /* perhaps the one seen a moment ago, too */
    assert_int_equal(test_i64(first(diff, "assets"), "id"), 2);
    assert_non_null(strstr(base_buf_cstr(&buf), "121.4803"));
    assert_null(strstr(base_buf_cstr(&buf), "121.4802")); /* one diff, its newest place */
    move("1", "121.4804");
    test_await(fd, &buf, "121.4804", PATIENCE_US);
    assert_null(strstr(base_buf_cstr(&buf), "event: snapshot"));
    close(fd);
}

/* Its id says where it was, whoever told it. */
static void at_another_server(void **state)
{
    (void)state;
    char id[64];
    AUTO_VALUE(base_buf) buf;
    struct test_server other = test_server_on(on.database, (struct api_config){.port = 0});
    other.pg = on.pg;
    test_caught_up(&other);
    follow_until("121.4811", id);
    move("2", "121.4812");
    test_caught_up(&other);
    int fd = stream_of(other.port, "assets", id, &buf);
    await_line(fd, &buf, "diff");
    test_await(fd, &buf, "121.4812", PATIENCE_US);
    assert_null(strstr(base_buf_cstr(&buf), "event: snapshot"));
    close(fd);
    api_server_free(other.server);
}

/* A server that has begun since knows nothing of before, and ids that are none mean nothing. */
static void who_cannot_be_told_gets_a_snapshot(void **state)
{
    (void)state;
    char id[64];
    follow_until("121.4821", id);
    struct test_server fresh = test_server_on(on.database, (struct api_config){.port = 0});
    fresh.pg = on.pg;
    move("1", "121.4822");
    test_caught_up(&fresh);
    const char *const ids[] = {"", "0", "1-1", "nonsense", "FFFFFFFFFFFFFFFF", "1.2", "\xE4\xB8\x80"};
    for (size_t i = 0; i <= BASE_COUNT(ids); i++) {
        AUTO_VALUE(base_buf) buf;
        bool garbage = i < BASE_COUNT(ids);
        int fd = stream_of(garbage ? on.port : fresh.port, "assets", garbage ? ids[i] : "1000", &buf);
        await_line(fd, &buf, "snapshot");
        close(fd);
    }
    api_server_free(fresh.server);
}

/* The feed is cut, things happen, it begins anew: nobody hears more than what is different. */
static void a_cut_feed_tells_the_difference(void **state)
{
    (void)state;
    AUTO_VALUE(base_buf) buf;
    int fd = stream_of(on.port, "assets,buildings", NULL, &buf);
    await_line(fd, &buf, "snapshot");
    AUTO(base_json) whole = event(&buf, "snapshot");
    assert_int_equal(base_json_in_size(base_json_in_get(whole, "assets")), 2);
    test_sql(on.pg, "begin; update asset_state set lon = 121.4831 where id = 2; select pg_terminate_backend(pid) from"
                    " pg_stat_replication where application_name like 'hutong%'; select pg_sleep(0.05); commit");
    test_await(fd, &buf, "121.4831", PATIENCE_US * 4);
    test_await(fd, &buf, "]}\n\n", PATIENCE_US);
    AUTO(base_json) diff = event(&buf, "diff");
    assert_int_equal(base_json_in_size(base_json_in_get(diff, "assets")), 1);
    assert_null(base_json_in_get(diff, "buildings"));
    assert_null(strstr(strstr(base_buf_cstr(&buf), "event: snapshot") + 1, "event: snapshot"));
    AUTO_VALUE(test_answer) answer;
    test_get(on.port, "/metrics", NULL, &answer);
    assert_null(strstr(answer.body.at, "hutong_feed_resyncs_total{upstream=\"0\"} 0\n")); /* it was cut */
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

/* Three never read. One that follows does not feel it; they get what they missed as one diff when they wake. */
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
        test_await(fds[i], &bufs[i], lon, PATIENCE_US * 4);
        const char *snapshot = strstr(base_buf_cstr(&bufs[i]), "event: snapshot\n");
        assert_non_null(snapshot);
        assert_null(strstr(snapshot + 1, "event: snapshot\n")); /* the only one */
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
        cmocka_unit_test(snapshot_then_diff),
        cmocka_unit_test(a_late_commit_is_not_lost),
        cmocka_unit_test(nothing_is_told_twice),
        cmocka_unit_test(heartbeats),
        cmocka_unit_test(topics),
        cmocka_unit_test(duties),
        cmocka_unit_test(incidents),
        cmocka_unit_test(unknown_topics),
        cmocka_unit_test(what_goes_is_told),
        cmocka_unit_test(tiles_that_changed),
        cmocka_unit_test(who_comes_back_is_told_the_difference),
        cmocka_unit_test(at_another_server),
        cmocka_unit_test(who_cannot_be_told_gets_a_snapshot),
        cmocka_unit_test(a_cut_feed_tells_the_difference),
        cmocka_unit_test(gone_clients_are_noticed),
        cmocka_unit_test(a_hundred_clients),
        cmocka_unit_test(a_slow_client_delays_nobody),
        cmocka_unit_test(open_streams_end_with_the_server),
    };
    return cmocka_run_group_tests(tests, open_all, close_all);
}
