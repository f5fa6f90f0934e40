/* Dahua: door stations (VTO), cameras and recorders. A bridge publishes a station's events on PREFIX/CODE/Event with
 * its serial number inside; what a device pushes itself over HTTP has Code, Action, Index and Data. A door that opens
 * is a pass of a card, calls are between people and ignored, and names, passwords and pictures are dropped. */
#include "sensors/decode_pass.h"

#include <math.h>
#include <string.h>

#define LASTS_US (INT64_C(600) * 1000000) /* a Stop that was lost, or a Pulse, which has none */

struct dahua {
    struct sensors_decoding *decoding;
    const struct base_json *json, *data;
    struct base_str code, action, index, device;
    int64_t time_us;
};

/* What begins, ends or happens. */
static const struct row {
    const char *code;
    enum sensors_kind kind;
    const char *channel;
    int severity;
    bool seen; /* by a camera: about an object, not about the device */
} rows[] = {
#define NONE SENSORS_NO_SEVERITY
    {"VideoMotion", SENSORS_KIND_DETECTION, "motion", NONE, true},
    {"SmartMotionHuman", SENSORS_KIND_DETECTION, "motion", NONE, true},
    {"SmartMotionVehicle", SENSORS_KIND_DETECTION, "motion", NONE, true},
    {"CrossLineDetection", SENSORS_KIND_DETECTION, "line_crossing", NONE, true},
    {"CrossRegionDetection", SENSORS_KIND_ALARM, "intrusion", 3, true},
    {"MoveDetection", SENSORS_KIND_DETECTION, "motion", NONE, true},
    {"StayDetection", SENSORS_KIND_DETECTION, "loitering", NONE, true},
    {"RioterDetection", SENSORS_KIND_DETECTION, "crowd", NONE, true},
    {"CrowdDetection", SENSORS_KIND_DETECTION, "crowd", NONE, true},
    {"WanderDetection", SENSORS_KIND_DETECTION, "loitering", NONE, true},
    {"LeftDetection", SENSORS_KIND_DETECTION, "object_left", NONE, true},
    {"TakenAwayDetection", SENSORS_KIND_DETECTION, "object_removed", NONE, true},
    {"ParkingDetection", SENSORS_KIND_DETECTION, "parking", NONE, true},
    {"AlarmLocal", SENSORS_KIND_ALARM, "input", 2, false},
    {"VideoBlind", SENSORS_KIND_ALARM, "tamper", 2, false},
    {"VideoUnFocus", SENSORS_KIND_ALARM, "tamper", 2, false},
    {"SceneChange", SENSORS_KIND_ALARM, "tamper", 2, false},
    {"ChassisIntruded", SENSORS_KIND_ALARM, "tamper", 2, false},
    {"BreakIn", SENSORS_KIND_ALARM, "intrusion", 3, false},
    {"DoorNotClosed", SENSORS_KIND_ALARM, "door_held", 2, false},
    {"Duress", SENSORS_KIND_ALARM, "sos", 4, false},
    {"FireDetection", SENSORS_KIND_ALARM, "fire", 4, true},
    {"FireWarning", SENSORS_KIND_ALARM, "fire", 4, true},
    {"SmokeDetection", SENSORS_KIND_ALARM, "smoke", 4, true},
    {"VideoLoss", SENSORS_KIND_ALARM, "fault_video", 2, false},
    {"StorageFailure", SENSORS_KIND_ALARM, "fault_storage", 2, false},
    {"StorageNotExist", SENSORS_KIND_ALARM, "fault_storage", 2, false},
    {"StorageLowSpace", SENSORS_KIND_ALARM, "fault_storage", 2, false},
};

/* Calls between people, faces, and the device's own affairs. */
static const char *const ignored_codes[] = {"Invite",
                                            "IgnoreInvite",
                                            "CallNoAnswered",
                                            "CallSnap",
                                            "HungupCall",
                                            "Hangup",
                                            "PassiveHungup",
                                            "RequestCallState",
                                            "PhoneCallDisconnect",
                                            "BackKeyLight",
                                            "KeepLightOn",
                                            "TimeChange",
                                            "NTPAdjustTime",
                                            "UpdateFile",
                                            "NewFile",
                                            "NewSnap",
                                            "FaceDetection",
                                            "FaceRecognition",
                                            "FaceAnalysis",
                                            "FingerPrintCheck",
                                            "SIPRegisterResult",
                                            "RtspSessionDisconnect",
                                            "SendCard",
                                            "SystemState",
                                            "Upgrade",
                                            "SecurityImExport",
                                            "DGSErrorReport",
                                            "ProfileAlarmTransmit",
                                            "VideoMotionInfo",
                                            "RebootInfo",
                                            "Reboot",
                                            "IntelliFrame",
                                            "HeartBeat",
                                            "AudioMutation",
                                            "NetworkChange",
                                            "InterVideoAccess",
                                            "DoorControl",
                                            "DoorCard",
                                            "_DoorCard_",
                                            "_DoorFace_",
                                            "_DoorFinger_",
                                            "ReadIDCard",
                                            "HumanTrait",
                                            "NumberStat",
                                            "ManNumDetection",
                                            "IPConflict",
                                            "MACConflict",
                                            "NetAbort"};

