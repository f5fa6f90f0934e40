/* What the components of a Shelly are like (https://shelly-api-docs.shelly.cloud, "Components and Services"). A change
 * comes by two topics: as a difference and, milliseconds later, with everything else of the component. */
#include "sensors/decode_shelly.h"

#include <math.h>
#include <string.h>

#define WINDOW_US INT64_C(2000000)

enum { NOTE_MAX = 1500, TOKEN_MAX = 80 };

static const struct {
    const char *components, *path, *quantity;
    const char *name; /* of the measure; NULL: the quantity's */
    const char *unit; /* NULL: yes or no */
} fields[] = {
    {"switch light rgb rgbw cct", "output", "on", NULL, NULL},
    {"input", "state", "on", "input", NULL},
    {"smoke", "alarm", "smoke", NULL, NULL},
    {"flood", "alarm", "water_leak", NULL, NULL},
    {"motion", "motion", "motion", NULL, NULL},
    {"motion", "value", "motion", NULL, NULL},
    {"occupancy presence presencezone", "value", "occupancy", NULL, NULL},
    {"occupancy presence presencezone", "state", "occupancy", NULL, NULL},
    {"switch light rgb rgbw cct cover pm1", "apower", "power", NULL, "W"},
    {"em1", "act_power", "power", NULL, "W"},
    {"em", "total_act_power", "power", NULL, "W"},
    {"switch light rgb rgbw cct cover pm1 em1 voltmeter", "voltage", "voltage", NULL, "V"},
    {"em", "a_voltage", "voltage", NULL, "V"},
    {"em", "b_voltage", "voltage", "voltage_2", "V"},
    {"em", "c_voltage", "voltage", "voltage_3", "V"},
    {"switch light rgb rgbw cct cover pm1 em1", "current", "current", NULL, "A"},
    {"em", "total_current", "current", NULL, "A"},
    {"switch light rgb rgbw cct cover pm1 em1", "freq", "frequency", NULL, "Hz"},
    {"switch light rgb rgbw cct cover pm1", "aenergy.total", "energy", NULL, "Wh"},
    {"em1data", "total_act_energy", "energy", NULL, "Wh"},
    {"emdata", "total_act", "energy", NULL, "Wh"},
    {"temperature", "tC", "temperature", NULL, "Cel"},
    {"humidity", "rh", "humidity", NULL, "%"},
    {"illuminance", "lux", "illuminance", NULL, "lx"},
    {"input", "counts.total", "count", NULL, "1"},
    {"devicepower", "battery.percent", "battery", NULL, "%"},
    {"devicepower", "battery.V", "voltage", NULL, "V"},
};

static bool one_of(const char *words, struct base_str word)
{
    struct base_str rest = base_str_of(words), next;
    bool found = false;
    while (!found && base_str_next(&rest, ' ', &next)) {
        found = base_str_equal(next, word);
    }
    return found;
}

static bool is_known(struct base_str type)
{
    bool known = false;
    for (size_t i = 0; i < BASE_COUNT(fields) && !known; i++) {
        known = one_of(fields[i].components, type);
    }
    return known;
}

/* "a.b" */
static const struct base_json *member_at(const struct base_json *json, const char *path)
{
    struct base_str rest = base_str_of(path), level;
    char name[32];
    while (json && base_str_next(&rest, '.', &level)) {
        snprintf(name, sizeof name, "%.*s", (int)level.len, level.at);
        json = base_json_in_get(json, name);
    }
    return json;
}

static void add(const struct sensors_decode_shelly *message, struct sensors_readings *readings, size_t row, unsigned id,
                const struct base_json *value)
{
    const struct sensors_quantity *quantity = sensors_quantity_find(base_str_of(fields[row].quantity));
    const char *name = fields[row].name ? fields[row].name : quantity->name;
    bool yes_no = !fields[row].unit;
    double number = yes_no ? sensors_decode_yes_no(value) : sensors_decode_number_of(value);
    sensors_readings_add(readings, quantity, yes_no ? sensors_decode_shelly_name(message, name, id) : name, number,
                         base_str_of(fields[row].unit));
}

static void read_component(const struct sensors_decode_shelly *message, struct base_str type, unsigned id,
                           const struct base_json *component, struct sensors_readings *readings)
{
    for (size_t i = 0; i < BASE_COUNT(fields); i++) {
        if (one_of(fields[i].components, type)) {
            add(message, readings, i, id, member_at(component, fields[i].path));
        }
    }
    struct base_str state = sensors_decode_text(component, "state");
    bool open = base_str_is(state, "open");
    if (base_str_is(type, "cover") && (open || base_str_is(state, "closed"))) {
        sensors_readings_add(readings, sensors_quantity_find(base_str_of("open")),
                             sensors_decode_shelly_name(message, "open", id), open, (struct base_str){NULL, 0});
    }
}

/* --- told before --- */
struct note {
    char text[NOTE_MAX]; /* "TIME WAY;name=value;name=value;" */
    size_t len;
};

static bool holds(struct base_str text, const char *token, size_t len)
{
    return text.len >= len && len && memmem(text.at, text.len, token, len) != NULL;
}

static void append(struct note *note, const char *text, size_t len)
{
    if (note->len + len <= sizeof note->text) {
        memcpy(note->text + note->len, text, len);
        note->len += len;
    }
}

