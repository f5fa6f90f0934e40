/* Passes of real GPX tracks against the footprints of Liechtenstein shifted under them: the same places, moments,
 * distances and counts as PostGIS finds by oracle.sql. */
#include "facts_test.h"

#include "data/data.h"

#include <libpq-fe.h>

enum { PASSES_MAX = 4096, POINTS_MAX = 2000, ANCHORS = 4 };

struct track {
    const char *file;
    bool paced; /* its own times are none: a position every 5 s */
    const char *subject;
};

static const struct track tracks[] = {
    {"gpxpy_around-visnjan-with-car.gpx", false, "vehicle"},
    {"gpxpy_cerknicko-jezero.gpx", false, "guard"},
    {"gpxpy_cerknicko-jezero.gpx", false, "vehicle"},
    {"gpxpy_korita-zbevnica.gpx", false, "guard"},
    {"gpxpy_korita-zbevnica.gpx", true, "guard"},
    {"gpxpy_Mojstrovka.gpx", true, "guard"},
};

struct world {
    PGconn *pg;
    const char *shared;
    struct geo_place *places[FACTS_KIND_COUNT];
    struct test_given given;
    struct facts_pass valid[TEST_GIVEN_MAX];
    int64_t fixes, passes[FACTS_KIND_COUNT], moments; /* moments: passes between two positions */
    double worst_m, worst_s;
};

/* --- SQL of the test's own --- */
static PGresult *ask(struct world *world, const char *sql)
{
    PGresult *result = PQexec(world->pg, sql);
    ExecStatusType status = PQresultStatus(result);
    if (status != PGRES_TUPLES_OK && status != PGRES_COMMAND_OK) {
        fail_msg("%.200s: %s", sql, PQerrorMessage(world->pg));
    }
    return result;
}

static void run(struct world *world, const char *sql)
{
    PQclear(ask(world, sql));
}

static double real(const PGresult *result, int row, int column)
{
    double value = NAN;
    if (!PQgetisnull(result, row, column)) {
        assert_true(base_str_f64(base_str_of(PQgetvalue(result, row, column)), &value));
    }
    return value;
}

static int64_t whole(const PGresult *result, int row, int column)
{
    int64_t value = 0;
    assert_true(base_str_i64(base_str_of(PQgetvalue(result, row, column)), &value));
    return value;
}

/* --- input --- */
static void import(struct world *world, const char *database, enum data_import_kind kind)
{
    static struct data_import_summary summary;
    AUTO(data_conn) conn = NULL;
    char path[4096];
    snprintf(path, sizeof path, "%s/data/a6_osm_pbf/liechtenstein-latest.osm.pbf", world->shared);
    test_ok(data_conn_open(database, "test", &test_diag, &conn));
    test_ok(data_import_run(conn, &(struct data_import_options){.kind = kind, .path = path}, &test_diag, &summary));
}

static void load_oracle(struct world *world)
{
    char path[4096];
    AUTO_VALUE(base_buf) sql;
    base_buf_init(&sql, 1 << 20);
    snprintf(path, sizeof path, "%s/tests/facts/oracle.sql", fixture_source());
    test_ok(base_file_read(path, 1 << 19, &test_diag, &sql));
    run(world, base_buf_cstr(&sql));
    run(world, "insert into place_in select 'building', id, geom from building union all select 'zone', id, geom from "
               "landuse where st_npoints(geom) < 500 union all select 'checkpoint', id, st_point(lon, lat, 4326) from "
               "building where id % 7 = 0");
}

static int set_up(void **state)
{
    struct world *world = calloc(1, sizeof *world);
    *state = world;
    world->shared = fixture_shared();
    if (!world->shared) {
        return 0;
    }
    const char *database = fixture_database();
    import(world, database, DATA_IMPORT_BUILDINGS);
    import(world, database, DATA_IMPORT_LANDUSE);
    world->pg = PQconnectdb(database);
    run(world, "set search_path = hutong, public; set client_min_messages = warning; set time zone 'UTC'");
    load_oracle(world);
    return 0;
}

static int tear_down(void **state)
{
    struct world *world = *state;
    PQfinish(world->pg);
    free(world);
    return 0;
}

/* Positions of the file that have a time, or all of them at a pace. Accuracies, which the files do not have, are made
 * up: some unknown, some too bad. */
