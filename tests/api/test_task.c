/* Whoever an incident was sent to - a department, a contractor, a shift - sees and carries out that one, and no other;
 * GET /api/tasks lists what is theirs. */
#include "api/write_kit.h"

#define WHAT "\"category\":\"fire_lane\",\"title\":\"消防通道被占\""

/* Organisation 22 is below 21; 23 is another; 7 is the estates' own. */
static const struct access_user users[] = {
    {"urban", "department", NULL, NULL,
     "update role_grant set organisation_id = 21 where account_id = (select id from account where name = 'urban')"},
    {"urban.one", "department", "{1}", NULL,
     "update role_grant set organisation_id = 21 where account_id = (select id from account where name = 'urban.one')"},
    {"fire", "department", NULL, NULL,
     "update role_grant set organisation_id = 23 where account_id = (select id from account where name = 'fire')"},
    {"both", "department", "{1}", NULL,
     "with a as (select id from account where name = 'both'), g as (update role_grant set organisation_id = 21 where "
     "account_id ="
     " (select id from a)) insert into role_grant (account_id, role, estate_ids, organisation_id) select id, "
     "'department', '{2}', 23 from a"},
    {"aimless", "department", NULL, NULL, NULL},
};
static char urban[160], urban_one[160], fire[160], both[160], aimless[160]; /* as header lines */
static char guard[160], mate[160], stranger[160]; /* of shifts 1, 2 and - in estate 2 - 1001 */
static char path[64], tag[64];

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

/* Reported in that estate, filed, and sent as that says. */
static void sent(int estate, const char *whom)
{
    char body[200];
    snprintf(body, sizeof body, "{\"estate_id\":%d," WHAT "}", estate);
    WRITE_EXPECT(201, ask("POST", "/api/incidents", district, body));
    noted(path, tag);
    WRITE_EXPECT(200, step(district, "{\"step\":\"file\"}"));
    snprintf(body, sizeof body, "{\"step\":\"dispatch\",%s}", whom);
    WRITE_EXPECT(200, step(district, body));
}

/* What may be done of it, as the caller is told: "accept arrive ". */
static const char *allowed(const char *who)
{
    static char text[300];
    size_t len = 0;
    WRITE_EXPECT(200, get(path, who));
    AUTO(base_json) json = test_json(&answer);
    const struct base_json *list = base_json_in_get(json, "allowed");
    text[0] = '\0';
    for (size_t i = 0; i < base_json_in_size(list); i++) {
        len += (size_t)snprintf(text + len, sizeof text - len, "%s ", test_text(base_json_in_at(list, i), "step"));
    }
    return text;
}

/* Is the incident of `path` among the caller's tasks? *ret_free: nobody particular is sent. */
static bool tasked(const char *who, bool *ret_free)
{
    WRITE_EXPECT(200, get("/api/tasks", who));
    AUTO(base_json) json = test_json(&answer);
    const struct base_json *list = base_json_in_get(json, "tasks");
    for (size_t i = 0; i < base_json_in_size(list); i++) {
        char at[64];
        const struct base_json *task = base_json_in_at(list, i);
        snprintf(at, sizeof at, "/api/incidents/%lld/%lld", (long long)test_i64(task, "estate_id"),
                 (long long)test_i64(task, "id"));
        if (strcmp(at, path) == 0) {
            return base_json_in_bool(base_json_in_get(task, "free"), ret_free);
        }
    }
    return false;
}

