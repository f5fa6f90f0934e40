/* Placing over the footprints of New York on one core, and whether PostGIS says the same: a third of the positions
 * inside a building's box, the rest within some 60 m of one, as guards walk. Prints:
 *   bench place_points_per_s N points/s      bench place_index_bytes N bytes
 *   bench place_differences N points         of the sample; exit 1 unless it is 0 */
#include "data/data.h"
#include "fixture/fixture.h"
#include "geo/geo.h"

#include <libpq-fe.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { POINTS = 1000000, ROUNDS = 5, SAMPLE = 20000 };
#define ACC_M 20.0
#define SAME_M 0.0002 /* the index keeps 0.1 mm, and nearer together than that is a tie */

static void die(const char *what, const char *why)
{
    fprintf(stderr, "bench_place: %s: %s\n", what, why);
    exit(1);
}

static double uniform(uint64_t *seed) /* xorshift64*: the same points in every run */
{
    *seed ^= *seed >> 12;
    *seed ^= *seed << 25;
    *seed ^= *seed >> 27;
    return (double)(*seed * UINT64_C(2685821657736338717) >> 11) / 9007199254740992.0;
}

/* The way of the product: imported, then loaded as ingest loads it. */
static struct geo_place *load(const char *database)
{
    static struct data_import_summary summary;
    struct base_diag diag = {.text = ""};
    AUTO(data_conn) conn = NULL;
    struct geo_place *place = NULL;
    int64_t version;
    char path[4096];
    const char *shared = fixture_shared();
    if (!shared) {
        die("load", "no footprints of New York");
    }
    snprintf(path, sizeof path, "%s/data/a5_nyc_large/nyc_osm.gpkg.zip", shared);
    enum base_err err = data_conn_open(database, "bench", &diag, &conn);
    err = err ? err : data_import_run(conn, &(struct data_import_options){.path = path}, &diag, &summary);
    err = err ? err : data_place_load(conn, &diag, &place, &version);
    if (err) {
        die("load", diag.text);
    }
    return place;
}

static double number_at(const PGresult *rows, int row, int column)
{
    double value = 0;
    return base_str_f64(base_str_of(PQgetvalue(rows, row, column)), &value) ? value : NAN;
}

static void scatter(PGconn *pg, struct geo_point *points)
{
    uint64_t seed = 20260101;
    PGresult *boxes = PQexec(pg, "select st_xmin(geom), st_ymin(geom), st_xmax(geom), st_ymax(geom) from building "
                                 "where valid_to is null order by 1, 2, 3, 4");
    if (PQresultStatus(boxes) != PGRES_TUPLES_OK || PQntuples(boxes) == 0) {
        die("boxes", PQerrorMessage(pg));
    }
    for (size_t i = 0; i < POINTS; i++) {
        int row = (int)(uniform(&seed) * PQntuples(boxes));
        double around = i % 3 ? 0.0006 : 0; /* degrees: some 60 m */
        double west = number_at(boxes, row, 0) - around, south = number_at(boxes, row, 1) - around;
        points[i].lon = west + uniform(&seed) * (number_at(boxes, row, 2) + around - west);
        points[i].lat = south + uniform(&seed) * (number_at(boxes, row, 3) + around - south);
    }
    PQclear(boxes);
}

static int by_value(const void *a, const void *b)
{
    double left = *(const double *)a, right = *(const double *)b;
    return left < right ? -1 : left > right;
}

/* Of this thread alone: what else runs on the machine takes cores away, not this time. */
static double cpu_seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void measure(const struct geo_place *place, const struct geo_point *points)
{
    double rates[ROUNDS];
    int64_t methods[3] = {0};
    for (int round = 0; round < ROUNDS; round++) {
        double began = cpu_seconds();
        for (size_t i = 0; i < POINTS; i++) {
            struct geo_place_hit hit;
            geo_place_find(place, points[i], ACC_M, &hit);
            methods[hit.method]++;
        }
        rates[round] = POINTS / (cpu_seconds() - began);
    }
    qsort(rates, ROUNDS, sizeof *rates, by_value);
    printf("bench place_points_per_s %.0f points/s min %.0f max %.0f\n", rates[ROUNDS / 2], rates[0],
           rates[ROUNDS - 1]);
    printf("bench place_index_bytes %zu bytes\n", geo_place_memory(place));
    printf("# %u buildings; inside %.1f %%, nearest %.1f %%, none %.1f %%\n", geo_place_count(place),
           (double)methods[GEO_PLACE_INSIDE] * 100 / POINTS / ROUNDS,
           (double)methods[GEO_PLACE_NEAREST] * 100 / POINTS / ROUNDS,
           (double)methods[GEO_PLACE_NONE] * 100 / POINTS / ROUNDS);
}

/* Columns: the smallest building that contains the point; if there is none, the distance in metres of the nearest, the
 * ids of those as near (within SAME_M), and whether the candidates sufficed. Metres are local ones, by scaling degrees
 * about the point: walls are straight between their ends there, as for ST_Contains; those of geography bend (8 mm over
 * 700 m). <-> counts degrees, of which one of longitude is the shorter: so it only chooses candidates, and the degrees
 * of the last of them, taken for degrees of longitude, must exceed the metres of the nearest (or the accuracy) for no
 * other building to be nearer. */
