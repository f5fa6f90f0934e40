/* lora: what The Things Stack and ChirpStack say of an uplink, in one form, and what becomes of it. Private to
 * sensors/. */
#ifndef HUTONG_SENSORS_LORA_H
#define HUTONG_SENSORS_LORA_H

#include "sensors/decode_readings.h"
#include "sensors/mapping_inside.h"

struct sensors_lora_place { /* NAN: not known */
    double lon, lat, alt_m, acc_m;
    enum sensors_position source;
};

struct sensors_lora_times { /* SENSORS_NO_TIME: not known */
    int64_t time_us;
    enum sensors_time source; /* whose clock that is: server or gateway */
    int64_t other_us;         /* when time_us cannot be true */
    enum sensors_time other;
    int64_t gateway_us;
};

/* An uplink's parts; texts and JSON are borrowed. */
struct sensors_lora_uplink {
    struct base_str device;
    struct sensors_inside inside;
    const struct base_json *object;  /* as the network's own codec decoded it; NULL: it has none */
    struct base_str data;            /* the device's bytes in base64 */
    struct sensors_lora_place place; /* where the network has the device, never a gateway */
    double rssi, snr;                /* NAN: not known */
    struct sensors_identity identity;
};

/* --- lora.c --- */
/* What all events of this message are like: device, kind of device, times. */
struct sensors_event sensors_lora_event(struct sensors_decoding *decoding, struct base_str device,
                                        const struct sensors_lora_times *times);
/* By the mapping of the device's model; without one by the names that all devices agree on. Bytes that nobody decoded
 * are decoded here when the model is known (lora_bytes.c). What says nothing we understand is a sign of life; it is
 * partial when there was something to understand. */
enum base_err sensors_lora_uplink(struct sensors_decoding *decoding, const struct sensors_lora_uplink *uplink,
                                  const struct sensors_event *like) BASE_MUST_CHECK;
/* One event of its own: a join, a battery's state, a solved place. Without a place, place is NULL. */
enum base_err sensors_lora_single(struct sensors_decoding *decoding, const struct sensors_event *like,
                                  const struct sensors_identity *identity,
                                  const struct sensors_lora_place *place) BASE_MUST_CHECK;
struct sensors_lora_place sensors_lora_nowhere(void);
/* latitude, longitude, altitude and accuracy of an object that is a location. */
struct sensors_lora_place sensors_lora_location(const struct base_json *location, enum sensors_position source);
/* The text of an id: hex, as it came, or the same in base64. Empty when it is neither. */
struct base_str sensors_lora_eui(struct sensors_decoding *decoding, struct base_str text);
/* "Milesight EM400-TLD EU868": em400-tld; empty when no word looks like a model. */
struct base_str sensors_lora_model(struct sensors_decoding *decoding, struct base_str profile);
/* In lower case, in the arena. */
struct base_str sensors_lora_lower(struct sensors_decoding *decoding, struct base_str text);

/* --- lora_object.c: objects of codecs nobody described --- */
/* What a codec decoded; NULL when that is missing or null. False: it is something else. */
bool sensors_lora_object(const struct base_json *member, const struct base_json **ret_object);
/* What has a name and a unit that LoRaWAN codecs agree on. *ret_partial: a quantity was left out because nobody knows
 * its unit, or because it is an earlier one again. */
void sensors_lora_object_readings(struct sensors_decoding *decoding, const struct base_json *object,
                                  struct sensors_readings *readings, bool *ret_partial);
/* The device's own place, two objects deep. */
struct sensors_lora_place sensors_lora_object_place(const struct base_json *object);

/* --- lora_bytes.c: payloads decoded here, for models whose bytes are documented --- */
enum { SENSORS_LORA_BYTES_MAX = 256 };
/* base64 (RFC 4648, with or without padding); false when it is none or longer than size bytes. */
bool sensors_lora_base64(struct base_str text, uint8_t *bytes, size_t size, size_t *ret_len);
/* The object that the maker's own codec gives; false when the model is not known here or the bytes are not its. */
bool sensors_lora_bytes_object(struct base_str model, struct base_str data, double f_port,
                               struct base_json **ret_object);
/* lora_milesight.c: writes the members of such an object. False: the model is not Milesight's, or the bytes are not. */
bool sensors_lora_milesight(struct base_str model, struct base_reader *bytes, struct base_json_out *out);

#endif
