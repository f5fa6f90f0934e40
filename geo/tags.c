/* GDAL keeps the tags it has no column for as hstore text; this finds one without copying the rest. */
#include "geo/geo.h"

#include <string.h>

/* Reads a quoted string at *at; the bytes between its quotes, still escaped. */
static bool quoted(struct base_str *rest, struct base_str *ret_inner)
{
    if (rest->len == 0 || rest->at[0] != '"') {
        return false;
    }
    for (size_t i = 1; i < rest->len; i++) {
        if (rest->at[i] == '\\') {
            i++;
        } else if (rest->at[i] == '"') {
            *ret_inner = (struct base_str){rest->at + 1, i - 1};
            *rest = (struct base_str){rest->at + i + 1, rest->len - i - 1};
            return true;
        }
    }
    return false;
}

static void unescape(struct base_str inner, char *text, size_t size)
{
    size_t out = 0;
    for (size_t i = 0; i < inner.len && out + 1 < size; i++) {
        if (inner.at[i] == '\\' && i + 1 < inner.len) {
            i++;
        }
        text[out++] = inner.at[i];
    }
    text[out] = '\0';
    while (out && !base_str_utf8((struct base_str){text, out}) && inner.len >= size) {
        text[--out] = '\0'; /* cut inside a character */
    }
}

bool geo_tags_find(struct base_str tags, const char *key, char *text, size_t size)
{
    struct base_str name, value;
    while (quoted(&tags, &name)) {
        if (!base_str_starts(tags, "=>")) {
            return false;
        }
        tags = (struct base_str){tags.at + 2, tags.len - 2};
        if (!quoted(&tags, &value)) {
            return false;
        }
        if (size && base_str_is(name, key)) {
            unescape(value, text, size);
            return true;
        }
        if (tags.len && tags.at[0] == ',') {
            tags = (struct base_str){tags.at + 1, tags.len - 1};
        }
    }
    return false;
}
