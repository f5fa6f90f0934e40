/* Areas in the plane: is it inside, how far apart, and the few round and oblong shapes that gardens and lawns take. */
#include "sensors/district.h"

#include <math.h>

bool sensors_district_ring_contains(const struct district_line *ring, struct district_point p)
{
    bool inside = false;
    for (size_t i = 0, k = ring->count - 1; i < ring->count; k = i++) {
        struct district_point a = ring->at[i];
        struct district_point b = ring->at[k];
        if ((a.y > p.y) != (b.y > p.y) && p.x < a.x + (p.y - a.y) * (b.x - a.x) / (b.y - a.y)) {
            inside = !inside;
        }
    }
    return inside;
}

static double point_to_segment(struct district_point p, struct district_point a, struct district_point b)
{
    double dx = b.x - a.x;
    double dy = b.y - a.y;
    double square = dx * dx + dy * dy;
    double t = square > 0 ? ((p.x - a.x) * dx + (p.y - a.y) * dy) / square : 0;
    t = fmin(fmax(t, 0), 1);
    dx = p.x - a.x - t * dx;
    dy = p.y - a.y - t * dy;
    return sqrt(dx * dx + dy * dy); /* hypot is five times slower, and nothing here is huge */
}

static double side_of(struct district_point a, struct district_point b, struct district_point p)
{
    return (b.x - a.x) * (p.y - a.y) - (b.y - a.y) * (p.x - a.x);
}

static double segment_distance(struct district_point a, struct district_point b, struct district_point c,
                               struct district_point d)
{
    if (side_of(a, b, c) * side_of(a, b, d) < 0 && side_of(c, d, a) * side_of(c, d, b) < 0) {
        return 0;
    }
    return fmin(fmin(point_to_segment(a, c, d), point_to_segment(b, c, d)),
                fmin(point_to_segment(c, a, b), point_to_segment(d, a, b)));
}

/* Between the lines themselves: a ring inside another is as far away as its edge. */
double sensors_district_ring_distance(const struct district_line *a, bool a_closed, const struct district_line *b,
                                      bool b_closed)
{
    double best = INFINITY;
    for (size_t i = 0; i + !a_closed < a->count; i++) {
        for (size_t k = 0; k + !b_closed < b->count; k++) {
            best =
                fmin(best, segment_distance(a->at[i], a->at[(i + 1) % a->count], b->at[k], b->at[(k + 1) % b->count]));
        }
    }
    return best;
}

bool sensors_district_ring_inside(const struct district_line *ring, const struct district_line *outer)
{
    return ring->count && sensors_district_ring_contains(outer, ring->at[0]) &&
           sensors_district_ring_distance(ring, true, outer, true) > 0;
}

struct district_point sensors_district_ring_centre(const struct district_line *ring)
{
    double area = 0;
    struct district_point sum = {0, 0};
    for (size_t i = 0; i < ring->count; i++) {
        struct district_point a = ring->at[i];
        struct district_point b = ring->at[(i + 1) % ring->count];
        double cross = a.x * b.y - b.x * a.y;
        area += cross;
        sum.x += (a.x + b.x) * cross;
        sum.y += (a.y + b.y) * cross;
    }
    return area == 0 ? sum : (struct district_point){sum.x / (3 * area), sum.y / (3 * area)};
}

struct district_line sensors_district_ring_cut(struct district *district, const struct district_line *ring,
                                               struct district_point normal, double limit)
{
    struct district_line kept = {0};
    for (size_t i = 0; i < ring->count; i++) {
        struct district_point a = ring->at[i];
        struct district_point b = ring->at[(i + 1) % ring->count];
        double over_a = a.x * normal.x + a.y * normal.y - limit;
        double over_b = b.x * normal.x + b.y * normal.y - limit;
        if (over_a <= 0) {
            sensors_district_line_add(district, &kept, a);
        }
        if ((over_a < 0 && over_b > 0) || (over_a > 0 && over_b < 0)) {
            double t = over_a / (over_a - over_b);
            sensors_district_line_add(district, &kept,
                                      (struct district_point){a.x + (b.x - a.x) * t, a.y + (b.y - a.y) * t});
        }
    }
    return kept;
}

