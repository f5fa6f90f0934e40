/* data/array.c: arrays as parameters arrive as what was put in. */
#include "data_test.h"

static struct base_id id_of(unsigned char number)
{
    struct base_id id;
    memset(id.bytes, number, sizeof id.bytes);
    return id;
}

static void mark(struct data_conn *conn, const int64_t *times, size_t count)
{
    AUTO_VALUE(base_buf) ids;
    AUTO_VALUE(base_buf) from;
    base_buf_init(&ids, 4096);
    base_buf_init(&from, 4096);
    data_array_begin(&ids, DATA_ARRAY_ID, count);
    data_array_begin(&from, DATA_ARRAY_TIME, count);
    for (size_t i = 0; i < count; i++) {
        data_array_id(&ids, id_of((unsigned char)(i + 1)));
        data_array_time(&from, times[i]);
    }
    assert_int_equal(ids.err, BASE_OK);
    assert_int_equal(from.err, BASE_OK);
    test_ok(data_run(conn, DATA_STRETCH_MARK,
                     DATA_ARGS(data_i64(7), data_bytes(base_buf_str(&ids)), data_bytes(base_buf_str(&from)),
                               data_bytes(base_buf_str(&from))),
                     &test_diag, NULL));
}

static void ids_and_times(void **state)
{
    (void)state;
    AUTO(data_conn) conn = test_conn();
    mark(conn, NULL, 0);
    assert_string_equal(test_value(conn, "select count(*) from stretch"), "0");
    mark(conn, (const int64_t[]){INT64_C(1790000000123456), -1}, 2);
    assert_string_equal(test_value(conn, "select string_agg(estate_id || ' ' || subject || ' ' || extract(epoch from "
                                         "t_from), ', ' order by subject) from stretch"),
                        "7 01010101-0101-0101-0101-010101010101 1790000000.123456, "
                        "7 02020202-0202-0202-0202-020202020202 -0.000001");
}

static void numbers(void **state)
{
    (void)state;
    AUTO(data_conn) conn = test_conn();
    AUTO(data_rows) rows = NULL;
    AUTO_VALUE(base_buf) estates;
    AUTO_VALUE(base_buf) subjects;
    base_buf_init(&estates, 4096);
    base_buf_init(&subjects, 4096);
    test_sql(conn, "insert into asset_state (estate_id, subject, subject_type, source_id, label, label_en, t_event, "
                   "t_recv, lon, lat, place_method) select n, '03030303-0303-0303-0303-030303030303', 'guard', 1, 'a', "
                   "'a', now(), now(), 0, 0, 'none' from unnest(array[-5, 5, 6]::bigint[]) n");
    data_array_begin(&estates, DATA_ARRAY_I64, 2);
    data_array_begin(&subjects, DATA_ARRAY_ID, 2);
    data_array_i64(&estates, -5);
    data_array_i64(&estates, 6);
    data_array_id(&subjects, id_of(3));
    data_array_id(&subjects, id_of(3));
    test_ok(data_run(conn, DATA_INGEST_EXPIRE_STATE,
                     DATA_ARGS(data_bytes(base_buf_str(&estates)), data_bytes(base_buf_str(&subjects))), &test_diag,
                     &rows));
    assert_string_equal(test_value(conn, "select string_agg(estate_id::text, ',') from asset_state"), "5");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ids_and_times),
        cmocka_unit_test(numbers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
