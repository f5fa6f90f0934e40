/* Tiles from the mirror against ST_AsMVT of the same rows, over the real sets: random tiles around random features, at
 * zooms that leave nothing out and gather nothing. Same ids, same attributes, outlines no further apart than the zoom's
 * tolerance and one unit; every tile passes the strict checker.
 *
 * HUTONG_ORACLE_TILES   how many (150; the soak takes 5,000)
 * HUTONG_ORACLE_FAULTS  a file for every fault, with both geometries
 * HUTONG_ORACLE_DATABASE  one that holds the sets already */
#include "fixture/serving.h"
#include "mvt_compare.h"
#include "tiles/private.h"

#include <math.h>

enum { ZOOM_MIN = 13, ZOOM_MAX = 18, POINTS_MAX = 30000, SAID_MAX = 20 };

static PGconn *pg;
static struct data_conn *conn;
static struct tiles_mirror *mirror;
static struct data_scope *scope;
static struct tiles_render render;
static struct tiles_view *view;
static FILE *faults_file;

/* --- the sets --- */

static const struct set {
    enum data_import_kind kind;
    const char *path, *layer, *map;
} sets[] = {
    {DATA_IMPORT_BUILDINGS, "/vsizip/%s/data/a5_nyc_large/nyc_osm.gpkg.zip", "buildings", NULL},
    {DATA_IMPORT_ROADS, "/vsizip/%s/data/a5_nyc_large/nyc_osm.gpkg.zip", "roads", NULL},
    {DATA_IMPORT_LANDUSE, "%s/data/a2_shanghai_lujiazui/shanghai_lujiazui_osm.gpkg", "landuse", NULL},
    {DATA_IMPORT_BUILDINGS, "%s/data/a2_shanghai_lujiazui/shanghai_lujiazui_osm.gpkg", "buildings", NULL},
    {DATA_IMPORT_WATER, "%s/data/a2_shanghai_lujiazui/shanghai_lujiazui_osm.gpkg", "water", NULL},
    {DATA_IMPORT_ROADS, "%s/data/a2_shanghai_lujiazui/shanghai_lujiazui_osm.gpkg", "roads", NULL},
    {DATA_IMPORT_PLACES, "%s/data/a2_shanghai_lujiazui/shanghai_lujiazui_osm.gpkg", "places", NULL},
    {DATA_IMPORT_BUILDINGS, "%s/data/a1_punggol_sg/punggol_buildings_osm_2020-03-07.geojson", NULL, NULL},
    {DATA_IMPORT_ROADS, "%s/data/a1_punggol_sg/punggol_roads_osm_2020-03-08.geojson", NULL, NULL},
    {DATA_IMPORT_FACILITIES, "%s/data/a1_punggol_sg/punggol_lampposts_lta_oct2015.geojson", NULL, NULL},
    {DATA_IMPORT_LANDUSE, "%s/data/a1_punggol_sg/singapore_subzones_ura_2014.geojson", NULL, NULL},
    {DATA_IMPORT_BUILDINGS, "%s/data/a6_osm_pbf/monaco-latest.osm.pbf", NULL, NULL},
    {DATA_IMPORT_ROADS, "%s/data/a6_osm_pbf/monaco-latest.osm.pbf", NULL, NULL},
    {DATA_IMPORT_BUILDINGS, "%s/data/a6_osm_pbf/liechtenstein-latest.osm.pbf", NULL, NULL},
    {DATA_IMPORT_ROADS, "%s/data/a6_osm_pbf/liechtenstein-latest.osm.pbf", NULL, NULL},
    {DATA_IMPORT_LANDUSE, "%s/data/a6_osm_pbf/liechtenstein-latest.osm.pbf", NULL, NULL},
    {DATA_IMPORT_WATER, "%s/data/a6_osm_pbf/liechtenstein-latest.osm.pbf", NULL, NULL},
};

