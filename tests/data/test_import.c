/* data/import*.c: files of our own with every fault, then the real ones. Each test has a database of its own. */
#include "data_test.h"

#include <unistd.h>

static struct data_import_summary summary;

static enum base_err import_with(struct data_conn *conn, struct data_import_options options)
{
    memset(&summary, 0, sizeof summary);
    return data_import_run(conn, &options, &test_diag, &summary);
}

static const char *own(const char *name)
{
    static char path[4096];
    snprintf(path, sizeof path, "%s/tests/fixtures/geo/%s", fixture_source(), name);
    return path;
}

static void import_own(struct data_conn *conn, enum data_import_kind kind, const char *name)
{
    test_ok(import_with(conn, (struct data_import_options){.kind = kind, .path = own(name)}));
}

static void expect(struct data_conn *conn, const char *sql, const char *value)
{
    const char *got = test_value(conn, sql);
    if (strcmp(got, value) != 0) {
        fail_msg("%s: %s, not %s", sql, got, value);
    }
}

static void counts(int64_t read, int64_t created, int64_t updated, int64_t moved, int64_t unchanged, int64_t skipped)
{
    assert_int_equal(summary.read, read);
    assert_int_equal(summary.created, created);
    assert_int_equal(summary.updated, updated);
    assert_int_equal(summary.moved, moved);
    assert_int_equal(summary.unchanged, unchanged);
    assert_int_equal(summary.skipped, skipped);
}

static void bad_rows_are_named(void **state)
{
    (void)state;
    AUTO(data_conn) conn = test_conn();
    import_own(conn, DATA_IMPORT_ESTATES, "estates.geojson");
    counts(2, 2, 0, 0, 0, 0);
    test_ok(import_with(conn, (struct data_import_options){.path = own("buildings.geojson"), .map = "code=code"}));
    counts(13, 9, 0, 0, 0, 4); /* the code 2 is there twice, and so are its buildings */
    assert_int_equal(summary.remarks[DATA_IMPORT_REMARK_CLASH].count, 0);
    assert_string_equal(summary.remarks[DATA_IMPORT_REMARK_BAD_COORDINATES].first[0],
                        "#7 北极外 (latitude 91 is outside -90..90)");
    assert_int_equal(summary.remarks[DATA_IMPORT_REMARK_NO_GEOMETRY].count, 1);
    assert_int_equal(summary.remarks[DATA_IMPORT_REMARK_WRONG_GEOMETRY].count, 1);
    assert_int_equal(summary.remarks[DATA_IMPORT_REMARK_NOTHING_LEFT].count, 1);
    assert_int_equal(summary.remarks[DATA_IMPORT_REMARK_REPAIRED].count, 1);
    assert_int_equal(summary.remarks[DATA_IMPORT_REMARK_HEIGHT_IMPOSSIBLE].count, 1);
    assert_int_equal(summary.remarks[DATA_IMPORT_REMARK_LEVELS_IMPOSSIBLE].count, 1);
    assert_int_equal(summary.remarks[DATA_IMPORT_REMARK_LEVELS_UNREADABLE].count, 1);
    expect(conn, "select bool_and(st_isvalid(geom) and st_srid(geom) = 4326 and not st_isempty(geom)) from building",
           "t");
    expect(conn, "select st_numgeometries(geom) from building where '7' = any (codes)", "2");
    expect(conn, "select bool_and(st_intersects(geom, st_setsrid(st_makepoint(lon, lat), 4326))) from building", "t");
}

static void sizes(void **state)
{
    (void)state;
    AUTO(data_conn) conn = test_conn();
    test_ok(import_with(conn, (struct data_import_options){
                                  .path = own("buildings.geojson"), .map = "code=code", .storey_height = 3.2}));
    const char *one =
        "select concat_ws(' ', levels, levels_source, height_m, height_source) from building where codes[1] = ";
    static const struct {
        const char *key, *value;
    } known[] = {
        {"'1'", "18 given 54 measured"},
        {"'3'", "4 height 12 measured"},
        {"'4'", "2 default 6.4 default"},
        {"'6'", "2 default 6.4 default"},
    };
    for (size_t i = 0; i < BASE_COUNT(known); i++) {
        char sql[256];
        snprintf(sql, sizeof sql, "%s%s", one, known[i].key);
        expect(conn, sql, known[i].value);
    }
    assert_int_equal(summary.with_levels, 4);
    assert_int_equal(summary.heights[0], 2);
}

