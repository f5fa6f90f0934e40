/* JSON into a tree. Strict: an object has the members of its kind and no others. */
#include "geo/cql2_read.h"

#include <string.h>

enum { LEVELS = 2 * GEO_CQL2_DEPTH_MAX + 12 }; /* {"op": ..., "args": [...]} a level, coordinates at the end */

static struct cql2_node *read_node(struct cql2_reading *reading, const struct base_json *json);

static void *wrong(struct cql2_reading *reading, const struct base_json *json, const char *what)
{
    return cql2_read_wrong(reading, BASE_INVALID, base_json_in_where(json), "%s", what);
}

/* Has the object these members and no others? others: NULL or one more that may be there. */
static bool has_only(struct cql2_reading *reading, const struct base_json *json, const char *first, const char *second,
                     const char *other)
{
    struct base_str key;
    const struct base_json *value;
    for (void *at = NULL; base_json_in_next(json, &at, &key, &value);) {
        if (!base_str_is(key, first) && !(second && base_str_is(key, second)) && !(other && base_str_is(key, other))) {
            cql2_read_wrong(reading, BASE_INVALID, base_json_in_where(json), "\"%.*s\" does not belong beside \"%s\"",
                            cql2_shown(key), key.at, first);
            return false;
        }
    }
    return !second || base_json_in_get(json, second) ||
           cql2_read_wrong(reading, BASE_INVALID, base_json_in_where(json), "\"%s\" without \"%s\"", first, second);
}

/* --- geometries: GeoJSON --- */
/* [lon, lat] or [lon, lat, height] */
static bool read_vertex(struct cql2_reading *reading, const struct base_json *json, struct geo_shape *shape)
{
    double lon, lat, height;
    size_t size = base_json_in_size(json);
    bool numbers = base_json_in_f64(base_json_in_at(json, 0), &lon) && base_json_in_f64(base_json_in_at(json, 1), &lat);
    if ((size != 2 && size != 3) || !numbers || (size == 3 && !base_json_in_f64(base_json_in_at(json, 2), &height))) {
        return wrong(reading, json, "a position is 2 or 3 numbers in an array");
    }
    return cql2_read_vertex(reading, shape, lon, lat, base_json_in_where(json));
}

static bool read_items(struct cql2_reading *reading, const struct base_json *json, struct geo_shape *shape,
                       bool (*item)(struct cql2_reading *, const struct base_json *, struct geo_shape *))
{
    if (!base_json_in_is_array(json) || base_json_in_size(json) == 0) {
        return wrong(reading, json, "coordinates are an array that is not empty");
    }
    for (size_t i = 0; i < base_json_in_size(json); i++) {
        if (!item(reading, base_json_in_at(json, i), shape)) {
            return false;
        }
    }
    return true;
}

static bool read_point(struct cql2_reading *reading, const struct base_json *json, struct geo_shape *shape)
{
    return read_vertex(reading, json, shape) && cql2_read_ring(reading, shape, base_json_in_where(json));
}

static bool read_ring(struct cql2_reading *reading, const struct base_json *json, struct geo_shape *shape)
{
    return read_items(reading, json, shape, read_vertex) && cql2_read_ring(reading, shape, base_json_in_where(json));
}

static bool read_rings(struct cql2_reading *reading, const struct base_json *json, struct geo_shape *shape)
{
    return read_items(reading, json, shape, read_ring) && cql2_read_part(reading, shape);
}

