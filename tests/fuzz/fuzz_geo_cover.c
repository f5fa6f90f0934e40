/* Any bytes as a stored grid and segments over it: what is set is passable, is counted once, and is named the same when
 * the grid is read again. Bytes: origin and cell size (doubles), width, height (16 bits each), mask, then segments of
 * five doubles in steps of degrees from the origin, all little-endian. */
#include "geo/geo.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct head {
    double lon, lat, cell_m;
    uint16_t width, height;
};
enum { HEAD_BYTES = 28, SEGMENT_BYTES = 40, SEGMENTS_MAX = 64 };

static void same(const struct geo_cover_grid *a)
{
    struct base_diag diag;
    struct base_str mask = {(const char *)a->mask, geo_cover_bytes(a)};
    struct geo_cover_grid b;
    if (geo_cover_grid_in(a->origin, a->cell_m, a->width, a->height, mask, &diag, &b)) {
        abort();
    }
    if (!base_id_equal(a->id, b.id) || a->passable != b.passable || a->passable != geo_cover_count(a, a->mask)) {
        abort();
    }
    geo_cover_grid_release(&b);
}

/* Bits on the heap, exactly as many as the grid has, so that AddressSanitizer sees one too many. */
static void walk(const struct geo_cover_grid *grid, const uint8_t *data, size_t size)
{
    size_t bytes = geo_cover_bytes(grid);
    uint8_t *bits = calloc(1, bytes), *joined = calloc(1, bytes);
    if (!bits || !joined) {
        abort();
    }
    uint32_t fresh = 0;
    for (size_t i = 0; i < SEGMENTS_MAX && size >= SEGMENT_BYTES; i++, data += SEGMENT_BYTES, size -= SEGMENT_BYTES) {
        double v[5];
        memcpy(v, data, sizeof v);
        struct geo_point a = {grid->origin.lon + v[0], grid->origin.lat + v[1]};
        struct geo_point b = {grid->origin.lon + v[2], grid->origin.lat + v[3]};
        fresh += geo_cover_segment(grid, a, b, v[4], bits);
        if (fresh != geo_cover_count(grid, bits) || geo_cover_segment(grid, b, a, v[4], bits)) {
            abort(); /* the way back is nothing new */
        }
    }
    for (size_t i = 0; i < bytes; i++) {
        if (bits[i] & ~grid->mask[i]) {
            abort();
        }
    }
    geo_cover_join(grid, joined, bits);
    if (geo_cover_count(grid, joined) != fresh || memcmp(joined, bits, bytes) != 0) {
        abort();
    }
    free(bits);
    free(joined);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct base_diag diag;
    struct geo_cover_grid grid;
    struct head head;
    if (size < HEAD_BYTES) {
        return 0;
    }
    memcpy(&head.lon, data, 3 * sizeof(double));
    memcpy(&head.width, data + 24, sizeof head.width);
    memcpy(&head.height, data + 26, sizeof head.height);
    size_t cells = (size_t)head.width * head.height, bytes = (cells + 7) / 8;
    bytes = bytes <= size - HEAD_BYTES ? bytes : size - HEAD_BYTES;
    struct base_str mask = {(const char *)data + HEAD_BYTES, bytes};
    if (geo_cover_grid_in((struct geo_point){head.lon, head.lat}, head.cell_m, head.width, head.height, mask, &diag,
                          &grid)) {
        return 0;
    }
    same(&grid);
    walk(&grid, data + HEAD_BYTES + bytes, size - HEAD_BYTES - bytes);
    geo_cover_grid_release(&grid);
    return 0;
}
