/* A layer of a tile (MVT 2.1, 4.1 to 4.4) as protobuf, written by hand: a feature is one copy into the layer, and each
 * value is looked for in a table of hashes, so that a tile of 14,000 buildings takes a millisecond or two. */
#include "tiles/mvt_private.h"

#include <stdlib.h>
#include <string.h>

enum {
    LAYER_MAX = 64 << 20,
    SLOTS_FIRST = 1 << 10,
    SLOTS_A_FEATURE = 4, /* its id, its name or code, and as much again free */
    /* protobuf: field << 3 | wire type */
    TILE_LAYER = 3 << 3 | 2,
    LAYER_VERSION = 15 << 3,
    LAYER_NAME = 1 << 3 | 2,
    LAYER_FEATURE = 2 << 3 | 2,
    LAYER_KEY = 3 << 3 | 2,
    LAYER_VALUE = 4 << 3 | 2,
    LAYER_EXTENT = 5 << 3,
    FEATURE_ID = 1 << 3,
    FEATURE_TAGS = 2 << 3 | 2,
    FEATURE_TYPE = 3 << 3,
    FEATURE_GEOMETRY = 4 << 3 | 2,
    VALUE_TEXT = 1 << 3 | 2,
    VALUE_FLOAT = 2 << 3 | 5,
    VALUE_DOUBLE = 3 << 3 | 1,
    VALUE_UINT = 5 << 3,
    VALUE_SINT = 6 << 3,
    VALUE_BOOL = 7 << 3
};

void mvt_layer_init(struct mvt_layer *layer)
{
    base_buf_init(&layer->features, LAYER_MAX);
    base_buf_init(&layer->keys, LAYER_MAX);
    base_buf_init(&layer->values, LAYER_MAX);
}

void mvt_layer_release(struct mvt_layer *layer)
{
    base_buf_release(&layer->features);
    base_buf_release(&layer->keys);
    base_buf_release(&layer->values);
    free(layer->table);
    free(layer->slots);
    layer->table = NULL;
    layer->slots = NULL;
}

void tiles_mvt_layer_begin(struct tiles_mvt *mvt, const char *name)
{
    struct mvt_layer *layer = &mvt->layer;
    base_buf_reset(&layer->features);
    base_buf_reset(&layer->keys);
    base_buf_reset(&layer->values);
    layer->name = name;
    layer->key_count = layer->value_count = layer->slot_count = 0;
    memset(layer->recent, 0, sizeof layer->recent);
    layer->err = BASE_OK;
}

static uint32_t varint_len(uint64_t value)
{
    uint32_t len = 1;
    for (; value >= 0x80; value >>= 7) {
        len++;
    }
    return len;
}

static void field_bytes(struct base_buf *buf, int field, struct base_str bytes)
{
    uint8_t *begin = (uint8_t *)base_buf_reserve(buf, bytes.len + 20);
    if (begin) {
        uint8_t *at = mvt_varint(mvt_varint(begin, (uint64_t)field), bytes.len);
        if (bytes.len) {
            memcpy(at, bytes.at, bytes.len);
        }
        buf->len += (size_t)(at - begin) + bytes.len;
    }
}

uint32_t tiles_mvt_key(struct tiles_mvt *mvt, const char *name)
{
    field_bytes(&mvt->layer.keys, LAYER_KEY, base_str_of(name));
    return mvt->layer.key_count++;
}

/* --- values --- */
static uint64_t mixed(uint64_t a)
{
    a = (a ^ (a >> 32)) * 0x9FB21C651E98DF25u;
    return a ^ (a >> 29);
}

static uint32_t hash_of(uint16_t kind, uint64_t key)
{
    return (uint32_t)mixed(key + ((uint64_t)kind << 56));
}

static uint64_t hash(struct base_str text)
{
    uint64_t sum = text.len;
    for (size_t at = 0; at < text.len; at += 8) {
        uint64_t word = 0;
        memcpy(&word, text.at + at, text.len - at < 8 ? text.len - at : 8);
        sum = mixed(sum ^ word) * 0x9E3779B97F4A7C15u;
    }
    return sum;
}

