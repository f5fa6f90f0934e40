/* From what somebody sent to what is kept: decoded, upright, small, encoded anew. */
#include "photo/private.h"

#include <stdlib.h>

void photo_pixels_release(struct photo_pixels *pixels)
{
    free(pixels->rgb);
}

void photo_release(struct photo *photo)
{
    base_buf_release(&photo->image);
    base_buf_release(&photo->thumb);
}

enum base_err photo_make_check(uint32_t width, uint32_t height, struct base_diag *diag)
{
    if (width > PHOTO_WIDTH_MAX || height > PHOTO_WIDTH_MAX || (uint64_t)width * height > PHOTO_PIXELS_MAX) {
        return base_diag_set(diag, BASE_LIMIT, "the picture has %u x %u pixels; %d million are taken, and %d a side",
                             width, height, PHOTO_PIXELS_MAX / 1000000, PHOTO_WIDTH_MAX);
    }
    return BASE_OK;
}

const char *photo_type(struct base_str bytes)
{
    return base_str_starts(bytes, "\xFF\xD8\xFF")        ? "image/jpeg"
           : base_str_starts(bytes, "\x89PNG\r\n\x1A\n") ? "image/png"
                                                         : NULL;
}

static enum base_err decode(struct base_str bytes, struct base_diag *diag, struct photo_pixels *ret_pixels)
{
    const char *type = photo_type(bytes);
    int orientation = 1;
    if (bytes.len > PHOTO_BYTES_MAX) {
        return base_diag_set(diag, BASE_LIMIT, "the picture has more than %d MB", PHOTO_BYTES_MAX >> 20);
    }
    if (!type) {
        return base_diag_set(diag, BASE_UNSUPPORTED, "this is neither a JPEG nor a PNG; save it as one of them");
    }
    enum base_err err = base_str_is(base_str_of(type), "image/png")
                            ? photo_png_in(bytes, diag, ret_pixels, &orientation)
                            : photo_jpeg_in(bytes, diag, ret_pixels, &orientation);
    return err ? err : photo_turn(ret_pixels, orientation, diag);
}

static enum base_err thumb(const struct photo_pixels *pixels, struct base_diag *diag, struct base_buf *buf)
{
    struct photo_scale scale;
    AUTO_VALUE(photo_pixels) small = {.rgb = NULL};
    struct photo_size size = {pixels->width, pixels->height};
    enum base_err err = photo_scale_init(&scale, size, photo_scale_fit(size, PHOTO_THUMB_SIDE), diag);
    for (uint32_t y = 0; y < pixels->height && !err; y++) {
        photo_scale_row(&scale, pixels->rgb + (size_t)y * pixels->width * 3);
    }
    if (!err) {
        photo_scale_end(&scale, &small);
        err = photo_jpeg_out(&small, diag, buf);
    }
    photo_scale_release(&scale);
    return err;
}

enum base_err photo_make(struct base_str bytes, struct base_diag *diag, struct photo *ret_photo)
{
    struct photo photo;
    AUTO_VALUE(photo_pixels) pixels = {.rgb = NULL};
    base_buf_init(&photo.image, PHOTO_KEPT_MAX);
    base_buf_init(&photo.thumb, PHOTO_KEPT_MAX);
    enum base_err err = decode(bytes, diag, &pixels);
    err = err ? err : photo_jpeg_out(&pixels, diag, &photo.image);
    err = err ? err : thumb(&pixels, diag, &photo.thumb);
    if (err) {
        photo_release(&photo);
        return err;
    }
    photo.width = pixels.width;
    photo.height = pixels.height;
    photo.hash = base_digest_of(base_buf_str(&photo.image));
    *ret_photo = photo;
    return BASE_OK;
}
