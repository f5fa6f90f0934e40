/* The blocks without homes: a primary school, the shopping centre at the bridge, the park with its lake, a middle
 * school with a running track, and the community services. Sizes are metres in each block's own axes. */
#include "sensors/district.h"

#include <math.h>

struct plot {
    struct district_line ring;
    struct district_point centre;
    double angle;
    struct sensors_seeded random;
};

struct house {
    enum { SLAB, TOWER, L_SHAPE, U_SHAPE, COURT } shape;
    double u, v, length, depth, wing;
    int levels;
    enum district_use use;
    const char *name, *name_en;
    int year;
};

static struct plot plot_of(struct district *district, enum district_town town)
{
    const double wall[DISTRICT_SIDES] = {3, 3, 3, 3};
    const struct district_block *block = &sensors_district_plan_town[town];
    struct plot plot = {.random = sensors_seeded_of(district->seed, 2000 + (uint64_t)town)};
    plot.ring = sensors_district_block_ring(district, block, wall, 10);
    plot.centre = sensors_district_ring_centre(&plot.ring);
    plot.angle = sensors_district_block_angle(district, block);
    return plot;
}

static struct district_line placed(struct district *district, const struct plot *plot,
                                   const struct district_line *shape, double u, double v)
{
    struct district_line moved = sensors_district_ring_moved(district, shape, 0, (struct district_point){u, v});
    return sensors_district_ring_moved(district, &moved, plot->angle, plot->centre);
}

static void land(struct district *district, const char *class, const char *name, const char *name_en,
                 const struct district_line *ring)
{
    sensors_district_out_landuse(district, class, &(struct district_tag){.name = name, .name_en = name_en}, ring);
}

static void build(struct district *district, const struct plot *plot, const struct house *house)
{
    struct district_line hole = {0};
    struct district_line shape;
    switch (house->shape) {
    case SLAB:
        shape = sensors_district_shape_slab(district, house->length, house->depth, (int)house->wing);
        break;
    case TOWER:
        shape = sensors_district_shape_tower(district, 3, house->length / 30);
        break;
    case L_SHAPE:
        shape = sensors_district_shape_l(district, house->length, house->depth, house->wing, false);
        break;
    case U_SHAPE:
        shape = sensors_district_shape_u(district, house->length, house->depth, house->wing);
        break;
    default:
        shape = sensors_district_shape_court(district, house->length, house->depth, house->wing, &hole);
        break;
    }
    if (district->building_count == SENSORS_DISTRICT_BUILDINGS) {
        return;
    }
    if (house->use != DISTRICT_USE_COMMERCIAL && house->use != DISTRICT_USE_OFFICE) { /* shops stand on paving */
        const double u = house->length / 2 + 7, v = house->depth / 2 + 7;
        struct district_line green =
            sensors_district_ring_oblong(district, (struct district_span){-u, u}, (struct district_span){-v, v}, 8);
        green = placed(district, plot, &green, house->u, house->v);
        land(district, "grass", "绿地", "Lawn", &green);
    }
    district->buildings[district->building_count++] =
        (struct district_building){.ring = placed(district, plot, &shape, house->u, house->v),
                                   .hole = placed(district, plot, &hole, house->u, house->v),
                                   .estate = -1,
                                   .row = -1,
                                   .number = ++district->town_buildings,
                                   .name = house->name,
                                   .name_en = house->name_en,
                                   .use = house->use,
                                   .levels = house->levels,
                                   .height_m = house->levels * (house->use == DISTRICT_USE_COMMERCIAL ? 4.6 : 3.8),
                                   .entrances = 2,
                                   .year = house->year};
}

static void build_all(struct district *district, const struct plot *plot, const struct house *houses, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        build(district, plot, &houses[i]);
    }
}

static void path(struct district *district, const char *name, const char *name_en, const struct district_line *line)
{
    char key[32];
    snprintf(key, sizeof key, "YX-P%03d", ++district->roads);
    sensors_district_out_road(district, &(struct district_tag){.key = key, .name = name, .name_en = name_en},
                              DISTRICT_FOOTWAY, 3, line);
}

