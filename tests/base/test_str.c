/* base/str.c: splitting, numbers, UTF-8. */
#include "base/base.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void splits(void **state)
{
    (void)state;
    struct base_str rest = base_str_of("a//bc");
    struct base_str part;
    assert_true(base_str_next(&rest, '/', &part) && base_str_is(part, "a"));
    assert_true(base_str_next(&rest, '/', &part) && base_str_is(part, ""));
    assert_true(base_str_next(&rest, '/', &part) && base_str_is(part, "bc"));
    assert_false(base_str_next(&rest, '/', &part));
    rest = base_str_of("");
    assert_true(base_str_next(&rest, '/', &part) && part.len == 0);
    assert_false(base_str_next(&rest, '/', &part));
    assert_true(base_str_is(base_str_trim(base_str_of(" \t x y\r\n")), "x y"));
}

static void reads_whole_numbers(void **state)
{
    (void)state;
    int64_t value = 7;
    assert_true(base_str_i64(base_str_of("-9223372036854775808"), &value));
    assert_true(value == INT64_MIN);
    assert_true(base_str_i64(base_str_of("+9223372036854775807"), &value));
    assert_true(value == INT64_MAX);
    const char *wrong[] = {"", "-", "+", "9223372036854775808", "1 ", " 1", "1.0", "0x10", "１"};
    for (size_t i = 0; i < BASE_COUNT(wrong); i++) {
        value = 7;
        assert_false(base_str_i64(base_str_of(wrong[i]), &value));
        assert_int_equal(value, 7);
    }
}

static void reads_real_numbers(void **state)
{
    (void)state;
    double value = 7;
    assert_true(base_str_f64(base_str_of("-12.5e1"), &value) && value == -125.0);
    assert_true(base_str_f64(base_str_of(".5"), &value) && value == 0.5);
    const char *wrong[] = {"", "nan", "inf", "1e999", "0x1p3", "1,5", " 1", "1 ", "--1", "infinity", "1_000"};
    for (size_t i = 0; i < BASE_COUNT(wrong); i++) {
        value = 7;
        assert_false(base_str_f64(base_str_of(wrong[i]), &value));
        assert_true(value == 7);
    }
}

static void knows_utf8(void **state)
{
    (void)state;
    const char *good[] = {"", "abc", "é", "楼栋", "\xF0\x9F\x8F\xA0", "\xEF\xBF\xBF", "\xF4\x8F\xBF\xBF"};
    for (size_t i = 0; i < BASE_COUNT(good); i++) {
        assert_true(base_str_utf8(base_str_of(good[i])));
    }
    const char *bad[] = {"\x80",
                         "\xC0\x80",
                         "\xC3",
                         "\xE0\x80\x80",
                         "\xED\xA0\x80",
                         "\xF0\x80\x80\x80",
                         "\xF4\x90\x80\x80",
                         "\xF8\x88\x80\x80\x80",
                         "a\xFF",
                         "\xE6\xA5",
                         "\xE6\xA5x"};
    for (size_t i = 0; i < BASE_COUNT(bad); i++) {
        assert_false(base_str_utf8(base_str_of(bad[i])));
    }
    assert_false(base_str_utf8((struct base_str){"a\0b", 3}));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(splits),
        cmocka_unit_test(reads_whole_numbers),
        cmocka_unit_test(reads_real_numbers),
        cmocka_unit_test(knows_utf8),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
