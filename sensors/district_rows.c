/* Buildings along an estate's rows. Every one is checked against all that is already there before it is built. */
#include "sensors/district.h"

#include <math.h>

static struct district_span span_of(const struct district_line *ring, bool vertical)
{
    struct district_span span = {INFINITY, -INFINITY};
    for (size_t i = 0; i < ring->count; i++) {
        double value = vertical ? ring->at[i].y : ring->at[i].x;
        span.low = fmin(span.low, value);
        span.high = fmax(span.high, value);
    }
    return span;
}

/* Boxes first: most of what is there is far away. */
static bool clear_of(const struct district_line *ring, const struct district_line *way, bool closed, double metres)
{
    struct district_span x = span_of(ring, false), y = span_of(ring, true);
    struct district_span way_x = span_of(way, false), way_y = span_of(way, true);
    bool far = way_x.low > x.high + metres || x.low > way_x.high + metres || way_y.low > y.high + metres ||
               y.low > way_y.high + metres;
    return way->count < 2 || far || sensors_district_ring_distance(ring, true, way, closed) >= metres;
}

static bool stands_clear(const struct district *district, const struct district_estate *estate,
                         const struct district_line *ring)
{
    bool clear = sensors_district_ring_inside(ring, &estate->boundary) && clear_of(ring, &estate->boundary, true, 1) &&
                 clear_of(ring, &estate->ring, true, 4.5) && clear_of(ring, &estate->spine, false, 4.5);
    for (size_t i = 0; clear && i < estate->lane_count; i++) {
        clear = clear_of(ring, &estate->lanes[i], false, 2.5);
    }
    for (size_t i = 0; clear && i < estate->gate_count; i++) {
        clear = clear_of(ring, &estate->gates[i].link, false, 6);
    }
    for (size_t i = 0; clear && i < district->building_count; i++) {
        const struct district_building *other = &district->buildings[i];
        clear = other->estate != estate->index ||
                (clear_of(ring, &other->ring, true, 5) && !sensors_district_ring_contains(&other->ring, ring->at[0]));
    }
    return clear;
}

bool sensors_district_rows_add_plane(struct district *district, struct district_estate *estate,
                                     struct district_building building)
{
    if (district->building_count == SENSORS_DISTRICT_BUILDINGS || building.ring.count < 4 ||
        !stands_clear(district, estate, &building.ring)) {
        return false;
    }
    building.estate = estate->index;
    building.number = ++estate->buildings;
    building.year = building.year ? building.year : estate->spec->year + sensors_seeded_whole(&estate->random, 0, 1);
    district->buildings[district->building_count++] = building;
    return true;
}

static struct district_line stood(struct district *district, const struct district_estate *estate,
                                  const struct district_line *ring, struct district_point at)
{
    struct district_line plane = {0};
    for (size_t i = 0; i < ring->count; i++) {
        sensors_district_line_add(district, &plane, sensors_district_estate_rigid(estate, at, ring->at[i]));
    }
    return plane;
}

/* Where a corner or a gate is in the way, a few steps along the row often help. */
bool sensors_district_rows_add(struct district *district, struct district_estate *estate,
                               struct district_building building)
{
    static const double steps[] = {0, 3, -3, 6, -6, 9, -9};
    const struct district_point wanted = building.at;
    const struct district_line ring = building.ring;
    const struct district_line hole = building.hole;
    building.u = span_of(&ring, false);
    building.v = span_of(&ring, true);
    bool added = false;
    for (size_t i = 0; i < BASE_COUNT(steps) && !added; i++) {
        building.at.x = wanted.x + steps[i];
        building.ring = stood(district, estate, &ring, building.at);
        building.hole = stood(district, estate, &hole, building.at);
        added = sensors_district_rows_add_plane(district, estate, building);
    }
    return added;
}

/* --- one building at (u, v) --- */

