/* A static R-tree: boxes sorted along a Hilbert curve, then packed sixteen to a node, level on level in one array.
 *
 *   nodes:  [ leaves, in curve order ............ | level 1 ...... | level 2 .. | root ]
 *   children of node i of level k are the sixteen from 16*i on of level k-1, so no pointers are kept.
 */
#include "geo/geo.h"

#include <math.h>
#include <stdlib.h>

enum { FANOUT = 16, LEVELS_MAX = 9 };

struct box32 {
    float min_lon, min_lat, max_lon, max_lat;
};

struct geo_rtree {
    struct box32 *nodes;
    uint32_t *numbers; /* of the leaves: which box of the caller */
    uint32_t count;
    uint32_t starts[LEVELS_MAX + 1]; /* level k is [starts[k], starts[k+1]) */
    int levels;
};

struct keyed {
    uint32_t key;
    uint32_t number;
};

/* Position of (x, y), 16 bits each, on the Hilbert curve: the loop of Wikipedia's xy2d, "Hilbert curve". */
static uint32_t hilbert(uint32_t x, uint32_t y)
{
    uint32_t d = 0;
    for (uint32_t s = 1u << 15; s; s >>= 1) {
        uint32_t rx = (x & s) != 0;
        uint32_t ry = (y & s) != 0;
        d += s * s * ((3 * rx) ^ ry);
        if (ry == 0) {
            if (rx == 1) {
                x = 0xFFFF - x;
                y = 0xFFFF - y;
            }
            uint32_t swap = x;
            x = y;
            y = swap;
        }
    }
    return d;
}

static int by_key(const void *a, const void *b)
{
    const struct keyed *left = a;
    const struct keyed *right = b;
    if (left->key != right->key) {
        return left->key < right->key ? -1 : 1;
    }
    return left->number < right->number ? -1 : left->number > right->number;
}

static uint32_t cell(double middle, double least, double extent)
{
    double share = extent > 0 ? (middle - least) / extent : 0;
    return share <= 0 ? 0 : share >= 1 ? 0xFFFF : (uint32_t)(share * 0xFFFF);
}

static void sort_boxes(const struct geo_bbox *boxes, uint32_t count, struct keyed *order)
{
    struct geo_bbox all = geo_bbox_empty();
    for (uint32_t i = 0; i < count; i++) {
        geo_bbox_join(&all, &boxes[i]);
    }
    for (uint32_t i = 0; i < count; i++) {
        double lon = (boxes[i].min_lon + boxes[i].max_lon) / 2;
        double lat = (boxes[i].min_lat + boxes[i].max_lat) / 2;
        uint32_t x = cell(lon, all.min_lon, all.max_lon - all.min_lon);
        uint32_t y = cell(lat, all.min_lat, all.max_lat - all.min_lat);
        order[i] = (struct keyed){hilbert(x, y), i};
    }
    qsort(order, count, sizeof *order, by_key);
}

/* Rounding to float must never shrink a box. */
static float below(double value)
{
    float rounded = (float)value;
    return (double)rounded > value ? nextafterf(rounded, -INFINITY) : rounded;
}

static float above(double value)
{
    float rounded = (float)value;
    return (double)rounded < value ? nextafterf(rounded, INFINITY) : rounded;
}

static struct box32 box32_of(const struct geo_bbox *box)
{
    return (struct box32){below(box->min_lon), below(box->min_lat), above(box->max_lon), above(box->max_lat)};
}

static void lay_levels(struct geo_rtree *tree, uint32_t count)
{
    uint32_t size = count;
    tree->starts[0] = 0;
    for (;;) {
        tree->starts[tree->levels + 1] = tree->starts[tree->levels] + size;
        tree->levels++;
        if (size <= 1) {
            return;
        }
        size = (size + FANOUT - 1) / FANOUT;
    }
}

