/* Agendas, meetings and resolutions over HTTP: what a meeting has to talk about, and what becomes of what it resolved.
 */
#include "api/write_kit.h"

static const char *meeting(const char *who, const char *body)
{
    static char id[32];
    WRITE_EXPECT(201, ask("POST", "/api/meetings", who, body));
    AUTO(base_json) json = test_json(&answer);
    snprintf(id, sizeof id, "%lld", (long long)test_i64(json, "id"));
    return id;
}

static char path[64], tag[64]; /* of the resolution that was made last */

static void resolve(const char *of_meeting, const char *more)
{
    char to[100], body[500];
    snprintf(to, sizeof to, "/api/meetings/%s/resolutions", of_meeting);
    snprintf(body, sizeof body,
             "{\"estate_id\":1,\"organisation_id\":7,\"text\":\"修好单元门\",\"deadline\":\"2099-01-01T00:00:00Z\"%s}",
             more);
    WRITE_EXPECT(201, ask("POST", to, street, body));
    snprintf(path, sizeof path, "%s", test_header(&answer, "Location"));
    WRITE_EXPECT(200, get(path, committee));
    snprintf(tag, sizeof tag, "%s", test_header(&answer, "ETag"));
}

static int put(const char *who, const char *body)
{
    int status = match("PUT", path, who, tag, body);
    if (status == 200) {
        snprintf(tag, sizeof tag, "%s", test_header(&answer, "ETag"));
    }
    return status;
}

static void incident(int id, int level, const char *more)
{
    char sql[700];
    snprintf(
        sql, sizeof sql,
        "insert into incident (estate_id, id, origin, category, severity, policy_id, policy_version, title, level, "
        "t_event, reported_at, state_at, breach_at, state) select 1, %d, 'call', 'other', 'small', id, 1, 'i%d', %d, "
        "now(), now(), now(), now() + %d * interval '1 min', 'filed' from sla_policy where key = 'small'; update "
        "incident set id = id %s where id = %d",
        id, id, level, id - 9000, more, id);
    test_sql(on.pg, sql);
}

/* "i9001 i9002 ...": titles and texts in order, with what is said of them. */
static const char *listed(const char *query)
{
    static char text[2000];
    size_t len = 0;
    WRITE_EXPECT(200, get(query, committee));
    AUTO(base_json) json = test_json(&answer);
    const struct base_json *list = base_json_in_get(json, "agenda");
    text[0] = '\0';
    for (size_t i = 0; i < base_json_in_size(list); i++) {
        const struct base_json *item = base_json_in_at(list, i);
        const char *kind = test_text(item, "kind");
        bool escalated = false, breached = false, deferred = false, drill = false;
        base_json_in_bool(base_json_in_get(item, "escalated"), &escalated);
        base_json_in_bool(base_json_in_get(item, "breached"), &breached);
        base_json_in_bool(base_json_in_get(item, "deferred"), &deferred);
        base_json_in_bool(base_json_in_get(item, "drill"), &drill);
        len += (size_t)snprintf(text + len, sizeof text - len, "%s%s%s%s%s%s", i ? ", " : "",
                                test_text(item, *kind == 'i' ? "title" : "text"), escalated ? " up" : "",
                                breached ? " late" : "", deferred ? " put off" : "", drill ? " drill" : "");
    }
    return text;
}

