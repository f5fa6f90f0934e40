/* A call from its first byte to its answer: libmicrohttpd's callbacks.
 *
 * An answer queued on the handler's first call closes the connection afterwards, so the first call only reads the
 * head and the second answers. What waits for the database is suspended and answered when a worker resumes it. */
#include "api/private.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    ARENA_MAX = 128 * 1024,  /* a call's decoded target, its headers and the fields of its body */
    DRAIN_MAX = 1024 * 1024, /* so much of what is too large is read, for the sake of an answer */
};

/* --- beginning and end --- */

/* The first that libmicrohttpd tells of a request: the target as it came. What we return is the call from now on. */
void *api_call_new(void *of, const char *target, struct MHD_Connection *connection)
{
    struct api_call *call = calloc(1, sizeof *call);
    if (!call) {
        return NULL;
    }
    call->server = of;
    call->connection = connection;
    base_arena_init(&call->arena, ARENA_MAX);
    base_buf_init(&call->answer.body, API_BODY_MAX);
    base_buf_init(&call->body, API_UPLOAD_MAX);
    struct base_str raw = base_str_of(target);
    call->raw.len = raw.len <= API_TARGET_MAX ? raw.len : API_TARGET_MAX + 1; /* longer is refused by its length */
    call->raw.at = base_arena_text(&call->arena, (struct base_str){target, call->raw.len});
    return call;
}

/* Passwords go through here: nothing of a body stays in memory. */
static void forget_body(struct base_buf *body)
{
    if (body->data) {
        explicit_bzero(body->data, body->cap);
    }
    base_buf_release(body);
}

void api_call_free(void *of, struct MHD_Connection *connection, void **context, enum MHD_RequestTerminationCode code)
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
    api_upload_end(call);
    api_identity_unref(call->identity);
    forget_body(&call->body);
    base_buf_release(&call->answer.body);
    if (call->answer.filed) {
        close(call->answer.file);
    }
    tiles_bytes_unref(call->answer.tile);
    base_arena_release(&call->arena);
    free(call);
}

/* --- reading the head --- */

