/* Cameras that read number plates. The family of VZ ("AlarmInfoPlate", which Alphadigi and others speak, too) has MQTT
 * of its own on SN/device/message/up/NAME - ivs_result, quick_ivs_result (the same pass, a moment earlier), keep_alive,
 * gpio_in - or comes through a bridge on GATEWAY/plate; Axis cameras publish flat messages on any topic. The plate is
 * the subject; pictures, and paths of pictures, which have the plate in them, are dropped. */
#include "sensors/decode_pass.h"

#include <math.h>
#include <string.h>

#define SAME_PASS_US (INT64_C(5) * 1000000)
enum { BYTES_LEAST = 3, PLATE_BYTES_LEAST = 4, PLATE_BYTES_MOST = 24 };

struct anpr {
    struct sensors_decoding *decoding;
    const struct base_json *json;
    const struct base_json *payload; /* the object that has the content; json itself when there is no envelope */
    struct base_str sn, name;        /* who sends; what it calls the message */
    int64_t sent_us;                 /* the envelope's time */
};

static const char *const result_private[] = {
    "imagePath",           "imageFile",       "imageFragmentFile", "imageFragmentPath", "full_image_content",
    "small_image_content", "full_image_path", "small_image_path",  "feature_code",      "vehicle_picture"};
static const char *const axis_private[] = {"image", "plateASCII", "plateImage", "vehicleImage", "plateRegion"};

/* --- whose message --- */
/* SN/device/message/up/NAME, or device/SN/message/up/NAME, gives both; false: it goes the other way. */
static bool read_topic(struct anpr *message)
{
    struct base_str rest = message->decoding->message->topic, first = {NULL, 0}, before = {NULL, 0}, level;
    struct base_str sn = {NULL, 0};
    bool up = true;
    while (base_str_next(&rest, '/', &level)) {
        bool after = base_str_is(before, "device"), around = base_str_is(first, "device");
        if (base_str_is(level, "message") && (after || around)) {
            sn = after ? first : before;
        }
        if (sn.len && (base_str_is(before, "up") || base_str_is(before, "down"))) {
            up = base_str_is(before, "up");
            message->name = level;
            break;
        }
        if (base_str_is(level, "plate") && !rest.at) {
            sn = before; /* a bridge's name; the camera's own goes before it */
        }
        first = before;
        before = level;
    }
    if (base_str_utf8(message->decoding->message->topic)) {
        message->sn = sn;
    }
    return up;
}

static enum base_err read_sender(struct anpr *message, const struct base_json *content)
{
    struct base_str named = sensors_decode_id(message->decoding, content, "serialno");
    struct base_str outer = sensors_decode_id(message->decoding, message->json, "sn");
    bool native = message->name.len > 0 && message->sn.len > 0;
    if (!native && (outer.len || named.len)) {
        message->sn = outer.len ? outer : named;
    }
    return message->sn.len ? BASE_OK
                           : sensors_decode_fail(message->decoding, SENSORS_REASON_FIELD,
                                                 "no serialno, no sn, and the topic names no camera");
}

static const struct base_json *content_of(const struct anpr *message, const char *key)
{
    const struct base_json *content = base_json_in_get(message->payload, key);
    return content ? content : base_json_in_get(base_json_in_get(message->payload, "body"), key);
}

/* --- plates that are written as base64 --- */
static int base64_value(char c)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const char *at = c ? strchr(digits, c) : NULL;
    return at ? (int)(at - digits) : -1;
}

/* The bytes; false when it is no base64 of a plate's length. */
static bool base64_bytes(struct base_str text, char bytes[PLATE_BYTES_MOST], size_t *ret_len)
{
    size_t pads = 0, len = 0;
    while (pads < 2 && pads < text.len && text.at[text.len - 1 - pads] == '=') {
        pads++;
    }
    if (text.len % 4 || text.len / 4 * 3 - pads < BYTES_LEAST || text.len / 4 * 3 > PLATE_BYTES_MOST) {
        return false;
    }
    for (size_t i = 0; i < text.len; i += 4) {
        unsigned bits = 0;
        for (size_t k = 0; k < 4; k++) {
            int value = i + k >= text.len - pads ? 0 : base64_value(text.at[i + k]);
            if (value < 0) {
                return false;
            }
            bits = bits << 6 | (unsigned)value;
        }
        bytes[len++] = (char)(bits >> 16);
        bytes[len++] = (char)(bits >> 8);
        bytes[len++] = (char)bits;
    }
    *ret_len = len - pads;
    return true;
}

