/* The layer of an open vector file as CQL2 filters see it: its plain fields with their types, and the geometry. */
#include "geo/vector_private.h"

#include <stdlib.h>
#include <string.h>

static enum geo_cql2_type type_of(OGRFieldDefnH field)
{
    switch (OGR_Fld_GetType(field)) {
    case OFTInteger:
        return OGR_Fld_GetSubType(field) == OFSTBoolean ? GEO_CQL2_BOOLEAN : GEO_CQL2_INTEGER;
    case OFTInteger64:
        return GEO_CQL2_INTEGER;
    case OFTReal:
        return GEO_CQL2_NUMBER;
    case OFTString:
        return GEO_CQL2_TEXT;
    case OFTDate:
        return GEO_CQL2_DATE;
    case OFTDateTime:
        return GEO_CQL2_TIMESTAMP;
    default:
        return GEO_CQL2_ANY; /* lists, bytes and times of day cannot be asked for */
    }
}

/* Formats without names for geometries (GeoJSON) get the word that GeoJSON uses. */
static const char *geometry_name(OGRFeatureDefnH definition)
{
    const char *name =
        OGR_FD_GetGeomFieldCount(definition) ? OGR_GFld_GetNameRef(OGR_FD_GetGeomFieldDefn(definition, 0)) : NULL;
    return name && *name ? name : "geometry";
}

enum base_err geo_vector_schema(struct geo_vector *vector, struct base_diag *diag, struct geo_cql2_schema *ret_schema)
{
    OGRFeatureDefnH definition = OGR_L_GetLayerDefn(vector->layer);
    int fields = OGR_FD_GetFieldCount(definition);
    free(vector->properties);
    vector->properties = calloc((size_t)fields + 1, sizeof *vector->properties);
    free(vector->fields);
    vector->fields = calloc((size_t)fields + 1, sizeof *vector->fields);
    if (!vector->properties || !vector->fields) {
        return base_diag_set(diag, BASE_NOMEM, "out of memory");
    }
    size_t count = 0;
    for (int i = 0; i < fields; i++) {
        OGRFieldDefnH field = OGR_FD_GetFieldDefn(definition, i);
        enum geo_cql2_type type = type_of(field);
        if (type != GEO_CQL2_ANY) {
            vector->fields[count] = i;
            vector->properties[count++] = (struct geo_cql2_property){.name = OGR_Fld_GetNameRef(field), .type = type};
        }
    }
    vector->fields[count] = -1;
    vector->properties[count++] =
        (struct geo_cql2_property){.name = geometry_name(definition), .type = GEO_CQL2_GEOMETRY};
    *ret_schema = (struct geo_cql2_schema){.properties = vector->properties, .count = count};
    return BASE_OK;
}

/* Days since 1970-01-01 in the proleptic Gregorian calendar: years begin in March, so that the leap day comes last
 * (H. Hinnant, "chrono-compatible low-level date algorithms", days_from_civil). */
static int64_t days_of(int year, int month, int day)
{
    int64_t y = month <= 2 ? (int64_t)year - 1 : year;
    int64_t era = (y >= 0 ? y : y - 399) / 400;
    int64_t of_era = y - era * 400;
    int64_t of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

/* GDAL counts zones in quarters of an hour, 100 is UTC; 0 and 1, unknown and local, are read as UTC. */
static void moment(OGRFeatureH feature, int field, struct geo_cql2_value *value)
{
    int year = 0, month = 0, day = 0, hour = 0, minute = 0, zone = 0;
    float second = 0;
    if (!OGR_F_GetFieldAsDateTimeEx(feature, field, &year, &month, &day, &hour, &minute, &second, &zone)) {
        value->null = true;
    } else if (value->type == GEO_CQL2_DATE) {
        value->integer = days_of(year, month, day);
    } else {
        int64_t minutes = (days_of(year, month, day) * 24 + hour) * 60 + minute - (zone > 1 ? (zone - 100) * 15 : 0);
        value->integer = minutes * 60000000 + (int64_t)((double)second * 1e3 + 0.5) * 1000;
    }
}

static void field_value(OGRFeatureH feature, int field, struct geo_cql2_value *value)
{
    switch (value->type) {
    case GEO_CQL2_BOOLEAN:
        value->boolean = OGR_F_GetFieldAsInteger(feature, field) != 0;
        break;
    case GEO_CQL2_INTEGER:
        value->integer = OGR_F_GetFieldAsInteger64(feature, field);
        break;
    case GEO_CQL2_NUMBER:
        value->number = OGR_F_GetFieldAsDouble(feature, field);
        break;
    case GEO_CQL2_TEXT:
        value->text = base_str_of(OGR_F_GetFieldAsString(feature, field));
        break;
    default:
        moment(feature, field, value);
    }
}

static void value_of(const void *of, uint32_t property, struct geo_cql2_value *ret_value)
{
    const struct geo_vector *vector = of;
    int field = vector->fields[property];
    *ret_value = (struct geo_cql2_value){.type = vector->properties[property].type};
    if (field < 0) {
        ret_value->null = vector->shape->type == GEO_SHAPE_NONE;
        ret_value->geometry = (struct geo_cql2_geometry){.shapes = vector->shape, .count = 1};
    } else if (!OGR_F_IsFieldSetAndNotNull(vector->feature, field)) {
        ret_value->null = true;
    } else {
        field_value(vector->feature, field, ret_value);
    }
}

struct geo_cql2_feature geo_vector_schema_feature(struct geo_vector *vector, const struct geo_vector_feature *feature)
{
    vector->shape = &feature->shape;
    return (struct geo_cql2_feature){.of = vector, .value = value_of};
}
