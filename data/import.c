/* An import from open to version: read, stage, merge. Nothing is half done within a row; a run may stop between steps.
 */
#include "data/import_private.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define ARENA_MAX (1u << 20)
#define WKB_MAX (128u << 20)
#define STOREY_HEIGHT 3.0

static bool is_extension(const char *text, const char *const *known, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (strcasecmp(text, known[i]) == 0) {
            return true;
        }
    }
    return false;
}

/* Cuts the extension: .gpkg.zip and .osm.pbf whole, of blocks.2024.geojson only the last. */
static void cut_extension(char *name)
{
    static const char *const wrappers[] = {".zip", ".pbf", ".gz"};
    static const char *const inside[] = {".gpkg", ".shp", ".geojson", ".json", ".gml", ".osm", ".fgb", ".kml", ".xml"};
    char *dot = strrchr(name, '.');
    if (!dot || dot == name) {
        return;
    }
    bool wrapped = is_extension(dot, wrappers, BASE_COUNT(wrappers));
    *dot = '\0';
    dot = wrapped ? strrchr(name, '.') : NULL;
    if (dot && dot != name && is_extension(dot, inside, BASE_COUNT(inside))) {
        *dot = '\0';
    }
}

/* As given, or the file's name without folder and extensions: stable while the file keeps its name. */
static enum base_err dataset_of(const struct data_import_options *options, struct base_diag *diag, char *text,
                                size_t size)
{
    if (options->dataset) {
        snprintf(text, size, "%s", options->dataset);
        return strlen(options->dataset) < size
                   ? BASE_OK
                   : base_diag_set(diag, BASE_USAGE, "--dataset: longer than %zu bytes", size - 1);
    }
    const char *name = strrchr(options->path, '/');
    data_import_report_cut(text, size, name ? name + 1 : options->path);
    cut_extension(text);
    return BASE_OK;
}

static enum base_err open_vector(struct data_import *import, enum geo_vector_theme theme, struct base_diag *diag)
{
    const struct data_import_options *options = import->options;
    bool main_layer = theme == import->kind->theme;
    struct geo_vector_options vector = {.layer = main_layer ? options->layer : NULL,
                                        .crs = options->crs,
                                        .encoding = options->encoding,
                                        .theme = theme};
    enum base_err err = geo_vector_open(options->path, &vector, diag, &import->vector);
    return err ? err : data_import_map_bind(import, diag);
}

static void close_vector(struct data_import *import)
{
    geo_vector_free(import->vector);
    import->vector = NULL;
}

static enum base_err read_features(struct data_import *import, struct base_diag *diag)
{
    struct data_import_summary *summary = import->summary;
    enum base_err err = open_vector(import, import->kind->theme, diag);
    if (!err) {
        data_import_report_cut(summary->layer, sizeof summary->layer, geo_vector_layer(import->vector));
        snprintf(summary->driver, sizeof summary->driver, "%s", geo_vector_driver(import->vector));
        if (geo_vector_others(import->vector)[0]) {
            data_import_report_remark(import, DATA_IMPORT_REMARK_OTHER_LAYERS, geo_vector_others(import->vector), NULL);
        }
        err = data_import_stage_fill(import, diag);
    }
    if (!err && summary->read == 0) {
        err = base_diag_set(diag, BASE_INVALID, "%s: layer \"%s\" has no %s in it", import->options->path,
                            summary->layer, data_import_kind_name(import->options->kind));
    }
    close_vector(import);
    return err;
}

/* Named residential areas of the same file; a file without them is the usual case. */
static enum base_err read_areas(struct data_import *import, struct base_diag *diag)
{
    const struct data_import_options *options = import->options;
    if (options->kind != DATA_IMPORT_BUILDINGS || options->estate_id > 0) {
        return BASE_OK;
    }
    struct data_import_options plain = *options;
    plain.map = NULL; /* it speaks of the buildings' fields */
    import->options = &plain;
    enum base_err err = open_vector(import, GEO_VECTOR_RESIDENTIAL, diag);
    if (!err) {
        err = data_import_stage_areas(import, diag);
    } else if (err == BASE_NOT_FOUND || err == BASE_INVALID) {
        err = BASE_OK;
    }
    close_vector(import);
    import->options = options;
    return err;
}

