/* Decoding: one row a format, and what every decoder needs - limits, reasons, tolerant fields, the duplicate key. */
#include "sensors/decode_private.h"

#include <endian.h>
#include <math.h>
#include <string.h>

enum { EVENTS_MAX = 256, COORDINATE_UNKNOWN = INT32_MAX };

static const struct {
    struct sensors_format format;
    enum base_err (*decode)(struct sensors_decoding *decoding);
} formats[] = {
    {{"owntracks", SENSORS_SUBJECT_GUARD, false, "phones with the OwnTracks app: JSON, and Greenwich CSV"},
     sensors_decode_owntracks},
    {{"espresense", SENSORS_SUBJECT_TAG, true, "ESPresense nodes: which Bluetooth tag is near which room's node"},
     sensors_decode_espresense},
};

#define REASON_TEXT(name, text) text,
static const char *const reasons[] = {SENSORS_REASONS(REASON_TEXT)};

const char *sensors_reason_text(enum sensors_reason reason)
{
    return reasons[reason];
}

const struct sensors_format *sensors_format_at(size_t index)
{
    return index < BASE_COUNT(formats) ? &formats[index].format : NULL;
}

const struct sensors_format *sensors_format_find(struct base_str name)
{
    for (size_t i = 0; i < BASE_COUNT(formats); i++) {
        if (base_str_is(name, formats[i].format.name)) {
            return &formats[i].format;
        }
    }
    return NULL;
}

enum base_err sensors_decode_fail(struct sensors_decoding *decoding, enum sensors_reason reason, const char *format,
                                  ...)
{
    decoding->decoded.reason = reason;
    if (decoding->diag) {
        va_list args;
        va_start(args, format);
        vsnprintf(decoding->diag->text, sizeof decoding->diag->text, format, args);
        va_end(args);
    }
    switch (reason) {
    case SENSORS_REASON_TOO_LARGE:
    case SENSORS_REASON_TOO_DEEP:
    case SENSORS_REASON_TOO_MANY:
        return BASE_LIMIT;
    case SENSORS_REASON_ENCRYPTED:
    case SENSORS_REASON_FORMAT:
        return BASE_UNSUPPORTED;
    default:
        return BASE_INVALID;
    }
}

static uint32_t inherited_flags(const struct sensors_message *message)
{
    return message->retained ? SENSORS_FLAG_RETAINED | SENSORS_FLAG_REPLAY : 0;
}

enum base_err sensors_decode_events(struct sensors_decoding *decoding, size_t count)
{
    struct sensors_event *events =
        count <= EVENTS_MAX ? base_arena_alloc(decoding->arena, count * sizeof *events) : NULL;
    if (!events) {
        return sensors_decode_fail(decoding, SENSORS_REASON_TOO_MANY, "%zu events in one message; up to %d are read",
                                   count, EVENTS_MAX);
    }
    const struct sensors_message *message = decoding->message;
    for (size_t i = 0; i < count; i++) {
        events[i] = sensors_event_empty();
        events[i].t_recv = message->t_recv;
        events[i].flags = inherited_flags(message);
        events[i].subject_type =
            message->subject != SENSORS_SUBJECT_NONE ? message->subject : decoding->format->subject;
    }
    decoding->decoded.events = events;
    decoding->decoded.count = count;
    return BASE_OK;
}

enum base_err sensors_decode_json(struct sensors_decoding *decoding, struct base_json **ret_json)
{
    struct base_str payload = decoding->message->payload;
    struct base_diag why = {{0}};
    struct base_json *json = NULL;
    enum base_err err = base_json_in_parse(payload.at, payload.len, &why, &json);
    if (err == BASE_LIMIT) {
        return sensors_decode_fail(decoding, SENSORS_REASON_TOO_DEEP, "%s", why.text);
    }
    if (err && !base_str_utf8(payload)) {
        return sensors_decode_fail(decoding, SENSORS_REASON_NOT_UTF8, "the payload is not UTF-8");
    }
    if (!err && !base_json_in_is_object(json)) {
        base_json_free(json);
        return sensors_decode_fail(decoding, SENSORS_REASON_NOT_JSON, "the payload is JSON, but not an object");
    }
    if (err) {
        return sensors_decode_fail(decoding, SENSORS_REASON_NOT_JSON, "%s", why.text);
    }
    *ret_json = json;
    return BASE_OK;
}

struct base_str sensors_decode_text(const struct base_json *object, const char *key)
{
    struct base_str text = {NULL, 0};
    return base_json_in_text(base_json_in_get(object, key), &text) ? text : (struct base_str){NULL, 0};
}

