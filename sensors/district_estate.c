/* The skeleton of an estate, before any building: wall, ring road, rows, the lanes between rows, gates.
 *
 *      +--------------- boundary (wall, gates) --------------+
 *      |   +----------- ring road ----------------------+    |
 *      |   |  ▬▬▬▬▬  ▬▬▬▬▬   |   ▬▬▬▬▬  ▬▬▬▬▬   row 2    |    |
 *      |   |-----------------+---------------- lane 1 --|----gate
 *      |   |  ▬▬▬   garden   |   garden   ▬▬▬   row 1    |    |
 *      |   |-----------------+---------------- lane 0 --|    |
 *      |   |  ▬▬▬▬▬  ▬▬▬▬▬   |   ▬▬▬▬▬  ▬▬▬▬▬   row 0    |    |
 *      |   +-----------------+--------------------------+    |
 *      |    ▀▀▀▀ shops ▀▀▀▀  | spine    ▀▀▀▀ shops ▀▀▀▀      |
 *      +-------------------- gate ---------------------------+
 */
#include "sensors/district.h"

#include <math.h>

struct row_plan {
    enum district_row_kind kind;
    double depth, gap; /* gap: to the row above */
};

/* --- local axes ---
 * u runs along the estate's angle. v does not run straight up: v = -height / 2 lies on the south side of the core and
 * v = height / 2 on its north side wherever those are, so that rows fan out between streets that are not parallel. */

static struct district_point straight(const struct district_estate *estate, struct district_point p)
{
    double x = p.x - estate->centre.x;
    double y = p.y - estate->centre.y;
    return (struct district_point){x * cos(estate->angle) + y * sin(estate->angle),
                                   y * cos(estate->angle) - x * sin(estate->angle)};
}

/* Height of a west-east line at u; its ends go on straight. */
static double height_at(const struct district_line *line, double u)
{
    size_t i = 0;
    while (i + 2 < line->count && line->at[i + 1].x < u) {
        i++;
    }
    if (line->count < 2) {
        return 0;
    }
    struct district_point a = line->at[i];
    struct district_point b = line->at[i + 1];
    return a.y + (b.y - a.y) * (u - a.x) / (b.x - a.x);
}

static double raised(const struct district_estate *estate, double u, double v)
{
    double low = height_at(&estate->south, u);
    double high = height_at(&estate->north, u);
    return low + (v / estate->height + 0.5) * (high - low);
}

struct district_point sensors_district_estate_local(const struct district_estate *estate, struct district_point p)
{
    struct district_point uv = straight(estate, p);
    double low = height_at(&estate->south, uv.x);
    double high = height_at(&estate->north, uv.x);
    return (struct district_point){uv.x, ((uv.y - low) / (high - low) - 0.5) * estate->height};
}

static struct district_point turned(const struct district_estate *estate, double angle, double u, double v)
{
    return (struct district_point){estate->centre.x + u * cos(angle) - v * sin(angle),
                                   estate->centre.y + u * sin(angle) + v * cos(angle)};
}

struct district_point sensors_district_estate_plane(const struct district_estate *estate, struct district_point uv)
{
    return turned(estate, estate->angle, uv.x, raised(estate, uv.x, uv.y));
}

struct district_point sensors_district_estate_rigid(const struct district_estate *estate, struct district_point at,
                                                    struct district_point offset)
{
    double slope = (raised(estate, at.x + 5, at.y) - raised(estate, at.x - 5, at.y)) / 10;
    double angle = estate->angle + atan(slope);
    struct district_point p = sensors_district_estate_plane(estate, at);
    return (struct district_point){p.x + offset.x * cos(angle) - offset.y * sin(angle),
                                   p.y + offset.x * sin(angle) + offset.y * cos(angle)};
}

struct district_line sensors_district_estate_plane_line(struct district *district, const struct district_estate *estate,
                                                        const struct district_line *uv)
{
    struct district_line line = {0};
    for (size_t i = 0; i < uv->count; i++) {
        sensors_district_line_add(district, &line, sensors_district_estate_plane(estate, uv->at[i]));
    }
    return line;
}

