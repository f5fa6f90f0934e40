/* The key index: where a row is. Linear probing, at most 0.7 full, half as large again when it is fuller. */
#include "tiles/store_private.h"

#include <stdlib.h>

enum { SIZE_LEAST = 64 };

/* Multiply and xor of splitmix64, then a range by its high bits: sizes need not be powers of two. */
static size_t home(const struct tiles_index *index, int64_t estate_id, int64_t id)
{
    uint64_t mixed = (uint64_t)id + (uint64_t)estate_id * UINT64_C(0x9e3779b97f4a7c15);
    mixed = (mixed ^ mixed >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    mixed = (mixed ^ mixed >> 27) * UINT64_C(0x94d049bb133111eb);
    return (size_t)(((mixed ^ mixed >> 31) >> 32) * index->size >> 32);
}

static size_t after(const struct tiles_index *index, size_t at)
{
    return at + 1 == index->size ? 0 : at + 1;
}

struct tiles_slot *tiles_index_find(const struct tiles_index *index, int64_t estate_id, int64_t id)
{
    if (!index->count) {
        return NULL;
    }
    for (size_t at = home(index, estate_id, id); index->slots[at].state != TILES_SLOT_FREE; at = after(index, at)) {
        if (index->slots[at].id == id && index->slots[at].estate_id == estate_id) {
            return &index->slots[at];
        }
    }
    return NULL;
}

struct tiles_slot *tiles_index_add(struct tiles_index *index, int64_t estate_id, int64_t id)
{
    size_t at = home(index, estate_id, id);
    while (index->slots[at].state != TILES_SLOT_FREE) {
        at = after(index, at);
    }
    index->count++;
    index->slots[at].estate_id = estate_id;
    index->slots[at].id = id;
    return &index->slots[at];
}

bool tiles_index_reserve(struct tiles_index *index)
{
    if ((index->count + 1) * 10 <= index->size * 7) {
        return true;
    }
    struct tiles_index larger = {.size = index->size ? index->size + index->size / 2 : SIZE_LEAST};
    larger.slots = calloc(larger.size, sizeof *larger.slots);
    if (!larger.slots) {
        return false;
    }
    for (size_t i = 0; i < index->size; i++) {
        const struct tiles_slot *slot = &index->slots[i];
        if (slot->state != TILES_SLOT_FREE) {
            *tiles_index_add(&larger, slot->estate_id, slot->id) = *slot;
        }
    }
    free(index->slots);
    *index = larger;
    return true;
}

void tiles_index_prefetch(const struct tiles_index *index, int64_t estate_id, int64_t id)
{
    __builtin_prefetch(&index->slots[home(index, estate_id, id)]);
}

/* Those behind it that would not be found across the gap move into it. */
void tiles_index_remove(struct tiles_index *index, struct tiles_slot *slot)
{
    size_t gap = (size_t)(slot - index->slots);
    for (size_t at = after(index, gap); index->slots[at].state != TILES_SLOT_FREE; at = after(index, at)) {
        const struct tiles_slot *next = &index->slots[at];
        size_t from = home(index, next->estate_id, next->id);
        bool stays = gap < at ? gap < from && from <= at : gap < from || from <= at;
        if (!stays) {
            index->slots[gap] = *next;
            gap = at;
        }
    }
    index->slots[gap] = (struct tiles_slot){.state = TILES_SLOT_FREE};
    index->count--;
}
