/* OGC API Features over HTTP: what pages give is what SQL counts, within the scope, whatever is asked for. */
#include "api/write_kit.h"

#include "api/collection.h"

#include <math.h>

/* Estate 1 has 60 zones more - every sixth of them closed -, estate 2 two. */
static void fill(void)
{
    test_sql(on.pg,
             "insert into zone (estate_id, id, dataset, key, kind, name, geom, valid_from, valid_to)"
             " select 1, 5000 + n, 'test', 'k' || n, case n % 2 when 0 then 'green' else 'parking' end, 'Zone ''' || n,"
             " st_multi(st_makeenvelope(100 + n, 10, 100.5 + n, 10.5, 4326)), '2026-01-01', case when n % 6 = 0"
             " then timestamptz '2026-02-01' end from generate_series(1, 60) n");
    test_sql(on.pg,
             "insert into zone (estate_id, id, dataset, key, kind, name, geom) select 2, 7000 + n, 'test', 'f' || n,"
             " 'green', 'far', st_multi(st_makeenvelope(179.5, -10, 180, -9, 4326)) from generate_series(1, 2) n");
}

/* Every page of it, with so many a page: ids in order, each once. Returns how many. */
static int64_t walk(const char *query, const char *who, int64_t *ret_matched)
{
    char path[4000];
    int64_t last = -1, count = 0;
    *ret_matched = -1;
    snprintf(path, sizeof path, "/api/collections/zones/items?%s", query);
    for (bool more = true; more;) {
        more = false;
        WRITE_EXPECT(200, get(path, who));
        assert_string_equal(test_header(&answer, "Content-Type"), "application/geo+json");
        AUTO(base_json) json = test_json(&answer);
        const struct base_json *items = base_json_in_get(json, "features"), *links = base_json_in_get(json, "links");
        assert_int_equal(test_i64(json, "numberReturned"), base_json_in_size(items));
        *ret_matched = count == 0 ? test_i64(json, "numberMatched") : *ret_matched; /* of all, on the first page */
        for (size_t i = 0; i < base_json_in_size(items); i++, count++) {
            int64_t id = test_i64(base_json_in_at(items, i), "id");
            assert_true(id > last);
            last = id;
        }
        for (size_t i = 0; i < base_json_in_size(links); i++) {
            if (strcmp(test_text(base_json_in_at(links, i), "rel"), "next") == 0) {
                more = true;
                snprintf(path, sizeof path, "%s", strstr(test_text(base_json_in_at(links, i), "href"), "/api/"));
            }
        }
    }
    return count;
}

static int64_t counted(const char *where)
{
    char sql[400];
    snprintf(sql, sizeof sql, "select count(*) from zone where %s", where);
    return strtoll(test_sql(on.pg, sql), NULL, 10);
}

static void pages_are_what_sql_counts(void **state)
{
    static const struct {
        const char *query, *where;
    } rows[] = {
        {"limit=7", "valid_to is null"},
        {"limit=100000000", "valid_to is null"},
        {"limit=3&kind=green", "valid_to is null and kind = 'green'"},
        {"limit=5&filter=kind%20%3D%20%27parking%27%20AND%20id%20%3E%205010",
         "valid_to is null and kind = 'parking' and id > 5010"},
        {"limit=5&filter=kind%3D%27green%27&estate_id=1", "valid_to is null and kind = 'green' and estate_id = 1"},
        {"limit=2&name=Zone%20%277", "valid_to is null and name = 'Zone ''7'"},
        {"limit=4&bbox=105.2,9,110.1,11",
         "valid_to is null and st_intersects(geom, st_makeenvelope(105.2, 9, 110.1, 11, 4326))"},
        {"limit=4&bbox=105.2,9,0,110.1,11,100",
         "valid_to is null and st_intersects(geom, st_makeenvelope(105.2, 9, 110.1, 11, 4326))"},
        {"bbox=179,-20,102,20", "valid_to is null and (id >= 7000 or id in (5001, 5002))"},
        {"datetime=2026-01-15T00:00:00Z",
         "valid_from <= '2026-01-15' and coalesce(valid_to, 'infinity') > '2026-01-15'"},
        {"datetime=../..&limit=9", "true"},
        {"datetime=2026-01-15T00:00:00Z/..", "coalesce(valid_to, 'infinity') > '2026-01-15'"},
        {"datetime=/2026-01-15T00:00:00Z", "valid_from <= '2026-01-15'"},
    };
    (void)state;
    for (size_t i = 0; i < BASE_COUNT(rows); i++) {
        int64_t matched, wanted = counted(rows[i].where), found = walk(rows[i].query, district, &matched);
        if (found != wanted || matched != wanted) {
            fail_msg("%s: %lld items, %lld matched; SQL counts %lld", rows[i].query, (long long)found,
                     (long long)matched, (long long)wanted);
        }
    }
}

