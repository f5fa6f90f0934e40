/* Tasmota (https://tasmota.github.io/docs/MQTT): switches, sensors of any kind, readers of NFC cards and of Bluetooth
 * beacons. What a block of a message means is in its key, its units are siblings, its time is local without a zone.
 *
 *   tele/DEVICE/SENSOR, DEVICE/tele/SENSOR    a block a sensor        tele/DEVICE/STATE    how it does
 *   stat/DEVICE/RESULT, POWER                 what was switched       tele/DEVICE/LWT      Online, Offline
 *   stat/DEVICE/STATUS8, STATUS10, STATUS11   the first two, asked for
 */
#include "sensors/decode_tasmota.h"

#include <math.h>
#include <string.h>

enum { LEVELS_MAX = 16, KEY_MAX = 40 };

/* Blocks that are objects, or are not understood at all. */
static const char *const objects[] = {"PN532",  "RC522", "RDM6300", "WIEGAND",   "IBEACON",
                                      "ENERGY", "SR04",  "BME280",  "ZbReceived"};

/* --- topic --- */
static enum base_err unknown_topic(struct sensors_decoding *decoding)
{
    return sensors_decode_wrong_topic(decoding, "neither tele/DEVICE/SENSOR nor DEVICE/tele/SENSOR or such");
}

static bool is_prefix(struct base_str level)
{
    return base_str_is(level, "tele") || base_str_is(level, "stat") || base_str_is(level, "cmnd");
}

/* The device is what lies between the prefix and the last level or, when that is nothing, before the prefix. */
static enum base_err read_topic(struct sensors_decode_tasmota *message)
{
    struct base_str rest = message->decoding->message->topic, levels[LEVELS_MAX];
    size_t count = 0, prefix = 0;
    bool good = base_str_utf8(rest);
    while (good && count < LEVELS_MAX && base_str_next(&rest, '/', &levels[count])) {
        good = levels[count++].len > 0;
    }
    while (prefix < count && !is_prefix(levels[prefix])) {
        prefix++;
    }
    if (!good || rest.at || count < 3 || prefix + 1 >= count) {
        return unknown_topic(message->decoding);
    }
    bool behind = prefix + 2 < count;
    const struct base_str *first = &levels[behind ? prefix + 1 : 0], *last = &levels[behind ? count - 2 : prefix - 1];
    message->device = (struct base_str){first->at, (size_t)(last->at + last->len - first->at)};
    message->what = levels[count - 1];
    message->asked = base_str_is(levels[prefix], "cmnd");
    return BASE_OK;
}

/* tasmota/discovery/MAC/config: what the device can, and how people call it. */
static bool is_discovery(struct base_str topic)
{
    return topic.len > 18 && memmem(topic.at, topic.len, "tasmota/discovery/", 18) != NULL;
}

/* "POWER" "POWER2": the number, 1 when there is none; 0: it is another word. */
unsigned sensors_decode_tasmota_numbered(struct base_str word, const char *name)
{
    size_t len = strlen(name);
    unsigned number = 0;
    if (!base_str_starts(word, name) || word.len > len + 2) {
        return 0;
    }
    for (size_t i = len; i < word.len; i++) {
        if (word.at[i] < '0' || word.at[i] > '9') {
            return 0;
        }
        number = number * 10 + (unsigned)(word.at[i] - '0');
    }
    return word.len == len ? 1 : number;
}

/* "temperature", and "temperature_2" for the second; NULL when the message has no more room. */
const char *sensors_decode_tasmota_name(const struct sensors_decode_tasmota *message, const char *name, unsigned number)
{
    char text[KEY_MAX + 8];
    int len = snprintf(text, sizeof text, "%s_%u", name, number);
    return number < 2 ? name : base_arena_text(message->decoding->arena, (struct base_str){text, (size_t)len});
}

/* --- what all have --- */
static void begin(struct sensors_decode_tasmota *message, const struct base_json *json)
{
    struct sensors_decoding *decoding = message->decoding;
    sensors_decode_like(decoding, message->device, &message->like);
    message->time_us = sensors_decode_time(decoding, json, "Time");
    message->like.subject_type = SENSORS_SUBJECT_UNIT; /* whoever is at it */
    sensors_time_repair(&message->like, message->time_us, SENSORS_NO_TIME);
}

