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

/* --- values --- */
/* Fields that all rows of the page lack are left out. */
static void columns_of(struct rendering *rendering, const struct tiles_page *page, const struct tiles_dictionary *fixed,
                       const struct tiles_dictionary *live)
{
    rendering->column_count = 0;
    for (size_t i = 0; i < rendering->field_count; i++) {
        struct render_field *field = &rendering->fields[i];
        bool is_live = field->column >= 0 && page->table->columns[field->column].live;
        const struct tiles_dictionary *of = is_live ? live : fixed;
        const uint16_t *numbers = field->column >= 0 && of ? of->numbers[field->column] : NULL;
        if (numbers || field->column < 0) {
            uint32_t *known = rendering->mvt->numbers + (is_live ? fixed->count : 0);
            rendering->columns[rendering->column_count++] = (struct render_column){field, numbers, of, known};
        }
    }
}

enum base_err render_page(struct rendering *rendering, const struct tiles_page *page, struct base_diag *diag)
{
    const struct tiles_dictionary *fixed, *live;
    struct tiles_mvt *mvt = rendering->mvt;
    enum base_err err = tiles_dictionary_of(page, false, diag, &fixed);
    err = err ? err : tiles_dictionary_of(page, true, diag, &live);
    if (!err && rendering->address.z <= TILES_ZOOM_FULL) {
        err = tiles_lod_of(page, rendering->address.z, diag, &rendering->lod);
    }
    if (err) {
        return err;
    }
    uint32_t count = fixed->count + (live ? live->count : 0);
    if (!mvt_room(&mvt->numbers, &mvt->number_cap, count + 1, sizeof *mvt->numbers)) {
        return base_diag_set(diag, BASE_NOMEM, "out of memory");
    }
    memset(mvt->numbers, 0, count * sizeof *mvt->numbers);
    columns_of(rendering, page, fixed, live);
    return BASE_OK;
}

static struct base_str written_of(const struct render_column *column, const struct tiles_value *value)
{
    return (struct base_str){column->dictionary->written + value->at, value->len};
}

static void tag_value(struct tiles_mvt *mvt, uint32_t key, const struct render_column *column, uint32_t value)
{
    uint32_t *known = &column->known[value];
    if (!*known) {
        const struct tiles_value *is = &column->dictionary->values[value];
        *known = tiles_mvt_value(mvt, written_of(column, is), is->hash) + 1;
    }
    mvt_layer_tag(&mvt->layer, key, *known - 1);
}

static void tag_int(struct rendering *rendering, const char *name, uint32_t *key, int64_t value)
{
    uint32_t number = tiles_mvt_cell(rendering->mvt, TILES_INT, (struct tiles_cell){.i64 = value});
    tiles_mvt_tag(rendering->mvt, key_of(rendering, name, key), number);
}

/* Neighbours are mostly of one estate. */
static void tag_estate(struct rendering *rendering, uint32_t key, int64_t estate_id)
{
    if (!rendering->estate_value || rendering->estate_id != estate_id) {
        struct tiles_cell cell = {.i64 = estate_id};
        rendering->estate_id = estate_id;
        rendering->estate_value = tiles_mvt_cell(rendering->mvt, TILES_INT, cell) + 1;
    }
    mvt_layer_tag(&rendering->mvt->layer, key, rendering->estate_value - 1);
}

static void tag_row(struct rendering *rendering, const struct tiles_page *page, uint32_t row)
{
    for (size_t i = 0; i < rendering->column_count; i++) {
        const struct render_column *column = &rendering->columns[i];
        struct render_field *field = column->field;
        if (field->column == RENDER_ID) {
            tiles_mvt_tag_id(rendering->mvt, key_of(rendering, field->name, &field->key), page->ids[row]);
        } else if (field->column == RENDER_ESTATE_ID) {
            tag_estate(rendering, key_of(rendering, field->name, &field->key), page->estates[row]);
        } else if (column->numbers[row]) {
            tag_value(rendering->mvt, key_of(rendering, field->name, &field->key), column, column->numbers[row] - 1U);
        }
    }
}

void render_expect(const struct rendering *rendering, const struct tiles_page *page, uint32_t row)
{
    for (size_t i = 0; i < rendering->column_count; i++) {
        const struct render_column *column = &rendering->columns[i];
        uint32_t number = column->numbers ? column->numbers[row] : 0;
        if (number && !column->known[number - 1]) {
            mvt_layer_expect(&rendering->mvt->layer, column->dictionary->values[number - 1].hash);
        } else if (column->field->column == RENDER_ID) {
            mvt_layer_expect(&rendering->mvt->layer, mvt_value_int_hash(page->ids[row]));
        }
    }
}

struct drawn { /* relative to the tile */
    struct tiles_grid_point first;
    const uint8_t *commands;
    size_t len;
    bool some;
};

/* lod: of the page; NULL: deeper than TILES_ZOOM_FULL. */
static enum base_err draw(struct rendering *rendering, const struct tiles_page *page, const struct tiles_lod *lod,
                          uint32_t row, struct base_diag *diag, struct drawn *drawn)
{
    struct base_buf *clipped = &rendering->mvt->clipped;
    struct tiles_address address = rendering->address;
    enum base_err err = BASE_OK;
    *drawn = (struct drawn){.some = false};
    base_buf_reset(clipped);
    if (!lod) {
        struct tiles_shape shape = tiles_page_shape(page, row);
        err = tiles_mvt_deep(rendering->mvt, &shape, address, clipped, &drawn->first, &drawn->some, diag);
    } else {
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
    enum base_err err = draw(rendering, page, rendering->lod, row, diag, &drawn);
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
    tag_int(rendering, "count", &rendering->count_key, (int64_t)count);
}

enum base_err render_counted_area(struct rendering *rendering, const struct tiles_page *page, uint32_t row,
                                  uint64_t count, struct base_diag *diag)
{
    struct drawn drawn;
    struct base_str text;
    const struct tiles_lod *lod;
    enum base_err err = tiles_lod_of(page, rendering->address.z, diag, &lod); /* whole_zoom is below TILES_ZOOM_FULL */
    err = err ? err : draw(rendering, page, lod, row, diag, &drawn);
    if (err || !drawn.some) {
        return err;
    }
    tiles_mvt_feature_begin(rendering->mvt, false, 0);
    for (size_t i = 0; i < rendering->field_count; i++) {
        struct render_field *field = &rendering->fields[i];
        int column = tiles_table_column(page->table, field->name);
        if (field->column == RENDER_ESTATE_ID) {
            tag_int(rendering, field->name, &field->key, page->ids[row]);
        } else if (column >= 0 && field->kind == TILES_TEXT && tiles_page_text(page, row, column, &text)) {
            uint32_t number = tiles_mvt_cell(rendering->mvt, TILES_TEXT, (struct tiles_cell){.text = text});
            tiles_mvt_tag(rendering->mvt, key_of(rendering, field->name, &field->key), number);
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
