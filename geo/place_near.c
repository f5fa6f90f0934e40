/* Passes need every place that a step between two positions comes near, not only the nearest of one position. */
#include "geo/place_private.h"

#include <math.h>

#define TOUCHING_M2 1e-8 /* (0.1 mm)2: what the index keeps of a vertex */

struct metres {
    double x, y;
};

struct near {
    const struct geo_place *place;
    struct geo_point a, b;
    struct geo_local local;
    struct metres step; /* from a to b */
    double limit_m2;
};

/* How near the step comes to a place. */
struct reach {
    double least_m2;
    double along;  /* where on the step, 0..1; the first such place */
    double end_m2; /* of b */
};

static double cross(struct metres a, struct metres b)
{
    return a.x * b.y - a.y * b.x;
}

static struct metres minus(struct metres a, struct metres b)
{
    return (struct metres){a.x - b.x, a.y - b.y};
}

/* Squared distance from p to the segment from the origin to end; *ret_t: where on it, 0..1. */
static double to_segment_m2(struct metres p, struct metres end, double *ret_t)
{
    double length2 = end.x * end.x + end.y * end.y;
    double t = length2 > 0 ? (p.x * end.x + p.y * end.y) / length2 : 0;
    t = t < 0 ? 0 : t > 1 ? 1 : t;
    struct metres d = {p.x - t * end.x, p.y - t * end.y};
    *ret_t = t;
    return d.x * d.x + d.y * d.y;
}

static void nearer(struct reach *reach, double m2, double along)
{
    if (m2 < reach->least_m2 || (m2 == reach->least_m2 && along < reach->along)) {
        reach->least_m2 = m2;
        reach->along = along;
    }
}

/* The step starts at the origin, the wall is p-q. Segments that do not cross are nearest at an end of one of them. */
static void reach_wall(struct reach *reach, struct metres step, struct metres p, struct metres q)
{
    struct metres wall = minus(q, p), back = minus((struct metres){0, 0}, p), far = minus(step, p);
    double t, end_m2 = to_segment_m2(far, wall, &t);
    reach->end_m2 = end_m2 < reach->end_m2 ? end_m2 : reach->end_m2;
    if ((cross(step, p) > 0) != (cross(step, q) > 0) && (cross(wall, back) > 0) != (cross(wall, far) > 0)) {
        nearer(reach, 0, fmin(1, fmax(0, cross(p, wall) / cross(step, wall))));
        return;
    }
    nearer(reach, to_segment_m2(back, wall, &t), 0);
    nearer(reach, end_m2, 1);
    double p_m2 = to_segment_m2(p, step, &t);
    nearer(reach, p_m2, t);
    double q_m2 = to_segment_m2(q, step, &t);
    nearer(reach, q_m2, t);
}

static struct reach reach_walls(const struct near *n, uint32_t number)
{
    struct geo_place_walls walls = geo_place_walls(n->place, number);
    struct geo_point anchor = n->place->items[number].anchor;
    double lon = n->a.lon - anchor.lon, lat = n->a.lat - anchor.lat;
    struct reach reach = {INFINITY, 0, INFINITY};
    for (uint32_t i = 0; i < walls.count;
         i++) { /* one that is no wall gives what is not a number, which is no nearer */
        struct metres p = {((double)walls.x[i] - lon) * n->local.lon_m, ((double)walls.y[i] - lat) * n->local.lat_m};
        struct metres q = {((double)walls.x[i + 1] - lon) * n->local.lon_m,
                           ((double)walls.y[i + 1] - lat) * n->local.lat_m};
        reach_wall(&reach, n->step, p, q);
    }
    return reach;
}

/* Is the item's box certainly farther than the limit? Looks along the step's normal; along the axes the tree has
 * looked. A long step's own box holds much that is far from it. */
static bool is_aside(const struct near *n, const struct geo_place_item *item)
{
    double length = hypot(n->step.x, n->step.y);
    double half_x = (double)item->width / 2 * n->local.lon_m, half_y = (double)item->height / 2 * n->local.lat_m;
    struct metres middle = {(item->anchor.lon - n->a.lon) * n->local.lon_m + half_x,
                            (item->anchor.lat - n->a.lat) * n->local.lat_m + half_y};
    double reach = fabs(n->step.x) * half_y + fabs(n->step.y) * half_x;
    return fabs(cross(n->step, middle)) > reach + length * sqrt(n->limit_m2);
}

static double touching(double m2)
{
    return m2 <= TOUCHING_M2 ? 0 : sqrt(m2);
}

/* Fills *ret_step when the item is within the limit. */
static bool is_near(const struct near *n, uint32_t number, struct geo_place_step *ret_step)
{
    const struct geo_place_name *name = &n->place->names[number];
    if (is_aside(n, &n->place->items[number])) {
        return false;
    }
    *ret_step = (struct geo_place_step){.hit = {GEO_PLACE_INSIDE, name->id, name->estate_id, 0}};
    bool from_inside = geo_place_contains(n->place, number, n->a);
    bool to_inside = geo_place_contains(n->place, number, n->b);
    if (from_inside && to_inside) {
        return true;
    }
    struct reach reach = reach_walls(n, number); /* a step that leaves or enters crosses a wall */
    ret_step->hit.method = to_inside ? GEO_PLACE_INSIDE : GEO_PLACE_NEAREST;
    ret_step->hit.distance_m = from_inside || to_inside ? 0 : touching(reach.least_m2);
    ret_step->along = from_inside ? 0 : reach.along;
    ret_step->end_m = to_inside ? 0 : touching(reach.end_m2);
    return reach.least_m2 <= n->limit_m2;
}

/* In the metres of the step, as the distances are: the ends' own latitudes may differ. */
static struct geo_bbox around_step(const struct near *n, double radius_m)
{
    double lon = radius_m / n->local.lon_m, lat = radius_m / n->local.lat_m;
    return (struct geo_bbox){fmin(n->a.lon, n->b.lon) - lon, fmin(n->a.lat, n->b.lat) - lat,
                             fmax(n->a.lon, n->b.lon) + lon, fmax(n->a.lat, n->b.lat) + lat};
}

void geo_place_near(const struct geo_place *place, struct geo_point a, struct geo_point b, double radius_m,
                    bool (*visit)(void *at, const struct geo_place_step *step), void *at)
{
    if (!place->tree || !isfinite(a.lon) || !isfinite(a.lat) || !isfinite(b.lon) || !isfinite(b.lat)) {
        return;
    }
    double radius = isfinite(radius_m) && radius_m > 0 ? radius_m : 0;
    struct near near = {.place = place, .a = a, .b = b};
    near.local = geo_local_at((a.lat + b.lat) / 2);
    near.step = (struct metres){(b.lon - a.lon) * near.local.lon_m, (b.lat - a.lat) * near.local.lat_m};
    near.limit_m2 = fmax(radius * radius, TOUCHING_M2);
    struct geo_bbox query = around_step(&near, sqrt(near.limit_m2));
    struct geo_rtree_walk walk;
    uint32_t found[GEO_RTREE_FANOUT], count;
    geo_rtree_start(&walk, place->tree, &query);
    while ((count = geo_rtree_next(&walk, found)) > 0) {
        for (uint32_t i = 0; i < count; i++) {
            struct geo_place_step step;
            if (is_near(&near, found[i], &step) && !visit(at, &step)) {
                return;
            }
        }
    }
}
