/* What the files of tiles/ share: tables of the mirror, their pages, the encoder. Private to tiles/ and its tests.
 *
 *   feed thread (mirror.c)                              any thread (source.c, api)
 *   data_feed ─rows─> mirror_row.c ─put─> store.c       tiles_view ─walk─> pages ──> lod.c ──> mvt.c ──> gzip ──> cache
 *                                           │ publish       ^ a reference, taken under a lock that is held
 *                                           └── new pages ──┘ for a few instructions only
 *
 * Readers never wait for writers. A table is a Hilbert R-tree of two levels: a directory, and pages of some 256 rows in
 * the order of their Hilbert values. Pages never change once readers can see them. The feed thread gathers changes; on
 * publish it makes the pages that are affected anew, a directory that shares all others, and swaps one pointer: the
 * view. A reader holds a view for as long as it likes and sees one moment of all tables; what nobody holds any more is
 * freed. Nothing is merged in the background, so memory does not double while a large table changes.
 *
 * World coordinates: Web Mercator (EPSG:3857) as 2^32 x 2^32 units, x eastward from 180 W, y southward from 85.0511 N.
 * A unit of a tile's grid (extent 4096) at zoom z is 2^(20-z) of them.
 */
#ifndef HUTONG_TILES_PRIVATE_H
#define HUTONG_TILES_PRIVATE_H

#include "tiles/tiles.h"

#include <stdatomic.h>

/* --- world (world.c) --- */
uint32_t tiles_world_x(double lon); /* cut at the edges of the square */
uint32_t tiles_world_y(double lat);
double tiles_world_lon(uint32_t x);
double tiles_world_lat(uint32_t y);
uint32_t tiles_world_hilbert(uint32_t x, uint32_t y); /* of the 2^16 x 2^16 cell */

struct tiles_extent { /* a box of world coordinates; edges belong to it */
    uint32_t min_x, min_y, max_x, max_y;
};
/* The tile with 64/4096 of its side around it, cut at the edges of the world. */
struct tiles_extent tiles_world_extent(struct tiles_address address);

static inline bool tiles_extent_meets(const struct tiles_extent *a, const struct tiles_extent *b)
{
    return a->min_x <= b->max_x && b->min_x <= a->max_x && a->min_y <= b->max_y && b->min_y <= a->max_y;
}

static inline bool tiles_extent_within(const struct tiles_extent *inner, const struct tiles_extent *outer)
{
    return inner->min_x >= outer->min_x && inner->max_x <= outer->max_x && inner->min_y >= outer->min_y &&
           inner->max_y <= outer->max_y;
}

/* A row's geometry, as geo_shape but in world coordinates, and rings of an AREA are not closed. */
struct tiles_point {
    uint32_t x, y;
};
struct tiles_shape {
    enum geo_shape_type type;
    uint32_t vertices, rings, parts;
    const struct tiles_point *points;
    const uint32_t *ring_ends, *part_ends;
};

/* --- table (table.c): what the mirror holds --- */
enum tiles_kind { TILES_INT, TILES_REAL /* float */, TILES_DOUBLE, TILES_TEXT, TILES_TEXTS, TILES_TIME, TILES_BOOL };
enum { TILES_COLUMN_MAX = 28 /* a bit each in masks of 32 */ };

struct tiles_column {
    const char *name;
    enum tiles_kind kind;
    bool live; /* changes on its own: state */
};

struct tiles_table {
    const char *name;
    enum geo_shape_type type;
    bool shared;                                   /* everybody's: the background, not of any estate */
    struct tiles_column columns[TILES_COLUMN_MAX]; /* ends with a NULL name; live ones are the last */
};

/* TILES_TABLE_x: index in tiles_tables. */
extern const struct tiles_table tiles_tables[TILES_TABLES];
size_t tiles_table_columns(const struct tiles_table *table);               /* how many */
int tiles_table_column(const struct tiles_table *table, const char *name); /* -1: none of that name */

/* A value on its way in. Null by null. Texts are borrowed; TEXTS: terminated strings end to end, in .text. */
struct tiles_cell {
    bool null;
    union {
        int64_t i64; /* INT, TIME (us), BOOL */
        double f64;  /* REAL, DOUBLE */
        struct base_str text;
    };
};

