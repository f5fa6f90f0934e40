/* Reporting incidents and taking their steps over HTTP: by whom, once, of the version that was seen - and what is
 * refused. */
#include "api/write_kit.h"

#define WHAT "\"category\":\"smoke\",\"title\":\"三楼有烟\""

static char path[64], tag[64]; /* of the incident that was touched last */

static void report(const char *who, const char *body)
{
    WRITE_EXPECT(201, ask("POST", "/api/incidents", who, body));
    noted(path, tag);
}

/* Takes a step of that incident by the version that was seen last. */
static int step(const char *who, const char *body)
{
    char to[100];
    snprintf(to, sizeof to, "%s/steps", path);
    int status = match("POST", to, who, tag, body);
    if (status == 200) {
        snprintf(tag, sizeof tag, "%s", test_header(&answer, "ETag"));
    }
    return status;
}

static const char *told(const char *member)
{
    static char text[300];
    AUTO(base_json) json = test_json(&answer);
    snprintf(text, sizeof text, "%s", test_text(json, member));
    return text;
}

static void from_the_call_to_the_verified_end(void **state)
{
    (void)state;
    static const struct {
        const char *body, *state;
    } steps[] = {{"{\"step\":\"file\"}", "filed"},
                 {"{\"step\":\"dispatch\",\"organisation_id\":7}", "dispatched"},
                 {"{\"step\":\"urge\"}", "dispatched"},
                 {"{\"step\":\"accept\"}", "accepted"},
                 {"{\"step\":\"pause\",\"note\":\"awaiting_part\"}", "paused"},
                 {"{\"step\":\"resume\"}", "accepted"},
                 {"{\"step\":\"arrive\"}", "on_site"},
                 {"{\"step\":\"resolve\",\"note\":\"put out\"}", "resolved"},
                 {"{\"step\":\"feed_back\"}", "fed_back"},
                 {"{\"step\":\"verify\"}", "verified"},
                 {"{\"step\":\"close\"}", "closed"}};
    report(street,
           "{\"building_id\":38,\"storey\":3,\"text\":\"说是有烟\",\"t_event\":\"2026-05-01T00:00:00Z\"," WHAT "}");
    assert_string_equal(told("state"), "reported");
    assert_string_equal(told("severity"), "serious"); /* the category's */
    for (size_t i = 0; i < BASE_COUNT(steps); i++) {
        WRITE_EXPECT(200, step(company, steps[i].body));
        assert_string_equal(told("state"), steps[i].state);
    }
    assert_null(strstr(answer.body.at, "\"breach_at\""));
    WRITE_EXPECT(200, get(path, committee));
    assert_string_equal(test_header(&answer, "ETag"), tag);
    assert_string_equal(test_sql(on.pg, "select string_agg(step || ' ' || actor, ', ' order by id) from incident_step"
                                        " where incident_id = (select max(id) from incident)"),
                        "report street, file company, dispatch company, urge company, accept company, pause company,"
                        " resume company, arrive company, resolve company, feed_back company, verify company, close "
                        "company");
    assert_string_equal(
        test_sql(on.pg, "select note from incident_step where step = 'report' order by id desc limit 1"), "说是有烟");
    assert_string_equal(test_sql(on.pg, "select count(*) || ' ' || count(distinct note) from audit where action in"
                                        " ('report incident', 'step incident')"),
                        "12 12");
    assert_string_equal(test_sql(on.pg,
                                 "select (select note from audit where action = 'step incident' order by id limit 1)"
                                 " = 'incident ' || max(id) || ': file' from incident"),
                        "t");
}

