/* Reference systems that items come in (OGC 18-058r1): which there are, and their transformations. Private to api/.
 *
 * Ownership  systems are static; a kept set owns its transformations.
 * Threads    a kept set is one thread's: making a transformation takes milliseconds, so each worker keeps its own.
 * Units      degrees or metres, in the order of the system's axes; lon/lat within.
 * Errors     INVALID: none that is served.
 * Sources    EPSG register; the names are those of OGC 18-058r1, 6.2.
 */
#ifndef HUTONG_API_CRS_H
#define HUTONG_API_CRS_H

#include "geo/geo.h"

/* CRS84; EPSG 4326, 4490 and 3857; the Gauss-Krueger zones of CGCS2000, 4513 to 4554. */
enum { API_CRS_ZONE_FIRST = 4513, API_CRS_ZONE_LAST = 4554, API_CRS_FIXED = 4 };
enum { API_CRS_COUNT = API_CRS_FIXED + API_CRS_ZONE_LAST - API_CRS_ZONE_FIRST + 1 };

struct api_crs {
    size_t index; /* of API_CRS_COUNT; 0: CRS84, which everything is stored in */
    int epsg;     /* 0: CRS84 */
    bool swap;    /* its axes go north, east */
    bool degrees;
};

struct api_crs_kept {
    struct geo_crs *each[API_CRS_COUNT];
};

enum { API_CRS_URI = 64 };
struct api_crs api_crs_at(size_t index);
const char *api_crs_uri(const struct api_crs *crs, char uri[API_CRS_URI]);
/* at NULL: CRS84. name: the parameter's, for the message. */
enum base_err api_crs_in(struct base_str uri, const char *name, struct base_diag *diag,
                         struct api_crs *ret_crs) BASE_MUST_CHECK;
/* *ret_geo NULL: coordinates stay as they are (but for their order). Else the kept set's. */
enum base_err api_crs_open(struct api_crs_kept *kept, const struct api_crs *crs, struct base_diag *diag,
                           struct geo_crs **ret_geo) BASE_MUST_CHECK;
void api_crs_kept_release(struct api_crs_kept *kept);

#endif
