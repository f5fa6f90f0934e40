/* Any topic and payload through the mappings that ship with the product: all whose topics it fits. */
#include "fuzz_sensors.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct sensors_format *format;
    for (size_t i = 0; (format = sensors_mappings_at(fuzz_sensors_shipped(), i)); i++) {
        fuzz_sensors_format(format, data, size);
    }
    return 0;
}