static void estates_by_outline_and_field(void **state)
{
    (void)state;
    AUTO(data_conn) conn = test_conn();
    import_own(conn, DATA_IMPORT_ESTATES, "estates.geojson");
    import_own(conn, DATA_IMPORT_BUILDINGS, "buildings.geojson");
    const char *estate = "select e.code from building b join estate e on e.id = b.estate_id where b.name = ";
    char sql[256];
    snprintf(sql, sizeof sql, "%s'1号楼'", estate);
    expect(conn, sql, "E01"); /* lies in it */
    snprintf(sql, sizeof sql, "%s'5号楼'", estate);
    expect(conn, sql, "E02"); /* says so, though it lies far away */
    snprintf(sql, sizeof sql, "%s'6号楼'", estate);
    expect(conn, sql, "unassigned");
    assert_int_equal(summary.estates, 2);
    assert_int_equal(summary.estates_created, 0);
    assert_int_equal(summary.unassigned, 1);
    expect(conn, "select management_type from estate where code = 'E01'", "market");
}

static int64_t place_version(struct data_conn *conn)
{
    return strtoll(test_value(conn, "select version from place_version"), NULL, 10);
}

static void again_updates(void **state)
{
    (void)state;
    AUTO(data_conn) conn = test_conn();
    int64_t before, after;
    import_own(conn, DATA_IMPORT_ESTATES, "estates.geojson");
    import_own(conn, DATA_IMPORT_BUILDINGS, "buildings.geojson");
    before = place_version(conn);
    import_own(conn, DATA_IMPORT_BUILDINGS, "buildings.geojson");
    counts(13, 0, 0, 0, 9, 4);
    after = place_version(conn);
    assert_true(after > before);
    import_own(conn, DATA_IMPORT_ESTATES, "estates.geojson");
    counts(2, 0, 0, 0, 2, 0);
    /* One building renamed, one in another estate: closed and opened anew. */
    test_ok(import_with(conn,
                        (struct data_import_options){.path = own("buildings_moved.geojson"), .dataset = "buildings"}));
    counts(2, 0, 1, 1, 0, 0);
    expect(conn, "select name from building where key = '#1' and valid_to is null", "2号楼改");
    expect(conn, "select count(*) from building where key = 'E02/1'", "2");
    expect(conn,
           "select string_agg(e.code, ' ' order by b.valid_to nulls last) from building b join estate e on e.id = "
           "b.estate_id "
           "where b.key = 'E02/1'",
           "E01 E02");
    expect(conn, "select count(*) from building where valid_to is null", "9");
}

static void estates_from_names_and_landuse(void **state)
{
    (void)state;
    AUTO(data_conn) conn = test_conn();
    test_ok(import_with(conn, (struct data_import_options){.path = own("buildings.geojson"), .map = "estate=name"}));
    assert_int_equal(summary.estates, 9);
    assert_int_equal(summary.estates_created, 9);
    expect(conn, "select count(*) from estate where outline_source = 'derived' and st_isvalid(geom)", "9");
    expect(conn, "select bool_and(st_covers(e.geom, b.geom)) from building b join estate e on e.id = b.estate_id", "t");
    /* the outline of one of them arrives: it takes over */
    import_own(conn, DATA_IMPORT_BUILDINGS, "village.osm");
    counts(2, 2, 0, 0, 0, 0);
    assert_int_equal(summary.estates, 1);
    assert_int_equal(summary.unassigned, 1);
    expect(conn, "select e.name from building b join estate e on e.id = b.estate_id where b.name = '四合楼'", "柳荫里");
    expect(conn, "select concat_ws(' ', dataset, key, name_en, outline_source) from estate where name = '柳荫里'",
           "osm way/100 Liuyinli given");
    expect(conn, "select st_numinteriorrings(st_geometryn(geom, 1)) from building where key = 'relation/200'", "1");
    import_own(conn, DATA_IMPORT_BUILDINGS, "village.osm");
    counts(2, 0, 0, 0, 2, 0);
}

static void an_outline_adopts_a_name(void **state)
{
    (void)state;
    AUTO(data_conn) conn = test_conn();
    test_ok(import_with(conn,
                        (struct data_import_options){.path = own("buildings_moved.geojson"), .map = "estate=estate"}));
    expect(conn, "select string_agg(name || ' ' || outline_source, ',' order by id) from estate where id > 0",
           "E02 derived");
    import_own(conn, DATA_IMPORT_ESTATES, "estates.geojson");
    counts(2, 1, 1, 0, 0, 0);
    expect(conn, "select name || ' ' || outline_source from estate where code = 'E02'", "临河新村 given");
}

