/* Zigbee2MQTT (https://www.zigbee2mqtt.io/guide/usage/mqtt_topics_and_messages.html): sensors, buttons and switches by
 * Zigbee. Topics, behind a base of any name:
 *
 *   BASE/NAME                 what a device says; NAME is people's and may hold '/'
 *   BASE/NAME/ATTRIBUTE       the same, one value a message
 *   BASE/NAME/availability    whether it is reached
 *   BASE/bridge/...           the bridge: its state, which address has which name, who joins
 *
 * The bridge says again what it remembers when it starts; hardly anything else tells that from news.
 */
#include "sensors/decode_zigbee2mqtt.h"

#include <math.h>
#include <string.h>

#define RESTART_US INT64_C(60000000)

enum { NAME_LEN_MAX = 200, WORD_MAX = 40, VALUE_MAX = 200, DEVICES_MAX = 2000 };

struct zigbee2mqtt {
    struct sensors_decoding *decoding;
    struct base_str name; /* below the base, without what follows it */
    struct base_str tail; /* "availability" ..., or empty */
    struct sensors_event like;
    int64_t time_us; /* last_seen as it was said */
    bool lone;       /* one value a message */
};

static const char *const tails[] = {"availability", "set", "get"};

/* --- topic --- */
static enum base_err unknown_topic(struct sensors_decoding *decoding)
{
    return sensors_decode_wrong_topic(decoding, "not BASE/NAME");
}

/* The base is one level, or ends in "zigbee2mqtt". */
static enum base_err read_topic(struct zigbee2mqtt *message)
{
    struct base_str rest = message->decoding->message->topic, level, name;
    bool good = base_str_utf8(rest) && base_str_next(&rest, '/', &level) && level.len;
    name = rest;
    for (struct base_str ahead = rest;
         good && !base_str_is(level, "zigbee2mqtt") && base_str_next(&ahead, '/', &level);) {
        name = base_str_is(level, "zigbee2mqtt") ? ahead : name;
    }
    if (!good || !name.len || name.len > NAME_LEN_MAX || name.at[0] == '/') {
        return unknown_topic(message->decoding);
    }
    message->name = name;
    for (size_t i = 0; i < BASE_COUNT(tails); i++) {
        size_t len = strlen(tails[i]);
        if (name.len > len + 1 && name.at[name.len - len - 1] == '/' &&
            memcmp(name.at + name.len - len, tails[i], len) == 0) {
            message->name.len = name.len - len - 1;
            message->tail = base_str_of(tails[i]);
        }
    }
    return BASE_OK;
}

/* --- which address has which name --- */
static struct base_str name_key(struct base_str name, char text[SENSORS_MEMORY_KEY_MAX])
{
    int len = snprintf(text, SENSORS_MEMORY_KEY_MAX, "zigbee2mqtt/name/%.*s", (int)name.len, name.at);
    return (struct base_str){text, (size_t)len};
}

static bool is_address(struct base_str text)
{
    return text.len == 18 && base_str_starts(text, "0x");
}

/* A memory that is full keeps what it has: then the name is the device. */
static void learn(const struct zigbee2mqtt *message, const struct base_json *device)
{
    char key[SENSORS_MEMORY_KEY_MAX];
    struct base_str name = sensors_decode_text(device, "friendly_name");
    struct base_str address = sensors_decode_text(device, "ieee_address");
    if (is_address(address) && name.len && name.len <= NAME_LEN_MAX && !base_str_equal(name, address)) {
        enum base_err err = sensors_memory_set(message->decoding->message->memory, name_key(name, key), address);
        (void)err;
    }
}

static struct base_str device_of(const struct zigbee2mqtt *message, struct base_str name, const struct base_json *json)
{
    char key[SENSORS_MEMORY_KEY_MAX];
    struct base_str address = sensors_decode_text(base_json_in_get(json, "device"), "ieeeAddr");
    bool known =
        is_address(address) || sensors_memory_get(message->decoding->message->memory, name_key(name, key), &address);
    return known ? sensors_decode_keep(message->decoding, address) : name;
}

/* --- what all have --- */
static void begin(struct zigbee2mqtt *message, struct base_str device, const struct base_json *json)
{
    struct sensors_decoding *decoding = message->decoding;
    sensors_decode_like(decoding, device, &message->like);
    message->time_us = sensors_decode_time(decoding, json, "last_seen");
    sensors_time_repair(&message->like, message->time_us, SENSORS_NO_TIME);
    if (message->like.t_source == SENSORS_TIME_DEVICE) { /* the bridge's clock, not the device's */
        message->like.t_source = SENSORS_TIME_GATEWAY;
    }
}

