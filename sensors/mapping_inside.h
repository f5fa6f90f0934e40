/* What a LoRaWAN payload means, by the device's brand and model: mappings that stand inside a network's format. Private
 * to sensors/. */
#ifndef HUTONG_SENSORS_MAPPING_INSIDE_H
#define HUTONG_SENSORS_MAPPING_INSIDE_H

#include "sensors/decode_private.h"

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

#endif
