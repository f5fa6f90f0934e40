/* Shelly (https://shelly-api-docs.shelly.cloud/gen2): relays, meters and sensors by Wi-Fi. Topics:
 *
 *   PREFIX/events/rpc          NotifyStatus (what changed), NotifyFullStatus (all there is), NotifyEvent (buttons)
 *   PREFIX/status/COMPONENT    all of a component that changed: the same once more
 *   PREFIX/online              true, or the broker's false when the device is lost; retained
 *   shellies/DEVICE/...        devices of the first generation (decode_shelly_first.c)
 */
#include "sensors/decode_shelly.h"

#include <math.h>
#include <string.h>

enum { ID_MAX = 128 };

static enum base_err unknown_topic(struct sensors_decoding *decoding)
{
    return sensors_decode_wrong_topic(decoding, "none of PREFIX/events/rpc, PREFIX/status/COMPONENT, PREFIX/online");
}

void sensors_decode_shelly_begin(struct sensors_decode_shelly *message, const struct base_json *json)
{
    struct sensors_decoding *decoding = message->decoding;
    sensors_decode_like(decoding, message->device, &message->like);
    message->time_us = sensors_decode_time(decoding, json, "ts");
    sensors_time_repair(&message->like, message->time_us, SENSORS_NO_TIME); /* seconds since start until it knows */
}

const char *sensors_decode_shelly_name(const struct sensors_decode_shelly *message, const char *name, unsigned id)
{
    char text[64];
    int len = snprintf(text, sizeof text, "%s_%u", name, id);
    return id == 0 ? name : base_arena_text(message->decoding->arena, (struct base_str){text, (size_t)len});
}

enum base_err sensors_decode_shelly_button(struct sensors_decode_shelly *message, struct base_str component,
                                           const char *word)
{
    struct sensors_event *event;
    const struct sensors_identity identity = {.type = "button",
                                              .time_us = message->time_us,
                                              .lon = NAN,
                                              .lat = NAN,
                                              .event = base_str_of(word),
                                              .channel = sensors_decode_keep(message->decoding, component)};
    enum base_err err = sensors_decode_add_like(message->decoding, &message->like, &identity, &event);
    if (!err) {
        event->kind = SENSORS_KIND_STATE;
        event->channel = identity.channel;
        sensors_event_measure_text(event, "action", base_str_of(word));
    }
    return err;
}

void sensors_decode_shelly_channels(struct sensors_decode_shelly *message, size_t first, struct base_str component)
{
    for (size_t i = first; i < message->decoding->decoded.count; i++) {
        struct sensors_event *event = &message->decoding->decoded.events[i];
        if (event->kind == SENSORS_KIND_STATE && event->measure_count) {
            event->channel = component;
            event->measures[0].name = base_str_starts(base_str_of(event->measures[0].name), "open") ? "open" : "on";
        }
    }
}

/* --- which device has which prefix: people may give it one of their own --- */
static struct base_str prefix_key(struct base_str prefix, char text[SENSORS_MEMORY_KEY_MAX])
{
    int len = snprintf(text, SENSORS_MEMORY_KEY_MAX, "shelly/prefix/%.*s", (int)prefix.len, prefix.at);
    return (struct base_str){text, len > 0 && len < SENSORS_MEMORY_KEY_MAX ? (size_t)len : 0};
}

static void learn(const struct sensors_decode_shelly *message)
{
    char text[SENSORS_MEMORY_KEY_MAX];
    struct base_str key = prefix_key(message->prefix, text);
    if (key.len && message->prefix.len && !base_str_equal(message->prefix, message->device)) {
        enum base_err err = sensors_memory_set(message->decoding->message->memory, key, message->device);
        (void)err; /* a full memory: the prefix is the device of the other topics */
    }
}

static void by_prefix(struct sensors_decode_shelly *message)
{
    char text[SENSORS_MEMORY_KEY_MAX];
    struct base_str key = prefix_key(message->prefix, text), device;
    bool known = key.len && sensors_memory_get(message->decoding->message->memory, key, &device);
    message->device = known ? sensors_decode_keep(message->decoding, device) : message->prefix;
}

