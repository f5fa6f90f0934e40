/* Entries of the ledgers over HTTP: made once, put right by the version that was seen, refused with the field that is
 * wrong. */
#include "api/write_kit.h"

#define SURVEYS "/api/ledgers/surveys"
#define RECTIFICATIONS "/api/ledgers/rectifications"

static char path[64], tag[64]; /* of the entry that was touched last */

static int put(const char *who, const char *body)
{
    int status = match("PUT", path, who, tag, body);
    if (status == 200) {
        snprintf(tag, sizeof tag, "%s", test_header(&answer, "ETag"));
    }
    return status;
}

static void says(const char *what)
{
    if (!strstr(answer.body.at, what)) {
        fail_msg("%s is not in %s", what, answer.body.at);
    }
}

static void a_finding_from_entry_to_end(void **state)
{
    (void)state;
    WRITE_EXPECT(
        201,
        ask("POST", SURVEYS, street,
            "{\"estate_id\":1,\"building_id\":38,\"storey\":2,\"inspected\":\"消防通道\",\"category\":\"fire_lane\","
            "\"finding\":\"杂物占用\",\"severity\":\"serious\",\"found_at\":\"2026-05-02T00:00:00Z\","
            "\"organisation_id\":600}"));
    noted(path, tag);
    says("\"version\":1,\"number\":\"1-");
    says("\"state\":\"open\"");
    says("\"organisation\":\"街道办\"");
    WRITE_EXPECT(200, get(path, committee));
    assert_string_equal(test_header(&answer, "ETag"), tag);
    int64_t survey = strtoll(strrchr(path, '/') + 1, NULL, 10);

    /* What it is for says what it is about. */
    char body[300], first[64];
    snprintf(body, sizeof body,
             "{\"estate_id\":1,\"survey_id\":%lld,\"organisation_id\":601,\"deadline\":\"2026-05-10T00:00:00Z\"}",
             (long long)survey);
    snprintf(first, sizeof first, "%s", path);
    WRITE_EXPECT(201, ask("POST", RECTIFICATIONS, company, body));
    noted(path, tag);
    says("\"problem\":\"杂物占用\"");
    says("\"building_id\":38");
    says("\"storey\":2");
    says("\"state\":\"due\"");
    says("\"overdue\":true");
    WRITE_EXPECT(200, get(first, company));
    says("\"rectifications\":1,\"overdue\":true,\"state\":\"open\"");
    char seen[300];
    snprintf(seen, sizeof seen, "%sIf-None-Match: \"1\"\r\n", company);
    WRITE_EXPECT(200, get(first, seen)); /* its version is the same, its state is not */

    /* Done, not done after all, done again, verified: and so the finding is settled. */
    static const struct {
        const char *more, *said;
    } turns[] = {
        {"\"done_at\":\"2026-05-09T00:00:00Z\"", "\"state\":\"done\""},
        {"\"measure\":\"清理\"", "\"state\":\"due\""},
        {"\"done_at\":\"2026-05-11T00:00:00Z\",\"result\":\"已清理\"", "\"overdue\":true,\"state\":\"done\""},
        {"\"done_at\":\"2026-05-11T00:00:00Z\",\"verified_at\":\"2026-05-12T00:00:00Z\"", "\"state\":\"verified\""}};
    for (size_t i = 0; i < BASE_COUNT(turns); i++) {
        snprintf(body, sizeof body,
                 "{\"survey_id\":%lld,\"problem\":\"杂物占用\",\"organisation_id\":601,"
                 "\"deadline\":\"2026-05-10T00:00:00Z\",%s}",
                 (long long)survey, turns[i].more);
        WRITE_EXPECT(200, put(company, body));
        says(turns[i].said);
    }
    says("\"reworks\":1");
    WRITE_EXPECT(200, get(first, company));
    says("\"state\":\"settled\"");
    assert_string_equal(
        test_sql(on.pg, "select string_agg(action, ', ' order by id) from audit where action ~ 'survey|rectif'"),
        "enter survey, enter rectification, change rectification, change rectification, change rectification,"
        " change rectification");
}

static void who_saw_what(void **state)
{
    (void)state;
    static const char body[] = "{\"inspected\":\"电梯\",\"found_at\":\"2026-05-02T00:00:00Z\"}";
    WRITE_EXPECT(201, ask("POST", SURVEYS, street, "{\"estate_id\":1,\"inspected\":\"电梯\"}"));
    noted(path, tag);
    says("\"state\":\"clear\"");
    WRITE_EXPECT(428, ask("PUT", path, street, body));
    WRITE_EXPECT(412, match("PUT", path, street, "\"7\"", body));
    WRITE_EXPECT(403, match("PUT", path, committee, tag, body));
    WRITE_EXPECT(200, put(street, body));
    says("\"version\":2");
    WRITE_EXPECT(200, put(street, body)); /* nothing changed, so no version either */
    says("\"version\":2");
    WRITE_EXPECT(404, match("PUT", SURVEYS "/1/77777", street, tag, body));
    WRITE_EXPECT(404, match("PUT", SURVEYS "/2/1", street, tag, body));
    WRITE_EXPECT(404, get(SURVEYS "/2/1", street));
    WRITE_EXPECT(405, ask("DELETE", path, street, NULL));
}

