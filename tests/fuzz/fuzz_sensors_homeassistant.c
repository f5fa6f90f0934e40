/* Any topic and payload through the Home Assistant decoder, alone and one after another. */
#include "fuzz_sensors_memory.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fuzz_sensors_message("homeassistant", data, size);
    fuzz_sensors_sequence("homeassistant", data, size);
    return 0;
}
