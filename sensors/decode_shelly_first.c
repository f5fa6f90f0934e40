/* Shelly devices of the first generation: a topic a value, without time or JSON
 * (https://shelly-api-docs.shelly.cloud/gen1, "MQTT"). */
#include "sensors/decode_shelly.h"

#include <math.h>
#include <string.h>

enum { PATH_MAX_LEN = 60, LEVELS = 3 };

/* path: below the device, without the number of the relay. NULL unit: yes or no. */
static const struct {
    const char *path, *quantity, *name, *unit;
    double scale;
} fields[] = {
    {"relay", "on", NULL, NULL, 1},
    {"light", "on", NULL, NULL, 1},
    {"white", "on", NULL, NULL, 1},
    {"input", "on", "input", NULL, 1},
    {"sensor/smoke", "smoke", NULL, NULL, 1},
    {"sensor/flood", "water_leak", NULL, NULL, 1},
    {"sensor/motion", "motion", NULL, NULL, 1},
    {"sensor/vibration", "vibration_alarm", NULL, NULL, 1},
    {"sensor/state", "open", NULL, NULL, 1},
    {"sensor/gas", "gas", NULL, NULL, 1},
    {"sensor/temperature", "temperature", NULL, "Cel", 1},
    {"ext_temperature", "temperature", NULL, "Cel", 1},
    {"sensor/humidity", "humidity", NULL, "%", 1},
    {"ext_humidity", "humidity", NULL, "%", 1},
    {"sensor/lux", "illuminance", NULL, "lx", 1},
    {"sensor/battery", "battery", NULL, "%", 1},
    {"relay/power", "power", NULL, "W", 1},
    {"light/power", "power", NULL, "W", 1},
    {"roller/power", "power", NULL, "W", 1},
    {"emeter/power", "power", NULL, "W", 1},
    {"emeter/current", "current", NULL, "A", 1},
    {"emeter/voltage", "voltage", NULL, "V", 1},
    {"voltage", "voltage", NULL, "V", 1},
    {"emeter/total", "energy", NULL, "Wh", 1},
    {"relay/energy", "energy", NULL, "Wh", 1.0 / 60}, /* watt-minutes */
    {"light/energy", "energy", NULL, "Wh", 1.0 / 60},
    {"roller/energy", "energy", NULL, "Wh", 1.0 / 60},
};

/* What a motion sensor says in one object; its timestamp is that of the last motion, not of the message. */
static const struct {
    const char *member, *quantity, *unit;
} statuses[] = {
    {"motion", "motion", NULL},
    {"vibration", "vibration_alarm", NULL},
    {"lux", "illuminance", "lx"},
    {"bat", "battery", "%"},
};
enum { SENSOR_ERROR = 999 }; /* degrees or percent of a sensor that cannot be read */

static const struct {
    const char *letters, *word;
} presses[] = {
    {"S", "single_push"},
    {"SS", "double_push"},
    {"SSS", "triple_push"},
    {"L", "long_push"},
};

/* "relay/0/power" is path "relay/power" and number 0. */
static bool read_path(struct base_str rest, char ret_path[PATH_MAX_LEN], unsigned *ret_id)
{
    struct base_str level;
    size_t len = 0, levels = 0;
    int64_t number;
    *ret_id = 0;
    while (base_str_next(&rest, '/', &level)) {
        if (base_str_i64(level, &number)) {
            *ret_id = number >= 0 && number < 100 ? (unsigned)number : 0;
            continue;
        }
        if (++levels > LEVELS || len + level.len + 2 > PATH_MAX_LEN) {
            return false;
        }
        int more = snprintf(ret_path + len, PATH_MAX_LEN - len, "%s%.*s", len ? "/" : "", (int)level.len, level.at);
        len += (size_t)more;
    }
    return len > 0;
}

/* {"event":"S","event_cnt":2}; an empty event is said at every start. */
static enum base_err input_event(struct sensors_decode_shelly *message, unsigned id)
{
    char component[16];
    snprintf(component, sizeof component, "input:%u", id);
    AUTO(base_json) json = NULL;
    enum base_err err = sensors_decode_json(message->decoding, &json);
    struct base_str letters = sensors_decode_text(json, "event");
    for (size_t i = 0; !err && i < BASE_COUNT(presses); i++) {
        if (base_str_is(letters, presses[i].letters)) {
            return sensors_decode_shelly_button(message, base_str_of(component), presses[i].word);
        }
    }
    return err ? err : sensors_decode_ignore(message->decoding, 0);
}