static void fill_parents(struct geo_rtree *tree)
{
    for (int level = 1; level < tree->levels; level++) {
        uint32_t child = tree->starts[level - 1];
        for (uint32_t node = tree->starts[level]; node < tree->starts[level + 1]; node++) {
            struct box32 sum = tree->nodes[child];
            for (uint32_t i = 0; i < FANOUT && child < tree->starts[level]; i++, child++) {
                const struct box32 *one = &tree->nodes[child];
                sum.min_lon = one->min_lon < sum.min_lon ? one->min_lon : sum.min_lon;
                sum.min_lat = one->min_lat < sum.min_lat ? one->min_lat : sum.min_lat;
                sum.max_lon = one->max_lon > sum.max_lon ? one->max_lon : sum.max_lon;
                sum.max_lat = one->max_lat > sum.max_lat ? one->max_lat : sum.max_lat;
            }
            tree->nodes[node] = sum;
        }
    }
}

enum base_err geo_rtree_new(const struct geo_bbox *boxes, uint32_t count, struct base_diag *diag,
                            struct geo_rtree **ret_tree)
{
    if (count > 500000000u) {
        return base_diag_set(diag, BASE_LIMIT, "an index of %u boxes is larger than the limit", count);
    }
    struct geo_rtree *tree = calloc(1, sizeof *tree);
    struct keyed *order = calloc(count + 1u, sizeof *order);
    if (tree) {
        tree->count = count;
        lay_levels(tree, count);
        tree->nodes = calloc(tree->starts[tree->levels] + 1u, sizeof *tree->nodes);
        tree->numbers = calloc(count + 1u, sizeof *tree->numbers);
    }
    if (!tree || !order || !tree->nodes || !tree->numbers) {
        free(order);
        geo_rtree_free(tree);
        return base_diag_set(diag, BASE_NOMEM, "no memory for an index of %u boxes", count);
    }
    sort_boxes(boxes, count, order);
    for (uint32_t i = 0; i < count; i++) {
        tree->numbers[i] = order[i].number;
        tree->nodes[i] = box32_of(&boxes[order[i].number]);
    }
    fill_parents(tree);
    free(order);
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

const uint32_t *geo_rtree_order(const struct geo_rtree *tree)
{
    return tree->numbers;
}

void geo_rtree_renumber(struct geo_rtree *tree)
{
    for (uint32_t i = 0; i < tree->count; i++) {
        tree->numbers[i] = i;
    }
}

/* Without branches: which of the four fails cannot be foretold, and a wrong guess costs more than four comparisons. */
static bool meets(const struct box32 *a, const struct box32 *b)
{
    return (a->min_lon <= b->max_lon) & (a->max_lon >= b->min_lon) & (a->min_lat <= b->max_lat) &
           (a->max_lat >= b->min_lat);
}

void geo_rtree_search(const struct geo_rtree *tree, const struct geo_bbox *query, bool (*visit)(void *, uint32_t),
                      void *at)
{
    struct {
        uint32_t node; /* counted from the start of its level */
        int level;
    } stack[LEVELS_MAX * FANOUT];
    struct box32 q = box32_of(query);
    int depth = 0;
    if (tree->count == 0 || !meets(&tree->nodes[tree->starts[tree->levels - 1]], &q)) {
        return;
    }
    stack[depth].node = 0;
    stack[depth++].level = tree->levels - 1;
    while (depth) {
        uint32_t node = stack[--depth].node;
        int level = stack[depth].level;
        if (level == 0) { /* an index of one box */
            (void)visit(at, tree->numbers[node]);
            return;
        }
        uint32_t end = tree->starts[level] - tree->starts[level - 1];
        uint32_t child = node * FANOUT;
        for (uint32_t last = child + FANOUT < end ? child + FANOUT : end; child < last; child++) {
            if (!meets(&tree->nodes[tree->starts[level - 1] + child], &q)) {
                continue;
            }
            if (level > 1) {
                stack[depth].node = child;
                stack[depth++].level = level - 1;
            } else if (!visit(at, tree->numbers[child])) {
                return;
            }
        }
    }
}