static enum base_err lifecycle(struct zigbee2mqtt *message, const char *type, struct base_str said,
                               enum sensors_phase phase)
{
    const struct sensors_identity identity = {
        .type = type, .time_us = message->time_us, .lon = NAN, .lat = NAN, .event = said};
    struct sensors_event *event;
    enum base_err err = sensors_decode_add_like(message->decoding, &message->like, &identity, &event);
    if (!err) {
        event->kind = SENSORS_KIND_LIFECYCLE;
        event->phase = phase;
    }
    return err;
}

/* online, or {"state":"online"} */
static enum base_err reached(struct zigbee2mqtt *message, const char *type, struct base_str device, bool *ret_online)
{
    AUTO(base_json) json = NULL;
    struct base_str said = sensors_decode_word(message->decoding);
    enum base_err err = BASE_OK;
    if (base_str_starts(said, "{")) {
        err = sensors_decode_json(message->decoding, &json);
        said = sensors_decode_text(json, "state");
    }
    *ret_online = base_str_is(said, "online");
    if (!err && !*ret_online && !base_str_is(said, "offline")) {
        err = sensors_decode_fail(message->decoding, SENSORS_REASON_FIELD, "%s: neither online nor offline", type);
    }
    if (err) {
        return err;
    }
    begin(message, device, NULL);
    return lifecycle(message, type, said, *ret_online ? SENSORS_PHASE_START : SENSORS_PHASE_END);
}

/* --- the bridge --- */
static const struct base_str restart_key = {"zigbee2mqtt/online", 18};

static enum base_err bridge_state(struct zigbee2mqtt *message)
{
    char text[24];
    bool online;
    enum base_err err = reached(message, "bridge", base_str_of("bridge"), &online);
    if (!err && online && !message->decoding->message->retained) {
        int len = snprintf(text, sizeof text, "%lld", (long long)message->decoding->message->t_recv);
        err = sensors_memory_set(message->decoding->message->memory, restart_key, (struct base_str){text, (size_t)len});
        err = err == BASE_LIMIT ? BASE_OK : err;
    }
    return err;
}

static enum base_err bridge_devices(struct zigbee2mqtt *message)
{
    AUTO(base_json) json = NULL;
    enum base_err err = sensors_decode_json_any(message->decoding, &json);
    if (!err && !base_json_in_is_array(json)) {
        err = sensors_decode_fail(message->decoding, SENSORS_REASON_FIELD, "bridge/devices: not a list");
    }
    for (size_t i = 0; !err && i < base_json_in_size(json) && i < DEVICES_MAX; i++) {
        learn(message, base_json_in_at(json, i));
    }
    return err ? err : sensors_decode_ignore(message->decoding, 0);
}

static enum base_err bridge_event(struct zigbee2mqtt *message)
{
    AUTO(base_json) json = NULL;
    enum base_err err = sensors_decode_json(message->decoding, &json);
    const struct base_json *data = base_json_in_get(json, "data");
    struct base_str type = sensors_decode_text(json, "type");
    struct base_str address = sensors_decode_text(data, "ieee_address");
    bool left = base_str_is(type, "device_leave");
    if (err) {
        return err;
    }
    if (!left && !base_str_is(type, "device_joined") && !base_str_is(type, "device_announce")) {
        return sensors_decode_ignore(message->decoding, 0); /* how an interview goes on */
    }
    if (!is_address(address)) {
        return sensors_decode_fail(message->decoding, SENSORS_REASON_FIELD, "bridge/event: ieee_address is missing");
    }
    learn(message, data);
    struct base_str device = sensors_decode_keep(message->decoding, address);
    begin(message, device, NULL);
    return lifecycle(message, "event", type, left ? SENSORS_PHASE_END : SENSORS_PHASE_PULSE);
}

static enum base_err bridge(struct zigbee2mqtt *message, struct base_str what)
{
    if (base_str_is(what, "state")) {
        return bridge_state(message);
    }
    if (base_str_is(what, "devices")) {
        return bridge_devices(message);
    }
    return base_str_is(what, "event") ? bridge_event(message) : sensors_decode_ignore(message->decoding, 0);
}

/* --- a device --- */
/* Everything but when and how well it was heard, and buttons, which are pressed once: what tells a repetition. */
static void write_said(const struct base_json *json, struct base_buf *buf)
{
    static const char *const passing[] = {"linkquality", "last_seen", "action", "update", "update_available", "device"};
    struct base_str member, text;
    const struct base_json *value;
    double number;
    bool flag;
    for (void *at = NULL; base_json_in_next(json, &at, &member, &value);) {
        bool skip = false;
        for (size_t i = 0; i < BASE_COUNT(passing); i++) {
            skip |= base_str_is(member, passing[i]);
        }
        if (!skip && base_json_in_text(value, &text)) {
            base_buf_printf(buf, "%.*s=\"%.*s\";", (int)member.len, member.at, (int)text.len, text.at);
        } else if (!skip && base_json_in_f64(value, &number)) {
            base_buf_printf(buf, "%.*s=%.17g;", (int)member.len, member.at, number);
        } else if (!skip && base_json_in_bool(value, &flag)) {
            base_buf_printf(buf, "%.*s=%d;", (int)member.len, member.at, flag);
        }
    }
}

