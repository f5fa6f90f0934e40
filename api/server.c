/* The server: the life of libmicrohttpd's threads and of everything that hangs on them. */
#include "api/checkin.h"
#include "api/photo.h"
#include "api/private.h"

#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

enum {
    HEAD_MAX = 32 * 1024, /* request line and headers; libmicrohttpd answers 431 and 414 itself */
    IDLE_S = 30,          /* without any progress on the socket */
    POOL_THREADS = 2,     /* they never wait, so they need not be many */
    CONNECTIONS = 16384,
    DESCRIPTORS_KEPT = 256, /* for the database, files and what libraries open */
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

/* A client is a descriptor. */
static unsigned connections(const struct api_config *config)
{
    struct rlimit limit;
    unsigned most = (unsigned)(config->connections ? config->connections : CONNECTIONS);
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < (rlim_t)most + DESCRIPTORS_KEPT) {
        most = limit.rlim_cur > 2 * DESCRIPTORS_KEPT ? (unsigned)limit.rlim_cur - DESCRIPTORS_KEPT : DESCRIPTORS_KEPT;
    }
    return most;
}

static enum base_err start_daemon(struct api_server *server, struct base_diag *diag)
{
    unsigned flags =
        MHD_USE_EPOLL_INTERNAL_THREAD | MHD_USE_NO_LISTEN_SOCKET | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ERROR_LOG;
    const struct MHD_OptionItem tls[] = {
        {MHD_OPTION_HTTPS_MEM_CERT, 0, server->tls.certificate.data},
        {MHD_OPTION_HTTPS_MEM_KEY, 0, server->tls.key.data},
        {MHD_OPTION_HTTPS_PRIORITIES, 0, (void *)(uintptr_t) "NORMAL:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2"},
        {MHD_OPTION_END, 0, NULL},
    };
    flags |= server->secure ? MHD_USE_TLS : 0;
    /* The acceptor keeps the limit. libmicrohttpd (0.9.75) must never get to its own, for each of its threads: handed a
     * connection beyond it, it stops with a lock held. */
    unsigned most = connections(&server->config), never = (most + DESCRIPTORS_KEPT) * POOL_THREADS;
    server->daemon = MHD_start_daemon(
        flags, 0, NULL, NULL, api_call_handle, server, MHD_OPTION_EXTERNAL_LOGGER, quiet, NULL, MHD_OPTION_ARRAY,
        server->secure ? tls : &tls[BASE_COUNT(tls) - 1], MHD_OPTION_THREAD_POOL_SIZE, (unsigned)POOL_THREADS,
        MHD_OPTION_CONNECTION_LIMIT, never, MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)IDLE_S,
        MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)HEAD_MAX, MHD_OPTION_STRICT_FOR_CLIENT, 1,
        MHD_OPTION_URI_LOG_CALLBACK, api_call_new, server, MHD_OPTION_NOTIFY_COMPLETED, api_call_free, server,
        MHD_OPTION_NOTIFY_CONNECTION, api_guard_notify, server->guard, MHD_OPTION_END);
    if (!server->daemon) {
        return base_diag_set(diag, BASE_IO, "the HTTP server does not start (%s)",
                             server->secure ? "do --tls-cert and --tls-key belong together?"
                                            : "out of descriptors or threads?");
    }
    return api_acceptor_new(server, most, diag, &server->acceptor);
}

/* A proxy in front reaches us from loopback on behalf of whoever it serves, and may write a Host of its own. */
bool api_server_local(const struct api_server *server)
{
    return server->bound.loopback && !(server->config.proxies && *server->config.proxies);
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
        (api_server_local(server) && api_identity_ask_open(server, conn, &away, &open))) {
        return BASE_OK;
    }
    api_identity_unref(open);
    if (api_server_local(server) || !data_rows_bool(rows, 0, 0)) {
        return BASE_OK;
    }
    bool proxied = server->bound.loopback;
    return base_diag_set(diag, BASE_USAGE,
                         "%s %s: nobody has an account yet, so whoever %s could see everything; make one first (hutong "
                         "user add NAME --role administrator), or serve this machine alone (%s)",
                         proxied ? "--proxies" : "--bind", proxied ? server->config.proxies : server->config.bind,
                         proxied ? "the proxy lets in" : "reaches this address",
                         proxied ? "without --proxies" : "--bind 127.0.0.1");
}

static enum base_err start(struct api_server *server, struct base_diag *diag)
{
    const struct api_config *config = &server->config;
    server->secure = config->tls_cert || config->tls_key;
    enum base_err err = server->secure ? api_tls_read(config->tls_cert, config->tls_key, diag, &server->tls) : BASE_OK;
    err = err ? err : api_bind(config->bind, config->port, server->secure, diag, &server->bound);
    if (!err) {
        err = api_static_new(diag, &server->files);
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
        err = api_checkin_send_new(config->broker, diag, &server->checkins);
    }
    if (!err) {
        err = check_open(server, diag);
    }
    if (!err) {
        err = api_audit_new(diag, &server->audit);
    }
    if (!err) {
        err = api_guard_new(config->patience_us, connections(config), diag, &server->guard);
    }
    if (!err) {
        err = api_hub_new(server, diag, &server->hub);
    }
    if (!err) {
        err = api_feeds_new(server, diag, &server->feeds);
    }
    if (!err) {
        const struct tiles_source_config source = {.mirror = server->mirror, .cache_max = config->cache_memory};
        err = tiles_source_new(&source, diag, &server->tiles);
    }
    if (!err) {
        err = api_photo_sweep_new(server, diag, &server->photos);
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
    server->bound.socket = -1;
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
    api_acceptor_free(server->acceptor);
    api_hub_stop(server->hub);
    api_workers_stop(server->workers);
    if (server->daemon) {
        MHD_stop_daemon(server->daemon);
    }
    api_workers_free(server->workers);
    api_photo_sweep_free(server->photos);
    tiles_source_free(server->tiles);
    api_feeds_free(server->feeds); /* its news go to the hub */
    api_hub_free(server->hub);
    api_guard_free(server->guard);
    api_metrics_free(server->metrics);
    api_static_free(server->files);
    api_identities_free(server->identities);
    api_throttle_free(server->throttle);
    api_jwt_free(server->jwt);
    api_checkin_send_free(server->checkins);
    api_hashing_release(&server->hashing);
    api_audit_free(server->audit);
    pthread_mutex_destroy(&server->database.lock);
    if (server->bound.socket >= 0) {
        close(server->bound.socket);
    }
    api_tls_release(&server->tls);
    free(server);
}

uint64_t api_server_seen(struct api_server *server)
{
    struct tiles_mirror_health health = tiles_mirror_health(server->mirror);
    return health.upstreams[0].loaded ? health.upstreams[0].lsn : 0;
}

const char *api_server_url(const struct api_server *server)
{
    return server->bound.url;
}