static struct district_line local_line(struct district *district, const struct district_estate *estate,
                                       const struct district_line *line)
{
    struct district_line local = {0};
    for (size_t i = 0; i < line->count; i++) {
        sensors_district_line_add(district, &local, sensors_district_estate_local(estate, line->at[i]));
    }
    return local;
}

double sensors_district_estate_lane_v(const struct district_estate *estate, size_t lane, double u)
{
    const struct district_line *line = &estate->lanes_uv[lane];
    for (size_t i = 0; i + 1 < line->count; i++) {
        struct district_point a = line->at[i];
        struct district_point b = line->at[i + 1];
        if (u <= b.x || i + 2 == line->count) {
            return a.y + (b.y - a.y) * fmin(fmax((u - a.x) / (b.x - a.x), 0), 1);
        }
    }
    return 0;
}

/* --- rings and axes --- */

static struct district_line straight_side(struct district *district, const struct district_estate *estate,
                                          enum district_side side, double inset)
{
    struct district_line front = sensors_district_block_front(district, &estate->spec->block, side, inset, 0);
    struct district_line line = {0};
    for (size_t i = 0; i < front.count; i++) {
        size_t at = side == DISTRICT_NORTH ? front.count - 1 - i : i; /* both from west to east */
        sensors_district_line_add(district, &line, straight(estate, front.at[at]));
    }
    return line;
}

/* The nominal height is that of the narrowest place: rows have room there, and more everywhere else. */
static void axes(struct district *district, struct district_estate *estate, const double core[DISTRICT_SIDES])
{
    estate->south = straight_side(district, estate, DISTRICT_SOUTH, core[DISTRICT_SOUTH]);
    estate->north = straight_side(district, estate, DISTRICT_NORTH, core[DISTRICT_NORTH]);
    if (estate->south.count < 2 || estate->north.count < 2) {
        district->err = district->err ? district->err : BASE_INVALID;
        return;
    }
    double low = fmax(estate->south.at[0].x, estate->north.at[0].x);
    double high = fmin(estate->south.at[estate->south.count - 1].x, estate->north.at[estate->north.count - 1].x);
    estate->height = INFINITY;
    for (int i = 0; i <= 20; i++) {
        double u = low + (high - low) * i / 20;
        estate->height = fmin(estate->height, height_at(&estate->north, u) - height_at(&estate->south, u));
    }
}

static void rings(struct district *district, struct district_estate *estate)
{
    enum { SETBACK = 6 };
    double wall[DISTRICT_SIDES];
    double ring[DISTRICT_SIDES];
    double core[DISTRICT_SIDES];
    for (int side = 0; side < DISTRICT_SIDES; side++) {
        bool shops = estate->spec->shop_sides & (1u << side);
        wall[side] = SENSORS_DISTRICT_WALL; /* behind the pavement */
        ring[side] = SENSORS_DISTRICT_WALL + (shops ? SENSORS_DISTRICT_SHOPS : SENSORS_DISTRICT_EDGE);
        core[side] = ring[side] + SETBACK;
    }
    const struct district_block *block = &estate->spec->block;
    estate->boundary = sensors_district_block_ring(district, block, wall, 10);
    estate->ring = sensors_district_block_ring(district, block, ring, 18);
    estate->core = sensors_district_block_ring(district, block, core, 6);
    estate->centre = sensors_district_ring_centre(&estate->boundary);
    estate->angle = sensors_district_block_angle(district, block);
    axes(district, estate, core);
    estate->core_uv = local_line(district, estate, &estate->core);
}

/* --- rows --- */

static struct row_plan slab_row(enum district_layout layout, int row, int rows)
{
    if (row == rows / 2) {
        return (struct row_plan){DISTRICT_ROW_GARDEN, layout == DISTRICT_OLD ? 25 : 38,
                                 layout == DISTRICT_OLD ? 17 : 24};
    }
    if (layout == DISTRICT_OLD) {
        return (struct row_plan){DISTRICT_ROW_SLABS, 14, 18};
    }
    return (struct row_plan){DISTRICT_ROW_SLABS, 16, 30};
}