static const char *const oracle =
    "with p as (select n, lon, lat, lon_m, lat_m, st_setsrid(st_makepoint(lon, lat), 4326) as g "
    "from unnest($1::float8[], $2::float8[], $3::float8[], $4::float8[]) with ordinality as t(lon, lat, lon_m, lat_m, "
    "n)) "
    "select i.id, near.least_m, near.ids, near.enough from p "
    "left join lateral (select b.id from building b where b.valid_to is null and st_contains(b.geom, p.g) "
    "order by b.area_m2, b.id limit 1) i on true "
    "left join lateral (select min(d.least_m) as least_m, "
    "array_agg(d.id order by d.id) filter (where d.m <= d.least_m + $5::float8) as ids, "
    "max(d.degrees) * p.lon_m > least(min(d.least_m), $6::float8) as enough from ("
    "select c.id, c.m, c.degrees, min(c.m) over () as least_m from ("
    "select b.id, b.geom <-> p.g as degrees, st_distance(st_scale(st_translate(b.geom, -p.lon, -p.lat), p.lon_m, "
    "p.lat_m), st_setsrid(st_makepoint(0, 0), 4326)) as m from building b "
    "where b.valid_to is null and i.id is null order by b.geom <-> p.g limit 24) c) d) near on true "
    "order by p.n";

static double longitude(struct geo_point p)
{
    return p.lon;
}

static double latitude(struct geo_point p)
{
    return p.lat;
}

static double metres_east(struct geo_point p)
{
    return geo_local_at(p.lat).lon_m;
}

static double metres_north(struct geo_point p)
{
    return geo_local_at(p.lat).lat_m;
}

static PGresult *ask_postgis(PGconn *pg, const struct geo_point *points)
{
    double (*const columns[])(struct geo_point) = {longitude, latitude, metres_east, metres_north};
    struct base_buf arrays[BASE_COUNT(columns)];
    const char *values[BASE_COUNT(columns) + 2];
    char same_m[32], acc_m[32];
    for (size_t column = 0; column < BASE_COUNT(columns); column++) {
        base_buf_init(&arrays[column], 1 << 20);
        for (size_t i = 0; i < SAMPLE; i++) {
            base_buf_printf(&arrays[column], "%c%.17g", i ? ',' : '{', columns[column](points[i * (POINTS / SAMPLE)]));
        }
        base_buf_text(&arrays[column], "}");
        values[column] = base_buf_cstr(&arrays[column]);
    }
    snprintf(same_m, sizeof same_m, "%g", SAME_M);
    snprintf(acc_m, sizeof acc_m, "%g", ACC_M);
    values[BASE_COUNT(columns)] = same_m;
    values[BASE_COUNT(columns) + 1] = acc_m;
    PGresult *rows = PQexecParams(pg, oracle, BASE_COUNT(values), NULL, values, NULL, NULL, 0);
    if (PQresultStatus(rows) != PGRES_TUPLES_OK || PQntuples(rows) != SAMPLE) {
        die("PostGIS", PQerrorMessage(pg));
    }
    for (size_t column = 0; column < BASE_COUNT(columns); column++) {
        base_buf_release(&arrays[column]);
    }
    return rows;
}

/* Is the id in an array as PostgreSQL writes it, {1,2}? */
static bool lists(const char *array, int64_t id)
{
    struct base_str rest = {array + 1, strlen(array) - 2}, part;
    int64_t value;
    while (base_str_next(&rest, ',', &part)) {
        if (base_str_i64(part, &value) && value == id) {
            return true;
        }
    }
    return false;
}

static bool same(const PGresult *rows, int row, const struct geo_place_hit *hit)
{
    int64_t inside = 0;
    if (!PQgetisnull(rows, row, 0)) {
        return base_str_i64(base_str_of(PQgetvalue(rows, row, 0)), &inside) && hit->method == GEO_PLACE_INSIDE &&
               hit->id == inside;
    }
    double least_m = number_at(rows, row, 1);
    if (*PQgetvalue(rows, row, 3) != 't') {
        return false; /* the oracle itself is not sure */
    }
    if (hit->method == GEO_PLACE_NEAREST) {
        return fabs(hit->distance_m - least_m) <= SAME_M && lists(PQgetvalue(rows, row, 2), hit->id);
    }
    return hit->method == GEO_PLACE_NONE && least_m > ACC_M - SAME_M;
}

static int compare(PGconn *pg, const struct geo_place *place, const struct geo_point *points)
{
    int differences = 0, methods[3] = {0};
    PGresult *rows = ask_postgis(pg, points);
    for (int i = 0; i < SAMPLE; i++) {
        struct geo_place_hit hit;
        struct geo_point p = points[(size_t)i * (POINTS / SAMPLE)];
        geo_place_find(place, p, ACC_M, &hit);
        methods[hit.method]++;
        if (!same(rows, i, &hit)) {
            differences++;
            printf("# %.9f %.9f: %s %lld %.4f m; PostGIS: inside %s, nearest %s at %s m\n", p.lon, p.lat,
                   geo_place_method_name(hit.method), (long long)hit.id, hit.distance_m, PQgetvalue(rows, i, 0),
                   PQgetvalue(rows, i, 2), PQgetvalue(rows, i, 1));
        }
    }
    PQclear(rows);
    printf("bench place_differences %d points\n", differences);
    printf("# of %d compared with PostGIS: %d inside, %d nearest, %d none\n", SAMPLE, methods[GEO_PLACE_INSIDE],
           methods[GEO_PLACE_NEAREST], methods[GEO_PLACE_NONE]);
    return differences;
}

int main(void)
{
    const char *database = fixture_database();
    AUTO(geo_place) place = load(database);
    PGconn *pg = PQconnectdb(database);
    struct geo_point *points = calloc(POINTS, sizeof *points);
    if (PQstatus(pg) != CONNECTION_OK || !points) {
        die("set-up", PQerrorMessage(pg));
    }
    PQclear(PQexec(pg, "set search_path = hutong, public"));
    scatter(pg, points);
    measure(place, points);
    int differences = compare(pg, place, points);
    PQfinish(pg);
    free(points);
    return differences ? 1 : 0;
}
