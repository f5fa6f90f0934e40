/* Signatures that others check: HMAC-SHA-256 under a secret of any length, over parts one behind the other. */
#include "base/base.h"

#include <sodium.h>

struct base_hmac base_hmac_of(struct base_str secret, const struct base_str *parts, size_t count)
{
    _Static_assert(BASE_HMAC_BYTES == crypto_auth_hmacsha256_BYTES, "SHA-256");
    crypto_auth_hmacsha256_state state;
    struct base_hmac hmac;
    crypto_auth_hmacsha256_init(&state, (const unsigned char *)(secret.len ? secret.at : ""), secret.len);
    for (size_t i = 0; i < count; i++) {
        if (parts[i].len) {
            crypto_auth_hmacsha256_update(&state, (const unsigned char *)parts[i].at, parts[i].len);
        }
    }
    crypto_auth_hmacsha256_final(&state, hmac.bytes);
    return hmac;
}

const char *base_hmac_hex(struct base_hmac hmac, char text[BASE_HMAC_TEXT])
{
    return sodium_bin2hex(text, BASE_HMAC_TEXT, hmac.bytes, sizeof hmac.bytes);
}

const char *base_hmac_base64(struct base_hmac hmac, char text[BASE_HMAC_TEXT])
{
    return sodium_bin2base64(text, BASE_HMAC_TEXT, hmac.bytes, sizeof hmac.bytes, sodium_base64_VARIANT_ORIGINAL);
}