/* A file of count houses beside one another, the first at lon, all of which say field=value. */
static const char *houses(const char *name, const char *field, const char *value, double lon, int count)
{
    static char path[128];
    AUTO_VALUE(base_buf) text;
    base_buf_init(&text, 1 << 22);
    base_buf_text(&text, "{\"type\":\"FeatureCollection\",\"features\":[");
    for (int i = 0; i < count; i++) {
        double w = lon + i * 0.001, e = w + 0.0005;
        base_buf_printf(
            &text,
            "%s{\"type\":\"Feature\",\"properties\":{\"key\":\"%s-%d\",\"building\":\"yes\",\"%s\":\"%s\"},"
            "\"geometry\":{\"type\":\"Polygon\",\"coordinates\":[[[%f,1.3],[%f,1.3],[%f,1.3005],[%f,1.3]]]}}",
            i ? "," : "", name, i, field, value, w, e, e, w);
    }
    base_buf_text(&text, "]}");
    snprintf(path, sizeof path, "/tmp/hutong-%d-%s.geojson", (int)getpid(), name);
    test_ok(base_file_write(path, 0600, text.data, text.len, &test_diag));
    return path;
}

static void import_houses(struct data_conn *conn, const char *name, const char *field, double lon, int count)
{
    const char *path = houses(name, field, "Rose Garden", lon, count);
    test_ok(import_with(conn, (struct data_import_options){.path = path, .dataset = name}));
    unlink(path);
}

static const char estates_of_roses[] =
    "select string_agg(e.id || ':' || n, ' ' order by e.id) from estate e join (select estate_id, count(*) as n from "
    "building where valid_to is null group by 1) b on b.estate_id = e.id";

static void a_guess_reaches_two_kilometres(void **state)
{
    (void)state;
    AUTO(data_conn) conn = test_conn();
    import_houses(conn, "here", "addr:housename", 103.9, 4);
    expect(conn, estates_of_roses, "1:4");
    import_houses(conn, "far", "addr:housename", 121.4, 1); /* another country, one house: nobody's */
    expect(conn, estates_of_roses, "0:1 1:4");
    import_houses(conn, "next", "addr:housename", 103.91, 3); /* its neighbours in another file */
    expect(conn, estates_of_roses, "0:1 1:7");
    import_houses(conn, "few", "addr:housename", 103.91, 2); /* too few to count, be there an estate or not */
    expect(conn, estates_of_roses, "0:3 1:7");
    import_houses(conn, "far", "addr:housename", 121.4, 3);
    expect(conn, estates_of_roses, "0:2 1:7 2:3");
    import_houses(conn, "here", "addr:housename", 121.45, 4); /* the file's name says nothing about the place */
    expect(conn, estates_of_roses, "0:2 1:3 2:3 3:4");
    import_houses(conn, "here", "addr:housename", 121.45, 4);
    counts(4, 0, 0, 0, 4, 0);
    expect(conn, "select max(st_xmax(geom) - st_xmin(geom)) < 0.1 from estate", "t");
}

static void a_given_name_reaches_twenty(void **state)
{
    (void)state;
    AUTO(data_conn) conn = test_conn();
    import_houses(conn, "here", "estate", 103.9, 1);
    import_houses(conn, "near", "estate", 104.05, 1);
    import_houses(conn, "far", "estate", 121.4, 1);
    expect(conn, estates_of_roses, "1:2 2:1");
    const char *path = houses("near", "estate", "name:Rose Garden", 104.05, 1); /* a key of another data set: a name */
    test_ok(import_with(conn, (struct data_import_options){.path = path, .dataset = "near"}));
    unlink(path);
    expect(conn, estates_of_roses, "1:1 2:1 3:1");
    /* An outline of that name elsewhere does not take the estate over. */
    path = houses("outline", "name", "Rose Garden", 110.0, 1);
    test_ok(import_with(conn, (struct data_import_options){.kind = DATA_IMPORT_ESTATES, .path = path}));
    unlink(path);
    expect(conn, "select count(*) from estate where name = 'Rose Garden' and outline_source = 'derived'", "2");
    expect(conn, "select count(*) from estate where name = 'Rose Garden' and outline_source = 'given'", "1");
}

static void one_estate_for_all(void **state)
{
    (void)state;
    AUTO(data_conn) conn = test_conn();
    import_own(conn, DATA_IMPORT_ESTATES, "estates.geojson");
    int64_t id = strtoll(test_value(conn, "select id from estate where code = 'E02'"), NULL, 10);
    test_ok(import_with(conn, (struct data_import_options){.path = own("buildings.geojson"), .estate_id = id}));
    assert_int_equal(summary.estates, 1);
    assert_int_equal(summary.unassigned, 0);
    assert_int_equal(
        import_with(conn, (struct data_import_options){.path = own("buildings.geojson"), .estate_id = 999}),
        BASE_NOT_FOUND);
    assert_non_null(strstr(test_diag.text, "999"));
}

