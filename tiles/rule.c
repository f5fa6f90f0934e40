/* Which rows a layer shows at which zoom: the lower, the fewer and the larger. The same as data/query/tile_*.sql, which
 * answer for other moments. */
#include "tiles/private.h"

#include <math.h>
#include <string.h>

enum { BUILDINGS_MAX = 14000 /* of a tile: keeps the densest city under 500 kB */, BUILDING_LEAST_M2 = 40 };

static bool is_one_of(struct base_str text, const char *const *words)
{
    for (; *words; words++) {
        if (base_str_is(text, *words)) {
            return true;
        }
    }
    return false;
}

static struct base_str text_of(const struct tiles_rule *rule, const struct tiles_page *page, uint32_t row)
{
    struct base_str text = {"", 0};
    (void)tiles_page_text(page, row, rule->column, &text);
    return text;
}

static bool road_shows(const struct tiles_rule *rule, const struct tiles_page *page, uint32_t row)
{
    static const char *const paths[] = {"footway",   "path",  "steps",    "cycleway", "pedestrian",
                                        "bridleway", "track", "corridor", "service",  NULL};
    static const char *const fast[] = {"motorway", "trunk", NULL};
    static const char *const large[] = {"primary", "secondary", NULL};
    static const char *const links[] = {"tertiary", "motorway_link", "trunk_link", "primary_link", NULL};
    struct base_str class = text_of(rule, page, row);
    uint32_t zoom = rule->address.z;
    return zoom >= 14 || (zoom == 13 && !is_one_of(class, paths)) ||
           (zoom <= 12 && (is_one_of(class, fast) || (zoom >= 10 && is_one_of(class, large)) ||
                           (zoom == 12 && is_one_of(class, links))));
}

static bool place_shows(const struct tiles_rule *rule, const struct tiles_page *page, uint32_t row)
{
    static const char *const peopled[] = {"city", "town", "suburb", "district", "borough", "village", NULL};
    return rule->address.z >= 12 || is_one_of(text_of(rule, page, row), peopled);
}

static bool facility_shows(const struct tiles_rule *rule, const struct tiles_page *page, uint32_t row)
{
    return rule->address.z >= 14 || base_str_is(text_of(rule, page, row), "gate");
}

static bool building_shows(const struct tiles_rule *rule, const struct tiles_page *page, uint32_t row)
{
    double area_m2;
    return tiles_page_f64(page, row, rule->column, &area_m2) &&
           area_m2 >= (rule->address.z >= 14 ? 0 : BUILDING_LEAST_M2);
}

/* In the one tile that holds the point: its western and northern edge belong to a tile. */
static bool label_shows(const struct tiles_rule *rule, const struct tiles_page *page, uint32_t row)
{
    const struct tiles_extent *extent = &page->shapes->extents[row];
    uint32_t shift = 32 - rule->address.z;
    return (uint64_t)extent->min_x >> shift == rule->address.x && (uint64_t)extent->min_y >> shift == rule->address.y;
}

/* Large enough to be seen. */
static bool extent_shows(const struct tiles_rule *rule, const struct tiles_page *page, uint32_t row)
{
    const struct tiles_extent *extent = &page->shapes->extents[row];
    return (extent->max_x - extent->min_x) * (360 / 4294967296.0) >= rule->least ||
           tiles_world_lat(extent->min_y) - tiles_world_lat(extent->max_y) >= rule->least;
}

static bool device_shows(const struct tiles_rule *rule, const struct tiles_page *page, uint32_t row)
{
    return !tiles_camera_kind(text_of(rule, page, row));
}

static const struct {
    const char *layer;
    bool (*shows)(const struct tiles_rule *rule, const struct tiles_page *page, uint32_t row);
    const char *column;
    double pixels; /* of a tile drawn with 512 */
} rules[] = {
    {"landuse", extent_shows, NULL, 3},
    {"water", extent_shows, NULL, 2},
    {"estates", extent_shows, NULL, 2},
    {"grids", extent_shows, NULL, 2},
    {"zones", extent_shows, NULL, 1},
    {"zone_states", extent_shows, NULL, 1},
    {"roads", road_shows, "class", 0},
    {"places", place_shows, "class", 0},
    {"facilities", facility_shows, "kind", 0},
    {"buildings", building_shows, "area_m2", 0},
    {"building_states", building_shows, "area_m2", 0},
    {"estate_labels", label_shows, NULL, 0},
    {"devices", device_shows, "kind", 0},
};

struct tiles_rule tiles_rule_of(const struct tiles_layer *layer, const struct tiles_request *request,
                                uint32_t limit_shift)
{
    const struct tiles_table *table = &tiles_tables[layer->table];
    uint32_t zoom = request->address.z;
    bool buildings = layer->table == TILES_TABLE_BUILDING;
    struct tiles_rule rule = {.address = request->address, .column = -1};
    rule.most = buildings || limit_shift ? (uint32_t)BUILDINGS_MAX >> limit_shift : UINT32_MAX;
    rule.hidden = buildings && zoom < 14 ? "code" : NULL;
    for (size_t i = 0; i < BASE_COUNT(rules); i++) {
        if (strcmp(rules[i].layer, layer->name) == 0) {
            rule.shows = rules[i].shows;
            rule.column = rules[i].column ? tiles_table_column(table, rules[i].column) : -1;
            rule.least = rules[i].pixels * 360 / ldexp(512, (int)zoom);
        }
    }
    bool counted = buildings && zoom < layer->whole_zoom; /* of what is counted the small ones are a part */
    if (counted || (layer->table == TILES_TABLE_DEVICE && request->cameras)) {
        rule.shows = NULL;
    }
    return rule;
}
