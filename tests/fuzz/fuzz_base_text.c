/* Numbers, times, spans, UTF-8 and splitting over any bytes; what is read as a time is written and read the same. */
#include "base/base.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct base_str text = {(const char *)data, size};
    struct base_str rest = text;
    struct base_str part;
    size_t total = 0;
    while (base_str_next(&rest, ',', &part)) {
        int64_t whole, time_us, span_us;
        double real;
        char out[BASE_TIME_TEXT];
        (void)base_str_i64(part, &whole);
        (void)base_str_f64(part, &real);
        (void)base_str_utf8(part);
        (void)base_time_span_in(part, &span_us);
        if (base_time_in(part, &time_us) && *base_time_out(time_us, out)) {
            int64_t again;
            if (!base_time_in(base_str_of(out), &again) || again != time_us) {
                abort();
            }
        }
        total += part.len + 1;
    }
    if (size && total != size + 1) {
        abort();
    }
    return 0;
}
