/* Sparkplug B (Eclipse Sparkplug 3.0): nodes and their devices tell once, at birth, what their metrics are called, and
 * then send aliases. So births are remembered, and a node is asked for another one when its data cannot be understood
 * or messages of it are missing. Topics, behind any prefix:
 *
 *   spBv1.0/GROUP/NBIRTH/NODE          spBv1.0/GROUP/DBIRTH/NODE/DEVICE     it lives: this is all of it
 *   spBv1.0/GROUP/NDATA/NODE           spBv1.0/GROUP/DDATA/NODE/DEVICE      what has changed
 *   spBv1.0/GROUP/NDEATH/NODE          spBv1.0/GROUP/DDEATH/NODE/DEVICE     it is gone; a node's is the broker's will
 *   spBv1.0/GROUP/NCMD/NODE ...        spBv1.0/STATE/HOST                   commands and hosts
 */
#include "sensors/decode_readings.h"
#include "sensors/sparkplug.h"

#include <math.h>
#include <string.h>
#include <strings.h>

enum { LEVELS_MAX = 5, DEVICE_MAX = 256, GROUPS_MAX = 256, ASK_EVERY_S = 30 };

struct group { /* metrics of one moment */
    int64_t time_us;
    bool historical;
    double lon, lat, alt;
    struct sensors_readings readings;
    struct base_buf said; /* names and values as they were sent */
};

struct message {
    struct sensors_decoding *decoding;
    struct base_str prefix; /* of the topic, up to spBv1.0 */
    struct base_str levels[LEVELS_MAX];
    size_t count;
    struct base_str node, device; /* "group/node" and "group/node/device"; device is node for the node itself */
    struct sensors_sparkplug payload;
    struct sensors_sparkplug_node state;
    struct base_str birth; /* what the device's birth told */
    struct group *groups;
    size_t group_count;
};

static enum base_err wrong_topic(struct sensors_decoding *decoding)
{
    return sensors_decode_fail(
        decoding, SENSORS_REASON_TOPIC,
        "the topic is not spBv1.0/GROUP/NDATA/NODE, .../DDATA/NODE/DEVICE or another of Sparkplug B");
}

static enum base_err read_levels(struct message *message)
{
    struct base_str topic = message->decoding->message->topic, rest = topic, level;
    bool inside = false, good = base_str_utf8(topic);
    while (good && base_str_next(&rest, '/', &level)) {
        inside |= base_str_is(level, "spBv1.0") || (!inside && base_str_is(level, "STATE"));
        if (inside && message->count == 0) {
            message->prefix = (struct base_str){topic.at, (size_t)(level.at - topic.at)};
        }
        good = !inside || (level.len > 0 && message->count < LEVELS_MAX);
        if (inside && good) {
            message->levels[message->count++] = level;
        }
    }
    return good && message->count >= 2 ? BASE_OK : wrong_topic(message->decoding);
}

static bool is_type(const struct message *message, const char *type)
{
    return base_str_is((struct base_str){message->levels[2].at + 1, message->levels[2].len - 1}, type);
}

static bool of_node(const struct message *message)
{
    return message->levels[2].at[0] == 'N';
}