static double storey_m(const struct district_estate *estate)
{
    static const double storeys[] = {[DISTRICT_OLD] = 2.8,
                                     [DISTRICT_SLABS] = 2.9,
                                     [DISTRICT_TOWERS] = 3.0,
                                     [DISTRICT_MIXED] = 3.0,
                                     [DISTRICT_COURTS] = 2.9};
    return storeys[estate->spec->layout];
}

static struct district_building home(struct district_estate *estate, struct district_line shape, double u, double v,
                                     int levels)
{
    struct district_building building = {
        .ring = shape, .at = {u, v}, .row = -1, .use = DISTRICT_USE_RESIDENTIAL, .levels = levels};
    /* A tenth have no height in the books: importers must do with the levels. */
    bool known = sensors_seeded_whole(&estate->random, 0, 9) > 0;
    building.height_m = known ? levels * storey_m(estate) + sensors_seeded_whole(&estate->random, 0, 3) * 0.3 : 0;
    return building;
}

static int levels_of(struct district_estate *estate, const struct district_row *row)
{
    return sensors_seeded_whole(&estate->random, row->levels_low, row->levels_high);
}

static bool add_slab(struct district *district, struct district_estate *estate, size_t row, double u, double v,
                     double unit_m, int units, double depth)
{
    struct district_line shape = sensors_district_shape_slab(district, units * unit_m, depth, units);
    struct district_building slab = home(estate, shape, u, v, levels_of(estate, &estate->rows[row]));
    slab.row = (int)row;
    slab.entrances = units;
    slab.dwellings = units * 2 * slab.levels;
    return sensors_district_rows_add(district, estate, slab);
}

/* --- kinds of rows; free is the u range that may be built on --- */

struct slab_style {
    double unit_m, gap_m, depth_m;
    int units_low, units_high;
};

static struct slab_style slab_style(const struct district_estate *estate)
{
    switch (estate->spec->layout) {
    case DISTRICT_OLD:
        return (struct slab_style){12.6, 8, 12.8, 4, 6};
    case DISTRICT_MIXED:
        return (struct slab_style){14.5, 11, 14.5, 3, 4};
    default:
        return (struct slab_style){15.5, 14, 15.6, 3, 4};
    }
}

/* Columns repeat from row to row (the same draws), counted from the spine outwards: that is what makes rows of slabs
 * read as an estate from above. */
static void slabs(struct district *district, struct district_estate *estate, size_t row, struct district_span free_u,
                  bool from_right)
{
    struct slab_style style = slab_style(estate);
    struct sensors_seeded columns = sensors_seeded_of(district->seed, 100 + (uint64_t)estate->index * 2 + from_right);
    double width = free_u.high - free_u.low;
    double used = 0;
    double lengths[16];
    int units[16];
    int count = 0;
    while (count < 16) {
        int wanted = sensors_seeded_whole(&columns, style.units_low, style.units_high);
        while (wanted >= 2 && used + wanted * style.unit_m > width) {
            wanted--;
        }
        if (wanted < 2) {
            break;
        }
        units[count] = wanted;
        lengths[count] = wanted * style.unit_m;
        used += lengths[count++] + style.gap_m;
    }
    double spare = count > 1 ? fmin((width - used + style.gap_m) / (count - 1), 9) : 0;
    double v = estate->rows[row].v.high - style.depth_m / 2 - 0.2;
    double at = 0;
    for (int i = 0; i < count; i++) {
        double middle = at + lengths[i] / 2;
        double jitter = estate->spec->layout == DISTRICT_OLD ? 0 : sensors_seeded_real(&columns, -1, 0.2);
        add_slab(district, estate, row, from_right ? free_u.high - middle : free_u.low + middle, v + jitter,
                 style.unit_m, units[i], style.depth_m);
        at += lengths[i] + style.gap_m + spare;
    }
}

