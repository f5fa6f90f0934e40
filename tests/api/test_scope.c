/* api/stream.c, teller.c, watch.c, audit.c: who has a stream open sees their own estates only, for as long as they may;
 * and every look at units and cameras is written down. */
#include "api/access_kit.h"

enum { PATIENCE_US = 10000000, MOVES = 200, BUF_MAX = 64 << 20 };

static const struct access_user users[] = {
    {"one", "company", "{1}", "inspection", NULL},
    {"two", "company", "{2}", "complaint", NULL},
    {"all", "district", NULL, "duty_command", NULL},
    {"again", "company", "{1}", "maintenance", NULL},
    {"leaving", "company", "{1}", "inspection", NULL},
    {"growing", "company", "{1}", "inspection", NULL},
    {"fading", "company", "{1}", "inspection", NULL},
    {"short", "company", "{1}", "inspection", NULL},
    {"looker", "company", "{1}", "incident", NULL},
    {"silent", "company", "{1}", NULL, NULL},
    {"asks", "company", "{1}", NULL, NULL},
    {"records", "committee", "{1}", "incident", NULL},
    {"stopped", "company", "{1}", "incident", NULL},
    {"chief", "administrator", NULL, "incident", NULL},
    {"halved", "company", "{1}", "incident", NULL},
    {"camera", "company", "{1}", "incident", NULL},
};

static struct test_server on;

static int stream(const char *name, struct base_buf *buf)
{
    char header[160], head[400];
    base_buf_init(buf, BUF_MAX);
    int fd = test_connect(on.port);
    snprintf(head, sizeof head, "GET /api/stream?topics=assets HTTP/1.0\r\nHost: localhost\r\n%s\r\n",
             access_header(name, header));
    test_send(fd, head);
    return fd;
}

static int open_stream(const char *name, struct base_buf *buf)
{
    int fd = stream(name, buf);
    test_await(fd, buf, "event: snapshot\n", PATIENCE_US);
    test_await(fd, buf, "]}\n\n", PATIENCE_US);
    return fd;
}

static int get(const char *name, const char *path, struct test_answer *answer)
{
    char header[160];
    return test_get(on.port, path, access_header(name, header), answer);
}

static int status_of(const char *name, const char *path)
{
    AUTO_VALUE(test_answer) answer;
    return get(name, path, &answer);
}

/* The estates of all assets that ever came: bit 1 for estate 1 ... */
static unsigned estates_in(struct base_buf *buf)
{
    unsigned estates = 0;
    for (const char *at = base_buf_cstr(buf); (at = strstr(at, "\"estate_id\":")); at++) {
        estates |= 1U << (at[strlen("\"estate_id\":")] - '0');
    }
    return estates;
}

/* --- two scopes --- */

static void move_one(int round)
{
    static const int ids[] = {1, 2, 1001, 1002};
    char sql[400];
    uint32_t dice = (uint32_t)round * 2654435761U >> 16;
    snprintf(sql, sizeof sql, "update asset_state set lon = 121.5 + %d * 1e-5 where id = %d", round, ids[dice % 4]);
    test_sql(on.pg, sql);
}

/* The last place that a stream told of an asset is the one that the database has. */
static void ends_where_it_is(int fd, struct base_buf *buf, int id)
{
    char sql[160], wanted[160];
    snprintf(sql, sizeof sql, "select trim_scale(round(lon::numeric, 7)) from asset_state where id = %d", id);
    const char *lon = test_sql(on.pg, sql);
    snprintf(wanted, sizeof wanted, "\"lon\":%s,", lon);
    test_await(fd, buf, wanted, PATIENCE_US);
}

