/* One feature at a time: attributes as text, geometry as a shape in WGS 84. */
#include "geo/vector_private.h"

#include <ctype.h>
#include <string.h>

static void add_line(OGRGeometryH line, struct geo_shape *shape)
{
    int count = OGR_G_GetPointCount(line);
    double *at = count > 0 ? geo_shape_vertices(shape, (uint32_t)count) : NULL;
    if (at) {
        OGR_G_GetPoints(line, at, 2 * sizeof *at, at + 1, 2 * sizeof *at, NULL, 0);
        geo_shape_ring_end(shape);
    }
}

static void add_polygon(OGRGeometryH polygon, struct geo_shape *shape)
{
    int rings = OGR_G_GetGeometryCount(polygon);
    for (int i = 0; i < rings; i++) {
        add_line(OGR_G_GetGeometryRef(polygon, i), shape);
    }
    geo_shape_part_end(shape);
}

/* What the leaf geometries are: the highest dimension wins, so that stray lines beside polygons are dropped. */
static enum geo_shape_type highest(OGRGeometryH geometry)
{
    int members = OGR_G_GetGeometryCount(geometry);
    switch (OGR_GT_Flatten(OGR_G_GetGeometryType(geometry))) {
    case wkbPoint:
        return GEO_SHAPE_POINT;
    case wkbLineString:
        return GEO_SHAPE_LINE;
    case wkbPolygon:
    case wkbTriangle:
        return GEO_SHAPE_AREA;
    default: {
        enum geo_shape_type best = GEO_SHAPE_NONE;
        for (int i = 0; i < members; i++) {
            enum geo_shape_type type = highest(OGR_G_GetGeometryRef(geometry, i));
            best = type > best ? type : best;
        }
        return best;
    }
    }
}

static void add_leaves(OGRGeometryH geometry, struct geo_shape *shape)
{
    switch (OGR_GT_Flatten(OGR_G_GetGeometryType(geometry))) {
    case wkbPoint:
    case wkbLineString:
        if (highest(geometry) == shape->type && !OGR_G_IsEmpty(geometry)) {
            add_line(geometry, shape);
            geo_shape_part_end(shape);
        }
        return;
    case wkbPolygon:
    case wkbTriangle:
        if (shape->type == GEO_SHAPE_AREA) {
            add_polygon(geometry, shape);
        }
        return;
    default: {
        int members = OGR_G_GetGeometryCount(geometry);
        for (int i = 0; i < members; i++) {
            add_leaves(OGR_G_GetGeometryRef(geometry, i), shape);
        }
    }
    }
}

void geo_vector_shape(OGRGeometryH geometry, struct geo_shape *shape, bool *ret_solid)
{
    geo_shape_reset(shape, GEO_SHAPE_NONE);
    *ret_solid = false;
    if (!geometry) {
        return;
    }
    OGRwkbGeometryType type = OGR_G_GetGeometryType(geometry);
    OGRGeometryH straight = OGR_G_HasCurveGeometry(geometry, 1) ? OGR_G_GetLinearGeometry(geometry, 0, NULL) : NULL;
    OGRGeometryH from = straight ? straight : geometry;
    geo_shape_reset(shape, highest(from));
    add_leaves(from, shape);
    OGR_G_DestroyGeometry(straight);
    bool surface = OGR_GT_Flatten(type) == wkbPolyhedralSurface || OGR_GT_Flatten(type) == wkbTIN;
    *ret_solid = shape->type == GEO_SHAPE_AREA && (surface || (OGR_GT_HasZ(type) && shape->parts > 1));
    if (shape->parts == 0 && !shape->err) {
        shape->type = GEO_SHAPE_NONE;
    }
}

static void read_shape(struct geo_vector *vector, struct geo_vector_feature *feature)
{
    struct geo_shape *shape = &feature->shape;
    geo_vector_shape(OGR_F_GetGeometryRef(vector->feature), shape, &feature->solid);
    feature->problem.text[0] = '\0';
    feature->shape_err = BASE_OK;
    if (shape->err) {
        feature->shape_err =
            base_diag_set(&feature->problem, shape->err, "more than %u vertices", GEO_SHAPE_VERTEX_MAX);
    } else {
        feature->shape_err = geo_crs_to_wgs84(vector->crs, shape->xy, shape->vertices, &feature->problem);
    }
    if (feature->shape_err) {
        geo_shape_reset(shape, GEO_SHAPE_NONE);
    }
}

