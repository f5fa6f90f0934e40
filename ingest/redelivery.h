/* The re-delivery list: messages without a time of their own, from COMMIT until the broker has surely been told.
 * Private to ingest/.
 *
 * A message whose event took the time of receipt, and a dead letter, has no key by which its redelivery could be told
 * from a genuine repeat. So each batch writes the ids of such messages into the lease, in its transaction:
 *
 *   read ──> FRESH ──COMMIT──> STORED ──acks written, then a barrier──> barrier answered: gone
 *                                 │ the connection breaks, or this worker dies: the list is read from the lease
 *                                 v
 *                               OWED ──the same message comes again──> FRESH (absorbed: not stored a second time)
 *                                 └────a barrier of the new connection is answered──> gone
 *
 * The barrier is an UNSUBSCRIBE from a filter that nobody uses: its answer comes behind everything the broker sent
 * before, and tells that the acknowledgements before it arrived. An id is a keyed hash of topic, payload and packet
 * identifier - which redelivery keeps (MQTT-4.4.0-1) and a genuine repeat does not have; with MQTT 3.1.1 without the
 * latter, because NATS gives new ones. One thread.
 */
#ifndef HUTONG_INGEST_REDELIVERY_H
#define HUTONG_INGEST_REDELIVERY_H

#include "base/base.h"

enum ingest_redelivery_state { INGEST_REDELIVERY_OWED, INGEST_REDELIVERY_FRESH, INGEST_REDELIVERY_STORED };

struct ingest_redelivery_entry {
    struct base_id id;
    enum ingest_redelivery_state state;
    uint64_t barrier; /* of STORED: settled when this one is answered */
};

struct ingest_redelivery {
    struct ingest_redelivery_entry *entries;
    size_t count, cap;
    size_t owed;  /* entries in that state */
    bool changed; /* the lease holds others than these */
};

void ingest_redelivery_release(struct ingest_redelivery *list);
/* The list starts anew, with what the lease holds: of earlier connections. */
void ingest_redelivery_clear(struct ingest_redelivery *list);
enum base_err ingest_redelivery_owe(struct ingest_redelivery *list, struct base_id id) BASE_MUST_CHECK;
enum { INGEST_UNSETTLED_MAX = 4 * 1024 * 1024 }; /* bytes of its text; a batch is 20,000 messages at most */

/* A message is in the batch that must be in the list; *ret_again: it is the redelivery of one that is stored. */
enum base_err ingest_redelivery_take(struct ingest_redelivery *list, struct base_id id,
                                     bool *ret_again) BASE_MUST_CHECK;
/* Whether it is one: for messages that have a key now and had none, like a clock that was ahead until a moment ago. */
bool ingest_redelivery_owes(const struct ingest_redelivery *list, struct base_id id);
/* The batch was committed: FRESH ones wait for the barrier of that number. */
void ingest_redelivery_stored(struct ingest_redelivery *list, uint64_t barrier);
/* All barriers up to that number were answered; owed: they also end what earlier connections left. */
void ingest_redelivery_settle(struct ingest_redelivery *list, uint64_t barrier, bool owed);
/* The ids as an array's text: "{0a...,...}". */
void ingest_redelivery_text(const struct ingest_redelivery *list, struct base_buf *text);

#endif