/* Whoever asks again with the same key is answered the same, and nothing is made twice. */
static void asked_twice_made_once(void **state)
{
    (void)state;
    static const char body[] =
        "{\"estate_id\":1,\"problem\":\"路面\",\"organisation_id\":601,\"deadline\":\"2099-01-01T00:00:00Z\"}";
    char headers[300], again[64];
    snprintf(headers, sizeof headers, "%sIdempotency-Key: list-17\r\n", street);
    WRITE_EXPECT(201, ask("POST", RECTIFICATIONS, headers, body));
    noted(path, tag);
    snprintf(again, sizeof again, "%s", path);
    WRITE_EXPECT(201, ask("POST", RECTIFICATIONS, headers, body));
    assert_string_equal(test_header(&answer, "Location"), again);
    WRITE_EXPECT(422, ask("POST", RECTIFICATIONS, headers,
                          "{\"estate_id\":1,\"problem\":\"x\",\"organisation_id\":601,"
                          "\"deadline\":\"2099-01-01T00:00:00Z\"}"));
    assert_string_equal(test_sql(on.pg, "select count(*) from rectification where problem = '路面'"), "1");
}

static void numbers_of_persons_are_masked(void **state)
{
    (void)state;
    WRITE_EXPECT(201, ask("POST", RECTIFICATIONS, street,
                          "{\"estate_id\":1,\"problem\":\"住户13912345678反映路面\",\"organisation_id\":601,"
                          "\"deadline\":\"2099-01-01T00:00:00Z\"}"));
    assert_string_equal(test_sql(on.pg, "select problem from rectification order by id desc limit 1"),
                        "住户" BASE_MASK "反映路面");
    assert_null(strstr(answer.body.at, "13912345678"));
}

static void of_many_at_once_one_is_right(void **state)
{
    (void)state;
    struct write_racer racers[WRITE_RACERS];
    int won = 0;
    WRITE_EXPECT(201, ask("POST", SURVEYS, street,
                          "{\"estate_id\":1,\"inspected\":\"水泵\",\"found_at\":\"2026-05-02T00:00:00Z\"}"));
    noted(path, tag);
    char bodies[WRITE_RACERS][100];
    for (int i = 0; i < WRITE_RACERS; i++) {
        snprintf(bodies[i], sizeof bodies[i], "{\"inspected\":\"水泵%d\",\"found_at\":\"2026-05-02T00:00:00Z\"}", i);
        racers[i] = (struct write_racer){.path = path, .who = street, .tag = tag, .body = bodies[i]};
        assert_int_equal(pthread_create(&racers[i].thread, NULL, write_put_at_once, &racers[i]), 0);
    }
    for (int i = 0; i < WRITE_RACERS; i++) {
        pthread_join(racers[i].thread, NULL);
        assert_true(racers[i].status == 200 || racers[i].status == 412);
        won += racers[i].status == 200;
    }
    assert_int_equal(won, 1);
    WRITE_EXPECT(200, get(path, street));
    says("\"version\":2");
}

