/* geo/cql2_relate.c: spatial relations of a feature's shapes, here written as numbers, with literals and each other. */
#include "geo_test.h"

#define T GEO_CQL2_TRUE
#define N GEO_CQL2_FALSE
#define X GEO_CQL2_UNKNOWN

static const struct geo_cql2_property properties[] = {
    {.name = "g", .type = GEO_CQL2_GEOMETRY},
    {.name = "h", .type = GEO_CQL2_GEOMETRY},
};

static enum base_err outline(void *of, const char *function, struct base_str name, struct base_diag *diag,
                             struct geo_shape *shape)
{
    (void)of;
    (void)diag;
    if (strcmp(function, "zone") == 0 && !base_str_equal(name, base_str_of("yard"))) {
        return BASE_NOT_FOUND;
    }
    geo_shape_reset(shape, GEO_SHAPE_AREA);
    test_square(shape, 0, 0, 10);
    return BASE_OK;
}

static const struct geo_cql2_schema schema = {
    .properties = properties, .count = BASE_COUNT(properties), .outline = outline};

struct row {
    struct geo_cql2_value g, h;
};

static void value_of(const void *of, uint32_t property, struct geo_cql2_value *ret_value)
{
    const struct row *row = of;
    *ret_value = property ? row->h : row->g;
}

/* What the filter says of each row. */
static void expect(const char *text, const struct row *rows, const enum geo_cql2_truth *truths, size_t count)
{
    AUTO(geo_cql2) filter = NULL;
    AUTO(geo_cql2_run) run = NULL;
    test_ok(geo_cql2_text_in(base_str_of(text), &schema, &test_diag, &filter));
    test_ok(geo_cql2_run_new(filter, &test_diag, &run));
    for (size_t i = 0; i < 2 * count; i++) { /* twice: nothing is left of the row before */
        enum geo_cql2_truth truth =
            geo_cql2_run_feature(run, &(struct geo_cql2_feature){&rows[i % count], value_of}, 0);
        if (truth != truths[i % count]) {
            fail_msg("%s of row %zu is %d, not %d", text, i % count, (int)truth, (int)truths[i % count]);
        }
    }
}

static struct geo_cql2_value value(const struct geo_shape *shapes, uint32_t count)
{
    return (struct geo_cql2_value){.type = GEO_CQL2_GEOMETRY, .geometry = {shapes, count}};
}

static void part(struct geo_shape *shape, enum geo_shape_type type, const double *xy, size_t pairs)
{
    if (shape->type == GEO_SHAPE_NONE) {
        geo_shape_reset(shape, type);
    }
    test_ring(shape, xy, pairs);
    geo_shape_part_end(shape);
}

enum {
    POINT_IN,
    POINT_EDGE,
    POINT_CORNER,
    POINT_OUT,
    POINTS,
    LINE_IN,
    LINE_EDGE,
    LINE_THROUGH,
    SQUARE,
    SMALL,
    ASIDE,
    RING,
    SHAPES
};
static struct geo_shape shapes[SHAPES];

static int make(void **state)
{
    (void)state;
    for (int i = 0; i < SHAPES; i++) {
        geo_shape_init(&shapes[i]);
    }
    part(&shapes[POINT_IN], GEO_SHAPE_POINT, (const double[]){5, 5}, 1);
    part(&shapes[POINT_EDGE], GEO_SHAPE_POINT, (const double[]){10, 5}, 1);
    part(&shapes[POINT_CORNER], GEO_SHAPE_POINT, (const double[]){0, 0}, 1);
    part(&shapes[POINT_OUT], GEO_SHAPE_POINT, (const double[]){11, 5}, 1);
    part(&shapes[POINTS], GEO_SHAPE_POINT, (const double[]){5, 5}, 1);
    part(&shapes[POINTS], GEO_SHAPE_POINT, (const double[]){10, 5}, 1);
    part(&shapes[LINE_IN], GEO_SHAPE_LINE, (const double[]){1, 1, 9, 9}, 2);
    part(&shapes[LINE_EDGE], GEO_SHAPE_LINE, (const double[]){0, 0, 10, 0}, 2);
    part(&shapes[LINE_THROUGH], GEO_SHAPE_LINE, (const double[]){-5, 5, 15, 5}, 2);
    geo_shape_reset(&shapes[SQUARE], GEO_SHAPE_AREA);
    test_square(&shapes[SQUARE], 0, 0, 10);
    geo_shape_reset(&shapes[SMALL], GEO_SHAPE_AREA);
    test_square(&shapes[SMALL], 4, 4, 2);
    geo_shape_reset(&shapes[ASIDE], GEO_SHAPE_AREA);
    test_square(&shapes[ASIDE], 5, 5, 10);
    geo_shape_reset(&shapes[RING], GEO_SHAPE_AREA); /* the square with a hole from 2 to 8 */
    test_ring(&shapes[RING], (const double[]){0, 0, 10, 0, 10, 10, 0, 10}, 4);
    test_ring(&shapes[RING], (const double[]){2, 2, 2, 8, 8, 8, 8, 2}, 4);
    geo_shape_part_end(&shapes[RING]);
    return 0;
}

