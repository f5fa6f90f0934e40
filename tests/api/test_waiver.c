/* Waivers over HTTP: who may waive and revoke, that judge is told, and what is refused. */
#include "api/write_kit.h"

#define TIMES "\"t_from\":\"2026-05-01T00:00:00+08:00\",\"t_to\":\"2026-05-02T00:00:00+08:00\""

static void a_waiver_s_life(void **state)
{
    (void)state;
    char path[64], tag[64];
    test_sql(on.pg, "delete from judge_again");
    WRITE_EXPECT(201, ask("POST", "/api/waivers", street,
                          "{\"estate_id\":1,\"duty_id\":7,\"place_kind\":\"building\",\"place_id\":38," TIMES
                          ",\"reason\":\"台风 <script>'; --\"}"));
    noted(path, tag);
    assert_string_equal(test_sql(on.pg, "select reason || ' ' || approver from waiver"), "台风 <script>'; -- street");
    assert_string_equal(test_sql(on.pg,
                                 "select estate_id || ' ' || why || ' ' || (t_from = '2026-04-30 16:00Z') || ' ' ||"
                                 " (t_to = '2026-05-01 16:00Z') from judge_again"),
                        "1 waiver true true");
    /* Whoever sees records sees why. */
    WRITE_EXPECT(200, ask("GET", "/api/waivers?estate=1&from=2026-04-01T00:00:00Z", committee, NULL));
    assert_non_null(strstr(answer.body.at, "台风 <script>'; --"));
    WRITE_EXPECT(200, ask("GET", "/api/waivers?from=2026-05-03T00:00:00Z", committee, NULL));
    assert_null(strstr(answer.body.at, "reason"));
    WRITE_EXPECT(200, ask("GET", path, committee, NULL));
    test_sql(on.pg, "delete from judge_again");
    WRITE_EXPECT(428, ask("DELETE", path, street, NULL));
    WRITE_EXPECT(412, match("DELETE", path, street, "\"x\"", NULL));
    WRITE_EXPECT(204, match("DELETE", path, district, tag, NULL));
    assert_string_equal(test_sql(on.pg, "select revoked_by || ' ' || (revoked_at <= now()) from waiver"),
                        "district true");
    assert_string_equal(test_sql(on.pg, "select count(*) from judge_again"), "1");
    WRITE_EXPECT(412, match("DELETE", path, district, tag, NULL));
    WRITE_EXPECT(409, match("DELETE", path, district, "*", NULL));
    assert_string_equal(test_sql(on.pg, "select string_agg(action || ' ' || actor, ', ' order by id) from audit"
                                        " where action like '%waive%'"),
                        "waive street, revoke waiver district");
}

static void a_company_does_not_let_itself_off(void **state)
{
    (void)state;
    static const char body[] = "{\"estate_id\":1," TIMES ",\"reason\":\"rain\"}";
    WRITE_EXPECT(403, ask("POST", "/api/waivers", company, body));
    WRITE_EXPECT(403, ask("POST", "/api/waivers", committee, body));
    WRITE_EXPECT(401, ask("POST", "/api/waivers", "", body));
    WRITE_EXPECT(404, ask("POST", "/api/waivers", street, "{\"estate_id\":2," TIMES ",\"reason\":\"rain\"}"));
    WRITE_EXPECT(403, ask("DELETE", "/api/waivers/1/1", company, NULL));
}

static void what_cannot_be(void **state)
{
    (void)state;
    static const struct write_wrong wrong[] = {
        {"{\"estate_id\":1," TIMES "}", "reason"},
        {"{\"estate_id\":1," TIMES ",\"reason\":\"  \"}", "reason"},
        {"{\"estate_id\":1," TIMES ",\"reason\":7}", "reason"},
        {"{\"estate_id\":1,\"t_from\":\"2026-05-02T00:00:00Z\",\"t_to\":\"2026-05-01T00:00:00Z\",\"reason\":\"r\"}",
         "t_to"},
        {"{\"estate_id\":1,\"t_from\":\"2026-05-02T00:00:00Z\",\"t_to\":\"2028-05-01T00:00:00Z\",\"reason\":\"r\"}",
         "t_to"},
        {"{\"estate_id\":1,\"t_from\":\"yesterday\",\"t_to\":\"2026-05-01T00:00:00Z\",\"reason\":\"r\"}", "t_from"},
        {"{\"estate_id\":1,\"place_id\":38," TIMES ",\"reason\":\"r\"}", "place_kind"},
        {"{\"estate_id\":1,\"place_kind\":\"building\"," TIMES ",\"reason\":\"r\"}", "place_id"},
        {"{\"estate_id\":1,\"place_kind\":\"house\",\"place_id\":1," TIMES ",\"reason\":\"r\"}", "place_kind"},
        {"{\"estate_id\":1,\"place_kind\":\"building\",\"place_id\":39," TIMES ",\"reason\":\"r\"}", "duty_id"},
        {"{\"estate_id\":1,\"duty_id\":8," TIMES ",\"reason\":\"r\"}", "duty_id"},
        {"{\"estate_id\":1," TIMES ",\"reason\":\"r\",\"approver\":\"mayor\"}", "approver"},
    };
    write_refuse("/api/waivers", street, wrong, BASE_COUNT(wrong));
    WRITE_EXPECT(400, ask("GET", "/api/waivers?estate=x", street, NULL));
    WRITE_EXPECT(400, ask("GET", "/api/waivers?after=1", street, NULL));
    WRITE_EXPECT(400, ask("GET", "/api/waivers?limit=0", street, NULL));
}

static int open_all(void **state)
{
    (void)state;
    write_open((struct api_config){.port = 0});
    test_sql(
        on.pg,
        "insert into duty (estate_id, id, key, name, subject_kind, schedule, proof) values"
        " (1, 7, 'k', '夜巡', 'building', 'every 2h', 'pass'), (2, 8, 'k', '夜巡', 'building', 'every 2h', 'pass')");
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_waiver_s_life),
        cmocka_unit_test(a_company_does_not_let_itself_off),
        cmocka_unit_test(what_cannot_be),
    };
    return cmocka_run_group_tests(tests, open_all, write_close);
}
