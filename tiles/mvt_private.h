/* What the files mvt_*.c share: geometry in a grid, and the maker's scratch memory. Private to them.
 *
 *   tiles_shape ─snap─> ring ─mvt_simplify─> mvt_path ─mvt_valid? ─────────yes──> mvt_encode ──> commands
 *   commands ──decode─> ring ─clip─────────> mvt_path      │no: less simplified, then mvt_repair (GEOS)
 *
 * Grid coordinates are whole numbers below 2^30 in size, so that a cross product of two differences fits 64 bits and
 * every question of geometry here is answered exactly. y grows southward; an outer ring's area (surveyor's formula) is
 * positive, which is clockwise on the screen.
 */
#ifndef HUTONG_TILES_MVT_PRIVATE_H
#define HUTONG_TILES_MVT_PRIVATE_H

#include "tiles/private.h"

enum {
    MVT_EXTENT = 4096,
    MVT_BUFFER = 64,
    /* GEOS needs some 10 us a vertex for a repair. What is larger and invalid is made coarser first, or, when it cannot
     * lie within one tile anyway, left to be repaired tile by tile, after clipping. */
    MVT_REPAIR_MAX = 100000
};

/* Geometry as in tiles_shape. Rings of an AREA are not closed; the first of a part is its outside. */
struct mvt_path {
    enum geo_shape_type type;
    struct tiles_grid_point *points;
    uint32_t *ring_ends, *part_ends;
    uint32_t vertices, rings, parts;
    uint32_t vertex_cap, ring_cap, part_cap;
    enum base_err err; /* the first failure sticks */
};

struct mvt_far { /* a point relative to a tile that may lie anywhere in the world, at any zoom */
    int64_t x, y;
};
struct mvt_run { /* a ring or line on its way to the clipper */
    struct mvt_far *points;
    uint32_t count, cap;
};

struct mvt_edge { /* of the sweep (mvt_sweep.c); index: the vertex at which it begins */
    uint32_t child[2], up, link[2];
    uint32_t next, ring;
};
struct mvt_event {
    uint64_t key;
    uint32_t vertex;
};
struct mvt_sweep {
    struct mvt_edge *edges;
    struct mvt_event *events;
    uint32_t *parents; /* of each ring */
    uint32_t edge_cap, event_cap, parent_cap;
    const struct tiles_grid_point *points;
    uint32_t root;
};

struct mvt_value { /* of the layer, by its number: where it is in the values */
    uint32_t at, len;
    uint32_t hash;
    bool is_id; /* of a feature before this one */
};
struct mvt_slot { /* of the table of hashes: small, so that it stays in the processor's cache */
    uint32_t hash;
    uint32_t number; /* of the value, and 1; 0: free */
};

enum { MVT_TAGS_MAX = 32 };

struct mvt_layer {
    const char *name;
    struct base_buf features, keys, values;
    uint32_t key_count, value_count;
    bool has_id;
    uint64_t id;
    uint8_t tags[MVT_TAGS_MAX * 10];
    uint32_t tags_len;
    struct base_buf value; /* scratch */
    struct mvt_value *table;
    struct mvt_slot *slots;
    uint32_t table_cap, slot_cap, slot_count; /* slots in use: a power of two */
    enum base_err err;
};

struct tiles_mvt {
    struct mvt_path path, fine; /* what is made; a ring before it is simplified */
    uint8_t *keep;
    uint32_t keep_cap;
    struct mvt_run run, other;
    struct mvt_sweep sweep;
    struct geo_repair *repair; /* made when it is needed first */
    struct geo_shape shape;
    struct mvt_layer layer;
    struct base_buf clipped, picks, cells; /* of the renderer */
    uint32_t *numbers;                     /* likewise: of a page's values */
    uint32_t number_cap;
};

/* *array holds cap elements of that size; room for need of them. */
bool mvt_room(void *array, uint32_t *cap, uint32_t need, size_t size);

/* --- mvt_path.c --- */
void mvt_path_reset(struct mvt_path *path, enum geo_shape_type type);
void mvt_path_release(struct mvt_path *path);
bool mvt_path_room(struct mvt_path *path, uint32_t more); /* for so many more points */
void mvt_path_point(struct mvt_path *path, int32_t x, int32_t y);
/* The points since the last end become a ring of this role, or none when they enclose nothing: points that repeat, lie
 * on the line between their neighbours or end a spike go. False: nothing was left. */