static bool told_by_bridge(const struct base_json *json)
{
    return base_json_in_get(json, "last_seen") && !base_json_in_get(json, "linkquality");
}

/* After a restart of the bridge the first message of a device that says what it had said is the bridge's memory; so is
 * one that says it again without any word of the radio: that is made when a device announces itself. */
static bool from_cache(const struct zigbee2mqtt *message, struct sensors_again again, const struct base_json *json)
{
    struct base_str note;
    int64_t restart;
    if (!again.same) {
        return false;
    }
    if (told_by_bridge(json)) {
        return true;
    }
    if (!sensors_memory_get(message->decoding->message->memory, restart_key, &note) || !base_str_i64(note, &restart)) {
        return false;
    }
    int64_t past = message->decoding->message->t_recv - restart;
    return again.t_recv <= restart && past >= 0 && past <= RESTART_US;
}

static bool plain_word(struct base_str word)
{
    for (size_t i = 0; i < word.len; i++) {
        char c = word.at[i];
        bool good = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
        if (!good) {
            return false;
        }
    }
    return word.len > 0 && word.len <= WORD_MAX;
}

static bool is_call_for_help(struct base_str word)
{
    return base_str_is(word, "emergency") || base_str_is(word, "sos") || base_str_is(word, "SOS") ||
           base_str_is(word, "panic");
}

static enum base_err pressed(struct zigbee2mqtt *message, struct base_str word, struct sensors_identity identity)
{
    bool help = is_call_for_help(word);
    struct sensors_event *event;
    if (!plain_word(word)) {
        message->decoding->decoded.redacted++;
        message->like.flags |= SENSORS_FLAG_REDACTED;
        return BASE_OK;
    }
    identity.region = word;
    identity.channel = base_str_of(help ? "sos" : "action");
    enum base_err err = sensors_decode_add_like(message->decoding, &message->like, &identity, &event);
    if (err) {
        return err;
    }
    event->kind = help ? SENSORS_KIND_ALARM : SENSORS_KIND_STATE;
    event->phase = help ? SENSORS_PHASE_START : SENSORS_PHASE_PULSE;
    event->channel = identity.channel;
    event->severity = help ? sensors_quantity_find(event->channel)->severity : SENSORS_NO_SEVERITY;
    if (help) {
        sensors_event_measure(event, "sos", 1, "1");
    } else {
        sensors_event_measure_text(event, "action", sensors_decode_keep(message->decoding, word));
    }
    return BASE_OK;
}

static bool only_heard(const struct sensors_readings *readings)
{
    bool more = false;
    for (size_t i = 0; i < readings->count; i++) {
        more |= strcmp(readings->list[i].name, "link_quality") != 0;
    }
    return !more;
}

static bool only_health(const struct sensors_readings *readings)
{
    bool more = false;
    for (size_t i = 0; i < readings->count; i++) {
        more |= readings->list[i].quantity->kind != SENSORS_KIND_MEASUREMENT || !readings->list[i].quantity->diagnostic;
    }
    return !more;
}

static void measure(struct sensors_event *event, const struct sensors_readings *readings)
{
    event->flags |= readings->sentinel ? SENSORS_FLAG_SENTINEL : 0;
    for (size_t i = 0; i < readings->count; i++) {
        sensors_event_measure(event, readings->list[i].name, readings->list[i].value, readings->list[i].unit);
    }
}

/* Nothing that is known, and yet it is there - or, without a word of the radio, the bridge remembers that it was. */
static enum base_err heard(struct zigbee2mqtt *message, const struct sensors_readings *readings, struct base_str text,
                           bool told)
{
    if (message->lone) {
        return BASE_OK;
    }
    measure(&message->like, readings);
    message->like.flags |= told ? SENSORS_FLAG_REPLAY : 0;
    return lifecycle(message, "heard", text, told ? SENSORS_PHASE_SNAPSHOT : SENSORS_PHASE_PULSE);
}