/* A file of square blocks: code, estate ("" for none), west edge. */
struct block {
    const char *code, *estate;
    double lon;
};

static const char *blocks_file(const char *name, const struct block *blocks, size_t count)
{
    static char path[4096];
    snprintf(path, sizeof path, "%s/%s", fixture_scratch(), name);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs("{\"type\":\"FeatureCollection\",\"features\":[", file);
    for (size_t i = 0; i < count; i++) {
        double w = blocks[i].lon, e = w + 0.0003;
        fprintf(file,
                "%s{\"type\":\"Feature\",\"properties\":{\"bno\":\"%s\",\"estate\":%s%s%s},\"geometry\":{\"type\":"
                "\"Polygon\",\"coordinates\":[[[%.4f,31.2],[%.4f,31.2],[%.4f,31.2003],[%.4f,31.2003],[%.4f,31.2]]]}}",
                i ? "," : "", blocks[i].code, *blocks[i].estate ? "\"" : "",
                *blocks[i].estate ? blocks[i].estate : "null", *blocks[i].estate ? "\"" : "", w, e, e, w, w);
    }
    fputs("]}", file);
    fclose(file);
    return path;
}

static void a_code_is_of_its_estate(void **state)
{
    (void)state;
    AUTO(data_conn) conn = test_conn();
    static const struct block blocks[] = {
        {"1号楼", "甲", 121.1}, {"1号楼", "乙", 121.2}, {"1号楼", "乙", 121.3}, {"1号楼", "", 121.4}};
    const char *path = blocks_file("blocks.geojson", blocks, BASE_COUNT(blocks));
    test_ok(import_with(conn, (struct data_import_options){.path = path, .map = "code=bno"}));
    counts(4, 4, 0, 0, 0, 0);
    expect(conn, "select string_agg(key, ' ' order by lon) from building", "甲/1号楼 乙/1号楼 #2 #3");
    assert_int_equal(summary.remarks[DATA_IMPORT_REMARK_CODE_AGAIN].count, 1);
    /* without the mapping, and with it again: the same four */
    test_ok(import_with(conn, (struct data_import_options){.path = path}));
    counts(4, 0, 4, 0, 0, 0);
    expect(conn, "select string_agg(key, ' ' order by lon) from building", "#0 #1 #2 #3");
    test_ok(import_with(conn, (struct data_import_options){.path = path, .map = "code=bno"}));
    counts(4, 0, 4, 0, 0, 0);
    test_ok(import_with(conn, (struct data_import_options){.path = path, .map = "code=bno"}));
    counts(4, 0, 0, 0, 4, 0);
}

static void another_file_of_the_name(void **state)
{
    (void)state;
    AUTO(data_conn) conn = test_conn();
    static const struct block here[] = {{"1", "", 121.1}, {"2", "", 121.2}};
    static const struct block there[] = {{"7", "", 121.5}, {"2", "", 121.2001}};
    test_ok(import_with(conn, (struct data_import_options){.path = blocks_file("a.b.geojson", here, 2)}));
    assert_string_equal(summary.dataset, "a.b");
    test_ok(import_with(conn, (struct data_import_options){.path = blocks_file("a.b.geojson", there, 2)}));
    counts(2, 1, 1, 0, 0, 0); /* a wall that moved is the same building */
    assert_int_equal(summary.remarks[DATA_IMPORT_REMARK_OTHER_PLACE].count, 1);
    assert_string_equal(summary.remarks[DATA_IMPORT_REMARK_OTHER_PLACE].first[0], "#0");
    expect(conn, "select string_agg(concat(lon::numeric(7, 1), valid_to is null), ' ' order by id) from building",
           "121.1f 121.2t 121.5t");
    /* a key that is no number stays with its row, but not in silence */
    test_ok(
        import_with(conn, (struct data_import_options){.path = blocks_file("c.geojson", here, 2), .map = "key=bno"}));
    static const struct block moved[] = {{"1", "", 121.6}};
    test_ok(
        import_with(conn, (struct data_import_options){.path = blocks_file("c.geojson", moved, 1), .map = "key=bno"}));
    counts(1, 0, 1, 0, 0, 0);
    assert_int_equal(summary.remarks[DATA_IMPORT_REMARK_MOVED_PLACE].count, 1);
}

