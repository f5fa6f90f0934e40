/* base/cbor_in.c: the examples of RFC 8949 appendix A, and what is refused: cut, nested, doubled and hostile items. */
#include "base/base.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct base_diag diag;

/* From hex digits. */
static enum base_err parse(const char *hex, struct base_json **ret_json)
{
    static const char digits[] = "0123456789abcdef";
    unsigned char bytes[512];
    size_t len = strlen(hex) / 2;
    assert_true(len <= sizeof bytes);
    for (size_t i = 0; i < len; i++) {
        bytes[i] =
            (unsigned char)((strchr(digits, hex[2 * i]) - digits) * 16 + (strchr(digits, hex[2 * i + 1]) - digits));
    }
    return base_cbor_in_parse(bytes, len, &diag, ret_json);
}

static struct base_json *good(const char *hex)
{
    struct base_json *json = NULL;
    if (parse(hex, &json)) {
        fail_msg("%s: %s", hex, diag.text);
    }
    return json;
}

static void numbers_have_their_value(void **state)
{
    (void)state;
    static const struct {
        const char *hex;
        double value;
        bool whole;
    } cases[] = {
        {"00", 0, true},
        {"1818", 24, true},
        {"1903e8", 1000, true},
        {"1b000000e8d4a51000", 1e12, true},
        {"1bffffffffffffffff", 18446744073709551615.0, false},
        {"20", -1, true},
        {"3903e7", -1000, true},
        {"3bffffffffffffffff", -18446744073709551616.0, false},
        {"f93c00", 1, false},
        {"f90001", 5.960464477539063e-8, false},
        {"f9c400", -4, false},
        {"fa47c35000", 100000, false},
        {"fbc010666666666666", -4.1, false},
        {"c11a514b67b0", 1363896240, true}, /* tagged: a time */
    };
    for (size_t i = 0; i < BASE_COUNT(cases); i++) {
        AUTO(base_json) json = good(cases[i].hex);
        double value;
        int64_t whole;
        assert_true(base_json_in_f64(json, &value));
        assert_true(value == cases[i].value);
        assert_int_equal(base_json_in_i64(json, &whole), cases[i].whole);
    }
}

static void texts_and_bytes_are_texts(void **state)
{
    (void)state;
    static const struct {
        const char *hex, *text;
    } cases[] = {
        {"60", ""},
        {"62c3bc", "ü"},
        {"40", ""},
        {"4101", "AQ"},
        {"420102", "AQI"},
        {"4401020304", "AQIDBA"},
        {"43fbefbf", "---_"},
        {"5f42010243030405ff", "AQIDBAU"},
        {"7f657374726561646d696e67ff", "streaming"},
        {"7fff", ""},
        {"c07f6161ff", "a"},
        {"c074323031332d30332d32315432303a30343a30305a", "2013-03-21T20:04:00Z"},
    };
    for (size_t i = 0; i < BASE_COUNT(cases); i++) {
        AUTO(base_json) json = good(cases[i].hex);
        struct base_str text;
        assert_true(base_json_in_text(json, &text));
        if (!base_str_is(text, cases[i].text)) {
            fail_msg("%s: %.*s", cases[i].hex, (int)text.len, text.at);
        }
    }
}

static void maps_and_arrays_nest(void **state)
{
    (void)state;
    static const char *const same[] = {
        "a36161016162820203206178", /* {"a": 1, "b": [2, 3], -1: "x"} */
        "bf61610161629f0203ff206178ff",
        "d9d9f7a36161c1016162820203c0206178",
        "a37f6161ff016162820203206178",
    };
    for (size_t i = 0; i < BASE_COUNT(same); i++) {
        AUTO(base_json) json = good(same[i]);
        const struct base_json *b = base_json_in_get(json, "b");
        int64_t whole;
        struct base_str text;
        assert_int_equal(base_json_in_size(json), 3);
        assert_true(base_json_in_i64(base_json_in_get(json, "a"), &whole) && whole == 1);
        assert_int_equal(base_json_in_size(b), 2);
        assert_true(base_json_in_i64(base_json_in_at(b, 1), &whole) && whole == 3);
        assert_true(base_json_in_text(base_json_in_get(json, "-1"), &text) && base_str_is(text, "x"));
    }
    AUTO(base_json) empty = good("8280a0");
    assert_int_equal(base_json_in_size(empty), 2);
    assert_true(base_json_in_is_array(base_json_in_at(empty, 0)));
    assert_true(base_json_in_is_object(base_json_in_at(empty, 1)));
    AUTO(base_json) pieces = good("a17f61616162ff01"); /* a key in pieces */
    assert_non_null(base_json_in_get(pieces, "ab"));
}

