/* Two features with one key would fight over one row: the second is told apart while the file is read. */
#include "data/import_private.h"

#include <stdlib.h>
#include <string.h>

/* FNV-1a, 128 bits (draft-eastlake-fnv-17, sections 2 and 5). */
static unsigned __int128 fnv(unsigned __int128 hash, const char *text)
{
    const unsigned __int128 prime = ((unsigned __int128)1 << 88) + 0x13B;
    do { /* with the terminator, so that ab+c and a+bc differ */
        hash = (hash ^ (unsigned char)*text) * prime;
    } while (*text++);
    return hash;
}

static struct base_id hash_of(const char *dataset, const char *key)
{
    struct base_id id;
    unsigned __int128 hash = ((unsigned __int128)0x6C62272E07BB0142 << 64) + 0x62B821756295C58D;
    hash = fnv(fnv(hash, dataset), key);
    hash = hash ? hash : 1;
    memcpy(id.bytes, &hash, sizeof id.bytes);
    return id;
}

static bool is_free(const struct base_id *slot)
{
    static const struct base_id zero;
    return base_id_equal(*slot, zero);
}

/* The slot that holds id, or the free one where it belongs. */
static struct base_id *find(struct data_import_seen *seen, struct base_id id)
{
    uint64_t at;
    memcpy(&at, id.bytes, sizeof at);
    for (;; at++) {
        struct base_id *slot = &seen->slots[at & (seen->cap - 1)];
        if (is_free(slot) || base_id_equal(*slot, id)) {
            return slot;
        }
    }
}

static bool grow(struct data_import_seen *seen)
{
    struct data_import_seen larger = {.cap = seen->cap ? seen->cap * 2 : 4096, .used = seen->used};
    larger.slots = calloc(larger.cap, sizeof *larger.slots);
    if (!larger.slots) {
        return false;
    }
    for (size_t i = 0; i < seen->cap; i++) {
        if (!is_free(&seen->slots[i])) {
            *find(&larger, seen->slots[i]) = seen->slots[i];
        }
    }
    free(seen->slots);
    *seen = larger;
    return true;
}

enum base_err data_import_seen_add(struct data_import_seen *seen, const char *dataset, const char *key,
                                   struct base_diag *diag, bool *ret_fresh)
{
    if (seen->used * 2 >= seen->cap && !grow(seen)) {
        return base_diag_set(diag, BASE_NOMEM, "no memory for the keys of %zu rows", seen->used);
    }
    struct base_id id = hash_of(dataset, key);
    struct base_id *slot = find(seen, id);
    *ret_fresh = is_free(slot);
    if (*ret_fresh) {
        *slot = id;
        seen->used++;
    }
    return BASE_OK;
}

void data_import_seen_release(struct data_import_seen *seen)
{
    free(seen->slots);
    *seen = (struct data_import_seen){0};
}
