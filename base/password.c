/* Passwords: Argon2id (RFC 9106) as libsodium writes it, with its interactive limits - 64 MiB and two passes. */
#include "base/base.h"

#include <sodium.h>
#include <string.h>

_Static_assert(BASE_PASSWORD_TEXT == crypto_pwhash_STRBYTES, "a hash fits");

/* Nobody's: whoever has no password is told so after the same time as somebody with a wrong one. */
#define NOBODY "$argon2id$v=19$m=65536,t=2,p=1$NOBODYNOBODYNOBODYNOBA$NOBODYNOBODYNOBODYNOBODYNOBODYNOBODYNOBODYA"

enum base_err base_password_hash(struct base_str password, struct base_diag *diag, char ret_text[BASE_PASSWORD_TEXT])
{
    if (sodium_init() < 0) {
        return base_diag_set(diag, BASE_IO, "the system has no random source");
    }
    if (crypto_pwhash_str_alg(ret_text, password.at, password.len, crypto_pwhash_OPSLIMIT_INTERACTIVE,
                              crypto_pwhash_MEMLIMIT_INTERACTIVE, crypto_pwhash_ALG_ARGON2ID13) != 0) {
        return base_diag_set(diag, BASE_NOMEM, "out of memory: a password takes 64 MiB to hash");
    }
    return BASE_OK;
}

bool base_password_verify(const char *text, struct base_str password)
{
    bool real = text && *text && strlen(text) < BASE_PASSWORD_TEXT;
    bool tried = sodium_init() >= 0 && password.len <= BASE_PASSWORD_BYTES &&
                 crypto_pwhash_str_verify(real ? text : NOBODY, password.at ? password.at : "", password.len) == 0;
    return real && tried;
}

static size_t characters(struct base_str text)
{
    size_t count = 0;
    for (size_t i = 0; i < text.len; i++) {
        count += ((unsigned char)text.at[i] & 0xc0) != 0x80;
    }
    return count;
}

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static bool same(struct base_str text, const char *other)
{
    size_t i = 0;
    while (i < text.len && other[i] && lower(text.at[i]) == lower(other[i])) {
        i++;
    }
    return i == text.len && !other[i];
}

/* Those of at least ten characters that lists of leaked passwords begin with, and keys that lie side by side. */
static bool common(struct base_str password)
{
    static const char *const words[] = {
        "1234567890",  "0123456789",  "0987654321",    "9876543210",  "12345678910", "123456789a",   "1234567891",
        "a123456789",  "aa12345678",  "qwertyuiop",    "1q2w3e4r5t",  "qwerty12345", "qwerty123456", "1qaz2wsx3edc",
        "password12",  "password123", "password1234",  "passw0rd123", "p@ssw0rd123", "password123!", "iloveyou123",
        "woaini1314",  "woaini520",   "woaini1314520", "5201314520",  "1314520520",  "adminadmin",   "administrator",
        "admin12345",  "admin123456", "welcome123",    "letmein123",  "changeme123", "hutong1234",   "hutong12345",
        "q1w2e3r4t5",  "asdfghjkl;",  "zxcvbnm123",    "abcdefghij",  "abcd123456",  "abc1234567",   "abc123456789",
        "superman123", "football123", "sunshine123",   "princess123",
    };
    for (size_t i = 0; i < BASE_COUNT(words); i++) {
        if (same(password, words[i])) {
            return true;
        }
    }
    for (size_t i = 1; i < password.len; i++) {
        if (password.at[i] != password.at[i % 2]) { /* aaaaaaaaaa, ababababab */
            return false;
        }
    }
    return true;
}

enum base_err base_password_check(const char *name, struct base_str password, struct base_diag *diag)
{
    if (!base_str_utf8(password)) {
        return base_diag_set(diag, BASE_INVALID, "the password is not UTF-8 text");
    }
    size_t count = characters(password);
    if (count < BASE_PASSWORD_LEAST || count > BASE_PASSWORD_MOST) {
        return base_diag_set(diag, BASE_INVALID, "the password has %zu characters; it needs %d to %d", count,
                             BASE_PASSWORD_LEAST, BASE_PASSWORD_MOST);
    }
    if (same(password, name)) {
        return base_diag_set(diag, BASE_INVALID, "the password is the account's name; choose another one");
    }
    if (common(password)) {
        return base_diag_set(diag, BASE_INVALID,
                             "the password is one of the first that are tried; choose another one, of several words");
    }
    return BASE_OK;
}
