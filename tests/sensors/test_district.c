/* sensors/district.c: the demo district is the same for the same seed, and a place that could be built: nothing stands
 * on a road, in the water, in a neighbour or outside its estate, and the rounds lead past every building. The files are
 * read back and measured here with a few lines of geometry of their own. */
#include "base/base.h"
#include "sensors/sensors.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <math.h>
#include <unistd.h>

static const char *const kinds[] = {"estates", "buildings", "zones",  "roads",       "water",
                                    "landuse", "places",    "routes", "checkpoints", "facilities"};
static char folder[] = "/tmp/hutong-district-XXXXXX";

/* --- reading back --- */

struct line {
    double (*at)[2]; /* metres about 121.40, 31.02 */
    size_t count;
};

struct feature {
    const struct base_json *properties;
    struct line line; /* the point, the line, or the outer ring, closed */
    struct line hole;
};

struct layer {
    struct base_json *json;
    struct feature *features;
    size_t count;
};

static struct line read_line(const struct base_json *coordinates, bool point)
{
    struct line line = {.count = point ? 1 : base_json_in_size(coordinates)};
    line.at = calloc(line.count, sizeof *line.at);
    assert_non_null(line.at);
    for (size_t i = 0; i < line.count; i++) {
        const struct base_json *position = point ? coordinates : base_json_in_at(coordinates, i);
        double lon, lat;
        assert_true(base_json_in_f64(base_json_in_at(position, 0), &lon));
        assert_true(base_json_in_f64(base_json_in_at(position, 1), &lat));
        line.at[i][0] = (lon - 121.40) * 111320 * cos(31.02 * M_PI / 180);
        line.at[i][1] = (lat - 31.02) * 110860;
        assert_true(fabs(line.at[i][0]) < 1050 && fabs(line.at[i][1]) < 850);
    }
    return line;
}

static struct feature read_feature(const struct base_json *json)
{
    struct feature feature = {.properties = base_json_in_get(json, "properties")};
    const struct base_json *geometry = base_json_in_get(json, "geometry");
    const struct base_json *coordinates = base_json_in_get(geometry, "coordinates");
    struct base_str type;
    assert_true(base_json_in_text(base_json_in_get(geometry, "type"), &type));
    if (base_str_is(type, "Polygon")) {
        feature.line = read_line(base_json_in_at(coordinates, 0), false);
        if (base_json_in_size(coordinates) > 1) {
            feature.hole = read_line(base_json_in_at(coordinates, 1), false);
        }
    } else {
        feature.line = read_line(coordinates, base_str_is(type, "Point"));
    }
    return feature;
}

static void path_of(uint64_t seed, const char *kind, char path[128])
{
    snprintf(path, 128, "%s/%llu/%s.geojson", folder, (unsigned long long)seed, kind);
}

static struct layer read_layer(uint64_t seed, const char *kind)
{
    char path[128];
    struct base_diag diag;
    struct layer layer = {0};
    AUTO_VALUE(base_buf) buf;
    base_buf_init(&buf, 64 << 20);
    path_of(seed, kind, path);
    assert_int_equal(base_file_read(path, 32 << 20, &diag, &buf), BASE_OK);
    assert_int_equal(base_json_in_parse(buf.data, buf.len, &diag, &layer.json), BASE_OK);
    const struct base_json *features = base_json_in_get(layer.json, "features");
    layer.count = base_json_in_size(features);
    layer.features = calloc(layer.count, sizeof *layer.features);
    assert_non_null(layer.features);
    for (size_t i = 0; i < layer.count; i++) {
        layer.features[i] = read_feature(base_json_in_at(features, i));
    }
    return layer;
}

static void layer_release(struct layer *layer)
{
    for (size_t i = 0; i < layer->count; i++) {
        free(layer->features[i].line.at);
        free(layer->features[i].hole.at);
    }
    free(layer->features);
    base_json_free(layer->json);
}

/* A member's text, "" when it is not there. */
static struct base_str text_of(const struct feature *feature, const char *key)
{
    struct base_str text = {"", 0};
    base_json_in_text(base_json_in_get(feature->properties, key), &text);
    return text;
}

static double number_of(const struct feature *feature, const char *key)
{
    double value = NAN;
    base_json_in_f64(base_json_in_get(feature->properties, key), &value);
    return value;
}

