/* GET /api/collections/{c}/items and one of them: pages, each going on where the one before ended, so that what comes
 * and goes meanwhile neither doubles nor skips anything else. */
#include "api/collection.h"

#include <string.h>

#define GEOJSON "application/geo+json"
enum {
    ITEM_PARAMS = 5,
    PAGE_BYTES = 8 << 20, /* a page ends behind the item that goes over it */
    COUNT_MAX = 100000,   /* of so many and more it is said how many only when they were narrowed */
    ESTATES_MAX = (API_ITEMS_LIMIT_MAX + 1) * sizeof(int64_t),
    ORDER_MAX = 4096,
    TOKEN_MAX = 64 * 1024
};

static void args_of(const struct api_items *items, int64_t limit, struct data_arg args[ITEM_PARAMS])
{
    args[0] = items->area.len ? data_bytes(base_buf_str(&items->area)) : data_null();
    args[1] = items->from;
    args[2] = items->to;
    args[3] = items->id;
    args[4] = limit ? data_i64(limit) : data_null();
}

/* One more than a page has tells whether another follows. */
static enum base_err read_page(struct data_conn *conn, const struct api_items *items, struct base_diag *diag,
                               struct data_rows **ret_rows)
{
    struct data_arg args[ITEM_PARAMS];
    AUTO_VALUE(base_buf) order;
    base_buf_init(&order, ORDER_MAX);
    geo_cql2_order(api_collection_queryables(items->collection), items->sort, items->sort_count, &order);
    args_of(items, items->limit + 1, args);
    return order.err ? base_diag_set(diag, order.err, "the order is too long")
                     : data_run_ordered(conn, items->collection->items, items->page ? items->page : items->filter,
                                        items->sorted ? base_buf_str(&order) : (struct base_str){NULL, 0}, args,
                                        ITEM_PARAMS, diag, ret_rows);
}

/* Of all pages together; -1: too many to count for each page. */
static enum base_err count_all(struct data_conn *conn, const struct api_items *items, struct base_diag *diag,
                               int64_t *ret_matched)
{
    struct data_arg args[ITEM_PARAMS];
    args_of(items, items->narrowed ? 0 : COUNT_MAX, args);
    enum base_err err =
        data_count_filtered(conn, items->collection->items, items->filter, args, ITEM_PARAMS, diag, ret_matched);
    if (!err && !items->narrowed && *ret_matched == COUNT_MAX) {
        *ret_matched = -1;
    }
    return err;
}

static void link_collection(const struct api_call *call, const struct api_items *items, struct base_json_out *out)
{
    char path[API_LINK_PATH];
    api_link_out(call, out, &(struct api_link){"collection", "application/json", NULL},
                 api_link_path(items->collection, "", path));
}

static void links_begin(struct api_call *call, struct base_json_out *out)
{
    base_json_out_key(out, "links");
    base_json_out_array(out);
    api_link_out(call, out, &(struct api_link){"self", GEOJSON, NULL}, api_link_again(call, NULL, 0));
}

static enum base_err links_out(struct api_call *call, const struct api_items *items, const struct data_rows *rows,
                               size_t count, struct base_diag *diag, struct base_json_out *out)
{
    AUTO_VALUE(base_buf) token;
    base_buf_init(&token, TOKEN_MAX);
    links_begin(call, out);
    link_collection(call, items, out);
    if (count < data_rows_count(rows)) {
        api_sort_token(items, rows, count - 1, &token);
        const struct api_link_param next[] = {{"after", base_buf_cstr(&token)}};
        api_link_out(call, out, &(struct api_link){"next", GEOJSON, NULL}, api_link_again(call, next, 1));
    }
    base_json_out_array_end(out);
    return token.err ? base_diag_set(diag, BASE_INVALID, "sortby: values too long to go on from") : BASE_OK;
}

static enum base_err features_out(const struct api_items *items, const struct data_rows *rows, struct base_diag *diag,
                                  struct base_json_out *out, size_t *ret_count)
{
    AUTO_VALUE(geo_shape) shape;
    enum base_err err = BASE_OK;
    size_t count = 0, most = data_rows_count(rows);
    most = most > (size_t)items->limit ? (size_t)items->limit : most;
    geo_shape_init(&shape);
    base_json_out_key(out, "features");
    base_json_out_array(out);
    while (count < most && out->buf->len < PAGE_BYTES && !err) {
        base_json_out_object(out);
        err = api_feature_out(items, rows, count++, &shape, diag, out);
        base_json_out_object_end(out);
    }
    base_json_out_array_end(out);
    *ret_count = count;
    return err;
}

static void head_out(struct api_call *call, const struct api_items *items)
{
    char uri[API_CRS_URI], header[API_CRS_URI + 3];
    snprintf(header, sizeof header, "<%s>", api_crs_uri(&items->crs, uri));
    call->answer.type = GEOJSON;
    call->answer.crs = items->collection->geometry ? base_arena_text(&call->arena, base_str_of(header)) : NULL;
    api_answer_scoped(call);
}