static void the_agenda_is_what_is_open_at_the_level(void **state)
{
    (void)state;
    char next[200];
    incident(9001, 1, "");
    incident(9002, 1, ", deferred = true");
    incident(9003, 1, "");
    incident(9004, 0, "");                                      /* another level's */
    incident(9005, 1, ", state = 'closed', closed_at = now()"); /* no more */
    incident(9006, 1, ", drill = true");
    test_sql(on.pg, "update incident set breach_at = null where id = 9006");
    test_sql(on.pg,
             "insert into clock (estate_id, incident_id, stage, started_at, total_us, left_us, warn_us, runs_from, "
             "due_at, breached_at) values (1, 9001, 'resolve', now(), 1, 1, 0, now(), now(), now())");
    test_sql(on.pg,
             "insert into incident_step (estate_id, incident_id, step, at, state) values (1, 9001, 'escalate', now() "
             "- interval '3 d', 'filed'), (1, 9003, 'escalate', now() - interval '1 h', 'filed')");
    assert_string_equal(listed("/api/agenda?level=community&estate=1"),
                        "i9001 up late, i9002 put off, i9003 up, i9006 drill");
    /* Since the meeting of yesterday 9001 is no news. */
    const char *id = meeting(street, test_sql(on.pg, "select format('{\"level\":\"community\",\"organisation_id\":7,"
                                                     "\"held_at\":\"%s\",\"estates\":[1]}', to_char(now() - interval "
                                                     "'1 d', 'YYYY-MM-DD\"T\"HH24:MI:SSOF:00'))"));
    resolve(id, ",\"incidents\":[9001]");
    assert_string_equal(listed("/api/agenda?level=community&estate=1"),
                        "i9001 late, i9002 put off, i9003 up, 修好单元门, i9006 drill");
    assert_string_equal(listed("/api/agenda?level=community&limit=3"), "i9001 late, i9002 put off, i9003 up");
    AUTO(base_json) json = test_json(&answer);
    snprintf(next, sizeof next, "%s", test_text(base_json_in_at(base_json_in_get(json, "links"), 0), "href"));
    assert_string_equal(listed(next), "修好单元门, i9006 drill");
    assert_string_equal(listed("/api/agenda?level=district"), "");
    WRITE_EXPECT(400, get("/api/agenda?level=moon", street));
    WRITE_EXPECT(403, get("/api/agenda", planner));
    WRITE_EXPECT(200, put(company, "{\"state\":\"done\",\"outcome\":\"已修好\"}"));
    assert_string_equal(listed("/api/agenda?level=community&estate=1"),
                        "i9001 late, i9002 put off, i9003 up, i9006 drill");
}

static void meetings_are_of_the_estates_in_sight(void **state)
{
    (void)state;
    static const struct write_wrong wrong[] = {
        {"{}", "level"},
        {"{\"level\":\"moon\",\"organisation_id\":7,\"held_at\":\"2026-01-01T00:00:00Z\",\"estates\":[1]}", "level"},
        {"{\"level\":\"estate\",\"organisation_id\":77777,\"held_at\":\"2026-01-01T00:00:00Z\",\"estates\":[1]}",
         "organisation_id"},
        {"{\"level\":\"estate\",\"organisation_id\":7,\"held_at\":\"2099-01-01T00:00:00Z\",\"estates\":[1]}",
         "held_at"},
        {"{\"level\":\"estate\",\"organisation_id\":7,\"held_at\":\"2026-01-01T00:00:00Z\"}", "estates"},
        {"{\"level\":\"estate\",\"organisation_id\":7,\"held_at\":\"2026-01-01T00:00:00Z\",\"estates\":[]}", "estates"},
        {"{\"level\":\"estate\",\"organisation_id\":7,\"held_at\":\"2026-01-01T00:00:00Z\",\"estates\":[1,1]}",
         "estates"},
        {"{\"level\":\"estate\",\"organisation_id\":7,\"held_at\":\"2026-01-01T00:00:00Z\",\"estates\":[\"1\"]}",
         "estates"},
    };
    static const char both[] =
        "{\"level\":\"alliance\",\"organisation_id\":7,\"held_at\":\"2026-01-01T00:00:00Z\",\"estates\":[1,2]}";
    char keyed[300], count[32];
    write_refuse("/api/meetings", street, wrong, BASE_COUNT(wrong));
    snprintf(count, sizeof count, "%s", test_sql(on.pg, "select count(*) from meeting"));
    WRITE_EXPECT(404, ask("POST", "/api/meetings", street, both));  /* estate 2 is not theirs: nothing is written */
    WRITE_EXPECT(403, ask("POST", "/api/meetings", company, both)); /* does not judge */
    WRITE_EXPECT(403, ask("POST", "/api/meetings", committee, both));
    assert_string_equal(test_sql(on.pg, "select count(*) from meeting"), count);
    snprintf(keyed, sizeof keyed, "%sIdempotency-Key: meeting-1\r\n", district);
    for (int i = 0; i < 2; i++) {
        meeting(keyed, both);
    }
    assert_non_null(strstr(answer.body.at, "\"estates\":[1,2]"));
    assert_string_equal(test_sql(on.pg, "select count(*) || ' ' || count(distinct id) from meeting where level = 2"),
                        "2 1");
    assert_string_equal(test_sql(on.pg,
                                 "select string_agg(estate_id::text, ' ' order by estate_id) from audit where action "
                                 "= 'hold meeting' and actor = 'district'"),
                        "1 2");
    WRITE_EXPECT(200, get("/api/meetings?level=alliance", committee));
    assert_non_null(strstr(answer.body.at, "\"estates\":[1],"));
    WRITE_EXPECT(200, get("/api/meetings?level=alliance&estate=2", committee));
    assert_non_null(strstr(answer.body.at, "\"meetings\":[]"));
}

