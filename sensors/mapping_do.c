/* The closed list of what a mapping can do to a value. None of them fails: what cannot be done leaves nothing. */
#include "sensors/mapping.h"

#include <math.h>
#include <string.h>

static const struct mapping_datum nothing = {.type = MAPPING_ABSENT};

struct mapping_datum sensors_mapping_do_parse(struct mapping_run *run, struct base_str text)
{
    struct base_json *json = NULL;
    if (run->parsed_count == MAPPING_PARSED_MAX || base_json_in_parse(text.at, text.len, NULL, &json)) {
        return nothing;
    }
    run->parsed[run->parsed_count++] = json;
    return sensors_mapping_read_node(json);
}

static struct mapping_datum cased(struct mapping_run *run, struct base_str text, char from, char to)
{
    char *copy = text.len ? base_arena_text(run->decoding->arena, text) : NULL;
    for (size_t i = 0; copy && i < text.len; i++) {
        copy[i] = copy[i] >= from && copy[i] <= to ? (char)(copy[i] ^ 0x20) : copy[i];
    }
    return copy ? sensors_mapping_read_word((struct base_str){copy, text.len}) : nothing;
}

static int sextet(char c)
{
    if (c >= 'A' && c <= 'Z') {
        return c - 'A';
    }
    if (c >= 'a' && c <= 'z') {
        return c - 'a' + 26;
    }
    if (c >= '0' && c <= '9') {
        return c - '0' + 52;
    }
    return c == '+' || c == '-' ? 62 : c == '/' || c == '_' ? 63 : -1;
}

/* RFC 4648, either alphabet. Bytes that are no text are no value. */
static struct mapping_datum base64(struct mapping_run *run, struct base_str text)
{
    char *to = base_arena_alloc(run->decoding->arena, text.len + 1);
    size_t len = 0;
    unsigned bits = 0, held = 0;
    while (text.len && text.at[text.len - 1] == '=') {
        text.len--;
    }
    for (size_t i = 0; to && i < text.len; i++) {
        int six = sextet(text.at[i]);
        if (six < 0) {
            return nothing;
        }
        bits = (bits << 6 | (unsigned)six) & 0xFFFF;
        held += 6;
        if (held >= 8) {
            held -= 8;
            to[len++] = (char)(bits >> held & 0xFF);
        }
    }
    struct base_str plain = {to, len};
    return to && len && base_str_utf8(plain) ? sensors_mapping_read_word(plain) : nothing;
}

static struct mapping_datum hex(struct base_str text)
{
    uint64_t number = 0;
    text = base_str_trim(text);
    if (base_str_starts(text, "0x") || base_str_starts(text, "0X")) {
        text = (struct base_str){text.at + 2, text.len - 2};
    }
    if (text.len == 0 || text.len > 13) { /* a double holds 53 bits */
        return nothing;
    }
    for (size_t i = 0; i < text.len; i++) {
        char c = text.at[i] >= 'A' && text.at[i] <= 'F' ? (char)(text.at[i] | 0x20) : text.at[i];
        if (!(c >= '0' && c <= '9') && !(c >= 'a' && c <= 'f')) {
            return nothing;
        }
        number = number * 16 + (uint64_t)(c >= 'a' ? c - 'a' + 10 : c - '0');
    }
    return (struct mapping_datum){.type = MAPPING_NUMBER, .number = (double)number};
}

/* The n-th part, from the end when n is negative. */
static struct mapping_datum split(struct base_str text, struct base_str by, int64_t n)
{
    int64_t count = 1, at = 0;
    for (size_t i = 0; i + by.len <= text.len; i++) {
        if (memcmp(text.at + i, by.at, by.len) == 0) {
            count++;
            i += by.len - 1;
        }
    }
    n = n < 0 ? count + n : n;
    while (n >= 0 && n < count) {
        const char *end = text.len ? memmem(text.at, text.len, by.at, by.len) : NULL;
        size_t len = end ? (size_t)(end - text.at) : text.len;
        if (at++ == n) {
            return len ? sensors_mapping_read_word((struct base_str){text.at, len}) : nothing;
        }
        if (!end) {
            break;
        }
        text = (struct base_str){end + by.len, text.len - len - by.len};
    }
    return nothing;
}

