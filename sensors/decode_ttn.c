/* The Things Stack v3 (https://www.thethingsindustries.com/docs): a network of LoRaWAN devices. What devices send comes
 * as uplink_message; joins, solved locations and the fates of downlinks come beside it. The network's v2 ended in 2021;
 * bridges and archives still speak it. Gateways have places and clocks of their own, which are not the device's. */
#include "sensors/lora.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define GATEWAY_SLACK_US (INT64_C(86400) * 1000000)

static enum base_err no_field(struct sensors_decoding *decoding, const char *what)
{
    return sensors_decode_fail(decoding, SENSORS_REASON_FIELD, "%s is missing or of the wrong type", what);
}

/* Nobody, or an id that is none. */
static enum base_err no_device(struct sensors_decoding *decoding, const struct base_json *ids, const char *key,
                               const char *what)
{
    if (!base_json_in_get(ids, key)) {
        return no_field(decoding, what);
    }
    return sensors_decode_fail(decoding, SENSORS_REASON_DEVICE, "%s is no id", what);
}

/* Members of v3 that say what becomes of what was sent to the device, or repeat an uplink in another form. */
static const char *const downlinks[] = {"downlink_ack",
                                        "downlink_nack",
                                        "downlink_sent",
                                        "downlink_failed",
                                        "downlink_queued",
                                        "downlinks",
                                        "downlink_queue_invalidated",
                                        "uplink_normalized"};

/* --- what both versions share --- */
static void best_signal(const struct base_json *gateways, struct sensors_lora_uplink *uplink)
{
    uplink->rssi = uplink->snr = NAN;
    for (size_t i = 0; i < base_json_in_size(gateways) && base_json_in_is_array(gateways); i++) {
        double rssi = sensors_decode_number(base_json_in_at(gateways, i), "rssi");
        if (!(rssi <= uplink->rssi)) {
            uplink->rssi = isnan(rssi) ? uplink->rssi : rssi;
            uplink->snr = sensors_decode_number(base_json_in_at(gateways, i), "snr");
        }
    }
}

static struct base_str printed(struct sensors_decoding *decoding, struct base_str session, double f_cnt, double f_port)
{
    char text[300];
    int len = snprintf(text, sizeof text, "%.*s %.0f %.0f", (int)(session.len < 200 ? session.len : 200),
                       session.len ? session.at : "", isnan(f_cnt) ? 0 : f_cnt, isnan(f_port) ? 0 : f_port);
    return sensors_decode_keep(decoding,
                               (struct base_str){text, len < (int)sizeof text ? (size_t)len : sizeof text - 1});
}

static double port(const struct base_json *object, const char *key)
{
    double number = sensors_decode_number(object, key);
    return isnan(number) ? 0 : number; /* 0 is left out */
}

/* --- v3 --- */
static enum sensors_position source_of(struct base_str source)
{
    if (base_str_is(source, "SOURCE_REGISTRY")) {
        return SENSORS_POSITION_REGISTERED;
    }
    return base_str_is(source, "SOURCE_GPS") ? SENSORS_POSITION_GNSS : SENSORS_POSITION_NETWORK;
}

/* Its own receiver before what somebody typed in, and that before what was computed. */
static int rank(enum sensors_position source)
{
    return source == SENSORS_POSITION_GNSS ? 3 : source == SENSORS_POSITION_REGISTERED ? 2 : 1;
}

static struct sensors_lora_place known_place(const struct base_json *locations)
{
    struct sensors_lora_place best = sensors_lora_nowhere();
    void *at = NULL;
    struct base_str key;
    const struct base_json *location;
    while (base_json_in_next(locations, &at, &key, &location)) {
        enum sensors_position source = source_of(sensors_decode_text(location, "source"));
        struct sensors_lora_place place = sensors_lora_location(location, source);
        if (!isnan(place.lon) && !isnan(place.lat) && (isnan(best.lon) || rank(source) > rank(best.source))) {
            best = place;
        }
    }
    return best;
}

