/* Hikvision: what cameras, recorders and door stations send as ISAPI events (EventNotificationAlert), through a bridge,
 * as JSON or as their own XML. A plate is a pass; motion, lines, fields, tampering and wires begin (active) and end
 * (inactive); a lost picture that is "inactive" is their heartbeat; doors tell cards and locks. Faces and names are
 * dropped. */
#include "sensors/decode_pass.h"

#include <math.h>
#include <string.h>

#define LASTS_US (INT64_C(600) * 1000000) /* not every firmware says that it is over */

struct hikvision {
    struct sensors_decoding *decoding;
    const struct base_json *json;
    struct base_str device, type, uuid, count;
    bool active;
    int64_t time_us;
    uint32_t flags; /* of a history that is sent at connection */
};

/* What begins and ends. */
static const struct row {
    const char *type;
    enum sensors_kind kind;
    const char *channel;
    int severity;
    bool seen; /* by a camera: about an object, not about the device */
} rows[] = {
#define NONE SENSORS_NO_SEVERITY
    {"VMD", SENSORS_KIND_DETECTION, "motion", NONE, true},
    {"PIR", SENSORS_KIND_DETECTION, "motion", NONE, true},
    {"linedetection", SENSORS_KIND_DETECTION, "line_crossing", NONE, true},
    {"regionEntrance", SENSORS_KIND_DETECTION, "region_entrance", NONE, true},
    {"regionExiting", SENSORS_KIND_DETECTION, "region_exit", NONE, true},
    {"loitering", SENSORS_KIND_DETECTION, "loitering", NONE, true},
    {"parking", SENSORS_KIND_DETECTION, "parking", NONE, true},
    {"unattendedBaggage", SENSORS_KIND_DETECTION, "object_left", NONE, true},
    {"attendedBaggage", SENSORS_KIND_DETECTION, "object_removed", NONE, true},
    {"fielddetection", SENSORS_KIND_ALARM, "intrusion", 3, true},
    {"shelteralarm", SENSORS_KIND_ALARM, "tamper", 2, false},
    {"tamperdetection", SENSORS_KIND_ALARM, "tamper", 2, false},
    {"scenechangedetection", SENSORS_KIND_ALARM, "tamper", 2, false},
    {"defocus", SENSORS_KIND_ALARM, "tamper", 2, false},
    {"firedetection", SENSORS_KIND_ALARM, "fire", 4, true},
    {"smokedetection", SENSORS_KIND_ALARM, "smoke", 4, true},
    {"IO", SENSORS_KIND_ALARM, "input", 2, false},
    {"diskfull", SENSORS_KIND_ALARM, "fault", 2, false},
    {"diskerror", SENSORS_KIND_ALARM, "fault", 2, false},
    {"nicbroken", SENSORS_KIND_ALARM, "fault", 2, false},
    {"ipconflict", SENSORS_KIND_ALARM, "fault", 2, false},
    {"illaccess", SENSORS_KIND_ALARM, "illegal_login", 2, false},
    {"videoloss", SENSORS_KIND_ALARM, "fault", 2, false},
    {"videomismatch", SENSORS_KIND_ALARM, "fault", 2, false},
    {"badvideo", SENSORS_KIND_ALARM, "fault", 2, false},
    {"recordingfailure", SENSORS_KIND_ALARM, "fault", 2, false},
    {"vehicledetection", SENSORS_KIND_DETECTION, "vehicle", NONE, true},
    {"group", SENSORS_KIND_DETECTION, "crowd", NONE, true},
};

/* About faces, or about nothing. */
static const char *const ignored_types[] = {"facedetection",  "faceCapture",      "faceSnap",
                                            "alarmResult",    "faceSnapMatch",    "heartBeat",
                                            "duration",       "audioexception",   "mixedTargetDetection",
                                            "PeopleCounting", "certificateExpiry"};

static const char *const private_members[] = {"name",
                                              "employeeName",
                                              "pictureURL",
                                              "faceURL",
                                              "visibleLightURL",
                                              "thermalURL",
                                              "FaceRect",
                                              "pictureInfoList",
                                              "faceInfo",
                                              "faces",
                                              "Faces",
                                              "faceCapture",
                                              "helmet",
                                              "mask",
                                              "password",
                                              "phone",
                                              "phoneNumber",
                                              "originalLicensePlate",
                                              "ownerName",
                                              "filename",
                                              "pilotInfo",
                                              "alarmResult"};