/* The ids; *ret_ignored: a host's or a command. */
static enum base_err read_topic(struct message *message, bool *ret_ignored)
{
    struct sensors_decoding *decoding = message->decoding;
    enum base_err err = read_levels(message);
    if (err) {
        return err;
    }
    *ret_ignored = base_str_is(message->levels[0], "STATE") || base_str_is(message->levels[1], "STATE");
    if (*ret_ignored) {
        return BASE_OK;
    }
    bool node = message->count == 4 && of_node(message),
         device = message->count == 5 && message->levels[2].at[0] == 'D';
    bool known = (node || device) && (is_type(message, "BIRTH") || is_type(message, "DATA") ||
                                      is_type(message, "DEATH") || is_type(message, "CMD"));
    if (!known) {
        return wrong_topic(decoding);
    }
    *ret_ignored = is_type(message, "CMD");
    char text[2 * DEVICE_MAX];
    int node_len = snprintf(text, sizeof text, "%.*s/%.*s", (int)message->levels[1].len, message->levels[1].at,
                            (int)message->levels[3].len, message->levels[3].at);
    int len = node_len;
    if (device && (size_t)node_len < sizeof text) {
        len += snprintf(text + node_len, sizeof text - (size_t)node_len, "/%.*s", (int)message->levels[4].len,
                        message->levels[4].at);
    }
    if (len > DEVICE_MAX) {
        return sensors_decode_fail(decoding, SENSORS_REASON_DEVICE,
                                   "Sparkplug: group, node and device are over %d bytes", DEVICE_MAX);
    }
    message->device = sensors_decode_keep(decoding, (struct base_str){text, (size_t)len});
    message->node = (struct base_str){message->device.at, message->device.len ? (size_t)node_len : 0};
    return BASE_OK;
}

/* --- asking for a birth --- */
/* Each node once in a while, as long as that can be remembered. */
static void ask(struct message *message)
{
    struct sensors_decoding *decoding = message->decoding;
    struct sensors_sparkplug_node *state = &message->state;
    int64_t now = decoding->message->t_recv;
    char topic[4 * DEVICE_MAX];
    if (state->asked_us != SENSORS_NO_TIME && now >= state->asked_us &&
        now - state->asked_us < ASK_EVERY_S * INT64_C(1000000)) {
        return;
    }
    state->asked_us = now;
    if (decoding->message->memory && !sensors_sparkplug_node_set(decoding, message->node, state)) {
        return;
    }
    int len = snprintf(topic, sizeof topic, "%.*sspBv1.0/%.*s/NCMD/%.*s", (int)message->prefix.len, message->prefix.at,
                       (int)message->levels[1].len, message->levels[1].at, (int)message->levels[3].len,
                       message->levels[3].at);
    if ((size_t)len < sizeof topic) {
        decoding->decoded.reply_topic = sensors_decode_keep(decoding, (struct base_str){topic, (size_t)len});
        decoding->decoded.reply = sensors_sparkplug_rebirth(decoding);
    }
}

/* A gap in the node's numbers means that something of it was lost; the same number again is a redelivery. */
static void follow_seq(struct message *message)
{
    struct sensors_sparkplug_node *state = &message->state;
    int seq = message->payload.seq;
    bool gap = seq >= 0 && seq != state->seq && seq != (uint8_t)(state->seq + 1);
    bool asks = !state->alive || gap;
    if (!message->decoding->message->memory) {
        return; /* every message is the first */
    }
    state->seq = seq >= 0 ? (uint8_t)seq : state->seq;
    if (!sensors_sparkplug_node_set(message->decoding, message->node, state)) {
        return;
    }
    if (asks) {
        ask(message);
    }
}

/* --- groups of a moment --- */
static struct group *group_of(struct message *message, int64_t time_us, bool historical)
{
    for (size_t i = message->group_count; i > 0; i--) {
        struct group *group = &message->groups[i - 1];
        if (group->time_us == time_us && group->historical == historical) {
            if (group->readings.count == SENSORS_MEASURE_MAX) {
                break;
            }
            return group;
        }
    }
    if (message->group_count == GROUPS_MAX) {
        return NULL;
    }
    struct group *group = &message->groups[message->group_count++];
    *group = (struct group){.time_us = time_us, .historical = historical, .lon = NAN, .lat = NAN, .alt = NAN};
    base_buf_init(&group->said, SENSORS_PAYLOAD_MAX);
    return group;
}

static struct base_str last_level(struct base_str name)
{
    struct base_str rest = name, level = name;
    while (base_str_next(&rest, '/', &level)) {
    }
    return level;
}

/* What a node tells of itself, and what it can be told. */
static bool is_control(struct base_str name)
{
    return base_str_starts(name, "Node Control/") || base_str_starts(name, "Device Control/") ||
           base_str_starts(name, "Properties/") || base_str_starts(name, "Node Info/");
}

