/* Who called, and what was said in a dispute: for who handles it alone, for a purpose, written down, sealed with the
 * incident's end - and in no table, log or answer otherwise. */
#include "api/write_kit.h"

#include <fcntl.h>

static char path[64], tag[64], var[600], log_path[600]; /* of the incident that was touched last */

static int report(const char *who, const char *body)
{
    int status = ask("POST", "/api/incidents", who, body);
    if (status == 201) {
        noted(path, tag);
    }
    return status;
}

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

static const char *of(const char *part)
{
    static char whole[100];
    snprintf(whole, sizeof whole, "%s/%s", path, part);
    return whole;
}

static void see(void)
{
    WRITE_EXPECT(200, get(path, company));
    snprintf(tag, sizeof tag, "%s", test_header(&answer, "ETag"));
}

static bool told(const char *what)
{
    return strstr(answer.body.at, what) != NULL;
}

static int64_t id_of(void)
{
    return strtoll(strrchr(path, '/') + 1, NULL, 10);
}

/* What stands there of estate 1's incidents, wherever somebody may look. */
static void nobody_is_told(const char *mark)
{
    static const char *const looks[] = {"/api/incidents?state=all&limit=1000", "/api/policies",
                                        "/api/incidents/categories", "/api/buildings/38/dossier"};
    for (size_t i = 0; i < BASE_COUNT(looks); i++) {
        get(looks[i], company);
        assert_false(told(mark));
    }
    WRITE_EXPECT(200, get(path, company));
    assert_false(told(mark));
}

/* --- contacts --- */

static void a_contact_is_read_by_who_handles_it(void **state)
{
    (void)state;
    WRITE_EXPECT(201, report(street, "{\"building_id\":38,\"category\":\"smoke\",\"title\":\"三楼有烟\","
                                     "\"contact\":{\"name\":\"mk-name-1\",\"phone\":\"13900010001\"}}"));
    assert_false(told("mk-name-1") || told("13900010001") || told("masked"));
    nobody_is_told("13900010001");
    WRITE_EXPECT(200, get(of("contact"), company));
    assert_true(told("\"name\":\"mk-name-1\"") && told("\"phone\":\"13900010001\""));
    assert_string_equal(test_header(&answer, "Cache-Control"), "no-store");
    WRITE_EXPECT(403, get(of("contact"), committee)); /* sees incidents, handles none */
    assert_false(told("13900010001"));
    WRITE_EXPECT(403, get(of("contact"), planner));
    char sql[200];
    snprintf(sql, sizeof sql,
             "select count(*) || ' ' || min(actor) || ' ' || min(purpose) from audit where action = 'read contact'"
             " and note = 'incident %lld'",
             (long long)id_of());
    assert_string_equal(test_sql(on.pg, sql), "1 company inspection");
    WRITE_EXPECT(200, get(of("contact"), company)); /* each look is written down */
    assert_string_equal(test_sql(on.pg, sql), "2 company inspection");
}

static void without_a_purpose_nobody_reads_it(void **state)
{
    (void)state;
    static char nameless[160];
    static const struct access_user user = {"nameless", "company", "{1}", NULL, NULL};
    WRITE_EXPECT(201,
                 report(street, "{\"estate_id\":1,\"category\":\"other\",\"title\":\"t\",\"contact\":\"mk-ask-2\"}"));
    access_add(on.pg, &user);
    access_header("nameless", nameless);
    WRITE_EXPECT(403, get(of("contact"), nameless));
    assert_true(told("/problems/purpose"));
    assert_false(told("mk-ask-2"));
    char lines[300];
    snprintf(lines, sizeof lines, "%sX-Purpose: call back\r\n", nameless);
    WRITE_EXPECT(200, get(of("contact"), lines));
    assert_true(told("\"text\":\"mk-ask-2\""));
}

static void a_contact_comes_later(void **state)
{
    (void)state;
    char before[64];
    WRITE_EXPECT(201, report(street, "{\"estate_id\":1,\"category\":\"other\",\"title\":\"t\"}"));
    snprintf(before, sizeof before, "%s", tag);
    WRITE_EXPECT(200, get(of("contact"), company));
    assert_true(told("\"contacts\":[]"));
    WRITE_EXPECT(201, ask("POST", of("contact"), company, "{\"contact\":{\"phone\":\"13900030003\"}}"));
    WRITE_EXPECT(200, get(of("contact"), company));
    assert_true(told("\"phone\":\"13900030003\""));
    see();
    assert_string_equal(tag, before); /* it is no part of the incident */
    static const struct write_wrong wrong[] = {{"{}", "contact"},
                                               {"{\"contact\":\"\"}", "contact"},
                                               {"{\"contact\":{}}", "contact"},
                                               {"{\"contact\":{\"name\":7}}", "name"},
                                               {"{\"contact\":{\"age\":\"7\"}}", "age"},
                                               {"{\"contact\":[1]}", "contact"}};
    char to[100];
    snprintf(to, sizeof to, "%s", of("contact"));
    write_refuse(to, company, wrong, BASE_COUNT(wrong));
    WRITE_EXPECT(403, ask("POST", to, committee, "{\"contact\":\"x\"}"));
    WRITE_EXPECT(404, ask("POST", "/api/incidents/1/777777/contact", company, "{\"contact\":\"x\"}"));
    WRITE_EXPECT(404, get("/api/incidents/2/777777/contact", company));
}

