/* Private to geo/place*.c: how the index lies in memory. Neighbours on the ground are neighbours there: a search
 * touches a few cache lines, not dozens.
 *
 *   items    one a footprint, along the tree's curve, and one behind the last for its `first`
 *   names    whose they are, in the same order; read only for the answer
 *   offsets  of item i, from 2*first on: the x of all its vertices, then the y of them; degrees from the item's anchor
 *            (a float keeps 0.1 mm over 500 m; doubles were twice as big)
 *
 * Walls join each vertex to the next. Rings are closed; between two rings stands a vertex that is not a number (NAN),
 * and every comparison with a wall to or from there must come out false. A point is a ring that holds it twice: one
 * wall without length, which nothing lies inside of.
 */
#ifndef HUTONG_GEO_PLACE_PRIVATE_H
#define HUTONG_GEO_PLACE_PRIVATE_H

#include "geo/geo.h"

struct geo_place_item {
    struct geo_point anchor; /* south-west corner of the footprint's box */
    float width, height;     /* of that box, degrees, rounded up */
    uint32_t first;          /* vertex */
    float area_m2;
};

struct geo_place_name {
    int64_t id;
    int64_t estate_id;
};

struct geo_place {
    struct geo_place_item *items;
    struct geo_place_name *names;
    struct geo_bbox *boxes; /* until the tree is built */
    float *offsets;
    uint32_t count, item_cap;
    uint32_t vertices, vertex_cap;
    struct geo_rtree *tree;
};

struct geo_place_walls {
    const float *x, *y;
    uint32_t count; /* walls; there is one vertex more */
};

static inline struct geo_place_walls geo_place_walls(const struct geo_place *place, uint32_t item)
{
    const struct geo_place_item *at = &place->items[item];
    uint32_t vertices = at[1].first - at->first;
    const float *x = place->offsets + 2 * (size_t)at->first;
    return (struct geo_place_walls){x, x + vertices, vertices - 1};
}

/* Even-odd over all rings; on a wall either way. */
bool geo_place_contains(const struct geo_place *place, uint32_t item, struct geo_point point);

#endif
