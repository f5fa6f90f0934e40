/* OGC SensorThings API 1.0 and 1.1 over MQTT: observations as they are created. What an observation is of stands in
 * its Datastream, which may come along expanded or may have come before on its own topic. Topics, behind any prefix:
 *
 *   v1.1/Datastreams(1)/Observations   an observation of that datastream
 *   v1.1/Observations                  an observation that names its Datastream
 *   v1.1/Datastreams(1)                the datastream: what it observes is remembered
 *   others below v1.0 and v1.1         entities without readings
 */
#include "sensors/decode_readings.h"

#include <math.h>
#include <string.h>

enum { ID_MAX = 200, UNIT_MAX = 16 };

static const char stream_word[] = "Datastreams(";

struct observed { /* what a datastream is of */
    const struct sensors_quantity *quantity;
    struct base_str unit; /* as it is written; empty: not known */
};

struct observation {
    struct sensors_decoding *decoding;
    struct base_str device; /* "Datastreams(1)" */
    struct base_str last;   /* level of the topic */
    bool versioned;         /* the topic has a level v1.0 or v1.1 */
};

/* "Datastreams('a b')" -> Datastreams(a b): how an id is quoted is the topic's matter. */
static struct base_str stream_id(struct sensors_decoding *decoding, struct base_str id)
{
    char text[ID_MAX + sizeof stream_word + 1];
    if (id.len >= 2 && id.at[0] == '\'' && id.at[id.len - 1] == '\'') {
        id = (struct base_str){id.at + 1, id.len - 2};
    }
    if (id.len == 0 || id.len > ID_MAX) {
        return (struct base_str){NULL, 0};
    }
    int len = snprintf(text, sizeof text, "%s%.*s)", stream_word, (int)id.len, id.at);
    return sensors_decode_keep(decoding, (struct base_str){text, (size_t)len});
}

static enum base_err read_topic(struct observation *observation)
{
    struct base_str topic = observation->decoding->message->topic, rest = topic, level;
    while (base_str_next(&rest, '/', &level)) {
        bool stream = base_str_starts(level, stream_word) && level.at[level.len - 1] == ')';
        size_t word = sizeof stream_word - 1;
        if (stream) {
            struct base_str id = {level.at + word, level.len - word - 1};
            observation->device = stream_id(observation->decoding, id);
        }
        observation->versioned |= base_str_is(level, "v1.0") || base_str_is(level, "v1.1");
        observation->last = level;
    }
    if (!observation->versioned || !base_str_utf8(topic)) {
        return sensors_decode_fail(observation->decoding, SENSORS_REASON_TOPIC,
                                   "the topic is not .../v1.1/Datastreams(ID)/Observations");
    }
    return BASE_OK;
}

/* --- what a datastream is of --- */
static struct base_str memory_key(const struct observation *observation, char text[SENSORS_MEMORY_KEY_MAX])
{
    int len = snprintf(text, SENSORS_MEMORY_KEY_MAX, "sensorthings/%.*s", (int)observation->device.len,
                       observation->device.at);
    return (struct base_str){text, (size_t)len};
}

/* By the observed property, else by the stream's own name, else by its unit. */
static struct observed observed_of(const struct base_json *stream)
{
    struct base_str property = sensors_decode_text(base_json_in_get(stream, "ObservedProperty"), "name");
    struct base_str unit = sensors_decode_text(base_json_in_get(stream, "unitOfMeasurement"), "symbol");
    struct observed observed = {.quantity = sensors_quantity_find(property)};
    if (!observed.quantity) {
        observed.quantity = sensors_quantity_find(sensors_decode_text(stream, "name"));
    }
    if (!observed.quantity) {
        observed.quantity = sensors_quantity_of_unit(unit);
    }
    observed.unit = unit.len <= UNIT_MAX ? unit : (struct base_str){NULL, 0};
    return observed;
}

