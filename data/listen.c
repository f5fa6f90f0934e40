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

/* A bit for each channel of the list that a notice came on; for others the bit after the last. */
static unsigned drain(struct data_conn *conn, const char *const *channels)
{
    unsigned heard = 0;
    PGnotify *notice;
    while ((notice = PQnotifies(conn->pg))) {
        unsigned at = 0;
        while (channels[at] && strcmp(channels[at], notice->relname) != 0) {
            at++;
        }
        heard |= 1U << at;
        PQfreemem(notice);
    }
    return heard;
}

enum base_err data_listen_wait_which(struct data_conn *conn, int timeout_ms, const char *const *channels,
                                     struct base_diag *diag, unsigned *ret_noticed)
{
    unsigned noticed = drain(conn, channels); /* some may have come with an earlier query's answer */
    struct pollfd wait = {.fd = PQsocket(conn->pg), .events = POLLIN};
    if (!noticed && poll(&wait, 1, timeout_ms) < 0 && errno != EINTR) {
        return base_diag_set(diag, BASE_IO, "database: poll: %s", strerror(errno));
    }
    if (!PQconsumeInput(conn->pg)) {
        return data_conn_failed(conn, NULL, "waiting for a notice", diag);
    }
    *ret_noticed = drain(conn, channels) | noticed;
    return BASE_OK;
}

enum base_err data_listen_wait(struct data_conn *conn, int timeout_ms, struct base_diag *diag, bool *ret_noticed)
{
    static const char *const any[] = {NULL};
    unsigned noticed;
    enum base_err err = data_listen_wait_which(conn, timeout_ms, any, diag, &noticed);
    if (!err) {
        *ret_noticed = noticed != 0;
    }
    return err;
}
