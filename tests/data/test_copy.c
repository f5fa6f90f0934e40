/* data/copy.c: every type of field arrives as it was sent; a sender that gives up leaves nothing. */
#include "data/conn_private.h"
#include "data_test.h"

#include <math.h>

static void every_type_arrives(void **state)
{
    (void)state;
    AUTO(data_conn) conn = test_conn();
    test_sql(conn, "create temp table stage (b bool, i2 int2, i4 int4, i8 int8, f4 real, f8 float8, t text, "
                   "j jsonb, y bytea, u uuid, z timestamptz, n text)");
    struct data_copy copy;
    test_ok(data_copy_begin(&copy, conn, "stage", "b, i2, i4, i8, f4, f8, t, j, y, u, z, n", &test_diag));
    struct base_id id = {{0xAB, 0xCD}};
    data_copy_row(&copy, 12);
    data_copy_bool(&copy, true);
    data_copy_i16(&copy, -2);
    data_copy_i32(&copy, -4);
    data_copy_i64(&copy, INT64_MIN);
    data_copy_f32(&copy, 1.5f);
    data_copy_f64(&copy, -1e-300);
    data_copy_text(&copy, "楼\t\\N");
    data_copy_jsonb(&copy, base_str_of("{\"a\": 1}"));
    data_copy_bytes(&copy, (struct base_str){"\0\xff", 2});
    data_copy_id(&copy, id);
    data_copy_time(&copy, INT64_C(1700000000123456));
    data_copy_null(&copy);
    data_copy_row(&copy, 12);
    for (int i = 0; i < 4; i++) {
        data_copy_null(&copy);
    }
    data_copy_f32(&copy, NAN);
    data_copy_f64(&copy, NAN);
    data_copy_text(&copy, NULL);
    data_copy_jsonb(&copy, (struct base_str){NULL, 0});
    for (int i = 0; i < 4; i++) {
        data_copy_null(&copy);
    }
    test_ok(data_copy_end(&copy, BASE_OK, &test_diag));
    assert_string_equal(test_value(conn, "select concat_ws('|', b, i2, i4, i8, f4, f8, t, j, y, u, z, n is null) from "
                                         "stage where b"),
                        "t|-2|-4|-9223372036854775808|1.5|-1e-300|楼\t\\N|{\"a\": 1}|\\x00ff|"
                        "abcd0000-0000-0000-0000-000000000000|2023-11-14 22:13:20.123456+00|t");
    assert_string_equal(test_value(conn, "select num_nonnulls(b, i2, i4, i8, f4, f8, t, j, y, u, z, n) from stage "
                                         "where b is null"),
                        "0");
}

/* A grid of so many cells, some of it set. */
static uint32_t pattern(uint8_t *bits, uint32_t count, uint32_t every)
{
    uint32_t set = 0;
    memset(bits, 0, (count + 7) / 8);
    for (uint32_t i = 0; i < count; i += every, set++) {
        bits[i / 8] |= (uint8_t)(0x80 >> i % 8);
    }
    return set;
}

/* Bitmaps of equal length join and count in SQL; those of other lengths are refused. */
static void bits_arrive_and_join(void **state)
{
    (void)state;
    enum { COUNT = 100003, BYTES = (COUNT + 7) / 8 };
    AUTO(data_conn) conn = test_conn();
    static uint8_t threes[BYTES], fives[BYTES];
    uint32_t three = pattern(threes, COUNT, 3), five = pattern(fives, COUNT, 5);
    const uint8_t few[] = {0xa5, 0x80};
    struct data_copy copy;
    test_sql(conn, "create temp table stage (n int8, cells bit varying)");
    test_ok(data_copy_begin(&copy, conn, "stage", "n, cells", &test_diag));
    for (int64_t i = 0; i < 4; i++) {
        data_copy_row(&copy, 2);
        data_copy_i64(&copy, i);
        data_copy_bits(&copy, i < 2 ? i ? fives : threes : few, i < 2 ? COUNT : i == 2 ? 9 : 0);
    }
    test_ok(data_copy_end(&copy, BASE_OK, &test_diag));
    assert_string_equal(test_value(conn, "select string_agg(cells::text, '|' order by n) from stage where n > 1"),
                        "101001011|");
    char expected[64];
    snprintf(expected, sizeof expected, "%u %u", three + five - (COUNT + 14) / 15, COUNT);
    assert_string_equal(test_value(conn, "select bit_count(bit_or(cells)) || ' ' || length(bit_or(cells)) from stage "
                                         "where n < 2"),
                        expected);
    snprintf(expected, sizeof expected, "%u %u t", three, three + five - (COUNT + 14) / 15);
    assert_string_equal(
        test_value(conn, "select bit_count(any_cells & mask) || ' ' || bit_count(any_cells | mask) || ' ' || "
                         "((select bit_or(cells) from stage where n > 9) is null)::text::char from (select "
                         "bit_or(cells)::bit varying as any_cells, (select cells from stage where n = 0) as mask from "
                         "stage where n < 2) joined"),
        expected);
    assert_int_equal(data_conn_command(conn, "test", "select bit_or(cells) from stage", &test_diag), BASE_DATABASE);
    assert_non_null(strstr(test_diag.text, "different sizes"));
}

