/* Answers on their way out: headers that every answer carries, entity tags, compression. */
#include "api/private.h"

#include <stdlib.h>
#include <string.h>

enum { GZIP_FROM = 1024, GZIP_LEVEL = 4 }; /* below a packet's size compression gains nothing */

/* What a page of ours may do, and what others may do with our answers. Images from data: are the icons of MapLibre's
 * style sheet; its worker is a file, and styles are set through the object model, which needs no leave. */
static const struct {
    const char *name, *value;
    bool always; /* also with what is no page and holds nothing that could become one: a tile, 304, 204 */
} guards[] = {
    {"Content-Security-Policy",
     "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
     "connect-src 'self'; worker-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; "
     "frame-ancestors 'none'",
     false},
    {"X-Frame-Options", "DENY", false}, /* for what is older than frame-ancestors */
    {"X-Content-Type-Options", "nosniff", true},
    {"Referrer-Policy", "no-referrer", false},
    {"Cross-Origin-Opener-Policy", "same-origin", false},
    {"Cross-Origin-Resource-Policy", "same-origin", true},
    {"Permissions-Policy",
     "accelerometer=(), camera=(), display-capture=(), geolocation=(), "
     "gyroscope=(), hid=(), magnetometer=(), microphone=(), midi=(), payment=(), serial=(), "
     "usb=(), xr-spatial-tracking=()",
     false},
};

struct base_json_out api_answer_json(struct api_call *call)
{
    base_buf_init(&call->answer.body, API_BODY_MAX);
    call->answer.status = MHD_HTTP_OK;
    call->answer.type = "application/json";
    call->answer.cache = "no-cache";
    call->answer.compact = true;
    return base_json_out_of(&call->answer.body);
}

void api_answer_scoped(struct api_call *call)
{
    if (!call->identity->open) {
        call->answer.scoped = true;
        call->answer.cache = "private, no-cache";
    }
}

void api_answer_revalidate(struct api_call *call)
{
    struct api_answer *answer = &call->answer;
    if (!answer->etag[0]) {
        tiles_etag_of(base_buf_str(&answer->body), call->gzip ? 'g' : 'i', answer->etag);
    }
    if (tiles_etag_listed(call->if_none_match, answer->etag)) {
        base_buf_release(&answer->body);
        answer->fixed = (struct base_str){NULL, 0};
        answer->status = MHD_HTTP_NOT_MODIFIED;
        answer->type = NULL;
        answer->gzip = false;
    }
}

static void compact(struct api_call *call)
{
    struct api_answer *answer = &call->answer;
    answer->vary = answer->vary || answer->compact;
    if (!answer->compact || !call->gzip || answer->body.len < GZIP_FROM) {
        return;
    }
    struct base_buf packed;
    base_buf_init(&packed, API_BODY_MAX);
    if (base_gzip(answer->body.data, answer->body.len, GZIP_LEVEL, &packed) != BASE_OK) {
        base_buf_release(&packed);
        return;
    }
    base_buf_release(&answer->body);
    answer->body = packed;
    answer->gzip = true;
}

static void header(struct MHD_Response *response, const char *name, const char *value)
{
    if (value && *value) {
        MHD_add_response_header(response, name, value);
    }
}

/* What an identity gets is not for the next who asks the same. */
static void headers_of_cache(struct MHD_Response *response, const struct api_call *call)
{
    bool personal = call->identity && !call->identity->open;
    bool store = call->answer.cache && strcmp(call->answer.cache, "no-cache") == 0;
    header(response, "Cache-Control", personal && store ? "private, no-cache" : call->answer.cache);
    header(response, "Vary",
           personal            ? "Accept-Encoding, Cookie, Authorization"
           : call->answer.vary ? "Accept-Encoding"
                               : NULL);
}

static void headers(struct MHD_Response *response, const struct api_call *call)
{
    char seconds[16];
    const struct api_answer *answer = &call->answer;
    header(response, "Content-Type", answer->type);
    header(response, "Content-Encoding", answer->gzip ? "gzip" : NULL);
    header(response, "Allow", answer->allow);
    header(response, "ETag", answer->etag);
    header(response, "WWW-Authenticate", answer->authenticate);
    header(response, "Set-Cookie", answer->set_cookie);
    header(response, "Location", answer->location);
    header(response, "Content-Disposition", answer->disposition);
    header(response, "Content-Crs", answer->crs);
    if (call->peer.secure) {
        header(response, "Strict-Transport-Security", "max-age=31536000");
    }
    bool page = !answer->bare && answer->status != MHD_HTTP_NOT_MODIFIED && answer->status != MHD_HTTP_NO_CONTENT;
    for (size_t i = 0; i < BASE_COUNT(guards); i++) {
        if (page || guards[i].always) {
            header(response, guards[i].name, guards[i].value);
        }
    }
    if (answer->retry_after_s) {
        snprintf(seconds, sizeof seconds, "%d", answer->retry_after_s);
        header(response, "Retry-After", seconds);
    }
}