static void read_track(struct world *world, const struct track *track)
{
    AUTO(geo_vector) vector = NULL;
    struct geo_vector_feature feature = {.fid = 0};
    char path[4096], sql[512];
    bool more = true;
    geo_shape_init(&feature.shape);
    snprintf(path, sizeof path, "%s/data/c_tracks/%s", world->shared, track->file);
    test_ok(geo_vector_open(path, &(struct geo_vector_options){.layer = "track_points", .theme = GEO_VECTOR_POINTS},
                            &test_diag, &vector));
    int time = geo_vector_bind(vector, "time");
    run(world, "truncate fix_in");
    for (int n = 0;; n++) {
        test_ok(geo_vector_next(vector, &test_diag, &feature, &more));
        if (!more) {
            break;
        }
        struct base_str text = geo_vector_value(vector, time);
        if (track->paced || text.len) {
            snprintf(
                sql, sizeof sql,
                "insert into fix_in select '%s', %d, case when %d = 1 then timestamptz '2020-01-01 00:00+00' + %d * "
                "interval '5 s' else nullif('%.*s', '')::timestamptz end, %.17g, %.17g, case when %d %% 13 = 5 then "
                "45 when %d %% 7 = 3 then null else 4 + %d %% 9 end",
                track->file, n, track->paced, n, (int)text.len, text.at ? text.at : "", feature.shape.xy[0],
                feature.shape.xy[1], n, n, n);
            run(world, sql);
        }
    }
    geo_shape_release(&feature.shape);
}

/* --- what facts says --- */
static void index_places(struct world *world, double dx, double dy)
{
    AUTO_VALUE(geo_shape) shape;
    char sql[512];
    geo_shape_init(&shape);
    for (size_t kind = 0; kind < FACTS_KIND_COUNT; kind++) {
        test_ok(geo_place_new(&test_diag, &world->places[kind]));
        snprintf(
            sql, sizeof sql,
            "select p.id, encode(st_asewkb(st_translate(p.geom, %.17g, %.17g)), 'hex') from place_in p join place_at "
            "a on a.kind = p.kind and a.id = p.id where p.kind = '%s'",
            dx, dy, facts_kind_name((enum facts_kind)kind));
        PGresult *rows = ask(world, sql);
        for (int i = 0; i < PQntuples(rows); i++) {
            const char *hex = PQgetvalue(rows, i, 1);
            size_t len = strlen(hex) / 2;
            unsigned char *wkb = malloc(len + 1);
            for (size_t at = 0; at < len; at++) {
                char two[3] = {hex[2 * at], hex[2 * at + 1], '\0'};
                wkb[at] = (unsigned char)strtol(two, NULL, 16);
            }
            test_ok(geo_wkb_in(wkb, len, &test_diag, &shape));
            test_ok(geo_place_add(world->places[kind], whole(rows, i, 0), 0, &shape, &test_diag));
            free(wkb);
        }
        PQclear(rows);
        test_ok(geo_place_build(world->places[kind], &test_diag));
    }
}

static int by_place(const void *a, const void *b)
{
    const struct facts_pass *x = a, *y = b;
    if (x->kind != y->kind) {
        return x->kind < y->kind ? -1 : 1;
    }
    if (x->place_id != y->place_id) {
        return x->place_id < y->place_id ? -1 : 1;
    }
    return (x->t_from > y->t_from) - (x->t_from < y->t_from);
}

static size_t passes_of(struct world *world, const struct facts_rules *rules)
{
    static struct facts_track track;
    const struct facts_sink sink = {test_take, &world->given};
    const struct facts_places places = {.of = {world->places[FACTS_KIND_BUILDING], world->places[FACTS_KIND_CHECKPOINT],
                                               world->places[FACTS_KIND_ZONE]}};
    PGresult *rows =
        ask(world, "select (extract(epoch from t) * 1000000)::bigint, lon, lat, acc from fix_in order by t, n");
    world->given.count = 0;
    facts_track_init(&track);
    for (int i = 0; i < PQntuples(rows); i++) {
        struct facts_fix fix = {
            .t_event = whole(rows, i, 0), .at = {real(rows, i, 1), real(rows, i, 2)}, .acc_m = (float)real(rows, i, 3)};
        assert_int_not_equal(facts_track_fix(&track, rules, &fix, &places, &sink), FACTS_LATE);
        assert_true(track.open_count < FACTS_OPEN_MAX);
    }
    world->fixes += PQntuples(rows);
    PQclear(rows);
    facts_track_end(&track, &sink);
    size_t count = test_valid(&world->given, world->valid);
    qsort(world->valid, count, sizeof *world->valid, by_place);
    return count;
}

/* --- both, side by side --- */
static void worse(double *worst, double value)
{
    *worst = value > *worst ? value : *worst;
}

