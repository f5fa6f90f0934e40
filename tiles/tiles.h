/* tiles: what the map asks for - tile addresses, the table of layers, vector tiles (MVT 2.1) and TileJSON 3.0.
 *
 * Tiles come from a mirror of the live tables in memory, which the databases' change feeds keep true; only how it was
 * (?at=) is asked of the database. A tile's entity tag is made from the sum of the hashes of the rows that meet it, so
 * it is known before any work, and equal on every server and after every restart.
 *
 * Ownership  ret_x is yours (tiles_tile_release, tiles_source_free); layers are static.
 * Threads    a tiles_source serves any number of threads; the rest are plain values.
 * Units      lon/lat degrees WGS 84; tiles in Web Mercator (EPSG:3857), XYZ with y down from the north, extent 4096.
 * Errors     NOT_FOUND for a layer that does not exist, INVALID for an address that is none, DATABASE and
 *            DATABASE_AWAY from below.
 */
#ifndef HUTONG_TILES_H
#define HUTONG_TILES_H

#include "base/base.h"
#include "data/data.h"
#include "geo/geo.h"

#include <stdatomic.h>

/* --- address (address.c) --- */
enum {
    TILES_ZOOM_MAX = 22, /* deepest address that is answered */
    TILES_ZOOM_FULL = 16 /* nothing is left out from here on; clients enlarge (TileJSON maxzoom) */
};

struct tiles_address {
    uint32_t z, x, y;
};

struct tiles_box {
    double west, south, east, north; /* degrees */
};

/* Digits only, no sign, no leading zero; z <= TILES_ZOOM_MAX, x and y < 2^z. */
enum base_err tiles_address_in(struct base_str z, struct base_str x, struct base_str y, struct base_diag *diag,
                               struct tiles_address *ret_address) BASE_MUST_CHECK;
/* The tile's area with `margin` (a share of the tile's side) around it, cut at the edge of the Mercator square. */
struct tiles_box tiles_address_box(struct tiles_address address, double margin);

/* --- layer (layer.c): one row a layer --- */
enum { TILES_FIELD_MAX = 20, TILES_LAYER_MAX = 24 };

struct tiles_field {
    const char *name; /* of the mirror's column too */
    const char *type; /* as TileJSON names it: Number, String, Boolean */
};

enum tiles_table_id { /* of the mirror (table.c) */
                      TILES_TABLE_LANDUSE,
                      TILES_TABLE_WATER,
                      TILES_TABLE_ROAD,
                      TILES_TABLE_ESTATE,
                      TILES_TABLE_ESTATE_LABEL, /* a point in each estate */
                      TILES_TABLE_GRID,
                      TILES_TABLE_ZONE,
                      TILES_TABLE_BUILDING,
                      TILES_TABLE_ROUTE,
                      TILES_TABLE_CHECKPOINT,
                      TILES_TABLE_FACILITY,
                      TILES_TABLE_PLACE,
                      TILES_TABLE_DEVICE,
                      TILES_TABLE_ASSET,
                      TILES_TABLE_INCIDENT,
                      TILES_TABLES
};

struct tiles_layer {
    const char *name;
    const char *description;
    enum data_query query; /* the same from the database as of a moment (?at=) */
    enum tiles_table_id table;
    bool live; /* shows state: features without any are left out */
    uint32_t min_zoom;
    uint32_t whole_zoom; /* below it features are gathered: points and buildings into cells, counted */
    enum data_look look; /* what its features are: who may not look at that gets none of it */
    struct tiles_field fields[TILES_FIELD_MAX]; /* ends with a NULL name */
    const struct geo_cql2_schema *queryables;   /* what a filter may ask; expressions at the query's marker */
};

extern const struct tiles_layer tiles_layers[]; /* ends with a NULL name */
const struct tiles_layer *tiles_layer_find(struct base_str name);

struct tiles_set { /* the layers of one request, in its order */
    const struct tiles_layer *layers[TILES_LAYER_MAX];
    size_t count;
};

/* "estates,buildings": each name known, none twice. */
enum base_err tiles_set_in(struct base_str names, struct base_diag *diag, struct tiles_set *ret_set) BASE_MUST_CHECK;

/* --- filter (filter.c): a filter (CQL2) over the layers of a request, read once for each --- */
enum tiles_filter_lang { TILES_FILTER_TEXT, TILES_FILTER_JSON };
bool tiles_filter_lang_in(struct base_str name, enum tiles_filter_lang *ret_lang); /* cql2-text cql2-json */

struct tiles_filter {
    struct geo_cql2 *filters[TILES_LAYER_MAX]; /* as set.layers */
};

/* INVALID names the first layer that cannot be asked this, and what and where. */
enum base_err tiles_filter_in(struct base_str text, enum tiles_filter_lang lang, const struct tiles_set *set,
                              struct base_diag *diag, struct tiles_filter *ret_filter) BASE_MUST_CHECK;
