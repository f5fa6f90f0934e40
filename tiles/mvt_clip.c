/* What of a geometry lies in a tile with its buffer: polygons by Sutherland and Hodgman (1974), or taken apart
 * where a border cuts a ring into several, and repaired where edges are left on top of each other; lines by Liang and
 * Barsky (1984); points by looking. */
#include "tiles/mvt_private.h"

#include <stdlib.h>

static const int64_t LEAST = -MVT_BUFFER, MOST = MVT_EXTENT + MVT_BUFFER;

typedef __int128 wide;

static bool inside(struct mvt_far point)
{
    return point.x >= LEAST && point.x <= MOST && point.y >= LEAST && point.y <= MOST;
}

static bool run_room(struct tiles_mvt *mvt, struct mvt_run *run, uint32_t need)
{
    if (!mvt->path.err && !mvt_room(&run->points, &run->cap, need, sizeof *run->points)) {
        mvt->path.err = BASE_NOMEM;
    }
    return !mvt->path.err;
}

/* Rounded to the nearest; b is not 0. */
static int64_t divide(wide a, wide b)
{
    if (b < 0) {
        a = -a;
        b = -b;
    }
    return (int64_t)(a >= 0 ? (a + b / 2) / b : -((-a + b / 2) / b));
}

/* Where a-b is at x = at: the same for b-a, so that neighbours are cut at the same place. */
static int64_t crossing(int64_t ax, int64_t ay, int64_t bx, int64_t by, int64_t at)
{
    return ax <= bx ? ay + divide((wide)(by - ay) * (at - ax), bx - ax)
                    : by + divide((wide)(ay - by) * (at - bx), ax - bx);
}

/* --- polygons --- */
struct border { /* points on the wrong side of it go */
    bool vertical, upper;
};

static const struct border borders[] = {{true, false}, {true, true}, {false, false}, {false, true}};

static bool beyond(struct mvt_far point, struct border border)
{
    int64_t value = border.vertical ? point.x : point.y;
    return border.upper ? value > MOST : value < LEAST;
}

static struct mvt_far cut(struct mvt_far a, struct mvt_far b, struct border border)
{
    int64_t at = border.upper ? MOST : LEAST;
    return border.vertical ? (struct mvt_far){at, crossing(a.x, a.y, b.x, b.y, at)}
                           : (struct mvt_far){crossing(a.y, a.x, b.y, b.x, at), at};
}

static bool cut_ring(struct tiles_mvt *mvt, struct border border)
{
    struct mvt_run *from = &mvt->run, *to = &mvt->other;
    if (!run_room(mvt, to, from->count * 2)) {
        return false;
    }
    uint32_t count = 0;
    for (uint32_t i = 0; i < from->count; i++) {
        struct mvt_far a = from->points[i ? i - 1 : from->count - 1], b = from->points[i];
        bool a_out = beyond(a, border), b_out = beyond(b, border);
        if (a_out != b_out) {
            to->points[count++] = cut(a, b, border);
        }
        if (!b_out) {
            to->points[count++] = b;
        }
    }
    to->count = count;
    struct mvt_run swap = *from;
    *from = *to;
    *to = swap;
    return true;
}

/* --- a ring that a border cuts into several ---
 * Sutherland and Hodgman would leave them joined by edges on top of each other. What is left of it is chains from the
 * border to the border; their ends, in order along it, are joined by twos: there the inside lies on the border. */
enum { CHAINS_MAX = 32 };

struct chain {
    uint32_t first, end;    /* in points */
    int64_t enters, leaves; /* where along the border */
    uint32_t next;          /* the chain that begins where the inside goes on from its end */
    bool taken;
};

struct chains {
    struct mvt_far *points;
    struct chain all[CHAINS_MAX];
    uint32_t count;
};

static uint32_t crossings(const struct mvt_run *run, struct border border)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < run->count; i++) {
        count += beyond(run->points[i ? i - 1 : run->count - 1], border) != beyond(run->points[i], border);
    }
    return count;
}

static int64_t along(struct mvt_far point, struct border border)
{
    return border.vertical ? point.y : point.x;
}

static void chains_of(const struct mvt_run *run, struct border border, struct chains *chains)
{
    uint32_t start = 0, made = 0;
    while (!beyond(run->points[start], border)) {
        start++;
    }
    chains->count = 0;
    for (uint32_t i = 1; i <= run->count; i++) {
        struct mvt_far a = run->points[(start + i - 1) % run->count], b = run->points[(start + i) % run->count];
        bool a_out = beyond(a, border), b_out = beyond(b, border);
        struct chain *chain = &chains->all[chains->count];
        if (a_out && !b_out) {
            chains->points[made] = cut(a, b, border);
            *chain = (struct chain){.first = made, .enters = along(chains->points[made], border)};
            made++;
        }
        if (!b_out) {
            chains->points[made++] = b;
        } else if (!a_out) {
            chains->points[made] = cut(a, b, border);
            chain->leaves = along(chains->points[made], border);
            chain->end = ++made;
            chains->count++;
        }
    }
}

