/* The ground of an estate: its roads and paths, lawns and gardens, and the zones somebody is responsible for. */
#include "sensors/district.h"

#include <math.h>

/* Without names: maps would write them all over the estate. */
static void road(struct district *district, struct district_estate *estate, enum district_class class, double width_m,
                 const struct district_line *line)
{
    char key[32];
    snprintf(key, sizeof key, "%s-P%02d", estate->code, ++estate->paths);
    sensors_district_out_road(district, &(struct district_tag){.key = key, .estate = estate->code}, class, width_m,
                              line);
}

static void roads(struct district *district, struct district_estate *estate)
{
    struct district_line ring = sensors_district_line_closed(district, &estate->ring);
    road(district, estate, DISTRICT_SERVICE, 6, &ring);
    if (estate->spine.count > 1) {
        road(district, estate, DISTRICT_SERVICE, 6, &estate->spine);
    }
    for (size_t i = 0; i < estate->gate_count; i++) {
        road(district, estate, DISTRICT_SERVICE, 6, &estate->gates[i].link);
    }
    for (size_t i = 0; i < estate->lane_count; i++) {
        road(district, estate, DISTRICT_FOOTWAY, 3, &estate->lanes[i]);
    }
}

/* --- zones --- */

static void zone(struct district *district, struct district_estate *estate, const char *kind, const char *label,
                 const char *label_en, const struct district_line *ring)
{
    if (ring->count < 3) {
        return;
    }
    char key[32], name[96], name_en[96];
    snprintf(key, sizeof key, "%s-Z%02d", estate->code, ++estate->zones);
    snprintf(name, sizeof name, "%s%s", estate->spec->name, label);
    snprintf(name_en, sizeof name_en, "%s %s", estate->spec->name_en, label_en);
    struct base_json_out *out = sensors_district_out_begin(
        district, DISTRICT_KIND_ZONES,
        &(struct district_tag){.key = key, .name = name, .name_en = name_en, .estate = estate->code});
    base_json_out_key(out, "kind");
    base_json_out_text(out, kind);
    sensors_district_out_ring(district, DISTRICT_KIND_ZONES, ring, NULL);
}

/* Quarters around the main road and the garden: a cleaner's round each. */
static void sanitation(struct district *district, struct district_estate *estate)
{
    static const struct {
        int east, north;
        const char *label, *label_en;
    } quarters[] = {{-1, -1, "西南环卫责任区", "sanitation zone south-west"},
                    {1, -1, "东南环卫责任区", "sanitation zone south-east"},
                    {1, 1, "东北环卫责任区", "sanitation zone north-east"},
                    {-1, 1, "西北环卫责任区", "sanitation zone north-west"}};
    struct district_point middle = sensors_district_estate_plane(estate, (struct district_point){estate->spine_u, 0});
    for (size_t i = 0; i < BASE_COUNT(quarters); i++) {
        struct district_point u = {-quarters[i].east * cos(estate->angle), -quarters[i].east * sin(estate->angle)};
        struct district_point v = {quarters[i].north * sin(estate->angle), -quarters[i].north * cos(estate->angle)};
        struct district_line half =
            sensors_district_ring_cut(district, &estate->boundary, u, u.x * middle.x + u.y * middle.y);
        struct district_line quarter = sensors_district_ring_cut(district, &half, v, v.x * middle.x + v.y * middle.y);
        zone(district, estate, "sanitation", quarters[i].label, quarters[i].label_en, &quarter);
    }
}

/* The ring road's long sides must stay free for fire engines. */
static void fire_lanes(struct district *district, struct district_estate *estate)
{
    const enum district_side sides[] = {DISTRICT_SOUTH, DISTRICT_NORTH};
    for (size_t i = 0; i < BASE_COUNT(sides); i++) {
        bool shops = estate->spec->shop_sides & (1u << sides[i]);
        double inset = SENSORS_DISTRICT_WALL + (shops ? SENSORS_DISTRICT_SHOPS : SENSORS_DISTRICT_EDGE);
        struct district_line line = sensors_district_block_front(district, &estate->spec->block, sides[i], inset, 32);
        struct district_line strip = sensors_district_line_strip(district, &line, 2.4, 2.4);
        zone(district, estate, "fire_lane", i ? "北侧消防通道" : "南侧消防通道",
             i ? "fire lane north" : "fire lane south", &strip);
    }
}

/* --- lawns, parking --- */

static void lawn(struct district *district, struct district_estate *estate, const struct district_line *ring)
{
    sensors_district_out_landuse(
        district, "grass", &(struct district_tag){.name = "绿地", .name_en = "Lawn", .estate = estate->code}, ring);
}