struct district_line sensors_district_ring_oblong(struct district *district, struct district_span u,
                                                  struct district_span v, double corner)
{
    struct district_line ring = {0};
    corner = fmin(corner, fmin(u.high - u.low, v.high - v.low) / 2);
    const struct district_point centres[] = {{u.high - corner, v.low + corner},
                                             {u.high - corner, v.high - corner},
                                             {u.low + corner, v.high - corner},
                                             {u.low + corner, v.low + corner}};
    int steps = corner > 0.1 ? 4 : 0;
    for (int i = 0; i < 4; i++) {
        for (int k = 0; k <= steps; k++) {
            double angle = (i - 1) * M_PI / 2 + (steps ? k * M_PI / 2 / steps : 0);
            sensors_district_line_add(
                district, &ring,
                (struct district_point){centres[i].x + corner * cos(angle), centres[i].y + corner * sin(angle)});
        }
    }
    return ring;
}

/* Two gentle waves on an ellipse: a pond, a lawn in a park. */
struct district_line sensors_district_ring_blob(struct district *district, struct district_point centre, double rx,
                                                double ry, struct sensors_seeded *random)
{
    struct district_line ring = {0};
    double phase2 = sensors_seeded_real(random, 0, 2 * M_PI);
    double phase3 = sensors_seeded_real(random, 0, 2 * M_PI);
    for (int i = 0; i < 48; i++) {
        double angle = 2 * M_PI * i / 48;
        double wave = 1 + 0.13 * cos(2 * angle + phase2) + 0.08 * cos(3 * angle + phase3);
        sensors_district_line_add(
            district, &ring,
            (struct district_point){centre.x + rx * wave * cos(angle), centre.y + ry * wave * sin(angle)});
    }
    return ring;
}

struct district_line sensors_district_ring_moved(struct district *district, const struct district_line *ring,
                                                 double angle, struct district_point by)
{
    struct district_line moved = {0};
    for (size_t i = 0; i < ring->count; i++) {
        struct district_point p = ring->at[i];
        sensors_district_line_add(district, &moved,
                                  (struct district_point){by.x + p.x * cos(angle) - p.y * sin(angle),
                                                          by.y + p.x * sin(angle) + p.y * cos(angle)});
    }
    return moved;
}

/* Where the horizontal at v enters and leaves a ring that bulges little. */
static bool chord(const struct district_line *ring, double v, struct district_span *ret_u)
{
    struct district_span u = {INFINITY, -INFINITY};
    for (size_t i = 0; i < ring->count; i++) {
        struct district_point a = ring->at[i];
        struct district_point b = ring->at[(i + 1) % ring->count];
        if ((a.y > v) != (b.y > v)) {
            double at = a.x + (v - a.y) * (b.x - a.x) / (b.y - a.y);
            u.low = fmin(u.low, at);
            u.high = fmax(u.high, at);
        }
    }
    if (u.low >= u.high) {
        return false;
    }
    *ret_u = u;
    return true;
}

bool sensors_district_ring_band(const struct district_line *ring_uv, struct district_span v,
                                struct district_span *ret_u)
{
    enum { SAMPLES = 9 };
    struct district_span free_u = {-INFINITY, INFINITY};
    for (int i = 0; i < SAMPLES; i++) {
        struct district_span u;
        if (!chord(ring_uv, v.low + (v.high - v.low) * i / (SAMPLES - 1), &u)) {
            return false;
        }
        free_u.low = fmax(free_u.low, u.low);
        free_u.high = fmin(free_u.high, u.high);
    }
    if (free_u.low >= free_u.high) {
        return false;
    }
    *ret_u = free_u;
    return true;
}
