/* The server: the life of libmicrohttpd's threads and of everything that hangs on them. */
#include "api/private.h"

#include <stdlib.h>
#include <unistd.h>

enum {
    HEAD_MAX = 32 * 1024, /* request line and headers; libmicrohttpd answers 431 and 414 itself */
    IDLE_S = 30,          /* without any progress on the socket */
    POOL_THREADS = 2,     /* they never wait, so they need not be many */
    CONNECTIONS = 1024,
    WORKERS = 4,
};
static const int64_t SESSION_IDLE_US = INT64_C(30) * 60 * 1000000, SESSION_LIFE_US = INT64_C(7) * 86400 * 1000000;

/* --- life --- */

static void quiet(void *unused, const char *format, va_list args)
{
    (void)unused;
    (void)format;
    (void)args; /* libmicrohttpd tells of clients that broke off: everyday life */
}

static enum base_err start_daemon(struct api_server *server, struct base_diag *diag)
{
    unsigned flags = MHD_USE_EPOLL_INTERNAL_THREAD | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ERROR_LOG;
    unsigned limit = (unsigned)(server->config.connections ? server->config.connections : CONNECTIONS);
    server->daemon =
        MHD_start_daemon(flags, 0, NULL, NULL, api_call_handle, server, MHD_OPTION_EXTERNAL_LOGGER, quiet, NULL,
                         MHD_OPTION_LISTEN_SOCKET, server->socket, MHD_OPTION_THREAD_POOL_SIZE, (unsigned)POOL_THREADS,
                         MHD_OPTION_CONNECTION_LIMIT, limit, MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)IDLE_S,
                         MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)HEAD_MAX, MHD_OPTION_STRICT_FOR_CLIENT, 1,
                         MHD_OPTION_URI_LOG_CALLBACK, api_call_new, server, MHD_OPTION_NOTIFY_COMPLETED, api_call_free,
                         server, MHD_OPTION_NOTIFY_CONNECTION, api_guard_notify, server->guard, MHD_OPTION_END);
    if (!server->daemon) {
        return base_diag_set(diag, BASE_IO, "the HTTP server does not start (out of descriptors or threads?)");
    }
    server->socket = -1; /* the daemon closes it */
    return BASE_OK;
}

/* Is anybody let in without saying who they are? Beyond this machine never: better not to start than to answer 401 to
 * all. While the database is away nobody knows, and requests wait for it anyway. */
static enum base_err check_open(struct api_server *server, struct base_diag *diag)
{
    struct base_diag away = {""};
    AUTO(data_conn) conn = NULL;
    AUTO(data_rows) rows = NULL;
    struct api_identity *open = NULL;
    if (api_database_open(&server->database, "hutong serve start", "10s", &away, &conn) ||
        data_run(conn, DATA_ACCESS_OPEN, DATA_NO_ARGS, &away, &rows) ||
        (server->loopback && api_identity_ask_open(server, conn, &away, &open))) {
        return BASE_OK;
    }
    api_identity_unref(open);
    return server->loopback || !data_rows_bool(rows, 0, 0)
               ? BASE_OK
               : base_diag_set(diag, BASE_USAGE,
                               "--bind %s: nobody has an account yet, so whoever reaches this address could see "
                               "everything; make one first (hutong user add NAME --role administrator), or serve this "
                               "machine alone (--bind 127.0.0.1)",
                               server->config.bind);
}

static enum base_err start(struct api_server *server, struct base_diag *diag)
{
    const struct api_config *config = &server->config;
    enum base_err err = api_bind(config->bind, config->port, diag, &server->socket, server->url, &server->loopback);
    if (!err) {
        err = api_static_new(diag, &server->files);
    }
    if (!err) {
        err = tiles_source_new(diag, &server->tiles);
    }
    if (!err && !(server->metrics = api_metrics_new())) {
        err = base_diag_set(diag, BASE_NOMEM, "out of memory");
    }
    if (!err) {
        err = api_identities_new(server, diag, &server->identities);
    }
    if (!err && !(server->throttle = api_throttle_new())) {
        err = base_diag_set(diag, BASE_NOMEM, "out of memory");
    }
    if (!err) {
        err = api_jwt_new(config, diag, &server->jwt);
    }
    if (!err) {
        err = check_open(server, diag);
    }
    if (!err) {
        err = api_audit_new(diag, &server->audit);
    }
    if (!err) {
        err = api_guard_new(config->patience_us, diag, &server->guard);
    }
    if (!err) {
        err = api_hub_new(server, diag, &server->hub);
    }
    if (!err) {
        err = api_workers_new(server, config->workers ? config->workers : WORKERS, diag, &server->workers);
    }
    return err ? err : start_daemon(server, diag);
}

enum base_err api_server_new(const struct api_config *config, struct base_diag *diag, struct api_server **ret_server)
{
    const char *conninfo = config->database && *config->database ? config->database : getenv("HUTONG_DATABASE");
    if (!conninfo || !*conninfo) {
        return base_diag_set(diag, BASE_NOT_FOUND,
                             "HUTONG_DATABASE is not set; start `hutong up`, or set it to a connection string");
    }
    struct api_server *server = calloc(1, sizeof *server);
    if (!server) {
        return base_diag_set(diag, BASE_NOMEM, "out of memory");
    }
    server->config = *config;
    server->config.session_idle_us = config->session_idle_us ? config->session_idle_us : SESSION_IDLE_US;
    server->config.session_life_us = config->session_life_us ? config->session_life_us : SESSION_LIFE_US;
    api_hashing_init(&server->hashing);
    server->socket = -1;
    server->started_us = base_clock_now_us();
    api_database_init(&server->database, conninfo);
    enum base_err err = start(server, diag);
    if (err) {
        api_server_free(server);
        return err;
    }
    *ret_server = server;
    return BASE_OK;
}

/* Suspended connections must all be resumed before the daemon may stop: workers finish or refuse their calls, and
 * streams are told that they are at their end. */
void api_server_free(struct api_server *server)
{
    if (!server) {
        return;
    }
    if (server->daemon) {
        server->socket = MHD_quiesce_daemon(server->daemon); /* no new clients */
    }
    api_hub_stop(server->hub);
    api_workers_stop(server->workers);
    if (server->daemon) {
        MHD_stop_daemon(server->daemon);
    }
    api_workers_free(server->workers);
    api_hub_free(server->hub);
    api_guard_free(server->guard);
    api_metrics_free(server->metrics);
    tiles_source_free(server->tiles);
    api_static_free(server->files);
    api_identities_free(server->identities);
    api_throttle_free(server->throttle);
    api_jwt_free(server->jwt);
    api_hashing_release(&server->hashing);
    api_audit_free(server->audit);
    pthread_mutex_destroy(&server->database.lock);
    if (server->socket >= 0) {
        close(server->socket);
    }
    free(server);
}

const char *api_server_url(const struct api_server *server)
{
    return server->url;
}
