/* Any topic and payload through the Dahua decoder. */
#include "fuzz_sensors.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fuzz_sensors_message("dahua", data, size);
    return 0;
}
