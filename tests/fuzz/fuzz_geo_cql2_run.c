/* A filter up to the first line feed, and what comes after it as the texts of features: whatever can be read runs, says
 * the same each time, and the opposite under NOT. */
#include "fuzz_geo_cql2.h"

#include <math.h>

struct fuzz_row {
    struct base_str text;
    int kind; /* 0: all null; 1: plain; 2: what no sane layer has */
    struct geo_cql2_value items[3];
    struct geo_shape shapes[2];
};

static void fuzz_odd(const struct fuzz_row *row, uint32_t property, struct geo_cql2_value *ret_value)
{
    switch (ret_value->type) {
    case GEO_CQL2_BOOLEAN:
        ret_value->boolean = false;
        return;
    case GEO_CQL2_INTEGER:
    case GEO_CQL2_DATE:
    case GEO_CQL2_TIMESTAMP:
        ret_value->integer = property % 2 ? INT64_MIN : INT64_MAX;
        return;
    case GEO_CQL2_NUMBER:
        ret_value->number = row->text.len % 2 ? NAN : -INFINITY;
        return;
    case GEO_CQL2_GEOMETRY:
        ret_value->geometry = (struct geo_cql2_geometry){row->shapes, 2};
        return;
    case GEO_CQL2_ARRAY:
        ret_value->array.items = row->items;
        ret_value->array.count = 3;
        return;
    default:
        ret_value->text = row->text;
    }
}

static void fuzz_plain(const struct fuzz_row *row, struct geo_cql2_value *ret_value)
{
    switch (ret_value->type) {
    case GEO_CQL2_BOOLEAN:
        ret_value->boolean = true;
        return;
    case GEO_CQL2_INTEGER:
    case GEO_CQL2_DATE:
    case GEO_CQL2_TIMESTAMP:
        ret_value->integer = 17;
        return;
    case GEO_CQL2_NUMBER:
        ret_value->number = 2.5;
        return;
    case GEO_CQL2_GEOMETRY:
        ret_value->geometry = (struct geo_cql2_geometry){row->shapes, 1};
        return;
    case GEO_CQL2_ARRAY:
        ret_value->array.items = NULL;
        ret_value->array.count = 0;
        return;
    default:
        ret_value->text = row->text;
    }
}

static void fuzz_value(const void *of, uint32_t property, struct geo_cql2_value *ret_value)
{
    const struct fuzz_row *row = of;
    *ret_value = (struct geo_cql2_value){.type = fuzz_properties[property].type, .null = row->kind == 0};
    if (row->kind == 1) {
        fuzz_plain(row, ret_value);
    } else if (row->kind == 2) {
        fuzz_odd(row, property, ret_value);
    }
}

static void fuzz_fill(struct fuzz_row *row, struct base_str text)
{
    *row = (struct fuzz_row){.text = text};
    row->items[0] = (struct geo_cql2_value){.type = GEO_CQL2_TEXT, .text = text};
    row->items[1] = (struct geo_cql2_value){.type = GEO_CQL2_NUMBER, .number = NAN};
    row->items[2] = (struct geo_cql2_value){.type = GEO_CQL2_TEXT, .null = true};
    for (int i = 0; i < 2; i++) { /* a triangle, and a ring that encloses nothing */
        geo_shape_init(&row->shapes[i]);
        geo_shape_reset(&row->shapes[i], GEO_SHAPE_AREA);
        geo_shape_vertex(&row->shapes[i], 0, 0);
        geo_shape_vertex(&row->shapes[i], 10, i ? 0 : 10);
        geo_shape_vertex(&row->shapes[i], i ? INFINITY : 10, 0);
        geo_shape_ring_end(&row->shapes[i]);
        geo_shape_part_end(&row->shapes[i]);
    }
}

/* Truths of the three kinds of rows; false when the filter cannot be read. */
static bool fuzz_truths(struct base_str text, struct fuzz_row *row, enum geo_cql2_truth *truths)
{
    AUTO(geo_cql2) filter = NULL;
    AUTO(geo_cql2_run) run = NULL;
    if (geo_cql2_text_in(text, &fuzz_schema, NULL, &filter) || geo_cql2_run_new(filter, NULL, &run)) {
        return false;
    }
    struct geo_cql2_feature feature = {row, fuzz_value};
    for (row->kind = 0; row->kind < 3; row->kind++) {
        truths[row->kind] = geo_cql2_run_feature(run, &feature, 17);
    }
    for (row->kind = 0; row->kind < 3; row->kind++) {
        if (geo_cql2_run_feature(run, &feature, 17) != truths[row->kind]) {
            abort();
        }
    }
    return true;
}

static void fuzz_opposite(struct base_str text, struct fuzz_row *row, const enum geo_cql2_truth *truths)
{
    AUTO_VALUE(base_buf) negated;
    enum geo_cql2_truth others[3];
    base_buf_init(&negated, GEO_CQL2_TEXT_MAX);
    base_buf_printf(&negated, "NOT (%.*s)", (int)text.len, text.at);
    if (negated.err || !fuzz_truths(base_buf_str(&negated), row, others)) { /* too long, too deep */
        return;
    }
    for (int i = 0; i < 3; i++) {
        bool right = truths[i] == GEO_CQL2_UNKNOWN
                         ? others[i] == GEO_CQL2_UNKNOWN
                         : others[i] == (truths[i] == GEO_CQL2_TRUE ? GEO_CQL2_FALSE : GEO_CQL2_TRUE);
        if (!right) {
            abort();
        }
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const uint8_t *line = size ? memchr(data, '\n', size) : NULL;
    size_t len = line ? (size_t)(line - data) : size;
    struct base_str filter = {(const char *)data, len};
    struct base_str text = line ? (struct base_str){(const char *)line + 1, size - len - 1} : (struct base_str){"", 0};
    enum geo_cql2_truth truths[3];
    struct fuzz_row row;
    fuzz_fill(&row, text);
    if (!memchr(filter.len ? filter.at : "-", 0, filter.len ? filter.len : 1) && fuzz_truths(filter, &row, truths)) {
        fuzz_opposite(filter, &row, truths);
    }
    geo_shape_release(&row.shapes[0]);
    geo_shape_release(&row.shapes[1]);
    return 0;
}
