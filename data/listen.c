/* Waiting for NOTIFY: a wake-up only; what changed is always read from the tables. */
#include "data/conn_private.h"

#include <errno.h>
#include <poll.h>
#include <string.h>

enum base_err data_listen(struct data_conn *conn, const char *channel, struct base_diag *diag)
{
    char sql[96];
    snprintf(sql, sizeof sql, "listen %s", channel);
    return data_conn_command(conn, sql, sql, diag);
}

/* A bit for each channel that told something; without channels any tells in bit 0. */
static unsigned drain(struct data_conn *conn, const char *const *channels, size_t count)
{
    unsigned noticed = 0;
    PGnotify *notice;
    while ((notice = PQnotifies(conn->pg))) {
        noticed |= channels ? 0 : 1;
        for (size_t i = 0; i < count; i++) {
            noticed |= strcmp(notice->relname, channels[i]) == 0 ? 1U << i : 0;
        }
        PQfreemem(notice);
    }
    return noticed;
}

enum base_err data_listen_channels(struct data_conn *conn, int timeout_ms, const char *const *channels, size_t count,
                                   struct base_diag *diag, unsigned *ret_noticed)
{
    unsigned noticed = drain(conn, channels, count); /* some may have come with an earlier query's answer */
    struct pollfd wait = {.fd = PQsocket(conn->pg), .events = POLLIN};
    if (!noticed && poll(&wait, 1, timeout_ms) < 0 && errno != EINTR) {
        return base_diag_set(diag, BASE_IO, "database: poll: %s", strerror(errno));
    }
    if (!PQconsumeInput(conn->pg)) {
        return data_conn_failed(conn, NULL, "waiting for a notice", diag);
    }
    *ret_noticed = drain(conn, channels, count) | noticed;
    return BASE_OK;
}

enum base_err data_listen_wait(struct data_conn *conn, int timeout_ms, struct base_diag *diag, bool *ret_noticed)
{
    unsigned noticed = 0;
    enum base_err err = data_listen_channels(conn, timeout_ms, NULL, 0, diag, &noticed);
    if (!err) {
        *ret_noticed = noticed != 0;
    }
    return err;
}
