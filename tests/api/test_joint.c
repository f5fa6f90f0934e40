/* Joint responses over HTTP: who may call whom, of which version, once; what departments do; CAP. */
#include "api/write_kit.h"

static char path[64], tag[64]; /* of the incident that was reported last */

static void report(const char *more)
{
    char body[300];
    snprintf(body, sizeof body, "{\"building_id\":38,\"category\":\"smoke\",\"title\":\"张三家有烟\"%s}", more);
    WRITE_EXPECT(201, ask("POST", "/api/incidents", street, body));
    noted(path, tag);
}

static const char *below(const char *rest)
{
    static char to[128];
    snprintf(to, sizeof to, "%s/%s", path, rest);
    return to;
}

/* Departments are called by the version that was seen last. */
static int call(const char *who, const char *body)
{
    int status = match("POST", below("joint"), who, tag, body);
    if (status == 201) {
        snprintf(tag, sizeof tag, "%s", test_header(&answer, "ETag"));
    }
    return status;
}

static int act(const char *who, const char *body)
{
    char to[128], *id = to;
    snprintf(to, sizeof to, "%s/calls/%s", path, test_sql(on.pg, "select max(id) from joint_call"));
    return ask("POST", id, who, body);
}

/* A member of the newest joint response's first call. */
static const char *first(const char *member)
{
    static char text[300];
    AUTO(base_json) json = test_json(&answer);
    const struct base_json *response = base_json_in_at(base_json_in_get(json, "responses"), 0);
    const struct base_json *found = base_json_in_get(base_json_in_at(base_json_in_get(response, "calls"), 0), member);
    struct base_str value = base_str_of("");
    base_json_in_text(found, &value);
    snprintf(text, sizeof text, "%.*s", (int)value.len, value.at);
    return text;
}

static void departments_are_called_and_come(void **state)
{
    (void)state;
    report("");
    WRITE_EXPECT(200, get(below("joint"), committee));
    assert_non_null(
        strstr(answer.body.at, "{\"responses\":[],\"fields\":[{\"field\":\"construction\",\"name\":\"城建\""));
    assert_string_equal(test_header(&answer, "ETag"), tag);
    WRITE_EXPECT(201, call(street, "{\"fields\":[\"fire\"],\"reason\":\"楼道浓烟\"}"));
    assert_string_equal(first("field"), "fire");
    assert_string_equal(first("organisation"), "消防支队");
    assert_string_equal(first("acked_at"), "");
    WRITE_EXPECT(200, act(company, "{\"act\":\"acknowledge\"}"));
    assert_string_not_equal(first("acked_at"), "");
    assert_string_equal(first("acked_by"), "company");
    WRITE_EXPECT(409, act(company, "{\"act\":\"acknowledge\"}"));
    WRITE_EXPECT(200, act(company, "{\"act\":\"arrive\"}"));
    WRITE_EXPECT(200, act(company, "{\"act\":\"report\",\"note\":\"火已扑灭\"}"));
    assert_string_equal(first("report"), "火已扑灭");
    WRITE_EXPECT(200, act(company, "{\"act\":\"leave\"}"));
    snprintf(tag, sizeof tag, "%s", test_header(&answer, "ETag"));
    WRITE_EXPECT(200, match("POST", below("joint/stand_down"), street, tag, "{}"));
    WRITE_EXPECT(409, match("POST", below("joint/stand_down"), street, "*", "{}"));
    WRITE_EXPECT(409, act(company, "{\"act\":\"arrive\"}"));
    WRITE_EXPECT(200, get(path, committee));
    assert_non_null(strstr(answer.body.at, "\"step\":\"call_report\""));
    assert_null(strstr(answer.body.at, "{\"step\":\"stand_down\",\"note\""));
    assert_string_equal(test_sql(on.pg, "select string_agg(action, ', ' order by id) from audit where note like "
                                        "(select 'incident ' || max(id) || '%' from incident)"),
                        "report incident, call departments, department, department, department, department, stand down "
                        "departments");
}

