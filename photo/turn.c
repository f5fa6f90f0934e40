/* A camera that was held sideways writes its rows as they come and says so in EXIF: here the rows are put upright. */
#include "photo/private.h"

#include <stdlib.h>

enum base_err photo_turn(struct photo_pixels *pixels, int orientation, struct base_diag *diag)
{
    /*  1 as it is  2 mirrored  3 by 180 degrees  4 upside down  5 along its diagonal  6 by 90  7 the other one  8 by
     * 270 */
    bool swap = orientation >= 5;
    bool from_right = orientation == 2 || orientation == 3 || orientation == 7 || orientation == 8;
    bool from_below = orientation == 3 || orientation == 4 || orientation == 6 || orientation == 7;
    uint32_t width = pixels->width, height = pixels->height;
    if (!swap && !from_right && !from_below) {
        return BASE_OK;
    }
    uint8_t *turned = malloc((size_t)width * height * 3), *to = turned;
    if (!turned) {
        return base_diag_set(diag, BASE_NOMEM, "out of memory");
    }
    for (uint32_t y = 0; y < (swap ? width : height); y++) {
        for (uint32_t x = 0; x < (swap ? height : width); x++, to += 3) {
            uint32_t column = swap ? y : x, row = swap ? x : y;
            column = from_right ? width - 1 - column : column;
            row = from_below ? height - 1 - row : row;
            const uint8_t *from = pixels->rgb + ((size_t)row * width + column) * 3;
            to[0] = from[0];
            to[1] = from[1];
            to[2] = from[2];
        }
    }
    free(pixels->rgb);
    *pixels = (struct photo_pixels){turned, swap ? height : width, swap ? width : height};
    return BASE_OK;
}