static const char *const private_members[] = {
    "Name",        "Password", "SnapURL",  "CardName", "ImageURL",  "Face",        "Faces", "Candidates",   "Person",
    "PhoneNumber", "CallID",   "SnapPath", "URL",      "ImageInfo", "CitizenIDNo", "Snap",  "FingerPrintID"};

static enum base_err refuse(const struct dahua *message, const char *what)
{
    return sensors_decode_fail(message->decoding, SENSORS_REASON_FIELD, "%s", what);
}

/* --- what it says, and who --- */
/* Of PREFIX/CODE/Event; a push has it in the payload. */
static void read_code(struct dahua *message)
{
    struct base_str rest = message->decoding->message->topic, before = {NULL, 0}, level;
    message->code = sensors_decode_text(message->json, "Code");
    if (base_str_is(message->code, "ProfileAlarmTransmit")) { /* what is wrong is in it */
        struct base_str alarm = sensors_decode_text(message->data, "AlarmType");
        for (size_t i = 0; i < BASE_COUNT(rows); i++) {
            message->code = base_str_is(alarm, rows[i].code) ? alarm : message->code;
        }
    }
    bool inside = message->code.len > 0;
    while (!inside && base_str_next(&rest, '/', &level)) {
        if (base_str_is(level, "Event") && !rest.at) {
            message->code = before;
        }
        before = level;
    }
    if (!message->code.len && !inside) {
        message->code = before;
    }
}

/* The serial number; else the level between dahua/ and the code; else the door; else bridge and channel. */
static enum base_err read_device(struct dahua *message)
{
    struct sensors_decoding *decoding = message->decoding;
    struct base_str topic = decoding->message->topic, index = message->index;
    struct base_str level = base_str_utf8(topic) ? sensors_pass_level(topic, "dahua") : (struct base_str){NULL, 0};
    struct base_str bridge = {NULL, 0};
    char text[300];
    message->device = sensors_decode_id(decoding, message->json, "serialNumber");
    if (!message->device.len && level.len && !base_str_equal(level, message->code)) {
        message->device = level;
    }
    if (!message->device.len) {
        message->device = sensors_decode_id(decoding, message->data, "DoorID");
    }
    if (!message->device.len && !level.len && base_str_utf8(topic)) { /* BRIDGE/CODE/Event of a bridge with one door */
        struct base_str rest = topic, code = {NULL, 0}, last = {NULL, 0};
        bool three = base_str_next(&rest, '/', &bridge) && base_str_next(&rest, '/', &code) &&
                     base_str_next(&rest, '/', &last) && !rest.at;
        message->device = three && base_str_is(last, "Event") ? bridge : message->device;
    }
    if (!message->device.len && level.len && base_str_next(&topic, '/', &bridge) && bridge.len < 200) {
        int len = snprintf(text, sizeof text, "%.*s/%.*s", (int)bridge.len, bridge.len ? bridge.at : "",
                           (int)(index.len < 40 ? index.len : 40), index.len ? index.at : "");
        message->device = sensors_decode_keep(decoding, (struct base_str){text, (size_t)len});
    }
    return message->device.len
               ? BASE_OK
               : refuse(message, "no serialNumber, no DoorID, and the topic has no level after \"dahua\"");
}

static int64_t time_of(const struct dahua *message)
{
    int64_t time = sensors_decode_time(message->decoding, message->data, "UTC");
    return time != SENSORS_NO_TIME ? time : sensors_decode_time(message->decoding, message->data, "LocaleTime");
}

/* Which door of a device that has several. */
static struct base_str door_of(const struct dahua *message)
{
    struct base_str door = sensors_decode_id(message->decoding, message->data, "DoorID");
    return base_str_equal(door, message->device) ? (struct base_str){NULL, 0} : door;
}

/* The name, and the number of what is wired or hung there. */
static struct base_str numbered(const struct dahua *message, const char *name, const char *mark, struct base_str number)
{
    char text[60];
    if (!number.len) {
        return base_str_of(name);
    }
    int len = snprintf(text, sizeof text, "%s%s%.*s", name, mark, (int)(number.len < 20 ? number.len : 20), number.at);
    return sensors_decode_keep(message->decoding, (struct base_str){text, (size_t)len});
}

