/* New clients, dealt out evenly to libmicrohttpd's threads: when these accept for themselves, whichever wakes first
 * takes all that are waiting, and the others idle. */
#include "api/private.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

enum { SHORT_MS = 20 /* of descriptors or room: nobody tells when there are some again */ };

struct api_acceptor {
    struct api_server *server;
    size_t most, added;
    int stop; /* eventfd */
    pthread_t thread;
};

static bool stopped(const struct api_acceptor *acceptor, int wait_ms)
{
    struct pollfd stop = {.fd = acceptor->stop, .events = POLLIN};
    return poll(&stop, 1, wait_ms) > 0;
}

/* Everybody who waits. False: some may wait still, for whom there is no descriptor or no room just now. */
static bool take(struct api_acceptor *acceptor)
{
    struct api_server *server = acceptor->server;
    while (acceptor->added - api_guard_ended(server->guard) < acceptor->most) {
        struct sockaddr_storage peer;
        socklen_t len = sizeof peer;
        int fd = accept4(server->bound.socket, (struct sockaddr *)&peer, &len, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd < 0) {
            return errno == EAGAIN || errno == ECONNABORTED || errno == EINTR;
        }
        /* It closes the socket on failure. */
        acceptor->added += MHD_add_connection(server->daemon, fd, (struct sockaddr *)&peer, len) == MHD_YES;
    }
    return false;
}

static void *run(void *of)
{
    struct api_acceptor *acceptor = of;
    struct pollfd fds[] = {{.fd = acceptor->server->bound.socket, .events = POLLIN},
                           {.fd = acceptor->stop, .events = POLLIN}};
    while (!stopped(acceptor, take(acceptor) ? 0 : SHORT_MS)) {
        (void)poll(fds, BASE_COUNT(fds), -1);
    }
    return NULL;
}

enum base_err api_acceptor_new(struct api_server *server, size_t most, struct base_diag *diag,
                               struct api_acceptor **ret_acceptor)
{
    struct api_acceptor *acceptor = calloc(1, sizeof *acceptor);
    if (!acceptor) {
        return base_diag_set(diag, BASE_NOMEM, "out of memory");
    }
    acceptor->server = server;
    acceptor->most = most;
    acceptor->stop = eventfd(0, EFD_CLOEXEC);
    if (acceptor->stop < 0 || pthread_create(&acceptor->thread, NULL, run, acceptor) != 0) {
        if (acceptor->stop >= 0) {
            close(acceptor->stop);
        }
        free(acceptor);
        return base_diag_set(diag, BASE_IO, "the HTTP server does not start (out of descriptors or threads?)");
    }
    *ret_acceptor = acceptor;
    return BASE_OK;
}

void api_acceptor_free(struct api_acceptor *acceptor)
{
    if (acceptor) {
        eventfd_write(acceptor->stop, 1);
        pthread_join(acceptor->thread, NULL);
        close(acceptor->stop);
        free(acceptor);
    }
}
