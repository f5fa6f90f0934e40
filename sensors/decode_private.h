/* What the decoders share. Private to sensors/. */
#ifndef HUTONG_SENSORS_DECODE_PRIVATE_H
#define HUTONG_SENSORS_DECODE_PRIVATE_H

#include "sensors/sensors.h"

/* One message on its way: a decoder reads message, fills decoded and explains a failure. */
struct sensors_decoding {
    const struct sensors_format *format;
    const struct sensors_message *message;
    struct base_arena *arena;
    struct base_diag *diag;
    struct sensors_decoded decoded;
    size_t event_cap;
};

/* What tells this event from every other of the source, in the message's own words. */
struct sensors_identity {
    const char *type;
    int64_t time_us; /* or SENSORS_NO_TIME */
    double lon, lat; /* or NAN */
    struct base_str event;
    struct base_str region;
    struct base_str channel;
};

/* --- decode.c --- */
/* Count more events at the end of decoded, each prepared with what holds for all of this message's. Those before may
 * move. */
enum base_err sensors_decode_events(struct sensors_decoding *decoding, size_t count) BASE_MUST_CHECK;
/* One more. */
enum base_err sensors_decode_add(struct sensors_decoding *decoding, struct sensors_event **ret_event) BASE_MUST_CHECK;
/* What all events of the message have, for those that are like it; device is borrowed. */
void sensors_decode_like(const struct sensors_decoding *decoding, struct base_str device,
                         struct sensors_event *ret_like);
/* One more like it (which may be one of decoded's), with the key of its device and identity. */
enum base_err sensors_decode_add_like(struct sensors_decoding *decoding, const struct sensors_event *like,
                                      const struct sensors_identity *identity,
                                      struct sensors_event **ret_event) BASE_MUST_CHECK;
/* Whom the event is about when that is not the device; what the source says of its subjects goes before type. */
void sensors_decode_subject(struct sensors_decoding *decoding, struct sensors_event *event, enum sensors_subject type,
                            struct base_str id);
/* Start or end; update or snapshot when the device is known to have said the same last. */
enum sensors_phase sensors_decode_change(struct sensors_decoding *decoding, struct base_str device,
                                         struct base_str channel, bool on);
struct base_id sensors_decode_dedup(const struct sensors_decoding *decoding, struct base_str device,
                                    const struct sensors_identity *identity);
/* Notes why, and gives the error that goes with the reason; the sentence may quote the message. */
enum base_err sensors_decode_fail(struct sensors_decoding *decoding, enum sensors_reason reason, const char *format,
                                  ...) BASE_PRINTF(3, 4);
/* The topic is none of this format's; what: "neither A/B nor ...". */
enum base_err sensors_decode_wrong_topic(struct sensors_decoding *decoding, const char *what);

/* --- decode_field.c --- */
/* The payload as UTF-8 without a byte order mark, read as GB18030 when the source says so. */
enum base_err sensors_decode_utf8(struct sensors_decoding *decoding, struct base_str *ret_text) BASE_MUST_CHECK;
/* Strict JSON of such a payload; ret_json is yours. _json: with an object outside. */
enum base_err sensors_decode_json_any(struct sensors_decoding *decoding, struct base_json **ret_json) BASE_MUST_CHECK;
enum base_err sensors_decode_json(struct sensors_decoding *decoding, struct base_json **ret_json) BASE_MUST_CHECK;

/* A number, also written as a string; NAN when it is missing or none. */
double sensors_decode_number(const struct base_json *object, const char *key);
double sensors_decode_number_of(const struct base_json *member);
/* 1, 0 or NAN: true "ON" 1 "yes" ... */
double sensors_decode_yes_no(const struct base_json *member);
double sensors_decode_yes_no_text(struct base_str text);
/* A time as a number or text; SENSORS_NO_TIME when it is missing or unreadable. */
int64_t sensors_decode_time(const struct sensors_decoding *decoding, const struct base_json *object, const char *key);
int64_t sensors_decode_time_of(const struct sensors_decoding *decoding, const struct base_json *member);
/* A string, borrowed from the JSON; empty when it is missing or none. */
struct base_str sensors_decode_text(const struct base_json *object, const char *key);
/* Copies into the arena; an empty run when the arena is full (texts are never worth a failure). */
struct base_str sensors_decode_keep(struct sensors_decoding *decoding, struct base_str text);
/* The same for an id of the sender's; over SENSORS_NATIVE_MAX bytes it is cut between two characters. */
struct base_str sensors_decode_native(struct sensors_decoding *decoding, struct base_str id);

