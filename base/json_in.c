/* The only place that knows yajl: its events become a tree. yajl lets pass what RFC 8259 and RFC 3629 do not - lone
 * surrogates, overlong forms, a NUL in a text, a key that comes twice - and is told here. */
#include "base/json_tree.h"

#include <math.h>
#include <string.h>
#include <yajl/yajl_parse.h>

enum { TREE_PER_BYTE = 64, TREE_LEAST = 64 * 1024 };

struct reading {
    struct base_json_tree *tree;
    yajl_handle parser;
    struct base_json *open[BASE_JSON_DEPTH_MAX];
    size_t depth, most;
    struct base_str input;
    struct base_str key; /* of the value that comes next: in the input, or in the tree */
    enum base_err err;
    const char *why;
};

static int stop(struct reading *reading, enum base_err err, const char *why)
{
    reading->err = err;
    reading->why = why;
    return 0;
}

static bool in_input(const struct reading *reading, const void *at)
{
    return (uintptr_t)at - (uintptr_t)reading->input.at < reading->input.len;
}

/* Bytes that the text just read takes with its quotes. With escapes it lies elsewhere: back to the quote that no \\
 * stands before. */
static size_t text_len(const struct reading *reading, struct base_str value)
{
    const char *text = reading->input.at;
    size_t end = yajl_get_bytes_consumed(reading->parser), at = end > 1 ? end - 2 : 0;
    if (in_input(reading, value.at)) {
        return value.len + 2;
    }
    for (; at > 0; at--) {
        size_t slashes = 0;
        while (text[at] == '"' && slashes < at && text[at - 1 - slashes] == '\\') {
            slashes++;
        }
        if (text[at] == '"' && slashes % 2 == 0) {
            break;
        }
    }
    return end - at;
}

/* Into what is open, or as the whole. len: of what was read for it. */
static int put(struct reading *reading, struct base_json *node, size_t len)
{
    struct base_json *parent = reading->depth ? reading->open[reading->depth - 1] : NULL;
    enum base_err err = BASE_OK;
    if (!node) {
        return stop(reading, BASE_NOMEM, "more than there is memory for");
    }
    if (!parent) { /* a number alone is told after the end, when nothing counts any more */
        node->at = (uint32_t)(base_str_trim(reading->input).at - reading->input.at) + 1;
        reading->tree->root = node;
        return 1;
    }
    node->at = (uint32_t)(yajl_get_bytes_consumed(reading->parser) - len) + 1;
    if (parent->type == BASE_JSON_ARRAY) {
        err = base_json_tree_append(reading->tree, parent, node);
    } else {
        err = base_json_tree_put(reading->tree, parent, reading->key, node);
    }
    if (err) {
        return stop(reading, err == BASE_CONFLICT ? BASE_INVALID : err,
                    err == BASE_CONFLICT ? "a key comes twice in an object" : "more than there is memory for");
    }
    return 1;
}

static int on_null(void *reading)
{
    return put(reading, base_json_tree_make(((struct reading *)reading)->tree, BASE_JSON_NULL), 4);
}

static int on_bool(void *context, int value)
{
    struct reading *reading = context;
    struct base_json *node = base_json_tree_make(reading->tree, BASE_JSON_BOOL);
    if (node) {
        node->truth = value != 0;
    }
    return put(reading, node, value ? 4 : 5);
}

/* A whole number beyond 64 bits is read as the real one nearest to it. */
static int on_number(void *context, const char *text, size_t len)
{
    struct reading *reading = context;
    struct base_str number = {text, len};
    struct base_json *node = base_json_tree_make(reading->tree, BASE_JSON_I64);
    int64_t whole;
    double real;
    if (!node || base_str_i64(number, &whole)) {
        if (node) {
            node->i64 = whole;
        }
    } else if (base_str_f64(number, &real)) {
        node->type = BASE_JSON_F64;
        node->f64 = real;
    } else {
        return stop(reading, BASE_INVALID, "a number that is too large or too long");
    }
    return put(reading, node, len);
}

static int on_text(void *context, const unsigned char *text, size_t len)
{
    struct reading *reading = context;
    struct base_str value = {(const char *)text, len};
    return base_str_utf8(value) ? put(reading, base_json_tree_text(reading->tree, value), text_len(reading, value))
                                : stop(reading, BASE_INVALID, "a text that is not UTF-8, or holds a NUL");
}