static void compare(struct world *world, const PGresult *oracle, int row, const struct facts_pass *pass)
{
    double from = fabs((double)pass->t_from / 1e6 - real(oracle, row, 2));
    double to = fabs((double)pass->t_to / 1e6 - real(oracle, row, 3));
    double nearest = fabs((double)pass->nearest_m - real(oracle, row, 4)), acc = real(oracle, row, 5);
    double slack = pass->kind == FACTS_KIND_ZONE ? 0.5 : 0.05; /* a long edge bends by centimetres between the planes */
    bool same_acc = isnan(acc) ? isnan(pass->acc_m) : fabs((double)pass->acc_m - acc) < 0.1;
    if (strcmp(PQgetvalue(oracle, row, 0), facts_kind_name(pass->kind)) != 0 ||
        whole(oracle, row, 1) != pass->place_id || whole(oracle, row, 6) != pass->fixes || !same_acc || pass->open ||
        nearest > 0.01 || from > slack || to > slack) {
        fail_msg(
            "%s %lld from %.3f to %.3f, %.3f m, accuracy %.2f, %d fixes; PostGIS says %s %s from %s to %s, %s m, %s, "
            "%s fixes",
            facts_kind_name(pass->kind), (long long)pass->place_id, (double)pass->t_from / 1e6,
            (double)pass->t_to / 1e6, (double)pass->nearest_m, (double)pass->acc_m, pass->fixes,
            PQgetvalue(oracle, row, 0), PQgetvalue(oracle, row, 1), PQgetvalue(oracle, row, 2),
            PQgetvalue(oracle, row, 3), PQgetvalue(oracle, row, 4), PQgetvalue(oracle, row, 5),
            PQgetvalue(oracle, row, 6));
    }
    worse(&world->worst_m, nearest);
    worse(&world->worst_s, fmax(from, to));
    world->passes[pass->kind]++;
    world->moments += pass->fixes == 0;
}

/* The plane touches the earth in the middle of the track: over its few kilometres, distances are those of the ground.
 */
static void judge(struct world *world, const struct track *track, double lon, double lat, int anchor)
{
    char sql[1024], plane[160];
    enum sensors_subject subject = SENSORS_SUBJECT_NONE;
    assert_true(sensors_subject_in(base_str_of(track->subject), &subject));
    const struct facts_rules *rules = facts_rules_of(subject);
    snprintf(sql, sizeof sql,
             "select st_x(c), st_y(c), lon - %.17g, lat - %.17g from (select st_centroid(st_extent(st_makepoint(lon, "
             "lat))) c from fix_in) e, (select lon, lat from fix_in order by n offset (select count(*) * %d / %d from "
             "fix_in) limit 1) f",
             lon, lat, anchor + 1, ANCHORS + 1);
    PGresult *rows = ask(world, sql);
    double dx = real(rows, 0, 2), dy = real(rows, 0, 3);
    snprintf(plane, sizeof plane, "+proj=aeqd +lon_0=%.6f +lat_0=%.6f +datum=WGS84 +units=m", real(rows, 0, 0),
             real(rows, 0, 1));
    PQclear(rows);
    snprintf(sql, sizeof sql, "select pg_temp.put_places('%s', %.17g, %.17g), pg_temp.take_steps('%s', '%s', %d, %d)",
             plane, dx, dy, track->file, plane, subject == SENSORS_SUBJECT_GUARD ? 7 : 42,
             subject == SENSORS_SUBJECT_GUARD ? 200 : 500);
    run(world, sql);
    index_places(world, dx, dy);
    PGresult *oracle = ask(world, "select * from pg_temp.passes()");
    size_t count = passes_of(world, rules);
    for (int row = 0; row < PQntuples(oracle) && row < (int)count; row++) {
        compare(world, oracle, row, &world->valid[row]);
    }
    assert_int_equal(count, PQntuples(oracle));
    PQclear(oracle);
    for (size_t kind = 0; kind < FACTS_KIND_COUNT; kind++) {
        geo_place_free(world->places[kind]);
    }
}

static void as_the_oracle(void **state)
{
    struct world *world = *state;
    if (!world->shared) {
        skip();
    }
    PGresult *anchors = ask(world, "select avg(lon), avg(lat) from building group by floor(lon / 0.005), floor(lat / "
                                   "0.005) order by count(*) desc, 1 limit 4");
    assert_int_equal(PQntuples(anchors), ANCHORS);
    for (size_t i = 0; i < BASE_COUNT(tracks); i++) {
        read_track(world, &tracks[i]);
        for (int anchor = 0; anchor < ANCHORS; anchor++) {
            judge(world, &tracks[i], real(anchors, anchor, 0), real(anchors, anchor, 1), anchor);
        }
        printf("%s as %s: %lld fixes, passes so far: %lld at buildings, %lld at checkpoints, %lld in zones\n",
               tracks[i].file, tracks[i].subject, (long long)world->fixes,
               (long long)world->passes[FACTS_KIND_BUILDING], (long long)world->passes[FACTS_KIND_CHECKPOINT],
               (long long)world->passes[FACTS_KIND_ZONE]);
    }
    PQclear(anchors);
    printf("%lld of the passes lie between two fixes; greatest differences %.4f m, %.4f s\n", (long long)world->moments,
           world->worst_m, world->worst_s);
    assert_true(world->passes[FACTS_KIND_BUILDING] > 125 * ANCHORS &&
                world->passes[FACTS_KIND_CHECKPOINT] > 12 * ANCHORS);
    assert_true(world->passes[FACTS_KIND_ZONE] > 25 * ANCHORS && world->moments > 25 * ANCHORS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test_setup_teardown(as_the_oracle, set_up, tear_down)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