static void the_end_seals_it(void **state)
{
    (void)state;
    WRITE_EXPECT(201,
                 report(street, "{\"estate_id\":1,\"category\":\"other\",\"title\":\"t\",\"contact\":\"mk-ask-4\"}"));
    WRITE_EXPECT(200, step(company, "{\"step\":\"reject\",\"note\":\"not so\"}"));
    WRITE_EXPECT(409, get(of("contact"), company));
    assert_false(told("mk-ask-4"));
    WRITE_EXPECT(409, ask("POST", of("contact"), company, "{\"contact\":\"again\"}"));
    see();
    WRITE_EXPECT(200, step(company, "{\"step\":\"reopen\",\"note\":\"it is\"}"));
    WRITE_EXPECT(200, get(of("contact"), company)); /* ask them again */
    assert_true(told("\"contacts\":[]"));
    WRITE_EXPECT(201, ask("POST", of("contact"), company, "{\"contact\":\"mk-asked-again\"}"));
    WRITE_EXPECT(200, get(of("contact"), company));
    assert_true(told("mk-asked-again") && !told("mk-ask-4"));
}

static void *adding(void *at)
{
    struct test_answer mine;
    for (int i = 0; i < 6; i++) {
        int status = write_ask(on.port, "POST", at, company, "{\"contact\":\"mk-ask-11\"}", &mine);
        assert_true(status == 201 || status == 409);
        test_answer_release(&mine);
    }
    return NULL;
}

/* A contact that comes while the incident comes to its end is sealed with it, or refused. */
static void nothing_slips_past_the_end(void **state)
{
    (void)state;
    for (int i = 0; i < 8; i++) {
        pthread_t thread;
        char to[100];
        WRITE_EXPECT(201, report(street, "{\"estate_id\":1,\"category\":\"other\",\"title\":\"t\"}"));
        snprintf(to, sizeof to, "%s", of("contact"));
        assert_int_equal(pthread_create(&thread, NULL, adding, to), 0);
        WRITE_EXPECT(200, step(company, "{\"step\":\"reject\",\"note\":\"not so\"}"));
        pthread_join(thread, NULL);
    }
    assert_string_equal(test_sql(on.pg,
                                 "select count(*) from incident_contact c join incident i using (estate_id) where"
                                 " i.id = c.incident_id and i.state = 'rejected' and c.sealed_at is null"),
                        "0");
}

/* What was merged is read with what it went into, and sealed with it. */
static void a_merged_one_follows(void **state)
{
    (void)state;
    char into[64], body[100], sql[300];
    WRITE_EXPECT(201, report(street, "{\"estate_id\":1,\"category\":\"other\",\"title\":\"first\"}"));
    snprintf(into, sizeof into, "%s", path);
    int64_t other = id_of();
    WRITE_EXPECT(
        201, report(street, "{\"estate_id\":1,\"category\":\"other\",\"title\":\"second\",\"contact\":\"mk-ask-5\"}"));
    snprintf(body, sizeof body, "{\"step\":\"merge\",\"into\":%lld}", (long long)other);
    WRITE_EXPECT(200, step(company, body));
    WRITE_EXPECT(200, get(of("contact"), company));
    assert_true(told("mk-ask-5"));
    char merged[64], merged_tag[64];
    snprintf(merged, sizeof merged, "%s", path);
    snprintf(merged_tag, sizeof merged_tag, "%s", tag);
    snprintf(path, sizeof path, "%s", into);
    WRITE_EXPECT(200, get(of("contact"), company));
    assert_true(told("mk-ask-5"));
    see();
    assert_true(told("\"reports\":2") && told("\"merged\":[{\"id\":") && told("\"title\":\"second\""));
    WRITE_EXPECT(200, step(company, "{\"step\":\"reject\",\"note\":\"not so\"}"));
    snprintf(sql, sizeof sql, "select count(*) from incident_contact where sealed_at is not null and incident_id = %s",
             strrchr(merged, '/') + 1);
    assert_string_equal(test_sql(on.pg, sql), "1");
    snprintf(path, sizeof path, "%s", merged);
    snprintf(tag, sizeof tag, "%s", merged_tag);
    WRITE_EXPECT(409, get(of("contact"), company));
    WRITE_EXPECT(200, step(company, "{\"step\":\"split\",\"note\":\"of its own\"}"));
    WRITE_EXPECT(200, get(of("contact"), company));
    assert_true(told("\"contacts\":[]"));
    snprintf(path, sizeof path, "%s", into);
    see();
    assert_true(told("\"reports\":1") && told("\"merged\":[]"));
}

