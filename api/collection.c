/* GET /api, /api/conformance, /api/collections and one of them: what there is (OGC 17-069r4 7.2 to 7.14). */
#include "api/collection.h"

#include <string.h>

#define JSON "application/json"
#define GEOJSON "application/geo+json"

static const char *const conformance[] = {
    "http://www.opengis.net/spec/ogcapi-common-1/1.0/conf/core",
    "http://www.opengis.net/spec/ogcapi-common-2/1.0/conf/collections",
    "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/core",
    "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/geojson",
    "http://www.opengis.net/spec/ogcapi-features-2/1.0/conf/crs",
    "http://www.opengis.net/spec/ogcapi-features-3/1.0/conf/queryables",
    "http://www.opengis.net/spec/ogcapi-features-3/1.0/conf/queryables-query-parameters",
    "http://www.opengis.net/spec/ogcapi-features-3/1.0/conf/filter",
    "http://www.opengis.net/spec/ogcapi-features-3/1.0/conf/features-filter",
    "http://www.opengis.net/spec/cql2/1.0/conf/cql2-text",
    "http://www.opengis.net/spec/cql2/1.0/conf/cql2-json",
    "http://www.opengis.net/spec/cql2/1.0/conf/basic-cql2",
};

static bool may_see(const struct api_call *call, const struct api_collection *collection)
{
    return data_scope_any(call->identity->scope, collection->look);
}

static void member(struct base_json_out *out, const char *key, const char *text)
{
    base_json_out_key(out, key);
    base_json_out_text(out, text);
}

static void begin_links(struct base_json_out *out)
{
    base_json_out_key(out, "links");
    base_json_out_array(out);
}

enum base_err api_collection_landing(struct api_call *call, struct api_worker *worker, struct base_diag *diag)
{
    (void)worker, (void)diag;
    struct base_json_out out = api_answer_json(call);
    base_json_out_object(&out);
    member(&out, "title", "Hutong");
    member(&out, "description", "Estates, buildings, and what happens at them.");
    begin_links(&out);
    api_link_out(call, &out, &(struct api_link){"self", JSON, "This document"}, "/api");
    api_link_out(call, &out, &(struct api_link){"conformance", JSON, "What this server keeps to"}, "/api/conformance");
    api_link_out(call, &out, &(struct api_link){"data", JSON, "Collections"}, "/api/collections");
    base_json_out_array_end(&out);
    base_json_out_object_end(&out);
    api_answer_revalidate(call);
    return BASE_OK;
}

enum base_err api_collection_conformance(struct api_call *call, struct api_worker *worker, struct base_diag *diag)
{
    (void)worker, (void)diag;
    struct base_json_out out = api_answer_json(call);
    base_json_out_object(&out);
    base_json_out_key(&out, "conformsTo");
    base_json_out_array(&out);
    for (size_t i = 0; i < BASE_COUNT(conformance); i++) {
        base_json_out_text(&out, conformance[i]);
    }
    base_json_out_array_end(&out);
    base_json_out_object_end(&out);
    api_answer_revalidate(call);
    return BASE_OK;
}

static enum base_err read_extent(struct api_worker *worker, struct base_diag *diag, struct data_rows **ret_rows)
{
    struct data_conn *conn;
    enum base_err err = api_worker_conn(worker, diag, &conn);
    return err ? err : data_run(conn, DATA_ITEMS_EXTENT, DATA_NO_ARGS, diag, ret_rows);
}

/* Of what lies in estates: their box. Nothing is said of the rest of the map, which ends nowhere in particular, and
 * time is open on both sides. */
static void extent_out(const struct api_collection *collection, const struct data_rows *box, struct base_json_out *out)
{
    base_json_out_key(out, "extent");
    base_json_out_object(out);
    if (collection->estates && !data_rows_null(box, 0, 0)) {
        base_json_out_key(out, "spatial");
        base_json_out_object(out);
        base_json_out_key(out, "bbox");
        base_json_out_array(out);
        base_json_out_array(out);
        for (int i = 0; i < 4; i++) {
            base_json_out_f64(out, data_rows_f64(box, 0, i), GEO_GEOJSON_DECIMALS_DEGREES);
        }
        base_json_out_array_end(out);
        base_json_out_array_end(out);
        base_json_out_object_end(out);
    }
    base_json_out_key(out, "temporal");
    base_json_out_object(out);
    base_json_out_key(out, "interval");
    base_json_out_raw(out, base_str_of("[[null,null]]"));
    base_json_out_object_end(out);
    base_json_out_object_end(out);
}

