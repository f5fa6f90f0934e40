/* ONVIF metadata over MQTT (onvif-mj): what analytics sees in each picture, many times a second, and sensors' values.
 * Each object of a picture is a snapshot, which alarms nobody; with a memory each class is told once in ten seconds. */
#include "sensors/decode_onvif.h"

#include <math.h>
#include <string.h>

enum { ID_MAX = 40, CLASSES_MAX = 16 };
#define AGAIN_US INT64_C(10000000)            /* what is still in view is told anew after so long */
#define SAME_PASS_US (INT64_C(600) * 1000000) /* one vehicle's plate is read again and again */

/* Of one message: which classes were told a moment ago. */
struct told {
    struct base_str channels[CLASSES_MAX];
    bool again[CLASSES_MAX];
    size_t count;
    unsigned private;
};

struct picture {
    int64_t time_us;
    bool bad_time;
};

/* JSON made of XML writes one child as itself, and several as an array. */
static size_t child_count(const struct base_json *child)
{
    return base_json_in_is_array(child) ? base_json_in_size(child) : child != NULL;
}

static const struct base_json *child_at(const struct base_json *child, size_t i)
{
    return base_json_in_is_array(child) ? base_json_in_at(child, i) : child;
}

unsigned sensors_onvif_private(const struct base_json *object)
{
    static const char *const appearance[] = {"HumanFace", "HumanBody", "Image",      "ImageRef",
                                             "Label",     "Face",      "BarcodeInfo"};
    static const char *const outside[] = {"Image", "ImageRef", "Label", "Name"};
    return sensors_decode_count(base_json_in_get(object, "Appearance"), appearance, BASE_COUNT(appearance)) +
           sensors_decode_count(object, outside, BASE_COUNT(outside));
}

/* {"#text":"AB12","@Likelihood":0.9}, or but a text. */
static bool read_number(const struct base_json *number, struct sensors_onvif_plate *ret_plate)
{
    struct base_str text;
    double likelihood = sensors_decode_number(number, "@Likelihood");
    if (!base_json_in_text(number, &text) && !base_json_in_text(base_json_in_get(number, "#text"), &text)) {
        return false;
    }
    *ret_plate = (struct sensors_onvif_plate){text, likelihood};
    return true;
}

bool sensors_onvif_plate(const struct base_json *json, struct sensors_onvif_plate *ret_plate)
{
    static const char *const members[] = {"PlateNumber", "LicensePlate", "Plate", "PlateText"};
    const struct base_json *info = base_json_in_get(json, "LicensePlateInfo");
    const struct base_json *inner = base_json_in_get(info, "LicensePlateInfo");
    const struct base_json *const places[] = {inner, info, json};
    for (size_t i = 0; i < BASE_COUNT(places); i++) {
        for (size_t j = 0; j < BASE_COUNT(members); j++) {
            if (read_number(base_json_in_get(places[i], members[j]), ret_plate)) {
                return true;
            }
        }
    }
    return false;
}

struct base_str sensors_onvif_class(const struct base_json *class, double *ret_likelihood)
{
    static const char *const names[] = {"Type", "ClassCandidate"}; /* since 18.06, and before */
    struct base_str best = {NULL, 0};
    *ret_likelihood = NAN;
    for (size_t n = 0; n < BASE_COUNT(names); n++) {
        const struct base_json *types = base_json_in_get(class, names[n]);
        for (size_t i = 0; i < child_count(types); i++) {
            const struct base_json *type = child_at(types, i);
            struct base_str text = sensors_decode_text(type, n ? "Type" : "#text");
            double likelihood = sensors_decode_number(type, n ? "Likelihood" : "@Likelihood");
            bool better = !best.len || likelihood > *ret_likelihood;
            if ((text.len || base_json_in_text(type, &text)) && better) {
                best = text;
                *ret_likelihood = likelihood;
            }
        }
    }
    return best;
}

