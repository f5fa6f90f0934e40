/* What a request for items asks for (OGC 17-069r4 7.15, 18-058r1 6.3): limit, bbox, datetime, crs, filter, sortby,
 * properties, and properties by their own names. */
#include "api/collection.h"

#include <math.h>
#include <string.h>

enum { AREA_MAX = 16 * 1024, FILTER_MAX = 2 * GEO_CQL2_TEXT_MAX };

/* --- limit, crs --- */
static enum base_err limit_in(const struct api_target *target, struct base_diag *diag, struct api_items *items)
{
    struct base_str text = api_target_param(target, "limit");
    int64_t limit = API_ITEMS_LIMIT;
    if (text.at && (!base_str_i64(text, &limit) || limit < 1)) {
        return base_diag_set(diag, BASE_INVALID, "limit must be a whole number of 1 and more; more than %d gives %d",
                             API_ITEMS_LIMIT_MAX, API_ITEMS_LIMIT_MAX);
    }
    items->limit = limit < API_ITEMS_LIMIT_MAX ? limit : API_ITEMS_LIMIT_MAX;
    return BASE_OK;
}

static enum base_err crs_in(const struct api_target *target, struct api_crs_kept *kept, struct base_diag *diag,
                            struct api_items *items)
{
    enum base_err err = api_crs_in(api_target_param(target, "crs"), "crs", diag, &items->crs);
    return err ? err : api_crs_open(kept, &items->crs, diag, &items->into);
}

/* --- bbox --- */
static bool numbers_in(struct base_str text, double numbers[6], size_t *ret_count)
{
    struct base_str rest = text, part;
    size_t count = 0;
    while (rest.at && base_str_next(&rest, ',', &part)) {
        if (count == 6 || !base_str_f64(part, &numbers[count]) || !isfinite(numbers[count])) {
            return false;
        }
        count++;
    }
    *ret_count = count;
    return count == 4 || count == 6;
}

static void box_out(struct geo_shape *shape, double west, double south, double east, double north)
{
    const double xy[] = {west, south, east, south, east, north, west, north};
    for (size_t i = 0; i < 4; i++) {
        geo_shape_vertex(shape, xy[2 * i], xy[2 * i + 1]);
    }
    geo_shape_ring_end(shape);
    geo_shape_part_end(shape);
}

/* Of six numbers the heights are passed over: items have none. west > east goes over the antimeridian: two boxes. */
static enum base_err degrees_in(const double box[4], struct base_diag *diag, struct geo_shape *shape)
{
    double west = box[0], south = box[1], east = box[2], north = box[3];
    if (fabs(west) > 180 || fabs(east) > 180 || fabs(south) > 90 || fabs(north) > 90 || south > north) {
        return base_diag_set(diag, BASE_INVALID,
                             "bbox: longitudes are -180 to 180, latitudes -90 to 90, the south first");
    }
    geo_shape_reset(shape, GEO_SHAPE_AREA);
    box_out(shape, west, south, west > east ? 180 : east, north);
    if (west > east) {
        box_out(shape, -180, south, east, north);
    }
    return shape->err ? base_diag_set(diag, shape->err, "no memory for the bbox") : BASE_OK;
}

static enum base_err bbox_in(const struct api_target *target, struct api_crs_kept *kept, struct base_diag *diag,
                             struct api_items *items)
{
    struct base_str text = api_target_param(target, "bbox");
    struct api_crs crs;
    struct geo_crs *geo = NULL;
    double n[6] = {0};
    size_t count = 0;
    enum base_err err = api_crs_in(api_target_param(target, "bbox-crs"), "bbox-crs", diag, &crs);
    if (err || !text.at) {
        return err;
    }
    if (!numbers_in(text, n, &count)) {
        return base_diag_set(diag, BASE_INVALID,
                             "bbox must be four numbers: west,south,east,north in degrees, or as the axes of bbox-crs");
    }
    const double box[] = {n[crs.swap], n[!crs.swap], n[count / 2 + crs.swap], n[count / 2 + !crs.swap]};
    AUTO_VALUE(geo_shape) shape;
    geo_shape_init(&shape);
    err = api_crs_open(kept, &crs, diag, &geo);
    if (!err && geo) {
        err = geo_crs_box(geo, box, diag, &shape);
        err = err ? base_diag_prefix(diag, err, "bbox") : BASE_OK;
    } else if (!err) {
        err = degrees_in(box, diag, &shape);
    }
    geo_wkb_out(&shape, 0, true, &items->area);
    items->narrowed = true;
    return err;
}

/* --- datetime: a moment, or "from/to" with nothing or .. for an open end --- */
static bool moment_in(struct base_str text, struct data_arg *ret_arg)
{
    int64_t time_us;
    if (text.len == 0 || base_str_is(text, "..")) {
        *ret_arg = data_null();
        return true;
    }
    if (!base_time_in(text, &time_us)) {
        return false;
    }
    *ret_arg = data_time(time_us);
    return true;
}