static void only_what_is_in_sight(void **state)
{
    (void)state;
    int64_t matched;
    assert_int_equal(walk("limit=9", company, &matched), counted("valid_to is null and estate_id = 1"));
    walk("datetime=../..", company, &matched);
    assert_int_equal(matched, counted("estate_id = 1"));
}

static void what_is_wrong_is_said(void **state)
{
    static const char *const queries[] = {"limit=0",
                                          "limit=-1",
                                          "limit=x",
                                          "bbox=1,2,3",
                                          "bbox=1,2,3,4,5",
                                          "bbox=1,x,3,4",
                                          "bbox=1,2,3,4,5,6,7",
                                          "bbox=0,5,1,4",
                                          "bbox=0,0,181,1",
                                          "bbox=nan,0,1,1",
                                          "datetime=yesterday",
                                          "datetime=",
                                          "datetime=2026-02-01T00:00:00Z/2026-01-01T00:00:00Z",
                                          "filter=kind%20%3D",
                                          "filter=nothing%20%3D%201",
                                          "filter-lang=sql&filter=1",
                                          "properties=kind,nothing",
                                          "nothing=1",
                                          "geom=1",
                                          "estate_id=x",
                                          "after=x",
                                          "after=5",
                                          "after=WyJ4Il0",
                                          "after=WzEsMl0",
                                          "crs=EPSG:4326",
                                          "crs=http://www.opengis.net/def/crs/EPSG/0/4512",
                                          "crs=http://www.opengis.net/def/crs/EPSG/0/4555",
                                          "bbox-crs=nothing",
                                          "filter-crs=http://www.opengis.net/def/crs/EPSG/0/32650",
                                          "bbox=0,1e9,1,2e9&bbox-crs=http://www.opengis.net/def/crs/EPSG/0/3857",
                                          "bbox=0,0,3e7,1&bbox-crs=http://www.opengis.net/def/crs/EPSG/0/3857",
                                          "bbox=5,0,1,1&bbox-crs=http://www.opengis.net/def/crs/EPSG/0/3857",
                                          "bbox=100,0,101,1&bbox-crs=http://www.opengis.net/def/crs/EPSG/0/4326",
                                          "sortby=",
                                          "sortby=nothing",
                                          "sortby=geom",
                                          "sortby=kind,,name",
                                          "sortby=kind,kind,kind,kind,kind,kind,kind,kind",
                                          "limit=1&limit=2"};
    (void)state;
    for (size_t i = 0; i < BASE_COUNT(queries); i++) {
        char path[300];
        snprintf(path, sizeof path, "/api/collections/zones/items?%s", queries[i]);
        WRITE_EXPECT(400, get(path, district));
    }
    WRITE_EXPECT(404, get("/api/collections/nothing/items", district));
    WRITE_EXPECT(404, get("/api/collections/nothing", district));
}

static void only_these_properties(void **state)
{
    (void)state;
    WRITE_EXPECT(200, get("/api/collections/zones/items?limit=1&properties=kind,name&kind=green", district));
    AUTO(base_json) json = test_json(&answer);
    const struct base_json *item = base_json_in_at(base_json_in_get(json, "features"), 0);
    assert_int_equal(base_json_in_size(base_json_in_get(item, "properties")), 2);
    assert_string_equal(test_text(base_json_in_get(item, "properties"), "kind"), "green");
    assert_string_equal(test_text(base_json_in_get(item, "geometry"), "type"), "MultiPolygon");
}