static struct row_plan row_of(enum district_layout layout, int row, int rows)
{
    bool middle = row == rows / 2;
    switch (layout) {
    case DISTRICT_OLD:
    case DISTRICT_SLABS:
        return slab_row(layout, row, rows);
    case DISTRICT_TOWERS:
        return middle ? (struct row_plan){DISTRICT_ROW_GARDEN, 40, 26} : (struct row_plan){DISTRICT_ROW_TOWERS, 28, 28};
    case DISTRICT_MIXED:
        if (middle) {
            return (struct row_plan){DISTRICT_ROW_GARDEN, 36, 22};
        }
        return row < rows / 2 ? (struct row_plan){DISTRICT_ROW_SLABS, 15, 20}
                              : (struct row_plan){DISTRICT_ROW_TOWERS, 28, 26};
    default:
        return middle ? (struct row_plan){DISTRICT_ROW_GARDEN, 34, 18} : (struct row_plan){DISTRICT_ROW_COURTS, 48, 20};
    }
}

static double rows_height(enum district_layout layout, int rows)
{
    double height = 0;
    for (int i = 0; i < rows; i++) {
        struct row_plan plan = row_of(layout, i, rows);
        height += plan.depth + (i + 1 < rows ? plan.gap : 0);
    }
    return height;
}

static void rows(struct district *district, struct district_estate *estate)
{
    const struct district_estate_spec *spec = estate->spec;
    int count = 3;
    while (count < DISTRICT_ROWS && rows_height(spec->layout, count + 1) <= estate->height) {
        count++;
    }
    double spare = (estate->height - rows_height(spec->layout, count)) / (count - 1);
    if (spare < -4) {
        district->err = district->err ? district->err : BASE_INVALID; /* the plan's blocks are deeper than this */
    }
    const double spare_max = 8; /* a gap's; the rest makes the garden larger */
    double more_garden = fmax(spare - spare_max, 0) * (count - 1);
    spare = fmin(spare, spare_max);
    double v = -estate->height / 2;
    for (int i = 0; i < count; i++) {
        struct row_plan plan = row_of(spec->layout, i, count);
        double rise = spec->levels_high - spec->levels_low; /* the north is higher: nobody stands in its shade */
        int low = spec->levels_low + (int)(rise * i / count + 0.5);
        int high = spec->levels_low + (int)(rise * (i + 1) / count + 0.5);
        double depth = plan.depth + (i == count / 2 ? more_garden : 0);
        estate->rows[i] = (struct district_row){plan.kind, {v, v + depth}, low, high};
        v += depth + plan.gap + spare;
    }
    estate->row_count = (size_t)count;
}

/* --- lanes --- */

static struct district_line lane_between(struct district *district, struct district_estate *estate,
                                         const struct district_line *ring_uv, size_t row)
{
    struct district_span gap = {estate->rows[row].v.high, estate->rows[row + 1].v.low};
    bool doors = estate->rows[row].kind == DISTRICT_ROW_SLABS; /* the stairs of slabs open to the north */
    bool winding = gap.high - gap.low > 22;
    double v = doors && !winding ? gap.low + 5 : (gap.low + gap.high) / 2;
    double swing = winding ? fmin((gap.high - gap.low) / 2 - 8, 7) * (row % 2 ? 1 : -1) : 0;
    double waves = sensors_seeded_real(&estate->random, 1.2, 2.2);
    struct district_span u = {0, 0};
    struct district_line lane = {0};
    if (!sensors_district_ring_band(ring_uv, (struct district_span){v, v}, &u)) {
        return lane;
    }
    int parts = 40;
    for (int i = 0; i <= parts; i++) {
        double t = (double)i / parts;
        double wave = swing * sin(M_PI * t) * sin(2 * M_PI * waves * t);
        sensors_district_line_add(district, &lane, (struct district_point){u.low + (u.high - u.low) * t, v + wave});
    }
    return lane;
}

