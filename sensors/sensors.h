/* sensors: the event record, a decoder per device format, and the demo: its district and its simulated devices. */
#ifndef HUTONG_SENSORS_H
#define HUTONG_SENSORS_H

#include "base/base.h"

/* === district (district*.c): the generated demo district ===
 * A fictional quarter (云栖区 Yunqi District, lon 121.40 lat 31.02, about 2.0 x 1.6 km): GeoJSON files of RFC 7946,
 * lon/lat degrees WGS 84, every feature with demo:true. The same seed gives the same bytes. */
struct sensors_district_summary {
    size_t estates, buildings, zones, roads, water, landuse, places, routes, checkpoints, facilities;
};

/* Writes estates.geojson, buildings.geojson, … into dir (made when missing). ret_summary may be NULL. INVALID: the
 * seed's streets leave no room for 400 buildings; IO: dir cannot be written. */
enum base_err sensors_district_write(const char *dir, uint64_t seed, struct base_diag *diag,
                                     struct sensors_district_summary *ret_summary) BASE_MUST_CHECK;
/* === end of district === */

#endif
