/* Features out: GeoJSON of RFC 7946 (lon/lat WGS 84, outer rings counter-clockwise, holes clockwise, closed). */
#include "sensors/district.h"

#include <math.h>

enum { FILE_MAX = 16 << 20 };

static const char *const files[DISTRICT_KINDS] = {[DISTRICT_KIND_ESTATES] = "estates",
                                                  [DISTRICT_KIND_BUILDINGS] = "buildings",
                                                  [DISTRICT_KIND_ZONES] = "zones",
                                                  [DISTRICT_KIND_ROADS] = "roads",
                                                  [DISTRICT_KIND_WATER] = "water",
                                                  [DISTRICT_KIND_LANDUSE] = "landuse",
                                                  [DISTRICT_KIND_PLACES] = "places",
                                                  [DISTRICT_KIND_ROUTES] = "routes",
                                                  [DISTRICT_KIND_CHECKPOINTS] = "checkpoints",
                                                  [DISTRICT_KIND_FACILITIES] = "facilities"};

static const char *const classes[] = {
    [DISTRICT_PRIMARY] = "primary",         [DISTRICT_SECONDARY] = "secondary", [DISTRICT_TERTIARY] = "tertiary",
    [DISTRICT_RESIDENTIAL] = "residential", [DISTRICT_SERVICE] = "service",     [DISTRICT_FOOTWAY] = "footway"};

const char *sensors_district_out_file(enum district_kind kind)
{
    return files[kind];
}

void sensors_district_out_init(struct district *district)
{
    for (int kind = 0; kind < DISTRICT_KINDS; kind++) {
        struct base_buf *buf = &district->files[kind];
        base_buf_init(buf, FILE_MAX);
        district->json[kind] = base_json_out_of(buf);
        struct base_json_out *out = &district->json[kind];
        base_json_out_object(out);
        base_json_out_key(out, "type");
        base_json_out_text(out, "FeatureCollection");
        base_json_out_key(out, "name");
        base_json_out_text(out, files[kind]);
        base_json_out_key(out, "attribution");
        base_json_out_text(out, "演示数据 · 虚构的云栖区 / Demo data, the fictional Yunqi District");
        base_json_out_key(out, "features");
        base_json_out_array(out);
    }
}

static void text_member(struct base_json_out *out, const char *key, const char *text)
{
    if (text) {
        base_json_out_key(out, key);
        base_json_out_text(out, text);
    }
}

struct base_json_out *sensors_district_out_begin(struct district *district, enum district_kind kind,
                                                 const struct district_tag *tag)
{
    struct base_json_out *out = &district->json[kind];
    district->features[kind]++;
    base_buf_u8(out->buf, '\n'); /* a feature a line: the files can be read and compared */
    base_json_out_object(out);
    text_member(out, "type", "Feature");
    base_json_out_key(out, "properties");
    base_json_out_object(out);
    text_member(out, "key", tag->key);
    text_member(out, "name", tag->name);
    text_member(out, "name_en", tag->name_en);
    text_member(out, "code", tag->code ? tag->code : tag->key);
    text_member(out, "estate", tag->estate);
    base_json_out_key(out, "demo");
    base_json_out_bool(out, true);
    return out;
}

/* Metres to degrees about the centre; the WGS 84 series of Snyder, "Map Projections", p. 25 (metres per degree). */
static void position(struct base_json_out *out, struct district_point p)
{
    const double lat = SENSORS_DISTRICT_LAT * M_PI / 180;
    double per_lat = 111132.954 - 559.822 * cos(2 * lat) + 1.175 * cos(4 * lat);
    double per_lon = 111412.84 * cos(lat) - 93.5 * cos(3 * lat) + 0.118 * cos(5 * lat);
    base_json_out_array(out);
    base_json_out_f64(out, SENSORS_DISTRICT_LON + p.x / per_lon, 7);
    base_json_out_f64(out, SENSORS_DISTRICT_LAT + p.y / per_lat, 7);
    base_json_out_array_end(out);
}

static struct base_json_out *geometry(struct district *district, enum district_kind kind, const char *type)
{
    struct base_json_out *out = &district->json[kind];
    base_json_out_object_end(out); /* properties */
    base_json_out_key(out, "geometry");
    base_json_out_object(out);
    text_member(out, "type", type);
    base_json_out_key(out, "coordinates");
    return out;
}

static void feature_end(struct base_json_out *out)
{
    base_json_out_object_end(out);
    base_json_out_object_end(out);
}

void sensors_district_out_point(struct district *district, enum district_kind kind, struct district_point at)
{
    struct base_json_out *out = geometry(district, kind, "Point");
    position(out, at);
    feature_end(out);
}

void sensors_district_out_line(struct district *district, enum district_kind kind, const struct district_line *line)
{
    struct base_json_out *out = geometry(district, kind, "LineString");
    base_json_out_array(out);
    for (size_t i = 0; i < line->count; i++) {
        position(out, line->at[i]);
    }
    base_json_out_array_end(out);
    feature_end(out);
}

static void ring_positions(struct base_json_out *out, const struct district_line *ring, bool backwards)
{
    size_t count = ring->count;
    if (count > 1 && hypot(ring->at[0].x - ring->at[count - 1].x, ring->at[0].y - ring->at[count - 1].y) < 0.01) {
        count--; /* a curve that came back to its start */
    }
    base_json_out_array(out);
    for (size_t i = 0; i < count; i++) {
        position(out, ring->at[backwards ? count - 1 - i : i]);
    }
    if (count) {
        position(out, ring->at[backwards ? count - 1 : 0]);
    }
    base_json_out_array_end(out);
}

void sensors_district_out_ring(struct district *district, enum district_kind kind, const struct district_line *ring,
                               const struct district_line *hole)
{
    struct base_json_out *out = geometry(district, kind, "Polygon");
    base_json_out_array(out);
    ring_positions(out, ring, false);
    if (hole && hole->count) {
        ring_positions(out, hole, true);
    }
    base_json_out_array_end(out);
    feature_end(out);
}

void sensors_district_out_road(struct district *district, const struct district_tag *tag, enum district_class class,
                               double width_m, const struct district_line *line)
{
    struct base_json_out *out = sensors_district_out_begin(district, DISTRICT_KIND_ROADS, tag);
    text_member(out, "class", classes[class]);
    base_json_out_key(out, "width_m");
    base_json_out_f64(out, width_m, 1);
    sensors_district_out_line(district, DISTRICT_KIND_ROADS, line);
}

void sensors_district_out_landuse(struct district *district, const char *class, const struct district_tag *tag,
                                  const struct district_line *ring)
{
    char key[32];
    snprintf(key, sizeof key, "YX-L%04d", ++district->landuses);
    struct district_tag keyed = *tag;
    keyed.key = tag->key ? tag->key : key;
    struct base_json_out *out = sensors_district_out_begin(district, DISTRICT_KIND_LANDUSE, &keyed);
    text_member(out, "class", class);
    sensors_district_out_ring(district, DISTRICT_KIND_LANDUSE, ring, NULL);
}
