/* GCJ-02 and BD-09 by the formulas everybody uses (docs/formulas.md), and inverses that really come back. */
#include "geo/geo.h"

#include <math.h>
#include <strings.h>

#define GCJ_A 6378245.0             /* Krasovsky 1940 */
#define GCJ_E2 0.006693421622965943 /* as the published formula has it */
#define BD_TURN (M_PI * 3000 / 180)
#define FADE 0.05 /* degrees inside the box over which the shift comes in; see geo.h */
#define RADIANS (M_PI / 180)

static const struct geo_bbox gcj_box = {72.004, 0.8293, 137.8347, 55.8271};

static const char *const names[] = {"wgs84", "gcj02", "bd09"};
static const struct {
    const char *name;
    enum geo_datum datum;
} spellings[] = {
    {"wgs84", GEO_DATUM_WGS84},    {"wgs-84", GEO_DATUM_WGS84}, {"epsg:4326", GEO_DATUM_WGS84},
    {"cgcs2000", GEO_DATUM_WGS84}, {"gcj02", GEO_DATUM_GCJ02},  {"gcj-02", GEO_DATUM_GCJ02},
    {"bd09", GEO_DATUM_BD09},      {"bd-09", GEO_DATUM_BD09},   {"bd09ll", GEO_DATUM_BD09},
};

bool geo_datum_in(struct base_str name, enum geo_datum *ret_datum)
{
    for (size_t i = 0; i < BASE_COUNT(spellings); i++) {
        struct base_str known = base_str_of(spellings[i].name);
        if (known.len == name.len && strncasecmp(known.at, name.at, name.len) == 0) {
            *ret_datum = spellings[i].datum;
            return true;
        }
    }
    return false;
}

const char *geo_datum_name(enum geo_datum datum)
{
    return names[datum];
}

static double fade_at(double inside)
{
    return inside >= FADE ? 1 : inside <= 0 ? 0 : inside / FADE;
}

/* 0 on the edges of the box and outside, 1 from FADE inside on, without a jump in between. */
static double strength(struct geo_point p)
{
    if (!geo_bbox_contains(&gcj_box, p)) {
        return 0;
    }
    double east_west = fmin(p.lon - gcj_box.min_lon, gcj_box.max_lon - p.lon);
    double north_south = fmin(p.lat - gcj_box.min_lat, gcj_box.max_lat - p.lat);
    return fade_at(east_west) * fade_at(north_south);
}

static double ripple(double a) /* the terms that both formulas share */
{
    return (20 * sin(6 * a * M_PI) + 20 * sin(2 * a * M_PI)) * 2 / 3;
}

static double swell(double a, double big, double small)
{
    return (20 * sin(a * M_PI) + 40 * sin(a / 3 * M_PI)) * 2 / 3 +
           (big * sin(a / 12 * M_PI) + small * sin(a * M_PI / 30)) * 2 / 3;
}

static struct geo_point gcj_from_wgs84(struct geo_point p)
{
    double share = strength(p);
    if (share == 0) {
        return p;
    }
    double x = p.lon - 105;
    double y = p.lat - 35;
    double root = sqrt(fabs(x));
    double north = -100 + 2 * x + 3 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * root + ripple(x) + swell(y, 160, 320);
    double east = 300 + x + 2 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * root + ripple(x) + swell(x, 150, 300);
    double sine = sin(p.lat * RADIANS);
    double w2 = 1 - GCJ_E2 * sine * sine;
    double dlat = north / (GCJ_A * (1 - GCJ_E2) / (w2 * sqrt(w2)) * RADIANS);
    double dlon = east / (GCJ_A / sqrt(w2) * cos(p.lat * RADIANS) * RADIANS);
    return (struct geo_point){p.lon + share * dlon, p.lat + share * dlat};
}

static struct geo_point bd_from_gcj(struct geo_point p)
{
    double radius = hypot(p.lon, p.lat) + 0.00002 * sin(p.lat * BD_TURN);
    double angle = atan2(p.lat, p.lon) + 0.000003 * cos(p.lon * BD_TURN);
    return (struct geo_point){radius * cos(angle) + 0.0065, radius * sin(angle) + 0.006};
}

/* Fixed point: the guess moves by what forward(guess) misses. Both maps are the identity plus something whose slope is
 * far below 1 (GCJ-02 0.01, in the fade 0.2; BD-09 0.03), so each step gains at least a factor of five. */
static struct geo_point inverse(struct geo_point (*forward)(struct geo_point), struct geo_point target)
{
    struct geo_point guess = target;
    for (int i = 0; i < 40; i++) {
        struct geo_point there = forward(guess);
        double dlon = target.lon - there.lon;
        double dlat = target.lat - there.lat;
        guess.lon += dlon;
        guess.lat += dlat;
        if (!(fabs(dlon) > 1e-11 || fabs(dlat) > 1e-11)) {
            break;
        }
    }
    return guess;
}

struct geo_point geo_datum_to_wgs84(enum geo_datum datum, struct geo_point point)
{
    if (datum == GEO_DATUM_WGS84) {
        return point;
    }
    struct geo_point gcj = datum == GEO_DATUM_BD09 ? inverse(bd_from_gcj, point) : point;
    return inverse(gcj_from_wgs84, gcj);
}

struct geo_point geo_datum_from_wgs84(enum geo_datum datum, struct geo_point point)
{
    if (datum == GEO_DATUM_WGS84) {
        return point;
    }
    struct geo_point gcj = gcj_from_wgs84(point);
    return datum == GEO_DATUM_BD09 ? bd_from_gcj(gcj) : gcj;
}
