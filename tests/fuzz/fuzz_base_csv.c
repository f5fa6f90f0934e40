/* Any bytes as CSV: each record ends, its fields lie in the text or the arena, and its lines go up. */
#include "base/base.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct base_csv csv = base_csv_of((struct base_str){(const char *)data, size});
    AUTO_VALUE(base_arena) arena;
    base_arena_init(&arena, 1 << 20);
    size_t count = 1, left = size + 1;
    int line = 0;
    while (count) {
        struct base_str fields[8];
        if (base_csv_next(&csv, &arena, fields, 8, &count, NULL)) {
            return 0;
        }
        if (count && (csv.line <= line || csv.rest.len >= left)) {
            abort();
        }
        line = csv.line;
        left = csv.rest.len;
        for (size_t i = 0; i < count; i++) {
            if (base_str_utf8(fields[i]) && fields[i].len > size) { /* reads every byte */
                abort();
            }
        }
    }
    return 0;
}
