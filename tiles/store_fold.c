/* What is pending is made into pages: first what goes from its place, then what comes or changes, so that whatever
 * fails in between leaves each row either in the pages or pending. Groups of pages are replaced one after the other;
 * what nobody holds of the old ones is freed at once. */
#include "tiles/store_private.h"

#include <stdlib.h>
#include <string.h>

enum { AHEAD = 16 }; /* slots lie anywhere: memory is asked for that much earlier */

struct op { /* on the row of a pending one, where the pages have it or shall have it */
    struct tiles_key key;
    uint32_t pending;
};

struct fold {
    struct tiles_store *store;
    bool removing;
    const struct op *ops; /* in order of keys */
    uint32_t count, at;
    struct tiles_source *run; /* rows that come next and are not in a page yet */
    uint32_t run_count, run_cap;
    struct tiles_page **pages; /* of the groups under way; references */
    uint32_t page_count, page_cap;
};

/* Room for one more of an array. */
static void *room(void *array, uint32_t count, uint32_t *cap, size_t size)
{
    if (count < *cap) {
        return array;
    }
    uint32_t larger = *cap ? *cap * 2 : 1024;
    void *grown = realloc(array, larger * size);
    if (grown) {
        *cap = larger;
    }
    return grown;
}

/* --- rows and pages --- */
static bool run_add(struct fold *fold, struct tiles_source source)
{
    struct tiles_source *run = room(fold->run, fold->run_count, &fold->run_cap, sizeof *run);
    if (run) {
        fold->run = run;
        fold->run[fold->run_count++] = source;
    }
    return run;
}

static bool page_add(struct fold *fold, struct tiles_page *page)
{
    struct tiles_page **pages = page ? room(fold->pages, fold->page_count, &fold->page_cap, sizeof *pages) : NULL;
    if (!pages) {
        tiles_page_unref(page);
        return false;
    }
    fold->pages = pages;
    fold->pages[fold->page_count++] = page;
    return true;
}

/* The run becomes one page, or as many of nearly equal size as it takes. */
static bool run_end(struct fold *fold)
{
    const uint32_t rows = fold->run_count;
    uint32_t pages = rows <= TILES_PAGE_ROWS * 2 ? rows > 0 : (rows + TILES_PAGE_ROWS / 2) / TILES_PAGE_ROWS;
    for (uint32_t i = 0; i < pages; i++) {
        uint32_t from = (uint32_t)((uint64_t)rows * i / pages), to = (uint32_t)((uint64_t)rows * (i + 1) / pages);
        if (!page_add(fold, tiles_page_make(fold->store->table, fold->run + from, to - from))) {
            return false;
        }
    }
    fold->run_count = 0;
    return true;
}

/* The page's rows (NULL: none) and the ops before `bound` (NULL: all), merged behind the run. */
static bool merge(struct fold *fold, const struct tiles_page *page, uint32_t end)
{
    uint32_t row = 0, rows = page ? page->count : 0;
    while (row < rows || fold->at < end) {
        struct tiles_source source = {.page = NULL};
        int order = row == rows ? 1 : -1; /* of the row to the op */
        if (fold->at < end && row < rows) {
            struct tiles_key stored = tiles_page_key(page, row);
            order = tiles_key_order(&stored, &fold->ops[fold->at].key);
        }
        if (order <= 0) {
            source.page = page;
            source.row = row++;
        }
        if (order >= 0) {
            source.pending = fold->store->pending[fold->ops[fold->at++].pending];
        }
        bool goes = fold->removing && source.pending;
        if (!goes && !run_add(fold, source)) {
            return false;
        }
    }
    return true;
}

static uint32_t ops_before(const struct fold *fold, const struct tiles_key *bound)
{
    uint32_t end = fold->at;
    while (end < fold->count && (!bound || tiles_key_order(&fold->ops[end].key, bound) < 0)) {
        end++;
    }
    return end;
}

static bool fold_page(struct fold *fold, struct tiles_page *page, const struct tiles_key *bound)
{
    const uint32_t end = ops_before(fold, bound);
    if (page && end == fold->at && !fold->run_count) {
        return page_add(fold, tiles_page_ref(page));
    }
    return merge(fold, page, end) && (fold->run_count < TILES_PAGE_LEAST || run_end(fold));
}

/* --- groups --- */
static bool fold_group(struct fold *fold, uint32_t at)
{
    const struct tiles_store *store = fold->store;
    const struct tiles_group *group = at < store->group_count ? store->groups[at] : NULL;
    const struct tiles_key *after = at + 1 < store->group_count ? &store->groups[at + 1]->firsts[0] : NULL;
    if (!group) {
        return fold_page(fold, NULL, NULL);
    }
    for (uint32_t i = 0; i < group->count; i++) {
        if (!fold_page(fold, group->pages[i], i + 1 < group->count ? &group->firsts[i + 1] : after)) {
            return false;
        }
    }
    return true;
}

static bool groups_room(struct tiles_store *store, uint32_t count)
{
    if (count <= store->group_cap) {
        return true;
    }
    uint32_t cap = count + count / 2 + 16;
    struct tiles_group **grown = realloc(store->groups, cap * sizeof(struct tiles_group *));
    if (grown) {
        store->groups = grown;
        store->group_cap = cap;
    }
    return grown;
}

static void groups_put(struct tiles_store *store, uint32_t from, uint32_t to, struct tiles_group **with, uint32_t count)
{
    for (uint32_t i = from; i < to; i++) {
        store->group_bytes -= store->groups[i]->bytes;
        tiles_group_unref(store->groups[i]);
    }
    memmove(store->groups + from + count, store->groups + to, (store->group_count - to) * sizeof(struct tiles_group *));
    for (uint32_t i = 0; i < count; i++) {
        store->groups[from + i] = with[i];
        store->group_bytes += with[i]->bytes;
    }
    store->group_count = store->group_count - (to - from) + count;
    store->changed = true;
}