bool mvt_path_ring_end(struct mvt_path *path, bool hole);
/* They become a line: repeated points and those on the straight way between their neighbours go. */
bool mvt_path_line_end(struct mvt_path *path);
void mvt_path_part_end(struct mvt_path *path); /* without rings: nothing */
static inline uint32_t mvt_path_first(const struct mvt_path *path, uint32_t ring)
{
    return ring ? path->ring_ends[ring - 1] : 0;
}
/* Appends the commands after the first MoveTo; of points, the parameters of the others. False: there is nothing. */
bool mvt_encode(const struct mvt_path *path, struct base_buf *commands, struct tiles_grid_point *ret_first);

static inline int64_t mvt_cross(struct tiles_grid_point a, struct tiles_grid_point b, struct tiles_grid_point c)
{
    return ((int64_t)b.x - a.x) * ((int64_t)c.y - a.y) - ((int64_t)b.y - a.y) * ((int64_t)c.x - a.x);
}

static inline uint8_t *mvt_varint(uint8_t *at, uint64_t value)
{
    while (value >= 0x80) {
        *at++ = (uint8_t)(value | 0x80);
        value >>= 7;
    }
    *at++ = (uint8_t)value;
    return at;
}

static inline uint32_t mvt_zigzag(int32_t value)
{
    return ((uint32_t)value << 1) ^ (uint32_t) - (int32_t)(value < 0);
}

/* --- mvt_simplify.c: Douglas-Peucker --- */
/* Appends to path what is left of points[0..count) within the tolerance; closed: of a ring that begins anywhere. */
enum base_err mvt_simplify(struct tiles_mvt *mvt, const struct tiles_grid_point *points, uint32_t count, bool closed,
                           uint32_t tolerance, struct mvt_path *path) BASE_MUST_CHECK;

/* --- mvt_valid.c, mvt_sweep.c: may these rings be drawn as they are? --- */
/* True: certainly - no two edges meet, holes lie in their outsides, and nothing else lies in anything. False: GEOS has
 * to say (rings that touch in a point are valid, and so is an island in a lake), or NOMEM, which sticks in path->err.
 */
bool mvt_valid(struct tiles_mvt *mvt, struct mvt_path *path);
bool mvt_sweep(struct mvt_sweep *sweep, struct mvt_path *path);
/* Do so many edges meet, or come near one another, that a repair would take GEOS long? */
bool mvt_sweep_crowded(struct mvt_sweep *sweep, struct mvt_path *path);
void mvt_sweep_release(struct mvt_sweep *sweep);
/* Do segments a-b and c-d have a point in common? */
bool mvt_meet(struct tiles_grid_point a, struct tiles_grid_point b, struct tiles_grid_point c,
              struct tiles_grid_point d);
/* Makes mvt->path valid, on the grid, whatever it is; coarser when there is too much to repair. */
enum base_err mvt_repair(struct tiles_mvt *mvt, struct base_diag *diag) BASE_MUST_CHECK;

/* --- mvt_value.c --- */
enum { MVT_VALUE_INT = 16 };
/* Appends the value as a layer holds it. kind: as of the table's columns. Its hash; equal values have equal ones. */
uint64_t mvt_value_write(struct base_buf *buf, enum tiles_kind kind, const struct tiles_cell *cell);
uint32_t mvt_value_int(uint8_t at[MVT_VALUE_INT], int64_t value); /* its length */
static inline uint64_t mvt_value_mixed(uint64_t a)
{
    a = (a ^ (a >> 32)) * 0x9FB21C651E98DF25u;
    return a ^ (a >> 29);
}
/* Of the number and not of the bytes: each feature has an id, and what was just written byte by byte is slow to read.
 */
static inline uint64_t mvt_value_int_hash(int64_t value)
{
    return mvt_value_mixed((uint64_t)value * 0x9E3779B97F4A7C15u);
}

/* --- mvt_layer.c --- */
static inline void mvt_layer_tag(struct mvt_layer *layer, uint32_t key, uint32_t value)
{
    if (layer->tags_len + 10 > sizeof layer->tags) {
        layer->err = BASE_LIMIT;
        return;
    }
    uint8_t *at = mvt_varint(mvt_varint(layer->tags + layer->tags_len, key), value);
    layer->tags_len = (uint32_t)(at - layer->tags);
}
static inline void mvt_layer_expect(const struct mvt_layer *layer, uint64_t hash)
{
    if (layer->slot_count) {
        __builtin_prefetch(&layer->slots[(uint32_t)hash & (layer->slot_count - 1)], 1);
    }
}
void mvt_layer_init(struct mvt_layer *layer);
void mvt_layer_release(struct mvt_layer *layer);

#endif
