/* ONVIF over MQTT (Core Specification, "Event Broker"; Profile M): a device's own events and its analytics' metadata.
 *
 *   PREFIX/onvif-ej/TOPIC/PATH[/&SOURCE/VALUES]   {"UtcTime":…,"Source":{…},"Data":{…}}; retained when it is a property
 *   PREFIX/onvif-mj/...                           decode_onvif_metadata.c
 *
 * Which words of a topic mean what is in decode_onvif_topic.c.
 */
#include "sensors/decode_onvif.h"

#include <math.h>
#include <string.h>

enum { CHANNEL_MAX = 100, NAME_MAX_LEN = 40 };
#define LASTS_US (INT64_C(3600) * 1000000) /* whoever says that it goes on may never say that it is over */

struct event {
    const struct sensors_onvif *onvif;
    const struct base_json *json, *source, *data;
    struct base_str device, rule, object;
    int64_t time_us;
    bool bad_time;
    double on; /* 1, 0, or NAN: it just happened */
};

/* --- shared with the metadata --- */
int64_t sensors_onvif_time(const struct base_json *json, bool *ret_bad)
{
    struct base_str text = sensors_decode_text(json, "UtcTime");
    int64_t time_us = SENSORS_NO_TIME;
    text = text.len ? text : sensors_decode_text(json, "@UtcTime");
    *ret_bad = text.len && !sensors_time_text(text, NULL, 0, &time_us); /* as "0000-00-00T00:00:00Z" */
    return time_us;
}

enum base_err sensors_onvif_missing(const struct sensors_onvif *onvif, const char *what)
{
    int len = (int)(onvif->path.len < 200 ? onvif->path.len : 200);
    return sensors_decode_fail(onvif->decoding, SENSORS_REASON_FIELD, "%.*s: %s is missing or of the wrong type", len,
                               onvif->path.at, what);
}

static struct base_str joined(const struct sensors_onvif *onvif, struct base_str first, struct base_str second)
{
    size_t len = first.len + 1 + second.len;
    char *text = second.len ? base_arena_alloc(onvif->decoding->arena, len + 1) : NULL;
    if (!text) {
        return first;
    }
    snprintf(text, len + 1, "%.*s/%.*s", (int)first.len, first.at, (int)second.len, second.at);
    return (struct base_str){text, len};
}

enum base_err sensors_onvif_values(const struct sensors_onvif *onvif, const struct sensors_readings *readings,
                                   struct base_str sensor, int64_t time_us, bool bad_time)
{
    char value[40];
    struct sensors_event like;
    sensors_decode_like(onvif->decoding, onvif->prefix, &like);
    like.channel = sensor.len <= NAME_MAX_LEN ? sensor : (struct base_str){NULL, 0};
    like.flags |= bad_time ? SENSORS_FLAG_SENTINEL : 0;
    sensors_camera_subject(onvif->decoding, &like, SENSORS_SUBJECT_UNIT);
    sensors_camera_time(&like, time_us, SENSORS_TIME_DEVICE);
    int len = snprintf(value, sizeof value, "%.9g", readings->count ? readings->list[0].value : NAN);
    bool timeless = time_us == SENSORS_NO_TIME && len > 0; /* then what it says tells two apart */
    struct base_str said = timeless ? joined(onvif, sensor, (struct base_str){value, (size_t)len}) : sensor;
    const struct sensors_identity identity = {
        .type = "value", .time_us = time_us, .lon = NAN, .lat = NAN, .event = said, .region = onvif->path};
    return sensors_readings_events(onvif->decoding, readings, &like, &identity);
}

/* --- the topic --- */
static enum base_err unknown_topic(struct sensors_decoding *decoding)
{
    return sensors_decode_wrong_topic(decoding, "not PREFIX/onvif-ej/TOPIC or PREFIX/onvif-mj/TOPIC");
}

/* Behind the prefix: levels, and after '&' the source's values. */
static bool read_path(struct sensors_onvif *onvif, struct base_str rest)
{
    struct base_str level;
    bool values = false;
    onvif->path.at = rest.at;
    while (base_str_next(&rest, '/', &level)) {
        if (!values && level.len && level.at[0] == '&') {
            values = true;
            level = (struct base_str){level.at + 1, level.len - 1};
        }
        if (!values && base_str_starts(level, "tns") && memchr(level.at, ':', level.len)) { /* "tns1:VideoSource" */
            size_t mark = (size_t)((const char *)memchr(level.at, ':', level.len) - level.at) + 1;
            level = (struct base_str){level.at + mark, level.len - mark};
        }
        if (values && level.len && onvif->value_count < SENSORS_ONVIF_VALUES) {
            onvif->values[onvif->value_count++] = level;
        } else if (!values && (level.len == 0 || onvif->level_count == SENSORS_ONVIF_LEVELS)) {
            return false;
        } else if (!values) {
            onvif->levels[onvif->level_count++] = level;
            onvif->path.len = (size_t)(level.at + level.len - onvif->path.at);
        }
    }
    return onvif->level_count > 0;
}

