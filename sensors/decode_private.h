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
/* A payload that is a word or number: without a byte order mark, without white space around it. */
struct base_str sensors_decode_word(const struct sensors_decoding *decoding);
/* The payload as UTF-8 without a byte order mark, read as GB18030 when the source says so. */
enum base_err sensors_decode_utf8(struct sensors_decoding *decoding, struct base_str *ret_text) BASE_MUST_CHECK;
/* Strict JSON of such a payload; ret_json is yours. _json: with an object outside. */
enum base_err sensors_decode_json_any(struct sensors_decoding *decoding, struct base_json **ret_json) BASE_MUST_CHECK;
enum base_err sensors_decode_json(struct sensors_decoding *decoding, struct base_json **ret_json) BASE_MUST_CHECK;

/* A number, also written as a string; NAN when it is missing or none. */
double sensors_decode_number(const struct base_json *object, const char *key);
double sensors_decode_number_of(const struct base_json *member);
/* The same word, whatever its case. */
bool sensors_decode_is_word(struct base_str text, const char *word);
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
/* An id that is a text or a whole number, in the arena; empty when it is missing or neither. */
struct base_str sensors_decode_id(struct sensors_decoding *decoding, const struct base_json *object, const char *key);

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
    bool repeated;  /* ... and within within_us of this: it came on its second way, or is told too often */
    int64_t t_recv; /* when; SENSORS_NO_TIME */
};
/* What was said before of `what`; from now on, unless it is repeated, this is, said at t_event. Nothing is known of or
 * by a retained message. */
struct sensors_again sensors_decode_again(struct sensors_decoding *decoding, struct base_str what, struct base_str said,
                                          int64_t t_event, int64_t within_us);
#define SENSORS_AGAIN_US INT64_C(2000000) /* a device that tells a change twice does so within this */

/* --- one decoder a format; sensors_decode_x is in decode_x.c --- */
enum base_err sensors_decode_anpr(struct sensors_decoding *decoding) BASE_MUST_CHECK;
enum base_err sensors_decode_chirpstack(struct sensors_decoding *decoding) BASE_MUST_CHECK;
enum base_err sensors_decode_cloudevents(struct sensors_decoding *decoding) BASE_MUST_CHECK;
enum base_err sensors_decode_dahua(struct sensors_decoding *decoding) BASE_MUST_CHECK;
enum base_err sensors_decode_espresense(struct sensors_decoding *decoding) BASE_MUST_CHECK;
enum base_err sensors_decode_frigate(struct sensors_decoding *decoding) BASE_MUST_CHECK;
enum base_err sensors_decode_hikvision(struct sensors_decoding *decoding) BASE_MUST_CHECK;
enum base_err sensors_decode_homeassistant(struct sensors_decoding *decoding) BASE_MUST_CHECK;
enum base_err sensors_decode_jt808(struct sensors_decoding *decoding) BASE_MUST_CHECK;
enum base_err sensors_decode_onvif(struct sensors_decoding *decoding) BASE_MUST_CHECK;
enum base_err sensors_decode_owntracks(struct sensors_decoding *decoding) BASE_MUST_CHECK;
enum base_err sensors_decode_senml(struct sensors_decoding *decoding) BASE_MUST_CHECK;
enum base_err sensors_decode_sensorthings(struct sensors_decoding *decoding) BASE_MUST_CHECK;
enum base_err sensors_decode_shelly(struct sensors_decoding *decoding) BASE_MUST_CHECK;
enum base_err sensors_decode_sparkplug(struct sensors_decoding *decoding) BASE_MUST_CHECK;
enum base_err sensors_decode_tasmota(struct sensors_decoding *decoding) BASE_MUST_CHECK;
enum base_err sensors_decode_traccar(struct sensors_decoding *decoding) BASE_MUST_CHECK;
enum base_err sensors_decode_ttn(struct sensors_decoding *decoding) BASE_MUST_CHECK;
enum base_err sensors_decode_zigbee2mqtt(struct sensors_decoding *decoding) BASE_MUST_CHECK;

#endif
