/* Frigate (https://frigate.video), a video recorder that knows what it sees; 0.11 to 0.17. Topics, behind any prefix
 * ("frigate" unless somebody changed it):
 *
 *   PREFIX/events                   an object is seen, goes on, is gone
 *   PREFIX/reviews                  what its owner wants to look at, or be alarmed by
 *   PREFIX/tracked_object_update    plates, also after an object is gone; faces and descriptions, which nobody keeps
 *   PREFIX/triggers                 something looked or sounded as somebody described it
 *   PREFIX/available                online, or the broker's offline
 *   PREFIX/CAMERA/motion            ON, OFF; likewise CAMERA/audio/SOUND
 *   PREFIX/CAMERA/status/ROLE       online, offline
 */
#include "sensors/decode_camera.h"

#include <math.h>
#include <string.h>

enum { LEVELS_MAX = 16 };
#define LASTS_US (INT64_C(600) * 1000000)     /* without another word: Frigate died, or the message was lost */
#define SAME_PASS_US (INT64_C(600) * 1000000) /* one vehicle's plate is read again and again */

struct frigate {
    struct sensors_decoding *decoding;
    struct base_str levels[LEVELS_MAX];
    size_t count;
};

static const struct base_str nothing = {NULL, 0};

static enum base_err unknown_topic(struct sensors_decoding *decoding)
{
    return sensors_decode_wrong_topic(decoding, "not one of Frigate's: PREFIX/events, PREFIX/CAMERA/motion ...");
}

static enum base_err read_topic(struct frigate *message)
{
    struct base_str rest = message->decoding->message->topic, level;
    bool good = base_str_utf8(rest);
    while (good && base_str_next(&rest, '/', &level)) {
        good = message->count < LEVELS_MAX && (level.len || message->count == 0);
        if (good) {
            message->levels[message->count++] = level;
        }
    }
    return good && message->count >= 2 && rest.len == 0 && message->levels[message->count - 2].len
               ? BASE_OK
               : unknown_topic(message->decoding);
}

/* from_end: 1 is the last; empty when the topic is shorter. */
static struct base_str level(const struct frigate *message, size_t from_end)
{
    return from_end <= message->count ? message->levels[message->count - from_end] : nothing;
}

static bool level_is(const struct frigate *message, size_t from_end, const char *text)
{
    return base_str_is(level(message, from_end), text);
}

/* The topic before its last `levels`: the recorder. */
static struct base_str recorder(const struct frigate *message, size_t levels)
{
    struct base_str topic = message->decoding->message->topic, last = level(message, levels + 1);
    return last.at ? (struct base_str){topic.at, (size_t)(last.at + last.len - topic.at)} : nothing;
}

/* A camera's name holds within one recorder; that of the usual prefix needs no mention. */
static struct base_str camera_of(const struct frigate *message, size_t levels, struct base_str camera)
{
    struct base_str prefix = recorder(message, levels);
    if (base_str_is(prefix, "frigate")) {
        return sensors_decode_keep(message->decoding, camera);
    }
    size_t len = prefix.len + 1 + camera.len;
    char *text = base_arena_alloc(message->decoding->arena, len + 1);
    if (!text) {
        return nothing;
    }
    snprintf(text, len + 1, "%.*s/%.*s", (int)prefix.len, prefix.at, (int)camera.len, camera.at);
    return (struct base_str){text, len};
}

static enum base_err missing(const struct frigate *message, const char *what)
{
    return sensors_decode_fail(message->decoding, SENSORS_REASON_FIELD, "%.*s: %s is missing or of the wrong type",
                               (int)level(message, 1).len, level(message, 1).at, what);
}

/* --- what is private --- */
/* Names, plates, what a language model wrote of a picture, and the picture. */
static unsigned count_private(const struct base_json *object)
{
    static const char *const members[] = {
        "sub_label", "sub_labels", "recognized_license_plate", "description", "metadata", "thumbnail", "thumb_path"};
    return sensors_decode_count(object, members, BASE_COUNT(members));
}

/* --- events of one id: seen, still seen, gone --- */
struct seen {
    const struct base_json *before, *after;
    struct base_str id, camera;
    int64_t t_us;
    enum sensors_phase phase;
    unsigned private;
};