static void lanes(struct district *district, struct district_estate *estate)
{
    struct district_line ring_uv = local_line(district, estate, &estate->ring);
    for (size_t row = 0; row + 1 < estate->row_count; row++) {
        struct district_line lane = lane_between(district, estate, &ring_uv, row);
        if (lane.count > 1) {
            estate->lanes_uv[estate->lane_count] = lane;
            estate->lanes[estate->lane_count++] = sensors_district_estate_plane_line(district, estate, &lane);
        }
    }
}

/* --- gates --- */

/* Where a straight way from a point inside leads out: over the ring road, through the wall, to the street. */
static void gate(struct district *district, struct district_estate *estate, enum district_side side,
                 struct district_point from_uv, struct district_point direction, struct district_line *ret_inner)
{
    struct district_line way = {0};
    struct district_point from = sensors_district_estate_plane(estate, from_uv);
    struct district_point far = {from.x + 500 * (direction.x * cos(estate->angle) - direction.y * sin(estate->angle)),
                                 from.y + 500 * (direction.x * sin(estate->angle) + direction.y * cos(estate->angle))};
    sensors_district_line_add(district, &way, from);
    sensors_district_line_add(district, &way, far);
    struct district_line ring = sensors_district_line_closed(district, &estate->ring);
    struct district_line wall = sensors_district_line_closed(district, &estate->boundary);
    const struct district_line *street = &district->streets[estate->spec->block.street[side]].long_line;
    double at_ring = 0, at_wall, at_street, unused;
    bool out = sensors_district_line_cross(&way, &wall, &at_wall, &unused) &&
               sensors_district_line_cross(&way, street, &at_street, &unused);
    if (!out || estate->gate_count == DISTRICT_GATES) {
        return;
    }
    sensors_district_line_cross(&way, &ring, &at_ring, &unused);
    if (ret_inner) {
        *ret_inner = sensors_district_line_part(district, &way, at_ring, 0);
    }
    estate->gates[estate->gate_count++] =
        (struct district_gate){.at = sensors_district_line_at(&way, at_wall, NULL),
                               .link = sensors_district_line_part(district, &way, at_ring, at_street),
                               .side = side};
}

static void gates(struct district *district, struct district_estate *estate)
{
    const struct district_estate_spec *spec = estate->spec;
    bool south = spec->main_gate == DISTRICT_SOUTH;
    estate->spine_u = sensors_seeded_real(&estate->random, -30, 30);
    /* Old estates have a road right through; in the others it ends at the garden. */
    size_t garden = estate->row_count / 2;
    size_t inner = spec->layout == DISTRICT_OLD ? (south ? estate->lane_count - 1 : 0) : (south ? garden - 1 : garden);
    if (estate->lane_count == 0) {
        return;
    }
    inner = inner < estate->lane_count ? inner : estate->lane_count - 1;
    struct district_point start = {estate->spine_u, sensors_district_estate_lane_v(estate, inner, estate->spine_u)};
    gate(district, estate, spec->main_gate, start, (struct district_point){0, south ? -1 : 1}, &estate->spine);
    bool east = spec->side_gate == DISTRICT_EAST;
    const struct district_line *lane = &estate->lanes_uv[estate->lane_count / 2];
    gate(district, estate, spec->side_gate, lane->at[east ? lane->count - 1 : 0],
         (struct district_point){east ? 1 : -1, 0}, NULL);
}

void sensors_district_estate_begin(struct district *district, int index)
{
    struct district_estate *estate = &district->estates[index];
    *estate = (struct district_estate){.spec = &sensors_district_plan_estates[index],
                                       .index = index,
                                       .random = sensors_seeded_of(district->seed, (uint64_t)index)};
    snprintf(estate->code, sizeof estate->code, "YX-E%02d", index + 1);
    rings(district, estate);
    rows(district, estate);
    lanes(district, estate);
    gates(district, estate);
}
