/* Secrets that nobody chooses: of cookies, CSRF and tokens, and codes that are read aloud. Kept as hashes alone. */
#include "base/base.h"

#include <sodium.h>
#include <string.h>

/* Nothing that is taken for something else when it is read aloud or from paper. */
static const char letters[] = "ABCDEFGHJKMNPQRSTVWXYZ23456789";

enum base_err base_secret_new(struct base_diag *diag, char ret_text[BASE_SECRET_TEXT])
{
    unsigned char bytes[32];
    if (sodium_init() < 0) {
        return base_diag_set(diag, BASE_IO, "the system has no random source");
    }
    randombytes_buf(bytes, sizeof bytes);
    sodium_bin2base64(ret_text, BASE_SECRET_TEXT, bytes, sizeof bytes, sodium_base64_VARIANT_URLSAFE_NO_PADDING);
    sodium_memzero(bytes, sizeof bytes);
    return BASE_OK;
}

struct base_key base_secret_hash(struct base_str text)
{
    struct base_key hash;
    _Static_assert(sizeof hash.bytes == crypto_hash_sha256_BYTES, "a hash fits");
    crypto_hash_sha256(hash.bytes, (const unsigned char *)(text.at ? text.at : ""), text.len);
    return hash;
}

enum base_err base_secret_code(struct base_diag *diag, char ret_text[BASE_SECRET_CODE])
{
    if (sodium_init() < 0) {
        return base_diag_set(diag, BASE_IO, "the system has no random source");
    }
    for (int i = 0; i < BASE_SECRET_CODE - 1; i++) {
        ret_text[i] = i == BASE_SECRET_CODE / 2 - 1 ? '-' : letters[randombytes_uniform(sizeof letters - 1)];
    }
    ret_text[BASE_SECRET_CODE - 1] = '\0';
    return BASE_OK;
}

bool base_secret_code_in(struct base_str text, char ret_text[BASE_SECRET_CODE])
{
    char plain[BASE_SECRET_CODE];
    size_t count = 0;
    for (size_t i = 0; i < text.len; i++) {
        char c = text.at[i] >= 'a' && text.at[i] <= 'z' ? (char)(text.at[i] - 'a' + 'A') : text.at[i];
        if (c == '-' || c == ' ') {
            continue;
        }
        if (!c || !strchr(letters, c) || count == BASE_SECRET_CODE - 2) {
            return false;
        }
        plain[count++] = c;
    }
    if (count != BASE_SECRET_CODE - 2) {
        return false;
    }
    memcpy(ret_text, plain, 5);
    ret_text[5] = '-';
    memcpy(ret_text + 6, plain + 5, 5);
    ret_text[11] = '\0';
    return true;
}
