/* geo: coordinates and datums, shapes and their repair, the building index, filters, vector files in.
 *
 * Ownership  ret_x is yours (free it with the type's _free or _release); const pointers are borrowed.
 * Threads    a handle belongs to one thread at a time; a built geo_place may be searched from any number of threads.
 * Units      lon/lat degrees WGS 84 (EPSG:4326; CGCS2000 is the same to centimetres), longitude first everywhere;
 *            lengths metres, areas square metres. Other reference systems exist at the door only (geo_crs, geo_datum).
 * Errors     enum base_err; the sentence in *diag (may be NULL). What GDAL, PROJ and GEOS say ends up there, never on
 *            standard error.
 * Formulas   docs/formulas.md names the source of each.
 */
#ifndef HUTONG_GEO_H
#define HUTONG_GEO_H

#include "base/base.h"

struct geo_point {
    double lon;
    double lat;
};

/* --- bbox (bbox.c): a box of longitudes and latitudes; boxes across the antimeridian are not made --- */
struct geo_bbox {
    double min_lon, min_lat, max_lon, max_lat;
};

struct geo_bbox geo_bbox_empty(void); /* contains nothing; adding to it gives the box of what was added */
void geo_bbox_add(struct geo_bbox *box, struct geo_point point);
void geo_bbox_join(struct geo_bbox *box, const struct geo_bbox *other);
bool geo_bbox_contains(const struct geo_bbox *box, struct geo_point point); /* edges belong to the box */
bool geo_bbox_intersects(const struct geo_bbox *a, const struct geo_bbox *b);
/* A box that holds every point within radius_m of the centre. */
struct geo_bbox geo_bbox_around(struct geo_point centre, double radius_m);

/* --- local (local.c): metres per degree at a latitude of the WGS 84 ellipsoid (radii of curvature M and N).
 * Distances up to a kilometre agree with the geodesic to a few millimetres (below 85 degrees of latitude). --- */
struct geo_local {
    double lon_m; /* metres per degree of longitude */
    double lat_m; /* metres per degree of latitude */
};

struct geo_local geo_local_at(double lat);

/* --- datum (datum.c): the shifted datums of Chinese feeds ---
 * GCJ-02 applies inside longitude 72.004..137.8347, latitude 0.8293..55.8271 and is the identity outside. The shift of
 * the published formula jumps at the edges of that box, where two places would share one GCJ-02 position and no
 * inverse could tell them apart; here it fades in over the first 0.05 degrees inside the edges (all of them sea or
 * foreign country), so that both directions are one-to-one everywhere. BD-09 is GCJ-02 plus Baidu's turn, everywhere.
 * The inverses are iterated to 1e-10 degree. */
enum geo_datum { GEO_DATUM_WGS84, GEO_DATUM_GCJ02, GEO_DATUM_BD09 };

bool geo_datum_in(struct base_str name, enum geo_datum *ret_datum); /* wgs84 gcj02 bd09, also GCJ-02, EPSG:4326 */
const char *geo_datum_name(enum geo_datum datum);
struct geo_point geo_datum_to_wgs84(enum geo_datum datum, struct geo_point point);
struct geo_point geo_datum_from_wgs84(enum geo_datum datum, struct geo_point point);

/* --- crs (crs.c): any reference system PROJ knows, and the shifted datums, to and from lon/lat. Own PROJ context. ---
 */
struct geo_crs;
/* name: EPSG:n, gcj02, bd09, a PROJ string, WKT. INVALID when PROJ does not know it. */
enum base_err geo_crs_new(const char *name, struct base_diag *diag, struct geo_crs **ret_crs) BASE_MUST_CHECK;
void geo_crs_free(struct geo_crs *crs);
BASE_AUTO_FREE(geo_crs)
/* xy: count pairs, x (longitude, easting) first whatever axis order the register prescribes; changed in place. INVALID
 * names the first pair that has no place on the earth (latitude 91, not finite, outside the projection). */