static bool told_again(const struct sensors_onvif *onvif, struct told *told, struct base_str channel)
{
    const struct sensors_identity same = {
        .type = "class", .time_us = SENSORS_NO_TIME, .lon = NAN, .lat = NAN, .region = onvif->path};
    for (size_t i = 0; i < told->count; i++) {
        if (base_str_equal(told->channels[i], channel)) {
            return told->again[i];
        }
    }
    bool again = sensors_camera_again(onvif->decoding, onvif->prefix, channel,
                                      sensors_decode_dedup(onvif->decoding, onvif->prefix, &same), AGAIN_US);
    if (told->count < CLASSES_MAX) {
        told->channels[told->count] = channel;
        told->again[told->count++] = again;
    }
    return again;
}

/* MODULE/OBJECT */
static struct base_str native_of(const struct sensors_onvif *onvif, struct base_str object)
{
    char text[SENSORS_NATIVE_MAX + 1];
    struct base_str module = onvif->levels[onvif->level_count - 1];
    int len = snprintf(text, sizeof text, "%.*s/%.*s", (int)module.len, module.at, (int)object.len, object.at);
    bool whole = object.len && len > 0 && (size_t)len < sizeof text;
    return sensors_decode_native(onvif->decoding, whole ? (struct base_str){text, (size_t)len} : object);
}

static enum base_err add(const struct sensors_onvif *onvif, const struct picture *picture, struct base_str id,
                         struct base_str channel, struct sensors_event **ret_event)
{
    enum base_err err = sensors_decode_add(onvif->decoding, ret_event);
    if (err) {
        return err;
    }
    const struct sensors_identity identity = {.type = "frame",
                                              .time_us = picture->time_us,
                                              .lon = NAN,
                                              .lat = NAN,
                                              .event = id,
                                              .region = onvif->path,
                                              .channel = channel};
    struct sensors_event *event = *ret_event;
    event->device = onvif->prefix;
    event->native_id = native_of(onvif, id);
    event->flags |= picture->bad_time ? SENSORS_FLAG_SENTINEL : 0;
    event->dedup = sensors_decode_dedup(onvif->decoding, event->device, &identity);
    sensors_camera_time(event, picture->time_us, SENSORS_TIME_DEVICE);
    return BASE_OK;
}

static enum base_err plate_seen(const struct sensors_onvif *onvif, const struct picture *picture, struct base_str id,
                                const struct sensors_onvif_plate *plate)
{
    struct sensors_event *event;
    const struct sensors_identity same = {
        .type = "plate", .time_us = SENSORS_NO_TIME, .lon = NAN, .lat = NAN, .event = plate->text};
    struct base_str channel = base_str_of("plate");
    if (sensors_camera_again(onvif->decoding, onvif->prefix, channel,
                             sensors_decode_dedup(onvif->decoding, onvif->prefix, &same), SAME_PASS_US)) {
        onvif->decoding->decoded.repeated++;
        return BASE_OK;
    }
    enum base_err err = add(onvif, picture, id, channel, &event);
    if (!err) {
        sensors_camera_plate(onvif->decoding, event, plate->text, plate->likelihood);
    }
    return err;
}

static enum base_err object_seen(const struct sensors_onvif *onvif, const struct picture *picture,
                                 const struct base_json *object, struct told *told)
{
    double likelihood;
    struct sensors_event *event;
    struct sensors_onvif_plate plate = {{NULL, 0}, NAN};
    const struct base_json *appearance = base_json_in_get(object, "Appearance");
    struct base_str id = sensors_decode_id(onvif->decoding, object, "@ObjectId");
    struct base_str channel =
        sensors_camera_class(sensors_onvif_class(base_json_in_get(appearance, "Class"), &likelihood));
    told->private += sensors_onvif_private(object);
    enum base_err err = sensors_onvif_plate(appearance, &plate) ? plate_seen(onvif, picture, id, &plate) : BASE_OK;
    if (err || (plate.text.len && base_str_is(channel, "license_plate"))) {
        return err;
    }
    if (told_again(onvif, told, channel)) {
        onvif->decoding->decoded.repeated++;
        return BASE_OK;
    }
    err = add(onvif, picture, id, channel, &event);
    if (!err) {
        event->kind = SENSORS_KIND_DETECTION;
        event->phase = SENSORS_PHASE_SNAPSHOT;
        event->channel = channel;
        event->confidence = sensors_decode_confidence(event, likelihood);
        sensors_camera_subject(onvif->decoding, event, SENSORS_SUBJECT_OBJECT);
    }
    return err;
}

