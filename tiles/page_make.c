/* A page of rows that come from pages and from what is pending. Each block is one allocation; blocks of which nothing
 * differs are shared with the page the rows come from, which keeps the geometry encoded for tiles as well. */
#include "tiles/store_private.h"

#include <stdlib.h>
#include <string.h>

enum { ROWS_MAX = TILES_PAGE_ROWS * 2 };
enum block { WORDS, FIXED, LIVE };

/* --- what can be shared --- */
/* The page of which these are all the rows, or NULL. */
static const struct tiles_page *page_of(const struct tiles_source *rows, uint32_t count)
{
    const struct tiles_page *page = rows[0].page;
    if (!page || page->count != count) {
        return NULL;
    }
    for (uint32_t i = 0; i < count; i++) {
        if (rows[i].page != page || rows[i].row != i) {
            return NULL;
        }
    }
    return page;
}

static bool differs(const struct tiles_source *rows, uint32_t count, enum block block)
{
    for (uint32_t i = 0; i < count; i++) {
        const struct tiles_pending *pending = rows[i].pending;
        if (pending && (block == WORDS   ? (const void *)pending->words
                        : block == FIXED ? (const void *)pending->fixed
                                         : (const void *)pending->live)) {
            return true;
        }
    }
    return false;
}

/* --- geometry --- */
static struct tiles_shapes *shapes_make(const struct tiles_source *rows, uint32_t count)
{
    size_t words = 0;
    for (uint32_t i = 0; i < count; i++) {
        words += tiles_words_count(tiles_source_words(&rows[i]));
    }
    struct tiles_shapes *shapes;
    size_t bytes =
        sizeof *shapes + count * (sizeof *shapes->extents + sizeof *shapes->starts) + words * sizeof *shapes->words;
    shapes = malloc(bytes);
    if (!shapes) {
        return NULL;
    }
    *shapes = (struct tiles_shapes){.bytes = bytes};
    atomic_init(&shapes->refs, 1);
    for (size_t zoom = 0; zoom < TILES_LOD_ZOOMS; zoom++) {
        atomic_init(&shapes->lods[zoom], NULL);
    }
    shapes->extents = (struct tiles_extent *)(shapes + 1);
    shapes->starts = (uint32_t *)(shapes->extents + count);
    shapes->words = shapes->starts + count;
    uint32_t at = 0;
    for (uint32_t i = 0; i < count; i++) {
        const uint32_t *from = tiles_source_words(&rows[i]);
        const size_t len = tiles_words_count(from);
        const bool known = rows[i].page && !(rows[i].pending && rows[i].pending->words);
        shapes->extents[i] = known ? rows[i].page->shapes->extents[rows[i].row] : tiles_words_extent(from);
        shapes->starts[i] = at;
        memcpy(shapes->words + at, from, len * sizeof *from);
        at += (uint32_t)len;
    }
    return shapes;
}

/* --- cells --- */
static bool is_text(const struct tiles_table *table, uint32_t column)
{
    return table->columns[column].kind == TILES_TEXT || table->columns[column].kind == TILES_TEXTS;
}

/* Texts of a column: the same as the row before is kept once. text NULL: only counts; values then too. */
static size_t texts_lay(const struct tiles_cells_row *rows, uint32_t count, uint32_t column, char *text, size_t at,
                        uint64_t *values)
{
    struct base_str before = {NULL, 0};
    uint64_t cell = 0;
    for (uint32_t i = 0; i < count; i++) {
        if (rows[i].nulls >> column & 1) {
            if (values) {
                values[i] = 0;
            }
            continue;
        }
        struct base_str now = tiles_cell_text(tiles_cells_row_value(&rows[i], column), rows[i].text);
        if (!before.at || !base_str_equal(before, now)) {
            cell = (uint64_t)at << 32 | now.len;
            if (text) {
                memcpy(text + at, now.at, now.len);
            }
            at += now.len;
            before = now;
        }
        if (values) {
            values[i] = cell;
        }
    }
    return at;
}

static void values_lay(const struct tiles_cells_row *rows, uint32_t count, uint32_t column, uint64_t *values)
{
    for (uint32_t i = 0; i < count; i++) {
        values[i] = rows[i].nulls >> column & 1 ? 0 : tiles_cells_row_value(&rows[i], column);
    }
}

static struct tiles_cells *cells_room(const struct tiles_table *table, const struct tiles_cells_row *rows,
                                      uint32_t count, uint32_t present)
{
    static atomic_uint_least64_t serials;
    size_t text = 0, columns = (size_t)__builtin_popcount(present);
    for (uint32_t c = 0; c < TILES_COLUMN_MAX; c++) {
        if (present >> c & 1 && is_text(table, c)) {
            text = texts_lay(rows, count, c, NULL, text, NULL);
        }
    }
    struct tiles_cells *cells;
    size_t bytes =
        sizeof *cells + count * (sizeof *cells->sums + columns * sizeof(uint64_t) + sizeof *cells->nulls) + text;
    cells = malloc(bytes);
    if (cells) {
        *cells = (struct tiles_cells){.bytes = bytes, .serial = atomic_fetch_add(&serials, 1) + 1};
        atomic_init(&cells->refs, 1);
        atomic_init(&cells->dictionary, NULL);
        cells->sums = (struct tiles_sum *)(cells + 1);
        uint64_t *values = (uint64_t *)(cells->sums + count);
        for (uint32_t c = 0; c < TILES_COLUMN_MAX; c++) {
            if (present >> c & 1) {
                cells->columns[c] = values;
                values += count;
            }
        }
        cells->nulls = (uint32_t *)values;
        cells->text = (char *)(cells->nulls + count);
    }
    return cells;
}