static bool phase_of(struct base_str type, enum sensors_phase *ret_phase)
{
    static const struct {
        const char *type;
        enum sensors_phase phase;
    } types[] = {{"new", SENSORS_PHASE_START}, {"update", SENSORS_PHASE_UPDATE}, {"end", SENSORS_PHASE_END}};
    for (size_t i = 0; i < BASE_COUNT(types); i++) {
        if (base_str_is(type, types[i].type)) {
            *ret_phase = types[i].phase;
            return true;
        }
    }
    return false;
}

/* The first of them that is a time. */
static int64_t time_of(const struct frigate *message, const struct base_json *object, const char *const keys[3])
{
    int64_t time = SENSORS_NO_TIME;
    for (size_t i = 0; i < 3 && time == SENSORS_NO_TIME; i++) {
        time = keys[i] ? sensors_decode_time(message->decoding, object, keys[i]) : SENSORS_NO_TIME;
    }
    return time;
}

static enum base_err read_seen(const struct frigate *message, const struct base_json *json, struct seen *seen)
{
    static const char *const going[3] = {"frame_time", "start_time", NULL}, *const gone[3] = {"end_time", "frame_time",
                                                                                              "start_time"};
    seen->before = base_json_in_get(json, "before");
    seen->after = base_json_in_get(json, "after");
    seen->id = sensors_decode_text(seen->after, "id");
    seen->camera = sensors_decode_text(seen->after, "camera");
    seen->private = count_private(seen->after) + count_private(base_json_in_get(seen->after, "data"));
    if (!phase_of(sensors_decode_text(json, "type"), &seen->phase)) {
        return sensors_decode_fail(message->decoding, SENSORS_REASON_TYPE, "%.*s: the type is not new, update or end",
                                   (int)level(message, 1).len, level(message, 1).at);
    }
    if (!seen->id.len || !seen->camera.len) {
        return missing(message, seen->id.len ? "after.camera" : "after.id");
    }
    seen->t_us = time_of(message, seen->after, seen->phase == SENSORS_PHASE_END ? gone : going);
    return BASE_OK;
}

static enum base_err add(const struct frigate *message, struct base_str camera, struct base_str id, int64_t t_us,
                         struct sensors_event **ret_event)
{
    enum base_err err = sensors_decode_add(message->decoding, ret_event);
    if (!err) {
        (*ret_event)->device = camera_of(message, 1, camera);
        (*ret_event)->native_id = sensors_decode_native(message->decoding, id);
        (*ret_event)->kind = SENSORS_KIND_DETECTION;
        sensors_camera_subject(message->decoding, *ret_event, SENSORS_SUBJECT_OBJECT);
        sensors_camera_time(*ret_event, t_us, SENSORS_TIME_SERVER);
    }
    return err;
}

static void set_phase(struct sensors_event *event, enum sensors_phase phase)
{
    event->phase = phase;
    event->lasts_us = phase == SENSORS_PHASE_START || phase == SENSORS_PHASE_UPDATE ? LASTS_US : 0;
}

/* --- PREFIX/events --- */
static enum base_err object(const struct frigate *message, const struct seen *seen, struct base_str label)
{
    struct sensors_event *event;
    enum base_err err = add(message, seen->camera, seen->id, seen->t_us, &event);
    if (err) {
        return err;
    }
    int64_t frame = sensors_decode_time(message->decoding, seen->after, "frame_time");
    const struct sensors_identity identity = {.type = sensors_phase_name(seen->phase),
                                              .time_us = frame != SENSORS_NO_TIME ? frame : seen->t_us,
                                              .lon = NAN,
                                              .lat = NAN,
                                              .event = seen->id};
    double score = sensors_decode_number(seen->after, "score");
    score = isnan(score) ? sensors_decode_number(seen->after, "top_score") : score;
    event->channel = sensors_camera_class(label);
    event->confidence = sensors_decode_confidence(event, score);
    event->dedup = sensors_decode_dedup(message->decoding, event->device, &identity);
    set_phase(event, seen->phase);
    sensors_decode_redact(message->decoding, seen->private);
    return BASE_OK;
}

