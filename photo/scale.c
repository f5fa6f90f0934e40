/* Scaling down by areas: each pixel of the result is the mean of what it covers, weighted by how much of it. In whole
 * numbers, row by row, so that a picture of 40 million pixels needs the memory of a few rows. */
#include "photo/private.h"

#include <stdlib.h>
#include <string.h>

static uint32_t scaled(uint32_t length, uint32_t longer, uint32_t side)
{
    uint32_t out = longer > side ? (uint32_t)(((uint64_t)length * side + longer / 2) / longer) : length;
    return out ? out : 1;
}

struct photo_size photo_scale_fit(struct photo_size size, uint32_t side)
{
    uint32_t longer = size.width > size.height ? size.width : size.height;
    return (struct photo_size){scaled(size.width, longer, side), scaled(size.height, longer, side)};
}

enum base_err photo_scale_init(struct photo_scale *scale, struct photo_size from, struct photo_size to,
                               struct base_diag *diag)
{
    *scale = (struct photo_scale){
        .width = from.width, .height = from.height, .out_width = to.width, .out_height = to.height};
    size_t row = (size_t)scale->out_width * 3;
    scale->across = calloc(row, sizeof *scale->across);
    scale->down = calloc(row, sizeof *scale->down);
    scale->rgb = malloc(row * scale->out_height);
    return scale->across && scale->down && scale->rgb ? BASE_OK : base_diag_set(diag, BASE_NOMEM, "out of memory");
}

/* Sums a row up: a pixel reaches over at most one edge of the result, for it is no wider than one of the result. */
static void across(struct photo_scale *scale, const uint8_t *rgb)
{
    uint32_t *sum = scale->across;
    uint64_t at = 0, edge = scale->width;
    memset(sum, 0, (size_t)scale->out_width * 3 * sizeof *sum);
    for (uint32_t x = 0; x < scale->width; x++, rgb += 3) {
        uint64_t end = at + scale->out_width;
        uint32_t here = (uint32_t)((end < edge ? end : edge) - at), over = scale->out_width - here;
        for (int c = 0; c < 3; c++) {
            sum[c] += rgb[c] * here;
        }
        if (end >= edge) {
            sum += 3;
            edge += scale->width;
        }
        for (int c = 0; c < 3 && over; c++) {
            sum[c] += rgb[c] * over;
        }
        at = end;
    }
}

static void add(struct photo_scale *scale, uint32_t share)
{
    for (size_t i = 0; i < (size_t)scale->out_width * 3; i++) {
        scale->down[i] += (uint64_t)scale->across[i] * share;
    }
}

static void finish_row(struct photo_scale *scale)
{
    uint64_t area = (uint64_t)scale->width * scale->height;
    size_t row = (size_t)scale->out_width * 3;
    uint8_t *out = scale->rgb + scale->made * row;
    for (size_t i = 0; i < row; i++) {
        out[i] = (uint8_t)((scale->down[i] + area / 2) / area);
        scale->down[i] = 0;
    }
    scale->made++;
}

void photo_scale_row(struct photo_scale *scale, const uint8_t *rgb)
{
    uint64_t at = (uint64_t)scale->taken * scale->out_height, end = at + scale->out_height;
    uint64_t edge = (uint64_t)(scale->made + 1) * scale->height;
    uint32_t here = (uint32_t)((end < edge ? end : edge) - at);
    across(scale, rgb);
    add(scale, here);
    if (end >= edge) {
        finish_row(scale);
        add(scale, scale->out_height - here);
    }
    scale->taken++;
}

void photo_scale_end(struct photo_scale *scale, struct photo_pixels *ret_pixels)
{
    *ret_pixels = (struct photo_pixels){scale->rgb, scale->out_width, scale->out_height};
    scale->rgb = NULL;
}

void photo_scale_release(struct photo_scale *scale)
{
    free(scale->across);
    free(scale->down);
    free(scale->rgb);
}
