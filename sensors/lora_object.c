/* A codec gives names and numbers, never units. What everybody means the same by is taken; a distance in millimetres,
 * centimetres or metres is not guessed. */
#include "sensors/lora.h"

#include <math.h>
#include <string.h>

enum { DEPTH_MAX = 2 }; /* objects inside the object: "gps_1":{...}, "data":{"cached":{...}} */

/* Measurements of one unit in all codecs seen. */
static const char *const agreed[] = {"temperature", "humidity", "co2",   "pm1",     "pm2_5",   "pm10",  "illuminance",
                                     "sound",       "people",   "count", "battery", "voltage", "uptime"};
/* Names that mean a quantity elsewhere and anything here: "light_level" is a step of 0 to 5. */
static const char *const vague[] = {"light_level", "luminosity", "state", "output", "lux_level", "signal", "moisture"};
/* Names that have their unit: Dragino's, and those of the Cayenne low power payload as both networks spell them, with
 * the channel behind ("temperature_1") or below ("temperatureSensor":{"1":21.5}). */
static const struct {
    const char *name, *quantity, *unit;
    bool numbered; /* only so */
} certain[] = {
    {"TempC_SHT", "temperature", "Cel", false},
    {"TempC_SHT31", "temperature", "Cel", false},
    {"TempC_DS", "temperature", "Cel", false},
    {"TempC_DS18B20", "temperature", "Cel", false},
    {"TempC1", "temperature", "Cel", false},
    {"Hum_SHT", "humidity", "%", false},
    {"Hum_SHT31", "humidity", "%", false},
    {"ILL_lx", "illuminance", "lx", false},
    {"temperature", "temperature", "Cel", true},
    {"relative_humidity", "humidity", "%", true},
    {"barometric_pressure", "pressure", "hPa", true},
    {"luminosity", "illuminance", "lx", true},
    {"presence", "occupancy", "", true},
    {"temperatureSensor", "temperature", "Cel", true},
    {"humiditySensor", "humidity", "%", true},
    {"barometer", "pressure", "hPa", true},
    {"illuminanceSensor", "illuminance", "lx", true},
    {"presenceSensor", "occupancy", "", true},
};
enum { DRAGINO_NO_PROBE = 32767, NAME_MAX_LEN = 40 };
static const struct {
    const char *word;
    double value;
} words[] = {{"leak", 1},     {"trigger", 1}, {"triggered", 1}, {"tilt", 1},  {"occupied", 1},
             {"motion", 1},   {"idle", 0},    {"vacant", 0},    {"dry", 0},   {"none", 0},
             {"no alarm", 0}, {"wet", 1},     {"unlock", 0},    {"locked", 1}};

bool sensors_lora_object(const struct base_json *member, const struct base_json **ret_object)
{
    struct base_str text;
    double number;
    bool truth;
    *ret_object = base_json_in_is_object(member) ? member : NULL;
    return *ret_object || !(base_json_in_is_array(member) || base_json_in_text(member, &text) ||
                            base_json_in_f64(member, &number) || base_json_in_bool(member, &truth));
}

static bool among(struct base_str name, const char *const *list, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (sensors_decode_is_word(name, list[i])) {
            return true;
        }
    }
    return false;
}

static double yes_no(const struct base_json *member)
{
    struct base_str text;
    double value = sensors_decode_yes_no(member);
    for (size_t i = 0; isnan(value) && base_json_in_text(member, &text) && i < BASE_COUNT(words); i++) {
        if (sensors_decode_is_word(text, words[i].word)) {
            value = words[i].value;
        }
    }
    return value;
}

/* "temperature_1" without its channel; as it is when it has none. */
static struct base_str unnumbered(struct base_str name, bool *ret_numbered)
{
    size_t len = name.len;
    while (len && name.at[len - 1] >= '0' && name.at[len - 1] <= '9') {
        len--;
    }
    *ret_numbered = len > 1 && len < name.len && name.at[len - 1] == '_';
    return *ret_numbered ? (struct base_str){name.at, len - 1} : name;
}

/* The row of a name with a unit, BASE_COUNT(certain) when it is none. */
static size_t certain_at(struct base_str name)
{
    bool numbered;
    struct base_str plain = unnumbered(name, &numbered);
    size_t at = 0;
    while (at < BASE_COUNT(certain) && !(certain[at].numbered ? numbered && base_str_is(plain, certain[at].name)
                                                              : base_str_is(name, certain[at].name))) {
        at++;
    }
    return at;
}

/* The second of a kind is "temperature_2". */
static const char *next_name(struct sensors_decoding *decoding, const struct sensors_readings *readings,
                             const char *name)
{
    char text[NAME_MAX_LEN];
    size_t count = 0;
    for (size_t i = 0; i < readings->count; i++) {
        const struct sensors_quantity *quantity = readings->list[i].quantity;
        count += quantity && strcmp(quantity->name, name) == 0;
    }
    int len = snprintf(text, sizeof text, "%s_%zu", name, count + 1);
    return count ? base_arena_text(decoding->arena, (struct base_str){text, (size_t)len}) : name;
}

static void add_certain(struct sensors_decoding *decoding, struct sensors_readings *readings, size_t row,
                        const struct base_json *member)
{
    const struct sensors_quantity *quantity = sensors_quantity_find(base_str_of(certain[row].quantity));
    bool measured = quantity->kind == SENSORS_KIND_MEASUREMENT;
    double value = measured ? sensors_decode_number_of(member) : yes_no(member);
    if (fabs(value * 100 - DRAGINO_NO_PROBE) < 1 || fabs(value * 10 - DRAGINO_NO_PROBE) < 1) {
        readings->sentinel = true;
        return;
    }
    sensors_readings_add(readings, quantity, next_name(decoding, readings, quantity->name), value,
                         base_str_of(certain[row].unit));
}

