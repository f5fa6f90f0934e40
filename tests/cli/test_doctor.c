/* A server that could lose or hide what was acknowledged is refused, and the switch to change is named. */
#include "cli/doctor.h"
#include "cli/keep.h"
#include "fixture/fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <libpq-fe.h>

/* A path with everything in it that a connection string or a configuration file could stumble over. */
static char var[256];
static struct cli_server_postgres *postgres;

static int make_server(void **state)
{
    (void)state;
    struct base_diag diag = {.text = ""};
    static struct cli_user user;
    snprintf(var, sizeof var, "%s/it's a \"place\", with names", fixture_scratch());
    const struct cli_server server = {.var = var, .user = &user};
    if (cli_user_find(&diag, &user) || base_file_mkdirs(var, 0711, &diag) ||
        cli_server_postgres_new(&server, &diag, &postgres)) {
        fprintf(stderr, "%s\n", diag.text);
        return 1;
    }
    return 0;
}

static int free_server(void **state)
{
    (void)state;
    cli_server_postgres_free(postgres);
    return 0;
}

/* postgresql.auto.conf goes before what hutong writes: it is where alter system leaves its settings. */
static void start_with(const char *settings)
{
    struct base_diag diag = {.text = ""};
    struct cli_user user;
    char path[512];
    snprintf(path, sizeof path, "%s/postgres/postgresql.auto.conf", var);
    if (cli_user_find(&diag, &user) || cli_user_write(&user, path, settings, strlen(settings), &diag) ||
        cli_server_postgres_start(postgres, &diag)) {
        fail_msg("%s", diag.text);
    }
}

static void expect(const char *settings, const char *words)
{
    struct base_diag diag = {.text = ""};
    start_with(settings);
    enum base_err err = cli_doctor_refuse(cli_server_postgres_database(postgres), &diag);
    cli_server_postgres_stop(postgres);
    assert_int_equal(err, words ? BASE_DATABASE : BASE_OK);
    if (words && !strstr(diag.text, words)) {
        fail_msg("expected \"%s\": %s", words, diag.text);
    }
}

static void test_unfit_servers(void **state)
{
    (void)state;
    expect("", NULL);
    expect("fsync = off\n", "set fsync = on");
    expect("synchronous_commit = off\n", "synchronous_commit");
    expect("wal_level = replica\n", "set wal_level = logical");
    expect("max_replication_slots = 0\n", "raise max_replication_slots");
    expect("max_wal_senders = 0\n", "raise max_wal_senders");
}

static void test_no_server(void **state)
{
    (void)state;
    struct base_diag diag = {.text = ""};
    assert_int_equal(cli_doctor_refuse("host=127.0.0.1 port=1 dbname=none", &diag), BASE_DATABASE);
    assert_non_null(strstr(diag.text, "correct HUTONG_DATABASE"));
}

static const struct cli_doctor_check *check_of(const struct cli_doctor_report *report, const char *table)
{
    for (size_t i = 0; i < report->count; i++) {
        if (strncmp(report->checks[i].found, table, strlen(table)) == 0) {
            return &report->checks[i];
        }
    }
    fail_msg("nothing about %s", table);
    return NULL;
}

static const struct cli_doctor_check *check_named(const struct cli_doctor_report *report, const char *name)
{
    for (size_t i = 0; i < report->count; i++) {
        if (strcmp(report->checks[i].name, name) == 0) {
            return &report->checks[i];
        }
    }
    fail_msg("no check %s", name);
    return NULL;
}

static void publication_is(const char *database, enum cli_doctor_level level, const char *found, const char *todo)
{
    struct cli_doctor_report report = {.count = 0};
    cli_doctor_database(&report, database);
    const struct cli_doctor_check *check = check_named(&report, "publication");
    assert_int_equal(check->level, level);
    assert_string_equal(check->found, found);
    assert_true(todo ? check->todo && strstr(check->todo, todo) : !check->todo);
}