static enum base_err datetime_in(const struct api_target *target, struct base_diag *diag, struct api_items *items)
{
    struct base_str text = api_target_param(target, "datetime");
    items->from = items->to = data_null();
    if (!text.at) {
        return BASE_OK;
    }
    const char *slash = memchr(text.at, '/', text.len);
    struct base_str first = {text.at, slash ? (size_t)(slash - text.at) : text.len},
                    second = slash ? (struct base_str){slash + 1, text.len - first.len - 1} : first;
    bool good =
        moment_in(first, &items->from) && moment_in(second, &items->to) && (slash || items->from.type != DATA_ARG_NULL);
    if (good && items->from.type != DATA_ARG_NULL && items->to.type != DATA_ARG_NULL &&
        items->from.i64 > items->to.i64) {
        good = false;
    }
    if (!good) {
        return base_diag_set(diag, BASE_INVALID,
                             "datetime must be a moment (RFC 3339) or an interval from/to, open ends as ..");
    }
    if (items->from.type == DATA_ARG_NULL && items->to.type == DATA_ARG_NULL) {
        items->from = data_time(INT64_MIN); /* "../.." is all of time, not now */
    }
    items->narrowed = true;
    return BASE_OK;
}

/* --- filter, and name=value --- */
static bool is_reserved(struct base_str name)
{
    return api_query_listed("limit bbox bbox-crs crs datetime filter filter-lang filter-crs sortby after properties",
                            name);
}

/* name = 'value' as CQL2 text; quoted as its type wants it. False: there is no such property to ask. */
static bool equal_out(const struct geo_cql2_schema *schema, const struct api_param *param, struct base_buf *text)
{
    const struct geo_cql2_property *found = NULL;
    for (size_t i = 0; i < schema->count && !found; i++) {
        found = base_str_is(param->name, schema->properties[i].name) ? &schema->properties[i] : NULL;
    }
    if (!found || found->type == GEO_CQL2_GEOMETRY || found->type == GEO_CQL2_ARRAY) {
        return false;
    }
    bool quoted = found->type == GEO_CQL2_TEXT, moment = found->type == GEO_CQL2_TIMESTAMP;
    base_buf_printf(text, "%s%s = %s", text->len ? " AND " : "", found->name, moment ? "TIMESTAMP(" : "");
    if (quoted || moment) {
        base_buf_u8(text, '\'');
    }
    for (size_t i = 0; i < param->value.len; i++) {
        base_buf_append(text, "''", param->value.at[i] == '\'' ? 1 : 0);
        base_buf_u8(text, (uint8_t)param->value.at[i]);
    }
    if (quoted || moment) {
        base_buf_text(text, moment ? "')" : "'");
    }
    return true;
}

/* Read in its own reference system and written as lon/lat, as all is that is added to it. */
static enum base_err given_filter_in(const struct api_target *target, struct geo_cql2_schema schema,
                                     struct api_crs_kept *kept, struct base_diag *diag, struct base_buf *text)
{
    struct api_crs crs;
    struct base_str given = api_target_param(target, "filter"), lang = api_target_param(target, "filter-lang");
    bool json = base_str_is(lang, "cql2-json");
    if (lang.at && !json && !base_str_is(lang, "cql2-text")) {
        return base_diag_set(diag, BASE_INVALID, "filter-lang is cql2-text or cql2-json");
    }
    enum base_err err = api_crs_in(api_target_param(target, "filter-crs"), "filter-crs", diag, &crs);
    if (err || !given.at) {
        return err;
    }
    AUTO(geo_cql2) filter = NULL;
    schema.swap = crs.swap;
    err = api_crs_open(kept, &crs, diag, &schema.crs);
    if (!err) {
        err = json ? geo_cql2_json_in(given, &schema, diag, &filter) : geo_cql2_text_in(given, &schema, diag, &filter);
    }
    if (err) {
        return base_diag_prefix(diag, err, "filter");
    }
    base_buf_u8(text, '(');
    geo_cql2_text_out(filter, text);
    base_buf_u8(text, ')');
    return BASE_OK;
}

static enum base_err equals_in(const struct api_target *target, const struct geo_cql2_schema *schema,
                               struct base_diag *diag, struct base_buf *text)
{
    for (size_t i = 0; i < target->param_count; i++) {
        const struct api_param *param = &target->params[i];
        if (!is_reserved(param->name) && !equal_out(schema, param, text)) {
            return base_diag_set(diag, BASE_INVALID, "there is no parameter \"%.*s\" here", (int)param->name.len,
                                 param->name.at);
        }
    }
    return BASE_OK;
}

