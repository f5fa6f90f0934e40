/* Validity by GEOS (relations: cql2_relate.c). Shapes go in as WKB-like arrays and come out valid, as multipolygons. */
#include "geo/geo.h"

#include <geos_c.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

struct geo_repair {
    GEOSContextHandle_t geos;
    struct geo_shape scratch;
    char said[256];
};

static void keep_message(const char *message, void *at)
{
    struct geo_repair *repair = at;
    snprintf(repair->said, sizeof repair->said, "%s", message);
}

enum base_err geo_repair_new(struct base_diag *diag, struct geo_repair **ret_repair)
{
    struct geo_repair *repair = calloc(1, sizeof *repair);
    GEOSContextHandle_t geos = repair ? GEOS_init_r() : NULL;
    if (!geos) {
        free(repair);
        return base_diag_set(diag, BASE_NOMEM, "out of memory");
    }
    repair->geos = geos;
    geo_shape_init(&repair->scratch);
    GEOSContext_setErrorMessageHandler_r(geos, keep_message, repair);
    GEOSContext_setNoticeMessageHandler_r(geos, keep_message, repair); /* else they may go to standard output */
    *ret_repair = repair;
    return BASE_OK;
}

void geo_repair_free(struct geo_repair *repair)
{
    if (repair) {
        geo_shape_release(&repair->scratch);
        GEOS_finish_r(repair->geos);
        free(repair);
    }
}

static enum base_err failed(struct geo_repair *repair, const char *what, struct base_diag *diag)
{
    return base_diag_set(diag, BASE_INVALID, "%s: GEOS: %s", what, repair->said[0] ? repair->said : "out of memory");
}

static uint32_t ring_first(const struct geo_shape *shape, uint32_t ring)
{
    return ring ? shape->ring_ends[ring - 1] : 0;
}

/* Rings of under four vertices enclose nothing, and GEOS refuses them. */
static bool ring_usable(const struct geo_shape *shape, uint32_t ring)
{
    return shape->ring_ends[ring] - ring_first(shape, ring) >= 4;
}

static struct geo_bbox ring_bbox(const struct geo_shape *shape, uint32_t ring)
{
    struct geo_bbox box = geo_bbox_empty();
    for (uint32_t i = ring_first(shape, ring); i < shape->ring_ends[ring]; i++) {
        geo_bbox_add(&box, (struct geo_point){shape->xy[2 * (size_t)i], shape->xy[2 * (size_t)i + 1]});
    }
    return box;
}

/* A hole far from its polygon is no hole; GEOS would make a polygon of it, as if somebody had built there. */
static bool hole_usable(const struct geo_shape *shape, uint32_t outside, uint32_t hole)
{
    struct geo_bbox around = ring_bbox(shape, outside);
    struct geo_bbox box = ring_bbox(shape, hole);
    return ring_usable(shape, hole) && geo_bbox_intersects(&around, &box);
}

static GEOSGeometry *ring_in(GEOSContextHandle_t geos, const struct geo_shape *shape, uint32_t ring)
{
    uint32_t first = ring_first(shape, ring);
    GEOSCoordSequence *seq =
        GEOSCoordSeq_copyFromBuffer_r(geos, shape->xy + 2 * (size_t)first, shape->ring_ends[ring] - first, 0, 0);
    return seq ? GEOSGeom_createLinearRing_r(geos, seq) : NULL;
}

static void destroy_all(GEOSContextHandle_t geos, GEOSGeometry **geometries, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        GEOSGeom_destroy_r(geos, geometries[i]);
    }
}

/* NULL with *skipped true: the part has no usable outside. */
static GEOSGeometry *part_in(GEOSContextHandle_t geos, const struct geo_shape *shape, uint32_t part, bool *skipped)
{
    uint32_t first = part ? shape->part_ends[part - 1] : 0;
    uint32_t count = 0;
    *skipped = !ring_usable(shape, first);
    GEOSGeometry *outside = *skipped ? NULL : ring_in(geos, shape, first);
    GEOSGeometry **holes = outside ? calloc(shape->part_ends[part] - first, sizeof(GEOSGeometry *)) : NULL;
    if (!holes) {
        GEOSGeom_destroy_r(geos, outside);
        return NULL;
    }
    bool whole = true;
    for (uint32_t ring = first + 1; ring < shape->part_ends[part] && whole; ring++) {
        if (hole_usable(shape, first, ring)) {
            holes[count] = ring_in(geos, shape, ring);
            whole = holes[count] != NULL;
            count += whole;
        }
    }
    GEOSGeometry *polygon = NULL;
    if (whole) {
        polygon = GEOSGeom_createPolygon_r(geos, outside, holes, count); /* takes them over, also when it fails */
    } else {
        GEOSGeom_destroy_r(geos, outside);
        destroy_all(geos, holes, count);
    }
    free(holes);
    return polygon;
}

