/* What both writers share: numbers that read back as the same, and the numbers of a box. */
#include "geo/cql2_private.h"

#include <string.h>

void cql2_out_number(struct base_buf *buf, double value, bool point)
{
    char text[40];
    double back;
    int len = 0;
    for (int digits = 15; digits <= 17; digits++) {
        len = snprintf(text, sizeof text, "%.*g", digits, value);
        if (base_str_f64((struct base_str){text, (size_t)len}, &back) && back == value) {
            break;
        }
    }
    base_buf_append(buf, text, (size_t)len);
    if (point && !strpbrk(text, ".e")) {
        base_buf_text(buf, ".0");
    }
}

void cql2_out_box(const struct geo_shape *shape, double ret_box[4])
{
    struct geo_bbox all = geo_shape_bbox(shape), last = geo_bbox_empty();
    uint32_t ring = shape->parts > 1 ? shape->part_ends[shape->parts - 2] : 0;
    for (uint32_t i = ring ? shape->ring_ends[ring - 1] : 0; i < shape->vertices; i++) {
        geo_bbox_add(&last, (struct geo_point){shape->xy[2 * (size_t)i], shape->xy[2 * (size_t)i + 1]});
    }
    ret_box[0] = shape->xy[0]; /* the first part begins in the west, the last one ends in the east */
    ret_box[1] = all.min_lat;
    ret_box[2] = last.max_lon;
    ret_box[3] = all.max_lat;
}
