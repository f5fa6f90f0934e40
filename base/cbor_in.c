/* The only place that knows libcbor. Its streaming decoder tells of heads and texts one at a time; the tree is made
 * here, so that no length in the message makes memory before the bytes are there. */
#include "base/json_tree.h"

#include <cbor.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define UNTIL_BREAK UINT64_MAX

enum { TREE_PER_BYTE = 160, TREE_LEAST = 64 * 1024 }; /* of memory: an item may be one byte */

enum shape { ARRAY, MAP, TEXT_CHUNKS, BYTE_CHUNKS };

struct frame {
    enum shape shape;
    struct base_json *container; /* lies in its parent already */
    uint64_t left;               /* items or pairs that are to come, or UNTIL_BREAK */
    char *key;                   /* of the pair's value; NULL: the key is to come */
};

struct reading {
    struct frame frames[BASE_JSON_DEPTH];
    size_t depth;
    struct base_json_tree *tree;
    bool done;   /* the one item is there */
    bool tagged; /* a tag waits for its item */
    struct base_buf chunks;
    enum base_err err;
    const char *why;
};

static void stop(struct reading *reading, enum base_err err, const char *why)
{
    if (!reading->err) {
        reading->err = err;
        reading->why = why;
    }
}

static struct frame *top(struct reading *reading)
{
    return reading->depth ? &reading->frames[reading->depth - 1] : NULL;
}

/* After an item: arrays and maps that have all of theirs end. */
static void settle(struct reading *reading)
{
    struct frame *frame = top(reading);
    while (frame && frame->left == 0) {
        reading->depth--;
        frame = top(reading);
    }
    reading->done = reading->depth == 0;
}

static void counted(struct frame *frame)
{
    frame->left -= frame->left != UNTIL_BREAK;
}

static void put_member(struct reading *reading, struct frame *frame, struct base_json *value)
{
    enum base_err err = base_json_tree_put(reading->tree, frame->container, base_str_of(frame->key), value);
    if (err) {
        stop(reading, err, "out of memory");
    }
    free(frame->key);
    frame->key = NULL;
    counted(frame);
}

static void put_key(struct reading *reading, struct frame *frame, struct base_str key)
{
    frame->key = strndup(key.len ? key.at : "", key.len);
    if (!frame->key) {
        stop(reading, BASE_NOMEM, "out of memory");
    } else if (base_json_tree_get(frame->container, key)) {
        stop(reading, BASE_INVALID, "a key comes twice in a map");
    }
}

/* Into what is open, or as the whole; NULL: there was no memory for it. A container's own end is not looked for here.
 */
static void put(struct reading *reading, struct base_json *value)
{
    struct frame *frame = top(reading);
    reading->tagged = false;
    if (!value) {
        stop(reading, BASE_NOMEM, "out of memory");
    } else if (!frame) {
        reading->tree->root = value;
    } else if (frame->shape == ARRAY) {
        counted(frame);
        enum base_err err = base_json_tree_append(reading->tree, frame->container, value);
        if (err) {
            stop(reading, err, "out of memory");
        }
    } else if (frame->shape == MAP && frame->key) {
        put_member(reading, frame, value);
    } else {
        stop(reading, BASE_INVALID,
             frame->shape == MAP ? "a map's key is neither text nor integer"
                                 : "something else inside a text that comes in pieces");
    }
}

static void put_item(struct reading *reading, struct base_json *value)
{
    put(reading, value);
    settle(reading);
}

static void open_frame(struct reading *reading, enum shape shape, uint64_t left)
{
    if (reading->depth == BASE_JSON_DEPTH) {
        stop(reading, BASE_LIMIT, "nested too deep");
        return;
    }
    struct frame frame = {.shape = shape, .left = left};
    if (shape == ARRAY || shape == MAP) {
        frame.container = base_json_tree_make(reading->tree, shape == ARRAY ? BASE_JSON_ARRAY : BASE_JSON_OBJECT);
        put(reading, frame.container);
    } else if (top(reading) && (top(reading)->shape == TEXT_CHUNKS || top(reading)->shape == BYTE_CHUNKS)) {
        stop(reading, BASE_INVALID, "something else inside a text that comes in pieces");
    } else {
        reading->tagged = false;
        base_buf_reset(&reading->chunks);
    }
    if (!reading->err) {
        reading->frames[reading->depth++] = frame;
        settle(reading);
    }
}

static bool key_is_next(struct reading *reading)
{
    struct frame *frame = top(reading);
    return frame && frame->shape == MAP && !frame->key;
}

