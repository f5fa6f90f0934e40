/* ESPresense (https://espresense.com): a node in each room hears Bluetooth tags. A tag's message says who is near which
 * room; a room's own say how the node is. None has a time. Topics, behind any prefix:
 *
 *   espresense/devices/TAG/ROOM           a checkpoint of the tag at the room
 *   espresense/rooms/ROOM/status          online, or the broker's offline when the node is lost; retained
 *   espresense/rooms/ROOM/telemetry       how the node does
 *   espresense/rooms/ROOM/temperature ... what is wired to it; retained
 */
#include "sensors/decode_private.h"

#include <math.h>
#include <string.h>

enum { LEVELS_MAX = 3 }; /* below devices/ or rooms/ */

struct espresense {
    struct sensors_decoding *decoding;
    struct base_str area; /* "devices" "rooms" ... */
    struct base_str levels[LEVELS_MAX];
    size_t count;
};

/* Sensors of a room's node, by the last level of the topic. */
static const struct {
    const char *name, *measure, *unit;
    double scale, least, most;
} sensors[] = {
    {"temperature", "temperature", "Cel", 1, -60, 125},
    {"ahtx0_temperature", "temperature", "Cel", 1, -60, 125},
    {"bme280_temperature", "temperature", "Cel", 1, -60, 125},
    {"bmp180_temperature", "temperature", "Cel", 1, -60, 125},
    {"bmp280_temperature", "temperature", "Cel", 1, -60, 125},
    {"ds18b20_temperature_1", "temperature", "Cel", 1, -60, 125},
    {"ds18b20_temperature_2", "temperature", "Cel", 1, -60, 125},
    {"ds18b20_temperature_3", "temperature", "Cel", 1, -60, 125},
    {"ds18b20_temperature_4", "temperature", "Cel", 1, -60, 125},
    {"humidity", "humidity", "%", 1, 0, 100},
    {"ahtx0_humidity", "humidity", "%", 1, 0, 100},
    {"bme280_humidity", "humidity", "%", 1, 0, 100},
    {"bme280_pressure", "pressure", "Pa", 100, 300, 1100}, /* they send hPa */
    {"bmp180_pressure", "pressure", "Pa", 100, 300, 1100},
    {"bmp280_pressure", "pressure", "Pa", 100, 300, 1100},
    {"bh1750_lux", "illuminance", "lx", 1, 0, 2e5},
    {"tsl2561_lux", "illuminance", "lx", 1, 0, 2e5},
    {"co2", "co2", "ppm", 1, 0, 4e4},
};

/* Its inputs: ON or OFF. */
static const struct {
    const char *name;
    enum sensors_kind kind;
} inputs[] = {
    {"motion", SENSORS_KIND_DETECTION}, {"pir", SENSORS_KIND_DETECTION},  {"radar", SENSORS_KIND_DETECTION},
    {"button", SENSORS_KIND_STATE},     {"button_1", SENSORS_KIND_STATE}, {"button_2", SENSORS_KIND_STATE},
    {"switch", SENSORS_KIND_STATE},     {"switch_1", SENSORS_KIND_STATE}, {"switch_2", SENSORS_KIND_STATE},
};

/* Settings of a node that list whose tags it is to look for. */
static const char *const private_settings[] = {"known_macs", "known_irks", "include", "exclude", "query", "count_ids"};

static enum base_err unknown_topic(struct sensors_decoding *decoding)
{
    return sensors_decode_wrong_topic(decoding, "not espresense/devices/TAG/ROOM or espresense/rooms/ROOM/...");
}

static bool is_area(struct base_str level)
{
    return base_str_is(level, "devices") || base_str_is(level, "rooms") || base_str_is(level, "settings") ||
           base_str_is(level, "companion");
}

static enum base_err read_topic(struct espresense *message)
{
    struct base_str rest = message->decoding->message->topic, level, area = {NULL, 0};
    while (!area.len && base_str_next(&rest, '/', &level)) {
        struct base_str ahead = rest, next;
        if (base_str_is(level, "espresense") && base_str_next(&ahead, '/', &next) && is_area(next)) {
            area = next;
            rest = ahead;
        }
    }
    bool good = area.len > 0 && base_str_utf8(message->decoding->message->topic);
    while (good && base_str_next(&rest, '/', &level)) {
        good = level.len > 0 && message->count < LEVELS_MAX;
        if (good) {
            message->levels[message->count++] = level;
        }
    }
    message->area = area;
    return good ? BASE_OK : unknown_topic(message->decoding);
}

