/* Tasmota (https://tasmota.github.io/docs/MQTT): switches, sensors of any kind, readers of NFC cards and of Bluetooth
 * beacons. What a block of a message means is in its key, its units are siblings, its time is local without a zone.
 *
 *   tele/DEVICE/SENSOR, DEVICE/tele/SENSOR    a block a sensor        tele/DEVICE/STATE    how it does
 *   stat/DEVICE/RESULT, POWER                 what was switched       tele/DEVICE/LWT      Online, Offline
 *   stat/DEVICE/STATUS8, STATUS10, STATUS11   the first two, asked for
 */
#include "sensors/decode_private.h"

#include <math.h>
#include <string.h>

enum { LEVELS_MAX = 16, KEY_MAX = 40, CARD_MAX = 128, SAID_MAX = 1000, ARRAY_MAX = 3 };

struct tasmota {
    struct sensors_decoding *decoding;
    struct base_str device, what; /* of the topic */
    bool asked;                   /* cmnd: a command, not a report */
    struct base_str temperature, pressure;
    int64_t time_us; /* as the message has it */
    struct sensors_event like;
};

/* NULL unit: the message's own. */
static const struct {
    const char *field, *quantity, *name, *unit;
} fields[] = {
    {"Temperature", "temperature", NULL, NULL},
    {"Humidity", "humidity", NULL, "%"},
    {"Moisture", "humidity", "soil_moisture", "%"},
    {"Pressure", "pressure", NULL, NULL},
    {"Illuminance", "illuminance", NULL, "lx"},
    {"CarbonDioxide", "co2", NULL, "ppm"},
    {"eCO2", "co2", NULL, "ppm"},
    {"PM1", "pm1", NULL, "ug/m3"},
    {"PM2.5", "pm2_5", NULL, "ug/m3"},
    {"PM10", "pm10", NULL, "ug/m3"},
    {"Power", "power", NULL, "W"},
    {"Voltage", "voltage", NULL, "V"},
    {"Current", "current", NULL, "A"},
    {"Frequency", "frequency", NULL, "Hz"},
    {"Total", "energy", NULL, "kWh"},
    {"C", "count", NULL, "1"},
    {"Battery", "battery", NULL, "%"},
    {"RSSI", "rssi", NULL, "dBm"},
};

/* Each driver has its own unit of length; of others it is not known. */
static const struct {
    const char *block, *unit;
} distances[] = {
    {"SR04", "cm"},    {"ME007", "cm"},   {"DYP", "cm"},      {"TFMINI", "cm"},
    {"VL53L0X", "mm"}, {"VL53L1X", "mm"}, {"TOF10120", "mm"}, {"HRXL", "mm"},
};

/* Blocks that are objects, or are not understood at all. */
static const char *const objects[] = {"PN532", "RC522", "RDM6300", "WIEGAND", "IBEACON", "ENERGY", "SR04", "BME280"};

/* --- topic --- */
static enum base_err unknown_topic(struct sensors_decoding *decoding)
{
    struct base_str topic = decoding->message->topic;
    return sensors_decode_fail(decoding, SENSORS_REASON_TOPIC,
                               "topic \"%.*s\" is neither tele/DEVICE/SENSOR nor DEVICE/tele/SENSOR or such",
                               (int)(topic.len < 200 ? topic.len : 200), topic.len ? topic.at : "");
}

static bool is_prefix(struct base_str level)
{
    return base_str_is(level, "tele") || base_str_is(level, "stat") || base_str_is(level, "cmnd");
}

/* The device is what lies between the prefix and the last level or, when that is nothing, before the prefix. */
static enum base_err read_topic(struct tasmota *message)
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
static unsigned numbered(struct base_str word, const char *name)
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
static const char *numbered_name(const struct tasmota *message, const char *name, unsigned number)
{
    char text[KEY_MAX + 8];
    int len = snprintf(text, sizeof text, "%s_%u", name, number);
    return number < 2 ? name : base_arena_text(message->decoding->arena, (struct base_str){text, (size_t)len});
}

