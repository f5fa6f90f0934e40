/* The same said twice: many devices tell one change on two topics, or three times within a second as three radios hear
 * it. What was said last of a thing is remembered as a hash, with when it came. */
#include "sensors/decode_private.h"

#include <string.h>

enum { TEXT_MAX = 80 };

static void hash(const struct sensors_decoding *decoding, struct base_str text, char ret_hex[BASE_ID_TEXT])
{
    const struct base_str parts[] = {base_str_of("again"), text};
    base_id_hex(base_key_id(decoding->message->key, parts, BASE_COUNT(parts)), ret_hex);
}

/* "HASH TIME" */
static bool read_note(struct base_str note, struct base_str *ret_said, int64_t *ret_time)
{
    return base_str_next(&note, ' ', ret_said) && base_str_i64(note, ret_time);
}

struct sensors_again sensors_decode_again(struct sensors_decoding *decoding, struct base_str what, struct base_str said,
                                          int64_t within_us)
{
    const struct sensors_message *message = decoding->message;
    struct sensors_again again = {.t_recv = SENSORS_NO_TIME};
    char key_text[TEXT_MAX], note_text[TEXT_MAX], hex[BASE_ID_TEXT];
    struct base_str note, before;
    if (message->retained || !message->memory) { /* a retained value may be any age */
        return again;
    }
    hash(decoding, what, hex);
    int key_len = snprintf(key_text, sizeof key_text, "again/%s", hex);
    const struct base_str key = {key_text, (size_t)key_len};
    hash(decoding, said, hex);
    if (sensors_memory_get(message->memory, key, &note) && read_note(note, &before, &again.t_recv)) {
        int64_t past = message->t_recv - again.t_recv;
        again.known = true;
        again.same = base_str_is(before, hex);
        again.repeated = again.same && past <= within_us && past >= -within_us;
    }
    int len = snprintf(note_text, sizeof note_text, "%s %lld", hex, (long long)message->t_recv);
    if (!again.repeated && sensors_memory_set(message->memory, key, (struct base_str){note_text, (size_t)len})) {
        again.known = again.same = false; /* a full memory knows no better */
    }
    return again;
}
