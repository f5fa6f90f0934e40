/* Keys live in files, apart from the data; pseudonyms and duplicate keys are HMACs, dead letters are sealed boxes. */
#include "base/base.h"

#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <string.h>
#include <unistd.h>

enum { HEX_BYTES = BASE_KEY_BYTES * 2 };

/* sodium_init is idempotent and thread-safe; it fails only without a random source. */
static enum base_err ready(struct base_diag *diag)
{
    return sodium_init() < 0 ? base_diag_set(diag, BASE_IO, "the system has no random source") : BASE_OK;
}

enum base_err base_key_read(const char *path, struct base_diag *diag, struct base_key *ret_key)
{
    AUTO_VALUE(base_buf) file;
    base_buf_init(&file, 1 << 17);
    enum base_err err = base_file_read(path, 256, diag, &file);
    if (err) {
        return err;
    }
    struct base_str text = base_str_trim(base_buf_str(&file));
    struct base_key key;
    size_t len;
    if (text.len != HEX_BYTES ||
        sodium_hex2bin(key.bytes, sizeof key.bytes, text.at, text.len, NULL, &len, NULL) != 0 ||
        len != sizeof key.bytes) {
        return base_diag_set(diag, BASE_INVALID, "%s: not a key of %d hex digits; restore it from your backup", path,
                             HEX_BYTES);
    }
    *ret_key = key;
    return BASE_OK;
}

/* link(2) fails when the name exists: of two makers at once the first wins, and both read what it wrote. */
static enum base_err make_key(const char *path, int mode, const struct base_key *key, struct base_diag *diag)
{
    char text[HEX_BYTES + 2];
    sodium_bin2hex(text, sizeof text, key->bytes, sizeof key->bytes);
    text[HEX_BYTES] = '\n';
    AUTO_VALUE(base_buf) name;
    base_buf_init(&name, 4096);
    base_buf_printf(&name, "%s.%d.new", path, (int)getpid());
    const char *temporary = base_buf_cstr(&name);
    enum base_err err = base_file_write(temporary, mode, text, HEX_BYTES + 1, diag);
    if (!err && link(temporary, path) != 0 && errno != EEXIST) {
        err = base_diag_set(diag, BASE_IO, "%s: %s", path, strerror(errno));
    }
    unlink(temporary);
    return err ? err : base_file_sync_name(path, diag); /* what is sealed to a key outlives it otherwise */
}

enum base_err base_key_file(const char *path, struct base_diag *diag, struct base_key *ret_key)
{
    enum base_err err = ready(diag);
    if (!err && access(path, F_OK) != 0) {
        struct base_key key;
        randombytes_buf(key.bytes, sizeof key.bytes);
        err = make_key(path, 0600, &key, diag);
        sodium_memzero(&key, sizeof key);
    }
    return err ? err : base_key_read(path, diag, ret_key);
}

enum base_err base_key_pair_files(const char *path, struct base_diag *diag, struct base_key *ret_public)
{
    AUTO_VALUE(base_buf) name;
    base_buf_init(&name, 4096);
    base_buf_printf(&name, "%s.pub", path);
    const char *public_path = base_buf_cstr(&name);
    if (access(public_path, F_OK) == 0) {
        return base_key_read(public_path, diag, ret_public);
    }
    struct base_key secret, public;
    enum base_err err = base_key_file(path, diag, &secret);
    if (err) {
        return err;
    }
    crypto_scalarmult_base(public.bytes, secret.bytes);
    sodium_memzero(&secret, sizeof secret);
    err = make_key(public_path, 0644, &public, diag);
    return err ? err : base_key_read(public_path, diag, ret_public);
}

/* The state after the key alone. Half of a short message's HMAC is the key: one that is used again and again - a feed's
 * duplicate key - is prepared once a thread. */
static const crypto_auth_hmacsha256_state *keyed_state(const struct base_key *key)
{
    static _Thread_local struct {
        bool set;
        struct base_key key;
        crypto_auth_hmacsha256_state state;
    } last;
    if (!last.set || memcmp(&last.key, key, sizeof last.key) != 0) {
        crypto_auth_hmacsha256_init(&last.state, key->bytes, sizeof key->bytes);
        last.key = *key;
        last.set = true;
    }
    return &last.state;
}

struct base_id base_key_digest(struct base_str content)
{
    struct base_id id = {{0}};
    if (ready(NULL) == BASE_OK) {
        crypto_generichash(id.bytes, sizeof id.bytes, (const unsigned char *)content.at, content.len, NULL, 0);
    }
    return id;
}

struct base_id base_key_id(const struct base_key *key, const struct base_str *parts, size_t count)
{
    crypto_auth_hmacsha256_state state = *keyed_state(key);
    for (size_t i = 0; i < count; i++) {
        uint64_t len = htobe64(parts[i].len);
        crypto_auth_hmacsha256_update(&state, (const unsigned char *)&len, sizeof len);
        if (parts[i].len) {
            crypto_auth_hmacsha256_update(&state, (const unsigned char *)parts[i].at, parts[i].len);
        }
    }
    unsigned char whole[crypto_auth_hmacsha256_BYTES];
    crypto_auth_hmacsha256_final(&state, whole);
    struct base_id id;
    memcpy(id.bytes, whole, sizeof id.bytes);
    return id;
}

enum base_err base_key_seal(const struct base_key *public_key, const void *data, size_t len, struct base_buf *buf)
{
    enum base_err err = ready(NULL);
    char *at = err ? NULL : base_buf_reserve(buf, len + crypto_box_SEALBYTES);
    if (!at) {
        return err ? err : buf->err;
    }
    if (crypto_box_seal((unsigned char *)at, data, len, public_key->bytes) != 0) {
        return BASE_INVALID;
    }
    buf->len += len + crypto_box_SEALBYTES;
    return BASE_OK;
}

