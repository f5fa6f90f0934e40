/* A static R-tree: boxes sorted into tiles, then packed thirty-two to a node, level on level in one array.
 *
 *   nodes:  [ level 0: thirty-two boxes each ...... | level 1: thirty-two nodes of level 0 each .. | ... | root ]
 *   child i of node n of level k is number 32*n + i of level k-1 (of the boxes, for level 0): no pointers are kept.
 *
 * A node knows its children's boxes as bytes, in steps of its own grid: thirty-two of them are two cache lines and are
 * compared at once. Rounding cannot lose a box: positions become grid steps by a function that never falls, the same
 * for boxes and queries, so what met before meets after.
 */
#include "geo/geo.h"

#include <endian.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { FANOUT = GEO_RTREE_FANOUT, LEVELS_MAX = GEO_RTREE_LEVELS_MAX };

struct box32 { /* fixed point, 2^-23 degree: 13 mm */
    uint32_t min_x, min_y, max_x, max_y;
};

/* Grid steps of children are 1..254; an empty place is 255..0, which meets nothing. */
struct node {
    uint8_t min_x[FANOUT], min_y[FANOUT], max_x[FANOUT], max_y[FANOUT];
    uint32_t x, y;            /* south-west corner */
    uint8_t shift_x, shift_y; /* a grid step is 2^shift */
};

struct geo_rtree {
    struct node *nodes;
    uint32_t *numbers; /* in the order of the tiles: which box of the caller; NULL after _renumber */
    uint32_t count;
    uint32_t starts[LEVELS_MAX + 1]; /* level k is [starts[k], starts[k+1]) */
    int levels;
};

static uint32_t fixed(double degrees)
{
    double share = (degrees + 256) * 8388608;
    return share >= UINT32_MAX ? UINT32_MAX : share > 0 ? (uint32_t)share : 0;
}

static struct box32 box32_of(const struct geo_bbox *box)
{
    return (struct box32){fixed(box->min_lon), fixed(box->min_lat), fixed(box->max_lon), fixed(box->max_lat)};
}

struct keyed {
    uint32_t key; /* the middle of the box along the axis that is being sorted by */
    uint32_t number;
};

static int by_key(const void *a, const void *b)
{
    const struct keyed *left = a;
    const struct keyed *right = b;
    if (left->key != right->key) {
        return left->key < right->key ? -1 : 1;
    }
    return left->number < right->number ? -1 : left->number > right->number;
}

static uint32_t middle(const struct box32 *box, bool by_x)
{
    return by_x ? box->min_x / 2 + box->max_x / 2 : box->min_y / 2 + box->max_y / 2;
}

static void sort_along(struct keyed *order, uint32_t count, const struct box32 *boxes, bool by_x)
{
    for (uint32_t i = 0; i < count; i++) {
        order[i].key = middle(&boxes[order[i].number], by_x);
    }
    qsort(order, count, sizeof *order, by_key);
}

static bool is_wide(const struct keyed *order, uint32_t count, const struct box32 *boxes)
{
    uint32_t least[2] = {UINT32_MAX, UINT32_MAX}, most[2] = {0, 0};
    for (uint32_t i = 0; i < count; i++) {
        for (int axis = 0; axis < 2; axis++) {
            uint32_t at = middle(&boxes[order[i].number], axis == 0);
            least[axis] = at < least[axis] ? at : least[axis];
            most[axis] = at > most[axis] ? at : most[axis];
        }
    }
    return most[0] - least[0] > most[1] - least[1];
}

static uint32_t parts_of(uint32_t count, uint32_t each)
{
    return (count + each - 1) / each;
}

/* Orders boxes so that each run of `each` of them is a tile, and each tile in tiles of its own: slices across the long
 * side, cut across the short one. Tiles overlap by no more than their boxes do, so a search enters few in vain. */
static void tile(struct keyed *order, uint32_t count, const struct box32 *boxes, uint32_t each)
{
    if (count <= FANOUT) {
        return; /* all in one node: in any order */
    }
    uint32_t tiles = parts_of(count, each), slices = 1;
    while (slices * slices < tiles) {
        slices *= 2;
    }
    if (tiles > 1) {
        bool wide = is_wide(order, count, boxes);
        uint32_t in_slice = parts_of(tiles, slices) * each;
        sort_along(order, count, boxes, wide);
        for (uint32_t at = 0; at < count; at += in_slice) {
            sort_along(order + at, count - at < in_slice ? count - at : in_slice, boxes, !wide);
        }
    }
    for (uint32_t at = 0; at < count; at += each) {
        tile(order + at, count - at < each ? count - at : each, boxes, each / FANOUT);
    }
}