/* As a parameter, and back as a column. */
static void bits_return(void **state)
{
    (void)state;
    AUTO(data_conn) conn = test_conn();
    AUTO_VALUE(base_buf) buf;
    uint8_t bits[9] = {0};
    base_buf_init(&buf, 1024);
    for (uint32_t count = 0; count <= 8 * sizeof bits; count++) {
        AUTO(data_rows) rows = NULL;
        uint32_t returned = 99, none = 99;
        uint32_t set = pattern(bits, count, 2);
        data_array_bits(&buf, bits, count);
        struct data_arg arg = data_bytes(base_buf_str(&buf));
        const char *value;
        int length, format;
        uint64_t room;
        data_run_bind(&arg, &room, &value, &length, &format);
        PGresult *result = PQexecParams(conn->pg, "select $1::bit varying, bit_count($1), null::bit varying, ''::bytea",
                                        1, NULL, &value, &length, &format, 1);
        test_ok(data_run_result(conn, result, "test", &test_diag, &rows));
        struct base_str again = data_rows_bits(rows, 0, 0, &returned);
        assert_int_equal(returned, count);
        assert_int_equal(again.len, (count + 7) / 8);
        assert_memory_equal(again.at, bits, again.len);
        assert_int_equal(data_rows_i64(rows, 0, 1), set);
        assert_null(data_rows_bits(rows, 0, 2, &none).at);
        assert_int_equal(none, 0);
        assert_null(data_rows_bits(rows, 0, 3, &none).at); /* no bits at all */
    }
}

static void large_copies_leave_in_pieces(void **state)
{
    (void)state;
    AUTO(data_conn) conn = test_conn();
    test_sql(conn, "create temp table stage (n int8, t text)");
    struct data_copy copy;
    test_ok(data_copy_begin(&copy, conn, "stage", "n, t", &test_diag));
    size_t most = 0;
    for (int64_t i = 0; i < 200000; i++) {
        data_copy_row(&copy, 2);
        data_copy_i64(&copy, i);
        data_copy_text(&copy, "some text of a row");
        test_ok(data_copy_flush(&copy, &test_diag));
        most = copy.buf.len > most ? copy.buf.len : most;
    }
    test_ok(data_copy_end(&copy, BASE_OK, &test_diag));
    assert_true(most < 512 * 1024);
    assert_string_equal(test_value(conn, "select count(*) || ' ' || sum(n) from stage"), "200000 19999900000");
}

static void giving_up_leaves_nothing(void **state)
{
    (void)state;
    AUTO(data_conn) conn = test_conn();
    test_sql(conn, "create temp table stage (n int8)");
    struct data_copy copy;
    test_ok(data_copy_begin(&copy, conn, "stage", "n", &test_diag));
    data_copy_row(&copy, 1);
    data_copy_i64(&copy, 1);
    assert_int_equal(data_copy_end(&copy, BASE_LIMIT, &test_diag), BASE_LIMIT);
    assert_string_equal(test_value(conn, "select count(*) from stage"), "0");
}

static void the_server_refuses_a_wrong_row(void **state)
{
    (void)state;
    AUTO(data_conn) conn = test_conn();
    test_sql(conn, "create temp table stage (n int8 check (n > 0))");
    struct data_copy copy;
    assert_int_equal(data_copy_begin(&copy, conn, "nowhere", "n", &test_diag), BASE_DATABASE);
    test_ok(data_copy_begin(&copy, conn, "stage", "n", &test_diag));
    data_copy_row(&copy, 1);
    data_copy_i64(&copy, -1);
    assert_int_equal(data_copy_end(&copy, BASE_OK, &test_diag), BASE_DATABASE);
    assert_non_null(strstr(test_diag.text, "check constraint"));
    assert_true(data_conn_good(conn));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_type_arrives),
        cmocka_unit_test(bits_arrive_and_join),
        cmocka_unit_test(bits_return),
        cmocka_unit_test(large_copies_leave_in_pieces),
        cmocka_unit_test(giving_up_leaves_nothing),
        cmocka_unit_test(the_server_refuses_a_wrong_row),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
