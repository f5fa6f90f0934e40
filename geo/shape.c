/* Geometry in flat arrays: one transform call per feature, no tree of objects to walk or free. */
#include "geo/geo.h"

#include <stdlib.h>

void geo_shape_init(struct geo_shape *shape)
{
    *shape = (struct geo_shape){.type = GEO_SHAPE_NONE};
}

void geo_shape_release(struct geo_shape *shape)
{
    free(shape->xy);
    free(shape->ring_ends);
    free(shape->part_ends);
    geo_shape_init(shape);
}

void geo_shape_reset(struct geo_shape *shape, enum geo_shape_type type)
{
    shape->type = type;
    shape->vertices = shape->rings = shape->parts = 0;
    shape->err = BASE_OK;
}

/* Makes room for count more elements of size bytes in *array. */
static bool grow(struct geo_shape *shape, void **array, uint32_t used, uint32_t *cap, uint32_t count, size_t size)
{
    if (shape->err) {
        return false;
    }
    if (count > GEO_SHAPE_VERTEX_MAX - used) {
        shape->err = BASE_LIMIT;
        return false;
    }
    if (used + count > *cap) {
        uint32_t wanted = used + count > 16 ? (used + count) * 2 : 16;
        void *grown = realloc(*array, wanted * size);
        if (!grown) {
            shape->err = BASE_NOMEM;
            return false;
        }
        *array = grown;
        *cap = wanted;
    }
    return true;
}

double *geo_shape_vertices(struct geo_shape *shape, uint32_t count)
{
    void *array = shape->xy;
    bool fits = grow(shape, &array, shape->vertices, &shape->vertex_cap, count, 2 * sizeof *shape->xy);
    shape->xy = array;
    if (!fits) {
        return NULL;
    }
    double *at = shape->xy + 2 * (size_t)shape->vertices;
    shape->vertices += count;
    return at;
}

void geo_shape_vertex(struct geo_shape *shape, double lon, double lat)
{
    double *at = geo_shape_vertices(shape, 1);
    if (at) {
        at[0] = lon;
        at[1] = lat;
    }
}

void geo_shape_ring_end(struct geo_shape *shape)
{
    uint32_t first = shape->rings ? shape->ring_ends[shape->rings - 1] : 0;
    if (shape->err || shape->vertices == first) {
        return;
    }
    const double *begin = shape->xy + 2 * (size_t)first;
    const double *last = shape->xy + 2 * (size_t)(shape->vertices - 1);
    if (shape->type == GEO_SHAPE_AREA && (begin[0] != last[0] || begin[1] != last[1])) {
        geo_shape_vertex(shape, begin[0], begin[1]);
    }
    void *array = shape->ring_ends;
    bool fits = grow(shape, &array, shape->rings, &shape->ring_cap, 1, sizeof *shape->ring_ends);
    shape->ring_ends = array;
    if (fits) {
        shape->ring_ends[shape->rings++] = shape->vertices;
    }
}

void geo_shape_part_end(struct geo_shape *shape)
{
    uint32_t first = shape->parts ? shape->part_ends[shape->parts - 1] : 0;
    if (shape->err || shape->rings == first) {
        return;
    }
    void *array = shape->part_ends;
    bool fits = grow(shape, &array, shape->parts, &shape->part_cap, 1, sizeof *shape->part_ends);
    shape->part_ends = array;
    if (fits) {
        shape->part_ends[shape->parts++] = shape->rings;
    }
}

struct geo_bbox geo_shape_bbox(const struct geo_shape *shape)
{
    struct geo_bbox box = geo_bbox_empty();
    for (uint32_t i = 0; i < shape->vertices; i++) {
        geo_bbox_add(&box, (struct geo_point){shape->xy[2 * i], shape->xy[2 * i + 1]});
    }
    return box;
}

/* Twice the signed area of a ring in square degrees, about its first vertex so that no digits cancel. */
static double ring_twice_area(const double *xy, uint32_t first, uint32_t end)
{
    double sum = 0;
    double x0 = xy[2 * first];
    double y0 = xy[2 * first + 1];
    for (uint32_t i = first; i + 1 < end; i++) {
        sum += (xy[2 * i] - x0) * (xy[2 * i + 3] - y0) - (xy[2 * i + 2] - x0) * (xy[2 * i + 1] - y0);
    }
    return sum;
}

double geo_shape_area_m2(const struct geo_shape *shape)
{
    if (shape->type != GEO_SHAPE_AREA || shape->vertices == 0) {
        return 0;
    }
    double sum = 0;
    for (uint32_t part = 0, ring = 0, first = 0; part < shape->parts; part++) {
        for (bool outside = true; ring < shape->part_ends[part]; ring++, outside = false) {
            double area = ring_twice_area(shape->xy, first, shape->ring_ends[ring]);
            area = area < 0 ? -area : area;
            sum += outside ? area : -area;
            first = shape->ring_ends[ring];
        }
    }
    struct geo_bbox box = geo_shape_bbox(shape);
    struct geo_local local = geo_local_at((box.min_lat + box.max_lat) / 2);
    return sum > 0 ? sum / 2 * local.lon_m * local.lat_m : 0;
}

bool geo_shape_contains(const struct geo_shape *shape, struct geo_point point)
{
    bool inside = false;
    if (shape->type != GEO_SHAPE_AREA) {
        return false;
    }
    for (uint32_t ring = 0, i = 0; ring < shape->rings; ring++) {
        for (; i + 1 < shape->ring_ends[ring]; i++) {
            const double *a = shape->xy + 2 * (size_t)i;
            if ((a[1] > point.lat) != (a[3] > point.lat) &&
                point.lon < (a[2] - a[0]) * (point.lat - a[1]) / (a[3] - a[1]) + a[0]) {
                inside = !inside;
            }
        }
        i = shape->ring_ends[ring];
    }
    return inside;
}