/* By position: the building that holds it, else the estate. Estate 1 is 121.41 to 121.418, 31.20 to 31.206. */
static void a_report_finds_its_place(void **state)
{
    (void)state;
    report(street, "{\"building_id\":38," WHAT "}");
    assert_string_equal(test_sql(on.pg,
                                 "select concat_ws(' ', i.estate_id, i.building_id, i.lon = b.lon) from incident i join"
                                 " building b on b.id = i.building_id order by i.id desc limit 1"),
                        "1 38 t");
    const char *inside =
        test_sql(on.pg, "select format('{\"lon\":%s,\"lat\":%s,\"category\":\"other\",\"title\":\"t\"}', lon, lat)"
                        " from building where id = 36");
    report(street, inside);
    assert_string_equal(
        test_sql(on.pg, "select concat_ws(' ', estate_id, building_id) from incident order by id desc limit 1"),
        "1 36");
    report(street, "{\"lon\":121.4101,\"lat\":31.2001," WHAT "}");
    assert_string_equal(test_sql(on.pg,
                                 "select concat_ws(' ', estate_id, building_id, lon, lat) from incident order by id"
                                 " desc limit 1"),
                        "1 121.4101 31.2001");
    report(street, "{\"estate_id\":1," WHAT ",\"drill\":true,\"origin\":\"patrol\",\"severity\":\"special\","
                   "\"organisation\":\"site\"}");
    assert_string_equal(test_sql(on.pg,
                                 "select concat_ws(' ', estate_id, lon, origin, severity, drill, organisation_id) from"
                                 " incident order by id desc limit 1"),
                        "1 patrol special t 7");
    /* Between the estates: nobody's, but the district's. */
    report(district, "{\"lon\":121.419,\"lat\":31.203," WHAT "}");
    assert_string_equal(test_sql(on.pg, "select estate_id from incident order by id desc limit 1"), "0");
}

static void what_cannot_be_reported(void **state)
{
    (void)state;
    static const struct write_wrong wrong[] = {
        {"{" WHAT "}", "estate_id"},
        {"{\"estate_id\":1,\"title\":\"t\"}", "category"},
        {"{\"estate_id\":1,\"category\":\"nothing\",\"title\":\"t\"}", "category"},
        {"{\"estate_id\":1,\"category\":\"smoke\"}", "title"},
        {"{\"estate_id\":1,\"category\":\"smoke\",\"title\":\"   \"}", "title"},
        {"{\"estate_id\":1,\"severity\":\"huge\"," WHAT "}", "severity"},
        {"{\"estate_id\":1,\"origin\":\"rule\"," WHAT "}", "origin"},
        {"{\"estate_id\":1,\"lon\":121.413," WHAT "}", "lat"},
        {"{\"lon\":121.413,\"lat\":91," WHAT "}", "lat"},
        {"{\"lon\":12.5,\"lat\":55.6," WHAT "}", "lon"},
        {"{\"lon\":121.424,\"lat\":31.203," WHAT "}", "lon"}, /* estate 2's: out of sight */
        {"{\"estate_id\":1,\"lon\":121.424,\"lat\":31.203," WHAT "}", "lon"},
        {"{\"building_id\":77777," WHAT "}", "building_id"},
        {"{\"building_id\":39," WHAT "}", "building_id"},
        {"{\"estate_id\":2," WHAT "}", "estate_id"},
        {"{\"estate_id\":2,\"building_id\":38," WHAT "}", "building_id"},
        {"{\"estate_id\":1,\"storey\":900," WHAT "}", "storey"},
        {"{\"estate_id\":1,\"drill\":\"yes\"," WHAT "}", "drill"},
        {"{\"estate_id\":1,\"t_event\":\"2099-01-01T00:00:00Z\"," WHAT "}", "t_event"},
        {"{\"estate_id\":1,\"organisation\":\"nobody\"," WHAT "}", "organisation"},
        {"{\"estate_id\":1,\"reporter\":\"x\"," WHAT "}", "reporter"},
        {"{\"estate_id\":1,\"contact\":\"x\"," WHAT "}", "contact"}, /* this server has no key */
        {"{\"estate_id\":1,\"category\":\"dispute\",\"title\":\"t\"}", "category"},
    };
    const char *before = test_sql(on.pg, "select count(*) from incident");
    char count[32];
    snprintf(count, sizeof count, "%s", before);
    write_refuse("/api/incidents", street, wrong, BASE_COUNT(wrong));
    assert_string_equal(test_sql(on.pg, "select count(*) from incident"), count);
    WRITE_EXPECT(422, ask("POST", "/api/incidents", district, "{\"lon\":12.5,\"lat\":55.6," WHAT "}"));
    assert_non_null(strstr(answer.body.at, "outside the district\""));
    WRITE_EXPECT(403, ask("POST", "/api/incidents", committee, "{\"estate_id\":1," WHAT "}"));
    WRITE_EXPECT(403, ask("POST", "/api/incidents", planner, "{\"estate_id\":1," WHAT "}"));
    WRITE_EXPECT(401, ask("POST", "/api/incidents", "", "{\"estate_id\":1," WHAT "}"));
    WRITE_EXPECT(400, ask("POST", "/api/incidents", street, "[1]"));
    WRITE_EXPECT(400, ask("POST", "/api/incidents?x=1", street, "{\"estate_id\":1," WHAT "}"));
}