static const struct base_json *plate_of(const struct hikvision *message)
{
    const struct base_json *plate = base_json_in_get(message->json, "ANPR");
    return plate ? plate : base_json_in_get(message->json, "aNPR");
}

static unsigned count_private(const struct hikvision *message)
{
    static const char *const card[] = {"cardNo"}, *const person[] = {"employeeNoString"};
    const struct base_json *door = base_json_in_get(message->json, "AccessControllerEvent");
    const struct base_json *parts[] = {message->json, plate_of(message), door};
    unsigned count = sensors_decode_count(door, card, 1) && sensors_decode_count(door, person, 1); /* who holds it */
    for (size_t i = 0; i < BASE_COUNT(parts); i++) {
        count += sensors_decode_count(parts[i], private_members, BASE_COUNT(private_members));
    }
    return count;
}

/* --- whose message --- */
static struct base_str channel_of(const struct hikvision *message)
{
    struct base_str channel = sensors_decode_id(message->decoding, message->json, "channelID");
    return channel.len ? channel : sensors_decode_id(message->decoding, message->json, "dynChannelID");
}

/* The address of the network card and the channel; else deviceID; else what the bridge calls it in the topic. */
static enum base_err read_device(struct hikvision *message)
{
    struct sensors_decoding *decoding = message->decoding;
    struct base_str mac = sensors_decode_id(decoding, message->json, "macAddress"), channel = channel_of(message);
    struct base_str topic = decoding->message->topic;
    char text[300];
    message->device = sensors_decode_id(decoding, message->json, "deviceID");
    if (mac.len) {
        int len = snprintf(text, sizeof text, "%.*s%s%.*s", (int)mac.len, mac.at, channel.len ? "/" : "",
                           (int)channel.len, channel.len ? channel.at : "");
        bool fits = len > 0 && (size_t)len < sizeof text;
        message->device = sensors_decode_keep(decoding, (struct base_str){text, fits ? (size_t)len : 0});
    } else if (message->device.len == 0 && base_str_utf8(topic)) {
        message->device = sensors_pass_level(topic, "hikvision");
    }
    return message->device.len
               ? BASE_OK
               : sensors_decode_fail(decoding, SENSORS_REASON_FIELD,
                                     "no macAddress, no deviceID, and the topic has no level after \"hikvision\"");
}

static void read_history(struct hikvision *message)
{
    const struct base_json *door = base_json_in_get(message->json, "AccessControllerEvent");
    const struct base_json *member = base_json_in_get(message->json, "currentEvent");
    member = member ? member : base_json_in_get(door, "currentEvent");
    if (sensors_decode_yes_no(member) == 0) {
        message->flags = SENSORS_FLAG_REPLAY | SENSORS_FLAG_HISTORICAL;
    }
}

/* --- what all events have --- */
static enum base_err begin(const struct hikvision *message, struct sensors_event **ret_event)
{
    enum base_err err = sensors_decode_add(message->decoding, ret_event);
    if (!err) {
        (*ret_event)->device = message->device;
        (*ret_event)->flags |= message->flags;
        (*ret_event)->native_id = sensors_decode_native(message->decoding, message->uuid);
        sensors_time_repair(*ret_event, message->time_us, SENSORS_NO_TIME);
    }
    return err;
}

static void finish(const struct hikvision *message, struct sensors_event *event, struct base_str said)
{
    char text[200];
    struct base_str type = message->type;
    int len =
        snprintf(text, sizeof text, "%.*s %d %.*s %.*s", (int)(type.len < 60 ? type.len : 60), type.at, message->active,
                 (int)(message->count.len < 20 ? message->count.len : 20), message->count.len ? message->count.at : "",
                 (int)(said.len < 60 ? said.len : 60), said.len ? said.at : "");
    struct base_str own = {text, len > 0 && (size_t)len < sizeof text ? (size_t)len : 0};
    const struct sensors_identity identity = {.type = message->uuid.len ? "uuid" : "event",
                                              .time_us = message->uuid.len ? SENSORS_NO_TIME : message->time_us,
                                              .lon = NAN,
                                              .lat = NAN,
                                              .event = own,
                                              .region = message->uuid,
                                              .channel = event->channel};
    event->dedup = sensors_decode_dedup(message->decoding, message->device, &identity);
}

