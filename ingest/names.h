/* What is known by a native id: open addressing, because every message asks. Private to ingest/. One thread. */
#ifndef HUTONG_INGEST_NAMES_H
#define HUTONG_INGEST_NAMES_H

#include "base/base.h"

struct ingest_names {
    struct ingest_names_slot *slots;
    size_t cap; /* a power of two, or 0 */
    size_t count;
};

void ingest_names_release(struct ingest_names *names);
/* NULL: nothing of this name. */
void *ingest_names_find(const struct ingest_names *names, struct base_str native);
/* native is borrowed, and must not be there yet. NOMEM: nothing has changed. */
enum base_err ingest_names_add(struct ingest_names *names, struct base_str native, void *item) BASE_MUST_CHECK;

#endif
