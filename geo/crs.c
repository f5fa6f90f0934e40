/* The only place that knows PROJ. Everything that comes in leaves as longitude and latitude, in this order. */
#include "geo/geo.h"

#include <math.h>
#include <proj.h>
#include <stdlib.h>
#include <string.h>

struct geo_crs {
    enum geo_datum datum; /* when pj is NULL */
    PJ_CONTEXT *context;
    PJ *pj; /* from the system, x first, to EPSG:4326, longitude first */
    char said[256];
};

static void keep_message(void *at, int level, const char *message)
{
    struct geo_crs *crs = at;
    if (level == PJ_LOG_ERROR) {
        snprintf(crs->said, sizeof crs->said, "%s", message);
    }
}

/* A name PROJ knows may lack a way to WGS 84 (engineering systems), or be something else (an ellipsoid). */
static enum base_err open_pj(struct geo_crs *crs, const char *name, struct base_diag *diag)
{
    crs->context = proj_context_create();
    if (!crs->context) {
        return base_diag_set(diag, BASE_NOMEM, "out of memory");
    }
    proj_log_func(crs->context, crs, keep_message);
    proj_context_set_enable_network(crs->context, 0); /* no request leaves the machine */
    PJ *raw = proj_create_crs_to_crs(crs->context, name, "EPSG:4326", NULL);
    if (raw) {
        crs->pj = proj_normalize_for_visualization(crs->context, raw);
        proj_destroy(raw);
    }
    if (!crs->pj && name[0] && strspn(name, "0123456789") == strlen(name)) {
        return base_diag_set(diag, BASE_INVALID, "reference system \"%.80s\": did you mean EPSG:%.80s?", name, name);
    }
    if (!crs->pj) {
        return base_diag_set(diag, BASE_INVALID,
                             "reference system \"%.80s\": PROJ does not know it or no way to WGS 84%s%s; give EPSG:n, "
                             "gcj02 or bd09",
                             name, crs->said[0] ? ": " : "", crs->said);
    }
    return BASE_OK;
}

enum base_err geo_crs_new(const char *name, struct base_diag *diag, struct geo_crs **ret_crs)
{
    struct geo_crs *crs = calloc(1, sizeof *crs);
    if (!crs) {
        return base_diag_set(diag, BASE_NOMEM, "out of memory");
    }
    if (!geo_datum_in(base_str_of(name), &crs->datum)) {
        enum base_err err = open_pj(crs, name, diag);
        if (err) {
            geo_crs_free(crs);
            return err;
        }
    }
    *ret_crs = crs;
    return BASE_OK;
}

void geo_crs_free(struct geo_crs *crs)
{
    if (crs) {
        proj_destroy(crs->pj);
        proj_context_destroy(crs->context);
        free(crs);
    }
}

/* Files have 180.00000000000003 where somebody cut at the antimeridian: a tenth of a millimetre is let in. */
static double settled(double degrees, double most)
{
    return fabs(degrees) > most && fabs(degrees) < most + 1e-9 ? copysign(most, degrees) : degrees;
}

static enum base_err check(double *xy, size_t count, struct base_diag *diag)
{
    for (size_t i = 0; i < count; i++) {
        double lon = xy[2 * i] = settled(xy[2 * i], 180);
        double lat = xy[2 * i + 1] = settled(xy[2 * i + 1], 90);
        if (!isfinite(lon) || !isfinite(lat)) {
            return base_diag_set(diag, BASE_INVALID, "vertex %zu has no place in the reference system", i + 1);
        }
        if (lat < -90 || lat > 90) {
            return base_diag_set(diag, BASE_INVALID, "latitude %.9g is outside -90..90%s", lat,
                                 fabs(lon) <= 90 ? " (latitude and longitude swapped? another --crs?)" : "");
        }
        if (lon < -180 || lon > 180) {
            return base_diag_set(diag, BASE_INVALID, "longitude %.9g is outside -180..180 (another --crs?)", lon);
        }
    }
    return BASE_OK;
}

