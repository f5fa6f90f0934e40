/* What the broker says about itself below $SYS (Mosquitto's counters), over a connection of its own. Private to
 * ingest/.
 *
 * The connection is clean and QoS 0: nothing is kept for it, nothing waits for it. It never blocks; its socket stands
 * in the worker's poll. One thread; it does not log.
 */
#ifndef HUTONG_INGEST_WATCH_H
#define HUTONG_INGEST_WATCH_H

#include "ingest/session.h"

struct ingest_watch_state {
    bool sys;         /* counters have come */
    bool known;       /* they have, or had time enough to come */
    char version[64]; /* "" : not told, as -1 below */
    int64_t uptime_s, dropped, stored, disconnected;
};

struct ingest_watch {
    struct ingest_session session;
    char client[64];
    int64_t retry_us; /* monotonic */
    struct ingest_watch_state state;
};

void ingest_watch_start(struct ingest_watch *watch, const char *name); /* name: no other watch of the broker has it */
void ingest_watch_end(struct ingest_watch *watch);
/* Now and then: connects, pings. */
void ingest_watch_keep(struct ingest_watch *watch, const struct ingest_broker *broker);
/* What poll said of the session's socket. */
void ingest_watch_serve(struct ingest_watch *watch, short events);
/* Takes one message; what it does not know it leaves. */
void ingest_watch_read(struct ingest_watch_state *state, struct base_str topic, struct base_str payload);

#endif
