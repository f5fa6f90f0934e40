/* Is anybody there? A TCP connection of our own, tried without blocking, before libmosquitto makes its own. */
#include "ingest/broker.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* Of errors of getaddrinfo there is nothing but this to say in an errno. */
enum { NO_SUCH_NAME = -1 };

static void close_try(struct ingest_broker_reach *reach)
{
    if (reach->fd >= 0) {
        close(reach->fd);
    }
    reach->fd = -1;
}

void ingest_broker_reach_end(struct ingest_broker_reach *reach)
{
    close_try(reach);
    if (reach->list) {
        freeaddrinfo(reach->list);
    }
    reach->list = reach->next = NULL;
}

static void note_number(struct ingest_broker_reach *reach, const struct addrinfo *at)
{
    if (getnameinfo(at->ai_addr, at->ai_addrlen, reach->number, sizeof reach->number, NULL, 0, NI_NUMERICHOST) != 0) {
        reach->number[0] = '\0';
    }
}

/* Begins with the next address of the name; PENDING while one is on its way. */
static enum ingest_broker_reached try_next(struct ingest_broker_reach *reach)
{
    while (reach->next) {
        const struct addrinfo *at = reach->next;
        reach->next = at->ai_next;
        reach->fd = socket(at->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        note_number(reach, at);
        if (reach->fd >= 0 && connect(reach->fd, at->ai_addr, at->ai_addrlen) == 0) {
            close_try(reach);
            return INGEST_BROKER_REACHED;
        }
        if (reach->fd >= 0 && errno == EINPROGRESS) {
            return INGEST_BROKER_PENDING;
        }
        reach->error = errno;
        close_try(reach);
    }
    return INGEST_BROKER_FAILED;
}

enum ingest_broker_reached ingest_broker_reach_begin(struct ingest_broker_reach *reach,
                                                     const struct ingest_broker_address *address)
{
    const struct addrinfo wish = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICSERV};
    char port[8];
    *reach = (struct ingest_broker_reach){.fd = -1, .error = NO_SUCH_NAME};
    snprintf(port, sizeof port, "%d", address->port);
    if (getaddrinfo(address->host, port, &wish, &reach->list) != 0) {
        reach->list = NULL;
        return INGEST_BROKER_FAILED;
    }
    reach->next = reach->list;
    return try_next(reach);
}

enum ingest_broker_reached ingest_broker_reach_step(struct ingest_broker_reach *reach)
{
    struct pollfd look = {.fd = reach->fd, .events = POLLOUT};
    socklen_t len = sizeof reach->error;
    if (poll(&look, 1, 0) == 0) {
        return INGEST_BROKER_PENDING;
    }
    if (getsockopt(reach->fd, SOL_SOCKET, SO_ERROR, &reach->error, &len) != 0) {
        reach->error = errno;
    }
    close_try(reach);
    return reach->error ? try_next(reach) : INGEST_BROKER_REACHED;
}

const char *ingest_broker_reach_why(const struct ingest_broker_reach *reach)
{
    return reach->error == NO_SUCH_NAME ? "no such host" : reach->error ? strerror(reach->error) : "does not answer";
}

enum ingest_broker_reached ingest_broker_reach_wait(struct ingest_broker_reach *reach,
                                                    const struct ingest_broker_address *address, int timeout_ms)
{
    int64_t end = base_clock_mono_us() + timeout_ms * INT64_C(1000);
    enum ingest_broker_reached reached = ingest_broker_reach_begin(reach, address);
    while (reached == INGEST_BROKER_PENDING) {
        int64_t left = end - base_clock_mono_us();
        struct pollfd wait = {.fd = reach->fd, .events = POLLOUT};
        if (left <= 0) {
            reach->error = ETIMEDOUT;
            reached = INGEST_BROKER_FAILED;
        } else if (poll(&wait, 1, (int)(left / 1000 + 1)) > 0) {
            reached = ingest_broker_reach_step(reach);
        }
    }
    ingest_broker_reach_end(reach);
    return reached;
}