static struct geo_shape *read_shape(struct cql2_reading *reading, const struct base_json *json)
{
    static const struct {
        const char *name;
        enum geo_shape_type type;
        bool multi;
        bool (*item)(struct cql2_reading *, const struct base_json *, struct geo_shape *);
    } kinds[] = {{"Point", GEO_SHAPE_POINT, false, read_point},    {"MultiPoint", GEO_SHAPE_POINT, true, read_point},
                 {"LineString", GEO_SHAPE_LINE, false, read_ring}, {"MultiLineString", GEO_SHAPE_LINE, true, read_ring},
                 {"Polygon", GEO_SHAPE_AREA, false, read_rings},   {"MultiPolygon", GEO_SHAPE_AREA, true, read_rings}};
    const struct base_json *coordinates = base_json_in_get(json, "coordinates");
    struct base_str name;
    if (!base_json_in_text(base_json_in_get(json, "type"), &name)) {
        return wrong(reading, json, "a geometry has a \"type\"");
    }
    for (size_t i = 0; i < BASE_COUNT(kinds); i++) {
        if (!base_str_is(name, kinds[i].name)) {
            continue;
        }
        struct geo_shape *shape =
            has_only(reading, json, "type", "coordinates", "bbox") ? cql2_read_shape(reading, kinds[i].type) : NULL;
        bool read = shape && (kinds[i].multi ? read_items(reading, coordinates, shape, kinds[i].item)
                                             : kinds[i].item(reading, coordinates, shape));
        return read ? shape : NULL;
    }
    return cql2_read_wrong(reading, BASE_INVALID, base_json_in_where(json),
                           "\"%.*s\" is no geometry that may stand here", cql2_shown(name), name.at);
}

static struct cql2_node *read_collection(struct cql2_reading *reading, const struct base_json *json)
{
    struct geo_shape *shapes[CQL2_READ_MEMBERS_MAX];
    const struct base_json *members = base_json_in_get(json, "geometries");
    size_t count = base_json_in_size(members);
    if (!has_only(reading, json, "type", "geometries", "bbox")) {
        return NULL;
    }
    if (!base_json_in_is_array(members) || count == 0) {
        return wrong(reading, members, "\"geometries\" is an array that is not empty");
    }
    if (count > BASE_COUNT(shapes)) {
        return cql2_read_wrong(reading, BASE_LIMIT, base_json_in_where(members),
                               "a collection of more than %d geometries", CQL2_READ_MEMBERS_MAX);
    }
    for (size_t i = 0; i < count; i++) {
        shapes[i] = read_shape(reading, base_json_in_at(members, i));
        if (!shapes[i]) {
            return NULL;
        }
    }
    return cql2_read_geometry(reading, base_json_in_where(json), shapes, (uint32_t)count);
}

static struct cql2_node *read_geometry(struct cql2_reading *reading, const struct base_json *json)
{
    struct base_str name;
    if (base_json_in_text(base_json_in_get(json, "type"), &name) && base_str_is(name, "GeometryCollection")) {
        return read_collection(reading, json);
    }
    struct geo_shape *shape = read_shape(reading, json);
    return shape ? cql2_read_geometry(reading, base_json_in_where(json), &shape, 1) : NULL;
}

static struct cql2_node *read_box(struct cql2_reading *reading, const struct base_json *json)
{
    double numbers[6];
    const struct base_json *box = base_json_in_get(json, "bbox");
    size_t count = base_json_in_size(box);
    if (!has_only(reading, json, "bbox", NULL, NULL)) {
        return NULL;
    }
    if (!base_json_in_is_array(box) || (count != 4 && count != 6)) {
        return wrong(reading, box, "\"bbox\" is an array of 4 or 6 numbers");
    }
    for (size_t i = 0; i < count; i++) {
        if (!base_json_in_f64(base_json_in_at(box, i), &numbers[i])) {
            return wrong(reading, base_json_in_at(box, i), "\"bbox\" is an array of 4 or 6 numbers");
        }
    }
    return cql2_read_box(reading, base_json_in_where(json), numbers, (uint32_t)count);
}

/* --- times --- */
static struct cql2_node *read_instant(struct cql2_reading *reading, const struct base_json *json, const char *member,
                                      enum geo_cql2_type type)
{
    struct base_str text;
    const struct base_json *value = base_json_in_get(json, member);
    if (!has_only(reading, json, member, NULL, NULL)) {
        return NULL;
    }
    if (!base_json_in_text(value, &text)) {
        return wrong(reading, value, "a date or time is a text");
    }
    return cql2_read_instant(reading, base_json_in_where(value), type, text);
}

