/* The listening socket. */
#include "api/private.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static bool loopback(const struct sockaddr *address)
{
    if (address->sa_family == AF_INET) {
        const struct sockaddr_in *v4 = (const struct sockaddr_in *)address;
        return ntohl(v4->sin_addr.s_addr) >> 24 == 127;
    }
    return address->sa_family == AF_INET6 && IN6_IS_ADDR_LOOPBACK(&((const struct sockaddr_in6 *)address)->sin6_addr);
}

static enum base_err resolve(const char *address, int port, struct base_diag *diag, struct addrinfo **ret_found)
{
    char service[16];
    snprintf(service, sizeof service, "%d", port);
    bool named = strcmp(address, "localhost") == 0; /* any other name would be asked of the network */
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE | AI_NUMERICSERV};
    hints.ai_flags |= named ? 0 : AI_NUMERICHOST;
    struct addrinfo *found = NULL;
    if (getaddrinfo(address, service, &hints, &found) != 0) {
        return base_diag_set(diag, BASE_USAGE, "--bind %s is not an address; use 127.0.0.1, ::1 or localhost", address);
    }
    *ret_found = found;
    return BASE_OK;
}

static enum base_err listen_on(const struct addrinfo *found, const char *address, int port, struct base_diag *diag,
                               int *ret_socket)
{
    int one = 1;
    int fd = socket(found->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd >= 0 && setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one) == 0 &&
        bind(fd, found->ai_addr, found->ai_addrlen) == 0 && listen(fd, SOMAXCONN) == 0) {
        *ret_socket = fd;
        return BASE_OK;
    }
    int why = errno;
    if (fd >= 0) {
        close(fd);
    }
    if (why == EADDRINUSE) {
        return base_diag_set(diag, BASE_CONFLICT,
                             "port %d on %s is taken by another program; stop that one or choose another with "
                             "--port",
                             port, address);
    }
    return base_diag_set(diag, BASE_IO, "cannot listen on %s port %d: %s", address, port, strerror(why));
}

static void url_of(int fd, char url[64])
{
    struct sockaddr_storage bound;
    socklen_t len = sizeof bound;
    char host[INET6_ADDRSTRLEN] = "";
    getsockname(fd, (struct sockaddr *)&bound, &len);
    if (bound.ss_family == AF_INET6) {
        const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *)&bound;
        inet_ntop(AF_INET6, &v6->sin6_addr, host, sizeof host);
        snprintf(url, 64, "http://[%s]:%d", host, ntohs(v6->sin6_port));
    } else {
        const struct sockaddr_in *v4 = (const struct sockaddr_in *)&bound;
        inet_ntop(AF_INET, &v4->sin_addr, host, sizeof host);
        snprintf(url, 64, "http://%s:%d", host, ntohs(v4->sin_port));
    }
}

enum base_err api_bind(const char *address, int port, struct base_diag *diag, int *ret_socket, char url[64],
                       bool *ret_loopback)
{
    address = address && *address ? address : "127.0.0.1";
    if (port < 0 || port > 65535) {
        return base_diag_set(diag, BASE_USAGE, "port %d is not between 0 and 65535", port);
    }
    struct addrinfo *found = NULL;
    enum base_err err = resolve(address, port, diag, &found);
    if (!err) {
        err = listen_on(found, address, port, diag, ret_socket);
        *ret_loopback = loopback(found->ai_addr);
        freeaddrinfo(found);
    }
    if (!err) {
        url_of(*ret_socket, url);
    }
    return err;
}
