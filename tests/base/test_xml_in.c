/* base/xml_in.c: the tree that comes out, encodings, and what is refused: document types, depth, size. */
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
    if (base_xml_in_parse(text, strlen(text), &diag, &json)) {
        fail_msg("%s", diag.text);
    }
    return json;
}

static void is(const struct base_json *member, const char *text)
{
    struct base_str got;
    assert_true(base_json_in_text(member, &got));
    assert_true(base_str_is(got, text));
}

static void elements_become_objects(void **state)
{
    (void)state;
    AUTO(base_json)
    json = parse("<?xml version=\"1.0\"?>\n<Notify>\n <CmdType> Alarm </CmdType><SN>1</SN>\n <Info "
                 "kind='a' n=\"2\"><Empty/></Info>\n</Notify>\n");
    const struct base_json *notify = base_json_in_get(json, "Notify");
    assert_int_equal(base_json_in_size(json), 1);
    assert_int_equal(base_json_in_size(notify), 3);
    is(base_json_in_get(notify, "CmdType"), "Alarm");
    is(base_json_in_get(notify, "SN"), "1");
    is(base_json_in_get(base_json_in_get(notify, "Info"), "@kind"), "a");
    is(base_json_in_get(base_json_in_get(notify, "Info"), "@n"), "2");
    is(base_json_in_get(base_json_in_get(notify, "Info"), "Empty"), "");
}

static void repeated_elements_become_an_array(void **state)
{
    (void)state;
    AUTO(base_json) json = parse("<a><b>1</b><c>x</c><b>2</b><b><d>3</d></b></a>");
    const struct base_json *b = base_json_in_get(base_json_in_get(json, "a"), "b");
    assert_true(base_json_in_is_array(b));
    assert_int_equal(base_json_in_size(b), 3);
    is(base_json_in_at(b, 0), "1");
    is(base_json_in_at(b, 1), "2");
    is(base_json_in_get(base_json_in_at(b, 2), "d"), "3");
}

static void text_beside_elements_and_attributes_is_kept(void **state)
{
    (void)state;
    AUTO(base_json) json = parse("<a>one <b>two</b> three<c u='m'>4</c><![CDATA[ <five>]]></a>");
    const struct base_json *a = base_json_in_get(json, "a");
    is(base_json_in_get(a, "#text"), "one  three <five>");
    is(base_json_in_get(a, "b"), "two");
    is(base_json_in_get(base_json_in_get(a, "c"), "#text"), "4");
    is(base_json_in_get(base_json_in_get(a, "c"), "@u"), "m");
}

static void name_spaces_are_left_out(void **state)
{
    (void)state;
    AUTO(base_json)
    json = parse("<tt:Message xmlns:tt='http://a/b' xmlns='c' tt:UtcTime='T'><tt:Key>k</tt:Key>"
                 "<Key>&lt;l&#228;</Key></tt:Message>");
    const struct base_json *message = base_json_in_get(json, "Message");
    assert_int_equal(base_json_in_size(message), 2);
    is(base_json_in_get(message, "@UtcTime"), "T");
    is(base_json_in_at(base_json_in_get(message, "Key"), 1), "<lä");
}

static void gb_is_converted_when_it_is_declared(void **state)
{
    (void)state;
    AUTO(base_json) gbk = parse("<?xml version=\"1.0\" encoding=\"gb2312\"?><a>\xB1\xA8\xBE\xAF</a>");
    is(base_json_in_get(gbk, "a"), "报警");
    AUTO(base_json) four = parse("<?xml version='1.0' encoding='GB18030'?><a>\x81\x39\xEE\x39\xB1\xA8</a>");
    is(base_json_in_get(four, "a"), "㐀报");
    AUTO(base_json) bridged = parse("<?xml version=\"1.0\" encoding=\"GBK\"?><a>报警</a>"); /* UTF-8 after all */
    is(base_json_in_get(bridged, "a"), "报警");
    AUTO(base_json) marked = parse("\xEF\xBB\xBF<a>b</a>");
    is(base_json_in_get(marked, "a"), "b");
}

static void refuses(const char *text, enum base_err wanted, const char *why)
{
    struct base_json *json = NULL;
    struct base_diag diag;
    enum base_err err = base_xml_in_parse(text, strlen(text), &diag, &json);
    if (err != wanted || json || !strstr(diag.text, why)) {
        fail_msg("%s: %s", text, diag.text);
    }
}

static void refuses_what_is_dangerous_or_broken(void **state)
{
    (void)state;
    refuses("<!DOCTYPE a [<!ENTITY b \"bb\"><!ENTITY c \"&b;&b;\">]><a>&c;</a>", BASE_INVALID, "document type");
    refuses("<!DOCTYPE a SYSTEM \"file:///etc/passwd\"><a/>", BASE_INVALID, "document type");
    refuses("<a>&b;</a>", BASE_INVALID, "undefined entity");
    refuses("", BASE_INVALID, "no element");
    refuses("<a><b></a>", BASE_INVALID, "line 1");
    refuses("<a/><b/>", BASE_INVALID, "line 1");
    refuses("<a b='1' b='2'/>", BASE_INVALID, "duplicate");
    refuses("<a>\xB1\xA8</a>", BASE_INVALID, "not UTF-8");
    refuses("<?xml version='1.0' encoding='ISO-8859-1'?><a>\xE4</a>", BASE_INVALID, "not UTF-8");
    refuses("<?xml version='1.0' encoding='GBK'?><a>\xFF\xFF</a>", BASE_INVALID, "nor the GB18030");
    refuses("{\"a\":1}", BASE_INVALID, "line 1");
}

static void limits_depth_and_size(void **state)
{
    (void)state;
    char text[BASE_JSON_DEPTH * 8 + 16] = "";
    struct base_json *json = NULL;
    struct base_diag diag;
    for (size_t i = 0; i < BASE_JSON_DEPTH; i++) {
        memcpy(text + i * 3, "<a>", 3);
        memcpy(text + BASE_JSON_DEPTH * 3 + i * 4, "</a>", 4);
    }
    assert_int_equal(base_xml_in_parse(text, strlen(text), &diag, &json), BASE_OK);
    base_json_free(json);
    for (size_t i = 0; i <= BASE_JSON_DEPTH; i++) {
        memcpy(text + i * 3, "<a>", 3);
    }
    assert_int_equal(base_xml_in_parse(text, strlen(text), &diag, &json), BASE_LIMIT);
    AUTO_VALUE(base_buf) large;
    base_buf_init(&large, BASE_DOCUMENT_MAX + 1);
    memset(base_buf_reserve(&large, BASE_DOCUMENT_MAX + 1), ' ', BASE_DOCUMENT_MAX + 1);
    assert_int_equal(base_xml_in_parse(large.data, BASE_DOCUMENT_MAX + 1, &diag, &json), BASE_LIMIT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(elements_become_objects),
        cmocka_unit_test(repeated_elements_become_an_array),
        cmocka_unit_test(text_beside_elements_and_attributes_is_kept),
        cmocka_unit_test(name_spaces_are_left_out),
        cmocka_unit_test(gb_is_converted_when_it_is_declared),
        cmocka_unit_test(refuses_what_is_dangerous_or_broken),
        cmocka_unit_test(limits_depth_and_size),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