static enum MHD_Result queue(struct api_call *call, struct MHD_Response *response)
{
    headers_of_cache(response, call);
    headers(response, call);
    enum MHD_Result result = MHD_queue_response(call->connection, call->answer.status, response);
    MHD_destroy_response(response);
    return result;
}

static struct MHD_Response *response_of(struct api_answer *answer)
{
    if (answer->filed) {
        struct MHD_Response *response = MHD_create_response_from_fd64(answer->file_size, answer->file);
        answer->filed = !response; /* it is libmicrohttpd's to close */
        return response;
    }
    if (answer->body.len) {
        struct MHD_Response *response =
            MHD_create_response_from_buffer(answer->body.len, answer->body.data, MHD_RESPMEM_MUST_FREE);
        if (response) {
            base_buf_init(&answer->body, API_BODY_MAX); /* libmicrohttpd frees the bytes */
        }
        return response;
    }
    return MHD_create_response_from_buffer(answer->fixed.len, (void *)(uintptr_t)answer->fixed.at,
                                           MHD_RESPMEM_PERSISTENT);
}

/* --- tiles: one response for all who get the same --- */

/* Kept with the tile's bytes; the call holds these until it is sent. Of one tile all other headers are the same. */
struct prepared {
    struct tiles_beside beside;
    unsigned status;
    bool secure, personal;
    const char *cache; /* a literal */
    struct MHD_Response *response;
};

static void prepared_free(struct tiles_beside *beside)
{
    struct prepared *prepared = (struct prepared *)(void *)beside;
    MHD_destroy_response(prepared->response);
    free(prepared);
}

static struct prepared *prepared_find(const struct prepared *like, struct tiles_bytes *tile)
{
    struct tiles_beside *beside = atomic_load(&tile->beside);
    for (; beside; beside = beside->next) {
        struct prepared *one = (struct prepared *)(void *)beside;
        if (one->status == like->status && one->secure == like->secure && one->personal == like->personal &&
            one->cache == like->cache) {
            return one;
        }
    }
    return NULL;
}

static struct prepared *prepared_add(const struct prepared *like, struct tiles_bytes *tile, const struct api_call *call)
{
    struct prepared *prepared = malloc(sizeof *prepared);
    bool body = like->status == MHD_HTTP_OK;
    struct MHD_Response *response =
        MHD_create_response_from_buffer(body ? tile->len : 0, tile->at, MHD_RESPMEM_PERSISTENT);
    if (!prepared || !response) {
        free(prepared);
        if (response) {
            MHD_destroy_response(response);
        }
        return NULL;
    }
    headers_of_cache(response, call);
    headers(response, call);
    *prepared = *like;
    prepared->beside.free = prepared_free;
    prepared->response = response;
    tiles_bytes_add(tile, &prepared->beside);
    return prepared;
}

static enum MHD_Result send_tile(struct api_call *call)
{
    struct api_answer *answer = &call->answer;
    struct prepared like = {.status = answer->status,
                            .secure = call->peer.secure,
                            .personal = !call->identity->open,
                            .cache = answer->cache};
    struct prepared *prepared = prepared_find(&like, answer->tile);
    prepared = prepared ? prepared : prepared_add(&like, answer->tile, call);
    return prepared ? MHD_queue_response(call->connection, answer->status, prepared->response) : MHD_NO;
}

enum MHD_Result api_answer_send(struct api_call *call)
{
    struct api_answer *answer = &call->answer;
    if (answer->tile) {
        return send_tile(call);
    }
    if (answer->body.err) {
        struct base_diag diag;
        api_problem_error(call, base_diag_set(&diag, answer->body.err, "the answer is too large"), &diag);
    }
    compact(call);
    struct MHD_Response *response = response_of(answer);
    if (!response) {
        return MHD_NO;
    }
    return queue(call, response);
}

enum MHD_Result api_answer_stream(struct api_call *call)
{
    struct MHD_Response *response = api_client_response(call);
    if (!response) {
        api_problem(call, MHD_HTTP_SERVICE_UNAVAILABLE, "too many streams are open; try again later");
        call->answer.retry_after_s = API_RETRY_AFTER_S;
        return api_answer_send(call);
    }
    call->answer.status = MHD_HTTP_OK;
    call->answer.type = "text/event-stream";
    call->answer.cache = "no-store";
    header(response, "X-Accel-Buffering", "no"); /* a proxy must not collect events */
    return queue(call, response);
}
