/* Reads and checks a mapping file. Whatever is wrong is found here, with its line and path, not in a message later. */
#include "sensors/mapping.h"

#include <stdlib.h>
#include <string.h>

enum { ARENA_MAX = 16 * 1024 * 1024, CASES_MAX = 64, VERSION = 1 };

void sensors_mapping_free(struct sensors_mapping *mapping)
{
    for (size_t i = 0; mapping && i < mapping->zone_count; i++) {
        sensors_zone_free(mapping->zones[i]);
    }
    if (mapping) {
        base_arena_release(&mapping->arena);
    }
    free(mapping);
}

static void read_each(struct mapping_load *load, const struct mapping_at *at, struct mapping_each *each)
{
    static const char *const loops[] = {"keys", "items", "at"};
    size_t found = 0;
    if (!sensors_mapping_member_check(load, at, MAPPING_OF_EACH)) {
        return;
    }
    for (size_t i = 0; i < BASE_COUNT(loops); i++) {
        if (base_json_in_get(at->json, loops[i])) {
            found++;
            each->loop = (enum mapping_loop)i;
            each->path = sensors_mapping_path_member(load, at, loops[i]);
        }
    }
    if (found != 1) {
        sensors_mapping_member_fail(load, at, "one of \"keys\", \"items\" and \"at\" is wanted");
    }
    each->as = sensors_mapping_member_text(load, at, "as", false);
    each->single = sensors_mapping_member_bool(load, at, "single");
    each->parse = sensors_mapping_member_bool(load, at, "parse");
    each->optional = sensors_mapping_member_bool(load, at, "optional");
    load->keys[load->each_count] = each->loop == MAPPING_KEYS;
    load->each[load->each_count++] = each->as;
}

static void read_eachs(struct mapping_load *load, const struct mapping_at *up, struct mapping_case *one)
{
    const struct mapping_at at = sensors_mapping_member_at(up, "each");
    size_t count = sensors_mapping_member_list(load, &at);
    struct mapping_each *each = sensors_mapping_member_room(load, count, sizeof *each);
    if (count > MAPPING_EACH_MAX) {
        sensors_mapping_member_fail(load, &at, "more than %d loops within one another", MAPPING_EACH_MAX);
    }
    for (size_t i = 0; each && i < count && !load->err; i++) {
        const struct mapping_at item = sensors_mapping_member_item(&at, i);
        read_each(load, &item, &each[i]);
    }
    one->each = each;
    one->each_count = each ? count : 0;
}

static void read_emits(struct mapping_load *load, const struct mapping_at *up, struct mapping_case *one)
{
    const struct mapping_at at = sensors_mapping_member_at(up, "emit");
    size_t count = sensors_mapping_member_list(load, &at);
    struct mapping_emit *emits = sensors_mapping_member_room(load, count, sizeof *emits);
    one->ignore = sensors_mapping_member_bool(load, up, "ignore");
    if (!load->err && (count > 0) == one->ignore) {
        sensors_mapping_member_fail(load, up, "\"emit\", or \"ignore\": true when nothing in it is an event");
    }
    for (size_t i = 0; emits && i < count && !load->err; i++) {
        const struct mapping_at item = sensors_mapping_member_item(&at, i);
        emits[i].number = i;
        sensors_mapping_emit_load(load, &item, &emits[i]);
    }
    one->emits = emits;
    one->emit_count = emits ? count : 0;
}

static void read_case(struct mapping_load *load, const struct mapping_at *at, struct mapping_case *one)
{
    static const char *const payloads[] = {"json", "text", "xml", NULL};
    const struct mapping_at topic = sensors_mapping_member_at(at, "topic");
    bool inside = load->mapping->inside_count > 0;
    load->capture_count = load->each_count = 0;
    if (inside && topic.json) {
        sensors_mapping_member_fail(load, &topic, "the topic of what is inside is the envelope's");
    } else if (!inside && !topic.json) {
        sensors_mapping_member_fail(load, at, "\"topic\" is missing");
    } else if (topic.json) {
        sensors_mapping_topic_load(load, &topic, one);
    }
    one->payload = (enum mapping_payload)sensors_mapping_member_choice(load, at, "payload", payloads, 0);
    one->whens = sensors_mapping_when_load(load, at, "when");
    one->private = sensors_mapping_path_list(load, at, "private");
    read_eachs(load, at, one);
    read_emits(load, at, one);
}