/* --- what all have --- */
static enum base_err begin(struct tasmota *message, const struct base_json *json)
{
    struct sensors_decoding *decoding = message->decoding;
    struct sensors_event *event;
    enum base_err err = sensors_decode_add(decoding, &event);
    if (err) {
        return err;
    }
    message->like = *event;
    decoding->decoded.count--;
    message->time_us = sensors_decode_time(decoding, json, "Time");
    message->like.device = message->device;
    message->like.subject_type = SENSORS_SUBJECT_UNIT; /* whoever is at it */
    sensors_time_repair(&message->like, message->time_us, SENSORS_NO_TIME);
    return BASE_OK;
}

static struct sensors_identity identity_of(const struct tasmota *message, const char *type)
{
    return (struct sensors_identity){.type = type, .time_us = message->time_us, .lon = NAN, .lat = NAN};
}

static enum base_err add(const struct tasmota *message, const struct sensors_identity *identity, struct base_str key_of,
                         struct sensors_event **ret_event)
{
    enum base_err err = sensors_decode_add(message->decoding, ret_event);
    if (!err) {
        **ret_event = message->like;
        (*ret_event)->dedup = sensors_decode_dedup(message->decoding, key_of, identity);
    }
    return err;
}

/* --- cards and beacons --- */
static void auth(struct sensors_event *event, struct base_str said)
{
    bool passed = base_str_is(said, "Ok");
    if (passed || base_str_is(said, "NOk")) {
        sensors_event_measure(event, "nfc_auth", passed, "1");
    }
}

/* A card somebody held to the reader. */
static enum base_err card(struct tasmota *message, struct base_str key, const struct base_json *block)
{
    static const char *const written[] = {"Data", "DATA", "data"};
    const struct base_json *member = base_json_in_get(block, "UID");
    struct base_str uid = sensors_decode_text(block, "UID");
    char digits[24];
    int64_t number;
    if (base_json_in_i64(member, &number)) {
        uid = (struct base_str){digits, (size_t)snprintf(digits, sizeof digits, "%lld", (long long)number)};
    }
    if (uid.len == 0 || uid.len > CARD_MAX) {
        return sensors_decode_fail(message->decoding, SENSORS_REASON_FIELD, "%.*s: UID is missing, empty or no text",
                                   (int)key.len, key.at);
    }
    struct sensors_identity identity = identity_of(message, "card");
    struct sensors_event *event;
    identity.event = uid;
    identity.region = key;
    enum base_err err = add(message, &identity, message->device, &event);
    if (!err) {
        event->kind = SENSORS_KIND_CHECKPOINT;
        sensors_decode_subject(message->decoding, event, SENSORS_SUBJECT_TAG, uid);
        auth(event, sensors_decode_text(block, "Auth"));
        sensors_decode_redact(message->decoding, sensors_decode_count(block, written, BASE_COUNT(written)));
    }
    return err;
}

/* On or off again, or still; the memory holds no beacon in clear. */
static enum sensors_phase beacon_phase(const struct tasmota *message, struct base_str id, struct base_str state)
{
    char hex[BASE_ID_TEXT];
    const struct base_str parts[] = {base_str_of("beacon"), id};
    if (!base_str_is(state, "ON") && !base_str_is(state, "OFF")) {
        return SENSORS_PHASE_PULSE;
    }
    base_id_hex(base_key_id(message->decoding->message->key, parts, BASE_COUNT(parts)), hex);
    return sensors_decode_change(message->decoding, message->device, base_str_of(hex), base_str_is(state, "ON"));
}

static struct base_str beacon_id(const struct base_json *block, char *text, size_t size)
{
    struct base_str mac = sensors_decode_text(block, "MAC");
    struct base_str uid = sensors_decode_text(block, "UID");
    double major = sensors_decode_number(block, "MAJOR"), minor = sensors_decode_number(block, "MINOR");
    if (mac.len || uid.len == 0 || uid.len > CARD_MAX - 40 || !(fabs(major) < 1e9) || !(fabs(minor) < 1e9)) {
        return mac.len ? mac : uid;
    }
    int len = snprintf(text, size, "%.*s:%.0f:%.0f", (int)uid.len, uid.at, major, minor);
    return (struct base_str){text, (size_t)len};
}

