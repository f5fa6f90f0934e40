/* Random steps at random times, with judge ticking, crashing before its COMMIT or asleep in between: what became of
 * each incident, every line of its steps, every clock and every notice is what the slow oracle says.
 *   HUTONG_INCIDENTS   how many sequences; `make soak` takes 100,000
 *   HUTONG_LANES       processes that share them, each with a database and a seed of its own
 *   HUTONG_SEED        repeats a run */
#include "kit.h"
#include "oracle.h"
#include "oracle_notice.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

enum { POLICIES = 4, ESTATES = 2, STEPS_MAX = 24, DAY = 1440, DAYS = 400 };

#define FIRST (INT64_C(29345760) / DAY * DAY) /* 2025-10-18, minutes since 1970 */
static uint64_t seed;
/* Of both estates, which lie in two time zones. */
static uint8_t office[ESTATES][DAYS * DAY], daytime[ESTATES][DAYS * DAY];

#define POLICIES_OF(estate)                                                                            \
    {                                                                                                  \
        {{5, 40, 0}, {1440, 10080, 20160, 0}, "weather parts", {NULL, 0, 0}},                          \
            {{5, 180, 0}, {60, 90, 120, 0}, "weather parts", {office[estate], FIRST, DAYS * DAY}},     \
            {{30, 2880, 0}, {4320, 600, 0, 0}, "weather parts", {daytime[estate], FIRST, DAYS * DAY}}, \
            {{5, 0, 1440}, {0, 0, 0, 0}, "", {NULL, 0, 0}},                                            \
    }
static const struct oracle_policy policies[ESTATES][POLICIES] = {POLICIES_OF(0), POLICIES_OF(1)};
static const char *const severities[POLICIES] = {"small", "serious", "complex", "special"};
static const int64_t estates[ESTATES] = {101, 102};
static const char *const zones[ESTATES] = {"Asia/Shanghai", "America/New_York"};

static int dice(int low, int high)
{
    seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return low + (int)((seed >> 33) % (uint64_t)(high - low + 1));
}

/* --- the same hours twice: as rows, and as a table of minutes --- */
static bool is_holiday(const struct tm *day)
{
    return day->tm_mon == 0 && day->tm_mday <= 3; /* January 1 to 3 */
}

static bool is_makeup(const struct tm *day)
{
    return day->tm_mon == 0 && day->tm_mday == 4; /* the Sunday that is worked for it */
}

static void fill(uint8_t *minutes, const char *zone, int from, int to, bool calendar)
{
    setenv("TZ", zone, 1);
    tzset();
    for (int64_t i = 0; i < DAYS * DAY; i++) {
        time_t at = (time_t)((FIRST + i) * 60);
        struct tm local;
        localtime_r(&at, &local);
        int minute = local.tm_hour * 60 + local.tm_min;
        bool rest = local.tm_wday == 0 || local.tm_wday == 6;
        bool works = !calendar || is_makeup(&local) || (!rest && !is_holiday(&local));
        minutes[i] = works && minute >= from && minute < to;
    }
    unsetenv("TZ");
    tzset();
}

static void make_world(void)
{
    kit_begin();
    kit_value(kit_pg, "set timezone = 'UTC'");
    kit_value(kit_pg, "insert into estate (id, dataset, key, name, tz, geom) values (102, 't', '102', 'Elm Court', "
                      "'America/New_York', st_multi(st_makeenvelope(-74, 40, -73.99, 40.01, 4326)))");
    kit_value(kit_pg, "insert into calendar (id, code, name) values (1, 'work', 'working days')");
    kit_value(kit_pg,
              "insert into calendar_day (calendar_id, day, kind) select 1, d::date, case when extract(day from d) = 4 "
              "then 'work' else 'rest' end from generate_series('2026-01-01'::date, '2026-01-04', '1 day') d");
    kit_value(kit_pg, "delete from sla_policy");
    kit_value(
        kit_pg,
        "insert into sla_policy (key, severity, respond_s, resolve_s, plan_s, level_s, pause_reasons, hours_from, "
        "hours_to, calendar_id) values "
        "('a', 'small', 300, 2400, null, '{86400,604800,1209600}', '{weather,parts}', null, null, null), "
        "('b', 'serious', 300, 10800, null, '{3600,5400,7200}', '{weather,parts}', '09:00', '17:00', 1), "
        "('c', 'complex', 1800, 172800, null, '{259200,36000}', '{weather,parts}', '06:30', '22:15', null), "
        "('d', 'special', 300, null, 86400, '{}', '{}', null, null, null)");
    kit_value(
        kit_pg,
        "insert into organisation (id, kind, code, name) select n, 'site', n::text, n::text from "
        "generate_series(20, 24) n; insert into level_organisation (rank, organisation_id) select n, 20 + n from "
        "generate_series(0, 3) n; insert into contact (organisation_id, position, label, channel, url) select id, "
        "1, code, 'webhook', 'http://127.0.0.1:9/' from organisation; update estate set organisation_id = 24");
    for (int i = 0; i < ESTATES; i++) {
        fill(office[i], zones[i], 9 * 60, 17 * 60, true);
        fill(daytime[i], zones[i], 6 * 60 + 30, 22 * 60 + 15, false);
    }
}

