/* A mapping applied to a message: the first of its cases that is meant for it, in all contexts of that case. */
#include "sensors/mapping.h"

#include <string.h>

enum { CONTEXTS_MAX = 65536 }; /* loops within loops over a megabyte never end otherwise */

static enum base_err in_contexts(struct mapping_run *run, size_t level);

static enum base_err emit_all(struct mapping_run *run)
{
    enum base_err err = BASE_OK;
    for (size_t i = 0; i < run->chosen->emit_count && !err; i++) {
        err = sensors_mapping_event(run, &run->chosen->emits[i]);
    }
    return err;
}

static enum base_err in_context(struct mapping_run *run, size_t level, struct base_str key, struct mapping_datum value)
{
    const struct mapping_datum outer = run->here;
    if (++run->contexts > CONTEXTS_MAX) { /* also those within which nothing is found */
        return sensors_decode_fail(run->decoding, SENSORS_REASON_TOO_MANY, "more than %d items in one message",
                                   CONTEXTS_MAX);
    }
    run->each[level].key = key;
    run->each[level].value = value;
    run->here = value;
    enum base_err err = in_contexts(run, level + 1);
    run->here = outer;
    return err;
}

static enum base_err in_keys(struct mapping_run *run, size_t level, const struct base_json *object)
{
    void *next = NULL;
    struct base_str key;
    const struct base_json *member;
    enum base_err err = BASE_OK;
    while (!err && base_json_in_next(object, &next, &key, &member)) {
        err = in_context(run, level, key, sensors_mapping_read_node(member));
    }
    return err;
}

static enum base_err in_items(struct mapping_run *run, size_t level, const struct base_json *array)
{
    const struct base_str none = {NULL, 0};
    enum base_err err = BASE_OK;
    for (size_t i = 0; i < base_json_in_size(array) && !err; i++) {
        err = in_context(run, level, none, sensors_mapping_read_node(base_json_in_at(array, i)));
    }
    return err;
}

static enum base_err in_contexts(struct mapping_run *run, size_t level)
{
    if (level == run->chosen->each_count) {
        return emit_all(run);
    }
    const struct mapping_each *each = &run->chosen->each[level];
    struct mapping_datum datum = sensors_mapping_read_path(run, &each->path);
    if (each->parse && datum.type == MAPPING_TEXT) {
        datum = sensors_mapping_do_parse(run, datum.text);
    }
    if (each->loop == MAPPING_KEYS && datum.type == MAPPING_OBJECT) {
        return in_keys(run, level, datum.node);
    }
    if (each->loop == MAPPING_ITEMS && datum.type == MAPPING_ARRAY) {
        return in_items(run, level, datum.node);
    }
    if (datum.type > MAPPING_NULL && (each->loop == MAPPING_AT || each->single)) {
        return in_context(run, level, (struct base_str){NULL, 0}, datum);
    }
    run->mistook |= !(each->optional && datum.type <= MAPPING_NULL);
    return BASE_OK;
}

enum base_err sensors_mapping_run_case(struct mapping_run *run, const struct mapping_case *chosen)
{
    run->chosen = chosen;
    run->here = run->whole;
    run->held = run->unheld = run->mistook = false;
    enum base_err err = in_contexts(run, 0);
    if (!err) {
        err = sensors_mapping_reading_flush(run);
    }
    for (size_t i = 0; i < chosen->private.count && !err; i++) {
        run->redacted += sensors_mapping_read_private(run, &chosen->private.list[i]);
    }
    return err;
}

void sensors_mapping_run_release(struct mapping_run *run)
{
    for (size_t i = 0; i < run->parsed_count; i++) {
        base_json_free(run->parsed[i]);
    }
    run->parsed_count = 0;
}

/* --- a message that a mapping is the format of --- */
static bool on_topic(struct mapping_run *run, const struct mapping_case *one)
{
    for (size_t i = 0; i < one->topic_count; i++) {
        if (sensors_mapping_topic_match(&one->topics[i], run->decoding->message->topic, run->captures)) {
            return true;
        }
    }
    return false;
}

static enum base_err read_text(struct mapping_run *run)
{
    struct base_str text;
    enum base_err err = sensors_decode_utf8(run->decoding, &text);
    if (!err) {
        run->whole = sensors_mapping_read_word(base_str_trim(text));
    }
    return err;
}

