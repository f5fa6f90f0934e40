/* Bodies of requests that change something: JSON, read by name and type, so that a mistake is answered with its field.
 */
#include "api/request.h"

#include <math.h>
#include <string.h>

enum { FIELD_MAX = 64, NAMES_MAX = 400, RING_LEAST = 4, LINE_LEAST = 2, VERTICES_MAX = 20000 };

/* --- the body --- */

static bool json_type(const char *type)
{
    static const char *const types[] = {"application/json", "application/geo+json"};
    size_t len = type ? strcspn(type, "; \t") : 0;
    for (size_t i = 0; i < BASE_COUNT(types); i++) {
        if (len == strlen(types[i]) && strncasecmp(type, types[i], len) == 0) {
            return true;
        }
    }
    return false;
}

bool api_input_open(struct api_call *call, const char *const *names, struct api_input *ret_input)
{
    struct base_diag diag = {""};
    *ret_input = (struct api_input){.call = call};
    if (!json_type(call->content_type)) {
        api_problem(call, MHD_HTTP_UNSUPPORTED_MEDIA_TYPE, "send application/json");
        return false;
    }
    enum base_err err = base_json_in_parse(call->body.data, call->body.len, &diag, &ret_input->json);
    if (!err && !base_json_in_is_object(ret_input->json)) {
        err = base_diag_set(&diag, BASE_INVALID, "the body must be a JSON object");
    }
    if (err) {
        api_input_release(ret_input);
        api_problem(call, MHD_HTTP_BAD_REQUEST, diag.text);
        return false;
    }
    ret_input->object = ret_input->json;
    if (!api_input_known(ret_input, ret_input->object, names)) {
        api_input_release(ret_input);
        return false;
    }
    return true;
}

void api_input_release(struct api_input *input)
{
    base_json_free(input->json);
    input->json = NULL;
    input->object = NULL;
}

/* --- mistakes --- */

static void wrong(struct api_input *input, const char *field, const char *detail)
{
    if (input->bad) {
        return;
    }
    input->bad = true;
    struct base_json_out out =
        api_problem_begin(input->call, MHD_HTTP_UNPROCESSABLE_CONTENT, "/problems/field", detail);
    base_json_out_key(&out, "field");
    base_json_out_text(&out, field);
    api_problem_end(input->call, &out);
}

void api_input_wrong(struct api_input *input, const char *field, const char *format, ...)
{
    char detail[512];
    int len = snprintf(detail, sizeof detail, "%.*s: ", FIELD_MAX, field);
    va_list args;
    va_start(args, format);
    vsnprintf(detail + len, sizeof detail - (size_t)len, format, args);
    va_end(args);
    wrong(input, field, detail);
}

static const char *list_of(const char *const *names, char text[NAMES_MAX])
{
    size_t len = 0;
    text[0] = '\0';
    for (size_t i = 0; names[i] && len < NAMES_MAX; i++) {
        len += (size_t)snprintf(text + len, NAMES_MAX - len, "%s%s", i ? ", " : "", names[i]);
    }
    return text;
}

bool api_input_known(struct api_input *input, const struct base_json *object, const char *const *names)
{
    void *at = NULL;
    struct base_str key;
    const struct base_json *value;
    while (base_json_in_next(object, &at, &key, &value)) {
        size_t i = 0;
        while (names[i] && !base_str_is(key, names[i])) {
            i++;
        }
        if (!names[i]) {
            char text[NAMES_MAX];
            const char *name = base_arena_text(&input->call->arena, key);
            api_input_wrong(input, name ? name : "?", "there is no such member here; there are: %s",
                            list_of(names, text));
            return false;
        }
    }
    return true;
}

/* --- members --- */

static const struct base_json *member(const struct api_input *input, const char *name)
{
    const struct base_json *json = base_json_in_get(input->object, name);
    return json && !base_json_in_is_null(json) ? json : NULL;
}

bool api_input_has(const struct api_input *input, const char *name)
{
    return member(input, name) != NULL;
}

static const struct base_json *needed(struct api_input *input, const char *name, enum api_need need)
{
    const struct base_json *json = member(input, name);
    if (!json && need == API_REQUIRED) {
        api_input_wrong(input, name, "is missing");
    }
    return input->bad ? NULL : json;
}

