/* What a Tasmota bridge heard of Zigbee devices (https://tasmota.github.io/docs/Zigbee):
 * {"ZbReceived":{"0x5ADF":{...}}}. The keys are short addresses or, with an option, names that people gave; "Device"
 * has the address then. */
#include "sensors/decode_tasmota.h"

#include <math.h>
#include <string.h>

enum { CHILDREN_MAX = 16, DEVICE_MAX = 200, SAID_MAX = 1000 };

/* NULL unit: yes or no. Power is a switch here, watts are ActivePower; Contact is the alarm of a door that is open. */
static const struct {
    const char *member, *quantity, *unit;
} fields[] = {
    {"Temperature", "temperature", "Cel"},
    {"Humidity", "humidity", "%"},
    {"Pressure", "pressure", "hPa"},
    {"Illuminance", "illuminance", "lx"},
    {"ActivePower", "power", "W"},
    {"RMSVoltage", "voltage", "V"},
    {"RMSCurrent", "current", "A"},
    {"BatteryPercentage", "battery", "%"},
    {"BatteryVoltage", "voltage", "V"},
    {"LinkQuality", "link_quality", "lqi"},
    {"Occupancy", "occupancy", NULL},
    {"Contact", "open", NULL},
    {"Fire", "fire", NULL},
    {"Water", "water_leak", NULL},
    {"CO", "co_alarm", NULL},
    {"Vibration", "vibration_alarm", NULL},
    {"Power", "on", NULL},
};

static void add_field(struct sensors_readings *readings, size_t row, const struct base_json *member)
{
    const char *unit = fields[row].unit;
    const struct sensors_quantity *quantity = sensors_quantity_find(base_str_of(fields[row].quantity));
    if (member && !sensors_readings_have(readings, quantity->name)) {
        sensors_readings_add(readings, quantity, NULL,
                             unit ? sensors_decode_number_of(member) : sensors_decode_yes_no(member),
                             unit ? base_str_of(unit) : (struct base_str){NULL, 0});
    }
}

/* No time, so what it said tells it from others. */
static struct base_str said(const struct sensors_readings *readings, struct base_str click, char *text, size_t size)
{
    size_t len =
        (size_t)snprintf(text, size, "%.*s;", (int)(click.len < 40 ? click.len : 40), click.len ? click.at : "");
    for (size_t i = 0; i < readings->count && len + 60 < size; i++) {
        int more = snprintf(text + len, size - len, "%s=%.9g;", readings->list[i].name, readings->list[i].value);
        len += more > 0 ? (size_t)more : 0;
    }
    return (struct base_str){text, len};
}

/* A button was pressed, or else: nothing is known but that it was heard. Battery and radio go along. */
static enum base_err heard(struct sensors_decode_tasmota *message, struct sensors_readings *readings,
                           struct sensors_identity identity, struct base_str click, double endpoint)
{
    struct sensors_event *event;
    const char *channel =
        sensors_decode_tasmota_name(message, "action", endpoint > 1 && endpoint < 100 ? (unsigned)endpoint : 1);
    identity.region = base_str_of(click.len && channel ? channel : "heard");
    enum base_err err = sensors_decode_tasmota_add(message, &identity, &event);
    if (err) {
        return err;
    }
    event->kind = click.len ? SENSORS_KIND_STATE : SENSORS_KIND_LIFECYCLE;
    if (click.len) {
        event->channel = base_str_of(channel ? channel : "action");
        sensors_event_measure_text(event, "action", sensors_decode_keep(message->decoding, click));
    }
    size_t kept = 0;
    for (size_t i = 0; i < readings->count; i++) {
        const struct sensors_reading *reading = &readings->list[i];
        if (reading->quantity->diagnostic && reading->quantity->kind == SENSORS_KIND_MEASUREMENT) {
            sensors_event_measure(event, reading->name, reading->value, reading->unit);
        } else {
            readings->list[kept++] = *reading;
        }
    }
    readings->count = kept;
    return BASE_OK;
}

static bool only_heard(const struct sensors_readings *readings)
{
    return readings->count == 0 ||
           (readings->count == 1 && strcmp(readings->list[0].quantity->name, "link_quality") == 0);
}

static enum base_err child(struct sensors_decode_tasmota *message, const struct base_json *said_of)
{
    struct sensors_readings readings = {.count = 0};
    struct base_str click = sensors_decode_text(said_of, "Click");
    char text[SAID_MAX];
    enum base_err err = BASE_OK;
    for (size_t i = 0; i < BASE_COUNT(fields); i++) {
        add_field(&readings, i, base_json_in_get(said_of, fields[i].member));
    }
    click = sensors_decode_tasmota_plain(click) ? click : (struct base_str){NULL, 0};
    struct sensors_identity identity = sensors_decode_tasmota_identity(message, "zigbee");
    identity.event = said(&readings, click, text, sizeof text);
    if (click.len || only_heard(&readings)) {
        err = heard(message, &readings, identity, click, sensors_decode_number(said_of, "Endpoint"));
    }
    return err ? err : sensors_readings_events(message->decoding, &readings, &message->like, &identity);
}

/* BRIDGE/ADDRESS; empty: neither key nor "Device" is an address, or it is too long. */
static struct base_str address(struct sensors_decode_tasmota *message, struct base_str bridge, struct base_str key,
                               const struct base_json *said_of)
{
    struct base_str device = sensors_decode_text(said_of, "Device");
    char text[DEVICE_MAX];
    device = device.len ? device : key;
    if (!base_str_starts(device, "0x") || !sensors_decode_tasmota_plain(device) ||
        bridge.len + device.len + 2 > sizeof text) {
        return (struct base_str){NULL, 0};
    }
    int len = snprintf(text, sizeof text, "%.*s/%.*s", (int)bridge.len, bridge.at, (int)device.len, device.at);
    return sensors_decode_keep(message->decoding, (struct base_str){text, (size_t)len});
}

enum base_err sensors_decode_tasmota_zigbee(struct sensors_decode_tasmota *message, const struct base_json *heard)
{
    const struct base_str bridge = message->device;
    struct base_str key;
    const struct base_json *said_of;
    enum base_err err = BASE_OK;
    int count = 0;
    for (void *at = NULL; !err && count < CHILDREN_MAX && base_json_in_next(heard, &at, &key, &said_of); count++) {
        struct base_str device = address(message, bridge, key, said_of);
        if (!base_json_in_is_object(said_of)) {
            err = sensors_decode_fail(message->decoding, SENSORS_REASON_FIELD, "ZbReceived: a device is no object");
        } else if (device.len) {
            message->device = message->like.device = device;
            err = child(message, said_of);
        }
    }
    message->device = message->like.device = bridge;
    return err;
}
