/* One moment of all tables, and the one way to their rows: a walk that demands a scope. */
#include "tiles/private.h"

#include <stdlib.h>

/* --- life --- */
struct tiles_view *tiles_view_ref(struct tiles_view *view)
{
    atomic_fetch_add(&view->refs, 1);
    return view;
}

void tiles_view_unref(struct tiles_view *view)
{
    if (view && atomic_fetch_sub(&view->refs, 1) == 1) {
        for (size_t i = 0; i < TILES_TABLES; i++) {
            tiles_directory_unref(view->tables[i]);
        }
        free(view);
    }
}

/* --- walk --- */
struct tiles_walk tiles_view_walk(const struct tiles_view *view, enum tiles_table_id table,
                                  const struct tiles_extent *extent, const struct data_scope *scope,
                                  enum data_look look)
{
    return (struct tiles_walk){
        .directory = view->tables[table],
        .scope = scope,
        .look = look,
        .extent = *extent,
        .everyone = tiles_tables[table].shared || data_scope_all(scope, look),
    };
}

/* The next page that meets the extent; false at the end. */
static bool page_next(struct tiles_walk *walk)
{
    const struct tiles_directory *directory = walk->directory;
    const uint32_t count = directory ? directory->count : 0;
    while (walk->at < count && !tiles_extent_meets(&directory->extents[walk->at], &walk->extent)) {
        walk->at++;
    }
    if (walk->at == count) {
        return false;
    }
    walk->inside = tiles_extent_within(&directory->extents[walk->at], &walk->extent);
    walk->page = directory->pages[walk->at++];
    return true;
}

static uint32_t rows_in_extent(const struct tiles_walk *walk, uint32_t *rows)
{
    const uint32_t count = walk->page->count;
    const struct tiles_extent extent = walk->extent, *extents = walk->page->shapes->extents;
    uint32_t found = 0;
    for (uint32_t i = 0; i < count; i++) {
        rows[found] = i;
        found += walk->inside || tiles_extent_meets(&extents[i], &extent);
    }
    return found;
}

/* Rows of a page are often of few estates, one after the other: each is asked once. */
static uint32_t rows_in_scope(const struct tiles_walk *walk, uint32_t *rows, uint32_t count)
{
    const int64_t *estates = walk->page->estates;
    uint32_t found = 0;
    int64_t asked = 0;
    bool known = false, held = false;
    for (uint32_t i = 0; i < count; i++) {
        if (!known || estates[rows[i]] != asked) {
            asked = estates[rows[i]];
            held = data_scope_holds(walk->scope, walk->look, asked);
            known = true;
        }
        rows[found] = rows[i];
        found += held;
    }
    return found;
}

/* Of a page of one estate one question is enough. */
static bool page_hidden(const struct tiles_walk *walk)
{
    return !walk->everyone && walk->page->min_estate == walk->page->max_estate &&
           !data_scope_holds(walk->scope, walk->look, walk->page->min_estate);
}

static bool page_whole(const struct tiles_walk *walk)
{
    return walk->inside && (walk->everyone || walk->page->min_estate == walk->page->max_estate);
}

static uint32_t page_rows(const struct tiles_walk *walk, uint32_t *rows)
{
    uint32_t count = rows_in_extent(walk, rows);
    bool mixed = !walk->everyone && walk->page->min_estate != walk->page->max_estate;
    return mixed ? rows_in_scope(walk, rows, count) : count;
}

uint32_t tiles_walk_next(struct tiles_walk *walk, const struct tiles_page **ret_page,
                         uint32_t rows[TILES_PAGE_ROWS * 2])
{
    while (page_next(walk)) {
        uint32_t count = page_hidden(walk) ? 0 : page_rows(walk, rows);
        if (count) {
            *ret_page = walk->page;
            return count;
        }
    }
    return 0;
}

/* --- versions --- */
struct tiles_sum tiles_view_sum(struct tiles_walk walk, bool live)
{
    struct tiles_sum sum = {0, 0};
    uint32_t rows[TILES_PAGE_ROWS * 2];
    while (page_next(&walk)) {
        const struct tiles_cells *cells = live ? walk.page->live : walk.page->fixed;
        if (!cells || page_hidden(&walk)) {
            continue;
        }
        if (page_whole(&walk)) {
            tiles_sum_add(&sum, cells->total);
            continue;
        }
        const uint32_t count = page_rows(&walk, rows);
        for (uint32_t i = 0; i < count; i++) {
            tiles_sum_add(&sum, cells->sums[rows[i]]);
        }
    }
    return sum;
}

/* Serials are small and near each other: mixed (splitmix64), so that sums of them do not meet by chance. */
static uint64_t mix(uint64_t serial)
{
    serial += UINT64_C(0x9e3779b97f4a7c15);
    serial = (serial ^ serial >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    serial = (serial ^ serial >> 27) * UINT64_C(0x94d049bb133111eb);
    return serial ^ serial >> 31;
}

uint64_t tiles_view_stamp(const struct tiles_view *view, enum tiles_table_id table, const struct tiles_extent *extent,
                          bool live)
{
    const struct tiles_directory *directory = view->tables[table];
    uint64_t stamp = 0;
    for (uint32_t i = 0; directory && i < directory->count; i++) {
        if (tiles_extent_meets(&directory->extents[i], extent)) {
            const struct tiles_cells *cells = live ? directory->pages[i]->live : directory->pages[i]->fixed;
            stamp += cells ? mix(cells->serial) : 0;
        }
    }
    return stamp;
}
