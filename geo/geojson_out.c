/* GeoJSON geometry (RFC 7946), written digit by digit: most of a page of features is coordinates, and printf takes ten
 * times as long for each. */
#include "geo/geo.h"

#include <math.h>
#include <string.h>

enum { NUMBER_MAX = 32, PAIR_MAX = 2 * NUMBER_MAX + 4 };

static const double scales[GEO_GEOJSON_DECIMALS_MAX + 1] = {1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9};

/* Whole numbers from the right; returns where they begin. */
static char *put_digits(char *end, uint64_t number)
{
    do {
        *--end = (char)('0' + number % 10);
    } while (number /= 10);
    return end;
}

/* value is finite and below 9e18 / 10^decimals, as degrees and metres on Earth are. */
static char *put_number(char *at, double value, int decimals)
{
    char digits[NUMBER_MAX], *end = digits + sizeof digits;
    uint64_t scale = (uint64_t)scales[decimals], scaled = (uint64_t)llround(fabs(value) * scales[decimals]);
    uint64_t whole = scaled / scale, rest = scaled % scale;
    if (value < 0 && scaled > 0) {
        *at++ = '-';
    }
    char *from = put_digits(end, whole);
    memcpy(at, from, (size_t)(end - from));
    at += end - from;
    if (rest) {
        from = put_digits(end, rest + scale); /* a one before the zeros that a fraction begins with */
        while (end[-1] == '0') {
            end--;
        }
        *from = '.';
        memcpy(at, from, (size_t)(end - from));
        at += end - from;
    }
    return at;
}

static void put_pair(struct base_buf *buf, const double *xy, const struct geo_geojson *as)
{
    char *begin = base_buf_reserve(buf, PAIR_MAX), *at = begin;
    if (!begin) {
        return;
    }
    *at++ = '[';
    at = put_number(at, xy[as->swap ? 1 : 0], as->decimals);
    *at++ = ',';
    at = put_number(at, xy[as->swap ? 0 : 1], as->decimals);
    *at++ = ']';
    buf->len += (size_t)(at - begin);
}

/* Twice the area, positive when it goes round against the clock. */
static double turn(const double *xy, uint32_t first, uint32_t end)
{
    double twice = 0;
    for (uint32_t i = first; i + 1 < end; i++) {
        twice += (xy[2 * i] - xy[2 * first]) * (xy[2 * i + 3] - xy[2 * first + 1]) -
                 (xy[2 * i + 2] - xy[2 * first]) * (xy[2 * i + 1] - xy[2 * first + 1]);
    }
    return twice;
}

static void put_ring(struct base_buf *buf, const struct geo_shape *shape, uint32_t ring, bool backwards,
                     const struct geo_geojson *as)
{
    uint32_t first = ring ? shape->ring_ends[ring - 1] : 0, end = shape->ring_ends[ring];
    base_buf_u8(buf, '[');
    for (uint32_t i = first; i < end; i++) {
        if (i > first) {
            base_buf_u8(buf, ',');
        }
        put_pair(buf, shape->xy + 2 * (size_t)(backwards ? end - 1 - (i - first) : i), as);
    }
    base_buf_u8(buf, ']');
}

static void put_area(struct base_buf *buf, const struct geo_shape *shape, uint32_t ring, uint32_t end,
                     const struct geo_geojson *as)
{
    uint32_t outside = ring;
    base_buf_u8(buf, '[');
    for (; ring < end; ring++) {
        if (ring > outside) {
            base_buf_u8(buf, ',');
        }
        double round = turn(shape->xy, ring ? shape->ring_ends[ring - 1] : 0, shape->ring_ends[ring]);
        put_ring(buf, shape, ring, ring == outside ? round < 0 : round > 0, as);
    }
    base_buf_u8(buf, ']');
}

static void put_part(struct base_buf *buf, const struct geo_shape *shape, uint32_t part, const struct geo_geojson *as)
{
    uint32_t ring = part ? shape->part_ends[part - 1] : 0;
    if (shape->type == GEO_SHAPE_AREA) {
        put_area(buf, shape, ring, shape->part_ends[part], as);
    } else if (shape->type == GEO_SHAPE_LINE) {
        put_ring(buf, shape, ring, false, as);
    } else {
        put_pair(buf, shape->xy + 2 * (size_t)(ring ? shape->ring_ends[ring - 1] : 0), as);
    }
}

void geo_geojson_out(const struct geo_shape *shape, const struct geo_geojson *as, struct base_buf *buf)
{
    static const char *const names[] = {
        [GEO_SHAPE_POINT] = "Point", [GEO_SHAPE_LINE] = "LineString", [GEO_SHAPE_AREA] = "Polygon"};
    if (shape->type == GEO_SHAPE_NONE || shape->parts == 0) {
        base_buf_text(buf, "null");
        return;
    }
    bool multi = as->multi || shape->parts > 1;
    base_buf_text(buf, multi ? "{\"type\":\"Multi" : "{\"type\":\"");
    base_buf_text(buf, names[shape->type]);
    base_buf_text(buf, multi ? "\",\"coordinates\":[" : "\",\"coordinates\":");
    for (uint32_t part = 0; part < shape->parts; part++) {
        if (part) {
            base_buf_u8(buf, ',');
        }
        put_part(buf, shape, part, as);
    }
    base_buf_text(buf, multi ? "]}" : "}");
}
