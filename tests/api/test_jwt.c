/* api/jwt.c, api/jwks.c: tokens of another issuer with keys made here, and all that only looks like one. */
#include "api/private.h"
#include "fixture/signing.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

#include <jwt.h>

#define ISSUER "https://id.example/realm"
#define AUDIENCE "hutong"
#define NOW_S INT64_C(1800000000)

struct pair {
    char *secret, *public; /* PEM */
    char jwk[2048];
};

static struct pair rsa, ec, weak, other;
static struct api_jwks *keys;

/* --- keys --- */

static void base64url(const unsigned char *bytes, size_t len, char *to)
{
    EVP_EncodeBlock((unsigned char *)to, bytes, (int)len);
    for (; *to && *to != '='; to++) {
        *to = *to == '+' ? '-' : *to == '/' ? '_' : *to;
    }
    *to = '\0';
}

static void number(EVP_PKEY *key, const char *name, int width, char *to)
{
    unsigned char bytes[1024];
    BIGNUM *value = NULL;
    assert_int_equal(EVP_PKEY_get_bn_param(key, name, &value), 1);
    int len = width ? width : BN_num_bytes(value);
    assert_int_equal(BN_bn2binpad(value, bytes, len), len);
    base64url(bytes, (size_t)len, to);
    BN_free(value);
}

static char *pem_of(EVP_PKEY *key, bool secret)
{
    char *text;
    BIO *out = BIO_new(BIO_s_mem());
    assert_int_equal(
        secret ? PEM_write_bio_PrivateKey(out, key, NULL, NULL, 0, NULL, NULL) : PEM_write_bio_PUBKEY(out, key), 1);
    long len = BIO_get_mem_data(out, &text);
    char *pem = strndup(text, (size_t)len);
    BIO_free(out);
    return pem;
}

static struct pair pair_of(EVP_PKEY *key, const char *kid, bool is_ec)
{
    char first[1500], second[1500];
    struct pair pair = {pem_of(key, true), pem_of(key, false), ""};
    number(key, is_ec ? OSSL_PKEY_PARAM_EC_PUB_X : OSSL_PKEY_PARAM_RSA_N, is_ec ? 32 : 0, first);
    number(key, is_ec ? OSSL_PKEY_PARAM_EC_PUB_Y : OSSL_PKEY_PARAM_RSA_E, is_ec ? 32 : 0, second);
    snprintf(pair.jwk, sizeof pair.jwk,
             is_ec ? "{\"kty\":\"EC\",\"crv\":\"P-256\",\"use\":\"sig\",\"kid\":\"%s\",\"x\":\"%s\",\"y\":\"%s\"}"
                   : "{\"kty\":\"RSA\",\"alg\":\"RS256\",\"kid\":\"%s\",\"n\":\"%s\",\"e\":\"%s\"}",
             kid, first, second);
    EVP_PKEY_free(key);
    return pair;
}

static void pair_release(struct pair *pair)
{
    free(pair->secret);
    free(pair->public);
}

/* --- tokens --- */

/* claims: JSON members that follow exp; alg and kid are the header's. */
static void token_of(jwt_alg_t algorithm, const char *key, const char *kid, const char *claims, char to[16384])
{
    jwt_t *jwt = NULL;
    assert_int_equal(jwt_new(&jwt), 0);
    assert_int_equal(jwt_add_grants_json(jwt, claims), 0);
    if (kid) {
        assert_int_equal(jwt_add_header(jwt, "kid", kid), 0);
    }
    assert_int_equal(jwt_set_alg(jwt, algorithm, (const unsigned char *)key, key ? (int)strlen(key) : 0), 0);
    char *text = jwt_encode_str(jwt);
    assert_non_null(text);
    assert_true(strlen(text) < 16384);
    snprintf(to, 16384, "%s", text);
    free(text);
    jwt_free(jwt);
}

static enum base_err verify(const char *token)
{
    struct api_jwt_claims claims;
    enum base_err err = api_jwt_verify(keys, ISSUER, AUDIENCE, token, NOW_S * 1000000, &test_diag, &claims);
    if (!err) {
        assert_string_equal(claims.issuer, ISSUER);
        assert_string_equal(claims.subject, "u-1");
    }
    return err;
}

#define GOOD "{\"iss\":\"" ISSUER "\",\"aud\":\"" AUDIENCE "\",\"sub\":\"u-1\",\"exp\":1800000100}"

