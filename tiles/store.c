/* A table under change: its life, what goes, and what readers get of it. Puts are in store_put.c. */
#include "tiles/store_private.h"

#include <stdlib.h>

enum { PENDING_LEAST = 256, SCRATCH_SUM_MAX = 128 << 20 };
#define FOLD_LEAST ((size_t)32 << 20)

/* --- life --- */
enum base_err tiles_store_new(const struct tiles_table *table, struct base_diag *diag, struct tiles_store **ret_store)
{
    struct tiles_store *store = calloc(1, sizeof *store);
    if (!store) {
        return base_diag_set(diag, BASE_NOMEM, "out of memory");
    }
    store->table = table;
    store->columns = (uint32_t)tiles_table_columns(table);
    store->fixed = (uint32_t)tiles_table_fixed(table);
    store->fold_at = FOLD_LEAST;
    base_arena_init(&store->arena, SIZE_MAX / 2);
    base_buf_init(&store->words, sizeof(uint32_t) * TILES_WORDS_MAX);
    base_buf_init(&store->sum, SCRATCH_SUM_MAX);
    *ret_store = store;
    return BASE_OK;
}

void tiles_store_free(struct tiles_store *store)
{
    if (!store) {
        return;
    }
    tiles_directory_unref(store->last);
    for (uint32_t i = 0; i < store->group_count; i++) {
        tiles_group_unref(store->groups[i]);
    }
    free(store->groups);
    free(store->pending);
    free(store->index.slots);
    base_arena_release(&store->arena);
    base_buf_release(&store->words);
    base_buf_release(&store->sum);
    free(store);
}

size_t tiles_store_memory(const struct tiles_store *store)
{
    size_t pages = 0;
    for (uint32_t i = 0; i < store->group_count; i++) {
        pages += store->groups[i]->count;
    }
    const size_t a_page = sizeof(struct tiles_key) + 2 * (sizeof(struct tiles_extent) + sizeof(struct tiles_page *));
    return store->group_bytes + pages * a_page + store->index.size * sizeof *store->index.slots + store->arena.used +
           store->pending_cap * sizeof(struct tiles_pending *) + store->words.cap + store->sum.cap;
}

/* --- where rows are --- */
bool tiles_store_locate(const struct tiles_store *store, const struct tiles_key *key,
                        const struct tiles_page **ret_page, uint32_t *ret_row)
{
    if (!store->group_count) {
        return false;
    }
    const struct tiles_group *group = store->groups[tiles_store_group(store, key)];
    uint32_t low = 0, high = group->count; /* the last page that begins at or before the key */
    while (high - low > 1) {
        uint32_t middle = low + (high - low) / 2;
        *(tiles_key_order(&group->firsts[middle], key) <= 0 ? &low : &high) = middle;
    }
    const struct tiles_page *page = group->pages[low];
    uint32_t first = 0, end = page->count;
    while (first < end) {
        uint32_t middle = first + (end - first) / 2;
        struct tiles_key at = tiles_page_key(page, middle);
        int order = tiles_key_order(&at, key);
        if (order == 0) {
            *ret_page = page;
            *ret_row = middle;
            return true;
        }
        first = order < 0 ? middle + 1 : first;
        end = order < 0 ? end : middle;
    }
    return false;
}

uint32_t tiles_store_group(const struct tiles_store *store, const struct tiles_key *key)
{
    uint32_t low = 0, high = store->group_count;
    while (high - low > 1) {
        uint32_t middle = low + (high - low) / 2;
        *(tiles_key_order(&store->groups[middle]->firsts[0], key) <= 0 ? &low : &high) = middle;
    }
    return low;
}

bool tiles_store_stored(const struct tiles_store *store, const struct tiles_slot *slot,
                        const struct tiles_page **ret_page, uint32_t *ret_row)
{
    const struct tiles_pending *pending = slot->state == TILES_SLOT_PENDING ? store->pending[slot->where] : NULL;
    struct tiles_key key = {slot->estate_id, slot->id, pending ? pending->stored_hilbert : slot->where};
    return (!pending || pending->stored) && tiles_store_locate(store, &key, ret_page, ret_row);
}

bool tiles_store_find(const struct tiles_store *store, int64_t estate_id, int64_t id,
                      const struct tiles_page **ret_page, uint32_t *ret_row)
{
    const struct tiles_slot *slot = tiles_index_find(&store->index, estate_id, id);
    return slot && tiles_store_stored(store, slot, ret_page, ret_row);
}

