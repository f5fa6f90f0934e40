/* Traccar (https://www.traccar.org/forward): a server that speaks the protocols of most vehicle trackers and forwards
 * what they say. Speeds are knots, distances metres, running times milliseconds.
 *
 *   {"position":{...},"device":{...}}               a fix; before 2023 a bare list of positions, without devices
 *   {"event":{...},"position":{...},"device":{...}} what the server made of it: geofences, ignition, alarms, on-line
 *   {"location":{"coords":{...}},"device_id":...}   the Traccar Client app by itself: metres a second, 0 to 1
 */
#include "sensors/decode_vehicle.h"

#include <math.h>
#include <string.h>

#define KNOT (1852.0 / 3600)
#define OVERSPEED_LASTS_US (INT64_C(600) * 1000000) /* nothing says that it is over */

struct traccar {
    struct sensors_decoding *decoding;
    const struct base_json *position, *event, *device, *geofence;
    struct base_str id;
};

/* Whose it is, as people typed it in; and who drives. */
static const char *const device_private[] = {"name", "phone", "contact", "email"};
static const char *const position_private[] = {"address"};
static const char *const attribute_private[] = {"driverUniqueId", "driverName", "phone", "text", "message",
                                                "result",         "image",      "video", "audio"};
static const char *const geofence_private[] = {"name", "description"};
static const char *const network_private[] = {"wifiAccessPoints"};

/* The words of "alarm"; those without a bit say that all is well, or how somebody drives when tired. */
static const struct {
    const char *word;
    uint64_t bit;
} alarms[] = {
#define ALARM(word, name)                                 \
    {                                                     \
        word, UINT64_C(1) << SENSORS_VEHICLE_ALARM_##name \
    }
    ALARM("sos", SOS),
    ALARM("accident", ACCIDENT),
    ALARM("fallDown", FALL),
    ALARM("tow", TOW),
    ALARM("jamming", JAMMING),
    ALARM("tampering", TAMPER),
    ALARM("removing", TAMPER),
    ALARM("bonnet", TAMPER),
    ALARM("powerCut", FAULT),
    ALARM("powerOff", FAULT),
    ALARM("overspeed", OVERSPEED),
    ALARM("geofence", GEOFENCE),
    ALARM("geofenceEnter", GEOFENCE),
    ALARM("geofenceExit", GEOFENCE),
    ALARM("movement", MOVEMENT),
    ALARM("vibration", VIBRATION),
    ALARM("shock", VIBRATION),
    ALARM("fault", FAULT),
    ALARM("gpsAntennaCut", FAULT),
    ALARM("door", DOOR),
    ALARM("fuelLeak", FUEL),
    ALARM("temperature", FAULT),
    ALARM("lowBattery", BATTERY_LOW),
    ALARM("lowPower", FAULT),
    ALARM("parking", PARKING),
    ALARM("hardAcceleration", DRIVING),
    ALARM("hardBraking", DRIVING),
    ALARM("hardCornering", DRIVING),
    ALARM("laneChange", DRIVING),
#undef ALARM
    {"fatigueDriving", 0},
    {"powerOn", 0},
    {"powerRestored", 0},
    {"lock", 0},
    {"unlock", 0},
    {"idle", 0},
    {"lowspeed", 0},
    {"highRpm", 0},
    {"footBrake", 0},
};

