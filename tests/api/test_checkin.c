/* POST /api/checkins, through the broker and a real ingest worker, to the event's row. */
#include "api/write_kit.h"
#include "fixture/ingest_kit.h"

static pid_t worker;
static char guard[160], topic[100], var[400];

enum { PATIENCE_US = 60000000 };

static int post(const char *who, const char *body)
{
    return ask("POST", "/api/checkins", who, body);
}

/* At that many seconds before now. */
static const char *body_of(const char *id, int ago_s, const char *more)
{
    static char body[2048];
    char time[BASE_TIME_TEXT];
    int64_t now = base_clock_now_us() / 1000000 * 1000000;
    snprintf(body, sizeof body, "{\"id\":\"%s\",\"time\":\"%s\"%s%s}", id,
             base_time_out(now - (int64_t)ago_s * 1000000, time), *more ? "," : "", more);
    return body;
}

static int64_t events(const char *where)
{
    char sql[400];
    snprintf(sql, sizeof sql, "select count(*) from hutong.event where kind = 'checkpoint' and %s", where);
    return kit_number(on.pg, sql);
}

static void until(const char *where, int64_t wanted)
{
    char sql[400];
    snprintf(sql, sizeof sql, "select count(*) from hutong.event where kind = 'checkpoint' and %s", where);
    assert_int_equal(kit_until(on.database, sql, wanted, PATIENCE_US), wanted);
}

/* The first makes the source; until a worker reads it nothing is taken that would be lost. */
static void nothing_is_taken_that_nobody_reads(void **state)
{
    (void)state;
    WRITE_EXPECT(503, post(guard, body_of("first", 5, "\"tag\":\"T-3\"")));
    assert_non_null(test_header(&answer, "Retry-After"));
    WRITE_EXPECT(503, post(guard, body_of("first", 5, "\"tag\":\"T-3\"")));
    assert_string_equal(test_sql(on.pg, "select format || ' ' || topics[1] from source where name = 'checkins-1'"),
                        "checkin hutong/checkins/1");
    worker = kit_worker_start(&(struct kit_worker){on.database, fixture_broker(), var, NULL, NULL, NULL});
    int64_t end = base_clock_mono_us() + PATIENCE_US;
    const char *first = strdup(body_of("first", 5, "\"tag\":\"T-3\",\"lon\":121.413,\"lat\":31.203,\"acc_m\":8"));
    int status;
    while ((status = post(guard, first)) == 503 && base_clock_mono_us() < end) {
        poll(NULL, 0, 3100); /* twenty a minute */
    }
    assert_int_equal(status, 202);
    AUTO(base_json) json = test_json(&answer);
    assert_string_equal(test_text(json, "id"), "first");
    assert_int_equal(test_i64(json, "checkpoint_id"), 1);
    assert_int_equal(test_i64(json, "shift_id"), 1);
    until("estate_id = 1 and native_id = 'T-3' and shift_id = 1 and subject_type = 'guard' and acc_m = 8", 1);
    /* Again: the same answer, and - once a later one has come - still one event. */
    struct test_answer before = answer;
    answer = (struct test_answer){.status = 0};
    WRITE_EXPECT(202, post(guard, first));
    assert_string_equal(answer.body.at, before.body.at);
    test_answer_release(&before);
    WRITE_EXPECT(
        202, post(guard, body_of("second", 4, "\"checkpoint_id\":1,\"form\":\"daily\",\"note\":\"<b>'; drop 门\"")));
    until("native_id = 'T-3' and measures->'form'->>'value' = 'daily'", 1);
    assert_int_equal(events("native_id = 'T-3'"), 2);
    assert_string_equal(test_sql(on.pg, "select measures->'note'->>'value' from event where measures ? 'note'"),
                        "<b>'; drop 门");
    /* Another check-in under the same id is a mistake. */
    WRITE_EXPECT(422, post(guard, body_of("first", 3, "\"tag\":\"T-9\"")));
    free((char *)(uintptr_t)first);
}

/* What a broker's redelivery, or a server that died before it kept its answer, does: the same words twice, one event.
 */
static void the_same_words_twice_are_one_event(void **state)
{
    (void)state;
    WRITE_EXPECT(202, post(guard, body_of("third", 3, "\"tag\":\"T-again\"")));
    const char *again = strdup(body_of("fourth", 2, "\"tag\":\"T-again\""));
    WRITE_EXPECT(202, post(guard, again));
    until("native_id = 'T-again'", 2);
    test_sql(on.pg, "delete from request_answer where key = 'checkin:fourth'");
    WRITE_EXPECT(202, post(guard, again));
    WRITE_EXPECT(202, post(guard, body_of("fifth", 1, "\"tag\":\"T-last\"")));
    until("native_id = 'T-last'", 1);
    assert_int_equal(events("native_id = 'T-again'"), 2);
    free((char *)(uintptr_t)again);
}