/* --- events --- */
static enum base_err begin(const struct dahua *message, struct sensors_event **ret_event)
{
    enum base_err err = sensors_decode_add(message->decoding, ret_event);
    if (!err) {
        (*ret_event)->device = message->device;
        sensors_time_repair(*ret_event, message->time_us, SENSORS_NO_TIME);
    }
    return err;
}

static void finish(const struct dahua *message, struct sensors_event *event, struct base_str record,
                   struct base_str who)
{
    char text[200];
    struct base_str door = sensors_decode_id(message->decoding, message->data, "DoorID");
    int len = snprintf(text, sizeof text, "%.*s %.*s %.*s %.*s", (int)(message->code.len < 40 ? message->code.len : 40),
                       message->code.at, (int)(message->action.len < 10 ? message->action.len : 10),
                       message->action.len ? message->action.at : "", (int)(door.len < 40 ? door.len : 40),
                       door.len ? door.at : "", (int)(who.len < 80 ? who.len : 80), who.len ? who.at : "");
    struct base_str said = {text, len > 0 && (size_t)len < sizeof text ? (size_t)len : 0};
    const struct sensors_identity identity = {.type = record.len ? "record" : "event",
                                              .time_us = record.len ? SENSORS_NO_TIME : message->time_us,
                                              .lon = NAN,
                                              .lat = NAN,
                                              .event = record.len ? message->code : said,
                                              .region = record,
                                              .channel = event->channel};
    event->dedup = sensors_decode_dedup(message->decoding, message->device, &identity);
}

static enum base_err access(const struct dahua *message)
{
    struct sensors_decoding *decoding = message->decoding;
    struct base_str card = sensors_decode_id(decoding, message->data, "CardNo");
    struct base_str user = sensors_decode_id(decoding, message->data, "UserID");
    struct base_str record = sensors_decode_id(decoding, message->data, "RecNo");
    struct sensors_event *event;
    double granted = sensors_decode_yes_no(base_json_in_get(message->data, "Status"));
    if (isnan(granted)) {
        return refuse(message, "AccessControl without Data.Status 1 or 0");
    }
    enum base_err err = begin(message, &event);
    if (err) {
        return err;
    }
    sensors_pass_thing(event, SENSORS_KIND_ACCESS, SENSORS_PHASE_PULSE);
    if (card.len || user.len) { /* neither: opened from inside, by a call or remotely */
        sensors_decode_subject(decoding, event, SENSORS_SUBJECT_CARD, card.len ? card : user);
    }
    sensors_event_measure(event, "granted", granted, "1");
    event->channel = door_of(message);
    event->native_id = sensors_decode_native(decoding, record);
    finish(message, event, record, card.len ? card : user);
    sensors_decode_redact(decoding, card.len && user.len);
    return BASE_OK;
}

static enum base_err door(const struct dahua *message)
{
    struct sensors_event *event;
    double open = sensors_decode_yes_no(base_json_in_get(message->data, "Status"));
    if (isnan(open)) {
        return refuse(message, "DoorStatus without Data.Status Open or Close");
    }
    enum base_err err = begin(message, &event);
    if (!err) {
        event->channel = numbered(message, "open", "/", door_of(message));
        sensors_pass_thing(event, SENSORS_KIND_STATE,
                           sensors_decode_change(message->decoding, message->device, event->channel, open != 0));
        sensors_event_measure(event, "open", open, "1");
        finish(message, event, (struct base_str){NULL, 0}, base_str_of(open != 0 ? "open" : "closed"));
    }
    return err;
}

/* A car at a junction or a barrier. */
static enum base_err pass(const struct dahua *message)
{
    struct sensors_decoding *decoding = message->decoding;
    const struct base_json *object = base_json_in_get(message->data, "Object");
    const struct base_json *car = base_json_in_get(message->data, "TrafficCar");
    struct base_str plate = sensors_decode_text(object, "Text");
    struct sensors_event *event;
    if (!base_json_in_is_object(object)) {
        object = base_json_in_get(message->data, "Plate");
        plate = sensors_decode_text(object, "Text");
    }
    if (!base_json_in_is_object(object) && !base_json_in_is_object(car)) {
        return refuse(message, "TrafficJunction with neither Data.Object, Data.Plate nor Data.TrafficCar");
    }
    double speed = sensors_decode_number(message->data, "Speed");
    plate = plate.len ? plate : sensors_decode_text(car, "PlateNumber");
    enum base_err err = begin(message, &event);
    if (!err) {
        struct base_str record = sensors_decode_id(decoding, message->data, "RecNo");
        event->kind = SENSORS_KIND_ACCESS;
        sensors_pass_plate(decoding, event, plate);
        sensors_pass_confidence(event, sensors_decode_number(object, "Confidence"));
        sensors_pass_speed(event, isnan(speed) ? sensors_decode_number(car, "Speed") : speed);
        event->native_id = sensors_decode_native(decoding, record);
        finish(message, event, record, plate);
        sensors_decode_redact(decoding, sensors_decode_count(car, private_members, BASE_COUNT(private_members)));
    }
    return err;
}