static enum base_err frame_seen(const struct sensors_onvif *onvif, const struct base_json *frame, struct told *told)
{
    struct picture picture = {.bad_time = false};
    const struct base_json *objects = base_json_in_get(frame, "Object");
    enum base_err err = base_json_in_is_object(frame) ? BASE_OK : sensors_onvif_missing(onvif, "Frame");
    picture.time_us = sensors_onvif_time(frame, &picture.bad_time);
    for (size_t i = 0; i < child_count(objects) && !err; i++) {
        const struct base_json *object = child_at(objects, i);
        err = base_json_in_is_object(object) ? object_seen(onvif, &picture, object, told)
                                             : sensors_onvif_missing(onvif, "Object");
    }
    return err;
}

static enum base_err frames(const struct sensors_onvif *onvif, const struct base_json *frame)
{
    struct told told = {.count = 0};
    struct sensors_decoded *decoded = &onvif->decoding->decoded;
    enum base_err err = BASE_OK;
    for (size_t i = 0; i < child_count(frame) && !err; i++) {
        err = frame_seen(onvif, child_at(frame, i), &told);
    }
    if (!err) {
        sensors_decode_redact(onvif->decoding, told.private);
        decoded->ignored = decoded->count + decoded->repeated == 0;
    }
    return err;
}

/* Kelvin, as ISO 80000 has it; the events of the same sensor are in degrees Celsius. */
static enum base_err sensor(const struct sensors_onvif *onvif, const struct base_json *json)
{
    bool bad = false;
    const struct sensors_quantity *quantity = sensors_quantity_find(onvif->levels[onvif->level_count - 1]);
    double value = sensors_decode_number(json, "Value");
    int64_t time_us = sensors_onvif_time(json, &bad);
    struct base_str id = sensors_decode_id(onvif->decoding, json, "@SensorID");
    struct sensors_readings readings = {.count = 0};
    if (isnan(value)) {
        return sensors_onvif_missing(onvif, "Value");
    }
    if (!quantity || quantity->kind != SENSORS_KIND_MEASUREMENT) {
        return BASE_OK;
    }
    struct base_str unit = base_str_of(strcmp(quantity->unit, "Cel") == 0 ? "K" : quantity->unit);
    sensors_readings_add(&readings, quantity, NULL, value, unit);
    return sensors_onvif_values(onvif, &readings, id, time_us, bad);
}

static enum base_err sensors(const struct sensors_onvif *onvif, const struct base_json *data)
{
    enum base_err err = BASE_OK;
    for (size_t i = 0; i < child_count(data) && !err; i++) {
        err = sensor(onvif, child_at(data, i));
    }
    onvif->decoding->decoded.ignored = onvif->decoding->decoded.count == 0;
    return err;
}

enum base_err sensors_onvif_metadata(const struct sensors_onvif *onvif, const struct base_json *json)
{
    static const char *const others[] = {"PTZ", "PTZStatus", "Event", "AudioAnalytics", "@context"};
    const struct base_json *inside = base_json_in_get(json, "VideoAnalytics");
    const struct base_json *frame = base_json_in_get(inside ? inside : json, "Frame");
    const struct base_json *data = base_json_in_get(json, "SensorData");
    if (frame) {
        return frames(onvif, frame);
    }
    if (data) {
        return sensors(onvif, data);
    }
    for (size_t i = 0; i < BASE_COUNT(others); i++) {
        if (base_json_in_get(json, others[i])) {
            return sensors_decode_ignore(onvif->decoding, 0);
        }
    }
    return sensors_onvif_missing(onvif, "Frame or SensorData");
}
