/* What will the broker do to us when we are slow or away? Tried out, with a session and messages of our own. */
#include "ingest/session.h"

#include <mqtt_protocol.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    ANSWER_MS = 20000, /* to connect, subscribe or publish */
    ECHO_MS = 3000,
    FIRST_MS = 8000, /* until what was kept begins to come: a cluster looks for it first */
    QUIET_MS = 1500, /* nothing more comes unacknowledged after so long */
    LOST_MS = 8000,  /* nor acknowledged: before it is said to be lost, a busy cluster gets more time */
    EXPIRES_S = 300, /* the session ends by itself when we are killed */
};

struct probe {
    const char *url;
    struct ingest_broker broker;
    struct ingest_session session;
    char client[64], topic[64];
    int64_t come, come_us; /* messages; monotonic, when the last one came */
};

static bool take(void *at, const struct mosquitto_message *message)
{
    struct probe *probe = at;
    (void)message;
    probe->come++;
    probe->come_us = base_clock_mono_us();
    return true;
}

static bool is_up(const struct probe *probe)
{
    return probe->session.state == INGEST_SESSION_UP;
}

static bool is_settled(const struct probe *probe)
{
    return ingest_session_settled(&probe->session);
}

static bool has_echo(const struct probe *probe)
{
    return probe->come > 0;
}

static bool is_quiet(const struct probe *probe)
{
    return probe->come >= INGEST_PREFLIGHT_MESSAGES || base_clock_mono_us() - probe->come_us > QUIET_MS * INT64_C(1000);
}

static bool is_over(const struct probe *probe)
{
    return probe->come >= INGEST_PREFLIGHT_MESSAGES || base_clock_mono_us() - probe->come_us > LOST_MS * INT64_C(1000);
}

/* Serves the session until it is as wanted, down, or the time is up. hold: acknowledgements are not sent. */
static bool serve(struct probe *probe, bool hold, bool (*wanted)(const struct probe *probe), int timeout_ms)
{
    struct ingest_session *session = &probe->session;
    int64_t end = base_clock_mono_us() + timeout_ms * INT64_C(1000);
    while (session->state != INGEST_SESSION_DOWN && !wanted(probe) && base_clock_mono_us() < end) {
        bool write = !hold && ingest_session_wants_write(session);
        struct pollfd wait = {.fd = ingest_session_socket(session), .events = write ? POLLIN | POLLOUT : POLLIN};
        poll(&wait, 1, 50);
        if (wait.revents & ~POLLOUT) {
            ingest_session_read(session, end);
        }
        if (!hold) {
            ingest_session_write(session);
            ingest_session_misc(session);
        }
    }
    return session->state != INGEST_SESSION_DOWN && wanted(probe);
}

/* Tries each address; and 3.1.1 where 5 is not known. */
static enum base_err connect_any(struct probe *probe, struct ingest_session_options options, struct base_diag *diag)
{
    struct ingest_session *session = &probe->session;
    enum base_err err = BASE_BROKER;
    options.broker = &probe->broker;
    options.client_id = probe->client;
    options.held = "";
    options.message = take;
    options.at = probe;
    for (size_t turn = 0; turn <= 2 * probe->broker.count && err; turn++) {
        int protocol = session->protocol;
        err = ingest_session_open(session, &options, diag);
        if (!err && !serve(probe, false, is_up, ANSWER_MS)) {
            ingest_session_drop(session, "the broker does not answer");
            err = base_diag_set(diag, BASE_BROKER, "broker: %s", session->why.text);
        }
        bool fell_back = session->protocol == MQTT_PROTOCOL_V311 && protocol != MQTT_PROTOCOL_V311;
        if (err && session->acknowledged && !fell_back) {
            break; /* it does not want us, and neither will the next one */
        }
    }
    return err;
}

static enum base_err connect_scratch(struct probe *probe, struct base_diag *diag)
{
    return connect_any(probe, (struct ingest_session_options){.topics = probe->topic, .expires_s = EXPIRES_S}, diag);
}

/* After purging the broker holds nothing of ours; when that fails the session expires (with 3.1.1 it stays). */
static void purge(struct probe *probe)
{
    ingest_session_drop(&probe->session, "");
    enum base_err err = connect_any(probe, (struct ingest_session_options){.topics = "", .purge = true}, NULL);
    (void)err;
    ingest_session_close(&probe->session);
}