static GEOSGeometry *shape_in(GEOSContextHandle_t geos, const struct geo_shape *shape)
{
    GEOSGeometry **parts = calloc(shape->parts + 1u, sizeof(GEOSGeometry *));
    uint32_t count = 0;
    bool whole = parts != NULL;
    for (uint32_t part = 0; part < shape->parts && whole; part++) {
        bool skipped;
        GEOSGeometry *polygon = part_in(geos, shape, part, &skipped);
        if (polygon) {
            parts[count++] = polygon;
        }
        whole = polygon || skipped;
    }
    GEOSGeometry *all = NULL;
    if (whole) {
        all = GEOSGeom_createCollection_r(geos, GEOS_MULTIPOLYGON, parts, count);
    } else if (parts) {
        destroy_all(geos, parts, count);
    }
    free(parts);
    return all;
}

static void ring_out(GEOSContextHandle_t geos, const GEOSGeometry *ring, struct geo_shape *shape)
{
    unsigned size = 0;
    const GEOSCoordSequence *seq = GEOSGeom_getCoordSeq_r(geos, ring);
    if (seq && GEOSCoordSeq_getSize_r(geos, seq, &size) && size) {
        double *at = geo_shape_vertices(shape, size);
        if (at && !GEOSCoordSeq_copyToBuffer_r(geos, seq, at, 0, 0)) {
            shape->err = BASE_NOMEM;
        }
        geo_shape_ring_end(shape);
    }
}

/* Appends every polygon with an area worth keeping; lines and points that a repair leaves over are dropped. */
static void polygons_out(struct geo_repair *repair, const GEOSGeometry *geometry, double least, struct geo_shape *shape)
{
    GEOSContextHandle_t geos = repair->geos;
    int type = GEOSGeomTypeId_r(geos, geometry);
    if (type == GEOS_MULTIPOLYGON || type == GEOS_GEOMETRYCOLLECTION) {
        int count = GEOSGetNumGeometries_r(geos, geometry);
        for (int i = 0; i < count; i++) {
            polygons_out(repair, GEOSGetGeometryN_r(geos, geometry, i), least, shape);
        }
        return;
    }
    double area = 0;
    if (type != GEOS_POLYGON || !GEOSArea_r(geos, geometry, &area) || area <= least) {
        return;
    }
    ring_out(geos, GEOSGetExteriorRing_r(geos, geometry), shape);
    int holes = GEOSGetNumInteriorRings_r(geos, geometry);
    for (int i = 0; i < holes; i++) {
        ring_out(geos, GEOSGetInteriorRingN_r(geos, geometry, i), shape);
    }
    geo_shape_part_end(shape);
}

/* GEO_REPAIR_SLIVER_M2 in square degrees where the shape lies. */
static double sliver(const struct geo_shape *shape)
{
    struct geo_bbox box = geo_shape_bbox(shape);
    struct geo_local local = geo_local_at((box.min_lat + box.max_lat) / 2);
    return GEO_REPAIR_SLIVER_M2 / fmax(local.lon_m * local.lat_m, 1);
}

static enum base_err take_polygons(struct geo_repair *repair, const GEOSGeometry *geometry, double least,
                                   struct geo_shape *shape, struct base_diag *diag, struct geo_repair_report *report)
{
    uint32_t parts = shape->parts;
    uint32_t rings = shape->rings;
    geo_shape_reset(&repair->scratch, GEO_SHAPE_AREA);
    polygons_out(repair, geometry, least, &repair->scratch);
    if (repair->scratch.err) {
        return base_diag_set(diag, repair->scratch.err, "a repaired polygon is larger than the limit");
    }
    struct geo_shape swap = *shape;
    *shape = repair->scratch;
    repair->scratch = swap;
    if (shape->parts == 0) {
        report->outcome = GEO_REPAIR_NOTHING;
    } else if ((shape->parts != parts || shape->rings != rings) && report->outcome == GEO_REPAIR_AS_IS) {
        report->outcome = GEO_REPAIR_CHANGED;
        snprintf(report->why, sizeof report->why, "a part without area or a hole outside");
    }
    return BASE_OK;
}

static void why_invalid(struct geo_repair *repair, const GEOSGeometry *geometry, struct geo_repair_report *report)
{
    char *reason = NULL;
    GEOSGeometry *where = NULL;
    double lon = NAN;
    double lat = NAN;
    report->outcome = GEO_REPAIR_CHANGED;
    GEOSisValidDetail_r(repair->geos, geometry, 0, &reason, &where);
    if (where) {
        (void)GEOSGeomGetX_r(repair->geos, where, &lon);
        (void)GEOSGeomGetY_r(repair->geos, where, &lat);
    }
    snprintf(report->why, sizeof report->why, "%.48s at %.6f %.6f", reason ? reason : "invalid", lon, lat);
    GEOSFree_r(repair->geos, reason);
    GEOSGeom_destroy_r(repair->geos, where);
}

