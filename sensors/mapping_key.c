/* What tells one event of a mapping from every other, in the message's own words. */
#include "sensors/mapping.h"

#include <math.h>
#include <string.h>

static const char separator = '\x1f';

/* What does not fit any more is taken by its hash: longer keys stay as distinct as short ones. */
static void fold(const struct mapping_run *run, struct mapping_words *words, struct base_str word)
{
    const struct base_str parts[] = {{words->text, words->len}, word};
    const struct base_id id = base_key_id(run->decoding->message->key, parts, BASE_COUNT(parts));
    base_id_hex(id, words->text);
    words->len = BASE_ID_TEXT - 1;
}

void sensors_mapping_key_word(const struct mapping_run *run, struct mapping_words *words, struct base_str word)
{
    if (words->len + word.len + 1 > sizeof words->text) {
        fold(run, words, word);
        return;
    }
    words->text[words->len++] = separator;
    if (word.len) {
        memcpy(words->text + words->len, word.at, word.len);
    }
    words->len += word.len;
}

void sensors_mapping_key_number(const struct mapping_run *run, struct mapping_words *words, double number)
{
    char text[40];
    int len = snprintf(text, sizeof text, "%.9g", number);
    sensors_mapping_key_word(run, words, (struct base_str){text, (size_t)len});
}

struct base_str sensors_mapping_key_text(const struct mapping_run *run, const struct mapping_words *words)
{
    return sensors_decode_keep(run->decoding, (struct base_str){words->text, words->len});
}

static void given(struct mapping_run *run, const struct mapping_emit *emit, const struct sensors_event *event,
                  struct mapping_words *words, struct sensors_identity *identity)
{
    bool timed = false, placed = false;
    for (size_t i = 0; i < emit->key_count; i++) {
        const struct mapping_key *key = &emit->keys[i];
        timed |= key->part == MAPPING_KEY_TIME;
        placed |= key->part == MAPPING_KEY_POSITION;
        if (key->part == MAPPING_KEY_SUBJECT) {
            sensors_mapping_key_word(run, words, event->subject);
        } else if (key->part == MAPPING_KEY_NATIVE) {
            sensors_mapping_key_word(run, words, event->native_id);
        } else if (key->part == MAPPING_KEY_PATH) {
            const struct mapping_datum datum = sensors_mapping_read_path(run, &key->path);
            sensors_mapping_key_word(run, words, sensors_mapping_read_text(run->decoding, &datum));
        }
    }
    identity->time_us = timed ? identity->time_us : SENSORS_NO_TIME;
    identity->lon = placed ? identity->lon : NAN;
    identity->lat = placed ? identity->lat : NAN;
}

static void standard(struct mapping_run *run, const struct mapping_emit *emit, const struct sensors_event *event,
                     struct base_str phase, struct mapping_words *words, struct sensors_identity *identity)
{
    bool reading = emit->kind == SENSORS_KIND_MEASUREMENT; /* told by what was read, when that is known */
    bool timeless = identity->time_us == SENSORS_NO_TIME;
    sensors_mapping_key_word(run, words, event->subject);
    sensors_mapping_key_word(run, words, phase);
    for (size_t i = 0; i < run->chosen->each_count && !reading; i++) {
        if (run->chosen->each[i].loop == MAPPING_KEYS) {
            sensors_mapping_key_word(run, words, run->each[i].key);
        }
    }
    if (emit->number && !reading) {
        sensors_mapping_key_number(run, words, (double)emit->number);
    }
    for (size_t i = 0; i < event->measure_count && timeless; i++) {
        sensors_mapping_key_word(run, words, base_str_of(event->measures[i].name));
        sensors_mapping_key_word(run, words, event->measures[i].text);
        sensors_mapping_key_number(run, words, event->measures[i].value);
    }
    identity->region = event->native_id;
}

void sensors_mapping_key(struct mapping_run *run, const struct mapping_emit *emit, const struct sensors_event *event,
                         struct base_str phase, struct sensors_identity *identity)
{
    struct mapping_words words = {.len = 0};
    identity->type = sensors_kind_name(emit->kind);
    identity->channel = event->channel;
    if (emit->keyed) {
        given(run, emit, event, &words, identity);
    } else {
        standard(run, emit, event, phase, &words, identity);
    }
    identity->event = sensors_mapping_key_text(run, &words);
}

void sensors_mapping_key_inside(struct mapping_run *run, struct sensors_identity *identity)
{
    if (run->numbered++) {
        int len = snprintf(run->number, sizeof run->number, "%u", run->numbered % 100000);
        identity->region = sensors_decode_keep(run->decoding, (struct base_str){run->number, (size_t)len});
    }
}
