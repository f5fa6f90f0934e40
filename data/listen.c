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

static bool drain(struct data_conn *conn)
{
    bool any = false;
    PGnotify *notice;
    while ((notice = PQnotifies(conn->pg))) {
        any = true;
        PQfreemem(notice);
    }
    return any;
}

enum base_err data_listen_wait(struct data_conn *conn, int timeout_ms, struct base_diag *diag, bool *ret_noticed)
{
    bool noticed = drain(conn); /* some may have come with an earlier query's answer */
    struct pollfd wait = {.fd = PQsocket(conn->pg), .events = POLLIN};
    if (!noticed && poll(&wait, 1, timeout_ms) < 0 && errno != EINTR) {
        return base_diag_set(diag, BASE_IO, "database: poll: %s", strerror(errno));
    }
    if (!PQconsumeInput(conn->pg)) {
        return data_conn_failed(conn, NULL, "waiting for a notice", diag);
    }
    *ret_noticed = drain(conn) || noticed;
    return BASE_OK;
}