/* --- what goes --- */
struct tiles_pending *tiles_store_pending_add(struct tiles_store *store)
{
    if (store->pending_count == store->pending_cap) {
        uint32_t cap = store->pending_cap ? store->pending_cap * 2 : PENDING_LEAST;
        struct tiles_pending **grown = realloc(store->pending, cap * sizeof(struct tiles_pending *));
        if (!grown) {
            return NULL;
        }
        store->pending = grown;
        store->pending_cap = cap;
    }
    struct tiles_pending *pending = base_arena_alloc(&store->arena, sizeof *pending);
    if (pending) {
        store->pending[store->pending_count++] = pending;
    }
    return pending;
}

struct tiles_pending *tiles_store_pend(struct tiles_store *store, struct tiles_slot *slot)
{
    if (slot->state == TILES_SLOT_PENDING) {
        return store->pending[slot->where];
    }
    struct tiles_pending *pending = tiles_store_pending_add(store);
    if (pending) {
        pending->key = (struct tiles_key){slot->estate_id, slot->id, slot->where};
        pending->stored = true;
        pending->stored_hilbert = slot->where;
        pending->removed = slot->state == TILES_SLOT_REMOVED;
        slot->state = TILES_SLOT_PENDING;
        slot->where = store->pending_count - 1;
    }
    return pending;
}

bool tiles_store_holds(const struct tiles_store *store, const struct tiles_slot *slot)
{
    return slot->state == TILES_SLOT_STORED ||
           (slot->state == TILES_SLOT_PENDING && !store->pending[slot->where]->removed);
}

bool tiles_store_owned(const struct tiles_store *store, int64_t estate_id, int64_t id, uint8_t upstream)
{
    const struct tiles_slot *slot = tiles_index_find(&store->index, estate_id, id);
    return slot && slot->upstream == upstream && tiles_store_holds(store, slot);
}

/* Cannot fail: without memory for a note the slot itself says so, and a fold then looks at all slots. */
static void slot_remove(struct tiles_store *store, struct tiles_slot *slot)
{
    struct tiles_pending *pending = tiles_store_pend(store, slot);
    if (pending) {
        pending->removed = true;
    } else {
        slot->state = TILES_SLOT_REMOVED;
        store->unlisted = true;
    }
}

bool tiles_store_remove(struct tiles_store *store, int64_t estate_id, int64_t id, uint8_t upstream)
{
    struct tiles_slot *slot = tiles_index_find(&store->index, estate_id, id);
    if (!slot || slot->upstream != upstream || !tiles_store_holds(store, slot)) {
        return false;
    }
    slot_remove(store, slot);
    return true;
}

void tiles_store_mark(struct tiles_store *store, uint8_t upstream)
{
    for (size_t i = 0; i < store->index.size; i++) {
        struct tiles_slot *slot = &store->index.slots[i];
        slot->fresh = slot->fresh && slot->upstream != upstream;
    }
}

enum base_err tiles_store_sweep(struct tiles_store *store, uint8_t upstream,
                                void (*gone)(void *of, int64_t estate_id, int64_t id), void *of, struct base_diag *diag)
{
    (void)diag;
    for (size_t i = 0; i < store->index.size; i++) {
        struct tiles_slot *slot = &store->index.slots[i];
        if (slot->state != TILES_SLOT_FREE && slot->upstream == upstream && !slot->fresh &&
            tiles_store_holds(store, slot)) {
            slot_remove(store, slot);
            gone(of, slot->estate_id, slot->id);
        }
    }
    return BASE_OK;
}

/* --- what readers get --- */
void tiles_store_fold_later(struct tiles_store *store)
{
    store->fold_at = store->arena.used + store->group_bytes / 3 + FOLD_LEAST;
}

enum base_err tiles_store_publish(struct tiles_store *store, struct base_diag *diag,
                                  struct tiles_directory **ret_directory)
{
    enum base_err err = tiles_store_fold(store, diag);
    if (!err && (store->changed || !store->last)) {
        struct tiles_directory *directory = tiles_directory_make(store->groups, store->group_count);
        if (!directory) {
            return base_diag_set(diag, BASE_NOMEM, "out of memory for the pages of %s", store->table->name);
        }
        tiles_directory_unref(store->last);
        store->last = directory;
        store->changed = false;
    }
    if (!err) {
        *ret_directory = tiles_directory_ref(store->last);
    }
    return err;
}