/* A key without escapes is where it was read. One with them is in yajl's only buffer for such, which a value with
 * escapes takes before its event comes: it is copied. */
static int on_key(void *context, const unsigned char *text, size_t len)
{
    struct reading *reading = context;
    reading->key = (struct base_str){(const char *)text, len};
    if (!base_str_utf8(reading->key)) {
        return stop(reading, BASE_INVALID, "a key that is not UTF-8, or holds a NUL");
    }
    if (!in_input(reading, text)) {
        reading->key.at = base_arena_text(&reading->tree->memory, reading->key);
    }
    return reading->key.at ? 1 : stop(reading, BASE_NOMEM, "more than there is memory for");
}

static int open_container(struct reading *reading, enum base_json_type type)
{
    if (reading->depth == reading->most) {
        return stop(reading, BASE_LIMIT, "nested too deep");
    }
    struct base_json *node = base_json_tree_make(reading->tree, type);
    if (!put(reading, node, 1)) {
        return 0;
    }
    reading->open[reading->depth++] = node;
    return 1;
}

static int on_object(void *reading)
{
    return open_container(reading, BASE_JSON_OBJECT);
}

static int on_array(void *reading)
{
    return open_container(reading, BASE_JSON_ARRAY);
}

static int on_end(void *context)
{
    struct reading *reading = context;
    reading->depth--;
    return 1;
}

static const yajl_callbacks callbacks = {
    .yajl_null = on_null,
    .yajl_boolean = on_bool,
    .yajl_number = on_number,
    .yajl_string = on_text,
    .yajl_start_map = on_object,
    .yajl_map_key = on_key,
    .yajl_end_map = on_end,
    .yajl_start_array = on_array,
    .yajl_end_array = on_end,
};

/* Four hex digits; -1: they are none. */
static int hex4(const char *at)
{
    static const char digits[] = "0123456789abcdef";
    int value = 0;
    for (int i = 0; i < 4; i++) {
        const char *digit = at[i] ? strchr(digits, at[i] >= 'A' && at[i] <= 'F' ? at[i] | 0x20 : at[i]) : NULL;
        if (!digit) {
            return -1;
        }
        value = value * 16 + (int)(digit - digits);
    }
    return value;
}

/* yajl makes a question mark of half a surrogate pair. NULL: all are whole. */
static const char *lone_surrogate(struct base_str text)
{
    const char *end = text.at + text.len, *at = text.at;
    while ((at = memchr(at, '\\', (size_t)(end - at))) != NULL && end - at >= 6) {
        int high = at[1] == 'u' ? hex4(at + 2) : -1;
        if (high < 0xD800 || high > 0xDFFF) {
            at += 2;
            continue;
        }
        int low = high < 0xDC00 && end - at >= 12 && at[6] == '\\' && at[7] == 'u' ? hex4(at + 8) : -1;
        if (low < 0xDC00 || low > 0xDFFF) {
            return at;
        }
        at += 12;
    }
    return NULL;
}

static enum base_err explain(struct base_str text, size_t at, enum base_err err, const char *why,
                             struct base_diag *diag)
{
    int line = 1, column = 1;
    for (size_t i = 0; i < at && i < text.len; i++) {
        column = text.at[i] == '\n' ? 1 : column + 1;
        line += text.at[i] == '\n';
    }
    return base_diag_set(diag, err, "not JSON: line %d column %d: %s", line, column, why);
}

/* "parse error: premature EOF\n" */
static enum base_err yajl_says(struct base_str text, yajl_handle parser, struct base_diag *diag)
{
    unsigned char *said = yajl_get_error(parser, 0, NULL, 0);
    struct base_str why = base_str_trim(base_str_of((const char *)said));
    char copy[200];
    snprintf(copy, sizeof copy, "%.*s", (int)why.len, why.at ? why.at : "");
    yajl_free_error(parser, said);
    return explain(text, yajl_get_bytes_consumed(parser), BASE_INVALID, copy, diag);
}