static enum base_err read_xml(struct mapping_run *run, struct base_json **ret_json)
{
    struct base_str payload = run->decoding->message->payload;
    struct base_diag why = {.text = ""};
    enum base_err err = base_xml_in_parse(payload.at, payload.len, &why, ret_json);
    enum sensors_reason reason = err == BASE_LIMIT ? SENSORS_REASON_TOO_DEEP : SENSORS_REASON_NOT_XML;
    return err ? sensors_decode_fail(run->decoding, reason, "%s", why.text) : BASE_OK;
}

/* Once for all cases that read it so; the tree lives as long as the run. */
static enum base_err read_payload(struct mapping_run *run, enum mapping_payload as, struct base_json **json)
{
    enum base_err err = BASE_OK;
    if (as == MAPPING_PAYLOAD_TEXT) {
        return read_text(run);
    }
    if (!*json) {
        err = as == MAPPING_PAYLOAD_XML ? read_xml(run, json) : sensors_decode_json_any(run->decoding, json);
    }
    if (err) {
        return err;
    }
    run->whole = sensors_mapping_read_node(*json);
    return run->whole.type >= MAPPING_OBJECT
               ? BASE_OK
               : sensors_decode_fail(run->decoding, SENSORS_REASON_NOT_JSON,
                                     "the payload is JSON, but neither an object nor an array");
}

static enum base_err none_meant(struct mapping_run *run, bool topic)
{
    struct base_str said = run->decoding->message->topic;
    int len = (int)(said.len < 200 ? said.len : 200);
    if (!topic) {
        return sensors_decode_fail(run->decoding, SENSORS_REASON_TOPIC, "topic \"%.*s\" is none of the mapping's", len,
                                   len ? said.at : "");
    }
    if (run->mistook) {
        return sensors_decode_fail(run->decoding, SENSORS_REASON_FIELD,
                                   "what \"each\" goes through is missing or of another type");
    }
    return sensors_decode_fail(run->decoding, SENSORS_REASON_MAPPING, "no conditions of the mapping hold for it");
}

static enum base_err finish(struct mapping_run *run)
{
    struct sensors_decoding *decoding = run->decoding;
    decoding->decoded.reason = SENSORS_REASON_NONE; /* of a case that was not meant */
    if (decoding->decoded.count == 0) {
        return sensors_decode_ignore(decoding, run->redacted);
    }
    sensors_decode_redact(decoding, run->redacted);
    return BASE_OK;
}

static bool meant(const struct mapping_run *run)
{
    return run->held || (!run->unheld && !run->mistook);
}

/* Tries the cases in order. *ret_meant: one of them was. */
static enum base_err try_cases(struct mapping_run *run, const struct sensors_mapping *mapping,
                               struct base_json *trees[2], bool *ret_meant)
{
    enum base_err unread = BASE_OK;
    bool topic = false;
    for (size_t i = 0; i < mapping->case_count; i++) {
        const struct mapping_case *one = &mapping->cases[i];
        if (!on_topic(run, one)) {
            continue;
        }
        topic = true;
        if (run->decoding->message->payload.len == 0 && one->payload != MAPPING_PAYLOAD_TEXT) {
            *ret_meant = true; /* a retained value was taken back */
            return BASE_OK;
        }
        enum base_err err = read_payload(run, one->payload, &trees[one->payload == MAPPING_PAYLOAD_XML]);
        unread = err ? err : unread;
        run->here = run->whole;
        bool wrong = one->ignore && one->payload == MAPPING_PAYLOAD_JSON && run->whole.type != MAPPING_OBJECT;
        if (err || wrong || !sensors_mapping_test(run, &one->whens)) {
            continue;
        }
        err = sensors_mapping_run_case(run, one);
        if (err || meant(run)) {
            *ret_meant = !err;
            return err;
        }
        if (run->mistook) {
            break; /* meant, and told otherwise */
        }
    }
    return unread ? unread : none_meant(run, topic);
}

enum base_err sensors_mapping_run(struct sensors_decoding *decoding, const struct sensors_mapping *mapping)
{
    struct mapping_run run = {.decoding = decoding};
    struct base_json *trees[2] = {NULL, NULL};
    bool found = false;
    if (!base_str_utf8(decoding->message->topic)) {
        return none_meant(&run, false);
    }
    enum base_err err = try_cases(&run, mapping, trees, &found);
    if (!err && found) {
        err = finish(&run);
    }
    sensors_mapping_run_release(&run);
    base_json_free(trees[0]);
    base_json_free(trees[1]);
    return err;
}