/* A key names a driver and its number; one that people gave a name of their own is not kept. */
bool sensors_decode_tasmota_plain(struct base_str key)
{
    for (size_t i = 0; i < key.len; i++) {
        char c = key.at[i];
        bool letter = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
        if (!letter && c != '-' && c != '_' && c != '.') {
            return false;
        }
    }
    return key.len > 0 && key.len <= KEY_MAX;
}

struct sensors_identity sensors_decode_tasmota_identity(const struct sensors_decode_tasmota *message, const char *type)
{
    return (struct sensors_identity){.type = type, .time_us = message->time_us, .lon = NAN, .lat = NAN};
}

enum base_err sensors_decode_tasmota_add(const struct sensors_decode_tasmota *message,
                                         const struct sensors_identity *identity, struct sensors_event **ret_event)
{
    return sensors_decode_add_like(message->decoding, &message->like, identity, ret_event);
}

/* --- switches and buttons --- */
static enum base_err switched(struct sensors_decode_tasmota *message, const char *name, unsigned number, bool on,
                              bool twice)
{
    const struct sensors_quantity *quantity = sensors_quantity_find(base_str_of("on"));
    struct sensors_readings readings = {.count = 0};
    char what[SENSORS_MEMORY_KEY_MAX];
    const char *channel = sensors_decode_tasmota_name(message, name, number);
    struct sensors_identity identity = sensors_decode_tasmota_identity(message, "switch");
    identity.event = base_str_of(on ? "ON" : "OFF");
    if (!channel) {
        return sensors_decode_fail(message->decoding, SENSORS_REASON_TOO_MANY, "no room for one more switch");
    }
    int len = snprintf(what, sizeof what, "tasmota/%s/%.*s", channel, (int)message->device.len, message->device.at);
    len = len < (int)sizeof what ? len : (int)sizeof what - 1;
    if (twice && sensors_decode_again(message->decoding, (struct base_str){what, (size_t)len}, identity.event,
                                      message->like.t_event, SENSORS_AGAIN_US)
                     .repeated) {
        message->decoding->decoded.repeated++;
        return BASE_OK;
    }
    sensors_readings_add(&readings, quantity, channel, on, (struct base_str){NULL, 0});
    return sensors_readings_events(message->decoding, &readings, &message->like, &identity);
}

static enum base_err pressed(struct sensors_decode_tasmota *message, unsigned number, struct base_str action)
{
    struct sensors_identity identity = sensors_decode_tasmota_identity(message, "button");
    struct sensors_event *event;
    const char *channel = sensors_decode_tasmota_name(message, "action", number);
    if (!channel || !sensors_decode_tasmota_plain(action)) {
        return BASE_OK;
    }
    identity.event = action;
    identity.region = base_str_of(channel);
    enum base_err err = sensors_decode_tasmota_add(message, &identity, &event);
    if (!err) {
        event->kind = SENSORS_KIND_STATE;
        event->channel = base_str_of(channel);
        sensors_event_measure_text(event, "action", sensors_decode_keep(message->decoding, action));
    }
    return err;
}

/* "Switch1":"ON" "POWER2":"OFF" "Button1":{"Action":"SINGLE"}; *ret_known false: it is none of them. */
static enum base_err input(struct sensors_decode_tasmota *message, struct base_str key, const struct base_json *value,
                           bool twice, bool *ret_known)
{
    struct base_str word = {NULL, 0}, action = sensors_decode_text(value, "Action");
    unsigned power = sensors_decode_tasmota_numbered(key, "POWER"),
             contact = sensors_decode_tasmota_numbered(key, "Switch"),
             button = sensors_decode_tasmota_numbered(key, "Button");
    word = base_json_in_text(value, &word) ? word : action;
    *ret_known = power || contact || button;
    if (button && action.len) {
        return pressed(message, button, action);
    }
    bool on = base_str_is(word, "ON");
    if (!(power || contact) || (!on && !base_str_is(word, "OFF"))) {
        return BASE_OK; /* TOGGLE, HOLD: the state follows */
    }
    return power ? switched(message, "on", power, on, twice) : switched(message, "switch", contact, on, false);
}

