/* A token of another issuer before its signature is looked at, and a file of keys. Signatures are checked too, against
 * a key that nobody has the other half of: nothing may pass. */
#include "api/private.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char key_set[] = "{\"keys\":[{\"kty\":\"EC\",\"crv\":\"P-256\",\"kid\":\"k\",\"x\":\""
                              "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU\",\"y\":\""
                              "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0\"}]}"; /* RFC 7515, A.3.1 */

static void check(bool holds)
{
    if (!holds) {
        abort();
    }
}

static void token(const char *text)
{
    static struct api_jwks *keys;
    struct base_diag diag;
    struct base_arena arena;
    struct api_jwt_head head;
    struct api_jwt_claims claims;
    if (!keys) {
        check(api_jwks_in(base_str_of(key_set), &diag, &keys) == BASE_OK);
    }
    base_arena_init(&arena, 64 * 1024);
    if (api_jwt_head_in(base_str_of(text), &arena, &diag, &head) == BASE_OK) {
        check(head.algorithm.at && head.kid.at && strlen(text) <= API_JWT_MAX);
        check(!api_jwks_pem(keys, head.kid, base_str_of("none")) &&
              !api_jwks_pem(keys, head.kid, base_str_of("HS256")));
    }
    check(api_jwt_verify(keys, "i", "a", text, 0, &diag, &claims) != BASE_OK);
    base_arena_release(&arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct base_diag diag;
    struct api_jwks *keys = NULL;
    char *text = malloc(size + 1);
    if (!text) {
        return 0;
    }
    memcpy(text, data, size);
    text[size] = '\0';
    if (api_jwks_in((struct base_str){text, size}, &diag, &keys) == BASE_OK) {
        check(keys != NULL);
        api_jwks_free(keys);
    }
    token(text);
    free(text);
    return 0;
}