static void tile_all(struct keyed *order, uint32_t count, const struct box32 *boxes)
{
    uint32_t each = 1;
    for (uint32_t i = 0; i < count; i++) {
        order[i].number = i;
    }
    while (each < parts_of(count, FANOUT)) {
        each *= FANOUT;
    }
    tile(order, count, boxes, each);
}

/* The grid step of a position; 0 before the node, 255 behind it. */
static uint8_t step(uint32_t at, uint32_t origin, uint8_t shift)
{
    uint32_t steps = (at - origin) >> shift;
    return at < origin ? 0 : steps > 254 ? 255 : (uint8_t)(steps + 1);
}

static uint8_t shift_for(uint32_t extent)
{
    uint8_t shift = 0;
    while (extent >> shift > 253) {
        shift++;
    }
    return shift;
}

static void lay_levels(struct geo_rtree *tree, uint32_t count)
{
    uint32_t size = count;
    do {
        size = parts_of(size, FANOUT);
        tree->starts[tree->levels + 1] = tree->starts[tree->levels] + size;
        tree->levels++;
    } while (size > 1);
}

static struct box32 join(const struct box32 *boxes, uint32_t count)
{
    struct box32 sum = boxes[0];
    for (uint32_t i = 1; i < count; i++) {
        sum.min_x = boxes[i].min_x < sum.min_x ? boxes[i].min_x : sum.min_x;
        sum.min_y = boxes[i].min_y < sum.min_y ? boxes[i].min_y : sum.min_y;
        sum.max_x = boxes[i].max_x > sum.max_x ? boxes[i].max_x : sum.max_x;
        sum.max_y = boxes[i].max_y > sum.max_y ? boxes[i].max_y : sum.max_y;
    }
    return sum;
}

static void fill_node(struct node *node, const struct box32 *children, uint32_t count, const struct box32 *all)
{
    *node = (struct node){.x = all->min_x,
                          .y = all->min_y,
                          .shift_x = shift_for(all->max_x - all->min_x),
                          .shift_y = shift_for(all->max_y - all->min_y)};
    for (uint32_t i = 0; i < FANOUT; i++) {
        bool used = i < count;
        node->min_x[i] = used ? step(children[i].min_x, node->x, node->shift_x) : 255;
        node->min_y[i] = used ? step(children[i].min_y, node->y, node->shift_y) : 255;
        node->max_x[i] = used ? step(children[i].max_x, node->x, node->shift_x) : 0;
        node->max_y[i] = used ? step(children[i].max_y, node->y, node->shift_y) : 0;
    }
}

/* boxes: of the leaves, in the order of the tiles; each level's nodes take the place of their children. */
static void fill_nodes(struct geo_rtree *tree, struct box32 *boxes)
{
    uint32_t count = tree->count;
    for (int level = 0; level < tree->levels; level++) {
        for (uint32_t i = 0; i < parts_of(count, FANOUT); i++) {
            const struct box32 *children = boxes + (size_t)i * FANOUT;
            uint32_t here = count - i * FANOUT < FANOUT ? count - i * FANOUT : FANOUT;
            struct box32 all = join(children, here);
            fill_node(&tree->nodes[tree->starts[level] + i], children, here, &all);
            boxes[i] = all;
        }
        count = parts_of(count, FANOUT);
    }
}

static bool room_for(struct geo_rtree *tree, uint32_t count)
{
    tree->count = count;
    lay_levels(tree, count);
    tree->nodes = calloc(tree->starts[tree->levels] + 1u, sizeof *tree->nodes);
    tree->numbers = calloc(count + 1u, sizeof *tree->numbers);
    return tree->nodes && tree->numbers;
}