static struct sensors_inside model_of(struct sensors_decoding *decoding, const struct base_json *uplink)
{
    const struct base_json *version = base_json_in_get(uplink, "version_ids");
    const struct base_json *attributes = base_json_in_get(uplink, "attributes");
    struct base_str brand = sensors_decode_text(version, "brand_id"), model = sensors_decode_text(version, "model_id");
    brand = brand.len ? brand : sensors_decode_text(attributes, "brand");
    model = model.len ? model : sensors_decode_text(attributes, "model");
    return (struct sensors_inside){.format = "ttn",
                                   .brand = sensors_lora_lower(decoding, brand),
                                   .model = sensors_lora_lower(decoding, model),
                                   .f_port = port(uplink, "f_port")};
}

static int64_t either_time(const struct sensors_decoding *decoding, const struct base_json *inner,
                           const struct base_json *outer)
{
    int64_t time = sensors_decode_time(decoding, inner, "received_at");
    return time != SENSORS_NO_TIME ? time : sensors_decode_time(decoding, outer, "received_at");
}

static int64_t earliest(const struct sensors_decoding *decoding, const struct base_json *gateways)
{
    int64_t first = SENSORS_NO_TIME;
    for (size_t i = 0; base_json_in_is_array(gateways) && i < base_json_in_size(gateways); i++) {
        int64_t time = sensors_decode_time(decoding, base_json_in_at(gateways, i), "time");
        first = time != SENSORS_NO_TIME && (first == SENSORS_NO_TIME || time < first) ? time : first;
    }
    return first;
}

/* A gateway may have no clock at all. */
static int64_t plausible(int64_t gateway_us, int64_t server_us)
{
    bool both = gateway_us != SENSORS_NO_TIME && server_us != SENSORS_NO_TIME;
    return both && llabs(gateway_us - server_us) <= GATEWAY_SLACK_US ? gateway_us : SENSORS_NO_TIME;
}

/* The server's; without one a gateway's. */
static struct sensors_lora_times up_times(const struct sensors_decoding *decoding, const struct base_json *json,
                                          const struct base_json *said)
{
    int64_t heard = earliest(decoding, base_json_in_get(said, "rx_metadata"));
    int64_t settings = sensors_decode_time(decoding, base_json_in_get(said, "settings"), "time");
    struct sensors_lora_times times = {.time_us = either_time(decoding, said, json),
                                       .source = SENSORS_TIME_SERVER,
                                       .other_us = heard != SENSORS_NO_TIME ? heard : settings,
                                       .other = SENSORS_TIME_GATEWAY};
    times.gateway_us = plausible(times.other_us, times.time_us);
    return times;
}

static struct sensors_event server_event(struct sensors_decoding *decoding, struct base_str device, int64_t time_us)
{
    const struct sensors_lora_times times = {
        .time_us = time_us, .source = SENSORS_TIME_SERVER, .other_us = SENSORS_NO_TIME, .gateway_us = SENSORS_NO_TIME};
    return sensors_lora_event(decoding, device, &times);
}

static enum base_err up(struct sensors_decoding *decoding, const struct base_json *json, const struct base_json *said,
                        struct base_str device)
{
    const struct base_json *gateways = base_json_in_get(said, "rx_metadata");
    struct sensors_lora_uplink uplink = {.device = device,
                                         .inside = model_of(decoding, said),
                                         .data = sensors_decode_text(said, "frm_payload"),
                                         .place = known_place(base_json_in_get(said, "locations"))};
    if (!sensors_lora_object(base_json_in_get(said, "decoded_payload"), &uplink.object)) {
        return no_field(decoding, "uplink_message.decoded_payload");
    }
    best_signal(gateways, &uplink);
    uplink.identity =
        (struct sensors_identity){.type = "up",
                                  .time_us = SENSORS_NO_TIME,
                                  .lon = NAN,
                                  .lat = NAN,
                                  .event = printed(decoding, sensors_decode_text(said, "session_key_id"),
                                                   sensors_decode_number(said, "f_cnt"), uplink.inside.f_port),
                                  .region = uplink.data};
    const struct sensors_lora_times times = up_times(decoding, json, said);
    struct sensors_event like = sensors_lora_event(decoding, device, &times);
    if (base_json_in_size(base_json_in_get(said, "decoded_payload_warnings")) && uplink.object) {
        like.flags |= SENSORS_FLAG_PARTIAL; /* the codec itself had doubts */
    }
    return sensors_lora_uplink(decoding, &uplink, &like);
}

