/* Which building a position is at: first what contains it, then, if nothing does, what is nearest to it. */
#include "geo/place_private.h"

#include <math.h>

#define TIE_M 1e-4 /* what the index keeps of a vertex: nearer together is equally far */
#define NOTHING UINT32_MAX

enum { CANDIDATES = 2 * GEO_RTREE_FANOUT };

struct candidate {
    double least_m2; /* no wall of it is nearer: the distance to its box */
    uint32_t item;
};

struct search {
    const struct geo_place *place;
    struct geo_point point;
    struct geo_local local;
    double limit_m;   /* the radius, then the least distance so far */
    double within_m2; /* farther is of no interest: the limit and what ties with it */
    const struct geo_place_name *near;
    struct candidate candidates[CANDIDATES];
    uint32_t count;
};

static bool box_contains(const struct geo_place_item *item, struct geo_point point)
{
    double x = point.lon - item->anchor.lon, y = point.lat - item->anchor.lat;
    return (x >= 0) & (y >= 0) & (x <= (double)item->width) & (y <= (double)item->height);
}

/* Footprints may overlap (a podium and its tower): the smaller one says more. */
static bool says_more(const struct geo_place *place, uint32_t item, uint32_t than)
{
    float area = place->items[item].area_m2, other = place->items[than].area_m2;
    return area < other || (area == other && place->names[item].id < place->names[than].id);
}

/* The item, if it contains the point and says more than the best so far. */
static uint32_t better_inside(const struct geo_place *place, struct geo_point point, uint32_t item, uint32_t best)
{
    if (!box_contains(&place->items[item], point)) {
        return best;
    }
    __builtin_prefetch(&place->names[item]); /* most likely the answer, and far from here */
    bool better = geo_place_contains(place, item, point) && (best == NOTHING || says_more(place, item, best));
    return better ? item : best;
}

static const struct geo_place_name *find_inside(const struct geo_place *place, struct geo_point point)
{
    struct geo_rtree_walk walk;
    uint32_t found[GEO_RTREE_FANOUT], count, best = NOTHING;
    geo_rtree_start(&walk, place->tree, &(struct geo_bbox){point.lon, point.lat, point.lon, point.lat});
    while ((count = geo_rtree_next(&walk, found)) > 0) {
        for (uint32_t i = 0; i < count; i++) {
            best = better_inside(place, point, found[i], best);
        }
    }
    return best == NOTHING ? NULL : &place->names[best];
}

/* Squared distance from the origin to the wall a-b, in metres. */
static double wall_m2(double ax, double ay, double bx, double by)
{
    double dx = bx - ax, dy = by - ay;
    double length2 = dx * dx + dy * dy;
    double t = length2 > 0 ? -(ax * dx + ay * dy) / length2 : 0;
    t = t < 0 ? 0 : t > 1 ? 1 : t;
    double x = ax + t * dx, y = ay + t * dy;
    return x * x + y * y;
}

static double nearest_wall_m2(const struct search *s, uint32_t item)
{
    struct geo_place_walls walls = geo_place_walls(s->place, item);
    struct geo_point anchor = s->place->items[item].anchor;
    double lon = s->point.lon - anchor.lon, lat = s->point.lat - anchor.lat;
    double lon_m = s->local.lon_m, lat_m = s->local.lat_m;
    double least = INFINITY;
    for (uint32_t i = 0; i < walls.count; i++) {
        double m2 = wall_m2(((double)walls.x[i] - lon) * lon_m, ((double)walls.y[i] - lat) * lat_m,
                            ((double)walls.x[i + 1] - lon) * lon_m, ((double)walls.y[i + 1] - lat) * lat_m);
        least = m2 < least ? m2 : least;
    }
    return least;
}

static double outside(double offset, double extent)
{
    double before = -offset, behind = offset - extent;
    double farther = before > behind ? before : behind;
    return farther > 0 ? farther : 0;
}

static double box_m2(const struct search *s, uint32_t number)
{
    const struct geo_place_item *item = &s->place->items[number];
    double x = outside(s->point.lon - item->anchor.lon, (double)item->width) * s->local.lon_m;
    double y = outside(s->point.lat - item->anchor.lat, (double)item->height) * s->local.lat_m;
    return x * x + y * y;
}

static void consider(struct search *s, uint32_t item)
{
    const struct geo_place_name *name = &s->place->names[item];
    __builtin_prefetch(name);
    double m2 = nearest_wall_m2(s, item);
    if (m2 > s->within_m2) {
        return;
    }
    double metres = sqrt(m2);
    bool tie = s->near && metres > s->limit_m - TIE_M;
    s->near = tie && s->near->id < name->id ? s->near : name;
    s->limit_m = metres < s->limit_m ? metres : s->limit_m;
    s->within_m2 = (s->limit_m + TIE_M) * (s->limit_m + TIE_M);
}

/* Nearest box first: most of the others are then out of the question unseen. */
static void consider_candidates(struct search *s)
{
    while (s->count) {
        uint32_t first = 0;
        for (uint32_t i = 1; i < s->count; i++) {
            first = s->candidates[i].least_m2 < s->candidates[first].least_m2 ? i : first;
        }
        struct candidate candidate = s->candidates[first];
        if (candidate.least_m2 > s->within_m2) {
            s->count = 0;
            return;
        }
        s->candidates[first] = s->candidates[--s->count];
        consider(s, candidate.item);
    }
}

static void find_near(struct search *s)
{
    struct geo_rtree_walk walk;
    uint32_t found[GEO_RTREE_FANOUT], count;
    double lon = s->limit_m / s->local.lon_m, lat = s->limit_m / s->local.lat_m;
    struct geo_bbox query = {s->point.lon - lon, s->point.lat - lat, s->point.lon + lon, s->point.lat + lat};
    geo_rtree_start(&walk, s->place->tree, &query);
    while ((count = geo_rtree_next(&walk, found)) > 0) {
        if (s->count + count > CANDIDATES) {
            consider_candidates(s);
        }
        for (uint32_t i = 0; i < count; i++) {
            s->candidates[s->count] = (struct candidate){box_m2(s, found[i]), found[i]};
            s->count += s->candidates[s->count].least_m2 <= s->within_m2;
        }
    }
    consider_candidates(s);
}

void geo_place_find(const struct geo_place *place, struct geo_point point, double acc_m, struct geo_place_hit *ret_hit)
{
    *ret_hit = (struct geo_place_hit){.method = GEO_PLACE_NONE};
    if (!place->tree || !isfinite(point.lon) || !isfinite(point.lat)) {
        return;
    }
    const struct geo_place_name *inside = find_inside(place, point);
    if (inside) {
        *ret_hit = (struct geo_place_hit){GEO_PLACE_INSIDE, inside->id, inside->estate_id, 0};
        return;
    }
    if (!isfinite(acc_m) || acc_m <= 0) {
        return;
    }
    struct search s; /* its candidates need no zeros */
    s.place = place;
    s.point = point;
    s.local = geo_local_at(point.lat);
    s.limit_m = fmin(acc_m, GEO_PLACE_ACC_MAX);
    s.within_m2 = s.limit_m * s.limit_m;
    s.near = NULL;
    s.count = 0;
    find_near(&s);
    if (s.near) {
        *ret_hit = (struct geo_place_hit){GEO_PLACE_NEAREST, s.near->id, s.near->estate_id, s.limit_m};
    }
}
