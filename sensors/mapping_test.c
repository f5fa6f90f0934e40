/* Conditions of a mapping, asked of a message. */
#include "sensors/mapping.h"

#include <math.h>
#include <string.h>
#include <strings.h>

static bool is(const struct mapping_datum *datum, struct base_str type)
{
    static const struct {
        const char *name;
        enum mapping_type type;
    } types[] = {{"text", MAPPING_TEXT},     {"number", MAPPING_NUMBER}, {"boolean", MAPPING_BOOLEAN},
                 {"object", MAPPING_OBJECT}, {"array", MAPPING_ARRAY},   {"null", MAPPING_NULL}};
    if (base_str_is(type, "numeric")) {
        return !isnan(sensors_mapping_read_number(datum));
    }
    if (base_str_is(type, "scalar")) {
        return datum->type >= MAPPING_BOOLEAN && datum->type <= MAPPING_TEXT;
    }
    for (size_t i = 0; i < BASE_COUNT(types); i++) {
        if (base_str_is(type, types[i].name)) {
            return datum->type == types[i].type;
        }
    }
    return false;
}

static bool has(struct mapping_run *run, const struct mapping_datum *datum, const struct mapping_datum *wanted)
{
    for (size_t i = 0; datum->type == MAPPING_ARRAY && i < base_json_in_size(datum->node); i++) {
        const struct mapping_datum item = sensors_mapping_read_node(base_json_in_at(datum->node, i));
        if (sensors_mapping_read_same(run, &item, wanted)) {
            return true;
        }
    }
    return datum->type == MAPPING_TEXT &&
           (wanted->text.len == 0 ||
            (datum->text.len && memmem(datum->text.at, datum->text.len, wanted->text.at, wanted->text.len)));
}

/* Brands and models are written as people like: EM400-TLD, em400-tld. */
static bool equal(struct mapping_run *run, const struct mapping_when *when, const struct mapping_datum *datum,
                  const struct mapping_datum *constant)
{
    if (when->path.root == MAPPING_INSIDE && datum->type == MAPPING_TEXT && constant->type == MAPPING_TEXT) {
        return datum->text.len == constant->text.len &&
               strncasecmp(datum->text.at, constant->text.at, datum->text.len) == 0;
    }
    return sensors_mapping_read_same(run, datum, constant);
}

static bool one_of(struct mapping_run *run, const struct mapping_when *when, const struct mapping_datum *datum)
{
    for (size_t i = 0; i < when->count; i++) {
        if (equal(run, when, datum, &when->constants[i])) {
            return true;
        }
    }
    return false;
}

static bool any_of(struct mapping_run *run, const struct mapping_when *when)
{
    for (size_t i = 0; i < when->list_count; i++) {
        const struct mapping_whens one = {&when->list[i], 1};
        if (sensors_mapping_test(run, &one)) {
            return true;
        }
    }
    return false;
}

static bool compared(struct mapping_run *run, const struct mapping_when *when)
{
    const struct mapping_datum datum = sensors_mapping_read_path(run, &when->path);
    const struct mapping_datum *constant = when->constants;
    double number = sensors_mapping_read_number(&datum);
    struct base_str text = datum.text, part = constant ? constant->text : text;
    bool fits = datum.type == MAPPING_TEXT && text.len >= part.len;
    switch (when->test) {
    case MAPPING_EQ:
    case MAPPING_IN:
        return one_of(run, when, &datum);
    case MAPPING_NE:
        return !one_of(run, when, &datum);
    case MAPPING_GT:
        return number > constant->number;
    case MAPPING_GE:
        return number >= constant->number;
    case MAPPING_LT:
        return number < constant->number;
    case MAPPING_LE:
        return number <= constant->number;
    case MAPPING_IS:
        return is(&datum, part);
    case MAPPING_STARTS:
        return fits && (part.len == 0 || memcmp(text.at, part.at, part.len) == 0);
    case MAPPING_ENDS:
        return fits && (part.len == 0 || memcmp(text.at + text.len - part.len, part.at, part.len) == 0);
    case MAPPING_HAS:
        return has(run, &datum, constant);
    default:
        return datum.type != MAPPING_ABSENT;
    }
}

static bool holds(struct mapping_run *run, const struct mapping_when *when)
{
    const struct mapping_whens all = {when->list, when->list_count};
    switch (when->test) {
    case MAPPING_NOT:
        return !sensors_mapping_test(run, &all);
    case MAPPING_ALL:
        return sensors_mapping_test(run, &all);
    case MAPPING_ANY:
        return any_of(run, when);
    default:
        return compared(run, when);
    }
}

bool sensors_mapping_test(struct mapping_run *run, const struct mapping_whens *whens)
{
    for (size_t i = 0; i < whens->count; i++) {
        if (!holds(run, &whens->list[i])) {
            return false;
        }
    }
    return true;
}
