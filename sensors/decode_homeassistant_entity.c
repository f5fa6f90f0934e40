/* What was said of Home Assistant's topics, in the source's memory:
 *
 *   "ha/STATE TOPIC"    a line an entity: configuration's topic, device, quantity, unit, path, on, off, "!" when
 * inverted "hac/CONFIG TOPIC"  the state topics that have a line of it
 *
 * Fields are parted by unit separators, so a text with control characters cannot be written down.
 */
#include "sensors/decode_homeassistant.h"

#include <string.h>

enum { FIELDS = 8 };
#define PARTED '\x1F'

/* Device classes of binary sensors and sensors (home-assistant.io); components without one. */
static const struct {
    const char *component, *kind, *quantity;
    bool inverted;
} classes[] = {
    {"binary_sensor", "motion", "motion", false},
    {"binary_sensor", "moving", "motion", false},
    {"binary_sensor", "occupancy", "occupancy", false},
    {"binary_sensor", "presence", "occupancy", false},
    {"binary_sensor", "door", "open", false},
    {"binary_sensor", "garage_door", "open", false},
    {"binary_sensor", "opening", "open", false},
    {"binary_sensor", "window", "open", false},
    {"binary_sensor", "smoke", "smoke", false},
    {"binary_sensor", "gas", "gas", false},
    {"binary_sensor", "carbon_monoxide", "co_alarm", false},
    {"binary_sensor", "heat", "fire", false},
    {"binary_sensor", "moisture", "water_leak", false},
    {"binary_sensor", "safety", "intrusion", false},
    {"binary_sensor", "tamper", "tamper", false},
    {"binary_sensor", "vibration", "vibration_alarm", false},
    {"binary_sensor", "battery", "battery_low", false},
    {"binary_sensor", "problem", "fault", false},
    {"binary_sensor", "lock", "locked", true}, /* ON is unlocked */
    {"binary_sensor", "connectivity", "online", false},
    {"binary_sensor", "power", "on", false},
    {"binary_sensor", "plug", "on", false},
    {"binary_sensor", "running", "on", false},
    {"binary_sensor", "light", "on", false},
    {"binary_sensor", "", "on", false},
    {"switch", "", "on", false},
    {"switch", "switch", "on", false},
    {"switch", "outlet", "on", false},
    {"light", "", "on", false},
    {"fan", "", "on", false},
    {"siren", "", "on", false},
    {"sensor", "atmospheric_pressure", "pressure", false},
    {"sensor", "carbon_dioxide", "co2", false},
    {"sensor", "carbon_monoxide", "co", false},
    {"sensor", "volatile_organic_compounds", "tvoc", false},
    {"sensor", "signal_strength", "rssi", false},
    {"sensor", "sound_pressure", "sound", false},
    {"sensor", "moisture", "humidity", false},
    {"sensor", "water", "volume", false},
    {"sensor", "gas", "volume", false},
};

bool sensors_homeassistant_class(struct base_str component, struct base_str kind, struct sensors_homeassistant *entity)
{
    for (size_t i = 0; i < BASE_COUNT(classes); i++) {
        if (base_str_is(component, classes[i].component) && base_str_is(kind, classes[i].kind)) {
            entity->quantity = base_str_of(classes[i].quantity);
            entity->inverted = classes[i].inverted;
            return true;
        }
    }
    const struct sensors_quantity *quantity = sensors_quantity_find(kind);
    bool number = base_str_is(component, "sensor") && quantity && quantity->kind == SENSORS_KIND_MEASUREMENT;
    entity->quantity = base_str_of(number ? quantity->name : NULL);
    return number;
}

/* A name between '.' and '.', or in ['...']. False: something else. */
static bool take_member(struct base_str *rest, struct base_str *ret_member)
{
    size_t skip = rest->len > 3 && rest->at[0] == '[' && (rest->at[1] == '\'' || rest->at[1] == '"') ? 2 : 1;
    if (!rest->len || (skip == 1 && rest->at[0] != '.')) {
        return false;
    }
    struct base_str name = {rest->at + skip, 0};
    const char *end = rest->at + rest->len;
    while (name.at + name.len < end &&
           (skip == 2 ? name.at[name.len] != rest->at[1] : name.at[name.len] != '.' && name.at[name.len] != '[')) {
        name.len++;
    }
    const char *behind = name.at + name.len + (skip == 2 ? 2 : 0);
    bool closed = skip == 1 || (behind <= end && behind[-1] == ']');
    bool plain = name.len && !memchr(name.at, '.', name.len) && !memchr(name.at, ' ', name.len) &&
                 !memchr(name.at, '(', name.len) && !memchr(name.at, '|', name.len);
    if (!closed || !plain) {
        return false;
    }
    *rest = (struct base_str){behind, (size_t)(end - behind)};
    *ret_member = name;
    return true;
}

/* {{ value_json.a.b }} or {{ value_json['a'] }}, or {{ value }}; one with a filter is not read: it may change what the
 * number is. */
bool sensors_homeassistant_template(struct base_str text, struct sensors_homeassistant *entity)
{
    static const char head[] = "value_json";
    text = base_str_trim(text);
    if (!text.len) {
        return true;
    }
    if (text.len < 5 || memcmp(text.at, "{{", 2) != 0 || memcmp(text.at + text.len - 2, "}}", 2) != 0) {
        return false;
    }
    text = base_str_trim((struct base_str){text.at + 2, text.len - 4});
    if (base_str_is(text, "value")) {
        return true;
    }
    if (!base_str_starts(text, head)) {
        return false;
    }
    struct base_str rest = {text.at + sizeof head - 1, text.len - (sizeof head - 1)}, member;
    struct base_str first = {NULL, 0};
    while (rest.len) {
        if (!take_member(&rest, &member) || (first.at && member.at[-1] != '.')) {
            return false; /* several members are read when they are parted by dots, so that the path is one run */
        }
        first = first.at ? (struct base_str){first.at, (size_t)(member.at + member.len - first.at)} : member;
    }
    entity->path = first;
    return first.len > 0;
}

