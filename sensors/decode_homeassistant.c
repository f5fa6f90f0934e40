/* Home Assistant's MQTT discovery (home-assistant.io, "MQTT Discovery"): retained configurations say which topic holds
 * what, in which unit, of which device. They are remembered; what comes on those topics is then a reading.
 *
 *   PREFIX/COMPONENT/[NODE/]OBJECT/config   one entity;  PREFIX/device/[NODE/]OBJECT/config   several
 *   any other topic                         what a configuration said it is, else it is not known yet
 *
 * Only templates that name a member - {{ value_json.a.b }} - or the whole - {{ value }} - are read. What is remembered
 * is in decode_homeassistant_entity.c.
 */
#include "sensors/decode_homeassistant.h"

#include <math.h>
#include <string.h>

/* Full names and their abbreviations. */
struct base_str sensors_homeassistant_text(const struct base_json *json, const char *full, const char *brief)
{
    struct base_str text = sensors_decode_text(json, full);
    return text.len ? text : sensors_decode_text(json, brief);
}

/* "payload_on": also true and 1, as templates write them. */
static struct base_str payload_of(struct sensors_decoding *decoding, const struct base_json *json, const char *full,
                                  const char *brief, const char *usual)
{
    const struct base_json *there =
        base_json_in_get(json, full) ? base_json_in_get(json, full) : base_json_in_get(json, brief);
    struct base_str text = sensors_homeassistant_text(json, full, brief);
    char digits[24];
    int64_t number;
    bool flag;
    if (base_json_in_bool(there, &flag)) {
        return base_str_of(flag ? "True" : "False");
    }
    if (!text.len && base_json_in_i64(there, &number)) {
        int len = snprintf(digits, sizeof digits, "%lld", (long long)number);
        return sensors_decode_keep(decoding, (struct base_str){digits, (size_t)len});
    }
    return text.len ? text : base_str_of(usual);
}

static const struct base_json *member(const struct base_json *json, const char *full, const char *brief)
{
    const struct base_json *there = base_json_in_get(json, full);
    return there ? there : base_json_in_get(json, brief);
}

/* --- configurations --- */
/* The level before "config" and the one after the prefix. */
static bool config_topic(struct base_str topic, struct base_str *ret_component, struct base_str *ret_object)
{
    struct base_str rest = topic, level, levels[5];
    size_t count = 0;
    while (base_str_next(&rest, '/', &level)) {
        if (count == BASE_COUNT(levels)) {
            return false;
        }
        levels[count++] = level;
    }
    if (count < 4 || !base_str_is(levels[count - 1], "config")) {
        return false;
    }
    *ret_component = levels[1];
    *ret_object = levels[count - 2];
    return true;
}

static struct base_str first_id(const struct base_json *device)
{
    const struct base_json *ids = member(device, "identifiers", "ids");
    struct base_str id = {NULL, 0};
    if (!base_json_in_text(ids, &id)) {
        base_json_in_text(base_json_in_at(ids, 0), &id);
    }
    return id;
}

/* "~/state" with "~" the base. */
static struct base_str whole_topic(struct sensors_decoding *decoding, struct base_str topic, struct base_str base)
{
    char text[SENSORS_MEMORY_KEY_MAX];
    bool ahead = topic.len && topic.at[0] == '~', behind = topic.len && topic.at[topic.len - 1] == '~';
    if (!base.len || (!ahead && !behind)) {
        return topic;
    }
    struct base_str rest = {topic.at + ahead, topic.len - 1};
    int len = ahead ? snprintf(text, sizeof text, "%.*s%.*s", (int)base.len, base.at, (int)rest.len, rest.at)
                    : snprintf(text, sizeof text, "%.*s%.*s", (int)rest.len, rest.at, (int)base.len, base.at);
    bool fits = len > 0 && (size_t)len < sizeof text;
    return fits ? sensors_decode_keep(decoding, (struct base_str){text, (size_t)len}) : (struct base_str){NULL, 0};
}

struct config {
    struct base_str key; /* the configuration's topic */
    struct base_str component, object, device, base;
    struct base_str shared; /* the state topic of all components that have none of their own */
};