enum base_err geo_crs_to_wgs84(struct geo_crs *crs, double *xy, size_t count, struct base_diag *diag) BASE_MUST_CHECK;
enum base_err geo_crs_from_wgs84(struct geo_crs *crs, double *xy, size_t count, struct base_diag *diag) BASE_MUST_CHECK;
/* box: least x, least y, most x, most y. Its outline as an area in lon/lat: edges that are straight there are curves
 * here, so each is cut into pieces. INVALID: it is no box, or reaches beyond where the system holds. */
struct geo_shape;
enum base_err geo_crs_box(struct geo_crs *crs, const double box[4], struct base_diag *diag,
                          struct geo_shape *shape) BASE_MUST_CHECK;

/* --- shape (shape.c): the one form in which geometry travels: flat arrays, any number of parts ---
 *   xy         lon lat lon lat ...                      one pair a vertex
 *   ring_ends  vertex counts, running: ring i is [ring_ends[i-1], ring_ends[i])
 *   part_ends  ring counts, running: part i is [part_ends[i-1], part_ends[i])
 * POINT: a ring of one vertex per part. LINE: a ring per part, open. AREA: the first ring of a part is its outside, the
 * others are holes; rings are closed (first vertex repeated). */
enum geo_shape_type { GEO_SHAPE_NONE, GEO_SHAPE_POINT, GEO_SHAPE_LINE, GEO_SHAPE_AREA };

struct geo_shape {
    enum geo_shape_type type;
    double *xy;
    uint32_t *ring_ends;
    uint32_t *part_ends;
    uint32_t vertices, rings, parts;
    uint32_t vertex_cap, ring_cap, part_cap;
    enum base_err err; /* the first failure of an append sticks, as in base_buf */
};
#define GEO_SHAPE_VERTEX_MAX 4000000u

void geo_shape_init(struct geo_shape *shape);
void geo_shape_release(struct geo_shape *shape);
void geo_shape_reset(struct geo_shape *shape, enum geo_shape_type type); /* empty, memory kept */
void geo_shape_vertex(struct geo_shape *shape, double lon, double lat);
double *geo_shape_vertices(struct geo_shape *shape,
                           uint32_t count);       /* room for count pairs, counted at once; or NULL */
void geo_shape_ring_end(struct geo_shape *shape); /* closes the ring of an AREA when it is open */
void geo_shape_part_end(struct geo_shape *shape);
struct geo_bbox geo_shape_bbox(const struct geo_shape *shape);
/* Shoelace formula over local metres at the middle of the shape; holes count negative. 0 for points and lines. */
double geo_shape_area_m2(const struct geo_shape *shape);
/* Even-odd rule over all rings of an AREA; points on an edge may fall on either side. */
bool geo_shape_contains(const struct geo_shape *shape, struct geo_point point);

/* --- wkb (wkb_in.c, wkb_out.c): OGC 06-103r4 well-known binary, ISO and EWKB flavours, both byte orders --- */
/* Z and M are dropped, collections flattened when all members are of one kind. INVALID: not WKB, or mixed. */
enum base_err geo_wkb_in(const void *data, size_t len, struct base_diag *diag, struct geo_shape *shape) BASE_MUST_CHECK;
/* EWKB (srid > 0) or WKB (0). multi: MULTI... even for one part, as the columns of the schema want it. */
void geo_wkb_out(const struct geo_shape *shape, int srid, bool multi, struct base_buf *buf);

/* --- geojson (geojson_out.c): RFC 7946 geometry, outer rings against the clock, holes with it --- */
enum { GEO_GEOJSON_DECIMALS_DEGREES = 9, GEO_GEOJSON_DECIMALS_METRES = 4, GEO_GEOJSON_DECIMALS_MAX = 9 };
struct geo_geojson {
    int decimals; /* 9 of a degree are 0.1 mm; zeros at the end are left out */
    bool multi;   /* Multi... even for one part */
    bool swap;    /* the second coordinate first: a reference system whose axes go north, east */
};
/* Finite coordinates of magnitude below 1e9. An empty shape is null. */
void geo_geojson_out(const struct geo_shape *shape, const struct geo_geojson *as, struct base_buf *buf);

