/* data/read.c: rows come as they are, one by one, and whatever happens the connection is free afterwards. */
#include "data_test.h"

struct seen {
    size_t count, stop_at;
    int64_t ids[4];
};

static enum base_err take(void *of, const struct data_field *row)
{
    struct seen *seen = of;
    if (seen->count < 4) {
        seen->ids[seen->count] = data_field_i64(row[0]);
    }
    seen->count++;
    return seen->count == seen->stop_at ? BASE_LIMIT : BASE_OK;
}

static void make_shifts(struct data_conn *conn)
{
    test_sql(conn, "insert into source (id, estate_id, name, topics, format, purpose) values (1, 0, 's', '{x}', "
                   "'owntracks', 'test')");
    test_sql(conn, "insert into shift (estate_id, id, source_id, subject_type, label, label_en, starts_at, ends_at) "
                   "select 0, n, 1, 'guard', 'x', 'x', to_timestamp(n), to_timestamp(n + 0.5) from generate_series(1, "
                   "3000) n");
}

static enum base_err read_shifts(struct data_conn *conn, int64_t from_us, int64_t to_us, struct seen *seen)
{
    return data_read(conn, DATA_TRACK_SHIFTS, DATA_ARGS(data_i64(0), data_time(from_us), data_time(to_us), data_null()),
                     take, seen, &test_diag);
}

static void rows_come_by_times_and_numbers(void **state)
{
    (void)state;
    AUTO(data_conn) conn = test_conn();
    struct seen seen = {.count = 0};
    make_shifts(conn);
    test_ok(read_shifts(conn, 10250000, 12000001, &seen));
    assert_int_equal(seen.count, 3);
    assert_int_equal(seen.ids[0], 10);
    assert_int_equal(seen.ids[2], 12);
    seen.count = 0;
    test_ok(read_shifts(conn, INT64_MIN, INT64_MAX, &seen)); /* infinite */
    assert_int_equal(seen.count, 3000);
}

static void the_visitor_may_end_it(void **state)
{
    (void)state;
    AUTO(data_conn) conn = test_conn();
    struct seen seen = {.stop_at = 2};
    make_shifts(conn);
    test_ok(data_begin(conn, &test_diag));
    assert_int_equal(read_shifts(conn, INT64_MIN, INT64_MAX, &seen), BASE_LIMIT);
    assert_int_equal(seen.count, 2);
    seen = (struct seen){.count = 0};
    test_ok(read_shifts(conn, INT64_MIN, INT64_MAX, &seen)); /* the transaction goes on */
    assert_int_equal(seen.count, 3000);
    test_ok(data_commit(conn, &test_diag));
}

static void what_cannot_be_written_into_the_text_is_refused(void **state)
{
    (void)state;
    AUTO(data_conn) conn = test_conn();
    struct seen seen = {.count = 0};
    assert_int_equal(data_read(conn, DATA_TRACK_SHIFTS,
                               DATA_ARGS(data_text("0'); drop table fix; --"), data_time(0), data_time(1), data_null()),
                               take, &seen, &test_diag),
                     BASE_USAGE);
    assert_int_equal(read_shifts(conn, INT64_MIN / 2, 0, &seen), BASE_USAGE); /* no year of ours */
    assert_int_equal(data_read(conn, DATA_TRACK_SHIFTS, DATA_NO_ARGS, take, &seen, &test_diag), BASE_DATABASE);
    assert_non_null(strstr(test_diag.text, "track_shifts"));
    test_ok(read_shifts(conn, 0, 1, &seen));
    assert_int_equal(seen.count, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_come_by_times_and_numbers),
        cmocka_unit_test(the_visitor_may_end_it),
        cmocka_unit_test(what_cannot_be_written_into_the_text_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
