/* Spatial relations by GEOS, as PostGIS has them. Boxes come first, and points against polygons are counted here: with
 * the very arithmetic of PostGIS (lwgeom_rtree.c, point_in_ring), which near an edge is not that of GEOS. Literals are
 * prepared once, a feature's shape is made for GEOS at most once. */
#include "geo/cql2_run_private.h"

#include <geos_c.h>
#include <math.h>
#include <stdlib.h>

struct member {
    GEOSGeometry *geometry; /* NULL: not made yet, or it cannot be made */
    const GEOSPreparedGeometry *prepared;
    bool tried;
};

/* One side of a relation: a literal for as long as the run lives, or a property of the feature at hand. */
struct side {
    const struct geo_shape *shapes;
    uint32_t count;
    uint32_t room; /* of members and boxes */
    struct member *members;
    struct geo_bbox *boxes;
    uint32_t property;
    bool literal;
    bool null;
    bool fresh; /* what is here belongs to the feature at hand */
    struct side *next;
};

struct cql2_relate {
    GEOSContextHandle_t geos;
    struct side *sides; /* all of them */
};

/* The two sides of a relation. */
struct pair {
    struct side *a, *b;
};

static void be_silent(const char *message, void *at)
{
    (void)message;
    (void)at;
}

static struct cql2_relate *relate_of(struct geo_cql2_run *run)
{
    if (!run->relate) {
        struct cql2_relate *relate = calloc(1, sizeof *relate);
        GEOSContextHandle_t geos = relate ? GEOS_init_r() : NULL;
        if (!geos) {
            free(relate);
            return NULL;
        }
        GEOSContext_setErrorMessageHandler_r(geos, be_silent, NULL);
        GEOSContext_setNoticeMessageHandler_r(geos, be_silent, NULL);
        relate->geos = geos;
        run->relate = relate;
    }
    return run->relate;
}

static void drop_members(struct cql2_relate *relate, struct side *side)
{
    for (uint32_t i = 0; i < side->count; i++) {
        GEOSPreparedGeom_destroy_r(relate->geos, side->members[i].prepared);
        GEOSGeom_destroy_r(relate->geos, side->members[i].geometry);
        side->members[i] = (struct member){.geometry = NULL};
    }
    side->count = 0;
}

void cql2_relate_free(struct cql2_relate *relate)
{
    while (relate && relate->sides) {
        struct side *side = relate->sides;
        relate->sides = side->next;
        drop_members(relate, side);
        free(side->members);
        free(side->boxes);
        free(side);
    }
    if (relate) {
        GEOS_finish_r(relate->geos);
        free(relate);
    }
}

void cql2_relate_next(struct cql2_relate *relate)
{
    for (struct side *side = relate->sides; side; side = side->next) {
        if (side->fresh && !side->literal) {
            drop_members(relate, side);
            side->fresh = false;
        }
    }
}

/* --- shapes for GEOS --- */
static GEOSGeometry *line_of(GEOSContextHandle_t geos, const struct geo_shape *shape, uint32_t ring)
{
    uint32_t first = ring ? shape->ring_ends[ring - 1] : 0;
    GEOSCoordSequence *seq =
        GEOSCoordSeq_copyFromBuffer_r(geos, shape->xy + 2 * (size_t)first, shape->ring_ends[ring] - first, 0, 0);
    if (!seq) {
        return NULL;
    }
    return shape->type == GEO_SHAPE_POINT  ? GEOSGeom_createPoint_r(geos, seq)
           : shape->type == GEO_SHAPE_LINE ? GEOSGeom_createLineString_r(geos, seq)
                                           : GEOSGeom_createLinearRing_r(geos, seq);
}

static void destroy_all(GEOSContextHandle_t geos, GEOSGeometry **geometries, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        GEOSGeom_destroy_r(geos, geometries[i]);
    }
}

