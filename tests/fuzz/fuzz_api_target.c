/* What a client can write behind the method: the target, and the tile addresses in it. */
#include "api/api.h"
#include "tiles/tiles.h"

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
    struct api_target target;
    base_arena_init(&arena, 96 * 1024);
    if (api_target_in((struct base_str){(const char *)data, size}, &arena, &diag, &target) == BASE_OK) {
        struct tiles_address address;
        struct tiles_set set;
        check(target.path.len && target.path.at[0] == '/' && base_str_utf8(target.path));
        check(target.segment_count > 0 && target.segment_count <= API_SEGMENTS_MAX);
        for (size_t i = 0; i < target.segment_count; i++) {
            check(!target.segments[i].len || !memchr(target.segments[i].at, '/', target.segments[i].len));
            check(tiles_set_in(target.segments[i], &diag, &set) != BASE_OK || set.count > 0);
        }
        for (size_t i = 0; i + 2 < target.segment_count; i++) {
            const struct base_str *part = &target.segments[i];
            if (tiles_address_in(part[0], part[1], part[2], &diag, &address) == BASE_OK) {
                struct tiles_box box = tiles_address_box(address, 0.02);
                check(box.west < box.east && box.south < box.north && box.west >= -180 && box.east <= 180);
            }
        }
        for (size_t i = 0; i < target.param_count; i++) {
            check(base_str_utf8(target.params[i].name) && base_str_utf8(target.params[i].value));
        }
    }
    tiles_etag_listed(base_arena_text(&arena, (struct base_str){(const char *)data, size < 4096 ? size : 4096}),
                      "\"a\"");
    base_arena_release(&arena);
    return 0;
}
