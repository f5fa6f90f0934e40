/* Reading pages, and giving their memory back. */
#include "tiles/store_private.h"

#include <stdlib.h>
#include <string.h>

/* --- reading --- */
struct tiles_shape tiles_words_shape(enum geo_shape_type type, const uint32_t *words)
{
    struct tiles_shape shape = {.type = type, .parts = words[0], .rings = words[1], .vertices = words[2]};
    shape.part_ends = words + TILES_WORDS_HEAD;
    shape.ring_ends = shape.part_ends + shape.parts;
    shape.points = (const struct tiles_point *)(shape.ring_ends + shape.rings);
    return shape;
}

struct tiles_shape tiles_page_shape(const struct tiles_page *page, uint32_t row)
{
    return tiles_words_shape(page->table->type, page->shapes->words + page->shapes->starts[row]);
}

/* NULL: null. */
static const uint64_t *cell_of(const struct tiles_page *page, uint32_t row, int column,
                               const struct tiles_cells **ret_cells)
{
    const struct tiles_cells *cells = page->table->columns[column].live ? page->live : page->fixed;
    *ret_cells = cells;
    return !cells || cells->nulls[row] >> column & 1 ? NULL : cells->columns[column] + row;
}

bool tiles_page_i64(const struct tiles_page *page, uint32_t row, int column, int64_t *ret_value)
{
    const struct tiles_cells *cells;
    const uint64_t *cell = cell_of(page, row, column, &cells);
    if (cell) {
        *ret_value = (int64_t)*cell;
    }
    return cell;
}

bool tiles_page_f64(const struct tiles_page *page, uint32_t row, int column, double *ret_value)
{
    const struct tiles_cells *cells;
    const uint64_t *cell = cell_of(page, row, column, &cells);
    if (cell) {
        memcpy(ret_value, cell, sizeof *ret_value);
    }
    return cell;
}

bool tiles_page_text(const struct tiles_page *page, uint32_t row, int column, struct base_str *ret_value)
{
    const struct tiles_cells *cells;
    const uint64_t *cell = cell_of(page, row, column, &cells);
    if (cell) {
        *ret_value = tiles_cell_text(*cell, cells->text);
    }
    return cell;
}

bool tiles_page_has_live(const struct tiles_page *page, uint32_t row)
{
    return page->live && page->live->nulls[row] != TILES_NULLS_ALL;
}

/* --- memory --- */
void tiles_lod_free(struct tiles_lod *lod)
{
    if (lod) {
        free(lod->first);
        free(lod->ends);
        free(lod->commands);
        free(lod);
    }
}

void tiles_shapes_unref(struct tiles_shapes *shapes)
{
    if (shapes && atomic_fetch_sub(&shapes->refs, 1) == 1) {
        for (size_t zoom = 0; zoom < TILES_LOD_ZOOMS; zoom++) {
            tiles_lod_free(atomic_load(&shapes->lods[zoom]));
        }
        free(shapes);
    }
}

void tiles_cells_unref(struct tiles_cells *cells)
{
    if (cells && atomic_fetch_sub(&cells->refs, 1) == 1) {
        tiles_dictionary_free(atomic_load(&cells->dictionary));
        free(cells);
    }
}

struct tiles_page *tiles_page_ref(struct tiles_page *page)
{
    atomic_fetch_add(&page->refs, 1);
    return page;
}

void tiles_page_unref(struct tiles_page *page)
{
    if (page && atomic_fetch_sub(&page->refs, 1) == 1) {
        tiles_shapes_unref(page->shapes);
        tiles_cells_unref(page->fixed);
        tiles_cells_unref(page->live);
        free(page);
    }
}
