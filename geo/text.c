/* Shapefiles rarely say how their text is encoded; in China it is mostly GBK. Strict decoding tells them apart. */
#include "geo/geo.h"

#include <iconv.h>
#include <stdlib.h>
#include <string.h>

static void append_plain(struct base_str text, struct base_buf *buf)
{
    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char)text.at[i];
        base_buf_u8(buf, c < 0x20 || c == 0x7F ? ' ' : c);
    }
}

bool geo_text_encoding(const char *name)
{
    iconv_t codec = iconv_open("UTF-8", name);
    if (codec == (iconv_t)-1) {
        return false;
    }
    iconv_close(codec);
    return true;
}

/* True when every byte decoded; out then holds UTF-8. */
static bool from_gb18030(struct base_str text, char *out, size_t size, size_t *ret_len)
{
    iconv_t codec = iconv_open("UTF-8", "GB18030");
    if (codec == (iconv_t)-1) {
        return false;
    }
    char *in = (char *)text.at; /* iconv's prototype lacks the const it keeps */
    size_t in_left = text.len;
    size_t out_left = size;
    bool done = iconv(codec, &in, &in_left, &out, &out_left) != (size_t)-1 && in_left == 0;
    iconv_close(codec);
    *ret_len = size - out_left;
    return done;
}

bool geo_text_gb18030(struct base_str text, struct base_buf *buf)
{
    size_t size = text.len * 4 + 1, len = 0;
    char *decoded = malloc(size);
    bool done = decoded && from_gb18030(text, decoded, size, &len);
    if (done) {
        base_buf_append(buf, decoded, len);
    }
    free(decoded);
    return done && !buf->err;
}

/* Length of the well-formed character at the front, 0 when there is none. */
static size_t character(struct base_str text)
{
    for (size_t len = 1; len <= 4 && len <= text.len; len++) {
        if (base_str_utf8((struct base_str){text.at, len})) {
            return len;
        }
    }
    return 0;
}

static void append_replaced(struct base_str text, struct base_buf *buf)
{
    while (text.len) {
        size_t len = character(text);
        if (len) {
            append_plain((struct base_str){text.at, len}, buf);
        } else {
            base_buf_text(buf, "\xEF\xBF\xBD");
            len = 1;
        }
        text = (struct base_str){text.at + len, text.len - len};
    }
}

enum geo_text geo_text_repair(struct base_str text, struct base_buf *buf)
{
    if (base_str_utf8(text)) {
        append_plain(text, buf);
        return GEO_TEXT_AS_IS;
    }
    size_t size = text.len * 4;
    size_t len;
    char *decoded = malloc(size);
    enum geo_text outcome = GEO_TEXT_REPLACED;
    if (decoded && from_gb18030(text, decoded, size, &len)) {
        append_plain((struct base_str){decoded, len}, buf);
        outcome = GEO_TEXT_RECODED;
    } else {
        append_replaced(text, buf);
    }
    free(decoded);
    return outcome;
}