double sensors_decode_number(const struct base_json *object, const char *key)
{
    const struct base_json *member = base_json_in_get(object, key);
    double number;
    struct base_str text;
    if (base_json_in_f64(member, &number)) {
        return number;
    }
    if (base_json_in_text(member, &text) && base_str_f64(base_str_trim(text), &number)) {
        return number;
    }
    return NAN;
}

int64_t sensors_decode_time(const struct sensors_decoding *decoding, const struct base_json *object, const char *key)
{
    const struct base_json *member = base_json_in_get(object, key);
    int64_t time;
    double number;
    struct base_str text;
    if (base_json_in_f64(member, &number) && sensors_time_number(number, &time)) {
        return time;
    }
    if (base_json_in_text(member, &text) &&
        sensors_time_text(text, decoding->message->zone, decoding->message->t_recv, &time)) {
        return time;
    }
    return SENSORS_NO_TIME;
}

struct base_str sensors_decode_keep(struct sensors_decoding *decoding, struct base_str text)
{
    char *copy = text.len ? base_arena_text(decoding->arena, text) : NULL;
    return copy ? (struct base_str){copy, text.len} : (struct base_str){NULL, 0};
}

struct base_str sensors_decode_native(struct sensors_decoding *decoding, struct base_str id)
{
    if (id.len > SENSORS_NATIVE_MAX) {
        id.len = SENSORS_NATIVE_MAX;
        while (id.len && ((unsigned char)id.at[id.len] & 0xC0) == 0x80) { /* inside a character */
            id.len--;
        }
    }
    return sensors_decode_keep(decoding, id);
}

enum base_err sensors_decode_position(struct sensors_decoding *decoding, struct sensors_event *event, double lon,
                                      double lat)
{
    if (!(fabs(lat) <= 90) || !(fabs(lon) <= 180)) {
        return sensors_decode_fail(decoding, SENSORS_REASON_POSITION,
                                   "position lon %g lat %g is outside longitude -180..180 and latitude -90..90", lon,
                                   lat);
    }
    if (fabs(lat) < 1e-4 && fabs(lon) < 1e-4) { /* 11 m round 0,0: nobody lives there, many receivers start there */
        event->flags |= SENSORS_FLAG_NULL_ISLAND | SENSORS_FLAG_PARTIAL;
        return BASE_OK;
    }
    event->lon = lon;
    event->lat = lat;
    event->pos_source = SENSORS_POSITION_GNSS;
    return BASE_OK;
}

double sensors_decode_within(struct sensors_event *event, double value, double least, double most)
{
    if (isnan(value) || (value >= least && value <= most)) {
        return value;
    }
    event->flags |= SENSORS_FLAG_SENTINEL;
    return NAN;
}

/* 1e-7 degree is a centimetre, and the same number however the sender wrote its digits. */
static int32_t coordinate(double degrees)
{
    return fabs(degrees) <= 180 ? (int32_t)lround(degrees * 1e7) : COORDINATE_UNKNOWN;
}

struct base_id sensors_decode_dedup(const struct sensors_decoding *decoding, struct base_str device,
                                    const struct sensors_identity *identity)
{
    struct {
        uint64_t time;
        uint32_t lon, lat;
    } numbers = {htobe64((uint64_t)identity->time_us), htobe32((uint32_t)coordinate(identity->lon)),
                 htobe32((uint32_t)coordinate(identity->lat))};
    const struct base_str parts[] = {
        decoding->message->source,
        device,
        base_str_of(identity->type),
        {(const char *)&numbers, sizeof numbers},
        identity->event,
        identity->region,
    };
    return base_key_id(decoding->message->key, parts, BASE_COUNT(parts));
}

enum base_err sensors_decode(const struct sensors_format *format, const struct sensors_message *message,
                             struct base_arena *arena, struct base_diag *diag, struct sensors_decoded *ret_decoded)
{
    struct sensors_decoding decoding = {.format = format, .message = message, .arena = arena, .diag = diag};
    enum base_err err;
    size_t row = 0;
    while (row < BASE_COUNT(formats) && &formats[row].format != format) {
        row++;
    }
    if (row == BASE_COUNT(formats)) {
        err = sensors_decode_fail(&decoding, SENSORS_REASON_FORMAT, "unknown format");
    } else if (message->payload.len > SENSORS_PAYLOAD_MAX) {
        err = sensors_decode_fail(&decoding, SENSORS_REASON_TOO_LARGE, "%zu bytes; up to %u are read",
                                  message->payload.len, SENSORS_PAYLOAD_MAX);
    } else {
        err = formats[row].decode(&decoding);
    }
    if (err) {
        decoding.decoded.count = 0;
    }
    *ret_decoded = decoding.decoded;
    return err;
}
