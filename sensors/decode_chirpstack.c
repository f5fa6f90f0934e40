/* ChirpStack (https://www.chirpstack.io/docs/chirpstack/integrations/events.html), version 4 and what differs in 3: a
 * server for LoRaWAN devices. Topics, behind any prefix:
 *
 *   application/ID/device/EUI/event/{up,join,status,location,log,ack,txack,integration}
 *   application/ID/{device,node}/EUI/{rx,join,status,location,error,ack}       version 3 and before
 *
 * Fields of default value are left out. rxInfo tells of gateways: their places are not the device's. */
#include "sensors/lora.h"

#include <math.h>
#include <string.h>

enum type { UNKNOWN, UP, JOIN, STATUS, LOCATION, INTEGRATION, IGNORED };

struct chirpstack {
    struct sensors_decoding *decoding;
    const struct base_json *json;
    const struct base_json *info; /* of the device: deviceInfo, in version 3 the message itself */
    struct base_str device;
    int64_t time; /* as said; SENSORS_NO_TIME */
};

static enum base_err no_field(const struct chirpstack *message, const char *what)
{
    return sensors_decode_fail(message->decoding, SENSORS_REASON_FIELD, "%s is missing or of the wrong type", what);
}

/* --- type --- */
static enum type type_of_level(struct base_str level)
{
    static const struct {
        const char *level;
        enum type type;
    } types[] = {{"up", UP},
                 {"rx", UP},
                 {"join", JOIN},
                 {"status", STATUS},
                 {"location", LOCATION},
                 {"log", IGNORED},
                 {"ack", IGNORED},
                 {"txack", IGNORED},
                 {"error", IGNORED},
                 {"tx", IGNORED},
                 {"down", IGNORED},
                 {"integration", INTEGRATION}};
    for (size_t i = 0; i < BASE_COUNT(types); i++) {
        if (base_str_is(level, types[i].level)) {
            return types[i].type;
        }
    }
    return UNKNOWN;
}

static enum type type_of_topic(struct base_str topic)
{
    struct base_str level, last = {NULL, 0};
    while (base_str_next(&topic, '/', &level)) {
        last = level;
    }
    return type_of_level(last);
}

/* A dry run and a bridge may have another topic, or none. */
static enum type type_of_content(const struct base_json *json)
{
    static const struct {
        const char *member;
        enum type type;
    } members[] = {{"level", IGNORED},
                   {"acknowledged", IGNORED},
                   {"queueItemId", IGNORED},
                   {"downlinkId", IGNORED},
                   {"integrationName", INTEGRATION},
                   {"location", LOCATION},
                   {"margin", STATUS},
                   {"batteryLevel", STATUS},
                   {"rxInfo", UP},
                   {"data", UP},
                   {"object", UP},
                   {"fPort", UP},
                   {"devAddr", JOIN}};
    for (size_t i = 0; i < BASE_COUNT(members); i++) {
        if (base_json_in_get(json, members[i].member)) {
            return members[i].type;
        }
    }
    return UNKNOWN;
}

/* "time" is a gateway's where one has a clock. When that cannot be true the server's own stands in. */
static struct sensors_event event_of(const struct chirpstack *message)
{
    const struct base_json *heard = base_json_in_at(base_json_in_get(message->json, "rxInfo"), 0);
    struct sensors_lora_times times = {.time_us = message->time,
                                       .source = SENSORS_TIME_GATEWAY,
                                       .other_us = sensors_decode_time(message->decoding, heard, "nsTime"),
                                       .other = SENSORS_TIME_SERVER,
                                       .gateway_us = sensors_decode_time(message->decoding, heard, "gwTime")};
    if (times.other_us == SENSORS_NO_TIME) {
        times.other_us = sensors_decode_time(message->decoding, message->json, "publishedAt");
    }
    return sensors_lora_event(message->decoding, message->device, &times);
}

static struct sensors_identity identity_of(const struct chirpstack *message, const char *type)
{
    return (struct sensors_identity){.type = type,
                                     .time_us = SENSORS_NO_TIME,
                                     .lon = NAN,
                                     .lat = NAN,
                                     .event = sensors_decode_text(message->json, "deduplicationId")};
}

/* --- up --- */
static struct base_str tag(const struct base_json *tags, const char *key, const char *upper)
{
    struct base_str text = sensors_decode_text(tags, key);
    return text.len ? text : sensors_decode_text(tags, upper);
}

static struct sensors_inside model_of(const struct chirpstack *message)
{
    const struct base_json *tags = base_json_in_get(message->info, "tags");
    struct base_str profile = sensors_decode_text(message->info, "deviceProfileName");
    struct base_str model = tag(tags, "model", "Model");
    double f_port = sensors_decode_number(message->json, "fPort");
    return (struct sensors_inside){.format = "chirpstack",
                                   .brand = sensors_lora_lower(message->decoding, tag(tags, "brand", "Brand")),
                                   .model = model.len ? sensors_lora_lower(message->decoding, model)
                                                      : sensors_lora_model(message->decoding, profile),
                                   .profile = profile,
                                   .f_port = isnan(f_port) ? 0 : f_port};
}