/* Characters of UTF-8; SIZE_MAX when one of them is a control character. */
static size_t characters(struct base_str text)
{
    size_t count = 0;
    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char)text.at[i];
        if ((c < 0x20 && c != '\t' && c != '\n' && c != '\r') || c == 0x7F) {
            return SIZE_MAX;
        }
        count += (c & 0xC0) != 0x80;
    }
    return count;
}

const char *api_input_text(struct api_input *input, const char *name, enum api_need need, size_t max)
{
    struct base_str text;
    const struct base_json *json = needed(input, name, need);
    if (!json) {
        return NULL;
    }
    if (!base_json_in_text(json, &text)) {
        api_input_wrong(input, name, "must be a text");
        return NULL;
    }
    text = base_str_trim(text);
    size_t count = characters(text);
    if (count == SIZE_MAX) {
        api_input_wrong(input, name, "has control characters");
        return NULL;
    }
    if (count > max || (need == API_REQUIRED && count == 0)) {
        api_input_wrong(input, name, "must have 1 to %zu characters", max);
        return NULL;
    }
    const char *copy = base_arena_text(&input->call->arena, text);
    if (!copy) {
        api_input_wrong(input, name, "the body is too large");
    }
    return copy && *copy ? copy : NULL;
}

const char *api_input_said(struct api_input *input, const char *name, enum api_need need, size_t max)
{
    const char *text = api_input_text(input, name, need, max);
    AUTO_VALUE(base_buf) masked;
    AUTO_VALUE(base_buf) taken;
    base_buf_init(&masked, API_UPLOAD_MAX * 4);
    base_buf_init(&taken, API_UPLOAD_MAX * 4);
    if (text && base_mask(base_str_of(text), &masked, &taken) > 0) {
        text = base_arena_text(&input->call->arena, base_buf_str(&masked));
    }
    return text;
}

const char *api_input_word(struct api_input *input, const char *name, enum api_need need, const char *words)
{
    struct base_str text = {NULL, 0}, rest = base_str_of(words), each;
    const struct base_json *json = needed(input, name, need);
    if (!json) {
        return NULL;
    }
    bool is_text = base_json_in_text(json, &text);
    while (is_text && base_str_next(&rest, ' ', &each)) {
        if (base_str_equal(each, text)) {
            return base_arena_text(&input->call->arena, text);
        }
    }
    api_input_wrong(input, name, "must be one of: %s", words);
    return NULL;
}

int64_t api_input_i64(struct api_input *input, const char *name, enum api_need need, int64_t least, int64_t most)
{
    int64_t value = 0;
    const struct base_json *json = needed(input, name, need);
    if (json && (!base_json_in_i64(json, &value) || value < least || value > most)) {
        api_input_wrong(input, name, "must be a whole number from %lld to %lld", (long long)least, (long long)most);
    }
    return value;
}

bool api_input_bool(struct api_input *input, const char *name, bool standard)
{
    bool yes = standard;
    const struct base_json *json = needed(input, name, API_OPTIONAL);
    if (json && !base_json_in_bool(json, &yes)) {
        api_input_wrong(input, name, "must be true or false");
    }
    return yes;
}

double api_input_f64(struct api_input *input, const char *name, enum api_need need, double least, double most)
{
    double value = NAN;
    const struct base_json *json = needed(input, name, need);
    if (json && (!base_json_in_f64(json, &value) || !(value >= least && value <= most))) {
        api_input_wrong(input, name, "must be a number from %g to %g", least, most);
    }
    return value;
}

int64_t api_input_time(struct api_input *input, const char *name, enum api_need need)
{
    /* PostgreSQL's calendar holds more, but nothing here happens outside these years. */
    static const int64_t first_us = 0, last_us = INT64_C(4102444800000000); /* 1970, 2100 */
    struct base_str text;
    int64_t time_us = INT64_MIN;
    const struct base_json *json = needed(input, name, need);
    if (json && (!base_json_in_text(json, &text) || !base_time_in(text, &time_us) || time_us < first_us ||
                 time_us >= last_us)) {
        api_input_wrong(input, name, "must be a time like 2026-05-01T00:00:00Z, before 2100");
    }
    return time_us;
}

struct data_arg api_input_arg_i64(struct api_input *input, const char *name, int64_t least, int64_t most)
{
    int64_t value = api_input_i64(input, name, API_OPTIONAL, least, most);
    return api_input_has(input, name) ? data_i64(value) : data_null();
}

struct data_arg api_input_arg_time(struct api_input *input, const char *name)
{
    int64_t time_us = api_input_time(input, name, API_OPTIONAL);
    return time_us == INT64_MIN ? data_null() : data_time(time_us);
}