/* Types of events; `alarm` is told by its words. */
static const struct kind {
    const char *type;
    enum sensors_kind kind;
    enum sensors_phase phase;
    const char *channel;
    int severity;
    double value;
} kinds[] = {
#define NONE SENSORS_NO_SEVERITY
    {"geofenceEnter", SENSORS_KIND_TRANSITION, SENSORS_PHASE_START, NULL, NONE, NAN},
    {"geofenceExit", SENSORS_KIND_TRANSITION, SENSORS_PHASE_END, NULL, NONE, NAN},
    {"deviceOnline", SENSORS_KIND_LIFECYCLE, SENSORS_PHASE_START, NULL, NONE, NAN},
    {"deviceOffline", SENSORS_KIND_LIFECYCLE, SENSORS_PHASE_END, NULL, NONE, NAN},
    {"deviceInactive", SENSORS_KIND_LIFECYCLE, SENSORS_PHASE_END, NULL, NONE, NAN},
    {"deviceMoving", SENSORS_KIND_STATE, SENSORS_PHASE_START, "moving", NONE, 1},
    {"deviceStopped", SENSORS_KIND_STATE, SENSORS_PHASE_END, "moving", NONE, 0},
    {"ignitionOn", SENSORS_KIND_STATE, SENSORS_PHASE_START, "ignition", NONE, 1},
    {"ignitionOff", SENSORS_KIND_STATE, SENSORS_PHASE_END, "ignition", NONE, 0},
    {"deviceOverspeed", SENSORS_KIND_ALARM, SENSORS_PHASE_START, "overspeed", 2, 1},
    {"deviceFuelDrop", SENSORS_KIND_ALARM, SENSORS_PHASE_START, "fuel", 2, 1},
    {"maintenance", SENSORS_KIND_STATE, SENSORS_PHASE_PULSE, "maintenance", NONE, 1},
#undef NONE
};

static const char *const ignored_types[] = {"commandResult", "queuedCommandSent", "deviceFuelIncrease", "deviceIdle",
                                            "deviceUnknown", "driverChanged",     "textMessage",        "media"};

static const struct base_json *attributes_of(const struct base_json *object)
{
    return base_json_in_get(object, "attributes"); /* {} or, from PHP, []: then no member is found */
}

static unsigned count_private(const struct traccar *message)
{
    const struct base_json *network = base_json_in_get(message->position, "network");
    return sensors_decode_count(message->device, device_private, BASE_COUNT(device_private)) +
           sensors_decode_count(message->geofence, geofence_private, BASE_COUNT(geofence_private)) +
           sensors_decode_count(message->position, position_private, BASE_COUNT(position_private)) +
           sensors_decode_count(network, network_private, BASE_COUNT(network_private)) +
           sensors_decode_count(attributes_of(message->position), attribute_private, BASE_COUNT(attribute_private)) +
           sensors_decode_count(attributes_of(message->event), attribute_private, BASE_COUNT(attribute_private));
}

/* The server's own number of a device, which events and old lists have alone. */
static struct base_str number_of(const struct traccar *message)
{
    struct base_str number = sensors_decode_id(message->decoding, message->position, "deviceId");
    number = number.len ? number : sensors_decode_id(message->decoding, message->event, "deviceId");
    return number.len ? number : sensors_decode_id(message->decoding, message->device, "id");
}

/* "id:7": never taken for a tracker's own id. */
static struct base_str marked(struct sensors_decoding *decoding, struct base_str number)
{
    char text[80];
    int len = snprintf(text, sizeof text, "id:%.*s", (int)number.len, number.len ? number.at : "");
    bool fits = number.len && len > 0 && (size_t)len < sizeof text;
    return sensors_decode_keep(decoding, (struct base_str){text, fits ? (size_t)len : 0});
}

/* uniqueId, as the tracker says it; else the one that came with the same number before, else the number. */
static enum base_err read_device(struct traccar *message)
{
    struct sensors_memory *memory = message->decoding->message->memory;
    struct base_str number = number_of(message), known;
    char text[80];
    int len = snprintf(text, sizeof text, "device/%.*s", (int)number.len, number.len ? number.at : "");
    struct base_str key = {text, number.len && len > 0 && (size_t)len < sizeof text ? (size_t)len : 0};
    message->id = sensors_decode_id(message->decoding, message->device, "uniqueId");
    if (message->id.len && key.len && sensors_memory_set(memory, key, message->id)) {
        return BASE_OK; /* a full memory: messages without a uniqueId go by the number */
    }
    if (!message->id.len) {
        bool found = key.len && sensors_memory_get(memory, key, &known);
        message->id = found ? sensors_decode_keep(message->decoding, known) : marked(message->decoding, number);
    }
    return message->id.len ? BASE_OK
                           : sensors_decode_fail(message->decoding, SENSORS_REASON_FIELD,
                                                 "neither device.uniqueId nor deviceId says whose it is");
}

