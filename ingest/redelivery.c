/* The re-delivery list in memory (see redelivery.h); a source with a time in every message never has an entry. */
#include "ingest/redelivery.h"

#include <stdlib.h>

void ingest_redelivery_release(struct ingest_redelivery *list)
{
    free(list->entries);
    *list = (struct ingest_redelivery){.entries = NULL};
}

void ingest_redelivery_clear(struct ingest_redelivery *list)
{
    list->count = list->owed = 0;
    list->changed = false;
}

static enum base_err append(struct ingest_redelivery *list, struct base_id id, enum ingest_redelivery_state state)
{
    if (list->count == list->cap) {
        size_t cap = list->cap ? list->cap * 2 : 64;
        struct ingest_redelivery_entry *grown = realloc(list->entries, cap * sizeof *grown);
        if (!grown) {
            return BASE_NOMEM;
        }
        list->entries = grown;
        list->cap = cap;
    }
    list->entries[list->count++] = (struct ingest_redelivery_entry){.id = id, .state = state};
    return BASE_OK;
}

enum base_err ingest_redelivery_owe(struct ingest_redelivery *list, struct base_id id)
{
    enum base_err err = append(list, id, INGEST_REDELIVERY_OWED);
    list->owed += !err;
    return err;
}

static struct ingest_redelivery_entry *find_owed(const struct ingest_redelivery *list, struct base_id id)
{
    for (size_t i = 0; list->owed && i < list->count; i++) {
        if (list->entries[i].state == INGEST_REDELIVERY_OWED && base_id_equal(list->entries[i].id, id)) {
            return &list->entries[i];
        }
    }
    return NULL;
}

bool ingest_redelivery_owes(const struct ingest_redelivery *list, struct base_id id)
{
    return find_owed(list, id) != NULL;
}

enum base_err ingest_redelivery_take(struct ingest_redelivery *list, struct base_id id, bool *ret_again)
{
    struct ingest_redelivery_entry *owed = find_owed(list, id);
    *ret_again = owed != NULL;
    list->changed = true;
    if (!owed) {
        return append(list, id, INGEST_REDELIVERY_FRESH);
    }
    /* It stays in the list: the acknowledgement that it waits for now may be lost as the first one was. */
    owed->state = INGEST_REDELIVERY_FRESH;
    list->owed--;
    return BASE_OK;
}

void ingest_redelivery_stored(struct ingest_redelivery *list, uint64_t barrier)
{
    list->changed = false; /* the transaction wrote them down */
    for (size_t i = 0; i < list->count; i++) {
        if (list->entries[i].state == INGEST_REDELIVERY_FRESH) {
            list->entries[i].state = INGEST_REDELIVERY_STORED;
            list->entries[i].barrier = barrier;
        }
    }
}

void ingest_redelivery_settle(struct ingest_redelivery *list, uint64_t barrier, bool owed)
{
    size_t kept = 0;
    for (size_t i = 0; i < list->count; i++) {
        const struct ingest_redelivery_entry *entry = &list->entries[i];
        bool gone = (entry->state == INGEST_REDELIVERY_OWED && owed) ||
                    (entry->state == INGEST_REDELIVERY_STORED && entry->barrier <= barrier);
        if (!gone) {
            list->entries[kept++] = *entry;
        }
    }
    list->owed = owed ? 0 : list->owed;
    list->changed = list->changed || kept != list->count;
    list->count = kept;
}

void ingest_redelivery_text(const struct ingest_redelivery *list, struct base_buf *text)
{
    char hex[BASE_ID_TEXT];
    base_buf_reset(text);
    base_buf_u8(text, '{');
    for (size_t i = 0; i < list->count; i++) {
        base_buf_printf(text, "%s%s", i ? "," : "", base_id_hex(list->entries[i].id, hex));
    }
    base_buf_u8(text, '}');
}
