/* Files hold many layers; which one holds the buildings is told by its name, its geometry and its fields. */
#include "geo/vector_private.h"

#include <string.h>
#include <strings.h>

#define OSM_RESIDENTIAL                                          \
    "name IS NOT NULL AND (landuse = 'residential' OR place IN " \
    "('neighbourhood','residential','city_block','quarter'))"

static const struct theme {
    enum geo_shape_type type;
    const char *osm_layer;
    const char *osm_filter; /* OGR attribute filters, no SQL of ours */
    const char *words[6];   /* of layer names, best first */
    const char *fields[6];  /* that such a layer tends to have */
} themes[] = {
    [GEO_VECTOR_BUILDINGS] = {GEO_SHAPE_AREA,
                              "multipolygons",
                              "building IS NOT NULL",
                              {"building", "bldg", "footprint", "gebaeude", "楼", "建筑"},
                              {"building", "building:levels", "measuredHeight", "height", "levels", "floors"}},
    [GEO_VECTOR_RESIDENTIAL] = {GEO_SHAPE_AREA,
                                "multipolygons",
                                OSM_RESIDENTIAL,
                                {"landuse", "residential", "estate", "小区", NULL},
                                {"landuse", "kind", "fclass", "place", NULL}},
    [GEO_VECTOR_ESTATES] = {GEO_SHAPE_AREA,
                            "multipolygons",
                            OSM_RESIDENTIAL,
                            {"estate", "compound", "residential", "小区", NULL},
                            {"estate", "management_type", NULL}},
    [GEO_VECTOR_AREAS] = {GEO_SHAPE_AREA, "multipolygons", NULL, {NULL}, {NULL}},
    [GEO_VECTOR_LINES] = {GEO_SHAPE_LINE, "lines", NULL, {NULL}, {NULL}},
    [GEO_VECTOR_POINTS] = {GEO_SHAPE_POINT, "points", NULL, {NULL}, {NULL}},
    [GEO_VECTOR_ROADS] = {GEO_SHAPE_LINE,
                          "lines",
                          "highway IS NOT NULL",
                          {"road", "street", "highway", "道路", NULL},
                          {"highway", NULL}},
    [GEO_VECTOR_WATER] = {GEO_SHAPE_AREA,
                          "multipolygons",
                          "natural = 'water' OR landuse IN ('reservoir','basin')",
                          {"water", "river", "lake", "水", NULL},
                          {"water", NULL}},
    [GEO_VECTOR_LANDUSE] = {GEO_SHAPE_AREA,
                            "multipolygons",
                            "landuse IS NOT NULL OR leisure IS NOT NULL OR natural IN "
                            "('wood','scrub','grassland','heath','beach','sand')",
                            {"landuse", "land_use", "green", "绿地", NULL},
                            {"landuse", NULL}},
    [GEO_VECTOR_PLACES] =
        {GEO_SHAPE_POINT, "points", "place IS NOT NULL", {"place", "poi", "label", NULL}, {"place", NULL}},
};

static enum geo_shape_type type_of(OGRwkbGeometryType type)
{
    switch (OGR_GT_Flatten(type)) {
    case wkbPoint:
    case wkbMultiPoint:
        return GEO_SHAPE_POINT;
    case wkbLineString:
    case wkbMultiLineString:
    case wkbCompoundCurve:
    case wkbMultiCurve:
        return GEO_SHAPE_LINE;
    case wkbPolygon:
    case wkbMultiPolygon:
    case wkbCurvePolygon:
    case wkbMultiSurface:
    case wkbPolyhedralSurface:
    case wkbTIN:
        return GEO_SHAPE_AREA;
    default:
        return GEO_SHAPE_NONE;
    }
}

static int score_name(const struct theme *theme, const char *name)
{
    int score = 0;
    for (size_t i = 0; i < BASE_COUNT(theme->words) && theme->words[i] && !score; i++) {
        const char *word = theme->words[i];
        if (strncasecmp(name, word, strlen(word)) == 0 && strlen(name) <= strlen(word) + 1) {
            score = 40 - (int)i; /* the word itself, or its plural */
        } else if (strcasestr(name, word)) {
            score = 28 - (int)i;
        }
    }
    return score && (strcasestr(name, "part") || strcasestr(name, "label")) ? score - 15 : score;
}

/* -1: not a layer for the theme at all. */
static int score_layer(const struct theme *theme, OGRLayerH layer)
{
    OGRwkbGeometryType type = OGR_L_GetGeomType(layer);
    if (type == wkbNone || (type_of(type) != theme->type && type_of(type) != GEO_SHAPE_NONE)) {
        return -1;
    }
    int score = type_of(type) == theme->type ? 2 : 1;
    OGRFeatureDefnH definition = OGR_L_GetLayerDefn(layer);
    for (size_t i = 0; i < BASE_COUNT(theme->fields) && theme->fields[i]; i++) {
        score += OGR_FD_GetFieldIndex(definition, theme->fields[i]) >= 0 ? 3 : 0;
    }
    return score + score_name(theme, OGR_L_GetName(layer));
}

static void list_layers(GDALDatasetH dataset, struct base_buf *buf)
{
    int count = GDALDatasetGetLayerCount(dataset);
    for (int i = 0; i < count; i++) {
        base_buf_printf(buf, "%s%.60s", i ? ", " : "", OGR_L_GetName(GDALDatasetGetLayer(dataset, i)));
    }
}

