/* What formats of cameras share beside plates. Private to sensors/. */
#ifndef HUTONG_SENSORS_DECODE_CAMERA_H
#define HUTONG_SENSORS_DECODE_CAMERA_H

#include "sensors/decode_pass.h"

/* The same word, whatever its case, '_', '-' and spaces. */
bool sensors_camera_same(struct base_str said, const char *word);
/* What a camera calls an object or a sound, in lower case (static); "object" when it is a word of somebody's own. */
struct base_str sensors_camera_class(struct base_str label);
/* What the event is about; what the source says of its subjects goes before, except that a thing remains one. */
void sensors_camera_subject(const struct sensors_decoding *decoding, struct sensors_event *event,
                            enum sensors_subject type);
/* Makes it the access of this plate, or of one that could not be read. */
void sensors_camera_plate(struct sensors_decoding *decoding, struct sensors_event *event, struct base_str said,
                          double confidence);
/* The last that was kept of this camera's channel was the same, and no longer ago: nothing new. */
bool sensors_camera_again(struct sensors_decoding *decoding, struct base_str device, struct base_str channel,
                          struct base_id what, int64_t within_us);
/* time_us (or SENSORS_NO_TIME) of source's clock. */
void sensors_camera_time(struct sensors_event *event, int64_t time_us, enum sensors_time source);

#endif
