/* Nodes within limits, and literals of time: what is the same whether a filter comes as text or as JSON. */
#include "geo/cql2_read.h"

#include <string.h>

void cql2_read_init(struct cql2_reading *reading, struct geo_cql2 *filter, struct base_diag *diag)
{
    reading->filter = filter;
    reading->diag = diag;
    reading->err = BASE_OK;
    reading->depth = 0;
    reading->pending.nodes = reading->pending.first;
    reading->pending.count = 0;
    reading->pending.cap = BASE_COUNT(reading->pending.first);
    reading->meetings = 0;
}

void *cql2_read_wrong(struct cql2_reading *reading, enum base_err err, uint32_t at, const char *format, ...)
{
    char sentence[sizeof reading->diag->text];
    va_list args;
    va_start(args, format);
    vsnprintf(sentence, sizeof sentence, format, args);
    va_end(args);
    reading->err = cql2_wrong(reading->diag, err, at, "%s", sentence);
    return NULL;
}

static void *no_memory(struct cql2_reading *reading)
{
    bool full = reading->filter->arena.full && reading->filter->arena.used * 2 > reading->filter->arena.max;
    return full ? cql2_read_wrong(reading, BASE_LIMIT, 0, "the filter is too large")
                : cql2_read_wrong(reading, BASE_NOMEM, 0, "out of memory");
}

static void *too_deep(struct cql2_reading *reading, uint32_t at)
{
    return cql2_read_wrong(reading, BASE_LIMIT, at, "nested deeper than %d levels", GEO_CQL2_DEPTH_MAX);
}

bool cql2_read_enter(struct cql2_reading *reading, uint32_t at)
{
    if (reading->depth == GEO_CQL2_DEPTH_MAX) {
        return too_deep(reading, at);
    }
    reading->depth++;
    return true;
}

static bool grow(struct cql2_reading *reading)
{
    struct cql2_pending *pending = &reading->pending;
    struct cql2_node **nodes =
        base_arena_room(&reading->filter->arena, 2 * (size_t)pending->cap * sizeof(struct cql2_node *));
    if (!nodes) {
        return no_memory(reading);
    }
    memcpy(nodes, pending->nodes, pending->count * sizeof(struct cql2_node *));
    pending->nodes = nodes;
    pending->cap *= 2;
    return true;
}

bool cql2_read_push(struct cql2_reading *reading, struct cql2_node *node)
{
    struct cql2_pending *pending = &reading->pending;
    if (!node || (pending->count == pending->cap && !grow(reading))) {
        return false;
    }
    pending->nodes[pending->count++] = node;
    return true;
}

struct cql2_node *cql2_read_join(struct cql2_reading *reading, enum cql2_op op, uint32_t at, uint32_t from)
{
    struct cql2_pending *pending = &reading->pending;
    uint32_t count = pending->count - from;
    struct cql2_node *node = cql2_node_new(reading->filter, op, at, count);
    if (!node) {
        return no_memory(reading);
    }
    for (uint32_t i = 0; i < count; i++) {
        node->args[i] = pending->nodes[from + i];
        uint32_t height = node->args[i]->height + 1;
        node->height = height > node->height ? height : node->height;
    }
    pending->count = from;
    return node->height > GEO_CQL2_DEPTH_MAX ? too_deep(reading, at) : node;
}

struct cql2_node *cql2_read_unary(struct cql2_reading *reading, enum cql2_op op, uint32_t at, struct cql2_node *a)
{
    return cql2_read_push(reading, a) ? cql2_read_join(reading, op, at, reading->pending.count - 1) : NULL;
}

struct cql2_node *cql2_read_binary(struct cql2_reading *reading, enum cql2_op op, uint32_t at, struct cql2_node *a,
                                   struct cql2_node *b)
{
    return cql2_read_push(reading, a) && cql2_read_push(reading, b)
               ? cql2_read_join(reading, op, at, reading->pending.count - 2)
               : NULL;
}

struct cql2_node *cql2_read_literal(struct cql2_reading *reading, uint32_t at, struct geo_cql2_value value)
{
    struct cql2_node *node = cql2_node_new(reading->filter, CQL2_LITERAL, at, 0);
    if (!node) {
        return no_memory(reading);
    }
    node->type = value.type;
    node->value = value;
    return node;
}

struct cql2_node *cql2_read_property(struct cql2_reading *reading, uint32_t at, struct base_str name)
{
    struct cql2_node *node = cql2_node_new(reading->filter, CQL2_PROPERTY, at, 0);
    char *copy = node ? base_arena_text(&reading->filter->arena, name) : NULL;
    if (!copy) {
        return no_memory(reading);
    }
    node->name = (struct base_str){copy, name.len};
    return node;
}

/* --- instants --- */
#define FIRST_US (INT64_C(-62135596800) * 1000000) /* 0001-01-01T00:00:00Z */
#define END_US (INT64_C(253402300800) * 1000000)   /* 10000-01-01T00:00:00Z */
enum { DATE_LEN = 10 };

static bool date_in(struct base_str text, int64_t *ret_days)
{
    static const char midnight[] = "T00:00:00Z";
    char whole[DATE_LEN + sizeof midnight];
    int64_t time_us;
    if (text.len != DATE_LEN) {
        return false;
    }
    memcpy(whole, text.at, DATE_LEN);
    memcpy(whole + DATE_LEN, midnight, sizeof midnight);
    if (!base_time_in(base_str_of(whole), &time_us) || time_us < FIRST_US) {
        return false;
    }
    *ret_days = time_us / CQL2_DAY_US;
    return true;
}

/* Stricter than RFC 3339 reads: a T between date and time, and no sixtieth second, which no instant of ours is. */
static bool timestamp_in(struct base_str text, int64_t *ret_time_us)
{
    int64_t time_us;
    if (!base_time_in(text, &time_us) || (text.at[DATE_LEN] | 0x20) != 't' || text.at[17] == '6' ||
        time_us < FIRST_US || time_us >= END_US) {
        return false;
    }
    *ret_time_us = time_us;
    return true;
}

struct cql2_node *cql2_read_instant(struct cql2_reading *reading, uint32_t at, enum geo_cql2_type type,
                                    struct base_str text)
{
    struct geo_cql2_value value = {.type = type};
    int shown = cql2_shown(text);
    if (type == GEO_CQL2_ANY && base_str_is(text, "..")) {
        value.type = GEO_CQL2_INTERVAL;
        value.interval.from = INT64_MIN;
        value.interval.to = INT64_MAX;
        return cql2_read_literal(reading, at, value);
    }
    if (type != GEO_CQL2_TIMESTAMP && date_in(text, &value.integer)) {
        value.type = GEO_CQL2_DATE;
        return cql2_read_literal(reading, at, value);
    }
    if (type != GEO_CQL2_DATE && timestamp_in(text, &value.integer)) {
        value.type = GEO_CQL2_TIMESTAMP;
        return cql2_read_literal(reading, at, value);
    }
    if (type == GEO_CQL2_DATE) {
        return cql2_read_wrong(reading, BASE_INVALID, at, "'%.*s' is no date; write one as '2026-05-01'", shown,
                               text.at);
    }
    return cql2_read_wrong(reading, BASE_INVALID, at,
                           "'%.*s' is no time with its zone; write one as '2026-05-01T08:30:00Z'%s", shown, text.at,
                           type == GEO_CQL2_ANY ? ", a date as '2026-05-01', an open end as '..'" : "");
}
