/* The places of a duty: one that it names, or those of a kind that its filter selects - and what a filter may ask of
 * each kind. */
#include "duty/private.h"
#include "geo/geo.h"

#include <string.h>

/* Name, type and the expression at the query's marker. */
#define ASK(name, type, sql)                     \
    {                                            \
        name, GEO_CQL2_##type, GEO_CQL2_ANY, sql \
    }
#define ASK_COLUMN(name, type) ASK(name, type, "p." name)
#define ASK_NAMES ASK_COLUMN("name", TEXT), ASK_COLUMN("name_en", TEXT)
#define ASK_PLACE ASK_COLUMN("id", INTEGER), ASK_COLUMN("key", TEXT), ASK_NAMES, ASK_COLUMN("geom", GEOMETRY)

#define QUERYABLES(kind, ...)                                                                 \
    static const struct geo_cql2_property kind##_properties[] = {__VA_ARGS__};                \
    static const struct geo_cql2_schema kind##_queryables = {.properties = kind##_properties, \
                                                             .count = BASE_COUNT(kind##_properties)}

QUERYABLES(building, ASK_PLACE, ASK("code", TEXT, "p.codes[1]"), {"codes", GEO_CQL2_ARRAY, GEO_CQL2_TEXT, "p.codes"},
           ASK_COLUMN("levels", INTEGER), ASK_COLUMN("height_m", NUMBER), ASK_COLUMN("min_height_m", NUMBER),
           ASK_COLUMN("use", TEXT), ASK_COLUMN("dwellings", INTEGER), ASK_COLUMN("year_built", INTEGER),
           ASK_COLUMN("area_m2", NUMBER));
QUERYABLES(entrance, ASK_COLUMN("id", INTEGER), ASK_COLUMN("name", TEXT), ASK_COLUMN("building_id", INTEGER),
           ASK("geom", GEOMETRY, "st_point(p.lon, p.lat, 4326)"));
QUERYABLES(checkpoint, ASK_PLACE, ASK_COLUMN("building_id", INTEGER), ASK_COLUMN("tag", TEXT));
QUERYABLES(route, ASK_PLACE, ASK("length_m", NUMBER, "st_length(p.geom::geography)"));
QUERYABLES(zone, ASK_PLACE, ASK_COLUMN("kind", TEXT), ASK("area_m2", NUMBER, "st_area(p.geom::geography)"));
QUERYABLES(facility, ASK_PLACE, ASK_COLUMN("kind", TEXT));
QUERYABLES(device, ASK("id", INTEGER, "d.id"), ASK("name", TEXT, "d.name"), ASK("native_id", TEXT, "d.native_id"),
           ASK("source", TEXT, "s.name"), ASK("building_id", INTEGER, "d.building_id"),
           ASK("storey", INTEGER, "d.storey"),
           ASK("geom", GEOMETRY, "st_point(coalesce(d.lon, b.lon), coalesce(d.lat, b.lat), 4326)"));

static const struct kind {
    const char *name; /* duty_subject */
    enum data_query query;
    const struct geo_cql2_schema *queryables;
    bool device;
} kinds[] = {
    {"building", DATA_DUTY_PLACES_BUILDING, &building_queryables, false},
    {"entrance", DATA_DUTY_PLACES_ENTRANCE, &entrance_queryables, false},
    {"checkpoint", DATA_DUTY_PLACES_CHECKPOINT, &checkpoint_queryables, false},
    {"route", DATA_DUTY_PLACES_ROUTE, &route_queryables, false},
    {"zone", DATA_DUTY_PLACES_ZONE, &zone_queryables, false},
    {"facility", DATA_DUTY_PLACES_FACILITY, &facility_queryables, false},
    {"camera", DATA_DUTY_PLACES_DEVICE, &device_queryables, true},
    {"bin", DATA_DUTY_PLACES_DEVICE, &device_queryables, true},
};

static const struct kind *kind_find(const char *name)
{
    for (size_t i = 0; name && i < BASE_COUNT(kinds); i++) {
        if (strcmp(kinds[i].name, name) == 0) {
            return &kinds[i];
        }
    }
    return NULL;
}

enum base_err duty_places(struct data_conn *conn, int64_t estate_id, const char *subject_kind, int64_t subject_id,
                          const char *subject_filter, struct base_diag *diag, struct data_rows **ret_rows)
{
    AUTO(geo_cql2) filter = NULL;
    const struct kind *kind = kind_find(subject_kind);
    if (!kind) {
        return base_diag_set(diag, BASE_INVALID,
                             "subject_kind \"%.40s\" is none of building, entrance, checkpoint, route, zone, facility, "
                             "camera, bin",
                             subject_kind ? subject_kind : "");
    }
    const struct data_arg args[] = {data_i64(estate_id), subject_id ? data_i64(subject_id) : data_null(),
                                    data_text(kind->name)};
    size_t count = kind->device ? 3 : 2;
    if (!subject_filter) {
        return data_run(conn, kind->query, args, count, diag, ret_rows);
    }
    enum base_err err = geo_cql2_text_in(base_str_of(subject_filter), kind->queryables, diag, &filter);
    if (err) {
        return base_diag_prefix(diag, err, "subject_filter");
    }
    return data_run_filtered(conn, kind->query, filter, args, count, diag, ret_rows);
}