/* Words are read where a yes or no is asked for, numbers in texts everywhere. */
static double value_of(const struct sensors_sparkplug_metric *metric, uint32_t type, struct base_str name)
{
    static const struct {
        const char *text;
        double value;
    } words[] = {{"true", 1}, {"false", 0}, {"on", 1}, {"off", 0}};
    const struct sensors_quantity *quantity = sensors_quantity_find(last_level(name));
    double value = sensors_sparkplug_value(metric, type);
    if (metric->text.len == 0 || base_str_f64(base_str_trim(metric->text), &value)) {
        return value;
    }
    for (size_t i = 0; i < BASE_COUNT(words) && quantity && quantity->kind != SENSORS_KIND_MEASUREMENT; i++) {
        if (metric->text.len == strlen(words[i].text) &&
            strncasecmp(metric->text.at, words[i].text, metric->text.len) == 0) {
            return words[i].value;
        }
    }
    return NAN;
}

static bool add_place(struct group *group, struct base_str name, double value)
{
    bool lon = base_str_is(name, "longitude") || base_str_is(name, "Longitude") || base_str_is(name, "lon");
    bool lat = base_str_is(name, "latitude") || base_str_is(name, "Latitude") || base_str_is(name, "lat");
    bool alt = base_str_is(name, "altitude") || base_str_is(name, "Altitude");
    if (lon) {
        group->lon = value;
    } else if (lat) {
        group->lat = value;
    } else if (alt) {
        group->alt = value;
    }
    return lon || lat || alt;
}

/* A second one of a quantity goes by its whole name: "Tank_2_Level". */
static void add_named(struct message *message, struct group *group, struct base_str name, double value,
                      struct base_str unit)
{
    char text[64];
    size_t len = name.len < sizeof text ? name.len : 0;
    const struct sensors_quantity *usual = sensors_quantity_of_unit(unit);
    for (size_t i = 0; i < len; i++) {
        text[i] = name.at[i] == '/' ? '_' : name.at[i];
    }
    if (usual) {
        value = sensors_unit_convert(value, unit, usual->unit);
        unit = base_str_of(usual->unit);
    }
    sensors_readings_keep(message->decoding, &group->readings, (struct base_str){text, len}, value, unit);
}

static void add_reading(struct message *message, struct group *group, struct base_str name, double value,
                        struct base_str unit)
{
    struct base_str last = last_level(name);
    const struct sensors_quantity *quantity = sensors_quantity_find(last);
    bool fits = quantity && !isnan(sensors_unit_convert(1, unit, quantity->unit));
    if (fits && !sensors_readings_have(&group->readings, quantity->name)) {
        sensors_readings_add(&group->readings, quantity, NULL, value, unit);
    } else if (fits) {
        add_named(message, group, name, sensors_unit_convert(value, unit, quantity->unit), base_str_of(quantity->unit));
    } else {
        size_t before = group->readings.count;
        add_named(message, group, last, value, unit);
        if (group->readings.count == before) {
            add_named(message, group, name, value, unit);
        }
    }
}

static enum base_err unborn(struct message *message)
{
    ask(message);
    return sensors_decode_fail(message->decoding, SENSORS_REASON_UNBORN,
                               "an alias that no birth has explained; the node is asked for its birth");
}

/* What it was sent as tells it from others: names and types may be known only later. */
static void say(struct group *group, const struct sensors_sparkplug_metric *metric)
{
    if (metric->name.len) {
        base_buf_printf(&group->said, "%.*s", (int)metric->name.len, metric->name.at);
    } else {
        base_buf_printf(&group->said, "#%llu", (unsigned long long)metric->alias);
    }
    base_buf_printf(&group->said, "=%llu %.17g %.*s\n", (unsigned long long)metric->bits, metric->value,
                    (int)metric->text.len, metric->text.len ? metric->text.at : "");
}