static void a_resolution_is_a_task_until_it_is_done(void **state)
{
    (void)state;
    const char *id =
        meeting(street, "{\"level\":\"community\",\"organisation_id\":7,\"held_at\":\"2026-01-01T00:00:00Z\","
                        "\"estates\":[1]}");
    static const struct write_wrong wrong[] = {
        {"{\"organisation_id\":7,\"text\":\"t\",\"deadline\":\"2099-01-01T00:00:00Z\"}", "estate_id"},
        {"{\"estate_id\":1,\"text\":\"t\",\"deadline\":\"2099-01-01T00:00:00Z\"}", "organisation_id"},
        {"{\"estate_id\":1,\"organisation_id\":77777,\"text\":\"t\",\"deadline\":\"2099-01-01T00:00:00Z\"}",
         "organisation_id"},
        {"{\"estate_id\":1,\"organisation_id\":7,\"deadline\":\"2099-01-01T00:00:00Z\"}", "text"},
        {"{\"estate_id\":1,\"organisation_id\":7,\"text\":\"t\"}", "deadline"},
        {"{\"estate_id\":1,\"organisation_id\":7,\"text\":\"t\",\"deadline\":\"2020-01-01T00:00:00Z\"}", "deadline"},
        {"{\"estate_id\":1,\"organisation_id\":7,\"text\":\"t\",\"deadline\":\"2099-01-01T00:00:00Z\",\"incidents\":["
         "77777]}",
         "incidents"},
        {"{\"estate_id\":1,\"organisation_id\":7,\"text\":\"t\",\"deadline\":\"2099-01-01T00:00:00Z\",\"incidents\":[0]"
         "}",
         "incidents"},
    };
    char to[100];
    incident(9101, 1, "");
    incident(9102, 1, ", drill = true");
    snprintf(to, sizeof to, "/api/meetings/%s/resolutions", id);
    write_refuse(to, street, wrong, BASE_COUNT(wrong));
    write_refuse(
        "/api/meetings/77777/resolutions", street,
        &(struct write_wrong){"{\"estate_id\":1,\"organisation_id\":7,\"text\":\"t\",\"deadline\":\"2099-01-01T00:"
                              "00:00Z\"}",
                              "estate_id"},
        1);
    WRITE_EXPECT(404,
                 ask("POST", to, street,
                     "{\"estate_id\":2,\"organisation_id\":7,\"text\":\"t\",\"deadline\":\"2099-01-01T00:00:00Z\"}"));
    WRITE_EXPECT(403,
                 ask("POST", to, company,
                     "{\"estate_id\":1,\"organisation_id\":7,\"text\":\"t\",\"deadline\":\"2099-01-01T00:00:00Z\"}"));
    resolve(id, ",\"incidents\":[9101,9102]"); /* a task for each */
    assert_string_equal(test_sql(on.pg,
                                 "select string_agg(concat_ws(' ', incident_id, level, warn_at < deadline, version), "
                                 "', ' order by id) from resolution where incident_id > 9100"),
                        "9101 1 t 1, 9102 1 t 1");
    WRITE_EXPECT(200, get("/api/resolutions?incident=9102", committee));
    assert_non_null(strstr(answer.body.at, "\"drill\":true"));
    WRITE_EXPECT(428, ask("PUT", path, street, "{\"state\":\"done\",\"outcome\":\"x\"}"));
    WRITE_EXPECT(412, match("PUT", path, street, "\"9\"", "{\"state\":\"done\",\"outcome\":\"x\"}"));
    WRITE_EXPECT(422, put(street, "{\"state\":\"done\"}"));
    write_field(&answer, "outcome");
    WRITE_EXPECT(422, put(street, "{\"state\":\"asleep\"}"));
    WRITE_EXPECT(422, put(street, "{\"state\":\"open\",\"deadline\":\"2020-01-01T00:00:00Z\"}"));
    /* Whoever has to do it does not drop it, nor give himself time. */
    WRITE_EXPECT(403, put(company, "{\"state\":\"dropped\",\"outcome\":\"x\"}"));
    WRITE_EXPECT(403, put(company, "{\"state\":\"open\",\"deadline\":\"2098-01-01T00:00:00Z\"}"));
    WRITE_EXPECT(403, put(committee, "{\"state\":\"done\",\"outcome\":\"x\"}"));
    test_sql(on.pg, "update resolution set warned_at = now(), overdue_at = now() where incident_id = 9101");
    WRITE_EXPECT(200, put(street, "{\"state\":\"open\",\"deadline\":\"2098-01-01T00:00:00Z\"}"));
    assert_string_equal(test_sql(on.pg,
                                 "select concat_ws(' ', deadline at time zone 'UTC', warned_at, overdue_at, fires_at "
                                 "= warn_at) from resolution where incident_id = 9101"),
                        "2098-01-01 00:00:00 t");
    WRITE_EXPECT(200, put(company, "{\"state\":\"done\",\"outcome\":\"门已更换\"}"));
    WRITE_EXPECT(409, put(company, "{\"state\":\"done\",\"outcome\":\"again\"}"));
    WRITE_EXPECT(409, put(street, "{\"state\":\"dropped\",\"outcome\":\"x\"}"));
    assert_string_equal(test_sql(on.pg,
                                 "select concat_ws(' ', state, outcome, ended_by, fires_at) from resolution where "
                                 "incident_id = 9101"),
                        "done 门已更换 company");
    WRITE_EXPECT(200, get("/api/resolutions?state=done", committee));
    assert_non_null(strstr(answer.body.at, "门已更换"));
    WRITE_EXPECT(200, put(street, "{\"state\":\"open\"}"));
    assert_string_equal(test_sql(on.pg,
                                 "select concat_ws(' ', state, outcome, ended_by) from resolution where incident_id = "
                                 "9101"),
                        "open");
    WRITE_EXPECT(404, get("/api/resolutions/1/77777", committee));
    WRITE_EXPECT(404, get("/api/resolutions/2/1", committee));
}

