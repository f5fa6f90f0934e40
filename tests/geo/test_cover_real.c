/* geo/cover.c over real tracks (GPX of the shared folder): counted cells against GEOS, each file whole. */
#include "cover_test.h"

enum { POINTS_MAX = 4000 };
#define LONGEST_STEP_M 300.0 /* a pause, or another track: not bridged */

struct track {
    struct geo_point points[POINTS_MAX];
    bool break_before[POINTS_MAX];
    size_t count;
};

static double attribute(const char *at, const char *end, const char *name)
{
    const char *found = strstr(at, name);
    return found && found < end ? strtod(found + strlen(name), NULL) : NAN;
}

/* <trkpt lat="" lon="">, in either order. */
static void read_gpx(const char *name, struct track *track)
{
    struct base_diag diag;
    char path[4096];
    AUTO_VALUE(base_buf) file;
    base_buf_init(&file, 16 << 20);
    snprintf(path, sizeof path, "%s/data/c_tracks/gpxpy_%s.gpx", fixture_shared(), name);
    if (base_file_read(path, 8 << 20, &diag, &file)) {
        fail_msg("%s", diag.text);
    }
    track->count = 0;
    for (const char *at = base_buf_cstr(&file); (at = strstr(at, "<trkpt ")) && track->count < POINTS_MAX; at++) {
        const char *end = strchr(at, '>');
        struct geo_point p = {attribute(at, end, "lon=\""), attribute(at, end, "lat=\"")};
        assert_true(fabs(p.lon) <= 180 && fabs(p.lat) <= 90);
        size_t i = track->count++;
        track->points[i] = p;
        track->break_before[i] = i > 0 && test_distance_m(track->points[i - 1], p) > LONGEST_STEP_M;
    }
    assert_true(track->count > 100);
}

/* The box of the track and some 20 m around it. */
static void grid_around(const struct track *track, double cell_m, struct geo_cover_grid *grid)
{
    struct geo_bbox box = geo_bbox_empty();
    for (size_t i = 0; i < track->count; i++) {
        geo_bbox_add(&box, track->points[i]);
    }
    const double xy[] = {box.min_lon - 0.0003, box.min_lat - 0.0002, box.max_lon + 0.0003, box.min_lat - 0.0002,
                         box.max_lon + 0.0003, box.max_lat + 0.0002, box.min_lon - 0.0003, box.max_lat + 0.0002};
    AUTO_VALUE(geo_shape) area;
    geo_shape_init(&area);
    geo_shape_reset(&area, GEO_SHAPE_AREA);
    test_ring(&area, xy, 4);
    geo_shape_part_end(&area);
    test_ok(geo_cover_grid_make(&area, NULL, 0, cell_m, &test_diag, grid));
}

static double error_of(GEOSContextHandle_t geos, const struct track *track, double half_width_m, const char *name)
{
    AUTO_VALUE(geo_cover_grid) grid = {.mask = NULL};
    grid_around(track, GEO_COVER_CELL_M, &grid);
    uint8_t *bits = calloc(1, geo_cover_bytes(&grid));
    uint32_t cells = 0;
    double length_m = 0, outline_m;
    for (size_t i = 1; i < track->count; i++) {
        if (!track->break_before[i]) {
            cells += geo_cover_segment(&grid, track->points[i - 1], track->points[i], half_width_m, bits);
            length_m += test_distance_m(track->points[i - 1], track->points[i]);
        }
    }
    free(bits);
    GEOSGeometry *all = GEOSGeom_createRectangle_r(geos, 0, 0, grid.width * grid.cell_m, grid.height * grid.cell_m);
    double m2 =
        test_geos_covered(geos, &grid, all, track->points, track->count, track->break_before, half_width_m, &outline_m);
    GEOSGeom_destroy_r(geos, all);
    double error = cells * grid.cell_m * grid.cell_m / m2 - 1;
    printf("# %-20s %4zu positions, %6.0f m, half width %4.1f m, cells of %.1f m: GEOS %7.0f m2, error %+.2f %%\n",
           name, track->count, length_m, half_width_m, grid.cell_m, m2, error * 100);
    return fabs(error);
}

static void real_tracks(void **state)
{
    (void)state;
    static struct track track;
    const char *const names[] = {"Mojstrovka", "cerknicko-jezero", "korita-zbevnica", "around-visnjan-with-car"};
    const double widths[] = {2.5, 3, 5, 10};
    if (!fixture_shared()) {
        skip();
    }
    GEOSContextHandle_t geos = GEOS_init_r();
    for (size_t i = 0; i < BASE_COUNT(names); i++) {
        read_gpx(names[i], &track);
        for (size_t j = 0; j < BASE_COUNT(widths); j++) {
            assert_true(error_of(geos, &track, widths[j], names[i]) <= 0.01);
        }
    }
    GEOS_finish_r(geos);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(real_tracks)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
