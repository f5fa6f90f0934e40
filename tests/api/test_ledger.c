/* The ledgers over HTTP: what a clerk reads of an incident, by which filters, as JSON, CSV and workbook; whose it is.
 */
#include "api/write_kit.h"

#include <unistd.h>

#define SECRET_NOTE "李女士说" /* of a note: in no ledger */

static char sheet_path[64];

/* --- a world --- */

/* Incidents of 1 May, by UTC: 8 hours less than on the wall. Clocks as they would have become. */
static void fill_incidents(void)
{
    test_sql(on.pg, "create table incident_step_all partition of incident_step default");
    test_sql(
        on.pg,
        "insert into organisation (id, parent_id, kind, code, name, name_en) values"
        " (600, null, 'company', 'c600', '松源物业', 'Songyuan'), (601, 600, 'site', 's601', '和平里项目部', null),"
        " (602, null, 'department', 'd602', '城管', 'Urban management')");
    test_sql(on.pg, "update estate set organisation_id = 601 where id = 1");
    test_sql(on.pg,
             "insert into incident (estate_id, id, state, origin, category, severity, policy_id, policy_version,"
             " organisation_id, building_id, storey, title, drill, reports, t_event, reported_at, state_at, closed_at)"
             " select estate, n, state::incident_state, origin, category, 'small', p.id, 1, organisation, building, 3,"
             " title, n = 9, 2, at, at, at, closed from (select id from sla_policy where key = 'small') p, (values"
             " (1, 1, 'closed', 'call', 'smoke', 601, 38::bigint, '三楼有烟', '2026-05-01 00:00Z'::timestamptz,"
             "  '2026-05-01 02:00Z'::timestamptz),"
             " (1, 2, 'dispatched', 'rule', 'bin_overflow', 602, 36, '=1+1', '2026-05-01 01:00Z', null),"
             " (1, 3, 'paused', 'patrol', 'facility', null, null, 'lamp', '2026-05-01 02:00Z', null),"
             " (1, 4, 'closed', 'window', 'missed_round', null, 38, 'round', '2026-05-01 03:00Z', '2026-05-01 03:05Z'),"
             " (1, 5, 'fed_back', 'call', 'dispute', 602, 38, '王家与李家', '2026-05-01 04:00Z', null),"
             " (1, 6, 'rejected', 'call', 'other', null, null, 'noise', '2026-05-01 05:00Z', '2026-05-01 05:30Z'),"
             " (2, 7, 'filed', 'call', 'other', 602, 39, 'foreign', '2026-05-01 06:00Z', null),"
             " (1, 9, 'filed', 'call', 'smoke', null, 38, 'drill', '2026-05-01 07:00Z', null))"
             " v (estate, n, state, origin, category, organisation, building, title, at, closed)");
    test_sql(on.pg, "update incident set procedure = 'dispute', building_id = null, storey = null where category ="
                    " 'dispute'");
    test_sql(
        on.pg,
        "insert into clock (estate_id, incident_id, stage, number, started_at, total_us, left_us, warn_us, runs_from,"
        " due_at, breached_at, stopped_at) values"
        " (1, 1, 'resolve', 1, '2026-05-01 00:00Z', 2400e6, 600e6, 0, null, null, null, '2026-05-01 00:30Z'),"
        " (1, 1, 'resolve', 2, '2026-05-01 01:00Z', 2400e6, -300e6, 0, null, null, '2026-05-01 01:40Z', '2026-05-01 "
        "01:45Z'),"
        " (1, 2, 'resolve', 1, '2026-05-01 01:00Z', 2400e6, 2400e6, 0, now(), now() + interval '40 min', null, null),"
        " (1, 3, 'plan', 1, '2026-05-01 02:00Z', 86400e6, 3600e6, 0, null, null, null, null),"
        " (1, 5, 'resolve', 1, '2026-05-01 04:00Z', 2400e6, 1800e6, 0, null, null, null, '2026-05-01 04:10Z')");
    test_sql(on.pg,
             "insert into incident_step (estate_id, incident_id, step, at, recorded_at, state, actor, note)"
             " select 1, i, step, '2026-05-01Z'::timestamptz + at * interval '1 min', '2026-05-01Z'::timestamptz + at *"
             " interval '1 min', 'filed', 'wangfang', '" SECRET_NOTE "' from (values (1, 'report', 0), (1, 'file', 1),"
             " (1, 'dispatch', 2), (1, 'accept', 3), (1, 'arrive', 5), (1, 'resolve', 30), (1, 'feed_back', 35),"
             " (1, 'rework', 60), (1, 'dispatch', 61), (1, 'accept', 62), (1, 'arrive', 65), (1, 'urge', 66),"
             " (1, 'escalate', 67), (1, 'resolve', 105), (1, 'feed_back', 110), (1, 'verify', 115), (1, 'close', 120),"
             " (4, 'revoke', 185), (5, 'plan', 250)) s (i, step, at)");
}

