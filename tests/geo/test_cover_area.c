/* geo/cover.c: counted cells against the area of GEOS: buffers of all segments, joined, within the zone; of 1,000
 * random tracks in random zones with holes and obstacles. Cells are samples, so what is asserted depends on how much
 * was walked: docs/formulas.md, Coverage. */
#include "cover_test.h"

enum { TRACKS_MAX = 1000, POINTS_MAX = 2000, WIDTHS = 6 };
#define SHORTEST_M 200.0
#define LONGEST_M 4000.0
/* Variance of an area counted by a square lattice: this times outline times spacing cubed (Matheron 1965; Gundersen and
 * Jensen 1987). */
#define LATTICE 0.0724
#define SIGMAS 4
#define LARGE_M2 20000.0 /* from here on, 1 % of what is covered; below, see the figures */

struct track {
    struct geo_point points[POINTS_MAX];
    size_t count;
    double half_width_m;
};

struct outcome {
    double covered_m2, counted_m2; /* GEOS, cells */
    double sigma_m2;               /* of a lattice */
    double share_off;              /* of the zone */
};

static size_t tracks(void) /* fewer when tried by hand */
{
    const char *text = getenv("HUTONG_COVER_TRACKS");
    size_t count = text ? strtoul(text, NULL, 10) : TRACKS_MAX;
    return count > 0 && count < TRACKS_MAX ? count : TRACKS_MAX;
}

static double normal(uint64_t *seed)
{
    double sum = -6;
    for (int i = 0; i < 12; i++) {
        sum += test_uniform(seed);
    }
    return sum;
}

/* Someone who walks or drives 8 to 30 m between positions, turns now and then, and turns round before he is away. */
static void walk(const struct geo_cover_grid *grid, uint64_t *seed, struct track *track)
{
    double shortest_m = getenv("HUTONG_COVER_LONG") ? LONGEST_M : SHORTEST_M; /* the soak: what a shift sweeps */
    double longest_m = getenv("HUTONG_COVER_LONG") ? 3 * LONGEST_M : LONGEST_M;
    double width = grid->width * grid->cell_m, height = grid->height * grid->cell_m;
    double length_m = shortest_m * pow(longest_m / shortest_m, test_uniform(seed));
    double x = width * (0.2 + 0.6 * test_uniform(seed)), y = height * (0.2 + 0.6 * test_uniform(seed));
    double heading = 2 * M_PI * test_uniform(seed);
    track->count = 0;
    for (double gone = 0; gone < length_m && track->count < POINTS_MAX;) {
        double step = track->count ? 8 + 22 * test_uniform(seed) : 0;
        bool away = x < 0 || y < 0 || x > width || y > height;
        heading += 0.15 * normal(seed) + (test_uniform(seed) < 0.06 ? 2 * normal(seed) : 0);
        heading = away ? atan2(height * test_uniform(seed) - y, width * test_uniform(seed) - x) : heading;
        x += step * cos(heading);
        y += step * sin(heading);
        gone += step;
        track->points[track->count++] =
            (struct geo_point){grid->origin.lon + x / grid->east_m, grid->origin.lat + y / grid->north_m};
    }
}

static struct outcome judge(GEOSContextHandle_t geos, const struct geo_cover_grid *grid, const struct test_zone *zone,
                            const struct track *track)
{
    double cell_m2 = grid->cell_m * grid->cell_m, zone_m2 = 0, outline_m = 0;
    uint8_t *bits = calloc(1, geo_cover_bytes(grid));
    uint32_t cells = 0;
    for (size_t i = 1; i < track->count; i++) {
        cells += geo_cover_segment(grid, track->points[i - 1], track->points[i], track->half_width_m, bits);
    }
    assert_int_equal(cells, geo_cover_count(grid, bits));
    free(bits);
    GEOSGeometry *passable = test_geos_passable(geos, grid, &zone->area, zone->obstacles, zone->count);
    double m2 =
        test_geos_covered(geos, grid, passable, track->points, track->count, NULL, track->half_width_m, &outline_m);
    GEOSArea_r(geos, passable, &zone_m2);
    GEOSGeom_destroy_r(geos, passable);
    return (struct outcome){.covered_m2 = m2,
                            .counted_m2 = cells * cell_m2,
                            .sigma_m2 = sqrt(LATTICE * outline_m * grid->cell_m * cell_m2),
                            .share_off = fabs((double)cells / grid->passable - m2 / zone_m2)};
}