static enum base_err ignored(const struct espresense *message, unsigned redacted)
{
    message->decoding->decoded.ignored = true;
    message->decoding->decoded.redacted += redacted;
    return BASE_OK;
}

/* The time of all of them is that of receipt; what tells two apart is what they say. */
static void finish(const struct espresense *message, struct sensors_event *event, const char *type,
                   struct base_str said)
{
    const struct sensors_identity identity = {
        .type = type, .time_us = SENSORS_NO_TIME, .lon = NAN, .lat = NAN, .event = said, .region = event->native_id};
    sensors_time_repair(event, SENSORS_NO_TIME, SENSORS_NO_TIME);
    event->dedup =
        sensors_decode_dedup(message->decoding, event->subject.len ? event->subject : event->device, &identity);
}

static unsigned count_private(const struct base_json *json)
{
    static const char *const members[] = {"name", "irk"};
    return sensors_decode_count(json, members, BASE_COUNT(members));
}

/* --- a tag near a room --- */
static void presence_measures(const struct base_json *json, struct sensors_event *event)
{
    sensors_event_measure(event, "distance",
                          sensors_decode_within(event, sensors_decode_number(json, "distance"), 0, 1000), "m");
    sensors_event_measure(event, "rssi", sensors_decode_within(event, sensors_decode_number(json, "rssi"), -150, 50),
                          "dBm");
    sensors_event_measure(event, "battery", sensors_decode_within(event, sensors_decode_number(json, "batt"), 0, 100),
                          "%");
    sensors_event_measure(event, "voltage",
                          sensors_decode_within(event, sensors_decode_number(json, "mV"), 0, 60000) / 1000, "V");
    sensors_event_measure(event, "temperature",
                          sensors_decode_within(event, sensors_decode_number(json, "temp"), -60, 125), "Cel");
    sensors_event_measure(event, "humidity", sensors_decode_within(event, sensors_decode_number(json, "rh"), 0, 100),
                          "%");
}

static enum base_err presence(const struct espresense *message)
{
    struct sensors_decoding *decoding = message->decoding;
    AUTO(base_json) json = NULL;
    char said[100];
    enum base_err err = sensors_decode_json(decoding, &json);
    if (!err) {
        err = sensors_decode_events(decoding, 1);
    }
    if (err) {
        return err;
    }
    struct sensors_event *event = decoding->decoded.events;
    struct base_str id = sensors_decode_text(json, "id");
    event->device = message->levels[1];
    event->subject = sensors_decode_keep(decoding, id.len ? id : message->levels[0]);
    event->native_id = sensors_decode_native(decoding, message->levels[1]);
    event->kind = SENSORS_KIND_CHECKPOINT;
    event->pos_source = SENSORS_POSITION_BEACON;
    presence_measures(json, event);
    unsigned redacted = count_private(json);
    decoding->decoded.redacted += redacted;
    event->flags |= redacted ? SENSORS_FLAG_REDACTED : 0;
    int len = snprintf(said, sizeof said, "%.9g %.9g %.9g", sensors_decode_number(json, "distance"),
                       sensors_decode_number(json, "rssi"), sensors_decode_number(json, "int"));
    finish(message, event, "presence", (struct base_str){said, (size_t)len});
    return BASE_OK;
}

/* --- a room's node --- */
static enum base_err room_event(const struct espresense *message, struct sensors_event **ret_event)
{
    enum base_err err = sensors_decode_events(message->decoding, 1);
    if (!err) {
        *ret_event = message->decoding->decoded.events;
        (*ret_event)->device = message->levels[0];
        (*ret_event)->subject_type = SENSORS_SUBJECT_UNIT; /* a thing, whoever carries the tags */
    }
    return err;
}

static enum base_err wrong_value(const struct espresense *message, const char *wanted)
{
    return sensors_decode_fail(message->decoding, SENSORS_REASON_FIELD, "%.*s: the payload is not %s",
                               (int)message->levels[1].len, message->levels[1].at, wanted);
}

static enum base_err status(const struct espresense *message, struct base_str payload)
{
    struct sensors_event *event;
    bool online = base_str_is(payload, "online");
    if (!online && !base_str_is(payload, "offline")) {
        return wrong_value(message, "online or offline");
    }
    enum base_err err = room_event(message, &event);
    if (!err) {
        event->kind = SENSORS_KIND_LIFECYCLE;
        event->phase = online ? SENSORS_PHASE_START : SENSORS_PHASE_END;
        finish(message, event, "status", payload);
    }
    return err;
}