/* The pages under way take the place of the groups from .. to. */
static bool groups_end(struct fold *fold, uint32_t from, uint32_t to)
{
    const uint32_t pages = fold->page_count;
    const uint32_t count =
        pages <= TILES_GROUP_PAGES * 2 ? pages > 0 : (pages + TILES_GROUP_PAGES / 2) / TILES_GROUP_PAGES;
    struct tiles_group **groups = malloc((count + 1) * sizeof(struct tiles_group *));
    bool made = groups && groups_room(fold->store, fold->store->group_count + count);
    uint32_t done = 0;
    for (; made && done < count; done += made) {
        uint32_t first = (uint32_t)((uint64_t)pages * done / count);
        uint32_t end = (uint32_t)((uint64_t)pages * (done + 1) / count);
        groups[done] = tiles_group_make(fold->pages + first, end - first);
        made = groups[done];
    }
    if (made) {
        groups_put(fold->store, from, to, groups, count);
    }
    for (uint32_t i = 0; !made && i < done; i++) {
        tiles_group_unref(groups[i]);
    }
    free(groups);
    return made;
}

static void pages_release(struct fold *fold)
{
    for (uint32_t i = 0; i < fold->page_count; i++) {
        tiles_page_unref(fold->pages[i]);
    }
    fold->page_count = 0;
    fold->run_count = 0;
}

/* --- the pending --- */
/* The pages have it now as it shall be. */
static void settle(struct tiles_store *store, uint32_t at)
{
    const struct tiles_pending *pending = store->pending[at];
    struct tiles_slot *slot = tiles_index_find(&store->index, pending->key.estate_id, pending->key.id);
    if (pending->removed) {
        tiles_index_remove(&store->index, slot);
    } else {
        slot->state = TILES_SLOT_STORED;
        slot->where = pending->key.hilbert;
    }
    store->pending[at] = NULL;
}

static void settle_ops(struct fold *fold, uint32_t from)
{
    for (uint32_t i = from; i < fold->at; i++) {
        const uint32_t at = fold->ops[i].pending;
        if (i + AHEAD < fold->at) {
            tiles_index_prefetch(&fold->store->index, fold->ops[i + AHEAD].key.estate_id, fold->ops[i + AHEAD].key.id);
        }
        fold->store->pending[at]->stored = !fold->removing;
        if (!fold->removing || fold->store->pending[at]->removed) {
            settle(fold->store, at);
        }
    }
}

static bool fold_all(struct fold *fold)
{
    while (fold->at < fold->count) {
        const uint32_t began = fold->at, from = tiles_store_group(fold->store, &fold->ops[began].key);
        uint32_t to = from;
        do {
            if (!fold_group(fold, to)) {
                return false;
            }
            to += to < fold->store->group_count;
        } while (to < fold->store->group_count && fold->page_count < TILES_GROUP_LEAST);
        if (!run_end(fold) || !groups_end(fold, from, to)) {
            return false;
        }
        settle_ops(fold, began);
        pages_release(fold);
    }
    return true;
}

/* --- what has to be done --- */
static bool list_removed(struct tiles_store *store)
{
    for (size_t i = 0; store->unlisted && i < store->index.size; i++) {
        struct tiles_slot *slot = &store->index.slots[i];
        if (slot->state == TILES_SLOT_REMOVED && !tiles_store_pend(store, slot)) {
            return false;
        }
    }
    store->unlisted = false;
    return true;
}

static bool leaves(const struct tiles_pending *pending)
{
    return pending->stored && (pending->removed || pending->key.hilbert != pending->stored_hilbert);
}

static uint32_t list_ops(struct tiles_store *store, bool removing, struct op *ops)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < store->pending_count; i++) {
        const struct tiles_pending *pending = store->pending[i];
        if (!pending || leaves(pending) != removing) {
            continue;
        }
        if (!removing &&
            (pending->removed || (pending->stored && !pending->words && !pending->fixed && !pending->live))) {
            settle(store, i); /* it came and went, or changed back */
            continue;
        }
        ops[count].key = pending->key;
        ops[count].key.hilbert = removing ? pending->stored_hilbert : pending->key.hilbert;
        ops[count++].pending = i;
    }
    return count;
}

static int by_key(const void *a, const void *b)
{
    const struct op *left = a, *right = b;
    return tiles_key_order(&left->key, &right->key);
}

static bool pass(struct tiles_store *store, bool removing)
{
    struct op *ops = malloc((store->pending_count + 1) * sizeof *ops);
    if (!ops) {
        return false;
    }
    struct fold fold = {.store = store, .removing = removing, .ops = ops};
    fold.count = list_ops(store, removing, ops);
    qsort(ops, fold.count, sizeof *ops, by_key);
    bool done = fold_all(&fold);
    pages_release(&fold);
    free(fold.run);
    free(fold.pages);
    free(ops);
    return done;
}

static void forget_pending(struct tiles_store *store)
{
    base_arena_release(&store->arena);
    free(store->pending);
    store->pending = NULL;
    store->pending_count = store->pending_cap = 0;
    tiles_store_fold_later(store);
}

enum base_err tiles_store_fold(struct tiles_store *store, struct base_diag *diag)
{
    if (!list_removed(store) || (store->pending_count && (!pass(store, true) || !pass(store, false)))) {
        return base_diag_set(diag, BASE_NOMEM, "out of memory for the pages of %s", store->table->name);
    }
    if (store->pending_count) {
        forget_pending(store);
    }
    return BASE_OK;
}
