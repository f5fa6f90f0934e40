/* OwnTracks (https://owntracks.org/booklet/tech/json): the app on guards' phones. What identifies a person beside the
 * position - names, faces, networks, place names of one's own - is dropped here and counted. */
#include "sensors/decode_private.h"

#include <math.h>
#include <string.h>

struct owntracks {
    struct sensors_decoding *decoding;
    const struct base_json *json;
    struct base_str device; /* user/device */
};

/* Members that are never read further than their presence. */
static const char *const private_members[] = {"name", "face",  "desc",      "SSID", "BSSID",    "poi",
                                              "tag",  "image", "imagename", "addr", "inregions"};

/* What follows user/device in a topic. */
static const char *const subtopics[] = {"event",  "waypoint", "waypoints", "beacon", "step",   "steps",
                                        "status", "dump",     "cmd",       "info",   "request"};

static enum base_err unknown_topic(struct sensors_decoding *decoding, struct base_str topic)
{
    return sensors_decode_fail(decoding, SENSORS_REASON_TOPIC,
                               "topic \"%.*s\" is not owntracks/USER/DEVICE, alone or with /event, /waypoint ...",
                               (int)(topic.len < 200 ? topic.len : 200), topic.at);
}

/* ROOT/USER/DEVICE[/SUBTOPIC]; a root of several levels must end in "owntracks". */
static enum base_err read_topic(struct sensors_decoding *decoding, struct base_str topic, struct base_str *ret_device)
{
    struct base_str rest = topic, level, user, device, last;
    if (!base_str_next(&rest, '/', &level)) {
        return unknown_topic(decoding, topic);
    }
    for (struct base_str ahead = rest; !base_str_is(level, "owntracks") && base_str_next(&ahead, '/', &level);) {
        rest = base_str_is(level, "owntracks") ? ahead : rest;
    }
    if (!base_str_next(&rest, '/', &user) || !base_str_next(&rest, '/', &device) || !user.len || !device.len) {
        return unknown_topic(decoding, topic);
    }
    bool known = !base_str_next(&rest, '/', &last);
    for (size_t i = 0; i < BASE_COUNT(subtopics) && !known; i++) {
        known = base_str_is(last, subtopics[i]) && !rest.at;
    }
    if (!known || !base_str_utf8(topic)) {
        return unknown_topic(decoding, topic);
    }
    *ret_device = (struct base_str){user.at, (size_t)(device.at + device.len - user.at)};
    return BASE_OK;
}

static unsigned count_private(const struct base_json *json)
{
    return sensors_decode_count(json, private_members, BASE_COUNT(private_members));
}

/* Time, key and flags, which every kind of message needs; the position is in the identity as it was sent. */
static void finish(const struct owntracks *message, const struct base_json *json, struct sensors_event *event,
                   struct sensors_identity identity)
{
    struct sensors_decoding *decoding = message->decoding;
    int64_t created = sensors_decode_time(decoding, json, "created_at");
    event->device = message->device;
    sensors_time_repair(event, identity.time_us, created);
    event->dedup = sensors_decode_dedup(decoding, message->device, &identity);
    unsigned redacted = count_private(json);
    decoding->decoded.redacted += redacted;
    event->flags |= redacted ? SENSORS_FLAG_REDACTED : 0;
}

static enum base_err position(const struct owntracks *message, struct sensors_event *event, double lon, double lat)
{
    const struct base_json *json = message->json;
    enum base_err err = sensors_decode_position(message->decoding, event, lon, lat);
    if (err) {
        return err;
    }
    event->acc_m = sensors_decode_within(event, sensors_decode_number(json, "acc"), 0, 1e6);
    event->alt_m = sensors_decode_within(event, sensors_decode_number(json, "alt"), -500, 20000);
    event->course_deg = sensors_decode_within(event, sensors_decode_number(json, "cog"), 0, 360);
    event->speed_mps = sensors_decode_within(event, sensors_decode_number(json, "vel"), 0, 1200) / 3.6; /* km/h */
    if (isnan(event->lon)) { /* nothing was measured */
        event->alt_m = event->acc_m = event->speed_mps = event->course_deg = NAN;
    }
    sensors_event_measure(event, "battery", sensors_decode_within(event, sensors_decode_number(json, "batt"), 0, 100),
                          "%");
    sensors_event_measure(event, "pressure", sensors_decode_number(json, "p") * 1000, "Pa"); /* kPa */
    return BASE_OK;
}