static void towers(struct district *district, struct district_estate *estate, size_t row, struct district_span free_u)
{
    int family = estate->spec->layout == DISTRICT_MIXED ? 2 : estate->index / 2 % 2;
    double scale = family == 1 ? 1.05 : 0.96;
    double tower_m = family == 1 ? 31.5 : 36.5;
    const double gap_m = 21;
    double width = free_u.high - free_u.low;
    int count = (int)((width + gap_m) / (tower_m + gap_m));
    double pitch = count > 1 ? (width - tower_m) / (count - 1) : 0;
    if (count == 1) {
        free_u.low += (width - tower_m) / 2;
    }
    double middle = estate->rows[row].v.high - 14; /* near its lane, also where the row is deep */
    for (int i = 0; i < count; i++) {
        struct district_line shape = sensors_district_shape_tower(district, family, scale);
        double stagger = (i + (int)row) % 2 ? 1.8 : -1.8;
        struct district_building tower = home(estate, shape, free_u.low + tower_m / 2 + i * pitch, middle + stagger,
                                              levels_of(estate, &estate->rows[row]));
        tower.row = (int)row;
        tower.entrances = family == 2 ? 2 : 1;
        tower.dwellings = tower.levels * (family == 2 ? 6 : 4);
        sensors_district_rows_add(district, estate, tower);
    }
}

static void court(struct district *district, struct district_estate *estate, size_t row, int shape_number, double u,
                  double length)
{
    const double wing = 12;
    struct district_span v = estate->rows[row].v;
    double depth = v.high - v.low;
    struct district_line hole = {0};
    struct district_line shape =
        shape_number % 4 == 0   ? sensors_district_shape_court(district, length, depth, wing, &hole)
        : shape_number % 4 == 2 ? sensors_district_shape_u(district, length, depth, wing)
                                : sensors_district_shape_l(district, length, depth, wing, shape_number % 4 == 3);
    double middle = (v.low + v.high) / 2;
    struct district_building building = home(estate, shape, u, middle, levels_of(estate, &estate->rows[row]));
    building.hole = hole;
    building.row = (int)row;
    building.entrances = (int)((length + depth) / 22);
    building.dwellings = building.entrances * 2 * building.levels;
    sensors_district_rows_add(district, estate, building);
}

static void courts(struct district *district, struct district_estate *estate, size_t row, struct district_span free_u)
{
    static const double lengths[] = {56, 40, 52, 40};
    const double gap_m = 13;
    double width = free_u.high - free_u.low;
    int first = (int)row + estate->index;
    int count = 0;
    double used = -gap_m;
    while (used + gap_m + lengths[(first + count) % 4] <= width) {
        used += gap_m + lengths[(first + count) % 4];
        count++;
    }
    double spare = count > 1 ? (width - used) / (count - 1) : 0;
    double at = free_u.low;
    for (int i = 0; i < count; i++) {
        double length = lengths[(first + i) % 4];
        court(district, estate, row, first + i, at + length / 2, length);
        at += length + gap_m + spare;
    }
}

static void fill(struct district *district, struct district_estate *estate, size_t row, struct district_span free_u,
                 bool from_right)
{
    switch (estate->rows[row].kind) {
    case DISTRICT_ROW_TOWERS:
        towers(district, estate, row, free_u);
        break;
    case DISTRICT_ROW_COURTS:
        courts(district, estate, row, free_u);
        break;
    default:
        slabs(district, estate, row, free_u, from_right);
        break;
    }
}

/* --- the row with the garden --- */

