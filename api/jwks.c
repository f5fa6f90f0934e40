/* JSON Web Key Sets (RFC 7517, 7518): public keys of another issuer, turned into PEM for libjwt by OpenSSL. */
#include "api/private.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/pem.h>

#include <stdlib.h>
#include <string.h>

enum { KEYS_MAX = 64, NUMBER_MAX = 1024, RSA_BITS_LEAST = 2048, RSA_BITS_MOST = 8192, P256_BYTES = 32 };

struct key {
    char kid[256];
    char algorithm[8];
    char *pem;
};

struct api_jwks {
    size_t count;
    struct key keys[KEYS_MAX];
};

void api_jwks_free(struct api_jwks *keys)
{
    for (size_t i = 0; keys && i < keys->count; i++) {
        free(keys->keys[i].pem);
    }
    free(keys);
}

const char *api_jwks_pem(const struct api_jwks *keys, struct base_str kid, struct base_str algorithm)
{
    for (size_t i = 0; i < keys->count; i++) {
        if (base_str_is(kid, keys->keys[i].kid)) {
            return base_str_is(algorithm, keys->keys[i].algorithm) ? keys->keys[i].pem : NULL;
        }
    }
    return NULL;
}

/* --- base64url (RFC 4648, 5), without padding --- */

static int sextet(char c)
{
    static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    const char *at = c ? strchr(alphabet, c) : NULL;
    return at ? (int)(at - alphabet) : -1;
}

bool api_jwks_base64url(struct base_str text, uint8_t *to, size_t max, size_t *ret_len)
{
    uint32_t bits = 0;
    unsigned held = 0;
    size_t len = 0;
    for (size_t i = 0; i < text.len; i++) {
        int value = sextet(text.at[i]);
        if (value < 0) {
            return false;
        }
        bits = bits << 6 | (uint32_t)value;
        held += 6;
        if (held >= 8) {
            if (len == max) {
                return false;
            }
            held -= 8;
            to[len++] = (uint8_t)(bits >> held);
            bits &= (1U << held) - 1;
        }
    }
    *ret_len = len;
    return held < 6 && bits == 0;
}

static bool number(const struct base_json *jwk, const char *name, uint8_t to[NUMBER_MAX], size_t *ret_len)
{
    struct base_str text;
    return base_json_in_text(base_json_in_get(jwk, name), &text) && api_jwks_base64url(text, to, NUMBER_MAX, ret_len) &&
           *ret_len > 0;
}

/* --- one key --- */

static char *pem_of(EVP_PKEY *key)
{
    BIO *out = BIO_new(BIO_s_mem());
    char *text = NULL, *pem = NULL;
    if (out && PEM_write_bio_PUBKEY(out, key) == 1) {
        long len = BIO_get_mem_data(out, &text);
        pem = len > 0 ? strndup(text, (size_t)len) : NULL;
    }
    BIO_free(out);
    return pem;
}

static char *pem_from(const char *type, OSSL_PARAM *params)
{
    EVP_PKEY *key = NULL;
    char *pem = NULL;
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(NULL, type, NULL);
    if (context && params && EVP_PKEY_fromdata_init(context) == 1 &&
        EVP_PKEY_fromdata(context, &key, EVP_PKEY_PUBLIC_KEY, params) == 1) {
        EVP_PKEY_CTX *check = EVP_PKEY_CTX_new(key, NULL);
        pem = check && EVP_PKEY_public_check(check) == 1 ? pem_of(key) : NULL;
        EVP_PKEY_CTX_free(check);
    }
    EVP_PKEY_free(key);
    EVP_PKEY_CTX_free(context);
    return pem;
}

static char *rsa(const struct base_json *jwk)
{
    uint8_t n[NUMBER_MAX], e[NUMBER_MAX];
    size_t n_len, e_len;
    if (!number(jwk, "n", n, &n_len) || !number(jwk, "e", e, &e_len) || e_len > 8) {
        return NULL;
    }
    char *pem = NULL;
    OSSL_PARAM_BLD *build = OSSL_PARAM_BLD_new();
    BIGNUM *modulus = BN_bin2bn(n, (int)n_len, NULL), *exponent = BN_bin2bn(e, (int)e_len, NULL);
    if (build && modulus && exponent && BN_num_bits(modulus) >= RSA_BITS_LEAST &&
        BN_num_bits(modulus) <= RSA_BITS_MOST && BN_is_odd(exponent) && !BN_is_one(exponent) &&
        OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_RSA_N, modulus) == 1 &&
        OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_RSA_E, exponent) == 1) {
        OSSL_PARAM *params = OSSL_PARAM_BLD_to_param(build);
        pem = pem_from("RSA", params);
        OSSL_PARAM_free(params);
    }
    OSSL_PARAM_BLD_free(build);
    BN_free(modulus);
    BN_free(exponent);
    return pem;
}

