/* Literal geometries: what they must be before either back end sees them, so that both take them for the same. */
#include "geo/cql2_read.h"

#include <string.h>

struct geo_shape *cql2_read_shape(struct cql2_reading *reading, enum geo_shape_type type)
{
    struct geo_shape *shape = cql2_shape_new(reading->filter);
    if (!shape) {
        return cql2_read_wrong(reading, BASE_NOMEM, 0, "out of memory");
    }
    geo_shape_reset(shape, type);
    return shape;
}

static bool placed(struct cql2_reading *reading, double xy[2], uint32_t at)
{
    const struct geo_cql2_schema *schema = reading->filter->schema;
    struct base_diag why = {""};
    if (schema && schema->swap) {
        double first = xy[0];
        xy[0] = xy[1];
        xy[1] = first;
    }
    return !schema || !schema->crs || !geo_crs_to_wgs84(schema->crs, xy, 1, &why) ||
           cql2_read_wrong(reading, BASE_INVALID, at, "%s", why.text);
}

static bool add_vertex(struct cql2_reading *reading, struct geo_shape *shape, double lon, double lat, uint32_t at)
{
    if (!(lon >= -180 && lon <= 180)) {
        return cql2_read_wrong(reading, BASE_INVALID, at, "longitude %.10g is not between -180 and 180", lon);
    }
    if (!(lat >= -90 && lat <= 90)) {
        return cql2_read_wrong(reading, BASE_INVALID, at,
                               "latitude %.10g is not between -90 and 90 (longitude comes first)", lat);
    }
    geo_shape_vertex(shape, lon + 0.0, lat + 0.0); /* no negative zero */
    return !shape->err || cql2_read_wrong(reading, shape->err, at, "a geometry is too large");
}

bool cql2_read_vertex(struct cql2_reading *reading, struct geo_shape *shape, double x, double y, uint32_t at)
{
    double xy[] = {x, y};
    return placed(reading, xy, at) && add_vertex(reading, shape, xy[0], xy[1], at);
}

static bool same(const double *a, const double *b)
{
    return a[0] == b[0] && a[1] == b[1];
}

static bool ring_right(struct cql2_reading *reading, const struct geo_shape *shape, uint32_t first, uint32_t at)
{
    uint32_t count = shape->vertices - first;
    const double *xy = shape->xy + 2 * (size_t)first;
    if (shape->type == GEO_SHAPE_AREA) {
        if (count < 4) {
            return cql2_read_wrong(reading, BASE_INVALID, at, "a ring has at least 4 points, not %u", count);
        }
        return same(xy, xy + 2 * (size_t)(count - 1)) ||
               cql2_read_wrong(reading, BASE_INVALID, at, "a ring is not closed: its last point must be its first");
    }
    if (shape->type == GEO_SHAPE_LINE) {
        for (uint32_t i = 1; i < count; i++) {
            if (!same(xy, xy + 2 * (size_t)i)) {
                return true;
            }
        }
        return cql2_read_wrong(reading, BASE_INVALID, at, "a line has at least 2 points that differ");
    }
    return true;
}

bool cql2_read_ring(struct cql2_reading *reading, struct geo_shape *shape, uint32_t at)
{
    uint32_t first = shape->rings ? shape->ring_ends[shape->rings - 1] : 0;
    if (!ring_right(reading, shape, first, at)) {
        return false;
    }
    geo_shape_ring_end(shape);
    return shape->type == GEO_SHAPE_AREA || cql2_read_part(reading, shape);
}

bool cql2_read_part(struct cql2_reading *reading, struct geo_shape *shape)
{
    geo_shape_part_end(shape);
    return !shape->err || cql2_read_wrong(reading, shape->err, 0, "a geometry is too large");
}

/* --- validity --- */
/* Which way the ring turns at b; 0: it may be either, rounding decides. */
static int turn(const double *a, const double *b, const double *c)
{
    double left = (b[0] - a[0]) * (c[1] - b[1]);
    double right = (b[1] - a[1]) * (c[0] - b[0]);
    double doubt = ((left < 0 ? -left : left) + (right < 0 ? -right : right)) * 1e-14;
    return left - right > doubt ? 1 : right - left > doubt ? -1 : 0;
}

/* A ring that turns one way everywhere and goes around once cannot cross itself. Most literals are such, and GEOS needs
 * not be asked. */
static bool convex(const struct geo_shape *shape)
{
    uint32_t count = shape->vertices - 1; /* the last is the first */
    int way = 0, runs = 0;
    if (shape->rings != 1) {
        return false;
    }
    for (uint32_t i = 0; i < count; i++) {
        const double *a = shape->xy + 2 * (size_t)i;
        const double *b = a + 2;
        const double *c = shape->xy + 2 * (size_t)((i + 2) % count);
        int now = turn(a, b, c);
        if (!now || (way && now != way)) {
            return false;
        }
        way = now;
        bool east = b[0] != a[0] ? b[0] > a[0] : (b[1] < a[1]) == (way > 0);
        bool east_next = c[0] != b[0] ? c[0] > b[0] : (c[1] < b[1]) == (way > 0);
        runs += east != east_next;
    }
    return runs == 2;
}