static void only_their_own(void **state)
{
    (void)state;
    struct base_buf bufs[3];
    static const char *const names[] = {"one", "two", "all"};
    static const unsigned wanted[] = {1U << 1, 1U << 2, 1U << 1 | 1U << 2};
    int fds[3];
    for (size_t i = 0; i < 3; i++) {
        fds[i] = open_stream(names[i], &bufs[i]);
    }
    for (int round = 1; round <= MOVES; round++) {
        move_one(round);
        for (size_t i = 0; i < 3 && round % 10 == 0; i++) {
            test_receive(fds[i], &bufs[i], 0);
        }
    }
    static const int ids[] = {1, 2, 1001, 1002};
    for (size_t i = 0; i < 3; i++) {
        for (size_t k = 0; k < BASE_COUNT(ids); k++) {
            if (wanted[i] & 1U << (ids[k] > 1000 ? 2 : 1)) {
                ends_where_it_is(fds[i], &bufs[i], ids[k]);
            }
        }
        assert_int_equal(estates_in(&bufs[i]), wanted[i]);
        close(fds[i]);
        base_buf_release(&bufs[i]);
    }
}

static bool audiences_are(void *wanted)
{
    AUTO_VALUE(test_answer) answer;
    assert_int_equal(get("chief", "/metrics", &answer), 200);
    char line[64];
    snprintf(line, sizeof line, "\nhutong_sse_audiences %d\n", *(int *)wanted);
    return strstr(answer.body.at, line) != NULL;
}

/* Another account of the same estates belongs to the same audience. */
static void equal_scopes_share(void **state)
{
    (void)state;
    int none = 0, one = 1, two = 2;
    assert_true(fixture_poll(audiences_are, &none, PATIENCE_US));
    struct base_buf a, b, c;
    int first = open_stream("one", &a), second = open_stream("again", &b);
    assert_true(fixture_poll(audiences_are, &one, PATIENCE_US));
    int third = open_stream("two", &c);
    assert_true(fixture_poll(audiences_are, &two, PATIENCE_US));
    close(first);
    close(second);
    close(third);
    assert_true(fixture_poll(audiences_are, &none, PATIENCE_US));
    base_buf_release(&a);
    base_buf_release(&b);
    base_buf_release(&c);
}

/* --- rights that change --- */

static void change(const char *sql)
{
    char both[600];
    snprintf(both, sizeof both, "begin; %s; select pg_notify('hutong_access', ''); commit", sql);
    test_sql(on.pg, both);
}

/* Reads until the server ends the stream. */
static void await_end(int fd, struct base_buf *buf)
{
    int64_t until = base_clock_mono_us() + PATIENCE_US;
    struct pollfd wait = {.fd = fd, .events = POLLIN};
    while (test_receive(fd, buf, 100) || poll(&wait, 1, 0) == 0) {
        if (base_clock_mono_us() > until) {
            fail_msg("the stream did not end: %.300s", base_buf_cstr(buf));
        }
    }
    close(fd);
    base_buf_release(buf);
}

static void a_revoked_role_ends_its_stream(void **state)
{
    (void)state;
    struct base_buf buf, token, over;
    int fd = open_stream("leaving", &buf), token_fd = open_stream("stopped", &token),
        over_fd = open_stream("fading", &over);
    change("update account set revoked_at = now() where name = 'leaving'");
    await_end(fd, &buf);
    assert_int_equal(status_of("leaving", "/api/stream"), 401);
    change("update token set revoked_at = now() where name = 'stopped'");
    await_end(token_fd, &token);
    change("update role_grant set valid_from = now() - interval '2 d', valid_to = now() - interval '1 d'"
           " where account_id = (select id from account where name = 'fading')");
    await_end(over_fd, &over);
    assert_int_equal(status_of("fading", "/api/stream"), 403);
}

/* Nobody tells: the time of a token passes, and the next heartbeat sees it. */
static void an_expired_token_ends_its_stream(void **state)
{
    (void)state;
    struct base_buf buf;
    int fd = open_stream("short", &buf);
    test_sql(on.pg, "update token set expires_at = now() where name = 'short'");
    await_end(fd, &buf);
}

