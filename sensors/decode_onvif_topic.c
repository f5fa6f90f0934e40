/* Which words of an ONVIF topic mean what: the specification's own topics (Core, Analytics, Imaging, Door Control), and
 * those that vendors made up. */
#include "sensors/decode_onvif.h"

#define SEEN(level, quantity)                                               \
    {                                                                       \
        level, quantity, SENSORS_KIND_DETECTION, SENSORS_NO_SEVERITY, false \
    }
#define THING(level, quantity)                                         \
    {                                                                  \
        level, quantity, SENSORS_KIND_STATE, SENSORS_NO_SEVERITY, true \
    }
#define DANGER(level, quantity, severity)                    \
    {                                                        \
        level, quantity, SENSORS_KIND_ALARM, severity, false \
    }
#define TROUBLE(level, quantity)                     \
    {                                                \
        level, quantity, SENSORS_KIND_ALARM, 2, true \
    }

static const struct sensors_onvif_row rows[] = {
    SEEN("Motion", "motion"),
    SEEN("MotionAlarm", "motion"),
    SEEN("CellMotionDetector", "motion"),
    SEEN("MotionRegionDetector", "motion"),
    SEEN("VideoMotion", "motion"),
    SEEN("CameraApplicationPlatform", "motion"), /* of Axis: VMD, ObjectAnalytics ... */
    SEEN("Crossed", "line_crossing"),
    SEEN("LineCross", "line_crossing"),
    SEEN("LineCrossing", "line_crossing"),
    SEEN("LineDetector", "line_crossing"),
    SEEN("CrossLineDetection", "line_crossing"),
    SEEN("ObjectIsLoitering", "loitering"),
    SEEN("LoiteringDetector", "loitering"),
    SEEN("Loitering", "loitering"),
    SEEN("IdleObject", "idle_object"),
    SEEN("CrowdDetection", "crowd"),
    SEEN("DetectedSound", "sound"),
    SEEN("AudioDetection", "sound"),
    SEEN("AudioAnalytics", "sound"),
    SEEN("PeopleDetect", "person"),
    SEEN("PeopleDetector", "person"),
    SEEN("People", "person"),
    SEEN("HumanShapeDetect", "person"),
    SEEN("HumanDetect", "person"),
    SEEN("FaceDetect", "face"),
    SEEN("Face", "face"),
    SEEN("VehicleDetect", "vehicle"),
    SEEN("DogCatDetect", "animal"),
    SEEN("Visitor", "visitor"),
    DANGER("ObjectsInside", "intrusion", 3),
    DANGER("FieldDetector", "intrusion", 3),
    DANGER("IvaArea", "intrusion", 3),
    DANGER("Intrusion", "intrusion", 3),
    DANGER("CrossRegionDetection", "intrusion", 3),
    DANGER("Fire", "fire", 4),
    DANGER("FireDetection", "fire", 4),
    DANGER("Smoke", "smoke", 4),
    DANGER("SmokeDetection", "smoke", 4),
    {"DoorAlarm", "intrusion", SENSORS_KIND_ALARM, 3, true},
    {"Duress", "sos", SENSORS_KIND_ALARM, 4, true},
    DANGER("UserAlarm", "user_alarm", 2),
    TROUBLE("Tamper", "tamper"),
    TROUBLE("TamperDetector", "tamper"),
    TROUBLE("TamperingDetection", "tamper"),
    TROUBLE("GlobalSceneChange", "tamper"),
    TROUBLE("DoorTamper", "tamper"),
    TROUBLE("SignalLoss", "fault"),
    TROUBLE("VideoLoss", "fault"),
    TROUBLE("HardwareFailure", "fault"),
    TROUBLE("DoorFault", "fault"),
    THING("ImageTooDark", "image_too_dark"),
    THING("ImageTooBright", "image_too_bright"),
    THING("ImageTooBlurry", "image_too_blurry"),
    THING("DigitalInput", "input"),
    THING("VirtualInput", "input"),
    THING("VirtualPort", "input"),
    THING("Port", "input"),
    THING("Relay", "relay"),
    THING("DigitalOutput", "relay"),
    THING("DoorPhysicalState", "open"),
};

/* How the device does its work: of no interest to anybody but its administrator. */
static const char *const administration[] = {
    "Monitoring",     "Configuration", "RecordingConfig", "Profile",       "Media", "RecordingHistory",
    "UserManagement", "Credential",    "OperationMode",   "PTZController", "PTZ",   "Schedule",
    "AccessRules",    "Users",         "Certificate"};

const struct sensors_onvif_row *sensors_onvif_row(const struct sensors_onvif *onvif)
{
    for (size_t i = onvif->level_count; i > 0; i--) {
        for (size_t j = 0; j < BASE_COUNT(rows); j++) {
            if (sensors_camera_same(onvif->levels[i - 1], rows[j].level)) {
                return &rows[j];
            }
        }
    }
    return NULL;
}

bool sensors_onvif_level(const struct sensors_onvif *onvif, const char *text)
{
    for (size_t i = 0; i < onvif->level_count; i++) {
        if (sensors_camera_same(onvif->levels[i], text)) {
            return true;
        }
    }
    return false;
}

bool sensors_onvif_administrative(const struct sensors_onvif *onvif)
{
    for (size_t i = 0; i < BASE_COUNT(administration); i++) {
        for (size_t j = 0; j < 2 && j < onvif->level_count; j++) {
            if (base_str_is(onvif->levels[j], administration[i])) {
                return true;
            }
        }
    }
    return false;
}