/* The table of hashes begins as large as the layer will want it, so that little ones need little of the cache. */
static bool grow_to(struct mvt_layer *layer, uint32_t count)
{
    uint32_t mask = count - 1;
    if (!mvt_room(&layer->slots, &layer->slot_cap, count, sizeof *layer->slots) ||
        !mvt_room(&layer->table, &layer->table_cap, count / 2, sizeof *layer->table)) {
        layer->err = BASE_NOMEM;
        return false;
    }
    layer->slot_count = count;
    memset(layer->slots, 0, count * sizeof *layer->slots);
    for (uint32_t i = 0; i < layer->value_count; i++) {
        uint32_t hash = hash_of(layer->table[i].kind, layer->table[i].key), at = hash & mask;
        while (layer->slots[at].number) {
            at = (at + 1) & mask;
        }
        layer->slots[at] = (struct mvt_slot){hash, i + 1};
    }
    return true;
}

static bool same(const struct mvt_layer *layer, const struct mvt_value *value, uint16_t kind, uint64_t key,
                 struct base_str text)
{
    return value->key == key && value->kind == kind && value->len == text.len &&
           (!text.len || memcmp(layer->values.data + value->at, text.at, text.len) == 0);
}

static bool grow(struct mvt_layer *layer)
{
    return grow_to(layer, layer->slot_count ? layer->slot_count * 4 : SLOTS_FIRST);
}

void tiles_mvt_layer_room(struct tiles_mvt *mvt, size_t features)
{
    uint32_t count = SLOTS_FIRST;
    while (count < features * SLOTS_A_FEATURE && count < UINT32_C(1) << 24) {
        count *= 2;
    }
    (void)grow_to(&mvt->layer, count); /* what it lacks sticks, as it does later */
}

static void expect(const struct mvt_layer *layer, uint16_t kind, uint64_t key)
{
    if (layer->slot_count) {
        __builtin_prefetch(&layer->slots[hash_of(kind, key) & (layer->slot_count - 1)], 1);
    }
}

void tiles_mvt_expect_id(const struct tiles_mvt *mvt, int64_t value)
{
    expect(&mvt->layer, VALUE_UINT, (uint64_t)value);
}

/* The value, or a new one: *ret_new. NULL: no memory. text: of VALUE_TEXT. */
static struct mvt_value *value_of(struct mvt_layer *layer, uint16_t kind, uint64_t key, struct base_str text,
                                  bool *ret_new)
{
    if (layer->values.err || (layer->value_count * 2 >= layer->slot_count && !grow(layer))) {
        return NULL;
    }
    uint32_t mask = layer->slot_count - 1, hash = hash_of(kind, key), at = hash & mask;
    *ret_new = false;
    for (; layer->slots[at].number; at = (at + 1) & mask) {
        struct mvt_value *value = &layer->table[layer->slots[at].number - 1];
        if (layer->slots[at].hash == hash && same(layer, value, kind, key, text)) {
            return value;
        }
    }
    struct mvt_value *value = &layer->table[layer->value_count++];
    layer->slots[at] = (struct mvt_slot){hash, layer->value_count};
    *value = (struct mvt_value){.key = key, .len = (uint32_t)text.len, .kind = kind};
    *ret_new = true;
    return value;
}

static void tag(struct mvt_layer *layer, uint32_t key, uint32_t value)
{
    if (layer->tags_len + 10 > sizeof layer->tags) {
        layer->err = BASE_LIMIT;
        return;
    }
    uint8_t *at = mvt_varint(mvt_varint(layer->tags + layer->tags_len, key), value);
    layer->tags_len = (uint32_t)(at - layer->tags);
}

static struct mvt_recent *recent_of(struct mvt_layer *layer, uint32_t key, uint64_t bits)
{
    uint64_t spread = (bits * 0x9FB21C651E98DF25u) >> 59; /* 5 bits: MVT_RECENT */
    return &layer->recent[key % MVT_RECENT_KEYS * MVT_RECENT + spread];
}

