/* geo/tags.c */
#include "geo_test.h"

static const char *find(const char *tags, const char *key)
{
    static char text[16];
    return geo_tags_find(base_str_of(tags), key, text, sizeof text) ? text : NULL;
}

static void finds(void **state)
{
    (void)state;
    const char *tags =
        "\"building:levels\"=>\"14\",\"name:zh\"=>\"三\\\"航\",\"note\"=>\"a=>\\\"b\\\",c\",\"empty\"=>\"\"";
    assert_string_equal(find(tags, "building:levels"), "14");
    assert_string_equal(find(tags, "name:zh"), "三\"航");
    assert_string_equal(find(tags, "note"), "a=>\"b\",c");
    assert_string_equal(find(tags, "empty"), "");
    assert_null(find(tags, "b"));
    assert_null(find(tags, "building"));
}

static void survives_garbage(void **state)
{
    (void)state;
    static const char *const broken[] = {"",          "\"",           "\"a",  "\"a\"", "\"a\"=>",
                                         "\"a\"=>\"", "\"a\"=>\"x\\", "a=>b", ",,,"};
    for (size_t i = 0; i < BASE_COUNT(broken); i++) {
        assert_null(find(broken[i], "a"));
    }
}

static void cuts_between_characters(void **state)
{
    (void)state;
    assert_string_equal(find("\"a\"=>\"陆家嘴金融中心\"", "a"), "陆家嘴金融"); /* 15 bytes fit */
    assert_string_equal(find("\"a\"=>\"x陆家嘴金融中心\"", "a"), "x陆家嘴金");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds),
        cmocka_unit_test(survives_garbage),
        cmocka_unit_test(cuts_between_characters),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
