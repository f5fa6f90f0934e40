/* Well-known binary from files and databases, read with bounds: every count is held against the bytes that are left. */
#include "geo/geo.h"

#include <math.h>

enum { WKB_POINT = 1, WKB_LINE, WKB_POLYGON, WKB_MULTIPOINT, WKB_MULTILINE, WKB_MULTIPOLYGON, WKB_COLLECTION };
enum { WKB_SURFACE = 15, WKB_TIN, WKB_TRIANGLE };
#define EWKB_Z 0x80000000u
#define EWKB_M 0x40000000u
#define EWKB_SRID 0x20000000u
#define DEPTH_MAX 8

struct cursor {
    struct base_reader reader;
    struct base_diag *diag;
    struct geo_shape *shape;
};

struct header {
    bool little;
    uint32_t type; /* without dimensions */
    int dimensions;
};

static uint32_t read_u32(struct cursor *c, bool little)
{
    return little ? base_reader_u32le(&c->reader) : base_reader_u32be(&c->reader);
}

static double read_f64(struct cursor *c, bool little)
{
    return little ? base_reader_f64le(&c->reader) : base_reader_f64be(&c->reader);
}

static enum base_err bad(struct cursor *c, const char *what)
{
    return base_diag_set(c->diag, BASE_INVALID, "not well-known binary: %s", what);
}

/* ISO adds 1000, 2000, 3000 to the type for Z, M, ZM; EWKB sets high bits. */
static enum base_err read_header(struct cursor *c, struct header *ret_header)
{
    uint8_t order = base_reader_u8(&c->reader);
    if (c->reader.failed || order > 1) {
        return bad(c, "no byte order");
    }
    uint32_t type = read_u32(c, order == 1);
    if (type & EWKB_SRID) {
        read_u32(c, order == 1);
    }
    uint32_t plain = type & 0x0FFFFFFFu;
    if (c->reader.failed || plain > 3999) {
        return bad(c, "no geometry type");
    }
    int more = plain >= 3000 ? 2 : plain >= 1000 ? 1 : 0;
    more = more ? more : ((type & EWKB_Z) ? 1 : 0) + ((type & EWKB_M) ? 1 : 0);
    *ret_header = (struct header){order == 1, plain % 1000, 2 + more};
    return BASE_OK;
}

static void read_vertex(struct cursor *c, const struct header *h)
{
    double lon = read_f64(c, h->little);
    double lat = read_f64(c, h->little);
    for (int i = 2; i < h->dimensions; i++) {
        read_f64(c, h->little);
    }
    if (!c->reader.failed) {
        geo_shape_vertex(c->shape, lon, lat);
    }
}

static enum base_err read_ring(struct cursor *c, const struct header *h)
{
    uint32_t count = read_u32(c, h->little);
    if (c->reader.failed || count > base_reader_left(&c->reader) / (8 * (size_t)h->dimensions)) {
        return bad(c, "a ring is cut short");
    }
    uint32_t first = c->shape->vertices;
    for (uint32_t i = 0; i < count; i++) {
        read_vertex(c, h);
    }
    for (uint32_t i = first; i < c->shape->vertices; i++) {
        if (!isfinite(c->shape->xy[2 * (size_t)i]) || !isfinite(c->shape->xy[2 * (size_t)i + 1])) {
            return bad(c, "a coordinate is no number");
        }
    }
    geo_shape_ring_end(c->shape);
    return BASE_OK;
}

static enum base_err set_type(struct cursor *c, enum geo_shape_type type)
{
    if (c->shape->type != GEO_SHAPE_NONE && c->shape->type != type) {
        return base_diag_set(c->diag, BASE_INVALID, "a collection mixes points, lines and areas");
    }
    c->shape->type = type;
    return BASE_OK;
}

static enum base_err read_point(struct cursor *c, const struct header *h)
{
    enum base_err err = set_type(c, GEO_SHAPE_POINT);
    uint32_t before = c->shape->vertices;
    read_vertex(c, h);
    if (!err && c->reader.failed) {
        err = bad(c, "a point is cut short");
    }
    if (!err && c->shape->vertices > before &&
        (!isfinite(c->shape->xy[2 * (size_t)before]) || !isfinite(c->shape->xy[2 * (size_t)before + 1]))) {
        c->shape->vertices = before; /* POINT EMPTY is NaN NaN */
    }
    geo_shape_ring_end(c->shape);
    geo_shape_part_end(c->shape);
    return err;
}

static enum base_err read_rings(struct cursor *c, const struct header *h, enum geo_shape_type type, uint32_t count)
{
    enum base_err err = set_type(c, type);
    if (!err && count > base_reader_left(&c->reader) / 4) {
        err = bad(c, "a polygon is cut short");
    }
    for (uint32_t i = 0; i < count && !err; i++) {
        err = read_ring(c, h);
    }
    geo_shape_part_end(c->shape);
    return err;
}

static enum base_err read_geometry(struct cursor *c, int depth);

static enum base_err read_members(struct cursor *c, const struct header *h, int depth)
{
    uint32_t count = read_u32(c, h->little);
    if (c->reader.failed || count > base_reader_left(&c->reader) / 5) {
        return bad(c, "a collection is cut short");
    }
    enum base_err err = depth >= DEPTH_MAX ? bad(c, "collections nested too deeply") : BASE_OK;
    for (uint32_t i = 0; i < count && !err; i++) {
        err = read_geometry(c, depth + 1);
    }
    return err;
}

static enum base_err read_geometry(struct cursor *c, int depth)
{
    struct header h = {0};
    enum base_err err = read_header(c, &h);
    if (err) {
        return err;
    }
    switch (h.type) {
    case WKB_POINT:
        return read_point(c, &h);
    case WKB_LINE:
        return read_rings(c, &h, GEO_SHAPE_LINE, 1);
    case WKB_POLYGON:
    case WKB_TRIANGLE:
        return read_rings(c, &h, GEO_SHAPE_AREA, read_u32(c, h.little));
    case WKB_MULTIPOINT:
    case WKB_MULTILINE:
    case WKB_MULTIPOLYGON:
    case WKB_COLLECTION:
    case WKB_SURFACE:
    case WKB_TIN:
        return read_members(c, &h, depth);
    default:
        return base_diag_set(c->diag, BASE_UNSUPPORTED, "well-known binary of geometry type %u (a curve?)", h.type);
    }
}

enum base_err geo_wkb_in(const void *data, size_t len, struct base_diag *diag, struct geo_shape *shape)
{
    struct cursor c = {.reader = base_reader_of(data, len), .diag = diag, .shape = shape};
    geo_shape_reset(shape, GEO_SHAPE_NONE);
    enum base_err err = read_geometry(&c, 0);
    if (!err && c.reader.failed) {
        err = bad(&c, "cut short");
    }
    if (!err && shape->err) {
        err = base_diag_set(diag, shape->err, "a geometry has more than %u vertices", GEO_SHAPE_VERTEX_MAX);
    }
    if (err) {
        geo_shape_reset(shape, GEO_SHAPE_NONE);
    }
    return err;
}
