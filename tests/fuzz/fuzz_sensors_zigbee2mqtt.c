/* Any topic and payload through the Zigbee2MQTT decoder, alone and one after another. */
#include "fuzz_sensors_memory.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fuzz_sensors_message("zigbee2mqtt", data, size);
    fuzz_sensors_sequence("zigbee2mqtt", data, size);
    return 0;
}