static GEOSGeometry *part_of(GEOSContextHandle_t geos, const struct geo_shape *shape, uint32_t part)
{
    uint32_t first = part ? shape->part_ends[part - 1] : 0;
    uint32_t holes = shape->part_ends[part] - first - 1;
    GEOSGeometry *outside = line_of(geos, shape, first);
    if (shape->type != GEO_SHAPE_AREA || !outside) {
        return outside;
    }
    GEOSGeometry **rings = calloc(holes + 1u, sizeof(GEOSGeometry *));
    uint32_t made = 0;
    while (rings && made < holes && (rings[made] = line_of(geos, shape, first + 1 + made))) {
        made++;
    }
    GEOSGeometry *polygon = NULL;
    if (rings && made == holes) {
        polygon = GEOSGeom_createPolygon_r(geos, outside, rings, holes); /* takes them over, also when it fails */
    } else {
        GEOSGeom_destroy_r(geos, outside);
        destroy_all(geos, rings, made);
    }
    free(rings);
    return polygon;
}

static GEOSGeometry *shape_of(GEOSContextHandle_t geos, const struct geo_shape *shape)
{
    static const int multi[] = {[GEO_SHAPE_POINT] = GEOS_MULTIPOINT,
                                [GEO_SHAPE_LINE] = GEOS_MULTILINESTRING,
                                [GEO_SHAPE_AREA] = GEOS_MULTIPOLYGON};
    if (shape->parts == 1) {
        return part_of(geos, shape, 0);
    }
    GEOSGeometry **parts = calloc(shape->parts, sizeof(GEOSGeometry *));
    uint32_t made = 0;
    while (parts && made < shape->parts && (parts[made] = part_of(geos, shape, made))) {
        made++;
    }
    GEOSGeometry *all = NULL;
    if (parts && made == shape->parts) {
        all = GEOSGeom_createCollection_r(geos, multi[shape->type], parts, made); /* takes them over */
    } else {
        destroy_all(geos, parts, made);
    }
    free(parts);
    return all;
}

static bool is_empty(const struct geo_shape *shape)
{
    return shape->type == GEO_SHAPE_NONE || shape->parts == 0 || shape->vertices == 0;
}

/* NULL: GEOS does not take it for a geometry. */
static const struct member *member_of(struct cql2_relate *relate, struct side *side, uint32_t index)
{
    struct member *member = &side->members[index];
    if (!member->tried) {
        member->tried = true;
        member->geometry = shape_of(relate->geos, &side->shapes[index]);
        if (member->geometry && side->literal) {
            member->prepared = GEOSPrepare_r(relate->geos, member->geometry);
        }
    }
    return member->geometry ? member : NULL;
}

/* --- points against polygons: 1 inside, 0 on the edge, -1 outside --- */
static int point_in_ring(const double *xy, uint32_t count, double x, double y)
{
    int winding = 0;
    for (uint32_t i = 0; i + 1 < count; i++) {
        double x1 = xy[2 * (size_t)i], y1 = xy[2 * (size_t)i + 1];
        double x2 = xy[2 * (size_t)i + 2], y2 = xy[2 * (size_t)i + 3];
        if ((y1 < y && y2 < y) || (y1 > y && y2 > y)) {
            continue;
        }
        double side = (x2 - x1) * (y - y1) - (x - x1) * (y2 - y1);
        if ((x2 - x1) * (x2 - x1) + (y2 - y1) * (y2 - y1) < 1e-12 * 1e-12) {
            continue; /* PostGIS: no length */
        }
        if (side == 0 && fmin(x1, x2) <= x && x <= fmax(x1, x2)) {
            return 0;
        }
        winding += y1 <= y && y < y2 && side > 0;
        winding -= y2 <= y && y < y1 && side < 0;
    }
    return winding ? 1 : -1;
}

static int point_in_shape_ring(const struct geo_shape *area, uint32_t ring, double x, double y)
{
    uint32_t first = ring ? area->ring_ends[ring - 1] : 0;
    return point_in_ring(area->xy + 2 * (size_t)first, area->ring_ends[ring] - first, x, y);
}

static int point_in_area(const struct geo_shape *area, double x, double y)
{
    for (uint32_t part = 0, ring = 0; part < area->parts; part++) {
        int in = point_in_shape_ring(area, ring, x, y);
        for (uint32_t hole = ring + 1; hole < area->part_ends[part] && in == 1; hole++) {
            in = -point_in_shape_ring(area, hole, x, y);
        }
        if (in != -1) {
            return in;
        }
        ring = area->part_ends[part];
    }
    return -1;
}