static enum base_err remember_availability(struct sensors_decoding *decoding, const struct config *config,
                                           const struct base_json *json)
{
    const struct base_json *list = base_json_in_at(member(json, "availability", "avty"), 0);
    struct base_str topic = sensors_homeassistant_text(json, "availability_topic", "avty_t");
    topic = topic.len ? topic : sensors_homeassistant_text(list, "topic", "t");
    if (!topic.len) {
        return BASE_OK;
    }
    struct base_str on = sensors_homeassistant_text(json, "payload_available", "pl_avail");
    struct base_str off = sensors_homeassistant_text(json, "payload_not_available", "pl_not_avail");
    const struct sensors_homeassistant entity = {.key = config->key,
                                                 .device = config->device,
                                                 .quantity = base_str_of("online"),
                                                 .on = on.len ? on : base_str_of("online"),
                                                 .off = off.len ? off : base_str_of("offline")};
    return sensors_homeassistant_remember(decoding, whole_topic(decoding, topic, config->base), &entity);
}

static enum base_err remember_entity(struct sensors_decoding *decoding, const struct config *config,
                                     const struct base_json *json)
{
    struct base_str topic = sensors_homeassistant_text(json, "state_topic", "stat_t");
    topic = topic.len ? topic : config->shared;
    struct base_str kind = sensors_homeassistant_text(json, "device_class", "dev_cla");
    struct sensors_homeassistant entity = {
        .key = config->key,
        .device = config->device,
        .unit = sensors_homeassistant_text(json, "unit_of_measurement", "unit_of_meas"),
        .on = payload_of(decoding, json, "payload_on", "pl_on", "ON"),
        .off = payload_of(decoding, json, "payload_off", "pl_off", "OFF"),
    };
    bool read = sensors_homeassistant_class(config->component, kind, &entity) &&
                sensors_homeassistant_template(sensors_homeassistant_text(json, "value_template", "val_tpl"), &entity);
    if (!read || !topic.len) {
        return BASE_OK;
    }
    return sensors_homeassistant_remember(decoding, whole_topic(decoding, topic, config->base), &entity);
}

static enum base_err remember_all(struct sensors_decoding *decoding, struct config *config,
                                  const struct base_json *json)
{
    const struct base_json *parts = member(json, "components", "cmps"), *part;
    struct base_str name;
    enum base_err err = remember_availability(decoding, config, json);
    config->shared = sensors_homeassistant_text(json, "state_topic", "stat_t");
    for (void *at = NULL; !err && base_json_in_next(parts, &at, &name, &part);) {
        config->component = sensors_homeassistant_text(part, "platform", "p");
        err = remember_entity(decoding, config, part);
    }
    return err || parts ? err : remember_entity(decoding, config, json);
}

static enum base_err configuration(struct sensors_decoding *decoding, struct config *config)
{
    AUTO(base_json) json = NULL;
    enum base_err err = sensors_homeassistant_forget(decoding, config->key);
    if (err || decoding->message->payload.len == 0) {
        return err ? err : sensors_decode_ignore(decoding, 0); /* it was taken back */
    }
    err = sensors_decode_json(decoding, &json);
    if (err) {
        return err;
    }
    struct base_str id = first_id(member(json, "device", "dev"));
    struct base_str unique = sensors_homeassistant_text(json, "unique_id", "uniq_id");
    config->device = id.len ? id : unique.len ? unique : config->object;
    config->base = sensors_decode_text(json, "~");
    err = remember_all(decoding, config, json);
    return err ? sensors_decode_fail(decoding, SENSORS_REASON_TOO_MANY, "more configurations than can be remembered")
               : sensors_decode_ignore(decoding, 0);
}

/* --- states --- */
struct state {
    struct sensors_decoding *decoding;
    struct base_str text;   /* the payload */
    struct base_json *json; /* the same; NULL: it is none */
    bool understood;
};

/* "a.b" in the payload, or all of it. */
static struct base_str said(const struct state *state, const struct sensors_homeassistant *entity, double *ret_number)
{
    const struct base_json *at = state->json;
    struct base_str rest = entity->path, level, text = {NULL, 0};
    bool flag;
    *ret_number = NAN;
    if (!entity->path.len) {
        base_str_f64(state->text, ret_number);
        return state->text;
    }
    while (base_str_next(&rest, '.', &level)) {
        at = base_json_in_get(at, sensors_decode_keep(state->decoding, level).at);
    }
    if (base_json_in_bool(at, &flag)) {
        return base_str_of(flag ? "True" : "False"); /* as templates write it */
    }
    *ret_number = sensors_decode_number_of(at);
    return base_json_in_text(at, &text) ? text : (struct base_str){NULL, 0};
}

