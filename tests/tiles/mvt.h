/* A strict reader of vector tiles (MVT 2.1) for tests: it fails the test on anything the specification forbids. */
#ifndef HUTONG_TESTS_MVT_H
#define HUTONG_TESTS_MVT_H

#include "base/base.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

enum { MVT_LAYERS_MAX = 16, MVT_FEATURES_MAX = 20000, MVT_KEYS_MAX = 32 };

struct mvt_layer {
    char name[64];
    uint64_t extent;
    size_t feature_count, key_count, value_count;
    uint64_t ids[MVT_FEATURES_MAX];
    uint64_t types[4];                /* how many features of each geometry type */
    int64_t west, north, east, south; /* of all vertices, in tile units */
    char keys[MVT_KEYS_MAX][64];
};

struct mvt_tile {
    size_t layer_count;
    struct mvt_layer layers[MVT_LAYERS_MAX];
};

struct mvt_in {
    const uint8_t *at, *end;
};

static inline uint64_t mvt_varint(struct mvt_in *in)
{
    uint64_t value = 0;
    for (int shift = 0; shift < 64; shift += 7) {
        assert_true(in->at < in->end);
        uint8_t byte = *in->at++;
        value |= (uint64_t)(byte & 0x7f) << shift;
        if (!(byte & 0x80)) {
            return value;
        }
    }
    fail_msg("a varint has more than ten bytes");
    return 0;
}

static inline struct mvt_in mvt_bytes(struct mvt_in *in)
{
    uint64_t len = mvt_varint(in);
    assert_true(len <= (uint64_t)(in->end - in->at));
    struct mvt_in part = {in->at, in->at + len};
    in->at += len;
    return part;
}

static inline void mvt_text(struct mvt_in *in, char *to, size_t size)
{
    struct mvt_in part = mvt_bytes(in);
    size_t len = (size_t)(part.end - part.at);
    assert_true(len > 0 && len < size);
    memcpy(to, part.at, len);
    to[len] = '\0';
}

static inline int64_t mvt_zigzag(uint64_t value)
{
    return (int64_t)(value >> 1) ^ -(int64_t)(value & 1);
}

struct mvt_cursor {
    int64_t x, y, start_x, start_y;
    double twice_area; /* of the ring so far, positive clockwise on screen */
};

static inline void mvt_point(struct mvt_in *in, struct mvt_cursor *cursor, struct mvt_layer *layer, bool draws)
{
    int64_t x = cursor->x + mvt_zigzag(mvt_varint(in)), y = cursor->y + mvt_zigzag(mvt_varint(in));
    if (draws) {
        cursor->twice_area += (double)cursor->x * (double)y - (double)x * (double)cursor->y;
    }
    cursor->x = x;
    cursor->y = y;
    layer->west = x < layer->west ? x : layer->west;
    layer->east = x > layer->east ? x : layer->east;
    layer->north = y < layer->north ? y : layer->north;
    layer->south = y > layer->south ? y : layer->south;
}

static inline void mvt_geometry(struct mvt_in in, uint64_t type, struct mvt_layer *layer)
{
    struct mvt_cursor cursor = {.x = 0};
    bool first_ring = true;
    assert_true(in.at < in.end);
    while (in.at < in.end) {
        uint64_t command = mvt_varint(&in), count = command >> 3;
        switch (command & 7) {
        case 1:
            assert_true(count > 0 && (type == 1 || count == 1));
            for (uint64_t i = 0; i < count; i++) {
                mvt_point(&in, &cursor, layer, false);
            }
            cursor.start_x = cursor.x;
            cursor.start_y = cursor.y;
            cursor.twice_area = 0;
            break;
        case 2:
            assert_true(type != 1 && count >= (type == 3 ? 2 : 1));
            for (uint64_t i = 0; i < count; i++) {
                mvt_point(&in, &cursor, layer, true);
            }
            break;
        case 7:
            assert_true(type == 3 && count == 1);
            cursor.twice_area += (double)cursor.x * (double)cursor.start_y - (double)cursor.start_x * (double)cursor.y;
            assert_true(cursor.twice_area != 0);
            assert_true(!first_ring || cursor.twice_area > 0); /* an outer ring comes first */
            first_ring = false;
            break;
        default:
            fail_msg("no such command: %u", (unsigned)(command & 7));
        }
    }
}

