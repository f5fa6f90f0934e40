/* What passes a gate or a door. Private to sensors/. */
#ifndef HUTONG_SENSORS_DECODE_PASS_H
#define HUTONG_SENSORS_DECODE_PASS_H

#include "sensors/decode_private.h"

/* The plate as subject, in one spelling whoever read it: capitals, no marks. None read: no subject, flagged. */
void sensors_pass_plate(struct sensors_decoding *decoding, struct sensors_event *event, struct base_str plate);
/* Whether it is one of the words for that. */
bool sensors_pass_unread(struct sensors_decoding *decoding, struct base_str plate);
/* Of nothing, when no plate was read, there is none. */
void sensors_pass_confidence(struct sensors_event *event, double said);
void sensors_pass_speed(struct sensors_event *event, double kmh);
/* The level of the topic that follows the level `before`; empty: none. */
struct base_str sensors_pass_level(struct base_str topic, const char *before);
/* Kind and phase; about the device itself, or about what a camera sees. */
void sensors_pass_thing(struct sensors_event *event, enum sensors_kind kind, enum sensors_phase phase);

#endif