static int release(void **state)
{
    (void)state;
    for (int i = 0; i < SHAPES; i++) {
        geo_shape_release(&shapes[i]);
    }
    return 0;
}

#define SQUARE_TEXT "POLYGON((0 0, 10 0, 10 10, 0 10, 0 0))"

/* What PostGIS says of each shape and the square, in the order of the shapes: three ways to ask it. */
static const struct {
    const char *function, *reverse;
    enum geo_cql2_truth truths[SHAPES];
} relations[] = {
    {"S_INTERSECTS", "S_INTERSECTS", {T, T, T, N, T, T, T, T, T, T, T, T}},
    {"S_DISJOINT", "S_DISJOINT", {N, N, N, T, N, N, N, N, N, N, N, N}},
    {"S_WITHIN", "S_CONTAINS", {T, N, N, N, T, T, N, N, T, T, N, T}},
    {"S_CONTAINS", "S_WITHIN", {N, N, N, N, N, N, N, N, T, N, N, N}},
    {"S_TOUCHES", "S_TOUCHES", {N, T, T, N, N, N, T, N, N, N, N, N}},
    {"S_CROSSES", "S_CROSSES", {N, N, N, N, N, N, N, T, N, N, N, N}},
    {"S_OVERLAPS", "S_OVERLAPS", {N, N, N, N, N, N, N, N, N, N, T, N}},
    {"S_EQUALS", "S_EQUALS", {N, N, N, N, N, N, N, N, T, N, N, N}},
};

static void relates_as_postgis(void **state)
{
    (void)state;
    struct row rows[SHAPES];
    for (int i = 0; i < SHAPES; i++) {
        rows[i] = (struct row){value(&shapes[i], 1), value(&shapes[SQUARE], 1)};
    }
    for (size_t i = 0; i < BASE_COUNT(relations); i++) {
        static const char *const others[] = {SQUARE_TEXT, "h", "zone('yard')", "estate()", "BBOX(0, 0, 10, 10)"};
        for (size_t k = 0; k < BASE_COUNT(others); k++) {
            char text[160];
            snprintf(text, sizeof text, "%s(g, %s)", relations[i].function, others[k]);
            expect(text, rows, relations[i].truths, SHAPES);
            snprintf(text, sizeof text, "%s(%s, g)", relations[i].reverse, others[k]);
            expect(text, rows, relations[i].truths, SHAPES);
        }
    }
}

static void minds_holes_and_parts(void **state)
{
    (void)state;
    const struct row rows[] = {{value(&shapes[POINT_IN], 1), value(&shapes[RING], 1)},
                               {value(&shapes[POINT_EDGE], 1), value(&shapes[RING], 1)},
                               {value(&shapes[SMALL], 1), value(&shapes[RING], 1)}};
    expect("S_INTERSECTS(g, h)", rows, (const enum geo_cql2_truth[]){N, T, N}, 3);
    expect("S_WITHIN(g, h)", rows, (const enum geo_cql2_truth[]){N, N, N}, 3);
    expect("S_INTERSECTS(g, MULTIPOLYGON(((20 20, 30 20, 30 30, 20 20)), ((4 4, 6 4, 6 6, 4 6, 4 4))))", rows,
           (const enum geo_cql2_truth[]){T, N, T}, 3);
    expect("S_INTERSECTS(g, MULTIPOINT(10 5, 4 4))", rows, (const enum geo_cql2_truth[]){N, T, T}, 3);
    /* across the antimeridian: everything but 0 to 9 */
    expect("S_INTERSECTS(g, BBOX(9, -90, 0, 90))", rows, (const enum geo_cql2_truth[]){N, T, N}, 3);
}

static void one_shape_several_questions(void **state)
{
    (void)state;
    const struct row rows[] = {{value(&shapes[LINE_THROUGH], 1), value(&shapes[SMALL], 1)},
                               {value(&shapes[LINE_EDGE], 1), value(&shapes[SMALL], 1)}};
    expect("S_CROSSES(g, " SQUARE_TEXT ") AND S_CROSSES(g, h) AND NOT S_TOUCHES(g, POINT(20 20)) OR "
           "S_EQUALS(LINESTRING(10 0, 0 0), g)",
           rows, (const enum geo_cql2_truth[]){T, T}, 2);
    expect("S_EQUALS(g, g) AND S_WITHIN(h, " SQUARE_TEXT ")", rows, (const enum geo_cql2_truth[]){T, T}, 2);
}

