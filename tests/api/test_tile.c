/* api/tile.c: what caches may do with tiles, how they were, and who is written down for looking at them. */
#include "api/access_kit.h"

#define TILE "/14/13717/6696"

static const struct access_user users[] = {
    {"looker", "company", "{1}", "incident", NULL},
    {"technician", "device_admin", "{1}", "fault", NULL},
    {"silent", "device_admin", "{1}", NULL, NULL},
};

static struct test_server open_on, on;

static int status_of(const char *path, const char *headers)
{
    AUTO_VALUE(test_answer) answer;
    return test_get(open_on.port, path, headers, &answer);
}

static int status_as(const char *who, const char *path, const char *held)
{
    char header[160], headers[400];
    AUTO_VALUE(test_answer) answer;
    snprintf(headers, sizeof headers, "%s%s", access_header(who, header), held ? held : "");
    return test_get(on.port, path, headers, &answer);
}

static const char *looks_of(const char *actor)
{
    char sql[300];
    snprintf(sql, sizeof sql,
             "select string_agg(layer || ' ' || estate_id, ', ' order by layer, estate_id) from audit"
             " where action = 'look' and actor = '%s'",
             actor);
    return test_sql(on.pg, sql);
}

/* The tag of a tile as a line that says it is held; overwritten by the next call. */
static const char *held(int port, const char *path, const char *headers)
{
    static char line[200];
    AUTO_VALUE(test_answer) answer;
    assert_int_equal(test_get(port, path, headers, &answer), 200);
    snprintf(line, sizeof line, "If-None-Match: %s\r\n", test_header(&answer, "ETag"));
    return line;
}

static void asked_again_it_costs_a_304(void **state)
{
    (void)state;
    const char *tag = held(open_on.port, "/tiles/buildings,roads" TILE, NULL);
    AUTO_VALUE(test_answer) same;
    assert_int_equal(test_get(open_on.port, "/tiles/buildings,roads" TILE, tag, &same), 304);
    assert_string_equal(test_header(&same, "Cache-Control"), "no-cache");
    assert_string_equal(test_header(&same, "Vary"), "Accept-Encoding");
    assert_non_null(test_header(&same, "ETag"));
    assert_int_equal(same.body.len, 0);
    test_sql(open_on.pg, "update building set height_m = height_m + 1 where id = 2");
    test_caught_up(&open_on);
    assert_int_equal(status_of("/tiles/buildings,roads" TILE, tag), 200);
    assert_string_equal(test_header(&same, "X-Content-Type-Options"), "nosniff");
    assert_null(test_header(&same, "Content-Security-Policy")); /* it is no page, and nothing becomes one of it */
    AUTO_VALUE(test_answer) empty;
    assert_int_equal(test_get(open_on.port, "/tiles/buildings/14/1/1", NULL, &empty), 204);
    assert_null(test_header(&empty, "ETag"));
}

static void a_head_is_as_long(void **state)
{
    (void)state;
    char line[200];
    snprintf(line, sizeof line, "HEAD /tiles/buildings%s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\n", TILE, open_on.port);
    AUTO_VALUE(test_answer) head;
    AUTO_VALUE(test_answer) whole;
    test_raw(open_on.port, line, &head);
    assert_int_equal(test_get(open_on.port, "/tiles/buildings" TILE, NULL, &whole), 200);
    assert_int_equal(head.status, 200);
    assert_int_equal(head.body.len, 0);
    int64_t length = 0;
    assert_true(base_str_i64(base_str_of(test_header(&head, "Content-Length")), &length));
    assert_int_equal(length, whole.body.len);
}

/* The version that TileJSON puts into the URL, and the tile's Cache-Control under it. */
static void version_of(const char *layers, char ret_version[64])
{
    char path[200];
    AUTO_VALUE(test_answer) answer;
    snprintf(path, sizeof path, "/tiles/%s.json?versioned=true", layers);
    assert_int_equal(test_get(open_on.port, path, NULL, &answer), 200);
    const char *at = strstr(answer.body.at, "{z}/{x}/{y}");
    assert_non_null(at);
    at += strlen("{z}/{x}/{y}");
    snprintf(ret_version, 64, "%.*s", (int)strcspn(at, "\""), at);
}

static const char *kept_as(const char *path)
{
    static char cache[100];
    AUTO_VALUE(test_answer) answer;
    assert_int_equal(test_get(open_on.port, path, NULL, &answer), 200);
    snprintf(cache, sizeof cache, "%s", test_header(&answer, "Cache-Control"));
    return cache;
}

static void a_version_in_the_url_is_kept_for_good(void **state)
{
    (void)state;
    char version[64], path[200], state_version[64];
    version_of("buildings,estates", version);
    assert_int_equal(strlen(version), strlen("?v=") + 32);
    snprintf(path, sizeof path, "/tiles/buildings,estates%s%s", TILE, version);
    assert_string_equal(kept_as(path), "public, max-age=31536000, immutable");
    test_sql(open_on.pg, "update building_state set last_pass_at = now()");
    test_caught_up(&open_on);
    assert_string_equal(kept_as(path), "public, max-age=31536000, immutable");
    test_sql(open_on.pg, "update building set height_m = height_m + 1 where id = 2");
    test_caught_up(&open_on);
    assert_string_equal(kept_as(path), "no-cache"); /* of tables that have changed since */
    assert_string_equal(kept_as("/tiles/buildings,estates" TILE "?v=0"), "no-cache");
    assert_string_equal(kept_as("/tiles/buildings,estates" TILE), "no-cache");
    version_of("buildings,assets", state_version);
    assert_string_equal(state_version, ""); /* state is asked for each time */
    assert_int_equal(status_of("/tiles/buildings.json?versioned=maybe", NULL), 400);
}

