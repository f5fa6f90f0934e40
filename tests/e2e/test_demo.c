/* hutong up --demo: yesterday is played to the broker, stored, and judged; all four verdicts are there within some
 * minutes, each duty met and missed, most windows met, and a second start plays nothing again. */
#include "fixture/fixture.h"
#include "fixture/ingest_kit.h"

#include "cli/cli.h"

#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#define SECOND INT64_C(1000000)

struct demo {
    pid_t pid;
    char output[300], said[262144], database[512];
};

static bool has_said(void *context)
{
    struct demo *demo = context;
    int fd = open(demo->output, O_RDONLY | O_CLOEXEC);
    ssize_t len = fd < 0 ? 0 : read(fd, demo->said, sizeof demo->said - 1);
    demo->said[len > 0 ? len : 0] = '\0';
    if (fd >= 0) {
        close(fd);
    }
    const char *line = strstr(demo->said, "{\"url\":");
    return line && strchr(line, '\n');
}

static bool knows_past(void *context)
{
    struct demo *demo = context;
    has_said(demo);
    return strstr(demo->said, "the past was played before") != NULL;
}

static void start(struct demo *demo, const char *var)
{
    struct base_diag diag = {.text = ""};
    snprintf(demo->output, sizeof demo->output, "%s/output", fixture_scratch());
    int fd = open(demo->output, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    assert_true(fd >= 0);
    if (cli_process_start(&(struct cli_process){.program = fixture_binary(),
                                                .argv = (const char *const[]){"hutong", "up", "--demo", "--var", var,
                                                                              "--port", "0", "--json", NULL},
                                                .output = fd,
                                                .death_signal = SIGTERM},
                          &diag, &demo->pid)) {
        fail_msg("%s", diag.text);
    }
    close(fd);
    if (!fixture_poll(has_said, demo, 90 * SECOND)) {
        fail_msg("not ready: %s", demo->said);
    }
    AUTO(base_json) json = NULL;
    struct base_str database;
    const char *line = strstr(demo->said, "{\"url\":");
    assert_int_equal(base_json_in_parse(line, strcspn(line, "\n"), &diag, &json), BASE_OK);
    assert_true(base_json_in_text(base_json_in_get(json, "database"), &database));
    snprintf(demo->database, sizeof demo->database, "%.*s", (int)database.len, database.at);
}

static void stop(const struct demo *demo)
{
    int status = 0;
    kill(demo->pid, SIGTERM);
    assert_int_equal(waitpid(demo->pid, &status, 0), demo->pid);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

static int64_t count(const struct demo *demo, const char *sql)
{
    PGconn *pg = kit_connect(demo->database);
    int64_t number = kit_number(pg, sql);
    PQfinish(pg);
    return number;
}

static int64_t verdicts(const struct demo *demo, const char *verdict)
{
    char sql[160];
    snprintf(sql, sizeof sql, "select count(*) from hutong.duty_window where verdict = '%s'", verdict);
    return count(demo, sql);
}

/* Windows are there and none that is over waits; all four verdicts are among them: waivers are of the last hours, and
 * those of just now are judged while the demo goes on. */
static const char decided[] =
    "select count(*) > 0 and count(*) filter (where verdict is null) = 0 and count(distinct verdict) = 4 from "
    "hutong.duty_window where due_at < now() - interval '20 minutes'";

static void expect_verdicts(const struct demo *demo)
{
    char sql[400];
    snprintf(sql, sizeof sql, "select ((%s))::int", decided);
    if (kit_until(demo->database, sql, 1, 600 * SECOND) != 1) {
        fail_msg("the past is not judged: %s", demo->said);
    }
    int64_t met = verdicts(demo, "met"), missed = verdicts(demo, "missed"), unknown = verdicts(demo, "unknown");
    assert_true(met > missed && missed > 0 && unknown > 0 && verdicts(demo, "waived") > 0);
    assert_true(met > 3 * missed); /* most do well */
    static const char shown[] =
        "select (count(*) filter (where verdict is not null) > 300 and "
        "count(*) filter (where last_pass_at is not null) > 300)::int from hutong.building_state";
    assert_int_equal(kit_until(demo->database, shown, 1, 120 * SECOND), 1);
    assert_int_equal(count(demo, "select count(distinct proof) from hutong.duty"), 6);
}

/* A day of incidents in all states, clocks broken by judge meanwhile, one that went up by deadline, a drill on a high
 * storey, one whose time is over within minutes. */
static void expect_incidents(const struct demo *demo)
{
    static const char fired[] = "select count(*) from hutong.clock where fires_at < now() - interval '2 seconds'";
    assert_int_equal(kit_until(demo->database, fired, 0, 60 * SECOND), 0);
    /* One more is sent to the team that is on just now, if there is one. */
    assert_in_range(count(demo, "select count(*) from hutong.incident where rule_id is null"), 19, 20);
    assert_in_range(count(demo, "select count(distinct state) from hutong.incident"), 8, 12);
    assert_true(count(demo, "select count(*) from hutong.incident_step where step = 'breach'") >= 5);
    assert_int_equal(count(demo, "select count(*) from hutong.incident where level = 1"), 1);
    assert_int_equal(count(demo, "select count(*) from hutong.incident where drill and storey = 17"), 1);
    assert_int_equal(count(demo, "select count(*) from hutong.joint_call c join hutong.incident i on i.estate_id = "
                                 "c.estate_id and i.id = c.incident_id where i.drill"),
                     3);
    assert_int_equal(count(demo, "select count(*) from hutong.joint_call where arrived_at is not null"), 1);
    assert_in_range(count(demo, "select count(*) from hutong.incident_step where step = 'call_overdue'"), 1, 2);
    static const char overdue[] =
        "select count(*) from hutong.resolution where state = 'open' and overdue_at is not null";
    assert_int_equal(kit_until(demo->database, overdue, 1, 60 * SECOND), 1);
}

/* Ledgers with something of each kind: open, late, settled, and an inspection that found nothing. */
static void expect_ledgers(const struct demo *demo)
{
    assert_int_equal(count(demo, "select count(*) from hutong.survey"), 8);
    assert_int_equal(count(demo, "select count(distinct hutong.survey_state(s)) from hutong.survey s"), 3);
    assert_int_equal(count(demo, "select count(distinct hutong.rectification_state(r)) from hutong.rectification r"),
                     4);
    assert_true(count(demo, "select count(*) from hutong.rectification r where hutong.rectification_overdue(r)") >= 1);
}

#define YESTERDAY                                                                            \
    "with past as (select w.*, d.key, d.proof from hutong.duty_window w join hutong.duty d " \
    "on d.estate_id = w.estate_id and d.id = w.duty_id where w.verdict <> 'waived' "         \
    "and w.t_to <= date_trunc('day', now() at time zone 'Asia/Shanghai') at time zone 'Asia/Shanghai') "

/* Each was kept somewhere and neglected somewhere else. */
static void expect_duties(const struct demo *demo)
{
    static const char kept[] =
        YESTERDAY "select count(*) from (select key from past group by key having bool_or(verdict = 'met') "
                  "and bool_or(verdict = 'missed')) k";
    assert_int_equal(count(demo, "select count(distinct key) from hutong.duty"), 9);
    int64_t due = count(demo, "select count(distinct d.key) from hutong.duty_window w join hutong.duty d on "
                              "d.estate_id = w.estate_id and d.id = w.duty_id where w.due_at < now()"); /* just after
                              midnight those of a whole day have their grace */
    if (kit_until(demo->database, kept, due, 120 * SECOND) != due) {
        fail_msg("only %lld duties are met and missed", (long long)count(demo, kept));
    }
}

/* Zones are swept, half swept and not swept at all; of all it is known how far they are now. */
static void expect_sweeping(const struct demo *demo)
{
    static const char shares[] = YESTERDAY
        "select (bool_or(v.found < 0.05) and bool_or(v.found between 0.1 and 0.5) and bool_or(v.found > 0.7))::int "
        "from past p join hutong.verdict v on v.estate_id = p.estate_id and v.t_from = p.t_from "
        "and v.duty_id = p.duty_id and v.place_id = p.place_id where p.proof = 'area'";
    static const char states[] =
        "select count(*) from hutong.zone z join hutong.zone_state s on s.estate_id = z.estate_id and s.zone_id = z.id "
        "where z.kind = 'sanitation' and s.swept is not null and s.verdict is not null";
    static const char mostly[] = YESTERDAY
        "select (count(*) filter (where verdict = 'met') > 3 * count(*) filter (where verdict = 'missed'))::int "
        "from past where key in ('demo-sweep', 'demo-collection')";
    assert_int_equal(count(demo, shares), 1);
    assert_int_equal(count(demo, mostly), 1);
    int64_t zones = count(demo, "select count(*) from hutong.zone where kind = 'sanitation'");
    assert_true(zones > 40);
    assert_int_equal(kit_until(demo->database, states, zones, 60 * SECOND), zones);
}

/* A tag that was read at two places within twenty seconds proves neither of them. */
static void expect_copied_tags(const struct demo *demo)
{
    static const char copied[] = YESTERDAY
        ", reader as (select d.checkpoint_id, c.estate_id, right(d.native_id, 3)::int - 1 as n from hutong.device d "
        "join hutong.checkpoint c on c.id = d.checkpoint_id where d.kind = 'reader'), "
        "pair as (select a.estate_id, unnest(array[a.checkpoint_id, b.checkpoint_id]) as id from reader a "
        "join reader b on b.n = a.n + 1 and b.estate_id = a.estate_id where a.n % 24 = 6) "
        "select case when count(*) > 9 and bool_and(verdict = 'unknown') then 1 else 0 end from past p "
        "join pair on pair.estate_id = p.estate_id and pair.id = p.place_id "
        "where p.key = 'demo-tags' and extract(hour from p.t_from at time zone 'Asia/Shanghai') = 14";
    assert_int_equal(count(demo, copied), 1);
}

/* Of the cameras that a recorder watches: off for hours is missed, nothing heard of for hours is unknown. */
static void expect_cameras(const struct demo *demo)
{
    static const char otherwise[] = YESTERDAY
        ", camera as (select id, right(native_id, 2)::int - 1 as n from hutong.device where native_id like 'lane-%') "
        "select count(*) from past p join camera c on c.id = p.place_id where p.proof = 'online' and p.verdict <> "
        "(case when n % 8 = 4 then 'unknown' when n % 6 = 1 then 'missed' else 'met' end)::hutong.verdict_kind";
    assert_int_equal(count(demo, otherwise), 0);
}

/* The estate whose phones were off for three quarters of an hour has that gap, and nobody else has one of an hour. */
static void expect_outage(const struct demo *demo)
{
    static const char gaps[] =
        "select count(distinct estate_id) from (select distinct on (estate_id, subject, t_from) * "
        "from hutong.outage where scope = 'tracker' order by estate_id, subject, t_from, id desc) o "
        "where not void and t_to - t_from > interval '40 minutes'";
    assert_true(count(demo, gaps) >= 1);
    assert_int_equal(kit_until(demo->database, gaps, 1, 60 * SECOND), 1); /* what was held has come */
}

static void test_demo(void **state)
{
    (void)state;
    struct demo *demo = calloc(1, sizeof *demo);
    const char *var = fixture_scratch();
    start(demo, var);
    expect_verdicts(demo);
    expect_outage(demo);
    expect_duties(demo);
    expect_incidents(demo);
    expect_ledgers(demo);
    expect_sweeping(demo);
    expect_copied_tags(demo);
    expect_cameras(demo);
    int64_t duties = count(demo, "select count(*) from hutong.duty");
    stop(demo);
    start(demo, var);
    assert_true(fixture_poll(knows_past, demo, 60 * SECOND));
    assert_null(strstr(demo->said, "the past is sent"));
    assert_int_equal(count(demo, "select count(*) from hutong.duty"), duties);
    stop(demo);
    free(demo);
}

int main(void)
{
    unsetenv("HUTONG_DATABASE");
    unsetenv("HUTONG_BROKER");
    unsetenv("HUTONG_VAR");
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_demo)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
