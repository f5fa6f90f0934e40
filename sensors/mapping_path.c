/* Paths of a mapping: JSON Pointers (RFC 6901) into the innermost context, and names for what lies elsewhere. They are
 * split once, when the file is read. */
#include "sensors/mapping.h"

#include <string.h>

enum { STEPS_MAX = BASE_JSON_DEPTH };

static const char *const inside_names[] = {"brand", "model", "profile", "f_port", NULL};

/* "/a~1b/0": two steps. */
static void split(struct mapping_load *load, const struct mapping_at *at, struct base_str pointer,
                  struct mapping_path *path)
{
    struct mapping_step steps[STEPS_MAX];
    struct base_str rest = pointer, part;
    if (pointer.len == 0) {
        return;
    }
    base_str_next(&rest, '/', &part); /* what is before the first slash: nothing */
    while (!load->err && base_str_next(&rest, '/', &part)) {
        if (path->count == STEPS_MAX) {
            sensors_mapping_member_fail(load, at, "a path of more than %d steps", STEPS_MAX);
            return;
        }
        struct base_str key = sensors_mapping_member_keep(load, part);
        char *to = (char *)key.at;
        for (size_t i = 0; i < key.len; i++) {
            bool escape = key.at[i] == '~' && i + 1 < key.len && (key.at[i + 1] == '0' || key.at[i + 1] == '1');
            if (key.at[i] == '~' && !escape) {
                sensors_mapping_member_fail(load, at, "in a JSON Pointer ~ is written ~0, and / in a name ~1");
                return;
            }
            *to++ = escape ? (key.at[++i] == '0' ? '~' : '/') : key.at[i];
        }
        if (key.at) {
            key.len = (size_t)(to - key.at);
            *to = '\0';
        }
        int64_t index;
        bool number = key.len && key.len < 7 && base_str_i64(key, &index) && index >= 0;
        steps[path->count++] = (struct mapping_step){key, number ? (size_t)index : SIZE_MAX};
    }
    struct mapping_step *kept = sensors_mapping_member_room(load, path->count, sizeof *kept);
    if (kept) {
        memcpy(kept, steps, path->count * sizeof *kept);
        path->steps = kept;
    }
}

static size_t place(const struct base_str *names, size_t count, struct base_str name)
{
    size_t i = 0;
    while (i < count && !base_str_equal(names[i], name)) {
        i++;
    }
    return i;
}

static void named(struct mapping_load *load, const struct mapping_at *at, struct base_str prefix, struct base_str name,
                  struct mapping_path *path)
{
    if (base_str_is(prefix, "topic")) {
        path->root = MAPPING_CAPTURE;
        path->at = place(load->captures, load->capture_count, name);
        if (path->at == load->capture_count) {
            sensors_mapping_member_fail(load, at, "the topic has no {%.*s}", (int)name.len, name.at);
        }
        return;
    }
    struct base_str rest = name, loop;
    base_str_next(&rest, '/', &loop);
    path->at = place(load->each, load->each_count, loop);
    if (path->at == load->each_count) {
        sensors_mapping_member_fail(load, at, "no \"each\" is called \"%.*s\"", (int)loop.len, loop.at);
        return;
    }
    bool whole = loop.len == name.len;
    path->root = whole && load->keys[path->at] ? MAPPING_EACH_KEY : MAPPING_EACH_VALUE;
    split(load, at, (struct base_str){name.at + loop.len, name.len - loop.len}, path);
}

static bool inside_name(const struct mapping_load *load, struct base_str text, struct mapping_path *path)
{
    for (size_t i = 0; load->mapping->inside_count && inside_names[i]; i++) {
        if (base_str_is(text, inside_names[i])) {
            *path = (struct mapping_path){.root = MAPPING_INSIDE, .at = i};
            return true;
        }
    }
    return false;
}

struct mapping_path sensors_mapping_path_load(struct mapping_load *load, const struct mapping_at *at)
{
    struct mapping_path path = {.root = MAPPING_HERE};
    struct base_str text, rest, prefix;
    if (load->err || !base_json_in_text(at->json, &text)) {
        sensors_mapping_member_fail(load, at, "a path is wanted");
        return path;
    }
    rest = text;
    bool pointer = text.len == 0 || text.at[0] == '/';
    if (pointer) {
        split(load, at, text, &path);
        return path;
    }
    base_str_next(&rest, ':', &prefix);
    bool colon = prefix.len < text.len;
    if (colon && (base_str_is(prefix, "topic") || base_str_is(prefix, "each"))) {
        named(load, at, prefix, rest, &path);
    } else if (base_str_is(text, "payload:") ||
               (colon && base_str_is(prefix, "root") && (!rest.len || *rest.at == '/'))) {
        path.root = MAPPING_WHOLE;
        split(load, at, rest, &path);
    } else if (base_str_is(text, "source:")) {
        path.root = MAPPING_SOURCE;
    } else if (!inside_name(load, text, &path)) {
        sensors_mapping_member_fail(load, at,
                                    "\"%.*s\" is no path such as \"/a/b\" or \"topic:name\"; what is always so is "
                                    "written {\"value\": \"%.*s\"}",
                                    (int)text.len, text.at, (int)text.len, text.at);
    }
    return path;
}

struct mapping_path sensors_mapping_path_member(struct mapping_load *load, const struct mapping_at *up, const char *key)
{
    const struct mapping_at at = sensors_mapping_member_at(up, key);
    return sensors_mapping_path_load(load, &at);
}

struct mapping_paths sensors_mapping_path_list(struct mapping_load *load, const struct mapping_at *up, const char *key)
{
    const struct mapping_at at = sensors_mapping_member_at(up, key);
    size_t count = sensors_mapping_member_list(load, &at);
    struct mapping_path *list = count ? sensors_mapping_member_room(load, count, sizeof *list) : NULL;
    for (size_t i = 0; list && i < count; i++) {
        const struct mapping_at item = sensors_mapping_member_item(&at, i);
        list[i] = sensors_mapping_path_load(load, &item);
    }
    return (struct mapping_paths){list, list ? count : 0};
}