static void on_text(struct reading *reading, struct base_str text)
{
    if (!base_str_utf8(text)) {
        stop(reading, BASE_INVALID, "a text is not UTF-8");
    } else if (key_is_next(reading)) {
        reading->tagged = false;
        put_key(reading, top(reading), text);
    } else {
        put_item(reading, base_json_tree_text(reading->tree, text));
    }
}

/* RFC 4648, section 5, without padding. */
static void on_bytes(struct reading *reading, struct base_str bytes)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    AUTO_VALUE(base_buf) text;
    base_buf_init(&text, (size_t)2 * BASE_DOCUMENT_MAX);
    for (size_t i = 0; i < bytes.len; i += 3) {
        size_t there = bytes.len - i < 3 ? bytes.len - i : 3;
        uint32_t three = 0;
        for (size_t j = 0; j < 3; j++) {
            three = three << 8 | (j < there ? (uint8_t)bytes.at[i + j] : 0);
        }
        const char four[] = {digits[three >> 18], digits[three >> 12 & 63], digits[three >> 6 & 63],
                             digits[three & 63]};
        base_buf_append(&text, four, there + 1);
    }
    if (text.err) {
        stop(reading, text.err, "out of memory");
    } else {
        put_item(reading, base_json_tree_text(reading->tree, base_buf_str(&text)));
    }
}

/* One whole text, or a piece of one. */
static void on_string(struct reading *reading, enum shape shape, cbor_data data, size_t len)
{
    struct base_str text = {(const char *)data, len};
    struct frame *frame = top(reading);
    if (frame && (frame->shape == TEXT_CHUNKS || frame->shape == BYTE_CHUNKS)) {
        if (frame->shape != shape || reading->tagged || (shape == TEXT_CHUNKS && !base_str_utf8(text))) {
            stop(reading, BASE_INVALID, "something else inside a text that comes in pieces");
            return;
        }
        base_buf_append(&reading->chunks, text.at, text.len);
        if (reading->chunks.err) {
            stop(reading, reading->chunks.err, "a text is too long");
        }
    } else if (shape == TEXT_CHUNKS) {
        on_text(reading, text);
    } else {
        on_bytes(reading, text);
    }
}

static struct base_json *whole_number(struct reading *reading, int64_t value)
{
    struct base_json *node = base_json_tree_make(reading->tree, BASE_JSON_I64);
    if (node) {
        node->i64 = value;
    }
    return node;
}

static struct base_json *real_number(struct reading *reading, double value)
{
    struct base_json *node = base_json_tree_make(reading->tree, isfinite(value) ? BASE_JSON_F64 : BASE_JSON_NULL);
    if (node && isfinite(value)) {
        node->f64 = value;
    }
    return node;
}

static void on_number(struct reading *reading, bool negative, uint64_t magnitude)
{
    bool fits = magnitude <= INT64_MAX;
    int64_t whole = fits ? (negative ? -1 - (int64_t)magnitude : (int64_t)magnitude) : 0;
    char text[24];
    if (!key_is_next(reading)) {
        double rounded = negative ? -1.0 - (double)magnitude : (double)magnitude;
        put_item(reading, fits ? whole_number(reading, whole) : real_number(reading, rounded));
    } else if (fits) {
        reading->tagged = false;
        int len = snprintf(text, sizeof text, "%lld", (long long)whole);
        put_key(reading, top(reading), (struct base_str){text, (size_t)len});
    } else {
        stop(reading, BASE_INVALID, "a map's key is beyond 64 bits");
    }
}

static void on_real(struct reading *reading, double value)
{
    put_item(reading, real_number(reading, value));
}

static void on_uint8(void *reading, uint8_t value)
{
    on_number(reading, false, value);
}

static void on_uint16(void *reading, uint16_t value)
{
    on_number(reading, false, value);
}

static void on_uint32(void *reading, uint32_t value)
{
    on_number(reading, false, value);
}

static void on_uint64(void *reading, uint64_t value)
{
    on_number(reading, false, value);
}

static void on_negative8(void *reading, uint8_t value)
{
    on_number(reading, true, value);
}

static void on_negative16(void *reading, uint16_t value)
{
    on_number(reading, true, value);
}

static void on_negative32(void *reading, uint32_t value)
{
    on_number(reading, true, value);
}

static void on_negative64(void *reading, uint64_t value)
{
    on_number(reading, true, value);
}

static void on_whole_text(void *reading, cbor_data data, size_t len)
{
    on_string(reading, TEXT_CHUNKS, data, len);
}

static void on_whole_bytes(void *reading, cbor_data data, size_t len)
{
    on_string(reading, BYTE_CHUNKS, data, len);
}

static void on_text_start(void *reading)
{
    open_frame(reading, TEXT_CHUNKS, UNTIL_BREAK);
}