static void best_signal(const struct base_json *gateways, struct sensors_lora_uplink *uplink)
{
    uplink->rssi = uplink->snr = NAN;
    for (size_t i = 0; i < base_json_in_size(gateways) && base_json_in_is_array(gateways); i++) {
        const struct base_json *gateway = base_json_in_at(gateways, i);
        double rssi = sensors_decode_number(gateway, "rssi"), snr = sensors_decode_number(gateway, "snr");
        if (!(rssi <= uplink->rssi)) {
            uplink->rssi = isnan(rssi) ? uplink->rssi : rssi;
            uplink->snr = isnan(snr) ? sensors_decode_number(gateway, "loRaSNR") : snr;
        }
    }
}

/* Version 3 may have the object as a text of JSON. */
static enum base_err object_of(const struct chirpstack *message, struct base_json **ret_parsed,
                               const struct base_json **ret_object)
{
    struct base_str text = sensors_decode_text(message->json, "objectJSON");
    const struct base_json *object = base_json_in_get(message->json, "object");
    if (!object && text.len) {
        if (base_json_in_parse(text.at, text.len, NULL, ret_parsed)) {
            return no_field(message, "objectJSON");
        }
        object = *ret_parsed;
    }
    return sensors_lora_object(object, ret_object) ? BASE_OK : no_field(message, "object");
}

static enum base_err up(const struct chirpstack *message)
{
    AUTO(base_json) parsed = NULL;
    char count[40];
    struct sensors_lora_uplink uplink = {.device = message->device,
                                         .inside = model_of(message),
                                         .data = sensors_decode_text(message->json, "data"),
                                         .place = sensors_lora_nowhere(),
                                         .identity = identity_of(message, "up")};
    double f_cnt = sensors_decode_number(message->json, "fCnt");
    enum base_err err = object_of(message, &parsed, &uplink.object);
    if (err) {
        return err;
    }
    best_signal(base_json_in_get(message->json, "rxInfo"), &uplink);
    if (!uplink.identity.event.len) {
        snprintf(count, sizeof count, "%.0f", isnan(f_cnt) ? 0 : fmod(f_cnt, 1e15));
        uplink.identity.event = base_str_of(count);
        uplink.identity.region = uplink.data;
    }
    struct sensors_event like = event_of(message);
    return sensors_lora_uplink(message->decoding, &uplink, &like);
}

/* --- all else --- */
static enum base_err join(const struct chirpstack *message)
{
    struct sensors_event event = event_of(message);
    struct sensors_identity identity = identity_of(message, "join");
    if (!identity.event.len) {
        identity.event = sensors_decode_text(message->json, "devAddr");
        identity.time_us = message->time;
    }
    event.kind = SENSORS_KIND_LIFECYCLE;
    return sensors_lora_single(message->decoding, &event, &identity, NULL);
}

/* What the device answers when it is asked how it does. One on mains, and one that cannot tell, has no percentage. */
static enum base_err status(const struct chirpstack *message)
{
    struct sensors_event event = event_of(message);
    struct sensors_identity identity = identity_of(message, "status");
    double battery = sensors_decode_number(message->json, "batteryLevel");
    bool none = sensors_decode_yes_no(base_json_in_get(message->json, "batteryLevelUnavailable")) == 1 ||
                sensors_decode_yes_no(base_json_in_get(message->json, "externalPowerSource")) == 1;
    if (!none) {
        sensors_event_measure(&event, "battery", sensors_decode_within(&event, battery, 0, 100), "%");
    }
    identity.time_us = identity.event.len ? SENSORS_NO_TIME : message->time;
    event.kind = event.measure_count ? SENSORS_KIND_MEASUREMENT : SENSORS_KIND_LIFECYCLE;
    return sensors_lora_single(message->decoding, &event, &identity, NULL);
}

static enum base_err position(const struct chirpstack *message, struct sensors_lora_place place)
{
    struct sensors_event event = event_of(message);
    struct sensors_identity identity = identity_of(message, "location");
    if (!identity.event.len) {
        identity.lon = place.lon;
        identity.lat = place.lat;
        identity.time_us = message->time;
    }
    event.kind = SENSORS_KIND_POSITION;
    return sensors_lora_single(message->decoding, &event, &identity, &place);
}

static enum sensors_position source_of(struct base_str source)
{
    if (base_str_is(source, "GPS")) {
        return SENSORS_POSITION_GNSS;
    }
    return base_str_is(source, "CONFIG") ? SENSORS_POSITION_REGISTERED : SENSORS_POSITION_NETWORK;
}

static enum base_err location(const struct chirpstack *message)
{
    const struct base_json *said = base_json_in_get(message->json, "location");
    struct sensors_lora_place place = sensors_lora_location(said, source_of(sensors_decode_text(said, "source")));
    if (isnan(place.lon) || isnan(place.lat)) {
        return no_field(message, "location.latitude or .longitude");
    }
    return position(message, place);
}