static enum base_err location(const struct owntracks *message)
{
    struct sensors_decoding *decoding = message->decoding;
    double lon = sensors_decode_number(message->json, "lon");
    double lat = sensors_decode_number(message->json, "lat");
    if (isnan(lon) || isnan(lat)) {
        return sensors_decode_fail(decoding, SENSORS_REASON_FIELD, "location: lat or lon is missing or not a number");
    }
    enum base_err err = sensors_decode_events(decoding, 1);
    if (!err) {
        err = position(message, decoding->decoded.events, lon, lat);
    }
    if (err) {
        return err;
    }
    struct sensors_event *event = decoding->decoded.events;
    event->kind = SENSORS_KIND_POSITION;
    finish(message, message->json, event,
           (struct sensors_identity){.type = "location",
                                     .time_us = sensors_decode_time(decoding, message->json, "tst"),
                                     .lon = lon,
                                     .lat = lat});
    return BASE_OK;
}

static enum base_err transition(const struct owntracks *message)
{
    struct sensors_decoding *decoding = message->decoding;
    struct base_str direction = sensors_decode_text(message->json, "event");
    struct base_str region = sensors_decode_text(message->json, "rid");
    double lon = sensors_decode_number(message->json, "lon");
    double lat = sensors_decode_number(message->json, "lat");
    bool enter = base_str_is(direction, "enter");
    if (!enter && !base_str_is(direction, "leave")) {
        return sensors_decode_fail(decoding, SENSORS_REASON_FIELD, "transition: event is neither enter nor leave");
    }
    enum base_err err = sensors_decode_events(decoding, 1);
    if (!err && !isnan(lon) && !isnan(lat)) {
        err = position(message, decoding->decoded.events, lon, lat);
    }
    if (err) {
        return err;
    }
    struct sensors_event *event = decoding->decoded.events;
    event->kind = SENSORS_KIND_TRANSITION;
    event->phase = enter ? SENSORS_PHASE_START : SENSORS_PHASE_END;
    event->native_id = sensors_decode_native(decoding, region);
    finish(message, message->json, event,
           (struct sensors_identity){.type = "transition",
                                     .time_us = sensors_decode_time(decoding, message->json, "tst"),
                                     .lon = lon,
                                     .lat = lat,
                                     .event = direction,
                                     .region = region});
    return BASE_OK;
}

/* A geofence somebody drew on the phone: that it was, not where - the place is that person's own. */
static void waypoint_event(const struct owntracks *message, const struct base_json *json, struct sensors_event *event)
{
    struct base_str region = sensors_decode_text(json, "rid");
    event->kind = SENSORS_KIND_LIFECYCLE;
    event->phase = SENSORS_PHASE_SNAPSHOT;
    event->native_id = sensors_decode_native(message->decoding, region);
    finish(message, json, event,
           (struct sensors_identity){.type = "waypoint",
                                     .time_us = sensors_decode_time(message->decoding, json, "tst"),
                                     .lon = sensors_decode_number(json, "lon"),
                                     .lat = sensors_decode_number(json, "lat"),
                                     .region = region});
}

static enum base_err waypoint(const struct owntracks *message)
{
    enum base_err err = sensors_decode_events(message->decoding, 1);
    if (!err) {
        waypoint_event(message, message->json, message->decoding->decoded.events);
    }
    return err;
}

static enum base_err waypoints(const struct owntracks *message)
{
    const struct base_json *list = base_json_in_get(message->json, "waypoints");
    if (!base_json_in_is_array(list)) {
        return sensors_decode_fail(message->decoding, SENSORS_REASON_FIELD, "waypoints: the list is missing");
    }
    size_t count = base_json_in_size(list);
    enum base_err err = sensors_decode_events(message->decoding, count);
    for (size_t i = 0; i < count && !err; i++) {
        if (!base_json_in_is_object(base_json_in_at(list, i))) {
            return sensors_decode_fail(message->decoding, SENSORS_REASON_FIELD, "waypoints: one of them is no object");
        }
        waypoint_event(message, base_json_in_at(list, i), &message->decoding->decoded.events[i]);
    }
    message->decoding->decoded.ignored = !err && count == 0;
    return err;
}