static enum base_err telemetry(const struct espresense *message)
{
    struct sensors_decoding *decoding = message->decoding;
    struct sensors_event *event;
    AUTO(base_json) json = NULL;
    char said[100];
    enum base_err err = sensors_decode_json(decoding, &json);
    if (!err) {
        err = room_event(message, &event);
    }
    if (err) {
        return err;
    }
    double uptime = sensors_decode_within(event, sensors_decode_number(json, "uptime"), 0, 1e10);
    event->kind = SENSORS_KIND_STATE;
    event->phase = SENSORS_PHASE_SNAPSHOT;
    event->channel = base_str_of("telemetry");
    presence_measures(json, event);
    sensors_event_measure(event, "uptime", uptime, "s");
    sensors_event_measure(event, "count", sensors_decode_within(event, sensors_decode_number(json, "count"), 0, 1e6),
                          "1");
    int len = snprintf(said, sizeof said, "%.9g %.9g %.9g", uptime, sensors_decode_number(json, "rssi"),
                       sensors_decode_number(json, "adverts"));
    finish(message, event, "telemetry", (struct base_str){said, (size_t)len});
    return BASE_OK;
}

static enum base_err sensor(const struct espresense *message, struct base_str payload, size_t at)
{
    struct sensors_event *event;
    double value;
    if (!base_str_f64(payload, &value)) {
        return wrong_value(message, "a number");
    }
    enum base_err err = room_event(message, &event);
    if (!err) {
        event->kind = SENSORS_KIND_MEASUREMENT;
        event->channel = base_str_of(sensors[at].name);
        event->native_id = base_str_of(sensors[at].name);
        value = sensors_decode_within(event, value, sensors[at].least, sensors[at].most);
        sensors_event_measure(event, sensors[at].measure, value * sensors[at].scale, sensors[at].unit);
        finish(message, event, "sensor", payload);
    }
    return err;
}

static enum base_err input(const struct espresense *message, struct base_str payload, size_t at)
{
    struct sensors_event *event;
    bool on = base_str_is(payload, "ON");
    if (!on && !base_str_is(payload, "OFF")) {
        return wrong_value(message, "ON or OFF");
    }
    enum base_err err = room_event(message, &event);
    if (!err) {
        event->kind = inputs[at].kind;
        event->channel = base_str_of(inputs[at].name);
        event->phase = sensors_decode_change(message->decoding, event->device, event->channel, on);
        event->native_id = base_str_of(inputs[at].name);
        sensors_event_measure(event, event->kind == SENSORS_KIND_DETECTION ? "motion" : "on", on, "1");
        finish(message, event, "input", payload);
    }
    return err;
}

/* What is neither is a setting of the node, which says nothing of the place. */
static enum base_err room(const struct espresense *message)
{
    struct base_str what = message->levels[1];
    struct base_str payload = sensors_decode_word(message->decoding);
    if (base_str_is(what, "status")) {
        return status(message, payload);
    }
    if (base_str_is(what, "telemetry")) {
        return telemetry(message);
    }
    for (size_t i = 0; i < BASE_COUNT(sensors); i++) {
        if (base_str_is(what, sensors[i].name)) {
            return sensor(message, payload, i);
        }
    }
    for (size_t i = 0; i < BASE_COUNT(inputs); i++) {
        if (base_str_is(what, inputs[i].name)) {
            return input(message, payload, i);
        }
    }
    unsigned private = 0;
    for (size_t i = 0; i < BASE_COUNT(private_settings); i++) {
        private += base_str_is(what, private_settings[i]);
    }
    return ignored(message, private);
}

/* Names that people gave their tags. */
static enum base_err settings(const struct espresense *message)
{
    AUTO(base_json) json = NULL;
    enum base_err err = sensors_decode_json(message->decoding, &json);
    return err ? err : ignored(message, count_private(json));
}

enum base_err sensors_decode_espresense(struct sensors_decoding *decoding)
{
    struct espresense message = {.decoding = decoding};
    enum base_err err = read_topic(&message);
    if (err) {
        return err;
    }
    bool set = message.count == LEVELS_MAX && base_str_is(message.levels[LEVELS_MAX - 1], "set");
    if (decoding->message->payload.len == 0 || base_str_is(message.area, "companion") || set) {
        return ignored(&message, 0); /* a retained value was taken back; a command */
    }
    if (base_str_is(message.area, "devices") && message.count >= 2) {
        return message.count == 2 ? presence(&message) : ignored(&message, 0); /* 3: what a tag's own service said */
    }
    if (base_str_is(message.area, "rooms") && message.count == 2) {
        return room(&message);
    }
    return base_str_is(message.area, "settings") ? settings(&message) : unknown_topic(decoding);
}
