/* A table as GeoJSON (RFC 7946): a feature a line, its properties the columns. Geometries are checked here, so that the
 * database never refuses one. */
#include "cli/import.h"

#include <math.h>
#include <string.h>
#include <strings.h>

bool cli_import_feature_is(const char *path)
{
    const char *end = strrchr(path, '.');
    return end && (strcasecmp(end, ".geojson") == 0 || strcasecmp(end, ".json") == 0);
}

/* --- geometry --- */
static bool is_position(const struct base_json *json)
{
    double lon = 0, lat = 0;
    return base_json_in_size(json) >= 2 && base_json_in_size(json) <= 4 &&
           base_json_in_f64(base_json_in_at(json, 0), &lon) && base_json_in_f64(base_json_in_at(json, 1), &lat) &&
           fabs(lon) <= 180 && fabs(lat) <= 90;
}

static bool same_position(const struct base_json *a, const struct base_json *b)
{
    double from[2] = {0}, to[2] = {1, 1};
    for (size_t i = 0; i < 2; i++) {
        if (!base_json_in_f64(base_json_in_at(a, i), &from[i]) || !base_json_in_f64(base_json_in_at(b, i), &to[i]) ||
            from[i] != to[i]) {
            return false;
        }
    }
    return true;
}

/* depth levels of arrays over positions, each of at least one item; runs of positions of at least `least`. */
static bool is_nested(const struct base_json *json, int depth, size_t least, bool ring)
{
    size_t count = base_json_in_size(json);
    if (depth == 0) {
        return base_json_in_is_array(json) && is_position(json);
    }
    if (!base_json_in_is_array(json) || count < (depth == 1 ? least : 1)) {
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        if (!is_nested(base_json_in_at(json, i), depth - 1, least, ring)) {
            return false;
        }
    }
    return depth != 1 || !ring || same_position(base_json_in_at(json, 0), base_json_in_at(json, count - 1));
}

static bool is_geometry(const struct base_json *json)
{
    static const struct {
        const char *type;
        int depth;
        size_t least;
        bool ring;
    } types[] = {{"Point", 0, 0, false},           {"MultiPoint", 1, 1, false}, {"LineString", 1, 2, false},
                 {"MultiLineString", 2, 2, false}, {"Polygon", 2, 4, true},     {"MultiPolygon", 3, 4, true}};
    struct base_str type = {NULL, 0};
    if (!base_json_in_text(base_json_in_get(json, "type"), &type)) {
        return false;
    }
    for (size_t i = 0; i < BASE_COUNT(types); i++) {
        if (base_str_is(type, types[i].type)) {
            return is_nested(base_json_in_get(json, "coordinates"), types[i].depth, types[i].least, types[i].ring);
        }
    }
    return false;
}

static void write_nested(struct base_json_out *out, const struct base_json *json)
{
    double number = 0;
    if (base_json_in_f64(json, &number)) {
        base_json_out_f64(out, number, 9);
        return;
    }
    base_json_out_array(out);
    for (size_t i = 0; i < base_json_in_size(json); i++) {
        write_nested(out, base_json_in_at(json, i));
    }
    base_json_out_array_end(out);
}

static enum base_err read_geometry(struct cli_import *import, struct cli_import_line *line,
                                   const struct base_json *json)
{
    struct base_buf text;
    struct base_str type = {NULL, 0};
    if (!json || base_json_in_is_null(json)) {
        return BASE_OK;
    }
    if (!is_geometry(json)) {
        cli_import_complain(
            import, line->number,
            "geometry: a Point, LineString, Polygon or several of one of them, lon before lat in WGS 84");
        return BASE_OK;
    }
    base_buf_init(&text, 16u << 20);
    struct base_json_out out = base_json_out_of(&text);
    base_json_out_object(&out);
    base_json_out_key(&out, "type");
    if (base_json_in_text(base_json_in_get(json, "type"), &type)) {
        base_json_out_str(&out, type);
    }
    base_json_out_key(&out, "coordinates");
    write_nested(&out, base_json_in_get(json, "coordinates"));
    base_json_out_object_end(&out);
    const char *kept = text.err ? NULL : base_arena_text(&import->texts, base_buf_str(&text));
    base_buf_release(&text);
    line->texts[import->kind->count] = kept ? kept : "";
    return kept ? BASE_OK : base_diag_set(import->diag, BASE_NOMEM, "out of memory");
}