static double yes_no(struct base_str payload)
{
    static const char *const yes[] = {"on", "true", "1", "open", "mild", "heavy"};
    static const char *const no[] = {"off", "false", "0", "close", "none", "overpower"}; /* that switches it off */
    for (size_t i = 0; i < BASE_COUNT(yes); i++) {
        if (base_str_is(payload, yes[i]) || base_str_is(payload, no[i])) {
            return base_str_is(payload, yes[i]);
        }
    }
    return NAN;
}

/* A self-test of the gas alarm, a door before its first report, a probe that fell off. */
static bool says_nothing(struct base_str payload, double number)
{
    return base_str_is(payload, "unknown") || base_str_is(payload, "test") || number == SENSOR_ERROR;
}

static enum base_err motion_status(struct sensors_decode_shelly *message)
{
    AUTO(base_json) json = NULL;
    struct sensors_readings readings = {.count = 0};
    enum base_err err = sensors_decode_json(message->decoding, &json);
    if (err) {
        return err;
    }
    for (size_t i = 0; i < BASE_COUNT(statuses); i++) {
        const struct base_json *member = base_json_in_get(json, statuses[i].member);
        sensors_readings_add(&readings, sensors_quantity_find(base_str_of(statuses[i].quantity)), NULL,
                             statuses[i].unit ? sensors_decode_number_of(member) : sensors_decode_yes_no(member),
                             statuses[i].unit ? base_str_of(statuses[i].unit) : (struct base_str){NULL, 0});
    }
    const struct sensors_identity identity = {.type = "first",
                                              .time_us = SENSORS_NO_TIME,
                                              .lon = NAN,
                                              .lat = NAN,
                                              .event = sensors_decode_word(message->decoding),
                                              .region = base_str_of("status")};
    err = sensors_readings_events(message->decoding, &readings, &message->like, &identity);
    message->decoding->decoded.ignored = !err && message->decoding->decoded.count == 0;
    return err;
}

static enum base_err value(struct sensors_decode_shelly *message, size_t row, unsigned id, struct base_str path)
{
    const struct sensors_quantity *quantity = sensors_quantity_find(base_str_of(fields[row].quantity));
    struct base_str payload = sensors_decode_word(message->decoding);
    struct sensors_readings readings = {.count = 0};
    const char *name = fields[row].name ? fields[row].name : quantity->name;
    bool known = !fields[row].unit;
    double number = known ? yes_no(payload) : NAN;
    bool good = known ? !isnan(number) : base_str_f64(payload, &number);
    if (says_nothing(payload, number)) {
        return sensors_decode_ignore(message->decoding, 0);
    }
    if (!good) {
        return sensors_decode_fail(message->decoding, SENSORS_REASON_FIELD, "%s: the payload is not its value",
                                   fields[row].path);
    }
    const struct sensors_identity identity = {
        .type = "first", .time_us = SENSORS_NO_TIME, .lon = NAN, .lat = NAN, .event = payload, .region = path};
    sensors_readings_add(&readings, quantity, known ? sensors_decode_shelly_name(message, name, id) : name,
                         number * fields[row].scale, base_str_of(fields[row].unit));
    message->like.channel = sensors_decode_keep(message->decoding, path);
    enum base_err err = sensors_readings_events(message->decoding, &readings, &message->like, &identity);
    sensors_decode_shelly_channels(message, 0, message->like.channel);
    message->decoding->decoded.ignored = !err && message->decoding->decoded.count == 0;
    return err;
}

enum base_err sensors_decode_shelly_first(struct sensors_decode_shelly *message, struct base_str rest)
{
    char path[PATH_MAX_LEN];
    unsigned id;
    if (!read_path(rest, path, &id)) {
        return sensors_decode_ignore(message->decoding, 0);
    }
    sensors_decode_shelly_begin(message, NULL);
    if (strcmp(path, "input_event") == 0) {
        return input_event(message, id);
    }
    if (strcmp(path, "status") == 0) {
        return motion_status(message);
    }
    for (size_t i = 0; i < BASE_COUNT(fields); i++) {
        if (strcmp(path, fields[i].path) == 0) {
            return value(message, i, id, rest);
        }
    }
    return sensors_decode_ignore(message->decoding, 0);
}
