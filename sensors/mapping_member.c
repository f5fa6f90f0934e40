/* Members of a mapping file's objects: a closed list, because a member that is not understood is a misspelt one. The
 * lists are those of docs/mapping.schema.json. */
#include "sensors/mapping.h"

#include <string.h>

#define OF_CASE "topic", "payload", "when", "each", "emit", "ignore", "private"
#define OF_VALUE "from", "value", "join", "by", "do", "drop", "enum", "scale", "offset", "min", "max", "unit"

static const struct {
    const char *of;
    const char *const names[24];
} objects[MAPPING_OBJECTS] = {
    [MAPPING_OF_MAPPING] = {"mapping",
                            {"$schema", "map", "version", "help", "subject", "thing", "stations", "inside", "cases",
                             OF_CASE}},
    [MAPPING_OF_CASE] = {"case", {OF_CASE}},
    [MAPPING_OF_EACH] = {"each", {"keys", "items", "at", "as", "single", "parse", "optional"}},
    [MAPPING_OF_EMIT] = {"emit", {"when",       "kind",    "phase",    "device",      "subject",   "time",
                                  "lon",        "lat",     "alt",      "acc",         "speed",     "course",
                                  "pos_source", "channel", "severity", "confidence",  "native_id", "flags",
                                  "lasts",      "key",     "measure",  "measure_all", "private"}},
    [MAPPING_OF_DEVICE] = {"device", {"ns", OF_VALUE}},
    [MAPPING_OF_SUBJECT] = {"subject", {"type", OF_VALUE}},
    [MAPPING_OF_TIME] = {"time", {"as", "tz", "else", "source", OF_VALUE}},
    [MAPPING_OF_PHASE] = {"phase", {"true", "false", "change", OF_VALUE}},
    [MAPPING_OF_VALUE] = {"value", {OF_VALUE}},
    [MAPPING_OF_MEASURE] = {"measure", {"name", "text", OF_VALUE}},
    [MAPPING_OF_MEASURE_ALL] = {"measure_all", {"from", "strings", "known", "except"}},
    [MAPPING_OF_FLAG] = {"flag", {"flag", "when"}},
    [MAPPING_OF_WHEN] = {"when",
                         {"exists", "eq", "ne", "in", "gt", "ge", "lt", "le", "is", "starts", "ends", "has", "not",
                          "any", "all"}},
    [MAPPING_OF_DO] = {"do", {"split", "at", "bit", "get", "strip_prefix", "strip_suffix", "append"}},
};

const char *sensors_mapping_member_of(enum mapping_object object)
{
    return objects[object].of;
}

const char *const *sensors_mapping_member_names(enum mapping_object object)
{
    return objects[object].names;
}

void sensors_mapping_member_fail(struct mapping_load *load, const struct mapping_at *at, const char *format, ...)
{
    char what[512];
    AUTO_VALUE(base_buf) path;
    base_buf_init(&path, 4096);
    if (load->err) {
        return;
    }
    va_list args;
    va_start(args, format);
    vsnprintf(what, sizeof what, format, args);
    va_end(args);
    sensors_mapping_where_path(at, &path);
    load->err = base_diag_set(load->diag, BASE_INVALID, "mapping %s line %d %s: %s", load->name,
                              sensors_mapping_where_line(load->text, at), path.len ? base_buf_cstr(&path) : "/", what);
}

static bool listed(const char *const *names, struct base_str name)
{
    while (*names && !base_str_is(name, *names)) {
        names++;
    }
    return *names != NULL;
}

static void known(const char *const *names, struct base_buf *ret_list)
{
    for (; *names; names++) {
        base_buf_printf(ret_list, "%s%s", ret_list->len ? " " : "", *names);
    }
}

bool sensors_mapping_member_check(struct mapping_load *load, const struct mapping_at *at, enum mapping_object object)
{
    void *next = NULL;
    struct base_str key;
    const struct base_json *member;
    if (load->err) {
        return false;
    }
    if (!base_json_in_is_object(at->json)) {
        sensors_mapping_member_fail(load, at, "an object is wanted");
        return false;
    }
    while (!load->err && base_json_in_next(at->json, &next, &key, &member)) {
        if (!listed(objects[object].names, key)) {
            AUTO_VALUE(base_buf) list;
            base_buf_init(&list, 4096);
            known(objects[object].names, &list);
            const struct mapping_at there = {at, key.at, 0, member};
            sensors_mapping_member_fail(load, &there, "no such member; there are %s", base_buf_cstr(&list));
        }
    }
    return !load->err;
}