static const struct feature *find(const struct layer *layer, const char *key, struct base_str value)
{
    for (size_t i = 0; i < layer->count; i++) {
        if (base_str_equal(text_of(&layer->features[i], key), value)) {
            return &layer->features[i];
        }
    }
    return NULL;
}

/* --- measuring --- */

static double point_distance(const double p[2], const double a[2], const double b[2])
{
    double dx = b[0] - a[0], dy = b[1] - a[1];
    double square = dx * dx + dy * dy;
    double t = square > 0 ? ((p[0] - a[0]) * dx + (p[1] - a[1]) * dy) / square : 0;
    t = fmin(fmax(t, 0), 1);
    dx = p[0] - a[0] - t * dx;
    dy = p[1] - a[1] - t * dy;
    return sqrt(dx * dx + dy * dy);
}

static double turn(const double a[2], const double b[2], const double c[2])
{
    return (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0]);
}

static bool crossing(const double a[2], const double b[2], const double c[2], const double d[2])
{
    return turn(a, b, c) * turn(a, b, d) < 0 && turn(c, d, a) * turn(c, d, b) < 0;
}

static bool far_apart(const struct line *a, const struct line *b, double metres)
{
    double box[2][4];
    const struct line *lines[] = {a, b};
    for (int k = 0; k < 2; k++) {
        double *e = box[k];
        e[0] = e[1] = INFINITY, e[2] = e[3] = -INFINITY;
        for (size_t i = 0; i < lines[k]->count; i++) {
            const double *p = lines[k]->at[i];
            e[0] = fmin(e[0], p[0]), e[1] = fmin(e[1], p[1]), e[2] = fmax(e[2], p[0]), e[3] = fmax(e[3], p[1]);
        }
    }
    return box[0][0] > box[1][2] + metres || box[1][0] > box[0][2] + metres || box[0][1] > box[1][3] + metres ||
           box[1][1] > box[0][3] + metres;
}

/* Distance between two lines, 0 when they cross; INFINITY when their boxes are further apart than 60 m. */
static double distance(const struct line *a, const struct line *b)
{
    double best = INFINITY;
    if (far_apart(a, b, 60)) {
        return best;
    }
    for (size_t i = 0; i + 1 < a->count || i == 0; i++) {
        const double *p = a->at[i], *q = a->at[a->count > 1 ? i + 1 : i];
        for (size_t k = 0; k + 1 < b->count || k == 0; k++) {
            const double *r = b->at[k], *s = b->at[b->count > 1 ? k + 1 : k];
            if (crossing(p, q, r, s)) {
                return 0;
            }
            best = fmin(best, fmin(fmin(point_distance(p, r, s), point_distance(q, r, s)),
                                   fmin(point_distance(r, p, q), point_distance(s, p, q))));
        }
    }
    return best;
}

static bool contains(const struct line *ring, const double p[2])
{
    bool inside = false;
    for (size_t i = 0; i + 1 < ring->count; i++) {
        const double *a = ring->at[i], *b = ring->at[i + 1];
        if ((a[1] > p[1]) != (b[1] > p[1]) && p[0] < a[0] + (p[1] - a[1]) * (b[0] - a[0]) / (b[1] - a[1])) {
            inside = !inside;
        }
    }
    return inside;
}

static double area(const struct line *ring)
{
    double twice = 0;
    for (size_t i = 0; i + 1 < ring->count; i++) {
        twice += ring->at[i][0] * ring->at[i + 1][1] - ring->at[i + 1][0] * ring->at[i][1];
    }
    return twice / 2;
}

static void assert_simple(const struct line *ring, struct base_str name)
{
    for (size_t i = 0; i + 1 < ring->count; i++) {
        for (size_t k = i + 1; k + 1 < ring->count; k++) {
            if (crossing(ring->at[i], ring->at[i + 1], ring->at[k], ring->at[k + 1])) {
                fail_msg("%.*s crosses itself at %.1f %.1f", (int)name.len, name.at, ring->at[i][0], ring->at[i][1]);
            }
        }
    }
}

/* --- the tests; state is the seed --- */

static uint64_t seed_of(void **state)
{
    return (uint64_t)(uintptr_t)*state;
}

static void write_seed(uint64_t seed, const char *suffix, struct sensors_district_summary *summary)
{
    char dir[128];
    struct base_diag diag = {.text = ""};
    snprintf(dir, sizeof dir, "%s/%llu%s", folder, (unsigned long long)seed, suffix);
    if (sensors_district_write(dir, seed, &diag, summary) != BASE_OK) {
        fail_msg("%s", diag.text);
    }
}

