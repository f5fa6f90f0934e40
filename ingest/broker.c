/* mqtt://user:password@host:port, and the client handle made from it. */
#include "ingest/broker.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

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

static bool read_authority(struct base_str text, struct ingest_broker *broker)
{
    const char *at = text.len ? memrchr(text.at, '@', text.len) : NULL;
    if (at) {
        struct base_str rest = {text.at, (size_t)(at - text.at)}, user, password = {"", 0};
        base_str_next(&rest, ':', &user);
        password = rest.at ? rest : password;
        if (!unescape(user, broker->user, sizeof broker->user) ||
            !unescape(password, broker->password, sizeof broker->password)) {
            return false;
        }
        text.len -= (size_t)(at + 1 - text.at);
        text.at = at + 1;
    }
    struct base_str host = text, port = {NULL, 0};
    if (text.len && text.at[0] == '[') { /* [::1]:1883 */
        const char *close = memchr(text.at, ']', text.len);
        if (!close) {
            return false;
        }
        host = (struct base_str){text.at + 1, (size_t)(close - text.at - 1)};
        port = (struct base_str){close + 1, text.len - (size_t)(close + 1 - text.at)};
        port.at = port.len ? port.at + 1 : NULL;
        port.len -= port.len > 0;
    } else {
        base_str_next(&text, ':', &host);
        port = text;
    }
    int64_t number = broker->port;
    if (!unescape(host, broker->host, sizeof broker->host) || !broker->host[0] ||
        (port.at && !base_str_i64(port, &number)) || number < 1 || number > 65535) {
        return false;
    }
    broker->port = (int)number;
    return true;
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
    struct ingest_broker broker = {.port = 1883};
    struct base_str text = base_str_of(url);
    if (base_str_starts(text, "mqtts://")) {
        broker.tls = true;
        broker.port = 8883;
    } else if (!base_str_starts(text, "mqtt://")) {
        return base_diag_set(diag, BASE_INVALID, "broker: the address must start with mqtt:// or mqtts://");
    }
    text.at += broker.tls ? 8 : 7;
    text.len -= broker.tls ? 8 : 7;
    struct base_str authority;
    base_str_next(&text, '/', &authority);
    if (!read_authority(authority, &broker)) { /* the address may hold a password: it is not quoted */
        return base_diag_set(diag, BASE_INVALID, "broker: the address is not mqtt://user:password@host:port");
    }
    *ret_broker = broker;
    return BASE_OK;
}

enum base_err ingest_broker_failed(struct base_diag *diag, int code, const char *doing)
{
    return base_diag_set(diag, BASE_BROKER, "broker: %s: %s", doing,
                         code == MOSQ_ERR_ERRNO ? strerror(errno) : mosquitto_strerror(code));
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
        code = mosquitto_int_option(client, MOSQ_OPT_TLS_USE_OS_CERTS, 1);
    }
    if (code) {
        mosquitto_destroy(client);
        return ingest_broker_failed(diag, code, "new client");
    }
    *ret_client = client;
    return BASE_OK;
}
