/* Building the index of footprints; place_find.c and place_near.c search it. */
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
        free(place->names);
        free(place->boxes);
        free(place->offsets);
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

static bool room_for(struct geo_place *place, uint32_t vertices)
{
    void *items = place->items, *names = place->names, *boxes = place->boxes, *offsets = place->offsets;
    uint32_t name_cap = place->item_cap, box_cap = place->item_cap; /* the three grow in step */
    bool fits = room(&boxes, place->count, &box_cap, 1, sizeof *place->boxes);
    place->boxes = boxes;
    fits = fits && room(&names, place->count, &name_cap, 1, sizeof *place->names);
    place->names = names;
    fits = fits && room(&items, place->count, &place->item_cap, 1, sizeof *place->items);
    place->items = items;
    fits = fits && room(&offsets, place->vertices, &place->vertex_cap, vertices, 2 * sizeof *place->offsets);
    place->offsets = offsets;
    return fits;
}

static float roomy(double degrees)
{
    return nextafterf((float)degrees, INFINITY);
}

/* With each point twice, and a vertex between rings. */
static uint32_t kept_vertices(const struct geo_shape *shape)
{
    return (shape->type == GEO_SHAPE_POINT ? 2 : 1) * shape->vertices + shape->rings - 1;
}

static void keep_vertices(const struct geo_shape *shape, struct geo_point anchor, float *x, float *y)
{
    uint32_t copies = shape->type == GEO_SHAPE_POINT ? 2 : 1;
    for (uint32_t ring = 0, i = 0; ring < shape->rings; ring++) {
        if (ring) {
            *x++ = *y++ = NAN;
        }
        for (; i < shape->ring_ends[ring]; i++) {
            for (uint32_t copy = 0; copy < copies; copy++) {
                *x++ = (float)(shape->xy[2 * (size_t)i] - anchor.lon);
                *y++ = (float)(shape->xy[2 * (size_t)i + 1] - anchor.lat);
            }
        }
    }
}

enum base_err geo_place_add(struct geo_place *place, int64_t id, int64_t estate_id, const struct geo_shape *footprint,
                            struct base_diag *diag)
{
    bool fit = footprint->type == GEO_SHAPE_AREA || footprint->type == GEO_SHAPE_POINT;
    if (!fit || footprint->rings == 0 || place->tree) {
        return base_diag_set(diag, BASE_INVALID, "place %lld: neither area nor point, or the index is built already",
                             (long long)id);
    }
    uint32_t vertices = kept_vertices(footprint);
    if (!room_for(place, vertices)) {
        return base_diag_set(diag, BASE_NOMEM, "no memory for the index of %u places", place->count);
    }
    struct geo_bbox box = geo_shape_bbox(footprint);
    struct geo_point anchor = {box.min_lon, box.min_lat};
    float *x = place->offsets + 2 * (size_t)place->vertices;
    keep_vertices(footprint, anchor, x, x + vertices);
    place->boxes[place->count] = box;
    place->names[place->count] = (struct geo_place_name){id, estate_id};
    place->items[place->count++] = (struct geo_place_item){.anchor = anchor,
                                                           .width = roomy(box.max_lon - box.min_lon),
                                                           .height = roomy(box.max_lat - box.min_lat),
                                                           .first = place->vertices,
                                                           .area_m2 = (float)geo_shape_area_m2(footprint)};
    place->vertices += vertices;
    return BASE_OK;
}

/* Copies item number of from behind the last of to, which has room. */
static void move_item(const struct geo_place *from, uint32_t number, struct geo_place *to)
{
    uint32_t first = from->items[number].first;
    uint32_t end = number + 1 < from->count ? from->items[number + 1].first : from->vertices;
    memcpy(to->offsets + 2 * (size_t)to->vertices, from->offsets + 2 * (size_t)first,
           2 * (size_t)(end - first) * sizeof *to->offsets);
    to->items[to->count] = from->items[number];
    to->items[to->count].first = to->vertices;
    to->names[to->count++] = from->names[number];
    to->vertices += end - first;
}

static enum base_err lay_along_curve(struct geo_place *place, struct base_diag *diag)
{
    struct geo_place laid = {.tree = place->tree, .item_cap = place->count + 1u, .vertex_cap = place->vertices};
    laid.items = calloc(laid.item_cap, sizeof *laid.items);
    laid.names = calloc(laid.item_cap, sizeof *laid.names);
    laid.offsets = calloc(place->vertices + 1u, 2 * sizeof *laid.offsets);
    if (!laid.items || !laid.names || !laid.offsets) {
        free(laid.items);
        free(laid.names);
        free(laid.offsets);
        return base_diag_set(diag, BASE_NOMEM, "no memory for the index of %u places", place->count);
    }
    const uint32_t *order = geo_rtree_order(place->tree);
    for (uint32_t i = 0; i < place->count; i++) {
        move_item(place, order[i], &laid);
    }
    laid.items[laid.count].first = laid.vertices;
    geo_rtree_renumber(place->tree);
    free(place->items);
    free(place->names);
    free(place->offsets);
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
    size_t tree = place->tree ? geo_rtree_memory(place->tree) : 0;
    return place->item_cap * (sizeof *place->items + sizeof *place->names) +
           place->vertex_cap * 2 * sizeof *place->offsets + tree;
}

/* Does the wall a-b, seen from the point, cross the ray to the east? Products, not branches or a division: which walls
 * cross cannot be foretold. */
bool geo_place_contains(const struct geo_place *place, uint32_t item, struct geo_point point)
{
    struct geo_place_walls walls = geo_place_walls(place, item);
    double lon = point.lon - place->items[item].anchor.lon;
    double lat = point.lat - place->items[item].anchor.lat;
    unsigned crossings = 0;
    for (uint32_t i = 0; i < walls.count; i++) {
        double ax = (double)walls.x[i] - lon, ay = (double)walls.y[i] - lat;
        double bx = (double)walls.x[i + 1] - lon, by = (double)walls.y[i + 1] - lat;
        crossings += ((ay > 0) != (by > 0)) & ((ax * by - ay * bx) * (by - ay) > 0);
    }
    return crossings & 1;
}

const char *geo_place_method_name(enum geo_place_method method)
{
    static const char *const names[] = {"none", "nearest", "inside"};
    return names[method];
}