static void service_building(struct district *district, struct district_estate *estate, size_t row,
                             struct district_span *free_u, bool kindergarten)
{
    double length = kindergarten ? 38 : 28;
    double depth = kindergarten ? 24 : 18;
    struct district_span v = estate->rows[row].v;
    struct district_line shape = kindergarten ? sensors_district_shape_u(district, length, depth, 9)
                                              : sensors_district_shape_l(district, length, depth, 9, true);
    double u = kindergarten ? free_u->low + length / 2 : free_u->high - length / 2;
    struct district_building building = home(estate, shape, u, v.high - depth / 2 - 0.5, 3);
    building.use = kindergarten ? DISTRICT_USE_KINDERGARTEN : DISTRICT_USE_COMMUNITY;
    building.name = kindergarten ? "幼儿园" : "社区活动中心";
    building.name_en = kindergarten ? "Kindergarten" : "Community Centre";
    building.height_m = building.levels * 3.6;
    building.entrances = 1;
    building.row = (int)row;
    sensors_district_rows_add(district, estate, building);
    *(kindergarten ? &free_u->low : &free_u->high) += kindergarten ? length + 12 : -length - 12;
}

static struct district_line land(struct district *district, const struct district_estate *estate,
                                 struct district_span u, struct district_span v, double corner)
{
    struct district_line ring = sensors_district_ring_oblong(district, u, v, corner);
    return sensors_district_estate_plane_line(district, estate, &ring);
}

/* ends | homes | playground | garden | homes | ends; the garden lies across the spine's end. */
static void garden_row(struct district *district, struct district_estate *estate, size_t row,
                       struct district_span free_u)
{
    bool old = estate->spec->layout == DISTRICT_OLD;
    struct district_span v = estate->rows[row].v;
    double width = fmin(fmax(0.32 * (free_u.high - free_u.low), 56), 140);
    struct district_span garden = {estate->spine_u - width / 2, estate->spine_u + width / 2};
    if (old) { /* the road passes: garden to the east, playground to the west */
        garden = (struct district_span){estate->spine_u + 8, estate->spine_u + 8 + 0.7 * width};
    }
    struct district_span play = {garden.low - (old ? 38 : 32), garden.low - (old ? 16 : 6)};
    struct district_span play_v = {(v.low + v.high) / 2 - 11, (v.low + v.high) / 2 + 10};
    estate->garden = land(district, estate, garden, (struct district_span){v.low + 1, v.high - 1}, 13);
    estate->playground = land(district, estate, play, play_v, 5);
    if (estate->spec->kindergarten) {
        service_building(district, estate, row, &free_u, true);
    }
    if (estate->index % 3 != 1) {
        service_building(district, estate, row, &free_u, false);
    }
    struct district_span west = {free_u.low, play.low - 8};
    struct district_span east = {garden.high + 8, free_u.high};
    enum district_row_kind kind = estate->rows[row].kind;
    if (estate->spec->layout == DISTRICT_TOWERS) {
        estate->rows[row].kind = DISTRICT_ROW_TOWERS;
    }
    fill(district, estate, row, west, true);
    fill(district, estate, row, east, false);
    estate->rows[row].kind = kind;
}

/* --- all rows --- */

void sensors_district_rows_fill(struct district *district, struct district_estate *estate)
{
    struct district_span spine = {INFINITY, -INFINITY};
    for (size_t i = 0; i < estate->spine.count; i++) {
        double v = sensors_district_estate_local(estate, estate->spine.at[i]).y;
        spine.low = fmin(spine.low, v);
        spine.high = fmax(spine.high, v);
    }
    for (size_t row = 0; row < estate->row_count; row++) {
        struct district_span v = estate->rows[row].v;
        struct district_span free_u;
        const double rim = estate->height / 2 - 2; /* where the core's corners are rounded away */
        struct district_span band = {fmax(v.low, -rim), fmin(v.high, rim)};
        if (!sensors_district_ring_band(&estate->core_uv, band, &free_u)) {
            continue;
        }
        if (estate->rows[row].kind == DISTRICT_ROW_GARDEN) {
            garden_row(district, estate, row, free_u);
        } else if (spine.low < v.high && spine.high > v.low) {
            fill(district, estate, row, (struct district_span){free_u.low, estate->spine_u - 7}, true);
            fill(district, estate, row, (struct district_span){estate->spine_u + 7, free_u.high}, false);
        } else {
            fill(district, estate, row, free_u, false);
        }
    }
}
