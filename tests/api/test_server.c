/* api/: every address over a real socket, on a real database. */
#include "fixture/serving.h"

static struct test_server on;

static bool ready(void *unused)
{
    (void)unused;
    AUTO_VALUE(test_answer) answer;
    return test_get(on.port, "/readyz", NULL, &answer) == 200;
}

static void health(void **state)
{
    (void)state;
    assert_true(fixture_poll(ready, NULL, 10000000)); /* the hub needs a moment */
    AUTO_VALUE(test_answer) live;
    assert_int_equal(test_get(on.port, "/healthz", NULL, &live), 200);
    assert_true(base_str_is(live.body, "ok\n"));
    AUTO_VALUE(test_answer) ready;
    assert_int_equal(test_get(on.port, "/readyz", NULL, &ready), 200);
    AUTO(base_json) json = test_json(&ready);
    bool is = false;
    assert_true(base_json_in_bool(base_json_in_get(json, "ready"), &is) && is);
    double age = -1;
    assert_true(base_json_in_f64(base_json_in_get(json, "asset_age_s"), &age) && age >= 0 && age < 60);
    int64_t held = -1; /* no worker runs here, and the answer says so */
    assert_true(base_json_in_i64(base_json_in_get(base_json_in_get(json, "ingest"), "held"), &held) && held == 0);
}

static void tilejson_names_the_host_that_was_asked(void **state)
{
    (void)state;
    AUTO_VALUE(test_answer) answer;
    test_raw(on.port, "GET /tiles/estates,roads.json HTTP/1.1\r\nHost: localhost:81\r\n", &answer);
    assert_int_equal(answer.status, 200);
    assert_non_null(strstr(answer.body.at, "\"http://localhost:81/tiles/estates,roads/{z}/{x}/{y}\""));
    AUTO_VALUE(test_answer) odd;
    test_raw(on.port, "GET /tiles/estates.json HTTP/1.1\r\nHost: evil.example\r\n", &odd);
    assert_int_equal(odd.status, 421);
    assert_null(strstr(odd.body.at, "evil"));
}

static void tiles(void **state)
{
    (void)state;
    AUTO_VALUE(test_answer) tile;
    assert_int_equal(test_get(on.port, "/tiles/buildings,estates/14/13717/6696", NULL, &tile), 200);
    assert_string_equal(test_header(&tile, "Content-Type"), "application/vnd.mapbox-vector-tile");
    assert_string_equal(test_header(&tile, "Vary"), "Accept-Encoding");
    assert_null(test_header(&tile, "Content-Encoding"));
    AUTO_VALUE(test_answer) packed;
    assert_int_equal(
        test_get(on.port, "/tiles/buildings,estates/14/13717/6696", "Accept-Encoding: br, gzip;q=0.8\r\n", &packed),
        200);
    assert_string_equal(test_header(&packed, "Content-Encoding"), "gzip");
    assert_true(packed.body.len < tile.body.len);
    char held[200];
    snprintf(held, sizeof held, "Accept-Encoding: gzip\r\nIf-None-Match: \"other\", W/%s\r\n",
             test_header(&packed, "ETag"));
    AUTO_VALUE(test_answer) same;
    assert_int_equal(test_get(on.port, "/tiles/buildings,estates/14/13717/6696", held, &same), 304);
    assert_int_equal(same.body.len, 0);
    assert_non_null(test_header(&same, "ETag"));
    AUTO_VALUE(test_answer) refused;
    assert_int_equal(test_get(on.port, "/tiles/buildings/14/13717/6696", "Accept-Encoding: gzip;q=0\r\n", &refused),
                     200);
    assert_null(test_header(&refused, "Content-Encoding"));
    AUTO_VALUE(test_answer) empty;
    assert_int_equal(test_get(on.port, "/tiles/buildings/14/1/1", NULL, &empty), 204);
}

