/* A publishing client for simulator, bench and tests. It never subscribes, as subscribing clients never publish. */
#include "ingest/broker.h"

#include <errno.h>
#include <mqtt_protocol.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

enum { KEEPALIVE_S = 60, PATIENCE_MS = 30000, RECONNECT_MS = 200, REACH_MS = 2000 };

struct ingest_publisher {
    struct ingest_broker broker;
    struct mosquitto *client;
    size_t turn; /* which of the broker's addresses */
    bool up;
    int refused;         /* reason of a CONNACK that was no welcome */
    bool writing;        /* what on_publish tells then is QoS 0 on its way, no acknowledgement */
    int patience_ms;     /* for a connection, and for progress */
    int64_t flight;      /* QoS 1, not acknowledged */
    int64_t progress_us; /* monotonic, of the last acknowledgement */
    int64_t retry_us;
};

static void on_connect(struct mosquitto *client, void *at, int code)
{
    (void)client;
    struct ingest_publisher *publisher = at;
    publisher->up = code == 0;
    publisher->refused = code;
    publisher->progress_us = base_clock_mono_us();
}

static void on_disconnect(struct mosquitto *client, void *at, int code)
{
    (void)client;
    (void)code;
    struct ingest_publisher *publisher = at;
    publisher->up = false;
}

static void on_publish(struct mosquitto *client, void *at, int id)
{
    (void)client;
    (void)id;
    struct ingest_publisher *publisher = at;
    publisher->flight -= !publisher->writing;
    publisher->progress_us = base_clock_mono_us();
}

static void write_out(struct ingest_publisher *publisher)
{
    publisher->writing = true;
    mosquitto_loop_write(publisher->client, 1);
    publisher->writing = false;
}

/* The next of the broker's addresses; what was not acknowledged libmosquitto repeats there. */
static enum base_err connect_next(struct ingest_publisher *publisher, struct base_diag *diag)
{
    char text[INGEST_BROKER_TEXT];
    struct ingest_broker_reach reach;
    const struct ingest_broker_address *address = ingest_broker_at(&publisher->broker, publisher->turn++);
    if (ingest_broker_reach_wait(&reach, address, REACH_MS) != INGEST_BROKER_REACHED) {
        return base_diag_set(diag, BASE_BROKER, "broker: connect: %s: %s", ingest_broker_text(address, text),
                             ingest_broker_reach_why(&reach));
    }
    int code = mosquitto_connect(publisher->client, publisher->broker.tls ? address->host : reach.number, address->port,
                                 KEEPALIVE_S);
    return code ? base_diag_set(diag, BASE_BROKER, "broker: connect: %s: %s", ingest_broker_text(address, text),
                                ingest_broker_why(code))
                : BASE_OK;
}

/* One look at the socket; a lost connection is taken up again. */
static void step(struct ingest_publisher *publisher, int timeout_ms)
{
    int64_t now = base_clock_mono_us();
    if (mosquitto_socket(publisher->client) < 0) {
        if (now < publisher->retry_us) {
            poll(NULL, 0, timeout_ms < RECONNECT_MS ? timeout_ms : RECONNECT_MS);
            return;
        }
        publisher->retry_us = now + RECONNECT_MS * INT64_C(1000);
        enum base_err err = connect_next(publisher, NULL);
        (void)err; /* the next step tries again */
        return;
    }
    struct pollfd wait = {.fd = mosquitto_socket(publisher->client), .events = POLLIN};
    wait.events |= mosquitto_want_write(publisher->client) ? POLLOUT : 0;
    if (poll(&wait, 1, timeout_ms) > 0) {
        /* loop_read takes one packet at a time while nothing is in flight, else as many as are in flight */
        if (wait.revents & (POLLIN | POLLERR | POLLHUP)) {
            mosquitto_loop_read(publisher->client, 1);
        }
        if (wait.revents & POLLOUT) {
            write_out(publisher);
        }
    }
    mosquitto_loop_misc(publisher->client);
}

static enum base_err too_long(const struct ingest_publisher *publisher, struct base_diag *diag)
{
    return base_diag_set(diag, BASE_TIMEOUT, "broker: %s",
                         publisher->refused ? mosquitto_connack_string(publisher->refused)
                         : publisher->up    ? "no acknowledgement"
                                            : "cannot connect");
}

