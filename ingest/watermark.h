/* Until when has a source been read? The moment at which the broker is known to have had no more. Private to ingest/.
 *
 * A socket that is empty says little: the broker may wait for acknowledgements, or be slow. So from time to time, right
 * behind acknowledgements, a barrier (see session.h) is sent: Mosquitto and its like answer it behind all that they
 * have at that moment - unless there is more than they hand out unacknowledged, which shows as so many messages having
 * come in between. What is known then holds once these messages are stored.
 *
 *   flushed ──mark: barrier sent──> messages ... answer ──> look, when they are stored: dry since the mark
 *
 * With MQTT 3.1.1 (NATS) answers overtake messages: there a socket counts that was empty for 5 ms while fewer than ever
 * before were unacknowledged. One thread; times are monotonic us.
 */
#ifndef HUTONG_INGEST_WATERMARK_H
#define HUTONG_INGEST_WATERMARK_H

#include "data/data.h"
#include "ingest/session.h"

struct ingest_watermark {
    int64_t dry_us;     /* what was sought; 0: not known yet */
    int64_t marked_us;  /* when the barrier was sent that is not answered yet; 0: none */
    int64_t asked_us;   /* when the last one was sent */
    uint64_t barrier;   /* its number */
    size_t delivered;   /* messages of the session before it */
    int64_t unanswered; /* most messages that were unacknowledged at once on this connection */
};

/* Another connection: what is known stays true. */
void ingest_watermark_connected(struct ingest_watermark *watermark);
/* While nothing is held, behind the acknowledgements: twice a second a barrier. */
void ingest_watermark_mark(struct ingest_watermark *watermark, struct ingest_session *session);
/* Before a batch is stored, or while there is none. held: messages in the batch; empty_us: when its last reading found
 * the socket empty (now, without a batch), 0: it did not. */
void ingest_watermark_look(struct ingest_watermark *watermark, const struct ingest_session *session, int64_t held,
                           int64_t empty_us);
/* The same by the database's clock, never too late, for a query; null: not known. */
struct data_arg ingest_watermark_dry(const struct ingest_watermark *watermark, int64_t clock_us);

#endif