static void problems(void **state)
{
    (void)state;
    static const struct {
        const char *path;
        int status;
    } rows[] = {
        {"/nowhere", 404},
        {"/tiles/nowhere/1/1/1", 404},
        {"/tiles/nowhere.json", 404},
        {"/tiles/roads,roads/1/1/1", 400},
        {"/tiles/roads/1/2/1", 400},
        {"/tiles/roads/23/0/0", 400},
        {"/tiles/roads/1/1/1?x=1", 400},
        {"/tiles/roads.json?x", 400},
        {"/api/estates?limit=5", 400},
        {"/api/stream?topics=everything", 400},
        {"/api/buildings/4711/dossier", 404},
        {"/api/buildings/x/dossier", 404},
        {"/api/buildings/99999999999999999999/dossier", 404},
        {"/%zz", 400},
        {"/a%2Fb", 400},
        {"/..%5c..", 404},
    };
    for (size_t i = 0; i < BASE_COUNT(rows); i++) {
        AUTO_VALUE(test_answer) answer;
        int status = test_get(on.port, rows[i].path, NULL, &answer);
        if (status != rows[i].status) {
            fail_msg("%s: %d, not %d", rows[i].path, status, rows[i].status);
        }
        assert_string_equal(test_header(&answer, "Content-Type"), "application/problem+json");
        AUTO(base_json) json = test_json(&answer);
        assert_int_equal(test_i64(json, "status"), status);
        assert_string_equal(test_text(json, "type"), "about:blank");
        assert_string_not_equal(test_text(json, "title"), "(none)");
        assert_string_not_equal(test_text(json, "detail"), "(none)");
    }
}

static void methods(void **state)
{
    (void)state;
    static const char *const others[] = {"POST", "PUT", "DELETE", "OPTIONS", "PATCH"};
    for (size_t i = 0; i < BASE_COUNT(others); i++) {
        char head[200];
        AUTO_VALUE(test_answer) answer;
        snprintf(head, sizeof head, "%s /api/estates HTTP/1.1\r\nHost: localhost\r\n", others[i]);
        test_raw(on.port, head, &answer);
        assert_int_equal(answer.status, strcmp(others[i], "OPTIONS") == 0 ? 204 : 405);
        assert_string_equal(test_header(&answer, "Allow"), "GET, HEAD");
    }
    static const char *const paths[] = {"/",
                                        "/healthz",
                                        "/api/estates",
                                        "/tiles/roads.json",
                                        "/tiles/roads/14/13717/6696",
                                        "/metrics",
                                        "/api/buildings/1/dossier"};
    for (size_t i = 0; i < BASE_COUNT(paths); i++) {
        char head[200];
        snprintf(head, sizeof head, "HEAD %s HTTP/1.1\r\nHost: localhost\r\n", paths[i]);
        AUTO_VALUE(test_answer) answer;
        test_raw(on.port, head, &answer);
        assert_int_equal(answer.status, 200);
        assert_int_equal(answer.body.len, 0);
        assert_string_not_equal(test_header(&answer, "Content-Length"), "0");
    }
}

/* Headers that say what a page may do and who may use an answer; the same with each answer, refusals too. */
static void guarded(const struct test_answer *answer)
{
    static const char *const headers[][2] = {
        {"Content-Security-Policy",
         "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
         "connect-src 'self'; worker-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; "
         "frame-ancestors 'none'"},
        {"X-Frame-Options", "DENY"},
        {"X-Content-Type-Options", "nosniff"},
        {"Referrer-Policy", "no-referrer"},
        {"Cross-Origin-Opener-Policy", "same-origin"},
        {"Cross-Origin-Resource-Policy", "same-origin"},
    };
    for (size_t i = 0; i < BASE_COUNT(headers); i++) {
        assert_string_equal(test_header(answer, headers[i][0]), headers[i][1]);
    }
    assert_non_null(strstr(test_header(answer, "Permissions-Policy"), "camera=(), "));
    assert_non_null(strstr(test_header(answer, "Permissions-Policy"), "geolocation=(), "));
}

