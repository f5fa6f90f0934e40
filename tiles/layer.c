/* The layers: a new one is a row here, its queryables, and a query of the same parameters in
 * data/query/tile_<name>.sql. */
#include "tiles/tiles.h"

#define NUMBER(name)   \
    {                  \
        name, "Number" \
    }
#define STRING(name)   \
    {                  \
        name, "String" \
    }
#define BOOLEAN(name)   \
    {                   \
        name, "Boolean" \
    }
#define NAMES STRING("name"), STRING("name_en")
#define JUDGED STRING("due_at"), STRING("verdict"), STRING("verdict_at")
#define COUNT NUMBER("count") /* of what is gathered at low zooms */

/* What filters may ask: name, type and the expression for it where the layer's query has its marker. */
#define ASK(name, type, sql)                     \
    {                                            \
        name, GEO_CQL2_##type, GEO_CQL2_ANY, sql \
    }
#define ASK_COLUMN(name, type) ASK(name, type, name)
#define ASK_NAMES ASK_COLUMN("name", TEXT), ASK_COLUMN("name_en", TEXT)
#define ASK_PLACE ASK_COLUMN("id", INTEGER), ASK_NAMES, ASK_COLUMN("geom", GEOMETRY)

#define ASK_JUDGED ASK_COLUMN("due_at", TIMESTAMP), ASK_COLUMN("verdict", TEXT), ASK_COLUMN("verdict_at", TIMESTAMP)

