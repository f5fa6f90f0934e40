/* What Home Assistant's discovery says of an entity, and how it is remembered. Private to sensors/. */
#ifndef HUTONG_SENSORS_DECODE_HOMEASSISTANT_H
#define HUTONG_SENSORS_DECODE_HOMEASSISTANT_H

#include "sensors/decode_readings.h"

enum { SENSORS_HOMEASSISTANT_TOPIC_MAX = SENSORS_MEMORY_KEY_MAX - 8 };

struct sensors_homeassistant {
    struct base_str key;      /* topic of the configuration */
    struct base_str device;   /* id */
    struct base_str quantity; /* by the name quantity.c has */
    struct base_str unit;     /* empty: the quantity's own */
    struct base_str path;     /* members, a '.' between two; empty: the whole payload */
    struct base_str on, off;
    bool inverted; /* ON means no: a lock's "unlocked" */
};

struct base_str sensors_homeassistant_text(const struct base_json *json, const char *full, const char *brief);
/* Quantity of a device class; false: nothing Hutong reads. */
bool sensors_homeassistant_class(struct base_str component, struct base_str kind, struct sensors_homeassistant *entity);
/* Path of a value template; false: it is more than the name of a member. */
bool sensors_homeassistant_template(struct base_str text, struct sensors_homeassistant *entity);
/* The topic holds this entity, until its configuration is forgotten. What cannot be written down is left out. */
enum base_err sensors_homeassistant_remember(struct sensors_decoding *decoding, struct base_str topic,
                                             const struct sensors_homeassistant *entity) BASE_MUST_CHECK;
enum base_err sensors_homeassistant_forget(struct sensors_decoding *decoding, struct base_str key) BASE_MUST_CHECK;
/* Calls with each entity of the topic. */
enum base_err sensors_homeassistant_each(struct sensors_decoding *decoding, struct base_str topic,
                                         enum base_err (*call)(void *context,
                                                               const struct sensors_homeassistant *entity),
                                         void *context, bool *ret_known) BASE_MUST_CHECK;

#endif