static void all_crs_out(struct base_json_out *out)
{
    char uri[API_CRS_URI];
    base_json_out_key(out, "crs");
    base_json_out_array(out);
    for (size_t i = 0; i < API_CRS_COUNT; i++) {
        struct api_crs crs = api_crs_at(i);
        base_json_out_text(out, api_crs_uri(&crs, uri));
    }
    base_json_out_array_end(out);
}

/* listed: beside others, whose reference systems are listed once. */
static void crs_out(bool listed, struct base_json_out *out)
{
    char uri[API_CRS_URI];
    struct api_crs storage = api_crs_at(0);
    if (listed) {
        base_json_out_key(out, "crs");
        base_json_out_raw(out, base_str_of("[\"#/crs\"]"));
    } else {
        all_crs_out(out);
    }
    member(out, "storageCrs", api_crs_uri(&storage, uri));
}

static void collection_out(const struct api_call *call, const struct api_collection *collection,
                           const struct data_rows *box, bool listed, struct base_json_out *out)
{
    char path[API_LINK_PATH];
    base_json_out_object(out);
    member(out, "id", collection->name);
    member(out, "title", collection->en);
    member(out, "title_zh", collection->zh);
    member(out, "description", collection->description);
    member(out, "itemType", "feature");
    extent_out(collection, box, out);
    if (collection->geometry) {
        crs_out(listed, out);
    }
    begin_links(out);
    api_link_out(call, out, &(struct api_link){"self", JSON, NULL}, api_link_path(collection, "", path));
    api_link_out(call, out, &(struct api_link){"items", GEOJSON, collection->en},
                 api_link_path(collection, "/items", path));
    api_link_out(call, out, &(struct api_link){API_QUERYABLES_REL, API_QUERYABLES_TYPE, NULL},
                 api_link_path(collection, "/queryables", path));
    base_json_out_array_end(out);
    base_json_out_object_end(out);
}

enum base_err api_collection_list(struct api_call *call, struct api_worker *worker, struct base_diag *diag)
{
    AUTO(data_rows) box = NULL;
    enum base_err err = read_extent(worker, diag, &box);
    if (err) {
        return err;
    }
    struct base_json_out out = api_answer_json(call);
    base_json_out_object(&out);
    all_crs_out(&out);
    begin_links(&out);
    api_link_out(call, &out, &(struct api_link){"self", JSON, NULL}, "/api/collections");
    base_json_out_array_end(&out);
    base_json_out_key(&out, "collections");
    base_json_out_array(&out);
    for (const struct api_collection *at = api_collections; at->name; at++) {
        if (may_see(call, at)) {
            collection_out(call, at, box, true, &out);
        }
    }
    base_json_out_array_end(&out);
    base_json_out_object_end(&out);
    api_answer_scoped(call);
    api_answer_revalidate(call);
    return BASE_OK;
}

enum base_err api_collection_of(struct api_call *call, struct base_diag *diag,
                                const struct api_collection **ret_collection)
{
    *ret_collection = api_collection_find(call->captured[0]);
    return *ret_collection && may_see(call, *ret_collection)
               ? BASE_OK
               : base_diag_set(diag, BASE_NOT_FOUND, "there is no such collection; /api/collections lists them");
}

enum base_err api_collection_one(struct api_call *call, struct api_worker *worker, struct base_diag *diag)
{
    AUTO(data_rows) box = NULL;
    const struct api_collection *collection;
    enum base_err err = api_collection_of(call, diag, &collection);
    err = err ? err : read_extent(worker, diag, &box);
    if (err) {
        return err;
    }
    struct base_json_out out = api_answer_json(call);
    collection_out(call, collection, box, false, &out);
    api_answer_scoped(call);
    api_answer_revalidate(call);
    return BASE_OK;
}
