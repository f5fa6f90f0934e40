/* The other end. Behind a proxy every connection comes from the proxy, which writes the client's address into
 * X-Forwarded-For, behind what the client wrote there itself: so the list is read from its end, and only as far as our
 * own proxies go. A header from anybody else is not believed. */
#include "api/private.h"

#include <arpa/inet.h>
#include <string.h>

bool api_peer_listed(const char *proxies, const char *address)
{
    struct base_str rest = base_str_of(proxies), one;
    while (proxies && *address && base_str_next(&rest, ',', &one)) {
        if (base_str_is(base_str_trim(one), address)) {
            return true;
        }
    }
    return false;
}

static bool is_address(const char *text)
{
    struct in6_addr bytes;
    return inet_pton(AF_INET, text, &bytes) == 1 || inet_pton(AF_INET6, text, &bytes) == 1;
}

/* The part behind the last comma, taken off *rest. */
static struct base_str last_of(struct base_str *rest)
{
    size_t at = rest->len;
    while (at && rest->at[at - 1] != ',') {
        at--;
    }
    struct base_str last = {rest->at + at, rest->len - at};
    rest->len = at ? at - 1 : 0;
    return base_str_trim(last);
}

bool api_peer_forwarded(const char *header, const char *proxies, char address[64])
{
    struct base_str rest = base_str_of(header);
    while (rest.len) {
        char text[64];
        struct base_str last = last_of(&rest);
        if (last.len >= sizeof text) {
            return false;
        }
        memcpy(text, last.at, last.len);
        text[last.len] = '\0';
        if (!is_address(text)) {
            return false;
        }
        if (!api_peer_listed(proxies, text)) {
            memcpy(address, text, last.len + 1);
            return true;
        }
    }
    return false;
}

static void address_of(struct MHD_Connection *connection, char address[64])
{
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
    const struct sockaddr *from = info ? info->client_addr : NULL;
    if (from && from->sa_family == AF_INET) {
        inet_ntop(AF_INET, &((const struct sockaddr_in *)from)->sin_addr, address, 64);
    } else if (from && from->sa_family == AF_INET6) {
        inet_ntop(AF_INET6, &((const struct sockaddr_in6 *)from)->sin6_addr, address, 64);
    }
}

struct api_peer api_peer_of(const struct api_call *call)
{
    struct api_peer peer = {.secure = call->server->secure};
    const char *proxies = call->server->config.proxies;
    address_of(call->connection, peer.address);
    if (api_peer_listed(proxies, peer.address)) {
        const char *forwarded = MHD_lookup_connection_value(call->connection, MHD_HEADER_KIND, "X-Forwarded-For");
        const char *scheme = MHD_lookup_connection_value(call->connection, MHD_HEADER_KIND, "X-Forwarded-Proto");
        api_peer_forwarded(forwarded, proxies, peer.address);
        peer.secure = peer.secure || (scheme && strcasecmp(scheme, "https") == 0);
    }
    return peer;
}
