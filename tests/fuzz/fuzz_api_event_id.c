/* What a client writes into its Last-Event-ID header. */
#include "api/stream.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool holds)
{
    if (!holds) {
        abort();
    }
}

/* What is read is written as it came, but for zeros in front. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    for (size_t count = 1; count <= TILES_UPSTREAM_MAX; count++) {
        uint64_t lsns[TILES_UPSTREAM_MAX], again[TILES_UPSTREAM_MAX];
        if (!api_event_id_in((struct base_str){(const char *)data, size}, count, lsns)) {
            continue;
        }
        struct base_buf buf;
        base_buf_init(&buf, 1024);
        api_event_id_out(lsns, count, &buf);
        check(!buf.err && buf.len <= size);
        check(api_event_id_in(base_buf_str(&buf), count, again));
        check(memcmp(lsns, again, count * sizeof *lsns) == 0);
        base_buf_release(&buf);
    }
    return 0;
}