static bool valid(struct cql2_reading *reading, const struct geo_shape *shape, uint32_t at)
{
    struct base_diag why;
    AUTO(geo_repair) repair = NULL;
    if (shape->type == GEO_SHAPE_LINE) {
        return cql2_read_line_few(reading, shape, at);
    }
    if (shape->type != GEO_SHAPE_AREA || convex(shape)) {
        return true;
    }
    if (geo_repair_new(&why, &repair)) {
        return cql2_read_wrong(reading, BASE_NOMEM, at, "out of memory");
    }
    enum base_err err = geo_repair_valid(repair, shape, &why);
    return !err || cql2_read_wrong(reading, err, at, "a polygon that is not valid: %s", why.text);
}

struct cql2_node *cql2_read_geometry(struct cql2_reading *reading, uint32_t at, struct geo_shape *const *shapes,
                                     uint32_t count)
{
    struct geo_shape *row = base_arena_alloc(&reading->filter->arena, count * sizeof *row);
    struct geo_cql2_value value = {.type = GEO_CQL2_GEOMETRY, .geometry = {.shapes = row, .count = count}};
    if (!row) {
        return cql2_read_wrong(reading, BASE_NOMEM, 0, "out of memory");
    }
    for (uint32_t i = 0; i < count; i++) {
        if (!valid(reading, shapes[i], at)) {
            return NULL;
        }
        row[i] = *shapes[i]; /* the filter's list of shapes keeps the memory */
    }
    return cql2_read_literal(reading, at, value);
}

/* --- boxes --- */
/* A box without height or width is a line, without both a point. */
static bool add_box(struct cql2_reading *reading, struct geo_shape *shape, const double *box, uint32_t at)
{
    double west = box[0], south = box[1], east = box[2], north = box[3];
    const double corners[] = {west, south, east, south, east, north, west, north, west, south};
    static const uint32_t picks[][5] = {{0}, {0, 2}, {0, 1, 2, 3, 4}};
    static const uint32_t counts[] = {1, 2, 5};
    uint32_t kind = (uint32_t)shape->type - GEO_SHAPE_POINT;
    for (uint32_t i = 0; i < counts[kind]; i++) {
        const double *corner = corners + 2 * (size_t)picks[kind][i];
        if (!add_vertex(reading, shape, corner[0], corner[1], at)) {
            return false;
        }
    }
    return cql2_read_ring(reading, shape, at) && (kind < 2 || cql2_read_part(reading, shape));
}

static bool box_right(struct cql2_reading *reading, const double *box, uint32_t at)
{
    for (int i = 0; i < 4; i += 2) {
        if (!(box[i] >= -180 && box[i] <= 180)) {
            return cql2_read_wrong(reading, BASE_INVALID, at, "longitude %.10g is not between -180 and 180", box[i]);
        }
        if (!(box[i + 1] >= -90 && box[i + 1] <= 90)) {
            return cql2_read_wrong(reading, BASE_INVALID, at,
                                   "latitude %.10g is not between -90 and 90 (BBOX is west, south, east, north)",
                                   box[i + 1]);
        }
    }
    return box[1] <= box[3] ||
           cql2_read_wrong(reading, BASE_INVALID, at, "the south of a BBOX, %.10g, lies north of its north, %.10g",
                           box[1], box[3]);
}

/* Of another reference system: an area, its edges as they run here. */
static struct cql2_node *read_box_crs(struct cql2_reading *reading, uint32_t at, const double *box)
{
    struct base_diag why = {""};
    struct geo_shape *shape = cql2_read_shape(reading, GEO_SHAPE_AREA);
    enum base_err err = shape ? geo_crs_box(reading->filter->schema->crs, box, &why, shape) : BASE_NOMEM;
    return err ? cql2_read_wrong(reading, err, at, "BBOX: %s", why.text) : cql2_read_geometry(reading, at, &shape, 1);
}

struct cql2_node *cql2_read_box(struct cql2_reading *reading, uint32_t at, const double *numbers, uint32_t count)
{
    if (count != 4 && count != 6) {
        return cql2_read_wrong(reading, BASE_INVALID, at, "BBOX takes 4 or 6 numbers, not %u", count);
    }
    const struct geo_cql2_schema *schema = reading->filter->schema;
    size_t x = schema && schema->swap ? 1 : 0;
    const double box[] = {numbers[x], numbers[1 - x], numbers[count / 2 + x], numbers[count / 2 + 1 - x]};
    if (schema && schema->crs) {
        return read_box_crs(reading, at, box);
    }
    if (!box_right(reading, box, at)) {
        return NULL;
    }
    bool across = box[0] > box[2]; /* the antimeridian: two boxes */
    double first[] = {box[0], box[1], across ? 180 : box[2], box[3]};
    double second[] = {-180, box[1], box[2], box[3]};
    bool wide = across ? box[0] < 180 || box[2] > -180 : box[0] < box[2];
    bool high = box[1] < box[3];
    enum geo_shape_type type = wide && high ? GEO_SHAPE_AREA : wide || high ? GEO_SHAPE_LINE : GEO_SHAPE_POINT;
    bool use_first = !across || box[0] < 180 || !wide;
    bool use_second = across && (box[2] > -180 || !wide);
    struct geo_shape *shape = cql2_read_shape(reading, type);
    if (!shape || (use_first && !add_box(reading, shape, first, at)) ||
        (use_second && !add_box(reading, shape, second, at))) {
        return NULL;
    }
    struct cql2_node *node = cql2_read_geometry(reading, at, &shape, 1);
    if (node) {
        node->box = true;
    }
    return node;
}
