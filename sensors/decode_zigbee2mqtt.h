/* The two halves of the Zigbee2MQTT decoder. Private to sensors/. */
#ifndef HUTONG_SENSORS_DECODE_ZIGBEE2MQTT_H
#define HUTONG_SENSORS_DECODE_ZIGBEE2MQTT_H

#include "sensors/decode_readings.h"

struct sensors_decode_zigbee2mqtt_said {
    struct sensors_readings readings;
    struct base_str action; /* a button's word, borrowed; empty: none */
};
/* decode_zigbee2mqtt_values.c: what the members of a device's message mean. FIELD when one that must be a value is an
 * object or a list. */
enum base_err sensors_decode_zigbee2mqtt_values(struct sensors_decoding *decoding, const struct base_json *json,
                                                struct sensors_decode_zigbee2mqtt_said *ret_said) BASE_MUST_CHECK;

#endif