enum base_err geo_rtree_new(const struct geo_bbox *boxes, uint32_t count, struct base_diag *diag,
                            struct geo_rtree **ret_tree)
{
    if (count > GEO_RTREE_BOXES_MAX) {
        return base_diag_set(diag, BASE_LIMIT, "an index of %u boxes is larger than the limit", count);
    }
    struct geo_rtree *tree = calloc(1, sizeof *tree);
    struct keyed *order = calloc(count + 1u, sizeof *order);
    struct box32 *given = calloc(count + 1u, sizeof *given);
    struct box32 *tiled = calloc(count + 1u, sizeof *tiled);
    bool fits = tree && order && given && tiled && room_for(tree, count);
    if (fits) {
        for (uint32_t i = 0; i < count; i++) {
            given[i] = box32_of(&boxes[i]);
        }
        tile_all(order, count, given);
        for (uint32_t i = 0; i < count; i++) {
            tree->numbers[i] = order[i].number;
            tiled[i] = given[order[i].number];
        }
        fill_nodes(tree, tiled);
    }
    free(order);
    free(given);
    free(tiled);
    if (!fits) {
        geo_rtree_free(tree);
        return base_diag_set(diag, BASE_NOMEM, "no memory for an index of %u boxes", count);
    }
    *ret_tree = tree;
    return BASE_OK;
}

void geo_rtree_free(struct geo_rtree *tree)
{
    if (tree) {
        free(tree->nodes);
        free(tree->numbers);
        free(tree);
    }
}

size_t geo_rtree_memory(const struct geo_rtree *tree)
{
    return tree->starts[tree->levels] * sizeof *tree->nodes + (tree->numbers ? tree->count * sizeof *tree->numbers : 0);
}

const uint32_t *geo_rtree_order(const struct geo_rtree *tree)
{
    return tree->numbers;
}

void geo_rtree_renumber(struct geo_rtree *tree)
{
    free(tree->numbers);
    tree->numbers = NULL;
}

/* One bit a child. Without branches, and on bytes: compilers make a few vector instructions of it. */
static uint32_t meeting(const struct node *node, const struct box32 *query)
{
    uint8_t min_x = step(query->min_x, node->x, node->shift_x), max_x = step(query->max_x, node->x, node->shift_x);
    uint8_t min_y = step(query->min_y, node->y, node->shift_y), max_y = step(query->max_y, node->y, node->shift_y);
    uint8_t meets[FANOUT];
    uint64_t eights[FANOUT / 8];
    uint32_t bits = 0;
    max_x = max_x > 254 ? 254 : max_x; /* below the empty places */
    for (int i = 0; i < FANOUT; i++) {
        meets[i] = (node->min_x[i] <= max_x) & (node->max_x[i] >= min_x) & (node->min_y[i] <= max_y) &
                   (node->max_y[i] >= min_y);
    }
    memcpy(eights, meets, sizeof eights);
    for (int i = 0; i < FANOUT / 8; i++) { /* bytes 0 or 1 to bits: each lands in a place of its own of the top byte */
        bits |= (uint32_t)(le64toh(eights[i]) * UINT64_C(0x0102040810204080) >> 56) << 8 * i;
    }
    return bits;
}

void geo_rtree_start(struct geo_rtree_walk *walk, const struct geo_rtree *tree, const struct geo_bbox *query)
{
    struct box32 q = box32_of(query);
    walk->tree = tree;
    walk->min_x = q.min_x;
    walk->min_y = q.min_y;
    walk->max_x = q.max_x;
    walk->max_y = q.max_y;
    walk->waiting = 0;
    if (tree->count) {
        walk->stack[walk->waiting++] = (struct geo_rtree_step){0, tree->levels - 1};
    }
}

uint32_t geo_rtree_next(struct geo_rtree_walk *walk, uint32_t numbers[GEO_RTREE_FANOUT])
{
    const struct geo_rtree *tree = walk->tree;
    struct box32 query = {walk->min_x, walk->min_y, walk->max_x, walk->max_y};
    while (walk->waiting) {
        struct geo_rtree_step at = walk->stack[--walk->waiting];
        uint32_t bits = meeting(&tree->nodes[tree->starts[at.level] + at.node], &query);
        uint32_t found = 0;
        for (; bits; bits &= bits - 1) {
            uint32_t child = at.node * FANOUT + (uint32_t)__builtin_ctz(bits);
            if (at.level) {
                walk->stack[walk->waiting++] = (struct geo_rtree_step){child, at.level - 1};
            } else {
                numbers[found++] = tree->numbers ? tree->numbers[child] : child;
            }
        }
        if (found) {
            return found;
        }
    }
    return 0;
}
