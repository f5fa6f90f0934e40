/* Opens vector files so that nothing is written beside them, and says what is wrong in words a person can act on. */
#include "geo/vector_private.h"

#include <cpl_conv.h>
#include <cpl_string.h>
#include <cpl_vsi.h>
#include <dirent.h>
#include <limits.h>
#include <ogr_srs_api.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#define BROKEN "XML parsing of GML file failed" /* as GDAL's GML driver says */

static const char *temporary(void)
{
    const char *folder = getenv("TMPDIR");
    return folder && *folder ? folder : "/tmp";
}

static void once(void)
{
    GDALAllRegister();
    if (!CPLGetConfigOption("CPL_TMPDIR", NULL)) {
        CPLSetConfigOption("CPL_TMPDIR", temporary()); /* else the OSM driver spills into the current folder */
    }
}

static void start_gdal(void)
{
    static pthread_once_t started = PTHREAD_ONCE_INIT;
    pthread_once(&started, once);
}

static void CPL_STDCALL keep_message(CPLErr level, CPLErrorNum number, const char *message)
{
    (void)number;
    struct geo_vector *vector = CPLGetErrorHandlerUserData();
    bool broken = strncmp(message, BROKEN, sizeof BROKEN - 1) == 0; /* what came before follows from it */
    if (level >= CE_Failure && (!vector->failed || broken)) {
        vector->failed = true;
        snprintf(vector->said, sizeof vector->said, "%s", message);
    }
}

void geo_vector_listen(struct geo_vector *vector)
{
    vector->failed = false;
    vector->said[0] = '\0';
    CPLPushErrorHandlerEx(keep_message, vector);
}

void geo_vector_unlisten(void)
{
    CPLPopErrorHandler();
}

static bool ends_with(const char *path, const char *end)
{
    size_t len = strlen(path), end_len = strlen(end);
    return len >= end_len && strcasecmp(path + len - end_len, end) == 0;
}

static bool is_gml(const char *path)
{
    return ends_with(path, ".gml") || ends_with(path, ".citygml") || ends_with(path, ".xml");
}

/* Formats that are looked for inside an archive, in this order. */
static const char *const inside_zip[] = {".gpkg",    ".shp", ".geojson", ".json", ".gml",
                                         ".osm.pbf", ".osm", ".fgb",     ".kml",  ".xml"};

static const char *base_of(const char *name)
{
    const char *slash = strrchr(name, '/');
    return slash ? slash + 1 : name;
}

static bool is_inside(const char *name, const char *end)
{
    return base_of(name)[0] != '.' && !strstr(name, "__MACOSX") && ends_with(name, end);
}

/* The file called like the layer that is wanted, else the first of the best format; NULL: none. */
static const char *best_in_zip(char **names, const char *wanted)
{
    const char *best = NULL;
    for (size_t i = 0; i < BASE_COUNT(inside_zip); i++) {
        for (char **name = names; name && *name; name++) {
            if (!is_inside(*name, inside_zip[i])) {
                continue;
            }
            size_t len = strlen(base_of(*name)) - strlen(inside_zip[i]);
            if (wanted && strlen(wanted) == len && strncmp(base_of(*name), wanted, len) == 0) {
                return *name;
            }
            best = best ? best : *name;
        }
    }
    return best;
}

/* What else the archive holds: a reader of the summary may have meant that. */
static void keep_others(struct geo_vector *vector, char **names, const char *best)
{
    size_t len = 0;
    for (size_t i = 0; i + 1 < BASE_COUNT(inside_zip); i++) { /* .xml is mostly metadata */
        for (char **name = names; name && *name; name++) {
            size_t left = sizeof vector->others - len;
            if (*name != best && is_inside(*name, inside_zip[i]) && strlen(base_of(*name)) + 3 < left) {
                len += (size_t)snprintf(vector->others + len, left, "%s%s", len ? ", " : "", base_of(*name));
            }
        }
    }
}

