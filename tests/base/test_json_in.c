/* base/json_in.c: strictness, depth, and look-ups that bear missing members. */
#include "base/base.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct base_json *parse(const char *text)
{
    struct base_json *json = NULL;
    struct base_diag diag;
    assert_int_equal(base_json_in_parse(text, strlen(text), &diag, &json), BASE_OK);
    return json;
}

static void reads_values(void **state)
{
    (void)state;
    AUTO(base_json) json = parse("{\"a\":{\"b\":[1,2.5,\"x\",true,null,9007199254740993]}}");
    const struct base_json *b = base_json_in_get(base_json_in_get(json, "a"), "b");
    assert_true(base_json_in_is_array(b));
    assert_int_equal(base_json_in_size(b), 6);
    int64_t whole;
    double real;
    bool truth;
    struct base_str text;
    assert_true(base_json_in_i64(base_json_in_at(b, 0), &whole));
    assert_int_equal(whole, 1);
    assert_false(base_json_in_i64(base_json_in_at(b, 1), &whole));
    assert_true(base_json_in_f64(base_json_in_at(b, 1), &real));
    assert_true(real == 2.5);
    assert_true(base_json_in_text(base_json_in_at(b, 2), &text));
    assert_true(base_str_is(text, "x"));
    assert_true(base_json_in_bool(base_json_in_at(b, 3), &truth) && truth);
    assert_true(base_json_in_i64(base_json_in_at(b, 5), &whole)); /* beyond what a double holds */
    assert_true(whole == INT64_C(9007199254740993));
    assert_null(base_json_in_get(base_json_in_get(json, "no"), "thing"));
    assert_null(base_json_in_at(b, 99));
    assert_false(base_json_in_text(NULL, &text));
}

static void members_come_as_they_were_written(void **state)
{
    (void)state;
    AUTO(base_json) json = parse("{\"b\":1,\"a\":[2],\"\":3}");
    static const char *const keys[] = {"b", "a", ""};
    struct base_str key;
    const struct base_json *value;
    size_t count = 0;
    for (void *at = NULL; base_json_in_next(json, &at, &key, &value); count++) {
        assert_true(base_str_is(key, keys[count]));
        assert_ptr_equal(value, base_json_in_get(json, keys[count]));
    }
    assert_int_equal(count, 3);
    void *at = NULL;
    assert_false(base_json_in_next(base_json_in_get(json, "a"), &at, &key, &value));
    assert_false(base_json_in_next(NULL, &at, &key, &value));
}

/* Escapes of keys and values are undone in one place of the parser's, which a long value makes move. */
static void keys_with_escapes_outlive_their_values_escapes(void **state)
{
    (void)state;
    char text[6000];
    int len =
        snprintf(text, sizeof text, "{\"\\u8f66\\u724c\":\"\\u4eacA%05000d\",\"\\u0062\":{\"\\u0063\":\"\\n\"}}", 7);
    assert_true(len > 5000 && (size_t)len < sizeof text);
    AUTO(base_json) json = parse(text);
    struct base_str value;
    assert_true(base_json_in_text(base_json_in_get(json, "\xE8\xBD\xA6\xE7\x89\x8C"), &value));
    assert_int_equal(value.len, 5004);
    assert_true(base_str_starts(value, "\xE4\xBA\xAC"
                                       "A0000"));
    assert_true(base_json_in_text(base_json_in_get(base_json_in_get(json, "b"), "c"), &value));
    assert_true(base_str_is(value, "\n"));
}

static void refuses_what_is_not_strict(void **state)
{
    (void)state;
    const char *wrong[] = {"", "{", "{\"a\":1,\"a\":2}", "[NaN]", "\"\xff\"", "{'a':1}", "[1,]", "1 2", "\"\\ud800\""};
    for (size_t i = 0; i < BASE_COUNT(wrong); i++) {
        struct base_json *json = NULL;
        struct base_diag diag;
        assert_int_equal(base_json_in_parse(wrong[i], strlen(wrong[i]), &diag, &json), BASE_INVALID);
        assert_null(json);
        assert_non_null(strstr(diag.text, "line"));
    }
}

static void limits_depth(void **state)
{
    (void)state;
    char deep[200];
    struct base_json *json = NULL;
    struct base_diag diag;
    memset(deep, '[', 100);
    memset(deep + 100, ']', 100);
    assert_int_equal(base_json_in_parse(deep, sizeof deep, &diag, &json), BASE_LIMIT);
    AUTO(base_json) text = parse("\"[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[\\\"[[[\"");
    assert_non_null(text);
}

static void knows_where_values_are(void **state)
{
    (void)state;
    const char *text = " {\"a\": [1, -2.5, \"x\", \"\\\"y\\\\\", true, false, null, {}, \"\\u00e9\"]}";
    AUTO(base_json) json = parse(text);
    const struct base_json *a = base_json_in_get(json, "a");
    static const char *const found[] = {"1,", "-2", "\"x", "\"\\\"y", "true", "false", "null", "{}", "\"\\u"};
    assert_int_equal(base_json_in_where(json), 2);
    assert_int_equal(base_json_in_where(a), strchr(text, '[') - text + 1);
    for (size_t i = 0; i < BASE_COUNT(found); i++) {
        uint32_t where = base_json_in_where(base_json_in_at(a, i));
        assert_memory_equal(text + where - 1, found[i], strlen(found[i]));
    }
    assert_int_equal(base_json_in_where(NULL), 0);
}

static void reads_as_deep_as_asked(void **state)
{
    (void)state;
    char deep[2 * 400];
    memset(deep, '[', 400);
    memset(deep + 400, ']', 400);
    static const struct {
        size_t asked, levels, most;
    } cases[] = {{100, 100, 100}, {64, 64, 64}, {160, 160, 160}, {1000, 160, 160}};
    for (size_t i = 0; i < BASE_COUNT(cases); i++) {
        struct base_json *json = NULL;
        struct base_diag diag;
        size_t levels = cases[i].levels;
        assert_int_equal(base_json_in_parse_deep(deep + 400 - levels, 2 * levels, cases[i].asked, &diag, &json),
                         BASE_OK);
        base_json_free(json);
        json = NULL;
        levels++;
        assert_int_equal(base_json_in_parse_deep(deep + 400 - levels, 2 * levels, cases[i].asked, &diag, &json),
                         BASE_LIMIT);
        char sentence[64];
        snprintf(sentence, sizeof sentence, "JSON nested deeper than %zu levels", cases[i].most);
        assert_string_equal(diag.text, sentence);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_values),
        cmocka_unit_test(members_come_as_they_were_written),
        cmocka_unit_test(keys_with_escapes_outlive_their_values_escapes),
        cmocka_unit_test(refuses_what_is_not_strict),
        cmocka_unit_test(limits_depth),
        cmocka_unit_test(knows_where_values_are),
        cmocka_unit_test(reads_as_deep_as_asked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
