/* The data set of ../shared/cql2 in memory, ready for filters, and the expressions that come with it.
 * Texts and shapes live as long as the layer. Link tests/geo/cql2_kit.c to a test that includes this. */
#ifndef HUTONG_TESTS_GEO_CQL2_KIT_H
#define HUTONG_TESTS_GEO_CQL2_KIT_H

#include "geo/geo.h"

enum { CQL2_KIT_PROPERTIES_MAX = 32 };

/* All attributes of the layer as they are called there, and "geom" at the end. sql is the name in double quotes. */
struct cql2_kit_layer {
    const char *name;
    struct geo_cql2_schema schema;
    size_t count;                  /* features */
    struct geo_cql2_value *values; /* feature i has property p at [i * schema.count + p] */
    struct geo_shape *shapes;      /* one a feature */
    struct base_arena arena;
};

/* Fails the test that calls when the file cannot be read; path is that of the .gpkg. */
struct cql2_kit_layer *cql2_kit_layer_new(const char *path, const char *name);
void cql2_kit_layer_free(struct cql2_kit_layer *layer);
struct geo_cql2_feature cql2_kit_feature(const struct cql2_kit_layer *layer, size_t index);

struct cql2_kit_vector {
    char layer[64];
    char predicate[2048];
    size_t expected; /* features */
};
/* Rows of vectors.tsv; *ret_count of them. Free with free(). */
struct cql2_kit_vector *cql2_kit_vectors(const char *path, size_t *ret_count);

#endif
