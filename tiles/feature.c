/* Rows as the stream and lists tell them. */
#include "tiles/private.h"

#include <stdlib.h>
#include <string.h>

enum { DEGREE_DECIMALS = 7 /* a centimetre */, REAL_DECIMALS = 3 };

static void texts_out(struct base_str texts, struct base_json_out *out)
{
    base_json_out_array(out);
    for (const char *at = texts.at; at < texts.at + texts.len; at += strlen(at) + 1) {
        base_json_out_text(out, at);
    }
    base_json_out_array_end(out);
}

static void number_out(const struct tiles_page *page, uint32_t row, int column, struct base_json_out *out)
{
    const struct tiles_column *is = &page->table->columns[column];
    int64_t number;
    if (!tiles_page_i64(page, row, column, &number)) {
        return;
    }
    base_json_out_key(out, is->name);
    if (is->kind == TILES_TIME) {
        base_json_out_time(out, number);
    } else if (is->kind == TILES_BOOL) {
        base_json_out_bool(out, number);
    } else {
        base_json_out_i64(out, number);
    }
}

static void real_out(const struct tiles_page *page, uint32_t row, int column, struct base_json_out *out)
{
    double number;
    if (tiles_page_f64(page, row, column, &number)) {
        base_json_out_key(out, page->table->columns[column].name);
        base_json_out_f64(out, number,
                          page->table->columns[column].kind == TILES_DOUBLE ? DEGREE_DECIMALS : REAL_DECIMALS);
    }
}

static void text_out(const struct tiles_page *page, uint32_t row, int column, struct base_json_out *out)
{
    struct base_str text;
    if (!tiles_page_text(page, row, column, &text)) {
        return;
    }
    base_json_out_key(out, page->table->columns[column].name);
    if (page->table->columns[column].kind == TILES_TEXTS) {
        texts_out(text, out);
    } else {
        base_json_out_str(out, text);
    }
}

static void cell_out(const struct tiles_page *page, uint32_t row, int column, struct base_json_out *out)
{
    switch (page->table->columns[column].kind) {
    case TILES_INT:
    case TILES_TIME:
    case TILES_BOOL:
        number_out(page, row, column, out);
        break;
    case TILES_REAL:
    case TILES_DOUBLE:
        real_out(page, row, column, out);
        break;
    case TILES_TEXT:
    case TILES_TEXTS:
        text_out(page, row, column, out);
        break;
    }
}

/* Assets have theirs as columns, exactly as the database has them. */
static void point_out(const struct tiles_page *page, uint32_t row, struct base_json_out *out)
{
    struct tiles_shape shape = tiles_page_shape(page, row);
    if (shape.type != GEO_SHAPE_POINT || tiles_table_column(page->table, "lon") >= 0) {
        return;
    }
    base_json_out_key(out, "lon");
    base_json_out_f64(out, tiles_world_lon(shape.points[0].x), DEGREE_DECIMALS);
    base_json_out_key(out, "lat");
    base_json_out_f64(out, tiles_world_lat(shape.points[0].y), DEGREE_DECIMALS);
}

void tiles_feature_json(const struct tiles_page *page, uint32_t row, bool live, struct base_json_out *out)
{
    base_json_out_object(out);
    base_json_out_key(out, "id");
    base_json_out_i64(out, page->ids[row]);
    base_json_out_key(out, "estate_id");
    base_json_out_i64(out, page->estates[row]);
    for (int column = 0; column < TILES_COLUMN_MAX && page->table->columns[column].name; column++) {
        if (!live || page->table->columns[column].live) {
            cell_out(page, row, column, out);
        }
    }
    point_out(page, row, out);
    base_json_out_object_end(out);
}

/* --- all rows of a table in a scope --- */
struct tiles_features {
    struct tiles_view *view;
    struct tiles_walk walk;
    bool live;
    const struct tiles_page *page;
    uint32_t at, count;
    uint32_t rows[TILES_PAGE_ROWS * 2];
};

enum base_err tiles_features_new(struct tiles_view *view, enum tiles_table_id table, bool live,
                                 const struct data_scope *scope, enum data_look look, struct base_diag *diag,
                                 struct tiles_features **ret_features)
{
    static const struct tiles_extent world = {0, 0, UINT32_MAX, UINT32_MAX};
    struct tiles_features *features = calloc(1, sizeof *features);
    if (!features) {
        return base_diag_set(diag, BASE_NOMEM, "out of memory");
    }
    features->view = tiles_view_ref(view);
    features->live = live;
    features->walk = tiles_view_walk(view, table, &world, scope, look);
    *ret_features = features;
    return BASE_OK;
}

bool tiles_features_next(struct tiles_features *features, const struct tiles_page **ret_page, uint32_t *ret_row)
{
    for (;;) {
        while (features->at < features->count) {
            uint32_t row = features->rows[features->at++];
            if (!features->live || tiles_page_has_live(features->page, row)) {
                *ret_page = features->page;
                *ret_row = row;
                return true;
            }
        }
        features->at = 0;
        features->count = tiles_walk_next(&features->walk, &features->page, features->rows);
        if (!features->count) {
            return false;
        }
    }
}

void tiles_features_free(struct tiles_features *features)
{
    if (features) {
        tiles_view_unref(features->view);
        free(features);
    }
}