static void the_page(void **state)
{
    (void)state;
    AUTO_VALUE(test_answer) page;
    assert_int_equal(test_get(on.port, "/?utm=whatever", NULL, &page), 200);
    assert_string_equal(test_header(&page, "Content-Type"), "text/html; charset=utf-8");
    guarded(&page);
    AUTO_VALUE(test_answer) nothing;
    assert_int_equal(test_get(on.port, "/nothing/here", NULL, &nothing), 404);
    guarded(&nothing);
}

static const struct base_json *estate(const struct base_json *json, int64_t id)
{
    const struct base_json *list = base_json_in_get(json, "estates");
    for (size_t i = 0; i < base_json_in_size(list); i++) {
        if (test_i64(base_json_in_at(list, i), "id") == id) {
            return base_json_in_at(list, i);
        }
    }
    return NULL;
}

static void estates(void **state)
{
    (void)state;
    AUTO_VALUE(test_answer) answer;
    assert_int_equal(test_get(on.port, "/api/estates", NULL, &answer), 200);
    AUTO(base_json) json = test_json(&answer);
    const struct base_json *one = estate(json, 1);
    assert_string_equal(test_text(one, "name"), "梅园1");
    assert_string_equal(test_text(one, "management_type"), "market");
    assert_int_equal(test_i64(one, "buildings"), 20);
    assert_int_equal(test_i64(one, "units"), 2);
    assert_int_equal(base_json_in_size(base_json_in_get(one, "bbox")), 4);
    assert_null(estate(json, 3)); /* closed */
    assert_null(estate(json, 0)); /* nothing lies between the estates here */
}

static void a_silent_building(void **state)
{
    (void)state;
    AUTO_VALUE(test_answer) answer;
    assert_int_equal(test_get(on.port, "/api/buildings/1/dossier", NULL, &answer), 200);
    AUTO(base_json) json = test_json(&answer);
    const struct base_json *building = base_json_in_get(json, "building");
    assert_string_equal(test_text(building, "name"), "一号楼");
    assert_int_equal(base_json_in_size(base_json_in_get(building, "codes")), 2);
    assert_null(base_json_in_get(building, "dwellings"));
    assert_int_equal(test_i64(base_json_in_get(json, "estate"), "id"), 2);
    assert_int_equal(base_json_in_size(base_json_in_get(json, "events")), 0);
    assert_int_equal(test_i64(base_json_in_get(json, "counts"), "passes_24h"), 0);
    assert_int_equal(test_i64(base_json_in_get(json, "counts"), "units_24h"), 0);
    assert_null(base_json_in_get(json, "last_pass_at"));
    assert_string_equal(test_text(json, "tz"), "Asia/Shanghai");
}

/* (estate, building, who, what, how long ago it began, it ended, nearest, version, open), ... */
static void add_passes(const char *values)
{
    char sql[4096];
    int len = snprintf(sql, sizeof sql,
                       "insert into pass (estate_id, t_event, subject, place_kind, place_id, t_to, subject_type,"
                       " nearest_m, acc_m, fixes, version, open) select estate, date_trunc('second', now()) - began,"
                       " md5(who)::uuid, 'building', building, date_trunc('second', now()) - ended,"
                       " what::subject_type, nearest, 8, 3, version, open from (values %s)"
                       " v (estate, building, who, what, began, ended, nearest, version, open)",
                       values);
    assert_true(len > 0 && (size_t)len < sizeof sql);
    test_sql(on.pg, sql);
}

