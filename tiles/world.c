/* World coordinates: whole numbers that every zoom's grid is a shift of. Spherical Mercator (EPSG method 1024). */
#include "tiles/private.h"

#include <math.h>

#define WORLD 4294967296.0 /* units a side */
enum { BUFFER = 64, EXTENT = 4096, HILBERT_BITS = 16 };

/* The cell that holds the place, not the nearest corner: what is rounded afterwards to a zoom's grid comes out as if it
 * had been rounded once, and a place on a tile's west edge stays in that tile. */
static uint32_t cut(double value)
{
    if (!(value > 0)) { /* NaN too */
        return 0;
    }
    return value >= WORLD ? UINT32_MAX : (uint32_t)value;
}

uint32_t tiles_world_x(double lon)
{
    return cut((lon + 180) / 360 * WORLD);
}

uint32_t tiles_world_y(double lat)
{
    return cut((0.5 - asinh(tan(lat * M_PI / 180)) / (2 * M_PI)) * WORLD);
}

double tiles_world_lon(uint32_t x)
{
    return (x + 0.5) / WORLD * 360 - 180;
}

double tiles_world_lat(uint32_t y)
{
    return atan(sinh((0.5 - (y + 0.5) / WORLD) * 2 * M_PI)) * 180 / M_PI;
}

/* From the coarsest quadrant to the finest: each adds two bits of the curve and says how the next one is turned. */
uint32_t tiles_world_hilbert(uint32_t x, uint32_t y)
{
    uint32_t along = 0;
    x >>= 32 - HILBERT_BITS;
    y >>= 32 - HILBERT_BITS;
    for (int bit = HILBERT_BITS - 1; bit >= 0; bit--) {
        uint32_t east = x >> bit & 1, south = y >> bit & 1;
        along = along << 2 | ((3 * east) ^ south);
        if (!south) {
            uint32_t flip = 0 - east, turned = x ^ flip;
            x = y ^ flip;
            y = turned;
        }
    }
    return along;
}

struct tiles_extent tiles_world_extent(struct tiles_address address)
{
    const int64_t side = INT64_C(1) << (32 - address.z), buffer = side * BUFFER / EXTENT;
    const int64_t west = address.x * side - buffer, north = address.y * side - buffer;
    const int64_t east = west + side + 2 * buffer, south = north + side + 2 * buffer;
    return (struct tiles_extent){
        .min_x = west < 0 ? 0 : (uint32_t)west,
        .min_y = north < 0 ? 0 : (uint32_t)north,
        .max_x = east > UINT32_MAX ? UINT32_MAX : (uint32_t)east,
        .max_y = south > UINT32_MAX ? UINT32_MAX : (uint32_t)south,
    };
}