static double value_of(const struct sensors_homeassistant *entity, struct base_str text, double number)
{
    const struct sensors_quantity *quantity = sensors_quantity_find(entity->quantity);
    if (quantity->kind == SENSORS_KIND_MEASUREMENT) {
        return number;
    }
    bool on = base_str_equal(text, entity->on), off = base_str_equal(text, entity->off);
    if (!on && !off) {
        on = base_str_is(text, "True") || number == 1;
        off = base_str_is(text, "False") || number == 0;
    }
    return on ? !entity->inverted : off ? entity->inverted : NAN;
}

static enum base_err add_lifecycle(struct state *state, const struct sensors_event *like, bool online,
                                   const struct sensors_identity *identity)
{
    struct sensors_event *event;
    enum base_err err = sensors_decode_add_like(state->decoding, like, identity, &event);
    if (!err) {
        event->kind = SENSORS_KIND_LIFECYCLE;
        event->phase = online ? SENSORS_PHASE_START : SENSORS_PHASE_END;
    }
    return err;
}

static enum base_err add_reading(void *context, const struct sensors_homeassistant *entity)
{
    struct state *state = context;
    struct sensors_decoding *decoding = state->decoding;
    const struct sensors_quantity *quantity = sensors_quantity_find(entity->quantity);
    double number;
    struct base_str text = said(state, entity, &number);
    double value = quantity ? value_of(entity, text, number) : NAN;
    if (isnan(value)) {
        return BASE_OK; /* "unavailable", "unknown", a member that is not in this message */
    }
    struct sensors_event like;
    struct sensors_readings readings = {.count = 0};
    sensors_decode_like(decoding, sensors_decode_keep(decoding, entity->device), &like);
    like.channel = base_str_of(quantity->name);
    sensors_time_repair(&like, SENSORS_NO_TIME, SENSORS_NO_TIME);
    const struct sensors_identity identity = {.type = "state",
                                              .time_us = SENSORS_NO_TIME,
                                              .lon = NAN,
                                              .lat = NAN,
                                              .event = state->text,
                                              .region = base_str_of(quantity->name)};
    state->understood = true;
    if (base_str_is(entity->quantity, "online")) {
        like.channel = (struct base_str){NULL, 0};
        return add_lifecycle(state, &like, value == 1, &identity);
    }
    sensors_readings_add(&readings, quantity, NULL, value, entity->unit);
    return sensors_readings_events(decoding, &readings, &like, &identity);
}

static enum base_err states(struct sensors_decoding *decoding)
{
    struct state state = {.decoding = decoding};
    bool known = false;
    enum base_err err = sensors_decode_utf8(decoding, &state.text);
    if (err) {
        return err;
    }
    state.text = base_str_trim(state.text);
    AUTO(base_json) json = NULL;
    bool object = state.text.len && state.text.at[0] == '{';
    if (object && base_json_in_parse(state.text.at, state.text.len, NULL, &json)) {
        return sensors_decode_fail(decoding, SENSORS_REASON_NOT_JSON, "the payload begins like JSON and is none");
    }
    state.json = json;
    err = sensors_homeassistant_each(decoding, decoding->message->topic, add_reading, &state, &known);
    if (err) {
        return err;
    }
    if (!known) {
        return sensors_decode_fail(decoding, SENSORS_REASON_UNBORN,
                                   "no configuration has said what this topic is; subscribe to homeassistant/#, too");
    }
    return state.understood ? BASE_OK : sensors_decode_ignore(decoding, 0);
}

enum base_err sensors_decode_homeassistant(struct sensors_decoding *decoding)
{
    struct config config = {.key = decoding->message->topic};
    if (!base_str_utf8(decoding->message->topic) || decoding->message->topic.len > SENSORS_HOMEASSISTANT_TOPIC_MAX) {
        return sensors_decode_fail(decoding, SENSORS_REASON_TOPIC, "a topic of more than %d bytes, or not UTF-8",
                                   SENSORS_HOMEASSISTANT_TOPIC_MAX);
    }
    return config_topic(config.key, &config.component, &config.object) ? configuration(decoding, &config)
                                                                       : states(decoding);
}