static bool find_in_zip(struct geo_vector *vector, const char *path, const char *wanted, char *found, size_t size)
{
    char root[PATH_MAX + 16];
    snprintf(root, sizeof root, "/vsizip/{%s}", path);
    char **names = VSIReadDirRecursive(root);
    const char *best = best_in_zip(names, wanted);
    bool done = best && snprintf(found, size, "%s/%s", root, best) < (int)size;
    if (done) {
        keep_others(vector, names, best);
    }
    CSLDestroy(names);
    return done;
}

static enum base_err resolve(struct geo_vector *vector, const char *path, const char *wanted, char *real, size_t size,
                             struct base_diag *diag)
{
    struct stat info;
    char absolute[PATH_MAX];
    if (strncmp(path, "/vsimem/", 8) == 0 || strncmp(path, "/vsizip/", 8) == 0) {
        snprintf(real, size, "%s", path);
        return BASE_OK;
    }
    if (stat(path, &info) != 0 || !realpath(path, absolute)) {
        return base_diag_set(diag, BASE_NOT_FOUND, "%s: %m", path);
    }
    if (S_ISREG(info.st_mode) && info.st_size == 0) {
        return base_diag_set(diag, BASE_INVALID, "%s: the file is empty", path);
    }
    if (access(path, R_OK) != 0) {
        return base_diag_set(diag, BASE_IO, "%s: %m", path);
    }
    if (!ends_with(path, ".zip")) {
        snprintf(real, size, "%s", absolute);
    } else if (!find_in_zip(vector, absolute, wanted, real, size)) {
        return base_diag_set(diag, BASE_UNSUPPORTED,
                             "%s: no vector file in this archive (GeoPackage, Shapefile, GeoJSON ...)", path);
    }
    return BASE_OK;
}

/* GDAL's GML driver writes resolved links and a schema beside its input: give it a link in a folder of our own. */
static enum base_err set_apart(struct geo_vector *vector, char *real, size_t size, struct base_diag *diag)
{
    char folder[sizeof vector->folder];
    if (snprintf(folder, sizeof folder, "%s/hutong-XXXXXX", temporary()) >= (int)sizeof folder || !mkdtemp(folder)) {
        return base_diag_set(diag, BASE_IO, "%s: no temporary folder: %m (set TMPDIR)", temporary());
    }
    memcpy(vector->folder, folder, sizeof folder);
    snprintf(vector->file, sizeof vector->file, "%s/input.gml", vector->folder);
    bool plain = strncmp(real, "/vsi", 4) != 0;
    int failed = plain ? symlink(real, vector->file) : CPLCopyFile(vector->file, real);
    if (failed) {
        return base_diag_set(diag, BASE_IO, "%s: cannot be put into %s", real, vector->folder);
    }
    snprintf(real, size, "%s", vector->file);
    return BASE_OK;
}

static void remove_folder(const char *folder)
{
    DIR *dir = opendir(folder);
    for (struct dirent *entry; dir && (entry = readdir(dir));) {
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0) {
            (void)unlinkat(dirfd(dir), entry->d_name, 0);
        }
    }
    if (dir) {
        closedir(dir);
    }
    (void)rmdir(folder);
}

/* A GeoPackage in WAL mode gets -wal and -shm files even from readers, unless it is declared immutable. */
static bool immutable(const char *real)
{
    char wal[PATH_MAX + 64];
    VSIStatBufL info;
    snprintf(wal, sizeof wal, "%s-wal", real);
    return ends_with(real, ".gpkg") && VSIStatL(wal, &info) != 0;
}

static GDALDatasetH open_quietly(const char *real, const char *encoding)
{
    char **options = NULL;
    if (immutable(real)) {
        options = CSLSetNameValue(options, "IMMUTABLE", "YES");
    }
    if (is_gml(real)) {
        options = CSLSetNameValue(options, "WRITE_GFS", "NO");
    }
    if (encoding && ends_with(real, ".shp")) {
        options = CSLSetNameValue(options, "ENCODING", encoding);
    }
    CPLSetThreadLocalConfigOption("GML_SKIP_RESOLVE_ELEMS", "NONE"); /* else surfaces given by link are empty */
    GDALDatasetH dataset = GDALOpenEx(real, GDAL_OF_VECTOR | GDAL_OF_READONLY | GDAL_OF_VERBOSE_ERROR, NULL,
                                      (const char *const *)options, NULL);
    CPLSetThreadLocalConfigOption("GML_SKIP_RESOLVE_ELEMS", NULL);
    CSLDestroy(options);
    return dataset;
}

