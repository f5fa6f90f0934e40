/* Links of OGC documents: absolute, as this request came to be addressed. */
#include "api/collection.h"

#include <string.h>

enum { HREF_MAX = 128 * 1024 };

static void escaped(struct base_buf *href, struct base_str text)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~:,/";
    for (size_t i = 0; i < text.len; i++) {
        if (text.at[i] && strchr(plain, text.at[i])) {
            base_buf_u8(href, (uint8_t)text.at[i]);
        } else {
            base_buf_printf(href, "%%%02X", (unsigned char)text.at[i]);
        }
    }
}

void api_link_out(const struct api_call *call, struct base_json_out *out, const struct api_link *link, const char *path)
{
    char origin[API_ORIGIN_MAX];
    AUTO_VALUE(base_buf) href;
    base_buf_init(&href, HREF_MAX);
    api_host_origin(call, origin);
    base_buf_printf(&href, "%s%s", origin, path);
    base_json_out_object(out);
    base_json_out_key(out, "rel");
    base_json_out_text(out, link->rel);
    base_json_out_key(out, "type");
    base_json_out_text(out, link->type);
    if (link->title) {
        base_json_out_key(out, "title");
        base_json_out_text(out, link->title);
    }
    base_json_out_key(out, "href");
    base_json_out_text(out, base_buf_cstr(&href));
    base_json_out_object_end(out);
}

const char *api_link_path(const struct api_collection *collection, const char *rest, char path[API_LINK_PATH])
{
    snprintf(path, API_LINK_PATH, "/api/collections/%s%s", collection->name, rest);
    return path;
}

static void param_out(struct base_buf *href, char *separator, struct base_str name, struct base_str value)
{
    base_buf_u8(href, (uint8_t)*separator);
    escaped(href, name);
    base_buf_u8(href, '=');
    escaped(href, value);
    *separator = '&';
}

static bool is_replaced(struct base_str name, const struct api_link_param *params, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (base_str_is(name, params[i].name)) {
            return true;
        }
    }
    return false;
}

const char *api_link_again(struct api_call *call, const struct api_link_param *params, size_t count)
{
    AUTO_VALUE(base_buf) href;
    char separator = '?';
    base_buf_init(&href, HREF_MAX);
    escaped(&href, call->target.path);
    for (size_t i = 0; i < call->target.param_count; i++) {
        const struct api_param *param = &call->target.params[i];
        if (!is_replaced(param->name, params, count)) {
            param_out(&href, &separator, param->name, param->value);
        }
    }
    for (size_t i = 0; i < count; i++) {
        if (params[i].value) {
            param_out(&href, &separator, base_str_of(params[i].name), base_str_of(params[i].value));
        }
    }
    return base_arena_text(&call->arena, base_buf_str(&href));
}
