/* Large bodies: each is held in memory until it is whole, so few may come in at once, and of those whom we would have
 * to ask the database about fewer still - a stranger who trickles must not keep those out whom we know. */
#include "api/private.h"

enum { KNOWN_MOST = 6, STRANGERS_MOST = 2 };

/* Somebody who asked for something within the last quarter of an hour. */
static bool known(struct api_call *call)
{
    struct api_identity *identity =
        api_credential_read(call) ? api_identity_meanwhile(call->server, &call->credential) : NULL;
    api_identity_unref(identity);
    return identity != NULL;
}

static bool enter(atomic_int *count, int most)
{
    if (atomic_fetch_add(count, 1) < most) {
        return true;
    }
    atomic_fetch_sub(count, 1);
    return false;
}

void api_upload_begin(struct api_call *call)
{
    struct api_uploads *uploads = &call->server->uploads;
    if (call->route->lane != API_UPLOAD || !(call->route->methods & call->method)) {
        return;
    }
    bool is_known = known(call);
    bool fits = is_known ? enter(&uploads->known, KNOWN_MOST) : enter(&uploads->strangers, STRANGERS_MOST);
    call->upload = !fits ? API_UPLOAD_CROWDED : is_known ? API_UPLOAD_KNOWN : API_UPLOAD_STRANGER;
    if (fits) {
        call->body.max = API_UPLOAD_LARGE;
        api_guard_phase(call->connection, API_GUARD_SENDING); /* it takes as long as a long answer */
    }
}

void api_upload_end(struct api_call *call)
{
    struct api_uploads *uploads = &call->server->uploads;
    if (call->upload == API_UPLOAD_KNOWN || call->upload == API_UPLOAD_STRANGER) {
        atomic_fetch_sub(call->upload == API_UPLOAD_KNOWN ? &uploads->known : &uploads->strangers, 1);
    }
}