static bool is_city_json(const char *real)
{
    char head[2048];
    FILE *file = ends_with(real, "json") ? fopen(real, "rb") : NULL;
    size_t len = file ? fread(head, 1, sizeof head - 1, file) : 0;
    head[len] = '\0';
    if (file) {
        fclose(file);
    }
    return strstr(head, "\"CityJSON") != NULL;
}

/* What the reader can do about it. */
static enum base_err unreadable(const struct geo_vector *vector, const char *path, const char *real,
                                struct base_diag *diag)
{
    struct stat info;
    if (stat(real, &info) == 0 && S_ISDIR(info.st_mode)) {
        return base_diag_set(diag, BASE_UNSUPPORTED, "%s: a folder; name one of the files in it", path);
    }
    if (is_city_json(real)) {
        return base_diag_set(diag, BASE_UNSUPPORTED,
                             "%s: CityJSON is not read; make CityGML of it (citygml-tools from-cityjson)", path);
    }
    return base_diag_set(diag, BASE_UNSUPPORTED, "%s: not a vector file that GDAL can read%s%s", path,
                         vector->said[0] ? ": " : "", vector->said);
}

/* GDAL opens a GML file that breaks off, and shows the features before the break, if any. */
static enum base_err whole(const struct geo_vector *vector, const char *path, struct base_diag *diag)
{
    bool broken = vector->failed && strncmp(vector->said, BROKEN, sizeof BROKEN - 1) == 0;
    return broken ? base_diag_set(diag, BASE_INVALID, "%s: reading stopped: %s", path, vector->said) : BASE_OK;
}

static enum base_err open_dataset(struct geo_vector *vector, const char *path, const struct geo_vector_options *options,
                                  struct base_diag *diag)
{
    char real[PATH_MAX + 64];
    enum base_err err = resolve(vector, path, options->layer, real, sizeof real, diag);
    if (!err && is_gml(real)) {
        err = set_apart(vector, real, sizeof real, diag);
    }
    if (err) {
        return err;
    }
    vector->dataset = open_quietly(real, options->encoding);
    if (!vector->dataset) {
        return unreadable(vector, path, real, diag);
    }
    vector->osm = strcmp(geo_vector_driver(vector), "OSM") == 0;
    return whole(vector, path, diag);
}

static enum base_err own_crs(struct geo_vector *vector, const char *path, struct base_diag *diag)
{
    OGRSpatialReferenceH srs = OGR_L_GetSpatialRef(vector->layer);
    if (vector->failed && strncmp(vector->said, "PROJ:", 5) == 0) { /* GDAL's GeoJSON driver then takes WGS 84 */
        return base_diag_set(diag, BASE_INVALID,
                             "%s: it names a reference system that PROJ does not know (%s); name the right one with "
                             "--crs EPSG:n",
                             path, vector->said);
    }
    if (!srs) {
        return base_diag_set(diag, BASE_INVALID,
                             "%s: layer \"%s\" does not say its reference system; name it with --crs EPSG:n (or gcj02, "
                             "bd09)",
                             path, OGR_L_GetName(vector->layer));
    }
    const char *authority = OSRGetAuthorityName(srs, NULL);
    const char *code = OSRGetAuthorityCode(srs, NULL);
    if (authority && code &&
        ((strcmp(authority, "EPSG") == 0 && strcmp(code, "4326") == 0) ||
         (strcmp(authority, "OGC") == 0 && strcmp(code, "CRS84") == 0))) {
        return geo_crs_new("EPSG:4326", diag, &vector->crs);
    }
    static const char *const wkt2[] = {"FORMAT=WKT2_2019", NULL};
    char *wkt = NULL;
    if (OSRExportToWktEx(srs, &wkt, wkt2) != OGRERR_NONE || !wkt) {
        CPLFree(wkt);
        return base_diag_set(diag, BASE_INVALID,
                             "%s: the reference system of layer \"%s\" cannot be understood; name "
                             "it with --crs",
                             path, OGR_L_GetName(vector->layer));
    }
    enum base_err err = geo_crs_new(wkt, diag, &vector->crs);
    CPLFree(wkt);
    return err ? base_diag_prefix(diag, err, "%s", path) : BASE_OK;
}

