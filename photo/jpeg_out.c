/* JPEG out: baseline, with the header of JFIF and no other marker that says anything. */
#include "photo/private.h"

#include <setjmp.h>

#include <jerror.h>
#include <jpeglib.h>

enum { QUALITY = 82, PIECE = 1 << 16 };

struct writer {
    struct jpeg_error_mgr errors; /* first: libjpeg gives its address back */
    struct jpeg_destination_mgr to;
    struct jpeg_compress_struct jpeg;
    jmp_buf out;
    struct base_buf *buf;
    bool failed;
};

static void fail(j_common_ptr jpeg)
{
    struct writer *writer = (struct writer *)(void *)jpeg->err;
    writer->failed = true; /* of pixels of ours nothing can be wrong: it is memory */
    longjmp(writer->out, 1);
}

/* Room for the next piece. */
static void open_piece(j_compress_ptr jpeg)
{
    struct writer *writer = (struct writer *)(void *)jpeg->err;
    writer->to.next_output_byte = (JOCTET *)base_buf_reserve(writer->buf, PIECE);
    writer->to.free_in_buffer = PIECE;
    if (!writer->to.next_output_byte) {
        ERREXIT1(jpeg, JERR_OUT_OF_MEMORY, 0);
    }
}

static boolean next_piece(j_compress_ptr jpeg)
{
    ((struct writer *)(void *)jpeg->err)->buf->len += PIECE;
    open_piece(jpeg);
    return TRUE;
}

static void close_piece(j_compress_ptr jpeg)
{
    struct writer *writer = (struct writer *)(void *)jpeg->err;
    writer->buf->len += PIECE - writer->to.free_in_buffer;
}

static void encode(struct writer *writer, const struct photo_pixels *pixels)
{
    struct jpeg_compress_struct *jpeg = &writer->jpeg;
    jpeg_create_compress(jpeg);
    jpeg->dest = &writer->to;
    jpeg->image_width = pixels->width;
    jpeg->image_height = pixels->height;
    jpeg->input_components = 3;
    jpeg->in_color_space = JCS_RGB;
    jpeg_set_defaults(jpeg);
    jpeg_set_quality(jpeg, QUALITY, TRUE);
    jpeg->optimize_coding = TRUE;
    jpeg_start_compress(jpeg, TRUE);
    while (jpeg->next_scanline < jpeg->image_height) {
        JSAMPROW row = pixels->rgb + (size_t)jpeg->next_scanline * pixels->width * 3;
        jpeg_write_scanlines(jpeg, &row, 1);
    }
    jpeg_finish_compress(jpeg);
}

enum base_err photo_jpeg_out(const struct photo_pixels *pixels, struct base_diag *diag, struct base_buf *buf)
{
    struct writer writer = {
        .to = {.init_destination = open_piece, .empty_output_buffer = next_piece, .term_destination = close_piece},
        .buf = buf};
    writer.jpeg.err = jpeg_std_error(&writer.errors);
    writer.errors.error_exit = fail;
    if (setjmp(writer.out) == 0) {
        encode(&writer, pixels);
    }
    jpeg_destroy_compress(&writer.jpeg);
    return writer.failed ? base_diag_set(diag, BASE_NOMEM, "out of memory while a photo was encoded") : BASE_OK;
}
