/* JSON Web Tokens (RFC 7519, 8725) of another issuer. The algorithm is the key's, never the token's: a header that
 * names another one, or none, is refused before libjwt checks the signature. */
#include "api/private.h"

#include <jwt.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { FILE_MAX = 1 << 20, LOG_EVERY_US = 1000000 };

/* --- taking apart --- */

static enum base_err bad(struct base_diag *diag, const char *why)
{
    return base_diag_set(diag, BASE_INVALID, "%s", why);
}

static enum base_err part_in(struct base_str text, struct base_arena *arena, struct base_diag *diag,
                             struct base_json **ret_json)
{
    size_t len = 0;
    uint8_t *bytes = base_arena_alloc(arena, text.len + 1);
    if (!bytes || !api_jwks_base64url(text, bytes, text.len, &len)) {
        return bad(diag, "a part is not base64url");
    }
    enum base_err err = base_json_in_parse(bytes, len, diag, ret_json);
    if (!err && !base_json_in_is_object(*ret_json)) {
        base_json_free(*ret_json);
        *ret_json = NULL;
        err = bad(diag, "a part is not a JSON object");
    }
    return err;
}

static enum base_err split(struct base_str token, struct base_diag *diag, struct base_str parts[3])
{
    size_t count = 0;
    struct base_str part;
    if (token.len > API_JWT_MAX) {
        return base_diag_set(diag, BASE_LIMIT, "it is longer than %d bytes", API_JWT_MAX);
    }
    while (base_str_next(&token, '.', &part)) {
        if (count == 3 || part.len == 0) {
            return bad(diag, "it has not three parts");
        }
        parts[count++] = part;
    }
    return count == 3 ? BASE_OK : bad(diag, "it has not three parts");
}

static struct base_str kept(struct base_arena *arena, const struct base_json *json, const char *name)
{
    struct base_str text = {NULL, 0};
    if (base_json_in_text(base_json_in_get(json, name), &text)) {
        text.at = base_arena_text(arena, text);
    }
    return text.at ? text : (struct base_str){NULL, 0};
}

enum base_err api_jwt_head_in(struct base_str token, struct base_arena *arena, struct base_diag *diag,
                              struct api_jwt_head *ret_head)
{
    struct base_str parts[3];
    AUTO(base_json) json = NULL;
    enum base_err err = split(token, diag, parts);
    err = err ? err : part_in(parts[0], arena, diag, &json);
    if (err) {
        return err;
    }
    struct api_jwt_head head = {kept(arena, json, "alg"), kept(arena, json, "kid")};
    if (!head.algorithm.at || !head.kid.at) {
        return bad(diag, "its header has no alg or no kid");
    }
    if (base_json_in_get(json, "crit")) {
        return bad(diag, "its header has extensions that must be understood");
    }
    *ret_head = head;
    return BASE_OK;
}

/* --- claims --- */

/* NumericDate: seconds since 1970, perhaps broken. */
static bool time_of(const struct base_json *claims, const char *name, int64_t *ret_us)
{
    double seconds;
    if (!base_json_in_f64(base_json_in_get(claims, name), &seconds) || !(fabs(seconds) < 1e11)) {
        return false;
    }
    *ret_us = (int64_t)(seconds * 1e6);
    return true;
}

static enum base_err times_good(const struct base_json *claims, int64_t now_us, struct base_diag *diag,
                                int64_t *ret_expires_us)
{
    static const char *const begins[] = {"nbf", "iat"};
    const int64_t leeway = (int64_t)API_JWT_LEEWAY_S * 1000000;
    int64_t at;
    if (!time_of(claims, "exp", ret_expires_us)) {
        return bad(diag, "it has no exp");
    }
    *ret_expires_us += leeway;
    if (now_us >= *ret_expires_us) {
        return bad(diag, "it has expired");
    }
    for (size_t i = 0; i < BASE_COUNT(begins); i++) {
        bool given = base_json_in_get(claims, begins[i]) != NULL;
        if (given && (!time_of(claims, begins[i], &at) || at > now_us + leeway)) {
            return bad(diag, "its nbf or iat has not come yet");
        }
    }
    return BASE_OK;
}

static bool text_is(const struct base_json *json, const char *wanted)
{
    struct base_str text;
    return base_json_in_text(json, &text) && base_str_is(text, wanted);
}

static bool audience_has(const struct base_json *audience, const char *wanted)
{
    bool has = text_is(audience, wanted);
    for (size_t i = 0; base_json_in_is_array(audience) && i < base_json_in_size(audience) && !has; i++) {
        has = text_is(base_json_in_at(audience, i), wanted);
    }
    return has;
}

static enum base_err claims_good(const struct base_json *json, const char *issuer, const char *audience, int64_t now_us,
                                 struct base_diag *diag, struct api_jwt_claims *claims)
{
    struct base_str subject;
    if (!text_is(base_json_in_get(json, "iss"), issuer)) {
        return bad(diag, "its iss is another");
    }
    if (!audience_has(base_json_in_get(json, "aud"), audience)) {
        return bad(diag, "its aud is another");
    }
    if (!base_json_in_text(base_json_in_get(json, "sub"), &subject) || subject.len == 0 ||
        subject.len >= sizeof claims->subject || strlen(issuer) >= sizeof claims->issuer) {
        return bad(diag, "it has no sub of up to 255 bytes");
    }
    snprintf(claims->issuer, sizeof claims->issuer, "%s", issuer);
    snprintf(claims->subject, sizeof claims->subject, "%s", subject.at);
    return times_good(json, now_us, diag, &claims->expires_us);
}