/* A running track around its field: lane 1 of the 400 m track has bends of 36.5 m and straights of 84.39 m. */
static void track(struct district *district, const struct plot *plot, double u, double v, double scale)
{
    const struct district_span all_u = {-84 * scale, 84 * scale}, all_v = {-44 * scale, 44 * scale};
    const struct district_span field_u = {-52 * scale, 52 * scale}, field_v = {-33 * scale, 33 * scale};
    struct district_line outer = sensors_district_ring_oblong(district, all_u, all_v, 44 * scale);
    struct district_line field = sensors_district_ring_oblong(district, field_u, field_v, 1);
    outer = placed(district, plot, &outer, u, v);
    field = placed(district, plot, &field, u, v);
    land(district, "recreation_ground", "田径场", "Running track", &outer);
    land(district, "grass", "足球场", "Football field", &field);
    outer = sensors_district_line_closed(district, &outer);
    path(district, "跑道", "Track", &outer);
}

static void lawn(struct district *district, struct plot *plot, double u, double v, double rx, double ry)
{
    struct district_line blob =
        sensors_district_ring_blob(district, (struct district_point){0, 0}, rx, ry, &plot->random);
    blob = placed(district, plot, &blob, u, v);
    land(district, "grass", "绿地", "Lawn", &blob);
}

static void school(struct district *district)
{
    static const struct house houses[] = {
        {U_SHAPE, 62, 36, 74, 46, 11, 4, DISTRICT_USE_SCHOOL, "云栖小学教学楼", "Yunqi Primary School", 2009},
        {SLAB, 66, -34, 60, 15, 5, 4, DISTRICT_USE_SCHOOL, "云栖小学综合楼", "Yunqi Primary School Annex", 2009},
        {L_SHAPE, 128, -6, 26, 44, 12, 3, DISTRICT_USE_SCHOOL, "云栖小学图书馆", "Yunqi Primary School Library", 2015},
    };
    struct plot plot = plot_of(district, DISTRICT_TOWN_SCHOOL);
    land(district, "school", "云栖小学", "Yunqi Primary School", &plot.ring);
    track(district, &plot, -82, 0, 0.74);
    build_all(district, &plot, houses, BASE_COUNT(houses));
}

static void centre(struct district *district)
{
    static const struct house houses[] = {
        {COURT, -62, 6, 104, 64, 22, 5, DISTRICT_USE_COMMERCIAL, "云栖天地", "Yunqi Place Mall", 2017},
        {TOWER, 34, 30, 32, 32, 0, 24, DISTRICT_USE_OFFICE, "云栖中心A座", "Yunqi Centre Tower A", 2018},
        {TOWER, 100, 24, 34, 34, 0, 28, DISTRICT_USE_OFFICE, "云栖中心B座", "Yunqi Centre Tower B", 2018},
        {U_SHAPE, 62, -34, 76, 34, 12, 3, DISTRICT_USE_COMMERCIAL, "溪畔商业街", "Creekside Shops", 2017},
    };
    struct plot plot = plot_of(district, DISTRICT_TOWN_CENTRE);
    land(district, "commercial", "云栖商业中心", "Yunqi Town Centre", &plot.ring);
    build_all(district, &plot, houses, BASE_COUNT(houses));
}

static void park_paths(struct district *district, struct plot *plot, const struct district_line *lake)
{
    struct district_line shore = sensors_district_line_closed(district, lake);
    struct district_line loop = sensors_district_line_offset(district, &shore, -9);
    path(district, "环湖步道", "Lake loop", &loop);
    for (int side = 0; side < 8; side++) { /* winding ways from the shore to the streets */
        if (side == 4 || side == 7) {
            continue; /* culture house and tea house stand there */
        }
        double t = side * 2 * M_PI / 8;
        struct district_point far = {plot->centre.x + 280 * cos(t), plot->centre.y + 200 * sin(t)};
        struct district_point near = sensors_district_line_at(&loop, sensors_district_line_nearest(&loop, far), NULL);
        double bend = side % 2 ? 22 : -22;
        struct district_point control[] = {
            near, {near.x * 0.6 + far.x * 0.4 - bend * sin(t), near.y * 0.6 + far.y * 0.4 + bend * cos(t)}, far};
        struct district_line way = sensors_district_line_curve(district, control, BASE_COUNT(control), 10);
        struct district_line ring = sensors_district_line_closed(district, &plot->ring);
        double end = sensors_district_line_length(&way), unused;
        sensors_district_line_cross(&way, &ring, &end, &unused);
        way = sensors_district_line_part(district, &way, 0, end);
        path(district, "园路", "Park path", &way);
    }
}