struct tiles_row {
    int64_t estate_id, id; /* the key in its table */
    struct tiles_shape shape;
    const struct tiles_cell *cells; /* as the table's columns */
};

/* --- page (page.c): some 256 rows; fixed once made --- */
enum { TILES_PAGE_ROWS = 256, TILES_LOD_ZOOMS = TILES_ZOOM_FULL + 1 };

struct tiles_sum { /* mod 2^128 */
    uint64_t low, high;
};
static inline void tiles_sum_add(struct tiles_sum *sum, struct tiles_sum more)
{
    sum->low += more.low;
    sum->high += more.high + (sum->low < more.low);
}

/* Geometry of a page's rows at one zoom, encoded once (lod.c). Row i: commands[ends[i-1] .. ends[i]), empty when
 * nothing of it is left at that zoom; points always are: theirs are empty for one, else the others' parameters. It and
 * each of its three are memory of malloc's. */
struct tiles_lod {
    struct tiles_grid_point {
        int32_t x, y; /* of the first MoveTo, in the zoom's grid of the whole world */
    } * first;
    uint32_t *ends;
    uint8_t *commands; /* MVT 4.3 command integers after the first MoveTo and its two parameters */
};
void tiles_lod_free(struct tiles_lod *lod);

struct tiles_shapes { /* shared by the pages of rows whose geometry did not change */
    atomic_size_t refs;
    size_t bytes;                 /* of this block, without lods */
    struct tiles_extent *extents; /* of each row */
    uint32_t *starts;             /* of each row, in words */
    uint32_t *words; /* a row: parts, rings, vertices, part_ends[parts], ring_ends[rings], then x y of each vertex */
    _Atomic(struct tiles_lod *) lods[TILES_LOD_ZOOMS];
};

/* The values of a page's cells that layers show, each once (dictionary.c). */
struct tiles_value {
    uint64_t hash;
    uint32_t at, len; /* in .written: a message as a layer holds it (MVT 2.1, 4.4) */
};
struct tiles_dictionary {
    uint32_t count;
    struct tiles_value *values;
    char *written;
    uint16_t *rows;                      /* where .numbers are */
    uint16_t *numbers[TILES_COLUMN_MAX]; /* by row: the value's number, and 1; 0: null. NULL: null in all rows */
};
void tiles_dictionary_free(struct tiles_dictionary *dictionary);

struct tiles_cells { /* the static or the live columns of a page; shared likewise */
    atomic_size_t refs;
    size_t bytes;           /* of this block */
    uint64_t serial;        /* of this content: another content never has it, in the life of this process */
    struct tiles_sum total; /* of the sums */
    struct tiles_sum *sums; /* of each row: hash of id and cells and, of the static ones, geometry; 0: no state */
    uint32_t *nulls;        /* of each row: bit c for column c of the table; set for those of the other block */
    const char *text;       /* TEXT: the cell is offset << 32 | length; TEXTS likewise */
    /* By the table's column. NULL: of the other block, or null in all rows; look at nulls first. */
    uint64_t *columns[TILES_COLUMN_MAX];
    _Atomic(struct tiles_dictionary *) dictionary; /* NULL: nobody has needed it yet */
};
/* Cells by kind: INT, TIME, BOOL: the int64_t; REAL, DOUBLE: the bits of a double; texts as above. */

struct tiles_page {
    atomic_size_t refs;
    size_t bytes; /* with its three blocks */
    const struct tiles_table *table;
    uint32_t count;
    struct tiles_extent extent; /* of all rows */
    int64_t min_estate, max_estate;
    int64_t *ids, *estates; /* rows in order of (hilbert, estate_id, id) */
    uint32_t *hilberts;
    struct tiles_shapes *shapes;
    struct tiles_cells *fixed;
    struct tiles_cells *live; /* NULL: no row of the page has any state */
};

struct tiles_shape tiles_page_shape(const struct tiles_page *page, uint32_t row);
/* A cell by the table's column; false: null. */
bool tiles_page_i64(const struct tiles_page *page, uint32_t row, int column, int64_t *ret_value);
bool tiles_page_f64(const struct tiles_page *page, uint32_t row, int column, double *ret_value);
bool tiles_page_text(const struct tiles_page *page, uint32_t row, int column, struct base_str *ret_value);
bool tiles_page_has_live(const struct tiles_page *page, uint32_t row); /* any live cell that is not null */