/* A number: written is what the message holds after its field. The value, or NULL. */
static struct mvt_value *tag_number(struct mvt_layer *layer, uint32_t key, uint16_t kind, uint64_t bits,
                                    const uint8_t *written, uint32_t len)
{
    bool fresh;
    struct mvt_recent *recent = recent_of(layer, key, bits);
    if (recent->number && recent->bits == bits && recent->kind == kind) {
        tag(layer, key, recent->number - 1);
        return &layer->table[recent->number - 1];
    }
    struct mvt_value *found = value_of(layer, kind, bits, (struct base_str){NULL, 0}, &fresh);
    if (!found) {
        return NULL;
    }
    *recent = (struct mvt_recent){bits, (uint32_t)(found - layer->table) + 1, kind};
    uint8_t *at = fresh ? (uint8_t *)base_buf_reserve(&layer->values, 3 + len) : NULL;
    if (at) {
        at[0] = LAYER_VALUE;
        at[1] = (uint8_t)(1 + len);
        at[2] = (uint8_t)kind;
        memcpy(at + 3, written, len);
        layer->values.len += 3 + len;
    }
    tag(layer, key, (uint32_t)(found - layer->table));
    return found;
}

static struct mvt_value *tag_int(struct tiles_mvt *mvt, uint32_t key, int64_t value)
{
    uint8_t text[10];
    uint64_t bits = value < 0 ? ((uint64_t)value << 1) ^ UINT64_MAX : (uint64_t)value; /* zigzag of a negative one */
    uint32_t len = (uint32_t)(mvt_varint(text, bits) - text);
    return tag_number(&mvt->layer, key, value < 0 ? VALUE_SINT : VALUE_UINT, bits, text, len);
}

void tiles_mvt_tag_int(struct tiles_mvt *mvt, uint32_t key, int64_t value)
{
    (void)tag_int(mvt, key, value);
}

void tiles_mvt_tag_id(struct tiles_mvt *mvt, uint32_t key, int64_t value)
{
    struct mvt_value *found = tag_int(mvt, key, value);
    if (found) {
        mvt->layer.has_id = mvt->layer.has_id && !found->is_id;
        found->is_id = true;
    }
}

void tiles_mvt_tag_float(struct tiles_mvt *mvt, uint32_t key, float value)
{
    uint32_t bits;
    value = value == 0 ? 0 : value; /* -0 is the same number, and other bits */
    memcpy(&bits, &value, sizeof bits);
    const uint8_t text[4] = {(uint8_t)bits, (uint8_t)(bits >> 8), (uint8_t)(bits >> 16), (uint8_t)(bits >> 24)};
    (void)tag_number(&mvt->layer, key, VALUE_FLOAT, bits, text, sizeof text);
}

void tiles_mvt_tag_double(struct tiles_mvt *mvt, uint32_t key, double value)
{
    uint64_t bits;
    uint8_t text[8];
    value = value == 0 ? 0 : value;
    memcpy(&bits, &value, sizeof bits);
    for (int i = 0; i < 8; i++) {
        text[i] = (uint8_t)(bits >> 8 * i);
    }
    (void)tag_number(&mvt->layer, key, VALUE_DOUBLE, bits, text, sizeof text);
}

void tiles_mvt_tag_bool(struct tiles_mvt *mvt, uint32_t key, bool value)
{
    const uint8_t text = value;
    (void)tag_number(&mvt->layer, key, VALUE_BOOL, value, &text, 1);
}

void tiles_mvt_tag_text(struct tiles_mvt *mvt, uint32_t key, struct base_str value)
{
    struct mvt_layer *layer = &mvt->layer;
    uint8_t head[20];
    uint32_t head_len = (uint32_t)(mvt_varint(head, value.len) - head);
    bool fresh;
    struct mvt_value *found = value_of(layer, VALUE_TEXT, hash(value), value, &fresh);
    if (!found) {
        return;
    }
    size_t inner = 1 + head_len + value.len;
    uint8_t *begin = fresh ? (uint8_t *)base_buf_reserve(&layer->values, inner + 12) : NULL;
    if (begin) {
        *begin = LAYER_VALUE;
        uint8_t *at = mvt_varint(begin + 1, inner);
        *at++ = VALUE_TEXT;
        memcpy(at, head, head_len);
        at += head_len;
        if (value.len) {
            memcpy(at, value.at, value.len);
        }
        found->at = (uint32_t)(layer->values.len + (size_t)(at - begin));
        layer->values.len += (size_t)(at - begin) + value.len;
    }
    tag(layer, key, (uint32_t)(found - layer->table));
}