static void park(struct district *district)
{
    static const struct house houses[] = {
        {COURT, -192, 54, 62, 46, 13, 3, DISTRICT_USE_PUBLIC, "云栖文化馆", "Yunqi Culture House", 2012},
        {L_SHAPE, 176, -72, 34, 26, 10, 3, DISTRICT_USE_PUBLIC, "听荷茶舍", "Lotus Tea House", 2012},
    };
    struct plot plot = plot_of(district, DISTRICT_TOWN_PARK);
    land(district, "park", "云栖公园", "Yunqi Park", &plot.ring);
    struct district_line lake =
        sensors_district_ring_blob(district, (struct district_point){0, 0}, 120, 70, &plot.random);
    district->lake = placed(district, &plot, &lake, 6, -8);
    lawn(district, &plot, 190, 60, 46, 40);
    lawn(district, &plot, -180, -70, 40, 30);
    lawn(district, &plot, 20, 112, 60, 20);
    park_paths(district, &plot, &district->lake);
    build_all(district, &plot, houses, BASE_COUNT(houses));
}

static void campus(struct district *district)
{
    static const struct house houses[] = {
        {COURT, 40, 40, 74, 56, 13, 5, DISTRICT_USE_SCHOOL, "书院中学教学楼", "Shuyuan Middle School", 2010},
        {U_SHAPE, 138, 42, 70, 54, 13, 5, DISTRICT_USE_SCHOOL, "书院中学实验楼", "Shuyuan Middle School Laboratories",
         2010},
        {COURT, 70, -64, 58, 44, 15, 3, DISTRICT_USE_SCHOOL, "书院中学体育馆", "Shuyuan Middle School Gymnasium", 2013},
        {SLAB, 150, -40, 62, 16, 4, 6, DISTRICT_USE_SCHOOL, "书院中学宿舍1", "Shuyuan Middle School Hall 1", 2010},
        {SLAB, 150, -84, 62, 16, 4, 6, DISTRICT_USE_SCHOOL, "书院中学宿舍2", "Shuyuan Middle School Hall 2", 2010},
    };
    struct plot plot = plot_of(district, DISTRICT_TOWN_CAMPUS);
    land(district, "school", "书院中学", "Shuyuan Middle School", &plot.ring);
    track(district, &plot, -106, 36, 1);
    for (int i = 0; i < 4; i++) { /* ball courts below the track */
        struct district_line court =
            sensors_district_ring_oblong(district, (struct district_span){-9, 9}, (struct district_span){-15, 15}, 0);
        court = placed(district, &plot, &court, -160 + 34 * i, -68);
        land(district, "recreation_ground", "球场", "Ball court", &court);
    }
    build_all(district, &plot, houses, BASE_COUNT(houses));
}

static void services(struct district *district)
{
    static const struct house houses[] = {
        {COURT, -92, 96, 62, 50, 14, 5, DISTRICT_USE_COMMUNITY, "云栖社区服务中心", "Yunqi Community Services", 2014},
        {L_SHAPE, 66, 100, 84, 56, 17, 8, DISTRICT_USE_HOSPITAL, "云栖社区医院", "Yunqi Health Centre", 2012},
        {COURT, -96, -92, 66, 52, 20, 3, DISTRICT_USE_COMMERCIAL, "云栖菜市场", "Yunqi Market Hall", 2004},
        {U_SHAPE, 76, -92, 70, 52, 14, 6, DISTRICT_USE_PUBLIC, "云栖颐养院", "Yunqi Care Home", 2016},
        {SLAB, 4, -112, 46, 16, 3, 4, DISTRICT_USE_PUBLIC, "云栖消防站", "Yunqi Fire Station", 2011},
    };
    struct plot plot = plot_of(district, DISTRICT_TOWN_SERVICES);
    land(district, "commercial", "云栖公共服务区", "Yunqi Public Services", &plot.ring);
    struct district_line green =
        sensors_district_ring_oblong(district, (struct district_span){-128, 128}, (struct district_span){-46, 46}, 30);
    green = placed(district, &plot, &green, -4, 4);
    land(district, "park", "口袋公园", "Pocket Park", &green);
    green = sensors_district_line_closed(district, &green);
    green = sensors_district_line_offset(district, &green, 6);
    path(district, "口袋公园步道", "Pocket Park loop", &green);
    build_all(district, &plot, houses, BASE_COUNT(houses));
}

void sensors_district_town_build(struct district *district)
{
    school(district);
    centre(district);
    park(district);
    campus(district);
    services(district);
}
