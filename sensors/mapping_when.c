/* Conditions of a mapping as the file has them: an array, all of which must hold. */
#include "sensors/mapping.h"

#include <string.h>

enum { DEPTH_MAX = 8 };

static struct mapping_when condition(struct mapping_load *load, const struct mapping_at *at, int depth);

static struct mapping_whens conditions(struct mapping_load *load, const struct mapping_at *at, int depth)
{
    size_t count = sensors_mapping_member_list(load, at);
    struct mapping_when *list = count ? sensors_mapping_member_room(load, count, sizeof *list) : NULL;
    for (size_t i = 0; list && i < count; i++) {
        const struct mapping_at item = sensors_mapping_member_item(at, i);
        list[i] = condition(load, &item, depth + 1);
    }
    return (struct mapping_whens){list, list ? count : 0};
}

static void nested(struct mapping_load *load, const struct mapping_at *at, int depth, struct mapping_when *when)
{
    if (depth > DEPTH_MAX) {
        sensors_mapping_member_fail(load, at, "conditions nested deeper than %d", DEPTH_MAX);
        return;
    }
    if (when->test == MAPPING_NOT && !base_json_in_is_array(at->json)) {
        struct mapping_when *one = sensors_mapping_member_room(load, 1, sizeof *one);
        if (one) {
            *one = condition(load, at, depth + 1);
            when->list = one;
            when->list_count = 1;
        }
        return;
    }
    struct mapping_whens list = conditions(load, at, depth);
    when->list = list.list;
    when->list_count = list.count;
}

static bool type_name(struct base_str text)
{
    static const char *const types[] = {"text", "number", "numeric", "boolean", "object", "array", "null", "scalar"};
    size_t i = 0;
    while (i < BASE_COUNT(types) && !base_str_is(text, types[i])) {
        i++;
    }
    return i < BASE_COUNT(types);
}

static void check_constants(struct mapping_load *load, const struct mapping_at *at, const struct mapping_when *when)
{
    bool number = when->test >= MAPPING_GT && when->test <= MAPPING_LE;
    bool text = when->test >= MAPPING_IS && when->test <= MAPPING_HAS;
    for (size_t i = 0; i < when->count && !load->err; i++) {
        const struct mapping_datum *datum = &when->constants[i];
        if (number && datum->type != MAPPING_NUMBER) {
            sensors_mapping_member_fail(load, at, "a number is wanted");
        } else if (text && datum->type != MAPPING_TEXT) {
            sensors_mapping_member_fail(load, at, "a text is wanted");
        } else if (when->test == MAPPING_IS && !type_name(datum->text)) {
            sensors_mapping_member_fail(load, at,
                                        "\"%.*s\" is none of text number numeric boolean object array null "
                                        "scalar",
                                        (int)datum->text.len, datum->text.at);
        }
    }
}

/* [path, constant], or [path, [constants]]. */
static void compared(struct mapping_load *load, const struct mapping_at *at, struct mapping_when *when)
{
    if (!base_json_in_is_array(at->json) || base_json_in_size(at->json) != 2) {
        sensors_mapping_member_fail(load, at, "a path and what it is compared with are wanted: [\"/a\", 1]");
        return;
    }
    const struct mapping_at path = sensors_mapping_member_item(at, 0), with = sensors_mapping_member_item(at, 1);
    bool several = when->test == MAPPING_IN;
    if (several && !base_json_in_is_array(with.json)) {
        sensors_mapping_member_fail(load, &with, "an array is wanted");
    }
    when->path = sensors_mapping_path_load(load, &path);
    when->count = several && !load->err ? base_json_in_size(with.json) : 1;
    struct mapping_datum *constants = sensors_mapping_member_room(load, when->count, sizeof *constants);
    for (size_t i = 0; constants && i < when->count; i++) {
        const struct mapping_at item = sensors_mapping_member_item(&with, i);
        constants[i] = sensors_mapping_member_datum(load, several ? &item : &with);
    }
    when->constants = constants;
    when->count = constants ? when->count : 0;
    check_constants(load, &with, when);
}

static struct mapping_when condition(struct mapping_load *load, const struct mapping_at *at, int depth)
{
    struct mapping_when when = {.test = MAPPING_EXISTS};
    const char *const *names = sensors_mapping_member_names(MAPPING_OF_WHEN);
    if (!sensors_mapping_member_check(load, at, MAPPING_OF_WHEN)) {
        return when;
    }
    if (base_json_in_size(at->json) != 1) {
        sensors_mapping_member_fail(load, at, "one test each is wanted, such as {\"exists\": \"/a\"}");
        return when;
    }
    for (size_t i = 0; names[i]; i++) {
        const struct mapping_at test = sensors_mapping_member_at(at, names[i]);
        if (!test.json) {
            continue;
        }
        when.test = (enum mapping_test)i;
        if (when.test == MAPPING_EXISTS) {
            when.path = sensors_mapping_path_load(load, &test);
        } else if (when.test >= MAPPING_NOT) {
            nested(load, &test, depth, &when);
        } else {
            compared(load, &test, &when);
        }
    }
    return when;
}

struct mapping_whens sensors_mapping_when_load(struct mapping_load *load, const struct mapping_at *up, const char *key)
{
    const struct mapping_at at = sensors_mapping_member_at(up, key);
    return conditions(load, &at, 0);
}
