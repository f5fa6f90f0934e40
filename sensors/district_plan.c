/* The master plan: streets with gentle bends, a creek that swings through the middle, and the blocks between them.
 *
 *   y 700  ===+=========+=========+=========+===   Beiyuan Road      E01 E02 E03 E04
 *   y 400  ===+=======+===========+==========+==   Tingquan Road     E05 school/centre park E06
 *   y   0  ~~~~~~~~~~~~~~~ Yunxi Creek ~~~~~~~~~                     E07 E08 E09 campus
 *   y-330  ===+=======+=======+==============+==   Hongxi Road       E10 services E11 E12
 *   y-700  ===+=======+=======+=======+======+==   Nanyuan Road
 *            x-910           x-70           x 910
 *
 * The control points are the plan and stay; a seed moves them by metres only, so that blocks keep their size. */
#include "sensors/district.h"

#include <math.h>

enum street {
    BEIYUAN,
    TINGQUAN,
    XIBEI,
    XINAN,
    HONGXI,
    NANYUAN,
    XILIN,
    YUNQI,
    DONGLIN,
    WUTONG,
    GUIHUA,
    ZIWEI,
    YULAN,
    YINXING,
    XIANGZHANG,
    HAITANG,
    YINGHUA,
    SHUYUAN
};

enum { CONTROLS = 6, OPEN = -1 };

static const struct {
    const char *name, *name_en;
    enum district_class class;
    double half_width;
    int from, to; /* the streets it ends at; OPEN: runs out of the district */
    size_t count; /* 0: follows the creek */
    struct district_point control[CONTROLS];
} plan[DISTRICT_STREETS] = {
    [BEIYUAN] = {"北苑路",
                 "Beiyuan Road",
                 DISTRICT_SECONDARY,
                 12,
                 OPEN,
                 OPEN,
                 5,
                 {{-1000, 698}, {-500, 678}, {0, 706}, {450, 722}, {1000, 684}}},
    [TINGQUAN] = {"听泉路",
                  "Tingquan Road",
                  DISTRICT_SECONDARY,
                  11,
                  OPEN,
                  OPEN,
                  6,
                  {{-1000, 424}, {-600, 436}, {-250, 398}, {80, 366}, {450, 388}, {1000, 412}}},
    [XIBEI] = {"溪北路", "Xibei Road", DISTRICT_TERTIARY, 8, OPEN, OPEN, 0, {{0, 0}}},
    [XINAN] = {"溪南路", "Xinan Road", DISTRICT_TERTIARY, 8, OPEN, OPEN, 0, {{0, 0}}},
    [HONGXI] = {"虹溪路",
                "Hongxi Road",
                DISTRICT_PRIMARY,
                16,
                OPEN,
                OPEN,
                6,
                {{-1000, -268}, {-550, -284}, {-150, -352}, {250, -374}, {650, -328}, {1000, -300}}},
    [NANYUAN] = {"南苑路",
                 "Nanyuan Road",
                 DISTRICT_SECONDARY,
                 12,
                 OPEN,
                 OPEN,
                 5,
                 {{-1000, -676}, {-400, -692}, {100, -716}, {600, -692}, {1000, -704}}},
    [XILIN] = {"西林路",
               "Xilin Road",
               DISTRICT_SECONDARY,
               11,
               OPEN,
               OPEN,
               5,
               {{-924, -800}, {-902, -300}, {-918, 100}, {-898, 450}, {-912, 800}}},
    [YUNQI] = {"云栖路",
               "Yunqi Road",
               DISTRICT_PRIMARY,
               17,
               OPEN,
               OPEN,
               5,
               {{-66, -800}, {-98, -400}, {-56, -50}, {-88, 300}, {-48, 800}}},
    [DONGLIN] = {"东林路",
                 "Donglin Road",
                 DISTRICT_SECONDARY,
                 11,
                 OPEN,
                 OPEN,
                 5,
                 {{914, -800}, {896, -300}, {922, 100}, {902, 500}, {920, 800}}},
    [WUTONG] =
        {"梧桐路", "Wutong Road", DISTRICT_TERTIARY, 8, TINGQUAN, BEIYUAN, 3, {{-548, 340}, {-530, 560}, {-504, 780}}},
    [GUIHUA] =
        {"桂花路", "Guihua Road", DISTRICT_TERTIARY, 8, TINGQUAN, BEIYUAN, 3, {{424, 290}, {446, 540}, {428, 790}}},
    [ZIWEI] =
        {"紫薇路", "Ziwei Road", DISTRICT_TERTIARY, 8, XIBEI, TINGQUAN, 3, {{-398, -20}, {-424, 240}, {-452, 500}}},
    [YULAN] = {"玉兰路", "Yulan Road", DISTRICT_TERTIARY, 8, XIBEI, TINGQUAN, 3, {{462, -80}, {498, 220}, {512, 480}}},
    [YINXING] =
        {"银杏路", "Yinxing Road", DISTRICT_TERTIARY, 8, HONGXI, XINAN, 3, {{-476, -380}, {-506, -120}, {-520, 130}}},
    [XIANGZHANG] =
        {"香樟路", "Xiangzhang Road", DISTRICT_TERTIARY, 8, HONGXI, XINAN, 3, {{452, -450}, {478, -180}, {470, 80}}},
    [HAITANG] = {"海棠路",
                 "Haitang Road",
                 DISTRICT_TERTIARY,
                 8,
                 NANYUAN,
                 HONGXI,
                 3,
                 {{-410, -790}, {-432, -500}, {-424, -220}}},
    [YINGHUA] =
        {"樱花路", "Yinghua Road", DISTRICT_TERTIARY, 8, NANYUAN, HONGXI, 3, {{352, -800}, {334, -540}, {318, -270}}},
    [SHUYUAN] =
        {"书院路", "Shuyuan Road", DISTRICT_RESIDENTIAL, 6, ZIWEI, YUNQI, 3, {{-500, 222}, {-250, 190}, {10, 176}}},
};

