/* Writes JSON straight into a buffer: no tree, no allocation beyond the buffer's growth. */
#include "base/base.h"

#include <math.h>
#include <string.h>

enum { DEPTH_MAX = BASE_JSON_OUT_DEPTH - 1, BITS = 32 };

struct base_json_out base_json_out_of(struct base_buf *buf)
{
    return (struct base_json_out){.buf = buf};
}

/* Every value and key passes here: puts the comma that is due. */
static void separate(struct base_json_out *out)
{
    if (out->after_key) {
        out->after_key = false;
        return;
    }
    uint32_t bit = UINT32_C(1) << (out->depth % BITS);
    uint32_t *word = &out->filled[out->depth / BITS];
    if (*word & bit) {
        base_buf_u8(out->buf, ',');
    }
    *word |= bit;
}

static void open_level(struct base_json_out *out, char bracket)
{
    separate(out);
    base_buf_u8(out->buf, (uint8_t)bracket);
    if (out->depth == DEPTH_MAX) {
        out->buf->err = BASE_LIMIT;
        return;
    }
    out->depth++;
    out->filled[out->depth / BITS] &= ~(UINT32_C(1) << (out->depth % BITS));
}

static void close_level(struct base_json_out *out, char bracket)
{
    if (out->depth > 0) {
        out->depth--;
    }
    base_buf_u8(out->buf, (uint8_t)bracket);
}

void base_json_out_object(struct base_json_out *out)
{
    open_level(out, '{');
}

void base_json_out_object_end(struct base_json_out *out)
{
    close_level(out, '}');
}

void base_json_out_array(struct base_json_out *out)
{
    open_level(out, '[');
}

void base_json_out_array_end(struct base_json_out *out)
{
    close_level(out, ']');
}

static void escaped(struct base_buf *buf, unsigned char c)
{
    switch (c) {
    case '"':
        base_buf_text(buf, "\\\"");
        break;
    case '\\':
        base_buf_text(buf, "\\\\");
        break;
    case '\n':
        base_buf_text(buf, "\\n");
        break;
    case '\t':
        base_buf_text(buf, "\\t");
        break;
    default:
        base_buf_printf(buf, "\\u%04x", (unsigned)c);
        break;
    }
}

static void quoted(struct base_buf *buf, struct base_str text)
{
    base_buf_u8(buf, '"');
    size_t i = 0;
    while (i < text.len) {
        size_t run = i;
        while (run < text.len && (unsigned char)text.at[run] >= 0x20 && (unsigned char)text.at[run] < 0x80 &&
               text.at[run] != '"' && text.at[run] != '\\') {
            run++;
        }
        base_buf_append(buf, text.at + i, run - i);
        i = run;
        if (i == text.len) {
            break;
        }
        unsigned char c = (unsigned char)text.at[i];
        if (c < 0x80) {
            escaped(buf, c);
            i++;
            continue;
        }
        size_t len = base_str_character((struct base_str){text.at + i, text.len - i});
        if (len) {
            base_buf_append(buf, text.at + i, len);
            i += len;
        } else {
            base_buf_text(buf, "\xEF\xBF\xBD");
            i++;
        }
    }
    base_buf_u8(buf, '"');
}

void base_json_out_key(struct base_json_out *out, const char *key)
{
    separate(out);
    quoted(out->buf, base_str_of(key));
    base_buf_u8(out->buf, ':');
    out->after_key = true;
}

void base_json_out_str(struct base_json_out *out, struct base_str text)
{
    separate(out);
    quoted(out->buf, text);
}

void base_json_out_text(struct base_json_out *out, const char *text)
{
    if (!text) {
        base_json_out_null(out);
        return;
    }
    base_json_out_str(out, base_str_of(text));
}

/* Whole numbers from the right; returns where they begin. */
static char *digits(char *end, uint64_t number)
{
    do {
        *--end = (char)('0' + number % 10);
    } while (number /= 10);
    return end;
}

void base_json_out_i64(struct base_json_out *out, int64_t value)
{
    char text[24], *end = text + sizeof text, *at = digits(end, value < 0 ? 0 - (uint64_t)value : (uint64_t)value);
    separate(out);
    if (value < 0) {
        *--at = '-';
    }
    base_buf_append(out->buf, at, (size_t)(end - at));
}

/* What most numbers are - small, with few decimals - without printf, which takes ten times as long. False: too large
 * for it, or so near the middle of two that only printf, which knows every digit, rounds it right. */
static bool put_small(struct base_buf *buf, double value, int decimals)
{
    static const double scales[] = {1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9};
    char text[32], *end = text + sizeof text;
    if (decimals < 0 || decimals > 9 || fabs(value) * scales[decimals] >= 1e9) {
        return false;
    }
    double scaled = fabs(value) * scales[decimals], under = floor(scaled);
    if (fabs(scaled - under - 0.5) < 1e-6) {
        return false;
    }
    uint64_t scale = (uint64_t)scales[decimals], number = (uint64_t)under + (scaled - under > 0.5),
             rest = number % scale;
    char *at = end;
    if (rest) {
        at = digits(end, rest + scale); /* a one before the zeros that a fraction begins with */
        while (end[-1] == '0') {
            end--;
        }
        *at = '.';
    }
    at = digits(at, number / scale);
    if (value < 0 && number) {
        *--at = '-';
    }
    base_buf_append(buf, at, (size_t)(end - at));
    return true;
}

void base_json_out_f64(struct base_json_out *out, double value, int decimals)
{
    if (!isfinite(value)) {
        base_json_out_null(out);
        return;
    }
    separate(out);
    if (put_small(out->buf, value, decimals)) {
        return;
    }
    char text[48];
    if (fabs(value) >= 1e15) { /* plain digits would read back as an integer out of range */
        base_buf_printf(out->buf, "%.17g", value);
        return;
    }
    int len = snprintf(text, sizeof text, "%.*f", decimals < 17 ? decimals : 17, value);
    if (memchr(text, '.', (size_t)len)) {
        while (text[len - 1] == '0') {
            len--;
        }
        len -= text[len - 1] == '.';
    }
    if (len == 2 && memcmp(text, "-0", 2) == 0) {
        base_buf_u8(out->buf, '0');
        return;
    }
    base_buf_append(out->buf, text, (size_t)len);
}

void base_json_out_bool(struct base_json_out *out, bool value)
{
    separate(out);
    base_buf_text(out->buf, value ? "true" : "false");
}

void base_json_out_null(struct base_json_out *out)
{
    separate(out);
    base_buf_text(out->buf, "null");
}

void base_json_out_time(struct base_json_out *out, int64_t time_us)
{
    char text[BASE_TIME_TEXT];
    base_json_out_text(out, base_time_out(time_us, text));
}

void base_json_out_raw(struct base_json_out *out, struct base_str json)
{
    separate(out);
    base_buf_append(out->buf, json.at, json.len);
}