static void fill_entries(void)
{
    test_sql(on.pg, "insert into survey (estate_id, id, building_id, storey, inspected, category, finding, severity,"
                    " found_at, organisation_id, incident_id) values"
                    " (1, 1, 38, 2, '消防通道', 'fire_lane', '杂物占用', 'serious', '2026-05-02Z', 602, null),"
                    " (1, 2, 36, null, '电梯', null, null, null, '2026-05-03Z', 601, null),"
                    " (1, 3, null, null, '路灯', null, '不亮', 'small', '2026-05-04Z', 601, 1),"
                    " (2, 4, 39, null, 'x', null, 'foreign', 'small', '2026-05-04Z', null, null)");
    test_sql(on.pg,
             "insert into rectification (estate_id, id, survey_id, problem, measure, organisation_id, deadline,"
             " done_at, verified_at, dropped_at, result) values"
             " (1, 1, 1, '杂物占用', '清理', 602, '2026-05-10Z', null, null, null, null),"
             " (1, 2, null, '路面破损', null, 601, '2026-05-09Z', '2026-05-08 23:00Z', '2026-05-09Z', null, '已修'),"
             " (1, 3, null, 'x', null, 601, '2026-05-09Z', null, null, '2026-05-05Z', 'twice'),"
             " (1, 4, null, 'later', null, 601, '2099-01-01Z', '2026-05-08Z', null, null, null),"
             " (2, 5, null, 'foreign', null, 602, '2026-05-10Z', null, null, null, null)");
    test_sql(on.pg,
             "select setval(pg_get_serial_sequence(t, 'id'), 5000) from unnest(array['survey', 'rectification']) t");
}

/* --- reading --- */

/* "3 2": the ids of the page. */
static const char *listed(const char *ledger, const char *query, const char *who)
{
    static char text[200];
    char path[200];
    size_t len = 0;
    snprintf(path, sizeof path, "/api/ledgers/%s?%s", ledger, query);
    WRITE_EXPECT(200, get(path, who));
    AUTO(base_json) json = test_json(&answer);
    const struct base_json *list = base_json_in_get(json, ledger);
    text[0] = '\0';
    for (size_t i = 0; i < base_json_in_size(list); i++) {
        len += (size_t)snprintf(text + len, sizeof text - len, "%s%lld", i ? " " : "",
                                (long long)test_i64(base_json_in_at(list, i), "id"));
    }
    return text;
}

static void problem_is(const char *id, const char *const *parts)
{
    char query[64], from[64];
    snprintf(query, sizeof query, "/api/ledgers/problems?estate=1");
    WRITE_EXPECT(200, get(query, district));
    snprintf(from, sizeof from, "\"number\":\"1-%s\"", id);
    const char *at = strstr(answer.body.at, from);
    assert_non_null(at);
    size_t len = (size_t)(strstr(at, "}") - at);
    for (; *parts; parts++) {
        const char *found = strstr(at, *parts);
        if (!found || (size_t)(found - at) >= len) {
            fail_msg("%s is not in %.*s", *parts, (int)len, at);
        }
    }
}