static void simple_values(void **state)
{
    (void)state;
    AUTO(base_json) json = good("86f4f5f6f7f97e00f97c00");
    bool truth;
    double value;
    assert_true(base_json_in_bool(base_json_in_at(json, 0), &truth) && !truth);
    assert_true(base_json_in_bool(base_json_in_at(json, 1), &truth) && truth);
    for (size_t i = 2; i < 6; i++) { /* null, undefined, NaN, infinity */
        assert_non_null(base_json_in_at(json, i));
        assert_false(base_json_in_f64(base_json_in_at(json, i), &value));
    }
}

static void refuses_what_contradicts_itself(void **state)
{
    (void)state;
    static const struct {
        const char *hex, *why;
    } cases[] = {
        {"", "ends early"},
        {"19", "ends early"},
        {"6261", "ends early"},
        {"7bffffffffffffffff61", "ends early"},
        {"5b7fffffffffffffff61", "ends early"},
        {"9bffffffffffffffff01", ""},
        {"9b7fffffffffffffff01", "ends early"},
        {"bb7fffffffffffffff0101", "ends early"},
        {"9f01", "ends early"},
        {"c1", "ends early"},
        {"a101", "ends early"},
        {"0000", "more bytes"},
        {"a0ff", "more bytes"},
        {"ff", "break"},
        {"81ff", "break"},
        {"bf01ff", "break"},
        {"9fc1ff", "break"},
        {"a201010102", "twice"},
        {"a20101613102", "twice"},
        {"a1f401", "neither text nor integer"},
        {"a1410101", "neither text nor integer"},
        {"a18001", "neither text nor integer"},
        {"a11bffffffffffffffff01", "beyond 64 bits"},
        {"62ffff", "not UTF-8"},
        {"6100", "not UTF-8"},
        {"7f61614101ff", "in pieces"},
        {"7f01ff", "in pieces"},
        {"7f7f6161ffff", "in pieces"},
        {"7f80ff", "in pieces"},
        {"7fc16161ff", "in pieces"},
        {"1c", "no such item"},
        {"f800", "no such item"},
    };
    for (size_t i = 0; i < BASE_COUNT(cases); i++) {
        struct base_json *json = NULL;
        if (parse(cases[i].hex, &json) != BASE_INVALID || json || !strstr(diag.text, cases[i].why)) {
            fail_msg("%s: %s", cases[i].hex, diag.text);
        }
    }
}

static void limits_depth_and_size(void **state)
{
    (void)state;
    unsigned char bytes[BASE_JSON_DEPTH + 2];
    struct base_json *json = NULL;
    memset(bytes, 0x81, sizeof bytes);
    bytes[BASE_JSON_DEPTH] = 0;
    assert_int_equal(base_cbor_in_parse(bytes, BASE_JSON_DEPTH + 1, &diag, &json), BASE_OK);
    base_json_free(json);
    bytes[BASE_JSON_DEPTH] = 0x81;
    assert_int_equal(base_cbor_in_parse(bytes, sizeof bytes, &diag, &json), BASE_LIMIT);
    assert_int_equal(base_cbor_in_parse(bytes, (size_t)BASE_DOCUMENT_MAX + 1, &diag, &json), BASE_LIMIT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_have_their_value),
        cmocka_unit_test(texts_and_bytes_are_texts),
        cmocka_unit_test(maps_and_arrays_nest),
        cmocka_unit_test(simple_values),
        cmocka_unit_test(refuses_what_contradicts_itself),
        cmocka_unit_test(limits_depth_and_size),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
