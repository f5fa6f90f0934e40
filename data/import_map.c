/* Which fields of a file mean what: the names that data sets use, overruled by --map. */
#include "data/import_private.h"

#include <string.h>

/* First field with a value wins. Case and ':' or '_' make no difference (geo_vector_bind). */
static const struct {
    const char *option; /* name in --map; NULL: not for users */
    const char *names[CANDIDATES];
} fields[FIELD_COUNT] = {
    [FIELD_CODE] = {"code", {"code", "ref", "building_code", "建物ID", "编号", "楼栋编号", "楼号"}},
    [FIELD_NAME] = {"name", {"name", "name:zh", "name_zh", "名称", "楼名", "gml_name"}},
    [FIELD_NAME_EN] = {"name_en", {"name_en", "name:en", "int_name", "英文名称"}},
    [FIELD_KIND] = {"kind", {"kind", "class", "building", "use", "usage", "fclass", "type", "用途"}},
    [FIELD_BUILDING] = {NULL, {"building"}},
    [FIELD_ESTATE] = {"estate", {"estate", "estate_name", "estate_code", "小区", "小区名称", "所属小区"}},
    [FIELD_ESTATE_GUESS] = {NULL, {"addr:housename", "addr:neighbourhood"}},
    [FIELD_LEVELS] = {"levels",
                      {"levels", "building:levels", "storeys", "storeysAboveGround", "num_floors", "floors", "层数",
                       "地上层数"}},
    [FIELD_HEIGHT] = {"height",
                      {"height_m", "height", "building:height", "measuredHeight", "measured_height", "高度",
                       "建筑高度"}},
    [FIELD_MIN_HEIGHT] = {"min_height", {"min_height", "building:min_height"}},
    [FIELD_DWELLINGS] = {"dwellings", {"dwellings", "building:flats", "flats", "units", "户数"}},
    [FIELD_YEAR] = {"year", {"year_built", "year", "start_date", "construction_year", "建成年代", "year_completed"}},
    [FIELD_STREET] = {"street", {"addr:street", "street"}},
    [FIELD_HOUSE_NUMBER] = {"housenumber", {"addr:housenumber", "housenumber"}},
    [FIELD_POSTCODE] = {"postcode", {"addr:postcode", "postcode"}},
    [FIELD_MANAGEMENT] = {"management", {"management_type", "management"}},
    [FIELD_KEY] = {"key", {"key"}},
    [FIELD_OSM_AT_ID] = {NULL, {"@id", "id"}},
    [FIELD_OSM_WAY_ID] = {NULL, {"osm_way_id"}},
    [FIELD_OSM_ID] = {NULL, {"osm_id"}},
    [FIELD_OSM_TYPE] = {NULL, {"osm_type"}},
    [FIELD_GML_ID] = {NULL, {"gml_id"}},
    [FIELD_ID] = {NULL, {"id", "uuid", "globalid", "fid"}},
};

/* Kinds that say what they are in a field of their own come before the general names: a road's highway=residential. */
static const char *const kind_names[DATA_IMPORT_KINDS][CANDIDATES] = {
    [DATA_IMPORT_BUILDINGS] = {"use", "building", "usage", "kind", "class", "fclass", "type", "用途"},
    [DATA_IMPORT_ROADS] = {"class", "highway", "fclass", "kind", "type"},
    [DATA_IMPORT_WATER] = {"class", "water", "natural", "kind", "fclass", "type"},
    [DATA_IMPORT_LANDUSE] = {"class", "landuse", "leisure", "natural", "kind", "fclass", "type"},
    [DATA_IMPORT_PLACES] = {"class", "place", "kind", "fclass", "type"},
};

static void bind_usual(struct data_import *import, enum data_import_field field)
{
    const char *const *names = fields[field].names;
    if (field == FIELD_KIND && kind_names[import->options->kind][0]) {
        names = kind_names[import->options->kind];
    }
    int count = 0;
    for (int i = 0; i < CANDIDATES && names[i]; i++) {
        int bound = geo_vector_bind(import->vector, names[i]);
        if (bound >= 0) {
            import->map.bound[field][count++] = bound;
        }
    }
}

static enum base_err no_field(struct data_import *import, const char *name, struct base_diag *diag)
{
    AUTO_VALUE(base_buf) names;
    base_buf_init(&names, 700);
    geo_vector_fields(import->vector, &names);
    if (names.err) {
        names.err = BASE_OK; /* as many as fit */
    }
    return base_diag_set(diag, BASE_USAGE, "--map: layer \"%s\" has no field \"%.60s\"; it has: %.*s",
                         geo_vector_layer(import->vector), name, (int)names.len, names.len ? names.data : "");
}

static enum base_err bind_mapped(struct data_import *import, struct base_str pair, struct base_diag *diag)
{
    struct base_str option;
    char name[64];
    base_str_next(&pair, '=', &option);
    pair = base_str_trim(pair);
    option = base_str_trim(option);
    if (!pair.at || pair.len == 0 || pair.len >= sizeof name) {
        return base_diag_set(diag, BASE_USAGE, "--map: \"%.*s\" is not name=FIELD, such as height=MEASURED_H",
                             (int)option.len, option.at);
    }
    memcpy(name, pair.at, pair.len);
    name[pair.len] = '\0';
    for (int field = 0; field < FIELD_COUNT; field++) {
        if (!fields[field].option || !base_str_is(option, fields[field].option)) {
            continue;
        }
        if (import->map.mapped[field]) {
            return base_diag_set(diag, BASE_USAGE, "--map: %s is there twice; one field each", fields[field].option);
        }
        int bound = geo_vector_bind(import->vector, name);
        if (bound < 0) {
            return no_field(import, name, diag);
        }
        import->map.mapped[field] = true;
        import->map.bound[field][0] = bound;
        import->map.bound[field][1] = -1;
        if (field == FIELD_ESTATE) {
            import->map.bound[FIELD_ESTATE_GUESS][0] = -1; /* somebody knows better */
        }
        return BASE_OK;
    }
    return base_diag_set(diag, BASE_USAGE,
                         "--map: unknown \"%.*s\"; known: name name_en code key kind estate levels height min_height "
                         "dwellings year street housenumber postcode management",
                         (int)option.len, option.at);
}

enum base_err data_import_map_bind(struct data_import *import, struct base_diag *diag)
{
    for (int field = 0; field < FIELD_COUNT; field++) {
        import->map.mapped[field] = false;
        for (int i = 0; i < CANDIDATES; i++) {
            import->map.bound[field][i] = -1;
        }
    }
    for (int field = 0; field < FIELD_COUNT; field++) {
        bind_usual(import, (enum data_import_field)field);
    }
    struct base_str rest = base_str_of(import->options->map);
    struct base_str pair;
    enum base_err err = BASE_OK;
    while (!err && rest.len && base_str_next(&rest, ',', &pair)) {
        err = base_str_trim(pair).len ? bind_mapped(import, pair, diag) : BASE_OK;
    }
    return err;
}
