/* Any topic and payload through the OwnTracks decoder, and any bytes as what its key opens. */
#include "fuzz_sensors.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    AUTO_VALUE(base_buf) clear;
    base_buf_init(&clear, 1 << 20);
    struct base_str box = {(const char *)data, size};
    fuzz_sensors_demand(base_key_open_secretbox(base_str_of("key"), box, &clear) != BASE_OK || clear.len < size);
    fuzz_sensors_message("owntracks", data, size);
    return 0;
}