static void import_all(const char *shared)
{
    for (size_t i = 0; i < BASE_COUNT(sets); i++) {
        char path[4096];
        struct data_import_summary summary = {.read = 0};
        const char *percent = strstr(sets[i].path, "%s");
        snprintf(path, sizeof path, "%.*s%s%s", (int)(percent - sets[i].path), sets[i].path, shared, percent + 2);
        struct data_import_options options = {
            .kind = sets[i].kind, .path = path, .layer = sets[i].layer, .map = sets[i].map};
        test_ok(data_import_run(conn, &options, &test_diag, &summary));
        print_message("%s of %s: %lld rows, %.1f s\n", data_import_kind_name(sets[i].kind), strrchr(path, '/') + 1,
                      (long long)summary.created, summary.seconds);
        assert_true(summary.created > 0);
    }
}

/* --- tiles --- */

static bool is_compared(const struct tiles_layer *layer)
{
    return !layer->live && layer->table != TILES_TABLE_ASSET && layer->table != TILES_TABLE_DEVICE &&
           layer->table != TILES_TABLE_INCIDENT;
}

static struct tiles_set compared_set(uint32_t z)
{
    struct tiles_set set = {.count = 0};
    for (const struct tiles_layer *layer = tiles_layers; layer->name; layer++) {
        if (is_compared(layer) && z >= layer->min_zoom && z >= layer->whole_zoom) {
            set.layers[set.count++] = layer;
        }
    }
    return set;
}

static enum base_err take(void *of, struct base_diag *diag, struct data_conn **ret_conn)
{
    (void)diag;
    *ret_conn = of;
    return BASE_OK;
}

static void by_oracle(const struct tiles_request *request, struct base_buf *tile)
{
    struct tiles_database database = {.of = conn, .take = take};
    struct tiles_request then = *request;
    AUTO_VALUE(tiles_tile) answer = {.body = NULL};
    then.at_us = base_clock_now_us();
    test_ok(tiles_history_tile(&database, &then, &test_diag, &answer));
    if (answer.body) {
        base_buf_append(tile, answer.body->at, answer.body->len);
    }
    test_ok(tile->err);
}

static void by_us(const struct tiles_request *request, struct base_buf *tile)
{
    AUTO_VALUE(base_buf) homes;
    base_buf_init(&homes, 1 << 20);
    test_ok(tiles_render_layers(&render, view, scope, request, &test_diag, tile, &homes));
}

/* --- what is found --- */

static struct found {
    size_t tiles, empty, features, inside, exact, slivers, sliver_inside, oracle_wrong, faults;
    double worst_inside, worst_cut;
    double oracle_s, ours_s, check_s;
    size_t bytes;
} found[ZOOM_MAX + 1];

static size_t faults;

static void fault(const struct tiles_request *request, const struct tiles_layer *layer, const struct mvt_pair *pair,
                  const char *what)
{
    const struct mvt_feature *feature = pair->oracle ? pair->oracle : pair->ours;
    struct tiles_address at = request->address;
    found[at.z].faults++;
    if (faults++ < SAID_MAX) {
        print_message("%s %u/%u/%u id %llu: %s (%.2f units%s)\n", layer->name, at.z, at.x, at.y,
                      (unsigned long long)feature->id, what, pair->distance, pair->inside ? ", inside" : "");
    }
    if (faults_file) {
        AUTO_VALUE(base_buf) text;
        base_buf_init(&text, 64 << 20);
        base_buf_printf(&text, "%s %u/%u/%u id %llu: %s (%.2f units%s)\n  oracle ", layer->name, at.z, at.x, at.y,
                        (unsigned long long)feature->id, what, pair->distance, pair->inside ? ", inside" : "");
        mvt_text(pair->oracle, &text);
        base_buf_text(&text, "\n  ours   ");
        mvt_text(pair->ours, &text);
        fprintf(faults_file, "%s\n", base_buf_cstr(&text));
    }
}

/* Is what a differs from b by nowhere wider than the limit? Of lines: no longer, or at the edge of the buffer, where
 * one that hardly touches it comes or goes. */
static const char sliver_sql[] =
    "with given as (select st_makevalid(st_geomfromtext($1)) a, st_makevalid(st_geomfromtext($2)) b, $3::float8 far),"
    " middle as (select st_makeenvelope(far - 64, far - 64, 4160 - far, 4160 - far) box from given),"
    " rest as (select st_union(st_difference(a, st_buffer(b, far)), st_difference(b, st_buffer(a, far))) line,"
    "  st_symdifference(a, b) area, greatest(st_dimension(a), st_dimension(b)) dimension from given)"
    " select case when dimension = 2 then st_isempty(st_buffer(area, -far / 2))"
    "  else st_isempty(st_intersection(line, box)) or (dimension = 1 and st_length(line) <= far) end"
    " from given, middle, rest";

