/* A value of a mapping as the file has it: where it is, and what is done to it before it means something. */
#include "sensors/mapping.h"

#include <math.h>
#include <string.h>

static const char *const verbs[] = {"lower",  "upper", "trim",   "parse",  "first", "last",
                                    "base64", "hex",   "yes_no", "length", NULL};
/* The transforms with an argument, in the order of enum mapping_verb. */
static const struct {
    const char *name;
    enum mapping_verb verb;
} arguments[] = {{"split", MAPPING_SPLIT},
                 {"bit", MAPPING_BIT},
                 {"get", MAPPING_GET},
                 {"strip_prefix", MAPPING_STRIP_PREFIX},
                 {"strip_suffix", MAPPING_STRIP_SUFFIX},
                 {"append", MAPPING_APPEND}};

static struct mapping_do argument(struct mapping_load *load, const struct mapping_at *at)
{
    struct mapping_do step = {.verb = MAPPING_SPLIT};
    size_t found = 0;
    for (size_t i = 0; sensors_mapping_member_check(load, at, MAPPING_OF_DO) && i < BASE_COUNT(arguments); i++) {
        const struct mapping_at member = sensors_mapping_member_at(at, arguments[i].name);
        if (!member.json) {
            continue;
        }
        found++;
        step.verb = arguments[i].verb;
        if (step.verb == MAPPING_BIT) {
            step.number = (int64_t)sensors_mapping_member_number(load, at, "bit", 0);
        } else if (step.verb == MAPPING_GET) {
            step.path = sensors_mapping_path_load(load, &member);
        } else {
            step.text = sensors_mapping_member_text(load, at, arguments[i].name, true);
        }
    }
    if (step.verb == MAPPING_SPLIT) {
        step.number = (int64_t)sensors_mapping_member_number(load, at, "at", 0);
    }
    if (!load->err && found != 1) {
        sensors_mapping_member_fail(load, at, "one of split, bit, get, strip_prefix, strip_suffix, append is wanted");
    } else if (step.verb == MAPPING_BIT && (step.number < 0 || step.number > 62)) {
        sensors_mapping_member_fail(load, at, "bits are 0 (the lowest) to 62");
    } else if (step.verb == MAPPING_GET && step.path.root != MAPPING_HERE) {
        sensors_mapping_member_fail(load, at, "a JSON Pointer is wanted");
    }
    return step;
}

static struct mapping_do verb(struct mapping_load *load, const struct mapping_at *at)
{
    struct base_str text;
    if (!base_json_in_text(at->json, &text)) {
        return argument(load, at);
    }
    for (size_t i = 0; verbs[i]; i++) {
        if (base_str_is(text, verbs[i])) {
            return (struct mapping_do){.verb = (enum mapping_verb)i};
        }
    }
    sensors_mapping_member_fail(load, at,
                                "\"%.*s\" is no transform; there are lower upper trim parse first last base64 hex "
                                "yes_no length and, as objects, split bit get strip_prefix strip_suffix append",
                                (int)text.len, text.at);
    return (struct mapping_do){.verb = MAPPING_TRIM};
}

static void read_dos(struct mapping_load *load, const struct mapping_at *up, struct mapping_value *value)
{
    const struct mapping_at at = sensors_mapping_member_at(up, "do");
    size_t count = sensors_mapping_member_list(load, &at);
    struct mapping_do *dos = sensors_mapping_member_room(load, count, sizeof *dos);
    for (size_t i = 0; dos && i < count; i++) {
        const struct mapping_at item = sensors_mapping_member_item(&at, i);
        dos[i] = verb(load, &item);
    }
    value->dos = dos;
    value->do_count = dos ? count : 0;
}

static void read_drops(struct mapping_load *load, const struct mapping_at *up, struct mapping_value *value)
{
    const struct mapping_at at = sensors_mapping_member_at(up, "drop");
    size_t count = sensors_mapping_member_list(load, &at);
    struct mapping_datum *drops = sensors_mapping_member_room(load, count, sizeof *drops);
    for (size_t i = 0; drops && i < count; i++) {
        const struct mapping_at item = sensors_mapping_member_item(&at, i);
        drops[i] = sensors_mapping_member_datum(load, &item);
    }
    value->drops = drops;
    value->drop_count = drops ? count : 0;
}

