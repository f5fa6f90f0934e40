/* Sparkplug B's payload (protobuf-c) in plain words, and the two things of it that are remembered: of each node how it
 * lives, of each birth what its aliases stand for. The parser's memory is the message's arena, so that a hostile
 * message runs into its ceiling. */
#include "sensors/sparkplug.h"

#include <protobuf-c/protobuf-c.h>

#include <math.h>
#include <string.h>

#include "sensors/sparkplug.pb-c.h"

enum { METRICS_MAX = 4096, UNIT_MAX = 16, NAME_MAX_BYTES = 200, NODE_BYTES = 1 + 1 + 1 + 8 + 8 + 8, KEY_MAX = 320 };

/* Data types of the specification, 6.4.16. */
enum { INT8 = 1, INT16, INT32, INT64, UINT8, UINT16, UINT32, UINT64, FLOAT, DOUBLE, BOOLEAN, STRING, DATETIME, TEXT };

static void *take(void *arena, size_t size)
{
    return base_arena_alloc(arena, size);
}

static void give_back(void *arena, void *piece)
{
    (void)arena, (void)piece; /* goes with the message */
}

static int64_t time_of(bool there, uint64_t ms)
{
    int64_t time_us;
    return there && sensors_time_number((double)ms, &time_us) ? time_us : SENSORS_NO_TIME;
}

static struct base_str unit_of(const Sensors__Sparkplug__PropertySet *set)
{
    for (size_t i = 0; set && i < set->n_keys && i < set->n_values; i++) {
        const char *unit = set->values[i]->string_value;
        if (strcmp(set->keys[i], "engUnit") == 0 && unit && strlen(unit) <= UNIT_MAX &&
            base_str_utf8(base_str_of(unit))) {
            return base_str_of(unit);
        }
    }
    return (struct base_str){NULL, 0};
}

static void read_value(const Sensors__Sparkplug__Metric *from, struct sensors_sparkplug_metric *to)
{
    switch (from->value_case) {
    case SENSORS__SPARKPLUG__METRIC__VALUE_INT_VALUE:
        to->bits = from->int_value;
        to->whole = true;
        break;
    case SENSORS__SPARKPLUG__METRIC__VALUE_LONG_VALUE:
        to->bits = from->long_value;
        to->whole = true;
        break;
    case SENSORS__SPARKPLUG__METRIC__VALUE_FLOAT_VALUE:
        to->value = (double)from->float_value;
        break;
    case SENSORS__SPARKPLUG__METRIC__VALUE_DOUBLE_VALUE:
        to->value = from->double_value;
        break;
    case SENSORS__SPARKPLUG__METRIC__VALUE_BOOLEAN_VALUE:
        to->value = from->boolean_value;
        break;
    case SENSORS__SPARKPLUG__METRIC__VALUE_STRING_VALUE:
        to->text = base_str_of(from->string_value);
        break;
    default:
        break;
    }
}

static enum base_err read_metric(struct sensors_decoding *decoding, const Sensors__Sparkplug__Metric *from,
                                 struct sensors_sparkplug *payload)
{
    struct sensors_sparkplug_metric metric = {.name = base_str_of(from->name),
                                              .has_alias = from->has_alias,
                                              .alias = from->alias,
                                              .type = from->has_datatype ? from->datatype : 0,
                                              .historical = from->has_is_historical && from->is_historical,
                                              .unit = unit_of(from->properties),
                                              .value = NAN};
    if (!base_str_utf8(metric.name)) {
        return sensors_decode_fail(decoding, SENSORS_REASON_BINARY, "Sparkplug: a metric's name is not UTF-8");
    }
    metric.time_us = time_of(from->has_timestamp, from->timestamp);
    metric.time_us = metric.time_us != SENSORS_NO_TIME ? metric.time_us : payload->time_us;
    if (!from->is_null) {
        read_value(from, &metric);
    }
    if (base_str_is(metric.name, "bdSeq") && metric.whole) {
        payload->has_birth = true;
        payload->birth = metric.bits;
    } else {
        payload->metrics[payload->count++] = metric;
    }
    return BASE_OK;
}