/* --- store (store*.c): a table under change, one thread's --- */
struct tiles_directory { /* fixed once made; what a view holds of one table (directory.c) */
    atomic_size_t refs;
    uint64_t serial; /* another one for each directory in the life of this process; never 0 */
    uint32_t count;
    uint64_t rows;
    struct tiles_extent *extents; /* of each page */
    struct tiles_page **pages;
    struct tiles_group **groups; /* who hold the pages: runs of some 64, so that a directory costs 60 references */
    uint32_t group_count;
};

struct tiles_store;
enum base_err tiles_store_new(const struct tiles_table *table, struct base_diag *diag,
                              struct tiles_store **ret_store) BASE_MUST_CHECK;
void tiles_store_free(struct tiles_store *store);

/* Adds or replaces the row of that key; equal content changes nothing. columns: which cells are given, a bit a column;
 * the others stay as they are (of a new row: null). shape NULL (type NONE): the geometry stays. NOT_FOUND when it has
 * to stay and there is no row. upstream: whose row it is from now on. INVALID: a shape of another type than the
 * table's, or without a vertex; LIMIT: one row over 32 MB. On failure the row is as it was. */
enum base_err tiles_store_put(struct tiles_store *store, const struct tiles_row *row, uint32_t columns,
                              uint8_t upstream, struct base_diag *diag, unsigned *ret_effect) BASE_MUST_CHECK;
/* False: there was none, or it is another upstream's. */
bool tiles_store_remove(struct tiles_store *store, int64_t estate_id, int64_t id, uint8_t upstream);
/* Is there such a row, and is it this upstream's? Also of what was put since the last publish. */
bool tiles_store_owned(const struct tiles_store *store, int64_t estate_id, int64_t id, uint8_t upstream);
/* Where a row is among what was made into pages last, as by publish; false: not there. Valid until the next call. */
bool tiles_store_find(const struct tiles_store *store, int64_t estate_id, int64_t id,
                      const struct tiles_page **ret_page, uint32_t *ret_row);
/* A new snapshot of an upstream: after _mark, rows of it that are not put again before _sweep are removed by it; gone
 * is called for each. */
void tiles_store_mark(struct tiles_store *store, uint8_t upstream);
enum base_err tiles_store_sweep(struct tiles_store *store, uint8_t upstream,
                                void (*gone)(void *of, int64_t estate_id, int64_t id), void *of,
                                struct base_diag *diag) BASE_MUST_CHECK;
/* Makes what was put and removed since into pages; the same directory as before when nothing was. Much that is put at
 * once is made into pages before that, a part at a time, which nobody sees. *ret_directory is a reference of the
 * caller's. On NOMEM nothing is lost: publish again later. */
enum base_err tiles_store_publish(struct tiles_store *store, struct base_diag *diag,
                                  struct tiles_directory **ret_directory) BASE_MUST_CHECK;
struct tiles_directory *tiles_directory_ref(struct tiles_directory *directory);
void tiles_directory_unref(struct tiles_directory *directory);
size_t tiles_store_memory(const struct tiles_store *store); /* bytes, all in all, without lods */

/* --- view (view.c): one moment of all tables --- */
struct tiles_view {
    atomic_size_t refs;
    struct tiles_directory *tables[TILES_TABLES];
};

/* All rows of a table that meet the extent and belong to estates of the scope's look; tables without estates
 * (estate_id 0 of all their rows means nothing there) are everybody's. The one way to rows. */
struct tiles_walk {
    const struct tiles_directory *directory;
    const struct data_scope *scope;
    enum data_look look;
    struct tiles_extent extent;
    bool everyone; /* the look is for all estates */
    uint32_t at;   /* page */
    uint32_t row;
    const struct tiles_page *page;
    bool inside; /* the page lies wholly in the extent */
};
struct tiles_walk tiles_view_walk(const struct tiles_view *view, enum tiles_table_id table,
                                  const struct tiles_extent *extent, const struct data_scope *scope,
                                  enum data_look look);
