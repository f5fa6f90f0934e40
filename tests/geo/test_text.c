/* geo/text.c */
#include "geo_test.h"

static void repaired(const char *from, enum geo_text expected, const char *to)
{
    AUTO_VALUE(base_buf) buf;
    base_buf_init(&buf, 1024);
    assert_int_equal(geo_text_repair(base_str_of(from), &buf), expected);
    assert_string_equal(base_buf_cstr(&buf), to);
}

static void repairs(void **state)
{
    (void)state;
    repaired("梅园三街坊", GEO_TEXT_AS_IS, "梅园三街坊");
    repaired("a\tb\nc", GEO_TEXT_AS_IS, "a b c");
    repaired("\xD0\xA1\xC7\xF8", GEO_TEXT_RECODED, "小区"); /* GBK */
    repaired("\xFF\xFE x", GEO_TEXT_REPLACED, "\xEF\xBF\xBD\xEF\xBF\xBD x");
    repaired("ok \xE6\xA2", GEO_TEXT_RECODED, "ok 姊"); /* cut UTF-8 may be GBK: nobody can tell */
}

static void a_whole_file_is_read_as_gb18030_or_not_at_all(void **state)
{
    (void)state;
    AUTO_VALUE(base_buf) buf;
    base_buf_init(&buf, 1024);
    assert_true(geo_text_gb18030(base_str_of("\xD0\xA1\xC7\xF8,1\r\n"), &buf)); /* line ends stay */
    assert_string_equal(base_buf_cstr(&buf), "小区,1\r\n");
    assert_true(geo_text_gb18030(base_str_of("\x81\x30\x81\x30"), &buf)); /* four bytes */
    assert_false(geo_text_gb18030(base_str_of("ok \xFF\xFF"), &buf));
    assert_false(geo_text_gb18030(base_str_of("\xD0"), &buf));
    assert_int_equal(buf.len, strlen("小区,1\r\n") + 2);
    assert_true(geo_text_gb18030(base_str_of(""), &buf));
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(repairs),
                                       cmocka_unit_test(a_whole_file_is_read_as_gb18030_or_not_at_all)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