static void other_kinds(void **state)
{
    (void)state;
    AUTO(data_conn) conn = test_conn();
    import_own(conn, DATA_IMPORT_ESTATES, "estates.geojson");
    static const struct {
        enum data_import_kind kind;
        const char *file, *table;
        int64_t rows;
    } known[] = {
        {DATA_IMPORT_ZONES, "estates.geojson", "zone", 2},
        {DATA_IMPORT_GRIDS, "estates.geojson", "grid", 2},
        {DATA_IMPORT_ROUTES, "routes.geojson", "route", 1},
        {DATA_IMPORT_ROADS, "routes.geojson", "road", 1},
        {DATA_IMPORT_FACILITIES, "facilities.geojson", "facility", 2},
        {DATA_IMPORT_CHECKPOINTS, "facilities.geojson", "checkpoint", 2},
        {DATA_IMPORT_PLACES, "facilities.geojson", "place", 2},
        {DATA_IMPORT_WATER, "estates.geojson", "water", 2},
        {DATA_IMPORT_LANDUSE, "village.osm", "landuse", 1},
    };
    for (size_t i = 0; i < BASE_COUNT(known); i++) {
        char sql[128];
        import_own(conn, known[i].kind, known[i].file);
        counts(known[i].rows, known[i].rows, 0, 0, 0, 0);
        import_own(conn, known[i].kind, known[i].file);
        counts(known[i].rows, 0, 0, 0, known[i].rows, 0);
        snprintf(sql, sizeof sql, "select count(*) from %s where valid_to is null", known[i].table);
        assert_int_equal(strtoll(test_value(conn, sql), NULL, 10), known[i].rows);
    }
    expect(conn, "select kind || ' ' || e.code from facility f join estate e on e.id = f.estate_id where f.key = 'f1'",
           "lamp E01");
    enum data_import_kind kind;
    assert_true(data_import_kind_in("landuse", &kind) && kind == DATA_IMPORT_LANDUSE);
    assert_false(data_import_kind_in("landuses", &kind));
}

static void refused(struct data_conn *conn, struct data_import_options options, enum base_err err, const char *word)
{
    assert_int_equal(import_with(conn, options), err);
    if (!strstr(test_diag.text, word)) {
        fail_msg("\"%s\" does not say \"%s\"", test_diag.text, word);
    }
}

static const char *written(const char *name, const char *text)
{
    static char path[4096];
    snprintf(path, sizeof path, "%s/%s", fixture_scratch(), name);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
    return path;
}

static const char *cut_gml(void)
{
    char text[2500];
    FILE *file = fopen(own("solid.gml"), "r");
    assert_non_null(file);
    size_t len = fread(text, 1, sizeof text - 1, file);
    fclose(file);
    text[len] = '\0';
    return written("cut.gml", text);
}

#define COLLECTION "{\"type\":\"FeatureCollection\","
#define FEATURE(properties, type, coordinates)                                             \
    "{\"type\":\"Feature\",\"properties\":{" properties "},\"geometry\":{\"type\":\"" type \
    "\",\"coordinates\":" coordinates "}}"
#define SQUARE "[[[121.1,31.2],[121.1003,31.2],[121.1003,31.2003],[121.1,31.2003],[121.1,31.2]]]"
#define UNKNOWN_CRS                                                                    \
    COLLECTION "\"crs\":{\"type\":\"name\",\"properties\":{\"name\":\"EPSG:99999\"}}," \
               "\"features\":[" FEATURE("", "Polygon", SQUARE) "]}"

static void what_is_no_building(void **state)
{
    (void)state;
    AUTO(data_conn) conn = test_conn();
    static const char *const features[] = {
        FEATURE("\"building\":\"no\",\"use\":\"shop\"", "Polygon", SQUARE),
        FEATURE("", "Polygon", "[[[10,50],[10.0000001,50],[10.0000001,50.0000001],[10,50.0000001],[10,50]]]"),
        FEATURE("", "Polygon", "[[[10,50],[10.1,50],[10.1,50.1],[10,50.1],[10,50]]]"),
        FEATURE("", "Polygon", "[[[179.9,1],[-179.9,1],[-179.9,1.001],[179.9,1.001],[179.9,1]]]"),
        FEATURE("\"height\":\"9\",\"min_height\":\"12\"", "Polygon", SQUARE)};
    char text[4096];
    size_t len = (size_t)snprintf(text, sizeof text, COLLECTION "\"features\":[");
    for (size_t i = 0; i < BASE_COUNT(features); i++) {
        len += (size_t)snprintf(text + len, sizeof text - len, "%s%s", i ? "," : "", features[i]);
    }
    snprintf(text + len, sizeof text - len, "]}");
    static const enum data_import_remark once[] = {DATA_IMPORT_REMARK_NOT_BUILDING, DATA_IMPORT_REMARK_TOO_SMALL,
                                                   DATA_IMPORT_REMARK_TOO_LARGE, DATA_IMPORT_REMARK_ANTIMERIDIAN,
                                                   DATA_IMPORT_REMARK_MIN_HEIGHT};
    test_ok(import_with(conn, (struct data_import_options){.path = written("odd.geojson", text)}));
    counts(5, 2, 0, 0, 0, 3);
    for (size_t i = 0; i < BASE_COUNT(once); i++) {
        assert_int_equal(summary.remarks[once[i]].count, 1);
    }
    const char *line = COLLECTION "\"features\":[" FEATURE("", "LineString", "[[10,50],[10,50]]") "]}";
    test_ok(import_with(conn,
                        (struct data_import_options){.kind = DATA_IMPORT_ROUTES, .path = written("l.geojson", line)}));
    counts(1, 0, 0, 0, 0, 1);
    assert_int_equal(summary.remarks[DATA_IMPORT_REMARK_NO_LENGTH].count, 1);
}

