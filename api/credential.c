/* What a request brings along to say who asks: a bearer token, a JWT, or the cookie of a session. One of them. */
#include "api/private.h"

#include <string.h>

struct found {
    const char *authorization;
    struct base_str cookie;
    bool twice;
};

static enum MHD_Result look(void *of, enum MHD_ValueKind kind, const char *key, const char *value)
{
    (void)kind;
    struct found *found = of;
    if (value && strcasecmp(key, "Authorization") == 0) {
        found->twice = found->twice || found->authorization;
        found->authorization = value;
    } else if (value && strcasecmp(key, "Cookie") == 0) {
        struct base_str secret;
        enum api_cookie cookie = api_cookie_find(base_str_of(value), API_COOKIE_SESSION, &secret);
        bool other = cookie == API_COOKIE_FOUND && found->cookie.at && !base_str_equal(found->cookie, secret);
        found->twice = found->twice || other || cookie == API_COOKIE_TWICE;
        found->cookie = cookie == API_COOKIE_FOUND ? secret : found->cookie;
    }
    return MHD_YES;
}

static bool bearer(struct api_call *call, const char *header)
{
    struct base_str rest = base_str_of(header), scheme;
    base_str_next(&rest, ' ', &scheme);
    struct base_str secret = base_str_trim(rest.at ? rest : base_str_of(""));
    char word[8] = "";
    memcpy(word, scheme.at, scheme.len < sizeof word ? scheme.len : 0);
    if (strcasecmp(word, "Bearer") != 0 || secret.len == 0) {
        return false;
    }
    call->credential.kind = base_str_starts(secret, "hut_") ? API_CREDENTIAL_TOKEN : API_CREDENTIAL_JWT;
    call->credential.text = base_arena_text(&call->arena, secret);
    return call->credential.text != NULL;
}

static bool bad(struct api_call *call, const char *detail)
{
    api_problem(call, MHD_HTTP_BAD_REQUEST, detail);
    return false;
}

bool api_credential_read(struct api_call *call)
{
    struct found found = {.twice = false};
    MHD_get_connection_values(call->connection, MHD_HEADER_KIND, look, &found);
    if (found.twice || (found.authorization && found.cookie.at)) {
        return bad(call, "this request says twice who asks; send one Authorization header or one session cookie");
    }
    if (found.authorization && !bearer(call, found.authorization)) {
        return bad(call, "the Authorization header must be: Bearer and a token");
    }
    if (found.cookie.at) {
        call->credential.kind = API_CREDENTIAL_COOKIE;
        call->credential.text = base_arena_text(&call->arena, found.cookie);
    }
    if (call->credential.text) {
        struct base_key hash = base_secret_hash(base_str_of(call->credential.text));
        memcpy(call->credential.hash, hash.bytes, API_HASH_BYTES);
    }
    return true;
}

bool api_credential_same(const char *given, const char *known)
{
    size_t len = strlen(known);
    if (!given || strlen(given) != len || len == 0) {
        return false;
    }
    unsigned differ = 0;
    for (size_t i = 0; i < len; i++) {
        differ |= (unsigned)(given[i] ^ known[i]);
    }
    return differ == 0;
}