static bool area_meets_points(const struct geo_shape *area, const struct geo_shape *points)
{
    for (uint32_t i = 0; i < points->vertices; i++) {
        if (point_in_area(area, points->xy[2 * (size_t)i], points->xy[2 * (size_t)i + 1]) != -1) {
            return true;
        }
    }
    return false;
}

/* None outside, at least one inside. */
static bool area_contains_points(const struct geo_shape *area, const struct geo_shape *points)
{
    bool inside = false;
    for (uint32_t i = 0; i < points->vertices; i++) {
        int in = point_in_area(area, points->xy[2 * (size_t)i], points->xy[2 * (size_t)i + 1]);
        if (in == -1) {
            return false;
        }
        inside = inside || in == 1;
    }
    return inside;
}

/* --- relations of two shapes --- */
static enum geo_cql2_truth truth_of(char answer)
{
    return answer == 0 || answer == 1 ? cql2_truth(answer == 1) : GEO_CQL2_UNKNOWN;
}

static bool box_contains(const struct geo_bbox *a, const struct geo_bbox *b)
{
    return a->min_lon <= b->min_lon && a->min_lat <= b->min_lat && a->max_lon >= b->max_lon && a->max_lat >= b->max_lat;
}

/* Can it be, as far as boxes go? */
static bool boxes_allow(enum cql2_op op, const struct geo_bbox *a, const struct geo_bbox *b)
{
    switch (op) {
    case CQL2_S_CONTAINS:
        return box_contains(a, b);
    case CQL2_S_EQUALS:
        return box_contains(a, b) && box_contains(b, a);
    default:
        return geo_bbox_intersects(a, b);
    }
}

static char ask_geos(GEOSContextHandle_t geos, enum cql2_op op, const struct member *a, const struct member *b)
{
    switch (op) {
    case CQL2_S_INTERSECTS:
        return a->prepared   ? GEOSPreparedIntersects_r(geos, a->prepared, b->geometry)
               : b->prepared ? GEOSPreparedIntersects_r(geos, b->prepared, a->geometry)
                             : GEOSIntersects_r(geos, a->geometry, b->geometry);
    case CQL2_S_CONTAINS:
        return a->prepared ? GEOSPreparedContains_r(geos, a->prepared, b->geometry)
                           : GEOSContains_r(geos, a->geometry, b->geometry);
    case CQL2_S_CROSSES:
        return GEOSCrosses_r(geos, a->geometry, b->geometry);
    case CQL2_S_EQUALS:
        return GEOSEquals_r(geos, a->geometry, b->geometry);
    case CQL2_S_OVERLAPS:
        return GEOSOverlaps_r(geos, a->geometry, b->geometry);
    default: /* CQL2_S_TOUCHES */
        return GEOSTouches_r(geos, a->geometry, b->geometry);
    }
}

/* op is none of DISJOINT and WITHIN. */
static enum geo_cql2_truth relate_members(struct cql2_relate *relate, enum cql2_op op, struct side *a, uint32_t i,
                                          struct side *b, uint32_t k)
{
    const struct geo_shape *left = &a->shapes[i], *right = &b->shapes[k];
    if (is_empty(left) || is_empty(right)) {
        return cql2_truth(op == CQL2_S_EQUALS && is_empty(left) && is_empty(right));
    }
    if (!boxes_allow(op, &a->boxes[i], &b->boxes[k])) {
        return GEO_CQL2_FALSE;
    }
    if (left->type == GEO_SHAPE_AREA && right->type == GEO_SHAPE_POINT) {
        if (op == CQL2_S_INTERSECTS || op == CQL2_S_CONTAINS) {
            return cql2_truth((op == CQL2_S_CONTAINS ? area_contains_points : area_meets_points)(left, right));
        }
    } else if (left->type == GEO_SHAPE_POINT && right->type == GEO_SHAPE_AREA && op == CQL2_S_INTERSECTS) {
        return cql2_truth(area_meets_points(right, left));
    }
    const struct member *one = member_of(relate, a, i), *other = member_of(relate, b, k);
    return one && other ? truth_of(ask_geos(relate->geos, op, one, other)) : GEO_CQL2_UNKNOWN;
}