/* --- features --- */
void tiles_mvt_feature_begin(struct tiles_mvt *mvt, bool has_id, uint64_t id)
{
    mvt->layer.has_id = has_id;
    mvt->layer.id = id;
    mvt->layer.tags_len = 0;
}

/* MoveTo of a multipoint moves once for each point. */
static uint32_t move_to(enum geo_shape_type type, const uint8_t *commands, size_t len)
{
    uint32_t numbers = 0;
    for (size_t i = 0; type == GEO_SHAPE_POINT && i < len; i++) {
        numbers += !(commands[i] & 0x80);
    }
    return (1 + numbers / 2) << 3 | 1;
}

void tiles_mvt_feature_end(struct tiles_mvt *mvt, enum geo_shape_type type, struct tiles_grid_point first,
                           const uint8_t *commands, size_t len)
{
    struct mvt_layer *layer = &mvt->layer;
    uint8_t start[16];
    uint8_t *start_end = mvt_varint(start, move_to(type, commands, len));
    start_end = mvt_varint(mvt_varint(start_end, mvt_zigzag(first.x)), mvt_zigzag(first.y));
    size_t start_len = (size_t)(start_end - start), geometry = start_len + len;
    size_t body = (layer->has_id ? 1 + varint_len(layer->id) : 0) +
                  (layer->tags_len ? 1 + varint_len(layer->tags_len) + layer->tags_len : 0) + 2 + 1 +
                  varint_len(geometry) + geometry;
    uint8_t *begin = (uint8_t *)base_buf_reserve(&layer->features, body + 11);
    if (!begin) {
        return;
    }
    *begin = LAYER_FEATURE;
    uint8_t *at = mvt_varint(begin + 1, body);
    if (layer->has_id) {
        *at++ = FEATURE_ID;
        at = mvt_varint(at, layer->id);
    }
    if (layer->tags_len) {
        *at++ = FEATURE_TAGS;
        at = mvt_varint(at, layer->tags_len);
        memcpy(at, layer->tags, layer->tags_len);
        at += layer->tags_len;
    }
    *at++ = FEATURE_TYPE;
    *at++ = type == GEO_SHAPE_POINT ? 1 : type == GEO_SHAPE_LINE ? 2 : 3;
    *at++ = FEATURE_GEOMETRY;
    at = mvt_varint(at, geometry);
    memcpy(at, start, start_len);
    at += start_len;
    if (len) {
        memcpy(at, commands, len);
    }
    layer->features.len += (size_t)(at - begin) + len;
}

enum base_err tiles_mvt_layer_end(struct tiles_mvt *mvt, struct base_buf *tile, struct base_diag *diag)
{
    struct mvt_layer *layer = &mvt->layer;
    enum base_err err = layer->err            ? layer->err
                        : layer->features.err ? layer->features.err
                        : layer->keys.err     ? layer->keys.err
                                              : layer->values.err;
    if (err) {
        return base_diag_set(diag, err, "layer \"%s\" is too large for a tile", layer->name);
    }
    if (!layer->features.len) {
        return BASE_OK;
    }
    struct base_str name = base_str_of(layer->name);
    size_t body = 2 + 1 + varint_len(name.len) + name.len + layer->features.len + layer->keys.len + layer->values.len +
                  1 + varint_len(MVT_EXTENT);
    uint8_t head[16];
    head[0] = TILE_LAYER;
    uint8_t *at = mvt_varint(head + 1, body);
    *at++ = LAYER_VERSION;
    *at++ = 2;
    base_buf_append(tile, head, (size_t)(at - head));
    field_bytes(tile, LAYER_NAME, name);
    base_buf_append(tile, layer->features.data, layer->features.len);
    base_buf_append(tile, layer->keys.data, layer->keys.len);
    base_buf_append(tile, layer->values.data, layer->values.len);
    head[0] = LAYER_EXTENT;
    at = mvt_varint(head + 1, MVT_EXTENT);
    base_buf_append(tile, head, (size_t)(at - head));
    return tile->err ? base_diag_set(diag, tile->err, "a tile is too large with layer \"%s\"", layer->name) : BASE_OK;
}