static void a_problem_from_report_to_end(void **state)
{
    (void)state;
    problem_is("1", (const char *const[]){"\"estate\":",
                                          "\"building_id\":38",
                                          "\"storey\":3",
                                          "\"gb_class\":\"突发事件\"",
                                          "\"category_name\":\"烟雾报警\"",
                                          "\"title\":\"三楼有烟\"",
                                          "\"severity\":\"small\"",
                                          "\"origin\":\"call\"",
                                          "\"reports\":2",
                                          "\"filed_at\":\"2026-05-01T00:01:00Z\"",
                                          "\"dispatched_at\":\"2026-05-01T00:02:00Z\"",
                                          "\"accepted_at\":\"2026-05-01T00:03:00Z\"",
                                          "\"on_site_at\":\"2026-05-01T00:05:00Z\"",
                                          "\"resolved_at\":\"2026-05-01T01:45:00Z\"",
                                          "\"fed_back_at\":\"2026-05-01T01:50:00Z\"",
                                          "\"verified_at\":\"2026-05-01T01:55:00Z\"",
                                          "\"closed_at\":\"2026-05-01T02:00:00Z\"",
                                          "\"organisation\":\"和平里项目部\"",
                                          "\"organisation_en\":\"和平里项目部\"",
                                          "\"deadline\":\"2026-05-01T01:40:00Z\"",
                                          "\"left_s\":-300",
                                          "\"overdue\":true",
                                          "\"state\":\"closed\"",
                                          "\"result\":\"resolved\"",
                                          "\"reworks\":1",
                                          "\"escalations\":1",
                                          "\"urges\":1",
                                          "\"deferred\":false",
                                          "\"manager\":\"和平里项目部\"",
                                          NULL});
    problem_is("3", (const char *const[]){"\"left_s\":3600", "\"overdue\":false", "\"state\":\"paused\"", NULL});
    problem_is("4", (const char *const[]){"\"result\":\"revoked\"", "\"overdue\":false", NULL});
    problem_is("6", (const char *const[]){"\"result\":\"rejected\"", NULL});
    /* What had 30 minutes left after 10 was due after 40. */
    problem_is("5", (const char *const[]){"\"deadline\":\"2026-05-01T04:40:00Z\"", "\"left_s\":1800",
                                          "\"result\":\"planned\"", NULL});
}

/* Half of its 40 minutes may be nights: the deadline of a stopped clock is by the policy's hours, too. */
static void hours_of_work_count(void **state)
{
    (void)state;
    test_sql(on.pg, "update sla_policy set hours_from = '08:00', hours_to = '12:20' where key = 'small'");
    problem_is("5",
               (const char *const[]){"\"deadline\":\"2026-05-02T00:20:00Z\"", NULL}); /* 12:10 + 10 min, then 08:20 */
    test_sql(on.pg, "update sla_policy set hours_from = null, hours_to = null where key = 'small'");
}

static void filters_and_pages(void **state)
{
    (void)state;
    assert_string_equal(listed("problems", "", district), "7 6 5 4 3 2 1");
    assert_string_equal(listed("problems", "", company), "6 5 4 3 2 1");
    assert_string_equal(listed("problems", "estate=2", company), "");
    assert_string_equal(listed("problems", "manager=600", district), "6 5 4 3 2 1");
    assert_string_equal(listed("problems", "organisation=600", district), "1");
    assert_string_equal(listed("problems", "organisation=602", district), "7 5 2");
    assert_string_equal(listed("problems", "manager=602", district), "");
    assert_string_equal(listed("problems", "state=open&estate=1", district), "5 3 2");
    assert_string_equal(listed("problems", "state=closed", district), "6 4 1");
    assert_string_equal(listed("problems", "state=paused", district), "3");
    assert_string_equal(listed("problems", "overdue=true", district), "1");
    assert_string_equal(listed("problems", "overdue=false&state=closed", district), "6 4");
    assert_string_equal(listed("problems", "from=2026-05-01T01:00:00Z&to=2026-05-01T03:00:00Z", district), "3 2");
    assert_string_equal(listed("problems", "limit=3", district), "7 6 5");
    const char *next = strstr(answer.body.at, "\"href\":\"") + 8;
    char path[200];
    snprintf(path, sizeof path, "%.*s", (int)strcspn(next, "\""), next);
    assert_string_equal(listed("problems", strchr(path, '?') + 1, district), "4 3 2");
    assert_string_equal(listed("surveys", "", district), "4 3 2 1");
    assert_string_equal(listed("surveys", "state=open&estate=1", district), "1");
    assert_string_equal(listed("surveys", "state=settled", district), "3"); /* its incident is closed */
    assert_string_equal(listed("surveys", "state=clear", company), "2");
    assert_string_equal(listed("surveys", "overdue=true", district), "1");
    assert_string_equal(listed("surveys", "organisation=600&from=2026-05-04T00:00:00Z", district), "3");
    assert_string_equal(listed("rectifications", "estate=1", district), "2 3 1 4");
    assert_string_equal(listed("rectifications", "state=open", company), "1 4");
    assert_string_equal(listed("rectifications", "state=due", company), "1");
    assert_string_equal(listed("rectifications", "state=done", company), "4");
    assert_string_equal(listed("rectifications", "overdue=true", company), "1");
    assert_string_equal(listed("rectifications", "organisation=602", district), "1 5");
    assert_string_equal(listed("rectifications", "limit=2&estate=1", district), "2 3");
    next = strstr(answer.body.at, "\"href\":\"") + 8;
    snprintf(path, sizeof path, "%.*s", (int)strcspn(next, "\""), next);
    assert_string_equal(listed("rectifications", strchr(path, '?') + 1, district), "1 4");
}

