/* data/partition.c: days and months by UTC, at their edges, from several connections at once. */
#include "data_test.h"

#include <pthread.h>

static int64_t at(const char *text)
{
    int64_t time_us = 0;
    assert_true(base_time_in(base_str_of(text), &time_us));
    return time_us;
}

static const char *bound(struct data_conn *conn, const char *partition)
{
    char sql[200];
    snprintf(sql, sizeof sql, "select pg_get_expr(relpartbound, oid) from pg_class where relname = '%s'", partition);
    return test_value(conn, sql);
}

static void days_and_months(void **state)
{
    (void)state;
    AUTO(data_conn) conn = test_conn();
    test_ok(data_partition_ensure(conn, "fix", at("2026-12-31T23:59:59.999999Z"), &test_diag));
    assert_string_equal(bound(conn, "fix_20261231"),
                        "FOR VALUES FROM ('2026-12-31 00:00:00+00') TO ('2027-01-01 00:00:00+00')");
    test_ok(data_partition_ensure(conn, "fix", at("2024-02-29T00:00:00Z"), &test_diag));
    assert_string_equal(bound(conn, "fix_20240229"),
                        "FOR VALUES FROM ('2024-02-29 00:00:00+00') TO ('2024-03-01 00:00:00+00')");
    test_ok(data_partition_ensure(conn, "dead_letter", at("2026-12-05T00:00:00Z"), &test_diag));
    assert_string_equal(bound(conn, "dead_letter_20261201"),
                        "FOR VALUES FROM ('2026-12-01 00:00:00+00') TO ('2027-01-01 00:00:00+00')");
    test_ok(data_partition_ensure(conn, "fix", at("2024-02-29T12:00:00Z"), &test_diag));
}

static void refuses_what_has_no_partitions(void **state)
{
    (void)state;
    AUTO(data_conn) conn = test_conn();
    assert_int_equal(data_partition_ensure(conn, "building", 0, &test_diag), BASE_INVALID);
    assert_int_equal(data_partition_ensure(conn, "fix", INT64_MAX, &test_diag), BASE_INVALID);
}

static void *ensure(void *conninfo)
{
    struct base_diag diag = {""};
    AUTO(data_conn) conn = NULL;
    enum base_err err = data_conn_open(conninfo, "test", &diag, &conn);
    for (int day = 0; day < 10 && !err; day++) {
        err = data_partition_ensure(conn, "event", day * INT64_C(86400000000), &diag);
    }
    return (void *)(uintptr_t)err;
}

static void several_workers_at_once(void **state)
{
    (void)state;
    const char *conninfo = fixture_database();
    pthread_t threads[4];
    for (size_t i = 0; i < BASE_COUNT(threads); i++) {
        assert_int_equal(pthread_create(&threads[i], NULL, ensure, (void *)(uintptr_t)conninfo), 0);
    }
    for (size_t i = 0; i < BASE_COUNT(threads); i++) {
        void *err;
        pthread_join(threads[i], &err);
        assert_int_equal((uintptr_t)err, BASE_OK);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(days_and_months),
        cmocka_unit_test(refuses_what_has_no_partitions),
        cmocka_unit_test(several_workers_at_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
