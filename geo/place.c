/* Which building a position is at: a packed R-tree finds the candidates, local metres decide between them. */
#include "geo/place_private.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum base_err geo_place_new(struct base_diag *diag, struct geo_place **ret_place)
{
    struct geo_place *place = calloc(1, sizeof *place);
    if (!place) {
        return base_diag_set(diag, BASE_NOMEM, "out of memory");
    }
    *ret_place = place;
    return BASE_OK;
}

void geo_place_free(struct geo_place *place)
{
    if (place) {
        free(place->items);
        free(place->boxes);
        free(place->offsets);
        free(place->ring_ends);
        geo_rtree_free(place->tree);
        free(place);
    }
}

/* Room for count more elements; false when memory is short. */
static bool room(void **array, uint32_t used, uint32_t *cap, uint32_t count, size_t size)
{
    if (count > UINT32_MAX / 2 - used) {
        return false;
    }
    if (used + count <= *cap) {
        return true;
    }
    uint32_t wanted = used + count + (used + count) / 2 + 64;
    void *grown = realloc(*array, wanted * size);
    if (!grown) {
        return false;
    }
    *array = grown;
    *cap = wanted;
    return true;
}

static bool room_for(struct geo_place *place, const struct geo_shape *shape)
{
    void *items = place->items, *boxes = place->boxes, *offsets = place->offsets, *rings = place->ring_ends;
    uint32_t box_cap = place->item_cap; /* items and boxes grow in step */
    bool fits = room(&boxes, place->count, &box_cap, 1, sizeof *place->boxes);
    place->boxes = boxes;
    fits = fits && room(&items, place->count, &place->item_cap, 1, sizeof *place->items);
    place->items = items;
    fits = fits && room(&offsets, place->vertices, &place->vertex_cap, 2 * shape->vertices, 2 * sizeof *place->offsets);
    place->offsets = offsets;
    fits = fits && room(&rings, place->rings, &place->ring_cap, shape->rings, sizeof *place->ring_ends);
    place->ring_ends = rings;
    return fits;
}

static float roomy(double degrees)
{
    return nextafterf((float)degrees, INFINITY);
}

/* The vertices of an AREA as they are, those of a POINT twice. */
static void append_rings(struct geo_place *place, const struct geo_shape *shape, struct geo_point anchor)
{
    uint32_t copies = shape->type == GEO_SHAPE_POINT ? 2 : 1;
    float *to = place->offsets + 2 * (size_t)place->vertices;
    for (uint32_t i = 0; i < shape->vertices * copies; i++) {
        const double *from = shape->xy + 2 * (size_t)(i / copies);
        *to++ = (float)(from[0] - anchor.lon);
        *to++ = (float)(from[1] - anchor.lat);
    }
    for (uint32_t ring = 0; ring < shape->rings; ring++) {
        place->ring_ends[place->rings + ring] = place->vertices + shape->ring_ends[ring] * copies;
    }
    place->vertices += shape->vertices * copies;
    place->rings += shape->rings;
}

enum base_err geo_place_add(struct geo_place *place, int64_t id, int64_t estate_id, const struct geo_shape *footprint,
                            struct base_diag *diag)
{
    bool fit = footprint->type == GEO_SHAPE_AREA || footprint->type == GEO_SHAPE_POINT;
    if (!fit || footprint->rings == 0 || place->tree) {
        return base_diag_set(diag, BASE_INVALID, "place %lld: neither area nor point, or the index is built already",
                             (long long)id);
    }
    if (!room_for(place, footprint)) {
        return base_diag_set(diag, BASE_NOMEM, "no memory for the index of %u places", place->count);
    }
    struct geo_bbox box = geo_shape_bbox(footprint);
    struct geo_point anchor = {box.min_lon, box.min_lat};
    place->boxes[place->count] = box;
    append_rings(place, footprint, anchor);
    place->items[place->count++] = (struct geo_place_item){.id = id,
                                                           .estate_id = estate_id,
                                                           .anchor = anchor,
                                                           .width = roomy(box.max_lon - box.min_lon),
                                                           .height = roomy(box.max_lat - box.min_lat),
                                                           .rings_end = place->rings,
                                                           .area_m2 = (float)geo_shape_area_m2(footprint)};
    return BASE_OK;
}

