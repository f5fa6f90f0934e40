/* One source's MQTT session, driven by the worker's own loop. Private to ingest/.
 *
 *   DOWN --open--> CONNECTING: host reached, client connected --CONNACK--> UP --lost, closed--> DOWN
 *
 * Between the first message of a batch and its COMMIT nothing may be written: the acknowledgements of what is held
 * stand in the same queue as pings and subscriptions. So write and misc are called by the worker only when it holds
 * nothing.
 */
#ifndef HUTONG_INGEST_SESSION_H
#define HUTONG_INGEST_SESSION_H

#include "ingest/broker.h"

enum { INGEST_SESSION_WINDOW = 65535 }; /* messages that it takes without acknowledging: all that MQTT can number */

enum ingest_session_state { INGEST_SESSION_DOWN, INGEST_SESSION_CONNECTING, INGEST_SESSION_UP };

struct ingest_session_options {
    const struct ingest_broker *broker;
    const char *client_id;
    const char *topics; /* wanted, one a line; copied, as is held */
    const char *held;   /* all that a session kept by the broker may be subscribed to, one a line */
    bool purge;         /* only to make the broker throw its session away: clean, and nothing is subscribed to */
    bool fleeting;      /* QoS 0, and the broker keeps nothing: what comes while it is away is no loss */
    uint32_t expires_s; /* how long the broker shall keep the session; 0: for ever */
    bool spoke_5;       /* the session had MQTT 5 before */
    bool (*message)(void *at, const struct mosquitto_message *message); /* false: read no more for now */
    void *at;
};

struct ingest_session {
    struct ingest_session_options options;
    struct mosquitto *client;
    char *topics, *held; /* copies of the options' */
    enum ingest_session_state state;
    int unanswered; /* subscriptions and their ends on the way */
    int protocol;   /* MQTT_PROTOCOL_V5, or V311 after a broker that knows no other */
    size_t turn;    /* which of the broker's addresses; the next one after each loss */
    bool reaching;  /* connecting: not yet known whether the host answers */
    struct ingest_broker_reach reach;
    struct ingest_granted granted; /* by the newest CONNACK */
    bool was_present;              /* the broker had kept the session */
    bool acknowledged;             /* a CONNACK came on this connection */
    bool refused;                  /* a topic of a fleeting one; any other goes down by it */
    int64_t hung_up_us;            /* monotonic: since when the broker does nothing else; 0: it does not */
    int64_t opened_us;             /* monotonic */
    int64_t up_us;                 /* monotonic: since when it is UP */
    uint64_t barriers_sent, barriers_answered;
    int barrier_id;       /* packet of the last one */
    size_t delivered;     /* messages handed on since it was opened */
    bool full;            /* the last one filled the batch */
    struct base_diag why; /* of the last fall to DOWN */
};

/* Starts to connect; the answer comes through read. */
enum base_err ingest_session_open(struct ingest_session *session, const struct ingest_session_options *options,
                                  struct base_diag *diag) BASE_MUST_CHECK;
/* Drops the connection with everything unacknowledged; the broker keeps the session. */
void ingest_session_drop(struct ingest_session *session, const char *why);
/* Says goodbye: after a batch was flushed. The broker keeps the session, unless it was opened to purge it. */
void ingest_session_close(struct ingest_session *session);
/* The broker has answered every subscription: the session has the wanted topics and no others. */
bool ingest_session_settled(const struct ingest_session *session);

/* The node of the broker that an open session is connected to. */
const char *ingest_session_at(const struct ingest_session *session, char text[INGEST_BROKER_TEXT]);
int ingest_session_socket(const struct ingest_session *session); /* -1: none */
bool ingest_session_wants_write(const struct ingest_session *session);
/* Reads until the batch is full, the socket is dry or until_us (monotonic) passed. True: it may not be dry yet, and
 * poll may not tell: read again without waiting. */
bool ingest_session_read(struct ingest_session *session, int64_t until_us);
void ingest_session_write(struct ingest_session *session);
/* Asks the broker for an answer that comes behind everything it has sent and after it took every acknowledgement that
 * was written (see redelivery.h): barriers_answered reaches barriers_sent. One at a time, while nothing is held. */
void ingest_session_barrier(struct ingest_session *session);
/* Keepalive, and the limits of a connection that does not come up. */
void ingest_session_misc(struct ingest_session *session);
/* After COMMIT: everything queued is on its way before anything else is read. */
enum base_err ingest_session_flush(struct ingest_session *session, struct base_diag *diag) BASE_MUST_CHECK;

#endif