static enum base_err read_topic(struct sensors_onvif *onvif, bool *ret_metadata)
{
    struct base_str topic = onvif->decoding->message->topic, rest = topic, level;
    while (base_str_utf8(topic) && base_str_next(&rest, '/', &level)) {
        *ret_metadata = base_str_is(level, "onvif-mj");
        if (*ret_metadata || base_str_is(level, "onvif-ej")) {
            size_t before = (size_t)(level.at - topic.at);
            onvif->prefix = (struct base_str){topic.at, before ? before - 1 : 0};
            return onvif->prefix.len && read_path(onvif, rest) ? BASE_OK : unknown_topic(onvif->decoding);
        }
    }
    return unknown_topic(onvif->decoding);
}

/* --- what an event is of --- */
static struct base_str first_of(const struct sensors_onvif *onvif, const struct base_json *object,
                                const char *const *names, size_t count)
{
    struct base_str text = {NULL, 0};
    for (size_t i = 0; i < count && text.len == 0; i++) {
        text = sensors_decode_id(onvif->decoding, object, names[i]);
    }
    return text;
}

static bool is_level(const struct sensors_onvif *onvif, size_t i, const char *text)
{
    return i < onvif->level_count && base_str_is(onvif->levels[i], text);
}

/* Which of a device's lenses: what Source says, else the topic's first value when it is no other of Source's. */
static struct base_str video_source(const struct event *event)
{
    static const char *const names[] = {"VideoSourceToken", "VideoSource", "VideoSourceConfigurationToken",
                                        "VideoSourceConfiguration"};
    static const char *const loose[] = {"Source"};
    static const char *const others[] = {"Rule", "RuleName", "VideoAnalyticsConfigurationToken",
                                         "AnalyticsConfiguration"};
    const struct sensors_onvif *onvif = event->onvif;
    bool sees = !is_level(onvif, 0, "Device") && !is_level(onvif, 0, "AudioAnalytics") &&
                !is_level(onvif, 0, "AudioSource") && !is_level(onvif, 0, "Door") &&
                !is_level(onvif, 0, "AccessControl") && !is_level(onvif, 0, "AccessPoint");
    struct base_str token = first_of(onvif, event->source, names, BASE_COUNT(names));
    if (!token.len && sees) {
        token = first_of(onvif, event->source, loose, BASE_COUNT(loose));
    }
    if (token.len || !sees || onvif->value_count == 0) {
        return token;
    }
    for (size_t i = 0; i < BASE_COUNT(others); i++) {
        if (base_str_equal(sensors_decode_text(event->source, others[i]), onvif->values[0])) {
            return token;
        }
    }
    return onvif->values[0];
}

/* --- yes or no --- */
/* As doors and their like say it. */
static double in_words(const struct base_json *member)
{
    static const char *const yes[] = {"DoorForcedOpen", "DoorOpenTooLong", "TamperDetected", "FaultDetected"};
    static const char *const no[] = {"NoAlarm", "NotInTamper", "NotInFault", "Idle"};
    struct base_str text;
    double on = sensors_decode_yes_no(member);
    for (size_t i = 0; i < BASE_COUNT(yes) && isnan(on) && base_json_in_text(member, &text); i++) {
        on = base_str_is(text, yes[i]) ? 1 : base_str_is(text, no[i]) ? 0 : on;
    }
    return on;
}

/* The first of Data's members that says so. False: one says something else. */
static bool read_state(struct event *event)
{
    static const char *const names[] = {
        "State",    "Status",    "LogicalState",    "IsMotion",        "IsInside", "IsTamper", "IsPeople",
        "IsPerson", "IsVehicle", "IsPet",           "IsIntrusion",     "IsFire",   "IsSmoke",  "IsLineCross",
        "Failed",   "Critical",  "IsSoundDetected", "isSoundDetected", "Active",   "active",   "state",
        "Tamper",   "Motion",    "triggered",       "PhysicalState",   "Value"};
    event->on = NAN;
    for (size_t i = 0; i < BASE_COUNT(names); i++) {
        const struct base_json *member = base_json_in_get(event->data, names[i]);
        if (member) {
            event->on = in_words(member);
            return !isnan(event->on);
        }
    }
    return true;
}

