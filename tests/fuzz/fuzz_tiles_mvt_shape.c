/* Any bytes as a shape: what the encoder makes of it, whole, clipped and deep in a tile, is what the specification
 * allows. */
#include "fixture/mvt_check.h"
#include "tiles/private.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { POINTS_MAX = 400, WHOLE_ZOOM = 11 /* the checker takes coordinates below 2^24 */ };

static struct tiles_mvt *mvt;
static struct tiles_point points[POINTS_MAX];
static uint32_t ring_ends[POINTS_MAX], part_ends[POINTS_MAX];

/* A byte of steps each: small ones, so that edges meet often; every 16th or so ends a ring or a part. */
static struct tiles_shape shape_of(struct base_reader *reader, struct tiles_address address)
{
    uint8_t head = base_reader_u8(reader);
    uint32_t step = (uint32_t)1 << (head >> 2 & 31);
    uint32_t x = address.x << (32 - address.z), y = address.y << (32 - address.z);
    struct tiles_shape shape = {.type = 1 + head % 3, .points = points, .ring_ends = ring_ends, .part_ends = part_ends};
    while (base_reader_left(reader) >= 2 && shape.vertices < POINTS_MAX) {
        uint8_t dx = base_reader_u8(reader), dy = base_reader_u8(reader);
        uint32_t first = shape.rings ? ring_ends[shape.rings - 1] : 0;
        if (dx == 0 && shape.vertices > first) {
            ring_ends[shape.rings++] = shape.vertices;
            if (dy % 2) {
                part_ends[shape.parts++] = shape.rings;
            }
            continue;
        }
        x += (uint32_t)((int8_t)dx) * step;
        y += (uint32_t)((int8_t)dy) * step;
        points[shape.vertices++] = (struct tiles_point){x, y};
    }
    if (shape.vertices > (shape.rings ? ring_ends[shape.rings - 1] : 0)) {
        ring_ends[shape.rings++] = shape.vertices;
    }
    if (shape.rings > (shape.parts ? part_ends[shape.parts - 1] : 0)) {
        part_ends[shape.parts++] = shape.rings;
    }
    return shape;
}

static void must(enum base_err err, const struct base_diag *diag)
{
    if (err) {
        fprintf(stderr, "%s\n", diag->text);
        abort();
    }
}

static void check(enum geo_shape_type type, struct tiles_grid_point first, const struct base_buf *commands,
                  enum mvt_rules rules)
{
    struct base_diag diag;
    AUTO_VALUE(base_buf) tile;
    AUTO(mvt_tile) read = NULL;
    base_buf_init(&tile, 1 << 24);
    tiles_mvt_layer_begin(mvt, "fuzz");
    tiles_mvt_feature_begin(mvt, true, 1);
    tiles_mvt_feature_end(mvt, type, first, (const uint8_t *)commands->data, commands->len);
    must(tiles_mvt_layer_end(mvt, &tile, &diag), &diag);
    must(mvt_tile_in(tile.data, tile.len, rules, &diag, &read), &diag);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct base_diag diag;
    struct base_reader reader = base_reader_of(data, size);
    AUTO_VALUE(base_buf) commands;
    AUTO_VALUE(base_buf) clipped;
    base_buf_init(&commands, 1 << 24);
    base_buf_init(&clipped, 1 << 24);
    if (!mvt) {
        must(tiles_mvt_new(&diag, &mvt), &diag);
    }
    uint32_t zoom = base_reader_u8(&reader) % (TILES_ZOOM_MAX - 1) + 1;
    struct tiles_address address = {zoom, (base_reader_u8(&reader) * 7919u) & ((1u << zoom) - 1),
                                    (base_reader_u8(&reader) * 104729u) & ((1u << zoom) - 1)};
    struct tiles_shape shape = shape_of(&reader, address);
    if (!shape.vertices) {
        return 0;
    }
    struct tiles_grid_point first;
    bool some = false;
    if (zoom <= TILES_ZOOM_FULL) {
        must(tiles_mvt_shape(mvt, &shape, zoom, &commands, &first, &some, &diag), &diag);
        if (some) {
            if (zoom <= WHOLE_ZOOM) {
                check(shape.type, (struct tiles_grid_point){0, 0}, &commands, MVT_SPEC);
            }
            struct tiles_encoded encoded = {shape.type, first, base_buf_str(&commands)};
            must(tiles_mvt_clip(mvt, &encoded, address, &clipped, &first, &some, &diag), &diag);
        }
        if (some) {
            check(shape.type, first, &clipped, MVT_OURS);
        }
    }
    some = false;
    base_buf_reset(&clipped);
    must(tiles_mvt_deep(mvt, &shape, address, &clipped, &first, &some, &diag), &diag);
    if (some) {
        check(shape.type, first, &clipped, MVT_OURS);
    }
    return 0;
}
