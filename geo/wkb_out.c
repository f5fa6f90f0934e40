/* Well-known binary for PostGIS and GEOS, big-endian as the rest of the COPY stream. */
#include "geo/geo.h"

#include <endian.h>
#include <string.h>

#define EWKB_SRID 0x20000000u
enum { BIG_ENDIAN_ORDER = 0, WKB_MULTI = 3 };

static void put_header(struct base_buf *buf, uint32_t type, int srid)
{
    base_buf_u8(buf, BIG_ENDIAN_ORDER);
    base_buf_u32be(buf, srid > 0 ? type | EWKB_SRID : type);
    if (srid > 0) {
        base_buf_u32be(buf, (uint32_t)srid);
    }
}

static void put_vertices(struct base_buf *buf, const double *xy, uint32_t first, uint32_t end)
{
    size_t count = 2 * (size_t)(end - first);
    char *at = base_buf_reserve(buf, count * sizeof *xy);
    if (!at) {
        return;
    }
    for (size_t i = 0; i < count; i++) {
        uint64_t bits;
        memcpy(&bits, &xy[2 * (size_t)first + i], sizeof bits);
        bits = htobe64(bits);
        memcpy(at + i * sizeof bits, &bits, sizeof bits);
    }
    buf->len += count * sizeof *xy;
}

static void put_part(const struct geo_shape *shape, uint32_t part, int srid, struct base_buf *buf)
{
    uint32_t ring = part ? shape->part_ends[part - 1] : 0;
    put_header(buf, (uint32_t)shape->type, srid); /* POINT, LINE and AREA have the numbers of the standard */
    if (shape->type == GEO_SHAPE_AREA) {
        base_buf_u32be(buf, shape->part_ends[part] - ring);
    }
    for (; ring < shape->part_ends[part]; ring++) {
        uint32_t first = ring ? shape->ring_ends[ring - 1] : 0;
        if (shape->type != GEO_SHAPE_POINT) {
            base_buf_u32be(buf, shape->ring_ends[ring] - first);
        }
        put_vertices(buf, shape->xy, first, shape->ring_ends[ring]);
    }
}

void geo_wkb_out(const struct geo_shape *shape, int srid, bool multi, struct base_buf *buf)
{
    if (!multi && shape->parts == 1) {
        put_part(shape, 0, srid, buf);
        return;
    }
    uint32_t type = shape->type == GEO_SHAPE_NONE ? 7 : (uint32_t)shape->type + WKB_MULTI; /* 7: empty collection */
    put_header(buf, type, srid);
    base_buf_u32be(buf, shape->parts);
    for (uint32_t part = 0; part < shape->parts; part++) {
        put_part(shape, part, 0, buf);
    }
}
