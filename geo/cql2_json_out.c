/* A tree as JSON, the standard's second encoding. */
#include "geo/cql2_private.h"

#include <string.h>

static void write_node(const struct cql2_node *node, struct base_json_out *out);

/* --- geometries: GeoJSON --- */
static void write_number(double value, struct base_json_out *out)
{
    AUTO_VALUE(base_buf) text;
    base_buf_init(&text, 64);
    cql2_out_number(&text, value, false);
    base_json_out_raw(out, base_buf_str(&text));
}

static void write_vertex(const struct geo_shape *shape, uint32_t i, struct base_json_out *out)
{
    base_json_out_array(out);
    write_number(shape->xy[2 * (size_t)i], out);
    write_number(shape->xy[2 * (size_t)i + 1], out);
    base_json_out_array_end(out);
}

static void write_ring(const struct geo_shape *shape, uint32_t ring, struct base_json_out *out)
{
    uint32_t first = ring ? shape->ring_ends[ring - 1] : 0;
    if (shape->type == GEO_SHAPE_POINT) {
        write_vertex(shape, first, out);
        return;
    }
    base_json_out_array(out);
    for (uint32_t i = first; i < shape->ring_ends[ring]; i++) {
        write_vertex(shape, i, out);
    }
    base_json_out_array_end(out);
}

static void write_part(const struct geo_shape *shape, uint32_t part, struct base_json_out *out)
{
    uint32_t ring = part ? shape->part_ends[part - 1] : 0;
    if (shape->type != GEO_SHAPE_AREA) {
        write_ring(shape, ring, out);
        return;
    }
    base_json_out_array(out);
    for (; ring < shape->part_ends[part]; ring++) {
        write_ring(shape, ring, out);
    }
    base_json_out_array_end(out);
}

static void write_shape(const struct geo_shape *shape, struct base_json_out *out)
{
    static const char *const names[][2] = {[GEO_SHAPE_NONE] = {"", ""},
                                           [GEO_SHAPE_POINT] = {"Point", "MultiPoint"},
                                           [GEO_SHAPE_LINE] = {"LineString", "MultiLineString"},
                                           [GEO_SHAPE_AREA] = {"Polygon", "MultiPolygon"}};
    bool multi = shape->parts > 1;
    base_json_out_object(out);
    base_json_out_key(out, "type");
    base_json_out_text(out, names[shape->type][multi]);
    base_json_out_key(out, "coordinates");
    if (multi) {
        base_json_out_array(out);
    }
    for (uint32_t part = 0; part < shape->parts; part++) {
        write_part(shape, part, out);
    }
    if (multi) {
        base_json_out_array_end(out);
    }
    base_json_out_object_end(out);
}

static void write_box(const struct geo_shape *shape, struct base_json_out *out)
{
    double box[4];
    cql2_out_box(shape, box);
    base_json_out_object(out);
    base_json_out_key(out, "bbox");
    base_json_out_array(out);
    for (int i = 0; i < 4; i++) {
        write_number(box[i], out);
    }
    base_json_out_array_end(out);
    base_json_out_object_end(out);
}

static void write_geometry(const struct cql2_node *node, struct base_json_out *out)
{
    const struct geo_cql2_geometry *geometry = &node->value.geometry;
    if (node->box) {
        write_box(geometry->shapes, out);
        return;
    }
    if (geometry->count == 1) {
        write_shape(geometry->shapes, out);
        return;
    }
    base_json_out_object(out);
    base_json_out_key(out, "type");
    base_json_out_text(out, "GeometryCollection");
    base_json_out_key(out, "geometries");
    base_json_out_array(out);
    for (uint32_t i = 0; i < geometry->count; i++) {
        write_shape(&geometry->shapes[i], out);
    }
    base_json_out_array_end(out);
    base_json_out_object_end(out);
}

/* --- leaves --- */
static void write_instant(const struct cql2_node *node, struct base_json_out *out)
{
    char text[BASE_TIME_TEXT];
    if (node->type == GEO_CQL2_INTERVAL) {
        base_json_out_text(out, "..");
    } else if (node->type == GEO_CQL2_DATE) {
        base_time_out(node->value.integer * CQL2_DAY_US, text);
        base_json_out_str(out, (struct base_str){text, 10});
    } else {
        base_json_out_time(out, node->value.integer);
    }
}

static void write_literal(const struct cql2_node *node, struct base_json_out *out)
{
    AUTO_VALUE(base_buf) number;
    base_buf_init(&number, 64);
    switch (node->type) {
    case GEO_CQL2_BOOLEAN:
        base_json_out_bool(out, node->value.boolean);
        break;
    case GEO_CQL2_INTEGER:
        base_json_out_i64(out, node->value.integer);
        break;
    case GEO_CQL2_NUMBER:
        cql2_out_number(&number, node->value.number, true);
        base_json_out_raw(out, base_buf_str(&number));
        break;
    case GEO_CQL2_TEXT:
        base_json_out_str(out, node->value.text);
        break;
    case GEO_CQL2_GEOMETRY:
        write_geometry(node, out);
        break;
    default:
        base_json_out_object(out);
        base_json_out_key(out, node->type == GEO_CQL2_DATE ? "date" : "timestamp");
        write_instant(node, out);
        base_json_out_object_end(out);
        break;
    }
}

/* --- operations --- */
static void write_interval(const struct cql2_node *node, struct base_json_out *out)
{
    base_json_out_object(out);
    base_json_out_key(out, "interval");
    base_json_out_array(out);
    for (uint32_t i = 0; i < node->count; i++) {
        if (node->args[i]->op == CQL2_LITERAL) {
            write_instant(node->args[i], out);
        } else {
            write_node(node->args[i], out);
        }
    }
    base_json_out_array_end(out);
    base_json_out_object_end(out);
}

static void write_array(const struct cql2_node *node, uint32_t first, struct base_json_out *out)
{
    base_json_out_array(out);
    for (uint32_t i = first; i < node->count; i++) {
        write_node(node->args[i], out);
    }
    base_json_out_array_end(out);
}

static void write_operation(const struct cql2_node *node, struct base_json_out *out)
{
    base_json_out_object(out);
    base_json_out_key(out, "op");
    base_json_out_text(out, cql2_ops[node->op].json);
    base_json_out_key(out, "args");
    if (node->op == CQL2_IN) {
        base_json_out_array(out);
        write_node(node->args[0], out);
        write_array(node, 1, out);
        base_json_out_array_end(out);
    } else {
        write_array(node, 0, out);
    }
    base_json_out_object_end(out);
}

static void write_node(const struct cql2_node *node, struct base_json_out *out)
{
    switch (node->op) {
    case CQL2_PROPERTY:
        base_json_out_object(out);
        base_json_out_key(out, "property");
        base_json_out_str(out, node->name);
        base_json_out_object_end(out);
        break;
    case CQL2_LITERAL:
        write_literal(node, out);
        break;
    case CQL2_INTERVAL:
        write_interval(node, out);
        break;
    case CQL2_ARRAY:
        write_array(node, 0, out);
        break;
    default:
        write_operation(node, out);
        break;
    }
}

void geo_cql2_json_out(const struct geo_cql2 *filter, struct base_buf *buf)
{
    struct base_json_out out = base_json_out_of(buf);
    write_node(filter->root, &out);
}
