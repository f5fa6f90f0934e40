/* geo/vector*.c: real formats, bad files, and not one file left beside the input. */
#include "geo_test.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

static int64_t read_all(const char *path, enum geo_vector_theme theme, const char *crs, struct geo_bbox *box)
{
    AUTO(geo_vector) vector = NULL;
    struct geo_vector_options options = {.theme = theme, .crs = crs};
    struct geo_vector_feature feature = {0};
    bool more = true;
    int64_t count = 0;
    test_ok(geo_vector_open(path, &options, &test_diag, &vector));
    *box = geo_bbox_empty();
    for (;;) {
        test_ok(geo_vector_next(vector, &test_diag, &feature, &more));
        if (!more) {
            break;
        }
        count++;
        struct geo_bbox one = geo_shape_bbox(&feature.shape);
        geo_bbox_join(box, &one);
    }
    geo_shape_release(&feature.shape);
    return count;
}

static void fails(const char *path, enum base_err err, const char *word)
{
    struct geo_vector *vector = NULL;
    struct geo_vector_options options = {.theme = GEO_VECTOR_BUILDINGS};
    assert_int_equal(geo_vector_open(path, &options, &test_diag, &vector), err);
    if (!strstr(test_diag.text, word)) {
        fail_msg("\"%s\" does not say \"%s\"", test_diag.text, word);
    }
    assert_null(vector);
}

static void reads_each_format(void **state)
{
    (void)state;
    struct geo_bbox box;
    assert_int_equal(read_all(test_fixture("buildings.geojson"), GEO_VECTOR_BUILDINGS, NULL, &box), 13);
    assert_int_equal(read_all(test_fixture("village.osm"), GEO_VECTOR_BUILDINGS, NULL, &box), 2);
    test_near(box.min_lon, 121.501, 1e-9);
    test_near(box.max_lat, 31.202, 1e-9);
    assert_int_equal(read_all(test_fixture("village.osm"), GEO_VECTOR_RESIDENTIAL, NULL, &box), 1);
    assert_int_equal(read_all(test_fixture("towers_gbk_no_crs.zip"), GEO_VECTOR_BUILDINGS, "EPSG:4326", &box), 3);
    assert_int_equal(read_all(test_fixture("towers_gbk_no_crs.zip"), GEO_VECTOR_BUILDINGS, "gcj02", &box), 3);
    test_near(box.min_lon, 121.4960, 2e-4); /* 450 m west of what the file says */
}

static void attributes(void **state)
{
    (void)state;
    AUTO(geo_vector) vector = NULL;
    struct geo_vector_options options = {.theme = GEO_VECTOR_BUILDINGS};
    struct geo_vector_feature feature = {0};
    bool more;
    test_ok(geo_vector_open(test_fixture("village.osm"), &options, &test_diag, &vector));
    assert_true(geo_vector_is_osm(vector));
    int levels = geo_vector_bind(vector, "building:levels"), name = geo_vector_bind(vector, "name");
    int relation = geo_vector_bind(vector, "osm_id"), height = geo_vector_bind(vector, "height");
    bool seen = false;
    for (;;) {
        test_ok(geo_vector_next(vector, &test_diag, &feature, &more));
        if (!more) {
            break;
        }
        if (base_str_is(geo_vector_value(vector, relation), "200")) {
            seen = true;
            assert_true(base_str_is(geo_vector_value(vector, levels), "6"));
            assert_true(base_str_is(geo_vector_value(vector, name), "四合楼"));
            assert_int_equal(geo_vector_value(vector, height).len, 0);
            assert_int_equal(feature.shape.rings, 2); /* the courtyard */
        } else {
            assert_true(base_str_is(geo_vector_value(vector, height), "40 ft"));
            assert_true(base_str_is(geo_vector_value(vector, name), "水塔 \"老\""));
        }
    }
    assert_true(seen);
    assert_int_equal(geo_vector_value(vector, -1).len, 0);
    geo_shape_release(&feature.shape);
}

static void bad_files(void **state)
{
    (void)state;
    fails("/no/such/file.geojson", BASE_NOT_FOUND, "No such file");
    fails(test_fixture("broken.geojson"), BASE_UNSUPPORTED, "Unterminated");
    fails(test_fixture("towers_gbk_no_crs.zip"), BASE_INVALID, "--crs");
    fails(test_fixture("../../geo/test_vector.c"), BASE_UNSUPPORTED, "not a vector file");
    struct geo_vector *vector = NULL;
    struct geo_vector_options options = {.layer = "nothing", .theme = GEO_VECTOR_BUILDINGS};
    assert_int_equal(geo_vector_open(test_fixture("estates.geojson"), &options, &test_diag, &vector), BASE_NOT_FOUND);
    assert_non_null(strstr(test_diag.text, "estates"));
}

static void bad_features(void **state)
{
    (void)state;
    AUTO(geo_vector) vector = NULL;
    struct geo_vector_options options = {.theme = GEO_VECTOR_BUILDINGS};
    struct geo_vector_feature feature = {0};
    bool more;
    int bad = 0, none = 0;
    test_ok(geo_vector_open(test_fixture("buildings.geojson"), &options, &test_diag, &vector));
    for (;;) {
        test_ok(geo_vector_next(vector, &test_diag, &feature, &more));
        if (!more) {
            break;
        }
        bad += feature.shape_err != BASE_OK;
        none += !feature.shape_err && feature.shape.type == GEO_SHAPE_NONE;
        assert_true(!feature.shape_err || strstr(feature.problem.text, "latitude 91"));
    }
    assert_int_equal(bad, 1);
    assert_int_equal(none, 1);
    geo_shape_release(&feature.shape);
}