static void a_changed_grant_gives_a_snapshot(void **state)
{
    (void)state;
    struct base_buf buf;
    int fd = open_stream("growing", &buf);
    assert_int_equal(estates_in(&buf), 1U << 1);
    base_buf_reset(&buf);
    change(
        "update role_grant set estate_ids = '{2}' where account_id = (select id from account where name = 'growing')");
    test_await(fd, &buf, "event: snapshot\n", PATIENCE_US);
    test_await(fd, &buf, "\"id\":1002,", PATIENCE_US);
    test_await(fd, &buf, "]}\n\n", PATIENCE_US);
    assert_int_equal(estates_in(&buf), 1U << 2);
    assert_string_equal(
        test_sql(on.pg, "select count(*) from audit where actor = 'growing' and estate_id = 2 and layer = 'assets'"),
        "1");
    base_buf_reset(&buf);
    move_one(1); /* whichever: of estate 1 nothing comes any more */
    test_sql(on.pg, "update asset_state set lon = 121.7 where id in (1, 1001)");
    test_await(fd, &buf, "121.7,", PATIENCE_US);
    assert_int_equal(estates_in(&buf), 1U << 2);
    close(fd);
    base_buf_release(&buf);
}

/* --- what is written down --- */

static const char *rows_of(const char *actor)
{
    char sql[300];
    snprintf(sql, sizeof sql,
             "select string_agg(layer || ' ' || estate_id || ' ' || purpose, ', ' order by layer, estate_id) from audit"
             " where action = 'look' and actor = '%s'",
             actor);
    return test_sql(on.pg, sql);
}

static void a_row_for_each_look(void **state)
{
    (void)state;
    for (int i = 0; i < 3; i++) {
        struct base_buf buf;
        close(open_stream("looker", &buf));
        base_buf_release(&buf);
        assert_int_equal(status_of("looker", "/tiles/buildings,assets/13/6858/3348"), 200);
        assert_int_equal(status_of("looker", "/api/buildings/38/dossier"), 200);
        assert_int_equal(status_of("looker", "/api/buildings/39/dossier"), 404);
        assert_int_equal(status_of("looker", "/api/estates"), 200);
    }
    assert_string_equal(rows_of("looker"), "assets 1 incident, cameras 1 incident, passes 1 incident");
    assert_string_equal(test_sql(on.pg, "select count(distinct session) from audit where actor = 'looker'"), "1");
}

static void no_look_no_row(void **state)
{
    (void)state;
    assert_int_equal(status_of("silent", "/api/stream"), 403);
    assert_int_equal(status_of("silent", "/tiles/assets/13/6858/3348"), 403);
    assert_int_equal(status_of("silent", "/api/buildings/38/dossier"), 200);
    assert_int_equal(status_of("records", "/api/buildings/38/dossier"), 200);
    assert_int_equal(status_of("looker", "/tiles/assets/13/6859/3348"), 204); /* nobody there that may be seen */
    assert_string_equal(rows_of("silent"), "");
    assert_string_equal(rows_of("records"), "");
}

/* A purpose for one request: whoever has not said any before. */
static void a_purpose_in_the_header(void **state)
{
    (void)state;
    test_sql(on.pg, "update asset_state set lon = 121.4141 where id = 1"); /* in the tile */
    test_caught_up(&on);
    char header[160], both[240];
    snprintf(both, sizeof both, "%sX-Purpose: complaint\r\n", access_header("asks", header));
    AUTO_VALUE(test_answer) silent;
    assert_int_equal(get("asks", "/api/stream", &silent), 403);
    assert_non_null(strstr(silent.body.at, "\"type\":\"/problems/purpose\""));
    AUTO_VALUE(test_answer) tile;
    assert_int_equal(test_get(on.port, "/tiles/assets/13/6858/3348", both, &tile), 200);
    assert_string_equal(test_header(&tile, "Vary"), "Accept-Encoding, Cookie, Authorization");
    assert_string_equal(test_header(&tile, "Cache-Control"), "private, no-cache");
    assert_string_equal(rows_of("asks"), "assets 1 complaint");
}

