/* Readings to events. A yes or no is an event of its own, because rules look at each alone; numbers of one moment are
 * one event, because people look at them together. */
#include "sensors/decode_readings.h"

#include <math.h>
#include <string.h>

enum { NAME_MAX_LEN = 40, UNIT_MAX_LEN = 16 };

void sensors_readings_add(struct sensors_readings *readings, const struct sensors_quantity *quantity, const char *name,
                          double value, struct base_str unit)
{
    double converted = sensors_unit_convert(value, unit, quantity->unit);
    if (isnan(value) || readings->count == SENSORS_MEASURE_MAX) {
        return;
    }
    if (!(converted >= quantity->least && converted <= quantity->most)) {
        readings->sentinel = true;
        return;
    }
    readings->list[readings->count++] = (struct sensors_reading){
        .quantity = quantity, .name = name ? name : quantity->name, .unit = quantity->unit, .value = converted};
}

bool sensors_readings_have(const struct sensors_readings *readings, const char *name)
{
    for (size_t i = 0; i < readings->count; i++) {
        if (strcmp(readings->list[i].name, name) == 0) {
            return true;
        }
    }
    return false;
}

static bool is_word(struct base_str name)
{
    bool good = name.len > 0 && name.len <= NAME_MAX_LEN;
    for (size_t i = 0; i < name.len && good; i++) {
        char c = name.at[i];
        good = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
    }
    return good;
}

/* A unit that can be read as it is; what is no plain text, and a ratio, is 1. */
static const char *plain_unit(struct sensors_decoding *decoding, struct base_str unit)
{
    bool good = unit.len > 0 && unit.len <= UNIT_MAX_LEN && !base_str_is(unit, "/");
    for (size_t i = 0; i < unit.len && good; i++) {
        good = unit.at[i] > ' ' && unit.at[i] <= '~';
    }
    const char *copy = good ? sensors_decode_keep(decoding, unit).at : NULL;
    return copy ? copy : "1";
}

void sensors_readings_keep(struct sensors_decoding *decoding, struct sensors_readings *readings, struct base_str name,
                           double value, struct base_str unit)
{
    struct base_str copy = is_word(name) ? sensors_decode_keep(decoding, name) : (struct base_str){NULL, 0};
    if (copy.len && !isnan(value) && !sensors_decode_personal(name, value, unit) &&
        readings->count < SENSORS_MEASURE_MAX && !sensors_readings_have(readings, copy.at)) {
        readings->list[readings->count++] =
            (struct sensors_reading){.name = copy.at, .unit = plain_unit(decoding, unit), .value = value};
    }
}

static bool yes_no(const struct sensors_reading *reading)
{
    return reading->quantity && reading->quantity->kind != SENSORS_KIND_MEASUREMENT;
}

static bool diagnostic(const struct sensors_reading *reading)
{
    return reading->quantity && reading->quantity->diagnostic;
}

static void measure(struct sensors_event *event, const struct sensors_reading *reading)
{
    if (reading->text.len) {
        sensors_event_measure_text(event, reading->name, reading->text);
    } else {
        sensors_event_measure(event, reading->name, reading->value, reading->unit);
    }
}

static enum base_err add_event(struct sensors_decoding *decoding, const struct sensors_event *like,
                               struct sensors_identity identity, struct base_str channel,
                               struct sensors_event **ret_event)
{
    identity.channel = channel;
    return sensors_decode_add_like(decoding, like, &identity, ret_event);
}

static enum base_err add_yes_no(struct sensors_decoding *decoding, const struct sensors_reading *reading,
                                const struct sensors_event *like, const struct sensors_identity *identity)
{
    struct sensors_event *event;
    struct base_str channel = base_str_of(reading->name);
    bool on = reading->value != 0;
    enum base_err err = add_event(decoding, like, *identity, channel, &event);
    if (err) {
        return err;
    }
    event->kind = reading->quantity->kind;
    event->channel = channel;
    event->phase = sensors_decode_change(decoding, like->device, channel, on);
    event->severity = on ? reading->quantity->severity : SENSORS_NO_SEVERITY;
    measure(event, reading);
    return BASE_OK;
}

enum base_err sensors_readings_events(struct sensors_decoding *decoding, const struct sensors_readings *readings,
                                      const struct sensors_event *like, const struct sensors_identity *identity)
{
    size_t first = decoding->decoded.count, measured = 0, health = 0;
    struct sensors_event plain = *like, *rest = NULL;
    enum base_err err = BASE_OK;
    plain.flags |= readings->sentinel ? SENSORS_FLAG_SENTINEL : 0;
    for (size_t i = 0; i < readings->count && !err; i++) {
        const struct sensors_reading *reading = &readings->list[i];
        if (yes_no(reading)) {
            err = add_yes_no(decoding, reading, &plain, identity);
        } else {
            measured += !diagnostic(reading);
            health += diagnostic(reading);
        }
    }
    if (err || measured + health == 0) {
        return err;
    }
    if (measured || decoding->decoded.count == first) {
        err = add_event(decoding, &plain, *identity, (struct base_str){NULL, 0}, &rest);
        if (err) {
            return err;
        }
        rest->kind = SENSORS_KIND_MEASUREMENT;
    } else {
        rest = &decoding->decoded.events[first];
    }
    for (size_t i = 0; i < readings->count; i++) {
        if (!yes_no(&readings->list[i])) {
            measure(rest, &readings->list[i]);
        }
    }
    return BASE_OK;
}

enum base_err sensors_readings_position(struct sensors_decoding *decoding, struct sensors_readings *readings,
                                        const struct sensors_event *like, const struct sensors_identity *identity)
{
    struct sensors_identity own = *identity;
    struct sensors_event *event;
    size_t kept = 0;
    own.type = "position";
    enum base_err err = sensors_decode_add_like(decoding, like, &own, &event);
    if (err) {
        return err;
    }
    event->kind = SENSORS_KIND_POSITION;
    for (size_t i = 0; i < readings->count; i++) {
        if (diagnostic(&readings->list[i]) && !yes_no(&readings->list[i])) {
            measure(event, &readings->list[i]);
        } else {
            readings->list[kept++] = readings->list[i];
        }
    }
    readings->count = kept;
    event->flags |= readings->sentinel && kept == 0 ? SENSORS_FLAG_SENTINEL : 0;
    return BASE_OK;
}