static enum base_err remember(struct observation *observation)
{
    struct sensors_decoding *decoding = observation->decoding;
    AUTO(base_json) json = NULL;
    char key[SENSORS_MEMORY_KEY_MAX], text[SENSORS_TEXT_MAX + UNIT_MAX];
    enum base_err err = sensors_decode_json(decoding, &json);
    if (err) {
        return err;
    }
    struct observed observed = observed_of(json);
    int len = snprintf(text, sizeof text, "%s\n%.*s", observed.quantity ? observed.quantity->name : "",
                       (int)observed.unit.len, observed.unit.len ? observed.unit.at : "");
    struct base_str value = {text, len > 1 && (size_t)len < sizeof text ? (size_t)len : 0};
    if (observation->device.len && sensors_memory_set(decoding->message->memory, memory_key(observation, key), value)) {
        return sensors_decode_ignore(decoding, 0); /* a full memory: its observations go by "value" */
    }
    return sensors_decode_ignore(decoding, 0);
}

static struct observed recall(const struct observation *observation)
{
    struct observed observed = {.quantity = NULL};
    char key[SENSORS_MEMORY_KEY_MAX];
    struct base_str value, name;
    if (sensors_memory_get(observation->decoding->message->memory, memory_key(observation, key), &value) &&
        base_str_next(&value, '\n', &name)) {
        observed.quantity = sensors_quantity_find(name);
        observed.unit = sensors_decode_keep(observation->decoding, value);
    }
    return observed;
}

/* --- an observation --- */
/* "2026-11-21T08:00:00Z" or an interval, of which the end is when it was known. */
static int64_t time_of(const struct sensors_decoding *decoding, const struct base_json *json, const char *member)
{
    int64_t time;
    struct base_str text = sensors_decode_text(json, member), part;
    while (base_str_next(&text, '/', &part)) {
        if (!text.len) {
            return sensors_time_text(part, decoding->message->zone, decoding->message->t_recv, &time) ? time
                                                                                                      : SENSORS_NO_TIME;
        }
    }
    return SENSORS_NO_TIME;
}

/* False: the result is a text that is none of a yes or no. */
static bool add_result(struct sensors_decoding *decoding, const struct base_json *result,
                       const struct observed *observed, struct sensors_readings *readings)
{
    const struct sensors_quantity *quantity = observed->quantity;
    bool yes_no = quantity && quantity->kind != SENSORS_KIND_MEASUREMENT, flag;
    double value = yes_no ? sensors_decode_yes_no(result) : sensors_decode_number_of(result);
    if (!yes_no && base_json_in_bool(result, &flag)) {
        value = flag;
    }
    if (isnan(value)) {
        return false;
    }
    struct base_str unit = yes_no ? (struct base_str){NULL, 0} : observed->unit;
    if (quantity && !isnan(sensors_unit_convert(value, unit, quantity->unit))) {
        sensors_readings_add(readings, quantity, NULL, value, unit);
    } else {
        sensors_readings_keep(decoding, readings, base_str_of("value"), value, observed->unit);
    }
    return true;
}

/* A place, as GeoJSON. */
static bool point(const struct base_json *result, double *ret_lon, double *ret_lat)
{
    const struct base_json *at = base_json_in_get(result, "coordinates");
    bool is =
        base_str_is(sensors_decode_text(result, "type"), "Point") && base_json_in_f64(base_json_in_at(at, 0), ret_lon);
    return is && base_json_in_f64(base_json_in_at(at, 1), ret_lat);
}

static enum base_err position(struct sensors_decoding *decoding, const struct sensors_event *like, double lon,
                              double lat, struct sensors_identity identity)
{
    struct sensors_event *event;
    identity.lon = lon;
    identity.lat = lat;
    enum base_err err = sensors_decode_add_like(decoding, like, &identity, &event);
    if (!err) {
        event->kind = SENSORS_KIND_POSITION;
        err = sensors_decode_position(decoding, event, lon, lat);
    }
    return err;
}

