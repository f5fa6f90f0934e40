/* Decoding: one row a format, and what every decoder needs - limits, reasons, room for events, the duplicate key. */
#include "sensors/mapping.h"

#include <endian.h>
#include <math.h>
#include <string.h>

enum { EVENTS_MAX = 256, COORDINATE_UNKNOWN = INT32_MAX };

static const struct {
    struct sensors_format format;
    enum base_err (*decode)(struct sensors_decoding *decoding);
} formats[] = {
    {{"owntracks", SENSORS_SUBJECT_GUARD, false, "tracker", "phones with the OwnTracks app: JSON, and Greenwich CSV"},
     sensors_decode_owntracks},
    {{"espresense", SENSORS_SUBJECT_TAG, true, "reader",
      "ESPresense nodes: which Bluetooth tag is near which room's node"},
     sensors_decode_espresense},
    {{"cloudevents", SENSORS_SUBJECT_UNIT, false, "sensor", "CloudEvents 1.0 in JSON, alone or in batches"},
     sensors_decode_cloudevents},
    {{"senml", SENSORS_SUBJECT_UNIT, false, "sensor", "SenML packs (RFC 8428), JSON or CBOR"}, sensors_decode_senml},
    {{"sensorthings", SENSORS_SUBJECT_UNIT, false, "sensor", "OGC SensorThings: observations created over MQTT"},
     sensors_decode_sensorthings},
    {{"traccar", SENSORS_SUBJECT_VEHICLE, false, "vehicle", "Traccar's position and event forwarding"},
     sensors_decode_traccar},
    {{"jt808", SENSORS_SUBJECT_FLEET, false, "vehicle",
      "JT/T 808 terminals: a gateway's JSON, or the frames themselves"},
     sensors_decode_jt808},
    {{"anpr", SENSORS_SUBJECT_UNIT, true, "camera", "plate cameras: AlarmInfoPlate (VZ, Alphadigi), Axis"},
     sensors_decode_anpr},
    {{"hikvision", SENSORS_SUBJECT_UNIT, true, "camera",
      "Hikvision cameras, recorders and door stations: ISAPI events"},
     sensors_decode_hikvision},
    {{"dahua", SENSORS_SUBJECT_UNIT, true, "camera", "Dahua door stations, cameras and recorders"},
     sensors_decode_dahua},
    {{"ttn", SENSORS_SUBJECT_UNIT, false, "sensor", "LoRaWAN devices of The Things Stack (v3, v2)"},
     sensors_decode_ttn},
    {{"chirpstack", SENSORS_SUBJECT_UNIT, false, "sensor", "LoRaWAN devices of ChirpStack (v4, v3)"},
     sensors_decode_chirpstack},
    {{"tasmota", SENSORS_SUBJECT_UNIT, true, "sensor", "Tasmota devices: sensors, switches, card readers and beacons"},
     sensors_decode_tasmota},
    {{"zigbee2mqtt", SENSORS_SUBJECT_UNIT, false, "sensor", "Zigbee devices behind Zigbee2MQTT"},
     sensors_decode_zigbee2mqtt},
    {{"shelly", SENSORS_SUBJECT_UNIT, false, "sensor",
      "Shelly devices: RPC of the second generation on, and the first"},
     sensors_decode_shelly},
    {{"sparkplug", SENSORS_SUBJECT_UNIT, false, "sensor", "Sparkplug B nodes and their devices"},
     sensors_decode_sparkplug},
    {{"frigate", SENSORS_SUBJECT_UNIT, true, "camera", "the video recorder Frigate: objects, reviews, plates, motion"},
     sensors_decode_frigate},
    {{"onvif", SENSORS_SUBJECT_UNIT, true, "camera", "ONVIF devices over MQTT: events and analytics metadata"},
     sensors_decode_onvif},
    {{"homeassistant", SENSORS_SUBJECT_UNIT, false, "sensor", "whatever speaks Home Assistant's MQTT discovery"},
     sensors_decode_homeassistant},
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

enum base_err sensors_decode_wrong_topic(struct sensors_decoding *decoding, const char *what)
{
    struct base_str topic = decoding->message->topic;
    return sensors_decode_fail(decoding, SENSORS_REASON_TOPIC, "topic \"%.*s\" is %s",
                               (int)(topic.len < 200 ? topic.len : 200), topic.len ? topic.at : "", what);
}

static uint32_t inherited_flags(const struct sensors_message *message)
{
    return message->retained ? SENSORS_FLAG_RETAINED | SENSORS_FLAG_REPLAY : 0;
}

/* Twice the room, as long as a message may hold so many. */
static enum base_err grow(struct sensors_decoding *decoding, size_t count)
{
    size_t cap = decoding->event_cap ? decoding->event_cap * 2 : 1;
    cap = cap < count ? count : cap;
    cap = cap < EVENTS_MAX ? cap : EVENTS_MAX;
    struct sensors_event *events =
        count <= EVENTS_MAX ? base_arena_room(decoding->arena, cap * sizeof *events) : NULL; /* cleared one by one */
    if (!events) {
        return sensors_decode_fail(decoding, SENSORS_REASON_TOO_MANY, "more than %d events in one message", EVENTS_MAX);
    }
    for (size_t i = 0; i < decoding->decoded.count; i++) {
        sensors_event_copy(&events[i], &decoding->decoded.events[i]);
    }
    decoding->decoded.events = events;
    decoding->event_cap = cap;
    return BASE_OK;
}

static void prepare(const struct sensors_decoding *decoding, struct sensors_event *event)
{
    const struct sensors_message *message = decoding->message;
    sensors_event_clear(event);
    event->t_recv = message->t_recv;
    event->flags = inherited_flags(message);
    event->subject_type = message->subject != SENSORS_SUBJECT_NONE ? message->subject : decoding->format->subject;
}

enum base_err sensors_decode_events(struct sensors_decoding *decoding, size_t count)
{
    size_t wanted = decoding->decoded.count + count;
    enum base_err err = wanted > decoding->event_cap ? grow(decoding, wanted) : BASE_OK;
    for (size_t i = 0; i < count && !err; i++) {
        prepare(decoding, &decoding->decoded.events[decoding->decoded.count++]);
    }
    return err;
}

enum base_err sensors_decode_add(struct sensors_decoding *decoding, struct sensors_event **ret_event)
{
    enum base_err err = sensors_decode_events(decoding, 1);
    if (!err) {
        *ret_event = &decoding->decoded.events[decoding->decoded.count - 1];
    }
    return err;
}

void sensors_decode_like(const struct sensors_decoding *decoding, struct base_str device,
                         struct sensors_event *ret_like)
{
    prepare(decoding, ret_like);
    ret_like->device = device;
}

enum base_err sensors_decode_add_like(struct sensors_decoding *decoding, const struct sensors_event *like,
                                      const struct sensors_identity *identity, struct sensors_event **ret_event)
{
    enum base_err err = sensors_decode_add(decoding, ret_event); /* like stays where it is: the arena's */
    if (!err) {
        sensors_event_copy(*ret_event, like);
        (*ret_event)->dedup = sensors_decode_dedup(decoding, like->device, identity);
    }
    return err;
}

void sensors_decode_subject(struct sensors_decoding *decoding, struct sensors_event *event, enum sensors_subject type,
                            struct base_str id)
{
    enum sensors_subject said = decoding->message->subject;
    bool shown = type == SENSORS_SUBJECT_PLATE || type == SENSORS_SUBJECT_CARD;
    bool fits = said != SENSORS_SUBJECT_NONE && said != SENSORS_SUBJECT_UNIT;
    event->subject = sensors_decode_keep(decoding, id);
    event->subject_type = fits && (!shown || sensors_subject_personal(said)) ? said : type; /* no plate is a thing */
}

enum sensors_phase sensors_decode_change(struct sensors_decoding *decoding, struct base_str device,
                                         struct base_str channel, bool on)
{
    char text[SENSORS_MEMORY_KEY_MAX];
    struct base_str before;
    struct sensors_memory *memory = decoding->message->memory;
    if (!memory) {
        return on ? SENSORS_PHASE_START : SENSORS_PHASE_END;
    }
    int len = snprintf(text, sizeof text, "on/%.*s/%.*s", (int)channel.len, channel.at, (int)device.len, device.at);
    struct base_str key = {text, len > 0 && (size_t)len < sizeof text ? (size_t)len : 0};
    bool known = key.len && sensors_memory_get(memory, key, &before);
    bool same = known && base_str_is(before, on ? "1" : "0");
    if (key.len && !same && sensors_memory_set(memory, key, base_str_of(on ? "1" : "0"))) {
        return on ? SENSORS_PHASE_START : SENSORS_PHASE_END; /* a full memory knows no better */
    }
    if (same || (!known && !on)) { /* the first thing a device says is rarely that something has ended */
        return on ? SENSORS_PHASE_UPDATE : SENSORS_PHASE_SNAPSHOT;
    }
    return on ? SENSORS_PHASE_START : SENSORS_PHASE_END;
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
        identity->channel,
    };
    return base_key_mark(decoding->message->key, parts, BASE_COUNT(parts) - (identity->channel.len == 0));
}