static void right(void **state)
{
    (void)state;
    char token[16384];
    token_of(JWT_ALG_RS256, rsa.secret, "rsa", GOOD, token);
    test_ok(verify(token));
    token_of(JWT_ALG_ES256, ec.secret, "ec", GOOD, token);
    test_ok(verify(token));
}

static void algorithms(void **state)
{
    (void)state;
    char token[16384];
    token_of(JWT_ALG_NONE, NULL, "rsa", GOOD, token); /* libjwt ends it with a dot and nothing */
    assert_int_equal(verify(token), BASE_INVALID);
    snprintf(token + strlen(token), 8, "AAAA");
    assert_int_equal(verify(token), BASE_INVALID);
    token_of(JWT_ALG_HS256, rsa.public, "rsa", GOOD, token); /* the public key as a shared secret */
    assert_int_equal(verify(token), BASE_INVALID);
    assert_non_null(strstr(test_diag.text, "HS256"));
    token_of(JWT_ALG_RS384, rsa.secret, "rsa", GOOD, token);
    assert_int_equal(verify(token), BASE_INVALID);
    token_of(JWT_ALG_ES256, ec.secret, "rsa", GOOD, token);
    assert_int_equal(verify(token), BASE_INVALID);
}

static void wrong_keys(void **state)
{
    (void)state;
    char token[16384];
    token_of(JWT_ALG_RS256, rsa.secret, "other", GOOD, token);
    assert_int_equal(verify(token), BASE_INVALID);
    token_of(JWT_ALG_RS256, rsa.secret, NULL, GOOD, token);
    assert_int_equal(verify(token), BASE_INVALID);
    token_of(JWT_ALG_ES256, other.secret, "ec", GOOD, token);
    assert_int_equal(verify(token), BASE_INVALID);
    assert_non_null(strstr(test_diag.text, "signature"));
}

static void claims(void **state)
{
    (void)state;
#define WITH(members) "{\"iss\":\"" ISSUER "\",\"aud\":\"" AUDIENCE "\",\"sub\":\"u-1\"," members "}"
    static const struct {
        const char *claims;
        enum base_err result;
    } tries[] = {
        {WITH("\"exp\":1799999941"), BASE_OK}, /* a minute is for clocks that differ */
        {WITH("\"exp\":1799999940"), BASE_INVALID},
        {WITH("\"exp\":1.8000001e9"), BASE_OK},
        {WITH("\"exp\":\"1800000100\""), BASE_INVALID},
        {WITH("\"exp\":1e300"), BASE_INVALID},
        {WITH("\"exp\":-1"), BASE_INVALID},
        {WITH("\"iat\":1"), BASE_INVALID},
        {WITH("\"exp\":1800000100,\"nbf\":1800000060"), BASE_OK},
        {WITH("\"exp\":1800000100,\"nbf\":1800000061"), BASE_INVALID},
        {WITH("\"exp\":1800000100,\"iat\":1800000061"), BASE_INVALID},
        {WITH("\"exp\":1800000100,\"nbf\":null"), BASE_INVALID},
        {"{\"iss\":\"" ISSUER "\",\"aud\":[\"a\",\"" AUDIENCE "\"],\"sub\":\"u-1\",\"exp\":1800000100}", BASE_OK},
        {"{\"iss\":\"" ISSUER "\",\"aud\":[\"a\"],\"sub\":\"u-1\",\"exp\":1800000100}", BASE_INVALID},
        {"{\"iss\":\"" ISSUER "\",\"aud\":\"hutong2\",\"sub\":\"u-1\",\"exp\":1800000100}", BASE_INVALID},
        {"{\"iss\":\"" ISSUER "\",\"sub\":\"u-1\",\"exp\":1800000100}", BASE_INVALID},
        {"{\"iss\":\"" ISSUER "/\",\"aud\":\"" AUDIENCE "\",\"sub\":\"u-1\",\"exp\":1800000100}", BASE_INVALID},
        {"{\"aud\":\"" AUDIENCE "\",\"sub\":\"u-1\",\"exp\":1800000100}", BASE_INVALID},
        {"{\"iss\":\"" ISSUER "\",\"aud\":\"" AUDIENCE "\",\"exp\":1800000100}", BASE_INVALID},
        {"{\"iss\":\"" ISSUER "\",\"aud\":\"" AUDIENCE "\",\"sub\":\"\",\"exp\":1800000100}", BASE_INVALID},
    };
    for (size_t i = 0; i < BASE_COUNT(tries); i++) {
        char token[16384];
        token_of(JWT_ALG_ES256, ec.secret, "ec", tries[i].claims, token);
        if (verify(token) != tries[i].result) {
            fail_msg("%s", tries[i].claims);
        }
    }
}