/* --- repair (repair.c): footprints as GEOS understands them. A GEOS context of its own. --- */
struct geo_repair;
enum geo_repair_outcome {
    GEO_REPAIR_AS_IS,   /* it was valid */
    GEO_REPAIR_CHANGED, /* made valid; *why says what was wrong */
    GEO_REPAIR_NOTHING  /* nothing with an area is left */
};
struct geo_repair_report {
    enum geo_repair_outcome outcome;
    char why[96]; /* "Self-intersection at 121.5 31.2"; empty for AS_IS */
};
#define GEO_REPAIR_SLIVER_M2 0.01

enum base_err geo_repair_new(struct base_diag *diag, struct geo_repair **ret_repair) BASE_MUST_CHECK;
void geo_repair_free(struct geo_repair *repair);
BASE_AUTO_FREE(geo_repair)
/* Makes an AREA a valid multipolygon (GEOS MakeValid, structure method). A valid one stays as it is; of a repaired one,
 * parts under GEO_REPAIR_SLIVER_M2 are dropped. */
enum base_err geo_repair_shape(struct geo_repair *repair, struct geo_shape *shape, struct base_diag *diag,
                               struct geo_repair_report *ret_report) BASE_MUST_CHECK;
/* An AREA in whole numbers of any plane becomes a valid one in whole numbers. `why` is not told. */
enum base_err geo_repair_grid(struct geo_repair *repair, struct geo_shape *shape, struct base_diag *diag,
                              struct geo_repair_report *ret_report) BASE_MUST_CHECK;
/* Is an AREA a valid multipolygon as it is? INVALID with what is wrong, "Self-intersection at 121.5 31.2". */
enum base_err geo_repair_valid(struct geo_repair *repair, const struct geo_shape *shape,
                               struct base_diag *diag) BASE_MUST_CHECK;
/* The faces of a solid, each a part of shape, seen from above: their union. Walls vanish, and so does the roof's
 * height. */
enum base_err geo_repair_footprint(struct geo_repair *repair, struct geo_shape *shape, struct base_diag *diag,
                                   struct geo_repair_report *ret_report) BASE_MUST_CHECK;
/* A point inside a valid AREA: its centroid when that lies inside, else GEOS's point on surface. */
enum base_err geo_repair_inner_point(struct geo_repair *repair, const struct geo_shape *shape, struct base_diag *diag,
                                     struct geo_point *ret_point) BASE_MUST_CHECK;

/* --- measure (measure.c): heights and storeys as people write them --- */
#define GEO_MEASURE_HEIGHT_MAX 1000.0
#define GEO_MEASURE_LEVELS_MAX 200
enum geo_measure {
    GEO_MEASURE_NONE, /* nothing written */
    GEO_MEASURE_OK,   /* understood */
    GEO_MEASURE_UNREADABLE,
    GEO_MEASURE_IMPOSSIBLE /* read, but not a height of a building: <= 0, over the maximum */
};
/* "12", "12 m", "~12", "12,5", "1200 cm", "40'", "40 ft", "39'6\"", "12;15" (the largest). Bare numbers are metres. */
enum geo_measure geo_measure_height(struct base_str text, double *ret_metres);
/* "14", "3;4" (the largest), "2.5" (up: half a storey is one with a floor), "3-4", "~5", "5F", "5层". */
enum geo_measure geo_measure_levels(struct base_str text, int *ret_levels);

/* --- text (text.c): names in files that do not say how they are encoded --- */
enum geo_text {
    GEO_TEXT_AS_IS,   /* well-formed UTF-8 */
    GEO_TEXT_RECODED, /* was well-formed GB 18030 (and GBK, GB 2312) */
    GEO_TEXT_REPLACED /* neither: bytes that are not UTF-8 became U+FFFD */
};
/* Appends the text as UTF-8; control characters become spaces. */
enum geo_text geo_text_repair(struct base_str text, struct base_buf *buf);