/* False: it is a quantity, and cannot be taken for one. */
static bool add(struct sensors_readings *readings, struct base_str name, const struct base_json *member)
{
    const struct sensors_quantity *quantity = sensors_quantity_find(name);
    if (!quantity) {
        return true; /* counters, versions, states of its own */
    }
    bool measured = quantity->kind == SENSORS_KIND_MEASUREMENT;
    double value = measured ? sensors_decode_number_of(member) : yes_no(member);
    if (isnan(value) || among(name, vague, BASE_COUNT(vague))) {
        return false;
    }
    if (strcmp(quantity->name, "battery") == 0 && value < 5 && value != floor(value)) {
        quantity = sensors_quantity_find(base_str_of("voltage")); /* 3.6 is no percentage that anybody sends */
    }
    if (measured && !among(base_str_of(quantity->name), agreed, BASE_COUNT(agreed))) {
        return false;
    }
    bool millivolts = strcmp(quantity->name, "voltage") == 0 && value >= 1000;
    sensors_readings_add(readings, quantity, NULL, value, base_str_of(millivolts ? "mV" : ""));
    return true;
}

/* Part of a position; speed is one in any unit. */
static bool names_place(struct base_str key)
{
    static const char *const names[] = {"latitude",     "longitude", "lat",        "lon",      "lng",    "long",
                                        "latitudedeg",  "altitude",  "alt",        "accuracy", "hdop",   "sats",
                                        "longitudedeg", "altitudem", "altitude_m", "speed",    "course", "heading"};
    return among(key, names, BASE_COUNT(names));
}

/* An earlier value said once more. */
static bool says_stale(struct base_str key)
{
    static const char *const names[] = {"cached", "stale", "last_known", "lastknown", "previous", "last_position"};
    return among(key, names, BASE_COUNT(names));
}

/* Cayenne's channels, by their numbers; false: they are something else. */
static bool add_channels(struct sensors_decoding *decoding, struct base_str key, const struct base_json *channels,
                         struct sensors_readings *readings)
{
    char text[NAME_MAX_LEN];
    struct base_str number;
    const struct base_json *member;
    int len = snprintf(text, sizeof text, "%.*s_1", (int)(key.len < 30 ? key.len : 30), key.at);
    size_t row = certain_at((struct base_str){text, (size_t)len});
    for (void *at = NULL; row < BASE_COUNT(certain) && base_json_in_next(channels, &at, &number, &member);) {
        add_certain(decoding, readings, row, member);
    }
    return row < BASE_COUNT(certain);
}

static void read_object(struct sensors_decoding *decoding, const struct base_json *object, int depth,
                        struct sensors_readings *readings, bool *ret_partial)
{
    void *at = NULL;
    struct base_str key;
    double number;
    bool truth;
    const struct base_json *member;
    while (base_json_in_next(object, &at, &key, &member)) {
        if (says_stale(key)) {
            *ret_partial = true;
        } else if (base_json_in_is_object(member) && depth < DEPTH_MAX) {
            if (!add_channels(decoding, key, member, readings)) {
                read_object(decoding, member, depth + 1, readings, ret_partial);
            }
        } else if (certain_at(key) < BASE_COUNT(certain)) {
            add_certain(decoding, readings, certain_at(key), member);
        } else if (!names_place(key) && !add(readings, key, member)) {
            /* A number nobody knows the unit of is a loss; null and texts are how codecs say "none". */
            *ret_partial = *ret_partial || base_json_in_f64(member, &number) || base_json_in_bool(member, &truth);
        }
    }
}

void sensors_lora_object_readings(struct sensors_decoding *decoding, const struct base_json *object,
                                  struct sensors_readings *readings, bool *ret_partial)
{
    *ret_partial = false;
    read_object(decoding, object, 0, readings, ret_partial);
}

/* --- place --- */
static double first(const struct base_json *object, const char *const *names, size_t count)
{
    double value = NAN;
    for (size_t i = 0; isnan(value) && i < count; i++) {
        value = sensors_decode_number(object, names[i]);
    }
    return value;
}

static struct sensors_lora_place place_of(const struct base_json *object)
{
    static const char *const lats[] = {"latitude", "lat", "latitudeDeg", "Latitude", "Lat", "LAT"};
    static const char *const lons[] = {"longitude", "lon",  "lng", "long", "longitudeDeg",
                                       "Longitude", "Long", "Lon", "LON"};
    static const char *const alts[] = {"altitude", "alt", "altitude_m", "altitudeM", "Altitude"};
    static const char *const accs[] = {"accuracy", "acc", "accuracy_m", "accuracyM"};
    return (struct sensors_lora_place){.lon = first(object, lons, BASE_COUNT(lons)),
                                       .lat = first(object, lats, BASE_COUNT(lats)),
                                       .alt_m = first(object, alts, BASE_COUNT(alts)),
                                       .acc_m = first(object, accs, BASE_COUNT(accs)),
                                       .source = SENSORS_POSITION_GNSS};
}

static struct sensors_lora_place find_place(const struct base_json *object, int depth)
{
    struct sensors_lora_place place = place_of(object);
    void *at = NULL;
    struct base_str key;
    const struct base_json *member;
    bool found = !isnan(place.lon) && !isnan(place.lat);
    while (!found && depth < DEPTH_MAX && base_json_in_next(object, &at, &key, &member)) {
        if (base_json_in_is_object(member) && !says_stale(key)) {
            place = find_place(member, depth + 1);
            found = !isnan(place.lon);
        }
    }
    return found ? place : sensors_lora_nowhere();
}

struct sensors_lora_place sensors_lora_object_place(const struct base_json *object)
{
    return find_place(object, 0);
}
