/* base/json_out.c: commas, escapes, numbers; what it writes, base/json_in.c reads. */
#include "base/base.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <math.h>

static void writes_commas_and_levels(void **state)
{
    (void)state;
    AUTO_VALUE(base_buf) buf;
    base_buf_init(&buf, 4096);
    struct base_json_out out = base_json_out_of(&buf);
    base_json_out_object(&out);
    base_json_out_key(&out, "a");
    base_json_out_array(&out);
    base_json_out_i64(&out, -1);
    base_json_out_object(&out);
    base_json_out_object_end(&out);
    base_json_out_bool(&out, true);
    base_json_out_text(&out, NULL);
    base_json_out_array_end(&out);
    base_json_out_key(&out, "t");
    base_json_out_time(&out, INT64_C(1700000000123000));
    base_json_out_key(&out, "r");
    base_json_out_raw(&out, base_str_of("{\"x\":1}"));
    base_json_out_object_end(&out);
    assert_string_equal(base_buf_cstr(&buf),
                        "{\"a\":[-1,{},true,null],\"t\":\"2023-11-14T22:13:20.123Z\",\"r\":{\"x\":1}}");
}

static void writes_numbers_plainly(void **state)
{
    (void)state;
    AUTO_VALUE(base_buf) buf;
    base_buf_init(&buf, 4096);
    struct base_json_out out = base_json_out_of(&buf);
    base_json_out_array(&out);
    base_json_out_f64(&out, 121.4, 7);
    base_json_out_f64(&out, -0.00000001, 3);
    base_json_out_f64(&out, 100, 0);
    base_json_out_f64(&out, 1e300, 1);
    base_json_out_f64(&out, NAN, 2);
    base_json_out_array_end(&out);
    AUTO(base_json) json = NULL;
    assert_int_equal(base_json_in_parse(buf.data, buf.len, NULL, &json), BASE_OK);
    assert_memory_equal(buf.data, "[121.4,0,100,1.0000000000000001e+300,", 37);
    assert_memory_equal(buf.data + buf.len - 6, ",null]", 6);
}

static void escapes_and_mends_text(void **state)
{
    (void)state;
    AUTO_VALUE(base_buf) buf;
    base_buf_init(&buf, 4096);
    struct base_json_out out = base_json_out_of(&buf);
    base_json_out_str(&out, (struct base_str){"q\"\\\n\x01 楼\xff\xe6\xa5", 12});
    AUTO(base_json) json = NULL;
    struct base_str back;
    assert_int_equal(base_json_in_parse(buf.data, buf.len, NULL, &json), BASE_OK);
    assert_true(base_json_in_text(json, &back));
    assert_true(base_str_is(back, "q\"\\\n\x01 楼\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD"));
}

static void too_deep_is_an_error(void **state)
{
    (void)state;
    AUTO_VALUE(base_buf) buf;
    base_buf_init(&buf, 4096);
    struct base_json_out out = base_json_out_of(&buf);
    for (int i = 0; i < BASE_JSON_OUT_DEPTH - 1; i++) {
        base_json_out_array(&out);
    }
    assert_int_equal(buf.err, BASE_OK);
    base_json_out_array(&out);
    assert_int_equal(buf.err, BASE_LIMIT);
}

static void puts_commas_at_every_level(void **state)
{
    (void)state;
    enum { LEVELS = BASE_JSON_OUT_DEPTH - 1 };
    AUTO_VALUE(base_buf) buf;
    base_buf_init(&buf, 4096);
    struct base_json_out out = base_json_out_of(&buf);
    for (int i = 0; i < LEVELS; i++) {
        base_json_out_array(&out);
        base_json_out_i64(&out, 1);
    }
    for (int i = 0; i < LEVELS; i++) {
        base_json_out_i64(&out, 2);
        base_json_out_array_end(&out);
    }
    AUTO(base_json) json = NULL;
    assert_int_equal(base_json_in_parse_deep(buf.data, buf.len, LEVELS, NULL, &json), BASE_OK);
    const struct base_json *level = json;
    for (int i = 0; i < LEVELS; i++) {
        assert_int_equal(base_json_in_size(level), i < LEVELS - 1 ? 3 : 2);
        level = base_json_in_at(level, 1);
    }
}

/* The short way to write a number gives what printf gives. */
static void numbers_are_those_of_printf(void **state)
{
    (void)state;
    uint64_t random = 88172645463325252u;
    for (int i = 0; i < 200000; i++) {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        int decimals = (int)(random % 10);
        int64_t whole = (int64_t)(random >> 20) % 2000000 - 1000000;
        double value = (double)whole / (i % 3 ? 1000.0 : 1 + (double)(random % 977));
        char text[64], wanted[64];
        int len = snprintf(wanted, sizeof wanted, "%.*f", decimals, value);
        while (strchr(wanted, '.') && wanted[len - 1] == '0') {
            wanted[--len] = '\0';
        }
        if (wanted[len - 1] == '.') {
            wanted[--len] = '\0';
        }
        AUTO_VALUE(base_buf) buf;
        base_buf_init(&buf, 64);
        struct base_json_out out = base_json_out_of(&buf);
        base_json_out_f64(&out, value, decimals);
        snprintf(text, sizeof text, "%s", base_buf_cstr(&buf));
        assert_string_equal(text, strcmp(wanted, "-0") == 0 ? "0" : wanted);
        base_buf_reset(&buf);
        out = base_json_out_of(&buf);
        base_json_out_i64(&out, (int64_t)random);
        snprintf(wanted, sizeof wanted, "%lld", (long long)(int64_t)random);
        assert_string_equal(base_buf_cstr(&buf), wanted);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(writes_commas_and_levels),   cmocka_unit_test(writes_numbers_plainly),
        cmocka_unit_test(escapes_and_mends_text),     cmocka_unit_test(too_deep_is_an_error),
        cmocka_unit_test(puts_commas_at_every_level), cmocka_unit_test(numbers_are_those_of_printf),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