/* The shift's phone sends positions under its own id; a check-in knows the shift alone. Both are one subject. */
static void a_shift_s_phone_and_its_check_ins_are_one_subject(void **state)
{
    (void)state;
    struct base_id hash;
    char sql[500], hex[BASE_ID_TEXT], message[200], native[120];
    int64_t starts = kit_number(on.pg, "select (extract(epoch from date_trunc('hour', now())) * 1000000)::bigint");
    snprintf(native, sizeof native, "%s/g7", topic + strlen("owntracks/"));
    test_ok(ingest_devices_hash(var, "phones \"a\"\\b", native, starts, &test_diag, &hash));
    snprintf(
        sql, sizeof sql,
        "insert into shift (estate_id, id, source_id, device_hash, subject_type, label, label_en, starts_at, ends_at)"
        " values (1, 70, 1, '%s', 'cleaner', '保洁1组', 'Cleaning 1', date_trunc('hour', now()), now() + interval '2 "
        "h')",
        base_id_hex(hash, hex));
    test_sql(on.pg, sql);
    test_sql(on.pg, "notify hutong_shift");
    AUTO(ingest_publisher) phone = NULL;
    test_ok(ingest_publisher_new(fixture_broker(), fixture_unique(), &test_diag, &phone));
    snprintf(message, sizeof message,
             "{\"_type\":\"location\",\"tst\":%lld,\"lat\":31.203,\"lon\":121.413,\"acc\":8,\"tid\":\"g7\"}",
             (long long)(base_clock_now_us() / 1000000));
    char where[160];
    snprintf(where, sizeof where, "%s/g7", topic);
    test_ok(ingest_publisher_send(phone, where, message, strlen(message), 1, false, &test_diag));
    assert_int_equal(kit_until(on.database, "select count(*) from hutong.fix where shift_id = 70", 1, PATIENCE_US), 1);
    WRITE_EXPECT(202, post(company, body_of("on-behalf", 0, "\"estate_id\":1,\"shift_id\":70,\"tag\":\"T-3\"")));
    until("shift_id = 70 and subject_type = 'cleaner'", 1);
    assert_string_equal(test_sql(on.pg,
                                 "select count(distinct s.subject) || ' ' || count(*) from (select subject from fix"
                                 " where shift_id = 70 union all select subject from event where shift_id = 70)"
                                 " s"),
                        "1 2");
    assert_string_equal(test_sql(on.pg, "select count(*) from audit where action = 'check in' and actor = 'company'"),
                        "1");
}

static void what_cannot_be(void **state)
{
    (void)state;
    static const struct {
        const char *more, *field;
    } wrong[] = {{"\"tag\":\"T-3\",\"checkpoint_id\":1", "tag"},
                 {"", "tag"},
                 {"\"tag\":7", "tag"},
                 {"\"tag\":\"T-3\",\"lon\":121.4", "lat"},
                 {"\"tag\":\"T-3\",\"lon\":\"x\",\"lat\":31", "lon"},
                 {"\"tag\":\"T-3\",\"lon\":121.4,\"lat\":91", "lat"},
                 {"\"tag\":\"T-3\",\"shift_id\":2", "shift_id"},
                 {"\"tag\":\"T-3\",\"photo\":\"x\"", "photo"},
                 {"\"checkpoint_id\":77", "checkpoint_id"}};
    for (size_t i = 0; i < BASE_COUNT(wrong); i++) {
        WRITE_EXPECT(422, post(guard, body_of("w", 0, wrong[i].more)));
        write_field(&answer, wrong[i].field);
    }
    WRITE_EXPECT(400, post(guard, "{"));
    WRITE_EXPECT(400, post(guard, "[]"));
}