static void sql(const char *database, const char *text)
{
    PGconn *conn = PQconnectdb(database);
    PQclear(PQexec(conn, "set search_path = hutong, public"));
    PGresult *result = PQexec(conn, text);
    if (PQresultStatus(result) != PGRES_COMMAND_OK) {
        fail_msg("%s: %s", text, PQerrorMessage(conn));
    }
    PQclear(result);
    PQfinish(conn);
}

static void test_publication(void **state)
{
    (void)state;
    const char *database = fixture_database();
    publication_is(database, CLI_DOCTOR_OK, "hutong_feed has all tables", NULL);
    sql(database, "alter publication hutong_feed drop table zone, asset_state");
    publication_is(database, CLI_DOCTOR_WARN, "hutong_feed lacks zone, asset_state", "0031_feed_incident.sql");
    sql(database, "alter publication hutong_feed add table zone where (id > 5), asset_state");
    publication_is(database, CLI_DOCTOR_WARN, "hutong_feed lacks zone", "0031_feed_incident.sql");
    sql(database, "alter publication hutong_feed set table zone");
    sql(database, "drop publication hutong_feed");
    publication_is(database, CLI_DOCTOR_WARN, "hutong_feed is missing", "hutong migrate");
    publication_is(fixture_database_empty(), CLI_DOCTOR_WARN, "hutong_feed is missing", "hutong migrate");
}

static void test_no_replication(void **state)
{
    (void)state;
    const char *database = fixture_database();
    const char *role = fixture_unique();
    char statement[256];
    struct cli_doctor_report report = {.count = 0};
    snprintf(statement, sizeof statement, "create role %s login password 'x'", role);
    sql(database, statement);
    char *plain = NULL;
    assert_true(asprintf(&plain, "%s user=%s password=x", database, role) > 0);
    cli_doctor_database(&report, plain);
    const struct cli_doctor_check *check = check_named(&report, "replication");
    assert_int_equal(check->level, CLI_DOCTOR_FAIL);
    assert_non_null(strstr(check->todo, "alter role NAME replication"));
    assert_non_null(strstr(check->found, role));
    free(plain);
    snprintf(statement, sizeof statement, "drop role %s", role);
    sql(database, statement);
}

static void test_upkeep_behind(void **state)
{
    (void)state;
    struct base_diag diag = {.text = ""};
    const char *database = fixture_database();
    struct data_keeps keeps = data_retention_standard();
    struct cli_doctor_report before = {.count = 0}, after = {.count = 0}, old = {.count = 0};
    AUTO(data_conn) conn = NULL;
    int64_t now = base_clock_now_us();
    assert_int_equal(data_conn_open(database, "test", &diag, &conn), BASE_OK);
    cli_doctor_retention(&before, database, &keeps);
    assert_int_equal(check_of(&before, "fix:")->level, CLI_DOCTOR_WARN);
    assert_int_equal(data_partition_ahead(conn, now, &diag), BASE_OK);
    cli_doctor_retention(&after, database, &keeps);
    assert_int_equal(check_of(&after, "fix:")->level, CLI_DOCTOR_OK);
    assert_non_null(strstr(check_of(&after, "dead_letter:")->found, "kept 30 days"));
    assert_int_equal(data_partition_ensure(conn, "event", now - DATA_KEEP_LEAST_US * 200, &diag), BASE_OK);
    cli_doctor_retention(&old, database, &keeps);
    assert_int_equal(check_of(&old, "event:")->level, CLI_DOCTOR_WARN);
    assert_non_null(check_of(&old, "event:")->todo);
    assert_int_equal(check_of(&old, "fix:")->level, CLI_DOCTOR_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_unfit_servers),  cmocka_unit_test(test_no_server),     cmocka_unit_test(test_publication),
        cmocka_unit_test(test_no_replication), cmocka_unit_test(test_upkeep_behind),
    };
    return cmocka_run_group_tests(tests, make_server, free_server);
}