static void how_it_was(void **state)
{
    (void)state;
    test_sql(open_on.pg, "update estate set valid_from = now() - interval '1 d' where id in (1, 2)");
    test_caught_up(&open_on);
    char path[200], then[BASE_TIME_TEXT];
    base_time_out(base_clock_now_us() - INT64_C(3600000000), then);
    snprintf(path, sizeof path, "/tiles/estates%s?at=%s", TILE, then);
    AUTO_VALUE(test_answer) past;
    assert_int_equal(test_get(open_on.port, path, NULL, &past), 200);
    assert_string_equal(test_header(&past, "Cache-Control"), "private, no-cache");
    char tag[200];
    snprintf(tag, sizeof tag, "If-None-Match: %s\r\n", test_header(&past, "ETag"));
    assert_int_equal(status_of(path, tag), 304);
    assert_int_equal(status_of("/tiles/estates" TILE "?at=2001-01-01T00:00:00Z", NULL), 204);
    assert_int_equal(status_of("/tiles/estates" TILE "?at=2999-01-01T00:00:00Z", NULL), 200); /* like now */
    assert_int_equal(status_of("/tiles/estates" TILE "?at=yesterday", NULL), 400);
    assert_int_equal(status_of("/tiles/estates" TILE "?at=", NULL), 400);
    assert_int_equal(status_of("/tiles/devices" TILE "?at=2026-01-01T00:00:00Z", NULL), 400);
}

/* Also when nothing is sent because the client holds it; once a session, layer, estate and hour. */
static void who_looks_is_written_down(void **state)
{
    (void)state;
    char header[160];
    const char *tag = held(on.port, "/tiles/assets" TILE, access_header("looker", header));
    assert_string_equal(looks_of("looker"), "assets 1");
    test_sql(on.pg, "delete from audit");
    assert_int_equal(status_as("looker", "/tiles/assets" TILE, tag), 304); /* remembered: no second row */
    assert_string_equal(looks_of("looker"), "");
    assert_int_equal(status_as("looker", "/tiles/buildings" TILE, NULL), 200);
    assert_string_equal(looks_of("looker"), "");
}

static size_t length_as(const char *who, const char *path)
{
    char header[160];
    AUTO_VALUE(test_answer) answer;
    assert_int_equal(test_get(on.port, path, access_header(who, header), &answer), 200);
    return answer.body.len;
}

static void cameras_for_a_purpose(void **state)
{
    (void)state;
    size_t without = length_as("silent", "/tiles/devices/13/6858/3348");
    assert_string_equal(looks_of("silent"), "");
    assert_true(length_as("technician", "/tiles/devices/13/6858/3348") > without);
    assert_string_equal(looks_of("technician"), "cameras 1");
    assert_int_equal(length_as("silent", "/tiles/devices/13/6858/3348"), without); /* not from the other's */
}

/* A server whose database cannot be reached says so: 503 and when to come again, never an empty map. */
static void nothing_is_loaded_yet(void **state)
{
    (void)state;
    AUTO(fixture_server) servers = fixture_server_new(FIXTURE_POSTGRES);
    PGconn *pg = test_pg(fixture_server_database(servers));
    PQfinish(pg);
    fixture_server_stop(servers, FIXTURE_POSTGRES);
    struct test_server away = test_server_on(fixture_server_database(servers), (struct api_config){.port = 0});
    AUTO_VALUE(test_answer) answer;
    assert_int_equal(test_get(away.port, "/tiles/buildings" TILE, NULL, &answer), 503);
    assert_non_null(test_header(&answer, "Retry-After"));
    AUTO_VALUE(test_answer) ready;
    assert_int_equal(test_get(away.port, "/readyz", NULL, &ready), 503);
    AUTO(base_json) json = test_json(&ready);
    const struct base_json *upstreams = base_json_in_get(base_json_in_get(json, "mirror"), "upstreams");
    assert_int_equal(base_json_in_size(upstreams), 1);
    bool live = true;
    assert_true(base_json_in_bool(base_json_in_get(base_json_in_at(upstreams, 0), "live"), &live) && !live);
    test_server_end(&away);
}

static int open_all(void **state)
{
    (void)state;
    open_on = test_server_new((struct api_config){.port = 0});
    access_fill(open_on.pg);
    test_caught_up(&open_on);
    on = test_server_new((struct api_config){.port = 0});
    access_fill(on.pg);
    for (size_t i = 0; i < BASE_COUNT(users); i++) {
        access_add(on.pg, &users[i]);
    }
    access_await_asked(on.port);
    test_caught_up(&on);
    return 0;
}

static int close_all(void **state)
{
    (void)state;
    test_server_end(&on);
    test_server_end(&open_on);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(asked_again_it_costs_a_304),
        cmocka_unit_test(a_head_is_as_long),
        cmocka_unit_test(a_version_in_the_url_is_kept_for_good),
        cmocka_unit_test(how_it_was),
        cmocka_unit_test(who_looks_is_written_down),
        cmocka_unit_test(cameras_for_a_purpose),
        cmocka_unit_test(nothing_is_loaded_yet),
    };
    return cmocka_run_group_tests(tests, open_all, close_all);
}