static void whose_shift_it_is(void **state)
{
    (void)state;
    WRITE_EXPECT(422, post(company, body_of("x1", 0, "\"tag\":\"T-3\"")));
    write_field(&answer, "estate_id");
    WRITE_EXPECT(404, post(company, body_of("x1", 0, "\"estate_id\":2,\"shift_id\":1001,\"tag\":\"T-3\"")));
    WRITE_EXPECT(404, post(company, body_of("x1", 0, "\"estate_id\":99,\"shift_id\":1001,\"tag\":\"T-3\"")));
    WRITE_EXPECT(403, post(planner, body_of("x1", 0, "\"estate_id\":1,\"shift_id\":70,\"tag\":\"T-3\"")));
    WRITE_EXPECT(401, post("", body_of("x1", 0, "\"estate_id\":1,\"shift_id\":70,\"tag\":\"T-3\"")));
    WRITE_EXPECT(422, post(company, body_of("x1", 0, "\"estate_id\":1,\"shift_id\":1001,\"tag\":\"T-3\"")));
    write_field(&answer, "shift_id");
    WRITE_EXPECT(422, post(company, body_of("x1", 7200, "\"estate_id\":1,\"shift_id\":70,\"tag\":\"T-3\"")));
    write_field(&answer, "time");
    WRITE_EXPECT(422, post(company, body_of("x1", -600, "\"estate_id\":1,\"shift_id\":70,\"tag\":\"T-3\"")));
    write_field(&answer, "time");
    /* A page of another origin, or without the session's token. */
    WRITE_EXPECT(403, post("Cookie: hutong_session=guard-" ACCESS_SECRET "\r\n", body_of("x1", 0, "\"tag\":\"T-3\"")));
}

/* What the server cannot pass on, it does not take. */
static void without_a_broker(void **state)
{
    (void)state;
    int before = on.port;
    struct test_server none = test_server_on(on.database, (struct api_config){.port = 0});
    access_await_asked(none.port);
    on.port = none.port;
    WRITE_EXPECT(503, post(company, body_of("n1", 0, "\"estate_id\":1,\"shift_id\":70,\"tag\":\"T-3\"")));
    assert_non_null(strstr(answer.body.at, "HUTONG_BROKER"));
    api_server_free(none.server);
    struct test_server deaf =
        test_server_on(on.database, (struct api_config){.port = 0, .broker = "mqtt://a:b@127.0.0.1:1"});
    access_await_asked(deaf.port);
    on.port = deaf.port;
    WRITE_EXPECT(503, post(company, body_of("n1", 0, "\"estate_id\":1,\"shift_id\":70,\"tag\":\"T-3\"")));
    assert_non_null(test_header(&answer, "Retry-After"));
    api_server_free(deaf.server);
    on.port = before;
    WRITE_EXPECT(202, post(company, body_of("n1", 0, "\"estate_id\":1,\"shift_id\":70,\"tag\":\"T-3\"")));
}

static void not_too_often(void **state)
{
    (void)state;
    int status = 0;
    for (int i = 0; i < 25 && status != 429; i++) {
        status = post(district, body_of("flood", 0, "\"estate_id\":2,\"shift_id\":1001,\"tag\":\"T\",\"acc_m\":-1"));
        assert_int_equal(status, 422); /* a mistake costs nothing */
        status = post(district, body_of("flood", 0, "\"estate_id\":2,\"shift_id\":1001,\"tag\":\"T\""));
    }
    assert_int_equal(status, 429);
    assert_non_null(test_header(&answer, "Retry-After"));
}

static int open_all(void **state)
{
    (void)state;
    char sql[300];
    snprintf(topic, sizeof topic, "owntracks/%s", fixture_unique());
    snprintf(var, sizeof var, "%s/var", fixture_scratch());
    test_ok(base_file_mkdirs(var, 0700, &test_diag));
    write_open((struct api_config){.port = 0, .broker = fixture_broker(), .var = var});
    test_sql(on.pg, "drop table event_all"); /* ingest makes a day's partitions itself */
    test_sql(on.pg, "drop table pass_all");
    snprintf(sql, sizeof sql, "update source set topics = array['%s/' || id || '/nobody/#']", topic);
    test_sql(on.pg, sql);
    snprintf(sql, sizeof sql, "update source set topics = array['%s/+'] where id = 1", topic);
    test_sql(on.pg, sql);
    test_sql(on.pg, "insert into lease (estate_id, source_id) select estate_id, id from source on conflict do nothing");
    test_sql(on.pg,
             "insert into source_stat (estate_id, source_id) select estate_id, id from source on conflict do nothing");
    test_sql(on.pg, "select setval(pg_get_serial_sequence('source', 'id'), 100)");
    test_sql(on.pg, "update checkpoint set tag = 'T-3' where estate_id = 1");
    access_guard(on.pg, guard);
    return 0;
}

static int close_all(void **state)
{
    if (worker) {
        kit_worker_end(worker, SIGTERM);
    }
    return write_close(state);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_is_taken_that_nobody_reads),
        cmocka_unit_test(the_same_words_twice_are_one_event),
        cmocka_unit_test(a_shift_s_phone_and_its_check_ins_are_one_subject),
        cmocka_unit_test(what_cannot_be),
        cmocka_unit_test(whose_shift_it_is),
        cmocka_unit_test(without_a_broker),
        cmocka_unit_test(not_too_often),
    };
    return cmocka_run_group_tests(tests, open_all, close_all);
}