/* The tag is of all but the time of the answer, which stands behind. */
static enum base_err page_out(struct api_call *call, const struct api_items *items, const struct data_rows *rows,
                              int64_t matched, struct base_diag *diag)
{
    size_t count;
    struct base_json_out out = api_answer_json(call);
    head_out(call, items);
    base_json_out_object(&out);
    base_json_out_key(&out, "type");
    base_json_out_text(&out, "FeatureCollection");
    enum base_err err = features_out(items, rows, diag, &out, &count);
    base_json_out_key(&out, "numberReturned");
    base_json_out_i64(&out, (int64_t)count);
    if (matched >= 0) {
        base_json_out_key(&out, "numberMatched");
        base_json_out_i64(&out, matched);
    }
    err = err ? err : links_out(call, items, rows, count, diag, &out);
    tiles_etag_of(base_buf_str(&call->answer.body), call->gzip ? 'g' : 'i', call->answer.etag);
    base_json_out_key(&out, "timeStamp");
    base_json_out_time(&out, base_clock_now_us());
    base_json_out_object_end(&out);
    api_answer_revalidate(call);
    return err;
}

/* --- what is personal needs a purpose, and each look at it leaves a row --- */
static bool refused(struct api_call *call, const struct api_collection *collection)
{
    bool refuse = collection->layer && !collection->personal && !call->identity->purpose[0];
    if (refuse) {
        api_problem_purpose(call);
    }
    return refuse;
}

static bool is_personal(const struct api_collection *collection, const struct data_rows *rows, size_t row)
{
    for (size_t i = 0; collection->personal && i < collection->count; i++) {
        if (strcmp(collection->properties[i].name, collection->personal) == 0) {
            return data_rows_bool(rows, row, API_FEATURE_PROPERTIES + (int)i);
        }
    }
    return true;
}

/* Of such collections the estate is the first property. */
static enum base_err audit(struct api_call *call, struct data_conn *conn, const struct api_collection *collection,
                           const struct data_rows *rows, struct base_diag *diag)
{
    AUTO_VALUE(base_buf) estates;
    int64_t last = -1;
    base_buf_init(&estates, ESTATES_MAX);
    for (size_t row = 0; collection->layer && row < data_rows_count(rows); row++) {
        int64_t estate_id = data_rows_i64(rows, row, API_FEATURE_PROPERTIES);
        if (estate_id != last && is_personal(collection, rows, row)) {
            base_buf_append(&estates, &estate_id, sizeof estate_id);
            last = estate_id;
        }
    }
    return estates.err ? base_diag_set(diag, estates.err, "too many estates")
           : estates.len
               ? api_audit_look(call->server, conn, call->identity, collection->layer,
                                (const int64_t *)(const void *)estates.data, estates.len / sizeof(int64_t), diag)
               : BASE_OK;
}

enum base_err api_items_list(struct api_call *call, struct api_worker *worker, struct base_diag *diag)
{
    const struct api_collection *collection;
    struct data_conn *conn;
    AUTO_VALUE(api_items) items = {.filter = NULL};
    AUTO(data_rows) rows = NULL;
    int64_t matched = -1;
    enum base_err err = api_collection_of(call, diag, &collection);
    if (!err && refused(call, collection)) {
        return BASE_OK;
    }
    err = err ? err
              : api_items_ask(&call->target, collection, api_worker_crs(worker), call->identity->purpose[0], diag,
                              &items);
    err = err ? err : api_worker_conn(worker, diag, &conn);
    err = err ? err : read_page(conn, &items, diag, &rows);
    err = err ? err : audit(call, conn, collection, rows, diag);
    if (!err && (items.narrowed || !items.page)) {
        err = count_all(conn, &items, diag, &matched);
    }
    return err ? err : page_out(call, &items, rows, matched, diag);
}

static enum base_err one_out(struct api_call *call, const struct api_items *items, const struct data_rows *rows,
                             struct base_diag *diag)
{
    AUTO_VALUE(geo_shape) shape;
    geo_shape_init(&shape);
    struct base_json_out out = api_answer_json(call);
    head_out(call, items);
    base_json_out_object(&out);
    enum base_err err = api_feature_out(items, rows, 0, &shape, diag, &out);
    links_begin(call, &out);
    link_collection(call, items, &out);
    base_json_out_array_end(&out);
    base_json_out_object_end(&out);
    api_answer_revalidate(call);
    return err;
}

enum base_err api_items_one(struct api_call *call, struct api_worker *worker, struct base_diag *diag)
{
    const struct api_collection *collection;
    struct data_conn *conn;
    AUTO_VALUE(api_items) items = {.filter = NULL};
    AUTO(data_rows) rows = NULL;
    struct data_arg args[ITEM_PARAMS];
    enum base_err err = api_collection_of(call, diag, &collection);
    if (!err && refused(call, collection)) {
        return BASE_OK;
    }
    err = err ? err
              : api_items_ask_one(&call->target, collection, call->captured[1], api_worker_crs(worker),
                                  call->identity->purpose[0], diag, &items);
    err = err ? err : api_worker_conn(worker, diag, &conn);
    args_of(&items, 1, args);
    err = err ? err : data_run_filtered(conn, collection->items, items.filter, args, ITEM_PARAMS, diag, &rows);
    if (!err && data_rows_count(rows) == 0) {
        err = base_diag_set(diag, BASE_NOT_FOUND, "there is no such item");
    }
    err = err ? err : audit(call, conn, collection, rows, diag);
    return err ? err : one_out(call, &items, rows, diag);
}