/* "PersonLeft" of a vendor's: "person_left"; letters, digits and '_' only. */
static struct base_str snake(const struct sensors_onvif *onvif, struct base_str level)
{
    char text[NAME_MAX_LEN + 2];
    size_t len = 0;
    for (size_t i = 0; i < level.len && len < NAME_MAX_LEN; i++) {
        char c = level.at[i];
        bool upper = c >= 'A' && c <= 'Z', word = upper || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
        bool begins = upper && i > 0 && level.at[i - 1] >= 'a' && level.at[i - 1] <= 'z';
        if (begins || !word) {
            text[len++] = '_';
        }
        if (word) {
            text[len++] = upper ? (char)(c | 0x20) : c;
        }
    }
    return sensors_decode_keep(onvif->decoding, (struct base_str){text, len});
}

static void set_identity(struct event *event, struct sensors_event *out, const char *type)
{
    const struct sensors_onvif *onvif = event->onvif;
    struct base_str said = {NULL, 0};
    said = event->on == 1 ? base_str_of("1") : event->on == 0 ? base_str_of("0") : said;
    struct base_str values = event->rule;
    for (size_t i = 0; i < onvif->value_count; i++) {
        values = joined(onvif, values, onvif->values[i]);
    }
    const struct sensors_identity identity = {.type = type,
                                              .time_us = event->time_us,
                                              .lon = NAN,
                                              .lat = NAN,
                                              .event = event->object,
                                              .region = joined(onvif, onvif->path, values),
                                              .channel = said};
    out->dedup = sensors_decode_dedup(onvif->decoding, event->device, &identity);
}

static enum base_err add(struct event *event, const char *type, struct sensors_event **ret_event)
{
    enum base_err err = sensors_decode_add(event->onvif->decoding, ret_event);
    if (!err) {
        (*ret_event)->device = event->device;
        (*ret_event)->flags |= event->bad_time ? SENSORS_FLAG_SENTINEL : 0;
        sensors_camera_time(*ret_event, event->time_us, SENSORS_TIME_DEVICE);
        set_identity(event, *ret_event, type);
    }
    return err;
}

/* RULE/OBJECT; without a rule what the topic ends with. */
static struct base_str native_of(const struct event *event)
{
    const struct sensors_onvif *onvif = event->onvif;
    struct base_str last =
        onvif->value_count ? onvif->values[onvif->value_count - 1] : onvif->levels[onvif->level_count - 1];
    return sensors_decode_native(onvif->decoding, joined(onvif, event->rule.len ? event->rule : last, event->object));
}

static void set_phase(const struct event *event, struct sensors_event *out)
{
    enum sensors_phase changed =
        sensors_decode_change(event->onvif->decoding, event->device, out->channel, event->on == 1);
    bool another = event->on == 1 && event->object.len; /* each object's crossing is one of its own */
    out->phase = another ? SENSORS_PHASE_START : changed;
    out->lasts_us = event->on == 1 ? LASTS_US : 0;
}

static enum base_err yes_no(struct event *event, const struct sensors_onvif_row *row)
{
    const struct sensors_onvif *onvif = event->onvif;
    struct sensors_event *out;
    enum base_err err = add(event, "state", &out);
    if (err) {
        return err;
    }
    struct base_str last = onvif->levels[onvif->level_count - 1];
    struct base_str name = row ? base_str_of(row->quantity) : snake(onvif, last);
    bool several = event->rule.len && name.len + 1 + event->rule.len <= CHANNEL_MAX;
    out->kind = row ? row->kind : SENSORS_KIND_STATE;
    out->channel = several ? joined(onvif, name, event->rule) : name;
    out->native_id = native_of(event);
    sensors_camera_subject(onvif->decoding, out, row && !row->thing ? SENSORS_SUBJECT_OBJECT : SENSORS_SUBJECT_UNIT);
    if (!isnan(event->on)) {
        bool switches = row && (base_str_is(name, "input") || base_str_is(name, "relay"));
        sensors_event_measure(out, switches ? "on" : row ? row->quantity : "on", event->on, "1");
        set_phase(event, out);
    }
    if (isnan(event->on) && out->kind == SENSORS_KIND_ALARM) {
        out->phase = SENSORS_PHASE_START; /* it just happened; nothing says that it is over */
        sensors_event_measure(out, row->quantity, 1, "1");
    }
    out->severity = row && event->on != 0 ? row->severity : SENSORS_NO_SEVERITY;
    return BASE_OK;
}

