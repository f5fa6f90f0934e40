/* Writes XML straight into a buffer. Whatever a text holds, the document stays well-formed (XML 1.0, 2.2 and 2.4). */
#include "base/base.h"

#include <string.h>

static const char unknown[] = "\xEF\xBF\xBD"; /* U+FFFD */

/* Of characters in ASCII; NULL: it stands for itself. */
static const char *escape(char c)
{
    switch (c) {
    case '&':
        return "&amp;";
    case '<':
        return "&lt;";
    case '>':
        return "&gt;";
    case '"':
        return "&quot;";
    case '\r':
        return "&#13;"; /* as it is it would be read as a line end */
    case '\t':
    case '\n':
        return NULL;
    default:
        return (unsigned char)c < 0x20 ? unknown : NULL;
    }
}

/* U+FFFE and U+FFFF are no characters of XML. */
static bool is_written(struct base_str character)
{
    return !(character.len == 3 && memcmp(character.at, "\xEF\xBF", 2) == 0 && (unsigned char)character.at[2] >= 0xBE);
}

static void escaped(struct base_buf *buf, struct base_str text)
{
    for (size_t i = 0; i < text.len;) {
        struct base_str rest = {text.at + i, text.len - i};
        size_t len = text.at[i] ? base_str_character(rest) : 0;
        const char *instead = len == 1 ? escape(text.at[i]) : NULL;
        if (len == 0 || !is_written((struct base_str){rest.at, len})) {
            instead = unknown;
        }
        if (instead) {
            base_buf_text(buf, instead);
        } else {
            base_buf_append(buf, rest.at, len);
        }
        i += len ? len : 1;
    }
}

struct base_xml_out base_xml_out_of(struct base_buf *buf)
{
    base_buf_text(buf, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    return (struct base_xml_out){.buf = buf};
}

static void begin(struct base_xml_out *out, const char *name, const char *xmlns)
{
    base_buf_printf(out->buf, "<%s", name);
    if (xmlns) {
        base_buf_text(out->buf, " xmlns=\"");
        escaped(out->buf, base_str_of(xmlns));
        base_buf_u8(out->buf, '"');
    }
    base_buf_u8(out->buf, '>');
}

void base_xml_out_open(struct base_xml_out *out, const char *name, const char *xmlns)
{
    if (out->depth == BASE_XML_OUT_DEPTH) {
        out->buf->err = BASE_LIMIT;
        return;
    }
    begin(out, name, xmlns);
    out->open[out->depth++] = name;
}

void base_xml_out_close(struct base_xml_out *out)
{
    if (out->depth > 0) {
        base_buf_printf(out->buf, "</%s>", out->open[--out->depth]);
    }
}

void base_xml_out_str(struct base_xml_out *out, const char *name, struct base_str text)
{
    begin(out, name, NULL);
    escaped(out->buf, text);
    base_buf_printf(out->buf, "</%s>", name);
}

void base_xml_out_text(struct base_xml_out *out, const char *name, const char *text)
{
    if (text) {
        base_xml_out_str(out, name, base_str_of(text));
    }
}
