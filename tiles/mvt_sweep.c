/* Do any two edges meet, and which ring lies in which? A sweep from west to east (Shamos and Hoey 1976) over edges that
 * lie side by side in a treap: O(n log n) however the rings were drawn. Stops at the first place where edges meet. */
#include "tiles/mvt_private.h"

#include <stdlib.h>

enum { BELOW = 0, ABOVE = 1 };
/* What GEOS is asked to repair at most, a second or two of its time: places where edges meet, pairs of edges whose
 * boxes do; and how many pairs are looked at to find out. Counts and not clocks decide, so that every server draws the
 * same. */
enum { MEETINGS_MAX = 20000, NEAR_MAX = 500000, PAIRS_MAX = 50000000 };
static const uint32_t NONE = UINT32_MAX;

void mvt_sweep_release(struct mvt_sweep *sweep)
{
    free(sweep->edges);
    free(sweep->events);
    free(sweep->parents);
    *sweep = (struct mvt_sweep){.root = NONE};
}

/* --- edges --- */
static bool before(struct tiles_grid_point a, struct tiles_grid_point b)
{
    return a.x < b.x || (a.x == b.x && a.y < b.y);
}

static struct tiles_grid_point west_end(const struct mvt_sweep *sweep, uint32_t edge)
{
    struct tiles_grid_point a = sweep->points[edge], b = sweep->points[sweep->edges[edge].next];
    return before(a, b) ? a : b;
}

static struct tiles_grid_point east_end(const struct mvt_sweep *sweep, uint32_t edge)
{
    struct tiles_grid_point a = sweep->points[edge], b = sweep->points[sweep->edges[edge].next];
    return before(a, b) ? b : a;
}

/* Edges that follow one another meet in their vertex, and nowhere else: no three points in a row lie on one line. */
static bool collide(const struct mvt_sweep *sweep, uint32_t a, uint32_t b)
{
    if (a == NONE || b == NONE || sweep->edges[a].next == b || sweep->edges[b].next == a) {
        return false;
    }
    return mvt_meet(sweep->points[a], sweep->points[sweep->edges[a].next], sweep->points[b],
                    sweep->points[sweep->edges[b].next]);
}

/* On which side of edge `at` does the new one begin? 0: on it. */
static int64_t side(const struct mvt_sweep *sweep, uint32_t at, uint32_t edge)
{
    struct tiles_grid_point west = west_end(sweep, at), east = east_end(sweep, at), point = west_end(sweep, edge);
    int64_t side = mvt_cross(west, east, point);
    bool together = west.x == point.x && west.y == point.y;
    return side || !together ? side : mvt_cross(west, east, east_end(sweep, edge));
}

/* --- treap; priorities are a hash of the edge's number (splitmix64), so that equal input takes equal time --- */
static uint64_t priority(uint32_t edge)
{
    uint64_t z = (edge + 1) * 0x9E3779B97F4A7C15u;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return z ^ (z >> 31);
}

static void replace_child(struct mvt_sweep *sweep, uint32_t parent, uint32_t old, uint32_t now)
{
    if (parent == NONE) {
        sweep->root = now;
    } else {
        sweep->edges[parent].child[sweep->edges[parent].child[ABOVE] == old] = now;
    }
    if (now != NONE) {
        sweep->edges[now].up = parent;
    }
}

/* The edge takes its parent's place. */
static void lift(struct mvt_sweep *sweep, uint32_t edge)
{
    struct mvt_edge *edges = sweep->edges;
    uint32_t parent = edges[edge].up;
    int from = edges[parent].child[ABOVE] == edge;
    uint32_t inner = edges[edge].child[!from];
    replace_child(sweep, edges[parent].up, parent, edge);
    edges[parent].child[from] = inner;
    if (inner != NONE) {
        edges[inner].up = parent;
    }
    edges[edge].child[!from] = parent;
    edges[parent].up = edge;
}

static void link_between(struct mvt_sweep *sweep, uint32_t below, uint32_t above)
{
    if (below != NONE) {
        sweep->edges[below].link[ABOVE] = above;
    }
    if (above != NONE) {
        sweep->edges[above].link[BELOW] = below;
    }
}