static void one_seed_gives_one_district(void **state)
{
    (void)state;
    write_seed(7, "", NULL);
    write_seed(7, "again", NULL);
    write_seed(8, "", NULL);
    for (size_t i = 0; i < BASE_COUNT(kinds); i++) {
        char path[128];
        struct base_diag diag;
        struct base_buf bufs[3];
        const char *const runs[] = {"7", "7again", "8"};
        for (int k = 0; k < 3; k++) {
            base_buf_init(&bufs[k], 64 << 20);
            snprintf(path, sizeof path, "%s/%s/%s.geojson", folder, runs[k], kinds[i]);
            assert_int_equal(base_file_read(path, 32 << 20, &diag, &bufs[k]), BASE_OK);
        }
        assert_true(base_str_equal(base_buf_str(&bufs[0]), base_buf_str(&bufs[1])));
        assert_false(base_str_equal(base_buf_str(&bufs[0]), base_buf_str(&bufs[2])));
        for (int k = 0; k < 3; k++) {
            base_buf_release(&bufs[k]);
        }
    }
}

static void every_seed_has_room_for_400(void **state)
{
    (void)state;
    for (uint64_t seed = 100; seed < 108; seed++) {
        struct sensors_district_summary summary = {0};
        write_seed(seed, "", &summary);
        assert_int_equal(summary.estates, 12);
        assert_int_equal(summary.buildings, 400);
        assert_int_equal(summary.routes, 24);
    }
}

static void says_why_it_cannot_write(void **state)
{
    (void)state;
    struct base_diag diag = {.text = ""};
    struct sensors_district_summary summary = {.buildings = 77};
    assert_int_equal(sensors_district_write("/proc/no/such/place", 1, &diag, &summary), BASE_IO);
    assert_non_null(strstr(diag.text, "/proc"));
    assert_int_equal(summary.buildings, 77);
}

static void features_have_names_and_keys(void **state)
{
    uint64_t seed = seed_of(state);
    struct layer estates = read_layer(seed, "estates");
    for (size_t k = 0; k < BASE_COUNT(kinds); k++) {
        struct layer layer = read_layer(seed, kinds[k]);
        assert_true(layer.count > 0);
        for (size_t i = 0; i < layer.count; i++) {
            const struct feature *feature = &layer.features[i];
            bool demo = false;
            assert_true(base_json_in_bool(base_json_in_get(feature->properties, "demo"), &demo) && demo);
            assert_true(text_of(feature, "key").len > 0 && text_of(feature, "code").len > 0);
            assert_ptr_equal(find(&layer, "key", text_of(feature, "key")), feature); /* unique */
            if (strcmp(kinds[k], "roads") != 0) {
                assert_true(text_of(feature, "name").len > 0 && text_of(feature, "name_en").len > 0);
            }
            if (text_of(feature, "estate").len) {
                assert_non_null(find(&estates, "key", text_of(feature, "estate")));
            }
        }
        layer_release(&layer);
    }
    layer_release(&estates);
}

static void rings_are_sound(void **state)
{
    const char *const polygons[] = {"estates", "buildings", "zones", "water", "landuse"};
    for (size_t k = 0; k < BASE_COUNT(polygons); k++) {
        struct layer layer = read_layer(seed_of(state), polygons[k]);
        for (size_t i = 0; i < layer.count; i++) {
            const struct line *ring = &layer.features[i].line, *hole = &layer.features[i].hole;
            assert_true(ring->count >= 4);
            assert_memory_equal(ring->at[0], ring->at[ring->count - 1], sizeof ring->at[0]);
            assert_true(area(ring) > 4); /* counter-clockwise, and not a sliver */
            assert_simple(ring, text_of(&layer.features[i], "key"));
            if (hole->count) {
                assert_true(area(hole) < -4);
                assert_true(contains(ring, hole->at[0]) && distance(ring, hole) > 3);
            }
        }
        layer_release(&layer);
    }
}

