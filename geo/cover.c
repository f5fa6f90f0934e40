/* What a track covers of a grid: for each row of cells the stretch within reach is calculated, and its bits are set at
 * once. Nothing here takes longer than the grid has rows and words, whatever the segment. */
#include "geo/cover_private.h"

#include <math.h>

#define FARTHEST_M 1e8 /* beyond, a reach is the whole earth anyway */
#define SHORTEST_M 1e-9

/* A segment in metres from the grid's corner, its lower end first. */
struct capsule {
    double ax, ay, bx, by;
    double ux, uy;         /* direction, uy >= 0; 0, 0 of a position */
    double per_ux, per_uy; /* 1 / ux, 1 / uy; 0 for 0 */
    double length, r, r2;
};

struct stretch {
    double from, to; /* empty when from > to */
};

static bool on_earth(struct geo_point point) /* false for what is not a number, too */
{
    return fabs(point.lon) <= 360 && fabs(point.lat) <= 90;
}

static double inverse(double value)
{
    return fabs(value) > 1e-300 ? 1 / value : 0;
}

static struct capsule capsule_of(const struct geo_cover_grid *grid, struct geo_point a, struct geo_point b, double r)
{
    bool turned = a.lat > b.lat || (a.lat == b.lat && a.lon > b.lon); /* one way or the other: the same cells */
    struct geo_point low = turned ? b : a, high = turned ? a : b;
    struct capsule c = {.ax = (low.lon - grid->origin.lon) * grid->east_m,
                        .ay = (low.lat - grid->origin.lat) * grid->north_m,
                        .bx = (high.lon - grid->origin.lon) * grid->east_m,
                        .by = (high.lat - grid->origin.lat) * grid->north_m,
                        .r = r,
                        .r2 = r * r};
    double dx = c.bx - c.ax, dy = c.by - c.ay;
    c.length = sqrt(dx * dx + dy * dy);
    if (c.length > SHORTEST_M) {
        c.ux = dx / c.length;
        c.uy = dy / c.length;
        c.per_ux = inverse(c.ux);
        c.per_uy = inverse(c.uy);
    }
    return c;
}

static void widen(struct stretch *stretch, double from, double to)
{
    stretch->from = from < stretch->from ? from : stretch->from;
    stretch->to = to > stretch->to ? to : stretch->to;
}

static void narrow(struct stretch *stretch, double from, double to)
{
    stretch->from = from > stretch->from ? from : stretch->from;
    stretch->to = to < stretch->to ? to : stretch->to;
}

/* Of the line y metres above a, what lies between the two sides and between the two ends; x from a. */
static struct stretch between(const struct capsule *c, double y)
{
    struct stretch all = {-INFINITY, INFINITY};
    if (c->per_uy > 0) {
        narrow(&all, (c->ux * y - c->r) * c->per_uy, (c->ux * y + c->r) * c->per_uy);
    } else if (fabs(y) > c->r) {
        all.to = -INFINITY;
    }
    double behind = -c->uy * y, before = c->length + behind;
    if (c->per_ux > 0) {
        narrow(&all, behind * c->per_ux, before * c->per_ux);
    } else if (c->per_ux < 0) {
        narrow(&all, before * c->per_ux, behind * c->per_ux);
    } else if (behind > 0 || before < 0) {
        all.to = -INFINITY;
    }
    return all;
}

/* The line at y meets both discs and what is between them in one stretch: together they are convex. */
static struct stretch reach(const struct capsule *c, double y)
{
    struct stretch whole = {INFINITY, -INFINITY};
    double from_a = y - c->ay, from_b = y - c->by;
    double a2 = c->r2 - from_a * from_a, b2 = c->r2 - from_b * from_b;
    if (a2 >= 0) {
        double half = sqrt(a2);
        widen(&whole, c->ax - half, c->ax + half);
    }
    if (b2 >= 0) {
        double half = sqrt(b2);
        widen(&whole, c->bx - half, c->bx + half);
    }
    if (c->length > SHORTEST_M) {
        struct stretch middle = between(c, from_a);
        if (middle.from <= middle.to) {
            widen(&whole, c->ax + middle.from, c->ax + middle.to);
        }
    }
    return whole;
}

/* Sets count bits from bit `from` on where the mask has them; gives how many are new. */
static uint32_t set_bits(const uint8_t *mask, uint8_t *bits, size_t bytes, size_t from, size_t count)
{
    uint32_t fresh = 0;
    while (count) {
        size_t byte = from / 8;
        unsigned skipped = from % 8;
        unsigned taken = count < 64 - skipped ? (unsigned)count : 64 - skipped;
        uint64_t wanted = UINT64_MAX << (64 - taken) >> skipped;
        uint64_t old = geo_cover_load(bits, byte, bytes);
        uint64_t more = geo_cover_load(mask, byte, bytes) & wanted & ~old;
        if (more) {
            geo_cover_store(bits, byte, bytes, old | more);
            fresh += geo_cover_ones(more);
        }
        from += taken;
        count -= taken;
    }
    return fresh;
}

uint32_t geo_cover_segment(const struct geo_cover_grid *grid, struct geo_point a, struct geo_point b,
                           double half_width_m, uint8_t *bits)
{
    if (!on_earth(a) || !on_earth(b) || !(half_width_m >= 0)) {
        return 0;
    }
    struct capsule c = capsule_of(grid, a, b, half_width_m < FARTHEST_M ? half_width_m : FARTHEST_M);
    double west = fmin(c.ax, c.bx) - c.r, east = fmax(c.ax, c.bx) + c.r;
    double per_cell = 1 / grid->cell_m;
    int64_t width = grid->width, height = grid->height;
    if (east < 0 || west > (double)width * grid->cell_m) {
        return 0;
    }
    size_t bytes = geo_cover_bytes(grid);
    uint32_t fresh = 0;
    for (int64_t row = geo_cover_first((c.ay - c.r) * per_cell, height); row < height; row++) {
        double y = ((double)row + 0.5) * grid->cell_m;
        if (y > c.by + c.r) {
            break;
        }
        struct stretch stretch = reach(&c, y);
        double last = stretch.to * per_cell - 0.5; /* of the cells counted in cells, as a middle */
        if (!(last >= 0) || stretch.from > stretch.to) {
            continue;
        }
        int64_t from = geo_cover_first(stretch.from * per_cell, width);
        int64_t end = last >= (double)width ? width : (int64_t)last + 1;
        if (from < end) {
            fresh += set_bits(grid->mask, bits, bytes, (size_t)(row * width + from), (size_t)(end - from));
        }
    }
    return fresh;
}

uint32_t geo_cover_count(const struct geo_cover_grid *grid, const uint8_t *bits)
{
    size_t bytes = geo_cover_bytes(grid);
    uint32_t count = 0;
    for (size_t byte = 0; byte < bytes; byte += 8) {
        count += geo_cover_ones(geo_cover_load(bits, byte, bytes) & geo_cover_load(grid->mask, byte, bytes));
    }
    return count;
}

void geo_cover_join(const struct geo_cover_grid *grid, uint8_t *bits, const uint8_t *more)
{
    size_t bytes = geo_cover_bytes(grid);
    for (size_t byte = 0; byte < bytes; byte += 8) {
        geo_cover_store(bits, byte, bytes, geo_cover_load(bits, byte, bytes) | geo_cover_load(more, byte, bytes));
    }
}