/* One of them: the same as on a page, whenever it was valid; the tag holds until it changes. */
static void one_item(void **state)
{
    (void)state;
    char tag[64], lines[400];
    WRITE_EXPECT(200, get("/api/collections/zones/items/5006", district)); /* closed in February */
    AUTO(base_json) json = test_json(&answer);
    assert_string_equal(test_header(&answer, "Content-Type"), "application/geo+json");
    assert_string_equal(test_header(&answer, "Content-Crs"), "<http://www.opengis.net/def/crs/OGC/1.3/CRS84>");
    assert_int_equal(test_i64(json, "id"), 5006);
    assert_string_equal(test_text(json, "type"), "Feature");
    const struct base_json *links = base_json_in_get(json, "links");
    assert_string_equal(test_text(base_json_in_at(links, 0), "rel"), "self");
    assert_string_equal(test_text(base_json_in_at(links, 1), "rel"), "collection");
    snprintf(tag, sizeof tag, "%s", test_header(&answer, "ETag"));
    snprintf(lines, sizeof lines, "%sIf-None-Match: %s\r\n", district, tag);
    WRITE_EXPECT(304, get("/api/collections/zones/items/5006", lines));
    test_sql(on.pg, "update zone set name = 'another' where id = 5006");
    WRITE_EXPECT(200, get("/api/collections/zones/items/5006", lines));
    WRITE_EXPECT(200, get("/api/collections/zones/items/7001", district));
    WRITE_EXPECT(404, get("/api/collections/zones/items/7001", company)); /* estate 2's */
    static const char *const none[] = {"zones/items/999999", "zones/items/x", "zones/items/-1", "nothing/items/1"};
    for (size_t i = 0; i < BASE_COUNT(none); i++) {
        char path[200];
        snprintf(path, sizeof path, "/api/collections/%s", none[i]);
        WRITE_EXPECT(404, get(path, district));
    }
    WRITE_EXPECT(400, get("/api/collections/zones/items/5001?limit=1", district));
}

/* The time of an answer is no part of its tag. */
static void pages_are_revalidated(void **state)
{
    (void)state;
    char tag[64], lines[400];
    WRITE_EXPECT(200, get("/api/collections/zones/items?limit=5", district));
    snprintf(tag, sizeof tag, "%s", test_header(&answer, "ETag"));
    snprintf(lines, sizeof lines, "%sIf-None-Match: %s\r\n", district, tag);
    WRITE_EXPECT(304, get("/api/collections/zones/items?limit=5", lines));
    WRITE_EXPECT(200, get("/api/collections/zones/items?limit=6", lines));
}

/* What the document of a collection and its queryables say. */
static void described(void **state)
{
    (void)state;
    WRITE_EXPECT(200, get("/api/collections/buildings", district));
    AUTO(base_json) json = test_json(&answer);
    const struct base_json *box =
        base_json_in_at(base_json_in_get(base_json_in_get(base_json_in_get(json, "extent"), "spatial"), "bbox"), 0);
    double west = NAN;
    assert_true(base_json_in_f64(base_json_in_at(box, 0), &west));
    assert_true(fabs(west - strtod(test_sql(on.pg, "select st_xmin(st_extent(geom)) from estate"), NULL)) < 1e-8);
    assert_int_equal(base_json_in_size(base_json_in_get(json, "crs")), API_CRS_COUNT);
    assert_string_equal(test_text(json, "storageCrs"), "http://www.opengis.net/def/crs/OGC/1.3/CRS84");
    const struct base_json *link = base_json_in_at(base_json_in_get(json, "links"), 2);
    assert_string_equal(test_text(link, "rel"), API_QUERYABLES_REL);
    WRITE_EXPECT(200, get(strstr(test_text(link, "href"), "/api/"), district));
    assert_string_equal(test_header(&answer, "Content-Type"), "application/schema+json");
    AUTO(base_json) schema = test_json(&answer);
    const struct base_json *of = base_json_in_get(schema, "properties");
    assert_string_equal(test_text(base_json_in_get(of, "id"), "x-ogc-role"), "id");
    assert_string_equal(test_text(base_json_in_get(of, "geom"), "format"), "geometry-multipolygon");
    assert_string_equal(test_text(base_json_in_get(of, "height_m"), "x-ogc-unit"), "m");
    assert_int_equal(base_json_in_size(of), api_collection_find(base_str_of("buildings"))->count + 2);
    WRITE_EXPECT(404, get("/api/collections/nothing/queryables", district));
}