void tiles_filter_release(struct tiles_filter *filter);

/* --- etag (etag.c) --- */
#define TILES_ETAG_TEXT 40
/* Is the tag in the list of an If-None-Match header? Weak comparison (RFC 9110, 13.1.2); NULL holds nothing. */
bool tiles_etag_listed(const char *header, const char *etag);
/* A strong tag of content; suffix tells encodings of the same content apart. */
void tiles_etag_of(struct base_str content, char suffix, char ret_etag[TILES_ETAG_TEXT]);

/* --- mirror (mirror*.c): the live tables in memory, kept so by the feeds of one or more databases ---
 * Starts empty and loads in its own threads; while a feed is away what it brought stays, and is stale. */
struct tiles_mirror;
struct tiles_view; /* one moment of all tables; counted by reference, any thread */
struct tiles_page;

/* What became of a row. STATIC includes geometry. */
enum tiles_effect { TILES_SAME = 0, TILES_STATIC = 1, TILES_LIVE = 2, TILES_NEW = 4 };

struct tiles_change { /* a row that came, changed or went between two views */
    enum tiles_table_id table;
    int64_t estate_id, id;
    unsigned effect;               /* enum tiles_effect; 0: it went */
    const struct tiles_page *page; /* of the new view; NULL: it went */
    uint32_t row;
};

struct tiles_news {
    struct tiles_view *view; /* the listener takes a reference of its own if it keeps it */
    const struct tiles_change *changes;
    size_t count;
    size_t upstream;
    uint64_t lsn;         /* of the last transaction in it */
    int64_t committed_us; /* of that */
    /* Not from transactions: a feed began anew, and these are the differences. Of the first view of a mirror of one
     * database none are listed: nobody had another. */
    bool snapshot;
};

struct tiles_mirror_config {
    const char *const *upstreams; /* conninfos; each with estates of its own, and the shared tables */
    size_t count;                 /* 1 .. TILES_UPSTREAM_MAX */
    size_t memory_max;            /* bytes of rows; more is refused, aloud; 0: 4 GiB */
    void (*news)(void *of, const struct tiles_news *news); /* in a feed's thread, one at a time; or NULL */
    void *of;
};
enum { TILES_UPSTREAM_MAX = 16 };

enum base_err tiles_mirror_new(const struct tiles_mirror_config *config, struct base_diag *diag,
                               struct tiles_mirror **ret_mirror) BASE_MUST_CHECK;
void tiles_mirror_free(struct tiles_mirror *mirror); /* ends the threads first */
BASE_AUTO_FREE(tiles_mirror)
/* A reference of the caller's; NULL before the first load. */
struct tiles_view *tiles_mirror_view(struct tiles_mirror *mirror);
void tiles_view_unref(struct tiles_view *view);
struct tiles_view *tiles_view_ref(struct tiles_view *view);

struct tiles_upstream_health {
    bool live;         /* loaded, and the feed is connected */
    bool loaded;       /* ever */
    uint64_t lsn, lag; /* given out up to; bytes behind the server */
    int64_t heard_us;  /* monotonic, when it last said anything */
    int64_t resyncs;   /* snapshots after the first */
    char reason[256];  /* why it is not live; "" */
};
struct tiles_mirror_health {
    bool ready; /* every upstream was loaded once */
    bool live;  /* and all are connected */
    size_t count;
    struct tiles_upstream_health upstreams[TILES_UPSTREAM_MAX];
    uint64_t rows, bytes;
    uint64_t left_out; /* rows that cannot be drawn: no geometry, NaN */
};
struct tiles_mirror_health tiles_mirror_health(struct tiles_mirror *mirror);
/* Estates whose upstream is away: int64_t after int64_t, ascending; none when all are live. */
enum base_err tiles_mirror_stale(struct tiles_mirror *mirror, struct base_buf *ret_estates) BASE_MUST_CHECK;

/* --- feature (feature.c): what the stream tells of rows --- */
/* {"id":..,"estate_id":..,<columns that are not null>}: all columns, or the live ones; points get lon and lat. */
void tiles_feature_json(const struct tiles_page *page, uint32_t row, bool live, struct base_json_out *out);
bool tiles_feature_state(const struct tiles_page *page, uint32_t row);  /* any live column that is not null */
bool tiles_feature_camera(const struct tiles_page *page, uint32_t row); /* of devices: its kind is one */
bool tiles_camera_kind(struct base_str kind);                           /* a device that sees people, by its kind */
void tiles_feature_key(const struct tiles_page *page, uint32_t row, int64_t *ret_estate_id, int64_t *ret_id);
/* A whole number, moment or flag by its column's name; false: null. */
bool tiles_feature_i64(const struct tiles_page *page, uint32_t row, const char *column, int64_t *ret_value);
/* Rows of a table in the scope, which is borrowed, from a view; live: only those with state. The one way to rows from
 * outside. */