#define SIDE(side) (1u << DISTRICT_##side)

const struct district_estate_spec sensors_district_plan_estates[SENSORS_DISTRICT_ESTATES] = {
    {"曙光一村",
     "Shuguang Village No. 1",
     "state",
     {{TINGQUAN, WUTONG, BEIYUAN, XILIN}},
     DISTRICT_OLD,
     DISTRICT_SOUTH,
     DISTRICT_WEST,
     SIDE(SOUTH),
     1988,
     5,
     6,
     false},
    {"云栖花园",
     "Yunqi Garden",
     "market",
     {{TINGQUAN, YUNQI, BEIYUAN, WUTONG}},
     DISTRICT_TOWERS,
     DISTRICT_SOUTH,
     DISTRICT_WEST,
     SIDE(SOUTH) | SIDE(EAST),
     2016,
     24,
     32,
     true},
    {"梧桐里",
     "Wutong Li",
     "market",
     {{TINGQUAN, GUIHUA, BEIYUAN, YUNQI}},
     DISTRICT_SLABS,
     DISTRICT_SOUTH,
     DISTRICT_EAST,
     SIDE(NORTH) | SIDE(WEST),
     2011,
     11,
     18,
     true},
    {"听泉苑",
     "Tingquan Court",
     "market",
     {{TINGQUAN, DONGLIN, BEIYUAN, GUIHUA}},
     DISTRICT_TOWERS,
     DISTRICT_SOUTH,
     DISTRICT_WEST,
     SIDE(SOUTH),
     2014,
     20,
     28,
     false},
    {"望溪雅居",
     "Wangxi Residence",
     "market",
     {{XIBEI, ZIWEI, TINGQUAN, XILIN}},
     DISTRICT_MIXED,
     DISTRICT_NORTH,
     DISTRICT_EAST,
     SIDE(NORTH),
     2019,
     6,
     18,
     false},
    {"桂语里",
     "Guiyu Li",
     "resident",
     {{XIBEI, DONGLIN, TINGQUAN, YULAN}},
     DISTRICT_COURTS,
     DISTRICT_NORTH,
     DISTRICT_WEST,
     SIDE(WEST),
     2006,
     6,
     9,
     true},
    {"枕溪名邸",
     "Zhenxi Mansion",
     "market",
     {{HONGXI, YINXING, XINAN, XILIN}},
     DISTRICT_SLABS,
     DISTRICT_SOUTH,
     DISTRICT_EAST,
     SIDE(SOUTH),
     2013,
     14,
     18,
     false},
    {"锦绣新村",
     "Jinxiu New Village",
     "state",
     {{HONGXI, YUNQI, XINAN, YINXING}},
     DISTRICT_OLD,
     DISTRICT_SOUTH,
     DISTRICT_WEST,
     SIDE(EAST),
     1994,
     6,
     6,
     false},
    {"和畅园",
     "Hechang Park",
     "resident",
     {{HONGXI, XIANGZHANG, XINAN, YUNQI}},
     DISTRICT_MIXED,
     DISTRICT_SOUTH,
     DISTRICT_EAST,
     SIDE(SOUTH) | SIDE(WEST),
     2008,
     7,
     26,
     true},
    {"东篱新苑",
     "Dongli New Court",
     "state",
     {{NANYUAN, HAITANG, HONGXI, XILIN}},
     DISTRICT_COURTS,
     DISTRICT_SOUTH,
     DISTRICT_EAST,
     SIDE(NORTH),
     2003,
     6,
     11,
     true},
    {"清风三村",
     "Qingfeng Village No. 3",
     "resident",
     {{NANYUAN, YINGHUA, HONGXI, YUNQI}},
     DISTRICT_OLD,
     DISTRICT_NORTH,
     DISTRICT_EAST,
     SIDE(NORTH),
     1997,
     5,
     7,
     false},
    {"星澜府",
     "Xinglan House",
     "market",
     {{NANYUAN, DONGLIN, HONGXI, YINGHUA}},
     DISTRICT_TOWERS,
     DISTRICT_NORTH,
     DISTRICT_WEST,
     SIDE(NORTH) | SIDE(SOUTH),
     2021,
     26,
     34,
     true},
};