static void what_cannot_be_called(void **state)
{
    (void)state;
    static const struct write_wrong wrong[] = {
        {"{\"reason\":\"r\"}", "fields"},
        {"{\"fields\":[],\"reason\":\"r\"}", "fields"},
        {"{\"fields\":\"fire\",\"reason\":\"r\"}", "fields"},
        {"{\"fields\":[7],\"reason\":\"r\"}", "fields"},
        {"{\"fields\":[\"\"],\"reason\":\"r\"}", "fields"},
        {"{\"fields\":[\"fire\",\"fire\"],\"reason\":\"r\"}", "fields"},
        {"{\"fields\":[\"a\",\"b\",\"c\",\"d\",\"e\",\"f\",\"g\",\"h\"],\"reason\":\"r\"}", "fields"},
        {"{\"fields\":[\"wizards\"],\"reason\":\"r\"}", "fields"},
        {"{\"fields\":[\"fire\\u0000\"],\"reason\":\"r\"}", NULL},
        {"{\"fields\":[\"construction\"],\"reason\":\"r\"}", "fields"}, /* nobody answers for it */
        {"{\"fields\":[\"fire\"]}", "reason"},
        {"{\"fields\":[\"fire\"],\"reason\":\" \"}", "reason"},
        {"{\"fields\":[\"fire\"],\"reason\":\"r\",\"ack_s\":0}", "ack_s"},
        {"{\"fields\":[\"fire\"],\"reason\":\"r\",\"drill\":true}", "drill"}, /* its incident is one, or is not */
    };
    report("");
    for (size_t i = 0; i < BASE_COUNT(wrong); i++) {
        int status = call(street, wrong[i].body);
        if (status != 422 && (wrong[i].field || status != 400)) {
            fail_msg("%s: %d: %s", wrong[i].body, status, answer.body.at);
        }
        if (wrong[i].field) {
            write_field(&answer, wrong[i].field);
        }
    }
    assert_string_equal(test_sql(on.pg, "select version from incident order by id desc limit 1"), "1");
    WRITE_EXPECT(428, ask("POST", below("joint"), street, "{\"fields\":[\"fire\"],\"reason\":\"r\"}"));
    WRITE_EXPECT(412, match("POST", below("joint"), street, "\"7\"", "{\"fields\":[\"fire\"],\"reason\":\"r\"}"));
    WRITE_EXPECT(403, call(committee, "{\"fields\":[\"fire\"],\"reason\":\"r\"}"));
    WRITE_EXPECT(403, call(planner, "{\"fields\":[\"fire\"],\"reason\":\"r\"}"));
    WRITE_EXPECT(401, call("", "{\"fields\":[\"fire\"],\"reason\":\"r\"}"));
    WRITE_EXPECT(409, match("POST", below("joint/stand_down"), street, tag, "{}"));
    WRITE_EXPECT(404, ask("POST", below("calls/77777"), street, "{\"act\":\"arrive\"}"));
    WRITE_EXPECT(404, get("/api/incidents/1/77777/joint", street));
    WRITE_EXPECT(404, get(below("cap"), street));
    WRITE_EXPECT(201, call(street, "{\"fields\":[\"fire\",\"police\"],\"reason\":\"r\"}"));
    WRITE_EXPECT(422, call(street, "{\"fields\":[\"fire\"],\"reason\":\"r\"}")); /* already */
    WRITE_EXPECT(422, act(street, "{\"act\":\"dance\"}"));
    WRITE_EXPECT(422, act(street, "{\"act\":\"report\"}"));
    write_field(&answer, "note");
    WRITE_EXPECT(403, act(committee, "{\"act\":\"arrive\"}"));
    /* What is closed calls nobody. */
    WRITE_EXPECT(200, match("POST", below("steps"), street, tag, "{\"step\":\"reject\",\"note\":\"误报\"}"));
    WRITE_EXPECT(409, match("POST", below("joint"), street, "*", "{\"fields\":[\"fire\"],\"reason\":\"r\"}"));
    assert_string_equal(test_sql(on.pg, "select count(*) from joint where stood_down_at is null"), "0");
}

/* Another estate's is not there for this caller. */
static void others_are_out_of_sight(void **state)
{
    (void)state;
    WRITE_EXPECT(
        201, ask("POST", "/api/incidents", district, "{\"building_id\":39,\"category\":\"smoke\",\"title\":\"t\"}"));
    noted(path, tag);
    WRITE_EXPECT(404, call(street, "{\"fields\":[\"fire\"],\"reason\":\"r\"}"));
    WRITE_EXPECT(201, call(district, "{\"fields\":[\"fire\"],\"reason\":\"r\"}"));
    WRITE_EXPECT(404, get(below("joint"), street));
    WRITE_EXPECT(404, get(below("cap"), street));
    WRITE_EXPECT(404, act(street, "{\"act\":\"arrive\"}"));
    WRITE_EXPECT(200, get(below("cap"), district));
}

