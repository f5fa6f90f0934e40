/* A row's geometry in the grid of a zoom: snapped, simplified, valid, and as commands. Done once for a row and a zoom.
 */
#include "tiles/mvt_private.h"

#include <stdlib.h>
#include <string.h>

enum { SCRATCH_MAX = 256 << 20 };

double tiles_mvt_tolerance(uint32_t zoom)
{
    return zoom >= 16 ? 0 : zoom == 15 ? 1 : zoom == 14 ? 2 : 4;
}

enum base_err tiles_mvt_new(struct base_diag *diag, struct tiles_mvt **ret_mvt)
{
    struct tiles_mvt *mvt = calloc(1, sizeof *mvt);
    if (!mvt) {
        return base_diag_set(diag, BASE_NOMEM, "out of memory");
    }
    geo_shape_init(&mvt->shape);
    mvt_layer_init(&mvt->layer);
    base_buf_init(&mvt->clipped, SCRATCH_MAX);
    base_buf_init(&mvt->picks, SCRATCH_MAX);
    base_buf_init(&mvt->cells, SCRATCH_MAX);
    *ret_mvt = mvt;
    return BASE_OK;
}

void tiles_mvt_free(struct tiles_mvt *mvt)
{
    if (!mvt) {
        return;
    }
    mvt_path_release(&mvt->path);
    mvt_path_release(&mvt->fine);
    free(mvt->keep);
    free(mvt->run.points);
    free(mvt->other.points);
    mvt_sweep_release(&mvt->sweep);
    geo_repair_free(mvt->repair);
    geo_shape_release(&mvt->shape);
    mvt_layer_release(&mvt->layer);
    base_buf_release(&mvt->clipped);
    base_buf_release(&mvt->picks);
    free(mvt->numbers);
    base_buf_release(&mvt->cells);
    free(mvt);
}

/* Appends the ring's vertices, each in the middle of whose cell it lies, without repetitions. */
static void snap(const struct tiles_shape *shape, uint32_t ring, uint32_t zoom, struct mvt_path *path)
{
    uint32_t shift = 20 - zoom; /* at least 4 */
    uint64_t half = (uint64_t)1 << (shift - 1);
    uint32_t first = ring ? shape->ring_ends[ring - 1] : 0, end = shape->ring_ends[ring];
    if (!mvt_path_room(path, end - first)) {
        return;
    }
    struct tiles_grid_point *points = path->points;
    uint32_t begin = path->vertices, count = begin;
    for (uint32_t i = first; i < end; i++) {
        int32_t x = (int32_t)((shape->points[i].x + half) >> shift),
                y = (int32_t)((shape->points[i].y + half) >> shift);
        if (count == begin || points[count - 1].x != x || points[count - 1].y != y) {
            points[count++] = (struct tiles_grid_point){x, y};
        }
    }
    path->vertices = count;
}

/* Appends the ring. What would vanish at the tolerance - a small house, a narrow one - is given less of it. */
static enum base_err trace_ring(struct tiles_mvt *mvt, const struct tiles_shape *shape, uint32_t ring, bool hole,
                                uint32_t zoom, uint32_t tolerance, bool *ret_kept)
{
    struct mvt_path *path = &mvt->path;
    *ret_kept = false;
    if (tolerance == 0) {
        snap(shape, ring, zoom, path);
        *ret_kept = mvt_path_ring_end(path, hole);
        return path->err;
    }
    mvt_path_reset(&mvt->fine, GEO_SHAPE_AREA);
    snap(shape, ring, zoom, &mvt->fine);
    enum base_err err = mvt->fine.err;
    for (uint32_t less = tolerance; !err; less /= 2) {
        err = mvt_simplify(mvt, mvt->fine.points, mvt->fine.vertices, true, less, path);
        *ret_kept = !err && mvt_path_ring_end(path, hole);
        if (*ret_kept || less == 0) {
            break;
        }
    }
    return err ? err : path->err;
}

static enum base_err trace_area(struct tiles_mvt *mvt, const struct tiles_shape *shape, uint32_t zoom,
                                uint32_t tolerance)
{
    struct mvt_path *path = &mvt->path;
    enum base_err err = BASE_OK;
    mvt_path_reset(path, GEO_SHAPE_AREA);
    for (uint32_t part = 0, ring = 0; part < shape->parts && !err; part++) {
        bool open = true;
        for (uint32_t outside = ring; ring < shape->part_ends[part] && !err; ring++) {
            bool kept;
            if (open) {
                err = trace_ring(mvt, shape, ring, ring != outside, zoom, tolerance, &kept);
                open = kept || ring != outside;
            }
        }
        mvt_path_part_end(path);
    }
    return err ? err : path->err;
}

