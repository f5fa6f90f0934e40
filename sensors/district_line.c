/* Lines in the plane: the streets, lanes and patrol loops of the demo district are made of these few operations. */
#include "sensors/district.h"

#include <math.h>
#include <string.h>

static double length_of(struct district_point a, struct district_point b)
{
    return hypot(b.x - a.x, b.y - a.y);
}

static struct district_point between(struct district_point a, struct district_point b, double t)
{
    return (struct district_point){a.x + (b.x - a.x) * t, a.y + (b.y - a.y) * t};
}

void sensors_district_line_add(struct district *district, struct district_line *line, struct district_point point)
{
    if (line->count && length_of(line->at[line->count - 1], point) < 0.01) {
        return; /* no two equal points in a row: every segment has a direction */
    }
    if (line->count == line->cap) {
        size_t cap = line->cap ? line->cap * 2 : 16;
        struct district_point *grown = base_arena_alloc(&district->arena, cap * sizeof *grown);
        if (!grown) {
            district->err = BASE_LIMIT;
            return;
        }
        if (line->count) {
            memcpy(grown, line->at, line->count * sizeof *grown);
        }
        line->at = grown;
        line->cap = cap;
    }
    line->at[line->count++] = point;
}

void sensors_district_line_join(struct district *district, struct district_line *line, const struct district_line *more)
{
    for (size_t i = 0; i < more->count; i++) {
        sensors_district_line_add(district, line, more->at[i]);
    }
}

static double catmull_rom(double a, double b, double c, double d, double t)
{
    return 0.5 * (2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t * t + (3 * b - a - 3 * c + d) * t * t * t);
}

struct district_line sensors_district_line_curve(struct district *district, const struct district_point *control,
                                                 size_t count, double step)
{
    struct district_line line = {0};
    for (size_t i = 0; i + 1 < count; i++) {
        struct district_point b = control[i];
        struct district_point c = control[i + 1];
        struct district_point a = i ? control[i - 1] : between(c, b, 2);
        struct district_point d = i + 2 < count ? control[i + 2] : between(b, c, 2);
        int parts = (int)ceil(length_of(b, c) / step);
        for (int k = 0; k < parts; k++) {
            double t = (double)k / parts;
            sensors_district_line_add(
                district, &line,
                (struct district_point){catmull_rom(a.x, b.x, c.x, d.x, t), catmull_rom(a.y, b.y, c.y, d.y, t)});
        }
    }
    if (count) {
        sensors_district_line_add(district, &line, control[count - 1]);
    }
    return line;
}

/* The left normal at point i, lengthened at bends so that the parallel keeps its distance (mitre). */
static struct district_point normal_at(const struct district_line *line, size_t i)
{
    struct district_point p = line->at[i ? i - 1 : i];
    struct district_point q = line->at[i];
    struct district_point r = line->at[i + 1 < line->count ? i + 1 : i];
    double in = atan2(q.y - p.y, q.x - p.x);
    double out = atan2(r.y - q.y, r.x - q.x);
    in = i == 0 ? out : in;
    out = i + 1 == line->count ? in : out;
    double half = remainder(out - in, 2 * M_PI) / 2;
    double angle = in + half + M_PI / 2;
    double mitre = 1 / fmax(cos(half), 0.5);
    return (struct district_point){cos(angle) * mitre, sin(angle) * mitre};
}

struct district_line sensors_district_line_offset(struct district *district, const struct district_line *line,
                                                  double distance)
{
    struct district_line offset = {0};
    for (size_t i = 0; i < line->count && line->count > 1; i++) {
        struct district_point normal = normal_at(line, i);
        sensors_district_line_add(
            district, &offset,
            (struct district_point){line->at[i].x + normal.x * distance, line->at[i].y + normal.y * distance});
    }
    return offset;
}

/* Segments a-b and c-d: where along each (0 to 1) they meet. */
static bool segments_cross(struct district_point a, struct district_point b, struct district_point c,
                           struct district_point d, double *ret_t, double *ret_s)
{
    double det = (b.x - a.x) * (d.y - c.y) - (b.y - a.y) * (d.x - c.x);
    if (fabs(det) < 1e-12) {
        return false;
    }
    double t = ((c.x - a.x) * (d.y - c.y) - (c.y - a.y) * (d.x - c.x)) / det;
    double s = ((c.x - a.x) * (b.y - a.y) - (c.y - a.y) * (b.x - a.x)) / det;
    if (t < 0 || t > 1 || s < 0 || s > 1) {
        return false;
    }
    *ret_t = t;
    *ret_s = s;
    return true;
}

