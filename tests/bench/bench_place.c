/* Placing over the footprints of New York on one core: a third of the points inside a building's box, the rest within
 * some 60 m of one, as guards walk. Prints: bench place_points_per_s N points/s. */
#include "geo/geo.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { POINTS = 2000000, ROUNDS = 5 };
#define ACC_M 20.0

static double uniform(uint64_t *seed) /* xorshift64*: the same points in every run */
{
    *seed ^= *seed >> 12;
    *seed ^= *seed << 25;
    *seed ^= *seed >> 27;
    return (double)(*seed * UINT64_C(2685821657736338717) >> 11) / 9007199254740992.0;
}

struct input {
    struct geo_place *place;
    struct geo_bbox *boxes;
    size_t count, cap;
};

static enum base_err add(struct input *input, const struct geo_shape *shape, struct base_diag *diag)
{
    if (input->count == input->cap) {
        input->cap = input->cap ? input->cap * 2 : 65536;
        struct geo_bbox *grown = realloc(input->boxes, input->cap * sizeof *grown);
        if (!grown) {
            return base_diag_set(diag, BASE_NOMEM, "out of memory");
        }
        input->boxes = grown;
    }
    input->boxes[input->count++] = geo_shape_bbox(shape);
    return geo_place_add(input->place, (int64_t)input->count, 1, shape, diag);
}

static enum base_err load(const char *path, struct input *input, struct base_diag *diag)
{
    AUTO(geo_vector) vector = NULL;
    struct geo_vector_feature feature = {0};
    bool more = true;
    enum base_err err =
        geo_vector_open(path, &(struct geo_vector_options){.theme = GEO_VECTOR_BUILDINGS}, diag, &vector);
    err = err ? err : geo_place_new(diag, &input->place);
    while (!err && more) {
        err = geo_vector_next(vector, diag, &feature, &more);
        if (!err && more && feature.shape.type == GEO_SHAPE_AREA) {
            err = add(input, &feature.shape, diag);
        }
    }
    geo_shape_release(&feature.shape);
    return err ? err : geo_place_build(input->place, diag);
}

static void scatter(const struct input *input, struct geo_point *points)
{
    uint64_t seed = 20260101;
    for (size_t i = 0; i < POINTS; i++) {
        const struct geo_bbox *box = &input->boxes[(size_t)(uniform(&seed) * (double)input->count)];
        double around = i % 3 ? 0.0006 : 0; /* degrees: some 60 m */
        points[i].lon = box->min_lon - around + uniform(&seed) * (box->max_lon - box->min_lon + 2 * around);
        points[i].lat = box->min_lat - around + uniform(&seed) * (box->max_lat - box->min_lat + 2 * around);
    }
}

static int by_value(const void *a, const void *b)
{
    double left = *(const double *)a, right = *(const double *)b;
    return left < right ? -1 : left > right;
}

static void measure(const struct input *input, const struct geo_point *points)
{
    double rates[ROUNDS];
    int64_t methods[3] = {0};
    for (int round = 0; round < ROUNDS; round++) {
        int64_t began = base_clock_mono_us();
        for (size_t i = 0; i < POINTS; i++) {
            struct geo_place_hit hit;
            geo_place_find(input->place, points[i], ACC_M, &hit);
            methods[hit.method]++;
        }
        rates[round] = POINTS / ((double)(base_clock_mono_us() - began) / 1e6);
    }
    qsort(rates, ROUNDS, sizeof *rates, by_value);
    printf("bench place_points_per_s %.0f points/s min %.0f max %.0f\n", rates[ROUNDS / 2], rates[0],
           rates[ROUNDS - 1]);
    printf("bench place_index_bytes %zu bytes\n", geo_place_memory(input->place));
    printf("# %u buildings; inside %.1f %%, nearest %.1f %%, none %.1f %%\n", geo_place_count(input->place),
           (double)methods[GEO_PLACE_INSIDE] * 100 / POINTS / ROUNDS,
           (double)methods[GEO_PLACE_NEAREST] * 100 / POINTS / ROUNDS,
           (double)methods[GEO_PLACE_NONE] * 100 / POINTS / ROUNDS);
}

int main(int argc, char **argv)
{
    struct base_diag diag = {.text = ""};
    struct input input = {0};
    char path[4096];
    const char *shared = getenv("HUTONG_SHARED");
    snprintf(path, sizeof path, "%s/data/a5_nyc_large/nyc_osm.gpkg.zip", shared ? shared : "../shared");
    struct geo_point *points = malloc(POINTS * sizeof *points);
    enum base_err err = points ? load(argc > 1 ? argv[1] : path, &input, &diag) : BASE_NOMEM;
    if (err) {
        fprintf(stderr, "bench_place: %s\n", diag.text);
    } else {
        scatter(&input, points);
        measure(&input, points);
    }
    geo_place_free(input.place);
    free(input.boxes);
    free(points);
    return err ? 1 : 0;
}
