/* mqtt://user:password@host:port,host:port, the client handle made from it, and what the broker grants it. */
#include "ingest/broker.h"

#include <errno.h>
#include <mqtt_protocol.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Copies with %41 -> A; false when it does not fit or an escape is broken. */
static bool unescape(struct base_str text, char *out, size_t size)
{
    size_t len = 0;
    for (size_t i = 0; i < text.len; i++) {
        char c = text.at[i];
        if (c == '%') {
            char hex[3] = {0};
            char *end;
            if (i + 2 >= text.len) {
                return false;
            }
            memcpy(hex, text.at + i + 1, 2);
            c = (char)strtol(hex, &end, 16);
            if (*end || c == '\0') {
                return false;
            }
            i += 2;
        }
        if (len + 1 >= size) {
            return false;
        }
        out[len++] = c;
    }
    out[len] = '\0';
    return true;
}

/* [user[:password]@] off the front of the text. */
static bool read_user(struct base_str *text, struct ingest_broker *broker)
{
    const char *at = text->len ? memrchr(text->at, '@', text->len) : NULL;
    if (!at) {
        return true;
    }
    struct base_str rest = {text->at, (size_t)(at - text->at)}, user, password = {"", 0};
    base_str_next(&rest, ':', &user);
    password = rest.at ? rest : password;
    text->len -= (size_t)(at + 1 - text->at);
    text->at = at + 1;
    return unescape(user, broker->user, sizeof broker->user) &&
           unescape(password, broker->password, sizeof broker->password);
}

/* host, host:port, [::1] or [::1]:port */
static bool read_address(struct base_str text, int standard_port, struct ingest_broker_address *address)
{
    struct base_str host = text, port = {NULL, 0};
    if (text.len && text.at[0] == '[') {
        const char *close = memchr(text.at, ']', text.len);
        if (!close) {
            return false;
        }
        host = (struct base_str){text.at + 1, (size_t)(close - text.at - 1)};
        port = (struct base_str){close + 1, text.len - (size_t)(close + 1 - text.at)};
        if (port.len && port.at[0] != ':') {
            return false;
        }
        port.at = port.len ? port.at + 1 : NULL;
        port.len -= port.len > 0;
    } else {
        base_str_next(&text, ':', &host);
        port = text;
    }
    int64_t number = standard_port;
    if (!unescape(host, address->host, sizeof address->host) || !address->host[0] ||
        (port.at && !base_str_i64(port, &number)) || number < 1 || number > 65535) {
        return false;
    }
    address->port = (int)number;
    return true;
}

static bool read_authority(struct base_str text, struct ingest_broker *broker)
{
    struct base_str one;
    bool good = read_user(&text, broker);
    while (good && base_str_next(&text, ',', &one)) {
        good = broker->count < INGEST_BROKER_ADDRESSES &&
               read_address(one, broker->tls ? 8883 : 1883, &broker->addresses[broker->count]);
        broker->count++;
    }
    return good && broker->count > 0;
}

enum base_err ingest_broker_parse(const char *url, struct base_diag *diag, struct ingest_broker *ret_broker)
{
    if (!url || !*url) {
        url = getenv("HUTONG_BROKER");
    }
    if (!url || !*url) {
        return base_diag_set(
            diag, BASE_NOT_FOUND,
            "broker: HUTONG_BROKER is not set and there is no hutong.env; start `hutong up`, or set it "
            "to mqtt://user:password@host:port");
    }
    struct ingest_broker broker = {.ca = getenv("HUTONG_BROKER_CA")};
    struct base_str text = base_str_of(url);
    broker.ca = broker.ca && *broker.ca ? broker.ca : NULL;
    if (base_str_starts(text, "mqtts://")) {
        broker.tls = true;
    } else if (!base_str_starts(text, "mqtt://")) {
        return base_diag_set(diag, BASE_INVALID, "broker: the address must start with mqtt:// or mqtts://");
    }
    text.at += broker.tls ? 8 : 7;
    text.len -= broker.tls ? 8 : 7;
    struct base_str authority;
    base_str_next(&text, '/', &authority);
    if (!read_authority(authority, &broker)) { /* the address may hold a password: it is not quoted */
        return base_diag_set(diag, BASE_INVALID,
                             "broker: the address is not mqtt://user:password@host:port; the nodes of one broker go "
                             "with commas, user:password@host:port,host:port, at most %d",
                             INGEST_BROKER_ADDRESSES);
    }
    if (broker.tls && broker.ca && access(broker.ca, R_OK) != 0) {
        return base_diag_set(diag, BASE_IO, "broker: HUTONG_BROKER_CA: %s: %s", broker.ca, strerror(errno));
    }
    *ret_broker = broker;
    return BASE_OK;
}