static struct mapping_datum bit(const struct mapping_datum *datum, int64_t number)
{
    double value = sensors_mapping_read_number(datum);
    if (!(value >= 0 && value < 9e18)) {
        return nothing;
    }
    return (struct mapping_datum){.type = MAPPING_BOOLEAN, .number = (double)((uint64_t)value >> number & 1)};
}

static struct mapping_datum stripped(struct base_str text, struct base_str affix, bool front)
{
    bool fits = text.len >= affix.len;
    const char *from = fits && !front ? text.at + text.len - affix.len : text.at;
    if (!fits || memcmp(from, affix.at, affix.len) != 0) {
        return sensors_mapping_read_word(text);
    }
    return sensors_mapping_read_word((struct base_str){text.at + (front ? affix.len : 0), text.len - affix.len});
}

static struct mapping_datum appended(struct mapping_run *run, struct base_str text, struct base_str more)
{
    char *copy = text.len ? base_arena_alloc(run->decoding->arena, text.len + more.len + 1) : NULL;
    if (!copy) {
        return nothing;
    }
    memcpy(copy, text.at, text.len);
    memcpy(copy + text.len, more.at, more.len);
    return sensors_mapping_read_word((struct base_str){copy, text.len + more.len});
}

static struct mapping_datum of_text(struct mapping_run *run, const struct mapping_do *step, struct base_str text)
{
    switch (step->verb) {
    case MAPPING_LOWER:
        return cased(run, text, 'A', 'Z');
    case MAPPING_UPPER:
        return cased(run, text, 'a', 'z');
    case MAPPING_TRIM:
        return sensors_mapping_read_word(base_str_trim(text));
    case MAPPING_PARSE:
        return sensors_mapping_do_parse(run, text);
    case MAPPING_BASE64:
        return base64(run, text);
    case MAPPING_HEX:
        return hex(text);
    case MAPPING_SPLIT:
        return split(text, step->text, step->number);
    case MAPPING_STRIP_PREFIX:
        return stripped(text, step->text, true);
    case MAPPING_STRIP_SUFFIX:
        return stripped(text, step->text, false);
    case MAPPING_APPEND:
        return appended(run, text, step->text);
    default:
        return nothing;
    }
}

static struct mapping_datum of_array(const struct mapping_datum *datum, bool last)
{
    size_t count = datum->type == MAPPING_ARRAY ? base_json_in_size(datum->node) : 0;
    return count ? sensors_mapping_read_node(base_json_in_at(datum->node, last ? count - 1 : 0)) : nothing;
}

struct mapping_datum sensors_mapping_do(struct mapping_run *run, const struct mapping_do *step,
                                        struct mapping_datum datum)
{
    double yes;
    switch (step->verb) {
    case MAPPING_FIRST:
    case MAPPING_LAST:
        return of_array(&datum, step->verb == MAPPING_LAST);
    case MAPPING_GET:
        return sensors_mapping_read_node(sensors_mapping_read_steps(datum.node, &step->path));
    case MAPPING_BIT:
        return bit(&datum, step->number);
    case MAPPING_YES_NO:
        yes = sensors_mapping_read_yes_no(&datum);
        return isnan(yes) ? nothing : (struct mapping_datum){.type = MAPPING_BOOLEAN, .number = yes};
    case MAPPING_LENGTH:
        return (struct mapping_datum){.type = MAPPING_NUMBER,
                                      .number = datum.type == MAPPING_TEXT     ? (double)datum.text.len
                                                : datum.type >= MAPPING_OBJECT ? (double)base_json_in_size(datum.node)
                                                                               : 0};
    default:
        return datum.type < MAPPING_OBJECT ? of_text(run, step, sensors_mapping_read_text(run->decoding, &datum))
                                           : nothing;
    }
}