static void numbers_in_words_are_masked(void **state)
{
    (void)state;
    WRITE_EXPECT(201,
                 report(street, "{\"estate_id\":1,\"category\":\"other\",\"title\":\"张三13900060006家漏水\",\"text\":"
                                "\"身份证11010519491231002X, 住3号楼1702\"}"));
    assert_true(told("\"masked\":2") && told("张三■■■家漏水") && told("身份证■■■, 住3号楼1702"));
    WRITE_EXPECT(200, get(of("contact"), company));
    assert_true(told("\"text\":\"13900060006, 11010519491231002X\""));
    WRITE_EXPECT(200, step(company, "{\"step\":\"comment\",\"note\":\"也可打 mk6@example.org\"}"));
    assert_true(told("\"masked\":1") && told("也可打 ■■■"));
    WRITE_EXPECT(200, get(of("contact"), company)); /* it has one */
    assert_false(told("mk6@example.org"));
    /* One is given: what stands in the words is not kept. */
    WRITE_EXPECT(
        201, report(street,
                    "{\"estate_id\":1,\"category\":\"other\",\"title\":\"打 13900070007\",\"contact\":\"mk-ask-7\"}"));
    WRITE_EXPECT(200, get(of("contact"), company));
    assert_true(told("mk-ask-7") && !told("13900070007"));
    /* A step's, of an incident that has none. */
    WRITE_EXPECT(201, report(street, "{\"estate_id\":1,\"category\":\"other\",\"title\":\"t\"}"));
    WRITE_EXPECT(200, step(company, "{\"step\":\"comment\",\"note\":\"打 13900080008\"}"));
    WRITE_EXPECT(200, get(of("contact"), company));
    assert_true(told("13900080008"));
}

/* --- disputes --- */

static void a_dispute_s_words_are_for_who_handles_it(void **state)
{
    (void)state;
    WRITE_EXPECT(201,
                 report(street, "{\"building_id\":38,\"storey\":4,\"category\":\"dispute\",\"title\":\"mk-quarrel-9\","
                                "\"text\":\"mk-words-9\",\"contact\":\"mk-ask-9\"}"));
    assert_true(told("\"title\":\"纠纷\"") && told("\"procedure\":\"dispute\""));
    assert_false(told("mk-quarrel-9") || told("mk-words-9") || told("building_id") || told("\"storey\"") ||
                 told("\"lon\""));
    static const char *const steps[] = {"{\"step\":\"admit\"}", "{\"step\":\"mediate\"}",
                                        "{\"step\":\"fail\",\"note\":\"mk-note-9\"}", "{\"step\":\"mediate\"}",
                                        "{\"step\":\"agree\",\"note\":\"mk-deal-9\"}"};
    for (size_t i = 0; i < BASE_COUNT(steps); i++) {
        WRITE_EXPECT(200, step(company, steps[i]));
        assert_false(told("mk-"));
    }
    nobody_is_told("mk-");
    WRITE_EXPECT(403, get(of("words"), committee));
    WRITE_EXPECT(200, get(of("words"), company));
    assert_true(told("\"title\":\"mk-quarrel-9\"") && told("\"text\":\"mk-words-9\"") && told("\"building_id\":38") &&
                told("\"storey\":4") && told("\"note\":\"mk-note-9\"") && told("\"note\":\"mk-deal-9\""));
    char sql[200];
    snprintf(sql, sizeof sql, "select count(*) from audit where action = 'read dispute' and note = 'incident %lld'",
             (long long)id_of());
    assert_string_equal(test_sql(on.pg, sql), "1");
    get("/api/incidents?state=all&building=38&category=dispute", company);
    assert_false(told("\"id\":"));
    WRITE_EXPECT(200, step(company, "{\"step\":\"follow_up\",\"note\":\"kept\"}"));
    WRITE_EXPECT(200, step(company, "{\"step\":\"close\"}"));
    WRITE_EXPECT(409, get(of("contact"), company));
    WRITE_EXPECT(200, get(of("words"), company)); /* whoever reopens it has to know what it was about */
    WRITE_EXPECT(200, step(company, "{\"step\":\"reopen\",\"note\":\"again\"}"));
    assert_true(told("\"state\":\"reported\""));
    WRITE_EXPECT(409, step(company, "{\"step\":\"file\"}")); /* not a dispute's */
    WRITE_EXPECT(422, step(company, "{\"step\":\"nothing\"}"));
    /* Of anything else there are no sealed words. */
    WRITE_EXPECT(201, report(street, "{\"estate_id\":1,\"category\":\"other\",\"title\":\"t\"}"));
    WRITE_EXPECT(409, get(of("words"), company));
    char body[100];
    snprintf(body, sizeof body, "{\"step\":\"reclassify\",\"category\":\"dispute\",\"note\":\"a quarrel\"}");
    WRITE_EXPECT(422, step(company, body));
    write_field(&answer, "category");
}

