/* Rings that may be drawn as they are, and what becomes of the others. Almost all shapes are small and good, so that is
 * what is quick: pairs of edges for those, a sweep for the large ones, GEOS for the bad ones. */
#include "tiles/mvt_private.h"

enum { PAIRS_MAX = 40 /* vertices up to which comparing each pair of edges is cheaper than a sweep */ };

static bool apart(int32_t a, int32_t b, int32_t c, int32_t d)
{
    return (a < b ? b : a) < (c < d ? c : d) || (c < d ? d : c) < (a < b ? a : b);
}

static int sign(int64_t value)
{
    return (value > 0) - (value < 0);
}

bool mvt_meet(struct tiles_grid_point a, struct tiles_grid_point b, struct tiles_grid_point c,
              struct tiles_grid_point d)
{
    if (apart(a.x, b.x, c.x, d.x) || apart(a.y, b.y, c.y, d.y)) {
        return false;
    }
    return sign(mvt_cross(a, b, c)) * sign(mvt_cross(a, b, d)) <= 0 &&
           sign(mvt_cross(c, d, a)) * sign(mvt_cross(c, d, b)) <= 0;
}

/* Edge i of a ring of count points against those after it that are not its neighbours. */
static bool ring_simple(const struct tiles_grid_point *points, uint32_t count)
{
    for (uint32_t i = 0; i + 2 < count; i++) {
        uint32_t end = i == 0 ? count - 1 : count; /* the last edge is the first one's neighbour */
        for (uint32_t j = i + 2; j < end; j++) {
            if (mvt_meet(points[i], points[i + 1], points[j], points[j + 1 < count ? j + 1 : 0])) {
                return false;
            }
        }
    }
    return true;
}

static bool rings_meet(const struct mvt_path *path, uint32_t one, uint32_t other)
{
    uint32_t one_first = mvt_path_first(path, one), one_end = path->ring_ends[one];
    uint32_t first = mvt_path_first(path, other), end = path->ring_ends[other];
    const struct tiles_grid_point *points = path->points;
    for (uint32_t i = one_first; i < one_end; i++) {
        struct tiles_grid_point a = points[i], b = points[i + 1 < one_end ? i + 1 : one_first];
        for (uint32_t j = first; j < end; j++) {
            if (mvt_meet(a, b, points[j], points[j + 1 < end ? j + 1 : first])) {
                return true;
            }
        }
    }
    return false;
}

/* Does the point, which is not on the ring, lie within it? Even-odd (Shimrat 1962). */
static bool within(const struct mvt_path *path, uint32_t ring, struct tiles_grid_point point)
{
    uint32_t first = mvt_path_first(path, ring), end = path->ring_ends[ring];
    bool inside = false;
    for (uint32_t i = first; i < end; i++) {
        struct tiles_grid_point a = path->points[i], b = path->points[i + 1 < end ? i + 1 : first];
        if ((a.y > point.y) != (b.y > point.y)) {
            inside ^= (mvt_cross(a, b, point) > 0) == (b.y > a.y);
        }
    }
    return inside;
}

/* Rings that do not meet: is each hole in its outside, and nothing else in anything? */
static bool rings_nested(const struct mvt_path *path)
{
    for (uint32_t part = 0, ring = 0; part < path->parts; part++) {
        for (uint32_t outside = ring; ring < path->part_ends[part]; ring++) {
            struct tiles_grid_point point = path->points[mvt_path_first(path, ring)];
            for (uint32_t other = 0; other < path->rings; other++) {
                if (other != ring && within(path, other, point) != (ring != outside && other == outside)) {
                    return false;
                }
            }
        }
    }
    return true;
}

bool mvt_valid(struct tiles_mvt *mvt, struct mvt_path *path)
{
    if (path->vertices > PAIRS_MAX) {
        return mvt_sweep(&mvt->sweep, path);
    }
    for (uint32_t ring = 0; ring < path->rings; ring++) {
        uint32_t first = mvt_path_first(path, ring);
        if (!ring_simple(path->points + first, path->ring_ends[ring] - first)) {
            return false;
        }
        for (uint32_t other = 0; other < ring; other++) {
            if (rings_meet(path, ring, other)) {
                return false;
            }
        }
    }
    return path->rings < 2 || rings_nested(path);
}

