/* Geometries in a filter's text: well-known text, and BBOX. */
#include "geo/cql2_text_read.h"

#include <string.h>

static bool read_coordinate(struct cql2_text *text, double *ret_value)
{
    struct geo_cql2_value value;
    uint32_t at = text->now.at;
    bool minus = text->now.kind == CQL2_TOKEN_OPERATOR && text->now.op == CQL2_SUB;
    bool plus = text->now.kind == CQL2_TOKEN_OPERATOR && text->now.op == CQL2_ADD;
    if ((minus || plus) && !cql2_text_advance(text)) {
        return false;
    }
    if (text->now.kind != CQL2_TOKEN_NUMBER) {
        return cql2_text_expected(text, "a number");
    }
    if (!cql2_lex_number(text->now.text, minus, &value)) {
        return cql2_read_wrong(&text->reading, BASE_INVALID, at, "a number that is too large or too long");
    }
    *ret_value = value.type == GEO_CQL2_INTEGER ? (double)value.integer : value.number;
    return cql2_text_advance(text);
}

/* lon lat, perhaps a height, which is dropped */
static bool read_vertex(struct cql2_text *text, struct geo_shape *shape)
{
    double lon, lat, height;
    uint32_t at = text->now.at;
    if (!read_coordinate(text, &lon)) {
        return false;
    }
    uint32_t at_lat = text->now.at;
    if (!read_coordinate(text, &lat)) {
        return false;
    }
    bool more = text->now.kind != CQL2_TOKEN_COMMA && text->now.kind != CQL2_TOKEN_CLOSE;
    if (more && !read_coordinate(text, &height)) {
        return false;
    }
    return cql2_read_vertex(&text->reading, shape, lon, lat, lon >= -180 && lon <= 180 ? at_lat : at);
}

/* ( item {, item} ); shape is what item makes */
static bool read_items(struct cql2_text *text, struct geo_shape *shape,
                       bool (*item)(struct cql2_text *, struct geo_shape *))
{
    if (!cql2_text_take(text, CQL2_TOKEN_OPEN, "\"(\"")) {
        return false;
    }
    for (;;) {
        if (!item(text, shape)) {
            return false;
        }
        if (text->now.kind != CQL2_TOKEN_COMMA) {
            return cql2_text_take(text, CQL2_TOKEN_CLOSE, "\",\" or \")\"");
        }
        if (!cql2_text_advance(text)) {
            return false;
        }
    }
}

static bool read_ring(struct cql2_text *text, struct geo_shape *shape)
{
    uint32_t at = text->now.at;
    return read_items(text, shape, read_vertex) && cql2_read_ring(&text->reading, shape, at);
}

static bool read_rings(struct cql2_text *text, struct geo_shape *shape)
{
    return read_items(text, shape, read_ring) && cql2_read_part(&text->reading, shape);
}

/* A point of its own; of several, each may have parentheses or not. */
static bool read_bare_point(struct cql2_text *text, struct geo_shape *shape)
{
    uint32_t at = text->now.at;
    return read_vertex(text, shape) && cql2_read_ring(&text->reading, shape, at);
}

static bool read_point(struct cql2_text *text, struct geo_shape *shape)
{
    if (text->now.kind != CQL2_TOKEN_OPEN) {
        return read_bare_point(text, shape);
    }
    return cql2_text_advance(text) && read_bare_point(text, shape) && cql2_text_take(text, CQL2_TOKEN_CLOSE, "\")\"");
}

static bool is_letters(const struct cql2_token *token, const char *upper)
{
    size_t len = strlen(upper);
    bool same = token->kind == CQL2_TOKEN_WORD && token->text.len == len;
    for (size_t i = 0; i < len && same; i++) {
        same = (token->text.at[i] & ~0x20) == upper[i];
    }
    return same;
}

/* Z is passed over: heights are dropped. */
static bool before_open(struct cql2_text *text)
{
    if (is_letters(&text->now, "Z") && !cql2_text_advance(text)) {
        return false;
    }
    if (is_letters(&text->now, "EMPTY")) {
        return cql2_read_wrong(&text->reading, BASE_INVALID, text->now.at, "an empty geometry has no place");
    }
    return text->now.kind == CQL2_TOKEN_OPEN || cql2_text_expected(text, "\"(\"");
}