static enum base_err add_metric(struct message *message, const struct sensors_sparkplug_metric *metric, bool birth)
{
    struct sensors_sparkplug_born born = {.name = metric->name, .type = metric->type};
    bool known = birth || sensors_sparkplug_birth_find(message->birth, metric, &born);
    if (!known && metric->name.len == 0) {
        return unborn(message);
    }
    uint32_t type = metric->type ? metric->type : born.type;
    double value = value_of(metric, type, born.name);
    if (isnan(value) || is_control(born.name)) {
        return BASE_OK;
    }
    struct group *group = birth ? group_of(message, message->payload.time_us, false)
                                : group_of(message, metric->time_us, metric->historical);
    if (!group) {
        return sensors_decode_fail(message->decoding, SENSORS_REASON_TOO_MANY, "Sparkplug: more than %d moments",
                                   GROUPS_MAX);
    }
    say(group, metric);
    if (!add_place(group, last_level(born.name), value)) {
        add_reading(message, group, born.name, value, metric->unit.len ? metric->unit : born.unit);
    }
    return BASE_OK;
}

/* --- events --- */
static enum base_err group_events(struct message *message, struct group *group, bool birth)
{
    struct sensors_decoding *decoding = message->decoding;
    struct sensors_event like;
    size_t first = decoding->decoded.count;
    const struct sensors_identity identity = {.type = birth ? "birth values" : "data",
                                              .time_us = group->time_us,
                                              .lon = NAN,
                                              .lat = NAN,
                                              .event = base_buf_str(&group->said)};
    enum base_err err = BASE_OK;
    sensors_decode_like(decoding, message->device, &like);
    like.flags |= group->historical ? SENSORS_FLAG_HISTORICAL : 0;
    sensors_time_repair(&like, group->time_us, SENSORS_NO_TIME);
    if (isnan(group->lon) != isnan(group->lat)) {
        like.flags |= SENSORS_FLAG_PARTIAL;
    } else if (!isnan(group->lon)) {
        err = sensors_decode_position(decoding, &like, group->lon, group->lat);
        like.alt_m = isnan(like.lon) ? NAN : sensors_decode_within(&like, group->alt, -500, 20000);
        err = err ? err : sensors_readings_position(decoding, &group->readings, &like, &identity);
    }
    err = err ? err : sensors_readings_events(decoding, &group->readings, &like, &identity);
    for (size_t i = first; i < decoding->decoded.count && birth; i++) {
        struct sensors_event *event = &decoding->decoded.events[i];
        event->phase = event->kind == SENSORS_KIND_MEASUREMENT ? SENSORS_PHASE_SNAPSHOT : event->phase;
    }
    return err;
}

static enum base_err values(struct message *message, bool birth)
{
    struct sensors_decoding *decoding = message->decoding;
    enum base_err err = BASE_OK;
    size_t most = message->payload.count < GROUPS_MAX ? message->payload.count : GROUPS_MAX;
    message->groups = base_arena_alloc(decoding->arena, (most + 1) * sizeof *message->groups);
    if (!message->groups) {
        return sensors_decode_fail(decoding, SENSORS_REASON_TOO_MANY, "Sparkplug: more in one payload than is read");
    }
    for (size_t i = 0; i < message->payload.count && !err; i++) {
        err = add_metric(message, &message->payload.metrics[i], birth);
    }
    for (size_t i = 0; i < message->group_count && !err; i++) {
        err = group_events(message, &message->groups[i], birth);
    }
    for (size_t i = 0; i < message->group_count; i++) {
        base_buf_release(&message->groups[i].said);
    }
    return err;
}

/* A node's death is its will as a rule: its payload was made when it connected, before the birth, and then only receipt
 * says when. A node that takes its leave has a time of its own. */
static bool is_will(const struct message *message)
{
    int64_t time_us = message->payload.time_us;
    int64_t born_us = (int64_t)message->state.generation;
    return of_node(message) && (time_us == SENSORS_NO_TIME || born_us == 0 || time_us <= born_us ||
                                message->decoding->message->t_recv - time_us > SENSORS_TIME_LATE_US);
}

