/* What formats of cameras share: names of what they see, how sure they are, and pictures a second that say the
 * same. */
#include "sensors/decode_camera.h"

#include <math.h>
#include <string.h>

enum { CLASS_MAX = 40 };

/* Labels are a model's, and models are trained by anybody: a list keeps names of persons out. Those of COCO that one
 * meets outdoors, of Frigate's own models and its sounds (AudioSet), of ONVIF's tt:ObjectType. */
static const char *const classes[] = {
    "person",
    "human",
    "face",
    "vehicle",
    "vehical",
    "car",
    "truck",
    "bus",
    "motorcycle",
    "motorbike",
    "bicycle",
    "bike",
    "tricycle",
    "rickshaw",
    "train",
    "boat",
    "airplane",
    "school_bus",
    "garbage_truck",
    "golf_cart",
    "license_plate",
    "animal",
    "dog",
    "cat",
    "dog_cat",
    "pet",
    "bird",
    "horse",
    "sheep",
    "cow",
    "bear",
    "deer",
    "fox",
    "goat",
    "rabbit",
    "raccoon",
    "skunk",
    "squirrel",
    "rodent",
    "kangaroo",
    "elephant",
    "bag",
    "backpack",
    "handbag",
    "suitcase",
    "umbrella",
    "package",
    "parcel",
    "stroller",
    "baby",
    "chair",
    "knife",
    "skateboard",
    "sports_ball",
    "waste_bin",
    "robot_lawnmower",
    "fire",
    "smoke",
    "visitor",
    "group",
    "crowd",
    "bark",
    "yell",
    "speech",
    "scream",
    "fire_alarm",
    "car_alarm",
    "smoke_detector",
    "alarm",
    "siren",
    "crying",
    "laughter",
    "cough",
    "shout",
    "gunshot",
    "explosion",
    "glass",
    "breaking",
    "honk",
    "doorbell",
    "knock",
    "helicopter",
    "non_motor_vehicle",
};

/* Lower case letters and digits only; 0 when it is too long to be one. */
static size_t plain(struct base_str text, char ret_plain[CLASS_MAX])
{
    size_t len = 0;
    for (size_t i = 0; i < text.len; i++) {
        char c = text.at[i];
        if (c == '_' || c == '-' || c == ' ') {
            continue;
        }
        if (len == CLASS_MAX) {
            return 0;
        }
        ret_plain[len++] = c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c;
    }
    return len;
}

bool sensors_camera_same(struct base_str said, const char *word)
{
    char a[CLASS_MAX], b[CLASS_MAX];
    const struct base_str first = {a, plain(said, a)}, second = {b, plain(base_str_of(word), b)};
    return first.len && base_str_equal(first, second);
}

struct base_str sensors_camera_class(struct base_str label)
{
    for (size_t i = 0; i < BASE_COUNT(classes); i++) {
        if (sensors_camera_same(label, classes[i])) {
            return base_str_of(classes[i]);
        }
    }
    return base_str_of("object");
}

void sensors_camera_subject(const struct sensors_decoding *decoding, struct sensors_event *event,
                            enum sensors_subject type)
{
    enum sensors_subject said = decoding->message->subject;
    bool open = said == SENSORS_SUBJECT_NONE || said == SENSORS_SUBJECT_UNIT || type == SENSORS_SUBJECT_UNIT;
    event->subject_type = open ? type : said;
}

void sensors_camera_plate(struct sensors_decoding *decoding, struct sensors_event *event, struct base_str said,
                          double confidence)
{
    event->kind = SENSORS_KIND_ACCESS;
    event->phase = SENSORS_PHASE_PULSE;
    sensors_pass_plate(decoding, event, said);
    sensors_pass_confidence(event, confidence);
}

bool sensors_camera_again(struct sensors_decoding *decoding, struct base_str device, struct base_str channel,
                          struct base_id what, int64_t within_us)
{
    char text[SENSORS_MEMORY_KEY_MAX], hex[BASE_ID_TEXT];
    int len = snprintf(text, sizeof text, "kept/%.*s/%.*s", (int)channel.len, channel.at, (int)device.len, device.at);
    if (len < 0 || (size_t)len >= sizeof text) {
        return false;
    }
    base_id_hex(what, hex);
    return sensors_decode_again(decoding, (struct base_str){text, (size_t)len}, base_str_of(hex), within_us).repeated;
}

void sensors_camera_time(struct sensors_event *event, int64_t time_us, enum sensors_time source)
{
    sensors_time_repair(event, time_us, SENSORS_NO_TIME);
    event->t_source = event->t_source == SENSORS_TIME_DEVICE ? source : event->t_source;
}
