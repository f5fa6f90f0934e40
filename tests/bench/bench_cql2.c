/* Filters in memory on one core, over rows as a layer has them: a number, a short text, a point. Prints:
 *   bench cql2_compare_per_s N comparisons/s        height_m > 24.5, through the feature interface
 *   bench cql2_compare_text_per_s N comparisons/s   name = 'Tower 37'
 *   bench cql2_compare_plain_per_s N comparisons/s  the first one written in C, through the same interface
 *   bench cql2_and_per_s N features/s               four comparisons with AND, OR and NOT
 *   bench cql2_like_per_s N features/s              name LIKE '%ower _7%'
 *   bench cql2_casei_per_s N features/s             CASEI(name) = CASEI('TOWER 37')
 *   bench cql2_spatial_per_s N features/s           a point in a polygon of 64 corners
 *   bench cql2_spatial_geos_per_s N features/s      footprints against the same polygon
 *   bench cql2_parse_us N us                        a filter of 200 bytes, read and checked
 *   bench cql2_plan_us N us                         and made ready to run */
#include "base/base.h"
#include "geo/geo.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { ROWS = 1000, ROUNDS = 5 };
#define SPEND_US INT64_C(200000)

struct row {
    double height_m;
    int64_t levels;
    char name[16];
    struct geo_shape point, footprint;
};

static struct row rows[ROWS];
static const struct geo_cql2_property properties[] = {
    {.name = "height_m", .type = GEO_CQL2_NUMBER},    {.name = "levels", .type = GEO_CQL2_INTEGER},
    {.name = "name", .type = GEO_CQL2_TEXT},          {.name = "point", .type = GEO_CQL2_GEOMETRY},
    {.name = "footprint", .type = GEO_CQL2_GEOMETRY},
};
static const struct geo_cql2_schema schema = {.properties = properties, .count = BASE_COUNT(properties)};
static volatile size_t sink;

static int64_t thread_us(void)
{
    struct timespec now;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return now.tv_sec * INT64_C(1000000) + now.tv_nsec / 1000;
}

static void die(const char *what, const char *why)
{
    fprintf(stderr, "bench_cql2: %s: %s\n", what, why);
    exit(1);
}

static void value_of(const void *of, uint32_t property, struct geo_cql2_value *ret_value)
{
    const struct row *row = of;
    ret_value->type = properties[property].type;
    ret_value->null = false;
    switch (property) {
    case 0:
        ret_value->number = row->height_m;
        return;
    case 1:
        ret_value->integer = row->levels;
        return;
    case 2:
        ret_value->text = base_str_of(row->name);
        return;
    default:
        ret_value->geometry.shapes = property == 3 ? &row->point : &row->footprint;
        ret_value->geometry.count = 1;
    }
}

static void fill(void)
{
    for (int i = 0; i < ROWS; i++) {
        struct row *row = &rows[i];
        double lon = 121 + (i % 40) * 0.01, lat = 31 + (i / 40) * 0.01;
        row->height_m = (i * 37 % 100) / 2.0;
        row->levels = i % 33;
        snprintf(row->name, sizeof row->name, "Tower %d", i % 100);
        geo_shape_init(&row->point);
        geo_shape_reset(&row->point, GEO_SHAPE_POINT);
        geo_shape_vertex(&row->point, lon, lat);
        geo_shape_ring_end(&row->point);
        geo_shape_part_end(&row->point);
        geo_shape_init(&row->footprint);
        geo_shape_reset(&row->footprint, GEO_SHAPE_AREA);
        for (int corner = 0; corner < 8; corner++) {
            geo_shape_vertex(&row->footprint, lon + 0.001 * cos(corner * 0.785), lat + 0.001 * sin(corner * 0.785));
        }
        geo_shape_ring_end(&row->footprint);
        geo_shape_part_end(&row->footprint);
    }
}

static struct geo_cql2 *read_filter(const char *text)
{
    struct base_diag diag = {.text = ""};
    struct geo_cql2 *filter;
    if (geo_cql2_text_in(base_str_of(text), &schema, &diag, &filter)) {
        die(text, diag.text);
    }
    return filter;
}

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return x < y ? -1 : x > y;
}

/* What a second holds of what round() counts, some times; in seconds of this thread's processor time. */
static void measure(double per_s[ROUNDS], size_t (*round)(void *at), void *at)
{
    for (int i = 0; i < ROUNDS; i++) {
        int64_t begin = thread_us(), spent = 0;
        size_t count = 0;
        while (spent < SPEND_US) {
            count += round(at);
            spent = thread_us() - begin;
        }
        per_s[i] = (double)count * 1e6 / (double)spent;
    }
    qsort(per_s, ROUNDS, sizeof *per_s, by_size);
}