/* False: it begins on another. */
static bool insert(struct mvt_sweep *sweep, uint32_t edge)
{
    struct mvt_edge *edges = sweep->edges;
    uint32_t near[2] = {NONE, NONE};
    uint32_t parent = NONE;
    int where = BELOW;
    for (uint32_t at = sweep->root; at != NONE; at = edges[at].child[where]) {
        int64_t turn = side(sweep, at, edge);
        if (turn == 0) {
            return false;
        }
        where = turn > 0 ? ABOVE : BELOW;
        near[!where] = at;
        parent = at;
    }
    edges[edge].child[BELOW] = edges[edge].child[ABOVE] = NONE;
    edges[edge].up = parent;
    if (parent == NONE) {
        sweep->root = edge;
    } else {
        edges[parent].child[where] = edge;
    }
    link_between(sweep, near[BELOW], edge);
    link_between(sweep, edge, near[ABOVE]);
    edges[edge].link[BELOW] = near[BELOW];
    edges[edge].link[ABOVE] = near[ABOVE];
    while (edges[edge].up != NONE && priority(edge) > priority(edges[edge].up)) {
        lift(sweep, edge);
    }
    return !collide(sweep, near[BELOW], edge) && !collide(sweep, edge, near[ABOVE]);
}

/* False: its neighbours meet. */
static bool take_out(struct mvt_sweep *sweep, uint32_t edge)
{
    struct mvt_edge *node = &sweep->edges[edge];
    while (node->child[BELOW] != NONE && node->child[ABOVE] != NONE) {
        lift(sweep, node->child[priority(node->child[ABOVE]) > priority(node->child[BELOW])]);
    }
    replace_child(sweep, node->up, edge, node->child[BELOW] != NONE ? node->child[BELOW] : node->child[ABOVE]);
    link_between(sweep, node->link[BELOW], node->link[ABOVE]);
    return !collide(sweep, node->link[BELOW], node->link[ABOVE]);
}

/* --- rings --- */
/* The ring that lies next around this one, whose westmost edge has just been put in; NONE: nothing does. */
static uint32_t parent_of(const struct mvt_sweep *sweep, uint32_t edge, const uint8_t *hole)
{
    uint32_t below = sweep->edges[edge].link[BELOW];
    if (below != NONE && sweep->edges[below].ring == sweep->edges[edge].ring) {
        below = sweep->edges[below].link[BELOW]; /* the other edge of the first vertex */
    }
    if (below == NONE) {
        return NONE;
    }
    uint32_t ring = sweep->edges[below].ring;
    bool eastward = before(sweep->points[below], sweep->points[sweep->edges[below].next]);
    bool outside = (hole[ring] == 0) == eastward; /* what lies above the edge is within the ring */
    return outside ? ring : sweep->parents[ring];
}

static int order(const void *a, const void *b)
{
    uint64_t one = ((const struct mvt_event *)a)->key, other = ((const struct mvt_event *)b)->key;
    return (one > other) - (one < other);
}

/* Fills the edges; room for their events, too. */
static bool edges_of(struct mvt_sweep *sweep, struct mvt_path *path)
{
    if (!mvt_room(&sweep->edges, &sweep->edge_cap, path->vertices, sizeof *sweep->edges) ||
        !mvt_room(&sweep->events, &sweep->event_cap, path->vertices, sizeof *sweep->events)) {
        path->err = BASE_NOMEM;
        return false;
    }
    sweep->points = path->points;
    for (uint32_t ring = 0, i = 0; ring < path->rings; ring++) {
        for (uint32_t first = i; i < path->ring_ends[ring]; i++) {
            sweep->edges[i].next = i + 1 < path->ring_ends[ring] ? i + 1 : first;
            sweep->edges[i].ring = ring;
        }
    }
    return true;
}

static uint32_t biased(int32_t value) /* in the order of unsigned numbers */
{
    return (uint32_t)value ^ 0x80000000u;
}

static bool prepare(struct mvt_sweep *sweep, struct mvt_path *path, uint8_t **ret_holes)
{
    *ret_holes = calloc(path->rings, 1);
    if (!edges_of(sweep, path) || !*ret_holes ||
        !mvt_room(&sweep->parents, &sweep->parent_cap, path->rings, sizeof *sweep->parents)) {
        path->err = BASE_NOMEM;
        return false;
    }
    sweep->root = NONE;
    for (uint32_t part = 0, ring = 0; part < path->parts; part++) {
        for (uint32_t outside = ring; ring < path->part_ends[part]; ring++) {
            (*ret_holes)[ring] = ring != outside;
            sweep->parents[ring] = ring; /* not known yet */
        }
    }
    for (uint32_t i = 0; i < path->vertices; i++) {
        uint64_t x = biased(path->points[i].x), y = biased(path->points[i].y);
        sweep->events[i] = (struct mvt_event){x << 32 | y, i};
    }
    qsort(sweep->events, path->vertices, sizeof *sweep->events, order);
    return true;
}