/* Appends what is well-formed GB 18030 (and GBK, GB 2312) as UTF-8, nothing else of it changed; false: it is none. */
bool geo_text_gb18030(struct base_str text, struct base_buf *buf);

bool geo_text_encoding(const char *name); /* is there an encoding of this name? */

/* --- tags (tags.c): the hstore text of GDAL's OSM driver: "key"=>"value","key"=>"value" --- */
/* Unescapes into text (capacity size, cut at a character's edge); false when the key is not there. */
bool geo_tags_find(struct base_str tags, const char *key, char *text, size_t size);

/* --- rtree (rtree.c): boxes packed once, in tiles of tiles; some 5 bytes a box --- */
struct geo_rtree;
#define GEO_RTREE_BOXES_MAX 500000000u
enum { GEO_RTREE_FANOUT = 32, GEO_RTREE_LEVELS_MAX = 6 };
enum base_err geo_rtree_new(const struct geo_bbox *boxes, uint32_t count, struct base_diag *diag,
                            struct geo_rtree **ret_tree) BASE_MUST_CHECK;
void geo_rtree_free(struct geo_rtree *tree);
BASE_AUTO_FREE(geo_rtree)
size_t geo_rtree_memory(const struct geo_rtree *tree); /* bytes */

struct geo_rtree_step {
    uint32_t node;
    int level;
};
struct geo_rtree_walk { /* a search under way; its fields are rtree.c's */
    const struct geo_rtree *tree;
    uint32_t min_x, min_y, max_x, max_y;
    int waiting;
    struct geo_rtree_step stack[GEO_RTREE_LEVELS_MAX * GEO_RTREE_FANOUT];
};
/* A search: _start, then _next until it returns 0. Each _next gives the numbers of some boxes that meet the query, each
 * box once in the walk. It may also give boxes that miss the query by a little (1/127 of what 32 neighbours cover
 * together, and 2e-7 degree): whoever needs to know compares again. */
void geo_rtree_start(struct geo_rtree_walk *walk, const struct geo_rtree *tree, const struct geo_bbox *query);
uint32_t geo_rtree_next(struct geo_rtree_walk *walk, uint32_t numbers[GEO_RTREE_FANOUT]);

/* The boxes' numbers in the order of the tiles: a caller that keeps what belongs to them in this order (neighbours side
 * by side in memory) says _renumber afterwards, and from then on box i is the i-th of this order. */
const uint32_t *geo_rtree_order(const struct geo_rtree *tree);
void geo_rtree_renumber(struct geo_rtree *tree);

/* --- place (place.c): which building is this position at, which places does this step pass? ---
 * Fill with geo_place_add, freeze with geo_place_build, then search. Some 53 bytes a place and 8 a vertex. */
struct geo_place;
enum geo_place_method { GEO_PLACE_NONE, GEO_PLACE_NEAREST, GEO_PLACE_INSIDE };
#define GEO_PLACE_ACC_MAX 100.0 /* a worse position says nothing about a building: larger radii are cut to this */

struct geo_place_hit {
    enum geo_place_method method;
    int64_t id;        /* as given to geo_place_add; 0 when none */
    int64_t estate_id; /* of the building; 0 when none */
    double distance_m; /* 0 inside; to the nearest wall otherwise */
};

enum base_err geo_place_new(struct base_diag *diag, struct geo_place **ret_place) BASE_MUST_CHECK;
void geo_place_free(struct geo_place *place);
BASE_AUTO_FREE(geo_place)
/* footprint: an AREA, holes and all, or POINTs (a checkpoint), which nothing lies inside of. Ids need not differ.
 * INVALID: neither of them, or the index is built already. */
enum base_err geo_place_add(struct geo_place *place, int64_t id, int64_t estate_id, const struct geo_shape *footprint,
                            struct base_diag *diag) BASE_MUST_CHECK;