static void buildings_are_believable(void **state)
{
    struct layer buildings = read_layer(seed_of(state), "buildings");
    int low = 0, high = 0, holes = 0, unknown = 0, tallest = 0;
    for (size_t i = 0; i < buildings.count; i++) {
        const struct feature *building = &buildings.features[i];
        double levels = number_of(building, "levels"), height = number_of(building, "height_m");
        assert_true(levels >= 3 && levels <= 34);
        if (isnan(height)) {
            unknown++;
        } else {
            assert_true(height / levels > 2.6 && height / levels < 4.7);
        }
        low += levels <= 7;
        high += levels >= 20;
        holes += building->hole.count > 0;
        tallest = levels > tallest ? (int)levels : tallest;
        if (base_str_is(text_of(building, "use"), "residential")) {
            assert_true(number_of(building, "dwellings") >= levels);
        }
    }
    assert_int_equal(buildings.count, 400);
    assert_true(low > 100 && high > 40 && holes > 8 && tallest >= 32);
    assert_true(unknown > 10 && unknown < 80);
    layer_release(&buildings);
}

static void buildings_stand_clear_of_each_other(void **state)
{
    struct layer buildings = read_layer(seed_of(state), "buildings");
    for (size_t i = 0; i < buildings.count; i++) {
        for (size_t k = i + 1; k < buildings.count; k++) {
            const struct line *a = &buildings.features[i].line, *b = &buildings.features[k].line;
            if (distance(a, b) < 4.5 || contains(a, b->at[0]) || contains(b, a->at[0])) {
                fail_msg("%s and %s: %.1f m", text_of(&buildings.features[i], "key").at,
                         text_of(&buildings.features[k], "key").at, distance(a, b));
            }
        }
    }
    layer_release(&buildings);
}

static void buildings_stand_clear_of_roads_and_water(void **state)
{
    struct layer buildings = read_layer(seed_of(state), "buildings");
    struct layer roads = read_layer(seed_of(state), "roads");
    struct layer water = read_layer(seed_of(state), "water");
    for (size_t i = 0; i < buildings.count; i++) {
        const struct line *ring = &buildings.features[i].line;
        for (size_t k = 0; k < roads.count; k++) {
            double clear = distance(ring, &roads.features[k].line) - number_of(&roads.features[k], "width_m") / 2;
            if (clear < 0.5 || contains(ring, roads.features[k].line.at[0])) {
                fail_msg("%s stands on road %s: %.1f m", text_of(&buildings.features[i], "key").at,
                         text_of(&roads.features[k], "key").at, clear);
            }
        }
        for (size_t k = 0; k < water.count; k++) {
            assert_true(distance(ring, &water.features[k].line) > 5);
            assert_false(contains(&water.features[k].line, ring->at[0]));
        }
    }
    layer_release(&buildings);
    layer_release(&roads);
    layer_release(&water);
}

static void what_belongs_to_an_estate_lies_in_it(void **state)
{
    const char *const inside[] = {"buildings", "zones", "checkpoints", "routes"};
    struct layer estates = read_layer(seed_of(state), "estates");
    int outside = 0;
    for (size_t k = 0; k < BASE_COUNT(inside); k++) {
        struct layer layer = read_layer(seed_of(state), inside[k]);
        for (size_t i = 0; i < layer.count; i++) {
            const struct feature *feature = &layer.features[i];
            const struct feature *estate = find(&estates, "code", text_of(feature, "estate"));
            outside += !estate;
            for (size_t p = 0; estate && p < feature->line.count; p++) {
                const struct line point = {&feature->line.at[p], 1};
                if (!contains(&estate->line, point.at[0]) && distance(&point, &estate->line) > 0.05) {
                    fail_msg("%s lies outside its estate", text_of(feature, "key").at);
                }
            }
        }
        layer_release(&layer);
    }
    assert_in_range(outside, 10, 30); /* schools, the centre, the park's houses: the district's own */
    layer_release(&estates);
}

static void gates_stand_in_the_wall(void **state)
{
    struct layer estates = read_layer(seed_of(state), "estates");
    struct layer facilities = read_layer(seed_of(state), "facilities");
    int gates = 0;
    for (size_t i = 0; i < facilities.count; i++) {
        const struct feature *feature = &facilities.features[i];
        const struct feature *estate = find(&estates, "code", text_of(feature, "estate"));
        assert_non_null(estate);
        if (base_str_is(text_of(feature, "kind"), "gate")) {
            assert_true(distance(&feature->line, &estate->line) < 0.1);
            gates++;
        } else {
            assert_true(contains(&estate->line, feature->line.at[0]));
        }
    }
    assert_true(gates >= 20);
    layer_release(&estates);
    layer_release(&facilities);
}

