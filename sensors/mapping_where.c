/* Where in a mapping file something is: people edit lines, and a parsed tree has none. The text was parsed before, so
 * this walk need not judge it; it only never leaves it. */
#include "sensors/mapping.h"

#include <string.h>

enum { DEPTH_MAX = BASE_JSON_DEPTH };

struct scan {
    struct base_str text;
    size_t at;
};

static char peek(const struct scan *scan)
{
    return scan->at < scan->text.len ? scan->text.at[scan->at] : '\0';
}

static void space(struct scan *scan)
{
    while (scan->at < scan->text.len && strchr(" \t\r\n,:", peek(scan))) {
        scan->at++;
    }
}

/* Past a string; gives what is between its quotes. */
static struct base_str string(struct scan *scan)
{
    size_t from = ++scan->at;
    while (scan->at < scan->text.len && peek(scan) != '"') {
        scan->at += peek(scan) == '\\' ? 2 : 1;
    }
    size_t to = scan->at < scan->text.len ? scan->at : scan->text.len;
    scan->at = to + 1;
    return (struct base_str){scan->text.at + from, to - from};
}

/* Past a whole value. */
static void value(struct scan *scan)
{
    int depth = 0;
    do {
        space(scan);
        char c = peek(scan);
        if (c == '"') {
            string(scan);
        } else if (c == '{' || c == '[') {
            depth++;
            scan->at++;
        } else if (c == '}' || c == ']') {
            depth--;
            scan->at++;
        } else {
            while (scan->at < scan->text.len && !strchr(" \t\r\n,:]}", peek(scan))) {
                scan->at++;
            }
        }
        space(scan);
    } while (depth > 0 && scan->at < scan->text.len);
}

/* To the member or item; false when there is none: then scan is where it was. */
static bool enter(struct scan *scan, const struct mapping_at *at)
{
    struct scan in = *scan;
    space(&in);
    size_t index = 0;
    bool object = peek(&in) == '{';
    in.at++;
    for (space(&in); in.at < in.text.len && peek(&in) != '}' && peek(&in) != ']'; index++) {
        struct scan here = in;
        struct base_str key = {NULL, 0};
        if (object) {
            key = string(&in);
        }
        if (at->key ? object && base_str_is(key, at->key) : !object && index == at->index) {
            *scan = here;
            if (object) {
                string(scan);
                space(scan);
            }
            return true;
        }
        value(&in);
    }
    return false;
}

int sensors_mapping_where_line(struct base_str text, const struct mapping_at *at)
{
    const struct mapping_at *way[DEPTH_MAX];
    size_t count = 0;
    struct scan scan = {text, 0};
    for (; at && at->up && count < DEPTH_MAX; at = at->up) {
        way[count++] = at;
    }
    while (count && enter(&scan, way[count - 1])) {
        count--;
    }
    space(&scan);
    int line = 1;
    for (size_t i = 0; i < scan.at && i < text.len; i++) {
        line += text.at[i] == '\n';
    }
    return line;
}

void sensors_mapping_where_path(const struct mapping_at *at, struct base_buf *buf)
{
    if (!at || !at->up) {
        return;
    }
    sensors_mapping_where_path(at->up, buf);
    if (!at->key) {
        base_buf_printf(buf, "/%zu", at->index);
        return;
    }
    base_buf_u8(buf, '/');
    for (const char *c = at->key; *c; c++) { /* RFC 6901, 3 */
        if (*c == '~' || *c == '/') {
            base_buf_text(buf, *c == '~' ? "~0" : "~1");
        } else {
            base_buf_u8(buf, (uint8_t)*c);
        }
    }
}