/* "gzip", "gzip;q=0.5", "*": yes; "gzip;q=0": no (RFC 9110, 12.5.3). */
static bool takes_gzip(struct base_str header)
{
    struct base_str rest = header, item;
    while (base_str_next(&rest, ',', &item)) {
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

/* What is none of ours is 0, which no row allows. */
static enum api_method method_of(const char *name)
{
    static const struct {
        const char *name;
        enum api_method method;
    } methods[] = {{MHD_HTTP_METHOD_GET, API_GET},
                   {MHD_HTTP_METHOD_HEAD, API_GET},
                   {MHD_HTTP_METHOD_POST, API_POST},
                   {MHD_HTTP_METHOD_PUT, API_PUT},
                   {MHD_HTTP_METHOD_DELETE, API_DELETE}};
    for (size_t i = 0; i < BASE_COUNT(methods); i++) {
        if (strcmp(name, methods[i].name) == 0) {
            return methods[i].method;
        }
    }
    return 0;
}

enum header {
    ACCEPT_ENCODING,
    IF_NONE_MATCH,
    IF_MATCH,
    IDEMPOTENCY,
    CONTENT_TYPE,
    ORIGIN,
    CSRF,
    PURPOSE,
    HOST,
    FORWARDED
};

/* Looking each of them up would be a dozen walks over what came. */
static const struct {
    const char *name;
    size_t len;
    enum header header;
} wanted[] = {{"Accept-Encoding", 15, ACCEPT_ENCODING},
              {"If-None-Match", 13, IF_NONE_MATCH},
              {"If-Match", 8, IF_MATCH},
              {"Idempotency-Key", 15, IDEMPOTENCY},
              {"Content-Type", 12, CONTENT_TYPE},
              {"Origin", 6, ORIGIN},
              {"X-CSRF-Token", 12, CSRF},
              {"X-Purpose", 9, PURPOSE},
              {"Host", 4, HOST},
              {"X-Forwarded-For", 15, FORWARDED},
              {"Forwarded", 9, FORWARDED},
              {"X-Real-IP", 9, FORWARDED},
              {"Via", 3, FORWARDED}};

static void keep(struct api_call *call, const char **to, struct base_str value)
{
    *to = *to ? *to : base_arena_text(&call->arena, value); /* the first counts */
}

static void take_header(struct api_call *call, enum header header, struct base_str value)
{
    switch (header) {
    case ACCEPT_ENCODING:
        call->gzip = call->encoded ? call->gzip : takes_gzip(value);
        call->encoded = true;
        break;
    case IF_NONE_MATCH:
        keep(call, &call->if_none_match, value);
        break;
    case IF_MATCH:
        keep(call, &call->if_match, value);
        break;
    case IDEMPOTENCY:
        keep(call, &call->idempotency, value);
        break;
    case CONTENT_TYPE:
        keep(call, &call->content_type, value);
        break;
    case ORIGIN:
        keep(call, &call->origin, value);
        break;
    case CSRF:
        keep(call, &call->csrf, value);
        break;
    case PURPOSE:
        keep(call, &call->purpose, value);
        break;
    case HOST:
        keep(call, &call->host, value);
        break;
    case FORWARDED:
        call->forwarded = true;
        break;
    }
}

static enum MHD_Result look_at_header(void *of, enum MHD_ValueKind kind, const char *key, size_t key_len,
                                      const char *value, size_t value_len)
{
    (void)kind;
    for (size_t i = 0; value && i < BASE_COUNT(wanted); i++) {
        if (wanted[i].len == key_len && strcasecmp(wanted[i].name, key) == 0) {
            take_header(of, wanted[i].header, (struct base_str){value, value_len});
        }
    }
    return MHD_YES;
}

static void read_head(struct api_call *call, const char *method)
{
    call->started_us = base_clock_mono_us();
    call->method = method_of(method);
    call->head = strcmp(method, MHD_HTTP_METHOD_HEAD) == 0;
    call->options = strcmp(method, MHD_HTTP_METHOD_OPTIONS) == 0;
    MHD_get_connection_values_n(call->connection, MHD_HEADER_KIND, look_at_header, call);
    if (!call->host) { /* HTTP/1.0 */
        call->host = strstr(call->server->bound.url, "//") + 2;
    }
    call->peer = api_peer_of(call);
}

/* --- deciding --- */

static void refuse_method(struct api_call *call)
{
    char text[64] = "";
    static const char *const names[] = {"GET, HEAD", "POST", "PUT", "DELETE"};
    for (size_t i = 0; i < BASE_COUNT(names); i++) {
        if (call->route->methods & 1U << i) {
            size_t len = strlen(text);
            snprintf(text + len, sizeof text - len, "%s%s", len ? ", " : "", names[i]);
        }
    }
    if (call->options) {
        call->answer.status = MHD_HTTP_NO_CONTENT;
    } else {
        char detail[96];
        snprintf(detail, sizeof detail, "this address answers %s", text);
        api_problem(call, MHD_HTTP_METHOD_NOT_ALLOWED, detail);
    }
    call->answer.allow = base_arena_text(&call->arena, base_str_of(text));
}

static enum base_err find_route(struct api_call *call, struct base_diag *diag)
{
    enum base_err err = call->raw.at ? api_target_in(call->raw, &call->arena, diag, &call->target) : BASE_NOMEM;
    call->route = err ? &api_routes[API_ROUTES - 1] : api_route_find(&call->target, call->captured);
    return err;
}

static bool too_large(struct api_call *call)
{
    if (call->uploaded <= call->body.max) {
        return false;
    }
    if (call->upload == API_UPLOAD_CROWDED) {
        api_problem(call, MHD_HTTP_SERVICE_UNAVAILABLE, "others are sending photos just now; send it again shortly");
        call->answer.retry_after_s = API_RETRY_AFTER_S;
        return true;
    }
    api_problem(call, MHD_HTTP_CONTENT_TOO_LARGE,
                call->route->lane == API_UPLOAD ? "a photo may have 10 MB" : "a body may have 64 KiB here");
    return true;
}

/* Finds the row; false when the answer is already known. */
static bool routed(struct api_call *call)
{
    struct base_diag diag = {""};
    if (!api_access_host(call)) {
        call->route = &api_routes[API_ROUTES - 1];
        return false;
    }
    enum base_err err = find_route(call, &diag);
    if (!err && !call->route->pattern && !api_static_has(call->server->files, call->target.path)) {
        call->route = &api_routes[API_ROUTES - 1];
        api_static_none(call, NULL, &diag);
        return false;
    }
    if (!err && !(call->route->methods & call->method)) {
        refuse_method(call);
        return false;
    }
    err = err ? err : api_route_check(call->route, &call->target, &diag);
    if (err) {
        api_problem(call, err == BASE_LIMIT ? MHD_HTTP_URI_TOO_LONG : (unsigned)base_error_http(err), diag.text);
        return false;
    }
    return !too_large(call);
}

static enum MHD_Result send_answer(struct api_call *call)
{
    call->state = API_CALL_DONE;
    if (call->route->lane == API_STREAM && call->answer.status == 0 && call->head) {
        call->answer.status = MHD_HTTP_OK; /* nothing follows the head, so nothing needs to stay open */
        call->answer.type = "text/event-stream";
        call->answer.cache = "no-store";
    }
    if (call->route->lane == API_STREAM && call->answer.status == 0) {
        api_guard_phase(call->connection, API_GUARD_OPEN);
        return api_answer_stream(call);
    }
    api_guard_phase(call->connection, API_GUARD_SENDING);
    return api_answer_send(call);
}

static enum MHD_Result send_inline(struct api_call *call)
{
    struct base_diag diag = {""};
    enum base_err err = call->route->handle(call, NULL, &diag);
    if (err) {
        api_problem_error(call, err, &diag);
    }
    return send_answer(call);
}

/* Who is known from memory is let in or refused at once; else a worker has to ask the database. */
static enum MHD_Result dispatch(struct api_call *call)
{
    if (!routed(call)) {
        return send_answer(call);
    }
    enum api_access access = api_access_remembered(call);
    if (access == API_ACCESS_REFUSED) {
        return send_answer(call);
    }
    if (access == API_ACCESS_GRANTED && call->route->lane == API_INLINE) {
        return send_inline(call);
    }
    if (access == API_ACCESS_GRANTED && call->route->at_once && call->route->at_once(call)) {
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

/* What is too large is dropped as it comes, so that the client is still there for its answer; only so much of it. */
static enum MHD_Result take_body(struct api_call *call, const char *upload, size_t *upload_size)
{
    struct base_diag diag;
    call->uploaded += *upload_size;
    if (call->uploaded > API_UPLOAD_MAX && call->upload == API_UPLOAD_SMALL) {
        call->upload = API_UPLOAD_REFUSED;
        if (find_route(call, &diag) == BASE_OK) {
            api_upload_begin(call);
        }
    }
    if (call->uploaded <= call->body.max && call->method != API_GET) {
        base_buf_append(&call->body, upload, *upload_size);
    }
    *upload_size = 0;
    size_t most = call->upload > API_UPLOAD_REFUSED ? API_UPLOAD_LARGE : 0;
    return call->uploaded > most + DRAIN_MAX ? MHD_NO : MHD_YES;
}

enum MHD_Result api_call_handle(void *of, struct MHD_Connection *connection, const char *url, const char *method,
                                const char *version, const char *upload, size_t *upload_size, void **context)
{
    (void)of;
    (void)connection;
    (void)url; /* decoded by rules of its own; ours is call->raw */
    (void)version;
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
        return take_body(call, upload, upload_size);
    }
    return call->state == API_CALL_READ ? dispatch(call) : send_answer(call);
}