static char *p256(const struct base_json *jwk)
{
    uint8_t x[NUMBER_MAX], y[NUMBER_MAX], point[1 + 2 * P256_BYTES] = {4 /* both coordinates follow */};
    size_t x_len, y_len;
    if (!number(jwk, "x", x, &x_len) || !number(jwk, "y", y, &y_len) || x_len != P256_BYTES || y_len != P256_BYTES) {
        return NULL;
    }
    memcpy(point + 1, x, P256_BYTES);
    memcpy(point + 1 + P256_BYTES, y, P256_BYTES);
    char group[] = "prime256v1";
    OSSL_PARAM params[] = {OSSL_PARAM_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, group, sizeof group - 1),
                           OSSL_PARAM_octet_string(OSSL_PKEY_PARAM_PUB_KEY, point, sizeof point), OSSL_PARAM_END};
    return pem_from("EC", params);
}

static struct base_str member(const struct base_json *jwk, const char *name)
{
    struct base_str text = {NULL, 0};
    base_json_in_text(base_json_in_get(jwk, name), &text);
    return text;
}

/* The algorithm that a key of ours is for; NULL: it is another kind, or for something else. */
static const char *algorithm_of(const struct base_json *jwk)
{
    struct base_str type = member(jwk, "kty"), use = member(jwk, "use"), algorithm = member(jwk, "alg");
    bool ec = base_str_is(type, "EC") && base_str_is(member(jwk, "crv"), "P-256");
    const char *ours = ec ? "ES256" : base_str_is(type, "RSA") ? "RS256" : NULL;
    bool fits = ours && (!use.at || base_str_is(use, "sig")) && (!algorithm.at || base_str_is(algorithm, ours));
    return fits ? ours : NULL;
}

static enum base_err key_in(const struct base_json *jwk, size_t index, struct base_diag *diag, struct api_jwks *keys)
{
    const char *algorithm = algorithm_of(jwk);
    struct base_str kid = member(jwk, "kid");
    if (!algorithm) {
        return BASE_OK;
    }
    if (keys->count == KEYS_MAX) {
        return base_diag_set(diag, BASE_LIMIT, "more than %d keys", KEYS_MAX);
    }
    struct key *key = &keys->keys[keys->count];
    if (kid.len == 0 || kid.len >= sizeof key->kid) {
        return base_diag_set(diag, BASE_INVALID, "key %zu has no \"kid\" of up to %zu bytes", index + 1,
                             sizeof key->kid - 1);
    }
    for (size_t i = 0; i < keys->count; i++) {
        if (base_str_is(kid, keys->keys[i].kid)) {
            return base_diag_set(diag, BASE_INVALID, "two keys have the \"kid\" %s", kid.at);
        }
    }
    *key = (struct key){.pem = strcmp(algorithm, "RS256") == 0 ? rsa(jwk) : p256(jwk)};
    if (!key->pem) {
        return base_diag_set(diag, BASE_INVALID,
                             "key \"%.64s\" is broken or too weak (RSA needs 2048 bits, EC a point of P-256)", kid.at);
    }
    snprintf(key->kid, sizeof key->kid, "%s", kid.at);
    snprintf(key->algorithm, sizeof key->algorithm, "%s", algorithm);
    keys->count++;
    return BASE_OK;
}

enum base_err api_jwks_in(struct base_str text, struct base_diag *diag, struct api_jwks **ret_keys)
{
    AUTO(base_json) json = NULL;
    enum base_err err = base_json_in_parse(text.at, text.len, diag, &json);
    if (err) {
        return err;
    }
    AUTO(api_jwks) keys = calloc(1, sizeof *keys);
    if (!keys) {
        return base_diag_set(diag, BASE_NOMEM, "out of memory");
    }
    const struct base_json *list = base_json_in_get(json, "keys");
    size_t count = base_json_in_is_array(list) ? base_json_in_size(list) : 0;
    for (size_t i = 0; i < count && !err; i++) {
        err = key_in(base_json_in_at(list, i), i, diag, keys);
    }
    if (!err && keys->count == 0) {
        err = base_diag_set(diag, BASE_INVALID, "no key for RS256 or ES256 in \"keys\"");
    }
    if (!err) {
        *ret_keys = keys;
        keys = NULL;
    }
    return err;
}