/* --- memory --- */
static bool plain(struct base_str text)
{
    for (size_t i = 0; i < text.len; i++) {
        if ((unsigned char)text.at[i] < 0x20) {
            return false;
        }
    }
    return text.len <= SENSORS_MEMORY_KEY_MAX;
}

static struct base_str key_of(const char *prefix, struct base_str topic, char text[SENSORS_MEMORY_KEY_MAX + 1])
{
    int len = snprintf(text, SENSORS_MEMORY_KEY_MAX + 1, "%s/%.*s", prefix, (int)topic.len, topic.len ? topic.at : "");
    bool fits = topic.len <= SENSORS_HOMEASSISTANT_TOPIC_MAX && len > 0;
    return (struct base_str){text, fits ? (size_t)len : 0};
}

static bool of_config(struct base_str line, struct base_str config)
{
    struct base_str first;
    return base_str_next(&line, PARTED, &first) && base_str_equal(first, config);
}

/* The value's lines but those that begin with `without`, and then `with`. */
static enum base_err rewrite(struct sensors_memory *memory, struct base_str key, struct base_str without,
                             struct base_str with)
{
    AUTO_VALUE(base_buf) lines;
    base_buf_init(&lines, SENSORS_MEMORY_VALUE_MAX);
    struct base_str before = {NULL, 0}, line;
    sensors_memory_get(memory, key, &before);
    while (before.len && base_str_next(&before, '\n', &line)) {
        if (line.len && !of_config(line, without)) {
            base_buf_append(&lines, line.at, line.len);
            base_buf_u8(&lines, '\n');
        }
    }
    if (with.len) {
        base_buf_append(&lines, with.at, with.len);
        base_buf_u8(&lines, '\n');
    }
    return lines.err ? lines.err : sensors_memory_set(memory, key, base_buf_str(&lines));
}

enum base_err sensors_homeassistant_remember(struct sensors_decoding *decoding, struct base_str topic,
                                             const struct sensors_homeassistant *entity)
{
    struct sensors_memory *memory = decoding->message->memory;
    char state[SENSORS_MEMORY_KEY_MAX + 1], config[SENSORS_MEMORY_KEY_MAX + 1];
    struct base_str state_key = key_of("ha", topic, state), config_key = key_of("hac", entity->key, config);
    const struct base_str fields[FIELDS] = {
        entity->key,  entity->device, entity->quantity, entity->unit,
        entity->path, entity->on,     entity->off,      base_str_of(entity->inverted ? "!" : "")};
    AUTO_VALUE(base_buf) line;
    base_buf_init(&line, SENSORS_MEMORY_VALUE_MAX);
    bool good = topic.len && state_key.len && config_key.len && plain(topic);
    for (size_t i = 0; i < FIELDS; i++) {
        good = good && plain(fields[i]);
        base_buf_append(&line, fields[i].at, fields[i].len);
        base_buf_u8(&line, i + 1 < FIELDS ? PARTED : '\0');
    }
    if (!memory || !good || line.err) {
        return line.err;
    }
    struct base_str text = {line.data, line.len - 1};
    enum base_err err = rewrite(memory, state_key, (struct base_str){NULL, 0}, text);
    return err ? err : rewrite(memory, config_key, topic, topic);
}

enum base_err sensors_homeassistant_forget(struct sensors_decoding *decoding, struct base_str key)
{
    struct sensors_memory *memory = decoding->message->memory;
    char config[SENSORS_MEMORY_KEY_MAX + 1], state[SENSORS_MEMORY_KEY_MAX + 1];
    struct base_str config_key = key_of("hac", key, config), topics, topic;
    enum base_err err = BASE_OK;
    if (!config_key.len || !sensors_memory_get(memory, config_key, &topics)) {
        return BASE_OK;
    }
    topics = sensors_decode_keep(decoding, topics); /* rewriting moves what is borrowed */
    while (!err && topics.len && base_str_next(&topics, '\n', &topic)) {
        struct base_str state_key = key_of("ha", topic, state);
        err = topic.len ? rewrite(memory, state_key, key, (struct base_str){NULL, 0}) : BASE_OK;
    }
    return err ? err : sensors_memory_set(memory, config_key, (struct base_str){NULL, 0});
}

enum base_err sensors_homeassistant_each(struct sensors_decoding *decoding, struct base_str topic,
                                         enum base_err (*call)(void *context,
                                                               const struct sensors_homeassistant *entity),
                                         void *context, bool *ret_known)
{
    char text[SENSORS_MEMORY_KEY_MAX + 1];
    struct base_str key = key_of("ha", topic, text), lines, line;
    enum base_err err = BASE_OK;
    if (!key.len || !sensors_memory_get(decoding->message->memory, key, &lines)) {
        return BASE_OK;
    }
    lines = sensors_decode_keep(decoding, lines);
    while (!err && lines.len && base_str_next(&lines, '\n', &line)) {
        struct base_str field[FIELDS] = {{NULL, 0}}, rest = line;
        size_t count = 0;
        while (count < FIELDS && base_str_next(&rest, PARTED, &field[count])) {
            count++;
        }
        if (count == FIELDS) {
            *ret_known = true;
            const struct sensors_homeassistant entity = {field[0], field[1], field[2], field[3],
                                                         field[4], field[5], field[6], field[7].len > 0};
            err = call(context, &entity);
        }
    }
    return err;
}