/* LoRa Cloud's answer: what the modem told of itself, each with a time of its own. */
static enum base_err modem(const struct chirpstack *message, const struct base_json *fields)
{
    static const char *const names[] = {"voltage", "temp"};
    struct sensors_readings readings = {.count = 0};
    int64_t newest = SENSORS_NO_TIME;
    for (size_t i = 0; i < BASE_COUNT(names); i++) {
        const struct base_json *field = base_json_in_get(fields, names[i]);
        int64_t time = sensors_decode_time(message->decoding, field, "timestamp");
        double value = sensors_decode_number(field, "value");
        newest = !isnan(value) && time > newest ? time : newest;
        sensors_readings_add(&readings, sensors_quantity_find(base_str_of(names[i])), NULL, value,
                             (struct base_str){NULL, 0});
    }
    const struct sensors_lora_times times = {.time_us = newest != SENSORS_NO_TIME ? newest : message->time,
                                             .source = SENSORS_TIME_SERVER,
                                             .other_us = message->time,
                                             .other = SENSORS_TIME_GATEWAY,
                                             .gateway_us = SENSORS_NO_TIME};
    struct sensors_event event = sensors_lora_event(message->decoding, message->device, &times);
    event.t_gateway = newest != SENSORS_NO_TIME ? message->time : SENSORS_NO_TIME;
    struct sensors_identity identity = identity_of(message, "modem");
    return sensors_readings_events(message->decoding, &readings, &event, &identity);
}

/* Its position is [latitude, longitude, altitude]. */
static enum base_err integration(const struct chirpstack *message)
{
    const struct base_json *object = base_json_in_get(message->json, "object");
    const struct base_json *solution = base_json_in_get(object, "position_solution");
    const struct base_json *llh = base_json_in_get(solution, "llh");
    struct sensors_lora_place place = {.lat = sensors_decode_number_of(base_json_in_at(llh, 0)),
                                       .lon = sensors_decode_number_of(base_json_in_at(llh, 1)),
                                       .alt_m = sensors_decode_number_of(base_json_in_at(llh, 2)),
                                       .acc_m = sensors_decode_number(solution, "accuracy"),
                                       .source = SENSORS_POSITION_NETWORK};
    enum base_err err = modem(message, base_json_in_get(object, "info_fields"));
    if (!err && !isnan(place.lon) && !isnan(place.lat)) {
        err = position(message, place);
    }
    return err || message->decoding->decoded.count ? err : sensors_decode_ignore(message->decoding, 0);
}

static enum base_err read_device(struct chirpstack *message)
{
    const struct base_json *info = base_json_in_get(message->json, "deviceInfo");
    if (info && !base_json_in_is_object(info)) {
        return no_field(message, "deviceInfo");
    }
    message->info = info ? info : message->json;
    struct base_str eui = sensors_decode_text(message->info, "devEui");
    eui = eui.len ? eui : sensors_decode_text(message->info, "devEUI");
    message->device = sensors_lora_eui(message->decoding, eui);
    message->time = sensors_decode_time(message->decoding, message->json, "time");
    if (message->time == SENSORS_NO_TIME) {
        const struct base_json *heard = base_json_in_at(base_json_in_get(message->json, "rxInfo"), 0);
        message->time = sensors_decode_time(message->decoding, heard, "time");
    }
    if (!base_json_in_get(message->info, "devEui") && !base_json_in_get(message->info, "devEUI")) {
        return no_field(message, "deviceInfo.devEui (version 3: devEUI)");
    }
    return message->device.len ? BASE_OK
                               : sensors_decode_fail(message->decoding, SENSORS_REASON_DEVICE,
                                                     "deviceInfo.devEui (version 3: devEUI) is no id");
}

enum base_err sensors_decode_chirpstack(struct sensors_decoding *decoding)
{
    AUTO(base_json) json = NULL;
    struct chirpstack message = {.decoding = decoding};
    enum type type = type_of_topic(decoding->message->topic);
    if (decoding->message->payload.len == 0) {
        return sensors_decode_ignore(decoding, 0); /* a retained value was taken back */
    }
    enum base_err err = sensors_decode_json(decoding, &json);
    if (err) {
        return err;
    }
    message.json = json;
    type = type != UNKNOWN ? type : type_of_content(json);
    if (type == IGNORED) {
        return sensors_decode_ignore(decoding, 0);
    }
    if (type == UNKNOWN) {
        return sensors_decode_fail(decoding, SENSORS_REASON_TYPE,
                                   "neither the topic nor a member says which event it is");
    }
    err = read_device(&message);
    if (err) {
        return err;
    }
    static enum base_err (*const read[])(const struct chirpstack *) = {
        [UP] = up, [JOIN] = join, [STATUS] = status, [LOCATION] = location, [INTEGRATION] = integration};
    return read[type](&message);
}