/* PostGIS: what is empty is disjoint from everything, and equal to what is empty. */
static void null_and_empty(void **state)
{
    (void)state;
    struct geo_shape empty, nowhere;
    geo_shape_init(&empty);
    geo_shape_init(&nowhere);
    part(&nowhere, GEO_SHAPE_POINT, (const double[]){NAN, 5}, 1);
    struct geo_cql2_value null = {.type = GEO_CQL2_GEOMETRY, .null = true};
    const struct row rows[] = {{null, null},
                               {value(&empty, 1), value(&empty, 1)},
                               {value(&nowhere, 1), value(&empty, 1)},
                               {value(&shapes[SQUARE], 1), null}};
    expect("S_INTERSECTS(g, " SQUARE_TEXT ")", rows, (const enum geo_cql2_truth[]){X, N, X, T}, 4);
    expect("S_DISJOINT(g, " SQUARE_TEXT ")", rows, (const enum geo_cql2_truth[]){X, T, X, N}, 4);
    expect("S_WITHIN(g, " SQUARE_TEXT ")", rows, (const enum geo_cql2_truth[]){X, N, X, T}, 4);
    expect("S_EQUALS(g, h)", rows, (const enum geo_cql2_truth[]){X, T, X, X}, 4);
    expect("S_TOUCHES(g, h)", rows, (const enum geo_cql2_truth[]){X, N, X, X}, 4);
    expect("g IS NULL", rows, (const enum geo_cql2_truth[]){T, N, N, N}, 4);
    geo_shape_release(&nowhere);
}

static void collections(void **state)
{
    (void)state;
    const struct geo_shape members[] = {shapes[POINT_OUT], shapes[LINE_IN]};
    const struct row rows[] = {{value(&shapes[POINT_IN], 1), value(members, 2)},
                               {value(&shapes[POINT_OUT], 1), value(members, 1)},
                               {value(members, 2), value(&shapes[SQUARE], 1)}};
    static const char text[] = "S_INTERSECTS(g, GEOMETRYCOLLECTION(POINT(11 5), LINESTRING(20 20, 30 30)))";
    expect(text, rows, (const enum geo_cql2_truth[]){N, T, T}, 3);
    expect("S_DISJOINT(g, GEOMETRYCOLLECTION(POINT(5 5), POLYGON((8 0, 9 0, 9 9, 8 0))))", rows,
           (const enum geo_cql2_truth[]){N, T, N}, 3);
    expect("S_INTERSECTS(g, h)", rows, (const enum geo_cql2_truth[]){T, T, T}, 3);
    expect("S_WITHIN(g, h)", rows, (const enum geo_cql2_truth[]){X, T, X}, 3); /* PostGIS refuses that */
}

/* Footprints are repaired before they come in; others may be bow-ties, rings of two points, lines of one. */
static void shapes_that_are_none(void **state)
{
    (void)state;
    struct geo_shape bow, flat, dot;
    geo_shape_init(&bow);
    geo_shape_init(&flat);
    geo_shape_init(&dot);
    part(&bow, GEO_SHAPE_AREA, (const double[]){0, 0, 10, 10, 10, 0, 0, 10}, 4);
    part(&flat, GEO_SHAPE_AREA, (const double[]){1, 1, 5, 5}, 2);
    part(&dot, GEO_SHAPE_LINE, (const double[]){5, 5}, 1);
    const struct row rows[] = {{value(&bow, 1), value(&shapes[SQUARE], 1)},
                               {value(&flat, 1), value(&shapes[SQUARE], 1)},
                               {value(&dot, 1), value(&shapes[SQUARE], 1)}};
    expect("S_INTERSECTS(g, POINT(5 5))", rows, (const enum geo_cql2_truth[]){T, T, X}, 3);
    expect("S_OVERLAPS(g, h)", rows + 1, (const enum geo_cql2_truth[]){N, X}, 2);
    expect("S_CROSSES(g, POINT(80 80))", rows, (const enum geo_cql2_truth[]){N, N, N}, 3);
    geo_shape_release(&bow);
    geo_shape_release(&flat);
    geo_shape_release(&dot);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(relates_as_postgis),
        cmocka_unit_test(minds_holes_and_parts),
        cmocka_unit_test(one_shape_several_questions),
        cmocka_unit_test(null_and_empty),
        cmocka_unit_test(collections),
        cmocka_unit_test(shapes_that_are_none),
    };
    return cmocka_run_group_tests(tests, make, release);
}