/* Passes on their shift, before it and of nobody known, in versions; positions; an alarm. */
static void fill_busy_building(void)
{
    test_sql(on.pg, "create table fix_all partition of fix default");
    test_sql(on.pg, "create table event_all partition of event default");
    test_sql(on.pg, "create table pass_all partition of pass default");
    test_sql(on.pg, "insert into fix (estate_id, t_event, dedup, t_recv, t_source, source_id, subject, subject_type,"
                    " pos_source, lon, lat, place_method, building_id) values (1, now(), gen_random_uuid(), now(),"
                    " 'device', 1, md5('1')::uuid, 'guard', 'gnss', 121.4, 31.2, 'inside', 2)");
    test_sql(on.pg, "insert into event (estate_id, t_event, dedup, t_recv, t_source, source_id, subject_type, kind,"
                    " phase, severity, place_method, building_id, measures) values (1, now() - interval '5 min',"
                    " gen_random_uuid(), now(), 'device', 1, 'object', 'alarm', 'start', 3, 'inside', 2,"
                    " '{\"smoke\": {\"value\": 1, \"unit\": \"1\"}}')");
    test_sql(on.pg, "insert into device (estate_id, id, source_id, native_id, kind, building_estate_id, building_id,"
                    " storey, state) values (1, 70, 1, 'smoke-1', 'smoke_detector', 1, 2, 3, 'accepted'),"
                    " (1, 71, 1, 'unheard', 'unit', 1, 2, null, 'accepted'),"
                    " (1, 72, 1, 'waiting', 'unit', 1, 2, null, 'quarantined')");
    test_sql(on.pg, "insert into device_state (estate_id, device_id, kind, channel, t_event, t_recv, phase, severity,"
                    " measures) values (1, 70, 'alarm', 'smoke', now(), now(), 'start', 4,"
                    " '{\"smoke\": {\"value\": 1, \"unit\": \"1\"}}'),"
                    " (1, 70, 'measurement', '', now(), now(), 'pulse', null,"
                    " '{\"temperature\": {\"value\": 21.5, \"unit\": \"Cel\"}}'),"
                    " (1, 72, 'state', '', now(), now(), 'pulse', null, null)");
    add_passes("(1, 2, '1', 'guard', interval '30 min', interval '29 min', 9.5, 1, true),"
               "(1, 2, '1', 'guard', interval '30 min', interval '1 min', 4.25, 2, true),"
               "(1, 2, '1', 'guard', interval '5 h', interval '4 h', 0, 1, false),"
               "(1, 2, 'secret', 'cleaner', interval '25 h', interval '23 h', 2, 1, false),"
               "(1, 2, 'secret', 'cleaner', interval '47 h', interval '25 h', 2, 1, false),"
               "(2, 2, 'of another estate', 'guard', interval '1 h', interval '1 h', 2, 1, false)");
    test_sql(on.pg, "insert into building_state (estate_id, building_id, last_pass_at) values"
                    " (1, 2, '2026-03-04T05:06:07Z')");
}

static bool has(const struct base_json *object, const char *key)
{
    return base_json_in_get(object, key) != NULL;
}

