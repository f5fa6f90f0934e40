/* data/run.c, data/conn.c and data/listen.c: parameters out, values back, failures told apart. */
#include "data_test.h"

#include <unistd.h>

static void parameters_and_columns(void **state)
{
    (void)state;
    AUTO(data_conn) conn = test_conn();
    AUTO(data_rows) made = NULL;
    test_ok(data_run(conn, DATA_SOURCE_UPSERT,
                     DATA_ARGS(data_text("phones"), data_text("{owntracks/#,\"a b/+\"}"), data_text("owntracks"),
                               data_text("guard"), data_text("Asia/Shanghai"), data_text("gcj02"), data_i64(0),
                               data_text("patrol rounds"), data_text("7d")),
                     &test_diag, &made));
    assert_int_equal(data_rows_count(made), 1);
    AUTO(data_rows) rows = NULL;
    test_ok(data_run(conn, DATA_SOURCE_LIST, DATA_NO_ARGS, &test_diag, &rows));
    assert_int_equal(data_rows_count(rows), 1);
    assert_true(data_rows_i64(rows, 0, 0) == data_rows_i64(made, 0, 0));
    assert_string_equal(data_rows_text(rows, 0, 3), "owntracks/#\na b/+");
    assert_string_equal(data_rows_text(rows, 0, 5), "guard");
    assert_int_equal(data_rows_i64(rows, 0, 9), 7 * 86400);
    assert_true(data_rows_null(rows, 0, 18));
    assert_null(data_rows_text(rows, 0, 18));
}

static void a_running_shift_is_carried_on(void **state)
{
    (void)state;
    AUTO(data_conn) conn = test_conn();
    struct data_arg shift[] = {data_text("phones"), data_null(),  data_text("guard"), data_text("巡逻"),
                               data_text("Patrol"), data_time(0), data_time(1000000)};
    AUTO(data_rows) none = NULL;
    test_ok(data_run(conn, DATA_SHIFT_OPEN, shift, BASE_COUNT(shift), &test_diag, &none));
    assert_int_equal(data_rows_count(none), 0); /* no such source */
    test_sql(conn,
             "insert into source (name, topics, format, estate_id, purpose) values ('phones', '{x}', 'owntracks', "
             "0, 'test')");
    int64_t now = base_clock_now_us();
    shift[5] = data_time(now);
    shift[6] = data_time(now + INT64_C(3600000000));
    AUTO(data_rows) first = NULL;
    AUTO(data_rows) second = NULL;
    test_ok(data_run(conn, DATA_SHIFT_OPEN, shift, BASE_COUNT(shift), &test_diag, &first));
    shift[6] = data_time(now + INT64_C(7200000000));
    test_ok(data_run(conn, DATA_SHIFT_OPEN, shift, BASE_COUNT(shift), &test_diag, &second));
    assert_true(data_rows_i64(first, 0, 0) == data_rows_i64(second, 0, 0));
    assert_string_equal(test_value(conn, "select count(*) || ' ' || max(ends_at - starts_at) from shift"),
                        "1 02:00:00");
}

static void refused_is_not_away(void **state)
{
    (void)state;
    AUTO(data_conn) conn = test_conn();
    assert_int_equal(data_run(conn, DATA_SOURCE_REMOVE, DATA_NO_ARGS, &test_diag, NULL), BASE_DATABASE);
    assert_non_null(strstr(test_diag.text, "source_remove"));
    assert_true(data_conn_good(conn));
    test_ok(data_begin(conn, &test_diag));
    assert_int_equal(data_conn_command(conn, "test", "select 1/0", &test_diag), BASE_DATABASE);
    assert_int_equal(data_commit(conn, &test_diag), BASE_DATABASE); /* never a silent rollback */
}

/* Diags are logged; rows hold what logs must not. */
static void a_failing_row_is_not_told(void **state)
{
    (void)state;
    AUTO(data_conn) conn = test_conn();
    struct data_copy copy;
    test_ok(
        data_copy_begin(&copy, conn, "building",
                        "estate_id, dataset, key, name, levels, levels_source, height_m, height_source, area_m2, lon, "
                        "lat, geom",
                        &test_diag));
    data_copy_row(&copy, 12);
    data_copy_i64(&copy, 0);
    data_copy_text(&copy, "d");
    data_copy_text(&copy, "k");
    data_copy_text(&copy, "secret");
    data_copy_i16(&copy, 0); /* not from 1 to 200 */
    data_copy_text(&copy, "given");
    data_copy_f32(&copy, 3);
    data_copy_text(&copy, "levels");
    data_copy_f32(&copy, 1);
    data_copy_f64(&copy, 121.5);
    data_copy_f64(&copy, 31.2);
    data_copy_bytes(&copy, (struct base_str){"\x01\x06\0\0\0\0\0\0\0", 9});
    assert_int_equal(data_copy_end(&copy, BASE_OK, &test_diag), BASE_DATABASE);
    assert_non_null(strstr(test_diag.text, "building_levels_check"));
    assert_non_null(strstr(test_diag.text, "23514"));
    assert_null(strstr(test_diag.text, "secret"));
    assert_null(strstr(test_diag.text, "COPY"));
}

