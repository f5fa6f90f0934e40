/* OGC API Features: collections, and pages of their items. Private to api/.
 *
 *   /api/collections/{c}/items?...  items_ask.c: what is asked for ─> items.c: data/query/items_<c>.sql
 *                                   items_sort.c: order, and where a page begins   └─> feature.c: GeoJSON
 *
 * A collection is a row of collection_table.c and a query. Every such query has the same parameters and begins with the
 * same columns, so nothing here knows one collection from another.
 *
 * Ownership  collections are static; all else lies in the call's arena.
 * Threads    a worker's, with its call.
 * Units      coordinates as asked for: OGC:CRS84 (lon lat degrees) unless a crs is named.
 * Errors     INVALID (400) for every parameter that is not as it should be; NOT_FOUND.
 * Sources    OGC 17-069r4 (Part 1: Core), 18-058r1 (Part 2: CRS), 19-079r2 (Part 3: Filtering).
 */
#ifndef HUTONG_API_COLLECTION_H
#define HUTONG_API_COLLECTION_H

#include "api/crs.h"
#include "api/request.h"

/* --- collection_table.c --- */
enum api_kind {
    API_KIND_TEXT,
    API_KIND_TEXTS, /* text[], as JSON */
    API_KIND_INTEGER,
    API_KIND_NUMBER,
    API_KIND_BOOLEAN,
    API_KIND_TIME,
    API_KIND_OBJECT /* jsonb */
};

struct api_property {
    const char *name; /* also the query's column q.<name>, in this order */
    enum api_kind kind;
    const char *unit; /* UCUM; NULL: none */
    const char *zh, *en;
    const char *sql; /* what filters ask, where that is not q.<name> */
};

enum { API_PROPERTIES_MAX = 32 };

struct api_collection {
    const char *name, *zh, *en, *description;
    enum data_look look;   /* who sees its items */
    enum data_query items; /* data/query/items_<name>.sql */
    const char *geometry;  /* "MultiPolygon"; NULL: its items have none */
    bool estates;          /* they lie in estates; else on all of the map */
    const struct api_property *properties;
    size_t count;
    bool keyed;           /* its ids are texts, made of a key; else numbers */
    const char *order;    /* a page's, when none is asked for; NULL: by id */
    const char *layer;    /* looks at it are written down under this name, and need a purpose; NULL: they need none */
    const char *personal; /* the property that says of which items only; NULL: of all */
};

extern const struct api_collection api_collections[]; /* ends with a NULL name */
const struct api_collection *api_collection_find(struct base_str name);
/* Of all properties, with id and geom; filters and orders go by it. */
const struct geo_cql2_schema *api_collection_queryables(const struct api_collection *collection);

/* --- collection.c: the collection of the path; NOT_FOUND: none that the caller may see --- */
enum base_err api_collection_of(struct api_call *call, struct base_diag *diag,
                                const struct api_collection **ret_collection) BASE_MUST_CHECK;

/* --- link.c: {"rel","type","title","href"}, absolute --- */
struct api_link {
    const char *rel, *type, *title; /* title NULL: none */
};
void api_link_out(const struct api_call *call, struct base_json_out *out, const struct api_link *link,
                  const char *path);
/* "/api/collections/buildings" and the rest. */
enum { API_LINK_PATH = 128 };
const char *api_link_path(const struct api_collection *collection, const char *rest, char path[API_LINK_PATH]);
/* This request with these parameters in place of those of the same names; value NULL: without it. The path without
 * host. */
struct api_link_param {
    const char *name, *value;
};
const char *api_link_again(struct api_call *call, const struct api_link_param *params, size_t count);

/* --- items_ask.c: what a request for items asks for --- */
enum { API_ITEMS_LIMIT = 100, API_ITEMS_LIMIT_MAX = 10000, API_SORT_MAX = 8 };

struct api_items {
    const struct api_collection *collection;
    int64_t limit;
    struct api_crs crs;                     /* of the answer */
    struct geo_crs *into;                   /* its transformation, the kept set's; NULL: none is needed */
    struct data_arg id;                     /* of the one that is asked for; null: all */
    struct base_buf area;                   /* WKB of bbox; empty: anywhere */
    struct data_arg from, to;               /* datetime; null: as of now, or open on that side */
    struct geo_cql2_key sort[API_SORT_MAX]; /* the last is the id, so that no two are equal */
    size_t sort_count;
    bool sorted;                    /* otherwise than by id */
    struct geo_cql2 *filter;        /* what was given, and equal parameters; NULL: all */
    struct geo_cql2 *page;          /* the same, behind the page before; NULL: it is the first, `filter` says it all */
    bool narrowed;                  /* by a filter, bbox or datetime */
    bool shown[API_PROPERTIES_MAX]; /* of `properties` */
};
/* kept: outlives ret_items. reasoned: it was said why, so that what is personal is given, too. */
enum base_err api_items_ask(const struct api_target *target, const struct api_collection *collection,
                            struct api_crs_kept *kept, bool reasoned, struct base_diag *diag,
                            struct api_items *ret_items) BASE_MUST_CHECK;
/* Of one item, whenever it was valid. NOT_FOUND: no item has such an id. */
enum base_err api_items_ask_one(const struct api_target *target, const struct api_collection *collection,
                                struct base_str id, struct api_crs_kept *kept, bool reasoned, struct base_diag *diag,
                                struct api_items *ret_items) BASE_MUST_CHECK;
void api_items_release(struct api_items *items);

/* --- items_sort.c: the order of pages, and where each begins --- */
/* "+name,-height_m"; at NULL: by id. */
enum base_err api_sort_in(struct base_str text, struct base_diag *diag, struct api_items *items) BASE_MUST_CHECK;
/* What follows a row in that order, as CQL2 text; the token is that row's (base64url of a JSON array of its values). */
enum base_err api_sort_after(struct base_str token, const struct api_items *items, struct base_diag *diag,
                             struct base_buf *text) BASE_MUST_CHECK;
/* The row's token. */
void api_sort_token(const struct api_items *items, const struct data_rows *rows, size_t row, struct base_buf *token);

/* --- queryables.c --- */
#define API_QUERYABLES_REL "http://www.opengis.net/def/rel/ogc/1.0/queryables"
#define API_QUERYABLES_TYPE "application/schema+json"

/* --- feature.c: a row as a GeoJSON feature --- */
enum { API_FEATURE_ID, API_FEATURE_GEOMETRY, API_FEATURE_PROPERTIES /* columns of items_*.sql */ };
/* Its members, within an object that is open. shape is reused. */
enum base_err api_feature_out(const struct api_items *items, const struct data_rows *rows, size_t row,
                              struct geo_shape *shape, struct base_diag *diag,
                              struct base_json_out *out) BASE_MUST_CHECK;

#endif
