/* One row, be it in a page, pending, or one laid over the other. */
#include "tiles/store_private.h"

size_t tiles_table_fixed(const struct tiles_table *table)
{
    size_t count = 0;
    while (count < TILES_COLUMN_MAX && table->columns[count].name && !table->columns[count].live) {
        count++;
    }
    return count;
}

size_t tiles_words_count(const uint32_t *words)
{
    return TILES_WORDS_HEAD + (size_t)words[0] + words[1] + (size_t)words[2] * 2;
}

struct tiles_extent tiles_words_extent(const uint32_t *words)
{
    const struct tiles_point *points = (const struct tiles_point *)(words + TILES_WORDS_HEAD + words[0] + words[1]);
    struct tiles_extent extent = {points->x, points->y, points->x, points->y};
    for (uint32_t i = 1; i < words[2]; i++) {
        extent.min_x = points[i].x < extent.min_x ? points[i].x : extent.min_x;
        extent.min_y = points[i].y < extent.min_y ? points[i].y : extent.min_y;
        extent.max_x = points[i].x > extent.max_x ? points[i].x : extent.max_x;
        extent.max_y = points[i].y > extent.max_y ? points[i].y : extent.max_y;
    }
    return extent;
}

uint32_t tiles_words_hilbert(const uint32_t *words)
{
    struct tiles_extent extent = tiles_words_extent(words);
    return tiles_world_hilbert(extent.min_x + (extent.max_x - extent.min_x) / 2,
                               extent.min_y + (extent.max_y - extent.min_y) / 2);
}

struct tiles_key tiles_page_key(const struct tiles_page *page, uint32_t row)
{
    return (struct tiles_key){page->estates[row], page->ids[row], page->hilberts[row]};
}

struct tiles_key tiles_source_key(const struct tiles_source *source)
{
    return source->pending ? source->pending->key : tiles_page_key(source->page, source->row);
}

const uint32_t *tiles_source_words(const struct tiles_source *source)
{
    if (source->pending && source->pending->words) {
        return source->pending->words;
    }
    return source->page->shapes->words + source->page->shapes->starts[source->row];
}

struct tiles_cells_row tiles_source_cells(const struct tiles_source *source, bool live)
{
    struct tiles_cells_row found = {.nulls = TILES_NULLS_ALL, .row = source->row};
    const struct tiles_pending *pending = source->pending;
    found.packed = !pending ? NULL : live ? pending->live : pending->fixed;
    if (found.packed) {
        found.sum = found.packed->sum;
        found.nulls = found.packed->nulls;
        found.text = found.packed->text;
        return found;
    }
    found.cells = !source->page ? NULL : live ? source->page->live : source->page->fixed;
    if (found.cells) {
        found.sum = found.cells->sums[source->row];
        found.nulls = found.cells->nulls[source->row];
        found.text = found.cells->text;
    }
    return found;
}
