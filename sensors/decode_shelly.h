/* The parts of the Shelly decoder. Private to sensors/. */
#ifndef HUTONG_SENSORS_DECODE_SHELLY_H
#define HUTONG_SENSORS_DECODE_SHELLY_H

#include "sensors/decode_readings.h"

struct sensors_decode_shelly {
    struct sensors_decoding *decoding;
    struct base_str prefix; /* of the topic */
    struct base_str device;
    struct sensors_event like;
    int64_t time_us; /* as the message has it */
    const char *way; /* the topic or method it came by: the other one tells the same */
    bool full;       /* everything as it is, said without anything having happened */
};
/* decode_shelly.c: fills like; json has the time in "ts". */
void sensors_decode_shelly_begin(struct sensors_decode_shelly *message, const struct base_json *json);
/* A button of "input:0": a state without duration; word is one of Shelly's. */
enum base_err sensors_decode_shelly_button(struct sensors_decode_shelly *message, struct base_str component,
                                           const char *word) BASE_MUST_CHECK;
/* "on", "on_1": the name in the arena, or NULL when that is full. */
const char *sensors_decode_shelly_name(const struct sensors_decode_shelly *message, const char *name, unsigned id);
/* The states from `first` on are the component's: its name is their channel, what they are is in their measure. */
void sensors_decode_shelly_channels(struct sensors_decode_shelly *message, size_t first, struct base_str component);
/* decode_shelly_component.c: "switch:0" and what it is like; what is none of the known adds nothing. */
enum base_err sensors_decode_shelly_component(struct sensors_decode_shelly *message, struct base_str key,
                                              const struct base_json *component) BASE_MUST_CHECK;
/* decode_shelly_first.c: shellies/DEVICE/..., the devices before 2021; rest is what follows the device. */
enum base_err sensors_decode_shelly_first(struct sensors_decode_shelly *message, struct base_str rest) BASE_MUST_CHECK;

#endif
