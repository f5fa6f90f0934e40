/* Memory that lives as long as one message, request or tile. The ceiling turns hostile input into an error code. */
#include "base/base.h"

#include <stdlib.h>
#include <string.h>

enum { BLOCK_BYTES = 16 * 1024, ALIGN = 16 };

/* Newest block first; the one at the end of the list is kept by a reset. */
struct base_arena_block {
    struct base_arena_block *next;
    size_t size;
    size_t used;
    _Alignas(ALIGN) unsigned char bytes[];
};

void base_arena_init(struct base_arena *arena, size_t max)
{
    *arena = (struct base_arena){.max = max};
}

void base_arena_release(struct base_arena *arena)
{
    for (struct base_arena_block *block = arena->blocks; block;) {
        struct base_arena_block *next = block->next;
        free(block);
        block = next;
    }
    arena->blocks = NULL;
    arena->used = 0;
}

void base_arena_reset(struct base_arena *arena)
{
    while (arena->blocks && arena->blocks->next) {
        struct base_arena_block *next = arena->blocks->next;
        free(arena->blocks);
        arena->blocks = next;
    }
    if (arena->blocks) {
        arena->blocks->used = 0;
    }
    arena->full = false;
    arena->used = 0;
}

static struct base_arena_block *block_with_room(struct base_arena *arena, size_t size)
{
    struct base_arena_block *block = arena->blocks;
    if (block && block->size - block->used >= size) {
        return block;
    }
    size_t bytes = size > BLOCK_BYTES ? size : BLOCK_BYTES;
    block = malloc(sizeof *block + bytes);
    if (!block) {
        return NULL;
    }
    *block = (struct base_arena_block){.next = arena->blocks, .size = bytes};
    arena->blocks = block;
    return block;
}

void *base_arena_room(struct base_arena *arena, size_t size)
{
    if (size > arena->max - arena->used) {
        arena->full = true;
        return NULL;
    }
    size_t whole = (size + ALIGN - 1) & ~(size_t)(ALIGN - 1);
    struct base_arena_block *block = block_with_room(arena, whole);
    if (!block) {
        arena->full = true;
        return NULL;
    }
    void *memory = block->bytes + block->used;
    block->used += whole;
    arena->used += size;
    return memory;
}

void *base_arena_alloc(struct base_arena *arena, size_t size)
{
    void *memory = base_arena_room(arena, size);
    return memory ? memset(memory, 0, size) : NULL;
}

char *base_arena_text(struct base_arena *arena, struct base_str text)
{
    char *copy = text.len < SIZE_MAX ? base_arena_room(arena, text.len + 1) : NULL;
    if (copy) {
        memcpy(copy, text.len ? text.at : "", text.len);
        copy[text.len] = '\0';
    }
    return copy;
}