static void what_is_wrong_is_said(void **state)
{
    (void)state;
    static const char *const wrong[] = {"problems?state=huge",
                                        "surveys?state=paused",
                                        "problems?overdue=yes",
                                        "problems?f=pdf",
                                        "problems?lang=de",
                                        "problems?f=csv&limit=5",
                                        "rectifications?f=xlsx&after=1-1-1",
                                        "problems?estate=x",
                                        "problems?from=yesterday",
                                        "problems?who=1",
                                        "problems?after=1-2"};
    char path[100];
    for (size_t i = 0; i < BASE_COUNT(wrong); i++) {
        snprintf(path, sizeof path, "/api/ledgers/%s", wrong[i]);
        WRITE_EXPECT(400, get(path, district));
    }
    WRITE_EXPECT(404, get("/api/ledgers/others", district));
    WRITE_EXPECT(405, ask("POST", "/api/ledgers/problems", district, "{}"));
    WRITE_EXPECT(403, get("/api/ledgers/problems?f=csv", planner));
    WRITE_EXPECT(401, get("/api/ledgers/problems?f=csv", NULL));
}

/* --- files --- */

/* Fields of the record, counted from the header's 0. */
static size_t record(size_t number, struct base_str *fields, size_t most)
{
    static struct base_arena arena;
    size_t count = 0;
    base_arena_release(&arena);
    base_arena_init(&arena, 1 << 20);
    struct base_csv csv = base_csv_of((struct base_str){answer.body.at, answer.body.len});
    for (size_t i = 0; i <= number; i++) {
        test_ok(base_csv_next(&csv, &arena, fields, most, &count, &test_diag));
    }
    return count;
}

static struct base_str field(size_t number, const char *name)
{
    struct base_str names[64], fields[64];
    size_t count = record(0, names, 64), i = 0;
    while (i < count && !base_str_is(names[i], name)) {
        i++;
    }
    if (i == count) {
        fail_msg("no column %s", name);
    }
    assert_int_equal(record(number, fields, 64), count);
    return fields[i];
}

