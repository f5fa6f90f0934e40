/* What trackers of vehicles report beside the position, whichever protocol brings it: a list of alarms that is complete
 * each time - so one that is no longer in it is over. */
#include "sensors/decode_vehicle.h"

#include <inttypes.h>
#include <string.h>

#define LASTS_US (INT64_C(3600) * 1000000) /* a tracker that falls silent does not say that its alarm is over */

#define HELP (UINT64_C(1) << SENSORS_VEHICLE_ALARM_SOS)

#define NAME_TEXT(name, text, severity) #text,
static const char *const names[] = {SENSORS_VEHICLE_ALARMS(NAME_TEXT)};
#define SEVERITY_NUMBER(name, text, severity) severity,
static const int severities[] = {SENSORS_VEHICLE_ALARMS(SEVERITY_NUMBER)};

static struct base_str key_of(struct base_str device, char text[SENSORS_MEMORY_KEY_MAX])
{
    int len = snprintf(text, SENSORS_MEMORY_KEY_MAX, "alarms/%.*s", (int)device.len, device.len ? device.at : "");
    return (struct base_str){text, len > 0 && len < SENSORS_MEMORY_KEY_MAX ? (size_t)len : 0};
}

/* The alarms that were on, by what the device said before. */
static uint64_t remembered(const struct sensors_decoding *decoding, struct base_str device)
{
    char text[SENSORS_MEMORY_KEY_MAX];
    struct base_str key = key_of(device, text), value;
    int64_t bits;
    bool known = key.len && sensors_memory_get(decoding->message->memory, key, &value);
    return known && base_str_i64(value, &bits) ? (uint64_t)bits : 0;
}

static void remember(const struct sensors_decoding *decoding, struct base_str device, uint64_t on)
{
    char text[SENSORS_MEMORY_KEY_MAX], number[24];
    struct base_str key = key_of(device, text);
    int len = snprintf(number, sizeof number, "%" PRIu64, on);
    struct base_str value = {number, on ? (size_t)len : 0};
    if (key.len && sensors_memory_set(decoding->message->memory, key, value)) {
        return; /* a full memory: each report of an alarm is its beginning */
    }
}

static enum base_err add(struct sensors_decoding *decoding, const struct sensors_event *like,
                         struct sensors_identity identity, const char *channel, struct sensors_event **ret_event)
{
    identity.channel = base_str_of(channel);
    enum base_err err = sensors_decode_add_like(decoding, like, &identity, ret_event);
    if (!err) {
        (*ret_event)->measure_count = 0;
        (*ret_event)->channel = identity.channel;
    }
    return err;
}

enum base_err sensors_vehicle_alarms(struct sensors_decoding *decoding, const struct sensors_event *like,
                                     const struct sensors_identity *identity, uint64_t on, bool all)
{
    const struct sensors_event pattern = *like;
    uint64_t before = remembered(decoding, pattern.device);
    uint64_t over = all ? before & ~on : 0;
    enum base_err err = BASE_OK;
    remember(decoding, pattern.device, (before & ~over) | on);
    over &= ~HELP;
    for (size_t i = 0; i < BASE_COUNT(names) && !err; i++) {
        uint64_t bit = UINT64_C(1) << i;
        struct sensors_event *event;
        if (!((on | over) & bit)) {
            continue;
        }
        err = add(decoding, &pattern, *identity, names[i], &event);
        if (err) {
            return err;
        }
        event->kind = SENSORS_KIND_ALARM;
        event->phase = over & bit ? SENSORS_PHASE_END : before & bit ? SENSORS_PHASE_UPDATE : SENSORS_PHASE_START;
        event->severity = on & bit ? severities[i] : SENSORS_NO_SEVERITY;
        event->lasts_us = on & bit & ~HELP ? LASTS_US : 0;
        sensors_event_measure(event, names[i], (on & bit) != 0, "1");
    }
    return err;
}
