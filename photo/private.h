/* What the files of photo/ share. Private to photo/. */
#ifndef HUTONG_PHOTO_PRIVATE_H
#define HUTONG_PHOTO_PRIVATE_H

#include "photo/photo.h"

struct photo_pixels {
    uint8_t *rgb; /* three bytes a pixel, row by row from the top */
    uint32_t width, height;
};
void photo_pixels_release(struct photo_pixels *pixels);

/* --- scale (scale.c): rows come in from the top, and leave as the average of the area that they covered ---
 *
 *   out  |    j    |   j + 1   |     a pixel of the picture is out_width wide, one of the result width: all is whole
 *   in   | x | x+1 | x+2 | x+3 |     numbers, and the result the same on every machine.
 */
struct photo_scale {
    uint32_t width, height, out_width, out_height;
    uint32_t taken;   /* rows */
    uint32_t made;    /* rows of the result */
    uint32_t *across; /* a row, summed up from left to right */
    uint64_t *down;   /* rows of the result's next row, summed up */
    uint8_t *rgb;
};
enum { PHOTO_WIDTH_MAX = 65500 }; /* of libjpeg, and so that a row's sums fit into 32 bits */

/* The same picture with no more than `side` pixels along its longer side; a smaller one stays as it is. */
struct photo_size {
    uint32_t width, height;
};
struct photo_size photo_scale_fit(struct photo_size size, uint32_t side);
/* to: no wider and no higher. */
enum base_err photo_scale_init(struct photo_scale *scale, struct photo_size from, struct photo_size to,
                               struct base_diag *diag) BASE_MUST_CHECK;
void photo_scale_row(struct photo_scale *scale, const uint8_t *rgb);
/* After as many rows as the picture has. */
void photo_scale_end(struct photo_scale *scale, struct photo_pixels *ret_pixels);
void photo_scale_release(struct photo_scale *scale);

/* --- jpeg_in, png_in: a whole picture, scaled down to PHOTO_SIDE, not yet upright --- */
enum base_err photo_jpeg_in(struct base_str bytes, struct base_diag *diag, struct photo_pixels *ret_pixels,
                            int *ret_orientation) BASE_MUST_CHECK;
enum base_err photo_png_in(struct base_str bytes, struct base_diag *diag, struct photo_pixels *ret_pixels,
                           int *ret_orientation) BASE_MUST_CHECK;
/* LIMIT, and how large it is. */
enum base_err photo_make_check(uint32_t width, uint32_t height, struct base_diag *diag) BASE_MUST_CHECK;

/* --- jpeg_out: a baseline JPEG with JFIF's header and nothing else --- */
enum base_err photo_jpeg_out(const struct photo_pixels *pixels, struct base_diag *diag,
                             struct base_buf *buf) BASE_MUST_CHECK;

/* --- exif (exif.c) --- Orientation (1 to 8, CIPA DC-008 4.6.5) of a TIFF header with what follows; 1 when it says
 * none. */
int photo_exif_orientation(struct base_str tiff);

/* --- turn (turn.c) --- Upright, as the orientation says that it was taken. */
enum base_err photo_turn(struct photo_pixels *pixels, int orientation, struct base_diag *diag) BASE_MUST_CHECK;

#endif