/* Capitals and digits, and perhaps a Chinese character or two. */
static bool plausible(struct base_str plate)
{
    size_t digits = 0, others = 0;
    for (size_t i = 0; i < plate.len; i++) {
        char c = plate.at[i];
        bool high = (unsigned char)c >= 0x80;
        bool capital = (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
        digits += capital;
        others += high;
        if (!capital && !high && c != ' ' && c != '-' && c != '_') {
            return false;
        }
    }
    return digits + others >= PLATE_BYTES_LEAST && (digits >= 3 || digits == 0);
}

/* The plate in clear. A plate has no small letters, no '=' and no '+': what has is base64; MQTT of version 1.0 may
 * write all of them so. Its bytes are UTF-8 or GB18030. */
static struct base_str clear_plate(const struct anpr *message, struct base_str text)
{
    char bytes[PLATE_BYTES_MOST];
    struct sensors_decoding *decoding = message->decoding;
    bool marked = message->payload != message->json;
    size_t len;
    for (size_t i = 0; i < text.len && !marked; i++) {
        marked = (text.at[i] >= 'a' && text.at[i] <= 'z') || strchr("=+/", text.at[i]) != NULL;
    }
    if (!marked || !base64_bytes(text, bytes, &len)) {
        return text;
    }
    struct sensors_message inner = *decoding->message;
    struct sensors_decoding part = *decoding;
    inner.payload = sensors_decode_keep(decoding, (struct base_str){bytes, len});
    inner.gb18030 = true;
    part.message = &inner;
    part.diag = NULL;
    struct base_str plate;
    bool good = inner.payload.len && sensors_decode_utf8(&part, &plate) == BASE_OK &&
                (plausible(plate) || sensors_pass_unread(decoding, plate));
    return good ? plate : text;
}

/* --- a pass --- */
/* The camera sends a pass twice, first with what it has at once. Which plate it was is remembered as a hash only. */
struct passed {
    char key[SENSORS_MEMORY_KEY_MAX], hash[BASE_ID_TEXT];
    size_t len; /* of key; 0: there is none */
};

static struct passed passed_of(const struct anpr *message, struct base_str plate)
{
    const struct sensors_message *outer = message->decoding->message;
    const struct base_str parts[] = {outer->source, base_str_of("pass"), message->sn, plate};
    struct passed passed;
    int len = snprintf(passed.key, sizeof passed.key, "pass/%.*s", (int)message->sn.len, message->sn.at);
    passed.len = len > 0 && (size_t)len < sizeof passed.key ? (size_t)len : 0;
    base_id_hex(base_key_id(outer->key, parts, BASE_COUNT(parts)), passed.hash);
    return passed;
}

static bool said_before(const struct anpr *message, const struct passed *passed, int64_t time_us)
{
    struct base_str before, hash;
    int64_t then;
    return passed->len &&
           sensors_memory_get(message->decoding->message->memory, (struct base_str){passed->key, passed->len},
                              &before) &&
           base_str_next(&before, ' ', &hash) && base_str_is(hash, passed->hash) && base_str_i64(before, &then) &&
           time_us - then <= SAME_PASS_US && then - time_us <= SAME_PASS_US;
}

static void remember(const struct anpr *message, const struct passed *passed, int64_t time_us)
{
    char value[BASE_ID_TEXT + 32];
    int len = snprintf(value, sizeof value, "%s %lld", passed->hash, (long long)time_us);
    if (passed->len &&
        sensors_memory_set(message->decoding->message->memory, (struct base_str){passed->key, passed->len},
                           (struct base_str){value, (size_t)len})) {
        return; /* a full memory: both are kept */
    }
}

static int64_t time_of(const struct anpr *message, const struct base_json *result)
{
    const struct base_json *stamp = base_json_in_get(base_json_in_get(result, "timeStamp"), "Timeval");
    double sec = sensors_decode_number(stamp, "sec"), usec = sensors_decode_number(stamp, "usec");
    int64_t time;
    if (sec > 0 && sensors_time_number(sec, &time)) {
        return time + (usec >= 0 && usec < 1e6 ? (int64_t)usec : 0);
    }
    return message->sent_us;
}

static void pass_measures(struct sensors_event *event, const struct base_json *result)
{
    double radar = sensors_decode_number(base_json_in_get(base_json_in_get(result, "radarSpeed"), "Speed"), "PerHour");
    sensors_pass_confidence(event, sensors_decode_number(result, "confidence"));
    sensors_pass_speed(event, isnan(radar) ? sensors_decode_number(result, "speed") : radar);
    if (sensors_decode_yes_no(base_json_in_get(result, "isoffline")) == 1) {
        event->flags |= SENSORS_FLAG_HISTORICAL; /* kept while the camera was cut off */
    }
}

/* The last step of each way a pass can come: key and, when it was said before, away with it. */
static enum base_err finish_pass(const struct anpr *message, struct sensors_event *event, int64_t time,
                                 struct base_str said, struct base_str mark)
{
    struct sensors_decoding *decoding = message->decoding;
    const struct sensors_identity identity = {
        .type = "pass", .time_us = time, .lon = NAN, .lat = NAN, .event = said, .region = mark};
    event->device = message->sn;
    event->kind = SENSORS_KIND_ACCESS;
    sensors_time_repair(event, time, SENSORS_NO_TIME);
    event->dedup = sensors_decode_dedup(decoding, message->sn, &identity);
    bool quick = base_str_is(message->name, "quick_ivs_result"), full = base_str_is(message->name, "ivs_result");
    const struct passed passed = passed_of(message, event->subject);
    if ((event->subject.len || full) && said_before(message, &passed, event->t_event)) {
        decoding->decoded.count--;
        decoding->decoded.repeated++;
    } else if (event->subject.len || quick) { /* two cars in a row may both have no plate */
        remember(message, &passed, event->t_event);
    }
    return BASE_OK;
}

static enum base_err pass(struct anpr *message, const struct base_json *content)
{
    struct sensors_decoding *decoding = message->decoding;
    const struct base_json *result = base_json_in_get(base_json_in_get(content, "result"), "PlateResult");
    struct base_str plate;
    struct sensors_event *event;
    if (!base_json_in_text(base_json_in_get(result, "license"), &plate)) {
        return sensors_decode_fail(decoding, SENSORS_REASON_FIELD,
                                   "AlarmInfoPlate has neither heartbeat nor a text result.PlateResult.license");
    }
    enum base_err err = sensors_decode_add(decoding, &event);
    if (err) {
        return err;
    }
    struct base_str id = sensors_decode_id(decoding, result, "plateid");
    struct base_str trigger = sensors_decode_id(decoding, result, "triggerType");
    plate = clear_plate(message, plate);
    sensors_pass_plate(decoding, event, plate);
    pass_measures(event, result);
    event->native_id = sensors_decode_native(decoding, id);
    err = finish_pass(message, event, time_of(message, result), plate, id.len ? id : trigger);
    sensors_decode_redact(decoding, sensors_decode_count(result, result_private, BASE_COUNT(result_private)));
    return err;
}

/* --- all else --- */
static enum base_err heartbeat(const struct anpr *message)
{
    struct sensors_decoding *decoding = message->decoding;
    struct sensors_event *event;
    enum base_err err = sensors_decode_add(decoding, &event);
    if (!err) {
        const struct sensors_identity identity = {
            .type = "heartbeat", .time_us = message->sent_us, .lon = NAN, .lat = NAN};
        event->device = message->sn;
        sensors_pass_thing(event, SENSORS_KIND_LIFECYCLE,
                           sensors_decode_change(decoding, message->sn, base_str_of("online"), true));
        sensors_time_repair(event, message->sent_us, SENSORS_NO_TIME);
        event->dedup = sensors_decode_dedup(decoding, message->sn, &identity);
    }
    return err;
}

/* A wire into the camera: a loop in the ground, a button. */
static enum base_err input(const struct anpr *message, const struct base_json *content)
{
    struct sensors_decoding *decoding = message->decoding;
    const struct base_json *result = base_json_in_get(base_json_in_get(content, "result"), "TriggerResult");
    double source = sensors_decode_number(result, "source");
    double on = sensors_decode_yes_no(base_json_in_get(result, "value"));
    struct sensors_event *event;
    char name[24];
    if (isnan(on) || !(source >= 0 && source < 256)) {
        return sensors_decode_fail(decoding, SENSORS_REASON_FIELD,
                                   "result.TriggerResult needs numbers for source and value");
    }
    enum base_err err = sensors_decode_add(decoding, &event);
    if (err) {
        return err;
    }
    int len = snprintf(name, sizeof name, "input_%d", (int)source);
    event->device = message->sn;
    event->channel = sensors_decode_keep(decoding, (struct base_str){name, (size_t)len});
    sensors_pass_thing(event, SENSORS_KIND_STATE,
                       sensors_decode_change(decoding, message->sn, event->channel, on != 0));
    sensors_event_measure(event, "on", on, "1");
    sensors_time_repair(event, message->sent_us, SENSORS_NO_TIME);
    const struct sensors_identity identity = {.type = "input",
                                              .time_us = message->sent_us,
                                              .lon = NAN,
                                              .lat = NAN,
                                              .event = base_str_of(on != 0 ? "1" : "0"),
                                              .channel = event->channel};
    event->dedup = sensors_decode_dedup(decoding, message->sn, &identity);
    return BASE_OK;
}

/* Axis' publisher: plate, device, timestamp; its licence plate verifier: plateUTF8, camera_info, capture_timestamp. */
static enum base_err axis(struct anpr *message, struct base_str plate)
{
    struct sensors_decoding *decoding = message->decoding;
    const struct base_json *json = message->json;
    struct sensors_event *event;
    struct base_str device = sensors_decode_id(decoding, base_json_in_get(json, "camera_info"), "SerialNumber");
    unsigned redacted = sensors_decode_count(json, axis_private, BASE_COUNT(axis_private));
    message->sn = device.len ? device : sensors_decode_id(decoding, json, "device");
    if (message->sn.len == 0) {
        return sensors_decode_fail(decoding, SENSORS_REASON_FIELD, "a plate without \"device\" or \"camera_info\"");
    }
    if (base_str_is(sensors_decode_text(json, "carState"), "lost")) {
        return sensors_decode_ignore(decoding, redacted); /* it has left the picture */
    }
    int64_t time = sensors_decode_time(decoding, json, "capture_timestamp");
    time = time == SENSORS_NO_TIME ? sensors_decode_time(decoding, json, "timestamp") : time;
    enum base_err err = sensors_decode_add(decoding, &event);
    if (err) {
        return err;
    }
    sensors_pass_plate(decoding, event, plate);
    sensors_pass_confidence(event, sensors_decode_number(json, "plateConfidence"));
    event->native_id = sensors_decode_native(decoding, sensors_decode_id(decoding, json, "carID"));
    err = finish_pass(message, event, time, plate, event->native_id);
    sensors_decode_redact(decoding, redacted);
    return err;
}

static enum base_err by_content(struct anpr *message)
{
    struct sensors_decoding *decoding = message->decoding;
    const struct base_json *plate = content_of(message, "AlarmInfoPlate"), *wire = content_of(message, "AlarmGioIn");
    bool alive = base_str_is(message->name, "keep_alive") || base_str_is(message->name, "heartbeat");
    enum base_err err = read_sender(message, plate ? plate : wire);
    if (err) {
        return err;
    }
    if (plate) {
        alive = base_json_in_get(plate, "heartbeat") && !base_json_in_get(plate, "result");
        return alive ? heartbeat(message) : pass(message, plate);
    }
    if (wire) {
        return input(message, wire);
    }
    if (base_str_is(message->name, "ivs_result") || base_str_is(message->name, "quick_ivs_result") ||
        base_str_is(message->name, "gpio_in")) {
        return sensors_decode_fail(decoding, SENSORS_REASON_FIELD, "the payload has no AlarmInfoPlate or AlarmGioIn");
    }
    return alive ? heartbeat(message) : sensors_decode_ignore(decoding, 0); /* answers to commands, serial data */
}

enum base_err sensors_decode_anpr(struct sensors_decoding *decoding)
{
    struct anpr message = {.decoding = decoding};
    AUTO(base_json) json = NULL;
    enum base_err err = sensors_decode_json(decoding, &json);
    if (err) {
        return err;
    }
    if (!read_topic(&message)) {
        return sensors_decode_ignore(decoding, 0); /* a command to the camera: open the barrier */
    }
    const struct base_json *payload = base_json_in_get(json, "payload");
    struct base_str name = sensors_decode_id(decoding, json, "name");
    bool envelope = base_json_in_is_object(payload);
    message.json = json;
    message.payload = envelope ? payload : json;
    message.sent_us = sensors_decode_time(decoding, json, "timestamp");
    message.name = message.name.len || !envelope ? message.name : name;
    struct base_str plate = sensors_decode_text(json, "plateUTF8");
    plate = plate.len ? plate : sensors_decode_text(json, "plateText");
    bool flat = base_json_in_text(base_json_in_get(json, "plate"), plate.len ? &name : &plate) || plate.len;
    if (flat) {
        return axis(&message, plate);
    }
    if (!message.name.len && !content_of(&message, "AlarmInfoPlate") && !content_of(&message, "AlarmGioIn")) {
        return sensors_decode_fail(decoding, SENSORS_REASON_TYPE,
                                   "neither AlarmInfoPlate, AlarmGioIn nor a plate, and the topic does not say");
    }
    return by_content(&message);
}
