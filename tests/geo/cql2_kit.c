/* Reads the data set as any program would, through geo_vector, and gives its attributes the types of the file. */
#include "cql2_kit.h"
#include "geo_test.h"

#define TEXT(name)                                        \
    {                                                     \
        name, GEO_CQL2_TEXT, GEO_CQL2_ANY, "\"" name "\"" \
    }
#define OTHER(name, type)                                   \
    {                                                       \
        name, GEO_CQL2_##type, GEO_CQL2_ANY, "\"" name "\"" \
    }

static const struct geo_cql2_property country_properties[] = {
    TEXT("TYPE"),       TEXT("ADM0_A3"),   TEXT("NAME"),      TEXT("NAME_LONG"),        TEXT("ABBREV"),
    TEXT("POSTAL"),     TEXT("FORMAL_EN"), TEXT("NAME_SORT"), OTHER("POP_EST", NUMBER), TEXT("ECONOMY"),
    TEXT("INCOME_GRP"), TEXT("CONTINENT"), TEXT("REGION_UN"), TEXT("SUBREGION"),        TEXT("REGION_WB"),
    TEXT("WIKIDATAID"), TEXT("NAME_DE"),   TEXT("NAME_EN"),   TEXT("NAME_EL"),          OTHER("geom", GEOMETRY),
};
static const struct geo_cql2_property place_properties[] = {
    TEXT("featurecla"),
    TEXT("name"),
    TEXT("namepar"),
    TEXT("namealt"),
    TEXT("nameascii"),
    TEXT("capin"),
    TEXT("sov0name"),
    TEXT("sov_a3"),
    TEXT("adm0name"),
    TEXT("adm0_a3"),
    TEXT("adm1name"),
    TEXT("note"),
    OTHER("pop_max", INTEGER),
    OTHER("pop_min", INTEGER),
    OTHER("pop_other", INTEGER),
    TEXT("meganame"),
    TEXT("ls_name"),
    OTHER("date", DATE),
    OTHER("start", TIMESTAMP),
    OTHER("end", TIMESTAMP),
    OTHER("boolean", BOOLEAN),
    OTHER("geom", GEOMETRY),
};
static const struct geo_cql2_property river_properties[] = {
    TEXT("name"),    TEXT("name_en"), TEXT("wikidataid"),      TEXT("label"),
    TEXT("name_de"), TEXT("name_el"), OTHER("geom", GEOMETRY),
};

static const struct {
    const char *name;
    struct geo_cql2_schema schema;
} layers[] = {
    {"ne_110m_admin_0_countries", {.properties = country_properties, .count = BASE_COUNT(country_properties)}},
    {"ne_110m_populated_places_simple", {.properties = place_properties, .count = BASE_COUNT(place_properties)}},
    {"ne_110m_rivers_lake_centerlines", {.properties = river_properties, .count = BASE_COUNT(river_properties)}},
};

/* "2022/04/16" or "2022/04/16 10:13:19+00", which is UTC throughout this file. */
static int64_t instant_in(struct base_str text, bool date)
{
    char iso[] = "0000-00-00T00:00:00Z";
    int64_t us;
    memcpy(iso, text.at, text.len < 19 ? text.len : 19);
    iso[4] = iso[7] = '-';
    iso[10] = 'T';
    assert_true(base_time_in(base_str_of(iso), &us));
    return date ? us / INT64_C(86400000000) : us;
}

static void value_in(struct cql2_kit_layer *layer, struct base_str text, struct geo_cql2_value *value)
{
    value->null = text.at == NULL;
    if (value->null) {
        return;
    }
    switch (value->type) {
    case GEO_CQL2_INTEGER:
        assert_true(base_str_i64(text, &value->integer));
        return;
    case GEO_CQL2_NUMBER:
        assert_true(base_str_f64(text, &value->number));
        return;
    case GEO_CQL2_BOOLEAN:
        value->boolean = base_str_equal(text, base_str_of("1"));
        return;
    case GEO_CQL2_DATE:
    case GEO_CQL2_TIMESTAMP:
        value->integer = instant_in(text, value->type == GEO_CQL2_DATE);
        return;
    default:
        value->text = (struct base_str){base_arena_text(&layer->arena, text), text.len};
        assert_non_null(value->text.at);
    }
}

