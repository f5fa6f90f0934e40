/* A hash table by native id, for the devices that a message names and for the registry's things. */
#include "ingest/names.h"

#include <stdlib.h>

enum { FIRST_CAP = 256 };

struct ingest_names_slot {
    uint64_t code;
    struct base_str native;
    void *item; /* NULL: free */
};

void ingest_names_release(struct ingest_names *names)
{
    free(names->slots);
    *names = (struct ingest_names){.slots = NULL};
}

/* FNV-1a; a sender who makes names collide slows down its own source only. */
static uint64_t code_of(struct base_str text)
{
    uint64_t code = UINT64_C(0xcbf29ce484222325);
    for (size_t i = 0; i < text.len; i++) {
        code = (code ^ (unsigned char)text.at[i]) * UINT64_C(0x100000001b3);
    }
    return code;
}

static struct ingest_names_slot *slot_for(const struct ingest_names *names, uint64_t code, struct base_str native)
{
    size_t at = code & (names->cap - 1);
    while (names->slots[at].item &&
           (names->slots[at].code != code || !base_str_equal(names->slots[at].native, native))) {
        at = (at + 1) & (names->cap - 1);
    }
    return &names->slots[at];
}

void *ingest_names_find(const struct ingest_names *names, struct base_str native)
{
    return names->cap ? slot_for(names, code_of(native), native)->item : NULL;
}

static enum base_err grow(struct ingest_names *names)
{
    struct ingest_names grown = {.cap = names->cap ? names->cap * 2 : FIRST_CAP, .count = names->count};
    grown.slots = calloc(grown.cap, sizeof *grown.slots);
    if (!grown.slots) {
        return BASE_NOMEM;
    }
    for (size_t i = 0; i < names->cap; i++) {
        if (names->slots[i].item) {
            *slot_for(&grown, names->slots[i].code, names->slots[i].native) = names->slots[i];
        }
    }
    free(names->slots);
    *names = grown;
    return BASE_OK;
}

enum base_err ingest_names_add(struct ingest_names *names, struct base_str native, void *item)
{
    enum base_err err = names->count * 2 >= names->cap ? grow(names) : BASE_OK;
    if (!err) {
        uint64_t code = code_of(native);
        *slot_for(names, code, native) = (struct ingest_names_slot){code, native, item};
        names->count++;
    }
    return err;
}