/* --- repair --- */
static enum base_err path_out(const struct mvt_path *path, struct geo_shape *shape)
{
    geo_shape_reset(shape, GEO_SHAPE_AREA);
    for (uint32_t part = 0, ring = 0; part < path->parts; part++) {
        for (; ring < path->part_ends[part]; ring++) {
            uint32_t first = mvt_path_first(path, ring);
            uint32_t count = path->ring_ends[ring] - first;
            double *at = geo_shape_vertices(shape, count);
            for (uint32_t i = 0; at && i < count; i++) {
                at[2 * (size_t)i] = path->points[first + i].x;
                at[2 * (size_t)i + 1] = path->points[first + i].y;
            }
            geo_shape_ring_end(shape); /* closes it */
        }
        geo_shape_part_end(shape);
    }
    return shape->err;
}

static void path_in(const struct geo_shape *shape, struct mvt_path *path)
{
    mvt_path_reset(path, GEO_SHAPE_AREA);
    for (uint32_t part = 0, ring = 0, at = 0; part < shape->parts; part++) {
        bool open = false; /* its outside is there */
        for (uint32_t outside = ring; ring < shape->part_ends[part]; ring++) {
            for (; at + 1 < shape->ring_ends[ring]; at++) { /* without the last, which repeats the first */
                mvt_path_point(path, (int32_t)shape->xy[2 * (size_t)at], (int32_t)shape->xy[2 * (size_t)at + 1]);
            }
            at = shape->ring_ends[ring];
            bool kept = mvt_path_ring_end(path, ring != outside);
            if (ring == outside) {
                open = kept;
            } else if (kept && !open) { /* a hole without an outside */
                path->rings--;
                path->vertices = mvt_path_first(path, path->rings);
            }
        }
        mvt_path_part_end(path);
    }
}

static bool small(const struct mvt_path *path, uint32_t ring, int64_t tolerance)
{
    struct tiles_grid_point first = path->points[mvt_path_first(path, ring)];
    for (uint32_t i = mvt_path_first(path, ring) + 1; i < path->ring_ends[ring]; i++) {
        int64_t x = (int64_t)path->points[i].x - first.x, y = (int64_t)path->points[i].y - first.y;
        if (x * x + y * y > tolerance * tolerance) {
            return false;
        }
    }
    return true;
}

/* mvt->path with every ring made coarser, and without those that are smaller than that; mvt->fine is the spare. */
static enum base_err coarsen(struct tiles_mvt *mvt, uint32_t tolerance)
{
    struct mvt_path *from = &mvt->path, *to = &mvt->fine;
    mvt_path_reset(to, GEO_SHAPE_AREA);
    for (uint32_t part = 0, ring = 0; part < from->parts; part++) {
        bool open = false;
        for (uint32_t outside = ring; ring < from->part_ends[part]; ring++) {
            uint32_t first = mvt_path_first(from, ring);
            if ((ring != outside && !open) || small(from, ring, tolerance)) {
                continue;
            }
            enum base_err err =
                mvt_simplify(mvt, from->points + first, from->ring_ends[ring] - first, true, tolerance, to);
            if (err) {
                return err;
            }
            bool kept = mvt_path_ring_end(to, ring != outside);
            open = open || kept;
        }
        mvt_path_part_end(to);
    }
    struct mvt_path swap = *from;
    *from = *to;
    *to = swap;
    return from->err;
}

static bool too_bad(struct tiles_mvt *mvt)
{
    struct mvt_path *path = &mvt->path;
    return path->err || path->vertices > MVT_REPAIR_MAX ||
           (path->vertices > PAIRS_MAX * 4 && mvt_sweep_crowded(&mvt->sweep, path));
}

enum base_err mvt_repair(struct tiles_mvt *mvt, struct base_diag *diag)
{
    enum base_err err = BASE_OK;
    struct geo_repair_report report;
    for (uint32_t tolerance = 8; !err && too_bad(mvt); tolerance *= 2) {
        err = mvt->path.err ? mvt->path.err : coarsen(mvt, tolerance);
    }
    if (!err && !mvt->repair) {
        err = geo_repair_new(diag, &mvt->repair);
    }
    err = err ? err : path_out(&mvt->path, &mvt->shape);
    if (err) {
        return base_diag_set(diag, err, "out of memory for a polygon of %u vertices", mvt->path.vertices);
    }
    err = geo_repair_grid(mvt->repair, &mvt->shape, diag, &report);
    if (err == BASE_INVALID) { /* GEOS gave up: better no polygon than no tile */
        mvt_path_reset(&mvt->path, GEO_SHAPE_AREA);
        return BASE_OK;
    }
    if (!err) {
        path_in(&mvt->shape, &mvt->path);
        err = mvt->path.err;
    }
    return err;
}