static void a_csv_for_programs_says_what_json_says(void **state)
{
    (void)state;
    static const char *const ledgers[] = {"problems", "surveys", "rectifications"};
    for (size_t i = 0; i < BASE_COUNT(ledgers); i++) {
        char path[100];
        snprintf(path, sizeof path, "/api/ledgers/%s?estate=1", ledgers[i]);
        WRITE_EXPECT(200, get(path, district));
        AUTO(base_json) json = test_json(&answer);
        const struct base_json *list = base_json_in_get(json, ledgers[i]);
        snprintf(path, sizeof path, "/api/ledgers/%s?estate=1&f=csv", ledgers[i]);
        WRITE_EXPECT(200, get(path, district));
        assert_string_equal(test_header(&answer, "Content-Type"), "text/csv; charset=utf-8");
        for (size_t k = 0; k < base_json_in_size(list); k++) {
            void *at = NULL;
            struct base_str key, text;
            const struct base_json *value;
            int64_t number;
            bool yes;
            while (base_json_in_next(base_json_in_at(list, k), &at, &key, &value)) {
                char in_json[300] = "?", name[40];
                snprintf(name, sizeof name, "%.*s", (int)key.len, key.at);
                if (base_json_in_text(value, &text)) {
                    snprintf(in_json, sizeof in_json, "%s%.*s", text.at[0] == '=' ? "'" : "", (int)text.len, text.at);
                } else if (base_json_in_i64(value, &number)) {
                    snprintf(in_json, sizeof in_json, "%lld", (long long)number);
                } else if (base_json_in_bool(value, &yes)) {
                    snprintf(in_json, sizeof in_json, "%s", yes ? "true" : "false");
                }
                struct base_str in_csv = field(k + 1, name);
                if (!base_str_is(in_csv, in_json) && strcmp(name, "left_s") != 0) {
                    fail_msg("%s: %s in JSON, %.*s in CSV", name, in_json, (int)in_csv.len, in_csv.at);
                }
            }
        }
    }
}

static void a_csv_for_people(void **state)
{
    (void)state;
    WRITE_EXPECT(200, get("/api/ledgers/problems?f=csv&lang=zh&estate=1", district));
    assert_non_null(strstr(test_header(&answer, "Content-Disposition"), "attachment; filename=\"problems-20"));
    assert_memory_equal(answer.body.at, "\xef\xbb\xbf编号,小区,", 3);
    assert_true(base_str_is(field(6, "编号"), "1-1"));
    assert_true(base_str_is(field(6, "上报时间"), "2026-05-01 08:00:00")); /* Asia/Shanghai */
    assert_true(base_str_is(field(6, "处置时限"), "2026-05-01 09:40:00"));
    assert_true(base_str_is(field(6, "剩余(小时,负为超时)"), "-0.1"));
    assert_true(base_str_is(field(6, "等级"), "一般"));
    assert_true(base_str_is(field(6, "来源"), "来电"));
    assert_true(base_str_is(field(6, "状态"), "已结案"));
    assert_true(base_str_is(field(6, "超时"), "是"));
    assert_true(base_str_is(field(6, "类别"), "烟雾报警"));
    assert_true(base_str_is(field(5, "问题"), "'=1+1"));
    WRITE_EXPECT(200, get("/api/ledgers/problems?f=csv&lang=en&estate=1", district));
    assert_true(base_str_is(field(6, "Severity"), "Small"));
    assert_true(base_str_is(field(6, "Category"), "Smoke alarm"));
    assert_true(base_str_is(field(6, "Department"), "和平里项目部")); /* it has no English name */
    WRITE_EXPECT(200, get("/api/ledgers/rectifications?f=csv&lang=zh&estate=1&state=verified", district));
    assert_true(base_str_is(field(1, "剩余(小时,负为超期)"), "1.0"));
    assert_true(base_str_is(field(1, "状态"), "已核验"));
    test_sql(on.pg, "update estate set tz = 'America/New_York' where id = 1");
    WRITE_EXPECT(200, get("/api/ledgers/problems?f=csv&lang=zh", district));
    assert_true(base_str_is(field(7, "上报时间"), "2026-04-30 20:00:00")); /* each estate has its clock */
    assert_true(base_str_is(field(1, "上报时间"), "2026-05-01 14:00:00"));
    test_sql(on.pg, "update estate set tz = 'Asia/Shanghai' where id = 1");
}

static const char *part(const char *name)
{
    static char out[1 << 20];
    char command[200];
    test_ok(base_file_write(sheet_path, 0600, answer.body.at, answer.body.len, &test_diag));
    snprintf(command, sizeof command, "unzip -p %s %s", sheet_path, name);
    FILE *pipe = popen(command, "r");
    assert_non_null(pipe);
    size_t len = fread(out, 1, sizeof out - 1, pipe);
    out[len] = '\0';
    assert_int_equal(pclose(pipe), 0);
    unlink(sheet_path);
    return out;
}