/* --- one sequence --- */
struct run {
    struct oracle oracle;
    int estate, severity;
    const char *category;
    int64_t estate_id, id, other, now;
};

/* Into which others are merged; reports: what has gone into it. */
struct other {
    int64_t id, reports;
};
static struct other others[ESTATES][2];

/* Judge comes by: does its work, or dies before it has committed. */
static void judge(const struct run *run)
{
    bool more = true;
    if (dice(0, 2) == 0) {
        assert_int_equal(data_begin_write(kit_conn, &kit_diag), BASE_OK);
        assert_int_equal(incident_fire_one(kit_conn, run->estate_id, run->id, run->now * KIT_MINUTE, &kit_diag),
                         BASE_OK);
        data_rollback(kit_conn);
        return;
    }
    while (more) {
        if (incident_fire(kit_conn, run->now * KIT_MINUTE, &kit_diag, &more)) {
            fail_msg("%s", kit_diag.text);
        }
    }
}

/* Half of the time on towards the end, else anything that may be done there, and what may not. */
static void choose(const struct run *run, char name[16])
{
    static const char *const steps[] = {
        "file",     "reject",    "merge",    "pause",         "escalate",   "revoke",     "urge",
        "accept",   "refuse",    "arrive",   "resolve",       "plan",       "verify",     "rework",
        "close",    "reopen",    "split",    "resume",        "supervise",  "comment",    "feed_back",
        "dispatch", "defer",     "sleep",    "admit",         "mediate",    "agree",      "fail",
        "refer",    "follow_up", "withdraw", "mediate_again", "reclassify", "call_joint", "stand_down"};
    int way = dice(0, 9);
    if (way < 2) {
        snprintf(name, 16, "%s", steps[dice(0, (int)BASE_COUNT(steps) - 1)]);
    } else {
        oracle_step(&run->oracle, way < 6 ? dice(0, 1) : dice(0, 13), name);
    }
}

/* Another severity, another category, both, neither, or a category that goes another way. */
static const struct oracle_policy *reclassified(const struct run *run, struct incident_act *act, int *severity)
{
    static const char *const codes[][2] = {{"facility", "dispute"}, {"dispute", "facility"}};
    bool worse = dice(0, 3) > 0, other = dice(0, 3) == 0, astray = dice(0, 7) == 0;
    *severity = worse ? dice(0, POLICIES - 1) : run->severity;
    act->severity = worse ? severities[*severity] : NULL;
    act->category = other || astray ? codes[run->oracle.dispute][astray] : NULL;
    bool changes = *severity != run->severity || (act->category && strcmp(act->category, run->category) != 0);
    return changes && !astray ? &policies[run->estate][*severity] : NULL;
}

static void step(struct run *run)
{
    static const char *const notes[] = {"weather", "chat", "", "parts"};
    const char *note = notes[dice(0, 3)];
    char name[16];
    oracle_fire(&run->oracle, run->now);
    choose(run, name);
    bool platform = strcmp(name, "revoke") == 0 || dice(0, 9) == 0, other = dice(0, 3) > 0;
    struct incident_act act = kit_act(run->estate_id, run->id, name, run->now * KIT_MINUTE);
    struct incident_acted acted;
    act.actor = platform ? NULL : "desk";
    act.note = note;
    act.other = other ? data_i64(run->other) : data_null();
    int severity = run->severity;
    const struct oracle_policy *to = reclassified(run, &act, &severity);
    enum base_err err = kit_take(&act, &acted);
    bool allowed = oracle_act(&run->oracle, name, platform, note, other, to, run->now);
    if (allowed != (err == BASE_OK) || (err && err != BASE_CONFLICT && err != BASE_INVALID)) {
        fail_msg("%s at %lld: %s (oracle: %s, %s)", name, (long long)run->now, err ? kit_diag.text : "taken",
                 allowed ? "allowed" : "refused", run->oracle.state);
    }
    if (!err) {
        assert_string_equal(acted.state, run->oracle.state);
        bool changed = strcmp(name, "reclassify") == 0;
        run->severity = changed ? severity : run->severity;
        run->category = changed && act.category ? act.category : run->category;
    }
}