#define QUERYABLES(layer, ...)                                                                  \
    static const struct geo_cql2_property layer##_properties[] = {__VA_ARGS__};                 \
    static const struct geo_cql2_schema layer##_queryables = {.properties = layer##_properties, \
                                                              .count = BASE_COUNT(layer##_properties)}

QUERYABLES(classed, ASK_PLACE, ASK_COLUMN("class", TEXT));
QUERYABLES(kinds, ASK_PLACE, ASK_COLUMN("estate_id", INTEGER), ASK_COLUMN("kind", TEXT));
QUERYABLES(owned, ASK_PLACE, ASK_COLUMN("estate_id", INTEGER));
QUERYABLES(estates, ASK_PLACE, ASK("management_type", TEXT, "management_type::text"));
QUERYABLES(buildings, ASK_PLACE, ASK_COLUMN("estate_id", INTEGER), ASK("code", TEXT, "codes[1]"),
           {"codes", GEO_CQL2_ARRAY, GEO_CQL2_TEXT, "codes"}, ASK_COLUMN("levels", INTEGER),
           ASK_COLUMN("height_m", NUMBER), ASK_COLUMN("min_height_m", NUMBER), ASK_COLUMN("use", TEXT),
           ASK_COLUMN("dwellings", INTEGER), ASK_COLUMN("year_built", INTEGER), ASK_COLUMN("area_m2", NUMBER));
QUERYABLES(building_states, ASK_PLACE, ASK_COLUMN("estate_id", INTEGER), ASK_COLUMN("last_pass_at", TIMESTAMP),
           ASK_COLUMN("last_pass_subject_type", TEXT), ASK_COLUMN("last_event_at", TIMESTAMP),
           ASK_COLUMN("last_alarm_at", TIMESTAMP), ASK_JUDGED, ASK_COLUMN("duty_every_s", INTEGER),
           ASK_COLUMN("breach_at", TIMESTAMP), ASK_COLUMN("breached_at", TIMESTAMP), ASK_COLUMN("blind", BOOLEAN));
QUERYABLES(zone_states, ASK_PLACE, ASK_COLUMN("estate_id", INTEGER), ASK_COLUMN("kind", TEXT),
           ASK_COLUMN("last_pass_at", TIMESTAMP), ASK_COLUMN("last_pass_subject_type", TEXT), ASK_JUDGED,
           ASK_COLUMN("swept", NUMBER), ASK_COLUMN("swept_from", TIMESTAMP), ASK_COLUMN("swept_at", TIMESTAMP));
QUERYABLES(devices, ASK_COLUMN("id", INTEGER), ASK_COLUMN("name", TEXT), ASK_COLUMN("estate_id", INTEGER),
           ASK_COLUMN("kind", TEXT), ASK_COLUMN("building_id", INTEGER), ASK_COLUMN("storey", INTEGER),
           ASK_COLUMN("t_event", TIMESTAMP), ASK_COLUMN("severity", INTEGER), ASK_COLUMN("alarm_at", TIMESTAMP),
           ASK_JUDGED, ASK_COLUMN("uptime", NUMBER), ASK_COLUMN("uptime_from", TIMESTAMP),
           ASK_COLUMN("overflow_s", INTEGER), ASK_COLUMN("geom", GEOMETRY));
QUERYABLES(incidents, ASK_COLUMN("id", INTEGER), ASK_COLUMN("estate_id", INTEGER), ASK_COLUMN("category", TEXT),
           ASK_COLUMN("severity", TEXT), ASK_COLUMN("building_id", INTEGER), ASK_COLUMN("building_name", TEXT),
           ASK_COLUMN("building_name_en", TEXT), ASK_COLUMN("storey", INTEGER), ASK_COLUMN("drill", BOOLEAN),
           ASK_COLUMN("reported_at", TIMESTAMP), ASK_COLUMN("state", TEXT), ASK_COLUMN("level", INTEGER),
           ASK_COLUMN("organisation_id", INTEGER), ASK_COLUMN("state_at", TIMESTAMP),
           ASK_COLUMN("breach_at", TIMESTAMP), ASK_COLUMN("version", INTEGER), ASK_COLUMN("geom", GEOMETRY));
QUERYABLES(grids, ASK_PLACE, ASK_COLUMN("kind", TEXT), ASK_COLUMN("code", TEXT));
QUERYABLES(assets, ASK_COLUMN("id", INTEGER), ASK_COLUMN("label", TEXT), ASK_COLUMN("label_en", TEXT),
           ASK("subject_type", TEXT, "subject_type::text"), ASK_COLUMN("t_event", TIMESTAMP),
           ASK_COLUMN("course_deg", NUMBER), ASK_COLUMN("at_estate_id", INTEGER), ASK_COLUMN("building_id", INTEGER),
           ASK("geom", GEOMETRY, "st_point(lon, lat, 4326)"));

const struct tiles_layer tiles_layers[] = {
    {"landuse",
     "land use, polygons",
     DATA_TILE_LANDUSE,
     TILES_TABLE_LANDUSE,
     false,
     9,
     0,
     DATA_LOOK_PLACE,
     {NUMBER("id"), STRING("class"), NAMES},
     &classed_queryables},
    {"water",
     "water, polygons",
     DATA_TILE_WATER,
     TILES_TABLE_WATER,
     false,
     6,
     0,
     DATA_LOOK_PLACE,
     {NUMBER("id"), STRING("class"), NAMES},
     &classed_queryables},
    {"roads",
     "roads and paths, lines",
     DATA_TILE_ROADS,
     TILES_TABLE_ROAD,
     false,
     6,
     0,
     DATA_LOOK_PLACE,
     {NUMBER("id"), STRING("class"), NAMES},
     &classed_queryables},
    {"estates",
     "estates, polygons",
     DATA_TILE_ESTATES,
     TILES_TABLE_ESTATE,
     false,
     0,
     0,
     DATA_LOOK_PLACE,
     {NUMBER("id"), NAMES, STRING("management_type")},
     &estates_queryables},
    {"estate_labels",
     "one point in each estate",
     DATA_TILE_ESTATE_LABELS,
     TILES_TABLE_ESTATE_LABEL,
     false,
     10,
     0,
     DATA_LOOK_PLACE,
     {NUMBER("id"), NAMES},
     &estates_queryables},
    {"zones",
     "zones of duty, polygons",
     DATA_TILE_ZONES,
     TILES_TABLE_ZONE,
     false,
     13,
     0,
     DATA_LOOK_PLACE,
     {NUMBER("id"), STRING("kind"), NAMES},
     &kinds_queryables},
    {"buildings",
     "footprints of buildings, polygons",
     DATA_TILE_BUILDINGS,
     TILES_TABLE_BUILDING,
     false,
     10,
     13,
     DATA_LOOK_PLACE,
     {NUMBER("id"), NUMBER("estate_id"), NAMES, STRING("code"), NUMBER("levels"), NUMBER("height_m"),
      NUMBER("min_height_m"), COUNT},
     &buildings_queryables},
    {"routes",
     "patrol routes, lines",
     DATA_TILE_ROUTES,
     TILES_TABLE_ROUTE,
     false,
     12,
     0,
     DATA_LOOK_PLACE,
     {NUMBER("id"), NAMES},
     &owned_queryables},
    {"checkpoints",
     "patrol points",
     DATA_TILE_CHECKPOINTS,
     TILES_TABLE_CHECKPOINT,
     false,
     10,
     13,
     DATA_LOOK_PLACE,
     {NUMBER("id"), NAMES, COUNT},
     &owned_queryables},
    {"facilities",
     "facilities, points",
     DATA_TILE_FACILITIES,
     TILES_TABLE_FACILITY,
     false,
     10,
     13,
     DATA_LOOK_PLACE,
     {NUMBER("id"), STRING("kind"), NAMES, COUNT},
     &kinds_queryables},
    {"places",
     "names of places, points",
     DATA_TILE_PLACES,
     TILES_TABLE_PLACE,
     false,
     6,
     0,
     DATA_LOOK_PLACE,
     {NUMBER("id"), NAMES, STRING("class")},
     &classed_queryables},
    {"assets",
     "where guards, cleaners and vehicles were last, points",
     DATA_TILE_ASSETS,
     TILES_TABLE_ASSET,
     false,
     8,
     10,
     DATA_LOOK_UNIT,
     {NUMBER("id"), STRING("label"), STRING("label_en"), STRING("subject_type"), STRING("t_event"),
      NUMBER("course_deg"), NUMBER("at_estate_id"), NUMBER("building_id"), COUNT},
     &assets_queryables},
    {"building_states",
     "when somebody last passed a building, what was told of it and what became of its duties, polygons; those without "
     "any are left out. With at= of the duties only verdict and verdict_at",
     DATA_TILE_BUILDING_STATES,
     TILES_TABLE_BUILDING,
     true,
     13,
     13,
     DATA_LOOK_RECORD,
     {NUMBER("id"), NUMBER("estate_id"), STRING("last_pass_at"), STRING("last_pass_subject_type"),
      STRING("last_event_at"), STRING("last_alarm_at"), JUDGED, NUMBER("duty_every_s"), STRING("breach_at"),
      STRING("breached_at"), BOOLEAN("blind")},
     &building_states_queryables},
    {"zone_states",
     "when somebody last passed a zone of duty, what became of its duties and what share of it is swept, polygons; "
     "those without any are left out. With at= of the duties only verdict and verdict_at",
     DATA_TILE_ZONE_STATES,
     TILES_TABLE_ZONE,
     true,
     13,
     0,
     DATA_LOOK_RECORD,
     {NUMBER("id"), NUMBER("estate_id"), STRING("last_pass_at"), STRING("last_pass_subject_type"), JUDGED,
      NUMBER("swept"), STRING("swept_from"), STRING("swept_at")},
     &zone_states_queryables},
    {"devices",
     "devices, the worst that is on at each and what duties say of it, points; cameras only for a purpose",
     DATA_TILE_DEVICES,
     TILES_TABLE_DEVICE,
     false,
     10,
     13,
     DATA_LOOK_DEVICE,
     {NUMBER("id"), NUMBER("estate_id"), STRING("kind"), STRING("name"), NUMBER("building_id"), NUMBER("storey"),
      STRING("t_event"), NUMBER("severity"), STRING("alarm_at"), JUDGED, NUMBER("uptime"), STRING("uptime_from"),
      NUMBER("overflow_s"), COUNT},
     &devices_queryables},
    {"incidents",
     "open incidents, points: each where it says itself, else where its building is, else at its estate's name. With "
     "at= "
     "without organisation_id, breach_at and version",
     DATA_TILE_INCIDENTS,
     TILES_TABLE_INCIDENT,
     false,
     8,
     10,
     DATA_LOOK_INCIDENT,
     {NUMBER("id"), NUMBER("estate_id"), STRING("category"), STRING("severity"), NUMBER("building_id"),
      STRING("building_name"), STRING("building_name_en"), NUMBER("storey"), BOOLEAN("drill"), STRING("reported_at"),
      STRING("state"), NUMBER("level"), NUMBER("organisation_id"), STRING("state_at"), STRING("breach_at"),
      NUMBER("version"), COUNT},
     &incidents_queryables},
    {"grids",
     "grids of governance and of property management, polygons",
     DATA_TILE_GRIDS,
     TILES_TABLE_GRID,
     false,
     10,
     0,
     DATA_LOOK_PLACE,
     {NUMBER("id"), STRING("kind"), STRING("code"), NAMES},
     &grids_queryables},
    {.name = NULL},
};

_Static_assert(BASE_COUNT(tiles_layers) <= TILES_LAYER_MAX + 1, "a request may name every layer");

const struct tiles_layer *tiles_layer_find(struct base_str name)
{
    for (const struct tiles_layer *layer = tiles_layers; layer->name; layer++) {
        if (base_str_is(name, layer->name)) {
            return layer;
        }
    }
    return NULL;
}

static bool contains(const struct tiles_set *set, const struct tiles_layer *layer)
{
    for (size_t i = 0; i < set->count; i++) {
        if (set->layers[i] == layer) {
            return true;
        }
    }
    return false;
}

enum base_err tiles_set_in(struct base_str names, struct base_diag *diag, struct tiles_set *ret_set)
{
    struct tiles_set set = {.count = 0};
    struct base_str name;
    while (base_str_next(&names, ',', &name)) {
        const struct tiles_layer *layer = tiles_layer_find(name);
        if (!layer) {
            return base_diag_set(diag, BASE_NOT_FOUND, "there is no layer \"%.*s\"",
                                 (int)(name.len < 64 ? name.len : 64), name.at);
        }
        if (contains(&set, layer)) {
            return base_diag_set(diag, BASE_INVALID, "layer \"%s\" is named twice", layer->name);
        }
        set.layers[set.count++] = layer; /* none twice, so the array holds them all */
    }
    if (set.count == 0) {
        return base_diag_set(diag, BASE_NOT_FOUND, "no layer is named");
    }
    *ret_set = set;
    return BASE_OK;
}