static enum base_err events(const struct frigate *message)
{
    struct seen seen;
    bool mistaken = false;
    AUTO(base_json) json = NULL;
    enum base_err err = sensors_decode_json(message->decoding, &json);
    if (!err) {
        err = read_seen(message, json, &seen);
    }
    if (err) {
        return err;
    }
    struct base_str label = sensors_decode_text(seen.after, "label");
    if (!label.len) {
        return missing(message, "after.label");
    }
    if (base_json_in_bool(base_json_in_get(seen.after, "false_positive"), &mistaken) && mistaken) {
        return sensors_decode_ignore(message->decoding, seen.private);
    }
    return object(message, &seen, label);
}

/* --- PREFIX/reviews --- */
/* What has just risen from detection to alert begins: as an update it would alarm nobody. */
static enum base_err review(const struct frigate *message, const struct seen *seen, const char *severity)
{
    struct sensors_event *event;
    enum base_err err = add(message, seen->camera, seen->id, seen->t_us, &event);
    if (err) {
        return err;
    }
    bool risen = seen->phase == SENSORS_PHASE_UPDATE && strcmp(severity, "alert") == 0 &&
                 base_str_is(sensors_decode_text(seen->before, "severity"), "detection");
    const struct sensors_identity identity = {.type = risen ? "risen" : sensors_phase_name(seen->phase),
                                              .time_us = seen->t_us,
                                              .lon = NAN,
                                              .lat = NAN,
                                              .event = seen->id,
                                              .region = base_str_of(severity)};
    event->channel = base_str_of(severity);
    event->dedup = sensors_decode_dedup(message->decoding, event->device, &identity);
    set_phase(event, risen ? SENSORS_PHASE_START : seen->phase);
    sensors_decode_redact(message->decoding, seen->private);
    return BASE_OK;
}

static enum base_err reviews(const struct frigate *message)
{
    struct seen seen;
    AUTO(base_json) json = NULL;
    enum base_err err = sensors_decode_json(message->decoding, &json);
    if (!err && base_str_is(sensors_decode_text(json, "type"), "genai")) { /* what a language model says of it */
        const struct base_json *after = base_json_in_get(json, "after");
        return sensors_decode_ignore(message->decoding,
                                     count_private(after) + count_private(base_json_in_get(after, "data")));
    }
    if (!err) {
        err = read_seen(message, json, &seen);
    }
    if (err) {
        return err;
    }
    struct base_str severity = sensors_decode_text(seen.after, "severity");
    if (base_str_is(severity, "alert")) {
        return review(message, &seen, "alert");
    }
    return base_str_is(severity, "detection") ? review(message, &seen, "detection")
                                              : missing(message, "after.severity");
}

/* --- PREFIX/tracked_object_update --- */
/* Each better look at the same plate of the same vehicle is told anew; it passed once. */
static enum base_err plate(const struct frigate *message, const struct base_json *json, struct base_str camera,
                           struct base_str id)
{
    static const char *const name = "name";
    struct sensors_decoding *decoding = message->decoding;
    struct sensors_event *event;
    struct base_str said = sensors_decode_text(json, "plate");
    int64_t t_us = sensors_decode_time(decoding, json, "timestamp");
    struct sensors_identity identity = {
        .type = "lpr", .time_us = SENSORS_NO_TIME, .lon = NAN, .lat = NAN, .event = id, .region = said};
    enum base_err err = add(message, camera, id, t_us, &event);
    if (err) {
        return err;
    }
    struct base_id same = sensors_decode_dedup(decoding, event->device, &identity);
    if (sensors_camera_again(decoding, event->device, base_str_of("lpr"), same, t_us, SAME_PASS_US)) {
        decoding->decoded.count--;
        decoding->decoded.repeated++;
        return BASE_OK;
    }
    identity.time_us = t_us;
    identity.region = nothing;
    sensors_camera_plate(decoding, event, said, sensors_decode_number(json, "score"));
    event->dedup = sensors_decode_dedup(decoding, event->device, &identity);
    sensors_decode_redact(decoding,
                          sensors_decode_count(json, &name, 1)); /* of a vehicle that somebody knows: its owner's */
    return BASE_OK;
}

