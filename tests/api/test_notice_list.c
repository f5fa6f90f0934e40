/* GET /api/notices: what became of what was sent, for who handles the incident - and never where it went. */
#include "api/write_kit.h"

static char mixed[160];

/* Of estate 1 notices 1 to 6, of estate 2 notice 7; a minute apart, the last the newest; 5 of two months ago. */
static void fill(void)
{
    test_sql(on.pg, "create table notice_all partition of notice default");
    test_sql(on.pg, "insert into organisation (id, kind, code, name, name_en) values (600, 'company', 'c600', "
                    "'松源物业', 'Songyuan'),"
                    " (601, 'department', 'd601', '城管', null)");
    test_sql(
        on.pg,
        "insert into contact (id, organisation_id, position, label, channel, url, secret) values (1, 600, 1, '值班室',"
        " 'wecom', 'https://hook.example.org/key-4711', 'hush-hush'), (2, 601, 2, '夜班', 'sms',"
        " 'https://sms.example.org/?to=0815', null)");
    test_sql(
        on.pg,
        "insert into incident (estate_id, id, origin, category, severity, policy_id, policy_version, title, t_event,"
        " reported_at, state_at) select e, n, 'call', 'other', 'small', id, 1, 'x', now(), now(), now()"
        " from sla_policy, (values (1, 11), (1, 12), (2, 13)) v (e, n) where key = 'small'");
    test_sql(on.pg, "insert into notice (estate_id, id, recorded_at, incident_id, step, contact_id, organisation_id, "
                    "level, asks, line, link,"
                    " body, state, attempts, why, acked_by) overriding system value select e, n, now() + n * interval "
                    "'1 min' - interval '10 min'"
                    " - case n when 5 then interval '60 days' else '0' end, i, step, c, 599 + c, 0, true, 'line of the "
                    "notice', '#x', '{}',"
                    " state::notice_state, a, why, 'zhangwei' from (values"
                    " (1, 1, 11, 'report', 1, 'acknowledged', 1, null), (1, 2, 11, 'dispatch', 2, 'sent', 1, null),"
                    " (1, 3, 11, 'breach', 1, 'failed', 8, 'HTTP 500'), (1, 4, 12, 'report', 1, 'pending', 0, null),"
                    " (1, 5, 12, 'warn', 1, 'sent', 1, null), (1, 6, 12, 'urge', 2, 'sent', 2, null), (2, 7, 13, "
                    "'report', 1, 'sent', 1, null))"
                    " v (e, n, i, step, c, state, a, why)");
}

static const char *listed(const char *query, const char *who)
{
    static char text[100];
    char path[200];
    size_t len = 0;
    snprintf(path, sizeof path, "/api/notices?%s", query);
    WRITE_EXPECT(200, get(path, who));
    AUTO(base_json) json = test_json(&answer);
    const struct base_json *list = base_json_in_get(json, "notices");
    text[0] = '\0';
    for (size_t i = 0; i < base_json_in_size(list); i++) {
        len += (size_t)snprintf(text + len, sizeof text - len, "%s%lld", i ? " " : "",
                                (long long)test_i64(base_json_in_at(list, i), "id"));
    }
    return text;
}

static void by_filter_and_page(void **state)
{
    (void)state;
    char path[200];
    assert_string_equal(listed("", district), "7 6 4 3 2 1");
    assert_string_equal(listed("estate=1", district), "6 4 3 2 1");
    assert_string_equal(listed("incident=11", district), "3 2 1");
    assert_string_equal(listed("organisation=601", district), "6 2");
    assert_string_equal(listed("state=failed", district), "3");
    assert_string_equal(listed("state=pending", district), "4");
    assert_string_equal(listed("from=2020-01-01T00:00:00Z&incident=12", district), "6 4 5");
    assert_string_equal(listed("to=2020-01-01T00:00:00Z", district), "");
    assert_string_equal(listed("limit=2&estate=1", district), "6 4");
    for (int i = 0; i < 2; i++) {
        const char *next = strstr(answer.body.at, "\"href\":\"") + 8;
        snprintf(path, sizeof path, "%.*s", (int)strcspn(next, "\""), next);
        assert_string_equal(listed(strchr(path, '?') + 1, district), i ? "1" : "3 2");
    }
    WRITE_EXPECT(400, get("/api/notices?state=lost", district));
    WRITE_EXPECT(400, get("/api/notices?channel=sms", district));
}

static void what_one_says(void **state)
{
    (void)state;
    static const char *const parts[] = {"\"incident_id\":11",
                                        "\"step\":\"breach\"",
                                        "\"organisation\":\"松源物业\"",
                                        "\"organisation_en\":\"Songyuan\"",
                                        "\"contact\":\"值班室\"",
                                        "\"channel\":\"wecom\"",
                                        "\"position\":1",
                                        "\"level\":\"estate\"",
                                        "\"asks\":true",
                                        "\"state\":\"failed\"",
                                        "\"attempts\":8",
                                        "\"why\":\"HTTP 500\"",
                                        "\"recorded_at\":"};
    listed("state=failed", company);
    for (size_t i = 0; i < BASE_COUNT(parts); i++) {
        if (!strstr(answer.body.at, parts[i])) {
            fail_msg("%s is not in %s", parts[i], answer.body.at);
        }
    }
    static const char *const never[] = {"example.org", "4711", "hush", "0815", "zhangwei", "line of", "key"};
    listed("", district);
    for (size_t i = 0; i < BASE_COUNT(never); i++) {
        assert_null(strstr(answer.body.at, never[i]));
    }
}

/* Also of somebody who handles incidents of one estate and only sees those of another. */
static void for_who_handles(void **state)
{
    (void)state;
    assert_string_equal(listed("", company), "6 4 3 2 1");
    assert_string_equal(listed("estate=2", company), "");
    assert_string_equal(listed("", mixed), "6 4 3 2 1");
    WRITE_EXPECT(200, get("/api/incidents/2/13", mixed));
    WRITE_EXPECT(403, get("/api/notices", committee));
    WRITE_EXPECT(403, get("/api/notices", planner));
    WRITE_EXPECT(401, get("/api/notices", NULL));
}

static int setup(void **state)
{
    (void)state;
    static const struct access_user user = {"mixed", "company", "{1}", NULL,
                                            "insert into role_grant (account_id, role, estate_ids) select id, "
                                            "'committee', '{2}' from account where name = 'mixed'"};
    write_open((struct api_config){.workers = 2});
    fill();
    access_add(on.pg, &user);
    access_header("mixed", mixed);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(by_filter_and_page),
        cmocka_unit_test(what_one_says),
        cmocka_unit_test(for_who_handles),
    };
    return cmocka_run_group_tests(tests, setup, write_close);
}