/* --- a plate --- */
static enum base_err pass(const struct hikvision *message)
{
    const struct base_json *result = plate_of(message);
    struct base_str plate;
    struct sensors_event *event;
    if (!message->active) {
        return sensors_decode_ignore(message->decoding, 0); /* the same pass is over */
    }
    if (!base_json_in_text(base_json_in_get(result, "licensePlate"), &plate)) {
        return sensors_decode_fail(message->decoding, SENSORS_REASON_FIELD, "ANPR has no text licensePlate");
    }
    enum base_err err = begin(message, &event);
    if (!err) {
        event->kind = SENSORS_KIND_ACCESS;
        sensors_pass_plate(message->decoding, event, plate);
        sensors_pass_confidence(event, sensors_decode_number(result, "confidenceLevel"));
        sensors_pass_speed(event, sensors_decode_number(base_json_in_get(result, "vehicleInfo"), "speed"));
        finish(message, event, plate);
    }
    return err;
}

/* --- doors --- */
/* Minor types of major type 5, and those of the alarms of type 1 (ISAPI, access control events). */
static const struct minor {
    int major, code;
    enum { GRANTED, REFUSED, LOCK, DOOR, FORCED, HELD, BUTTON, TAMPER, SOS, FIRE } what;
    double value;
} minors[] = {
    {5, 0x01, GRANTED, 1}, {5, 0x02, GRANTED, 1}, {5, 0x03, REFUSED, 0}, {5, 0x04, REFUSED, 0}, {5, 0x05, REFUSED, 0},
    {5, 0x06, REFUSED, 0}, {5, 0x07, REFUSED, 0}, {5, 0x08, REFUSED, 0}, {5, 0x09, REFUSED, 0}, {5, 0x0a, REFUSED, 0},
    {5, 0x0b, REFUSED, 0}, {5, 0x0c, REFUSED, 0}, {5, 0x0d, REFUSED, 0}, {5, 0x10, GRANTED, 1}, {5, 0x15, LOCK, 0},
    {5, 0x16, LOCK, 1},    {5, 0x17, BUTTON, 1},  {5, 0x19, DOOR, 1},    {5, 0x1a, DOOR, 0},    {5, 0x1b, FORCED, 1},
    {5, 0x1c, HELD, 1},    {5, 0x26, GRANTED, 1}, {5, 0x27, REFUSED, 0}, {5, 0x28, GRANTED, 1}, {5, 0x29, REFUSED, 0},
    {5, 0x2b, GRANTED, 1}, {5, 0x2c, REFUSED, 0}, {5, 0x2e, GRANTED, 1}, {5, 0x2f, REFUSED, 0}, {5, 0x31, REFUSED, 0},
    {5, 0x36, GRANTED, 1}, {5, 0x37, REFUSED, 0}, {5, 0x39, GRANTED, 1}, {5, 0x3a, REFUSED, 0}, {5, 0x3c, GRANTED, 1},
    {5, 0x3d, REFUSED, 0}, {5, 0x3f, GRANTED, 1}, {5, 0x40, REFUSED, 0}, {5, 0x42, GRANTED, 1}, {5, 0x43, REFUSED, 0},
    {5, 0x45, GRANTED, 1}, {5, 0x46, REFUSED, 0}, {5, 0x48, GRANTED, 1}, {5, 0x49, REFUSED, 0}, {5, 0x4b, GRANTED, 1},
    {5, 0x4c, REFUSED, 0}, {5, 0x4d, GRANTED, 1}, {5, 0x4e, REFUSED, 0}, {5, 0x65, GRANTED, 1}, {5, 0x66, REFUSED, 0},
    {1, 0x404, TAMPER, 1}, {1, 0x405, TAMPER, 0}, {1, 0x406, TAMPER, 1}, {1, 0x407, TAMPER, 0}, {1, 0x40a, SOS, 1},
    {1, 0x40f, TAMPER, 1}, {1, 0x410, TAMPER, 0}, {1, 0x418, FIRE, 1},   {1, 0x419, FIRE, 0},   {1, 0x41c, SOS, 1},
    {1, 0x41d, SOS, 0},
};