static void rounds_are_closed_and_lead_along_ways(void **state)
{
    struct layer routes = read_layer(seed_of(state), "routes");
    struct layer roads = read_layer(seed_of(state), "roads");
    for (size_t i = 0; i < routes.count; i++) {
        const struct line *route = &routes.features[i].line;
        assert_memory_equal(route->at[0], route->at[route->count - 1], sizeof route->at[0]);
        for (size_t p = 0; p < route->count; p++) {
            const struct line point = {&route->at[p], 1};
            double nearest = INFINITY;
            for (size_t k = 0; k < roads.count; k++) {
                nearest = fmin(nearest, distance(&point, &roads.features[k].line));
            }
            assert_true(nearest < 1.5);
        }
    }
    layer_release(&routes);
    layer_release(&roads);
}

static void rounds_pass_every_building_and_cross_none(void **state)
{
    struct layer routes = read_layer(seed_of(state), "routes");
    struct layer buildings = read_layer(seed_of(state), "buildings");
    for (size_t i = 0; i < buildings.count; i++) {
        const struct feature *building = &buildings.features[i];
        double nearest = INFINITY;
        for (size_t k = 0; k < routes.count; k++) {
            double metres = distance(&building->line, &routes.features[k].line);
            assert_true(metres > 2 && !contains(&building->line, routes.features[k].line.at[0]));
            if (base_str_equal(text_of(building, "estate"), text_of(&routes.features[k], "estate"))) {
                nearest = fmin(nearest, metres);
            }
        }
        if (text_of(building, "estate").len && nearest > 40) {
            fail_msg("no round comes near %s: %.1f m", text_of(building, "key").at, nearest);
        }
    }
    layer_release(&routes);
    layer_release(&buildings);
}

static void checkpoints_lie_on_their_round(void **state)
{
    struct layer routes = read_layer(seed_of(state), "routes");
    struct layer checkpoints = read_layer(seed_of(state), "checkpoints");
    double last = 0;
    struct base_str before = {"", 0};
    for (size_t i = 0; i < checkpoints.count; i++) {
        const struct feature *checkpoint = &checkpoints.features[i];
        const struct feature *route = find(&routes, "key", text_of(checkpoint, "route"));
        assert_non_null(route);
        assert_true(distance(&checkpoint->line, &route->line) < 0.1);
        last = base_str_equal(before, text_of(checkpoint, "route")) ? last + 1 : 1;
        assert_true(number_of(checkpoint, "seq") == last);
        before = text_of(checkpoint, "route");
    }
    assert_true(checkpoints.count >= 24 * 6);
    layer_release(&routes);
    layer_release(&checkpoints);
}

static int make_folder(void **state)
{
    (void)state;
    if (!mkdtemp(folder)) {
        return -1;
    }
    static const uint64_t seeds[] = {1, 2, 20261121}; /* the last is that of hutong up --demo */
    for (size_t i = 0; i < BASE_COUNT(seeds); i++) {
        write_seed(seeds[i], "", NULL);
    }
    return 0;
}

static int remove_folder(void **state)
{
    (void)state;
    char command[128];
    snprintf(command, sizeof command, "rm -rf %s", folder);
    return system(command);
}

#define EACH_SEED(test)                                                                                 \
    {#test " (seed 1)", test, NULL, NULL, (void *)1}, {#test " (seed 2)", test, NULL, NULL, (void *)2}, \
    {                                                                                                   \
#test " (demo seed)", test, NULL, NULL, (void *)20261121                                        \
    }

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_seed_gives_one_district),
        cmocka_unit_test(every_seed_has_room_for_400),
        cmocka_unit_test(says_why_it_cannot_write),
        EACH_SEED(features_have_names_and_keys),
        EACH_SEED(rings_are_sound),
        EACH_SEED(buildings_are_believable),
        EACH_SEED(buildings_stand_clear_of_each_other),
        EACH_SEED(buildings_stand_clear_of_roads_and_water),
        EACH_SEED(what_belongs_to_an_estate_lies_in_it),
        EACH_SEED(gates_stand_in_the_wall),
        EACH_SEED(rounds_are_closed_and_lead_along_ways),
        EACH_SEED(rounds_pass_every_building_and_cross_none),
        EACH_SEED(checkpoints_lie_on_their_round),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
