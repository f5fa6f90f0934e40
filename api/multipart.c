/* multipart/form-data (RFC 7578, RFC 2046 5.1), strictly: no preamble, no bare line ends, every part a field with a
 * name. Header fields other than Content-Disposition and Content-Type are passed over, as RFC 7578 wants. */
#include "api/private.h"

#include <string.h>

enum { BOUNDARY_MAX = 70, HEADERS_MAX = 8, HEADER_MAX = 1024 };

/* Takes the text before mark, and mark, off *rest. */
static bool before(struct base_str *rest, struct base_str mark, struct base_str *ret_text)
{
    const char *at = rest->len ? memmem(rest->at, rest->len, mark.at, mark.len) : NULL;
    if (!at) {
        return false;
    }
    *ret_text = (struct base_str){rest->at, (size_t)(at - rest->at)};
    size_t used = ret_text->len + mark.len;
    *rest = (struct base_str){rest->at + used, rest->len - used};
    return true;
}

static bool skip(struct base_str *rest, const char *text)
{
    size_t len = strlen(text);
    if (!base_str_starts(*rest, text)) {
        return false;
    }
    *rest = (struct base_str){rest->at + len, rest->len - len};
    return true;
}

static bool named(struct base_str text, const char *name)
{
    return text.len == strlen(name) && strncasecmp(text.at, name, text.len) == 0;
}

/* The next `; name=value` of a header's parameters, quoted or not; false at the end, *broken when it is none. */
static bool parameter(struct base_str *rest, struct base_str *ret_name, struct base_str *ret_value, bool *broken)
{
    *rest = base_str_trim(*rest);
    if (rest->len == 0) {
        return false;
    }
    *broken = true;
    if (!skip(rest, ";") || !before(rest, base_str_of("="), ret_name)) {
        return false;
    }
    *ret_name = base_str_trim(*ret_name);
    if (skip(rest, "\"")) {
        *broken = !before(rest, base_str_of("\""), ret_value);
        return !*broken;
    }
    size_t len = 0;
    while (len < rest->len && rest->at[len] != ';') {
        len++;
    }
    *ret_value = base_str_trim((struct base_str){rest->at, len});
    *rest = (struct base_str){rest->at + len, rest->len - len};
    *broken = ret_value->len == 0;
    return !*broken;
}

static bool boundary_good(struct base_str boundary)
{
    bool good = boundary.len > 0 && boundary.len <= BOUNDARY_MAX && boundary.at[boundary.len - 1] != ' ';
    for (size_t i = 0; i < boundary.len && good; i++) {
        unsigned char c = (unsigned char)boundary.at[i];
        good = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
               (c && strchr("'()+_,-./:=? ", c));
    }
    return good;
}

enum base_err api_multipart_boundary(struct base_str content_type, struct base_diag *diag,
                                     struct base_str *ret_boundary)
{
    struct base_str rest = content_type, name, value, boundary = {NULL, 0};
    const char *semicolon = rest.len ? memchr(rest.at, ';', rest.len) : NULL;
    size_t used = semicolon ? (size_t)(semicolon - rest.at) : rest.len;
    rest = (struct base_str){rest.at + used, rest.len - used};
    bool broken = false, twice = false;
    while (!broken && parameter(&rest, &name, &value, &broken)) {
        if (named(name, "boundary")) {
            twice = twice || boundary.at;
            boundary = value;
        }
    }
    if (broken || twice || !boundary_good(boundary)) {
        return base_diag_set(diag, BASE_INVALID, "multipart/form-data needs one boundary of 1 to 70 characters");
    }
    *ret_boundary = boundary;
    return BASE_OK;
}

/* Browsers write the three characters that would break a header as %22, %0D and %0A. */
static bool unescape(struct base_str raw, struct base_arena *arena, struct base_str *ret_text)
{
    static const char *const escapes[] = {"%22", "%0D", "%0A"};
    static const char meant[] = {'"', '\r', '\n'};
    char *text = base_arena_alloc(arena, raw.len + 1);
    if (!text) {
        return false;
    }
    size_t len = 0;
    while (raw.len) {
        char c = raw.at[0];
        bool escaped = false;
        for (size_t i = 0; i < BASE_COUNT(escapes) && !escaped; i++) {
            escaped = skip(&raw, escapes[i]);
            c = escaped ? meant[i] : c;
        }
        raw = escaped ? raw : (struct base_str){raw.at + 1, raw.len - 1};
        text[len++] = c;
    }
    *ret_text = (struct base_str){text, len};
    return base_str_utf8(*ret_text);
}

static bool disposition(struct base_str value, struct base_arena *arena, struct api_part *part)
{
    struct base_str name, text;
    bool broken = false;
    if (part->name.at || !skip(&value, "form-data")) {
        return false;
    }
    while (!broken && parameter(&value, &name, &text, &broken)) {
        struct base_str *to = named(name, "name") ? &part->name : named(name, "filename") ? &part->filename : NULL;
        if (to && (to->at || !unescape(text, arena, to))) {
            return false;
        }
    }
    return !broken && part->name.len > 0;
}

static bool headers(struct base_str *rest, struct base_arena *arena, struct api_part *part)
{
    for (int i = 0; i <= HEADERS_MAX; i++) {
        struct base_str line, name;
        if (!before(rest, base_str_of("\r\n"), &line) || line.len > HEADER_MAX) {
            return false;
        }
        if (line.len == 0) {
            return part->name.at != NULL;
        }
        if (!before(&line, base_str_of(":"), &name) || name.len == 0) {
            return false;
        }
        if (named(name, "Content-Disposition") && !disposition(base_str_trim(line), arena, part)) {
            return false;
        }
        part->type = named(name, "Content-Type") ? base_str_trim(line) : part->type;
    }
    return false;
}

enum base_err api_multipart_in(struct base_str body, struct base_str boundary, struct base_arena *arena,
                               struct base_diag *diag, struct api_part ret_parts[API_PARTS_MAX], size_t *ret_count)
{
    char line[BOUNDARY_MAX + 5];
    snprintf(line, sizeof line, "\r\n--%.*s", (int)boundary.len, boundary.at);
    size_t count = 0;
    if (!skip(&body, line + 2)) {
        return base_diag_set(diag, BASE_INVALID, "the body does not begin with its boundary");
    }
    while (!skip(&body, "--")) {
        struct api_part part = {.name = {NULL, 0}};
        if (count == API_PARTS_MAX) {
            return base_diag_set(diag, BASE_LIMIT, "the form has more than %d parts", API_PARTS_MAX);
        }
        if (!skip(&body, "\r\n") || !headers(&body, arena, &part) || !before(&body, base_str_of(line), &part.content)) {
            return base_diag_set(diag, BASE_INVALID, "part %zu of the form is not as RFC 7578 has it", count + 1);
        }
        ret_parts[count++] = part;
    }
    skip(&body, "\r\n");
    if (body.len) {
        return base_diag_set(diag, BASE_INVALID, "something follows the form's last boundary");
    }
    *ret_count = count;
    return BASE_OK;
}
