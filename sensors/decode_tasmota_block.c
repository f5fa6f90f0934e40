/* What the blocks of a Tasmota message mean, by their keys: cards held to a reader, Bluetooth beacons, and sensors. */
#include "sensors/decode_tasmota.h"

#include <math.h>
#include <string.h>

enum { CARD_MAX = 128, SAID_MAX = 1000, ARRAY_MAX = 3 };

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
    {"Weight", "weight", NULL, "kg"},
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

/* --- cards and beacons --- */
static void auth(struct sensors_event *event, struct base_str said)
{
    bool passed = base_str_is(said, "Ok");
    if (passed || base_str_is(said, "NOk")) {
        sensors_event_measure(event, "nfc_auth", passed, "1");
    }
}

/* A card somebody held to the reader. */
static enum base_err card(struct sensors_decode_tasmota *message, struct base_str key, const struct base_json *block)
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
    struct sensors_identity identity = sensors_decode_tasmota_identity(message, "card");
    struct sensors_event *event;
    identity.event = uid;
    identity.region = key;
    enum base_err err = sensors_decode_tasmota_add(message, &identity, &event);
    if (!err) {
        event->kind = SENSORS_KIND_CHECKPOINT;
        sensors_decode_subject(message->decoding, event, SENSORS_SUBJECT_TAG, uid);
        auth(event, sensors_decode_text(block, "Auth"));
        sensors_decode_redact(message->decoding, sensors_decode_count(block, written, BASE_COUNT(written)));
    }
    return err;
}

/* On or off again, or still; the memory holds no beacon in clear. */
static enum sensors_phase beacon_phase(const struct sensors_decode_tasmota *message, struct base_str id,
                                       struct base_str state)
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

static enum base_err beacon(struct sensors_decode_tasmota *message, struct base_str key, const struct base_json *block)
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
    struct sensors_identity identity = sensors_decode_tasmota_identity(message, "beacon");
    struct sensors_event *event;
    identity.event = state;
    identity.region = id;
    enum base_err err = sensors_decode_tasmota_add(message, &identity, &event);
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

static struct base_str unit_of(const struct sensors_decode_tasmota *message, size_t field)
{
    if (fields[field].unit) {
        return base_str_of(fields[field].unit);
    }
    return strcmp(fields[field].quantity, "pressure") == 0 ? message->pressure : message->temperature;
}

static void add_number(const struct sensors_decode_tasmota *message, struct sensors_readings *readings, size_t field,
                       unsigned number, const struct base_json *value)
{
    const struct sensors_quantity *quantity = sensors_quantity_find(base_str_of(fields[field].quantity));
    const char *name = fields[field].name ? fields[field].name : quantity->name;
    sensors_readings_add(readings, quantity, sensors_decode_tasmota_name(message, name, number),
                         sensors_decode_number_of(value), unit_of(message, field));
}

/* Meters of several phases have a number for each. */
static void add_field(const struct sensors_decode_tasmota *message, struct sensors_readings *readings,
                      struct base_str member, const struct base_json *value)
{
    size_t field = 0;
    while (field < BASE_COUNT(fields) && !base_str_is(member, fields[field].field)) {
        field++;
    }
    unsigned number = 1;
    for (size_t i = 0; field == BASE_COUNT(fields) && i < BASE_COUNT(fields); i++) {
        number = sensors_decode_tasmota_numbered(member, fields[i].field);
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

static enum base_err sensor(struct sensors_decode_tasmota *message, struct base_str key, const struct base_json *block)
{
    struct sensors_readings readings = {.count = 0};
    struct base_str member;
    const struct base_json *value;
    char text[SAID_MAX];
    for (void *at = NULL; base_json_in_next(block, &at, &member, &value);) {
        add_field(message, &readings, member, value);
    }
    add_distance(&readings, key, block);
    struct sensors_event like = message->like;
    struct sensors_identity identity = sensors_decode_tasmota_identity(message, "sensor");
    like.channel = sensors_decode_keep(message->decoding, key);
    like.native_id = sensors_decode_native(message->decoding, sensors_decode_text(block, "Id"));
    identity.event = said(&readings, text, sizeof text);
    identity.region = key;
    return sensors_readings_events(message->decoding, &readings, &like, &identity);
}

enum base_err sensors_decode_tasmota_block(struct sensors_decode_tasmota *message, struct base_str key,
                                           const struct base_json *block)
{
    if (!sensors_decode_tasmota_plain(key)) { /* a name somebody gave it */
        message->decoding->decoded.redacted++;
        return BASE_OK;
    }
    if (base_str_starts(key, "IBEACON")) {
        return beacon(message, key, block);
    }
    return base_json_in_get(block, "UID") || base_str_is(key, "PN532") || base_str_is(key, "RC522")
               ? card(message, key, block)
               : sensor(message, key, block);
}
