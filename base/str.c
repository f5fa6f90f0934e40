/* Borrowed runs of bytes: outside text is never assumed to be terminated or well formed. */
#include "base/base.h"

#include <errno.h>
#include <locale.h>
#include <math.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

struct base_str base_str_of(const char *text)
{
    return (struct base_str){text, text ? strlen(text) : 0};
}

bool base_str_equal(struct base_str a, struct base_str b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.at, b.at, a.len) == 0);
}

int base_str_order(struct base_str a, struct base_str b)
{
    size_t both = a.len < b.len ? a.len : b.len;
    int order = both ? memcmp(a.at, b.at, both) : 0;
    return order ? order : (a.len > b.len) - (a.len < b.len);
}

bool base_str_is(struct base_str a, const char *text)
{
    return base_str_equal(a, base_str_of(text));
}

bool base_str_starts(struct base_str a, const char *prefix)
{
    size_t len = strlen(prefix);
    return a.len >= len && memcmp(a.at, prefix, len) == 0;
}

bool base_str_next(struct base_str *rest, char separator, struct base_str *ret_part)
{
    if (!rest->at) {
        return false;
    }
    const char *found = rest->len ? memchr(rest->at, separator, rest->len) : NULL;
    if (!found) {
        *ret_part = *rest;
        *rest = (struct base_str){NULL, 0};
        return true;
    }
    size_t len = (size_t)(found - rest->at);
    *ret_part = (struct base_str){rest->at, len};
    *rest = (struct base_str){found + 1, rest->len - len - 1};
    return true;
}

static bool is_space(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

struct base_str base_str_trim(struct base_str a)
{
    while (a.len && is_space(a.at[0])) {
        a.at++;
        a.len--;
    }
    while (a.len && is_space(a.at[a.len - 1])) {
        a.len--;
    }
    return a;
}

bool base_str_i64(struct base_str a, int64_t *ret_value)
{
    bool negative = a.len && a.at[0] == '-';
    size_t first = a.len && (a.at[0] == '-' || a.at[0] == '+');
    if (first == a.len) {
        return false;
    }
    int64_t value = 0;
    for (size_t i = first; i < a.len; i++) {
        int digit = a.at[i] - '0';
        if (digit < 0 || digit > 9 || __builtin_mul_overflow(value, 10, &value) ||
            __builtin_sub_overflow(value, digit, &value)) { /* negative all along: INT64_MIN has no positive twin */
            return false;
        }
    }
    if (!negative && value == INT64_MIN) {
        return false;
    }
    *ret_value = negative ? value : -value;
    return true;
}

/* strtod follows the process's locale; numbers in data always use a point. */
static locale_t c_locale;

static void make_c_locale(void)
{
    c_locale = newlocale(LC_ALL_MASK, "C", NULL);
}

bool base_str_f64(struct base_str a, double *ret_value)
{
    char text[64];
    if (a.len == 0 || a.len >= sizeof text || !strchr("+-.0123456789", a.at[0]) || memchr(a.at, 'x', a.len) ||
        memchr(a.at, 'X', a.len)) {
        return false;
    }
    memcpy(text, a.at, a.len);
    text[a.len] = '\0';
    char *end;
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, make_c_locale);
    if (!c_locale) {
        return false;
    }
    double value = strtod_l(text, &end, c_locale);
    if (end != text + a.len || !isfinite(value)) {
        return false;
    }
    *ret_value = value;
    return true;
}

/* Length of the sequence a lead byte opens, 0 when it opens none; *ret_least is the least code point it may hold. */
static size_t utf8_length(unsigned char lead, uint32_t *ret_least)
{
    if (lead >= 0xC2 && lead <= 0xDF) {
        *ret_least = 0x80;
        return 2;
    }
    if (lead >= 0xE0 && lead <= 0xEF) {
        *ret_least = 0x800;
        return 3;
    }
    if (lead >= 0xF0 && lead <= 0xF4) {
        *ret_least = 0x10000;
        return 4;
    }
    return 0;
}

/* Eight bytes of ASCII without a NUL: no byte has its top bit, and each has another. */
static bool ascii8(const char *at)
{
    uint64_t word;
    memcpy(&word, at, sizeof word);
    return !((word | (word - UINT64_C(0x0101010101010101))) & UINT64_C(0x8080808080808080));
}

bool base_str_utf8(struct base_str a)
{
    for (size_t i = 0; i < a.len;) {
        if (a.len - i >= 8 && ascii8(a.at + i)) {
            i += 8;
            continue;
        }
        unsigned char lead = (unsigned char)a.at[i];
        if (lead < 0x80) {
            if (lead == 0) {
                return false;
            }
            i++;
            continue;
        }
        uint32_t least;
        size_t length = utf8_length(lead, &least);
        if (length == 0 || length > a.len - i) {
            return false;
        }
        uint32_t point = lead & (0x7Fu >> length);
        for (size_t k = 1; k < length; k++) {
            unsigned char next = (unsigned char)a.at[i + k];
            if ((next & 0xC0) != 0x80) {
                return false;
            }
            point = point << 6 | (next & 0x3Fu);
        }
        if (point < least || point > 0x10FFFF || (point >= 0xD800 && point <= 0xDFFF)) {
            return false;
        }
        i += length;
    }
    return true;
}

size_t base_str_character(struct base_str a)
{
    size_t longest = a.len < 4 ? a.len : 4;
    for (size_t len = 1; len <= longest; len++) {
        if (base_str_utf8((struct base_str){a.at, len})) {
            return len;
        }
    }
    return 0;
}