static GEOSGeometry *make_valid(struct geo_repair *repair, const GEOSGeometry *geometry)
{
    GEOSMakeValidParams *params = GEOSMakeValidParams_create_r(repair->geos);
    if (!params) {
        return NULL;
    }
    /* The structure method keeps what the rings mean (holes are holes); linework would fill a hole that lies outside.
     */
    (void)GEOSMakeValidParams_setMethod_r(repair->geos, params, GEOS_MAKE_VALID_STRUCTURE);
    (void)GEOSMakeValidParams_setKeepCollapsed_r(repair->geos, params, 0);
    GEOSGeometry *valid = GEOSMakeValidWithParams_r(repair->geos, geometry, params);
    GEOSMakeValidParams_destroy_r(repair->geos, params);
    return valid;
}

static bool nothing(const struct geo_shape *shape, struct geo_repair_report *report)
{
    if (shape->type == GEO_SHAPE_AREA && shape->parts) {
        return false;
    }
    *report = (struct geo_repair_report){.outcome = GEO_REPAIR_NOTHING};
    return true;
}

enum base_err geo_repair_shape(struct geo_repair *repair, struct geo_shape *shape, struct base_diag *diag,
                               struct geo_repair_report *ret_report)
{
    struct geo_repair_report report = {.outcome = GEO_REPAIR_AS_IS};
    if (nothing(shape, ret_report)) {
        return BASE_OK;
    }
    repair->said[0] = '\0';
    GEOSGeometry *geometry = shape_in(repair->geos, shape);
    if (!geometry) {
        return failed(repair, "a polygon cannot be read", diag);
    }
    double least = 0;
    if (GEOSisValid_r(repair->geos, geometry) != 1) {
        least = sliver(shape); /* a valid polygon stays, however small: somebody drew it */
        why_invalid(repair, geometry, &report);
        GEOSGeometry *valid = make_valid(repair, geometry);
        GEOSGeom_destroy_r(repair->geos, geometry);
        geometry = valid;
        if (!geometry) {
            return failed(repair, "a polygon cannot be repaired", diag);
        }
    }
    enum base_err err = take_polygons(repair, geometry, least, shape, diag, &report);
    GEOSGeom_destroy_r(repair->geos, geometry);
    if (!err) {
        *ret_report = report;
    }
    return err;
}

enum base_err geo_repair_grid(struct geo_repair *repair, struct geo_shape *shape, struct base_diag *diag,
                              struct geo_repair_report *ret_report)
{
    struct geo_repair_report report = {.outcome = GEO_REPAIR_AS_IS};
    if (nothing(shape, ret_report)) {
        return BASE_OK;
    }
    repair->said[0] = '\0';
    GEOSGeometry *geometry = shape_in(repair->geos, shape);
    if (geometry && GEOSisValid_r(repair->geos, geometry) != 1) {
        report.outcome = GEO_REPAIR_CHANGED;
        GEOSGeometry *valid = make_valid(repair, geometry);
        GEOSGeom_destroy_r(repair->geos, geometry);
        /* Overlay with snap rounding: vertices where edges crossed move to the grid, and what they then touch with
         * them. */
        geometry = valid ? GEOSGeom_setPrecision_r(repair->geos, valid, 1, 0) : NULL;
        GEOSGeom_destroy_r(repair->geos, valid);
    }
    if (!geometry) {
        return failed(repair, "a polygon cannot be repaired in a grid", diag);
    }
    enum base_err err = take_polygons(repair, geometry, 0, shape, diag, &report);
    GEOSGeom_destroy_r(repair->geos, geometry);
    if (!err) {
        *ret_report = report;
    }
    return err;
}

static bool rings_usable(const struct geo_shape *shape)
{
    for (uint32_t part = 0, ring = 0; part < shape->parts; part++) {
        uint32_t outside = ring;
        for (; ring < shape->part_ends[part]; ring++) {
            if (ring == outside ? !ring_usable(shape, ring) : !hole_usable(shape, outside, ring)) {
                return false;
            }
        }
    }
    return true;
}

enum base_err geo_repair_valid(struct geo_repair *repair, const struct geo_shape *shape, struct base_diag *diag)
{
    struct geo_repair_report report;
    repair->said[0] = '\0';
    if (nothing(shape, &report) || !rings_usable(shape)) {
        return base_diag_set(diag, BASE_INVALID, "a ring without area, or a hole outside");
    }
    GEOSGeometry *geometry = shape_in(repair->geos, shape);
    if (!geometry) {
        return failed(repair, "it cannot be read", diag);
    }
    bool valid = GEOSisValid_r(repair->geos, geometry) == 1;
    if (!valid) {
        why_invalid(repair, geometry, &report);
    }
    GEOSGeom_destroy_r(repair->geos, geometry);
    return valid ? BASE_OK : base_diag_set(diag, BASE_INVALID, "%s", report.why);
}