bool sensors_district_line_cross(const struct district_line *a, const struct district_line *b, double *ret_a,
                                 double *ret_b)
{
    double along_a = 0;
    for (size_t i = 0; i + 1 < a->count; i++) {
        double length_a = length_of(a->at[i], a->at[i + 1]);
        double along_b = 0;
        for (size_t k = 0; k + 1 < b->count; k++) {
            double length_b = length_of(b->at[k], b->at[k + 1]);
            double t, s;
            if (segments_cross(a->at[i], a->at[i + 1], b->at[k], b->at[k + 1], &t, &s)) {
                *ret_a = along_a + t * length_a;
                *ret_b = along_b + s * length_b;
                return true;
            }
            along_b += length_b;
        }
        along_a += length_a;
    }
    return false;
}

double sensors_district_line_length(const struct district_line *line)
{
    double length = 0;
    for (size_t i = 0; i + 1 < line->count; i++) {
        length += length_of(line->at[i], line->at[i + 1]);
    }
    return length;
}

struct district_point sensors_district_line_at(const struct district_line *line, double metre, double *ret_angle)
{
    struct district_point at = {0, 0};
    for (size_t i = 0; i + 1 < line->count; i++) {
        struct district_point a = line->at[i];
        struct district_point b = line->at[i + 1];
        double length = length_of(a, b);
        if (metre <= length || i + 2 == line->count) {
            if (ret_angle) {
                *ret_angle = atan2(b.y - a.y, b.x - a.x);
            }
            at = between(a, b, fmin(fmax(metre / length, 0), 1));
            break;
        }
        metre -= length;
    }
    return at;
}

struct district_line sensors_district_line_reversed(struct district *district, const struct district_line *line)
{
    struct district_line reversed = {0};
    for (size_t i = line->count; i > 0; i--) {
        sensors_district_line_add(district, &reversed, line->at[i - 1]);
    }
    return reversed;
}

struct district_line sensors_district_line_part(struct district *district, const struct district_line *line, double a,
                                                double b)
{
    struct district_line part = {0};
    double low = fmin(a, b);
    double high = fmax(a, b);
    double along = 0;
    sensors_district_line_add(district, &part, sensors_district_line_at(line, low, NULL));
    for (size_t i = 0; i + 1 < line->count; i++) {
        along += length_of(line->at[i], line->at[i + 1]);
        if (along > low && along < high) {
            sensors_district_line_add(district, &part, line->at[i + 1]);
        }
    }
    sensors_district_line_add(district, &part, sensors_district_line_at(line, high, NULL));
    return a <= b ? part : sensors_district_line_reversed(district, &part);
}

struct district_line sensors_district_line_closed(struct district *district, const struct district_line *ring)
{
    struct district_line closed = {0};
    sensors_district_line_join(district, &closed, ring);
    if (ring->count) {
        sensors_district_line_add(district, &closed, ring->at[0]);
    }
    return closed;
}

struct district_line sensors_district_line_ring_part(struct district *district, const struct district_line *ring,
                                                     double a, double b)
{
    struct district_line closed = sensors_district_line_closed(district, ring);
    double length = sensors_district_line_length(&closed);
    if (fabs(b - a) <= length / 2) {
        return sensors_district_line_part(district, &closed, a, b);
    }
    /* The short way leads over the ring's first point. */
    struct district_line part = sensors_district_line_part(district, &closed, a, a < b ? 0 : length);
    struct district_line rest = sensors_district_line_part(district, &closed, a < b ? length : 0, b);
    sensors_district_line_join(district, &part, &rest);
    return part;
}

double sensors_district_line_nearest(const struct district_line *line, struct district_point p)
{
    double best = INFINITY;
    double best_along = 0;
    double along = 0;
    for (size_t i = 0; i + 1 < line->count; i++) {
        struct district_point a = line->at[i];
        struct district_point b = line->at[i + 1];
        double length = length_of(a, b);
        double t = ((p.x - a.x) * (b.x - a.x) + (p.y - a.y) * (b.y - a.y)) / (length * length);
        t = fmin(fmax(t, 0), 1);
        double distance = length_of(p, between(a, b, t));
        if (distance < best) {
            best = distance;
            best_along = along + t * length;
        }
        along += length;
    }
    return best_along;
}

struct district_line sensors_district_line_strip(struct district *district, const struct district_line *line,
                                                 double right, double left)
{
    struct district_line strip = sensors_district_line_offset(district, line, -right);
    struct district_line other = sensors_district_line_offset(district, line, left);
    struct district_line back = sensors_district_line_reversed(district, &other);
    sensors_district_line_join(district, &strip, &back);
    return strip;
}