/* The row itself in units of the tile, cut at its buffer and not rounded: the oracle's judge. ST_AsMVTGeom also
 * simplifies a little, and at times too much: of a line that comes back on itself it drops the way there and back. */
static const char truth_sql[] =
    "with tile as (select st_tileenvelope($1::int, $2::int, $3::int) box, 4096 / (40075016.6855784 / 2 ^ $1::int) far)"
    " select st_astext(st_clipbybox2d(st_affine(st_transform(geom, 3857), far, 0, 0, -far, -far * st_xmin(box),"
    "  far * st_ymax(box)), st_makeenvelope(-64, -64, 4160, 4160)), 15)"
    " from tile, %s where id = $4::bigint and valid_to is null";

static const char inside_sql[] =
    "select coalesce(st_dwithin(st_geomfromtext($1), st_geomfromtext($2), $3::float8), false)";

static bool asks(const char *sql, const char *a, const char *b, double limit)
{
    char number[32];
    snprintf(number, sizeof number, "%.3f", limit);
    const char *values[] = {a, b, number};
    PGresult *result = PQexecParams(pg, sql, 3, NULL, values, NULL, NULL, 0);
    if (PQresultStatus(result) != PGRES_TUPLES_OK) {
        fail_msg("%s", PQerrorMessage(pg));
    }
    bool yes = strcmp(PQgetvalue(result, 0, 0), "t") == 0;
    PQclear(result);
    return yes;
}

static bool is_true(const struct tiles_request *request, const struct tiles_layer *layer, uint64_t id, const char *ours,
                    double limit)
{
    char sql[1000], numbers[4][24];
    const char *values[4];
    uint64_t given[] = {request->address.z, request->address.x, request->address.y, id};
    bool label = layer->table == TILES_TABLE_ESTATE_LABEL; /* a point of an estate: any that lies inside */
    for (size_t i = 0; i < BASE_COUNT(given); i++) {
        snprintf(numbers[i], sizeof numbers[i], "%llu", (unsigned long long)given[i]);
        values[i] = numbers[i];
    }
    snprintf(sql, sizeof sql, truth_sql, tiles_tables[label ? TILES_TABLE_ESTATE : layer->table].name);
    PGresult *result = PQexecParams(pg, sql, 4, NULL, values, NULL, NULL, 0);
    if (PQresultStatus(result) != PGRES_TUPLES_OK) {
        fail_msg("%s", PQerrorMessage(pg));
    }
    bool good = PQntuples(result) == 1 && asks(label ? inside_sql : sliver_sql, PQgetvalue(result, 0, 0), ours, limit);
    PQclear(result);
    return good;
}

static void judge_far(const struct tiles_request *request, const struct tiles_layer *layer, const struct mvt_pair *pair,
                      double limit)
{
    struct found *sum = &found[request->address.z];
    const struct mvt_feature *feature = pair->oracle ? pair->oracle : pair->ours;
    AUTO_VALUE(base_buf) oracle;
    AUTO_VALUE(base_buf) ours;
    base_buf_init(&oracle, 64 << 20);
    base_buf_init(&ours, 64 << 20);
    mvt_text(pair->oracle, &oracle);
    mvt_text(pair->ours, &ours);
    if (asks(sliver_sql, base_buf_cstr(&oracle), base_buf_cstr(&ours), limit)) {
        sum->slivers++;
        sum->sliver_inside += pair->inside;
    } else if (is_true(request, layer, feature->id, base_buf_cstr(&ours), limit)) {
        sum->oracle_wrong++;
    } else {
        fault(request, layer, pair,
              pair->fate == MVT_MISSING ? "missing"
              : pair->fate == MVT_EXTRA ? "not in the oracle's"
                                        : "elsewhere");
    }
}

