/* doctor_access.c: a database as migrations make it is well; each grant, policy or function beside them is found. */
#include "cli/doctor.h"
#include "fixture/fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <libpq-fe.h>

static const char *database;

static int fresh(void **state)
{
    (void)state;
    database = fixture_database();
    return 0;
}

static void sql(const char *statement)
{
    PGconn *pg = PQconnectdb(database);
    PQclear(PQexec(pg, "set search_path = hutong, public"));
    PGresult *result = PQexec(pg, statement);
    if (PQresultStatus(result) != PGRES_COMMAND_OK) {
        fail_msg("%s: %s", statement, PQerrorMessage(pg));
    }
    PQclear(result);
    PQfinish(pg);
}

static bool told(const struct cli_doctor_report *report, enum cli_doctor_level level, const char *words)
{
    for (size_t i = 0; i < report->count; i++) {
        if (report->checks[i].level == level && strstr(report->checks[i].found, words)) {
            return true;
        }
    }
    return false;
}

/* Roles belong to the whole server, so nothing of theirs is changed here. */
static void each_breach_is_found(void **state)
{
    (void)state;
    static const struct {
        const char *breach, *problem, *cure;
    } breaches[] = {
        {"grant select on account to hutong_serve", "hutong_serve reads account",
         "revoke select on account from hutong_serve"},
        {"grant select (name) on token to public", "hutong_planner reads token",
         "revoke select (name) on token from public"},
        {"grant select on lease to hutong_district", "hutong_district reads lease, which has no row security",
         "revoke select on lease from hutong_district"},
        {"grant select on source to hutong_serve", "hutong_serve reads source",
         "revoke select on source from hutong_serve; "
         "grant select (id, name, purpose, recipients, retention) on source to hutong_serve"},
        {"alter table building disable row level security", "reads building",
         "alter table building enable row level security"},
        {"grant update (name) on building to hutong_district", "hutong_district may write building",
         "revoke update (name) on building from hutong_district"},
        {"grant delete on audit to hutong_auditor", "hutong_auditor may write audit",
         "revoke delete on audit from hutong_auditor"},
        {"revoke insert on audit from hutong_serve", "hutong_serve may not write down",
         "grant insert on audit to hutong_serve"},
        {"grant select on audit to hutong_district", "hutong_district reads the audit",
         "revoke select on audit from hutong_district"},
        {"create policy more on pass to hutong_serve using (true)",
         "the policy more of pass lets hutong_serve see every row", "drop policy more on pass"},
        {"create policy more on pass using (estate_id = 1)", "lets everybody see every row",
         "drop policy more on pass"},
        {"drop policy serve on pass", "no policy on pass",
         "create policy serve on pass for select to hutong_serve using (estate_id = any ((select "
         "scope_estates('record'))::bigint[]))"},
        {"grant create on schema hutong to hutong_serve", "may make things",
         "revoke create on schema hutong from hutong_serve"},
        {"grant execute on function building_count(bigint) to public", "everybody may run building_count",
         "revoke execute on function building_count(bigint) from public"},
        {"alter table pass force row level security", "row security hides rows from ingest",
         "alter table pass no force row level security"},
        {"create table fix_x partition of fix for values from ('2020-01-01') to ('2020-01-02'); grant select on fix_x "
         "to "
         "hutong_serve",
         "hutong_serve reads fix_x, a partition", "drop table fix_x"},
        {"create view seen as select * from building; grant select on seen to hutong_serve", "hutong_serve reads seen",
         "drop view seen"},
    };
    for (size_t i = 0; i <= BASE_COUNT(breaches); i++) {
        struct cli_doctor_report well = {.count = 0}, ill = {.count = 0};
        cli_doctor_access(&well, database);
        if (!told(&well, CLI_DOCTOR_OK, "as they were made")) {
            fail_msg("%s", well.checks[0].found);
        }
        if (i == BASE_COUNT(breaches)) {
            break;
        }
        sql(breaches[i].breach);
        cli_doctor_access(&ill, database);
        if (!told(&ill, CLI_DOCTOR_FAIL, breaches[i].problem)) {
            fail_msg("%s: %s", breaches[i].breach, ill.checks[0].found);
        }
        sql(breaches[i].cure);
    }
}

static void accounts_and_proofs_are_told(void **state)
{
    (void)state;
    struct cli_doctor_report open = {.count = 0}, closed = {.count = 0};
    cli_doctor_access(&open, database);
    assert_true(told(&open, CLI_DOCTOR_OK, "open to everybody on this machine"));
    sql("insert into account (name) values ('zhang')");
    sql("insert into retention_drop (table_name, partition, t_from, t_to, rows) values ('fix', 'fix_20200101', "
        "'2020-01-01', "
        "'2020-01-02', 4711)");
    cli_doctor_access(&closed, database);
    assert_true(told(&closed, CLI_DOCTOR_OK, "everybody signs in"));
    assert_true(
        told(&closed, CLI_DOCTOR_OK, "fix: partition fix_20200101, 2020-01-01T00:00 to 2020-01-02T00:00, 4711 rows"));
}

static void before_the_first_migration(void **state)
{
    (void)state;
    struct cli_doctor_report report = {.count = 0};
    cli_doctor_access(&report, fixture_database_empty());
    assert_int_equal(report.count, 1);
    assert_int_equal(report.checks[0].level, CLI_DOCTOR_FAIL);
    assert_string_equal(report.checks[0].todo, "run `hutong migrate`");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(each_breach_is_found, fresh),
        cmocka_unit_test_setup(accounts_and_proofs_are_told, fresh),
        cmocka_unit_test(before_the_first_migration),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