static void what_cannot_be_entered(void **state)
{
    (void)state;
    static const struct write_wrong surveys[] = {
        {"{\"inspected\":\"x\"}", "estate_id"},
        {"{\"estate_id\":1}", "inspected"},
        {"{\"estate_id\":1,\"inspected\":\"x\",\"finding\":\"y\"}", "severity"},
        {"{\"estate_id\":1,\"inspected\":\"x\",\"severity\":\"small\"}", "finding"},
        {"{\"estate_id\":1,\"inspected\":\"x\",\"finding\":\"y\",\"severity\":\"huge\"}", "severity"},
        {"{\"estate_id\":1,\"inspected\":\"x\",\"found_at\":\"2099-01-01T00:00:00Z\"}", "found_at"},
        {"{\"estate_id\":1,\"inspected\":\"x\",\"found_at\":\"2026-05-02T00:00:00Z\",\"settled_at\":\"2026-05-01T00:00:"
         "00Z\"}",
         "settled_at"},
        {"{\"estate_id\":1,\"inspected\":\"x\",\"building_id\":39}", "building_id"}, /* estate 2's */
        {"{\"estate_id\":1,\"inspected\":\"x\",\"category\":\"nothing\"}", "category"},
        {"{\"estate_id\":1,\"inspected\":\"x\",\"organisation_id\":77777}", "organisation_id"},
        {"{\"estate_id\":1,\"inspected\":\"x\",\"incident_id\":2}", "incident_id"}, /* estate 2's */
        {"{\"estate_id\":1,\"inspected\":\"x\",\"inspector\":\"张三\"}", "inspector"},
        {"{\"estate_id\":1,\"inspected\":\"x\",\"storey\":500}", "storey"},
    };
#define BASE "{\"estate_id\":1,\"problem\":\"x\",\"organisation_id\":601,\"deadline\":\"2026-05-10T00:00:00Z\""
    static const struct write_wrong rectifications[] = {
        {"{\"estate_id\":1,\"organisation_id\":601,\"deadline\":\"2026-05-10T00:00:00Z\"}", "problem"},
        {"{\"estate_id\":1,\"problem\":\"x\",\"deadline\":\"2026-05-10T00:00:00Z\"}", "organisation_id"},
        {"{\"estate_id\":1,\"problem\":\"x\",\"organisation_id\":601}", "deadline"},
        {BASE ",\"verified_at\":\"2026-05-10T00:00:00Z\"}", "verified_at"},
        {BASE ",\"done_at\":\"2026-05-10T00:00:00Z\",\"verified_at\":\"2026-05-09T00:00:00Z\"}", "verified_at"},
        {BASE ",\"done_at\":\"2099-05-10T00:00:00Z\"}", "done_at"},
        {BASE ",\"dropped_at\":\"2026-05-10T00:00:00Z\"}", "dropped_at"},
        {BASE ",\"survey_id\":77777}", "survey_id"},
        {BASE ",\"evidence_id\":2}", "evidence_id"},
        {BASE ",\"reworks\":0}", "reworks"},
    };
#undef BASE
    write_refuse(SURVEYS, street, surveys, BASE_COUNT(surveys));
    write_refuse(RECTIFICATIONS, street, rectifications, BASE_COUNT(rectifications));
    WRITE_EXPECT(403, ask("POST", SURVEYS, committee, "{\"estate_id\":1,\"inspected\":\"x\"}"));
    WRITE_EXPECT(404, ask("POST", SURVEYS, street, "{\"estate_id\":2,\"inspected\":\"x\"}"));
    WRITE_EXPECT(404, ask("POST", SURVEYS, district, "{\"estate_id\":77,\"inspected\":\"x\"}"));
    WRITE_EXPECT(400, ask("POST", SURVEYS, street, "[]"));
}

/* What a dispute says stays with who handles it: nothing is taken over from it. */
static void nothing_comes_from_a_dispute(void **state)
{
    (void)state;
    WRITE_EXPECT(
        422, ask("POST", RECTIFICATIONS, street,
                 "{\"estate_id\":1,\"incident_id\":1,\"organisation_id\":601,\"deadline\":\"2026-05-10T00:00:00Z\"}"));
    write_field(&answer, "problem");
    WRITE_EXPECT(
        201, ask("POST", RECTIFICATIONS, street,
                 "{\"estate_id\":1,\"incident_id\":3,\"organisation_id\":601,\"deadline\":\"2026-05-10T00:00:00Z\"}"));
    says("\"problem\":\"lamp\"");
    assert_string_equal(
        test_sql(on.pg, "select concat_ws(' ', building_id, storey) from rectification order by id desc limit 1"),
        "36 4");
}

static int setup(void **state)
{
    (void)state;
    write_open((struct api_config){.workers = 4});
    test_sql(on.pg, "insert into organisation (id, kind, code, name) values (600, 'street', 'c600', '街道办'),"
                    " (601, 'company', 'c601', '物业')");
    test_sql(
        on.pg,
        "insert into incident (estate_id, id, origin, category, severity, policy_id, policy_version, building_id,"
        " storey, title, t_event, reported_at, state_at) select e, n, 'call', c, 'small', id, 1, b, 4, t, now(), now(),"
        " now() from sla_policy, (values (1, 1, 'dispute', 38, '王家'), (2, 2, 'other', 39, 'x'),"
        " (1, 3, 'facility', 36, 'lamp')) v (e, n, c, b, t) where key = 'small'");
    test_sql(on.pg, "update incident set procedure = 'dispute', building_id = null, storey = null where category ="
                    " 'dispute'");
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_finding_from_entry_to_end),  cmocka_unit_test(who_saw_what),
        cmocka_unit_test(asked_twice_made_once),        cmocka_unit_test(numbers_of_persons_are_masked),
        cmocka_unit_test(of_many_at_once_one_is_right), cmocka_unit_test(what_cannot_be_entered),
        cmocka_unit_test(nothing_comes_from_a_dispute),
    };
    return cmocka_run_group_tests(tests, setup, write_close);
}