static bool signature_good(const char *token, const char *pem)
{
    jwt_t *jwt = NULL;
    bool good = jwt_decode(&jwt, token, (const unsigned char *)pem, (int)strlen(pem)) == 0;
    jwt_free(jwt);
    return good;
}

enum base_err api_jwt_verify(const struct api_jwks *keys, const char *issuer, const char *audience, const char *token,
                             int64_t now_us, struct base_diag *diag, struct api_jwt_claims *ret_claims)
{
    AUTO_VALUE(base_arena) arena;
    base_arena_init(&arena, 8 * (size_t)API_JWT_MAX);
    AUTO(base_json) json = NULL;
    struct base_str parts[3];
    struct api_jwt_head head;
    struct api_jwt_claims claims;
    enum base_err err = api_jwt_head_in(base_str_of(token), &arena, diag, &head);
    if (err) {
        return err;
    }
    const char *pem = api_jwks_pem(keys, head.kid, head.algorithm);
    if (!pem) {
        return base_diag_set(diag, BASE_INVALID, "there is no key \"%.64s\" for %.16s", head.kid.at, head.algorithm.at);
    }
    if (!signature_good(token, pem)) {
        return bad(diag, "its signature does not fit");
    }
    err = split(base_str_of(token), diag, parts);
    err = err ? err : part_in(parts[1], &arena, diag, &json);
    err = err ? err : claims_good(json, issuer, audience, now_us, diag, &claims);
    if (!err) {
        *ret_claims = claims;
    }
    return err;
}

/* --- the server's keys --- */

struct api_jwt {
    const char *path, *issuer, *audience;
    pthread_mutex_t lock;
    struct api_jwks *keys;
    struct stat read; /* the file as it was */
    int64_t logged_us;
};

static enum base_err read_keys(const char *path, struct base_diag *diag, struct api_jwks **ret_keys)
{
    AUTO_VALUE(base_buf) text;
    base_buf_init(&text, FILE_MAX);
    enum base_err err = base_file_read(path, FILE_MAX, diag, &text);
    err = err ? err : api_jwks_in(base_buf_str(&text), diag, ret_keys);
    return err ? base_diag_prefix(diag, err, "--jwt-keys %s", path) : BASE_OK;
}

enum base_err api_jwt_new(const struct api_config *config, struct base_diag *diag, struct api_jwt **ret_jwt)
{
    if (!config->jwt_keys) {
        return BASE_OK;
    }
    if (!config->jwt_issuer || !config->jwt_audience || !*config->jwt_issuer || !*config->jwt_audience) {
        return base_diag_set(diag, BASE_USAGE, "--jwt-keys needs --jwt-issuer and --jwt-audience too");
    }
    struct api_jwt *jwt = calloc(1, sizeof *jwt);
    if (!jwt) {
        return base_diag_set(diag, BASE_NOMEM, "out of memory");
    }
    *jwt = (struct api_jwt){.path = config->jwt_keys, .issuer = config->jwt_issuer, .audience = config->jwt_audience};
    pthread_mutex_init(&jwt->lock, NULL);
    bool known = stat(jwt->path, &jwt->read) == 0; /* before reading: a change in between is read again */
    enum base_err err = read_keys(jwt->path, diag, &jwt->keys);
    if (err || !known) {
        api_jwt_free(jwt);
        return err ? err : base_diag_set(diag, BASE_NOT_FOUND, "--jwt-keys %s: no such file", config->jwt_keys);
    }
    *ret_jwt = jwt;
    return BASE_OK;
}

void api_jwt_free(struct api_jwt *jwt)
{
    if (jwt) {
        api_jwks_free(jwt->keys);
        pthread_mutex_destroy(&jwt->lock);
        free(jwt);
    }
}

/* Keys are changed by replacing the file; one that cannot be read leaves the old keys, and says so. */
static void renew(struct api_jwt *jwt)
{
    struct stat now;
    struct base_diag diag = {""};
    struct api_jwks *keys = NULL;
    if (stat(jwt->path, &now) != 0 ||
        (now.st_ino == jwt->read.st_ino && now.st_size == jwt->read.st_size &&
         now.st_mtim.tv_sec == jwt->read.st_mtim.tv_sec && now.st_mtim.tv_nsec == jwt->read.st_mtim.tv_nsec)) {
        return;
    }
    jwt->read = now;
    if (read_keys(jwt->path, &diag, &keys) != BASE_OK) {
        base_log(BASE_LOG_ERROR, "keys are as before", base_log_text("reason", diag.text));
        return;
    }
    api_jwks_free(jwt->keys);
    jwt->keys = keys;
    base_log(BASE_LOG_INFO, "keys read again", base_log_text("file", jwt->path));
}

enum base_err api_jwt_take(struct api_jwt *jwt, const char *token, int64_t now_us, struct api_jwt_claims *ret_claims)
{
    struct base_diag diag = {""};
    if (!jwt) {
        return BASE_INVALID;
    }
    pthread_mutex_lock(&jwt->lock);
    renew(jwt);
    enum base_err err = api_jwt_verify(jwt->keys, jwt->issuer, jwt->audience, token, now_us, &diag, ret_claims);
    int64_t now = base_clock_mono_us();
    bool tell = err && now - jwt->logged_us > LOG_EVERY_US;
    jwt->logged_us = tell ? now : jwt->logged_us;
    pthread_mutex_unlock(&jwt->lock);
    if (tell) {
        base_log(BASE_LOG_WARN, "a JWT was refused", base_log_text("reason", diag.text));
    }
    return err;
}