const struct district_block sensors_district_plan_town[DISTRICT_TOWN_BLOCKS] = {
    [DISTRICT_TOWN_SCHOOL] = {{SHUYUAN, YUNQI, TINGQUAN, ZIWEI}},
    [DISTRICT_TOWN_CENTRE] = {{XIBEI, YUNQI, SHUYUAN, ZIWEI}},
    [DISTRICT_TOWN_PARK] = {{XIBEI, YULAN, TINGQUAN, YUNQI}},
    [DISTRICT_TOWN_CAMPUS] = {{HONGXI, DONGLIN, XINAN, XIANGZHANG}},
    [DISTRICT_TOWN_SERVICES] = {{NANYUAN, YUNQI, HONGXI, HAITANG}},
};

static void river(struct district *district, struct sensors_seeded *random)
{
    struct district_point control[] = {{-1000, 112}, {-760, 126}, {-480, 66}, {-230, -42}, {60, -84},
                                       {330, -46},   {600, 24},   {820, 38},  {1000, 14}};
    for (size_t i = 1; i + 1 < BASE_COUNT(control); i++) {
        control[i].y += sensors_seeded_real(random, -8, 8);
    }
    district->river = sensors_district_line_curve(district, control, BASE_COUNT(control), 22);
    struct district_line south = {0};
    struct district_line north = {0};
    struct district_line right = sensors_district_line_offset(district, &district->river, -1);
    struct district_line left = sensors_district_line_offset(district, &district->river, 1);
    for (size_t i = 0; i < right.count && i < left.count && i < district->river.count; i++) {
        struct district_point c = district->river.at[i];
        double half = 15 + 3 * sin(c.x / 140); /* never a ditch of one width */
        sensors_district_line_add(
            district, &south,
            (struct district_point){c.x + (right.at[i].x - c.x) * half, c.y + (right.at[i].y - c.y) * half});
        sensors_district_line_add(
            district, &north,
            (struct district_point){c.x + (left.at[i].x - c.x) * half, c.y + (left.at[i].y - c.y) * half});
    }
    struct district_line back = sensors_district_line_reversed(district, &north);
    sensors_district_line_join(district, &south, &back);
    district->river_ring = south;
}

static struct district_line street_line(struct district *district, int street, struct sensors_seeded *random)
{
    if (plan[street].count == 0) {
        return sensors_district_line_offset(district, &district->river, street == XIBEI ? 50 : -50);
    }
    struct district_point control[CONTROLS];
    for (size_t i = 0; i < plan[street].count; i++) {
        bool end = i == 0 || i + 1 == plan[street].count;
        control[i].x = plan[street].control[i].x + (end ? 0 : sensors_seeded_real(random, -7, 7));
        control[i].y = plan[street].control[i].y + (end ? 0 : sensors_seeded_real(random, -7, 7));
    }
    return sensors_district_line_curve(district, control, plan[street].count, 22);
}

void sensors_district_plan_streets(struct district *district)
{
    struct sensors_seeded random = sensors_seeded_of(district->seed, 1000);
    river(district, &random);
    for (int i = 0; i < DISTRICT_STREETS; i++) {
        district->streets[i] = (struct district_street){.name = plan[i].name,
                                                        .name_en = plan[i].name_en,
                                                        .class = plan[i].class,
                                                        .half_width = plan[i].half_width,
                                                        .long_line = street_line(district, i, &random)};
    }
    for (int i = 0; i < DISTRICT_STREETS; i++) {
        struct district_line *line = &district->streets[i].long_line;
        double start = 0;
        double end = sensors_district_line_length(line);
        double unused;
        if (plan[i].from != OPEN) {
            sensors_district_line_cross(line, &district->streets[plan[i].from].long_line, &start, &unused);
            sensors_district_line_cross(line, &district->streets[plan[i].to].long_line, &end, &unused);
        }
        district->streets[i].line = sensors_district_line_part(district, line, start, end);
    }
}

