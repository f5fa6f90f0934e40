/* The naive table: everything is looked at, nothing is kept. */
#include "store_model.h"

#include <stdlib.h>
#include <string.h>

struct base_diag model_diag;

/* --- random rows --- */
uint32_t model_below(uint64_t *seed, uint32_t limit) /* xorshift64*: the same in every run */
{
    *seed ^= *seed >> 12;
    *seed ^= *seed << 25;
    *seed ^= *seed >> 27;
    return (uint32_t)(*seed * UINT64_C(2685821657736338717) >> 32) % limit;
}

struct model *model_new(enum tiles_table_id table, size_t count, uint64_t seed)
{
    struct model *model = calloc(1, sizeof *model);
    assert_non_null(model);
    *model = (struct model){.table = table, .columns = &tiles_tables[table], .seed = seed, .count = count};
    model->rows = calloc(count, sizeof *model->rows);
    assert_non_null(model->rows);
    for (size_t i = 0; i < count; i++) {
        struct model_row *row = &model->rows[i];
        row->row = (struct tiles_row){.estate_id = 1 + (int64_t)(i % 5), .id = 1 + (int64_t)i, .cells = row->cells};
        for (size_t c = 0; c < TILES_COLUMN_MAX; c++) {
            row->cells[c].null = true;
        }
    }
    return model;
}

void model_free(struct model *model)
{
    free(model->rows);
    free(model);
}

static void ring(struct model *model, struct model_row *row, uint32_t vertices)
{
    struct tiles_shape *shape = &row->row.shape;
    const uint32_t x = row->points[0].x, y = row->points[0].y;
    for (uint32_t i = 0; i < vertices; i++) {
        row->points[shape->vertices].x = x + model_below(&model->seed, 4000);
        row->points[shape->vertices++].y = y + model_below(&model->seed, 4000);
    }
    row->ring_ends[shape->rings++] = shape->vertices;
}

void model_shape(struct model *model, struct model_row *row)
{
    struct tiles_shape *shape = &row->row.shape;
    const enum geo_shape_type type = model->columns->type;
    row->points[0].x = tiles_world_x(121.4) + model_below(&model->seed, MODEL_SIDE);
    row->points[0].y = tiles_world_y(31.2) + model_below(&model->seed, MODEL_SIDE);
    *shape = (struct tiles_shape){
        .type = type, .points = row->points, .ring_ends = row->ring_ends, .part_ends = row->part_ends};
    ring(model, row, type == GEO_SHAPE_POINT ? 1 : 3 + model_below(&model->seed, 4));
    if (type == GEO_SHAPE_AREA && model_below(&model->seed, 8) == 0) {
        ring(model, row, 3);
    }
    row->part_ends[shape->parts++] = shape->rings;
    if (model_below(&model->seed, 8) == 0) {
        ring(model, row, type == GEO_SHAPE_POINT ? 1 : 3);
        row->part_ends[shape->parts++] = shape->rings;
    }
}

void model_cells(struct model *model, struct model_row *row, uint32_t columns)
{
    static const char *const words[] = {"", "a", "residential", "\xe9\x87\x91\xe6\xa1\xa5", "No 7"};
    for (size_t c = 0; c < TILES_COLUMN_MAX && model->columns->columns[c].name; c++) {
        if (!(columns >> c & 1)) {
            continue;
        }
        struct tiles_cell *cell = &row->cells[c];
        const uint32_t value = model_below(&model->seed, 7);
        *cell = (struct tiles_cell){.null = value == 6};
        switch (model->columns->columns[c].kind) {
        case TILES_TEXT:
        case TILES_TEXTS:
            snprintf(row->texts[c], MODEL_TEXT, "%s", words[value % BASE_COUNT(words)]);
            cell->text = base_str_of(row->texts[c]);
            break;
        case TILES_REAL:
        case TILES_DOUBLE:
            cell->f64 = value * 0.25;
            break;
        default:
            cell->i64 = (int64_t)value - 3;
        }
    }
}

