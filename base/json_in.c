/* The only place that knows jansson. A struct base_json is a json_t by another name. */
#include "base/base.h"
#include "base/json_pool.h"

#include <jansson.h>

static const json_t *of(const struct base_json *json)
{
    return (const json_t *)json;
}

static const struct base_json *to(const json_t *json)
{
    return (const struct base_json *)json;
}

/* jansson recurses up to 2,048 levels; a device message never needs that many. Strings are skipped. */
static bool too_deep(const char *text, size_t len)
{
    int depth = 0;
    bool in_string = false;
    for (size_t i = 0; i < len; i++) {
        char c = text[i];
        if (in_string) {
            i += c == '\\';
            in_string = c != '"';
        } else if (c == '"') {
            in_string = true;
        } else if (c == '[' || c == '{') {
            if (++depth > BASE_JSON_DEPTH) {
                return true;
            }
        } else if (c == ']' || c == '}') {
            depth--;
        }
    }
    return false;
}

enum base_err base_json_in_parse(const void *text, size_t len, struct base_diag *diag, struct base_json **ret_json)
{
    if (too_deep(text, len)) {
        return base_diag_set(diag, BASE_LIMIT, "JSON nested deeper than %d levels", BASE_JSON_DEPTH);
    }
    json_error_t error;
    base_json_pool();
    json_t *json = json_loadb(len ? text : "", len, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &error);
    if (!json) {
        return base_diag_set(diag, BASE_INVALID, "not JSON: line %d column %d: %s", error.line, error.column,
                             error.text);
    }
    *ret_json = (struct base_json *)json;
    return BASE_OK;
}

void base_json_free(struct base_json *json)
{
    json_decref((json_t *)json);
}

const struct base_json *base_json_in_get(const struct base_json *object, const char *key)
{
    return to(json_object_get(of(object), key));
}

const struct base_json *base_json_in_at(const struct base_json *array, size_t index)
{
    return to(json_array_get(of(array), index));
}

size_t base_json_in_size(const struct base_json *json)
{
    return json_is_array(of(json)) ? json_array_size(of(json)) : json_object_size(of(json));
}

bool base_json_in_next(const struct base_json *object, void **at, struct base_str *ret_key,
                       const struct base_json **ret_value)
{
    json_t *whole = (json_t *)of(object); /* jansson has no const iterator */
    *at = *at ? json_object_iter_next(whole, *at) : json_object_iter(whole);
    if (!*at) {
        return false;
    }
    *ret_key = base_str_of(json_object_iter_key(*at));
    *ret_value = to(json_object_iter_value(*at));
    return true;
}

bool base_json_in_is_object(const struct base_json *json)
{
    return json_is_object(of(json));
}

bool base_json_in_is_array(const struct base_json *json)
{
    return json_is_array(of(json));
}

bool base_json_in_text(const struct base_json *json, struct base_str *ret_text)
{
    if (!json_is_string(of(json))) {
        return false;
    }
    *ret_text = (struct base_str){json_string_value(of(json)), json_string_length(of(json))};
    return true;
}

bool base_json_in_i64(const struct base_json *json, int64_t *ret_value)
{
    if (!json_is_integer(of(json))) {
        return false;
    }
    *ret_value = json_integer_value(of(json));
    return true;
}

bool base_json_in_f64(const struct base_json *json, double *ret_value)
{
    if (!json_is_number(of(json))) {
        return false;
    }
    *ret_value = json_number_value(of(json));
    return true;
}

bool base_json_in_bool(const struct base_json *json, bool *ret_value)
{
    if (!json_is_boolean(of(json))) {
        return false;
    }
    *ret_value = json_is_true(of(json));
    return true;
}