static void print_per_s(const char *name, const char *unit, size_t (*round)(void *at), void *at)
{
    double per_s[ROUNDS];
    measure(per_s, round, at);
    printf("bench %s %.0f %s min %.0f max %.0f\n", name, per_s[ROUNDS / 2], unit, per_s[0], per_s[ROUNDS - 1]);
}

static void print_us(const char *name, size_t (*round)(void *at), void *at)
{
    double per_s[ROUNDS];
    measure(per_s, round, at);
    printf("bench %s %.2f us min %.2f max %.2f\n", name, 1e6 / per_s[ROUNDS / 2], 1e6 / per_s[ROUNDS - 1],
           1e6 / per_s[0]);
}

static size_t run_rows(void *at)
{
    struct geo_cql2_run *run = at;
    size_t selected = 0;
    for (int i = 0; i < ROWS; i++) {
        struct geo_cql2_feature feature = {&rows[i], value_of};
        selected += geo_cql2_run_feature(run, &feature, 0) == GEO_CQL2_TRUE;
    }
    sink = selected;
    return ROWS;
}

static size_t run_plain(void *at)
{
    void (*volatile give)(const void *, uint32_t, struct geo_cql2_value *) = value_of; /* called, not inlined */
    size_t selected = 0;
    (void)at;
    for (int i = 0; i < ROWS; i++) {
        struct geo_cql2_value value;
        give(&rows[i], 0, &value);
        selected += !value.null && value.number > 24.5;
    }
    sink = selected;
    return ROWS;
}

static void bench_filter(const char *name, const char *unit, const char *text)
{
    struct base_diag diag = {.text = ""};
    AUTO(geo_cql2) filter = read_filter(text);
    AUTO(geo_cql2_run) run = NULL;
    if (geo_cql2_run_new(filter, &diag, &run)) {
        die(text, diag.text);
    }
    print_per_s(name, unit, run_rows, run);
}

static const char long_filter[] = /* of 200 bytes */
    "height_m > 24.5 AND levels BETWEEN 3 AND 18 AND (name LIKE 'Tower%' OR CASEI(name) IN (CASEI('Gate'), "
    "CASEI('Hall'))) AND NOT levels IS NULL AND S_INTERSECTS(point, BBOX(121.125, 31.0, 121.375, 31.5))";

static size_t parse(void *at)
{
    (void)at;
    geo_cql2_free(read_filter(long_filter));
    return 1;
}

static size_t plan(void *at)
{
    struct base_diag diag = {.text = ""};
    struct geo_cql2_run *run;
    if (geo_cql2_run_new(at, &diag, &run)) {
        die("plan", diag.text);
    }
    geo_cql2_run_free(run);
    return 1;
}

/* A polygon that about half of the rows lie in. */
static const char *polygon_filter(const char *property)
{
    static char text[4096];
    size_t len = (size_t)snprintf(text, sizeof text, "S_INTERSECTS(%s, POLYGON((", property);
    for (int i = 0; i <= 64; i++) {
        double angle = (i % 64) * M_PI / 32;
        len += (size_t)snprintf(text + len, sizeof text - len, "%s%.6f %.6f", i ? ", " : "", 121.2 + 0.15 * cos(angle),
                                31.12 + 0.1 * sin(angle));
    }
    snprintf(text + len, sizeof text - len, ")))");
    return text;
}

int main(void)
{
    fill();
    bench_filter("cql2_compare_per_s", "comparisons/s", "height_m > 24.5");
    bench_filter("cql2_compare_text_per_s", "comparisons/s", "name = 'Tower 37'");
    print_per_s("cql2_compare_plain_per_s", "comparisons/s", run_plain, NULL);
    bench_filter("cql2_and_per_s", "features/s",
                 "height_m > 24.5 AND levels < 20 AND (name = 'Tower 37' OR NOT levels = 3)");
    bench_filter("cql2_like_per_s", "features/s", "name LIKE '%ower _7%'");
    bench_filter("cql2_casei_per_s", "features/s", "CASEI(name) = CASEI('TOWER 37')");
    bench_filter("cql2_spatial_per_s", "features/s", polygon_filter("point"));
    bench_filter("cql2_spatial_geos_per_s", "features/s", polygon_filter("footprint"));
    print_us("cql2_parse_us", parse, NULL);
    AUTO(geo_cql2) filter = read_filter(long_filter);
    print_us("cql2_plan_us", plan, filter);
    for (int i = 0; i < ROWS; i++) {
        geo_shape_release(&rows[i].point);
        geo_shape_release(&rows[i].footprint);
    }
    return 0;
}
