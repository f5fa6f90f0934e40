/* From a feature to a row: key, texts, levels and height, a valid geometry. What does not fit is counted and named. */
#include "data/import_private.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define AREA_MIN_M2 0.001 /* what survives in real files: slivers that tile servers left */
#define AREA_MAX_M2 5e6   /* the largest buildings of the world are under 2 km2 */

static enum base_err no_memory(struct base_diag *diag)
{
    return base_diag_set(diag, BASE_LIMIT, "the attributes of one feature are larger than the limit");
}

static enum base_err one_text(struct data_import *import, enum data_import_field field, struct base_diag *diag,
                              struct data_import_row *row)
{
    const int *bound = import->map.bound[field];
    for (int i = 0; i < CANDIDATES && bound[i] >= 0; i++) {
        struct base_str text = base_str_trim(geo_vector_value(import->vector, bound[i]));
        if (text.len == 0) {
            continue;
        }
        base_buf_reset(&import->scratch);
        enum geo_text repaired = geo_text_repair(text, &import->scratch);
        row->text[field] = base_arena_text(&import->arena, base_buf_str(&import->scratch));
        if (import->scratch.err || !row->text[field]) {
            return no_memory(diag);
        }
        if (repaired != GEO_TEXT_AS_IS) {
            data_import_report_remark(import,
                                      repaired == GEO_TEXT_RECODED ? DATA_IMPORT_REMARK_TEXT_RECODED
                                                                   : DATA_IMPORT_REMARK_TEXT_REPLACED,
                                      row->text[field], NULL);
        }
        return BASE_OK;
    }
    return BASE_OK;
}

enum base_err data_import_row_texts(struct data_import *import, struct base_diag *diag, struct data_import_row *row)
{
    enum base_err err = BASE_OK;
    base_arena_reset(&import->arena);
    for (int field = 0; field < FIELD_COUNT && !err; field++) {
        err = one_text(import, (enum data_import_field)field, diag, row);
    }
    return err;
}

static const char *joined(struct data_import *import, const char *a, const char *b)
{
    base_buf_reset(&import->scratch);
    base_buf_text(&import->scratch, a);
    base_buf_text(&import->scratch, b);
    return base_arena_text(&import->arena, base_buf_str(&import->scratch));
}

/* "way/123", as Overpass writes it. */
static bool is_osm_path(const char *text)
{
    const char *slash = text ? strchr(text, '/') : NULL;
    return slash && slash[1] && strspn(slash + 1, "0123456789") == strlen(slash + 1) &&
           (strncmp(text, "way/", 4) == 0 || strncmp(text, "relation/", 9) == 0 || strncmp(text, "node/", 5) == 0);
}

static const char *osm_key(struct data_import *import, const struct data_import_row *row)
{
    const char *id = row->text[FIELD_OSM_ID];
    if (is_osm_path(row->text[FIELD_OSM_AT_ID])) {
        return row->text[FIELD_OSM_AT_ID];
    }
    if (row->text[FIELD_OSM_WAY_ID]) {
        return joined(import, "way/", row->text[FIELD_OSM_WAY_ID]);
    }
    if (!id) {
        return NULL;
    }
    if (row->text[FIELD_OSM_TYPE]) {
        return joined(import, joined(import, row->text[FIELD_OSM_TYPE], "/"), id);
    }
    if (!geo_vector_is_osm(import->vector)) {
        return joined(import, "osm/", id); /* extracts that do not say of what */
    }
    const char *layer = geo_vector_layer(import->vector);
    return joined(import,
                  strcmp(layer, "points") == 0  ? "node/"
                  : strcmp(layer, "lines") == 0 ? "way/"
                                                : "relation/",
                  id);
}

static bool numeric(const char *text)
{
    return strspn(text, "0123456789.-") == strlen(text);
}

static const char *number_key(struct data_import *import)
{
    char number[24];
    snprintf(number, sizeof number, "#%lld", (long long)import->feature.fid);
    return base_arena_text(&import->arena, base_str_of(number));
}

/* Every estate has its building 1: a code says who a row is only beside its estate. Estates and grids lie in none. The
 * same with and without --map, so that the option does not make a second row of each. */