static void the_nameless_get_names(void **state)
{
    (void)state;
    AUTO(data_conn) conn = test_conn();
    const char *path = written("n.geojson", COLLECTION "\"features\":[" FEATURE("", "Polygon", SQUARE) "]}");
    test_ok(import_with(conn, (struct data_import_options){.kind = DATA_IMPORT_ESTATES, .path = path}));
    assert_int_equal(summary.remarks[DATA_IMPORT_REMARK_NAMELESS].count, 1);
    expect(conn, "select name || '|' || name_en from estate where id <> 0", "未命名小区 0|Unnamed estate 0");
    test_ok(import_with(conn, (struct data_import_options){.kind = DATA_IMPORT_GRIDS, .path = path}));
    expect(conn, "select name || '|' || name_en from grid", "未命名网格 0|Unnamed grid 0");
}

#define WORDS "某某楼 某某楼 某某楼 某某楼 某某楼 某某楼 某某楼 某某楼 "
static void causes_end_at_a_word(void **state)
{
    (void)state;
    AUTO(data_conn) conn = test_conn();
    const char *text = COLLECTION
        "\"features\":[" FEATURE("\"height\":\"tall\",\"name\":\"" WORDS WORDS WORDS "\"", "Polygon", SQUARE) "]}";
    test_ok(import_with(conn, (struct data_import_options){.path = written("w.geojson", text)}));
    const char *first = summary.remarks[DATA_IMPORT_REMARK_HEIGHT_UNREADABLE].first[0];
    assert_string_equal(first + strlen(first) - strlen("楼…"), "楼…");
}

static void the_rest_of_an_archive(void **state)
{
    (void)state;
    AUTO(data_conn) conn = test_conn();
    import_own(conn, DATA_IMPORT_BUILDINGS, "two.zip");
    counts(1, 1, 0, 0, 0, 0);
    assert_string_equal(summary.layer, "east");
    assert_string_equal(summary.remarks[DATA_IMPORT_REMARK_OTHER_LAYERS].first[0], "west.geojson");
    test_ok(import_with(conn, (struct data_import_options){.path = own("two.zip"), .layer = "west"}));
    assert_string_equal(summary.layer, "west");
}

static void clear_refusals(void **state)
{
    (void)state;
    AUTO(data_conn) conn = test_conn();
    refused(conn, (struct data_import_options){.path = "/none.geojson"}, BASE_NOT_FOUND, "No such file");
    refused(conn, (struct data_import_options){.path = own("empty.geojson")}, BASE_INVALID, "no buildings");
    refused(conn, (struct data_import_options){.path = own("broken.geojson")}, BASE_UNSUPPORTED, "broken.geojson");
    refused(conn, (struct data_import_options){.path = own("towers_gbk_no_crs.zip")}, BASE_INVALID, "--crs");
    refused(conn, (struct data_import_options){.path = own("estates.geojson"), .crs = "EPSG:1"}, BASE_INVALID,
            "EPSG:1");
    refused(conn, (struct data_import_options){.path = own("estates.geojson"), .map = "height=gone"}, BASE_USAGE,
            "gone");
    refused(conn, (struct data_import_options){.path = own("estates.geojson"), .map = "roof=name"}, BASE_USAGE, "roof");
    refused(conn, (struct data_import_options){.path = own("estates.geojson"), .map = "height"}, BASE_USAGE,
            "not name=FIELD");
    refused(conn, (struct data_import_options){.path = own("estates.geojson"), .map = "name=code,name=key"}, BASE_USAGE,
            "name is there twice");
    refused(conn, (struct data_import_options){.path = own("estates.geojson"), .encoding = "NOPE"}, BASE_INVALID,
            "no encoding \"NOPE\"");
    refused(conn, (struct data_import_options){.path = own("estates.geojson"), .crs = "4326"}, BASE_INVALID,
            "EPSG:4326?");
    refused(conn, (struct data_import_options){.path = fixture_source()}, BASE_UNSUPPORTED, "a folder");
    refused(conn, (struct data_import_options){.path = written("b.city.json", "{\"type\":\"CityJSON\"}")},
            BASE_UNSUPPORTED, "CityJSON");
    refused(conn, (struct data_import_options){.path = written("t.csv", "name,lon\na,1\n")}, BASE_INVALID,
            "without geometry");
    refused(conn, (struct data_import_options){.path = written("x.geojson", UNKNOWN_CRS)}, BASE_INVALID, "EPSG:n");
    refused(conn, (struct data_import_options){.path = cut_gml()}, BASE_INVALID, "reading stopped: XML");
    /* and after all that the connection serves */
    import_own(conn, DATA_IMPORT_BUILDINGS, "buildings.geojson");
    counts(13, 9, 0, 0, 0, 4);
}