/* --- messages --- */
static enum base_err wrong(const struct sensors_decode_tasmota *message, struct base_str key)
{
    return sensors_decode_fail(message->decoding, SENSORS_REASON_FIELD, "%.*s is not an object", (int)key.len, key.at);
}

static enum base_err block(struct sensors_decode_tasmota *message, struct base_str key, const struct base_json *value)
{
    bool known;
    enum base_err err = input(message, key, value, false, &known);
    if (err || known || base_str_is(key, "ESP32")) { /* the chip's own warmth is not the room's */
        return err;
    }
    if (!base_json_in_is_object(value)) {
        for (size_t i = 0; i < BASE_COUNT(objects); i++) {
            if (base_str_is(key, objects[i])) {
                return wrong(message, key);
            }
        }
        return BASE_OK;
    }
    return base_str_is(key, "ZbReceived") ? sensors_decode_tasmota_zigbee(message, value)
                                          : sensors_decode_tasmota_block(message, key, value);
}

static enum base_err sensors_of(struct sensors_decode_tasmota *message, const struct base_json *json)
{
    struct base_str key;
    const struct base_json *value;
    enum base_err err = BASE_OK;
    begin(message, json);
    message->temperature = sensors_decode_text(json, "TempUnit");
    message->pressure = sensors_decode_text(json, "PressureUnit");
    message->temperature = message->temperature.len ? message->temperature : base_str_of("C");
    message->pressure = message->pressure.len ? message->pressure : base_str_of("hPa");
    for (void *at = NULL; !err && base_json_in_next(json, &at, &key, &value);) {
        err = block(message, key, value);
    }
    struct sensors_decoded *decoded = &message->decoding->decoded;
    decoded->ignored = !err && decoded->count == 0;
    for (size_t i = 0; decoded->redacted && i < decoded->count; i++) {
        decoded->events[i].flags |= SENSORS_FLAG_REDACTED;
    }
    return err;
}

static enum base_err inputs_of(struct sensors_decode_tasmota *message, const struct base_json *json, bool twice)
{
    struct base_str key;
    const struct base_json *value;
    enum base_err err = BASE_OK;
    bool known;
    for (void *at = NULL; !err && base_json_in_next(json, &at, &key, &value);) {
        err = input(message, key, value, twice, &known);
    }
    return err;
}

/* How it does, and what is on. Said every few minutes: nothing of it is new unless the memory says so. */
static enum base_err state(struct sensors_decode_tasmota *message, const struct base_json *json)
{
    static const char *const networks[] = {"SSId", "BSSId"};
    struct sensors_decoding *decoding = message->decoding;
    const struct base_json *wifi = base_json_in_get(json, "Wifi");
    struct sensors_event *event;
    begin(message, json);
    const struct sensors_identity identity = sensors_decode_tasmota_identity(message, "state");
    enum base_err err = sensors_decode_tasmota_add(message, &identity, &event);
    if (err) {
        return err;
    }
    event->kind = SENSORS_KIND_STATE;
    event->phase = SENSORS_PHASE_SNAPSHOT;
    event->channel = base_str_of("telemetry");
    sensors_event_measure(event, "rssi", sensors_decode_within(event, sensors_decode_number(wifi, "Signal"), -150, 0),
                          "dBm");
    sensors_event_measure(event, "uptime",
                          sensors_decode_within(event, sensors_decode_number(json, "UptimeSec"), 0, 1e10), "s");
    sensors_event_measure(event, "voltage", sensors_decode_within(event, sensors_decode_number(json, "Vcc"), 0, 6),
                          "V");
    err = inputs_of(message, json, false);
    for (size_t i = 1; !decoding->message->memory && i < decoding->decoded.count; i++) {
        decoding->decoded.events[i].phase = SENSORS_PHASE_SNAPSHOT;
    }
    sensors_decode_redact(decoding, sensors_decode_count(wifi, networks, BASE_COUNT(networks)));
    return err;
}