/* Ten megabytes are refused as they come; what is a little too large gets an answer. */
static void a_text_that_is_too_large(void **state)
{
    (void)state;
    char head[600];
    size_t size = 10 << 20;
    char *body = malloc(size + 200);
    AUTO_VALUE(base_buf) got;
    base_buf_init(&got, 1 << 20);
    assert_non_null(body);
    int len = snprintf(body, 200, "{\"estate_id\":1," WHAT ",\"text\":\"");
    memset(body + len, 'x', size);
    snprintf(body + len + size, 10, "\"}");
    snprintf(head, sizeof head,
             "POST /api/incidents HTTP/1.1\r\nHost: 127.0.0.1\r\n%sContent-Type: application/json\r\nContent-Length: "
             "%zu\r\n\r\n",
             street, strlen(body));
    int fd = test_connect(on.port);
    test_send(fd, head);
    test_send(fd, body);
    while (test_receive(fd, &got, 5000)) {
    }
    close(fd);
    assert_null(strstr(base_buf_cstr(&got), "HTTP/1.1 2"));
    snprintf(body + len + 70000, 10, "\"}");
    WRITE_EXPECT(413, ask("POST", "/api/incidents", street, body));
    snprintf(body + len + 4001, 10, "\"}");
    WRITE_EXPECT(422, ask("POST", "/api/incidents", street, body));
    write_field(&answer, "text");
    free(body);
}

static void markup_stays_text(void **state)
{
    (void)state;
    static const char html[] = "</script><img src=x onerror=alert(1)>";
    report(street, "{\"estate_id\":1,\"category\":\"other\",\"title\":\"</script><img src=x onerror=alert(1)>\","
                   "\"text\":\"</script><img src=x onerror=alert(1)>\"}");
    assert_string_equal(test_sql(on.pg, "select title from incident order by id desc limit 1"), html);
    WRITE_EXPECT(200, get(path, committee));
    assert_string_equal(test_header(&answer, "Content-Type"), "application/json");
    assert_string_equal(test_header(&answer, "X-Content-Type-Options"), "nosniff");
    assert_string_equal(told("title"), html);
}

static void a_step_needs_the_version_that_was_seen(void **state)
{
    (void)state;
    char to[100], first[64];
    report(street, "{\"estate_id\":1," WHAT "}");
    snprintf(to, sizeof to, "%s/steps", path);
    snprintf(first, sizeof first, "%s", tag);
    WRITE_EXPECT(428, ask("POST", to, street, "{\"step\":\"file\"}"));
    WRITE_EXPECT(200, step(street, "{\"step\":\"file\"}"));
    WRITE_EXPECT(412, match("POST", to, street, first, "{\"step\":\"dispatch\",\"organisation_id\":7}"));
    assert_string_equal(test_sql(on.pg, "select state from incident order by id desc limit 1"), "filed");
    WRITE_EXPECT(200, match("POST", to, street, "*", "{\"step\":\"urge\"}"));
}

static void what_is_not_allowed_is_told_with_what_is(void **state)
{
    (void)state;
    report(street, "{\"estate_id\":1," WHAT "}");
    WRITE_EXPECT(409, step(street, "{\"step\":\"close\"}"));
    AUTO(base_json) json = test_json(&answer);
    const struct base_json *allowed = base_json_in_get(json, "allowed");
    assert_string_equal(test_text(json, "type"), "/problems/step");
    assert_string_equal(test_text(json, "state"), "reported");
    assert_int_equal(base_json_in_size(allowed), 10);
    assert_string_equal(test_text(base_json_in_at(allowed, 1), "step"), "comment");
    assert_string_equal(test_text(base_json_in_at(allowed, 3), "next"), "filed");
    WRITE_EXPECT(409, step(street, "{\"step\":\"resume\"}"));
    assert_string_equal(test_sql(on.pg, "select version || ' ' || state from incident order by id desc limit 1"),
                        "1 reported");
}