static bool pass(struct mvt_sweep *sweep, const struct mvt_path *path, uint32_t vertex, const uint8_t *holes)
{
    struct mvt_edge *edges = sweep->edges;
    uint32_t ring = edges[vertex].ring;
    uint32_t first = mvt_path_first(path, ring);
    uint32_t previous = (vertex > first ? vertex : path->ring_ends[ring]) - 1;
    const uint32_t both[2] = {previous, vertex};
    const bool ends[2] = {before(path->points[previous], path->points[vertex]),
                          before(path->points[edges[vertex].next], path->points[vertex])};
    for (int i = 0; i < 2; i++) {
        if (ends[i] && !take_out(sweep, both[i])) {
            return false;
        }
    }
    for (int i = 0; i < 2; i++) {
        if (!ends[i] && !insert(sweep, both[i])) {
            return false;
        }
    }
    if (!ends[0] && !ends[1] && sweep->parents[ring] == ring) {
        sweep->parents[ring] = parent_of(sweep, vertex, holes);
    }
    return true;
}

static bool nested(const struct mvt_sweep *sweep, const struct mvt_path *path)
{
    for (uint32_t part = 0, ring = 0; part < path->parts; part++) {
        for (uint32_t outside = ring; ring < path->part_ends[part]; ring++) {
            if (sweep->parents[ring] != (ring == outside ? NONE : outside)) {
                return false;
            }
        }
    }
    return true;
}

bool mvt_sweep(struct mvt_sweep *sweep, struct mvt_path *path)
{
    uint8_t *holes = NULL;
    bool apart = prepare(sweep, path, &holes);
    for (uint32_t i = 0; i < path->vertices && apart; i++) {
        apart = (i == 0 || sweep->events[i].key != sweep->events[i - 1].key) &&
                pass(sweep, path, sweep->events[i].vertex, holes);
    }
    free(holes);
    return apart && nested(sweep, path);
}

/* --- how bad is it? --- */
static int32_t along(struct tiles_grid_point point, bool upright)
{
    return upright ? point.y : point.x;
}

static int32_t low_end(const struct mvt_sweep *sweep, uint32_t edge, bool upright)
{
    int32_t a = along(sweep->points[edge], upright), b = along(sweep->points[sweep->edges[edge].next], upright);
    return a < b ? a : b;
}

static int32_t high_end(const struct mvt_sweep *sweep, uint32_t edge, bool upright)
{
    int32_t a = along(sweep->points[edge], upright), b = along(sweep->points[sweep->edges[edge].next], upright);
    return a < b ? b : a;
}

/* Along which axis do fewer edges lie side by side? */
static bool better_upright(const struct mvt_sweep *sweep, uint32_t count)
{
    double sums[2] = {0, 0}, sizes[2];
    for (int upright = 0; upright < 2; upright++) {
        int32_t least = INT32_MAX, most = INT32_MIN;
        for (uint32_t i = 0; i < count; i++) {
            int32_t low = low_end(sweep, i, upright), high = high_end(sweep, i, upright);
            least = low < least ? low : least;
            most = high > most ? high : most;
            sums[upright] += (double)high - low;
        }
        sizes[upright] = (double)most - least + 1;
    }
    return sums[1] * sizes[0] < sums[0] * sizes[1];
}

static bool boxes_meet(const struct mvt_sweep *sweep, uint32_t a, uint32_t b, bool upright)
{
    return low_end(sweep, a, upright) <= high_end(sweep, b, upright) &&
           low_end(sweep, b, upright) <= high_end(sweep, a, upright);
}

bool mvt_sweep_crowded(struct mvt_sweep *sweep, struct mvt_path *path)
{
    uint32_t count = path->vertices;
    if (!edges_of(sweep, path)) {
        return false;
    }
    bool upright = better_upright(sweep, count);
    for (uint32_t i = 0; i < count; i++) {
        sweep->events[i] = (struct mvt_event){(uint64_t)biased(low_end(sweep, i, upright)) << 32 | i, i};
    }
    qsort(sweep->events, count, sizeof *sweep->events, order);
    uint64_t met = 0, near = 0, compared = 0;
    uint32_t active = 0; /* events[0 .. active) are those of the edges that reach this far */
    for (uint32_t i = 0; i < count && met <= MEETINGS_MAX && near <= NEAR_MAX && compared <= PAIRS_MAX; i++) {
        uint32_t edge = sweep->events[i].vertex, kept = 0;
        int32_t from = low_end(sweep, edge, upright);
        for (uint32_t j = 0; j < active; j++) {
            uint32_t other = sweep->events[j].vertex;
            if (high_end(sweep, other, upright) >= from) {
                sweep->events[kept++] = sweep->events[j];
                if (boxes_meet(sweep, edge, other, !upright)) {
                    near++;
                    met += collide(sweep, edge, other);
                }
            }
        }
        compared += active;
        sweep->events[kept++] = sweep->events[i];
        active = kept;
    }
    return met > MEETINGS_MAX || near > NEAR_MAX || compared > PAIRS_MAX;
}
