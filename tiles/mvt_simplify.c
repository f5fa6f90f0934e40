/* Fewer vertices (Douglas and Peucker 1973) in whole numbers, without recursion, in bounded time. */
#include "tiles/mvt_private.h"

/* A chain is halved at its farthest vertex, and where that has gone on for long, which only lines drawn to harm do, in
 * the middle: no chain is cut more than DEPTH_FAIR + 32 times, so the time is O(n) times that. */
enum { DEPTH_FAIR = 40, DEPTH_MAX = DEPTH_FAIR + 33 };

typedef unsigned __int128 wide; /* fourth powers of lengths: 2^120 */

struct chain {
    uint32_t first, last, depth;
};

static int64_t square(struct tiles_grid_point a, struct tiles_grid_point b)
{
    int64_t x = (int64_t)b.x - a.x, y = (int64_t)b.y - a.y;
    return x * x + y * y;
}

/* Square of the distance of p to the segment, times the square of the segment's length (1 for a point). */
static wide apart(struct tiles_grid_point a, struct tiles_grid_point b, int64_t length2, struct tiles_grid_point p)
{
    int64_t dot = ((int64_t)p.x - a.x) * ((int64_t)b.x - a.x) + ((int64_t)p.y - a.y) * ((int64_t)b.y - a.y);
    if (dot <= 0) {
        return (wide)square(a, p) * (wide)(length2 ? length2 : 1);
    }
    if (dot >= length2) {
        return (wide)square(b, p) * (wide)length2;
    }
    int64_t cross = mvt_cross(a, b, p);
    uint64_t size = cross < 0 ? -(uint64_t)cross : (uint64_t)cross;
    return (wide)size * size;
}

/* The farthest vertex between the ends; 0 when none is beyond the tolerance. */
static uint32_t farthest(const struct tiles_grid_point *points, struct chain chain, uint32_t tolerance)
{
    struct tiles_grid_point a = points[chain.first], b = points[chain.last];
    int64_t length2 = square(a, b);
    wide most = (wide)((uint64_t)tolerance * tolerance) * (wide)(length2 ? length2 : 1);
    uint32_t found = 0;
    for (uint32_t i = chain.first + 1; i < chain.last; i++) {
        wide one = apart(a, b, length2, points[i]);
        if (one > most) {
            most = one;
            found = i;
        }
    }
    return found;
}

static void mark(const struct tiles_grid_point *points, uint32_t first, uint32_t last, uint32_t tolerance,
                 uint8_t *keep)
{
    struct chain stack[DEPTH_MAX];
    uint32_t waiting = 0;
    stack[waiting++] = (struct chain){first, last, 0};
    keep[first] = keep[last] = 1;
    while (waiting) {
        struct chain chain = stack[--waiting];
        uint32_t at = chain.last - chain.first < 2 ? 0 : farthest(points, chain, tolerance);
        if (!at) {
            continue;
        }
        at = chain.depth < DEPTH_FAIR ? at : chain.first + (chain.last - chain.first) / 2;
        keep[at] = 1;
        stack[waiting++] = (struct chain){chain.first, at, chain.depth + 1};
        stack[waiting++] = (struct chain){at, chain.last, chain.depth + 1};
    }
}

static uint32_t farthest_from(const struct tiles_grid_point *points, uint32_t count, uint32_t from)
{
    int64_t most = 0;
    uint32_t found = from;
    for (uint32_t i = 0; i < count; i++) {
        int64_t one = square(points[from], points[i]);
        if (one > most) {
            most = one;
            found = i;
        }
    }
    return found;
}

enum base_err mvt_simplify(struct tiles_mvt *mvt, const struct tiles_grid_point *points, uint32_t count, bool closed,
                           uint32_t tolerance, struct mvt_path *path)
{
    if (!mvt_path_room(path, count + 1) || !mvt_room(&mvt->keep, &mvt->keep_cap, count + 1, sizeof *mvt->keep)) {
        return BASE_NOMEM;
    }
    struct tiles_grid_point *to = path->points + path->vertices;
    if (tolerance == 0 || count < (closed ? 4 : 3)) {
        for (uint32_t i = 0; i < count; i++) {
            to[i] = points[i];
        }
        path->vertices += count;
        return BASE_OK;
    }
    /* A ring begins at a vertex that lies far out, so that a beginning within a wall does not stay. */
    uint32_t start = closed ? farthest_from(points, count, 0) : 0;
    uint32_t last = closed ? count : count - 1;
    for (uint32_t i = 0; i <= last; i++) {
        to[i] = points[start + i < count ? start + i : start + i - count];
        mvt->keep[i] = 0;
    }
    uint32_t turn = closed ? farthest_from(to, count, 0) : last;
    mark(to, 0, turn, tolerance, mvt->keep);
    if (closed) {
        mark(to, turn, last, tolerance, mvt->keep);
    }
    uint32_t kept = 0;
    for (uint32_t i = 0; i < last + !closed; i++) {
        to[kept] = to[i];
        kept += mvt->keep[i];
    }
    path->vertices += kept;
    return BASE_OK;
}