static void read_enum(struct mapping_load *load, const struct mapping_at *up, struct mapping_value *value)
{
    const struct mapping_at at = sensors_mapping_member_at(up, "enum");
    void *next = NULL;
    struct base_str key;
    const struct base_json *member;
    if (!at.json || load->err) {
        return;
    }
    if (!base_json_in_is_object(at.json) || !base_json_in_size(at.json)) {
        sensors_mapping_member_fail(load, &at, "an object is wanted, such as {\"ON\": 1, \"OFF\": 0}");
        return;
    }
    struct mapping_row *rows = sensors_mapping_member_room(load, base_json_in_size(at.json), sizeof *rows);
    while (rows && !load->err && base_json_in_next(at.json, &next, &key, &member)) {
        const struct mapping_at item = {&at, key.at, 0, member};
        rows[value->row_count++] =
            (struct mapping_row){sensors_mapping_member_keep(load, key), sensors_mapping_member_datum(load, &item)};
    }
    value->rows = rows;
}

static void read_paths(struct mapping_load *load, const struct mapping_at *up, const char *key,
                       struct mapping_value *value)
{
    const struct mapping_at at = sensors_mapping_member_at(up, key);
    struct mapping_path *one;
    if (base_json_in_is_array(at.json)) {
        struct mapping_paths list = sensors_mapping_path_list(load, up, key);
        value->paths = list.list;
        value->path_count = list.count;
        return;
    }
    one = sensors_mapping_member_room(load, 1, sizeof *one);
    if (one) {
        *one = sensors_mapping_path_load(load, &at);
        value->paths = one;
        value->path_count = 1;
    }
}

static void read_where(struct mapping_load *load, const struct mapping_at *at, struct mapping_value *value)
{
    const struct mapping_at from = sensors_mapping_member_at(at, "from");
    const struct mapping_at constant = sensors_mapping_member_at(at, "value");
    const struct mapping_at join = sensors_mapping_member_at(at, "join");
    if ((from.json != NULL) + (constant.json != NULL) + (join.json != NULL) != 1) {
        sensors_mapping_member_fail(load, at, "one of \"from\" (a path), \"join\" (paths) and \"value\" is wanted");
    } else if (constant.json) {
        value->constant = sensors_mapping_member_datum(load, &constant);
    } else if (join.json) {
        value->join = true;
        value->by = sensors_mapping_member_text(load, at, "by", false);
        if (!base_json_in_is_array(join.json)) {
            sensors_mapping_member_fail(load, &join, "an array of paths is wanted");
            return;
        }
        read_paths(load, at, "join", value);
    } else {
        read_paths(load, at, "from", value);
    }
}

/* Other than what it is wanted in, of the same dimension. */
static void read_unit(struct mapping_load *load, const struct mapping_at *up, const char *unit, const char *what,
                      struct mapping_value *value)
{
    value->unit = sensors_mapping_member_text(load, up, "unit", false);
    const struct mapping_at at = sensors_mapping_member_at(up, "unit");
    if (!at.json || load->err) {
        return;
    }
    if (!unit) {
        sensors_mapping_member_fail(load, &at, "%s has no unit", what);
    } else if (*unit && isnan(sensors_unit_convert(1, value->unit, unit))) {
        sensors_mapping_member_fail(load, &at, "\"%.*s\" is no unit of %s", (int)value->unit.len, value->unit.at, what);
    }
}

struct mapping_value sensors_mapping_value_load(struct mapping_load *load, const struct mapping_at *at,
                                                enum mapping_object object, const char *unit, const char *what)
{
    struct mapping_value value = {.scale = 1, .least = -INFINITY, .most = INFINITY};
    struct base_str text;
    struct mapping_path *path;
    value.given = at->json != NULL;
    if (!value.given || load->err) {
        return value;
    }
    if (base_json_in_text(at->json, &text)) {
        path = sensors_mapping_member_room(load, 1, sizeof *path);
        if (path) {
            *path = sensors_mapping_path_load(load, at);
            value.paths = path;
            value.path_count = 1;
        }
        return value;
    }
    if (!sensors_mapping_member_check(load, at, object)) {
        return value;
    }
    read_where(load, at, &value);
    read_dos(load, at, &value);
    read_drops(load, at, &value);
    read_enum(load, at, &value);
    value.scale = sensors_mapping_member_number(load, at, "scale", 1);
    value.offset = sensors_mapping_member_number(load, at, "offset", 0);
    value.least = sensors_mapping_member_number(load, at, "min", -INFINITY);
    value.most = sensors_mapping_member_number(load, at, "max", INFINITY);
    read_unit(load, at, unit, what, &value);
    return value;
}