static void the_same_call_is_made_once(void **state)
{
    (void)state;
    char keyed[300];
    report("");
    snprintf(keyed, sizeof keyed, "%sIdempotency-Key: joint-1\r\n", street);
    for (int i = 0; i < 3; i++) {
        WRITE_EXPECT(201, match("POST", below("joint"), keyed, tag, "{\"fields\":[\"fire\"],\"reason\":\"r\"}"));
    }
    assert_string_equal(test_sql(on.pg, "select version from incident order by id desc limit 1"), "2");
    snprintf(keyed, sizeof keyed, "%sIdempotency-Key: joint-2\r\n", street);
    for (int i = 0; i < 3; i++) {
        WRITE_EXPECT(200, act(keyed, "{\"act\":\"acknowledge\"}"));
    }
    assert_string_equal(test_sql(on.pg, "select count(*) from incident_step where step = 'call_acknowledge' and "
                                        "incident_id = (select max(id) from incident)"),
                        "1");
}

static void cap_over_http(void **state)
{
    (void)state;
    char seen[300];
    report(",\"drill\":true");
    WRITE_EXPECT(201, call(street, "{\"fields\":[\"fire\"],\"reason\":\"r\"}"));
    WRITE_EXPECT(200, get(below("cap"), committee));
    assert_string_equal(test_header(&answer, "Content-Type"), "application/cap+xml");
    assert_non_null(strstr(answer.body.at, "<status>Exercise</status>"));
    assert_non_null(strstr(answer.body.at, "<polygon>31."));
    assert_null(strstr(answer.body.at, "张三"));
    snprintf(seen, sizeof seen, "%sIf-None-Match: %s\r\n", committee, test_header(&answer, "ETag"));
    WRITE_EXPECT(304, get(below("cap"), seen));
    WRITE_EXPECT(403, get(below("cap"), planner));
}

/* The key of a call's notice acknowledges the call, without an account. */
static void the_notice_s_key_acknowledges(void **state)
{
    (void)state;
    char to[100];
    report("");
    WRITE_EXPECT(201, call(street, "{\"fields\":[\"police\"],\"reason\":\"r\"}"));
    snprintf(to, sizeof to, "/api/notices/%s/ack",
             test_sql(on.pg, "select key from notice where step = 'call_joint:police' order by id desc limit 1"));
    WRITE_EXPECT(200, ask("POST", to, "", ""));
    WRITE_EXPECT(200, ask("POST", to, "", ""));
    WRITE_EXPECT(200, get(below("joint"), street));
    assert_non_null(strstr(first("acked_by"), "contact "));
    assert_string_equal(test_sql(on.pg, "select count(*) from incident_step where step = 'call_acknowledge' and "
                                        "incident_id = (select max(id) from incident)"),
                        "1");
}

static int open_all(void **state)
{
    (void)state;
    write_open((struct api_config){.port = 0});
    test_sql(on.pg,
             "insert into organisation (id, kind, code, name) values (21, 'department', 'FIRE', '消防支队'), (22, "
             "'department', 'POLICE', '派出所')");
    test_sql(on.pg, "insert into field_organisation (field, organisation_id) values ('fire', 21), ('police', 22)");
    test_sql(on.pg, "insert into contact (organisation_id, position, label, channel, url) values (22, 1, '值班室', "
                    "'webhook', 'http://127.0.0.1:1/')");
    test_sql(on.pg, "select setval(pg_get_serial_sequence('incident', 'id'), 5000)");
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(departments_are_called_and_come),
        cmocka_unit_test(what_cannot_be_called),
        cmocka_unit_test(others_are_out_of_sight),
        cmocka_unit_test(the_same_call_is_made_once),
        cmocka_unit_test(cap_over_http),
        cmocka_unit_test(the_notice_s_key_acknowledges),
    };
    return cmocka_run_group_tests(tests, open_all, write_close);
}
