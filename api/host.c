/* The Host header. "This machine only" is the sole protection while there is no account, and a page from elsewhere
 * whose name has been pointed at 127.0.0.1 (DNS rebinding) would get past it: its requests carry that name. */
#include "api/private.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>

enum { HOST_MAX = 64 };

static bool port_only(const char *text)
{
    return *text == '\0' || (*text == ':' && strspn(text + 1, "0123456789") == strlen(text + 1));
}

bool api_host_local(const char *header)
{
    char name[HOST_MAX];
    bool bracketed = header[0] == '[';
    size_t len = bracketed ? strcspn(header, "]") : strcspn(header, ":");
    if (len >= sizeof name || (bracketed && header[len] != ']') || !port_only(header + len + bracketed)) {
        return false;
    }
    memcpy(name, header + bracketed, len - bracketed);
    name[len - bracketed] = '\0';
    struct in_addr v4;
    struct in6_addr v6;
    if (bracketed) {
        return inet_pton(AF_INET6, name, &v6) == 1 && IN6_IS_ADDR_LOOPBACK(&v6);
    }
    return strcasecmp(name, "localhost") == 0 || (inet_pton(AF_INET, name, &v4) == 1 && ntohl(v4.s_addr) >> 24 == 127);
}

void api_host_origin(const struct api_call *call, char ret_origin[API_ORIGIN_MAX])
{
    snprintf(ret_origin, API_ORIGIN_MAX, "%s://%s", call->peer.secure ? "https" : "http", call->host);
}