/* --- values, plates, cards --- */
/* Device/Sensor/QUANTITY/High; RuleEngine/CountAggregation/Counter. False: it is none. */
static bool read_value(const struct event *event, struct sensors_readings *readings)
{
    const struct sensors_onvif *onvif = event->onvif;
    const struct sensors_quantity *quantity = NULL;
    double value = sensors_decode_number(event->data, "Count");
    if (!isnan(value)) {
        sensors_readings_add(readings, sensors_quantity_find(base_str_of("count")), NULL, value,
                             (struct base_str){NULL, 0});
        return true;
    }
    for (size_t i = onvif->level_count; i > 0 && !quantity; i--) {
        quantity = sensors_quantity_find(onvif->levels[i - 1]);
    }
    value = sensors_decode_number(event->data, "Value");
    if (isnan(value) || !quantity || quantity->kind != SENSORS_KIND_MEASUREMENT) {
        return false;
    }
    sensors_readings_add(readings, quantity, NULL, value, (struct base_str){NULL, 0});
    return true;
}

static enum base_err values(struct event *event, const struct sensors_readings *readings)
{
    struct sensors_onvif onvif = *event->onvif;
    onvif.prefix = event->device;
    enum base_err err = sensors_onvif_values(&onvif, readings, event->rule, event->time_us, event->bad_time);
    onvif.decoding->decoded.ignored = onvif.decoding->decoded.count == 0;
    return err;
}

static enum base_err plate(struct event *event, const struct sensors_onvif_plate *plate)
{
    struct sensors_event *out;
    double likelihood = sensors_decode_number(event->data, "Likelihood");
    enum base_err err = add(event, "plate", &out);
    if (!err) {
        out->native_id = native_of(event);
        sensors_camera_plate(event->onvif->decoding, out, plate->text,
                             isnan(plate->likelihood) ? likelihood : plate->likelihood);
    }
    return err;
}

/* Who was let in, or was not; the holder's name stays at the door. */
static enum base_err card(struct event *event, bool granted)
{
    struct sensors_decoding *decoding = event->onvif->decoding;
    struct sensors_event *out;
    static const char *const tokens[] = {"CredentialToken", "Card"};
    struct base_str token = first_of(event->onvif, event->data, tokens, BASE_COUNT(tokens));
    enum base_err err = add(event, "card", &out);
    if (err) {
        return err;
    }
    out->kind = SENSORS_KIND_ACCESS;
    out->phase = SENSORS_PHASE_PULSE;
    out->native_id = native_of(event);
    sensors_event_measure(out, "granted", granted, "1");
    sensors_camera_subject(decoding, out, SENSORS_SUBJECT_UNIT);
    if (token.len) {
        sensors_decode_subject(decoding, out, SENSORS_SUBJECT_CARD, token);
    }
    return BASE_OK;
}

/* --- one event --- */
static unsigned count_private(const struct event *event, bool plate_told)
{
    static const char *const members[] = {
        "Image",    "Picture",  "Label",  "Name",     "FaceName",   "PersonName",
        "UserName", "UserData", "Gender", "Age",      "FaceInfo",   "CredentialHolderName",
        "Snapshot", "ImageUri", "URI",    "PersonID", "Description"};
    const struct base_json *object = base_json_in_get(event->data, "Object");
    const struct base_json *inner = base_json_in_get(object, "Object");
    struct sensors_onvif_plate plate;
    unsigned count = sensors_decode_count(event->data, members, BASE_COUNT(members));
    inner = inner ? inner : object;
    for (size_t i = 0; i < base_json_in_size(inner) && base_json_in_is_array(inner); i++) {
        count += sensors_onvif_private(base_json_in_at(inner, i));
    }
    count += base_json_in_is_array(inner) ? 0 : sensors_onvif_private(inner);
    return count + (!plate_told && sensors_onvif_plate(event->data, &plate) && plate.text.len);
}

