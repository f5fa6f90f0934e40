/* What Zigbee2MQTT's converters call things (https://www.zigbee2mqtt.io/devices), and their units. A device with
 * several of a kind ends their names in "_l1" "_left" "_2". */
#include "sensors/decode_zigbee2mqtt.h"

#include <math.h>
#include <string.h>

enum { NAME_MAX_LEN = 40 };

enum as { NUMBER, YES_NO, NO_YES };

/* Of two for one quantity the first row that a message has counts: the older illuminance has no unit. */
static const struct {
    const char *member, *quantity;
    const char *name; /* of the measure; NULL: the quantity's */
    const char *unit;
    enum as as;
} fields[] = {
    {"smoke", "smoke", NULL, "", YES_NO},
    {"gas", "gas", NULL, "", YES_NO},
    {"carbon_monoxide", "co_alarm", NULL, "", YES_NO},
    {"water_leak", "water_leak", NULL, "", YES_NO},
    {"sos", "sos", NULL, "", YES_NO},
    {"emergency", "sos", NULL, "", YES_NO},
    {"tamper", "tamper", NULL, "", YES_NO},
    {"trouble", "fault", NULL, "", YES_NO},
    {"vibration", "vibration_alarm", NULL, "", YES_NO},
    {"contact", "open", NULL, "", NO_YES}, /* true: the magnet is there */
    {"occupancy", "occupancy", NULL, "", YES_NO},
    {"presence", "occupancy", NULL, "", YES_NO},
    {"motion", "motion", NULL, "", YES_NO},
    {"battery_low", "battery_low", NULL, "", YES_NO},
    {"temperature", "temperature", NULL, "Cel", NUMBER},
    {"local_temperature", "temperature", NULL, "Cel", NUMBER},
    {"humidity", "humidity", NULL, "%", NUMBER},
    {"soil_moisture", "humidity", "soil_moisture", "%", NUMBER},
    {"pressure", "pressure", NULL, "hPa", NUMBER},
    {"illuminance_lux", "illuminance", NULL, "lx", NUMBER},
    {"illuminance", "illuminance", NULL, "lx", NUMBER},
    {"noise", "sound", NULL, "dB", NUMBER},
    {"co2", "co2", NULL, "ppm", NUMBER},
    {"co", "co", NULL, "ppm", NUMBER},
    {"pm1", "pm1", NULL, "ug/m3", NUMBER},
    {"pm25", "pm2_5", NULL, "ug/m3", NUMBER},
    {"pm10", "pm10", NULL, "ug/m3", NUMBER},
    {"voc", "tvoc", NULL, "ug/m3", NUMBER},
    {"formaldehyd", "hcho", NULL, "mg/m3", NUMBER},
    {"hcho", "hcho", NULL, "mg/m3", NUMBER},
    {"liquid_depth", "level", NULL, "m", NUMBER},
    {"liquid_level_percent", "fill", NULL, "%", NUMBER},
    {"power", "power", NULL, "W", NUMBER},
    {"energy", "energy", NULL, "kWh", NUMBER},
    {"current", "current", NULL, "A", NUMBER},
    {"ac_frequency", "frequency", NULL, "Hz", NUMBER},
    {"voltage", "voltage", NULL, "V", NUMBER},
    {"battery", "battery", NULL, "%", NUMBER},
    {"linkquality", "link_quality", NULL, "lqi", NUMBER},
};

/* Of switches, doors and locks. */
static const struct {
    const char *word, *quantity;
    double value;
} states[] = {
    {"ON", "on", 1},       {"OFF", "on", 0},      {"OPEN", "open", 1},     {"CLOSE", "open", 0},
    {"CLOSED", "open", 0}, {"LOCK", "locked", 1}, {"UNLOCK", "locked", 0},
};

/* Switches side by side, phases of a meter. */
static const char *const endpoints[] = {"left", "right", "center",  "top",     "bottom", "a",
                                        "b",    "c",     "phase_a", "phase_b", "phase_c"};

static bool is_endpoint(struct base_str tail)
{
    for (size_t i = 0; i < BASE_COUNT(endpoints); i++) {
        if (base_str_is(tail, endpoints[i])) {
            return true;
        }
    }
    size_t first = tail.len && tail.at[0] == 'l';
    for (size_t i = first; i < tail.len; i++) {
        if (tail.at[i] < '0' || tail.at[i] > '9') {
            return false;
        }
    }
    return tail.len > first && tail.len <= first + 2;
}