/* The second slice fails: what the first stored is there, so ingest must hear of it. */
static void a_failure_in_the_middle_moves_the_version(void **state)
{
    (void)state;
    AUTO(data_conn) conn = test_conn();
    int64_t before = place_version(conn);
    test_sql(conn, "alter table building add constraint not_this check (key <> 'many-2900')");
    const char *path = houses("many", "name", "x", 103.9, 3000);
    refused(conn, (struct data_import_options){.path = path}, BASE_DATABASE, "not_this");
    expect(conn, "select count(*) between 1 and 2900 from building", "t");
    int64_t after = place_version(conn);
    assert_true(after > before);
    test_sql(conn, "alter table building drop constraint not_this");
    test_ok(import_with(conn, (struct data_import_options){.path = path}));
    assert_int_equal(summary.created + summary.unchanged, 3000);
    unlink(path);
}

/* 60 characters of three bytes do not fit: the name ends with a whole one, in the table as in the summary. */
static void a_long_name_is_cut_at_a_character(void **state)
{
    (void)state;
    AUTO(data_conn) conn = test_conn();
    char name[256] = "", path[512];
    for (int i = 0; i < 60; i++) {
        memcpy(name + 3 * i, "楼", 4);
    }
    snprintf(path, sizeof path, "/tmp/%s.geojson", name);
    const char *made = houses("long", "name", "x", 103.9, 1);
    assert_int_equal(rename(made, path), 0);
    test_ok(import_with(conn, (struct data_import_options){.path = path}));
    unlink(path);
    assert_int_equal(strlen(summary.dataset), 126);
    assert_true(base_str_utf8(base_str_of(summary.dataset)));
    expect(conn, "select char_length(dataset) from building", "42");
    refused(conn, (struct data_import_options){.path = own("buildings.geojson"), .dataset = name}, BASE_USAGE, "127");
}

static void text_and_datum(void **state)
{
    (void)state;
    AUTO(data_conn) conn = test_conn();
    test_ok(import_with(conn, (struct data_import_options){.path = own("towers_gbk_no_crs.zip"), .crs = "gcj02"}));
    assert_int_equal(summary.remarks[DATA_IMPORT_REMARK_TEXT_RECODED].count, 3);
    expect(conn, "select name from building where key = '#0'", "1号楼");
    expect(conn,
           "select round(st_distance(st_makepoint(lon, lat)::geography, st_makepoint(121.50075, 31.20075)::geography)) "
           "between 465 and 556 from building where key = '#0'",
           "t");
}

static void dry_run_stores_nothing(void **state)
{
    (void)state;
    AUTO(data_conn) conn = test_conn();
    test_ok(import_with(conn, (struct data_import_options){.path = own("village.osm"), .dry_run = true}));
    counts(2, 2, 0, 0, 0, 0);
    assert_int_equal(summary.estates_created, 1);
    expect(conn, "select count(*) from building", "0");
    expect(conn, "select count(*) from estate", "1");
    import_own(conn, DATA_IMPORT_BUILDINGS, "village.osm"); /* the session's stage was rolled back with it */
    counts(2, 2, 0, 0, 0, 0);
}

static void one_at_a_time(void **state)
{
    (void)state;
    const char *database = fixture_database();
    AUTO(data_conn) conn = NULL;
    AUTO(data_conn) other = NULL;
    test_ok(data_conn_open(database, "test", &test_diag, &conn));
    test_ok(data_conn_open(database, "other", &test_diag, &other));
    test_sql(other, "select pg_advisory_lock(hashtext('hutong import'))");
    refused(conn, (struct data_import_options){.path = own("estates.geojson")}, BASE_CONFLICT, "another import");
}

