/* What a client writes into its Cookie header, and into a form as it is urlencoded. */
#include "api/private.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool holds)
{
    if (!holds) {
        abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct base_diag diag;
    struct base_arena arena;
    struct api_target fields;
    struct base_str text = {(const char *)data, size}, value = {NULL, 0};
    base_arena_init(&arena, 256 * 1024);
    enum api_cookie cookie = api_cookie_find(text, API_COOKIE_SESSION, &value);
    check((cookie == API_COOKIE_FOUND) == (value.len > 0));
    check(!value.len || (value.at >= text.at && value.at + value.len <= text.at + text.len));
    if (api_target_form(text, &arena, &diag, &fields) == BASE_OK) {
        check(fields.param_count <= API_PARAMS_MAX);
        for (size_t i = 0; i < fields.param_count; i++) {
            check(base_str_utf8(fields.params[i].name) && base_str_utf8(fields.params[i].value));
        }
    }
    api_identity_purpose_good(text);
    base_arena_release(&arena);
    return 0;
}