enum base_err sensors_decode(const struct sensors_format *format, const struct sensors_message *message,
                             struct base_arena *arena, struct base_diag *diag, struct sensors_decoded *ret_decoded)
{
    struct sensors_decoding decoding = {.format = format, .message = message, .arena = arena, .diag = diag};
    const struct sensors_mapping *mapping = NULL;
    enum base_err err;
    size_t row = 0;
    while (row < BASE_COUNT(formats) && &formats[row].format != format) {
        row++;
    }
    if (row == BASE_COUNT(formats) && !(mapping = sensors_mappings_of(message->mappings, format))) {
        err = sensors_decode_fail(&decoding, SENSORS_REASON_FORMAT, "unknown format");
    } else if (message->payload.len > SENSORS_PAYLOAD_MAX) {
        err = sensors_decode_fail(&decoding, SENSORS_REASON_TOO_LARGE, "%zu bytes; up to %u are read",
                                  message->payload.len, SENSORS_PAYLOAD_MAX);
    } else {
        err = mapping ? sensors_mapping_run(&decoding, mapping) : formats[row].decode(&decoding);
    }
    if (!err && arena->full) { /* some text of it is missing, and perhaps whose it is */
        err = sensors_decode_fail(&decoding, SENSORS_REASON_TOO_MANY, "more than %zu bytes to decode it", arena->max);
    }
    if (err) {
        decoding.decoded.count = 0;
    }
    *ret_decoded = decoding.decoded;
    return err;
}