static void read_cases(struct mapping_load *load, const struct mapping_at *root)
{
    static const char *const single[] = {"topic", "payload", "when", "each", "emit", "ignore", "private"};
    const struct mapping_at at = sensors_mapping_member_at(root, "cases");
    size_t count = at.json ? sensors_mapping_member_list(load, &at) : 1;
    struct mapping_case *cases = sensors_mapping_member_room(load, count, sizeof *cases);
    for (size_t i = 0; at.json && i < BASE_COUNT(single); i++) {
        const struct mapping_at member = sensors_mapping_member_at(root, single[i]);
        if (member.json) {
            sensors_mapping_member_fail(load, &member, "with \"cases\" it belongs to each of them");
        }
    }
    if (count == 0 || count > CASES_MAX) {
        sensors_mapping_member_fail(load, &at, "1 to %d cases are wanted", CASES_MAX);
    }
    for (size_t i = 0; cases && i < count && !load->err; i++) {
        const struct mapping_at item = sensors_mapping_member_item(&at, i);
        if (!at.json || sensors_mapping_member_check(load, &item, MAPPING_OF_CASE)) {
            read_case(load, at.json ? &item : root, &cases[i]);
        }
    }
    load->mapping->cases = cases;
    load->mapping->case_count = cases ? count : 0;
}

static void read_inside(struct mapping_load *load, const struct mapping_at *root)
{
    struct base_str rest = sensors_mapping_member_text(load, root, "inside", false), part;
    const struct mapping_at at = sensors_mapping_member_at(root, "inside");
    struct base_str *names = sensors_mapping_member_room(load, rest.len + 1, sizeof *names);
    while (names && base_str_next(&rest, '|', &part)) {
        if (!sensors_format_find(part) && !base_str_is(part, "ttn") && !base_str_is(part, "chirpstack")) {
            sensors_mapping_member_fail(load, &at, "\"%.*s\" is none of ttn chirpstack", (int)part.len, part.at);
        }
        names[load->mapping->inside_count++] = part;
    }
    load->mapping->insides = names;
}

/* It is a file's name, an option's value and a column. */
static void check_name(struct mapping_load *load, const struct mapping_at *root, struct base_str name)
{
    const struct mapping_at at = sensors_mapping_member_at(root, "map");
    bool good = name.len <= 64;
    for (size_t i = 0; i < name.len; i++) {
        char c = name.at[i];
        good &= (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || (i && (c == '-' || c == '_'));
    }
    if (!good) {
        sensors_mapping_member_fail(load, &at, "a name has lower case letters, digits, - and _, up to 64");
    } else if (sensors_format_find(name)) {
        sensors_mapping_member_fail(load, &at, "\"%.*s\" is the name of a decoder", (int)name.len, name.at);
    }
}

static void read_head(struct mapping_load *load, const struct mapping_at *root)
{
    struct sensors_format *format = &load->mapping->format;
    struct base_str name = sensors_mapping_member_text(load, root, "map", true);
    const struct mapping_at version = sensors_mapping_member_at(root, "version");
    const struct mapping_at subject = sensors_mapping_member_at(root, "subject");
    int64_t number = 0;
    check_name(load, root, name);
    if (!base_json_in_i64(version.json, &number) || number != VERSION) {
        sensors_mapping_member_fail(load, version.json ? &version : root, "\"version\": %d is wanted", VERSION);
    }
    struct base_str about = sensors_mapping_member_text(load, root, "subject", false);
    format->name = name.at;
    format->subject = SENSORS_SUBJECT_UNIT;
    if (about.len && !sensors_subject_in(about, &format->subject)) {
        sensors_mapping_member_fail(load, &subject, "\"%.*s\" is none of guard cleaner vehicle fleet tag object unit",
                                    (int)about.len, about.at);
    }
    format->stations = sensors_mapping_member_bool(load, root, "stations");
    struct base_str thing = sensors_mapping_member_text(load, root, "thing", false);
    struct base_str help = sensors_mapping_member_text(load, root, "help", false);
    const struct mapping_at where = sensors_mapping_member_at(root, "thing");
    if (thing.len > 32) {
        sensors_mapping_member_fail(load, &where, "more than 32 bytes");
    }
    format->thing = thing.len ? thing.at : "sensor";
    format->help = help.len ? help.at : "a mapping";
}

enum base_err sensors_mapping_load(const char *name, struct base_str text, struct base_diag *diag,
                                   struct sensors_mapping **ret_mapping)
{
    AUTO(base_json) json = NULL;
    AUTO(sensors_mapping) mapping = calloc(1, sizeof *mapping);
    struct mapping_load load = {.name = name, .text = text, .diag = diag, .mapping = mapping};
    if (!mapping) {
        return base_diag_set(diag, BASE_NOMEM, "mapping %s: out of memory", name);
    }
    base_arena_init(&mapping->arena, ARENA_MAX);
    enum base_err err = base_json_in_parse(text.at, text.len, diag, &json);
    if (err) {
        return base_diag_prefix(diag, err, "mapping %s", name);
    }
    const struct mapping_at root = {.json = json};
    if (sensors_mapping_member_check(&load, &root, MAPPING_OF_MAPPING)) {
        read_head(&load, &root);
        read_inside(&load, &root);
        read_cases(&load, &root);
    }
    if (!load.err) {
        *ret_mapping = mapping;
        mapping = NULL;
    }
    return load.err;
}