/* Start, Stop or Pulse. A Pulse of an alarm begins it: severity and rules need a beginning. */
static enum base_err phase_of(const struct dahua *message, const struct row *row, struct base_str channel,
                              enum sensors_phase *ret_phase)
{
    bool start = base_str_is(message->action, "Start"), stop = base_str_is(message->action, "Stop");
    if (start || stop) {
        *ret_phase = sensors_decode_change(message->decoding, message->device, channel, start);
        return BASE_OK;
    }
    *ret_phase = row->kind == SENSORS_KIND_ALARM ? SENSORS_PHASE_START : SENSORS_PHASE_PULSE;
    return base_str_is(message->action, "Pulse") ? BASE_OK : refuse(message, "Action is not Start, Stop or Pulse");
}

static enum base_err change(const struct dahua *message, const struct row *row)
{
    struct sensors_event *event;
    struct base_str index = {NULL, 0};
    enum sensors_phase phase;
    if (strcmp(row->code, "AlarmLocal") == 0) {
        index = message->index;
    }
    struct base_str channel = numbered(message, row->channel, "_", index);
    enum base_err err = phase_of(message, row, channel, &phase);
    err = err ? err : begin(message, &event);
    if (!err) {
        bool on = phase != SENSORS_PHASE_END && phase != SENSORS_PHASE_SNAPSHOT;
        sensors_pass_thing(event, row->kind, phase);
        event->subject_type = row->seen ? SENSORS_SUBJECT_OBJECT : SENSORS_SUBJECT_UNIT;
        event->channel = channel;
        event->severity = on ? row->severity : SENSORS_NO_SEVERITY;
        event->lasts_us = on && phase != SENSORS_PHASE_PULSE ? LASTS_US : 0;
        sensors_event_measure(event, row->channel, on, "1");
        finish(message, event, (struct base_str){NULL, 0}, (struct base_str){NULL, 0});
    }
    return err;
}

static enum base_err by_code(const struct dahua *message)
{
    struct base_str code = message->code;
    if (base_str_is(code, "AccessControl")) {
        return access(message);
    }
    if (base_str_is(code, "DoorStatus")) {
        return door(message);
    }
    if (base_str_is(code, "TrafficJunction")) {
        return pass(message);
    }
    for (size_t i = 0; i < BASE_COUNT(rows); i++) {
        if (base_str_is(code, rows[i].code)) {
            return change(message, &rows[i]);
        }
    }
    return sensors_decode_fail(message->decoding, SENSORS_REASON_TYPE, "code \"%.*s\" is not known",
                               (int)(code.len < 60 ? code.len : 60), code.len ? code.at : "");
}

static bool ignored(struct base_str code)
{
    for (size_t i = 0; i < BASE_COUNT(ignored_codes); i++) {
        if (base_str_is(code, ignored_codes[i])) {
            return true;
        }
    }
    return false;
}

enum base_err sensors_decode_dahua(struct sensors_decoding *decoding)
{
    struct dahua message = {.decoding = decoding};
    AUTO(base_json) json = NULL;
    enum base_err err = sensors_decode_json(decoding, &json);
    if (err) {
        return err;
    }
    message.json = json;
    message.data = base_json_in_get(json, "Data");
    message.action = sensors_decode_text(json, "Action");
    message.index = sensors_decode_id(decoding, json, "Index");
    if (!message.data &&
        !message.action.len) { /* as devices write it themselves: Code=...;action=...;index=...;data= */
        message.data = base_json_in_get(json, "data");
        message.action = sensors_decode_text(json, "action");
        message.index = sensors_decode_id(decoding, json, "index");
    }
    message.time_us = time_of(&message);
    read_code(&message);
    unsigned redacted = sensors_decode_count(message.data, private_members, BASE_COUNT(private_members));
    if (ignored(message.code)) {
        return sensors_decode_ignore(decoding, redacted);
    }
    err = read_device(&message);
    err = err ? err : by_code(&message);
    if (!err) {
        sensors_decode_redact(decoding, redacted);
    }
    return err;
}
