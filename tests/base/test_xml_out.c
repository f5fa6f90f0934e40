/* base/xml_out.c: what it writes is well-formed, whatever a text holds; base/xml_in.c, which is expat, reads it. */
#include "base/base.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void writes_elements(void **state)
{
    (void)state;
    AUTO_VALUE(base_buf) buf;
    base_buf_init(&buf, 4096);
    struct base_xml_out out = base_xml_out_of(&buf);
    base_xml_out_open(&out, "a", "urn:x&y");
    base_xml_out_text(&out, "b", "一 < 二 & \"三\" > '四'");
    base_xml_out_text(&out, "none", NULL);
    base_xml_out_open(&out, "c", NULL);
    base_xml_out_text(&out, "d", "");
    base_xml_out_close(&out);
    base_xml_out_close(&out);
    base_xml_out_close(&out); /* nothing is open */
    assert_string_equal(base_buf_cstr(&buf),
                        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<a xmlns=\"urn:x&amp;y\"><b>一 &lt; 二 &amp; "
                        "&quot;三&quot; &gt; '四'</b><c><d></d></c></a>");
}

static void too_deep_is_an_error(void **state)
{
    (void)state;
    AUTO_VALUE(base_buf) buf;
    base_buf_init(&buf, 4096);
    struct base_xml_out out = base_xml_out_of(&buf);
    for (int i = 0; i < BASE_XML_OUT_DEPTH; i++) {
        base_xml_out_open(&out, "a", NULL);
    }
    assert_int_equal(buf.err, BASE_OK);
    base_xml_out_open(&out, "a", NULL);
    assert_int_equal(buf.err, BASE_LIMIT);
}

static void expect(const char *text, const char *read)
{
    AUTO_VALUE(base_buf) buf;
    AUTO(base_json) json = NULL;
    struct base_diag diag = {""};
    struct base_str found;
    base_buf_init(&buf, 1 << 20);
    struct base_xml_out out = base_xml_out_of(&buf);
    base_xml_out_open(&out, "a", NULL);
    base_xml_out_text(&out, "b", text);
    base_xml_out_close(&out);
    if (base_xml_in_parse(buf.data, buf.len, &diag, &json)) {
        fail_msg("%s", diag.text);
    }
    if (read) {
        assert_true(base_json_in_text(base_json_in_get(base_json_in_get(json, "a"), "b"), &found));
        assert_string_equal(found.at, read);
    }
}

static void what_xml_cannot_hold_is_replaced(void **state)
{
    (void)state;
    expect("]]><!-- -->&lt;</b>", "]]><!-- -->&lt;</b>");
    expect("a\rb\tc\nd", "a\rb\tc\nd");
    expect("a\x01\x0b\x1f", "a\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD");
    expect("\xff\xc3(\xed\xa0\x80", "\xEF\xBF\xBD\xEF\xBF\xBD(\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD");
    expect("x\xEF\xBF\xBEy\xEF\xBF\xBFz", "x\xEF\xBF\xBDy\xEF\xBF\xBDz");
    expect("\xF0\x9F\x94\xA5", "\xF0\x9F\x94\xA5");
}

/* Bytes by chance, half of them of those that mean something. */
static void any_bytes_give_a_document(void **state)
{
    (void)state;
    static const char marks[] = "<>&\"'/;#x![]-?\xEF\xBF\xBE\xC3\xED\xF4\r\n\x01";
    uint64_t seed = 7;
    for (int round = 0; round < 2000; round++) {
        char text[64];
        for (size_t i = 0; i + 1 < sizeof text; i++) {
            seed = seed * UINT64_C(6364136223846793005) + 1442695040888963407u;
            unsigned value = (unsigned)(seed >> 33);
            char c = value & 1 ? marks[(value >> 1) % (sizeof marks - 1)] : (char)(value >> 8);
            text[i] = c ? c : 'x';
        }
        text[sizeof text - 1] = '\0';
        expect(text, NULL);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(writes_elements),
        cmocka_unit_test(too_deep_is_an_error),
        cmocka_unit_test(what_xml_cannot_hold_is_replaced),
        cmocka_unit_test(any_bytes_give_a_document),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
