/* A persistent MQTT session whose acknowledgements wait for COMMIT (see session.h for the rule that makes it so). */
#include "ingest/session.h"

#include <errno.h>
#include <mqtt_protocol.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

enum {
    KEEPALIVE_S = 60,
    REACH_PATIENCE_US = 3 * 1000 * 1000,    /* until the host answers; a dead one must not keep us from the next */
    CONNECT_PATIENCE_US = 15 * 1000 * 1000, /* until the broker does: a cluster may be choosing a leader */
    HANG_UP_PATIENCE_US = 60 * 1000 * 1000,
    FLUSH_PATIENCE_MS = 10000
};
#define BARRIER_FILTER "hutong/barrier" /* that nobody subscribes to */
#define SESSION_EXPIRES_S 0xFFFFFFFFu   /* never: the broker is the queue */

static void fall(struct ingest_session *session, const char *why)
{
    session->state = INGEST_SESSION_DOWN;
    base_diag_set(&session->why, BASE_BROKER, "%s", why);
}

static const struct ingest_broker_address *address_of(const struct ingest_session *session)
{
    return ingest_broker_at(session->options.broker, session->turn);
}

/* This node of the broker refuses us, or is gone: the next one's turn. */
static void lose(struct ingest_session *session, const char *why)
{
    char text[INGEST_BROKER_TEXT];
    session->state = INGEST_SESSION_DOWN;
    base_diag_set(&session->why, BASE_BROKER, "%s: %s", ingest_broker_text(address_of(session), text), why);
    session->turn++;
}

static bool is_clean(const struct ingest_session *session)
{
    return session->options.purge || session->options.fleeting;
}

static uint32_t expiry(const struct ingest_session *session)
{
    return session->options.expires_s ? session->options.expires_s : SESSION_EXPIRES_S;
}

/* A v5 broker that has the filter already sends no retained message again; for 3.1.1 it would. */
static int subscribe_one(struct ingest_session *session, const char *topic)
{
    int options = session->protocol == MQTT_PROTOCOL_V5 ? MQTT_SUB_OPT_SEND_RETAIN_NEW : 0;
    return mosquitto_subscribe_v5(session->client, NULL, topic, session->options.fleeting ? 0 : 1, options, NULL);
}

static int unsubscribe_one(struct ingest_session *session, const char *topic)
{
    return mosquitto_unsubscribe(session->client, NULL, topic);
}

static bool listed(struct base_str topics, struct base_str topic)
{
    struct base_str one;
    while (base_str_next(&topics, '\n', &one)) {
        if (base_str_equal(one, topic)) {
            return true;
        }
    }
    return false;
}

/* Does it for every topic of the list that is not in except. */
static void each_topic(struct ingest_session *session, struct base_str topics, struct base_str except,
                       int (*act)(struct ingest_session *session, const char *topic))
{
    struct base_str topic;
    while (base_str_next(&topics, '\n', &topic)) {
        char text[1024];
        if (topic.len == 0 || topic.len >= sizeof text || listed(except, topic)) {
            continue;
        }
        memcpy(text, topic.at, topic.len);
        text[topic.len] = '\0';
        int code = act(session, text);
        session->unanswered++;
        if (code) {
            fall(session, mosquitto_strerror(code));
        }
    }
}

/* A session kept by the broker may hold filters that the source no longer has: they go. All others are asked for, also
 * those that should be there: to a broker that has them it changes nothing. */
static void reconcile(struct ingest_session *session)
{
    struct base_str wanted = base_str_of(session->topics);
    if (session->was_present) {
        each_topic(session, base_str_of(session->held), wanted, unsubscribe_one);
    }
    each_topic(session, wanted, (struct base_str){NULL, 0}, subscribe_one);
}

