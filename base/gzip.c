/* gzip of a whole buffer in one call; the compressor is kept per thread because making one costs more than a tile.
 *
 * Two libraries: at level 1 ISA-L takes a third of libdeflate's time and gives 1 % more bytes (2.7 MB of tile: 4.0 and
 * 11.6 ms, 517 and 511 kB), and its higher levels gain nothing; libdeflate has those that are worth their time. */
#include "base/base.h"

#include <isa-l/igzip_lib.h>
#include <libdeflate.h>
#include <pthread.h>
#include <stdlib.h>

enum { FAST = 1, FRAME = 64 /* of gzip, and of blocks that do not shrink, for each 64 kB and once */ };

struct fast {
    struct isal_zstream stream;
    uint8_t work[ISAL_DEF_LVL1_DEFAULT];
};

struct kept {
    struct libdeflate_compressor *compressor;
    int level;
    struct fast *fast;
};

static pthread_key_t key;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void kept_free(void *memory)
{
    struct kept *kept = memory;
    libdeflate_free_compressor(kept->compressor);
    free(kept->fast);
    free(kept);
}

static void make_key(void)
{
    pthread_key_create(&key, kept_free);
}

static struct kept *kept_of_thread(void)
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
    return kept;
}

static struct libdeflate_compressor *compressor_of(int level)
{
    struct kept *kept = kept_of_thread();
    if (!kept) {
        return NULL;
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

static enum base_err gzip_fast(const void *data, size_t len, struct base_buf *buf)
{
    struct kept *kept = kept_of_thread();
    if (len > UINT32_MAX / 2) {
        return BASE_LIMIT;
    }
    if (!kept || (!kept->fast && !(kept->fast = malloc(sizeof *kept->fast)))) {
        return BASE_NOMEM;
    }
    size_t bound = len + (len / 65536 + 1) * FRAME;
    uint8_t *at = (uint8_t *)base_buf_reserve(buf, bound);
    if (!at) {
        return buf->err;
    }
    struct isal_zstream *stream = &kept->fast->stream;
    isal_deflate_init(stream);
    stream->level = FAST;
    stream->level_buf = kept->fast->work;
    stream->level_buf_size = sizeof kept->fast->work;
    stream->gzip_flag = IGZIP_GZIP;
    stream->end_of_stream = 1;
    stream->next_in = (uint8_t *)(uintptr_t)data; /* only read */
    stream->avail_in = (uint32_t)len;
    stream->next_out = at;
    stream->avail_out = (uint32_t)bound;
    if (isal_deflate(stream) != COMP_OK || stream->internal_state.state != ZSTATE_END) {
        return BASE_LIMIT;
    }
    buf->len += stream->total_out;
    return BASE_OK;
}

enum base_err base_gzip(const void *data, size_t len, int level, struct base_buf *buf)
{
    if (level == FAST) {
        return gzip_fast(data, len, buf);
    }
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