static const struct minor *minor_of(double major, double code)
{
    for (size_t i = 0; i < BASE_COUNT(minors); i++) {
        if (minors[i].major == major && minors[i].code == code) {
            return &minors[i];
        }
    }
    return NULL;
}

/* What tells this event of a door from the next in the same second. */
static struct base_str door_record(const struct hikvision *message, const struct base_json *said)
{
    char text[60];
    struct base_str record = sensors_decode_id(message->decoding, said, "serialNo");
    struct base_str sub = sensors_decode_id(message->decoding, said, "subEventType");
    int len = snprintf(text, sizeof text, "%.*s.%.*s", (int)(sub.len < 20 ? sub.len : 20), sub.len ? sub.at : "",
                       (int)(record.len < 30 ? record.len : 30), record.len ? record.at : "");
    return sensors_decode_keep(message->decoding, (struct base_str){text, (size_t)len});
}

/* The second door of a controller has a state of its own. */
static struct base_str door_channel(const struct hikvision *message, const struct base_json *said, const char *name)
{
    char text[60];
    double door = sensors_decode_number(said, "doorNo");
    if (!(door >= 2 && door < 1000)) {
        return base_str_of(name);
    }
    int len = snprintf(text, sizeof text, "%s_%.0f", name, door);
    return sensors_decode_keep(message->decoding, (struct base_str){text, (size_t)len});
}

static enum base_err door_state(const struct hikvision *message, const struct minor *minor,
                                const struct base_json *said)
{
    static const struct {
        const char *channel, *measure;
        enum sensors_kind kind;
        int severity;
    } doors[] = {
        [LOCK] = {"locked", "locked", SENSORS_KIND_STATE, SENSORS_NO_SEVERITY},
        [DOOR] = {"open", "open", SENSORS_KIND_STATE, SENSORS_NO_SEVERITY},
        [FORCED] = {"intrusion", "intrusion", SENSORS_KIND_ALARM, 3},
        [HELD] = {"door_held", "door_held", SENSORS_KIND_ALARM, 2},
        [BUTTON] = {"button", "on", SENSORS_KIND_STATE, SENSORS_NO_SEVERITY},
        [TAMPER] = {"tamper", "tamper", SENSORS_KIND_ALARM, 2},
        [SOS] = {"sos", "sos", SENSORS_KIND_ALARM, 4},
        [FIRE] = {"fire", "fire", SENSORS_KIND_ALARM, 4},
    };
    static const char *const who[] = {"cardNo", "employeeNoString", "employeeNo"};
    struct sensors_event *event;
    enum base_err err = begin(message, &event);
    if (!err) {
        bool alarm = doors[minor->what].kind == SENSORS_KIND_ALARM;
        struct base_str channel = door_channel(message, said, doors[minor->what].channel);
        enum sensors_phase phase = minor->value != 0 ? SENSORS_PHASE_START : SENSORS_PHASE_END;
        if (minor->what == LOCK || minor->what == DOOR) {
            phase = sensors_decode_change(message->decoding, message->device, channel, minor->value != 0);
        } else if (minor->what == BUTTON) {
            phase = SENSORS_PHASE_PULSE;
        }
        sensors_pass_thing(event, doors[minor->what].kind, phase);
        event->channel = channel;
        event->severity = phase == SENSORS_PHASE_END ? SENSORS_NO_SEVERITY : doors[minor->what].severity;
        event->lasts_us = alarm && minor->value != 0 && minor->what != SOS ? LASTS_US : 0;
        sensors_event_measure(event, doors[minor->what].measure, minor->value, "1");
        finish(message, event, door_record(message, said));
        sensors_decode_redact(message->decoding, sensors_decode_count(said, who, BASE_COUNT(who)) > 0);
    }
    return err;
}

