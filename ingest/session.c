/* A persistent MQTT session whose acknowledgements wait for COMMIT (see session.h for the rule that makes it so). */
#include "ingest/session.h"

#include <errno.h>
#include <mqtt_protocol.h>
#include <poll.h>
#include <string.h>

enum { KEEPALIVE_S = 60, CONNECT_PATIENCE_US = 15 * 1000 * 1000, FLUSH_PATIENCE_MS = 10000, RECEIVE_MAX = 65535 };
#define SESSION_EXPIRES_S 0xFFFFFFFFu /* never: the broker is the queue */

static void fall(struct ingest_session *session, const char *why)
{
    session->state = INGEST_SESSION_DOWN;
    base_diag_set(&session->why, BASE_BROKER, "%s", why);
}

/* A v5 broker that has the filter already sends no retained message again; for 3.1.1 it would. */
static int subscribe_one(struct ingest_session *session, const char *topic)
{
    int options = session->protocol == MQTT_PROTOCOL_V5 ? MQTT_SUB_OPT_SEND_RETAIN_NEW : 0;
    return mosquitto_subscribe_v5(session->client, NULL, topic, 1, options, NULL);
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
        if (code) {
            fall(session, mosquitto_strerror(code));
        }
    }
}

void ingest_session_topics(struct ingest_session *session, struct base_str topics)
{
    if (session->state == INGEST_SESSION_UP) {
        each_topic(session, session->options.topics, topics, unsubscribe_one);
        each_topic(session, topics, session->options.topics, subscribe_one);
    }
    session->options.topics = topics;
}

static void on_connect(struct mosquitto *client, void *at, int code, int flags, const mosquitto_property *properties)
{
    (void)client;
    struct ingest_session *session = at;
    uint16_t receive_max = 0;
    session->acknowledged = true;
    if (code) {
        fall(session,
             session->protocol == MQTT_PROTOCOL_V5 ? mosquitto_reason_string(code) : mosquitto_connack_string(code));
        /* 0x84, and what 3.1.1 brokers answer to a 5: unacceptable protocol version. */
        if (code == MQTT_RC_UNSUPPORTED_PROTOCOL_VERSION || code == 1) {
            session->protocol = MQTT_PROTOCOL_V311;
        }
        return;
    }
    mosquitto_property_read_int16(properties, MQTT_PROP_RECEIVE_MAXIMUM, &receive_max, false);
    session->receive_max = receive_max;
    session->was_present = flags & 1;
    session->state = INGEST_SESSION_UP;
    if (!session->was_present || session->protocol == MQTT_PROTOCOL_V5) {
        each_topic(session, session->options.topics, (struct base_str){NULL, 0}, subscribe_one);
    }
}

static void on_subscribe(struct mosquitto *client, void *at, int id, int count, const int *granted,
                         const mosquitto_property *properties)
{
    (void)client;
    (void)id;
    (void)properties;
    for (int i = 0; i < count; i++) {
        if (granted[i] >= 128) {
            fall(at, "the broker refuses the source's topics to this user");
        }
    }
}

static void on_disconnect(struct mosquitto *client, void *at, int code, const mosquitto_property *properties)
{
    (void)client;
    (void)properties;
    struct ingest_session *session = at;
    if (session->state != INGEST_SESSION_DOWN) {
        /* Some brokers just hang up on a protocol they do not know: take turns until one is answered. */
        if (session->state == INGEST_SESSION_CONNECTING && !session->acknowledged && code == MOSQ_ERR_CONN_LOST) {
            session->protocol = session->protocol == MQTT_PROTOCOL_V5 ? MQTT_PROTOCOL_V311 : MQTT_PROTOCOL_V5;
        }
        fall(session, code == MOSQ_ERR_ERRNO ? strerror(errno) : mosquitto_strerror(code));
    }
}

static void on_message(struct mosquitto *client, void *at, const struct mosquitto_message *message)
{
    (void)client;
    struct ingest_session *session = at;
    session->delivered++;
    session->full = !session->options.message(session->options.at, message);
}