/* Each row of all pages once, in order. */
static void resolutions_come_page_by_page(void **state)
{
    (void)state;
    char next[200] = "/api/resolutions?state=all&limit=3";
    int64_t seen = 0, last = 0;
    test_sql(on.pg,
             "insert into resolution (estate_id, meeting_id, level, organisation_id, text, made_at, made_by, deadline, "
             "warn_at) select m.estate_id, m.id, m.level, 7, 'page', now(), 'x', '2097-01-01', '2096-01-01' from "
             "(select * from meeting where estate_id = 1 limit 1) m, generate_series(1, 8)");
    while (next[0]) {
        WRITE_EXPECT(200, get(next, committee));
        AUTO(base_json) json = test_json(&answer);
        const struct base_json *list = base_json_in_get(json, "resolutions"), *links = base_json_in_get(json, "links");
        for (size_t i = 0; i < base_json_in_size(list); i++) {
            const struct base_json *one = base_json_in_at(list, i);
            if (strcmp(test_text(one, "text"), "page") == 0) {
                assert_true(test_i64(one, "id") > last);
                last = test_i64(one, "id");
            }
            seen++;
        }
        snprintf(next, sizeof next, "%s", base_json_in_size(links) ? test_text(base_json_in_at(links, 0), "href") : "");
    }
    char count[32];
    snprintf(count, sizeof count, "%lld", (long long)seen);
    assert_string_equal(test_sql(on.pg, "select count(*) from resolution where estate_id = 1"), count);
}

static int open_all(void **state)
{
    (void)state;
    write_open((struct api_config){.port = 0});
    test_sql(on.pg, "create table incident_step_all partition of incident_step default");
    test_sql(on.pg, "insert into organisation (id, kind, code, name) values (7, 'site', 'site', '管理处')");
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_agenda_is_what_is_open_at_the_level),
        cmocka_unit_test(meetings_are_of_the_estates_in_sight),
        cmocka_unit_test(a_resolution_is_a_task_until_it_is_done),
        cmocka_unit_test(resolutions_come_page_by_page),
    };
    return cmocka_run_group_tests(tests, open_all, write_close);
}
