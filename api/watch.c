/* Who has a stream open: asked for again at each heartbeat and whenever an account, grant, token or session changes, so
 * that a right which ended ends the stream; and each hour, and when units of another estate come into sight, their
 * looks are written down before anything more is given out. */
#include "api/private.h"

static void renewed(struct api_server *server, const struct api_identity *known, struct api_identity *identity)
{
    api_streams_lock(server->streams);
    api_streams_renew(server->streams, known, identity, base_clock_mono_us());
    api_streams_unlock(server->streams);
}

static enum base_err renew(struct api_server *server, struct data_conn *conn, const struct api_identity *known,
                           struct base_diag *diag)
{
    struct api_identity *identity = NULL;
    enum base_err err = api_identity_again(server, conn, known, diag, &identity);
    if (err == BASE_OK || err == BASE_NOT_FOUND) {
        renewed(server, known, identity);
        err = BASE_OK;
    }
    api_identity_unref(identity);
    return err;
}

enum base_err api_watch_renew(struct api_server *server, struct data_conn *conn, int64_t asked_before_us,
                              struct base_diag *diag)
{
    struct api_streams_due due;
    enum base_err err = BASE_OK;
    api_streams_lock(server->streams);
    api_streams_due(server->streams, asked_before_us, &due);
    api_streams_unlock(server->streams);
    for (size_t i = 0; i < due.count && !err; i++) {
        err = renew(server, conn, due.each[i], diag);
    }
    api_streams_due_release(&due);
    return err;
}

/* --- looks --- */

static enum base_err look(struct api_server *server, struct data_conn *conn, struct api_identity *identity,
                          struct base_diag *diag)
{
    uint64_t stamp;
    AUTO_VALUE(base_buf) homes;
    base_buf_init(&homes, API_BODY_MAX);
    enum base_err err = api_hub_homes(server->hub, identity->scope, &homes, &stamp);
    err = err ? err
              : api_audit_look(server, conn, identity, "assets", (const int64_t *)(const void *)homes.data,
                               homes.len / sizeof(int64_t), diag);
    if (!err) {
        api_streams_lock(server->streams);
        api_streams_recorded(server->streams, identity, stamp);
        api_streams_unlock(server->streams);
        return BASE_OK;
    }
    if (err == BASE_DATABASE_AWAY) {
        return err;
    }
    base_log(BASE_LOG_ERROR, "a stream ends: its look could not be written down", base_log_text("name", identity->name),
             base_log_text("reason", diag->text));
    renewed(server, identity, NULL);
    return BASE_OK;
}

enum base_err api_watch_look(struct api_server *server, struct data_conn *conn, struct base_diag *diag)
{
    struct api_streams_due due;
    enum base_err err = BASE_OK;
    do {
        api_streams_lock(server->streams);
        api_streams_due(server->streams, 0, &due);
        api_streams_unlock(server->streams);
        for (size_t i = 0; i < due.count && !err; i++) {
            err = look(server, conn, due.each[i], diag);
        }
        bool more = due.count > 0;
        api_streams_due_release(&due);
        if (!more) {
            break;
        }
    } while (!err);
    return err;
}