static enum base_err door(const struct hikvision *message)
{
    struct sensors_decoding *decoding = message->decoding;
    const struct base_json *said = base_json_in_get(message->json, "AccessControllerEvent");
    struct sensors_event *event;
    if (!base_json_in_is_object(said)) {
        return sensors_decode_fail(decoding, SENSORS_REASON_FIELD, "AccessControllerEvent is no object");
    }
    double major = sensors_decode_number(said, "majorEventType");
    const struct minor *minor = minor_of(major, sensors_decode_number(said, "subEventType"));
    struct base_str card = sensors_decode_id(decoding, said, "cardNo");
    card = card.len ? card : sensors_decode_id(decoding, said, "employeeNoString");
    card = card.len ? card : sensors_decode_id(decoding, said, "employeeNo");
    if (minor && minor->what != GRANTED && minor->what != REFUSED) {
        return door_state(message, minor, said);
    }
    if (!card.len && !minor) {
        return sensors_decode_ignore(decoding, 0); /* its own operation: log-ins, power, settings */
    }
    enum base_err err = begin(message, &event);
    if (!err) {
        struct base_str record = sensors_decode_id(decoding, said, "serialNo");
        sensors_pass_thing(event, SENSORS_KIND_ACCESS, SENSORS_PHASE_PULSE);
        if (card.len && !base_str_is(card, "0")) {
            sensors_decode_subject(decoding, event, SENSORS_SUBJECT_CARD, card);
        }
        event->native_id = event->native_id.len ? event->native_id : sensors_decode_native(decoding, record);
        sensors_event_measure(event, "granted", minor ? minor->value : NAN, "1");
        finish(message, event, record.len ? door_record(message, said) : card);
    }
    return err;
}

/* --- what begins and ends --- */
/* "videoloss inactive" every few seconds says that the recorder lives - or, once, that the picture is back. */
static enum base_err alive(const struct hikvision *message)
{
    struct sensors_event *event;
    enum base_err err = begin(message, &event);
    if (!err) {
        sensors_pass_thing(event, SENSORS_KIND_LIFECYCLE,
                           sensors_decode_change(message->decoding, message->device, base_str_of("online"), true));
        finish(message, event, (struct base_str){NULL, 0});
    }
    return err;
}

/* The channel of a row; of several wires each has its own. */
static struct base_str channel_name(const struct hikvision *message, const struct row *row)
{
    struct base_str port = {NULL, 0};
    char text[60];
    if (strcmp(row->type, "IO") == 0) {
        port = sensors_decode_id(message->decoding, message->json, "inputIOPortID");
        port = port.len ? port : sensors_decode_id(message->decoding, message->json, "dynInputIOPortID");
    } else if (strcmp(row->channel, "fault") == 0) {
        port = base_str_of(row->type); /* a full disk is not over when the network is back */
    }
    if (!port.len) {
        return base_str_of(row->channel);
    }
    int len = snprintf(text, sizeof text, "%s_%.*s", row->channel, (int)(port.len < 20 ? port.len : 20), port.at);
    return sensors_decode_keep(message->decoding, (struct base_str){text, (size_t)len});
}

static enum base_err change(const struct hikvision *message, const struct row *row)
{
    struct sensors_event *event;
    struct base_str channel = channel_name(message, row);
    enum sensors_phase phase = message->active ? SENSORS_PHASE_START : SENSORS_PHASE_END;
    if (!message->flags) { /* a history does not tell how things are */
        phase = sensors_decode_change(message->decoding, message->device, channel, message->active);
    }
    if (strcmp(row->type, "videoloss") == 0 && !message->active &&
        (phase == SENSORS_PHASE_SNAPSHOT || !message->decoding->message->memory)) {
        return alive(message);
    }
    enum base_err err = begin(message, &event);
    if (!err) {
        sensors_pass_thing(event, row->kind, phase);
        event->subject_type = row->seen ? SENSORS_SUBJECT_OBJECT : SENSORS_SUBJECT_UNIT;
        event->channel = channel;
        event->severity = message->active ? row->severity : SENSORS_NO_SEVERITY;
        event->lasts_us = message->active ? LASTS_US : 0;
        sensors_event_measure(event, row->channel, message->active, "1");
        finish(message, event, (struct base_str){NULL, 0});
    }
    return err;
}

static enum base_err by_type(const struct hikvision *message)
{
    if (sensors_decode_is_word(message->type, "ANPR")) {
        return pass(message);
    }
    if (sensors_decode_is_word(message->type, "AccessControllerEvent")) {
        return door(message);
    }
    for (size_t i = 0; i < BASE_COUNT(rows); i++) {
        if (sensors_decode_is_word(message->type, rows[i].type)) {
            return change(message, &rows[i]);
        }
    }
    for (size_t i = 0; i < BASE_COUNT(ignored_types); i++) {
        if (sensors_decode_is_word(message->type, ignored_types[i])) {
            return sensors_decode_ignore(message->decoding, 0);
        }
    }
    return sensors_decode_fail(message->decoding, SENSORS_REASON_TYPE, "eventType \"%.*s\" is not known",
                               (int)(message->type.len < 60 ? message->type.len : 60), message->type.at);
}