static void what_a_step_lacks_is_named(void **state)
{
    (void)state;
    char body[100];
    report(street, "{\"estate_id\":1," WHAT "}");
    static const struct write_wrong wrong[] = {
        {"{}", "step"},
        {"{\"step\":\"dance\"}", "step"},
        {"{\"step\":\"revoke\",\"note\":\"n\"}", "step"},     /* the platform's alone */
        {"{\"step\":\"call_joint\",\"note\":\"n\"}", "step"}, /* has a route of its own */
        {"{\"step\":7}", "step"},
        {"{\"step\":\"reject\"}", "note"},
        {"{\"step\":\"reject\",\"note\":\"  \"}", "note"},
        {"{\"step\":\"pause\"}", "note"},
        {"{\"step\":\"merge\"}", "into"},
        {"{\"step\":\"merge\",\"into\":77777}", "into"},
        {"{\"step\":\"merge\",\"into\":-1}", "into"},
        {"{\"step\":\"file\",\"organisation_id\":77777}", "organisation_id"},
        {"{\"step\":\"file\",\"shift_id\":77777}", "shift_id"},
        {"{\"step\":\"file\",\"shift_id\":1001}", "shift_id"}, /* of estate 2 */
        {"{\"step\":\"file\",\"state\":\"closed\"}", "state"},
    };
    for (size_t i = 0; i < BASE_COUNT(wrong); i++) {
        WRITE_EXPECT(422, step(street, wrong[i].body));
        write_field(&answer, wrong[i].field);
    }
    WRITE_EXPECT(200, step(street, "{\"step\":\"file\"}"));
    WRITE_EXPECT(422, step(street, "{\"step\":\"dispatch\"}"));
    write_field(&answer, "organisation_id");
    WRITE_EXPECT(200, step(street, "{\"step\":\"dispatch\",\"shift_id\":1}"));
    WRITE_EXPECT(200, step(street, "{\"step\":\"accept\"}"));
    WRITE_EXPECT(422, step(street, "{\"step\":\"dispatch\",\"organisation_id\":7}")); /* away from who has accepted */
    write_field(&answer, "note");
    const char *self = strrchr(path, '/') + 1;
    snprintf(body, sizeof body, "{\"step\":\"merge\",\"into\":%s}", self);
    WRITE_EXPECT(422, step(street, body));
    write_field(&answer, "into");
}

static void who_may_take_steps(void **state)
{
    (void)state;
    report(street, "{\"estate_id\":1," WHAT "}");
    WRITE_EXPECT(403, step(committee, "{\"step\":\"file\"}"));
    WRITE_EXPECT(403, step(planner, "{\"step\":\"file\"}"));
    WRITE_EXPECT(401, step("", "{\"step\":\"file\"}"));
    report(district, "{\"building_id\":39," WHAT "}");
    WRITE_EXPECT(404, step(street, "{\"step\":\"file\"}"));
    WRITE_EXPECT(200, step(district, "{\"step\":\"file\"}"));
    snprintf(path, sizeof path, "/api/incidents/1/77777");
    WRITE_EXPECT(404, step(street, "{\"step\":\"file\"}"));
}

/* --- once --- */

static void the_same_request_is_done_once(void **state)
{
    (void)state;
    char keyed[300], to[100], location[64];
    snprintf(keyed, sizeof keyed, "%sIdempotency-Key: call-1\r\n", street);
    report(keyed, "{\"estate_id\":1," WHAT "}");
    snprintf(location, sizeof location, "%s", path);
    snprintf(to, sizeof to, "%s", test_sql(on.pg, "select count(*) from incident"));
    WRITE_EXPECT(201, ask("POST", "/api/incidents", keyed, "{\"estate_id\":1," WHAT "}"));
    assert_string_equal(test_header(&answer, "Location"), location);
    assert_string_equal(test_sql(on.pg, "select count(*) from incident"), to);
    snprintf(keyed, sizeof keyed, "%sIdempotency-Key: urge-1\r\n", street);
    snprintf(to, sizeof to, "%s/steps", path);
    for (int i = 0; i < 3; i++) {
        WRITE_EXPECT(200, match("POST", to, keyed, tag, "{\"step\":\"urge\"}"));
    }
    assert_string_equal(test_sql(on.pg, "select count(*) from incident_step where step = 'urge' and incident_id ="
                                        " (select max(id) from incident)"),
                        "1");
    WRITE_EXPECT(422, match("POST", to, keyed, tag, "{\"step\":\"file\"}"));
}