static void judge(const struct tiles_request *request, const struct tiles_layer *layer, const struct mvt_layer *oracle,
                  const struct mvt_layer *ours, const struct mvt_pair *pair, double limit)
{
    struct found *sum = &found[request->address.z];
    const char *key = "";
    sum->features++;
    sum->inside += pair->inside;
    if (pair->oracle && pair->ours && !mvt_same_tags(oracle, pair->oracle, ours, pair->ours, &key)) {
        char text[200];
        snprintf(text, sizeof text, "attribute %s", key);
        fault(request, layer, pair, text);
    }
    if (pair->fate == MVT_EQUAL || pair->fate == MVT_NEAR) {
        double *worst = pair->inside ? &sum->worst_inside : &sum->worst_cut;
        *worst = fmax(*worst, pair->distance);
        sum->exact += pair->distance < 1e-6; /* a ring may begin elsewhere */
    } else {
        judge_far(request, layer, pair, limit);
    }
}

static void compare_layers(const struct tiles_request *request, const struct mvt_tile *oracle,
                           const struct mvt_tile *ours)
{
    uint32_t z = request->address.z;
    double limit = 1 + (z >= TILES_ZOOM_FULL ? 0 : tiles_mvt_tolerance(z)) + 1e-9;
    for (size_t i = 0; i < request->set.count; i++) {
        const struct mvt_layer *a = mvt_find(oracle, request->set.layers[i]->name);
        const struct mvt_layer *b = mvt_find(ours, request->set.layers[i]->name);
        AUTO_VALUE(mvt_compared) all = {.pairs = NULL};
        assert_true(!b || b->version_first);
        assert_true(mvt_compare(a, b, limit, &all));
        for (size_t k = 0; k < all.count; k++) {
            judge(request, request->set.layers[i], a, b, &all.pairs[k], limit);
        }
    }
}

static double seconds_since(int64_t *at_us)
{
    int64_t before = *at_us;
    *at_us = base_clock_mono_us();
    return (double)(*at_us - before) / 1e6;
}

static void compare_tile(struct tiles_address at)
{
    struct tiles_request request = {.address = at, .set = compared_set(at.z), .scope = scope};
    AUTO_VALUE(base_buf) oracle_bytes;
    AUTO_VALUE(base_buf) our_bytes;
    AUTO(mvt_tile) oracle = NULL;
    AUTO(mvt_tile) ours = NULL;
    base_buf_init(&oracle_bytes, 64 << 20);
    base_buf_init(&our_bytes, 64 << 20);
    int64_t clock = base_clock_mono_us();
    by_oracle(&request, &oracle_bytes);
    found[at.z].oracle_s += seconds_since(&clock);
    by_us(&request, &our_bytes);
    found[at.z].ours_s += seconds_since(&clock);
    if (mvt_tile_in(our_bytes.data, our_bytes.len, MVT_OURS, &test_diag, &ours)) {
        print_message("%u/%u/%u: %s\n", at.z, at.x, at.y, test_diag.text);
        if (faults_file) {
            fprintf(faults_file, "%u/%u/%u: %s\n", at.z, at.x, at.y, test_diag.text);
        }
        found[at.z].faults++;
        faults++;
        return;
    }
    found[at.z].check_s += seconds_since(&clock);
    if (mvt_tile_in(oracle_bytes.data, oracle_bytes.len, MVT_SPEC, &test_diag, &oracle)) {
        fail_msg("the oracle's %u/%u/%u: %s", at.z, at.x, at.y, test_diag.text);
    }
    found[at.z].tiles++;
    found[at.z].empty += our_bytes.len == 0;
    found[at.z].bytes += our_bytes.len;
    compare_layers(&request, oracle, ours);
}

/* --- which tiles --- */

/* Points on features in an order that is random and always the same, the countries by turns. */
static const char points_sql[] =
    "with feature as (select 'b' || id as name, geom from building union all select 'r' || id, geom from road"
    " union all select 'w' || id, geom from water union all select 'l' || id, geom from landuse"
    " union all select 'f' || id, geom from facility union all select 'p' || id, geom from place),"
    " numbered as (select st_pointonsurface(geom) point, row_number() over (partition by"
    " floor(st_x(st_centroid(geom)) / 5) order by md5(name)) as turn, md5(name) as mix from feature)"
    " select st_x(point), st_y(point) from numbered order by turn, mix limit 30000";