static struct district_line oblong(struct district *district, const struct district_estate *estate,
                                   struct district_span u, struct district_span v, double corner)
{
    struct district_line ring = sensors_district_ring_oblong(district, u, v, corner);
    return sensors_district_estate_plane_line(district, estate, &ring);
}

/* The free ground between the lanes south and north of a row over the given width. */
static struct district_span between_lanes(const struct district_estate *estate, size_t row, struct district_span u)
{
    struct district_span v = {estate->rows[row].v.low - 5, estate->rows[row].v.high + 3};
    for (int i = 0; i <= 8; i++) {
        double at = u.low + (u.high - u.low) * i / 8;
        if (row > 0 && row <= estate->lane_count) {
            double lane = sensors_district_estate_lane_v(estate, row - 1, at) + 3;
            v.low = i == 0 ? lane : fmax(v.low, lane);
        }
        if (row < estate->lane_count) {
            double lane = sensors_district_estate_lane_v(estate, row, at) - 3;
            v.high = i == 0 ? lane : fmin(v.high, lane);
        }
    }
    return v;
}

/* Slabs have their lawn to the south, some behind a row of parking at the lane; towers stand in theirs. */
static void building_ground(struct district *district, struct district_estate *estate,
                            const struct district_building *building, bool parking)
{
    size_t row = (size_t)building->row;
    bool tower = estate->rows[row].kind == DISTRICT_ROW_TOWERS;
    double aside = tower ? 6 : 0;
    struct district_span u = {building->at.x + building->u.low - aside, building->at.x + building->u.high + aside};
    struct district_span v = between_lanes(estate, row, u);
    if (!tower) {
        v.high = building->at.y + building->v.low - 1.5;
    }
    if (parking && v.high - v.low > 9) {
        struct district_line bays = oblong(district, estate, (struct district_span){u.low + 2, u.high - 2},
                                           (struct district_span){v.low - 1, v.low + 4.3}, 0);
        zone(district, estate, "parking", "停车位", "parking", &bays);
        v.low += 5.5;
    }
    if (v.high - v.low > 2.5) {
        struct district_line green = oblong(district, estate, u, v, tower ? 7 : 2);
        lawn(district, estate, &green);
    }
}

static void homes_ground(struct district *district, struct district_estate *estate)
{
    int seen = 0;
    for (size_t i = 0; i < district->building_count; i++) {
        const struct district_building *building = &district->buildings[i];
        if (building->estate == estate->index && building->row >= 0) {
            building_ground(district, estate, building, ++seen % 5 == 2);
        }
    }
}

/* A hedge of green between wall and ring road where no shops stand. */
static void edges(struct district *district, struct district_estate *estate)
{
    for (int side = 0; side < DISTRICT_SIDES; side++) {
        if (estate->spec->shop_sides & (1u << side)) {
            continue;
        }
        struct district_line line =
            sensors_district_block_front(district, &estate->spec->block, side, SENSORS_DISTRICT_WALL + 2.4, 14);
        struct district_line strip = sensors_district_line_strip(district, &line, 1.9, 1.9);
        lawn(district, estate, &strip);
    }
}

/* --- the garden --- */

static void garden(struct district *district, struct district_estate *estate)
{
    zone(district, estate, "green", "中心花园", "central garden", &estate->garden);
    zone(district, estate, "playground", "儿童乐园", "playground", &estate->playground);
    if (estate->garden.count < 3) {
        return;
    }
    struct district_line closed = sensors_district_line_closed(district, &estate->garden);
    struct district_line path = sensors_district_line_offset(district, &closed, 4);
    road(district, estate, DISTRICT_FOOTWAY, 2, &path);
    if (estate->spec->layout == DISTRICT_OLD) {
        return;
    }
    struct district_point centre = sensors_district_ring_centre(&estate->garden);
    struct district_line pond =
        sensors_district_ring_blob(district, (struct district_point){0, 0}, 19, 8, &estate->random);
    pond = sensors_district_ring_moved(district, &pond, estate->angle, centre);
    char key[32];
    snprintf(key, sizeof key, "%s-W1", estate->code);
    struct base_json_out *out = sensors_district_out_begin(
        district, DISTRICT_KIND_WATER,
        &(struct district_tag){.key = key, .name = "景观池", .name_en = "Pond", .estate = estate->code});
    base_json_out_key(out, "class");
    base_json_out_text(out, "pond");
    sensors_district_out_ring(district, DISTRICT_KIND_WATER, &pond, NULL);
}

void sensors_district_ground_write(struct district *district, struct district_estate *estate)
{
    roads(district, estate);
    sanitation(district, estate);
    fire_lanes(district, estate);
    edges(district, estate);
    homes_ground(district, estate);
    garden(district, estate);
}
