/* Cookies (RFC 6265): finding one in the header, and the header that sets ours. */
#include "api/private.h"

#include <string.h>

enum api_cookie api_cookie_find(struct base_str header, const char *name, struct base_str *ret_value)
{
    struct base_str pair, found = {NULL, 0};
    while (base_str_next(&header, ';', &pair)) {
        struct base_str key;
        base_str_next(&pair, '=', &key);
        struct base_str value = pair.at ? base_str_trim(pair) : (struct base_str){NULL, 0};
        if (value.len == 0 || !base_str_is(base_str_trim(key), name)) {
            continue;
        }
        if (found.at && !base_str_equal(found, value)) {
            return API_COOKIE_TWICE;
        }
        found = value;
    }
    if (!found.at) {
        return API_COOKIE_NONE;
    }
    *ret_value = found;
    return API_COOKIE_FOUND;
}

/* SameSite=Strict: other sites' pages never send it. HttpOnly: no script reads it. */
void api_cookie_set(struct api_call *call, const char *name, const char *value)
{
    char text[256];
    bool gone = !value;
    snprintf(text, sizeof text, "%s=%s; HttpOnly; SameSite=Strict; Path=/%s%s", name, gone ? "" : value,
             gone ? "; Max-Age=0" : "", call->secure ? "; Secure" : "");
    call->answer.set_cookie = base_arena_text(&call->arena, base_str_of(text));
}