/* Walls seen from above have no area; what is left are floors and roofs, each made valid by itself. */
static enum base_err flatten(struct geo_repair *repair, struct geo_shape *shape, struct base_diag *diag,
                             GEOSGeometry **ret_faces)
{
    double least = sliver(shape);
    geo_shape_reset(&repair->scratch, GEO_SHAPE_AREA);
    for (uint32_t part = 0; part < shape->parts; part++) {
        bool skipped;
        GEOSGeometry *face = part_in(repair->geos, shape, part, &skipped);
        if (!face) {
            continue;
        }
        GEOSGeometry *valid = GEOSisValid_r(repair->geos, face) == 1 ? NULL : make_valid(repair, face);
        polygons_out(repair, valid ? valid : face, least, &repair->scratch);
        GEOSGeom_destroy_r(repair->geos, valid);
        GEOSGeom_destroy_r(repair->geos, face);
    }
    GEOSGeometry *faces = repair->scratch.err ? NULL : shape_in(repair->geos, &repair->scratch);
    if (!faces) {
        return failed(repair, "the faces of a solid cannot be read", diag);
    }
    *ret_faces = faces;
    return BASE_OK;
}

enum base_err geo_repair_footprint(struct geo_repair *repair, struct geo_shape *shape, struct base_diag *diag,
                                   struct geo_repair_report *ret_report)
{
    struct geo_repair_report report = {.outcome = GEO_REPAIR_AS_IS};
    GEOSGeometry *faces = NULL;
    if (nothing(shape, ret_report)) {
        return BASE_OK;
    }
    repair->said[0] = '\0';
    enum base_err err = flatten(repair, shape, diag, &faces);
    if (err) {
        return err;
    }
    GEOSGeometry *sum = GEOSUnaryUnion_r(repair->geos, faces);
    GEOSGeom_destroy_r(repair->geos, faces);
    if (!sum) {
        return failed(repair, "the faces of a solid cannot be joined", diag);
    }
    uint32_t parts = shape->parts;
    err = take_polygons(repair, sum, sliver(shape), shape, diag, &report);
    GEOSGeom_destroy_r(repair->geos, sum);
    if (!err && parts && report.outcome == GEO_REPAIR_CHANGED) {
        report = (struct geo_repair_report){.outcome = GEO_REPAIR_AS_IS}; /* joining faces is no repair */
    }
    if (!err) {
        *ret_report = report;
    }
    return err;
}

/* Centroid of the first part's outside, about its first vertex (shoelace). */
static struct geo_point ring_centroid(const struct geo_shape *shape)
{
    const double *xy = shape->xy;
    double sum = 0, sum_x = 0, sum_y = 0;
    for (uint32_t i = 0; i + 1 < shape->ring_ends[0]; i++) {
        double ax = xy[2 * i] - xy[0], ay = xy[2 * i + 1] - xy[1];
        double bx = xy[2 * i + 2] - xy[0], by = xy[2 * i + 3] - xy[1];
        double cross = ax * by - bx * ay;
        sum += cross;
        sum_x += (ax + bx) * cross;
        sum_y += (ay + by) * cross;
    }
    return (struct geo_point){xy[0] + sum_x / (3 * sum), xy[1] + sum_y / (3 * sum)};
}

enum base_err geo_repair_inner_point(struct geo_repair *repair, const struct geo_shape *shape, struct base_diag *diag,
                                     struct geo_point *ret_point)
{
    if (shape->type != GEO_SHAPE_AREA || shape->parts == 0) {
        return base_diag_set(diag, BASE_INVALID, "no area, so no point inside it");
    }
    struct geo_point point = ring_centroid(shape);
    if (shape->parts == 1 && geo_shape_contains(shape, point)) {
        *ret_point = point;
        return BASE_OK;
    }
    repair->said[0] = '\0';
    GEOSGeometry *geometry = shape_in(repair->geos, shape);
    GEOSGeometry *inside = geometry ? GEOSPointOnSurface_r(repair->geos, geometry) : NULL;
    bool found = inside && GEOSGeomGetX_r(repair->geos, inside, &point.lon) == 1 &&
                 GEOSGeomGetY_r(repair->geos, inside, &point.lat) == 1;
    GEOSGeom_destroy_r(repair->geos, inside);
    GEOSGeom_destroy_r(repair->geos, geometry);
    if (!found) {
        return failed(repair, "no point inside a polygon", diag);
    }
    *ret_point = point;
    return BASE_OK;
}