static void reports(void **state)
{
    (void)state;
    AUTO(data_conn) conn = test_conn();
    AUTO_VALUE(base_buf) text;
    AUTO(base_json) json = NULL;
    int64_t value = 0;
    base_buf_init(&text, 1 << 20);
    import_own(conn, DATA_IMPORT_BUILDINGS, "buildings.geojson");
    data_import_report_text(&summary, &text);
    const char *said = base_buf_cstr(&text);
    assert_non_null(strstr(said, "13 read, 9 new, 0 updated, 0 moved, 0 unchanged, 4 skipped"));
    assert_non_null(strstr(said, "skipped 1: no geometry: #8 无形"));
    base_buf_reset(&text);
    data_import_report_json(&summary, &text);
    test_ok(base_json_in_parse(text.data, text.len, &test_diag, &json));
    assert_true(base_json_in_i64(base_json_in_get(json, "skipped"), &value) && value == 4);
    assert_true(base_json_in_i64(base_json_in_get(base_json_in_get(json, "heights"), "measured"), &value) &&
                value == 2);
    assert_int_equal(base_json_in_size(base_json_in_get(json, "skips")), 4);
}

static const char *shared_file(const char *name)
{
    static char path[4096];
    const char *shared = fixture_shared();
    if (!shared) {
        return NULL;
    }
    snprintf(path, sizeof path, "%s/data/%s", shared, name);
    return path;
}

static void real(struct data_conn *conn, const char *name, int64_t rows)
{
    test_ok(import_with(conn, (struct data_import_options){.path = shared_file(name)}));
    counts(rows, rows, 0, 0, 0, 0);
    test_ok(import_with(conn, (struct data_import_options){.path = shared_file(name)}));
    counts(rows, 0, 0, 0, rows, 0);
}

static void real_files(void **state)
{
    (void)state;
    if (!fixture_shared()) {
        skip();
    }
    AUTO(data_conn) conn = test_conn();
    real(conn, "a1_punggol_sg/punggol_buildings_osm_2020-03-07.geojson", 376);
    assert_int_equal(summary.with_levels, 322);
    assert_int_equal(summary.estates, 16);
    expect(conn, "select count(*) from building b join estate e on e.id = b.estate_id where e.name = 'The Meadows'",
           "16");
    real(conn, "a2_shanghai_lujiazui/shanghai_lujiazui_osm.gpkg", 1321);
    expect(conn, "select count(*) from estate where name in ('三航小区', '上港小区') and outline_source = 'given'",
           "2");
    real(conn, "a6_osm_pbf/monaco-latest.osm.pbf", 1207);
    real(conn, "a6_osm_pbf/liechtenstein-latest.osm.pbf", 8994); /* one says building=no */
    real(conn, "b_3d_models/plateau_53392642_bldg_6697_op2.gml", 8);
    expect(conn,
           "select count(*) from building where key like 'BLD%' and not st_isempty(geom) and area_m2 > 50 "
           "and height_source = 'measured'",
           "8");
    expect(conn, "select bool_and(st_isvalid(geom)) from building", "t");
}

static void new_york(void **state)
{
    (void)state;
    if (!fixture_shared()) {
        skip();
    }
    AUTO(data_conn) conn = test_conn();
    real(conn, "a5_nyc_large/nyc_osm.gpkg.zip", 102034);
    assert_int_equal(summary.heights[0], 98035);
}

int main(void)
{
    fixture_alone(); /* New York is one transaction */
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bad_rows_are_named),
        cmocka_unit_test(sizes),
        cmocka_unit_test(estates_by_outline_and_field),
        cmocka_unit_test(again_updates),
        cmocka_unit_test(estates_from_names_and_landuse),
        cmocka_unit_test(an_outline_adopts_a_name),
        cmocka_unit_test(a_guess_reaches_two_kilometres),
        cmocka_unit_test(a_given_name_reaches_twenty),
        cmocka_unit_test(one_estate_for_all),
        cmocka_unit_test(a_code_is_of_its_estate),
        cmocka_unit_test(another_file_of_the_name),
        cmocka_unit_test(other_kinds),
        cmocka_unit_test(what_is_no_building),
        cmocka_unit_test(the_nameless_get_names),
        cmocka_unit_test(causes_end_at_a_word),
        cmocka_unit_test(the_rest_of_an_archive),
        cmocka_unit_test(clear_refusals),
        cmocka_unit_test(a_failure_in_the_middle_moves_the_version),
        cmocka_unit_test(a_long_name_is_cut_at_a_character),
        cmocka_unit_test(text_and_datum),
        cmocka_unit_test(dry_run_stores_nothing),
        cmocka_unit_test(one_at_a_time),
        cmocka_unit_test(reports),
        cmocka_unit_test(real_files),
        cmocka_unit_test(new_york),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