/* The broker sends the will when the phone is lost; its tst is when the phone had connected, so receipt is the time. */
static enum base_err lwt(const struct owntracks *message)
{
    struct sensors_decoding *decoding = message->decoding;
    enum base_err err = sensors_decode_events(decoding, 1);
    if (err) {
        return err;
    }
    const struct sensors_identity identity = {
        .type = "lwt", .time_us = sensors_decode_time(decoding, message->json, "tst"), .lon = NAN, .lat = NAN};
    struct sensors_event *event = decoding->decoded.events;
    event->kind = SENSORS_KIND_LIFECYCLE;
    event->phase = SENSORS_PHASE_END;
    event->device = message->device;
    sensors_time_repair(event, SENSORS_NO_TIME, SENSORS_NO_TIME);
    event->dedup = sensors_decode_dedup(decoding, message->device, &identity);
    return BASE_OK;
}

/* A Bluetooth beacon in reach. */
static enum base_err beacon(const struct owntracks *message)
{
    struct sensors_decoding *decoding = message->decoding;
    const struct base_json *json = message->json;
    struct base_str uuid = sensors_decode_text(json, "uuid");
    double major = sensors_decode_number(json, "major");
    double minor = sensors_decode_number(json, "minor");
    char id[80];
    if (uuid.len == 0 || uuid.len > 36 || !(fabs(major) < 1e9) || !(fabs(minor) < 1e9)) {
        return sensors_decode_fail(decoding, SENSORS_REASON_FIELD, "beacon: uuid, major or minor is missing or wrong");
    }
    enum base_err err = sensors_decode_events(decoding, 1);
    if (err) {
        return err;
    }
    struct sensors_event *event = decoding->decoded.events;
    snprintf(id, sizeof id, "%.*s:%.0f:%.0f", (int)uuid.len, uuid.at, major, minor);
    event->kind = SENSORS_KIND_DETECTION;
    event->native_id = sensors_decode_native(decoding, base_str_of(id));
    sensors_event_measure(event, "rssi", sensors_decode_within(event, sensors_decode_number(json, "rssi"), -200, -1),
                          "dBm"); /* 0: not known */
    sensors_event_measure(event, "distance", sensors_decode_within(event, sensors_decode_number(json, "acc"), 0, 1000),
                          "m");
    finish(message, json, event,
           (struct sensors_identity){.type = "beacon",
                                     .time_us = sensors_decode_time(decoding, json, "tst"),
                                     .lon = NAN,
                                     .lat = NAN,
                                     .region = event->native_id});
    return BASE_OK;
}

static enum base_err decode_json(const struct owntracks *message);

/* Whatever the secret opens: a message such as would have come in clear (booklet, "Payload encryption"). */
static enum base_err encrypted(const struct owntracks *message)
{
    struct sensors_decoding *decoding = message->decoding;
    struct base_str sealed = sensors_decode_text(message->json, "data");
    struct owntracks inner = {.decoding = decoding, .device = message->device};
    AUTO_VALUE(base_buf) clear;
    AUTO(base_json) json = NULL;
    base_buf_init(&clear, SENSORS_PAYLOAD_MAX);
    if (decoding->message->secret.len == 0) {
        return sensors_decode_fail(decoding, SENSORS_REASON_ENCRYPTED, "encrypted message without a key");
    }
    if (sealed.len == 0) {
        return sensors_decode_fail(decoding, SENSORS_REASON_FIELD, "encrypted: data is missing");
    }
    if (base_key_open_secretbox(decoding->message->secret, sealed, &clear)) {
        return sensors_decode_fail(decoding, SENSORS_REASON_SECRET, "the key does not open this encrypted message");
    }
    if (base_json_in_parse(clear.data, clear.len, NULL, &json) || !base_json_in_is_object(json)) {
        return sensors_decode_fail(decoding, SENSORS_REASON_NOT_JSON, "what was encrypted is not a JSON object");
    }
    if (base_str_is(sensors_decode_text(json, "_type"), "encrypted")) {
        return sensors_decode_fail(decoding, SENSORS_REASON_TYPE, "encrypted twice");
    }
    inner.json = json;
    return decode_json(&inner);
}

/* Names and faces (card), what a person walked (steps), settings and commands: nothing Hutong may or needs to keep. */
static enum base_err ignored(const struct owntracks *message)
{
    message->decoding->decoded.ignored = true;
    message->decoding->decoded.redacted += count_private(message->json);
    return BASE_OK;
}

static const struct {
    const char *type;
    enum base_err (*decode)(const struct owntracks *message);
} types[] = {
    {"location", location}, {"transition", transition}, {"waypoint", waypoint},     {"waypoints", waypoints},
    {"lwt", lwt},           {"beacon", beacon},         {"encrypted", encrypted},   {"card", ignored},
    {"steps", ignored},     {"status", ignored},        {"cmd", ignored},           {"dump", ignored},
    {"request", ignored},   {"beacons", ignored},       {"configuration", ignored},
};