static enum base_err publish(struct ingest_publisher *publisher, const char *topic, int count, struct base_diag *diag)
{
    enum base_err err = BASE_OK;
    for (int i = 0; i < count && !err; i++) {
        err = ingest_publisher_send(publisher, topic, "probe", 5, 1, false, diag);
    }
    return err ? err : ingest_publisher_wait(publisher, ANSWER_MS, diag);
}

/* Is what we publish what we get? Says why not. */
static bool has_rights(struct probe *probe, struct ingest_publisher *publisher, struct ingest_preflight *preflight)
{
    struct base_diag diag = {.text = ""};
    const char *why = NULL;
    if (connect_scratch(probe, &diag) || !serve(probe, false, is_settled, ANSWER_MS)) {
        why = probe->session.refused ? "this user may not subscribe to hutong/probe/#" : probe->session.why.text;
    } else if (publish(publisher, probe->topic, 1, &diag)) {
        why = diag.text;
    } else if (!serve(probe, false, has_echo, ECHO_MS)) {
        why = "this user may not publish to hutong/probe/#, or not read it";
    }
    snprintf(preflight->untested, sizeof preflight->untested, "%s", why ? why : "");
    if (!why && ingest_session_flush(&probe->session, &diag) != BASE_OK) {
        snprintf(preflight->untested, sizeof preflight->untested, "%s", diag.text);
    }
    ingest_session_close(&probe->session);
    return !preflight->untested[0];
}

static void count_kept(struct probe *probe, struct ingest_publisher *publisher, struct ingest_preflight *preflight)
{
    struct base_diag diag = {.text = ""};
    enum base_err err = publish(publisher, probe->topic, INGEST_PREFLIGHT_MESSAGES, &diag);
    probe->come = 0;
    if (!err) {
        err = connect_scratch(probe, &diag);
    }
    if (err) {
        snprintf(preflight->untested, sizeof preflight->untested, "%s", diag.text);
        return;
    }
    serve(probe, false, is_settled, ANSWER_MS);
    serve(probe, true, has_echo, FIRST_MS);
    probe->come_us = base_clock_mono_us();
    serve(probe, true, is_quiet, ANSWER_MS);
    preflight->unanswered = probe->come;
    probe->come_us = base_clock_mono_us();
    serve(probe, false, is_over, ANSWER_MS);
    preflight->kept = probe->come;
    if (probe->session.state == INGEST_SESSION_DOWN) {
        snprintf(preflight->untested, sizeof preflight->untested, "%s", probe->session.why.text);
    }
}

static void try_out(struct probe *probe, struct ingest_preflight *preflight)
{
    struct base_diag diag = {.text = ""};
    AUTO(ingest_publisher) publisher = NULL;
    char client[80];
    snprintf(client, sizeof client, "%s-p", probe->client);
    if (ingest_publisher_new(probe->url, client, &diag, &publisher)) {
        snprintf(preflight->untested, sizeof preflight->untested, "%s", diag.text);
        return;
    }
    if (has_rights(probe, publisher, preflight)) {
        count_kept(probe, publisher, preflight);
    }
    purge(probe);
}

static enum base_err look(struct probe *probe, struct base_diag *diag, struct ingest_preflight *preflight)
{
    enum base_err err = connect_any(probe, (struct ingest_session_options){.topics = ""}, diag);
    if (!err) {
        ingest_session_at(&probe->session, preflight->address);
        preflight->granted = probe->session.granted;
        purge(probe);
        try_out(probe, preflight);
    }
    ingest_session_drop(&probe->session, "");
    return err;
}

enum base_err ingest_preflight(const char *broker, struct base_diag *diag, struct ingest_preflight *ret_preflight)
{
    struct probe *probe = calloc(1, sizeof *probe);
    struct ingest_preflight preflight = {.kept = 0};
    char name[25];
    if (!probe) {
        return base_diag_set(diag, BASE_NOMEM, "out of memory");
    }
    base_key_password(name);
    snprintf(probe->client, sizeof probe->client, "hutong-probe-%.12s", name);
    snprintf(probe->topic, sizeof probe->topic, "hutong/probe/%.12s", name);
    probe->url = broker;
    mosquitto_lib_init();
    enum base_err err = ingest_broker_parse(broker, diag, &probe->broker);
    if (!err) {
        err = look(probe, diag, &preflight);
    }
    mosquitto_lib_cleanup();
    free(probe);
    if (!err) {
        *ret_preflight = preflight;
    }
    return err;
}