static bool is_new(struct tiles_address at, struct tiles_address *seen, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (memcmp(&seen[i], &at, sizeof at) == 0) {
            return false;
        }
    }
    return true;
}

static size_t wanted(void)
{
    const char *text = getenv("HUTONG_ORACLE_TILES");
    int64_t count = 150;
    assert_true(!text || base_str_i64(base_str_of(text), &count));
    return (size_t)count;
}

static void compare_all(void)
{
    static struct tiles_address seen[POINTS_MAX];
    size_t count = 0, most = wanted();
    PGresult *points = PQexec(pg, points_sql);
    assert_int_equal(PQresultStatus(points), PGRES_TUPLES_OK);
    for (int i = 0; i < PQntuples(points) && count < most; i++) {
        uint32_t z = ZOOM_MIN + (uint32_t)i % (ZOOM_MAX - ZOOM_MIN + 1);
        double side = exp2(z), lon = strtod(PQgetvalue(points, i, 0), NULL),
               lat = strtod(PQgetvalue(points, i, 1), NULL);
        struct tiles_address at = {z, (uint32_t)((lon + 180) / 360 * side),
                                   (uint32_t)((1 - asinh(tan(lat * M_PI / 180)) / M_PI) / 2 * side)};
        if (is_new(at, seen, count)) {
            seen[count++] = at;
            compare_tile(at);
        }
    }
    PQclear(points);
    assert_true(count == most);
}

static void report(void)
{
    print_message("zoom tiles empty features inside exact slivers (inside) oracle wrong, faults | worst inside, cut | "
                  "ms a tile: oracle "
                  "ours check | kB\n");
    for (uint32_t z = ZOOM_MIN; z <= ZOOM_MAX; z++) {
        const struct found *f = &found[z];
        double n = f->tiles ? (double)f->tiles : 1;
        print_message("%u %6zu %4zu %8zu %8zu %8zu %5zu (%zu) %3zu %5zu | %.2f %.2f | %.2f %.3f %.2f | %.0f\n", z,
                      f->tiles, f->empty, f->features, f->inside, f->exact, f->slivers, f->sliver_inside,
                      f->oracle_wrong, f->faults, f->worst_inside, f->worst_cut, f->oracle_s / n * 1e3,
                      f->ours_s / n * 1e3, f->check_s / n * 1e3, (double)f->bytes / n / 1e3);
    }
}

static bool is_loaded(void *unused)
{
    (void)unused;
    view = tiles_mirror_view(mirror);
    return view != NULL;
}

static void tiles_equal_st_asmvt(void **state)
{
    (void)state;
    const char *shared = fixture_shared(), *loaded = getenv("HUTONG_ORACLE_DATABASE");
    const char *path = getenv("HUTONG_ORACLE_FAULTS");
    if (!shared) {
        skip();
    }
    const char *database = loaded ? loaded : fixture_database();
    faults_file = path ? fopen(path, "w") : NULL;
    pg = test_pg(database);
    test_ok(data_conn_open(database, "test", &test_diag, &conn));
    if (!loaded) {
        import_all(shared);
        test_sql(pg, "create index on building using gist (geom)"); /* the past has none: 0.3 s a tile */
        test_sql(pg, "create index on road using gist (geom)");
        test_sql(pg, "analyze building, road, landuse, water, facility, place, estate");
    }
    test_ok(data_scope_everything(&test_diag, &scope));
    test_ok(tiles_mvt_new(&test_diag, &render.mvt));
    test_ok(tiles_mirror_new(&(struct tiles_mirror_config){.upstreams = &database, .count = 1}, &test_diag, &mirror));
    assert_true(fixture_poll(is_loaded, NULL, 120000000));
    compare_all();
    report();
    tiles_view_unref(view);
    tiles_mirror_free(mirror);
    tiles_mvt_free(render.mvt);
    data_scope_free(scope);
    data_conn_free(conn);
    PQfinish(pg);
    if (faults_file) {
        fclose(faults_file);
    }
    assert_int_equal(faults, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(tiles_equal_st_asmvt)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
