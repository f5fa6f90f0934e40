/* Values of features as a layer holds them (MVT 2.1, 4.4): whole messages, which are equal when the values are. */
#include "tiles/mvt_private.h"

#include <string.h>

enum { /* protobuf: field << 3 | wire type */
       LAYER_VALUE = 4 << 3 | 2,
       VALUE_TEXT = 1 << 3 | 2,
       VALUE_FLOAT = 2 << 3 | 5,
       VALUE_DOUBLE = 3 << 3 | 1,
       VALUE_UINT = 5 << 3,
       VALUE_SINT = 6 << 3,
       VALUE_BOOL = 7 << 3,
       NUMBER_MAX = 16
};
_Static_assert((int)NUMBER_MAX >= (int)MVT_VALUE_INT, "every number fits");

/* What was written behind the three bytes of the head. */
static uint32_t head(uint8_t *at, int field, const uint8_t *end)
{
    at[0] = LAYER_VALUE;
    at[1] = (uint8_t)(end - at - 2);
    at[2] = (uint8_t)field;
    return (uint32_t)(end - at);
}

uint32_t mvt_value_int(uint8_t at[MVT_VALUE_INT], int64_t value)
{
    if (value >= 0) {
        return head(at, VALUE_UINT, mvt_varint(at + 3, (uint64_t)value));
    }
    return head(at, VALUE_SINT, mvt_varint(at + 3, ((uint64_t)value << 1) ^ UINT64_MAX));
}

static uint8_t *little_endian(uint8_t *at, uint64_t bits, int bytes)
{
    for (int i = 0; i < bytes; i++) {
        *at++ = (uint8_t)(bits >> 8 * i);
    }
    return at;
}

static uint32_t value_float(uint8_t *at, float value)
{
    uint32_t bits;
    value = value == 0 ? 0 : value; /* -0 is the same number, and other bits */
    memcpy(&bits, &value, sizeof bits);
    return head(at, VALUE_FLOAT, little_endian(at + 3, bits, sizeof bits));
}

static uint32_t value_double(uint8_t *at, double value)
{
    uint64_t bits;
    value = value == 0 ? 0 : value;
    memcpy(&bits, &value, sizeof bits);
    return head(at, VALUE_DOUBLE, little_endian(at + 3, bits, sizeof bits));
}

static uint32_t value_bool(uint8_t *at, bool value)
{
    at[3] = value;
    return head(at, VALUE_BOOL, at + 4);
}

static void value_text(struct base_buf *buf, struct base_str text)
{
    uint8_t inner[12];
    inner[0] = VALUE_TEXT;
    size_t inner_len = (size_t)(mvt_varint(inner + 1, text.len) - inner);
    uint8_t *begin = (uint8_t *)base_buf_reserve(buf, text.len + 2 * sizeof inner);
    if (!begin) {
        return;
    }
    *begin = LAYER_VALUE;
    uint8_t *at = mvt_varint(begin + 1, inner_len + text.len);
    memcpy(at, inner, inner_len);
    if (text.len) {
        memcpy(at + inner_len, text.at, text.len);
    }
    buf->len += (size_t)(at - begin) + inner_len + text.len;
}

/* To the second, as people read it. */
static void value_time(struct base_buf *buf, int64_t time_us)
{
    char text[BASE_TIME_TEXT];
    int64_t part = time_us % 1000000;
    base_time_out(time_us - (part < 0 ? part + 1000000 : part), text);
    value_text(buf, base_str_of(text));
}

static uint64_t hash_text(struct base_str text)
{
    uint64_t sum = text.len;
    for (size_t at = 0; at < text.len; at += 8) {
        uint64_t word = 0;
        memcpy(&word, text.at + at, text.len - at < 8 ? text.len - at : 8);
        sum = mvt_value_mixed(sum ^ word);
    }
    return mvt_value_mixed(sum);
}

uint64_t mvt_value_write(struct base_buf *buf, enum tiles_kind kind, const struct tiles_cell *cell)
{
    const size_t from = buf->len;
    uint8_t *at = (uint8_t *)base_buf_reserve(buf, NUMBER_MAX);
    if (!at) {
        return 0;
    }
    switch (kind) {
    case TILES_INT:
        buf->len += mvt_value_int(at, cell->i64);
        return mvt_value_int_hash(cell->i64);
    case TILES_REAL:
        buf->len += value_float(at, (float)cell->f64);
        break;
    case TILES_DOUBLE:
        buf->len += value_double(at, cell->f64);
        break;
    case TILES_BOOL:
        buf->len += value_bool(at, cell->i64 != 0);
        break;
    case TILES_TIME:
        value_time(buf, cell->i64);
        break;
    case TILES_TEXT:
    case TILES_TEXTS: /* no layer shows these */
        value_text(buf, cell->text);
        break;
    }
    return buf->err ? 0 : hash_text((struct base_str){buf->data + from, buf->len - from});
}