/* --- comparing --- */
static int by_text(const void *a, const void *b)
{
    return strcmp(a, b);
}

static void compare_lines(struct run *run)
{
    char sql[400];
    struct base_buf found;
    base_buf_init(&found, 1 << 20);
    snprintf(sql, sizeof sql,
             "select string_agg(l, ';' order by l collate \"C\") from (select (extract(epoch from at) / 60)::bigint || "
             "' ' || "
             "step || ' ' || state as l from incident_step where estate_id = %lld and incident_id = %lld) x",
             (long long)run->estate_id, (long long)run->id);
    qsort(run->oracle.lines, run->oracle.line_count, ORACLE_LINE, by_text);
    for (size_t i = 0; i < run->oracle.line_count; i++) {
        base_buf_printf(&found, "%s%s", i ? ";" : "", run->oracle.lines[i]);
    }
    assert_string_equal(kit_value(kit_pg, sql), base_buf_cstr(&found));
    base_buf_release(&found);
}

static void minute_or_none(struct base_buf *text, bool there, int64_t minute)
{
    base_buf_printf(text, there ? " %lld" : " -", (long long)minute);
}

static void compare_clocks(struct run *run)
{
    char sql[700];
    char lines[ORACLE_CLOCKS][160];
    struct base_buf wanted;
    base_buf_init(&wanted, 1 << 20);
    for (size_t i = 0; i < run->oracle.clock_count; i++) {
        const struct oracle_clock *clock = &run->oracle.clocks[i];
        base_buf_reset(&wanted);
        base_buf_printf(&wanted, "%s %lld %lld", (const char *[]){"respond", "resolve", "plan", "level"}[clock->stage],
                        (long long)clock->started, (long long)clock->left);
        minute_or_none(&wanted, clock->runs, clock->due);
        minute_or_none(&wanted, clock->warned, clock->warned_at);
        minute_or_none(&wanted, clock->breached, clock->breached_at);
        minute_or_none(&wanted, clock->stopped, clock->stopped_at);
        snprintf(lines[i], sizeof lines[i], "%s", base_buf_cstr(&wanted));
    }
    qsort(lines, run->oracle.clock_count, sizeof lines[0], by_text);
    base_buf_reset(&wanted);
    for (size_t i = 0; i < run->oracle.clock_count; i++) {
        base_buf_printf(&wanted, "%s%s", i ? ";" : "", lines[i]);
    }
#define MINUTE(column) "coalesce((extract(epoch from " column ") / 60)::bigint::text, '-')"
    snprintf(sql, sizeof sql,
             "select coalesce(string_agg(l, ';' order by l collate \"C\"), '') from (select concat_ws(' ', "
             "stage, " MINUTE("started_at") ", left_us / 60000000, " MINUTE("due_at") ", " MINUTE(
                 "warned_at") ", " MINUTE("breached_at") ", " MINUTE("stopped_at") ") as l from clock where estate_id "
                                                                                   "= %lld and incident_id = %lld) x",
             (long long)run->estate_id, (long long)run->id);
    assert_string_equal(kit_value(kit_pg, sql), base_buf_cstr(&wanted));
    base_buf_release(&wanted);
}

/* Before the lines are put in order. */
static void compare_notices(struct run *run)
{
    char sql[400];
    AUTO_VALUE(base_buf) wanted;
    base_buf_init(&wanted, 1 << 20);
    oracle_notices(&run->oracle, &wanted);
    snprintf(sql, sizeof sql,
             "select coalesce(string_agg(l, ';' order by l collate \"C\"), '') from (select step || ' ' || "
             "organisation_id || ' ' || case when not asks then 'told' when state = 'acknowledged' then "
             "'acknowledged' else 'asks' end as l from notice where estate_id = %lld and incident_id = %lld) x",
             (long long)run->estate_id, (long long)run->id);
    assert_string_equal(kit_value(kit_pg, sql), base_buf_cstr(&wanted));
}