/* Checks and sets the position; INVALID outside the earth. At 0,0 it is flagged and left out. */
enum base_err sensors_decode_position(struct sensors_decoding *decoding, struct sensors_event *event, double lon,
                                      double lat) BASE_MUST_CHECK;
/* value inside [least, most], else NAN; a value that is there but outside is flagged as a sentinel. */
double sensors_decode_within(struct sensors_event *event, double value, double least, double most);

/* How sure: 0..1 of 0..1 or 0..100; NAN and flagged otherwise. */
double sensors_decode_confidence(struct sensors_event *event, double said);

/* How many of these members of the object say something - are neither null nor empty; they are read no further. */
unsigned sensors_decode_count(const struct base_json *object, const char *const *members, size_t count);
/* A number that nobody knows may be a person's: by its name, or because it counts nothing - phones, cards and papers
 * have ten digits and more. Such ones are not kept. */
bool sensors_decode_personal(struct base_str name, double value, struct base_str unit);
/* Counts private fields that were dropped, and flags all events of the message. */
void sensors_decode_redact(struct sensors_decoding *decoding, unsigned count);
/* Understood, and nothing in it is an event. */
enum base_err sensors_decode_ignore(struct sensors_decoding *decoding, unsigned redacted) BASE_MUST_CHECK;

/* --- decode_again.c --- */
struct sensors_again {
    bool known;     /* something was said of it before */
    bool same;      /* just this */
    bool repeated;  /* ... and within within_us of this message: it came on its second way, or is told too often */
    int64_t t_recv; /* when; SENSORS_NO_TIME */
};
/* What was said before of `what`; from now on, unless it is repeated, this is. Nothing is known of or by a retained
 * message. */
struct sensors_again sensors_decode_again(struct sensors_decoding *decoding, struct base_str what, struct base_str said,
                                          int64_t within_us);
#define SENSORS_AGAIN_US INT64_C(2000000) /* a device that tells a change twice does so within this */

/* --- decode_readings.c: what devices measure and say, from many names and units to events --- */
struct sensors_reading {
    const struct sensors_quantity *quantity; /* NULL: nobody knows it; name and unit say all */
    const char *name; /* of the measure; quantity's own, or one that lives as long as the event */
    const char *unit;
    double value;         /* in unit; NAN: text */
    struct base_str text; /* what is said in words */
};
struct sensors_readings {
    struct sensors_reading list[SENSORS_MEASURE_MAX];
    size_t count;
    bool sentinel; /* some value was none */
};
/* Of a known quantity, in any unit it may have (empty: its own). name: of the measure when there are several of a kind
 * ("temperature_2"), else NULL. What is out of range or of another dimension is left out and sets sentinel. */
void sensors_readings_add(struct sensors_readings *readings, const struct sensors_quantity *quantity, const char *name,
                          double value, struct base_str unit);
/* Of a quantity nobody knows, where the format lets devices name what they measure: under its own name, if that is a
 * word of letters, digits and '_' of up to 40 bytes, in the unit that is said, else 1. The first of a name stays. */
void sensors_readings_keep(struct sensors_decoding *decoding, struct sensors_readings *readings, struct base_str name,
                           double value, struct base_str unit);
bool sensors_readings_have(const struct sensors_readings *readings, const char *name);
/* Events like this one: one for each alarm, detection and state - its channel the reading's name, its phase by what was
 * known of it - and a measurement for the rest. What only tells how the device does goes along with the first event
 * when nothing else is measured. Each gets its dedup of identity and channel; like has device and times already. No
 * readings, no event. */
