/* hutong up --demo: yesterday is played to the broker, stored, and judged; all four verdicts are there within two
 * minutes, most windows met, and a second start plays nothing again. */
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

/* Windows of yesterday are there and none of them waits. */
static const char decided[] =
    "select count(*) > 0 and count(*) filter (where verdict is null) = 0 and count(distinct verdict) = 4 from "
    "hutong.duty_window where due_at < (date_trunc('day', now() at time zone 'Asia/Shanghai') at time zone "
    "'Asia/Shanghai')";

static const char proofs[] = "select count(distinct d.proof) from hutong.duty_window w join hutong.duty d on "
                             "d.estate_id = w.estate_id and d.id = w.duty_id where w.verdict = 'met'";

static void expect_verdicts(const struct demo *demo)
{
    char sql[400];
    snprintf(sql, sizeof sql, "select ((%s))::int", decided);
    if (kit_until(demo->database, sql, 1, 120 * SECOND) != 1) {
        fail_msg("yesterday is not judged: %s", demo->said);
    }
    int64_t met = verdicts(demo, "met"), missed = verdicts(demo, "missed"), unknown = verdicts(demo, "unknown");
    assert_true(met > missed && missed > 0 && unknown > 0 && verdicts(demo, "waived") > 0);
    assert_true(met > 3 * missed); /* most do well */
    static const char shown[] =
        "select (count(*) filter (where verdict is not null) > 300 and "
        "count(*) filter (where last_pass_at is not null) > 300)::int from hutong.building_state";
    assert_int_equal(kit_until(demo->database, shown, 1, 30 * SECOND), 1);
    /* Every kind of duty has been decided by what was told, none for want of data alone. */
    assert_int_equal(
        kit_until(demo->database, proofs, count(demo, "select count(distinct proof) from hutong.duty"), 30 * SECOND),
        count(demo, "select count(distinct proof) from hutong.duty"));
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