enum base_err geo_place_build(struct geo_place *place, struct base_diag *diag) BASE_MUST_CHECK;
uint32_t geo_place_count(const struct geo_place *place);
size_t geo_place_memory(const struct geo_place *place); /* bytes */
/* The building that contains the position (the smallest, when footprints overlap), else the nearest within acc_m, else
 * none. acc_m: radius of the position's accuracy; 0, negative or not finite: containing only. Of buildings equally
 * small or equally far (by less than 0.1 mm), the one of the lower id. (place_find.c) */
void geo_place_find(const struct geo_place *place, struct geo_point point, double acc_m, struct geo_place_hit *ret_hit);
struct geo_place_step {
    struct geo_place_hit hit; /* distance_m: of the whole step; INSIDE when b lies inside, else NEAREST */
    double along;             /* where the step is first that near: 0 at a, 1 at b */
    double end_m;             /* distance of b; 0 inside */
};
/* Calls visit for every place within radius_m of the step from a to b (a position when they are equal), once each
 * and in no order; visit returns false to stop. Distances are to the nearest wall, 0 when the step touches one or
 * runs inside (less than 0.1 mm is touching). Local metres at the step's middle latitude (geo_local_at). A radius that
 * is negative or not finite is 0: touching only. (place_near.c) */
void geo_place_near(const struct geo_place *place, struct geo_point a, struct geo_point b, double radius_m,
                    bool (*visit)(void *at, const struct geo_place_step *step), void *at);
const char *geo_place_method_name(enum geo_place_method method); /* inside nearest none */

/* --- cover (cover.c, cover_grid.c): how much of an area a track covers ---
 * A grid of square cells in local metres (geo_local_at the grid's middle) from the south-west corner of the area's box;
 * a cell belongs to the area when its middle does (even-odd rule, as geo_shape_contains), and is passable unless its
 * middle lies in an obstacle. A bitmap has a bit a cell, row by row from the south-west corner, the first cell in the
 * highest bit of the first byte and zeros behind the last (as PostgreSQL's bit varying). A grid that is made may be
 * read by any number of threads. docs/formulas.md says how exact counted cells are. */
#define GEO_COVER_CELL_M 2.5
#define GEO_COVER_CELL_MOST_M 5.0
#define GEO_COVER_CELL_LEAST_M 0.25
#define GEO_COVER_CELLS_MAX (1u << 24) /* a larger box gets larger cells, in steps of 0.5 m; then LIMIT */
#define GEO_COVER_CELLS_MIN 256u       /* an area of fewer gets cells of half, a quarter ... the size */

struct geo_cover_grid {
    struct geo_point origin; /* the south-west corner of cell 0 */
    double cell_m;           /* a float holds it */
    uint32_t width, height;
    uint32_t passable;      /* cells */
    uint8_t *mask;          /* of the passable ones: geo_cover_bytes() */
    struct base_id id;      /* sum of all the above: equal for equal grids */
    double east_m, north_m; /* metres a degree; follow from the above */
};

/* The size of cells for a track of that half width: the largest up to GEO_COVER_CELL_M of which the width is a whole
 * number. Ways that run along the rows, as streets often do, are then counted right; with other sizes half a cell too
 * much or too little to each side. GEO_COVER_CELL_M for what is no width. */
double geo_cover_cell_m(double half_width_m);

/* area: an AREA; obstacles: AREAs that may overlap. passable may be 0: an area without extent, or all of it obstacles.
 * INVALID: no area, a vertex that has no place on the earth, cells of a size that cannot be. LIMIT: too large. */
enum base_err geo_cover_grid_make(const struct geo_shape *area, const struct geo_shape *obstacles, size_t count,
                                  double cell_m, struct base_diag *diag,
                                  struct geo_cover_grid *ret_grid) BASE_MUST_CHECK;
/* From what was stored of one; equal to the one that was made, id and all. INVALID: mask and size do not agree. */
enum base_err geo_cover_grid_in(struct geo_point origin, double cell_m, int64_t width, int64_t height,
                                struct base_str mask, struct base_diag *diag,
                                struct geo_cover_grid *ret_grid) BASE_MUST_CHECK;