/* --- events/rpc --- */
static enum base_err notify_status(struct sensors_decode_shelly *message, const struct base_json *params)
{
    struct base_str key;
    const struct base_json *component;
    enum base_err err = BASE_OK;
    sensors_decode_shelly_begin(message, params);
    for (void *at = NULL; !err && base_json_in_next(params, &at, &key, &component);) {
        if (!base_str_is(key, "ts")) {
            err = sensors_decode_shelly_component(message, key, component);
        }
    }
    return err;
}

/* btn_down and btn_up come along with what they add up to. */
static const char *press_of(struct base_str word)
{
    static const char *const words[] = {"single_push", "double_push",      "triple_push",
                                        "long_push",   "long_double_push", "long_triple_push"};
    for (size_t i = 0; i < BASE_COUNT(words); i++) {
        if (base_str_is(word, words[i])) {
            return words[i];
        }
    }
    return NULL;
}

static enum base_err notified_event(struct sensors_decode_shelly *message, const struct base_json *params,
                                    const struct base_json *json)
{
    struct base_str component = sensors_decode_text(json, "component"), id_text = component, type;
    const char *word = press_of(sensors_decode_text(json, "event"));
    int64_t id = 0;
    bool input = base_str_next(&id_text, ':', &type) && base_str_i64(id_text, &id) && id >= 0 && id < 10000 &&
                 (base_str_is(type, "input") || base_str_is(type, "bthomedevice"));
    if (!base_json_in_is_object(json)) {
        return sensors_decode_fail(message->decoding, SENSORS_REASON_FIELD, "NotifyEvent: an event is not an object");
    }
    if (!word || !input) {
        return BASE_OK; /* settings that changed, updates, scripts */
    }
    sensors_decode_shelly_begin(message, base_json_in_get(json, "ts") ? json : params);
    return sensors_decode_shelly_button(message, component, word);
}

static enum base_err notify_event(struct sensors_decode_shelly *message, const struct base_json *params)
{
    const struct base_json *events = base_json_in_get(params, "events");
    enum base_err err = BASE_OK;
    if (!base_json_in_is_array(events)) {
        return sensors_decode_fail(message->decoding, SENSORS_REASON_FIELD, "NotifyEvent: the list is missing");
    }
    for (size_t i = 0; i < base_json_in_size(events) && !err; i++) {
        err = notified_event(message, params, base_json_in_at(events, i));
    }
    return err;
}

/* What makes the message one of nothing, and its flags. */
static enum base_err finish(struct sensors_decode_shelly *message, enum base_err err)
{
    struct sensors_decoded *decoded = &message->decoding->decoded;
    decoded->ignored = !err && decoded->count == 0 && decoded->repeated == 0;
    for (size_t i = 0; decoded->redacted && i < decoded->count; i++) {
        decoded->events[i].flags |= SENSORS_FLAG_REDACTED;
    }
    return err;
}

static enum base_err rpc(struct sensors_decode_shelly *message)
{
    struct sensors_decoding *decoding = message->decoding;
    AUTO(base_json) json = NULL;
    enum base_err err = sensors_decode_json(decoding, &json);
    if (err) {
        return err;
    }
    struct base_str source = sensors_decode_text(json, "src"), method = sensors_decode_text(json, "method");
    const struct base_json *params = base_json_in_get(json, "params");
    message->device = source.len ? sensors_decode_keep(decoding, source) : message->prefix;
    if (method.len == 0 && base_json_in_get(json, "id")) {
        return sensors_decode_ignore(decoding, 0); /* an answer to a call */
    }
    if (message->device.len == 0 || message->device.len > ID_MAX) {
        return sensors_decode_fail(decoding, SENSORS_REASON_DEVICE, "src is missing or longer than %d bytes", ID_MAX);
    }
    bool event = base_str_is(method, "NotifyEvent");
    message->full = base_str_is(method, "NotifyFullStatus");
    if (!event && !message->full && !base_str_is(method, "NotifyStatus")) {
        return sensors_decode_fail(decoding, SENSORS_REASON_TYPE, "method is none of Shelly's notifications");
    }
    if (!base_json_in_is_object(params)) {
        return sensors_decode_fail(decoding, SENSORS_REASON_FIELD, "params is missing or no object");
    }
    learn(message);
    message->way = "rpc";
    return finish(message, event ? notify_event(message, params) : notify_status(message, params));
}