/* The result in the words it was sent, as far as they tell two apart. */
static struct base_str said(const struct base_json *result, char text[40])
{
    struct base_str word;
    bool flag;
    if (base_json_in_text(result, &word)) {
        return word;
    }
    int len = base_json_in_bool(result, &flag) ? snprintf(text, 40, flag ? "true" : "false")
                                               : snprintf(text, 40, "%.12g", sensors_decode_number_of(result));
    return (struct base_str){text, (size_t)len};
}

static enum base_err observe(const struct observation *observation, const struct base_json *json,
                             const struct sensors_event *like)
{
    struct sensors_decoding *decoding = observation->decoding;
    const struct base_json *result = base_json_in_get(json, "result"), *stream = base_json_in_get(json, "Datastream");
    struct sensors_event event = *like;
    struct sensors_readings readings = {.count = 0};
    double lon, lat;
    char text[40];
    bool flag;
    struct base_str word;
    int64_t created = time_of(decoding, json, "resultTime"), time = time_of(decoding, json, "phenomenonTime");
    struct sensors_identity identity = {.type = "observation", .lon = NAN, .lat = NAN};
    identity.time_us = time != SENSORS_NO_TIME ? time : created;
    identity.event = said(result, text);
    identity.region = decoding->message->topic;
    event.device = observation->device;
    sensors_time_repair(&event, identity.time_us, created);
    if (point(result, &lon, &lat)) {
        return position(decoding, &event, lon, lat, identity);
    }
    struct observed observed = observed_of(stream);
    observed = observed.quantity || observed.unit.len ? observed : recall(observation);
    if (add_result(decoding, result, &observed, &readings)) {
        return sensors_readings_events(decoding, &readings, &event, &identity);
    }
    if (base_json_in_text(result, &word) || base_json_in_bool(result, &flag)) {
        return sensors_decode_ignore(decoding, 1); /* words may be anybody's */
    }
    return sensors_decode_fail(decoding, SENSORS_REASON_FIELD,
                               "the observation's result is missing, or neither number, truth, text nor point");
}

static struct base_str named_stream(struct sensors_decoding *decoding, const struct base_json *json)
{
    const struct base_json *id = base_json_in_get(base_json_in_get(json, "Datastream"), "@iot.id");
    struct base_str text = {NULL, 0};
    char number[24];
    int64_t whole;
    if (base_json_in_i64(id, &whole)) {
        int len = snprintf(number, sizeof number, "%lld", (long long)whole);
        text = (struct base_str){number, (size_t)len};
    } else if (!base_json_in_text(id, &text)) {
        return text;
    }
    return stream_id(decoding, text);
}

static enum base_err decode_observation(struct observation *observation)
{
    struct sensors_decoding *decoding = observation->decoding;
    AUTO(base_json) json = NULL;
    struct sensors_event like;
    enum base_err err = sensors_decode_json(decoding, &json);
    if (err) {
        return err;
    }
    if (!observation->device.len) {
        observation->device = named_stream(decoding, json);
    }
    if (!observation->device.len) {
        return sensors_decode_fail(decoding, SENSORS_REASON_DEVICE,
                                   "neither topic nor Datastream name the stream: Datastreams(ID)");
    }
    sensors_decode_like(decoding, observation->device, &like);
    err = observe(observation, json, &like);
    if (!err && decoding->decoded.count == 0 && !decoding->decoded.ignored) {
        return sensors_decode_ignore(decoding, 0); /* a sentinel: no reading */
    }
    return err;
}

enum base_err sensors_decode_sensorthings(struct sensors_decoding *decoding)
{
    struct observation observation = {.decoding = decoding};
    enum base_err err = read_topic(&observation);
    if (err) {
        return err;
    }
    if (decoding->message->payload.len == 0) {
        return sensors_decode_ignore(decoding, 0);
    }
    if (base_str_is(observation.last, "Observations")) {
        return decode_observation(&observation);
    }
    return base_str_starts(observation.last, stream_word) ? remember(&observation) : sensors_decode_ignore(decoding, 0);
}