static OGRLayerH best_layer(GDALDatasetH dataset, const struct theme *theme, int *ret_score)
{
    OGRLayerH best = NULL;
    int best_score = -1;
    int count = GDALDatasetGetLayerCount(dataset);
    for (int i = 0; i < count; i++) {
        OGRLayerH layer = GDALDatasetGetLayer(dataset, i);
        int score = layer ? score_layer(theme, layer) : -1;
        if (score > best_score) {
            best = layer;
            best_score = score;
        }
    }
    *ret_score = best_score;
    return best;
}

static enum base_err no_layer(struct geo_vector *vector, const char *path, const char *what, struct base_diag *diag)
{
    AUTO_VALUE(base_buf) names;
    base_buf_init(&names, 800);
    list_layers(vector->dataset, &names);
    return base_diag_set(diag, BASE_NOT_FOUND, "%s: %s; its layers: %s (choose one with --layer)", path, what,
                         names.len ? base_buf_cstr(&names) : "none");
}

/* Outside OpenStreetMap, residential areas are told by the value of one field; which one, each data set decides. */
static bool filter_residential(OGRLayerH layer)
{
    static const char *const fields[] = {"landuse", "kind", "fclass", "class", "type", "place"};
    OGRFeatureDefnH definition = OGR_L_GetLayerDefn(layer);
    if (OGR_FD_GetFieldIndex(definition, "name") < 0) {
        return false;
    }
    for (size_t i = 0; i < BASE_COUNT(fields); i++) {
        int field = OGR_FD_GetFieldIndex(definition, fields[i]);
        if (field >= 0 && OGR_Fld_GetType(OGR_FD_GetFieldDefn(definition, field)) == OFTString) {
            char filter[128];
            snprintf(filter, sizeof filter,
                     "name IS NOT NULL AND \"%s\" IN ('residential','neighbourhood','city_block')", fields[i]);
            return OGR_L_SetAttributeFilter(layer, filter) == OGRERR_NONE;
        }
    }
    return false;
}

enum { EVIDENCE = 3, NAMED = 20 }; /* scores: a field that fits; a name that fits */

static enum base_err choose_residential(struct geo_vector *vector, const char *path, struct base_diag *diag)
{
    int score, other;
    OGRLayerH buildings = best_layer(vector->dataset, &themes[GEO_VECTOR_BUILDINGS], &other);
    vector->layer = best_layer(vector->dataset, &themes[GEO_VECTOR_RESIDENTIAL], &score);
    if (!vector->layer || score < NAMED || vector->layer == buildings || !filter_residential(vector->layer)) {
        vector->layer = NULL;
        return base_diag_set(diag, BASE_NOT_FOUND, "%s: no layer of named residential areas", path);
    }
    return BASE_OK;
}

/* Among several layers one must look like the theme: guessing wrong would fill a table with something else. */
static enum base_err choose_by_looks(struct geo_vector *vector, const char *path, enum geo_vector_theme theme,
                                     struct base_diag *diag)
{
    int score;
    const struct theme *row = &themes[theme];
    OGRLayerH best = best_layer(vector->dataset, row, &score);
    if (best && theme == GEO_VECTOR_ESTATES && score < NAMED) {
        return choose_residential(vector, path, NULL) ? no_layer(vector, path, "no layer of estates", diag) : BASE_OK;
    }
    if (!best || score < EVIDENCE) {
        return no_layer(vector, path, "no layer looks like the right one", diag);
    }
    vector->layer = best;
    return BASE_OK;
}

static enum base_err choose_layer(struct geo_vector *vector, const char *path, const char *wanted,
                                  enum geo_vector_theme theme, struct base_diag *diag)
{
    char what[160];
    if (wanted) {
        vector->layer = GDALDatasetGetLayerByName(vector->dataset, wanted);
        snprintf(what, sizeof what, "no layer \"%.100s\"", wanted);
    } else if (vector->osm) {
        vector->layer = GDALDatasetGetLayerByName(vector->dataset, themes[theme].osm_layer);
        snprintf(what, sizeof what, "GDAL gives no layer \"%s\"", themes[theme].osm_layer);
    } else if (theme == GEO_VECTOR_RESIDENTIAL) {
        return choose_residential(vector, path, diag);
    } else if (GDALDatasetGetLayerCount(vector->dataset) == 1) {
        vector->layer = GDALDatasetGetLayer(vector->dataset, 0);
        snprintf(what, sizeof what, "its layer cannot be read");
    } else {
        return choose_by_looks(vector, path, theme, diag);
    }
    return vector->layer ? BASE_OK : no_layer(vector, path, what, diag);
}

enum base_err geo_vector_choose(struct geo_vector *vector, const char *path, const char *wanted,
                                enum geo_vector_theme theme, struct base_diag *diag)
{
    const struct theme *row = &themes[theme];
    enum base_err err = choose_layer(vector, path, wanted, theme, diag);
    if (err) {
        return err;
    }
    const char *name = OGR_L_GetName(vector->layer);
    if (OGR_L_GetGeomType(vector->layer) == wkbNone) {
        return base_diag_set(
            diag, BASE_INVALID,
            "%s: layer \"%s\" is a table without geometry; choose another with --layer, or make points "
            "of its columns (ogr2ogr -oo X_POSSIBLE_NAMES=lon -oo Y_POSSIBLE_NAMES=lat out.gpkg in.csv)",
            path, name);
    }
    bool filtered = vector->osm && row->osm_filter && strcmp(name, row->osm_layer) == 0;
    if (filtered && OGR_L_SetAttributeFilter(vector->layer, row->osm_filter) != OGRERR_NONE) {
        return base_diag_set(diag, BASE_UNSUPPORTED, "%s: layer %s: GDAL's osmconf.ini lacks the usual columns", path,
                             name);
    }
    return BASE_OK;
}