/* A run of rows of one page that qualify: page and rows[] (ascending), at most a page's; 0 at the end. */
uint32_t tiles_walk_next(struct tiles_walk *walk, const struct tiles_page **ret_page,
                         uint32_t rows[TILES_PAGE_ROWS * 2]);
/* Sum over the rows of the walk: of static cells, or live ones (rows without state count nothing). */
struct tiles_sum tiles_view_sum(struct tiles_walk walk, bool live);
/* Changes when any page that meets the extent has changed: cheaper than the sum, and means nothing outside the process.
 */
uint64_t tiles_view_stamp(const struct tiles_view *view, enum tiles_table_id table, const struct tiles_extent *extent,
                          bool live);

/* --- lod (lod.c) --- */
/* The page's geometry at the zoom (<= TILES_ZOOM_FULL), made when it is asked for first; the page's. Any thread. */
enum base_err tiles_lod_of(const struct tiles_page *page, uint32_t zoom, struct base_diag *diag,
                           const struct tiles_lod **ret_lod) BASE_MUST_CHECK;

/* --- dictionary (dictionary.c) --- */
/* Of the static or the live cells, made when it is asked for first; the page's. NULL: there are no live cells. Any
 * thread. */
enum base_err tiles_dictionary_of(const struct tiles_page *page, bool live, struct base_diag *diag,
                                  const struct tiles_dictionary **ret_dictionary) BASE_MUST_CHECK;

/* --- mvt (mvt_*.c): Mapbox Vector Tile 2.1; a maker is one thread's and reused --- */
/* How far a vertex may lie from where it was, in units of the zoom's grid: 0 at TILES_ZOOM_FULL and deeper (there only
 * rounding), and as docs/formulas.md says above. */
double tiles_mvt_tolerance(uint32_t zoom);

struct tiles_mvt; /* scratch memory, a GEOS context, the layer under way */
enum base_err tiles_mvt_new(struct base_diag *diag, struct tiles_mvt **ret_mvt) BASE_MUST_CHECK;
void tiles_mvt_free(struct tiles_mvt *mvt);
BASE_AUTO_FREE(tiles_mvt)

/* (mvt_shape.c) The shape in the grid of the zoom (all of the world; zoom <= TILES_ZOOM_FULL), simplified; rings valid,
 * none degenerate, outer ones clockwise on the screen, each polygon's holes after it. Appends its commands after the
 * first MoveTo; of points, the parameters of the others. *ret_some false: nothing of it is left. A polygon of more than
 * 100,000 vertices that fits no tile is left as it is, and made valid when it is clipped. */
enum base_err tiles_mvt_shape(struct tiles_mvt *mvt, const struct tiles_shape *shape, uint32_t zoom,
                              struct base_buf *commands, struct tiles_grid_point *ret_first, bool *ret_some,
                              struct base_diag *diag) BASE_MUST_CHECK;
struct tiles_encoded { /* what _shape made */
    enum geo_shape_type type;
    struct tiles_grid_point first;
    struct base_str commands;
};
/* (mvt_clip.c) What that leaves inside the tile with its buffer of 64; first is then relative to the tile. For shapes
 * that cross the edge; others need only their first moved. */
enum base_err tiles_mvt_clip(struct tiles_mvt *mvt, const struct tiles_encoded *shape, struct tiles_address address,
                             struct base_buf *clipped, struct tiles_grid_point *ret_first, bool *ret_some,
                             struct base_diag *diag) BASE_MUST_CHECK;
/* The same from the shape itself, for tiles deeper than TILES_ZOOM_FULL. */
enum base_err tiles_mvt_deep(struct tiles_mvt *mvt, const struct tiles_shape *shape, struct tiles_address address,
                             struct base_buf *clipped, struct tiles_grid_point *ret_first, bool *ret_some,
                             struct base_diag *diag) BASE_MUST_CHECK;

/* (mvt_layer.c) A layer of a tile: begin, then features, then end, which appends the layer to the tile when it has any.
 * Keys are given numbers in order of mvt_key. Equal values are written once. */