/* Of old what new does not say. */
static void keep_rest(struct note *note, struct base_str old)
{
    struct base_str token, name, rest;
    char start[TOKEN_MAX];
    while (base_str_next(&old, ';', &token)) {
        rest = token;
        int len = base_str_next(&rest, '=', &name) && rest.at
                      ? snprintf(start, sizeof start, ";%.*s=", (int)name.len, name.at)
                      : 0;
        if (len > 0 && (size_t)len < sizeof start &&
            !holds((struct base_str){note->text, note->len}, start, (size_t)len)) {
            append(note, token.at, token.len);
            append(note, ";", 1);
        }
    }
}

/* "TIME WAY" of a note, and whether that was another way a moment ago. */
static bool other_way(const struct sensors_decode_shelly *message, struct base_str head)
{
    struct base_str time;
    int64_t then;
    if (!base_str_next(&head, ' ', &time) || !base_str_i64(time, &then) || base_str_is(head, message->way)) {
        return false;
    }
    int64_t past = message->decoding->message->t_recv - then;
    return past <= WINDOW_US && past >= -WINDOW_US;
}

/* True: the other topic told all of it within two seconds. What is known of the component is brought up to date. */
static bool told_before(const struct sensors_decode_shelly *message, struct base_str component,
                        const struct sensors_readings *readings)
{
    struct sensors_memory *memory = message->decoding->message->memory;
    char key_text[SENSORS_MEMORY_KEY_MAX], token[TOKEN_MAX];
    struct note note = {.len = 0};
    struct base_str old = {NULL, 0}, head = {NULL, 0};
    int len = snprintf(key_text, sizeof key_text, "shelly/%.*s/%.*s", (int)component.len, component.at,
                       (int)message->device.len, message->device.at);
    const struct base_str key = {key_text, (size_t)len};
    if (!memory || message->decoding->message->retained || (size_t)len >= sizeof key_text) {
        return false;
    }
    bool known = sensors_memory_get(memory, key, &old), all = true;
    if (known) {
        struct base_str rest = old;
        known = base_str_next(&rest, ';', &head);
    }
    len = snprintf(token, sizeof token, "%lld %s;", (long long)message->decoding->message->t_recv, message->way);
    append(&note, token, (size_t)len);
    for (size_t i = 0; i < readings->count; i++) {
        len = snprintf(token, sizeof token, ";%s=%.9g;", readings->list[i].name, readings->list[i].value);
        all &= len > 0 && (size_t)len < sizeof token && holds(old, token, (size_t)len);
        append(&note, token + 1, (size_t)len - 1);
    }
    keep_rest(&note, old);
    if (known && all && other_way(message, head)) {
        return true;
    }
    enum base_err err = sensors_memory_set(memory, key, (struct base_str){note.text, note.len});
    (void)err; /* a full memory: then it is stored twice */
    return false;
}

/* --- events --- */
/* A dump of everything is no news - but danger that nobody heard of is. */
static void settle(struct sensors_decode_shelly *message, size_t first)
{
    struct sensors_decoded *decoded = &message->decoding->decoded;
    for (size_t i = first; message->full && i < decoded->count; i++) {
        struct sensors_event *event = &decoded->events[i];
        bool danger = event->kind == SENSORS_KIND_ALARM && event->phase == SENSORS_PHASE_START;
        event->phase = danger || event->kind == SENSORS_KIND_MEASUREMENT ? event->phase : SENSORS_PHASE_SNAPSHOT;
    }
}

static struct base_str said(struct base_str key, const struct sensors_readings *readings, char text[NOTE_MAX])
{
    size_t len = (size_t)snprintf(text, NOTE_MAX, "%.*s;", (int)key.len, key.at);
    for (size_t i = 0; i < readings->count && len + TOKEN_MAX < NOTE_MAX; i++) {
        int more = snprintf(text + len, TOKEN_MAX, "%s=%.9g;", readings->list[i].name, readings->list[i].value);
        len += more > 0 && more < TOKEN_MAX ? (size_t)more : 0;
    }
    return (struct base_str){text, len};
}

enum base_err sensors_decode_shelly_component(struct sensors_decode_shelly *message, struct base_str key,
                                              const struct base_json *component)
{
    static const char *const networks[] = {"ssid", "bssid"};
    struct sensors_decoding *decoding = message->decoding;
    struct sensors_readings readings = {.count = 0};
    struct base_str id_text = key, type = key;
    char text[NOTE_MAX];
    int64_t id = 0;
    bool numbered = base_str_next(&id_text, ':', &type) && base_str_i64(id_text, &id);
    if (key.len > 40 || (id_text.at && !numbered) || id < 0 || id > 9999 || !is_known(type)) {
        decoding->decoded.redacted += sensors_decode_count(component, networks, BASE_COUNT(networks));
        return BASE_OK;
    }
    if (!base_json_in_is_object(component)) {
        return sensors_decode_fail(decoding, SENSORS_REASON_FIELD, "%.*s is not an object", (int)key.len, key.at);
    }
    read_component(message, type, (unsigned)id, component, &readings);
    if (readings.count && told_before(message, key, &readings)) {
        decoding->decoded.repeated++;
        return BASE_OK;
    }
    struct sensors_event like = message->like;
    like.channel = sensors_decode_keep(decoding, key);
    const struct sensors_identity identity = {.type = message->way,
                                              .time_us = message->time_us,
                                              .lon = NAN,
                                              .lat = NAN,
                                              .event = said(key, &readings, text),
                                              .region = key};
    size_t first = decoding->decoded.count;
    enum base_err err = sensors_readings_events(decoding, &readings, &like, &identity);
    sensors_decode_shelly_channels(message, first, like.channel);
    settle(message, first);
    return err;
}