static enum base_err read_all(struct sensors_decoding *decoding, const Sensors__Sparkplug__Payload *from,
                              struct sensors_sparkplug *payload)
{
    enum base_err err = BASE_OK;
    if (from->uuid && strcmp(from->uuid, "SPBV1.0_COMPRESSED") == 0) {
        return sensors_decode_fail(decoding, SENSORS_REASON_TYPE,
                                   "Sparkplug: the payload is compressed; switch that off");
    }
    payload->metrics = from->n_metrics <= METRICS_MAX
                           ? base_arena_alloc(decoding->arena, (from->n_metrics + 1) * sizeof *payload->metrics)
                           : NULL;
    if (!payload->metrics) {
        return sensors_decode_fail(decoding, SENSORS_REASON_TOO_MANY, "Sparkplug: more than %d metrics", METRICS_MAX);
    }
    payload->time_us = time_of(from->has_timestamp, from->timestamp);
    payload->seq = from->has_seq && from->seq <= UINT8_MAX ? (int)from->seq : -1;
    for (size_t i = 0; i < from->n_metrics && !err; i++) {
        err = read_metric(decoding, from->metrics[i], payload);
    }
    return err;
}

enum base_err sensors_sparkplug_read(struct sensors_decoding *decoding, struct sensors_sparkplug *ret_payload)
{
    ProtobufCAllocator allocator = {.alloc = take, .free = give_back, .allocator_data = decoding->arena};
    struct base_str bytes = decoding->message->payload;
    struct sensors_sparkplug payload = {.seq = -1};
    const Sensors__Sparkplug__Payload *from =
        sensors__sparkplug__payload__unpack(&allocator, bytes.len, (const uint8_t *)bytes.at);
    if (!from && !base_arena_alloc(decoding->arena, 4096)) {
        return sensors_decode_fail(decoding, SENSORS_REASON_TOO_MANY, "Sparkplug: more in one payload than is read");
    }
    if (!from) {
        return sensors_decode_fail(decoding, SENSORS_REASON_BINARY, "the payload is no Sparkplug B protobuf");
    }
    enum base_err err = read_all(decoding, from, &payload);
    if (!err) {
        *ret_payload = payload;
    }
    return err;
}

/* Integers are sent as unsigned bits; without a type 32 of them are taken as signed, as most are. */
double sensors_sparkplug_value(const struct sensors_sparkplug_metric *metric, uint32_t type)
{
    if (type > BOOLEAN && type != STRING && type != TEXT) {
        return NAN;
    }
    if (!metric->whole) {
        return isfinite(metric->value) ? metric->value : NAN;
    }
    switch (type) {
    case INT8:
        return (int8_t)metric->bits;
    case INT16:
        return (int16_t)metric->bits;
    case INT64:
        return (double)(int64_t)metric->bits;
    case INT32:
        return (int32_t)metric->bits;
    case 0:
        return metric->bits <= UINT32_MAX ? (double)(int32_t)metric->bits : (double)(int64_t)metric->bits;
    default:
        return (double)metric->bits;
    }
}

struct base_str sensors_sparkplug_rebirth(struct sensors_decoding *decoding)
{
    static char name[] = "Node Control/Rebirth";
    Sensors__Sparkplug__Metric metric = SENSORS__SPARKPLUG__METRIC__INIT, *metrics[] = {&metric};
    Sensors__Sparkplug__Payload payload = SENSORS__SPARKPLUG__PAYLOAD__INIT;
    metric.name = name;
    metric.has_datatype = true;
    metric.datatype = BOOLEAN;
    metric.value_case = SENSORS__SPARKPLUG__METRIC__VALUE_BOOLEAN_VALUE;
    metric.boolean_value = true;
    payload.has_timestamp = true;
    payload.timestamp = (uint64_t)(decoding->message->t_recv / 1000);
    payload.n_metrics = 1;
    payload.metrics = metrics;
    size_t len = sensors__sparkplug__payload__get_packed_size(&payload);
    uint8_t *bytes = base_arena_alloc(decoding->arena, len);
    if (!bytes) {
        return (struct base_str){NULL, 0};
    }
    sensors__sparkplug__payload__pack(&payload, bytes);
    return (struct base_str){(const char *)bytes, len};
}

/* --- memory --- */
/* A key that is too long is one that the memory refuses: such a node stays unknown. */
static struct base_str key_of(const char *what, struct base_str device, char text[KEY_MAX])
{
    int len = snprintf(text, KEY_MAX, "sparkplug/%s/%.*s", what, (int)device.len, device.at);
    return (struct base_str){text, (size_t)len < KEY_MAX ? (size_t)len : KEY_MAX - 1};
}

struct sensors_sparkplug_node sensors_sparkplug_node_get(const struct sensors_decoding *decoding, struct base_str node)
{
    struct sensors_sparkplug_node state = {.asked_us = SENSORS_NO_TIME};
    char text[KEY_MAX];
    struct base_str value;
    if (!sensors_memory_get(decoding->message->memory, key_of("node", node, text), &value) || value.len != NODE_BYTES) {
        return state;
    }
    struct base_reader reader = base_reader_of(value.at, value.len);
    state.alive = base_reader_u8(&reader) != 0;
    state.seq = base_reader_u8(&reader);
    state.has_birth = base_reader_u8(&reader) != 0;
    state.birth = base_reader_u64be(&reader);
    state.generation = base_reader_u64be(&reader);
    state.asked_us = (int64_t)base_reader_u64be(&reader);
    return state;
}

