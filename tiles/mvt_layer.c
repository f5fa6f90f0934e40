/* A layer of a tile (MVT 2.1, 4.1 to 4.4) as protobuf, written by hand: a feature is one copy into the layer; values
 * come with their hashes and are looked for in a table, so that a tile of 14,000 buildings takes a millisecond. */
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
    LAYER_EXTENT = 5 << 3,
    FEATURE_ID = 1 << 3,
    FEATURE_TAGS = 2 << 3 | 2,
    FEATURE_TYPE = 3 << 3,
    FEATURE_GEOMETRY = 4 << 3 | 2
};

void mvt_layer_init(struct mvt_layer *layer)
{
    base_buf_init(&layer->features, LAYER_MAX);
    base_buf_init(&layer->keys, LAYER_MAX);
    base_buf_init(&layer->values, LAYER_MAX);
    base_buf_init(&layer->value, LAYER_MAX);
}

void mvt_layer_release(struct mvt_layer *layer)
{
    base_buf_release(&layer->features);
    base_buf_release(&layer->keys);
    base_buf_release(&layer->values);
    base_buf_release(&layer->value);
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
    layer->err = BASE_OK;
}

static uint32_t varint_len(uint64_t value)
{
    return (uint32_t)(63 - __builtin_clzll(value | 1)) / 7 + 1;
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
static struct base_str value_at(const struct mvt_layer *layer, uint32_t number)
{
    return (struct base_str){layer->values.data + layer->table[number].at, layer->table[number].len};
}

static void slot_put(struct mvt_layer *layer, uint32_t hash, uint32_t number)
{
    uint32_t mask = layer->slot_count - 1, at = hash & mask;
    while (layer->slots[at].number) {
        at = (at + 1) & mask;
    }
    layer->slots[at] = (struct mvt_slot){hash, number + 1};
}

/* The slots begin as many as the layer will want, so that a small one needs little of the cache. */
static bool slots_room(struct mvt_layer *layer, uint32_t count)
{
    if (!mvt_room(&layer->slots, &layer->slot_cap, count, sizeof *layer->slots)) {
        layer->err = BASE_NOMEM;
        return false;
    }
    layer->slot_count = count;
    memset(layer->slots, 0, count * sizeof *layer->slots);
    return true;
}

static bool grow(struct mvt_layer *layer)
{
    if (!slots_room(layer, layer->slot_count ? layer->slot_count * 4 : SLOTS_FIRST)) {
        return false;
    }
    for (uint32_t i = 0; i < layer->value_count; i++) {
        slot_put(layer, layer->table[i].hash, i);
    }
    return true;
}

void tiles_mvt_layer_room(struct tiles_mvt *mvt, size_t features)
{
    uint32_t count = SLOTS_FIRST;
    while (count < features * SLOTS_A_FEATURE && count < UINT32_C(1) << 24) {
        count *= 2;
    }
    (void)slots_room(&mvt->layer, count); /* what it lacks sticks, as it does later */
}

/* A new one; UINT32_MAX: no memory. */
static uint32_t value_add(struct mvt_layer *layer, struct base_str written, uint64_t hash)
{
    uint32_t number = layer->value_count;
    char *at = base_buf_reserve(&layer->values, written.len);
    if (!at || !mvt_room(&layer->table, &layer->table_cap, number + 1, sizeof *layer->table)) {
        layer->err = layer->values.err ? layer->values.err : BASE_NOMEM;
        return UINT32_MAX;
    }
    layer->table[number] =
        (struct mvt_value){(uint32_t)layer->values.len, (uint32_t)written.len, (uint32_t)hash, false};
    memcpy(at, written.at, written.len);
    layer->values.len += written.len;
    layer->value_count++;
    return number;
}

uint32_t tiles_mvt_value(struct tiles_mvt *mvt, struct base_str written, uint64_t hash)
{
    struct mvt_layer *layer = &mvt->layer;
    if (layer->err || (layer->value_count * 2 >= layer->slot_count && !grow(layer))) {
        return UINT32_MAX;
    }
    uint32_t mask = layer->slot_count - 1, at = (uint32_t)hash & mask;
    for (; layer->slots[at].number; at = (at + 1) & mask) {
        const struct mvt_slot *slot = &layer->slots[at];
        if (slot->hash == (uint32_t)hash && base_str_equal(value_at(layer, slot->number - 1), written)) {
            return slot->number - 1;
        }
    }
    uint32_t number = value_add(layer, written, hash);
    if (number != UINT32_MAX) {
        layer->slots[at] = (struct mvt_slot){(uint32_t)hash, number + 1};
    }
    return number;
}

uint32_t tiles_mvt_cell(struct tiles_mvt *mvt, enum tiles_kind kind, struct tiles_cell cell)
{
    struct base_buf *value = &mvt->layer.value;
    base_buf_reset(value);
    uint64_t hash = mvt_value_write(value, kind, &cell);
    return tiles_mvt_value(mvt, base_buf_str(value), hash);
}

/* --- tags --- */
void tiles_mvt_tag(struct tiles_mvt *mvt, uint32_t key, uint32_t value)
{
    mvt_layer_tag(&mvt->layer, key, value);
}

void tiles_mvt_tag_id(struct tiles_mvt *mvt, uint32_t key, int64_t value)
{
    struct mvt_layer *layer = &mvt->layer;
    uint8_t text[MVT_VALUE_INT];
    struct base_str written = {(const char *)text, mvt_value_int(text, value)};
    uint32_t number = tiles_mvt_value(mvt, written, mvt_value_int_hash(value));
    if (number != UINT32_MAX) {
        layer->has_id = layer->has_id && !layer->table[number].is_id;
        layer->table[number].is_id = true;
    }
    mvt_layer_tag(layer, key, number);
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