void tiles_mvt_layer_begin(struct tiles_mvt *mvt, const char *name);
/* After _begin: about so many features will come. */
void tiles_mvt_layer_room(struct tiles_mvt *mvt, size_t features);
uint32_t tiles_mvt_key(struct tiles_mvt *mvt, const char *name);
/* The value's number in the layer; UINT32_MAX: no memory, which sticks. */
uint32_t tiles_mvt_value(struct tiles_mvt *mvt, struct base_str written, uint64_t hash);
uint32_t tiles_mvt_cell(struct tiles_mvt *mvt, enum tiles_kind kind, struct tiles_cell cell);
/* first relative to the tile; has_id: an aggregate has none. */
void tiles_mvt_feature_begin(struct tiles_mvt *mvt, bool has_id, uint64_t id);
void tiles_mvt_tag(struct tiles_mvt *mvt, uint32_t key, uint32_t value);
/* The feature's id as an attribute. A feature whose id another one had before it (of another upstream) is without. */
void tiles_mvt_tag_id(struct tiles_mvt *mvt, uint32_t key, int64_t value);
void tiles_mvt_feature_end(struct tiles_mvt *mvt, enum geo_shape_type type, struct tiles_grid_point first,
                           const uint8_t *commands, size_t len);
enum base_err tiles_mvt_layer_end(struct tiles_mvt *mvt, struct base_buf *tile, struct base_diag *diag) BASE_MUST_CHECK;

/* --- rule (rule.c): what a layer shows at a zoom, as data/query/tile_*.sql says it. A rule that changes moves
 * TILES_ENCODER_VERSION. --- */
struct tiles_rule {
    bool (*shows)(const struct tiles_rule *rule, const struct tiles_page *page, uint32_t row); /* NULL: every row */
    struct tiles_address address;
    int column;         /* that it looks at */
    double least;       /* degrees of longitude or latitude that an extent must have */
    uint32_t most;      /* features of a tile: beyond, the largest; UINT32_MAX: any number */
    const char *hidden; /* a field that is not shown here, or NULL */
};
struct tiles_rule tiles_rule_of(const struct tiles_layer *layer, const struct tiles_request *request,
                                uint32_t limit_shift);

/* --- render (render*.c): layers of a request out of a view --- */
struct tiles_render { /* one a thread */
    struct tiles_mvt *mvt;
    uint32_t limit_shift; /* so often is the most that a layer may hold halved: its tile was too large */
};
/* Appends the layers to the tile; for units, their home estates to homes. */
enum base_err tiles_render_layers(struct tiles_render *render, const struct tiles_view *view,
                                  const struct data_scope *scope, const struct tiles_request *request,
                                  struct base_diag *diag, struct base_buf *tile,
                                  struct base_buf *homes) BASE_MUST_CHECK;

/* Where the rows lie that a layer of a tile is made of: the tile with its buffer, and where buildings are counted by
 * their estate, all of the estates that it shows a part of. */
struct tiles_extent tiles_render_extent(const struct tiles_view *view, const struct data_scope *scope,
                                        const struct tiles_layer *layer, struct tiles_address address);

/* --- version (version.c): which rows a tile is made of, as numbers --- */
enum { TILES_ENCODER_VERSION = 1 /* moves with the bytes that are made of the same rows */ };

/* Equal moment or equal stamp: nothing that the request shows has changed. The moment costs next to nothing, and any
 * change of a table moves it; the stamp takes a look at each page, and only changes in the tile's pages move it. Both
 * mean nothing outside the process. */
uint64_t tiles_version_moment(const struct tiles_view *view, const struct tiles_request *request);
uint64_t tiles_version_stamp(const struct tiles_view *view, const struct tiles_request *request);
/* Pages that the sums have to look into. */
size_t tiles_version_pages(const struct tiles_view *view, const struct tiles_request *request);
/* The request's tags, by encoding: not gzip, gzip. False: no row meets the tile, there is nothing to make. */
enum base_err tiles_version_etags(const struct tiles_view *view, const struct tiles_request *request,
                                  struct base_diag *diag, char ret_etags[2][TILES_ETAG_TEXT],
                                  bool *ret_some) BASE_MUST_CHECK;
