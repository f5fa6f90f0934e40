/* What stands about in an estate: gates, bins, lamps, fire cabinets, lifts, fitness sets. */
#include "sensors/district.h"

#include <math.h>

static void add(struct district *district, struct district_estate *estate, const char *kind, const char *label,
                const char *label_en, struct district_point at)
{
    char key[32];
    snprintf(key, sizeof key, "%s-F%03d", estate->code, ++estate->facilities);
    struct base_json_out *out = sensors_district_out_begin(
        district, DISTRICT_KIND_FACILITIES,
        &(struct district_tag){.key = key, .name = label, .name_en = label_en, .estate = estate->code});
    base_json_out_key(out, "kind");
    base_json_out_text(out, kind);
    sensors_district_out_point(district, DISTRICT_KIND_FACILITIES, at);
}

static void add_local(struct district *district, struct district_estate *estate, const char *kind, const char *label,
                      const char *label_en, double u, double v)
{
    add(district, estate, kind, label, label_en, sensors_district_estate_plane(estate, (struct district_point){u, v}));
}

/* Beside or inside a building: offset in metres along its own axes. */
static void add_at(struct district *district, struct district_estate *estate, const char *kind, const char *label,
                   const char *label_en, const struct district_building *building, double u, double v)
{
    add(district, estate, kind, label, label_en,
        sensors_district_estate_rigid(estate, building->at, (struct district_point){u, v}));
}

static void gates(struct district *district, struct district_estate *estate)
{
    static const char *const names[] = {"南门", "东门", "北门", "西门"};
    static const char *const names_en[] = {"South Gate", "East Gate", "North Gate", "West Gate"};
    for (size_t i = 0; i < estate->gate_count; i++) {
        const struct district_gate *gate = &estate->gates[i];
        char name[96], name_en[96];
        snprintf(name, sizeof name, "%s%s", estate->spec->name, names[gate->side]);
        snprintf(name_en, sizeof name_en, "%s %s", estate->spec->name_en, names_en[gate->side]);
        add(district, estate, "gate", name, name_en, gate->at);
    }
}

/* Lamps stand beside the way, closer to it than any building may come. */
static void lamps_along(struct district *district, struct district_estate *estate, const struct district_line *way,
                        double aside, double spacing)
{
    double length = sensors_district_line_length(way);
    int count = (int)(length / spacing);
    for (int i = 0; i < count; i++) {
        double angle = 0;
        struct district_point p = sensors_district_line_at(way, (i + 0.5) * length / count, &angle);
        add(district, estate, "lamp", "路灯", "Lamp",
            (struct district_point){p.x - aside * sin(angle), p.y + aside * cos(angle)});
    }
}

static void lamps(struct district *district, struct district_estate *estate)
{
    struct district_line ring = sensors_district_line_closed(district, &estate->ring);
    lamps_along(district, estate, &ring, 3.8, 48);
    lamps_along(district, estate, &estate->spine, 3.8, 40);
    for (size_t i = 0; i < estate->lane_count; i++) {
        lamps_along(district, estate, &estate->lanes[i], 2, 48);
    }
}

/* A lift per entrance from seven storeys on (GB 50096: homes with an entrance floor above 16 m need one). */
static void lifts(struct district *district, struct district_estate *estate, const struct district_building *building)
{
    char name[96], name_en[96];
    for (int i = 0; i < building->entrances; i++) {
        snprintf(name, sizeof name, "%d号楼%d单元电梯", building->number, i + 1);
        snprintf(name_en, sizeof name_en, "Building %d entrance %d lift", building->number, i + 1);
        double u = building->u.low + (building->u.high - building->u.low) * (i + 0.5) / building->entrances;
        bool tower = building->v.high - building->v.low < 28 && building->entrances < 3;
        double v = tower ? (building->v.low + building->v.high) / 2 : building->v.high - 5;
        add_at(district, estate, "lift", name, name_en, building, u, v);
    }
}

static void building_facilities(struct district *district, struct district_estate *estate,
                                const struct district_building *building)
{
    char name[96], name_en[96];
    double middle = (building->u.low + building->u.high) / 2;
    if (building->number % 2) {
        snprintf(name, sizeof name, "%d号楼垃圾桶", building->number);
        snprintf(name_en, sizeof name_en, "Bins at Building %d", building->number);
        add_at(district, estate, "bin", name, name_en, building, building->u.high + 3, building->v.high - 3);
    }
    if (building->levels >= 7 || building->number % 3 == 0) {
        snprintf(name, sizeof name, "%d号楼消防栓", building->number);
        snprintf(name_en, sizeof name_en, "Fire cabinet at Building %d", building->number);
        add_at(district, estate, "fire_cabinet", name, name_en, building, middle + 4, building->v.high + 0.6);
    }
    if (building->levels >= 7) {
        lifts(district, estate, building);
    }
}

static void stations(struct district *district, struct district_estate *estate)
{
    for (size_t i = 0; i<estate->lane_count; i += estate->lane_count> 4 ? 3 : 2) {
        double u = estate->spine_u + 5.5;
        add_local(district, estate, "sorting_station", "垃圾分类投放点", "Sorting station", u,
                  sensors_district_estate_lane_v(estate, i, u) - 2.2);
    }
}

static void fitness(struct district *district, struct district_estate *estate)
{
    if (estate->playground.count < 3) {
        return;
    }
    struct district_point centre =
        sensors_district_estate_local(estate, sensors_district_ring_centre(&estate->playground));
    for (int i = 0; i < 4; i++) {
        add_local(district, estate, "fitness", "健身器材", "Fitness set", centre.x - 6 + 4 * i, centre.y + 8);
    }
}

void sensors_district_facility_write(struct district *district, struct district_estate *estate)
{
    gates(district, estate);
    lamps(district, estate);
    stations(district, estate);
    fitness(district, estate);
    for (size_t i = 0; i < district->building_count; i++) {
        const struct district_building *building = &district->buildings[i];
        if (building->estate == estate->index && building->use == DISTRICT_USE_RESIDENTIAL) {
            building_facilities(district, estate, building);
        }
    }
}
