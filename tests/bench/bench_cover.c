/* What a track covers, on one core: segments of 7 m (a walker's five seconds), 2.5 m to each side, in a zone of a
 * kilometre square with houses in it; and the way without cells, buffers joined by GEOS, of the same segments. Prints:
 *   bench cover_segments_per_s N 1/s         bench cover_geos_segments_per_s N 1/s   (100 segments joined at a time)
 *   bench cover_grid_ms N ms                 the zone's grid, masked by the houses */
#include "fixture/fixture.h"
#include "geo/geo.h"

#include <geos_c.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { SEGMENTS = 2000000, ROUNDS = 5, HOUSES = 2000, GEOS_BATCH = 100, GEOS_BATCHES = 20, QUADRANT = 16 };
#define HALF_WIDTH_M 2.5
#define STEP_M 7.0

static struct geo_point points[SEGMENTS + 1];

static void die(const char *what, const char *why)
{
    fprintf(stderr, "bench_cover: %s: %s\n", what, why);
    exit(1);
}

static double uniform(uint64_t *seed) /* xorshift64*: the same in every run */
{
    *seed ^= *seed >> 12;
    *seed ^= *seed << 25;
    *seed ^= *seed >> 27;
    return (double)(*seed * UINT64_C(2685821657736338717) >> 11) / 9007199254740992.0;
}

/* Of this thread alone: what else runs on the machine takes cores away, not this time. */
static double cpu_seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static int by_value(const void *a, const void *b)
{
    double left = *(const double *)a, right = *(const double *)b;
    return left < right ? -1 : left > right;
}

static void square(struct geo_shape *shape, double lon, double lat, double width, double height)
{
    const double xy[] = {lon, lat, lon + width, lat, lon + width, lat + height, lon, lat + height};
    geo_shape_init(shape);
    geo_shape_reset(shape, GEO_SHAPE_AREA);
    for (size_t i = 0; i < BASE_COUNT(xy); i += 2) {
        geo_shape_vertex(shape, xy[i], xy[i + 1]);
    }
    geo_shape_ring_end(shape);
    geo_shape_part_end(shape);
}

static void make_grid(struct geo_cover_grid *grid)
{
    static struct geo_shape houses[HOUSES];
    struct geo_shape area;
    struct base_diag diag;
    uint64_t seed = 20260707;
    square(&area, 121.5, 31.2, 0.0105, 0.009);
    for (size_t i = 0; i < HOUSES; i++) {
        square(&houses[i], 121.5 + 0.0105 * uniform(&seed), 31.2 + 0.009 * uniform(&seed), 0.00012, 0.0001);
    }
    double began = cpu_seconds();
    if (geo_cover_grid_make(&area, houses, HOUSES, GEO_COVER_CELL_M, &diag, grid)) {
        die("grid", diag.text);
    }
    printf("bench cover_grid_ms %.1f ms\n", (cpu_seconds() - began) * 1000);
    printf("# %u x %u cells, %.0f %% passable\n", grid->width, grid->height,
           grid->passable * 100.0 / grid->width / grid->height);
    for (size_t i = 0; i < HOUSES; i++) {
        geo_shape_release(&houses[i]);
    }
    geo_shape_release(&area);
}

/* Here and there in the zone, turning a little at each step, back to the middle when the way leads out. */
static void walk(const struct geo_cover_grid *grid)
{
    uint64_t seed = 20260708;
    double width = grid->width * grid->cell_m, height = grid->height * grid->cell_m;
    double x = width / 2, y = height / 2, heading = 0;
    for (size_t i = 0; i <= SEGMENTS; i++) {
        bool away = x < 0 || y < 0 || x > width || y > height;
        heading = away ? atan2(height / 2 - y, width / 2 - x) + uniform(&seed) : heading + 0.8 * (uniform(&seed) - 0.5);
        x += STEP_M * cos(heading);
        y += STEP_M * sin(heading);
        points[i] = (struct geo_point){grid->origin.lon + x / grid->east_m, grid->origin.lat + y / grid->north_m};
    }
}

/* A bitmap an hour: 720 segments, as a row of coverage has. */
static void by_cells(const struct geo_cover_grid *grid)
{
    double rates[ROUNDS];
    size_t bytes = geo_cover_bytes(grid);
    uint8_t *bits = calloc(1, bytes);
    uint64_t cells = 0;
    if (!bits) {
        die("bitmap", "out of memory");
    }
    for (int round = 0; round < ROUNDS; round++) {
        double began = cpu_seconds();
        for (size_t i = 0; i < SEGMENTS; i++) {
            if (i % 720 == 0) {
                memset(bits, 0, bytes);
            }
            cells += geo_cover_segment(grid, points[i], points[i + 1], HALF_WIDTH_M, bits);
        }
        rates[round] = SEGMENTS / (cpu_seconds() - began);
    }
    free(bits);
    qsort(rates, ROUNDS, sizeof *rates, by_value);
    printf("bench cover_segments_per_s %.0f 1/s min %.0f max %.0f\n", rates[ROUNDS / 2], rates[0], rates[ROUNDS - 1]);
    printf("# %.2f new cells a segment\n", (double)cells / SEGMENTS / ROUNDS);
}

static GEOSGeometry *buffer_of(GEOSContextHandle_t geos, const struct geo_cover_grid *grid, size_t i)
{
    GEOSCoordSequence *seq = GEOSCoordSeq_create_r(geos, 2, 2);
    for (unsigned end = 0; end < 2; end++) {
        GEOSCoordSeq_setXY_r(geos, seq, end, (points[i + end].lon - grid->origin.lon) * grid->east_m,
                             (points[i + end].lat - grid->origin.lat) * grid->north_m);
    }
    GEOSGeometry *line = GEOSGeom_createLineString_r(geos, seq);
    GEOSGeometry *buffer = GEOSBuffer_r(geos, line, HALF_WIDTH_M, QUADRANT);
    GEOSGeom_destroy_r(geos, line);
    return buffer;
}

static void by_geos(const struct geo_cover_grid *grid)
{
    GEOSContextHandle_t geos = GEOS_init_r();
    double area_m2 = 0, began = cpu_seconds();
    for (size_t batch = 0; batch < GEOS_BATCHES; batch++) {
        GEOSGeometry *buffers[GEOS_BATCH];
        double m2 = 0;
        for (size_t i = 0; i < GEOS_BATCH; i++) {
            buffers[i] = buffer_of(geos, grid, batch * GEOS_BATCH + i);
        }
        GEOSGeometry *many = GEOSGeom_createCollection_r(geos, GEOS_MULTIPOLYGON, buffers, GEOS_BATCH);
        GEOSGeometry *joined = GEOSUnaryUnion_r(geos, many);
        if (!joined || !GEOSArea_r(geos, joined, &m2)) {
            die("GEOS", "no union");
        }
        area_m2 += m2;
        GEOSGeom_destroy_r(geos, joined);
        GEOSGeom_destroy_r(geos, many);
    }
    printf("bench cover_geos_segments_per_s %.0f 1/s\n", GEOS_BATCH * GEOS_BATCHES / (cpu_seconds() - began));
    printf("# %.1f m2 a segment\n", area_m2 / GEOS_BATCH / GEOS_BATCHES);
    GEOS_finish_r(geos);
}

int main(void)
{
    struct geo_cover_grid grid;
    make_grid(&grid);
    walk(&grid);
    by_cells(&grid);
    by_geos(&grid);
    geo_cover_grid_release(&grid);
    return 0;
}
