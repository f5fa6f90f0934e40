/* Clocks fired by several judges at once that are killed at any moment: each says each thing once, none is forgotten,
 * and the state after is the one a single judge would have left. */
#include "kit.h"

#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

enum { JUDGES = 3, INCIDENTS = 400, KILLS = 25, PATIENCE_MS = 120000 };

static pid_t start(void)
{
    pid_t pid = fork();
    if (pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        incident_run(&(struct incident_run_options){.conninfo = kit_database});
        _exit(0);
    }
    assert_true(pid > 0);
    return pid;
}

static void end(pid_t pid)
{
    kill(pid, SIGKILL);
    waitpid(pid, NULL, 0);
}

/* Five seconds to be there, seven to resolve, two and four and six at the levels: all over within some twenty seconds.
 */
static void make_incidents(void)
{
    kit_value(kit_pg, "delete from sla_policy");
    kit_value(kit_pg, "insert into sla_policy (key, severity, respond_s, resolve_s, level_s) values "
                      "('s', 'small', 5, 7, '{2,4,6}')");
    struct incident_report report = kit_report(101, "other", base_clock_now_us());
    for (int i = 0; i < INCIDENTS; i++) {
        kit_open_incident(&report);
    }
}

static int64_t left(void)
{
    return kit_number(kit_pg, "select count(*) from clock where fires_at is not null");
}

static void each_fires_once(void **state)
{
    (void)state;
    pid_t judges[JUDGES];
    kit_begin();
    make_incidents();
    for (int i = 0; i < JUDGES; i++) {
        judges[i] = start();
    }
    for (int i = 0; i < KILLS; i++) {
        poll(NULL, 0, 40 + 37 * (i % 11)); /* anywhere in a tick */
        end(judges[i % JUDGES]);
        judges[i % JUDGES] = start();
    }
    for (int waited = 0; left() && waited < PATIENCE_MS; waited += 100) {
        poll(NULL, 0, 100);
    }
    for (int i = 0; i < JUDGES; i++) {
        end(judges[i]);
    }
    assert_int_equal(left(), 0);
    /* Of each incident: the report; five clocks (respond, resolve, three levels) each warned and broke once; three
     * steps up. A level's number and its clock's number go together. */
    assert_string_equal(
        kit_value(kit_pg, "select string_agg(step || ' ' || n, ', ' order by step) from (select step, count(*) as n "
                          "from incident_step group by step) s"),
        "breach 2000, escalate 1200, report 400, warn 2000");
    assert_string_equal(
        kit_value(kit_pg,
                  "select count(*) from (select incident_id, step, detail ->> 'stage' as stage, at from incident_step "
                  "group by 1, 2, 3, 4 having count(*) > 1) twice"),
        "0");
    assert_int_equal(
        kit_number(kit_pg, "select count(*) from incident where level = 3 and state = 'filed' and version = 14"),
        INCIDENTS);
    assert_int_equal(
        kit_number(kit_pg, "select count(*) from clock c join incident i using (estate_id) where c.incident_id = i.id "
                           "and c.stage = 'level' and c.number < 3 and c.stopped_at is distinct from c.breached_at"),
        0);
    kit_end();
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(each_fires_once)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