enum base_err base_key_unseal(const struct base_key *secret_key, const void *data, size_t len, struct base_buf *buf)
{
    enum base_err err = ready(NULL);
    if (err || len < crypto_box_SEALBYTES) {
        return err ? err : BASE_INVALID;
    }
    struct base_key public;
    crypto_scalarmult_base(public.bytes, secret_key->bytes);
    char *at = base_buf_reserve(buf, len);
    if (!at) {
        return buf->err;
    }
    if (crypto_box_seal_open((unsigned char *)at, data, len, public.bytes, secret_key->bytes) != 0) {
        return BASE_INVALID;
    }
    buf->len += len - crypto_box_SEALBYTES;
    return BASE_OK;
}

enum base_err base_key_open_secretbox(struct base_str secret, struct base_str base64, struct base_buf *buf)
{
    struct base_key key = {{0}};
    size_t len = 0;
    enum base_err err = ready(NULL);
    AUTO_VALUE(base_buf) sealed;
    base_buf_init(&sealed, base64.len + 1);
    char *bytes = err ? NULL : base_buf_reserve(&sealed, base64.len + 1);
    if (!bytes) {
        return err ? err : sealed.err;
    }
    bool read = secret.len && secret.len <= sizeof key.bytes &&
                sodium_base642bin((unsigned char *)bytes, base64.len, base64.at, base64.len, "\r\n", &len, NULL,
                                  sodium_base64_VARIANT_ORIGINAL) == 0;
    size_t head = crypto_secretbox_NONCEBYTES + crypto_secretbox_MACBYTES;
    if (!read || len < head) {
        return BASE_INVALID;
    }
    char *at = base_buf_reserve(buf, len - head + 1);
    if (!at) {
        return buf->err;
    }
    memcpy(key.bytes, secret.at, secret.len);
    const unsigned char *nonce = (const unsigned char *)bytes;
    int wrong = crypto_secretbox_open_easy((unsigned char *)at, nonce + crypto_secretbox_NONCEBYTES,
                                           len - crypto_secretbox_NONCEBYTES, nonce, key.bytes);
    sodium_memzero(&key, sizeof key);
    buf->len += wrong ? 0 : len - head;
    return wrong ? BASE_INVALID : BASE_OK;
}

static void derive(const struct base_key *key, const char *purpose, unsigned char derived[crypto_secretbox_KEYBYTES])
{
    _Static_assert(crypto_auth_hmacsha256_BYTES == crypto_secretbox_KEYBYTES, "one is the other's key");
    crypto_auth_hmacsha256_state state = *keyed_state(key);
    crypto_auth_hmacsha256_update(&state, (const unsigned char *)"lock", 4); /* no base_key_id begins like this */
    crypto_auth_hmacsha256_update(&state, (const unsigned char *)purpose, strlen(purpose));
    crypto_auth_hmacsha256_final(&state, derived);
}

enum base_err base_key_lock(const struct base_key *key, const char *purpose, struct base_str data, struct base_buf *buf)
{
    enum base_err err = ready(NULL);
    char *at = err ? NULL : base_buf_reserve(buf, crypto_secretbox_NONCEBYTES + crypto_secretbox_MACBYTES + data.len);
    if (!at) {
        return err ? err : buf->err;
    }
    unsigned char derived[crypto_secretbox_KEYBYTES], *nonce = (unsigned char *)at;
    derive(key, purpose, derived);
    randombytes_buf(nonce, crypto_secretbox_NONCEBYTES);
    crypto_secretbox_easy(nonce + crypto_secretbox_NONCEBYTES, (const unsigned char *)(data.at ? data.at : ""),
                          data.len, nonce, derived);
    sodium_memzero(derived, sizeof derived);
    buf->len += crypto_secretbox_NONCEBYTES + crypto_secretbox_MACBYTES + data.len;
    return BASE_OK;
}

enum base_err base_key_unlock(const struct base_key *key, const char *purpose, struct base_str locked,
                              struct base_buf *buf)
{
    enum base_err err = ready(NULL);
    if (err || locked.len < crypto_secretbox_NONCEBYTES + crypto_secretbox_MACBYTES) {
        return err ? err : BASE_INVALID;
    }
    size_t len = locked.len - crypto_secretbox_NONCEBYTES;
    char *at = base_buf_reserve(buf, len);
    if (!at) {
        return buf->err;
    }
    unsigned char derived[crypto_secretbox_KEYBYTES];
    const unsigned char *nonce = (const unsigned char *)locked.at;
    derive(key, purpose, derived);
    int code =
        crypto_secretbox_open_easy((unsigned char *)at, nonce + crypto_secretbox_NONCEBYTES, len, nonce, derived);
    sodium_memzero(derived, sizeof derived);
    if (code != 0) {
        return BASE_INVALID;
    }
    buf->len += len - crypto_secretbox_MACBYTES;
    return BASE_OK;
}

void base_key_password(char text[25])
{
    /* No 0/O, 1/l/I: people type these. 57 characters, 24 of them: 140 bits. */
    static const char letters[] = "23456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
    for (int i = 0; i < 24; i++) {
        text[i] = letters[randombytes_uniform(sizeof letters - 1)];
    }
    text[24] = '\0';
}

bool base_id_equal(struct base_id a, struct base_id b)
{
    return memcmp(a.bytes, b.bytes, sizeof a.bytes) == 0;
}

const char *base_id_hex(struct base_id id, char text[BASE_ID_TEXT])
{
    return sodium_bin2hex(text, BASE_ID_TEXT, id.bytes, sizeof id.bytes);
}