/* Appends item number of from to to, which has room. */
static void move_item(const struct geo_place *from, uint32_t number, struct geo_place *to)
{
    const struct geo_place_item *item = &from->items[number];
    uint32_t ring = geo_place_first_ring(from, number);
    uint32_t vertex = geo_place_first_vertex(from, ring);
    uint32_t vertices = from->ring_ends[item->rings_end - 1] - vertex;
    memcpy(to->offsets + 2 * (size_t)to->vertices, from->offsets + 2 * (size_t)vertex,
           2 * (size_t)vertices * sizeof *to->offsets);
    for (; ring < item->rings_end; ring++) {
        to->ring_ends[to->rings++] = to->vertices + (from->ring_ends[ring] - vertex);
    }
    to->vertices += vertices;
    to->items[to->count] = *item;
    to->items[to->count++].rings_end = to->rings;
}

/* Neighbours on the ground become neighbours in memory; a search then touches a few cache lines, not dozens. */
static enum base_err lay_along_curve(struct geo_place *place, struct base_diag *diag)
{
    struct geo_place laid = {.item_cap = place->count, .vertex_cap = place->vertices, .ring_cap = place->rings};
    laid.items = calloc(place->count + 1u, sizeof *laid.items);
    laid.offsets = calloc(place->vertices + 1u, 2 * sizeof *laid.offsets);
    laid.ring_ends = calloc(place->rings + 1u, sizeof *laid.ring_ends);
    if (!laid.items || !laid.offsets || !laid.ring_ends) {
        free(laid.items);
        free(laid.offsets);
        free(laid.ring_ends);
        return base_diag_set(diag, BASE_NOMEM, "no memory for the index of %u places", place->count);
    }
    const uint32_t *order = geo_rtree_order(place->tree);
    for (uint32_t i = 0; i < place->count; i++) {
        move_item(place, order[i], &laid);
    }
    geo_rtree_renumber(place->tree);
    free(place->items);
    free(place->offsets);
    free(place->ring_ends);
    laid.tree = place->tree;
    *place = laid;
    return BASE_OK;
}

enum base_err geo_place_build(struct geo_place *place, struct base_diag *diag)
{
    enum base_err err = geo_rtree_new(place->boxes, place->count, diag, &place->tree);
    if (err) {
        return err;
    }
    free(place->boxes);
    place->boxes = NULL;
    return lay_along_curve(place, diag);
}

uint32_t geo_place_count(const struct geo_place *place)
{
    return place->count;
}

size_t geo_place_memory(const struct geo_place *place)
{
    size_t tree = (size_t)place->count * 22; /* see geo_rtree */
    return place->item_cap * sizeof *place->items + place->vertex_cap * 2 * sizeof *place->offsets +
           place->ring_cap * sizeof *place->ring_ends + tree;
}

enum { CANDIDATES = 32 };

struct search {
    const struct geo_place *place;
    struct geo_point point;
    struct geo_local local;
    double best_m2;                      /* squared distance of the nearest so far, or of the limit */
    const struct geo_place_item *inside; /* smallest that contains the point */
    const struct geo_place_item *near;
    uint32_t waiting[CANDIDATES]; /* whose distance matters only if nothing contains the point */
    uint32_t waiting_count;
};

/* Squared distance from the origin to the segment a-b, in metres. */
static double segment_m2(double ax, double ay, double bx, double by)
{
    double dx = bx - ax, dy = by - ay;
    double length2 = dx * dx + dy * dy;
    double t = length2 > 0 ? -(ax * dx + ay * dy) / length2 : 0;
    t = t < 0 ? 0 : t > 1 ? 1 : t;
    double x = ax + t * dx, y = ay + t * dy;
    return x * x + y * y;
}

bool geo_place_contains(const struct geo_place *place, uint32_t item, struct geo_point point)
{
    const struct geo_place_item *it = &place->items[item];
    double x = point.lon - it->anchor.lon;
    double y = point.lat - it->anchor.lat;
    bool inside = false;
    uint32_t ring = geo_place_first_ring(place, item);
    uint32_t i = geo_place_first_vertex(place, ring);
    for (; ring < it->rings_end; ring++) {
        for (; i + 1 < place->ring_ends[ring]; i++) {
            const float *a = place->offsets + 2 * (size_t)i;
            if (((double)a[1] > y) != ((double)a[3] > y) &&
                x < ((double)a[2] - (double)a[0]) * (y - (double)a[1]) / ((double)a[3] - (double)a[1]) + (double)a[0]) {
                inside = !inside;
            }
        }
        i = place->ring_ends[ring];
    }
    return inside;
}