uint32_t model_live(const struct tiles_table *table)
{
    uint32_t live = 0;
    for (size_t c = 0; c < tiles_table_columns(table); c++) {
        live |= (uint32_t)table->columns[c].live << c;
    }
    return live;
}

/* --- extents and sums --- */
struct tiles_extent model_extent_of(const struct model_row *row)
{
    struct tiles_extent extent = {UINT32_MAX, UINT32_MAX, 0, 0};
    for (uint32_t i = 0; i < row->row.shape.vertices; i++) {
        const struct tiles_point *p = &row->points[i];
        extent.min_x = p->x < extent.min_x ? p->x : extent.min_x;
        extent.min_y = p->y < extent.min_y ? p->y : extent.min_y;
        extent.max_x = p->x > extent.max_x ? p->x : extent.max_x;
        extent.max_y = p->y > extent.max_y ? p->y : extent.max_y;
    }
    return extent;
}

struct tiles_extent model_extent(struct model *model)
{
    const uint32_t x = tiles_world_x(121.4) + model_below(&model->seed, MODEL_SIDE);
    const uint32_t y = tiles_world_y(31.2) + model_below(&model->seed, MODEL_SIDE);
    const uint32_t side = model_below(&model->seed, 1 + (MODEL_SIDE >> model_below(&model->seed, 16)));
    return (struct tiles_extent){x, y, x + side, y + side};
}

/* As the head of tiles/store_sum.c has it. */
struct tiles_sum model_sum(const struct model *model, const struct model_row *row, bool live)
{
    AUTO_VALUE(base_buf) bytes;
    base_buf_init(&bytes, 1 << 16);
    base_buf_append(&bytes, model->columns->name, strlen(model->columns->name) + 1);
    base_buf_append(&bytes, &row->row.id, 8);
    base_buf_append(&bytes, &row->row.estate_id, 8);
    bool any = !live;
    for (size_t c = 0; c < tiles_table_columns(model->columns); c++) {
        const struct tiles_cell *cell = &row->cells[c];
        const uint32_t len = (uint32_t)cell->text.len;
        const enum tiles_kind kind = model->columns->columns[c].kind;
        if (model->columns->columns[c].live != live) {
            continue;
        }
        base_buf_u8(&bytes, !cell->null);
        any = any || !cell->null;
        if (!cell->null && (kind == TILES_TEXT || kind == TILES_TEXTS)) {
            base_buf_append(&bytes, &len, 4);
            base_buf_append(&bytes, cell->text.at, len);
        } else if (!cell->null) {
            base_buf_append(&bytes, &cell->i64, 8);
        }
    }
    if (!live) {
        const struct tiles_shape *shape = &row->row.shape;
        const uint32_t head[] = {shape->parts, shape->rings, shape->vertices};
        base_buf_append(&bytes, head, sizeof head);
        base_buf_append(&bytes, shape->part_ends, shape->parts * 4);
        base_buf_append(&bytes, shape->ring_ends, shape->rings * 4);
        base_buf_append(&bytes, shape->points, shape->vertices * 8);
    }
    struct tiles_sum sum = {0, 0};
    struct base_id id = base_key_sum(base_buf_str(&bytes));
    assert_int_equal(bytes.err, BASE_OK);
    if (any) {
        memcpy(&sum, id.bytes, sizeof sum);
    }
    return sum;
}

/* --- comparing --- */
struct tiles_view *model_view(enum tiles_table_id table, struct tiles_directory *directory)
{
    struct tiles_view *view = calloc(1, sizeof *view);
    assert_non_null(view);
    atomic_init(&view->refs, 1);
    view->tables[table] = directory;
    return view;
}

