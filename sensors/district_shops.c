/* Street fronts: low shops between wall and ring road, following the street's bend. Their number is what
 * is missing to 400 buildings; their length follows from it. */
#include "sensors/district.h"

#include <math.h>

enum { STRETCHES = 64 };
static const double setback_m = 1.6, depth_m = 10, gap_m = 6;

struct stretch {
    struct district_estate *estate;
    struct district_line front; /* along the wall, inside on the left */
    double length;
    int shops;
};

/* Cuts an estate's side at its gates; what is left and long enough becomes a stretch. */
static size_t stretches_of(struct district *district, struct district_estate *estate, enum district_side side,
                           struct stretch *stretches, size_t max)
{
    const double corner = 30; /* corners stay open: they are rounded, and drivers must see */
    struct district_line wall =
        sensors_district_block_front(district, &estate->spec->block, side, SENSORS_DISTRICT_WALL, corner);
    double low = 0;
    double cuts[DISTRICT_GATES + 1];
    size_t cut_count = 0;
    for (size_t i = 0; i < estate->gate_count; i++) {
        if (estate->gates[i].side == side) {
            cuts[cut_count++] = sensors_district_line_nearest(&wall, estate->gates[i].at);
        }
    }
    cuts[cut_count++] = sensors_district_line_length(&wall) + 12;
    size_t count = 0;
    for (size_t i = 0; i < cut_count && count < max; i++) {
        double end = cuts[i] - 12;
        if (end - low > 40) {
            struct district_line front = sensors_district_line_part(district, &wall, low, end);
            stretches[count++] =
                (struct stretch){.estate = estate, .front = front, .length = sensors_district_line_length(&front)};
        }
        low = cuts[i] + 12;
    }
    return count;
}

/* Shares out the wanted number so that shops come out about equally long everywhere. */
static void share(struct stretch *stretches, size_t count, int wanted)
{
    while (wanted > 0) {
        size_t best = 0;
        for (size_t i = 1; i < count; i++) {
            if (stretches[i].length / (stretches[i].shops + 1) > stretches[best].length / (stretches[best].shops + 1)) {
                best = i;
            }
        }
        stretches[best].shops++;
        wanted--;
    }
}

static bool build(struct district *district, struct stretch *stretch, double from, double to)
{
    struct district_estate *estate = stretch->estate;
    struct district_line front = sensors_district_line_part(district, &stretch->front, from, to);
    struct district_building shop = {.row = -1, .use = DISTRICT_USE_COMMERCIAL};
    shop.ring = sensors_district_line_strip(district, &front, -setback_m, setback_m + depth_m);
    shop.levels = sensors_seeded_whole(&estate->random, 0, 3) ? 3 : 4;
    shop.height_m = shop.levels * 3.3;
    shop.entrances = (int)((to - from) / 6) + 1;
    return sensors_district_rows_add_plane(district, estate, shop);
}

void sensors_district_shops_fill(struct district *district)
{
    struct stretch stretches[STRETCHES];
    size_t count = 0;
    for (int i = 0; i < SENSORS_DISTRICT_ESTATES; i++) {
        for (int side = 0; side < DISTRICT_SIDES; side++) {
            struct district_estate *estate = &district->estates[i];
            if (estate->spec->shop_sides & (1u << side)) {
                count += stretches_of(district, estate, side, stretches + count, STRETCHES - count);
            }
        }
    }
    if (count == 0 || district->err) {
        return;
    }
    share(stretches, count, SENSORS_DISTRICT_BUILDINGS - (int)district->building_count);
    for (size_t i = 0; i < count; i++) {
        struct stretch *stretch = &stretches[i];
        double pitch = (stretch->length + gap_m) / fmax(stretch->shops, 1);
        for (int k = 0; k < stretch->shops; k++) {
            build(district, stretch, k * pitch, (k + 1) * pitch - gap_m);
        }
    }
}
