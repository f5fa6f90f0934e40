/* Short distances do not need a geodesic: the ellipsoid's own radii at the place are exact enough and far faster. */
#include "geo/geo.h"

#include <math.h>

#define WGS84_A 6378137.0          /* semi-major axis, EPSG:7030 */
#define WGS84_E2 0.006694379990141 /* first eccentricity squared, from 1/f = 298.257223563 */
#define RADIANS (M_PI / 180)

/* Meridian radius M = a(1-e2)/(1-e2 sin2)^(3/2), prime vertical N = a/(1-e2 sin2)^(1/2): EPSG Guidance Note 7-2. */
struct geo_local geo_local_at(double lat)
{
    double sine = sin(lat * RADIANS);
    double w2 = 1 - WGS84_E2 * sine * sine;
    double w = sqrt(w2);
    double cosine = sqrt(fmax(0, 1 - sine * sine));
    return (struct geo_local){.lon_m = WGS84_A / w * cosine * RADIANS,
                              .lat_m = WGS84_A * (1 - WGS84_E2) / (w2 * w) * RADIANS};
}