static void a_workbook(void **state)
{
    (void)state;
    WRITE_EXPECT(200, get("/api/ledgers/problems?f=xlsx&estate=1&state=closed&overdue=true&from=2026-05-01T00:00:00Z"
                          "&to=2026-06-01T00:00:00Z",
                          district));
    assert_non_null(strstr(test_header(&answer, "Content-Disposition"), ".xlsx\""));
    assert_string_equal(test_header(&answer, "Cache-Control"), "no-store");
    const char *tab = part("xl/worksheets/sheet1.xml");
    assert_non_null(strstr(tab, "<t>问题台账</t>"));
    assert_non_null(strstr(tab, "上报时间: 2026-05-01 08:00 – 2026-06-01 08:00 | 小区: "));
    assert_non_null(strstr(tab, "状态: 已结案 | 超时: 是 | 制表时间: 20"));
    assert_non_null(strstr(tab, "<v>46143.333333")); /* 1 May, 08:00 on the wall */
    assert_non_null(strstr(tab, "<autoFilter ref=\"A3:"));
    assert_null(strstr(tab, "<row r=\"5\""));
    WRITE_EXPECT(200, get("/api/ledgers/problems?f=xlsx&from=0000-01-01T00:00:00Z&to=9999-12-31T23:59:59Z", district));
    WRITE_EXPECT(200, get("/api/ledgers/surveys?f=xlsx&lang=en&state=clear", district));
    tab = part("xl/worksheets/sheet1.xml");
    assert_non_null(strstr(tab, "<t>Surveys</t>"));
    assert_non_null(strstr(tab, "State: Nothing found | Made: 20"));
}

/* Neither who took a step, nor what they noted, nor anything of a dispute but that there is one. */
static void nobody_is_in_a_ledger(void **state)
{
    (void)state;
    static const char *const paths[] = {"/api/ledgers/problems", "/api/ledgers/problems?f=csv",
                                        "/api/ledgers/problems?f=csv&lang=zh", "/api/estates/1/plan"};
    for (size_t i = 0; i < BASE_COUNT(paths); i++) {
        WRITE_EXPECT(200, get(paths[i], district));
        assert_null(strstr(answer.body.at, "wangfang"));
        assert_null(strstr(answer.body.at, SECRET_NOTE));
        assert_null(strstr(answer.body.at, "王家"));
        assert_non_null(strstr(answer.body.at, "1-5"));
    }
    WRITE_EXPECT(200, get("/api/ledgers/problems?f=csv&estate=1", district));
    assert_true(base_str_is(field(2, "number"), "1-5"));
    assert_int_equal(
        field(2, "building").len + field(2, "building_id").len + field(2, "storey").len + field(2, "title").len, 0);
}

/* --- the plan --- */

static void one_plan_an_estate(void **state)
{
    (void)state;
    WRITE_EXPECT(200, get("/api/estates/1/plan", company));
    assert_non_null(strstr(answer.body.at,
                           "\"counts\":{\"problems\":{\"open\":3,\"overdue\":0},\"surveys\":{\"open\":1,"
                           "\"overdue\":1},\"rectifications\":{\"open\":2,\"overdue\":1}}"));
    AUTO(base_json) json = test_json(&answer);
    static const struct {
        const char *ledger;
        size_t count;
    } parts[] = {{"problems", 3}, {"surveys", 1}, {"rectifications", 2}};
    for (size_t i = 0; i < BASE_COUNT(parts); i++) {
        const struct base_json *ledger = base_json_in_get(json, parts[i].ledger);
        assert_int_equal(base_json_in_size(base_json_in_get(ledger, "items")), parts[i].count);
    }
    WRITE_EXPECT(200, get("/api/estates/1/plan?f=xlsx", company));
    const char *book = part("xl/workbook.xml");
    assert_non_null(strstr(book, "name=\"问题台账\""));
    assert_non_null(strstr(book, "name=\"调研排查台账\""));
    assert_non_null(strstr(book, "name=\"整改台账\""));
    WRITE_EXPECT(404, get("/api/estates/2/plan", company));
    WRITE_EXPECT(404, get("/api/estates/2/plan?f=xlsx", company));
    WRITE_EXPECT(404, get("/api/estates/77/plan", district));
    WRITE_EXPECT(400, get("/api/estates/1/plan?f=csv", company));
}

