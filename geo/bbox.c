/* Boxes are compared millions of times a second, so they are plain values and nothing here allocates. */
#include "geo/geo.h"

#include <math.h>

struct geo_bbox geo_bbox_empty(void)
{
    return (struct geo_bbox){INFINITY, INFINITY, -INFINITY, -INFINITY};
}

static bool is_empty(const struct geo_bbox *box)
{
    return !(box->min_lon <= box->max_lon && box->min_lat <= box->max_lat);
}

void geo_bbox_add(struct geo_bbox *box, struct geo_point point)
{
    box->min_lon = point.lon < box->min_lon ? point.lon : box->min_lon;
    box->min_lat = point.lat < box->min_lat ? point.lat : box->min_lat;
    box->max_lon = point.lon > box->max_lon ? point.lon : box->max_lon;
    box->max_lat = point.lat > box->max_lat ? point.lat : box->max_lat;
}

void geo_bbox_join(struct geo_bbox *box, const struct geo_bbox *other)
{
    if (is_empty(other)) {
        return; /* its corners are infinite */
    }
    geo_bbox_add(box, (struct geo_point){other->min_lon, other->min_lat});
    geo_bbox_add(box, (struct geo_point){other->max_lon, other->max_lat});
}

bool geo_bbox_contains(const struct geo_bbox *box, struct geo_point point)
{
    return point.lon >= box->min_lon && point.lon <= box->max_lon && point.lat >= box->min_lat &&
           point.lat <= box->max_lat;
}

bool geo_bbox_intersects(const struct geo_bbox *a, const struct geo_bbox *b)
{
    return a->min_lon <= b->max_lon && a->max_lon >= b->min_lon && a->min_lat <= b->max_lat && a->max_lat >= b->min_lat;
}

struct geo_bbox geo_bbox_around(struct geo_point centre, double radius_m)
{
    struct geo_local local = geo_local_at(centre.lat);
    double dlat = radius_m / local.lat_m * 1.001; /* the radii change a little on the way */
    double dlon = local.lon_m > 1 ? radius_m / local.lon_m * 1.001 : 360;
    return (struct geo_bbox){centre.lon - dlon, centre.lat - dlat, centre.lon + dlon, centre.lat + dlat};
}
