/* Everything that a client can write behind the method passes here first, so this file is fuzzed. */
#include "api/api.h"

#include <string.h>

static int hex(char c)
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    c = (char)(c | 0x20);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Decodes one piece. plus: '+' is a space, as in queries. */
static enum base_err decode(struct base_str raw, bool plus, struct base_arena *arena, struct base_diag *diag,
                            struct base_str *ret_text)
{
    char *text = base_arena_alloc(arena, raw.len + 1);
    if (!text) {
        return base_diag_set(diag, BASE_LIMIT, "the request target is too long");
    }
    size_t len = 0;
    for (size_t i = 0; i < raw.len; i++) {
        char c = raw.at[i];
        if (c == '%') {
            int high = raw.len - i > 2 ? hex(raw.at[i + 1]) : -1;
            int low = raw.len - i > 2 ? hex(raw.at[i + 2]) : -1;
            if (high < 0 || low < 0) {
                return base_diag_set(diag, BASE_INVALID, "%% in the request target needs two hex digits after it");
            }
            c = (char)(high << 4 | low);
            i += 2;
        } else if (c == '+' && plus) {
            c = ' ';
        }
        text[len++] = c;
    }
    *ret_text = (struct base_str){text, len};
    if (!base_str_utf8(*ret_text)) {
        return base_diag_set(diag, BASE_INVALID, "the request target is not UTF-8");
    }
    return BASE_OK;
}

static enum base_err path_in(struct base_str raw, struct base_arena *arena, struct base_diag *diag,
                             struct api_target *target)
{
    enum base_err err = decode(raw, false, arena, diag, &target->path);
    struct base_str rest = {raw.at + 1, raw.len - 1}, part;
    while (!err && base_str_next(&rest, '/', &part)) {
        if (target->segment_count == API_SEGMENTS_MAX) {
            return base_diag_set(diag, BASE_LIMIT, "the path has more than %d parts", API_SEGMENTS_MAX);
        }
        struct base_str *segment = &target->segments[target->segment_count++];
        err = decode(part, false, arena, diag, segment);
        if (!err && memchr(segment->at, '/', segment->len)) {
            err = base_diag_set(diag, BASE_INVALID, "an encoded slash cannot stand in a path");
        }
    }
    return err;
}

static enum base_err query_in(struct base_str raw, struct base_arena *arena, struct base_diag *diag,
                              struct api_target *target)
{
    struct base_str pair;
    while (base_str_next(&raw, '&', &pair)) {
        if (pair.len == 0) {
            continue;
        }
        if (target->param_count == API_PARAMS_MAX) {
            return base_diag_set(diag, BASE_LIMIT, "more than %d parameters", API_PARAMS_MAX);
        }
        struct base_str name;
        struct api_param param;
        base_str_next(&pair, '=', &name);
        enum base_err err = decode(name, true, arena, diag, &param.name);
        err = err ? err : decode(pair.at ? pair : base_str_of(""), true, arena, diag, &param.value);
        if (err) {
            return err;
        }
        for (size_t i = 0; i < target->param_count; i++) {
            if (base_str_equal(target->params[i].name, param.name)) {
                return base_diag_set(diag, BASE_INVALID, "parameter \"%.*s\" is given twice",
                                     (int)(param.name.len < 64 ? param.name.len : 64), param.name.at);
            }
        }
        target->params[target->param_count++] = param;
    }
    return BASE_OK;
}

/* "http://host/path" is allowed to clients and must be understood (RFC 9112, 3.2.2). */
static struct base_str without_authority(struct base_str raw)
{
    if (!base_str_starts(raw, "http://")) {
        return raw;
    }
    struct base_str rest = {raw.at + 7, raw.len - 7}, authority;
    base_str_next(&rest, '/', &authority);
    return rest.at ? (struct base_str){rest.at - 1, rest.len + 1} : base_str_of("/");
}

enum base_err api_target_in(struct base_str raw, struct base_arena *arena, struct base_diag *diag,
                            struct api_target *ret_target)
{
    struct api_target target = {.segment_count = 0};
    if (raw.len > API_TARGET_MAX) {
        return base_diag_set(diag, BASE_LIMIT, "the request target is longer than %d bytes", API_TARGET_MAX);
    }
    raw = without_authority(raw);
    if (raw.len == 0 || raw.at[0] != '/') {
        return base_diag_set(diag, BASE_INVALID, "the request target is not a path");
    }
    struct base_str path;
    base_str_next(&raw, '?', &path);
    enum base_err err = path_in(path, arena, diag, &target);
    if (!err && raw.at) {
        err = query_in(raw, arena, diag, &target);
    }
    if (!err) {
        *ret_target = target;
    }
    return err;
}

enum base_err api_target_form(struct base_str form, struct base_arena *arena, struct base_diag *diag,
                              struct api_target *ret_fields)
{
    struct api_target fields = {.segment_count = 0};
    enum base_err err = query_in(form, arena, diag, &fields);
    if (!err) {
        *ret_fields = fields;
    }
    return err;
}

struct base_str api_target_param(const struct api_target *target, const char *name)
{
    for (size_t i = 0; i < target->param_count; i++) {
        if (base_str_is(target->params[i].name, name)) {
            return target->params[i].value;
        }
    }
    return (struct base_str){NULL, 0};
}
