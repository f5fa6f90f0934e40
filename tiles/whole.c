/* Versions of whole tables: a sum over a million rows is not made for each request, but when something has changed. */
#include "tiles/private.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

enum { SLOTS = 64 /* sets times scopes that are asked for at a time */ };

struct slot {
    uint8_t layers[TILES_LAYER_MAX]; /* zero: free */
    struct base_id scope;
    uint64_t stamp;
    char version[BASE_ID_TEXT];
};

struct tiles_whole {
    pthread_mutex_t lock;
    size_t next; /* to be given away */
    struct slot slots[SLOTS];
};

enum base_err tiles_whole_new(struct base_diag *diag, struct tiles_whole **ret_whole)
{
    struct tiles_whole *whole = calloc(1, sizeof *whole);
    if (!whole) {
        return base_diag_set(diag, BASE_NOMEM, "out of memory");
    }
    pthread_mutex_init(&whole->lock, NULL);
    *ret_whole = whole;
    return BASE_OK;
}

void tiles_whole_free(struct tiles_whole *whole)
{
    if (whole) {
        pthread_mutex_destroy(&whole->lock);
        free(whole);
    }
}

/* With the lock held; NULL: none of that set and scope. */
static struct slot *lookup(struct tiles_whole *whole, const struct slot *wanted)
{
    for (size_t i = 0; i < SLOTS; i++) {
        struct slot *slot = &whole->slots[i];
        if (memcmp(slot->layers, wanted->layers, sizeof slot->layers) == 0 &&
            base_id_equal(slot->scope, wanted->scope)) {
            return slot;
        }
    }
    return NULL;
}

static bool recall(struct tiles_whole *whole, struct slot *wanted)
{
    pthread_mutex_lock(&whole->lock);
    const struct slot *slot = lookup(whole, wanted);
    bool known = slot && slot->stamp == wanted->stamp;
    if (known) {
        *wanted = *slot;
    }
    pthread_mutex_unlock(&whole->lock);
    return known;
}

static void remember(struct tiles_whole *whole, const struct slot *made)
{
    pthread_mutex_lock(&whole->lock);
    struct slot *slot = lookup(whole, made);
    if (!slot) {
        slot = &whole->slots[whole->next];
        whole->next = (whole->next + 1) % SLOTS;
    }
    *slot = *made;
    pthread_mutex_unlock(&whole->lock);
}

bool tiles_whole_version(struct tiles_whole *whole, const struct tiles_view *view, const struct tiles_set *set,
                         const struct data_scope *scope, bool quick, char ret_version[BASE_ID_TEXT])
{
    if (!tiles_version_static(set)) {
        return false;
    }
    struct slot slot = {.scope = tiles_cache_scope(set, scope), .stamp = tiles_version_whole_stamp(view, set)};
    tiles_cache_layers(set, slot.layers);
    bool known = recall(whole, &slot);
    if (!known && !quick) {
        struct tiles_sum sum = tiles_version_whole(view, set, scope);
        snprintf(slot.version, sizeof slot.version, "%016llx%016llx", (unsigned long long)sum.high,
                 (unsigned long long)sum.low);
        remember(whole, &slot);
        known = true;
    }
    if (known) {
        memcpy(ret_version, slot.version, BASE_ID_TEXT);
    }
    return known;
}