static int connect_client(struct ingest_session *session)
{
    const struct ingest_broker *broker = session->options.broker;
    mosquitto_property *properties = NULL;
    int code = mosquitto_threaded_set(session->client, true);
    if (!code && session->protocol == MQTT_PROTOCOL_V5) {
        code = mosquitto_property_add_int32(&properties, MQTT_PROP_SESSION_EXPIRY_INTERVAL, SESSION_EXPIRES_S);
    }
    if (!code) {
        code = mosquitto_int_option(session->client, MOSQ_OPT_RECEIVE_MAXIMUM, RECEIVE_MAX);
    }
    mosquitto_connect_v5_callback_set(session->client, on_connect);
    mosquitto_subscribe_v5_callback_set(session->client, on_subscribe);
    mosquitto_disconnect_v5_callback_set(session->client, on_disconnect);
    mosquitto_message_callback_set(session->client, on_message);
    if (!code) {
        code = properties ? mosquitto_connect_bind_v5(session->client, broker->host, broker->port, KEEPALIVE_S, NULL,
                                                      properties)
                          : mosquitto_connect(session->client, broker->host, broker->port, KEEPALIVE_S);
    }
    mosquitto_property_free_all(&properties);
    return code;
}

enum base_err ingest_session_open(struct ingest_session *session, const struct ingest_session_options *options,
                                  struct base_diag *diag)
{
    ingest_session_drop(session, "opened anew");
    session->options = *options;
    session->protocol = session->protocol ? session->protocol : MQTT_PROTOCOL_V5;
    session->acknowledged = false;
    session->was_present = false;
    session->opened_us = base_clock_mono_us();
    session->delivered = 0;
    enum base_err err = ingest_broker_client(options->broker, options->client_id, false, session->protocol, session,
                                             diag, &session->client);
    if (err) {
        return err;
    }
    session->state = INGEST_SESSION_CONNECTING;
    int code = connect_client(session);
    if (code) {
        err = ingest_broker_failed(diag, code, "connect");
        ingest_session_drop(session, diag ? diag->text : "connect");
    }
    return err;
}

void ingest_session_drop(struct ingest_session *session, const char *why)
{
    if (session->state != INGEST_SESSION_DOWN) {
        fall(session, why);
    }
    mosquitto_destroy(session->client); /* closes the socket; what was queued is thrown away, not sent */
    session->client = NULL;
}

void ingest_session_close(struct ingest_session *session, bool forget)
{
    if (session->state == INGEST_SESSION_UP) {
        mosquitto_property *properties = NULL;
        if (session->protocol == MQTT_PROTOCOL_V5) {
            int code = mosquitto_property_add_int32(&properties, MQTT_PROP_SESSION_EXPIRY_INTERVAL,
                                                    forget ? 0 : SESSION_EXPIRES_S);
            (void)code; /* without it the broker keeps the session: the harmless side */
        }
        if (mosquitto_disconnect_v5(session->client, 0, properties) == MOSQ_ERR_SUCCESS) {
            session->state = INGEST_SESSION_DOWN; /* what follows is wanted, no loss */
            mosquitto_loop_write(session->client, 1);
        }
        mosquitto_property_free_all(&properties);
    }
    ingest_session_drop(session, "closed");
}

int ingest_session_socket(const struct ingest_session *session)
{
    return session->client && session->state != INGEST_SESSION_DOWN ? mosquitto_socket(session->client) : -1;
}

bool ingest_session_wants_write(const struct ingest_session *session)
{
    return session->client && mosquitto_want_write(session->client);
}

bool ingest_session_read(struct ingest_session *session, int64_t until_us)
{
    session->full = false;
    while (session->state != INGEST_SESSION_DOWN && !session->full) {
        size_t before = session->delivered;
        enum ingest_session_state state = session->state;
        mosquitto_loop_read(session->client, 1); /* its failures come as on_disconnect */
        if (session->delivered == before && session->state == state) {
            return false; /* dry, half a packet, or one that is no message: poll tells */
        }
        if (session->delivered % 64 == 0 && base_clock_mono_us() >= until_us) {
            return true;
        }
    }
    return session->full;
}

void ingest_session_write(struct ingest_session *session)
{
    if (session->client && session->state != INGEST_SESSION_DOWN) {
        mosquitto_loop_write(session->client, 1);
    }
}

void ingest_session_misc(struct ingest_session *session)
{
    if (session->state == INGEST_SESSION_UP) {
        mosquitto_loop_misc(session->client);
    } else if (session->state == INGEST_SESSION_CONNECTING &&
               base_clock_mono_us() - session->opened_us > CONNECT_PATIENCE_US) {
        fall(session, "the broker does not answer");
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
            fall(session, "the broker takes no acknowledgements");
        }
    }
    return session->state == INGEST_SESSION_UP ? BASE_OK
                                               : base_diag_set(diag, BASE_BROKER, "broker: %s", session->why.text);
}