static void a_department_sees_what_was_sent_to_it_and_nothing_else(void **state)
{
    (void)state;
    bool is_free;
    sent(1, "\"organisation_id\":22"); /* one below it in the tree */
    WRITE_EXPECT(200, get(path, urban));
    AUTO(base_json) json = test_json(&answer);
    assert_int_equal(base_json_in_size(base_json_in_get(json, "steps")), 3);
    assert_true(base_json_in_size(base_json_in_get(json, "clocks")) > 0);
    assert_true(tasked(urban, &is_free));
    WRITE_EXPECT(200, get("/api/incidents", urban));
    assert_non_null(strstr(answer.body.at, "\"estate_id\":1,"));
    WRITE_EXPECT(404, get(path, fire));
    assert_false(tasked(fire, &is_free));
    WRITE_EXPECT(200, get("/api/incidents?state=all", fire));
    assert_null(strstr(answer.body.at, "\"estate_id\""));
    WRITE_EXPECT(404, step(fire, "{\"step\":\"accept\"}"));
    /* It sees no other way to incidents: neither on the map nor in the stream, and reports none. */
    WRITE_EXPECT(403, get("/tiles/incidents/13/6858/3348", urban));
    WRITE_EXPECT(403, get("/api/stream?topics=incidents", urban));
    WRITE_EXPECT(403, ask("POST", "/api/incidents", urban, "{\"estate_id\":1," WHAT "}"));
    /* Without an organisation nothing can be sent there. */
    WRITE_EXPECT(403, get("/api/tasks", aimless));
    WRITE_EXPECT(403, get(path, aimless));
    WRITE_EXPECT(403, get("/api/tasks", committee));
    WRITE_EXPECT(401, get("/api/tasks", ""));
}

static void estates_and_organisation_are_those_of_one_grant(void **state)
{
    (void)state;
    sent(2, "\"organisation_id\":22");
    WRITE_EXPECT(200, get(path, urban));
    WRITE_EXPECT(404, get(path, urban_one));
    WRITE_EXPECT(404, get(path, both)); /* is 21 in estate 1, and 23 in estate 2 */
    WRITE_EXPECT(404, step(both, "{\"step\":\"accept\"}"));
    sent(2, "\"organisation_id\":23");
    WRITE_EXPECT(200, get(path, both));
    sent(1, "\"organisation_id\":21");
    WRITE_EXPECT(200, get(path, both));
    WRITE_EXPECT(200, get(path, urban_one));
}

static void only_the_steps_of_who_carries_out(void **state)
{
    (void)state;
    static const char *const steps[] = {"arrive", "resolve", "feed_back"};
    static const char *const others[] = {"{\"step\":\"dispatch\",\"organisation_id\":23}", "{\"step\":\"close\"}",
                                         "{\"step\":\"verify\"}", "{\"step\":\"escalate\"}",
                                         "{\"step\":\"merge\",\"into\":1}"};
    char body[64], to[100];
    sent(1, "\"organisation_id\":22");
    snprintf(to, sizeof to, "%s/steps", path);
    assert_string_equal(allowed(urban), "accept arrive comment pause refuse ");
    assert_non_null(strstr(allowed(street), "dispatch "));
    assert_string_equal(allowed(committee), "");
    for (size_t i = 0; i < BASE_COUNT(others); i++) {
        WRITE_EXPECT(403, step(urban, others[i]));
        assert_non_null(strstr(answer.body.at, "may: accept, arrive, comment"));
    }
    WRITE_EXPECT(422, step(urban, "{\"step\":\"dance\"}"));
    WRITE_EXPECT(428, ask("POST", to, urban, "{\"step\":\"accept\"}"));
    WRITE_EXPECT(412, match("POST", to, urban, "\"1\"", "{\"step\":\"accept\"}"));
    WRITE_EXPECT(200, step(urban, "{\"step\":\"accept\",\"organisation_id\":23,\"shift_id\":2}"));
    assert_string_equal(
        test_sql(on.pg, "select concat_ws(' ', organisation_id, shift_id) from incident order by id desc limit 1"),
        "22"); /* whom it names is for dispatchers */
    WRITE_EXPECT(409, step(urban, "{\"step\":\"feed_back\"}"));
    for (size_t i = 0; i < BASE_COUNT(steps); i++) {
        snprintf(body, sizeof body, "{\"step\":\"%s\"}", steps[i]);
        WRITE_EXPECT(200, step(urban, body));
    }
    assert_string_equal(allowed(urban), "comment ");
    WRITE_EXPECT(403, step(urban, "{\"step\":\"verify\"}"));
}