void geo_cover_grid_release(struct geo_cover_grid *grid);  /* a grid of zeros holds nothing */
size_t geo_cover_bytes(const struct geo_cover_grid *grid); /* of a bitmap */

/* Sets the passable cells whose middle lies within half_width_m of the segment from a to b (a disc when they are
 * equal); gives how many were not set before. bits: geo_cover_bytes() bytes. Positions that are none (not finite,
 * beyond a pole) and a width that is negative or not a number cover nothing. Takes no longer than the grid has rows. */
uint32_t geo_cover_segment(const struct geo_cover_grid *grid, struct geo_point a, struct geo_point b,
                           double half_width_m, uint8_t *bits);
uint32_t geo_cover_count(const struct geo_cover_grid *grid, const uint8_t *bits);           /* of the passable cells */
void geo_cover_join(const struct geo_cover_grid *grid, uint8_t *bits, const uint8_t *more); /* bits |= more */

/* --- cql2 (cql2*.c): filters - Common Query Language (OGC 21-065r2), read once, run as SQL or in memory ---
 *
 *   text --text_in--> +-------------------+ --text_out--> text
 *                     | struct geo_cql2   |
 *   JSON --json_in--> | typed tree, fixed | --json_out--> JSON
 *                     +-------------------+ --sql-------> condition and parameters, for PostgreSQL with PostGIS
 *                                           --run-------> true, false or unknown of one feature
 *
 * The two back ends agree on every filter; docs/cql2.md says where the standard leaves a choice and what was chosen.
 * Text compares by code point (collate "C"); an instant that is a date is its midnight UTC. A filter is read-only and
 * may serve any number of threads; a geo_cql2_run belongs to one. Errors: INVALID names what and where ("at 17: ..."),
 * LIMIT: too long, too deep; UNSUPPORTED: of the standard, but not done. */
enum geo_cql2_type {
    GEO_CQL2_ANY, /* of a property when there is no schema */
    GEO_CQL2_BOOLEAN,
    GEO_CQL2_INTEGER, /* 64 bits; mixes with NUMBER, which is then used */
    GEO_CQL2_NUMBER,
    GEO_CQL2_TEXT,
    GEO_CQL2_DATE,
    GEO_CQL2_TIMESTAMP,
    GEO_CQL2_INTERVAL,
    GEO_CQL2_GEOMETRY,
    GEO_CQL2_ARRAY
};

enum { GEO_CQL2_TEXT_MAX = 65536, GEO_CQL2_JSON_MAX = 4 * GEO_CQL2_TEXT_MAX, GEO_CQL2_DEPTH_MAX = 64 };

struct geo_cql2_property { /* what may be asked of a layer (its queryables) */
    const char *name;      /* as filters write it, case matters */
    enum geo_cql2_type type;
    enum geo_cql2_type element; /* of an ARRAY */
    const char *sql;            /* our own expression for it, "b.height_m"; never outside text */
};

struct geo_cql2_geometry { /* a collection has several shapes, all others one */
    const struct geo_shape *shapes;
    uint32_t count;
};

/* A value with its type; null: no value. Texts and geometries are borrowed. */
struct geo_cql2_value {
    enum geo_cql2_type type;
    bool null;
    union {
        bool boolean;
        int64_t integer; /* DATE: days since 1970-01-01; TIMESTAMP: us since 1970-01-01 UTC */
        double number;
        struct base_str text;
        struct {
            int64_t from, to; /* us; INT64_MIN and INT64_MAX: open */
        } interval;
        struct geo_cql2_geometry geometry;
        struct {
            const struct geo_cql2_value *items;
            uint32_t count;
        } array;
    };
};