static enum base_err connect_first(struct ingest_publisher *publisher, struct base_diag *diag)
{
    enum base_err err = BASE_BROKER;
    for (size_t i = 0; i < publisher->broker.count && err; i++) {
        err = connect_next(publisher, diag);
    }
    if (err) {
        return err;
    }
    int64_t end = base_clock_mono_us() + publisher->patience_ms * INT64_C(1000);
    while (!publisher->up && !publisher->refused && base_clock_mono_us() < end) {
        step(publisher, 100);
    }
    return publisher->up
               ? BASE_OK
               : base_diag_set(diag, BASE_BROKER, "broker: %s",
                               publisher->refused ? mosquitto_connack_string(publisher->refused) : "does not answer");
}

enum base_err ingest_publisher_new(const char *broker_url, const char *client_id, struct base_diag *diag,
                                   struct ingest_publisher **ret_publisher)
{
    return ingest_publisher_open(broker_url, client_id, PATIENCE_MS, diag, ret_publisher);
}

enum base_err ingest_publisher_open(const char *broker_url, const char *client_id, int patience_ms,
                                    struct base_diag *diag, struct ingest_publisher **ret_publisher)
{
    struct ingest_publisher *publisher = calloc(1, sizeof *publisher);
    if (!publisher) {
        return base_diag_set(diag, BASE_NOMEM, "out of memory");
    }
    publisher->patience_ms = patience_ms;
    mosquitto_lib_init();
    enum base_err err = ingest_broker_parse(broker_url, diag, &publisher->broker);
    if (!err) {
        err = ingest_broker_client(&publisher->broker, client_id, true, MQTT_PROTOCOL_V311, publisher, diag,
                                   &publisher->client);
    }
    if (!err) {
        mosquitto_max_inflight_messages_set(publisher->client, 0);
        mosquitto_connect_callback_set(publisher->client, on_connect);
        mosquitto_disconnect_callback_set(publisher->client, on_disconnect);
        mosquitto_publish_callback_set(publisher->client, on_publish);
        mosquitto_threaded_set(publisher->client, true); /* packets gather until loop_write */
        err = connect_first(publisher, diag);
    }
    if (err) {
        ingest_publisher_free(publisher);
        return err;
    }
    *ret_publisher = publisher;
    return BASE_OK;
}

void ingest_publisher_free(struct ingest_publisher *publisher)
{
    if (publisher) {
        if (publisher->up && mosquitto_disconnect(publisher->client) == MOSQ_ERR_SUCCESS) {
            mosquitto_loop_write(publisher->client, 1);
        }
        mosquitto_destroy(publisher->client);
        mosquitto_lib_cleanup();
        free(publisher);
    }
}

enum base_err ingest_publisher_send(struct ingest_publisher *publisher, const char *topic, const void *payload,
                                    size_t len, int qos, bool retain, struct base_diag *diag)
{
    if (publisher->flight == 0) {
        publisher->progress_us = base_clock_mono_us();
    }
    while (publisher->flight >= INGEST_PUBLISHER_FLIGHT || !publisher->up) {
        if (base_clock_mono_us() - publisher->progress_us > publisher->patience_ms * INT64_C(1000)) {
            return too_long(publisher, diag);
        }
        step(publisher, 100);
    }
    int code = mosquitto_publish(publisher->client, NULL, topic, (int)len, payload, qos, retain);
    if (code) {
        return ingest_broker_failed(diag, code, "publish");
    }
    write_out(publisher); /* at once: nothing waits for a next message */
    publisher->flight += qos > 0;
    if (publisher->flight % 64 == 63) {
        step(publisher, 0);
    }
    return BASE_OK;
}

enum base_err ingest_publisher_wait(struct ingest_publisher *publisher, int timeout_ms, struct base_diag *diag)
{
    int64_t end = base_clock_mono_us() + timeout_ms * INT64_C(1000);
    while (publisher->flight > 0 || mosquitto_want_write(publisher->client)) {
        int64_t left = end - base_clock_mono_us();
        if (left <= 0) {
            return too_long(publisher, diag);
        }
        step(publisher, left < 100000 ? (int)(left / 1000 + 1) : 100);
    }
    return BASE_OK;
}