static enum base_err lifecycle(struct message *message, bool born)
{
    struct sensors_decoding *decoding = message->decoding;
    struct sensors_event like, *event;
    char text[24];
    bool will = !born && is_will(message);
    struct sensors_identity identity = {
        .type = born ? "birth" : "death", .time_us = message->payload.time_us, .lon = NAN, .lat = NAN};
    int len = snprintf(text, sizeof text, "%llu", (unsigned long long)message->payload.birth);
    identity.event = (struct base_str){text, message->payload.has_birth ? (size_t)len : 0};
    sensors_decode_like(decoding, message->device, &like);
    enum base_err err = sensors_decode_add_like(decoding, &like, &identity, &event);
    if (!err) {
        event->kind = SENSORS_KIND_LIFECYCLE;
        event->phase = born ? SENSORS_PHASE_START : SENSORS_PHASE_END;
        sensors_time_repair(event, will ? SENSORS_NO_TIME : message->payload.time_us, SENSORS_NO_TIME);
    }
    return err;
}

static enum base_err birth(struct message *message)
{
    struct sensors_decoding *decoding = message->decoding;
    struct sensors_sparkplug_node *state = &message->state;
    const struct sensors_sparkplug *payload = &message->payload;
    if (of_node(message)) {
        state->alive = true;
        state->seq = payload->seq >= 0 ? (uint8_t)payload->seq : 0;
        state->has_birth = payload->has_birth;
        state->birth = payload->birth;
        state->generation =
            (uint64_t)(payload->time_us != SENSORS_NO_TIME ? payload->time_us : decoding->message->t_recv);
        (void)sensors_sparkplug_node_set(decoding, message->node, state); /* not remembered: asked again */
    } else {
        follow_seq(message);
    }
    sensors_sparkplug_birth_set(decoding, message->device, state->generation, payload);
    enum base_err err = lifecycle(message, true);
    return err ? err : values(message, true);
}

static enum base_err death(struct message *message)
{
    struct sensors_decoding *decoding = message->decoding;
    struct sensors_sparkplug_node *state = &message->state;
    const struct sensors_sparkplug *payload = &message->payload;
    if (!of_node(message)) {
        follow_seq(message);
        sensors_sparkplug_birth_forget(decoding, message->device);
        return lifecycle(message, false);
    }
    if (state->alive && state->has_birth && payload->has_birth && payload->birth != state->birth) {
        return sensors_decode_ignore(decoding, 0); /* the will of a connection before this one */
    }
    enum base_err err = lifecycle(message, false);
    state->alive = false;
    (void)sensors_sparkplug_node_set(decoding, message->node, state); /* its devices are gone with it */
    return err;
}

/* A device's birth explains its data as long as its node lives (6.4.10 of the specification). */
static enum base_err data(struct message *message)
{
    const struct sensors_sparkplug_node *state = &message->state;
    if (state->alive) {
        message->birth = sensors_sparkplug_birth_get(message->decoding, message->device, state->generation);
    }
    enum base_err err = values(message, false);
    if (!err) {
        follow_seq(message);
    }
    return err || message->decoding->decoded.count ? err : sensors_decode_ignore(message->decoding, 0);
}

enum base_err sensors_decode_sparkplug(struct sensors_decoding *decoding)
{
    struct message message = {.decoding = decoding};
    bool ignored = false;
    enum base_err err = read_topic(&message, &ignored);
    if (!err && (ignored || decoding->message->payload.len == 0)) {
        return sensors_decode_ignore(decoding, 0);
    }
    err = err ? err : sensors_sparkplug_read(decoding, &message.payload);
    if (err) {
        return err;
    }
    message.state = sensors_sparkplug_node_get(decoding, message.node);
    if (is_type(&message, "BIRTH")) {
        return birth(&message);
    }
    return is_type(&message, "DEATH") ? death(&message) : data(&message);
}