enum base_err geo_vector_next(struct geo_vector *vector, struct base_diag *diag, struct geo_vector_feature *feature,
                              bool *ret_more)
{
    geo_vector_listen(vector);
    if (vector->feature) {
        OGR_F_Destroy(vector->feature);
    }
    vector->feature = OGR_L_GetNextFeature(vector->layer);
    if (vector->feature) {
        feature->fid = OGR_F_GetFID(vector->feature);
        read_shape(vector, feature);
    }
    geo_vector_unlisten();
    if (!vector->feature && vector->failed) {
        return base_diag_set(diag, BASE_INVALID, "layer \"%s\": reading stopped: %s", geo_vector_layer(vector),
                             vector->said);
    }
    *ret_more = vector->feature != NULL;
    return BASE_OK;
}

/* addr:housename, addr_housename and ADDR_HOUSENAME are one name: formats differ in what they allow. */
static bool same_name(const char *a, const char *b)
{
    for (; *a && *b; a++, b++) {
        int left = *a == ':' ? '_' : tolower((unsigned char)*a);
        int right = *b == ':' ? '_' : tolower((unsigned char)*b);
        if (left != right) {
            return false;
        }
    }
    return *a == *b;
}

/* A list is no name and no key (CityGML's attribute sets give such fields). */
static bool is_plain(OGRFieldDefnH field)
{
    OGRFieldType type = OGR_Fld_GetType(field);
    return type == OFTString || type == OFTInteger || type == OFTInteger64 || type == OFTReal || type == OFTDate ||
           type == OFTDateTime || type == OFTTime;
}

static int field_named(struct geo_vector *vector, const char *name)
{
    OGRFeatureDefnH definition = OGR_L_GetLayerDefn(vector->layer);
    int count = OGR_FD_GetFieldCount(definition);
    for (int i = 0; i < count; i++) {
        OGRFieldDefnH field = OGR_FD_GetFieldDefn(definition, i);
        if (is_plain(field) && strcmp(OGR_Fld_GetNameRef(field), name) == 0) {
            return i;
        }
    }
    for (int i = 0; i < count; i++) {
        OGRFieldDefnH field = OGR_FD_GetFieldDefn(definition, i);
        if (is_plain(field) && same_name(OGR_Fld_GetNameRef(field), name)) {
            return i;
        }
    }
    return -1;
}

int geo_vector_bind(struct geo_vector *vector, const char *name)
{
    int field = field_named(vector, name);
    if ((field < 0 && vector->tags_field < 0) || vector->bound_count == GEO_VECTOR_BOUND_MAX ||
        strlen(name) >= sizeof vector->bound[0].key) {
        return -1;
    }
    struct geo_vector_bound *bound = &vector->bound[vector->bound_count];
    bound->field = field;
    snprintf(bound->key, sizeof bound->key, "%s", name);
    return vector->bound_count++;
}

static struct base_str field_text(struct geo_vector *vector, int field)
{
    if (!OGR_F_IsFieldSetAndNotNull(vector->feature, field)) {
        return (struct base_str){NULL, 0};
    }
    return base_str_of(OGR_F_GetFieldAsString(vector->feature, field));
}

struct base_str geo_vector_value(struct geo_vector *vector, int bound)
{
    if (bound < 0 || bound >= vector->bound_count || !vector->feature) {
        return (struct base_str){NULL, 0};
    }
    if (vector->bound[bound].field >= 0) {
        return field_text(vector, vector->bound[bound].field);
    }
    struct base_str tags = field_text(vector, vector->tags_field);
    if (!tags.len || !geo_tags_find(tags, vector->bound[bound].key, vector->tag, sizeof vector->tag)) {
        return (struct base_str){NULL, 0};
    }
    return base_str_of(vector->tag);
}