static void what_is_over_is_seen_for_a_day(void **state)
{
    (void)state;
    bool is_free;
    sent(1, "\"organisation_id\":21");
    WRITE_EXPECT(200, step(urban, "{\"step\":\"arrive\"}"));
    WRITE_EXPECT(200, step(urban, "{\"step\":\"resolve\"}"));
    WRITE_EXPECT(200, step(urban, "{\"step\":\"feed_back\"}"));
    WRITE_EXPECT(200, step(district, "{\"step\":\"verify\"}"));
    WRITE_EXPECT(200, step(district, "{\"step\":\"close\"}"));
    WRITE_EXPECT(200, get(path, urban));
    assert_false(tasked(urban, &is_free));
    test_sql(on.pg, "update task set over_at = over_at - interval '23 h' where over_at < 'infinity'");
    WRITE_EXPECT(200, get(path, urban));
    test_sql(on.pg, "update task set over_at = over_at - interval '1 h' where over_at < 'infinity'");
    WRITE_EXPECT(404, get(path, urban));
    WRITE_EXPECT(404, step(urban, "{\"step\":\"comment\",\"note\":\"n\"}"));
    WRITE_EXPECT(200, step(district, "{\"step\":\"reopen\",\"note\":\"n\"}"));
    WRITE_EXPECT(200, get(path, urban)); /* was sent to it, and is open */
    assert_string_equal(allowed(urban), "");
}

static void what_is_sent_on_is_seen_but_no_longer_carried(void **state)
{
    (void)state;
    bool is_free;
    sent(1, "\"organisation_id\":22");
    WRITE_EXPECT(200, step(district, "{\"step\":\"dispatch\",\"organisation_id\":23}"));
    assert_string_equal(allowed(urban), "");
    WRITE_EXPECT(403, step(urban, "{\"step\":\"accept\"}"));
    assert_non_null(strstr(answer.body.at, "sent to somebody else"));
    assert_false(tasked(urban, &is_free));
    assert_true(tasked(fire, &is_free));
    WRITE_EXPECT(200, step(fire, "{\"step\":\"refuse\",\"note\":\"not ours\"}"));
    assert_false(tasked(fire, &is_free));
    assert_string_equal(allowed(fire), "");
    WRITE_EXPECT(403, step(fire, "{\"step\":\"comment\",\"note\":\"n\"}"));
    sent(1, "\"organisation_id\":22");
    WRITE_EXPECT(200, step(district, "{\"step\":\"escalate\"}"));
    WRITE_EXPECT(403, step(urban, "{\"step\":\"pause\",\"note\":\"weather\"}"));
}

static void a_shift_takes_over_what_is_free(void **state)
{
    (void)state;
    bool is_free = false;
    sent(1, "\"organisation_id\":7");
    assert_true(tasked(guard, &is_free) && is_free);
    assert_true(tasked(mate, &is_free) && is_free);
    WRITE_EXPECT(404, get(path, stranger)); /* the same organisation's, at another estate */
    WRITE_EXPECT(200, step(guard, "{\"step\":\"accept\"}"));
    assert_true(tasked(guard, &is_free) && !is_free);
    assert_false(tasked(mate, &is_free));
    WRITE_EXPECT(404, step(mate, "{\"step\":\"arrive\"}"));
    WRITE_EXPECT(200, step(guard, "{\"step\":\"arrive\"}"));
    WRITE_EXPECT(403, step(guard, "{\"step\":\"dispatch\",\"shift_id\":2}"));
    assert_string_equal(
        test_sql(on.pg,
                 "select string_agg(concat_ws('/', organisation_id, shift_id, ended_at is null), ' ' order by id)"
                 " from task where incident_id = (select max(id) from incident)"),
        "7/f 7/1/t");
    sent(1, "\"shift_id\":2");
    assert_true(tasked(mate, &is_free) && !is_free);
    WRITE_EXPECT(404, get(path, guard));
    test_sql(on.pg, "update shift set organisation_id = null where id = 1");
    sent(1, "\"shift_id\":1"); /* a shift of no organisation */
    assert_true(tasked(guard, &is_free) && !is_free);
    test_sql(on.pg, "update shift set organisation_id = 7 where id = 1");
}

struct racer {
    const char *who;
    pthread_t thread;
    int status;
};