/* Where a filter is used. schema NULL gives syntax without types: such a filter can be printed, not run. */
struct geo_cql2_schema {
    const struct geo_cql2_property *properties;
    size_t count;
    bool rules; /* now() is allowed: what it gives changes, so only rules may ask */
    /* zone('name') and estate() become constants while a filter is read: their outlines come from here. NULL: those
     * functions are unknown. NOT_FOUND: no such zone. shape is initialised and stays the filter's. */
    enum base_err (*outline)(void *of, const char *function, struct base_str name, struct base_diag *diag,
                             struct geo_shape *shape);
    void *of;
    /* Literal geometries are of this reference system and become lon/lat as they are read; NULL: they are. Borrowed
     * while reading only. swap: its first coordinate goes north; also without crs. */
    struct geo_crs *crs;
    bool swap;
};

struct geo_cql2;
/* schema is borrowed and must outlive the filter. */
enum base_err geo_cql2_text_in(struct base_str text, const struct geo_cql2_schema *schema, struct base_diag *diag,
                               struct geo_cql2 **ret_filter) BASE_MUST_CHECK;
enum base_err geo_cql2_json_in(struct base_str json, const struct geo_cql2_schema *schema, struct base_diag *diag,
                               struct geo_cql2 **ret_filter) BASE_MUST_CHECK;
void geo_cql2_free(struct geo_cql2 *filter);
BASE_AUTO_FREE(geo_cql2)
void geo_cql2_text_out(const struct geo_cql2 *filter, struct base_buf *buf); /* one way to write each filter */
void geo_cql2_json_out(const struct geo_cql2 *filter, struct base_buf *buf);
bool geo_cql2_uses(const struct geo_cql2 *filter, uint32_t property); /* index in the schema */
/* False: the filter is TRUE of nothing whose text properties have these values, by what AND, OR, = and IN say. */
struct geo_cql2_known {
    uint32_t property;
    struct base_str text;
};
bool geo_cql2_allows(const struct geo_cql2 *filter, const struct geo_cql2_known *known, size_t count);

/* A condition that refers to columns by the schema's own words and to everything else by $first, $first+1 ... */
struct geo_cql2_arg { /* BOOLEAN, INTEGER, NUMBER, TEXT, DATE, TIMESTAMP: the value; GEOMETRY: wkb (EWKB, 4326) */
    enum geo_cql2_type type;
    bool now; /* TIMESTAMP: the moment of the query */
    struct geo_cql2_value value;
    struct base_str wkb;
};

struct geo_cql2_sql {
    struct base_buf text; /* in parentheses */
    struct geo_cql2_arg *args;
    size_t count;
    struct base_arena arena; /* what args point at */
};

enum base_err geo_cql2_sql(const struct geo_cql2 *filter, int first, struct base_diag *diag,
                           struct geo_cql2_sql *ret_sql) BASE_MUST_CHECK;
void geo_cql2_sql_release(struct geo_cql2_sql *sql);

/* What an ORDER BY lists. Texts by code point, as filters compare them; what has no value comes last either way. */
struct geo_cql2_key {
    uint32_t property; /* index in the schema; no geometry, no array */
    bool down;
};
void geo_cql2_order(const struct geo_cql2_schema *schema, const struct geo_cql2_key *keys, size_t count,
                    struct base_buf *buf);

/* In memory: literals are folded and geometries prepared once. */
struct geo_cql2_feature {
    const void *of;
    /* The property of that index in the schema. A geometry may be kept by the caller until the next feature. */
    void (*value)(const void *of, uint32_t property, struct geo_cql2_value *ret_value);
};
enum geo_cql2_truth { GEO_CQL2_FALSE, GEO_CQL2_TRUE, GEO_CQL2_UNKNOWN };

struct geo_cql2_run;
enum base_err geo_cql2_run_new(const struct geo_cql2 *filter, struct base_diag *diag,
                               struct geo_cql2_run **ret_run) BASE_MUST_CHECK;
void geo_cql2_run_free(struct geo_cql2_run *run);
BASE_AUTO_FREE(geo_cql2_run)
/* now_us: what now() gives. A feature is selected when this is TRUE. */
enum geo_cql2_truth geo_cql2_run_feature(struct geo_cql2_run *run, const struct geo_cql2_feature *feature,
                                         int64_t now_us);