static enum base_err parse(struct base_str text, yajl_handle parser, struct reading *reading, struct base_diag *diag)
{
    const char *half = lone_surrogate(text);
    if (half) {
        return explain(text, (size_t)(half - text.at), BASE_INVALID, "half a surrogate pair", diag);
    }
    yajl_status status = yajl_parse(parser, (const unsigned char *)text.at, text.len);
    if (status == yajl_status_ok) {
        status = yajl_complete_parse(parser);
    }
    if (reading->err == BASE_LIMIT) {
        return base_diag_set(diag, BASE_LIMIT, "JSON nested deeper than %zu levels", reading->most);
    }
    if (reading->err) {
        return explain(text, yajl_get_bytes_consumed(parser), reading->err, reading->why, diag);
    }
    return status == yajl_status_ok ? BASE_OK : yajl_says(text, parser, diag);
}

enum base_err base_json_in_parse(const void *text, size_t len, struct base_diag *diag, struct base_json **ret_json)
{
    return base_json_in_parse_deep(text, len, BASE_JSON_DEPTH, diag, ret_json);
}

enum base_err base_json_in_parse_deep(const void *text, size_t len, size_t depth, struct base_diag *diag,
                                      struct base_json **ret_json)
{
    struct base_str input = {len ? text : "", len};
    AUTO(base_json_tree) tree = base_json_tree_new(TREE_LEAST + len * TREE_PER_BYTE);
    struct reading reading = {
        .tree = tree, .input = input, .most = depth < BASE_JSON_DEPTH_MAX ? depth : BASE_JSON_DEPTH_MAX};
    yajl_handle parser = tree ? yajl_alloc(&callbacks, NULL, &reading) : NULL;
    reading.parser = parser;
    if (!parser) {
        return base_diag_set(diag, BASE_NOMEM, "out of memory");
    }
    enum base_err err = parse(input, parser, &reading, diag);
    yajl_free(parser);
    struct base_json *json = err ? NULL : base_json_tree_give(tree);
    if (!json) {
        return err ? err : base_diag_set(diag, BASE_NOMEM, "out of memory");
    }
    tree = NULL;
    *ret_json = json;
    return BASE_OK;
}

const struct base_json *base_json_in_get(const struct base_json *object, const char *key)
{
    return base_json_in_is_object(object) ? base_json_tree_get(object, base_str_of(key)) : NULL;
}

const struct base_json *base_json_in_at(const struct base_json *array, size_t index)
{
    return base_json_in_is_array(array) && index < array->count ? array->slots[index] : NULL;
}

size_t base_json_in_size(const struct base_json *json)
{
    return base_json_in_is_array(json) || base_json_in_is_object(json) ? json->count : 0;
}

bool base_json_in_next(const struct base_json *object, void **at, struct base_str *ret_key,
                       const struct base_json **ret_value)
{
    const struct base_json *last = *at;
    const struct base_json *member = last ? last->next : base_json_in_is_object(object) ? object->first : NULL;
    if (!member) {
        return false;
    }
    *at = (void *)member;
    *ret_key = member->key;
    *ret_value = member;
    return true;
}

bool base_json_in_is_object(const struct base_json *json)
{
    return json && json->type == BASE_JSON_OBJECT;
}

bool base_json_in_is_array(const struct base_json *json)
{
    return json && json->type == BASE_JSON_ARRAY;
}

bool base_json_in_text(const struct base_json *json, struct base_str *ret_text)
{
    if (!json || json->type != BASE_JSON_TEXT) {
        return false;
    }
    *ret_text = json->text;
    return true;
}

bool base_json_in_i64(const struct base_json *json, int64_t *ret_value)
{
    if (!json || json->type != BASE_JSON_I64) {
        return false;
    }
    *ret_value = json->i64;
    return true;
}

bool base_json_in_f64(const struct base_json *json, double *ret_value)
{
    if (!json || (json->type != BASE_JSON_F64 && json->type != BASE_JSON_I64)) {
        return false;
    }
    *ret_value = json->type == BASE_JSON_F64 ? json->f64 : (double)json->i64;
    return true;
}

bool base_json_in_bool(const struct base_json *json, bool *ret_value)
{
    if (!json || json->type != BASE_JSON_BOOL) {
        return false;
    }
    *ret_value = json->truth;
    return true;
}

bool base_json_in_is_null(const struct base_json *json)
{
    return json && json->type == BASE_JSON_NULL;
}

uint32_t base_json_in_where(const struct base_json *json)
{
    return json ? json->at : 0;
}