static enum base_err beacon(struct tasmota *message, struct base_str key, const struct base_json *block)
{
    static const char *const names[] = {"NAME", "Name"};
    char text[CARD_MAX];
    struct base_str id = beacon_id(block, text, sizeof text);
    struct base_str state = sensors_decode_text(block, "STATE");
    double rssi = sensors_decode_number(block, "RSSI");
    if (id.len == 0 || id.len > CARD_MAX) {
        return sensors_decode_fail(message->decoding, SENSORS_REASON_FIELD, "%.*s: neither MAC nor UID is a text",
                                   (int)key.len, key.at);
    }
    struct sensors_identity identity = identity_of(message, "beacon");
    struct sensors_event *event;
    identity.event = state;
    identity.region = id;
    enum base_err err = add(message, &identity, message->device, &event);
    if (!err) {
        event->kind = SENSORS_KIND_CHECKPOINT;
        event->phase = beacon_phase(message, id, state);
        event->pos_source = SENSORS_POSITION_BEACON;
        sensors_decode_subject(message->decoding, event, SENSORS_SUBJECT_TAG, id);
        sensors_event_measure(event, "rssi", rssi == 0 ? NAN : sensors_decode_within(event, rssi, -150, 50), "dBm");
        sensors_decode_redact(message->decoding, sensors_decode_count(block, names, BASE_COUNT(names)));
    }
    return err;
}

/* --- sensors --- */
static const char *distance_unit(struct base_str key)
{
    for (size_t i = 0; i < BASE_COUNT(distances); i++) {
        if (base_str_starts(key, distances[i].block)) {
            return distances[i].unit;
        }
    }
    return NULL;
}

static struct base_str unit_of(const struct tasmota *message, size_t field)
{
    if (fields[field].unit) {
        return base_str_of(fields[field].unit);
    }
    return strcmp(fields[field].quantity, "pressure") == 0 ? message->pressure : message->temperature;
}

static void add_number(const struct tasmota *message, struct sensors_readings *readings, size_t field, unsigned number,
                       const struct base_json *value)
{
    const struct sensors_quantity *quantity = sensors_quantity_find(base_str_of(fields[field].quantity));
    const char *name = fields[field].name ? fields[field].name : quantity->name;
    sensors_readings_add(readings, quantity, numbered_name(message, name, number), sensors_decode_number_of(value),
                         unit_of(message, field));
}

/* Meters of several phases have a number for each. */
static void add_field(const struct tasmota *message, struct sensors_readings *readings, struct base_str member,
                      const struct base_json *value)
{
    size_t field = 0;
    while (field < BASE_COUNT(fields) && !base_str_is(member, fields[field].field)) {
        field++;
    }
    unsigned number = 1;
    for (size_t i = 0; field == BASE_COUNT(fields) && i < BASE_COUNT(fields); i++) {
        number = numbered(member, fields[i].field);
        field = number ? i : field;
        i = number ? BASE_COUNT(fields) : i;
    }
    if (field == BASE_COUNT(fields)) {
        return;
    }
    if (!base_json_in_is_array(value)) {
        add_number(message, readings, field, number, value);
    }
    for (unsigned i = 0; base_json_in_is_array(value) && i < base_json_in_size(value) && i < ARRAY_MAX; i++) {
        add_number(message, readings, field, i + 1, base_json_in_at(value, i));
    }
}

static void add_distance(struct sensors_readings *readings, struct base_str key, const struct base_json *block)
{
    const char *unit = distance_unit(key);
    if (unit) {
        sensors_readings_add(readings, sensors_quantity_find(base_str_of("distance")), NULL,
                             sensors_decode_number(block, "Distance"), base_str_of(unit));
    }
}