static void a_busy_building(void **state)
{
    (void)state;
    fill_busy_building();
    AUTO_VALUE(test_answer) answer;
    assert_int_equal(test_get(on.port, "/api/buildings/2/dossier", NULL, &answer), 200);
    AUTO(base_json) json = test_json(&answer);
    const struct base_json *lines = base_json_in_get(json, "events");
    assert_int_equal(base_json_in_size(lines), 5);
    const struct base_json *now = base_json_in_at(lines, 0), *alarm = base_json_in_at(lines, 1),
                           *before = base_json_in_at(lines, 2), *nobody = base_json_in_at(lines, 3);
    assert_string_equal(test_text(now, "kind"), "pass");
    assert_string_equal(test_text(now, "label"), "巡逻1组");
    assert_string_equal(test_text(now, "label_en"), "Patrol 1");
    assert_string_equal(test_text(now, "method"), "track");
    double nearest = 0, accuracy = 0;
    assert_true(base_json_in_f64(base_json_in_get(now, "nearest_m"), &nearest) && nearest > 4 && nearest < 4.5);
    assert_true(base_json_in_f64(base_json_in_get(now, "acc_m"), &accuracy) && accuracy == 8);
    bool open = false;
    assert_true(base_json_in_bool(base_json_in_get(now, "open"), &open) && open);
    assert_true(has(now, "t_from") && has(now, "t_to") && !has(now, "t_event") && !has(now, "place_method"));
    assert_string_equal(test_text(alarm, "kind"), "alarm");
    assert_true(has(alarm, "t_event") && has(alarm, "severity") && !has(alarm, "open") && !has(alarm, "label"));
    assert_true(has(base_json_in_get(alarm, "measures"), "smoke") && !has(now, "measures"));
    const struct base_json *devices = base_json_in_get(json, "devices"), *smoke = base_json_in_at(devices, 0);
    assert_int_equal(base_json_in_size(devices), 1);
    assert_string_equal(test_text(smoke, "native_id"), "smoke-1");
    assert_int_equal(test_i64(smoke, "storey"), 3);
    const struct base_json *states = base_json_in_get(smoke, "states");
    assert_int_equal(base_json_in_size(states), 2);
    assert_true(has(base_json_in_get(base_json_in_at(states, 0), "measures"), "temperature"));
    assert_string_equal(test_text(base_json_in_at(states, 1), "channel"), "smoke");
    assert_string_equal(test_text(before, "subject_type"), "guard");
    assert_false(has(before, "label")); /* that was before the shift in which it is called so */
    assert_true(base_json_in_bool(base_json_in_get(before, "open"), &open) && !open);
    assert_string_equal(test_text(nobody, "subject_type"), "cleaner");
    assert_false(has(nobody, "label"));
    const struct base_json *counts = base_json_in_get(json, "counts");
    assert_int_equal(test_i64(counts, "passes_24h"), 3);
    assert_int_equal(test_i64(counts, "events_24h"), 1);
    assert_int_equal(test_i64(counts, "units_24h"), 2);
    assert_string_equal(test_text(json, "last_pass_at"), "2026-03-04T05:06:07Z");
    const char *pseudonym = test_sql(on.pg, "select substr(md5('secret'), 1, 8)");
    assert_null(strstr(answer.body.at, pseudonym));
}

static const struct base_json *line_of(const struct base_json *events, const char *label)
{
    for (size_t i = 0; i < base_json_in_size(events); i++) {
        if (strcmp(test_text(base_json_in_at(events, i), "label"), label) == 0) {
            return base_json_in_at(events, i);
        }
    }
    fail_msg("no line of %s", label);
    return NULL;
}

/* Two guards and two vehicles, which have no shift, whose home is another estate than the building's; and what a guard
 * who was in another shift then, for any device, reported there. */
static void several_units_at_a_building(void **state)
{
    (void)state;
    test_sql(on.pg, "insert into shift (estate_id, id, source_id, subject_type, label, label_en, starts_at, ends_at)"
                    " values (1, 9, 1, 'guard', '夜班#组', 'Night #', now() - interval '9 h', now() - interval '3 h')");
    test_sql(on.pg,
             "insert into asset_state (estate_id, subject, id, subject_type, source_id, label, label_en, t_event,"
             " t_recv, lon, lat, place_method) select 1, md5('car' || n)::uuid, 100 + n, 'vehicle', 1,"
             " '清运' || n || '车', 'Truck ' || n, now(), now(), 121.4, 31.2, 'none' from generate_series(1, 2) n");
    test_sql(on.pg, "insert into event (estate_id, t_event, dedup, t_recv, t_source, source_id, subject, subject_type,"
                    " shift_id, kind, phase, place_method, building_id) values (1, now() - interval '4 h',"
                    " gen_random_uuid(), now(), 'device', 1, md5('2')::uuid, 'guard', 9, 'checkpoint', 'pulse',"
                    " 'inside', 3)");
    add_passes("(2, 3, '1', 'guard', interval '2 min', interval '1 min', 3, 1, false),"
               "(2, 3, '2', 'guard', interval '3 min', interval '2 min', 3, 1, false),"
               "(2, 3, 'car1', 'vehicle', interval '9 h', interval '4 min', 3, 1, true),"
               "(2, 3, 'car2', 'vehicle', interval '6 min', interval '6 min', 3, 1, false)");
    AUTO_VALUE(test_answer) answer;
    assert_int_equal(test_get(on.port, "/api/buildings/3/dossier", NULL, &answer), 200);
    AUTO(base_json) json = test_json(&answer);
    const struct base_json *events = base_json_in_get(json, "events");
    assert_int_equal(base_json_in_size(events), 5);
    assert_string_equal(test_text(line_of(events, "清运1车"), "label_en"), "Truck 1");
    assert_string_equal(test_text(line_of(events, "清运2车"), "subject_type"), "vehicle");
    assert_string_equal(test_text(line_of(events, "巡逻1组"), "label_en"), "Patrol 1");
    assert_string_equal(test_text(line_of(events, "巡逻2组"), "label_en"), "Patrol 2");
    assert_string_equal(test_text(line_of(events, "夜班组"), "label_en"), "Night");
    assert_int_equal(test_i64(base_json_in_get(json, "counts"), "units_24h"), 4);
}