/* --- what of the plan goes into the files --- */

static void write_streets(struct district *district)
{
    for (int i = 0; i < DISTRICT_STREETS; i++) {
        const struct district_street *street = &district->streets[i];
        char key[32];
        snprintf(key, sizeof key, "YX-R%02d", i + 1);
        sensors_district_out_road(district,
                                  &(struct district_tag){.key = key, .name = street->name, .name_en = street->name_en},
                                  street->class, 2 * street->half_width, &street->line);
    }
}

static void write_water(struct district *district)
{
    static const struct district_tag creek = {.key = "YX-W1", .name = "云溪", .name_en = "Yunxi Creek"};
    static const struct district_tag lake = {.key = "YX-W2", .name = "云栖湖", .name_en = "Yunqi Lake"};
    struct base_json_out *out = sensors_district_out_begin(district, DISTRICT_KIND_WATER, &creek);
    base_json_out_key(out, "class");
    base_json_out_text(out, "river");
    sensors_district_out_ring(district, DISTRICT_KIND_WATER, &district->river_ring, NULL);
    out = sensors_district_out_begin(district, DISTRICT_KIND_WATER, &lake);
    base_json_out_key(out, "class");
    base_json_out_text(out, "lake");
    sensors_district_out_ring(district, DISTRICT_KIND_WATER, &district->lake, NULL);
}

/* Both banks: a green strip between water and riverside road, a path on top. */
static void write_banks(struct district *district)
{
    for (int bank = -1; bank <= 1; bank += 2) {
        struct district_line edge = sensors_district_line_offset(district, &district->river, bank * 30);
        struct district_line strip = sensors_district_line_strip(district, &edge, 11, 11);
        sensors_district_out_landuse(
            district, "park", &(struct district_tag){.name = "云溪滨水绿带", .name_en = "Yunxi Creekside"}, &strip);
        char key[32];
        snprintf(key, sizeof key, "YX-P%03d", ++district->roads);
        sensors_district_out_road(district,
                                  &(struct district_tag){.key = key, .name = "滨水步道", .name_en = "Creekside path"},
                                  DISTRICT_FOOTWAY, 3, &edge);
    }
}

/* Labels: a point each, in the middle of the land they name. */
static void write_place(struct district *district, const char *class, const struct district_tag *tag,
                        const struct district_block *land)
{
    const double none[DISTRICT_SIDES] = {0};
    struct district_line ring = sensors_district_block_ring(district, land, none, 1);
    struct base_json_out *out = sensors_district_out_begin(district, DISTRICT_KIND_PLACES, tag);
    base_json_out_key(out, "class");
    base_json_out_text(out, class);
    sensors_district_out_point(district, DISTRICT_KIND_PLACES, sensors_district_ring_centre(&ring));
}

static void write_places(struct district *district)
{
    static const struct {
        const char *key, *name, *name_en;
        struct district_block land;
    } communities[] = {{"YX-C1", "听泉社区", "Tingquan Community", {{XIBEI, YUNQI, BEIYUAN, XILIN}}},
                       {"YX-C2", "北苑社区", "Beiyuan Community", {{XIBEI, DONGLIN, BEIYUAN, YUNQI}}},
                       {"YX-C3", "虹溪社区", "Hongxi Community", {{NANYUAN, YUNQI, XINAN, XILIN}}},
                       {"YX-C4", "南苑社区", "Nanyuan Community", {{NANYUAN, DONGLIN, XINAN, YUNQI}}}};
    static const struct district_block all = {{NANYUAN, DONGLIN, BEIYUAN, XILIN}};
    static const struct district_tag whole = {.key = "YX", .name = "云栖区", .name_en = "Yunqi District"};
    write_place(district, "district", &whole, &all);
    for (size_t i = 0; i < BASE_COUNT(communities); i++) {
        struct district_tag tag = {
            .key = communities[i].key, .name = communities[i].name, .name_en = communities[i].name_en};
        write_place(district, "community", &tag, &communities[i].land);
    }
}

void sensors_district_plan_write(struct district *district)
{
    write_streets(district);
    write_water(district);
    write_banks(district);
    write_places(district);
}