/* The same of whole tables; static: none of the layers shows state. */
bool tiles_version_static(const struct tiles_set *set);
uint64_t tiles_version_whole_stamp(const struct tiles_view *view, const struct tiles_set *set);
struct tiles_sum tiles_version_whole(const struct tiles_view *view, const struct tiles_set *set,
                                     const struct data_scope *scope);
/* The estates of cameras that meet the tile, filtered out or not: int64_t after int64_t, none twice. */
enum base_err tiles_version_cameras(const struct tiles_view *view, const struct tiles_request *request,
                                    struct base_buf *cameras) BASE_MUST_CHECK;

/* A copy; NULL of nothing. */
enum base_err tiles_bytes_of(const struct base_buf *buf, struct base_diag *diag,
                             struct tiles_bytes **ret_bytes) BASE_MUST_CHECK;

/* --- cache (cache.c): tiles as they go out; the least recently used go when there are too many bytes --- */
struct tiles_cache_key {             /* zeroed first: compared byte by byte */
    uint8_t layers[TILES_LAYER_MAX]; /* places in tiles_layers, from 1 */
    struct tiles_address address;
    struct base_id scope;  /* zero: whoever sees all of these layers */
    struct base_id filter; /* zero: none */
    uint8_t cameras, gzip;
    uint8_t unused[2];
};

struct tiles_cached {
    char etag[TILES_ETAG_TEXT];
    uint64_t moment, stamp;
    struct tiles_bytes *body;            /* NULL: the tile is empty */
    struct tiles_bytes *homes, *cameras; /* NULL: none */
};
void tiles_cached_release(struct tiles_cached *cached);

struct tiles_cache;
enum base_err tiles_cache_new(size_t max, struct base_diag *diag, struct tiles_cache **ret_cache) BASE_MUST_CHECK;
void tiles_cache_free(struct tiles_cache *cache);
BASE_AUTO_FREE(tiles_cache)
/* What is kept under the key, whatever its age; references are the caller's. */
bool tiles_cache_find(struct tiles_cache *cache, const struct tiles_cache_key *key, struct tiles_cached *ret_cached);
/* What is kept with that tag is good for this moment and stamp too. */
void tiles_cache_renew(struct tiles_cache *cache, const struct tiles_cache_key *key, const char *etag, uint64_t moment,
                       uint64_t stamp);
/* Who asks first for a tag under a key makes it (*ret_made false) and must call tiles_cache_end; who asks for it
 * meanwhile waits, and gets the same tile or the same error (*ret_made true). */
struct tiles_flight;
enum base_err tiles_cache_begin(struct tiles_cache *cache, const struct tiles_cache_key *key, const char *etag,
                                struct base_diag *diag, struct tiles_flight **ret_flight, bool *ret_made,
                                struct tiles_cached *ret_cached) BASE_MUST_CHECK;
/* cached: the caller keeps its references; not looked at after an error. */
void tiles_cache_end(struct tiles_cache *cache, struct tiles_flight *flight, enum base_err err,
                     const struct base_diag *diag, const struct tiles_cached *cached);
void tiles_cache_health(struct tiles_cache *cache, struct tiles_source_health *health);

/* Parts of keys: under which scope answers can be shared, and which layers they hold. */
struct base_id tiles_cache_scope(const struct tiles_set *set, const struct data_scope *scope);
void tiles_cache_layers(const struct tiles_set *set, uint8_t ret_layers[TILES_LAYER_MAX]);

/* --- whole (whole.c): versions of whole tables, remembered for the sets and scopes that were asked for lately --- */
struct tiles_whole;
enum base_err tiles_whole_new(struct base_diag *diag, struct tiles_whole **ret_whole) BASE_MUST_CHECK;
void tiles_whole_free(struct tiles_whole *whole);
/* quick: false when it would take more than a look. */
bool tiles_whole_version(struct tiles_whole *whole, const struct tiles_view *view, const struct tiles_set *set,
                         const struct data_scope *scope, bool quick, char ret_version[BASE_ID_TEXT]);

/* --- history (history.c): how it was, from the database --- */
/* The tile as of request->at_us; its tag is of its content. INVALID: a layer that keeps no past. */
enum base_err tiles_history_tile(const struct tiles_database *database, const struct tiles_request *request,
                                 struct base_diag *diag, struct tiles_tile *ret_tile) BASE_MUST_CHECK;

#endif