/* --- notations --- */
static const char root[] = "<EventNotificationAlert", root_end[] = "</EventNotificationAlert>";

/* The document in a message that has pictures, boundaries of parts or headers around it; empty: there is none. */
static struct base_str document(struct base_str payload)
{
    const char *from = payload.len ? memmem(payload.at, payload.len, root, strlen(root)) : NULL;
    size_t left = from ? (size_t)(payload.at + payload.len - from) : 0;
    const char *to = from ? memmem(from, left, root_end, strlen(root_end)) : NULL;
    return to ? (struct base_str){from, (size_t)(to - from) + strlen(root_end)} : (struct base_str){NULL, 0};
}

/* A part of such a message that is JSON: from the blank line before '{' to the next boundary. */
static struct base_str json_part(struct base_str payload)
{
    static const char begins[] = "\r\n\r\n{", ends[] = "\r\n--";
    bool parts = base_str_starts(payload, "--");
    const char *from = parts ? memmem(payload.at, payload.len, begins, strlen(begins)) : NULL;
    size_t left = from ? (size_t)(payload.at + payload.len - from) - 4 : 0;
    const char *to = from ? memmem(from + 4, left, ends, strlen(ends)) : NULL;
    return from ? (struct base_str){from + 4, to ? (size_t)(to - from) - 4 : left} : payload;
}

static enum base_err read_json(struct sensors_decoding *decoding, struct base_json **ret_json)
{
    struct sensors_message inner = *decoding->message;
    const struct sensors_message *outer = decoding->message;
    inner.payload = json_part(outer->payload);
    decoding->message = &inner;
    enum base_err err = sensors_decode_json(decoding, ret_json);
    decoding->message = outer;
    return err;
}

static enum base_err read_xml(struct sensors_decoding *decoding, struct base_str text, struct base_json **ret_json)
{
    struct sensors_message inner = *decoding->message;
    struct sensors_decoding part = *decoding;
    struct base_diag why = {{0}};
    inner.payload = text;
    part.message = &inner;
    enum base_err err = sensors_decode_utf8(&part, &text);
    if (err) {
        return sensors_decode_fail(decoding, SENSORS_REASON_NOT_UTF8, "the XML is not UTF-8");
    }
    err = base_xml_in_parse(text.at, text.len, &why, ret_json);
    return err ? sensors_decode_fail(decoding, err == BASE_LIMIT ? SENSORS_REASON_TOO_DEEP : SENSORS_REASON_NOT_XML,
                                     "%s", why.text)
               : BASE_OK;
}

enum base_err sensors_decode_hikvision(struct sensors_decoding *decoding)
{
    AUTO(base_json) json = NULL;
    struct base_str xml = document(decoding->message->payload);
    enum base_err err = xml.len ? read_xml(decoding, xml, &json) : read_json(decoding, &json);
    if (err) {
        return err;
    }
    const struct base_json *inner = base_json_in_get(json, "EventNotificationAlert");
    struct hikvision message = {.decoding = decoding, .json = base_json_in_is_object(inner) ? inner : json};
    message.type = sensors_decode_text(message.json, "eventType");
    if (!message.type.len) {
        return sensors_decode_fail(decoding, SENSORS_REASON_FIELD, "no text eventType");
    }
    struct base_str state = sensors_decode_text(message.json, "eventState");
    message.active = !sensors_decode_is_word(state, "inactive");
    message.uuid = sensors_decode_id(decoding, message.json, "uuid");
    message.count = sensors_decode_id(decoding, message.json, "activePostCount");
    message.time_us = sensors_decode_time(decoding, message.json, "dateTime");
    read_history(&message);
    err = read_device(&message);
    err = err ? err : by_type(&message);
    if (!err) {
        bool pictures = (xml.len || base_str_starts(decoding->message->payload, "--")) &&
                        memmem(decoding->message->payload.at, decoding->message->payload.len, "image/", 6);
        sensors_decode_redact(decoding, count_private(&message) + pictures);
    }
    return err;
}