/* False: the ends do not go together by twos, because some of them fall on one point. */
static bool chains_link(struct chains *chains)
{
    struct end {
        int64_t at;
        uint32_t chain;
        bool leaves;
    } ends[CHAINS_MAX * 2];
    uint32_t count = 0;
    for (uint32_t i = 0; i < chains->count * 2; i++) {
        const struct chain *chain = &chains->all[i / 2];
        struct end end = {i % 2 ? chain->leaves : chain->enters, i / 2, i % 2};
        uint32_t at = count++;
        for (; at && ends[at - 1].at > end.at; at--) {
            ends[at] = ends[at - 1];
        }
        ends[at] = end;
    }
    for (uint32_t i = 0; i < count; i += 2) {
        const struct end *one = &ends[i], *other = &ends[i + 1];
        if (one->leaves == other->leaves || (i && one->at == ends[i - 1].at)) {
            return false;
        }
        chains->all[one->leaves ? one->chain : other->chain].next = one->leaves ? other->chain : one->chain;
    }
    return true;
}

/* The ring that begins with the chain, into mvt->run. */
static bool chains_ring(struct tiles_mvt *mvt, struct chains *chains, uint32_t chain)
{
    struct mvt_run *run = &mvt->run;
    run->count = 0;
    for (; !chains->all[chain].taken; chain = chains->all[chain].next) {
        struct chain *each = &chains->all[chain];
        if (!run_room(mvt, run, run->count + each->end - each->first)) {
            return false;
        }
        for (uint32_t i = each->first; i < each->end; i++) {
            run->points[run->count++] = chains->points[i];
        }
        each->taken = true;
    }
    return true;
}

static bool take_ring(struct tiles_mvt *mvt, size_t side, bool hole, bool alone);

/* Cuts mvt->run, which that border cuts into several rings; they become polygons of their own. */
static bool take_apart(struct tiles_mvt *mvt, size_t side)
{
    struct chains chains = {.points = malloc(mvt->run.count * 2 * sizeof *chains.points)};
    bool some = false;
    if (!chains.points) {
        mvt->path.err = BASE_NOMEM;
        return false;
    }
    chains_of(&mvt->run, borders[side], &chains);
    if (!chains_link(&chains)) {
        some = cut_ring(mvt, borders[side]) && take_ring(mvt, side + 1, false, true);
    } else {
        for (uint32_t i = 0; i < chains.count; i++) {
            if (!chains.all[i].taken && chains_ring(mvt, &chains, i)) {
                some = take_ring(mvt, side + 1, false, true) || some;
                mvt_path_part_end(&mvt->path);
            }
        }
    }
    free(chains.points);
    return some;
}

/* Cuts mvt->run, a ring, by the borders from that one on, and appends it to mvt->path. alone: its polygon has no other
 * rings. False: nothing is left. */
static bool take_ring(struct tiles_mvt *mvt, size_t side, bool hole, bool alone)
{
    for (; side < BASE_COUNT(borders) && mvt->run.count; side++) {
        uint32_t crossed = crossings(&mvt->run, borders[side]);
        if (alone && crossed > 2 && crossed <= CHAINS_MAX * 2) {
            return take_apart(mvt, side);
        }
        if ((crossed || beyond(mvt->run.points[0], borders[side])) && !cut_ring(mvt, borders[side])) {
            return false;
        }
    }
    for (uint32_t i = 0; i < mvt->run.count; i++) {
        mvt_path_point(&mvt->path, (int32_t)mvt->run.points[i].x, (int32_t)mvt->run.points[i].y);
    }
    return mvt_path_ring_end(&mvt->path, hole);
}

static bool covers_all(const struct mvt_path *path, uint32_t ring)
{
    uint32_t first = mvt_path_first(path, ring);
    bool corners = path->ring_ends[ring] - first == 4;
    for (uint32_t i = first; i < path->ring_ends[ring] && corners; i++) {
        struct tiles_grid_point point = path->points[i];
        corners = (point.x == LEAST || point.x == MOST) && (point.y == LEAST || point.y == MOST);
    }
    return corners;
}

struct parts { /* polygons as their rings come by */
    uint32_t first;
    bool open;  /* the polygon under way has an outside in the tile */
    bool alone; /* there is one ring altogether */
};

