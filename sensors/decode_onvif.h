/* ONVIF over MQTT: what events and metadata share. Private to sensors/decode_onvif*.c. */
#ifndef HUTONG_SENSORS_DECODE_ONVIF_H
#define HUTONG_SENSORS_DECODE_ONVIF_H

#include "sensors/decode_camera.h"
#include "sensors/decode_readings.h"

enum { SENSORS_ONVIF_LEVELS = 16, SENSORS_ONVIF_VALUES = 8 };

/* PREFIX/onvif-ej/PATH/&VALUE/VALUE */
struct sensors_onvif {
    struct sensors_decoding *decoding;
    struct base_str prefix, path;
    struct base_str levels[SENSORS_ONVIF_LEVELS]; /* of path; at least one */
    size_t level_count;
    struct base_str values[SENSORS_ONVIF_VALUES]; /* of the source, in an order that only the device knows */
    size_t value_count;
};

struct sensors_onvif_plate {
    struct base_str text;
    double likelihood; /* or NAN */
};

/* --- decode_onvif.c --- */
/* UTC, also without Z. *ret_bad: there is one that cannot be read. */
int64_t sensors_onvif_time(const struct base_json *json, bool *ret_bad);
/* Wrong shape: refused. */
enum base_err sensors_onvif_missing(const struct sensors_onvif *onvif, const char *what);

/* Measurements of a sensor at a time. */
enum base_err sensors_onvif_values(const struct sensors_onvif *onvif, const struct sensors_readings *readings,
                                   struct base_str sensor, int64_t time_us, bool bad_time) BASE_MUST_CHECK;

/* --- decode_onvif_topic.c --- */
struct sensors_onvif_row {
    const char *level, *quantity; /* of the yes or no */
    enum sensors_kind kind;
    int severity;
    bool thing; /* it is about the camera, not what it sees */
};
/* By the last level that is known; NULL: none is. */
const struct sensors_onvif_row *sensors_onvif_row(const struct sensors_onvif *onvif);
bool sensors_onvif_level(const struct sensors_onvif *onvif, const char *text); /* the path has such a level */
bool sensors_onvif_administrative(const struct sensors_onvif *onvif);

/* --- decode_onvif_metadata.c --- */
enum base_err sensors_onvif_metadata(const struct sensors_onvif *onvif, const struct base_json *json) BASE_MUST_CHECK;
/* The likeliest class of an object; empty when it has none. */
struct base_str sensors_onvif_class(const struct base_json *class, double *ret_likelihood);
/* Faces, bodies, clothes, pictures and labels of an object. */
unsigned sensors_onvif_private(const struct base_json *object);
/* Of an object, or of an event's data. False: there is none. */
bool sensors_onvif_plate(const struct base_json *json, struct sensors_onvif_plate *ret_plate);

#endif
