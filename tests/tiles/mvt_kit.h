/* Shapes of all kinds, made from numbers, and what the encoder makes of them put before the strict reader. */
#ifndef HUTONG_TESTS_MVT_KIT_H
#define HUTONG_TESTS_MVT_KIT_H

#include "fixture/mvt_check.h"
#include "tiles/private.h"

#include <math.h>
#include <string.h>

enum { KIT_POINTS = 20000, KIT_RINGS = 4000 };

struct kit { /* a shape under way */
    uint64_t seed;
    struct tiles_point points[KIT_POINTS];
    uint32_t ring_ends[KIT_RINGS], part_ends[KIT_RINGS];
    struct tiles_shape shape;
};

static inline uint32_t kit_random(struct kit *kit, uint32_t below) /* xorshift64* (Vigna 2016) */
{
    kit->seed ^= kit->seed >> 12;
    kit->seed ^= kit->seed << 25;
    kit->seed ^= kit->seed >> 27;
    return below ? (uint32_t)((kit->seed * 0x2545F4914F6CDD1Du) >> 33) % below : 0;
}

static inline void kit_begin(struct kit *kit, enum geo_shape_type type)
{
    kit->shape = (struct tiles_shape){
        .type = type, .points = kit->points, .ring_ends = kit->ring_ends, .part_ends = kit->part_ends};
}

static inline uint32_t kit_coordinate(double at)
{
    return at < 0 ? 0 : at > (double)UINT32_MAX ? UINT32_MAX : (uint32_t)at;
}

static inline void kit_point(struct kit *kit, double x, double y)
{
    if (kit->shape.vertices < KIT_POINTS) {
        kit->points[kit->shape.vertices++] = (struct tiles_point){kit_coordinate(x), kit_coordinate(y)};
    }
}

static inline void kit_ring(struct kit *kit)
{
    if (kit->shape.rings < KIT_RINGS) {
        kit->ring_ends[kit->shape.rings++] = kit->shape.vertices;
    }
}

static inline void kit_part(struct kit *kit)
{
    if (kit->shape.parts < KIT_RINGS) {
        kit->part_ends[kit->shape.parts++] = kit->shape.rings;
    }
}

/* A ring around x, y between two radii: as round as they are near one another. */
static inline void kit_star(struct kit *kit, double x, double y, double least, double most, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        double angle = 6.283185307179586 * i / count;
        double radius = least + (most - least) * kit_random(kit, 1000) / 1000;
        kit_point(kit, x + radius * cos(angle), y + radius * sin(angle));
    }
    kit_ring(kit);
}

/* Teeth of that width and height, joined along their bottom. */
static inline void kit_comb(struct kit *kit, double x, double y, double width, double height, uint32_t teeth)
{
    for (uint32_t i = 0; i < teeth; i++) {
        kit_point(kit, x + 2 * i * width, y);
        kit_point(kit, x + 2 * i * width, y + height);
        kit_point(kit, x + (2 * i + 1) * width, y + height);
        kit_point(kit, x + (2 * i + 1) * width, y);
    }
    kit_point(kit, x + (2 * teeth - 1) * width, y - width);
    kit_point(kit, x, y - width);
    kit_ring(kit);
}

static inline void kit_scribble(struct kit *kit, double x, double y, double size, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        kit_point(kit, x + size * kit_random(kit, 1000) / 1000, y + size * kit_random(kit, 1000) / 1000);
    }
    kit_ring(kit);
}

/* One feature as a whole tile, read again; NULL: it broke a rule, and *diag says which. */
static inline struct mvt_tile *kit_tile(struct tiles_mvt *mvt, enum geo_shape_type type, struct tiles_grid_point first,
                                        const struct base_buf *commands, enum mvt_rules rules, struct base_diag *diag)
{
    AUTO_VALUE(base_buf) tile;
    base_buf_init(&tile, 1 << 24);
    tiles_mvt_layer_begin(mvt, "kit");
    uint32_t key = tiles_mvt_key(mvt, "id");
    tiles_mvt_feature_begin(mvt, true, 7);
    tiles_mvt_tag_id(mvt, key, 7);
    tiles_mvt_feature_end(mvt, type, first, (const uint8_t *)commands->data, commands->len);
    struct mvt_tile *read = NULL;
    if (tiles_mvt_layer_end(mvt, &tile, diag) || mvt_tile_in(tile.data, tile.len, rules, diag, &read)) {
        return NULL;
    }
    return read;
}

/* Twice the area of a polygon feature. */
static inline double kit_area(const struct mvt_feature *feature)
{
    double sum = 0;
    for (size_t i = 0; i < feature->path_count; i++) {
        sum += (double)feature->paths[i].twice_area;
    }
    return sum;
}

#endif
