/* data/migrate.c: once, in order, by one at a time, and never over an edited step. */
#include "data_test.h"

#include <pthread.h>

static void a_second_run_does_nothing(void **state)
{
    (void)state;
    AUTO(data_conn) conn = test_conn();
    int applied = -1;
    test_ok(data_migrate(conn, &test_diag, &applied));
    assert_int_equal(applied, 0);
    assert_string_equal(test_value(conn, "select count(*) > 3 from schema_migration"), "t");
    assert_string_equal(test_value(conn, "select name from estate where id = 0"), "未划入小区");
}

static void an_edited_step_is_refused(void **state)
{
    (void)state;
    AUTO(data_conn) conn = test_conn();
    test_sql(conn, "update schema_migration set checksum = 'x' where version = '0001_place'");
    assert_int_equal(data_migrate(conn, &test_diag, NULL), BASE_CONFLICT);
    assert_non_null(strstr(test_diag.text, "0001_place"));
    assert_non_null(strstr(test_diag.text, "changed"));
}

static void a_newer_database_is_refused(void **state)
{
    (void)state;
    AUTO(data_conn) conn = test_conn();
    test_sql(conn, "insert into schema_migration (version, checksum) values ('9999_future', 'x')");
    assert_int_equal(data_migrate(conn, &test_diag, NULL), BASE_CONFLICT);
    assert_non_null(strstr(test_diag.text, "newer"));
}

/* A table that was there before: the step is taken back, and the message says which and why. */
static void a_failed_step_says_why(void **state)
{
    (void)state;
    AUTO(data_conn) conn = test_conn();
    test_sql(conn, "drop schema hutong cascade; create schema hutong; create table hutong.asset_state (x int)");
    assert_int_equal(data_migrate(conn, &test_diag, NULL), BASE_DATABASE);
    assert_non_null(strstr(test_diag.text, "step 0004_state"));
    assert_non_null(strstr(test_diag.text, "relation \"asset_state\" already exists"));
    assert_null(strstr(test_diag.text, "create table"));
    assert_string_equal(test_value(conn, "select max(version) from schema_migration"), "0003_fact");
}

static void *migrate_again(void *conninfo)
{
    struct base_diag diag = {""};
    AUTO(data_conn) conn = NULL;
    enum base_err err = data_conn_open(conninfo, "test", &diag, &conn);
    err = err ? err : data_migrate(conn, &diag, NULL);
    return (void *)(uintptr_t)err;
}

static void many_migrators_wait_for_one(void **state)
{
    (void)state;
    const char *conninfo = fixture_database();
    AUTO(data_conn) conn = NULL;
    test_ok(data_conn_open(conninfo, "test", &test_diag, &conn));
    test_sql(conn, "drop schema hutong cascade");
    pthread_t threads[4];
    for (size_t i = 0; i < BASE_COUNT(threads); i++) {
        assert_int_equal(pthread_create(&threads[i], NULL, migrate_again, (void *)(uintptr_t)conninfo), 0);
    }
    for (size_t i = 0; i < BASE_COUNT(threads); i++) {
        void *err;
        pthread_join(threads[i], &err);
        assert_int_equal((uintptr_t)err, BASE_OK);
    }
    assert_string_equal(test_value(conn, "select count(*) = count(distinct version) from hutong.schema_migration"),
                        "t");
}

/* Roles for serving are made by the migration; who may not is told what a superuser has to run. */
static void who_may_not_make_roles_is_told_what_to_run(void **state)
{
    (void)state;
    char sql[600], conninfo[1200];
    const char *name = fixture_unique(), *database = fixture_database_empty();
    AUTO(data_conn) owner = NULL;
    AUTO(data_conn) plain = NULL;
    test_ok(data_conn_open(database, "test", &test_diag, &owner));
    snprintf(sql, sizeof sql,
             "create role %s login password 'p'; do $$ begin execute format('grant create on database %%I to %s', "
             "current_database()); end $$",
             name, name);
    test_sql(owner, sql);
    snprintf(conninfo, sizeof conninfo, "%s user='%s' password='p'", database, name);
    test_ok(data_conn_open(conninfo, "test", &test_diag, &plain));
    enum base_err err = data_migrate(plain, &test_diag, NULL);
    snprintf(sql, sizeof sql, "grant %s to current_user; drop owned by %s; drop role %s", name, name, name);
    test_sql(owner, sql);
    assert_int_equal(err, BASE_DATABASE);
    snprintf(sql, sizeof sql, "grant hutong_serve, hutong_district, hutong_planner, hutong_auditor to %s;", name);
    assert_non_null(strstr(test_diag.text, "step 0018_row_security"));
    assert_non_null(strstr(test_diag.text, sql));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_second_run_does_nothing),   cmocka_unit_test(an_edited_step_is_refused),
        cmocka_unit_test(a_newer_database_is_refused), cmocka_unit_test(a_failed_step_says_why),
        cmocka_unit_test(many_migrators_wait_for_one), cmocka_unit_test(who_may_not_make_roles_is_told_what_to_run),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