static enum base_err decode_json(const struct owntracks *message)
{
    struct base_str type = sensors_decode_text(message->json, "_type");
    for (size_t i = 0; i < BASE_COUNT(types); i++) {
        if (base_str_is(type, types[i].type)) {
            return types[i].decode(message);
        }
    }
    return sensors_decode_fail(message->decoding, SENSORS_REASON_TYPE, "_type \"%.*s\" is not one of OwnTracks'",
                               (int)(type.len < 60 ? type.len : 60), type.len ? type.at : "");
}

/* --- Greenwich trackers: tid,hex tst,t,lat*1e6,lon*1e6,cog/10,vel,alt/10,dist,trip/1000 (recorder, csv_to_json) --- */
enum { CSV_FIELDS = 10, CSV_TST = 1, CSV_LAT = 3, CSV_LON = 4, CSV_COG = 5, CSV_VEL = 6, CSV_ALT = 7 };

static bool hex_seconds(struct base_str text, double *ret_seconds)
{
    double seconds = 0;
    for (size_t i = 0; i < text.len; i++) {
        static const char digits[] = "0123456789abcdef";
        const char *digit = text.at[i] ? strchr(digits, text.at[i] | 0x20) : NULL;
        if (!digit) {
            return false;
        }
        seconds = seconds * 16 + (double)(digit - digits);
    }
    *ret_seconds = seconds;
    return text.len > 0 && text.len <= 8;
}

/* False when it is not CSV at all; then it is treated as the JSON it ought to be. */
static bool read_csv(struct base_str payload, double ret_fields[CSV_FIELDS])
{
    struct base_str rest = base_str_trim(payload), field;
    size_t count = 0;
    while (base_str_next(&rest, ',', &field)) {
        bool text = count == 0 || count == 2; /* tid, trigger */
        bool read = text || (count == CSV_TST ? hex_seconds(field, &ret_fields[count])
                                              : count < CSV_FIELDS && base_str_f64(field, &ret_fields[count]));
        if (!read || count == CSV_FIELDS) {
            return false;
        }
        count++;
    }
    return count == CSV_FIELDS;
}

static enum base_err decode_csv(const struct owntracks *message, const double fields[CSV_FIELDS])
{
    struct sensors_decoding *decoding = message->decoding;
    double lon = fields[CSV_LON] / 1e6;
    double lat = fields[CSV_LAT] / 1e6;
    enum base_err err = sensors_decode_events(decoding, 1);
    if (!err) {
        err = sensors_decode_position(decoding, decoding->decoded.events, lon, lat);
    }
    if (err) {
        return err;
    }
    struct sensors_event *event = decoding->decoded.events;
    event->kind = SENSORS_KIND_POSITION;
    event->course_deg = sensors_decode_within(event, fields[CSV_COG] * 10, 0, 360);
    event->speed_mps = sensors_decode_within(event, fields[CSV_VEL], 0, 1200) / 3.6;
    event->alt_m = sensors_decode_within(event, fields[CSV_ALT] * 10, -500, 20000);
    finish(message, NULL, event,
           (struct sensors_identity){
               .type = "location", .time_us = llround(fields[CSV_TST] * 1e6), .lon = lon, .lat = lat});
    return BASE_OK;
}

enum base_err sensors_decode_owntracks(struct sensors_decoding *decoding)
{
    struct owntracks message = {.decoding = decoding};
    struct base_str topic = decoding->message->topic;
    double fields[CSV_FIELDS];
    enum base_err err = topic.len ? read_topic(decoding, topic, &message.device) : BASE_OK;
    if (err) {
        return err;
    }
    if (decoding->message->payload.len == 0) { /* a friend was removed: the retained position is taken back */
        decoding->decoded.ignored = true;
        return BASE_OK;
    }
    const struct base_str word = sensors_decode_word(decoding);
    if (!base_str_starts(word, "{") && read_csv(word, fields)) {
        return decode_csv(&message, fields);
    }
    AUTO(base_json) json = NULL;
    err = sensors_decode_json(decoding, &json);
    if (err) {
        return err;
    }
    message.json = json;
    if (!topic.len) { /* a dry run: messages that came over HTTP carry their topic */
        struct base_str inside = sensors_decode_text(json, "topic");
        err = inside.len ? read_topic(decoding, sensors_decode_keep(decoding, inside), &message.device) : BASE_OK;
    }
    return err ? err : decode_json(&message);
}
