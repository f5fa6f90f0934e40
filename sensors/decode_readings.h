/* What devices measure and say, from many names and units to events. Private to sensors/. */
#ifndef HUTONG_SENSORS_DECODE_READINGS_H
#define HUTONG_SENSORS_DECODE_READINGS_H

#include "sensors/decode_private.h"

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
/* Of a quantity nobody knows, where the format lets devices name what they measure: under its own name, if that is a
 * word of letters, digits and '_' of up to 40 bytes, in the unit that is said, else 1. The first of a name stays. */
void sensors_readings_keep(struct sensors_decoding *decoding, struct sensors_readings *readings, struct base_str name,
                           double value, struct base_str unit);
bool sensors_readings_have(const struct sensors_readings *readings, const char *name);
/* Events like this one: one for each alarm, detection and state - its channel the reading's name, its phase by what was
 * known of it - and a measurement for the rest. What only tells how the device does goes along with the first event
 * when nothing else is measured. Each gets its dedup of identity and channel; like has device and times already. No
 * readings, no event. */
enum base_err sensors_readings_events(struct sensors_decoding *decoding, const struct sensors_readings *readings,
                                      const struct sensors_event *like,
                                      const struct sensors_identity *identity) BASE_MUST_CHECK;

/* A position like this one, before the events above: it takes how the device does (battery, rssi ...) off the readings;
 * the events of those that stay carry the place, too. */
enum base_err sensors_readings_position(struct sensors_decoding *decoding, struct sensors_readings *readings,
                                        const struct sensors_event *like,
                                        const struct sensors_identity *identity) BASE_MUST_CHECK;

#endif
