/* Two rounds per estate: the perimeter along the ring road, and an inner round that takes the lanes in turn, so that
 * every building is passed. Both are closed lines on ways that are really there. */
#include "sensors/district.h"

#include <math.h>

enum { CHECKPOINTS_MAX = 16 };
static const double checkpoint_spacing_m = 95;

static struct district_line perimeter(struct district *district, const struct district_estate *estate)
{
    struct district_line ring = sensors_district_line_closed(district, &estate->ring);
    double start = estate->gate_count ? sensors_district_line_nearest(&ring, estate->gates[0].at) : 0;
    struct district_line round =
        sensors_district_line_part(district, &ring, start, sensors_district_line_length(&ring));
    struct district_line rest = sensors_district_line_part(district, &ring, 0, start);
    sensors_district_line_join(district, &round, &rest);
    return round;
}

/* Lane 0 eastwards, up the ring road, lane 1 westwards, … and back along the ring road. */
static struct district_line inner(struct district *district, const struct district_estate *estate)
{
    struct district_line ring = sensors_district_line_closed(district, &estate->ring);
    struct district_line round = {0};
    for (size_t i = 0; i < estate->lane_count; i++) {
        const struct district_line *lane = &estate->lanes[i];
        struct district_line walked = i % 2 ? sensors_district_line_reversed(district, lane) : *lane;
        sensors_district_line_join(district, &round, &walked);
        bool east = i % 2 == 0;
        bool last = i + 1 == estate->lane_count;
        const struct district_line *next = last ? &estate->lanes[0] : &estate->lanes[i + 1];
        struct district_point from = lane->at[east ? lane->count - 1 : 0];
        struct district_point to = next->at[east && !last ? next->count - 1 : 0];
        struct district_line link =
            sensors_district_line_ring_part(district, &estate->ring, sensors_district_line_nearest(&ring, from),
                                            sensors_district_line_nearest(&ring, to));
        sensors_district_line_join(district, &round, &link);
    }
    if (round.count) {
        round.at[round.count - 1] = round.at[0]; /* exactly closed, not to a rounding error */
    }
    return round;
}

/* The building a checkpoint is named after. */
static const struct district_building *nearest_building(const struct district *district,
                                                        const struct district_estate *estate, struct district_point p)
{
    const struct district_building *best = NULL;
    double best_distance = INFINITY;
    for (size_t i = 0; i < district->building_count; i++) {
        const struct district_building *building = &district->buildings[i];
        if (building->estate != estate->index) {
            continue;
        }
        const struct district_line point = {&p, 1, 1};
        double distance = sensors_district_ring_distance(&point, true, &building->ring, true);
        if (distance < best_distance) {
            best_distance = distance;
            best = building;
        }
    }
    return best;
}

static void checkpoint(struct district *district, struct district_estate *estate, const char *route, int seq,
                       struct district_point at)
{
    const struct district_building *building = nearest_building(district, estate, at);
    char key[48], name[96], name_en[96];
    snprintf(key, sizeof key, "%s-C%02d", route, seq);
    bool shop = building && building->use == DISTRICT_USE_COMMERCIAL;
    snprintf(name, sizeof name, "巡更点%d（%d号%s）", seq, building ? building->number : 0, shop ? "商铺" : "楼");
    snprintf(name_en, sizeof name_en, "Checkpoint %d (%s %d)", seq, shop ? "Shops" : "Building",
             building ? building->number : 0);
    struct base_json_out *out = sensors_district_out_begin(
        district, DISTRICT_KIND_CHECKPOINTS,
        &(struct district_tag){.key = key, .name = name, .name_en = name_en, .estate = estate->code});
    base_json_out_key(out, "seq");
    base_json_out_i64(out, seq);
    base_json_out_key(out, "route");
    base_json_out_text(out, route);
    sensors_district_out_point(district, DISTRICT_KIND_CHECKPOINTS, at);
}

static void route(struct district *district, struct district_estate *estate, int number, const char *label,
                  const char *label_en, const struct district_line *round)
{
    if (round->count < 4) {
        return;
    }
    char key[32], name[96], name_en[96];
    snprintf(key, sizeof key, "%s-R%d", estate->code, number);
    snprintf(name, sizeof name, "%s%s", estate->spec->name, label);
    snprintf(name_en, sizeof name_en, "%s %s", estate->spec->name_en, label_en);
    double length = sensors_district_line_length(round);
    struct base_json_out *out = sensors_district_out_begin(
        district, DISTRICT_KIND_ROUTES,
        &(struct district_tag){.key = key, .name = name, .name_en = name_en, .estate = estate->code});
    base_json_out_key(out, "length_m");
    base_json_out_f64(out, length, 0);
    sensors_district_out_line(district, DISTRICT_KIND_ROUTES, round);
    int count = (int)fmin(fmax(length / checkpoint_spacing_m, 4), CHECKPOINTS_MAX);
    for (int i = 0; i < count; i++) {
        checkpoint(district, estate, key, i + 1, sensors_district_line_at(round, (i + 0.3) * length / count, NULL));
    }
}

void sensors_district_patrol_write(struct district *district, struct district_estate *estate)
{
    struct district_line around = perimeter(district, estate);
    struct district_line inside = inner(district, estate);
    route(district, estate, 1, "外圈巡更", "perimeter round", &around);
    route(district, estate, 2, "内圈巡更", "inner round", &inside);
}
