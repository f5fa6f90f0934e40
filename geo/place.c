/* Which building a position is at: a packed R-tree finds the candidates, local metres decide between them.
 *
 *   items     one a building, sorted as added          ring_ends  vertices, running, of all rings of all buildings
 *   offsets   float pairs from the item's anchor       (a float keeps 0.1 mm over 500 m; a double would be twice as
 * big)
 */
#include "geo/geo.h"

#include <math.h>
#include <stdlib.h>

struct item {
    int64_t id;
    int64_t estate_id;
    struct geo_point anchor; /* south-west corner of the footprint's box */
    uint32_t rings_end;      /* in ring_ends, running */
    float area_m2;
};

struct geo_place {
    struct item *items;
    struct geo_bbox *boxes; /* until the tree is built */
    float *offsets;
    uint32_t *ring_ends;
    uint32_t count, item_cap;
    uint32_t vertices, vertex_cap;
    uint32_t rings, ring_cap;
    struct geo_rtree *tree;
    struct geo_bbox all;
};

enum base_err geo_place_new(struct base_diag *diag, struct geo_place **ret_place)
{
    struct geo_place *place = calloc(1, sizeof *place);
    if (!place) {
        return base_diag_set(diag, BASE_NOMEM, "out of memory");
    }
    place->all = geo_bbox_empty();
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
    fits = fits && room(&offsets, place->vertices, &place->vertex_cap, shape->vertices, 2 * sizeof *place->offsets);
    place->offsets = offsets;
    fits = fits && room(&rings, place->rings, &place->ring_cap, shape->rings, sizeof *place->ring_ends);
    place->ring_ends = rings;
    return fits;
}

enum base_err geo_place_add(struct geo_place *place, int64_t id, int64_t estate_id, const struct geo_shape *footprint,
                            struct base_diag *diag)
{
    if (footprint->type != GEO_SHAPE_AREA || footprint->vertices == 0 || place->tree) {
        return base_diag_set(diag, BASE_INVALID, "building %lld: no footprint, or the index is built already",
                             (long long)id);
    }
    if (!room_for(place, footprint)) {
        return base_diag_set(diag, BASE_NOMEM, "no memory for the index of %u buildings", place->count);
    }
    struct geo_bbox box = geo_shape_bbox(footprint);
    geo_bbox_join(&place->all, &box);
    place->boxes[place->count] = box;
    float *at = place->offsets + 2 * (size_t)place->vertices;
    for (uint32_t i = 0; i < footprint->vertices; i++) {
        at[2 * i] = (float)(footprint->xy[2 * i] - box.min_lon);
        at[2 * i + 1] = (float)(footprint->xy[2 * i + 1] - box.min_lat);
    }
    for (uint32_t ring = 0; ring < footprint->rings; ring++) {
        place->ring_ends[place->rings + ring] = place->vertices + footprint->ring_ends[ring];
    }
    place->vertices += footprint->vertices;
    place->rings += footprint->rings;
    place->items[place->count++] = (struct item){.id = id,
                                                 .estate_id = estate_id,
                                                 .anchor = {box.min_lon, box.min_lat},
                                                 .rings_end = place->rings,
                                                 .area_m2 = (float)geo_shape_area_m2(footprint)};
    return BASE_OK;
}

enum base_err geo_place_build(struct geo_place *place, struct base_diag *diag)
{
    enum base_err err = geo_rtree_new(place->boxes, place->count, diag, &place->tree);
    if (!err) {
        free(place->boxes);
        place->boxes = NULL;
    }
    return err;
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

struct search {
    const struct geo_place *place;
    struct geo_point point;
    struct geo_local local;
    double best_m2;           /* squared distance of the best so far, or of the limit */
    const struct item *found; /* nearest, or containing */
    bool inside;
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

/* Even-odd over all rings, as geo_shape_contains. */
static bool contains(const struct search *s, uint32_t ring, const struct item *item)
{
    const struct geo_place *place = s->place;
    double x = s->point.lon - item->anchor.lon;
    double y = s->point.lat - item->anchor.lat;
    bool inside = false;
    uint32_t i = ring ? place->ring_ends[ring - 1] : 0;
    for (; ring < item->rings_end; ring++) {
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

static double distance_m2(const struct search *s, uint32_t ring, const struct item *item)
{
    const struct geo_place *place = s->place;
    double x = s->point.lon - item->anchor.lon;
    double y = s->point.lat - item->anchor.lat;
    double least = INFINITY;
    uint32_t i = ring ? place->ring_ends[ring - 1] : 0;
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

/* Footprints may overlap (a podium and its tower): the smaller one says more. */
static bool visit_inside(void *at, uint32_t number)
{
    struct search *s = at;
    const struct item *item = &s->place->items[number];
    uint32_t ring = number ? s->place->items[number - 1].rings_end : 0;
    if (contains(s, ring, item)) {
        if (!s->found || item->area_m2 < s->found->area_m2 ||
            (item->area_m2 == s->found->area_m2 && item->id < s->found->id)) {
            s->found = item;
        }
    }
    return true;
}

static bool visit_near(void *at, uint32_t number)
{
    struct search *s = at;
    const struct item *item = &s->place->items[number];
    uint32_t ring = number ? s->place->items[number - 1].rings_end : 0;
    double m2 = distance_m2(s, ring, item);
    if (m2 < s->best_m2 || (m2 == s->best_m2 && (!s->found || item->id < s->found->id))) {
        s->best_m2 = m2;
        s->found = item;
    }
    return true;
}

void geo_place_find(const struct geo_place *place, struct geo_point point, double acc_m, struct geo_place_hit *ret_hit)
{
    *ret_hit = (struct geo_place_hit){.method = GEO_PLACE_NONE};
    if (!place->tree || !isfinite(point.lon) || !isfinite(point.lat)) {
        return;
    }
    struct search s = {.place = place, .point = point};
    struct geo_bbox query = {point.lon, point.lat, point.lon, point.lat};
    geo_rtree_search(place->tree, &query, visit_inside, &s);
    if (s.found) {
        *ret_hit = (struct geo_place_hit){GEO_PLACE_INSIDE, s.found->id, s.found->estate_id, 0};
        return;
    }
    if (!isfinite(acc_m) || acc_m <= 0) {
        return;
    }
    double radius_m = acc_m < GEO_PLACE_ACC_MAX ? acc_m : GEO_PLACE_ACC_MAX;
    s.local = geo_local_at(point.lat);
    s.best_m2 = radius_m * radius_m;
    query = geo_bbox_around(point, radius_m);
    geo_rtree_search(place->tree, &query, visit_near, &s);
    if (s.found) {
        *ret_hit = (struct geo_place_hit){GEO_PLACE_NEAREST, s.found->id, s.found->estate_id, sqrt(s.best_m2)};
    }
}

const char *geo_place_method_name(enum geo_place_method method)
{
    static const char *const names[] = {"none", "nearest", "inside"};
    return names[method];
}