/* Units of another estate come into sight while the stream is open: the row is there before they are shown. */
static void another_estate(void **state)
{
    (void)state;
    struct base_buf buf;
    int fd = open_stream("all", &buf);
    assert_int_equal(estates_in(&buf), 1U << 1 | 1U << 2);
    assert_string_equal(rows_of("all"), "assets 1 duty_command, assets 2 duty_command");
    test_sql(on.pg,
             "insert into asset_state (estate_id, subject, id, subject_type, source_id, label, label_en,"
             " t_event, t_recv, lon, lat, place_method) values (3, md5('far')::uuid, 3001, 'guard', 1, '远', 'Far',"
             " now(), now(), 121.43, 31.2, 'none')");
    test_await(fd, &buf, "\"id\":3001,", PATIENCE_US);
    assert_string_equal(rows_of("all"), "assets 1 duty_command, assets 2 duty_command, assets 3 duty_command");
    close(fd);
    base_buf_release(&buf);
}

/* What goes to another estate leaves the sight of those who may not follow it there; who sees both sees it move. */
static void gone_to_another_estate(void **state)
{
    (void)state;
    struct base_buf one, two, all;
    int one_fd = open_stream("one", &one), two_fd = open_stream("two", &two), all_fd = open_stream("all", &all);
    base_buf_reset(&one);
    base_buf_reset(&two);
    base_buf_reset(&all);
    test_sql(on.pg, "update asset_state set estate_id = 2, source_id = 2, shift_id = null where id = 2");
    test_await(one_fd, &one, "\"gone\":{\"assets\":[2]}}\n\n", PATIENCE_US);
    test_await(two_fd, &two, "\"id\":2,\"estate_id\":2,", PATIENCE_US);
    test_await(all_fd, &all, "\"id\":2,\"estate_id\":2,", PATIENCE_US);
    test_await(all_fd, &all, "]}\n\n", PATIENCE_US);
    assert_null(strstr(base_buf_cstr(&one), "\"id\":2,"));
    assert_null(strstr(base_buf_cstr(&all), "\"gone\""));
    struct base_buf *const bufs[] = {&one, &two, &all};
    const int fds[] = {one_fd, two_fd, all_fd};
    for (size_t i = 0; i < 3; i++) {
        close(fds[i]);
        base_buf_release(bufs[i]);
    }
}

/* --- other topics --- */

static int open_topics(const char *name, const char *topics, struct base_buf *buf)
{
    char header[160], head[400];
    base_buf_init(buf, BUF_MAX);
    int fd = test_connect(on.port);
    snprintf(head, sizeof head, "GET /api/stream?topics=%s HTTP/1.0\r\nHost: localhost\r\n%s\r\n", topics,
             access_header(name, header));
    test_send(fd, head);
    test_await(fd, buf, "event: snapshot\n", PATIENCE_US);
    test_await(fd, buf, "]}\n\n", PATIENCE_US);
    return fd;
}