/* The first item's id, as a path has it. */
static bool first_id(char id[128])
{
    AUTO(base_json) json = test_json(&answer);
    const struct base_json *first = base_json_in_at(base_json_in_get(json, "features"), 0), *of;
    struct base_str text;
    int64_t number;
    of = first ? base_json_in_get(first, "id") : NULL;
    if (of && base_json_in_text(of, &text)) {
        snprintf(id, 128, "%.*s", (int)text.len, text.at);
    } else if (of && base_json_in_i64(of, &number)) {
        snprintf(id, 128, "%lld", (long long)number);
    }
    return of != NULL;
}

/* All collections that there are, by name; each can be asked for everything that it says it has. */
static void every_collection(void **state)
{
    (void)state;
    WRITE_EXPECT(200, get("/api/collections", district));
    AUTO(base_json) json = test_json(&answer);
    const struct base_json *list = base_json_in_get(json, "collections");
    size_t count = 0, seen = 0;
    for (const struct api_collection *at = api_collections; at->name; at++, count++) {
        char path[300];
        snprintf(path, sizeof path, "/api/collections/%s/items?limit=2&datetime=../..", at->name);
        WRITE_EXPECT(200, get(path, district));
        char id[128];
        if (first_id(id)) {
            snprintf(path, sizeof path, "/api/collections/%s/items/%s", at->name, id);
            WRITE_EXPECT(200, get(path, district));
            seen++;
        }
        for (size_t i = 0; i < at->count; i++) {
            snprintf(path, sizeof path, "/api/collections/%s/items?filter=%s%%20IS%%20NOT%%20NULL", at->name,
                     at->properties[i].name);
            WRITE_EXPECT(200, get(path, district));
        }
    }
    assert_int_equal(base_json_in_size(list), count);
    assert_in_range(seen, 12, count);
}

/* What is personal needs a purpose, and each look leaves a row. */
static void looks_are_written_down(void **state)
{
    (void)state;
    static const struct access_user silent = {"silent", "street", "{1}", NULL, NULL};
    char bare[160];
    access_add(on.pg, &silent);
    access_header("silent", bare);
    WRITE_EXPECT(403, get("/api/collections/assets/items", bare));
    WRITE_EXPECT(403, get("/api/collections/assets/items/1", bare));
    WRITE_EXPECT(200, get("/api/collections/devices/items?limit=1000", bare));
    assert_null(strstr(answer.body.at, "\"camera\":true"));
    assert_non_null(strstr(answer.body.at, "\"camera\":false"));
    WRITE_EXPECT(200, get("/api/collections/devices/items?camera=TRUE", bare));
    AUTO(base_json) none = test_json(&answer);
    assert_int_equal(test_i64(none, "numberMatched"), 0);
    int64_t camera =
        strtoll(test_sql(on.pg, "select id from device where estate_id = 1 and kind ~* 'camera' limit 1"), NULL, 10);
    char path[100];
    snprintf(path, sizeof path, "/api/collections/devices/items/%lld", (long long)camera);
    WRITE_EXPECT(404, get(path, bare));
    test_sql(on.pg, "delete from audit");
    WRITE_EXPECT(200, get(path, company));
    assert_string_equal(test_sql(on.pg, "select string_agg(layer || ' ' || estate_id, ',') from audit"), "cameras 1");
    WRITE_EXPECT(200, get("/api/collections/assets/items", company));
    assert_null(strstr(answer.body.at, "subject\""));
    assert_string_equal(test_sql(on.pg, "select string_agg(layer || ' ' || estate_id, ',' order by layer) from audit"),
                        "assets 1,cameras 1");
    WRITE_EXPECT(404, get("/api/collections/passes/items", planner)); /* aggregates only */
}

static int open_all(void **state)
{
    (void)state;
    write_proj();
    write_open((struct api_config){.bind = "127.0.0.1", .port = 0});
    fill();
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(pages_are_what_sql_counts),
                                       cmocka_unit_test(only_what_is_in_sight),
                                       cmocka_unit_test(what_is_wrong_is_said),
                                       cmocka_unit_test(only_these_properties),
                                       cmocka_unit_test(one_item),
                                       cmocka_unit_test(pages_are_revalidated),
                                       cmocka_unit_test(described),
                                       cmocka_unit_test(every_collection),
                                       cmocka_unit_test(looks_are_written_down)};
    return cmocka_run_group_tests(tests, open_all, write_close);
}
