/* Low zooms: what would be a carpet of dots is counted in cells of 64 units, and buildings in the outline of their
 * estate. A tile's buffer is one cell wide, so every cell that meets the tile is counted whole, and alike by its
 * neighbours. */
#include "tiles/render_private.h"

#include <stdlib.h>
#include <string.h>

enum { CELL = MVT_BUFFER, SIDE = MVT_EXTENT / CELL + 2, CELLS = SIDE * SIDE };

struct cell {
    uint64_t count, sum_x, sum_y;  /* of world coordinates, from the cell's corner */
    const struct tiles_page *page; /* of the first */
    uint32_t row;
};

struct estate { /* with an outline */
    int64_t id;
    const struct tiles_page *page;
    uint32_t row;
    bool meets; /* the tile */
    uint64_t count;
};

/* The middle of a row's extent, which for points is the point. */
static struct tiles_point middle(const struct tiles_page *page, uint32_t row)
{
    const struct tiles_extent *extent = &page->shapes->extents[row];
    return (struct tiles_point){extent->min_x + (extent->max_x - extent->min_x) / 2,
                                extent->min_y + (extent->max_y - extent->min_y) / 2};
}

static void count_in_cell(const struct rendering *rendering, struct cell *cells, const struct render_pick *pick)
{
    struct tiles_point point = middle(pick->page, pick->row);
    uint32_t shift = 26 - rendering->address.z; /* a cell is 64 units of 2^(20 - zoom) */
    int64_t x = (int64_t)((uint64_t)point.x >> shift) - (int64_t)rendering->address.x * (SIDE - 2) + 1;
    int64_t y = (int64_t)((uint64_t)point.y >> shift) - (int64_t)rendering->address.y * (SIDE - 2) + 1;
    if (x < 0 || y < 0 || x >= SIDE || y >= SIDE) {
        return;
    }
    struct cell *cell = &cells[y * SIDE + x];
    if (!cell->count) {
        cell->page = pick->page;
        cell->row = pick->row;
    }
    cell->count++;
    cell->sum_x += point.x & (((uint64_t)1 << shift) - 1);
    cell->sum_y += point.y & (((uint64_t)1 << shift) - 1);
}

static int32_t mean(uint64_t sum, uint64_t count, int64_t cell, uint32_t shift)
{
    uint64_t unit = (uint64_t)1 << (shift - 6);
    return (int32_t)((cell - 1) * CELL + (int64_t)((sum / count + unit / 2) / unit));
}

static enum base_err emit_cells(struct rendering *rendering, const struct cell *cells, struct base_diag *diag)
{
    enum base_err err = BASE_OK;
    uint32_t shift = 26 - rendering->address.z;
    bool points = tiles_tables[rendering->layer->table].type == GEO_SHAPE_POINT;
    for (int at = 0; at < CELLS && !err; at++) {
        const struct cell *cell = &cells[at];
        if (cell->count == 1 && points) {
            err = render_feature(rendering, cell->page, cell->row, diag);
        } else if (cell->count) {
            struct tiles_grid_point point = {mean(cell->sum_x, cell->count, at % SIDE, shift),
                                             mean(cell->sum_y, cell->count, at / SIDE, shift)};
            render_counted_point(rendering, point, cell->count);
        }
    }
    return err;
}

/* --- buildings in their estates --- */
static int by_id(const void *a, const void *b)
{
    int64_t one = ((const struct estate *)a)->id, other = ((const struct estate *)b)->id;
    return (one > other) - (one < other);
}

static const struct tiles_extent world = {0, 0, UINT32_MAX, UINT32_MAX};

/* All estates with an outline that may be seen, by their ids. */
static enum base_err estates_of(const struct rendering *rendering, struct base_buf *estates)
{
    struct tiles_walk walk =
        tiles_view_walk(rendering->view, TILES_TABLE_ESTATE, &world, rendering->scope, rendering->layer->look);
    const struct tiles_page *page;
    uint32_t rows[TILES_PAGE_ROWS * 2], count;
    while ((count = tiles_walk_next(&walk, &page, rows))) {
        for (uint32_t i = 0; i < count; i++) {
            bool meets = tiles_extent_meets(&page->shapes->extents[rows[i]], &rendering->extent);
            struct estate estate = {page->ids[rows[i]], page, rows[i], meets, 0};
            base_buf_append(estates, &estate, sizeof estate);
        }
    }
    if (!estates->err && estates->len) {
        qsort(estates->data, estates->len / sizeof(struct estate), sizeof(struct estate), by_id);
    }
    return estates->err;
}

