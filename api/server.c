/* The server: libmicrohttpd's callbacks, and the life of everything that hangs on them.
 *
 * An answer queued on the handler's first call closes the connection afterwards, so the first call only reads the
 * head and the second answers. What waits for the database is suspended and answered when a worker resumes it. */
#include "api/private.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

enum {
    ARENA_MAX = 96 * 1024,  /* a call's decoded target and its headers */
    UPLOAD_MAX = 64 * 1024, /* nothing takes a body yet; more than this ends the connection */
    HEAD_MAX = 32 * 1024,   /* request line and headers; libmicrohttpd answers 431 and 414 itself */
    IDLE_S = 30,            /* without any progress on the socket */
    POOL_THREADS = 2,       /* they never wait, so they need not be many */
    CONNECTIONS = 16384,
    DESCRIPTORS_KEPT = 256, /* for the database, files and what libraries open */
    WORKERS = 4,
};

/* --- a call's beginning and end --- */

/* The first that libmicrohttpd tells of a request: the target as it came. What we return is the call from now on. */
static void *call_new(void *of, const char *target, struct MHD_Connection *connection)
{
    struct api_call *call = calloc(1, sizeof *call);
    if (!call) {
        return NULL;
    }
    call->server = of;
    call->connection = connection;
    base_arena_init(&call->arena, ARENA_MAX);
    base_buf_init(&call->answer.body, API_BODY_MAX);
    struct base_str raw = base_str_of(target);
    call->raw.len = raw.len <= API_TARGET_MAX ? raw.len : API_TARGET_MAX + 1; /* longer is refused by its length */
    call->raw.at = base_arena_text(&call->arena, (struct base_str){target, call->raw.len});
    return call;
}

static void call_free(void *of, struct MHD_Connection *connection, void **context, enum MHD_RequestTerminationCode code)
{
    (void)code;
    struct api_server *server = of;
    struct api_call *call = *context;
    *context = NULL;
    if (!call) {
        return;
    }
    if (call->route && call->state == API_CALL_DONE) {
        int64_t took = call->route->lane == API_STREAM ? -1 : base_clock_mono_us() - call->started_us;
        api_metrics_request(server->metrics, call->route, call->answer.status, took);
    }
    api_guard_phase(connection, API_GUARD_READING);
    base_buf_release(&call->answer.body);
    base_arena_release(&call->arena);
    free(call);
}

/* --- reading the head --- */

/* "gzip", "gzip;q=0.5", "*": yes; "gzip;q=0": no (RFC 9110, 12.5.3). */
static bool takes_gzip(const char *header)
{
    struct base_str rest = base_str_of(header), item;
    while (header && base_str_next(&rest, ',', &item)) {
        struct base_str weight = item, name, value;
        base_str_next(&weight, ';', &name);
        double q = 1;
        if (weight.at && base_str_next(&weight, '=', &value) && weight.at) {
            base_str_f64(base_str_trim(weight), &q);
        }
        name = base_str_trim(name);
        if (base_str_is(name, "gzip") || base_str_is(name, "*")) {
            return q > 0;
        }
    }
    return false;
}

static const char *header_kept(struct api_call *call, const char *name)
{
    const char *value = MHD_lookup_connection_value(call->connection, MHD_HEADER_KIND, name);
    return value ? base_arena_text(&call->arena, base_str_of(value)) : NULL;
}

static void read_head(struct api_call *call, const char *method)
{
    call->started_us = base_clock_mono_us();
    call->head = strcmp(method, MHD_HTTP_METHOD_HEAD) == 0;
    call->gzip = takes_gzip(MHD_lookup_connection_value(call->connection, MHD_HEADER_KIND, "Accept-Encoding"));
    call->if_none_match = header_kept(call, "If-None-Match");
    call->host = header_kept(call, "Host");
    if (!call->host) { /* HTTP/1.0 */
        call->host = strstr(call->server->bound.url, "//") + 2;
    }
}

/* --- deciding --- */

/* Finds the row; false when the answer is already known. */
static bool routed(struct api_call *call, const char *method)
{
    struct base_diag diag = {""};
    if (!api_host_local(call->host)) {
        call->route = &api_routes[API_ROUTES - 1];
        api_problem(call, MHD_HTTP_MISDIRECTED_REQUEST,
                    "this server answers to localhost only; open it as http://127.0.0.1 or through a tunnel");
        return false;
    }
    enum base_err err = call->raw.at ? api_target_in(call->raw, &call->arena, &diag, &call->target) : BASE_NOMEM;
    call->route = err ? &api_routes[API_ROUTES - 1] : api_route_find(&call->target, call->captured);
    if (!err && !call->route->pattern && !api_static_has(call->server->files, call->target.path)) {
        call->route = &api_routes[API_ROUTES - 1];
        api_static_none(call, NULL, &diag);
        return false;
    }
    if (!err && !call->head && strcmp(method, MHD_HTTP_METHOD_GET) != 0) {
        api_problem(call, MHD_HTTP_METHOD_NOT_ALLOWED, "this address answers GET and HEAD");
        call->answer.allow = "GET, HEAD";
        return false;
    }
    err = err ? err : api_route_check(call->route, &call->target, &diag);
    if (err) {
        api_problem(call, err == BASE_LIMIT ? MHD_HTTP_URI_TOO_LONG : (unsigned)base_error_http(err), diag.text);
        return false;
    }
    return true;
}