/* What two readings of one second differ in. */
static struct base_str said(const struct sensors_readings *readings, char *text, size_t size)
{
    size_t len = 0;
    for (size_t i = 0; i < readings->count && len + 60 < size; i++) {
        int more = snprintf(text + len, size - len, "%s=%.9g;", readings->list[i].name, readings->list[i].value);
        len += more > 0 ? (size_t)more : 0;
    }
    return (struct base_str){text, len < size ? len : size - 1};
}

/* A key names a driver and its number; one that people gave a name of their own is not kept. */
static bool plain_key(struct base_str key)
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

static enum base_err sensor(struct tasmota *message, struct base_str key, const struct base_json *block)
{
    struct sensors_readings readings = {.count = 0};
    struct base_str member;
    const struct base_json *value;
    char text[SAID_MAX];
    if (!plain_key(key)) {
        message->decoding->decoded.redacted++;
        return BASE_OK;
    }
    for (void *at = NULL; base_json_in_next(block, &at, &member, &value);) {
        add_field(message, &readings, member, value);
    }
    add_distance(&readings, key, block);
    struct sensors_event like = message->like;
    struct sensors_identity identity = identity_of(message, "sensor");
    like.channel = sensors_decode_keep(message->decoding, key);
    like.native_id = sensors_decode_native(message->decoding, sensors_decode_text(block, "Id"));
    identity.event = said(&readings, text, sizeof text);
    identity.region = key;
    return sensors_readings_events(message->decoding, &readings, &like, &identity);
}

/* --- switches and buttons --- */
static enum base_err switched(struct tasmota *message, const char *name, unsigned number, bool on, bool twice)
{
    const struct sensors_quantity *quantity = sensors_quantity_find(base_str_of("on"));
    struct sensors_readings readings = {.count = 0};
    char what[SENSORS_MEMORY_KEY_MAX];
    const char *channel = numbered_name(message, name, number);
    struct sensors_identity identity = identity_of(message, "switch");
    identity.event = base_str_of(on ? "ON" : "OFF");
    if (!channel) {
        return sensors_decode_fail(message->decoding, SENSORS_REASON_TOO_MANY, "no room for one more switch");
    }
    int len = snprintf(what, sizeof what, "tasmota/%s/%.*s", channel, (int)message->device.len, message->device.at);
    len = len < (int)sizeof what ? len : (int)sizeof what - 1;
    if (twice &&
        sensors_decode_again(message->decoding, (struct base_str){what, (size_t)len}, identity.event).repeated) {
        message->decoding->decoded.repeated++;
        return BASE_OK;
    }
    sensors_readings_add(&readings, quantity, channel, on, (struct base_str){NULL, 0});
    return sensors_readings_events(message->decoding, &readings, &message->like, &identity);
}

static enum base_err pressed(struct tasmota *message, unsigned number, struct base_str action)
{
    struct sensors_identity identity = identity_of(message, "button");
    struct sensors_event *event;
    const char *channel = numbered_name(message, "action", number);
    if (!channel || !plain_key(action)) {
        return BASE_OK;
    }
    identity.event = action;
    identity.region = base_str_of(channel);
    enum base_err err = add(message, &identity, message->device, &event);
    if (!err) {
        event->kind = SENSORS_KIND_STATE;
        event->channel = base_str_of(channel);
        event->native_id = sensors_decode_native(message->decoding, action);
    }
    return err;
}

/* "Switch1":"ON" "POWER2":"OFF" "Button1":{"Action":"SINGLE"}; *ret_known false: it is none of them. */
static enum base_err input(struct tasmota *message, struct base_str key, const struct base_json *value, bool twice,
                           bool *ret_known)
{
    struct base_str word = {NULL, 0}, action = sensors_decode_text(value, "Action");
    unsigned power = numbered(key, "POWER"), contact = numbered(key, "Switch"), button = numbered(key, "Button");
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
static enum base_err wrong(const struct tasmota *message, struct base_str key)
{
    return sensors_decode_fail(message->decoding, SENSORS_REASON_FIELD, "%.*s is not an object", (int)key.len, key.at);
}

static enum base_err block(struct tasmota *message, struct base_str key, const struct base_json *value)
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
    if (base_str_starts(key, "IBEACON")) {
        return beacon(message, key, value);
    }
    return base_json_in_get(value, "UID") ? card(message, key, value) : sensor(message, key, value);
}

