/* gzip of a whole buffer in one call; the compressor is kept per thread because making one costs more than a tile. */
#include "base/base.h"

#include <libdeflate.h>
#include <pthread.h>
#include <stdlib.h>

struct kept {
    struct libdeflate_compressor *compressor;
    int level;
};

static pthread_key_t key;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void kept_free(void *memory)
{
    struct kept *kept = memory;
    libdeflate_free_compressor(kept->compressor);
    free(kept);
}

static void make_key(void)
{
    pthread_key_create(&key, kept_free);
}

static struct libdeflate_compressor *compressor_of(int level)
{
    pthread_once(&once, make_key);
    struct kept *kept = pthread_getspecific(key);
    if (!kept) {
        kept = calloc(1, sizeof *kept);
        if (!kept || pthread_setspecific(key, kept) != 0) {
            free(kept);
            return NULL;
        }
    }
    if (kept->compressor && kept->level != level) {
        libdeflate_free_compressor(kept->compressor);
        kept->compressor = NULL;
    }
    if (!kept->compressor) {
        kept->compressor = libdeflate_alloc_compressor(level);
        kept->level = level;
    }
    return kept->compressor;
}

enum base_err base_gzip(const void *data, size_t len, int level, struct base_buf *buf)
{
    struct libdeflate_compressor *compressor = compressor_of(level);
    if (!compressor) {
        return BASE_NOMEM;
    }
    size_t bound = libdeflate_gzip_compress_bound(compressor, len);
    char *at = base_buf_reserve(buf, bound);
    if (!at) {
        return buf->err;
    }
    size_t size = libdeflate_gzip_compress(compressor, data, len, at, bound);
    buf->len += size;
    return size ? BASE_OK : BASE_LIMIT;
}
