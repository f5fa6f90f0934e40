/* CloudEvents 1.0 (https://cloudevents.io): structured JSON, one event or a batch, on any topic. What the envelope does
 * not say - what is measured - is looked for among the members of data. The binary mode of MQTT 5 hides the envelope in
 * user properties, which a message here does not have: it is refused. */
#include "sensors/decode_readings.h"

#include <math.h>
#include <string.h>

enum { SOURCE_MAX = 256 };

/* Members of data that are somebody's; counted, never read. */
static const char *const personal[] = {"name",    "user",     "username",    "user_name", "userName", "person",
                                       "owner",   "phone",    "mobile",      "email",     "address",  "plate",
                                       "license", "card",     "cardNo",      "face",      "image",    "picture",
                                       "photo",   "snapshot", "description", "comment",   "message",  "text"};

struct envelope {
    struct base_str id, source, type;
    int64_t time_us;
    const struct base_json *data;
};

static enum base_err needed(struct sensors_decoding *decoding, const struct base_json *json, const char *member,
                            struct base_str *ret_text)
{
    struct base_str text = sensors_decode_text(json, member);
    if (text.len == 0) {
        return sensors_decode_fail(
            decoding, SENSORS_REASON_FIELD,
            "the CloudEvent's %s is missing or no text; in the binary mode of MQTT 5 it is a user "
            "property, which is not read: send structured mode",
            member);
    }
    *ret_text = text;
    return BASE_OK;
}

static enum base_err read_envelope(struct sensors_decoding *decoding, const struct base_json *json,
                                   struct envelope *ret_envelope)
{
    struct base_str version;
    struct envelope envelope = {.time_us = sensors_decode_time(decoding, json, "time"),
                                .data = base_json_in_get(json, "data")};
    enum base_err err = needed(decoding, json, "specversion", &version);
    err = err ? err : needed(decoding, json, "id", &envelope.id);
    err = err ? err : needed(decoding, json, "source", &envelope.source);
    err = err ? err : needed(decoding, json, "type", &envelope.type);
    if (!err && !base_str_starts(version, "1.")) {
        err = sensors_decode_fail(decoding, SENSORS_REASON_TYPE, "CloudEvents of version 1 are read, not %.*s",
                                  (int)(version.len < 20 ? version.len : 20), version.at);
    }
    if (!err && envelope.source.len > SOURCE_MAX) {
        err = sensors_decode_fail(decoding, SENSORS_REASON_DEVICE, "the CloudEvent's source is over %d bytes",
                                  SOURCE_MAX);
    }
    if (!err) {
        *ret_envelope = envelope;
    }
    return err;
}

static bool is_place(struct base_str key)
{
    static const char *const places[] = {"latitude", "lat", "longitude", "lon", "lng", "altitude", "alt"};
    for (size_t i = 0; i < BASE_COUNT(places); i++) {
        if (base_str_is(key, places[i])) {
            return true;
        }
    }
    return false;
}

/* A number, a yes or no, or either with its unit beside it. */
static void add_member(struct sensors_decoding *decoding, struct sensors_readings *readings, struct base_str key,
                       const struct base_json *value)
{
    const struct sensors_quantity *quantity = sensors_quantity_find(key);
    struct base_str unit = sensors_decode_text(value, "unit");
    bool flag, yes_no = quantity && quantity->kind != SENSORS_KIND_MEASUREMENT;
    value = base_json_in_is_object(value) ? base_json_in_get(value, "value") : value;
    double number = yes_no ? sensors_decode_yes_no(value) : sensors_decode_number_of(value);
    if (!quantity && base_json_in_bool(value, &flag)) {
        number = flag;
    }
    if (!quantity) {
        sensors_readings_keep(decoding, readings, key, number, unit);
    } else if (!isnan(number) && !sensors_readings_have(readings, quantity->name)) {
        sensors_readings_add(readings, quantity, NULL, number, unit);
    }
}

static double place(const struct base_json *data, const char *a, const char *b, const char *c)
{
    double value = sensors_decode_number(data, a);
    value = isnan(value) ? sensors_decode_number(data, b) : value;
    return isnan(value) ? sensors_decode_number(data, c) : value;
}

