/* LIKE: % any run, _ one code point, \ takes the next one as it is. The pattern is cut at its % into pieces, each of
 * which matches a fixed number of code points:
 *
 *     ab%c_d%e     anchored "ab", then the leftmost "c_d", then anchored at the end "e"
 *
 * so that leftmost is always right and nothing is tried twice. */
#include "geo/cql2_run_private.h"

#include <string.h>

struct piece {
    struct base_str bytes; /* without escapes */
    const bool *any;       /* per byte: stands for any code point; NULL: none does */
    uint32_t points;       /* code points that it matches; counted only when any is set */
};

struct pattern {
    bool exact; /* no % at all: one piece, from beginning to end */
    uint32_t count;
    struct piece pieces[];
};

/* Bytes of the code point at text, 1 for what is no UTF-8. */
static size_t point_len(struct base_str text)
{
    unsigned char lead = (unsigned char)text.at[0];
    size_t len = lead < 0xC0 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
    return len <= text.len ? len : text.len;
}

static struct base_str after(struct base_str text, size_t len)
{
    return (struct base_str){text.at + len, text.len - len};
}

/* Does the piece match at the beginning of text? *ret_len bytes of it. */
static bool matches_here(const struct piece *piece, struct base_str text, size_t *ret_len)
{
    if (!piece->any) {
        *ret_len = piece->bytes.len;
        return text.len >= piece->bytes.len && memcmp(text.at, piece->bytes.at, piece->bytes.len) == 0;
    }
    size_t at = 0;
    for (size_t i = 0; i < piece->bytes.len; i++) {
        if (at == text.len || (!piece->any[i] && text.at[at] != piece->bytes.at[i])) {
            return false;
        }
        at += piece->any[i] ? point_len(after(text, at)) : 1;
    }
    *ret_len = at;
    return true;
}

/* The leftmost match; *text becomes what comes after it. */
static bool find(const struct piece *piece, struct base_str *text)
{
    size_t len;
    if (!piece->any) {
        const char *found = memmem(text->at, text->len, piece->bytes.at, piece->bytes.len);
        if (found) {
            *text = after(*text, (size_t)(found - text->at) + piece->bytes.len);
        }
        return found != NULL;
    }
    for (struct base_str rest = *text; rest.len >= piece->points; rest = after(rest, point_len(rest))) {
        if (matches_here(piece, rest, &len)) {
            *text = after(rest, len);
            return true;
        }
    }
    return false;
}

/* Does the piece match at the very end? Walks back as many code points as it has. */
static bool matches_end(const struct piece *piece, struct base_str text)
{
    size_t at = text.len;
    size_t len;
    if (!piece->any) {
        return at >= piece->bytes.len && matches_here(piece, after(text, at - piece->bytes.len), &len);
    }
    for (uint32_t i = 0; i < piece->points; i++) {
        do {
            if (at == 0) {
                return false;
            }
            at--;
        } while (at > 0 && ((unsigned char)text.at[at] & 0xC0) == 0x80);
    }
    return matches_here(piece, after(text, at), &len) && at + len == text.len;
}

static bool matches(const struct pattern *pattern, struct base_str text)
{
    size_t len;
    if (!matches_here(&pattern->pieces[0], text, &len)) {
        return false;
    }
    if (pattern->exact) {
        return len == text.len;
    }
    text = after(text, len);
    for (uint32_t i = 1; i + 1 < pattern->count; i++) {
        if (!find(&pattern->pieces[i], &text)) {
            return false;
        }
    }
    return matches_end(&pattern->pieces[pattern->count - 1], text);
}

static enum geo_cql2_truth test_like(struct geo_cql2_run *run, const struct cql2_step *step)
{
    struct geo_cql2_value value;
    step->args[0].give(run, &step->args[0], &value);
    if (value.null) {
        return GEO_CQL2_UNKNOWN;
    }
    return cql2_truth(matches(step->plan, value.text.len ? value.text : (struct base_str){"", 0}));
}

static enum geo_cql2_truth test_unknown(struct geo_cql2_run *run, const struct cql2_step *step)
{
    (void)run;
    (void)step;
    return GEO_CQL2_UNKNOWN;
}

/* Cuts text at its %: count pieces, all bytes of which lie in bytes and any. An empty piece in the middle (%%) is
 * dropped. */
static void cut(struct base_str text, char *bytes, bool *any, struct pattern *pattern)
{
    struct piece *piece = &pattern->pieces[0];
    size_t used = 0;
    *piece = (struct piece){.bytes = {bytes, 0}};
    pattern->exact = true;
    for (size_t i = 0; i < text.len; i++) {
        if (text.at[i] == '%') {
            bool dropped = piece != &pattern->pieces[0] && piece->bytes.len == 0;
            piece += !dropped;
            *piece = (struct piece){.bytes = {bytes + used, 0}};
            pattern->exact = false;
            continue;
        }
        bool open = text.at[i] == '_';
        i += text.at[i] == '\\' && i + 1 < text.len; /* folding may take away what it stood before */
        bytes[used] = text.at[i];
        any[used] = open;
        piece->any = open && !piece->any ? &any[piece->bytes.at - bytes] : piece->any;
        piece->points += ((unsigned char)text.at[i] & 0xC0) != 0x80;
        piece->bytes.len++;
        used++;
    }
    pattern->count = (uint32_t)(piece - pattern->pieces) + 1;
}

static uint32_t percents(struct base_str text)
{
    uint32_t count = 0;
    for (size_t i = 0; i < text.len; i++) {
        count += text.at[i] == '%';
    }
    return count;
}

enum base_err cql2_run_plan_like(struct geo_cql2_run *run, struct cql2_step *step, struct base_diag *diag)
{
    const struct cql2_step *written = &step->args[1];
    if (!written->constant) {
        return base_diag_set(diag, BASE_UNSUPPORTED, "LIKE wants a pattern that is the same for every feature");
    }
    if (written->value.null) {
        step->test = test_unknown;
        return BASE_OK;
    }
    struct base_str text = written->value.text;
    size_t room = sizeof(struct pattern) + (percents(text) + 1) * sizeof(struct piece);
    struct pattern *pattern = cql2_run_room(run, room, diag);
    char *bytes = pattern ? cql2_run_room(run, text.len + 1, diag) : NULL;
    bool *any = bytes ? cql2_run_room(run, text.len + 1, diag) : NULL;
    if (!any) {
        return BASE_LIMIT;
    }
    cut(text, bytes, any, pattern);
    step->plan = pattern;
    step->test = test_like;
    return BASE_OK;
}
