/* geo/wkb_in.c and geo/wkb_out.c: known bytes, both ways, and every kind of cut. */
#include "geo_test.h"

static unsigned digit(char c)
{
    return c >= 'A' ? (unsigned)(c - 'A' + 10) : (unsigned)(c - '0');
}

static size_t unhex(const char *hex, uint8_t *bytes, size_t size)
{
    size_t len = 0;
    for (; len < size && hex[2 * len] && hex[2 * len + 1]; len++) {
        bytes[len] = (uint8_t)(digit(hex[2 * len]) << 4 | digit(hex[2 * len + 1]));
    }
    return len;
}

static enum base_err in(const char *hex, struct geo_shape *shape)
{
    uint8_t bytes[1024];
    size_t len = unhex(hex, bytes, sizeof bytes);
    return geo_wkb_in(bytes, len, &test_diag, shape);
}

/* What PostGIS 3.3 gives for these. */
#define POINT "0101000020E61000000000000000605E400000000000003F40" /* POINT(121.5 31), SRID 4326 */
#define POINT_ZM \
    "01B90B0000000000000000F03F000000000000004000000000000008400000000000001040" /* ISO POINT ZM(1 2 3 4) */
#define TRIANGLE                                                                                           \
    "0103000000010000000400000000000000000000000000000000000000000000000000004000000000000000000000000000" \
    "000040000000000000004000000000000000000000000000000000"
#define MULTIPOINT                                                                                          \
    "0104000000020000000101000000000000000000F03F000000000000004001010000000000000000000840000000000000104" \
    "0"

static void reads_known_bytes(void **state)
{
    (void)state;
    AUTO_VALUE(geo_shape) shape;
    geo_shape_init(&shape);
    test_ok(in(POINT, &shape));
    assert_int_equal(shape.type, GEO_SHAPE_POINT);
    test_near(shape.xy[0], 121.5, 0);
    test_near(shape.xy[1], 31, 0);
    test_ok(in(POINT_ZM, &shape));
    test_near(shape.xy[1], 2, 0);
    assert_int_equal(shape.vertices, 1);
    test_ok(in(TRIANGLE, &shape));
    assert_int_equal(shape.type, GEO_SHAPE_AREA);
    assert_int_equal(shape.vertices, 4);
    test_ok(in(MULTIPOINT, &shape));
    assert_int_equal(shape.parts, 2);
    test_ok(in("010700000000000000", &shape)); /* GEOMETRYCOLLECTION EMPTY */
    assert_int_equal(shape.type, GEO_SHAPE_NONE);
}

static void refuses_what_is_not(void **state)
{
    (void)state;
    AUTO_VALUE(geo_shape) shape;
    geo_shape_init(&shape);
    assert_int_equal(in("", &shape), BASE_INVALID);
    assert_int_equal(in("02", &shape), BASE_INVALID);
    assert_int_equal(in("0103000000FFFFFFFF", &shape), BASE_INVALID);     /* four thousand million rings */
    assert_int_equal(in("010800000000000000", &shape), BASE_UNSUPPORTED); /* CIRCULARSTRING */
    /* a point and a line in one collection */
    assert_int_equal(in("0107000000020000000101000000000000000000F03F00000000000000400102000000010000000000000000000840"
                        "0000000000001040",
                        &shape),
                     BASE_INVALID);
    /* a line with a longitude that is no number */
    assert_int_equal(in("010200000001000000FFFFFFFFFFFFFFFF0000000000000040", &shape), BASE_INVALID);
    /* collections in collections, ten deep */
    assert_int_equal(in("010700000001000000010700000001000000010700000001000000010700000001000000010700000001000000"
                        "010700000001000000010700000001000000010700000001000000010700000001000000010700000000000000",
                        &shape),
                     BASE_INVALID);
    uint8_t bytes[1024];
    size_t len = unhex(TRIANGLE, bytes, sizeof bytes);
    for (size_t cut = 0; cut < len; cut++) {
        assert_int_equal(geo_wkb_in(bytes, cut, &test_diag, &shape), BASE_INVALID);
        assert_int_equal(shape.vertices, 0);
    }
}

static void same_shape(const struct geo_shape *a, const struct geo_shape *b)
{
    assert_int_equal(a->type, b->type);
    assert_int_equal(a->vertices, b->vertices);
    assert_int_equal(a->rings, b->rings);
    assert_int_equal(a->parts, b->parts);
    assert_memory_equal(a->xy, b->xy, a->vertices * 2 * sizeof *a->xy);
    assert_memory_equal(a->ring_ends, b->ring_ends, a->rings * sizeof *a->ring_ends);
    assert_memory_equal(a->part_ends, b->part_ends, a->parts * sizeof *a->part_ends);
}

static void comes_back(void **state)
{
    (void)state;
    AUTO_VALUE(geo_shape) shape;
    AUTO_VALUE(geo_shape) back;
    AUTO_VALUE(base_buf) buf;
    base_buf_init(&buf, 1 << 20);
    geo_shape_init(&shape);
    geo_shape_init(&back);
    geo_shape_reset(&shape, GEO_SHAPE_AREA);
    test_square(&shape, 121.123456789, 31.987654321, 0.25);
    const double outside[] = {10, 10, 20, 10, 20, 20, 10, 20};
    const double hole[] = {12, 12, 12, 14, 14, 14};
    test_ring(&shape, outside, 4);
    test_ring(&shape, hole, 3);
    geo_shape_part_end(&shape);
    for (int srid = 0; srid <= 4326; srid += 4326) {
        base_buf_reset(&buf);
        geo_wkb_out(&shape, srid, true, &buf);
        test_ok(geo_wkb_in(buf.data, buf.len, &test_diag, &back));
        same_shape(&shape, &back);
    }
    geo_shape_reset(&shape, GEO_SHAPE_LINE);
    geo_shape_vertex(&shape, 1, 2);
    geo_shape_vertex(&shape, 3, 4);
    geo_shape_ring_end(&shape);
    geo_shape_part_end(&shape);
    base_buf_reset(&buf);
    geo_wkb_out(&shape, 0, false, &buf);
    assert_int_equal(buf.len, 1 + 4 + 4 + 2 * 16);
    test_ok(geo_wkb_in(buf.data, buf.len, &test_diag, &back));
    same_shape(&shape, &back);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_known_bytes),
        cmocka_unit_test(refuses_what_is_not),
        cmocka_unit_test(comes_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