static void set_time(struct sensors_event *event, int64_t device_us, int64_t server_us)
{
    event->t_gateway = server_us;
    sensors_time_repair(event, device_us, server_us);
    sensors_time_rescue(event, server_us, SENSORS_TIME_SERVER);
}

static bool says(const struct base_json *object, const char *key, bool what)
{
    bool flag;
    return base_json_in_bool(base_json_in_get(object, key), &flag) && flag == what;
}

/* The server asked a network where its cells and access points are. */
static bool by_network(const struct base_json *position)
{
    return says(attributes_of(position), "approximate", true);
}

/* The receiver has no fix: the server fills in the last one it knows. */
static bool without_fix(const struct base_json *position)
{
    return says(position, "valid", false) || (says(position, "outdated", true) && !by_network(position));
}

/* Where, how fast, which way. */
static enum base_err place(const struct traccar *message, struct sensors_event *event)
{
    const struct base_json *position = message->position;
    double lat = sensors_decode_number(position, "latitude"), lon = sensors_decode_number(position, "longitude");
    if (isnan(lat) || isnan(lon)) {
        return sensors_decode_fail(message->decoding, SENSORS_REASON_FIELD,
                                   "a position needs numbers for latitude and longitude");
    }
    enum base_err err = sensors_decode_position(message->decoding, event, lon, lat);
    if (err) {
        return err;
    }
    if (without_fix(position)) {
        event->lon = event->lat = NAN;
        event->pos_source = SENSORS_POSITION_NONE;
        event->flags |= SENSORS_FLAG_PARTIAL;
    }
    if (!isnan(event->lon)) {
        double accuracy = sensors_decode_number(position, "accuracy");
        event->pos_source = by_network(position) ? SENSORS_POSITION_NETWORK : event->pos_source;
        event->acc_m = accuracy == 0 ? NAN : sensors_decode_within(event, accuracy, 0, 1e7); /* 0: not known */
        event->alt_m = sensors_decode_within(event, sensors_decode_number(position, "altitude"), -500, 20000);
        event->speed_mps = sensors_decode_within(event, sensors_decode_number(position, "speed") * KNOT, 0, 500);
        event->course_deg = sensors_decode_within(event, sensors_decode_number(position, "course"), 0, 360);
    }
    return BASE_OK;
}

/* Per cent when it is whole, as trackers and old servers say it; else volts. */
static void battery(struct sensors_event *event, const struct base_json *attributes)
{
    double level = sensors_decode_number(attributes, "batteryLevel"),
           said = sensors_decode_number(attributes, "battery");
    double volts = sensors_decode_number(attributes, "power");
    bool whole = said == floor(said) || said > 60;
    level = isnan(level) && whole ? said : level;
    volts = isnan(volts) && !whole ? said : volts;
    sensors_event_measure(event, "battery", sensors_decode_within(event, level, 0, 100), "%");
    sensors_event_measure(event, "voltage", sensors_decode_within(event, volts, 0, 1000), "V");
}