static void on_bytes_start(void *reading)
{
    open_frame(reading, BYTE_CHUNKS, UNTIL_BREAK);
}

static void on_array(void *reading, size_t count)
{
    open_frame(reading, ARRAY, count);
}

static void on_open_array(void *reading)
{
    open_frame(reading, ARRAY, UNTIL_BREAK);
}

static void on_map(void *reading, size_t count)
{
    open_frame(reading, MAP, count);
}

static void on_open_map(void *reading)
{
    open_frame(reading, MAP, UNTIL_BREAK);
}

static void on_tag(void *context, uint64_t tag)
{
    struct reading *reading = context;
    (void)tag;
    reading->tagged = true;
}

static void on_single(void *reading, float value)
{
    on_real(reading, (double)value);
}

static void on_double(void *reading, double value)
{
    on_real(reading, value);
}

static void on_null(void *reading)
{
    put_item(reading, base_json_tree_make(((struct reading *)reading)->tree, BASE_JSON_NULL));
}

static void on_bool(void *context, bool value)
{
    struct reading *reading = context;
    struct base_json *node = base_json_tree_make(reading->tree, BASE_JSON_BOOL);
    if (node) {
        node->truth = value;
    }
    put_item(reading, node);
}

static void on_break(void *context)
{
    struct reading *reading = context;
    struct frame *frame = top(reading);
    if (!frame || frame->left != UNTIL_BREAK || frame->key || reading->tagged) {
        stop(reading, BASE_INVALID, "a break where nothing can end");
        return;
    }
    enum shape shape = frame->shape;
    reading->depth--;
    if (shape == TEXT_CHUNKS) {
        on_text(reading, base_buf_str(&reading->chunks));
    } else if (shape == BYTE_CHUNKS) {
        on_bytes(reading, base_buf_str(&reading->chunks));
    } else {
        settle(reading);
    }
}

static const struct cbor_callbacks callbacks = {
    .uint8 = on_uint8,
    .uint16 = on_uint16,
    .uint32 = on_uint32,
    .uint64 = on_uint64,
    .negint8 = on_negative8,
    .negint16 = on_negative16,
    .negint32 = on_negative32,
    .negint64 = on_negative64,
    .byte_string = on_whole_bytes,
    .byte_string_start = on_bytes_start,
    .string = on_whole_text,
    .string_start = on_text_start,
    .array_start = on_array,
    .indef_array_start = on_open_array,
    .map_start = on_map,
    .indef_map_start = on_open_map,
    .tag = on_tag,
    .float2 = on_single,
    .float4 = on_single,
    .float8 = on_double,
    .undefined = on_null,
    .null = on_null,
    .boolean = on_bool,
    .indef_break = on_break,
};

static size_t read_items(struct reading *reading, const unsigned char *data, size_t len)
{
    size_t at = 0;
    while (!reading->err && !reading->done) {
        struct cbor_decoder_result got = cbor_stream_decode(data + at, len - at, &callbacks, reading);
        if (got.status != CBOR_DECODER_FINISHED) {
            stop(reading, BASE_INVALID, got.status == CBOR_DECODER_NEDATA ? "it ends early" : "no such item");
        } else if (!reading->err) {
            at += got.read;
        }
    }
    if (!reading->err && at < len) {
        stop(reading, BASE_INVALID, "more bytes behind its end");
    }
    return at;
}

enum base_err base_cbor_in_parse(const void *data, size_t len, struct base_diag *diag, struct base_json **ret_json)
{
    if (len > BASE_DOCUMENT_MAX) {
        return base_diag_set(diag, BASE_LIMIT, "CBOR of %zu bytes; up to %u are read", len, BASE_DOCUMENT_MAX);
    }
    AUTO(base_json_tree) tree = base_json_tree_new(TREE_LEAST + len * TREE_PER_BYTE);
    struct reading reading = {.tree = tree};
    if (!tree) {
        return base_diag_set(diag, BASE_NOMEM, "out of memory");
    }
    base_buf_init(&reading.chunks, BASE_DOCUMENT_MAX);
    size_t at = read_items(&reading, len ? data : (const void *)"", len);
    for (size_t i = 0; i < reading.depth; i++) {
        free(reading.frames[i].key);
    }
    base_buf_release(&reading.chunks);
    struct base_json *json = reading.err ? NULL : base_json_tree_give(tree);
    if (reading.err || !json) {
        return reading.err ? base_diag_set(diag, reading.err, "not CBOR that is read: byte %zu: %s", at, reading.why)
                           : base_diag_set(diag, BASE_NOMEM, "out of memory");
    }
    tree = NULL;
    *ret_json = json;
    return BASE_OK;
}