static const char *code_key(struct data_import *import, const struct data_import_row *row)
{
    enum data_import_kind kind = import->options->kind;
    const char *code = row->text[FIELD_CODE];
    char id[24];
    if (!code || kind == DATA_IMPORT_ESTATES || kind == DATA_IMPORT_GRIDS) {
        return code;
    }
    if (import->kind->in_estate && import->options->estate_id > 0) {
        snprintf(id, sizeof id, "%lld/", (long long)import->options->estate_id);
        return joined(import, id, code);
    }
    bool known = import->kind->in_estate && row->text[FIELD_ESTATE];
    return known ? joined(import, joined(import, row->text[FIELD_ESTATE], "/"), code) : NULL;
}

void data_import_row_key(struct data_import *import, struct data_import_row *row)
{
    const char *osm = osm_key(import, row);
    row->dataset = import->summary->dataset;
    if (row->text[FIELD_KEY]) {
        row->key = row->text[FIELD_KEY];
    } else if (osm) {
        row->dataset = import->options->dataset ? import->options->dataset : "osm";
        row->key = osm;
    } else if (row->text[FIELD_GML_ID]) {
        row->key = row->text[FIELD_GML_ID];
    } else if (row->text[FIELD_ID] && !numeric(row->text[FIELD_ID])) { /* numbers called id are often all 0 */
        row->key = row->text[FIELD_ID];
    } else {
        row->key = code_key(import, row);
        row->key_is_code = row->key != NULL;
        row->key = row->key ? row->key : number_key(import);
    }
    row->key = row->key ? row->key : "#";
}

/* A number in the file says little to a person: its name goes with it. */
static void remark(struct data_import *import, enum data_import_remark what, const struct data_import_row *row,
                   const char *cause)
{
    char label[512]; /* cut in the summary */
    bool named = row->key[0] == '#' && row->text[FIELD_NAME];
    snprintf(label, sizeof label, "%s%s%s", row->key, named ? " " : "", named ? row->text[FIELD_NAME] : "");
    data_import_report_remark(import, what, label, cause);
}

static double measured(struct data_import *import, const struct data_import_row *row, enum data_import_field field)
{
    double metres = NAN;
    const char *text = row->text[field];
    enum geo_measure read = geo_measure_height(base_str_of(text), &metres);
    if (field == FIELD_HEIGHT && read == GEO_MEASURE_IMPOSSIBLE) {
        remark(import, DATA_IMPORT_REMARK_HEIGHT_IMPOSSIBLE, row, text);
    } else if (field == FIELD_HEIGHT && read == GEO_MEASURE_UNREADABLE) {
        remark(import, DATA_IMPORT_REMARK_HEIGHT_UNREADABLE, row, text);
    }
    return metres;
}

static int counted_levels(struct data_import *import, const struct data_import_row *row)
{
    int levels = 0;
    const char *text = row->text[FIELD_LEVELS];
    enum geo_measure read = geo_measure_levels(base_str_of(text), &levels);
    if (read == GEO_MEASURE_IMPOSSIBLE) {
        remark(import, DATA_IMPORT_REMARK_LEVELS_IMPOSSIBLE, row, text);
    } else if (read == GEO_MEASURE_UNREADABLE) {
        remark(import, DATA_IMPORT_REMARK_LEVELS_UNREADABLE, row, text);
    }
    return levels;
}

static int clamped(double value, int least, int most)
{
    return value < least ? least : value > most ? most : (int)value;
}

/* Levels: given, else from the height, else the default. Height: measured, else from levels, else from the default. */
static void size_building(struct data_import *import, struct data_import_row *row)
{
    double height = measured(import, row, FIELD_HEIGHT);
    int levels = counted_levels(import, row);
    bool has_height = !isnan(height), has_levels = levels > 0;
    row->levels_source = has_levels ? "given" : has_height ? "height" : "default";
    if (!has_levels) {
        levels = has_height ? clamped(round(height / import->storey_m), 1, GEO_MEASURE_LEVELS_MAX) : DATA_IMPORT_LEVELS;
    }
    row->levels = levels;
    row->height_source = has_height ? "measured" : has_levels ? "levels" : "default";
    row->height_m = has_height ? height : fmin(levels * import->storey_m, GEO_MEASURE_HEIGHT_MAX);
    row->min_height_m = measured(import, row, FIELD_MIN_HEIGHT);
    if (!(row->min_height_m < row->height_m)) {
        if (!isnan(row->min_height_m)) {
            remark(import, DATA_IMPORT_REMARK_MIN_HEIGHT, row, row->text[FIELD_MIN_HEIGHT]);
        }
        row->min_height_m = NAN;
    }
}