static enum base_err join(struct sensors_decoding *decoding, const struct base_json *json, const struct base_json *said,
                          struct base_str device)
{
    int64_t time = either_time(decoding, said, json);
    struct sensors_event event = server_event(decoding, device, time);
    const struct sensors_identity identity = {
        .type = "join", .time_us = time, .lon = NAN, .lat = NAN, .event = sensors_decode_text(said, "session_key_id")};
    event.kind = SENSORS_KIND_LIFECYCLE;
    return sensors_lora_single(decoding, &event, &identity, NULL);
}

/* location_solved, or the same within a service's data. */
static enum base_err solved(struct sensors_decoding *decoding, const struct base_json *json,
                            const struct base_json *said, struct base_str device)
{
    const struct base_json *location = base_json_in_get(said, "location");
    struct base_str source = sensors_decode_text(location, "source");
    struct sensors_lora_place place =
        sensors_lora_location(location, source.len ? source_of(source) : SENSORS_POSITION_NETWORK);
    if (isnan(place.lon) || isnan(place.lat)) {
        return no_field(decoding, "location.latitude or .longitude");
    }
    int64_t time = either_time(decoding, said, json);
    struct sensors_event event = server_event(decoding, device, time);
    const struct sensors_identity identity = {.type = "location",
                                              .time_us = time,
                                              .lon = place.lon,
                                              .lat = place.lat,
                                              .event = sensors_decode_text(said, "service")};
    event.kind = SENSORS_KIND_POSITION;
    return sensors_lora_single(decoding, &event, &identity, &place);
}

static bool of_downlink(const struct base_json *json)
{
    bool found = false;
    for (size_t i = 0; i < BASE_COUNT(downlinks) && !found; i++) {
        found = base_json_in_get(json, downlinks[i]) != NULL;
    }
    return found;
}

static enum base_err v3(struct sensors_decoding *decoding, const struct base_json *json, const struct base_json *ids)
{
    static const struct {
        const char *name;
        enum base_err (*read)(struct sensors_decoding *, const struct base_json *, const struct base_json *,
                              struct base_str);
    } types[] = {{"uplink_message", up}, {"join_accept", join}, {"location_solved", solved}};
    struct base_str eui = sensors_decode_text(ids, "dev_eui"), id = sensors_decode_text(ids, "device_id");
    struct base_str device = sensors_lora_eui(decoding, eui.len ? eui : id);
    if (!device.len) {
        return no_device(decoding, ids, "dev_eui", "end_device_ids.dev_eui or .device_id");
    }
    for (size_t i = 0; i < BASE_COUNT(types); i++) {
        const struct base_json *said = base_json_in_get(json, types[i].name);
        if (said) {
            return base_json_in_is_object(said) ? types[i].read(decoding, json, said, device)
                                                : no_field(decoding, types[i].name);
        }
    }
    const struct base_json *service = base_json_in_get(base_json_in_get(json, "service_data"), "data");
    if (base_json_in_is_object(base_json_in_get(service, "location"))) {
        return solved(decoding, json, service, device);
    }
    if (base_json_in_get(json, "service_data") || of_downlink(json)) {
        return sensors_decode_ignore(decoding, 0);
    }
    return sensors_decode_fail(decoding, SENSORS_REASON_TYPE,
                               "neither uplink_message nor join_accept, location_solved, service_data or downlink_...");
}

/* --- v2 --- */
static enum base_err v2_join(struct sensors_decoding *decoding, const struct base_json *json, struct base_str device)
{
    int64_t time = sensors_decode_time(decoding, base_json_in_get(json, "metadata"), "time");
    struct sensors_event event = server_event(decoding, device, time);
    const struct sensors_identity identity = {
        .type = "join", .time_us = time, .lon = NAN, .lat = NAN, .event = sensors_decode_text(json, "dev_addr")};
    event.kind = SENSORS_KIND_LIFECYCLE;
    return sensors_lora_single(decoding, &event, &identity, NULL);
}