static void copy_file(const char *from, const char *to)
{
    AUTO_VALUE(base_buf) bytes;
    base_buf_init(&bytes, 64 << 20);
    test_ok(base_file_read(from, 64 << 20, &test_diag, &bytes));
    test_ok(base_file_write(to, 0644, bytes.data, bytes.len, &test_diag));
}

static int files_in(const char *folder)
{
    DIR *dir = opendir(folder);
    int count = 0;
    assert_non_null(dir);
    for (struct dirent *entry; (entry = readdir(dir));) {
        count += entry->d_name[0] != '.';
    }
    closedir(dir);
    return count;
}

/* The GML driver is the tempting one: a schema (.gfs) and resolved links (.resolved.gml) beside its input. */
static void nothing_is_written(void **state)
{
    (void)state;
    static const char *const names[] = {"solid.gml", "buildings.geojson", "village.osm", "towers_gbk_no_crs.zip"};
    char folder[1024], path[2048], temporary[1024];
    struct geo_bbox box;
    snprintf(folder, sizeof folder, "%s/inputs", fixture_scratch());
    snprintf(temporary, sizeof temporary, "%s/tmp", fixture_scratch());
    assert_int_equal(mkdir(folder, 0755), 0);
    assert_int_equal(mkdir(temporary, 0755), 0);
    assert_int_equal(setenv("TMPDIR", temporary, 1), 0);
    for (size_t i = 0; i < BASE_COUNT(names); i++) {
        snprintf(path, sizeof path, "%s/%s", folder, names[i]);
        copy_file(test_fixture(names[i]), path);
    }
    for (int round = 0; round < 2; round++) {
        for (size_t i = 0; i < BASE_COUNT(names); i++) {
            snprintf(path, sizeof path, "%s/%s", folder, names[i]);
            assert_true(read_all(path, GEO_VECTOR_BUILDINGS, strstr(path, ".zip") ? "EPSG:4326" : NULL, &box) > 0);
        }
        assert_int_equal(files_in(folder), BASE_COUNT(names));
        assert_int_equal(files_in(temporary), 0); /* and what was needed for a while is gone */
        assert_int_equal(chmod(folder, 0555), 0); /* once more where nothing can be written (unless we are root) */
    }
    assert_int_equal(chmod(folder, 0755), 0);
    assert_int_equal(unsetenv("TMPDIR"), 0);
}

static void solids(void **state)
{
    (void)state;
    AUTO(geo_vector) vector = NULL;
    AUTO(geo_repair) repair = NULL;
    struct geo_vector_options options = {.theme = GEO_VECTOR_BUILDINGS};
    struct geo_vector_feature feature = {0};
    struct geo_repair_report report;
    bool more;
    test_ok(geo_repair_new(&test_diag, &repair));
    test_ok(geo_vector_open(test_fixture("solid.gml"), &options, &test_diag, &vector));
    test_ok(geo_vector_next(vector, &test_diag, &feature, &more));
    assert_true(more && feature.solid);
    test_ok(geo_repair_footprint(repair, &feature.shape, &test_diag, &report));
    assert_int_equal(feature.shape.parts, 1);
    struct geo_bbox box = geo_shape_bbox(&feature.shape);
    test_near(box.min_lon, 139.7, 1e-6); /* latitude came first in the file */
    test_near(box.max_lat, 35.5003, 1e-6);
    assert_true(geo_shape_area_m2(&feature.shape) > 1000);
    geo_shape_release(&feature.shape);
}

/* Real files: what tests/data/test_import.c imports is counted here without a database. */
static void real_files(void **state)
{
    (void)state;
    static const struct {
        const char *path;
        int64_t count;
    } files[] = {
        {"a1_punggol_sg/punggol_buildings_osm_2020-03-07.geojson", 376},
        {"a2_shanghai_lujiazui/shanghai_lujiazui_osm.gpkg", 1321},
        {"a6_osm_pbf/monaco-latest.osm.pbf", 1207},
        {"a6_osm_pbf/liechtenstein-latest.osm.pbf", 8994},
        {"b_3d_models/plateau_53392642_bldg_6697_op2.gml", 8},
        {"a5_nyc_large/nyc_osm.gpkg.zip", 102034},
    };
    const char *shared = fixture_shared();
    if (!shared) {
        skip();
    }
    for (size_t i = 0; i < BASE_COUNT(files); i++) {
        char path[4096];
        struct geo_bbox box;
        snprintf(path, sizeof path, "%s/data/%s", shared, files[i].path);
        assert_int_equal(read_all(path, GEO_VECTOR_BUILDINGS, NULL, &box), files[i].count);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_each_format), cmocka_unit_test(attributes),         cmocka_unit_test(bad_files),
        cmocka_unit_test(bad_features),      cmocka_unit_test(nothing_is_written), cmocka_unit_test(solids),
        cmocka_unit_test(real_files),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