/* --- geometry: GeoJSON (RFC 7946), so far checked that PostGIS will read it --- */

static bool position(const struct base_json *at, double ret_at[2])
{
    size_t count = base_json_in_size(at);
    return base_json_in_is_array(at) && count >= 2 && count <= 3 &&
           base_json_in_f64(base_json_in_at(at, 0), &ret_at[0]) &&
           base_json_in_f64(base_json_in_at(at, 1), &ret_at[1]) && ret_at[0] >= -180 && ret_at[0] <= 180 &&
           ret_at[1] >= -90 && ret_at[1] <= 90;
}

/* levels: arrays of arrays above positions; closed: the innermost are rings. */
static const char *coordinates(const struct base_json *json, int levels, bool closed, size_t *vertices)
{
    double first[2] = {0, 0}, last[2] = {0, 0};
    size_t count = base_json_in_size(json), least = levels > 1 ? 1 : closed ? RING_LEAST : LINE_LEAST;
    if (levels == 0) {
        return position(json, first) ? NULL : "coordinates must be [longitude, latitude] in degrees";
    }
    if (!base_json_in_is_array(json) || count < least) {
        return levels > 1 ? "coordinates are not nested as its type asks" : "a line needs 2 positions, a ring 4";
    }
    for (size_t i = 0; i < count; i++) {
        const char *why = coordinates(base_json_in_at(json, i), levels - 1, closed, vertices);
        if (why || (levels == 1 && ++*vertices > VERTICES_MAX)) {
            return why ? why : "has too many positions";
        }
    }
    if (levels == 1 && closed && position(base_json_in_at(json, 0), first) &&
        position(base_json_in_at(json, count - 1), last) && (first[0] != last[0] || first[1] != last[1])) {
        return "a ring must end where it begins";
    }
    return NULL;
}

static const char *geometry_wrong(const struct base_json *geometry, struct base_str type)
{
    static const struct {
        const char *type;
        int levels;
        bool closed;
    } shapes[] = {{"Point", 0, false},
                  {"LineString", 1, false},
                  {"MultiLineString", 2, false},
                  {"Polygon", 2, true},
                  {"MultiPolygon", 3, true}};
    size_t vertices = 0;
    for (size_t i = 0; i < BASE_COUNT(shapes); i++) {
        if (base_str_is(type, shapes[i].type)) {
            return coordinates(base_json_in_get(geometry, "coordinates"), shapes[i].levels, shapes[i].closed,
                               &vertices);
        }
    }
    return "has an unknown type";
}

static void coordinates_out(struct base_json_out *out, const struct base_json *json)
{
    double value;
    if (base_json_in_f64(json, &value)) {
        base_json_out_f64(out, value, 9);
        return;
    }
    base_json_out_array(out);
    for (size_t i = 0; i < base_json_in_size(json); i++) {
        coordinates_out(out, base_json_in_at(json, i));
    }
    base_json_out_array_end(out);
}

/* Written anew: nothing but type and coordinates goes on. */
static const char *geometry_out(struct api_input *input, const struct base_json *geometry, struct base_str type)
{
    AUTO_VALUE(base_buf) buf;
    base_buf_init(&buf, API_UPLOAD_MAX * 4);
    struct base_json_out out = base_json_out_of(&buf);
    base_json_out_object(&out);
    base_json_out_key(&out, "type");
    base_json_out_str(&out, type);
    base_json_out_key(&out, "coordinates");
    coordinates_out(&out, base_json_in_get(geometry, "coordinates"));
    base_json_out_object_end(&out);
    const char *text = buf.err ? NULL : base_arena_text(&input->call->arena, base_buf_str(&buf));
    if (!text) {
        api_input_wrong(input, "geometry", "is too large");
    }
    return text;
}

const char *api_input_geometry(struct api_input *input, const struct base_json *geometry, const char *types)
{
    struct base_str type = {NULL, 0}, rest = base_str_of(types), each;
    bool right = base_json_in_text(base_json_in_get(geometry, "type"), &type), found = false;
    while (right && base_str_next(&rest, ' ', &each)) {
        found = found || base_str_equal(each, type);
    }
    const char *why = found ? geometry_wrong(geometry, type) : NULL;
    if (!found || why) {
        api_input_wrong(input, "geometry", "%s%s", why ? why : "must be GeoJSON: ", why ? "" : types);
        return NULL;
    }
    return geometry_out(input, geometry, type);
}