const struct ingest_broker_address *ingest_broker_at(const struct ingest_broker *broker, size_t turn)
{
    return &broker->addresses[turn % broker->count];
}

const char *ingest_broker_text(const struct ingest_broker_address *address, char text[INGEST_BROKER_TEXT])
{
    bool six = strchr(address->host, ':');
    snprintf(text, INGEST_BROKER_TEXT, six ? "[%s]:%d" : "%s:%d", address->host, address->port);
    return text;
}

const char *ingest_broker_why(int code)
{
    switch (code) {
    case MOSQ_ERR_ERRNO:
        return errno == EPROTO ? "TLS: no understanding with the broker" : strerror(errno);
    case MOSQ_ERR_TLS:
        return "TLS: the broker's certificate is not signed by a known authority (HUTONG_BROKER_CA names a file with "
               "it), or is made out to another host";
    default:
        return mosquitto_strerror(code);
    }
}

enum base_err ingest_broker_failed(struct base_diag *diag, int code, const char *doing)
{
    return base_diag_set(diag, BASE_BROKER, "broker: %s: %s", doing, ingest_broker_why(code));
}

static int set_tls(const struct ingest_broker *broker, struct mosquitto *client)
{
    return broker->ca ? mosquitto_tls_set(client, broker->ca, NULL, NULL, NULL, NULL)
                      : mosquitto_int_option(client, MOSQ_OPT_TLS_USE_OS_CERTS, 1);
}

enum base_err ingest_broker_client(const struct ingest_broker *broker, const char *client_id, bool clean, int protocol,
                                   void *at, struct base_diag *diag, struct mosquitto **ret_client)
{
    struct mosquitto *client = mosquitto_new(client_id, clean, at);
    if (!client) {
        return ingest_broker_failed(diag, MOSQ_ERR_ERRNO, "new client");
    }
    int code = mosquitto_int_option(client, MOSQ_OPT_PROTOCOL_VERSION, protocol);
    if (!code && broker->user[0]) {
        code = mosquitto_username_pw_set(client, broker->user, broker->password);
    }
    if (!code && broker->tls) {
        code = set_tls(broker, client);
    }
    if (code) {
        mosquitto_destroy(client);
        return ingest_broker_failed(diag, code, "new client");
    }
    *ret_client = client;
    return BASE_OK;
}

void ingest_broker_granted_read(const mosquitto_property *properties, int protocol, int64_t asked_expiry_s,
                                int64_t asked_keepalive_s, struct ingest_granted *ret_granted)
{
    uint16_t receive = 65535, keepalive = (uint16_t)asked_keepalive_s;
    uint32_t packet = 0, expiry = (uint32_t)asked_expiry_s;
    uint8_t retain = 1;
    mosquitto_property_read_int16(properties, MQTT_PROP_RECEIVE_MAXIMUM, &receive, false);
    mosquitto_property_read_int16(properties, MQTT_PROP_SERVER_KEEP_ALIVE, &keepalive, false);
    mosquitto_property_read_int32(properties, MQTT_PROP_MAXIMUM_PACKET_SIZE, &packet, false);
    mosquitto_property_read_int32(properties, MQTT_PROP_SESSION_EXPIRY_INTERVAL, &expiry, false);
    mosquitto_property_read_byte(properties, MQTT_PROP_RETAIN_AVAILABLE, &retain, false);
    *ret_granted = (struct ingest_granted){
        .protocol = protocol == MQTT_PROTOCOL_V5 ? 5 : 4,
        .receive_maximum = receive,
        .packet_maximum = packet,
        .session_expiry_s = protocol != MQTT_PROTOCOL_V5 || expiry == UINT32_MAX ? -1 : (int64_t)expiry,
        .retain = retain,
        .keepalive_s = keepalive};
}