/* Any changed character of any part. */
static void tampered(void **state)
{
    (void)state;
    char token[16384];
    token_of(JWT_ALG_ES256, ec.secret, "ec", GOOD, token);
    size_t len = strlen(token);
    for (size_t i = 0; i < len - 1; i++) { /* the last one has bits that mean nothing */
        char was = token[i];
        token[i] = was == 'A' ? 'B' : 'A';
        if (verify(token) != BASE_INVALID) {
            fail_msg("at %zu", i);
        }
        token[i] = was;
    }
    test_ok(verify(token));
}

static void shapes(void **state)
{
    (void)state;
    static const char *const tokens[] = {"",
                                         ".",
                                         "..",
                                         "...",
                                         "a.b",
                                         "a.b.c.d",
                                         "a..c",
                                         "eyJ9.e30.AA",
                                         "e30.e30.AA",
                                         "bnVsbA.e30.AA",
                                         "W10.e30.AA",
                                         "e30=.e30.AA",
                                         "\xff.\xff.\xff"};
    for (size_t i = 0; i < BASE_COUNT(tokens); i++) {
        assert_int_equal(verify(tokens[i]), BASE_INVALID);
    }
    char claims_text[12000], token[16384];
    snprintf(claims_text, sizeof claims_text, "{\"exp\":1800000100,\"pad\":\"%*s\"}", 8000, "");
    token_of(JWT_ALG_ES256, ec.secret, "ec", claims_text, token);
    assert_true(strlen(token) > 10000);
    assert_int_equal(verify(token), BASE_LIMIT);
}

static void key_sets(void **state)
{
    (void)state;
    char text[8192];
    struct api_jwks *set = NULL;
    static const char *const bad[] = {
        "",
        "[]",
        "{}",
        "{\"keys\":[]}",
        "{\"keys\":{}}",
        "{\"keys\":[null,1,\"x\"]}",
        "{\"keys\":[{\"kty\":\"oct\",\"kid\":\"a\",\"k\":\"AAAA\"}]}",
        "{\"keys\":[{\"kty\":\"RSA\",\"kid\":\"a\"}]}",
        "{\"keys\":[{\"kty\":\"RSA\",\"kid\":\"a\",\"n\":\"!!\",\"e\":\"AQAB\"}]}",
        "{\"keys\":[{\"kty\":\"EC\",\"crv\":\"P-256\",\"kid\":\"a\",\"x\":\"AQ\",\"y\":\"AQ\"}]}",
        "{\"keys\":[{\"kty\":\"EC\",\"crv\":\"P-256\",\"kid\":\"a\",\"x\":"
        "\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\","
        "\"y\":\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\"}]}", /* no point of the curve */
    };
    for (size_t i = 0; i < BASE_COUNT(bad); i++) {
        assert_int_equal(api_jwks_in(base_str_of(bad[i]), &test_diag, &set), BASE_INVALID);
    }
    snprintf(text, sizeof text, "{\"keys\":[%s]}", weak.jwk);
    assert_int_equal(api_jwks_in(base_str_of(text), &test_diag, &set), BASE_INVALID);
    assert_non_null(strstr(test_diag.text, "2048"));
    snprintf(text, sizeof text, "{\"keys\":[%s,%s]}", ec.jwk, ec.jwk);
    assert_int_equal(api_jwks_in(base_str_of(text), &test_diag, &set), BASE_INVALID);
    assert_null(set);
}

/* --- through the server --- */

static void write_keys(const char *path, const char *jwk)
{
    char text[4096];
    snprintf(text, sizeof text, "{\"keys\":[%s]}", jwk);
    test_ok(base_file_write(path, 0600, text, strlen(text), &test_diag));
}

static void header_of(const struct pair *pair, const char *kid, const char *subject, int64_t life_s, char header[16384])
{
    char text[512], token[16384];
    snprintf(text, sizeof text, "{\"iss\":\"" ISSUER "\",\"aud\":\"" AUDIENCE "\",\"sub\":\"%s\",\"exp\":%lld}",
             subject, (long long)(base_clock_now_us() / 1000000 + life_s));
    token_of(JWT_ALG_ES256, pair->secret, kid, text, token);
    snprintf(header, 16384, "Authorization: Bearer %s\r\n", token);
}