enum base_err sensors_readings_events(struct sensors_decoding *decoding, const struct sensors_readings *readings,
                                      const struct sensors_event *like,
                                      const struct sensors_identity *identity) BASE_MUST_CHECK;

/* A position like this one, before the events above: it takes how the device does (battery, rssi ...) off the readings;
 * the events of those that stay carry the place, too. */
enum base_err sensors_readings_position(struct sensors_decoding *decoding, struct sensors_readings *readings,
                                        const struct sensors_event *like,
                                        const struct sensors_identity *identity) BASE_MUST_CHECK;

/* --- mapping_inside.c: what a LoRaWAN payload means, by the device's brand and model --- */
struct sensors_inside { /* empty texts are not known */
    const char *format; /* "ttn" */
    struct base_str brand, model, profile;
    double f_port; /* NAN: not known */
};
/* Events like this one, by the first mapping with "inside" of that format whose conditions hold for model and object.
 * *ret_known false (and no event): there is none. */
enum base_err sensors_mapping_inside(struct sensors_decoding *decoding, const struct sensors_inside *inside,
                                     const struct base_json *object, const struct sensors_event *like,
                                     const struct sensors_identity *identity, bool *ret_known) BASE_MUST_CHECK;

/* --- decode_pass.c: what passes a gate or a door --- */
/* The plate as subject, in one spelling whoever read it: capitals, no marks. None read: no subject, flagged. */
void sensors_pass_plate(struct sensors_decoding *decoding, struct sensors_event *event, struct base_str plate);
/* Whether it is one of the words for that. */
bool sensors_pass_unread(struct sensors_decoding *decoding, struct base_str plate);
/* Of nothing, when no plate was read, there is none. */
void sensors_pass_confidence(struct sensors_event *event, double said);
void sensors_pass_speed(struct sensors_event *event, double kmh);
/* An id that is a text or a whole number, in the arena; empty when it is missing or neither. */
struct base_str sensors_pass_id(struct sensors_decoding *decoding, const struct base_json *object, const char *key);
/* The level of the topic that follows the level `before`; empty: none. */
struct base_str sensors_pass_level(struct base_str topic, const char *before);
/* Kind and phase; about the device itself, or about what a camera sees. */
void sensors_pass_thing(struct sensors_event *event, enum sensors_kind kind, enum sensors_phase phase);

/* --- decode_vehicle.c: what trackers of vehicles report beside the position --- */
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

/* --- decode_jt808.c, decode_jt808_frame.c: JT/T 808 as a gateway's JSON and as the terminal's own frames --- */
struct sensors_jt808_report { /* of 0x0200; numbers as sent, NAN: not sent */
    uint32_t alarm, status;
    double lat, lon;           /* 1e-6 degree, without sign */
    double altitude;           /* m */
    double speed;              /* 0.1 km/h */
    double direction;          /* degrees */
    int64_t time_us;           /* or SENSORS_NO_TIME */
    double mileage;            /* 0.1 km */
    double area_id, area_left; /* NAN: no area was entered or left */
    bool torn;                 /* the additional items end early */
};
struct sensors_jt808_head {
    uint32_t id;
    uint32_t serial;
    struct base_str phone; /* the terminal's id; lives as long as the message */
};
/* YYMMDDhhmmss of GMT+8; SENSORS_NO_TIME when it is none. */
int64_t sensors_jt808_time(struct base_str digits);
/* One report: a position, without coordinates when there was no fix; alarms; the area. */
enum base_err sensors_jt808_report(struct sensors_decoding *decoding, const struct sensors_jt808_head *head,
                                   const struct sensors_jt808_report *report, uint32_t flags) BASE_MUST_CHECK;
/* Whatever is no report. */
enum base_err sensors_jt808_other(struct sensors_decoding *decoding, const struct sensors_jt808_head *head,
                                  unsigned redacted) BASE_MUST_CHECK;