static void it_turns_out_to_be_something_else(void **state)
{
    (void)state;
    WRITE_EXPECT(201, report(street, "{\"estate_id\":1,\"category\":\"other\",\"title\":\"t\"}"));
    WRITE_EXPECT(422, step(company, "{\"step\":\"reclassify\",\"severity\":\"serious\"}"));
    write_field(&answer, "note");
    WRITE_EXPECT(422, step(company, "{\"step\":\"reclassify\",\"severity\":\"small\",\"note\":\"no\"}"));
    write_field(&answer, "category");
    WRITE_EXPECT(
        200, step(company,
                  "{\"step\":\"reclassify\",\"severity\":\"serious\",\"category\":\"water_leak\",\"note\":\"worse\"}"));
    assert_true(told("\"severity\":\"serious\"") && told("\"category\":\"water_leak\"") &&
                told("\"policy\":\"serious\""));
    assert_true(told("\"detail\":{\"category\": [\"other\", \"water_leak\"], \"severity\": [\"small\", \"serious\"]}"));
}

/* --- the same request again; nothing in the database or the log --- */

static void asked_twice_is_done_once(void **state)
{
    (void)state;
    char lines[400], first[64];
    const char *body =
        "{\"estate_id\":1,\"category\":\"other\",\"title\":\"打 13900100010\",\"contact\":\"mk-ask-10\"}";
    snprintf(lines, sizeof lines, "%sIdempotency-Key: call-10\r\n", street);
    WRITE_EXPECT(201, report(lines, body));
    snprintf(first, sizeof first, "%s", path);
    WRITE_EXPECT(201, report(lines, body));
    assert_string_equal(path, first);
    assert_string_equal(
        test_sql(on.pg, "select count(*) from incident_contact where incident_id = (select max(id) from incident)"),
        "1");
    snprintf(lines, sizeof lines, "%sIdempotency-Key: look-10\r\n", company);
    WRITE_EXPECT(200, get(of("contact"), lines));
    assert_string_equal(test_sql(on.pg, "select count(*) from request_answer where key = 'look-10'"), "0");
}

/* Tables with a row that has it, as it is or as a column of bytes would show it. */
static const char search[] =
    "create function public.holders(mark text) returns text language plpgsql as $$ declare t regclass; found boolean; "
    "list text := '';"
    " begin for t in select c.oid::regclass from pg_class c where relkind in ('r', 'm') and "
    "relnamespace::regnamespace::text !~"
    " '^(pg_|information_schema)' and relname <> 'spatial_ref_sys' loop execute format('select exists (select from %s "
    "x where"
    " strpos(lower(x::text), lower($1)) > 0 or strpos(x::text, encode(convert_to($1, ''utf8''), ''hex'')) > 0)', t) "
    "into found using"
    " mark; if found then list := concat_ws(' ', list, t); end if; end loop; return list; end $$";

static const char *holders(const char *mark)
{
    char sql[200];
    snprintf(sql, sizeof sql, "select trim(public.holders('%s'))", mark);
    return test_sql(on.pg, sql);
}

static bool logged(const char *mark)
{
    AUTO_VALUE(base_buf) log;
    base_buf_init(&log, 1 << 24);
    test_ok(base_file_read(log_path, 1 << 23, &test_diag, &log));
    return memmem(log.data, log.len, mark, strlen(mark)) != NULL;
}