static enum base_err open_all(struct geo_vector *vector, const char *path, const struct geo_vector_options *options,
                              struct base_diag *diag)
{
    if (options->encoding && !geo_text_encoding(options->encoding)) {
        return base_diag_set(diag, BASE_INVALID, "there is no encoding \"%.40s\"; such as GBK, GB18030, UTF-8",
                             options->encoding);
    }
    enum base_err err = options->crs ? geo_crs_new(options->crs, diag, &vector->crs) : BASE_OK;
    if (!err) {
        err = open_dataset(vector, path, options, diag);
    }
    if (!err) {
        err = geo_vector_choose(vector, path, options->layer, options->theme, diag);
    }
    if (!err && !options->crs) {
        err = own_crs(vector, path, diag);
    }
    if (!err) {
        vector->tags_field = OGR_FD_GetFieldIndex(OGR_L_GetLayerDefn(vector->layer), "other_tags");
        OGR_L_ResetReading(vector->layer);
    }
    return err;
}

enum base_err geo_vector_open(const char *path, const struct geo_vector_options *options, struct base_diag *diag,
                              struct geo_vector **ret_vector)
{
    struct geo_vector *vector = calloc(1, sizeof *vector);
    if (!vector) {
        return base_diag_set(diag, BASE_NOMEM, "out of memory");
    }
    start_gdal();
    geo_vector_listen(vector);
    enum base_err err = open_all(vector, path, options, diag);
    geo_vector_unlisten();
    if (err) {
        geo_vector_free(vector);
        return err;
    }
    *ret_vector = vector;
    return BASE_OK;
}

void geo_vector_free(struct geo_vector *vector)
{
    if (!vector) {
        return;
    }
    geo_vector_listen(vector);
    if (vector->feature) {
        OGR_F_Destroy(vector->feature);
    }
    if (vector->dataset) {
        GDALClose(vector->dataset);
    }
    geo_vector_unlisten();
    geo_crs_free(vector->crs);
    free(vector->properties);
    free(vector->fields);
    if (vector->folder[0]) {
        remove_folder(vector->folder);
    }
    free(vector);
}

const char *geo_vector_layer(const struct geo_vector *vector)
{
    return OGR_L_GetName(vector->layer);
}

const char *geo_vector_driver(const struct geo_vector *vector)
{
    return GDALGetDriverShortName(GDALGetDatasetDriver(vector->dataset));
}

const char *geo_vector_others(const struct geo_vector *vector)
{
    return vector->others;
}

bool geo_vector_is_osm(const struct geo_vector *vector)
{
    return vector->osm;
}

int64_t geo_vector_count(struct geo_vector *vector)
{
    geo_vector_listen(vector);
    int64_t count = OGR_L_GetFeatureCount(vector->layer, 0);
    geo_vector_unlisten();
    return count;
}

void geo_vector_fields(struct geo_vector *vector, struct base_buf *buf)
{
    OGRFeatureDefnH definition = OGR_L_GetLayerDefn(vector->layer);
    int count = OGR_FD_GetFieldCount(definition);
    for (int i = 0; i < count; i++) {
        base_buf_printf(buf, "%s%s", i ? ", " : "", OGR_Fld_GetNameRef(OGR_FD_GetFieldDefn(definition, i)));
    }
}