static enum base_err tracked(const struct frigate *message)
{
    static const char *const private_types[] = {"face", "description", "classification"};
    AUTO(base_json) json = NULL;
    enum base_err err = sensors_decode_json(message->decoding, &json);
    if (err) {
        return err;
    }
    struct base_str type = sensors_decode_text(json, "type");
    for (size_t i = 0; i < BASE_COUNT(private_types); i++) {
        if (base_str_is(type, private_types[i])) { /* whose face it is, or what somebody wears */
            return sensors_decode_ignore(message->decoding, 1);
        }
    }
    if (!base_str_is(type, "lpr")) {
        return sensors_decode_fail(message->decoding, SENSORS_REASON_TYPE,
                                   "tracked_object_update: the type is not face, lpr, description or classification");
    }
    struct base_str id = sensors_decode_text(json, "id"), camera = sensors_decode_text(json, "camera");
    return id.len && camera.len ? plate(message, json, camera, id) : missing(message, id.len ? "camera" : "id");
}

/* --- PREFIX/triggers --- */
static enum base_err triggers(const struct frigate *message)
{
    struct sensors_event *event;
    AUTO(base_json) json = NULL;
    enum base_err err = sensors_decode_json(message->decoding, &json);
    if (err) {
        return err;
    }
    struct base_str id = sensors_decode_text(json, "event_id"), camera = sensors_decode_text(json, "camera");
    if (!id.len || !camera.len) {
        return missing(message, id.len ? "camera" : "event_id");
    }
    err = add(message, camera, id, SENSORS_NO_TIME, &event);
    if (err) {
        return err;
    }
    const struct sensors_identity identity = {.type = "trigger",
                                              .time_us = SENSORS_NO_TIME,
                                              .lon = NAN,
                                              .lat = NAN,
                                              .event = id,
                                              .region = sensors_decode_text(json, "name")};
    event->channel = base_str_of("trigger");
    event->confidence = sensors_decode_confidence(event, sensors_decode_number(json, "score"));
    event->dedup = sensors_decode_dedup(message->decoding, event->device, &identity);
    return BASE_OK;
}

/* --- words: their time is that of receipt --- */
static enum base_err word(const struct frigate *message, struct base_str device, enum sensors_kind kind,
                          struct base_str channel, enum sensors_phase phase)
{
    struct sensors_event *event;
    enum base_err err = sensors_decode_add(message->decoding, &event);
    if (err) {
        return err;
    }
    const struct sensors_identity identity = {.type = sensors_kind_name(kind),
                                              .time_us = SENSORS_NO_TIME,
                                              .lon = NAN,
                                              .lat = NAN,
                                              .event = sensors_decode_word(message->decoding),
                                              .channel = channel};
    bool lives = kind == SENSORS_KIND_LIFECYCLE;
    event->device = sensors_decode_keep(message->decoding, device);
    event->kind = kind;
    event->channel = channel;
    event->dedup = sensors_decode_dedup(message->decoding, device, &identity);
    sensors_camera_subject(message->decoding, event, lives ? SENSORS_SUBJECT_UNIT : SENSORS_SUBJECT_OBJECT);
    sensors_camera_time(event, SENSORS_NO_TIME, SENSORS_TIME_RECEIVED);
    set_phase(event, phase);
    event->lasts_us = lives ? 0 : event->lasts_us;
    return BASE_OK;
}

static enum base_err online(const struct frigate *message, struct base_str device, struct base_str channel)
{
    struct base_str said = sensors_decode_word(message->decoding);
    bool on = base_str_is(said, "online");
    if (!on && !base_str_is(said, "offline") && !base_str_is(said, "disabled") && !base_str_is(said, "stopped")) {
        return missing(message, "online or offline");
    }
    return word(message, device, SENSORS_KIND_LIFECYCLE, channel, on ? SENSORS_PHASE_START : SENSORS_PHASE_END);
}