/* --- the other topics --- */
static enum base_err status(struct sensors_decode_shelly *message, struct base_str component)
{
    AUTO(base_json) json = NULL;
    enum base_err err = sensors_decode_json(message->decoding, &json);
    by_prefix(message);
    message->way = "status";
    if (!err) {
        sensors_decode_shelly_begin(message, NULL);
        err = sensors_decode_shelly_component(message, component, json);
    }
    return finish(message, err);
}

static enum base_err online(struct sensors_decode_shelly *message)
{
    struct base_str payload = sensors_decode_word(message->decoding);
    const struct sensors_identity identity = {
        .type = "online", .time_us = SENSORS_NO_TIME, .lon = NAN, .lat = NAN, .event = payload};
    struct sensors_event *event;
    bool here = base_str_is(payload, "true");
    if (!here && !base_str_is(payload, "false")) {
        return sensors_decode_fail(message->decoding, SENSORS_REASON_FIELD, "online: neither true nor false");
    }
    sensors_decode_shelly_begin(message, NULL);
    enum base_err err = sensors_decode_add_like(message->decoding, &message->like, &identity, &event);
    if (!err) {
        event->kind = SENSORS_KIND_LIFECYCLE;
        event->phase = here ? SENSORS_PHASE_START : SENSORS_PHASE_END;
    }
    return err;
}

/* shellies/DEVICE/...; shellies/announce, shellies/command */
static enum base_err first_generation(struct sensors_decode_shelly *message, struct base_str rest)
{
    struct base_str device;
    if (!base_str_next(&rest, '/', &device) || !device.len) {
        return unknown_topic(message->decoding);
    }
    message->device = device;
    if (!rest.at || base_str_is(rest, "announce") || base_str_is(rest, "info") || base_str_is(rest, "command")) {
        return sensors_decode_ignore(message->decoding, base_str_is(rest, "info")); /* it names the network */
    }
    return base_str_is(rest, "online") ? online(message) : sensors_decode_shelly_first(message, rest);
}

/* What follows the prefix, from the last "/events/", "/status/" ... on; the prefix may have levels of its own. */
static bool split(struct base_str topic, const char *middle, struct base_str *ret_prefix, struct base_str *ret_rest)
{
    size_t len = strlen(middle);
    for (size_t at = topic.len; at-- > 1;) {
        if (topic.len - at >= len && memcmp(topic.at + at, middle, len) == 0) {
            *ret_prefix = (struct base_str){topic.at, at};
            *ret_rest = (struct base_str){topic.at + at + len, topic.len - at - len};
            return true;
        }
    }
    return false;
}

enum base_err sensors_decode_shelly(struct sensors_decoding *decoding)
{
    struct sensors_decode_shelly message = {.decoding = decoding, .time_us = SENSORS_NO_TIME, .way = ""};
    struct base_str topic = decoding->message->topic, rest;
    if (!base_str_utf8(topic)) {
        return unknown_topic(decoding);
    }
    if (decoding->message->payload.len == 0) { /* a retained value was taken back */
        return sensors_decode_ignore(decoding, 0);
    }
    if (base_str_starts(topic, "shellies/")) {
        return first_generation(&message, (struct base_str){topic.at + 9, topic.len - 9});
    }
    if (topic.len == 0 || (split(topic, "/events/rpc", &message.prefix, &rest) && !rest.len)) {
        return rpc(&message);
    }
    if (split(topic, "/status/", &message.prefix, &rest) && rest.len && !memchr(rest.at, '/', rest.len)) {
        return status(&message, rest);
    }
    if (split(topic, "/online", &message.prefix, &rest) && !rest.len) {
        by_prefix(&message);
        return online(&message);
    }
    bool other = (split(topic, "/rpc", &message.prefix, &rest) || split(topic, "/command", &message.prefix, &rest) ||
                  split(topic, "/debug", &message.prefix, &rest));
    return other ? sensors_decode_ignore(decoding, 0) : unknown_topic(decoding);
}