/* A retry has another payload now and then: counter alone does not tell two apart. */
static enum base_err v2_up(struct sensors_decoding *decoding, const struct base_json *json, struct base_str device)
{
    const struct base_json *metadata = base_json_in_get(json, "metadata");
    const struct base_json *gateways = base_json_in_get(metadata, "gateways");
    struct sensors_lora_uplink uplink = {.device = device,
                                         .inside = {.format = "ttn", .f_port = port(json, "port")},
                                         .data = sensors_decode_text(json, "payload_raw"),
                                         .place = sensors_lora_location(metadata, SENSORS_POSITION_REGISTERED)};
    if (!sensors_lora_object(base_json_in_get(json, "payload_fields"), &uplink.object) ||
        !base_json_in_is_object(metadata)) {
        return no_field(decoding, "payload_fields or metadata");
    }
    const struct sensors_lora_times times = {.time_us = sensors_decode_time(decoding, metadata, "time"),
                                             .source = SENSORS_TIME_SERVER,
                                             .other_us = earliest(decoding, gateways),
                                             .other = SENSORS_TIME_GATEWAY,
                                             .gateway_us = SENSORS_NO_TIME};
    best_signal(gateways, &uplink);
    uplink.identity =
        (struct sensors_identity){.type = "up",
                                  .time_us = SENSORS_NO_TIME,
                                  .lon = NAN,
                                  .lat = NAN,
                                  .event = printed(decoding, (struct base_str){NULL, 0},
                                                   sensors_decode_number(json, "counter"), uplink.inside.f_port),
                                  .region = uplink.data};
    struct sensors_event like = sensors_lora_event(decoding, device, &times);
    return sensors_lora_uplink(decoding, &uplink, &like);
}

static bool topic_has(const struct sensors_decoding *decoding, const char *level)
{
    struct base_str rest = decoding->message->topic, part;
    while (base_str_next(&rest, '/', &part)) {
        if (base_str_is(part, level)) {
            return true;
        }
    }
    return false;
}

static enum base_err v2(struct sensors_decoding *decoding, const struct base_json *json)
{
    struct base_str eui = sensors_decode_text(json, "hardware_serial");
    eui = eui.len ? eui : sensors_decode_text(json, "dev_eui");
    struct base_str device = sensors_lora_eui(decoding, eui.len ? eui : sensors_decode_text(json, "dev_id"));
    bool joined = topic_has(decoding, "activations");
    if (topic_has(decoding, "events") && !joined) {
        return sensors_decode_ignore(decoding, 0); /* what became of a downlink */
    }
    if (!device.len) {
        return no_device(decoding, json, "hardware_serial", "end_device_ids, hardware_serial or dev_id");
    }
    if (joined) {
        return v2_join(decoding, json, device);
    }
    if (base_json_in_get(json, "payload_raw") || base_json_in_get(json, "payload_fields")) {
        return v2_up(decoding, json, device);
    }
    return sensors_decode_fail(decoding, SENSORS_REASON_TYPE, "neither an uplink nor an activation");
}

enum base_err sensors_decode_ttn(struct sensors_decoding *decoding)
{
    AUTO(base_json) json = NULL;
    if (decoding->message->payload.len == 0) {
        return sensors_decode_ignore(decoding, 0);
    }
    enum base_err err = sensors_decode_json(decoding, &json);
    if (err) {
        return err;
    }
    const struct base_json *result = base_json_in_get(json, "result"); /* as the storage integration hands it out */
    const struct base_json *whole = base_json_in_is_object(result) ? result : json;
    const struct base_json *ids = base_json_in_get(whole, "end_device_ids");
    if (ids) {
        return v3(decoding, whole, ids);
    }
    if (topic_has(decoding, "down") || base_json_in_get(whole, "downlinks")) {
        return sensors_decode_ignore(decoding, 0); /* to a device */
    }
    return v2(decoding, whole);
}