static inline void mvt_feature(struct mvt_in in, struct mvt_layer *layer, struct mvt_in *tags)
{
    uint64_t type = 0;
    struct mvt_in geometry = {NULL, NULL};
    assert_true(layer->feature_count < MVT_FEATURES_MAX);
    while (in.at < in.end) {
        switch (mvt_varint(&in)) {
        case 1 << 3:
            layer->ids[layer->feature_count] = mvt_varint(&in);
            break;
        case 2 << 3 | 2:
            *tags = mvt_bytes(&in);
            break;
        case 3 << 3:
            type = mvt_varint(&in);
            break;
        case 4 << 3 | 2:
            geometry = mvt_bytes(&in);
            break;
        default:
            fail_msg("a feature holds a field it should not");
        }
    }
    assert_true(type >= 1 && type <= 3);
    mvt_geometry(geometry, type, layer);
    layer->types[type]++;
    layer->feature_count++;
}

static inline void mvt_tags(struct mvt_in in, const struct mvt_layer *layer)
{
    while (in.at < in.end) {
        assert_true(mvt_varint(&in) < layer->key_count);
        assert_true(mvt_varint(&in) < layer->value_count);
    }
}

static inline void mvt_layer_in(struct mvt_in in, struct mvt_layer *layer)
{
    static struct mvt_in tags[MVT_FEATURES_MAX];
    memset(layer, 0, sizeof *layer);
    layer->west = layer->north = INT64_MAX;
    layer->east = layer->south = INT64_MIN;
    layer->extent = 4096;
    uint64_t version = 0;
    while (in.at < in.end) {
        switch (mvt_varint(&in)) {
        case 15 << 3:
            version = mvt_varint(&in);
            break;
        case 1 << 3 | 2:
            mvt_text(&in, layer->name, sizeof layer->name);
            break;
        case 2 << 3 | 2:
            tags[layer->feature_count] = (struct mvt_in){NULL, NULL};
            mvt_feature(mvt_bytes(&in), layer, &tags[layer->feature_count]);
            break;
        case 3 << 3 | 2:
            assert_true(layer->key_count < MVT_KEYS_MAX);
            mvt_text(&in, layer->keys[layer->key_count++], sizeof layer->keys[0]);
            break;
        case 4 << 3 | 2:
            mvt_bytes(&in);
            layer->value_count++;
            break;
        case 5 << 3:
            layer->extent = mvt_varint(&in);
            break;
        default:
            fail_msg("a layer holds a field it should not");
        }
    }
    assert_int_equal(version, 2);
    assert_true(layer->name[0] && layer->feature_count > 0);
    for (size_t i = 0; i < layer->feature_count; i++) {
        mvt_tags(tags[i], layer);
    }
}

/* Static because it is large: the next call overwrites it. */
static inline const struct mvt_tile *mvt_read(const void *data, size_t len)
{
    static struct mvt_tile tile;
    struct mvt_in in = {data, (const uint8_t *)data + len};
    tile.layer_count = 0;
    while (in.at < in.end) {
        assert_int_equal(mvt_varint(&in), 3 << 3 | 2);
        assert_true(tile.layer_count < MVT_LAYERS_MAX);
        mvt_layer_in(mvt_bytes(&in), &tile.layers[tile.layer_count]);
        for (size_t i = 0; i < tile.layer_count; i++) {
            assert_string_not_equal(tile.layers[i].name, tile.layers[tile.layer_count].name);
        }
        tile.layer_count++;
    }
    return &tile;
}

static inline const struct mvt_layer *mvt_find(const struct mvt_tile *tile, const char *name)
{
    for (size_t i = 0; i < tile->layer_count; i++) {
        if (strcmp(tile->layers[i].name, name) == 0) {
            return &tile->layers[i];
        }
    }
    return NULL;
}

#endif