/* The search itself finds what is there. */
static void search_finds(void)
{
    test_sql(on.pg, search);
    test_sql(on.pg, "create table public.planted (a text, b bytea)");
    test_sql(on.pg, "insert into public.planted values ('x mk-PLANTED y', null), (null, 'mk-bytes')");
    assert_string_equal(holders("mk-planted"), "planted");
    assert_string_equal(holders("mk-bytes"), "planted");
    test_sql(on.pg, "drop table public.planted");
    base_log(BASE_LOG_INFO, "mk-logged");
    assert_true(logged("mk-logged"));
}

static void no_table_and_no_log_has_them(void **state)
{
    (void)state;
    static const char *const marks[] = {
        "mk-name-1", "13900010001", "mk-ask-2",           "13900030003",     "mk-ask-4",    "mk-asked-again",
        "mk-ask-5",  "13900060006", "11010519491231002X", "mk6@example.org", "13900070007", "mk-ask-7",
        "mk-ask-11", "13900080008", "mk-quarrel-9",       "mk-words-9",      "mk-ask-9",    "mk-note-9",
        "mk-deal-9", "13900100010", "mk-ask-10"};
    assert_string_equal(test_sql(on.pg, "select count(*) > 5 from incident_contact"), "t");
    search_finds();
    for (size_t i = 0; i < BASE_COUNT(marks); i++) {
        if (*holders(marks[i]) || logged(marks[i])) {
            fail_msg("%s stands in %s", marks[i], logged(marks[i]) ? "the log" : holders(marks[i]));
        }
    }
}

static void after_a_while_they_are_gone(void **state)
{
    (void)state;
    struct data_conn *conn = NULL;
    AUTO(data_rows) rows = NULL;
    assert_string_equal(test_sql(on.pg, "select count(*) >= 3 from incident_contact where sealed_at is not null"), "t");
    test_sql(on.pg, "update incident_contact set sealed_at = now() - interval '31 days'"
                    " where id = (select min(id) from incident_contact where sealed_at is not null)");
    char sealed[32], left[32];
    snprintf(sealed, sizeof sealed, "%s", test_sql(on.pg, "select count(*) - 1 from incident_contact"));
    test_ok(data_conn_open(on.database, "test", &test_diag, &conn));
    test_ok(data_run(conn, DATA_INCIDENT_CONTACT_PURGE, DATA_ARGS(data_i64(30 * 86400), data_i64(1000)), &test_diag,
                     &rows));
    assert_int_equal(data_rows_i64(rows, 0, 0), 1);
    snprintf(left, sizeof left, "%s", test_sql(on.pg, "select count(*) from incident_contact"));
    assert_string_equal(left, sealed);
    data_conn_free(conn);
}

static int shown = -1; /* standard error as it was: what was logged is shown in the end */

static int close_all(void **state)
{
    AUTO_VALUE(base_buf) log;
    base_buf_init(&log, 1 << 24);
    write_close(state);
    test_ok(base_file_read(log_path, 1 << 23, &test_diag, &log));
    dup2(shown, STDERR_FILENO);
    fwrite(log.data, 1, log.len, stderr);
    return 0;
}

static int open_all(void **state)
{
    (void)state;
    snprintf(var, sizeof var, "%s/var", fixture_scratch());
    snprintf(log_path, sizeof log_path, "%s/log", fixture_scratch());
    test_ok(base_file_mkdirs(var, 0700, &test_diag));
    int log = open(log_path, O_CREAT | O_WRONLY | O_APPEND, 0600);
    shown = dup(STDERR_FILENO);
    assert_true(log >= 0 && shown >= 0 && dup2(log, STDERR_FILENO) >= 0);
    close(log);
    write_open((struct api_config){.port = 0, .var = var});
    test_sql(on.pg, "insert into organisation (id, kind, code, name) values (7, 'site', 'site', '管理处')");
    test_sql(on.pg, "select setval(pg_get_serial_sequence('incident', 'id'), 5000)");
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_contact_is_read_by_who_handles_it),
        cmocka_unit_test(without_a_purpose_nobody_reads_it),
        cmocka_unit_test(a_contact_comes_later),
        cmocka_unit_test(the_end_seals_it),
        cmocka_unit_test(nothing_slips_past_the_end),
        cmocka_unit_test(a_merged_one_follows),
        cmocka_unit_test(numbers_in_words_are_masked),
        cmocka_unit_test(a_dispute_s_words_are_for_who_handles_it),
        cmocka_unit_test(it_turns_out_to_be_something_else),
        cmocka_unit_test(asked_twice_is_done_once),
        cmocka_unit_test(no_table_and_no_log_has_them),
        cmocka_unit_test(after_a_while_they_are_gone),
    };
    return cmocka_run_group_tests(tests, open_all, close_all);
}
