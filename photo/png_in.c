/* PNG in, by libpng, row by row; what is transparent lies on white. Of chunks only those of the pixels are read, so
 * that nothing is unpacked but pixels. */
#include "photo/private.h"

#include <setjmp.h>
#include <stdlib.h>
#include <string.h>

#include <png.h>

enum { SIGNATURE = 8, CHUNK_HEAD = 8, CHUNK_TAIL = 4, IHDR_END = 33, CHUNK_MAX = 1 << 20 };

struct reader {
    png_structp png;
    png_infop info;
    jmp_buf out;
    struct base_str rest;
    struct photo_scale scale;
    uint8_t *row;
    enum base_err err;
    struct base_diag *diag;
};

static _Noreturn void fail(png_structp png, png_const_charp text)
{
    struct reader *reader = png_get_error_ptr(png);
    reader->err = base_diag_set(reader->diag, BASE_INVALID, "the PNG is broken: %s", text);
    longjmp(reader->out, 1);
}

static void warn(png_structp png, png_const_charp text)
{
    (void)png;
    (void)text;
}

static void take(png_structp png, png_bytep to, size_t len)
{
    struct reader *reader = png_get_io_ptr(png);
    if (reader->rest.len < len) {
        png_error(png, "it ends too early");
    }
    memcpy(to, reader->rest.at, len);
    reader->rest.at += len;
    reader->rest.len -= len;
}

static _Noreturn void refuse(struct reader *reader, enum base_err err, const char *why)
{
    reader->err = base_diag_set(reader->diag, err, "%s", why);
    longjmp(reader->out, 1);
}

/* The same for every picture: eight bits of red, green, blue, and perhaps how opaque it is. */
static void transform(png_structp png)
{
    png_set_expand(png);
    png_set_scale_16(png);
    png_set_gray_to_rgb(png);
}

static void begin(struct reader *reader)
{
    png_set_read_fn(reader->png, reader, take);
    png_set_user_limits(reader->png, PHOTO_WIDTH_MAX, PHOTO_WIDTH_MAX);
    png_set_chunk_malloc_max(reader->png, CHUNK_MAX);
    png_set_keep_unknown_chunks(reader->png, PNG_HANDLE_CHUNK_NEVER, NULL, -1);
    png_read_info(reader->png, reader->info);
    if (png_get_interlace_type(reader->png, reader->info) != PNG_INTERLACE_NONE) {
        refuse(reader, BASE_UNSUPPORTED, "interlaced PNG is not read; save it without interlacing, or as JPEG");
    }
    transform(reader->png);
    png_read_update_info(reader->png, reader->info);
}

static void onto_white(uint8_t *row, uint32_t width)
{
    const uint8_t *from = row;
    for (uint32_t x = 0; x < width; x++, row += 3, from += 4) {
        unsigned opaque = from[3];
        for (int c = 0; c < 3; c++) {
            row[c] = (uint8_t)((from[c] * opaque + 255 * (255 - opaque) + 127) / 255);
        }
    }
}

static void decode(struct reader *reader)
{
    begin(reader);
    struct photo_size size = {png_get_image_width(reader->png, reader->info),
                              png_get_image_height(reader->png, reader->info)};
    bool alpha = png_get_channels(reader->png, reader->info) == 4;
    reader->err = photo_scale_init(&reader->scale, size, photo_scale_fit(size, PHOTO_SIDE), reader->diag);
    reader->row = malloc(png_get_rowbytes(reader->png, reader->info));
    if (reader->err || !reader->row) {
        refuse(reader, BASE_NOMEM, "out of memory");
    }
    for (uint32_t y = 0; y < size.height; y++) {
        png_read_row(reader->png, reader->row, NULL);
        if (alpha) {
            onto_white(reader->row, size.width);
        }
        photo_scale_row(&reader->scale, reader->row);
    }
    png_read_end(reader->png, NULL);
}

/* Cameras write EXIF before the pixels, if at all. */
static int orientation_of(struct base_str bytes)
{
    struct base_reader reader = base_reader_of(bytes.at + SIGNATURE, bytes.len - SIGNATURE);
    while (base_reader_left(&reader) >= CHUNK_HEAD + CHUNK_TAIL) {
        uint32_t len = base_reader_u32be(&reader);
        struct base_str type = base_reader_bytes(&reader, 4), data = base_reader_bytes(&reader, len);
        base_reader_u32be(&reader);
        if (reader.failed || base_str_is(type, "IDAT")) {
            break;
        }
        if (base_str_is(type, "eXIf")) {
            return photo_exif_orientation(data);
        }
    }
    return 1;
}

/* Asked before libpng is, which calls everything broken that is too large. */
static enum base_err check_size(struct base_str bytes, struct base_diag *diag)
{
    if (bytes.len < IHDR_END) {
        return base_diag_set(diag, BASE_INVALID, "the PNG is broken: it ends too early");
    }
    struct base_reader reader = base_reader_of(bytes.at + SIGNATURE + CHUNK_HEAD, 2 * sizeof(uint32_t));
    uint32_t width = base_reader_u32be(&reader), height = base_reader_u32be(&reader);
    return photo_make_check(width, height, diag);
}

enum base_err photo_png_in(struct base_str bytes, struct base_diag *diag, struct photo_pixels *ret_pixels,
                           int *ret_orientation)
{
    struct reader reader = {.rest = bytes, .diag = diag};
    enum base_err err = check_size(bytes, diag);
    if (err) {
        return err;
    }
    if (setjmp(reader.out) == 0) {
        reader.png = png_create_read_struct(PNG_LIBPNG_VER_STRING, &reader, fail, warn);
        reader.info = reader.png ? png_create_info_struct(reader.png) : NULL;
        if (!reader.info) {
            refuse(&reader, BASE_NOMEM, "out of memory");
        }
        decode(&reader);
        photo_scale_end(&reader.scale, ret_pixels);
        *ret_orientation = orientation_of(bytes);
    }
    png_destroy_read_struct(&reader.png, &reader.info, NULL);
    photo_scale_release(&reader.scale);
    free(reader.row);
    return reader.err;
}
