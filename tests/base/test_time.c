/* base/time.c: RFC 3339 both ways over the whole range, and spans. */
#include "base/base.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <time.h>

static void agrees_with_the_c_library(void **state)
{
    (void)state;
    char ours[BASE_TIME_TEXT], theirs[64];
    for (int64_t second = INT64_C(-62167219200); second <= INT64_C(253402300799);
         second += INT64_C(86400) * 37 + 4567) {
        time_t when = (time_t)second;
        struct tm parts;
        gmtime_r(&when, &parts);
        snprintf(theirs, sizeof theirs, "%04d-%02d-%02dT%02d:%02d:%02dZ", parts.tm_year + 1900, parts.tm_mon + 1,
                 parts.tm_mday, parts.tm_hour, parts.tm_min, parts.tm_sec);
        assert_string_equal(base_time_out(second * 1000000, ours), theirs);
        int64_t back;
        assert_true(base_time_in(base_str_of(ours), &back));
        assert_true(back == second * 1000000);
    }
    assert_string_equal(base_time_out(INT64_MAX, ours), "");
    assert_string_equal(base_time_out(INT64_MIN, ours), "");
}

static void keeps_fractions(void **state)
{
    (void)state;
    char text[BASE_TIME_TEXT];
    int64_t value;
    assert_string_equal(base_time_out(-1, text), "1969-12-31T23:59:59.999999Z");
    assert_string_equal(base_time_out(1500, text), "1970-01-01T00:00:00.001500Z");
    assert_true(base_time_in(base_str_of("1970-01-01T08:00:00.1234567+08:00"), &value));
    assert_true(value == 123456);
    assert_true(base_time_in(base_str_of("1969-12-31 23:59:59.5z"), &value));
    assert_true(value == -500000);
}

static void refuses_what_is_no_time(void **state)
{
    (void)state;
    const char *wrong[] = {"",
                           "2026-02-29T00:00:00Z",
                           "2026-13-01T00:00:00Z",
                           "2026-01-01T24:00:00Z",
                           "2026-01-01T00:00:00",
                           "2026-01-01T00:00:00.Z",
                           "2026-01-01T00:00:00+0800",
                           "2026-01-01T00:00:00Zx",
                           "2026-1-1T00:00:00Z",
                           "+026-01-01T00:00:00Z"};
    for (size_t i = 0; i < BASE_COUNT(wrong); i++) {
        int64_t value;
        assert_false(base_time_in(base_str_of(wrong[i]), &value));
    }
}

static void counts_days(void **state)
{
    (void)state;
    int64_t year = 0;
    int month = 0, day = 0;
    assert_int_equal(base_time_days(1970, 1, 1), 0);
    assert_int_equal(base_time_days(2000, 2, 29), 11016);
    assert_int_equal(base_time_days(1969, 12, 31), -1);
    base_time_date(11016, &year, &month, &day);
    assert_true(year == 2000 && month == 2 && day == 29);
    base_time_date(-1, &year, &month, &day);
    assert_true(year == 1969 && month == 12 && day == 31);
    assert_int_equal(base_time_month_days(1900, 2), 28);
    assert_int_equal(base_time_month_days(2000, 2), 29);
    assert_int_equal(base_time_month_days(2026, 11), 30);
}

static void reads_spans(void **state)
{
    (void)state;
    int64_t value;
    assert_true(base_time_span_in(base_str_of("30d"), &value) && value == INT64_C(2592000000000));
    assert_true(base_time_span_in(base_str_of("1.5h"), &value) && value == INT64_C(5400000000));
    assert_true(base_time_span_in(base_str_of("250ms"), &value) && value == 250000);
    assert_false(base_time_span_in(base_str_of("30"), &value));
    assert_false(base_time_span_in(base_str_of("d"), &value));
    assert_false(base_time_span_in(base_str_of("-1d"), &value));
    assert_false(base_time_span_in(base_str_of("999999999999d"), &value));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(agrees_with_the_c_library),
        cmocka_unit_test(keeps_fractions),
        cmocka_unit_test(refuses_what_is_no_time),
        cmocka_unit_test(counts_days),
        cmocka_unit_test(reads_spans),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
