/* Tracks as they were when this worker last wrote them, so that they need not be read again for each batch. What is
 * remembered may be out of date - another worker, a replay, the end of a shift -: each writing of a track stamps it
 * with a number that no other has, and whoever goes on from here writes only where the row still bears it. Private to
 * ingest/.
 *
 * Keyed by subject. Bounded: a table that is full begins anew. One thread.
 */
#ifndef HUTONG_INGEST_TRACKS_H
#define HUTONG_INGEST_TRACKS_H

#include "base/base.h"

struct ingest_tracks_entry {
    struct base_id subject;
    int64_t stamp; /* 0: free, or forgotten */
    char *bytes;
    size_t len, cap;
};

struct ingest_tracks {
    struct ingest_tracks_entry *slots;
    size_t count, cap; /* slots in use, forgotten ones too; all of them */
    size_t bytes;
};

enum { INGEST_TRACKS_MAX = 200 * 1000, INGEST_TRACKS_BYTES_MAX = 64 * 1024 * 1024 };

void ingest_tracks_release(struct ingest_tracks *tracks);
/* NULL: not remembered. Borrowed until the next _put. */
const struct ingest_tracks_entry *ingest_tracks_find(const struct ingest_tracks *tracks, struct base_id subject);
/* Remembers, as far as memory goes. stamp is not 0. */
void ingest_tracks_put(struct ingest_tracks *tracks, struct base_id subject, int64_t stamp, struct base_str bytes);
void ingest_tracks_forget(struct ingest_tracks *tracks, struct base_id subject);

#endif