static void on_connect(struct mosquitto *client, void *at, int code, int flags, const mosquitto_property *properties)
{
    (void)client;
    struct ingest_session *session = at;
    session->acknowledged = true;
    session->hung_up_us = 0;
    /* 0x84, and what 3.1.1 brokers answer to a 5: unacceptable protocol version. */
    if (code == MQTT_RC_UNSUPPORTED_PROTOCOL_VERSION || code == 1) {
        fall(session, "the broker knows no MQTT 5; 3.1.1 is next");
        session->protocol = MQTT_PROTOCOL_V311;
        return;
    }
    if (code) {
        lose(session,
             session->protocol == MQTT_PROTOCOL_V5 ? mosquitto_reason_string(code) : mosquitto_connack_string(code));
        return;
    }
    ingest_broker_granted_read(properties, session->protocol, expiry(session), KEEPALIVE_S, &session->granted);
    session->was_present = flags & 1;
    session->state = INGEST_SESSION_UP;
    session->up_us = base_clock_mono_us();
    if (!session->options.purge) {
        reconcile(session);
    }
}

static void on_subscribe(struct mosquitto *client, void *at, int id, int count, const int *granted,
                         const mosquitto_property *properties)
{
    (void)client;
    (void)id;
    (void)properties;
    struct ingest_session *session = at;
    session->unanswered--;
    for (int i = 0; i < count; i++) {
        session->refused = session->refused || granted[i] >= 128;
    }
    if (session->refused && !session->options.fleeting) {
        fall(session, "the broker refuses the topics to this user; give it the right to read them");
    }
}

static void on_unsubscribe(struct mosquitto *client, void *at, int id, const mosquitto_property *properties)
{
    (void)client;
    (void)properties;
    struct ingest_session *session = at;
    if (session->barriers_answered < session->barriers_sent && id == session->barrier_id) {
        session->barriers_answered++;
    } else {
        session->unanswered--;
    }
}

/* Some brokers just hang up on a protocol that they do not know, so the two take turns until one is answered. But so
 * does a proxy whose broker restarts, and with 3.1.1 a repeat is not told from a redelivery so well: a session that had
 * MQTT 5 before goes on asking for it, for a minute. */
static void hung_up(struct ingest_session *session)
{
    int64_t now = base_clock_mono_us();
    session->hung_up_us = session->hung_up_us ? session->hung_up_us : now;
    if (!session->options.spoke_5 || now - session->hung_up_us > HANG_UP_PATIENCE_US) {
        session->protocol = session->protocol == MQTT_PROTOCOL_V5 ? MQTT_PROTOCOL_V311 : MQTT_PROTOCOL_V5;
    }
}

static void on_disconnect(struct mosquitto *client, void *at, int code, const mosquitto_property *properties)
{
    (void)client;
    (void)properties;
    struct ingest_session *session = at;
    if (session->state != INGEST_SESSION_DOWN) {
        if (session->state == INGEST_SESSION_CONNECTING && !session->acknowledged && !session->granted.protocol &&
            code == MOSQ_ERR_CONN_LOST) {
            hung_up(session);
        }
        lose(session, ingest_broker_why(code));
    }
}

static void on_message(struct mosquitto *client, void *at, const struct mosquitto_message *message)
{
    (void)client;
    struct ingest_session *session = at;
    session->delivered++;
    session->full = !session->options.message(session->options.at, message);
}

/* To where the name has just answered: libmosquitto would wait for the addresses that do not. A certificate is made out
 * to the name. */
static const char *host_of(const struct ingest_session *session)
{
    return session->options.broker->tls || !session->reach.number[0] ? address_of(session)->host
                                                                     : session->reach.number;
}

