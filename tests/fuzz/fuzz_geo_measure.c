/* Any text as height, levels, tags and names; results keep their promises. */
#include "geo/geo.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct base_str text = {(const char *)data, size};
    char value[32];
    double metres = 0;
    int levels = 0;
    enum geo_datum datum;
    AUTO_VALUE(base_buf) buf;
    base_buf_init(&buf, 1 << 20);
    if (geo_measure_height(text, &metres) == GEO_MEASURE_OK && !(metres > 0 && metres <= GEO_MEASURE_HEIGHT_MAX)) {
        abort();
    }
    if (geo_measure_levels(text, &levels) == GEO_MEASURE_OK && (levels < 1 || levels > GEO_MEASURE_LEVELS_MAX)) {
        abort();
    }
    if (geo_tags_find(text, "a", value, sizeof value) && strlen(value) >= sizeof value) {
        abort();
    }
    (void)geo_datum_in(text, &datum);
    (void)geo_text_repair(text, &buf);
    if (!buf.err && !base_str_utf8(base_buf_str(&buf))) {
        abort();
    }
    return 0;
}
