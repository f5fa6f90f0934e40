/* base/buf.c: growth, the ceiling, and the failure that sticks. */
#include "base/base.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void grows_and_keeps_its_bytes(void **state)
{
    (void)state;
    AUTO_VALUE(base_buf) buf;
    base_buf_init(&buf, 1 << 20);
    for (int i = 0; i < 1000; i++) {
        base_buf_printf(&buf, "%d,", i);
    }
    assert_int_equal(buf.err, BASE_OK);
    assert_int_equal(buf.len, 10 * 2 + 90 * 3 + 900 * 4);
    assert_memory_equal(buf.data, "0,1,2,3,", 8);
    assert_string_equal(base_buf_cstr(&buf) + buf.len - 8, "998,999,");
}

static void writes_network_order(void **state)
{
    (void)state;
    AUTO_VALUE(base_buf) buf;
    base_buf_init(&buf, 64);
    base_buf_u8(&buf, 1);
    base_buf_u16be(&buf, 0x0203);
    base_buf_u32be(&buf, 0x04050607);
    base_buf_u64be(&buf, 0x08090A0B0C0D0E0FULL);
    const unsigned char want[] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
    assert_int_equal(buf.len, sizeof want);
    assert_memory_equal(buf.data, want, sizeof want);
}

static void failure_sticks_until_reset(void **state)
{
    (void)state;
    AUTO_VALUE(base_buf) buf;
    base_buf_init(&buf, 8);
    base_buf_text(&buf, "12345678");
    assert_int_equal(buf.err, BASE_OK);
    base_buf_text(&buf, "9");
    assert_int_equal(buf.err, BASE_LIMIT);
    base_buf_append(&buf, "", 0);
    assert_int_equal(buf.len, 8);
    assert_string_equal(base_buf_cstr(&buf), "");
    base_buf_reset(&buf);
    base_buf_text(&buf, "ok");
    assert_string_equal(base_buf_cstr(&buf), "ok");
}

/* An empty append gives no pointer arithmetic on NULL (UBSan), and room for nothing is no failure. */
static void nothing_into_nothing(void **state)
{
    (void)state;
    AUTO_VALUE(base_buf) buf;
    base_buf_init(&buf, 64);
    base_buf_append(&buf, NULL, 0);
    base_buf_text(&buf, "");
    assert_non_null(base_buf_reserve(&buf, 0));
    assert_int_equal(buf.err, BASE_OK);
    assert_int_equal(buf.len, 0);
    assert_string_equal(base_buf_cstr(&buf), "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(grows_and_keeps_its_bytes),
        cmocka_unit_test(writes_network_order),
        cmocka_unit_test(failure_sticks_until_reset),
        cmocka_unit_test(nothing_into_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