/* --- properties --- */
/* Texts, numbers, true and false as CSV would have them; an array of texts with commas between them. */
static bool value_in(const struct base_json *json, struct base_buf *buf)
{
    struct base_str text;
    int64_t whole;
    double number;
    bool yes;
    if (base_json_in_is_null(json)) {
        return true;
    }
    if (base_json_in_text(json, &text)) {
        base_buf_append(buf, text.at, text.len);
    } else if (base_json_in_i64(json, &whole)) {
        base_buf_printf(buf, "%lld", (long long)whole);
    } else if (base_json_in_f64(json, &number)) {
        base_buf_printf(buf, "%.15g", number);
    } else if (base_json_in_bool(json, &yes)) {
        base_buf_text(buf, yes ? "true" : "false");
    } else if (base_json_in_is_array(json)) {
        for (size_t i = 0; i < base_json_in_size(json); i++) {
            base_buf_text(buf, i ? "," : "");
            if (base_json_in_is_array(base_json_in_at(json, i)) || !value_in(base_json_in_at(json, i), buf)) {
                return false;
            }
        }
    } else {
        return false;
    }
    return !buf->err;
}

static enum base_err read_property(struct cli_import *import, struct cli_import_line *line, struct base_str key,
                                   const struct base_json *value)
{
    AUTO_VALUE(base_buf) text;
    size_t column = 0;
    while (column < import->kind->count && !base_str_is(key, import->kind->columns[column])) {
        column++;
    }
    if (column == import->kind->count) {
        cli_import_complain(import, line->number, "property \"%.*s\" is none of a duty's",
                            (int)(key.len < 40 ? key.len : 40), key.at);
        return BASE_OK;
    }
    base_buf_init(&text, 8192);
    if (!value_in(value, &text)) {
        cli_import_complain(import, line->number, "%s: a text of up to 8192 bytes, a number, true or false",
                            import->kind->columns[column]);
        return BASE_OK;
    }
    line->texts[column] = base_arena_text(&import->texts, base_str_trim(base_buf_str(&text)));
    return line->texts[column] ? BASE_OK : base_diag_set(import->diag, BASE_NOMEM, "out of memory");
}

static enum base_err read_feature(struct cli_import *import, const struct base_json *json, int number)
{
    struct cli_import_line *line = cli_import_read_add(import, number);
    struct base_str key;
    const struct base_json *value;
    void *at = NULL;
    if (!line) {
        return base_diag_set(import->diag, BASE_NOMEM, "out of memory");
    }
    enum base_err err = read_geometry(import, line, base_json_in_get(json, "geometry"));
    while (!err && base_json_in_next(base_json_in_get(json, "properties"), &at, &key, &value)) {
        err = read_property(import, line, key, value);
    }
    return err;
}

enum base_err cli_import_feature(struct cli_import *import)
{
    static const char mark[] = "\xef\xbb\xbf";
    AUTO(base_json) json = NULL;
    struct base_str text = base_buf_str(&import->file);
    size_t skip = base_str_starts(text, mark) ? 3 : 0;
    enum base_err err = base_json_in_parse(text.at + skip, text.len - skip, import->diag, &json);
    const struct base_json *features = base_json_in_get(json, "features");
    if (!err && !base_json_in_is_array(features)) {
        err = base_diag_set(import->diag, BASE_INVALID, "no FeatureCollection (RFC 7946): it has no \"features\"");
    }
    size_t count = err ? 0 : base_json_in_size(features);
    if (count > import->kind->lines_max) {
        return base_diag_set(import->diag, BASE_LIMIT, "more than %zu features; import it in pieces",
                             import->kind->lines_max);
    }
    for (size_t i = 0; i < count && !err; i++) {
        err = read_feature(import, base_json_in_at(features, i), (int)i + 1);
    }
    return err;
}