static enum base_err events(struct zigbee2mqtt *message, const struct sensors_decode_zigbee2mqtt_said *said,
                            const struct base_json *json, struct base_str text)
{
    struct sensors_decoding *decoding = message->decoding;
    const struct sensors_identity identity = {.type = "zigbee2mqtt",
                                              .time_us = message->time_us,
                                              .lon = NAN,
                                              .lat = NAN,
                                              .event = text,
                                              .region = decoding->message->topic};
    struct sensors_again again =
        sensors_decode_again(decoding, decoding->message->topic, text, message->like.t_event, SENSORS_AGAIN_US);
    if (again.repeated && !said->action.len) {
        decoding->decoded.repeated++;
        return BASE_OK;
    }
    if (from_cache(message, again, json)) {
        message->like.flags |= SENSORS_FLAG_REPLAY;
    }
    if (!said->action.len && only_heard(&said->readings)) {
        return heard(message, &said->readings, text, told_by_bridge(json));
    }
    enum base_err err = said->action.len ? pressed(message, said->action, identity) : BASE_OK;
    if (!err && decoding->decoded.count && only_health(&said->readings)) {
        measure(&decoding->decoded.events[0], &said->readings);
        return BASE_OK;
    }
    return err ? err : sensors_readings_events(decoding, &said->readings, &message->like, &identity);
}

static enum base_err device(struct zigbee2mqtt *message, struct base_str name, const struct base_json *json)
{
    struct sensors_decoding *decoding = message->decoding;
    struct sensors_decode_zigbee2mqtt_said said = {.readings = {.count = 0}};
    static const char *const private[] = {"action_user", "last_lock_user", "last_unlock_user", "pin_code",
                                          "users",       "description"}; /* of locks: who was at the door */
    begin(message, device_of(message, name, json), json);
    enum base_err err = sensors_decode_zigbee2mqtt_values(decoding, json, &said);
    if (err) {
        return err;
    }
    AUTO_VALUE(base_buf) text;
    base_buf_init(&text, SENSORS_PAYLOAD_MAX * 2);
    write_said(json, &text);
    err = events(message, &said, json, base_buf_str(&text));
    decoding->decoded.ignored = !err && decoding->decoded.count == 0 && decoding->decoded.repeated == 0;
    sensors_decode_redact(decoding, sensors_decode_count(json, private, BASE_COUNT(private)));
    return err;
}

/* A bare word, or a number, true, false, null or a text in JSON. */
static bool is_value(struct base_str payload, bool *ret_word)
{
    AUTO(base_json) json = NULL;
    bool read = payload.len <= VALUE_MAX && base_json_in_parse(payload.at, payload.len, NULL, &json) == BASE_OK;
    *ret_word = !read && plain_word(payload);
    return *ret_word || (read && !base_json_in_is_object(json) && !base_json_in_is_array(json));
}

/* BASE/NAME/ATTRIBUTE: an object of that one member. */
static enum base_err attribute(struct zigbee2mqtt *message, struct base_str payload)
{
    struct base_str rest = message->name, member = rest, level;
    bool word;
    AUTO_VALUE(base_buf) text;
    AUTO(base_json) json = NULL;
    base_buf_init(&text, 1000);
    while (base_str_next(&rest, '/', &level)) {
        member = level;
    }
    bool good = member.len < message->name.len && plain_word(member) && is_value(payload, &word);
    if (good) {
        const char *quote = word ? "\"" : "";
        base_buf_printf(&text, "{\"%.*s\":%s%.*s%s}", (int)member.len, member.at, quote, (int)payload.len, payload.at,
                        quote);
    }
    if (!good || base_json_in_parse(text.data, text.len, NULL, &json)) {
        return sensors_decode_fail(message->decoding, SENSORS_REASON_NOT_JSON,
                                   "the payload is neither an object nor the value of BASE/NAME/ATTRIBUTE");
    }
    message->lone = true;
    return device(message, (struct base_str){message->name.at, message->name.len - member.len - 1}, json);
}

enum base_err sensors_decode_zigbee2mqtt(struct sensors_decoding *decoding)
{
    struct zigbee2mqtt message = {.decoding = decoding, .time_us = SENSORS_NO_TIME};
    struct base_str payload = {NULL, 0};
    enum base_err err = read_topic(&message);
    bool online;
    if (err) {
        return err;
    }
    if (base_str_starts(message.name, "bridge/") && decoding->message->payload.len) {
        return bridge(&message, (struct base_str){message.name.at + 7, message.name.len - 7});
    }
    if (decoding->message->payload.len == 0 || base_str_is(message.tail, "set") || base_str_is(message.tail, "get")) {
        return sensors_decode_ignore(decoding, 0);
    }
    if (message.tail.len) {
        return reached(&message, "availability", device_of(&message, message.name, NULL), &online);
    }
    err = sensors_decode_utf8(decoding, &payload);
    payload = base_str_trim(payload);
    if (err || !base_str_starts(payload, "{")) {
        return err ? err : attribute(&message, payload);
    }
    AUTO(base_json) json = NULL;
    err = sensors_decode_json(decoding, &json);
    return err ? err : device(&message, message.name, json);
}