static enum base_err sensors_of(struct tasmota *message, const struct base_json *json)
{
    struct base_str key;
    const struct base_json *value;
    enum base_err err = begin(message, json);
    message->temperature = sensors_decode_text(json, "TempUnit");
    message->pressure = sensors_decode_text(json, "PressureUnit");
    message->temperature = message->temperature.len ? message->temperature : base_str_of("C");
    message->pressure = message->pressure.len ? message->pressure : base_str_of("hPa");
    for (void *at = NULL; !err && base_json_in_next(json, &at, &key, &value);) {
        err = block(message, key, value);
    }
    message->decoding->decoded.ignored = !err && message->decoding->decoded.count == 0;
    return err;
}

static enum base_err inputs_of(struct tasmota *message, const struct base_json *json, bool twice)
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
static enum base_err state(struct tasmota *message, const struct base_json *json)
{
    static const char *const networks[] = {"SSId", "BSSId"};
    struct sensors_decoding *decoding = message->decoding;
    const struct base_json *wifi = base_json_in_get(json, "Wifi");
    struct sensors_identity identity = identity_of(message, "state");
    struct sensors_event *event;
    enum base_err err = begin(message, json);
    identity.time_us = message->time_us;
    if (!err) {
        err = add(message, &identity, message->device, &event);
    }
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

static enum base_err lwt(struct tasmota *message, struct base_str payload)
{
    bool online = base_str_is(payload, "Online");
    struct sensors_identity identity = {.type = "lwt", .time_us = SENSORS_NO_TIME, .lon = NAN, .lat = NAN};
    struct sensors_event *event;
    if (!online && !base_str_is(payload, "Offline")) {
        return sensors_decode_fail(message->decoding, SENSORS_REASON_FIELD, "LWT: neither Online nor Offline");
    }
    enum base_err err = begin(message, NULL);
    identity.event = payload;
    if (!err) {
        err = add(message, &identity, message->device, &event);
    }
    if (!err) {
        event->kind = SENSORS_KIND_LIFECYCLE;
        event->phase = online ? SENSORS_PHASE_START : SENSORS_PHASE_END;
    }
    return err;
}

static enum base_err power(struct tasmota *message, struct base_str payload, unsigned number)
{
    bool on = base_str_is(payload, "ON");
    if (!on && !base_str_is(payload, "OFF")) {
        return sensors_decode_fail(message->decoding, SENSORS_REASON_FIELD, "POWER: neither ON nor OFF");
    }
    enum base_err err = begin(message, NULL);
    return err ? err : switched(message, "on", number, on, true);
}

/* Answers to commands; a switch that was switched is one. */
static enum base_err result(struct tasmota *message, const struct base_json *json)
{
    static const char *const networks[] = {"SSId", "SSId1", "SSId2", "Password1", "Password2", "FriendlyName1"};
    enum base_err err = begin(message, json);
    if (!err) {
        err = inputs_of(message, json, true);
    }
    message->decoding->decoded.ignored =
        !err && message->decoding->decoded.count == 0 && message->decoding->decoded.repeated == 0;
    sensors_decode_redact(message->decoding, sensors_decode_count(json, networks, BASE_COUNT(networks)));
    return err;
}

static enum base_err status(struct tasmota *message, const struct base_json *json)
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

static enum base_err decode_json(struct tasmota *message)
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
    struct tasmota message = {.decoding = decoding, .time_us = SENSORS_NO_TIME};
    struct base_str payload = base_str_trim(decoding->message->payload);
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
    unsigned number = numbered(message.what, "POWER");
    if (number) {
        return power(&message, payload, number);
    }
    bool json = base_str_is(message.what, "SENSOR") || base_str_is(message.what, "STATE") ||
                base_str_is(message.what, "RESULT") || numbered(message.what, "STATUS") > 0;
    return json ? decode_json(&message) : sensors_decode_ignore(decoding, 0); /* INFO1, UPTIME, other answers */
}