/* A collection intersects what one of its members does; other relations are asked of single shapes only. */
static enum geo_cql2_truth relate_sides(struct cql2_relate *relate, enum cql2_op op, struct side *a, struct side *b)
{
    enum geo_cql2_truth any = GEO_CQL2_FALSE;
    if (op != CQL2_S_INTERSECTS) {
        return a->count == 1 && b->count == 1 ? relate_members(relate, op, a, 0, b, 0) : GEO_CQL2_UNKNOWN;
    }
    for (uint32_t i = 0; i < a->count; i++) {
        for (uint32_t k = 0; k < b->count; k++) {
            enum geo_cql2_truth one = relate_members(relate, op, a, i, b, k);
            if (one == GEO_CQL2_TRUE) {
                return one;
            }
            any = one == GEO_CQL2_UNKNOWN ? one : any;
        }
    }
    return any;
}

/* --- sides --- */
static bool side_room(struct side *side, uint32_t count)
{
    if (count <= side->room) {
        return true;
    }
    struct member *members = realloc(side->members, count * sizeof *members);
    side->members = members ? members : side->members;
    struct geo_bbox *boxes = members ? realloc(side->boxes, count * sizeof *boxes) : NULL;
    side->boxes = boxes ? boxes : side->boxes;
    side->room = boxes ? count : side->room;
    return boxes != NULL;
}

static bool is_finite(const struct geo_bbox *box)
{
    return isfinite(box->min_lon) && isfinite(box->min_lat) && isfinite(box->max_lon) && isfinite(box->max_lat);
}

/* Takes a value for what it is now; a shape without a place is taken for null. */
static void side_take(struct side *side, const struct geo_cql2_value *value)
{
    side->count = 0;
    side->fresh = true;
    side->null = value->null || !side_room(side, value->geometry.count);
    if (side->null) {
        return;
    }
    side->shapes = value->geometry.shapes;
    for (uint32_t i = 0; i < value->geometry.count; i++) {
        side->members[i] = (struct member){.geometry = NULL};
        side->boxes[i] = geo_shape_bbox(&side->shapes[i]);
        side->null = side->null || (!is_empty(&side->shapes[i]) && !is_finite(&side->boxes[i]));
    }
    side->count = value->geometry.count;
}

/* A property that several relations ask for has one side. */
static struct side *side_new(struct cql2_relate *relate, const struct cql2_step *step)
{
    bool literal = step->constant;
    for (struct side *side = relate->sides; side && !literal; side = side->next) {
        if (!side->literal && side->property == step->property) {
            return side;
        }
    }
    struct side *side = calloc(1, sizeof *side);
    if (side) {
        side->property = step->property;
        side->literal = literal;
        side->next = relate->sides;
        relate->sides = side;
        if (literal) {
            side_take(side, &step->value);
        }
    }
    return side;
}

static void side_fill(struct geo_cql2_run *run, const struct cql2_step *step, struct side *side)
{
    if (!side->fresh) {
        struct geo_cql2_value value;
        step->give(run, step, &value);
        side_take(side, &value);
    }
}

static enum geo_cql2_truth test_spatial(struct geo_cql2_run *run, const struct cql2_step *step)
{
    const struct pair *pair = step->plan;
    side_fill(run, &step->args[0], pair->a);
    side_fill(run, &step->args[1], pair->b);
    if (pair->a->null || pair->b->null) {
        return GEO_CQL2_UNKNOWN;
    }
    switch (step->op) {
    case CQL2_S_DISJOINT:
        return cql2_truth_not(relate_sides(run->relate, CQL2_S_INTERSECTS, pair->a, pair->b));
    case CQL2_S_WITHIN:
        return relate_sides(run->relate, CQL2_S_CONTAINS, pair->b, pair->a);
    default:
        return relate_sides(run->relate, step->op, pair->a, pair->b);
    }
}

enum base_err cql2_run_plan_spatial(struct geo_cql2_run *run, struct cql2_step *step, struct base_diag *diag)
{
    struct cql2_relate *relate = relate_of(run);
    struct pair *pair = cql2_run_room(run, sizeof *pair, diag);
    if (!pair) {
        return BASE_LIMIT;
    }
    pair->a = relate ? side_new(relate, &step->args[0]) : NULL;
    pair->b = pair->a ? side_new(relate, &step->args[1]) : NULL;
    if (!pair->b) {
        return base_diag_set(diag, BASE_NOMEM, "out of memory");
    }
    step->plan = pair;
    step->test = test_spatial;
    return BASE_OK;
}