static enum base_err lwt(struct sensors_decode_tasmota *message, struct base_str payload)
{
    bool online = base_str_is(payload, "Online");
    struct sensors_identity identity = {.type = "lwt", .time_us = SENSORS_NO_TIME, .lon = NAN, .lat = NAN};
    struct sensors_event *event;
    if (!online && !base_str_is(payload, "Offline")) {
        return sensors_decode_fail(message->decoding, SENSORS_REASON_FIELD, "LWT: neither Online nor Offline");
    }
    begin(message, NULL);
    identity.event = payload;
    enum base_err err = sensors_decode_tasmota_add(message, &identity, &event);
    if (!err) {
        event->kind = SENSORS_KIND_LIFECYCLE;
        event->phase = online ? SENSORS_PHASE_START : SENSORS_PHASE_END;
    }
    return err;
}

static enum base_err power(struct sensors_decode_tasmota *message, struct base_str payload, unsigned number)
{
    bool on = base_str_is(payload, "ON");
    if (!on && !base_str_is(payload, "OFF")) {
        return sensors_decode_fail(message->decoding, SENSORS_REASON_FIELD, "POWER: neither ON nor OFF");
    }
    begin(message, NULL);
    return switched(message, "on", number, on, true);
}

/* Answers to commands; a switch that was switched is one. */
static enum base_err result(struct sensors_decode_tasmota *message, const struct base_json *json)
{
    static const char *const networks[] = {"SSId", "SSId1", "SSId2", "Password1", "Password2", "FriendlyName1"};
    begin(message, json);
    enum base_err err = inputs_of(message, json, true);
    message->decoding->decoded.ignored =
        !err && message->decoding->decoded.count == 0 && message->decoding->decoded.repeated == 0;
    sensors_decode_redact(message->decoding, sensors_decode_count(json, networks, BASE_COUNT(networks)));
    return err;
}

static enum base_err status(struct sensors_decode_tasmota *message, const struct base_json *json)
{
    const struct base_json *sensors = base_json_in_get(json, "StatusSNS");
    const struct base_json *states = base_json_in_get(json, "StatusSTS");
    static const char *const networks[] = {"SSId"};
    if (base_json_in_is_object(sensors)) {
        return sensors_of(message, sensors);
    }
    if (base_json_in_is_object(states)) {
        return state(message, states);
    }
    return sensors_decode_ignore(message->decoding,
                                 sensors_decode_count(base_json_in_get(json, "StatusLOG"), networks, 1));
}

static enum base_err decode_json(struct sensors_decode_tasmota *message)
{
    AUTO(base_json) json = NULL;
    enum base_err err = sensors_decode_json(message->decoding, &json);
    if (err) {
        return err;
    }
    if (base_str_is(message->what, "SENSOR")) {
        return sensors_of(message, json);
    }
    if (base_str_is(message->what, "STATE")) {
        return state(message, json);
    }
    return base_str_is(message->what, "RESULT") ? result(message, json) : status(message, json);
}

enum base_err sensors_decode_tasmota(struct sensors_decoding *decoding)
{
    struct sensors_decode_tasmota message = {.decoding = decoding, .time_us = SENSORS_NO_TIME};
    struct base_str payload = sensors_decode_word(decoding);
    if (is_discovery(decoding->message->topic)) {
        return sensors_decode_ignore(decoding, 0);
    }
    enum base_err err = read_topic(&message);
    if (err) {
        return err;
    }
    if (decoding->message->payload.len == 0 || message.asked) { /* a retained value was taken back; a command */
        return sensors_decode_ignore(decoding, 0);
    }
    if (base_str_is(message.what, "LWT")) {
        return lwt(&message, payload);
    }
    unsigned number = sensors_decode_tasmota_numbered(message.what, "POWER");
    if (number) {
        return power(&message, payload, number);
    }
    bool json = base_str_is(message.what, "SENSOR") || base_str_is(message.what, "STATE") ||
                base_str_is(message.what, "RESULT") || sensors_decode_tasmota_numbered(message.what, "STATUS") > 0;
    return json ? decode_json(&message) : sensors_decode_ignore(decoding, 0); /* INFO1, UPTIME, other answers */
}
