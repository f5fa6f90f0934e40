/* Reference systems by name, and one transformation each for the thread that asks. */
#include "api/crs.h"

#include <stdio.h>

#define OGC_URI "http://www.opengis.net/def/crs/OGC/1.3/CRS84"
#define EPSG_URI "http://www.opengis.net/def/crs/EPSG/0/"

static const struct api_crs fixed[API_CRS_FIXED] = {
    {0, 0, false, true}, {1, 4326, true, true}, {2, 3857, false, false}, {3, 4490, true, true}};

struct api_crs api_crs_at(size_t index)
{
    return index < API_CRS_FIXED
               ? fixed[index]
               : (struct api_crs){index, API_CRS_ZONE_FIRST + (int)(index - API_CRS_FIXED), true, false};
}

const char *api_crs_uri(const struct api_crs *crs, char uri[API_CRS_URI])
{
    if (crs->epsg) {
        snprintf(uri, API_CRS_URI, EPSG_URI "%d", crs->epsg);
    } else {
        snprintf(uri, API_CRS_URI, "%s", OGC_URI);
    }
    return uri;
}

enum base_err api_crs_in(struct base_str uri, const char *name, struct base_diag *diag, struct api_crs *ret_crs)
{
    char known[API_CRS_URI];
    for (size_t i = 0; i < API_CRS_COUNT; i++) {
        struct api_crs crs = api_crs_at(i);
        if (!uri.at || base_str_is(uri, api_crs_uri(&crs, known))) {
            *ret_crs = crs;
            return BASE_OK;
        }
    }
    return base_diag_set(diag, BASE_INVALID,
                         "%s must be one of the reference systems that the collection lists, such as " EPSG_URI "4326",
                         name);
}

enum base_err api_crs_open(struct api_crs_kept *kept, const struct api_crs *crs, struct base_diag *diag,
                           struct geo_crs **ret_geo)
{
    char name[16];
    *ret_geo = NULL;
    if (crs->degrees) { /* EPSG:4490 is EPSG:4326 to centimetres, and PROJ changes nothing either */
        return BASE_OK;
    }
    snprintf(name, sizeof name, "EPSG:%d", crs->epsg);
    enum base_err err = kept->each[crs->index] ? BASE_OK : geo_crs_new(name, diag, &kept->each[crs->index]);
    *ret_geo = kept->each[crs->index];
    return err;
}

void api_crs_kept_release(struct api_crs_kept *kept)
{
    for (size_t i = 0; i < API_CRS_COUNT; i++) {
        geo_crs_free(kept->each[i]);
        kept->each[i] = NULL;
    }
}
