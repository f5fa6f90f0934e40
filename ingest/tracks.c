/* Open addressing: a subject is a keyed hash already, its first bytes are as good as any. */
#include "ingest/tracks.h"

#include <stdlib.h>
#include <string.h>

enum { FIRST_CAP = 1024 };

void ingest_tracks_release(struct ingest_tracks *tracks)
{
    for (size_t i = 0; i < tracks->cap; i++) {
        free(tracks->slots[i].bytes);
    }
    free(tracks->slots);
    *tracks = (struct ingest_tracks){.slots = NULL};
}

static bool is_used(const struct ingest_tracks_entry *slot)
{
    return slot->bytes != NULL;
}

/* Where the subject is, or could be; the table has a free slot. */
static struct ingest_tracks_entry *slot_of(const struct ingest_tracks *tracks, struct base_id subject)
{
    uint64_t code;
    memcpy(&code, subject.bytes, sizeof code);
    size_t at = code & (tracks->cap - 1);
    while (is_used(&tracks->slots[at]) && !base_id_equal(tracks->slots[at].subject, subject)) {
        at = (at + 1) & (tracks->cap - 1);
    }
    return &tracks->slots[at];
}

const struct ingest_tracks_entry *ingest_tracks_find(const struct ingest_tracks *tracks, struct base_id subject)
{
    const struct ingest_tracks_entry *slot = tracks->cap ? slot_of(tracks, subject) : NULL;
    return slot && is_used(slot) && slot->stamp ? slot : NULL;
}

void ingest_tracks_forget(struct ingest_tracks *tracks, struct base_id subject)
{
    if (tracks->cap) {
        slot_of(tracks, subject)->stamp = 0;
    }
}

static bool grow(struct ingest_tracks *tracks)
{
    struct ingest_tracks grown = *tracks;
    grown.cap = tracks->cap ? tracks->cap * 2 : FIRST_CAP;
    grown.slots = calloc(grown.cap, sizeof *grown.slots);
    if (!grown.slots) {
        return false;
    }
    for (size_t i = 0; i < tracks->cap; i++) {
        if (is_used(&tracks->slots[i])) {
            *slot_of(&grown, tracks->slots[i].subject) = tracks->slots[i];
        }
    }
    free(tracks->slots);
    *tracks = grown;
    return true;
}

static bool fit(struct ingest_tracks *tracks, struct ingest_tracks_entry *slot, size_t len)
{
    if (is_used(slot) && slot->cap >= len) {
        return true;
    }
    size_t cap = len + len / 2 + 64; /* passes come and go */
    char *bytes = realloc(slot->bytes, cap);
    if (!bytes) {
        return false;
    }
    tracks->count += !slot->bytes;
    tracks->bytes += cap - slot->cap;
    slot->bytes = bytes;
    slot->cap = cap;
    return true;
}

void ingest_tracks_put(struct ingest_tracks *tracks, struct base_id subject, int64_t stamp, struct base_str bytes)
{
    if (tracks->count >= INGEST_TRACKS_MAX || tracks->bytes >= INGEST_TRACKS_BYTES_MAX) {
        ingest_tracks_release(tracks);
    }
    if (tracks->count * 2 >= tracks->cap && !grow(tracks)) {
        ingest_tracks_forget(tracks, subject);
        return;
    }
    struct ingest_tracks_entry *slot = slot_of(tracks, subject);
    if (!fit(tracks, slot, bytes.len)) {
        slot->stamp = 0;
        return;
    }
    slot->subject = subject;
    slot->stamp = stamp;
    slot->len = bytes.len;
    if (bytes.len) {
        memcpy(slot->bytes, bytes.at, bytes.len);
    }
}