/* Neighbours are mostly of one estate, so the last one is tried first. */
static struct estate *find(const struct base_buf *estates, int64_t id, struct estate *last)
{
    if (last && last->id == id) {
        return last;
    }
    struct estate wanted = {.id = id};
    return estates->len ? bsearch(&wanted, estates->data, estates->len / sizeof wanted, sizeof wanted, by_id) : NULL;
}

static void count_all(const struct rendering *rendering, const struct base_buf *estates, struct cell *cells)
{
    const struct base_buf *picks = &rendering->mvt->picks;
    const struct render_pick *each = (const struct render_pick *)(const void *)picks->data;
    bool buildings = rendering->layer->table == TILES_TABLE_BUILDING;
    struct estate *estate = NULL;
    for (size_t i = 0; i < picks->len / sizeof *each; i++) {
        estate = buildings ? find(estates, each[i].page->estates[each[i].row], estate) : NULL;
        if (estate) {
            estate->count++;
        } else {
            count_in_cell(rendering, cells, &each[i]);
        }
    }
}

static enum base_err emit_estates(struct rendering *rendering, const struct base_buf *estates, struct base_diag *diag)
{
    enum base_err err = BASE_OK;
    const struct estate *each = (const struct estate *)(const void *)estates->data;
    for (size_t i = 0; i < estates->len / sizeof *each && !err; i++) {
        if (each[i].meets && each[i].count) {
            err = render_counted_area(rendering, each[i].page, each[i].row, each[i].count, diag);
        }
    }
    return err;
}

static uint32_t least(uint32_t a, uint32_t b)
{
    return a < b ? a : b;
}

static uint32_t most(uint32_t a, uint32_t b)
{
    return a > b ? a : b;
}

struct tiles_extent tiles_render_extent(const struct tiles_view *view, const struct data_scope *scope,
                                        const struct tiles_layer *layer, struct tiles_address address)
{
    struct tiles_extent tile = tiles_world_extent(address), all = tile;
    if (layer->table != TILES_TABLE_BUILDING || address.z >= layer->whole_zoom) {
        return tile;
    }
    struct tiles_walk walk = tiles_view_walk(view, TILES_TABLE_ESTATE, &tile, scope, layer->look);
    const struct tiles_page *page;
    uint32_t rows[TILES_PAGE_ROWS * 2], count;
    while ((count = tiles_walk_next(&walk, &page, rows))) {
        for (uint32_t i = 0; i < count; i++) {
            const struct tiles_extent *one = &page->shapes->extents[rows[i]];
            all = (struct tiles_extent){least(all.min_x, one->min_x), least(all.min_y, one->min_y),
                                        most(all.max_x, one->max_x), most(all.max_y, one->max_y)};
        }
    }
    return all;
}

enum base_err render_gathered(struct rendering *rendering, struct base_diag *diag)
{
    struct base_buf *memory = &rendering->mvt->cells;
    AUTO_VALUE(base_buf) estates;
    base_buf_init(&estates, 256 << 20);
    struct tiles_extent extent =
        tiles_render_extent(rendering->view, rendering->scope, rendering->layer, rendering->address);
    enum base_err err = rendering->layer->table == TILES_TABLE_BUILDING ? estates_of(rendering, &estates) : BASE_OK;
    base_buf_reset(memory);
    struct cell *cells = (struct cell *)(void *)base_buf_reserve(memory, CELLS * sizeof *cells);
    if (err || !cells) {
        return base_diag_set(diag, BASE_NOMEM, "out of memory");
    }
    memset(cells, 0, CELLS * sizeof *cells);
    err = render_pick(rendering, &extent, diag);
    if (!err) {
        count_all(rendering, &estates, cells);
        err = emit_estates(rendering, &estates, diag);
    }
    return err ? err : emit_cells(rendering, cells, diag);
}