struct tiles_features;
enum base_err tiles_features_new(struct tiles_view *view, enum tiles_table_id table, bool live,
                                 const struct data_scope *scope, enum data_look look, struct base_diag *diag,
                                 struct tiles_features **ret_features) BASE_MUST_CHECK;
bool tiles_features_next(struct tiles_features *features, const struct tiles_page **ret_page, uint32_t *ret_row);
void tiles_features_free(struct tiles_features *features);
BASE_AUTO_FREE(tiles_features)

/* --- source (source.c, cache.c, history.c): where tiles come from --- */
struct tiles_database {
    void *of;
    /* Lends the caller's connection until the call into tiles returns. */
    enum base_err (*take)(void *of, struct base_diag *diag, struct data_conn **ret_conn);
};

struct tiles_request {
    struct tiles_set set;
    struct tiles_address address;
    const struct data_scope *scope;
    bool cameras;                      /* the caller has said why: devices that are cameras too */
    int64_t at_us;                     /* as it was then, from the database; 0: now */
    const char *held;                  /* If-None-Match as it came, or NULL */
    bool gzip;                         /* the client takes gzip */
    const struct tiles_filter *filter; /* of the same set, or NULL: everything */
};

struct tiles_bytes { /* shared by the cache and by answers under way */
    atomic_size_t refs;
    size_t len;
    _Atomic(struct tiles_beside *) beside; /* what those who send it have made of it; newest first */
    uint8_t at[];
};
/* The first member of something larger. It is only added, and goes with the bytes. */
struct tiles_beside {
    struct tiles_beside *next;
    void (*free)(struct tiles_beside *beside);
};
void tiles_bytes_add(struct tiles_bytes *bytes, struct tiles_beside *beside);
struct tiles_bytes *tiles_bytes_ref(struct tiles_bytes *bytes);
void tiles_bytes_unref(struct tiles_bytes *bytes);

struct tiles_tile {
    char etag[TILES_ETAG_TEXT];
    bool unchanged; /* the client holds it: no body */
    bool empty;     /* nothing there: no body */
    bool gzip;
    struct tiles_bytes *body; /* a reference of the caller's; NULL when empty, or unchanged and not in the cache */
    struct base_buf homes;    /* int64_t after int64_t: estates whose units are in it, also when unchanged */
    struct base_buf cameras;  /* the same of estates whose cameras are around */
};

struct tiles_source_config {
    struct tiles_mirror *mirror; /* outlives the source */
    size_t cache_max;            /* bytes; 0: 256 MiB */
};
struct tiles_source_health {
    uint64_t hits, misses, unchanged, empty, waits; /* waits: asked for while another was encoding it */
    uint64_t cached, cached_bytes;
};
struct tiles_source;
enum base_err tiles_source_new(const struct tiles_source_config *config, struct base_diag *diag,
                               struct tiles_source **ret_source) BASE_MUST_CHECK;
void tiles_source_free(struct tiles_source *source);
BASE_AUTO_FREE(tiles_source)
struct tiles_source_health tiles_source_health(struct tiles_source *source);
/* Was anything loaded? Until then nothing can be answered. */
bool tiles_source_loaded(struct tiles_source *source);
/* The version of all rows of static layers, as far as the scope sees them: with it in their URL tiles need not be asked
 * for again. False: a layer shows state, nothing is loaded, or (quick) it would take its time to find out. */
bool tiles_source_version(struct tiles_source *source, const struct tiles_set *set, const struct data_scope *scope,
                          bool quick, char ret_version[BASE_ID_TEXT]);
/* What can be answered at once - the client holds it, nothing is there, or it is cached - without waiting for anything.
 * False: ask tiles_source_tile, where waiting is allowed. */
bool tiles_source_peek(struct tiles_source *source, const struct tiles_request *request, struct tiles_tile *ret_tile);
/* DATABASE_AWAY while nothing was loaded yet. Equal tiles asked for at once are encoded once. */
enum base_err tiles_source_tile(struct tiles_source *source, const struct tiles_database *database,
                                const struct tiles_request *request, struct base_diag *diag,
                                struct tiles_tile *ret_tile) BASE_MUST_CHECK;
void tiles_tile_release(struct tiles_tile *tile);

/* --- tilejson (tilejson.c) --- */
struct tiles_about { /* what a client must know of the data as a whole; texts are cut at a character */
    struct tiles_box bounds;
    bool demo;
    char attribution[512];
    char approval[128]; /* map approval number (审图号), or "" */
    char tz[64];
};

enum base_err tiles_source_about(struct tiles_source *source, const struct tiles_database *database,
                                 struct base_diag *diag, struct tiles_about *ret_about) BASE_MUST_CHECK;
/* origin: "http://host:port", without a slash at the end. version: for the tiles' URL, "" without. */
void tiles_tilejson(const struct tiles_set *set, const struct tiles_about *about, const char *origin,
                    const char *version, struct base_buf *buf);

#endif