static void measures(struct sensors_event *event, const struct base_json *attributes)
{
    double odometer = sensors_decode_number(attributes, "odometer"), rssi = sensors_decode_number(attributes, "rssi");
    odometer = isnan(odometer) ? sensors_decode_number(attributes, "totalDistance") : odometer;
    sensors_event_measure(event, "ignition", sensors_decode_yes_no(base_json_in_get(attributes, "ignition")), "1");
    battery(event, attributes);
    sensors_event_measure(event, "odometer", sensors_decode_within(event, odometer, 0, 1e11), "m");
    sensors_event_measure(event, "duration",
                          sensors_decode_within(event, sensors_decode_number(attributes, "hours"), 0, 1e14) / 1000,
                          "s");
    if (rssi < 0) { /* from 0 on it is bars or a modem's 0 to 31 */
        sensors_event_measure(event, "rssi", sensors_decode_within(event, rssi, -200, 0), "dBm");
    }
}

/* Words of a list "a,b" as bits. What nobody knows is an alarm all the same. */
static uint64_t alarm_bits(const struct traccar *message, const struct base_json *attributes)
{
    struct base_str rest = sensors_decode_text(attributes, "alarm"), word;
    uint64_t bits = 0;
    while (base_str_next(&rest, ',', &word)) {
        word = base_str_trim(word);
        uint64_t bit = word.len ? UINT64_C(1) << SENSORS_VEHICLE_ALARM_FAULT : 0;
        for (size_t i = 0; i < BASE_COUNT(alarms); i++) {
            bit = base_str_is(word, alarms[i].word) ? alarms[i].bit : bit;
        }
        message->decoding->decoded.redacted += base_str_is(word, "fatigueDriving");
        bits |= bit;
    }
    return bits;
}

static enum base_err position(const struct traccar *message)
{
    struct sensors_decoding *decoding = message->decoding;
    struct sensors_event *event;
    const struct base_json *said = message->position, *attributes = attributes_of(said);
    int64_t time = sensors_decode_time(decoding, said, without_fix(said) ? "deviceTime" : "fixTime");
    time = time == SENSORS_NO_TIME ? sensors_decode_time(decoding, said, "fixTime") : time;
    enum base_err err = sensors_decode_add(decoding, &event);
    err = err ? err : place(message, event);
    if (err) {
        return err;
    }
    event->device = message->id;
    event->kind = SENSORS_KIND_POSITION;
    event->phase = SENSORS_PHASE_PULSE;
    set_time(event, time, sensors_decode_time(decoding, said, "serverTime"));
    measures(event, attributes);
    const struct sensors_identity identity = {.type = "position",
                                              .time_us = time,
                                              .lon = sensors_decode_number(said, "longitude"),
                                              .lat = sensors_decode_number(said, "latitude")};
    event->dedup = sensors_decode_dedup(decoding, message->id, &identity);
    const struct sensors_event like = *event;
    return sensors_vehicle_alarms(decoding, &like, &identity, alarm_bits(message, attributes), true);
}

/* --- what the server made of it --- */
/* The server's id of the event tells it from every other; its time does when it has none. */
static struct sensors_identity identity_of(const struct traccar *message, struct base_str type, int64_t time)
{
    struct base_str id = sensors_decode_id(message->decoding, message->event, "id");
    bool named = id.len && !base_str_is(id, "0");
    return (struct sensors_identity){.type = "event",
                                     .time_us = named ? SENSORS_NO_TIME : time,
                                     .lon = NAN,
                                     .lat = NAN,
                                     .event = named ? id : (struct base_str){NULL, 0},
                                     .region = type};
}

/* An event with device, time and, when there is one, position. */
static enum base_err prepare(const struct traccar *message, bool servers, int64_t *ret_time,
                             struct sensors_event *ret_event)
{
    struct sensors_decoding *decoding = message->decoding;
    struct sensors_event *event;
    int64_t time = sensors_decode_time(decoding, message->event, "eventTime");
    int64_t server = sensors_decode_time(decoding, message->event, "serverTime");
    enum base_err err = sensors_decode_add(decoding, &event);
    if (!err && base_json_in_is_object(message->position)) {
        err = place(message, event);
        measures(event, attributes_of(message->position));
        time = time == SENSORS_NO_TIME ? sensors_decode_time(decoding, message->position, "fixTime") : time;
        server = server == SENSORS_NO_TIME ? sensors_decode_time(decoding, message->position, "serverTime") : server;
    }
    if (err) {
        return err;
    }
    event->device = message->id;
    set_time(event, time, server);
    if (servers && event->t_source == SENSORS_TIME_DEVICE) {
        event->t_source = SENSORS_TIME_SERVER;
    }
    *ret_time = time != SENSORS_NO_TIME ? time : server;
    *ret_event = *event;
    decoding->decoded.count--; /* the pattern; what it becomes is added by whoever asked */
    return BASE_OK;
}