static void *accept_it(void *of)
{
    struct racer *racer = of;
    struct test_answer mine;
    char to[100];
    snprintf(to, sizeof to, "%s/steps", path);
    racer->status = write_match(on.port, "POST", to, racer->who, tag, "{\"step\":\"accept\"}", &mine);
    test_answer_release(&mine);
    return NULL;
}

static void of_two_who_accept_at_once_one_gets_it(void **state)
{
    (void)state;
    for (int round = 0; round < 5; round++) {
        struct racer racers[] = {{.who = guard}, {.who = mate}};
        sent(1, "\"organisation_id\":7");
        for (size_t i = 0; i < 2; i++) {
            assert_int_equal(pthread_create(&racers[i].thread, NULL, accept_it, &racers[i]), 0);
        }
        pthread_join(racers[0].thread, NULL);
        pthread_join(racers[1].thread, NULL);
        int lost = racers[0].status == 200 ? racers[1].status : racers[0].status;
        assert_true(racers[0].status == 200 || racers[1].status == 200);
        assert_true(lost == 412 || lost == 404); /* changed - and nothing of his any more */
    }
}

static void a_list_says_where_until_when_and_what_next(void **state)
{
    (void)state;
    char keyed[240], etag[64];
    WRITE_EXPECT(201, ask("POST", "/api/incidents", district, "{\"building_id\":38,\"storey\":3," WHAT "}"));
    noted(path, tag);
    WRITE_EXPECT(200, step(district, "{\"step\":\"file\"}"));
    WRITE_EXPECT(200, step(district, "{\"step\":\"dispatch\",\"organisation_id\":23}"));
    test_sql(on.pg, "update incident i set lon = st_x(p.at), lat = st_y(p.at) from (select st_pointonsurface(geom) as "
                    "at from zone where"
                    " estate_id = 1 and id = 1) p where i.id = (select max(id) from incident)");
    WRITE_EXPECT(200, get("/api/tasks", fire));
    snprintf(etag, sizeof etag, "%s", test_header(&answer, "ETag"));
    AUTO(base_json) json = test_json(&answer);
    const struct base_json *list = base_json_in_get(json, "tasks"), *last = NULL;
    for (size_t i = 0; i < base_json_in_size(list); i++) {
        const struct base_json *one = base_json_in_at(list, i);
        last = base_json_in_get(one, "building_id") ? one : last;
        if (i) { /* by what breaks next; times of one form sort as texts */
            assert_true(strcmp(test_text(base_json_in_at(list, i - 1), "breach_at"), test_text(one, "breach_at")) <= 0);
        }
    }
    assert_non_null(last);
    assert_string_equal(test_text(last, "building"), "A38");
    assert_int_equal(test_i64(last, "storey"), 3);
    assert_string_equal(test_text(last, "zone"),
                        test_sql(on.pg, "select name from zone where estate_id = 1 and id = 1"));
    assert_string_equal(test_text(last, "estate"), test_sql(on.pg, "select name from estate where id = 1"));
    assert_int_equal(base_json_in_size(base_json_in_get(last, "next")), 5);
    assert_int_equal(base_json_in_size(base_json_in_get(last, "pause_reasons")), 4);
    assert_int_equal(base_json_in_size(base_json_in_get(last, "clocks")), 3);
    assert_string_equal(test_text(base_json_in_at(base_json_in_get(last, "clocks"), 0), "stage"), "respond");
    assert_string_equal(test_text(last, "breach_stage"), "respond");
    snprintf(keyed, sizeof keyed, "%sIf-None-Match: %s\r\n", fire, etag);
    WRITE_EXPECT(304, get("/api/tasks", keyed));
    WRITE_EXPECT(200, step(fire, "{\"step\":\"pause\",\"note\":\"weather\"}"));
    WRITE_EXPECT(200, get("/api/tasks", keyed));
    assert_non_null(strstr(answer.body.at, "\"runs\" : false"));
}