static void connect_client(struct ingest_session *session)
{
    const char *host = host_of(session);
    int port = address_of(session)->port;
    mosquitto_property *properties = NULL;
    int code = mosquitto_threaded_set(session->client, true);
    if (!code && session->protocol == MQTT_PROTOCOL_V5 && !is_clean(session)) {
        code = mosquitto_property_add_int32(&properties, MQTT_PROP_SESSION_EXPIRY_INTERVAL, expiry(session));
    }
    if (!code) {
        code = mosquitto_int_option(session->client, MOSQ_OPT_RECEIVE_MAXIMUM, INGEST_SESSION_WINDOW);
    }
    mosquitto_connect_v5_callback_set(session->client, on_connect);
    mosquitto_subscribe_v5_callback_set(session->client, on_subscribe);
    mosquitto_unsubscribe_v5_callback_set(session->client, on_unsubscribe);
    mosquitto_disconnect_v5_callback_set(session->client, on_disconnect);
    mosquitto_message_callback_set(session->client, on_message);
    if (!code) {
        code = properties ? mosquitto_connect_bind_v5(session->client, host, port, KEEPALIVE_S, NULL, properties)
                          : mosquitto_connect(session->client, host, port, KEEPALIVE_S);
    }
    mosquitto_property_free_all(&properties);
    if (code) {
        lose(session, ingest_broker_why(code));
    }
}

/* What became of the way to the host. */
static void reached(struct ingest_session *session, enum ingest_broker_reached how)
{
    session->reaching = how == INGEST_BROKER_PENDING;
    if (!session->reaching) {
        ingest_broker_reach_end(&session->reach);
    }
    if (how == INGEST_BROKER_REACHED) {
        connect_client(session);
    } else if (how == INGEST_BROKER_FAILED) {
        lose(session, ingest_broker_reach_why(&session->reach));
    }
}

enum base_err ingest_session_open(struct ingest_session *session, const struct ingest_session_options *options,
                                  struct base_diag *diag)
{
    ingest_session_drop(session, "opened anew");
    session->options = *options;
    session->topics = strdup(options->topics);
    session->held = strdup(options->held);
    session->unanswered = 0;
    session->barriers_sent = session->barriers_answered = 0;
    session->protocol = session->protocol ? session->protocol : MQTT_PROTOCOL_V5;
    session->acknowledged = false;
    session->was_present = session->refused = false;
    session->opened_us = base_clock_mono_us();
    session->delivered = 0;
    enum base_err err = BASE_NOMEM;
    if (session->topics && session->held) {
        err = ingest_broker_client(options->broker, options->client_id, is_clean(session), session->protocol, session,
                                   diag, &session->client);
    }
    if (err) {
        return err;
    }
    session->state = INGEST_SESSION_CONNECTING;
    reached(session, ingest_broker_reach_begin(&session->reach, address_of(session)));
    if (session->state == INGEST_SESSION_DOWN) {
        err = base_diag_set(diag, BASE_BROKER, "broker: connect: %s", session->why.text);
        ingest_session_drop(session, "");
    }
    return err;
}

void ingest_session_drop(struct ingest_session *session, const char *why)
{
    if (session->state != INGEST_SESSION_DOWN) {
        fall(session, why);
    }
    if (session->reaching) {
        ingest_broker_reach_end(&session->reach);
    }
    session->reaching = false;
    mosquitto_destroy(session->client); /* closes the socket; what was queued is thrown away, not sent */
    session->client = NULL;
    free(session->topics);
    free(session->held);
    session->topics = session->held = NULL;
}

/* Without a word about its expiry in DISCONNECT a session keeps what CONNECT said: for ever, or not at all to purge. */
void ingest_session_close(struct ingest_session *session)
{
    if (session->state == INGEST_SESSION_UP && mosquitto_disconnect(session->client) == MOSQ_ERR_SUCCESS) {
        session->state = INGEST_SESSION_DOWN; /* what follows is wanted, no loss */
        mosquitto_loop_write(session->client, 1);
    }
    ingest_session_drop(session, "closed");
}

bool ingest_session_settled(const struct ingest_session *session)
{
    return session->state == INGEST_SESSION_UP && session->unanswered == 0;
}

const char *ingest_session_at(const struct ingest_session *session, char text[INGEST_BROKER_TEXT])
{
    return ingest_broker_text(address_of(session), text);
}