/* Too wide or high for one tile: it is clipped wherever it is shown, and repaired then. */
static bool sprawling(const struct mvt_path *path)
{
    struct tiles_grid_point least = path->points[0], most = path->points[0];
    for (uint32_t i = 1; i < path->vertices; i++) {
        struct tiles_grid_point point = path->points[i];
        least.x = point.x < least.x ? point.x : least.x;
        least.y = point.y < least.y ? point.y : least.y;
        most.x = point.x > most.x ? point.x : most.x;
        most.y = point.y > most.y ? point.y : most.y;
    }
    return most.x - least.x > MVT_EXTENT + 2 * MVT_BUFFER || most.y - least.y > MVT_EXTENT + 2 * MVT_BUFFER;
}

static enum base_err area_of(struct tiles_mvt *mvt, const struct tiles_shape *shape, uint32_t zoom,
                             struct base_diag *diag)
{
    for (uint32_t tolerance = (uint32_t)tiles_mvt_tolerance(zoom);; tolerance /= 2) {
        enum base_err err = trace_area(mvt, shape, zoom, tolerance);
        if (err) {
            return base_diag_set(diag, err, "out of memory for a polygon of %u vertices", shape->vertices);
        }
        bool large = mvt->path.vertices > MVT_REPAIR_MAX;
        if (!mvt->path.rings || (large && sprawling(&mvt->path)) || mvt_valid(mvt, &mvt->path)) {
            return mvt->path.err;
        }
        if (tolerance == 0 || large || mvt->path.err) {
            return mvt->path.err ? mvt->path.err : mvt_repair(mvt, diag);
        }
    }
}

static enum base_err lines_of(struct tiles_mvt *mvt, const struct tiles_shape *shape, uint32_t zoom,
                              struct base_diag *diag)
{
    uint32_t tolerance = (uint32_t)tiles_mvt_tolerance(zoom);
    enum base_err err = BASE_OK;
    mvt_path_reset(&mvt->path, GEO_SHAPE_LINE);
    for (uint32_t ring = 0; ring < shape->rings && !err; ring++) {
        mvt_path_reset(&mvt->fine, GEO_SHAPE_LINE);
        snap(shape, ring, zoom, &mvt->fine);
        err = mvt->fine.err;
        if (!err && mvt->fine.vertices > 1) {
            err = mvt_simplify(mvt, mvt->fine.points, mvt->fine.vertices, false, tolerance, &mvt->path);
            (void)mvt_path_line_end(&mvt->path);
        }
    }
    err = err ? err : mvt->path.err;
    return err ? base_diag_set(diag, err, "out of memory for a line of %u vertices", shape->vertices) : BASE_OK;
}

static enum base_err points_of(struct tiles_mvt *mvt, const struct tiles_shape *shape, uint32_t zoom,
                               struct base_diag *diag)
{
    mvt_path_reset(&mvt->path, GEO_SHAPE_POINT);
    for (uint32_t ring = 0; ring < shape->rings; ring++) {
        snap(shape, ring, zoom, &mvt->path);
    }
    return mvt->path.err ? base_diag_set(diag, mvt->path.err, "out of memory") : BASE_OK;
}

enum base_err tiles_mvt_shape(struct tiles_mvt *mvt, const struct tiles_shape *shape, uint32_t zoom,
                              struct base_buf *commands, struct tiles_grid_point *ret_first, bool *ret_some,
                              struct base_diag *diag)
{
    enum base_err err = shape->type == GEO_SHAPE_AREA    ? area_of(mvt, shape, zoom, diag)
                        : shape->type == GEO_SHAPE_LINE  ? lines_of(mvt, shape, zoom, diag)
                        : shape->type == GEO_SHAPE_POINT ? points_of(mvt, shape, zoom, diag)
                                                         : BASE_OK;
    if (err) {
        return err;
    }
    bool some = shape->type != GEO_SHAPE_NONE && mvt_encode(&mvt->path, commands, ret_first);
    if (commands->err) {
        return base_diag_set(diag, commands->err, "a geometry of %u vertices is too large", shape->vertices);
    }
    *ret_some = some;
    return BASE_OK;
}