static int64_t whole(const char *text, int64_t least, int64_t most)
{
    int64_t value;
    size_t digits = text ? strspn(text, "0123456789") : 0;
    if (digits == 0 || !base_str_i64((struct base_str){text, digits}, &value) || value < least || value > most) {
        return -1;
    }
    return value;
}

/* "yes" says that it is a building, which is known. */
static void tidy_kind(struct data_import_row *row)
{
    const char *kind = row->text[FIELD_KIND];
    if (kind && (strcmp(kind, "yes") == 0 || strcmp(kind, "building") == 0)) {
        row->text[FIELD_KIND] = NULL;
    }
}

/* An estate of unknown name still needs one that a list can show; its key's number tells it from the next. */
static void name_nameless(struct data_import *import, struct data_import_row *row)
{
    bool grid = import->options->kind == DATA_IMPORT_GRIDS;
    const char *number = row->key + (row->key[0] == '#');
    if (!grid && import->options->kind != DATA_IMPORT_ESTATES) {
        return;
    }
    if (!row->text[FIELD_NAME]) {
        row->text[FIELD_NAME] = row->text[FIELD_NAME_EN];
    }
    if (row->text[FIELD_NAME] || row->text[FIELD_CODE]) {
        return;
    }
    remark(import, DATA_IMPORT_REMARK_NAMELESS, row, NULL);
    row->text[FIELD_NAME] = joined(import, grid ? "未命名网格 " : "未命名小区 ", number);
    row->text[FIELD_NAME_EN] = joined(import, grid ? "Unnamed grid " : "Unnamed estate ", number);
}

static enum base_err repair(struct data_import *import, struct base_diag *diag, struct data_import_row *row, bool *use)
{
    struct geo_repair_report report;
    struct geo_vector_feature *feature = &import->feature;
    enum base_err err = feature->solid ? geo_repair_footprint(import->repair, &feature->shape, diag, &report)
                                       : geo_repair_shape(import->repair, &feature->shape, diag, &report);
    if (err == BASE_INVALID) { /* GEOS gave up on this one */
        remark(import, DATA_IMPORT_REMARK_NOTHING_LEFT, row, diag ? diag->text : NULL);
        *use = false;
        return BASE_OK;
    }
    if (err) {
        return err;
    }
    if (report.outcome == GEO_REPAIR_NOTHING) {
        remark(import, DATA_IMPORT_REMARK_NOTHING_LEFT, row, NULL);
        *use = false;
        return BASE_OK;
    }
    if (report.outcome == GEO_REPAIR_CHANGED) {
        remark(import, DATA_IMPORT_REMARK_REPAIRED, row, report.why);
    }
    return geo_repair_inner_point(import->repair, &feature->shape, diag, &row->point);
}

static const char *type_name(enum geo_shape_type type)
{
    static const char *const names[] = {"nothing", "a point", "a line", "an area"};
    return names[type];
}

static void middle_vertex(const struct geo_shape *shape, struct geo_point *point)
{
    const double *at = shape->xy + 2 * (size_t)(shape->vertices / 2);
    *point = (struct geo_point){at[0], at[1]};
}

static bool has_length(const struct geo_shape *shape)
{
    struct geo_bbox box = geo_shape_bbox(shape);
    return box.max_lon > box.min_lon || box.max_lat > box.min_lat;
}

/* No house of ours is half the earth wide: such a shape crosses the 180th meridian, and would cover all the rest. */
static bool crosses(const struct geo_shape *shape)
{
    struct geo_bbox box = geo_shape_bbox(shape);
    return box.max_lon - box.min_lon > 180;
}