/* --- size --- */

static void many_rows_are_a_file_and_too_many_are_refused(void **state)
{
    (void)state;
    test_sql(on.pg,
             "insert into survey (estate_id, inspected, found_at) select 1, 'row ' || n, '2027-01-01Z'::timestamptz"
             " + (n / 3) * interval '1 s' from generate_series(1, 2500) n");
    WRITE_EXPECT(200, get("/api/ledgers/surveys?f=csv&from=2027-01-01T00:00:00Z", company));
    size_t lines = 0;
    for (const char *at = answer.body.at; (at = strchr(at, '\n')); at++) {
        lines++;
    }
    assert_int_equal(lines, 2501); /* three pages, of which many rows have the same time */
    for (int i = 1; i <= 2500; i += 499) {
        char text[24];
        snprintf(text, sizeof text, ",row %d,", i);
        const char *first = strstr(answer.body.at, text);
        assert_non_null(first);
        assert_null(strstr(first + 1, text));
    }
    test_sql(on.pg, "insert into survey (estate_id, inspected, found_at) select 1, 'row', '2027-02-01Z' from"
                    " generate_series(1, 501) n");
    WRITE_EXPECT(413, get("/api/ledgers/surveys?f=csv&from=2027-01-01T00:00:00Z", company));
    assert_non_null(strstr(answer.body.at, "more than 3000 rows"));
    test_sql(on.pg, "delete from survey where found_at >= '2027-01-01Z'");
}

/* --- at once --- */

struct download {
    pthread_t thread;
    int status;
};

static void *download_run(void *of)
{
    struct download *download = of;
    struct test_answer mine;
    download->status = test_get(on.port, "/api/ledgers/surveys?f=xlsx", district, &mine);
    test_answer_release(&mine);
    return NULL;
}

static bool two_wait(void *unused)
{
    (void)unused;
    return strcmp(test_sql(on.pg, "select count(*) from pg_locks where not granted and relation = 'survey'::regclass"),
                  "2") == 0;
}

/* Two files take two workers; whoever wants a third is told to come again, and who looks at a page is served. */
static void two_files_at_once(void **state)
{
    (void)state;
    struct download downloads[2];
    test_sql(on.pg, "begin");
    test_sql(on.pg, "lock table survey in access exclusive mode");
    for (int i = 0; i < 2; i++) {
        assert_int_equal(pthread_create(&downloads[i].thread, NULL, download_run, &downloads[i]), 0);
    }
    bool both = fixture_poll(two_wait, NULL, 4000000);
    int third = both ? get("/api/ledgers/problems?f=csv", district) : 0;
    bool again = both && *test_header(&answer, "Retry-After");
    int page = both ? get("/api/ledgers/problems", district) : 0;
    test_sql(on.pg, "rollback");
    for (int i = 0; i < 2; i++) {
        pthread_join(downloads[i].thread, NULL);
        assert_int_equal(downloads[i].status, 200);
    }
    assert_int_equal(third, 503);
    assert_true(again);
    assert_int_equal(page, 200);
    WRITE_EXPECT(200, get("/api/ledgers/problems?f=csv", district));
}

static int setup(void **state)
{
    (void)state;
    write_open((struct api_config){.workers = 4, .file_rows = 3000});
    fill_incidents();
    fill_entries();
    snprintf(sheet_path, sizeof sheet_path, "/tmp/hutong-ledger-%d.xlsx", (int)getpid());
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_problem_from_report_to_end),
        cmocka_unit_test(hours_of_work_count),
        cmocka_unit_test(filters_and_pages),
        cmocka_unit_test(what_is_wrong_is_said),
        cmocka_unit_test(a_csv_for_programs_says_what_json_says),
        cmocka_unit_test(a_csv_for_people),
        cmocka_unit_test(a_workbook),
        cmocka_unit_test(nobody_is_in_a_ledger),
        cmocka_unit_test(one_plan_an_estate),
        cmocka_unit_test(many_rows_are_a_file_and_too_many_are_refused),
        cmocka_unit_test(two_files_at_once),
    };
    return cmocka_run_group_tests(tests, setup, write_close);
}