static void same_cell(const struct model *model, const struct model_row *row, const struct tiles_page *page,
                      uint32_t at, int c)
{
    const struct tiles_cell *cell = &row->cells[c];
    struct base_str text = {NULL, 0};
    int64_t i64 = 0;
    double f64 = 0;
    switch (model->columns->columns[c].kind) {
    case TILES_TEXT:
    case TILES_TEXTS:
        assert_true(tiles_page_text(page, at, c, &text) == !cell->null);
        assert_true(cell->null || base_str_equal(text, cell->text));
        break;
    case TILES_REAL:
    case TILES_DOUBLE:
        assert_true(tiles_page_f64(page, at, c, &f64) == !cell->null);
        assert_true(cell->null || f64 == cell->f64);
        break;
    default:
        assert_true(tiles_page_i64(page, at, c, &i64) == !cell->null);
        assert_true(cell->null || i64 == cell->i64);
    }
}

void model_same(const struct model *model, const struct model_row *row, const struct tiles_page *page, uint32_t at)
{
    const struct tiles_shape shape = tiles_page_shape(page, at), *mine = &row->row.shape;
    assert_int_equal(page->ids[at], row->row.id);
    assert_int_equal(page->estates[at], row->row.estate_id);
    bool live = false;
    for (int c = 0; c < (int)tiles_table_columns(model->columns); c++) {
        same_cell(model, row, page, at, c);
        live = live || (model->columns->columns[c].live && !row->cells[c].null);
    }
    assert_true(tiles_page_has_live(page, at) == live);
    assert_int_equal(shape.type, mine->type);
    assert_int_equal(shape.vertices, mine->vertices);
    assert_int_equal(shape.rings, mine->rings);
    assert_int_equal(shape.parts, mine->parts);
    assert_memory_equal(shape.points, mine->points, mine->vertices * sizeof *mine->points);
    assert_memory_equal(shape.ring_ends, mine->ring_ends, mine->rings * sizeof *mine->ring_ends);
    assert_memory_equal(shape.part_ends, mine->part_ends, mine->parts * sizeof *mine->part_ends);
}

static size_t expected(const struct model *model, const struct tiles_extent *extent, const struct data_scope *scope,
                       enum data_look look, bool *meets, struct tiles_sum sums[2])
{
    size_t count = 0;
    for (size_t i = 0; i < model->count; i++) {
        const struct model_row *row = &model->rows[i];
        const struct tiles_extent mine = model_extent_of(row);
        meets[i] = row->there && data_scope_holds(scope, look, row->row.estate_id) && tiles_extent_meets(&mine, extent);
        for (size_t live = 0; meets[i] && live < 2; live++) {
            tiles_sum_add(&sums[live], model_sum(model, row, live));
        }
        count += meets[i];
    }
    return count;
}

void model_check(const struct model *model, const struct tiles_view *view, const struct tiles_extent *extent,
                 const struct data_scope *scope, enum data_look look)
{
    bool *meets = calloc(model->count, sizeof *meets);
    struct tiles_sum sums[2] = {{0, 0}, {0, 0}};
    uint32_t rows[TILES_PAGE_ROWS * 2], count;
    const struct tiles_page *page = NULL;
    assert_non_null(meets);
    const size_t want = expected(model, extent, scope, look, meets, sums);
    size_t found = 0;
    struct tiles_walk walk = tiles_view_walk(view, model->table, extent, scope, look);
    const struct tiles_walk begun = walk;
    while ((count = tiles_walk_next(&walk, &page, rows))) {
        for (uint32_t i = 0; i < count; i++, found++) {
            const size_t at = (size_t)page->ids[rows[i]] - 1;
            assert_true(i == 0 || rows[i] > rows[i - 1]);
            assert_true(at < model->count && meets[at]);
            meets[at] = false; /* each once */
            model_same(model, &model->rows[at], page, rows[i]);
        }
    }
    free(meets);
    assert_int_equal(found, want);
    for (size_t live = 0; live < 2; live++) {
        struct tiles_sum sum = tiles_view_sum(begun, live);
        assert_true(sum.low == sums[live].low && sum.high == sums[live].high);
    }
}