/* What follows a name that ends in an endpoint's, with its "_"; empty: it is the name alone. False: another name. */
static bool named(struct base_str member, const char *name, struct base_str *ret_tail)
{
    size_t len = strlen(name);
    if (!base_str_starts(member, name)) {
        return false;
    }
    *ret_tail = (struct base_str){member.at + len, member.len - len};
    return member.len == len ||
           (member.at[len] == '_' && is_endpoint((struct base_str){member.at + len + 1, member.len - len - 1}));
}

static void add(struct sensors_decoding *decoding, struct sensors_readings *readings, const char *quantity_name,
                const char *name, struct base_str tail, double value, struct base_str unit)
{
    const struct sensors_quantity *quantity = sensors_quantity_find(base_str_of(quantity_name));
    char text[NAME_MAX_LEN];
    name = name ? name : quantity->name;
    int len = snprintf(text, sizeof text, "%s%.*s", name, (int)tail.len, tail.len ? tail.at : "");
    if (tail.len && len > 0 && (size_t)len < sizeof text) {
        name = base_arena_text(decoding->arena, (struct base_str){text, (size_t)len});
    }
    for (size_t i = 0; i < readings->count; i++) {
        if (name && strcmp(readings->list[i].name, name) == 0) {
            return; /* the same by another name */
        }
    }
    sensors_readings_add(readings, quantity, name, value, unit);
}

/* A battery's is in millivolts, a socket's in volts; one battery may have less than a volt. */
static struct base_str volts(const struct base_json *json, double value)
{
    bool battery = base_json_in_get(json, "battery") || base_json_in_get(json, "battery_low");
    return base_str_of(value > (battery ? 100 : 1000) ? "mV" : "V");
}

static bool is_null(const struct base_json *value)
{
    bool flag;
    double number;
    struct base_str text;
    return !base_json_in_bool(value, &flag) && !base_json_in_f64(value, &number) && !base_json_in_text(value, &text) &&
           !base_json_in_is_object(value) && !base_json_in_is_array(value);
}

static enum base_err add_field(struct sensors_decoding *decoding, const struct base_json *json, size_t row,
                               struct base_str tail, const struct base_json *value, struct sensors_readings *readings)
{
    struct base_str unit = base_str_of(fields[row].unit);
    double number = fields[row].as == NUMBER ? sensors_decode_number_of(value) : sensors_decode_yes_no(value);
    if (base_json_in_is_object(value) || base_json_in_is_array(value)) {
        return sensors_decode_fail(decoding, SENSORS_REASON_FIELD, "%s is an object or a list, not a value",
                                   fields[row].member);
    }
    if (isnan(number)) {
        readings->sentinel |= !is_null(value); /* null: not known yet */
        return BASE_OK;
    }
    if (strcmp(fields[row].member, "voltage") == 0) {
        unit = volts(json, number);
    }
    add(decoding, readings, fields[row].quantity, fields[row].name, tail,
        fields[row].as == NO_YES ? 1 - number : number, unit);
    return BASE_OK;
}

static void add_state(struct sensors_decoding *decoding, struct base_str tail, struct base_str word,
                      struct sensors_readings *readings)
{
    for (size_t i = 0; i < BASE_COUNT(states); i++) {
        if (base_str_is(word, states[i].word)) {
            add(decoding, readings, states[i].quantity, NULL, tail, states[i].value, (struct base_str){NULL, 0});
            return;
        }
    }
}

static enum base_err add_member(struct sensors_decoding *decoding, const struct base_json *json, struct base_str member,
                                const struct base_json *value, struct sensors_decode_zigbee2mqtt_said *said)
{
    struct base_str tail, word;
    bool text = base_json_in_text(value, &word);
    if (named(member, "state", &tail) && text) {
        add_state(decoding, tail, word, &said->readings);
        return BASE_OK;
    }
    if (named(member, "action", &tail)) {
        said->action = text && !tail.len ? word : said->action;
        return BASE_OK;
    }
    for (size_t i = 0; i < BASE_COUNT(fields); i++) {
        bool second = strcmp(fields[i].member, "illuminance") == 0 && base_json_in_get(json, "illuminance_lux");
        if (!second && named(member, fields[i].member, &tail)) {
            return add_field(decoding, json, i, tail, value, &said->readings);
        }
    }
    return BASE_OK;
}

enum base_err sensors_decode_zigbee2mqtt_values(struct sensors_decoding *decoding, const struct base_json *json,
                                                struct sensors_decode_zigbee2mqtt_said *ret_said)
{
    struct base_str member;
    const struct base_json *value;
    enum base_err err = BASE_OK;
    for (void *at = NULL; !err && base_json_in_next(json, &at, &member, &value);) {
        err = add_member(decoding, json, member, value, ret_said);
    }
    return err;
}
