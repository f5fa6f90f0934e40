/* Private to geo/place*.c: how the index lies in memory.
 *
 *   items     one a footprint, along the tree's curve   ring_ends  vertices, running, of all rings of all footprints
 *   offsets   float pairs, degrees from the item's anchor (a float keeps 0.1 mm over 500 m; doubles were twice as big)
 *
 * Rings are closed. A point is a ring that holds it twice: one wall without length, which nothing lies inside of.
 */
#ifndef HUTONG_GEO_PLACE_PRIVATE_H
#define HUTONG_GEO_PLACE_PRIVATE_H

#include "geo/geo.h"

struct geo_place_item {
    int64_t id;
    int64_t estate_id;
    struct geo_point anchor; /* south-west corner of the footprint's box */
    float width, height;     /* of that box, degrees, rounded up */
    uint32_t rings_end;      /* in ring_ends, running */
    float area_m2;
};

struct geo_place {
    struct geo_place_item *items;
    struct geo_bbox *boxes; /* until the tree is built */
    float *offsets;
    uint32_t *ring_ends;
    uint32_t count, item_cap;
    uint32_t vertices, vertex_cap;
    uint32_t rings, ring_cap;
    struct geo_rtree *tree;
};

static inline uint32_t geo_place_first_ring(const struct geo_place *place, uint32_t item)
{
    return item ? place->items[item - 1].rings_end : 0;
}

static inline uint32_t geo_place_first_vertex(const struct geo_place *place, uint32_t ring)
{
    return ring ? place->ring_ends[ring - 1] : 0;
}

/* Even-odd over all rings, as geo_shape_contains. */
bool geo_place_contains(const struct geo_place *place, uint32_t item, struct geo_point point);

#endif