/* Thirty events and fifty short passes since must not hide who has been there for hours. */
static void who_has_been_there_for_hours(void **state)
{
    (void)state;
    test_sql(on.pg, "insert into event (estate_id, t_event, dedup, t_recv, t_source, source_id, kind, phase,"
                    " place_method, building_id) select 1, now() - n * interval '2 min', gen_random_uuid(), now(),"
                    " 'device', 1, 'access', 'pulse', 'inside', 4 from generate_series(1, 30) n");
    add_passes("(1, 4, '1', 'guard', interval '6 h', interval '10 s', 3, 1, true)");
    test_sql(on.pg, "insert into pass (estate_id, t_event, subject, place_kind, place_id, t_to, subject_type,"
                    " nearest_m, fixes) select 1, now() - n * interval '2 min' - interval '1 min', md5('2')::uuid,"
                    " 'building', 4, now() - n * interval '2 min' - interval '1 min', 'guard', 2, 1"
                    " from generate_series(1, 50) n");
    AUTO_VALUE(test_answer) answer;
    assert_int_equal(test_get(on.port, "/api/buildings/4/dossier", NULL, &answer), 200);
    AUTO(base_json) json = test_json(&answer);
    const struct base_json *lines = base_json_in_get(json, "events");
    assert_int_equal(base_json_in_size(lines), 20);
    bool open = false;
    assert_true(base_json_in_bool(base_json_in_get(base_json_in_at(lines, 0), "open"), &open) && open);
    for (size_t i = 1; i < 20; i++) {
        assert_string_equal(test_text(base_json_in_at(lines, i), "kind"), i % 2 ? "access" : "pass");
    }
    assert_int_equal(test_i64(base_json_in_get(json, "counts"), "passes_24h"), 51);
    assert_int_equal(test_i64(base_json_in_get(json, "counts"), "units_24h"), 2);
}

/* Where the last days do not fill the list, the last month is looked at, and no more. */
static void a_quiet_building(void **state)
{
    (void)state;
    add_passes("(1, 6, '1', 'guard', interval '29 days', interval '29 days', 3, 1, false),"
               "(1, 6, '1', 'guard', interval '31 days', interval '31 days', 3, 1, false)");
    AUTO_VALUE(test_answer) answer;
    assert_int_equal(test_get(on.port, "/api/buildings/6/dossier", NULL, &answer), 200);
    AUTO(base_json) json = test_json(&answer);
    assert_int_equal(base_json_in_size(base_json_in_get(json, "events")), 1);
    assert_int_equal(test_i64(base_json_in_get(json, "counts"), "passes_24h"), 0);
}

static int open_all(void **state)
{
    (void)state;
    on = test_server_new((struct api_config){.port = 0});
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
        cmocka_unit_test(health),
        cmocka_unit_test(tilejson_names_the_host_that_was_asked),
        cmocka_unit_test(tiles),
        cmocka_unit_test(problems),
        cmocka_unit_test(methods),
        cmocka_unit_test(the_page),
        cmocka_unit_test(estates),
        cmocka_unit_test(a_silent_building),
        cmocka_unit_test(a_busy_building),
        cmocka_unit_test(several_units_at_a_building),
        cmocka_unit_test(who_has_been_there_for_hours),
        cmocka_unit_test(a_quiet_building),
    };
    return cmocka_run_group_tests(tests, open_all, close_all);
}
