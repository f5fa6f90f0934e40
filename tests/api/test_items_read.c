/* Do others read our collections? GDAL's OAPIF driver, page by page, finds of every collection the items that SQL has,
 * each once, and of those with outlines the same geometries. */
#include "api/write_kit.h"

#include "api/collection.h"

#include <cpl_conv.h>
#include <gdal.h>
#include <ogr_api.h>

static void open_as(const char *who, GDALDatasetH *ret_set)
{
    static const char *const drivers[] = {"OAPIF", NULL}, *const options[] = {"PAGE_SIZE=7", NULL};
    char name[100], lines[200];
    snprintf(lines, sizeof lines, "%.*s", (int)strcspn(who, "\r"), who);
    CPLSetConfigOption("GDAL_HTTP_HEADERS", lines);
    snprintf(name, sizeof name, "OAPIF:http://127.0.0.1:%d/api", on.port);
    *ret_set = GDALOpenEx(name, GDAL_OF_VECTOR | GDAL_OF_VERBOSE_ERROR, drivers, options, NULL);
    assert_non_null(*ret_set);
}

/* Of places: the same as in the table, by ids. */
static void same_places(OGRLayerH layer, const char *table)
{
    char sql[400];
    OGRFeatureH feature;
    int64_t count = 0;
    OGR_L_ResetReading(layer);
    test_sql(on.pg, "create temporary table if not exists seen (id bigint primary key, geom geometry)");
    test_sql(on.pg, "truncate seen");
    while ((feature = OGR_L_GetNextFeature(layer))) {
        OGRGeometryH geometry = OGR_F_GetGeometryRef(feature);
        char *text = NULL;
        if (geometry) { /* an estate may have no outline */
            OGR_G_ExportToWkt(geometry, &text);
        }
        size_t len = (text ? strlen(text) : 0) + 200;
        char *insert = malloc(len);
        assert_non_null(insert);
        snprintf(insert, len, "insert into seen values (%lld, st_geomfromtext(nullif('%s', ''), 4326))",
                 (long long)OGR_F_GetFID(feature), text ? text : "");
        test_sql(on.pg, insert);
        free(insert);
        CPLFree(text);
        OGR_F_Destroy(feature);
        count++;
    }
    snprintf(sql, sizeof sql, "select count(*) from %s t where valid_to is null", table);
    assert_int_equal(count, strtoll(test_sql(on.pg, sql), NULL, 10));
    snprintf(
        sql, sizeof sql,
        "select count(*) from %s t join seen s using (id) where t.valid_to is null and case when s.geom is null then"
        " coalesce(st_isempty(t.geom), true) else geometrytype(s.geom) = geometrytype(t.geom) and"
        " st_hausdorffdistance(s.geom, t.geom) < 1e-8 end",
        table);
    assert_int_equal(count, strtoll(test_sql(on.pg, sql), NULL, 10));
    assert_true(count > 0);
}

static void places(void **state)
{
    static const struct {
        const char *name, *table;
    } rows[] = {{"estates", "estate"},
                {"buildings", "building"},
                {"zones", "zone"},
                {"routes", "route"},
                {"checkpoints", "checkpoint"},
                {"facilities", "facility"},
                {"grids", "grid"},
                {"roads", "road"},
                {"water", "water"},
                {"landuse", "landuse"},
                {"places", "place"}};
    (void)state;
    GDALDatasetH set;
    open_as(district, &set);
    for (size_t i = 0; i < BASE_COUNT(rows); i++) {
        OGRLayerH layer = GDALDatasetGetLayerByName(set, rows[i].name);
        assert_non_null(layer);
        same_places(layer, rows[i].table);
    }
    GDALClose(set);
}

/* Of the rest: as many as one large page has, and as SQL counts. */
static void records(void **state)
{
    static const struct {
        const char *name, *count;
    } rows[] = {{"devices", "select count(*) from device where valid_to is null and state = 'accepted'"},
                {"assets", "select count(*) from asset_state"},
                {"incidents", "select count(*) from incident where closed_at is null"},
                {"building_states", "select count(*) from building_state"},
                {"zone_states", "select count(*) from zone_state"},
                {"duties", "select count(*) from duty where valid_to is null"},
                {"windows", "select count(*) from duty_window"},
                {"verdicts", "select count(distinct (estate_id, t_from, duty_id, place_id)) from verdict"},
                {"passes", "select count(distinct (estate_id, t_event, subject, place_kind, place_id)) from pass"},
                {"events", "select count(*) from event where kind <> 'position'"}};
    (void)state;
    GDALDatasetH set;
    open_as(district, &set);
    for (size_t i = 0; i < BASE_COUNT(rows); i++) {
        OGRLayerH layer = GDALDatasetGetLayerByName(set, rows[i].name);
        OGRFeatureH feature;
        int64_t count = 0;
        assert_non_null(layer);
        OGR_L_ResetReading(layer);
        while ((feature = OGR_L_GetNextFeature(layer))) {
            OGR_F_Destroy(feature);
            count++;
        }
        int64_t wanted = strtoll(test_sql(on.pg, rows[i].count), NULL, 10);
        if (count != wanted) {
            fail_msg("%s: GDAL has %lld, SQL %lld", rows[i].name, (long long)count, (long long)wanted);
        }
    }
    GDALClose(set);
}

/* A spatial and an attribute filter go to the server; both are SQL's. */
static void filters(void **state)
{
    (void)state;
    GDALDatasetH set;
    open_as(district, &set);
    OGRLayerH layer = GDALDatasetGetLayerByName(set, "buildings");
    OGR_L_SetSpatialFilterRect(layer, 121.4102, 31.2002, 121.4125, 31.2032);
    assert_int_equal(
        OGR_L_GetFeatureCount(layer, 1),
        strtoll(test_sql(on.pg, "select count(*) from building where valid_to is null and st_intersects(geom,"
                                " st_makeenvelope(121.4102, 31.2002, 121.4125, 31.2032, 4326))"),
                NULL, 10));
    OGR_L_SetSpatialFilter(layer, NULL);
    assert_int_equal(OGR_L_SetAttributeFilter(layer, "levels = 12"), OGRERR_NONE);
    assert_int_equal(
        OGR_L_GetFeatureCount(layer, 1),
        strtoll(test_sql(on.pg, "select count(*) from building where valid_to is null and levels = 12"), NULL, 10));
    GDALClose(set);
}

static int open_all(void **state)
{
    (void)state;
    write_proj();
    GDALAllRegister();
    write_open((struct api_config){.bind = "127.0.0.1", .port = 0});
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(places), cmocka_unit_test(records), cmocka_unit_test(filters)};
    return cmocka_run_group_tests(tests, open_all, write_close);
}
