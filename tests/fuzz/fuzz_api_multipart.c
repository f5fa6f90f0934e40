/* A body of multipart/form-data: the first line is the Content-Type that comes with it. */
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

static bool within(struct base_str part, struct base_str whole)
{
    return part.at >= whole.at && part.at + part.len <= whole.at + whole.len;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct base_diag diag;
    struct base_arena arena;
    struct base_str body = {(const char *)data, size}, type, boundary;
    struct api_part parts[API_PARTS_MAX];
    size_t count = 0;
    base_arena_init(&arena, 1 << 20);
    if (base_str_next(&body, '\n', &type) && body.at && api_multipart_boundary(type, &diag, &boundary) == BASE_OK &&
        api_multipart_in(body, boundary, &arena, &diag, parts, &count) == BASE_OK) {
        check(boundary.len > 0 && boundary.len <= 70 && count <= API_PARTS_MAX);
        for (size_t i = 0; i < count; i++) {
            check(parts[i].name.len > 0 && base_str_utf8(parts[i].name));
            check(within(parts[i].content, body));
        }
    }
    base_arena_release(&arena);
    return 0;
}