static void feature_in(struct cql2_kit_layer *layer, struct geo_vector *vector, const int *bound,
                       struct geo_vector_feature *feature)
{
    size_t width = layer->schema.count;
    size_t index = layer->count++;
    layer->values = realloc(layer->values, layer->count * width * sizeof *layer->values);
    layer->shapes = realloc(layer->shapes, layer->count * sizeof *layer->shapes);
    assert_true(layer->values && layer->shapes);
    for (size_t i = 0; i < width; i++) {
        struct geo_cql2_value *value = &layer->values[index * width + i];
        *value = (struct geo_cql2_value){.type = layer->schema.properties[i].type};
        if (value->type != GEO_CQL2_GEOMETRY) {
            value_in(layer, geo_vector_value(vector, bound[i]), value);
        }
    }
    layer->shapes[index] = feature->shape;
    geo_shape_init(&feature->shape);
}

static void features_in(struct cql2_kit_layer *layer, struct geo_vector *vector)
{
    struct geo_vector_feature feature = {.fid = 0};
    int bound[CQL2_KIT_PROPERTIES_MAX];
    bool more;
    geo_shape_init(&feature.shape);
    assert_true(layer->schema.count <= BASE_COUNT(bound));
    for (size_t i = 0; i < layer->schema.count; i++) {
        bound[i] = geo_vector_bind(vector, layer->schema.properties[i].name);
    }
    for (;;) {
        test_ok(geo_vector_next(vector, &test_diag, &feature, &more));
        if (!more) {
            break;
        }
        test_ok(feature.shape_err);
        feature_in(layer, vector, bound, &feature);
    }
    geo_shape_release(&feature.shape);
}

struct cql2_kit_layer *cql2_kit_layer_new(const char *path, const char *name)
{
    AUTO(geo_vector) vector = NULL;
    struct cql2_kit_layer *layer = calloc(1, sizeof *layer);
    assert_non_null(layer);
    base_arena_init(&layer->arena, 16u << 20);
    for (size_t i = 0; i < BASE_COUNT(layers); i++) {
        if (strcmp(layers[i].name, name) == 0) {
            layer->name = layers[i].name;
            layer->schema = layers[i].schema;
        }
    }
    assert_non_null(layer->name);
    test_ok(geo_vector_open(path, &(struct geo_vector_options){.layer = name}, &test_diag, &vector));
    features_in(layer, vector);
    return layer;
}

void cql2_kit_layer_free(struct cql2_kit_layer *layer)
{
    if (layer) {
        for (size_t i = 0; i < layer->count; i++) {
            geo_shape_release(&layer->shapes[i]);
        }
        free(layer->shapes);
        free(layer->values);
        base_arena_release(&layer->arena);
        free(layer);
    }
}

static void kit_value(const void *of, uint32_t property, struct geo_cql2_value *ret_value)
{
    const struct geo_cql2_value *row = of;
    *ret_value = row[property];
}

struct geo_cql2_feature cql2_kit_feature(const struct cql2_kit_layer *layer, size_t index)
{
    struct geo_cql2_value *row = &layer->values[index * layer->schema.count];
    struct geo_cql2_value *geometry = &row[layer->schema.count - 1]; /* the shapes moved while they were read */
    geometry->geometry = (struct geo_cql2_geometry){&layer->shapes[index], 1};
    geometry->null = layer->shapes[index].type == GEO_SHAPE_NONE;
    return (struct geo_cql2_feature){row, kit_value};
}

static void vector_in(char *line, struct cql2_kit_vector *vector)
{
    char *fields[5];
    for (size_t i = 0; i < BASE_COUNT(fields); i++) {
        fields[i] = strsep(&line, "\t");
        assert_non_null(fields[i]);
    }
    snprintf(vector->layer, sizeof vector->layer, "%s", fields[2]);
    assert_true(strlen(fields[3]) < sizeof vector->predicate);
    snprintf(vector->predicate, sizeof vector->predicate, "%s", fields[3]);
    vector->expected = strtoul(fields[4], NULL, 10);
}

struct cql2_kit_vector *cql2_kit_vectors(const char *path, size_t *ret_count)
{
    struct cql2_kit_vector *vectors = NULL;
    char line[4096];
    size_t count = 0;
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    assert_non_null(fgets(line, sizeof line, file)); /* the heading */
    while (fgets(line, sizeof line, file)) {
        vectors = realloc(vectors, (count + 1) * sizeof *vectors);
        assert_non_null(vectors);
        vector_in(line, &vectors[count++]);
    }
    fclose(file);
    *ret_count = count;
    return vectors;
}