/* *ret_cells NULL: no row has any, and they are the live ones. False: out of memory. */
static bool cells_make(const struct tiles_table *table, const struct tiles_source *sources, uint32_t count, bool live,
                       struct tiles_cells **ret_cells)
{
    struct tiles_cells_row rows[ROWS_MAX];
    uint32_t present = 0;
    for (uint32_t i = 0; i < count; i++) {
        rows[i] = tiles_source_cells(&sources[i], live);
        present |= ~rows[i].nulls;
    }
    *ret_cells = NULL;
    if (live && !present) {
        return true;
    }
    struct tiles_cells *cells = cells_room(table, rows, count, present);
    if (!cells) {
        return false;
    }
    size_t text = 0;
    for (uint32_t c = 0; c < TILES_COLUMN_MAX; c++) {
        if (cells->columns[c] && is_text(table, c)) {
            text = texts_lay(rows, count, c, (char *)cells->text, text, cells->columns[c]);
        } else if (cells->columns[c]) {
            values_lay(rows, count, c, cells->columns[c]);
        }
    }
    for (uint32_t i = 0; i < count; i++) {
        cells->sums[i] = rows[i].sum;
        cells->nulls[i] = rows[i].nulls;
        tiles_sum_add(&cells->total, rows[i].sum);
    }
    *ret_cells = cells;
    return true;
}

/* --- the page --- */
static struct tiles_page *keys_make(const struct tiles_table *table, const struct tiles_source *rows, uint32_t count)
{
    struct tiles_page *page;
    size_t bytes = sizeof *page + count * (sizeof *page->ids + sizeof *page->estates + sizeof *page->hilberts);
    page = malloc(bytes);
    if (!page) {
        return NULL;
    }
    *page = (struct tiles_page){.bytes = bytes, .table = table, .count = count};
    atomic_init(&page->refs, 1);
    page->ids = (int64_t *)(page + 1);
    page->estates = page->ids + count;
    page->hilberts = (uint32_t *)(page->estates + count);
    page->min_estate = INT64_MAX;
    page->max_estate = INT64_MIN;
    for (uint32_t i = 0; i < count; i++) {
        struct tiles_key key = tiles_source_key(&rows[i]);
        page->ids[i] = key.id;
        page->estates[i] = key.estate_id;
        page->hilberts[i] = key.hilbert;
        page->min_estate = key.estate_id < page->min_estate ? key.estate_id : page->min_estate;
        page->max_estate = key.estate_id > page->max_estate ? key.estate_id : page->max_estate;
    }
    return page;
}

static struct tiles_extent extent_of(const struct tiles_extent *extents, uint32_t count)
{
    struct tiles_extent all = extents[0];
    for (uint32_t i = 1; i < count; i++) {
        all.min_x = extents[i].min_x < all.min_x ? extents[i].min_x : all.min_x;
        all.min_y = extents[i].min_y < all.min_y ? extents[i].min_y : all.min_y;
        all.max_x = extents[i].max_x > all.max_x ? extents[i].max_x : all.max_x;
        all.max_y = extents[i].max_y > all.max_y ? extents[i].max_y : all.max_y;
    }
    return all;
}

static bool cells_share(const struct tiles_page *from, const struct tiles_source *rows, struct tiles_page *page,
                        bool live)
{
    struct tiles_cells **to = live ? &page->live : &page->fixed;
    if (!from || differs(rows, page->count, live ? LIVE : FIXED)) {
        return cells_make(page->table, rows, page->count, live, to);
    }
    *to = live ? from->live : from->fixed;
    if (*to) {
        atomic_fetch_add(&(*to)->refs, 1);
    }
    return true;
}

struct tiles_page *tiles_page_make(const struct tiles_table *table, const struct tiles_source *rows, uint32_t count)
{
    const struct tiles_page *from = page_of(rows, count);
    struct tiles_page *page = keys_make(table, rows, count);
    if (!page) {
        return NULL;
    }
    if (from && !differs(rows, count, WORDS)) {
        page->shapes = from->shapes;
        atomic_fetch_add(&page->shapes->refs, 1);
    } else {
        page->shapes = shapes_make(rows, count);
    }
    if (!page->shapes || !cells_share(from, rows, page, false) || !cells_share(from, rows, page, true)) {
        tiles_page_unref(page);
        return NULL;
    }
    page->extent = extent_of(page->shapes->extents, count);
    page->bytes += page->shapes->bytes + page->fixed->bytes + (page->live ? page->live->bytes : 0);
    return page;
}