static void a_step_sent_late_is_taken_once_and_says_when_it_was_done(void **state)
{
    (void)state;
    char keyed[240], to[100];
    sent(1, "\"shift_id\":1");
    WRITE_EXPECT(200, step(guard, "{\"step\":\"accept\"}"));
    snprintf(keyed, sizeof keyed, "%sIdempotency-Key: phone-1\r\n", guard);
    snprintf(to, sizeof to, "%s/steps", path);
    for (int i = 0; i < 3; i++) {
        WRITE_EXPECT(200, match("POST", to, keyed, tag, "{\"step\":\"arrive\",\"said_at\":\"2026-05-01T08:00:00Z\"}"));
    }
    snprintf(tag, sizeof tag, "%s",
             test_sql(on.pg, "select format('\"%s\"', version) from incident order by id desc limit 1"));
    WRITE_EXPECT(422, step(guard, "{\"step\":\"resolve\",\"planned_for\":\"2026-05-09T08:00:00Z\"}"));
    write_field(&answer, "planned_for");
    WRITE_EXPECT(
        200, step(guard, "{\"step\":\"plan\",\"note\":\"waits for a part\",\"planned_for\":\"2026-05-09T08:00:00Z\"}"));
    assert_string_equal(
        test_sql(on.pg,
                 "select string_agg(concat(step, ' ', detail ->> 'said_at', detail ->> 'planned_for'), ', ' order by"
                 " id) from incident_step where step in ('arrive', 'plan') and incident_id = (select max(id) from"
                 " incident)"),
        "arrive 2026-05-01T08:00:00Z, plan 2026-05-09T08:00:00Z");
    assert_string_equal(
        test_sql(on.pg, "select at > now() - interval '1 min' from incident_step where step = 'arrive' order by id desc"
                        " limit 1"),
        "t"); /* clocks go by ours */
}

static const char *session_of(int estate, int shift, char header[160])
{
    char sql[300];
    snprintf(sql, sizeof sql,
             "insert into session (hash, csrf, estate_id, shift_id, expires_at) values (sha256('shift-%d-" ACCESS_SECRET
             "'), 'csrf', %d, %d, now() + interval '1 h')",
             shift, estate, shift);
    test_sql(on.pg, sql);
    snprintf(header, 160, "Cookie: hutong_session=shift-%d-" ACCESS_SECRET "\r\nX-CSRF-Token: csrf\r\n", shift);
    return header;
}

static int open_all(void **state)
{
    (void)state;
    write_open((struct api_config){.port = 0});
    test_sql(on.pg, "insert into organisation (id, parent_id, kind, code, name) values (7, null, 'site', 'site', "
                    "'管理处'), (21, null,"
                    " 'department', 'urban', '城管'), (22, 21, 'team', 'urban-2', '二中队'), (23, null, 'department', "
                    "'fire', '消防')");
    test_sql(on.pg,
             "insert into shift (estate_id, id, source_id, subject_type, label, label_en, starts_at, ends_at) values"
             " (1, 2, 1, 'guard', '巡逻2组', 'Patrol 2', now() - interval '1 h', now() + interval '8 h')");
    test_sql(on.pg, "update shift set organisation_id = 7 where id in (1, 2, 1001)");
    for (size_t i = 0; i < BASE_COUNT(users); i++) {
        access_add(on.pg, &users[i]);
    }
    test_sql(on.pg, "select pg_notify('hutong_access', '')");
    access_header("urban", urban);
    access_header("urban.one", urban_one);
    access_header("fire", fire);
    access_header("both", both);
    access_header("aimless", aimless);
    session_of(1, 1, guard);
    session_of(1, 2, mate);
    session_of(2, 1001, stranger);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_department_sees_what_was_sent_to_it_and_nothing_else),
        cmocka_unit_test(estates_and_organisation_are_those_of_one_grant),
        cmocka_unit_test(only_the_steps_of_who_carries_out),
        cmocka_unit_test(what_is_over_is_seen_for_a_day),
        cmocka_unit_test(what_is_sent_on_is_seen_but_no_longer_carried),
        cmocka_unit_test(a_shift_takes_over_what_is_free),
        cmocka_unit_test(of_two_who_accept_at_once_one_gets_it),
        cmocka_unit_test(a_list_says_where_until_when_and_what_next),
        cmocka_unit_test(a_step_sent_late_is_taken_once_and_says_when_it_was_done),
    };
    return cmocka_run_group_tests(tests, open_all, write_close);
}