static bool read_shape(struct cql2_text *text, enum cql2_wkt wkt, struct geo_shape *shape)
{
    switch (wkt) {
    case CQL2_WKT_POINT:
        return read_point(text, shape);
    case CQL2_WKT_MULTIPOINT:
        return read_items(text, shape, read_point);
    case CQL2_WKT_LINESTRING:
        return read_ring(text, shape);
    case CQL2_WKT_MULTILINESTRING:
        return read_items(text, shape, read_ring);
    case CQL2_WKT_POLYGON:
        return read_rings(text, shape);
    default:
        return read_items(text, shape, read_rings);
    }
}

static struct geo_shape *read_one(struct cql2_text *text, enum cql2_wkt wkt)
{
    static const enum geo_shape_type types[] = {
        [CQL2_WKT_POINT] = GEO_SHAPE_POINT,     [CQL2_WKT_MULTIPOINT] = GEO_SHAPE_POINT,
        [CQL2_WKT_LINESTRING] = GEO_SHAPE_LINE, [CQL2_WKT_MULTILINESTRING] = GEO_SHAPE_LINE,
        [CQL2_WKT_POLYGON] = GEO_SHAPE_AREA,    [CQL2_WKT_MULTIPOLYGON] = GEO_SHAPE_AREA,
    };
    struct geo_shape *shape = before_open(text) ? cql2_read_shape(&text->reading, types[wkt]) : NULL;
    return shape && read_shape(text, wkt, shape) ? shape : NULL;
}

/* ( geometry {, geometry} ); none of them a collection */
static struct cql2_node *read_collection(struct cql2_text *text, uint32_t at)
{
    struct geo_shape *shapes[CQL2_READ_MEMBERS_MAX];
    uint32_t count = 0;
    if (!before_open(text)) {
        return NULL;
    }
    do {
        if (!cql2_text_advance(text)) { /* past the parenthesis, the comma */
            return NULL;
        }
        const struct cql2_word *word = text->now.kind == CQL2_TOKEN_WORD ? text->now.word : NULL;
        if (!word || word->kind != CQL2_WORD_GEOMETRY || word->wkt == CQL2_WKT_COLLECTION) {
            return cql2_text_expected(text, "a geometry that is no collection");
        }
        if (count == BASE_COUNT(shapes)) {
            return cql2_read_wrong(&text->reading, BASE_LIMIT, text->now.at, "a collection of more than %d geometries",
                                   CQL2_READ_MEMBERS_MAX);
        }
        shapes[count] = cql2_text_advance(text) ? read_one(text, word->wkt) : NULL;
        if (!shapes[count++]) {
            return NULL;
        }
    } while (text->now.kind == CQL2_TOKEN_COMMA);
    return cql2_text_take(text, CQL2_TOKEN_CLOSE, "\",\" or \")\"")
               ? cql2_read_geometry(&text->reading, at, shapes, count)
               : NULL;
}

struct cql2_node *cql2_text_geometry(struct cql2_text *text, enum cql2_wkt wkt, uint32_t at)
{
    if (wkt == CQL2_WKT_COLLECTION) {
        return read_collection(text, at);
    }
    struct geo_shape *shape = read_one(text, wkt);
    return shape ? cql2_read_geometry(&text->reading, at, &shape, 1) : NULL;
}

struct cql2_node *cql2_text_box(struct cql2_text *text, uint32_t at)
{
    double numbers[6];
    uint32_t count = 0;
    do {
        if (!cql2_text_advance(text)) { /* past the parenthesis, the comma */
            return NULL;
        }
        if (count == BASE_COUNT(numbers)) {
            return cql2_read_wrong(&text->reading, BASE_INVALID, text->now.at, "BBOX takes 4 or 6 numbers");
        }
        if (!read_coordinate(text, &numbers[count++])) {
            return NULL;
        }
    } while (text->now.kind == CQL2_TOKEN_COMMA);
    return cql2_text_take(text, CQL2_TOKEN_CLOSE, "\",\" or \")\"") ? cql2_read_box(&text->reading, at, numbers, count)
                                                                    : NULL;
}
