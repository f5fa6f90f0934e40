/* Any topic and payload through the Shelly decoder, alone and one after another. */
#include "fuzz_sensors_memory.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fuzz_sensors_message("shelly", data, size);
    fuzz_sensors_sequence("shelly", data, size);
    return 0;
}
