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

/* --- decode.c --- */
/* Count more events at the end of decoded, each prepared with what holds for all of this message's. Those before may
 * move. */
enum base_err sensors_decode_events(struct sensors_decoding *decoding, size_t count) BASE_MUST_CHECK;
/* One more. */
enum base_err sensors_decode_add(struct sensors_decoding *decoding, struct sensors_event **ret_event) BASE_MUST_CHECK;
/* Whom the event is about when that is not the device; what the source says of its subjects goes before type. */
void sensors_decode_subject(struct sensors_decoding *decoding, struct sensors_event *event, enum sensors_subject type,
                            struct base_str id);
/* Start or end; update or snapshot when the device is known to have said the same last. */
enum sensors_phase sensors_decode_change(struct sensors_decoding *decoding, struct base_str device,
                                         struct base_str channel, bool on);
/* Notes why, and gives the error that goes with the reason; the sentence may quote the message. */
enum base_err sensors_decode_fail(struct sensors_decoding *decoding, enum sensors_reason reason, const char *format,
                                  ...) BASE_PRINTF(3, 4);

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

/* How many of these members of the object say something - are neither null nor empty; they are read no further. */
unsigned sensors_decode_count(const struct base_json *object, const char *const *members, size_t count);
/* Counts private fields that were dropped, and flags all events of the message. */
void sensors_decode_redact(struct sensors_decoding *decoding, unsigned count);
/* Understood, and nothing in it is an event. */
enum base_err sensors_decode_ignore(struct sensors_decoding *decoding, unsigned redacted) BASE_MUST_CHECK;

/* What tells this event from every other of the source, in the message's own words. */
struct sensors_identity {
    const char *type;
    int64_t time_us; /* or SENSORS_NO_TIME */
    double lon, lat; /* or NAN */
    struct base_str event;
    struct base_str region;
    struct base_str channel;
};
struct base_id sensors_decode_dedup(const struct sensors_decoding *decoding, struct base_str device,
                                    const struct sensors_identity *identity);

/* --- decode_again.c --- */
struct sensors_again {
    bool known;     /* something was said of it before */
    bool same;      /* just this */
    bool repeated;  /* ... and within two seconds of this message: the same reading on its second way */
    int64_t t_recv; /* when; SENSORS_NO_TIME */
};
/* What was said before of `what`; from now on this is. Nothing is known of or by a retained message. */
struct sensors_again sensors_decode_again(struct sensors_decoding *decoding, struct base_str what,
                                          struct base_str said);

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
/* Events like this one: one for each alarm, detection and state - its channel the reading's name, its phase by what was
 * known of it - and a measurement for the rest. What only tells how the device does goes along with the first event
 * when nothing else is measured. Each gets its dedup of identity and channel; like has device and times already. No
 * readings, no event. */
enum base_err sensors_readings_events(struct sensors_decoding *decoding, const struct sensors_readings *readings,
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

/* decode_espresense.c */
enum base_err sensors_decode_espresense(struct sensors_decoding *decoding) BASE_MUST_CHECK;
/* decode_owntracks.c */
enum base_err sensors_decode_owntracks(struct sensors_decoding *decoding) BASE_MUST_CHECK;
/* decode_shelly*.c */
enum base_err sensors_decode_shelly(struct sensors_decoding *decoding) BASE_MUST_CHECK;
/* decode_tasmota.c */
enum base_err sensors_decode_tasmota(struct sensors_decoding *decoding) BASE_MUST_CHECK;
/* decode_zigbee2mqtt*.c */
enum base_err sensors_decode_zigbee2mqtt(struct sensors_decoding *decoding) BASE_MUST_CHECK;

#endif
