/* Do others read our tiles? GDAL's MVT driver (QGIS) and MapLibre's reader find in tiles of the running server what our
 * strict reader finds. */
#include "fixture/mvt_check.h"
#include "fixture/serving.h"

#include <gdal.h>
#include <ogr_api.h>

#define LAYERS "estates,buildings,roads,water,landuse,places,zones,routes,checkpoints,facilities,assets"
enum { Z = 14, X = 13717, Y = 6696 };

static struct test_server on;
static char path[4096]; /* the tile as a file */
static struct mvt_tile *tile;

static size_t vertices(const struct mvt_feature *feature)
{
    size_t count = 0;
    for (size_t i = 0; i < feature->path_count; i++) {
        count += feature->paths[i].count;
    }
    return count;
}

/* --- GDAL --- */

static size_t field_count(OGRFeatureH feature)
{
    size_t count = 0;
    for (int i = 0; i < OGR_F_GetFieldCount(feature); i++) {
        count += OGR_F_IsFieldSetAndNotNull(feature, i) != 0;
    }
    return count;
}

static const struct mvt_feature *feature_of(const struct mvt_layer *layer, uint64_t id)
{
    for (size_t i = 0; i < layer->feature_count; i++) {
        if (layer->ids[i] == id) {
            return &layer->features[i];
        }
    }
    fail_msg("%s: nobody has id %llu", layer->name, (unsigned long long)id);
    return NULL;
}

static void same_feature(const struct mvt_layer *ours, OGRFeatureH theirs)
{
    int id = OGR_F_GetFieldIndex(theirs, "mvt_id");
    assert_true(id >= 0);
    const struct mvt_feature *feature = feature_of(ours, (uint64_t)OGR_F_GetFieldAsInteger64(theirs, id));
    OGRGeometryH geometry = OGR_F_GetGeometryRef(theirs);
    OGREnvelope box;
    assert_non_null(geometry);
    assert_true(feature->type != MVT_POLYGON || OGR_G_IsValid(geometry));
    OGR_G_GetEnvelope(geometry, &box);
    double side = 40075016.6855784 / (1 << Z), west = X * side - 20037508.3427892, north = 20037508.3427892 - Y * side;
    assert_true(box.MinX >= west - side / 60 && box.MaxX <= west + side * 61 / 60);
    assert_true(box.MaxY <= north + side / 60 && box.MinY >= north - side * 61 / 60);
    assert_int_equal(field_count(theirs), feature->tag_count / 2 + 1);
    for (size_t i = 0; i < feature->tag_count; i += 2) {
        const struct mvt_value *value = &ours->values[feature->tags[i + 1]];
        int field = OGR_F_GetFieldIndex(theirs, ours->keys[feature->tags[i]]);
        assert_true(field >= 0);
        if (value->type == MVT_TEXT) {
            assert_string_equal(OGR_F_GetFieldAsString(theirs, field), value->text.at);
        } else {
            assert_true((float)OGR_F_GetFieldAsDouble(theirs, field) == (float)value->real);
        }
    }
}

static void all_in(GDALDatasetH set)
{
    assert_non_null(set);
    assert_int_equal(GDALDatasetGetLayerCount(set), tile->layer_count);
    for (size_t i = 0; i < tile->layer_count; i++) {
        const struct mvt_layer *ours = &tile->layers[i];
        OGRLayerH theirs = GDALDatasetGetLayerByName(set, ours->name);
        size_t count = 0;
        assert_non_null(theirs);
        for (OGRFeatureH feature; (feature = OGR_L_GetNextFeature(theirs)); count++) {
            same_feature(ours, feature);
            OGR_F_Destroy(feature);
        }
        assert_int_equal(count, ours->feature_count);
    }
}

static void gdal_reads_the_file(void **state)
{
    (void)state;
    static const char *const drivers[] = {"MVT", NULL};
    static const char *const options[] = {"X=13717", "Y=6696", "Z=14", "CLIP=NO", NULL};
    char name[5000];
    GDALAllRegister();
    if (!GDALGetDriverByName("MVT")) {
        print_message("this GDAL has no MVT driver\n");
        skip();
    }
    snprintf(name, sizeof name, "MVT:%s", path);
    GDALDatasetH set = GDALOpenEx(name, GDAL_OF_VECTOR | GDAL_OF_VERBOSE_ERROR, drivers, options, NULL);
    all_in(set);
    GDALClose(set);
}