static void by_a_server(void **state)
{
    (void)state;
    char path[512], header[16384];
    snprintf(path, sizeof path, "%s/keys.json", fixture_scratch());
    write_keys(path, ec.jwk);
    struct test_server on = test_server_new(
        (struct api_config){.port = 0, .jwt_keys = path, .jwt_issuer = ISSUER, .jwt_audience = AUDIENCE});
    test_account(on.pg, "cora", NULL, "company", "1");
    test_sql(on.pg, "update account set oidc_issuer = '" ISSUER "', oidc_subject = 'u-1'");
    header_of(&ec, "ec", "u-1", 600, header);
    test_await_status(on.port, "/api/estates", header, 200);
    test_await_status(on.port, "/api/estates", NULL, 401);
    AUTO_VALUE(test_answer) answer;
    assert_int_equal(test_get(on.port, "/api/session", header, &answer), 200);
    assert_non_null(strstr(answer.body.at, "\"name\":\"cora\""));
    assert_int_equal(test_status(on.port, "/metrics", header), 403);
    test_sql(on.pg, "update account set revoked_at = now()");
    test_account(on.pg, "anna", NULL, "administrator", NULL);
    test_await_status(on.port, "/api/estates", header, 401);
    test_sql(on.pg, "update account set revoked_at = null");
    test_tell(on.pg);
    test_await_status(on.port, "/api/estates", header, 200);
    char stranger[16384], past[16384], renewed[16384];
    header_of(&ec, "ec", "u-2", 600, stranger);
    assert_int_equal(test_status(on.port, "/api/estates", stranger), 401);
    header_of(&ec, "ec", "u-1", -61, past);
    assert_int_equal(test_status(on.port, "/api/estates", past), 401);
    write_keys(path, other.jwk); /* another key: from now on the old one is worth nothing */
    header_of(&other, "other", "u-1", 600, renewed);
    assert_int_equal(test_status(on.port, "/api/estates", renewed), 200);
    test_tell(on.pg);
    test_await_status(on.port, "/api/estates", header, 401);
    test_ok(base_file_write(path, 0600, "{", 1, &test_diag)); /* broken: as before */
    api_identities_forget(on.server->identities);
    assert_int_equal(test_status(on.port, "/api/estates", renewed), 200);
    test_server_end(&on);
}

static void wrong_settings(void **state)
{
    (void)state;
    struct api_server *server = NULL;
    char path[512];
    snprintf(path, sizeof path, "%s/keys.json", fixture_scratch());
    struct api_config config = {.port = 0, .database = fixture_database(), .jwt_keys = path};
    assert_int_equal(api_server_new(&config, &test_diag, &server), BASE_USAGE);
    config.jwt_issuer = ISSUER;
    config.jwt_audience = AUDIENCE;
    assert_int_equal(api_server_new(&config, &test_diag, &server), BASE_NOT_FOUND);
    test_ok(base_file_write(path, 0600, "{}", 2, &test_diag));
    assert_int_equal(api_server_new(&config, &test_diag, &server), BASE_INVALID);
    assert_non_null(strstr(test_diag.text, path));
}

static int begin(void **state)
{
    (void)state;
    char text[8192];
    rsa = pair_of(EVP_RSA_gen(2048), "rsa", false);
    weak = pair_of(EVP_RSA_gen(1024), "weak", false);
    ec = pair_of(EVP_EC_gen("P-256"), "ec", true);
    other = pair_of(EVP_EC_gen("P-256"), "other", true);
    snprintf(text, sizeof text, "{\"keys\":[%s,%s,{\"kty\":\"oct\",\"kid\":\"s\",\"k\":\"AAAA\"}]}", rsa.jwk, ec.jwk);
    return api_jwks_in(base_str_of(text), &test_diag, &keys);
}

static int end(void **state)
{
    (void)state;
    struct pair *const pairs[] = {&rsa, &weak, &ec, &other};
    for (size_t i = 0; i < BASE_COUNT(pairs); i++) {
        pair_release(pairs[i]);
    }
    api_jwks_free(keys);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(right),    cmocka_unit_test(algorithms),  cmocka_unit_test(wrong_keys),
        cmocka_unit_test(claims),   cmocka_unit_test(tampered),    cmocka_unit_test(shapes),
        cmocka_unit_test(key_sets), cmocka_unit_test(by_a_server), cmocka_unit_test(wrong_settings),
    };
    return cmocka_run_group_tests(tests, begin, end);
}
