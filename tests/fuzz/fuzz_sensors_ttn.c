/* Any topic and payload through the decoder of The Things Stack. */
#include "fuzz_sensors.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fuzz_sensors_message("ttn", data, size);
    return 0;
}