static enum base_err check_estate(struct data_import *import, struct base_diag *diag)
{
    AUTO(data_rows) rows = NULL;
    int64_t id = import->options->estate_id;
    if (id <= 0) {
        return BASE_OK;
    }
    enum base_err err = data_run(import->conn, DATA_IMPORT_ESTATE_EXISTS, DATA_ARGS(data_i64(id)), diag, &rows);
    if (!err && !data_rows_bool(rows, 0, 0)) {
        err = base_diag_set(diag, BASE_NOT_FOUND, "there is no estate %lld", (long long)id);
    }
    return err;
}

static enum base_err read_and_merge(struct data_import *import, struct base_diag *diag)
{
    bool dry = import->options->dry_run;
    enum base_err err = dry ? data_begin(import->conn, diag) : BASE_OK;
    err = err ? err : check_estate(import, diag);
    err = err ? err : read_features(import, diag);
    err = err ? err : read_areas(import, diag);
    err = err ? err : data_import_merge(import, diag);
    if (dry) {
        data_rollback(import->conn);
    }
    return err;
}

static enum base_err locked(struct data_import *import, struct base_diag *diag)
{
    AUTO(data_rows) rows = NULL;
    enum base_err err = data_run(import->conn, DATA_IMPORT_LOCK, DATA_NO_ARGS, diag, &rows);
    if (err) {
        return err;
    }
    if (!data_rows_bool(rows, 0, 0)) {
        return base_diag_set(diag, BASE_CONFLICT, "another import is running; try again when it is done");
    }
    err = read_and_merge(import, diag);
    if (data_conn_good(import->conn)) {
        data_rollback(import->conn);
        enum base_err unlocked = data_run(import->conn, DATA_IMPORT_UNLOCK, DATA_NO_ARGS, err ? NULL : diag, NULL);
        err = err ? err : unlocked;
    }
    return err;
}

enum base_err data_import_run(struct data_conn *conn, const struct data_import_options *options, struct base_diag *diag,
                              struct data_import_summary *ret_summary)
{
    struct data_import import = {.options = options, .kind = &data_import_kinds[options->kind], .conn = conn};
    import.storey_m = options->storey_height > 0 ? options->storey_height : STOREY_HEIGHT;
    import.summary = calloc(1, sizeof *import.summary);
    if (!import.summary) {
        return base_diag_set(diag, BASE_NOMEM, "out of memory");
    }
    int64_t began = base_clock_mono_us();
    import.summary->kind = options->kind;
    import.summary->dry_run = options->dry_run;
    import.summary->storey_height = import.storey_m;
    data_import_report_cut(import.summary->path, sizeof import.summary->path, options->path);
    base_arena_init(&import.arena, ARENA_MAX);
    base_buf_init(&import.wkb, WKB_MAX);
    base_buf_init(&import.scratch, ARENA_MAX);
    geo_shape_init(&import.feature.shape);
    enum base_err err = dataset_of(options, diag, import.summary->dataset, sizeof import.summary->dataset);
    err = err ? err : geo_repair_new(diag, &import.repair);
    err = err ? err : locked(&import, diag);
    import.summary->seconds = (double)(base_clock_mono_us() - began) / 1e6;
    if (!err) {
        *ret_summary = *import.summary;
    }
    geo_shape_release(&import.feature.shape);
    geo_repair_free(import.repair);
    data_import_seen_release(&import.seen);
    base_arena_release(&import.arena);
    base_buf_release(&import.wkb);
    base_buf_release(&import.scratch);
    free(import.summary);
    return err;
}