int ingest_session_socket(const struct ingest_session *session)
{
    if (!session->client || session->state == INGEST_SESSION_DOWN) {
        return -1;
    }
    return session->reaching ? session->reach.fd : mosquitto_socket(session->client);
}

bool ingest_session_wants_write(const struct ingest_session *session)
{
    return session->client && (session->reaching || mosquitto_want_write(session->client));
}

/* A TLS handshake that fails is told to nobody: libmosquitto closes its socket, or looks at a closed one for ever. */
static void look_at_handshake(struct ingest_session *session, int code)
{
    if (session->state != INGEST_SESSION_CONNECTING || !session->options.broker->tls) {
        return;
    }
    char byte;
    int fd = mosquitto_socket(session->client);
    if (code || fd < 0) {
        lose(session, ingest_broker_why(MOSQ_ERR_TLS));
    } else if (recv(fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) == 0) {
        lose(session, "TLS: the broker hung up; does it speak TLS on this port?");
    }
}

/* libmosquitto does not say whether it read anything; errno tells: whenever the socket (or TLS) had no more, it is
 * EAGAIN. Bytes that TLS has decrypted already do not wake poll, so nothing else may end the reading. */
bool ingest_session_read(struct ingest_session *session, int64_t until_us)
{
    session->full = false;
    if (session->reaching) {
        ingest_session_write(session);
        return false;
    }
    for (unsigned turn = 1; session->state != INGEST_SESSION_DOWN && !session->full; turn++) {
        size_t before = session->delivered;
        errno = 0;
        int code = mosquitto_loop_read(session->client, 1); /* its failures come as on_disconnect */
        look_at_handshake(session, code);
        if (code || (session->delivered == before && (errno == EAGAIN || errno == EWOULDBLOCK))) {
            return false;
        }
        if (turn % 64 == 0 && base_clock_mono_us() >= until_us) {
            return true;
        }
    }
    return session->full;
}

void ingest_session_write(struct ingest_session *session)
{
    if (session->client && session->state != INGEST_SESSION_DOWN) {
        if (session->reaching) {
            reached(session, ingest_broker_reach_step(&session->reach));
        } else {
            mosquitto_loop_write(session->client, 1);
        }
    }
}

void ingest_session_barrier(struct ingest_session *session)
{
    if (session->state == INGEST_SESSION_UP && session->barriers_sent == session->barriers_answered &&
        mosquitto_unsubscribe(session->client, &session->barrier_id, BARRIER_FILTER) == MOSQ_ERR_SUCCESS) {
        session->barriers_sent++;
        mosquitto_loop_write(session->client, 1);
    }
}

void ingest_session_misc(struct ingest_session *session)
{
    int64_t waited = base_clock_mono_us() - session->opened_us;
    if (session->state == INGEST_SESSION_UP) {
        mosquitto_loop_misc(session->client);
    } else if (session->state == INGEST_SESSION_CONNECTING && session->reaching && waited > REACH_PATIENCE_US) {
        lose(session, "the host does not answer");
    } else if (session->state == INGEST_SESSION_CONNECTING && waited > CONNECT_PATIENCE_US) {
        lose(session, "the broker does not answer");
    }
}

enum base_err ingest_session_flush(struct ingest_session *session, struct base_diag *diag)
{
    int64_t end = base_clock_mono_us() + FLUSH_PATIENCE_MS * INT64_C(1000);
    while (session->state == INGEST_SESSION_UP && mosquitto_want_write(session->client)) {
        mosquitto_loop_write(session->client, 1);
        struct pollfd wait = {.fd = mosquitto_socket(session->client), .events = POLLOUT};
        if (session->state == INGEST_SESSION_UP && mosquitto_want_write(session->client) &&
            (poll(&wait, 1, FLUSH_PATIENCE_MS) == 0 || base_clock_mono_us() > end)) {
            lose(session, "the broker takes no acknowledgements");
        }
    }
    return session->state == INGEST_SESSION_UP ? BASE_OK
                                               : base_diag_set(diag, BASE_BROKER, "broker: %s", session->why.text);
}