static enum MHD_Result send_answer(struct api_call *call)
{
    call->state = API_CALL_DONE;
    api_guard_phase(call->connection, API_GUARD_SENDING);
    return api_answer_send(call);
}

static enum MHD_Result open_stream(struct api_call *call)
{
    struct base_str topics = api_target_param(&call->target, "topics");
    if (topics.at && !base_str_is(topics, "assets")) {
        api_problem(call, MHD_HTTP_BAD_REQUEST, "this server streams one topic: topics=assets");
        return send_answer(call);
    }
    call->state = API_CALL_DONE;
    api_guard_phase(call->connection, API_GUARD_OPEN);
    return api_answer_stream(call);
}

static enum MHD_Result dispatch(struct api_call *call, const char *method)
{
    if (!routed(call, method)) {
        return send_answer(call);
    }
    if (call->route->lane == API_STREAM) {
        return open_stream(call);
    }
    if (call->route->lane == API_INLINE) {
        struct base_diag diag = {""};
        enum base_err err = call->route->handle(call, NULL, &diag);
        if (err) {
            api_problem_error(call, err, &diag);
        }
        return send_answer(call);
    }
    call->state = API_CALL_QUEUED;
    api_guard_phase(call->connection, API_GUARD_WORKING);
    MHD_suspend_connection(call->connection);
    if (!api_workers_put(call->server->workers, call)) {
        api_problem(call, MHD_HTTP_SERVICE_UNAVAILABLE, "too many requests are waiting; try again shortly");
        call->answer.retry_after_s = API_RETRY_AFTER_S;
        MHD_resume_connection(call->connection);
    }
    return MHD_YES;
}

static enum MHD_Result handle(void *of, struct MHD_Connection *connection, const char *url, const char *method,
                              const char *version, const char *upload, size_t *upload_size, void **context)
{
    (void)of;
    (void)connection;
    (void)url; /* decoded by rules of its own; ours is call->raw */
    (void)version;
    (void)upload;
    struct api_call *call = *context;
    if (!call) {
        return MHD_NO; /* no memory for it */
    }
    if (call->state == API_CALL_NEW) {
        call->state = API_CALL_READ;
        read_head(call, method);
        return MHD_YES;
    }
    if (*upload_size) {
        call->uploaded += *upload_size;
        *upload_size = 0;
        return call->uploaded > UPLOAD_MAX ? MHD_NO : MHD_YES;
    }
    return call->state == API_CALL_READ ? dispatch(call, method) : send_answer(call);
}

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
    unsigned flags = MHD_USE_EPOLL_INTERNAL_THREAD | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ERROR_LOG;
    const struct MHD_OptionItem tls[] = {
        {MHD_OPTION_HTTPS_MEM_CERT, 0, server->tls.certificate.data},
        {MHD_OPTION_HTTPS_MEM_KEY, 0, server->tls.key.data},
        {MHD_OPTION_HTTPS_PRIORITIES, 0, (void *)(uintptr_t) "NORMAL:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2"},
        {MHD_OPTION_END, 0, NULL},
    };
    flags |= server->secure ? MHD_USE_TLS : 0;
    server->daemon = MHD_start_daemon(
        flags, 0, NULL, NULL, handle, server, MHD_OPTION_EXTERNAL_LOGGER, quiet, NULL, MHD_OPTION_LISTEN_SOCKET,
        server->bound.socket, MHD_OPTION_ARRAY, server->secure ? tls : &tls[BASE_COUNT(tls) - 1],
        MHD_OPTION_THREAD_POOL_SIZE, (unsigned)POOL_THREADS, MHD_OPTION_CONNECTION_LIMIT, connections(&server->config),
        MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)IDLE_S, MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)HEAD_MAX,
        MHD_OPTION_STRICT_FOR_CLIENT, 1, MHD_OPTION_URI_LOG_CALLBACK, call_new, server, MHD_OPTION_NOTIFY_COMPLETED,
        call_free, server, MHD_OPTION_NOTIFY_CONNECTION, api_guard_notify, server->guard, MHD_OPTION_END);
    if (!server->daemon) {
        return base_diag_set(diag, BASE_IO, "the HTTP server does not start (%s)",
                             server->secure ? "do --tls-cert and --tls-key belong together?"
                                            : "out of descriptors or threads?");
    }
    server->bound.socket = -1; /* the daemon closes it */
    return BASE_OK;
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
    if (!err) {
        err = tiles_source_new(diag, &server->tiles);
    }
    if (!err && !(server->metrics = api_metrics_new())) {
        err = base_diag_set(diag, BASE_NOMEM, "out of memory");
    }
    if (!err) {
        err = api_guard_new(config->patience_us, connections(config), diag, &server->guard);
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
    if (server->daemon) {
        server->bound.socket = MHD_quiesce_daemon(server->daemon); /* no new clients */
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
    pthread_mutex_destroy(&server->database.lock);
    if (server->bound.socket >= 0) {
        close(server->bound.socket);
    }
    api_tls_release(&server->tls);
    free(server);
}

const char *api_server_url(const struct api_server *server)
{
    return server->bound.url;
}