static double distance_m2(const struct search *s, uint32_t ring, const struct geo_place_item *item)
{
    const struct geo_place *place = s->place;
    double x = s->point.lon - item->anchor.lon;
    double y = s->point.lat - item->anchor.lat;
    double least = INFINITY;
    uint32_t i = geo_place_first_vertex(place, ring);
    for (; ring < item->rings_end; ring++) {
        for (; i + 1 < place->ring_ends[ring]; i++) {
            const float *a = place->offsets + 2 * (size_t)i;
            double m2 = segment_m2(((double)a[0] - x) * s->local.lon_m, ((double)a[1] - y) * s->local.lat_m,
                                   ((double)a[2] - x) * s->local.lon_m, ((double)a[3] - y) * s->local.lat_m);
            least = m2 < least ? m2 : least;
        }
        i = place->ring_ends[ring];
    }
    return least;
}

static double outside(double offset, double extent)
{
    return offset < 0 ? -offset : offset > extent ? offset - extent : 0;
}

/* No wall is nearer than the box. */
static double box_m2(const struct search *s, const struct geo_place_item *item)
{
    double x = outside(s->point.lon - item->anchor.lon, (double)item->width) * s->local.lon_m;
    double y = outside(s->point.lat - item->anchor.lat, (double)item->height) * s->local.lat_m;
    return x * x + y * y;
}

static void consider_near(struct search *s, uint32_t number)
{
    const struct geo_place_item *item = &s->place->items[number];
    if (box_m2(s, item) > s->best_m2) {
        return;
    }
    double m2 = distance_m2(s, geo_place_first_ring(s->place, number), item);
    if (m2 < s->best_m2 || (m2 == s->best_m2 && (!s->near || item->id < s->near->id))) {
        s->best_m2 = m2;
        s->near = item;
    }
}

/* Footprints may overlap (a podium and its tower): the smaller one says more. */
static void consider_inside(struct search *s, const struct geo_place_item *item)
{
    if (!s->inside || item->area_m2 < s->inside->area_m2 ||
        (item->area_m2 == s->inside->area_m2 && item->id < s->inside->id)) {
        s->inside = item;
    }
}

static bool visit(void *at, uint32_t number)
{
    struct search *s = at;
    const struct geo_place_item *item = &s->place->items[number];
    double x = s->point.lon - item->anchor.lon;
    double y = s->point.lat - item->anchor.lat;
    bool within = x >= 0 && y >= 0 && x <= (double)item->width && y <= (double)item->height;
    if (within && geo_place_contains(s->place, number, s->point)) {
        consider_inside(s, item);
    } else if (!s->inside && s->waiting_count < CANDIDATES) {
        s->waiting[s->waiting_count++] = number;
    } else if (!s->inside) {
        consider_near(s, number);
    }
    return true;
}

void geo_place_find(const struct geo_place *place, struct geo_point point, double acc_m, struct geo_place_hit *ret_hit)
{
    *ret_hit = (struct geo_place_hit){.method = GEO_PLACE_NONE};
    if (!place->tree || !isfinite(point.lon) || !isfinite(point.lat)) {
        return;
    }
    double radius_m = !isfinite(acc_m) || acc_m < 0 ? 0 : fmin(acc_m, GEO_PLACE_ACC_MAX);
    struct search s = {.place = place, .point = point, .best_m2 = radius_m * radius_m, .waiting_count = 0};
    s.local = geo_local_at(point.lat);
    struct geo_bbox query = geo_bbox_around(point, radius_m);
    geo_rtree_search(place->tree, &query, visit, &s);
    for (uint32_t i = 0; i < s.waiting_count && !s.inside && radius_m > 0; i++) {
        consider_near(&s, s.waiting[i]);
    }
    if (s.inside) {
        *ret_hit = (struct geo_place_hit){GEO_PLACE_INSIDE, s.inside->id, s.inside->estate_id, 0};
    } else if (s.near && radius_m > 0) {
        *ret_hit = (struct geo_place_hit){GEO_PLACE_NEAREST, s.near->id, s.near->estate_id, sqrt(s.best_m2)};
    }
}

const char *geo_place_method_name(enum geo_place_method method)
{
    static const char *const names[] = {"none", "nearest", "inside"};
    return names[method];
}
