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
};

/* Room for count events, each prepared with what holds for all of this message's. */
enum base_err sensors_decode_events(struct sensors_decoding *decoding, size_t count) BASE_MUST_CHECK;
/* Notes why, and gives the error that goes with the reason; the sentence may quote the message. */
enum base_err sensors_decode_fail(struct sensors_decoding *decoding, enum sensors_reason reason, const char *format,
                                  ...) BASE_PRINTF(3, 4);
/* Strict JSON with an object outside; ret_json is yours. */
enum base_err sensors_decode_json(struct sensors_decoding *decoding, struct base_json **ret_json) BASE_MUST_CHECK;

/* A number, also written as a string; NAN when it is missing or none. */
double sensors_decode_number(const struct base_json *object, const char *key);
/* A time as a number or text; SENSORS_NO_TIME when it is missing or unreadable. */
int64_t sensors_decode_time(const struct sensors_decoding *decoding, const struct base_json *object, const char *key);
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

/* What tells this event from every other of the source, in the message's own words. */
struct sensors_identity {
    const char *type;
    int64_t time_us; /* or SENSORS_NO_TIME */
    double lon, lat; /* or NAN */
    struct base_str event;
    struct base_str region;
};
struct base_id sensors_decode_dedup(const struct sensors_decoding *decoding, struct base_str device,
                                    const struct sensors_identity *identity);

/* decode_espresense.c */
enum base_err sensors_decode_espresense(struct sensors_decoding *decoding) BASE_MUST_CHECK;
/* decode_owntracks.c */
enum base_err sensors_decode_owntracks(struct sensors_decoding *decoding) BASE_MUST_CHECK;

#endif
