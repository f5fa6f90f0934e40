/* Access: may this call reach its handler? Who asks is found first, then what their scope and the request itself must
 * have. All routes go through here, so that a new row in the table cannot forget it. */
#include "api/private.h"

#include <string.h>

/* A proxy that nobody told us of may serve the whole world under our own name; most say that they are one. */
bool api_access_host(struct api_call *call)
{
    if ((api_host_local(call->host) && !call->forwarded) || !api_identities_open(call->server->identities)) {
        return true;
    }
    api_problem(call, MHD_HTTP_MISDIRECTED_REQUEST,
                "this server answers to localhost only; open it as http://127.0.0.1 or through a tunnel");
    return false;
}

static bool refused(struct api_call *call, unsigned status, const char *detail)
{
    api_problem(call, status, detail);
    return false;
}

/* A page from elsewhere can make a browser send a request, but neither read the token nor name another origin. */
bool api_access_origin(struct api_call *call)
{
    const char *host = call->origin ? strstr(call->origin, "://") : NULL;
    if (call->origin && (!host || strcasecmp(host + 3, call->host) != 0)) {
        return refused(call, MHD_HTTP_FORBIDDEN, "this request comes from a page of another origin");
    }
    return true;
}

bool api_access_written(struct api_call *call)
{
    const struct api_identity *identity = call->identity;
    if (!api_access_origin(call)) {
        return false;
    }
    if (identity && identity->cookie && !api_credential_same(call->csrf, identity->csrf)) {
        return refused(call, MHD_HTTP_FORBIDDEN,
                       "a request that changes something needs the header X-CSRF-Token; GET /api/session tells it");
    }
    return true;
}

/* Who carries incidents out comes as far as who sees and handles them: which of them, and which steps, the rows say. */
static bool reaches(const struct data_scope *scope, enum data_look look)
{
    bool incidents = look == DATA_LOOK_INCIDENT || look == DATA_LOOK_HANDLE;
    return data_scope_any(scope, look) || (incidents && data_scope_any(scope, DATA_LOOK_CARRY));
}

static bool may(struct api_call *call)
{
    bool writes = call->method != API_GET && call->route->writes != 0;
    int access = writes ? call->route->writes : call->route->access;
    if (access >= 0 && !reaches(call->identity->scope, (enum data_look)access)) {
        char detail[96];
        snprintf(detail, sizeof detail, "your roles do not include the look \"%s\"",
                 data_look_name((enum data_look)access));
        return refused(call, MHD_HTTP_FORBIDDEN, detail);
    }
    return call->method == API_GET || api_access_written(call);
}

void api_access_unknown(struct api_call *call)
{
    bool nobody = call->credential.kind == API_CREDENTIAL_NONE;
    api_problem(call, MHD_HTTP_UNAUTHORIZED,
                nobody ? "sign in first, or bring a token: Authorization: Bearer ..."
                       : "this session or token is not known, has ended or was revoked; sign in again");
    call->answer.authenticate = "Bearer realm=\"hutong\"";
}

/* Takes over the reference. */
static enum api_access decide(struct api_call *call, struct api_identity *identity)
{
    api_identity_unref(call->identity);
    call->identity = identity;
    if (!identity) {
        api_access_unknown(call);
        return API_ACCESS_REFUSED;
    }
    if ((identity->open && !api_access_host(call)) || !api_identity_purpose(call) || !may(call)) {
        return API_ACCESS_REFUSED;
    }
    call->granted = true;
    return API_ACCESS_GRANTED;
}

enum api_access api_access_remembered(struct api_call *call)
{
    bool public = call->route->access == API_PUBLIC;
    if (public && call->route->lane == API_INLINE) {
        return API_ACCESS_GRANTED; /* this program alone answers */
    }
    if (!api_credential_read(call)) {
        return API_ACCESS_REFUSED;
    }
    if (public) {
        call->granted = true;
        return API_ACCESS_GRANTED;
    }
    struct api_identity *identity;
    bool known = api_identity_remembered(call->server, &call->credential, &identity);
    return known ? decide(call, identity) : API_ACCESS_UNKNOWN;
}

enum base_err api_access_ask(struct api_call *call, struct api_worker *worker, struct base_diag *diag,
                             enum api_access *ret_access)
{
    struct api_identity *identity = NULL;
    enum base_err err = api_identity_ask(call, worker, diag, &identity);
    if (!err || err == BASE_NOT_FOUND) {
        *ret_access = decide(call, identity);
        return BASE_OK;
    }
    return err;
}