/* What lies where it lies, but is nothing that the kind can be. */
static bool suits(struct data_import *import, const struct data_import_row *row)
{
    const struct geo_shape *shape = &import->feature.shape;
    bool building = import->options->kind == DATA_IMPORT_BUILDINGS;
    char area[48];
    snprintf(area, sizeof area, "%.3f m2", row->area_m2);
    if (crosses(shape)) {
        remark(import, DATA_IMPORT_REMARK_ANTIMERIDIAN, row, NULL);
    } else if (import->kind->type == GEO_SHAPE_LINE && !has_length(shape)) {
        remark(import, DATA_IMPORT_REMARK_NO_LENGTH, row, NULL);
    } else if (building && row->area_m2 < AREA_MIN_M2) {
        remark(import, DATA_IMPORT_REMARK_TOO_SMALL, row, area);
    } else if (building && row->area_m2 > AREA_MAX_M2) {
        remark(import, DATA_IMPORT_REMARK_TOO_LARGE, row, area);
    } else {
        return true;
    }
    return false;
}

static enum base_err locate(struct data_import *import, struct base_diag *diag, struct data_import_row *row, bool *use)
{
    const struct geo_shape *shape = &import->feature.shape;
    enum geo_shape_type wanted = import->kind->type;
    if (import->feature.shape_err || shape->type == GEO_SHAPE_NONE) {
        remark(import, import->feature.shape_err ? DATA_IMPORT_REMARK_BAD_COORDINATES : DATA_IMPORT_REMARK_NO_GEOMETRY,
               row, import->feature.shape_err ? import->feature.problem.text : NULL);
        *use = false;
        return BASE_OK;
    }
    if (shape->type == GEO_SHAPE_AREA && wanted != GEO_SHAPE_LINE) { /* an area may stand for a point: a kiosk */
        return repair(import, diag, row, use);
    }
    if (shape->type != wanted) {
        remark(import, DATA_IMPORT_REMARK_WRONG_GEOMETRY, row, type_name(shape->type));
        *use = false;
        return BASE_OK;
    }
    middle_vertex(shape, &row->point);
    return BASE_OK;
}

/* A code that is there twice is no reason to lose a building; an id that is there twice says they are one. */
static enum base_err unlike_others(struct data_import *import, struct base_diag *diag, struct data_import_row *row,
                                   bool *use)
{
    enum base_err err = data_import_seen_add(&import->seen, row->dataset, row->key, diag, use);
    if (!err && !*use && row->key_is_code) {
        remark(import, DATA_IMPORT_REMARK_CODE_AGAIN, row, row->text[FIELD_NAME]);
        row->key = number_key(import);
        row->key = row->key ? row->key : "#";
        err = data_import_seen_add(&import->seen, row->dataset, row->key, diag, use);
    }
    if (!err && !*use) {
        remark(import, DATA_IMPORT_REMARK_CLASH, row, row->key[0] == '#' ? NULL : row->text[FIELD_NAME]);
    }
    return err;
}

enum base_err data_import_row_of(struct data_import *import, struct base_diag *diag, struct data_import_row *ret_row,
                                 bool *ret_use)
{
    struct data_import_row row = {.height_m = NAN, .min_height_m = NAN, .dwellings = -1, .year = -1};
    bool use = true;
    enum base_err err = data_import_row_texts(import, diag, &row);
    if (err) {
        return err;
    }
    data_import_row_key(import, &row);
    err = locate(import, diag, &row, &use);
    if (err) {
        return base_diag_prefix(diag, err, "%s", row.key);
    }
    row.area_m2 = use ? geo_shape_area_m2(&import->feature.shape) : 0;
    use = use && suits(import, &row);
    if (use) {
        tidy_kind(&row);
        row.dwellings = whole(row.text[FIELD_DWELLINGS], 0, 100000);
        row.year = whole(row.text[FIELD_YEAR], 1000, 2200);
        if (import->options->kind == DATA_IMPORT_BUILDINGS) {
            size_building(import, &row);
            if (row.text[FIELD_BUILDING] && strcmp(row.text[FIELD_BUILDING], "no") == 0) {
                remark(import, DATA_IMPORT_REMARK_NOT_BUILDING, &row, NULL);
            }
        }
        if (!row.text[FIELD_ESTATE] && row.text[FIELD_ESTATE_GUESS]) {
            row.text[FIELD_ESTATE] = row.text[FIELD_ESTATE_GUESS];
            row.estate_guess = true;
        }
        err = unlike_others(import, diag, &row, &use);
        if (use) {
            name_nameless(import, &row);
        }
        *ret_row = row;
    }
    *ret_use = use;
    return err;
}