/* Of the tracks that cover from least to most square metres: the median and the worst error, relative to what is
 * covered; gives the worst. */
static double told(const struct outcome *outcomes, double least_m2, double most_m2)
{
    static double errors[TRACKS_MAX];
    size_t count = 0, within = 0;
    for (size_t i = 0; i < tracks(); i++) {
        const struct outcome *o = &outcomes[i];
        if (o->covered_m2 > least_m2 && o->covered_m2 <= most_m2) {
            errors[count] = fabs(o->counted_m2 / o->covered_m2 - 1);
            within += errors[count++] <= 0.01;
        }
    }
    if (count == 0) {
        return 0;
    }
    qsort(errors, count, sizeof *errors, test_by_value);
    printf("# %6.0f m2 and more: %3zu tracks, median %.2f %%, worst %.2f %%, %zu within 1 %%\n", least_m2, count,
           errors[count / 2] * 100, errors[count - 1] * 100, within);
    return errors[count - 1];
}

static void outcomes_of(struct outcome *outcomes)
{
    static struct track track;
    const double widths[WIDTHS] = {2.5, 3, 4, 5, 7.5, 10};
    GEOSContextHandle_t geos = GEOS_init_r();
    uint64_t seed = 20260705;
    for (size_t i = 0; i < tracks(); i++) {
        AUTO_VALUE(test_zone) zone = {.count = 0};
        AUTO_VALUE(geo_cover_grid) grid = {.mask = NULL};
        test_zone(&zone, &seed, 0.001 + 0.003 * test_uniform(&seed)); /* 100 to 400 m around */
        track.half_width_m = widths[(size_t)(test_uniform(&seed) * WIDTHS)];
        test_ok(geo_cover_grid_make(&zone.area, zone.obstacles, zone.count, geo_cover_cell_m(track.half_width_m),
                                    &test_diag, &grid));
        walk(&grid, &seed, &track);
        outcomes[i] = judge(geos, &grid, &zone, &track);
    }
    GEOS_finish_r(geos);
}

static void as_geos(void **state)
{
    (void)state;
    static struct outcome outcomes[TRACKS_MAX];
    double counted = 0, covered = 0, share_off = 0, sigmas = 0;
    outcomes_of(outcomes);
    for (size_t i = 0; i < tracks(); i++) {
        const struct outcome *o = &outcomes[i];
        counted += o->counted_m2;
        covered += o->covered_m2;
        share_off = fmax(share_off, o->share_off);
        sigmas = o->covered_m2 > 0 ? fmax(sigmas, fabs(o->counted_m2 - o->covered_m2) /
                                                      (o->sigma_m2 + GEO_COVER_CELL_M * GEO_COVER_CELL_M))
                                   : sigmas;
    }
    const double least[] = {0, 500, 2000, 5000, 10000, LARGE_M2};
    for (size_t i = 0; i + 1 < BASE_COUNT(least); i++) {
        (void)told(outcomes, least[i], least[i + 1]);
    }
    double worst = told(outcomes, LARGE_M2, INFINITY);
    printf("# share of the zone: worst %.2f points; all together %.3f %%; worst %.1f sigma of a lattice\n",
           share_off * 100, (counted / covered - 1) * 100, sigmas);
    /* Of 500 of the soak's long tracks two were over 1 %, the worst 1.11 %. */
    assert_true(worst <= (getenv("HUTONG_COVER_LONG") ? 0.015 : 0.01));
    assert_true(share_off <= 0.01);
    assert_true(fabs(counted / covered - 1) <= 0.001);
    assert_true(sigmas <= SIGMAS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(as_geos)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
