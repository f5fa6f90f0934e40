/* A hash map of triples, open addressing with linear probing: joins hold one a row, so it must be small. */
#include "tiles/mirror_private.h"

#include <stdlib.h>

enum { CAP_FIRST = 16 };

static uint64_t mixed(uint64_t hash, uint64_t value) /* the finaliser of SplitMix64 */
{
    hash += value + UINT64_C(0x9E3779B97F4A7C15);
    hash = (hash ^ (hash >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    hash = (hash ^ (hash >> 27)) * UINT64_C(0x94D049BB133111EB);
    return hash ^ (hash >> 31);
}

static size_t home(const struct tiles_map *map, struct tiles_map_key key)
{
    return (size_t)mixed(mixed(mixed(0, (uint64_t)key.a), (uint64_t)key.b), (uint64_t)key.c) & (map->cap - 1);
}

static bool same(struct tiles_map_key a, struct tiles_map_key b)
{
    return a.a == b.a && a.b == b.b && a.c == b.c;
}

/* Where the key is, or the free slot where it would be. */
static size_t place(const struct tiles_map *map, struct tiles_map_key key)
{
    size_t at = home(map, key);
    while (map->used[at] && !same(map->slots[at].key, key)) {
        at = (at + 1) & (map->cap - 1);
    }
    return at;
}

struct tiles_map_slot *tiles_map_find(const struct tiles_map *map, struct tiles_map_key key)
{
    if (!map->count) {
        return NULL;
    }
    size_t at = place(map, key);
    return map->used[at] ? &map->slots[at] : NULL;
}

static bool grow(struct tiles_map *map)
{
    struct tiles_map larger = {.cap = map->cap ? 2 * map->cap : CAP_FIRST, .count = map->count};
    larger.slots = calloc(larger.cap, sizeof *larger.slots);
    larger.used = calloc(larger.cap, sizeof *larger.used);
    if (!larger.slots || !larger.used) {
        tiles_map_release(&larger);
        return false;
    }
    for (size_t i = 0; i < map->cap; i++) {
        if (map->used[i]) {
            size_t at = place(&larger, map->slots[i].key);
            larger.slots[at] = map->slots[i];
            larger.used[at] = true;
        }
    }
    tiles_map_release(map);
    *map = larger;
    return true;
}

struct tiles_map_slot *tiles_map_add(struct tiles_map *map, struct tiles_map_key key)
{
    struct tiles_map_slot *slot = tiles_map_find(map, key);
    if (slot) {
        return slot;
    }
    if (4 * map->count >= 3 * map->cap && !grow(map)) {
        return NULL;
    }
    size_t at = place(map, key);
    map->slots[at] = (struct tiles_map_slot){.key = key};
    map->used[at] = true;
    map->count++;
    return &map->slots[at];
}

void tiles_map_remove(struct tiles_map *map, struct tiles_map_key key)
{
    if (!tiles_map_find(map, key)) {
        return;
    }
    size_t mask = map->cap - 1;
    size_t hole = place(map, key);
    /* What was pushed past the hole moves back into it, so that no look-up ends early. */
    for (size_t at = (hole + 1) & mask; map->used[at]; at = (at + 1) & mask) {
        if (((at - home(map, map->slots[at].key)) & mask) >= ((at - hole) & mask)) {
            map->slots[hole] = map->slots[at];
            hole = at;
        }
    }
    map->used[hole] = false;
    map->count--;
}

struct tiles_map_slot *tiles_map_next(const struct tiles_map *map, size_t *at)
{
    while (*at < map->cap) {
        size_t i = (*at)++;
        if (map->used[i]) {
            return &map->slots[i];
        }
    }
    return NULL;
}

void tiles_map_release(struct tiles_map *map)
{
    free(map->slots);
    free(map->used);
    *map = (struct tiles_map){0};
}

size_t tiles_map_memory(const struct tiles_map *map)
{
    return map->cap * (sizeof *map->slots + sizeof *map->used);
}