static struct cql2_node *read_interval(struct cql2_reading *reading, const struct base_json *json)
{
    const struct base_json *ends = base_json_in_get(json, "interval");
    uint32_t from = reading->pending.count;
    struct base_str text;
    if (!has_only(reading, json, "interval", NULL, NULL) || !cql2_read_enter(reading, base_json_in_where(json))) {
        return NULL;
    }
    if (!base_json_in_is_array(ends) || base_json_in_size(ends) != 2) {
        return wrong(reading, ends, "\"interval\" is an array of 2 ends");
    }
    for (size_t i = 0; i < 2; i++) {
        const struct base_json *end = base_json_in_at(ends, i);
        if (!cql2_read_push(reading, base_json_in_text(end, &text)
                                         ? cql2_read_instant(reading, base_json_in_where(end), GEO_CQL2_ANY, text)
                                         : read_node(reading, end))) {
            return NULL;
        }
    }
    reading->depth--;
    return cql2_read_join(reading, CQL2_INTERVAL, base_json_in_where(json), from);
}

/* --- operations --- */
static enum cql2_op op_of(struct base_str name)
{
    for (enum cql2_op op = 0; op < CQL2_ARRAY; op++) {
        if (op != CQL2_INTERVAL && base_str_is(name, cql2_ops[op].json)) {
            return op;
        }
    }
    return base_str_is(name, cql2_ops[CQL2_NOW].json)      ? CQL2_NOW
           : base_str_is(name, cql2_ops[CQL2_ZONE].json)   ? CQL2_ZONE
           : base_str_is(name, cql2_ops[CQL2_ESTATE].json) ? CQL2_ESTATE
                                                           : CQL2_OP_COUNT;
}

static bool push_all(struct cql2_reading *reading, const struct base_json *items)
{
    for (size_t i = 0; i < base_json_in_size(items); i++) {
        if (!cql2_read_push(reading, read_node(reading, base_json_in_at(items, i)))) {
            return false;
        }
    }
    return true;
}

/* [x, [a, b ...]] */
static bool push_in(struct cql2_reading *reading, const struct base_json *args)
{
    const struct base_json *list = base_json_in_at(args, 1);
    if (base_json_in_size(args) != 2 || !base_json_in_is_array(list)) {
        return wrong(reading, args, "\"in\" takes a value and an array of values");
    }
    if (base_json_in_size(list) == 0) {
        return wrong(reading, list, "\"in\" needs at least one value");
    }
    return cql2_read_push(reading, read_node(reading, base_json_in_at(args, 0))) && push_all(reading, list);
}

static struct cql2_node *read_operation(struct cql2_reading *reading, const struct base_json *json)
{
    const struct base_json *named = base_json_in_get(json, "op"), *args = base_json_in_get(json, "args");
    uint32_t from = reading->pending.count;
    struct base_str name;
    if (!base_json_in_text(named, &name)) {
        return wrong(reading, named, "\"op\" is a text");
    }
    enum cql2_op op = op_of(name);
    if (op == CQL2_OP_COUNT) {
        return cql2_read_wrong(reading, BASE_INVALID, base_json_in_where(named), "there is no operation \"%.*s\"",
                               cql2_shown(name), name.at);
    }
    if (!has_only(reading, json, "op", "args", NULL) || !cql2_read_enter(reading, base_json_in_where(json))) {
        return NULL;
    }
    if (!base_json_in_is_array(args)) {
        return wrong(reading, args, "\"args\" is an array");
    }
    if (op == CQL2_IN ? !push_in(reading, args) : !push_all(reading, args)) {
        return NULL;
    }
    reading->depth--;
    return cql2_read_join(reading, op, base_json_in_where(json), from);
}

static struct cql2_node *read_array(struct cql2_reading *reading, const struct base_json *json)
{
    uint32_t from = reading->pending.count;
    if (!cql2_read_enter(reading, base_json_in_where(json)) || !push_all(reading, json)) {
        return NULL;
    }
    reading->depth--;
    return cql2_read_join(reading, CQL2_ARRAY, base_json_in_where(json), from);
}

