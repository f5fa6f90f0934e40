/* The parts of the Tasmota decoder. Private to sensors/. */
#ifndef HUTONG_SENSORS_DECODE_TASMOTA_H
#define HUTONG_SENSORS_DECODE_TASMOTA_H

#include "sensors/decode_readings.h"

struct sensors_decode_tasmota {
    struct sensors_decoding *decoding;
    struct base_str device, what; /* of the topic */
    bool asked;                   /* cmnd: a command, not a report */
    struct base_str temperature, pressure;
    int64_t time_us;           /* as the message has it */
    struct sensors_event like; /* with device and times */
};

/* decode_tasmota.c */
/* "POWER" "POWER2": the number, 1 when there is none; 0: it is another word. */
unsigned sensors_decode_tasmota_numbered(struct base_str word, const char *name);
/* "temperature", and "temperature_2" for the second; NULL when the message has no more room. */
const char *sensors_decode_tasmota_name(const struct sensors_decode_tasmota *message, const char *name,
                                        unsigned number);
/* Letters, digits, '-', '_', '.', not many: what a driver is called. */
bool sensors_decode_tasmota_plain(struct base_str key);
struct sensors_identity sensors_decode_tasmota_identity(const struct sensors_decode_tasmota *message, const char *type);
/* One more event, as like is. */
enum base_err sensors_decode_tasmota_add(const struct sensors_decode_tasmota *message,
                                         const struct sensors_identity *identity,
                                         struct sensors_event **ret_event) BASE_MUST_CHECK;
/* decode_tasmota_block.c: one sensor's block of a message, by its key: a card, a beacon, or numbers. */
enum base_err sensors_decode_tasmota_block(struct sensors_decode_tasmota *message, struct base_str key,
                                           const struct base_json *block) BASE_MUST_CHECK;
/* decode_tasmota_zigbee.c: what a bridge heard of Zigbee devices, each a device of its own. */
enum base_err sensors_decode_tasmota_zigbee(struct sensors_decode_tasmota *message,
                                            const struct base_json *heard) BASE_MUST_CHECK;

#endif
