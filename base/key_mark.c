/* Duplicate keys and sums: a keyed hash that costs as little as looking at the bytes. */
#include "base/base.h"

#include <endian.h>
#include <sodium.h>
#include <string.h>

_Static_assert(crypto_shorthash_siphashx24_BYTES == BASE_ID_BYTES, "a mark is an id");
_Static_assert(crypto_shorthash_siphashx24_KEYBYTES == BASE_ID_BYTES, "an id is its key");

/* One key serves one purpose: HMAC's makes SipHash's, once a thread. */
static const uint8_t *derived(const struct base_key *key)
{
    static _Thread_local struct {
        bool set;
        struct base_key key;
        struct base_id mark;
    } last;
    if (!last.set || memcmp(&last.key, key, sizeof last.key) != 0) {
        const struct base_str purpose = base_str_of("mark");
        last.mark = base_key_id(key, &purpose, 1);
        last.key = *key;
        last.set = true;
    }
    return last.mark.bytes;
}

struct base_id base_key_mark(const struct base_key *key, const struct base_str *parts, size_t count)
{
    unsigned char text[BASE_KEY_MARK_MAX];
    size_t len = 0;
    struct base_id id;
    for (size_t i = 0; i < count; i++) {
        uint64_t size = htobe64(parts[i].len);
        if (parts[i].len > sizeof text || len + sizeof size + parts[i].len > sizeof text) {
            return base_key_id(key, parts, count);
        }
        memcpy(text + len, &size, sizeof size);
        len += sizeof size;
        if (parts[i].len) {
            memcpy(text + len, parts[i].at, parts[i].len);
            len += parts[i].len;
        }
    }
    crypto_shorthash_siphashx24(id.bytes, text, len, derived(key));
    return id;
}

struct base_id base_key_sum(struct base_str content)
{
    static const uint8_t known[crypto_shorthash_siphashx24_KEYBYTES] = "hutong sums";
    struct base_id id;
    crypto_shorthash_siphashx24(id.bytes, (const unsigned char *)(content.len ? content.at : ""), content.len, known);
    return id;
}