static enum base_err on_off(const struct frigate *message, struct base_str device, struct base_str channel)
{
    struct base_str said = sensors_decode_word(message->decoding);
    bool on = base_str_is(said, "ON");
    if (!on && !base_str_is(said, "OFF")) {
        return missing(message, "ON or OFF");
    }
    enum base_err err = word(message, device, SENSORS_KIND_DETECTION, channel,
                             sensors_decode_change(message->decoding, device, channel, on));
    if (!err && base_str_is(channel, "motion")) {
        struct sensors_decoded *decoded = &message->decoding->decoded;
        sensors_event_measure(&decoded->events[decoded->count - 1], "motion", on, "1");
    }
    return err;
}

/* How loud it is in no unit of the air's, and sums; what was said is nobody's business. */
static enum base_err audio(const struct frigate *message)
{
    static const char *const levels[] = {"dBFS", "rms", "all", "state"};
    for (size_t i = 0; i < BASE_COUNT(levels); i++) {
        if (level_is(message, 1, levels[i])) {
            return sensors_decode_ignore(message->decoding, 0);
        }
    }
    if (level_is(message, 1, "transcription")) {
        return sensors_decode_ignore(message->decoding, 1);
    }
    struct base_str sound = sensors_camera_class(level(message, 1));
    bool known = !base_str_is(sound, "object");
    return on_off(message, camera_of(message, 3, level(message, 3)), known ? sound : base_str_of("sound"));
}

/* The camera is up when its pictures are looked at; recording and sound are by the way. */
static enum base_err status(const struct frigate *message)
{
    static const char *const roles[] = {"record", "audio"};
    struct base_str camera = camera_of(message, 3, level(message, 3));
    for (size_t i = 0; i < BASE_COUNT(roles); i++) {
        if (level_is(message, 1, roles[i])) {
            return online(message, camera, base_str_of(roles[i]));
        }
    }
    return level_is(message, 1, "detect") ? online(message, camera, nothing)
                                          : sensors_decode_ignore(message->decoding, 0);
}

/* Of the recorder, and told better elsewhere. */
static bool figures(const struct frigate *message)
{
    static const char *const topics[] = {"stats",       "restart",         "onConnect",
                                         "job_state",   "camera_activity", "audio_detections",
                                         "model_state", "birdseye_layout", "embeddings_reindex_progress",
                                         "profile",     "notifications",   "review_status"};
    for (size_t i = 0; i < BASE_COUNT(topics); i++) {
        if (level_is(message, 1, topics[i])) {
            return true;
        }
    }
    return false;
}

/* What else comes of a camera is settings and their echo, how many of what is seen, and pictures. */
static enum base_err of_camera(const struct frigate *message)
{
    if (message->count == 2) {
        return figures(message) ? sensors_decode_ignore(message->decoding, 0) : unknown_topic(message->decoding);
    }
    if (message->count > 3 && level_is(message, 2, "audio") && !level_is(message, 1, "set")) {
        return audio(message);
    }
    if (message->count > 3 && level_is(message, 2, "status")) {
        return status(message);
    }
    if (level_is(message, 1, "motion")) {
        return on_off(message, camera_of(message, 2, level(message, 2)), base_str_of("motion"));
    }
    return sensors_decode_ignore(message->decoding, level_is(message, 1, "snapshot"));
}

enum base_err sensors_decode_frigate(struct sensors_decoding *decoding)
{
    static const struct {
        const char *name;
        enum base_err (*decode)(const struct frigate *message);
    } topics[] = {{"events", events}, {"reviews", reviews}, {"tracked_object_update", tracked}, {"triggers", triggers}};
    struct frigate message = {.decoding = decoding};
    enum base_err err = read_topic(&message);
    if (err || decoding->message->payload.len == 0) { /* a retained value was taken back */
        return err ? err : sensors_decode_ignore(decoding, 0);
    }
    for (size_t i = 0; i < BASE_COUNT(topics); i++) {
        if (level_is(&message, 1, topics[i].name)) {
            return topics[i].decode(&message);
        }
    }
    if (level_is(&message, 2, "profiles")) { /* which there are, and which holds */
        return sensors_decode_ignore(decoding, 0);
    }
    return level_is(&message, 1, "available") ? online(&message, recorder(&message, 1), nothing) : of_camera(&message);
}
