/* A row as a feature: its commands as they are when it lies in the tile, clipped when it does not; its cells as tags.
 */
#include "tiles/render_private.h"

#include <string.h>

static uint32_t key_of(struct rendering *rendering, const char *name, uint32_t *key)
{
    if (*key == UINT32_MAX) {
        *key = tiles_mvt_key(rendering->mvt, name);
    }
    return *key;
}

/* To the second, as people read it. */
static void tag_time(struct tiles_mvt *mvt, uint32_t key, int64_t time_us)
{
    char text[BASE_TIME_TEXT];
    int64_t part = time_us % 1000000;
    base_time_out(time_us - (part < 0 ? part + 1000000 : part), text);
    tiles_mvt_tag_text(mvt, key, base_str_of(text));
}

static void tag_cell(struct rendering *rendering, struct render_field *field, const struct tiles_cells *cells,
                     uint64_t bits)
{
    struct tiles_mvt *mvt = rendering->mvt;
    uint32_t key = key_of(rendering, field->name, &field->key);
    double real;
    memcpy(&real, &bits, sizeof real);
    switch (field->kind) {
    case TILES_INT:
        tiles_mvt_tag_int(mvt, key, (int64_t)bits);
        break;
    case TILES_REAL:
        tiles_mvt_tag_float(mvt, key, (float)real);
        break;
    case TILES_DOUBLE:
        tiles_mvt_tag_double(mvt, key, real);
        break;
    case TILES_TIME:
        tag_time(mvt, key, (int64_t)bits);
        break;
    case TILES_BOOL:
        tiles_mvt_tag_bool(mvt, key, bits != 0);
        break;
    case TILES_TEXT:
    case TILES_TEXTS: /* no layer shows these */
        tiles_mvt_tag_text(mvt, key, (struct base_str){cells->text + (bits >> 32), (uint32_t)bits});
        break;
    }
}

static void tag_row(struct rendering *rendering, const struct tiles_page *page, uint32_t row)
{
    for (size_t i = 0; i < rendering->field_count; i++) {
        struct render_field *field = &rendering->fields[i];
        if (field->column == RENDER_ID) {
            tiles_mvt_tag_id(rendering->mvt, key_of(rendering, field->name, &field->key), page->ids[row]);
        } else if (field->column == RENDER_ESTATE_ID) {
            tiles_mvt_tag_int(rendering->mvt, key_of(rendering, field->name, &field->key), page->estates[row]);
        } else {
            const struct tiles_cells *cells = page->table->columns[field->column].live ? page->live : page->fixed;
            if (cells && !(cells->nulls[row] >> field->column & 1)) {
                tag_cell(rendering, field, cells, cells->columns[field->column][row]);
            }
        }
    }
}

void render_expect(const struct rendering *rendering, const struct tiles_page *page, uint32_t row)
{
    for (size_t i = 0; i < rendering->field_count; i++) {
        const struct render_field *field = &rendering->fields[i];
        if (field->column == RENDER_ID) {
            tiles_mvt_expect_id(rendering->mvt, page->ids[row]);
        }
    }
}

struct drawn { /* relative to the tile */
    struct tiles_grid_point first;
    const uint8_t *commands;
    size_t len;
    bool some;
};

static enum base_err draw(struct rendering *rendering, const struct tiles_page *page, uint32_t row,
                          struct base_diag *diag, struct drawn *drawn)
{
    struct base_buf *clipped = &rendering->mvt->clipped;
    struct tiles_address address = rendering->address;
    enum base_err err = BASE_OK;
    *drawn = (struct drawn){.some = false};
    base_buf_reset(clipped);
    if (address.z > TILES_ZOOM_FULL) {
        struct tiles_shape shape = tiles_page_shape(page, row);
        err = tiles_mvt_deep(rendering->mvt, &shape, address, clipped, &drawn->first, &drawn->some, diag);
    } else {
        const struct tiles_lod *lod;
        err = tiles_lod_of(page, address.z, diag, &lod);
        if (err) {
            return err;
        }
        uint32_t begin = row ? lod->ends[row - 1] : 0, end = lod->ends[row];
        enum geo_shape_type type = page->table->type;
        if (begin == end && type != GEO_SHAPE_POINT) {
            return BASE_OK;
        }
        if (tiles_extent_within(&page->shapes->extents[row], &rendering->extent)) {
            *drawn = (struct drawn){{lod->first[row].x - (int32_t)(address.x * MVT_EXTENT),
                                     lod->first[row].y - (int32_t)(address.y * MVT_EXTENT)},
                                    lod->commands + begin,
                                    end - begin,
                                    true};
            return BASE_OK;
        }
        struct tiles_encoded encoded = {type, lod->first[row], {(const char *)lod->commands + begin, end - begin}};
        err = tiles_mvt_clip(rendering->mvt, &encoded, address, clipped, &drawn->first, &drawn->some, diag);
    }
    drawn->commands = (const uint8_t *)clipped->data;
    drawn->len = clipped->len;
    return err;
}

enum base_err render_feature(struct rendering *rendering, const struct tiles_page *page, uint32_t row,
                             struct base_diag *diag)
{
    struct drawn drawn;
    enum base_err err = draw(rendering, page, row, diag, &drawn);
    if (err || !drawn.some) {
        return err;
    }
    tiles_mvt_feature_begin(rendering->mvt, page->ids[row] >= 0, (uint64_t)page->ids[row]);
    tag_row(rendering, page, row);
    tiles_mvt_feature_end(rendering->mvt, page->table->type, drawn.first, drawn.commands, drawn.len);
    return BASE_OK;
}

static void tag_count(struct rendering *rendering, uint64_t count)
{
    tiles_mvt_tag_int(rendering->mvt, key_of(rendering, "count", &rendering->count_key), (int64_t)count);
}

enum base_err render_counted_area(struct rendering *rendering, const struct tiles_page *page, uint32_t row,
                                  uint64_t count, struct base_diag *diag)
{
    struct drawn drawn;
    struct base_str text;
    enum base_err err = draw(rendering, page, row, diag, &drawn);
    if (err || !drawn.some) {
        return err;
    }
    tiles_mvt_feature_begin(rendering->mvt, false, 0);
    for (size_t i = 0; i < rendering->field_count; i++) {
        struct render_field *field = &rendering->fields[i];
        int column = tiles_table_column(page->table, field->name);
        if (field->column == RENDER_ESTATE_ID) {
            tiles_mvt_tag_int(rendering->mvt, key_of(rendering, field->name, &field->key), page->ids[row]);
        } else if (column >= 0 && field->kind == TILES_TEXT && tiles_page_text(page, row, column, &text)) {
            tiles_mvt_tag_text(rendering->mvt, key_of(rendering, field->name, &field->key), text);
        }
    }
    tag_count(rendering, count);
    tiles_mvt_feature_end(rendering->mvt, GEO_SHAPE_AREA, drawn.first, drawn.commands, drawn.len);
    return BASE_OK;
}

void render_counted_point(struct rendering *rendering, struct tiles_grid_point at, uint64_t count)
{
    tiles_mvt_feature_begin(rendering->mvt, false, 0);
    tag_count(rendering, count);
    tiles_mvt_feature_end(rendering->mvt, GEO_SHAPE_POINT, at, NULL, 0);
}