/* A fix beside what was measured there: *like gets the place. */
static enum base_err add_position(struct sensors_decoding *decoding, const struct base_json *data,
                                  struct sensors_readings *readings, struct sensors_event *like,
                                  const struct sensors_identity *identity)
{
    double lon = place(data, "longitude", "lon", "lng"), lat = place(data, "latitude", "lat", "lat");
    double alt = place(data, "altitude", "alt", "alt");
    if (isnan(lon) || isnan(lat)) {
        like->flags |= isnan(lon) != isnan(lat) ? SENSORS_FLAG_PARTIAL : 0;
        return BASE_OK;
    }
    enum base_err err = sensors_decode_position(decoding, like, lon, lat);
    if (err) {
        return err;
    }
    like->alt_m = isnan(like->lon) ? NAN : sensors_decode_within(like, alt, -500, 20000);
    return sensors_readings_position(decoding, readings, like, identity);
}

static enum base_err add_state(struct sensors_decoding *decoding, const struct sensors_event *like,
                               const struct envelope *envelope, const struct sensors_identity *identity)
{
    struct sensors_event *event;
    enum base_err err = sensors_decode_add_like(decoding, like, identity, &event);
    if (!err) {
        event->kind = SENSORS_KIND_STATE;
        event->channel = sensors_decode_native(decoding, envelope->type);
    }
    return err;
}

static enum base_err read_data(struct sensors_decoding *decoding, const struct envelope *envelope,
                               struct sensors_event *like)
{
    struct sensors_readings readings = {.count = 0};
    const struct sensors_identity identity = {
        .type = "cloudevent", .time_us = SENSORS_NO_TIME, .lon = NAN, .lat = NAN, .event = envelope->id};
    const struct base_json *value;
    struct base_str key;
    size_t first = decoding->decoded.count;
    void *at = NULL;
    while (base_json_in_next(envelope->data, &at, &key, &value)) {
        if (!is_place(key)) {
            add_member(decoding, &readings, key, value);
        }
    }
    enum base_err err = add_position(decoding, envelope->data, &readings, like, &identity);
    err = err ? err : sensors_readings_events(decoding, &readings, like, &identity);
    if (!err && decoding->decoded.count == first) {
        like->flags |= readings.sentinel ? SENSORS_FLAG_SENTINEL : 0;
        err = add_state(decoding, like, envelope, &identity);
    }
    return err;
}

static unsigned count_personal(const struct base_json *data)
{
    unsigned count = 0;
    struct base_str text;
    for (size_t i = 0; i < BASE_COUNT(personal); i++) {
        const struct base_json *member = base_json_in_get(data, personal[i]);
        bool empty = !member || (base_json_in_text(member, &text) && text.len == 0);
        count += !empty;
    }
    return count;
}

static enum base_err decode_one(struct sensors_decoding *decoding, const struct base_json *json)
{
    struct envelope envelope;
    struct sensors_event like;
    enum base_err err = read_envelope(decoding, json, &envelope);
    if (err) {
        return err;
    }
    unsigned private = count_personal(envelope.data) + (base_json_in_get(json, "data_base64") != NULL);
    sensors_decode_like(decoding, sensors_decode_keep(decoding, envelope.source), &like);
    like.native_id = sensors_decode_native(decoding, envelope.id);
    like.flags |= private ? SENSORS_FLAG_REDACTED : 0;
    sensors_time_repair(&like, envelope.time_us, SENSORS_NO_TIME);
    decoding->decoded.redacted += private;
    return read_data(decoding, &envelope, &like);
}

enum base_err sensors_decode_cloudevents(struct sensors_decoding *decoding)
{
    AUTO(base_json) json = NULL;
    if (decoding->message->payload.len == 0) {
        return sensors_decode_ignore(decoding, 0);
    }
    enum base_err err = sensors_decode_json_any(decoding, &json);
    if (err || !base_json_in_is_array(json)) {
        return err ? err : decode_one(decoding, json);
    }
    for (size_t i = 0; i < base_json_in_size(json) && !err; i++) {
        err = decode_one(decoding, base_json_in_at(json, i));
    }
    return err || decoding->decoded.count ? err : sensors_decode_ignore(decoding, 0);
}