/* By its topic; else by what Data's member says, as of "TPSmartEvent". */
static const struct sensors_onvif_row *row_of(const struct event *event)
{
    static const char *const members[][2] = {{"IsPeople", "PeopleDetect"},   {"IsPerson", "PeopleDetect"},
                                             {"IsVehicle", "VehicleDetect"}, {"IsPet", "DogCatDetect"},
                                             {"IsIntrusion", "Intrusion"},   {"IsLineCross", "LineCross"},
                                             {"IsTamper", "Tamper"},         {"IsMotion", "Motion"}};
    const struct sensors_onvif_row *row = sensors_onvif_row(event->onvif);
    for (size_t i = 0; i < BASE_COUNT(members) && !row; i++) {
        struct sensors_onvif meant = {.levels = {base_str_of(members[i][1])}, .level_count = 1};
        row = base_json_in_get(event->data, members[i][0]) ? sensors_onvif_row(&meant) : NULL;
    }
    return row;
}

static enum base_err told(struct event *event)
{
    const struct sensors_onvif *onvif = event->onvif;
    struct sensors_onvif_plate number;
    struct sensors_readings readings = {.count = 0};
    const struct sensors_onvif_row *row = row_of(event);
    bool plates = (sensors_onvif_level(onvif, "LicensePlate") || sensors_onvif_level(onvif, "VehicleDetector")) &&
                  sensors_onvif_plate(event->data, &number);
    bool granted = sensors_onvif_level(onvif, "AccessGranted");
    enum base_err err;
    if (plates) {
        err = plate(event, &number);
    } else if (granted || sensors_onvif_level(onvif, "AccessDenied") || sensors_onvif_level(onvif, "Denied")) {
        err = card(event, granted);
    } else if (read_value(event, &readings)) {
        err = values(event, &readings);
    } else if (read_state(event)) {
        err = yes_no(event, row);
    } else if (row && row->kind != SENSORS_KIND_STATE) {
        return sensors_onvif_missing(onvif, "Data.State");
    } else {
        return sensors_decode_ignore(onvif->decoding, count_private(event, false));
    }
    sensors_decode_redact(onvif->decoding, err ? 0 : count_private(event, plates));
    return err;
}

static bool shapeless(const struct base_json *member)
{
    return member && !base_json_in_is_object(member);
}

static enum base_err read_event(const struct sensors_onvif *onvif, const struct base_json *json)
{
    static const char *const rules[] = {"Rule",  "RuleName", "SensorID", "SensorToken",      "InputToken", "RelayToken",
                                        "Token", "port",     "Port",     "AccessPointToken", "DoorToken"};
    struct event event = {.onvif = onvif, .json = json, .on = NAN};
    event.source = base_json_in_get(json, "Source");
    event.data = base_json_in_get(json, "Data");
    if (shapeless(event.source) || shapeless(event.data) || (!event.source && !event.data)) {
        return sensors_onvif_missing(onvif, event.data && !shapeless(event.data) ? "Source" : "Data");
    }
    event.time_us = sensors_onvif_time(json, &event.bad_time);
    event.device = joined(onvif, onvif->prefix, video_source(&event));
    event.rule = first_of(onvif, event.source, rules, BASE_COUNT(rules));
    event.object = sensors_decode_id(onvif->decoding, event.data, "ObjectId");
    return told(&event);
}

static enum base_err decode_event(const struct sensors_onvif *onvif, const struct base_json *json)
{
    struct base_str operation = sensors_decode_text(json, "PropertyOperation");
    struct sensors_decoded *decoded = &onvif->decoding->decoded;
    if (sensors_onvif_administrative(onvif) || base_str_is(operation, "Deleted")) {
        return sensors_decode_ignore(onvif->decoding, 0);
    }
    enum base_err err = read_event(onvif, json);
    for (size_t i = 0; i < decoded->count && base_str_is(operation, "Initialized"); i++) {
        decoded->events[i].flags |= SENSORS_FLAG_REPLAY; /* how it is, to whoever has just begun to listen */
    }
    return err;
}

enum base_err sensors_decode_onvif(struct sensors_decoding *decoding)
{
    struct sensors_onvif onvif = {.decoding = decoding};
    bool metadata = false;
    AUTO(base_json) json = NULL;
    enum base_err err = read_topic(&onvif, &metadata);
    if (err || decoding->message->payload.len == 0) { /* a property that is no more */
        return err ? err : sensors_decode_ignore(decoding, 0);
    }
    err = sensors_decode_json(decoding, &json);
    if (err) {
        return err;
    }
    return metadata ? sensors_onvif_metadata(&onvif, json) : decode_event(&onvif, json);
}