/* As a set of tiles of a zoom, which TileJSON describes; it asks for those that a box needs. */
static void gdal_reads_from_the_server(void **state)
{
    (void)state;
    static const char *const drivers[] = {"MVT", NULL};
    char name[500], about[500];
    const char *options[] = {"CLIP=NO", "TILE_EXTENSION=mvt", about, NULL};
    const struct mvt_layer *ours = mvt_find(tile, "buildings");
    double side = 40075016.6855784 / (1 << Z), west = X * side - 20037508.3427892, north = 20037508.3427892 - Y * side;
    size_t count = 0;
    GDALAllRegister();
    if (!GDALGetDriverByName("MVT")) {
        skip();
    }
    snprintf(name, sizeof name, "MVT:http://127.0.0.1:%d/tiles/" LAYERS "/%d", on.port, Z);
    snprintf(about, sizeof about, "METADATA_FILE=http://127.0.0.1:%d/tiles/" LAYERS ".json", on.port);
    GDALDatasetH set = GDALOpenEx(name, GDAL_OF_VECTOR | GDAL_OF_VERBOSE_ERROR, drivers, options, NULL);
    assert_non_null(set);
    OGRLayerH theirs = GDALDatasetGetLayerByName(set, "buildings");
    assert_non_null(theirs);
    OGR_L_SetSpatialFilterRect(theirs, west + side / 100, north - side * 99 / 100, west + side * 99 / 100,
                               north - side / 100);
    for (OGRFeatureH feature; (feature = OGR_L_GetNextFeature(theirs)); count++) {
        same_feature(ours, feature);
        OGR_F_Destroy(feature);
    }
    print_message("%zu of %zu buildings in the box\n", count, ours->feature_count);
    assert_true(count > ours->feature_count / 2 && count <= ours->feature_count);
    GDALClose(set);
}

/* --- MapLibre --- */

static void expect_line(FILE *from, const struct mvt_layer *layer)
{
    char line[400], wanted[400];
    uint64_t ids = 0;
    size_t attributes = 0, all = 0, polygons = 0;
    for (size_t i = 0; i < layer->feature_count; i++) {
        const struct mvt_feature *feature = &layer->features[i];
        ids += feature->id;
        attributes += feature->tag_count / 2;
        all += vertices(feature);
        for (size_t k = 0; k < feature->path_count; k++) {
            polygons += feature->paths[k].twice_area > 0;
        }
    }
    snprintf(wanted, sizeof wanted, "%s %zu %llu %zu %zu %zu\n", layer->name, layer->feature_count,
             (unsigned long long)ids, attributes, all, polygons);
    assert_non_null(fgets(line, sizeof line, from));
    assert_string_equal(line, wanted);
}

static void maplibre_reads_the_file(void **state)
{
    (void)state;
    char modules[2000], command[9000];
    snprintf(modules, sizeof modules, "%s/web/node_modules", fixture_source());
    if (access(modules, R_OK) != 0 || system("node --version >/dev/null 2>&1") != 0) {
        print_message("no node, or no %s: npm ci in web/ brings it\n", modules);
        skip();
    }
    snprintf(command, sizeof command, "node '%s/tests/api/read_tile.mjs' '%s' '%s'", fixture_source(), modules, path);
    FILE *from = popen(command, "r");
    assert_non_null(from);
    for (size_t i = 0; i < tile->layer_count; i++) {
        expect_line(from, &tile->layers[i]);
    }
    assert_int_equal(fgetc(from), EOF);
    assert_int_equal(pclose(from), 0);
}

static int start(void **state)
{
    (void)state;
    char target[500];
    AUTO_VALUE(test_answer) answer;
    on = test_server_new((struct api_config){.port = 0});
    snprintf(target, sizeof target, "/tiles/" LAYERS "/%d/%d/%d", Z, X, Y);
    assert_int_equal(test_get(on.port, target, NULL, &answer), 200);
    test_ok(mvt_tile_in(answer.body.at, answer.body.len, MVT_OURS, &test_diag, &tile));
    assert_true(tile->layer_count >= 10);
    snprintf(path, sizeof path, "%s/tile.mvt", fixture_scratch());
    test_ok(base_file_write(path, 0600, answer.body.at, answer.body.len, &test_diag));
    return 0;
}

static int end(void **state)
{
    (void)state;
    mvt_tile_free(tile);
    test_server_end(&on);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gdal_reads_the_file),
        cmocka_unit_test(gdal_reads_from_the_server),
        cmocka_unit_test(maplibre_reads_the_file),
    };
    return cmocka_run_group_tests(tests, start, end);
}
