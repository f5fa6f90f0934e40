/* Who leads: one of any number of judges, replaced when it is gone or stopped, and what it still writes then is
 * refused. */
#include "duty/judge_kit.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PATIENCE_US = 60 * 1000000 };

/* A judge of its own, until it is ended. */
static pid_t start(void)
{
    pid_t pid = fork();
    if (pid == 0) {
        struct duty_judge_options options = {.conninfo = kit_database};
        struct base_diag diag;
        _exit(duty_judge_run(&options, &diag) ? 1 : 0);
    }
    return pid;
}

static void end(pid_t pid)
{
    kill(pid, SIGKILL);
    assert_int_equal(waitpid(pid, NULL, 0), pid);
}

static bool holds(void *query)
{
    return strcmp(site_value(query), "t") == 0;
}

static void await(const char *query)
{
    if (!fixture_poll(holds, (void *)query, PATIENCE_US)) {
        fail_msg("never came true: %s; the lease is %s", query, site_value("select row_to_json(l) from judge_lease l"));
    }
}

/* A judge that was refused connects anew after a while, and asks for the lease once more: it has, since that moment. */
static void await_asked_again(const char *since)
{
    char query[400];
    snprintf(query, sizeof query,
             "select count(*) = 1 from pg_stat_activity where application_name like 'hutong judge %%' and datname = "
             "current_database() and backend_start > '%s' and state = 'idle' and query like '%%judge_lease%%'",
             since);
    await(query);
}

static void once_says_conflict(void **state)
{
    (void)state;
    pid_t leader = start();
    await("select owner is not null from judge_lease");
    assert_int_equal(judge_try("2026-03-10 12:00"), BASE_CONFLICT);
    assert_non_null(strstr(test_diag.text, "another judge leads"));
    end(leader);
}

/* Its connection goes with it, so nobody waits for the lease to run out. */
static void a_killed_leader_is_replaced(void **state)
{
    (void)state;
    pid_t leader = start();
    await("select epoch = 1 and owner is not null from judge_lease");
    end(leader);
    pid_t heir = start();
    await("select epoch = 2 and owner is not null from judge_lease");
    end(heir);
}

/* It sleeps between two transactions; its time runs out, another one leads. Awake again it is refused, and stands by.
 */
static void a_leader_that_slept_writes_nothing(void **state)
{
    (void)state;
    char awake[64];
    pid_t sleeper = start();
    await("select epoch = 1 and owner is not null from judge_lease");
    kill(sleeper, SIGSTOP);
    sql("update judge_lease set expires_at = '-infinity'");
    pid_t heir = start();
    await("select epoch = 2 from judge_lease");
    duty(1, "every 1h", "", "");
    snprintf(awake, sizeof awake, "%s", value("select clock_timestamp()"));
    kill(sleeper, SIGCONT);
    await("select count(*) > 60 from duty_window");
    await_asked_again(awake);
    assert_string_equal(value("select epoch from judge_lease"), "2");
    end(sleeper);
    end(heir);
}

/* It sleeps in the middle of a transaction and holds the lease's row: when its time is up its connection is ended, what
 * it had deleted is there again, and the heir does it. */
static void a_leader_stopped_in_a_transaction_is_ended(void **state)
{
    (void)state;
    char awake[64];
    PGconn *holder = PQconnectdb(kit_database);
    PQclear(PQexec(holder, "set search_path = hutong, public"));
    duty(1, "every 1h", "", "");
    PQclear(PQexec(holder, "begin; lock table judge_again in exclusive mode"));
    sql("update estate set tz = tz where false");
    pid_t sleeper = start();
    await("select count(*) > 0 from pg_locks where not granted and relation = 'judge_again'::regclass");
    kill(sleeper, SIGSTOP);
    PQclear(PQexec(holder, "commit"));
    PQfinish(holder);
    sql("insert into judge_again (estate_id, t_from, t_to, why) values (101, now(), now(), 'pass')");
    pid_t heir = start();
    await("select epoch = 2 from judge_lease");
    await("select count(*) = 0 from judge_again");
    snprintf(awake, sizeof awake, "%s", value("select clock_timestamp()"));
    kill(sleeper, SIGCONT);
    await_asked_again(awake);
    assert_string_equal(value("select epoch from judge_lease"), "2");
    end(sleeper);
    end(heir);
}

/* Two judges of one host and process number - containers that share a name - do not take the lease from one another. */
static void the_lease_is_one_runs_alone(void **state)
{
    (void)state;
    char owner[256];
    pid_t leader = start();
    await("select owner is not null from judge_lease");
    snprintf(owner, sizeof owner, "%s", value("select owner from judge_lease"));
    end(leader);
    const char *slash = strchr(owner, '/');
    assert_non_null(slash);
    assert_non_null(strchr(slash + 1, '/'));
}

/* Nothing is to do anywhere, and still the lease goes on. */
static void an_idle_leader_keeps_the_lease(void **state)
{
    (void)state;
    pid_t leader = start();
    await("select owner is not null from judge_lease");
    sql("update judge_lease set expires_at = clock_timestamp() + interval '1 second'");
    await("select expires_at > clock_timestamp() + interval '10 seconds' from judge_lease");
    assert_string_equal(value("select epoch from judge_lease"), "1");
    end(leader);
}

/* What cannot be judged at one estate - here a time zone that there is not - does not stop the next. */
static void one_bad_estate_does_not_stop_the_others(void **state)
{
    (void)state;
    duty(1, "every 1h", "", "");
    sql("insert into duty (estate_id, id, key, name, subject_kind, proof, schedule, valid_from) values (102, 2, "
        "'other', '义务', "
        "'building', 'pass', 'every 1h', '2026-01-01')");
    sql("update estate set tz = 'Nowhere/Nothing' where id = 101");
    assert_int_not_equal(judge_try("2026-03-10 12:00"), BASE_OK);
    assert_non_null(strstr(test_diag.text, "101"));
    assert_string_equal(value("select count(*) > 30 from duty_window where estate_id = 102"), "t");
}

int main(void)
{
    fixture_alone(); /* judges sleep in transactions */
    const struct CMUnitTest tests[] = {
        kit_test(once_says_conflict),
        kit_test(a_killed_leader_is_replaced),
        kit_test(a_leader_that_slept_writes_nothing),
        kit_test(a_leader_stopped_in_a_transaction_is_ended),
        kit_test(the_lease_is_one_runs_alone),
        kit_test(an_idle_leader_keeps_the_lease),
        kit_test(one_bad_estate_does_not_stop_the_others),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
