/* Private to geo/vector*.c: an open vector file. GDAL handles live on one thread, with its errors caught around calls.
 */
#ifndef HUTONG_GEO_VECTOR_PRIVATE_H
#define HUTONG_GEO_VECTOR_PRIVATE_H

#include "geo/geo.h"

#include <cpl_error.h>
#include <gdal.h>
#include <ogr_api.h>

enum { GEO_VECTOR_BOUND_MAX = 96, GEO_VECTOR_TAG_MAX = 512 };

struct geo_vector_bound {
    int field; /* of the layer, or -1: a key of other_tags */
    char key[64];
};

struct geo_vector {
    GDALDatasetH dataset;
    OGRLayerH layer;
    OGRFeatureH feature; /* the current one */
    struct geo_crs *crs;
    bool osm;
    int tags_field; /* other_tags, -1 when there is none */
    struct geo_vector_bound bound[GEO_VECTOR_BOUND_MAX];
    int bound_count;
    char tag[GEO_VECTOR_TAG_MAX]; /* the value that was asked for last */
    char folder[64];              /* private copy's folder, empty when the file is read where it lies */
    char file[96];                /* and the link in it */
    bool failed;                  /* GDAL reported a failure since geo_vector_listen */
    char said[512];
    char others[160];                     /* files of the archive that are not read */
    struct geo_cql2_property *properties; /* vector_schema.c; with the field of each, -1: the geometry */
    int *fields;
    const struct geo_shape *shape; /* of the current feature */
};

/* Catches what GDAL says on this thread until geo_vector_unlisten; the first failure stays in said. */
void geo_vector_listen(struct geo_vector *vector);
void geo_vector_unlisten(void);

/* vector_theme.c: the layer for the theme, its filter set; NOT_FOUND with a list of layers otherwise. */
enum base_err geo_vector_choose(struct geo_vector *vector, const char *path, const char *wanted,
                                enum geo_vector_theme theme, struct base_diag *diag) BASE_MUST_CHECK;

/* vector_read.c: any OGR geometry into a shape; solid: the parts are faces. */
void geo_vector_shape(OGRGeometryH geometry, struct geo_shape *shape, bool *ret_solid);

#endif
