/* The layers: a new one is a row here and a query of the same parameters in data/query/tile_<name>.sql. */
#include "tiles/tiles.h"

#define NUMBER(name)   \
    {                  \
        name, "Number" \
    }
#define STRING(name)   \
    {                  \
        name, "String" \
    }
#define NAMES STRING("name"), STRING("name_en")

const struct tiles_layer tiles_layers[] = {
    {"landuse", "land use, polygons", DATA_TILE_LANDUSE, 9, DATA_LOOK_PLACE, {NUMBER("id"), STRING("class"), NAMES}},
    {"water", "water, polygons", DATA_TILE_WATER, 6, DATA_LOOK_PLACE, {NUMBER("id"), STRING("class"), NAMES}},
    {"roads", "roads and paths, lines", DATA_TILE_ROADS, 6, DATA_LOOK_PLACE, {NUMBER("id"), STRING("class"), NAMES}},
    {"estates",
     "estates, polygons",
     DATA_TILE_ESTATES,
     0,
     DATA_LOOK_PLACE,
     {NUMBER("id"), NAMES, STRING("management_type")}},
    {"estate_labels", "one point in each estate", DATA_TILE_ESTATE_LABELS, 10, DATA_LOOK_PLACE, {NUMBER("id"), NAMES}},
    {"zones", "zones of duty, polygons", DATA_TILE_ZONES, 13, DATA_LOOK_PLACE, {NUMBER("id"), STRING("kind"), NAMES}},
    {"buildings",
     "footprints of buildings, polygons",
     DATA_TILE_BUILDINGS,
     13,
     DATA_LOOK_PLACE,
     {NUMBER("id"), NUMBER("estate_id"), NAMES, STRING("code"), NUMBER("levels"), NUMBER("height_m"),
      NUMBER("min_height_m")}},
    {"routes", "patrol routes, lines", DATA_TILE_ROUTES, 12, DATA_LOOK_PLACE, {NUMBER("id"), NAMES}},
    {"checkpoints", "patrol points", DATA_TILE_CHECKPOINTS, 13, DATA_LOOK_PLACE, {NUMBER("id"), NAMES}},
    {"facilities",
     "facilities, points",
     DATA_TILE_FACILITIES,
     13,
     DATA_LOOK_PLACE,
     {NUMBER("id"), STRING("kind"), NAMES}},
    {"places", "names of places, points", DATA_TILE_PLACES, 6, DATA_LOOK_PLACE, {NUMBER("id"), NAMES, STRING("class")}},
    {"assets",
     "where guards, cleaners and vehicles were last, points",
     DATA_TILE_ASSETS,
     10,
     DATA_LOOK_UNIT,
     {NUMBER("id"), STRING("label"), STRING("label_en"), STRING("subject_type"), STRING("t_event"),
      NUMBER("course_deg"), NUMBER("at_estate_id"), NUMBER("building_id")}},
    {NULL, NULL, 0, 0, DATA_LOOK_PLACE, {{NULL, NULL}}},
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