static enum base_err alarm(const struct traccar *message)
{
    struct sensors_event like;
    int64_t time;
    uint64_t bits = alarm_bits(message, attributes_of(message->event));
    bits = bits ? bits : alarm_bits(message, attributes_of(message->position));
    enum base_err err = bits ? prepare(message, false, &time, &like) : BASE_OK;
    if (err || !bits) {
        return err ? err : sensors_decode_ignore(message->decoding, 0);
    }
    const struct sensors_identity identity = identity_of(message, base_str_of("alarm"), time);
    return sensors_vehicle_alarms(message->decoding, &like, &identity, bits, false);
}

static enum base_err known(const struct traccar *message, const struct kind *kind)
{
    struct sensors_decoding *decoding = message->decoding;
    struct sensors_event like, *event;
    int64_t time;
    enum base_err err = prepare(message, kind->kind == SENSORS_KIND_LIFECYCLE, &time, &like);
    err = err ? err : sensors_decode_add(decoding, &event);
    if (err) {
        return err;
    }
    *event = like;
    event->kind = kind->kind;
    event->phase = kind->phase;
    event->channel = base_str_of(kind->channel);
    event->severity = kind->severity;
    event->lasts_us = kind->kind == SENSORS_KIND_ALARM ? OVERSPEED_LASTS_US : 0;
    if (kind->channel && isnan(sensors_event_value(event, kind->channel))) {
        sensors_event_measure(event, kind->channel, kind->value, "1");
    }
    if (kind->kind == SENSORS_KIND_TRANSITION) {
        struct base_str region = sensors_decode_id(decoding, message->geofence, "id");
        region = region.len ? region : sensors_decode_id(decoding, message->event, "geofenceId");
        event->native_id = sensors_decode_native(decoding, region);
        event->flags |= region.len ? 0 : SENSORS_FLAG_PARTIAL;
    }
    const struct sensors_identity identity = identity_of(message, base_str_of(kind->type), time);
    event->dedup = sensors_decode_dedup(decoding, message->id, &identity);
    return BASE_OK;
}

static enum base_err event_of(const struct traccar *message)
{
    struct base_str type = sensors_decode_text(message->event, "type");
    if (base_str_is(type, "alarm")) {
        return alarm(message);
    }
    for (size_t i = 0; i < BASE_COUNT(kinds); i++) {
        if (base_str_is(type, kinds[i].type)) {
            return known(message, &kinds[i]);
        }
    }
    for (size_t i = 0; i < BASE_COUNT(ignored_types); i++) {
        if (base_str_is(type, ignored_types[i])) {
            return sensors_decode_ignore(message->decoding, 0);
        }
    }
    return sensors_decode_fail(message->decoding, SENSORS_REASON_TYPE, "event.type \"%.*s\" is none of Traccar's",
                               (int)(type.len < 60 ? type.len : 60), type.len ? type.at : "");
}