/* mvt->run is the next ring. */
static void next_ring(struct tiles_mvt *mvt, struct parts *parts, bool hole)
{
    struct mvt_path *path = &mvt->path;
    if (!hole) {
        mvt_path_part_end(path);
        parts->first = path->rings;
        parts->open = true;
    }
    if (!parts->open) {
        return;
    }
    bool kept = take_ring(mvt, 0, hole, parts->alone);
    if (!hole) {
        parts->open = kept;
    } else if (kept && covers_all(path, path->rings - 1)) { /* the tile lies in the hole */
        path->rings = parts->first;
        path->vertices = mvt_path_first(path, path->rings);
        parts->open = false;
    }
}

/* --- lines --- */
/* The part of a-b that is inside, from *t0 to *t1 of the way; the ends as fractions over one number would not fit, and
 * doubles say surely enough which border comes first. */
static bool span(struct mvt_far a, struct mvt_far b, double *t0, double *t1)
{
    const double d[4] = {(double)(a.x - b.x), (double)(b.x - a.x), (double)(a.y - b.y), (double)(b.y - a.y)};
    const double q[4] = {(double)(a.x - LEAST), (double)(MOST - a.x), (double)(a.y - LEAST), (double)(MOST - a.y)};
    *t0 = 0;
    *t1 = 1;
    for (int i = 0; i < 4; i++) {
        if (d[i] == 0) {
            if (q[i] < 0) {
                return false;
            }
        } else if (d[i] < 0) {
            *t0 = q[i] / d[i] > *t0 ? q[i] / d[i] : *t0;
        } else {
            *t1 = q[i] / d[i] < *t1 ? q[i] / d[i] : *t1;
        }
    }
    return *t0 <= *t1;
}

static int32_t between(int64_t a, int64_t b, double t)
{
    double at = (double)a + (double)(b - a) * t;
    at = at < (double)LEAST ? (double)LEAST : at > (double)MOST ? (double)MOST : at;
    return (int32_t)(at < 0 ? at - 0.5 : at + 0.5);
}

/* mvt->run is a line. */
static void take_line(struct tiles_mvt *mvt)
{
    struct mvt_path *path = &mvt->path;
    for (uint32_t i = 1; i < mvt->run.count; i++) {
        struct mvt_far a = mvt->run.points[i - 1], b = mvt->run.points[i];
        double t0, t1;
        if (!span(a, b, &t0, &t1)) {
            continue;
        }
        if (path->vertices == mvt_path_first(path, path->rings)) {
            mvt_path_point(path, between(a.x, b.x, t0), between(a.y, b.y, t0));
        }
        mvt_path_point(path, between(a.x, b.x, t1), between(a.y, b.y, t1));
        if (!inside(b)) {
            (void)mvt_path_line_end(path);
        }
    }
    (void)mvt_path_line_end(path);
}

static void take_points(struct tiles_mvt *mvt)
{
    for (uint32_t i = 0; i < mvt->run.count; i++) {
        if (inside(mvt->run.points[i])) {
            mvt_path_point(&mvt->path, (int32_t)mvt->run.points[i].x, (int32_t)mvt->run.points[i].y);
        }
    }
}

/* --- commands into runs --- */
struct decoder {
    const uint8_t *at, *end;
    struct mvt_far pen;
};

static uint32_t varint(struct decoder *decoder)
{
    uint32_t value = 0;
    for (int shift = 0; shift < 32 && decoder->at < decoder->end; shift += 7) {
        uint8_t byte = *decoder->at++;
        value |= (uint32_t)(byte & 0x7f) << shift;
        if (!(byte & 0x80)) {
            break;
        }
    }
    return value;
}

static int64_t parameter(struct decoder *decoder)
{
    uint32_t value = varint(decoder);
    return (int64_t)(value >> 1) ^ -(int64_t)(value & 1);
}

static void move(struct decoder *decoder)
{
    decoder->pen.x += parameter(decoder);
    decoder->pen.y += parameter(decoder);
}

/* The ring or line whose MoveTo has been read; then the next MoveTo, if there is one. */
static bool decode(struct tiles_mvt *mvt, struct decoder *decoder, enum geo_shape_type type, bool *ret_more)
{
    uint32_t count = type == GEO_SHAPE_POINT ? (uint32_t)(decoder->end - decoder->at) / 2 : varint(decoder) >> 3;
    size_t left = (size_t)(decoder->end - decoder->at);
    count = count > left / 2 ? (uint32_t)(left / 2) : count;
    if (!run_room(mvt, &mvt->run, count + 1)) {
        return false;
    }
    struct mvt_far *points = mvt->run.points;
    points[0] = decoder->pen;
    uint32_t made = 1;
    for (uint32_t i = 0; i < count && decoder->at < decoder->end; i++) {
        move(decoder);
        points[made++] = decoder->pen;
    }
    mvt->run.count = made;
    if (type == GEO_SHAPE_AREA) {
        (void)varint(decoder); /* ClosePath */
    }
    *ret_more = decoder->at < decoder->end;
    if (*ret_more) {
        (void)varint(decoder); /* MoveTo */
        move(decoder);
    }
    return true;
}