/* --- vector (vector.c, vector_read.c): vector files in, one feature at a time, in WGS 84 ---
 * Reads whatever GDAL reads: GeoJSON, GeoPackage, Shapefile, .osm, .osm.pbf, CityGML ..., also inside a .zip. Opens
 * read-only; what a driver insists on writing (GML: resolved links) goes to a private temporary folder. */
struct geo_vector;
enum geo_vector_theme { /* which layer, and in OpenStreetMap data which features (vector_theme.c) */
                        GEO_VECTOR_BUILDINGS,
                        GEO_VECTOR_RESIDENTIAL, /* named residential areas; not the layer that BUILDINGS would take */
                        GEO_VECTOR_ESTATES,     /* a layer of estates; OSM: named residential areas */
                        GEO_VECTOR_AREAS,
                        GEO_VECTOR_LINES,
                        GEO_VECTOR_POINTS,
                        GEO_VECTOR_ROADS,
                        GEO_VECTOR_WATER,
                        GEO_VECTOR_LANDUSE,
                        GEO_VECTOR_PLACES
};

struct geo_vector_options {
    const char *layer;    /* NULL: chosen by theme */
    const char *crs;      /* NULL: what the file says */
    const char *encoding; /* of Shapefile text; NULL: what the file says */
    enum geo_vector_theme theme;
};

struct geo_vector_feature {
    int64_t fid;             /* of the data set; -1 when it has none */
    bool solid;              /* the parts are faces of a solid: geo_repair_footprint */
    struct geo_shape shape;  /* NONE when the feature has no geometry */
    enum base_err shape_err; /* why the geometry cannot be used (shape is then NONE), with the sentence in problem */
    struct base_diag problem;
};

/* NOT_FOUND: no such file or layer. INVALID: GDAL cannot read it, or no reference system (name one by crs).
 * UNSUPPORTED: no driver for it. */
enum base_err geo_vector_open(const char *path, const struct geo_vector_options *options, struct base_diag *diag,
                              struct geo_vector **ret_vector) BASE_MUST_CHECK;
void geo_vector_free(struct geo_vector *vector);
BASE_AUTO_FREE(geo_vector)
const char *geo_vector_layer(const struct geo_vector *vector);  /* name of the layer that is read */
const char *geo_vector_driver(const struct geo_vector *vector); /* "GPKG", "OSM" ... */
/* Vector files of the same archive that are not read, "a.shp, b.shp"; empty when there are none. */
const char *geo_vector_others(const struct geo_vector *vector);
bool geo_vector_is_osm(const struct geo_vector *vector);
int64_t geo_vector_count(struct geo_vector *vector); /* features to come, -1 when that is not known cheaply */
/* feature->shape is reused between calls; initialise it with geo_shape_init, release it at the end.
 * *ret_more is false after the last. */
enum base_err geo_vector_next(struct geo_vector *vector, struct base_diag *diag, struct geo_vector_feature *feature,
                              bool *ret_more) BASE_MUST_CHECK;
/* A number for an attribute's name (OSM: any tag), -1 when the layer has no such field. Names match without case. */
int geo_vector_bind(struct geo_vector *vector, const char *name);
/* The attribute of the current feature as text, borrowed until the next call; empty when it is not set. */
struct base_str geo_vector_value(struct geo_vector *vector, int bound);
/* All attribute names of the layer, for messages: "name, height, ...". */
void geo_vector_fields(struct geo_vector *vector, struct base_buf *buf);
/* What filters may ask of the layer: fields that are no lists, and the geometry ("geometry" when the format has no name
 * for it). Borrowed from the vector. Times without a zone are UTC. (vector_schema.c) */
enum base_err geo_vector_schema(struct geo_vector *vector, struct base_diag *diag,
                                struct geo_cql2_schema *ret_schema) BASE_MUST_CHECK;
/* The feature that _next gave last, for geo_cql2_run_feature; after _schema. */
struct geo_cql2_feature geo_vector_schema_feature(struct geo_vector *vector, const struct geo_vector_feature *feature);

#endif