static enum base_err through_proj(struct geo_crs *crs, PJ_DIRECTION direction, double *xy, size_t count,
                                  struct base_diag *diag)
{
    size_t stride = 2 * sizeof *xy;
    crs->said[0] = '\0';
    size_t done =
        proj_trans_generic(crs->pj, direction, xy, stride, count, xy + 1, stride, count, NULL, 0, 0, NULL, 0, 0);
    if (done != count) {
        return base_diag_set(diag, BASE_INVALID, "vertex %zu cannot be transformed%s%s", done + 1,
                             crs->said[0] ? ": " : "", crs->said);
    }
    return BASE_OK;
}

enum base_err geo_crs_to_wgs84(struct geo_crs *crs, double *xy, size_t count, struct base_diag *diag)
{
    if (crs->pj) {
        enum base_err err = through_proj(crs, PJ_FWD, xy, count, diag);
        return err ? err : check(xy, count, diag);
    }
    enum base_err err = check(xy, count, diag);
    for (size_t i = 0; i < count && !err && crs->datum != GEO_DATUM_WGS84; i++) {
        struct geo_point p = geo_datum_to_wgs84(crs->datum, (struct geo_point){xy[2 * i], xy[2 * i + 1]});
        xy[2 * i] = p.lon;
        xy[2 * i + 1] = p.lat;
    }
    return err;
}

enum base_err geo_crs_from_wgs84(struct geo_crs *crs, double *xy, size_t count, struct base_diag *diag)
{
    enum base_err err = check(xy, count, diag);
    if (err || crs->pj) {
        return err ? err : through_proj(crs, PJ_INV, xy, count, diag);
    }
    for (size_t i = 0; i < count; i++) {
        struct geo_point p = geo_datum_from_wgs84(crs->datum, (struct geo_point){xy[2 * i], xy[2 * i + 1]});
        xy[2 * i] = p.lon;
        xy[2 * i + 1] = p.lat;
    }
    return BASE_OK;
}

/* --- boxes --- */
enum { BOX_PIECES = 64, BOX_VERTICES = 4 * BOX_PIECES };
#define BOX_BACK 1e-6 /* what may be lost on the way there and back, of the coordinates' size */

static void box_outline(const double box[4], double xy[2 * BOX_VERTICES])
{
    const double corners[] = {box[0], box[1], box[2], box[1], box[2], box[3], box[0], box[3], box[0], box[1]};
    for (int i = 0; i < BOX_VERTICES; i++) {
        const double *corner = corners + 2 * (i / BOX_PIECES);
        double part = (double)(i % BOX_PIECES) / BOX_PIECES;
        xy[2 * i] = corner[0] + (corner[2] - corner[0]) * part;
        xy[2 * i + 1] = corner[1] + (corner[3] - corner[1]) * part;
    }
}

enum base_err geo_crs_box(struct geo_crs *crs, const double box[4], struct base_diag *diag, struct geo_shape *shape)
{
    double given[2 * BOX_VERTICES], there[2 * BOX_VERTICES], back[2 * BOX_VERTICES];
    if (!(box[0] <= box[2] && box[1] <= box[3])) {
        return base_diag_set(diag, BASE_INVALID, "a box has its least coordinates first");
    }
    box_outline(box, given);
    memcpy(there, given, sizeof there);
    enum base_err err = geo_crs_to_wgs84(crs, there, BOX_VERTICES, diag);
    memcpy(back, there, sizeof back);
    err = err ? err : geo_crs_from_wgs84(crs, back, BOX_VERTICES, diag);
    geo_shape_reset(shape, GEO_SHAPE_AREA);
    for (int i = 0; i < BOX_VERTICES && !err; i++) {
        double off = fmax(fabs(back[2 * i] - given[2 * i]), fabs(back[2 * i + 1] - given[2 * i + 1]));
        if (!(off <= BOX_BACK * fmax(1e3, fmax(fabs(given[2 * i]), fabs(given[2 * i + 1]))))) {
            return base_diag_set(diag, BASE_INVALID, "a box that reaches beyond where its reference system holds");
        }
        geo_shape_vertex(shape, there[2 * i], there[2 * i + 1]);
    }
    geo_shape_ring_end(shape);
    geo_shape_part_end(shape);
    return err ? err : shape->err;
}
