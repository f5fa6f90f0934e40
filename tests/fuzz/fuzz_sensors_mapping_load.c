/* Any bytes as a mapping file: refused with a sentence or compiled. */
#include "sensors/mapping.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    AUTO(sensors_mapping) mapping = NULL;
    struct base_diag diag = {.text = ""};
    enum base_err err = sensors_mapping_load("fuzz", (struct base_str){(const char *)data, size}, &diag, &mapping);
    if ((err != BASE_OK) != (mapping == NULL) || (err && !diag.text[0])) {
        abort();
    }
    return 0;
}