/* --- the app by itself --- */
static enum base_err app(struct sensors_decoding *decoding, const struct base_json *json)
{
    const struct base_json *location = base_json_in_get(json, "location");
    const struct base_json *coords = base_json_in_get(location, "coords");
    double lat = sensors_decode_number(coords, "latitude"), lon = sensors_decode_number(coords, "longitude");
    struct base_str device = sensors_decode_id(decoding, json, "device_id");
    int64_t time = sensors_decode_time(decoding, location, "timestamp");
    struct sensors_event *event;
    if (isnan(lat) || isnan(lon) || !device.len) {
        return sensors_decode_fail(decoding, SENSORS_REASON_FIELD,
                                   "the app's message needs device_id, and numbers for latitude and longitude");
    }
    enum base_err err = sensors_decode_add(decoding, &event);
    err = err ? err : sensors_decode_position(decoding, event, lon, lat);
    if (err) {
        return err;
    }
    double level = sensors_decode_number(base_json_in_get(location, "battery"), "level");
    event->device = device;
    event->kind = SENSORS_KIND_POSITION;
    if (!isnan(event->lon)) {
        event->acc_m = sensors_decode_within(event, sensors_decode_number(coords, "accuracy"), 0, 1e7);
        event->alt_m = sensors_decode_within(event, sensors_decode_number(coords, "altitude"), -500, 20000);
        event->speed_mps = sensors_decode_within(event, sensors_decode_number(coords, "speed"), 0, 500);
        event->course_deg = sensors_decode_within(event, sensors_decode_number(coords, "heading"), 0, 360);
    }
    sensors_event_measure(event, "battery", sensors_decode_within(event, level, 0, 1) * 100, "%");
    sensors_time_repair(event, time, SENSORS_NO_TIME);
    const struct sensors_identity identity = {.type = "position", .time_us = time, .lon = lon, .lat = lat};
    event->dedup = sensors_decode_dedup(decoding, device, &identity);
    const struct traccar message = {.decoding = decoding};
    uint64_t bits = alarm_bits(&message, base_json_in_get(location, "extras")); /* its SOS button */
    const struct sensors_event like = *event;
    return bits ? sensors_vehicle_alarms(decoding, &like, &identity, bits, false) : BASE_OK;
}

/* One object: an event when it has one, else a fix. */
static enum base_err one(struct sensors_decoding *decoding, const struct base_json *json, bool bare,
                         unsigned *ret_redacted)
{
    struct traccar message = {.decoding = decoding,
                              .position = bare ? json : base_json_in_get(json, "position"),
                              .event = bare ? NULL : base_json_in_get(json, "event"),
                              .device = bare ? NULL : base_json_in_get(json, "device"),
                              .geofence = bare ? NULL : base_json_in_get(json, "geofence")};
    bool event = base_json_in_is_object(message.event);
    if (base_json_in_is_object(base_json_in_get(json, "location"))) {
        return app(decoding, json);
    }
    if (!event && !base_json_in_is_object(message.position)) {
        return sensors_decode_fail(decoding, SENSORS_REASON_FIELD, "neither \"position\" nor \"event\" is an object");
    }
    enum base_err err = read_device(&message);
    err = err ? err : event ? event_of(&message) : position(&message);
    *ret_redacted += err ? 0 : count_private(&message);
    return err;
}

enum base_err sensors_decode_traccar(struct sensors_decoding *decoding)
{
    AUTO(base_json) json = NULL;
    unsigned redacted = 0;
    enum base_err err = sensors_decode_json_any(decoding, &json);
    if (err) {
        return err;
    }
    if (base_json_in_is_array(json)) {
        size_t count = base_json_in_size(json);
        err = count ? BASE_OK : sensors_decode_ignore(decoding, 0);
        for (size_t i = 0; i < count && !err; i++) {
            const struct base_json *item = base_json_in_at(json, i);
            err = one(decoding, item, !base_json_in_is_object(base_json_in_get(item, "position")), &redacted);
        }
    } else {
        err = one(decoding, json, base_json_in_get(json, "latitude") != NULL, &redacted);
    }
    if (!err) {
        redacted += decoding->decoded.redacted;
        decoding->decoded.redacted = 0;
        decoding->decoded.ignored = decoding->decoded.count == 0;
        sensors_decode_redact(decoding, redacted);
    }
    return err;
}
