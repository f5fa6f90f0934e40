/* tiles: what the map asks for - tile addresses, the table of layers, vector tiles (MVT 2.1) and TileJSON 3.0.
 *
 * Today a tile is asked of the database (ST_AsMVT); a mirror of the live tables will take that place behind
 * struct tiles_source, and nothing above this header will see the difference: the entity tag is compared in here, so
 * that it can be known before any work, and the database is only taken when it is needed.
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
enum { TILES_FIELD_MAX = 12, TILES_LAYER_MAX = 16 };

struct tiles_field {
    const char *name;
    const char *type; /* as TileJSON names it: Number, String, Boolean */
};

struct tiles_layer {
    const char *name;
    const char *description;
    enum data_query query;
    uint32_t min_zoom;
    enum data_look look;                        /* what its features are: who may not look at that gets none of it */
    struct tiles_field fields[TILES_FIELD_MAX]; /* ends with a NULL name */
};

extern const struct tiles_layer tiles_layers[]; /* ends with a NULL name */
const struct tiles_layer *tiles_layer_find(struct base_str name);

struct tiles_set { /* the layers of one request, in its order */
    const struct tiles_layer *layers[TILES_LAYER_MAX];
    size_t count;
};

/* "estates,buildings": each name known, none twice. */
enum base_err tiles_set_in(struct base_str names, struct base_diag *diag, struct tiles_set *ret_set) BASE_MUST_CHECK;

/* --- etag (etag.c) --- */
#define TILES_ETAG_TEXT 40
/* Is the tag in the list of an If-None-Match header? Weak comparison (RFC 9110, 13.1.2); NULL holds nothing. */
bool tiles_etag_listed(const char *header, const char *etag);
/* A strong tag of content; suffix tells encodings of the same content apart. */
void tiles_etag_of(struct base_str content, char suffix, char ret_etag[TILES_ETAG_TEXT]);

/* --- source (source.c): where tiles come from --- */
struct tiles_database {
    void *of;
    /* Lends the caller's connection until the call into tiles returns. */
    enum base_err (*take)(void *of, struct base_diag *diag, struct data_conn **ret_conn);
};

struct tiles_request {
    struct tiles_set set;
    struct tiles_address address;
    const char *held; /* If-None-Match as it came, or NULL */
    bool gzip;        /* the client takes gzip */
};

struct tiles_tile {
    char etag[TILES_ETAG_TEXT];
    bool unchanged; /* the client holds it: no body */
    bool empty;     /* nothing there: no body */
    bool gzip;
    struct base_buf body;
    struct base_buf homes; /* int64_t after int64_t: estates whose units are in it, also when unchanged */
};

struct tiles_source;
enum base_err tiles_source_new(struct base_diag *diag, struct tiles_source **ret_source) BASE_MUST_CHECK;
void tiles_source_free(struct tiles_source *source);
BASE_AUTO_FREE(tiles_source)
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
/* origin: "http://host:port", without a slash at the end. */
void tiles_tilejson(const struct tiles_set *set, const struct tiles_about *about, const char *origin,
                    struct base_buf *buf);

#endif