/* Outsides turn one way, holes the other. */
static bool is_hole(const struct mvt_run *run)
{
    wide sum = 0;
    for (uint32_t i = 2; i < run->count; i++) {
        struct mvt_far o = run->points[0], a = run->points[i - 1], b = run->points[i];
        sum += (wide)(a.x - o.x) * (b.y - o.y) - (wide)(a.y - o.y) * (b.x - o.x);
    }
    return sum < 0;
}

/* --- both --- */
static void take(struct tiles_mvt *mvt, enum geo_shape_type type, struct parts *parts, bool hole)
{
    if (type == GEO_SHAPE_AREA) {
        next_ring(mvt, parts, hole);
    } else if (type == GEO_SHAPE_LINE) {
        take_line(mvt);
    } else {
        take_points(mvt);
    }
}

/* Makes mvt->path valid and encodes it. */
static enum base_err finish(struct tiles_mvt *mvt, struct base_buf *clipped, struct tiles_grid_point *ret_first,
                            bool *ret_some, struct base_diag *diag)
{
    struct mvt_path *path = &mvt->path;
    if (path->type == GEO_SHAPE_AREA) {
        mvt_path_part_end(path);
        bool repair = !path->err && path->rings && !mvt_valid(mvt, path);
        enum base_err err = repair && !path->err ? mvt_repair(mvt, diag) : BASE_OK;
        if (err) {
            return err;
        }
    }
    bool some = !path->err && mvt_encode(path, clipped, ret_first);
    if (path->err || clipped->err) {
        return base_diag_set(diag, path->err ? path->err : clipped->err, "no room for a geometry in a tile");
    }
    *ret_some = some;
    return BASE_OK;
}

enum base_err tiles_mvt_clip(struct tiles_mvt *mvt, const struct tiles_encoded *shape, struct tiles_address address,
                             struct base_buf *clipped, struct tiles_grid_point *ret_first, bool *ret_some,
                             struct base_diag *diag)
{
    const uint8_t *at = (const uint8_t *)shape->commands.at;
    struct decoder decoder = {.at = at, .end = at + shape->commands.len};
    decoder.pen.x = shape->first.x - (int64_t)address.x * MVT_EXTENT;
    decoder.pen.y = shape->first.y - (int64_t)address.y * MVT_EXTENT;
    struct parts parts = {.alone = true};
    mvt_path_reset(&mvt->path, shape->type);
    for (bool more = true; more && decode(mvt, &decoder, shape->type, &more);) {
        parts.alone = parts.alone && !more;
        take(mvt, shape->type, &parts, shape->type == GEO_SHAPE_AREA && is_hole(&mvt->run));
    }
    return finish(mvt, clipped, ret_first, ret_some, diag);
}

/* World coordinate in the grid of the zoom, relative to the tile. */
static int64_t placed(uint32_t world, uint32_t zoom, uint32_t tile)
{
    int64_t grid = zoom < 20    ? ((int64_t)world + ((int64_t)1 << (19 - zoom))) >> (20 - zoom)
                   : zoom == 20 ? (int64_t)world
                                : (int64_t)world << (zoom - 20);
    return grid - (int64_t)tile * MVT_EXTENT;
}

enum base_err tiles_mvt_deep(struct tiles_mvt *mvt, const struct tiles_shape *shape, struct tiles_address address,
                             struct base_buf *clipped, struct tiles_grid_point *ret_first, bool *ret_some,
                             struct base_diag *diag)
{
    struct parts parts = {.alone = shape->rings == 1};
    uint32_t at = 0;
    mvt_path_reset(&mvt->path, shape->type);
    for (uint32_t part = 0, ring = 0; part < shape->parts; part++) {
        for (uint32_t outside = ring; ring < shape->part_ends[part]; ring++) {
            uint32_t count = shape->ring_ends[ring] - at;
            if (!run_room(mvt, &mvt->run, count)) {
                break;
            }
            for (mvt->run.count = 0; mvt->run.count < count; at++) {
                struct tiles_point point = shape->points[at];
                mvt->run.points[mvt->run.count++] =
                    (struct mvt_far){placed(point.x, address.z, address.x), placed(point.y, address.z, address.y)};
            }
            take(mvt, shape->type, &parts, ring != outside);
        }
    }
    return finish(mvt, clipped, ret_first, ret_some, diag);
}
