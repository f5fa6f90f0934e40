/* The moment until which a source is known to be read (see watermark.h). */
#include "ingest/watermark.h"

#include <mqtt_protocol.h>

enum {
    MARK_EVERY_US = 500 * 1000,
    EMPTY_US = 5 * 1000,
    SETTLED_US = 1000 * 1000, /* 3.1.1: until a session that came back has begun to send */
};

void ingest_watermark_connected(struct ingest_watermark *watermark)
{
    watermark->marked_us = 0;
    watermark->unanswered = 0;
}

void ingest_watermark_mark(struct ingest_watermark *watermark, struct ingest_session *session)
{
    int64_t now = base_clock_mono_us();
    uint64_t before = session->barriers_sent;
    if (session->protocol != MQTT_PROTOCOL_V5 || watermark->marked_us || now - watermark->asked_us < MARK_EVERY_US ||
        !ingest_session_settled(session)) {
        return;
    }
    ingest_session_barrier(session);
    if (session->barriers_sent > before) {
        watermark->marked_us = watermark->asked_us = now;
        watermark->barrier = session->barriers_sent;
        watermark->delivered = session->delivered;
    }
}

/* All that came since the mark, the broker could send without waiting for us. */
static bool unhindered(const struct ingest_watermark *watermark, const struct ingest_session *session)
{
    size_t since = session->delivered - watermark->delivered;
    return since == 0 || (since < (size_t)watermark->unanswered && since < INGEST_SESSION_WINDOW);
}

void ingest_watermark_look(struct ingest_watermark *watermark, const struct ingest_session *session, int64_t held,
                           int64_t empty_us)
{
    int64_t now = base_clock_mono_us(), dry = 0;
    watermark->unanswered = held > watermark->unanswered ? held : watermark->unanswered;
    if (!ingest_session_settled(session)) {
        return;
    }
    if (session->protocol == MQTT_PROTOCOL_V5) {
        if (watermark->marked_us && session->barriers_answered >= watermark->barrier) {
            dry = unhindered(watermark, session) ? watermark->marked_us : 0;
            watermark->marked_us = 0;
        }
    } else if (empty_us && now - session->up_us >= SETTLED_US && (held == 0 || now - empty_us >= EMPTY_US) &&
               (held == 0 || held < watermark->unanswered)) {
        dry = empty_us;
    }
    watermark->dry_us = dry > watermark->dry_us ? dry : watermark->dry_us;
}

struct data_arg ingest_watermark_dry(const struct ingest_watermark *watermark, int64_t clock_us)
{
    return watermark->dry_us && clock_us ? data_time(clock_us + watermark->dry_us) : data_null();
}