static bool remember(struct sensors_decoding *decoding, struct base_str key, const struct base_buf *value)
{
    struct sensors_memory *memory = decoding->message->memory;
    return memory && !value->err && sensors_memory_set(memory, key, base_buf_str(value)) == BASE_OK;
}

bool sensors_sparkplug_node_set(struct sensors_decoding *decoding, struct base_str node,
                                const struct sensors_sparkplug_node *state)
{
    char text[KEY_MAX];
    AUTO_VALUE(base_buf) value;
    base_buf_init(&value, NODE_BYTES);
    base_buf_u8(&value, state->alive);
    base_buf_u8(&value, state->seq);
    base_buf_u8(&value, state->has_birth);
    base_buf_u64be(&value, state->birth);
    base_buf_u64be(&value, state->generation);
    base_buf_u64be(&value, (uint64_t)state->asked_us);
    return remember(decoding, key_of("node", node, text), &value);
}

/* Each metric: by alias or by name, type, name, unit. */
static void note(struct base_buf *value, const struct sensors_sparkplug_metric *metric)
{
    base_buf_u8(value, metric->has_alias);
    base_buf_u64be(value, metric->alias);
    base_buf_u8(value, metric->type <= UINT8_MAX ? (uint8_t)metric->type : UINT8_MAX);
    base_buf_u8(value, (uint8_t)metric->name.len);
    base_buf_append(value, metric->name.at, metric->name.len);
    base_buf_u8(value, (uint8_t)metric->unit.len);
    if (metric->unit.len) {
        base_buf_append(value, metric->unit.at, metric->unit.len);
    }
}

void sensors_sparkplug_birth_set(struct sensors_decoding *decoding, struct base_str device, uint64_t generation,
                                 const struct sensors_sparkplug *payload)
{
    char text[KEY_MAX];
    AUTO_VALUE(base_buf) value;
    base_buf_init(&value, SENSORS_MEMORY_VALUE_MAX);
    base_buf_u64be(&value, generation);
    for (size_t i = 0; i < payload->count; i++) {
        if (payload->metrics[i].name.len > 0 && payload->metrics[i].name.len <= NAME_MAX_BYTES) {
            note(&value, &payload->metrics[i]);
        }
    }
    if (!remember(decoding, key_of("birth", device, text), &value)) {
        sensors_sparkplug_birth_forget(decoding, device); /* rather none than the one before */
    }
}

void sensors_sparkplug_birth_forget(struct sensors_decoding *decoding, struct base_str device)
{
    char text[KEY_MAX];
    struct base_str nothing = {NULL, 0};
    if (sensors_memory_set(decoding->message->memory, key_of("birth", device, text), nothing)) {
        return; /* then it was never there */
    }
}

struct base_str sensors_sparkplug_birth_get(struct sensors_decoding *decoding, struct base_str device,
                                            uint64_t generation)
{
    char text[KEY_MAX];
    struct base_str value;
    if (!sensors_memory_get(decoding->message->memory, key_of("birth", device, text), &value)) {
        return (struct base_str){NULL, 0};
    }
    struct base_reader reader = base_reader_of(value.at, value.len);
    if (base_reader_u64be(&reader) != generation || reader.failed) {
        return (struct base_str){NULL, 0};
    }
    return sensors_decode_keep(decoding, (struct base_str){(const char *)reader.at, base_reader_left(&reader)});
}

bool sensors_sparkplug_birth_find(struct base_str birth, const struct sensors_sparkplug_metric *metric,
                                  struct sensors_sparkplug_born *ret_born)
{
    struct base_reader reader = base_reader_of(birth.at, birth.len);
    while (base_reader_left(&reader) > 0) {
        bool has_alias = base_reader_u8(&reader) != 0;
        uint64_t alias = base_reader_u64be(&reader);
        struct sensors_sparkplug_born born = {.type = base_reader_u8(&reader)};
        born.name = base_reader_bytes(&reader, base_reader_u8(&reader));
        born.unit = base_reader_bytes(&reader, base_reader_u8(&reader));
        bool found = metric->name.len ? base_str_equal(born.name, metric->name)
                                      : metric->has_alias && has_alias && alias == metric->alias;
        if (found && !reader.failed) {
            *ret_born = born;
            return true;
        }
    }
    return false;
}
