/* Any bytes as WKB: what is read is written and read again as the same shape. */
#include "geo/geo.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void same(const struct geo_shape *a, const struct geo_shape *b)
{
    if (a->type != b->type || a->vertices != b->vertices || a->rings != b->rings || a->parts != b->parts ||
        (a->vertices && memcmp(a->xy, b->xy, a->vertices * 2 * sizeof *a->xy) != 0)) {
        abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct base_diag diag;
    AUTO_VALUE(geo_shape) shape;
    AUTO_VALUE(geo_shape) again;
    AUTO_VALUE(base_buf) buf;
    geo_shape_init(&shape);
    geo_shape_init(&again);
    base_buf_init(&buf, 1 << 24);
    if (geo_wkb_in(data, size, &diag, &shape)) {
        return 0;
    }
    geo_wkb_out(&shape, 4326, true, &buf);
    if (!buf.err && shape.parts) {
        if (geo_wkb_in(buf.data, buf.len, &diag, &again)) {
            abort();
        }
        same(&shape, &again);
    }
    (void)geo_shape_area_m2(&shape);
    (void)geo_shape_contains(&shape, (struct geo_point){121.5, 31.2});
    return 0;
}