static struct cql2_node *read_property(struct cql2_reading *reading, const struct base_json *json)
{
    struct base_str name;
    if (!has_only(reading, json, "property", NULL, NULL)) {
        return NULL;
    }
    if (!base_json_in_text(base_json_in_get(json, "property"), &name) || name.len == 0) {
        return wrong(reading, json, "\"property\" is a name");
    }
    return cql2_read_property(reading, base_json_in_where(json), name);
}

/* --- any value --- */
static struct cql2_node *read_object(struct cql2_reading *reading, const struct base_json *json)
{
    if (base_json_in_get(json, "op")) {
        return read_operation(reading, json);
    }
    if (base_json_in_get(json, "property")) {
        return read_property(reading, json);
    }
    if (base_json_in_get(json, "type")) {
        return read_geometry(reading, json);
    }
    if (base_json_in_get(json, "bbox")) {
        return read_box(reading, json);
    }
    if (base_json_in_get(json, "interval")) {
        return read_interval(reading, json);
    }
    if (base_json_in_get(json, "date")) {
        return read_instant(reading, json, "date", GEO_CQL2_DATE);
    }
    if (base_json_in_get(json, "timestamp")) {
        return read_instant(reading, json, "timestamp", GEO_CQL2_TIMESTAMP);
    }
    return wrong(reading, json,
                 "an object has \"op\", \"property\", \"type\", \"bbox\", \"interval\", \"date\" or "
                 "\"timestamp\"");
}

static struct cql2_node *read_scalar(struct cql2_reading *reading, const struct base_json *json)
{
    struct geo_cql2_value value = {.type = GEO_CQL2_TEXT};
    struct base_str text;
    if (base_json_in_text(json, &text)) {
        char *copy = base_arena_text(&reading->filter->arena, text);
        value.text = (struct base_str){copy, text.len};
        if (!copy) {
            return cql2_read_wrong(reading, BASE_NOMEM, 0, "out of memory");
        }
    } else if (base_json_in_i64(json, &value.integer)) {
        value.type = GEO_CQL2_INTEGER;
    } else if (base_json_in_f64(json, &value.number)) {
        value.type = GEO_CQL2_NUMBER;
    } else if (base_json_in_bool(json, &value.boolean)) {
        value.type = GEO_CQL2_BOOLEAN;
    } else {
        return wrong(reading, json, "null is no value; \"isNull\" asks for it");
    }
    return cql2_read_literal(reading, base_json_in_where(json), value);
}

static struct cql2_node *read_node(struct cql2_reading *reading, const struct base_json *json)
{
    return base_json_in_is_object(json)  ? read_object(reading, json)
           : base_json_in_is_array(json) ? read_array(reading, json)
                                         : read_scalar(reading, json);
}

enum base_err geo_cql2_json_in(struct base_str input, const struct geo_cql2_schema *schema, struct base_diag *diag,
                               struct geo_cql2 **ret_filter)
{
    struct cql2_reading reading;
    struct base_diag unused;
    AUTO(geo_cql2) filter = NULL;
    AUTO(base_json) json = NULL;
    diag = diag ? diag : &unused;
    if (input.len > GEO_CQL2_JSON_MAX) {
        return base_diag_set(diag, BASE_LIMIT, "the filter is longer than %d bytes", GEO_CQL2_JSON_MAX);
    }
    enum base_err err = base_json_in_parse_deep(input.at, input.len, LEVELS, diag, &json);
    err = err ? err : cql2_new(schema, diag, &filter);
    if (err) {
        return err;
    }
    cql2_read_init(&reading, filter, diag);
    filter->root = read_node(&reading, json);
    err = filter->root ? cql2_check(filter, diag) : reading.err;
    if (!err) {
        *ret_filter = filter;
        filter = NULL;
    }
    return err;
}
