/* $SYS of the broker: five numbers and a version, read as they come (see watch.h). */
#include "ingest/watch.h"

#include <poll.h>
#include <string.h>

enum {
    RETRY_US = 5 * 1000 * 1000,
    SILENT_US = 15 * 1000 * 1000, /* Mosquitto sends them at once, and again every 10 s */
};

static const struct {
    const char *topic;
    size_t at; /* of an int64_t in the state */
} numbers[] = {
    {"$SYS/broker/uptime", offsetof(struct ingest_watch_state, uptime_s)}, /* "4711 seconds" */
    {"$SYS/broker/publish/messages/dropped", offsetof(struct ingest_watch_state, dropped)},
    {"$SYS/broker/messages/stored", offsetof(struct ingest_watch_state, stored)},
    {"$SYS/broker/store/messages/count", offsetof(struct ingest_watch_state, stored)},
    {"$SYS/broker/clients/disconnected", offsetof(struct ingest_watch_state, disconnected)},
};
#define VERSION "$SYS/broker/version"
#define TOPICS                                                                                          \
    VERSION "\n$SYS/broker/uptime\n$SYS/broker/publish/messages/dropped\n$SYS/broker/messages/stored\n" \
            "$SYS/broker/store/messages/count\n$SYS/broker/clients/disconnected"

static const struct ingest_watch_state nothing = {.uptime_s = -1, .dropped = -1, .stored = -1, .disconnected = -1};

/* The text goes into the database: what is not fit for it stays out. */
static void read_version(struct ingest_watch_state *state, struct base_str payload)
{
    size_t len = payload.len < sizeof state->version ? payload.len : sizeof state->version - 1;
    struct base_str text = {payload.at, len};
    if (base_str_utf8(text)) {
        snprintf(state->version, sizeof state->version, "%.*s", (int)len, text.at);
        state->sys = state->known = true;
    }
}

void ingest_watch_read(struct ingest_watch_state *state, struct base_str topic, struct base_str payload)
{
    struct base_str rest = payload, first = {NULL, 0};
    int64_t value;
    if (base_str_is(topic, VERSION)) {
        read_version(state, payload);
        return;
    }
    base_str_next(&rest, ' ', &first);
    for (size_t i = 0; i < BASE_COUNT(numbers); i++) {
        if (base_str_is(topic, numbers[i].topic) && base_str_i64(first, &value) && value >= 0) {
            *(int64_t *)((char *)state + numbers[i].at) = value;
            state->sys = state->known = true;
        }
    }
}

static bool take(void *at, const struct mosquitto_message *message)
{
    struct ingest_watch *watch = at;
    ingest_watch_read(&watch->state, base_str_of(message->topic),
                      (struct base_str){message->payload, (size_t)message->payloadlen});
    return true;
}

void ingest_watch_start(struct ingest_watch *watch, const char *name)
{
    *watch = (struct ingest_watch){.state = nothing};
    snprintf(watch->client, sizeof watch->client, "hutong-watch-%s", name);
}

void ingest_watch_end(struct ingest_watch *watch)
{
    ingest_session_close(&watch->session);
}

static void open_session(struct ingest_watch *watch, const struct ingest_broker *broker)
{
    const struct ingest_session_options options = {.broker = broker,
                                                   .client_id = watch->client,
                                                   .topics = TOPICS,
                                                   .held = "",
                                                   .fleeting = true,
                                                   .message = take,
                                                   .at = watch};
    watch->state = nothing;
    watch->retry_us = base_clock_mono_us() + RETRY_US;
    enum base_err err = ingest_session_open(&watch->session, &options, NULL);
    (void)err; /* it is tried again */
}

void ingest_watch_keep(struct ingest_watch *watch, const struct ingest_broker *broker)
{
    int64_t now = base_clock_mono_us();
    if (watch->session.state == INGEST_SESSION_DOWN && now >= watch->retry_us) {
        open_session(watch, broker);
    } else if (watch->session.state != INGEST_SESSION_DOWN) {
        ingest_session_misc(&watch->session);
    }
    if (watch->session.state == INGEST_SESSION_UP && now - watch->session.up_us > SILENT_US) {
        watch->state.known = true;
    }
}

void ingest_watch_serve(struct ingest_watch *watch, short events)
{
    if (events & ~POLLOUT) {
        ingest_session_read(&watch->session, base_clock_mono_us());
    }
    if (events & POLLOUT) {
        ingest_session_write(&watch->session);
    }
}
