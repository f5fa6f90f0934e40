/* What trackers of vehicles report beside the position. Private to sensors/. */
#ifndef HUTONG_SENSORS_DECODE_VEHICLE_H
#define HUTONG_SENSORS_DECODE_VEHICLE_H

#include "sensors/decode_private.h"

/* Channel and severity. "Tampering", "low battery" ... go by the names quantity.c has for them. */
#define SENSORS_VEHICLE_ALARMS(X)              \
    X(SOS, sos, 4)                             \
    X(ACCIDENT, accident, 4)                   \
    X(FALL, fall, 3)                           \
    X(TOW, tow, 3)                             \
    X(THEFT, theft, 3)                         \
    X(JAMMING, jamming, 3)                     \
    X(DANGER, danger, 3)                       \
    X(TAMPER, tamper, 2)                       \
    X(OVERSPEED, overspeed, 2)                 \
    X(GEOFENCE, geofence, 2)                   \
    X(ROUTE, route, 2)                         \
    X(MOVEMENT, movement, 2)                   \
    X(VIBRATION, vibration_alarm, 2)           \
    X(FAULT, fault, 2)                         \
    X(DOOR, door, 2)                           \
    X(FUEL, fuel, 2)                           \
    X(BATTERY_LOW, battery_low, 1)             \
    X(OVERSPEED_WARNING, overspeed_warning, 1) \
    X(PARKING, parking, 1)                     \
    X(DRIVING, harsh_driving, 1)
#define SENSORS_VEHICLE_ALARM_ENUM(name, text, severity) SENSORS_VEHICLE_ALARM_##name,
enum sensors_vehicle_alarm { SENSORS_VEHICLE_ALARMS(SENSORS_VEHICLE_ALARM_ENUM) };
/* An alarm event like this one for each bit of `on` (1 << enum sensors_vehicle_alarm); when it is all that holds now,
 * an end for each that is known to have been on. */
enum base_err sensors_vehicle_alarms(struct sensors_decoding *decoding, const struct sensors_event *like,
                                     const struct sensors_identity *identity, uint64_t on, bool all) BASE_MUST_CHECK;

#endif