/* The payload is one frame or several. */
enum base_err sensors_jt808_frames(struct sensors_decoding *decoding) BASE_MUST_CHECK;

/* decode_anpr.c */
enum base_err sensors_decode_anpr(struct sensors_decoding *decoding) BASE_MUST_CHECK;
/* decode_dahua.c */
enum base_err sensors_decode_dahua(struct sensors_decoding *decoding) BASE_MUST_CHECK;
/* --- decode_camera.c --- */
/* The same word, whatever its case, '_', '-' and spaces. */
bool sensors_camera_same(struct base_str said, const char *word);
/* What a camera calls an object or a sound, in lower case (static); "object" when it is a word of somebody's own. */
struct base_str sensors_camera_class(struct base_str label);
/* What the event is about; what the source says of its subjects goes before, except that a thing remains one. */
void sensors_camera_subject(const struct sensors_decoding *decoding, struct sensors_event *event,
                            enum sensors_subject type);
/* Makes it the access of this plate, or of one that could not be read. */
void sensors_camera_plate(struct sensors_decoding *decoding, struct sensors_event *event, struct base_str said,
                          double confidence);
/* The last that was kept of this camera's channel was the same, and no longer ago: nothing new. */
bool sensors_camera_again(struct sensors_decoding *decoding, struct base_str device, struct base_str channel,
                          struct base_id what, int64_t within_us);
/* time_us (or SENSORS_NO_TIME) of source's clock. */
void sensors_camera_time(struct sensors_event *event, int64_t time_us, enum sensors_time source);

/* decode_frigate.c */
enum base_err sensors_decode_frigate(struct sensors_decoding *decoding) BASE_MUST_CHECK;
/* decode_onvif.c */
enum base_err sensors_decode_onvif(struct sensors_decoding *decoding) BASE_MUST_CHECK;
/* decode_homeassistant.c */
enum base_err sensors_decode_homeassistant(struct sensors_decoding *decoding) BASE_MUST_CHECK;
/* decode_espresense.c */
enum base_err sensors_decode_espresense(struct sensors_decoding *decoding) BASE_MUST_CHECK;
/* decode_hikvision.c */
enum base_err sensors_decode_hikvision(struct sensors_decoding *decoding) BASE_MUST_CHECK;
/* decode_jt808.c */
enum base_err sensors_decode_jt808(struct sensors_decoding *decoding) BASE_MUST_CHECK;
/* decode_ttn.c */
enum base_err sensors_decode_ttn(struct sensors_decoding *decoding) BASE_MUST_CHECK;
/* decode_chirpstack.c */
enum base_err sensors_decode_chirpstack(struct sensors_decoding *decoding) BASE_MUST_CHECK;
/* decode_owntracks.c */
enum base_err sensors_decode_owntracks(struct sensors_decoding *decoding) BASE_MUST_CHECK;
/* decode_cloudevents.c */
enum base_err sensors_decode_cloudevents(struct sensors_decoding *decoding) BASE_MUST_CHECK;
/* decode_senml.c */
enum base_err sensors_decode_senml(struct sensors_decoding *decoding) BASE_MUST_CHECK;
/* decode_sensorthings.c */
enum base_err sensors_decode_sensorthings(struct sensors_decoding *decoding) BASE_MUST_CHECK;
/* decode_traccar.c */
enum base_err sensors_decode_traccar(struct sensors_decoding *decoding) BASE_MUST_CHECK;
/* decode_shelly*.c */
enum base_err sensors_decode_shelly(struct sensors_decoding *decoding) BASE_MUST_CHECK;
/* decode_tasmota.c */
enum base_err sensors_decode_tasmota(struct sensors_decoding *decoding) BASE_MUST_CHECK;
/* decode_zigbee2mqtt*.c */
enum base_err sensors_decode_zigbee2mqtt(struct sensors_decoding *decoding) BASE_MUST_CHECK;
/* decode_sparkplug.c */
enum base_err sensors_decode_sparkplug(struct sensors_decoding *decoding) BASE_MUST_CHECK;

#endif