/* Without a purpose what is personal is not there: neither given nor counted. */
static bool unsaid_out(const struct api_collection *collection, bool reasoned, struct base_buf *text)
{
    bool hidden = collection->personal && !reasoned;
    if (hidden) {
        base_buf_printf(text, "%s%s = FALSE", text->len ? " AND " : "", collection->personal);
    }
    return hidden;
}

static enum base_err unsaid_in(bool reasoned, struct base_diag *diag, struct api_items *items)
{
    AUTO_VALUE(base_buf) text;
    base_buf_init(&text, FILTER_MAX);
    return unsaid_out(items->collection, reasoned, &text)
               ? geo_cql2_text_in(base_buf_str(&text), api_collection_queryables(items->collection), diag,
                                  &items->filter)
               : BASE_OK;
}

/* What is asked for, and the same behind the page before. */
static enum base_err filter_in(const struct api_target *target, struct api_crs_kept *kept, bool reasoned,
                               struct base_diag *diag, struct api_items *items)
{
    const struct geo_cql2_schema *schema = api_collection_queryables(items->collection);
    struct base_str after = api_target_param(target, "after");
    AUTO_VALUE(base_buf) text;
    base_buf_init(&text, FILTER_MAX);
    enum base_err err = given_filter_in(target, *schema, kept, diag, &text);
    err = err ? err : equals_in(target, schema, diag, &text);
    items->narrowed = items->narrowed || text.len > 0;
    unsaid_out(items->collection, reasoned, &text);
    if (!err && text.len) {
        err = geo_cql2_text_in(base_buf_str(&text), schema, diag, &items->filter);
    }
    if (err || !after.at) {
        return err;
    }
    base_buf_text(&text, text.len ? " AND " : "");
    err = api_sort_after(after, items, diag, &text);
    return err ? err : geo_cql2_text_in(base_buf_str(&text), schema, diag, &items->page);
}

/* --- properties --- */
static enum base_err properties_in(const struct api_target *target, struct base_diag *diag, struct api_items *items)
{
    const struct api_collection *collection = items->collection;
    struct base_str rest = api_target_param(target, "properties"), name;
    bool all = !rest.at;
    for (size_t i = 0; i < collection->count; i++) {
        items->shown[i] = all;
    }
    while (rest.at && rest.len && base_str_next(&rest, ',', &name)) {
        size_t i = 0;
        while (i < collection->count && !base_str_is(name, collection->properties[i].name)) {
            i++;
        }
        if (i == collection->count) {
            return base_diag_set(diag, BASE_INVALID, "properties: %s have no \"%.*s\"", collection->name, (int)name.len,
                                 name.at);
        }
        items->shown[i] = true;
    }
    return BASE_OK;
}

enum base_err api_items_ask(const struct api_target *target, const struct api_collection *collection,
                            struct api_crs_kept *kept, bool reasoned, struct base_diag *diag,
                            struct api_items *ret_items)
{
    struct api_items items = {.collection = collection};
    base_buf_init(&items.area, AREA_MAX);
    enum base_err err = limit_in(target, diag, &items);
    err = err ? err : crs_in(target, kept, diag, &items);
    err = err ? err : bbox_in(target, kept, diag, &items);
    err = err ? err : datetime_in(target, diag, &items);
    err = err ? err : api_sort_in(api_target_param(target, "sortby"), diag, &items);
    err = err ? err : filter_in(target, kept, reasoned, diag, &items);
    err = err ? err : properties_in(target, diag, &items);
    if (err) {
        api_items_release(&items);
        return err;
    }
    *ret_items = items;
    return BASE_OK;
}

enum base_err api_items_ask_one(const struct api_target *target, const struct api_collection *collection,
                                struct base_str id, struct api_crs_kept *kept, bool reasoned, struct base_diag *diag,
                                struct api_items *ret_items)
{
    int64_t number = 0;
    struct api_items items = {.collection = collection, .from = data_time(INT64_MIN), .to = data_null()};
    if (!collection->keyed && !base_str_i64(id, &number)) {
        return base_diag_set(diag, BASE_NOT_FOUND, "there is no such item; ids of %s are whole numbers",
                             collection->name);
    }
    items.id = collection->keyed ? data_text(id.at) : data_i64(number); /* a part of a path is terminated */
    enum base_err err = crs_in(target, kept, diag, &items);
    err = err ? err : properties_in(target, diag, &items);
    err = err ? err : unsaid_in(reasoned, diag, &items);
    if (err) {
        api_items_release(&items);
        return err;
    }
    *ret_items = items;
    return BASE_OK;
}

void api_items_release(struct api_items *items)
{
    base_buf_release(&items->area);
    geo_cql2_free(items->filter);
    geo_cql2_free(items->page);
    items->filter = items->page = NULL;
}
