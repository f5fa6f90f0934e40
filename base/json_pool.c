/* Where jansson's trees live: a message makes some thirty small pieces and drops them all a moment later. So each
 * thread takes them off a block, one behind the other, and starts over when none is left in use; what does not fit any
 * more comes from the heap. A tree is freed by the thread that parsed it. */
#include "base/json_pool.h"

#include <jansson.h>
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>

enum { BLOCK = 32 * 1024, ALIGN = 16 };

static _Thread_local struct {
    _Alignas(ALIGN) unsigned char block[BLOCK];
    size_t used, pieces; /* in use */
} pool;

static void *take(size_t size)
{
    size_t rounded = (size + ALIGN - 1) & ~(size_t)(ALIGN - 1);
    if (rounded < size || rounded > BLOCK - pool.used) {
        return malloc(size);
    }
    void *piece = pool.block + pool.used;
    pool.used += rounded;
    pool.pieces++;
    return piece;
}

static void give_back(void *piece)
{
    uintptr_t offset = (uintptr_t)piece - (uintptr_t)pool.block; /* huge when it lies before the block */
    if (offset >= BLOCK) {
        free(piece);
    } else if (--pool.pieces == 0) {
        pool.used = 0;
    }
}

static void set_up(void)
{
#ifndef __SANITIZE_ADDRESS__ /* which could not see a tree that is never freed */
    json_set_alloc_funcs(take, give_back);
#else
    (void)take;
    (void)give_back;
#endif
}

void base_json_pool(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, set_up);
}
