/* SHA-256: what content is called by. */
#include "base/base.h"

#include <sodium.h>

struct base_digest base_digest_of(struct base_str content)
{
    struct base_digest digest;
    _Static_assert(sizeof digest.bytes == crypto_hash_sha256_BYTES, "a hash fits");
    crypto_hash_sha256(digest.bytes, (const unsigned char *)(content.at ? content.at : ""), content.len);
    return digest;
}

const char *base_digest_hex(struct base_digest digest, char text[BASE_DIGEST_TEXT])
{
    return sodium_bin2hex(text, BASE_DIGEST_TEXT, digest.bytes, sizeof digest.bytes);
}

bool base_digest_in(struct base_str hex, struct base_digest *ret_digest)
{
    struct base_digest digest;
    char text[BASE_DIGEST_TEXT];
    if (hex.len != BASE_DIGEST_TEXT - 1 ||
        sodium_hex2bin(digest.bytes, sizeof digest.bytes, hex.at, hex.len, NULL, NULL, NULL) != 0 ||
        !base_str_is(hex, base_digest_hex(digest, text))) { /* a digest has one name: small letters */
        return false;
    }
    *ret_digest = digest;
    return true;
}