/* Records need no purpose; devices that are cameras need one, and are written down. */
static void looks_of_topics(void **state)
{
    (void)state;
    struct base_buf buf;
    int fd = open_topics("silent", "buildings,zones,devices", &buf);
    assert_non_null(strstr(base_buf_cstr(&buf), "\"last_pass_at\""));
    assert_non_null(strstr(base_buf_cstr(&buf), "\"kind\":\"lamp\""));
    assert_null(strstr(base_buf_cstr(&buf), "Dome Camera"));
    assert_int_equal(estates_in(&buf), 1U << 1);
    assert_string_equal(rows_of("silent"), "");
    test_sql(on.pg, "update device set name = 'other lamp' where name = 'lamp at 38'");
    test_sql(on.pg, "update device set name = 'other camera' where kind = 'Dome Camera'");
    test_sql(on.pg, "update building_state set last_alarm_at = now() where building_id in (38, 39)");
    test_await(fd, &buf, "\"last_alarm_at\"", PATIENCE_US);
    assert_non_null(strstr(base_buf_cstr(&buf), "other lamp"));
    assert_null(strstr(base_buf_cstr(&buf), "other camera"));
    assert_int_equal(estates_in(&buf), 1U << 1);
    close(fd);
    base_buf_release(&buf);
    fd = open_topics("camera", "devices", &buf);
    assert_non_null(strstr(base_buf_cstr(&buf), "other camera"));
    assert_string_equal(rows_of("camera"), "cameras 1 incident");
    close(fd);
    base_buf_release(&buf);
    assert_int_equal(status_of("silent", "/api/stream?topics=buildings,assets"), 403);
    assert_int_equal(status_of("records", "/api/stream?topics=devices"), 403);
    assert_int_equal(status_of("leaving", "/api/stream?topics=buildings"), 401);
}

/* Who sees no place of an estate is not told that its tiles changed. */
static void tiles_of_their_own(void **state)
{
    (void)state;
    struct base_buf one, two;
    int one_fd = open_topics("one", "buildings", &one), two_fd = open_topics("two", "buildings", &two);
    test_sql(on.pg, "update building set name = '新楼' where id = 39"); /* of estate 2 */
    test_await(two_fd, &two, "\"tiles\":[\"buildings\"]", PATIENCE_US);
    test_sql(on.pg, "update building_state set last_event_at = now() where building_id = 38");
    test_await(one_fd, &one, "event: diff\n", PATIENCE_US);
    assert_null(strstr(base_buf_cstr(&one), "\"tiles\""));
    close(one_fd);
    close(two_fd);
    base_buf_release(&one);
    base_buf_release(&two);
}

/* Without its row nothing is shown: the month's partition is not there. */
static void no_row_no_look(void **state)
{
    (void)state;
    test_sql(on.pg, "do $$ declare part regclass; begin for part in select inhrelid from pg_inherits"
                    " where inhparent = 'audit'::regclass loop execute format('alter table audit detach partition %s',"
                    " part); end loop; end $$");
    test_sql(on.pg, "update asset_state set lon = 121.4141 where id = 1"); /* in the tile */
    test_caught_up(&on);
    static const char *const paths[] = {"/api/stream", "/tiles/assets/13/6858/3348", "/api/buildings/38/dossier"};
    for (size_t i = 0; i < BASE_COUNT(paths); i++) {
        AUTO_VALUE(test_answer) answer;
        assert_int_equal(get("halved", paths[i], &answer), 503);
        assert_null(strstr(answer.body.at, "巡逻"));
    }
    assert_int_equal(status_of("halved", "/tiles/buildings/13/6858/3348"), 200); /* no look, no row */
}

static int open_all(void **state)
{
    (void)state;
    on = test_server_new((struct api_config){.port = 0, .heartbeat_us = 300000});
    access_fill(on.pg);
    for (size_t i = 0; i < BASE_COUNT(users); i++) {
        access_add(on.pg, &users[i]);
    }
    access_await_asked(on.port);
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
        cmocka_unit_test(only_their_own),
        cmocka_unit_test(equal_scopes_share),
        cmocka_unit_test(a_revoked_role_ends_its_stream),
        cmocka_unit_test(an_expired_token_ends_its_stream),
        cmocka_unit_test(a_changed_grant_gives_a_snapshot),
        cmocka_unit_test(a_row_for_each_look),
        cmocka_unit_test(no_look_no_row),
        cmocka_unit_test(a_purpose_in_the_header),
        cmocka_unit_test(another_estate),
        cmocka_unit_test(gone_to_another_estate),
        cmocka_unit_test(looks_of_topics),
        cmocka_unit_test(tiles_of_their_own),
        cmocka_unit_test(no_row_no_look),
    };
    return cmocka_run_group_tests(tests, open_all, close_all);
}
