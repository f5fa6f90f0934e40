/* Any topic and payload through the JT/T 808 decoder. */
#include "fuzz_sensors.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fuzz_sensors_message("jt808", data, size);
    return 0;
}