struct racer {
    char who[300], to[100];
    const char *tag, *body;
    pthread_t thread;
    int status;
};

static void *run(void *of)
{
    struct racer *racer = of;
    struct test_answer mine;
    racer->status = write_match(on.port, "POST", racer->to, racer->who, racer->tag, racer->body, &mine);
    test_answer_release(&mine);
    return NULL;
}

/* So many at once; how many of them were answered so. */
static int race(const char *who, const char *body, int wanted)
{
    struct racer racers[WRITE_RACERS];
    int count = 0;
    for (size_t i = 0; i < WRITE_RACERS; i++) {
        racers[i] = (struct racer){.tag = tag, .body = body};
        snprintf(racers[i].who, sizeof racers[i].who, "%s", who);
        snprintf(racers[i].to, sizeof racers[i].to, "%s/steps", path);
        assert_int_equal(pthread_create(&racers[i].thread, NULL, run, &racers[i]), 0);
    }
    for (size_t i = 0; i < WRITE_RACERS; i++) {
        pthread_join(racers[i].thread, NULL);
        count += racers[i].status == wanted;
    }
    return count;
}

static void of_dispatchers_at_once_one_wins(void **state)
{
    (void)state;
    report(street, "{\"estate_id\":1," WHAT "}");
    WRITE_EXPECT(200, step(street, "{\"step\":\"file\"}"));
    assert_int_equal(race(street, "{\"step\":\"dispatch\",\"organisation_id\":7}", 200), 1);
    report(street, "{\"estate_id\":1," WHAT "}");
    assert_int_equal(race(street, "{\"step\":\"file\"}", 412), WRITE_RACERS - 1);
    assert_string_equal(test_sql(on.pg,
                                 "select version || ' ' || (select count(*) from incident_step s where s.incident_id ="
                                 " i.id) from incident i order by id desc limit 1"),
                        "2 2");
}

/* All of them are the same request: each is told what became of it. */
static void of_the_same_request_at_once_all_get_the_answer(void **state)
{
    (void)state;
    char keyed[300];
    report(street, "{\"estate_id\":1," WHAT "}");
    snprintf(keyed, sizeof keyed, "%sIdempotency-Key: race-1\r\n", street);
    assert_int_equal(race(keyed, "{\"step\":\"file\"}", 200), WRITE_RACERS);
    assert_string_equal(test_sql(on.pg, "select version from incident order by id desc limit 1"), "2");
}

/* What the clocks had to say by then stands before the step. */
static void a_late_step_finds_the_breach_before_it(void **state)
{
    (void)state;
    report(street, "{\"estate_id\":1," WHAT "}");
    test_sql(on.pg,
             "update clock set due_at = now() - interval '1 min', warn_at = null, runs_from = started_at where stage ="
             " 'respond' and incident_id = (select max(id) from incident)");
    WRITE_EXPECT(200, step(street, "{\"step\":\"file\"}"));
    assert_string_equal(test_sql(on.pg,
                                 "select string_agg(step, ' ' order by id) from incident_step where incident_id ="
                                 " (select max(id) from incident)"),
                        "report breach file");
    assert_string_equal(tag, "\"3\"");
}

static int open_all(void **state)
{
    (void)state;
    write_open((struct api_config){.port = 0});
    test_sql(on.pg, "insert into organisation (id, kind, code, name) values (7, 'site', 'site', '管理处')");
    test_sql(on.pg, "select setval(pg_get_serial_sequence('incident', 'id'), 5000)");
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(from_the_call_to_the_verified_end),
        cmocka_unit_test(a_report_finds_its_place),
        cmocka_unit_test(what_cannot_be_reported),
        cmocka_unit_test(a_text_that_is_too_large),
        cmocka_unit_test(markup_stays_text),
        cmocka_unit_test(a_step_needs_the_version_that_was_seen),
        cmocka_unit_test(what_is_not_allowed_is_told_with_what_is),
        cmocka_unit_test(what_a_step_lacks_is_named),
        cmocka_unit_test(who_may_take_steps),
        cmocka_unit_test(the_same_request_is_done_once),
        cmocka_unit_test(of_dispatchers_at_once_one_wins),
        cmocka_unit_test(of_the_same_request_at_once_all_get_the_answer),
        cmocka_unit_test(a_late_step_finds_the_breach_before_it),
    };
    return cmocka_run_group_tests(tests, open_all, write_close);
}
