/* JPEG in, by libjpeg-turbo, which ends a program that sends it something broken unless it is led out by longjmp: what
 * it holds lies in one struct that outlives the jump. Most of its warnings are errors here - it would fill up with grey
 * what a connection that broke off has left out. */
#include "photo/private.h"

#include <setjmp.h>
#include <stdlib.h>

#include <jerror.h>
#include <jpeglib.h>

enum {
    SCANS_MAX = 40,         /* progressive files have ten; each further one is another walk over the whole picture */
    MEMORY_MAX = 150 << 20, /* what libjpeg keeps of a progressive file: its coefficients */
    MARKER_MAX = 65533
};

struct reader {
    struct jpeg_error_mgr errors; /* first: libjpeg gives its address back */
    struct jpeg_progress_mgr progress;
    struct jpeg_decompress_struct jpeg;
    jmp_buf out;
    struct photo_scale scale;
    uint8_t *row;
    int orientation;
    enum base_err err;
    struct base_diag *diag;
};

static void fail(j_common_ptr jpeg)
{
    struct reader *reader = (struct reader *)(void *)jpeg->err;
    char text[JMSG_LENGTH_MAX];
    reader->errors.format_message(jpeg, text);
    switch (reader->errors.msg_code) {
    case JERR_OUT_OF_MEMORY:
        reader->err = base_diag_set(reader->diag, BASE_NOMEM, "out of memory");
        break;
    case JERR_NO_BACKING_STORE:
    case JERR_IMAGE_TOO_BIG:
        reader->err = base_diag_set(reader->diag, BASE_LIMIT, "the JPEG is too large to be decoded; make it smaller");
        break;
    case JERR_BAD_PRECISION:
    case JERR_SOF_UNSUPPORTED:
    case JERR_CONVERSION_NOTIMPL:
        reader->err = base_diag_set(reader->diag, BASE_UNSUPPORTED, "this kind of JPEG is not read: %s", text);
        break;
    default:
        reader->err = base_diag_set(reader->diag, BASE_INVALID, "the JPEG is broken: %s", text);
    }
    longjmp(reader->out, 1);
}

/* What cameras do, and what hurts no pixel. */
static bool harmless(int code)
{
    return code == JWRN_EXTRANEOUS_DATA || code == JWRN_JFIF_MAJOR || code == JWRN_ADOBE_XFORM;
}

static void warn(j_common_ptr jpeg, int level)
{
    if (level < 0 && !harmless(jpeg->err->msg_code)) {
        fail(jpeg);
    }
}

static void refuse(struct reader *reader, enum base_err err, const char *why)
{
    reader->err = base_diag_set(reader->diag, err, "%s", why);
    longjmp(reader->out, 1);
}

static void on_progress(j_common_ptr jpeg)
{
    if (((j_decompress_ptr)jpeg)->input_scan_number > SCANS_MAX) {
        refuse((struct reader *)(void *)jpeg->err, BASE_LIMIT, "the JPEG has too many scans; save it anew");
    }
}

static int orientation_of(const struct jpeg_decompress_struct *jpeg)
{
    static const char name[6] = "Exif\0"; /* and one more zero */
    for (jpeg_saved_marker_ptr marker = jpeg->marker_list; marker; marker = marker->next) {
        struct base_str data = {(const char *)marker->data, marker->data_length};
        if (data.len > sizeof name &&
            base_str_equal((struct base_str){data.at, sizeof name}, (struct base_str){name, sizeof name})) {
            return photo_exif_orientation((struct base_str){data.at + sizeof name, data.len - sizeof name});
        }
    }
    return 1;
}

/* libjpeg halves while it decodes, which costs next to nothing; the rest is for photo_scale. */
static void halve(struct jpeg_decompress_struct *jpeg)
{
    uint32_t longer = jpeg->image_width > jpeg->image_height ? jpeg->image_width : jpeg->image_height;
    jpeg->scale_num = 1;
    jpeg->scale_denom = 1;
    while (jpeg->scale_denom < 8 && longer / (jpeg->scale_denom * 2) >= PHOTO_SIDE) {
        jpeg->scale_denom *= 2;
    }
}

static void begin(struct reader *reader, struct base_str bytes)
{
    struct jpeg_decompress_struct *jpeg = &reader->jpeg;
    jpeg_create_decompress(jpeg);
    jpeg->progress = &reader->progress;
    jpeg->mem->max_memory_to_use = MEMORY_MAX;
    jpeg_mem_src(jpeg, (const unsigned char *)bytes.at, bytes.len);
    jpeg_save_markers(jpeg, JPEG_APP0 + 1, MARKER_MAX);
    jpeg_read_header(jpeg, TRUE);
    reader->orientation = orientation_of(jpeg);
    if (photo_make_check(jpeg->image_width, jpeg->image_height, reader->diag)) {
        reader->err = BASE_LIMIT;
        longjmp(reader->out, 1);
    }
    if (jpeg->jpeg_color_space == JCS_CMYK || jpeg->jpeg_color_space == JCS_YCCK) {
        refuse(reader, BASE_UNSUPPORTED, "the JPEG is made for print (CMYK); save it as RGB");
    }
    jpeg->out_color_space = JCS_RGB;
    halve(jpeg);
    jpeg_start_decompress(jpeg);
}

static void decode(struct reader *reader, struct base_str bytes)
{
    struct jpeg_decompress_struct *jpeg = &reader->jpeg;
    begin(reader, bytes);
    struct photo_size from = {jpeg->output_width, jpeg->output_height};
    struct photo_size to = photo_scale_fit((struct photo_size){jpeg->image_width, jpeg->image_height}, PHOTO_SIDE);
    reader->err = photo_scale_init(&reader->scale, from, to, reader->diag);
    reader->row = malloc((size_t)jpeg->output_width * 3);
    if (reader->err || !reader->row) {
        refuse(reader, BASE_NOMEM, "out of memory");
    }
    while (jpeg->output_scanline < jpeg->output_height) {
        jpeg_read_scanlines(jpeg, &reader->row, 1);
        photo_scale_row(&reader->scale, reader->row);
    }
    jpeg_finish_decompress(jpeg);
}

enum base_err photo_jpeg_in(struct base_str bytes, struct base_diag *diag, struct photo_pixels *ret_pixels,
                            int *ret_orientation)
{
    struct reader reader = {.progress = {.progress_monitor = on_progress}, .diag = diag};
    reader.jpeg.err = jpeg_std_error(&reader.errors);
    reader.errors.error_exit = fail;
    reader.errors.emit_message = warn;
    if (setjmp(reader.out) == 0) {
        decode(&reader, bytes);
        photo_scale_end(&reader.scale, ret_pixels);
        *ret_orientation = reader.orientation;
    }
    jpeg_destroy_decompress(&reader.jpeg);
    photo_scale_release(&reader.scale);
    free(reader.row);
    return reader.err;
}
