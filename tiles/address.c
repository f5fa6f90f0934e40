/* Tile addresses: strict digits in, the tile's place on earth out. */
#include "tiles/tiles.h"

#include <math.h>

static bool digits(struct base_str text, uint32_t *ret_value)
{
    if (text.len == 0 || text.len > 8 || (text.len > 1 && text.at[0] == '0')) {
        return false;
    }
    uint32_t value = 0;
    for (size_t i = 0; i < text.len; i++) {
        if (text.at[i] < '0' || text.at[i] > '9') {
            return false;
        }
        value = value * 10 + (uint32_t)(text.at[i] - '0');
    }
    *ret_value = value;
    return true;
}

enum base_err tiles_address_in(struct base_str z, struct base_str x, struct base_str y, struct base_diag *diag,
                               struct tiles_address *ret_address)
{
    struct tiles_address address;
    if (!digits(z, &address.z) || !digits(x, &address.x) || !digits(y, &address.y)) {
        return base_diag_set(diag, BASE_INVALID, "a tile's address is three whole numbers: /{z}/{x}/{y}");
    }
    if (address.z > TILES_ZOOM_MAX) {
        return base_diag_set(diag, BASE_INVALID, "zoom %u is deeper than %d", address.z, TILES_ZOOM_MAX);
    }
    uint32_t side = UINT32_C(1) << address.z;
    if (address.x >= side || address.y >= side) {
        return base_diag_set(diag, BASE_INVALID, "at zoom %u x and y are 0 to %u", address.z, side - 1);
    }
    *ret_address = address;
    return BASE_OK;
}

/* Inverse Web Mercator (EPSG Guidance Note 7-2, method 1024): share 0..1 of the square, counted from the north. */
static double latitude(double share)
{
    return atan(sinh(M_PI * (1 - 2 * share))) * 180 / M_PI;
}

static double clamped(double share)
{
    return fmin(fmax(share, 0), 1);
}

struct tiles_box tiles_address_box(struct tiles_address address, double margin)
{
    double side = ldexp(1, (int)address.z);
    return (struct tiles_box){
        .west = clamped((address.x - margin) / side) * 360 - 180,
        .south = latitude(clamped((address.y + 1 + margin) / side)),
        .east = clamped((address.x + 1 + margin) / side) * 360 - 180,
        .north = latitude(clamped((address.y - margin) / side)),
    };
}