static void infinity_is_the_end_of_the_scale(void **state)
{
    (void)state;
    AUTO(data_conn) conn = test_conn();
    static const struct {
        const char *sql;
        int64_t value;
    } known[] = {{"select timestamptz 'infinity'", INT64_MAX},
                 {"select timestamptz '-infinity'", INT64_MIN},
                 {"select timestamptz '294276-12-31 23:59:59+00'", INT64_MAX}, /* its last day, past ours */
                 {"select timestamptz '1970-01-01 00:00:01+00'", 1000000}};
    for (size_t i = 0; i < BASE_COUNT(known); i++) {
        PGresult *result = PQexecParams(conn->pg, known[i].sql, 0, NULL, NULL, NULL, NULL, 1);
        assert_true(data_rows_time((const struct data_rows *)result, 0, 0) == known[i].value);
        PQclear(result);
    }
    assert_true(data_run_time_out(INT64_MAX) == INT64_MAX);
    assert_true(data_run_time_out(INT64_MIN) == INT64_MIN);
    assert_true(data_run_time_out(INT64_MIN + 1) == INT64_MIN);
    assert_true(data_run_time_out(0) == -DATA_EPOCH_US);
}

static void hints_are_told(void **state)
{
    (void)state;
    AUTO(data_conn) conn = test_conn();
    assert_int_equal(data_conn_command(conn, "test", "select nothing_like_it(1)", &test_diag), BASE_DATABASE);
    assert_non_null(strstr(test_diag.text, "nothing_like_it"));
    assert_non_null(strstr(test_diag.text, "hint: "));
}

static void away_is_told(void **state)
{
    (void)state;
    const char *conninfo = fixture_database();
    AUTO(data_conn) victim = NULL;
    AUTO(data_conn) killer = NULL;
    test_ok(data_conn_open(conninfo, "test", &test_diag, &victim));
    test_ok(data_conn_open(conninfo, "test", &test_diag, &killer));
    char sql[80];
    snprintf(sql, sizeof sql, "select pg_terminate_backend(%d, 5000)", data_conn_backend_pid(victim));
    assert_string_equal(test_value(killer, sql), "t");
    assert_int_equal(data_run(victim, DATA_SOURCE_LIST, DATA_NO_ARGS, &test_diag, NULL), BASE_DATABASE_AWAY);
    data_rollback(victim);
    assert_false(data_conn_good(victim));
    struct data_conn *none = NULL;
    assert_int_equal(data_conn_open("host=127.0.0.1 port=1 dbname=x", "test", &test_diag, &none), BASE_DATABASE_AWAY);
    assert_null(none);
}

static void notices_wake(void **state)
{
    (void)state;
    const char *conninfo = fixture_database();
    AUTO(data_conn) listener = NULL;
    AUTO(data_conn) sender = NULL;
    test_ok(data_conn_open(conninfo, "test", &test_diag, &listener));
    test_ok(data_conn_open(conninfo, "test", &test_diag, &sender));
    test_ok(data_listen(listener, "hutong_test", &test_diag));
    bool noticed = true;
    test_ok(data_listen_wait(listener, 1, &test_diag, &noticed));
    assert_false(noticed);
    test_sql(sender, "notify hutong_test");
    for (int i = 0; i < 100 && !noticed; i++) {
        test_ok(data_listen_wait(listener, 100, &test_diag, &noticed));
    }
    assert_true(noticed);
    test_ok(data_listen_wait(listener, 1, &test_diag, &noticed));
    assert_false(noticed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parameters_and_columns), cmocka_unit_test(a_running_shift_is_carried_on),
        cmocka_unit_test(refused_is_not_away),    cmocka_unit_test(away_is_told),
        cmocka_unit_test(notices_wake),           cmocka_unit_test(a_failing_row_is_not_told),
        cmocka_unit_test(hints_are_told),         cmocka_unit_test(infinity_is_the_end_of_the_scale),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