struct mapping_at sensors_mapping_member_at(const struct mapping_at *up, const char *key)
{
    return (struct mapping_at){up, key, 0, base_json_in_get(up->json, key)};
}

struct mapping_at sensors_mapping_member_item(const struct mapping_at *up, size_t index)
{
    return (struct mapping_at){up, NULL, index, base_json_in_at(up->json, index)};
}

struct base_str sensors_mapping_member_keep(struct mapping_load *load, struct base_str text)
{
    char *copy = load->err ? NULL : base_arena_text(&load->mapping->arena, text);
    if (!copy && !load->err) {
        load->err = base_diag_set(load->diag, BASE_NOMEM, "mapping %s: too large", load->name);
    }
    return copy ? (struct base_str){copy, text.len} : (struct base_str){NULL, 0};
}

void *sensors_mapping_member_room(struct mapping_load *load, size_t count, size_t size)
{
    void *room = load->err ? NULL : base_arena_alloc(&load->mapping->arena, (count ? count : 1) * size);
    if (!room && !load->err) {
        load->err = base_diag_set(load->diag, BASE_NOMEM, "mapping %s: too large", load->name);
    }
    return room;
}

struct base_str sensors_mapping_member_text(struct mapping_load *load, const struct mapping_at *up, const char *key,
                                            bool wanted)
{
    struct base_str text = {NULL, 0};
    const struct mapping_at at = sensors_mapping_member_at(up, key);
    if (!at.json && !wanted) {
        return text;
    }
    if (!at.json) {
        sensors_mapping_member_fail(load, up, "\"%s\" is missing", key);
    } else if (!base_json_in_text(at.json, &text)) {
        sensors_mapping_member_fail(load, &at, "a text is wanted");
    } else if (text.len == 0 && wanted) {
        sensors_mapping_member_fail(load, &at, "the text is empty");
    }
    return load->err ? (struct base_str){NULL, 0} : sensors_mapping_member_keep(load, text);
}

double sensors_mapping_member_number(struct mapping_load *load, const struct mapping_at *up, const char *key,
                                     double standard)
{
    double number = standard;
    const struct mapping_at at = sensors_mapping_member_at(up, key);
    if (at.json && !base_json_in_f64(at.json, &number)) {
        sensors_mapping_member_fail(load, &at, "a number is wanted");
    }
    return number;
}

bool sensors_mapping_member_bool(struct mapping_load *load, const struct mapping_at *up, const char *key)
{
    bool flag = false;
    const struct mapping_at at = sensors_mapping_member_at(up, key);
    if (at.json && !base_json_in_bool(at.json, &flag)) {
        sensors_mapping_member_fail(load, &at, "true or false is wanted");
    }
    return flag;
}

size_t sensors_mapping_member_choice(struct mapping_load *load, const struct mapping_at *up, const char *key,
                                     const char *const *names, size_t standard)
{
    struct base_str text = sensors_mapping_member_text(load, up, key, false);
    const struct mapping_at at = sensors_mapping_member_at(up, key);
    if (!at.json || load->err) {
        return standard;
    }
    for (size_t i = 0; names[i]; i++) {
        if (base_str_is(text, names[i])) {
            return i;
        }
    }
    AUTO_VALUE(base_buf) list;
    base_buf_init(&list, 4096);
    known(names, &list);
    sensors_mapping_member_fail(load, &at, "\"%.*s\" is none of %s", (int)text.len, text.at, base_buf_cstr(&list));
    return standard;
}

size_t sensors_mapping_member_list(struct mapping_load *load, const struct mapping_at *at)
{
    if (at->json && !base_json_in_is_array(at->json)) {
        sensors_mapping_member_fail(load, at, "an array is wanted");
    }
    return load->err || !at->json ? 0 : base_json_in_size(at->json);
}

struct mapping_datum sensors_mapping_member_datum(struct mapping_load *load, const struct mapping_at *at)
{
    struct mapping_datum datum = sensors_mapping_read_node(at->json);
    datum.node = NULL; /* the file's tree goes */
    if (datum.type == MAPPING_ABSENT || datum.type == MAPPING_OBJECT || datum.type == MAPPING_ARRAY) {
        sensors_mapping_member_fail(load, at, "a text, a number, true, false or null is wanted");
        return (struct mapping_datum){.type = MAPPING_ABSENT};
    }
    if (datum.type == MAPPING_TEXT) {
        datum.text = sensors_mapping_member_keep(load, datum.text);
    }
    return datum;
}
