/* What stands in an address, as arguments of a query. */
#include "api/request.h"

#include <string.h>

enum { HREF_MAX = 2048 };

bool api_query_listed(const char *words, struct base_str word)
{
    struct base_str rest = base_str_of(words), each;
    while (base_str_next(&rest, ' ', &each)) {
        if (base_str_equal(each, word)) {
            return true;
        }
    }
    return false;
}

enum base_err api_query_i64(const struct api_call *call, const char *name, struct base_diag *diag,
                            struct data_arg *ret_arg)
{
    struct base_str text = api_target_param(&call->target, name);
    int64_t value = 0;
    if (!text.at) {
        *ret_arg = data_null();
        return BASE_OK;
    }
    if (!base_str_i64(text, &value) || value < 0) {
        return base_diag_set(diag, BASE_INVALID, "%s must be a whole number, an id", name);
    }
    *ret_arg = data_i64(value);
    return BASE_OK;
}

enum base_err api_query_time(const struct api_call *call, const char *name, int64_t standard_us, struct base_diag *diag,
                             int64_t *ret_us)
{
    struct base_str text = api_target_param(&call->target, name);
    int64_t time_us = standard_us;
    if (text.at && !base_time_in(text, &time_us)) {
        return base_diag_set(diag, BASE_INVALID, "%s must be a time like 2026-05-01T00:00:00Z", name);
    }
    *ret_us = time_us;
    return BASE_OK;
}

enum base_err api_query_word(const struct api_call *call, const char *name, const char *words, const char *standard,
                             struct base_diag *diag, const char **ret_word)
{
    struct base_str text = api_target_param(&call->target, name);
    if (text.at && !api_query_listed(words, text)) {
        return base_diag_set(diag, BASE_INVALID, "%s must be one of: %s", name, words);
    }
    *ret_word = text.at ? text.at : standard; /* a parameter is terminated: decode() leaves a zero behind it */
    return BASE_OK;
}

enum base_err api_query_limit(const struct api_call *call, struct base_diag *diag, int64_t *ret_limit)
{
    struct base_str text = api_target_param(&call->target, "limit");
    int64_t limit = API_QUERY_LIMIT;
    if (text.at && (!base_str_i64(text, &limit) || limit < 1 || limit > API_QUERY_LIMIT_MAX)) {
        return base_diag_set(diag, BASE_INVALID, "limit must be 1 to %d", API_QUERY_LIMIT_MAX);
    }
    *ret_limit = limit;
    return BASE_OK;
}

enum base_err api_query_after(const struct api_call *call, size_t count, struct base_diag *diag,
                              int64_t numbers[API_QUERY_AFTER_MAX], bool *ret_given)
{
    struct base_str rest = api_target_param(&call->target, "after"), part;
    size_t found = 0;
    *ret_given = rest.at != NULL;
    while (rest.at && found < count && base_str_next(&rest, '-', &part) && base_str_i64(part, &numbers[found])) {
        found++;
    }
    return *ret_given && (found != count || rest.at)
               ? base_diag_set(diag, BASE_INVALID, "after must be what the page before gave")
               : BASE_OK;
}

enum base_err api_query_path(const struct api_call *call, size_t count, struct base_diag *diag,
                             int64_t ret_ids[API_CAPTURES_MAX])
{
    for (size_t i = 0; i < count; i++) {
        if (!base_str_i64(call->captured[i], &ret_ids[i]) || ret_ids[i] < 0) {
            return base_diag_set(diag, BASE_NOT_FOUND, "there is nothing here: ids are whole numbers");
        }
    }
    return BASE_OK;
}

static void escaped(struct base_buf *href, struct base_str text)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~:,";
    for (size_t i = 0; i < text.len; i++) {
        if (text.at[i] && strchr(plain, text.at[i])) {
            base_buf_u8(href, (uint8_t)text.at[i]);
        } else {
            base_buf_printf(href, "%%%02X", (unsigned char)text.at[i]);
        }
    }
}

void api_query_next(const struct api_call *call, struct base_json_out *out, const char *after)
{
    AUTO_VALUE(base_buf) href;
    base_buf_init(&href, HREF_MAX);
    base_buf_append(&href, call->target.path.at, call->target.path.len);
    base_buf_printf(&href, "?after=%s", after);
    for (size_t i = 0; i < call->target.param_count; i++) {
        const struct api_param *param = &call->target.params[i];
        if (!base_str_is(param->name, "after")) {
            base_buf_printf(&href, "&%.*s=", (int)param->name.len, param->name.at);
            escaped(&href, param->value);
        }
    }
    base_json_out_object(out);
    base_json_out_key(out, "rel");
    base_json_out_text(out, "next");
    base_json_out_key(out, "href");
    base_json_out_text(out, base_buf_cstr(&href));
    base_json_out_object_end(out);
}
