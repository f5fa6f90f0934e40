/* Any topic and payload through the mappings that ship with the product: all whose topics it fits. */
#include "fuzz_sensors.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct sensors_mappings *mappings;
    const struct sensors_format *format;
    if (!mappings && sensors_mappings_load(NULL, NULL, &mappings)) {
        abort();
    }
    for (size_t i = 0; (format = sensors_mappings_at(mappings, i)); i++) {
        fuzz_sensors_format(format, mappings, data, size);
    }
    return 0;
}
