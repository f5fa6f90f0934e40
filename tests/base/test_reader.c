/* base/reader.c: byte orders, and reads past the end that fail without reading. */
#include "base/base.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void reads_both_orders(void **state)
{
    (void)state;
    const unsigned char bytes[] = {1, 0, 2, 0,    0,    0,    3,    4, 0, 0, 0, 0, 0, 0,
                                   0, 0, 0, 0xF0, 0x3F, 0x3F, 0xF0, 0, 0, 0, 0, 0, 0};
    struct base_reader reader = base_reader_of(bytes, sizeof bytes);
    assert_int_equal(base_reader_u8(&reader), 1);
    assert_int_equal(base_reader_u16be(&reader), 2);
    assert_int_equal(base_reader_u32be(&reader), 3);
    assert_int_equal(base_reader_u32le(&reader), 4);
    assert_true(base_reader_f64le(&reader) == 1.0);
    assert_true(base_reader_f64be(&reader) == 1.0);
    assert_int_equal(base_reader_left(&reader), 0);
    assert_false(reader.failed);
}

static void a_short_read_fails_and_stays_failed(void **state)
{
    (void)state;
    struct base_reader reader = base_reader_of("abc", 3);
    assert_int_equal(base_reader_u32be(&reader), 0);
    assert_true(reader.failed);
    assert_int_equal(base_reader_u8(&reader), 0); /* three bytes are left, but the caller is out of step */
    reader = base_reader_of("abc", 3);
    assert_int_equal(base_reader_bytes(&reader, SIZE_MAX).len, 0);
    assert_true(reader.failed);
    reader = base_reader_of("abc", 3);
    assert_true(base_str_is(base_reader_bytes(&reader, 3), "abc"));
    assert_false(reader.failed);
    reader = base_reader_of(NULL, 0);
    assert_int_equal(base_reader_u8(&reader), 0);
    assert_true(reader.failed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_both_orders),
        cmocka_unit_test(a_short_read_fails_and_stays_failed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