static void compare(struct run *run)
{
    char sql[300], wanted[80];
    int64_t breach = oracle_breach(&run->oracle);
    snprintf(sql, sizeof sql,
             "select state || ' ' || level || ' ' || " MINUTE(
                 "breach_at") " from incident where estate_id = %lld and id = %lld",
             (long long)run->estate_id, (long long)run->id);
    if (breach == INT64_MAX) {
        snprintf(wanted, sizeof wanted, "%s %d -", run->oracle.state, run->oracle.level);
    } else {
        snprintf(wanted, sizeof wanted, "%s %d %lld", run->oracle.state, run->oracle.level, (long long)breach);
    }
    assert_string_equal(kit_value(kit_pg, sql), wanted);
    compare_notices(run);
    compare_lines(run);
    compare_clocks(run);
}

static void compare_other(const struct run *run, struct other *other)
{
    char sql[200];
    other->reports += strcmp(run->oracle.state, "merged") == 0;
    snprintf(sql, sizeof sql, "select reports from incident where estate_id = %lld and id = %lld",
             (long long)run->estate_id, (long long)other->id);
    assert_int_equal(kit_number(kit_pg, sql), other->reports);
}

static void one_sequence(void)
{
    struct run *run = calloc(1, sizeof *run);
    struct incident_report report;
    run->now = FIRST + DAY + dice(0, 200 * DAY);
    bool dispute = dice(0, 2) == 0;
    run->estate = dice(0, ESTATES - 1);
    run->severity = dice(0, POLICIES - 1);
    run->category = dispute ? "dispute" : "other";
    run->estate_id = estates[run->estate];
    run->other = others[run->estate][dispute].id;
    report = kit_report(run->estate_id, run->category, run->now * KIT_MINUTE);
    report.severity = severities[run->severity];
    run->id = kit_open_incident(&report);
    oracle_report(&run->oracle, &policies[run->estate][run->severity], dispute, run->now);
    for (int i = dice(1, STEPS_MAX); i > 0; i--) {
        run->now += dice(0, 3) ? dice(0, 90) : dice(0, 3 * DAY);
        if (dice(0, 3) == 0) {
            judge(run);
            oracle_fire(&run->oracle, run->now);
        }
        step(run);
    }
    bool more = true;
    while (more) {
        assert_int_equal(incident_fire(kit_conn, run->now * KIT_MINUTE, &kit_diag, &more), BASE_OK);
    }
    oracle_fire(&run->oracle, run->now);
    compare(run);
    compare_other(run, &others[run->estate][dispute]);
    /* Out of the way of the next one's time. */
    char sql[200];
    snprintf(sql, sizeof sql, "update clock set stopped_at = now() where estate_id = %lld and incident_id = %lld",
             (long long)run->estate_id, (long long)run->id);
    kit_value(kit_pg, sql);
    free(run);
}

static int64_t setting(const char *name, int64_t otherwise)
{
    const char *text = getenv(name);
    return text ? strtoll(text, NULL, 10) : otherwise;
}

/* Which lane this process is from here on; -1: none, all of them have ended well. */
static int64_t share_out(int64_t lanes)
{
    int64_t lane = 0;
    fflush(stdout);
    while (lane < lanes) {
        pid_t child = fork();
        assert_true(child >= 0);
        if (child == 0) {
            return lane;
        }
        lane++;
    }
    for (int status = 0; lane > 0; lane--) {
        assert_true(wait(&status) > 0);
        assert_int_equal(status, 0);
    }
    return -1;
}

static void steps_and_clocks_are_the_oracles(void **state)
{
    (void)state;
    int64_t lanes = setting("HUTONG_LANES", 1), count = setting("HUTONG_INCIDENTS", 300) / lanes,
            lane = lanes > 1 ? share_out(lanes) : 0;
    if (lane < 0) {
        return;
    }
    seed = (uint64_t)(setting("HUTONG_SEED", base_clock_now_us()) + lane);
    printf("%lld sequences; HUTONG_SEED=%llu repeats them\n", (long long)count, (unsigned long long)seed);
    make_world();
    for (int i = 0; i < ESTATES * 2; i++) { /* their clocks stand */
        struct incident_report report = kit_report(estates[i / 2], i % 2 ? "dispute" : "other", FIRST * KIT_MINUTE);
        others[i / 2][i % 2] = (struct other){kit_open_incident(&report), 1};
    }
    kit_value(kit_pg, "update clock set stopped_at = now()");
    for (; count > 0; count--) {
        one_sequence();
    }
    kit_end();
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(steps_and_clocks_are_the_oracles)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
