/* The land between four streets: its outline at any distance from the kerbs, its sides, its direction. */
#include "sensors/district.h"

/* A block's four sides at their insets, counter-clockwise, and where each meets its neighbours. */
struct sides {
    struct district_line line[DISTRICT_SIDES];
    double start[DISTRICT_SIDES], end[DISTRICT_SIDES];
};

static struct sides sides_of(struct district *district, const struct district_block *block,
                             const double inset[DISTRICT_SIDES])
{
    /* Streets run west-east or south-north: inwards is left of the south and east sides' lines, and right of the
     * other two's. Going round counter-clockwise, the north and west sides are walked backwards. */
    struct sides sides = {0};
    for (int side = 0; side < DISTRICT_SIDES; side++) {
        const struct district_street *street = &district->streets[block->street[side]];
        double inwards = street->half_width + inset[side];
        bool left = side == DISTRICT_SOUTH || side == DISTRICT_EAST;
        struct district_line line =
            sensors_district_line_offset(district, &street->long_line, left ? inwards : -inwards);
        sides.line[side] = left ? line : sensors_district_line_reversed(district, &line);
    }
    for (int side = 0; side < DISTRICT_SIDES; side++) {
        int next = (side + 1) % DISTRICT_SIDES;
        sensors_district_line_cross(&sides.line[side], &sides.line[next], &sides.end[side], &sides.start[next]);
    }
    return sides;
}

struct district_line sensors_district_block_front(struct district *district, const struct district_block *block,
                                                  enum district_side side, double inset_m, double margin)
{
    const double inset[DISTRICT_SIDES] = {inset_m, inset_m, inset_m, inset_m};
    struct sides sides = sides_of(district, block, inset);
    return sensors_district_line_part(district, &sides.line[side], sides.start[side] + margin,
                                      sides.end[side] - margin);
}

/* The corner: a quadratic curve from a towards b, then to c. */
static void round_corner(struct district *district, struct district_line *ring, struct district_point a,
                         struct district_point b, struct district_point c)
{
    for (int k = 1; k < 5; k++) {
        double t = k / 5.0;
        double p = (1 - t) * (1 - t), q = 2 * t * (1 - t), r = t * t;
        sensors_district_line_add(district, ring,
                                  (struct district_point){p * a.x + q * b.x + r * c.x, p * a.y + q * b.y + r * c.y});
    }
}

struct district_line sensors_district_block_ring(struct district *district, const struct district_block *block,
                                                 const double inset[DISTRICT_SIDES], double corner)
{
    struct sides sides = sides_of(district, block, inset);
    struct district_line ring = {0};
    for (int side = 0; side < DISTRICT_SIDES; side++) {
        int next = (side + 1) % DISTRICT_SIDES;
        double end = sides.end[side];
        struct district_line part =
            sensors_district_line_part(district, &sides.line[side], sides.start[side] + corner, end - corner);
        sensors_district_line_join(district, &ring, &part);
        round_corner(district, &ring, sensors_district_line_at(&sides.line[side], end - corner, NULL),
                     sensors_district_line_at(&sides.line[side], end, NULL),
                     sensors_district_line_at(&sides.line[next], sides.start[next] + corner, NULL));
    }
    return ring;
}

double sensors_district_block_angle(struct district *district, const struct district_block *block)
{
    const double none[DISTRICT_SIDES] = {0};
    struct district_line ring = sensors_district_block_ring(district, block, none, 1);
    struct district_point centre = sensors_district_ring_centre(&ring);
    double sum = 0;
    const int sides[] = {DISTRICT_SOUTH, DISTRICT_NORTH};
    for (size_t i = 0; i < BASE_COUNT(sides); i++) {
        const struct district_line *line = &district->streets[block->street[sides[i]]].long_line;
        double angle = 0;
        sensors_district_line_at(line, sensors_district_line_nearest(line, centre), &angle);
        sum += angle / 2;
    }
    return sum;
}
